"""The accounts and files of every case, and what is done to them."""
import contextlib
import os
import pathlib
import shutil
import socket
import struct
import time

# crypt(3) of "pw", made cheap on purpose.
HASH = '$5$rounds=1000$inftpdtest$bhlbETACdtZiBpqiHDtxsMwIaYauqZNymlW7tUgLAd7'

GROUPS = {'root': (0, ''), 'users': (61100, 'alice,bob,carol'), 'anonftp': (61101, 'bob'),
          'staff': (61102, 'carol'), 'usergroup': (61103, ''), 'ftp': (61104, ''),
          'private': (61105, '')}
USERS = {'alice': (61001, 61100), 'bob': (61002, 61100), 'carol': (61003, 61100),
         'username': (61004, 61103), 'ftp': (61005, 61104), 'private': (61006, 61105)}
OTHER_ACCOUNTS = [('root', 0, 0, '/root', '/bin/sh'),
                  ('noshell', 61007, 61100, '/srv/home/alice', '/bin/none'),
                  ('homeless', 61008, 61100, '/srv/home/homeless', '/bin/sh')]

# What stands in every case's tree: path → content, None for a directory, or (content, mode),
# (content, mode, owner), ('->', target). Owned by the user whose home it is in, else by root.
TREE = {
    'home': None, 'home/alice': None, 'home/bob': None, 'home/carol': None,
    'home/username': None, 'home/ftp': None, 'home/private': None,
    'home/alice/f': 'hello', 'home/alice/g': 'a longer text\n', 'home/alice/.dot': 'dot',
    'home/alice/sub': None, 'home/alice/sub/f': 'sub f', 'home/alice/sub/deep': None,
    'home/alice/sub/deep/f': 'deep f', 'home/bob/f': 'bob f', 'home/bob/sub': None,
    'home/bob/sub/f': 'bob sub f',
    'home/carol/f': 'carol f', 'home/private/f': 'private f', 'home/private/sub': None,
    'anon': None, 'anon/welcome': 'welcome\n', 'anon/pub': None, 'anon/pub/file': 'public\n',
    'anon/pub/incoming': (None, 0o755, 'username'),
    'anon/pub/incoming/old': ('old', 0o644, 'username'), 'anon/Private': None,
}
STAMP = 1580702706                                  # 2020-02-03 04:05:06 UTC

FILES = pathlib.Path('/srv')                        # what sessions see
PLACE = pathlib.Path('/mnt')                        # configuration, logs, programs

NAMES = {0: 'root', **{uid: name for name, (uid, _) in USERS.items()}}
GROUP_NAMES = {gid: name for name, (gid, _) in GROUPS.items()}


OWN = {}                                            # what the machine has of files of /etc


def etc(files):
    """Write files of /etc; what a case does not name is as below, or the machine's own."""
    files = {**OWN, 'shells': '/bin/sh\n', 'ftpusers': None,
             'hosts': f'127.0.0.1 localhost {socket.gethostname()}\n',
             'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n',
             'localtime': None, 'shutmsg': None, **files}
    for name, content in files.items():
        path = pathlib.Path('/etc') / name
        if name not in OWN:
            OWN[name] = path.read_bytes() if path.exists() else None
        path.parent.mkdir(exist_ok=True)
        if path.is_symlink() or path.exists():
            path.unlink()
        if content is not None:
            if isinstance(content, str):
                content = zone(content[3:]) if content.startswith('tz:') else content.encode()
            path.write_bytes(content)


def zone(rule):
    """A file of tzfile(5) that holds nothing but a rule as TZ has it."""
    block = b'TZif2' + bytes(15) + struct.pack('>6I', 0, 0, 0, 0, 1, 4) + bytes(6) + b'UTC\0'
    return block + block + b'\n' + rule.encode() + b'\n'


def owner_of(path, name=None):
    if name is None:
        parts = path.split('/')
        name = parts[1] if parts[0] == 'home' and len(parts) > 1 else 'root'
    user, _, group = name.partition(':')
    uid, gid = USERS.get(user, (0, 0))
    return uid, GROUPS[group][0] if group else gid


def build(tree):
    """The case's files, from nothing."""
    for entry in os.listdir(FILES):
        path = FILES / entry
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    everything = {**TREE, **tree}
    for name, what in everything.items():
        if what == 'absent':
            continue
        content, *more = what if isinstance(what, (tuple, list)) else (what,)
        path = FILES / name
        owner = owner_of(name, more[1] if content != '->' and len(more) > 1 else None)
        if content == '->':
            path.symlink_to(more[0])
            os.chown(path, *owner, follow_symlinks=False)
            continue
        if content is None:
            path.mkdir(exist_ok=True)
        else:
            path.write_text(content)
        os.chown(path, *owner)
        path.chmod(more[0] if more else 0o755 if content is None else 0o644)
    for directory, directories, files in os.walk(FILES):
        for name in directories + files:
            os.utime(os.path.join(directory, name), (STAMP, STAMP), follow_symlinks=False)


def snapshot():
    """Every file: what it is, its mode, owners and bytes."""
    found = []
    for directory, directories, files in os.walk(FILES):
        directories.sort()
        for name in sorted(directories + files):
            path = os.path.join(directory, name)
            s = os.lstat(path)
            what = f'{s.st_mode:o} {NAMES.get(s.st_uid, s.st_uid)}:' \
                   f'{GROUP_NAMES.get(s.st_gid, s.st_gid)}'
            if os.path.islink(path):
                what += ' -> ' + os.readlink(path)
            elif os.path.isfile(path):
                data = pathlib.Path(path).read_bytes()
                what += f' {data!r}' if len(data) <= 60 else f' {len(data)} bytes {data[:20]!r}'
            found.append(['tree ' + os.path.relpath(path, FILES), [what]])
    return found


def sizes():
    """Path → size of every file; one may go meanwhile."""
    found = {}
    for directory, _, files in os.walk(FILES):
        for name in files:
            path = os.path.join(directory, name)
            with contextlib.suppress(FileNotFoundError):
                found[path] = os.lstat(path).st_size
    return found


def await_bytes(before, content):
    """Wait until the server has written what was sent, to any file."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if any(size - before.get(path, 0) == len(content) or
               size != before.get(path, 0) and size == len(content)
               for path, size in sizes().items()):
            return
        time.sleep(0.002)


def exec_step(text):
    """What the test does to the files in the middle of a session."""
    verb, path, *more = text.split(' ', 2)
    path = FILES / path
    if verb == 'write':
        path.write_text(more[0].replace('\\n', '\n'))
        os.chown(path, *owner_of(str(path.relative_to(FILES))))
    elif verb == 'remove':
        path.unlink()
    elif verb == 'chmod':
        path.chmod(int(more[0], 8))
    elif verb == 'mkdir':
        path.mkdir()
        os.chown(path, *owner_of(str(path.relative_to(FILES))))
    else:
        raise ValueError(text)
