"""STOR, STOU, APPE: what is on the disk afterwards, whatever happened."""

import os
import re
import resource
import socket
import stat

import pytest

from harness import uid_of, until


def listing(place, user='alice'):
    return sorted(os.listdir(place.home(user)))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_stor(ftpd, place):
    c = ftpd().login()
    assert c.store('STOR f', b'content') == 226
    made = place.home() / 'f'
    assert made.read_bytes() == b'content'
    assert (made.stat().st_uid, made.stat().st_gid) == (uid_of('alice'), 61100)


def test_allowoverwrite(ftpd, place):
    place.file('f', b'old content')
    (place.home() / 'd').mkdir()
    c = ftpd().login()
    assert c.store('STOR f', b'new') == 550
    place.file('g', b'g')
    assert c.cmd('RNFR g') == 350
    assert c.cmd('RNTO f') == 550
    assert c.cmd('RNFR g') == 350
    assert c.cmd('RNTO d') == 550
    c = ftpd('AllowOverwrite on').login()
    assert c.store('STOR f', b'new') == 226
    assert (place.home() / 'f').read_bytes() == b'new'
    assert c.cmd('RNFR g') == 350
    assert c.cmd('RNTO f') == 250
    assert (place.home() / 'f').read_bytes() == b'g'


def test_overwrite_in_one_directory(ftpd, place):
    (place.home() / 'd').mkdir()
    place.file('d/f', b'1')
    place.file('f', b'1')
    os.chown(place.home() / 'd', uid_of('alice'), 61100)
    c = ftpd('<Directory {home}/alice/d>\nAllowOverwrite on\n</Directory>').login()
    assert c.store('STOR d/f', b'2') == 226
    assert c.store('STOR f', b'2') == 550


def test_stou(ftpd, place):
    c = ftpd().login()
    names = set()
    for _ in range(5):
        data = c.connect(c.pasv())
        first = c.cmd('STOU')
        assert first in (125, 150)
        name = re.search(r'FILE: (\S+)', first.text).group(1)     # RFC 1123, 4.1.2.9
        data.sendall(b'unique')
        data.close()
        assert c.reply() in (226, 250)
        names.add(name)
        assert (place.home() / name).read_bytes() == b'unique'
    assert len(names) == 5 and all(n.startswith('ftp') for n in names)


def test_storeuniqueprefix(ftpd, place):
    c = ftpd('StoreUniquePrefix up-').login()
    c.store('STOU', b'x')
    assert listing(place)[0].startswith('up-')


def test_appe(ftpd, place):
    place.file('f', b'one ')
    c = ftpd('AllowStoreRestart on').login()
    assert c.store('APPE f', b'two') == 226
    assert (place.home() / 'f').read_bytes() == b'one two'
    assert c.store('APPE new', b'three') == 226
    assert (place.home() / 'new').read_bytes() == b'three'


@pytest.mark.parametrize('umask, file, made', [
    ('022', 0o644, 0o755), ('077 022', 0o600, 0o755), ('0', 0o666, 0o777), ('027', 0o640, 0o750)])
def test_umask(ftpd, place, umask, file, made):
    c = ftpd(f'Umask {umask}', preexec=lambda: os.umask(0o777)).login()
    c.store('STOR f', b'x')
    c.cmd('MKD d')
    assert mode(place.home() / 'f') == file
    assert mode(place.home() / 'd') == made


def test_umask_of_the_targets_directory(ftpd, place):
    (place.home() / 'd').mkdir()
    os.chown(place.home() / 'd', uid_of('alice'), 61100)
    c = ftpd('Umask 022\n<Directory {home}/alice/d>\nUmask 077\n</Directory>').login()
    c.store('STOR d/f', b'x')
    assert mode(place.home() / 'd/f') == 0o600


def test_first_value_counts(ftpd, place):
    c = ftpd('Umask 077\nUmask 000').login()
    c.store('STOR f', b'x')
    assert mode(place.home() / 'f') == 0o600


# -- HiddenStores ----------------------------------------------------------------

def test_hidden_until_the_last_byte(ftpd, place):
    place.file('f', b'old')
    c = ftpd('HiddenStores on\nAllowOverwrite on').login()
    reply, data = c.open('STOR f')
    data.sendall(b'new content')
    until(lambda: len(listing(place)) == 2)
    assert listing(place) == ['.in.f.', 'f']
    assert (place.home() / 'f').read_bytes() == b'old'
    data.close()
    assert c.reply() == 226
    assert listing(place) == ['f']
    assert (place.home() / 'f').read_bytes() == b'new content'


@pytest.mark.parametrize('end', ['abor', 'vanish', 'reset-data', 'quit'])
def test_hidden_is_removed_when_aborted(ftpd, place, end):
    s = ftpd('HiddenStores on')
    c = s.login()
    reply, data = c.open('STOR f')
    data.sendall(b'partial')
    until(lambda: listing(place))
    if end == 'abor':
        c.send(b'ABOR\r\n')
        assert (c.reply(), c.reply()) == (426, 226)
    elif end == 'vanish':
        c.reset()
        s.exit_status()
    elif end == 'reset-data':
        data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
        data.close()
        assert c.reply() == 426
    else:
        c.put('QUIT')
        data.close()
        c.last_words()
        until(lambda: '.in.f.' not in listing(place))
        return
    until(lambda: listing(place) == [])
    assert s.xferlog()[0][-1] == 'i'


def test_hidden_names(ftpd, place):
    s = ftpd('HiddenStores .up-%P- .part')
    c = s.login()
    reply, data = c.open('STOR f')
    until(lambda: listing(place))
    assert re.fullmatch(r'\.up-\d+-f\.part', listing(place)[0])
    data.close()
    assert c.reply() == 226


def test_attack_45_a_temporary_that_is_not_ours(ftpd, place):
    place.write('victim', 'precious', 0o666)
    (place.home() / '.in.f.').symlink_to('../../victim')
    c = ftpd('HiddenStores on\nAllowOverwrite on').login()
    assert c.store('STOR f', b'x') == 550
    assert (place.dir / 'victim').read_text() == 'precious'
    assert (place.home() / '.in.f.').is_symlink()
    place.file('.in.g.', b'another session')
    assert c.store('STOR g', b'x') == 550
    assert (place.home() / '.in.g.').read_bytes() == b'another session'


def test_faq_4_24a_hiddenstores_and_rest(ftpd, place):
    place.file('f', b'0123456789')
    c = ftpd('HiddenStores on\nAllowOverwrite on').login()
    c.cmd('TYPE I')
    assert c.cmd('REST 2') == 350
    reply, data = c.open('STOR f')
    assert reply == 501 or reply == 451
    assert (place.home() / 'f').read_bytes() == b'0123456789'
    assert c.get('f', rest=2) == b'23456789'


# -- interrupted -----------------------------------------------------------------

@pytest.mark.parametrize('delete', ['on', 'off'])
def test_deleteabortedstores(ftpd, place, delete):
    s = ftpd(f'DeleteAbortedStores {delete}')
    c = s.login()
    reply, data = c.open('STOR f')
    data.sendall(b'partial')
    until(lambda: listing(place) and (place.home() / 'f').stat().st_size)
    c.send(b'ABOR\r\n')
    assert (c.reply(), c.reply()) == (426, 226)
    assert listing(place) == ([] if delete == 'on' else ['f'])
    line = s.xferlog()[0]
    assert line[11] == 'i' and line[-1] == 'i' and line[7] == '7'


def test_the_client_vanishes_in_stor(ftpd, place):
    s = ftpd()
    c = s.login()
    reply, data = c.open('STOR f')
    data.sendall(b'partial')
    until(lambda: listing(place) and (place.home() / 'f').stat().st_size)
    c.reset()
    s.exit_status()
    assert (place.home() / 'f').read_bytes() == b'partial'
    assert s.xferlog()[0][-1] == 'i'


# -- a full disk -----------------------------------------------------------------

@pytest.mark.parametrize('hidden', ['off', 'on'])
def test_attack_81_a_full_disk(ftpd, place, hidden):
    full = place.home() / 'full'
    full.mkdir()
    s = ftpd(f'HiddenStores {hidden}\nAllowOverwrite on', etc={},
             mounts=f'mount -t tmpfs -o size=64k,mode=777 none {full}')
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR full/big', b'x' * 1000000) == 452
    assert s.xferlog()[0][-1] == 'i'
    assert c.cmd('NOOP') == 200
    if hidden == 'on':
        assert c.names('NLST -A full') == []
    else:
        assert c.cmd('DELE full/big') == 250
    assert c.store('STOR full/small', b'x' * 1000) == 226


def test_no_inode_left(ftpd, place):
    full = place.home() / 'full'
    full.mkdir()
    s = ftpd(etc={}, mounts=f'mount -t tmpfs -o nr_inodes=2,mode=777 none {full}')
    c = s.login()
    assert c.store('STOR full/a', b'x') == 226
    assert c.store('STOR full/b', b'x') == 452
    assert c.cmd('MKD full/d') == 452


def test_a_read_only_file_system(ftpd, place):
    there = place.home() / 'ro'
    there.mkdir()
    s = ftpd(etc={}, mounts=f'mount -t tmpfs -o ro,mode=777 none {there}')
    c = s.login()
    assert c.store('STOR ro/a', b'x') == 550
    assert c.cmd('MKD ro/d') == 550


def test_file_size_limit(ftpd, place):
    # RLIMIT_FSIZE inherited: its signal must kill nobody, and nothing is called complete.
    s = ftpd(preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000)))
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR f', b'x' * 500000) in (451, 452, 552)
    assert c.cmd('NOOP') == 200


def test_rename_by_another_session_is_no_loss(ftpd, place):
    s = ftpd('AllowOverwrite on')
    first, second = s.login(), s.login()
    reply, data = first.open('STOR f')
    data.sendall(b'first')
    until(lambda: listing(place) == ['f'])
    assert second.cmd('RNFR f') == 350
    assert second.cmd('RNTO g') == 250
    data.close()
    assert first.reply() == 226
    assert (place.home() / 'g').read_bytes() == b'first'


def test_faq_4_24b_a_lost_hidden_upload_is_resumed(ftpd, place):
    s = ftpd('HiddenStores on\nAllowStoreRestart on')
    c = s.login()
    c.cmd('TYPE I')
    reply, data = c.open('STOR f')
    data.sendall(b'01234')
    hidden = place.home() / '.in.f.'
    until(lambda: hidden.exists() and hidden.stat().st_size == 5)
    c.reset()
    s.exit_status()
    assert listing(place) == ['.in.f.']
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR f', b'x', rest=3) == 501
    c2 = s.login('bob')
    c2.cmd('TYPE I')
    assert c2.store(f'STOR {place.home()}/f', b'x', rest=5) in (501, 550)
    assert c.store('STOR f', b'56789', rest=5) == 226
    assert listing(place) == ['f']
    assert (place.home() / 'f').read_bytes() == b'0123456789'


def test_attack_32_rename_across_file_systems(ftpd, place):
    other = place.home() / 'other'
    other.mkdir()
    place.file('f', b'content')
    (place.home() / 'link').symlink_to('f')
    s = ftpd(etc={}, mounts=f'mount -t tmpfs -o mode=777 none {other}')
    c = s.login()
    for name in ('f', 'link'):
        assert c.cmd(f'RNFR {name}') == 350
        assert c.cmd(f'RNTO other/{name}') in (451, 550, 553)
        assert c.names('NLST other') == []
    assert (place.home() / 'f').read_bytes() == b'content'
