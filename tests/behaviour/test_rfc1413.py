"""IdentLookups: who the client's machine says it is, asked beside everything else."""

import contextlib
import socket
import threading
import time

import pytest

from harness import status, until


class Daemon:
    """identd: answers each question with `reply`, its {pair} the pair that was asked about."""

    def __init__(self, reply, host='127.0.0.1'):
        self.reply, self.asked = reply, []
        self.listener = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, 113))
        self.listener.listen(16)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        held = []
        while True:
            try:
                conn, peer = self.listener.accept()
            except OSError:
                return
            held.append(conn)
            with contextlib.suppress(OSError):      # who asks may leave at any time
                question = b''
                while not question.endswith(b'\n') and (part := conn.recv(100)):
                    question += part
                if question.endswith(b'\n'):
                    self.asked.append((question.decode(), peer[0]))
                    if self.reply is None:
                        continue                    # and never says a word
                    conn.sendall(self.reply.replace(b'{pair}', question.strip()))
            held.pop().close()

    def close(self):
        self.listener.close()


@pytest.fixture
def identd(network):
    daemons = []

    def start(reply=b'{pair} : USERID : UNIX : joe\r\n', **how):
        daemons.append(Daemon(reply, **how))
        return daemons[-1]

    yield start
    for daemon in daemons:
        daemon.close()


def transferred(s, place):
    """A connection's only transfer: the end of its line in the log."""
    place.file('f', b'x')
    c = s.login()
    assert c.get('f', 'epsv') == b'x'
    return s.xferlog(len(s.clients))[-1][-3:], c


def without_a_name(s, place, daemon):
    """The line of a transfer, once somebody was asked; that has two seconds each time."""
    def line():
        fields, _ = transferred(s, place)
        assert fields == ['0', '*', 'c']
        return daemon.asked

    until(line)


def test_off_asks_nobody(identd, ftpd, place):
    daemon = identd()
    fields, _ = transferred(ftpd('UseReverseDNS off'), place)
    assert fields == ['0', '*', 'c'] and daemon.asked == []
    fields, _ = transferred(ftpd('IdentLookups off'), place)
    assert fields == ['0', '*', 'c'] and daemon.asked == []


@pytest.mark.parametrize('host', ['127.0.0.1', '::1'])
def test_the_name_in_the_transfer_log(identd, ftpd, place, host):
    daemon = identd(host=host)
    s = ftpd('IdentLookups on\nUseReverseDNS off', host=host)

    def told():
        began = time.monotonic()
        fields, c = transferred(s, place)
        late = time.monotonic() - began > 1.9       # it has two seconds each time
        assert fields == ['1', 'joe', 'c'] or (late and fields == ['0', '*', 'c'])
        return fields[0] == '1' and c

    c = until(told)
    port = c.sock.getsockname()[1]
    assert daemon.asked[-1] == (f'{port}, {s.port}\r\n', host)
    assert len(daemon.asked) <= len(s.clients)


def test_asked_from_the_address_that_the_client_came_to(identd, ftpd, place):
    daemon = identd()
    s = ftpd('IdentLookups on', host='127.0.0.7')
    until(lambda: transferred(s, place) and daemon.asked)
    assert {peer for _, peer in daemon.asked} == {'127.0.0.7'}


@pytest.mark.parametrize('reply', [
    b'{pair} : ERROR : HIDDEN-USER\r\n', b'1, 2 : USERID : UNIX : joe\r\n', b'', b'\r\n',
    b'{pair} : USERID : UNIX : joe 0 * c\r\n', b'{pair} : USERID : UNIX : a\x1b[2Jb\r\n',
    b'{pair} : USERID : UNIX : ' + b'x' * 5000, b'x' * 100000],
    ids=['error', 'other', 'silence', 'empty', 'fields', 'control', 'long', 'endless'])
def test_what_is_no_name(identd, ftpd, place, reply):
    daemon = identd(reply)
    without_a_name(ftpd('IdentLookups on\nUseReverseDNS off'), place, daemon)


def test_nobody_listens_there(network, ftpd, place):
    fields, _ = transferred(ftpd('IdentLookups on\nUseReverseDNS off'), place)
    assert fields == ['0', '*', 'c']


def test_faq_4_13d_a_machine_that_never_answers(identd, ftpd, place):
    daemon = identd(None)
    s = ftpd('IdentLookups on\nUseReverseDNS off')
    began = time.monotonic()
    fields, c = transferred(s, place)
    assert fields == ['0', '*', 'c']
    assert time.monotonic() - began < 20        # 2 s are the most that it may cost a log line
    c.cmd('NOOP')
    # the greeting and the login waited for nothing
    c = s.connect()
    assert c.login() == 230

    def asked_again():
        if len(daemon.asked) < 2:           # its time may have passed while the machine was busy
            s.login().quit()
        return len(daemon.asked) > 1
    until(asked_again)


def test_the_name_in_display_files(identd, ftpd, place):
    place.write('bye', 'Goodbye, %u.\n')
    identd()
    s = ftpd('IdentLookups on\nDisplayQuit {dir}/bye')

    def said():
        c = s.login()
        return 'Goodbye, joe.' in c.quit().all

    until(said)         # a login does not wait for the answer; the next one may have it
    plain = ftpd('DisplayQuit {dir}/bye')
    assert 'Goodbye, UNKNOWN.' in plain.login().quit().all


def test_the_question_is_asked_without_privilege(identd, ftpd):
    daemon = identd(None)
    s = ftpd('IdentLookups on\nUseReverseDNS off')

    def both():
        found = [state for pid in s.children() if (state := status(pid))]
        return len(found) == 2 and found

    def asking():
        port = s.connect().sock.getsockname()[1]
        with contextlib.suppress(AssertionError):        # who asks has two seconds to live
            until(lambda: any(line.startswith(f'{port},') for line, _ in list(daemon.asked)), 5)
            return until(both, 2)

    for state in until(asking):                          # the session, and who asks
        assert '0' not in state['Uid'].split() and int(state['CapEff'], 16) == 0
        assert state['NoNewPrivs'] == '1'
