"""A strict FTP client: every reply is checked for its form, and every byte counts."""
import re
import socket


class Reply(int):
    """A reply's code, with its text (last line), its lines and its raw bytes."""

    def __new__(cls, lines, raw):
        self = super().__new__(cls, lines[-1][:3])
        self.lines = lines
        self.text = lines[-1][4:]
        self.all = '\n'.join(lines)
        self.raw = raw
        return self

    def __repr__(self):
        return f'<{self.all}>'


class Closed(Exception):
    """The server ended the control connection where a reply was awaited."""


class Client:
    def __init__(self, address, timeout=20, source=None, sock=None):
        self.sock = sock or socket.create_connection(address, timeout, source_address=source)
        self.sock.settimeout(timeout)
        self.timeout = timeout
        self.buffer = b''
        self.welcome = None

    # -- the control connection ---------------------------------------------

    def send(self, data):
        self.sock.sendall(data)

    def line(self):
        """One line, with its CR LF checked and taken away."""
        while b'\n' not in self.buffer:
            try:
                data = self.sock.recv(65536)
            except ConnectionResetError:
                data = b''
            if not data:
                assert self.buffer == b'', f'half a line at the end: {self.buffer!r}'
                raise Closed
            self.buffer += data
        line, self.buffer = self.buffer.split(b'\n', 1)
        assert line.endswith(b'\r'), f'a line without CR: {line!r}'
        line = line[:-1]
        assert not re.search(rb'[\r\0]', line), f'a control byte in a reply: {line!r}'
        # Telnet's WONT and DONT are no part of a reply; IAC IAC is one byte
        return re.sub(rb'\xff(?:\xff|[\xfb-\xfe].)',
                      lambda m: b'\xff' if m[0] == b'\xff\xff' else b'',
                      line, flags=re.S)

    def reply(self):
        """One whole reply; its form is RFC 959's, 4.2."""
        first = self.line()
        assert re.match(rb'[1-5][0-9]{2}[ -]', first), f'no reply line: {first!r}'
        raw = [first]
        while raw[-1][:4] != first[:3] + b' ':
            raw.append(self.line())
            assert raw[-1][:3] == first[:3] or not re.match(rb'[0-9]{3}[ -]', raw[-1]), \
                f'a line inside {first!r} that looks like another reply: {raw[-1]!r}'
        return Reply([r.decode('utf-8', 'surrogateescape') for r in raw], b'\n'.join(raw))

    def put(self, line):
        """Send a command without awaiting its reply."""
        if isinstance(line, str):
            line = line.encode('utf-8', 'surrogateescape')
        self.send(line + b'\r\n')

    def cmd(self, line):
        self.put(line)
        return self.reply()

    def greet(self):
        self.welcome = self.reply()
        return self.welcome

    def login(self, user='alice', password='pw'):
        """USER and PASS; the verdict's reply."""
        reply = self.cmd(f'USER {user}')
        return self.cmd(f'PASS {password}') if reply == 331 else reply

    def at_end(self):
        """True when the server closes and says nothing more."""
        try:
            line = self.line()
        except (Closed, ConnectionError):
            return True
        raise AssertionError(f'more than the end: {line!r}')

    def last_words(self):
        """Every reply until the server closes."""
        replies = []
        try:
            while True:
                replies.append(self.reply())
        except (Closed, ConnectionError):
            return replies

    def quit(self):
        reply = self.cmd('QUIT')
        assert self.at_end()
        self.close()
        return reply

    def close(self):
        self.sock.close()

    def reset(self):
        """Vanish with a RST instead of a FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
        self.sock.close()

    # -- data connections ----------------------------------------------------

    def pasv(self):
        """The address that PASV names, after a check of the reply's form."""
        reply = self.cmd('PASV')
        assert reply == 227, reply
        numbers = re.search(r'\((\d+),(\d+),(\d+),(\d+),(\d+),(\d+)\)', reply.text)
        assert numbers, reply
        n = [int(x) for x in numbers.groups()]
        assert max(n) < 256
        return '.'.join(map(str, n[:4])), n[4] * 256 + n[5]

    def epsv(self, argument=''):
        reply = self.cmd('EPSV' + argument)
        assert reply == 229, reply
        port = re.search(r'\(\|\|\|(\d+)\|\)', reply.text)
        assert port, reply
        return self.sock.getpeername()[0], int(port.group(1))

    def listen(self, verb='PORT', host=None):
        """Listen for an active data connection and tell the server."""
        host = host or self.sock.getsockname()[0]
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        listener = socket.socket(family)
        listener.settimeout(self.timeout)
        listener.bind((host, 0))
        listener.listen()
        port = listener.getsockname()[1]
        if verb == 'PORT':
            reply = self.cmd(f"PORT {host.replace('.', ',')},{port >> 8},{port & 255}")
        else:
            reply = self.cmd(f"EPRT |{2 if ':' in host else 1}|{host}|{port}|")
        assert reply == 200, reply
        return listener

    def connect(self, address):
        data = socket.create_connection(address, self.timeout)
        data.settimeout(self.timeout)
        return data

    def open(self, line, mode='pasv'):
        """
        Prepare a data connection and send a command that uses it. Returns the first
        reply and the connection, None where the server did not open it.
        """
        if mode in ('pasv', 'epsv'):
            data = self.connect(getattr(self, mode)())
            reply = self.cmd(line)
            if reply >= 200:
                data.close()
                return reply, None
            return reply, data
        listener = self.listen(mode.upper())
        with listener:
            reply = self.cmd(line)
            if reply >= 200:
                return reply, None
            data, self.data_peer = listener.accept()
            data.settimeout(self.timeout)
            return reply, data

    def fetch(self, line, mode='pasv', rest=None):
        """Run a command that sends data. Returns the last reply and the data."""
        if rest is not None:
            assert self.cmd(f'REST {rest}') == 350
        reply, data = self.open(line, mode)
        if not data:
            return reply, None
        received = read_all(data)
        return self.reply(), received

    def store(self, line, content, mode='pasv', rest=None):
        """Run a command that takes data. Returns the last reply."""
        if rest is not None:
            assert self.cmd(f'REST {rest}') == 350
        reply, data = self.open(line, mode)
        if not data:
            return reply
        try:
            data.sendall(content)
        except (BrokenPipeError, ConnectionResetError):
            pass
        data.close()
        return self.reply()

    def get(self, path, mode='pasv', rest=None):
        """RETR that must succeed: the file's bytes."""
        reply, data = self.fetch(f'RETR {path}', mode, rest)
        assert reply == 226, reply
        return data

    def names(self, line='NLST', mode='pasv'):
        """The lines of a listing that must succeed."""
        reply, data = self.fetch(line, mode)
        assert reply == 226, reply
        text = data.decode('utf-8', 'surrogateescape')
        assert text == '' or text.endswith('\r\n'), f'no last CR LF: {text[-80:]!r}'
        lines = text.split('\r\n')[:-1]
        return sorted(lines) if line == 'NLST' else lines     # NLST's order is the directory's


def read_all(data):
    parts = []
    with data:
        try:
            while part := data.recv(1 << 20):
                parts.append(part)
        except ConnectionResetError:
            parts.append(None)
    return b''.join(p for p in parts if p)
