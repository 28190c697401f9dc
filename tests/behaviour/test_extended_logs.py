"""ExtendedLog, LogFormat, the format json, ServerLog, LogOptions, AllowLogSymlinks."""
import json
import os
import re
import socket
import stat
import subprocess
import threading

import pytest

from harness import open_files, until


def lines(server, name='ext', count=0):
    """The lines of a log in the test's directory, once there are that many."""
    path = server.dir / name

    def look():
        text = path.read_bytes().decode() if path.exists() else ''
        return text.count('\n') >= count and text
    text = until(look) if count else look() or ''
    return text.split('\n')[:-1]


def done(server, client):
    """The lines once the session has gone."""
    client.quit()
    server.exit_status()
    return lines(server)


def test_default_format(ftpd, place):
    place.file('f', b'12345')
    s = ftpd('UseReverseDNS off\nExtendedLog {dir}/ext')
    c = s.login()
    c.get('f')
    said = done(s, c)
    when = r'\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]'
    assert re.fullmatch(rf'127\.0\.0\.1 UNKNOWN - {when} "USER alice" 331 -', said[0])
    assert re.fullmatch(rf'127\.0\.0\.1 UNKNOWN alice {when} "PASS \(hidden\)" 230 -', said[1])
    assert re.fullmatch(rf'127\.0\.0\.1 UNKNOWN alice {when} "RETR f" 226 5',
                        [l for l in said if 'RETR' in l][0])
    assert ' "QUIT" 221 -' in said[-1]
    assert stat.S_IMODE((s.dir / 'ext').stat().st_mode) == 0o640


def test_no_password_in_any_log(ftpd, place):
    s = ftpd('LogFormat all "%r|%J|%m|%S"\nExtendedLog {dir}/ext ALL all\n'
             'ExtendedLog {dir}/j ALL json\nMaxLoginAttempts none\nSyslogLevel debug\nDebugLevel 9')
    c = s.connect()
    for line in ('PASS sesame1', 'pass sesame2', 'PASSsesame3', 'PAS sesame4', 'PASS  sesame5',
                 'Pass\tsesame6', 'USER alice', 'PASS sesame7', 'USER alice', 'PASS pw',
                 'PASS sesame8', 'pass sesame9'):
        c.cmd(line)
    assert len(done(s, c)) >= 10
    for name in ('ext', 'j', s.log_path.name):
        assert 'sesame' not in (s.dir / name).read_text()


@pytest.mark.parametrize('classes,expected', [
    ('AUTH', 'USER PASS'), ('INFO', 'PWD SIZE SYST MDTM QUIT'), ('DIRS', 'PWD CWD MKD LIST MDTM'),
    ('READ', 'RETR'), ('WRITE', 'MKD STOR RNFR RNTO DELE'),
    ('MISC', 'RNFR RNTO TYPE SITE_HELP NOOP EPSV XYZZY'),
    ('SEC', 'PBSZ'), ('EXIT', 'EXIT'), ('NONE', ''), ('SFTP,SSH', ''),
    ('READ,WRITE', 'RETR MKD STOR RNFR RNTO DELE'),
    ('ALL,!WRITE,!MISC', 'USER PASS PWD SIZE SYST CWD LIST RETR PBSZ QUIT'),
    ('ALL,EXIT,!AUTH,!INFO,!DIRS,!MISC,!WRITE', 'RETR PBSZ EXIT'),
])
def test_classes(ftpd, place, classes, expected):
    place.file('f', b'12345')
    s = ftpd(f'LogFormat m "%m"\nExtendedLog {{dir}}/ext {classes} m')
    c = s.login()
    for line in ('PWD', 'CWD .', 'MKD d', 'SYST', 'SIZE f', 'NOOP', 'MDTM f', 'SITE HELP',
                 'XYZZY x', 'PBSZ 0'):
        c.cmd(line)
    c.cmd('TYPE I')
    c.fetch('LIST', 'epsv')
    c.fetch('RETR f', 'epsv')
    c.store('STOR g', b'x', 'epsv')
    for line in ('RNFR g', 'RNTO h', 'DELE h'):
        c.cmd(line)
    said = {line.replace(' ', '_') for line in done(s, c)}
    assert said >= set(expected.split())
    if classes not in ('ALL,!WRITE,!MISC',):
        assert said == set(expected.split())
    assert ('EXIT' in said) == ('EXIT' in classes)


FORMAT = '|'.join(('%m', '%s', '%b', '%d', '%D', '%f', '%F', '%{basename}', '%w',
                   '%{transfer-status}', '%{transfer-type}', '%{file-modified}', '%{file-size}',
                   '%{file-offset}', '%J'))


def test_variables_of_commands(ftpd, place):
    place.file('f', b'12345')
    s = ftpd(f'DefaultRoot ~\nAllowOverwrite on\nAllowStoreRestart on\nLogFormat x "{FORMAT}"\n'
             'ExtendedLog {dir}/ext ALL x')
    home = place.home()
    c = s.login()
    c.cmd('TYPE I')
    c.cmd('MKD d')
    c.cmd('CWD d')
    c.cmd('CDUP')
    c.fetch('RETR f', rest=2)
    c.store('STOR new', b'123')
    c.store('STOR new', b'1234')
    c.store('APPE new', b'56')
    c.cmd('RNFR new')
    c.cmd('RNTO d/moved')
    c.fetch('RETR nothing')
    c.cmd('SITE CHMOD 600 f')
    c.cmd('DELE d/moved')
    said = {}
    for line in done(s, c):
        said.setdefault(line.split('|')[0], []).append(line.split('|', 1)[1])
    assert said['MKD'] == [f'257|-|d|{home}/d|{home}/d|/d|d|-|-|-|false|-|-|d']
    assert said['CWD'] == [f'250|-|d|{home}/d|{home}/d|/d|d|-|-|-|false|-|-|d']
    assert said['CDUP'] == [f'250|-|/|{home}|{home}|/|/|-|-|-|false|-|-|-']
    assert said['RETR'] == [f'226|3|-|-|{home}/f|/f|f|-|success|binary|false|5|2|f',
                            f'550|-|-|-|{home}/nothing|/nothing|nothing|-|failed|binary|false|-|-|'
                            'nothing']
    assert said['STOR'] == [f'226|3|-|-|{home}/new|/new|new|-|success|binary|false|3|0|new',
                            f'226|4|-|-|{home}/new|/new|new|-|success|binary|true|4|0|new']
    assert said['APPE'] == [f'226|2|-|-|{home}/new|/new|new|-|success|binary|true|6|4|new']
    assert said['RNTO'] == [f'250|-|-|-|{home}/d/moved|/d/moved|moved|/new|-|-|false|-|-|d/moved']
    assert said['SITE CHMOD'] == [f'200|-|-|-|{home}/f|/f|f|-|-|-|false|-|-|600 f']
    assert said['DELE'] == [f'250|-|-|-|{home}/d/moved|/d/moved|moved|-|-|-|false|-|-|d/moved']


def test_variables_of_sessions(ftpd, place):
    s = ftpd('UseReverseDNS off\nServerName "my site"\nSetEnv COLOUR blue\n<Class near>\n'
             'From 127.0.0.0/8\n</Class>\n'
             'LogFormat x "%a|%c|%g|%{gid}|%h|%L|%p|%P|%{protocol}|%{remote-port}|%u|%U|%{uid}|%v|'
             '%{COLOUR}e|%{NOTHING}e|%A|%l|%%|%{version}|%{note:x}|%{%Y}t|%{epoch}|%{iso8601}"\n'
             'ExtendedLog {dir}/ext ALL x')
    c = s.login()
    port = c.sock.getsockname()[1]
    first, *_, last = done(s, c)
    monitor = s.spawned[-1].pid
    assert re.fullmatch(r'127\.0\.0\.1\|near\|-\|-\|127\.0\.0\.1\|127\.0\.0\.1\|'
                        rf'{s.port}\|{monitor}\|ftp\|{port}\|'
                        r'-\|alice\|-\|my site\|blue\|-\|UNKNOWN\|UNKNOWN\|%\|[\d.]+\|-\|'
                        r'\d{4}\|\d{10}\|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}', first), first
    group = os.stat(place.home()).st_gid
    assert re.search(rf'\|near\|\w+\|{group}\|.*\|alice\|alice\|{os.stat(place.home()).st_uid}\|',
                     last), last


def test_json(ftpd, place):
    place.file('f', b'12345')
    s = ftpd('DefaultRoot ~\nServerName site\nExtendedLog {dir}/ext ALL,EXIT json')
    c = s.login()
    c.get('f')
    c.store('STOR "x"', b'12')
    c.send(b'SIZE bad\x9b\x1b\r\n')
    c.reply()
    said = [json.loads(line) for line in done(s, c)]
    assert [e['verb'] for e in said][:2] == ['USER', 'PASS'] and said[-1]['verb'] == 'EXIT'
    for e in said:
        assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z', e['time'])
        assert e['pid'] == s.spawned[-1].pid and e['peer'] == '127.0.0.1' and e['server'] == 'site'
        assert list(e)[:12] == ['time', 'pid', 'server', 'peer', 'user', 'verb', 'argument',
                                'path', 'code', 'bytes', 'seconds', 'status']
    got = {e['verb']: e for e in said}
    assert got['USER']['user'] is None and got['PASS']['argument'] == '(hidden)'
    assert got['RETR']['bytes'] == 5 and got['RETR']['code'] == 226
    assert got['RETR']['path'] == f'{place.home()}/f' and got['RETR']['status'] == 'success'
    assert got['STOR']['argument'] == '"x"'
    assert got['SIZE']['argument'] == 'bad\x9b\x1b'
    end = got['EXIT']
    assert (end['files_in'], end['bytes_in'], end['files_out'], end['bytes_out']) == (1, 2, 1, 5)
    assert end['reason'] == 'QUIT' and end['user'] == 'alice' and end['code'] is None


def test_attack_90_one_escaped_line(ftpd):
    s = ftpd('LogFormat x "%r|%U|%S"\nExtendedLog {dir}/ext ALL x\nExtendedLog {dir}/j ALL json\n'
             'MaxLoginAttempts none')
    c = s.connect()
    names = [b'x\x1b[2J', b'\x9b31m', b'\xff\xff\xfe', b'u' * 3000, b'a\tb', b'x\x85y', b'a\\nb',
             'x\u2028y'.encode(), b'%s%n%m']
    for name in names:
        c.send(b'USER ' + name + b'\r\n')
        c.reply()
        c.cmd('PASS x')
    assert len(done(s, c)) == 2 * len(names) + 1
    raw = (s.dir / 'ext').read_bytes() + (s.dir / 'j').read_bytes()
    assert not re.search(rb'[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]', raw)
    assert b'USER x\\x1B[2J|' in raw
    for line in lines(s, 'j'):
        json.loads(line)


def test_exit_line(ftpd, place):
    s = ftpd('LogFormat x "%m|%r|%s|%E|%u"\nExtendedLog {dir}/ext EXIT x\nTimeoutIdle 3')
    s.login().last_words()
    s.exit_status()
    s.connect().quit()
    s.exit_status()
    idle, quit_ = lines(s)
    assert re.fullmatch(r'EXIT\|EXIT\|-\|.*[Ii]dle.*\|alice', idle)
    assert quit_ == 'EXIT|EXIT|-|QUIT|-'


def test_several_logs_and_syslog(ftpd, place):
    s = ftpd('LogFormat m "%m %s"\nExtendedLog {dir}/a AUTH m\nExtendedLog {dir}/b MISC m\n'
             'ExtendedLog syslog:info INFO m\nExtendedLog {dir}/a EXIT m', syslog=True)
    c = s.login()
    c.cmd('NOOP')
    c.cmd('SYST')
    c.quit()
    s.exit_status()
    assert lines(s, 'a') == ['USER 331', 'PASS 230', 'EXIT -']
    assert lines(s, 'b') == ['NOOP 200']
    facility, level, text = s.ns.log.wait('SYST 215')
    assert level == 'info' and re.search(rf'in\.ftpd\[{s.spawned[-1].pid}\]: 127\.0\.0\.1 ', text)


def test_nothing_is_opened_by_a_session(ftpd, place):
    s = ftpd('UseReverseDNS off\nExtendedLog {dir}/ext ALL')
    s.connect()
    until(lambda: (s.dir / 'ext').exists())

    def holders():
        return [pid for pid in [s.monitor] + s.children()
                if any(what.endswith('/ext') for what in open_files(pid).values())]
    assert holders() == [s.monitor]
    c = s.clients[-1]
    c.login()
    session = s.session()                # once it is alone: what asked for the password is gone
    c.cmd('NOOP')
    assert session not in holders() and holders() == [s.monitor]


def test_anonymous_has_its_own(ftpd, place):
    s = ftpd('LogFormat m "%m %u %A"\nExtendedLog {dir}/ext AUTH,MISC m\n<Anonymous {anon}>\n'
             'User username\nGroup usergroup\nUserAlias anonymous username\nRequireValidShell off\n'
             'ExtendedLog {dir}/anon MISC m\nExtendedLog {dir}/ext NONE\n</Anonymous>')
    c = s.connect()
    assert c.login('anonymous', 'me@there') == 230
    c.cmd('NOOP')
    done(s, c)
    assert lines(s) == ['USER - UNKNOWN']
    assert lines(s, 'anon') == ['NOOP username me@there']
    c = s.login()
    c.cmd('NOOP')
    c.quit()
    s.exit_status()
    assert lines(s)[1:] == ['USER - UNKNOWN', 'PASS alice UNKNOWN', 'NOOP alice UNKNOWN']
    assert len(lines(s, 'anon')) == 1


def test_aborted_and_stalled_transfers(ftpd, place):
    place.file('big', b'x' * (32 << 20))
    conf = ('LogFormat x "%m|%{transfer-status}|%{transfer-failure}"\n'
            'ExtendedLog {dir}/ext READ x\n')
    s = ftpd(conf)
    c = s.login()
    c.cmd('TYPE I')
    data = c.connect(c.pasv())
    c.put('RETR big')
    assert c.reply() == 150
    c.put('ABOR')
    assert c.reply() == 426
    data.close()
    c.reply()
    assert lines(s, count=1) == ['RETR|cancelled|Transfer aborted.']
    s.configure(conf + 'TimeoutStalled 1\n')
    c = s.login()
    c.cmd('TYPE I')
    reply, data = c.open('RETR big')
    assert [int(r) for r in c.last_words()] == [426, 421]
    data.close()
    assert lines(s, count=2)[1:] == ['RETR|timeout|Data transfer stalled; transfer aborted.']


def test_faq_5_5a_transfer_status_follows_the_name(ftpd, place):
    """Whoever acts on a line that says success finds the whole file under its name."""
    s = ftpd('HiddenStores on\nAllowOverwrite on\nLogFormat x "%m %s %{transfer-status} %f"\n'
             'ExtendedLog {dir}/ext WRITE x')
    content = b'y' * 300000
    seen, over = [], threading.Event()

    def poll():
        while not over.wait(0.001):
            for line in lines(s)[len(seen):]:
                verb, code, status, path = line.split(' ')
                size = os.stat(path).st_size if status == 'success' else None
                seen.append((status, size))

    poller = threading.Thread(target=poll)
    poller.start()
    try:
        c = s.login()
        c.cmd('TYPE I')
        for i in range(100):
            assert c.store(f'STOR n{i}', content) == 226
        until(lambda: len(seen) >= 100)
    finally:
        over.set()
        poller.join()
    assert seen == [('success', len(content))] * 100


def test_host_changes_the_logs(ftpd):
    one = """ServerName one
LogFormat m "%v %m %J"
ExtendedLog {dir}/one ALL,EXIT m
<VirtualHost 127.0.0.1>
ServerName two
ServerAlias two.example
AuthUserFile {passwd}
AuthOrder mod_auth_file.c
AuthPAM off
TransferLog none
ExtendedLog {dir}/two ALL,EXIT m
</VirtualHost>
DefaultAddress 127.0.0.1
"""
    s = ftpd(one)
    c = s.connect()
    assert c.cmd('HOST two.example') == 220
    c.login()
    done(s, c)
    assert lines(s, 'one') == ['one HOST two.example']
    assert lines(s, 'two') == ['two USER alice', 'two PASS (hidden)', 'two QUIT -', 'two EXIT -']


@pytest.mark.parametrize('directive', ['ServerLog {dir}/l/own', 'ExtendedLog {dir}/l/own AUTH',
                                       'SystemLog {dir}/l/own', 'TransferLog {dir}/l/own'])
@pytest.mark.parametrize('allow', [False, True])
def test_links_to_logs(ftpd, place, directive, allow):
    victim = place.write('victim', '')
    (place.dir / 'l').mkdir()
    (place.dir / 'l/own').symlink_to(victim)
    place.file('f', b'x')
    s = ftpd(directive + ('\nAllowLogSymlinks on' if allow else '') + '\nSyslogLevel info',
             syslog=True)
    c = s.login()
    c.get('f')
    c.quit()
    s.exit_status()
    assert bool(victim.read_text()) == allow
    if not allow:
        assert s.ns.log.find(directive.split()[0] + '.*symbolic link')


def test_a_link_into_a_directory_of_everybody(ftpd, place):
    (place.dir / 'open').mkdir()
    (place.dir / 'open').chmod(0o777)
    place.write('open/victim', '')
    (place.dir / 'ext').symlink_to(place.dir / 'open/victim')
    s = ftpd('AllowLogSymlinks on\nExtendedLog {dir}/ext', syslog=True)
    s.login().quit()
    s.exit_status()
    assert s.ns.log.find('ExtendedLog.*written by everybody')
    assert (place.dir / 'open/victim').read_text() == ''


def test_serverlog_and_its_prefix(ftpd):
    host = socket.gethostname()
    when = r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d '
    for options, pattern in (('', rf'{when}{re.escape(host)} in\.ftpd\[PID\]: my site 127'),
                             ('LogOptions -Hostname', r'%sin\.ftpd\[PID\]: my site 127' % when),
                             ('LogOptions -Hostname -VirtualHost +Timestamp',
                              r'%sin\.ftpd\[PID\]: 127' % when),
                             ('LogOptions -Hostname -VirtualHost -Timestamp',
                              r'in\.ftpd\[PID\]: 127')):
        s = ftpd(f'ServerName "my site"\nServerLog {{dir}}/own\nSyslogLevel info\n{options}')
        s.login().quit()
        s.exit_status()
        said = (s.dir / 'own').read_text().splitlines()
        assert said and all(re.match(pattern.replace('PID', str(s.spawned[-1].pid)), l)
                            for l in said), said
        assert s.log() == ''
        (s.dir / 'own').unlink()


@pytest.mark.parametrize('conf,said', [
    ('LogFormat x "%y"', 'LogFormat: %y: no such variable'),
    ('LogFormat x "a %{foo} b"', 'LogFormat: %{foo}: no such variable'),
    ('LogFormat x "%{foo"', 'LogFormat: %{foo: no such variable'),
    ('LogFormat x "%"', 'LogFormat: %: no such variable'),
    ('LogFormat x "%m %{transfer-statu}"',
     'LogFormat: %{transfer-statu}: no such variable; did you mean %{transfer-status}?'),
    ('LogFormat x "%{a}"', 'LogFormat: %{a}: no such variable; did you mean %a?'),
    ('LogFormat x', 'LogFormat: takes 2 values, not 1'),
    ('ExtendedLog /var/log/x ALL nothing',
     'ExtendedLog: nothing: there is no LogFormat of this name'),
    ('ExtendedLog /var/log/x READ,FOO', 'ExtendedLog: FOO: no class of commands'),
    ('ExtendedLog /var/log/x ,', 'ExtendedLog: ,: no class of commands'),
    ('ExtendedLog relative', 'ExtendedLog: relative: an absolute path or syslog:level is expected'),
    ('ExtendedLog syslog:loud', 'ExtendedLog: loud: no level of syslog'),
    ('LogOptions +Colour', 'LogOptions: +Colour: no such option'),
    ('AllowLogSymlinks perhaps', 'AllowLogSymlinks: perhaps: on or off is expected'),
    ('ServerLog relative', 'ServerLog: relative: none or an absolute path is expected'),
])
def test_mistakes_have_their_line(ftpd, place, conf, said):
    s = ftpd('# first\n' + conf)
    c = s.connect(greet=False)
    assert c.greet() == 421
    assert s.exit_status() == 1
    told = subprocess.run([str(s.binary), '-t', '-c', str(s.conf_path)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    assert told.returncode == 1
    assert f'{s.conf_path}:2: {said}' in told.stderr


def test_effective_configuration_has_the_formats(ftpd):
    """-T of a server that is not the main one: the formats are the main one's; it parses back."""
    s = ftpd('LogFormat x "%m %{transfer-status}"\nDefaultAddress 127.0.0.2\n'
             '<VirtualHost 127.0.0.1>\nServerName two\nExtendedLog {dir}/ext AUTH x\n'
             'LogOptions -Hostname\n</VirtualHost>')
    printed = subprocess.run([str(s.binary), '-T', '-C', 'addr=127.0.0.9,laddr=127.0.0.1,port=21',
                              '-c', str(s.conf_path)], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True)
    text = re.sub(r' # .*', '', printed.stdout)
    assert 'ExtendedLog' in text and 'LogFormat x "%m %{transfer-status}"' in text, printed
    assert 'LogOptions -Hostname' in text
    again = s.conf_path.with_suffix('.again')
    again.write_text(text)
    again.chmod(0o644)
    told = subprocess.run([str(s.binary), '-t', '-c', str(again)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


def test_no_line_where_the_session_is_refused_before_it_begins(ftpd):
    s = ftpd('ExtendedLog {dir}/ext ALL,EXIT json\n<Limit LOGIN>\nDenyAll\n</Limit>')
    assert s.connect(greet=False).greet() == 421
    s.exit_status()
    assert lines(s) == []


def test_nothing_is_sent_where_nothing_is_wanted(ftpd, place):
    """A record out of nowhere costs nothing: no file, no line."""
    s = ftpd('ExtendedLog {dir}/ext NONE')
    c = s.login()
    c.cmd('NOOP')
    done(s, c)
    assert not (s.dir / 'ext').exists()
