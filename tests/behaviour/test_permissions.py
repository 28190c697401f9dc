"""What the file system forbids, and odd but legal requests."""

import os

import pytest

from client import read_all
from harness import uid_of


@pytest.fixture
def c(ftpd, place):
    home = place.home()
    for name, mode in (('noread', 0o300), ('nosearch', 0o600), ('closed', 0o000), ('open', 0o755)):
        (home / name).mkdir()
        place.file(f'{name}/f', b'x')
        os.chown(home / name, uid_of('alice'), 61100)
        (home / name).chmod(mode)
    place.file('secret', b'x', mode=0o000)
    place.file('foreign', b'x', user='alice', mode=0o600)
    os.chown(home / 'foreign', uid_of('bob'), 61100)
    client = ftpd('DefaultRoot ~\nAllowOverwrite on').login()
    client.cmd('TYPE I')
    yield client
    for name in ('noread', 'nosearch', 'closed'):
        (home / name).chmod(0o700)


def test_directories_without_permission(c):
    assert c.cmd('CWD nosearch') == 550
    assert c.cmd('CWD closed') == 550
    assert c.cmd('CWD noread') == 250
    assert c.cmd('CWD /') == 250
    for name in ('noread', 'closed'):
        for verb in ('LIST', 'NLST', 'MLSD'):
            assert c.fetch(f'{verb} {name}')[0] in (450, 550), (verb, name)
    assert c.get('noread/f') == b'x'
    assert c.fetch('RETR nosearch/f')[0] == 550
    assert c.store('STOR closed/new', b'x') == 550
    assert c.cmd('MKD closed/d') == 550


def test_files_without_permission(c):
    for name in ('secret', 'foreign'):
        assert c.fetch(f'RETR {name}')[0] == 550
        assert c.store(f'STOR {name}', b'y') == 550
    assert c.cmd('SIZE foreign') == 213
    assert c.cmd('SITE CHMOD 600 foreign') == 550
    assert c.cmd('MFMT 20200101000000 foreign') == 550
    assert c.cmd('SITE CHMOD 600 secret') in (200, 550)


def test_renames_that_make_no_sense(c, place):
    for target in ('open/inside', 'open/f/x', 'closed/x', 'nowhere/x', '.', '..', '/'):
        assert c.cmd('RNFR open') == 350
        assert c.cmd(f'RNTO {target}') in (501, 550, 553), target
    assert c.cmd('RNFR open') == 350
    assert c.cmd('RNTO open') in (250, 550)
    assert (place.home() / 'open/f').exists()


def test_a_file_where_a_directory_belongs(c):
    for line in ('CWD open/f', 'RETR open/f/x', 'MKD open/f/d', 'RMD open/f', 'MLSD open/f',
                 'DELE open/f/x'):
        assert c.cmd(line) in (501, 550), line
    assert c.store('STOR open/f/x', b'x') == 550
    assert c.store('STOR open', b'x') == 550
    assert c.store('STOR /', b'x') == 550
    assert c.store('STOR .', b'x') == 550
    assert c.cmd('DELE .') == 550
    assert c.cmd('RMD .') in (250, 550) and c.cmd('PWD') == 257


def test_names_with_blanks_and_other_letters(c, place):
    for name in ('a b', ' lead', 'trail ', 'a  b', 'grüße', '日本', '-x', '*', '[x]', '#', "it's",
                 'a;b',
                 'a\tb', 'con:', 'a\\b', '...', '{a,b}', '%41'):
        assert c.store(f'STOR {name}', b'x') == 226, name
        assert (place.home() / name).read_bytes() == b'x', name
        assert c.get(name) == b'x'
        assert c.cmd(f'MLST {name}') == 250
        assert c.cmd(f'SIZE {name}').text == '1'
        assert name in c.names('NLST') or name.startswith('.')
        assert c.cmd(f'RNFR {name}') == 350
        assert c.cmd(f'RNTO {name}2') == 250
        assert c.cmd(f'DELE {name}2') == 250


def test_a_temporary_name_that_is_too_long(ftpd, place):
    c = ftpd('HiddenStores on').login()
    assert c.store('STOR ' + 'n' * 251, b'x') in (550, 553)
    assert c.store('STOR ' + 'n' * 240, b'x') == 226
    assert [len(n) for n in os.listdir(place.home())] == [240]


def test_stou_with_hidden_stores(ftpd, place):
    c = ftpd('HiddenStores on').login()
    for _ in range(3):
        assert c.store('STOU', b'x') in (226, 250)
    names = os.listdir(place.home())
    assert len(names) == 3 and all(n.startswith('ftp') for n in names)


def test_quit_in_a_transfer(ftpd, place):
    # RFC 959, 4.1.1: the transfer ends first, then the connection.
    place.file('big', b'\0' * (16 << 20))
    c = ftpd().login()
    c.cmd('TYPE I')
    reply, data = c.open('RETR big')
    data.recv(1000)
    c.put('QUIT')
    got = 1000 + len(read_all(data))
    codes = [int(r) for r in c.last_words()]
    assert (codes == [226, 221] and got >= 16 << 20) or codes == [426, 221], (codes, got)


def test_commands_wait_for_the_transfer(ftpd, place):
    place.file('big', b'\0' * (8 << 20))
    c = ftpd().login()
    c.cmd('TYPE I')
    reply, data = c.open('RETR big')
    c.send(b'TYPE A\r\nPWD\r\nDELE big\r\n')
    assert len(read_all(data)) == 8 << 20
    assert [int(c.reply()) for _ in range(4)] == [226, 200, 257, 250]


def test_tilde(ftpd, place):
    place.file('f', b'x')
    c = ftpd().login()
    c.cmd('CWD /')
    assert c.cmd('CWD ~') == 250
    assert c.cmd('PWD').text.startswith(f'"{place.home()}"')
    assert c.cmd('CWD ~bob') == 550


def test_a_directory_above_a_pattern_keeps_its_name(ftpd, place):
    home = place.home()
    for name in ('w1/sec', 'x1/sec'):
        (home / name).mkdir(parents=True)
        (home / name / 'f').write_text('x')
    os.system(f'chown -R {home.stat().st_uid} {home}')
    c = ftpd('<Directory ~/w*/sec>\n<Limit READ>\nDenyAll\n</Limit>\n</Directory>').login()
    assert c.cmd('RNFR w1') == 550 and c.cmd('RNFR w1/sec') == 550
    assert c.cmd('RNFR x1') == 350 and c.cmd('RNTO y1') == 250
