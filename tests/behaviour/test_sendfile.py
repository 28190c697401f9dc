"""UseSendfile: on by default, and silently left where bytes do not go as they lie in the file."""

import re
import shutil

import pytest

from client import read_all
from conftest import release_only

strace = pytest.mark.skipif(not shutil.which('strace'), reason='strace cannot be had here')


def sent_by_kernel(ftpd, place, conf, type_, line='RETR f', rest=None):
    trace = place.dir / 'trace'
    s = ftpd(conf, wrapper=['strace', '-f', '-qq', '-o', str(trace), '-e', 'trace=sendfile'])
    c = s.login()
    c.cmd(f'TYPE {type_}')
    reply, data = c.fetch(line, rest=rest)
    assert reply == 226
    c.quit()
    s.exit_status()
    # another process's line may come between a call and its result
    calls = re.findall(r'sendfile(?:\(| resumed).* = (\d+)', trace.read_text())
    return data, sum(int(n) for n in calls)


@release_only
@strace
def test_faq_3_3e_where_it_is_used(ftpd, place):
    content = b'line\n' * 200000
    place.file('f', content)
    data, by_kernel = sent_by_kernel(ftpd, place, '', 'I')
    assert data == content and by_kernel == len(content)
    data, by_kernel = sent_by_kernel(ftpd, place, '', 'I', rest=777)
    assert data == content[777:] and by_kernel == len(content) - 777
    for conf, type_, expect in (('UseSendfile off', 'I', content),
                                ('UseSendfile on', 'A', content.replace(b'\n', b'\r\n'))):
        data, by_kernel = sent_by_kernel(ftpd, place, conf, type_)
        assert data == expect and by_kernel == 0, conf
    # in the place that has it, and nowhere else
    (place.home() / 'off').mkdir()
    place.file('off/f', content)
    conf = '<Directory {home}/alice/off>\nUseSendfile off\n</Directory>'
    assert sent_by_kernel(ftpd, place, conf, 'I')[1] == len(content)
    assert sent_by_kernel(ftpd, place, conf, 'I', 'RETR off/f') == (content, 0)


def test_faq_3_3e_progress_is_known_meanwhile(ftpd, place):
    place.file('big', b'\0' * (64 << 20))
    c = ftpd('UseSendfile on').login()
    c.cmd('TYPE I')
    reply, data = c.open('RETR big')
    data.recv(100000)
    told = re.search(r'(\d+) of (\d+) bytes', c.cmd('STAT').text)
    assert told and 0 < int(told[1]) < int(told[2]) == 64 << 20
    read_all(data)
    assert c.reply() == 226
