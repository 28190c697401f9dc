"""AnonymousGroup, AnonCheckEmail, AuthUsingAlias, UserDirRoot: who is anonymous, and how."""

import contextlib
import os
import re
import socket
import struct
import threading

import pytest

from harness import HASH, status, uid_of, until

ANON = '<Anonymous {anon}>\nUser ftp\nGroup ftp\n%s\n</Anonymous>\n'

# -- the FAQ's 5.13: a site of each user's own ---------------------------------------------

OWN_SITES = '''<Limit LOGIN>
DenyGroup !anonftp
</Limit>
<Directory ~/anon-ftp>
<Limit WRITE>
DenyAll
</Limit>
</Directory>
<Directory ~/anon-ftp/incoming>
<Limit STOR>
AllowAll
</Limit>
<Limit READ WRITE>
DenyAll
</Limit>
</Directory>
DefaultRoot ~/anon-ftp
'''


@pytest.fixture
def sites(place):
    for user in ('alice', 'bob'):
        for name in ('anon-ftp', 'anon-ftp/incoming'):
            (place.home(user) / name).mkdir()
            os.chown(place.home(user) / name, uid_of(user), 61100)
        place.file('anon-ftp/f', 'of ' + user, user)


def test_faq_5_13a_one_tree_with_owners(ftpd, place):
    # a directory of each owner's in the tree; he writes there by a link from his home
    part = place.anon / 'alice'
    part.mkdir()
    os.chown(part, uid_of('alice'), 61100)
    place.home().joinpath('site').symlink_to(part)
    s = ftpd(ANON % '<Limit WRITE>\nDenyAll\n</Limit>')
    c = s.login('alice')
    assert c.cmd('CWD site') == 250
    assert c.store('STOR news', b'for all') == 226
    c = s.login('ftp', 'a@b')
    c.cmd('TYPE I')
    assert c.get('alice/news') == b'for all'
    assert c.store('STOR alice/x', b'x') == 550
    assert c.cmd('DELE alice/news') == 550


def test_faq_5_13c_anonymousgroup(ftpd, place, sites):
    s = ftpd(OWN_SITES + 'AnonymousGroup anonftp\nUseReverseDNS off\n')
    c = s.connect()
    prompt = c.cmd('USER bob')
    assert prompt == 331 and 'mail' in prompt.text
    reply = c.cmd('PASS guest@example.org')
    assert reply == 230 and reply.text == 'Guest access granted.'
    assert c.cmd('PWD').text.startswith('"/"')
    state = status(s.session())
    assert state['Uid'].split() == [str(uid_of('bob'))] * 4
    assert set(state['Groups'].split()) == {'61100', '61101'}
    assert os.readlink(f'/proc/{s.session()}/root') == str(place.home('bob') / 'anon-ftp')
    c.cmd('TYPE I')
    assert c.get('f') == b'of bob'
    assert c.store('STOR x', b'x') == 550
    c.quit()
    line = s.xferlog()[0]
    assert (line[12], line[13]) == ('a', 'guest@example.org')
    assert line[8] == str(place.home('bob') / 'anon-ftp/f')
    s.log_wait('USER bob: Login successful: bob, .*anonymous, gave "guest@example.org"')
    # who is no member has a password
    prompt = s.connect().cmd('USER alice')
    assert prompt == 331 and 'mail' not in prompt.text
    code, said = s.check()
    assert code == 0 and re.search(r'warning: .*AnonymousGroup: .*any password', said)


def test_without_a_defaultroot_the_home_is_the_jail(ftpd, place):
    s = ftpd('AnonymousGroup anonftp\nDefaultRoot /\n')
    c = s.login('bob', 'x')
    assert c.cmd('PWD').text.startswith('"/"')
    assert os.readlink(f'/proc/{s.session()}/root') == str(place.home('bob'))
    place.passwd.write_text(f'bob:{HASH}:61002:61100::/:/bin/sh\n')
    assert s.connect().login('bob', 'x') == 530
    s.log_wait('AnonymousGroup: the home')


def test_root_is_never_a_member(ftpd, place):
    place.group.write_text(place.group.read_text().replace('anonftp:x:61101:bob',
                                                           'anonftp:x:61101:bob,root'))
    s = ftpd('AnonymousGroup anonftp\nRootLogin on')
    c = s.connect()
    prompt = c.cmd('USER root')
    assert prompt == 331 and 'mail' not in prompt.text
    assert c.cmd('PASS a@b') == 530


def test_a_group_that_only_denies_takes_in_no_stranger(ftpd):
    # every item of it holds for a name that nobody has
    s = ftpd('AnonymousGroup !staff')
    c = s.connect()
    known = c.cmd('USER nobody-there')
    assert known == 331 and 'mail' not in known.text
    assert c.cmd('PASS a@b') == 530
    assert 'mail' not in c.cmd('USER carol').text
    assert 'mail' in c.cmd('USER alice').text


def test_members_obey_the_other_rules(ftpd):
    s = ftpd('AnonymousGroup anonftp\n<Limit LOGIN>\nDenyUser bob\n</Limit>')
    assert s.connect().login('bob', 'x') == 530
    s = ftpd('AnonymousGroup anonftp', etc={'ftpusers': 'bob\n'})
    assert s.connect().login('bob', 'x') == 530
    s = ftpd('AnonymousGroup anonftp\nAllowEmptyPasswords off')
    assert s.connect().login('bob', '') in (501, 530)


# -- AnonCheckEmail ------------------------------------------------------------------------

def test_faq_A6_scanning_for_an_at(ftpd):
    for line in ('AnonCheckEmail at', 'AnonRejectPasswords !@'):
        s = ftpd(ANON % line)
        c = s.connect()
        wrong = c.login('ftp', 'foo')
        assert wrong == 530 and wrong.text == 'Login failed.'
        assert s.connect().login('ftp', 'a@b') == 230
    assert ftpd(ANON % '').connect().login('ftp', 'foo') == 230
    assert ftpd(ANON % 'AnonCheckEmail off').connect().login('ftp', 'foo') == 230


def test_faq_7_11a_before_access(ftpd):
    s = ftpd(ANON % 'AnonRejectPasswords ^BAD NC')
    assert s.connect().login('ftp', 'bad@example') == 530
    assert s.connect().login('ftp', 'a@b') == 230
    s = ftpd(ANON % 'AnonRejectPasswords !@example\\.org$')
    assert s.connect().login('ftp', 'a@b') == 530
    assert s.connect().login('ftp', 'a@example.org') == 230
    s = ftpd(ANON % 'AnonCheckEmail at')
    for address, verdict in (('@', 530), ('a@', 530), ('@b', 530), ('a@b@c', 530), ('a b@c', 230)):
        assert s.connect().login('ftp', address) == verdict, address
    s = ftpd(ANON % 'AnonCheckEmail syntax')
    for address, verdict in (('a b@c', 530), ('a@b..c', 530), ('me@example.net', 230)):
        assert s.connect().login('ftp', address) == verdict, address
    assert s.log_wait(r'bad-address: AnonCheckEmail: "a b@c"').count('USER ftp') == 1


class NameServer:
    """Answers questions for MX: of `mail.example` there is one, `null.example` takes no mail."""

    def __init__(self):
        self.asked = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(('127.0.0.53', 53))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            query, peer = self.sock.recvfrom(2048)
            if not query:
                return
            with contextlib.suppress(OSError):
                self.sock.sendto(self.answer(query), peer)

    def answer(self, query):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        name, kind = '.'.join(labels), struct.unpack('>H', query[at + 1:at + 3])[0]
        self.asked.append((name, kind))
        data = {('mail.example', 15): b'\0\12\2mx\xc0\x0c', ('null.example', 15): b'\0\0\0'}.get(
            (name, kind))
        known = name in ('mail.example', 'null.example')
        head = query[:2] + (b'\x81\x80' if known else b'\x81\x83') + b'\0\1' + \
            struct.pack('>H', data is not None) + b'\0\0\0\0'
        record = (b'\xc0\x0c\0\17\0\1\0\0\0\x3c' + struct.pack('>H', len(data)) + data if data
                  else b'')
        return head + query[12:at + 5] + record

    def close(self):
        with contextlib.suppress(OSError):      # it is not connected, and wakes up all the same
            self.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(20)
        self.sock.close()


ETC = {'resolv.conf': 'nameserver 127.0.0.53\nsearch example\noptions timeout:5 attempts:5\n',
       'hosts': '127.0.0.9 host.example\n',
       'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n'}


def test_faq_7_11a_the_domain(network, ftpd):
    server = NameServer()
    try:
        s = ftpd(ANON % 'AnonCheckEmail domain', etc=ETC)
        # an answer that takes longer than a second is none
        until(lambda: s.connect().login('ftp', 'me@mail.example') == 230)
        assert s.connect().login('ftp', 'me@host.example') == 230
        assert s.connect().login('ftp', 'me@null.example') == 530
        assert s.connect().login('ftp', 'me@nowhere.example') == 530
        until(lambda: ('nowhere.example', 15) in server.asked)
        assert s.connect().login('ftp', 'no address@other.example') == 530
        assert s.connect().login('ftp', 'me@mail') == 530       # and no host of ours is meant
        until(lambda: ('mail', 15) in server.asked)
        # what is no address is asked of nobody
        assert not any('other' in name for name, _ in server.asked)
        s.log_wait('bad-address: .*takes no mail')
    finally:
        server.close()


def test_the_domain_with_a_dead_resolver(network, ftpd):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(('127.0.0.53', 53))
        s = ftpd(ANON % 'AnonCheckEmail domain', etc=ETC)
        assert s.connect().login('ftp', 'me@mail.example') == 530
        s.log_wait('bad-address: .*nothing is known')


# -- AuthUsingAlias ------------------------------------------------------------------------

USING = ANON % 'UserAlias guest ftp\nUserAlias * ftp\nAnonRequirePassword on\nAuthUsingAlias %s'


def hash_of(place, user, hashed):
    place.passwd.write_text(re.sub(f'(?m)^{user}:[^:]*', lambda m: f'{user}:{hashed}',
                                   place.passwd.read_text()))


def test_authusingalias(ftpd, place):
    hash_of(place, 'ftp', '*')
    s = ftpd(USING % 'on')
    assert s.connect().login('alice', 'wrong') == 530
    c = s.login('alice', 'pw')
    # alice's password, and the section's identity
    assert status(s.session())['Uid'].split() == [str(uid_of('ftp'))] * 4
    assert status(s.session())['Gid'].split() == ['61104'] * 4
    assert c.cmd('PWD').text.startswith('"/"')
    assert s.connect().login('ftp', 'pw') == 530
    assert s.connect().login('nobody-there', 'pw') == 530
    s = ftpd(USING % 'off')
    assert s.connect().login('alice', 'pw') == 530


def test_authusingalias_and_userpassword(ftpd, place):
    hash_of(place, 'ftp', '*')
    s = ftpd((USING % 'on').replace('</A', 'UserPassword guest {hash}\n</A'))
    assert s.connect().login('guest', 'pw') == 230
    assert s.connect().login('guest', 'wrong') == 530


def test_authusingalias_is_no_way_to_try_roots_password(ftpd):
    s = ftpd(USING % 'on' + 'RootLogin on\n')
    assert s.connect().login('root', 'pw') == 530
    s.log_wait('SECURITY VIOLATION')


def test_authusingalias_alone_is_told(ftpd):
    code, said = ftpd(ANON % 'UserAlias guest ftp\nAuthUsingAlias on').check()
    assert code == 0 and re.search(r'conf:5: AuthUsingAlias: .*AnonRequirePassword', said)


# -- UserDirRoot ----------------------------------------------------------------------------

def test_userdirroot(ftpd, place):
    (place.anon / 'one').mkdir()
    place.write('ANON/one/mine', 'of one')
    (place.anon / 'sly').symlink_to('/etc')
    s = ftpd(ANON % 'UserAlias one ftp\nUserDirRoot on')
    assert 'pub' in s.login('ftp', 'a@b').names()       # no alias, the whole site
    s = ftpd(ANON % 'UserAlias * ftp\nUserDirRoot on')
    c = s.login('one', 'a@b')
    assert c.names() == ['mine']
    assert c.cmd('CWD /..') == 250 and c.names() == ['mine']
    for name in ('..', '.', 'a/b', '/etc', 'pub/../one', 'nowhere', 'sly', ''):
        assert s.connect().login(name, 'a@b') in (500, 501, 530), name
    s.log_wait('jail: UserDirRoot')
    s = ftpd(ANON % 'UserAlias * ftp')
    assert 'pub' in s.login('one', 'a@b').names()


# -- AuthAliasOnly, UserPassword, and what an alias leads to -------------------------------

def test_authaliasonly_of_a_server(ftpd):
    s = ftpd('AuthAliasOnly on\nUserAlias al alice\n' + ANON % 'UserAlias anonymous ftp')
    assert s.connect().login('alice') == 530
    s.log_wait('alias-only')
    assert s.connect().login('al') == 230
    assert s.connect().login('ftp', 'a@b') == 530
    assert s.connect().login('anonymous', 'a@b') == 230


def test_userpassword_needs_an_account(ftpd):
    assert ftpd('UserPassword nobody-there {hash}').connect().login('nobody-there', 'pw') == 530


def test_faq_5_14d_one_alias_for_two_sites(ftpd, place):
    other = place.dir / 'OTHER'
    other.mkdir()
    (other / 'second').mkdir()
    two = (ANON % 'UserAlias anonymous ftp' +
           '<Anonymous {dir}/OTHER>\nUser private\nGroup private\nUserAlias anonymous private\n'
           '</Anonymous>\n')
    s = ftpd(two)
    code, said = s.check()
    assert code == 1 and re.search(r'conf:\d+: UserAlias: anonymous.*line \d', said)
    assert s.login('anonymous', 'a@b').names() == ['second']
    s = ftpd(ANON % 'UserAlias anonymous ftp' + '<VirtualHost 127.0.0.2>\nAuthUserFile {passwd}\n'
             '<Anonymous {dir}/OTHER>\nUser private\nUserAlias anonymous private\n</Anonymous>\n'
             '</VirtualHost>\n')
    assert s.check()[0] == 0
