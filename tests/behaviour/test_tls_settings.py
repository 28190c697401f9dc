"""What the TLS directives change: what must be protected, implicit TLS, protocols and ciphers."""

import contextlib
import os
import re
import ssl

import pytest

import tls
from tls import both, certs, content, needs_tls, shown

pytestmark = needs_tls


# -- TLSRequired -------------------------------------------------------------------

HARMLESS = ('FEAT', 'CLNT x', 'SYST')


def in_clear(c):
    """Before login, in clear: is a USER taken?"""
    reply = c.cmd('USER alice')
    assert reply in (331, 550, 530), reply
    return reply == 331


@pytest.mark.parametrize('required, clear, prot_c, prot_p', [
    ('on', False, 534, 200), ('ctrl', False, 200, 200), ('auth', False, 200, 200),
    ('auth+data', False, 534, 200), ('auth+!data', False, 200, 534), ('data', True, 534, 200),
    ('!data', True, 200, 534), ('off', True, 200, 200)])
def test_attack_66_tlsrequired(ftpd, place, certs, required, clear, prot_c, prot_p):
    place.file('f', b'content')
    s = ftpd(certs.conf(more=f'TLSRequired {required}'))
    c = tls.connect(s, certs.context())
    for line in HARMLESS:
        assert c.cmd(line) < 300, line
    for line in ('NOOP', 'PASV', 'PWD', 'HELP', 'OPTS UTF8 ON', 'STAT', 'PBSZ 0', 'TYPE I'):
        assert (c.cmd(line) == 550) == (not clear), line
    assert in_clear(c) == clear
    if clear:
        assert c.cmd('PASS pw') == 230
        assert c.fetch('RETR f')[0] == (522 if prot_c == 534 else 226)
        assert c.fetch('NLST')[0] == (522 if prot_c == 534 else 226)
        c.quit()
        c = tls.connect(s, certs.context())
    else:
        assert c.cmd('PASS pw') in (550, 503, 530)
    assert c.auth() == 234
    assert c.cmd('PBSZ 0') == 200
    assert c.cmd('PROT C') == prot_c
    assert c.cmd('PROT P') == prot_p
    assert c.cmd('PROT C') == prot_c
    assert c.login() == 230
    assert c.cmd('PROT C') == prot_c
    if prot_c == 200:
        assert c.get('f') == b'content'
    if prot_p == 200:
        c.protect()
        assert c.get('f') == b'content'


def test_attack_66_no_password_is_asked_for_in_clear(ftpd, certs):
    # nor by way of a pipelined burst, HOST, or a name that nobody has
    s = ftpd(certs.conf(more='TLSRequired on'))
    for name in ('alice', 'nobody-here', 'anonymous', 'ftp', 'root'):
        c = s.connect()
        c.send(f'USER {name}\r\nPASS pw\r\nUSER {name}\r\nPASS pw\r\n'.encode())
        replies = [c.reply() for _ in range(4)]
        assert replies[0] == replies[2] and replies[0] in (550, 530)
        assert all(r in (550, 530, 503) for r in replies), replies
    words = {s.connect().cmd(f'USER {name}').text.replace(name, '*')
             for name in ('alice', 'nobody-here', 'root')}
    assert len(words) == 1                       # attacks.md 47


def test_tlsrequired_in_anonymous(ftpd, place, certs):
    s = ftpd(certs.conf(more='<Anonymous {anon}>\nUser ftp\nGroup ftp\nTLSRequired on\n'
                             '</Anonymous>'))
    c = tls.connect(s, certs.context())
    first = c.cmd('USER ftp')
    assert first in (530, 550), first
    assert c.login('alice') == 230
    c = tls.login(s, certs.context(), 'ftp', 'me@example.org', prot=None)
    assert c.fetch('RETR pub/file')[0] == 522
    c.protect()
    assert c.get('pub/file') == b'the public file\n'


def test_tlsrequired_off_in_anonymous(ftpd, place, certs):
    s = ftpd(certs.conf(more='TLSRequired on\nTLSOptions AllowPerUser\n'
                             '<Anonymous {anon}>\nUser ftp\nGroup ftp\nTLSRequired off\n'
                             '</Anonymous>'))
    c = s.login('ftp', 'me@example.org')
    c.cmd('TYPE I')
    assert c.get('pub/file') == b'the public file\n'
    assert s.connect().login() == 530


@pytest.mark.parametrize('where', ['directory', 'ftpaccess'])
def test_tlsrequired_in_a_directory(ftpd, place, certs, where):
    for name in ('secret', 'open'):
        (place.home() / name).mkdir()
        os.chown(place.home() / name, *(61001, 61100))
        place.file(f'{name}/f', b'content')
    more = 'AllowOverride on\n'
    if where == 'directory':
        more += '<Directory {home}/alice/secret>\nTLSRequired data\n</Directory>'
    else:
        place.write('home/alice/secret/.ftpaccess', 'TLSRequired data\n')
    s = ftpd(certs.conf(more=more))
    plain = s.login()
    for c in (plain, tls.login(s, certs.context(), prot=None)):
        assert c.fetch('RETR secret/f')[0] == 522
        assert c.fetch('LIST secret')[0] == 522
        assert c.store('STOR secret/g', b'x') == 522
        assert c.get('open/f') == b'content'
    assert not (place.home() / 'secret/g').exists()
    c.protect()
    assert c.get('secret/f') == b'content'
    assert c.store('STOR secret/g', b'x') == 226


def test_allowperuser(ftpd, place, certs):
    s = ftpd(certs.conf(more='TLSOptions AllowPerUser\n<IfUser alice>\nTLSRequired on\n</IfUser>'))
    assert s.connect().login('bob') == 230
    c = tls.connect(s, certs.context())
    assert c.cmd('USER alice') == 331
    assert c.cmd('PASS pw') == 530
    s.log_wait(r'TLSRequired.*\.conf:\d+|\.conf:\d+.*TLSRequired')
    c = tls.login(s, certs.context())
    assert c.names() == []


@pytest.mark.parametrize('line', ['TLSRequired', 'TLSRequired maybe', 'TLSRequired auth+ctrl',
                                  'TLSRequired data auth', 'TLSRequired !auth',
                                  'TLSEngine yes please', 'TLSOptions NoSuchOption',
                                  'TLSProtocol SSLv3', 'TLSProtocol TLSv9',
                                  'TLSCipherSuite NO-SUCH-CIPHER',
                                  'TLSVerifyClient perhaps', 'TLSVerifyDepth -1',
                                  'TLSTimeoutHandshake x', 'TLSECDHCurve no-such-curve',
                                  'TLSRSACertificateFile relative.pem', 'TLSUserName',
                                  'TLSPassPhraseProvider /bin/true', 'TLSPKCS12File /x',
                                  'TLSDSACertificateFile /x', 'TLSDHParamFile /no/such/file',
                                  'TLSCACertificateFile /no/such/file',
                                  'TLSCertificateChainFile /no/such/file'])
def test_mistakes(ftpd, certs, line):
    status, said = ftpd(line + '\n' + certs.conf()).check()
    assert status == 1, said
    assert re.search(rf'\.conf:1: {line.split()[0]}: ', said), said


@pytest.mark.parametrize('line', ['TLSSessionCache none', 'TLSStapling on', 'TLSRandomSeed /x',
                                  'TLSRenegotiate none', 'TLSCryptoDevice x',
                                  'TLSOptions NoEmptyFragments EnableDiags',
                                  'TLSVerifyOrder crl ocsp', 'TLSProtocol TLSv1.1 TLSv1.2'])
def test_notes(ftpd, certs, line):
    s = ftpd(line + '\n' + certs.conf())
    status, said = s.check()
    assert status == 0 and re.search(rf'\.conf:1: {line.split()[0]}: ', said), said
    assert tls.login(s, certs.context()).names() == []


def test_good_configurations_are_silent(ftpd, certs):
    for more in ('', 'TLSRequired on', 'TLSOptions NoSessionReuseRequired StdEnvVars IgnoreSNI',
                 'TLSProtocol TLSv1.2 TLSv1.3', 'TLSProtocol ALL -TLSv1 -TLSv1.1',
                 'TLSVerifyClient off', 'TLSECDHCurve auto', 'TLSNextProtocol off',
                 'TLSServerCipherPreference off', 'TLSTimeoutHandshake 10'):
        status, said = ftpd(certs.conf('rsa', more)).check()
        assert status == 0, said
        assert 'TLS' not in said, said


# -- implicit TLS -------------------------------------------------------------------

@both
def test_implicit(ftpd, place, certs, version):
    place.file('f', content(100000))
    s = ftpd(certs.conf(more='TLSOptions UseImplicitSSL'))
    c = tls.connect(s, certs.context(version), implicit=True)
    assert c.sock.version() == f'TLSv{version}'
    assert c.cmd('AUTH TLS') == 503
    assert c.login() == 230
    c.cmd('TYPE I')
    assert c.get('f') == content(100000)         # P from the start
    assert c.store('STOR g', b'x' * 20000) == 226
    assert c.names() == ['f', 'g']
    c.protect('C')
    assert c.get('f') == content(100000)
    assert c.quit() == 221


def test_implicit_required(ftpd, place, certs):
    s = ftpd(certs.conf(more='TLSRequired on\nTLSOptions UseImplicitSSL'))
    c = tls.connect(s, certs.context(), implicit=True)
    assert c.login() == 230
    assert c.names() == []


def test_implicit_says_nothing_in_clear(ftpd, certs):
    s = ftpd(certs.conf(more='TLSOptions UseImplicitSSL'))
    for first in (b'USER alice\r\n', b'GET / HTTP/1.1\r\n\r\n', b'\0' * 50):
        c = s.connect(greet=False)
        c.send(first)
        said = tls.drain(c.sock)
        assert b'220' not in said
        assert said == b'' or said[0] == tls.ALERT, said
        c.close()
        s.exit_status()


def test_implicit_refused_at_the_door(ftpd, certs):
    s = ftpd(certs.conf(more='TLSOptions UseImplicitSSL\n<Limit LOGIN>\nDenyAll\n</Limit>'))
    c = s.connect(greet=False)
    hello = tls.Hand(None, certs.context()).flight()
    with contextlib.suppress(OSError):
        c.send(hello)
    said = tls.drain(c.sock)
    assert said == b'' or said[0] in (tls.ALERT, tls.HANDSHAKE), said
    c.close()
    s.exit_status()


@both
def test_timeouts_speak_under_tls(ftpd, certs, version):
    s = ftpd(certs.conf(more='TimeoutLogin 5\nTimeoutIdle 5'))
    for c in (tls.secured(s, certs.context(version)), tls.login(s, certs.context(version))):
        assert c.last_words()[-1] == 421 and not c.sock.ragged
        c.close()


def test_as_an_ordinary_user(ftpd, place, certs):
    place.file('f', b'content' * 10000)
    for name, old in (('cert.pem', certs.ec.cert), ('key.pem', certs.ec.key)):
        place.write(name, old.read_bytes(), 0o600, 'alice')
    s = ftpd('TLSEngine on\nTLSRequired on\nTLSECCertificateFile {dir}/cert.pem\n'
             'TLSECCertificateKeyFile {dir}/key.pem')
    s.give_to('alice')
    for version in ('1.2', '1.3'):
        c = tls.login(s, certs.context(version))
        assert c.get('f') == b'content' * 10000
        assert c.store(f'STOR {version}', b'x' * 100000) == 226
        assert c.get('f', 'port') == b'content' * 10000


# -- certificates and ciphers -----------------------------------------------------------

def test_two_certificates(ftpd, place, certs):
    place.file('f', b'content')
    s = ftpd(certs.conf('rsa', certs.conf('ec')))
    assert s.check()[0] == 0
    for kind, cipher in (('rsa', 'ECDHE-RSA-AES128-GCM-SHA256'),
                         ('ec', 'ECDHE-ECDSA-AES128-GCM-SHA256')):
        context = certs.context('1.2')
        context.set_ciphers(cipher)
        c = tls.login(s, context)
        assert shown(c) == certs.pair(kind).pem.strip()
        assert c.get('f') == b'content'
    for kind, algorithms in (('rsa', 'rsa_pss_rsae_sha256'), ('ec', 'ecdsa_secp256r1_sha256')):
        with tls.SClient(s, '-tls1_3', '-sigalgs', algorithms, '-CAfile', certs.ca.cert) as client:
            assert client.wait(re.escape(certs.pair(kind).pem.splitlines()[1]))
            assert client.wait('Verify return code: 0')


def test_a_chain(ftpd, place, certs):
    pair = certs.chained
    s = ftpd(certs.conf('chained', f'TLSCertificateChainFile {certs.intermediate.cert}'))
    assert tls.login(s, certs.context()).names() == []
    whole = place.write('whole.pem', pair.pem + certs.intermediate.pem)
    s = ftpd(f'TLSEngine on\nTLSECCertificateFile {whole}\nTLSECCertificateKeyFile {pair.key}')
    assert tls.login(s, certs.context()).names() == []


def test_dh(ftpd, place, certs):
    params = place.dir / 'dh.pem'
    params.write_bytes(tls.openssl('genpkey', '-genparam', '-algorithm', 'DH', '-pkeyopt',
                                   'group:ffdhe2048'))
    s = ftpd(certs.conf('rsa', 'TLSDHParamFile {dir}/dh.pem'))
    context = certs.context('1.2')
    context.set_ciphers('DHE-RSA-AES128-GCM-SHA256')
    c = tls.login(s, context)
    assert c.sock.cipher()[0] == 'DHE-RSA-AES128-GCM-SHA256'
    assert c.names() == []
    place.write('bad.pem', 'no parameters')
    status, said = ftpd(certs.conf('rsa', 'TLSDHParamFile {dir}/bad.pem')).check()
    assert status == 1 and 'TLSDHParamFile: ' in said


@pytest.mark.parametrize('line, version', [('TLSv1.2', '1.2'), ('TLSv1.3', '1.3'),
                                           ('ALL -TLSv1.3', '1.2'), ('ALL -TLSv1.2', '1.3')])
def test_tlsprotocol(ftpd, certs, line, version):
    s = ftpd(certs.conf(more=f'TLSProtocol {line}'))
    c = tls.login(s, certs.context())
    assert c.sock.version() == f'TLSv{version}'
    assert c.names() == []
    c = tls.connect(s, certs.context('1.3' if version == '1.2' else '1.2'))
    assert c.cmd('AUTH TLS') == 234
    with pytest.raises((ssl.SSLError, OSError)):
        c.handshake()
    c.close()
    s.exit_status()


@pytest.mark.filterwarnings('ignore:ssl.TLSVersion')
def test_nothing_old_by_default(ftpd, certs):
    s = ftpd(certs.conf('rsa'))
    context = certs.context()
    context.set_ciphers('ALL:@SECLEVEL=0')
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    for ciphers in (context, weak(certs, 'aNULL'), weak(certs, 'eNULL'), weak(certs, '3DES'),
                    weak(certs, 'RC4'), weak(certs, 'PSK')):
        if ciphers is None:
            continue        # the client's own library knows none
        c = tls.connect(s, ciphers)
        assert c.cmd('AUTH TLS') == 234
        with pytest.raises((ssl.SSLError, OSError)):
            c.handshake()


def weak(certs, ciphers):
    context = certs.context('1.2')
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        context.set_ciphers(ciphers + ':@SECLEVEL=0')
    except ssl.SSLError:
        return None
    return context


def test_tlsciphersuite(ftpd, certs):
    s = ftpd(certs.conf(more='TLSCipherSuite ECDHE-ECDSA-AES256-GCM-SHA384\n'
                             'TLSCipherSuite TLSv1.3 TLS_CHACHA20_POLY1305_SHA256'))
    c = tls.login(s, certs.context('1.2'))
    assert c.sock.cipher()[0] == 'ECDHE-ECDSA-AES256-GCM-SHA384'
    context = certs.context('1.2')
    context.set_ciphers('ECDHE-ECDSA-AES128-GCM-SHA256')
    c = tls.connect(s, context)
    c.cmd('AUTH TLS')
    with pytest.raises((ssl.SSLError, OSError)):
        c.handshake()
    s = ftpd(certs.conf(more='TLSCipherSuite TLSv1.3 TLS_CHACHA20_POLY1305_SHA256'))
    c = tls.login(s, certs.context('1.3'))
    assert c.sock.cipher()[0] == 'TLS_CHACHA20_POLY1305_SHA256'
    status, said = ftpd('TLSCipherSuite TLSv1.3 NO_SUCH\n' + certs.conf()).check()
    assert status == 1 and '.conf:1: TLSCipherSuite' in said


def test_tlsservercipherpreference(ftpd, certs):
    order = 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256'
    context = certs.context('1.2')
    context.set_ciphers(':'.join(reversed(order.split(':'))))
    for preference, chosen in (('on', 0), ('off', 1)):
        s = ftpd(certs.conf(more=f'TLSCipherSuite {order}\nTLSServerCipherPreference {preference}'))
        assert tls.login(s, context).sock.cipher()[0] == order.split(':')[chosen]


def test_what_is_spoken_where_nothing_is_said(ftpd, certs):
    s = ftpd(certs.conf())
    assert tls.login(s, certs.context('1.3')).sock.cipher()[0] == 'TLS_AES_128_GCM_SHA256'
    aes = ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-GCM-SHA256']
    chacha = 'ECDHE-ECDSA-CHACHA20-POLY1305'
    # whoever begins with ChaCha20 has no AES in its processor
    for offered, chosen in ((aes, aes[1]), (aes + [chacha], aes[1]), ([chacha] + aes, chacha)):
        context = certs.context('1.2')
        context.set_ciphers(':'.join(offered))
        assert tls.login(s, context).sock.cipher()[0] == chosen
    for old in ('ECDHE-ECDSA-AES128-SHA', 'AES128-GCM-SHA256'):     # no AEAD, no forward secrecy
        context = certs.context('1.2')
        context.set_ciphers(old)
        c = tls.connect(s, context)
        c.cmd('AUTH TLS')
        with pytest.raises((ssl.SSLError, OSError)):
            c.handshake()


def test_tlsecdhcurve(ftpd, certs):
    s = ftpd(certs.conf(more='TLSECDHCurve secp384r1'))
    for version in ('-tls1_2', '-tls1_3'):
        with tls.SClient(s, version) as client:
            assert client.wait(r'Server Temp Key: [^\n]*384')


def test_renewed_between_two_connections(ftpd, place, certs):
    place.file('f', b'content')
    for name, old in (('cert.pem', certs.ec.cert), ('key.pem', certs.ec.key)):
        place.write(name, old.read_bytes(), 0o600)
    s = ftpd('TLSEngine on\nTLSECCertificateFile {dir}/cert.pem\n'
             'TLSECCertificateKeyFile {dir}/key.pem')
    before = tls.login(s, certs.context())
    assert shown(before) == certs.ec.pem.strip()
    for name, new in (('cert.pem', certs.renewed.cert), ('key.pem', certs.renewed.key)):
        place.write(name, new.read_bytes(), 0o600)
    after = tls.login(s, certs.context())
    assert shown(after) == certs.renewed.pem.strip()
    assert before.get('f') == after.get('f') == b'content'


def test_tlstimeouthandshake(ftpd, certs):
    s = ftpd(certs.conf(more='TLSTimeoutHandshake 1'))
    c = s.connect()
    assert c.cmd('AUTH TLS') == 234
    assert b'220' not in tls.drain(c.sock)       # ends by itself
    assert s.exit_status() == 0
