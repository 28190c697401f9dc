"""Tables of mod_wrap and mod_wrap2: which are asked about whom, when, and what is said."""

import os

import pytest

from harness import uid_of

NO_HOSTS = {'hosts.allow': '', 'hosts.deny': ''}
NOBODY, EVERYBODY, PEER = '', 'ALL: ALL\n', 'ALL: 127.0.0.1\n'


@pytest.fixture
def tables(ftpd, place):
    """tables(configuration, name=content, …): a server over files of these names."""
    def start(conf, host='127.0.0.1', etc=None, **files):
        for name, content in files.items():
            place.write(name, content)
        return ftpd(conf, etc=dict(NO_HOSTS, **(etc or {})), host=host)
    return start


def verdicts(server, *users):
    """The verdict for each user, on a connection of his own."""
    return [int(server.connect().login(*user.split(':'))) for user in users]


# -- mod_wrap: TCPAccessFiles and its like --------------------------------------------------

def test_users_before_groups_before_the_others(tables):
    # alice: her own files; carol: her group's; bob: the general ones.
    s = tables('TCPAccessFiles {dir}/nobody {dir}/everybody\n'
               'TCPGroupAccessFiles staff {dir}/nobody {dir}/nobody\n'
               'TCPUserAccessFiles alice {dir}/nobody {dir}/nobody\n',
               nobody=NOBODY, everybody=EVERYBODY)
    assert verdicts(s, 'alice:pw', 'carol:pw', 'bob:pw') == [230, 230, 530]
    s.log_wait('USER bob.*TCPAccessFiles')
    # The kind decides, however the file is ordered, and no later one is asked.
    s = tables('TCPUserAccessFiles carol {dir}/nobody {dir}/everybody\n'
               'TCPGroupAccessFiles staff {dir}/peer {dir}/nobody\n'
               'TCPAccessFiles {dir}/peer {dir}/nobody\n', peer=PEER)
    assert verdicts(s, 'carol:pw', 'bob:pw') == [530, 230]
    s.log_wait('USER carol.*TCPUserAccessFiles')
    # A group's file denies whom the general ones would let in.
    s = tables('TCPAccessFiles {dir}/peer {dir}/nobody\n'
               'TCPGroupAccessFiles staff {dir}/nobody {dir}/everybody\n')
    assert verdicts(s, 'carol:pw', 'bob:pw') == [530, 230]
    s.log_wait('USER carol.*TCPGroupAccessFiles')


def test_expressions_of_tcp_files_are_and(tables):
    s = tables('TCPGroupAccessFiles users,staff {dir}/nobody {dir}/everybody\n'
               'TCPUserAccessFiles alice,bob {dir}/nobody {dir}/everybody\n',
               nobody=NOBODY, everybody=EVERYBODY)
    assert verdicts(s, 'alice:pw', 'bob:pw', 'carol:pw') == [230, 230, 530]
    status, said = s.check()
    assert status == 0 and 'TCPUserAccessFiles: a user has one name' in said
    s = tables('TCPUserAccessFiles OR alice,bob {dir}/nobody {dir}/everybody\n'
               'TCPGroupAccessFiles OR private,staff {dir}/nobody {dir}/everybody\n')
    assert verdicts(s, 'alice:pw', 'bob:pw', 'carol:pw', 'username:pw') == [530, 530, 530, 230]
    assert 'one name' not in s.check()[1]
    s = tables('TCPUserAccessFiles !alice {dir}/nobody {dir}/everybody\n')
    assert verdicts(s, 'alice:pw', 'bob:pw') == [230, 530]
    s = tables('TCPUserAccessFiles regex ^[ab] {dir}/nobody {dir}/everybody\n')
    assert verdicts(s, 'alice:pw', 'carol:pw') == [530, 230]


def test_the_first_line_that_holds_and_global_behind(tables):
    s = tables('<Global>\nTCPUserAccessFiles OR alice,bob {dir}/nobody {dir}/everybody\n</Global>\n'
               'TCPUserAccessFiles alice {dir}/peer {dir}/everybody\n'
               'TCPUserAccessFiles alice {dir}/nobody {dir}/everybody\n',
               nobody=NOBODY, everybody=EVERYBODY, peer=PEER)
    assert verdicts(s, 'alice:pw', 'bob:pw') == [230, 530]


def test_files_in_the_home_are_the_users(tables, place):
    s = tables('TCPAccessFiles ~/allow ~/deny\n')
    place.file('deny', EVERYBODY.encode())
    place.file('deny', EVERYBODY.encode(), user='bob', mode=0o600)
    place.write('home/carol/deny', EVERYBODY, 0o600)        # root's: the user cannot read it
    assert verdicts(s, 'alice:pw', 'bob:pw', 'carol:pw', 'username:pw') == [530, 530, 530, 230]
    s.log_wait('USER carol.*cannot be read')
    place.file('allow', PEER.encode())
    assert verdicts(s, 'alice:pw') == [230]


def test_a_users_table_runs_nothing(tables, place):
    mark = place.home() / 'mark'
    s = tables('WrapEngine on\nWrapTables file:~/allow file:~/deny\n')
    place.file('allow', f'ALL: ALL: spawn (touch {mark})\n'.encode())
    assert verdicts(s, 'alice:pw') == [230]
    assert not mark.exists()


def test_a_table_that_anybody_writes_lets_nobody_in(tables, place):
    s = tables('TCPAccessFiles {dir}/allow {dir}/nobody\n', allow=PEER, nobody=NOBODY)
    assert verdicts(s, 'alice:pw') == [230]
    (place.dir / 'allow').chmod(0o666)
    assert verdicts(s, 'alice:pw') == [530]
    s.log_wait('writable by everybody')


def test_a_directory_is_no_empty_table(tables, place):
    (place.dir / 'deny').mkdir()
    s = tables('TCPAccessFiles {dir}/nobody {dir}/deny\n', nobody=NOBODY)
    assert verdicts(s, 'alice:pw') == [530]


def test_missing_files_are_empty(tables):
    s = tables('TCPAccessFiles {dir}/missing {dir}/everybody\n', everybody=EVERYBODY)
    assert verdicts(s, 'alice:pw') == [530]
    s = tables('TCPAccessFiles {dir}/missing {dir}/missing\n')
    assert verdicts(s, 'alice:pw') == [230]


# -- mod_wrap2 ------------------------------------------------------------------------------

def test_faq_4_10c_after_login_or_at_connect(tables):
    conf = 'WrapEngine on\nWrapTables file:{dir}/nobody file:{dir}/everybody\n' \
           'WrapDenyMsg "not from there, %u"\n'
    s = tables(conf, nobody=NOBODY, everybody=EVERYBODY)
    c = s.connect()
    assert c.cmd('USER alice') == 331
    reply = c.cmd('PASS pw')
    assert reply == 530 and reply.text == 'not from there, alice'
    assert c.cmd('NOOP') == 200
    wrong = c.login('alice', 'wrong')
    assert wrong == 530 and 'from there' not in wrong.text      # that is for who has a password
    c.quit()
    assert s.exit_status() == 0
    s.log_wait('tcp-wrappers: WrapTables')
    s = tables(conf + 'WrapOptions CheckOnConnect\n')
    c = s.connect(greet=False)
    reply = c.reply()
    assert reply == 421 and reply.text.startswith('not from there') and '%' not in reply.text
    assert c.at_end()
    assert s.exit_status() == 0
    s.log_wait('connection refused.*WrapTables')


def test_wrap_tables_without_the_engine(tables):
    s = tables('WrapTables file:{dir}/nobody file:{dir}/everybody\n', nobody=NOBODY,
               everybody=EVERYBODY)
    assert verdicts(s, 'alice:pw') == [230]
    status, said = s.check()
    assert status == 0 and 'WrapTables: has no effect: WrapEngine is off' in said


def test_the_usual_text_without_wrapdenymsg(tables):
    s = tables('WrapEngine on\nWrapTables builtin:all file:{dir}/none\n'
               'WrapUserTables bob file:{dir}/none builtin:all\n')
    c = s.connect()
    assert c.login('alice', 'wrong').text == c.login('bob', 'pw').text
    assert c.login('alice', 'pw') == 230


def test_builtin_all(tables):
    engine = 'WrapEngine on\n'
    s = tables(engine + 'WrapTables builtin:all file:{dir}/everybody\n', everybody=EVERYBODY)
    assert verdicts(s, 'alice:pw') == [230]
    s = tables(engine + 'WrapTables file:{dir}/peer BUILTIN:ALL\n', peer=PEER)
    assert verdicts(s, 'alice:pw') == [230]
    s = tables(engine + 'WrapTables file:{dir}/peer builtin:all\n', peer='ALL: 10.\n')
    assert verdicts(s, 'alice:pw') == [530]
    s.log_wait('builtin:all: denied')
    s = tables(engine + 'WrapTables file:{dir}/peer builtin:all\n', peer='ALL: ALL: allow\n')
    assert verdicts(s, 'alice:pw') == [230]
    s = tables(engine + 'WrapTables file:{dir}/peer builtin:all\n', peer='ALL: ALL: deny\n')
    assert verdicts(s, 'alice:pw') == [530]


def test_users_or_groups_and(tables):
    s = tables('WrapEngine on\n'
               'WrapUserTables alice,bob file:{dir}/none builtin:all\n'
               'WrapGroupTables users,staff file:{dir}/none builtin:all\n')
    assert verdicts(s, 'alice:pw', 'bob:pw', 'carol:pw', 'username:pw') == [530, 530, 530, 230]
    s = tables('WrapEngine on\n'
               'WrapTables file:{dir}/none builtin:all\n'
               'WrapGroupTables users,staff builtin:all builtin:all\n'
               'WrapUserTables AND alice,!bob builtin:all builtin:all\n')
    assert verdicts(s, 'alice:pw', 'bob:pw', 'carol:pw') == [230, 530, 230]


def test_the_users_name_in_a_tables_name(tables, place):
    (place.dir / 'tables').mkdir()
    place.write('tables/alice.deny', EVERYBODY)
    s = tables('UserAlias al alice\nUserAlias ../alice bob\nWrapEngine on\n'
               'WrapTables file:{dir}/tables/%U.allow file:{dir}/tables/%U.deny\n')
    # the account's name, whatever alias was typed: a client must not choose its table
    assert verdicts(s, 'alice:pw', 'bob:pw', 'al:pw', '../alice:pw') == [530, 230, 530, 230]


def test_both_modules_must_let_in(tables):
    both = 'TCPAccessFiles {dir}/%s {dir}/everybody\nWrapEngine on\n' \
           'WrapTables file:{dir}/%s file:{dir}/everybody\nWrapDenyMsg "wrap2 says no"\n'
    files = dict(peer=PEER, nobody=NOBODY, everybody=EVERYBODY)
    s = tables(both % ('peer', 'peer'), **files)
    assert verdicts(s, 'alice:pw') == [230]
    s = tables(both % ('nobody', 'peer'))
    assert s.connect().login().text != 'wrap2 says no'
    s.log_wait('tcp-wrappers: TCPAccessFiles')
    s = tables(both % ('peer', 'nobody'))
    assert s.connect().login().text == 'wrap2 says no'
    s.log_wait('tcp-wrappers: WrapTables')
    s = tables(both % ('nobody', 'nobody'))
    assert s.connect().login() == 530
    s.log_wait('tcp-wrappers: TCPAccessFiles')      # the first that denies is named


def test_wrapallowmsg(tables):
    conf = 'WrapEngine on\nWrapAllowMsg "known host, %u"\nAccessGrantMsg "in"\n'
    reply = tables(conf + 'WrapTables builtin:all builtin:all\n').connect().login()
    assert reply.lines == ['230-known host, alice', '230 in']
    reply = tables(conf + 'WrapTables builtin:all builtin:all\n'
                          'WrapOptions CheckOnConnect\n').connect().login()
    assert reply.lines == ['230-known host, alice', '230 in']
    # nobody was asked, so nothing was allowed
    reply = tables(conf + 'WrapUserTables bob builtin:all builtin:all\n').connect().login()
    assert reply.lines == ['230 in']


def test_wraplog(tables, place):
    s = tables('WrapEngine on\nWrapLog {dir}/wrap.log\nWrapTables file:{dir}/none file:{dir}/none\n'
               'WrapUserTables bob file:{dir}/none builtin:all\n'
               'TCPAccessFiles {dir}/none {dir}/none\n')
    assert verdicts(s, 'alice:pw', 'bob:pw', 'carol:wrong') == [230, 530, 530]
    lines = (place.dir / 'wrap.log').read_text().splitlines()
    assert len(lines) == 2, lines
    assert '127.0.0.1: allowed USER alice: WrapTables ' in lines[0]
    assert '127.0.0.1: refused USER bob: WrapUserTables ' in lines[1]
    assert (place.dir / 'wrap.log').stat().st_mode & 0o777 == 0o640
    s = tables('WrapEngine on\nWrapLog {dir}/wrap.log\nWrapTables file:{dir}/none builtin:all\n'
               'WrapOptions CheckOnConnect\n')
    assert s.connect(greet=False).reply() == 421
    assert 'refused connection: WrapTables' in (place.dir / 'wrap.log').read_text()


def test_checkonconnect_leaves_the_user_to_the_login(tables):
    s = tables('WrapEngine on\nWrapOptions CheckOnConnect\nWrapTables builtin:all builtin:all\n'
               'WrapUserTables bob file:{dir}/none builtin:all\n'
               '<Anonymous {anon}>\nUser ftp\nGroup ftp\n'
               'WrapTables file:{dir}/none builtin:all\n</Anonymous>\n')
    assert verdicts(s, 'alice:pw', 'bob:pw', 'ftp:a@b') == [230, 530, 530]
    said = s.check()[1]
    assert said.count('can be asked at login alone') == 2
    s = tables('WrapEngine on\nWrapOptions CheckOnConnect\nWrapTables file:~/none builtin:all\n')
    assert verdicts(s, 'alice:pw') == [530]
    assert 'can be asked at login alone' in s.check()[1]


def test_an_anonymous_sections_own_tables(tables):
    s = tables('WrapEngine on\n<Anonymous {anon}>\nUser ftp\nGroup ftp\nRequireValidShell off\n'
               'WrapTables file:{dir}/none builtin:all\nWrapDenyMsg "no guests"\n</Anonymous>\n')
    assert verdicts(s, 'alice:pw', 'ftp:a@b') == [230, 530]
    assert s.connect().login('ftp', 'a@b').text == 'no guests'


def test_the_services_names(tables):
    conf = 'WrapEngine on\nWrapTables file:{dir}/none file:{dir}/deny\n'
    assert verdicts(tables(conf, deny='proftpd: ALL\n'), 'alice:pw') == [530]
    assert verdicts(tables(conf, deny='in.ftpd: ALL\n'), 'alice:pw') == [530]
    assert verdicts(tables(conf, deny='special: ALL\n'), 'alice:pw') == [230]
    assert verdicts(tables(conf + 'WrapServiceName special\n'), 'alice:pw') == [530]
    assert verdicts(tables(conf + 'TCPServiceName special\n'), 'alice:pw') == [230]


def test_checkallnames(tables):
    # A peer of two names; the second is in the table.
    etc = {'hosts': '127.0.0.1 first.example second.example\n127.0.0.9 liar.example\n',
           'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n'}
    conf = 'WrapEngine on\nWrapTables file:{dir}/allow file:{dir}/deny\n'
    every = conf + 'WrapOptions CheckAllNames\n'
    files = dict(allow='ALL: second.example\n', deny=EVERYBODY)
    assert verdicts(tables(conf, etc=etc, **files), 'alice:pw') == [530]
    assert verdicts(tables(every, etc=etc, **files), 'alice:pw') == [230]
    files = dict(allow=NOBODY, deny='ALL: second.example\n')
    assert verdicts(tables(conf, etc=etc, **files), 'alice:pw') == [230]
    assert verdicts(tables(every, etc=etc, **files), 'alice:pw') == [530]
    # allow counts before deny, whichever name each has
    files = dict(allow='ALL: second.example\n', deny='ALL: first.example\n')
    assert verdicts(tables(every, etc=etc, **files), 'alice:pw') == [230]


def test_tables_named_in_conditions(tables):
    s = tables('WrapEngine on\nWrapTables file:{dir}/none builtin:all\n'
               '<IfUser alice>\nWrapEngine off\n</IfUser>\n'
               '<IfGroup staff>\nWrapTables builtin:all builtin:all\n</IfGroup>\n'
               '<IfUser username>\nTCPAccessFiles {dir}/none {dir}/everybody\nWrapEngine off\n'
               '</IfUser>\n', everybody=EVERYBODY)
    assert verdicts(s, 'alice:pw', 'bob:pw', 'carol:pw', 'username:pw') == [230, 530, 230, 530]


def test_tcpaccesssysloglevels_are_both_modules(ftpd, place):
    s = ftpd('WrapEngine on\nWrapTables file:{dir}/none builtin:all\n'
             'TCPAccessSyslogLevels debug crit\n', etc=NO_HOSTS, syslog=True)
    assert s.connect().login() == 530
    assert s.ns.log.wait('tcp-wrappers: WrapTables')[1] == 'crit'


# -- what -t says ---------------------------------------------------------------------------

@pytest.mark.parametrize('line, reason', [
    ('WrapTables sql:/a sql:/b',
     'sql: no such type of table here; there are file:path and builtin:all'),
    ('WrapTables redis:a builtin:all', 'redis: no such type'),
    ('WrapTables builtin:some builtin:all', 'builtin: no such type'),
    ('WrapTables /etc/a /etc/b', '/etc/a: file:path or builtin:all is expected'),
    ('WrapTables file:a file:b', 'a: the path begins with / or ~/'),
    ('WrapTables file:/a', 'takes 2 to 3 values'),
    ('WrapTables file:/a file:/b file:/c', 'hosts_options'),
    ('WrapUserTables file:/a file:/b', 'takes 3 to'),
    ('WrapUserTables alice file:/a file:/b file:/c', 'hosts_options'),
    ('WrapGroupTables a,,b file:/a file:/b', 'an empty name'),
    ('WrapOptions CheckNothing', 'there are CheckOnConnect and CheckAllNames'),
    ('WrapEngine maybe', 'on or off is expected'),
    ('WrapLog relative', 'absolute'),
    ('WrapServiceName "a b"', 'no name of a service'),
    ('TCPServiceName a:b', 'no name of a service'),
    ('TCPUserAccessFiles alice a b', 'a: the path begins with / or ~/'),
    ('TCPGroupAccessFiles /a /b', 'takes 3 to'),
])
def test_mistakes_are_named(ftpd, line, reason):
    s = ftpd(f'Umask 022\n{line}\n')
    status, said = s.check()
    told = f'{s.conf_path}:2: {line.split()[0]}: '
    assert status == 1 and told in said and reason in said.split(told)[1], said


def test_files_that_cannot_be_what_was_meant(ftpd, place):
    place.write('open', '')
    (place.dir / 'open').chmod(0o666)
    place.write('secret', '', 0o600)
    s = ftpd('TCPAccessFiles {dir}/open {dir}/missing\n')
    status, said = s.check()
    assert status == 1
    assert f'{s.conf_path}:1: TCPAccessFiles: {place.dir}/open: is writable by everybody' in said
    assert f'warning: {s.conf_path}:1: TCPAccessFiles: {place.dir}/missing: ' in said
    s = ftpd('WrapEngine on\nWrapUserTables alice file:{dir}/secret file:{dir}\n'
             '<IfUser bob>\nWrapTables builtin:all file:{dir}/gone\n</IfUser>\n')
    status, said = s.check()
    assert status == 0
    assert f'warning: {s.conf_path}:2: WrapUserTables: {place.dir}/secret: only root' in said
    assert f'warning: {s.conf_path}:2: WrapUserTables: {place.dir}: is not a regular' in said
    assert f'warning: {s.conf_path}:4: WrapTables: {place.dir}/gone: ' in said


def test_an_engine_without_tables(ftpd):
    assert 'WrapEngine: has nothing to ask' in ftpd('WrapEngine on\n').check()[1]


def test_the_modules_names(ftpd):
    s = ftpd('<IfModule mod_wrap2.c>\n<IfModule mod_wrap2_file.c>\nServerIdent on "here"\n'
             '</IfModule>\n</IfModule>\n<IfModule mod_wrap2_sql.c>\nUmask nonsense\n</IfModule>\n')
    assert s.connect().welcome.text == 'here'


def test_the_reader_of_a_users_files_is_the_user(tables, place):
    # a link in his home shows him no file that he could not read
    place.write('everybody', EVERYBODY, 0o600)
    os.symlink(place.dir / 'everybody', place.home() / 'deny')
    os.lchown(place.home() / 'deny', uid_of('alice'), 61100)
    s = tables('TCPAccessFiles ~/allow ~/deny\n')
    assert verdicts(s, 'alice:pw') == [530]
    s.log_wait('cannot be read')
