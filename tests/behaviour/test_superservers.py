"""The real ones: openbsd-inetd, xinetd, systemd-socket-activate, and tcpd between."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import pytest

from client import Client
from harness import Namespace, until

TOP = pathlib.Path(__file__).resolve().parents[2]


def tool(name):
    path = shutil.which(name, path='/usr/sbin:/usr/bin:/sbin:/bin')
    if not path and os.environ.get('UNPACKED'):
        found = [p for p in pathlib.Path(os.environ['UNPACKED']).glob(f'*/usr/sbin/{name}')]
        path = str(found[0]) if found else None
    return path or pytest.skip(f'{name} cannot be had here')


class Real:
    """A super-server in the foreground, in the test's own network, serving in.ftpd."""

    def __init__(self, place, binary, argv, port, etc=None, ready=True):
        self.ns = Namespace(place.dir / 'real', etc or {})
        self.process = subprocess.Popen(argv, preexec_fn=self.ns.enter, start_new_session=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        self.port = port
        if ready:
            until(self.answers)

    def answers(self):
        assert self.process.poll() is None, self.process.stderr.read()
        return f':{self.port:04X} ' in pathlib.Path('/proc/thread-self/net/tcp').read_text()

    def connect(self):
        return Client(('127.0.0.1', self.port))

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)
        self.process.stderr.close()
        self.ns.close()


@pytest.fixture
def real(network, place, binary):
    started = []

    def start(argv, port, **how):
        started.append(Real(place, binary, argv, port, **how))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def conf(place):
    text = (f'AuthPAM off\nAuthUserFile {place.passwd}\nAuthGroupFile {place.group}\n'
            f'SystemLog {place.dir}/log\nTransferLog {place.dir}/xferlog\nWtmpLog off\n'
            'AllowOverwrite on\nAllowStoreRestart on\n')
    return place.write('in.ftpd.conf', text)


def a_session(real, place):
    place.file('f', b'0123456789')
    c = real.connect()
    assert c.greet() == 220
    assert c.login() == 230
    assert c.get('f') == b'0123456789'
    assert c.get('f', 'port') == b'0123456789'
    assert c.store('STOR g', b'abc') == 226
    assert sorted(c.names()) == ['f', 'g']
    assert c.quit() == 221


def inetd(place, binary, real, line, port=21, **how):
    place.write('inetd.conf', line + '\n')
    return real([tool('inetd'), '-i', str(place.dir / 'inetd.conf')], port, **how)


def test_faq_4_9a_the_classic_line(real, place, binary, conf):
    # The configuration in the default place, nothing else in the line.
    server = inetd(place, binary, real, f'ftp stream tcp nowait root {binary} in.ftpd',
                   etc={'in.ftpd.conf': conf.read_text()})
    a_session(server, place)


def test_inetd_with_arguments(real, place, binary, conf):
    server = inetd(place, binary, real,
                   f'127.0.0.1:2121 stream tcp nowait root {binary} in.ftpd -c {conf} -d 2', 2121)
    a_session(server, place)


def test_an_entry_that_says_wait(real, place, binary, conf):
    server = inetd(place, binary, real,
                   f'127.0.0.1:2121 stream tcp wait root {binary} in.ftpd -c {conf}', 2121)
    c = server.connect()
    server.ns.log.wait('nowait')
    c.close()


def test_inetd_as_an_ordinary_user(real, place, binary, conf):
    for path in (place.dir, conf, place.passwd, place.group):
        os.chown(path, 61001, 61100)
    place.write('file', '')
    server = inetd(place, binary, real,
                   f'127.0.0.1:2121 stream tcp nowait alice {binary} in.ftpd -c {conf}', 2121,
                   etc={'passwd': 'root:x:0:0::/root:/bin/sh\nalice:x:61001:61100::/:/bin/sh\n'
                                  'nobody:x:65534:65534::/:/bin/false\n',
                        'group': 'root:x:0:\nusers:x:61100:\nnogroup:x:65534:\n'})
    c = server.connect()
    assert c.greet() == 220
    assert c.login() == 230
    c.quit()


@pytest.mark.parametrize('rule, refused', [('in.ftpd: ALL', True), ('in.ftpd: 10.', False),
                                           ('other: ALL', False)])
def test_faq_4_10a_through_tcpd(real, place, binary, conf, rule, refused):
    server = inetd(place, binary, real,
                   f'127.0.0.1:2121 stream tcp nowait root {tool("tcpd")} {binary} -c {conf}', 2121,
                   etc={'hosts.allow': '', 'hosts.deny': rule + '\n'})
    if refused:
        c = server.connect()
        assert c.at_end()
        assert not (place.dir / 'log').exists()
    else:
        a_session(server, place)


XINETD = '''service ftp
{
	type = UNLISTED
	flags = REUSE
	socket_type = stream
	protocol = tcp
	port = 2121
	wait = no
	user = root
	server = %s
	server_args = -c %s
	log_on_success += DURATION
	nice = 10
	bind = 127.0.0.1
	disable = no
}
'''


def test_faq_4_9c_xinetd(real, place, binary, conf):
    place.write('xinetd.conf', XINETD % (binary, conf))
    server = real([tool('xinetd'), '-dontfork', '-f', str(place.dir / 'xinetd.conf'), '-pidfile',
                   str(place.dir / 'xinetd.pid')], 2121)
    a_session(server, place)


def test_faq_4_16a_the_shipped_xinetd_service(real, place, binary, conf):
    shipped = (TOP / 'etc/xinetd.d/in.ftpd').read_text()
    words = {k.strip(): v.strip() for k, _, v in (
        l.partition('=') for l in shipped.splitlines()
        if '=' in l and not l.strip().startswith('#'))}
    assert words['disable'] == 'yes' and words['wait'] == 'no' and words['user'] == 'root'
    assert words['socket_type'] == 'stream' and words['nice'] == '10' and 'REUSE' in words['flags']
    assert any('DURATION' in v for k, v in words.items() if 'log_on_success' in k)
    assert 'USERID' not in ' '.join(words.values())
    text = shipped.replace(words['server'], str(binary))
    text = re.sub(r'(?m)^(\s*disable\s*=).*', r'\1 no', text)
    text = re.sub(r'(?m)^\}', '\tbind = 127.0.0.1\n}', text)
    place.write('xinetd.conf', text)
    server = real([tool('xinetd'), '-dontfork', '-f', str(place.dir / 'xinetd.conf'), '-pidfile',
                   str(place.dir / 'xinetd.pid')], 21, etc={'in.ftpd.conf': conf.read_text()})
    a_session(server, place)
    subprocess.run('ip addr add 192.0.2.1/24 dev lo', shell=True, check=True)
    with pytest.raises(OSError):
        socket.create_connection(('192.0.2.1', 21), 2)
    c = server.connect()
    assert c.greet() == 220
    nice = min(os.getpriority(os.PRIO_PROCESS, 0) + 10, 19)

    def niceness():
        run = subprocess.run(['pidof', str(binary)], capture_output=True, text=True)
        found = set()
        for pid in run.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                found.add(os.getpriority(os.PRIO_PROCESS, int(pid)))
        return found

    until(lambda: niceness() == {nice})     # those of an earlier session may be leaving yet
    c.quit()


def test_faq_4_9c_systemd(real, place, binary, conf):
    server = real([tool('systemd-socket-activate'), '--inetd', '--accept', '-l', '127.0.0.1:2121',
                   str(binary), '-c', str(conf)], 2121)
    a_session(server, place)


def test_faq_4_9c_systemd_units(place):
    socket_unit = (TOP / 'etc/systemd/in.ftpd.socket').read_text()
    service = (TOP / 'etc/systemd/in.ftpd@.service').read_text()
    assert 'Accept=yes' in socket_unit and 'ListenStream=21' in socket_unit
    assert 'StandardInput=socket' in service and 'ExecStart=-' in service
    if shutil.which('systemd-analyze'):
        directory = place.dir / 'units'
        directory.mkdir()
        (directory / 'in.ftpd.socket').write_text(socket_unit)
        (directory / 'in.ftpd@.service').write_text(
            service.replace(next(l for l in service.splitlines() if l.startswith('ExecStart=')),
                            'ExecStart=-/bin/true'))
        run = subprocess.run(['systemd-analyze', 'verify', str(directory / 'in.ftpd.socket')],
                             capture_output=True, text=True)
        mine = [l for l in run.stderr.splitlines() if 'in.ftpd' in l and 'man ' not in l]
        assert not mine, run.stderr


def test_faq_B3_nothing_starts_by_itself():
    assert 'disable' in (TOP / 'etc/xinetd.d/in.ftpd').read_text()
    line = next(iter((TOP / 'etc').glob('inetd*'))).read_text()
    assert 'nowait' in line and 'in.ftpd' in line
    makefile = (TOP / 'Makefile').read_text()
    assert 'systemctl enable' not in makefile and 'systemctl start' not in makefile
