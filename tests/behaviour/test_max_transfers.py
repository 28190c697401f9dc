"""MaxTransfersPerHost and MaxTransfersPerUser, and MaxConnectionRate: exact, and never stale."""
import concurrent.futures
import os
import re
import socket
import struct

import pytest

import harness
from clock import Clock
from harness import until

OWN = 'DelayEngine off\nScoreboardFile {dir}/run/slots\n'
SLOW = 'TransferRate RETR,STOR,APPE,STOU 1\n'
HOST = 'Sorry, the maximum number of data transfers (%d) from your host are currently being used.'
USER = 'Sorry, the maximum number of data transfers (%d) from this user are currently being used.'
CONTENT = b'0123456789' * 5000


@pytest.fixture(autouse=True)
def files(place):
    for user in ('alice', 'bob'):
        place.file('f', CONTENT, user)


def busy(s, line='RETR f', user='alice', **how):
    """A session with a transfer under way; whoever drops it ends it no sooner than the server."""
    c = s.login(user, **how)
    reply, c.data = c.open(line, 'port' if how else 'pasv')
    assert reply == 150, reply
    s.busy = getattr(s, 'busy', []) + [c]
    return c


def abort(c):
    c.put('ABOR')
    assert [c.reply(), c.reply()] == [426, 226]
    c.data.close()


@pytest.mark.parametrize('message', ['', ' "Only %m, sorry: %m."'], ids=['usual', 'own'])
@pytest.mark.parametrize('kind, text', [('Host', HOST), ('User', USER)], ids=['host', 'user'])
def test_one_too_many(ftpd, kind, text, message):
    s = ftpd(OWN + SLOW + f'\nMaxTransfersPer{kind} RETR 2{message}')
    first, second = busy(s), busy(s)
    c = s.login()
    reply, data = c.open('RETR f')
    assert reply == 451 and data is None
    assert reply.text == ('Only 2, sorry: 2.' if message else text % 2)
    s.log_wait(rf'Transfer refused \(MaxTransfersPer{kind} 2\) at {re.escape(str(s.conf_path))}:5')
    # the session goes on, and so does what is not counted
    assert c.store('STOR small', b'x') == 226
    assert c.names() == ['f', 'small']
    abort(first)
    busy_again, c.data = c.open('RETR f')
    assert busy_again == 150
    abort(c)
    abort(second)


def test_who_is_counted(ftpd, place):
    s = ftpd(OWN + SLOW + 'MaxTransfersPerHost RETR 1')
    busy(s)
    assert s.login('bob').open('RETR f')[0] == 451
    busy(s, user='bob', source=('127.0.0.2', 0))
    s = ftpd(OWN.replace('slots', 'others') + SLOW + 'MaxTransfersPerUser RETR 1')
    busy(s)
    assert s.login(source=('127.0.0.2', 0)).open('RETR f', 'port')[0] == 451
    busy(s, user='bob')


@pytest.mark.parametrize('kind', ['Host', 'User'])
def test_each_command_of_a_line_is_counted_by_itself(ftpd, kind):
    """As ProFTPD 1.3.8 does it for a host (of a user's it counts everything but the command)."""
    s = ftpd(OWN + SLOW + f'AllowStoreRestart on\nMaxTransfersPer{kind} RETR,APPE,STOU 1\n'
             f'MaxTransfersPer{kind} STOR 2\nMaxTransfersPer{kind} STOR,RETR 3')
    for line in ('RETR f', 'APPE g', 'STOU', 'STOR h', 'STOR i'):
        busy(s, line)
    for line in ('RETR f', 'APPE f', 'STOU', 'STOR j'):
        assert s.login().open(line)[0] == 451, line


def test_in_a_directory_and_around_it(ftpd, place):
    for name in ('a', 'b'):
        (place.home() / name).mkdir()
        place.file(name + '/f', CONTENT)
    s = ftpd(OWN + SLOW + 'MaxTransfersPerHost RETR 2\n<Directory {home}/alice/a>\n'
             'MaxTransfersPerHost RETR 1 "in there"\n</Directory>')
    busy(s, 'RETR b/f')
    reply = s.login().open('RETR a/f')[0]
    assert reply == 451 and reply.text == 'in there'
    c = busy(s, 'RETR b/f')
    reply = s.login().open('RETR b/f')[0]
    assert reply == 451 and reply.text == HOST % 2
    assert c.cmd('STAT') == 213


def test_in_an_anonymous_and_around_it(ftpd, place):
    """Lines join those of the server, larger ones lift none: as ProFTPD 1.3.8 does it."""
    place.write('ANON/f', CONTENT)
    for outer, inner, text in ((1, 2, 'server'), (3, 1, 'anonymous')):
        s = ftpd(OWN.replace('slots', f'slots{outer}') + SLOW
                 + f'MaxTransfersPerHost RETR {outer} "server"\n'
                 '<Anonymous {anon}>\nUser ftp\nUserAlias anonymous ftp\nRequireValidShell off\n'
                 f'MaxTransfersPerHost RETR {inner} "anonymous"\n</Anonymous>')
        c = s.login('anonymous', 'a@b')
        reply, c.data = c.open('RETR f')
        assert reply == 150
        other = s.login('anonymous', 'a@b').open('RETR f')[0]
        assert other == 451 and other.text == text


def test_a_data_connection_that_is_reset(ftpd):
    """It is noticed while the rate holds the transfer back, and the place is free again."""
    s = ftpd(OWN + SLOW + 'MaxTransfersPerHost RETR,STOR 1')
    c = s.login()
    for line in ('RETR f', 'STOR g'):
        reply, data = c.open(line)
        assert reply == 150
        data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        data.close()
        assert c.reply() == 426, line
        other = s.login()
        reply, other.data = other.open(line.replace('g', 'h'))
        assert reply == 150
        abort(other)


def test_in_an_ftpaccess(ftpd, place):
    place.write('home/alice/.ftpaccess', 'MaxTransfersPerUser RETR 1\n', 0o644, 'alice')
    s = ftpd(OWN + SLOW + 'DefaultRoot ~')
    busy(s)
    assert s.login().open('RETR f')[0] == 451


def test_other_refusals_count_for_nothing(ftpd):
    """What was never begun, and what ended: the place is free when the reply is there."""
    s = ftpd(OWN + 'MaxTransfersPerHost RETR,STOR 1')
    a, b = s.login(), s.login()
    for _ in range(10):
        for one in (a, b):
            assert one.get('f') == CONTENT.replace(b'\n', b'\r\n')
        for other in (b, a):
            assert other.cmd('RETR f') == 425
            assert other.fetch('RETR missing')[0] == 550
            assert other.store('STOR f', b'x') == 550


def test_before_the_file_is_looked_at(ftpd, place):
    """directives.md, 21.1: 451 comes before what is said of the file itself."""
    s = ftpd(OWN + SLOW + 'MaxTransfersPerHost RETR,STOR 1\n<Limit STOR>\nDenyUser bob\n</Limit>')
    held = busy(s), busy(s, 'STOR g')
    c = s.login()
    assert c.open('RETR missing')[0] == 550
    assert c.open('STOR f')[0] == 451               # it exists, and AllowOverwrite is off
    assert s.login('bob').open('STOR new')[0] == 550
    assert not (place.home('bob') / 'new').exists()
    for other in held:
        abort(other)


def test_who_is_killed_is_not_counted(ftpd):
    s = ftpd(OWN + SLOW + 'MaxTransfersPerHost RETR 1')
    busy(s)
    for pid in harness.processes(s.monitor):
        harness.kill(pid)
    until(lambda: not harness.processes(s.spawned[0].pid))
    busy(s)


def test_of_many_at_once_exactly_as_many(ftpd):
    s = ftpd(OWN + SLOW + 'MaxTransfersPerUser RETR 3')
    for _ in range(3):
        clients = [s.login() for _ in range(10)]
        prepared = [(c, c.connect(c.pasv())) for c in clients]
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            replies = list(pool.map(lambda pair: pair[0].cmd('RETR f'), prepared))
        assert sorted(map(int, replies)) == [150] * 3 + [451] * 7
        for c, data in prepared:
            c.reset()
            data.close()
        for process in s.spawned:
            until(lambda p=process: not harness.processes(p.pid))


def test_a_file_that_cannot_be_used(ftpd, place):
    """Nobody can count: nobody transfers, unless ScoreboardOptions says otherwise."""
    for more, code in (('', 451), ('ScoreboardOptions AllowMissingEntry\n', 226)):
        s = ftpd(OWN.replace('run', 'run' + str(code)) + more + 'MaxTransfersPerHost RETR 5')
        c = s.login()
        os.chmod(s.dir / f'run{code}', 0o777)
        assert c.fetch('RETR f')[0] == code
        assert c.cmd('NOOP') == 200


def test_nothing_is_counted_where_nobody_asks(ftpd):
    s = ftpd('ScoreboardFile none\nMaxTransfersPerHost RETR 1\n' + SLOW)
    busy(s), busy(s)
    assert 'MaxTransfersPerHost: limits nothing: ScoreboardFile is none' in s.check()[1]


# -- MaxConnectionRate ----------------------------------------------------------------------

def test_connections_that_come_too_fast(ftpd, place):
    clock = Clock(place)
    s = ftpd(OWN + '\nMaxConnectionRate 3 1h', env=clock.env)
    for _ in range(3):
        s.login().quit()
    for _ in range(2):
        c = s.connect(greet=False)
        assert c.greet() == 421 and c.at_end()
    s.log_wait(r'Connection refused '
               rf'\(MaxConnectionRate 3 3600 at {re.escape(str(s.conf_path))}:4\)')
    clock.pass_by(1201)
    s.connect()
    c = s.connect(greet=False)
    assert c.greet() == 421
    clock.pass_by(3601)
    for _ in range(3):
        s.connect()
    assert s.connect(greet=False).greet() == 421


def test_each_server_has_its_own_rate(ftpd):
    s = ftpd(OWN + 'MaxConnectionRate 2 1h')
    other = ftpd(OWN.replace('{dir}', str(s.dir)) + 'MaxConnectionRate 2 1h')
    for server in (s, other):
        server.connect(), server.connect()
        assert server.connect(greet=False).greet() == 421


def test_zero_is_no_rate(ftpd):
    s = ftpd(OWN + 'MaxConnectionRate 0')
    for _ in range(20):
        s.connect().close()
