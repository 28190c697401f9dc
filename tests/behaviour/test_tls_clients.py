"""Real clients, a whole round of work each, over TLS."""

import ftplib
import io
import os
import ssl
import subprocess

import pytest

import tls
from test_superservers import tool
from tls import both, certs, content, needs_tls

pytestmark = needs_tls


@pytest.fixture
def local(place):
    (place.dir / 'local').mkdir()
    place.write('put-me', content(100000))
    place.file('get-me', content(300000))
    return place.dir / 'local'


def run(argv, cwd, code=0):
    result = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=50,
                            check=False, cwd=cwd, stdin=subprocess.DEVNULL,
                            env={'HOME': str(cwd), 'PATH': '/usr/bin:/bin', 'TERM': 'dumb'})
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout + result.stderr


@both
@pytest.mark.parametrize('mode', ['--ftp-pasv', '--disable-epsv'])
def test_curl(ftpd, place, certs, local, version, mode):
    # not active mode, in which curl 7.88 never begins its handshake
    tool('curl')
    s = ftpd(certs.conf(more='TLSRequired on'))
    curl = ['curl', '-sS', '--ssl-reqd', '--cacert', certs.ca.cert, f'--tlsv{version}',
            '--tls-max', version, mode]
    url = f'ftp://alice:pw@127.0.0.1:{s.port}/'
    assert 'get-me' in run([*curl, url], local)
    run([*curl, '-o', 'got', url + 'get-me'], local)
    run([*curl, '-T', '../put-me', url + 'up'], local)
    run([*curl, '-T', '../put-me', '-Q', '-DELE second', url + 'second'], local)
    assert (local / 'got').read_bytes() == content(300000)
    assert (place.home() / 'up').read_bytes() == content(100000)
    assert sorted(os.listdir(place.home())) == ['get-me', 'up']
    # without TLS there is no password for anybody
    run(['curl', '-sS', url], local, code=67)


@both
def test_curl_implicit(ftpd, place, certs, local, version):
    tool('curl')
    s = ftpd(certs.conf(more='TLSOptions UseImplicitSSL'))
    curl = ['curl', '-sS', '--cacert', certs.ca.cert, f'--tlsv{version}', '--tls-max', version]
    url = f'ftps://alice:pw@127.0.0.1:{s.port}/'
    assert 'get-me' in run([*curl, url], local)
    run([*curl, '-o', 'got', url + 'get-me'], local)
    run([*curl, '-T', '../put-me', url + 'up'], local)
    assert (local / 'got').read_bytes() == content(300000)
    assert (place.home() / 'up').read_bytes() == content(100000)


@pytest.mark.parametrize('version', ['1.2', '1.3'])
def test_lftp(ftpd, place, certs, local, version):
    tool('lftp')
    s = ftpd(certs.conf(more=f'TLSRequired on\nTLSProtocol TLSv{version}'))
    for n in range(3):
        (local / f'tree/d{n}').mkdir(parents=True)
        for m in range(3):
            (local / f'tree/d{n}/f{m}').write_bytes(content(9000 * m))
    text = run(['lftp', '--norc', '-c', 'set cmd:fail-exit yes; set ftp:ssl-force yes; '
                f'set ssl:ca-file {certs.ca.cert}; set ssl:check-hostname no; '
                'set net:max-retries 1; set net:timeout 10; '
                'set ftp:ssl-protect-data yes; '
                f'open -u alice,pw ftp://127.0.0.1:{s.port}; pwd; ls; nlist; mkdir dir; '
                'get get-me -o got; put ../put-me -o up; mv up renamed; rmdir dir; '
                'mirror -R --parallel=2 tree up; mirror up back; '
                'set ftp:passive-mode off; ls; bye'], local)
    assert 'get-me' in text
    assert (local / 'got').read_bytes() == content(300000)
    assert (place.home() / 'renamed').read_bytes() == content(100000)
    assert run(['diff', '-r', 'tree', 'back'], local) == ''
    assert all(line[-1] == 'c' for line in s.xferlog(14))


class Reusing(ftplib.FTP_TLS):
    """What every user of ftplib writes sooner or later."""

    def ntransfercmd(self, cmd, rest=None):
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            conn = self.context.wrap_socket(conn, server_hostname=self.host,
                                            session=self.sock.session)
        return conn, size


def ftplib_round(f, place, port):
    f.connect('127.0.0.1', port, 10)
    f.login('alice', 'pw')
    f.prot_p()
    got = io.BytesIO()
    f.retrbinary('RETR get-me', got.write)
    assert got.getvalue() == content(300000)
    f.storbinary('STOR up', io.BytesIO(content(100000)))
    assert (place.home() / 'up').read_bytes() == content(100000)
    assert sorted(f.nlst()) == ['get-me', 'up']
    f.storlines('STOR lines', io.BytesIO(b'a\nb\n'))
    text = []
    f.retrlines('RETR lines', text.append)
    assert text == ['a', 'b']
    assert {n for n, facts in f.mlsd() if facts['type'] == 'file'} == {'get-me', 'up', 'lines'}
    f.prot_c()
    f.retrbinary('RETR get-me', got.write)
    f.quit()


@both
def test_ftplib_with_reuse(ftpd, place, certs, local, version):
    s = ftpd(certs.conf())
    ftplib_round(Reusing(context=certs.context(version)), place, s.port)


@both
def test_ftplib_without_reuse(ftpd, place, certs, local, version):
    s = ftpd(certs.conf(more='TLSOptions NoSessionReuseRequired'))
    ftplib_round(ftplib.FTP_TLS(context=certs.context(version)), place, s.port)


@both
def test_attack_65_ftplib_is_refused(ftpd, place, certs, local, version):
    s = ftpd(certs.conf())
    f = ftplib.FTP_TLS(context=certs.context(version))
    f.connect('127.0.0.1', s.port, 10)
    f.login('alice', 'pw')
    f.prot_p()
    with pytest.raises((ssl.SSLError, OSError)):
        f.storbinary('STOR up', io.BytesIO(b'x'))
    assert f.getmultiline().startswith('425')
    assert os.listdir(place.home()) == ['get-me']
    assert f.voidcmd('NOOP').startswith('200')
    f.close()


@both
def test_openssl_s_client(ftpd, certs, version):
    s = ftpd(certs.conf())
    flag = '-tls1_' + version[-1]
    with tls.SClient(s, flag, '-CAfile', certs.ca.cert, '-verify_return_error') as client:
        assert client.wait('Verify return code: 0 .ok.')
        client.say('USER alice\n')
        assert client.wait(r'331 [^\n]*\n')
        client.say('PASS pw\n')
        assert client.wait(r'230 [^\n]*\n')
        client.say('PWD\n')
        assert client.wait(r'257 [^\n]*\n')
