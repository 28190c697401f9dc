"""What is on record of a transfer that was broken off under TLS: what moved, as in clear."""

import contextlib
import os
import signal

import pytest

import tls
from harness import until
from tls import certs, content, login, needs_tls

pytestmark = needs_tls

kinds = pytest.mark.parametrize('kind', ['clear', '1.2', '1.3'])


def enter(s, certs, kind):
    if kind != 'clear':
        return login(s, certs.context(kind))
    c = s.login()
    assert c.cmd('TYPE I') == 200
    return c


@kinds
@pytest.mark.parametrize('how', ['ABOR', 'data reset', 'control closed', 'control reset', 'SIGTERM',
                                 'TimeoutIdle'])
def test_a_broken_upload_counts_what_came(ftpd, place, certs, kind, how):
    s = ftpd(certs.conf(more='TimeoutIdle 3' if how == 'TimeoutIdle' else ''))
    c = enter(s, certs, kind)
    reply, data = c.open('STOR up')
    assert reply == 150
    data.sendall(content(1000))
    until(lambda: os.path.getsize(place.home() / 'up') == 1000)
    if how == 'ABOR':
        c.put('ABOR')
        assert [c.reply(), c.reply()] == [426, 226]
        assert c.quit() == 221
    elif how == 'data reset':
        tls.end(data, 'reset')
        assert c.reply() == 426
        assert c.quit() == 221
    elif how == 'control closed':
        c.close()
    elif how == 'control reset':
        c.reset()
    elif how == 'SIGTERM':
        os.kill(s.monitor, signal.SIGTERM)
    s.exit_status()
    data.close()
    assert [line[7] for line in s.xferlog()] == ['1000']
    assert s.xferlog()[0][-1] == 'i'
    assert '0 files and 1000 bytes in, 0 files and 0 bytes out' in s.log()


@kinds
def test_a_broken_download_counts_what_left(ftpd, place, certs, kind):
    size = 48 << 20
    place.file('f', b'x' * size)
    s = ftpd(certs.conf())
    c = enter(s, certs, kind)
    reply, data = c.open('RETR f')
    assert reply == 150
    taken = 0
    while taken < 20 << 20:
        taken += len(data.recv(1 << 16))
    c.put('ABOR')
    assert [c.reply(), c.reply()] == [426, 226]
    with contextlib.suppress(OSError):
        while part := data.recv(1 << 20):
            taken += len(part)
    data.close()
    assert c.quit() == 221
    line = s.xferlog()[0]
    assert taken <= int(line[7]) < size
    assert line[-1] == 'i'
    assert f'0 files and {line[7]} bytes out' in s.log_wait('bytes out')
