"""What ps shows of a session, and what the system allows it."""

import pathlib
import resource

import pytest

from conftest import release_only
from harness import until


def title(pid):
    return pathlib.Path(f'/proc/{pid}/cmdline').read_bytes().split(b'\0')[0].decode()


def shows(pid, text):
    until(lambda: title(pid) == text)


ENV = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'ROOM': 'x' * 200}


def test_verbose(ftpd, place):
    place.file('f', b'x')
    s = ftpd(env=ENV)
    c = s.connect()
    shows(s.monitor, 'in.ftpd: 127.0.0.1: connected')
    assert c.login() == 230
    shows(s.session(), 'in.ftpd: alice - 127.0.0.1: session')
    # a command is shown for a second
    until(lambda: c.cmd('STAT /home') > 0 and
          title(s.monitor) == 'in.ftpd: alice - 127.0.0.1: STAT /home')


def test_no_password_and_no_escape(ftpd, place):
    s = ftpd(env=ENV)
    c = s.connect()
    assert c.cmd('USER alice') == 331
    assert c.cmd('PASS secret\x1b[2J') == 530
    assert 'secret' not in title(s.monitor)
    assert c.login() == 230
    until(lambda: c.cmd('MDTM a\x1b[2Jé') == 550 and
          title(s.monitor) == 'in.ftpd: alice - 127.0.0.1: MDTM a?[2J??')


def test_terse(ftpd):
    s = ftpd('ProcessTitles terse', env=ENV)
    c = s.connect()
    shows(s.monitor, 'in.ftpd: processing')
    assert c.login() == 230
    shows(s.monitor, 'in.ftpd: processing')
    shows(s.session(), 'in.ftpd: processing')
    c.cmd('MDTM x')
    assert c.cmd('NOOP') == 200
    for pid in (s.monitor, s.session()):
        assert title(pid) == 'in.ftpd: processing'
        assert b'alice' not in pathlib.Path(f'/proc/{pid}/cmdline').read_bytes()


def test_a_command_line_without_room(ftpd):
    # An empty environment and few words: what fits is shown, and nothing is lost by it.
    s = ftpd(env={})
    c = s.login()
    assert c.cmd('NOOP') == 200
    assert title(s.monitor).startswith('in.ftpd: ')
    assert c.quit() == 221


def limits(pid):
    """Name → (soft, hard) of /proc/PID/limits."""
    found = {}
    for line in pathlib.Path(f'/proc/{pid}/limits').read_text().splitlines()[1:]:
        found[line[:25].strip()] = tuple(line[26:].split()[:2])
    return found


@release_only
def test_rlimits(ftpd):
    s = ftpd('RLimitCPU 60 2m\nRLimitMemory session 64M 128M\nRLimitOpenFiles 40')
    c = s.connect()
    for _ in range(2):
        have = limits(s.session())
        assert have['Max cpu time'] == ('60', '120')
        assert have['Max address space'] == (str(64 << 20), str(128 << 20))
        assert have['Max open files'] == ('40', '40')
        if c.login() != 230:
            break
    assert c.store('STOR f', b'x' * 300000) == 226
    assert c.names('LIST')
    assert limits(s.monitor)['Max cpu time'] == ('unlimited', 'unlimited')


def test_never_above_what_there_was(ftpd):
    def fewer():
        resource.setrlimit(resource.RLIMIT_NOFILE, (60, 80))

    s = ftpd('RLimitOpenFiles 500 max\nRLimitCPU max', preexec=fewer)
    s.login()
    have = limits(s.session())
    assert have['Max open files'] == ('80', '80')
    assert have['Max cpu time'] == ('unlimited', 'unlimited')


def test_the_main_servers_hold_in_every_server(ftpd):
    s = ftpd('Port 0\nRLimitOpenFiles 40\nProcessTitles terse\n<VirtualHost 127.0.0.1>\nPort 0\n'
             '</VirtualHost>\n<VirtualHost 127.0.0.1>\nAuthPAM off\nAuthUserFile {passwd}\n'
             'AuthGroupFile {group}\nTransferLog none\nWtmpLog off\n</VirtualHost>', env=ENV)
    s.login()
    assert limits(s.session())['Max open files'] == ('40', '40')
    shows(s.monitor, 'in.ftpd: processing')


@pytest.mark.parametrize('line', ['RLimitCPU daemon 10', 'RLimitMemory daemon 64M max'])
def test_the_daemons_limits(ftpd, line):
    s = ftpd(line)
    status, said = s.check()
    assert status == 0 and 'daemon has no effect' in said
    s.login()
    assert limits(s.session())['Max cpu time'] == ('unlimited', 'unlimited')
