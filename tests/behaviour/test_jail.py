"""DefaultRoot, and that nothing leads out of it."""

import os
import re

import pytest

from conftest import release_only
from harness import open_files, uid_of


def root_of(s):
    return os.readlink(f'/proc/{s.session()}/root')


def test_faq_5_12a_the_home_is_the_root(ftpd, place):
    place.file('f', b'mine')
    s = ftpd('<VirtualHost 127.0.0.1>\nDefaultRoot ~\nAuthPAM off\nAuthUserFile {passwd}\n'
             'AuthGroupFile {group}\n</VirtualHost>\n')
    c = s.login()
    for cwd in ('/', '..', '../../..', '/../..'):
        assert c.cmd(f'CWD {cwd}') == 250
        assert c.cmd('PWD').text.startswith('"/"')
    assert c.cmd('CDUP') == 250
    assert c.cmd('PWD').text.startswith('"/"')
    assert c.names() == ['f']
    assert root_of(s) == str(place.home())


def test_faq_5_12b_a_group_expression(ftpd, place):
    public = place.dir / 'public'
    public.mkdir()
    s = ftpd('DefaultRoot {dir}/public users,!staff')
    c = s.login('alice')
    assert root_of(s) == str(public) and c.cmd('PWD').text.startswith('"/"')
    for user in ('carol', 'username'):      # users and staff; not of users
        c = s.login(user)
        assert root_of(s) == '/'
        assert c.cmd('PWD').text.startswith(f'"{place.home(user)}"')


def test_faq_5_12c_the_first_that_applies(ftpd, place):
    for name in ('one', 'two', 'three'):
        (place.dir / name).mkdir()
    s = ftpd('<Global>\nDefaultRoot {dir}/three\n</Global>\nDefaultRoot {dir}/one staff\n'
             'DefaultRoot {dir}/two\n')
    s.login('carol')
    assert root_of(s) == str(place.dir / 'one')
    s.login('alice')
    assert root_of(s) == str(place.dir / 'two')


def test_a_slash_means_no_jail(ftpd):
    s = ftpd('DefaultRoot / users\nDefaultRoot ~')
    s.login()
    assert root_of(s) == '/'


def test_start_directory_is_shown_inside(ftpd, place):
    c = ftpd('DefaultRoot {home}').login()
    assert c.cmd('PWD').text.startswith('"/alice"')
    c = ftpd('DefaultRoot {anon}').login()
    assert c.cmd('PWD').text.startswith('"/"')
    c = ftpd('DefaultRoot {anon}\nDefaultChdir /pub').login()
    assert c.cmd('PWD').text.startswith('"/pub"')
    c = ftpd('DefaultRoot {anon}\nDefaultChdir /nowhere').login()
    assert c.cmd('PWD').text.startswith('"/"')


ESCAPES = ['..', '../..', '/'.join(['..'] * 64), '/..', '/../..', '/.././..', 'sub/../../..', 'abs',
           'abs/..', 'rel', 'sub/up', 'chain', './/..//', 'sub/..//..', '~/..', '~root', '..\\',
           'proc/self/root', '/proc/self/root', '/proc/1/root', '/proc/self/cwd']


@pytest.fixture
def escapes(place):
    """A home full of links that lead out, and a secret outside."""
    home = place.home()
    place.write('secret', 'outside')
    for name, target in (('abs', '/'), ('rel', '../..'), ('sub/up', '../../..'),
                         ('chain', 'sub/up'),
                         ('file', f'{place.dir}/secret'), ('relfile', '../../secret'),
                         ('self', 'self'), ('dangling', 'nowhere')):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).symlink_to(target)
    (home / 'proc').mkdir()
    for path in [home / 'sub', home / 'proc']:
        os.chown(path, uid_of('alice'), 61100)
    return place


@pytest.mark.parametrize('conf', ['DefaultRoot ~'])
def test_faq_5_12e_no_way_out(ftpd, escapes, conf):
    s = ftpd(conf + '\nAllowOverwrite on')
    place, c = escapes, s.login()
    outside = sorted(os.listdir(place.dir))
    for way in ESCAPES:
        c.cmd('CWD /')
        if c.cmd(f'CWD {way}') == 250:
            assert c.fetch('RETR secret')[0] == 550, way
            assert 'secret' not in c.names(), way
            assert c.store('STOR /planted', b'x') in (226, 550)
            c.cmd('DELE /planted')
        c.cmd('CWD /')
        assert c.fetch(f'RETR {way}/secret')[0] == 550
        assert c.store(f'STOR {way}/../planted-{len(way)}', b'x') in (226, 550, 553)
        assert c.cmd(f'MKD {way}/../made-{len(way)}') in (257, 550)
        assert c.cmd(f'MLST {way}/secret') == 550
    for link in ('file', 'relfile', 'self', 'dangling'):
        assert c.fetch(f'RETR {link}')[0] == 550
        assert c.store(f'APPE {link}', b'x') in (451, 550)
    assert sorted(os.listdir(place.dir)) == outside
    assert (place.dir / 'secret').read_text() == 'outside'


def test_attack_29_every_path_command(ftpd, escapes):
    c = ftpd('DefaultRoot ~\nAllowOverwrite on\nAllowStoreRestart on').login()
    secret = escapes.dir / 'secret'
    secret.chmod(0o666)
    escapes.dir.chmod(0o777)
    before = secret.stat()
    c.cmd('TYPE I')
    for way in ('../../secret', '/../../secret', 'rel/secret', 'abs/../../secret',
                'sub/../../../secret', 'sub/up/secret', 'relfile', 'file',
                f'{escapes.dir}/secret', f'abs{escapes.dir}/secret'):
        for line in ('SIZE %s', 'MDTM %s', 'MLST %s', 'DELE %s', 'RMD %s', 'RNFR %s', 'CWD %s',
                     'SITE CHMOD 0 %s', 'MFMT 20000101000000 %s'):
            if line in ('DELE %s', 'RNFR %s', 'MLST %s') and way in ('relfile', 'file'):
                continue        # these act on the link itself
            assert c.cmd(line % way) in (550, 553), line % way
        assert c.fetch(f'RETR {way}')[0] == 550
        assert c.fetch(f'MLSD {way}')[0] in (501, 550)
        assert c.store(f'STOR {way}', b'x') in (226, 550, 553)
        assert c.store(f'APPE {way}', b'x') in (226, 550, 553)
        (escapes.home() / 'secret').unlink(missing_ok=True)     # inside: no escape
    after = secret.stat()
    assert (after.st_mode, after.st_size, after.st_mtime) == \
        (before.st_mode, before.st_size, before.st_mtime)


def test_the_jail_is_moved_during_the_session(ftpd, escapes):
    s = ftpd('DefaultRoot ~')
    c = s.login()
    assert c.cmd('CWD sub') == 250
    (escapes.dir / 'elsewhere').mkdir()
    os.rename(escapes.home() / 'sub', escapes.dir / 'elsewhere/sub')
    for way in ('../secret', '../../secret', 'up/secret', '/sub/../../secret'):
        assert c.fetch(f'RETR {way}')[0] == 550
    c.cmd('CWD ..')
    assert c.fetch('RETR secret')[0] == 550


@release_only
def test_no_descriptor_leads_out(ftpd, place):
    s = ftpd('DefaultRoot ~')
    s.login()
    home = str(place.home())
    for fd, target in open_files(s.session()).items():
        assert re.match(r'(socket:|anon_inode:|/dev/null|/dev/zero|pipe:)', target) or \
            target == home or target.startswith(home + '/') or target == '/', (fd, target)
        if target == '/':       # the jail's own root, seen from inside
            same = os.stat(f'/proc/{s.session()}/fd/{fd}')
            assert (same.st_dev, same.st_ino) == (os.stat(home).st_dev, os.stat(home).st_ino)


def test_faq_5_12f_an_ordinary_user(ftpd, escapes):
    s = ftpd('DefaultRoot ~\nAllowOverwrite on')
    s.give_to('alice')
    c = s.login()
    assert c.cmd('PWD').text.startswith('"/"')
    for way in ESCAPES:
        c.cmd('CWD /')
        if c.cmd(f'CWD {way}') == 250:
            assert 'secret' not in c.names(), way
            assert c.fetch('RETR secret')[0] == 550
        c.cmd('CWD /')
        assert c.fetch(f'RETR {way}/secret')[0] == 550
    for link in ('file', 'relfile', '../../secret'):
        assert c.fetch(f'RETR {link}')[0] == 550
        assert c.store(f'STOR {link}', b'x') in (226, 550, 553)
    assert (escapes.dir / 'secret').read_text() == 'outside'


def test_faq_5_12g_links_and_the_jail(ftpd, place):
    home = place.home()
    (home / 'dir').mkdir()
    place.file('dir/f', b'inside')
    (home / 'in').symlink_to('dir')
    (home / 'absolute').symlink_to('/dir')
    (home / 'out').symlink_to(str(place.anon))
    c = ftpd('DefaultRoot ~').login()
    assert c.get('in/f') == b'inside'
    assert c.get('absolute/f') == b'inside'     # an absolute link begins at the jail's root
    reply = c.cmd('CWD out')
    assert reply == 550 and 'no such file' in reply.text.lower()
    link = place.dir / 'link'
    link.symlink_to(home)
    assert ftpd('DefaultRoot {dir}/link').connect().login() == 230
    s = ftpd('DefaultRoot {dir}/link\nAllowChrootSymlinks off')
    assert s.connect().login() == 530
    s.log_wait('link')
    assert ftpd('DefaultRoot ~\nAllowChrootSymlinks off').connect().login() == 230


def test_a_link_to_the_whole_root_is_no_jail(ftpd, place):
    (place.home() / 'ftp').symlink_to('/')
    (place.dir / 'site').symlink_to('/')
    anonymous = ('<Anonymous {dir}/site>\nUser ftp\nGroup ftp\nRequireValidShell off\n'
                 'UserAlias anonymous ftp\n</Anonymous>')
    for conf, user in (('DefaultRoot ~/ftp', 'alice'), ('DefaultRoot ~/../../../..', 'alice'),
                       (anonymous, 'anonymous')):
        s = ftpd(conf)
        assert s.connect().login(user) == 530
        s.log_wait('no jail')
    s = ftpd('DefaultRoot ~/ftp')
    s.give_to('alice')
    assert s.connect().login() == 530


def test_faq_5_12i_a_jail_that_cannot_be_entered(ftpd, place):
    (place.dir / 'closed').mkdir(mode=0o700)
    place.write('afile', '')
    for jail in ('nowhere', 'closed', 'afile'):
        s = ftpd(f'DefaultRoot {{dir}}/{jail}')
        c = s.connect()
        assert c.login() == 530
        s.log_wait(jail)
        c.put('PWD')                # never an unjailed session
        assert all(reply == 530 for reply in c.last_words())


def test_rlimitchroot(ftpd, place):
    for name in ('etc', 'lib', 'sub/etc'):
        (place.home() / name).mkdir(parents=True)
        os.chown(place.home() / name, uid_of('alice'), 61100)
        place.file(f'{name}/f', b'x')
    os.chown(place.home() / 'sub', uid_of('alice'), 61100)
    c = ftpd('DefaultRoot ~\nAllowOverwrite on').login()
    for line in ('DELE /etc/f', 'MKD /lib/d', 'RNFR /etc', 'SITE CHMOD 600 /lib/f'):
        assert c.cmd(line) == 550, line
    assert c.store('STOR /etc/nsswitch.conf', b'x') == 550
    assert c.cmd('RNFR sub/etc/f') == 350
    assert c.cmd('RNTO /lib/g') == 550
    assert c.store('STOR sub/etc/g', b'x') == 226
    assert c.get('etc/f') == b'x'
    c = ftpd('DefaultRoot ~\nAllowOverwrite on\nRLimitChroot off').login()
    assert c.store('STOR /etc/nsswitch.conf', b'x') == 226
    c = ftpd('AllowOverwrite on').login()       # not in a jail: its own names
    assert c.cmd('DELE etc/f') == 250


def test_attack_34_nothing_is_loaded_from_the_jail(ftpd, place):
    planted = place.home()
    for name in ('etc/nsswitch.conf', 'etc/passwd', 'etc/ld.so.preload', 'etc/localtime',
                 'lib/x86_64-linux-gnu/libnss_x.so.2', 'usr/share/zoneinfo/UTC',
                 'usr/lib/locale/locale-archive', 'etc/resolv.conf', 'etc/hosts', 'etc/group'):
        path = planted / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('passwd: x\n')
    trace = place.dir / 'trace'
    s = ftpd('DefaultRoot ~\nTimesGMT off',
             wrapper=['strace', '-f', '-qq', '-e', 'trace=%file,execve', '-o', str(trace)])
    c = s.login()
    c.names('LIST')
    c.names('MLSD')
    c.store('STOR f', b'x')
    c.cmd('STAT')
    c.cmd('MDTM f')
    c.quit()
    s.exit_status()
    inside, after = set(), []
    for line in trace.read_text().splitlines():
        pid, call = line.split(None, 1)
        if pid in inside:
            after.append(call)
        elif call.startswith('chroot("."'):
            inside.add(pid)
    assert len(after) > 10
    for word in ('nsswitch', 'ld.so', 'localtime', 'libnss', 'zoneinfo', 'locale', 'resolv.conf',
                 'execve('):
        assert not [call for call in after if word in call]
