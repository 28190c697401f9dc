"""MaxRetrieveFileSize and MaxStoreFileSize under TLS, where another process writes the file."""

import tls
from tls import both, certs, needs_tls

pytestmark = needs_tls
FIFTY = b'0123456789' * 5
HUNDRED = FIFTY * 2


@both
def test_tls_store(ftpd, place, certs, version):
    s = ftpd(certs.conf(more='MaxStoreFileSize 10 B\nAllowStoreRestart on\nAllowOverwrite on'))
    c = tls.login(s, certs.context(version))
    assert c.cmd('TYPE I') == 200
    reply = c.store('STOR n', HUNDRED)
    assert reply == 552 and '10 bytes' in reply.text, reply
    assert s.log_wait('/n refused: 11 bytes or more, MaxStoreFileSize at .* allows 10$')
    assert (place.home() / 'n').read_bytes() == FIFTY[:10]
    assert c.store('STOR m', FIFTY[:10]) == 226
    assert c.store('APPE m', b'') == 226
    assert c.store('APPE m', b'x') == 552
    assert (place.home() / 'm').read_bytes() == FIFTY[:10]
    assert c.store('STOR m', b'abcdefg', rest=4) == 552
    assert (place.home() / 'm').read_bytes() == FIFTY[:4] + b'abcdef'
    assert c.cmd('TYPE A') == 200
    assert c.store('STOR t', b'a\r\n' * 5) == 226
    assert c.store('STOR t', b'a\r\n' * 6) == 552
    assert (place.home() / 't').read_bytes() == b'a\n' * 5
    assert c.cmd('NOOP') == 200


def test_tls_appends_at_the_same_time(ftpd, place, certs):
    path = place.file('f')
    s = ftpd(certs.conf(more='MaxStoreFileSize 10 B\nAllowStoreRestart on'))
    begun = []
    for _ in range(2):
        c = tls.login(s, certs.context())
        assert c.cmd('TYPE I') == 200
        reply, data = c.open('APPE f')
        assert reply == 150
        begun.append((c, data))
    for (c, data), expected in zip(begun, (226, 552)):
        data.sendall(FIFTY[:8])
        data.finish()
        assert c.reply() == expected
    assert path.read_bytes() == FIFTY[:8] + FIFTY[:2]


def test_tls_retrieve(ftpd, place, certs):
    place.file('f', FIFTY)
    c = tls.login(ftpd(certs.conf(more='MaxRetrieveFileSize 10 B')), certs.context())
    assert c.fetch('RETR f')[0] == 550
