"""Which server answers: address, port, Global, Port 0, DefaultServer."""

import re

V = ('<VirtualHost %s>\nServerIdent on "%s"\nAuthPAM off\nAuthUserFile {passwd}\nAuthGroupFile {group}\n%s\n'
     '</VirtualHost>\n')


def banner(server):
    return server.connect().welcome.text


def test_faq_4_8a_two_ports_of_one_address(network, ftpd):
    conf = V % ('127.0.0.1', 'one', 'Port 21') + V % ('127.0.0.1', 'two', 'Port 2001')
    assert banner(ftpd(conf, port=21)) == 'one'
    assert banner(ftpd(conf, port=2001)) == 'two'


def test_faq_4_11_port_of_a_virtual_host(network, ftpd):
    conf = 'ServerIdent on "main"\n' + V % ('127.0.0.1', 'two', 'Port 2001')
    assert banner(ftpd(conf, port=2001)) == 'two'
    assert banner(ftpd(conf, port=21)) == 'main'
    conf = 'ServerIdent on "main"\n' + V % ('127.0.0.1', 'any', '')
    assert banner(ftpd(conf, port=3333)) == 'any'


def test_faq_4_16c_port_0(network, ftpd):
    conf = 'Port 0\nServerIdent on "main"\n'
    assert banner(ftpd(conf + V % ('127.0.0.9', 'only', 'Port 21'), port=21)) == 'only'
    two = conf + V % ('127.0.0.8', 'a', 'Port 21') + V % ('127.0.0.9', 'b', 'Port 21')
    s = ftpd(two.replace('Port 21', 'Port 2121'), port=2121)
    c = s.connect(greet=False)
    reply = c.reply()
    assert reply == 500 and '127.0.0.1' in reply.text and c.at_end()
    assert s.exit_status() == 0
    s.configure(two.replace('Port 21', 'Port 2121').replace('"b"\n', '"b"\nDefaultServer on\n'))
    assert banner(s) == 'b'


def test_by_address(network, ftpd):
    conf = 'ServerIdent on "main"\n' + V % ('127.0.0.2 127.0.0.3', 'two', '')
    assert banner(ftpd(conf)) == 'main'
    for host in ('127.0.0.2', '127.0.0.3'):
        assert banner(ftpd(conf, host=host)) == 'two'


def test_main_server_without_virtual_hosts_ignores_port(ftpd):
    assert banner(ftpd('Port 2121\nServerIdent on "main"')) == 'main'


def test_faq_6_4c_nothing_leaks_into_a_virtual_host(ftpd):
    conf = ('ServerIdent on "main text"\nUmask 077\n<VirtualHost 127.0.0.2>\nAuthPAM off\n'
            'AuthUserFile {passwd}\nAuthGroupFile {group}\n</VirtualHost>\n')
    s = ftpd(conf, host='127.0.0.2')
    c = s.connect()
    assert 'main text' not in c.welcome.all
    c.login()
    c.store('STOR f', b'x')
    assert (s.place.home() / 'f').stat().st_mode & 0o777 == 0o644


def test_faq_5_9a_its_own_name(ftpd):
    conf = ('ServerName "main"\n<Global>\nUmask 077\n</Global>\n<VirtualHost 127.0.0.2>\n'
            'ServerName "My virtual FTP server"\nAuthPAM off\nAuthUserFile {passwd}\n'
            '</VirtualHost>\n')
    s = ftpd(conf, host='127.0.0.2')
    c = s.login()
    assert 'My virtual FTP server' in c.welcome.all
    assert 'My virtual FTP server' in c.cmd('STAT').all
    c.store('STOR f', b'x')
    assert (s.place.home() / 'f').stat().st_mode & 0o777 == 0o600


def test_faq_5_9b_anonymous_blocks_inside(ftpd):
    conf = V % ('127.0.0.2', 'v', '<Anonymous {anon}>\nUser ftp\nGroup ftp\n</Anonymous>')
    assert ftpd(conf, host='127.0.0.2').connect().login('ftp', 'a@b') == 230
    assert ftpd(conf).connect().login('ftp', 'a@b') == 530


def test_a_broken_block_of_another_server(ftpd):
    # Blocks of other servers are read over; -t builds them all.
    conf = 'ServerIdent on "main"\n' + V % ('127.0.0.2', 'v', 'NoSuchThing on')
    s = ftpd(conf)
    code, said = s.check()
    assert code == 1 and 'NoSuchThing' in said
    v = ftpd(conf, host='127.0.0.2')
    assert v.connect(greet=False).reply() == 421


def test_duplicate_first_in_file(ftpd):
    conf = V % ('127.0.0.2', 'one', '') + V % ('127.0.0.2', 'two', '')
    assert banner(ftpd(conf, host='127.0.0.2')) == 'one'


def test_an_unresolvable_virtual_host(ftpd):
    conf = 'ServerIdent on "main"\n' + V % ('no-such-host.invalid', 'v', '')
    s = ftpd(conf)
    code, said = s.check()
    assert code == 1 and re.search(r'conf:2: .*no-such-host\.invalid', said)
    assert banner(s) == 'main'


def test_ipv6_virtual_host(ftpd):
    conf = V % ('::1', 'six', '')
    assert banner(ftpd(conf, host='::1')) == 'six'


def test_defaultaddress(network, ftpd):
    conf = 'ServerIdent on "main"\nDefaultAddress 127.0.0.2\n' + V % ('127.0.0.3', 'v',
                                                                      'DefaultServer on')
    for host, text in (('127.0.0.2', 'main'), ('127.0.0.3', 'v'), ('127.0.0.4', 'v')):
        assert banner(ftpd(conf, host=host)) == text
