""".ftpaccess files that change, that cannot be obeyed, and what a stranger's one costs."""

import os
import re

import pytest

from ftpaccess import (DENY_READ, JAIL, directory, enter, get, limit, rules,
                       tree)  # noqa: F401 (a fixture)
from harness import USERS, until


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
