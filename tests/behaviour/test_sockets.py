"""Sockets of a session: whom they are for, and what is set on them."""

import re
import socket

import pytest

CLASS = '<Class near>\nFrom 203.0.113.0/24 127.0.0.9\n</Class>\n'


def test_faq_3_6d_a_class_of_foreign_addresses(ftpd):
    s = ftpd(CLASS + 'AllowForeignAddress near')
    c = s.login()
    assert c.cmd('PORT 203,0,113,9,20,20') == 200
    assert c.cmd('EPRT |1|203.0.113.9|5140|') == 200
    assert c.cmd('PORT 198,51,100,9,20,20') == 500
    assert c.cmd('EPRT |1|198.51.100.9|5140|') == 500
    assert c.cmd('LIST') == 425
    s.log_wait(r'198\.51\.100\.9 .*address mismatch')
    # the client's own address needs no class, and a low port is never right
    assert c.names('LIST', 'port') is not None
    assert c.cmd('PORT 203,0,113,9,0,25') == 500


def test_faq_3_2_through_a_tunnel(ftpd, place):
    # The control connection comes from here, the data connection from elsewhere.
    place.file('f', b'the file')
    for conf, admitted in (('', False), ('AllowForeignAddress on', True),
                           (CLASS + 'AllowForeignAddress near', True),
                           ('<Class far>\nFrom 192.0.2.1\n</Class>\nAllowForeignAddress far',
                            False)):
        s = ftpd(conf + '\nTimeoutStalled 2')
        c = s.login()
        address = c.pasv()
        other = socket.create_connection(address, source_address=('127.0.0.9', 0))
        c.put('RETR f')
        try:
            received = other.recv(100)
        except ConnectionResetError:
            received = b''
        assert received == (b'the file' if admitted else b''), conf
        assert c.reply() == (150 if admitted else 425)
        if admitted:
            assert c.reply() == 226
        else:
            s.log_wait(r'SECURITY: data connection from 127\.0\.0\.9')
    c = ftpd('MasqueradeAddress 203.0.113.7').login()
    assert '203,0,113,7' in c.cmd('PASV').text


def test_anonymous_has_its_own_value(ftpd):
    s = ftpd(CLASS + 'AllowForeignAddress near\n<Anonymous {anon}>\nUser ftp\nGroup ftp\n'
             'AllowForeignAddress off\n</Anonymous>')
    assert s.login().cmd('PORT 203,0,113,9,20,20') == 200
    assert s.login('ftp').cmd('PORT 203,0,113,9,20,20') == 500


def test_an_unknown_class_admits_nobody(ftpd):
    s = ftpd('AllowForeignAddress nowhere')
    status, said = s.check()
    assert status == 1 and re.search(r':1: AllowForeignAddress: nowhere: .*<Class>', said)


def traced(ftpd, place, conf):
    """The socket options that a session sets, and a transfer each way."""
    trace = place.dir / 'trace'
    s = ftpd(conf, wrapper=['strace', '-f', '-qq', '-o', str(trace), '-e', 'trace=setsockopt'])
    c = s.login()
    assert c.store('STOR f', b'x' * 100000) == 226
    assert c.get('f', 'port') == b'x' * 100000
    assert c.quit() == 221
    s.exit_status()
    return trace.read_text()


def test_tcpnodelay(ftpd, place):
    said = traced(ftpd, place,
                  'TCPNoDelay off\nSocketOptions keepalive off sndbuf 70000 maxseg 1300')
    assert len(re.findall(r'TCP_NODELAY, \[1\]', said)) == 1     # before the configuration was read
    assert len(re.findall(r'TCP_NODELAY, \[0\]', said)) == 1
    assert len(re.findall(r'SO_SNDBUF, \[70000\]', said)) == 3
    assert len(re.findall(r'TCP_MAXSEG, \[1300\]', said)) == 3
    assert len(re.findall(r'SO_KEEPALIVE, \[0\]', said)) == 3


def test_by_default(ftpd, place):
    said = traced(ftpd, place, '')
    assert len(re.findall(r'TCP_NODELAY, \[1\]', said)) == 3
    assert not re.search(r'TCP_MAXSEG|SO_RCVBUF|SO_KEEPALIVE, \[0\]|TCP_KEEP', said)


@pytest.mark.parametrize('protocols, served', [('ftp', True), ('ftp ftps', True), ('ftps', False),
                                               ('sftp', False), ('scp ftps', False)])
def test_protocols(ftpd, protocols, served):
    s = ftpd(f'Protocols {protocols}')
    c = s.connect()
    if served:
        assert c.login() == 230
    else:
        # nobody's password is asked for
        assert c.cmd('USER alice') == 530
        assert c.cmd('PASS pw') == 503
        assert c.cmd('USER nobody-of-that-name') == 530
        assert c.cmd('FEAT') == 211
        s.log_wait('USER alice: refused, Protocols')
