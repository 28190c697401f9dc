"""CreateHome: a home that is missing is made at login, by nobody's detour."""

import os
import stat

import pytest

from harness import HASH, uid_of

UID, GID = 61001, 61100


@pytest.fixture
def away(place):
    """alice's home is to be in a directory that is not there: {dir}/made/deep/alice."""
    home = place.dir / 'made/deep/alice'
    move(place, home)
    return home


def move(place, home, uid=UID):
    place.passwd.write_text(f'alice:{HASH}:{uid}:{GID}::{home}:/bin/sh\n'
                            f'bob:{HASH}:61002:{GID}::{place.home("bob")}:/bin/sh\n')


def look(path):
    st = os.lstat(path)
    return st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)


def test_off_is_the_default(ftpd, away):
    s = ftpd()
    assert s.connect().login() == 530
    assert not away.exists() and not away.parent.exists()
    s.log_wait('home')


def test_a_home_with_its_parents(ftpd, away):
    s = ftpd('CreateHome on')
    c = s.login()
    assert c.cmd('PWD').text.startswith(f'"{away}"')
    assert look(away) == (UID, GID, 0o700)
    assert look(away.parent) == look(away.parent.parent) == (0, 0, 0o711)
    assert c.store('STOR f', b'x') == 226
    assert s.log_wait('CreateHome').count(str(away)) == 1
    assert os.listdir(away.parent) == ['alice']


def test_modes_and_owners(ftpd, away):
    s = ftpd('CreateHome on 2750 dirmode 755 uid ~ gid 61102 homegid 61101')
    s.login()
    assert look(away) == (UID, 61101, 0o2750)
    assert look(away.parent) == look(away.parent.parent) == (UID, 61102, 0o755)


def test_a_home_that_exists_is_left_alone(ftpd, place):
    place.home().chmod(0o751)
    skel = place.dir / 'skel'
    skel.mkdir()
    (skel / 'f').write_text('x')
    ftpd('CreateHome on 700 skel {dir}/skel').login()
    assert look(place.home()) == (UID, GID, 0o751) and not (place.home() / 'f').exists()


def test_a_home_behind_a_link_that_exists(ftpd, place):
    (place.dir / 'link').symlink_to(place.home())
    move(place, place.dir / 'link')
    assert ftpd('CreateHome on').connect().login() == 230


def test_with_a_jail(ftpd, away):
    c = ftpd('CreateHome on\nDefaultRoot ~').login()
    assert c.cmd('PWD').text.startswith('"/"')
    assert look(away)[0] == UID


def test_nobody_gets_one_who_is_refused(ftpd, place, away):
    for conf, password in (('', 'wrong'), ('<Limit LOGIN>\nDenyUser alice\n</Limit>\n', 'pw'),
                           ('<IfUser alice>\n<Limit LOGIN>\nDenyAll\n</Limit>\n</IfUser>\n', 'pw'),
                           ('DefaultRoot ~nobody-there/x\n', 'pw')):
        assert ftpd('CreateHome on\n' + conf).connect().login('alice', password) == 530
        assert not away.parent.parent.exists(), conf


def test_no_home_for_guests(ftpd, away):
    s = ftpd('CreateHome on\n<Anonymous {anon}>\nUser alice\nGroup users\nUserAlias ftp alice\n'
             '</Anonymous>')
    assert s.connect().login('ftp', 'a@b') == 230
    assert not away.exists()


@pytest.mark.parametrize('mode', [0o777, 0o1777, 0o775, 0o1775])
def test_not_where_others_may_write(ftpd, place, mode):
    shared = place.dir / 'shared'
    shared.mkdir()
    shared.chmod(mode)
    move(place, shared / 'alice')
    s = ftpd('CreateHome on')
    assert s.connect().login() == 530
    assert os.listdir(shared) == []
    assert 'others may write' in s.log_wait('CreateHome')


def test_not_below_what_is_somebody_elses(ftpd, place):
    other = place.dir / 'other'
    other.mkdir()
    os.chown(other, uid_of('bob'), GID)
    for home in (other / 'alice', other / 'deep/alice'):
        move(place, home)
        s = ftpd('CreateHome on')
        assert s.connect().login() == 530
        assert 'somebody else' in s.log_wait('CreateHome')
    assert os.listdir(other) == []


def test_below_a_sticky_directory_of_roots(ftpd, place):
    shared = place.dir / 'shared'
    (shared / 'roots').mkdir(parents=True)
    shared.chmod(0o1777)
    move(place, shared / 'roots/alice')
    assert ftpd('CreateHome on').connect().login() == 230


@pytest.mark.parametrize('where', ['', 'deep/'])
def test_attack_31_through_no_link(ftpd, place, where):
    target = place.dir / 'target'
    target.mkdir()
    (place.dir / 'link').symlink_to(target)
    move(place, place.dir / 'link' / where / 'alice')
    s = ftpd('CreateHome on')
    assert s.connect().login() == 530
    assert os.listdir(target) == []
    assert 'symbolic link' in s.log_wait('CreateHome')


def test_attack_31_a_dangling_link_is_no_home(ftpd, place):
    (place.dir / 'alice').symlink_to(place.dir / 'elsewhere')
    move(place, place.dir / 'alice')
    s = ftpd('CreateHome on')
    assert s.connect().login() == 530
    assert not (place.dir / 'elsewhere').exists()
    assert 'symbolic link' in s.log_wait('CreateHome')


@pytest.mark.parametrize('home, why', [
    ('{dir}/file/alice', 'directory'), ('{dir}/file', 'no directory'),
    ('{dir}/a/../b', 'clean'), ('{dir}/x/' + 'n' * 256, 'clean')],
    ids=['below-file', 'file', 'climbing', 'long'])
def test_paths_that_cannot_be(ftpd, place, home, why):
    place.write('file', 'x')
    move(place, home.replace('{dir}', str(place.dir)))
    before = sorted(os.listdir(place.dir))
    s = ftpd('CreateHome on')
    assert s.connect().login() == 530
    assert why in s.log_wait('CreateHome')
    assert [n for n in sorted(os.listdir(place.dir)) if not n.startswith('server')] == before


def test_the_users_own_directory_is_no_place_for_root(ftpd, place):
    # what lies below a directory of alice's is made by alice, so that she can lead root nowhere
    mine = place.dir / 'mine'
    mine.mkdir(mode=0o700)
    os.chown(mine, UID, GID)
    home = mine / 'deep/alice'
    move(place, home)
    ftpd('CreateHome on 750 dirmode 701 uid 0').login()
    assert look(home) == (UID, GID, 0o750)
    assert look(home.parent) == (UID, GID, 0o701)
    roots = mine / 'roots'
    roots.mkdir(mode=0o755)
    move(place, roots / 'alice')
    s = ftpd('CreateHome on')
    assert s.connect().login() == 530
    assert os.listdir(roots) == []
    s.log_wait('CreateHome')


def test_norootprivs(ftpd, place):
    move(place, place.dir / 'alice')
    s = ftpd('CreateHome on NoRootPrivs')
    assert s.connect().login() == 530           # the user cannot write there
    s.log_wait('CreateHome')
    shared = place.dir / 'shared'
    shared.mkdir()
    shared.chmod(0o1777)
    move(place, shared / 'alice')
    s.login()
    assert look(shared / 'alice') == (UID, GID, 0o700)


def test_not_for_root(ftpd, place):
    move(place, place.dir / 'alice', 0)
    s = ftpd('CreateHome on\nRootLogin on')
    assert s.connect().login() == 530
    assert 'uid 0' in s.log_wait('CreateHome')
    assert not (place.dir / 'alice').exists()


def test_started_by_an_ordinary_user(ftpd, place):
    home = place.dir / 'alice'
    move(place, home)
    s = ftpd('CreateHome on')
    s.give_to('alice')
    s.place.passwd.chmod(0o600)
    s.login()
    assert look(home)[0] == UID and look(home)[2] == 0o700


# -- the skeleton ----------------------------------------------------------------------

@pytest.fixture
def skel(place):
    top = place.dir / 'skel'
    (top / 'd').mkdir(parents=True)
    (top / 'd').chmod(0o2755)
    place.write('skel/.profile', 'hello\n', 0o644)
    place.write('skel/run', '#!/bin/sh\n', 0o6755)
    place.write('skel/d/deep', 'x', 0o600)
    (top / 'd/deep').chmod(0o640)
    os.chown(top / 'd/deep', UID, GID)
    (top / 'inside').symlink_to('d/deep')
    return top


def test_the_skeleton_is_copied_as_the_user(ftpd, away, skel):
    s = ftpd('CreateHome on 700 skel {dir}/skel')
    s.login()
    assert (away / '.profile').read_text() == 'hello\n'
    assert look(away / '.profile') == (UID, GID, 0o644)
    assert look(away / 'run') == (UID, GID, 0o755)          # set-id bits stay behind
    assert look(away / 'd') == (UID, GID, 0o755)
    assert look(away / 'd/deep') == (UID, GID, 0o640)
    assert os.readlink(away / 'inside') == 'd/deep'
    assert '5 of the skeleton' in s.log_wait('CreateHome')


def test_what_is_left_out(ftpd, place, away, skel):
    os.mkfifo(skel / 'fifo')
    os.mknod(skel / 'dev', stat.S_IFCHR | 0o666, os.makedev(1, 3))
    (skel / 'abs').symlink_to('/etc/shadow')
    (skel / 'd/up').symlink_to('../../../../etc')
    place.write('skel/secret', 'of root', 0o600)
    s = ftpd('CreateHome on 700 skel {dir}/skel')
    s.login()
    assert sorted(os.listdir(away)) == ['.profile', 'd', 'inside', 'run']
    assert os.listdir(away / 'd') == ['deep']
    line = s.log_wait('CreateHome')
    for name in ('fifo', 'dev', 'abs', 'up', 'secret'):
        assert f'{name} left out' in line


def test_a_skeleton_that_is_not_there(ftpd, away):
    s = ftpd('CreateHome on 700 skel {dir}/nowhere')
    assert s.connect().login() == 230
    assert look(away)[0] == UID and os.listdir(away) == []
    assert 'nowhere' in s.log_wait('CreateHome')


def test_two_logins_at_a_time(ftpd, away, skel):
    s = ftpd('CreateHome on 700 skel {dir}/skel')
    clients = [s.connect() for _ in range(6)]
    for c in clients:
        assert c.cmd('USER alice') == 331
    for c in clients:
        c.put('PASS pw')
    for c in clients:
        assert c.reply() == 230
    assert look(away) == (UID, GID, 0o700)
    assert os.listdir(away.parent) == ['alice']
    assert (away / '.profile').exists()


def test_t_tells_of_open_modes(ftpd):
    code, said = ftpd('CreateHome on 777').check()
    assert code == 0 and 'CreateHome: others may write' in said
    code, said = ftpd('CreateHome on skel relative').check()
    assert code == 1 and 'conf:1: CreateHome: skel' in said
