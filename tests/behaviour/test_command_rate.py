"""MaxCommandRate: commands that come too fast wait, and nothing else does."""

import os
import re
import time

from harness import until

TOLD = 'more than .* commands in .* s .MaxCommandRate at'


def notices(s):
    return [line for line in s.log().splitlines() if re.search(TOLD, line)]


def test_within_the_rate_nothing_waits(ftpd):
    s = ftpd('MaxCommandRate 1000 10')
    c = s.login()
    for _ in range(100):
        assert c.cmd('NOOP') == 200
    assert not notices(s)


def test_every_command_is_answered_in_its_turn(ftpd):
    """Pipelined beyond the rate: later, and no less. One line in the log, with file and line."""
    s = ftpd('\nMaxCommandRate 1000 10')
    c = s.login()
    c.send(b'NOOP\r\nPWD\r\n' * 505)
    assert [int(c.reply()) for _ in range(1010)] == [200, 257] * 505
    assert f'{s.conf_path}:2)' in s.log_wait(TOLD)
    assert len(notices(s)) == 1


def test_faq_6_3d_a_flood_is_slowed_down(ftpd):
    """The time that is asked for has passed at least: the rate holds for whoever sends the most."""
    s = ftpd('MaxCommandRate 100')
    c = s.login()
    began = time.monotonic()
    c.send(b'NOOP\r\n' * 150)
    assert [int(c.reply()) for _ in range(150)] == [200] * 150
    # 14 wait 10 ms, 20 ms and so on until the second is over, then 100 are free again
    assert time.monotonic() - began > 0.95


def test_before_login_too(ftpd):
    s = ftpd('MaxCommandRate 500 10')
    c = s.connect()
    c.send(b'NOOP\r\n' * 505)
    assert [int(c.reply()) for _ in range(505)] == [200] * 505
    s.log_wait(TOLD)
    assert c.login() == 230


def test_too_long_lines_count(ftpd):
    s = ftpd('MaxCommandRate 200 10')
    c = s.login()
    c.send((b'A' * 5000 + b'\r\n') * 205)
    assert [int(c.reply()) for _ in range(205)] == [500] * 205
    s.log_wait(TOLD)


def test_a_transfer_is_not_delayed(ftpd, place):
    """ABOR ends a transfer however many commands came before it, and so does its client's end."""
    place.file('f', b'x' * (64 << 20))
    s = ftpd('MaxCommandRate 20')
    c = s.login()
    c.send(b'NOOP\r\n' * 21)
    assert [int(c.reply()) for _ in range(21)] == [200] * 21
    reply, data = c.open('RETR f')
    assert reply == 150
    c.put('ABOR')
    assert [c.reply(), c.reply()] == [426, 226]
    data.close()
    assert c.cmd('NOOP') == 200


def test_who_waits_can_be_ended(ftpd):
    """A minute's delays do not outlive the session: here TimeoutSession, then the client's end."""
    s = ftpd('MaxCommandRate 2 60\nTimeoutSession 8')
    c = s.login()
    c.send(b'NOOP\r\n' * 5)           # the last three wait five seconds each
    words = c.last_words()
    assert [int(word) for word in words] in ([200] * 2 + [421], [200] * 3 + [421]), words
    s = ftpd('MaxCommandRate 2 60')
    c = s.login()
    c.send(b'NOOP\r\n' * 5)
    assert [c.reply(), c.reply()] == [200, 200]
    s.log_wait(TOLD)
    c.reset()
    until(lambda: not s.children())


def test_sigterm_is_heard(ftpd):
    s = ftpd('MaxCommandRate 2 60')
    c = s.login()
    c.send(b'NOOP\r\n' * 3)
    assert [c.reply(), c.reply()] == [200, 200]
    s.log_wait(TOLD)
    os.kill(s.session(), 15)
    assert [int(word) for word in c.last_words()] == [421]


def test_zero_is_no_rate(ftpd):
    s = ftpd('MaxCommandRate 0')
    c = s.login()
    c.send(b'NOOP\r\n' * 2000)
    assert [int(c.reply()) for _ in range(2000)] == [200] * 2000
    assert not notices(s)
