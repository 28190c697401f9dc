"""How many may be here at once: no counter goes stale, and parallel logins cannot all pass."""
import concurrent.futures
import fcntl
import os
import pathlib
import random
import re
import select
import shutil
import signal
import struct
import subprocess

import pytest

import harness
from client import Closed
from clock import Clock
from conftest import release_only
from harness import until

OWN = 'DelayEngine off\nScoreboardFile {dir}/run/slots\n'
ANON = ('<Anonymous {anon}>\nUser ftp\nUserAlias anonymous ftp\nRequireValidShell off\n%s\n'
        '</Anonymous>\n')
USER = 'Sorry, the maximum number of clients (%d) for this user already connected.'
HEADER, SLOT = 4096, 64
DIED, TID = 0x40000000, 0x3fffffff


def slots(directory):
    """(owner, state) of each slot that the file has in use."""
    data = (directory / 'run/slots').read_bytes()
    used = struct.unpack_from('=I', data, 60)[0]
    return [struct.unpack_from('=II', data, HEADER + SLOT * i) for i in range(used)]


def living(directory):
    return [(owner, state) for owner, state in slots(directory) if owner & TID and not owner & DIED]


def refused(client, user='alice', password='pw'):
    """The reply to a login that is refused, after which the server closes."""
    reply = client.login(user, password)
    assert reply == 530, reply
    assert client.at_end()
    return reply.text


@pytest.mark.parametrize('message', ['', ' "%m of you are enough, %m."'])
def test_faq_5_20_max_clients_per_user(ftpd, message):
    s = ftpd(OWN + 'MaxClientsPerUser 2' + message)
    first, second = s.login(), s.login()
    text = refused(s.connect())
    assert text == ('2 of you are enough, 2.' if message else USER % 2)
    s.log_wait(r'USER alice \(Login failed\): too-many: Connection refused \(MaxClientsPerUser 2\)')
    assert s.login('bob').cmd('NOOP') == 200
    assert second.cmd('NOOP') == 200
    first.quit()
    until(lambda: len(living(s.dir)) == 2)
    assert s.login().cmd('NOOP') == 200


LIMITS = {
    'MaxClients 2': 'Sorry, the maximum number of allowed clients (2) are already connected.',
    'MaxClientsPerHost 2':
        'Sorry, the maximum number clients (2) from your host are already connected.',
    '<Class here>\nFrom 127.0.0.1\n</Class>\nMaxClientsPerClass other 1\nMaxClientsPerClass here 2':
        'Sorry, the maximum number of clients (2) from your class are already connected.',
}


@pytest.mark.parametrize('limit', LIMITS)
def test_a_limit_counts_who_is_logged_in(ftpd, limit):
    s = ftpd(OWN + limit)
    waiting = [s.connect() for _ in range(3)]
    held = [s.login('alice'), s.login('bob')]
    assert refused(s.connect(), 'carol') == LIMITS[limit]
    assert refused(waiting[0], 'carol') == LIMITS[limit]
    elsewhere = s.connect(source=('127.0.0.2', 0))
    assert elsewhere.login('carol') == (530 if limit == 'MaxClients 2' else 230)
    held[0].quit()
    until(lambda: len(living(s.dir)) == (3 if limit == 'MaxClients 2' else 4))
    assert waiting[1].login('carol') == 230


def test_hosts_of_a_user(ftpd):
    s = ftpd(OWN + 'MaxHostsPerUser 2')
    for host in ('127.0.0.1', '127.0.0.2', '127.0.0.1', '127.0.0.2', '127.0.0.1'):
        s.login(source=(host, 0))
    assert refused(s.connect(source=('127.0.0.3', 0))) == \
        'Sorry, the maximum number of hosts (2) for this user already connected.'
    s.login('bob', source=('127.0.0.3', 0))


def test_many_hosts_of_a_user(ftpd):
    s = ftpd(OWN + 'MaxHostsPerUser 12')
    for _ in range(2):          # each host counts once
        for n in range(2, 14):
            s.login(source=(f'127.0.0.{n}', 0))
    refused(s.connect(source=('127.0.0.20', 0)))
    s.login('bob', source=('127.0.0.20', 0))


def test_connections_of_a_host(ftpd):
    """Those count that have not logged in, too, and no account is looked at."""
    s = ftpd(OWN + 'MaxConnectionsPerHost 2')
    held = [s.connect(), s.login()]
    client = s.connect(greet=False)
    assert client.reply().all == '421 Sorry, the maximum number of connections (2) from your ' \
        'host are already connected.'
    assert client.at_end()
    s.connect(source=('127.0.0.2', 0))
    s.log_wait(r'Connection refused \(MaxConnectionsPerHost 2\)')
    held[0].quit()
    until(lambda: len(living(s.dir)) == 2)
    s.connect()


def test_the_order_of_the_checks(ftpd):
    order = ['MaxHostsPerUser 1 "hosts"', 'MaxClients 1 "clients"', 'MaxClientsPerUser 1 "user"',
             'MaxClientsPerHost 1 "host"', 'MaxClientsPerClass all 1 "class"']
    conf = OWN + '<Class all>\nFrom 127.0.0.0/8\n</Class>\n'
    s = ftpd(conf)
    s.login()
    for n, line in enumerate(order):
        s.configure(conf + '\n'.join(order[:n + 1]))
        # the class is known of sessions that began under such a limit
        if n == 4:
            s.configure(conf + order[4])
            s.login()
            s.configure(conf + '\n'.join(order))
        source = ('127.0.0.2', 0) if n == 0 else ('127.0.0.1', 0)
        assert refused(s.connect(source=source)) == line.split('"')[1]


def test_an_anonymous_limit(ftpd):
    """It counts its own; `none` there takes the server's back."""
    s = ftpd(OWN + 'MaxClients 2\n' + ANON % 'MaxClients 1')
    s.login('alice')
    s.login('anonymous', 'a@b')
    assert 'clients (1)' in refused(s.connect(), 'ftp', 'a@b')
    assert 'clients (2)' in refused(s.connect(), 'bob')
    s.configure(OWN + 'MaxClients 2\n' + ANON % 'MaxClients none')
    s.login('ftp', 'a@b')
    # and one that stands at the server counts everybody
    s.configure(OWN + 'MaxClients 3\n' + ANON % '')
    assert 'clients (3)' in refused(s.connect(), 'ftp', 'a@b')


def test_a_condition_replaces_a_limit(ftpd):
    s = ftpd(OWN + 'MaxClientsPerUser 1\n<IfUser bob>\nMaxClientsPerUser 2\n</IfUser>\n')
    s.login()
    assert refused(s.connect()) == USER % 1
    s.login('bob')
    s.login('bob')
    assert refused(s.connect(), 'bob') == USER % 2


def test_servers_count_apart(ftpd):
    conf = (OWN + 'MaxClientsPerUser 1\nServerAlias main\n'
            '<VirtualHost 127.0.0.1>\nServerAlias other\nMaxClientsPerUser 1\n'
            'AuthPAM off\nAuthUserFile {passwd}\nAuthGroupFile {group}\n</VirtualHost>\n')
    s = ftpd(conf)

    def at(name):
        client = s.connect()
        assert client.cmd('HOST ' + name) == 220
        return client

    for name in ('main', 'other'):
        assert at(name).login() == 230
        assert refused(at(name)) == USER % 1


def test_a_failed_login_is_not_counted(ftpd):
    s = ftpd(OWN + 'MaxClients 1\nMaxLoginAttempts none')
    client = s.connect()
    for _ in range(3):
        assert client.login(password='no') == 530
    assert s.login('bob').cmd('NOOP') == 200
    assert refused(client).startswith('Sorry')


def test_a_display_file_tells_the_limits(ftpd, place):
    place.write('hello', 'at most %M, of your class %z\n')
    conf = OWN + 'DisplayConnect {dir}/hello\n'
    s = ftpd(conf)
    assert 'at most unlimited, of your class unlimited' in s.connect().welcome.all
    s.configure(conf + '<Class here>\nFrom 127.0.0.1\n</Class>\nMaxClients 7\n'
                'MaxClientsPerClass here 3\n')
    assert 'at most 7, of your class 3' in s.connect().welcome.all


def test_twenty_at_once(ftpd):
    """Of n parallel logins exactly as many pass as may."""
    s = ftpd(OWN + 'MaxClients 7')
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        for _ in range(3):
            clients = [s.connect() for _ in range(20)]
            replies = list(pool.map(lambda c: c.login(), clients))
            assert sorted(replies) == [230] * 7 + [530] * 13
            for client in clients:
                client.close()
            until(lambda: not living(s.dir))


def test_the_storm(ftpd):
    """Half of them killed wherever they happen to be: the count is exact after each round."""
    many = int(os.environ.get('STORM') or 200)
    s = ftpd(OWN + f'MaxClients {many}\nMaxConnectionsPerHost {2 * many}\nTimeoutLogin 0\n')
    chance = random.Random(20)
    kept = []
    for _ in range(3):
        while len(kept) < many:
            client = s.connect(greet=False)
            kept.append(client)
            if chance.random() < 0.5:
                client.put('USER alice')
                client.put('PASS pw')
        until(lambda: len(s.spawned) == len(s.clients), 60)
        process = dict(zip(map(id, s.clients), s.spawned))
        doomed = chance.sample(kept, many // 2)
        for client in doomed:
            os.kill(process[id(client)].pid, signal.SIGKILL)
        for client in doomed:
            process[id(client)].wait()
        kept = [client for client in kept if client not in doomed]
        for client in kept:
            if client.welcome is None:
                assert client.greet() == 220
        assert len(living(s.dir)) == len(kept) == many - many // 2
        assert {owner for owner, _ in living(s.dir)} == {process[id(c)].pid for c in kept}
    # the slots of the dead were used again
    assert len(slots(s.dir)) <= 2 * many


def test_a_killed_session_frees_its_place(ftpd):
    s = ftpd(OWN + 'MaxClientsPerUser 1')
    s.login()
    os.kill(s.monitor, signal.SIGKILL)
    s.spawned[-1].wait()
    for _ in range(3):
        assert s.login('bob').cmd('NOOP') == 200
        os.kill(s.monitor, signal.SIGKILL)
        s.spawned[-1].wait()
    s.login()
    assert refused(s.connect()) == USER % 1


def test_no_session_holds_the_file(ftpd):
    """Neither a descriptor nor a mapping: what has captured a session writes to nobody's slot."""
    s = ftpd(OWN + 'MaxClients 10')
    for client in (s.connect(), s.login()):
        assert client.cmd('NOOP')
        for pid in s.processes():
            assert not [f for f in harness.open_files(pid).values() if '/run/slots' in f]
            assert ('/run/slots' in harness.maps(pid)) == (pid == s.monitor)


@pytest.mark.parametrize('damage', ['empty', 'text', 'magic', 'cut', 'slots', 'boot', 'long'])
def test_a_damaged_file_is_begun_anew(ftpd, place, damage):
    s = ftpd(OWN + 'MaxClientsPerUser 1')
    s.login().quit()
    until(lambda: not living(s.dir))
    path = place.dir / 'run/slots'
    good = path.read_bytes()
    noise = random.Random(1).randbytes(64 * 100)
    path.write_bytes({
        'empty': b'', 'text': b'hello\n', 'magic': b'X' + good[1:], 'cut': good[:HEADER],
        'slots': good[:60] + struct.pack('=I', 100) + good[64:HEADER] + noise + good[HEADER:],
        'boot': good[:20] + b'!' + good[21:],
        'long': good[:60] + struct.pack('=I', 0xffffffff) + good[64:]}[damage])
    s.login()
    assert refused(s.connect()) == USER % 1
    if damage != 'slots':
        until(lambda: len(living(place.dir)) == 1)


def test_a_file_that_is_cut_under_a_session(ftpd, place):
    """It is not counted any more, but goes on; and at its login it is counted again."""
    s = ftpd(OWN + 'MaxClientsPerUser 1')
    waiting, there = s.connect(), s.login()
    os.truncate(place.dir / 'run/slots', 0)
    assert there.cmd('NOOP') == 200
    assert waiting.login('bob') == 230
    assert refused(s.connect(), 'bob') == USER % 1
    there.quit()


def link(path):
    path.with_name('other').write_bytes(b'')
    path.symlink_to('other')


def foreign(path):
    path.write_bytes(b'')
    os.chown(path, 61001, 61100)


def writable(path):
    path.write_bytes(b'')
    path.chmod(0o666)


def two_names(path):
    path.write_bytes(b'')
    os.link(path, path.with_name('second'))


def open_directory(path):
    path.parent.chmod(0o777)


def directory_of_a_group(path):
    os.chown(path.parent, 0, 61100)
    path.parent.chmod(0o775)


@pytest.mark.parametrize('name', ['slots', 'slots.lck'])
@pytest.mark.parametrize('what', [link, os.mkfifo, os.mkdir, foreign, writable, two_names,
                                  open_directory, directory_of_a_group])
def test_a_file_that_is_not_trusted(ftpd, place, what, name):
    (place.dir / 'run').mkdir(mode=0o755)
    what(place.dir / 'run' / name)
    s = ftpd(OWN + 'MaxClients 1')
    client = s.connect(greet=False)
    assert client.reply() == 421 and client.at_end()
    s.log_wait('ScoreboardFile: .*/run.*; nobody is served')
    s.configure(OWN + 'MaxClients 1\nScoreboardOptions AllowMissingEntry')
    s.login()
    s.login()
    s.log_wait('ScoreboardFile: .*; this session is not counted')
    assert s.log().count('this session is not counted') == 2        # at connect, and that was it


def test_who_holds_the_lock_for_ever(ftpd, place):
    """One who was stopped at the wrong moment stops nobody else for long."""
    clock = Clock(place)
    s = ftpd(OWN + 'MaxClients 2', env=clock.env)
    there = s.login()
    with open(place.dir / 'run/slots.lck', 'rb') as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        wait = re.compile(rf'-> FLOCK .*:{os.fstat(held.fileno()).st_ino} ')
        waits = lambda: wait.search(pathlib.Path('/proc/locks').read_text())
        waiting = s.connect(greet=False)
        until(waits)                # or the clock would be far ahead of it

        def answered():
            clock.pass_by(1)
            return select.select([waiting.sock], [], [], 0.1)[0]
        until(answered)
        assert waiting.reply() == 421 and waiting.at_end()
        s.log_wait('ScoreboardFile: .*slots.lck: somebody holds it for too long; nobody is served')
        assert there.cmd('NOOP') == 200
        # who waits while it is given back has lost nothing
        waiting = s.connect(greet=False)
        until(waits)
    assert waiting.reply() == 220


def test_a_full_file_system(ftpd, place):
    (place.dir / 'run').mkdir()
    s = ftpd(OWN + 'MaxClients 1', etc={},
             mounts=f'mount -t tmpfs -o mode=755,size=4k none {place.dir}/run')
    for conf in ('', 'ScoreboardOptions AllowMissingEntry\n'):
        s.configure(OWN + 'MaxClients 1\n' + conf)
        assert s.connect(greet=False).reply() == (220 if conf else 421)
    s.log_wait('ScoreboardFile: .*run/slots: No space left on device; nobody is served')


# What a monitor does to its slot; before each of them it is killed, at connect or at login.
STEPS = [('flock', 1), ('ftruncate', 1), ('ftruncate', 2), ('ftruncate', 3), ('madvise', 1),
         ('set_robust_list', 1), ('set_robust_list', 2), ('pwrite64', 1), ('pwrite64', 2),
         ('pwrite64', 3), ('pwrite64', 4), ('exit_group', 1)]


@release_only
@pytest.mark.skipif(not shutil.which('strace'), reason='strace cannot be had here')
@pytest.mark.parametrize('call, when', STEPS)
def test_death_at_every_step(ftpd, place, call, when):
    s = ftpd(OWN + 'MaxClients 1\nMaxConnectionsPerHost 1', wrapper=[
        'strace', '-qq', '-o', '/dev/null', '-e', f'trace={call}', '-e',
        f'inject={call}:signal=KILL:when={when}'])
    client = s.connect(greet=False)
    try:
        client.greet()
        client.login()
        client.quit()
    except (Closed, ConnectionError):
        pass
    assert s.exit_status() == -signal.SIGKILL
    s.wrapper = []
    there = s.login()
    assert len(living(place.dir)) == 1
    assert s.connect(greet=False).reply() == 421
    assert there.cmd('NOOP') == 200


def test_configurations_count_apart(ftpd):
    first, second = (ftpd(OWN + 'MaxClientsPerUser 1') for _ in range(2))
    for s in (first, second):
        assert s.login().cmd('NOOP') == 200
        assert refused(s.connect()) == USER % 1


def test_slots_of_another_boot(ftpd, place):
    s = ftpd(OWN + 'MaxClientsPerUser 1')
    there = s.login()
    with open(place.dir / 'run/slots', 'r+b') as file:
        file.seek(16)
        boot = file.read(36)
        if subprocess.check_output(['stat', '-f', '-c', '%T', file.name]) == b'tmpfs\n':
            pytest.skip('in memory: it does not outlive a boot')
        assert boot.decode() == pathlib.Path('/proc/sys/kernel/random/boot_id').read_text()[:36]
        file.seek(16)
        file.write(boot[::-1])
    # the process of that number is another one, or none
    s.login()
    assert there.cmd('NOOP') == 200


def test_free_slots_are_not_looked_at(ftpd, place):
    s = ftpd(OWN)
    clients = [s.connect() for _ in range(5)]
    assert len(slots(place.dir)) == 5
    for client in clients[1:]:
        client.quit()
    until(lambda: len(living(place.dir)) == 1)
    s.connect()
    assert len(slots(place.dir)) == 2


@pytest.mark.parametrize('umask', [0, 0o22, 0o77])
def test_the_file_and_its_directory(ftpd, place, umask):
    s = ftpd(OWN, preexec=lambda: os.umask(umask))
    s.connect()
    assert (place.dir / 'run').stat().st_mode & 0o7777 == 0o755
    assert (place.dir / 'run/slots').stat().st_mode & 0o7777 == 0o644
    # whoever could open this one could hold it, and every login
    assert (place.dir / 'run/slots.lck').stat().st_mode & 0o7777 == 0o600
    s.configure(OWN + 'ScoreboardMutex {dir}/elsewhere\n')
    s.connect()
    assert (place.dir / 'elsewhere').exists()


def test_without_counters(ftpd, place):
    s = ftpd('ScoreboardFile none\nMaxClients 1\nMaxClientsPerUser 1\n' +
             ANON % 'MaxClientsPerHost 1')
    s.login()
    s.login()
    assert not (place.dir / 'run').exists()
    status, said = s.check()
    assert status == 0
    for name in ('MaxClients', 'MaxClientsPerUser', 'MaxClientsPerHost'):
        assert f'{name}: limits nothing: ScoreboardFile is none' in said
    (place.dir / 'run').mkdir()
    (place.dir / 'run').chmod(0o777)
    s.configure(OWN + 'MaxClientsPerClass nobody 1')
    status, said = s.check()
    assert status == 1 and 'ScoreboardFile: ' in said and 'everybody may write to it' in said
    assert 'MaxClientsPerClass: nobody: there is no such class' in said


def test_counters_of_an_ordinary_user(ftpd, place):
    s = ftpd(OWN + 'MaxClientsPerUser 1', base=True)
    s.give_to('alice')
    s.login()
    assert (place.dir / 'run/slots').stat().st_uid == harness.uid_of('alice')
    assert refused(s.connect()) == USER % 1


def test_words_that_are_no_limit(ftpd):
    s = ftpd('')
    for line in ('MaxClients', 'MaxClients 0', 'MaxClients -1', 'MaxClients x', 'MaxClients 1 a b',
                 'MaxClientsPerClass 1', 'MaxClientsPerClass a b', 'ScoreboardFile run/slots',
                 'ScoreboardFile /run/', 'ScoreboardMutex none', 'ScoreboardOptions x'):
        s.configure(line + '\n')
        status, said = s.check()
        assert status == 1 and f'{s.conf_path}:1: {line.split()[0]}: ' in said, said


def test_a_session_that_has_gone_leaves_nothing(ftpd):
    """However a client leaves."""
    s = ftpd(OWN + 'MaxClientsPerUser 1')
    for leave in ('quit', 'close', 'reset'):
        getattr(s.login(), leave)()
        until(lambda: not living(s.dir))
    client = s.connect(greet=False)
    try:
        client.greet()
    except Closed:
        pytest.fail('no greeting')
