"""UploadNotify: who waits for uploads is told of each, and waits for nobody."""

import contextlib
import json
import os
import re
import socket
import threading

import pytest

import tls
from harness import open_files, processes, uid_of, until
from tls import certs, needs_tls        # noqa: F401

NOTIFY = 'UploadNotify {dir}/socket\n'


class Receiver:
    def __init__(self, path):
        self.path = path
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(str(path))
        path.chmod(0o666)
        self.sock.settimeout(20)

    def next(self):
        data = self.sock.recv(1 << 20)
        assert data.endswith(b'}\n') and data.count(b'\n') == 1
        return json.loads(data.decode('utf-8'))

    def nothing(self):
        with contextlib.suppress(BlockingIOError):
            self.sock.setblocking(False)
            raise AssertionError(self.sock.recv(1 << 20))
        self.sock.settimeout(20)


@pytest.fixture
def receiver(place):
    made = Receiver(place.dir / 'socket')
    yield made
    made.sock.close()


@pytest.fixture(params=['', 'HiddenStores on\n'], ids=['plain', 'hidden'])
def hidden(request):
    return request.param


def test_a_line_for_each_upload(ftpd, place, receiver, hidden):
    s = ftpd(NOTIFY + hidden + 'AllowOverwrite on\nAllowStoreRestart on')
    c = s.login()
    assert c.store('STOR f', b'content') == 226
    line = receiver.next()
    assert list(line) == ['time', 'user', 'peer', 'path', 'size', 'result']
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z', line.pop('time'))
    assert line == {'user': 'alice', 'peer': '127.0.0.1', 'path': f'{place.home()}/f', 'size': 7,
                    'result': 'complete'}
    # who reads it finds the file, and the transfer log's line
    assert (place.home() / 'f').read_bytes() == b'content'
    assert s.xferlog_path.read_text().count('\n') == 1
    # the file's size, not what went over the network
    assert c.store('APPE f', b' and more') == 226
    assert receiver.next()['size'] == 16
    c.cmd('TYPE A')
    assert c.store('STOR f', b'a\r\nb\r\n') == 226
    assert receiver.next()['size'] == 4
    reply, data = c.open('STOU')
    name = re.search(r'FILE: (\S+)', reply.text)[1]
    data.close()
    assert c.reply() == 226
    line = receiver.next()
    assert line['path'] == f'{place.home()}/{name}' and line['size'] == 0
    # nothing else is an upload
    assert c.get('f') == b'a\r\nb\r\n'
    assert c.cmd('DELE f') == 250
    assert c.store('STOR absent/f', b'x') == 550
    assert c.names() == [name]
    s.xferlog(6)
    receiver.nothing()


def test_what_is_not_whole(ftpd, place, receiver, hidden):
    s = ftpd(NOTIFY + hidden)
    c = s.login()
    c.cmd('TYPE I')
    reply, data = c.open('STOR f')
    data.sendall(b'half')
    until(lambda: [p.stat().st_size for p in place.home().iterdir()] == [4])
    assert c.cmd('ABOR') == 426
    assert c.reply() == 226
    data.close()
    line = receiver.next()
    assert (line['path'], line['size'], line['result']) == (f'{place.home()}/f', 4, 'incomplete')
    reply, data = c.open('STOR g')
    data.sendall(b'half a file')
    c.reset()
    s.exit_status()
    assert receiver.next()['result'] == 'incomplete'


def test_where_storemoveto_brought_it(ftpd, place, receiver, hidden):
    done = place.home() / 'done'
    done.mkdir()
    os.chown(done, uid_of('alice'), 61100)
    s = ftpd(NOTIFY + hidden + 'DefaultRoot ~\nTransferLog none\n'
             '<Directory {home}/alice>\nStoreMoveTo /done\n</Directory>')
    c = s.login()
    for _ in range(2):
        assert c.store('STOR f', b'content') == 226
        line = receiver.next()
        assert line['path'].startswith(f'{done}/f') and line['size'] == 7
        with open(line['path'], 'rb') as file:
            assert file.read() == b'content'
    assert len(list(done.iterdir())) == 2
    # what is there already stays, under its name
    assert c.store('STOR done/g', b'content') == 226
    assert receiver.next()['path'] == f'{done}/g'
    assert not s.xferlog_path.exists()


@pytest.mark.parametrize('name, shown', [
    (b'a "b" \\ c', 'a "b" \\ c'), (b'tab\t\x01\x7f', 'tab\t\x01\x7f'),
    ('ä€\U0001f600'.encode(), 'ä€\U0001f600'), (b'latin-\xe4', 'latin-ä'), (b'cut-\xc3', 'cut-Ã'),
    (b'\xed\xa0\x80', 'í\xa0\x80')])
def test_names(ftpd, place, receiver, name, shown):
    c = ftpd(NOTIFY).login()
    assert c.store(b'STOR ' + name, b'x') == 226
    line = receiver.next()
    assert line['path'] == f'{place.home()}/{shown}'
    try:
        name.decode()
        assert 'path_hex' not in line
    except UnicodeDecodeError:
        assert bytes.fromhex(line['path_hex']) == os.fsencode(place.home()) + b'/' + name


def test_nobody_is_there(ftpd, place):
    s = ftpd(NOTIFY)
    c = s.login()
    for n in range(3):
        assert c.store(f'STOR f{n}', b'x') == 226
    s.log_wait('UploadNotify')
    # the reader may come late
    receiver = Receiver(place.dir / 'socket')
    assert c.store('STOR g', b'x') == 226
    until(lambda: receiver.next()['path'].endswith('/g'))    # the one before may be on its way yet
    receiver.sock.close()
    assert c.store('STOR h', b'x') == 226
    assert c.quit() == 221 and s.exit_status() == 0
    said = [l for l in s.log().splitlines() if 'UploadNotify' in l]
    assert len(said) == 1
    assert re.search(rf'{s.conf_path}:1: UploadNotify {place.dir}/socket: No such file', said[0])
    # the next session says it again
    (place.dir / 'socket').unlink()
    place.write('socket', 'no socket')
    assert s.login().store('STOR i', b'x') == 226
    s.log_wait('UploadNotify .*: Connection refused')


def test_it_is_full(ftpd, place, receiver):
    s = ftpd(NOTIFY)
    c = s.login()
    with contextlib.ExitStack() as senders:
        for n in range(1000):           # as many as its queue holds, whoever sends them
            sender = senders.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            try:
                sender.sendto(b'{}\n', socket.MSG_DONTWAIT, str(receiver.path))
            except BlockingIOError:
                break
        for n in range(3):
            assert c.store(f'STOR f{n}', b'x') == 226
    assert c.quit() == 221 and s.exit_status() == 0
    said = [l for l in s.log().splitlines() if 'UploadNotify' in l]
    assert len(said) == 1 and 'full' in said[0]
    assert receiver.next() == {}


def test_one_socket_for_each_directory(ftpd, place, receiver):
    other = Receiver(place.dir / 'other')
    for name in ('other', 'silent'):
        (place.home() / name).mkdir()
        os.chown(place.home() / name, uid_of('alice'), 61100)
    c = ftpd(NOTIFY + 'DefaultRoot ~\n<Directory ~/other>\nUploadNotify {dir}/other\n</Directory>\n'
             '<Directory {home}/alice/silent>\nUploadNotify none\n</Directory>').login()
    for name in ('silent/a', 'other/b', 'c'):
        assert c.store(f'STOR {name}', b'x') == 226
    assert receiver.next()['path'].endswith('/alice/c')
    assert other.next()['path'].endswith('/other/b')
    receiver.nothing()
    other.nothing()
    other.sock.close()


def test_a_section_alone(ftpd, place, receiver):
    c = ftpd('<Anonymous {anon}>\nUser username\nGroup usergroup\n<Directory pub/incoming>\n'
             + NOTIFY + '</Directory>\n</Anonymous>').login('username', 'root')
    assert c.store('STOR pub/incoming/new', b'x') == 226
    line = receiver.next()
    # what he typed as his address is nobody's name
    assert line['user'] == 'username' and line['path'] == f'{place.anon}/pub/incoming/new'


def test_who_holds_the_socket(ftpd, place, receiver):
    s = ftpd(NOTIFY)
    c = s.login()

    def datagram_sockets(pid):
        inodes = {l.split()[6] for l in open('/proc/net/unix').readlines()[1:]
                  if l.split()[4] == '0002'}
        return [f for f in open_files(pid).values()
                if f.startswith('socket:') and f[8:-1] in inodes]

    assert datagram_sockets(s.monitor) == []     # nobody uploaded yet
    assert c.store('STOR f', b'x') == 226
    receiver.next()
    until(lambda: len(datagram_sockets(s.monitor)) == 1)     # the kernel's table moves meanwhile
    assert datagram_sockets(s.session()) == []
    s.processes()                                # and nothing was executed


def test_without_root(ftpd, place, receiver):
    s = ftpd(NOTIFY)
    s.give_to('carol')
    assert s.login('carol').store('STOR f', b'x') == 226
    assert receiver.next()['user'] == 'carol'


@needs_tls[0]
@needs_tls[1]
def test_over_tls(ftpd, place, certs, receiver, hidden):     # noqa: F811
    c = tls.login(ftpd(certs.conf(more=NOTIFY + hidden)), certs.context())
    assert c.store('STOR f', b'x' * 100000) == 226
    line = receiver.next()
    assert line['size'] == 100000 and line['result'] == 'complete'
    c.cmd('TYPE A')
    assert c.store('STOR g', b'a\r\nb\r\n') == 226
    assert receiver.next()['size'] == 4
    c.cmd('TYPE I')
    reply, data = c.open('STOR h')
    data.sendall(b'half')
    data.close()                                 # without a close_notify
    assert c.reply() == 426
    assert receiver.next()['result'] == 'incomplete'


@needs_tls[0]
@needs_tls[1]
def test_faq_5_5a_over_tls(ftpd, place, certs, receiver):     # noqa: F811
    """Whoever acts on a line, of the socket or of the transfer log, finds the whole file."""
    s = ftpd(certs.conf(more=NOTIFY + 'HiddenStores on'))
    body = bytes(range(256)) * 1000
    seen, wrong = [], []

    def act():
        for _ in range(100):
            path = receiver.next()['path']
            seen.append(path)
            if place.dir.joinpath(path).read_bytes() != body or \
                    path not in s.xferlog_path.read_text():
                wrong.append(path)

    watcher = threading.Thread(target=act, daemon=True)
    watcher.start()
    c = tls.login(s, certs.context())
    for n in range(100):
        reply, data = c.open(f'STOR f{n:02}')
        data.sendall(body[:1000])
        assert not (place.home() / f'f{n:02}').exists()
        data.sendall(body[1000:])
        data.finish()
        assert c.reply() == 226
        until(lambda: len(seen) == n + 1)       # the socket holds no more than some lines
    watcher.join(20)
    assert not watcher.is_alive() and not wrong


@pytest.mark.parametrize('line, error', [
    ('UploadNotify socket', 'absolute path'), ('UploadNotify', 'takes 1 value'),
    ('UploadNotify /' + 'x' * 107, 'at most 107 bytes'),
    ('UploadNotify {xferlog}', 'not a socket')])
def test_mistakes(ftpd, line, error):
    s = ftpd(line)
    s.xferlog_path.write_text('')
    status, said = s.check()
    assert status == 1 and re.search(rf':1: UploadNotify: .*{error}', said), said


def test_warnings(ftpd, place):
    open_to_all = place.dir / 'open'
    open_to_all.mkdir()
    open_to_all.chmod(0o1777)
    status, said = ftpd('UploadNotify {dir}/open/socket').check()
    assert status == 0
    assert re.search(':1: UploadNotify: .*No such file.*: nobody is told now', said)
    assert re.search(':1: UploadNotify: .*everybody may put', said)
    status, said = ftpd('<Global>\nUploadNotify {dir}/socket\n</Global>').check()
    assert status == 0 and said.count('UploadNotify') == 1
