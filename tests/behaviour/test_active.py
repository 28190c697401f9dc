"""PORT and EPRT: from port L-1, to the client and to nobody else."""

import socket

import pytest

from client import read_all
from harness import status, uid_of


@pytest.mark.parametrize('mode', ['port', 'eprt'])
def test_faq_4_7a_from_the_port_below(ftpd, place, mode):
    place.file('f', b'content')
    s = ftpd()
    c = s.login()
    assert c.get('f', mode) == b'content'
    assert c.data_peer == ('127.0.0.1', s.port - 1)
    assert c.store('STOR g', b'abc', mode) == 226
    assert (place.home() / 'g').read_bytes() == b'abc'


def test_port_20(network, ftpd, place):
    place.file('f', b'content')
    s = ftpd('DefaultRoot ~', port=21)
    c = s.login()
    assert c.get('f', 'port') == b'content'
    assert c.data_peer[1] == 20
    s.reserved.close()
    state = status(s.session())
    assert state['Uid'].split() == [str(uid_of('alice'))] * 4
    assert int(state['CapEff'], 16) == 0


def test_faq_4_3c_many_at_once_from_one_port(ftpd, place):
    place.file('f', b'x' * 100000)
    s = ftpd()
    clients = [s.login() for _ in range(20)]
    open_ones = []
    for c in clients:
        reply, data = c.open('RETR f', 'port')
        assert reply == 150
        open_ones.append(data)
    for c, data in zip(clients, open_ones):
        assert len(read_all(data)) == 100000
        assert c.reply() == 226


OTHERS = ['PORT 192,0,2,9,200,25', 'PORT 127,0,0,2,200,25', 'PORT 0,0,0,0,200,25',
          'PORT 224,0,0,1,200,25', 'PORT 255,255,255,255,200,25',
          'EPRT |1|192.0.2.9|51225|', 'EPRT |1|127.0.0.2|51225|', 'EPRT |2|2001:db8::9|51225|',
          'EPRT |2|::1|51225|', 'EPRT |2|::ffff:192.0.2.9|51225|', 'EPRT |2|fe80::1|51225|',
          'EPRT |2|::|51225|', 'EPRT |1|0.0.0.0|51225|']


@pytest.mark.parametrize('line', OTHERS)
def test_attack_1_no_bounce(ftpd, line):
    s = ftpd('<Anonymous {anon}>\nUser ftp\nGroup ftp\n</Anonymous>')
    for user in ('alice', 'ftp'):
        c = s.login(user)
        assert 500 <= c.cmd(line) < 600
        assert c.cmd('LIST') == 425


def test_attack_2_no_low_port(ftpd):
    listener = socket.socket()
    c = ftpd().login()
    for port in (0, 1, 20, 21, 25, 80, 1023):
        assert c.cmd(f'PORT 127,0,0,1,{port >> 8},{port & 255}') == 500
        assert c.cmd(f'EPRT |1|127.0.0.1|{port}|') == 500
        assert c.cmd('LIST') == 425
    assert c.cmd('PORT 127,0,0,1,4,0') == 200
    listener.close()


def test_faq_3_6a_allowforeignaddress(ftpd):
    s = ftpd()
    c = s.login()
    assert c.cmd('PORT 203,0,113,9,20,20') == 500
    s.log_wait(r'203\.0\.113\.9')
    for conf in ('AllowForeignAddress on', '<Global>\nAllowForeignAddress on\n</Global>',
                 '<VirtualHost 127.0.0.1>\nAllowForeignAddress on\nAuthPAM off\n'
                 'AuthUserFile {passwd}\n</VirtualHost>'):
        assert ftpd(conf).login().cmd('PORT 203,0,113,9,20,20') == 200


def test_faq_3_6b_and_anonymous(ftpd):
    block = '<Anonymous {anon}>\nUser ftp\nGroup ftp\n%s\n</Anonymous>\n'
    line = 'PORT 203,0,113,9,20,20'
    s = ftpd('AllowForeignAddress on\n' + block % '')
    assert s.login('ftp').cmd(line) == 200
    s = ftpd(block % 'AllowForeignAddress on')
    assert s.login('ftp').cmd(line) == 200 and s.login().cmd(line) == 500
    s = ftpd('AllowForeignAddress on\n' + block % 'AllowForeignAddress off')
    assert s.login('ftp').cmd(line) == 500 and s.login().cmd(line) == 200
    s = ftpd('AllowForeignAddress on\n' + block % 'AllowForeignAddress on')
    assert s.login('ftp').cmd(line) == 200


def test_faq_3_6c_low_ports_with_any_setting(ftpd):
    for conf in ('', 'AllowForeignAddress on'):
        s = ftpd(conf)
        c = s.login()
        assert c.cmd('PORT 127,0,0,1,3,255') == 500
        assert c.cmd('EPRT |1|127.0.0.1|1023|') == 500
        s.log_wait('bounce')


@pytest.mark.parametrize('argument', [
    '', '1', '1,2,3,4,5', '1,2,3,4,5,6,7', '127,0,0,1,256,1', '127,0,0,1,1,256', '-1,0,0,1,200,1',
    '127,0,0,1,200,', '127,0,0,1,200,x', '127.0.0.1,200,1', '+127,0,0,1,200,1', '127,0,0,1,200,1x',
    '127,0,0,1,4294967496,1', '999999999999999999999,0,0,1,200,1', ' ,,,,,', '127, 0,0,1,200,1'])
def test_malformed_port(ftpd, argument):
    c = ftpd().login()
    assert c.cmd(f'PORT {argument}') == 501
    assert c.cmd('LIST') == 425


@pytest.mark.parametrize('argument, code', [
    ('|9|127.0.0.1|51225|', 522), ('|1|127.0.0.1|51225', 501), ('|1|127.0.0.1||', 501),
    ('|1||51225|', 501), ('||127.0.0.1|51225|', 501), ('|1|127.0.0.1|65536|', 501),
    ('|1|127.0.0.1|-1|', 501), ('|1|127.0.0.1|4294967297|', 501), ('|1|::1|51225|', 501),
    ('|2|127.0.0.1|51225|', 501), ('|2|::1%lo|51225|', 501), ('|1|localhost|51225|', 501),
    ('', 501), ('|', 501), ('||||', 501), ('|||||||||', 501), ('x1x127.0.0.1x51225', 501),
    ('|1|127.0.0.1|51225|x', 501), ('|1|127.0.0.1|51225|\x01', 501), ('|99999999999|1|2|', 522)])
def test_malformed_eprt(ftpd, argument, code):
    c = ftpd().login()
    assert c.cmd(f'EPRT {argument}') in (code, 501)
    if code == 522:
        assert '(1' in c.cmd('EPRT |9|127.0.0.1|51225|').text
    assert c.cmd('LIST') == 425


def test_any_delimiter(ftpd):
    c = ftpd().login()
    for d in '|!#/~x':
        if d != 'x':
            assert c.cmd(f'EPRT {d}1{d}127.0.0.1{d}51225{d}') == 200
