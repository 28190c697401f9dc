"""Fetching ProFTPD, starting players, and comparing two transcripts."""
import contextlib
import fnmatch
import importlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import table

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
BUILT = pathlib.Path(os.environ.get('BINARY') or
                     TOP / ('build-san/in.ftpd' if os.environ.get('SAN') else 'in.ftpd'))

PACKAGE = 'proftpd-core'
MODULES = 'proftpd-mod-crypto'     # mod_tls: without it the cases of TLS are skipped
VERSION = '1.3.8'
# Its libraries that a machine without it lacks, and their packages.
LIBRARIES = {'libhiredis.so': 'libhiredis0.14', 'libmemcached.so': 'libmemcached11',
             'libmemcachedutil.so': 'libmemcachedutil2', 'libhashkit.so': 'libhashkit2',
             'libpcre2-posix.so': 'libpcre2-posix3', 'libsodium.so': 'libsodium23',
             'libsasl2.so': 'libsasl2-2', 'libidn2.so': 'libidn2-0', 'libnsl.so': 'libnsl2',
             'libwrap.so': 'libwrap0', 'libacl.so': 'libacl1', 'libattr.so': 'libattr1',
             'libpam.so': 'libpam0g', 'libcap.so': 'libcap2'}


class Missing(Exception):
    """There is no peer here: why."""


def run(*argv, **how):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how)


def unpack(packages, into):
    """Debian's packages, downloaded and unpacked, never installed."""
    with tempfile.TemporaryDirectory(prefix='in.ftpd-peer-') as download:
        os.chmod(download, 0o777)
        try:
            said = run('apt-get', '-qq', 'download', *packages, cwd=download, timeout=120)
        except FileNotFoundError:
            raise Missing('no apt-get here: the peer is a package of Debian') from None
        except subprocess.TimeoutExpired:
            raise Missing(f'{", ".join(packages)} cannot be had: no answer in 120 s') from None
        files = sorted(pathlib.Path(download).glob('*.deb'))
        if len(files) < len(packages):
            raise Missing(f'{", ".join(packages)} cannot be had: {said.stdout.strip()[-200:]}')
        for file in files:
            if run('dpkg', '-x', str(file), str(into)).returncode != 0:
                raise Missing(f'dpkg cannot unpack {file.name}')


def environment(directory):
    paths = {str(path.parent) for path in directory.rglob('lib*.so.*')}
    return {**os.environ, 'LD_LIBRARY_PATH': ':'.join(sorted(paths))}


def provide(package, directory):
    unpacked = os.environ.get('UNPACKED')
    if unpacked and (pathlib.Path(unpacked) / package).is_dir():
        shutil.copytree(pathlib.Path(unpacked) / package, directory, symlinks=True,
                        dirs_exist_ok=True)
    else:
        unpack([package], directory)


def lacks(case, directory):
    """Why this peer cannot play the case; or None."""
    if 'mod_tls.c' not in case['conf']:
        return None
    if not shutil.which('openssl'):
        return 'no openssl to make certificates with'
    if 'TLS=no' in run(str(BUILT), '-V', stdin=subprocess.DEVNULL).stdout:
        return 'in.ftpd is built without TLS'
    module = pathlib.Path(directory) / 'usr/lib/proftpd/mod_tls.so'
    if not module.exists():
        return f'{MODULES} cannot be had: the peer has no TLS'
    if 'not found' in run('ldd', str(module)).stdout:
        return 'the peer has a mod_tls, and its libraries cannot be had'
    return None


def fetch(directory):
    """ProFTPD in `directory`, ready to run; Missing says why not."""
    if os.getuid() != 0:
        raise Missing('root is needed: both servers give processes other uids')
    provide(PACKAGE, directory)
    with contextlib.suppress(Missing):
        provide(MODULES, directory)
    program = str(directory / 'usr/sbin/proftpd')
    for _ in range(3):              # a library may want another
        said = run('ldd', program, env=environment(directory)).stdout
        need = set(re.findall(r'^\s*(lib\S+?\.so)\S* => not found', said, re.M))
        if not need:
            break
        unknown = need - set(LIBRARIES)
        if unknown:
            raise Missing(f'ProFTPD wants {", ".join(sorted(unknown))}')
        unpack(sorted(LIBRARIES[name] for name in need), directory)
    for name in ('usr/share', 'etc', 'var', 'lib/systemd'):
        shutil.rmtree(directory / name, ignore_errors=True)
    said = run(program, '-v', env=environment(directory)).stdout
    if VERSION not in said:
        raise Missing(f'ProFTPD {VERSION} is wanted, here is: {said.strip()[-200:]}')


class Player:
    """A process that plays cases, see player.py."""

    def __init__(self, peer, binary=BUILT):
        self.process = subprocess.Popen(
            [sys.executable, '-B', str(HERE / 'player.py'), str(peer), str(binary)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not self.process.stdout.readline():
            raise Missing(self.process.stderr.read().strip().splitlines()[-1])

    def play(self, case):
        self.process.stdin.write(json.dumps(case) + '\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f'the player ended: {self.process.stderr.read()}'
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def cases():
    """The whole table: name → case."""
    if not table.CASES:
        for path in sorted(HERE.glob('cases_*.py')):
            importlib.import_module(path.stem)
    return table.CASES


# -- comparison --------------------------------------------------------------------

def differences(theirs, ours):
    """What differs, as [(step, theirs, ours)]: only lines that the other one lacks."""
    def index(notes):
        found, seen = {}, {}
        for label, lines in notes:
            seen[label] = seen.get(label, 0) + 1
            found[label if seen[label] == 1 else f'{label} #{seen[label]}'] = lines
        return found
    left, right = index(theirs), index(ours)
    result = []
    for label in list(left) + [label for label in right if label not in left]:
        a, b = left.get(label), right.get(label)
        if a == b:
            continue
        if a is None or b is None:
            only = ['-'], b if a is None else a
            only = only if a is None else only[::-1]
        else:
            only = [x for x in a if x not in b], [x for x in b if x not in a]
            if only == ([], []):        # the order alone
                only = a, b
        result.append((label, *(' | '.join(side) or '-' for side in only)))
    return result


def unready(case, played):
    """What in.ftpd says it does not have yet, of this case's directives; or None."""
    said = re.search(r'\S+: .*(is|are) not implemented yet.*', played['ours log'])
    if not said and '.ftpaccess' in str(case):
        said = re.search('.ftpaccess files are not read', played['ours log'])
    return said and said[0]


class Entry:
    """A line of the file `differences`: its patterns, and the reason below it."""

    def __init__(self, line, number):
        self.number, self.text, self.reason = number, line, ''
        m = re.fullmatch(r'(\S+)/(.+?): (.*) → (.*)', line)
        assert m, f'differences:{number}: not "case/step: theirs → ours": {line}'
        self.case, self.step, self.theirs, self.ours = m.groups()

    def names(self, case):
        return any(fnmatch.fnmatchcase(case, pattern) for pattern in self.case.split(','))

    def holds(self, step, theirs, ours):
        return all(value == pattern or fnmatch.fnmatchcase(value, pattern) for value, pattern in
                   ((step, self.step), (theirs, self.theirs), (ours, self.ours)))


def listed():
    """The file `differences`: entries at the margin, the reason of all above it indented."""
    entries, fresh = [], []
    for number, line in enumerate((HERE / 'differences').read_text().splitlines(), 1):
        if not line.strip() or line.startswith('#'):
            continue
        if line[0].isspace():
            for entry in fresh:
                entry.reason += line.strip() + ' '
            continue
        if fresh and fresh[-1].reason:
            fresh = []
        fresh.append(Entry(line, number))
        entries.append(fresh[-1])
    return entries
