"""A hidden upload that a lost connection left: who may go on with it, where, and when."""

import os
import select
import shutil
import socket

import pytest

import tls
from conftest import release_only
from harness import open_files, processes, uid_of, until
from tls import certs, needs_tls        # noqa: F401

HIDDEN = 'HiddenStores on\nAllowStoreRestart on\n'


def listing(directory):
    return sorted(os.listdir(directory))


@pytest.fixture(params=['clear', 'tls'])
def login(request, place):
    """login(server, user): a client in TYPE I, its data under TLS or not."""
    if request.param == 'clear':
        def made(s, user='alice'):
            c = s.login(user)
            c.cmd('TYPE I')
            return c
        made.conf = lambda more: more
        return made
    for mark in needs_tls:
        if mark.args[0]:
            pytest.skip(mark.kwargs['reason'])
    made_by = request.getfixturevalue('certs')
    context = made_by.context()

    def secured(s, user='alice'):
        return tls.login(s, context, user)
    secured.conf = lambda more: made_by.conf(more=more)
    return secured


def begin(c, path, content, rest=None):
    """An upload that goes on: what is there by now is on the disk."""
    if rest is not None:
        assert c.cmd(f'REST {rest}') == 350
    reply, data = c.open(f'STOR {path}')
    assert reply == 150, reply
    data.sendall(content)
    return data


def end(data):
    """The end of the file: under TLS with a close_notify, which a lost connection has not."""
    getattr(data, 'finish', data.close)()


def lose(s, c, path, content, hidden, rest=None):
    """The connections vanish in the middle of it."""
    data = begin(c, path, content, rest)
    until(lambda: hidden.exists() and hidden.stat().st_size == (rest or 0) + len(content))
    c.reset()
    s.exit_status()
    data.close()


def test_faq_4_24b_every_offset_but_its_end(ftpd, place, login):
    s = ftpd(login.conf(HIDDEN))
    hidden = place.home() / '.in.f.'
    lose(s, login(s), 'f', b'01234', hidden)
    assert listing(place.home()) == ['.in.f.']
    c = login(s)
    for rest in (1, 4, 6, 1 << 40):
        reply = c.store('STOR f', b'x', rest=rest)
        assert reply == 501 and str(rest) in reply.text
    # from its beginning it would be another upload, whose temporary is there already
    assert c.store('STOR f', b'x') == 550
    assert hidden.read_bytes() == b'01234'
    # a connection that is lost again costs nothing
    lose(s, c, 'f', b'56', hidden, rest=5)
    assert hidden.read_bytes() == b'0123456'
    c = login(s)
    assert c.store('STOR f', b'x', rest=5) == 501
    assert c.store('STOR f', b'789', rest=7) == 226
    assert listing(place.home()) == ['f']
    assert (place.home() / 'f').read_bytes() == b'0123456789'
    line = s.xferlog(3)
    assert [l[-1] for l in line] == ['i', 'i', 'c'] and line[2][8] == f'{place.home()}/f'


@pytest.mark.parametrize('umask', ['022', '000'])
def test_faq_4_24b_anothers_partial(ftpd, place, login, umask):
    shared = place.dir / 'shared'
    shared.mkdir()
    shared.chmod(0o777)
    s = ftpd(login.conf(HIDDEN + f'Umask {umask}\n'))
    hidden = shared / '.in.f.'
    lose(s, login(s), f'{shared}/f', b'01234', hidden)
    # his right to write to it does not make it his
    assert login(s, 'bob').store(f'STOR {shared}/f', b'x', rest=5) == 501
    assert hidden.read_bytes() == b'01234' and hidden.stat().st_uid == uid_of('alice')
    assert login(s).store(f'STOR {shared}/f', b'56', rest=5) == 226
    assert listing(shared) == ['f'] and (shared / 'f').read_bytes() == b'0123456'


def test_faq_4_24b_a_live_sessions_partial(ftpd, place, login):
    s = ftpd(login.conf(HIDDEN))
    hidden = place.home() / '.in.f.'
    first, second = login(s), login(s)
    data = begin(first, 'f', b'01234')
    until(lambda: hidden.exists() and hidden.stat().st_size == 5)
    assert second.store('STOR f', b'x', rest=5) == 501
    data.sendall(b'56789')
    end(data)
    assert first.reply() == 226
    assert (place.home() / 'f').read_bytes() == b'0123456789'
    # one that goes on with it holds it as well
    third = login(s)
    lose(s, third, 'g', b'01', place.home() / '.in.g.')
    fourth = login(s)
    data = begin(fourth, 'g', b'23', rest=2)
    until(lambda: (place.home() / '.in.g.').stat().st_size == 4)
    assert second.store('STOR g', b'x', rest=4) == 501
    assert second.store('STOR g', b'x', rest=2) == 501
    end(data)
    assert fourth.reply() == 226
    assert (place.home() / 'g').read_bytes() == b'0123'


@release_only
@pytest.mark.skipif(not shutil.which('strace'), reason='strace cannot be had here')
def test_nobody_goes_on_with_what_is_whole(ftpd, place):
    """Between the last byte and the name, the partial is as long as the file."""
    s = ftpd(HIDDEN, wrapper=['strace', '-f', '-qq', '-o', str(place.dir / 'trace'), '-e',
                              'trace=renameat2', '-e', 'inject=renameat2:delay_enter=700000'])
    first, second = s.login(), s.login()
    for c in (first, second):
        assert c.cmd('TYPE I') == 200
    data = begin(first, 'f', b'01234')
    until(lambda: (place.home() / '.in.f.').exists())
    until(lambda: (place.home() / '.in.f.').stat().st_size == 5)
    data.close()
    while not select.select([first.sock], [], [], 0)[0]:
        # while it has no name; then there is nothing to go on with, and the file is there
        assert second.store('STOR f', b'x', rest=5) in (501, 550)
    assert first.reply() == 226
    assert listing(place.home()) == ['f'] and (place.home() / 'f').read_bytes() == b'01234'


@release_only
@pytest.mark.skipif(not shutil.which('strace'), reason='strace cannot be had here')
def test_it_became_whole_before_it_was_locked(ftpd, place):
    s = ftpd(HIDDEN + 'ScoreboardFile none\n', wrapper=[
        'strace', '-f', '-qq', '-o', str(place.dir / 'trace'), '-e', 'trace=flock', '-e',
        'inject=flock:delay_enter=500000'])
    first, second = s.login(), s.login()
    for c in (first, second):
        assert c.cmd('TYPE I') == 200
    hidden = place.home() / '.in.f.'
    data = begin(first, 'f', b'01234')
    until(lambda: hidden.exists() and hidden.stat().st_size == 5)

    def is_open():
        return any('/.in.f.' in name for pid in processes(s.spawned[1].pid)
                   for name in open_files(pid).values())

    def begun():
        """The second one has it open; it may have locked it already while nobody looked."""
        assert second.cmd('REST 5') == 350
        second.pasv()
        second.put('STOR f')
        if until(lambda: is_open() or select.select([second.sock], [], [], 0)[0]) is True:
            return True
        assert second.reply() == 501
        return False

    until(begun)
    data.close()
    assert first.reply() == 226
    assert second.reply() == 501
    assert listing(place.home()) == ['f'] and (place.home() / 'f').read_bytes() == b'01234'


def test_what_lies_in_its_place_is_not_removed(ftpd, place, login):
    c = login(ftpd(login.conf(HIDDEN)))
    data = begin(c, 'f', b'01234')
    hidden = place.home() / '.in.f.'
    until(lambda: hidden.exists())
    place.file('another', b'kept').rename(hidden)
    assert c.cmd('ABOR') == 426
    assert c.reply() == 226
    data.close()
    assert hidden.read_bytes() == b'kept'


def test_a_temporary_that_rules_are_read_from(ftpd, place):
    """What no client may store, he may not store as another file's temporary."""
    shared = place.dir / 'shared'
    shared.mkdir()
    shared.chmod(0o777)
    s = ftpd('HiddenStores . ""\nAllowStoreRestart on')
    c = s.login()
    assert c.store(f'STOR {shared}/.ftpaccess', b'AllowOverride on\n') == 550
    assert c.store(f'STOR {shared}/ftpaccess', b'AllowOverride on\n') == 550
    assert listing(shared) == []
    assert c.store(f'STOR {shared}/file', b'x') == 226
    assert listing(shared) == ['file']


def test_there_is_none(ftpd, place, login):
    c = login(ftpd(login.conf(HIDDEN + 'AllowOverwrite on\n')))
    place.file('f', b'01234')
    # the file itself is no partial, and stays
    for path in ('f', 'absent'):
        assert c.store(f'STOR {path}', b'x', rest=5) == 501
    assert listing(place.home()) == ['f'] and (place.home() / 'f').read_bytes() == b'01234'


def test_what_is_no_partial_of_ours(ftpd, place, login):
    c = login(ftpd(login.conf(HIDDEN)))
    victim = place.file('victim', b'01234')
    (place.home() / '.in.link.').symlink_to('victim')
    os.mkfifo(place.home() / '.in.fifo.')
    os.chown(place.home() / '.in.fifo.', uid_of('alice'), 61100)
    (place.home() / '.in.dir.').mkdir()
    for name in ('link', 'fifo', 'dir'):
        assert c.store(f'STOR {name}', b'x', rest=5) == 501
    assert victim.read_bytes() == b'01234'
    assert len(listing(place.home())) == 4


def test_after_abor_there_is_nothing_to_go_on_with(ftpd, place, login):
    c = login(ftpd(login.conf(HIDDEN)))
    data = begin(c, 'f', b'01234')
    until(lambda: listing(place.home()) == ['.in.f.'])
    assert c.cmd('ABOR') == 426
    assert c.reply() == 226
    data.close()
    assert listing(place.home()) == []
    assert c.store('STOR f', b'x', rest=5) == 501


def test_a_lost_data_connection_alone(ftpd, place, login):
    s = ftpd(login.conf(HIDDEN))
    c = login(s)
    hidden = place.home() / '.in.f.'
    data = begin(c, 'f', b'01234')
    until(lambda: hidden.exists() and hidden.stat().st_size == 5)
    data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
    data.close()
    assert c.reply() == 426
    assert c.store('STOR f', b'56789', rest=5) == 226
    assert (place.home() / 'f').read_bytes() == b'0123456789'


@pytest.mark.parametrize('overwrite', ['on', 'off'])
def test_the_file_is_there_meanwhile(ftpd, place, login, overwrite):
    s = ftpd(login.conf(HIDDEN + f'AllowOverwrite {overwrite}\n'))
    hidden = place.home() / '.in.f.'
    lose(s, login(s), 'f', b'01234', hidden)
    place.file('f', b'another')
    reply = login(s).store('STOR f', b'56789', rest=5)
    assert reply == (226 if overwrite == 'on' else 550)
    expected = b'0123456789' if overwrite == 'on' else b'another'
    assert (place.home() / 'f').read_bytes() == expected
    assert hidden.exists() == (overwrite == 'off')


@pytest.mark.parametrize('more', ['AllowStoreRestart off', 'DeleteAbortedStores on'])
def test_who_allows_none_keeps_none(ftpd, place, login, more):
    conf = 'HiddenStores on\n' + more + '\nAllowStoreRestart on'
    s = ftpd(login.conf(conf))
    c = login(s)
    data = begin(c, 'f', b'01234')
    until(lambda: listing(place.home()) == ['.in.f.'])
    c.reset()
    s.exit_status()
    data.close()
    assert listing(place.home()) == []
    assert login(s).store('STOR f', b'x', rest=5) == 501
