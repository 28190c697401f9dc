"""ftpwho and ftpcount: who is there and what they do, whatever names their files have."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

import pytest

import harness
import tls
from client import read_all
from harness import until
from tls import certs       # noqa: F401

OWN = 'DelayEngine off\nScoreboardFile {dir}/run/slots\n'
TWO = 'Port 0\n<Global>\nDelayEngine off\nAuthPAM off\nAuthUserFile {passwd}\nSystemLog {log}\n' \
    'WtmpLog off\n</Global>\n' + ''.join(
        f'<VirtualHost 127.0.0.1>\nServerName {name}\nServerAlias {alias}\n</VirtualHost>\n'
        for name, alias in (('first', 'a.example'), ('second', 'b.example')))
RECORD = 1024


def run(s, tool, *args, conf=True, status=0, user=None, **how):
    """What a tool says over a server's configuration, as bytes."""
    argv = [harness.BUILT.parent / tool] + (['-c', str(s.conf_path)] if conf else []) + list(args)

    def become():
        if user:
            os.setgroups([])
            os.setgid(harness.uid_of(user))
            os.setuid(harness.uid_of(user))

    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          preexec_fn=become, env=s.environment(), **how)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert status != 0 or done.stderr == b'', done.stderr
    return done.stdout if status == 0 else done.stderr


def who(s, *args, **how):
    return run(s, 'ftpwho', *args, **how).decode()


def document(s, *args, **how):
    return json.loads(who(s, '-o', 'json', *args, **how))


def sessions(s, *args):
    return document(s, *args)['sessions']


def state(s, pid=None):
    """What ftpwho knows of one session."""
    pid = pid or s.monitor
    return next((row for row in sessions(s) if row['pid'] == pid), None)


def told(s, pid=None, **fields):
    """The session's row, once it says this."""
    return until(lambda: (row := state(s, pid)) and
                 all(row[k] == v for k, v in fields.items()) and row)


def commanded(s, line):
    """The row of the newest session when it has been told this, which is shown for a second."""
    def look():
        s.clients[-1].put(line)
        assert s.clients[-1].reply() in (501, 550)
        row = state(s)
        return row['state'] == 'command' and row
    return until(look)


def prometheus(text):
    """{(metric, ((label, value), …)): number} of the text format, each series once, all typed."""
    label = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
    found, types = {}, {}
    assert text.endswith('\n')
    for line in text.splitlines():
        if line.startswith('# '):
            kind, metric, rest = re.fullmatch(r'# (HELP|TYPE) ([a-z_]+) (.+)', line).groups()
            assert (kind, metric) not in types
            types[kind, metric] = rest
            continue
        metric, labels, value = re.fullmatch(
            r'([a-z_]+)(?:\{((?:%s,?)*)\})? (-?[0-9.]+)' % label.replace('(?:', '(?:').replace(
                '([', '(?:[', 1).replace('"((', '"(?:(', 1), line).groups()
        assert types['TYPE', metric] == 'gauge' and types['HELP', metric]
        pairs = tuple((k, v.replace(r'\n', '\n').replace(r'\"', '"').replace('\\\\', '\\'))
                      for k, v in re.findall(label, labels or ''))
        assert (metric, pairs) not in found, line
        found[metric, pairs] = float(value)
    return found


def nothing(s):
    return who(s) == 'no sessions\n'


def test_faq_B2_no_sessions(ftpd):
    s = ftpd(OWN)
    assert not (s.dir / 'run').exists()
    assert nothing(s)
    assert not (s.dir / 'run').exists()         # who looks makes nothing
    assert document(s)['sessions'] == [] and who(s, '-o', 'lines') == ''
    assert run(s, 'ftpcount') == \
        b'total: 0 sessions, 0 of users, 0 anonymous, 0 not logged in\n'
    c = s.connect()
    assert not nothing(s)
    c.quit()
    s.exit_status()
    assert nothing(s)
    for path in (s.dir / 'run').iterdir():
        path.unlink()
    assert nothing(s)


def test_faq_4_15a_one_row_a_session(ftpd, place):
    place.file('big', b'x' * (64 << 20))
    anon = ('<Anonymous {anon}>\nUser ftp\nUserAlias anonymous ftp\nRequireValidShell off\n'
            '</Anonymous>\n')
    s = ftpd(OWN + 'UseSendfile on\nServerName "here"\n' + anon)
    s.connect()
    strange = s.monitor
    told(s, state='login')
    guest = s.connect()
    assert guest.login('anonymous', 'me@example.net') == 230
    guest_pid = s.monitor
    alice = s.login()
    alice.cmd('TYPE I')
    reply, data = alice.open('RETR big')
    assert reply == 150
    data.recv(100000)
    row = until(lambda: (row := told(s, state='retrieve', command='RETR'))['bytes'] and row)
    assert row['argument'].endswith('/big') and row['user'] == row['login_name'] == 'alice'
    assert 0 < row['bytes'] < row['size'] == 64 << 20 and row['offset'] == 0
    assert row['percent'] == pytest.approx(row['bytes'] * 100 / row['size'], abs=0.1)
    assert row['rate'] > 0 and row['idle'] == 0 and row['server'] == 'here'
    assert row['peer'] == '127.0.0.1' and not row['tls'] and row['logged_in']
    text = who(s)
    head, columns, *rows = text.splitlines()
    assert head.startswith('here: 3 sessions (1 of users, 1 anonymous, 1 not logged in), '
                           '1 retrieving at ')
    assert columns.split() == ['PID', 'USER', 'PEER', 'SERVER', 'TIME', 'IDLE', 'COMMAND']
    local = f'127.0.0.1:{s.port}'
    assert len(rows) == 3
    by_pid = {int(r.split()[0]): r.split(None, 6) for r in rows}
    assert by_pid[strange][1:4] == ['(none)', '127.0.0.1', local]
    assert by_pid[strange][6] == 'login'
    assert by_pid[guest_pid][1:4] == ['ftp', '127.0.0.1', local] and by_pid[guest_pid][6] == 'idle'
    assert re.fullmatch(r'RETR \S*/big  \d+%, [\d.]+ [KM]B of 64\.0 MB, [\d.]+ [KMG]?B/s',
                        by_pid[s.monitor][6])
    assert re.search(r'from 127\.0\.0\.1, login \d{4}-\d\d-\d\d \d\d:\d\d:\d\d '
                     r'as anonymous, anonymous\n', who(s, '-v'))
    read_all(data)
    assert alice.reply() == 226
    row = told(s, state='idle')
    assert row['files_out'] == 1 and row['bytes_out'] == 64 << 20 and row['bytes'] is None
    row = commanded(s, b'MDTM nowhere')
    assert row['command'] == 'MDTM' and row['argument'] == 'nowhere' and row['size'] is None
    told(s, state='idle', command=None)


def test_faq_3_3e_and_4_15a_progress_goes_on(ftpd, place):
    """While sendfile runs, and while it does not: what was moved grows, the end is not near."""
    place.file('big', b'x' * (256 << 20))
    for conf, type_ in (('UseSendfile on', 'I'), ('UseSendfile off', 'I'), ('UseSendfile on', 'A')):
        s = ftpd(OWN + conf)
        c = s.login()
        c.cmd(f'TYPE {type_}')
        reply, data = c.open('RETR big')
        assert reply == 150
        data.recv(1)
        before = told(s, state='retrieve')['bytes']
        left = 32 << 20
        while left > 0:
            left -= len(data.recv(1 << 20))
        assert until(lambda: state(s)['bytes'] > before)     # noqa: B023
        data.close()
        assert c.reply() >= 400


@pytest.mark.skipif(not tls.built_with_tls(), reason='built without TLS')
def test_faq_4_15a_progress_under_tls(ftpd, place, certs):
    place.file('big', b'x' * (256 << 20))
    s = ftpd(certs.conf(more=OWN))
    c = tls.login(s, certs.context())
    reply, data = c.open('RETR big')
    assert reply == 150
    data.recv(1)
    row = told(s, state='retrieve')
    assert row['tls'] and row['size'] == 256 << 20
    left = 32 << 20
    while left > 0:
        left -= len(data.recv(1 << 20))
    assert until(lambda: state(s)['bytes'] > row['bytes'])
    assert ', TLS\n' in who(s, '-v')
    data.close()
    c.close()


def test_uploads_and_restarts(ftpd, place):
    place.file('f', b'x' * (64 << 20))
    s = ftpd(OWN + 'AllowStoreRestart on\nAllowOverwrite on\n')
    c = s.login()
    c.cmd('TYPE I')
    reply, data = c.open('STOR new')
    assert reply == 150
    data.sendall(b'x' * 12345)
    row = told(s, state='store', bytes=12345)
    assert row['command'] == 'STOR' and row['size'] is None and row['percent'] is None
    data.close()
    assert c.reply() == 226
    assert c.cmd(f'REST {32 << 20}') == 350
    reply, data = c.open('RETR f')
    row = told(s, state='retrieve')
    assert row['offset'] == 32 << 20 and row['size'] == 64 << 20 and row['percent'] >= 50
    assert row['files_in'] == 1 and row['bytes_in'] == 12345
    data.close()


def test_faq_4_15b_two_servers(ftpd):
    s = ftpd('ScoreboardFile {dir}/run/slots\n' + TWO, base=False)
    c = s.connect()
    assert c.cmd('HOST a.example') == 220
    assert c.login() == 230
    first = s.monitor
    for _ in range(2):
        c = s.connect()
        assert c.cmd('HOST b.example') == 220
        assert c.login() == 230
    until(lambda: len(sessions(s, '-S', 'second')) == 2)
    local = f'127.0.0.1:{s.port}'
    blocks = who(s).split('\n\n')
    assert [b.splitlines()[0] for b in blocks] == \
        ['first: 1 session (1 of users)', 'second: 2 sessions (2 of users)']
    assert all(f' {local} ' in line for b in blocks for line in b.splitlines()[2:])
    assert [len(b.splitlines()) for b in blocks] == [3, 4]
    fields = [line.split('\t') for line in who(s, '-o', 'lines').splitlines()]
    assert sorted((f[3], f[4]) for f in fields) == \
        [('first', local), ('second', local), ('second', local)]
    assert [row['pid'] for row in sessions(s, '-S', 'FIRST')] == [first]
    assert who(s, '-S', 'third') == 'no sessions\n'
    assert {d['name']: d['sessions'] for d in document(s)['servers']} == {'first': 1, 'second': 2}
    assert run(s, 'ftpcount').decode().splitlines() == [
        'first: 1 session, 1 of users, 0 anonymous, 0 not logged in',
        'second: 2 sessions, 2 of users, 0 anonymous, 0 not logged in',
        'total: 3 sessions, 3 of users, 0 anonymous, 0 not logged in']
    assert run(s, 'ftpcount', '-S', 'first').decode().splitlines()[-1].startswith('total: 1 ')
    gauges = prometheus(who(s, '-o', 'prometheus'))
    assert {dict(labels).get('server') for _, labels in
            prometheus(who(s, '-S', 'second', '-o', 'prometheus'))} == {'second', None}
    for name, n in (('first', 1), ('second', 2)):
        assert gauges['inftpd_sessions', (('server', name), ('state', 'idle'))] == n
        assert gauges['inftpd_logins', (('server', name), ('account', 'user'))] == n
        assert gauges['inftpd_transfers', (('server', name), ('direction', 'out'))] == 0


def test_a_servers_name_is_a_label(ftpd):
    """Which knows three escapes and no other."""
    s = ftpd(OWN + 'ServerName "a\x07b\x1bc \u00fc"\n')
    s.login()
    names = {dict(labels).get('server') for _, labels in prometheus(who(s, '-o', 'prometheus'))}
    assert names == {'a?u0007b?u001bc \u00fc', None}


HOSTILE = [b'\x1b[2J\x1b]0;title\x07', b'\x9b2J', b'\xfe\x80\xc0', b'"\\"},{"pid":1',
           b'\xc2\x9b31m', '\u202egpj.exe'.encode(), b'a\tb', b'%s%n', b'\xf0\x9f\x92\xbe ok',
           b'\\n# TYPE x gauge', b'x' * 700 + b'END']


@pytest.mark.parametrize('name', HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names(ftpd, name):
    """What a client calls a file drives no terminal, ends no string and begins no line."""
    s = ftpd(OWN + 'ServerName "a\\"b\\\\c"\n')
    s.login()
    row = commanded(s, b'MDTM ' + name)
    assert row['command'] == 'MDTM'
    assert (row['argument'].endswith('END' if name.endswith(b'END') else '')
            and row['server'] == 'a"b\\c')
    for args in ((), ('-v',), ('-o', 'lines')):
        text = run(s, 'ftpwho', *args)
        assert not re.search(rb'[\x00-\x08\x0b-\x1f\x7f]', text)
        assert not re.search('[\u0080-\u009f\u202a-\u202e\u2066-\u2069]', text.decode())
        assert text.count(b'\n') == {0: 3, 1: 5, 2: 1}[len(args)]
    if len(name) < 500:
        try:
            assert row['argument'] == name.decode()
        except UnicodeDecodeError:
            assert row['argument'] == name.decode('latin-1')
    gauges = prometheus(who(s, '-o', 'prometheus'))
    assert gauges['inftpd_logins', (('server', 'a"b\\c'), ('account', 'user'))] == 1


def test_a_killed_session_leaves_no_row(ftpd):
    s = ftpd(OWN)
    s.login()
    pid = s.monitor
    s.login('bob')
    assert len(sessions(s)) == 2
    os.kill(pid, signal.SIGKILL)
    until(lambda: [row['user'] for row in sessions(s)] == ['bob'])
    # whoever has the slot next is not shown with the texts of the dead
    s.login('carol')
    assert sorted(row['user'] for row in sessions(s)) == ['bob', 'carol']


def test_who_may_read_what(ftpd, directory):
    s = ftpd(OWN)
    s.login()
    texts = s.dir / 'run/slots.who'
    assert texts.stat().st_mode & 0o7777 == 0o600 and texts.stat().st_uid == 0
    assert run(s, 'ftpcount', user='bob').endswith(
        b'total: 1 session, 1 of users, 0 anonymous, 0 not logged in\n')
    row = document(s, user='bob')['sessions'][0]
    assert row['pid'] == s.monitor and row['logged_in'] and row['connected'] >= 0
    assert row['user'] is row['command'] is row['state'] is None
    assert ' ?\n' in who(s, user='bob')
    gauges = prometheus(run(s, 'ftpwho', '-o', 'prometheus', user='bob').decode())
    assert sum(v for (m, l), v in gauges.items() if m == 'inftpd_sessions') == 1


@pytest.mark.parametrize('damage',
                         ['cut', 'noise', 'torn', 'other', 'link', 'fifo', 'owner', 'open'])
def test_texts_that_are_not_to_be_trusted(ftpd, place, damage):
    """They are as if there were none; nobody is refused for it, and nothing waits."""
    s = ftpd(OWN)
    c = s.login()
    path = s.dir / 'run/slots.who'
    good = path.read_bytes()
    assert len(good) == RECORD
    if damage == 'cut':
        os.truncate(path, 1000)
    elif damage == 'noise':
        path.write_bytes(os.urandom(RECORD))
    elif damage == 'torn':
        path.write_bytes(good[:200] + b'y' + good[201:])
    elif damage == 'other':             # another process's record, correct in itself
        path.write_bytes(good[:16] + struct.pack('=I', os.getpid()) + good[20:])
    elif damage == 'owner':
        os.chown(path, harness.uid_of('bob'), -1)
    elif damage == 'open':
        path.chmod(0o666)
    else:
        path.unlink()
        if damage == 'link':
            path.symlink_to(place.write('elsewhere', good))
        else:
            os.mkfifo(path)
    row = state(s)
    assert row['user'] is row['state'] is row['server'] is None or row['server'], row
    assert row['user'] is None and row['state'] is None and row['logged_in']
    d = s.login('bob')
    if damage in ('link', 'fifo', 'owner', 'open'):
        s.log_wait(r'slots\.who: .*what this session does is not shown')
        assert state(s)['user'] is None
        if damage == 'link':
            assert (place.dir / 'elsewhere').read_bytes() == good
    else:
        assert state(s)['user'] == 'bob'
    assert c.cmd('NOOP') == 200 and d.cmd('NOOP') == 200


def test_scoreboards_that_are_not(ftpd, place):
    s = ftpd(OWN)
    s.login()
    path = s.dir / 'run/slots'
    assert b'damaged' in run(s, 'ftpwho', '-f', str(place.write('noise', b'x' * 5000)), conf=False,
                             status=1)
    os.symlink(path, s.dir / 'link')
    assert b'symbolic link' in run(s, 'ftpcount', '-f', str(s.dir / 'link'), conf=False, status=1)
    os.mkfifo(s.dir / 'fifo')
    assert b'not a regular file' in run(s, 'ftpwho', '-f', str(s.dir / 'fifo'),
                                        conf=False, status=1)
    assert len(document(s, '-f', str(path), conf=False)['sessions']) == 1
    off = ftpd('ScoreboardFile none\n')
    assert b'ScoreboardFile is none' in run(off, 'ftpwho', status=1)
    for wrong in (['-o', 'xml'], ['-i', '0'], ['-f', 'slots'], ['word'], ['-x']):
        assert b'usage: ftpwho' in run(s, 'ftpwho', *wrong, status=2)
    assert b'usage: ftpcount' in run(s, 'ftpcount', '-x', status=2)
    bad = ftpd(OWN + 'Nonsense on\n')
    assert b'Nonsense' in run(bad, 'ftpwho', status=1)


def test_a_file_for_a_collector(ftpd, place):
    s = ftpd(OWN)
    s.login()
    path = place.dir / 'ftp.prom'
    path.write_text('old')
    old = os.open(path, os.O_RDONLY)
    assert who(s, '-o', 'prometheus', '-w', str(path)) == ''
    assert prometheus(path.read_text()) and path.stat().st_mode & 0o777 == 0o644
    assert os.read(old, 10) == b'old'           # renamed, not written over
    os.close(old)
    assert [p.name for p in place.dir.glob('ftp.prom*')] == ['ftp.prom']
    assert b'nowhere' in run(s, 'ftpwho', '-w', str(place.dir / 'nowhere/x'), status=1)
    for form in ('table', 'lines', 'json'):     # what only root may read stays his
        assert who(s, '-o', form, '-w', str(path)) == ''
        assert 'alice' in path.read_text() and path.stat().st_mode & 0o777 == 0o600
    page = (harness.TOP / 'man/ftpwho.8').read_text()
    line = re.search(r'^\* \* \* \* \*\t(\S*/ftpwho (.*))$', page, re.M)
    words = line[2].replace(re.search(r'-w (\S+)', line[2])[1], str(path)).split()
    path.unlink()
    assert who(s, *words) == '' and prometheus(path.read_text())


class Terminal:
    """ftpwho on a terminal of its own."""

    def __init__(self, s, *args, columns=None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 8, 60, 0, 0))
        env = {**s.environment(), **({'COLUMNS': str(columns)} if columns else {})}
        self.slave, self.before, self.seen = slave, termios.tcgetattr(slave), b''
        self.process = subprocess.Popen(
            [harness.BUILT.parent / 'ftpwho', '-c', str(s.conf_path), '-i', '1', *args],
            stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def wait(self, what):
        def look():
            if select.select([self.master], [], [], 0)[0]:
                self.seen += os.read(self.master, 65536)
            return re.search(what, self.seen, re.S)
        return until(look)

    def end(self, how):
        self.seen = b''
        how()
        assert self.process.wait(20) == 0
        self.wait(rb'\x1b\[\?7h\x1b\[\?25h\x1b\[\?1049l$')
        assert termios.tcgetattr(self.slave) == self.before
        os.close(self.master)
        os.close(self.slave)


def test_a_view_that_refreshes(ftpd):
    s = ftpd(OWN + 'ServerName "%s"\n' % ('long ' * 30).strip())
    s.login()
    t = Terminal(s)
    t.wait(rb'^\x1b\[\?1049h\x1b\[\?25l\x1b\[\?7l\x1b\[H')
    frame = t.wait(rb'\x1b\[H(.*?)\x1b\[J')[1].decode()
    assert ' alice ' in frame and 'q: quit' in frame
    assert all(len(line) <= 60 for line in re.sub('\x1b\\[K|\r', '', frame).split('\n'))
    s.login('bob')
    t.wait(rb' bob ')
    t.end(lambda: os.write(t.master, b'q'))
    t = Terminal(s, columns=30)
    frame = t.wait(rb'\x1b\[H(.*?)\x1b\[J')[1].decode()
    assert max(len(line) for line in re.sub('\x1b\\[K|\r', '', frame).split('\n')) == 30
    t.end(lambda: os.write(t.master, b'\x03'))
    for sig in (signal.SIGTERM, signal.SIGHUP):
        t = Terminal(s)
        t.wait(rb'\x1b\[J')
        t.end(lambda: t.process.send_signal(sig))            # noqa: B023


def test_a_view_that_fails_says_why(ftpd):
    """… where it can be read: when the screen is the shell's again."""
    s = ftpd(OWN)
    s.connect()
    t = Terminal(s)
    t.wait(rb'\x1b\[J')
    (s.dir / 'run/slots').chmod(0o666)
    assert t.process.wait(20) == 1
    t.wait(rb'\x1b\[\?1049lftpwho: \S+slots: others may write to it\r\n$')
    assert termios.tcgetattr(t.slave) == t.before
    os.close(t.master)
    os.close(t.slave)


def test_more_than_a_screen(ftpd):
    s = ftpd(OWN)
    for _ in range(9):
        s.connect()
    t = Terminal(s)
    t.wait(rb'\d+ lines more; q: quit')
    t.end(lambda: os.write(t.master, b'Q'))


def test_nothing_is_told_where_nobody_looks(ftpd, place):
    """No slots and no titles: a session that is idle for a second wakes nobody."""
    trace = place.dir / 'trace'
    s = ftpd('ScoreboardFile none\nProcessTitles terse\n',
             wrapper=['strace', '-f', '-qq', '-o', str(trace), '-e', 'trace=ppoll'])
    c = s.login()
    assert c.cmd('NOOP') == 200
    session = s.processes(3)[-1]

    def waits():
        said = [l for l in trace.read_text().splitlines() if l.startswith(f'{session} ')]
        return said and ' = ' not in said[-1] and said[-1]
    last = until(waits)
    assert 'ppoll(' in last
    assert 'tv_sec=1' not in last and 'tv_sec=0' not in last
