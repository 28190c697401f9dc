"""
Forged messages: a session that was captured says to its monitor whatever it likes, and its
neighbour's slot and record stay what they are. And the files of the counters are out of every
session's reach.
"""
import array
import contextlib
import ctypes
import os
import pathlib
import random
import re
import select
import signal
import socket
import struct

import pytest

import harness
import tls
from conftest import release_only
from harness import TOP, until, uid_of
from tls import certs, needs_tls  # noqa: F401 (fixtures)

PIDFD_GETFD = 438
HEADER, SLOT, RECORD, IDLE = 4096, 64, 1024, 1
DEATHS = 4
CONF = """ScoreboardFile {dir}/run/slots
UseReverseDNS off
MaxClients 50
MaxLoginAttempts none
DelayEngine off
AuthLog none
ExtendedLog {dir}/ext ALL
Ratios on
"""
libc = ctypes.CDLL(None, use_errno=True)


def requests():
    """What a session may ask, by the table itself: name → number."""
    text = (TOP / 'auth/msg.h').read_text()
    body = re.search(r'enum priv_request \{(.*?)\n\};', text, re.S)[1]
    names = re.findall(r'^\t(PRIV_\w+)', re.sub(r'/\*.*?\*/', '', body, flags=re.S), re.M)
    assert names[0] == 'PRIV_LOG' and names[-1] == 'PRIV_REQUESTS'
    return {name: number for number, name in enumerate(names, 1)}


NUMBERS = requests()
PHASES = ('connected', 'named', 'logged in', 'in a transfer')


def uid(pid):
    status = harness.status(pid)
    return status and status['Uid'].split()[0]


class Captured:
    """The session of the newest connection, stopped, and its end of the boundary."""

    def __init__(self, s):
        # once a user was named another one waits beside it, as root still, who reads nothing;
        # once he is logged in the first one leaves
        def readers():
            return [p for p in s.children() if uid(p) not in (None, '0')]
        self.pid, = until(lambda: len(found := readers()) == 1 and found)
        os.kill(self.pid, signal.SIGSTOP)
        pidfd = os.pidfd_open(self.pid)
        self.sock = None
        for fd in sorted(harness.open_files(self.pid)):
            got = libc.syscall(PIDFD_GETFD, pidfd, fd, 0)
            try:
                sock = socket.socket(fileno=got)
            except OSError:
                os.close(got)
                continue
            if (sock.family, sock.type) == (socket.AF_UNIX, socket.SOCK_SEQPACKET):
                self.sock = sock
                break
            sock.close()
        os.close(pidfd)
        assert self.sock is not None

    def say(self, kind, body=b'', *fds):
        """False: the monitor has hung up."""
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
        message = [struct.pack('=I', kind & 0xffffffff) + body]
        while True:
            try:
                self.sock.sendmsg(message, rights, socket.MSG_DONTWAIT)
                return self.hear()
            except BlockingIOError:     # its answers are to be taken, and it has its own pauses
                if not self.hear():
                    return False
                assert any(select.select([self.sock], [self.sock], [], 20)), kind
            except OSError:
                return False

    def hear(self):
        """Whatever the monitor answers is taken, and its end is seen as soon as it comes."""
        while select.select([self.sock], [], [], 0.003)[0]:
            try:
                got, more, _, _ = self.sock.recvmsg(1 << 17, 1024)
            except OSError:
                return False
            for level, which, data in more:
                if (level, which) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    for fd in array.array('i', data[:len(data) // 4 * 4]):
                        os.close(fd)
            if not got:
                return False
        return True

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.sock.close()


def text(what):
    what = what if isinstance(what, bytes) else str(what).encode()
    return struct.pack('=I', len(what)) + what


def u32(*numbers):
    return struct.pack(f'={len(numbers)}I', *numbers)


def u64(*numbers):
    return struct.pack(f'={len(numbers)}Q', *numbers)


MOST, MAX = (1 << 64) - 1, (1 << 32) - 1        # of 64 bits and of 32


def bodies(place):
    """Bodies of messages: nothing, absurd numbers, names of files, noise, and well-formed ones."""
    noise = random.Random(5).randbytes
    slots = place.dir / 'run/slots'
    yield from (b'', u32(0), u32(1), u32(MAX), u32(0, 0), u32(1, MAX), u64(MOST),
                u64(1 << 63, 1 << 63), u32(2, 0) + u64(0) + u32(0), b'\xff' * 64, b'\0' * 200, b'x',
                noise(31), noise(4000), noise(60000))
    for name in (slots, f'{slots}.who', f'{slots}.lck', '/', '../../../run/slots', b'a\0b',
                 b'%n%s\n' * 50, b'x' * 4095, b'x' * 20000, ''):
        yield from (text(name), text(name) * 2, u32(0) + text(name), u32(0, 1) + text(name))
    yield u32(5, 1) + text('forged')
    for number in (0, 1, 1 << 62, MOST):            # PRIV_STATE
        for doing in (0, 1, 3, 4, 77):
            yield (u32(doing) + u64(number, number, number, number, number, number) +
                   u32(number & MAX, number & MAX) + text('RETR') + text('/../neighbour'))
    for kind in range(6):                       # PRIV_RATIO, PRIV_QUOTA_USED and what is like them
        yield u32(kind, 0, 0, 1) + u64(MOST)
        yield u32(kind, MAX, MAX, 0) + u64(1)
        yield u64(MOST, MOST, MOST, MOST) + u32(kind, kind, kind, kind)


def reach(s, place, phase):
    """A connection in that phase; what is returned is to be kept."""
    if phase == 'connected':
        return [s.connect()]
    if phase == 'named':
        c = s.connect()
        assert c.cmd('USER alice') == 331
        return [c]
    c = s.login()
    if phase == 'logged in':
        return [c]
    assert c.cmd('TYPE I') == 200
    port = int(re.search(r'\|\|\|(\d+)\|', c.cmd('EPSV').text)[1])
    data = socket.create_connection(('127.0.0.1', port))
    c.put('RETR big')
    assert c.reply() == 150
    return [c, data]


def leave(held):
    for thing in held:
        with contextlib.suppress(OSError):
            (thing if isinstance(thing, socket.socket) else thing.sock).close()


class Neighbour:
    """A session that is idle, and what is written of it."""

    def __init__(self, s, place):
        self.client, self.slots = s.login('bob'), place.dir / 'run/slots'
        self.pid = s.monitor
        self.before = until(self.settled)

    def written(self):
        """Its slot with its place in the file, and its record; None while one is not there."""
        slots, found = self.slots.read_bytes(), []
        for at in range(HEADER, len(slots), SLOT):
            if struct.unpack_from('=I', slots, at)[0] & 0x3fffffff == self.pid:
                found.append((at, slots[at:at + SLOT]))
        records = pathlib.Path(f'{self.slots}.who').read_bytes()
        for at in range(0, len(records), RECORD):
            if struct.unpack_from('=I', records.ljust(at + RECORD, b'\0'), at + 16)[0] == self.pid:
                found.append((at, records[at:at + RECORD]))
        return found if len(found) == 2 else None

    def settled(self):
        """The same once the session is logged in, and idle: a silent one changes nothing more."""
        found = self.written()
        return found if found and struct.unpack_from('=I', found[1][1], 116)[0] == IDLE else None

    def check(self):
        """Nothing has changed, byte for byte; and it lives."""
        assert self.written() == self.before
        assert self.client.cmd('PWD') == 257
        assert self.client.cmd('STAT') == 211
        assert os.path.exists(f'/proc/{self.pid}')


@pytest.fixture
def forge(ftpd, place):
    """forge(phase): a server, its idle neighbour, and what captures a session of that phase."""
    place.file('big', b'\0' * (64 << 20))
    s = ftpd(CONF)
    held, taken = [], []

    def start(phase):
        def capture():
            for old in taken:
                old.end()
            leave(held)
            held[:] = reach(s, place, phase)
            taken[:] = [Captured(s)]
            return taken[0]
        return s, Neighbour(s, place), capture

    yield start
    for old in taken:
        old.end()
    leave(held)


@release_only
@pytest.mark.timeout(300)
@pytest.mark.parametrize('phase', PHASES)
def test_whatever_a_session_says(forge, place, phase):
    """Each request and any other number, with every body: nothing of the neighbour's changes."""
    s, neighbour, capture = forge(phase)
    kinds = list(range(len(NUMBERS) + 2)) + [99, 100, 104, 105, 109, 200, 220, 240, 1 << 31, MAX]
    session, lost = None, 0
    for kind in kinds:
        said, deaths = list(bodies(place)), 0
        random.Random(kind).shuffle(said)
        for body in said[:36]:
            session = session or capture()
            if not session.say(kind, body):
                session, deaths = None, deaths + 1
            if deaths == DEATHS:        # the number is out of order here, whatever comes with it
                break
        lost += deaths
        assert neighbour.written() == neighbour.before, (phase, kind)
    assert lost > 0
    neighbour.check()


@release_only
@pytest.mark.parametrize('phase', PHASES)
def test_every_body_to_a_request_that_is_in_order(forge, place, phase):
    """The requests for what a session does now, for its limits and its ends: with all bodies."""
    s, neighbour, capture = forge(phase)
    session = None
    for kind in (NUMBERS['PRIV_STATE'], NUMBERS['PRIV_CLIENTS']):
        for body in bodies(place):
            session = session or capture()
            if not session.say(kind, body):
                session = None
    neighbour.check()


@release_only
@pytest.mark.parametrize('phase', PHASES)
def test_descriptors_that_nobody_asked_for(forge, place, phase):
    """One, or many, with each request: none reaches the counters' files, the monitor keeps none."""
    s, neighbour, capture = forge(phase)
    mine = os.open(place.home() / 'big', os.O_RDWR)
    pair = socket.socketpair()
    home = os.open(place.home(), os.O_RDONLY)
    session = None
    try:
        for kind in range(1, len(NUMBERS) + 1):
            for fds in ((mine,), (pair[0].fileno(),), (home,), (mine, home, pair[1].fileno())):
                session = session or capture()
                held = len(os.listdir(f'/proc/{s.monitor}/fd'))
                if not session.say(kind, u32(0), *fds):
                    session = None
                else:
                    # what it has just received is not closed yet
                    until(lambda: len(os.listdir(f'/proc/{s.monitor}/fd')) <= held + 3)
    finally:
        os.close(mine)
        os.close(home)
        for end in pair:
            end.close()
    neighbour.check()


@release_only
@pytest.mark.parametrize('phase', ['connected', 'logged in'])
def test_a_flood_of_requests(forge, place, phase):
    """Thousands at once, and nobody reads the answers: the neighbour is answered all the same."""
    s, neighbour, capture = forge(phase)
    state = u32(3) + u64(1, 2, 3, 4, 5, 6) + u32(7, 8) + text('STOR') + text('/x')
    for kind, body in ((NUMBERS['PRIV_STATE'], state),
                       (NUMBERS['PRIV_LOG'], u32(5, 1) + text('x' * 900)),
                       (NUMBERS['PRIV_CLIENTS'], u32(0)), (NUMBERS['PRIV_IDENT'], b'')):
        session = capture()
        message = struct.pack('=I', kind) + body
        with contextlib.suppress(OSError):
            for _ in range(20000):
                with contextlib.suppress(BlockingIOError):
                    session.sock.send(message, socket.MSG_DONTWAIT)
        assert neighbour.written() == neighbour.before
    neighbour.check()


@release_only
def test_a_session_that_is_replaced_leaves_nothing(forge, place):
    """HOST and its like, in every order, by no session of that name: one slot a connection."""
    s, neighbour, capture = forge('connected')
    for first in ('PRIV_HOST', 'PRIV_USER', 'PRIV_TLS', 'PRIV_TLS_START', 'PRIV_HANDOVER',
                  'PRIV_READY'):
        for then in ('PRIV_HOST', 'PRIV_ANSWER', 'PRIV_HANDOVER', 'PRIV_GROUPS', 'PRIV_STATE',
                     'PRIV_CLOSING'):
            session = capture()
            if session.say(NUMBERS[first], text('')):
                session.say(NUMBERS[then], text('alice'))
    neighbour.check()


# -- out of reach ----------------------------------------------------------------------------

def can_open(pid, path, flags):
    """Whether a process with the ids and the root of `pid`, and no capability, could open it."""
    status = harness.status(pid)
    user, gid = int(status['Uid'].split()[0]), int(status['Gid'].split()[0])
    groups = [int(g) for g in status['Groups'].split()]
    root = os.open(f'/proc/{pid}/root', os.O_RDONLY)
    child = os.fork()
    if child == 0:
        try:
            os.fchdir(root)
            os.chroot('.')
            os.setgroups(groups)
            os.setresgid(gid, gid, gid)
            os.setresuid(user, user, user)
            os.open(path, flags)
            os._exit(1)
        except OSError:
            os._exit(0)
        except BaseException:
            os._exit(2)
    os.close(root)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def out_of_reach(s, place, jailed, count):
    """No process but the monitor has one of the files, nor could have it."""
    files = [place.dir / 'run' / name for name in ('slots', 'slots.lck', 'slots.who')]
    until(lambda: all(f.exists() for f in files))       # the monitor writes behind the greeting
    same = {(os.stat(f).st_dev, os.stat(f).st_ino) for f in files}
    pids = s.processes(count)[1:]
    for pid in pids:
        for fd in os.listdir(f'/proc/{pid}/fd'):
            with contextlib.suppress(FileNotFoundError):
                st = os.stat(f'/proc/{pid}/fd/{fd}')
                assert (st.st_dev, st.st_ino) not in same, (pid, fd)
        assert '/run/slots' not in harness.maps(pid)
        if uid(pid) == '0':
            assert len(pids) == 2            # the one that is to become the user, and waits
            continue
        for f in files:
            # who is logged in may see that others are; only what is compared, no name
            readable = f.name == 'slots' and not jailed
            assert (not can_open(pid, f, os.O_RDWR)
                    and not can_open(pid, f, os.O_WRONLY | os.O_APPEND))
            assert readable or not can_open(pid, f, os.O_RDONLY), f
        for other in (f'/proc/{s.monitor}/mem', f'/proc/{s.monitor}/fd',
                      f'/proc/{s.monitor}/map_files'):
            assert not can_open(pid, other, os.O_RDONLY), other


@pytest.mark.parametrize('jail', ['', 'DefaultRoot ~\n'])
@pytest.mark.parametrize('phase', PHASES)
def test_the_files_are_out_of_reach(ftpd, place, phase, jail):
    place.file('big', b'\0' * (64 << 20))
    s = ftpd(CONF + jail)
    held = reach(s, place, phase)
    out_of_reach(s, place, bool(jail) or phase in PHASES[:2], 3 if phase == 'named' else 2)
    leave(held)


@pytest.mark.parametrize('phase', [pytest.param(phase, marks=needs_tls)
                                   for phase in ('secured', 'logged in')])
def test_also_of_the_tls_process(ftpd, certs, phase, place):  # noqa: F811
    s = ftpd(certs.conf(more=CONF))
    c = tls.secured(s, certs.context()) if phase == 'secured' else tls.login(s, certs.context())
    out_of_reach(s, place, phase == 'secured', 3)
    c.quit()


def test_a_session_knows_who_it_is_not(ftpd, place):
    """The user's own uid is no help: another session of the account is out of its reach, too."""
    s = ftpd(CONF)
    s.login()
    first = s.session()
    s.login()
    for other in (f'/proc/{first}/mem', f'/proc/{first}/fd/0'):
        assert not can_open(s.session(), other, os.O_RDWR)
    assert harness.status(s.session())['Uid'].split()[0] == str(uid_of('alice'))
