"""What a long session costs, and whether its tickets last."""

import contextlib
import os
import socket

import pytest

import tls
from client import Client
from conftest import release_only
from tls import both, certs, needs_tls

pytestmark = needs_tls


def held(c, pids):
    """(private memory, descriptors) of each; a file is closed behind its 226, so a NOOP first."""
    assert c.cmd('NOOP') == 200
    return [(tls.private_memory(pid), len(os.listdir(f'/proc/{pid}/fd'))) for pid in pids]


@release_only
@both
@pytest.mark.timeout(1500)
def test_attack_80_ten_thousand_transfers(ftpd, place, certs, version):
    place.file('f', b'x' * 1000)
    s = ftpd(certs.conf(more='AllowOverwrite on\nTransferLog none'))
    c = tls.login(s, certs.context(version))
    pids = [tls.tls_process(s), tls.session_process(s)]
    before = None
    for n in range(10000):
        if n % 2:
            assert c.store('STOR g', b'y' * 1000, 'epsv') == 226
        else:
            assert c.get('f', 'epsv') == b'x' * 1000
        if n == 100:
            before = held(c, pids)
    for (memory, files), (memory_before, files_before) in zip(held(c, pids), before):
        assert memory - memory_before < 256
        assert files == files_before


@release_only
@both
def test_attack_80_failures_cost_nothing_either(ftpd, place, certs, version):
    s = ftpd(certs.conf(more='DeleteAbortedStores on\nAllowOverwrite on'))
    c = tls.login(s, certs.context(version))
    pids = [tls.tls_process(s), tls.session_process(s)]
    own, before = c.session, None
    for n in range(300):
        if n % 3 == 0:
            c.session = lambda: None
            assert c.store('STOR f', b'x') == 425
            c.session = own
        elif n % 3 == 1:
            reply, data = c.open('STOR f')
            data.close()
            assert c.reply() in (426, 451)
        else:
            reply, data = Client.open(c, 'STOR f')
            with contextlib.suppress(OSError):
                data.sendall(b'garbage, no hello\r\n')
                data.shutdown(socket.SHUT_WR)
            tls.drain(data)
            data.close()
            assert c.reply() == 425
        if n == 60:
            before = held(c, pids)
    for (memory, files), (memory_before, files_before) in zip(held(c, pids), before):
        assert memory - memory_before < 256
        assert files == files_before
    assert c.store('STOR f', b'x') == 226


def test_each_ticket_once(ftpd, place, certs):
    """RFC 8446, C.4: a client that uses a ticket once finds another for the next transfer."""
    place.file('f', b'content')
    c = tls.login(ftpd(certs.conf()), certs.context('1.3'))
    used = set()
    for _ in range(60):
        assert c.cmd('NOOP') == 200              # what is on the control connection is read
        session = c.sock.session
        assert session.has_ticket and session.id not in used
        used.add(session.id)
        assert c.get('f') == b'content'


@both
def test_one_ticket_again_and_again(ftpd, place, certs, version):
    place.file('f', b'content')
    c = tls.login(ftpd(certs.conf()), certs.context(version))
    c.cmd('NOOP')
    first = c.sock.session
    c.session = lambda: first
    for _ in range(60):
        assert c.get('f') == b'content'


@both
def test_tickets_of_data_connections(ftpd, place, certs, version):
    """A client may go on with what its last data connection gave it."""
    place.file('f', b'content')
    c = tls.login(ftpd(certs.conf()), certs.context(version))
    c.cmd('NOOP')
    for _ in range(20):
        reply, data = c.open('RETR f')
        while data.recv(1000):
            pass
        assert data.session_reused
        last = data.session
        data.close()
        assert c.reply() == 226
        c.session = lambda: last


@pytest.mark.parametrize('mode', ['pasv', 'port'])
def test_two_sessions_do_not_meet(ftpd, place, certs, mode):
    place.file('f', b'content')
    s = ftpd(certs.conf())
    clients = [tls.login(s, certs.context()) for _ in range(3)]
    for _ in range(20):
        for c in clients:
            assert c.get('f', mode) == b'content'


@both
def test_a_ticket_lasts_for_a_day_of_work(ftpd, certs, version):
    # the upload after nine hours finds the session that the first one had
    c = tls.login(ftpd(certs.conf()), certs.context(version))
    c.cmd('NOOP')
    assert c.sock.session.has_ticket
    assert c.sock.session.ticket_lifetime_hint >= 10 * 3600
