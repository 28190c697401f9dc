"""PASV and EPSV: where they listen, and for whom."""

import pathlib
import socket
import subprocess

import pytest

from harness import until

PORTS = 'PassivePorts 49152 49160\n'


def sockets_of(pids):
    """Listening TCP sockets of these processes, as ss tells."""
    out = subprocess.run(['ss', '-Hlntp'], capture_output=True, text=True).stdout
    return [l for l in out.splitlines() if any(f'pid={p},' in l for p in pids)]


def test_faq_4_7b_range_and_masquerade(network, ftpd):
    s = ftpd('PassivePorts 49152 49160\nMasqueradeAddress 198.51.100.7')
    c = s.login()
    ports = set()
    for _ in range(50):
        host, port = c.pasv()
        assert host == '198.51.100.7'
        assert 49152 <= port <= 49160
        ports.add(port)
        assert 49152 <= c.epsv()[1] <= 49160
    assert len(ports) > 1
    c.pasv()


def test_masquerade_is_a_name(ftpd):
    etc = {'hosts': '198.51.100.8 outside.example\n'}
    c = ftpd('MasqueradeAddress outside.example', etc=etc).login()
    assert [c.pasv()[0] for _ in range(3)] == ['198.51.100.8'] * 3


def test_masquerade_is_a_device(ftpd):
    assert ftpd('MasqueradeAddress lo').login().pasv()[0] == '127.0.0.1'


def test_masquerade_has_no_address_yet(ftpd):
    etc = {'hosts': '', 'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n'}
    s = ftpd('MasqueradeAddress later.example', etc=etc)
    c = s.login()
    assert c.cmd('PASV') == 425
    c.epsv()
    s.log_wait('MasqueradeAddress later.example: no IPv4 address')
    pathlib.Path(f'/proc/{s.monitor}/root/etc/hosts').write_text('198.51.100.9 later.example\n')
    assert c.pasv()[0] == '198.51.100.9'


@pytest.mark.parametrize('value, word', [('nowhere.example', 'no address is known'),
                                         ('::1', 'IPv4'), ('198.51.100.7', None), ('lo', None)])
def test_the_check_knows_what_pasv_can_tell(ftpd, value, word):
    etc = {'hosts': '', 'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n'}
    code, said = ftpd(f'MasqueradeAddress {value}', etc=etc).check()
    assert code == 0
    assert ('MasqueradeAddress: ' in said) == (word is not None) and (word or '') in said


def test_faq_4_3a_only_an_outstanding_pasv_listens(ftpd):
    s = ftpd()
    c = s.login()
    assert sockets_of(s.processes()) == []
    c.pasv()
    until(lambda: len(sockets_of(s.processes())) == 1)  # the kernel's table moves meanwhile
    c.epsv()
    c.pasv()
    until(lambda: len(sockets_of(s.processes())) == 1)
    c.names()
    assert sockets_of(s.processes()) == []
    c.pasv()
    c.listen().close()
    assert sockets_of(s.processes()) == []


def test_attack_6_listeners_are_not_hoarded(network, ftpd):
    s = ftpd('PassivePorts 50000 50003')
    first = s.login()
    for _ in range(500):
        first.pasv()
    second = s.login()
    assert second.names() == []
    assert first.names() == []


def test_faq_4_3b_taken_ports(network, ftpd):
    s = ftpd('PassivePorts 50000 50001')
    taken = []
    for port in (50000, 50001):
        sock = socket.socket()
        sock.bind(('0.0.0.0', port))
        sock.listen()
        taken.append(sock)
    c = s.login()
    assert c.cmd('PASV') == 425
    assert c.cmd('EPSV') == 425
    s.log_wait('port')
    taken[0].close()
    assert c.names() == []
    taken[1].close()


def test_many_transfers_through_two_ports(network, ftpd, place):
    place.file('f', b'x')
    c = ftpd('PassivePorts 50000 50001').login()
    for _ in range(200):
        assert c.get('f') == b'x'


@pytest.mark.parametrize('verb', ['pasv', 'epsv'])
@pytest.mark.parametrize('line', ['RETR f', 'LIST', 'STOR g'])
def test_attack_3_another_address_is_not_let_in(ftpd, place, verb, line):
    place.file('f', b'the file')
    s = ftpd()
    c = s.login()
    host, port = getattr(c, verb)()
    thief = socket.create_connection((host, port), source_address=('127.0.0.9', 0))
    c.put(line)
    try:
        assert thief.recv(100) == b''
    except ConnectionResetError:
        pass
    data = c.connect((host, port))
    assert c.reply() == 150
    if line.startswith('STOR'):
        data.sendall(b'mine')
    else:
        received = data.recv(1000)
        assert received
    data.close()
    assert c.reply() == 226
    s.log_wait(r'127\.0\.0\.9')
    if line.startswith('STOR'):
        assert (place.home() / 'g').read_bytes() == b'mine'


def test_thief_alone(ftpd, place):
    place.file('f', b'the file')
    c = ftpd('TimeoutStalled 2').login()
    address = c.pasv()
    thief = socket.create_connection(address, source_address=('127.0.0.9', 0))
    c.put('RETR f')
    try:
        assert thief.recv(100) == b''
    except ConnectionResetError:
        pass
    assert c.reply() in (425, 421)


def test_foreign_address_admitted(ftpd, place):
    place.file('f', b'the file')
    c = ftpd('AllowForeignAddress on').login()
    address = c.pasv()
    other = socket.create_connection(address, source_address=('127.0.0.9', 0))
    assert c.cmd('RETR f') == 150
    assert other.recv(100) == b'the file'
    assert c.reply() == 226


def test_attack_4_ports_cannot_be_guessed(ftpd):
    c = ftpd().login()
    ports = [c.pasv()[1] for _ in range(300)]
    steps = [b - a for a, b in zip(ports, ports[1:])]
    assert len(set(ports)) > 250
    assert sum(abs(step) <= 4 for step in steps) < 30


def test_attack_5_epsv_all(ftpd):
    c = ftpd().login()
    assert c.cmd('EPSV ALL') == 200
    c.cmd('ABOR')
    assert c.fetch('RETR nothing', 'epsv')[0] == 550
    for line in ('PORT 127,0,0,1,200,200', 'EPRT |1|127.0.0.1|51400|', 'PASV'):
        assert 500 <= c.cmd(line) < 600
        assert 500 <= c.cmd(line) < 600
    assert c.names(mode='epsv') == []


def test_epsv_with_a_protocol(ftpd):
    c = ftpd().login()
    c.epsv(' 1')
    reply = c.cmd('EPSV 2')
    assert reply == 522 and '(1' in reply.text
    assert c.cmd('EPSV 9') == 522
    for bad in ('x', '-1', '99999999999999999999', '1 1', 'ALLO'):
        assert c.cmd(f'EPSV {bad}') in (501, 522)


@pytest.mark.parametrize('denied, others', [('PASV EPSV', ('port', 'eprt')),
                                            ('PORT EPRT', ('pasv', 'epsv'))])
def test_faq_4_7c_one_mode_is_denied(ftpd, denied, others):
    c = ftpd(f'<Limit {denied}>\nDenyAll\n</Limit>').login()
    arguments = {'PORT': ' 127,0,0,1,200,200', 'EPRT': ' |1|127.0.0.1|51400|'}
    for verb in denied.split():
        assert c.cmd(verb + arguments.get(verb, '')) == 501
    for mode in others:
        assert c.names(mode=mode) == []


def test_transfer_without_any(ftpd, place):
    place.file('f', b'x')
    c = ftpd().login()
    for line in ('RETR f', 'STOR g', 'LIST', 'NLST', 'MLSD', 'APPE f', 'STOU'):
        assert c.cmd(line) in (425, 451), line
    assert not (place.home() / 'g').exists()


def test_faq_4_21_each_transfer_its_own(ftpd, place):
    place.file('f', b'x')
    c = ftpd().login()
    assert c.get('f', 'port') == b'x'
    assert c.names(mode='pasv') == ['f']
    for _ in range(2):
        assert c.get('f', 'port') == b'x'
    assert c.cmd('RETR f') == 425       # what PORT prepared is used up


def test_nobody_comes(ftpd, place):
    place.file('old', b'keep me')
    c = ftpd('AllowOverwrite on\nTimeoutStalled 1').login()
    c.pasv()
    assert failed(c, 'STOR old') in (425, 421)
    assert (place.home() / 'old').read_bytes() == b'keep me'


def failed(c, line):
    reply = c.cmd(line)
    return c.reply() if reply == 150 else reply


def test_failed_active_connection_keeps_the_old_file(ftpd, place):
    place.file('old', b'keep me')
    c = ftpd('AllowOverwrite on').login()
    with socket.socket() as deaf:       # bound: nobody else can listen there meanwhile
        deaf.bind(('127.0.0.1', 0))
        port = deaf.getsockname()[1]
        for name in ('old', 'new'):
            assert c.cmd(f'PORT 127,0,0,1,{port >> 8},{port & 255}') == 200
            assert failed(c, f'STOR {name}') == 425
            assert c.cmd('NOOP') == 200
    assert (place.home() / 'old').read_bytes() == b'keep me'
    assert not (place.home() / 'new').exists()
