"""HOST (RFC 7151): another server at the same address and port, by its name."""

import os
import pathlib
import pwd
import re
import signal
import socket

import pytest

from harness import HASH, SAN, status, uid_of

A = '''ServerIdent on "site a"
ServerAlias a.example
AuthPAM off
AuthUserFile {passwd}
AuthGroupFile {group}
'''
B = '''ServerIdent on "site b"
ServerAlias b.example *.wild.example
AuthPAM off
UserPassword bob {hash}
AuthUserFile {dir}/passwd.b
AuthGroupFile {group}
'''
LOG = '<Global>\nSystemLog {log}\nSyslogLevel info\nWtmpLog off\n</Global>\n'
V = '<VirtualHost 127.0.0.1>\n%s</VirtualHost>\n'


@pytest.fixture
def two(ftpd, place):
    """Two servers at one address; bob is known to the second alone, alice to the first."""
    def start(a='', b='', more='', **how):
        bob = uid_of('bob')
        place.write('passwd.b', f'bob:{HASH}:{bob}:61100::{place.home("bob")}:/bin/sh\n', 0o600)
        place.write('passwd', ''.join(line for line in place.passwd.read_text().splitlines(True)
                                      if not line.startswith('bob:')), 0o600)
        return ftpd('Port 0\n' + LOG + V % (A + a) + V % (B + b) + more, base=False, **how)
    return start


def test_faq_4_8b_by_name(two):
    s = two(b='<Limit LOGIN>\nDenyUser alice\n</Limit>\nServerName "b"\nUmask 077\n')
    c = s.connect()
    assert c.welcome.text == 'site a'
    assert c.cmd('HOST nowhere.example') == 504
    for name in ('b.example', 'a.example', 'B.EXAMPLE', 'x.wild.example', 'a.example',
                 'b.example.'):
        reply = c.cmd(f'HOST {name}')
        assert reply == 220 and reply.text == ('site a' if name[0] == 'a' else 'site b'), name
    assert c.cmd('HOST wild.example') == 504
    # its accounts and its settings, and nothing of the other's
    assert c.login('bob') == 230
    assert c.cmd('HOST a.example') == 503
    assert c.store('STOR f', b'x') == 226
    assert (s.place.home('bob') / 'f').stat().st_mode & 0o777 == 0o600
    assert 'Status of b:' in c.cmd('STAT').all
    d = s.connect()
    assert d.cmd('HOST b.example') == 220
    assert d.login('alice') == 530
    d = s.connect()
    assert d.login('bob') == 530
    assert s.login('alice').cmd('HOST b.example') == 503
    s.log_wait(r'HOST b\.example: server "b", .*server0\.conf:\d+$')
    s.log_wait(r'HOST nowhere\.example: no such server')


def test_faq_4_8d_addresses(two, ftpd):
    c = two().connect()
    assert c.cmd('HOST b.example') == 220
    reply = c.cmd('HOST 127.0.0.1')
    assert reply == 220 and reply.text == 'site a'
    assert c.cmd('HOST [::ffff:127.0.0.1]') == 220
    assert c.cmd('HOST 127.0.0.2') == 504
    assert c.cmd('HOST [::1]') == 504
    for bad in ('HOST', 'HOST ', 'HOST a b', 'HOST ::1', 'HOST [127.0.0.1]', 'HOST 127.0.0',
                'HOST [::1', 'HOST a..b', 'HOST *.example', 'HOST *', 'HOST ' + 'a.' * 200 + 'b',
                'HOST ' + 'a' * 64, 'HOST %n%s', 'HOST b.example\0', 'HOST ä.example',
                'HOST ' + 'x' * 3000):
        assert c.cmd(bad) == 501, bad
    six = ftpd('ServerIdent on "six"', host='::1').connect()
    assert six.cmd('HOST [::1]').text == 'six'
    assert six.cmd('HOST [0:0::0:1]').text == 'six'
    assert six.cmd('HOST ::1') == 501
    assert six.cmd('HOST 127.0.0.1') == 504


def test_the_present_server(two):
    c = two(a='ServerAlias first.example\n').connect()
    for name in ('a.example', 'first.example', 'A.example'):
        reply = c.cmd(f'HOST {name}')
        assert reply == 220 and reply.text == 'site a'
    assert c.login('alice') == 230


def test_all_in_one_packet(two):
    s = two()
    c = s.connect()
    c.send(b'NOOP\r\nCLNT tester\r\nHOST b.example\r\nUSER bob\r\nPASS pw\r\nSYST\r\nQU')
    replies = [c.reply() for _ in range(6)]
    assert replies == [200, 200, 220, 331, 230, 215] and replies[2].text == 'site b'
    c.send(b'IT\r\n')
    assert c.reply() == 221 and c.at_end()
    c = s.connect()
    c.send(b''.join(b'HOST %s.example\r\n' % name for name in (b'b', b'a', b'b', b'no', b'b')))
    assert [c.reply().text for _ in range(5)][:3] == ['site b', 'site a', 'site b']
    assert c.login('bob') == 230


def test_not_behind_user(two):
    s = two()
    c = s.connect()
    assert c.cmd('USER bob') == 331
    assert c.cmd('HOST b.example') == 503
    assert c.cmd('PASS pw') == 530
    assert c.cmd('HOST b.example') == 503
    assert c.cmd('USER alice') == 331 and c.cmd('PASS pw') == 230
    c = s.connect()
    assert c.cmd('PASS x') == 503 and c.cmd('USER') == 501     # nobody was named
    assert c.cmd('HOST b.example') == 220


def test_limits_on_host(two):
    c = two(a='<Limit HOST>\nDenyAll\n</Limit>\n').connect()
    assert c.cmd('HOST b.example') == 504
    assert 'HOST' not in [line.strip() for line in c.cmd('FEAT').lines]
    c = two(b='<Limit HOST>\nDenyAll\n</Limit>\n').connect()
    assert ' HOST' in c.cmd('FEAT').lines
    assert c.cmd('HOST b.example') == 220
    assert c.cmd('HOST a.example') == 504
    assert c.login('bob') == 230
    assert c.cmd('HOST a.example') == 504               # the limit is asked before all else


def test_a_server_that_nobody_may_enter(two):
    s = two(b='<Limit LOGIN>\nDenyAll\n</Limit>\n')
    c = s.connect()
    assert c.cmd('HOST b.example') == 504
    assert 'site a' in c.cmd('HOST a.example').text
    assert c.login('alice') == 230
    s.log_wait('connection refused: <Limit LOGIN> lets nobody in')
    s.log_wait(r'HOST b\.example: refused by that server')


def test_admission_of_the_other_server(two):
    # a service of tcp wrappers of its own
    s = two(b='TCPServiceName other\n', etc={'hosts.deny': 'other: ALL\n', 'hosts.allow': ''})
    c = s.connect()
    assert c.cmd('HOST b.example') == 504
    assert c.login('alice') == 230


def test_a_faulty_block(two):
    s = two(more=V % 'ServerAlias c.example\nUmask many\nNonsense on\n')
    c = s.connect()
    assert c.cmd('HOST c.example') == 504
    assert c.cmd('HOST c.example') == 504
    assert c.cmd('HOST b.example') == 220
    assert c.login('bob') == 230
    for word in ('Umask', 'Nonsense'):
        s.log_wait(rf'server0\.conf:\d+: {word}: ')
    assert len(re.findall(r'Nonsense: ', s.log())) == 1


def test_read_at_the_start(two, place):
    # DESIGN: the bytes read at the start, never the file again
    place.write('inner.conf', 'User ftp\nGroup ftp\n')
    s = two(b='<Anonymous {anon}>\nInclude {dir}/inner.conf\nUserAlias anonymous ftp\n'
              '</Anonymous>\nServerAdmin "%{env:WHO}"\n',
            env={'PATH': '/bin', 'WHO': 'then@example'})
    place.write('passwd.b', f'ftp:{HASH}:{uid_of("ftp")}:61104::{place.anon}:/bin/sh\n', 0o600)
    c = s.connect()
    s.processes()
    s.conf_path.write_text('Nonsense\n')
    (place.dir / 'inner.conf').unlink()
    assert c.cmd('HOST b.example') == 220
    assert c.login('anonymous', 'a@b') == 230
    assert 'then@example' in c.cmd('HELP').all
    c.cmd('TYPE I')
    assert c.get('pub/file') == b'the public file\n'


def test_what_the_greeting_shows(two, place):
    place.write('a.txt', 'welcome to a\n')
    place.write('b.txt', 'welcome to b\n')
    c = two(a='DisplayConnect {dir}/a.txt\n', b='DisplayConnect {dir}/b.txt\n').connect()
    assert c.welcome.lines[0] == '220-welcome to a'
    for name in ('b', 'a', 'a', 'b'):
        reply = c.cmd(f'HOST {name}.example')
        assert (reply.lines[0], reply.text) == (f'220-welcome to {name}', f'site {name}')


def test_the_process_behind_it(two):
    s = two(b='User daemon\nGroup mail\n')
    c = s.connect()
    first = s.session()
    assert status(first)['Uid'].split() == [str(pwd.getpwnam('nobody').pw_uid)] * 4
    assert c.cmd('HOST b.example') == 220
    second = s.session()
    assert (second != first
            and status(second)['Uid'].split() == [str(pwd.getpwnam('daemon').pw_uid)] * 4)
    assert status(second)['CapPrm'].strip() == '0' * 16
    assert os.readlink(f'/proc/{second}/root') == '/var/lib/in.ftpd/empty'
    assert c.login('bob') == 230
    assert status(s.session())['Uid'].split()[0] == str(uid_of('bob'))


def test_classes_and_defaults_are_the_other_servers(two):
    s = two(a='TimeoutIdle 77\n',
            b='DefaultTransferMode binary\n<IfClass here>\nServerName "here"\n'
              'AccessGrantMsg "hi %u"\n</IfClass>\n',
            more='<Class here>\nFrom 127.0.0.0/8\n</Class>\n')
    c = s.connect()
    assert c.cmd('HOST b.example') == 220
    assert c.cmd('USER bob') == 331
    reply = c.cmd('PASS pw')
    assert reply == 230 and reply.text == 'hi bob'
    stat = c.cmd('STAT').all
    assert 'Status of here:' in stat and 'Image' in stat


def test_levels_of_the_log(ftpd):
    s = ftpd('Port 0\n<Global>\nSystemLog {log}\nAuthPAM off\nAuthUserFile {passwd}\nWtmpLog off\n'
             '</Global>\n'
             + V % 'ServerAlias a\nSyslogLevel info\nDebugLevel 5\nSetEnv TZ Asia/Tokyo\n'
             + V % 'ServerAlias b\nSyslogLevel info\nTimesGMT off\nDeferWelcome on\n', base=False,
             env={'PATH': '/bin', 'SECRET': 'x'})
    c = s.connect()
    assert c.cmd('NOOP') == 200
    s.log_wait('command NOOP')
    assert c.cmd('HOST b') == 220
    assert c.cmd('NOOP') == 200
    assert c.cmd('HOST a') == 220
    assert s.log().count('command NOOP') == 1
    assert c.cmd('HOST b') == 220
    environment = pathlib.Path(f'/proc/{s.session()}/environ').read_bytes()
    assert b'SECRET' not in environment and b'Tokyo' not in environment
    s.place.file('f')
    os.utime(s.place.home() / 'f', (86400 * 180, 86400 * 180))
    assert c.login() == 230
    assert ' Jun 30  1970 ' in c.names('LIST f')[0]


def test_twenty_and_no_more(two):
    c = two().connect()
    for _ in range(10):
        assert c.cmd('HOST b.example') == 220
        assert c.cmd('HOST a.example') == 220
    for _ in range(5):
        assert c.cmd('HOST b.example') == 504
    assert c.login('alice') == 230


def test_timeoutlogin_of_the_other_server(two):
    s = two(a='TimeoutLogin 0\n', b='TimeoutLogin 3\n')
    c = s.connect()
    assert c.cmd('HOST b.example') == 220
    words = c.last_words()
    assert words and words[-1] == 421
    s.log_wait('TimeoutLogin')


def test_asked_to_end(two):
    s = two()
    c = s.connect()
    assert c.cmd('HOST b.example') == 220
    os.kill(s.monitor, signal.SIGTERM)
    words = c.last_words()
    assert words[-1] == 421
    assert s.exit_status() == 0


def test_a_client_that_leaves_at_once(two):
    s = two()
    for _ in range(5):
        c = s.connect()
        c.send(b'HOST b.example\r\nHOST a.example\r\n')
        c.reset()
        assert s.exit_status() == 0
    c = s.connect()
    c.send(b'HOST b.example\r\nUSER bob\r\nPASS pw\r\nQUIT\r\n')
    c.sock.shutdown(1)
    assert c.last_words() == [220, 331, 230, 221]


def test_telnet_in_the_middle(two):
    c = two().connect()
    c.send(b'HOST b.example\r\nSY\xff\xf1ST\r\n\xff')
    assert c.reply() == 220 and c.reply() == 215
    c.send(b'\xf4NOOP\r\n')
    assert c.reply() == 200


def test_no_secret_stays(two):
    """The pipelined password passes through the monitor; the user's session must not have it."""
    s = two()
    c = s.connect()
    c.send(b'HOST b.example\r\nUSER alice\r\nPASS Perfectly-Wrong-1\r\nUSER bob\r\nPASS pw\r\n')
    assert [c.reply() for _ in range(5)] == [220, 331, 530, 331, 230]
    if SAN:
        pytest.skip('the sanitizer keeps copies')
    for pid in (s.session(), s.monitor):
        with open(f'/proc/{pid}/maps') as maps, open(f'/proc/{pid}/mem', 'rb') as mem:
            for line in maps:
                if 'rw' not in line.split()[1]:
                    continue
                begin, end = (int(x, 16) for x in line.split()[0].split('-'))
                try:
                    mem.seek(begin)
                    memory = mem.read(end - begin)
                except (OSError, ValueError, OverflowError):
                    continue
                assert b'Perfectly-Wrong-1' not in memory, (pid, line)


def test_the_main_server_by_name(ftpd):
    s = ftpd('ServerIdent on "main"\nServerAlias main.example\nDefaultAddress 127.0.0.1\n'
             '<VirtualHost 127.0.0.1>\nServerIdent on "v"\nServerAlias v.example\n</VirtualHost>\n'
             '<VirtualHost 0.0.0.0>\nServerIdent on "all"\nServerAlias all.example\n'
             '</VirtualHost>\n'
             '<VirtualHost 127.0.0.2>\nServerIdent on "other"\nServerAlias other.example\n'
             '</VirtualHost>\n')
    c = s.connect()
    assert c.welcome.text == 'main'
    for name, text in (('v', 'v'), ('all', 'all'), ('main', 'main')):
        assert c.cmd(f'HOST {name}.example').text == text
    assert c.cmd('HOST other.example') == 504
    assert c.login() == 230


def test_names_of_a_virtual_host(ftpd):
    # a name in <VirtualHost> is an alias too, if this address is its
    etc = {'hosts': '127.0.0.1 one.example two.example\n127.0.0.9 far.example\n',
           'nsswitch.conf': 'hosts: files\n'}
    v = '<VirtualHost %s.example>\nServerIdent on "%s"\n</VirtualHost>\n'
    s = ftpd('Port 0\n' + ''.join(v % (n, n) for n in ('one', 'two', 'far')), etc=etc)
    c = s.connect()
    assert c.welcome.text == 'one'
    assert c.cmd('HOST Two.example').text == 'two'
    assert c.cmd('HOST far.example') == 504
    assert c.cmd('HOST one.example').text == 'one'


def test_the_main_server_has_the_addresses_of_the_machine(network, ftpd):
    # ... and no others, unless it has a DefaultAddress
    etc = {'hosts': f'127.0.0.5 {socket.gethostname()}\n', 'nsswitch.conf': 'hosts: files\n'}
    for host, code in (('127.0.0.5', 220), ('127.0.0.6', 504)):
        c = ftpd(f'ServerIdent on "main"\nServerAlias main.example\n<VirtualHost {host}>\n'
                 'ServerIdent on "v"\n</VirtualHost>\n', host=host, etc=dict(etc)).connect()
        assert c.welcome.text == 'v'
        reply = c.cmd('HOST main.example')
        assert reply == code and (code == 504 or reply.text == 'main')


def test_as_an_ordinary_user(ftpd, place):
    alice = f'alice:{HASH}:{uid_of("alice")}:61100::{place.home()}:/bin/sh\n'
    file = place.write('passwd.b', alice, 0o600, 'bob')
    s = ftpd('Port 0\n' + LOG + V % A + V % f'ServerAlias b\nAuthPAM off\nAuthUserFile {file}\n'
             + V % 'ServerIdent on "c"\nServerAlias c\nAuthPAM off\nAuthUserFile {passwd}\n',
             base=False)
    s.give_to('bob')
    c = s.connect()
    assert c.cmd('HOST b') == 504           # where bob has no account nobody could log in
    assert c.cmd('HOST c').text == 'c'
    assert c.login('bob') == 230


def test_sessions_without_host_are_as_before(ftpd):
    c = ftpd('ServerIdent on "alone"').connect()
    assert c.cmd('HOST any.example') == 504
    assert c.cmd('HOST 127.0.0.1').text == 'alone'
    assert c.login() == 230
