"""mod_quotatab's directives: limits and tallies in tables, before, in and behind transfers."""

import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading

import pytest

from harness import processes, uid_of, until

USER, GROUP, CLASS, ALL = 20, 30, 40, 10
HARD, SOFT = 1, 2
LIMIT, TALLY = '=81sI?IdddIII', '=81sIdddIII'
WHAT = ('bi', 'bo', 'bx', 'fi', 'fo', 'fx')
MIB = 1 << 20


def limit(name='alice', kind=USER, per=False, how=HARD, **n):
    return struct.pack(LIMIT, name.encode(), kind, per, how, *(n.get(w, 0) for w in WHAT))


def tally(name='alice', kind=USER, **n):
    return struct.pack(TALLY, name.encode(), kind, *(n.get(w, 0) for w in WHAT))


class Tables:
    def __init__(self, place, limits, tallies=b''):
        self.dir = place.dir / 'quota'
        self.dir.mkdir(exist_ok=True)
        self.limits = self.write('limits', 0x7626, limits)
        self.tallies = self.write('tallies', 0x7644, tallies)
        self.conf = (f'QuotaEngine on\nQuotaLimitTable file:{self.limits}\n'
                     f'QuotaTallyTable file:{self.tallies}\nQuotaLog {self.dir}/log\n'
                     'AllowOverwrite on\nAllowStoreRestart on\n')

    def write(self, name, magic, records):
        path = self.dir / name
        path.write_bytes(struct.pack('=I', magic) + records)
        path.chmod(0o600)
        return path

    def all(self):
        data = self.tallies.read_bytes()
        assert struct.unpack_from('=I', data)[0] == 0x7644
        return {(name.split(b'\0')[0].decode(), kind): dict(zip(WHAT, n))
                for name, kind, *n in struct.iter_unpack(TALLY, data[4:])}

    def of(self, name='alice', kind=USER):
        """What is used, without what is 0."""
        return {what: n for what, n in self.all()[name, kind].items() if n}


@pytest.fixture
def tables(place):
    return lambda *limits, tallies=b'': Tables(place, b''.join(limits), tallies)


def exists(place, name, user='alice'):
    return (place.home(user) / name).exists()


# -- FAQ 5.4b -----------------------------------------------------------------------------

def test_faq_5_4b_a_hard_limit_of_100_bytes(ftpd, place, tables):
    t = tables(limit(bi=100))
    s = ftpd(t.conf)
    c = s.login()
    assert c.store('STOR a', b'x' * 60) == 226
    reply = c.store('STOR b', b'x' * 60)
    assert reply == 552 and re.search(r'60\.00 of 100\.00', reply.text), reply
    assert not exists(place, 'b') and t.of() == {'bi': 60}
    reply = c.cmd('SITE QUOTA')
    assert reply == 200 and re.search(r'Uploaded bytes:\s*60\.00/100\.00', reply.all), reply
    c.quit()
    c = s.login()                                   # it survives sessions
    assert '60.00/100.00' in c.cmd('SITE QUOTA').all
    assert c.store('STOR a', b'x' * 60) == 552  # as 1.3.8 counts: the old one's bytes are no room
    assert not exists(place, 'a') and t.of() == {}
    assert c.store('STOR c', b'x' * 100) == 226
    assert c.store('STOR d', b'') == 552            # used up: before any 150
    line = s.log_wait('refused: all of the uploaded bytes')
    assert f'100 of 100, by the hard quota of User alice in {t.limits}' in line
    assert 'by the hard quota of User alice' in (t.dir / 'log').read_text()


@pytest.mark.parametrize('how', [HARD, SOFT])
def test_bytes_in(ftpd, place, tables, how):
    t = tables(limit(bi=100, how=how))
    c = ftpd(t.conf).login()
    assert c.store('STOR a', b'x' * 90) == 226
    assert c.store('STOR b', b'x' * 20) == (552 if how == HARD else 226)
    assert exists(place, 'b') == (how == SOFT)
    assert t.of() == {'bi': 90 if how == HARD else 110}
    reply, data = c.open('STOR c')
    assert reply == (150 if how == HARD else 552)
    if data:
        data.sendall(b'x' * 10)
        data.close()
        assert c.reply() == 226 and t.of() == {'bi': 100}
    assert c.open('APPE a')[0] == 552
    assert c.open('STOU')[0] == 552


@pytest.mark.parametrize('what,code', [('bo', 451), ('bx', 451)])
@pytest.mark.parametrize('how', [HARD, SOFT])
def test_bytes_out(ftpd, place, tables, what, code, how):
    place.file('f', b'hello')
    t = tables(limit(how=how, **{what: 8}))
    c = ftpd(t.conf).login()
    for n in (5, 10):
        assert c.get('f') == b'hello'
        assert t.of() == {what: n}
    reply, data = c.fetch('RETR f')
    assert reply == code and data is None and re.search(r'10\.00 of 8\.00', reply.text), reply
    assert c.names() == ['f']                       # a listing is free


@pytest.mark.parametrize('what,n', [('fi', 2), ('fx', 3)])
def test_files(ftpd, place, tables, what, n):
    place.file('f', b'hello')
    t = tables(limit(**{what: n}))
    c = ftpd(t.conf).login()
    assert c.get('f') == b'hello'
    assert c.store('STOR a', b'1') == 226
    assert c.store('STOR b', b'1') == 226
    assert t.of() == {what: n}
    reply = c.store('STOR c', b'1')
    assert reply == 552 and not exists(place, 'c') and 'files' in reply.text
    assert c.store('STOR a', b'1') == 552
    assert c.fetch('RETR f')[0] == (226 if what == 'fi' else 451)
    assert c.store('APPE a', b'2') == (226 if what == 'fi' else 552)     # no new file
    assert c.store('APPE new', b'2') == 552


def test_files_out(ftpd, place, tables):
    place.file('f', b'hello')
    t = tables(limit(fo=1))
    c = ftpd(t.conf).login()
    assert c.get('f') == b'hello'
    assert c.fetch('RETR f')[0] == 451 and t.of() == {'fo': 1}


def test_xfer_bounds_an_upload_too(ftpd, place, tables):
    t = tables(limit(bx=20))
    c = ftpd(t.conf).login()
    assert c.store('STOR a', b'x' * 15) == 226
    assert c.store('STOR b', b'x' * 10) == 552 and not exists(place, 'b')
    assert c.cmd('DELE a') == 250 and t.of() == {'bx': 15}
    assert c.store('STOR a', b'x' * 5) == 226 and t.of() == {'bx': 20}


# -- what is given back -------------------------------------------------------------------

def test_overwriting_counts_the_difference(ftpd, place, tables):
    t = tables(limit(bi=100, fi=5))
    c = ftpd(t.conf).login()
    for size in (60, 30, 90):                       # 30 + 90 are more than 100
        reply = c.store('STOR a', b'x' * size)
        assert reply == (226 if size < 90 else 552)
        assert t.of() == ({'bi': size, 'fi': 1} if size < 90 else {})


def test_dele_and_rnto_give_back(ftpd, place, tables):
    place.file('old', b'x' * 14)
    t = tables(limit(bi=100, fi=5), tallies=tally(bi=50, fi=3))
    c = ftpd(t.conf).login()
    assert c.store('STOR a', b'x' * 10) == 226 and t.of() == {'bi': 60, 'fi': 4}
    assert c.cmd('RNFR a') == 350 and c.cmd('RNTO b') == 250 and t.of() == {'bi': 60, 'fi': 4}
    assert c.cmd('RNFR b') == 350 and c.cmd('RNTO old') == 250 and t.of() == {'bi': 46, 'fi': 3}
    assert c.cmd('DELE old') == 250 and t.of() == {'bi': 36, 'fi': 2}
    assert c.cmd('DELE nothing') == 550 and t.of() == {'bi': 36, 'fi': 2}
    place.file('large', b'x' * 99)                  # never below 0
    assert c.cmd('DELE large') == 250 and t.of() == {'fi': 1}


def test_another_users_file_gives_nothing_back(ftpd, place, tables):
    for kind, name, left in ((USER, 'alice', 50), (GROUP, 'users', 42)):
        place.file('theirs', b'x' * 8)
        os.chown(place.home() / 'theirs', uid_of('bob'), 61100)
        t = tables(limit(name, kind, bi=100), limit('bob', bi=100),
                   tallies=tally(name, kind, bi=50) + tally('bob', bi=9))
        assert ftpd(t.conf).login().cmd('DELE theirs') == 250
        assert t.of(name, kind) == {'bi': left} and t.of('bob') == {'bi': 9}


def test_useowner_gives_back_all_the_same(ftpd, place, tables):
    t = tables(limit(bi=100, fi=9))
    place.home().chmod(0o777)
    c = ftpd(t.conf + '<Directory {home}/alice>\nUserOwner bob\n</Directory>').login()
    assert c.store('STOR f', b'x' * 8) == 226 and t.of() == {'bi': 8, 'fi': 1}
    assert (place.home() / 'f').stat().st_uid == uid_of('bob')
    assert c.cmd('DELE f') == 250 and t.of() == {}


def test_links_are_no_room(ftpd, place, tables):
    place.file('f', b'x' * 8)
    os.link(place.home() / 'f', place.home() / 'hard')
    os.symlink('f', place.home() / 'soft')
    t = tables(limit(bi=100, fi=9), tallies=tally(bi=50, fi=5))
    c = ftpd(t.conf).login()
    assert c.cmd('DELE soft') == 250 and c.cmd('DELE hard') == 250 and t.of() == {'bi': 50, 'fi': 5}
    assert c.cmd('DELE f') == 250 and t.of() == {'bi': 42, 'fi': 4}


def test_directories(ftpd, place, tables):
    t = tables(limit(fi=2))
    c = ftpd(t.conf + 'QuotaDirectoryTally on').login()
    assert c.cmd('MKD a') == 257 and c.cmd('XMKD b') == 257 and t.of() == {'fi': 2}
    assert c.cmd('MKD c') == 552 and not exists(place, 'c')
    assert c.store('STOR f', b'1') == 552
    assert c.cmd('MKD a') == 550                    # it is there
    assert c.cmd('RMD a') == 250 and c.cmd('RMD nothing') == 550 and t.of() == {'fi': 1}
    assert c.store('STOR f', b'1') == 226 and t.of() == {'fi': 2}


def test_directories_are_free_without_the_directive(ftpd, place, tables):
    t = tables(limit(fi=1), tallies=tally(fi=1))
    c = ftpd(t.conf).login()
    assert c.cmd('MKD a') == 257 and c.cmd('RMD a') == 250 and t.of() == {'fi': 1}


# -- which record -------------------------------------------------------------------------

NEAR = '<Class near>\nFrom 127.0.0.1\n</Class>\n'


@pytest.mark.parametrize('user,records,which', [
    ('alice', [('alice', USER), ('users', GROUP), ('near', CLASS), ('', ALL)], ('alice', USER)),
    ('alice', [('', ALL), ('near', CLASS), ('users', GROUP)], ('users', GROUP)),
    ('carol', [('staff', GROUP), ('users', GROUP)], ('users', GROUP)),
    ('carol', [('', ALL), ('staff', GROUP)], ('staff', GROUP)),
    ('alice', [('', ALL), ('near', CLASS), ('far', CLASS)], ('near', CLASS)),
    ('alice', [('bob', USER), ('alice', GROUP), ('', ALL)], ('', ALL)),
    ('alice', [('alicea', USER), ('alic', USER), ('Alice', USER)], None),
])
def test_which_record(ftpd, tables, user, records, which):
    t = tables(*(limit(name, kind, bi=10 + i) for i, (name, kind) in enumerate(records)))
    c = ftpd(NEAR + t.conf).login(user)
    assert c.store('STOR n', b'12345') == 226
    assert t.all() == ({} if which is None else
                       {which: dict(zip(WHAT, (5, 0, 0, 0, 0, 0)))})
    reply = c.cmd('SITE QUOTA')
    assert reply == (202 if which is None else 200)
    if which:
        kind = {USER: 'User', GROUP: 'Group', CLASS: 'Class', ALL: 'All'}[which[1]]
        assert f'Name: {which[0]}\n' in reply.all + '\n' and f'Quota Type: {kind}' in reply.all


@pytest.mark.parametrize('kind,name', [('user', 'alice'), ('group', 'users'), ('class', 'near'),
                                       ('all', '')])
def test_default(ftpd, place, tables, kind, name):
    t = tables(limit('zed', bi=1))
    s = ftpd(f'{NEAR}{t.conf}QuotaDefault {kind} false hard 10 20 -1 4 5 0\n')
    c = s.login()
    assert c.store('STOR n', b'12345') == 226
    assert c.store('STOR m', b'123456') == 552 and not exists(place, 'm')
    assert (t.of(name, {'user': USER, 'group': GROUP, 'class': CLASS, 'all': ALL}[kind])
            == {'bi': 5, 'fi': 1})
    assert re.search(r'Uploaded files: 1/4.*Transferred files: unlimited',
                     c.cmd('SITE QUOTA').all, re.S)
    assert 'by QuotaDefault at ' + str(s.conf_path) in s.log_wait('m refused: .*QuotaDefault')


def test_per_session(ftpd, place, tables):
    t = tables(limit(bi=10, per=True))
    s = ftpd(t.conf)
    for name in 'ab':
        c = s.login()
        assert c.store(f'STOR {name}', b'x' * 8) == 226
        assert '8.00/10.00' in c.cmd('SITE QUOTA').all
        assert c.store('STOR c', b'x' * 3) == 552
    assert t.all() == {}


def test_exclude_filter(ftpd, place, tables):
    (place.home() / 'out').mkdir()
    os.chown(place.home() / 'out', uid_of('alice'), 61100)
    t = tables(limit(bi=10, fi=1))
    c = ftpd(t.conf + 'DefaultRoot ~\n'
             'QuotaExcludeFilter "(\\.ISO$|^{home}/alice/out/)" [NC]').login()
    assert c.store('STOR a.iso', b'x' * 60) == 226 and c.store('STOR out/b', b'x' * 60) == 226
    assert c.store('STOR c', b'x' * 10) == 226 and c.store('STOR d', b'x') == 552
    assert c.store('STOR d.iso', b'x' * 60) == 226 and c.cmd('DELE a.iso') == 250
    assert t.of() == {'bi': 10, 'fi': 1}


def test_anonymous(ftpd, place, tables):
    t = tables(limit('username', bi=10))
    s = ftpd(t.conf + '<Anonymous {anon}>\nUser username\nGroup usergroup\n'
             'UserAlias anonymous username\nRequireValidShell off\n</Anonymous>')
    c = s.login('anonymous', 'a@b')
    assert c.store('STOR pub/incoming/n', b'x' * 11) == 552
    assert c.store('STOR pub/incoming/n', b'x' * 10) == 226
    assert t.of('username') == {'bi': 10}


# -- uploads of every kind ----------------------------------------------------------------

def test_append_and_restart_keep_what_was_there(ftpd, place, tables):
    place.file('f', b'0123456789')
    t = tables(limit(bi=100), tallies=tally(bi=90))
    c = ftpd(t.conf).login()
    assert c.store('APPE f', b'x' * 11) == 552
    assert (place.home() / 'f').read_bytes() == b'0123456789' + b'x' * 10 and t.of() == {'bi': 100}
    assert c.cmd('DELE f') == 250 and t.of() == {'bi': 80}
    place.file('f', b'0123456789')
    assert c.cmd('TYPE I') == 200
    assert c.store('STOR f', b'y' * 30, rest=4) == 552
    # six bytes gave way, and 20 of room were there
    assert (place.home() / 'f').read_bytes() == b'0123' + b'y' * 20 and t.of() == {'bi': 94}


@pytest.mark.parametrize('rest', [0, 10])
def test_attack_44_resumed_piece_by_piece(ftpd, place, tables, rest):
    t = tables(limit(bi=100))
    c = ftpd(t.conf).login()
    assert c.cmd('TYPE I') == 200
    size = 0
    for i in range(30):
        line = 'APPE f' if rest == 0 else 'STOR f'
        reply = c.store(line, b'x' * 7, rest=size if rest else None)
        size = (place.home() / 'f').stat().st_size
        assert size <= 100 and t.of() == {'bi': size}
        if reply == 552:
            break
    assert reply == 552 and size == 100
    for line in ('STOR g', 'STOU', 'APPE g', 'APPE f'):
        assert c.open(line)[0] == 552


def test_hidden_stores_lose_the_temporary_alone(ftpd, place, tables):
    place.file('f', b'0123456789')
    t = tables(limit(bi=100, fi=3), tallies=tally(bi=90, fi=1))
    c = ftpd(t.conf + 'HiddenStores on').login()
    assert c.store('STOR f', b'x' * 11) == 552
    assert os.listdir(place.home()) == ['f'] and (place.home() / 'f').read_bytes() == b'0123456789'
    assert t.of() == {'bi': 90, 'fi': 1}
    assert c.store('STOR f', b'x' * 6) == 226 and t.of() == {'bi': 86, 'fi': 1}
    assert c.store('STOR g', b'x' * 6) == 226 and t.of() == {'bi': 92, 'fi': 2}


def test_a_lost_hidden_upload_is_counted_once(ftpd, place, tables):
    t = tables(limit(bi=100, fi=3))
    s = ftpd(t.conf + 'HiddenStores on')
    c = s.login()
    reply, data = c.open('STOR n')
    data.sendall(b'x' * 30)
    until(lambda: sum(p.stat().st_size for p in place.home().iterdir()) == 30)
    data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
    data.close()
    assert c.reply() == 426 and t.of() == {'bi': 30, 'fi': 1}
    assert c.cmd('TYPE I') == 200
    assert c.store('STOR n', b'x' * 50, rest=30) == 226
    assert (place.home() / 'n').stat().st_size == 80 and t.of() == {'bi': 80, 'fi': 1}
    assert len(list(place.home().iterdir())) == 1


def test_hidden_resume_over_the_limit(ftpd, place, tables):
    place.file('n', b'old')
    t = tables(limit(bi=100, fi=3), tallies=tally(bi=3, fi=1))
    c = ftpd(t.conf + 'HiddenStores on').login()
    reply, data = c.open('STOR n')
    data.sendall(b'x' * 30)
    until(lambda: sum(p.stat().st_size for p in place.home().iterdir()) == 33)
    data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
    data.close()
    assert c.reply() == 426 and t.of() == {'bi': 33, 'fi': 2}
    assert c.cmd('TYPE I') == 200
    assert c.store('STOR n', b'x' * 70, rest=30) == 552
    # the temporary is gone, and what it was counted with
    assert os.listdir(place.home()) == ['n'] and t.of() == {'bi': 3, 'fi': 1}


def test_storemoveto(ftpd, place, tables):
    (place.home() / 'in').mkdir()
    os.chown(place.home() / 'in', uid_of('alice'), 61100)
    t = tables(limit(bi=10, fi=3))
    c = ftpd(t.conf + '<Directory ~>\nStoreMoveTo ~/in\n</Directory>').login()
    assert c.store('STOR a', b'x' * 6) == 226 and (place.home() / 'in/a').exists()
    assert c.store('STOR b', b'x' * 6) == 552 and not (place.home() / 'in/b').exists()
    assert t.of() == {'bi': 6, 'fi': 1}
    assert c.cmd('DELE in/a') == 250 and t.of() == {}


def test_ascii(ftpd, place, tables):
    """What the file holds counts, not what is sent."""
    t = tables(limit(bi=6, bo=100))
    c = ftpd(t.conf).login()
    assert c.cmd('TYPE A') == 200
    assert c.store('STOR n', b'a\r\nb\r\nc\r\n') == 226 and t.of() == {'bi': 6}
    assert c.get('n') == b'a\r\nb\r\nc\r\n' and t.of() == {'bi': 6, 'bo': 6}
    assert c.cmd('DELE n') == 250 and t.of() == {'bo': 6}
    for text in (b'a\r\nb\r\nc\r\nd', b'abcdef\r'):
        assert c.store('STOR n', text) == 552 and not exists(place, 'n') and t.of() == {'bo': 6}


@pytest.mark.parametrize('delete', [False, True])
def test_an_aborted_upload(ftpd, place, tables, delete):
    t = tables(limit(bi=100, fi=5), tallies=tally(bi=10, fi=1))
    c = ftpd(t.conf + f'DeleteAbortedStores {"on" if delete else "off"}').login()
    reply, data = c.open('STOR n')
    data.sendall(b'12345')
    until(lambda: exists(place, 'n') and (place.home() / 'n').stat().st_size == 5)
    assert c.cmd('ABOR') == 426 and c.reply() == 226
    data.close()
    # what stays counts as a file, too: its DELE gives one back
    assert t.of() == ({'bi': 10, 'fi': 1} if delete else {'bi': 15, 'fi': 2})


def test_beside_maxstorefilesize(ftpd, place, tables):
    """Each says which of the two it was."""
    for most, reply_, log_ in ((40, 'A file may have 40 bytes', 'MaxStoreFileSize at'),
                               (60, 'Quota of User alice', 'by the hard quota of User alice')):
        t = tables(limit(bi=50))
        s = ftpd(t.conf + f'MaxStoreFileSize {most} B\nDeleteAbortedStores on')
        c = s.login()
        for line in ('STOR n', 'APPE m'):
            reply = c.store(line, b'x' * 70)
            assert reply == 552 and reply_ in reply.text, reply
            assert c.cmd('DELE m') == (550 if line == 'STOR n' else 250)
        assert log_ in s.log_wait('/n refused: ') and t.of() == {} and not exists(place, 'n')


def test_refusals_do_not_fill_the_log(ftpd, place, tables):
    t = tables(limit(bi=5), tallies=tally(bi=5))
    s = ftpd(t.conf)
    c = s.login()
    for _ in range(300):
        c.put('STOR f')
    for _ in range(300):
        assert c.reply() == 552
    assert c.quit() == 221
    assert (t.dir / 'log').read_text().count('refused') == 200
    assert 'further ones of this session' in (t.dir / 'log').read_text()


# -- many at a time -----------------------------------------------------------------------

def test_parallel_uploads_stop_at_the_limit_exactly(ftpd, place, tables):
    """Each sends half a block after the other: together the whole limit, and never more."""
    t = tables(limit('users', GROUP, bi=4 * MIB))
    s = ftpd(t.conf)
    clients = [s.login(user) for user in ('alice', 'bob', 'carol') * 4]
    results = []

    def run(number, client):
        results.append((number, int(client.store(f'APPE f{number}', b'x' * MIB))))

    threads = [threading.Thread(target=run, args=it) for it in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = [path.stat().st_size for user in ('alice', 'bob', 'carol')
             for path in place.home(user).glob('f*')]
    assert sum(files) == t.of('users', GROUP)['bi'] <= 4 * MIB
    assert sorted(code for _, code in results) == [226] * 4 + [552] * 8 or sum(files) > 3 * MIB
    # what the losers gave back is there for the next one
    rest = 4 * MIB - sum(files)
    if rest:
        assert clients[0].store('STOR last', b'x' * rest) == 226
    assert t.of('users', GROUP)['bi'] == 4 * MIB
    assert clients[1].store('STOR more', b'x') == 552


def test_two_uploads_of_one_file_free_nothing(ftpd, place, tables):
    """What one of them cuts off is no room, while the other one writes on behind it."""
    t = tables(limit(bi=10 * MIB), tallies=tally(bi=MIB))
    s = ftpd(t.conf)
    a, b = s.login(), s.login()
    reply, data = a.open('STOR f')
    data.sendall(b'x' * MIB)
    until(lambda: exists(place, 'f') and (place.home() / 'f').stat().st_size == MIB)
    assert b.store('STOR f', b'') == 226
    data.sendall(b'x' * MIB)
    data.close()
    assert a.reply() == 226
    assert (place.home() / 'f').stat().st_size == 2 * MIB and t.of() == {'bi': 3 * MIB}
    assert a.cmd('DELE f') == 250 and t.of() == {'bi': MIB}


def test_a_thousand_small_files_by_many(ftpd, place, tables):
    t = tables(limit('users', GROUP, bi=10 ** 6, fi=10 ** 6, bx=10 ** 6, fx=10 ** 6))
    s = ftpd(t.conf)
    clients = [s.login(user) for user in ('alice', 'bob', 'carol') * 2]

    def run(number, client):
        for i in range(25):
            assert client.store(f'STOR f{number}.{i}', b'x' * 10) == 226
            if i % 5 == 0:
                assert client.cmd(f'DELE f{number}.{i}') == 250

    threads = [threading.Thread(target=run, args=it) for it in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert t.of('users', GROUP) == {'bi': 6 * 20 * 10, 'fi': 6 * 20, 'bx': 6 * 25 * 10,
                                    'fx': 6 * 25}


@pytest.mark.parametrize('who', ['session', 'monitor'])
def test_attack_93_killed_in_mid_upload(ftpd, place, tables, who):
    t = tables(limit(bi=100 * MIB, fi=9), tallies=tally(bi=7, fi=1))
    s = ftpd(t.conf)
    c = s.login()
    reply, data = c.open('STOR n')
    assert reply == 150
    data.sendall(b'x' * (3 * MIB))
    until(lambda: exists(place, 'n') and (place.home() / 'n').stat().st_size == 3 * MIB)
    sid = s.monitor
    os.kill(s.session() if who == 'session' else s.monitor, signal.SIGKILL)
    until(lambda: not processes(sid))
    data.close()
    assert len(t.tallies.read_bytes()) == 4 + 121
    # never less than what is there, and at most two blocks more
    assert 7 + 3 * MIB <= t.of()['bi'] <= 7 + 5 * MIB
    c = s.login()
    assert c.store('STOR m', b'x' * 10) == 226


def test_killed_at_random_never_less_than_what_was_told(ftpd, place, tables):
    t = tables(limit(bi=1000 * MIB))
    s = ftpd(t.conf)
    done = 0
    for i in range(8):
        c = s.login()
        for j in range(i % 3 + 1):
            assert c.store(f'STOR f{i}.{j}', b'x' * (200000 + i)) == 226
            done += 200000 + i
        reply, data = c.open(f'STOR half{i}')
        data.sendall(b'x' * (i * 30000))
        os.kill(s.session(), signal.SIGKILL)
        data.close()
        c.close()
        until(lambda: not processes(s.monitor))
        size = sum(path.stat().st_size for path in place.home().iterdir())
        assert done <= size <= t.of()['bi'] <= size + (i + 1) * 2 * MIB


# -- tables that cannot be trusted --------------------------------------------------------

def nan(what):
    return limit(**{what: float('nan')})


BAD = {
    'magic': ('limits', lambda b: b'\x44\x76\0\0' + b[4:], 'not a limit table'),
    'size': ('limits', lambda b: b + b'x', 'not whole'),
    'short': ('limits', lambda b: b'\x26', 'not a limit table'),
    'kind': ('limits', lambda b: b[:4 + 81] + b'\x15' + b[4 + 82:], 'record 1: a kind'),
    'type': ('limits', lambda b: b[:4 + 86] + b'\x07' + b[4 + 87:], 'neither hard nor soft'),
    'bool': ('limits', lambda b: b[:4 + 85] + b'\x07' + b[4 + 86:], 'neither 0 nor 1'),
    'name': ('limits', lambda b: b[:4] + b'n' * 81 + b[4 + 81:], 'a name without an end'),
    'nan': ('limits', lambda b: b[:4] + nan('bi'), 'a number of bytes that is none'),
    'tally-magic': ('tallies', lambda b: b'\x26\x76\0\0' + b[4:], 'not a tally table'),
    'tally-negative': ('tallies', lambda b: b[:4] + tally(bo=-1.0), 'a negative number'),
    'tally-inf': ('tallies', lambda b: b[:4] + tally(bx=float('inf')), 'that is none'),
    'tally-size': ('tallies', lambda b: b[:-1], 'not whole'),
}


@pytest.mark.parametrize('which', BAD)
def test_a_damaged_table_lets_nothing_pass(ftpd, place, tables, which):
    name, spoil, why = BAD[which]
    place.file('f', b'hello')
    t = tables(limit(bi=100), tallies=tally(bi=5))
    path = getattr(t, name)
    path.write_bytes(spoil(path.read_bytes()))
    before = path.read_bytes()
    s = ftpd(t.conf)
    c = s.login()
    for line in ('STOR n', 'APPE n', 'STOU', 'RETR f'):
        assert c.open(line)[0] == 451
    assert c.cmd('SITE QUOTA') == 451 and c.cmd('DELE f') == 250
    assert re.search(why, s.log_wait(f'quotas: {path}')), s.log()
    assert path.read_bytes() == before
    said = check(s)
    assert re.search(rf'{path}.*{why}', said) and ('QuotaLimitTable' if name == 'limits' else
                                                   'QuotaTallyTable') in said


def check(s):
    done = subprocess.run([str(s.binary), '-t', '-c', str(s.conf_path)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


@pytest.mark.parametrize('what', ['link', 'fifo', 'owner', 'writable', 'hard', 'directory',
                                  'missing'])
def test_attack_93_a_table_of_others(ftpd, place, tables, what):
    t = tables(limit(bi=100), tallies=tally(bi=5))
    path, aside = t.tallies, t.dir / 'aside'
    if what in ('link', 'fifo', 'missing'):
        path.rename(aside)
    if what == 'link':
        path.symlink_to(aside)
    elif what == 'fifo':
        os.mkfifo(path, 0o600)
    elif what == 'owner':
        os.chown(path, uid_of('alice'), 0)
    elif what == 'writable':
        path.chmod(0o666)
    elif what == 'hard':
        os.link(path, aside)
    elif what == 'directory':
        t.dir.chmod(0o777)
    s = ftpd(t.conf)
    assert s.login().open('STOR n')[0] == 451
    assert str(t.dir) in s.log_wait('quotas: ')
    assert 'QuotaTallyTable' in check(s)
    t.dir.chmod(0o755)


def test_check_of_the_configuration(ftpd, place, tables):
    t = tables(limit(bi=100))
    for line, why in (
            ('QuotaLimitTable sql:/get-quota', 'tables in a database are not there'),
            ('QuotaLimitTable /etc/x', 'file:/path is expected'),
            ('QuotaTallyTable file:x', 'an absolute path'),
            ('QuotaDisplayUnits Tb', 'b, Kb, Mb or Gb'),
            ('QuotaDefault user false hard 1 2 3 4 5', 'takes 9 values, not 8'),
            ('QuotaDefault any false hard 1 2 3 4 5 6', 'user, group, class or all'),
            ('QuotaDefault user maybe hard 1 2 3 4 5 6', 'true or false'),
            ('QuotaDefault user false tough 1 2 3 4 5 6', 'hard or soft'),
            ('QuotaDefault user false hard 1k 2 3 4 5 6', '1k: a number of bytes'),
            ('QuotaDefault user false hard 1 2 3 4 5 4294967296', 'a number of files'),
            ('QuotaExcludeFilter "["', r'\['),
            ('QuotaOptions Scan', 'ScanOnLogin is expected'),
            ('QuotaLog x', 'none or an absolute path'),
            ('QuotaLock x', 'absolute'),
            ('QuotaEngine maybe', 'on or off')):
        s = ftpd('\n' + line)
        assert re.search(rf'{s.conf_path}:2: {line.split()[0]}: .*{why}', check(s)), (
            line, check(s))
    assert 'limits nothing' in check(ftpd('QuotaEngine on'))
    assert 'without QuotaTallyTable' in check(
        ftpd(f'QuotaEngine on\nQuotaLimitTable file:{t.limits}'))
    assert 'Quota' not in check(ftpd(t.conf))


def test_what_is_in_effect_parses_back(ftpd, place, tables):
    t = tables(limit(bi=100))
    s = ftpd(t.conf + f'QuotaDefault user false hard 1 2 3 4 5 -1\nQuotaExcludeFilter "a b$" [NC]\n'
             f'QuotaLock {t.dir}/lock\nQuotaOptions ScanOnLogin\nQuotaShowQuotas off\n'
             'QuotaDisplayUnits Mb\nQuotaDirectoryTally on')

    def effective(path):
        return subprocess.run([str(s.binary), '-T', '-c', str(path)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True).stdout

    first = effective(s.conf_path)
    assert len(re.findall('^Quota', first, re.M)) == 11
    again = place.write('again.conf', first)
    assert effective(again) == first


def test_no_tally_table(ftpd, tables):
    t = tables(limit(bi=100), limit('bob', bi=100, per=True))
    s = ftpd(f'QuotaEngine on\nQuotaLimitTable file:{t.limits}')
    assert s.login().open('STOR n')[0] == 451
    assert 'no QuotaTallyTable' in s.log_wait('quotas: ')
    assert s.login('bob').store('STOR n', b'x') == 226
    assert s.login('carol').store('STOR n', b'x') == 226


# -- what is shown ------------------------------------------------------------------------

def test_site_quota(ftpd, tables):
    t = tables(limit(bi=10240, fi=3, how=SOFT), tallies=tally(bi=1536, fi=2))
    for units, shown in (('b', 'Uploaded bytes: 1536.00/10240.00'),
                         ('Kb', 'Uploaded Kb: 1.50/10.00'), ('mb', 'Uploaded Mb: 0.00/0.01'),
                         ('Gb', 'Uploaded Gb: 0.00/0.00')):
        reply = ftpd(t.conf + f'QuotaDisplayUnits {units}\n'
                     'ServerAdmin root@example.net').login().cmd('SITE QUOTA')
        assert reply == 200 and shown in reply.all and 'Limit Type: Soft' in reply.all
        assert 'Uploaded files: 2/3' in reply.all and 'root@example.net' in reply.text
        assert 'Downloaded files: unlimited' in reply.all


def test_site_quota_is_a_command_of_site(ftpd, tables):
    t = tables(limit('bob', bi=10))
    c = ftpd(t.conf).login()
    assert c.cmd('SITE QUOTA') == 202
    assert ' QUOTA' in c.cmd('SITE HELP').all and c.cmd('HELP SITE QUOTA') == 214
    for conf in ('QuotaShowQuotas off', 'QuotaEngine off'):
        c = ftpd(conf + '\n' + t.conf).login()
        assert c.cmd('SITE QUOTA') == 500 and 'QUOTA' not in c.cmd('SITE HELP').all
    c = ftpd(t.conf + '<Limit SITE_QUOTA>\nDenyAll\n</Limit>').login()
    assert c.cmd('SITE QUOTA') == 550 and 'QUOTA' not in c.cmd('SITE HELP').all


def test_display_variables(ftpd, place, tables):
    place.write('text', '%{mod_quotatab.limit.bytes_in}|%{mod_quotatab.limit.bytes_out}|'
                '%{mod_quotatab.tally.bytes_in}|%{mod_quotatab.tally.files_in}|'
                '%{mod_quotatab.tally.no}\n')
    t = tables(limit(bi=10240, fi=3), tallies=tally(bi=1536, fi=2))
    for user, conf, shown in (
            ('alice', '', '10240.00|(unlimited)|1536.00|2|(none)'),
            ('alice', 'QuotaDisplayUnits Kb\n', '10.00 KB|(unlimited)|1.50 KB|2|(none)'),
            ('bob', '', '(unlimited)|(unlimited)|(unlimited)|(unlimited)|(none)'),
            ('alice', 'QuotaEngine off\n', '(none)|(none)|(none)|(none)|(none)')):
        c = ftpd(conf + t.conf + 'DisplayLogin {dir}/text').connect()
        assert shown in c.login(user).all


def test_allo_and_avbl(ftpd, place, tables):
    place.file('f', b'0123456789')
    t = tables(limit(bi=100), tallies=tally(bi=40))
    c = ftpd(t.conf).login()
    assert c.cmd('AVBL').text == '60'
    assert c.cmd('ALLO 60') == 200
    reply = c.cmd('ALLO 61')
    assert reply == 552 and '60' in reply.text
    # the old file stays whole where it can be known before the first byte
    assert c.store('STOR a', b'x' * 55) == 226 and c.cmd('AVBL').text == '5'
    assert c.cmd('ALLO 5') == 200 and c.store('STOR b', b'x' * 5) == 226
    assert c.cmd('AVBL').text == '0' and c.cmd('ALLO 1') == 552
    t = tables(limit(bi=10 ** 15))
    assert int(ftpd(t.conf).login().cmd('AVBL').text) < 10 ** 15        # as much as is free


def test_allo_keeps_the_old_file(ftpd, place, tables):
    place.file('f', b'0123456789')
    t = tables(limit(bi=100), tallies=tally(bi=40))
    s = ftpd(t.conf)
    a, b = s.login(), s.login()
    assert a.cmd('ALLO 50') == 200
    assert b.store('STOR g', b'x' * 30) == 226
    assert a.open('STOR f')[0] == 552
    assert (place.home() / 'f').read_bytes() == b'0123456789' and t.of() == {'bi': 70}


def test_scan_on_login(ftpd, place, tables):
    (place.home() / 'd').mkdir()
    place.file('f', b'x' * 5)
    place.file('d/g', b'x' * 7)
    place.file('other', b'x' * 50)
    os.chown(place.home() / 'other', uid_of('bob'), 61100)
    t = tables(limit(bi=100, fi=9), tallies=tally(bi=77, fi=7))
    c = ftpd(t.conf + 'QuotaOptions ScanOnLogin').login()
    assert t.of() == {'bi': 12, 'fi': 2}
    assert c.store('STOR n', b'xyz') == 226 and t.of() == {'bi': 15, 'fi': 3}


# -- what is given back, and to whom ------------------------------------------------------

@pytest.mark.parametrize('end', ['over', 'abort'])
def test_attack_44_a_broken_upload_that_got_another_name_is_counted(ftpd, place, tables, end):
    """Nobody takes it away again: it is there, and a second session has seen to that."""
    t = tables(limit(bi=100, fi=5))
    s = ftpd(t.conf + 'DeleteAbortedStores on')
    a, b = s.login(), s.login()
    reply, data = a.open('STOR f')
    data.sendall(b'x' * 100)
    until(lambda: exists(place, 'f') and (place.home() / 'f').stat().st_size == 100)
    assert b.cmd('RNFR f') == 350 and b.cmd('RNTO g') == 250
    if end == 'over':
        data.sendall(b'x')
        assert a.reply() == 552
    else:
        assert a.cmd('ABOR') == 426 and a.reply() == 226
    data.close()
    assert (place.home() / 'g').stat().st_size == 100 and t.of() == {'bi': 100, 'fi': 1}
    assert b.cmd('DELE g') == 250 and t.of() == {}


@pytest.mark.parametrize('old', [False, True])
def test_attack_44_one_file_is_given_back_once(ftpd, place, tables, old):
    if old:
        place.file('f', b'x' * 20)
    t = tables(limit(bi=1000, fi=9), tallies=tally(bi=50, fi=3))
    s = ftpd(t.conf + 'DeleteAbortedStores on')
    a, b = s.login(), s.login()
    reply, data = a.open('STOR f')
    data.sendall(b'y' * 5)
    until(lambda: exists(place, 'f') and (place.home() / 'f').read_bytes() == b'y' * 5)
    assert b.cmd('DELE f') == 250
    assert a.cmd('ABOR') == 426 and a.reply() == 226
    data.close()
    assert t.of() == ({'bi': 30, 'fi': 2} if old else {'bi': 50, 'fi': 3})


def test_attack_44_a_file_whose_transfer_never_stood(ftpd, place, tables):
    t = tables(limit(fi=5), tallies=tally(fi=1))
    s = ftpd(t.conf)
    a, b = s.login(), s.login()
    a.pasv()
    a.put('STOR f')
    until(lambda: exists(place, 'f'))
    assert b.cmd('RNFR f') == 350 and b.cmd('RNTO g') == 250
    a.cmd('ABOR')
    a.reply()
    assert exists(place, 'g') and t.of() == {'fi': 2}
    assert b.cmd('DELE g') == 250 and t.of() == {'fi': 1}


@pytest.mark.parametrize('hidden', [False, True])
def test_attack_44_overwriting_another_users_file_frees_nothing(ftpd, place, tables, hidden):
    place.home().chmod(0o777)
    for kind, name, left in ((USER, 'alice', 60), (GROUP, 'users', 10)):
        place.file('f', b'x' * 50)
        os.chown(place.home() / 'f', uid_of('bob'), 61100)
        (place.home() / 'f').chmod(0o666)
        t = tables(limit(name, kind, bi=100, fi=9), tallies=tally(name, kind, bi=60, fi=1))
        c = ftpd(t.conf + ('HiddenStores on' if hidden else '')).login()
        assert c.store('STOR f', b'') == 226 and (place.home() / 'f').stat().st_size == 0
        assert t.of(name, kind)['bi'] == left


def test_replacing_one_of_two_names_frees_nothing(ftpd, place, tables):
    place.file('f', b'x' * 50)
    os.link(place.home() / 'f', place.home() / 'other')
    t = tables(limit(bi=100, fi=9), tallies=tally(bi=50, fi=1))
    c = ftpd(t.conf + 'HiddenStores on').login()
    assert c.store('STOR f', b'y' * 10) == 226 and (place.home() / 'other').stat().st_size == 50
    assert t.of() == {'bi': 60, 'fi': 2}


def test_attack_44_what_was_free_is_counted_where_it_is_not(ftpd, place, tables):
    t = tables(limit(bi=100, fi=9), tallies=tally(bi=50, fi=5))
    c = ftpd(t.conf + 'QuotaExcludeFilter "(\\.iso$|/alice/tmp/)"').login()
    for size, code in ((40, 250), (20, 552)):
        assert c.store('STOR a.iso', b'x' * size) == 226
        assert c.cmd('RNFR a.iso') == 350 and c.cmd(f'RNTO a{size}') == code
        assert t.of() == {'bi': 90, 'fi': 6} and exists(place, 'a.iso') == (code == 552)
    assert c.cmd('RNFR a.iso') == 350 and c.cmd('RNTO b.iso') == 250
    assert c.cmd('RNFR nothing') == 550 and t.of() == {'bi': 90, 'fi': 6}
    assert c.cmd('DELE a40') == 250 and t.of() == {'bi': 50, 'fi': 5}
    assert c.cmd('MKD tmp') == 257 and c.store('STOR tmp/f', b'x' * 500) == 226
    assert c.cmd('RNFR tmp') == 350
    reply = c.cmd('RNTO data')
    assert reply == 550 and 'quota' in reply.text.lower() and exists(place, 'tmp/f')
    assert c.cmd('MKD a') == 257 and c.cmd('RNFR a') == 350 and c.cmd('RNTO b') == 250


def test_hidden_and_moved_give_one_old_file_back_once(ftpd, place, tables):
    (place.home() / 'in').mkdir()
    os.chown(place.home() / 'in', uid_of('alice'), 61100)
    place.file('f', b'x' * 30)
    t = tables(limit(bi=1000, fi=9), tallies=tally(bi=100, fi=5))
    s = ftpd(t.conf + 'HiddenStores .in. .%P\n<Directory ~>\nStoreMoveTo ~/in\n</Directory>')
    a, b = s.login(), s.login()
    reply, data = a.open('STOR f')
    data.sendall(b'y' * 10)
    until(lambda: len(os.listdir(place.home())) == 3)
    assert b.store('STOR f', b'z' * 10) == 226 and not exists(place, 'f')
    assert t.of()['fi'] == 6                        # one more, one less, and the one that goes on
    data.close()
    assert a.reply() == 226
    assert len(os.listdir(place.home() / 'in')) == 2 and t.of() == {'bi': 90, 'fi': 6}


def hold(path, start=0):
    code = ('import fcntl, sys\nf = open(sys.argv[1], "r+b")\n'
            'fcntl.lockf(f, fcntl.LOCK_EX, 0, int(sys.argv[2]))\nprint("held", flush=True)\n'
            'sys.stdin.read()\n')
    holder = subprocess.Popen(['python3', '-c', code, str(path), str(start)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b'held\n'
    return holder


def test_what_could_not_be_counted_is_not_given_back_later(ftpd, place, tables):
    t = tables(limit(bi=100))
    s = ftpd(t.conf)
    c = s.login()
    reply, data = c.open('STOR n')
    data.sendall(b'x' * 40)
    until(lambda: exists(place, 'n') and (place.home() / 'n').stat().st_size == 40)
    holder = hold(t.tallies)
    data.close()
    assert c.reply() == 451 and exists(place, 'n')
    holder.stdin.close()
    assert holder.wait() == 0 and holder.stdout.close() is None
    assert c.store('STOR m', b'x' * 10) == 226
    assert t.of()['bi'] >= 50


def test_tables_that_fail_in_an_upload_are_no_quota_that_is_reached(ftpd, place, tables):
    t = tables(limit(bi=100 * MIB))
    s = ftpd(t.conf)
    c = s.login()
    reply, data = c.open('STOR n')
    data.sendall(b'x' * 40)
    until(lambda: exists(place, 'n') and (place.home() / 'n').stat().st_size == 40)
    holder = hold(t.tallies)
    with contextlib.suppress(OSError):
        data.sendall(b'x' * (4 * MIB))
    assert c.reply() == 451 and (place.home() / 'n').stat().st_size >= 40
    data.close()
    assert 'somebody holds its lock' in s.log_wait('quotas: ')
    holder.stdin.close()
    assert holder.wait() == 0 and holder.stdout.close() is None
    assert c.store('STOR m', b'x' * 10) == 226
    assert t.of()['bi'] >= 10 + (place.home() / 'n').stat().st_size


@pytest.mark.parametrize('what', ['fi', 'fx'])
def test_attack_44_files_that_are_stored_at_the_same_time(ftpd, place, tables, what):
    t = tables(limit(**{what: 1}))
    s = ftpd(t.conf + 'DeleteAbortedStores on')
    a, b = s.login(), s.login()
    reply, data = a.open('STOR f')
    assert reply == 150 and t.of() == {what: 1}
    assert b.open('STOR g')[0] == 552 and not exists(place, 'g')
    assert a.cmd('ABOR') == 426 and a.reply() == 226
    data.close()
    assert t.of() == {} and b.store('STOR g', b'') == 226 and t.of() == {what: 1}


@pytest.mark.parametrize('what', ['bo', 'bx', 'fo', 'fx'])
def test_attack_44_downloads_at_the_same_time(ftpd, place, tables, what):
    """The one that reaches the limit is sent whole, and it is one."""
    size = 32 * MIB
    place.file('f', b'x' * size)
    t = tables(limit(**{what: 1}))
    s = ftpd(t.conf)
    a, b = s.login(), s.login()
    reply, data = a.open('RETR f')
    assert reply == 150 and t.of() == {what: 1 if what[0] == 'f' else size}
    assert b.fetch('RETR f')[0] == 451
    data.close()
    assert a.reply() == 426
    left = t.of()
    assert left == {} if what[0] == 'f' else 0 < left[what] < size
    if what[0] == 'f':
        assert len(b.get('f')) == size and t.of() == {what: 1}


def test_what_never_began_is_not_counted(ftpd, place, tables):
    (place.home() / 'closed').mkdir(0o555)
    place.file('f', b'hello')
    t = tables(limit(bi=10 ** 6, bo=9, bx=9, fi=9, fo=9, fx=9))
    s = ftpd(t.conf + 'HiddenStores on\n<Directory {home}/alice/closed>\nHiddenStores off\n'
             '</Directory>')
    c = s.login()
    for line in ('STOR closed/f', 'STOR ' + 'n' * 253):
        assert c.open(line)[0] >= 500 and c.cmd('NOOP') == 200 and t.of() == {}
    for line in ('STOR g', 'RETR f'):
        c.pasv()
        c.put(line)
        c.cmd('ABOR')
        c.reply()
        assert c.cmd('NOOP') == 200 and t.of() == {}
    c = ftpd(t.conf + 'Ratios on\nUserRatio * 1 0 1 0').login()
    assert c.fetch('RETR f')[0] == 550 and c.cmd('NOOP') == 200 and t.of() == {}


def test_a_transfer_goes_by_the_limit_that_it_began_with(ftpd, place, tables):
    t = tables(limit(bi=100 * MIB, fi=9))
    c = ftpd(t.conf).login()
    reply, data = c.open('STOR n')
    data.sendall(b'x' * 40)
    until(lambda: exists(place, 'n') and (place.home() / 'n').stat().st_size == 40)
    t.write('limits', 0x7626, limit('zed', bi=1))
    data.close()
    assert c.reply() == 226 and t.of() == {'bi': 40, 'fi': 1}
    assert c.cmd('SITE QUOTA') == 202


def test_a_name_that_no_table_can_hold(ftpd, place, tables):
    name = 'n' * 81
    t = tables()
    s = ftpd(f'<Class {name}>\nFrom 127.0.0.1\n</Class>\n'
             f'{t.conf}QuotaDefault class false hard 10 0 0 0 0 0')
    assert s.login().open('STOR n')[0] == 451 and not exists(place, 'n')
    assert '80 bytes' in s.log_wait('quotas: ')


# -- beside others ------------------------------------------------------------------------

def test_not_as_root(ftpd, place, tables):
    t = tables(limit(bi=100))
    s = ftpd(t.conf)
    s.give_to('alice')
    for path in (t.dir, t.limits, t.tallies):
        os.chown(path, uid_of('alice'), 61100)
    c = s.login()
    assert c.store('STOR n', b'x' * 101) == 552 and c.store('STOR n', b'x' * 100) == 226
    assert t.of() == {'bi': 100}


def test_a_server_has_its_own(ftpd, place, tables):
    t = tables(limit(bi=100))
    s = ftpd(f'<Global>\n{t.conf}</Global>\nQuotaEngine off')
    assert s.login().store('STOR n', b'x' * 101) == 226 and t.all() == {}
    s = ftpd(f'<Global>\n{t.conf}</Global>\n<IfUser bob>\nQuotaEngine off\n</IfUser>')
    assert s.login('bob').cmd('SITE QUOTA') == 500
    assert s.login().store('STOR n', b'x' * 101) == 552


def test_records_of_others_stay(ftpd, tables):
    others = [tally(f'user{i}', bi=i) for i in range(200)]
    t = tables(*(limit(f'user{i}', bi=5) for i in range(200)), limit(bi=100),
               tallies=b''.join(others))
    c = ftpd(t.conf).login()
    assert c.store('STOR n', b'x' * 9) == 226
    assert t.tallies.read_bytes()[4:] == b''.join(others) + tally(bi=9)


def test_a_table_that_is_replaced_and_moved(ftpd, place, tables):
    t = tables(limit(bi=100), limit('bob', bi=9), tallies=tally('bob', bi=3) + tally(bi=5))
    s = ftpd(t.conf)
    c = s.login()
    assert c.store('STOR n', b'x' * 5) == 226 and t.of() == {'bi': 10}
    t.write('tallies', 0x7644, tally(bi=10) + tally('bob', bi=3))        # another order
    assert c.store('STOR m', b'x' * 5) == 226 and t.of() == {'bi': 15} and t.of('bob') == {'bi': 3}
    t.write('limits', 0x7626, limit('bob', bi=9) + limit(bi=16))
    assert c.store('STOR o', b'x' * 2) == 552
    assert c.store('STOR o', b'x') == 226


def test_the_lock_is_the_one_of_fcntl(ftpd, place, tables):
    """As ProFTPD takes it: who holds a record is waited for."""
    t = tables(limit(bi=100), tallies=tally('bob') + tally(bi=5))
    s = ftpd(t.conf + f'QuotaLock {t.dir}/lock')
    c = s.login()
    code = ('import fcntl, struct, sys, time\n'
            'f = open(sys.argv[1], "r+b")\n'
            'fcntl.fcntl(f, fcntl.F_SETLK, '
            'struct.pack("=hhxxxxqqixxxx", fcntl.F_WRLCK, 0, 125, 121, 0))\n'
            'print("held", flush=True)\nsys.stdin.read()\n'
            'f.seek(125); r = f.read(121)\n'
            'f.seek(125 + 85); f.write(struct.pack("=d", 50.0)); f.flush()\n'
            'f.close()\n')
    holder = subprocess.Popen(['python3', '-c', code, str(t.tallies)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b'held\n'
    c.put('SITE QUOTA')
    holder.stdin.close()
    assert '50.00/100.00' in c.reply().all
    assert holder.wait() == 0 and holder.stdout.close() is None


def test_a_lock_that_is_held_for_ever(ftpd, place, tables):
    t = tables(limit(bi=100), tallies=tally(bi=5))
    s = ftpd(t.conf)
    c = s.login()
    code = ('import fcntl, struct, sys\nf = open(sys.argv[1], "r+b")\n'
            'fcntl.lockf(f, fcntl.LOCK_EX)\nprint("held", flush=True)\nsys.stdin.read()\n')
    holder = subprocess.Popen(['python3', '-c', code, str(t.tallies)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b'held\n'
    assert c.open('STOR n')[0] == 451               # not for ever
    assert 'somebody holds its lock' in s.log_wait('quotas: ')
    holder.stdin.close()
    assert holder.wait() == 0 and holder.stdout.close() is None
    assert c.store('STOR n', b'x') == 226


def test_off_nothing_is_opened(ftpd, place, tables):
    if not shutil.which('strace'):
        pytest.skip('no strace')
    place.file('f', b'hello')
    t = tables(limit(bi=100))
    s = ftpd(t.conf.replace('QuotaEngine on', 'QuotaEngine off'),
             wrapper=['strace', '-f', '-o', str(t.dir / 'trace'), '-e', 'trace=openat,open'])
    c = s.login()
    assert (c.store('STOR n', b'x' * 200) == 226 and c.get('f') == b'hello'
            and c.cmd('DELE n') == 250)
    c.quit()
    until(lambda: '+++ exited' in (t.dir / 'trace').read_text())
    assert str(t.dir) not in (t.dir / 'trace').read_text()
