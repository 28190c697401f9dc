"""hosts.allow and hosts.deny: honoured at connect, costing nothing while they are empty."""

import os
import subprocess
import time

from harness import maps, open_files, processes, status, uid_of, until


def hosts(allow='', deny=''):
    return {'hosts.allow': allow, 'hosts.deny': deny}


def test_faq_4_10b_hosts_deny(ftpd, place):
    s = ftpd(etc=hosts(deny='in.ftpd: ALL\n'))
    c = s.connect(greet=False)
    assert c.reply() == 421 and c.at_end()
    assert s.exit_status() == 0
    s.log_wait('127.0.0.1|hosts')
    s = ftpd(etc=hosts(deny='in.ftpd: 10.\n'))
    assert s.login().cmd('NOOP') == 200
    place.write('deny', 'ALL: ALL\n')
    place.write('none', '')
    s = ftpd('TCPAccessFiles {dir}/none {dir}/deny', etc=hosts())
    c = s.connect()
    assert c.login() == 530
    s.log_wait('refused|denied')
    c.quit()
    assert s.exit_status() == 0
    place.write('allow', 'ALL: 127.0.0.1\n')
    assert ftpd('TCPAccessFiles {dir}/allow {dir}/deny', etc=hosts()).connect().login() == 230


def test_allow_before_deny(ftpd):
    assert ftpd(etc=hosts('in.ftpd: 127.0.0.1\n', 'ALL: ALL\n')).connect()


def test_faq_4_9d_the_name_is_argv0s(ftpd):
    etc = hosts(deny='my-ftpd: ALL\n')
    s = ftpd(etc=etc, argv0='/usr/sbin/my-ftpd')
    assert s.connect(greet=False).reply() == 421
    assert ftpd(etc=etc).connect()
    assert ftpd(etc=hosts(deny='in.ftpd: ALL\n'), argv0='/opt/x/in.ftpd') \
        .connect(greet=False).reply() == 421


def test_options_language(ftpd, place):
    # what libwrap runs is nobody's, far from the sessions
    (place.dir / 'open').mkdir()
    (place.dir / 'open').chmod(0o777)
    mark = place.dir / 'open/mark'
    deny = f'in.ftpd: ALL: spawn (touch {mark}) &: deny\n'
    s = ftpd(etc=hosts(deny))
    assert s.connect(greet=False).reply() == 421
    until(mark.exists)
    s = ftpd(etc=hosts('in.ftpd: ALL: twist /bin/echo hello\n'))
    c = s.connect(greet=False)
    assert c.reply() == 421 and c.at_end()
    s.log_wait('twist')
    assert ftpd(etc=hosts('in.ftpd: ALL: allow\n', 'ALL: ALL\n')).connect()


def test_a_banner_option_writes_nothing_raw(ftpd, place):
    (place.dir / 'banners').mkdir()
    place.write('banners/in.ftpd', 'a raw line\n')
    s = ftpd(etc=hosts(f'in.ftpd: ALL: banners {place.dir}/banners: deny\n'), stderr='socket')
    c = s.connect(greet=False)
    assert c.reply() == 421 and c.at_end()


def test_attack_58_a_v4_mapped_peer(ftpd):
    s = ftpd(etc=hosts(deny='in.ftpd: 127.0.0.1\n'), mapped=True)
    assert s.connect(greet=False).reply() == 421


def test_ipv6_rules(ftpd):
    s = ftpd(etc=hosts(deny='in.ftpd: [::1]\n'), host='::1')
    assert s.connect(greet=False).reply() == 421
    assert ftpd(etc=hosts(deny='in.ftpd: [2001:db8::]/32\n'), host='::1').connect()


def test_libwrap_is_loaded_only_for_rules(ftpd):
    for etc, loaded in ((hosts('# a comment\n\n', '#\n'), False),):
        s = ftpd(etc=etc)
        s.connect()
        for pid in s.processes():
            assert ('libwrap' in maps(pid)) == loaded


def test_rules_in_no_disposable_process_stay(ftpd):
    s = ftpd(etc=hosts(deny='in.ftpd: 10.\n'))
    s.connect()
    s.processes()


def test_syntax_errors_are_no_open_door(ftpd):
    s = ftpd(etc=hosts('garbage without colon\n', 'ALL: ALL\n'))
    assert s.connect(greet=False).reply() == 421


def test_both_names_of_the_service(ftpd, place):
    # Files written for proftpd's service name keep working.
    place.write('none', '')
    place.write('deny', 'proftpd: ALL\n')
    conf = 'TCPAccessFiles {dir}/none {dir}/deny'
    assert ftpd(conf, etc=hosts()).connect().login() == 530
    place.write('deny', 'special: ALL\n')
    assert ftpd(conf, etc=hosts()).connect().login() == 230
    assert ftpd(conf + '\nTCPServiceName special', etc=hosts()).connect().login() == 530


def test_the_process_that_reads_a_users_table(ftpd, place):
    # It is the user's own, holds nothing but the client, may not be looked into, and ends.
    for name in ('allow', 'deny'):
        os.mkfifo(place.home() / name)
        os.chown(place.home() / name, uid_of('alice'), 61100)
    s = ftpd('TCPAccessFiles ~/allow ~/deny', etc=hosts())
    c = s.connect()
    assert c.cmd('USER alice') == 331
    c.put('PASS pw')
    began = time.monotonic()
    reader = until(lambda: [p for p in processes(s.monitor)
                            if (status(p) or {}).get('Uid', '').split()[:1]
                            == [str(uid_of('alice'))]])
    look = subprocess.run(['cat', f'/proc/{reader[0]}/environ'], capture_output=True,
                          preexec_fn=lambda: os.setuid(uid_of('alice')))
    assert look.returncode != 0
    # a sanitizer's reports have a file of their own
    files = [f for f in open_files(reader[0]).values()
             if f not in ('/dev/null', str(s.stderr_path))]
    assert len(files) <= 2 and all(f.startswith(('socket:', 'pipe:')) for f in files), files
    assert c.reply() == 530
    assert time.monotonic() - began < 20
    until(lambda: status(reader[0]) is None)


def test_tcpaccesssysloglevels(ftpd, place):
    place.write('none', '')
    place.write('deny', 'ALL: ALL\n')
    s = ftpd('TCPAccessFiles {dir}/none {dir}/deny\nTCPAccessSyslogLevels debug crit', etc=hosts(),
             syslog=True)
    assert s.connect().login() == 530
    until(lambda: [l for l in s.ns.log.lines if l[1] == 'crit'])
