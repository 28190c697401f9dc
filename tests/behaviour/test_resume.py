"""REST, APPE and the directives that allow them."""

import os

from harness import uid_of

TEN = b'0123456789'


def test_faq_4_23a_allowstorerestart_off(ftpd, place):
    for conf in ('AllowOverwrite on', 'AllowOverwrite on\nAllowStoreRestart off'):
        path = place.file('f', TEN)
        c = ftpd(conf).login()
        c.cmd('TYPE I')
        assert c.store('STOR f', b'xx', rest=2) == 451
        assert c.store('APPE f', b'xx') == 451
        assert path.read_bytes() == TEN
        assert c.store('STOR f', b'xx') == 226


def test_faq_4_23b_in_one_directory(ftpd, place):
    inside = place.home() / 'd'
    inside.mkdir()
    os.chown(inside, uid_of('alice'), 61100)
    place.file('d/f', TEN)
    place.file('f', TEN)
    s = ftpd('AllowOverwrite on\n<Directory {home}/alice/d>\nAllowStoreRestart on\n</Directory>\n'
             '<Anonymous {home}/alice>\nUser ftp\nGroup ftp\n</Anonymous>')
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR d/f', b'xx', rest=2) == 226
    assert (inside / 'f').read_bytes() == b'01xx'
    assert c.store('STOR f', b'xx', rest=2) == 451
    inside.chmod(0o777)
    (inside / 'f').chmod(0o666)
    c = s.login('ftp')
    c.cmd('TYPE I')
    assert c.store('APPE d/f', b'xx') == 451
    assert (inside / 'f').read_bytes() == b'01xx'


def test_faq_4_24c_allowretrieverestart_off(ftpd, place):
    place.file('f', TEN)
    c = ftpd('AllowRetrieveRestart off').login()
    c.cmd('TYPE I')
    assert c.cmd('REST 2') == 350
    assert c.fetch('RETR f')[0] == 451
    assert c.get('f') == TEN


def test_faq_5_21a_retr_from_an_offset(ftpd, place):
    place.file('f', TEN)
    c = ftpd().login()
    c.cmd('TYPE I')
    for n in range(11):
        assert TEN[:n] + c.get('f', rest=n) == TEN
    assert c.get('f') == TEN                # REST counts for one transfer


def test_faq_5_21b_stor_from_an_offset(ftpd, place):
    path = place.file('f', TEN[:4])
    c = ftpd('AllowOverwrite on\nAllowStoreRestart on').login()
    c.cmd('TYPE I')
    assert c.store('STOR f', TEN[4:], rest=4) == 226
    assert path.read_bytes() == TEN
    path.write_bytes(TEN[:4])
    assert c.store('APPE f', TEN[4:]) == 226
    assert path.read_bytes() == TEN
    c = ftpd('AllowStoreRestart on').login()
    c.cmd('TYPE I')
    assert c.store('STOR f', b'x', rest=4) == 550
    assert path.read_bytes() == TEN


def test_faq_5_21c_errors(ftpd, place):
    place.file('f', TEN)
    c = ftpd('AllowOverwrite on\nAllowStoreRestart on').login()
    c.cmd('TYPE A')
    assert c.cmd('REST 2') == 501
    c.cmd('TYPE I')
    for bad in ('-1', 'x', '', '+1', '1x', '0x1', '1 2', ' ', '18446744073709551616',
                '99999999999999999999', '1e9'):
        assert c.cmd(f'REST {bad}') == 501, bad
    assert c.get('f') == TEN
    assert c.cmd('REST 11') == 350
    assert c.fetch('RETR f')[0] == 554
    assert c.store('STOR f', b'x', rest=11) == 554
    for big in (2**31, 2**32, 2**63 - 1):
        assert c.cmd(f'REST {big}') == 350
        assert c.fetch('RETR f')[0] == 554
    assert (place.home() / 'f').read_bytes() == TEN


def test_rest_is_forgotten_by_type_a(ftpd, place):
    place.file('f', TEN)
    c = ftpd().login()
    c.cmd('TYPE I')
    assert c.cmd('REST 5') == 350
    c.cmd('TYPE A')
    assert c.get('f') in (TEN, TEN[5:])     # never an offset in the wrong unit


def test_a_resumed_upload_cuts_what_was_behind(ftpd, place):
    path = place.file('f', TEN)
    c = ftpd('AllowOverwrite on\nAllowStoreRestart on').login()
    c.cmd('TYPE I')
    assert c.store('STOR f', b'AB', rest=4) == 226
    assert path.read_bytes() == b'0123AB'
