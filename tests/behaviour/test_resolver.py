"""No name service between accept and the greeting."""

import re
import socket
import time

import pytest


@pytest.fixture
def black_hole(network):
    """A name server that never answers. Returns its socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(('127.0.0.53', 53))
        silent.setblocking(False)
        yield silent


ETC = {'resolv.conf': 'nameserver 127.0.0.53\noptions timeout:5 attempts:5\n',
       'hosts': '', 'hostname': 'nobody-knows-this-host\n',
       'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n'}


def test_faq_4_13a_a_dead_resolver(black_hole, ftpd):
    assert ftpd(etc=ETC).login()
    with pytest.raises(BlockingIOError):        # nobody even asked
        black_hole.recv(512)


def traced(ftpd, place, conf=''):
    trace = place.dir / 'trace'
    s = ftpd(conf, etc=ETC, wrapper=['strace', '-f', '-qq', '-o', str(trace), '-e',
                                     'trace=socket,connect,sendto,sendmmsg,openat'])
    c = s.login()
    place.file('f', b'x')
    c.get('f')
    c.quit()
    s.exit_status()
    return trace.read_text()


def test_faq_4_6a_the_machines_own_name(ftpd, place):
    text = traced(ftpd, place, 'TransferLog none')      # whose lines have the peer's name
    assert 'sin_port=htons(53)' not in text and 'resolv.conf' not in text


def test_faq_4_13c_no_packet(ftpd, place):
    text = traced(ftpd, place, 'UseReverseDNS off')
    assert 'sin_port=htons(53)' not in text and 'htons(113)' not in text


def test_the_peers_name_in_the_transfer_log(ftpd, place):
    place.file('f', b'x')
    s = ftpd(etc=dict(ETC, hosts='127.0.0.1 client.example\n'))
    c = s.login()
    c.get('f')
    c.quit()
    assert s.xferlog()[0][6] == 'client.example'


def test_a_name_that_nobody_tells(black_hole, ftpd, place):
    place.file('f', b'x')
    s = ftpd(etc=ETC)

    def quick():
        c = s.login()
        began = time.monotonic()
        assert c.get('f') == b'x'
        c.quit()
        return time.monotonic() - began < 2
    # no transfer waits for it, though a slow host may be as slow for once
    assert any(quick() for _ in range(10))
    assert {line[6] for line in s.xferlog()} == {'127.0.0.1'}


def test_hosts_rules_by_name_with_a_dead_resolver(black_hole, ftpd):
    etc = dict(ETC, **{'hosts.allow': '', 'hosts.deny': 'in.ftpd: .example.com\n'})
    assert ftpd(etc=etc).connect(greet=False).reply() in (220, 421)     # within 20 s
    black_hole.settimeout(20)
    assert black_hole.recv(512)


def test_a_servers_name_is_asked_for_without_privilege(ftpd, place):
    trace = place.dir / 'trace'
    s = ftpd('<VirtualHost ftp.nowhere.example>\nServerName one\n</VirtualHost>\n'
             '<VirtualHost site.example>\nServerName two\n</VirtualHost>\n',
             etc=dict(ETC, hosts='127.0.0.1 site.example\n'),
             wrapper=['strace', '-f', '-qq', '-o', str(trace), '-e',
                      'trace=connect,openat,setresuid'])
    c = s.connect()
    assert 'two' in c.welcome.text
    c.close()
    s.exit_status()
    lines = [line.split(None, 1) for line in trace.read_text().splitlines()]
    monitor, powerless = lines[0][0], set()
    for pid, call in lines:
        # in two lines, where another process came between
        if re.match(r'(setresuid\(|<\.\.\. setresuid resumed>).*= 0$', call):
            powerless.add(pid)
        if 'htons(53)' in call or '"/etc/hosts"' in call or '"/etc/resolv.conf"' in call:
            assert pid != monitor and pid in powerless, call
    assert powerless
