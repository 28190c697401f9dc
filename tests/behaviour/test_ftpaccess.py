"""Rules in .ftpaccess files, and who may have them obeyed (directives.md, 4)."""

import os
import re

import pytest

from ftpaccess import DENY_READ, JAIL, enter, get, limit, rules, tree  # noqa: F401 (a fixture)
from harness import USERS, uid_of


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
