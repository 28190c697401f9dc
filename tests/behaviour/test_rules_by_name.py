"""Rules by the peer's name and address: Allow, Deny and <Class> with the test's own name server."""

import contextlib
import socket
import struct
import subprocess
import threading
import time

import pytest

NAME_SERVER = '127.0.0.53'
ETC = {'resolv.conf': f'nameserver {NAME_SERVER}\noptions timeout:5 attempts:2\n', 'hosts': '',
       'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n',
       'hosts.allow': '', 'hosts.deny': ''}
TYPES = {1: 'A', 12: 'PTR', 28: 'AAAA'}


def encoded(name):
    return b''.join(bytes([len(l)]) + l.encode() for l in name.rstrip('.').split('.')) + b'\0'


class Names:
    """
    A name server that knows `reverse` (address → name) and `forward` (name → address). A silent one
    reads the questions and answers none.
    """

    def __init__(self, reverse, forward, silent=False):
        self.records, self.asked, self.silent = {}, [], silent
        for address, name in reverse.items():
            pointer = ('.'.join(reversed(address.split('.'))) + '.in-addr.arpa'
                       if '.' in address else
                       '.'.join(reversed(socket.inet_pton(socket.AF_INET6, address).hex()))
                       + '.ip6.arpa')
            self.records[pointer, 'PTR'] = encoded(name)
        for name, address in forward.items():
            family = socket.AF_INET6 if ':' in address else socket.AF_INET
            self.records[name.lower(), 'AAAA' if ':' in address else 'A'] = \
                socket.inet_pton(family, address)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((NAME_SERVER, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                query, peer = self.sock.recvfrom(512)
            except OSError:
                return
            if not query:
                return
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += 1 + query[at]
            kind = TYPES.get(struct.unpack('>H', query[at + 1:at + 3])[0])
            self.asked.append(('.'.join(labels), kind))
            known = {n for n, _ in self.records}
            name = '.'.join(labels).lower()
            data = self.records.get((name, kind))
            head = query[:2] + struct.pack('>HHHHH', 0x8180 if name in known else 0x8183, 1,
                                           data is not None, 0, 0)
            answer = head + query[12:at + 5]
            if data is not None:
                answer += struct.pack('>HHHIH', 0xc00c, *struct.unpack('>HH', query[at + 1:at + 5]),
                                      60, len(data)) + data
            if not self.silent:
                with contextlib.suppress(OSError):      # the test has ended meanwhile
                    self.sock.sendto(answer, peer)

    def close(self):
        self.sock.close()


PEERS = ['10.1.1.7', '10.1.1.8', '10.2.2.2', '10.9.9.9', '10.9.9.10', '10.9.9.11']
REVERSE = {'10.1.1.7': 'Host.Example.COM', '10.1.1.8': 'example.com', '10.2.2.2': 'a.exomple.org',
           '10.9.9.9': 'liar.example.com',              # the name leads elsewhere
           '10.9.9.10': 'nowhere.example.com',          # the name leads nowhere
           '10.9.9.11': '10.1.1.7',                     # a name that reads like an address
           '2001:db8::7': 'six.example.com'}
FORWARD = {'host.example.com': '10.1.1.7', 'example.com': '10.1.1.8', 'a.exomple.org': '10.2.2.2',
           'liar.example.com': '10.1.1.7', '10.1.1.7': '10.9.9.11',
           'six.example.com': '2001:db8::7'}


@pytest.fixture
def peers(network):
    for address in PEERS:
        subprocess.run(['ip', 'addr', 'add', f'{address}/32', 'dev', 'lo'], check=True)


@pytest.fixture
def names(peers):
    server = Names(REVERSE, FORWARD)
    yield server
    server.close()


def greeting(server, source):
    """220, or the code that a peer at this address gets instead."""
    c = server.connect(greet=False, source=(source, 0))
    reply = c.reply()
    c.close()
    return int(reply)


def only(*forms):
    """Let in whom one of these forms names, and nobody else."""
    return '<Limit LOGIN>\nOrder deny,allow\n' + ''.join(f'Allow from {f}\n' for f in forms) + \
        'Deny from none\n</Limit>\n'


def but(*forms):
    """Let in everybody but whom one of these forms names."""
    return '<Limit LOGIN>\nOrder deny,allow\n' + ''.join(f'Deny from {f}\n' for f in forms) + \
        'Allow from all\n</Limit>\n'


@pytest.mark.parametrize('form, matches', [
    ('.example.com', '10.1.1.7'),                       # what is below it, and not itself
    ('host.example.com', '10.1.1.7'), ('HOST.example.com', '10.1.1.7'),
    ('example.com', '10.1.1.8'), ('*.ex?mple.*', '10.1.1.7 10.2.2.2'),
    ('*.ex?mple.com', '10.1.1.7'), ('*example.com', '10.1.1.7 10.1.1.8'),
    ('*', '10.1.1.7 10.1.1.8 10.2.2.2 10.9.9.9 10.9.9.10 10.9.9.11'),
    ('ample.com', ''), ('.ample.com', ''), ('xexample.com', ''), ('example.com.evil.org', ''),
    ('10.1.1.7', '10.1.1.7'), ('10.1.1.', '10.1.1.7 10.1.1.8'), ('10.1.', '10.1.1.7 10.1.1.8'),
    ('10.0.0.0/8', '10.1.1.7 10.1.1.8 10.2.2.2 10.9.9.9 10.9.9.10 10.9.9.11'),
    ('10.1.1.[4-7]', '10.1.1.7'), ('10.1.1.6/31', '10.1.1.7'), ('10.9.9.1?', '10.9.9.10 10.9.9.11'),
    ('none', ''),
])
def test_forms(names, ftpd, form, matches):
    s = ftpd(but(form), etc=ETC)
    t = ftpd(only(form), etc=ETC)
    for peer in PEERS:
        assert greeting(s, peer) == (421 if peer in matches.split() else 220), (form, peer)
        assert greeting(t, peer) == (220 if peer in matches.split() else 421), (form, peer)


def test_a_name_must_lead_back(names, ftpd):
    # Whoever runs the reverse zone of an address can write any name into it.
    s = ftpd(only('.example.com'), etc=ETC)
    assert greeting(s, '10.9.9.9') == 421 and greeting(s, '10.9.9.10') == 421
    assert greeting(s, '10.1.1.7') == 220
    s = ftpd(only('10.1.1.7'), etc=ETC)
    assert greeting(s, '10.9.9.11') == 421
    assert ('liar.example.com', 'A') in names.asked


def test_lists_with_negation(names, ftpd):
    s = ftpd(but('.example.com 10.2.2.2 !10.1.1.7'), etc=ETC)
    assert [greeting(s, p) for p in ('10.1.1.7', '10.2.2.2', '10.1.1.8')] == [220, 421, 220]
    s = ftpd(but('10.1.1. !10.1.1.8'), etc=ETC)
    assert [greeting(s, p) for p in ('10.1.1.7', '10.1.1.8', '10.2.2.2')] == [421, 220, 220]
    s = ftpd(but('!.example.com'), etc=ETC)
    assert [greeting(s, p) for p in ('10.1.1.7', '10.1.1.8', '10.9.9.9')] == [220, 421, 421]
    assert 'negated' in s.check()[1]


def test_names_in_a_command_limit(names, ftpd, place):
    # Here the session asks, and has no resolver of its own.
    place.file('f', b'x')
    s = ftpd('<Limit READ>\nDeny from .example.com\n</Limit>\n', etc=ETC)
    for peer, code in (('10.1.1.7', 550), ('10.2.2.2', 213), ('10.9.9.9', 213)):
        c = s.connect(source=(peer, 0))
        assert c.login() == 230
        assert c.cmd('TYPE I') == 200
        assert c.cmd('SIZE f') == code, peer
        assert c.cmd('SIZE f') == code, peer
        c.quit()
    assert len([q for q in names.asked if q[0].startswith('7.1.1.10.')]) == 1      # asked once


def test_nobody_asks_where_no_rule_wants_a_name(names, ftpd):
    s = ftpd(but('10.2.2.2') + 'TransferLog none\n', etc=ETC)
    c = s.connect(source=('10.1.1.7', 0))
    assert c.login() == 230
    c.quit()
    s.exit_status()
    assert names.asked == []


def test_classes_by_name(names, ftpd):
    s = ftpd('<Class friends>\nFrom host.example.com\nFrom .exomple.org\n</Class>\n'
             '<Class net>\nSatisfy all\nFrom 10.1.1.\nFrom !.example.com\n</Class>\n'
             '<IfClass friends>\nServerIdent on "friend"\n</IfClass>\n'
             '<IfClass net>\nServerIdent on "net"\n</IfClass>\n'
             '<IfClass !friends,!net>\nServerIdent on "wrong"\n</IfClass>\n'
             '<IfClass AND !friends,!net>\nServerIdent on "other"\n</IfClass>\n', etc=ETC)
    said = {p: s.connect(source=(p, 0)).welcome.text for p in ('10.1.1.7', '10.2.2.2', '10.1.1.8',
                                                               '10.9.9.9')}
    # of two bodies that hold the later one counts
    assert said == {'10.1.1.7': 'wrong', '10.2.2.2': 'wrong', '10.1.1.8': 'wrong',
                    '10.9.9.9': 'other'}
    s = ftpd('<Class friends>\nFrom host.example.com\n</Class>\n'
             '<Limit LOGIN>\nAllowClass friends\nDenyAll\n</Limit>\n', etc=ETC)
    assert [greeting(s, p) for p in ('10.1.1.7', '10.9.9.9')] == [220, 421]


def test_usereversedns_off(names, ftpd):
    s = ftpd('UseReverseDNS off\n' + but('.example.com'), etc=ETC)
    assert greeting(s, '10.1.1.7') == 220
    t = ftpd('UseReverseDNS off\n' + only('.example.com'), etc=ETC)
    assert greeting(t, '10.1.1.7') == 421
    assert names.asked == []
    for server in (s, t):
        status, said = server.check()
        assert status == 0
        assert any(l.startswith('warning: ') and 'UseReverseDNS' in l and '.example.com' in l
                   for l in said.splitlines()), said
    assert 'UseReverseDNS' not in ftpd(but('10.1.1.7')).check()[1]


# -- no answer ------------------------------------------------------------------------------

@pytest.fixture
def black_hole(peers):
    server = Names({}, {}, silent=True)
    yield server
    server.close()


def test_faq_4_13b_a_rule_by_name_and_a_dead_resolver(black_hole, ftpd):
    etc = dict(ETC, **{'resolv.conf': f'nameserver {NAME_SERVER}\noptions timeout:5 attempts:5\n'})
    for conf, code in ((only('.example.com'), 421), (but('.example.com'), 220)):
        s = ftpd(conf, etc=etc)
        began = time.monotonic()
        assert greeting(s, '10.1.1.7') == code
        assert time.monotonic() - began < 20
        s.exit_status()
        assert s.log().count('rules by name do not match') == 1, s.log()
    assert black_hole.asked


def test_one_wait_for_all_rules(black_hole, ftpd, place):
    place.file('f', b'x')
    etc = dict(ETC, **{'resolv.conf': f'nameserver {NAME_SERVER}\noptions timeout:5 attempts:5\n'})
    s = ftpd('<Class a>\nFrom .example.org\n</Class>\n<Class b>\nFrom .example.net\n</Class>\n'
             '<IfClass b>\nUmask 077\n</IfClass>\n' + but('.example.com') +
             '<Limit READ>\nDeny from .example.com\n</Limit>\n', etc=etc)
    began = time.monotonic()
    c = s.connect(source=('10.1.1.7', 0))
    assert c.login() == 230
    assert c.cmd('TYPE I') == 200 and c.cmd('SIZE f') == 213 and c.cmd('SIZE f') == 213
    assert time.monotonic() - began < 20
    c.quit()
    s.exit_status()
    assert s.log().count('rules by name do not match') == 1, s.log()


# -- IPv6 -----------------------------------------------------------------------------------

def test_faq_3_4a_rules_for_ipv6(names, ftpd):
    subprocess.run(['ip', 'addr', 'add', '2001:db8::7/128', 'dev', 'lo', 'nodad'], check=True)
    cases = [('::1', '::1', True), ('::1', '2001:db8::7', False),
             ('2001:db8::/32', '2001:db8::7', True), ('2001:db8::/32', '::1', False),
             ('2001:DB8:0::7', '2001:db8::7', True), ('2001:db8::6/127', '2001:db8::7', True),
             ('2001:db8::8/127', '2001:db8::7', False), ('::/0', '::1', True),
             ('2001:db8:*', '2001:db8::7', True), ('0.0.0.0/0', '::1', False),
             ('six.example.com', '2001:db8::7', True), ('!2001:db8::/32', '2001:db8::7', False)]
    for form, peer, match in cases:
        s = ftpd(only(form), host='::', etc=ETC)
        c = s.connect(greet=False, sock=socket.create_connection(('::1', s.port), 10,
                                                                 source_address=(peer, 0)))
        assert c.reply() == (220 if match else 421), (form, peer)
        c.close()


def test_faq_3_4b_a_v4_mapped_peer_and_rules(names, ftpd):
    for form, match in (('127.0.0.1', True), ('127.0.', True), ('127.0.0.0/8', True),
                        ('127.0.0.[0-3]', True), ('::/0', False), ('::ffff:127.0.0.1', True),
                        ('10.0.0.0/8', False)):
        s = ftpd(only(form), mapped=True, etc=ETC)
        c = s.connect(greet=False)
        assert c.reply() == (220 if match else 421), form
        c.close()


# -- beside the hosts files -----------------------------------------------------------------

def test_faq_4_10d_limits_and_hosts_files(peers, ftpd, place):
    limit = but('10.1.1.7')
    etc = dict(ETC, **{'hosts.deny': 'in.ftpd: 10.1.1.8\n'})
    s = ftpd(limit, etc=etc)
    assert [greeting(s, p) for p in ('10.1.1.7', '10.1.1.8', '10.2.2.2')] == [421, 421, 220]
    s.log_wait('connection refused: <Limit LOGIN> .*conf:1')
    s.log_wait('connection refused: tcp wrappers .*hosts.deny')
    # Both deny: one line, and it names the first that was asked.
    s = ftpd(but('10.1.1.8'), etc=etc)
    assert greeting(s, '10.1.1.8') == 421
    s.exit_status()
    refused = [l for l in s.log().splitlines() if 'connection refused' in l]
    assert len(refused) == 1 and 'tcp wrappers' in refused[0]
    # At PASS the same: what Allow and Deny say of users, and TCPAccessFiles.
    place.write('allow', 'ALL: 10.1.1.7\n')
    place.write('deny', 'ALL: ALL\n')
    s = ftpd('<Limit LOGIN>\nDenyUser bob\n</Limit>\nTCPAccessFiles {dir}/allow {dir}/deny\n',
             etc=ETC)
    for peer, user, code, word in (('10.1.1.7', 'alice', 230, ''),
                                   ('10.1.1.7', 'bob', 530, 'login-limit'),
                                   ('10.2.2.2', 'alice', 530, 'tcp-wrappers: TCPAccessFiles'),
                                   ('10.2.2.2', 'bob', 530, 'login-limit')):
        c = s.connect(source=(peer, 0))
        assert c.login(user) == code, (peer, user)
        c.quit()
        s.exit_status()
        if word:
            assert word in [l for l in s.log().splitlines() if 'Login failed' in l][-1]
