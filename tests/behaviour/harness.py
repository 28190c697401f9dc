"""The server under test: spawned for each connection as inetd does, in a place of its own."""
import contextlib
import ctypes
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time

import pytest

from client import Client

TOP = pathlib.Path(__file__).resolve().parents[2]
SAN = bool(os.environ.get('SAN'))
BUILT = pathlib.Path(os.environ.get('BINARY') or TOP / ('build-san/in.ftpd' if SAN else 'in.ftpd'))
# What a tool that is no server runs in.
TOOL_ENV = {'PATH': '/usr/bin:/bin', **({'ASAN_OPTIONS': 'detect_leaks=0'} if SAN else {})}

# crypt(3) of "pw", made cheap on purpose.
HASH = '$5$rounds=1000$inftpdtest$bhlbETACdtZiBpqiHDtxsMwIaYauqZNymlW7tUgLAd7'

GROUPS = {'users': (61100, 'alice,bob,carol'), 'anonftp': (61101, 'bob'), 'staff': (61102, 'carol'),
          'usergroup': (61103, ''), 'ftp': (61104, ''), 'private': (61105, '')}
USERS = {'alice': (61001, 61100), 'bob': (61002, 61100), 'carol': (61003, 61100),
         'username': (61004, 61103), 'ftp': (61005, 61104), 'private': (61006, 61105),
         'root': (0, 0)}

# What each configuration ends with, unless a test says otherwise: the first value counts.
BASE = '''
AuthPAM off
AuthUserFile {passwd}
AuthGroupFile {group}
TransferLog {xferlog}
SyslogLevel debug
WtmpLog off
'''
TO_FILE = 'SystemLog {log}\n'

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def until(what, deadline=20, every=0.005):
    """Await an event: `what` returns something true, or this fails after `deadline` seconds."""
    end = time.monotonic() + deadline
    while True:
        result = what()
        if result:
            return result
        assert time.monotonic() < end, f'not within {deadline} s: {what}'
        time.sleep(every)


def uid_of(name):
    return USERS[name][0]


# -- processes -----------------------------------------------------------------

def status(pid):
    """/proc/PID/status as a dict, or None when the process is gone."""
    try:
        text = pathlib.Path(f'/proc/{pid}/status').read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return dict(line.split(':\t', 1) for line in text.splitlines() if ':\t' in line)


def processes(sid):
    """The living processes (no zombies) of a session id, the oldest first: one connection's own."""
    found = []
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                fields = pathlib.Path(f'/proc/{entry}/stat').read_text().rpartition(')')[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[3]) == sid and fields[0] not in 'ZX':
                found.append((int(fields[19]), int(entry)))
    return [pid for _, pid in sorted(found)]     # numbers begin anew at times


def kill(pid, number=signal.SIGKILL):
    """Send a signal to a process that may have ended by itself."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def open_files(pid):
    """Descriptor → what it is, of a process; none of one that is gone."""
    files = {}
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for fd in os.listdir(f'/proc/{pid}/fd'):
            with contextlib.suppress(FileNotFoundError):
                files[int(fd)] = os.readlink(f'/proc/{pid}/fd/{fd}')
    return files


def maps(pid):
    """/proc/PID/maps, or nothing of a process that is gone."""
    try:
        return pathlib.Path(f'/proc/{pid}/maps').read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ''


# -- private mounts -------------------------------------------------------------

class Namespace:
    """
    A mount namespace with files of the test's own over /etc, and a /dev whose `log` the
    test reads. The machine's own are never touched.
    """

    def __init__(self, directory, etc, extra=''):
        self.dir = directory / 'ns'
        for name in ('up', 'work', 'dev'):
            (self.dir / name).mkdir(parents=True)
        for name, content in etc.items():
            self.place(self.dir / 'up' / name, content)
        for name, minor in (('null', 3), ('zero', 5), ('full', 7), ('random', 8), ('urandom', 9)):
            os.mknod(self.dir / 'dev' / name, stat.S_IFCHR | 0o666, os.makedev(1, minor))
            os.chmod(self.dir / 'dev' / name, 0o666)
        self.log = Syslog(self.dir / 'dev' / 'log')
        script = (f'mount -t overlay overlay -o lowerdir=/etc,upperdir={self.dir}/up,'
                  f'workdir={self.dir}/work /etc && mount --bind {self.dir}/dev /dev && '
                  f'{extra or ":"} && echo ready && exec sleep 3600')
        self.holder = subprocess.Popen(['unshare', '--mount', '--propagation', 'private', 'sh',
                                        '-c',
                                        script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.holder.stdout.readline() != b'ready\n':
            pytest.skip(f'no private mounts here: {self.holder.stderr.read().decode().strip()}')
        self.fd = os.open(f'/proc/{self.holder.pid}/ns/mnt', os.O_RDONLY)

    @staticmethod
    def place(path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o644
        if isinstance(content, tuple):
            content, mode = content
        if content is None:         # not there, whatever the machine has
            os.mknod(path, stat.S_IFCHR, os.makedev(0, 0))
            return
        path.write_text(content)
        path.chmod(mode)

    def path(self, path):
        """A path as the server sees it, from outside."""
        return pathlib.Path(f'/proc/{self.holder.pid}/root{path}')

    def run(self, argv, **how):
        return subprocess.run(argv, preexec_fn=self.enter, capture_output=True, text=True, **how)

    def enter(self):
        if libc.setns(self.fd, CLONE_NEWNS) != 0:
            os._exit(99)

    def close(self):
        self.holder.kill()
        self.holder.communicate()
        os.close(self.fd)
        self.log.close()


class Syslog:
    """What reaches /dev/log: (facility, level, text) of each line."""

    FACILITY = {0: 'kern', 3: 'daemon', 4: 'auth', 10: 'authpriv', 11: 'ftp', 16: 'local0'}
    LEVEL = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']

    def __init__(self, path):
        self.seen, self.path = [], str(path)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(str(path))
        os.chmod(path, 0o666)
        self.thread = threading.Thread(target=self.collect, daemon=True)
        self.thread.start()

    def collect(self):
        while data := self.sock.recv(65536):
            priority, text = re.match(rb'<(\d+)>(.*)', data, re.S).groups()
            facility, level = divmod(int(priority), 8)
            self.seen.append((self.FACILITY.get(facility, facility), self.LEVEL[level],
                               text.decode('utf-8', 'replace')))

    @property
    def lines(self):
        """All that was said until now."""
        mark = f'mark {time.monotonic_ns()}'
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(f'<191>{mark}'.encode(), self.path)
        until(lambda: any(line[2] == mark for line in list(self.seen)))
        return [line for line in list(self.seen) if not line[2].startswith('mark ')]

    def find(self, pattern):
        return [line for line in self.lines if re.search(pattern, line[2], re.I)]

    def wait(self, pattern):
        """The first line that matches, once it is there."""
        try:
            return until(lambda: self.find(pattern))[0]
        except AssertionError:
            raise AssertionError(f'no line {pattern!r} in syslog: {self.lines}') from None

    def close(self):
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(2)
        self.sock.close()


@contextlib.contextmanager
def private_network():
    """This thread, and threads and processes that it starts, in a network of their own."""
    home = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
    if libc.unshare(CLONE_NEWNET) != 0:
        os.close(home)
        pytest.skip('no network namespace can be made here')
    try:
        subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
        yield
    finally:
        libc.setns(home, CLONE_NEWNET)
        os.close(home)


# -- the server -----------------------------------------------------------------

class Place:
    """A test's directory: accounts, homes, an anonymous tree."""

    def __init__(self, directory):
        self.dir = directory
        self.home_dir = directory / 'home'
        self.home_dir.mkdir(mode=0o755)
        for user, (uid, gid) in USERS.items():
            home = self.home_dir / user
            home.mkdir(mode=0o755)
            os.chown(home, uid, gid)
        self.passwd = self.write('passwd', ''.join(
            f'{u}:{HASH}:{uid}:{gid}::{self.home_dir}/{u}:/bin/sh\n'
            for u, (uid, gid) in USERS.items()), 0o600)
        self.group = self.write('group', ''.join(
            f'{g}:x:{gid}:{members}\n' for g, (gid, members) in GROUPS.items()), 0o600)
        self.anon = directory / 'ANON'
        for name in ('', 'pub', 'pub/incoming', 'Private'):
            (self.anon / name).mkdir(mode=0o755)
        self.write('ANON/pub/file', 'the public file\n')
        self.write('ANON/pub/incoming/old', 'an old upload\n', 0o644, 'username')
        os.chown(self.anon / 'pub/incoming', *USERS['username'])

    def write(self, name, content, mode=0o644, owner=None):
        """A file in the test's directory; `owner` by its name."""
        path = self.dir / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        if owner:
            os.chown(path, *USERS[owner])
        return path

    def home(self, user='alice'):
        return self.home_dir / user

    def file(self, name, content=b'', user='alice', mode=0o644):
        """A file in a user's home, his own."""
        path = self.home(user) / name
        return self.write(path.relative_to(self.dir), content, mode, user)


class Server:
    """One inetd entry: listens, and spawns the program for each connection."""

    def __init__(self, place, binary, conf='', *, host='127.0.0.1', port=0, mapped=False,
                 argv0='in.ftpd', args=(), env=None, stderr='file', uid=None, etc=None,
                 syslog=False, mounts='', base=True, preexec=None, close_fds=True, wrapper=()):
        self.place, self.dir, self.binary = place, place.dir, binary
        self.name = f'server{len(list(self.dir.glob("server*")))}'
        self.log_path = self.dir / (self.name + '.log')
        self.xferlog_path = self.dir / (self.name + '.xferlog')
        self.stderr_path = self.dir / (self.name + '.stderr')
        self.conf_path = self.dir / (self.name + '.conf')
        self.base, self.syslog = base, syslog
        if syslog and etc is None:
            etc = {}
        self.configure(conf)
        self.argv0, self.args, self.env = argv0, list(args), env
        self.stderr, self.uid, self.preexec, self.close_fds = stderr, uid, preexec, close_fds
        self.wrapper = list(wrapper)
        self.ns = Namespace(self.dir / self.name, etc, mounts) if etc is not None else None
        self.spawned, self.clients, self.statuses = [], [], []
        self.listener, self.reserved = self.listen(host, port, mapped)
        self.address = (host, self.listener.getsockname()[1])
        self.port = self.address[1]
        self.stopping = False
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    @staticmethod
    def listen(host, port, mapped):
        """
        A listening socket on L, with L-1 kept free of others: active transfers come from there.
        An odd L of those that the kernel gives to no client, which would hold it for a minute.
        """
        family = socket.AF_INET6 if ':' in host or mapped else socket.AF_INET
        for _ in range(100):
            at = port or random.randrange(10001, 32700, 2)
            listener = socket.socket(family)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if mapped:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            below = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
            below.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(('::ffff:' + host if mapped else host, at))
                below.bind((host, at - 1))
                listener.listen(512)
            except OSError:
                listener.close()
                below.close()
                continue
            return listener, below
        raise AssertionError('no pair of free ports')

    def configure(self, conf):
        """Write the configuration; what a test says comes first, since the first value counts."""
        if self.base:
            conf += BASE + ('' if self.syslog else TO_FILE)
        text = re.sub(r'\{(\w+)\}', lambda m: str(self.names().get(m[1], m[0])), conf)
        new = self.conf_path.with_suffix('.new')
        new.write_text(text)
        new.chmod(0o644)
        new.rename(self.conf_path)

    def names(self):
        """What {names} in a test's configuration stand for."""
        return dict(dir=self.dir, home=self.place.home_dir, anon=self.place.anon,
                    passwd=self.place.passwd, group=self.place.group, log=self.log_path,
                    xferlog=self.xferlog_path, hash=HASH)

    def argv(self):
        first = self.wrapper + [str(self.binary)] if self.wrapper else [self.argv0]
        return first + ['-c', str(self.conf_path)] + self.args

    def accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            with conn:
                if self.stopping:
                    return
                self.spawn(conn)

    def environment(self):
        env = dict(self.env) if self.env is not None else {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'}
        if SAN:
            env['ASAN_OPTIONS'] = 'detect_leaks=0:abort_on_error=0:handle_abort=1'
            env['UBSAN_OPTIONS'] = 'print_stacktrace=1:halt_on_error=1'
        return env

    def prepare(self):
        if self.ns:
            self.ns.enter()
        if self.preexec:
            self.preexec()
        if self.uid is not None:
            os.setgroups([])
            os.setgid(self.uid)
            os.setuid(self.uid)

    def spawn(self, conn):
        with open(self.stderr_path, 'ab') as errors:
            os.chmod(self.stderr_path, 0o666)
            self.spawned.append(subprocess.Popen(
                self.argv(), executable=None if self.wrapper else self.binary,
                stdin=conn, stdout=conn, stderr=conn if self.stderr == 'socket' else errors,
                env=self.environment(), close_fds=self.close_fds, preexec_fn=self.prepare, cwd='/',
                start_new_session=True))

    # -- for tests --

    def give_to(self, user):
        """Make the test's files a user's, who then runs the server himself."""
        for path in (self.dir, self.conf_path, self.place.passwd, self.place.group):
            os.chown(path, *USERS[user])
        self.uid = uid_of(user)

    def connect(self, greet=True, **how):
        client = Client(self.address, **how)
        self.clients.append(client)         # each has its process in `spawned`
        if greet:
            assert client.greet() == 220, client.welcome
        return client

    def login(self, user='alice', password='pw', **how):
        client = self.connect(**how)
        reply = client.login(user, password)
        assert reply == 230, reply
        return client

    @property
    def monitor(self):
        """The newest connection's monitor."""
        until(lambda: len(self.spawned) >= len(self.clients))
        return self.spawned[-1].pid

    def session(self):
        """The process that speaks to the newest connection's client: the monitor's only child."""
        return self.processes()[1]

    def processes(self, count=2):
        """
        The newest connection's processes, its monitor first, once they are this many: who has
        done his work may take a moment to leave.
        """
        def look():
            return len(found := [self.monitor] + self.children()) == count and found
        return until(look)

    def children(self):
        """All that the newest connection's monitor has now; one of them may be about to end."""
        return [p for p in processes(self.monitor) if p != self.monitor]

    def exit_status(self, which=-1):
        """What a connection's monitor exits with, once it does."""
        until(lambda: len(self.spawned) >= max(len(self.clients), which + 1))
        return self.spawned[which].wait(20)

    def log(self):
        try:
            return self.log_path.read_text(errors='surrogateescape')
        except FileNotFoundError:
            return ''

    def log_wait(self, pattern):
        """The first line of SystemLog that matches, once it is there."""
        def look():
            # what is behind the last end of a line is half a line
            return [l for l in self.log().split('\n')[:-1] if re.search(pattern, l, re.I)]
        try:
            return until(look)[0]
        except AssertionError:
            raise AssertionError(f'no line {pattern!r} in the log:\n{self.log()}') from None

    def xferlog(self, lines=1):
        """TransferLog's lines, once that many are there, each split at blanks."""
        def look():
            text = self.xferlog_path.read_text() if self.xferlog_path.exists() else ''
            return text.count('\n') >= lines and text
        try:
            return [l.split(' ') for l in until(look).split('\n')[:-1]]
        except AssertionError:
            raise AssertionError(f'not {lines} lines in the transfer log') from None

    def check(self, *args, **how):
        """in.ftpd -t over this configuration: (exit status, everything it said)."""
        run = subprocess.run([self.argv0, '-t', *args, '-c', str(self.conf_path)],
                             executable=self.binary, stdin=subprocess.DEVNULL, text=True,
                             capture_output=True, preexec_fn=self.ns.enter if self.ns else None,
                             env=self.environment(), **how)
        return run.returncode, run.stdout + run.stderr

    def explain(self, *args, **how):
        """in.ftpd -T over this configuration: the finished run, with its output as text."""
        return subprocess.run([self.argv0, '-T', '-c', str(how.pop('conf', self.conf_path)), *args],
                              executable=self.binary, text=True, capture_output=True,
                              preexec_fn=self.ns.enter if self.ns else None,
                              env=self.environment(), **{'input': '', **how})

    def ask(self, **query):
        """The answer to one query, as -T -C -o json gives it."""
        text = ','.join('%s="%s"' % (k, str(v).replace('\\', r'\\').replace('"', r'\"'))
                        for k, v in query.items())
        run = self.explain('-o', 'json', '-C', text)
        assert run.returncode in (0, 1) and run.stdout.count('\n') == 1, (run.stdout, run.stderr)
        return json.loads(run.stdout)

    def stop(self):
        """Hang up everywhere. No process may be left 20 s later, and no word on descriptor 2."""
        for client in self.clients:
            client.close()
        self.stopping = True
        with contextlib.suppress(OSError):
            socket.create_connection(self.address, 1).close()
        self.listener.close()
        self.reserved.close()
        self.thread.join(5)
        left = []
        for process in self.spawned:
            try:
                until(lambda p=process: not processes(p.pid))
            except AssertionError:
                left += [(p, (status(p) or {}).get('State')) for p in processes(process.pid)]
                for pid in processes(process.pid):
                    kill(pid)
            self.statuses.append(process.wait())
        if self.ns:
            self.ns.close()
        said = self.stderr_path.read_text(errors='replace') if self.stderr_path.exists() else ''
        assert not left, f'processes left after the client has gone: {left}'
        assert said == '', f'said on descriptor 2: {said}'
        crashed = [s for s in self.statuses if s < 0 and s != -signal.SIGKILL]
        assert not crashed, f'died of a signal: {crashed}'


def install_binary(directory):
    """A copy that every uid can reach, wherever the source tree lies."""
    binary = directory / 'in.ftpd'
    shutil.copy(BUILT, binary)
    binary.chmod(0o755)
    return binary
