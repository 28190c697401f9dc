"""%N and %y of display files: who is here now, counted by the monitor from this server's slots."""
import os
import re

import pytest

from harness import until

CONF = """ScoreboardFile {dir}/counters/slots
ServerIdent on x
DisplayConnect {dir}/shown
DisplayLogin {dir}/shown
DisplayQuit {dir}/shown
DisplayChdir {dir}/shown
"""
CLASSES = '<Class near>\nFrom 127.0.0.0/8\n</Class>\n'
ANON = '<Anonymous {anon}>\nUser ftp\nGroup ftp\nDisplayLogin {dir}/shown\n</Anonymous>\n'


@pytest.fixture
def shown(place):
    place.write('shown', 'here=%N class=%y of %M\n')


def told(reply):
    return [int(n) for n in re.search(r'here=(\d+) class=(\d+)', reply.all).groups()]


def test_who_counts(ftpd, shown):
    """Before a login every connection, this one too; then those that are logged in, as in 1.3.8."""
    s = ftpd(CONF + CLASSES)
    first = s.connect()
    assert told(first.welcome) == [1, 0]
    c = s.connect()
    assert told(c.welcome) == [2, 0]
    assert told(c.login()) == [1, 1]
    d = s.connect()
    assert told(d.welcome) == [3, 1]
    assert told(d.login('bob')) == [2, 2]
    assert told(first.login('carol')) == [3, 3]
    assert told(d.cmd('CWD /')) == [3, 3]
    c.sock.close()
    s.exit_status(1)
    assert told(d.cmd('CWD /')) == [2, 2]
    assert told(d.quit()) == [2, 2]


def test_a_killed_one_counts_no_more(ftpd, shown):
    s = ftpd(CONF)
    c = s.login()
    d = s.login('bob')
    assert told(c.cmd('CWD /'))[0] == 2
    os.kill(s.monitor, 9)
    s.spawned[-1].wait(8)
    assert told(c.cmd('CWD /'))[0] == 1
    d.sock.close()


def test_an_anonymous_user_counts_his_own_kind(ftpd, shown, place):
    s = ftpd(CONF + CLASSES + ANON)
    s.login()
    assert told(s.connect().login('ftp', 'a@b')) == [1, 2]
    assert told(s.connect().login('ftp', 'a@b')) == [2, 3]
    assert told(s.connect().login('bob')) == [4, 4]


def test_another_server_counts_its_own(ftpd, shown):
    s = ftpd('DefaultAddress 127.0.0.1\n' + CONF + """<VirtualHost 127.0.0.1>
ServerAlias two.example
ServerName two
AuthUserFile {passwd}
AuthOrder mod_auth_file.c
AuthPAM off
TransferLog none
DisplayLogin {dir}/shown
</VirtualHost>
""")
    s.login()
    c = s.connect()
    assert c.cmd('HOST two.example') == 220
    assert told(c.login('bob'))[0] == 1
    assert told(s.connect().welcome)[0] == 2


@pytest.mark.parametrize('conf', ['ScoreboardFile none\n', 'ScoreboardFile {dir}/open/slots\n'
                                  'ScoreboardOptions AllowMissingEntry\n'])
def test_unknown_where_nobody_counts(ftpd, shown, place, conf):
    (place.dir / 'open').mkdir()
    (place.dir / 'open').chmod(0o777)
    s = ftpd(conf + CONF)
    c = s.connect()
    assert 'here=unknown class=unknown' in c.welcome.all
    assert 'here=unknown class=unknown' in c.login().all


def test_a_file_that_went_away_meanwhile(ftpd, shown, place):
    """Whoever may remove the file could say anything: the session goes on, and makes nothing up."""
    s = ftpd(CONF)
    c = s.login()
    (place.dir / 'counters/slots').unlink()
    (place.dir / 'counters/slots').mkdir()
    assert 'here=unknown class=unknown' in c.cmd('CWD /').all
    assert c.cmd('NOOP') == 200


def test_it_may_be_asked_often(ftpd, shown):
    """More often than the slots are walked over, it is the count that was found last."""
    s = ftpd(CONF)
    c = s.login()
    c.sock.sendall(b'CWD /\r\n' * 500)
    assert [told(c.reply())[0] for _ in range(500)] == [1] * 500
    s.login('bob')
    until(lambda: told(c.cmd('CWD /'))[0] == 2)

