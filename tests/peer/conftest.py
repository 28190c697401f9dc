"""The peer is fetched once, before the workers start; each worker has a player."""
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import compare  # noqa: E402


def pytest_configure(config):
    if hasattr(config, 'workerinput') or 'PEER' in os.environ or 'PEER_MISSING' in os.environ:
        return
    config.peer = pathlib.Path(tempfile.mkdtemp(prefix='in.ftpd-peer-'))
    try:
        compare.fetch(config.peer)
        os.environ['PEER'] = str(config.peer)
    except compare.Missing as why:
        os.environ['PEER_MISSING'] = str(why)


def pytest_unconfigure(config):
    if hasattr(config, 'peer'):
        shutil.rmtree(config.peer, ignore_errors=True)


@pytest.fixture(scope='session')
def player():
    if 'PEER' not in os.environ:
        pytest.skip('no peer: ' + os.environ.get('PEER_MISSING', 'not fetched'))
    if not compare.BUILT.exists():
        pytest.exit(f'{compare.BUILT} is not built: run make')
    try:
        player = compare.Player(os.environ['PEER'])
    except compare.Missing as why:
        pytest.skip(f'no namespaces for the peer: {why}')
    yield player
    player.close()
