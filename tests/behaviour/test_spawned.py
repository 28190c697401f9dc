"""What a superserver leaves: descriptors, environment, masks, limits, and what 0 may be."""

import os
import pathlib
import pty
import re
import resource
import signal
import socket
import subprocess
import time

import pytest

from conftest import release_only
from harness import open_files, processes, status, until


def run(binary, *args, stdin=subprocess.DEVNULL, **how):
    how.setdefault('timeout', 20)
    return subprocess.run(['in.ftpd', *args], executable=binary, stdin=stdin, capture_output=True,
                          text=True, **how)


@pytest.mark.parametrize('stdin', ['null', 'pipe', 'tty', 'file', 'closed'])
def test_faq_4_5_started_from_a_shell(binary, place, stdin):
    close = []
    if stdin == 'pipe':
        fd, other = os.pipe()
        close = [fd, other]
    elif stdin == 'tty':
        other, fd = pty.openpty()
        close = [fd, other]
    elif stdin == 'file':
        fd = os.open(place.write('f', ''), os.O_RDWR)
        close = [fd]
    elif stdin == 'closed':
        fd = None
    else:
        fd = subprocess.DEVNULL
    how = dict(preexec_fn=lambda: os.close(0)) if fd is None else {}
    result = run(binary, stdin=fd, **how)
    for fd in close:
        os.close(fd)
    assert result.returncode == 1
    assert result.stdout == ''
    assert all(word in result.stderr for word in ('inetd', 'systemd', '-t')), result.stderr


def test_servertype_standalone_is_told(ftpd):
    s = ftpd('ServerType standalone')
    code, said = s.check()
    assert code == 0 and 'standalone' in said
    assert s.login().cmd('NOOP') == 200
    assert ftpd('ServerType inetd').login().cmd('NOOP') == 200


@pytest.mark.parametrize('kind', [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_attack_88_a_socket_of_another_kind(binary, place, kind):
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    result = run(binary, '-c', '/nonexistent', stdin=theirs)
    assert result.returncode == 1
    ours.close()
    theirs.close()


def test_a_listening_socket(binary):
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    listener.listen()
    began = time.monotonic()
    result = run(binary, stdin=listener)
    assert result.returncode == 1
    assert time.monotonic() - began > 0.5      # inetd must not spin
    listener.close()


def test_a_peer_that_has_left(ftpd):
    wait, go = os.pipe()
    s = ftpd(preexec=lambda: os.read(wait, 1))
    c = s.connect(greet=False)
    c.reset()
    os.write(go, b'x')
    os.close(go)
    assert s.exit_status() == 0
    os.close(wait)
    assert len(re.findall(r'.+', s.log())) <= 2


@pytest.mark.parametrize('args', [['-l'], ['-a'], ['-l', '-a'], ['-n'], ['-d', '2'], ['-d9'],
                                  ['-D', 'X']])
def test_flags_that_old_entries_carry(ftpd, args):
    c = ftpd(args=args).login()
    assert c.cmd('NOOP') == 200


@pytest.mark.parametrize('args', [['-t'], ['-T'], ['-V'], ['-x'], ['--help'], ['extra']])
def test_mistakes_in_the_entry(ftpd, args):
    s = ftpd(args=args, stderr='socket', etc={})
    c = s.connect(greet=False)
    assert c.reply() == 421 and c.at_end()
    assert s.exit_status() == 2
    assert s.ns.log.wait('.')


def test_mistakes_in_a_terminal(binary):
    for args in (['-x'], ['--nonsense'], ['-c'], ['-d', 'x'], ['-d', '11']):
        result = run(binary, *args)
        assert result.returncode == 2, args
        assert result.stdout == '' and 'in.ftpd' in result.stderr


def test_faq_1_1_version(binary):
    result = run(binary, '-V')
    assert result.returncode == 0
    assert re.search(r'in\.ftpd \d', result.stdout) and 'pam' in result.stdout.lower()
    assert '/etc' in result.stdout


def test_parts(binary):
    result = run(binary, '-l')
    assert result.returncode == 0 and {'mod_core.c', 'mod_auth_pam.c'} <= set(result.stdout.split())


@release_only
def test_attack_85_inherited_descriptors(ftpd, place):
    secret = place.write('secret', 'of root', 0o600)
    fds = []

    def inherit():
        for fd in range(3, 51):
            os.dup2(os.open(secret, os.O_RDWR), fd, inheritable=True)

    s = ftpd('DefaultRoot ~', preexec=inherit, close_fds=False)
    c = s.connect()
    for pid in s.processes():
        assert str(secret) not in open_files(pid).values()
    assert c.login() == 230
    for pid in s.processes():
        files = open_files(pid)
        assert str(secret) not in files.values()
        assert len(files) <= 12, files
    session = open_files(s.session())
    assert not any(f.endswith(('.log', '.xferlog', 'passwd',
                               'group')) for f in session.values()), session
    assert all(session[fd] == '/dev/null' for fd in (0, 1, 2)), session
    assert sum(f.startswith('socket:') for f in session.values()) == 2, session


def test_attack_86_inherited_environment(ftpd, place):
    place.file('f')
    env = {'LD_PRELOAD_X': 'x', 'TZ': ':/no/such/file', 'LC_ALL': 'xx_YY.UTF-8',
           'GCONV_PATH': '/tmp',
           'OPENSSL_CONF': '/x', 'MALLOC_TRACE': str(place.dir / 'mtrace'), 'HOME': '/', 'IFS': 'x',
           'RES_OPTIONS': 'debug', 'LOCALDOMAIN': 'x', 'PATH': '/nonexistent',
           'SECRET': 'swordfish'}
    s = ftpd(env=env)
    c = s.login()
    assert re.search(r' \d\d:\d\d f$', c.names('LIST')[0])
    text = s.log()
    assert 'swordfish' not in text
    # nor does a session hold what the superserver was told
    for pid in s.processes():
        assert b'swordfish' not in pathlib.Path(f'/proc/{pid}/environ').read_bytes()


def test_attack_96_signals_that_mean_nothing(ftpd, place):
    def timer():
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, 3)

    s = ftpd('AllowOverwrite on', preexec=timer)
    c = s.login()
    rings = time.monotonic() + 3.5
    for _ in range(20):
        for pid in s.processes():
            for number in (signal.SIGALRM, signal.SIGURG, signal.SIGCHLD, signal.SIGHUP,
                           signal.SIGPIPE, signal.SIGWINCH):
                os.kill(pid, number)
        assert c.store('STOR f', b'x' * 100000) == 226
    until(lambda: time.monotonic() > rings)
    assert c.get('f') == b'x' * 100000


def test_inherited_masks_and_limits(ftpd, place):
    def hostile():
        os.umask(0)
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        for number in (signal.SIGCHLD, signal.SIGALRM, signal.SIGPIPE, signal.SIGTERM,
                       signal.SIGURG,
                       signal.SIGIO, signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, signal.SIG_IGN)
        os.nice(5)
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    s = ftpd(preexec=hostile)
    c = s.login()
    assert c.store('STOR f', b'x') == 226
    assert (place.home() / 'f').stat().st_mode & 0o777 == 0o644
    # SIGTERM is let in only while a process waits, as it does in the end
    until(lambda: [int(status(pid)['SigBlk'], 16) for pid in s.processes()] == [0, 0])
    for pid in s.processes():
        limits = pathlib.Path(f'/proc/{pid}/limits').read_text()
        assert re.search(r'Max core file size +0 +0', limits), limits
    os.kill(s.monitor, signal.SIGTERM)
    assert c.last_words()[-1] == 421
    until(lambda: processes(s.monitor) == [])
    s = ftpd('TimeoutIdle 3', preexec=hostile)
    assert s.login().last_words()[-1] == 421
    until(lambda: processes(s.monitor) == [])


def test_few_descriptors_and_closed_ones(ftpd):
    c = ftpd(preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))).login()
    assert c.names() == []


@release_only
@pytest.mark.parametrize('closed', [[2], [1, 2]])
def test_closed_descriptors(ftpd, closed):
    c = ftpd(preexec=lambda: [os.close(fd) for fd in closed]).login()
    assert c.names() == []


def test_faq_4_20b_signals(ftpd, place):
    place.file('big', b'\0' * (32 << 20))
    s = ftpd()
    c = s.login()
    for pid in s.processes():
        os.kill(pid, signal.SIGHUP)
    assert c.cmd('NOOP') == 200
    for target in ('monitor', 'session'):
        c = s.login()
        c.cmd('TYPE I')
        reply, data = c.open('RETR big')
        data.recv(1000)
        os.kill(s.monitor if target == 'monitor' else s.session(), signal.SIGTERM)
        words = c.last_words()
        assert words[-1] == 421, words
        data.close()
        assert s.exit_status() == 0
    assert [l[-1] for l in s.xferlog(2)] == ['i', 'i']


def test_sigterm_before_login(ftpd):
    for target in range(2):
        s = ftpd()
        c = s.connect()
        os.kill(s.processes()[target], signal.SIGTERM)
        assert c.reply() == 421 and c.at_end()
        assert s.exit_status() == 0


def test_the_monitor_is_killed(ftpd):
    # End of file from the monitor ends a session at once.
    s = ftpd()
    for start in (s.connect, s.login):
        client = start()
        pid = s.monitor
        os.kill(pid, signal.SIGKILL)
        until(lambda: processes(pid) == [])
        client.last_words()


def test_the_session_is_killed(ftpd):
    s = ftpd()
    for start in (s.connect, s.login):
        client = start()
        os.kill(s.session(), signal.SIGKILL)
        client.last_words()
        until(lambda: processes(s.monitor) == [])
        assert s.exit_status() in (0, 1)


def test_faq_B1_no_connection_no_process(ftpd, binary):
    s = ftpd()
    c = s.login()
    c.pasv()
    pid = s.monitor
    c.quit()
    until(lambda: processes(pid) == [])
    assert subprocess.run(['pidof', str(binary)], capture_output=True).stdout == b''


def test_faq_4_14a_probes(ftpd):
    s = ftpd('SyslogLevel info', syslog=True)
    s.connect(greet=False).close()
    s.exit_status(0)
    c = s.connect()
    c.quit()
    s.exit_status(1)
    until(lambda: len(s.ns.log.lines) >= 2)
    assert len(s.ns.log.lines) == 2, s.ns.log.lines
    for facility, level, text in s.ns.log.lines:
        assert level == 'info' and re.search('no login', text) and '127.0.0.1' in text
    assert [p.returncode for p in s.spawned] == [0, 0]


def test_storm_of_probes(ftpd):
    s = ftpd()
    for _ in range(200):
        s.connect(greet=False).close()
    until(lambda: len(s.spawned) == 200, 100)
    until(lambda: all(p.poll() is not None for p in s.spawned), 100)
    assert {p.returncode for p in s.spawned} == {0}
    assert s.login().cmd('NOOP') == 200


def test_faq_4_9b_arguments(ftpd, place):
    place.write('other.conf', 'ServerIdent on "the other one"\nSystemLog none\n')
    s = ftpd()
    s.argv = lambda: ['in.ftpd', '-c', str(place.dir / 'other.conf'), '-d', '2']
    assert s.connect().welcome.text == 'the other one'


def test_faq_2_3d_two_services(ftpd, place):
    one = ftpd('ServerIdent on "first"\nAllowOverwrite on')
    two = ftpd('ServerIdent on "second"')
    a, b = one.connect(), two.connect()
    assert (a.welcome.text, b.welcome.text) == ('first', 'second')
    place.file('f', b'x')
    a.login(), b.login()
    assert a.store('STOR f', b'1') == 226
    assert b.store('STOR f', b'2') == 550


def test_faq_4_20a_an_edited_configuration(ftpd):
    s = ftpd('ServerIdent on "before"\nAllowOverwrite on')
    c = s.login()
    s.configure('ServerIdent on "after"')
    assert s.connect().welcome.text == 'after'
    c.store('STOR f', b'1')
    assert c.store('STOR f', b'2') == 226


@release_only
def test_cores_and_tracing(ftpd):
    # attacks.md 94: nobody of the same uid may look into a session.
    s = ftpd()
    s.login()
    pid = s.session()
    uid = int(status(pid)['Uid'].split()[0])
    look = subprocess.run(['cat', f'/proc/{pid}/environ'], capture_output=True,
                          preexec_fn=lambda: os.setuid(uid))
    assert look.returncode != 0


def test_deleted_directory_as_cwd(ftpd, place):
    (place.home() / 'd').mkdir()
    os.chown(place.home() / 'd', 61001, 61100)
    c = ftpd().login()
    c.cmd('CWD d')
    (place.home() / 'd').rmdir()
    assert c.cmd('PWD') == 257
    assert c.cmd('LIST') in (425, 450, 550)
    assert c.store('STOR f', b'x') == 550
    assert c.cmd('CWD ..') == 250
