"""Rules for users, groups, classes, addresses, commands and paths, all in one configuration."""

import re
import subprocess

import pytest

from harness import HASH

NO_HOSTS = {'hosts.allow': '', 'hosts.deny': '', 'hosts': '',
            'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n'}
ANON = '<Anonymous {anon}>\nUser ftp\nGroup ftp\nRequireValidShell off\n%s\n</Anonymous>\n'
VHOST = '<VirtualHost 127.0.0.1>\nAuthPAM off\nAuthUserFile {passwd}\nAuthGroupFile {group}\n' \
        'WtmpLog off\n%s\n</VirtualHost>\n'


def limit(names, *lines):
    return f'<Limit {names}>\n' + ''.join(f'{l}\n' for l in lines) + '</Limit>\n'


ALLOW, DENY = limit('LOGIN', 'AllowAll'), limit('LOGIN', 'DenyAll')


@pytest.fixture
def peers(network):
    for address in ('10.1.1.7', '10.1.1.8', '10.2.2.2', '10.9.9.9'):
        subprocess.run(['ip', 'addr', 'add', f'{address}/32', 'dev', 'lo'], check=True)


def first_reply(server, source):
    c = server.connect(greet=False, source=(source, 0))
    return c, c.reply()


def verdicts(server, *users):
    """The verdict for each user, on a connection of his own."""
    return [int(server.connect().login(*(user.split(':') if ':' in user else (user, 'pw'))))
            for user in users]


# -- <Limit LOGIN> --------------------------------------------------------------------------

def test_faq_5_11a_an_address_is_refused_at_connect(peers, ftpd):
    s = ftpd(limit('LOGIN', 'Order deny,allow', 'Deny from 10.1.1.', 'Allow from all'),
             etc=NO_HOSTS, syslog=True)
    c, reply = first_reply(s, '10.1.1.7')
    assert reply == 421 and len(reply.lines) == 1 and c.at_end()
    assert s.exit_status() == 0
    line = s.ns.log.wait('connection refused')
    assert line[1] == 'notice' and '10.1.1.7' in line[2] and re.search(r'conf:1\b', line[2])
    c, reply = first_reply(s, '10.2.2.2')
    assert reply == 220 and c.login() == 230


def test_faq_5_11b_from_anywhere(peers, ftpd):
    s = ftpd(DENY + ANON % ALLOW, etc=NO_HOSTS)
    for peer in ('10.1.1.7', '127.0.0.1'):
        c, reply = first_reply(s, peer)
        assert reply == 220
        assert c.cmd('USER alice') == 331 and c.cmd('PASS pw') == 530
        assert c.login('ftp', 'a@b') == 230


def test_faq_5_11c_an_anonymous_section_that_says_nothing(ftpd):
    s = ftpd(DENY + ANON % limit('WRITE', 'DenyAll'))
    c = s.connect(greet=False)
    assert c.reply() == 421 and c.at_end()
    # …and one whose word is for another peer
    s = ftpd(DENY + ANON % limit('LOGIN', 'Allow from 192.0.2.1'))
    assert s.connect(greet=False).reply() == 421
    s = ftpd(DENY + ANON % limit('LOGIN', 'Allow from 127.0.0.1'))
    assert verdicts(s, 'alice', 'ftp:a@b') == [530, 230]


def test_faq_5_11d_the_inner_word_is_final(ftpd):
    assert verdicts(ftpd(ANON % DENY), 'ftp:a@b', 'alice') == [530, 230]
    assert verdicts(ftpd(ALLOW + ANON % DENY), 'ftp:a@b', 'alice') == [530, 230]
    assert verdicts(ftpd(limit('LOGIN', 'DenyUser ftp') + ANON % ALLOW), 'ftp:a@b') == [230]
    assert verdicts(ftpd(limit('LOGIN', 'DenyUser ftp') + ANON % ''), 'ftp:a@b') == [530]


def test_faq_5_11e_in_a_directory(ftpd):
    s = ftpd('<Directory {home}/alice>\n' + DENY + '</Directory>\n')
    assert verdicts(s, 'alice') == [230]
    status, said = s.check()
    assert status == 0 and re.search(r'conf:2: <Limit>: LOGIN: meaningless in <Directory>', said)


def test_faq_5_11f_two_sections_must_agree(ftpd):
    one, two = limit('LOGIN', 'AllowUser alice'), limit('LOGIN', 'DenyUser alice')
    for conf in (one + two, two + one):
        s = ftpd(conf)
        assert verdicts(s, 'alice', 'bob') == [530, 230]
        status, said = s.check()
        assert status == 0 and 'LOGIN stands in line' in said
    # Global's counts too
    s = ftpd(one + '<Global>\n' + two + '</Global>\n')
    assert verdicts(s, 'alice', 'bob') == [530, 230]


@pytest.mark.parametrize('lines, alice, bob, carol', [
    (['AllowUser alice', 'DenyAll'], 230, 530, 530),
    (['DenyUser !alice'], 230, 530, 530),
    (['AllowUser alice,bob', 'DenyAll'], 230, 230, 530),
    (['AllowUser AND alice,bob', 'DenyAll'], 530, 530, 530),
    (['AllowGroup users,staff', 'DenyAll'], 530, 530, 230),
    (['AllowGroup OR anonftp,staff', 'DenyAll'], 530, 230, 230),
    (['AllowGroup users,!staff', 'DenyAll'], 230, 230, 530),
    (['DenyGroup !anonftp'], 530, 230, 530),
    (['AllowUser regex ^(al|ca)', 'DenyAll'], 230, 530, 230),
    (['Order deny,allow', 'AllowUser bob'], 530, 230, 530),
    (['DenyUser alice', 'AllowAll'], 230, 230, 230),
    (['Order deny,allow', 'DenyUser alice', 'AllowAll'], 530, 230, 230),
    (['AllowAll', 'DenyAll'], 230, 230, 230),
    (['AllowUser bob'], 230, 230, 230),
])
def test_expressions(ftpd, lines, alice, bob, carol):
    s = ftpd(limit('LOGIN', *lines))
    assert verdicts(s, 'alice', 'bob', 'carol') == [alice, bob, carol]


def test_no_allow_line_for_a_user_keeps_a_peer_out(ftpd):
    # Nobody can be let in where Order denies what nothing allows: that is known at connect.
    s = ftpd(limit('LOGIN', 'Order deny,allow', 'DenyUser bob'))
    assert s.connect(greet=False).reply() == 421


# -- FAQ 5.13, 5.16, 5.17 -------------------------------------------------------------------

def test_faq_5_13b_a_site_of_each_user(ftpd, place):
    (place.home('bob') / 'anon-ftp').mkdir()
    place.file('anon-ftp/f', b'a file', user='bob')
    for name in ('', '/incoming', '/d'):
        path = place.home('bob') / f'anon-ftp{name}'
        path.mkdir(exist_ok=True)
        subprocess.run(['chown', '61002:61100', str(path)], check=True)
    place.file('anon-ftp/incoming/old', b'an upload', user='bob')
    s = ftpd(VHOST % (
        limit('LOGIN', 'DenyGroup !anonftp') + 'DefaultRoot ~/anon-ftp\n'
        '<Directory ~/anon-ftp>\n' + limit('WRITE', 'DenyAll') + '</Directory>\n'
        '<Directory ~/anon-ftp/incoming>\n' + limit('STOR', 'AllowAll') +
        limit('READ WRITE', 'DenyAll') + '</Directory>\n'))
    assert verdicts(s, 'alice') == [530]
    c = s.login('bob')
    assert c.cmd('PWD').text.startswith('"/"')
    assert c.store('STOR x', b'x') == 550
    assert c.get('f') == b'a file'
    assert c.store('STOR incoming/x', b'new') == 226
    assert (place.home('bob') / 'anon-ftp/incoming/x').read_bytes() == b'new'
    assert c.fetch('RETR incoming/old')[0] == 550
    assert c.cmd('MKD incoming/d') == 550 and c.cmd('DELE incoming/old') == 550
    # by every other name of the same place
    assert c.cmd('CWD incoming') == 250
    for name in ('old', './old', '/incoming/old', '//incoming/./old', '../incoming/old'):
        assert c.fetch(f'RETR {name}')[0] == 550 and c.cmd(f'DELE {name}') == 550, name


CLASSES = ('<Class office>\nFrom 10.1.1.7\n</Class>\n'
           '<Class near>\nFrom 10.1.0.0/16 127.0.0.0/8\n</Class>\n')


def test_conditions_by_class_bodies_for_a_class(peers, ftpd, place):
    # Any value: a limit of the rate, a mask, a greeting.
    s = ftpd(CLASSES + 'Umask 027\nServerIdent on "anywhere"\n'
             '<IfClass office>\nUmask 077\nServerIdent on "office"\n</IfClass>\n'
             '<IfClass near>\nServerIdent on "near"\n</IfClass>\n'
             '<IfClass !office,!near>\nAccessGrantMsg "from far"\n</IfClass>\n', etc=NO_HOSTS)
    for peer, ident, mode in (('10.1.1.7', 'office', 0o700), ('10.1.1.8', 'near', 0o750),
                              ('10.2.2.2', 'anywhere', 0o750)):
        c, reply = first_reply(s, peer)
        assert reply.text == ident
        assert c.login() == 230
        assert c.cmd(f'MKD d{ident}') == 257
        assert (place.home() / f'd{ident}').stat().st_mode & 0o777 == mode
        c.quit()


def test_ifclass_limits_at_connect(peers, ftpd):
    s = ftpd(CLASSES + '<IfClass office>\n' + DENY + '</IfClass>\n'
             '<IfClass near>\n' + limit('LOGIN', 'DenyUser alice') + '</IfClass>\n', etc=NO_HOSTS)
    assert first_reply(s, '10.1.1.7')[1] == 421     # the first class in the file is the peer's
    for peer, alice in (('10.1.1.8', 530), ('10.2.2.2', 230)):
        assert first_reply(s, peer)[0].login('alice') == alice
        assert first_reply(s, peer)[0].login('bob') == 230


def test_no_such_class(ftpd):
    s = ftpd('<IfClass office>\nUmask 077\n</IfClass>\n' + limit('READ', 'AllowClass nowhere'))
    status, said = s.check()
    assert status == 0
    assert re.search(r'warning: .*conf:1: <IfClass>: office: there is no <Class>', said)
    assert re.search(r'warning: .*conf:5: .*nowhere: there is no <Class>', said)


def test_faq_5_17b_site_chmod(ftpd, place):
    place.file('f', b'x')
    place.file('f', b'x', user='bob')
    s = ftpd(limit('SITE_CHMOD', 'DenyAll'))
    c = s.login()
    assert c.cmd('SITE CHMOD 600 f') == 550 and c.cmd('site chmod 600 f') == 550
    assert (place.home() / 'f').stat().st_mode & 0o777 == 0o644
    assert c.store('STOR g', b'x') == 226 and c.cmd('DELE g') == 250     # nothing else is touched
    s = ftpd(limit('SITE_CHMOD', 'AllowUser bob', 'DenyAll'))
    assert s.login('alice').cmd('SITE CHMOD 600 f') == 550
    assert s.login('bob').cmd('SITE CHMOD 600 f') == 200
    assert (place.home('bob') / 'f').stat().st_mode & 0o777 == 0o600
    # its own name comes before SITE, and SITE before WRITE
    s = ftpd(limit('SITE_CHMOD', 'AllowUser bob') + limit('SITE', 'DenyAll'))
    assert s.login('alice').cmd('SITE CHMOD 600 f') == 550
    assert s.login('bob').cmd('SITE CHMOD 640 f') == 200
    s = ftpd(limit('SITE', 'AllowAll') + limit('WRITE', 'DenyAll'))
    assert s.login('alice').cmd('SITE CHMOD 600 f') == 200


# -- the policy of an exit point ------------------------------------------------------------

POLICY = '''AllowForeignAddress on
AllowOverwrite on
DenyFilter (\\*.*/|%)
PathDenyFilter \\.exe$
<Class office>
Satisfy all
From 10.1.1.0/24 !10.1.1.8
</Class>
<Limit LOGIN>
Order deny,allow
Deny from 10.9.9.
DenyUser username
DenyGroup private
Allow from all
</Limit>
<IfUser alice>
<Limit LOGIN>
AllowClass office
DenyAll
</Limit>
</IfUser>
<Directory {dir}/shared>
<Limit WRITE>
DenyAll
</Limit>
<Limit SITE_CHMOD>
AllowUser carol
DenyAll
</Limit>
</Directory>
<Directory {dir}/shared/staff>
<Limit READ>
AllowGroup staff
DenyAll
</Limit>
<Limit DIRS>
AllowGroup OR staff,anonftp
DenyAll
</Limit>
</Directory>
<Directory {dir}/shared/in>
<Limit STOR>
Order deny,allow
DenyUser carol
Allow from 10.1.1. 127.0.0.1
</Limit>
<Limit RETR DELE>
AllowUser carol
DenyAll
</Limit>
</Directory>
<Directory {dir}/shared/in/closed>
<Limit ALL>
DenyAll
</Limit>
</Directory>
'''


def test_faq_B6_a_request_and_its_verdict(peers, ftpd, place):
    """
    By user, group, address, class, command, argument and path. The two pairs about rates and sizes
    are left out here: those directives have tests of their own.
    """
    shared = place.dir / 'shared'
    for name in ('', 'pub', 'staff', 'in', 'in/closed'):
        (shared / name).mkdir()
        (shared / name).chmod(0o777)
    for name in ('pub/f', 'staff/f', 'in/f', 'in/closed/f'):
        place.write(f'shared/{name}', 'text')
    place.write('shared/pub/own', 'x', owner='carol')
    s = ftpd(POLICY, etc=NO_HOSTS)
    out, office = '10.2.2.2', '10.1.1.7'
    d = shared
    pairs = [
        # who may come in, and from where
        ('alice', office, None, 230), ('alice', out, None, 530), ('alice', '10.1.1.8', None, 530),
        ('bob', out, None, 230), ('username', office, None, 530), ('private', office, None, 530),
        # reading, by group
        ('bob', out, f'RETR {d}/pub/f', 226), ('bob', out, f'RETR {d}/staff/f', 550),
        ('carol', out, f'RETR {d}/staff/f', 226), ('alice', office, f'SIZE {d}/staff/f', 550),
        ('bob', out, f'CWD {d}/staff', 250), ('alice', office, f'CWD {d}/staff', 550),
        ('alice', office, f'LIST {d}/staff', 550), ('bob', out, f'NLST {d}/staff', 226),
        # storing, by path, user and address
        ('bob', out, f'STOR {d}/pub/new', 550), ('bob', out, f'MKD {d}/pub/d', 550),
        ('alice', office, f'STOR {d}/in/a', 226), ('bob', out, f'STOR {d}/in/b', 550),
        ('bob', office, f'STOR {d}/in/b', 226), ('carol', office, f'STOR {d}/in/c', 550),
        ('bob', office, f'APPE {d}/in/b', 550), ('bob', office, f'RETR {d}/in/b', 550),
        ('bob', office, f'DELE {d}/in/b', 550), ('carol', out, f'DELE {d}/in/b', 250),
        ('bob', office, f'STOR {d}/in/closed/x', 226),      # STOR's own word comes before ALL
        ('carol', out, f'RETR {d}/in/closed/f', 226), ('bob', office, f'MKD {d}/in/closed/d', 550),
        # modes, by user
        ('carol', out, f'SITE CHMOD 600 {d}/pub/own', 200),
        ('bob', out, f'SITE CHMOD 600 {d}/pub/f', 550),
        # arguments
        ('bob', office, f'STOR {d}/in/x.exe', 550), ('bob', office, f'LIST {d}/*/../*', 550),
        ('bob', office, f'RETR {d}/pub/%66', 550), ('alice', office, 'STOR own.txt', 226),
    ]
    assert len(pairs) >= 30
    for user, peer, command, verdict in pairs:
        c = s.connect(source=(peer, 0))
        reply = c.login(user)
        if command is not None:
            assert reply == 230, (user, peer)
            c.cmd('TYPE I')
            verb = command.split()[0]
            reply = c.store(command, b'x') if verb in ('STOR', 'APPE') else \
                c.fetch(command)[0] if verb in ('RETR', 'LIST', 'NLST') else c.cmd(command)
        assert reply == verdict, (user, peer, command, reply)
        c.close()


# -- <IfUser>, <IfGroup>, <IfAuthenticated> -------------------------------------------------

def mode_of_new(server, place, user):
    c = server.login(user)
    c.cmd('RMD new')
    assert c.cmd('MKD new') == 257
    return (place.home(user) / 'new').stat().st_mode & 0o777


def test_values_of_a_body(ftpd, place):
    s = ftpd('Umask 022\n<IfUser alice>\nUmask 077\n</IfUser>\n'
             '<IfGroup staff>\nUmask 027\n</IfGroup>\n')
    assert [mode_of_new(s, place, u) for u in ('alice', 'bob', 'carol')] == [0o700, 0o755, 0o750]
    # of two that hold, the later in the file counts; one is enough to replace the server's
    s = ftpd('<IfAuthenticated>\nUmask 077\n</IfAuthenticated>\nUmask 022\n'
             '<IfGroup users,staff>\nUmask 027\n</IfGroup>\n')
    assert [mode_of_new(s, place, u) for u in ('bob', 'carol')] == [0o700, 0o750]
    s = ftpd('Umask 022\n<IfUser regex ^c>\nUmask 077\n</IfUser>\n<IfUser !carol>\nUmask 027\n'
             '</IfUser>\n')
    assert [mode_of_new(s, place, u) for u in ('bob', 'carol')] == [0o750, 0o700]
    s = ftpd('Umask 022\n<IfGroup OR anonftp,staff>\nUmask 077\n</IfGroup>\n'
             '<IfUser AND alice,bob>\nUmask 0\n</IfUser>\n')
    assert [mode_of_new(s, place, u) for u in ('alice', 'bob', 'carol')] == [0o755, 0o700, 0o700]


def test_sections_of_a_body(ftpd, place):
    for user in ('alice', 'bob'):
        place.file('f', b'x', user=user)
        (place.home(user) / 'd').mkdir()
        place.file('d/g', b'x', user=user)
    s = ftpd(limit('RETR', 'AllowAll') + '<IfUser alice>\n' + limit('RETR', 'DenyAll') +
             '<Directory ~/d>\n' + limit('RETR', 'AllowAll') + limit('DELE', 'DenyAll') +
             '</Directory>\n</IfUser>\n')
    for user, f, g, dele in (('alice', 550, 226, 550), ('bob', 226, 226, 550)):
        c = s.login(user)
        assert c.fetch('RETR f')[0] == f and c.fetch('RETR d/g')[0] == g, user
        assert c.cmd('DELE d/g') == dele or user == 'bob'
        assert c.cmd('DELE f') == 250


def test_a_bodys_login_limit_ends_the_session(ftpd):
    s = ftpd('<IfUser alice>\n' + DENY + '</IfUser>\n<IfGroup staff>\n' +
             limit('LOGIN', 'Deny from 127.0.0.1') + '</IfGroup>\n')
    c = s.connect()
    assert c.cmd('USER alice') == 331
    assert c.cmd('PASS pw') == 530 and c.at_end()
    s.exit_status()
    s.log_wait('USER alice.*login-limit: .*conf:2')
    c = s.connect()
    assert c.login('carol') == 530 and c.at_end()
    c = s.connect()
    assert c.login('alice', 'wrong') == 530         # no rule before the password
    assert c.login('bob') == 230


def test_conditions_inside_each_other(peers, ftpd, place):
    s = ftpd(CLASSES + 'Umask 022\n<IfClass office>\n<IfUser alice>\nUmask 077\n</IfUser>\n'
             '<IfGroup staff>\nUmask 027\n</IfGroup>\n</IfClass>\n', etc=NO_HOSTS)
    for peer, user, mode in (('10.1.1.7', 'alice', 0o700), ('10.1.1.7', 'carol', 0o750),
                             ('10.1.1.7', 'bob', 0o755), ('10.2.2.2', 'alice', 0o755),
                             ('10.2.2.2', 'carol', 0o755)):
        c = first_reply(s, peer)[0]
        assert c.login(user) == 230
        c.cmd('RMD new')
        assert c.cmd('MKD new') == 257
        assert (place.home(user) / 'new').stat().st_mode & 0o777 == mode, (peer, user)
        c.quit()


def test_conditions_in_global_and_in_a_virtual_host(ftpd, place):
    s = ftpd('<Global>\nUmask 022\n<IfUser alice>\nUmask 077\n</IfUser>\n'
             '<IfGroup staff>\n' + DENY + '</IfGroup>\n</Global>\n'
             + VHOST % '<IfUser bob>\nUmask 027\n</IfUser>\n')
    assert [mode_of_new(s, place, u) for u in ('alice', 'bob', 'username')] == [0o700, 0o750, 0o755]
    c = s.connect()
    assert c.login('carol') == 530 and c.at_end()
    # what the main server holds for users is not for a virtual host's
    s = ftpd('<IfUser alice>\n' + DENY + '</IfUser>\n' + VHOST % 'Umask 022\n')
    assert verdicts(s, 'alice') == [230]


def test_conditions_and_anonymous_users(ftpd, place):
    s = ftpd(ANON % 'UserAlias anonymous ftp\n' + '<IfUser ftp>\n' + limit('READ', 'DenyAll') +
             '</IfUser>\n<IfGroup ftp>\n' + limit('DIRS', 'DenyAll') + '</IfGroup>\n')
    c = s.connect()
    assert c.login('anonymous', 'a@b') == 230
    assert c.fetch('RETR pub/file')[0] == 550 and c.fetch('LIST')[0] == 550
    c = s.login('alice')
    assert c.fetch('LIST')[0] == 226


def test_what_comes_too_late_is_told(ftpd):
    late = ['AccessDenyMsg no', 'AuthUserFile {passwd}', 'DefaultRoot ~',
            'DisplayConnect /etc/motd', 'RequireValidShell off', 'RootLogin off', 'ServerIdent off',
            'TransferLog none', 'UseFtpUsers off', 'UserAlias a b', 'SyslogLevel debug',
            'Port 2121']
    s = ftpd('<IfUser alice>\n' + '\n'.join(late) + '\nUmask 077\nTimeoutIdle 5\n</IfUser>\n')
    status, said = s.check()
    assert status == 0, said
    for number, line in enumerate(late, 2):
        assert re.search(rf'warning: .*conf:{number}: {line.split()[0]}: has no effect here',
                         said), line
    assert 'Umask' not in said and 'TimeoutIdle' not in said


@pytest.mark.parametrize('section', [
    '<Global>\nUmask 077\n</Global>', '<Class a>\nFrom all\n</Class>',
    '<VirtualHost 192.0.2.1>\n</VirtualHost>'])
def test_what_is_everybodys_stands_in_no_condition(ftpd, section):
    for condition in ('<IfUser alice>\n%s\n</IfUser>\n', '<IfClass a>\n%s\n</IfClass>\n'):
        s = ftpd(condition % section)
        status, said = s.check()
        assert status == 1 and re.search(r'conf:2: <\w+>: not allowed in a conditional', said), said
        assert s.connect(greet=False).reply() == 421


def test_a_condition_costs_no_other_user_his_session(ftpd, place):
    # A refusal by one body leaves nothing behind for the next connection; a wrong password none
    # at all.
    s = ftpd('Umask 022\n<IfUser alice>\nUmask 077\n' + limit('MKD', 'DenyAll') + '</IfUser>\n'
             f'UserPassword bob {HASH}\n')
    c = s.connect()
    assert c.login('alice', 'wrong') == 530
    assert c.login('bob') == 230
    assert c.cmd('MKD new') == 257
    assert (place.home('bob') / 'new').stat().st_mode & 0o777 == 0o755
