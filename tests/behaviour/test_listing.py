"""LIST, NLST, STAT of a path: form, order, options, wildcards, hostile names."""

import os
import re
import time

import pytest

from harness import uid_of

LINE = re.compile(r'^([-dlbcps][-rwxsStT]{9}) +(\d+) (\S+) +(\S+) +(\d+) ([A-Z][a-z]{2} [ \d]\d '
                  r'(?:\d\d:\d\d| \d{4})) (.+)$')


@pytest.fixture
def tree(place):
    home = place.home()
    place.file('b', b'12345', mode=0o640)
    place.file('a', b'x')
    place.file('.hidden', b'')
    (home / 'dir').mkdir()
    place.file('dir/inner', b'')
    (home / 'link').symlink_to('dir')
    (home / 'dangling').symlink_to('nowhere')
    os.utime(home / 'a', (1e9, 1e9))
    for name in ('dir', 'link', 'dangling'):
        os.chown(home / name, uid_of('alice'), 61100, follow_symlinks=False)
    return home


def test_list_is_ls(ftpd, tree):
    lines = ftpd().login().names('LIST')
    parsed = [LINE.match(line) for line in lines]
    assert all(parsed), lines
    assert [m[7] for m in parsed] == ['a', 'b', 'dangling -> nowhere', 'dir', 'link -> dir']
    a, b = parsed[0], parsed[1]
    assert (b[1], b[3], b[4], b[5]) == ('-rw-r-----', 'alice', 'users', '5')
    assert a[6] == 'Sep  9  2001'
    assert parsed[3][1].startswith('d') and parsed[4][1].startswith('l')


def test_nlst_is_names_alone(ftpd, tree):
    c = ftpd().login()
    assert c.names() == ['a', 'b', 'dangling', 'dir', 'link']
    assert c.names('NLST dir') in (['inner'], ['dir/inner'])
    assert c.names('NLST a') == ['a']


def test_options(ftpd, tree):
    c = ftpd().login()
    assert '.hidden' in c.names('NLST -a') and '..' in c.names('NLST -a')
    assert '.hidden' in c.names('NLST -A') and '..' not in c.names('NLST -A')
    order = [LINE.match(l)[7].split(' ->')[0] for l in c.names('LIST -r')]
    assert order == ['link', 'dir', 'dangling', 'b', 'a']
    assert c.names('LIST -t')[-1].endswith(' a')
    assert c.names('LIST -S')[0].endswith((' b', ' dir'))
    assert len(c.names('LIST -la')) == 8
    assert [LINE.match(l)[7] for l in c.names('LIST -d dir')] == ['dir']
    assert c.names('NLST -F') == c.names('NLST')    # names for programs, no marks
    assert any('inner' in l for l in c.names('LIST -R'))
    numeric = [LINE.match(l) for l in c.names('LIST -n')]
    assert numeric[0][3] == str(uid_of('alice'))
    assert [LINE.match(l)[7] for l in c.names('LIST -l -- dir')] == ['inner']


@pytest.mark.parametrize('options', ['-w 1000000 -C', '--help', '-I x', '-C', '-Z', '-' + 'l' * 300,
                                     '-', '--', '-\x01', '- -', '-/etc', '--version'])
@pytest.mark.parametrize('verb', ['LIST', 'NLST', 'STAT'])
def test_attack_72_options_are_data(ftpd, tree, verb, options):
    c = ftpd().login()
    if verb == 'STAT':
        assert c.cmd(f'STAT {options}') in (211, 212, 213, 450, 501, 550)
    else:
        assert c.fetch(f'{verb} {options}')[0] in (226, 450, 501, 550)
    assert c.names() == ['a', 'b', 'dangling', 'dir', 'link']


def test_attack_22_every_letter(ftpd, tree):
    c = ftpd().login()
    for letter in 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1':
        assert c.cmd(f'STAT -{letter} .') in (211, 212, 213, 450, 501, 550)
        for verb in ('LIST', 'NLST'):
            assert c.fetch(f'{verb} -{letter} .')[0] in (226, 450, 501, 550)
    assert c.cmd('STAT -C .') == c.cmd('STAT -C .')


def test_stat_of_a_path(ftpd, tree):
    c = ftpd().login()
    reply = c.cmd('STAT dir')
    assert reply in (212, 213) and 'inner' in reply.all
    reply = c.cmd('STAT a')
    assert reply in (212, 213) and ' a' in reply.all
    assert c.cmd('STAT nothing') in (450, 550)


def test_what_is_missing(ftpd, tree):
    c = ftpd().login()
    for verb in ('LIST', 'NLST'):
        assert c.fetch(f'{verb} nothing')[0] in (450, 550)
    assert c.fetch('MLSD nothing')[0] == 550
    assert c.fetch('MLSD a')[0] == 501
    assert c.cmd('MLST nothing') == 550


def test_globbing(ftpd, tree):
    c = ftpd().login()
    assert {'a', 'b'} <= set(c.names('NLST *'))
    assert sorted(c.names('NLST [ab]')) == ['a', 'b']
    assert sorted(c.names('NLST ?')) == ['a', 'b']
    assert c.names('NLST d*/in*') == ['dir/inner']
    assert [LINE.match(l)[7] for l in c.names('LIST b*')] == ['b']
    assert c.fetch('NLST nothing*')[0] in (226, 450, 550)
    off = ftpd('UseGlobbing off').login()
    assert off.fetch('NLST [ab]')[0] in (450, 550)
    (tree / '[ab]').touch()
    assert off.names('NLST [ab]') == ['[ab]']


@pytest.mark.parametrize('pattern', [
    '/'.join(['*/..'] * 20) + '/*', '{' * 100 + '*', '{{*},' * 50, '~{', '[', '[a', '[!', '[]',
    '\\',
    '*' * 200, '?' * 255, '[[:alpha:]]', '[z-a]', '**/' * 100, '*\\'])
def test_attack_69_globs_are_bounded(ftpd, tree, pattern):
    for n in range(100):
        (tree / f'd{n}').mkdir()
    s = ftpd()
    c = s.login()
    before = cpu(s.session())
    for line in (f'LIST {pattern}', f'NLST {pattern}'):
        assert c.fetch(line)[0] in (226, 450, 501, 550)
    c.cmd(f'STAT {pattern}')
    assert cpu(s.session()) - before < 1.5
    assert c.cmd('NOOP') == 200


def cpu(pid):
    fields = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def test_attack_70_no_backtracking(ftpd, tree):
    (tree / ('a' * 200)).touch()
    s = ftpd()
    c = s.login()
    before = cpu(s.session())
    c.fetch('NLST ' + 'a*' * 30 + 'b')
    c.fetch('NLST ' + '*a' * 100 + 'b')
    assert cpu(s.session()) - before < 0.3


def test_attack_71_recursion_is_bounded(ftpd, place):
    path = place.home()
    for n in range(200):
        path = path / 'd'
        path.mkdir()
        (path / 'loop').symlink_to('..')
    c = ftpd().login()
    lines = c.names('LIST -R')
    assert 10 < len(lines) < 1000


@pytest.mark.parametrize('chunk', range(4))
def test_attack_16_names_of_every_byte(ftpd, place, chunk):
    # One line each, in every listing; and MLSD's name fetches the file.
    wanted = {}
    for byte in range(1 + chunk * 64, min(256, 65 + chunk * 64)):
        if byte != ord('/'):
            name = b'n' + bytes([byte]) + b'm'
            wanted[name] = b'%d' % byte
            with open(os.fsencode(place.home()) + b'/' + name, 'wb') as f:
                f.write(wanted[name])
            os.chown(os.fsencode(place.home()) + b'/' + name, uid_of('alice'), 61100)
    c = ftpd().login()
    c.cmd('TYPE I')
    for line in ('LIST', 'NLST', 'MLSD', 'LIST -a'):
        reply, data = c.fetch(line)
        assert reply == 226
        lines = data.split(b'\r\n')
        assert lines.pop() == b''
        assert not any(b'\r' in l or b'\n' in l for l in lines), line
        extra = 2 if line in ('MLSD', 'LIST -a') else 0
        assert abs(len(lines) - extra - len(wanted)) <= 2, line
    reply = c.cmd('STAT .')
    assert len(reply.lines) >= len(wanted)
    reply, data = c.fetch('MLSD')
    for line in data.split(b'\r\n')[:-1]:
        facts, name = line.split(b'; ', 1) if b'; ' in line else line.split(b' ', 1)
        if name in wanted:
            assert c.get(name.decode('utf-8', 'surrogateescape').replace('\udcff', '\udcff\udcff')
                         ) == wanted[name], name


def test_attack_89_names_forge_no_reply(ftpd, place):
    for name in ('a\r\n226 ok', '"quoted"', '227 Entering Passive Mode (1,2,3,4,5,6)', 'x\ny',
                 '%n%s%d',
                 '\x1b[2J', ' leading', '-rf', '\\'):
        (place.home() / name).mkdir()
    s = ftpd('DebugLevel 9')
    c = s.login()
    for line in ('LIST', 'NLST', 'MLSD'):
        reply, data = c.fetch(line)
        assert reply == 226 and len(data.split(b'\r\n')) <= 13
    c.cmd('STAT .')
    for name in ('"quoted"', '%n%s%d', ' leading', '-rf',
                 '227 Entering Passive Mode (1,2,3,4,5,6)'):
        assert c.cmd(f'CWD {name}') == 250
        assert '/' + name.replace('"', '""') + '"' in c.cmd('PWD').text
        assert c.cmd('CDUP') in (200, 250)
        assert c.cmd(f'MLST {name}') == 250
        assert c.cmd(f'RETR {name}') in (425, 550)
    c.send(b'CWD x\0y\r\n')
    assert c.reply() == 501
    c.quit()
    s.exit_status()
    assert '\x1b' not in s.log()


def test_257_doubles_quotes(ftpd, place):
    c = ftpd('DefaultRoot ~').login()
    assert c.cmd('MKD a"b').text.startswith('"/a""b"')
    c.cmd('CWD a"b')
    assert c.cmd('PWD').text.startswith('"/a""b"')


def test_attack_20_long_names_and_depth(ftpd, place):
    name = 'n' * 255
    c = ftpd('DefaultRoot ~').login()
    depth = 0
    while c.cmd(f'MKD {name}') == 257 and c.cmd(f'CWD {name}') == 250:
        depth += 1
        assert c.cmd('PWD') == 257
        assert c.cmd('MLST') in (250, 550)
        assert depth < 30
    assert depth >= 10
    assert c.cmd('MKD ' + 'x' * 256) == 550
    c.cmd('CWD /')
    os.symlink('t' * 4000, place.home() / 'longlink')
    assert c.names('LIST')
    assert c.cmd('MLST longlink') in (250, 550)
    assert c.names('MLSD')


def test_attack_73_memory_stays(ftpd, place):
    directory = place.home() / 'many'
    directory.mkdir()
    for n in range(60000):
        (directory / f'{n:040}').touch()
    s = ftpd()
    c = s.login()

    def rss():
        return int(re.search(r'RssAnon:\s+(\d+)', open(f'/proc/{s.session()}/status').read())[1])

    before = rss()
    for line in ('LIST many', 'NLST many', 'MLSD many'):
        assert len(c.names(line)) in (60000, 60002)
    assert rss() - before < 8192
    

def test_sorted_or_streamed(ftpd, place):
    for n in range(300):
        (place.home() / f'f{n * 7919 % 300:03}').touch()
    lines = ftpd().login().names('LIST')
    assert [l[-4:] for l in lines] == [f'f{n:03}' for n in range(300)]
    names = ftpd('ListOptions "" SortedNLST').login().names('NLST .')
    assert len(names) == 300 and names == sorted(names)


def test_listoptions(ftpd, tree):
    assert '.hidden' in ftpd('ListOptions "-a"').login().names()
    strict = ftpd('ListOptions "" strict').login()
    assert '.hidden' not in strict.names('NLST -a')
    assert '.hidden' not in ftpd('ListOptions "+a"').login().names('NLST -a')
    assert len(ftpd('ListOptions "" maxfiles 2').login().names('LIST')) == 2


def test_listoptions_leave_nlst_names(ftpd, tree):
    # "-l" for people must not break what mget is made of
    c = ftpd('ListOptions "-alF"').login()
    assert c.names('NLST') == ['.', '..', '.hidden', 'a', 'b', 'dangling', 'dir', 'link']
    assert c.names('NLST dir') == ['dir/.', 'dir/..', 'dir/inner']
    assert c.names('LIST dir')[-1].endswith(' inner')
    assert c.names('NLST -l dir') == ['dir/.', 'dir/..', 'dir/inner']


def test_maxdepth_counts_the_directory_itself(ftpd, tree, place):
    (tree / 'dir/deeper').mkdir()
    place.file('dir/deeper/deepest')

    def listed(depth):
        lines = ftpd(f'ListOptions "" maxdepth {depth}').login().names('LIST -R')
        return [name for name in ('inner', 'deepest') if any(l.endswith(' ' + name) for l in lines)]

    assert listed(1) == []
    assert listed(2) == ['inner']
    assert listed(3) == ['inner', 'deepest']


def test_a_link_is_shown_itself(ftpd, tree):
    (tree / 'short').symlink_to('a')
    c = ftpd().login()
    assert [LINE.match(l)[7] for l in c.names('LIST short')] == ['short -> a']
    assert [LINE.match(l)[7] for l in c.names('LIST -d link')] == ['link -> dir']
    assert [LINE.match(l)[7] for l in c.names('LIST link')] == ['inner']
    assert c.names('LIST -L short')[0].startswith('-')
    off = ftpd('ShowSymlinks off').login()
    assert [LINE.match(l)[7] for l in off.names('LIST short')] == ['short']


def entries(c, line):
    """The names in a listing of any kind."""
    lines = c.cmd(line).lines[1:-1] if line.startswith('STAT') else c.names(line)
    names = [l.split('; ', 1)[1] if '; ' in l else (LINE.match(l) or [l] * 8)[7] for l in lines]
    return {n.split(' -> ')[0].rsplit('/', 1)[-1] for n in names} - {'', '.', '..', '.hidden'}


LISTINGS = ['LIST', 'NLST', 'MLSD', 'STAT .', 'LIST -R', 'LIST *', 'NLST *', 'STAT *']


@pytest.mark.parametrize('section, rule, gone', [
    ('dir', '<Limit ALL>\nDenyAll\n</Limit>', {'dir', 'link', 'inner'}),
    ('dir', '<Limit DIRS>\nDenyAll\n</Limit>', {'dir', 'link', 'inner'}),
    ('d?r', '<Limit ALL>\nDenyAll\n</Limit>', {'dir', 'link', 'inner'}),
    ('a', '<Limit ALL>\nDenyAll\n</Limit>', {'a'}),
    ('dir/inner', '<Limit ALL>\nDenyAll\n</Limit>', {'inner'}),
    ('dir', '<Limit READ WRITE CWD>\nDenyAll\n</Limit>', set()),
])
def test_what_may_not_be_listed_is_not_named(ftpd, tree, section, rule, gone):
    c = ftpd(f'<Directory {{home}}/alice/{section}>\n{rule}\n</Directory>').login()
    for line in LISTINGS:
        everything = {'a', 'b', 'dangling', 'dir', 'link'} | ({'inner', 'dir:'} if '-R' in line else
                                                              set())
        want = everything - gone - ({'dir:'} if 'dir' in gone else set())
        assert entries(c, line) == want, line


def test_a_listing_denied_above_and_allowed_below(ftpd, tree):
    c = ftpd('<Limit DIRS>\nDenyAll\n</Limit>\n'
             '<Directory {home}/alice/dir>\n<Limit DIRS>\nAllowAll\n</Limit>\n'
             '</Directory>').login()
    assert c.fetch('LIST')[0] == 550
    assert entries(c, 'LIST dir') == {'inner'} and entries(c, 'MLSD dir') == {'inner'}


def test_showsymlinks_off(ftpd, tree):
    lines = ftpd('ShowSymlinks off').login().names('LIST')
    assert not any('->' in l for l in lines)
    assert not any('dangling' in l for l in lines)
    assert [l for l in lines if l.endswith(' link')][0].startswith('d')


def test_dirfake(ftpd, tree):
    c = ftpd('DirFakeUser on\nDirFakeGroup on somebody\nDirFakeMode 0440').login()
    m = LINE.match(c.names('LIST a')[0])
    assert (m[1], m[3], m[4]) == ('-r--r-----', 'ftp', 'somebody')
    m = [LINE.match(l) for l in c.names('LIST') if l.endswith(' dir')][0]
    assert m[1] == 'dr-xr-x---'


@pytest.mark.parametrize('override', ['on', 'off'])
def test_dirfake_of_an_entry_that_a_section_names(ftpd, tree, place, override):
    """The entry's own path decides, in every listing; "." and ".." stay what they are."""
    (tree / 'dir/deep').mkdir()
    os.chown(tree / 'dir/deep', *[uid_of('alice'), 61100])
    c = ftpd(f'AllowOverride {override}\n<Directory ~/dir>\nDirFakeUser on x\nDirFakeMode 0440\n'
             '</Directory>\n<Directory ~/dir/deep>\nDirFakeMode 0444\n</Directory>\n'
             '<Directory ~/l*>\nDirFakeGroup on y\n</Directory>\n').login()

    def shown(command):
        lines = [LINE.match(line) for line in c.names(command)]
        return {m[7].split(' ->')[0]: (m[1], m[3], m[4]) for m in lines if m}
    sub, deep = ('dr-xr-x---', 'x', 'users'), ('dr-xr-xr-x', 'x', 'users')
    home = shown('LIST -a')
    assert home['dir'] == sub
    assert home['a'] == ('-rw-r--r--', 'alice', 'users')
    assert home['link'] == ('lrwxrwxrwx', 'alice', 'y')
    assert home['.'][:2] == ('drwxr-xr-x', 'alice')
    assert shown('LIST *')['dir'] == shown('LIST d*')['dir'] == shown('LIST -d dir')['dir'] == sub
    assert shown('LIST dir') == {'inner': ('-r--r-----', 'x', 'users'), 'deep': deep}
    everything = shown('LIST -R')
    assert (everything['dir'], everything['deep']) == (sub, deep)
    assert everything['inner'] == ('-r--r-----', 'x', 'users')
    assert everything['b'][0] == '-rw-r-----'


def test_dirfake_of_a_ftpaccess(ftpd, tree, place):
    """It is about what lies in its directory, sections about single entries of it included."""
    place.file('.ftpaccess', b'DirFakeUser on x\n')
    place.file('dir/.ftpaccess', b'DirFakeUser on y\n')
    c = ftpd('DefaultRoot ~\n<Directory ~/b>\nDirFakeMode 0400\n</Directory>\n').login()
    lines = {m[7]: (m[1], m[3]) for m in map(LINE.match, c.names('LIST')) if m}
    assert lines['b'] == ('-r--------', 'x') and lines['a'] == ('-rw-r--r--', 'x')
    everything = {m[7]: m[3] for m in map(LINE.match, c.names('LIST -R')) if m}
    assert (everything['a'], everything['dir'], everything['inner']) == ('x', 'x', 'y')


def test_the_home_of_another_is_told_nobody(ftpd, tree):
    """Behind "~" it is part of a name, in listings as for CWD: known users look as unknown ones."""
    c = ftpd().login()
    for command in ('LIST', 'NLST', 'STAT'):
        replies = {user: c.cmd(f'{command} ~{user}') for user in ('bob', 'nobody-here')}
        assert replies['bob'] == 450
        assert replies['bob'].text.replace('bob', 'nobody-here') == replies['nobody-here'].text
    assert c.cmd('CWD ~bob') == 550
    (tree / '~bob').write_bytes(b'')
    assert c.fetch('NLST ~bob')[1] == b'~bob\r\n'


def test_faq_4_25a_timesgmt(ftpd, tree):
    stamp = 1750000000          # 2025-06-15 15:06:40 UTC, 11:06:40 in New York
    os.utime(tree / 'a', (stamp, stamp))
    now = time.time()
    recent = int(now - now % 60 - 86400)
    os.utime(tree / 'b', (recent, recent))

    def shown(conf):
        c = ftpd(conf, env={'TZ': 'America/New_York', 'PATH': '/usr/bin:/bin'},
                 etc={'localtime': None, 'timezone': 'America/New_York\n'},
                 mounts='ln -sf /usr/share/zoneinfo/America/New_York /etc/localtime').login()
        assert c.cmd('MDTM a').text == '20250615150640'
        assert 'modify=20250615150640' in c.cmd('MLST a').all
        return LINE.match(c.names('LIST b')[0])[6]

    utc = time.strftime('%b %e %H:%M', time.gmtime(recent))
    os.environ['TZ'] = 'America/New_York'
    time.tzset()
    try:
        local = time.strftime('%b %e %H:%M', time.localtime(recent))
    finally:
        del os.environ['TZ']
        time.tzset()
    assert shown('') == utc
    assert shown('TimesGMT on') == utc
    assert shown('TimesGMT off') == local


def test_proc_is_out_of_reach(ftpd):
    # attacks.md 35
    s = ftpd()
    c = s.login()
    for path in ('/proc/self/root/etc/passwd', '/proc/self/environ', '/proc/1/status',
                 '/proc/self/fd/0',
                 f'/proc/{s.session()}/mem', '/proc/version', '/sys/kernel/uevent_seqnum'):
        assert c.fetch(f'RETR {path}')[0] == 550, path
        assert c.cmd(f'RNFR {path}') == 550
    for path in ('/proc', '/proc/self', '/proc/self/root', '/sys', '/proc/self/cwd'):
        assert c.cmd(f'CWD {path}') == 550, path
        assert c.fetch(f'LIST {path}')[0] in (450, 550), path


def test_setenv_tz(ftpd, tree):
    stamp = int(time.time()) // 60 * 60 - 86400
    os.utime(tree / 'a', (stamp, stamp))
    c = ftpd('TimesGMT off\nSetEnv TZ XYZ-3:30\nDefaultRoot ~').login()
    assert LINE.match(c.names('LIST a')[0])[6] == time.strftime('%b %e %H:%M',
                                                                time.gmtime(stamp + 12600))


def test_adjusted_symlinks(ftpd, place):
    home = place.home()
    (home / 'd').mkdir()
    (home / 'in').symlink_to(home / 'd')
    (home / 'root').symlink_to(home)
    (home / 'out').symlink_to('/etc')
    shown = {l.rpartition(' -> ')[0].rsplit(' ', 1)[-1]: l.rpartition(' -> ')[2]
             for l in ftpd('DefaultRoot ~\nListOptions "" AdjustedSymlinks').login().names('LIST')
             if ' -> ' in l}
    assert shown == {'in': '/d', 'root': '/', 'out': '/etc'}
    plain = ftpd('DefaultRoot ~').login().names('LIST')
    assert any(l.endswith(f'in -> {home}/d') for l in plain)
