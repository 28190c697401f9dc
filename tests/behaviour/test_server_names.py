"""Servers that the configuration names by host name, and names that nobody knows."""

import re
import socket


V = ('<VirtualHost %s>\nServerIdent on "%s"\nAuthPAM off\nAuthUserFile {passwd}\n'
     'AuthGroupFile {group}\n%s\n</VirtualHost>\n')
ETC = {'hosts': '127.0.0.2 two.example\n', 'resolv.conf': 'nameserver 127.0.0.53\n',
       'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n'}
DNS = dict(ETC, **{'nsswitch.conf': ETC['nsswitch.conf'] + 'hosts: files dns\n',
                   'resolv.conf': 'nameserver 127.0.0.53\noptions timeout:5 attempts:5\n'})


def banner(server, **how):
    return server.connect(**how).welcome.text


def test_faq_4_6b_a_defaultaddress_that_nobody_knows(network, ftpd):
    conf = 'ServerIdent on "main"\nDefaultAddress no-such-host.example\n'
    s = ftpd(conf + V % ('127.0.0.9', 'nine', ''), etc=ETC)
    status, said = s.check()
    assert status == 1
    assert re.search(r'conf:2: .*DefaultAddress.*no-such-host\.example', said) or \
        re.search(r'DefaultAddress: .*no-such-host\.example', said), said
    # it serves all the same: what no other server is for, unless there is a DefaultServer
    assert banner(s) == 'main'
    assert banner(ftpd(conf + V % ('127.0.0.9', 'nine', ''), host='127.0.0.9', etc=ETC)) == 'nine'
    assert banner(ftpd(conf + 'DefaultServer on\n' + V % ('127.0.0.9', 'nine', ''),
                       host='127.0.0.4', etc=ETC)) == 'main'
    assert banner(ftpd(conf + V % ('127.0.0.9', 'nine', 'DefaultServer on'), host='127.0.0.4',
                       etc=ETC)) == 'nine'


def test_faq_4_22_the_other_servers_work(network, ftpd):
    conf = ('ServerIdent on "main"\n' + V % ('no-such-host.example', 'nobody', '') +
            V % ('two.example', 'two', '') + V % ('127.0.0.3', 'three', ''))
    s = ftpd(conf, etc=ETC)
    status, said = s.check()
    assert status == 1 and re.search(r'conf:2: <VirtualHost>: no-such-host\.example', said)
    assert 'two.example' not in said
    for host, text in (('127.0.0.1', 'main'), ('127.0.0.2', 'two'), ('127.0.0.3', 'three')):
        s = ftpd(conf, host=host, etc=ETC, syslog=True)
        c = s.connect()
        assert c.welcome.text == text and c.login() == 230
    # a server of which one name is known is served by that name
    two = 'ServerIdent on "main"\n' + V % ('no-such-host.example 127.0.0.5', 'five', '')
    assert banner(ftpd(two, host='127.0.0.5', etc=ETC)) == 'five'


def test_faq_4_22_lookups_are_bounded(network, ftpd):
    # Each name alone would cost seconds; together they may cost 5 (and one that is under way, 3),
    # which is far below the two minutes of 40 names that are each given up after 3.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(('127.0.0.53', 53))
        conf = 'ServerIdent on "main"\n'
        conf += ''.join(V % (f'host{n}.example', n, '') for n in range(40))
        s = ftpd(conf, etc=DNS, syslog=True, args=['-d', '1'])
        assert banner(s, timeout=40) == 'main'
        s.ns.log.wait(r'conf:\d+: .*host0\.example')
