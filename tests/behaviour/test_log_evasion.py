"""What a client might do to be left out of a log, to forge its lines, or to fill the disk."""
import json
import os
import re
import signal

import pytest

from harness import until

CONF = 'UseReverseDNS off\nMaxLoginAttempts none\nSyslogLevel debug\nDebugLevel 9\n'
TWO = 'LogFormat x "%r|%s|%{transfer-status}"\nExtendedLog {dir}/ext ALL x\n'


def lines(server, name='ext'):
    return (server.dir / name).read_text().split('\n')[:-1]


@pytest.mark.parametrize('classes', ['ALL', 'READ'])
def test_a_stat_does_not_hide_the_transfer(ftpd, place, classes):
    place.file('big', b'x' * 9000000)
    s = ftpd(CONF + TWO.replace('ALL', classes))
    c = s.login()
    c.cmd('TYPE I')
    data = c.connect(c.pasv())
    c.put('RETR big')
    assert c.reply() == 150
    for _ in range(2):
        c.put('STAT')
        assert c.reply() == 213
    c.put('ABOR')
    assert c.reply() == 426
    data.close()
    assert c.reply() == 226
    c.quit()
    s.exit_status()
    said = lines(s)
    assert said.count('RETR big|426|cancelled') == 1
    assert said.count('STAT|213|-') == (2 if classes == 'ALL' else 0)


def test_no_password_in_what_is_no_pass(ftpd):
    s = ftpd(CONF + TWO + 'ExtendedLog {dir}/j ALL json\n')
    said = ('ACCT sesame', 'ADAT sesame', 'PASSsesame', 'PASSses1', 'PASSses1 x', ' PASS sesame',
            'PASS\tsesame', 'passwd sesame', 'PASS sesame\0x')
    c = s.connect()
    for login in (False, True):
        if login:
            c.login()
        for line in said:
            assert c.cmd(line) >= 500
    c.quit()
    s.exit_status()
    for name in ('ext', 'j', s.log_path.name):
        assert not re.search('ses(ame|1)', (s.dir / name).read_text())
    assert lines(s).count('ACCT (hidden)|502|-') == 1


def test_attack_18_a_name_with_a_nul_is_not_logged_without_it(ftpd):
    s = ftpd(CONF + TWO)
    c = s.connect()
    assert c.cmd('USER anonymous\0x') == 501
    c.login()
    assert c.cmd('DELE f\0x') == 501
    c.quit()
    s.exit_status()
    said = lines(s)
    assert said[0] == 'USER (with a NUL)|501|-' and 'DELE (with a NUL)|501|-' in said


def test_long_lines_count_as_several(ftpd):
    """Forty MiB of what is written as four bytes for one: the log gets no such lines for ever."""
    s = ftpd('SyslogLevel info\nCommandBufferSize 5000\nLogFormat x "%r|%S"\n'
             'ExtendedLog {dir}/ext ALL x\n')
    c = s.login()
    block = (b'CLNT ' + b'\x1b' * 4080 + b'\r\n') * 100
    for _ in range(30):
        c.send(block)
        for _ in range(100):
            c.reply()
    c.quit()
    s.exit_status()
    assert re.search(r'\d+ lines of the ExtendedLog of this session dropped', s.log())
    assert (s.dir / 'ext').stat().st_size < 40 << 20


def test_a_killed_session_has_its_sums(ftpd, place):
    place.file('f', b'12345')
    s = ftpd('SyslogLevel info\nExtendedLog {dir}/j EXIT json\n')
    c = s.login()
    c.get('f')
    c.store('STOR g', b'123')
    until(lambda: len(s.xferlog()) == 2)
    os.kill(s.session(), signal.SIGKILL)
    s.exit_status()
    assert re.search(r'alice, [\d.]+ s, 1 files and 3 bytes in, 1 files and 5 bytes out: '
                     'session gone', s.log())
    end = json.loads(lines(s, 'j')[-1])
    assert (end['files_in'], end['bytes_in'], end['files_out'], end['bytes_out']) == (1, 3, 1, 5)


@pytest.mark.parametrize('directive', ['ServerLog', 'ExtendedLog', 'SystemLog', 'TransferLog'])
@pytest.mark.parametrize('allow', [False, True])
def test_a_log_that_is_another_file_too(ftpd, place, directive, allow):
    victim = place.write('victim', '')
    (place.dir / 'l').mkdir()
    os.link(victim, place.dir / 'l/own')
    place.file('f', b'x')
    s = ftpd(f'{directive} {{dir}}/l/own' + ('\nAllowLogSymlinks on' if allow else '')
             + '\nSyslogLevel info', syslog=True)
    c = s.login()
    c.get('f')
    c.quit()
    s.exit_status()
    assert bool(victim.read_text()) == allow
    if not allow:
        assert s.ns.log.find(f'{directive}.*hard link')
