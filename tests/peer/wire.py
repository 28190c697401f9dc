"""An FTP client that takes what either server says, and what is said, made comparable."""
import contextlib
import re
import socket
import ssl
import struct

from fixture import GROUP_NAMES, NAMES


class Closed(Exception):
    """The server ended the control connection where a reply was awaited."""


class Client:
    """An FTP client that takes what either server says, and notes it."""

    def __init__(self, sock, peer):
        self.sock, self.peer, self.buffer = sock, peer, b''

    def line(self):
        while b'\n' not in self.buffer:
            try:
                data = self.sock.recv(65536)
            except (ConnectionError, ssl.SSLError):
                data = b''
            if not data:
                raise Closed
            self.buffer += data
        line, self.buffer = self.buffer.split(b'\n', 1)
        return line.rstrip(b'\r').decode('utf-8', 'backslashreplace')

    def reply(self):
        """(code, its lines without code)"""
        line = self.line()
        code, lines = line[:3], [line[4:]]
        while line[:4] != code + ' ':
            line = self.line()
            lines.append(line[4:] if line[:3] == code and line[3:4] in ('-', ' ') else line[1:]
                         if line[:1] == ' ' else line)
        return code, lines

    def put(self, line):
        try:
            self.sock.sendall(line.encode('utf-8', 'surrogateescape') + b'\r\n')
        except (ConnectionError, ssl.SSLError):
            raise Closed from None

    def cmd(self, line):
        self.put(line)
        return self.reply()

    def passive(self, verb='EPSV'):
        """A data connection to where the server listens, or its refusal."""
        code, lines = self.cmd(verb)
        if code == '229':
            port = int(re.search(r'\(\|\|\|(\d+)\|\)', lines[-1])[1])
        elif code == '227':
            n = [int(x) for x in re.search(r'\(([\d,]+)\)', lines[-1])[1].split(',')]
            port = n[4] * 256 + n[5]
        else:
            return None, code
        data = socket.socket()
        data.settimeout(30)
        data.bind((self.peer, 0))
        data.connect((self.sock.getpeername()[0], port))
        return data, code

    def active(self, verb):
        listener = socket.socket()
        listener.settimeout(30)
        listener.bind((self.peer, 0))
        listener.listen()
        port = listener.getsockname()[1]
        if verb == 'PORT':
            code, _ = self.cmd(f"PORT {self.peer.replace('.', ',')},{port >> 8},{port & 255}")
        else:
            code, _ = self.cmd(f'EPRT |1|{self.peer}|{port}|')
        return (listener, code) if code == '200' else (None, code)


def read_all(data):
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := data.recv(1 << 20):
            parts.append(part)
    return b''.join(parts)


def reset(sock):
    """Close with a RST: the connection is lost."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    sock.close()


# -- listings ------------------------------------------------------

LIST_LINE = re.compile(r'([bcdlps-][rwxstST-]{9})\s+(\d+)\s+(\S+)\s+(\S+)\s+(\d+)\s+'
                       r'(\w+\s+\d+\s+[\d:]+) (.*)')


def list_line(line, times=False):
    """An entry of LIST: mode owner group size name; a directory's size says nothing."""
    m = LIST_LINE.fullmatch(line)
    if not m:
        return line
    mode, _, owner, group, size, when, name = m.groups()
    size = '-' if mode[0] == 'd' else size
    return ' '.join([mode, owner, group, size] + ([' '.join(when.split())] if times else []) +
                    [name])


def facts_line(line, all_facts=False):
    """
    An entry of MLSx: type mode owner group size name. Of all facts `unique` is left out, which
    differs by nature, and `perm`, which is shown when it is asked for.
    """
    facts, _, name = line.partition(' ')
    pairs = dict(fact.lower().partition('=')[::2] for fact in facts.rstrip(';').split(';'))
    if all_facts == 'perm':
        return f"{pairs.get('type', '-')} {''.join(sorted(pairs.get('perm', '-')))} {name}"
    if all_facts:
        return ' '.join(f'{k}={v}' for k, v in sorted(pairs.items())
                        if k not in ('unique', 'perm')) + ' ' + name

    def named(ids, key):
        value = pairs.get(key, '-')
        return ids.get(int(value), value) if value.isdigit() else value
    kind, mode = pairs.get('type', '-'), pairs.get('unix.mode', '-')
    return ' '.join([kind, f'{int(mode, 8):o}' if mode.isdigit() else mode,
                     named(NAMES, 'unix.owner'), named(GROUP_NAMES, 'unix.group'),
                     '-' if kind.endswith('dir') else pairs.get('size', '-'), name])


def normal(verb, data, how):
    """The lines of a listing, or the bytes of a file."""
    if verb == 'RETR':
        return [repr(data)[1:] if len(data) < 200 else f'{len(data)} bytes, {data[:30]!r}']
    lines = data.decode('utf-8', 'backslashreplace').split('\r\n')
    lines = lines[:-1] if lines[-1] == '' else lines
    if verb == 'LIST':
        return [list_line(line, how.get('times')) for line in lines]
    if verb == 'MLSD':
        return sorted(facts_line(line, how.get('facts')) for line in lines)
    return sorted(lines)
