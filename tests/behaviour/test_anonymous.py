"""<Anonymous>: a read-only site, aliases, and what counts as a password."""

import os
import re

import pytest

from harness import status, uid_of

# The FAQ's 5.1.
SITE = """<Anonymous {home}/private>
AnonRequirePassword %s
User private
Group private
RequireValidShell off
<Directory *>
<Limit WRITE>
DenyAll
</Limit>
</Directory>
</Anonymous>
"""
PLAIN = '<Anonymous {anon}>\nUser ftp\nGroup ftp\n%s\n</Anonymous>\n'


@pytest.fixture
def site(place):
    place.file('readme', 'welcome\n', 'private')
    (place.home('private') / 'dir').mkdir()
    place.file('dir/inner', 'deep\n', 'private')
    os.chown(place.home('private') / 'dir', *[uid_of('private'), 61105])
    return place.home('private')


def test_faq_5_1a_read_only_site(ftpd, site):
    s = ftpd(SITE % 'off')
    c = s.connect()
    prompt = c.cmd('USER private')
    assert prompt == 331 and 'mail' in prompt.text
    assert c.cmd('PASS a@b.example') == 230
    assert c.cmd('PWD').text.startswith('"/"')
    assert c.names() == ['dir', 'readme']
    c.cmd('TYPE I')
    assert c.get('readme') == b'welcome\n'
    assert c.cmd('CWD dir') == 250
    assert c.get('/dir/inner') == b'deep\n'
    assert status(s.session())['Uid'].split() == [str(uid_of('private'))] * 4


def tree(path):
    return sorted((str(p.relative_to(path)), p.lstat().st_mode, p.lstat().st_mtime_ns,
                   p.read_bytes() if p.is_file() else b'') for p in path.rglob('*'))


def test_faq_5_1b_nothing_can_be_written(ftpd, site):
    c = ftpd(SITE % 'off').login('private', 'a@b')
    before = tree(site)
    for where in ('', 'dir/'):
        for name in ('new', 'readme' if not where else 'inner'):
            for verb in ('STOR', 'APPE'):
                assert c.store(f'{verb} {where}{name}', b'x') == 550
            for verb in ('DELE', 'MKD', 'XMKD', 'RMD', 'XRMD', 'RNFR', 'SITE CHMOD 600',
                         'MFMT 20200101000000'):
                assert c.cmd(f'{verb} {where}{name}') == 550, verb
    assert c.store('STOU', b'x') == 550
    for verb in ('DELE', 'RMD', 'RNFR', 'SITE CHMOD 777', 'MFMT 20200101000000'):
        assert c.cmd(f'{verb} /') == 550
        assert c.cmd(f'{verb} dir') == 550
    assert tree(site) == before


def test_faq_5_1c_anonrequirepassword(ftpd, site):
    c = ftpd(SITE % 'on').connect()
    prompt = c.cmd('USER private')
    assert prompt == 331 and 'mail' not in prompt.text
    assert c.cmd('PASS wrong') == 530
    assert c.login('private', 'pw') == 230
    assert c.cmd('PWD').text.startswith('"/"')


@pytest.mark.parametrize('locked', ['*', '!'])
def test_faq_5_1d_account_without_a_password(ftpd, site, place, locked):
    place.passwd.write_text(re.sub('(?m)^private:[^:]*', f'private:{locked}',
                                   place.passwd.read_text()))
    assert ftpd(SITE % 'off').connect().login('private', 'a@b') == 230
    c = ftpd(SITE % 'on').connect()
    assert c.login('private', 'pw') == 530
    assert c.login('private', locked) == 530


def test_faq_A1_anonymous_needs_no_account(ftpd):
    s = ftpd(PLAIN % 'UserAlias anonymous ftp')
    c = s.connect()
    assert c.cmd('USER anonymous') == 331
    assert c.cmd('PASS guest@example.org') == 230
    c.cmd('TYPE I')
    assert c.get('pub/file') == b'the public file\n'
    assert status(s.session())['Uid'].split() == [str(uid_of('ftp'))] * 4


def test_faq_A2_where_there_is_no_such_site(ftpd):
    c = ftpd('AccessDenyMsg "%u is not known here; ask ftp-admin@example.org"').connect()
    assert c.cmd('USER anonymous') == 331
    reply = c.cmd('PASS a@b')
    assert reply == 530
    assert reply.text == 'anonymous is not known here; ask ftp-admin@example.org'


def test_faq_5_19_a_site_added_between_connections(ftpd):
    s = ftpd()
    normal = s.connect().cmd('USER alice')
    c = s.connect()
    prompt = c.cmd('USER anonymous')
    assert prompt.text == normal.text.replace('alice', 'anonymous')
    assert c.cmd('PASS a@b') == 530
    s.configure(PLAIN % 'UserAlias anonymous ftp')
    assert s.connect().login('anonymous', 'a@b') == 230


def test_faq_A3_its_prompt_asks_for_an_address(ftpd):
    c = ftpd(PLAIN % '').connect()
    anonymous = c.cmd('USER ftp').text
    assert 'mail' in anonymous
    assert c.cmd('USER alice').text.replace('alice', 'ftp') != anonymous


def test_faq_A4_any_password(ftpd):
    s = ftpd(PLAIN % '')
    for password in ('', 'x', 'a@b', 'ä ö \x01'):
        assert s.connect().login('ftp', password) == 230
    s = ftpd(PLAIN % 'AllowEmptyPasswords off')
    assert s.connect().login('ftp', '') == 501
    assert s.connect().login('ftp', 'x') == 230


@pytest.mark.parametrize('outside, inside, code',
                         [('off', '', 501), ('off', 'on', 230), ('on', 'off', 501)])
def test_allowemptypasswords_of_the_block(ftpd, outside, inside, code):
    """Its own value counts, and a 501 is no attempt: the password may be given again."""
    rule = f'AllowEmptyPasswords {inside}' if inside else ''
    s = ftpd(f'AllowEmptyPasswords {outside}\nMaxLoginAttempts 1\n' + PLAIN % rule)
    c = s.connect()
    assert c.cmd('USER ftp') == 331
    assert c.cmd('PASS ') == code
    if code == 501:
        assert c.cmd('PASS ') == 501
        assert c.cmd('PASS a@b') == 230
    c = s.connect()
    assert c.cmd('USER alice') == 331
    assert c.cmd('PASS ') == (530 if outside == 'on' else 501)


def test_faq_A5_who_signed_on(ftpd):
    s = ftpd(PLAIN % '' + 'UseReverseDNS off\n')
    c = s.login('ftp', 'guest@example.org')
    c.get('pub/file')
    c.quit()
    line = s.xferlog()[0]
    assert line[8] == f'{s.place.anon}/pub/file'
    assert (line[6], line[12], line[13]) == ('127.0.0.1', 'a', 'guest@example.org')
    s.log_wait(r'127\.0\.0\.1.*guest@example\.org')


def test_faq_A7_the_password_is_a_password(ftpd):
    c = ftpd(PLAIN % 'AnonRequirePassword on').connect()
    assert c.login('ftp', 'a@b') == 530
    assert c.login('ftp', 'pw') == 230


def test_faq_7_11b_the_address_is_logged(ftpd):
    s = ftpd(PLAIN % '')
    c = s.login('ftp', 'a b\x1b[2J\x9b@c')
    c.get('pub/file')
    c.quit()
    line = s.xferlog()
    assert len(line) == 1 and line[0][13].startswith('a_b') and '\x1b' not in line[0][13]
    s.exit_status()
    assert '\x1b' not in s.log()


def test_anonrejectpasswords(ftpd):
    s = ftpd(PLAIN % 'AnonRejectPasswords @example\\.net$')
    assert s.connect().login('ftp', 'a@example.net') == 530
    assert s.connect().login('ftp', 'a@example.org') == 230
    s = ftpd(PLAIN % 'AnonRejectPasswords !@')
    assert s.connect().login('ftp', 'foo') == 530
    assert s.connect().login('ftp', 'a@b') == 230


def test_faq_5_12d_userpassword_inside(ftpd):
    c = ftpd(PLAIN % 'AnonRequirePassword on\nUserPassword ftp $1$inftpd$Pc18R4hPD49yGPAhmYkwc/') \
        .connect()
    assert c.login('ftp', 'wrong') == 530
    assert c.login('ftp', 'pw') == 230
    other = ftpd(PLAIN % 'AnonRequirePassword on\nUserPassword ftp *').connect()
    assert other.login('ftp', 'pw') == 530


ALIASES = 'UserAlias ftp alice\nUserAlias anonymous alice\nAuthAliasOnly on\n'
JRL = '<Anonymous {home}/alice>\nUser alice\nGroup users\n' + ALIASES + '</Anonymous>\n'


def test_faq_5_14a_the_real_name_is_a_normal_login(ftpd, place):
    c = ftpd(JRL).connect()
    assert 'mail' not in c.cmd('USER alice').text
    assert c.cmd('PASS a@b') == 530
    assert c.login('alice', 'pw') == 230
    assert c.cmd('PWD').text.startswith(f'"{place.home()}"')


def test_faq_5_14b_the_alias_enters_the_block(ftpd):
    for alias in ('ftp', 'anonymous'):
        c = ftpd(JRL).connect()
        assert c.login(alias, 'a@b') == 230
        assert c.cmd('PWD').text.startswith('"/"')


def test_faq_5_14c_other_users_log_in(ftpd, place):
    c = ftpd(JRL).login('bob')
    assert c.cmd('PWD').text.startswith(f'"{place.home("bob")}"')


def test_faq_5_15a_a_user_that_does_not_exist(ftpd):
    s = ftpd('<Anonymous {anon}>\nUser nobody-there\n'
             'UserAlias anonymous nobody-there\n</Anonymous>')
    code, said = s.check()
    assert code == 1 and re.search(r'server\d+\.conf:2: User: .*nobody-there', said), said
    c = s.connect()
    normal = c.cmd('USER alice').text.replace('alice', 'anonymous')
    assert c.cmd('USER anonymous').text == normal
    assert c.cmd('PASS a@b') == 530
    assert c.login('alice') == 230


def test_missing_root(ftpd):
    s = ftpd((PLAIN % '').replace('{anon}', '{dir}/nowhere'))
    assert s.connect().login('ftp', 'a@b') == 530
    s.log_wait('nowhere')


def test_an_anonymous_session_is_jailed(ftpd, place):
    outside = place.write('outside', 'secret')
    (place.anon / 'pub/link').symlink_to(outside)
    (place.anon / 'pub/up').symlink_to('../../../..')
    c = ftpd(PLAIN % '').login('ftp', 'x')
    assert c.fetch('RETR pub/link')[0] == 550
    assert c.fetch('RETR ../outside')[0] == 550
    assert c.cmd('CWD pub/up') == 250
    assert c.cmd('PWD').text.startswith('"/"')
