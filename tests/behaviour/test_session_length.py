"""TimeoutSession: how long a session may last, for whom, and whatever goes on in it."""

import time

import pytest

from client import Closed

LAST = 'A session may last 3 seconds, goodbye.'


def ended(c, s):
    words = c.last_words()
    assert [int(word) for word in words] == [421] and words[0].text == LAST, words
    s.log_wait('TimeoutSession')


def test_a_session_that_does_something_ends_too(ftpd):
    s = ftpd('TimeoutSession 3')
    c = s.login()
    began = time.monotonic()
    said = []
    with pytest.raises((Closed, ConnectionError)):
        while time.monotonic() < began + 20:
            said.append(c.cmd('NOOP'))
    assert said[-1] == 421 and said[-1].text == LAST, said[-1]
    s.log_wait('TimeoutSession')


def test_it_counts_from_login_on(ftpd):
    """Who has not logged in has TimeoutLogin, and all of his session before him."""
    s = ftpd('TimeoutSession 3')
    stranger, other = s.connect(), s.login()
    ended(other, s)
    assert stranger.login() == 230
    assert stranger.cmd('NOOP') == 200
    ended(stranger, s)


FORMS = [('TimeoutSession 3 user alice', True), ('TimeoutSession 1 user bob', False),
         ('TimeoutSession 3 group users', True), ('TimeoutSession 1 group users,staff', False),
         ('TimeoutSession 3 class near', True), ('TimeoutSession 1 class far', False),
         ('TimeoutSession 3\nTimeoutSession 0 user alice', False),
         ('TimeoutSession 1:00:00\n<IfUser alice>\nTimeoutSession 3\n</IfUser>', True),
         ('TimeoutSession 0', False)]


def test_for_whom(ftpd):
    near = '<Class near>\nFrom 127.0.0.1\n</Class>\n'
    sessions = []
    for conf, ends in FORMS:
        s = ftpd(near + conf)
        sessions.append((conf, s, s.login(), ends))
    for conf, s, c, ends in sessions:
        if ends:
            ended(c, s)
    for conf, s, c, ends in sessions:
        assert ends or c.cmd('NOOP') == 200, conf


def test_a_transfer_that_waits(ftpd, place):
    place.file('f', b'x' * (64 << 20))
    s = ftpd('TimeoutSession 3')
    c = s.login()
    reply, data = c.open('RETR f')
    assert reply == 150
    words = c.last_words()
    assert [int(word) for word in words] == [426, 421] and words[1].text == LAST, words
    data.close()


def test_a_transfer_that_never_waits(ftpd, place):
    s = ftpd('TimeoutSession 3')
    c = s.login()
    reply, data = c.open('STOR n')
    assert reply == 150
    end = time.monotonic() + 20
    with pytest.raises(OSError):
        while time.monotonic() < end:
            data.sendall(b'x' * 100)
    words = c.last_words()
    assert [int(word) for word in words] == [426, 421] and words[1].text == LAST, words
    assert (place.home() / 'n').stat().st_size > 0   # as after any connection that was lost
