"""ftpshut, ShutMsgFile and ServiceHours: when the server serves, on a clock that the test sets."""

import os
import re
import signal
import socket
import subprocess
import time

import pytest

import harness
import tls
from clock import Clock
from tls import certs       # noqa: F401

FTPSHUT = harness.BUILT.parent / 'ftpshut'
UNTIL = 'TimeoutIdle 0\nTimeoutNoTransfer 0\nTimeoutLogin 0\nTimeoutStalled 0\n'
AT_SIX = '2031 05 01 18 00 00 0010 0005\nBack at eight.\n'


@pytest.fixture
def clock(place, monkeypatch):
    # the zone of the machine is nobody's business here
    monkeypatch.setenv('TZ', 'UTC0')
    time.tzset()
    clock = Clock(place)
    clock.env['TZ'] = 'UTC0'
    yield clock
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def shut(ftpd, clock):
    """A server on that clock, with an /etc of its own."""
    def start(conf='', **how):
        how['etc'] = {'shutmsg': None, **how.get('etc', {})}
        return ftpd(UNTIL + conf, env=clock.env, **how)
    return start


def write(s, text, path='/etc/shutmsg'):
    """As ftpshut does: whole, or not there."""
    new = s.ns.path(path + '.new')
    new.write_text(text)
    new.rename(s.ns.path(path))


def remove(s, path='/etc/shutmsg'):
    s.ns.path(path).unlink()


def refused(s, *words):
    c = s.connect(greet=False)
    reply = c.reply()
    assert reply == 421 and c.at_end(), reply
    for word in words:
        assert word in reply.all, reply
    return reply


def told_to_go(c, *words):
    """A session that waits hears its 421, and the end."""
    reply = c.reply()
    assert reply == 421 and c.at_end(), reply
    for word in words:
        assert word in reply.all, reply
    return reply


def ftpshut(s, *args, clock=None, status=0):
    """The tool on the server's clock, and over its /etc."""
    run = s.ns.run([str(FTPSHUT), *args], env=clock.env if clock else None,
                   stdin=subprocess.DEVNULL)
    assert run.returncode == status, (run.returncode, run.stdout, run.stderr)
    assert run.stdout == ''
    assert (run.stderr == '') == (status == 0), run.stderr
    return run.stderr


def lines(s, path='/etc/shutmsg'):
    return s.ns.path(path).read_text().split('\n')


# -- ftpshut ----------------------------------------------------------------------

def test_faq_4_18a_what_the_tool_writes(shut, clock):
    s = shut()
    for args, line in (
            (['now'], '2031 05 01 17 00 00 0010 0005'),
            (['+90'], '2031 05 01 18 30 00 0010 0005'),
            (['1745'], '2031 05 01 17 45 00 0010 0005'),
            (['1645'], '2031 05 02 16 45 00 0010 0005'),     # gone by today
            (['-l', '0', '-d', '0', '+0'], '2031 05 01 17 00 00 0000 0000'),
            (['-l', '150', '-d', '61', '2359'], '2031 05 01 23 59 00 0230 0101'),
            (['-l', '3', '+5'], '2031 05 01 17 05 00 0003 0003'),
            (['-d', '15', '+5'], '2031 05 01 17 05 00 0015 0015')):
        os.umask(0o077)
        clock.set('2031-05-01 17:00:00')
        ftpshut(s, *args, clock=clock)
        # the clock goes on: a time of day is exact, now and +n may be some seconds on
        first, second, rest = lines(s)
        got = first if args[-1].isdigit() else \
            re.sub(r' [0-5]\d (\d{4} \d{4})$', r' 00 \1', first)
        assert (got, second, rest) == (line, '', ''), args
        assert s.ns.path('/etc/shutmsg').stat().st_mode & 0o7777 == 0o644
        assert [p.name for p in (s.ns.path('/etc')).glob('shutmsg*')] == ['shutmsg']
    ftpshut(s, '+5', 'Back', 'at %s.', clock=clock)
    assert lines(s)[1] == 'Back at %s.'
    os.umask(0o022)


def test_faq_4_18a_deny_and_disconnect_windows(shut, clock):
    s = shut()
    clock.set('2031-05-01 17:30:00')
    early = s.login()
    ftpshut(s, '-l', '10', '-d', '5', '1800', 'Back at eight.', clock=clock)
    clock.set('2031-05-01 17:49:30')
    late = s.login()
    clock.set('2031-05-01 17:50:00')
    refused(s, 'FTP server shut down', 'Back at eight.', 'please try again later')
    assert early.cmd('PWD') == 257 and late.cmd('PWD') == 257
    clock.set('2031-05-01 17:54:30')
    assert early.cmd('NOOP') == 200 and late.cmd('NOOP') == 200
    clock.set('2031-05-01 17:55:00')
    told_to_go(early, 'Back at eight.')
    told_to_go(late, 'Back at eight.')
    ftpshut(s, '-R', clock=clock)
    assert not s.ns.path('/etc/shutmsg').exists()
    assert s.login().cmd('PWD') == 257
    ftpshut(s, '-R', clock=clock)       # there is none: that is what was wanted


def test_faq_4_18a_now(shut, clock):
    s = shut()
    c = s.login()
    ftpshut(s, 'now', 'Off.', clock=clock)
    refused(s, 'Off.')
    clock.pass_by(31)
    told_to_go(c, 'Off.')
    assert s.log_wait('session ended: server shut down by /etc/shutmsg')


@pytest.mark.parametrize('args', [
    [], ['-R', 'now'], ['-R', '-l', '5'], ['-x', 'now'], ['later'], ['+'], ['+-5'], ['+5m'],
    ['5'],
    ['12:00'], ['2400'], ['1260'], ['120'], ['+99999999'], ['-l', '6000', 'now'],
    ['-l', 'x', 'now'], ['-d', '-1', 'now'], ['-l', '5', '-d', '6', 'now'], ['-l'],
    ['now', 'x' * 81], ['now', 'a\nb'], ['now', 'a\x1bb'], ['']])
def test_nonsense_is_refused(directory, args):
    file = directory / 'f'
    run = subprocess.run([FTPSHUT, '-f', file, *args], capture_output=True, text=True)
    assert run.returncode == 2 and 'usage: ftpshut' in run.stderr and run.stdout == ''
    assert os.listdir(directory) == []


def test_what_cannot_be_written(directory):
    (directory / 'd').mkdir()
    for file in (directory / 'd', directory / 'no/where'):
        run = subprocess.run([FTPSHUT, '-f', file, 'now'], capture_output=True, text=True)
        assert run.returncode == 1 and str(file) in run.stderr
    assert os.listdir(directory) == ['d']
    run = subprocess.run([FTPSHUT, '-R', '-f', directory / 'd'], capture_output=True, text=True)
    assert run.returncode == 1 and (directory / 'd').is_dir()


def test_a_link_is_replaced_not_followed(directory):
    (directory / 'victim').write_text('mine')
    (directory / 'f').symlink_to('victim')
    subprocess.run([FTPSHUT, '-f', directory / 'f', 'now'], check=True)
    assert (directory / 'victim').read_text() == 'mine'
    assert not (directory / 'f').is_symlink()


# -- sessions under way -----------------------------------------------------------

def test_faq_4_18b_sessions_when_the_time_comes(shut, clock):
    s = shut()
    clock.set('2031-05-01 17:00:00')
    write(s, AT_SIX)
    in_it, before = s.login(), s.connect()
    assert before.cmd('USER alice') == 331
    clock.set('2031-05-01 17:54:59')    # and then the clock goes on by itself
    told_to_go(in_it, 'FTP server shut down: Back at eight.')
    told_to_go(before, 'FTP server shut down: Back at eight.')


def test_faq_4_18b_a_file_that_appears(shut, clock):
    s = shut()
    clock.set('2031-05-01 17:57:00')
    idle, busy = s.login(), s.login()
    write(s, AT_SIX)
    # a command is enough, as soon as one is told to the monitor: once a second
    harness.until(lambda: busy.cmd('PWD') == 421)
    assert busy.at_end()
    clock.pass_by(31)
    told_to_go(idle, 'Back at eight.')


def test_faq_4_18b_in_transfers(shut, clock, place):
    place.file('big', bytes(64 << 20))
    s = shut()
    clock.set('2031-05-01 17:50:00')
    down, up = s.login(), s.login()
    for c in (down, up):
        assert c.cmd('TYPE I') == 200
    first, fetching = down.open('RETR big')
    assert first == 150
    first, storing = up.open('STOR new')
    assert first == 150
    storing.sendall(b'some of it')
    harness.until(lambda: (place.home() / 'new').stat().st_size == 10)
    write(s, AT_SIX)
    clock.set('2031-05-01 17:55:00')
    for c in (down, up):
        first, last = c.last_words()
        assert (first, last) == (426, 421), (first, last)
        assert 'Back at eight.' in last.all
    fetching.close()
    storing.close()
    records = s.xferlog(2)
    assert [r[-1] for r in records] == ['i', 'i']       # incomplete


def test_faq_4_18b_called_off(shut, clock):
    s = shut()
    clock.set('2031-05-01 17:40:00')
    write(s, AT_SIX)
    c = s.login()
    clock.set('2031-05-01 17:54:30')
    assert c.cmd('PWD') == 257
    remove(s)
    clock.set('2031-05-01 18:30:00')
    assert c.cmd('PWD') == 257
    clock.pass_by(60)
    assert c.cmd('PWD') == 257 and c.quit() == 221


def test_put_off(shut, clock):
    s = shut()
    clock.set('2031-05-01 17:40:00')
    write(s, AT_SIX)
    c = s.login()
    write(s, AT_SIX.replace('01 18', '01 19'))
    clock.set('2031-05-01 18:30:00')
    assert c.cmd('PWD') == 257
    clock.set('2031-05-01 18:55:00')
    told_to_go(c)


@pytest.mark.parametrize('kind', ['garbage', 'fifo', 'device', 'directory', 'huge'])
def test_what_makes_no_sense_ends_no_session(shut, clock, kind):
    s = shut()
    c = s.login()
    path = s.ns.path('/etc/shutmsg')
    if kind == 'fifo':
        os.mkfifo(path)
    elif kind == 'device':
        os.mknod(path, 0o20666, os.makedev(1, 3))
    elif kind == 'directory':
        path.mkdir()
    else:
        path.write_bytes(b'garbage\n' if kind == 'garbage' else b'9' * 10000000)
    clock.pass_by(31)
    assert c.cmd('PWD') == 257
    clock.pass_by(31)
    assert c.cmd('PWD') == 257
    if kind == 'directory':
        assert s.connect()
    else:
        refused(s, 'FTP server shut down -- please')


def test_a_session_that_does_not_leave(shut, clock):
    s = shut()
    c = s.login()
    os.kill(s.session(), signal.SIGSTOP)
    ftpshut(s, 'now', 'Off.', clock=clock)
    clock.pass_by(31)
    s.log_wait('session ended: server shut down')
    clock.pass_by(6)
    assert c.at_end()                   # it may have said half a reply
    assert s.exit_status() == 0 and not harness.processes(s.monitor)


def test_variables_of_a_session(shut, clock):
    s = shut('ServerName "The server"')
    clock.set('2031-05-01 17:30:00')
    write(s, AT_SIX.replace('Back at eight.', '%U from %R: %V off from %d to %s'))
    c = s.login()
    clock.set('2031-05-01 17:55:00')
    told_to_go(c, 'alice from 127.0.0.1: The server off from Thu May  1 17:55:00 2031 to '
                  'Thu May  1 18:00:00 2031')


@pytest.mark.skipif(not tls.built_with_tls(), reason='built without TLS')
def test_under_tls(shut, clock, place, certs):
    place.file('big', bytes(64 << 20))
    s = shut(certs.conf('rsa'))
    ftpshut(s, '+20', 'Back at eight.', clock=clock)
    idle = tls.login(s, certs.context())
    busy = tls.login(s, certs.context())
    assert busy.cmd('TYPE I') == 200
    first, data = busy.open('RETR big')
    assert first == 150
    half = s.connect()
    assert half.cmd('AUTH TLS') == 234  # and then no handshake
    clock.pass_by(15 * 60)
    told_to_go(idle, 'Back at eight.')
    first, last = busy.last_words()
    assert (first, last) == (426, 421) and 'Back at eight.' in last.all
    assert half.at_end()                # nothing in clear behind a 234
    data.close()


# -- one server alone -------------------------------------------------------------

TWO = '''
<Global>
    ShutMsgFile {dir}/everywhere
</Global>
ShutMsgFile {dir}/main
<VirtualHost 127.0.0.2>
    Port {port}
    AuthUserFile {passwd}
    ShutMsgFile {dir}/other
</VirtualHost>
<VirtualHost 127.0.0.3>
    Port {port}
    AuthUserFile {passwd}
</VirtualHost>
<VirtualHost 127.0.0.4>
    Port {port}
    AuthUserFile {passwd}
    ShutMsgFile none
</VirtualHost>
'''


def hosts(s):
    """The addresses that serve."""
    serving = []
    for n in range(1, 5):
        with socket.create_connection((f'127.0.0.{n}', s.port), 20) as sock:
            reply = sock.makefile('rb').readline()
        assert reply[:4] in (b'220 ', b'421 '), reply
        if reply[:3] == b'220':
            serving.append(n)
    return serving


def test_faq_4_19_one_virtual_host(shut, clock, place, network):
    s = shut('Port 2121\n' + TWO.replace('{port}', '2121'), host='0.0.0.0', port=2121)
    clock.set('2031-05-01 17:00:00')
    assert hosts(s) == [1, 2, 3, 4]
    for file, left in (('other', [1, 3, 4]), ('everywhere', [1, 2, 4]), ('main', [2, 3, 4])):
        ftpshut(s, '-f', str(place.dir / file), 'now', 'Only this.', clock=clock)
        assert hosts(s) == left, file
        ftpshut(s, '-R', '-f', str(place.dir / file), clock=clock)
        assert hosts(s) == [1, 2, 3, 4]
    ftpshut(s, 'now', clock=clock)      # the one for all
    assert hosts(s) == []
    ftpshut(s, '-R', clock=clock)
    # sessions of that server alone end
    here, there = (harness.Client((f'127.0.0.{n}', 2121)) for n in (2, 1))
    for c in (here, there):
        assert c.greet() == 220 and c.login() == 230
    ftpshut(s, '-f', str(place.dir / 'other'), '+10', clock=clock)
    clock.pass_by(301)
    told_to_go(here)
    assert there.cmd('PWD') == 257 and there.quit() == 221
    here.close()


def test_the_sooner_of_two_files_ends_a_session(shut, clock, place):
    s = shut('ShutMsgFile {dir}/own')
    clock.set('2031-05-01 17:00:00')
    place.write('own', AT_SIX.replace('18 00', '17 30').replace('eight', 'seven'))
    write(s, AT_SIX)
    c = s.login()
    clock.set('2031-05-01 17:25:00')
    told_to_go(c, 'Back at seven.')


def test_shutmsgfile_as_written(ftpd):
    for value in ('relative', 'a b', ''):
        status, said = ftpd(f'ShutMsgFile {value}').check()
        assert status == 1 and re.search(r':1: ShutMsgFile: ', said), said
    s = ftpd('ShutMsgFile /var/lib/shut')
    assert s.check()[0] == 0
    assert 'ShutMsgFile /var/lib/shut' in s.explain().stdout
    assert 'ShutMsgFile none' in ftpd('').explain().stdout


# -- the scheduler ----------------------------------------------------------------

def test_faq_4_27b_a_planned_upgrade(shut, clock, binary):
    s = shut()
    clock.set('2031-05-01 17:30:00')
    c = s.login()
    ftpshut(s, '-l', '5', '-d', '0', '+15', 'New version.', clock=clock)
    clock.set('2031-05-01 17:40:30')
    refused(s, 'New version.')
    assert c.cmd('PWD') == 257          # until the time itself
    clock.set('2031-05-01 17:45:30')
    told_to_go(c, 'New version.')
    fresh = binary.with_name('fresh')
    fresh.write_bytes(binary.read_bytes())
    fresh.chmod(0o755)
    fresh.rename(binary)
    ftpshut(s, '-R', clock=clock)
    assert s.login().cmd('PWD') == 257


def cron_lines():
    """What the manual tells to write into a crontab: (hour, minute, words)."""
    page = (harness.TOP / 'man/ftpshut.8').read_text()
    found = re.findall(r'^(\d+) (\d+) \* \* \*\t\S*/ftpshut (.*)$', page, re.M)
    assert len(found) == 2
    return {(int(hour), int(minute)): words.split() for minute, hour, words in found}


def test_faq_B4_off_by_night(shut, clock):
    s, jobs, open_hours = shut(), cron_lines(), []
    for day in (1, 2):
        for hour in range(24):
            clock.set(f'2031-05-0{day} {hour:02}:00:00')
            if (hour, 0) in jobs:
                ftpshut(s, *jobs[hour, 0], clock=clock)
            clock.set(f'2031-05-0{day} {hour:02}:30:00')
            c = s.connect(greet=False)
            if c.reply() == 220:
                open_hours.append((day, hour))
                assert c.quit() == 221
            else:
                assert c.at_end()
    # the first morning nothing was shut down yet
    assert [h for d, h in open_hours if d == 2] == list(range(8, 16))


def test_faq_B5_on_again_by_hand(shut, clock):
    s = shut()
    ftpshut(s, 'now', clock=clock)
    refused(s)
    refused(s)
    ftpshut(s, '-R', clock=clock)
    assert s.login().cmd('PWD') == 257


# -- ServiceHours -----------------------------------------------------------------

def test_outside_the_hours(shut, clock):
    s = shut('ServiceHours Mo-Fr 08:00-18:00 Sa 09:00-12:00')
    clock.set('2026-11-20 17:59:30')            # a Friday
    c = s.login()
    clock.set('2026-11-20 18:00:00')
    refused(s, 'please come back on Saturday, 2026-11-21, 09:00 UTC')
    assert s.log_wait('connection refused: ServiceHours')
    clock.pass_by(3600)
    assert c.cmd('PWD') == 257                  # nobody is cut off
    clock.set('2026-11-21 12:00:00')
    refused(s, 'please come back on Monday, 2026-11-23, 08:00 UTC')
    clock.set('2026-11-23 08:00:00')
    assert s.login().cmd('PWD') == 257


def test_hours_of_a_zone(shut, clock):
    s = shut('SetEnv TZ CET-1CEST,M3.5.0,M10.5.0/3\nServiceHours daily 22:00-06:00')
    clock.set('2026-03-28 20:59:00')            # UTC; there 21:59
    refused(s, 'please come back on Saturday, 2026-03-28, 22:00 CET')
    clock.set('2026-03-28 21:00:00')
    assert s.connect()
    clock.set('2026-03-29 04:00:00')            # there 06:00 by now, not 05:00
    refused(s, 'please come back on Sunday, 2026-03-29, 22:00 CEST')


ANON = '''
ServiceHours Mo-Fr 00:00-24:00
<Anonymous {anon}>
    User ftp
    Group ftp
    UserAlias anonymous ftp
    ServiceHours Mo 08:00-18:00
</Anonymous>
'''


def test_hours_of_an_anonymous_site(shut, clock):
    s = shut(ANON)
    clock.set('2026-11-20 12:00:00')
    c = s.connect()
    reply = c.login('anonymous', 'me@example.org')
    assert reply == 530 and 'please come back on Monday, 2026-11-23, 08:00 UTC' in reply.all
    assert c.login() == 230                     # everybody else may
    s.log_wait(r'USER anonymous \(Login failed\): service-hours: ')
    clock.set('2026-11-23 08:00:00')
    assert s.connect().login('anonymous', 'me@example.org') == 230
    clock.set('2026-11-21 12:00:00')
    refused(s, 'please come back on Monday, 2026-11-23, 00:00 UTC')


def test_hours_of_a_connection_hold_for_its_login(shut, clock):
    s = shut('ServiceHours daily 08:00-18:00')
    clock.set('2026-11-20 17:59:30')
    c = s.connect()
    clock.set('2026-11-20 18:00:01')
    assert c.login() == 230


def test_hours_for_a_user(shut, clock):
    s = shut('<IfUser alice>\nServiceHours daily 08:00-18:00\n</IfUser>')
    clock.set('2026-11-20 19:00:00')
    reply = s.connect().login()
    assert reply == 530 and '2026-11-21, 08:00 UTC' in reply.all
    assert s.login('bob')


def test_always_undoes_global_hours(shut, clock):
    s = shut('<Global>\nServiceHours daily 08:00-18:00\n</Global>\nServiceHours always\n')
    clock.set('2026-11-20 19:00:00')
    assert s.login()


def test_hours_by_host(shut, clock, network):
    s = shut('Port 2121\nDefaultAddress 127.0.0.1\nServerAlias night\n'
             '<VirtualHost 127.0.0.1>\nPort 2121\nServerAlias day\nServiceHours daily '
             '08:00-18:00\nAuthUserFile {passwd}\n</VirtualHost>\n', port=2121)
    clock.set('2026-11-20 19:00:00')
    c = s.connect()
    assert c.cmd('HOST day') == 504
    clock.set('2026-11-20 09:00:00')
    assert c.cmd('HOST day') == 220


def test_a_host_that_is_closed_changes_no_hours(shut, clock, network):
    s = shut('Port 2121\nDefaultAddress 127.0.0.1\nServerAlias day\n'
             'ServiceHours daily 08:00-18:00\n<VirtualHost 127.0.0.1>\nPort 2121\n'
             'ServerAlias night\nServiceHours daily 20:00-22:00\nAuthUserFile {passwd}\n'
             '</VirtualHost>\n', port=2121)
    clock.set('2026-11-20 17:59:30')
    c = s.connect()
    assert c.cmd('HOST night') == 504
    clock.set('2026-11-20 18:00:01')
    assert c.login() == 230


@pytest.mark.parametrize('value, why', [
    ('', ''), ('Mo', 'Mo: times are expected'), ('08:00-18:00', '08:00-18:00: the days come first'),
    ('Mo 8-18', '8-18: a time is expected'),
    ('Mo 08:00-18:00 Xx 09:00-10:00', 'Xx: days are expected'),
    ('Mo 00:00-00:00', '00:00-00:00: '), ('always Mo', 'always: days')])
def test_hours_that_are_none(ftpd, value, why):
    s = ftpd(f'ServiceHours {value}')
    status, said = s.check()
    assert status == 1 and re.search(r'\.conf:1: ServiceHours: ' + re.escape(why), said), said
    assert s.connect(greet=False).reply() == 421


def test_hours_in_what_is_explained(ftpd):
    s = ftpd('ServiceHours Mo-Fr 08:00-18:00')
    assert s.check()[0] == 0
    assert 'ServiceHours Mo-Fr 08:00-18:00' in s.explain().stdout
    assert 'ServiceHours always' in ftpd('').explain().stdout


def test_hours_decide_a_query(shut, clock):
    s = shut('ServiceHours daily 08:00-18:00')
    clock.set('2026-11-20 19:00:00')
    answer = s.explain('-o', 'json', '-C', 'user="alice",cmd="PWD"')
    assert '"verdict": "no-login"' in answer.stdout and 'ServiceHours' in answer.stdout
