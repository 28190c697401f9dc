"""TLS for a session that is played: certificates and handshakes."""
import contextlib
import pathlib
import re
import socket
import ssl
import sys

from fixture import PLACE

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'behaviour'))
from certificates import Certificates, openssl  # noqa: E402

VERSIONS = {'1.0': ssl.TLSVersion.TLSv1, '1.1': ssl.TLSVersion.TLSv1_1,
            '1.2': ssl.TLSVersion.TLSv1_2, '1.3': ssl.TLSVersion.TLSv1_3}
DIRECTORY = PLACE / 'certificates'


def certificates():
    return Certificates(DIRECTORY)


def prepare(text):
    """Make the certificates that a configuration names; its text with their paths."""
    if '{certs}' in text:
        certs = certificates()
        for name in set(re.findall(r'\{certs\}/([\w-]+)\.(?:crt|key)', text)):
            certs.pair(name)
        for name in set(re.findall(r'\{certs\}/crl-ca-([\w-]+)\.pem', text)):
            certs.crl(name)
    if '{hashed}' in text:
        hashed = DIRECTORY / 'hashed'
        hashed.mkdir(exist_ok=True)
        (hashed / 'ca.pem').write_bytes(certs.pair('ca').cert.read_bytes())
        (hashed / 'crl.pem').write_bytes(certs.crl('revoked').read_bytes())
        openssl('rehash', hashed)
    return text.replace('{certs}', str(DIRECTORY)).replace('{hashed}', str(DIRECTORY / 'hashed'))


class Data(ssl.SSLSocket):
    """A data connection under TLS: an end is an end, whether it was announced or not."""

    def recv(self, buflen=1024, flags=0):
        try:
            return super().recv(buflen, flags)
        except TimeoutError:
            raise
        except ssl.SSLError:
            return b''

    def finish(self):
        """close_notify both ways: who only closes loses what a server has not read yet."""
        with contextlib.suppress(OSError):
            self.settimeout(30)
            self.unwrap()


class Security:
    """How one session's connections are protected."""

    def __init__(self, how):
        self.how, self.prot, self.context, self.session = how, 'C', None, None

    def make_context(self):
        """Believes everybody: certificates of servers are another test's matter."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.sslsocket_class = Data
        version = self.how.get('version')
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if version:
            context.minimum_version = context.maximum_version = VERSIONS[version]
        if version in ('1.0', '1.1'):
            context.set_ciphers('ALL:@SECLEVEL=0')
        if self.how.get('ciphers'):
            context.set_ciphers(self.how['ciphers'])
        if self.how.get('alpn'):
            context.set_alpn_protocols(self.how['alpn'])
        if self.how.get('cert'):
            pair = certificates().pair(self.how['cert'])
            context.load_cert_chain(pair.cert, pair.key)
        return context

    def control(self, client):
        """A handshake on the control connection: what it came to."""
        self.context = self.make_context()
        try:
            client.sock = self.context.wrap_socket(client.sock,
                                                   server_hostname=self.how.get('sni'))
        except (ssl.SSLError, ConnectionError) as error:
            # a version that both lack is told in as many ways as there are versions
            client.sock = socket.socket()
            return ['no handshake'] + ([str(error)] if self.how.get('why') else [])
        return [client.sock.version()] + ([client.sock.cipher()[0]] if self.how.get('cipher')
                                          else [])

    def data(self, sock, client, fresh):
        """A handshake on a data connection; None where the server will not have it."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if isinstance(client.sock, ssl.SSLSocket):
            self.session = client.sock.session or self.session
        try:
            return self.context.wrap_socket(sock, session=None if fresh else self.session)
        except (ssl.SSLError, ConnectionError):
            sock.close()
            return None

    def clear(self, client):
        """The control connection goes on in clear (CCC)."""
        self.session = client.sock.session
        try:
            client.sock = client.sock.unwrap()
            return ['clear']
        except OSError:
            return ['no end of TLS']
