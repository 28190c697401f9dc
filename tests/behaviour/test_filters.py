"""AllowFilter, DenyFilter, PathAllowFilter, PathDenyFilter."""


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
    c = ftpd('<Limit STOR>\nAllowAll\n</Limit>\n<Directory {home}/alice>\n<Limit ALL>\nDenyAll\n</Limit>\n'
             '</Directory>').login()
    assert c.store('STOR f', b'x') == 226
    assert c.cmd('MKD d') == 550
    c = ftpd('<Limit STOR>\nDenyAll\n</Limit>\n<Directory {home}/alice>\n<Limit ALL>\nAllowAll\n</Limit>\n'
             '</Directory>').login()
    assert c.store('STOR g', b'x') == 550
    assert c.cmd('MKD d') == 257


def test_aliases_of_verbs(ftpd, place):
    (place.home() / 'd').mkdir()
    c = ftpd('<Limit CWD>\nDenyAll\n</Limit>').login()
    assert c.cmd('CWD d') == 550 and c.cmd('XCWD d') == 550
    c = ftpd('<Limit XMKD>\nDenyAll\n</Limit>').login()
    assert c.cmd('MKD new') == 550 and c.cmd('XMKD new') == 550
