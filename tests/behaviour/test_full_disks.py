"""A file system that is full, and one whose quota is: what the client is told, and what stays."""
import os
import shutil
import subprocess

import pytest

from conftest import release_only
from harness import USERS
from test_faults import faulty

needs_strace = [release_only,
                pytest.mark.skipif(not shutil.which('strace'), reason='strace cannot be had here')]
CODES = [('EDQUOT', 552), ('ENOSPC', 452), ('EIO', 451)]
BIG = b'x' * (24 << 20)
MOVES = 'DefaultRoot ~\n<Directory {home}/alice>\nStoreMoveTo /done\n</Directory>\nHiddenStores '


def lives(c):
    assert c.cmd('NOOP') == 200
    assert c.cmd('PWD') == 257


def injected(ftpd, place, path, fault, conf):
    """A fault for the calls that are about one file alone."""
    call = fault.split(':')[0]
    return ftpd(conf, wrapper=['strace', '-f', '-qq', '-o', str(place.dir / 'trace'),
                               '-P', str(path), '-e', f'trace={call}', '-e', f'inject={fault}'])


def strace(*args, **how):
    def mark(test):
        for one in needs_strace:
            test = one(test)
        return pytest.mark.parametrize(*args, **how)(test)
    return mark


@strace('error, code', CODES)
@pytest.mark.parametrize('delete', ['on', 'off'])
def test_faq_5_4a_a_close_that_tells_of_it(ftpd, place, error, code, delete):
    """Some file systems say so only when the file is closed: the upload has failed all the same."""
    s = injected(ftpd, place, place.home() / 'f', f'close:error={error}',
                 f'DeleteAbortedStores {delete}')
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR f', b'content') == code
    assert (place.home() / 'f').exists() == (delete == 'off')
    lives(c)
    assert s.xferlog()[-1][-1] == 'i'


@strace('error, code', CODES)
def test_faq_5_4a_a_close_with_hiddenstores(ftpd, place, error, code):
    """Never the final name, and nothing beside it."""
    s = injected(ftpd, place, place.home() / '.in.f.', f'close:error={error}', 'HiddenStores on')
    c = s.login()
    assert c.store('STOR f', b'content') == code
    assert list(place.home().iterdir()) == []
    lives(c)
    assert c.store('STOR g', b'content') == 226


@strace('error, code', CODES)
def test_faq_5_4a_a_rename_with_hiddenstores(ftpd, place, error, code):
    """The directory may want another block: the old file stays as it was."""
    place.file('f', b'the old one')
    s = faulty(ftpd, place, f'rename,renameat,renameat2:error={error}',
               'HiddenStores on\nAllowOverwrite on')
    c = s.login()
    assert c.store('STOR f', b'content') == code
    assert [p.name for p in place.home().iterdir()] == ['f']
    assert (place.home() / 'f').read_bytes() == b'the old one'
    lives(c)


@strace('error, code', CODES)
@pytest.mark.parametrize('hidden', ['on', 'off'])
def test_faq_5_4a_nothing_broken_is_moved(ftpd, place, error, code, hidden):
    """StoreMoveTo brings nothing away that is not whole."""
    done = place.home() / 'done'
    done.mkdir()
    os.chown(done, *USERS['alice'])
    s = faulty(ftpd, place, f'write:error={error}:when=2+', MOVES + hidden)
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR f', b'x' * 3000000) == code
    assert list(done.iterdir()) == []
    lives(c)


@strace('error', ['EDQUOT', 'ENOSPC', 'EIO'])
@pytest.mark.parametrize('hidden', ['on', 'off'])
def test_faq_5_4a_a_move_that_fails(ftpd, place, error, hidden):
    """A whole upload that cannot be moved keeps its own name, or the client is told of the loss."""
    done = place.home() / 'done'
    done.mkdir()
    os.chown(done, *USERS['alice'])
    s = faulty(ftpd, place, f'rename,renameat,renameat2:error={error}', MOVES + hidden)
    c = s.login()
    reply = c.store('STOR f', b'content')
    assert list(done.iterdir()) == []
    if reply == 226:
        assert (place.home() / 'f').read_bytes() == b'content'
    else:
        assert hidden == 'on' and reply == dict(CODES)[error]
        assert [p.name for p in place.home().iterdir()] == ['done']
    lives(c)


@strace('verb', ['STOR', 'APPE', 'STOU'])
def test_faq_5_4a_each_command_that_stores(ftpd, place, verb):
    s = faulty(ftpd, place, 'write:error=EDQUOT:when=2+')
    c = s.login()
    c.cmd('TYPE I')
    reply = c.store(verb if verb == 'STOU' else f'{verb} f', b'x' * 3000000)
    assert reply == 552 and 'quota' in reply.text.lower()
    lives(c)


@strace('call', ['ftruncate'])
def test_faq_5_4a_an_old_file_that_cannot_be_cut(ftpd, place, call):
    place.file('f', b'old')
    s = faulty(ftpd, place, f'{call}:error=EDQUOT', 'AllowOverwrite on')
    c = s.login()
    assert c.store('STOR f', b'content') == 552
    assert (place.home() / 'f').read_bytes() == b'old'
    lives(c)


@strace('call', ['mkdirat'])
def test_faq_5_4a_a_directory_that_is_one_too_many(ftpd, place, call):
    s = faulty(ftpd, place, f'{call}:error=EDQUOT')
    c = s.login()
    assert c.cmd('MKD d') in (550, 552)
    lives(c)


# -- real ones --------------------------------------------------------------------------------

@pytest.mark.parametrize('delete', ['on', 'off', 'hidden'])
def test_faq_5_4a_a_disk_that_is_full(ftpd, place, delete):
    uid, gid = USERS['alice']
    s = ftpd('HiddenStores on' if delete == 'hidden' else f'DeleteAbortedStores {delete}', etc={},
             mounts=f'mount -t tmpfs -o size=4m,mode=0755,uid={uid},gid={gid} tmpfs {place.home()}')
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR f', BIG) == 452
    there = list(s.ns.path(place.home()).iterdir())
    assert [p.name for p in there] == (['f'] if delete == 'off' else [])
    lives(c)
    if delete == 'off':
        assert 0 < there[0].stat().st_size <= 4 << 20
        assert c.cmd('DELE f') == 250
    assert c.store('STOR small', b'content') == 226


class Quota:
    """A file system of its own with a quota that the kernel keeps: btrfs, as most kernels can."""

    def __init__(self, directory, limit):
        self.at, image = directory / 'quota', directory / 'image'
        self.at.mkdir()
        with open(image, 'wb') as f:
            f.truncate(160 << 20)
        self.run('mkfs.btrfs', '-q', image)
        self.run('mount', '-o', 'loop', image, self.at)
        try:
            self.run('btrfs', 'quota', 'enable', self.at)
            self.run('btrfs', 'subvolume', 'create', self.at / 'home')
            self.run('btrfs', 'quota', 'rescan', '-w', self.at)
            self.run('btrfs', 'qgroup', 'limit', limit, self.at / 'home')
        except BaseException:
            self.close()
            raise

    @staticmethod
    def run(*argv):
        done = subprocess.run([str(a) for a in argv], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f'no quota here: {argv[0]}: {done.stderr.strip()}')

    def close(self):
        subprocess.run(['umount', str(self.at)], check=True)


@pytest.fixture
def quota(directory):
    if not shutil.which('mkfs.btrfs') or not shutil.which('btrfs'):
        pytest.skip('btrfs-progs cannot be had here')
    made = Quota(directory, '8M')
    yield made
    made.close()


@pytest.mark.parametrize('how', ['delete on', 'delete off', 'hidden'])
def test_faq_5_4a_a_quota_that_the_kernel_keeps(ftpd, place, quota, how):
    home = quota.at / 'home'
    os.chown(home, *USERS['alice'])
    conf = 'HiddenStores on\n' if how == 'hidden' else f'DeleteAbortedStores {how.split()[1]}\n'
    s = ftpd(f'{conf}AllowOverwrite on\nDefaultChdir {home}')
    c = s.login()
    assert c.cmd('PWD').text.startswith(f'"{home}"')
    c.cmd('TYPE I')
    assert c.store('STOR f', BIG) == 552
    assert [p.name for p in home.iterdir()] == (['f'] if how == 'delete off' else [])
    lives(c)
    s.stop()
