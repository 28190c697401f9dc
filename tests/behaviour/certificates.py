"""Certificates of every kind for the tests of TLS, made with the openssl command."""

import contextlib
import fcntl
import re
import ssl
import subprocess
import tempfile

VERSIONS = {'1.2': ssl.TLSVersion.TLSv1_2, '1.3': ssl.TLSVersion.TLSv1_3}


def openssl(*argv, data=None):
    """Run openssl; what it prints, as bytes."""
    run = subprocess.run(['openssl', *map(str, argv)], input=data, capture_output=True,
                         check=False)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


class Pair:
    """A certificate and its key, two files."""

    def __init__(self, directory, name):
        self.cert, self.key = directory / f'{name}.crt', directory / f'{name}.key'

    @property
    def pem(self):
        return self.cert.read_text()

    def secrets(self):
        """What the TLS process alone may hold: the key's numbers, both ways round, its text."""
        text = openssl('pkey', '-in', self.key, '-noout', '-text').decode()
        found = []
        for name in ('privateExponent', 'prime1', 'prime2', 'exponent1', 'coefficient', 'priv'):
            number = re.search(rf'^{name}:\n((?: +[0-9a-f:]+\n)+)', text, re.M)
            if number:
                value = bytes.fromhex(re.sub(r'[\s:]', '', number[1])).lstrip(b'\0')
                found += [value, value[::-1]]
        assert found, text
        lines = self.key.read_text().splitlines()
        return found + [line.encode() for line in lines[1:-2]]


BASIC = 'basicConstraints=critical,CA:FALSE\n'
CA = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n'
SERVER = BASIC + 'extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost'
USER = BASIC + 'extendedKeyUsage=clientAuth\n'
OID = '1.3.6.1.4.1.55555.1.1'
IN_2000, IN_2001 = b'000101000000Z', b'010101000000Z'
IN_2048, IN_2049 = b'480101000000Z', b'490101000000Z'

# name → kind of key, subject, extensions, issuer ("": itself)
RECIPES = {
    'ca': ('EC', '/CN=Test CA', CA, ''),
    'other-ca': ('EC', '/CN=Another CA', CA, ''),
    'intermediate': ('EC', '/CN=Test CA, second step', CA, 'ca'),
    'rsa': ('RSA', '/CN=localhost', SERVER, 'ca'),
    'ec': ('EC', '/CN=localhost', SERVER, 'ca'),
    'renewed': ('EC', '/CN=localhost', SERVER, 'ca'),
    'chained': ('EC', '/CN=localhost', SERVER, 'intermediate'),
    'a': ('EC', '/CN=a.example', SERVER + ',DNS:a.example', 'ca'),
    'b': ('EC', '/CN=b.example', SERVER + ',DNS:b.example,DNS:x.wild.example', 'ca'),
    'expired': ('EC', '/CN=localhost', SERVER, 'ca'),
    'future': ('EC', '/CN=localhost', SERVER, 'ca'),
    'alice': ('EC', '/CN=alice', USER + f'{OID}=ASN1:UTF8String:alice\n', 'ca'),
    'bob': ('EC', '/CN=bob', USER, 'ca'),
    'email': ('EC', '/CN=somebody',
              USER + 'subjectAltName=email:alice@example.org,email:carol,DNS:bob\n', 'ca'),
    'far': ('EC', '/CN=alice', USER, 'intermediate'),
    'nul': ('EC', '/CN=aliceX.example.org',
            USER + 'subjectAltName=email:carolX@example.org\n', 'ca'),
    'wildcard': ('EC', '/CN=*', USER + 'subjectAltName=email:*,email:*@*\n', 'ca'),
    'empty-san': ('EC', '/CN=alice', USER + '2.5.29.17=DER:30:00\n', 'ca'),
    'no-names': ('EC', '/O=Nobody', USER, 'ca'),
    'superuser': ('EC', '/CN=root', USER, 'ca'),
    'revoked': ('EC', '/CN=alice', USER, 'ca'),
    'purpose': ('EC', '/CN=alice', SERVER, 'ca'),
    'stranger': ('EC', '/CN=alice', USER, 'other-ca'),
    'late': ('EC', '/CN=alice', USER, 'ca'),
}
KEYS = {'RSA': ('-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'),
        'EC': ('-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256')}


def der(data):
    """The first DER element of `data` and what is behind it."""
    size, at = data[1], 2
    if size & 0x80:
        at += size & 0x7f
        size = int.from_bytes(data[2:at], 'big')
    return data[:at + size], data[at + size:]


def element(tag, content):
    size = len(content)
    head = bytes([size]) if size < 0x80 else b'\x82' + size.to_bytes(2, 'big')
    return bytes([tag]) + head + content


class Certificates:
    """Each is made when it is first asked for, once for all workers."""

    def __init__(self, directory, sockets=ssl.SSLSocket):
        self.dir, self.sockets = directory, sockets
        self.dir.mkdir(exist_ok=True)
        self.dir.chmod(0o755)

    @contextlib.contextmanager
    def locked(self):
        with open(self.dir / 'lock', 'w', encoding='ascii') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def pair(self, name):
        with self.locked():
            return self.make(name)

    def __getattr__(self, name):
        if name.startswith('_') or name.replace('_', '-') not in RECIPES:
            raise AttributeError(name)
        return self.pair(name.replace('_', '-'))

    def make(self, name):
        pair = Pair(self.dir, name)
        if pair.cert.exists():
            return pair
        kind, subject, extensions, issuer = RECIPES[name]
        by = self.make(issuer) if issuer else pair
        conf = self.dir / f'{name}.cnf'
        conf.write_text(f'[req]\ndistinguished_name=dn\n[dn]\n[x]\n{extensions}\n')
        pair.key.write_bytes(openssl('genpkey', *KEYS[kind]))
        pair.key.chmod(0o600)
        request = openssl('req', '-new', '-config', conf, '-key', pair.key, '-subj', subject)
        sign = ['-signkey', pair.key] if by is pair else ['-CA', by.cert, '-CAkey', by.key]
        made = openssl('x509', '-req', *sign, '-set_serial', self.serial(name), '-days', '30',
                       '-sha256', '-extfile', conf, '-extensions', 'x', '-outform', 'DER',
                       data=request)
        made = self.changed(name, made, by)
        new = self.dir / f'{name}.new'
        new.write_bytes(openssl('x509', '-inform', 'DER', data=made))
        new.rename(pair.cert)
        return pair

    @staticmethod
    def serial(name):
        return list(RECIPES).index(name) + 100

    @staticmethod
    def changed(name, made, by):
        """What openssl's commands cannot be told: other dates, a NUL; signed again."""
        body, _ = der(made[der_head(made):])
        new = body
        if name in ('expired', 'future', 'late'):
            first, last = (IN_2048, IN_2049) if name == 'future' else (IN_2000, IN_2001)
            dates = re.findall(rb'\x17\x0d(\d{12}Z)', body)
            assert len(dates) == 2
            new = new.replace(dates[0], first).replace(dates[1], last)
        elif name == 'nul':
            new = new.replace(b'aliceX', b'alice\0').replace(b'carolX', b'carol\0')
        if new == body:
            return made
        assert len(new) == len(body)
        rest = made[der_head(made) + len(body):]
        algorithm, _ = der(rest)
        with tempfile.NamedTemporaryFile() as file:
            file.write(new)
            file.flush()
            signature = openssl('dgst', '-sha256', '-sign', by.key, file.name)
        return element(0x30, new + algorithm + element(3, b'\0' + signature))

    def crl(self, *revoked, ca='ca'):
        """A revocation list of a CA's, with these names in it: its path."""
        with self.locked():
            by = self.make(ca)
            path = self.dir / f'crl-{ca}-{"-".join(revoked)}.pem'
            if path.exists():
                return path
            base = path.with_suffix('')
            index = ''.join(f'R\t{(IN_2049).decode()}\t{(IN_2000).decode()}\t'
                            f'{self.serial(name):04X}\tunknown\t/CN={name}\n' for name in revoked)
            base.with_suffix('.txt').write_text(index)
            base.with_suffix('.cnf').write_text(
                f'[ca]\ndefault_ca=c\n[c]\ndatabase={base}.txt\ndefault_md=sha256\n'
                f'default_crl_days=30\ncertificate={by.cert}\nprivate_key={by.key}\n')
            new = base.with_suffix('.new')
            openssl('ca', '-gencrl', '-config', f'{base}.cnf', '-out', new)
            new.rename(path)
            return path

    def encrypted(self, pair, to):
        """The key of `pair` behind a pass phrase, in the file `to`."""
        to.write_bytes(openssl('pkey', '-in', pair.key, '-aes256', '-passout', 'pass:sesame'))
        to.chmod(0o600)
        return to

    # -- what goes into a configuration --

    def conf(self, name='ec', more='', kind=None):
        """TLS with this certificate; `more` comes behind it."""
        pair = self.pair(name)
        kind = kind or RECIPES[name][0]
        return (f'TLSEngine on\nTLS{kind}CertificateFile {pair.cert}\n'
                f'TLS{kind}CertificateKeyFile {pair.key}\n{more}\n')

    # -- what a client believes and shows --

    def context(self, version=None, client=None, ca='ca', least=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.pair(ca).cert)
        context.sslsocket_class = self.sockets
        # an end without a close_notify is one that must be seen
        context.options &= ~getattr(ssl, 'OP_IGNORE_UNEXPECTED_EOF', 0x80)
        if version:
            context.minimum_version = context.maximum_version = VERSIONS[version]
        if least:
            context.minimum_version = least
        if client:
            pair = self.pair(client)
            context.load_cert_chain(pair.cert, pair.key)
        return context


def der_head(data):
    """How long the tag and length of the first element are."""
    return 2 + (data[1] & 0x7f if data[1] & 0x80 else 0)
