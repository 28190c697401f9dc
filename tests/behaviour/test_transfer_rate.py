"""
TransferRate and TransferRateTotal: how fast, for whom, and that every byte arrives. Of time nothing
is asserted but that it has passed.
"""
import os
import re
import shutil
import signal
import threading
import time

import pytest

import harness
from client import read_all
from conftest import release_only
from harness import until

OWN = 'DelayEngine off\nScoreboardFile {dir}/run/slots\n'
KB = 1024
CONTENT = os.urandom(100 * KB)
LINES = b'a line of text\n' * 4000


def timed(what):
    began = time.monotonic()
    result = what()
    return time.monotonic() - began, result


def login(s, user='alice', type_='I'):
    c = s.login(user)
    assert c.cmd('TYPE ' + type_) == 200
    return c


def held_back(c, name='f'):
    """Whether a RETR of a file that would be here at once is not."""
    reply, data = c.open(f'RETR {name}')
    assert reply == 150
    data.recv(1)
    c.put('ABOR')
    replies = [c.reply(), c.reply()]
    data.close()
    return replies == [426, 226]


# -- content and time --------------------------------------------------------------------

@release_only
@pytest.mark.skipif(not shutil.which('strace'), reason='strace cannot be had here')
def test_faq_3_3b_under_a_rate(ftpd, place):
    """The same bytes, not sooner than they may be here, and not by sendfile."""
    content = os.urandom(3000 * KB)
    place.file('f', content)
    trace = place.dir / 'trace'
    s = ftpd('UseSendfile on\nTransferRate RETR 10240',
             wrapper=['strace', '-f', '-qq', '-o', str(trace), '-e', 'trace=sendfile'])
    c = login(s)
    took, data = timed(lambda: c.get('f'))
    assert data == content and took >= 0.9 * 3000 / 10240
    c.quit()
    s.exit_status()
    assert 'sendfile(' not in trace.read_text()


def test_faq_5_16a_both_directions(ftpd, place):
    path = place.file('f', CONTENT)
    c = login(ftpd('AllowOverwrite on\nAllowStoreRestart on\nTransferRate RETR,STOR,APPE,STOU 400'))
    took, data = timed(lambda: c.get('f'))
    assert data == CONTENT and took >= 0.9 * 100 / 400
    for line, name in (('STOR g', 'g'), ('STOU', None)):
        took, reply = timed(lambda: c.store(line, CONTENT))
        name = name or re.search(r'file name: (\w+)', reply.text)[1]
        assert reply == 226 and took >= 0.9 * 100 / 400, line
        assert (place.home() / name).read_bytes() == CONTENT
    took, reply = timed(lambda: c.store('APPE f', CONTENT))
    assert reply == 226 and took >= 0.9 * 100 / 400
    assert path.read_bytes() == CONTENT * 2
    took, data = timed(lambda: c.get('f', rest=150 * KB))
    assert data == CONTENT[50 * KB:] and took >= 0.9 * 50 / 400


def test_faq_5_16a_free_bytes(ftpd, place):
    """What is free comes at once; behind it nothing does."""
    place.file('f', CONTENT)
    c = login(ftpd('TransferRate RETR,STOR 0.05:51200'))
    reply, data = c.open('RETR f')
    got = b''
    while len(got) < 51200:
        got += data.recv(65536)
    assert len(got) < 52 * KB and CONTENT.startswith(got)
    c.put('ABOR')
    assert [c.reply(), c.reply()] == [426, 226]
    data.close()
    assert c.store('STOR g', CONTENT[:51200]) == 226
    assert (place.home() / 'g').read_bytes() == CONTENT[:51200]


def test_faq_5_16a_per_class(ftpd, place):
    place.file('f', CONTENT)
    for here, slow in (('127.0.0.1', True), ('192.0.2.1', False)):
        for conf in ('TransferRate RETR 1 class local',
                     '<IfClass local>\nTransferRate RETR 1\n</IfClass>'):
            c = login(ftpd(f'<Class local>\nFrom {here}\n</Class>\n{conf}'))
            assert held_back(c) if slow else c.get('f') == CONTENT, (here, conf)


def test_for_whom(ftpd, place):
    place.file('f', CONTENT)
    for conf, slow in (('TransferRate RETR 1\nTransferRate RETR 0 user alice', False),
                       ('TransferRate RETR 0\nTransferRate RETR 1 group users', True),
                       ('TransferRate RETR 1 group users,staff', False),
                       ('TransferRate STOR 1', False),
                       ('<IfUser alice>\nTransferRate RETR 1\n</IfUser>\nTransferRate RETR 0',
                        True),
                       ('TransferRate RETR 1 user alice\n<Directory {home}/alice>\n'
                        'TransferRate RETR 0\n</Directory>', False),
                       ('<Directory {home}/alice>\nTransferRate RETR 1\n</Directory>', True)):
        c = login(ftpd(conf))
        assert held_back(c) if slow else c.get('f') == CONTENT, conf


def test_in_an_ftpaccess(ftpd, place):
    place.file('f', CONTENT)
    place.write('home/alice/.ftpaccess', 'TransferRate RETR 1\n', 0o644, 'alice')
    assert held_back(login(ftpd('DefaultRoot ~')))


def test_anonymous(ftpd, place):
    place.write('ANON/pub/f', CONTENT)
    s = ftpd('TransferRate RETR 0\n<Anonymous {anon}>\nUser ftp\nUserAlias anonymous ftp\n'
             'RequireValidShell off\nTransferRate RETR 1\n</Anonymous>')
    c = s.login('anonymous', 'a@b')
    c.cmd('TYPE I')
    assert held_back(c, 'pub/f')


def test_ascii_counts_what_is_sent(ftpd, place):
    place.file('f', LINES)
    c = login(ftpd('TransferRate RETR,STOR 200'), type_='A')
    wire = LINES.replace(b'\n', b'\r\n')
    took, data = timed(lambda: c.get('f'))
    assert data == wire and took >= 0.9 * len(wire) / (200 * KB)
    took, reply = timed(lambda: c.store('STOR g', wire))
    assert reply == 226 and took >= 0.9 * len(wire) / (200 * KB)
    assert (place.home() / 'g').read_bytes() == LINES


# -- what goes on meanwhile ----------------------------------------------------------------

def test_faq_5_16a_it_is_told_and_can_be_ended(ftpd, place):
    place.file('f', CONTENT)
    s = ftpd('TransferRate RETR,STOR 1\nDeleteAbortedStores on')
    c = login(s)
    reply, data = c.open('RETR f')
    data.recv(1)
    told = re.search(r'RETR .*: (\d+) of 102400 bytes', c.cmd('STAT').text)
    assert told and 0 < int(told[1]) < 102400
    c.put('ABOR')
    assert [c.reply(), c.reply()] == [426, 226]
    data.close()
    reply, data = c.open('STOR g')
    data.sendall(CONTENT[:20000])
    until(lambda: re.search(r'STOR .*: [1-9]\d* bytes', c.cmd('STAT').text))
    c.put('ABOR')
    assert [c.reply(), c.reply()] == [426, 226]
    data.close()
    assert not (place.home() / 'g').exists()
    reply, data = c.open('RETR f')
    os.kill(s.session(), signal.SIGTERM)
    assert [int(word) for word in c.last_words()] == [426, 421]


def test_hiddenstores_and_sizes(ftpd, place):
    path = place.file('f', b'old')
    c = login(ftpd('AllowOverwrite on\nHiddenStores on\nMaxStoreFileSize 50 Kb\n'
                   'TransferRate STOR 400'))
    assert c.store('STOR f', CONTENT) == 552
    assert path.read_bytes() == b'old' and os.listdir(place.home()) == ['f']
    assert c.store('STOR f', CONTENT[:50 * KB]) == 226
    assert path.read_bytes() == CONTENT[:50 * KB]


def test_no_timeout_counts_our_own_waiting(ftpd, place):
    content = CONTENT[:6000]
    place.file('f', content)
    s = ftpd('TimeoutIdle 5\nTimeoutNoTransfer 5\nTimeoutStalled 5\nTransferRate RETR,STOR 1')
    c = login(s)
    assert c.get('f') == content
    assert c.store('STOR g', content) == 226
    assert (place.home() / 'g').read_bytes() == content


def test_timeoutsession_does(ftpd, place):
    place.file('f', CONTENT)
    c = login(ftpd('TimeoutSession 8\nTransferRate RETR 1'))
    reply, data = c.open('RETR f')
    assert reply == 150
    assert [int(word) for word in c.last_words()] == [426, 421]
    data.close()


def test_a_client_that_leaves(ftpd, place):
    place.file('f', CONTENT)
    s = ftpd('TransferRate RETR,STOR 1')
    for line in ('RETR f', 'STOR g'):
        c = login(s)
        reply, data = c.open(line)
        assert reply == 150
        c.reset()
        until(lambda: not harness.processes(s.monitor))
        data.close()


def test_listings_have_no_rate(ftpd, place):
    for i in range(200):
        place.file(f'a rather long name for a file {i}')
    c = login(ftpd(OWN + 'TransferRate RETR,STOR,APPE,STOU 0.001\n'
                   'TransferRateTotal RETR,STOR 0.001'))
    assert len(c.names()) == 200


# -- all together ---------------------------------------------------------------------------

def test_faq_5_16b_the_server_shares(ftpd, place):
    """Four at a time: every byte of each, and not sooner than the rate lets all of them pass."""
    place.file('f', CONTENT)
    s = ftpd(OWN + 'TransferRateTotal RETR,STOR 800')
    clients = [login(s, user) for user in ('alice', 'alice', 'alice', 'alice')]
    results = [None] * 4
    began = time.monotonic()

    def move(i):
        if i % 2:
            results[i] = clients[i].store(f'STOR n{i}', CONTENT) == 226 and \
                (place.home() / f'n{i}').read_bytes()
        else:
            results[i] = clients[i].get('f')

    threads = [threading.Thread(target=move, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [CONTENT] * 4
    assert time.monotonic() - began >= 0.8 * 400 / 800


def test_faq_5_16b_the_dead_have_no_share(ftpd, place):
    place.file('f', CONTENT)
    s = ftpd(OWN + 'TransferRateTotal RETR 200')
    clients = [login(s) for _ in range(3)]
    opened = [c.open('RETR f')[1] for c in clients]
    for data in opened:
        data.recv(1)
    for process in s.spawned[1:]:
        for pid in harness.processes(process.pid):
            harness.kill(pid)
    assert len(read_all(opened[0])) == len(CONTENT) - 1
    assert clients[0].reply() == 226


def test_the_smaller_rate_counts(ftpd, place):
    place.file('f', CONTENT)
    for conf in ('TransferRate RETR 1\nTransferRateTotal RETR 1000000',
                 'TransferRate RETR 1000000\nTransferRateTotal RETR 1',
                 'TransferRateTotal RETR 1000\nTransferRateTotal RETR,STOR 1',
                 '<Global>\nTransferRateTotal RETR 1\n</Global>'):
        assert held_back(login(ftpd(OWN + conf))), conf
    c = login(ftpd(OWN + 'TransferRateTotal STOR 1'))
    assert c.get('f') == CONTENT


def test_a_total_without_a_scoreboard(ftpd, place):
    place.file('f', CONTENT)
    s = ftpd('ScoreboardFile none\nTransferRateTotal RETR 1')
    assert held_back(login(s))
    assert 'limits nothing: ScoreboardFile is none' in s.check()[1]


# -- what the configuration says ---------------------------------------------------------------

def test_effective_configuration_means_the_same(ftpd):
    lines = ('TransferRate RETR 12.5:100 user alice', 'TransferRate STOR,APPE 7',
             'TransferRateTotal RETR,STOR 100', 'MaxTransfersPerHost RETR 2 "no %m"',
             'MaxTransfersPerUser STOR,APPE,STOU 3', 'MaxConnectionRate 5 10')
    s = ftpd(OWN + '\n'.join(lines))
    said = s.explain().stdout
    for line in lines:
        assert line in said.splitlines(), said
    again = ftpd(said, base=False).explain()
    assert again.stdout == said and again.returncode == 0
