"""The command table: each verb, what it answers, and what is refused before login."""

import os
import random
import re
import stat

import pytest

from harness import uid_of

# What spec calls the first release, but for TLS and HOST.
HAVE = '''USER PASS QUIT NOOP PWD CWD CDUP PORT PASV TYPE STRU MODE RETR STOR APPE STOU ALLO REST
RNFR RNTO DELE RMD MKD LIST NLST STAT HELP SYST ABOR XPWD XCWD XCUP XMKD XRMD FEAT OPTS EPSV
EPRT SIZE MDTM MLST MLSD MFMT CLNT AVBL SITE'''.split()
REFUSED = 'ACCT REIN SMNT ADAT MIC ENC CONF LPRT LPSV PRET COMB ESTA ESTP SSCN'.split()
BEFORE_LOGIN = set('USER PASS QUIT HOST AUTH PBSZ PROT FEAT HELP NOOP SYST CLNT OPTS CSID'.split())


@pytest.mark.parametrize('verb', REFUSED)
def test_refused_with_502(ftpd, verb):
    c = ftpd().login()
    assert c.cmd(verb) in (500, 502)
    assert c.cmd(verb + ' x') in (500, 502)


@pytest.mark.parametrize('verb', ['REIN', 'ACCT', 'SMNT'])
def test_known_and_not_implemented(ftpd, verb):
    assert ftpd().login().cmd(verb + (' x' if verb != 'REIN' else '')) == 502


def test_case_of_a_verb(ftpd):
    c = ftpd().login()
    for verb in ('pwd', 'Pwd', 'pWD'):
        assert c.cmd(verb) == 257


def test_unknown_verbs(ftpd):
    c = ftpd().login()
    for verb in ('X', 'FOO', 'ABCDE', 'RETRX', 'RET', '12', '-', '!'):
        assert c.cmd(verb) == 500
        assert c.cmd(verb + ' x') == 500


def test_arguments_that_are_missing_or_too_many(ftpd):
    c = ftpd().login()
    for verb in ('USER', 'CWD', 'RETR', 'STOR', 'APPE', 'DELE', 'MKD', 'RMD', 'RNFR', 'SIZE',
                 'MDTM',
                 'TYPE', 'MODE', 'STRU', 'REST', 'PORT', 'EPRT', 'MFMT', 'OPTS'):
        assert c.cmd(verb) in (501, 503), verb
    for verb in ('PASV x', 'CDUP x', 'PWD x', 'QUIT x', 'SYST x'):
        assert c.cmd(verb) == 501, verb
    assert c.cmd('NOOP') == 200


def test_type_stru_mode(ftpd):
    c = ftpd().login()
    for good in ('TYPE A', 'TYPE I', 'TYPE a', 'TYPE i', 'TYPE A N', 'TYPE L 8', 'STRU F', 'MODE S',
                 'stru f', 'mode s'):
        assert c.cmd(good) == 200, good
    for bad in ('TYPE E', 'TYPE A T', 'TYPE A C', 'TYPE L 7', 'TYPE L 36', 'TYPE I N', 'TYPE X',
                'STRU R',
                'STRU P', 'MODE B', 'MODE C', 'TYPE L', 'TYPE A X', 'TYPE AN', 'TYPE L 8 8',
                'STRU FF',
                'MODE SS', 'MODE -1', 'MODE Z'):
        assert c.cmd(bad) in (501, 504), bad


def test_a_wrong_second_part_changes_nothing(ftpd, place):
    place.file('f', b'a\nb')
    c = ftpd().login()
    c.cmd('TYPE I')
    c.cmd('TYPE A T')
    assert c.get('f') == b'a\nb'


def test_directories(ftpd, place):
    c = ftpd('DefaultRoot ~').login()
    for x in ('', 'X'):
        assert c.cmd(f'{x}MKD new'.strip()) == 257
        assert c.cmd('MKD new') == 550
        assert c.cmd(f'{x or ""}CWD new') == 250
        assert c.cmd('XPWD' if x else 'PWD').text.startswith('"/new"')
        assert c.cmd('XCUP' if x else 'CDUP') in (200, 250)
        assert c.cmd(f'{x}RMD new') == 250
        assert c.cmd(f'{x}RMD new') == 550
    place.file('f')
    assert c.cmd('CWD f') == 550
    assert c.cmd('RMD f') == 550
    assert c.cmd('CWD nothing') == 550
    (place.home() / 'full').mkdir()
    place.file('full/f')
    os.chown(place.home() / 'full', uid_of('alice'), 61100)
    assert c.cmd('RMD full') == 550
    assert c.cmd('RMD /') == 550
    assert c.cmd('DELE full') == 550
    assert c.cmd('CWD ~') == 250


def test_rnfr_rnto(ftpd, place):
    place.file('a', b'a')
    c = ftpd().login()
    assert c.cmd('RNTO b') == 503
    assert c.cmd('RNFR nothing') == 550
    assert c.cmd('RNTO b') == 503
    assert c.cmd('RNFR a') == 350
    assert c.cmd('NOOP') == 200
    assert c.cmd('RNTO b') in (250, 503)
    c.cmd('RNFR a')
    c.cmd('PWD')
    assert c.cmd('RNTO c') == 503
    names = c.names()
    assert c.cmd(f'RNFR {names[0]}') == 350
    assert c.cmd('RNTO nowhere/x') == 550
    assert c.cmd('RNTO x') == 503
    assert c.cmd(f'RNFR {names[0]}') == 350
    assert c.cmd('RNTO moved') == 250
    # a link that bears the name gives way itself; what it leads to stays as it is
    place.file('target', b'precious')
    for link, to in (('good', 'target'), ('dangling', 'nowhere'), ('loop', 'loop')):
        place.file('new', b'new')
        (place.home() / link).symlink_to(to)
        assert c.cmd('RNFR new') == 350
        assert c.cmd(f'RNTO {link}') == 550
        over = ftpd('AllowOverwrite on').login()
        assert over.cmd('RNFR new') == 350
        assert over.cmd(f'RNTO {link}') == 250
        assert not (place.home() / link).is_symlink()
        assert (place.home() / link).read_bytes() == b'new'
    assert (place.home() / 'target').read_bytes() == b'precious'
    assert (place.home() / 'moved').read_bytes() == b'a'
    assert c.cmd('RNFR /') == 550


def test_dele_acts_on_the_link(ftpd, place):
    place.file('f', b'x')
    (place.home() / 'link').symlink_to('f')
    c = ftpd().login()
    assert c.cmd('DELE link') == 250
    assert (place.home() / 'f').exists() and not (place.home() / 'link').is_symlink()
    assert c.cmd('DELE nothing') == 550


def test_faq_6_10a_the_directory_decides(ftpd, place):
    os.chown(place.write('home/alice/of-root', 'x', 0o755), 0, 0)
    assert ftpd().login().cmd('DELE of-root') == 250
    assert not (place.home() / 'of-root').exists()


def test_faq_6_10c_a_sticky_directory(ftpd, place):
    sticky = place.dir / 'sticky'
    sticky.mkdir()
    sticky.chmod(0o1777)
    place.write('sticky/of-bob', 'x', 0o666, 'bob')
    place.write('sticky/of-alice', 'x', 0o666, 'alice')
    c = ftpd().login()
    c.cmd(f'CWD {sticky}')
    assert c.cmd('DELE of-bob') == 550
    assert c.cmd('DELE of-alice') == 250


def test_faq_3_5_case_of_names(ftpd, place):
    place.file('A', b'large')
    place.file('a', b'small')
    place.file('file', b'x')
    c = ftpd().login()
    assert (c.get('A'), c.get('a')) == (b'large', b'small')
    assert c.fetch('RETR FILE')[0] == 550


def test_feat(ftpd):
    s = ftpd()
    for c in (s.connect(), s.login()):
        reply = c.cmd('FEAT')
        assert reply == 211 and reply.lines[0].startswith('211-') and reply.lines[-1] == '211 End'
        lines = reply.lines[1:-1]
        assert all(l.startswith(' ') and not l.startswith('  ') for l in lines)
        words = {l.split()[0] for l in lines}
        assert {'EPSV', 'EPRT', 'MDTM', 'MLST', 'REST', 'SIZE', 'TVFS', 'UTF8', 'MFMT',
                'CLNT'} <= words
        assert ' REST STREAM' in lines
        assert not words & {'MODE', 'HASH', 'AUTH', 'PRET'}


def test_help(ftpd):
    c = ftpd().login()
    text = c.cmd('HELP')
    assert text in (211, 214)
    for verb in HAVE:
        assert re.search(rf'\b{verb}\b', text.all), verb
        assert c.cmd(f'HELP {verb}') == 214, verb
    assert c.cmd('HELP nonsense') in (501, 502)
    site = c.cmd('HELP SITE')
    assert c.cmd('SITE HELP') in (211, 214) and 'CHMOD' in c.cmd('SITE HELP').all
    assert site == 214


def test_every_verb_is_known(ftpd):
    s = ftpd()
    for verb in HAVE:
        if verb not in ('QUIT', 'ABOR'):
            assert s.login().cmd(verb) not in (500, 502), verb


def test_small_ones(ftpd):
    c = ftpd().login()
    assert c.cmd('SYST') == 215 and c.cmd('SYST').text.startswith('UNIX Type: L8')
    assert c.cmd('NOOP') == 200
    assert c.cmd('CLNT a client 1.0') == 200
    assert c.cmd('ALLO 100') in (200, 202)
    assert c.cmd('ALLO 100 R 10') in (200, 202)
    assert c.cmd('STAT') == 211
    assert c.cmd('OPTS UTF8 ON') == 200
    assert c.cmd('OPTS UTF8') == 200
    assert c.cmd('OPTS nonsense on') == 501
    assert c.cmd('OPTS RETR x') == 501
    assert c.cmd('ABOR') in (225, 226)


def test_avbl(ftpd, place):
    c = ftpd().login()
    reply = c.cmd('AVBL')
    assert reply == 213 and int(reply.text) > 0
    assert c.cmd('AVBL nothing') == 550
    free = os.statvfs(place.home())
    assert int(reply.text) <= free.f_bavail * free.f_frsize + (1 << 30)


def test_csid(ftpd):
    c = ftpd().login()
    reply = c.cmd('CSID Name=test; Version=1;')
    assert reply == 200 and 'casesensitive=1' in reply.text.lower()


@pytest.mark.parametrize('number', ['-1', '+1', str(2**64), '1e9', '9' * 20, '0x10', '1.5', ' ',
                                    'x'])
def test_attack_23_allo(ftpd, number):
    assert ftpd().login().cmd(f'ALLO {number}') == 501


@pytest.mark.parametrize('mode, expect', [
    ('6777', None), ('7777', None), ('4755', None), ('0', 0), ('-1', None), ('8', None),
    ('u+s', None),
    ('644', 0o644), ('0600', 0o600), ('u+x', 0o740), ('g-r', 0o600), ('a=r', 0o444),
    ('99999', None),
    ('', None), ('+', None), ('u+t', None), ('777777777777777777777', None)])
def test_attack_41_site_chmod(ftpd, place, mode, expect):
    path = place.file('f', mode=0o640)
    c = ftpd().login()
    reply = c.cmd(f'SITE CHMOD {mode} f')
    now = stat.S_IMODE(path.stat().st_mode)
    assert now & 0o7000 == 0
    if expect is not None and reply == 501 and not mode.isdigit():
        expect = None               # symbolic modes may be refused
    if expect is not None:
        assert reply == 200 and now == expect
    elif not mode.isdigit():
        assert reply in (200, 501, 550)


def test_site_chmod_of_others(ftpd, place):
    place.write('home/alice/of-root', 'x')
    c = ftpd().login()
    assert c.cmd('SITE CHMOD 777 of-root') == 550
    assert c.cmd('SITE CHMOD 777 nothing') == 550


def test_chmod_of_the_current_directory(ftpd, place):
    (place.home() / 'd').mkdir()
    place.file('d/f', b'x')
    os.chown(place.home() / 'd', uid_of('alice'), 61100)
    c = ftpd().login()
    c.cmd('CWD d')
    assert c.cmd('SITE CHMOD 0 .') in (200, 550)
    assert stat.S_IMODE((place.home() / 'd').stat().st_mode) & 0o7000 == 0
    assert c.cmd('NOOP') == 200


def test_faq_A12_nothing_is_executed(ftpd):
    s = ftpd('DebugLevel 5')
    c = s.login()
    for line in ('SITE EXEC id', 'RCMD id', 'SITE NONSENSE', 'SITE', 'SITE SYMLINK a b',
                 'SITE MKDIR a',
                 'SITE IDLE 10', 'SITE UTIME x', 'SITE CPFR x', 'SITE TIME 12:00', 'SITE exec |id'):
        assert c.cmd(line) in (500, 501, 502, 504), line
    s.log_wait('SITE EXEC')


@pytest.mark.parametrize('user', [None, 'alice'])
def test_attack_40_commands_before_login(ftpd, place, user):
    place.file('f', b'x')
    s = ftpd('MaxLoginAttempts none', mounts='')
    c = s.connect()
    if user:
        c.cmd(f'USER {user}')
    before = sorted(os.listdir(place.home()))
    for verb in HAVE + REFUSED + ['HOST', 'AUTH', 'PBSZ', 'PROT', 'CCC', 'CSID', 'HASH', 'MFF',
                                  'LANG']:
        if verb in BEFORE_LOGIN:
            continue
        for line in (verb, f'{verb} f', f'{verb} {place.home()}/f'):
            assert c.cmd(line) in (500, 502, 530), line
    for verb in HAVE:
        if verb not in BEFORE_LOGIN:
            assert c.cmd(f'{verb} f') == 530, verb
    rng = random.Random(40)
    lines = [bytes(rng.choices(range(32, 127), k=rng.randrange(1, 9))) for _ in range(2000)]
    lines = [l for l in lines if l.split(b' ')[0].upper().decode() not in BEFORE_LOGIN]
    for chunk in range(0, len(lines), 50):
        batch = lines[chunk:chunk + 50]
        c.send(b''.join(l + b'\r\n' for l in batch))
        for l in batch:
            assert c.reply() in (500, 501, 502, 530), l
    assert sorted(os.listdir(place.home())) == before
    assert c.login() == 230


def test_faq_A11_pipelined_commands(ftpd, place):
    # A classic batch file, sent without waiting for one reply.
    place.file('f', b'0123456789')
    s = ftpd()
    c = s.connect(greet=False)
    c.send(b'USER alice\r\nPASS pw\r\nTYPE I\r\nSYST\r\nMKD d\r\nCWD d\r\nPWD\r\nCDUP\r\nSIZE f\r\n'
           b'RNFR f\r\nRNTO g\r\nDELE g\r\nRMD d\r\nNOOP\r\nQUIT\r\n')
    codes = [int(r) for r in c.last_words()]
    cdup = codes[8]
    assert codes == [220, 331, 230, 200, 215, 257, 250, 257, cdup, 213, 350, 250, 250, 250, 200,
                     221]
    assert cdup in (200, 250)
    assert os.listdir(place.home()) == []


def test_pipelined_in_random_pieces(ftpd, place):
    rng = random.Random(5)
    text = b'USER alice\r\nPASS pw\r\n' + b'NOOP\r\nPWD\r\n' * 300 + b'QUIT\r\n'
    c = ftpd().connect(greet=False)
    while text:
        n = rng.randrange(1, 200)
        c.send(text[:n])
        text = text[n:]
    codes = [int(r) for r in c.last_words()]
    assert codes == [220, 331, 230] + [200, 257] * 300 + [221]


def test_quit_tells_and_ends(ftpd):
    s = ftpd()
    c = s.login()
    c.put('QUIT')
    c.put('NOOP')
    assert c.reply() == 221
    assert c.at_end()
    assert s.exit_status() == 0
