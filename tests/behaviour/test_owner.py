"""Whose new files are: UserOwner, GroupOwner, SITE CHGRP, and MFF's group."""

import os

import pytest

from harness import GROUPS, status, uid_of, until

BOX = '<Directory {home}/alice>\nUserOwner bob\nGroupOwner staff\n</Directory>\n'


def owner(path):
    st = path.stat()
    return st.st_uid, st.st_gid, st.st_mode & 0o7777


def gid_of(group):
    return GROUPS[group][0]


def test_faq_6_2c_userowner_without_a_capability(ftpd, place):
    s = ftpd(BOX + 'CapabilitiesEngine on\nUmask 077')
    c = s.login()
    assert c.store('STOR f', b'content') == 226
    assert owner(place.home() / 'f') == (uid_of('bob'), gid_of('staff'), 0o600)
    state = status(s.session())
    assert all(int(state[cap], 16) == 0 for cap in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb'))
    assert state['NoNewPrivs'] == '1'
    # active mode, from the port below, by the monitor as well
    assert c.store('STOR g', b'x', 'port') == 226
    assert c.data_peer[1] == s.port - 1
    assert owner(place.home() / 'g')[0] == uid_of('bob')
    assert 'CapabilitiesEngine' in s.check()[1]


@pytest.mark.parametrize('hidden', ['', 'HiddenStores on\n'])
@pytest.mark.parametrize('sticky', [False, True])
@pytest.mark.parametrize('jail', ['', 'DefaultRoot ~\n'])
def test_every_way_of_making_a_file(ftpd, place, hidden, sticky, jail):
    home = place.home()
    if sticky:
        os.chown(home, 0, 0)
        home.chmod(0o1777)
    s = ftpd(BOX + hidden + jail + 'AllowStoreRestart on')
    c = s.login()
    bob = (uid_of('bob'), gid_of('staff'))
    assert c.store('STOR f', b'x') == 226
    assert c.store('APPE a', b'x') == 226
    assert c.store('STOU', b'x') in (226, 250)
    assert c.cmd('MKD d') == 257
    assert c.cmd('XMKD x') == 257
    assert sorted(owner(p)[:2] for p in home.iterdir()) == [bob] * 5
    assert (home / 'f').read_bytes() == b'x'
    assert c.quit() == 221 and s.exit_status() == 0
    assert 'UserOwner' not in s.log() and 'GroupOwner' not in s.log()


def test_what_was_there_keeps_its_owner(ftpd, place):
    place.file('f', b'old')
    c = ftpd(BOX + 'AllowOverwrite on\nAllowStoreRestart on').login()
    assert c.store('STOR f', b'new') == 226
    assert c.store('APPE f', b'er') == 226
    assert (place.home() / 'f').read_bytes() == b'newer'
    assert owner(place.home() / 'f')[0] == uid_of('alice')


def test_an_aborted_upload(ftpd, place):
    home = place.home()
    c = ftpd(BOX + 'DeleteAbortedStores on').login()
    for directory, sticky in (('plain', False), ('sticky', True)):
        (home / directory).mkdir()
        os.chmod(home / directory, 0o1777 if sticky else 0o777)
        reply, data = c.open(f'STOR {directory}/f')
        data.sendall(b'x')
        assert c.cmd('ABOR') == 426
        assert c.reply() == 226
        data.close()
        assert list((home / directory).iterdir()) == []
    c = ftpd(BOX).login()
    for directory in ('plain', 'sticky'):
        reply, data = c.open(f'STOR {directory}/f')
        data.sendall(b'x')
        assert c.cmd('ABOR') == 426
        assert c.reply() == 226
        data.close()
        assert owner(home / directory / 'f')[0] == uid_of('bob')


def test_a_temporary_stays_the_sessions(ftpd, place):
    # Who goes on with it must own it: FAQ's resumed uploads.
    s = ftpd(BOX + 'HiddenStores on\nAllowStoreRestart on')
    c = s.login()
    reply, data = c.open('STOR f')
    data.sendall(b'abc')
    until(lambda: [p.stat().st_size for p in place.home().iterdir()] == [3])
    c.close()
    data.close()
    assert s.exit_status() == 0
    left, = place.home().iterdir()
    assert left.name == '.in.f.' and owner(left)[0] == uid_of('alice')
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR f', b'def', rest=3) == 226
    assert (place.home() / 'f').read_bytes() == b'abcdef'
    assert owner(place.home() / 'f')[:2] == (uid_of('bob'), gid_of('staff'))


def test_the_innermost_section_decides(ftpd, place):
    home = place.home()
    for name in ('in', 'in/deep', 'out'):
        (home / name).mkdir()
        os.chown(home / name, *[uid_of('alice'), 61100])
    s = ftpd('DefaultRoot ~\n<Directory ~/in>\nUserOwner bob\n</Directory>\n'
             '<Directory ~/in/deep>\nUserOwner carol\n</Directory>')
    c = s.login()
    for name in ('in/f', 'in/deep/f', 'out/f'):
        assert c.store(f'STOR {name}', b'x') == 226
    assert owner(home / 'in/f')[0] == uid_of('bob')
    assert owner(home / 'in/deep/f')[0] == uid_of('carol')
    assert owner(home / 'out/f')[0] == uid_of('alice')


def test_an_anonymous_drop_box(ftpd, place):
    s = ftpd('<Anonymous {anon}>\nUser username\nGroup usergroup\n'
             '<Directory pub/incoming>\nUserOwner carol\nUmask 077\n</Directory>\n</Anonymous>')
    c = s.login('username', 'me@example.org')
    c.cmd('TYPE I')
    assert c.store('STOR pub/incoming/new', b'x') == 226
    assert owner(place.anon / 'pub/incoming/new') == (uid_of('carol'), gid_of('usergroup'), 0o600)
    # it is somebody else's from its first byte: nothing of it can be read, or written again
    assert c.fetch('RETR pub/incoming/new')[0] == 550
    assert c.cmd('SITE CHMOD 666 pub/incoming/new') == 550


def test_userowner_whoever_is_known(ftpd, place):
    # of the system, though this server's users are not
    s = ftpd('<Directory {home}/alice>\nUserOwner daemon\n</Directory>\nAuthOrder mod_auth_file.c')
    c = s.login()
    assert c.store('STOR f', b'x') == 226
    assert owner(place.home() / 'f')[0] == 1


@pytest.mark.parametrize('name', ['root', 'no-such-user'])
def test_userowner_that_cannot_be(ftpd, place, name):
    # The upload succeeds, and the log has it.
    s = ftpd(f'<Directory {{home}}/alice>\nUserOwner {name}\n</Directory>')
    status_, said = s.check()
    assert status_ == 1 and f':2: UserOwner: {name}:' in said
    c = s.login()
    assert c.store('STOR f', b'x') == 226
    assert c.cmd('MKD d') == 257
    assert owner(place.home() / 'f')[0] == uid_of('alice')
    s.log_wait(f'UserOwner {name}: /.*/f: ')


def test_groupowner_of_a_member(ftpd, place):
    s = ftpd('<Directory {home}>\nGroupOwner anonftp\n</Directory>')
    c = s.login('bob')
    assert c.store('STOR f', b'x') == 226
    assert c.cmd('MKD d') == 257
    for name in ('f', 'd'):
        assert owner(place.home('bob') / name)[:2] == (uid_of('bob'), gid_of('anonftp'))
    # not a member, and no UserOwner: nothing but a warning
    c = s.login('alice')
    assert c.store('STOR f', b'x') == 226
    assert owner(place.home() / 'f')[:2] == (uid_of('alice'), gid_of('users'))
    s.log_wait('GroupOwner anonftp: .*: not a group of alice')


def test_groupowner_of_an_ftpaccess(ftpd, place):
    for user, conf, owner_, group in (
            ('bob', '', 'bob', 'anonftp'), ('alice', '', 'alice', 'users'),
            # whose file it is, is not for the file's directory to say, nor what the user is not in
            ('bob', '<Directory {home}>\nUserOwner carol\nGroupOwner staff\n</Directory>\n',
             'carol', 'anonftp'),
            ('alice', '<Directory {home}>\nUserOwner bob\n</Directory>\n', 'bob', 'users'),
            # of one path the section's value counts
            ('alice', BOX, 'bob', 'staff')):
        home = place.home(user)
        place.file('.ftpaccess', 'GroupOwner anonftp\n', user=user)
        c = ftpd('AllowOverride on\n' + conf).login(user)
        assert c.store('STOR f', b'x') == 226
        assert owner(home / 'f')[:2] == (uid_of(owner_), gid_of(group)), (user, conf)
        (home / 'f').unlink()


def test_an_ftpaccess_holds_no_userowner(ftpd, place):
    place.file('.ftpaccess', 'UserOwner bob\n')
    c = ftpd('AllowOverride on').login()
    # faulty: its directory is shut
    assert c.store('STOR f', b'x') == 550
    assert not (place.home() / 'f').exists()


def test_groupowner_own(ftpd, place):
    home = place.home()
    os.chown(home, uid_of('alice'), gid_of('staff'))
    home.chmod(0o2755)               # new files would be staff's
    c = ftpd('<Directory {home}>\nGroupOwner ~\n</Directory>').login()
    assert c.store('STOR f', b'x') == 226
    assert owner(home / 'f')[1] == gid_of('users')
    c = ftpd('<Directory {home}>\nGroupOwner ~\nUserOwner bob\n</Directory>').login()
    assert c.store('STOR g', b'x') == 226
    assert owner(home / 'g')[:2] == (uid_of('bob'), gid_of('users'))


def test_without_root(ftpd, place):
    s = ftpd('<Directory {home}>\nUserOwner bob\nGroupOwner staff\n</Directory>')
    s.give_to('carol')
    c = s.login('carol')
    assert c.store('STOR f', b'x') == 226
    assert c.store('STOR g', b'x') == 226
    assert owner(place.home('carol') / 'f')[0] == uid_of('carol')
    s.log_wait('UserOwner bob has no effect')
    assert s.log().count('UserOwner bob has no effect') == 1


# -- SITE CHGRP, MFF --

@pytest.fixture
def c(ftpd, place):
    place.file('f', b'x', user='bob')
    place.file('x', b'x', user='bob', mode=0o755)
    os.chown(place.write('home/bob/foreign', 'x', 0o666), 0, 0)
    (place.home('bob') / 'd').mkdir()
    os.chown(place.home('bob') / 'd', *(uid_of('bob'), 61100))
    client = ftpd('DefaultRoot ~').login('bob')
    client.home = place.home('bob')
    return client


def test_chgrp(c):
    assert c.cmd('SITE CHGRP anonftp f') == 200
    assert owner(c.home / 'f') == (uid_of('bob'), gid_of('anonftp'), 0o644)
    assert c.cmd('SITE CHGRP 61100 f') == 200
    assert owner(c.home / 'f')[1] == 61100
    assert c.cmd('SITE chgrp anonftp d') == 200
    assert owner(c.home / 'd')[1] == gid_of('anonftp')
    for line, code in (('SITE CHGRP staff f', 550), ('SITE CHGRP 0 f', 550),
                       ('SITE CHGRP nothing f', 550), ('SITE CHGRP anonftp foreign', 550),
                       ('SITE CHGRP anonftp absent', 550), ('SITE CHGRP anonftp', 501),
                       ('SITE CHGRP', 501), ('SITE CHGRP  f', 501),
                       ('SITE CHGRP 4294967295 f', 550), ('SITE CHGRP -1 f', 550),
                       ('SITE CHGRP ' + 'g' * 300 + ' f', 501)):
        assert c.cmd(line) == code, line
    assert owner(c.home / 'f')[1] == 61100
    assert 'CHGRP' in c.cmd('SITE HELP').all
    assert 'group' in c.cmd('HELP SITE CHGRP').text


def test_chgrp_takes_set_id_bits(c):
    for mode in (0o6755, 0o2644):
        (c.home / 'x').chmod(mode)
        os.chown(c.home / 'x', uid_of('bob'), 61100)
        (c.home / 'x').chmod(mode)
        assert c.cmd('SITE CHGRP anonftp x') == 200
        assert owner(c.home / 'x')[2] == mode & 0o777


def test_mff(c):
    reply = c.cmd('MFF modify=20200102030405;UNIX.mode=0640;UNIX.group=anonftp; f')
    assert reply == 213
    assert reply.text == 'modify=20200102030405;UNIX.mode=0640;UNIX.group=anonftp; f'
    assert owner(c.home / 'f') == (uid_of('bob'), gid_of('anonftp'), 0o640)
    assert (c.home / 'f').stat().st_mtime == 1577934245
    assert c.cmd('MFF unix.MODE=6755 f').text == 'unix.MODE=6755; f'
    assert owner(c.home / 'f')[2] == 0o755
    assert c.cmd('MFF Modify=20200102030406; name with blanks') == 550
    assert 'MFF modify;UNIX.mode;UNIX.group;' in c.cmd('FEAT').all


@pytest.mark.parametrize('facts, code', [
    ('', 501), ('modify', 501), ('modify=', 501), ('modify=2020', 501),
    ('modify=20200230000000', 501), ('UNIX.mode=8', 501), ('UNIX.mode=u+s', 501),
    ('UNIX.mode=-1', 501), ('UNIX.mode=77777', 501), ('UNIX.group=', 501),
    ('UNIX.group=staff', 550), ('UNIX.group=no-such-group', 550),
    ('type=dir', 504), ('UNIX.owner=0', 504), ('size=0', 504), ('colour=red', 504), (';', 501),
    ('modify=20200102030405;size=0', 504), ('UNIX.mode=0600;modify=now', 501)])
def test_mff_refused(c, facts, code):
    before = (c.home / 'f').stat()
    assert c.cmd(f'MFF {facts} f') == code
    after = (c.home / 'f').stat()
    assert (after.st_mtime, after.st_mode, after.st_gid, after.st_size) == \
        (before.st_mtime, before.st_mode, before.st_gid, before.st_size)


def test_mff_of_another_ones_file(c):
    for fact in ('modify=20200102030405', 'UNIX.mode=0600', 'UNIX.group=anonftp'):
        assert c.cmd(f'MFF {fact}; foreign') == 550
        assert c.cmd(f'MFF {fact}; absent') == 550
    assert owner(c.home / 'foreign') == (0, 0, 0o666)


def test_faq_5_17b_limit_site_chmod(ftpd, place):
    deny = '<Limit SITE_CHMOD>\n{rule}DenyAll\n</Limit>'
    for user, rule, code in (('bob', '', 550), ('bob', 'AllowUser alice\n', 550),
                             ('alice', 'AllowUser alice\n', 200)):
        place.file('f', b'x', user=user)
        c = ftpd(deny.replace('{rule}', rule)).login(user)
        assert c.cmd('SITE CHMOD 600 f') == code, (user, rule)
        assert c.cmd('SITE CHGRP users f') == 200, (user, rule)


@pytest.mark.parametrize('limit', ['SITE_CHGRP', 'SITE', 'WRITE', 'ALL'])
def test_limit_site_chgrp(ftpd, place, limit):
    place.file('f', b'x', user='bob')
    c = ftpd(f'<Limit {limit}>\nDenyAll\n</Limit>').login('bob')
    assert c.cmd('SITE CHGRP anonftp f') == 550
    assert owner(place.home('bob') / 'f')[1] == 61100


@pytest.mark.parametrize('limit', ['MFF', 'WRITE', 'ALL'])
def test_limit_mff(ftpd, place, limit):
    place.file('f', b'x')
    c = ftpd(f'<Limit {limit}>\nDenyAll\n</Limit>').login()
    assert c.cmd('MFF UNIX.mode=0600; f') == 550
    assert owner(place.home() / 'f')[2] == 0o644
