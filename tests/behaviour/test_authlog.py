"""AuthLog: who was let in and who was not, in a file of its own."""
import contextlib
import os
import re
import socket
import stat
import subprocess

import pytest

from client import Closed
from harness import open_files, uid_of
from test_fail2ban import attack, tester  # noqa: F401 (a fixture)

WHEN = r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d '


def told(s, name='auth'):
    path = s.dir / name
    return path.read_text().splitlines() if path.exists() else []


def end(s, c):
    with contextlib.suppress(Closed):    # it was the last attempt
        c.quit()
    s.exit_status()


def refuse(s, user='alice'):
    c = s.connect()
    assert c.login(user, 'wrong') == 530
    end(s, c)


def grant(s):
    end(s, s.login())


@pytest.mark.parametrize('level', ['debug', 'notice', 'emerg'])
@pytest.mark.parametrize('where', ['syslog', 'SystemLog', 'ServerLog'])
def test_lines_go_there_instead(ftpd, level, where):
    to = '' if where == 'syslog' else f'{where} {{dir}}/all\n'
    s = ftpd(f'AuthLog {{dir}}/auth\nSyslogLevel {level}\nMaxLoginAttempts 1\n'
             f'ServerName "my site"\n{to}', syslog=True)
    grant(s)
    refuse(s)
    lines = told(s)
    start = (rf'{WHEN}{re.escape(socket.gethostname())} in\.ftpd\[\d+\]: '
             r'my site 127\.0\.0\.1 \(127\.0\.0\.1\): ')
    assert all(re.match(start, l) for l in lines), lines
    assert [re.sub(start, '', l).split(':')[0] for l in lines] == [
        'USER alice', 'USER alice (Login failed)', 'MaxLoginAttempts']
    assert 'Login successful' in lines[0] and ': bad-password: ' in lines[1]
    assert f'in.ftpd[{s.spawned[0].pid}]' in lines[0] and f'in.ftpd[{s.spawned[1].pid}]' in lines[1]
    others = '\n'.join([text for _, _, text in s.ns.log.lines] + told(s, 'all'))
    assert not re.search(r'Login successful|\(Login failed\)|MaxLoginAttempts', others)
    assert not [l for l in s.ns.log.lines if l[0] == 'authpriv']
    if level == 'debug':
        assert others                    # the end of a session is no such line


def test_the_file_is_a_log(ftpd):
    s = ftpd('AuthLog {dir}/auth')
    grant(s)
    st = os.stat(s.dir / 'auth')
    assert (stat.S_IMODE(st.st_mode), st.st_uid) == (0o640, 0)


def test_none_writes_them_nowhere(ftpd):
    s = ftpd('AuthLog none', syslog=True)
    grant(s)
    refuse(s)
    assert not s.ns.log.find('Login successful|Login failed|bad-password')
    assert s.ns.log.find('closed|session|bytes')


def test_without_one_they_stay_where_they_were(ftpd):
    s = ftpd('SystemLog {dir}/all', syslog=True)
    refuse(s)
    assert [l for l in told(s, 'all') if 'bad-password' in l]
    assert not told(s)


def test_it_is_kept_where_there_is_no_other_log(ftpd):
    s = ftpd('SystemLog none\nAuthLog {dir}/auth', syslog=True)
    refuse(s)
    assert len(told(s)) == 1 and s.ns.log.lines == []


@pytest.mark.parametrize('conf,why', [
    ('<Limit LOGIN>\nDenyAll\n</Limit>', 'connection refused: <Limit LOGIN>'),
    ('MaxConnectionsPerHost 1\nScoreboardFile {dir}/counters/slots', 'MaxConnectionsPerHost'),
])
def test_refused_connections_are_told_there(ftpd, conf, why):
    s = ftpd(f'AuthLog {{dir}}/auth\n{conf}', syslog=True)
    first = s.connect(greet=False)
    first.greet()
    c = s.connect(greet=False)
    assert c.greet() == 421
    s.exit_status()
    assert any(why in l for l in told(s)), told(s)
    assert not s.ns.log.find(why)


def test_the_first_sessions_own_lines(ftpd):
    """A line that a session words goes through the monitor, to the same place."""
    s = ftpd('AuthLog {dir}/auth\nMaxPasswordSize 8\nSyslogLevel emerg', syslog=True)
    c = s.connect()
    assert c.login('alice', 'x' * 100) == 530
    end(s, c)
    assert any('MaxPasswordSize' in l or 'long-password' in l for l in told(s)), told(s)


@pytest.mark.parametrize('kind', ['link', 'fifo', 'directory', 'everybody', 'missing'])
def test_a_file_that_is_no_log(ftpd, place, kind):
    """It is told, and the lines go where they would go without it."""
    (place.dir / 'l').mkdir()
    path = place.dir / 'l/auth'
    victim = place.write('victim', '')
    if kind == 'link':
        path.symlink_to(victim)
    elif kind == 'fifo':
        os.mkfifo(path)
    elif kind == 'directory':
        path.mkdir()
    elif kind == 'everybody':
        (place.dir / 'l').chmod(0o777)
    else:
        (place.dir / 'l').rmdir()
    s = ftpd('AuthLog {dir}/l/auth\nSyslogLevel info', syslog=True)
    grant(s)
    refuse(s)
    assert s.ns.log.find('AuthLog .*/l/auth: no log is written')
    assert [l[0] for l in s.ns.log.find('Login successful|bad-password')] == ['authpriv'] * 2
    assert victim.read_text() == ''


def test_a_link_where_links_are_allowed(ftpd, place):
    (place.dir / 'l').mkdir()
    (place.dir / 'l/auth').symlink_to(place.write('victim', ''))
    s = ftpd('AllowLogSymlinks on\nAuthLog {dir}/l/auth', syslog=True)
    refuse(s)
    assert 'bad-password' in (place.dir / 'victim').read_text()


HOSTS = """DefaultAddress 127.0.0.1
ServerName one
AuthLog {dir}/one
<VirtualHost 127.0.0.1>
ServerAlias two.example
ServerName two
AuthUserFile {passwd}
AuthOrder mod_auth_file.c
AuthPAM off
TransferLog none
%s
</VirtualHost>
"""


@pytest.mark.parametrize('theirs,one,two,syslog', [
    ('AuthLog {dir}/two', 1, 1, 0), ('AuthLog none', 1, 0, 0), ('', 1, 0, 1)])
def test_each_server_has_its_own(ftpd, theirs, one, two, syslog):
    """Also again after HOST: the lines behind it are the new server's."""
    s = ftpd(HOSTS % theirs, syslog=True)
    refuse(s)
    c = s.connect()
    assert c.cmd('HOST two.example') == 220
    assert c.login('alice', 'wrong') == 530
    end(s, c)
    assert [len([l for l in told(s, n) if 'bad-password' in l])
            for n in ('one', 'two')] == [one, two]
    assert len(s.ns.log.find('bad-password')) == syslog


def test_a_refused_host_leaves_the_old_one(ftpd):
    s = ftpd(HOSTS % 'AuthLog {dir}/two\n<Limit LOGIN>\nDenyAll\n</Limit>', syslog=True)
    c = s.connect()
    assert c.cmd('HOST two.example') == 504
    assert c.login('alice', 'wrong') == 530
    end(s, c)
    assert len([l for l in told(s, 'one') if 'bad-password' in l]) == 1
    assert len([l for l in told(s, 'two') if 'connection refused' in l]) == 1


def test_by_class(ftpd):
    s = ftpd('<Class near>\nFrom 127.0.0.0/8\n</Class>\n<IfClass near>\nAuthLog {dir}/auth\n'
             '</IfClass>')
    refuse(s)
    assert len(told(s)) == 1


def test_no_session_has_it(ftpd, place):
    place.file('f', b'x' * 100)
    s = ftpd('AuthLog {dir}/auth')
    c = s.connect()
    for stage in ('before login', 'after it'):
        for pid in s.processes()[1:]:
            held = open_files(pid).values()
            assert not [f for f in held if f.endswith('/auth')], (stage, held)
        if stage == 'before login':
            assert c.login() == 230
    end(s, c)


def test_one_append_a_line(ftpd):
    """Two sessions at once: whole lines, each with its own pid."""
    s = ftpd('AuthLog {dir}/auth\nMaxLoginAttempts none\nDelayEngine off')
    clients = [s.connect() for _ in range(4)]
    for _ in range(5):
        for c in clients:
            c.put('USER alice')
        for c in clients:
            assert c.reply() == 331
            c.put('PASS wrong')
        for c in clients:
            assert c.reply() == 530
    for c in clients:
        c.quit()
    for i in range(4):
        s.exit_status(i)
    lines = [l for l in told(s) if 'bad-password' in l]
    assert len(lines) == 20 == len(told(s))
    assert all(re.match(rf'{WHEN}\S+ in\.ftpd\[\d+\]: .*USER alice '
                        r'\(Login failed\): bad-password: ', l) for l in lines)


def test_a_name_cannot_begin_a_line(ftpd):
    s = ftpd('AuthLog {dir}/auth\nLogOptions -Hostname -VirtualHost -Timestamp')
    c = s.connect()
    assert c.login('a\x01b\x7f\x1b[2J x', 'x') == 530
    end(s, c)
    line, = told(s)
    assert line.isprintable() and line.startswith('in.ftpd[') and '\\x1B' in line


@pytest.mark.parametrize('options', ['', 'LogOptions -Hostname -VirtualHost\n'])
def test_fail2ban_finds_the_refusals(ftpd, tester, options):  # noqa: F811
    s = ftpd('UseReverseDNS off\nMaxLoginAttempts none\nDelayEngine off\nServerName "my site"\n'
             'AuthLog {dir}/auth\n' + options)
    attack(s)
    matched, missed, addresses = tester(s.dir / 'auth')
    assert (matched, addresses) == (5, {'127.0.0.1'}) and missed == 1   # the one that was let in


def test_logrotate_may_move_it(ftpd):
    """Nobody is told: a session that is there ends in the old file, the next makes a new one."""
    s = ftpd('AuthLog {dir}/auth')
    c = s.connect()
    (s.dir / 'auth').rename(s.dir / 'auth.1')
    assert c.login('alice', 'wrong') == 530
    end(s, c)
    refuse(s)
    assert len(told(s, 'auth.1')) == 1 and len(told(s)) == 1


def check(s, *options):
    return subprocess.run([str(s.binary), *options, '-c', str(s.conf_path)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)


@pytest.mark.parametrize('value,note', [('/var/log/x', 'is written there, instead of'),
                                        ('NONE', 'is written nowhere, instead of')])
def test_the_check_says_what_it_means(ftpd, value, note):
    s = ftpd(f'# first\nAuthLog {value}')
    done = check(s, '-t')
    assert done.returncode == 0
    assert re.search(rf'^note: {re.escape(str(s.conf_path))}:2: AuthLog: .*{note}',
                     done.stderr + done.stdout, re.M), done


@pytest.mark.parametrize('line,said', [
    ('AuthLog auth.log', 'AuthLog: auth.log: none or an absolute path is expected'),
    ('AuthLog', 'AuthLog: takes 1 value, not 0'),
    ('AuthLog /a /b', 'AuthLog: takes 1 value, not 2'),
    ('<Anonymous /srv>\nAuthLog /a\n</Anonymous>', 'AuthLog: '),
])
def test_mistakes_have_their_line(ftpd, line, said):
    s = ftpd(line)
    done = check(s, '-t')
    assert done.returncode == 1
    at = line.count('\n') and 2 or 1
    assert f'{s.conf_path}:{at}: {said}' in done.stderr, done.stderr


def test_effective_configuration_has_it(ftpd):
    s = ftpd('AuthLog "/var/log/with blank"')
    assert 'AuthLog "/var/log/with blank"' in check(s, '-T').stdout


def test_as_an_ordinary_user(ftpd, place):
    s = ftpd('AuthLog {dir}/auth')
    s.give_to('alice')
    refuse(s)
    assert len(told(s)) == 1 and os.stat(s.dir / 'auth').st_uid == uid_of('alice')
