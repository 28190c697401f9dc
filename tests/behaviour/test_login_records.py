"""WtmpLog and UseLastlog: what last(1) and lastlog(8) show."""

import pytest

from harness import uid_of

RECORD, LAST = 384, 292
MOUNTS = 'mount -t tmpfs none /var/log; touch /var/log/%s; mount --bind {} /var/log/%s'
ANON = '<Anonymous {anon}>\nUser ftp\nGroup ftp\n%s\n</Anonymous>\n'


def with_file(ftpd, place, conf, name):
    path = place.write(name, '')
    return ftpd(conf, etc={}, mounts=(MOUNTS % (name, name)).format(path)), path


def test_wtmplog_of_an_anonymous_comes_first(ftpd, place):
    s, wtmp = with_file(ftpd, place, ANON % 'WtmpLog off' + 'WtmpLog on\n', 'wtmp')
    s.login('ftp', 'a@b').quit()
    s.exit_status()
    assert wtmp.read_bytes() == b''
    s.login('bob').quit()
    s.exit_status()
    assert len(wtmp.read_bytes()) == 2 * RECORD


def test_a_condition_on_the_user_comes_too_late(ftpd, place):
    s, wtmp = with_file(ftpd, place, '<IfUser alice>\nWtmpLog off\n</IfUser>\nWtmpLog on\n', 'wtmp')
    s.login().quit()
    s.exit_status()
    assert len(wtmp.read_bytes()) == 2 * RECORD


def test_wtmplog_none(ftpd, place):
    s, wtmp = with_file(ftpd, place, 'WtmpLog none', 'wtmp')
    s.login().quit()
    s.exit_status()
    assert wtmp.read_bytes() == b''


def test_uselastlog(ftpd, place):
    s, lastlog = with_file(ftpd, place, 'UseLastlog on', 'lastlog')
    s.login('bob')
    at = uid_of('bob') * LAST
    record = lastlog.read_bytes()[at:]
    assert len(record) == LAST
    assert int.from_bytes(record[:4], 'little') > 1700000000
    assert record[4:36].rstrip(b'\0') == f'ftpd{s.monitor}'.encode()
    assert record[36:].rstrip(b'\0') == b'127.0.0.1'
    assert not any(lastlog.read_bytes()[:at])
    assert s.connect().login('alice', 'wrong') == 530
    assert not any(lastlog.read_bytes()[:at])       # alice's, before bob's


def test_uselastlog_off(ftpd, place):
    s, lastlog = with_file(ftpd, place, '', 'lastlog')
    s.login()
    assert lastlog.read_bytes() == b''


def test_without_the_file_nothing_is_made(ftpd, place):
    s = ftpd('UseLastlog on', etc={}, mounts='mount -t tmpfs none /var/log')
    s.login().quit()
    s.exit_status()
    assert not s.ns.path('/var/log/lastlog').exists()
    assert 'lastlog' not in s.log()


@pytest.mark.parametrize('how', ['ln -s {} /var/log/lastlog', 'mkfifo /var/log/lastlog'])
def test_what_is_no_file_is_not_written(ftpd, place, how):
    target = place.write('target', '')
    s = ftpd('UseLastlog on', etc={}, mounts='mount -t tmpfs none /var/log; ' + how.format(target))
    s.login().quit()
    assert target.read_bytes() == b''
    s.log_wait('UseLastlog')
