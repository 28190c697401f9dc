"""IdentLookups: who the client's machine says it is, asked beside everything else."""

import contextlib
import socket
import threading
import time

import pytest

from harness import processes, status, until


class Daemon:
    """identd: answers each question with `reply`, its {pair} the pair that was asked about."""

    def __init__(self, reply, host='127.0.0.1'):
        self.reply, self.asked, self.answered = reply, [], 0
        self.listener = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, 113))
        self.listener.listen(16)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        held = []
        with contextlib.suppress(OSError):
            while True:
                conn, peer = self.listener.accept()
                question = b''
                while not question.endswith(b'\n'):
                    question += conn.recv(100)
                self.asked.append((question.decode(), peer[0]))
                if self.reply is None:
                    held.append(conn)       # and never says a word
                    continue
                conn.sendall(self.reply.replace(b'{pair}', question.strip()))
                conn.close()
                self.answered += 1

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
    place.file('f', b'x')
    c = s.login()
    assert c.get('f', 'epsv') == b'x'
    return s.xferlog()[-1][-3:], c


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
    fields, c = transferred(s, place)
    assert fields == ['1', 'joe', 'c']
    port = c.sock.getsockname()[1]
    assert daemon.asked == [(f'{port}, {s.port}\r\n', host)]


def test_asked_from_the_address_that_the_client_came_to(identd, ftpd, place):
    daemon = identd()
    s = ftpd('IdentLookups on', host='127.0.0.7')
    transferred(s, place)
    assert [peer for _, peer in daemon.asked] == ['127.0.0.7']


@pytest.mark.parametrize('reply', [
    b'{pair} : ERROR : HIDDEN-USER\r\n', b'1, 2 : USERID : UNIX : joe\r\n', b'', b'\r\n',
    b'{pair} : USERID : UNIX : joe 0 * c\r\n', b'{pair} : USERID : UNIX : a\x1b[2Jb\r\n',
    b'{pair} : USERID : UNIX : ' + b'x' * 5000, b'x' * 100000],
    ids=['error', 'other', 'silence', 'empty', 'fields', 'control', 'long', 'endless'])
def test_what_is_no_name(identd, ftpd, place, reply):
    daemon = identd(reply)
    fields, _ = transferred(ftpd('IdentLookups on\nUseReverseDNS off'), place)
    assert fields == ['0', '*', 'c'] and daemon.asked


def test_nobody_listens_there(network, ftpd, place):
    fields, _ = transferred(ftpd('IdentLookups on\nUseReverseDNS off'), place)
    assert fields == ['0', '*', 'c']


def test_faq_4_13d_a_machine_that_never_answers(identd, ftpd, place):
    daemon = identd(None)
    s = ftpd('IdentLookups on\nUseReverseDNS off')
    began = time.monotonic()
    fields, c = transferred(s, place)
    assert fields == ['0', '*', 'c'] and daemon.asked
    assert time.monotonic() - began < 10        # 2 s are the most that it may cost a log line
    c.cmd('NOOP')
    # the greeting and the login waited for nothing
    c = s.connect()
    assert c.login() == 230

    def asked_again():
        if len(daemon.asked) == 1:          # its time may have passed while the machine was busy
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
    s = ftpd('IdentLookups on')
    s.connect()
    until(lambda: daemon.asked)
    for state in map(status, s.processes(3)[1:]):        # the session, and who asks
        assert '0' not in state['Uid'].split() and int(state['CapEff'], 16) == 0
        assert state['NoNewPrivs'] == '1'
