"""StoreMoveTo: a whole upload goes where the administrator wants it, and nothing else does."""

import os
import re
import stat

import pytest

import tls
from harness import uid_of, until
from test_handover import COUNT, Watcher, content
from tls import certs, needs_tls        # noqa: F401

HIDDEN = pytest.mark.parametrize('hidden', ['', 'HiddenStores on\n'], ids=['plain', 'hidden'])


def move(to='/done', where='{home}/alice', more=''):
    return f'DefaultRoot ~\n<Directory {where}>\nStoreMoveTo {to}\n{more}</Directory>\n'


@pytest.fixture
def done(place):
    """A directory of alice's in her home."""
    return folder(place, 'done')


def folder(place, name, user='alice', mode=0o755):
    path = place.home() / name
    path.mkdir()
    os.chown(path, *((uid_of(user), 61100) if user != 'root' else (0, 0)))
    path.chmod(mode)
    return path


def names(directory):
    return sorted(os.listdir(directory))


@HIDDEN
@pytest.mark.parametrize('jail', ['~', '/'])
def test_faq_5_5b_storemoveto(ftpd, place, done, hidden, jail):
    to = '/done' if jail == '~' else '~/done'
    s = ftpd(hidden + move(to).replace('DefaultRoot ~', f'DefaultRoot {jail}') +
             'AllowStoreRestart on')
    plain = ftpd(hidden).login('bob')
    c = s.login()
    reply = c.store('STOR f', b'content')
    assert reply == 226
    assert reply.all == plain.store('STOR f', b'content').all       # nothing new
    assert names(place.home()) == ['done'] and names(done) == ['f']
    assert (done / 'f').read_bytes() == b'content'
    assert (done / 'f').stat().st_uid == uid_of('alice')
    # the name that the client used
    assert s.xferlog()[0][8] == f'{place.home()}/f' and s.xferlog()[0][-1] == 'c'
    reply, data = c.open('STOU')
    name = re.search(r'FILE: (\S+)', reply.text)[1]
    data.close()
    assert name in c.reply().text
    assert names(done) == sorted(['f', name])
    # APPE stays, and what is in its directory already
    assert c.store('APPE a', b'x') == 226
    assert c.store('STOR done/g', b'x') == 226
    assert names(place.home()) == ['a', 'done'] and names(done) == sorted(['f', 'g', name])
    assert 'StoreMoveTo' not in s.log()


@HIDDEN
def test_faq_5_5b_nothing_is_overwritten(ftpd, place, done, hidden):
    place.file('done/f', b'first')
    c = ftpd(hidden + move() + 'AllowOverwrite on').login()
    for body in (b'second', b'third'):
        assert c.store('STOR f', body) == 226
    assert names(place.home()) == ['done']
    assert (done / 'f').read_bytes() == b'first'
    others = [n for n in names(done) if n != 'f']
    assert len(others) == 2 and all(re.fullmatch(r'f\.[a-z0-9]{6}', n) for n in others)
    assert sorted((done / n).read_bytes() for n in others) == [b'second', b'third']
    # neither a link, wherever it leads, nor a directory
    (done / 'l').symlink_to('f')
    (done / 'd').mkdir()
    for name in 'ld':
        assert c.store(f'STOR {name}', b'x') == 226
    assert (done / 'l').is_symlink() and (done / 'f').read_bytes() == b'first'
    assert names(done / 'd') == [] and len(names(done)) == 7


@HIDDEN
def test_what_the_upload_replaced_is_gone(ftpd, place, done, hidden):
    place.file('f', b'old')
    c = ftpd(hidden + move() + 'AllowOverwrite on').login()
    assert c.store('STOR f', b'new') == 226
    assert names(place.home()) == ['done'] and (done / 'f').read_bytes() == b'new'


@HIDDEN
@pytest.mark.parametrize('why', ['missing', 'link', 'file', 'foreign', 'system', 'rules'])
def test_faq_5_5b_a_failure_leaves_it_where_it_is(ftpd, place, hidden, why):
    name, to = 'f', '/done'
    if why == 'link':
        folder(place, 'real')
        (place.home() / 'done').symlink_to('real')
    elif why == 'file':
        place.file('done')
    elif why == 'foreign':
        folder(place, 'done', 'root')
    elif why == 'system':
        folder(place, 'lib')
        to = '/lib'
    elif why == 'rules':
        folder(place, 'done', 'root', 0o777)
        name = '.ftpaccess'
    s = ftpd(hidden + move(to))
    c = s.login()
    before = {p: names(p) for p in place.home().iterdir() if p.is_dir()}
    assert c.store(f'STOR {name}', b'content') == 226
    assert (place.home() / name).read_bytes() == b'content'
    assert {p: names(p) for p in place.home().iterdir() if p.is_dir()} == before
    assert not [n for n in names(place.home()) if n.startswith('.in.')]
    said = {'missing': 'No such file', 'link': 'symbolic links', 'file': 'Not a directory',
            'foreign': 'Permission denied', 'system': 'not permitted',
            'rules': 'not permitted'}[why]
    line = 3 + bool(hidden)
    s.log_wait(rf'{s.conf_path}:{line}: StoreMoveTo {to}: /{name} stays where it is: .*{said}')
    assert s.xferlog()[0][-1] == 'c'


@HIDDEN
def test_another_file_system(ftpd, place, done, hidden):
    s = ftpd(hidden + move(), etc={}, mounts=f'mount -t tmpfs -o mode=777 none {done}')
    c = s.login()
    assert c.store('STOR f', b'content') == 226
    assert names(place.home()) == ['done', 'f'] and c.names('NLST done') == []
    s.log_wait('StoreMoveTo /done: /f stays where it is: another file system')


@HIDDEN
def test_only_what_is_whole(ftpd, place, done, hidden):
    s = ftpd(hidden + move() + 'AllowOverwrite on\nAllowStoreRestart on')
    c = s.login()
    c.cmd('TYPE I')
    reply, data = c.open('STOR f')
    data.sendall(b'01234')
    until(lambda: [p.stat().st_size for p in place.home().iterdir() if p.is_file()] == [5])
    c.reset()
    s.exit_status()
    assert names(done) == []
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR f', b'56789', rest=5) == 226
    assert names(place.home()) == ['done'] and (done / 'f').read_bytes() == b'0123456789'
    reply, data = c.open('STOR g')
    data.sendall(b'x')
    assert c.cmd('ABOR') == 426
    assert c.reply() == 226
    data.close()
    assert names(done) == ['f']


def test_what_took_its_place_is_left_alone(ftpd, place, done):
    """Only what was uploaded is moved, and only what was there before is replaced."""
    s = ftpd(move() + 'AllowOverwrite on\nHiddenStores off')
    c = s.login()
    reply, data = c.open('STOR f')
    until(lambda: (place.home() / 'f').exists())
    place.file('another', b'another').rename(place.home() / 'f')
    data.sendall(b'content')
    data.close()
    assert c.reply() == 226
    assert (place.home() / 'f').read_bytes() == b'another' and names(done) == []
    s.log_wait('StoreMoveTo /done: /f stays where it is: ')
    s.configure('HiddenStores on\n' + move() + 'AllowOverwrite on')
    c = s.login()
    for there, kept in ((b'old', False), (b'new', True)):
        (place.home() / 'f').unlink()
        place.file('f', b'old')
        reply, data = c.open('STOR f')
        until(lambda: (place.home() / '.in.f.').exists())
        if kept:
            place.file('another', there).rename(place.home() / 'f')
        data.close()
        assert c.reply() == 226
        assert names(place.home()) == (['done', 'f'] if kept else ['done'])
        place.file('f', there)
    assert len(names(done)) == 2


@HIDDEN
@pytest.mark.parametrize('sticky', [False, True])
def test_userowner(ftpd, place, hidden, sticky):
    home = place.home()
    owner = 'UserOwner bob\nGroupOwner staff\n'
    folder(place, 'done', 'root', 0o1777)
    if sticky:
        os.chown(home, 0, 0)
        home.chmod(0o1777)
    s = ftpd(hidden + move(more=owner) + f'<Directory {{home}}/alice/done>\n{owner}</Directory>')
    c = s.login()
    assert c.store('STOR f', b'x') == 226
    assert names(home) == ['done']
    made = (home / 'done/f').stat()
    assert (made.st_uid, made.st_gid) == (uid_of('bob'), 61102)
    assert c.quit() == 221 and s.exit_status() == 0
    assert 'Owner' not in s.log() and 'StoreMoveTo' not in s.log()


def test_it_is_inherited_and_taken_back(ftpd, place, done):
    for name in ('sub', 'kept'):
        folder(place, name)
    s = ftpd(move() + '<Directory {home}/alice/kept>\nStoreMoveTo none\n</Directory>')
    c = s.login()
    for name in ('sub', 'kept'):
        assert c.store(f'STOR {name}/{name}', b'x') == 226
    assert names(done) == ['sub'] and names(place.home() / 'kept') == ['kept']


def test_anonymous_where_no_client_can_look(ftpd, place):
    where = place.anon / 'arrived'
    where.mkdir()
    os.chown(where, *[uid_of('username'), 61103])
    s = ftpd('<Anonymous {anon}>\nUser username\nGroup usergroup\n'
             '<Directory pub/incoming>\nHiddenStores on\nStoreMoveTo /arrived\n</Directory>\n'
             '<Directory arrived>\n<Limit ALL>\nDenyAll\n</Limit>\n</Directory>\n</Anonymous>')
    c = s.login('username', 'me@example.org')
    assert c.store('STOR pub/incoming/new', b'x') == 226
    assert names(where) == ['new'] and names(place.anon / 'pub/incoming') == ['old']
    assert c.store('STOR arrived/other', b'x') == 550
    assert c.fetch('RETR arrived/new')[0] == 550
    assert s.xferlog()[0][8] == f'{place.anon}/pub/incoming/new'
    assert s.check()[0] == 0
    where.rename(place.anon / 'gone')
    assert re.search(rf'warning: .*:6: StoreMoveTo: {where}: No such file', s.check()[1])


@needs_tls[0]
@needs_tls[1]
@HIDDEN
def test_over_tls(ftpd, place, certs, done, hidden):     # noqa: F811
    s = ftpd(certs.conf(more=hidden + move()))
    c = tls.login(s, certs.context())
    assert c.store('STOR f', b'binary') == 226
    c.cmd('TYPE A')
    assert c.store('STOR g', b'text\r\n') == 226
    assert (done / 'f').read_bytes() == b'binary' and (done / 'g').read_bytes() == b'text\n'
    # cut off: not whole
    c.cmd('TYPE I')
    reply, data = c.open('STOR h')
    data.sendall(b'half')
    data.close()
    assert c.reply() == 426
    assert names(done) == ['f', 'g']


@HIDDEN
def test_a_watcher_of_the_target_sees_whole_files_alone(ftpd, place, done, hidden):
    s = ftpd(hidden + move())
    watcher = Watcher(done, s.xferlog_path)
    watcher.start()
    c = s.login()
    c.cmd('TYPE I')
    for n in range(COUNT):
        assert c.store(f'STOR upload{n:03}', content(f'upload{n:03}')) == 226
    s.xferlog(COUNT)
    watcher.stop.set()
    watcher.join()
    assert not watcher.wrong, watcher.wrong
    assert len(watcher.named) == len(watcher.logged) == COUNT


@pytest.mark.parametrize('line, error', [
    ('StoreMoveTo done', 'begins with / or ~/'), ('StoreMoveTo', 'takes 1 value'),
    ('StoreMoveTo /a /b', 'takes 1 value'), ('StoreMoveTo ""', 'begins with / or ~/'),
    ('StoreMoveTo ~bob/x', 'begins with / or ~/')])
def test_mistakes(ftpd, line, error):
    status, said = ftpd(f'<Directory /x>\n{line}\n</Directory>').check()
    assert status == 1 and re.search(rf':2: StoreMoveTo: .*{re.escape(error)}', said), said


def test_where_it_may_stand(ftpd, place):
    assert ':1: StoreMoveTo: not allowed' in ftpd('StoreMoveTo /done').check()[1]
    place.file('.ftpaccess', 'StoreMoveTo /tmp\n')
    assert ftpd('AllowOverride on').login().store('STOR f', b'x') == 550


def test_modes_stay(ftpd, place, done):
    c = ftpd(move() + 'Umask 077').login()
    assert c.store('STOR f', b'x') == 226
    assert stat.S_IMODE((done / 'f').stat().st_mode) == 0o600
