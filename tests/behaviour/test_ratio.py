"""Ratios: what may be fetched for what was stored, and what counts as stored."""

import contextlib
import os
import re
import socket

import pytest

import harness
from harness import until
from ratios import ANON, ON, SAVED, has_open, kept, lines, ratio, refused  # noqa: F401 (a fixture)


# -- which ratio, and the arithmetic -----------------------------------------------

def test_faq_4_12a_one_upload_for_one_download(ftpd, place):
    place.file('f', b'x' * 1000)
    s = ftpd(ON + 'UserRatio alice 1 0 1 0\nFileRatioErrMsg "Give first."\n')
    client = s.connect()
    reply = client.login()
    assert reply == 230 and ('Down: 0 files (0 B)  Up: 0 files (0 B)  '
                             'Credit: 0 files (1:1), 0 B (1:1)') in reply.all
    reply = refused(client)
    assert reply.lines == ['550-Give first.',
                           '550 f: ratio of files 1:1, down: 0 files, up: 0 files.']
    reply = client.store('STOR n', b'y' * 1000)
    assert reply == 226
    assert 'Up: 1 file (1000 B)  Credit: 1 file (1:1), 1000 B (1:1)' in reply.all
    reply, data = client.fetch('RETR f')
    assert reply == 226 and data == b'x' * 1000
    assert ('Down: 1 file (1000 B)  Up: 1 file (1000 B)  Credit: 0 files (1:1), 0 B (1:1)'
            in reply.all)
    refused(client)


def test_faq_4_12a_bytes(ftpd, place):
    place.file('f', b'x' * 1000)
    s = ftpd(ON + 'UserRatio alice 0 0 1 0\nByteRatioErrMsg "More bytes."\n')
    client = s.login()
    assert client.store('STOR n', b'y' * 999) == 226
    assert refused(client).lines == \
        ['550-More bytes.', '550 f: ratio of bytes 1:1, down: 0 B, up: 999 B, left: 999 B.']
    assert client.store('APPE n', b'y') == 226
    assert client.get('f') == b'x' * 1000
    refused(client)


FAQ = '''UserRatio ftp 0 0 0 0
HostRatio master.debian.org 0 0 0 0
HostRatio 127.0.0.9 7 1 0 0
HostRatio 127.0.1.* 8 1 0 0
GroupRatio staff 100 10 5 100000B
AnonRatio billg@microsoft.com 1 0 1 0
UserRatio * 5 5 5 50000
'''


def rate(client):
    """The ratios in force, as SITE RATIO's last line has them."""
    return re.findall(r'\((\d+:\d+)\)', client.cmd('SITE RATIO').text)


def test_faq_4_12b_the_first_match_of_host_anon_user_group(ftpd):
    s = ftpd(ON + FAQ + ANON % '')
    assert rate(s.login('carol')) == ['1:5', '1:5']             # User before Group
    assert rate(s.login(source=('127.0.0.9', 0))) == ['1:7']    # Host before User
    assert rate(s.login(source=('127.0.1.3', 0))) == ['1:8']
    bill = s.login('anonymous', 'billg@microsoft.com')
    assert rate(bill) == ['1:1', '1:1']                         # Anon before User
    other = s.login('anonymous', 'someone@example.org')
    assert other.cmd('SITE RATIO').text.startswith('No ratio')  # the line of zeros
    assert rate(s.login('anonymous', 'billg@microsoft.com', source=('127.0.0.9', 0))) == ['1:7']
    # a real user's password is nobody's address
    s.configure(ON + 'AnonRatio pw 2 0 0 0\nAnonRatio * 3 0 0 0\n'
                'GroupRatio staff 100 10 5 100000B\n')
    assert rate(s.login('carol')) == ['1:100', '1:5']
    assert s.login('alice').cmd('SITE RATIO').text.startswith('No ratio')


def test_faq_4_12b_a_name_of_the_host(ftpd):
    etc = {'hosts': '127.0.0.1 here.example.org\n127.0.0.2 there.example.org\n',
           'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n'}
    s = ftpd(ON + 'UseReverseDNS on\nHostRatio *.Example.org 4 0 0 0\nUserRatio * 5 0 0 0\n',
             etc=etc)
    assert rate(s.login()) == ['1:4']
    s.configure(ON + 'HostRatio here.example.org 4 0 0 0\nUserRatio * 5 0 0 0\n')
    assert rate(s.login()) == ['1:4']
    assert rate(s.login(source=('127.0.0.2', 0))) == ['1:5']


@pytest.mark.parametrize('line, left', [
    ('3 0 0 0', (3, None)), ('0 0 2 0', (None, 200)), ('-2 0 -2 0', (0, 50)),
    ('-1 0 -3 0', (1, 33)), ('1 4 1 1', (5, 1124)), ('0 5 0 5', (None, None)),
    ('1 -3 1 -1B', (-2, 99)),
    ('1000000 9007199254740992 1000000 9007199254740992B',
     (9007199255740992, 9007199354740992))])
def test_faq_4_12b_credit(ftpd, line, left):
    s = ftpd(ON + f'UserRatio * {line}\n')
    client = s.login()
    assert client.store('STOR n', b'y' * 100) == 226
    assert ratio(client)[1:] == ((1, 100), *left)


def test_faq_4_12b_negative_two_uploads_for_one(ftpd, place):
    place.file('f', b'x')
    client = ftpd(ON + 'UserRatio * -2 1 0 0\n').login()
    assert client.get('f') == b'x'                              # the credit is spent first
    refused(client)
    assert client.store('STOR a', b'') == 226
    assert '2:1' in refused(client).text
    assert client.store('STOR b', b'') == 226
    assert client.get('f') == b'x'
    refused(client)


def test_faq_4_12c_the_worked_example(ftpd, place):
    place.file('f', b'x' * 82 * 1024 + b'x' * 300)
    deep = place.home() / 'art/young/carla'
    deep.mkdir(parents=True)
    s = ftpd(ON + 'UserRatio * 5 5 5 100K\nLogOptions -Hostname\n')
    client = s.login()
    assert len(client.get('f')) == 82 * 1024 + 300
    assert client.cmd('CWD art/young/carla') == 250
    line = s.log_wait('ratio: CWD .*carla')
    assert re.search(r'/art/young/carla: -1/82k \+0/0k = 4/17k \(5 5 5 100k\)$', line), line


@pytest.mark.parametrize('unit, left', [
    ('100', 102400), ('100B', 100), ('100b', 100), ('100K', 102400), ('100Kb', 102400),
    ('2M', 2 << 20), ('3Gb', 3 << 30)])
def test_faq_4_12c_units_of_the_credit(ftpd, unit, left):
    assert ratio(ftpd(ON + f'UserRatio * 0 0 1 {unit}\n').login())[3] == left


def test_faq_4_12e_bytes_are_counted_exactly(ftpd, place):
    place.file('f', b'x' * 7)
    client = ftpd(ON + 'UserRatio * 0 0 1 0\n').login()
    assert client.store('STOR n', b'y' * 200) == 226
    assert ratio(client) == ((0, 0), (1, 200), None, 200)
    for left in (193, 186, 179):
        assert client.get('f') == b'x' * 7
        assert ratio(client)[3] == left


def test_sections(ftpd, place):
    """Inner sections come first; what is off there is not counted."""
    place.file('f', b'x' * 10)
    for name in ('free', 'dear', 'off'):
        (place.home() / name).mkdir()
        place.file(name + '/f', b'x' * 10)
    s = ftpd(ON + 'UserRatio alice 1 0 0 0\n<Directory ~/free>\nUserRatio alice 0 0 0 0\n'
             '</Directory>\n'
             '<Directory ~/dear>\nUserRatio alice 1 1 1 9B\nByteRatioErrMsg dear\n</Directory>\n'
             '<Directory ~/off>\nRatios off\n</Directory>\n')
    client = s.login()
    refused(client)
    assert refused(client, 'RETR dear/f').lines[0] == '550-dear'
    assert client.get('off/f') == b'x' * 10
    assert ratio(client)[0] == (0, 0)
    assert client.get('free/f') == b'x' * 10
    assert ratio(client)[0] == (1, 10)
    assert client.cmd('CWD off') == 250
    assert client.cmd('SITE RATIO').all == '214 Ratios are off here.'


def test_texts(ftpd, place):
    (place.home() / 'd').mkdir()
    place.file('f')
    s = ftpd(ON + 'LeechRatioMsg "take %u all"\nCwdRatioMsg "Mind %f your ratio."\n')
    client = s.connect()
    assert '230-Down: 0 files (0 B)  Up: 0 files (0 B)  take %u all' in client.login().all
    assert client.cmd('CWD d').lines == ['250-Mind %f your ratio.', '250 Directory changed.']
    assert client.cmd('SITE RATIO').text == 'take %u all'
    assert 'Down: 1 file' in client.fetch('RETR ../f')[0].all
    reply, _ = client.fetch('LIST')
    assert reply == 226 and 'Down: 1 file (0 B)  Up: 0 files (0 B)  take %u all' in reply.all


def test_without_ratios_nothing_is_said(ftpd, place):
    place.file('f', b'x')
    client = ftpd('UserRatio * 1 0 1 0\nCwdRatioMsg no\n').connect()
    assert len(client.login().lines) == 1
    assert len(client.cmd('CWD .').lines) == 1
    assert client.fetch('RETR f')[0].all == '226 Transfer complete.'
    assert client.cmd('SITE RATIO').all == '214 Ratios are off here.'
    assert 'RATIO' in client.cmd('SITE HELP').all
    assert client.cmd('SITE HELP RATIO') == 214
    assert client.cmd('SITE RATIO now') == 501


@pytest.mark.parametrize('verb', ['SITE_RATIO', 'SITE', 'ALL'])
def test_site_ratio_under_limit(ftpd, verb):
    client = ftpd(ON + f'<Limit {verb}>\nDenyAll\n</Limit>\n').login()
    assert client.cmd('SITE RATIO') == 550
    assert 'RATIO' not in client.cmd('SITE HELP').all


# -- what counts ---------------------------------------------------------------------

def test_only_what_is_sent_counts(ftpd, place):
    place.file('f', b'x' * 1000)
    client = ftpd(ON + 'UserRatio * 0 0 1 1000B\n').login()
    assert client.cmd('TYPE I') == 200
    assert len(client.get('f', rest=900)) == 100
    assert ratio(client)[::3] == ((1, 100), 900)
    refused(client)
    assert len(client.get('f', rest=100)) == 900
    assert ratio(client)[3] == 0


@pytest.mark.parametrize('how', ['TYPE A', 'TYPE I', 'UseSendfile off'])
def test_a_download_that_breaks_off_counts_what_was_sent(ftpd, place, how):
    size = 64 << 20
    with open(place.file('f'), 'wb') as file:
        file.truncate(size)
    sendfile = how if how.startswith('Use') else 'UseSendfile on'
    client = ftpd(ON + sendfile + f'\nUserRatio * 9 2 1 {size}B\n').login()
    assert client.cmd('TYPE A' if how == 'TYPE A' else 'TYPE I') == 200
    _, data = client.open('RETR f')
    got = len(data.recv(1000))
    client.put('ABOR')
    data.close()
    assert client.reply() == 426
    assert client.reply() == 226
    (files, sent), _, left, more = ratio(client)
    assert files == 1 and left == 1 and got <= sent < size and more == size - sent


def test_every_byte_of_a_broken_download_counts(ftpd, place):
    """However little the client takes before it breaks off, and in whatever way the bytes go."""
    place.file('f', b'x' * 250000)
    s = ftpd(ON + 'UserRatio * 0 0 1 100M\nUseSendfile off\nSocketOptions sndbuf 8192\n')
    for mode in 'AI':
        client = s.login()
        assert client.cmd('TYPE ' + mode) == 200
        listener = client.listen()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert client.cmd('RETR f') == 150
        data, _ = listener.accept()
        taken = 0
        while taken < 150000:
            taken += len(data.recv(8192))
        client.put('ABOR')
        assert client.reply() == 426
        with contextlib.suppress(ConnectionResetError):
            while part := data.recv(65536):
                taken += len(part)
        assert client.reply() == 226
        assert taken <= ratio(client)[0][1] < 250000
        listener.close()
        data.close()


def test_a_download_that_never_begins_counts_nothing(ftpd, place):
    place.file('f', b'x' * 1000)
    client = ftpd(ON + 'UserRatio * 1 1 1 1000B\n').login()
    assert client.cmd('RETR f') in (425, 503)
    assert client.cmd('RETR nowhere') == 550
    assert ratio(client) == ((0, 0), (0, 0), 1, 1000)
    assert client.get('f') == b'x' * 1000


@pytest.mark.parametrize('hidden', ['', 'HiddenStores on\n'])
def test_the_same_file_twice_is_credit_once(ftpd, hidden):
    client = ftpd(ON + hidden + 'UserRatio * 1 0 1 0\n').login()
    assert client.cmd('TYPE I') == 200
    for size, up in ((100, 100), (100, 100), (150, 150), (20, 20), (150, 150)):
        assert client.store('STOR n', b'y' * size) == 226
        assert ratio(client)[1] == (1, up)
    if not hidden:
        assert client.store('STOR n', b'y' * 10, rest=150) == 226
        assert ratio(client)[1] == (1, 160)
    assert client.store('APPE m', b'y' * 5) == 226
    assert client.store('APPE m', b'y' * 5) == 226
    up = 160 if not hidden else 150
    assert ratio(client)[1] == (2, up + 10)
    reply = client.store('STOU', b'y' * 7)
    assert reply == 226 and ratio(client)[1] == (3, up + 17)


def test_the_same_file_at_once_is_credit_once(ftpd, place, kept):
    s = ftpd(SAVED + 'UserRatio * 1 0 1 0\n')
    first, second = s.login(), s.login()
    streams = []
    for client in (first, second):
        streams.append(client.open('STOR n')[1])
        streams[-1].sendall(b'y' * 100000)
    until(lambda: (place.home() / 'n').stat().st_size == 100000)
    for client, data in zip((second, first), reversed(streams)):
        data.close()
        assert client.reply() == 226
    assert lines(kept) == {('user', 'alice'): (1, 100000, 0, 0)}
    assert first.store('STOR n', b'y' * 100000) == 226
    assert ratio(second)[1] == (1, 100000)


def test_what_is_deleted_again_is_no_credit(ftpd, place):
    place.file('own', b'x' * 1000)
    client = ftpd(ON + 'UserRatio * 1 0 1 0\n').login()
    for _ in range(3):
        assert client.store('STOR n', b'y' * 100) == 226
        assert ratio(client)[1] == (1, 100)
        assert client.cmd('DELE n') == 250
        assert ratio(client)[1] == (0, 0)
    for name in 'abab':
        assert client.store(f'STOR {name}', b'y' * 100) == 226
        assert client.cmd(f'RNFR {name}') == 350
        assert client.cmd('RNTO z') == 250
    assert ratio(client)[1] == (1, 100)
    assert client.cmd('RNFR z') == 350
    assert client.cmd('RNTO z') == 250
    assert ratio(client)[1] == (1, 100)
    assert client.cmd('DELE own') == 250                        # never below nothing
    assert ratio(client)[1] == (0, 0)


@pytest.mark.parametrize('conf', ['', 'DeleteAbortedStores on\n', 'HiddenStores on\n'])
def test_an_aborted_upload_is_no_credit(ftpd, place, conf):
    client = ftpd(ON + conf + 'UserRatio * 1 0 1 0\n').login()
    for _ in range(2):
        _, data = client.open('STOR n')
        data.sendall(b'y' * 5000)
        client.put('ABOR')
        assert client.reply() == 426
        data.close()
        assert client.reply() == 226
        assert ratio(client)[1] == (0, 0)
    assert client.store('STOR m', b'y' * 100) == 226
    _, data = client.open('STOR m')
    client.put('ABOR')
    assert client.reply() == 426
    data.close()
    assert client.reply() == 226
    # what it destroyed is none any more
    left = (place.home() / 'm').stat().st_size if (place.home() / 'm').exists() else 0
    assert ratio(client)[1] == (1 if (place.home() / 'm').exists() else 0, left)


def test_what_is_deleted_while_it_is_stored_is_no_credit(ftpd, place, kept):
    """The credit for it would come behind the DELE, which took none, since there was none yet."""
    s = ftpd(SAVED + 'UserRatio * 1 0 1 0\n')
    first, second = s.login(), s.login()
    assert second.store('STOR old', b'y' * 30) == 226
    for name, command in (('n', 'DELE n'), ('n', 'RNTO n'), ('old', 'DELE old')):
        _, data = first.open(f'STOR {name}')
        data.sendall(b'y' * 5000)
        until(lambda name=name: (place.home() / name).stat().st_size == 5000)
        if command == 'RNTO n':
            place.file('z', b'')
            assert second.cmd('RNFR z') == 350
        assert second.cmd(command) == 250
        data.sendall(b'y' * 5000)
        data.close()
        assert first.reply() == 226
        assert ratio(first)[1] == (0, 0)
    assert lines(kept)[('user', 'alice')] == (0, 0, 0, 0)


def test_what_is_emptied_behind_its_upload_is_no_credit(ftpd, place, kept):
    """A STOR looks at the file before its data connection is there: another may come between."""
    s = ftpd(SAVED + 'UserRatio * 1 0 1 0\n')
    first, second = s.login(), s.login()
    _, uploads = first.open('STOR n')
    address = second.pasv()
    second.put('STOR n')
    until(lambda: sum(has_open(pid, place.home() / 'n') for pid in os.listdir('/proc')) == 2)
    uploads.sendall(b'y' * 5000)
    uploads.close()
    assert first.reply() == 226 and ratio(first)[1] == (1, 5000)
    second.connect(address).close()
    assert second.reply() == 150
    assert second.reply() == 226
    assert (place.home() / 'n').stat().st_size == 0
    assert ratio(second)[1] == (1, 0)


def test_the_same_hidden_file_at_once_is_credit_once(ftpd, place, kept):
    s = ftpd(SAVED + 'HiddenStores .in.%P. .\nUserRatio * 1 0 1 0\n')
    clients = [s.login(), s.login(), s.login()]
    streams = [client.open('STOR n')[1] for client in clients]
    for client, data in zip(clients, streams):
        data.sendall(b'y' * 5000)
        data.close()
        assert client.reply() == 226
    assert os.listdir(place.home()) == ['n']
    assert lines(kept) == {('user', 'alice'): (1, 5000, 0, 0)}


def make_directory(place, user, name):
    (place.home(user) / name).mkdir()
    os.chown(place.home(user) / name, *harness.USERS[user])


@pytest.mark.parametrize('to', ['Ratios off', 'UserRatio alice 0 0 0 0', 'SaveRatios off'])
def test_what_is_counted_is_not_renamed_to_where_it_is_not(ftpd, place, kept, to):
    """Else everything could be fetched there, or be deleted with its credit left."""
    place.file('f', b'x' * 1000)
    for user, name in (('alice', 'd'), ('alice', 'free'), ('bob', 'free')):
        make_directory(place, user, name)
    s = ftpd(SAVED + f'UserRatio alice 1 0 1 0\nUserRatio * 0 0 0 0\n<Directory ~/free>\n{to}\n'
             '</Directory>\n')
    client = s.login()
    for name in 'fd':
        assert client.cmd(f'RNFR {name}') == 350
        assert client.cmd(f'RNTO free/{name}') == 550
        assert client.cmd(f'RNFR {name}') == 350
        assert client.cmd(f'RNTO {name}2') == 250
    assert sorted(os.listdir(place.home())) == ['d2', 'f2', 'free']
    place.file('free/g', b'x')
    assert client.cmd('RNFR free/g') == 350
    # it has counters of its own
    assert client.cmd('RNTO g') == (550 if to == 'SaveRatios off' else 250)
    other = s.login('bob')                                      # nothing is asked of him
    place.file('f', b'x' * 1000, user='bob')
    assert other.cmd('RNFR f') == 350
    assert other.cmd('RNTO free/f') == 250


def test_counters_that_are_kept_and_those_that_are_not_stay_apart(ftpd, place, kept):
    place.file('f', b'x' * 10)
    make_directory(place, 'alice', 'd')
    place.file('d/f', b'x' * 10)
    s = ftpd(SAVED + 'UserRatio * 1 1 0 0\n<Directory ~/d>\nSaveRatios off\n</Directory>\n')
    client = s.login()
    assert client.get('d/f')
    refused(client, 'RETR d/f')
    assert ratio(client)[0] == (0, 0)
    refused(client, 'RETR d/f')
    assert client.get('f')
    assert lines(kept) == {('user', 'alice'): (0, 0, 1, 10)}
    assert client.cmd('CWD d') == 250
    assert ratio(client)[0] == (1, 10)


@pytest.mark.parametrize('line', ['Ratios off', 'UserRatio * 0 0 0 0', 'SaveRatios off',
                                  'RatioFile /tmp/x'])
def test_a_users_own_rules_say_nothing_of_ratios(ftpd, place, line):
    place.file('f', b'x' * 10)
    place.file('.ftpaccess', line.encode() + b'\n')
    client = ftpd('AllowOverride on\n' + ON + 'UserRatio * 1 0 1 0\n').login()
    assert client.fetch('RETR f')[0] == 550


# -- what -t says -------------------------------------------------------------------------

@pytest.mark.parametrize('conf, said', [
    ('UserRatio * 1 0 1 0\n', 'UserRatio: has no effect: Ratios is off'),
    ('Ratios on\nSaveRatios on\n', 'SaveRatios: RatioFile does not say where'),
    ('Ratios on\nRatioFile {dir}/r\n', 'RatioFile: keeps nothing: SaveRatios is off'),
    ('Ratios on\nSaveRatios on\nRatioFile {dir}/open/r\n',
     'RatioFile: .*everybody may write to it'),
    ('Ratios on\nSaveRatios on\nRatioFile {dir}/none/deep/r\n', 'RatioFile: .*No such file'),
    ('Ratios on\nSaveRatios on\nRatioFile {dir}/link\n', 'RatioFile: .*not a regular file'),
    ('RatioFile r\n', 'RatioFile: r: the absolute path of a file is expected'),
    ('Ratios on\nUserRatio * 1 0 1\n', 'UserRatio: '),
    ('Ratios on\nUserRatio * one 0 1 0\n', 'UserRatio: one: a ratio of files is expected'),
    ('Ratios on\nUserRatio * 1000001 0 1 0\n', 'UserRatio: 1000001: a ratio of files is expected'),
    ('Ratios on\nUserRatio * 1 0.5 1 0\n', 'UserRatio: 0.5: a number of files is expected'),
    ('Ratios on\nGroupRatio g 1 0 x 0\n', 'GroupRatio: x: a ratio of bytes is expected'),
    ('Ratios on\nHostRatio h 1 0 1 5q\n', 'HostRatio: 5q: a number of kilobytes is expected'),
    ('Ratios on\nAnonRatio h 1 0 1 --5\n', 'AnonRatio: --5: a number of kilobytes is expected'),
    ('Ratios on\nRatioTempFile /x\n',
     'RatioTempFile: has no effect: the new file is written beside'),
    ('Ratios maybe\n', 'Ratios: maybe: on or off is expected'),
])
def test_mistakes_are_named(ftpd, place, conf, said):
    (place.dir / 'open').mkdir()
    (place.dir / 'open').chmod(0o777)
    (place.dir / 'link').symlink_to(place.dir / 'x')
    s = ftpd(conf)
    number = len(conf.splitlines())
    _, text = s.check()
    assert re.search(rf'{s.conf_path}:{number}: {said}' if 'effect: R' in said or number > 1
                     else said, text), text


def test_many_lines(ftpd, place):
    """A line for each of very many users: read in one pass, and none of them is forgotten."""
    place.file('f', b'x' * 10)
    s = ftpd(ON + ''.join(f'UserRatio u{n} 1 1 1 1\n' for n in range(300000))
             + 'UserRatio alice 1 0 1 0\n')
    assert s.check()[0] == 0
    refused(s.login(), 'RETR f')


def test_what_is_in_effect(ftpd, place):
    """-T prints it, and what it prints means the same."""
    conf = ('Ratios on\nSaveRatios on\nRatioFile {dir}/r\nFileRatioErrMsg "no file"\n'
            'ByteRatioErrMsg "no byte"\nLeechRatioMsg "take it"\nCwdRatioMsg "mind it"\n'
            'HostRatio 10.* 1 2 3 4Kb\nAnonRatio * 1 0 1 0\nUserRatio alice -5 1 5 -3\n'
            'UserRatio * 1 0 1 0\nGroupRatio staff 5 5 5 5\n')
    s = ftpd(conf)
    first = s.explain().stdout
    for line in conf.replace('{dir}', str(s.dir)).splitlines():
        assert line.replace('"no file"', '"no file"') in first, (line, first)
    place.write('again.conf', first)
    assert s.explain(conf=place.dir / 'again.conf').stdout == first


def test_what_is_right_is_not_told(ftpd, place):
    s = ftpd('<Global>\nUserRatio * 1 0 1 0\n</Global>\nSaveRatios on\nRatioFile {dir}/r\n'
             '<Directory {dir}>\nRatios on\nUserRatio alice 2 0 2 0\n</Directory>\n'
             '<IfUser bob>\nRatios on\nUserRatio bob 1 0 1 0\nSaveRatios on\n</IfUser>\n')
    assert 'Ratio' not in s.check()[1]


def test_started_by_a_user(ftpd, place, kept):
    """He may keep counters where only he can write."""
    place.file('f', b'x')
    os.chown(kept.parent, *harness.USERS['alice'])
    s = ftpd(SAVED.replace('DelayEngine', 'ScoreboardFile none\nDelayEngine')
             + 'UserRatio * 1 1 0 0\n')
    s.give_to('alice')
    assert s.login().get('f') == b'x'
    refused(s.login())
    assert lines(kept) == {('user', 'alice'): (0, 0, 1, 1)}
