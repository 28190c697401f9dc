"""Which server answers: address, port, Global, Port 0, DefaultServer."""

import re
import socket
import subprocess

V = ('<VirtualHost %s>\nServerIdent on "%s"\nAuthPAM off\nAuthUserFile {passwd}\n'
     'AuthGroupFile {group}\n%s\n</VirtualHost>\n')


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


def test_faq_4_22_an_unresolvable_virtual_host(ftpd):
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


def addresses(*extra):
    for address in extra:
        subprocess.run(['ip', 'addr', 'add', address, 'dev', 'lo'], check=True)


def test_faq_4_22_an_unresolvable_name(network, ftpd):
    conf = ('ServerIdent on "main"\n' + V % ('no-such-host.invalid', 'gone', 'Port 21')
            + V % ('127.0.0.3', 'three', ''))
    s = ftpd(conf, host='127.0.0.3')
    code, said = s.check()
    assert code == 1 and re.search(r'conf:2: <VirtualHost>: no-such-host\.invalid: ', said)
    assert banner(s) == 'three'
    assert banner(ftpd(conf, host='127.0.0.4')) == 'main'


def test_rule_a_the_name_of_the_machine(network, ftpd):
    # Without DefaultAddress the main server has its addresses, where there is a DefaultServer.
    etc = {'hosts': f'127.0.0.5 {socket.gethostname()}\n', 'nsswitch.conf': 'hosts: files\n'}
    conf = ('ServerIdent on "main"\n' + V % ('127.0.0.2', 'two', 'DefaultServer on')
            + V % ('127.0.0.3', 'three', ''))
    for host, text in (('127.0.0.5', 'main'), ('127.0.0.4', 'two'), ('127.0.0.3', 'three')):
        assert banner(ftpd(conf, host=host, etc=dict(etc))) == text


def test_rule_a_before_b(network, ftpd):
    conf = ('ServerIdent on "main"\n' + V % ('0.0.0.0', 'all', 'Port 2001')
            + V % ('127.0.0.2', 'any', '') + V % ('127.0.0.3', 'three', 'Port 2001'))
    for host, port, text in (('127.0.0.3', 2001, 'three'), ('127.0.0.2', 2001, 'any'),
                             ('127.0.0.4', 2001, 'all'), ('127.0.0.2', 2100, 'any')):
        assert banner(ftpd(conf, host=host, port=port)) == text


def test_rules_c_to_g(network, ftpd):
    addresses('192.0.2.1/32', '192.0.2.9/32')
    main = 'ServerIdent on "main"\nPort 21\n'
    two = V % ('192.0.2.1', 'a', 'Port 2001') + V % ('127.0.0.2', 'b', 'Port 2001')
    far = V % ('127.0.0.2', 'd', 'Port 3001\nDefaultServer on')
    servers = {(host, port): ftpd(host=host, port=port)
               for host, port in (('192.0.2.9', 2001), ('192.0.2.9', 3001), ('127.0.0.1', 2001))}
    for conf, host, port, text in (
            (main + V % ('192.0.2.1', 'a', 'Port 2001'), '192.0.2.9', 2001, 'a'),       # c
            (main + two + far, '192.0.2.9', 2001, 'd'),                                 # d
            (main + two + far, '192.0.2.9', 3001, 'd'),
            ('ServerIdent on "main"\n' + two, '192.0.2.9', 2001, 'main'),               # e
            (main + two, '127.0.0.1', 2001, 'main')):                                   # f
        servers[host, port].configure(conf)
        assert banner(servers[host, port]) == text, (conf, host, port)
    s = servers['192.0.2.9', 2001]                                                      # g
    s.configure(main + two)
    c = s.connect(greet=False)
    reply = c.reply()
    assert reply == 500 and '192.0.2.9' in reply.text and c.at_end()
    assert s.exit_status() == 0


def test_what_is_set_for_the_whole_program(ftpd):
    # UseReverseDNS stands in the main server alone, and holds in every one.
    conf = 'UseReverseDNS off\n' + V % (
        '127.0.0.2', 'v', '<Limit LOGIN>\nDeny from localhost\n</Limit>')
    etc = {'hosts': '127.0.0.1 localhost\n', 'nsswitch.conf': 'hosts: files\n'}
    s = ftpd(conf, host='127.0.0.2', etc=etc)
    assert s.login() is not None            # no name is looked up, so no rule by name holds
    s.configure(conf.partition('\n')[2])
    assert s.connect(greet=False, source=('127.0.0.1', 0)).reply() == 421


def test_two_at_one_address(ftpd):
    conf = V % ('127.0.0.2', 'one', 'ServerAlias one') + V % ('127.0.0.2', 'two', '%s')
    s = ftpd(conf % '', host='127.0.0.2')
    said = s.check()[1]
    assert re.search(r'warning: \S+conf:8: <VirtualHost>: is never reached: .* line 1 ', said)
    s.configure(conf % 'ServerAlias two')
    assert 'never reached' not in s.check()[1]
    assert s.connect().cmd('HOST two').text == 'two'
    s.configure(conf % 'ServerAlias two ONE')
    assert re.search(r'conf:13: ServerAlias: ONE: is the server.s of line 6', s.check()[1])


def test_a_thousand(ftpd):
    # Each with a part of its own and an Include; all of them are found.
    def host(n):
        return (f'<VirtualHost 127.1.{n // 250}.{n % 250 + 1}>\nServerIdent on "host {n}"\n'
                f'ServerAlias h{n}.example\nAuthPAM off\nAuthUserFile {{passwd}}\n'
                f'<Anonymous /srv/{n}>\nUser ftp\n<Limit WRITE>\nDenyAll\n</Limit>\n</Anonymous>\n'
                '</VirtualHost>\n')

    conf = 'ServerIdent on "main"\n' + ''.join(host(n) for n in range(1000))
    assert banner(ftpd(conf)) == 'main'
    for n in (0, 499, 999):
        s = ftpd(conf, host=f'127.1.{n // 250}.{n % 250 + 1}')
        assert banner(s) == f'host {n}'
    same = re.sub(r'127\.1\.\d+\.\d+', '127.0.0.1', conf).replace('"main"\n', '"main"\nPort 0\n')
    c = ftpd(same).connect()
    assert c.welcome.text == 'host 0'
    for n in (999, 500, 0):
        assert c.cmd(f'HOST h{n}.example').text == f'host {n}'
    assert c.login() == 230
