"""syslog, SystemLog, TransferLog: one line for each thing, and what may not stand in it."""

import os
import re
import stat

import pytest

from harness import until


def test_xferlog_lines(ftpd, place):
    place.file('f', b'12345')
    s = ftpd('AllowStoreRestart on\nUseReverseDNS off')
    c = s.login()
    c.get('f')
    c.cmd('TYPE I')
    c.store('STOR new name', b'123')
    c.store('APPE new name', b'45')
    c.store('STOU', b'x')
    c.cmd('DELE f')
    lines = s.xferlog(5)
    assert len(lines) == 5
    home = place.home()
    assert all(len(l) == 18 or l[2] == '' for l in lines), lines
    text = s.xferlog_path.read_text().splitlines()
    date = r'(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}'
    expect = [rf'127\.0\.0\.1 5 {home}/f a _ o r alice ftp 0 \* c',
              rf'127\.0\.0\.1 3 {home}/new_name b _ i r alice ftp 0 \* c',
              rf'127\.0\.0\.1 2 {home}/new_name b _ i r alice ftp 0 \* c',
              rf'127\.0\.0\.1 1 {home}/\S+ b _ i r alice ftp 0 \* c',
              rf'127\.0\.0\.1 5 {home}/f b _ d r alice ftp 0 \* c']
    for line, pattern in zip(text, expect):
        assert re.fullmatch(rf'{date} \d+ {pattern}', line), line
    assert stat.S_IMODE(s.xferlog_path.stat().st_mode) == 0o640


def test_host_path_in_a_jail(ftpd, place):
    place.file('f', b'x')
    s = ftpd('DefaultRoot ~')
    s.login().get('f')
    assert s.xferlog()[0][8] == f'{place.home()}/f'


def test_attack_90_names_in_the_transfer_log(ftpd, place):
    for n, name in enumerate((b'a b', b'n\x1b[2J', b'\x9b', b'\xff\xfe', b'tab\there',
                              '\u2028x'.encode(),
                              b'\x7f')):
        s = ftpd()
        c = s.login()
        c.send(b'')
        data = c.connect(c.pasv())
        c.send(b'STOR ' + name.replace(b'\xff', b'\xff\xff') + b'\r\n')
        if c.reply() >= 200:
            data.close()
            continue
        data.close()
        assert c.reply() == 226
        until(lambda: s.xferlog_path.exists() and b'\n' in s.xferlog_path.read_bytes())
        raw = s.xferlog_path.read_bytes()
        assert raw.count(b'\n') == 1
        assert not re.search(rb'[\x00-\x09\x0b-\x1f\x7f]', raw), raw


def test_attack_90_names_in_the_log(ftpd, place):
    s = ftpd('DebugLevel 9\nMaxLoginAttempts none')
    c = s.connect()
    for name in (b'x\x1b[2J', b'\x9b31m', b'\xff\xff\xfe', b'u' * 3000, b'a\tb', b'a"b\'c',
                 b'in.ftpd[1]: forged', b'x\x85y', b'x\xe2\x80\xa8y', b'%s%n'):
        c.send(b'USER ' + name + b'\r\n')
        c.reply()
        c.cmd('PASS x')
    c.quit()
    s.exit_status()
    raw = s.log_path.read_bytes()
    assert not re.search(rb'[\x00-\x09\x0b-\x1f\x7f\x80-\xff]', raw), \
        re.findall(rb'.*[\x00-\x09\x0b-\x1f\x7f\x80-\xff].*', raw)[:3]
    assert all(re.search(rb'in\.ftpd\[%d\]|127\.0\.0\.1' % s.monitor, l) for l in raw.splitlines())


def test_syslog_lines(ftpd):
    s = ftpd('SyslogLevel info', syslog=True)
    c = s.login()
    c.quit()
    s.exit_status()
    assert s.ns.log.lines
    for facility, level, text in s.ns.log.lines:
        assert re.match(rf'(\w{{3}} [ \d]\d \d\d:\d\d:\d\d )?in\.ftpd\[{s.monitor}\]: ', text), text
        assert '127.0.0.1' in text
        assert facility in ('daemon', 'authpriv')
    granted = [l for l in s.ns.log.lines if l[0] == 'authpriv']
    assert len(granted) == 1 and granted[0][1] == 'info' and 'alice' in granted[0][2]


def test_facility_and_level(ftpd):
    s = ftpd('SyslogFacility LOCAL0\nSyslogLevel notice', syslog=True)
    c = s.connect()
    c.login('alice', 'wrong')
    c.login()
    c.quit()
    s.exit_status()
    assert {l[0] for l in s.ns.log.lines} == {'local0'}
    assert {l[1] for l in s.ns.log.lines} <= {'notice', 'warning', 'err'}
    assert s.ns.log.find('alice')


def test_default_level_is_notice(ftpd):
    s = ftpd('AuthPAM off\nAuthUserFile {passwd}\nTransferLog none', base=False, etc={})
    s.login().quit()
    s.exit_status()
    assert s.ns.log.lines == []
    s.connect().login('alice', 'wrong')
    assert s.ns.log.wait('alice')[1] == 'notice'


def test_faq_4_14b_one_closing_line(ftpd, place):
    place.file('f', b'12345')
    s = ftpd('SyslogLevel info')
    c = s.login()
    c.get('f')
    c.store('STOR g', b'123')
    c.quit()
    s.exit_status()
    last = s.log().splitlines()[-1]
    assert re.search('alice', last) and '127.0.0.1' in last and re.search('quit', last, re.I)
    assert re.search(r'\b5\b', last) and re.search(r'\b3\b', last)
    s = ftpd('TimeoutIdle 3\nSyslogLevel info')
    s.login().last_words()
    s.exit_status()
    assert re.search('idle|TimeoutIdle', s.log().splitlines()[-1], re.I)
    s = ftpd('SyslogLevel info')
    s.login().reset()
    s.exit_status()
    assert 'alice' in s.log().splitlines()[-1]


@pytest.mark.parametrize('what', ['symlink', 'world-writable', 'fifo', 'directory'])
@pytest.mark.parametrize('directive', ['SystemLog', 'TransferLog'])
def test_log_files_that_are_not_trusted(ftpd, place, what, directive):
    victim = place.write('victim', '')
    where = place.dir / 'logs'
    where.mkdir()
    log = where / 'log'
    if what == 'symlink':
        log.symlink_to(victim)
    elif what == 'world-writable':
        where.chmod(0o777)
    elif what == 'fifo':
        os.mkfifo(log)
    else:
        log.mkdir()
    place.file('f', b'x')
    s = ftpd(f'{directive} {{dir}}/logs/log', syslog=True)
    c = s.login()               # nor does a fifo hold it up
    assert c.get('f') == b'x'
    s.ns.log.wait(directive)
    assert victim.read_text() == ''
    if what == 'world-writable':
        assert not log.exists()


def test_no_transfer_log(ftpd, place):
    place.file('f', b'x')
    s = ftpd('TransferLog none')
    s.login().get('f')
    assert not s.xferlog_path.exists()


def test_refused_transfers_are_not_logged(ftpd, place):
    s = ftpd()
    c = s.login()
    assert c.fetch('RETR nothing')[0] == 550
    assert c.names() == []
    place.file('f', b'x')
    c.get('f')
    assert len(s.xferlog()) == 1


def test_no_syslog_at_all(ftpd):
    # Nobody listens on /dev/log: the session goes on.
    s = ftpd(syslog=True)
    s.ns.log.close()
    (s.dir / 'server0' / 'ns/dev/log').unlink()
    assert s.login().cmd('NOOP') == 200


def test_systemlog_none(ftpd):
    s = ftpd('SystemLog none', syslog=True)
    s.login().quit()
    s.exit_status()
    assert s.ns.log.lines == []


def test_a_name_is_one_word_of_a_line(ftpd):
    s = ftpd()
    c = s.connect()
    assert c.login('alice: Login successful: alice, uid 0', 'x') == 530
    line = s.log_wait(r'Login failed')
    assert 'USER alice:_Login_successful:_alice,_uid_0 (Login failed): ' in line
