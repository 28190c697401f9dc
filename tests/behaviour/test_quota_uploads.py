"""Quotas: uploads of every kind, many at a time, and room that is freed by no trick."""

import contextlib
import os
import signal
import socket
import threading

import pytest

from harness import processes, uid_of, until
from quotas import GROUP, MIB, USER, exists, hold, limit, tables, tally  # noqa: F401 (a fixture)


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


def lose(c, place, size):
    """30 bytes of an upload to `n`, which then breaks; with them all files have this size."""
    reply, data = c.open('STOR n')
    data.sendall(b'x' * 30)
    until(lambda: sum(p.stat().st_size for p in place.home().iterdir()) == size)
    data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
    data.close()
    assert c.reply() == 426


def test_a_lost_hidden_upload_is_counted_once(ftpd, place, tables):
    t = tables(limit(bi=100, fi=3))
    s = ftpd(t.conf + 'HiddenStores on')
    c = s.login()
    lose(c, place, 30)
    assert t.of() == {'bi': 30, 'fi': 1}
    assert c.cmd('TYPE I') == 200
    assert c.store('STOR n', b'x' * 50, rest=30) == 226
    assert (place.home() / 'n').stat().st_size == 80 and t.of() == {'bi': 80, 'fi': 1}
    assert len(list(place.home().iterdir())) == 1


def test_hidden_resume_over_the_limit(ftpd, place, tables):
    place.file('n', b'old')
    t = tables(limit(bi=100, fi=3), tallies=tally(bi=3, fi=1))
    c = ftpd(t.conf + 'HiddenStores on').login()
    lose(c, place, 33)
    assert t.of() == {'bi': 33, 'fi': 2}
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
    s.exit_status()
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


def begin(c, place):
    """An upload to `n` of which 40 bytes are there: its data connection."""
    reply, data = c.open('STOR n')
    data.sendall(b'x' * 40)
    until(lambda: exists(place, 'n') and (place.home() / 'n').stat().st_size == 40)
    return data


def test_what_could_not_be_counted_is_not_given_back_later(ftpd, place, tables):
    t = tables(limit(bi=100))
    s = ftpd(t.conf)
    c = s.login()
    data = begin(c, place)
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
    data = begin(c, place)
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
    assert data.recv(1) == b'x'                     # or nothing might have been sent
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
    data = begin(c, place)
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
