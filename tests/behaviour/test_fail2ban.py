"""etc/fail2ban/filter.d/in.ftpd.conf finds the refusals alone, as fail2ban's own tester has it."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from harness import TOP

FILTER = TOP / 'etc/fail2ban/filter.d/in.ftpd.conf'


@pytest.fixture
def tester(directory):
    """Runs fail2ban-regex, installed or unpacked, with our filter: (matched, missed, addresses)."""
    unpacked = pathlib.Path(os.environ.get('UNPACKED', '/nonexistent')) / 'fail2ban'
    program = (shutil.which('fail2ban-regex')
               or shutil.which('fail2ban-regex', path=unpacked / 'usr/bin'))
    common = next((p for p in (pathlib.Path('/etc/fail2ban'), unpacked / 'etc/fail2ban')
                   if (p / 'filter.d/common.conf').exists()), None)
    if not program or not common:
        pytest.skip('there is no fail2ban-regex here')
    conf = directory / 'fail2ban'
    shutil.copytree(common, conf)
    shutil.copy(FILTER, conf / 'filter.d')
    env = {**os.environ, 'PYTHONPATH': str(unpacked / 'usr/lib/python3/dist-packages'),
           'PYTHONDONTWRITEBYTECODE': '1'}

    def run(log):
        done = subprocess.run([sys.executable, program, '-c', str(conf), '--print-all-matched',
                               '-v', str(log), str(conf / 'filter.d/in.ftpd.conf')],
                              capture_output=True, text=True, env=env)
        found = re.search(r'^Lines: \d+ lines, \d+ ignored, (\d+) matched, (\d+) missed',
                          done.stdout, re.M)
        assert found, done.stdout + done.stderr
        addresses = re.findall(r'^\|\s+(\S+)\s+\w{3} \w{3} \d\d ', done.stdout, re.M)
        return int(found[1]), int(found[2]), set(addresses)
    return run


def attack(s):
    """Five refusals, and what must not count."""
    c = s.connect()
    assert c.login('alice', 'wrong') == 530
    assert c.login('nobodyhere', 'x') == 530
    assert c.login('root', 'x') == 530
    assert c.login('alice (203.0.113.9): USER bob (Login failed): bad-password: ', 'x') == 530
    assert c.login('203.0.113.9): USER bob', 'x') == 530
    c.quit()
    s.exit_status()
    c = s.login()
    c.store('STOR USER x (Login failed): bad-password: ', b'x')
    c.cmd('CLNT (203.0.113.9): USER bob (Login failed): bad-password: x')
    c.quit()
    s.exit_status()


@pytest.mark.parametrize('name', ['my site', 'FTP: (test)', 'a (b): c', 'ftp-1', '(x)'])
def test_no_name_hides_a_failure(ftpd, tester, name):
    """Neither the server's, nor a user's with what others take for a blank or a line's end."""
    s = ftpd(CONF.replace('my site', name))
    c = s.connect()
    names = ['a\u00a0b', 'a\u3000b', 'a\u2003', '\u202fa', 'a\u2028b', 'a\x85b', 'a\u1680b',
             'root', 'a b']
    for user in names:
        c.send(f'USER {user}\r\n'.encode())
        assert c.reply() == 331
        assert c.cmd('PASS x') == 530
    c.quit()
    s.exit_status()
    matched, _, addresses = tester(s.log_path)
    assert matched == len(names)
    assert addresses == {'127.0.0.1'}


def test_what_others_log_bans_nobody(place, tester):
    """A user name of ssh's, in the file that both logs share; and one of ours with an address."""
    forged = 'x (203.0.113.9): USER b (Login failed): bad-password: '
    log = place.write('auth.log', ''.join(f'Jan  5 04:03:02 {line}\n' for line in (
        f'machine sshd[99]: Invalid user {forged}from 198.51.100.1 port 22',
        f'sshd[99]: Invalid user {forged}from 198.51.100.1 port 22',
        f'sshd[99]: Invalid user in.ftpd[1]: {forged}from 198.51.100.1 port 22',
        f'machine in.ftpd[7]: 198.51.100.1 (198.51.100.1): alice {forged}',
        f'machine in.ftpd[7]: 2001:db8::1 (2001:db8::1): alice {forged}',
        'machine in.ftpd[7]: 2001:db8::1 (2001:db8::1): USER b (Login failed): bad-password: x',
        '<4.3> machine in.ftpd[7]: 198.51.100.2 (198.51.100.2): '
        'USER b (Login failed): bad-password: x')))
    matched, missed, addresses = tester(log)
    assert (matched, missed) == (2, 5)
    assert addresses == {'2001:db8::1', '198.51.100.2'}


CONF = ('UseReverseDNS off\nMaxLoginAttempts none\nSyslogLevel info\nDelayEngine off\n'
        'ServerName "my site"\n')


@pytest.mark.parametrize('options', ['', 'LogOptions -Hostname -VirtualHost\n'])
def test_lines_of_a_file(ftpd, tester, options):
    s = ftpd(CONF + options)
    attack(s)
    matched, missed, addresses = tester(s.log_path)
    assert matched == 5 and missed > 0
    assert addresses == {'127.0.0.1'}


def test_lines_of_syslog(ftpd, tester, place):
    s = ftpd(CONF, syslog=True)
    attack(s)
    lines = [re.sub(r'^\w{3} [ \d]\d \d\d:\d\d:\d\d ', '', text) for _, _, text in s.ns.log.lines]
    log = place.write('auth.log', ''.join(f'Jan  5 04:03:02 machine {line}\n' for line in lines))
    matched, missed, addresses = tester(log)
    assert matched == 5 and missed > 0
    assert addresses == {'127.0.0.1'}
