"""FTP over TLS (RFC 4217): whole sessions, its commands, and what happens during a transfer."""

import contextlib
import os
import re
import socket
import ssl

import pytest

import tls
from harness import until
from tls import SIZES, both, certs, content, needs_tls

pytestmark = needs_tls


# -- a whole session --------------------------------------------------------------

def test_faq_6_9b_auth_tls(ftpd, place, certs):
    place.file('f', content(200000))
    s = ftpd(certs.conf('rsa'))
    c = tls.connect(s, certs.context())
    assert c.auth() == 234
    assert c.cmd('PBSZ 0') == 200
    assert c.cmd('PROT P') == 200
    c.prot = 'P'
    assert c.login() == 230
    c.cmd('TYPE I')
    assert c.get('f') == content(200000)
    assert c.store('STOR up', content(100000)) == 226
    assert (place.home() / 'up').read_bytes() == content(100000)
    assert c.names() == ['f', 'up']
    assert c.quit() == 221
    assert [line[-1] for line in s.xferlog(2)] == ['c', 'c']


def test_faq_6_9b_tlsrequired_on(ftpd, place, certs):
    place.file('f', b'content')
    s = ftpd(certs.conf('rsa', 'TLSRequired on'))
    c = tls.connect(s, certs.context())
    assert c.cmd('USER alice') in (550, 530)
    assert c.cmd('PASS pw') in (550, 530, 503)
    assert c.auth() == 234
    assert c.login() == 230
    for mode in ('pasv', 'port'):
        assert c.fetch('RETR f', mode)[0] == 522
    assert c.fetch('LIST')[0] == 522
    assert c.store('STOR g', b'x') == 522
    assert not (place.home() / 'g').exists()
    c.protect()
    assert c.get('f') == b'content'
    assert c.store('STOR g', b'x') == 226


@both
@pytest.mark.parametrize('mode', ['pasv', 'epsv', 'port', 'eprt'])
def test_every_byte(ftpd, place, certs, version, mode):
    s = ftpd(certs.conf(more='AllowStoreRestart on\nAllowOverwrite on\nAllowForeignAddress on'))
    c = tls.login(s, certs.context(version))
    assert c.sock.version() == f'TLSv{version}'
    for size in SIZES:
        place.file('f', content(size))
        assert c.get('f', mode) == content(size), size
        assert c.store('STOR g', content(size), mode) == 226
        assert (place.home() / 'g').read_bytes() == content(size), size
    assert c.get('f', mode, rest=16383) == content(SIZES[-1])[16383:]
    assert c.get('f', mode, rest=SIZES[-1]) == b''
    assert c.store('STOR g', b'tail', mode, rest=SIZES[-1] - 2) == 226
    assert (place.home() / 'g').read_bytes() == content(SIZES[-1])[:-2] + b'tail'
    assert c.store('APPE g', b' and more', mode) == 226
    assert (place.home() / 'g').read_bytes()[-13:] == b'tail and more'
    assert [line[-1] for line in s.xferlog(2 * len(SIZES) + 4)] == ['c'] * (2 * len(SIZES) + 4)


@both
def test_listings(ftpd, place, certs, version):
    for n in range(300):
        place.file(f'name{n:03}')
    s = ftpd(certs.conf())
    plain, c = s.login(), tls.login(s, certs.context(version))
    names = [f'name{n:03}' for n in range(300)]
    assert c.names() == names
    for line in ('LIST', 'LIST -a', 'MLSD', 'LIST name00*'):
        assert c.names(line) == plain.names(line), line
    assert c.fetch('NLST nothing*')[0] in (226, 450, 550)
    assert c.cmd('MLST name000') == 250


@both
def test_ascii(ftpd, place, certs, version):
    lines = b''.join(b'line %d\n' % n for n in range(60000))
    place.file('f', lines)
    c = tls.login(ftpd(certs.conf()), certs.context(version))
    assert c.cmd('TYPE A') == 200
    assert c.get('f') == lines.replace(b'\n', b'\r\n')
    assert c.store('STOR g', lines.replace(b'\n', b'\r\n')) == 226
    assert (place.home() / 'g').read_bytes() == lines
    assert c.store('STOR empty', b'') == 226
    assert (place.home() / 'empty').read_bytes() == b''


@both
def test_ipv6(ftpd, place, certs, version):
    place.file('f', content(70000))
    c = tls.login(ftpd(certs.conf(), host='::1'), certs.context(version))
    for mode in ('epsv', 'eprt'):
        assert c.get('f', mode) == content(70000)
        assert c.store(f'STOR {mode}', b'x' * 70000, mode) == 226
        assert (place.home() / mode).stat().st_size == 70000


def test_faq_3_3e_under_tls_the_bytes_are_the_same(ftpd, place, certs):
    place.file('f', content(1 << 20))
    for use in ('on', 'off'):
        c = tls.login(ftpd(certs.conf(more=f'UseSendfile {use}')), certs.context())
        assert c.get('f') == content(1 << 20)


def test_jail_and_anonymous(ftpd, place, certs):
    place.file('f', b'in the jail')
    s = ftpd(certs.conf(more='DefaultRoot ~\n<Anonymous {anon}>\nUser ftp\nGroup ftp\n'
                             'UserAlias anonymous ftp\n</Anonymous>'))
    c = tls.login(s, certs.context())
    assert c.cmd('PWD').text.startswith('"/"')
    assert c.get('/f') == b'in the jail'
    c = tls.login(s, certs.context(), 'anonymous', 'me@example.org')
    assert c.get('/pub/file') == b'the public file\n'


def test_hidden_names_under_tls(ftpd, place, certs):
    c = tls.login(ftpd(certs.conf(more='HiddenStores on')), certs.context())
    reply, data = c.open('STOR f')
    data.sendall(b'part')
    until(lambda: os.listdir(place.home()) == ['.in.f.'])
    data.finish()
    assert c.reply() == 226
    assert os.listdir(place.home()) == ['f']
    assert c.store('STOU', b'unique') in (226, 250)


def test_site_commands_are_the_same(ftpd, place, certs):
    place.file('f', b'x')
    c = tls.login(ftpd(certs.conf()), certs.context())
    assert c.cmd('SITE CHMOD 600 f') == 200
    assert c.cmd('SIZE f') == 213
    assert c.cmd('RNFR f') == 350 and c.cmd('RNTO g') == 250
    for _ in range(100):
        c.put('NOOP')
    assert [int(c.reply()) for _ in range(100)] == [200] * 100
    c.send(b'PWD\r\nSYST\r\nNO')
    assert (c.reply(), c.reply()) == (257, 215)
    c.send(b'OP\r\n')
    assert c.reply() == 200


# -- the commands of RFC 2228 ------------------------------------------------------

def test_feat(ftpd, certs):
    feat = ftpd(certs.conf()).connect().cmd('FEAT').all
    assert re.search(r'^ AUTH TLS\b', feat, re.M)
    assert re.search(r'^ PBSZ$', feat, re.M) and re.search(r'^ PROT$', feat, re.M)
    feat = ftpd('TLSEngine off').connect().cmd('FEAT').all
    assert not re.search(r'AUTH|PBSZ|PROT', feat)


@pytest.mark.parametrize('conf', ['', 'TLSEngine off', 'TLSEngine on\nProtocols ftp'])
def test_where_there_is_none(ftpd, certs, conf):
    s = ftpd(conf + ('\n' + certs.conf().partition('\n')[2] if 'on' in conf else ''))
    c = s.connect()
    assert c.cmd('AUTH TLS') == 502
    assert 'AUTH' not in c.cmd('FEAT').all
    assert c.login() == 230


def test_protocols_ftps_alone(ftpd, certs):
    s = ftpd(certs.conf(more='Protocols ftps'))
    c = s.connect(greet=False)
    words = c.last_words() if c.greet() != 220 else []
    if not words:
        c = tls.login(s, certs.context())
        assert c.names() == []


def test_mechanisms(ftpd, certs):
    s = ftpd(certs.conf())
    c = tls.connect(s, certs.context())
    for other in ('SSL', 'TLS-P', 'GSSAPI', 'KERBEROS_V4', 'x' * 200, 'TLS TLS', '%n'):
        assert c.cmd(f'AUTH {other}') in (504, 501), other
    assert c.cmd('AUTH SSL') == 504
    assert c.cmd('AUTH') == 501
    assert c.auth('tls') == 234
    c = tls.connect(s, certs.context())
    assert c.auth('TLS-C') == 234
    assert c.login() == 230


def test_attack_61_auth_out_of_turn(ftpd, place, certs):
    s = ftpd(certs.conf())
    c = tls.secured(s, certs.context())
    assert c.cmd('AUTH TLS') == 503              # twice
    c.protect()
    assert c.cmd('AUTH TLS') in (503, 534)       # after PROT
    assert c.login() == 230
    assert c.cmd('AUTH TLS') == 503
    assert c.names() == []
    c = s.login()
    assert c.cmd('AUTH TLS') == 503              # after login
    assert c.cmd('PWD') == 257
    c = s.connect()
    assert c.cmd('USER alice') == 331
    assert c.cmd('AUTH TLS') == 503              # a back end may have run
    assert c.cmd('PASS pw') in (230, 530, 503)


def test_pbsz_and_prot_in_order(ftpd, place, certs):
    place.file('f', b'content')
    s = ftpd(certs.conf())
    c = tls.connect(s, certs.context())
    assert c.cmd('PBSZ 0') == 503 and c.cmd('PROT P') == 503
    assert c.auth() == 234
    assert c.cmd('PROT P') == 503
    assert c.cmd('PROT C') == 503
    for bad in ('PBSZ', 'PBSZ x', 'PBSZ -1', 'PBSZ 4294967296', 'PBSZ 0x10'):
        assert c.cmd(bad) == 501, bad
    assert c.cmd('PROT P') == 503
    reply = c.cmd('PBSZ 8192')
    assert reply == 200 and 'PBSZ=0' in reply.text           # RFC 4217, 9
    for bad, code in (('S', (536, 504)), ('E', (536, 504)), ('X', (504,)), ('PP', (504, 501))):
        assert c.cmd(f'PROT {bad}') in code, bad
    assert c.cmd('PROT') == 501
    assert c.cmd('PROT c') in (200, 504)
    assert c.login() == 230
    assert c.get('f') == b'content'              # C where nobody said P
    c = s.login()
    assert c.cmd('PBSZ 0') == 503 and c.cmd('PROT P') == 503


def test_prot_between_transfers(ftpd, place, certs):
    place.file('f', b'content')
    c = tls.login(ftpd(certs.conf()), certs.context(), prot=None)
    for level in 'PCCPPC':
        c.protect(level)
        assert c.get('f') == b'content'
        assert c.store(f'STOR {level}', b'x') in (226, 550)
        assert 'f' in c.names()


def test_prot_survives_login(ftpd, place, certs):
    place.file('f', b'content')
    s = ftpd(certs.conf())
    c = tls.secured(s, certs.context())
    c.send(b'PBSZ 0\r\nPROT P\r\nUSER alice\r\nPASS pw\r\nTYPE I\r\n')
    assert [int(c.reply()) for _ in range(5)] == [200, 200, 331, 230, 200]
    c.prot = 'P'
    assert c.get('f') == b'content'


def test_user_again_and_failures_under_tls(ftpd, place, certs):
    place.file('f', b'content')
    c = tls.secured(ftpd(certs.conf()), certs.context())
    c.protect()
    assert c.login('alice', 'wrong') == 530
    assert c.login('nobody-here', 'pw') == 530
    assert c.login() == 230
    assert c.get('f') == b'content'


# -- CCC ---------------------------------------------------------------------------

@both
@pytest.mark.parametrize('required', ['auth', 'auth+data', 'auth+!data'])
def test_ccc(ftpd, place, certs, version, required):
    place.file('f', content(50000))
    s = ftpd(certs.conf(more=f'TLSRequired {required}'))
    c = tls.login(s, certs.context(version), prot=None if '!' in required else 'P')
    session = c.sock.session
    assert c.cmd('CCC') == 200
    c.sock = c.sock.unwrap()
    c.session = lambda: session
    c.timeout = 20
    assert c.cmd('PWD') == 257
    assert c.get('f') == content(50000)
    assert c.cmd('CCC') in (533, 503, 534)
    assert c.cmd('AUTH TLS') == 503
    assert c.quit() == 221


def is_read(server, client):
    """Whether the server has taken everything that this socket sent."""
    here, there = f':{server.port:04X}', f':{client.getsockname()[1]:04X}'
    with open('/proc/net/tcp', encoding='ascii') as table:
        rows = [line.split() for line in table]
    # a row that the table leaves out, as it changes while it is read, says neither
    return any(r[1].endswith(here) and r[2].endswith(there) and r[4].endswith(':00000000')
               for r in rows)


@both
def test_ccc_answered_in_pieces(ftpd, place, certs, version):
    s = ftpd(certs.conf(more='TLSRequired auth'))
    client = s.connect()
    assert client.cmd('AUTH TLS') == 234
    hand = tls.Hand(client.sock, certs.context(version))
    hand.shake()
    for line, code in ((b'USER alice', b'331'), (b'PASS pw', b'230'), (b'CCC', b'200')):
        hand.send(line + b'\r\n')
        assert hand.line().startswith(code)
    with contextlib.suppress(ssl.SSLError):
        hand.tls.unwrap()
    goodbye = hand.outgoing.read()
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(len(goodbye)):
        client.sock.sendall(goodbye[i:i + 1])
        until(lambda: is_read(s, client.sock))
    client.sock.sendall(b'PWD\r\n')
    said = b''
    while not said.endswith(b'\r\n'):
        said += client.sock.recv(4096)
    # the server's own close_notify may come before it
    assert said.partition(b'257 ')[1] and b'500' not in said, said


@pytest.mark.parametrize('required', ['off', 'on', 'ctrl', 'data', '!data'])
def test_ccc_refused(ftpd, certs, required):
    s = ftpd(certs.conf(more=f'TLSRequired {required}'))
    c = tls.login(s, certs.context(), prot=None)
    assert c.cmd('CCC') == 534
    assert c.cmd('PWD') == 257
    c = tls.secured(s, certs.context())
    assert c.cmd('CCC') in (530, 534)
    if required in ('off', 'data', '!data'):
        assert s.login().cmd('CCC') in (533, 503, 534)


# -- what a client is told ------------------------------------------------------------

def test_faq_6_4a_no_version_under_tls(ftpd, certs):
    s = ftpd(certs.conf(more='ServerIdent off'))
    c = tls.connect(s, certs.context())
    texts = [c.welcome.all]
    reply = c.cmd('AUTH TLS')
    texts.append(reply.all)
    c.handshake()
    for line in ('FEAT', 'HELP', 'SYST', 'STAT', 'PBSZ 0', 'PROT P', 'PROT S', 'AUTH TLS', 'CCC',
                 'CSID x'):
        texts.append(c.cmd(line).all)
    assert c.login() == 230
    texts += [c.cmd(line).all for line in ('STAT', 'HELP', 'CCC', 'AUTH TLS')]
    for text in texts:
        assert not re.search(r'openssl|libssl|in\.ftpd|\d+\.\d+\.\d+[a-z]?(?!\.)\b(?<!127\.0\.0)',
                             text.replace('127.0.0.1', ''), re.I), text


def test_masquerade(ftpd, place, certs):
    s = ftpd(certs.conf(more='MasqueradeAddress 127.0.0.3\nTLSMasqueradeAddress 127.0.0.2'))
    assert s.login().pasv()[0] == '127.0.0.3'
    c = tls.login(s, certs.context())
    assert c.pasv()[0] == '127.0.0.2'


def test_stdenvvars(ftpd, place, certs):
    place.write('welcome', 'tls %{env:FTPS} %{env:TLS_PROTOCOL} %{env:TLS_CIPHER}\n')
    s = ftpd(certs.conf(more='DisplayLogin {dir}/welcome\nTLSOptions StdEnvVars'))
    c = tls.secured(s, certs.context('1.3'))
    assert re.search(r'tls 1 TLSv1\.3 TLS_\w+', c.login().all)
    assert 'TLSv1' not in s.connect().login().all
    c = tls.secured(ftpd(certs.conf(more='DisplayLogin {dir}/welcome')), certs.context())
    assert 'TLSv1' not in c.login().all


def test_tlslog(ftpd, place, certs):
    log = place.dir / 'tls.log'
    s = ftpd(certs.conf(more='TLSLog {dir}/tls.log'))
    tls.login(s, certs.context('1.3'))
    until(lambda: log.exists() and 'TLSv1.3' in log.read_text())
    assert 'TLS_' in log.read_text()
    c = s.connect()
    assert c.cmd('AUTH TLS') == 234
    c.send(b'this is no handshake\r\n')
    tls.drain(c.sock)
    before = len(log.read_text().splitlines())
    until(lambda: len(log.read_text().splitlines()) >= 2 and before)
    assert log.stat().st_mode & 0o077 in (0, 0o040)
    assert b'pw' not in log.read_bytes()


def test_logged_in_the_system_log(ftpd, certs):
    s = ftpd(certs.conf())
    tls.login(s, certs.context('1.2'))
    s.log_wait(r'TLSv1\.2')


# -- during a transfer ----------------------------------------------------------------

@both
@pytest.mark.parametrize('type_', ['I', 'A'])
def test_abor(ftpd, place, certs, version, type_):
    place.file('big', b'0123456\n' * (8 << 20))
    s = ftpd(certs.conf())
    c = tls.login(s, certs.context(version))
    c.cmd(f'TYPE {type_}')
    reply, data = c.open('RETR big')
    data.recv(1000)
    c.put('ABOR')
    assert (c.reply(), c.reply()) == (426, 226)
    data.close()
    assert s.xferlog()[0][-1] == 'i'
    reply, data = c.open('STOR up')
    data.sendall(b'partial\r\n')
    until(lambda: (place.home() / 'up').exists() and (place.home() / 'up').stat().st_size)
    c.put('ABOR')
    assert (c.reply(), c.reply()) == (426, 226)
    data.close()
    assert s.xferlog(2)[1][-1] == 'i'
    assert c.store('STOR again', b'x' * 100000) == 226
    assert c.quit() == 221


def test_stat_during_a_transfer(ftpd, place, certs):
    place.file('big', b'\0' * (32 << 20))
    c = tls.login(ftpd(certs.conf()), certs.context())
    reply, data = c.open('RETR big')
    data.recv(100000)
    told = until(lambda: re.search(r'([1-9]\d*) of (\d+) bytes', c.cmd('STAT').text))
    assert int(told[1]) < int(told[2]) == 32 << 20
    size = 100000
    while part := data.recv(1 << 20):
        size += len(part)
    assert size >= 32 << 20 and not data.ragged
    assert c.reply() == 226
    reply, data = c.open('STOR up')
    data.sendall(b'x' * 100000)
    until(lambda: (place.home() / 'up').exists() and (place.home() / 'up').stat().st_size)
    assert until(lambda: re.search(r'[1-9]\d* bytes', c.cmd('STAT').text))
    data.finish()
    assert c.reply() == 226


@pytest.mark.parametrize('hidden', ['off', 'on'])
def test_attack_81_a_full_disk_under_tls(ftpd, place, certs, hidden):
    full = place.home() / 'full'
    full.mkdir()
    s = ftpd(certs.conf(more=f'HiddenStores {hidden}\nAllowOverwrite on'), etc={},
             mounts=f'mount -t tmpfs -o size=64k,mode=777 none {full}')
    c = tls.login(s, certs.context())
    assert c.store('STOR full/big', b'x' * 1000000) == 452
    assert s.xferlog()[0][-1] == 'i'
    if hidden == 'on':
        assert c.names('NLST -A full') == []
    else:
        assert c.cmd('DELE full/big') == 250
    assert c.store('STOR full/small', b'x' * 1000) == 226


def test_attack_82_a_file_that_shrinks_under_tls(ftpd, place, certs):
    path = place.file('big', b'\0' * (64 << 20))
    s = ftpd(certs.conf())
    c = tls.login(s, certs.context())
    reply, data = c.open('RETR big')
    data.recv(1000)
    os.truncate(path, 10)
    while data.recv(1 << 20):
        pass
    data.close()
    assert c.reply() in (426, 451)
    assert s.xferlog()[0][-1] == 'i'
    assert c.cmd('NOOP') == 200
    assert c.get('big') == b'\0' * 10


def test_a_file_that_grows_under_tls(ftpd, place, certs):
    path = place.file('f', b'a' * (8 << 20))
    c = tls.login(ftpd(certs.conf()), certs.context())
    reply, data = c.open('RETR f')
    first = len(data.recv(1000))
    with open(path, 'ab') as f:
        f.write(b'b' * 1000)
    while part := data.recv(1 << 20):
        first += len(part)
    assert first == 8 << 20 and not data.ragged
    assert c.reply() == 226
