"""PAM with accounts of its own, laid over /etc."""

import os
import re
import subprocess
import time

import pytest

import harness
from harness import HASH

PASSWD = 'PASSWD'
YEAR_2000 = 10957
TODAY = int(time.time() // 86400)


@pytest.fixture
def accounts(place):
    """passwd, shadow and PAM of the test's own: real accounts that the server alone sees."""
    passwd = ('root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n'
              'daemon:x:1:1::/:/usr/sbin/nologin\n')
    shadow = 'root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n'
    people = {
        # name: (uid, hash, rest of the shadow line)
        'anna': (62001, HASH, '19000:0:99999:7:::'),
        'expired': (62002, HASH, f'19000:0:99999:7::{YEAR_2000}:'),
        'aged': (62003, HASH, f'{YEAR_2000}:0:30:7:5::'),
        'locked': (62004, '!' + HASH, '19000:0:99999:7:::'),
        'starred': (62005, '*', '19000:0:99999:7:::'),
    }
    for name, (uid, hashed, rest) in people.items():
        home = place.home_dir / name
        home.mkdir()
        os.chown(home, uid, 62000)
        passwd += f'{name}:x:{uid}:62000::{home}:/bin/sh\n'
        shadow += f'{name}:{hashed}:{rest}\n'
    return {
        'passwd': passwd, 'shadow': (shadow, 0o600),
        'group': 'root:x:0:\nnogroup:x:65534:\npeople:x:62000:\nextra:x:62100:anna\n',
        'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n',
        'pam.d/ftp': 'auth required pam_unix.so nodelay\naccount required pam_unix.so\n'
                     'session required pam_unix.so\n',
        'pam.d/other': 'auth required pam_deny.so\naccount required pam_deny.so\n'
                       'session required pam_permit.so\n',
        'ftpusers': '', 'shells': '/bin/sh\n', 'nologin': None,
    }


CONF = 'SystemLog {log}\nTransferLog {xferlog}\nSyslogLevel debug\nWtmpLog off\n'


def start(ftpd, etc, conf='', **how):
    return ftpd(conf + '\n' + CONF, base=False, etc=etc, **how)


def test_what_pam_makes_is_not_for_everybody(ftpd, accounts, place):
    # A module's files, and those of what it runs as root, have no mode of our session's Umask.
    made = place.dir / 'made'
    script = place.write('make.sh', f'#!/bin/sh\ntouch {made}\n', 0o755)
    accounts['pam.d/ftp'] += f'session required pam_exec.so {script}\n'
    s = start(ftpd, accounts, 'Umask 000', preexec=lambda: os.umask(0))
    c = s.connect()
    assert c.login('anna') == 230
    assert made.stat().st_mode & 0o777 == 0o644
    assert c.store('STOR f', b'x') == 226
    assert (place.home_dir / 'anna/f').stat().st_mode & 0o777 == 0o666


def test_faq_7_1a_pam_first(ftpd, accounts, place):
    # pam_exec tells what the application set, and that account and session phases ran.
    told = place.dir / 'told'
    script = place.write('told.sh', f'#!/bin/sh\necho "$PAM_TYPE $PAM_SERVICE $PAM_USER $PAM_RHOST '
                         f'$PAM_TTY" >> {told}\n', 0o755)
    accounts['pam.d/ftp'] = ('auth required pam_unix.so nodelay\naccount required pam_unix.so\n'
                             f'account required pam_exec.so {script}\n'
                             f'session required pam_exec.so {script}\n')
    s = start(ftpd, accounts)
    c = s.connect()
    assert c.login('anna', 'pw') == 230
    assert c.quit() == 221
    s.exit_status()
    lines = told.read_text().splitlines()
    assert [l.split()[0] for l in lines] == ['account', 'open_session', 'close_session'], lines
    assert all(re.match(rf'\S+ ftp anna 127\.0\.0\.1 ftpd{s.monitor}', l) for l in lines), lines


def test_sessions_are_closed_when_the_client_vanishes(ftpd, accounts, place):
    told = place.dir / 'told'
    script = place.write('told.sh', f'#!/bin/sh\necho "$PAM_TYPE" >> {told}\n', 0o755)
    accounts['pam.d/ftp'] += f'session required pam_exec.so {script}\n'
    s = start(ftpd, accounts)
    c = s.connect()
    assert c.login('anna', 'pw') == 230
    c.reset()
    s.exit_status()
    assert told.read_text().split() == ['open_session', 'close_session']


@pytest.mark.parametrize('user', ['expired', 'aged', 'locked', 'starred', 'nobody', 'unknown'])
@pytest.mark.parametrize('pam', ['on', 'off'])
def test_faq_7_1b_expired_and_locked(ftpd, accounts, user, pam):
    s = start(ftpd, accounts, f'AuthPAM {pam}')
    c = s.connect()
    assert c.login(user, 'pw') == 530
    assert c.login('anna', 'wrong') == 530
    assert c.login('anna', 'pw') == 230


def test_faq_7_2a_names_come_from_the_system(ftpd, accounts):
    s = start(ftpd, accounts, 'AuthPAM off')
    c = s.connect()
    assert c.login('anna', 'pw') == 230
    state = harness.status(s.session())
    assert state['Uid'].split() == ['62001'] * 4
    assert state['Gid'].split() == ['62000'] * 4
    assert set(state['Groups'].split()) == {'62000', '62100'}
    assert any(' anna ' in l and ' people ' in l for l in
               (c.store('STOR f', b'x'), c.names('LIST'))[1])


def test_equal_replies(ftpd, accounts):
    s = start(ftpd, accounts, 'MaxLoginAttempts none')
    c = s.connect(timeout=40)
    prompts, verdicts = set(), set()
    for user in ('anna', 'unknown', 'expired', 'locked', 'root'):
        prompts.add(c.cmd(f'USER {user}').raw.replace(user.encode(), b'NAME'))
        verdicts.add(c.cmd('PASS wrong').raw.replace(user.encode(), b'NAME'))
    assert len(prompts) == 1 and len(verdicts) == 1, (prompts, verdicts)


def test_equal_times(ftpd, accounts):
    # pam_unix's own delay of 2 s falls on some names alone, were it not replaced.
    accounts['pam.d/ftp'] = accounts['pam.d/ftp'].replace(' nodelay', '')
    s = start(ftpd, accounts)

    def took(user):
        c = s.connect()
        c.cmd(f'USER {user}')
        began = time.monotonic()
        assert c.cmd('PASS wrong') == 530
        return time.monotonic() - began

    # a busy machine adds to any of them: what counts is the least
    times = dict.fromkeys(('anna', 'unknown', 'locked', 'expired'), 1000)
    for _ in range(30):
        times = {user: min(least, took(user)) for user, least in times.items()}
        if max(times.values()) - min(times.values()) < 0.1:
            return
    raise AssertionError(times)


def test_faq_7_5a_pam_listfile(ftpd, accounts):
    accounts['ftpusers'] = 'anna\n'
    accounts['pam.d/ftp'] = ('auth required pam_listfile.so item=user sense=deny '
                             'file=/etc/ftpusers onerr=succeed\n' + accounts['pam.d/ftp'])
    assert start(ftpd, accounts, 'UseFtpUsers off').connect().login('anna', 'pw') == 530


def test_faq_7_5b_other_stacks(ftpd, accounts):
    accounts['pam.d/ftp'] = ('auth sufficient pam_ftp.so\nauth required pam_unix.so nodelay\n'
                             'auth required pam_shells.so\naccount required pam_unix.so\n')
    s = start(ftpd, accounts)
    assert s.connect().login('anna', 'pw') == 230
    assert s.connect().login('anna', 'wrong') == 530


def test_faq_7_6_why_pam_refused(ftpd, accounts):
    accounts['pam.d/ftp'] = 'auth required pam_deny.so\naccount required pam_deny.so\n'
    s = start(ftpd, accounts)
    assert s.connect().login('anna', 'pw') == 530
    line = s.log_wait(r'PAM')
    assert 'ftp' in line and 'anna' in s.log()
    assert re.search(r'PAM[^\n]*(Authentication failure|denied)', s.log()), s.log()


def test_faq_7_1c_a_service_without_a_file(ftpd, accounts):
    accounts['pam.d/ftp'] = None
    accounts['pam.d/other'] = 'auth required pam_unix.so nodelay\naccount required pam_unix.so\n' \
        'session required pam_permit.so\n'
    s = start(ftpd, accounts)
    c = s.connect()
    assert c.login('anna', 'wrong') == 530
    assert c.login('anna', 'pw') == 230
    s.log_wait('PAM service ftp has no file')
    assert s.log().count('has no file') == 1        # once in a session
    accounts['pam.d/other'] = 'auth required pam_deny.so\naccount required pam_deny.so\n'
    assert start(ftpd, accounts).connect().login('anna', 'pw') == 530


def test_faq_7_5c_a_service_without_session_lines(ftpd, accounts):
    accounts['pam.d/ftp'] = 'auth required pam_unix.so nodelay\naccount required pam_unix.so\n'
    closed = 'auth required pam_deny.so\naccount required pam_deny.so\n'
    accounts['pam.d/other'] = closed
    s = start(ftpd, accounts)
    c = s.connect()
    assert c.login('anna', 'pw') == 230
    assert c.quit() == 221
    assert s.exit_status() == 0
    assert 'opens no session' not in s.log()
    # but Linux-PAM asks "other" where the service says nothing, and its word counts
    accounts['pam.d/other'] = closed + 'session required pam_deny.so\n'
    s = start(ftpd, accounts)
    assert s.connect().login('anna', 'pw') == 530
    s.log_wait('opens no session')


def test_faq_7_7a_a_user_whom_pam_does_not_know(ftpd, accounts):
    s = start(ftpd, accounts, 'AuthUserFile {passwd}\nAuthGroupFile {group}')
    assert s.connect().login('alice', 'pw') == 230
    assert s.connect().login('alice', 'wrong') == 530


@pytest.mark.parametrize('how', ['AuthOrder mod_auth_pam.c* mod_auth_file.c',
                                 'AuthPAMAuthoritative on'])
def test_faq_7_7b_an_authoritative_pam(ftpd, accounts, how):
    s = start(ftpd, accounts, 'AuthUserFile {passwd}\nAuthGroupFile {group}\n' + how)
    assert s.connect().login('alice', 'pw') == 530


def test_faq_7_12_pam_refuses_another_accepts(ftpd, accounts, place):
    accounts['pam.d/ftp'] = 'auth required pam_deny.so\naccount required pam_deny.so\n'
    default = start(ftpd, accounts)
    assert default.connect().login('anna', 'pw') == 530
    written = start(ftpd, accounts, 'AuthOrder mod_auth_pam.c mod_auth_unix.c')
    assert written.connect().login('anna', 'pw') == 230
    file = start(ftpd, accounts, 'AuthUserFile {passwd}')
    assert file.connect().login('alice', 'pw') == 230
    password = start(ftpd, accounts, 'UserPassword anna {hash}')
    assert password.connect().login('anna', 'pw') == 230
    line = written.log_wait('not authoritative')
    assert 'PAM' in line


def test_nologin_is_asked(ftpd, accounts):
    accounts['pam.d/ftp'] += 'account required pam_nologin.so\n'
    accounts['nologin'] = 'closed\n'
    assert start(ftpd, accounts).connect().login('anna', 'pw') == 530


MODULE = r'''
#include <security/pam_modules.h>
#include <security/pam_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A challenge, or several prompts; and a module that prints where it should not. */
int pam_sm_authenticate(pam_handle_t *h, int flags, int argc, const char **argv)
{
	char *answer = NULL, *more = NULL;
	(void)flags;
	if (argc > 0 && !strcmp(argv[0], "two")) {
		if (pam_prompt(h, PAM_PROMPT_ECHO_OFF, &answer, "Password: ") || pam_prompt(h,
		    PAM_PROMPT_ECHO_OFF, &more, "Once more: "))
			return PAM_AUTH_ERR;
		return !strcmp(answer, "pw") && !strcmp(more, "pw") ? PAM_SUCCESS : PAM_AUTH_ERR;
	}
	if (argc > 0 && !strcmp(argv[0], "prints")) {
		puts("stdout of a module");
		fflush(stdout);
		fprintf(stderr, "stderr of a module\n");
		return write(0, "junk\n", 5) > 0 && write(1, "junk\n", 5) > 0 ? PAM_SUCCESS : PAM_AUTH_ERR;
	}
	pam_prompt(h, PAM_TEXT_INFO, NULL, "a word from the module");
	if (pam_prompt(h, PAM_PROMPT_ECHO_ON, &answer, "Challenge 4711\r\n226 forged: "))
		return PAM_AUTH_ERR;
	if (!answer || strcmp(answer, "1174") || (argc > 0 && unlink(argv[0])))
		return PAM_AUTH_ERR;   /* a list's line is struck out when it was used */
	return PAM_SUCCESS;
}
int pam_sm_setcred(pam_handle_t *h, int f, int c, const char **v)
{
	(void)h; (void)f; (void)c; (void)v;
	return PAM_SUCCESS;
}
int pam_sm_acct_mgmt(pam_handle_t *h, int f, int c, const char **v)
{
	(void)h; (void)f; (void)c; (void)v;
	return PAM_SUCCESS;
}
'''


@pytest.fixture
def module(place):
    """A PAM module of the test's own."""
    source = place.write('module.c', MODULE)
    built = place.dir / 'module.so'
    subprocess.run(['gcc', '-shared', '-fPIC', '-o', built, source, '-lpam'], check=True)
    return built


def test_faq_7_9_a_one_time_password(ftpd, accounts, module, place):
    line = place.write('line', '1174')
    accounts['pam.d/ftp'] = f'auth required {module} {line}\naccount required {module}\n'
    s = start(ftpd, accounts)
    c = s.connect()
    prompt = c.cmd('USER anna')
    assert prompt == 331 and 'Challenge 4711' in prompt.all
    assert s.connect().login('anna', '0000') == 530
    assert c.cmd('PASS 1174') == 230
    assert s.connect().login('anna', '1174') == 530
    line.write_text('1174')
    assert s.connect().login('anna', '1174') == 230


def test_faq_7_9_several_prompts(ftpd, accounts, module):
    accounts['pam.d/ftp'] = f'auth required {module} two\naccount required {module}\n'
    s = start(ftpd, accounts)
    c = s.connect()
    reply = c.login('anna', 'pw')
    if reply == 331:                # the next prompt of the conversation
        assert 'Once more' in reply.all
        reply = c.cmd('PASS pw')
        assert reply == 230
    else:                           # or refused, with a word in the log
        assert reply == 530
        s.log_wait('prompt')


def test_attack_84_modules_may_print(ftpd, accounts, module):
    # The strict client finds any byte that is no reply.
    accounts['pam.d/ftp'] = f'auth required {module} prints\naccount required {module}\n'
    s = start(ftpd, accounts, stderr='socket')
    c = s.connect()
    assert c.login('anna', 'anything') == 230
    assert c.cmd('NOOP') == 200
    assert c.quit() == 221


def test_module_that_is_missing(ftpd, accounts):
    accounts['pam.d/ftp'] = 'auth required pam_no_such_module.so\n'
    s = start(ftpd, accounts)
    assert s.connect().login('anna', 'pw') == 530


def test_another_service(ftpd, accounts):
    accounts['pam.d/elsewhere'] = accounts['pam.d/ftp']
    accounts['pam.d/ftp'] = 'auth required pam_deny.so\n'
    assert start(ftpd, accounts, 'AuthPAMConfig elsewhere').connect().login('anna', 'pw') == 230


def test_notty(ftpd, accounts, place):
    told = place.dir / 'told'
    script = place.write('told.sh', f'#!/bin/sh\necho "tty=$PAM_TTY" >> {told}\n', 0o755)
    accounts['pam.d/ftp'] += f'session required pam_exec.so {script}\n'
    s = start(ftpd, accounts, 'AuthPAMOptions NoTTY')
    s.connect().login('anna', 'pw')
    assert told.read_text() == 'tty=\n'
