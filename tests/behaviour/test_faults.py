"""System calls that fail, by strace's hand: while becoming somebody, and in transfers."""

import random
import resource
import shutil

import pytest

from client import Closed
from conftest import release_only
from harness import status

pytestmark = [release_only, pytest.mark.skipif(not shutil.which('strace'),
                                               reason='strace cannot be had here')]


def faulty(ftpd, place, fault, conf='', **how):
    return ftpd(conf, wrapper=['strace', '-f', '-qq', '-o', str(place.dir / 'trace'),
                               '-e', f'trace={fault.split(":")[0]}', '-e', f'inject={fault}'],
                               **how)


@pytest.mark.parametrize('call', ['setgroups', 'setresgid', 'setresuid', 'setgid,setuid', 'capset',
                                  'chroot',
                                  'fchdir', 'openat2', 'prctl', 'setrlimit,prlimit64', 'socketpair',
                                  'fork,vfork,clone', 'close_range'])
def test_attack_52_a_step_that_fails(ftpd, place, call):
    # Never a session that is more than its user, nor one outside its jail.
    s = faulty(ftpd, place, f'{call}:error=EPERM', 'DefaultRoot ~')
    c = s.connect(greet=False)
    try:
        reply = c.reply()
        if reply == 220:
            reply = c.login()
    except Closed:
        reply = None
    if reply == 230:
        for pid in s.processes(3)[2:]:      # behind strace and the monitor
            state = status(pid)
            assert state['Uid'].split() == ['61001'] * 4 and int(state['CapEff'], 16) == 0
            assert state['NoNewPrivs'] == '1'
        assert c.cmd('PWD').text.startswith('"/"')
    else:
        assert reply in (421, 530), reply
    if call in ('setgroups', 'setresgid', 'setresuid', 'capset', 'chroot', 'openat2'):
        assert reply != 230


@pytest.mark.parametrize('call', ['setgroups', 'setresuid', 'chroot', 'capset', 'openat2'])
def test_attack_52_a_later_step_that_fails(ftpd, place, call):
    # Later calls of a process fail: the proof, or whatever comes second.
    s = faulty(ftpd, place, f'{call}:error=EPERM:when=2+', 'DefaultRoot ~')
    c = s.connect(greet=False)
    try:
        first = c.reply()
        verdict = c.login() if first == 220 else first
    except Closed:
        return
    assert verdict in (230, 530, 421)
    if verdict == 230:
        for pid in s.processes(3)[2:]:
            state = status(pid)
            assert state['Uid'].split() == ['61001'] * 4 and int(state['CapEff'], 16) == 0


@pytest.mark.parametrize('when', ['1+', '2', '3+', '5..9'])
@pytest.mark.parametrize('error', ['EINVAL', 'ENOSYS', 'EOPNOTSUPP'])
def test_faq_3_3d_sendfile_that_gives_up(ftpd, place, when, error):
    content = random.Random(1).randbytes(9 << 20)
    place.file('big', content)
    s = faulty(ftpd, place, f'sendfile,sendfile64:error={error}:when={when}')
    c = s.login()
    c.cmd('TYPE I')
    assert c.get('big') == content
    assert c.get('big', rest=12345) == content[12345:]
    assert [line[-1] for line in s.xferlog(2)] == ['c', 'c']


@pytest.mark.parametrize('error, code', [('ENOSPC', 452), ('EDQUOT', 552), ('EFBIG', 552),
                                         ('EIO', 451)])
@pytest.mark.parametrize('hidden', ['on', 'off'])
def test_attack_81_a_write_that_fails(ftpd, place, error, code, hidden):
    s = faulty(ftpd, place, f'write:error={error}:when=2+', f'HiddenStores {hidden}')
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR f', b'x' * 3000000) == code
    assert c.cmd('NOOP') == 200
    if hidden == 'on':
        assert list(place.home().iterdir()) == []


def test_a_rename_that_fails(ftpd, place):
    s = faulty(ftpd, place, 'rename,renameat,renameat2:error=EIO', 'HiddenStores on')
    c = s.login()
    assert c.store('STOR f', b'x') in (451, 550)
    assert not (place.home() / 'f').exists()


def test_no_memory_for_a_listing(ftpd, place):
    for n in range(2000):
        (place.home() / f'{n:0200}').touch()
    s = ftpd(preexec=lambda: resource.setrlimit(resource.RLIMIT_AS, (24 << 20, 24 << 20)))
    c = s.login()
    reply, data = c.fetch('LIST')
    assert reply in (226, 421, 451)
    assert c.cmd('NOOP') == 200


@pytest.mark.parametrize('delete', ['on', 'off'])
def test_faq_5_4a_a_quota_of_the_file_system(ftpd, place, delete):
    s = faulty(ftpd, place, 'write:error=EDQUOT:when=2+', f'DeleteAbortedStores {delete}')
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR f', b'x' * 3000000) == 552
    assert (place.home() / 'f').exists() == (delete == 'off')
    # the session lives, and what needs no room works
    assert c.cmd('MKD d') == 257
    assert c.names() == ['d'] + ['f'] * (delete == 'off')
