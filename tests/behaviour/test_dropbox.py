"""The FAQ's 5.3: an anonymous site with a directory for uploads."""

import os
import stat

import pytest

from harness import status, uid_of

SITE = """<Anonymous {anon}>
User username
Group usergroup
UserAlias ftp username
AuthAliasOnly on
RequireValidShell off
%s
<Directory pub/incoming/>
<Limit %s>
AllowAll
</Limit>
<Limit READ RMD DELE MKD>
DenyAll
</Limit>
</Directory>
</Anonymous>
"""
BARE = SITE % ('', 'STOR CWD')
DENY = '<Limit WRITE>\nDenyAll\n</Limit>'
CLOSED = SITE % (DENY, 'STOR CWD')
OPEN = """<Anonymous {anon}>
User username
Group usergroup
UserAlias ftp username
RequireValidShell off
<Limit WRITE>
DenyAll
</Limit>
<Directory pub/incoming/>
<Limit WRITE>
AllowAll
</Limit>
</Directory>
</Anonymous>
"""


def test_faq_5_3a_uploads_arrive(ftpd, place):
    c = ftpd(BARE).login('ftp', 'a@b')
    assert c.cmd('CWD pub/incoming') == 250
    assert c.store('STOR /pub/incoming/new', b'content') == 226
    made = (place.anon / 'pub/incoming/new')
    assert made.read_bytes() == b'content'
    assert (made.stat().st_uid, made.stat().st_gid) == (uid_of('username'), 61103)
    assert stat.S_IMODE(made.stat().st_mode) == 0o644


def test_faq_5_3b_and_are_not_given_back(ftpd, place):
    # attacks.md 42: no other command gives them back either.
    c = ftpd(BARE).login('ftp', 'a@b')
    box = place.anon / 'pub/incoming'
    assert c.store('STOR pub/incoming/new', b'content') == 226
    (box / 'd').mkdir()
    os.chown(box / 'd', uid_of('username'), 61103)
    for name in ('new', 'old'):
        assert c.fetch(f'RETR pub/incoming/{name}')[0] == 550
        assert c.cmd('TYPE I') == 200
        assert c.cmd(f'SIZE pub/incoming/{name}') == 550
        assert c.cmd(f'DELE pub/incoming/{name}') == 550
    assert c.cmd('MKD pub/incoming/e') == 550
    assert c.cmd('XMKD pub/incoming/e') == 550
    assert c.cmd('RMD pub/incoming/d') == 550
    assert c.cmd('XRMD pub/incoming/d') == 550
    assert sorted(os.listdir(box)) == ['d', 'new', 'old']
    assert c.names('NLST pub/incoming') != []
    assert len(c.names('LIST pub/incoming')) == 3


@pytest.mark.parametrize('where', ['', 'pub/'])
def test_faq_5_3c_no_uploads_elsewhere(ftpd, place, where):
    c = ftpd(BARE).login('ftp', 'a@b')     # the modes forbid it
    assert c.store(f'STOR {where}new', b'x') == 550
    assert c.cmd(f'MKD {where}d') == 550
    for directory in (place.anon, place.anon / 'pub'):
        directory.chmod(0o777)
    c = ftpd(CLOSED).login('ftp', 'a@b')   # the rules do, whatever the modes
    assert c.store(f'STOR {where}new', b'x') == 550
    assert c.cmd(f'MKD {where}d') == 550
    assert not (place.anon / where / 'new').exists() and not (place.anon / where / 'd').exists()


def test_faq_5_3d_write_allowed_in_the_box(ftpd, place):
    c = ftpd(OPEN).login('ftp', 'a@b')
    assert c.cmd('MKD pub/incoming/d') == 257
    assert c.cmd('RMD pub/incoming/d') == 250
    assert c.cmd('RNFR pub/incoming/old') == 350
    assert c.cmd('RNTO pub/incoming/older') == 250
    assert c.cmd('DELE pub/incoming/older') == 250
    for directory in (place.anon, place.anon / 'pub'):
        directory.chmod(0o777)
    assert c.cmd('DELE pub/file') == 550
    assert c.cmd('RNFR pub/file') == 550
    assert c.cmd('MKD pub/d') == 550


def test_faq_5_3e_no_rename_out(ftpd, place):
    c = ftpd(CLOSED).login('ftp', 'a@b')
    assert c.cmd('RNFR pub/incoming/old') == 550
    c = ftpd(OPEN).login('ftp', 'a@b')
    place.anon.chmod(0o777)
    assert c.cmd('RNFR pub/incoming/old') == 350
    assert c.cmd('RNTO moved') == 550
    assert (place.anon / 'pub/incoming/old').exists()


def test_faq_5_3f_the_account_itself(ftpd, place):
    c = ftpd(BARE).connect()
    assert c.login('username', 'a@b') == 530
    assert c.login('username', 'pw') == 230
    assert c.cmd('PWD').text.startswith(f'"{place.home("username")}"')


def test_faq_5_3g_the_alias_is_an_account_too(ftpd, place):
    s = ftpd(BARE)
    s.login('ftp', 'a@b')
    state = status(s.session())
    assert state['Uid'].split() == [str(uid_of('username'))] * 4
    assert state['Gid'].split() == ['61103'] * 4


def test_faq_5_3h_no_overwriting(ftpd, place):
    c = ftpd(BARE).login('ftp', 'a@b')
    assert c.store('STOR pub/incoming/old', b'mine now') == 550
    assert c.store('APPE pub/incoming/old', b'mine now') == 451
    assert (place.anon / 'pub/incoming/old').read_bytes() == b'an old upload\n'


def test_attack_42_no_way_to_read_it_back(ftpd, place):
    c = ftpd(CLOSED).login('ftp', 'a@b')
    assert c.store('STOR pub/incoming/new', b'content') == 226
    c.cmd('TYPE I')
    assert c.cmd('REST 0') == 350
    assert c.fetch('RETR pub/incoming/new')[0] == 550
    assert c.cmd('RNFR pub/incoming/new') == 550
    assert c.store('STOR pub/incoming/new', b'other') == 550
    assert c.store('APPE pub/incoming/new', b'other') in (451, 550)
    assert c.cmd('MFMT 20200101000000 pub/incoming/new') == 550
    assert c.cmd('SITE CHMOD 666 pub/incoming/new') == 550
    assert (place.anon / 'pub/incoming/new').read_bytes() == b'content'


@pytest.mark.parametrize('path', ['//pub/incoming/old', '/./pub/incoming/old', 'pub//incoming/old',
                                  '/Private/../pub/incoming/old', 'way/old', 'in/old', 'oldlink'])
def test_attack_36_spelling_changes_no_verdict(ftpd, place, path):
    (place.anon / 'way').symlink_to('pub/incoming')
    (place.anon / 'in').symlink_to('/pub/incoming')
    (place.anon / 'oldlink').symlink_to('pub/incoming/old')
    c = ftpd(CLOSED).login('ftp', 'a@b')
    c.cmd('TYPE I')
    assert c.fetch(f'RETR {path}')[0] == 550
    assert c.cmd(f'SIZE {path}') == 550
    assert c.cmd(f'DELE {path}') == 550
    assert (place.anon / 'pub/incoming/old').exists()


def test_relative_after_cwd(ftpd):
    c = ftpd(CLOSED).login('ftp', 'a@b')
    assert c.cmd('CWD pub/incoming') == 250
    assert c.fetch('RETR old')[0] == 550
    assert c.store('STOR new', b'x') == 226
    assert c.fetch('RETR new')[0] == 550
