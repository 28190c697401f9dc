"""/etc/shutmsg: no service, with a word about why."""

import time

import pytest


def shutmsg(offset, deny='0000', disc='0000', text='Closed for cleaning.'):
    at = time.localtime(time.time() + offset)
    return time.strftime('%Y %m %d %H %M %S', at) + f' {deny} {disc}\n{text}\n'


def refused(s, *words):
    c = s.connect(greet=False)
    reply = c.reply()
    assert reply == 421 and c.at_end()
    assert s.exit_status() == 0
    for word in words:
        assert word in reply.all, reply
    return reply


def test_faq_4_17_shutdown_time_reached(ftpd):
    s = ftpd(syslog=True, etc={'shutmsg': shutmsg(-60)})
    refused(s, 'FTP server shut down', 'Closed for cleaning.', 'please try again later')
    s.ns.log.wait('shut')
    s.ns.path('/etc/shutmsg').unlink()
    assert s.connect()


def test_before_the_deny_time(ftpd):
    assert ftpd(etc={'shutmsg': shutmsg(3600, '0010', '0005')}).connect()
    refused(ftpd(etc={'shutmsg': shutmsg(3600, '0110', '0005')}))
    assert ftpd(etc={'shutmsg': shutmsg(90)}).connect()


@pytest.mark.parametrize('text', ['', 'garbage\n', '2031 13 01 00 00 00 0000 0000\n', '2031\n',
                                  '-1 -1 -1 -1 -1 -1 -1 -1\n', 'x' * 100000,
                                  '9' * 50 + ' 1 1 1 1 1 0 0'])
def test_unreadable_means_closed(ftpd, text):
    refused(ftpd(etc={'shutmsg': text}))


def test_variables(ftpd):
    reply = refused(ftpd(etc={'shutmsg': shutmsg(-60, text='Down at %s, %n%d of %V; from %R')}))
    assert '%s' not in reply.all and '%R' not in reply.all


def test_a_directory_of_that_name(ftpd):
    s = ftpd(etc={'shutmsg/x': ''})
    assert s.connect()
