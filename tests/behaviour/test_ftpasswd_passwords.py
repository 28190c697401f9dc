"""ftpasswd and passwords: where they come from, and that nothing is left of them."""

import contextlib
import fcntl
import os
import pathlib
import pty
import signal
import subprocess
import termios

import pytest

from conftest import release_only
from ftpasswd import METHODS, server, tool  # noqa: F401 (a fixture)
from harness import status


def test_one_line_of_standard_input_and_no_more(tool):
    for name in 'abc':
        tool.add(name)
    r, w = os.pipe()
    os.write(w, b'one\ntwo\nthree')
    os.close(w)
    for name in 'abc':
        tool.ok(f'--change-password --name {name} --stdin', stdin=r)
    assert os.read(r, 1) == b''
    hashes = [l.split(':')[1] for l in tool.file.read_text().splitlines()]
    script = ('import crypt, sys; '
              'print(*(crypt.crypt(p, h) == h for p, h in zip(*[iter(sys.argv[1:])] * 2)))')
    run = subprocess.run(['/usr/bin/python3', '-W', 'ignore', '-c', script, 'one', hashes[0], 'two',
                          hashes[1], 'three', hashes[2]], capture_output=True, text=True)
    if 'No module' not in run.stderr:
        assert run.stdout == 'True True True\n', run.stderr


@pytest.mark.parametrize('given, said', [
    (b'', 'no password was given'), (b'\n', 'empty'), (b'a\r\n', 'control character'),
    (b'a\0b\n', 'control character'), (b'\x1b[A\n', 'control character'), (b'a' * 512, 'too long'),
    (b'a' * 70000, 'too long')])
def test_passwords_that_are_refused(tool, given, said):
    tool.add('alice')
    before = tool.file.read_bytes()
    code, out, err = tool('--change-password --name alice --stdin', given)
    assert code == 1 and said in err and tool.file.read_bytes() == before
    assert tool('--hash --stdin', given)[:2] == (1, '')


def test_the_longest_passwords(ftpd, tool, place):
    tool.add('dora', 'a' * 511, home=place.home_dir / 'alice')
    s = server(ftpd)
    s.login('dora', 'a' * 511)
    assert s.connect().login('dora', 'a' * 510) == 530
    code, out, err = tool('--hash --stdin --method bcrypt', 'a' * 73)
    assert code == 1 and out == '' and 'bcrypt takes no more than 72 bytes' in err
    assert tool.ok('--hash --stdin --method bcrypt', 'a' * 72).startswith('$2b$10$')
    code, _, err = tool('--hash --stdin --method des', 'pw')
    assert code == 1 and 'choose one of ' + ' '.join(METHODS) in err


def test_no_terminal_and_no_stdin(tool):
    code, _, err = tool('--hash', start_new_session=True)
    assert code == 1 and 'there is no terminal to ask for the password: give it to --stdin' in err


class Terminal:
    """The tool on a terminal of its own, its session's leader."""

    def __init__(self, tool, words, **how):
        self.master, self.slave = pty.openpty()
        name = os.ttyname(self.slave)

        def control():
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)    # whatever the tests were started under
            os.setsid()
            fcntl.ioctl(os.open(name, os.O_RDWR), termios.TIOCSCTTY, 0)

        self.process = tool.start(words, preexec_fn=control, stdout=subprocess.PIPE, **how)
        self.seen = b''

    def expect(self, text):
        """Until it has said this since the last time; a question is asked with the echo off."""
        while text not in self.seen:
            self.seen += os.read(self.master, 4096)
        self.seen = self.seen.split(text, 1)[1]

    def echo(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def type(self, data):
        os.write(self.master, data)

    def end(self):
        out, err = self.process.communicate(timeout=20)
        os.set_blocking(self.master, False)
        with contextlib.suppress(OSError):
            self.seen += os.read(self.master, 4096)
        assert self.echo()
        os.close(self.slave)
        os.close(self.master)
        return self.process.returncode, out.decode(), err.decode()


def test_the_terminal_asks(ftpd, tool, place):
    tool.add('dora', home=place.home_dir / 'alice')
    t = Terminal(tool, '--change-password --name dora')
    t.expect(b'New password of dora: ')
    assert not t.echo()
    t.type(b'long and sekret\n')
    t.expect(b'The same again: ')
    assert not t.echo()
    t.type(b'long and sekreX\x7ft\n')       # a character erased
    assert t.end() == (0, '', '') and b'sekre' not in t.seen
    server(ftpd).login('dora', 'long and sekret')


@pytest.mark.parametrize('typed, said', [
    ([b'one\n', b'two\n'], 'the two passwords differ'), ([b'one\n', b'onetwo\n'], 'differ'),
    ([b'\4'], 'no password was given'), ([b'one\n', b'\4'], 'no password was given'),
    ([b'\n', b'\n'], 'empty'), ([b'a' * 600 + b'\n'], 'too long'), ([b'\x1b[A\n'] * 2, 'control')])
def test_the_terminal_is_told_why_not(tool, typed, said):
    tool.add('alice')
    before = tool.file.read_bytes()
    t = Terminal(tool, '--change-password --name alice')
    for prompt, line in zip([b'alice: ', b'again: '], typed):
        t.expect(prompt)
        t.type(line)
    code, _, err = t.end()
    assert code == 1 and said in err and tool.file.read_bytes() == before and tool.left() == []


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP])
def test_an_interrupt_gives_the_echo_back(tool, number):
    t = Terminal(tool, '--hash')
    t.expect(b'New password: ')
    t.type(b'half')
    if number in (signal.SIGINT, signal.SIGQUIT):
        t.type(b'\3' if number == signal.SIGINT else b'\x1c')
    else:
        t.process.send_signal(number)
    assert t.end()[:2] == (-number, '')


def test_a_stop_asks_again(tool):
    # of a session's leader ^Z stops nothing; what matters is that the line before it is gone
    t = Terminal(tool, '--hash')
    t.expect(b'New password: ')
    t.type(b'half\x1a')
    t.expect(b'New password: ')
    t.type(b'whole\n')
    t.expect(b'again: ')
    t.type(b'whole\n')
    code, out, err = t.end()
    assert (code, err) == (0, '') and out.startswith('$y$')


def test_what_cannot_be_is_said_before_the_question(tool):
    tool.add('alice')
    for words, said in (('--passwd --name alice --uid 5 --home /h', 'is taken'),
                        ('--change-password --name dora', 'no account dora')):
        t = Terminal(tool, words)
        code, _, err = t.end()
        assert code == 1 and said in err and t.seen == b''


def memory(pid):
    """Everything that a process may read of itself."""
    found = b''
    with open(f'/proc/{pid}/mem', 'rb', 0) as mem:
        for line in pathlib.Path(f'/proc/{pid}/maps').read_text().splitlines():
            start, end = (int(x, 16) for x in line.split()[0].split('-'))
            if line.split()[1][0] == 'r' and '[v' not in line:
                with contextlib.suppress(OSError, OverflowError, ValueError):
                    found += os.pread(mem.fileno(), end - start, start)
    return found


@release_only
@pytest.mark.parametrize('method', METHODS)
def test_nothing_is_left_of_the_password(tool, method):
    tool.add('alice')
    secret = b'correct-horse-battery'
    r, w = os.pipe()
    os.write(w, secret + b'\n')
    p = tool.start(f'--change-password --name alice --stdin --method {method}', 'rename', stdin=r)
    try:
        assert b'alice:' + METHODS[method].encode() in memory(p.pid), 'the test looks at nothing'
        assert secret not in memory(p.pid)
        assert secret[:12] not in memory(p.pid)
        assert status(p.pid)['State'].startswith('T')
    finally:
        os.kill(p.pid, signal.SIGCONT)
    assert p.communicate()[1] == b'' and p.returncode == 0
