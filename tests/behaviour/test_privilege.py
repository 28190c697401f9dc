"""Who each process is, what it may, and what it remembers."""

import os
import pathlib
import pwd
import re
import resource

import pytest

from conftest import release_only
from harness import HASH, status, uid_of, until

CAPS = ('CapInh', 'CapPrm', 'CapEff', 'CapAmb')


def powerless(state):
    return all(int(state[c], 16) == 0 for c in CAPS) and state['NoNewPrivs'] == '1'


def test_faq_4_2b_before_login(ftpd, place):
    s = ftpd('User daemon\nGroup mail')
    c = s.connect()
    state = status(s.session())
    assert state['Uid'].split() == ['1'] * 4
    assert state['Gid'].split() == ['8'] * 4
    assert state['Groups'].split() in ([], ['8'])
    assert powerless(state)
    assert os.readlink(f'/proc/{s.session()}/root') == '/var/lib/in.ftpd/empty'


def test_nobody_by_default(ftpd):
    s = ftpd()
    s.connect()
    nobody = pwd.getpwnam('nobody')
    state = status(s.session())
    assert state['Uid'].split() == [str(nobody.pw_uid)] * 4
    assert state['Gid'].split() == [str(nobody.pw_gid)] * 4


def test_faq_4_2c_after_login(ftpd):
    s = ftpd()
    s.login('carol')
    state = status(s.session())
    assert state['Uid'].split() == [str(uid_of('carol'))] * 4
    assert state['Gid'].split() == ['61100'] * 4
    assert set(state['Groups'].split()) == {'61100', '61102'}
    assert powerless(state) and int(state['CapBnd'], 16) == 0


def traced(trace):
    """(pid, call) of each line of a trace; one that others came between is put together again."""
    calls, begun = [], {}
    for line in trace.read_text().splitlines():
        pid, call = line.split(None, 1)
        if call.endswith('<unfinished ...>'):
            begun[pid] = len(calls)
            calls.append((pid, call.removesuffix('<unfinished ...>')))
        elif call.startswith('<... ') and pid in begun:
            at = begun.pop(pid)
            calls[at] = (pid, calls[at][1] + call.partition(' resumed>')[2])
        else:
            calls.append((pid, call))
    return calls


def test_faq_6_2b_only_the_monitor_is_root(ftpd, place):
    # It reads no byte of the control connection, and nobody switches ids back and forth.
    trace = place.dir / 'trace'
    s = ftpd('DefaultRoot ~', wrapper=['strace', '-f', '-qq', '-yy', '-o', str(trace),
             '-e',
             'trace=read,recvfrom,recvmsg,readv,/set.*id,/set.*gid,setgroups,capset,execve,chroot'])
    c = s.login()
    c.store('STOR f', b'content')
    c.get('f', 'port')
    c.names('LIST')
    c.quit()
    s.exit_status()
    lines = traced(trace)
    monitor = lines[0][0]
    control = f'127.0.0.1:{s.port}->'
    for pid, call in lines:
        if pid == monitor:
            assert not (re.match(r'(read|recv)', call) and 'TCP' in call), call
        # what fails is the proof that nothing comes back
        if re.match(r'set\w*[ug]id\(',
                    call) and not call.rstrip().endswith('(Operation not permitted)'):
            assert not re.match(r'sete', call) and '-1' not in call, call
    assert sum('execve(' in call for pid, call in lines) == 1
    assert control


def test_faq_6_8a_sessions_execute_nothing(ftpd, place):
    trace = place.dir / 'trace'
    s = ftpd('', wrapper=['strace', '-f', '-qq', '-o', str(trace),
                         '-e', 'trace=execve,execveat,fork,vfork,clone,clone3'])
    c = s.login()
    for line in ('LIST', 'NLST', 'LIST -R', 'MLSD'):
        c.names(line)
    for line in ('SITE EXEC id', 'SITE HELP', 'STAT .', 'RCMD x'):
        c.cmd(line)
    c.store('STOR f', b'x')
    c.get('f')
    assert c.fetch('RETR f.tar')[0] == 550
    c.quit()
    s.exit_status()
    lines = traced(trace)
    assert sum('exec' in call for _, call in lines) == 1
    monitor = lines[0][0]
    assert all(pid == monitor for pid, call in lines if re.match(r'(v?fork|clone)', call)), lines


@release_only
def test_sessions_cannot_fork(ftpd):
    s = ftpd()
    s.login()
    limits = pathlib.Path(f'/proc/{s.session()}/limits').read_text()
    assert re.search(r'Max processes +0 +0', limits)
    assert re.search(r'Max core file size +0 +0', limits)


def memory(pid, writable=True):
    """Every readable byte of a process, region by region."""
    with open(f'/proc/{pid}/mem', 'rb', 0) as mem:
        for line in pathlib.Path(f'/proc/{pid}/maps').read_text().splitlines():
            fields = line.split()
            if 'r' not in fields[1] or fields[-1] in ('[vvar]', '[vsyscall]', '[vvar_vclock]'):
                continue
            start, end = (int(x, 16) for x in fields[0].split('-'))
            mem.seek(start)
            try:
                yield line, mem.read(end - start)
            except OSError:
                continue


@release_only
@pytest.mark.parametrize('when', ['before', 'after'])
def test_attack_68_no_hash_and_no_password(ftpd, place, when):
    configured = '$5$rounds=1000$configured$4k7gLVYvpQYGFcYXB1h0yGq7rpUYCYYnY1YX4f2Pzj3'
    s = ftpd(f'UserPassword bob {configured}')
    place.passwd.write_text(place.passwd.read_text() +
                            'sesame:$5$rounds=1000$inftpdtest$XbhlbETACdtZiBpqiH:61001:61100::/:'
                            '/bin/sh\n')
    c = s.connect()
    c.login('alice', 'sesame-open-wide')
    if when == 'after':
        assert c.login() == 230
    # until a login succeeds, the one that is to take over waits beside the first
    children = s.processes(2 if when == 'after' else 3)[1:]
    for line, content in (region for pid in children for region in memory(pid)):
        for secret in (HASH.encode(), b'configured$4k7g', b'XbhlbETACdt', HASH[-30:].encode()):
            assert secret not in content, (secret, line)
        if when == 'after':
            assert b'sesame-open-wide' not in content, line


@release_only
def test_shadow_hash_is_in_no_session(ftpd, place):
    shadow = f'root:*:19000::::::\nanna:{HASH}:19000:0:99999:7:::\n'
    s = ftpd('AuthPAM off\nSystemLog {log}', base=False, etc={
        'passwd': f'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n'
                  f'anna:x:62001:62000::{place.dir}:/bin/sh\n',
        'group': 'nogroup:x:65534:\npeople:x:62000:\n', 'shadow': (shadow, 0o600),
        'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\n'})
    assert s.connect().login('anna', 'pw') == 230
    for line, content in memory(s.session()):
        assert HASH.encode() not in content, line


def test_attack_52_a_limit_on_processes(ftpd):
    # Where a call fails, there is a 421 and no session: never one as root.
    s = ftpd(preexec=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (0, 0)))
    c = s.connect(greet=False)
    try:
        first = c.reply()
    except Exception:
        return
    if first == 220:
        assert c.login() in (230, 530, 421)
        for pid in s.children():
            state = status(pid)
            assert state is None or state['Uid'].split()[0] != '0'
    else:
        assert first == 421


def test_attack_54_the_empty_root_is_missing(ftpd, binary):
    s = ftpd(etc={}, mounts='mount -t tmpfs none /var/lib')
    c = s.connect(greet=False)
    assert c.reply() == 421 and c.at_end()
    assert s.exit_status() == 1
    s.log_wait('/var/lib/in.ftpd/empty')


def test_unknown_user_directive_serves_nobody(ftpd):
    s = ftpd('User nobody-there')
    c = s.connect(greet=False)
    assert c.reply() == 421
    assert s.exit_status() == 1
