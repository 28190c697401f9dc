"""ftpasswd: accounts and groups for FTP alone, and what becomes of the file around them."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from conftest import release_only
from ftpasswd import METHODS, server, tool  # noqa: F401 (a fixture)
from harness import BUILT, until


# -- what it writes is what the server reads --

def test_the_server_lets_in_whom_it_wrote(ftpd, tool, place):
    tool.add('dora', 'a first one', uid=61001, gid=61100, home=place.home_dir / 'alice',
             gecos='Dora D.', shell='/bin/bash')
    tool.ok('--group --name friends --gid 61200 --member dora,alice')
    s = server(ftpd, '<Limit PWD>\nAllowGroup friends\nDenyAll\n</Limit>')
    c = s.login('dora', 'a first one')
    assert c.cmd('PWD') == 257
    c.cmd('TYPE I')
    assert c.store('STOR mine', b'x') == 226
    assert (place.home_dir / 'alice/mine').stat().st_uid == 61001
    assert re.fullmatch(r'dora:\$y\$[^:]+:61001:61100:Dora D\.:%s/alice:/bin/bash\n'
                        % place.home_dir, tool.file.read_text())
    assert tool.group.read_text() == 'friends:x:61200:dora,alice\n'

    tool.ok('--change-password --name dora --stdin', 'another')
    assert s.connect().login('dora', 'a first one') == 530
    s.login('dora', 'another')
    tool.ok('--lock --name dora')
    assert s.connect().login('dora', 'another') == 530
    tool.ok('--lock --name dora')
    tool.ok('--unlock --name dora')
    s.login('dora', 'another')
    tool.ok('--group --change --name friends --delete-member dora')
    assert s.login('dora', 'another').cmd('PWD') == 550
    tool.ok(f'--passwd --change --name dora --home {place.home_dir}/bob --uid 61002 --gid 61200')
    c = s.login('dora', 'another')
    assert c.cmd('PWD') == 257
    tool.ok('--delete-group --name friends')
    tool.ok('--delete-user --name dora')
    assert s.connect().login('dora', 'another') == 530
    assert tool.file.read_bytes() == tool.group.read_bytes() == b''


@pytest.mark.parametrize('method', METHODS)
def test_every_method_is_one_of_the_servers(ftpd, tool, place, method):
    word = 'Wörter, die lang sind; und "$& mehr'
    tool.ok(f'--passwd --name dora --uid 61001 --home {place.home_dir}/alice --stdin '
            f'--method {method}', word)
    assert tool.file.read_text().startswith('dora:' + METHODS[method])
    s = server(ftpd)
    s.login('dora', word)
    assert s.connect().login('dora', word + 'x') == 530


def test_every_method_is_listed(tool):
    code, out, err = tool('--help', file=False)
    assert (code, err) == (0, '') and out.rstrip().endswith('Methods: ' + ' '.join(METHODS))


def test_a_hash_for_userpassword(ftpd, tool):
    made = tool.ok('--hash --stdin', 'of the server')
    assert re.fullmatch(r'\$y\$\S+\n', made) and made != tool.ok('--hash --stdin', 'of the server')
    s = ftpd(f'UserPassword alice {made}')
    s.login('alice', 'of the server')


def test_no_password_is_none(ftpd, tool, place):
    tool.ok(f'--passwd --name dora --uid 61001 --home {place.home_dir}/alice --no-password')
    assert tool.file.read_text() == f'dora:*:61001:61001::{place.home_dir}/alice:/bin/sh\n'
    s = server(ftpd)
    for word in ('', '*', 'x'):
        assert s.connect().login('dora', word) in (501, 530)
    code, _, err = tool('--unlock --name dora')
    assert code == 1 and 'passwd:1: there is no password to unlock: --change-password' in err
    # a lock stays when there is a new password, and the one who sets it is told
    tool.ok('--lock --name dora')
    assert tool('--unlock --name dora')[0] == 1
    code, _, err = tool('--change-password --name dora --stdin', 'pw')
    assert code == 0 and 'stays so: --unlock opens it' in err
    assert s.connect().login('dora') == 530
    tool.ok('--unlock --name dora')
    s.login('dora')


def test_root_needs_a_word_of_its_own(tool):
    code, _, err = tool('--passwd --name toor --uid 0 --home /root --no-password')
    assert code == 1 and '--uid: 0 is root: say --allow-uid-0' in err and not tool.file.exists()
    tool.ok('--passwd --name toor --uid 0 --home /root --no-password --allow-uid-0')
    tool.add('x')
    assert tool('--passwd --change --name x --uid 00')[0] == 1


# -- the file around the entry --

OLD = (b'# accounts\n\n'
       b'alice:*:61001:61100:A:/home/alice:/bin/sh\n'
       b'\t# no comment\n'
       b'bob:$5$x$y:61002:61100::/home/bob:/bin/sh\r\n'
       b'# in between\n'
       b'broken:*:many:1::/:/bin/sh\n'
       b'hidden\0:*:1:1::/:/bin/sh\n'
       b'carol:*:61003:61100:\xfc:/home/carol:')
NOTES = [f'passwd:{n}: not a line of passwd(5), name:hash:uid:gid:gecos:home:shell: '
         'it is left as it is' for n in (4, 7, 8)]


@pytest.mark.parametrize('words, old, new', [
    ('--passwd --name dora --uid 5 --home /h --no-password', b'/home/carol:',
     b'/home/carol:\ndora:*:5:5::/h:/bin/sh\n'),
    ('--passwd --change --name bob --gecos=B', b'61100::/home/bob', b'61100:B:/home/bob'),
    ('--lock --name bob', b'$5$x', b'!$5$x'),
    ('--passwd --change --name carol --home=/c', b'\xfc:/home/carol:', b'\xfc:/c:'),
    ('--delete-user --name alice', b'alice:*:61001:61100:A:/home/alice:/bin/sh\n', b''),
    ('--delete-user --name bob', b'bob:$5$x$y:61002:61100::/home/bob:/bin/sh\r\n', b''),
    ('--change-password --name alice --no-password', b'', b'')])
def test_all_else_stays_byte_by_byte(tool, words, old, new):
    tool.file.write_bytes(OLD)
    tool.file.chmod(0o600)
    code, out, err = tool(words)
    assert code == 0 and out == ''
    assert [l.rpartition('/')[2] for l in err.splitlines()] == NOTES
    assert tool.file.read_bytes() == OLD.replace(old, new) and tool.left() == []


@pytest.mark.parametrize('words, line', [
    ('--passwd --name alice --uid 5 --home /h --no-password', '3: the name is taken: --change'),
    ('--passwd --name broken --uid 5 --home /h --no-password',
     '7: the line of this name is broken'),
    ('--passwd --change --name broken --uid 5', '7: the line of this name is broken'),
    ('--delete-user --name broken', '7: the line of this name is broken: mend or remove it'),
    ('--lock --name dora', ' there is no account dora'),
    ('--lock --name ali', ' there is no account ali'),
    ('--lock --name #', '--name: what begins with #')])
def test_entries_that_cannot_be_made(tool, words, line):
    tool.file.write_bytes(OLD)
    before = tool.file.stat()
    code, out, err = tool(words)
    assert code == 1 and line in err.splitlines()[-1], err
    after = tool.file.stat()
    assert tool.file.read_bytes() == OLD and tool.left() == []
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_name_that_stands_twice(tool):
    line = b'a:h%d:1:1::/:/bin/sh\n'
    both = line % 1 + b'# \n' + line % 2
    tool.file.write_bytes(both)
    tool.file.chmod(0o600)
    for words in ('--unlock --name a', '--passwd --change --name a --uid 7',
                  '--change-password --name a --no-password'):
        code, _, err = tool(words)
        assert code == 1 and 'passwd:3: the name stands here a second time' in err
    assert tool.file.read_bytes() == both
    tool.ok('--lock --name a')
    assert tool.file.read_bytes() == both.replace(b'h', b'!h').replace(b'/bin/s!h', b'/bin/sh')
    tool.ok('--delete-user --name a')
    assert tool.file.read_bytes() == b'# \n'


def test_members(tool):
    tool.ok('--group --name g --gid 7')
    assert tool.group.read_text() == 'g:x:7:\n'
    tool.ok('--group --change --name g --member a,b,a --member=c')
    tool.ok('--group --change --name g --member b,d --delete-member a,c --gid 8')
    assert tool.group.read_text() == 'g:x:8:b,d\n'
    code, _, err = tool('--group --change --name g --delete-member e')
    assert code == 1 and 'group:1: e is no member of g' in err
    tool.ok('--group --change --name g --delete-member b,d')
    assert tool.group.read_text() == 'g:x:8:\n'
    for bad in ('a,,b', ',', '', 'a:b', 'a,b\n', 'a' * 256, 'x,' + 'a' * 4000):
        assert tool(['--group', '--change', '--name', 'g', '--member', bad])[0] == 1, bad
    assert tool.group.read_text() == 'g:x:8:\n'
    many = [f'member{n}' for n in range(5000)]
    tool.ok(['--group', '--change', '--name', 'g', '--member', ','.join(many)])
    assert tool.group.read_text() == f'g:x:8:{",".join(many)}\n'
    code, _, err = tool(['--group', '--change', '--name', 'g'] +
                        ['--member', 'x' * 200] * 500)
    assert code == 1 and 'too many for one time' in err


# -- values that no line can hold --

@pytest.mark.parametrize('words', [
    ['--name', ''], ['--name', 'a:b'], ['--name', 'a\nb'], ['--name', 'a,b'], ['--name', '#a'],
    ['--name', 'a\x7f'], ['--name', 'a' * 256], ['--uid', '-1'], ['--uid', '4294967295'],
    ['--uid', '1x'], ['--uid', ''], ['--uid', '+1'], ['--uid', '99999999999999999999'],
    ['--uid', '0x10'], ['--gid', '4294967295'], ['--gid', 'users'], ['--home', 'relative'],
    ['--home', '/a:b'], ['--home', '/a\tb'], ['--home', '/' + 'a' * 4096], ['--home', ''],
    ['--shell', 'sh'], ['--shell', '/bin/sh\r'], ['--gecos', 'a:b'], ['--gecos', '\x1b[0m'],
    ['--gecos', 'a' * 1024], ['--file', '/tmp/x'], ['--file', ''], ['--file', '.'],
    ['--file', 'a/..'], ['--file', 'passwd/'], ['--file', 'nowhere/passwd'], ['--file', 'a' * 250],
    ['--file', '/' + 'a/' * 3000]])
def test_values_that_are_refused(tool, words):
    given = {'--name': 'dora', '--uid': '5', '--home': '/h', '--file': str(tool.file),
             words[0]: words[1]}
    argv = ['--passwd', '--no-password', *(x for pair in given.items() for x in pair)]
    code, out, err = tool(argv, file=False)
    assert code == 1 and out == '' and err.startswith('ftpasswd: ') and err.count('\n') == 1, err
    assert len(err) > 30
    assert list(tool.dir.iterdir()) == []


@pytest.mark.parametrize('words', [
    '', 'dora', '--' + 'x' * 3000, '--passwd hunter2', '--password hunter2', '--password=hunter2',
    '--nonsense', '-n x', '--name', '--passwd=x', '--passwd', '--passwd --name a',
    '--passwd --name a --uid 1', '--group --name a', '--name a --gid 1',
    '--passwd --group --name a', '--group --name a --gid 1 --uid 1',
    '--passwd --name a --uid 1 --home / --member b', '--lock --unlock --name a',
    '--lock --name a --name b', '--lock --name a --uid 1',
    '--lock --name a --stdin', '--group --name a --gid 1 --stdin',
    '--group --name a --gid 1 --no-password', '--group --name a --gid 1 --delete-member b',
    '--group --lock --name a', '--passwd --change --name a',
    '--passwd --change --name a --uid 1 --stdin', '--hash --name a',
    '--hash --file x', '--change-password --name a --stdin --no-password', '--help --hash'])
def test_command_lines_that_are_wrong(tool, words):
    code, out, err = tool(words.split(), file=False)
    assert code == 2 and out == '' and err.startswith('ftpasswd: ') and '--help' in err
    assert 'hunter2' not in err and len(err) > 30     # it may have been meant as a password
    assert list(tool.dir.iterdir()) == []


def test_help_and_version(tool):
    code, out, err = tool('--help', file=False)
    assert (code, err) == (0, '') and max(map(len, out.splitlines())) < 100
    manual = (pathlib.Path(__file__).parents[2] / 'man/ftpasswd.8').read_text()
    for word in re.findall(r'(?m)^  --([\w-]+)', out):
        assert re.search(rf'^\.It.* Fl -{word}\b', manual, re.M), word
    assert re.fullmatch(r'ftpasswd [\d.]+\n', tool('--version', file=False)[1])


# -- files that are refused, and modes --

def spoil(how, tool):
    other = tool.dir / 'other'
    if how == 'link':
        tool.file.rename(other)
        tool.file.symlink_to('other')
    elif how == 'dangling':
        tool.file.unlink()
        tool.file.symlink_to('nowhere')
    elif how == 'second name':
        os.link(tool.file, other)
    elif how == 'directory':
        tool.file.unlink()
        tool.file.mkdir()
    elif how == 'fifo':
        tool.file.unlink()
        os.mkfifo(tool.file)
    elif how == 'writable':
        tool.file.chmod(0o602)
    elif how == 'writable directory':
        tool.dir.chmod(0o1777)
    elif how == 'large':
        os.truncate(tool.file, (16 << 20) + 1)
    elif how == 'in the way':
        (tool.dir / '.passwd.ftpasswd').mkdir()
    elif how == 'link in the way':
        (tool.dir / '.passwd.ftpasswd').symlink_to('other')


@pytest.mark.parametrize('how, said', [
    ('link', 'symbolic link'), ('dangling', 'symbolic link'), ('second name', 'hard link'),
    ('directory', 'no regular file'), ('fifo', 'no regular file'), ('writable', 'chmod o-rw'),
    ('writable directory', 'chmod o-w the directory'), ('large', 'too large'),
    ('in the way', '.passwd.ftpasswd'), ('link in the way', '.passwd.ftpasswd')])
def test_files_that_are_refused(tool, how, said):
    tool.add('alice')
    spoil(how, tool)
    before = {p.name: (p.lstat().st_ino, p.lstat().st_mode, p.lstat().st_size)
              for p in tool.dir.iterdir()}
    for words in ('--lock --name alice', '--delete-user --name alice',
                  '--passwd --name dora --uid 5 --home /h --no-password'):
        code, out, err = tool(words)
        assert code == 1 and said in err and err.count('\n') == 1, err
    assert before == {p.name: (p.lstat().st_ino, p.lstat().st_mode, p.lstat().st_size)
                      for p in tool.dir.iterdir()}


def test_a_file_that_is_not_there(tool):
    code, _, err = tool('--lock --name alice')
    assert code == 1 and 'there is no such file: --file' in err and tool.left() == []


def test_owner_and_mode_stay(tool):
    tool.ok('--passwd --name a --uid 5 --home /h --no-password', preexec_fn=lambda: os.umask(0))
    assert tool.file.stat().st_mode & 0o7777 == 0o600
    for mode in (0o640, 0o400, 0o660):
        os.chown(tool.file, 61001, 61100)
        tool.file.chmod(mode)
        tool.ok(f'--passwd --change --name a --uid {mode}')
        st = tool.file.stat()
        assert (st.st_uid, st.st_gid, st.st_mode & 0o7777) == (61001, 61100, mode)
    tool.file.chmod(0o644)
    code, _, err = tool('--lock --name a')
    assert code == 0 and 'readable by the world, and the server does not use it: chmod o-r' in err
    assert tool.file.stat().st_mode & 0o7777 == 0o644


def test_descriptors_that_are_closed(tool):
    for n in range(1, 8):
        how = ' '.join(f'{fd}>&-' for fd in range(3) if n >> fd & 1)
        code, _, err = tool('--passwd --name a --uid 5 --home /h --no-password',
                            wrapper=['sh', '-c', f'exec "$@" {how}', 'sh'])
        assert code == 0 and tool.file.read_bytes() == b'a:*:5:5::/h:/bin/sh\n'
        broken = b'broken\n'
        tool.file.write_bytes(broken)
        code, _, err = tool('--passwd --name a --uid 5 --home /h --no-password',
                            wrapper=['sh', '-c', f'exec "$@" {how}', 'sh'])
        assert code == 0 and tool.file.read_bytes() == broken + b'a:*:5:5::/h:/bin/sh\n'
        assert tool('--hash --stdin', wrapper=['sh', '-c', f'exec "$@" {how} 0>&-', 'sh'])[0] == 1
        tool.file.unlink()


def test_a_directory_gives_its_group_to_nothing(tool):
    """With a set-group-id bit, what is made in a directory is its group's: not the hashes."""
    tool.ok('--passwd --name a --uid 5 --home /h --no-password')
    tool.file.chmod(0o640)
    os.chown(tool.dir, 0, 61100)
    tool.dir.chmod(0o2755)
    tool.ok('--passwd --change --name a --uid 6')
    st = tool.file.stat()
    assert (st.st_uid, st.st_gid, st.st_mode & 0o7777) == (0, 0, 0o640)


def test_without_root(tool):
    os.chown(tool.dir, 61001, 61100)
    alice = dict(user=61001, group=61100, extra_groups=[])
    tool.ok('--passwd --name a --uid 5 --home /h --no-password', **alice)
    tool.ok('--lock --name a', **alice)
    assert tool.file.stat().st_uid == 61001
    # she may put a file in the place of root's, and yet it would not be the same one
    os.chown(tool.file, 0, 61100)
    tool.file.chmod(0o640)
    before = tool.file.read_bytes()
    code, _, err = tool('--delete-user --name a', **alice)
    assert code == 1 and 'keep its owner and group: run this as root' in err
    assert tool.file.read_bytes() == before and tool.left() == []
    os.chown(tool.dir, 0, 0)
    code, _, err = tool('--delete-user --name a', **alice)
    assert code == 1 and 'Permission denied: run this as root' in err


# -- whole or not at all --

@release_only
@pytest.mark.parametrize('fault', ['write:error=ENOSPC:when=1', 'fsync:error=EIO:when=1',
                                   'renameat,renameat2,rename:error=EIO', 'fchmod:error=EPERM',
                                   'flock:error=ENOLCK'])
def test_a_disk_that_fails(tool, fault):
    if not shutil.which('strace'):
        pytest.skip('strace cannot be had here')
    tool.add('alice')
    before = tool.file.read_bytes()
    wrapper = ['strace', '-qq', '-o', '/dev/null', '-e', f'inject={fault}']
    code, _, err = tool('--lock --name alice', wrapper=wrapper)
    assert code == 1 and re.search(r'passwd: (write|fsync|rename|mode|lock): \w', err), err
    assert tool.file.read_bytes() == before
    if fault.startswith('flock'):       # whose it is was not to be known
        assert tool.left() in ([], ['.passwd.ftpasswd'])
    else:
        assert tool.left() == []
    tool.ok('--lock --name alice')
    assert tool.left() == []


@release_only
@pytest.mark.parametrize('stop_at', ['fsync', 'rename'])
@pytest.mark.parametrize('there', [True, False])
def test_killed_in_front_of_the_rename(tool, stop_at, there):
    if there:
        tool.add('alice', 'pw')
    before = tool.file.read_bytes() if there else None
    p = tool.start('--passwd --name dora --uid 5 --home /h --no-password', stop_at)
    beside = tool.dir / '.passwd.ftpasswd'
    assert beside.read_bytes() == (before or b'') + b'dora:*:5:5::/h:/bin/sh\n'
    assert beside.stat().st_mode & 0o7777 == 0o600
    p.kill()
    p.communicate()
    assert (tool.file.read_bytes() if tool.file.exists() else None) == before
    assert tool.left() == ['.passwd.ftpasswd']
    tool.add('emil')
    assert tool.file.read_bytes() == (before or b'') + b'emil:*:61001:61001::/home/x:/bin/sh\n'
    assert tool.left() == [] and tool.file.stat().st_mode & 0o7777 == 0o600


@release_only
@pytest.mark.parametrize('there', [True, False])
@pytest.mark.parametrize('end', [signal.SIGCONT, signal.SIGKILL])
def test_two_at_once(tool, there, end):
    if there:
        tool.add('alice')
    first = tool.start('--passwd --name dora --uid 5 --home /h --no-password', 'rename')
    second = tool.start('--passwd --name emil --uid 6 --home /h --no-password')
    until(lambda: re.search(rf'-> FLOCK +\S+ +\S+ +{second.pid} ',
                            pathlib.Path('/proc/locks').read_text()))
    os.kill(first.pid, end)
    assert second.wait(30) == 0
    assert first.wait(30) == (0 if end == signal.SIGCONT else -signal.SIGKILL)
    names = re.findall(rb'(?m)^\w+', tool.file.read_bytes())
    assert names == [b'alice'] * there + [b'dora'] * (end == signal.SIGCONT) + [b'emil']
    assert tool.left() == []
    first.communicate(), second.communicate()


def test_many_at_once(tool):
    runs = [tool.start(f'--passwd --name user{n} --uid {n + 1} --home /h --no-password')
            for n in range(40)]
    runs += [tool.start('--group --name g --gid 1') for _ in range(4)]
    codes = [(p.communicate()[1], p.returncode) for p in runs]
    assert codes[:40] == [(b'', 0)] * 40
    assert sorted(re.findall(r'(?m)^user(\d+):', tool.file.read_text()), key=int) == \
        [str(n) for n in range(40)]
    assert sorted(c for _, c in codes[40:]) == [0, 1, 1, 1]     # a name that one of them has taken
    assert tool.group.read_text() == 'g:x:1:\n' and tool.left() == []


@release_only
@pytest.mark.parametrize('how', ['written to', 'replaced', 'removed'])
def test_an_editor_in_between(tool, how):
    tool.add('alice')
    p = tool.start('--lock --name alice', 'fsync')
    if how == 'written to':
        with tool.file.open('a') as f:
            f.write('bob:*:1:1::/:/bin/sh\n')
    elif how == 'replaced':
        shutil.copy2(tool.file, tool.dir / 'other')
        (tool.dir / 'other').rename(tool.file)
    else:
        tool.file.unlink()
    theirs = tool.file.read_bytes() if tool.file.exists() else None
    os.kill(p.pid, signal.SIGCONT)
    err = p.communicate()[1].decode()
    assert p.returncode == 1 and 'somebody changed it meanwhile' in err and 'try again' in err
    assert (tool.file.read_bytes() if tool.file.exists() else None) == theirs
    assert tool.left() == []


@release_only
def test_installed_and_removed(tool):
    root, top = tool.dir / 'root', pathlib.Path(__file__).parents[2]
    copy = tool.dir / 'source'
    shutil.copytree(top, copy, ignore=shutil.ignore_patterns('.git', 'build*', 'tests'),
                    symlinks=True)
    make = ['make', '-C', copy, f'OBJDIR={tool.dir}/none', f'DESTDIR={root}', 'prefix=/usr']
    listed = subprocess.run([*make, '-n', 'install'], capture_output=True, text=True).stdout
    assert re.search(r'install -m 755 .*\bftpasswd\b.* \S+/usr/sbin\n', listed)
    (root / 'usr/sbin').mkdir(parents=True)
    (root / 'usr/share/man/man8').mkdir(parents=True)
    files = [root / 'usr/sbin/ftpasswd', root / 'usr/share/man/man8/ftpasswd.8']
    for path in files:
        path.touch()
    assert subprocess.run([*make, 'uninstall'], capture_output=True).returncode == 0
    assert not any(path.exists() for path in files)


@release_only
def test_libraries():
    needed = subprocess.run(['readelf', '-d', BUILT.parent / 'ftpasswd'], capture_output=True,
                            text=True).stdout
    assert {n.split('.so')[0]
            for n in re.findall(r'NEEDED.*\[(.*?)\]', needed)} == {'libc', 'libcrypt'}


def test_manual_is_clean():
    if not shutil.which('mandoc'):
        pytest.skip('mandoc cannot be had here')
    page = pathlib.Path(__file__).parents[2] / 'man/ftpasswd.8'
    run = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning', page], capture_output=True)
    assert (run.returncode, run.stdout) == (0, b'')
