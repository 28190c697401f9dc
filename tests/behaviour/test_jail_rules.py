"""DefaultRoot and DefaultChdir by group, and MagicTokenChroot: which of them applies."""

import os

import pytest

from harness import HASH



def jailed(s, user):
    s.login(user)
    return os.readlink(f'/proc/{s.session()}/root') != '/'


@pytest.mark.parametrize('expression, who', [
    ('', 'alice bob carol username'), ('users', 'alice bob carol'), ('users,staff', 'carol'),
    ('AND users,staff', 'carol'), ('OR staff,anonftp', 'bob carol'), ('users,!staff', 'alice bob'),
    ('!users', 'username'), ('OR !users,staff', 'carol username'),
    ('users !staff !anonftp', 'alice'), ('regex ^(staff|anon)', 'bob carol'), ('regex ^s', 'carol'),
    ('Users', '')])
def test_defaultroot_expressions(ftpd, expression, who):
    s = ftpd(f'DefaultRoot ~ {expression}')
    got = {user for user in ('alice', 'bob', 'carol', 'username') if jailed(s, user)}
    assert got == set(who.split())


def test_own_rules_come_before_globals(ftpd, place):
    s = ftpd('<Global>\nDefaultRoot ~ staff\nDefaultRoot {home} users\n</Global>\n'
             'DefaultRoot {dir} anonftp\n')
    for user, root in (('alice', place.home_dir), ('bob', place.dir),
                       ('carol', place.home('carol'))):
        s.login(user)
        assert os.readlink(f'/proc/{s.session()}/root') == str(root)


def test_defaultchdir_expressions(ftpd, place):
    for user in ('alice', 'bob', 'carol'):
        for name in ('for-staff', 'for-all'):
            (place.home(user) / name).mkdir()
    s = ftpd('DefaultRoot ~\nDefaultChdir for-staff OR staff,anonftp\nDefaultChdir for-all')
    for user, start in (('alice', '/for-all'), ('bob', '/for-staff'), ('carol', '/for-staff')):
        assert s.login(user).cmd('PWD').text.startswith(f'"{start}"')
    s = ftpd('DefaultRoot ~\nDefaultChdir nowhere regex ^users$\nDefaultChdir for-all')
    assert s.login('alice').cmd('PWD').text.startswith('"/"')   # the first that holds, and no other


def with_home(place, home):
    place.passwd.write_text(f'alice:{HASH}:61001:61100::{home}:/bin/sh\n')


MAGIC = 'AuthUnixOptions MagicTokenChroot\n'


def test_magictokenchroot(ftpd, place):
    with_home(place, f'{place.home_dir}/./alice')
    s = ftpd(MAGIC + 'DefaultRoot ~\n')
    c = s.login()
    assert os.readlink(f'/proc/{s.session()}/root') == str(place.home_dir)
    assert c.cmd('PWD').text.startswith('"/alice"')
    assert c.cmd('CWD ..') == 250 and c.cmd('PWD').text.startswith('"/"')
    # without the option it is a way to write the home
    s = ftpd('DefaultRoot ~\n')
    s.login()
    assert os.readlink(f'/proc/{s.session()}/root') == str(place.home())


@pytest.mark.parametrize('prefix', ['/.', '//.', '///.'])
def test_a_token_with_nothing_before_it_opens_no_jail(ftpd, place, prefix):
    with_home(place, f'{prefix}{place.home()}')
    s = ftpd(MAGIC + 'DefaultRoot ~\n')
    s.login()
    assert os.readlink(f'/proc/{s.session()}/root') == str(place.home())


def test_a_magic_jail_that_is_not_there(ftpd, place):
    with_home(place, f'{place.dir}/nowhere/./alice')
    assert ftpd(MAGIC).connect().login() == 530


def test_other_authunixoptions_are_told(ftpd):
    code, said = ftpd('AuthUnixOptions NoGetgrouplist NoInitgroups AIXNoRLogin').check()
    assert code == 0 and said.count('AuthUnixOptions: No') == 2 and 'AIXNoRLogin: has no' in said


def test_faq_5_12h_a_bind_mount_in_the_jail(ftpd, place):
    outside = place.dir / 'outside'
    outside.mkdir()
    place.write('outside/f', 'shared')
    (place.home() / 'shared').mkdir()
    s = ftpd('DefaultRoot ~', etc={}, mounts=f'mount --bind {outside} {place.home()}/shared')
    c = s.login()
    c.cmd('TYPE I')
    assert c.names('NLST shared') == ['shared/f'] or c.names('NLST shared') == ['f']
    assert c.get('shared/f') == b'shared'
    outside.chmod(0o777)
    assert c.store('STOR shared/g', b'back') == 226
    assert (outside / 'g').read_bytes() == b'back'
