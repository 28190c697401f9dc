"""Quotas under TLS: a hard limit holds where another process would write the file."""

import pytest

import tls
from quotas import HARD, MIB, SOFT, exists, limit, tables
from tls import certs, needs_tls

pytestmark = needs_tls


@pytest.mark.parametrize('how', [HARD, SOFT])
def test_tls(ftpd, place, tables, certs, how):
    t = tables(limit(bi=3 * MIB, fi=9, bo=9, how=how))
    c = tls.login(ftpd(certs.conf(more=t.conf)), certs.context())
    assert c.cmd('TYPE I') == 200
    assert c.store('STOR a', b'x' * (2 * MIB)) == 226 and t.of() == {'bi': 2 * MIB, 'fi': 1}
    reply = c.store('STOR b', b'x' * (MIB + 1))
    assert reply == (552 if how == HARD else 226) and exists(place, 'b') == (how == SOFT)
    if how == HARD:
        assert c.store('STOR b', b'x' * MIB) == 226
    assert (place.home() / 'b').read_bytes() == b'x' * (MIB + (how == SOFT))
    assert c.open('STOR c')[0] == 552
    assert c.cmd('DELE a') == 250 and c.cmd('TYPE A') == 200
    assert c.store('STOR t', b'a\r\n' * 5) == 226
    assert c.fetch('RETR t')[0] == 226
    assert t.of() == {'bi': MIB + (how == SOFT) + 10, 'fi': 2, 'bo': 10}
    assert c.fetch('RETR t')[0] == 451 and c.cmd('NOOP') == 200
