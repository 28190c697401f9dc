"""The control connection: long lines, NULs, Telnet, junk, other protocols, vanishing clients."""

import os
import random
import socket
import time

import pytest

from harness import processes, until


@pytest.fixture
def c(ftpd, place):
    place.file('x', b'keep')
    return ftpd().login()


def kept(place):
    return (place.home() / 'x').read_bytes() == b'keep'


SIZES = sorted({1, 2, 10, 100} | {b + d for b in (256, 512, 1024, 4096, 8192, 16384, 32768, 65536)
                                  for d in (-12, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2,
                                            3)} | {70000})


def test_attack_12_a_long_line_is_one_command(ftpd, place):
    place.file('x', b'keep')
    s = ftpd()
    c = s.login()
    for n in SIZES:
        c.put('CWD ' + n * 'A' + ' DELE x')
        reply = c.reply()
        if reply == 421:
            assert n > 60000
            assert c.at_end()
            c = s.login()
        else:
            assert reply == (550 if n + 11 <= 4096 else 500), n
            assert c.cmd('NOOP') == 200
    assert kept(place)


@pytest.mark.parametrize('pieces', [1, 7, 4096])
def test_long_lines_in_pieces(ftpd, place, pieces):
    place.file('x', b'keep')
    c = ftpd().login()
    line = b'CWD ' + b'A' * 6000 + b'\r\n' + b'NOOP\r\n'
    for n in range(0, len(line), pieces):
        c.send(line[n:n + pieces])
    assert c.reply() == 500
    assert c.reply() == 200


def test_attack_13_no_end(ftpd):
    s = ftpd()
    c = s.login()
    pid = s.session()
    sent = 0
    try:
        while sent < 1 << 28:
            c.send(b'A' * 65536)
            sent += 65536
    except OSError:
        pass
    assert sent < 1 << 24
    words = c.last_words()
    assert not words or words[-1] in (421, 500)
    until(lambda: processes(s.monitor) == [])


def test_faq_6_3d_abuse(ftpd, place):
    place.file('x', b'keep')
    s = ftpd()
    c = s.login()
    c.put('A' * 5000)
    assert c.reply() == 500
    assert c.cmd('NOOP') == 200
    c.send(b'\0\0\0\r\n')
    assert c.reply() in (500, 501)
    c.send(b'PWD\rX\r\n')
    assert c.reply() in (500, 501)
    c.send(b'\xff\xf6NOOP\r\n')
    assert c.reply() == 200
    before = s.connect(greet=False)
    before.send(b'NOOP\r\nUSER alice\r\nPASS pw\r\n')
    assert [int(before.reply()) for _ in range(4)] == [220, 200, 331, 230]
    for n in range(20):
        c.send(b'NOOP\r\n' * 1000)
        for _ in range(1000):
            assert c.reply() == 200


def test_commandbuffersize(ftpd):
    c = ftpd('CommandBufferSize 600').login()
    assert c.cmd('CWD ' + 'A' * 500) == 550
    assert c.cmd('CWD ' + 'A' * 700) == 500
    c = ftpd('CommandBufferSize 8192').login()
    assert c.cmd('NOOP ' + 'A' * 6000) in (200, 501)


def test_attack_10_a_storm_of_iac(ftpd):
    s = ftpd()
    for user in (False, True):
        c = s.login() if user else s.connect()
        c.send(b'\xff' * 65536 + b'\r\n')
        assert c.reply() in (500, 421)
        c = s.login() if user else s.connect()
        for offset in range(0, 9000, 371):
            c.send(b'A' * offset + b'\xff\xff\r\n')
            assert c.reply() in (500, 530)
            c.send(b'A' * offset + b'\xff\xfd\x01' + b'\r\n')
            assert c.reply() in (500, 530) or not offset
        assert c.cmd('NOOP') == 200


@pytest.mark.parametrize('verb', [0xfb, 0xfc, 0xfd, 0xfe])
def test_attack_11_telnet_options_anywhere(ftpd, verb):
    c = ftpd().login()
    for at in range(5):
        line = b'NOOP'
        c.send(line[:at] + bytes([0xff, verb, 1]) + line[at:] + b'\r\n')
        # WILL is answered by DONT, DO by WONT (RFC 1123, 3.2.2), before the reply
        answer = {0xfb: b'\xff\xfe\x01', 0xfd: b'\xff\xfc\x01'}.get(verb, b'')
        got = b''
        while b'\r\n' not in got:
            got += c.sock.recv(100)
        assert got.endswith(b'\r\n') and b'200 ' in got
        assert got[:got.index(b'200 ')] in (b'', answer)
    assert c.cmd('NOOP') == 200


def test_iac_iac_is_one_byte(ftpd, place):
    os.mkdir(os.fsencode(place.home()) + b'/n\xff')
    c = ftpd().login()
    c.send(b'CWD n\xff\xff\r\n')
    assert c.reply() == 250
    assert b'n\xff"' in c.cmd('PWD').raw


def test_attack_14_line_ends(ftpd):
    c = ftpd().login()
    for junk, n in ((b'\n', 1), (b'\r\n', 1), (b'\r\r\n', 1), (b' \r\n', 1), (b'\t\n', 1)):
        c.send(junk)
        assert c.reply() == 500
    c.send(b'NOOP\n')
    assert c.reply() == 200
    c.send(b'NOOP\r\r\n')
    assert c.reply() in (200, 500, 501)
    assert c.cmd('NOOP') == 200


def test_ten_thousand_empty_lines(ftpd):
    s = ftpd()
    c = s.connect()
    codes = set()
    try:
        for _ in range(10):
            c.send(b'\r\n' * 1000)
            for _ in range(1000):
                codes.add(int(c.reply()))
    except Exception:
        pass
    assert codes <= {500, 421}
    assert s.login().cmd('NOOP') == 200


def test_attack_15_every_byte_in_a_verb(ftpd):
    c = ftpd().login()
    for position in range(4):
        for byte in range(256):
            if byte in (0x0a, 0xff):
                continue
            verb = bytearray(b'ZZZZ')
            verb[position] = byte
            c.send(bytes(verb) + b'\r\n')
            assert c.reply() in (500, 501), verb
    c.send(b'\xe3\xe3\xe3\r\n')
    assert c.reply() == 500


def test_attack_17_quotes_and_backslashes(ftpd):
    c = ftpd().login()
    for verb in ('CWD', 'RETR', 'SIZE', 'MLST', 'DELE', 'SITE', 'SITE CHMOD', 'STAT', 'OPTS',
                 'HELP', 'CLNT',
                 'TYPE', 'USER', 'MFMT'):
        for argument in ('"', '\\', '""\\', '\\' * 4000, '"' * 4000, "'", '`', '$(id)', ';', '|'):
            reply = c.cmd(f'{verb} {argument}')
            assert 200 <= reply < 600


def test_attack_18_nul_in_paths(ftpd, place):
    place.file('x', b'keep')
    s = ftpd('DebugLevel 5')
    c = s.login()
    for verb in ('CWD', 'RETR', 'STOR', 'DELE', 'MKD', 'RMD', 'RNFR', 'SIZE', 'MLST',
                 'SITE CHMOD 600',
                 'LIST', 'STAT', 'APPE'):
        c.send(verb.encode() + b' x\0y\r\n')
        assert c.reply() == 501, verb
    assert kept(place)


def test_attack_19_format_strings(ftpd, place):
    bad = '%n%s%99999999d%p'
    s = ftpd('DebugLevel 9\nAccessDenyMsg "no %n%s%99d for %u"')
    c = s.connect()
    c.cmd(f'CLNT {bad}')
    assert bad in c.login(bad, bad).text
    c.login()
    for verb in ('CWD', 'RETR', 'SIZE', 'MLST', 'MKD', 'STAT', 'HELP', 'SITE', 'OPTS', bad):
        reply = c.cmd(f'{verb} {bad}')
        assert reply >= 200 or c.reply()
        if verb == 'MKD':
            assert bad in reply.text
    assert (place.home() / bad).is_dir()
    assert any(bad in line for line in c.names('LIST'))
    s.log_wait('%n%s%99999999d%p')


def test_attack_8_nothing_is_smuggled(ftpd):
    c = ftpd().login()
    for text in ('227 Entering Passive Mode (1,2,3,4,5,6)', 'PORT 1,2,3,4,5,6', 'x\r226 Done',
                 '\x85226 Done', '\u2028226'):
        c.send(b'CWD ' + text.encode('latin-1', 'ignore') + b'\r\n')
        assert c.reply() in (501, 550)
        assert c.cmd('NOOP') == 200
    c = ftpd().connect()
    assert c.cmd('USER PORT 1,2,3,4,5,6') == 331


@pytest.mark.parametrize('first', ['POST / HTTP/1.1', 'GET / HTTP/1.0', 'HEAD / HTTP/1.1',
                                   'OPTIONS * HTTP/1.1', 'CONNECT a:1 HTTP/1.1', 'PUT /x HTTP/1.1',
                                   'EHLO example.org', 'HELO example.org', 'MAIL FROM:<a@b>'])
def test_attack_9_other_protocols(ftpd, place, first):
    place.file('x', b'keep')
    s = ftpd()
    c = s.connect()
    c.send(first.encode() + b'\r\nHost: a\r\n\r\nUSER alice\r\nPASS pw\r\nDELE x\r\n')
    words = c.last_words()
    assert all(w in (421, 500) for w in words) and len(words) <= 1, words
    assert s.exit_status() == 0
    assert kept(place)


def test_control_bytes_reach_no_reply(ftpd, place):
    c = ftpd().login()
    for byte in range(1, 32):
        if byte in (10, 13):
            continue
        c.send(b'CWD a' + bytes([byte]) + b'b\r\n')
        assert c.reply() in (501, 550)


# -- vanishing, in every state -------------------------------------------------------

STATES = ['greeted', 'user', 'logged-in', 'pasv', 'port', 'retr', 'stor', 'list', 'half a line',
          'rnfr']


@pytest.mark.parametrize('state', STATES)
@pytest.mark.parametrize('how', ['close', 'reset'])
def test_attack_76_the_client_vanishes(ftpd, place, state, how):
    place.file('big', b'\0' * (16 << 20))
    s = ftpd('TimeoutLinger 100')
    c = s.connect() if state in ('greeted', 'user') else s.login()
    data = None
    if state == 'user':
        c.cmd('USER alice')
    elif state == 'pasv':
        c.pasv()
    elif state == 'port':
        c.listen()
    elif state == 'retr':
        reply, data = c.open('RETR big')
    elif state == 'stor':
        reply, data = c.open('STOR new')
        data.sendall(b'x')
    elif state == 'list':
        c.pasv()
        c.put('LIST')
    elif state == 'half a line':
        c.send(b'CWD some')
    elif state == 'rnfr':
        c.cmd('RNFR big')
    pid = s.monitor
    getattr(c, how)()
    until(lambda: processes(pid) == [])
    assert s.exit_status() == 0
    if data:
        data.close()


def test_at_accept(ftpd):
    s = ftpd()
    for _ in range(10):
        c = s.connect(greet=False)
        c.reset()
    until(lambda: len(s.spawned) == 10)
    until(lambda: all(processes(p.pid) == [] for p in s.spawned))
    assert [p.wait() for p in s.spawned] == [0] * 10


@pytest.mark.timeout(300)
def test_a_client_that_does_not_read(ftpd, place):
    # Replies fill its window: the session must end, not hang for good.
    s = ftpd('TimeoutIdle 2')
    c = s.login()
    c.sock.settimeout(0.2)
    try:
        while True:
            c.send(b'HELP\r\n' * 1000)
    except (TimeoutError, OSError):
        pass
    until(lambda: processes(s.monitor) == [], 80, every=0.1)


def test_half_closed(ftpd):
    c = ftpd().login()
    c.put('PWD')
    c.sock.shutdown(socket.SHUT_WR)
    replies = c.last_words()
    assert [int(r) for r in replies][:1] in ([257], [])


@pytest.mark.parametrize('seed', range(4))
def test_random_bytes(ftpd, place, seed):
    rng = random.Random(seed)
    place.file('x', b'keep')
    s = ftpd()
    words = [b'USER ', b'alice', b'\r\n', b'\n', b'CWD ', b'LIST ', b'\xff\xf4', b'\xff\xff', b'\0',
             b'*',
             b'PASV\r\n', b'EPSV\r\n', b'PORT 127,0,0,1,4,4\r\n', b'ABOR\r\n', b'STAT\r\n',
             b'MLSD\r\n',
             b'OPTS ', b'REST 99\r\n', b'TYPE A\r\n', b'"', b'../', b'{', b'~', b'SITE ',
             b'NOOP\r\n']
    for _ in range(15):
        c = s.login()
        c.sock.settimeout(0.3)
        for _ in range(150):
            try:
                c.send(rng.choice(words)
                       if rng.random() < 0.8 else rng.randbytes(rng.randrange(30)))
            except OSError:
                break
        c.reset()
    s.login()
    assert kept(place)


@pytest.mark.parametrize('logged_in', [False, True])
def test_attack_77_a_line_byte_by_byte(ftpd, logged_in):
    # Bytes of a line that never ends keep no session alive.
    c = ftpd('TimeoutLogin 3\nTimeoutIdle 3')
    c = c.login() if logged_in else c.connect()
    began = time.monotonic()
    c.sock.settimeout(0.2)
    while True:
        try:
            c.send(b'A')
            reply = c.reply()
            break
        except TimeoutError:
            assert time.monotonic() - began < 40
        except OSError:
            return
    assert reply == 421


def test_attack_77_a_listing_that_nobody_reads(ftpd, place):
    for n in range(30000):      # more than socket buffers hold
        (place.home() / f'{n:0250}').touch()
    c = ftpd('TimeoutStalled 1').login()
    address = c.pasv()
    data = socket.socket()
    data.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    data.connect(address)
    assert c.cmd('MLSD') == 150
    assert [int(r) for r in c.last_words()] == [426, 421]
    data.close()
