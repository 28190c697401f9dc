"""mod_quotatab's directives: which limit counts, what is counted, given back and shown."""

import os
import re

import pytest

from harness import uid_of
from quotas import (ALL, CLASS, GROUP, HARD, SOFT, USER, WHAT, exists, limit,
                    tables, tally)  # noqa: F401 (a fixture)


# -- FAQ 5.4b -----------------------------------------------------------------------------

def test_faq_5_4b_a_hard_limit_of_100_bytes(ftpd, place, tables):
    t = tables(limit(bi=100))
    s = ftpd(t.conf)
    c = s.login()
    assert c.store('STOR a', b'x' * 60) == 226
    reply = c.store('STOR b', b'x' * 60)
    assert reply == 552 and re.search(r'60\.00 of 100\.00', reply.text), reply
    assert not exists(place, 'b') and t.of() == {'bi': 60}
    reply = c.cmd('SITE QUOTA')
    assert reply == 200 and re.search(r'Uploaded bytes:\s*60\.00/100\.00', reply.all), reply
    c.quit()
    c = s.login()                                   # it survives sessions
    assert '60.00/100.00' in c.cmd('SITE QUOTA').all
    assert c.store('STOR a', b'x' * 60) == 552  # as 1.3.8 counts: the old one's bytes are no room
    assert not exists(place, 'a') and t.of() == {}
    assert c.store('STOR c', b'x' * 100) == 226
    assert c.store('STOR d', b'') == 552            # used up: before any 150
    line = s.log_wait('refused: all of the uploaded bytes')
    assert f'100 of 100, by the hard quota of User alice in {t.limits}' in line
    assert 'by the hard quota of User alice' in (t.dir / 'log').read_text()


@pytest.mark.parametrize('how', [HARD, SOFT])
def test_bytes_in(ftpd, place, tables, how):
    t = tables(limit(bi=100, how=how))
    c = ftpd(t.conf).login()
    assert c.store('STOR a', b'x' * 90) == 226
    assert c.store('STOR b', b'x' * 20) == (552 if how == HARD else 226)
    assert exists(place, 'b') == (how == SOFT)
    assert t.of() == {'bi': 90 if how == HARD else 110}
    reply, data = c.open('STOR c')
    assert reply == (150 if how == HARD else 552)
    if data:
        data.sendall(b'x' * 10)
        data.close()
        assert c.reply() == 226 and t.of() == {'bi': 100}
    assert c.open('APPE a')[0] == 552
    assert c.open('STOU')[0] == 552


@pytest.mark.parametrize('what,code', [('bo', 451), ('bx', 451)])
@pytest.mark.parametrize('how', [HARD, SOFT])
def test_bytes_out(ftpd, place, tables, what, code, how):
    place.file('f', b'hello')
    t = tables(limit(how=how, **{what: 8}))
    c = ftpd(t.conf).login()
    for n in (5, 10):
        assert c.get('f') == b'hello'
        assert t.of() == {what: n}
    reply, data = c.fetch('RETR f')
    assert reply == code and data is None and re.search(r'10\.00 of 8\.00', reply.text), reply
    assert c.names() == ['f']                       # a listing is free


@pytest.mark.parametrize('what,n', [('fi', 2), ('fx', 3)])
def test_files(ftpd, place, tables, what, n):
    place.file('f', b'hello')
    t = tables(limit(**{what: n}))
    c = ftpd(t.conf).login()
    assert c.get('f') == b'hello'
    assert c.store('STOR a', b'1') == 226
    assert c.store('STOR b', b'1') == 226
    assert t.of() == {what: n}
    reply = c.store('STOR c', b'1')
    assert reply == 552 and not exists(place, 'c') and 'files' in reply.text
    assert c.store('STOR a', b'1') == 552
    assert c.fetch('RETR f')[0] == (226 if what == 'fi' else 451)
    assert c.store('APPE a', b'2') == (226 if what == 'fi' else 552)     # no new file
    assert c.store('APPE new', b'2') == 552


def test_files_out(ftpd, place, tables):
    place.file('f', b'hello')
    t = tables(limit(fo=1))
    c = ftpd(t.conf).login()
    assert c.get('f') == b'hello'
    assert c.fetch('RETR f')[0] == 451 and t.of() == {'fo': 1}


def test_xfer_bounds_an_upload_too(ftpd, place, tables):
    t = tables(limit(bx=20))
    c = ftpd(t.conf).login()
    assert c.store('STOR a', b'x' * 15) == 226
    assert c.store('STOR b', b'x' * 10) == 552 and not exists(place, 'b')
    assert c.cmd('DELE a') == 250 and t.of() == {'bx': 15}
    assert c.store('STOR a', b'x' * 5) == 226 and t.of() == {'bx': 20}


# -- what is given back -------------------------------------------------------------------

def test_overwriting_counts_the_difference(ftpd, place, tables):
    t = tables(limit(bi=100, fi=5))
    c = ftpd(t.conf).login()
    for size in (60, 30, 90):                       # 30 + 90 are more than 100
        reply = c.store('STOR a', b'x' * size)
        assert reply == (226 if size < 90 else 552)
        assert t.of() == ({'bi': size, 'fi': 1} if size < 90 else {})


def test_dele_and_rnto_give_back(ftpd, place, tables):
    place.file('old', b'x' * 14)
    t = tables(limit(bi=100, fi=5), tallies=tally(bi=50, fi=3))
    c = ftpd(t.conf).login()
    assert c.store('STOR a', b'x' * 10) == 226 and t.of() == {'bi': 60, 'fi': 4}
    assert c.cmd('RNFR a') == 350 and c.cmd('RNTO b') == 250 and t.of() == {'bi': 60, 'fi': 4}
    assert c.cmd('RNFR b') == 350 and c.cmd('RNTO old') == 250 and t.of() == {'bi': 46, 'fi': 3}
    assert c.cmd('DELE old') == 250 and t.of() == {'bi': 36, 'fi': 2}
    assert c.cmd('DELE nothing') == 550 and t.of() == {'bi': 36, 'fi': 2}
    place.file('large', b'x' * 99)                  # never below 0
    assert c.cmd('DELE large') == 250 and t.of() == {'fi': 1}


def test_another_users_file_gives_nothing_back(ftpd, place, tables):
    for kind, name, left in ((USER, 'alice', 50), (GROUP, 'users', 42)):
        place.file('theirs', b'x' * 8)
        os.chown(place.home() / 'theirs', uid_of('bob'), 61100)
        t = tables(limit(name, kind, bi=100), limit('bob', bi=100),
                   tallies=tally(name, kind, bi=50) + tally('bob', bi=9))
        assert ftpd(t.conf).login().cmd('DELE theirs') == 250
        assert t.of(name, kind) == {'bi': left} and t.of('bob') == {'bi': 9}


def test_useowner_gives_back_all_the_same(ftpd, place, tables):
    t = tables(limit(bi=100, fi=9))
    place.home().chmod(0o777)
    c = ftpd(t.conf + '<Directory {home}/alice>\nUserOwner bob\n</Directory>').login()
    assert c.store('STOR f', b'x' * 8) == 226 and t.of() == {'bi': 8, 'fi': 1}
    assert (place.home() / 'f').stat().st_uid == uid_of('bob')
    assert c.cmd('DELE f') == 250 and t.of() == {}


def test_links_are_no_room(ftpd, place, tables):
    place.file('f', b'x' * 8)
    os.link(place.home() / 'f', place.home() / 'hard')
    os.symlink('f', place.home() / 'soft')
    t = tables(limit(bi=100, fi=9), tallies=tally(bi=50, fi=5))
    c = ftpd(t.conf).login()
    assert c.cmd('DELE soft') == 250 and c.cmd('DELE hard') == 250 and t.of() == {'bi': 50, 'fi': 5}
    assert c.cmd('DELE f') == 250 and t.of() == {'bi': 42, 'fi': 4}


def test_directories(ftpd, place, tables):
    t = tables(limit(fi=2))
    c = ftpd(t.conf + 'QuotaDirectoryTally on').login()
    assert c.cmd('MKD a') == 257 and c.cmd('XMKD b') == 257 and t.of() == {'fi': 2}
    assert c.cmd('MKD c') == 552 and not exists(place, 'c')
    assert c.store('STOR f', b'1') == 552
    assert c.cmd('MKD a') == 550                    # it is there
    assert c.cmd('RMD a') == 250 and c.cmd('RMD nothing') == 550 and t.of() == {'fi': 1}
    assert c.store('STOR f', b'1') == 226 and t.of() == {'fi': 2}


def test_directories_are_free_without_the_directive(ftpd, place, tables):
    t = tables(limit(fi=1), tallies=tally(fi=1))
    c = ftpd(t.conf).login()
    assert c.cmd('MKD a') == 257 and c.cmd('RMD a') == 250 and t.of() == {'fi': 1}


# -- which record -------------------------------------------------------------------------

NEAR = '<Class near>\nFrom 127.0.0.1\n</Class>\n'


@pytest.mark.parametrize('user,records,which', [
    ('alice', [('alice', USER), ('users', GROUP), ('near', CLASS), ('', ALL)], ('alice', USER)),
    ('alice', [('', ALL), ('near', CLASS), ('users', GROUP)], ('users', GROUP)),
    ('carol', [('staff', GROUP), ('users', GROUP)], ('users', GROUP)),
    ('carol', [('', ALL), ('staff', GROUP)], ('staff', GROUP)),
    ('alice', [('', ALL), ('near', CLASS), ('far', CLASS)], ('near', CLASS)),
    ('alice', [('bob', USER), ('alice', GROUP), ('', ALL)], ('', ALL)),
    ('alice', [('alicea', USER), ('alic', USER), ('Alice', USER)], None),
])
def test_which_record(ftpd, tables, user, records, which):
    t = tables(*(limit(name, kind, bi=10 + i) for i, (name, kind) in enumerate(records)))
    c = ftpd(NEAR + t.conf).login(user)
    assert c.store('STOR n', b'12345') == 226
    assert t.all() == ({} if which is None else
                       {which: dict(zip(WHAT, (5, 0, 0, 0, 0, 0)))})
    reply = c.cmd('SITE QUOTA')
    assert reply == (202 if which is None else 200)
    if which:
        kind = {USER: 'User', GROUP: 'Group', CLASS: 'Class', ALL: 'All'}[which[1]]
        assert f'Name: {which[0]}\n' in reply.all + '\n' and f'Quota Type: {kind}' in reply.all


@pytest.mark.parametrize('kind,name', [('user', 'alice'), ('group', 'users'), ('class', 'near'),
                                       ('all', '')])
def test_default(ftpd, place, tables, kind, name):
    t = tables(limit('zed', bi=1))
    s = ftpd(f'{NEAR}{t.conf}QuotaDefault {kind} false hard 10 20 -1 4 5 0\n')
    c = s.login()
    assert c.store('STOR n', b'12345') == 226
    assert c.store('STOR m', b'123456') == 552 and not exists(place, 'm')
    assert (t.of(name, {'user': USER, 'group': GROUP, 'class': CLASS, 'all': ALL}[kind])
            == {'bi': 5, 'fi': 1})
    assert re.search(r'Uploaded files: 1/4.*Transferred files: unlimited',
                     c.cmd('SITE QUOTA').all, re.S)
    assert 'by QuotaDefault at ' + str(s.conf_path) in s.log_wait('m refused: .*QuotaDefault')


def test_per_session(ftpd, place, tables):
    t = tables(limit(bi=10, per=True))
    s = ftpd(t.conf)
    for name in 'ab':
        c = s.login()
        assert c.store(f'STOR {name}', b'x' * 8) == 226
        assert '8.00/10.00' in c.cmd('SITE QUOTA').all
        assert c.store('STOR c', b'x' * 3) == 552
    assert t.all() == {}


def test_exclude_filter(ftpd, place, tables):
    (place.home() / 'out').mkdir()
    os.chown(place.home() / 'out', uid_of('alice'), 61100)
    t = tables(limit(bi=10, fi=1))
    c = ftpd(t.conf + 'DefaultRoot ~\n'
             'QuotaExcludeFilter "(\\.ISO$|^{home}/alice/out/)" [NC]').login()
    assert c.store('STOR a.iso', b'x' * 60) == 226 and c.store('STOR out/b', b'x' * 60) == 226
    assert c.store('STOR c', b'x' * 10) == 226 and c.store('STOR d', b'x') == 552
    assert c.store('STOR d.iso', b'x' * 60) == 226 and c.cmd('DELE a.iso') == 250
    assert t.of() == {'bi': 10, 'fi': 1}


def test_anonymous(ftpd, place, tables):
    t = tables(limit('username', bi=10))
    s = ftpd(t.conf + '<Anonymous {anon}>\nUser username\nGroup usergroup\n'
             'UserAlias anonymous username\nRequireValidShell off\n</Anonymous>')
    c = s.login('anonymous', 'a@b')
    assert c.store('STOR pub/incoming/n', b'x' * 11) == 552
    assert c.store('STOR pub/incoming/n', b'x' * 10) == 226
    assert t.of('username') == {'bi': 10}


# -- what is shown ------------------------------------------------------------------------

def test_site_quota(ftpd, tables):
    t = tables(limit(bi=10240, fi=3, how=SOFT), tallies=tally(bi=1536, fi=2))
    for units, shown in (('b', 'Uploaded bytes: 1536.00/10240.00'),
                         ('Kb', 'Uploaded Kb: 1.50/10.00'), ('mb', 'Uploaded Mb: 0.00/0.01'),
                         ('Gb', 'Uploaded Gb: 0.00/0.00')):
        reply = ftpd(t.conf + f'QuotaDisplayUnits {units}\n'
                     'ServerAdmin root@example.net').login().cmd('SITE QUOTA')
        assert reply == 200 and shown in reply.all and 'Limit Type: Soft' in reply.all
        assert 'Uploaded files: 2/3' in reply.all and 'root@example.net' in reply.text
        assert 'Downloaded files: unlimited' in reply.all


def test_site_quota_is_a_command_of_site(ftpd, tables):
    t = tables(limit('bob', bi=10))
    c = ftpd(t.conf).login()
    assert c.cmd('SITE QUOTA') == 202
    assert ' QUOTA' in c.cmd('SITE HELP').all and c.cmd('HELP SITE QUOTA') == 214
    for conf in ('QuotaShowQuotas off', 'QuotaEngine off'):
        c = ftpd(conf + '\n' + t.conf).login()
        assert c.cmd('SITE QUOTA') == 500 and 'QUOTA' not in c.cmd('SITE HELP').all
    c = ftpd(t.conf + '<Limit SITE_QUOTA>\nDenyAll\n</Limit>').login()
    assert c.cmd('SITE QUOTA') == 550 and 'QUOTA' not in c.cmd('SITE HELP').all


def test_display_variables(ftpd, place, tables):
    place.write('text', '%{mod_quotatab.limit.bytes_in}|%{mod_quotatab.limit.bytes_out}|'
                '%{mod_quotatab.tally.bytes_in}|%{mod_quotatab.tally.files_in}|'
                '%{mod_quotatab.tally.no}\n')
    t = tables(limit(bi=10240, fi=3), tallies=tally(bi=1536, fi=2))
    for user, conf, shown in (
            ('alice', '', '10240.00|(unlimited)|1536.00|2|(none)'),
            ('alice', 'QuotaDisplayUnits Kb\n', '10.00 KB|(unlimited)|1.50 KB|2|(none)'),
            ('bob', '', '(unlimited)|(unlimited)|(unlimited)|(unlimited)|(none)'),
            ('alice', 'QuotaEngine off\n', '(none)|(none)|(none)|(none)|(none)')):
        c = ftpd(conf + t.conf + 'DisplayLogin {dir}/text').connect()
        assert shown in c.login(user).all


def test_allo_and_avbl(ftpd, place, tables):
    place.file('f', b'0123456789')
    t = tables(limit(bi=100), tallies=tally(bi=40))
    c = ftpd(t.conf).login()
    assert c.cmd('AVBL').text == '60'
    assert c.cmd('ALLO 60') == 200
    reply = c.cmd('ALLO 61')
    assert reply == 552 and '60' in reply.text
    # the old file stays whole where it can be known before the first byte
    assert c.store('STOR a', b'x' * 55) == 226 and c.cmd('AVBL').text == '5'
    assert c.cmd('ALLO 5') == 200 and c.store('STOR b', b'x' * 5) == 226
    assert c.cmd('AVBL').text == '0' and c.cmd('ALLO 1') == 552
    t = tables(limit(bi=10 ** 15))
    assert int(ftpd(t.conf).login().cmd('AVBL').text) < 10 ** 15        # as much as is free


def test_allo_keeps_the_old_file(ftpd, place, tables):
    place.file('f', b'0123456789')
    t = tables(limit(bi=100), tallies=tally(bi=40))
    s = ftpd(t.conf)
    a, b = s.login(), s.login()
    assert a.cmd('ALLO 50') == 200
    assert b.store('STOR g', b'x' * 30) == 226
    assert a.open('STOR f')[0] == 552
    assert (place.home() / 'f').read_bytes() == b'0123456789' and t.of() == {'bi': 70}


def test_scan_on_login(ftpd, place, tables):
    (place.home() / 'd').mkdir()
    place.file('f', b'x' * 5)
    place.file('d/g', b'x' * 7)
    place.file('other', b'x' * 50)
    os.chown(place.home() / 'other', uid_of('bob'), 61100)
    t = tables(limit(bi=100, fi=9), tallies=tally(bi=77, fi=7))
    c = ftpd(t.conf + 'QuotaOptions ScanOnLogin').login()
    assert t.of() == {'bi': 12, 'fi': 2}
    assert c.store('STOR n', b'xyz') == 226 and t.of() == {'bi': 15, 'fi': 3}
