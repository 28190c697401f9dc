"""
TLS for the tests: a client that protects its connections, handshakes made by hand, and openssl's
own client where python's cannot do what is wanted.
"""

import contextlib
import os
import pathlib
import random
import re
import select
import shutil
import socket
import ssl
import subprocess

import pytest

import harness
from certificates import OID, VERSIONS, Certificates, Pair, openssl      # noqa: F401
from client import Client
from harness import maps, processes, until


def built_with_tls():
    if not harness.BUILT.exists():
        return True         # the fixture `binary` complains
    run = subprocess.run([harness.BUILT, '-V'], stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, check=False)
    return 'TLS=no' not in run.stdout


needs_tls = [
    pytest.mark.skipif(not built_with_tls(), reason='built without TLS'),
    pytest.mark.skipif(not shutil.which('openssl'), reason='openssl cannot be had here'),
]

both = pytest.mark.parametrize('version', list(VERSIONS))

# Around the sizes where a TLS record ends.
SIZES = (0, 1, 16383, 16384, 16385, 65536, (3 << 20) + 7)


# -- a client --------------------------------------------------------------------

class Protected(ssl.SSLSocket):
    """A connection under TLS that knows whether the other side said goodbye."""

    ragged = False      # the bytes ended without a close_notify

    def recv(self, buflen=1024, flags=0):
        try:
            return super().recv(buflen, flags)
        except ssl.SSLZeroReturnError:
            return b''
        except ssl.SSLError as error:
            if not isinstance(error, ssl.SSLEOFError) and \
                    error.reason != 'UNEXPECTED_EOF_WHILE_READING':
                raise
            self.ragged = True
            return b''

    def notify(self):
        """Say close_notify, and await nothing."""
        timeout = self.gettimeout()
        with contextlib.suppress(OSError):
            self.settimeout(0)
            while True:
                try:
                    super().unwrap()
                    break
                except ssl.SSLWantWriteError:       # behind what the server has not taken yet
                    if not select.select([], [self], [], timeout)[1]:
                        break
        with contextlib.suppress(OSError):
            self.settimeout(timeout)

    def finish(self):
        """close_notify both ways, then the end."""
        try:
            self.unwrap().close()
        except (ssl.SSLError, OSError):
            self.ragged = True
            self.close()


def wrap(context, sock, name, session=None):
    return context.wrap_socket(sock, server_hostname=name, session=session,
                               suppress_ragged_eofs=False)


class Secure(Client):
    """
    A client that can AUTH and protect. Each data connection resumes the control connection's
    session as it is then, unless `session` says another: a function that returns one, or None.
    """

    def __init__(self, address, context, name=None, implicit=False, **how):
        super().__init__(address, **how)
        self.context, self.name = context, name or address[0]
        self.prot, self.trouble = 'C', None
        self.session = lambda: self.sock.session
        if implicit:
            self.handshake()
            self.prot = 'P'

    def handshake(self):
        assert self.buffer == b'', self.buffer
        self.sock = wrap(self.context, self.sock, self.name)

    def auth(self, mechanism='TLS'):
        reply = self.cmd(f'AUTH {mechanism}')
        if reply == 234:
            self.handshake()
        return reply

    def protect(self, level='P'):
        assert self.cmd('PBSZ 0') == 200
        reply = self.cmd(f'PROT {level}')
        assert reply == 200, reply
        self.prot = level

    def at_end(self):
        end = super().at_end()
        if isinstance(self.sock, Protected):
            assert not self.sock.ragged, 'the control connection ended without a close_notify'
        return end

    def secure_data(self, data):
        """A handshake on a data connection; None where the server will not have it."""
        # or our close_notify waits for an ACK of the bytes before it
        data.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            return wrap(self.context, data, self.name, self.session())
        except (ssl.SSLError, OSError) as error:
            self.trouble = error
            data.close()
            return None

    def open(self, line, mode='pasv'):
        reply, data = super().open(line, mode)
        if data and self.prot == 'P':
            data = self.secure_data(data)
            if not data:
                return self.reply(), None
        return reply, data

    def fetch(self, line, mode='pasv', rest=None):
        if rest is not None:
            assert self.cmd(f'REST {rest}') == 350
        reply, data = self.open(line, mode)
        if not data:
            return reply, None
        parts = []
        while part := data.recv(1 << 20):
            parts.append(part)
        reply = self.reply()
        if isinstance(data, Protected):
            assert reply != 226 or not data.ragged, '226 to a download without a close_notify'
            data.notify()
        data.close()
        return reply, b''.join(parts)

    def store(self, line, content, mode='pasv', rest=None):
        if rest is not None:
            assert self.cmd(f'REST {rest}') == 350
        reply, data = self.open(line, mode)
        if not data:
            return reply
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
            data.sendall(content)
        if isinstance(data, Protected):
            data.finish()
        data.close()
        reply = self.reply()
        if isinstance(data, Protected):
            assert reply != 226 or not data.ragged, 'no close_notify in answer to ours'
        return reply


def connect(server, context, greet=True, **how):
    client = Secure(server.address, context, **how)
    server.clients.append(client)
    if greet:
        assert client.greet() == 220, client.welcome
    return client


def secured(server, context, **how):
    """A control connection under TLS, and nobody logged in."""
    client = connect(server, context, **how)
    reply = client.auth()
    assert reply == 234, reply
    return client


def login(server, context, user='alice', password='pw', prot='P', **how):
    client = secured(server, context, **how)
    if prot:
        client.protect(prot)
    reply = client.login(user, password)
    assert reply in (230, 232), reply
    client.cmd('TYPE I')
    return client


@pytest.fixture(scope='session')
def certs(tmp_path_factory):
    base = tmp_path_factory.getbasetemp()
    if 'PYTEST_XDIST_WORKER' in os.environ:
        base = base.parent
    return Certificates(base / 'certificates', Protected)


def content(size):
    return random.Random(size).randbytes(size)


def shown(c):
    return ssl.DER_cert_to_PEM_cert(c.sock.getpeercert(True)).strip()


def started(s):
    """A control connection that has its 234, as a socket."""
    c = s.connect()
    assert c.cmd('AUTH TLS') == 234
    return c.sock


def still_serves(s, certs):
    c = login(s, certs.context())
    assert c.names() is not None
    assert c.quit() == 221


def end(sock, how):
    if how == 'reset':
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
    sock.close()


# -- by hand ---------------------------------------------------------------------

HANDSHAKE, ALERT, APPLICATION = 22, 21, 23


def records(data):
    """The TLS records in `data`: (type, whole record). What is cut off at the end is left out."""
    found = []
    while len(data) >= 5 and len(data) >= 5 + int.from_bytes(data[3:5], 'big'):
        size = 5 + int.from_bytes(data[3:5], 'big')
        found.append((data[0], data[:size]))
        data = data[size:]
    return found


def alerts(data):
    """The alerts in clear in `data`, by number."""
    return [record[6] for kind, record in records(data) if kind == ALERT and len(record) == 7]


class Hand:
    """A handshake whose every byte is the test's own to send."""

    def __init__(self, sock, context, name='127.0.0.1', session=None):
        self.sock = sock
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name,
                                    session=session)
        self.done, self.seen = False, b''

    def flight(self):
        """What the client has to say next."""
        try:
            self.tls.do_handshake()
            self.done = True
        except ssl.SSLWantReadError:
            pass
        return self.outgoing.read()

    def hear(self):
        """Take what has come; False at the end."""
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            data = b''
        self.seen += data
        self.incoming.write(data)
        return bool(data)

    def shake(self):
        """The whole handshake."""
        while True:
            data = self.flight()
            if data:
                self.sock.sendall(data)
            if self.done:
                return
            assert self.hear(), 'the server closed during the handshake'

    def send(self, data):
        self.tls.write(data)
        self.sock.sendall(self.outgoing.read())

    def recv(self):
        """Some bytes of the application's; b'' at the end."""
        while True:
            try:
                return self.tls.read(65536)
            except ssl.SSLWantReadError:
                if not self.hear():
                    return b''
            except ssl.SSLZeroReturnError:
                return b''

    def line(self):
        data = b''
        while not data.endswith(b'\r\n'):
            more = self.recv()
            assert more, f'the end, behind {data!r}'
            data += more
        return data


def drain(sock):
    """Everything until the other side closes, or resets."""
    data = b''
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while part := sock.recv(65536):
            data += part
    return data


class SClient:
    """openssl s_client, which can renegotiate and change keys, spoken to line by line."""

    def __init__(self, server, *flags, starttls=True):
        argv = ['openssl', 's_client', '-connect', f'{server.address[0]}:{server.port}', '-crlf',
                *(['-starttls', 'ftp'] if starttls else []), *map(str, flags)]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, bufsize=0)
        self.output = b''

    def say(self, text):
        self.process.stdin.write(text.encode())

    def wait(self, pattern, deadline=20):
        """Await what is printed, and forget all up to its end. None: it ended first."""
        while True:
            match = re.search(pattern.encode(), self.output)
            if match:
                self.output = self.output[match.end():]
                return match
            ready, _, _ = select.select([self.process.stdout], [], [], deadline)
            assert ready, f'{pattern!r} did not come: {self.output!r}'
            part = self.process.stdout.read(65536)
            if not part:
                return None
            self.output += part

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.kill()
        return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()


# -- the server's processes --------------------------------------------------------

def tls_process(server, which=-1):
    """The newest connection's TLS process: the one that has the library."""
    until(lambda: len(server.spawned) >= len(server.clients))
    monitor = server.spawned[which].pid
    return until(lambda: [p for p in processes(monitor) if 'libssl' in maps(p)])[0]


def session_process(server):
    """The one that speaks to the newest connection's client."""
    tls = tls_process(server)

    def others():
        found = [p for p in server.children() if p != tls]
        return len(found) == 1 and found
    return until(others)[0]


def memory(pid):
    """What a process can read: (the region's line in maps, its bytes). Nothing, if it has ended."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
            open(f'/proc/{pid}/mem', 'rb', 0) as mem:
        for line in maps(pid).splitlines():
            fields = line.split()
            if 'r' not in fields[1] or fields[-1] in ('[vvar]', '[vsyscall]', '[vvar_vclock]'):
                continue
            start, end = (int(x, 16) for x in fields[0].split('-'))
            mem.seek(start)
            with contextlib.suppress(OSError):
                yield line, mem.read(end - start)


def private_memory(pid):
    """KiB that are this process's alone."""
    text = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text()
    return sum(int(n) for n in re.findall(r'^Private_(?:Clean|Dirty):\s+(\d+)', text, re.M))
