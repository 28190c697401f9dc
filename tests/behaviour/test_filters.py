"""AllowFilter, DenyFilter, PathAllowFilter, PathDenyFilter."""

import os

from harness import uid_of


def test_faq_6_3a_allowfilter(ftpd, place):
    for name in ('ab', 'a%b'):
        (place.home() / name).mkdir()
    c = ftpd('AllowFilter "^[a-zA-Z0-9 ,]*$"').login('alice', 'pw')
    assert c.cmd('CWD a%b') == 550
    assert c.cmd('CWD ab') == 250
    assert c.cmd('PWD') == 257


def test_the_password_is_not_filtered(ftpd, place):
    c = ftpd('DenyFilter pw').connect()
    assert c.login('alice', 'pw') == 230
    assert c.cmd('CWD pwx') == 550


def test_faq_6_3b_denyfilter(ftpd, place):
    (place.home() / 'd').mkdir()
    s = ftpd('DenyFilter \\*.*/')
    c = s.login()
    for verb in ('LIST', 'NLST', 'STAT', 'CWD'):
        assert c.cmd(f'{verb} */../*/../*') == 550
    assert c.cmd('CWD d') == 250
    code, said = ftpd('DenyFilter "*["').check()
    assert code == 1 and 'conf:1: DenyFilter: ' in said


def test_nocase(ftpd, place):
    c = ftpd('DenyFilter secret NC').login()
    assert c.cmd('CWD SeCrEt') == 550 and 'forbidden' in c.cmd('CWD SeCrEt').text.lower()


def test_path_filters(ftpd, place):
    place.file('ok.txt')
    s = ftpd('PathDenyFilter "(\\.ftpaccess|\\.exe)$"')
    c = s.login()
    assert c.store('STOR a.exe', b'x') == 550
    assert c.store('APPE a.exe', b'x') == 550
    assert c.cmd('MKD a.exe') == 550
    assert c.cmd('RNFR ok.txt') == 350
    assert c.cmd('RNTO b.exe') == 550
    assert c.store('STOR b.txt', b'x') == 226
    c = ftpd('PathAllowFilter "^[a-z.]+$"').login()
    assert c.store('STOR a1.txt', b'x') == 550
    assert c.store('STOR c.txt', b'x') == 226


def test_denied_groups_of_commands(ftpd, place):
    place.file('f', b'x')
    c = ftpd('<Limit READ>\nDenyAll\n</Limit>').login()
    c.cmd('TYPE I')
    assert c.fetch('RETR f')[0] == 550 and c.cmd('SIZE f') == 550
    assert c.names() == ['f'] and c.store('STOR g', b'x') == 226
    c = ftpd('<Limit WRITE>\nDenyAll\n</Limit>').login()
    assert c.store('STOR h', b'x') == 550 and c.cmd('MFMT 20200101000000 f') == 550
    assert c.cmd('SITE CHMOD 600 f') == 550 and c.get('f') == b'x'
    c = ftpd('<Limit DIRS>\nDenyAll\n</Limit>').login()
    for line in ('CWD /', 'XCWD /', 'CDUP', 'XCUP', 'MDTM f', 'MLST f', 'STAT f'):
        assert c.cmd(line) == 550, line
    for line in ('LIST', 'NLST', 'MLSD'):
        assert c.fetch(line)[0] == 550, line
    assert c.get(f'{place.home()}/f') == b'x'
    c = ftpd('<Limit ALL>\nDenyAll\n</Limit>').login()
    assert c.fetch('RETR f')[0] == 550
    c.pasv()
    c = ftpd('<Limit SITE_CHMOD>\nDenyAll\n</Limit>').login()
    assert c.cmd('SITE CHMOD 600 f') == 550


def test_specific_beats_group_beats_all(ftpd, place):
    c = ftpd('<Limit STOR>\nAllowAll\n</Limit>\n<Directory {home}/alice>\n'
             '<Limit ALL>\nDenyAll\n</Limit>\n</Directory>').login()
    assert c.store('STOR f', b'x') == 226
    assert c.cmd('MKD d') == 550
    c = ftpd('<Limit STOR>\nDenyAll\n</Limit>\n<Directory {home}/alice>\n'
             '<Limit ALL>\nAllowAll\n</Limit>\n</Directory>').login()
    assert c.store('STOR g', b'x') == 550
    assert c.cmd('MKD d') == 257


def test_aliases_of_verbs(ftpd, place):
    (place.home() / 'd').mkdir()
    c = ftpd('<Limit CWD>\nDenyAll\n</Limit>').login()
    assert c.cmd('CWD d') == 550 and c.cmd('XCWD d') == 550
    c = ftpd('<Limit XMKD>\nDenyAll\n</Limit>').login()
    assert c.cmd('MKD new') == 550 and c.cmd('XMKD new') == 550


def test_attack_36_a_rule_is_not_left_behind_by_a_rename(ftpd, place):
    home = place.home()
    for name in ('a', 'a/b', 'a/b/secret', 'a/other', 'free'):
        (home / name).mkdir()
        os.chown(home / name, uid_of('alice'), 61100)
    place.file('a/b/secret/f', b'secret')
    c = ftpd('DefaultRoot ~\n<Directory ~/a/b/secret>\n<Limit READ>\nDenyAll\n</Limit>\n'
             '</Directory>\n').login()
    for name in ('a', '/a/', './a/b', 'a/b/secret', 'a/b/../b/secret/.'):
        assert c.cmd(f'RNFR {name}') == 550
        assert c.cmd('RNTO free/x') == 503
    assert c.cmd('RETR a/b/secret/f') == 550
    assert (home / 'a/b/secret/f').exists()
    assert c.cmd('RNFR a/other') == 350
    assert c.cmd('RNTO free/x') == 250


def test_attack_37_no_command_that_the_rules_forgot(ftpd, place):
    # What is denied shows no content, size, time or existence, by whatever verb and spelling.
    (place.home() / 'closed').mkdir()
    os.chown(place.home() / 'closed', 61001, 61100)
    place.file('closed/f', b'content', mode=0o666)
    place.file('g', b'x')
    (place.home() / 'way').symlink_to('closed')
    (place.home() / 'flink').symlink_to('closed/f')
    s = ftpd('AllowOverwrite on\nAllowStoreRestart on\n<Directory {home}/alice/closed>\n'
             '<Limit ALL>\nDenyAll\n</Limit>\n</Directory>')
    c = s.login()
    c.cmd('TYPE I')
    before = (place.home() / 'closed/f').stat()
    for path in ('closed/f', './closed//f', 'way/f', f'{place.home()}/closed/f',
                 'closed/../closed/f', 'closed/f/',
                 'flink'):
        for verb in ('SIZE', 'MDTM', 'MLST', 'STAT', 'DELE', 'RNFR', 'SITE CHMOD 600',
                     'MFMT 20200101000000'):
            if path == 'flink' and verb in ('DELE', 'RNFR', 'MLST', 'STAT'):
                continue                    # the link itself lies in the open
            assert c.cmd(f'{verb} {path}') == 550, (verb, path)
        assert c.fetch(f'RETR {path}')[0] == 550
        for verb in ('STOR', 'APPE'):
            assert c.store(f'{verb} {path}', b'x') == 550, (verb, path)
        if path != 'flink':
            for verb in ('LIST', 'NLST', 'MLSD'):
                assert c.fetch(f'{verb} {path}')[0] in (450, 501, 550), (verb, path)
            assert c.cmd('RNFR g') == 350
            assert c.cmd(f'RNTO {path}') == 550
    for directory in ('closed', 'way', 'closed/', './closed'):
        for verb in ('CWD', 'XCWD', 'MLST', 'STAT'):
            if directory == 'way' and verb in ('MLST', 'STAT'):
                continue
            assert c.cmd(f'{verb} {directory}') == 550, (verb, directory)
        for verb in ('LIST', 'NLST', 'MLSD'):
            assert c.fetch(f'{verb} {directory}')[0] in (450, 550), (verb, directory)
        assert c.cmd(f'MKD {directory}/d') == 550
        assert c.store(f'STOR {directory}/new', b'x') == 550
    for pattern in ('closed/*', 'c*/*', '*/f', 'way/*'):
        for verb in ('LIST', 'NLST'):
            assert b'f' not in (c.fetch(f'{verb} {pattern}')[1] or b'').replace(b'-rw-r--r--', b'')
    assert not any(line.split()[-1] == 'f' for line in c.names('LIST -R'))
    after = (place.home() / 'closed/f').stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_size) == \
        (before.st_mode, before.st_mtime_ns, before.st_size)


def test_a_link_tells_nothing_of_a_closed_directory(ftpd, place):
    home = place.home()
    (home / 'closed').mkdir()
    (home / 'closed/there').mkdir()
    (home / 'link').symlink_to('closed')
    c = ftpd('DefaultRoot ~\n<Directory ~/closed>\n<Limit ALL>\nDenyAll\n</Limit>\n'
             '</Directory>\n').login()
    for verb in ('SIZE', 'MDTM', 'MLST', 'RETR', 'DELE', 'RMD', 'MKD', 'RNFR', 'CWD', 'LIST',
                 'NLST', 'STAT'):
        for there, nowhere in (('link/there', 'link/where'), ('link/there/x', 'link/where/x')):
            one, other = c.cmd(f'{verb} {there}'), c.cmd(f'{verb} {nowhere}')
            assert one == other and one.text.replace('there', 'where') == other.text, (one, other)




def test_a_link_shows_no_facts_of_a_closed_file(ftpd, place):
    home = place.home()
    for name in ('closed', 'pub'):
        (home / name).mkdir()
    place.file('closed/inner', b'12345')
    (home / 'pub/link').symlink_to('../closed/inner')
    c = ftpd('DefaultRoot ~\n<Directory ~/closed>\n<Limit ALL>\nDenyAll\n</Limit>\n'
             '</Directory>\n').login()
    facts = [line for line in c.fetch('MLSD pub')[1].decode().splitlines()
             if line.endswith(' link')]
    assert len(facts) == 1 and 'type=OS.unix=symlink' in facts[0] and 'size=' not in facts[0], facts
    assert c.fetch('LIST -L pub')[1].decode().startswith('l')
