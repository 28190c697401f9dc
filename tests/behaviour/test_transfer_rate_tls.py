"""TransferRate and TransferRateTotal under TLS: as exact, and as whole."""
import os
import time

import pytest

import tls
from tls import both, certs, needs_tls

pytestmark = needs_tls

OWN = 'DelayEngine off\nScoreboardFile {dir}/run/slots\n'
KB = 1024
CONTENT = os.urandom(100 * KB)


def timed(what):
    began = time.monotonic()
    result = what()
    return time.monotonic() - began, result


@both
@pytest.mark.parametrize('type_', ['I', 'A'])
@pytest.mark.parametrize('line',
                         ['TransferRate RETR,STOR 400', OWN + 'TransferRateTotal RETR,STOR 400'],
                         ids=['own', 'total'])
def test_faq_5_16a_under_tls(ftpd, place, certs, version, type_, line):
    content = CONTENT.replace(b'\n', b'').replace(b'\r', b'') if type_ == 'A' else CONTENT
    place.file('f', content)
    s = ftpd(certs.conf(more=line + '\nHiddenStores on'))
    c = tls.login(s, certs.context(version))
    assert c.cmd('TYPE ' + type_) == 200
    took, data = timed(lambda: c.get('f'))
    assert data == content and took >= 0.8 * len(content) / (400 * KB)
    took, reply = timed(lambda: c.store('STOR g', content))
    assert reply == 226 and took >= 0.8 * len(content) / (400 * KB)
    assert (place.home() / 'g').read_bytes() == content
    assert c.cmd('NOOP') == 200


@both
def test_an_upload_that_is_cut(ftpd, place, certs, version):
    """No close_notify: it is not complete, under a rate neither."""
    s = ftpd(certs.conf(more='TransferRate STOR 400\nHiddenStores on'))
    c = tls.login(s, certs.context(version))
    reply, data = c.open('STOR g')
    assert reply == 150
    data.sendall(CONTENT[:1000])
    tls.end(data, 'close')
    assert c.reply() == 426
    assert 'g' not in os.listdir(place.home())
    assert c.store('STOR g', CONTENT[:1000]) == 226


@both
def test_it_is_told_and_can_be_ended(ftpd, place, certs, version):
    place.file('f', CONTENT)
    s = ftpd(certs.conf(more='TransferRate RETR,STOR 1\nDeleteAbortedStores on'))
    c = tls.login(s, certs.context(version))
    assert c.cmd('TYPE I') == 200
    for line in ('RETR f', 'STOR g'):
        reply, data = c.open(line)
        if line == 'STOR g':
            data.sendall(CONTENT[:5000])
        else:
            data.recv(1)
        assert c.cmd('STAT') == 213
        c.put('ABOR')
        assert [c.reply(), c.reply()] == [426, 226]
        data.close()
    assert os.listdir(place.home()) == ['f']
