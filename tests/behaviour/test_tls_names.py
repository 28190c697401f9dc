"""Names in a ClientHello: the server (SNI) and the protocol (ALPN)."""

import contextlib
import socket
import ssl

import pytest

import tls
from tls import Hand, both, certs, content, needs_tls, shown, started

pytestmark = needs_tls


# -- SNI -------------------------------------------------------------------------------

V = '<VirtualHost 127.0.0.1>\n%s\n</VirtualHost>\n'
SITE = '''ServerIdent on "site {x}"
ServerAlias {x}.example{more}
AuthPAM off
AuthUserFile {{dir}}/passwd.{x}
AuthGroupFile {{group}}
TransferLog none
WtmpLog off
'''


@pytest.fixture
def two(ftpd, place, certs):
    """Two servers at one address; alice is known to the first alone, bob to the second."""
    def start(a='', b='', **how):
        for x, user in (('a', 'alice'), ('b', 'bob')):
            place.write(f'passwd.{x}', ''.join(
                l for l in place.passwd.read_text().splitlines(True) if l.startswith(user)), 0o600)
        return ftpd('Port 0\n<Global>\nSystemLog {log}\nSyslogLevel debug\n</Global>\n'
                    + V % (SITE.format(x='a', more='') + certs.conf('a') + a)
                    + V % (SITE.format(x='b', more=' *.wild.example') + certs.conf('b') + b),
                    base=False, **how)
    return start


@both
def test_faq_4_8c_sni_selects(two, place, certs, version):
    place.file('f', content(30000), 'bob')
    s = two()
    for name in ('b.example', 'x.wild.example'):
        c = tls.secured(s, certs.context(version), name=name)    # the certificate has both names
        assert c.welcome.text == 'site a'
        assert c.cmd('SYST') == 215              # no second 220
        c.protect()
        assert c.login('bob') == 230
        c.cmd('TYPE I')
        assert c.get('f') == content(30000)
        assert c.quit() == 221
    c = tls.secured(s, certs.context(version), name='b.example')
    assert c.login('alice') == 530
    c = tls.secured(s, certs.context(version), name='a.example')
    assert c.login('alice') == 230


def test_sni_of_nobody_counts_as_none(two, certs):
    s = two()
    context = certs.context()
    context.check_hostname = False
    for name in ('nowhere.example', 'b.example.nowhere', 'B' * 63 + '.example', None):
        c = tls.connect(s, context)
        assert c.cmd('AUTH TLS') == 234
        c.sock = tls.wrap(context, c.sock, name)
        assert c.login('alice') == 230, name
        assert shown(c) == certs.a.pem.strip()


def test_ignoresni(two, certs):
    s = two(a='TLSOptions IgnoreSNI\n')
    context = certs.context()
    context.check_hostname = False
    c = tls.secured(s, context, name='b.example')
    assert shown(c) == certs.a.pem.strip()
    assert c.login('alice') == 230


def test_faq_4_8c_host_and_sni(two, certs):
    s = two()
    c = tls.secured(s, certs.context(), name='b.example')
    assert c.cmd('HOST a.example') == 504        # contradicts
    assert c.cmd('HOST b.example') == 220
    assert c.login('bob') == 230
    c = tls.secured(s, certs.context(), name='a.example')
    assert c.cmd('HOST b.example') == 504
    assert c.cmd('HOST A.Example') == 220
    assert c.login('alice') == 230


def test_faq_4_8b_host_after_auth(two, certs):
    s = two()
    c = tls.secured(s, certs.context())          # an address: no SNI
    assert c.cmd('HOST b.example') == 503
    assert c.cmd('HOST a.example') == 503
    assert c.login('alice') == 230


def test_host_before_auth(two, place, certs):
    place.file('f', b'content', 'bob')
    s = two()
    for name in ('127.0.0.1', 'b.example'):
        c = tls.connect(s, certs.context(), name=name)
        assert c.cmd('HOST b.example') == 220
        assert c.auth() == 234
        assert shown(c) == certs.b.pem.strip()
        c.protect()
        assert c.login('bob') == 230
        assert c.get('f') == b'content'
    c = tls.connect(s, certs.context(), name='a.example')
    assert c.cmd('HOST b.example') == 220
    assert c.cmd('AUTH TLS') == 234
    hand = tls.Hand(c.sock, certs.context(), 'a.example')
    c.send(hand.flight())
    assert tls.alerts(tls.drain(c.sock)) == [112]
    c.close()
    s.exit_status()


def test_sni_and_implicit(two, certs):
    s = two(a='TLSOptions UseImplicitSSL\n', b='TLSOptions UseImplicitSSL\n')
    c = tls.connect(s, certs.context(), name='b.example', implicit=True)
    assert c.welcome.text == 'site b'
    assert c.login('bob') == 230
    assert c.names() == []


def test_sni_of_a_server_without_certificate(two, certs):
    s = two(b='TLSECCertificateFile /no/such/file\n')   # the first value counts
    c = tls.secured(s, certs.context(), name='b.example')
    assert c.login('bob') == 230
    s = two()
    text = s.conf_path.read_text()
    s.conf_path.write_text(text.replace(str(certs.b.key), '/no/such/key'))
    c = tls.connect(s, certs.context(), name='b.example')
    assert c.cmd('AUTH TLS') == 234
    with pytest.raises((ssl.SSLError, OSError)):
        c.handshake()
    s.log_wait('TLSECCertificateKeyFile')
    c.close()
    s.exit_status()


# -- ALPN --------------------------------------------------------------------------------

@both
@pytest.mark.parametrize('names', [['http/1.1'], ['a\x03ftp'], ['ftp\0'], ['FTP'], ['ftpx', 'h2'],
                                   ['\x03ftp\x03ftp'], ['x' * 255]])
def test_attack_62_another_protocol_by_alpn(ftpd, certs, version, names):
    s = ftpd(certs.conf())
    context = certs.context(version)
    context.set_alpn_protocols(names)
    sock = started(s)
    sock.sendall(Hand(None, context).flight())
    assert tls.alerts(tls.drain(sock)) == [120]
    sock.close()
    assert s.exit_status() == 0


@both
def test_alpn_ftp(ftpd, place, certs, version):
    place.file('f', b'content')
    s = ftpd(certs.conf())
    for names in (['ftp'], ['http/1.1', 'ftp'], ['x-filezilla-ftp', 'ftp'],
                  ['x\x03ftp', 'ftp', 'h2']):
        context = certs.context(version)
        context.set_alpn_protocols(names)
        c = tls.secured(s, context)
        assert c.sock.selected_alpn_protocol() == 'ftp'
        if names == ['ftp']:
            c.protect()
            assert c.login() == 230 and c.get('f') == b'content'
    assert tls.secured(s, certs.context(version)).sock.selected_alpn_protocol() is None


def test_tlsnextprotocol_off(ftpd, certs):
    context = certs.context()
    context.set_alpn_protocols(['http/1.1', 'ftp'])
    c = tls.secured(ftpd(certs.conf(more='TLSNextProtocol off')), context)
    assert c.sock.selected_alpn_protocol() is None


def test_attack_62_names_that_are_no_names(two, certs):
    s = two()
    context = certs.context()
    context.check_hostname = False
    for name in (b'bXexample', b'b.examplX', b'\xffXexample'):
        text = name.replace(b'\xff', b'b').decode()
        hello = Hand(None, context, text).flight()
        assert text.encode() in hello
        sock = started(s)
        sock.sendall(hello.replace(text.encode(), name.replace(b'X', b'\0')))
        with contextlib.suppress(OSError):      # it may be closed already
            sock.shutdown(socket.SHUT_WR)
        said = tls.drain(sock)
        assert tls.records(said) or said == b''
        sock.close()
        assert s.exit_status() == 0
    assert tls.secured(s, certs.context(), name='b.example').login('bob') == 230
