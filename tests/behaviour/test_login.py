"""USER, PASS, and every way to be refused."""

import os
import re
import time

import pytest

from harness import HASH, status, uid_of


def test_right_password(ftpd):
    s = ftpd()
    c = s.connect()
    assert c.cmd('USER alice') == 331
    assert c.cmd('PASS pw') == 230
    assert c.cmd('PWD').text.startswith(f'"{s.place.home()}"')
    assert c.quit() == 221
    assert s.exit_status() == 0


def test_faq_5_15d_a_failure_is_530(ftpd):
    s = ftpd()
    c = s.connect()
    assert c.login('alice', 'wrong') == 530
    assert c.login('nobody-there', 'pw') == 530
    assert c.login('alice', 'pw') == 230


def test_words_do_not_tell_who_exists(ftpd):
    s = ftpd('MaxLoginAttempts none', etc={'ftpusers': 'bob\n'})
    c = s.connect()
    prompts, verdicts = set(), set()
    for user in ('alice', 'bob', 'root', 'nobody-there', 'x' * 200):
        prompt = c.cmd(f'USER {user}')
        assert prompt == 331
        prompts.add(prompt.raw.replace(user.encode(), b'NAME'))
        verdicts.add(c.cmd('PASS wrong').raw.replace(user.encode(), b'NAME'))
    assert len(prompts) == 1 and len(verdicts) == 1, (prompts, verdicts)


def test_attack_46_time_does_not_tell_who_exists(ftpd, place):
    # A hash that takes long, one that is locked, and a name that nobody has.
    place.passwd.write_text(place.passwd.read_text().replace('rounds=1000', 'rounds=100000', 1) +
                            f'locked:!{HASH}:61001:61100::{place.home()}:/bin/sh\n')
    s = ftpd()

    def took(user):
        times = []
        for _ in range(5):
            c = s.connect()
            c.cmd(f'USER {user}')
            began = time.monotonic()
            assert c.cmd('PASS wrong') == 530
            times.append(time.monotonic() - began)
        return min(times)

    # Each refusal is held back for longer than any of the hashes takes, so that none shows.
    times = [took(user) for user in ('alice', 'bob', 'locked', 'nobody-there')]
    assert min(times) > 0.248, times


def test_password_first(ftpd):
    assert ftpd().connect().cmd('PASS pw') == 503


def test_attack_57_user_and_pass_after_login(ftpd):
    s = ftpd()
    c = s.login()
    assert c.cmd('USER alice') == 230
    assert c.cmd('USER bob') == 503
    assert c.cmd('PASS pw') == 503
    assert c.cmd('REIN') == 502
    assert c.cmd('PWD').text.startswith(f'"{s.place.home()}"')


def test_second_user_starts_again(ftpd):
    c = ftpd().connect()
    assert c.cmd('USER nobody-there') == 331
    assert c.cmd('USER alice') == 331
    assert c.cmd('PASS pw') == 230


@pytest.mark.parametrize('attempts', [1, 3])
def test_max_login_attempts(ftpd, attempts):
    s = ftpd(f'MaxLoginAttempts {attempts}')
    c = s.connect()
    for _ in range(attempts):
        assert c.login('alice', 'wrong') == 530
    assert c.at_end()
    assert s.exit_status() == 0


def test_timeout_login(ftpd):
    s = ftpd('TimeoutLogin 3')
    began = time.monotonic()
    c = s.connect()
    reply = c.reply()                   # which is awaited for 20 s
    assert reply == 421 and c.at_end()
    assert time.monotonic() - began > 2.9
    s.log_wait('timeout|timed out')


def test_timeout_login_is_not_kept_alive(ftpd):
    c = ftpd('TimeoutLogin 3').connect()
    began = time.monotonic()
    while True:
        c.put('NOOP')
        reply = c.reply()
        if reply != 200:
            break
        time.sleep(0.05)
        assert time.monotonic() - began < 30
    assert reply == 421


def test_attack_26_long_names_and_passwords(ftpd):
    s = ftpd()
    for n in (128, 129, 255, 256, 257, 512, 513, 1024, 1025, 4000):
        c = s.connect()
        assert c.cmd('USER ' + 'u' * n) in (331, 500, 501, 530)
        assert c.login('alice', 'p' * n) in (500, 501, 530)
    assert c.cmd('PASS ' + 'p' * 10000) == 500
    assert c.login() == 230


def test_max_password_size(ftpd):
    s = ftpd('MaxPasswordSize 1')
    assert s.connect().login() == 530


def test_attack_18_nul_in_a_name(ftpd):
    s = ftpd()
    c = s.connect()
    c.send(b'USER alice\0x\r\n')
    assert c.reply() == 501
    c.send(b'USER alice\r\nPASS pw\0\r\n')
    assert c.reply() == 331
    assert c.reply() == 501
    assert c.login() == 230


@pytest.mark.parametrize('field', ['!', '*', 'x', '!!', '!' + HASH, '$99$abc$def', HASH[:20], '$5$',
                                   '*0', '*1', 'x' * 5000])
def test_attack_49_odd_password_fields(ftpd, place, field):
    place.passwd.write_text(f'odd:{field}:61001:61100::{place.home()}:/bin/sh\n')
    c = ftpd('AllowEmptyPasswords on').connect()
    for password in ('', field, 'pw'):
        assert c.login('odd', password) in (530, 500)


def test_empty_password(ftpd, place):
    place.passwd.write_text(f'empty::61001:61100::{place.home()}:/bin/sh\n')
    assert ftpd().connect().login('empty', '') == 230
    assert ftpd('AllowEmptyPasswords off').connect().login('empty', '') in (501, 530)


def test_faq_5_15c_one_auth_line_for_each_refusal(ftpd, place):
    place.passwd.write_text(place.passwd.read_text() +
                            f'noshell:{HASH}:61001:61100::{place.home()}:/no/such/shell\n')
    s = ftpd('MaxLoginAttempts none', syslog=True, etc={'ftpusers': 'bob\n'})
    c = s.connect()
    for user, password in (('alice', 'wrong'), ('Nobody There', 'pw'), ('bob', 'pw'),
                           ('root', 'pw'), ('noshell', 'pw')):
        assert c.login(user, password) == 530
        shown = user.replace(' ', '_')
        s.ns.log.wait(re.escape(shown))
        lines = [l for l in s.ns.log.lines if l[0] == 'authpriv' and shown in l[2]]
        assert len(lines) == 1, lines
        assert '127.0.0.1' in lines[0][2]


def test_passwords_are_never_logged(ftpd):
    s = ftpd('DebugLevel 10')
    c = s.connect()
    c.login('alice', 'sesame-street')
    c.login('sesame-user', 'sesame-street')
    c.login()
    c.quit()
    s.exit_status()
    assert 'sesame-street' not in s.log()
    assert 'sesame-user' in s.log()


def test_refusals_are_told_by_accessdenymsg(ftpd):
    s = ftpd('AccessDenyMsg "No way in for %u."')
    reply = s.connect().login('alice', 'wrong')
    assert reply == 530 and reply.text == 'No way in for alice.'


def test_faq_6_7_accessgrantmsg(ftpd, place):
    anonymous = '<Anonymous {anon}>\nUser ftp\nGroup ftp\n</Anonymous>'
    s = ftpd('AccessGrantMsg "Guest access granted for %u."\n' + anonymous)
    assert s.connect().login().text == 'Guest access granted for alice.'
    assert s.connect().login('ftp', 'a@b').text == 'Guest access granted for ftp.'
    own = anonymous.replace('</A', 'AccessGrantMsg "Hello %u"\n</A')
    s = ftpd('AccessGrantMsg "Guest access granted for %u."\n' + own)
    assert s.connect().login('ftp', 'a@b').text == 'Hello ftp'


def test_groups_of_the_user_and_no_others(ftpd):
    # CVE-2024-48651: what the parent had must not stay.
    s = ftpd(preexec=lambda: os.setgroups([0, 4, 42]))
    c = s.login('carol')
    assert set(status(s.session())['Groups'].split()) == {'61100', '61102'}
    c = s.login('username')
    assert set(status(s.session())['Groups'].split()) <= {'61103'}


def test_home_of_another(ftpd, place):
    # The home is entered with the user's own rights.
    place.home().chmod(0o700)
    os.chown(place.home(), uid_of('bob'), 61100)
    s = ftpd()
    reply = s.connect().login()
    assert reply == 530, reply
    s.log_wait(re.escape(str(place.home())))


def test_missing_home(ftpd, place):
    place.home().rmdir()
    s = ftpd()
    assert s.connect().login() == 530
    s.log_wait('home')


def test_faq_4_29a_an_account_in_300_groups(ftpd, place):
    place.group.write_text(''.join(f'g{n}:x:{70000 + n}:alice\n' for n in range(300)))
    place.write('home/alice/shared', 'x', 0o040)
    os.chown(place.home() / 'shared', 0, 70299)
    s = ftpd('<Limit LOGIN>\nAllowGroup g299\nDenyAll\n</Limit>\n'
             '<Limit DELE>\nDenyGroup g150\n</Limit>\n<IfGroup g298>\nUmask 077\n</IfGroup>')
    c = s.login()
    assert len(status(s.session())['Groups'].split()) in (300, 301)
    assert c.get('shared') == b'x'
    assert c.cmd('DELE shared') == 550
    assert c.cmd('MKD new') == 257
    assert (place.home() / 'new').stat().st_mode & 0o777 == 0o700
    assert s.connect().login('bob') == 530


def test_useralias(ftpd):
    s = ftpd('UserAlias * bob\nUserAlias al alice\nUserAlias chain al')
    for name, user in (('al', 'alice'), ('anything', 'bob')):
        assert s.connect().login(name) == 230
        assert status(s.session())['Uid'].split()[0] == str(uid_of(user))
    assert ftpd('UserAlias chain al\nUserAlias al alice').connect().login('chain') == 530


def test_wtmp(ftpd, place):
    wtmp = place.write('wtmp', '')
    s = ftpd('WtmpLog on', etc={},
             mounts='mount -t tmpfs none /var/log; touch /var/log/wtmp; '
                    f'mount --bind {wtmp} /var/log/wtmp')
    s.login().quit()
    s.exit_status()
    records = wtmp.read_bytes()
    assert len(records) == 2 * 384
    assert f'ftpd{s.monitor}'.encode() in records[:384] and b'alice' in records[:384]
    assert b'alice' not in records[384:]
