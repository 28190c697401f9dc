"""Rules in .ftpaccess files, and who may have them obeyed (directives.md, 4)."""
import os
import re

import pytest

from harness import USERS, uid_of, until

JAIL = 'DefaultRoot ~\nAllowOverwrite on\n'


def limit(verbs, what):
    return f'<Limit {verbs}>\n{what}\n</Limit>\n'


DENY_READ = limit('READ', 'DenyAll')


@pytest.fixture
def tree(place):
    """/top/dir/sub in alice's home, each with a file `f`, and one beside."""
    for name in ('top', 'top/dir', 'top/dir/sub'):
        directory(place, name)
    for name in ('f', 'top/f', 'top/dir/f', 'top/dir/sub/f'):
        place.file(name, b'x')
    return place


def directory(place, name):
    (place.home() / name).mkdir()
    os.chown(place.home() / name, *USERS['alice'])


def enter(server, *who):
    c = server.login(*who)
    assert c.cmd('TYPE I') == 200
    return c


def rules(place, name, text, **how):
    return place.file(name + '/.ftpaccess' if name else '.ftpaccess', text, **how)


def get(c, path):
    return c.fetch(f'RETR {path}')[0]


# -- where they hold ---------------------------------------------------------------

def test_a_file_rules_over_its_directory_and_below(ftpd, tree):
    rules(tree, 'top/dir', DENY_READ)
    s = ftpd(JAIL + 'DebugLevel 5')
    c = enter(s)
    assert get(c, 'top/dir/f') == 550
    s.log_wait(r'RETR /top/dir/f: denied by READ at ' +
               re.escape(f'{tree.home()}/top/dir/.ftpaccess:1') + ', line 2')
    assert get(c, 'top/dir/sub/f') == 550
    assert c.cmd('SIZE top/dir/sub/f') == 550
    assert c.cmd('MLST top/dir/f') == 250
    assert get(c, 'top/f') == 226 and get(c, 'f') == 226
    assert c.store('STOR top/dir/new', b'x') == 226
    assert c.cmd('CWD top/dir') == 250
    assert get(c, 'f') == 550 and get(c, '../f') == 226


def test_a_directory_is_ruled_by_its_own_file(ftpd, tree):
    rules(tree, 'top/dir', limit('CWD MLSD RMD MKD', 'DenyAll'))
    c = enter(ftpd(JAIL))
    assert c.cmd('CWD top/dir') == 550
    assert c.fetch('MLSD top/dir')[0] == 550
    assert c.cmd('RMD top/dir') == 550
    assert c.cmd('MKD top/dir/x') == 550
    assert c.cmd('CWD top') == 250
    assert c.cmd('MKD x') == 257


def test_the_root_of_the_jail(ftpd, tree):
    rules(tree, '', limit('STOR', 'DenyAll'))
    c = enter(ftpd(JAIL))
    assert c.store('STOR top/dir/x', b'x') == 550
    assert c.store('STOR x', b'x') == 550
    assert get(c, 'f') == 226


def test_what_is_above_the_jail_is_not_read(ftpd, tree):
    tree.write('home/.ftpaccess', DENY_READ)
    assert get(enter(ftpd(JAIL)), 'f') == 226


def test_through_a_link(ftpd, tree):
    rules(tree, 'top/dir', DENY_READ)
    (tree.home() / 'link').symlink_to('top/dir')
    (tree.home() / 'flink').symlink_to('top/dir/f')
    c = enter(ftpd(JAIL))
    for path in ('link/f', 'flink', '/link/sub/f', 'link/../dir/./f', 'top//dir/f'):
        assert get(c, path) == 550, path
    # the link's own place is what a change of its name is about
    assert c.cmd('RNFR link') == 350


def test_values(ftpd, tree):
    rules(tree, 'top', 'Umask 077 022\nAllowOverwrite off\nDirFakeUser on nemo\n')
    rules(tree, 'top/dir', 'Umask 0137\n')
    c = enter(ftpd(JAIL))
    for path, mode in (('new', 0o644), ('top/new', 0o600), ('top/dir/new', 0o640),
                       ('top/dir/sub/new', 0o640)):
        assert c.store(f'STOR {path}', b'x') == 226
        assert (tree.home() / path).stat().st_mode & 0o777 == mode, path
    assert c.cmd('MKD top/d') == 257
    assert (tree.home() / 'top/d').stat().st_mode & 0o777 == 0o755
    assert c.store('STOR top/dir/f', b'y') == 550
    assert c.store('STOR f', b'y') == 226
    assert all(' nemo ' in line for line in c.names('LIST top/dir/sub'))
    assert not any(' nemo ' in line for line in c.names('LIST'))


def test_filters(ftpd, tree):
    rules(tree, 'top', 'PathDenyFilter \\.exe$\nDenyFilter %\n')
    c = enter(ftpd(JAIL))
    assert c.store('STOR top/dir/a.exe', b'x') == 550
    assert c.store('STOR a.exe', b'x') == 226
    assert c.cmd('SIZE top/a%') == 550
    assert c.cmd('SIZE top/a%').text.endswith('Forbidden argument.')


def test_deny_all_in_the_file(ftpd, tree):
    rules(tree, 'top', 'DenyAll\n')
    rules(tree, 'top/dir/sub', 'AllowAll\n')
    c = enter(ftpd(JAIL))
    assert get(c, 'top/f') == 550 and get(c, 'top/dir/f') == 550
    assert c.store('STOR top/new', b'x') == 550
    assert get(c, 'top/dir/sub/f') == 226


# -- with the sections of the configuration ----------------------------------------

SAME = JAIL + '<Directory {home}/alice/top>\n%s</Directory>\n'


def test_at_one_path_values_are_the_sections_and_limits_the_files(ftpd, tree):
    rules(tree, 'top', 'Umask 000\nAllowOverwrite off\n' + limit('RETR', 'AllowAll'))
    c = enter(ftpd(SAME % ('Umask 077\n' + limit('RETR SIZE', 'DenyAll'))))
    assert c.store('STOR top/dir/new', b'x') == 226
    assert (tree.home() / 'top/dir/new').stat().st_mode & 0o777 == 0o600
    assert c.store('STOR top/dir/new', b'x') == 550
    assert get(c, 'top/dir/f') == 226
    assert c.cmd('SIZE top/f') == 550


def test_a_deeper_file_wins_in_both(ftpd, tree):
    rules(tree, 'top/dir', 'Umask 000\n' + limit('RETR', 'AllowAll'))
    c = enter(ftpd(SAME % ('Umask 077\n' + limit('RETR', 'DenyAll'))))
    assert c.store('STOR top/dir/new', b'x') == 226
    assert (tree.home() / 'top/dir/new').stat().st_mode & 0o777 == 0o666
    assert get(c, 'top/dir/f') == 226
    assert get(c, 'top/f') == 550


def test_a_deeper_section_wins_in_both(ftpd, tree):
    rules(tree, '', 'Umask 000\n' + limit('RETR', 'AllowAll'))
    c = enter(ftpd(SAME % ('Umask 077\n' + limit('RETR', 'DenyAll'))))
    assert c.store('STOR top/new', b'x') == 226
    assert (tree.home() / 'top/new').stat().st_mode & 0o777 == 0o600
    assert get(c, 'top/f') == 550
    assert c.store('STOR new', b'x') == 226
    assert (tree.home() / 'new').stat().st_mode & 0o777 == 0o666


@pytest.mark.parametrize('section, file, allowed', [
    ('top/*', 'top', True),         # the same stem: the file is asked first
    ('top/*', '', False),
    ('t?p', 'top', True), ('t?p', '', False), ('t?p', 'top/dir', True),
    ('*/dir', 'top', False), ('*/dir', 'top/dir', True),
])
def test_sections_with_wildcards(ftpd, tree, section, file, allowed):
    rules(tree, file, limit('RETR', 'AllowAll'))
    c = enter(ftpd(JAIL + f'<Directory {{home}}/alice/{section}>\n{limit("RETR", "DenyAll")}'
             '</Directory>'))
    assert get(c, 'top/dir/f') == (226 if allowed else 550)


def test_specific_counts_before_near(ftpd, tree):
    # directives.md, 6.4: over the whole chain, files too
    rules(tree, 'top', limit('ALL', 'DenyAll'))
    c = enter(ftpd(JAIL + limit('STOR', 'AllowAll')))
    assert c.store('STOR top/new', b'x') == 226
    assert get(c, 'top/f') == 550
    assert get(c, 'f') == 226


# -- AllowOverride ------------------------------------------------------------------

@pytest.mark.parametrize('conf, denied', [
    ('AllowOverride off', []),
    ('AllowOverride on', ['top/f', 'top/dir/f', 'top/dir/sub/f']),
    ('<Directory {home}/alice/top/dir>\nAllowOverride off\n</Directory>',
     ['top/f', 'top/dir/f', 'top/dir/sub/f']),
    ('<Directory {home}/alice/top>\nAllowOverride off\n</Directory>', []),
    ('AllowOverride off\n<Directory {home}/alice/top/dir>\nAllowOverride on\n</Directory>',
     ['top/dir/sub/f']),
    ('AllowOverride on\n<Directory {home}>\nAllowOverride off\n</Directory>\n'
     '<Directory ~/top/dir/sub>\nAllowOverride on\n</Directory>', ['top/dir/sub/f']),
])
def test_allow_override(ftpd, tree, conf, denied):
    rules(tree, 'top', DENY_READ)
    rules(tree, 'top/dir/sub', DENY_READ)
    c = enter(ftpd(JAIL + conf))
    for path in ('top/f', 'top/dir/f', 'top/dir/sub/f'):
        assert get(c, path) == (550 if path in denied else 226), path


def test_a_faulty_file_that_is_not_read_does_no_harm(ftpd, tree):
    rules(tree, 'top', 'Nonsense\n')
    s = ftpd(JAIL + 'AllowOverride off')
    assert get(enter(s), 'top/f') == 226
    assert 'Nonsense' not in s.log()


def test_a_denial_that_can_be_taken_back_is_told(ftpd):
    conf = '<Directory /srv/x>\n%s' + limit('ALL', 'DenyAll') + '</Directory>\n'
    code, said = ftpd(conf % '').check()
    assert code == 0 and re.search(r'conf:3: DenyAll: a \.ftpaccess file.*AllowOverride off', said)
    for text in (conf % 'AllowOverride off\n', 'AllowOverride off\n' + conf % '', ''):
        code, said = ftpd(text).check()
        assert code == 0 and '.ftpaccess' not in said
    assert ftpd('AllowOverride perhaps').check()[0] == 1


# -- files that change --------------------------------------------------------------

def test_an_upload_counts_from_the_next_command(ftpd, tree):
    c = enter(ftpd(JAIL))
    assert get(c, 'top/dir/f') == 226
    assert c.store('STOR top/.ftpaccess', limit('RETR', 'DenyAll').encode()) == 226
    assert get(c, 'top/dir/f') == 550
    # of the same size, within the same tick of the clock
    for verb, reply in (('SIZE', 226), ('RETR', 550), ('SIZE', 226)):
        assert c.store('STOR top/.ftpaccess', limit(verb, 'DenyAll').encode()) == 226
        assert get(c, 'top/dir/f') == reply
    assert c.cmd('RNFR top/.ftpaccess') == 350 and c.cmd('RNTO top/aside') == 250
    assert c.cmd('SIZE top/dir/f') == 213
    assert c.cmd('RNFR top/aside') == 350 and c.cmd('RNTO top/.ftpaccess') == 250
    assert c.cmd('SIZE top/dir/f') == 550
    assert c.cmd('DELE top/.ftpaccess') == 250
    assert c.cmd('SIZE top/dir/f') == 213


def test_what_others_change_counts_too(ftpd, tree):
    file = rules(tree, 'top', DENY_READ)
    os.utime(file, (1e9, 1e9))
    c = enter(ftpd(JAIL))
    assert get(c, 'top/f') == 550
    rules(tree, 'top', DENY_READ.replace('READ', 'DIRS'))
    assert get(c, 'top/f') == 226
    os.utime(file, (1e9, 1e9))
    assert get(c, 'top/f') == 226
    file.unlink()
    assert c.cmd('MDTM top/f') == 213
    rules(tree, 'top', DENY_READ)
    assert get(c, 'top/f') == 550
    (tree.home() / 'top').rename(tree.home() / 'moved')
    assert get(c, 'moved/f') == 550


def test_more_files_than_are_kept(ftpd, place):
    for i in range(150):
        directory(place, f'd{i}')
        place.file(f'd{i}/f', b'x')
        rules(place, f'd{i}', limit('RETR', 'DenyAll' if i % 3 else 'AllowAll'))
    c = enter(ftpd(JAIL))
    for _ in range(2):
        for i in range(150):
            assert get(c, f'd{i}/f') == (550 if i % 3 else 226), i
    assert len([n for n in c.names('LIST -R') if n.endswith(' f')]) == 150


def test_a_path_with_too_many_files_is_closed(ftpd, place):
    path = ''
    for i in range(34):
        path += 'd/'
        directory(place, path)
        place.file(path + 'f', b'x')
        rules(place, path, '# nothing\n')
    s = ftpd(JAIL)
    c = enter(s)
    assert get(c, 'd/' * 32 + 'f') == 226
    assert get(c, 'd/' * 33 + 'f') == 550
    assert c.store('STOR ' + 'd/' * 34 + 'f', b'x') == 550
    assert c.cmd('CWD ' + 'd/' * 34) == 250
    s.log_wait(r'more than 32 \.ftpaccess files')


# -- files that cannot be obeyed ------------------------------------------------------

def closed(c, tree):
    """All that is in /top is denied, but not to go there."""
    for line in ('SIZE top/f', 'SIZE top/dir/sub/f', 'MDTM top/f', 'MLST top/f', 'MLST top',
                 'STAT top/f', 'DELE top/dir/f', 'MKD top/x', 'RMD top/dir', 'RNFR top/f',
                 'SITE CHMOD 600 top/f', 'DELE top/.ftpaccess'):
        assert c.cmd(line) == 550, line
    for line in ('RETR top/f', 'LIST top', 'NLST top/dir', 'MLSD top'):
        assert c.fetch(line)[0] == 550, line
    assert c.store('STOR top/new', b'x') == 550
    assert c.cmd('CWD top') == 250 and c.cmd('CWD dir') == 250
    assert c.cmd('PWD').text.startswith('"/top/dir"') and c.cmd('XPWD') == 257
    assert c.fetch('LIST')[0] == 550 and c.cmd('STAT f') == 550
    assert c.store('STOU', b'x') == 550
    assert c.cmd('CDUP') == 250 and c.cmd('XCUP') == 250
    assert get(c, 'f') == 226 and 'top' in c.names()
    assert (tree.home() / 'top/f').exists()


def link(place, path):
    place.file('elsewhere', '# nothing\n')
    path.symlink_to('../elsewhere')


def foreign(place, path):
    rules(place, 'top', '# nothing\n')
    os.chown(path, *USERS['bob'])


def unreadable(place, path):
    rules(place, 'top', '# nothing\n', mode=0)


BAD = {
    'link': (link, 'is not a regular file'),
    'fifo': (lambda place, path: os.mkfifo(path), 'is not a regular file'),
    'directory': (lambda place, path: path.mkdir(), 'is not a regular file'),
    'dangling': (lambda place, path: path.symlink_to('nowhere'), 'is not a regular file'),
    'large': (lambda place, path: rules(place, 'top', '#' * 65537), 'is larger than 65536 bytes'),
    'foreign': (foreign, 'belongs to neither'),
    'unreadable': (unreadable, 'Permission denied'),
}


@pytest.mark.parametrize('kind', BAD)
def test_a_file_that_is_unfit_closes_its_directory(ftpd, tree, kind):
    make, why = BAD[kind]
    make(tree, tree.home() / 'top/.ftpaccess')
    s = ftpd(JAIL)
    c = enter(s)
    closed(c, tree)
    assert s.log_wait(re.escape(f'{tree.home()}/top/.ftpaccess: {why}')).count('closed') == 1
    assert len(re.findall(r'\.ftpaccess: ' + why, s.log())) == 1


FAULTY = {
    'unknown': ('Umask 022\nUmaks 022\n', 2, 'Umaks: unknown directive'),
    'value': ('# one\n\nUmask 999\n', 3, 'Umask: 999'),
    'place': ('AllowUser bob\n', 1, 'AllowUser: not allowed in .ftpaccess'),
    'server': ('Port 21\n', 1, 'Port: not allowed in .ftpaccess'),
    'override': ('AllowOverride off\n', 1, 'AllowOverride: not allowed in .ftpaccess'),
    'directory': ('<Directory /x>\n</Directory>\n', 1, '<Directory>: not allowed in .ftpaccess'),
    'include': ('Include /etc/passwd\n', 1, 'Include: not allowed in .ftpaccess'),
    'include in a limit': ('<Limit ALL>\nInclude /etc/passwd\n</Limit>\n', 2, 'Include: not'),
    'no effect': ('RegexOptions x\n', 1, 'RegexOptions: not allowed in .ftpaccess'),
    'unclosed': ('<Limit ALL>\nDenyAll\n', 1, '<Limit>: is never closed'),
    'environment': ('StoreUniquePrefix %{env:PATH}\n', 1, '%{env:'),
    'nul': ('Umask 0\00022\n', 1, 'NUL byte'),
    'line': ('Umask 022 ' + 'x' * 9000 + '\n', 1, 'line too long'),
    'sections': ('<Limit ALL>\n</Limit>\n' * 257, 513, '<Limit>: more sections'),
    'regex': ('PathDenyFilter "(a{99}){99}{99}"\n', 1, 'too costly'),
    'reference': ('PathDenyFilter "(.)\\\\1"\n', 1, 'too costly'),
    'regexes': ('<Limit ALL>\n' + 'DenyFilter x\n' * 300 + '</Limit>\n', 257, 'too costly'),
}


@pytest.mark.parametrize('kind', FAULTY)
def test_a_faulty_line_closes_its_directory_and_is_named(ftpd, tree, kind):
    text, line, why = FAULTY[kind]
    rules(tree, 'top', text)
    s = ftpd(JAIL)
    c = enter(s)
    closed(c, tree)
    place = re.escape(f'{tree.home()}/top/.ftpaccess:{line}: ')
    found = s.log_wait(place)
    assert why in found and 'closed' in found
    assert len(re.findall(place, s.log())) == 1


def test_a_mended_file_opens_its_directory(ftpd, tree):
    rules(tree, 'top', 'Nonsense\n')
    s = ftpd(JAIL)
    c = enter(s)
    assert get(c, 'top/f') == 550
    rules(tree, 'top', 'Umask 027\n')
    assert get(c, 'top/f') == 226
    rules(tree, 'top', 'Nonsense\n')
    assert get(c, 'top/f') == 550
    until(lambda: s.log().count('Nonsense') == 2)


def test_the_log_line_is_there_at_the_usual_level(ftpd, tree):
    rules(tree, 'top', 'Nonsense\n')
    s = ftpd('SyslogLevel notice\n' + JAIL)
    assert get(enter(s), 'top/f') == 550
    s.log_wait(r'top/\.ftpaccess:1: Nonsense')


def test_a_file_of_the_greatest_size_is_read(ftpd, tree):
    head = DENY_READ + '#'
    rules(tree, 'top', head + 'x' * (65536 - len(head)))
    c = enter(ftpd(JAIL))
    assert get(c, 'top/f') == 550 and c.cmd('MDTM top/f') == 213


def test_a_file_of_root(ftpd, tree):
    os.chown(rules(tree, 'top', DENY_READ), 0, 0)
    c = enter(ftpd(JAIL))
    assert get(c, 'top/f') == 550 and c.cmd('MDTM top/f') == 213


def test_login_means_nothing_there(ftpd, tree):
    rules(tree, '', limit('LOGIN', 'DenyAll'))
    c = enter(ftpd(JAIL))
    assert get(c, 'f') == 226


def test_labels_and_modules(ftpd, tree):
    rules(tree, 'top', '<IfDefine CLOSED>\n' + DENY_READ + '</IfDefine>\n'
          '<IfModule mod_nowhere.c>\nNonsense\n</IfModule>\n')
    assert get(enter(ftpd(JAIL)), 'top/f') == 226
    assert get(enter(ftpd('Define CLOSED\n' + JAIL)), 'top/f') == 550
    assert get(enter(ftpd(JAIL, args=['-D', 'CLOSED'])), 'top/f') == 550


def test_a_directory_that_cannot_be_searched(ftpd, tree):
    (tree.home() / 'top/dir').chmod(0o600)
    c = enter(ftpd(JAIL))
    assert c.fetch('LIST top/dir')[0] == 550
    assert c.cmd('CWD top/dir') == 550
    # its owner can mend that
    assert c.cmd('SITE CHMOD 755 top/dir') == 200
    assert get(c, 'top/dir/f') == 226


# -- rules by user, group, class and address ------------------------------------------

@pytest.mark.parametrize('rule, allowed', [
    ('DenyUser alice', False), ('DenyUser bob', True), ('DenyGroup users', False),
    ('DenyGroup staff', True), ('DenyClass local', False), ('DenyClass other', True),
    ('Deny from 127.0.0.1', False), ('Deny from 10.0.0.0/8', True),
    ('Order deny,allow\nDeny from .example.org\nAllow from all', True),
    ('Order deny,allow\nAllowUser bob', False), ('DenyFilter f$', False),
])
def test_rules_in_a_limit(ftpd, tree, rule, allowed):
    rules(tree, 'top', limit('RETR', rule))
    c = enter(ftpd('<Class local>\nFrom 127.0.0.1\n</Class>\n' + JAIL))
    assert get(c, 'top/f') == (226 if allowed else 550)


# -- sessions of other kinds --------------------------------------------------------

ANON = '''<Anonymous {anon}>
User username
Group usergroup
UserAlias anonymous username
RequireValidShell off
%s</Anonymous>
'''


def test_anonymous(ftpd, place):
    place.write('ANON/pub/.ftpaccess', limit('RETR', 'DenyAll'))
    place.write('ANON/pub/incoming/.ftpaccess', limit('RETR', 'AllowAll'), owner='username')
    s = ftpd(ANON % '')
    c = enter(s, 'anonymous', 'a@b')
    assert get(c, 'pub/file') == 550
    assert get(c, 'pub/incoming/old') == 226
    for line in ('DELE pub/incoming/.ftpaccess', 'SITE CHMOD 600 pub/incoming/.ftpaccess'):
        assert c.cmd(line) == 550, line
    assert c.store('STOR pub/incoming/.ftpaccess', b'') == 550
    assert get(enter(ftpd(ANON % 'AllowOverride off\n'), 'anonymous', 'a@b'), 'pub/file') == 226


def test_without_a_jail(ftpd, tree):
    base = tree.home()
    os.chmod(tree.dir, 0o755)
    shared = tree.dir / 'shared'
    for name in ('', 'mine', 'mine/deep'):
        (shared / name).mkdir()
        (shared / name / 'f').write_text('x')
        os.chown(shared / name, *USERS['bob' if name == '' else 'alice'])
    rules(tree, 'top', DENY_READ)
    s = ftpd('')
    c = enter(s)
    assert get(c, f'{base}/top/f') == 550 and get(c, f'{base}/f') == 226
    # nobody is ruled by a stranger, nor by what lies above the stranger's directory
    tree.write('shared/.ftpaccess', DENY_READ, owner='bob')
    tree.write('shared/mine/.ftpaccess', limit('SIZE', 'DenyAll'), owner='alice')
    assert get(c, f'{shared}/f') == 226
    assert get(c, f'{shared}/mine/deep/f') == 226
    assert c.cmd(f'SIZE {shared}/mine/deep/f') == 550
    tree.write('shared/.ftpaccess', 'Nonsense\n', owner='bob')
    assert get(c, f'{shared}/f') == 226
    assert 'Nonsense' not in s.log()
    b = enter(s, 'bob')
    assert get(b, f'{shared}/f') == 550
    tree.write('shared/.ftpaccess', DENY_READ, owner='bob')
    # alice's directory is a stranger's to him: what is above it is not asked
    assert get(b, f'{shared}/f') == 550 and get(b, f'{shared}/mine/f') == 226
    os.chown(shared, 0, 0)
    assert get(c, f'{shared}/mine/f') == 550, 'a file of neither root nor the owner'
    tree.write('shared/.ftpaccess', DENY_READ)
    os.chown(shared / '.ftpaccess', 0, 0)
    assert get(c, f'{shared}/mine/f') == 550


def test_an_unprivileged_server(ftpd, tree):
    rules(tree, 'top/dir', DENY_READ)
    s = ftpd(JAIL + 'AuthPAM off\n')
    s.give_to('alice')
    c = enter(s)
    assert get(c, 'top/dir/f') == 550 and get(c, 'top/f') == 226


# -- listings ------------------------------------------------------------------------

def test_listings_go_by_the_directorys_own_rules(ftpd, tree):
    rules(tree, 'top/dir', limit('DIRS', 'DenyAll'))
    c = enter(ftpd(JAIL))
    assert 'dir' in c.names('NLST top') or 'top/dir' in c.names('NLST top')
    assert c.fetch('NLST top/dir')[0] == 550
    lines = c.names('LIST -R')
    assert any(l.endswith('top:') for l in lines)
    assert not any(l.endswith('dir:') for l in lines)


def test_a_section_about_an_entry_and_a_file_of_its_directory(ftpd, tree):
    conf = JAIL + f'<Directory {{home}}/alice/top/dir>\n{limit("NLST", "DenyAll")}</Directory>\n'
    c = enter(ftpd(conf))
    assert not any(n.endswith('dir') for n in c.names('NLST top'))
    rules(tree, 'top', limit('NLST', 'AllowAll'))
    assert not any(n.endswith('dir') for n in c.names('NLST top'))
    rules(tree, 'top', limit('MLSD', 'DenyAll'))
    assert any(n.endswith('f') for n in c.names('NLST top'))
    assert c.fetch('MLSD top')[0] == 550


def test_it_is_a_file_like_others(ftpd, tree):
    rules(tree, 'top', '# mine\n')
    c = enter(ftpd(JAIL))
    assert any(l.endswith('.ftpaccess') for l in c.names('LIST -a top'))
    assert c.get('top/.ftpaccess') == b'# mine\n'
    assert c.cmd('SIZE top/.ftpaccess').text == '7'


def test_it_cannot_be_hidden_from_its_reader(ftpd, tree):
    rules(tree, 'top', DENY_READ)
    c = enter(ftpd(JAIL + '<Directory ~/>\nHideFiles ^\\.ftpaccess$\n</Directory>\n'))
    assert not any(l.endswith('.ftpaccess') for l in c.names('LIST -a top'))
    assert get(c, 'top/f') == 550


def test_hide_files_in_it(ftpd, tree):
    rules(tree, 'top', 'HideFiles ^f$\n' + limit('RETR', 'IgnoreHidden on'))
    rules(tree, 'top/dir/sub', 'HideFiles none\n')
    s = ftpd(JAIL + 'DebugLevel 5')
    c = enter(s)
    assert c.names('NLST top') == ['top/dir'] or c.names('NLST top') == ['dir']
    assert not any(n.endswith('f') for n in c.names('NLST top/dir'))
    assert any(n.endswith('f') for n in c.names('NLST top/dir/sub')) and 'f' in c.names()
    assert c.cmd('SIZE top/f') == 213
    reply = c.fetch('RETR top/dir/f')[0]
    assert reply == 550 and 'No such file' in reply.text
    s.log_wait('RETR /top/dir/f: hidden.*' + re.escape(f'{tree.home()}/top/.ftpaccess:2'))
    assert get(c, 'top/dir/sub/f') == 226
    lines = c.names('LIST -R')
    assert len([n for n in lines if n.endswith(' f')]) == 2


def test_a_session_changes_only_its_own(ftpd, tree):
    (tree.dir / 'open').mkdir()
    (tree.dir / 'open').chmod(0o777)
    tree.write('open/.ftpaccess', '# root\n', 0o666)
    c = enter(ftpd('AllowOverwrite on'))
    path = f'{tree.dir}/open/.ftpaccess'
    assert c.store(f'STOR {path}', b'x') == 550
    assert c.cmd(f'DELE {path}') == 550
    assert c.cmd(f'RNFR {path}') == 550
    assert c.cmd(f'SITE CHMOD 600 {path}') == 550
    assert c.cmd(f'RNFR {tree.home()}/f') == 350 and c.cmd(f'RNTO {path}') == 550
    assert c.cmd(f'MKD {tree.dir}/open/.FTPACCESS') == 550
    assert (tree.dir / 'open/.ftpaccess').read_text() == '# root\n'
    assert uid_of('alice') != 0


# -- a stranger's file costs what it is worth ---------------------------------------

@pytest.mark.parametrize('expression',
                         ['a' + '+' * 40, '(' + 'a?' * 40 + ')+', '(a|)' * 9 + '(^|b?)*'])
def test_an_expression_that_would_never_be_read(ftpd, tree, expression):
    rules(tree, 'top', f'PathDenyFilter {expression}\n')
    s = ftpd(JAIL)
    c = enter(s)
    assert get(c, 'top/f') == 550 and get(c, 'f') == 226
    s.log_wait('too costly for a .ftpaccess file')


def test_a_tree_in_which_each_directory_hides(ftpd, place):
    names = [f'd{i:03}' for i in range(100)]
    for name in names:
        directory(place, name)
        place.file(f'{name}/{name}', b'x')
        place.file(f'{name}/other', b'x')
        rules(place, name, f'HideFiles ^{name}$\n')
    c = enter(ftpd(JAIL))
    code, data = c.fetch('LIST -R')
    assert code == 226
    for name in names:
        assert f'\r\n{name}:\r\n'.encode() in data
    assert data.count(b' other\r\n') == 100
    assert len(re.findall(rb' d\d\d\d\r\n', data)) == 100      # the directories, not the files


def test_no_directory_of_that_name(ftpd, tree):
    c = enter(ftpd(JAIL))
    assert c.cmd('MKD .ftpaccess') == 550 and c.cmd('XMKD top/.FtpAccess') == 550
    assert c.cmd('MKD other') == 257
