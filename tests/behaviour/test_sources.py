"""AuthUserFile, AuthGroupFile, AuthOrder, UserPassword."""

import re

import pytest

from harness import HASH, status


def test_faq_7_2b_files_of_each_virtual_host(ftpd, place):
    place.write('other', f'dora:{HASH}:61050:61100::{place.home()}:/bin/sh\n', 0o600)
    s = ftpd('<VirtualHost 127.0.0.2>\nAuthPAM off\nAuthUserFile {dir}/other\n</VirtualHost>',
             host='127.0.0.1')
    assert s.login()
    assert s.connect().login('dora') == 530
    v = ftpd('<VirtualHost 127.0.0.2>\nAuthPAM off\nAuthUserFile {dir}/other\n'
             'AuthGroupFile {group}\n</VirtualHost>', host='127.0.0.2')
    c = v.login('dora')
    assert v.connect().login('alice') == 530
    place.home().chmod(0o777)
    assert c.store('STOR f', b'x') == 226
    assert any(' dora ' in line and ' users ' in line for line in c.names('LIST'))


def test_names_in_a_jail(ftpd, place):
    place.file('f')
    c = ftpd('DefaultRoot ~').login()
    assert any(' alice ' in line and ' users ' in line for line in c.names('LIST'))


@pytest.mark.parametrize('mode', [0o644, 0o602, 0o666])
def test_readable_hashes_are_refused(ftpd, place, mode):
    place.passwd.chmod(mode)
    s = ftpd()
    c = s.connect(greet=False)
    reply = c.reply()
    if reply == 220:
        assert c.login() == 530
    else:
        assert reply == 421
    s.log_wait('passwd')


def test_userpassword_counts_alone(ftpd, place):
    place.passwd.write_text(place.passwd.read_text().replace(HASH, '*'))
    s = ftpd('UserPassword alice {hash}')
    assert s.connect().login('alice', 'pw') == 230
    assert s.connect().login('bob', 'pw') == 530


def test_userpassword_hides_the_real_one(ftpd, place):
    s = ftpd('UserPassword alice $1$inftpd$AAAAAAAAAAAAAAAAAAAAA1')
    assert s.connect().login('alice', 'pw') == 530


@pytest.mark.parametrize('hashed', [
    '$1$inftpd$Pc18R4hPD49yGPAhmYkwc/', 'abzlUXK5ed5rs', HASH,
    '$6$rounds=1000$inftpdtest$a70zdEk5LWpppmrLmaDcDvkypMETxhbot7r0qsn1j6uswmGsksxYaCv3.4tx2sVN6d'
    'K4FJQOBQCnBwLRkhTIv/',
    '$2b$04$abcdefghijklmnopqrstuuyvPXIbu7xe6/CED2DzX8z6Si09MlzlW'])
def test_every_scheme_of_crypt(ftpd, place, hashed):
    place.passwd.write_text(f'alice:{hashed}:61001:61100::{place.home()}:/bin/sh\n')
    s = ftpd()
    assert s.connect().login('alice', 'pw') == 230
    assert s.connect().login('alice', 'pW') == 530


def test_first_line_wins_and_bad_lines_are_told(ftpd, place):
    place.passwd.write_text(f'no colons here\nalice:{HASH}:x:y::/:\nalice:{HASH}:61001:61100::'
                            f'{place.home()}:/bin/sh\nalice:*:61002:61100::/:/bin/sh\n')
    s = ftpd()
    s.login()
    assert status(s.session())['Uid'].split()[0] == '61001'
    s.log_wait('passwd')


def test_authorder_is_obeyed(ftpd):
    # Written out without the file, the file's users are unknown.
    assert ftpd('AuthOrder mod_auth_unix.c').connect().login() == 530
    assert ftpd('AuthOrder mod_auth_file.c').connect().login() == 230


def test_faq_4_29c_ids_at_the_border(ftpd, place):
    place.passwd.write_text(''.join(
        f'u{n}:{HASH}:{uid}:{gid}::/:/bin/sh\n' for n, (uid, gid) in enumerate(
            [(4294967295, 61100), (61001, 4294967295), (4294967296, 61100), (-1, 61100),
             (65534, 65534), (4294967294, 4294967294)])))
    s = ftpd('MaxLoginAttempts none')
    c = s.connect()
    for n in range(4):
        assert c.login(f'u{n}') == 530
    assert len([l for l in s.log().splitlines() if re.search('USER u[01] .*invalid-id', l)]) == 2
    for user, number in (('u4', '65534'), ('u5', '4294967294')):
        s.login(user)
        state = status(s.session())
        assert state['Uid'].split() == [number] * 4 and state['Gid'].split() == [number] * 4


def test_filters_of_authuserfile(ftpd, place):
    s = ftpd('AuthUserFile {passwd} id 61002-61003')
    assert s.connect().login('alice') == 530
    assert s.connect().login('bob') == 230
    assert s.connect().login('root') == 530
    s = ftpd('AuthUserFile {passwd} name !^b')
    assert s.connect().login('alice') == 230
    assert s.connect().login('bob') == 530


def test_authfileoptions_insecureperms(ftpd, place):
    place.passwd.chmod(0o644)
    place.group.chmod(0o644)
    assert ftpd('AuthFileOptions InsecurePerms\nAuthUserFile {passwd}').connect().login() == 230


def test_authfileoptions_syntaxcheck(ftpd, place):
    place.passwd.write_text(place.passwd.read_text() + 'bad line\n')
    assert ftpd().connect().login() == 230
    s = ftpd('AuthFileOptions SyntaxCheck\nAuthUserFile {passwd}')
    code, said = s.check()
    c = s.connect(greet=False)
    assert c.reply() == 421 or c.login() == 530
