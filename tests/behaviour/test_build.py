"""The binary, the manual, the samples: what is shipped."""

import os
import re
import shutil
import subprocess

import pytest

from conftest import release_only
from harness import BUILT, TOP, Server


def out(*argv, **how):
    return subprocess.run(argv, capture_output=True, text=True, **how)


@release_only
def test_faq_6_1b_hardened(binary):
    headers = out('readelf', '-W', '-h', '-l', '-d', '-s', str(binary)).stdout
    assert re.search(r'Type:\s+DYN', headers)
    assert 'GNU_RELRO' in headers and re.search(r'BIND_NOW|Flags: NOW', headers)
    stack = [l for l in headers.splitlines() if 'GNU_STACK' in l][0]
    assert 'RWE' not in stack
    assert '__stack_chk_fail' in headers
    assert re.search(r'__\w+_chk@', headers)
    assert not re.search(r'RPATH|RUNPATH', headers)
    for line in headers.splitlines():
        if re.match(r'\s+LOAD', line):
            assert 'RWE' not in line.replace(' ', '')


@release_only
def test_libraries(binary):
    needed = set(re.findall(r'NEEDED.*\[(.*?)\]', out('readelf', '-d', str(binary)).stdout))
    assert {n.split('.so')[0] for n in needed} <= {'libc'}, needed


@pytest.mark.parametrize('page', ['in.ftpd.8', 'in.ftpd.conf.5', 'ftpshut.8', 'ftpwho.8',
                                  'ftpcount.8', 'shutmsg.5'])
def test_manual_is_clean(page):
    if not shutil.which('mandoc'):
        pytest.skip('mandoc cannot be had here')
    run = out('mandoc', '-T', 'lint', '-W', 'warning', str(TOP / 'man' / page))
    assert run.returncode == 0 and run.stdout == '', run.stdout
    assert out('mandoc', '-T', 'utf8', str(TOP / 'man' / page)).returncode == 0


def rows(path):
    """A table's rows as text, comments away."""
    text = re.sub(r'/\*.*?\*/', '', (TOP / path).read_text(), flags=re.S)
    return re.findall(r'^\t\{\s*"([^"]+)"\s*,(.*)', text, re.M)


def directives():
    """Names that the table has and that mean something, as -t sees them."""
    names = []
    for name, rest in rows('config/directive.c'):
        if not re.search(r'V_LATER|V_REPLACED|\bLATER\b|\bREPLACED\b', rest):
            names.append(name)
    return names


def test_faq_2_4_every_directive_is_in_the_manual():
    manual = (TOP / 'man/in.ftpd.conf.5').read_text()
    names = directives()
    assert len(names) > 60, 'the table was not found'
    missing = [n for n in names if not re.search(rf'^\.(It|Ss|Sh).*\b{re.escape(n.strip("<>"))}\b',
                                                 manual, re.M)]
    assert not missing, missing
    # and nothing is described that is not there, or not yet
    table = re.findall(r'^\t(?:\{ *|(?!LATER)[A-Z_]+\()"([^"]+)"',
                       (TOP / 'config/directive.c').read_text(), re.M)
    described = re.findall(r'^\.It Ic (?:No )?"?(<?[A-Z]\w+[>*]?)', manual, re.M)
    assert len(described) > 200
    assert not [n for n in described if n.lower() not in {t.lower() for t in table}]


def test_every_verb_is_in_the_manual(ftpd):
    manual = (TOP / 'man/in.ftpd.8').read_text()
    reply = ftpd().login().cmd('HELP')
    verbs = re.findall(r'\b[A-Z]{3,4}\b', '\n'.join(reply.lines[1:-1]))
    assert len(verbs) > 30
    assert not [v for v in verbs if not re.search(rf'\b{v}\b', manual)]


def samples():
    return sorted(p for p in (TOP / 'etc').rglob('*.conf*') if not p.name.startswith('inetd'))


def test_faq_4_28b_samples_pass(binary):
    assert samples()
    for sample in samples():
        if 'logrotate' in str(sample) or 'fail2ban' in str(sample):
            continue
        run = out('in.ftpd', '-t', '-c', str(sample), executable=binary, stdin=subprocess.DEVNULL)
        assert run.returncode == 0, f'{sample}: {run.stdout}{run.stderr}'
        for group in re.findall(r'(?mi)^\s*(?:User|Group)\s+(\S+)', sample.read_text()):
            assert group in ('nobody', 'nogroup', 'ftp', 'root'), group


def test_faq_A10_the_anonymous_sample(ftpd, place):
    sample = (TOP / 'etc/anonymous.conf').read_text()
    root = re.search(r'(?m)^\s*<Anonymous (\S+)>', sample).group(1).strip('"')
    text = sample.replace(root, str(place.anon))
    incoming = re.search(r'(?m)^\s*<Directory (\S*(?:incoming|upload)\S*?)/?>', text)
    assert incoming, 'the sample has no drop box'
    box = place.anon / incoming.group(1).strip('"').replace(str(place.anon) + '/', '')
    box.mkdir(parents=True, exist_ok=True)
    user = re.search(r'(?m)^\s*User\s+(\S+)', text[text.index('<Anonymous'):]).group(1)
    etc = {'passwd': f'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n'
                     f'ftp:x:61005:61104::{place.anon}:/usr/sbin/nologin\n',
           'group': 'root:x:0:\nnogroup:x:65534:\nftp:x:61104:\n',
           'shadow': ('root:*:1::::::\nftp:*:1::::::\nnobody:*:1::::::\n', 0o600)}
    for path in (box,):
        os.chown(path, *((61005, 61104) if user == 'ftp' else (65534, 65534)))
    s = ftpd(text + '\nSystemLog {log}\n', base=False, etc=etc)
    code, said = s.check()
    assert code == 0, said
    c = s.connect()
    assert c.login('anonymous', 'a@b') == 230
    c.cmd('TYPE I')
    assert c.get('pub/file') == b'the public file\n'
    assert c.store('STOR pub/new', b'x') == 550
    where = '/' + str(box.relative_to(place.anon))
    assert c.store(f'STOR {where}/upload', b'content') == 226
    assert (box / 'upload').read_bytes() == b'content'
    assert c.fetch(f'RETR {where}/upload')[0] == 550
    assert c.cmd(f'DELE {where}/upload') == 550
    assert c.store(f'STOR {where}/upload', b'again') == 550


def test_etc_is_whole():
    for name in ('xinetd.d/in.ftpd', 'systemd/in.ftpd.socket', 'systemd/in.ftpd@.service',
                 'pam.d/ftp',
                 'anonymous.conf'):
        assert (TOP / 'etc' / name).is_file(), name
    assert 'pam_' in (TOP / 'etc/pam.d/ftp').read_text()
    assert not re.search(r'/lib/.*pam_', (TOP / 'etc/pam.d/ftp').read_text())


def rendered(page):
    """A page as `man` shows it."""
    if not shutil.which('mandoc') and not shutil.which('man'):
        pytest.skip('neither man nor mandoc can be had here')
    run = out(*(['mandoc', '-T', 'utf8'] if shutil.which('mandoc') else ['man', '-l']), str(page),
              env=dict(os.environ, MANPAGER='cat', MANWIDTH='80'))
    assert run.returncode == 0 and run.stderr == '', run.stderr
    return re.sub('.\b', '', run.stdout)


@release_only
def test_faq_1_2_install(place):
    if not re.search(r'^install:', (TOP / 'Makefile').read_text(), re.M):
        pytest.fail('the Makefile has no install')
    copy = place.dir / 'source'
    shutil.copytree(TOP, copy, ignore=shutil.ignore_patterns('.git', 'build-san'), symlinks=True)
    run = out('make', '-C', str(copy), 'install', f'DESTDIR={place.dir}/root', 'prefix=/usr')
    assert run.returncode == 0, run.stderr
    root = place.dir / 'root'
    assert (root / 'usr/sbin/in.ftpd').stat().st_mode & 0o7777 == 0o755
    for page in ('man8/in.ftpd.8', 'man5/in.ftpd.conf.5', 'man5/xferlog.5', 'man5/ftpusers.5',
                 'man5/shutmsg.5', 'man8/ftpshut.8', 'man8/ftpwho.8', 'man8/ftpcount.8'):
        path = root / 'usr/share/man' / page
        assert path.stat().st_mode & 0o7777 == 0o644
        rendered(path)
    assert (root / 'usr/share/doc/in.ftpd/README.md').exists()
    empty = root / 'var/lib/in.ftpd/empty'
    assert empty.stat().st_mode & 0o7777 == 0o555 and empty.stat().st_uid == 0


@release_only
@pytest.mark.parametrize('switch', ['PAM=no', 'WRAP=no', 'SENDFILE=no', 'TLS=no'])
def test_faq_2_1_builds_without_a_part(place, switch):
    copy = place.dir / 'source'
    shutil.copytree(TOP, copy, ignore=shutil.ignore_patterns('.git', 'build*', 'in.ftpd'),
                    symlinks=True)
    run = out('make', '-C', str(copy), switch, 'CFLAGS=-O0 -Werror')
    assert run.returncode == 0, run.stderr
    said = out(str(copy / 'in.ftpd'), '-V', stdin=subprocess.DEVNULL).stdout
    assert said != out(str(BUILT), '-V', stdin=subprocess.DEVNULL).stdout
    if switch == 'SENDFILE=no':     # the call that other systems have otherwise, or not at all
        assert not re.search(r'\bsendfile', out('nm', '-D', str(copy / 'in.ftpd')).stdout)
        place.file('f', b'content' * 100000)
        server = Server(place, copy / 'in.ftpd')
        c = server.login()
        c.cmd('TYPE I')
        assert c.get('f') == b'content' * 100000 and c.get('f', rest=7, mode='port')
        server.stop()
    if switch == 'PAM=no':
        assert 'mod_auth_pam.c' not in out(str(copy / 'in.ftpd'), '-l',
                                           stdin=subprocess.DEVNULL).stdout
    if switch == 'WRAP=no':     # nothing is parsed and forgotten
        names = [n for n in directives() if re.match(r'TCP(?!BackLog|NoDelay)|Wrap', n)]
        assert len(names) > 12
        for name in names:
            path = place.write('wrap.conf',
                               f'{name} x /a /b\n' if 'Files' in name else f'{name} on\n')
            run = out(str(copy / 'in.ftpd'), '-t', '-c', str(path), stdin=subprocess.DEVNULL)
            assert run.returncode == 1 and f'{name}: this program was built without' in run.stderr \
                and 'WRAP=no' in run.stderr, run.stderr
    if switch == 'TLS=no':
        assert ' TLS=no' in said
        names = [n for n, rest in rows('config/directive.c') if n.startswith('TLS')]
        assert len(names) > 20
        for name in names:
            path = place.write('tls.conf', f'{name} off\n')
            run = out(str(copy / 'in.ftpd'), '-t', '-c', str(path), stdin=subprocess.DEVNULL)
            assert (run.returncode == 1
                    and f'{name}: this program was built without TLS' in run.stderr
                    and 'TLS=no' in run.stderr), run.stderr
        # what is in effect can be read back, and what asks whether there is TLS is obeyed
        path.write_text('<IfModule mod_tls.c>\nTLSEngine on\n</IfModule>\n')
        run = out(str(copy / 'in.ftpd'), '-T', '-c', str(path), stdin=subprocess.DEVNULL)
        assert run.returncode == 0 and 'TLS' not in run.stdout, run.stdout + run.stderr
        # nothing of OpenSSL is left, and nothing of it is needed to build
        assert b'libssl' not in (copy / 'in.ftpd').read_bytes()


@release_only
def test_no_warning_with_clang(place):
    if not shutil.which('clang'):
        pytest.skip('clang is not installed')
    copy = place.dir / 'source'
    shutil.copytree(TOP, copy, ignore=shutil.ignore_patterns('.git', 'build*', 'in.ftpd'),
                    symlinks=True)
    run = out('make', '-C', str(copy), 'CC=clang', 'CFLAGS=-O0 -Werror')
    assert run.returncode == 0, run.stderr


@release_only
def test_include_rule_of_the_folders():
    may = {'config': {'config'}, 'vfs': {'vfs', 'config'}, 'auth': {'auth', 'config'},
           'tls': {'tls', 'config'}, 'session': {'session', 'config', 'vfs'}}
    besides = {('session', 'auth/msg.h'), ('tls', 'auth/msg.h'),
               ('tls', 'auth/tlsfiles.h')}      # -t: a server's settings as a connection has them
    for folder, allowed in may.items():
        for path in (TOP / folder).glob('*.[ch]'):
            for name in re.findall(r'#include "([^"]+)"', path.read_text()):
                assert name.split('/')[0] in allowed or (folder, name) in besides, f'{path}: {name}'
