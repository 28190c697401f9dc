"""The FAQ's 5.6 to 5.8 and 6.10: what listings leave out, and what answers as if it were absent."""
import os
import re

import pytest

from harness import GROUPS, USERS, uid_of

ANON = '''<Anonymous {anon}>
User ftp
Group ftp
UserAlias anonymous ftp
RequireValidShell off
%s
</Anonymous>
'''
HOME = 'DefaultRoot ~\n<Directory ~>\n%s\n</Directory>\n'
IGNORE = '<Limit %s>\nIgnoreHidden on\n</Limit>'


def listings(c, directory=''):
    """Every listing of a directory: verb → the names it shows, but . and .. ."""
    def last(text):
        return {line.partition(' -> ')[0].split(' ')[-1] for line in text.splitlines()
                if not line.endswith(':')}
    shown = {verb: last(c.fetch(f'{verb} {directory}'.strip())[1].decode())
             for verb in ('LIST -1', 'LIST -l', 'NLST', 'MLSD', 'LIST -aR')}
    shown['STAT'] = last('\n'.join(c.cmd(f'STAT {directory or "."}').lines[1:-1]))
    pattern = f'NLST {directory + "/" if directory else ""}*'
    shown['NLST *'] = last((c.fetch(pattern)[1] or b'').decode())
    return {verb: {name.rpartition('/')[2] for name in names} for verb, names in shown.items()}


def absent(c, *names, directory=''):
    for verb, shown in listings(c, directory).items():
        assert not shown & set(names), (verb, shown)


def present(c, *names, directory=''):
    for verb, shown in listings(c, directory).items():
        assert shown >= set(names), (verb, shown)


@pytest.fixture
def private(place):
    """The FAQ's directory: ftp's own, of the group staff."""
    path = place.anon / 'private'
    path.mkdir(mode=0o750)
    place.write('ANON/private/f', 'not secret')
    os.chown(path, uid_of('ftp'), GROUPS['staff'][0])
    return path


@pytest.mark.parametrize('where', ['%s', '<Directory *>\n%s\n</Directory>',
                                   '<Directory private>\n%s\n</Directory>'])
def test_faq_5_6a_a_group_is_hidden(ftpd, place, private, where):
    c = ftpd(ANON % (where % 'HideGroup staff')).login('anonymous', 'a@b')
    absent(c, 'private')
    present(c, 'pub', 'Private')


def test_faq_5_6b_hidden_is_not_forbidden(ftpd, place, private):
    c = ftpd(ANON % 'HideGroup staff').login('anonymous', 'a@b')
    assert c.cmd('CWD private') == 250
    assert c.fetch('RETR f')[1] == b'not secret'
    assert c.fetch('RETR /private/f')[1] == b'not secret'
    present(c, 'f')


@pytest.fixture
def mixed(place):
    """alice's home, with things of others' in it."""
    for name, owner, group, mode in (
            ('mine', 'alice', 'users', 0o644), ('bobs', 'bob', 'users', 0o644),
            ('of-staff', 'bob', 'staff', 0o644), ('closed', 'bob', 'users', 0o600),
            ('.dot', 'alice', 'users', 0o644)):
        path = place.write(f'home/alice/{name}', name, mode)
        os.chown(path, USERS[owner][0], GROUPS[group][0])
    for name, mode in (('dir', 0o755), ('closed-dir', 0o700)):
        (place.home() / name).mkdir()
        (place.home() / name).chmod(mode)
        os.chown(place.home() / name, USERS['bob'][0], GROUPS['users'][0])
    (place.home() / 'to-bobs').symlink_to('bobs')
    (place.home() / 'to-nothing').symlink_to('nothing')
    return place.home()


@pytest.mark.parametrize('rules, gone, there', [
    ('HideUser bob', ['bobs', 'of-staff', 'closed', 'dir', 'closed-dir', 'to-bobs'],
     ['mine', 'to-nothing']),
    ('HideUser ~', ['mine'], ['bobs', 'dir', 'to-bobs', 'to-nothing']),
    ('HideUser !bob', ['mine', 'to-nothing'], ['bobs', 'of-staff', 'dir', 'to-bobs']),
    ('HideUser !~', ['bobs', 'dir', 'to-bobs', 'to-nothing'], ['mine']),
    ('HideGroup staff', ['of-staff'], ['mine', 'bobs', 'dir']),
    ('HideGroup !~', ['of-staff'], ['mine', 'bobs', 'dir']),
    ('HideUser bob\nHideUser alice', ['mine', 'bobs'], ['to-nothing']),
    ('HideUser nobody-has-this-name\nHideGroup nor-this', [], ['mine', 'bobs', 'of-staff']),
    ('HideNoAccess on', ['closed', 'closed-dir'], ['mine', 'bobs', 'dir', 'to-bobs', 'to-nothing']),
    (r'HideFiles ^\.', ['.dot'], ['mine', 'bobs']),
    ('HideFiles ^bobs$', ['bobs', 'to-bobs'], ['mine', 'dir']),
    ('HideFiles !^(mine|to-.*)$', ['bobs', 'dir', 'closed', 'to-bobs'], ['mine']),
    ('HideFiles o user bob\nHideFiles i user alice', ['mine', 'dir', 'to-nothing'], ['bobs']),
    ('HideFiles o group users', ['bobs', 'to-bobs', 'of-staff'], ['mine']),
    ('HideFiles o group users,staff\nHideFiles e$', ['mine'], ['bobs']),
])
def test_faq_5_6c_hidden_from_every_listing(ftpd, mixed, rules, gone, there):
    server = ftpd(HOME % rules)
    os.chown(mixed / 'to-nothing', USERS['carol'][0], -1, follow_symlinks=False)
    c = server.login()
    absent(c, *gone)
    present(c, *there)
    for verb in ('LIST -a', 'MLSD'):
        shown = {line.split(' ')[-1] for line in c.fetch(verb)[1].decode().splitlines()}
        assert shown >= {'.', '..'}, (verb, shown)


@pytest.mark.parametrize('rules', ['HideUser bob', 'HideGroup staff', 'HideNoAccess on',
                                   'HideFiles ^secret'])
def test_hidden_from_a_listing_of_its_own_name(ftpd, secrets, rules):
    """What hides is no lie about what is there, so it is an empty listing; all else goes on."""
    (secrets / 'to-secret').symlink_to('secret')
    (secrets / 'sub').mkdir()
    (secrets / 'sub/to-secret').symlink_to('../secret')
    names = ['secret', './/secret', '~/secret', 'to-secret']
    if 'NoAccess' not in rules:
        (secrets / 'secret-dir').chmod(0o755)
        names.append('-d secret-dir')
    c = ftpd(HOME % rules).login()
    for name in names:
        for verb in ('LIST', 'NLST'):
            assert c.fetch(f'{verb} {name}') == (226, b''), (verb, name)
        reply = c.cmd(f'STAT {name}')
        assert reply == 213 and len(reply.lines) == 2, (name, reply)
    for pattern in ('[s]ub/to-secret', '?ecret', '[.]/secret'):
        assert c.cmd(f'NLST {pattern}') == 450, pattern
    assert c.fetch('NLST plain')[1] == b'plain\r\n'
    assert len(c.cmd('STAT plain').lines) == 3
    assert c.fetch('NLST -d')[1] == b'.\r\n'
    assert c.cmd('MDTM secret') == 213
    assert c.cmd('RNFR secret') == 350


def test_a_hidden_directory_itself_is_listed_as_dot(ftpd, place):
    c = ftpd(HOME % 'HideUser ~').login()
    for name in ('', '.'):
        assert c.fetch(f'NLST -d {name}'.strip())[1] == b'.\r\n'


def test_hidefiles_of_the_directory_that_holds_it(ftpd, place):
    """The innermost that is for the session decides, and none lets all be seen."""
    for name in ('sub', 'sub/deep'):
        (place.home() / name).mkdir()
    for name in ('x', 'y', 'sub/x', 'sub/y', 'sub/deep/x', 'sub/deep/y'):
        place.file(name)
    conf = ('DefaultRoot ~\n<Directory ~>\nHideFiles x\n</Directory>\n<Directory ~/sub>\n'
            'HideFiles y\n</Directory>\n<Directory ~/sub/deep>\nHideFiles none user alice\n'
            'HideFiles .\n</Directory>\n')
    c = ftpd(conf).login()
    assert c.names() == ['sub', 'y']
    assert c.names('NLST sub') == ['sub/deep', 'sub/x']
    assert c.names('NLST sub/deep') == ['sub/deep/x', 'sub/deep/y']
    words = ' '.join(line.split(' ')[-1] for line in c.names('LIST -1R'))
    assert words == 'sub y  sub: deep x  sub/deep: x y', words


def test_faq_5_6d_case_matters(ftpd, place, private):
    server = ftpd('DebugLevel 5\n' + ANON %
                  '<Directory Private>\nHideGroup staff\n</Directory>\n')
    c = server.login('anonymous', 'a@b')
    present(c, 'private')
    assert c.cmd('CWD private') == 250
    server.log_wait(r'no section for /private')
    server.log_wait(r'CWD /private: allowed, no rule')


def test_faq_5_7_the_primary_group(ftpd, place, private):
    os.chown(private, uid_of('ftp'), GROUPS['ftp'][0])
    c = ftpd(ANON % 'HideGroup ftp').login('anonymous', 'a@b')
    absent(c, 'private')
    present(c, 'pub')


def test_faq_5_8a_a_directory_without_access(ftpd, place):
    path = place.anon / 'shut'
    path.mkdir()
    path.chmod(0o700)
    c = ftpd(ANON % '').login('anonymous', 'a@b')
    reply = c.cmd('CWD shut')
    assert reply == 550 and 'Permission denied' in reply.text
    present(c, 'shut', 'pub')
    c = ftpd(ANON % 'HideNoAccess on').login('anonymous', 'a@b')
    absent(c, 'shut')
    present(c, 'pub')


HIDING = ['HideFiles ^secret', 'HideUser bob', 'HideGroup staff', 'HideNoAccess on']
ASKING = ['CWD {}', 'XCWD {}', 'RETR {}', 'SIZE {}', 'MDTM {}', 'DELE {}', 'RMD {}', 'RNFR {}',
          'STAT {}', 'MLST {}', 'MLSD {}', 'LIST {}', 'NLST {}', 'LIST {}/x', 'SIZE {}/x',
          'CWD {}/x', 'SITE CHMOD 600 {}', 'MFMT 20200102030405 {}', 'LIST {}*', 'NLST ./{}',
          'STAT {}/*']


@pytest.fixture
def secrets(place):
    (place.home() / 'secret-dir').mkdir()
    (place.home() / 'secret-dir/x').mkdir()
    place.file('secret', b'secret')
    place.file('plain', b'plain')
    for name, mode in (('secret', 0o600), ('secret-dir', 0o700)):
        os.chown(place.home() / name, USERS['bob'][0], GROUPS['staff'][0])
        (place.home() / name).chmod(mode)
    return place.home()


def mute(reply, name):
    return int(reply), [line.replace(name, 'NAME') for line in reply.lines]


@pytest.mark.parametrize('verbs', ['ALL', 'READ WRITE DIRS'])
@pytest.mark.parametrize('hiding', HIDING)
def test_faq_5_8b_ignored_is_missing(ftpd, secrets, hiding, verbs):
    server = ftpd('AllowOverwrite on\nAllowStoreRestart on\nDebugLevel 5\n' +
                  HOME % f'{hiding}\n{IGNORE % verbs}')
    c = server.login()
    for command in ASKING:
        missing = c.cmd(command.format('nobody-has-it'))
        assert missing in (450, 550), (command, missing)
        for name in ('secret', 'secret-dir', './/secret', '/secret-dir/.', '../secret/',
                     '~/secret'):
            assert mute(c.cmd(command.format(name)), name) == mute(missing, 'nobody-has-it'), \
                (command, name)
    for command in ('STOR secret', 'APPE secret', 'MKD secret', 'MKD secret-dir', 'XMKD secret'):
        reply = c.cmd(command)
        assert reply == 550 and reply.text.endswith('No such file or directory.'), (command, reply)
    assert c.cmd('RNFR plain') == 350
    reply = c.cmd('RNTO secret')
    assert reply == 550 and reply.text == 'secret: No such file or directory.', reply
    assert (secrets / 'secret').read_bytes() == b'secret'
    absent(c, 'secret', 'secret-dir')
    present(c, 'plain')
    assert c.fetch('RETR plain')[1] == b'plain'
    server.log_wait(r'RETR /secret: hidden, as if missing by Hide\w+ at \S+:\d+, line \d+')


@pytest.mark.parametrize('hiding', HIDING[:3])
def test_faq_5_8b_other_commands_reach_it(ftpd, secrets, hiding):
    (secrets / 'secret').chmod(0o644)
    c = ftpd(HOME % f'{hiding}\n{IGNORE % "SIZE DIRS"}').login()
    assert c.fetch('RETR secret')[1] == b'secret'
    assert c.cmd('SIZE secret') == 550
    assert c.cmd('CWD secret-dir') == 550
    assert c.cmd('RNFR secret') == 350
    assert c.cmd('RNTO other') == 250
    assert (secrets / 'other').exists()


def test_ignorehidden_of_a_link(ftpd, secrets):
    """A link is hidden by its own name, and by what it leads to."""
    (secrets / 'link').symlink_to('secret')
    (secrets / 'secret-link').symlink_to('plain')
    c = ftpd(HOME % f'HideFiles ^secret\n{IGNORE % "ALL"}').login()
    for name in ('link', 'secret-link'):
        for command in ('SIZE', 'MLST', 'RETR', 'DELE', 'RNFR'):
            assert (mute(c.cmd(f'{command} {name}'), name)
                    == mute(c.cmd(f'{command} other'), 'other'))
    absent(c, 'link', 'secret-link')
    assert (secrets / 'link').is_symlink()


def test_ignorehidden_inner_off(ftpd, secrets):
    (secrets / 'sub').mkdir()
    (secrets / 'sub/secret').write_text('inner')
    conf = (HOME % f'HideFiles secret\n{IGNORE % "READ"}' +
            '<Directory ~/sub>\n<Limit READ>\nIgnoreHidden off\n</Limit>\n</Directory>\n')
    c = ftpd(conf).login()
    assert c.fetch('RETR secret')[0] == 550
    assert c.fetch('RETR sub/secret')[1] == b'inner'
    absent(c, 'secret', directory='sub')


def test_the_current_directory_is_hidden(ftpd, place):
    c = ftpd(HOME % f'HideUser ~\n{IGNORE % "LIST NLST STAT CWD"}').login()
    for command in ('LIST', 'NLST', 'STAT .', 'LIST .'):
        assert c.cmd(command) == 450, command
    assert c.cmd('CWD .') == 550
    assert c.cmd('CWD') == 501
    assert c.cmd('PWD') == 257


def test_a_pattern_in_a_hidden_directory(ftpd, secrets):
    """A wildcard lists, so it finds nothing in what may not be listed."""
    (secrets / 'secret-dir').chmod(0o755)
    c = ftpd(HOME % f'HideFiles ^secret\n{IGNORE % "LIST NLST"}').login()
    for pattern in ('secret-dir/*', 'secret-dir/x*', 's*/x', '*/x', '*/../secret', '?ecret'):
        for command in ('LIST', 'NLST'):
            assert c.cmd(f'{command} {pattern}') == 450, (command, pattern)


def test_noerrorifabsent_and_ignorehidden(ftpd, secrets):
    c = ftpd(HOME % f'ListOptions "" NoErrorIfAbsent\nHideFiles ^secret\n{IGNORE % "ALL"}').login()
    for name in ('secret', 'nobody-has-it'):
        for command in ('LIST', 'NLST'):
            reply, data = c.fetch(f'{command} {name}')
            assert (reply, data) == (226, b''), (command, name)


def test_faq_5_8c_facts_of_the_hidden(ftpd, secrets):
    (secrets / 'secret-dir').chmod(0o755)
    c = ftpd(HOME % f'HideUser bob\n{IGNORE % "ALL"}').login()
    for command in ('MLST', 'MLSD'):
        for name in ('secret', 'secret-dir'):
            assert (mute(c.cmd(f'{command} {name}'), name)
                    == mute(c.cmd(f'{command} other'), 'other'))
    assert b'secret' not in c.fetch('MLSD')[1]


def test_faq_6_10b_what_one_has_no_access_to(ftpd, place):
    def roots():
        place.write('home/alice/roots', 'x', 0o600)
    roots()
    c = ftpd(HOME % f'HideNoAccess on\n{IGNORE % "ALL"}').login()
    absent(c, 'roots')
    for command in ('DELE', 'RETR', 'SIZE'):
        assert c.cmd(f'{command} roots') == 550
        assert mute(c.cmd(f'{command} roots'), 'roots') == mute(c.cmd(f'{command} other'), 'other')
    assert (place.home() / 'roots').exists()
    c = ftpd(HOME % 'HideNoAccess on').login()
    absent(c, 'roots')
    assert c.cmd('DELE roots') == 250


def test_names_of_the_system_are_known(ftpd, place):
    """root need not be in the AuthUserFile for its files to be hidden."""
    text = place.passwd.read_text()
    place.passwd.write_text(''.join(l for l in text.splitlines(True) if not l.startswith('root:')))
    place.write('home/alice/roots', 'x')
    place.file('mine')
    server = ftpd('DebugLevel 5\n' + HOME % 'HideUser root\nHideUser nobody-has-this-name')
    c = server.login()
    absent(c, 'roots')
    server.log_wait('HideUser nobody-has-this-name: there is no such user; it hides nothing')


def test_every_listing_goes_on_in_a_large_directory(ftpd, place):
    """More entries than are sorted, with sections that name some of them."""
    for i in range(21000):
        os.mknod(place.home() / f'{i % 7}file{i:05d}{".bak" if i % 3 == 0 else ".dat"}')
    conf = 'DefaultRoot ~\n' + HOME.replace('DefaultRoot ~\n', '') % r'HideFiles \.bak$'
    for i in range(3):
        conf += f'<Directory ~/{i}*5.*>\n<Limit LIST MLSD>\nDenyAll\n</Limit>\n</Directory>\n'
    c = ftpd(conf).login()
    kept = {p.name for p in place.home().iterdir()
            if not p.name.endswith('.bak') and not re.fullmatch(r'[0-2].*5\..*', p.name)}
    for verb in ('LIST -1', 'MLSD'):
        shown = {line.split(' ')[-1]
                 for line in c.fetch(verb)[1].decode().splitlines()} - {'.', '..'}
        assert shown == kept


def test_t_names_the_mistakes(ftpd, place):
    server = ftpd()
    server.configure('<Directory /x>\nHideFiles (\nHideUser no-such-user\nHideGroup ~\n'
                     'HideNoAccess perhaps\n</Directory>\nHideFiles x\n')
    code, said = server.check()
    assert code == 1
    for line in (r':2: HideFiles: \(: ',
                 ':3: HideUser: no-such-user: there is no such user; it hides',
                 ':5: HideNoAccess: perhaps: on or off is expected',
                 ':7: HideFiles: not allowed in the main server; its place is <Directory>'):
        assert re.search(line, said), (line, said)
    assert ':4: HideGroup' not in said


def test_hidefiles_in_a_ftpaccess(ftpd, place):
    (place.home() / 'sub').mkdir()
    os.chown(place.home() / 'sub', *USERS['alice'])
    for name in ('sub/x', 'sub/y', 'sub/.ftpaccess'):
        place.file(name, b'HideFiles ^x$\n')
    server = ftpd('DefaultRoot ~\n')
    c = server.login()
    absent(c, 'x', directory='sub')
    present(c, 'y', directory='sub')
    assert c.cmd('MDTM sub/x') == 213


@pytest.mark.parametrize('inside', ['DenyAll\n', 'Nonsense\n', '<Limit ALL>\nAllowAll\n</Limit>\n'])
@pytest.mark.parametrize('outside', ['', '<Limit STAT MLST>\nDenyAll\n</Limit>\n'])
def test_a_ftpaccess_in_a_hidden_directory_tells_nothing(ftpd, place, inside, outside):
    """What lies in it cannot give it away: neither a denial nor a leave that only it has."""
    (place.home() / 'secret').mkdir()
    os.chown(place.home() / 'secret', *USERS['alice'])
    place.file('secret/.ftpaccess', inside.encode())
    place.file('secret/f', b'x')
    c = ftpd(HOME % f'{outside}HideFiles ^secret$\n{IGNORE % "ALL"}').login()
    for command in ('CWD {}', 'STAT {}', 'MLST {}', 'MLSD {}', 'LIST {}', 'SIZE {}', 'RMD {}',
                    'RNFR {}', 'MDTM {}', 'LIST {}/*', 'MDTM {}/nothing'):
        one, other = c.cmd(command.format('secret')), c.cmd(command.format('absent'))
        if command == 'MDTM {}/nothing' and inside[0] != '<':
            continue        # what is in it is hidden by nothing, and its rules hold
        assert mute(one, 'secret') == mute(other, 'absent'), command
    absent(c, 'secret')
