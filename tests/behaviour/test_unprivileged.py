"""Started by inetd as an ordinary user."""

import pytest

from harness import processes, status, uid_of


@pytest.fixture
def s(ftpd, place):
    s = ftpd()
    s.give_to('alice')
    return s


def test_faq_4_2a_own_accounts_only(s, place):
    place.file('f', b'x')
    c = s.connect()
    assert c.login('bob', 'pw') == 530
    s.log_wait('uid 61001.*root')
    assert c.login('alice', 'pw') == 230
    assert {status(p)['Uid'].split()[0] for p in s.processes()} == {str(uid_of('alice'))}
    assert c.get('f') == b'x'
    assert c.store('STOR g', b'y') == 226
    assert c.names() == ['f', 'g']


def test_no_port_below(s, place):
    # Data comes from any port: L-1 may need root.
    place.file('f', b'x')
    c = s.login()
    assert c.get('f', 'port') == b'x'


def test_nobody_could_ever_log_in(ftpd, place):
    s = ftpd('AuthPAM off\nTransferLog none', base=False, etc={},
             uid=uid_of('alice'))
    c = s.connect(greet=False)
    assert c.reply() == 421
    assert s.exit_status() == 1
    s.ns.log.wait('root')


def test_files_of_others_stay_closed(s, place):
    place.write('home/bob/secret', 'x', 0o600, 'bob')
    c = s.login()
    assert c.fetch(f'RETR {place.home("bob")}/secret')[0] == 550
    assert c.store(f'STOR {place.home("bob")}/new', b'x') == 550
