"""Ratios that are kept between sessions: never overspent, lost or believed if damaged."""

import concurrent.futures
import fcntl
import os
import re
import signal

import pytest

import harness
from client import read_all
from harness import until
from ratios import ANON, ON, SAVED, has_open, kept, lines, ratio, refused  # noqa: F401 (a fixture)


# -- kept between sessions -----------------------------------------------------------

def test_faq_4_12d_counters_persist(ftpd, place, kept):
    place.file('f', b'x' * 10)
    s = ftpd(SAVED + 'UserRatio * 1 1 1 1\n')
    client = s.login()
    assert client.store('STOR n', b'y' * 100) == 226
    assert client.get('f') == b'x' * 10
    client.quit()
    client = s.connect()
    assert 'Down: 1 file (10 B)  Up: 1 file (100 B)  Credit: 1 file' in client.login().all
    assert ratio(client) == ((1, 10), (1, 100), 1, 1024 + 90)
    assert client.get('f') == b'x' * 10
    other = s.login()
    assert refused(other).lines[0].startswith('550-No credit')
    assert ratio(s.login('bob')) == ((0, 0), (0, 0), 1, 1024)
    assert lines(kept) == {('user', 'alice'): (1, 100, 2, 20)}
    assert kept.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(kept.parent)) == ['ratios', 'ratios.lck']


def test_faq_4_12d_anonymous_by_address(ftpd, place, kept):
    s = ftpd(SAVED + ANON % 'AnonRatio * 1 1 0 0\n')
    for address in ('a@b', 'c@d'):
        client = s.login('anonymous', address)
        assert client.get('pub/file')
        refused(client, 'RETR pub/file')
        assert refused(s.login('anonymous', address), 'RETR pub/file')
    assert lines(kept) == {('anonymous', 'a@b'): (0, 0, 1, 16), ('anonymous', 'c@d'): (0, 0, 1, 16)}


HOSTILE = {'tab': b'a\tb@c d', 'newline': b'a@b\x0b\x0c\x01', 'percent': b'50%%20@x#y',
           'bytes': b'\xff\xfe@\x80', 'utf8': '\u00fc@\u00fc'.encode(), 'long': b'x' * 1024,
           'looks': b'0 0 0 0', 'hash': b'#user'}


@pytest.mark.parametrize('name', HOSTILE)
def test_faq_4_12d_a_hostile_address(ftpd, kept, name):
    """Whatever it holds, it is one line of its own, and nobody else's."""
    s = ftpd(SAVED + ANON % 'AnonRatio * 1 1 0 0\n')
    client = s.login('anonymous', 'good@example.org')
    assert client.get('pub/file')
    for n in (1, 2):
        client = s.connect()
        assert client.cmd('USER anonymous') == 331
        client.send(b'PASS ' + HOSTILE[name].replace(b'\xff', b'\xff\xff') + b'\r\n')
        assert client.reply() == 230
        if n == 1:
            assert client.get('pub/file')
        refused(client, 'RETR pub/file')
    found = lines(kept)
    assert len(found) == 2 and found[('anonymous', 'good@example.org')] == (0, 0, 1, 16)
    assert all(value == (0, 0, 1, 16) for value in found.values())
    assert re.fullmatch(r'(?:[0-9a-f]{16} anonymous [!-~]+ 0 0 1 16\n){2}', kept.read_text())
    assert max(map(len, kept.read_text().splitlines())) < 500


def test_faq_4_12d_sessions_at_once_cannot_overspend(ftpd, place, kept):
    """Twelve sessions want five files of credit; half of the fetches are long."""
    place.file('f', b'x' * 1000)
    s = ftpd(SAVED + 'UserRatio * 1 5 1 1000000\n')
    clients = [s.login() for _ in range(12)]

    def fetch(client):
        got = 0
        for _ in range(3):
            reply, _ = client.fetch('RETR f')
            assert reply in (226, 550)
            got += reply == 226
        return got

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(fetch, clients)) == 5
    assert lines(kept) == {('user', 'alice'): (0, 0, 5, 5000)}


def test_faq_4_12d_bytes_at_once(ftpd, place, kept):
    """What one session is fetching is spent already."""
    size = 8 << 20
    with open(place.file('f'), 'wb') as file:
        file.truncate(size)
    s = ftpd(SAVED + f'UserRatio * 0 0 1 {size * 3 // 2}B\n')
    first, second = s.login(), s.login()
    _, data = first.open('RETR f')
    assert data.recv(1)
    assert 'ratio of bytes' in refused(second).text
    first.put('ABOR')
    data.close()
    assert first.reply() == 426
    assert first.reply() == 226
    sent = ratio(second)[0][1]
    assert 0 < sent < size and lines(kept) == {('user', 'alice'): (0, 0, 1, sent)}
    assert second.cmd('TYPE I') == 200
    assert len(second.get('f', rest=size // 2 + sent)) == size // 2 - sent


def test_faq_4_12d_counters_are_exact(ftpd, place, kept):
    """Eight sessions of two users, at once: not one file or byte is lost, or counted twice."""
    for user in ('alice', 'bob'):
        place.file('f', b'x' * 1000, user=user)
    s = ftpd(SAVED + 'UserRatio * 1 1000 1 1000\n')

    def work(n):
        client = s.login('alice' if n % 2 else 'bob')
        for i in range(10):
            assert client.store(f'STOR n{n}.{i}', b'y' * (n + i)) == 226
            assert client.get('f') == b'x' * 1000
            if i % 3 == 0:
                assert client.cmd(f'DELE n{n}.{i}') == 250

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    expected = {('user', user): (24, sum(n + i for n in range(8) for i in range(10)
                                         if i % 3 and n % 2 == odd), 40, 40000)
                for user, odd in (('alice', 1), ('bob', 0))}
    assert lines(kept) == expected


@pytest.mark.parametrize('victim', ['session', 'monitor'])
def test_faq_4_12d_kill_9(ftpd, place, kept, victim):
    """A download that was killed stays counted as a whole; nothing else is held."""
    size = 64 << 20
    with open(place.file('f'), 'wb') as file:
        file.truncate(size)
    s = ftpd(SAVED + f'UserRatio * 1 9 1 {size * 2}B\n')
    client = s.login()
    _, data = client.open('RETR f')
    assert data.recv(1)
    os.kill(s.session() if victim == 'session' else s.monitor, signal.SIGKILL)
    client.last_words()
    data.close()
    until(lambda: s.spawned[-1].poll() is not None)
    assert lines(kept) == {('user', 'alice'): (0, 0, 1, size)}
    client = s.login()
    assert client.store('STOR n', b'y') == 226
    assert ratio(client) == ((1, size), (1, 1), 9, size + 1)


def test_kill_9_at_random(ftpd, place, kept):
    """Monitors killed while they write leave a whole file, and none waits for a dead one's lock."""
    place.file('f', b'x' * 10)
    s = ftpd(SAVED + 'UserRatio * 1 100000 1 100000\n')
    steady = s.login()
    for round in range(15):
        client = s.login()
        monitor = s.monitor
        before = lines(kept).get(('user', 'alice'), (0, 0, 0, 0)) if kept.exists() else (0, 0, 0, 0)
        client.send(b'EPSV\r\n')
        reply = client.reply()
        data = client.connect(('127.0.0.1', int(re.search(r'\|(\d+)\|', reply.text)[1])))
        client.put('RETR f')
        if round % 3 == 0:
            client.reply()
        os.kill(monitor, signal.SIGKILL)
        read_all(data)
        client.last_words()
        assert steady.get('f') == b'x' * 10
        after = lines(kept)[('user', 'alice')]
        assert after[:2] == (0, 0) and after[2] - before[2] in (1, 2)
        assert after[3] == after[2] * 10
    assert sorted(os.listdir(kept.parent)) == ['ratios', 'ratios.lck']


DAMAGED = {'text': 'nonsense\n', 'number': '{line}x\n', 'torn': '{torn}', 'fields': '{line} 9\n',
           'negative': '{minus}\n', 'twice': '{line}\n{line}\n', 'nul': '{line}\n\0\n',
           'empty line': '\n', 'huge': '{huge}\n'}


@pytest.mark.parametrize('how', DAMAGED)
def test_a_damaged_file_is_refused_loudly(ftpd, place, kept, how):
    place.file('f', b'x')
    s = ftpd(SAVED + 'UserRatio * 1 5 1 100\n')
    client = s.login()
    assert client.get('f') == b'x'
    line = kept.read_text().rstrip('\n')
    key = ' '.join(line.split(' ')[:3])
    text = DAMAGED[how].format(line=line, torn=line[:-3], minus=f'{key} -1 0 0 0',
                               huge=f'{key} 9223372036854775808 0 0 0')
    kept.write_text('# kept by hand\n' + text)
    before = kept.read_bytes()
    assert client.fetch('RETR f')[0] == 451
    assert client.cmd('SITE RATIO') == 451
    s.log_wait(r'RatioFile: \S+/ratios:[23]: damaged')
    assert client.store('STOR n', b'y') == 226
    again = s.connect()
    assert 'cannot be used' in again.login().all
    assert kept.read_bytes() == before
    kept.write_text('# kept by hand\n' + line + '\n')
    assert client.get('f') == b'x'
    assert kept.read_text().startswith('# kept by hand\n')
    assert lines(kept) == {('user', 'alice'): (0, 0, 2, 2)}


def test_what_cannot_be_trusted_is_not_used(ftpd, place, kept, directory):
    place.file('f', b'x')
    s = ftpd(SAVED + 'UserRatio * 1 5 1 100\n')
    other = place.write('other', '', 0o600)

    def check(what):
        client = s.login()
        assert client.fetch('RETR f')[0] == 451
        s.log_wait('RatioFile: .*' + what)
        assert not other.read_bytes()
        for name in os.listdir(kept.parent):
            os.unlink(kept.parent / name)

    kept.symlink_to(other)
    check('symbolic link')
    os.mkfifo(kept, 0o600)
    check('not a regular file')
    os.link(other, kept)
    check('not a regular file of one name')
    kept.write_text('')
    kept.chmod(0o606)
    check('others may write')
    kept.write_text('')
    os.chown(kept, *harness.USERS['alice'])
    check('belongs to uid')
    (kept.parent / 'ratios.lck').symlink_to(other)
    check('symbolic link')
    kept.parent.chmod(0o777)
    check('others may write')
    kept.parent.chmod(0o755)
    assert s.login().get('f') == b'x'


def test_a_leftover_is_in_nobodys_way(ftpd, place, kept):
    place.file('f', b'x')
    other = place.write('other', 'mine', 0o600)
    s = ftpd(SAVED + 'UserRatio * 1 5 1 100\n')
    (kept.parent / '.ratios.new').symlink_to(other)
    assert s.login().get('f') == b'x'
    assert other.read_text() == 'mine'
    assert lines(kept) == {('user', 'alice'): (0, 0, 1, 1)}


def test_servers_have_lines_of_their_own(ftpd, place, kept):
    place.file('f', b'x')
    s = ftpd('UseReverseDNS off\nDefaultAddress 127.0.0.1\n<Global>\n' + SAVED +
             'UserRatio * 1 5 1 100\n</Global>\nPort 0\n')
    conf = ('<Global>\n' + SAVED + 'UserRatio * 1 5 1 100\nAuthPAM off\nAuthUserFile {passwd}\n'
            'AuthGroupFile {group}\n</Global>\n'
            f'Port {s.port}\nDefaultAddress 127.0.0.1\n'
            f'<VirtualHost 127.0.0.1>\nPort {s.port}\nServerAlias other.example.org\n'
            '</VirtualHost>\n')
    s.configure(conf)
    assert s.login().get('f') == b'x'
    client = s.connect()
    assert client.cmd('HOST other.example.org') == 220
    assert client.login() == 230
    assert ratio(client)[0] == (0, 0)
    assert client.get('f') == b'x'
    assert [line.split(' ')[1:] for line in kept.read_text().splitlines()] == \
        [['user', 'alice', '0', '0', '1', '1']] * 2


def test_without_a_file_they_end_with_the_session(ftpd, place):
    place.file('f', b'x')
    s = ftpd(ON + 'SaveRatios on\nUserRatio * 1 1 0 0\n')
    for _ in range(2):
        client = s.login()
        assert client.get('f') == b'x'
        refused(client)
    s.log_wait('SaveRatios: no RatioFile')


# -- FAQ 5.4: against abuse -----------------------------------------------------------

def test_faq_5_4c_a_leech_is_stopped(ftpd, place, kept):
    """Who only takes is stopped, in whatever session; who gives goes on."""
    place.file('f', b'x' * 100)
    s = ftpd(SAVED + 'UserRatio * 3 2 3 1\n')
    fetched = 0
    for _ in range(4):
        client = s.login()
        for _ in range(2):
            reply, _ = client.fetch('RETR f')
            fetched += reply == 226
        client.quit()
    assert fetched == 2
    client = s.login()
    assert client.store('STOR gift', b'y' * 100) == 226
    for _ in range(3):
        assert client.get('f') == b'x' * 100
    refused(client)


def test_attack_96_told_to_end_while_it_waits_for_the_file(ftpd, place, kept):
    """Whoever holds the lock, a server that is stopped stops."""
    place.file('f', b'x' * 10)
    s = ftpd(SAVED + 'UserRatio * 1 5 1 100\n')
    client = s.login()
    assert client.get('f')
    with open(f'{kept}.lck') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        client.put('RETR f')
        until(lambda: has_open(s.monitor, f'{kept}.lck'))
        os.kill(s.monitor, signal.SIGTERM)
        client.sock.settimeout(5)
        assert client.reply() == 451
        assert client.reply() == 421
