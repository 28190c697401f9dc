"""A captured session against the TLS process; and what its sandbox has to bear."""

import array
import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import threading

import pytest

import tls
from conftest import release_only
from harness import open_files, processes, until
from tls import both, certs, needs_tls

pytestmark = needs_tls

PIDFD_GETFD = 438
OPEN, RECEIVE, CLOSE, OPENED, CLOSED = 240, 243, 244, 260, 263


class Captured:
    """The session of the newest connection, stopped, and its end of the TLS process's channel."""

    def __init__(self, s):
        self.tls, self.pid = tls.tls_process(s), tls.session_process(s)
        os.kill(self.pid, signal.SIGSTOP)
        pidfd = os.pidfd_open(self.pid)
        fd = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, pidfd, self.channel(), 0)
        os.close(pidfd)
        assert fd >= 0
        self.sock = socket.socket(fileno=fd)
        self.sock.settimeout(20)

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def channel(self):
        """Which of its descriptors leads to the TLS process."""
        theirs = set(sockets(self.tls))
        for line in subprocess.run(['ss', '-x', '-a', '-n'], capture_output=True, text=True,
                                   check=True).stdout.splitlines():
            inodes = re.findall(r' \* (\d+)', line)
            if line.startswith('u_seq') and len(inodes) == 2 and inodes[1] in theirs:
                mine = [fd for inode, fd in sockets(self.pid).items() if inode == inodes[0]]
                if mine:
                    return mine[0]
        pytest.skip('ss does not tell the ends of a pair')

    def say(self, kind, *numbers, fd=None):
        rights = ([] if fd is None
                  else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [fd]))])
        message = struct.pack('=I', kind) + b''.join(
            struct.pack('=I' if n < 1 << 32 else '=Q', n) for n in numbers)
        self.sock.sendmsg([message], rights)

    def hear(self):
        """A message's kind and its first number; None at the end."""
        message = self.sock.recv(65536)
        return struct.unpack_from('=II', message.ljust(8, b'\0')) if message else None

    def shake(self, context, reuse=True):
        """Have the TLS process serve us, over a pair of our own: our end under TLS, or None."""
        ours, theirs = socket.socketpair()
        ours.settimeout(20)
        self.say(OPEN, int(reuse), fd=theirs.fileno())
        theirs.close()
        with contextlib.suppress(OSError):
            return context.wrap_socket(ours, server_hostname='localhost')
        return None


def sockets(pid):
    """inode → descriptor."""
    return {what[8:-1]: fd for fd, what in open_files(pid).items() if what.startswith('socket:[')}


def gone(pid):
    try:
        return ') Z ' in pathlib.Path(f'/proc/{pid}/stat').read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def capture(ftpd):
    """capture(server): its session; one that is stopped would stay when its client has gone."""
    taken = []

    def take(s):
        taken.append(Captured(s))
        return taken[-1]

    yield take
    for session in taken:
        session.end()


# -- a captured session ---------------------------------------------------------------------

@release_only
@both
def test_the_key_answers_for_no_socket_of_a_sessions(ftpd, certs, capture, version):
    # it says that nobody has to resume: the administrator has not
    s = ftpd(certs.conf())
    tls.login(s, certs.context(version))
    session = capture(s)
    assert session.shake(certs.context(version), reuse=False) is None
    assert session.hear() == (OPENED, 1)         # EPERM


@release_only
@pytest.mark.parametrize('where', ['server', 'global', 'user'])
def test_where_nobody_has_to_resume(ftpd, place, certs, where):
    line = 'TLSOptions NoSessionReuseRequired'
    line = {'server': line, 'global': f'<Global>\n{line}\n</Global>',
            'user': f'<IfUser alice>\n{line}\n</IfUser>'}[where]
    place.file('f', b'content')
    s = ftpd(certs.conf(more=line))
    c = tls.login(s, certs.context())
    c.session = lambda: None
    assert c.get('f') == b'content'


@release_only
@pytest.mark.parametrize('what', ['close with a descriptor', 'close with more',
                                  'a task for nothing', 'a session that never listens'])
def test_nonsense_of_a_captured_session(ftpd, certs, capture, what):
    s = ftpd(certs.conf())
    tls.login(s, certs.context())
    session = capture(s)
    if what == 'close with a descriptor':
        session.say(CLOSE, fd=session.sock.fileno())
    elif what == 'close with more':
        session.say(CLOSE, 1)
    elif what == 'a task for nothing':
        session.say(RECEIVE, 1 << 40, fd=session.sock.fileno())
    else:
        session.sock.settimeout(2)
        with contextlib.suppress(TimeoutError):
            while True:
                session.say(CLOSE)
        session.end()
        session.sock.close()
    until(lambda: gone(session.tls))
    if session.sock.fileno() >= 0:
        assert session.hear() is None
    session.end()
    s.exit_status()
    until(lambda: not processes(s.spawned[-1].pid))
    tls.still_serves(s, certs)


@release_only
@pytest.mark.parametrize('end', ['session', 'monitor'])
def test_a_descriptor_that_blocks(ftpd, certs, capture, end):
    # a pipe that is full, and whose reader stays: write(2) never comes back
    s = ftpd(certs.conf(more='TLSOptions NoSessionReuseRequired'))
    tls.login(s, certs.context())
    session = capture(s)
    wire = session.shake(certs.context(), reuse=False)
    assert session.hear() == (OPENED, 0)
    reader, writer = os.pipe()
    try:
        session.say(RECEIVE, 1 << 40, fd=writer)
        wire.settimeout(1)
        with contextlib.suppress(TimeoutError):
            while True:
                wire.send(b'x' * 16384)
        until(lambda: 'pipe' in pathlib.Path(f'/proc/{session.tls}/wchan').read_text() or
              re.search(r'^1 ', pathlib.Path(f'/proc/{session.tls}/syscall').read_text()))
        os.kill(session.pid if end == 'session' else s.monitor, signal.SIGKILL)
        until(lambda: gone(session.tls))
        session.end()
        until(lambda: not processes(s.spawned[-1].pid))
    finally:
        os.close(reader)
        os.close(writer)


@release_only
@pytest.mark.parametrize('what', ['directory', 'O_PATH', 'epoll', 'listener', 'datagram',
                                  'its own'])
def test_strange_descriptors(ftpd, certs, capture, what):
    s = ftpd(certs.conf())
    tls.login(s, certs.context())
    session = capture(s)
    listener = socket.create_server(('127.0.0.1', 0))
    datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    listener.setblocking(False)
    fd = {'directory': lambda: os.open('/', os.O_RDONLY), 'O_PATH': lambda: os.open('/', os.O_PATH),
          'epoll': lambda: ctypes.CDLL(None).epoll_create1(0), 'listener': listener.fileno,
          'datagram': datagram.fileno, 'its own': session.sock.fileno}[what]()
    before = set(os.listdir(f'/proc/{session.tls}/fd'))
    session.say(OPEN, 1, fd=fd)
    if what not in ('directory', 'O_PATH'):      # nothing is there to be read, until
        session.say(CLOSE)
        assert session.hear() == (CLOSED, 0)
    else:
        kind, err = session.hear()
        assert (kind, err) == (OPENED, 71)       # EPROTO
    session.say(CLOSE)
    assert session.hear() == (CLOSED, 0)
    assert set(os.listdir(f'/proc/{session.tls}/fd')) == before


# -- work without end -----------------------------------------------------------------------

def test_attack_63_a_flood_of_key_updates(ftpd, place, certs):
    program, source = place.dir / 'flood', pathlib.Path(__file__).with_name('flood.c')
    if not shutil.which('gcc') or subprocess.run(
            ['gcc', '-o', program, source, '-lssl', '-lcrypto'], capture_output=True).returncode:
        pytest.skip('gcc or the headers of OpenSSL are not installed')
    s = ftpd(certs.conf())
    size, sent = map(int, subprocess.run(
        [program, str(s.address[1]), '200000'], text=True, timeout=50, capture_output=True,
        check=True).stdout.split())
    assert sent < size                           # it was not heard to the end
    until(lambda: s.spawned and not processes(s.spawned[-1].pid))
    assert 'new keys over and over' in s.log()


@both
def test_a_client_that_sends_behind_the_end_of_a_download(ftpd, place, certs, version):
    place.file('f', b'content')
    s = ftpd(certs.conf())
    c = tls.login(s, certs.context(version))
    reply, data = c.open('RETR f')
    raw = socket.socket(fileno=os.dup(data.fileno()))
    going = threading.Event()

    def send():
        with contextlib.suppress(OSError):
            while not going.is_set():
                raw.sendall(b'x' * 262144)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        assert c.reply() in (226, 426)
        assert c.cmd('NOOP') == 200
    finally:
        going.set()
        data.close()
        raw.close()
        for thread in threads:
            thread.join()


# -- large configurations ---------------------------------------------------------------------

def many(certs, number):
    """The CA under other names: nobody looks at a root's own signature."""
    made = ssl.PEM_cert_to_DER_cert(certs.ca.cert.read_text())
    for n in range(number):
        yield ssl.DER_cert_to_PEM_cert(made.replace(b'Test CA', b'%07d' % n))


@both
def test_hundreds_of_cas(ftpd, place, certs, version):
    # libc sorts as many as these in another way, which asks the kernel for the machine's memory
    cas = place.write('cas.pem', certs.ca.cert.read_text() + ''.join(many(certs, 500)))
    s = ftpd(certs.conf(more=f'TLSVerifyClient on\nTLSCACertificateFile {cas}'))
    c = tls.login(s, certs.context(version, client='alice'))
    assert c.names() == []


@both
def test_hundreds_of_cas_in_a_directory(ftpd, place, certs, version):
    hashed = place.dir / 'cas'
    hashed.mkdir()
    for n, ca in enumerate([certs.ca.cert.read_text(), *many(certs, 900)]):
        (hashed / f'{n:08x}.0').write_text(ca)
    s = ftpd(certs.conf(more=f'TLSVerifyClient on\nTLSCACertificatePath {hashed}'))
    c = tls.login(s, certs.context(version, client='alice'))
    assert c.names() == []
    assert c.quit() == 221


@pytest.mark.parametrize('directive', ['TLSCACertificatePath', 'TLSCARevocationPath'])
@pytest.mark.parametrize('number', [0, 1001])
def test_directories_that_cannot_be_served(ftpd, place, certs, directive, number):
    # where no list is found nobody would be looked up in one
    hashed = place.dir / 'hashed'
    hashed.mkdir()
    crl = certs.crl('revoked').read_text()
    for n in range(number):
        (hashed / f'{n:08x}.{"" if "Certificate" in directive else "r"}0').write_text(
            certs.ca.cert.read_text() if 'Certificate' in directive else crl)
    s = ftpd(certs.conf(more=f'TLSVerifyClient on\nTLSCACertificateFile {certs.ca.cert}\n'
                             f'{directive} {hashed}'))
    c = s.connect()
    assert c.cmd('AUTH TLS') == 431
    why = f'{directive}: {hashed}: ' + ('more than 1,000 files' if number else 'holds no ')
    s.log_wait(re.escape(why))
    code, said = s.check()
    assert code == 1 and why in said


def test_auth_again_and_again(ftpd, place, certs):
    key = place.write('key.pem', certs.ec.key.read_bytes(), 0o644)
    s = ftpd(f'TLSEngine on\nTLSECCertificateFile {certs.ec.cert}\nTLSECCertificateKeyFile {key}')
    c = s.connect()
    for _ in range(10):
        assert c.cmd('AUTH TLS') == 431
    assert c.login() == 230
    assert 'boundary' not in s.log()


# -- whoever dies, in a handshake ---------------------------------------------------------------

@release_only
@pytest.mark.parametrize('who, how', [
    (who, how) for who in ('tls', 'session', 'monitor')
    for how in ('first word', 'half a hello', 'implicit')
    if (who, how) != ('session', 'implicit')])          # there is none yet
def test_killed_in_a_handshake(ftpd, certs, who, how):
    implicit = how == 'implicit'
    s = ftpd(certs.conf(more='TLSOptions UseImplicitSSL' if implicit else ''))
    if implicit:
        c = s.connect(greet=False)
        sock = c.sock
    else:
        sock = tls.started(s)
    if how == 'half a hello':
        sock.sendall(b'\x16\x03\x01\x01\x00\x01\x00')
    pids = {'tls': tls.tls_process(s), 'monitor': s.monitor}
    if not implicit:
        pids['session'] = tls.session_process(s)
    os.kill(pids[who], signal.SIGKILL)
    with contextlib.suppress(OSError):           # a reset, where the hello was not read
        said = tls.drain(sock)
        assert said == b'' or said[0] == tls.ALERT, said         # and nothing in clear
    until(lambda: all(gone(pid) for pid in pids.values()))
    sock.close()
