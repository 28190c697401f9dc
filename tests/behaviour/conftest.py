"""Fixtures: a directory, accounts and a server for each test."""
import os
import pathlib
import shutil
import tempfile

import pytest

import harness

ETC = {
    'pam.d/ftp': 'auth required pam_unix.so nodelay\naccount required pam_unix.so\n'
                 'session required pam_unix.so\n',
}


def pytest_generate_tests(metafunc):
    # As inetd does, and as xinetd does: descriptor 2 is the client, too.
    if 'stderr' in metafunc.fixturenames and metafunc.definition.name.startswith('test_faq_'):
        metafunc.parametrize('stderr', ['file'] if harness.SAN else ['file', 'socket'],
                             indirect=True)


@pytest.fixture(scope='session')
def binary(tmp_path_factory):
    if not harness.BUILT.exists():
        pytest.exit(f'{harness.BUILT} is not built: run make')
    if os.getuid() != 0:
        pytest.exit('these tests give processes other uids: run them as root')
    directory = pathlib.Path(tempfile.mkdtemp(prefix='in.ftpd-'))
    directory.chmod(0o755)
    yield harness.install_binary(directory)
    shutil.rmtree(directory)


@pytest.fixture
def directory():
    """The test's own directory, which every uid can reach."""
    os.umask(0o022)
    path = pathlib.Path(tempfile.mkdtemp(prefix='in.ftpd-'))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def place(directory):
    return harness.Place(directory)


@pytest.fixture
def stderr(request):
    return getattr(request, 'param', 'file')


@pytest.fixture
def ftpd(place, binary, stderr):
    """ftpd(configuration, …) starts a server; see harness.Server."""
    servers = []

    def start(conf='', **how):
        how.setdefault('stderr', stderr)
        servers.append(harness.Server(place, binary, conf, **how))
        return servers[-1]

    yield start
    trouble = []
    for server in servers:
        try:
            server.stop()
        except AssertionError as error:
            trouble.append(str(error) + '\n' + server.log())
    assert not trouble, '\n'.join(trouble)


@pytest.fixture
def network():
    """A network of the test's own, with nothing but its loopback."""
    with harness.private_network():
        yield


release_only = pytest.mark.skipif(harness.SAN, reason='not meaningful with a sanitizer')
