"""Four real clients, a whole round of work each, under a real inetd."""

import ftplib
import io
import os
import subprocess

import pytest

from harness import uid_of
from test_superservers import conf, inetd, real, tool

PORT = 2121


@pytest.fixture
def served(real, place, binary, conf):
    place.file('get-me', b'0123456789' * 1000)
    place.write('put-me', b'abcdefghij' * 1000)
    (place.dir / 'local').mkdir()
    server = inetd(place, binary, real,
                   f'127.0.0.1:{PORT} stream tcp nowait root {binary} in.ftpd -c {conf}', PORT)
    return server


def run(argv, place, text=None, code=0):
    result = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=50,
                            cwd=place.dir / 'local', env={'HOME': str(place.dir / 'local'),
                                                          'PATH': '/usr/bin:/bin', 'TERM': 'dumb'})
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout + result.stderr


def done(place):
    """What each round leaves: only the files that were there, and the upload under its new name."""
    assert sorted(os.listdir(place.home())) == ['get-me', 'renamed']
    assert (place.home() / 'renamed').read_bytes() == b'abcdefghij' * 1000
    assert (place.dir / 'local/got').read_bytes() == b'0123456789' * 1000


@pytest.mark.parametrize('mode', ['--ftp-pasv', '--disable-epsv', '--ftp-port=-', '--disable-eprt'])
def test_curl(served, place, mode):
    tool('curl')
    flag = ['--ftp-port', '-'] if 'port' in mode else [mode] if mode != '--disable-eprt' else \
        ['--ftp-port', '-', '--disable-eprt']
    url = f'ftp://alice:pw@127.0.0.1:{PORT}/'
    curl = ['curl', '-sS', *flag]
    assert 'get-me' in run([*curl, url], place)
    assert 'get-me' in run([*curl, '-l', url], place)
    (place.dir / 'local/got').write_bytes(b'0123456789' * 300)
    run([*curl, '-C', '-', '-o', 'got', url + 'get-me'], place)
    (place.home() / 'up').write_bytes(b'abcdefghij' * 400)
    os.chown(place.home() / 'up', uid_of('alice'), 61100)
    run([*curl, '-C', '-', '-T', '../put-me', url + 'up'], place)
    run([*curl, '-T', '../put-me', url + 'second'], place)
    run([*curl, '--ftp-create-dirs', '-T', '../put-me', url + 'dir/third'], place)
    assert 'Content-Length: 10000' in run([*curl, '-I', url + 'get-me'], place)
    run([*curl, '-o', 'x', '-Q', 'RNFR up', '-Q', 'RNTO renamed', '-Q', '-DELE second',
         '-Q', '-DELE dir/third', '-Q', '-RMD dir', url], place)
    done(place)


def test_lftp(served, place):
    tool('lftp')
    (place.dir / 'local/got').write_bytes(b'0123456789' * 300)
    (place.home() / 'up').write_bytes(b'abcdefghij' * 400)
    os.chown(place.home() / 'up', uid_of('alice'), 61100)
    text = run(['lftp', '--norc', '-c', 'set cmd:fail-exit yes; set ftp:ssl-allow no; '
                'set net:max-retries 1; set net:timeout 10; '
                f'open -u alice,pw ftp://127.0.0.1:{PORT}; pwd; ls; nlist; mkdir dir; '
                'cd dir; cd ..; '
                'get -c get-me -o got; put -c ../put-me -o up; put ../put-me -o second; '
                'mv up renamed; rm second; chmod 644 renamed; rmdir dir; cls -l; quote noop; '
                'set ftp:passive-mode off; ls; bye'], place)
    assert 'get-me' in text
    done(place)


def test_lftp_mirror(served, place):
    tool('lftp')
    source = place.dir / 'local/tree'
    for n in range(5):
        (source / f'd{n}').mkdir(parents=True)
        for m in range(5):
            (source / f'd{n}/f{m}').write_bytes(os.urandom(1000 * m))
    run(['lftp', '--norc', '-c',
         'set cmd:fail-exit yes; set ftp:ssl-allow no; set net:max-retries 1; '
         f'open -u alice,pw ftp://127.0.0.1:{PORT}; '
         'mirror -R --parallel=3 tree up; mirror up back'], place)
    assert run(['diff', '-r', 'tree', 'back'], place) == ''
    assert run(['diff', '-r', 'tree', str(place.home() / 'up')], place) == ''


def test_tnftp(served, place):
    tool('tnftp')
    (place.dir / 'local/got').write_bytes(b'0123456789' * 300)
    text = run(['tnftp', '-n', '-v', '-i', '127.0.0.1', str(PORT)], place, f'''user alice pw
binary
pwd
dir
nlist
restart 3000
get get-me rest
reget get-me got
put ../put-me up
append ../put-me second
delete second
rename up renamed
mkdir dir
cd dir
cdup
rmdir dir
modtime get-me
size get-me
mlsd
passive off
dir
system
features
rstatus
quit
''')
    assert 'get-me' in text and '10000' in text
    done(place)


def test_ftplib(served, place):
    got = io.BytesIO()
    with ftplib.FTP() as f:
        f.connect('127.0.0.1', PORT, 10)
        f.login('alice', 'pw')
        assert f.pwd() == str(place.home())
        assert f.nlst() == ['get-me']
        lines = []
        f.dir(lines.append)
        assert len(lines) == 1
        assert [n for n, facts in f.mlsd() if facts['type'] == 'file'] == ['get-me']
        f.retrbinary('RETR get-me', got.write, rest=0)
        f.retrbinary('RETR get-me', lambda data: None, rest=5000)
        (place.dir / 'local/got').write_bytes(got.getvalue())
        content = b'abcdefghij' * 1000
        f.storbinary('STOR up', io.BytesIO(content[:4000]))
        f.storbinary('STOR up', io.BytesIO(content[4000:]), rest=4000)
        f.set_pasv(False)
        f.storlines('STOR lines', io.BytesIO(b'a\nb\n'))
        text = []
        f.retrlines('RETR lines', text.append)
        assert text == ['a', 'b']
        f.voidcmd('TYPE I')
        assert f.size('up') == 10000
        f.rename('up', 'renamed')
        f.delete('lines')
        assert f.mkd('dir') == f'{place.home()}/dir'
        f.cwd('dir')
        f.cwd('..')
        f.rmd('dir')
        f.quit()
    done(place)


def test_curl_anonymous(real, place, binary, conf):
    tool('curl')
    (place.dir / 'local').mkdir()
    conf.write_text(conf.read_text() + f'<Anonymous {place.anon}>\nUser ftp\nGroup ftp\n'
                    'UserAlias anonymous ftp\n</Anonymous>\n')
    inetd(place, binary, real,
          f'127.0.0.1:{PORT} stream tcp nowait root {binary} in.ftpd -c {conf}', PORT)
    assert run(['curl', '-sS', f'ftp://127.0.0.1:{PORT}/pub/file'], place) == 'the public file\n'
    run(['curl', '-sS', f'ftp://127.0.0.1:{PORT}/pub/nothing'], place, code=78)
    run(['curl', '-sS', f'ftp://x:y@127.0.0.1:{PORT}/'], place, code=67)
