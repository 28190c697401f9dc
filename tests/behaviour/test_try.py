"""etc/try: from a fresh source tree to a served sample directory, with one command."""

import pathlib
import shutil
import subprocess

import pytest

from conftest import release_only
from harness import TOP, until

SITE = pathlib.Path('/var/lib/in.ftpd-try')


@release_only
@pytest.mark.timeout(300)
def test_try_serves_and_stops(network, place):
    if SITE.exists():
        pytest.skip(f'{SITE} is in use')
    source = place.dir / 'source'
    shutil.copytree(TOP, source, ignore=shutil.ignore_patterns('.git', 'build*', 'in.ftpd'),
                    symlinks=True)
    try:
        run = subprocess.run([source / 'etc/try'], capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        assert '2121' in run.stdout
        listing = subprocess.run(['curl', '-sS', 'ftp://127.0.0.1:2121/'], capture_output=True,
                                 text=True)
        assert listing.returncode == 0 and listing.stdout, listing.stderr
    finally:
        stop = subprocess.run([source / 'etc/try', 'stop'], capture_output=True, text=True)
    assert stop.returncode == 0, stop.stdout + stop.stderr
    assert not SITE.exists()
    until(lambda: subprocess.run(['curl', '-sS', 'ftp://127.0.0.1:2121/'],
                                 capture_output=True).returncode == 7)
