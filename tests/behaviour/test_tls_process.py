"""The process that holds the key: what it may, its end, and what cannot change it."""

import contextlib
import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import subprocess

import pytest

import tls
from client import Closed
from conftest import release_only
from harness import open_files, processes, status, until
from tls import both, certs, needs_tls, started, still_serves

pytestmark = needs_tls


# -- the process --------------------------------------------------------------------------

@pytest.mark.parametrize('which', ['tls', 'session', 'monitor'])
@pytest.mark.parametrize('when', ['up', 'in', 'stor'])
def test_sigterm(ftpd, place, certs, which, when):
    s = ftpd(certs.conf())
    c = tls.secured(s, certs.context()) if when == 'up' else tls.login(s, certs.context())
    assert c.cmd('SYST') == 215                  # the handshake is over on its side, too
    data = None
    if when == 'stor':
        reply, data = c.open('STOR f')
        data.sendall(b'x' * 1000)
        until(lambda: (place.home() / 'f').exists() and (place.home() / 'f').stat().st_size)
    pid = {'tls': tls.tls_process, 'session': tls.session_process,
           'monitor': lambda s: s.monitor}[which](s)
    os.kill(pid, signal.SIGTERM)
    words = c.last_words()
    assert words and words[-1] == 421 and 226 not in words, words
    c.close()
    if data:
        data.close()
        assert s.xferlog()[0][-1] == 'i'
    assert s.exit_status() == 0
    until(lambda: not processes(s.spawned[-1].pid))


@pytest.mark.parametrize('when', ['up', 'in', 'stor', 'retr'])
def test_the_tls_process_is_killed(ftpd, place, certs, when):
    place.file('big', b'\0' * (64 << 20))
    s = ftpd(certs.conf(more='HiddenStores on'))
    c = tls.secured(s, certs.context()) if when == 'up' else tls.login(s, certs.context())
    if when in ('stor', 'retr'):
        reply, data = c.open('STOR f' if when == 'stor' else 'RETR big')
        if when == 'stor':
            data.sendall(b'x' * 100000)
            part = place.home() / '.in.f.'
            until(lambda: part.exists() and part.stat().st_size)
        else:
            data.recv(1000)
    os.kill(tls.tls_process(s), signal.SIGKILL)
    assert 226 not in c.last_words()
    s.exit_status()
    until(lambda: not processes(s.spawned[-1].pid))
    if when in ('stor', 'retr'):
        assert s.xferlog()[0][-1] == 'i'
        assert not (place.home() / 'f').exists()
    still_serves(s, certs)


def test_the_session_or_the_monitor_is_killed(ftpd, certs):
    s = ftpd(certs.conf())
    for who in (tls.session_process, lambda s: s.monitor):
        for begin in (tls.secured, tls.login):
            c = begin(s, certs.context())
            os.kill(who(s), signal.SIGKILL)
            c.last_words()
            c.close()
            until(lambda: not processes(s.spawned[-1].pid))


@release_only
@pytest.mark.parametrize('kind', ['rsa', 'ec'])
@both
def test_attack_68_the_key_is_the_tls_processs_alone(ftpd, place, certs, kind, version):
    place.file('f', b'content' * 10000)
    s = ftpd(certs.conf(kind))
    secrets = certs.pair(kind).secrets()

    def holders():
        found = set()
        for pid in s.processes(3):
            if any(secret in content for _, content in tls.memory(pid) for secret in secrets):
                found.add(pid)
        return found

    c = tls.secured(s, certs.context(version))
    assert holders() == {tls.tls_process(s)}     # so the search does find it
    c.protect()
    assert c.login() == 230
    assert c.get('f') == b'content' * 10000
    assert c.store('STOR g', b'x' * 50000) == 226
    assert holders() == {tls.tls_process(s)}


@release_only
def test_attack_68_no_password_under_tls(ftpd, place, certs):
    s = ftpd(certs.conf())
    c = tls.login(s, certs.context(), prot=None)
    c.login('alice', 'sesame-open-wide')
    d = tls.secured(s, certs.context())
    assert d.login('alice', 'sesame-open-wide') == 530
    assert d.login() == 230
    session = tls.session_process(s)
    assert not any(b'sesame-open-wide' in content for _, content in tls.memory(session))


@release_only
@pytest.mark.parametrize('when', ['up', 'in', 'data'])
def test_what_the_tls_process_may_do(ftpd, place, certs, when):
    s = ftpd(certs.conf(more='User daemon\nGroup mail'))
    c = tls.secured(s, certs.context()) if when == 'up' else tls.login(s, certs.context())
    if when == 'data':
        c.open('STOR f')
    pid = tls.tls_process(s)
    state = status(pid)
    daemon = pwd.getpwnam('daemon')
    assert state['Uid'].split() == [str(daemon.pw_uid)] * 4
    assert state['Gid'].split() == ['8'] * 4
    assert state['Groups'].split() in ([], ['8'])
    assert all(int(state[c], 16) == 0 for c in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb'))
    assert state['NoNewPrivs'] == '1' and state['Seccomp'] == '2'
    assert os.readlink(f'/proc/{pid}/root') == '/var/lib/in.ftpd/empty'
    assert os.readlink(f'/proc/{pid}/cwd') == '/var/lib/in.ftpd/empty'
    opened = [what for what in open_files(pid).values()
              if not what.startswith('socket:') and what != '/dev/null']
    if when == 'data':      # a file of the client's own may be there while it is moved
        opened = [what for what in opened if not what.startswith(str(place.home()))]
    assert opened == []
    limits = pathlib.Path(f'/proc/{pid}/limits').read_text()
    assert re.search(r'Max processes +0 +0', limits)
    assert re.search(r'Max core file size +0 +0', limits)


@release_only
def test_who_loads_the_library(ftpd, certs):
    # neither the monitor nor a session; and nobody for a client that does not ask
    s = ftpd(certs.conf())
    s.login()
    assert not any('libssl' in tls.maps(p) or 'libcrypto' in tls.maps(p)
                   for p in s.processes())
    tls.login(s, certs.context())
    have = [p for p in s.processes(3) if 'libssl' in tls.maps(p)]
    assert have == [tls.tls_process(s)]


@release_only
@both
def test_what_a_session_under_tls_holds(ftpd, place, certs, version):
    s = ftpd(certs.conf())
    s.login()
    plain = tls.private_memory(s.session())
    tls.login(s, certs.context(version))
    assert tls.private_memory(tls.session_process(s)) <= plain + 32


@release_only
def test_the_key_file_is_open_nowhere(ftpd, place, certs):
    s = ftpd(certs.conf())
    tls.login(s, certs.context())
    for pid in s.processes(3):
        opened = open_files(pid).values()
        assert opened and not any('certificates' in what for what in opened), opened


# -- the environment ------------------------------------------------------------------------

def test_attack_86_the_environment(ftpd, place, certs):
    place.write('openssl.cnf', 'openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\n'
                'system_default = tls\n[tls]\nMaxProtocol = TLSv1.2\n')
    keys = place.dir / 'keys.log'
    keys.touch()
    keys.chmod(0o666)
    s = ftpd(certs.conf(), env={
        'OPENSSL_CONF': str(place.dir / 'openssl.cnf'), 'SSLKEYLOGFILE': str(keys),
        'OPENSSL_MODULES': '/no/such/directory', 'OPENSSL_ENGINES': '/no/such/directory',
        'SSL_CERT_FILE': '/no/such/file', 'OPENSSL_ia32cap': '0', 'RANDFILE': str(keys),
        'CTLOG_FILE': '/no/such/file', 'PATH': '/usr/bin:/bin'})
    c = tls.login(s, certs.context())
    assert c.sock.version() == 'TLSv1.3'
    assert c.names() == []
    assert keys.read_bytes() == b''


@release_only
def test_attack_86_another_library(ftpd, place, certs):
    if not shutil.which('gcc'):
        pytest.skip('gcc is not installed')
    source = place.write('fake.c', '#include <unistd.h>\n__attribute__((constructor)) static void\n'
                         'speak(void) { (void)!write(2, "loaded", 6); }\n')
    for name in ('libssl.so.3', 'libcrypto.so.3'):
        subprocess.run(['gcc', '-shared', '-fPIC', '-o', place.dir / name, source], check=True)
    s = ftpd(certs.conf(), env={'LD_LIBRARY_PATH': str(place.dir), 'PATH': '/usr/bin:/bin'})
    assert tls.login(s, certs.context()).names() is not None


@pytest.mark.parametrize('stderr', ['socket'], indirect=True)
def test_attack_84_descriptor_2_is_the_client(ftpd, place, certs, stderr):
    s = ftpd(certs.conf())
    c = tls.login(s, certs.context())
    assert c.store('STOR f', b'x' * 100000) == 226
    assert c.get('f') == b'x' * 100000
    assert c.quit() == 221
    sock = started(s)
    sock.sendall(b'GET / HTTP/1.1\r\n\r\n')
    said = tls.drain(sock)
    assert said == b'' or said[0] == tls.ALERT, said
    s = ftpd('TLSEngine on')
    c = s.connect()
    assert c.cmd('AUTH TLS') == 431
    assert c.quit() == 221


def test_attack_86_limits_and_signals(ftpd, place, certs):
    def hostile():
        os.umask(0)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM, signal.SIGCHLD})

    s = ftpd(certs.conf(), preexec=hostile)
    c = tls.login(s, certs.context())
    assert c.store('STOR f', b'x') == 226
    os.kill(tls.tls_process(s), signal.SIGTERM)
    words = c.last_words()
    assert words and words[-1] == 421
    c.close()
    assert s.exit_status() == 0


def test_a_file_size_limit_under_tls(ftpd, place, certs):
    s = ftpd(certs.conf(), preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                              (100000, 100000)))
    c = tls.login(s, certs.context())
    assert c.store('STOR f', b'x' * 500000) in (451, 452, 552)
    assert c.cmd('NOOP') == 200
    assert c.store('STOR g', b'x' * 1000) == 226


def test_attack_61_a_login_in_clear_gains_nothing_by_auth(ftpd, place, certs):
    s = ftpd(certs.conf())
    c = s.login()
    with contextlib.suppress(Closed):
        for _ in range(50):
            assert c.cmd('AUTH TLS') == 503
    s.processes()                       # nothing was started for it


def test_many_at_once(ftpd, place, certs):
    place.file('f', b'content' * 1000)
    s = ftpd(certs.conf())
    clients = [tls.login(s, certs.context()) for _ in range(20)]
    opened = [c.open('RETR f') for c in clients]
    for c, (reply, data) in zip(clients, opened):
        size = 0
        while part := data.recv(1 << 20):
            size += len(part)
        assert size == 7000
        assert c.reply() == 226
