"""TLS against somebody who means harm, or whose network breaks at the worst moment."""

import contextlib
import os
import random
import select
import socket
import ssl

import pytest

import tls
from client import Client
from harness import SAN, processes, until
from tls import Hand, both, certs, end, needs_tls, started, still_serves

pytestmark = needs_tls


# -- handshakes that are cut off ---------------------------------------------------

def boundaries(hello):
    """Where a ClientHello's fields end: record and message header, random, lists, extensions."""
    cuts = set(range(0, 12)) | {42, 43, 44, len(hello) - 1, len(hello)}
    at = 43
    at += 1 + hello[at]                                             # session id
    cuts |= {at, at + 1, at + 2}
    at += 2 + int.from_bytes(hello[at:at + 2], 'big')               # cipher suites
    cuts |= {at, at + 1}
    at += 1 + hello[at]                                             # compression
    cuts |= {at, at + 1, at + 2}
    at += 2
    while at < len(hello):
        cuts |= {at, at + 1, at + 2, at + 3, at + 4}
        at += 4 + int.from_bytes(hello[at + 2:at + 4], 'big')
        cuts.add(at)
    assert at == len(hello)
    return sorted(cut for cut in cuts if cut <= len(hello))


@both
@pytest.mark.parametrize('how', ['close', 'reset', 'half'])
def test_cut_in_the_client_hello(ftpd, certs, version, how):
    s = ftpd(certs.conf())
    hello = Hand(None, certs.context(version)).flight()
    cuts = boundaries(hello)
    for cut in cuts if how == 'close' else cuts[::7] + cuts[-2:]:
        sock = started(s)
        sock.sendall(hello[:cut])
        if how == 'half':
            sock.shutdown(socket.SHUT_WR)
            tls.drain(sock)
        end(sock, how)
        assert s.exit_status() == 0, cut
    still_serves(s, certs)


@both
@pytest.mark.parametrize('how', ['close', 'reset'])
def test_cut_behind_the_servers_flight(ftpd, certs, version, how):
    s = ftpd(certs.conf())
    offset = 0
    while True:
        sock = started(s)
        hand = Hand(sock, certs.context(version))
        sock.sendall(hand.flight())
        data = b''
        while not data:
            assert hand.hear()
            data = hand.flight()
        ends = [0]
        for _, one in tls.records(data):
            ends += [ends[-1] + 3, ends[-1] + 5, ends[-1] + len(one) - 1, ends[-1] + len(one)]
        ends.pop()                              # the whole of it is a handshake
        if offset == len(ends):
            end(sock, how)
            break
        sock.sendall(data[:ends[offset]])
        end(sock, how)
        assert s.exit_status() == 0, ends[offset]
        offset += 1
    still_serves(s, certs)


@both
def test_in_the_smallest_pieces(ftpd, place, certs, version):
    """What is odd and no attack: a byte at a time, and records of a byte or two."""
    s = ftpd(certs.conf())
    sock = started(s)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    hand = Hand(sock, certs.context(version))
    while True:
        for byte in hand.flight():
            sock.send(bytes([byte]))
        if hand.done:
            break
        assert hand.hear()
    hand.send(b'SYST\r\n')
    assert hand.line().startswith(b'215')
    sock = started(s)
    hand = Hand(sock, certs.context(version))
    hello = hand.flight()
    sock.sendall(b''.join(hello[:3] + len(hello[at:at + 20]).to_bytes(2, 'big') + hello[at:at + 20]
                          for at in range(5, len(hello), 20)))
    while not hand.done:
        assert hand.hear()
        sock.sendall(hand.flight())
    hand.send(b'SYST\r\n')
    assert hand.line().startswith(b'215')


GARBAGE = {
    'text': b'USER alice\r\nPASS pw\r\nQUIT\r\n',
    'http': b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nUSER alice\r\nPASS pw\r\n',
    'zeros': b'\0' * 100000,
    'ones': b'\xff' * 100000,
    'huge record': b'\x16\x03\x01\xff\xff' + b'\x01' * 70000,
    'huge message': b'\x16\x03\x01\x40\x00\x01\xff\xff\xff' + b'\0' * (16384 - 4) +
                    (b'\x16\x03\x01\x40\x00' + b'\0' * 16384) * 20,
    'empty records': b'\x16\x03\x01\x00\x00' * 5000,
    'sslv2': b'\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\x00\x80' + b'x' * 34,
    'sslv3': b'\x16\x03\x00\x00\x2d\x01\x00\x00\x29\x03\x00' + b'r' * 32 + b'\0\0\2\0\5\1\0',
    'alert': b'\x15\x03\x01\x00\x02\x02\x28',
    'warnings': b'\x15\x03\x01\x00\x02\x01\x5a' * 1000,
    'close_notify': b'\x15\x03\x01\x00\x02\x01\x00',
    'application data': b'\x17\x03\x03\x00\x10' + b'a' * 16,
    'change cipher': b'\x14\x03\x03\x00\x01\x01' * 1000,
    'heartbeat': b'\x18\x03\x02\x00\x03\x01\x40\x00',
    'finished first': b'\x16\x03\x03\x00\x10\x14\x00\x00\x0c' + b'f' * 12,
    'server hello': b'\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03' + b'r' * 32 + b'\0\x13\x01\0',
}


@pytest.mark.parametrize('kind', list(GARBAGE))
@pytest.mark.parametrize('when', ['first', 'second', 'data'])
def test_garbage(ftpd, place, certs, kind, when):
    s = ftpd(certs.conf())
    if when == 'data':
        c = tls.login(s, certs.context())
        reply, sock = Client.open(c, 'STOR f')
        assert reply == 150
    else:
        sock = started(s)
        if when == 'second':
            hand = Hand(sock, certs.context())
            sock.sendall(hand.flight())
            assert hand.hear()
    with contextlib.suppress(OSError):
        sock.sendall(GARBAGE[kind])
    if kind in ('close_notify', 'huge message', 'empty records', 'huge record', 'zeros', 'sslv2'):
        with contextlib.suppress(OSError):      # it may be waiting for the rest
            sock.shutdown(socket.SHUT_WR)
    said = tls.drain(sock)
    sock.close()
    assert b'331' not in said and b'421' not in said and b'500' not in said
    if when == 'data':
        assert c.reply() == 425
        assert os.listdir(place.home()) == []
        assert c.store('STOR f', b'content') == 226
    else:
        assert s.exit_status() == 0
        still_serves(s, certs)


@both
def test_hellos_with_wrong_bytes(ftpd, certs, version):
    s = ftpd(certs.conf())
    rng = random.Random(version)
    context = certs.context(version)
    context.check_hostname = False
    for _ in range(40):
        hello = bytearray(Hand(None, context, 'name.example').flight())
        for _ in range(rng.choice((1, 1, 1, 5, 50))):
            hello[rng.randrange(5, len(hello))] = rng.choice((0, 1, 255, rng.randrange(256)))
        sock = started(s)
        sock.sendall(hello)
        sock.shutdown(socket.SHUT_WR)
        tls.drain(sock)
        sock.close()
        assert s.exit_status() == 0
    still_serves(s, certs)


# -- what comes in clear -------------------------------------------------------------

@both
@pytest.mark.parametrize('behind', [b'DELE x\r\n', b'USER alice\r\nPASS pw\r\n', b'QUIT\r\n',
                                    b'AUTH TLS\r\nSYST\r\n', b'NOOP', b'PBSZ 0\r\nPROT C\r\n',
                                    b'SYST\r\n' * 600])
def test_attack_60_injected_before_tls(ftpd, place, certs, version, behind):
    place.file('x', b'keep')
    s = ftpd(certs.conf())
    c = tls.connect(s, certs.context(version))
    c.send(b'AUTH TLS\r\n' + behind)
    assert c.reply() == 234
    try:
        c.handshake()
    except (ssl.SSLError, OSError):             # or the end
        s.exit_status()
    else:
        assert c.cmd('PROT P') == 503            # no PBSZ was run
        assert c.cmd('PWD') == 530
        c.protect()
        assert c.login() == 230
        assert c.names() == ['x']
    assert (place.home() / 'x').read_bytes() == b'keep'


def test_attack_60_many_segments(ftpd, place, certs):
    s = ftpd(certs.conf())
    c = tls.connect(s, certs.context())
    c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for part in (b'AU', b'TH TLS', b'\r\nUS', b'ER alice\r\n', b'PASS pw\r\n'):
        c.send(part)
    assert c.reply() == 234
    try:
        c.handshake()
    except (ssl.SSLError, OSError):
        s.exit_status()
    else:
        assert c.cmd('PWD') == 530


@pytest.mark.parametrize('first', ['POST / HTTP/1.1', 'GET / HTTP/1.0', 'EHLO example.org'])
def test_attack_9_another_protocol_under_tls(ftpd, place, certs, first):
    place.file('x', b'keep')
    s = ftpd(certs.conf())
    c = tls.secured(s, certs.context())
    with contextlib.suppress(OSError):
        c.send(first.encode() + b'\r\nHost: x\r\n\r\nUSER alice\r\nPASS pw\r\nDELE x\r\n')
    words = c.last_words()
    assert all(w in (421, 500, 502) for w in words), words
    c.close()
    assert (place.home() / 'x').exists()
    s.exit_status()


@pytest.mark.parametrize('where', ['control', 'retr', 'stor'])
def test_attack_11_out_of_band_under_tls(ftpd, place, certs, where):
    place.file('big', b'\0' * (16 << 20))
    c = tls.login(ftpd(certs.conf()), certs.context())
    data = None
    if where != 'control':
        reply, data = c.open('RETR big' if where == 'retr' else 'STOR up')
        with socket.socket(fileno=os.dup(data.fileno())) as raw:
            raw.send(b'!', socket.MSG_OOB)
    with socket.socket(fileno=os.dup(c.sock.fileno())) as raw:
        for byte in (b'\xf2', b'\xff', b'!'):
            raw.send(byte, socket.MSG_OOB)
    if where == 'retr':
        size = 0
        while part := data.recv(1 << 20):
            size += len(part)
        assert size == 16 << 20 and not data.ragged
        assert c.reply() == 226
    elif where == 'stor':
        data.sendall(b'x' * 100000)
        data.finish()
        assert c.reply() == 226
        assert (place.home() / 'up').stat().st_size == 100000
    assert c.cmd('NOOP') == 200
    assert c.names()


def test_attack_11_telnet_abor_under_tls(ftpd, place, certs):
    place.file('big', b'\0' * (64 << 20))
    c = tls.login(ftpd(certs.conf()), certs.context())
    reply, data = c.open('RETR big')
    data.recv(1000)
    c.send(b'\xff\xf4\xff\xf2ABOR\r\n')
    assert (c.reply(), c.reply()) == (426, 226)
    data.close()
    assert c.cmd('NOOP') == 200


def test_attack_12_long_lines_under_tls(ftpd, place, certs):
    c = tls.login(ftpd(certs.conf()), certs.context())
    for size in (4000, 5000, 16384, 20000, 40000):
        assert c.cmd('CWD ' + 'A' * size) == (550 if size < 4090 else 500)
    c.send(b'NOOP\r\n' * 3000)
    assert [int(c.reply()) for _ in range(3000)] == [200] * 3000


# -- changing keys ---------------------------------------------------------------------

def test_attack_63_renegotiation(ftpd, certs):
    s = ftpd(certs.conf())
    with tls.SClient(s, '-tls1_2', '-msg') as client:
        assert client.wait('Verify return code')
        client.say('SYST\n')
        assert client.wait('215 ')
        client.say('R\n')
        assert client.wait('RENEGOTIATING')
        # our hello, and no ServerHello for it
        told = client.wait(r'ServerHello|no.renegotiation|handshake.failure|closed')
        assert told is None or told[0] != b'ServerHello'
    s.exit_status(0)
    still_serves(s, certs)


@pytest.mark.parametrize('kind', ['k', 'K'])
def test_attack_63_a_thousand_key_updates(ftpd, certs, kind):
    s = ftpd(certs.conf())
    with tls.SClient(s, '-tls1_3') as client:
        assert client.wait('Verify return code')
        client.say('SYST\n')
        assert client.wait('215 ')
        until(lambda: s.spawned)
        pid = tls.tls_process(s)
        before = tls.private_memory(pid) if not SAN else 0

        def served(line, answer):
            """None when the server has closed: refused is an answer, too."""
            with contextlib.suppress(BrokenPipeError):
                client.say(line + '\n')
                return client.wait(answer)

        for n in range(1000):
            if not served(kind, 'KEYUPDATE') or n % 100 == 0 and not served('SYST', '215 '):
                break
        else:
            client.say('SYST\n')
            assert client.wait('215 ')
            assert SAN or tls.private_memory(pid) - before < 256
    s.exit_status(0)
    still_serves(s, certs)


# -- peers that vanish ----------------------------------------------------------------------

def vanish_at(s, certs, place, state, version):
    """Bring a client to a state; its sockets."""
    context = certs.context(version)
    c = tls.connect(s, context)
    if state == 'clear':
        return [c.sock]
    if state == '234':
        assert c.cmd('AUTH TLS') == 234
        return [c.sock]
    if state == 'hello':
        assert c.cmd('AUTH TLS') == 234
        hand = Hand(c.sock, context)
        c.send(hand.flight())
        assert hand.hear()
        return [c.sock]
    assert c.auth() == 234
    if state == 'up':
        return [c.sock]
    c.protect()
    if state == 'user':
        assert c.cmd('USER alice') == 331
        return [c.sock]
    assert c.login() == 230
    if state == 'in':
        return [c.sock]
    if state == 'pasv':
        c.pasv()
        return [c.sock]
    if state in ('150', 'data hello'):
        reply, data = Client.open(c, 'STOR f')
        assert reply == 150
        if state == 'data hello':
            hand = Hand(data, context, c.name, c.sock.session)
            data.sendall(hand.flight())
            assert hand.hear()
        return [c.sock, data]
    reply, data = c.open('RETR big' if state.startswith('retr') else 'STOR f')
    if state == 'retr':
        data.recv(1000)
    elif state == 'stor':
        data.sendall(b'x' * 100000)
    elif state == 'stat':
        c.put('STAT')
    return [c.sock, data]


STATES = ('clear', '234', 'hello', 'up', 'user', 'in', 'pasv', '150', 'data hello', 'retr', 'stor',
          'stat')


@both
@pytest.mark.parametrize('how', ['close', 'reset', 'control first'])
def test_attack_76_the_peer_is_gone(ftpd, place, certs, version, how):
    place.file('big', b'\0' * (64 << 20))
    s = ftpd(certs.conf(more='AllowOverwrite on\nAllowStoreRestart on'))
    for state in STATES:
        socks = vanish_at(s, certs, place, state, version)
        for sock in socks if how == 'control first' else reversed(socks):
            end(sock, how)
        assert s.exit_status() == 0, state
        monitor = s.spawned[-1].pid
        until(lambda: not processes(monitor))


def test_attack_76_close_notify_is_a_goodbye(ftpd, certs):
    s = ftpd(certs.conf())
    for loggedin in (False, True):
        c = tls.login(s, certs.context()) if loggedin else tls.secured(s, certs.context())
        c.sock.notify()
        assert c.last_words() == []
        c.close()
        assert s.exit_status() == 0
    c = tls.login(s, certs.context())
    c.send(b'NOOP\r\nQUIT\r\n')
    c.sock.notify()
    assert [int(r) for r in c.last_words()] in ([200, 221], [200], [])
    c.close()
    assert s.exit_status() == 0


def test_attack_77_one_byte_and_silence(ftpd, certs):
    s = ftpd(certs.conf(more='TLSTimeoutHandshake 1\nTimeoutLogin 10'))
    sock = started(s)
    hello = Hand(None, certs.context()).flight()
    with contextlib.suppress(OSError):
        for byte in hello:                      # it never ends by itself
            sock.send(bytes([byte]))
            if select.select([sock], [], [], 0.05)[0]:
                break
    tls.drain(sock)
    sock.close()
    assert s.exit_status() == 0


def test_attack_77_silence_on_a_data_connection(ftpd, place, certs):
    # it counts for the handshake of the login, too
    s = ftpd(certs.conf(more='TLSTimeoutHandshake 5\nTimeoutStalled 15'))
    c = tls.login(s, certs.context())
    reply, data = Client.open(c, 'STOR f')
    assert reply == 150
    assert c.reply() == 425
    data.close()
    assert os.listdir(place.home()) == []
    assert c.cmd('NOOP') == 200
