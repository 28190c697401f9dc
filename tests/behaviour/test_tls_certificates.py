"""Certificates: ours that cannot be served, and those of clients."""

import os
import re
import ssl

import pytest

import tls
from client import Closed
from tls import both, certs, needs_tls

pytestmark = needs_tls


# -- what cannot be served ----------------------------------------------------------

def pair_lines(cert, key=None):
    return f'TLSECCertificateFile {cert}\n' + (f'TLSECCertificateKeyFile {key}\n' if key else '')


def bad(kind, place, certs):
    """The configuration's lines, the directive that is to blame, and what is said of it."""
    good = certs.ec
    copy = place.write('cert.pem', good.cert.read_bytes())
    if kind == 'no certificate':
        return '', 'TLSRSACertificateFile', 'no certificate configured'
    if kind == 'a key alone':
        return f'TLSECCertificateKeyFile {good.key}\n', 'TLSECCertificate', 'ertificate'
    if kind == 'missing certificate':
        return pair_lines('/no/such/cert.pem', good.key), 'TLSECCertificateFile', 'No such file'
    if kind == 'missing key':
        return pair_lines(good.cert, '/no/such/key.pem'), 'TLSECCertificateKeyFile', 'No such file'
    if kind == 'mismatch':
        return pair_lines(good.cert, certs.renewed.key), 'TLSECCertificateKeyFile', 'match|belong'
    if kind == 'another kind of key':
        return pair_lines(good.cert, certs.rsa.key), 'TLSECCertificateKeyFile', \
            'match|belong|RSA|EC'
    if kind in ('expired', 'future'):
        pair = certs.pair(kind)
        return pair_lines(pair.cert, pair.key), 'TLSECCertificateFile', 'expired' \
            if kind == 'expired' else 'not (yet )?valid|not before'
    if kind == 'readable by others':
        key = place.write('key.pem', good.key.read_bytes(), 0o644)
        return pair_lines(copy, key), 'TLSECCertificateKeyFile', '0644|others'
    if kind == 'writable by others':
        key = place.write('key.pem', good.key.read_bytes(), 0o602)
        return pair_lines(copy, key), 'TLSECCertificateKeyFile', '0602|others'
    if kind == 'of another user':
        key = place.write('key.pem', good.key.read_bytes(), 0o600, 'alice')
        return pair_lines(copy, key), 'TLSECCertificateKeyFile', '61001|belongs'
    if kind == 'encrypted':
        key = certs.encrypted(good, place.dir / 'key.pem')
        return pair_lines(copy, key), 'TLSECCertificateKeyFile', 'pass ?phrase|encrypted'
    if kind == 'garbage certificate':
        return pair_lines(place.write('x.pem', os.urandom(2000)), good.key), \
            'TLSECCertificateFile', 'PEM|certificate'
    if kind == 'garbage in PEM':
        text = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
        return pair_lines(place.write('x.pem', text), good.key), 'TLSECCertificateFile', \
            'PEM|certificate'
    if kind == 'garbage key':
        return pair_lines(good.cert, place.write('x.pem', os.urandom(2000), 0o600)), \
            'TLSECCertificateKeyFile', 'PEM|key'
    if kind == 'empty key':
        return pair_lines(good.cert, place.write('x.pem', '', 0o600)), \
            'TLSECCertificateKeyFile', 'PEM|key|empty'
    if kind == 'key is a FIFO':
        os.mkfifo(place.dir / 'fifo', 0o600)
        return pair_lines(good.cert, place.dir / 'fifo'), 'TLSECCertificateKeyFile', \
            'regular'
    if kind == 'certificate is a directory':
        return pair_lines(place.dir, good.key), 'TLSECCertificateFile', 'regular'
    if kind == 'a huge file':
        with open(place.dir / 'huge', 'wb') as file:
            file.truncate(64 << 20)
        return pair_lines(place.dir / 'huge', good.key), 'TLSECCertificateFile', \
            'large|big|PEM|1 MiB'
    if kind == 'chain is missing':
        return pair_lines(good.cert, good.key) + 'TLSCertificateChainFile /no/such/chain\n', \
            'TLSCertificateChainFile', 'No such file'
    assert kind == 'garbage chain'
    return pair_lines(good.cert, good.key) + \
        f'TLSCertificateChainFile {place.write("x.pem", "nothing")}\n', \
        'TLSCertificateChainFile', 'PEM|certificate'


KINDS = ('no certificate', 'a key alone', 'missing certificate', 'missing key', 'mismatch',
         'another kind of key', 'expired', 'future', 'readable by others', 'writable by others',
         'of another user', 'encrypted', 'garbage certificate', 'garbage in PEM', 'garbage key',
         'empty key', 'key is a FIFO', 'certificate is a directory', 'a huge file',
         'chain is missing', 'garbage chain')


def test_faq_6_9a_no_certificate(ftpd, place):
    s = ftpd('TLSEngine on')
    c = s.connect()
    assert c.cmd('AUTH TLS') == 431
    line = s.log_wait('no certificate configured')
    assert 'TLSRSACertificateFile' in line and 'TLSECCertificateFile' in line
    assert c.login() == 230                     # nobody asked for more than an offer
    status, said = s.check()
    assert status == 1, said
    assert re.search(r'\.conf:1: TLSEngine: .*no certificate configured', said), said


@pytest.mark.parametrize('kind', KINDS)
def test_faq_6_9a_what_cannot_be_served(ftpd, place, certs, kind):
    lines, directive, words = bad(kind, place, certs)
    s = ftpd('TLSRequired on\nTLSEngine on\n' + lines)
    c = s.connect()
    for _ in range(2):                          # and no second try makes it plain
        assert c.cmd('AUTH TLS') == 431
        assert c.cmd('USER alice') in (550, 530)
    assert c.cmd('PASS pw') in (550, 530, 503)
    assert c.quit() == 221
    line = s.log_wait(rf'{directive}.*({words})|({words}).*{directive}')
    assert re.search(r'\.conf:\d+', line), line
    assert not re.search('PRIVATE KEY', s.log())
    status, said = s.check()
    if kind not in ('future',):
        assert status == 1, said
    assert re.search(rf'\.conf:\d+: TLS\w+: .*({words})', said), said
    # the same connection, once the administrator has mended it
    s.configure(certs.conf('ec', 'TLSRequired on'))
    c = tls.login(s, certs.context())
    assert c.names() is not None


@pytest.mark.parametrize('kind', ['no certificate', 'mismatch', 'expired', 'encrypted'])
def test_implicit_tls_that_cannot_be_served(ftpd, place, certs, kind):
    lines, directive, words = bad(kind, place, certs)
    s = ftpd('TLSOptions UseImplicitSSL\nTLSEngine on\n' + lines)
    c = s.connect(greet=False)
    assert tls.drain(c.sock) == b''             # no clear byte
    s.log_wait(rf'{directive}.*({words})|({words}).*{directive}')
    s.exit_status()


def test_one_of_two_is_bad(ftpd, place, certs):
    # a half-broken server tells nobody that it is whole
    s = ftpd(certs.conf('rsa', pair_lines(certs.ec.cert, certs.renewed.key)))
    assert s.connect().cmd('AUTH TLS') == 431
    s.log_wait('TLSECCertificateKeyFile')
    assert s.check()[0] == 1


def test_key_in_the_certificates_file(ftpd, place, certs):
    whole = place.write('whole.pem', certs.ec.pem + certs.ec.key.read_text(), 0o600)
    s = ftpd(f'TLSEngine on\nTLSECCertificateFile {whole}')
    assert s.check()[0] == 0
    assert tls.login(s, certs.context()).names() == []
    whole.chmod(0o644)
    assert s.connect().cmd('AUTH TLS') == 431
    status, said = s.check()
    assert status == 1 and 'TLSECCertificateFile: ' in said


def test_a_certificate_expires_soon(ftpd, certs):
    # 30 days are left: no error
    assert ftpd(certs.conf('ec')).check()[0] == 0


def test_the_key_is_told_by_nobody(ftpd, place, certs):
    s = ftpd(certs.conf('rsa', 'DebugLevel 10'))
    tls.login(s, certs.context()).names()
    status, said = s.check('-d', '9')
    for text in (said, s.log()):
        assert 'PRIVATE' not in text
        assert not any(line in text for line in certs.rsa.key.read_text().splitlines()[1:-1])


# -- certificates of clients -----------------------------------------------------------

def verified(certs, more='', verify='on', crl=False):
    lines = f'TLSVerifyClient {verify}\nTLSCACertificateFile {certs.ca.cert}\n'
    if crl:
        lines += f'TLSCARevocationFile {certs.crl("revoked")}\n'
    return certs.conf(more=lines + more)


def met(s, certs, client, version):
    """The control connection's client, or None where the handshake was refused."""
    c = tls.connect(s, certs.context(version, client))
    assert c.cmd('AUTH TLS') == 234
    try:
        c.handshake()
        c.cmd('SYST')           # in TLS 1.3 the refusal comes behind our Finished
    except (ssl.SSLError, OSError, Closed):
        c.close()
        assert s.exit_status() == 0
        return None
    return c


REFUSED = ('stranger', 'purpose', 'late', 'revoked', 'far')


@both
@pytest.mark.parametrize('client', ['alice', 'nul', 'empty-san', 'no-names', *REFUSED, None])
def test_tlsverifyclient_on(ftpd, certs, version, client):
    s = ftpd(verified(certs, crl=True))
    c = met(s, certs, client, version)
    if client in REFUSED or client is None:
        assert c is None
        s.log_wait('TLS handshake failed')
    else:
        c.protect()
        assert c.login() == 230                 # a certificate is no password
        assert c.names() == []
        s.log_wait('client certificate')


@both
@pytest.mark.parametrize('client', ['alice', 'stranger', 'purpose', 'revoked', 'late', None])
def test_tlsverifyclient_optional(ftpd, certs, version, client):
    """Nobody needs one; who shows one must have a good one."""
    s = ftpd(verified(certs, 'TLSUserName CommonName\n', verify='optional', crl=True))
    c = met(s, certs, client, version)
    if client in REFUSED and c is None:
        return
    assert c
    assert c.cmd('USER alice') == (232 if client == 'alice' else 331)


@both
def test_tlsverifyclient_off(ftpd, certs, version):
    s = ftpd(certs.conf(more=f'TLSVerifyClient off\nTLSCACertificateFile {certs.ca.cert}\n'
                             'TLSUserName CommonName\n'))
    for client in ('alice', 'stranger'):
        c = met(s, certs, client, version)      # it is not even asked for
        assert c.cmd('USER alice') == 331
        assert c.cmd('PASS pw') == 230


def test_who_is_asked_for(ftpd, certs):
    """The CAs' names are told, so that a client chooses the right one."""
    s = ftpd(verified(certs))
    with tls.SClient(s, '-tls1_2') as client:
        assert client.wait('Acceptable client certificate CA names\n[^\n]*Test CA')


@both
def test_tlsverifydepth(ftpd, place, certs, version):
    chain = place.write('both.pem', certs.ca.pem + certs.intermediate.pem)
    conf = 'TLSVerifyClient on\nTLSCACertificateFile {}\nTLSVerifyDepth {}\n'
    assert met(ftpd(certs.conf(more=conf.format(chain, 1))), certs, 'far', version)
    assert met(ftpd(certs.conf(more=conf.format(chain, 0))), certs, 'far', version) is None


@both
def test_a_directory_of_cas_and_lists(ftpd, place, certs, version):
    for name, files in (('cas', (certs.ca.cert, certs.other_ca.cert)),
                        ('crls', (certs.crl('revoked'), certs.crl(ca='other-ca')))):
        (place.dir / name).mkdir()
        for path in files:
            place.write(f'{name}/{path.stem}.pem', path.read_bytes())
        tls.openssl('rehash', place.dir / name)
    s = ftpd(certs.conf(more='TLSVerifyClient on\nTLSCACertificatePath {dir}/cas\n'
                             'TLSCARevocationPath {dir}/crls\n'))
    assert s.check()[0] == 0
    assert met(s, certs, 'alice', version)
    assert met(s, certs, 'stranger', version)   # another CA of ours
    assert met(s, certs, 'revoked', version) is None


def test_a_client_ca_that_cannot_be_read(ftpd, place, certs):
    for line in ('TLSCACertificateFile /no/such/file', 'TLSCARevocationFile /no/such/file',
                 'TLSCACertificatePath /no/such/directory',
                 'TLSCARevocationPath /no/such/directory',
                 f'TLSCACertificateFile {place.write("x.pem", "nothing")}',
                 f'TLSCARevocationFile {place.write("y.pem", "nothing")}'):
        s = ftpd('TLSRequired on\n' + line + '\n' + verified(certs))
        c = s.connect()
        assert c.cmd('AUTH TLS') == 431, line
        s.log_wait(line.split()[0])
        status, said = s.check()
        assert status == 1 and re.search(rf'\.conf:2: {line.split()[0]}: ', said), said


def test_verify_without_a_ca(ftpd, certs):
    s = ftpd(certs.conf(more='TLSVerifyClient on'))
    status, said = s.check()
    assert status == 1 and 'TLSCACertificate' in said
    assert s.connect().cmd('AUTH TLS') == 431 or met(s, certs, 'alice', '1.3') is None


# -- TLSUserName ---------------------------------------------------------------------------

@both
def test_tlsusername_commonname(ftpd, place, certs, version):
    place.file('f', b'content')
    s = ftpd(verified(certs, 'TLSUserName CommonName'))
    c = met(s, certs, 'alice', version)
    c.protect()
    reply = c.cmd('USER alice')
    assert reply == 232, reply
    c.cmd('TYPE I')
    assert c.get('f') == b'content'
    assert c.store('STOR g', b'x') == 226
    assert (place.home() / 'g').stat().st_uid == 61001
    assert c.cmd('PASS whatever') in (202, 230, 503)
    line = s.xferlog(2)[0]
    assert line[13] == 'alice'
    # another's name needs his password
    c = met(s, certs, 'alice', version)
    assert c.cmd('USER bob') == 331
    assert c.cmd('PASS wrong') == 530
    assert c.cmd('USER bob') == 331
    assert c.cmd('PASS pw') == 230
    c = met(s, certs, 'bob', version)
    assert c.cmd('USER alice') == 331
    assert c.cmd('PASS wrong') == 530
    assert c.cmd('USER bob') == 232


@both
def test_tlsusername_email(ftpd, certs, version):
    s = ftpd(verified(certs, 'TLSUserName EmailSubjAltName\n'
                             'UserAlias alice@example.org alice\n'))
    for user, code in (('carol', 232), ('alice@example.org', 232), ('alice', 331), ('bob', 331),
                       ('somebody', 331), ('example.org', 331)):
        c = met(s, certs, 'email', version)
        assert c.cmd(f'USER {user}') == code, user


@both
def test_tlsusername_oid(ftpd, certs, version):
    s = ftpd(verified(certs, f'TLSUserName {tls.OID}'))
    assert met(s, certs, 'alice', version).cmd('USER alice') == 232
    assert met(s, certs, 'alice', version).cmd('USER bob') == 331
    assert met(s, certs, 'bob', version).cmd('USER bob') == 331     # he has none


@pytest.mark.parametrize('kind', ['CommonName', 'EmailSubjAltName', tls.OID])
@pytest.mark.parametrize('client', ['nul', 'wildcard', 'empty-san', 'no-names', 'email'])
def test_attack_67_names_that_match_nobody(ftpd, certs, kind, client):
    s = ftpd(verified(certs, f'TLSUserName {kind}'))
    for user in ('alice', 'bob', 'username', 'ftp'):
        c = met(s, certs, client, None)
        expected = 232 if (client, kind, user) == ('empty-san', 'CommonName', 'alice') else 331
        assert c.cmd(f'USER {user}') == expected, user
    c = met(s, certs, client, None)
    for user in ('*', '*@*', 'alice\0', 'aliceX', 'carol'):
        expected = 232 if (client, kind, user) == ('email', 'EmailSubjAltName', 'carol') else None
        reply = c.cmd(f'USER {user}')
        assert reply == expected if expected else reply in (331, 501, 530, 503), (user, reply)
        c = met(s, certs, client, None)


@both
@pytest.mark.parametrize('client', ['stranger', 'purpose', 'revoked', 'late'])
def test_attack_67_certificates_that_are_no_good(ftpd, certs, version, client):
    s = ftpd(verified(certs, 'TLSUserName CommonName', verify='optional', crl=True))
    c = met(s, certs, client, version)
    if c:
        assert c.cmd('USER alice') == 331
        assert c.cmd('PASS wrong') == 530


def test_attack_67_a_certificate_makes_nobody_root(ftpd, certs):
    s = ftpd(verified(certs, 'TLSUserName CommonName\nRootLogin on\nUseFtpUsers off\n'
                             'RequireValidShell off'))
    c = met(s, certs, 'superuser', None)
    assert c.cmd('USER root') != 232
    place = s.place
    lines = [line.replace(':61001:', ':0:') if line.startswith('alice:') else line
             for line in place.passwd.read_text().splitlines()]
    place.passwd.write_text('\n'.join(lines) + '\n')
    c = met(s, certs, 'alice', None)
    assert c.cmd('USER alice') != 232           # uid 0 by another name


@pytest.mark.parametrize('conf', ['<Limit LOGIN>\nDenyUser alice\n</Limit>',
                                  'DefaultRoot /no/such/directory',
                                  'RequireValidShell on\nAuthOrder mod_auth_file.c'])
def test_a_certificate_is_no_policy(ftpd, certs, conf):
    # what a password would not have opened, a certificate does not
    s = ftpd(verified(certs, 'TLSUserName CommonName\n' + conf))
    if 'Shell' in conf:
        accounts = s.place.passwd.read_text()
        s.place.passwd.write_text(accounts.replace('/alice:/bin/sh', '/alice:/no/shell'))
    c = tls.secured(s, certs.context(None, 'alice'))
    assert c.cmd('USER alice') not in (230, 232)


def test_tlsusername_of_an_account_that_is_not(ftpd, place, certs):
    s = ftpd(verified(certs, 'TLSUserName CommonName'))
    place.passwd.write_text(''.join(l for l in place.passwd.read_text().splitlines(True)
                                    if not l.startswith('alice')))
    c = met(s, certs, 'alice', None)
    assert c.cmd('USER alice') not in (230, 232)
    assert c.cmd('PASS pw') == 530


def test_tlsusername_and_tlsrequired(ftpd, certs):
    s = ftpd(verified(certs, 'TLSUserName CommonName\nTLSRequired on'))
    c = met(s, certs, 'alice', None)
    assert c.cmd('USER alice') == 232
    assert c.fetch('NLST')[0] == 522


# -- AllowDotLogin ----------------------------------------------------------------------------

@both
def test_allowdotlogin(ftpd, place, certs, version):
    place.file('.tlslogin', certs.alice.cert.read_bytes(), 'alice', 0o600)
    s = ftpd(verified(certs, 'TLSOptions AllowDotLogin', verify='optional'))
    c = met(s, certs, 'alice', version)
    assert c.cmd('USER alice') == 232
    assert c.cmd('PWD') == 257
    assert met(s, certs, 'bob', version).cmd('USER alice') == 331
    assert met(s, certs, None, version).cmd('USER alice') == 331
    assert met(s, certs, 'alice', version).cmd('USER bob') == 331
    s = ftpd(verified(certs, verify='optional'))
    assert met(s, certs, 'alice', version).cmd('USER alice') == 331


@pytest.mark.parametrize('kind', ['link', 'fifo', 'of another', 'writable', 'garbage', 'huge',
                                  'name', 'directory', 'second'])
def test_allowdotlogin_files(ftpd, place, certs, kind):
    path = place.home() / '.tlslogin'
    pem = certs.alice.cert.read_bytes()
    if kind == 'link':
        path.symlink_to(place.write('outside', pem, 0o644))
    elif kind == 'fifo':
        os.mkfifo(path)
        os.chown(path, 61001, 61100)
    elif kind == 'of another':
        path.write_bytes(pem)
        os.chown(path, 61002, 61100)
    elif kind == 'writable':
        place.file('.tlslogin', pem, 'alice', 0o666)
    elif kind == 'garbage':
        place.file('.tlslogin', os.urandom(3000))
    elif kind == 'huge':
        place.file('.tlslogin', b'\n' * (8 << 20))
    elif kind == 'name':        # the same names, another certificate
        place.file('.tlslogin', certs.revoked.cert.read_bytes())
    elif kind == 'directory':
        path.mkdir()
    else:
        place.file('.tlslogin', certs.bob.cert.read_bytes() + pem)
    s = ftpd(verified(certs, 'TLSOptions AllowDotLogin', verify='optional'))
    reply = met(s, certs, 'alice', None).cmd('USER alice')
    assert reply == 331 or (kind == 'second' and reply == 232), (kind, reply)


def test_allowdotlogin_makes_nobody_root(ftpd, place, certs):
    place.file('.tlslogin', certs.superuser.cert.read_bytes(), 'root', 0o600)
    s = ftpd(verified(certs, 'TLSOptions AllowDotLogin\nRootLogin on\nUseFtpUsers off',
                      verify='optional'))
    assert met(s, certs, 'superuser', None).cmd('USER root') != 232
