"""Shells, ftpusers, root: accounts that exist and may not come in."""

import pytest

from harness import HASH, status

ANON = '<Anonymous {anon}>\nUser ftp\nGroup ftp\n%s\n</Anonymous>\n'


@pytest.fixture
def odd_shell(place):
    place.passwd.write_text(place.passwd.read_text().replace('/bin/sh', '/no/such/shell'))


def test_faq_4_4a_a_shell_not_in_etc_shells(ftpd, odd_shell):
    s = ftpd()
    assert s.connect().login() == 530
    line = s.log_wait('invalid shell')
    assert 'alice' in line and '/no/such/shell' in line and 'Login failed' in line


def test_faq_4_4b_requirevalidshell_off(ftpd, odd_shell):
    assert ftpd('RequireValidShell off').connect().login() == 230
    s = ftpd(ANON % 'RequireValidShell off')
    assert s.connect().login('ftp', 'a@b') == 230
    assert s.connect().login() == 530


def test_faq_4_4c_without_etc_shells_all_are_valid(ftpd, odd_shell):
    s = ftpd('DebugLevel 1', etc={'shells': None})
    assert s.connect().login() == 230
    s.log_wait('there is no /etc/shells: every shell is valid')
    assert s.log().count('/etc/shells') == 1


def test_an_empty_shell_is_bin_sh(ftpd, place):
    place.passwd.write_text(place.passwd.read_text().replace('/bin/sh', ''))
    assert ftpd(etc={'shells': '# shells\n/bin/sh\n'}).connect().login() == 230
    assert ftpd(etc={'shells': '/bin/other\n'}).connect().login() == 530


def test_ftpusers(ftpd):
    etc = {'ftpusers': '# nobody of these\n  alice  \nbobby\n#carol\n'}
    s = ftpd(etc=etc)
    assert s.connect().login('alice') == 530
    s.log_wait('ftpusers')
    assert s.connect().login('bob') == 230
    assert s.connect().login('carol') == 230
    assert ftpd('UseFtpUsers off', etc=etc).connect().login('alice') == 230


def test_faq_5_15b_of_the_anonymous_account(ftpd, odd_shell):
    etc = {'ftpusers': 'ftp\n'}

    def verdict(inner):
        s = ftpd(ANON % inner, etc=etc)
        return s.connect().login('ftp', 'a@b'), s

    reply, s = verdict('UseFtpUsers off')
    assert reply == 530
    s.log_wait('shell')
    reply, s = verdict('RequireValidShell off')
    assert reply == 530
    s.log_wait('ftpusers')
    reply, s = verdict('RequireValidShell off\nUseFtpUsers off')
    assert reply == 230


def test_faq_5_2a_root_is_refused(ftpd):
    s = ftpd()
    c = s.connect()
    assert c.login('root', 'pw') == 530
    s.log_wait('SECURITY VIOLATION')
    assert c.login('root', 'wrong') == 530


def test_faq_5_2b_rootlogin_on(ftpd, place):
    secret = place.write('home/alice/secret', 'of alice', 0o600, 'alice')
    s = ftpd('RootLogin on')
    c = s.connect()
    assert c.login('root', 'pw') == 230
    s.log_wait('root')
    state = status(s.session())
    assert state['Uid'].split() == ['0'] * 4
    for cap in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
        assert int(state[cap], 16) == 0, (cap, state[cap])
    assert state['NoNewPrivs'] == '1'
    # uid 0 without a capability passes no one's permissions
    assert c.fetch(f'RETR {secret}')[0] == 550


def test_every_account_of_uid_0_is_root(ftpd, place):
    place.passwd.write_text(f'toor:{HASH}:0:0::{place.home()}:/bin/sh\n'
                            f'zero:{HASH}:00:61100::{place.home()}:/bin/sh\n')
    s = ftpd('UserAlias super toor')
    c = s.connect()
    for name in ('toor', 'zero', 'super'):
        assert c.login(name) == 530
    s.log_wait('SECURITY VIOLATION')
