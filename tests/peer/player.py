"""
Plays cases against ProFTPD and in.ftpd: a process of its own, in namespaces of its own.

usage: player.py PEER BINARY
PEER is the directory where the peer's packages are unpacked. Each line of input is a case
(JSON, see table.py); each line of output is {"theirs": transcript, "ours": transcript}. A
transcript is a list of [label, [line, ...]], the same for servers that behave alike.
"""
import contextlib
import ctypes
import fcntl
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time

from fixture import (FILES, GROUPS, HASH, OTHER_ACCOUNTS, PLACE, USERS, await_bytes, build, etc,
                     exec_step, sizes, snapshot)
from secure import Security, prepare
from wire import Client, Closed, facts_line, list_line, normal, read_all, reset

PORT = 21
PUBLIC = '203.0.113.1'                            # an address that is not private

# What follows each case's configuration: there, the first value counts.
COMMON = '''
User nobody
Group nogroup
Port 21
DefaultServer on
UseReverseDNS off
TransferLog none
SystemLog /mnt/log
DelayEngine off
AuthOrder mod_auth_file.c
AuthPAM off
AuthUserFile /mnt/passwd
AuthGroupFile /mnt/group
'''
THEIRS = '''
ServerType inetd
UseIPv6 off
ScoreboardFile none
WtmpLog off
<IfModule mod_ctrls.c>
ControlsEngine off
</IfModule>
'''
OURS = '''
ScoreboardFile /mnt/run/slots
SyslogLevel debug
WtmpLog off
'''

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
libc = ctypes.CDLL(None, use_errno=True)


# -- namespaces ------------------------------------------------------------------

def mount(source, target, kind, flags=0, data=None):
    result = libc.mount(source and source.encode(), str(target).encode(), kind and kind.encode(),
                        flags, data and data.encode())
    if result != 0:
        raise OSError(ctypes.get_errno(), f'mount {target}')


def enter_namespaces():
    """Mounts and a loopback of our own: port 21 is free, /etc may be written."""
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    mount('none', '/', None, MS_REC | MS_PRIVATE)
    for place in (FILES, PLACE):
        mount('tmpfs', place, 'tmpfs', 0, 'mode=0755')
    for name in ('up', 'work'):
        (PLACE / name).mkdir()
    mount('overlay', '/etc', 'overlay', 0,
    f'lowerdir=/etc,upperdir={PLACE}/up,workdir={PLACE}/work')
    with socket.socket() as sock:
        flags = struct.pack('16sh14x', b'lo', 0x1)  # IFF_UP
        fcntl.ioctl(sock, 0x8914, flags)            # SIOCSIFFLAGS
        public = struct.pack('16sHH4s8x', b'lo:1', socket.AF_INET, 0, socket.inet_aton(PUBLIC))
        fcntl.ioctl(sock, 0x8916, public)           # SIOCSIFADDR


# -- a connection ------------------------------------------------------

TRANSFERS = ('LIST', 'NLST', 'MLSD', 'RETR', 'STOR', 'STOU', 'APPE')
# Replies whose text is told by an RFC.
WITH_TEXT = ('PWD', 'XPWD', 'MKD', 'XMKD', 'SIZE', 'MDTM')


class Session:
    """One connection: its steps, noted in a transcript."""

    def __init__(self, server, how, notes, prefix=''):
        self.how, self.notes, self.prefix = how, notes, prefix
        self.client, self.process = server.connect(how.get('peer', '127.0.0.1'),
                                                   how.get('local', '127.0.0.1'))
        self.security = Security(how)

    def note(self, label, *lines):
        self.notes.append([self.prefix + label, [str(line) for line in lines]])

    def run(self):
        try:
            if not self.greet():
                return
            self.secure()
            if self.login():
                for step in self.how.get('steps', ()):
                    if self.step(step) is False:
                        return
                self.client.cmd('QUIT')
        except Closed:
            self.note('control', 'closed')
        except TimeoutError:
            self.note('control', 'timed out')
        except ConnectionError as error:
            self.note('connection', error.strerror)
        finally:
            self.client.sock.close()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.note('process', 'lives on')
                self.process.kill()
                self.process.wait()

    def greet(self):
        if self.how.get('tls') == 'implicit':
            self.note('handshake', *self.security.control(self.client))
            self.security.prot = 'P'
        try:
            code, lines = self.client.reply()
        except Closed:
            self.note('greeting', 'closed')
            return False
        self.note('greeting', code, *(lines if self.how.get('greeting') else ()))
        return code == '220'

    def secure(self):
        """AUTH TLS where the session has `tls`, and what `prot` says of its data connections."""
        if self.how.get('tls') and self.how['tls'] != 'implicit':
            self.step('AUTH TLS')
        if self.how.get('prot'):
            self.step('PBSZ 0')
            self.step('PROT ' + self.how['prot'])

    def login(self):
        """USER and PASS. Steps follow a success alone; login None sends neither."""
        login = self.how.get('login', 'alice')
        if login is None:
            return True
        user, password = login if isinstance(login, list) else [login, 'pw']
        code, lines = self.client.cmd(f'USER {user}')
        self.note(f'USER {user}', code)
        if code == '331':
            code, lines = self.client.cmd(f'PASS {password}')
            self.note(f'PASS of {user}', code, *(lines if self.how.get('welcome') else ()))
        if code not in ('230', '232'):
            if not self.how.get('go_on'):
                with contextlib.suppress(Closed):
                    self.client.cmd('QUIT')
            return self.how.get('go_on', False)
        if not self.how.get('ascii'):
            self.client.cmd('TYPE I')
        return True

    def step(self, step):
        """
        A command as a client sends it. One that uses a data connection gets one; what it sends
        stands behind " << ". Before the command: "=" notes the whole reply, "~" all but its last
        line; "PORT:" "EPRT:" "PASV:" choose the data connection, "none:" opens none, "abort:" sends
        ABOR in an upload, "lose:" vanishes in one; "only:WORD" notes the lines with that word.
        "?" awaits a reply to no command; "!" is done to the files, see exec_step. A handshake
        follows AUTH and, under PROT P, a data connection: "fresh:" resumes no session in it,
        "clear:" leaves it out, and so does "plain:" behind AUTH.
        """
        text = step[1:] if step[0] in '=~' else step
        how, _, rest = text.partition(':')
        if ':' in text and how in ('PORT', 'EPRT', 'PASV', 'abort', 'lose', 'none', 'fresh',
                                   'clear', 'plain'):
            text = rest
        else:
            how = 'EPSV'
        if text.startswith('only:'):
            word, _, line = text[5:].partition(' ')
            code, lines = self.client.cmd(line)
            self.note(step, code, *(line.strip() for line in lines if word in line))
            return None
        if text.startswith('!log '):                # a file beside the configuration
            self.note(step, *(PLACE / text[5:]).read_text(errors='replace').splitlines())
            return None
        if how == 'EPSV' and text[0] == '!':
            exec_step(text[1:])
            return None
        if text == '?':
            self.note(step, self.client.reply()[0])
            return None
        line, _, content = text.partition(' << ')
        verb = line.split(' ')[0].upper()
        if verb in TRANSFERS and how != 'none':
            return self.transfer(step, verb, line, content.encode(), how)
        code, lines = self.client.cmd(line)
        said = [code]
        if step[0] in '=~':
            said += lines if step[0] == '=' else lines[:-1]
        elif verb in WITH_TEXT and code[0] == '2':
            # the path alone of "PATH" is ...
            said += [re.sub(r'^(".*")[ .].*', r'\1', line) for line in lines]
        elif verb == 'MLST' and code == '250':
            said += [facts_line(l, self.how.get('facts')) for l in lines[1:-1]]
        elif verb == 'STAT' and len(line) > 4 and code[0] == '2':
            said += [list_line(l.strip(), self.how.get('times')) for l in lines[1:-1]]
        if code[0] == '2' and how != 'plain':
            said += self.protection(verb, line)
        self.note(step, *said)
        return None

    def protection(self, verb, line):
        """What a client does behind a good reply to AUTH, PROT and CCC."""
        if verb == 'AUTH':
            return self.security.control(self.client)
        if verb == 'PROT':
            self.security.prot = line.split(' ')[1].upper()
        return self.security.clear(self.client) if verb == 'CCC' else []

    def transfer(self, step, verb, line, content, how):
        passive = how not in ('PORT', 'EPRT')
        with contextlib.ExitStack() as stack:
            data, code = self.client.passive('PASV' if how == 'PASV' else 'EPSV') if passive \
                else self.client.active(how)
            if data:
                stack.enter_context(data)
            else:
                self.note(step + ' (data connection)', code)
            codes, data_lines = [], []
            self.client.put(line)
            code, lines = self.client.reply()
            codes.append(code)
            while code[0] == '1':
                if data is None:
                    code, lines = self.client.reply()
                    codes.append(code)
                    continue
                if not passive:
                    data, _ = data.accept()
                    stack.enter_context(data)
                if self.security.prot == 'P' and how != 'clear':
                    data = self.security.data(data, self.client, how == 'fresh')
                    if data is None:
                        code, lines = self.client.reply()
                        codes.append(code)
                        break
                    stack.enter_context(data)
                if verb in ('STOR', 'STOU', 'APPE'):
                    before = sizes() if how in ('lose', 'abort') else None
                    with contextlib.suppress(ConnectionError, ssl.SSLError):
                        data.sendall(content)
                    if how == 'lose':
                        await_bytes(before, content)
                        for sock in (data, self.client.sock):
                            reset(sock)
                        self.note(step, *codes)
                        return False
                    if how == 'abort':
                        await_bytes(before, content)
                        self.client.put('ABOR')
                        if not select.select([self.client.sock], [], [], 0.1)[0]:
                            # ProFTPD looks at the control connection between two blocks
                            with contextlib.suppress(ConnectionError):
                                data.sendall(b'+')
                        codes.append(self.client.reply()[0])
                        reset(data)
                        codes.append(self.client.reply()[0])
                        break
                else:
                    got = read_all(data)
                    if got or not self.how.get('tls'):
                        data_lines = normal(verb, got, self.how)
                if isinstance(data, ssl.SSLSocket):
                    data.finish()
                data.close()
                code, lines = self.client.reply()
                codes.append(code)
            if step[0] in '=~':
                data_lines += lines if step[0] == '=' else lines[:-1]
            self.note(step, ' '.join(codes), *data_lines)
        return None


# -- the servers -------------------------------------------------------------------

class Server:
    def __init__(self, argv, conf, environment, extra):
        self.argv, self.environment, self.extra = argv, environment, extra
        self.conf = conf

    def configure(self, case):
        for name in ('log', 'stderr'):
            path = PLACE / name
            if path.exists():
                path.unlink()
        base = COMMON + self.extra if case.get('base', True) else ''
        if 'UseReverseDNS' in case['conf']:         # of this one, their last value counts
            base = base.replace('UseReverseDNS off\n', '')
        for name in ('DefaultServer', 'AuthOrder', 'LogOptions', 'ScoreboardFile'):
            if name in case['conf']:
                base = re.sub(f'^{name} .*\n', '', base, flags=re.M)
        text = case['conf'] + base
        text = re.sub(r'\{(\w+)\}', lambda m: VALUES.get(m[1], m[0]), prepare(text))
        self.conf.write_text(text)
        self.conf.chmod(0o644)
        for name, content in case.get('files', {}).items():
            content, mode = content if isinstance(content, list) else (content, 0o644)
            content = re.sub(r'\{(\w+)\}', lambda m: VALUES.get(m[1], m[0]), content)
            path = PLACE / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            path.chmod(mode)

    def connect(self, peer, local):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((local, PORT))
            listener.listen()
            sock = socket.socket()
            sock.settimeout(30)
            sock.bind((peer, 0))
            sock.connect((local, PORT))
            conn, _ = listener.accept()
        with conn, open(PLACE / 'stderr', 'ab') as errors:
            process = subprocess.Popen(self.argv, stdin=conn, stdout=conn, stderr=errors, cwd='/',
                                       env=self.environment, start_new_session=True)
        return Client(sock, peer), process

    def play(self, case):
        if not case.get('bare'):
            build(case.get('tree', {}))
        etc(case.get('etc', {}))
        self.configure(case)
        notes = []
        sessions = case['sessions']
        for number, how in enumerate(sessions, 1):
            Session(self, how, notes, f'{number}.' if len(sessions) > 1 else '').run()
        files = [] if case.get('bare') else snapshot()
        for mask, instead in case.get('mask', ()):
            notes, files = ([[re.sub(mask, instead, label),
                              [re.sub(mask, instead, line) for line in lines]]
                             for label, lines in part] for part in (notes, files))
        return notes + sorted(files)

    def check(self):
        """What -t says about the configuration."""
        return subprocess.run([self.argv[0], '-t', *self.argv[1:]], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=self.environment).stdout

    def log(self):
        """What the server said about its configuration."""
        return '\n'.join(path.read_text(errors='replace') for path in
                         (PLACE / 'log', PLACE / 'stderr') if path.exists())


VALUES = {'hash': HASH, 'modules': str(PLACE / 'peer/usr/lib/proftpd')}


def accounts():
    lines = [f'{u}:{HASH}:{uid}:{gid}::/srv/home/{u}:/bin/sh\n' for u, (uid, gid) in USERS.items()]
    lines += [f'{u}:{HASH}:{uid}:{gid}::{home}:{shell}\n'
              for u, uid, gid, home, shell in OTHER_ACCOUNTS]
    lines += [f'locked:*:61009:61100::/srv/home/alice:/bin/sh\n',
              f'empty::61010:61100::/srv/home/alice:/bin/sh\n']
    for name, text in (('passwd', ''.join(lines)),
                       ('group', ''.join(f'{g}:x:{gid}:{members}\n'
                                         for g, (gid, members) in GROUPS.items()))):
        (PLACE / name).write_text(text)
        (PLACE / name).chmod(0o600)


def servers(peer, binary):
    """Both, installed where every uid can reach them."""
    shutil.copytree(peer, PLACE / 'peer', symlinks=True)
    shutil.copy(binary, PLACE / 'in.ftpd')
    (PLACE / 'in.ftpd').chmod(0o755)
    environment = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin',
                   'ASAN_OPTIONS': 'detect_leaks=0:abort_on_error=0'}
    libraries = ':'.join(sorted({str(p.parent) for p in (PLACE / 'peer').rglob('lib*.so.*')}))
    theirs = Server([str(PLACE / 'peer/usr/sbin/proftpd'), '-c', str(PLACE / 'proftpd.conf')],
                    PLACE / 'proftpd.conf', {**environment, 'LD_LIBRARY_PATH': libraries}, THEIRS)
    ours = Server([str(PLACE / 'in.ftpd'), '-c', str(PLACE / 'in.ftpd.conf')],
                  PLACE / 'in.ftpd.conf', environment, OURS)
    return theirs, ours


def main():
    os.umask(0o022)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    peer, binary = (pathlib.Path(p).resolve() for p in sys.argv[1:3])
    # the machine's own directories are hidden by the mounts that follow
    held = [os.open(p, os.O_PATH) for p in (peer, binary)]
    enter_namespaces()
    accounts()
    theirs, ours = servers(*(f'/proc/self/fd/{fd}' for fd in held))
    print(json.dumps({'ready': True}), flush=True)
    for line in sys.stdin:
        case = json.loads(line)
        out = {}
        for name, server in (('theirs', theirs), ('ours', ours)):
            start = time.monotonic()
            out[name] = server.play(case)
            out[name + ' took'] = time.monotonic() - start
            out[name + ' log'] = server.log()
        if '.ftpaccess' in line or any(label.endswith('greeting') and '421' in lines
                                       for label, lines in out['ours']):
            out['ours log'] += ours.check()
        print(json.dumps(out), flush=True)


if __name__ == '__main__':
    main()
