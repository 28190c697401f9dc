"""DelayEngine and DelayOnEvent: how long an answer is held."""

import time

import pytest


def took(c, line):
    began = time.monotonic()
    reply = c.cmd(line)
    return reply, time.monotonic() - began


def test_a_refusal_is_held(ftpd):
    c = ftpd().connect()
    c.cmd('USER alice')
    reply, seconds = took(c, 'PASS wrong')
    assert reply == 530 and seconds > 0.24
    c.cmd('USER nobody-there')
    reply, seconds = took(c, 'PASS wrong')
    assert reply == 530 and seconds > 0.49


def test_right_passwords_that_lead_nowhere_are_held_too(ftpd, place):
    place.home().rmdir()
    c = ftpd().connect()
    c.cmd('USER alice')
    reply, seconds = took(c, 'PASS pw')
    assert reply == 530 and seconds > 0.24


def test_delayengine_off_holds_nothing(ftpd, place):
    s = ftpd('DelayEngine off\nMaxLoginAttempts none\nDelayOnEvent FailedLogin 60000\n'
             'DelayOnEvent USER 60000\nDelayOnEvent PASS 60000\n')
    c = s.connect(timeout=10)
    # 30 refusals would take more than a minute
    for _ in range(30):
        assert c.login('alice', 'wrong') == 530
    assert c.login() == 230


@pytest.mark.parametrize('event, line', [('USER', 'USER alice'), ('PASS', 'PASS pw')])
def test_delayonevent(ftpd, event, line):
    s = ftpd(f'DelayOnEvent {event} 700')
    c = s.connect()
    for each in ('USER alice', 'PASS pw'):
        reply, seconds = took(c, each)
        assert reply in (331, 230)
        if each == line:
            assert seconds > 0.69


def test_delayonevent_failedlogin(ftpd):
    s = ftpd('<Global>\nDelayOnEvent FailedLogin 60000\nDelayOnEvent PASS 300\n</Global>\n'
             'DelayOnEvent failedlogin 400\n')
    c = s.connect()
    c.cmd('USER alice')
    reply, seconds = took(c, 'PASS wrong')
    assert reply == 530 and 0.94 < seconds


def test_a_client_that_leaves_is_not_waited_for(ftpd):
    s = ftpd('DelayOnEvent FailedLogin 60000\nDelayOnEvent USER 60000')
    c = s.connect()
    c.put('USER alice')
    c.close()
    assert s.exit_status() == 0


def test_timeoutlogin_ends_a_hold(ftpd):
    c = ftpd('DelayOnEvent USER 60000\nTimeoutLogin 3').connect()
    c.put('USER alice')
    assert [int(r) for r in c.last_words()][-1:] in ([421], [])


def test_delaytable_is_told(ftpd):
    code, said = ftpd('DelayTable /var/run/delay\nDelayEngine on').check()
    assert code == 0 and 'note: ' in said and 'DelayTable: has no effect' in said
