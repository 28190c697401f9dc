"""in.ftpd -t and -T on TLS: what a connection would refuse, or will soon, and what is in effect."""

import os
import re
import shutil
import subprocess

import pytest

import tls
from conftest import release_only
from tls import certs      # noqa: F401

pytestmark = tls.needs_tls


def lines(pair, kind='EC'):
    return (f'TLSEngine on\nTLS{kind}CertificateFile {pair.cert}\n'
            f'TLS{kind}CertificateKeyFile {pair.key}\n')


def made(place, name, days=30, algorithm='EC', option='ec_paramgen_curve:P-256'):
    """A certificate that signs itself."""
    pair = tls.Pair(place.dir, name)
    pair.key.write_bytes(tls.openssl('genpkey', '-algorithm', algorithm, '-pkeyopt', option))
    pair.key.chmod(0o600)
    tls.openssl('req', '-x509', '-key', pair.key, '-days', days, '-subj', f'/CN={name}',
                '-out', pair.cert)
    return pair


def said_of(ftpd, text, status):
    code, said = ftpd(text).check()
    assert code == status, said
    return said


@pytest.mark.parametrize('days, warned', [(13, True), (15, False)])
def test_two_weeks_before_a_certificate_expires(ftpd, place, days, warned):
    said = said_of(ftpd, lines(made(place, 'x', days)), 0)
    assert bool(re.search(r'warning: .*\.conf:2: TLSECCertificateFile: .*x\.crt: .*14 days',
                          said)) is warned


def test_everything_is_told_at_once(ftpd, place, certs):
    small = made(place, 'small', algorithm='RSA', option='rsa_keygen_bits:1024')
    empty = place.write('empty.pem', '\n')
    said = said_of(ftpd, 'TLSEngine on\n'
                   f'TLSRSACertificateFile {small.cert}\nTLSRSACertificateKeyFile {small.key}\n'
                   f'TLSECCertificateFile {certs.a.cert}\nTLSECCertificateKeyFile {certs.b.key}\n'
                   'TLSCipherSuite TLSv1.3 TLS_NO_SUCH\nTLSCipherSuite NO-SUCH\nTLSECDHCurve P-1\n'
                   f'TLSCertificateChainFile {empty}\nTLSVerifyClient on\n'
                   f'TLSCACertificateFile {empty}\nTLSCARevocationFile {empty}\n', 1)
    for line in (r'2: TLSRSACertificateFile: .*small\.crt: .*less than 2048 bits',
                 r'5: TLSECCertificateKeyFile: .*b\.key: the key does not match',
                 r'6: TLSCipherSuite: TLSv1\.3 TLS_NO_SUCH: ', r'7: TLSCipherSuite: NO-SUCH: ',
                 r'8: TLSECDHCurve: P-1: ', r'9: TLSCertificateChainFile: .*no certificate',
                 r'11: TLSCACertificateFile: .*no certificate',
                 r'12: TLSCARevocationFile: .*no list of revoked certificates'):
        assert re.search(rf'^[^ ]*\.conf:{line}', said, re.M), (line, said)
    assert 'errors: 8,' in said


def test_a_chain_that_does_not_fit(ftpd, place, certs):
    text = lines(certs.chained) + 'TLSCertificateChainFile %s\n'
    assert 'TLSCertificateChainFile' not in said_of(ftpd, text % certs.intermediate.cert, 0)
    said = said_of(ftpd, text % certs.other_ca.cert, 0)
    assert re.search(r'warning: .*\.conf:4: TLSCertificateChainFile: .*did not sign ours', said)
    whole = place.write('whole.pem', certs.chained.pem + certs.other_ca.pem)
    said = said_of(ftpd, lines(certs.chained).replace(str(certs.chained.cert), str(whole)), 0)
    assert re.search(r'warning: .*\.conf:2: TLSECCertificateFile: .*did not sign the first', said)


def test_another_kind_of_key_is_a_note(ftpd, certs):
    said = said_of(ftpd, lines(certs.ec, 'RSA'), 0)
    assert re.search(r'note: .*\.conf:2: TLSRSACertificateFile: .*no RSA key', said)


def test_ciphers_that_protect_nothing(ftpd, certs):
    said = said_of(ftpd, lines(certs.ec) + 'TLSCipherSuite ALL:@SECLEVEL=0\n', 0)
    assert re.search(r'warning: .*\.conf:4: TLSCipherSuite: allows ADH-\S+, which asks for no cert',
                     said)
    assert 'TLSCipherSuite' not in said_of(ftpd, lines(certs.ec) + 'TLSCipherSuite ALL:!aNULL\n', 0)


def test_directories_of_certificates(ftpd, place, certs):
    directory = place.dir / 'ca'
    directory.mkdir()
    text = lines(certs.ec) + f'TLSVerifyClient on\nTLSCACertificatePath {directory}\n'
    assert re.search(r'\.conf:5: TLSCACertificatePath: .*openssl rehash', said_of(ftpd, text, 1))
    (directory / 'ca.pem').write_text(certs.ca.pem)
    tls.openssl('rehash', directory)
    said_of(ftpd, text, 0)
    (directory / '12345678.0').write_text('nothing')
    assert re.search(r'\.conf:5: TLSCACertificatePath: .*/12345678\.0: no certificate',
                     said_of(ftpd, text, 1))


def test_what_many_servers_share_is_told_once(ftpd, place, certs):
    hosts = ''.join(f'<VirtualHost 192.0.2.{n}>\nTLSOptions StdEnvVars\n</VirtualHost>\n'
                    for n in range(1, 6))
    text = '<Global>\n' + lines(tls.Pair(certs.dir, 'a')) + '</Global>\n' + hosts
    certs.pair('a')
    assert 'TLS' not in said_of(ftpd, text, 0)
    said = said_of(ftpd, text.replace(str(certs.a.key), str(certs.b.key)), 1)
    assert said.count('does not match') == 1 and 'errors: 1,' in said


def test_a_server_with_a_mistake_of_its_own(ftpd, certs):
    said = said_of(ftpd, lines(certs.ec) + '<VirtualHost 192.0.2.1>\n' + lines(certs.a) +
                   'TLSECDHCurve P-1\n</VirtualHost>\n', 1)
    assert re.search(r'\.conf:8: TLSECDHCurve: P-1: ', said) and 'errors: 1,' in said


def test_without_the_library(ftpd, place, certs, binary):
    (place.dir / 'lib').mkdir()
    (place.dir / 'lib/libssl.so.3').write_text('no library')
    s = ftpd(lines(certs.ec))
    assert s.check()[0] == 0

    def check(conf):
        run = subprocess.run([binary, '-t', '-c', conf], stdin=subprocess.DEVNULL, text=True,
                             capture_output=True, env={'LD_LIBRARY_PATH': str(place.dir / 'lib')})
        return run.returncode, run.stderr

    code, said = check(s.conf_path)
    assert code == 1 and re.search(r'\.conf:1: TLSEngine: .*libssl3', said), said
    # and it is not looked for where nobody asks for TLS
    off = place.write('off.conf', 'TLSEngine off\n')
    assert check(off)[0] == 0


@release_only
@pytest.mark.skipif(not shutil.which('strace'), reason='strace cannot be had here')
def test_openssls_own_configuration_is_not_read(place, certs, binary):
    own = place.write('openssl.cnf', 'openssl_conf = x\n[x]\nssl_conf = y\n[y]\n'
                      'system_default = z\n[z]\nCipherString = NO-SUCH\nMinProtocol = NONE\n'
                      'nonsense\n')
    conf = place.write('own.conf', 'AuthPAM off\n' + lines(certs.ec))
    run = subprocess.run(['strace', '-f', '-e', 'trace=openat,open', binary, '-t', '-c', conf],
                         stdin=subprocess.DEVNULL, text=True, capture_output=True,
                         env=dict(os.environ, OPENSSL_CONF=str(own)))
    assert run.returncode == 0 and 'errors: 0, warnings: 0' in run.stderr, run.stderr
    assert 'libssl.so.3' in run.stderr and 'openssl.cnf' not in run.stderr


# -- -T ----------------------------------------------------------------------------------

EVERYTHING = '''TLSOptions StdEnvVars
TLSOptions IgnoreSNI
TLSCipherSuite HIGH
TLSCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256
TLSRequired auth+data
TLSProtocol ALL -TLSv1 -TLSv1.1
TLSVerifyClient optional
TLSVerifyDepth 3
TLSUserName 1.3.6.1.4.1.55555.1
TLSTimeoutHandshake 2m
TLSMasqueradeAddress 192.0.2.9
TLSLog none
TLSNextProtocol off
TLSServerCipherPreference off
TLSECDHCurve P-256
<Directory /srv>
	TLSRequired ctrl
</Directory>
'''


def test_what_is_in_effect_parses_back(ftpd, place, certs):
    text = lines(certs.ec) + f'TLSCACertificateFile {certs.ca.cert}\n' + EVERYTHING
    s = ftpd(text)
    first = s.explain()
    assert first.returncode == 0, first.stderr
    for line in text.splitlines():
        assert line in first.stdout, line
    again = s.explain(conf=place.write('again.conf', first.stdout))
    assert (again.returncode, again.stdout) == (0, first.stdout)


def test_a_servers_own_options_take_the_place_of_globals(ftpd, certs):
    text = ('<Global>\nTLSOptions StdEnvVars\nTLSOptions UseImplicitSSL\nTLSCipherSuite HIGH\n'
            '</Global>\nTLSOptions IgnoreSNI\nTLSOptions NoSessionReuseRequired\n'
            + lines(certs.ec))
    said = ftpd(text).explain().stdout
    assert re.findall(r'TLSOptions (\S+)', said) == ['IgnoreSNI', 'NoSessionReuseRequired']
    assert 'TLSCipherSuite HIGH' in said


def test_defaults(ftpd):
    said = ftpd('').explain().stdout
    for line in ('TLSEngine off', 'TLSRequired off', 'TLSProtocol TLSv1.2 TLSv1.3',
                 'TLSECDHCurve auto', 'TLSVerifyClient off', 'TLSVerifyDepth 9', 'TLSUserName off',
                 'TLSNextProtocol on', 'TLSServerCipherPreference on', 'TLSTimeoutHandshake 300'):
        assert line in said.splitlines(), line
