"""Data connections under TLS: whose they are, and whether they are whole."""

import contextlib
import os
import socket
import ssl

import pytest

import tls
from client import Client
from harness import until
from tls import Hand, both, certs, end, needs_tls

pytestmark = needs_tls


# -- whose data connection ----------------------------------------------------------------

def refused(c, place, line, content=b'x'):
    before = sorted(os.listdir(place.home()))
    reply = c.store(line, content) if line[:4] in ('STOR', 'APPE', 'STOU') else c.fetch(line)[0]
    assert reply == 425, (line, reply)
    assert sorted(os.listdir(place.home())) == before
    assert c.cmd('NOOP') == 200


@both
@pytest.mark.parametrize('mode', ['pasv', 'port'])
def test_attack_65_no_ticket(ftpd, place, certs, version, mode):
    place.file('f', b'content')
    s = ftpd(certs.conf(more='HiddenStores on'))
    c = tls.login(s, certs.context(version))
    own, c.session = c.session, lambda: None
    for line in ('STOR new', 'APPE new', 'STOU', 'RETR f', 'LIST', 'NLST', 'MLSD'):
        refused(c, place, line)
    c.session = own
    assert c.store('STOR new', b'mine', mode) == 226
    assert c.get('f', mode) == b'content'
    # the old file is no less there for it
    c = tls.login(ftpd(certs.conf(more='AllowOverwrite on\nAllowStoreRestart on')),
                  certs.context(version))
    c.session = lambda: None
    for line in ('STOR f', 'APPE f'):
        refused(c, place, line)
    assert (place.home() / 'f').read_bytes() == b'content'


@both
def test_attack_65_anothers_ticket(ftpd, place, certs, version):
    place.file('f', b'content')
    s = ftpd(certs.conf())
    context = certs.context(version)
    victim, thief = tls.login(s, context), tls.login(s, context)
    assert thief.cmd('NOOP') == 200              # his tickets are there
    gone = tls.login(s, context)
    gone.cmd('NOOP')
    old = gone.sock.session
    gone.quit()
    own = victim.session
    for session in (thief.session, lambda: old):
        victim.session = session
        assert session() is not None
        refused(victim, place, 'STOR new')
        refused(victim, place, 'RETR f')
    victim.session = own
    assert victim.get('f') == b'content'
    # the other way round: what was made on a data connection opens no control connection's data
    reply, data = victim.open('RETR f')
    while data.recv(1000):
        pass
    kept = data.session
    data.close()
    assert victim.reply() == 226
    thief.session = lambda: kept
    refused(thief, place, 'STOR new')


@both
def test_attack_65_a_control_connection_resumes_nothing(ftpd, place, certs, version):
    s = ftpd(certs.conf())
    context = certs.context(version)
    c = tls.login(s, context)
    c.cmd('NOOP')
    d = tls.connect(s, context)
    assert d.cmd('AUTH TLS') == 234
    d.sock = tls.wrap(context, d.sock, d.name, c.sock.session)
    assert not d.sock.session_reused
    assert d.cmd('PWD') == 530


@both
def test_attack_65_replayed_hello(ftpd, place, certs, version):
    place.file('f', b'content')
    s = ftpd(certs.conf())
    c = tls.login(s, certs.context(version))
    c.cmd('NOOP')
    reply, data = Client.open(c, 'STOR first')
    hand = Hand(data, c.context, c.name, c.sock.session)
    hello = hand.flight()
    data.sendall(hello)
    while not hand.done:
        assert hand.hear()
        data.sendall(hand.flight())
    hand.send(b'content')
    with contextlib.suppress(ssl.SSLError):
        hand.tls.unwrap()
    data.sendall(hand.outgoing.read())
    assert c.reply() == 226
    data.close()
    for line in ('STOR second', 'RETR f'):
        reply, data = Client.open(c, line)
        assert reply == 150
        data.sendall(hello)
        data.shutdown(socket.SHUT_WR)
        said = tls.drain(data)
        data.close()
        assert b'content' not in said
        assert c.reply() in (425, 426)
    assert sorted(os.listdir(place.home())) == ['f', 'first']
    assert c.store('STOR third', b'x') == 226


@pytest.mark.parametrize('first', [b'', b'stolen?', b'\x16\x03\x01'])
def test_attack_4_a_peer_without_our_ticket(ftpd, place, certs, first):
    place.file('f', b'secret content')
    c = tls.login(ftpd(certs.conf()), certs.context())
    for line in ('RETR f', 'STOR new', 'LIST'):
        address = c.pasv()
        thief = socket.create_connection(address)
        thief.sendall(first)
        assert c.cmd(line) == 150
        with contextlib.suppress(OSError):
            thief.shutdown(socket.SHUT_WR)
        said = tls.drain(thief)
        thief.close()
        assert b'secret' not in said and b'f\r\n' not in said
        assert c.reply() == 425
    assert os.listdir(place.home()) == ['f']
    assert c.get('f') == b'secret content'


def test_reuse_not_required(ftpd, place, certs):
    place.file('f', b'content')
    c = tls.login(ftpd(certs.conf(more='TLSOptions NoSessionReuseRequired')), certs.context())
    c.session = lambda: None
    assert c.get('f') == b'content'
    assert c.store('STOR g', b'x') == 226


# -- truncation --------------------------------------------------------------------------

@both
@pytest.mark.parametrize('hidden', ['on', 'off'])
@pytest.mark.parametrize('type_', ['I', 'A'])
@pytest.mark.parametrize('how', ['close', 'reset'])
def test_attack_64_no_close_notify(ftpd, place, certs, version, hidden, type_, how):
    s = ftpd(certs.conf(more=f'HiddenStores {hidden}\nDeleteAbortedStores {hidden}'))
    c = tls.login(s, certs.context(version))
    c.cmd(f'TYPE {type_}')
    reply, data = c.open('STOR f')
    data.sendall(b'the first half\r\n')
    until(lambda: os.listdir(place.home()))
    end(data, how)
    assert c.reply() in (426, 451)
    assert s.xferlog()[0][-1] == 'i'
    if hidden == 'on':
        until(lambda: os.listdir(place.home()) == [])
    assert c.store('STOR g', b'whole') == 226
    assert s.xferlog(2)[1][-1] == 'c'


@both
@pytest.mark.parametrize('line', ['STOR f', 'APPE f', 'STOU'])
def test_attack_64_no_byte_and_no_close_notify(ftpd, place, certs, version, line):
    s = ftpd(certs.conf(more='AllowStoreRestart on\nDeleteAbortedStores on'))
    c = tls.login(s, certs.context(version))
    reply, data = c.open(line)
    data.close()
    assert c.reply() in (426, 451)
    assert s.xferlog()[0][-1] == 'i'


@both
def test_attack_64_ours_comes_before_226(ftpd, place, certs, version):
    place.file('f', b'x' * 100000)
    place.file('big', b'\0' * (64 << 20))
    c = tls.login(ftpd(certs.conf()), certs.context(version))
    for line in ('RETR f', 'LIST'):
        reply, data = c.open(line)
        while data.recv(1 << 20):
            pass
        assert not data.ragged
        data.close()
        assert c.reply() == 226
    reply, data = c.open('RETR big')
    assert c.cmd('STAT') in (211, 213)           # nothing says 226 while bytes are on their way
    size = 0
    while part := data.recv(1 << 20):
        size += len(part)
    assert size == 64 << 20 and not data.ragged
    assert c.reply() == 226


@both
def test_a_client_that_never_says_goodbye_downloads(ftpd, place, certs, version):
    """Many close at the last byte; what they were sent is complete."""
    place.file('f', b'x' * 100000)
    s = ftpd(certs.conf())
    c = tls.login(s, certs.context(version))
    for _ in range(5):
        reply, data = c.open('RETR f')
        size = 0
        while size < 100000:
            size += len(data.recv(1 << 20))
        data.close()
        assert c.reply() in (226, 426)
        assert c.cmd('NOOP') == 200


@both
@pytest.mark.parametrize('how', ['half', 'close'])
def test_upload_that_ends_at_once_behind_its_goodbye(ftpd, place, certs, version, how):
    """Nobody waits for ours; and what a client leaves unread must not cost it what it has sent."""
    s = ftpd(certs.conf(more='AllowOverwrite on'))
    c = tls.login(s, certs.context(version))
    for size in (0, 1, 16384, 300000, 3 << 20):
        reply, data = c.open('STOR f')
        data.sendall(b'x' * size)
        data.notify()
        if how == 'half':
            socket.socket.shutdown(data, socket.SHUT_WR)
        else:
            data.close()
        assert c.reply() == 226, size
        data.close()
        assert (place.home() / 'f').stat().st_size == size
