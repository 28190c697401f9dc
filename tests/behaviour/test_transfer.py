"""Bytes: every one, in both directions, in every way to move them."""

import hashlib
import os
import random
import re
import shutil
import socket
import time

import pytest

from client import read_all
from clock import Clock
from harness import uid_of


def noise(n, seed=1):
    return random.Random(seed).randbytes(n)


@pytest.mark.parametrize('sendfile', ['on', 'off'])
def test_faq_3_3a_sendfile(ftpd, place, sendfile):
    content = noise(1 << 20) * 100
    place.file('big', content)
    s = ftpd(f'UseSendfile {sendfile}')
    c = s.login()
    c.cmd('TYPE I')
    assert hashlib.sha256(c.get('big')).digest() == hashlib.sha256(content).digest()
    line = s.xferlog()[0]
    assert int(line[7]) == len(content) and line[-1] == 'c'


def test_faq_3_3f_beyond_4_gib(ftpd, place):
    size = 5 << 30
    with open(place.file('huge'), 'r+b') as f:
        f.truncate(size)
        f.seek(size - 20)
        f.write(b'the very last bytes!')
    c = ftpd().login()
    c.cmd('TYPE I')
    assert c.cmd('SIZE huge').text == str(size)
    assert c.get('huge', rest=size - 20) == b'the very last bytes!'
    assert c.cmd('REST 4294967301') == 350
    reply, data = c.open('RETR huge')
    assert reply == 150
    first = data.recv(10)
    assert first == b'\0' * len(first)
    data.close()
    assert c.reply() == 426
    assert c.cmd('NOOP') == 200


def test_store_beyond_4_gib(ftpd, place):
    c = ftpd('AllowOverwrite on\nAllowStoreRestart on').login()
    c.cmd('TYPE I')
    with open(place.file('huge'), 'r+b') as f:
        f.truncate(5 << 30)
    assert c.store('STOR huge', b'end', rest=5 << 30) == 226
    assert (place.home() / 'huge').stat().st_size == (5 << 30) + 3


def test_faq_4_26_no_corruption(ftpd, place):
    rng = random.Random(4)
    s = ftpd('AllowOverwrite on\nAllowStoreRestart on')
    slow = ftpd('AllowOverwrite on\nAllowStoreRestart on\nUseSendfile off')
    clients = [s.login(), slow.login()]
    for n in range(1000):
        c = clients[n % 2]
        ascii_type = rng.random() < 0.3
        size = rng.choice([0, 1, 2, rng.randrange(100), rng.randrange(5000), 65535, 65536, 65537,
                           rng.randrange(300000)])
        content = (rng.choice([b'line\n', b'\n', b'a\r\nb', b'\r', b'xyz']) * size)[:size] \
            if ascii_type else rng.randbytes(size)
        mode = rng.choice(['pasv', 'epsv', 'port', 'eprt'])
        c.cmd('TYPE A' if ascii_type else 'TYPE I')
        if ascii_type:
            wire = re.sub(rb'(?<!\r)\n', b'\r\n', content)
            local = wire.replace(b'\r\n', b'\n')
            assert c.store('STOR f', wire, mode) == 226
            assert (place.home() / 'f').read_bytes() == local
            (place.home() / 'f').write_bytes(content)
            assert c.get('f', mode) == wire
        else:
            cut = rng.randrange(size + 1)
            assert c.store('STOR f', content[:cut], mode) == 226
            assert c.store('STOR f', content[cut:], mode, rest=cut) == 226
            assert (place.home() / 'f').read_bytes() == content
            assert c.get('f', mode, rest=cut) == content[cut:]


def test_type_l8_is_image(ftpd, place):
    place.file('f', b'a\nb')
    c = ftpd().login()
    assert c.cmd('TYPE L 8') == 200
    assert c.get('f') == b'a\nb'


def test_defaulttransfermode(ftpd, place):
    place.file('f', b'a\nb\n')
    assert ftpd().login().get('f') == b'a\r\nb\r\n'
    assert ftpd('DefaultTransferMode binary').login().get('f') == b'a\nb\n'


def test_type_survives_login(ftpd, place):
    place.file('f', b'a\nb\n')
    c = ftpd().connect()
    c.login()
    c.cmd('TYPE I')
    assert c.get('f') == b'a\nb\n'


@pytest.mark.parametrize('size', [0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 131072, 262145])
def test_attack_27_ascii_at_every_border(ftpd, place, size):
    s = ftpd('AllowOverwrite on')
    c = s.login()
    c.cmd('TYPE A')
    for content in (b'\n' * size, b'\r' * size, (b'\r\n' * size)[:size],
                    b'x' * (size - 1) + b'\r\n',
                    (b'x' * 7 + b'\r\n') * (size // 9)):
        wire = content
        local = wire.replace(b'\r\n', b'\n')
        assert c.store('STOR f', wire) == 226
        assert (place.home() / 'f').read_bytes() == local
        (place.home() / 'f').write_bytes(content)
        assert c.get('f') == re.sub(rb'(?<!\r)\n', b'\r\n', content)


def test_ascii_in_small_pieces(ftpd, place):
    c = ftpd().login()
    c.cmd('TYPE A')
    reply, data = c.open('STOR f')
    data.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for piece in (b'a\r', b'\nb', b'\r', b'\r', b'\n', b'c\r'):
        data.sendall(piece)
        time.sleep(0.01)
    data.close()
    assert c.reply() == 226
    assert (place.home() / 'f').read_bytes() == b'a\nb\r\nc\r'


def test_150_tells_the_size(ftpd, place):
    place.file('f', b'x' * 1234)
    c = ftpd().login()
    c.cmd('TYPE I')
    reply, data = c.open('RETR f')
    assert '1234' in reply.text
    read_all(data)
    assert c.reply() == 226


def test_lost_data_connection(ftpd, place):
    place.file('big', b'\0' * (64 << 20))
    s = ftpd()
    c = s.login()
    c.cmd('TYPE I')
    reply, data = c.open('RETR big')
    data.recv(1000)
    data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
    data.close()
    assert c.reply() == 426
    line = s.xferlog()[0]
    assert line[-1] == 'i'
    assert c.cmd('NOOP') == 200


def test_abor_during_retr(ftpd, place):
    place.file('big', b'\0' * (64 << 20))
    s = ftpd()
    c = s.login()
    c.cmd('TYPE I')
    for interrupt in (b'ABOR\r\n', b'\xff\xf4\xff\xf2ABOR\r\n', b'\xff\xf2ABOR\r\n'):
        reply, data = c.open('RETR big')
        data.recv(1000)
        c.send(interrupt)
        assert c.reply() == 426
        assert c.reply() == 226
        data.close()
    assert [l[-1] for l in s.xferlog(3)] == ['i'] * 3
    assert c.cmd('ABOR') == 226
    assert c.cmd('NOOP') == 200


def test_abor_with_urgent_data(ftpd, place):
    # The Telnet way: IP as it is, the data mark urgent (RFC 959, 3.4).
    place.file('big', b'\0' * (64 << 20))
    c = ftpd().login()
    c.cmd('TYPE I')
    reply, data = c.open('RETR big')
    data.recv(1000)
    c.send(b'\xff\xf4')
    c.sock.send(b'\xff\xf2', socket.MSG_OOB)
    c.send(b'ABOR\r\n')
    assert c.reply() == 426
    assert c.reply() == 226
    assert c.cmd('NOOP') == 200


def test_abor_during_stor(ftpd, place):
    s = ftpd('DeleteAbortedStores on')
    c = s.login()
    reply, data = c.open('STOR f')
    data.sendall(b'partial')
    c.send(b'ABOR\r\n')
    assert c.reply() == 426
    assert c.reply() == 226
    data.close()
    assert not (place.home() / 'f').exists()
    assert s.xferlog()[0][-1] == 'i'


def test_stat_during_a_transfer(ftpd, place):
    place.file('big', b'\0' * (64 << 20))
    c = ftpd().login()
    c.cmd('TYPE I')
    reply, data = c.open('RETR big')
    data.recv(100000)
    status = c.cmd('STAT')
    assert status in (211, 213)
    assert 'big' in status.all or 'RETR' in status.all
    c.put('NOOP')                    # waits for its turn
    rest = read_all(data)
    assert c.reply() == 226
    assert c.reply() == 200


def test_abor_during_a_listing(ftpd, place):
    for n in range(3000):
        (place.home() / f'{"name" * 50}{n}').touch()
    c = ftpd().login()
    reply, data = c.open('LIST')
    data.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    data.recv(10)
    c.send(b'ABOR\r\n')
    first = c.reply()
    assert first in (426, 226)
    if first == 426:
        assert c.reply() == 226
    else:                            # the listing was out already
        assert c.reply() == 226
    assert c.cmd('NOOP') == 200


def test_faq_3_3c_a_file_that_shrinks(ftpd, place):
    # attacks.md 82
    path = place.file('big', b'\0' * (64 << 20))
    for sendfile in ('on', 'off'):
        with open(path, 'r+b') as f:
            f.truncate(64 << 20)
        s = ftpd(f'UseSendfile {sendfile}')
        c = s.login()
        c.cmd('TYPE I')
        reply, data = c.open('RETR big')
        data.recv(1000)
        os.truncate(path, 10)
        read_all(data)
        assert c.reply() in (426, 451)
        assert s.xferlog()[0][-1] == 'i'


def test_faq_3_3c_a_file_that_grows(ftpd, place):
    path = place.file('f', b'a' * (8 << 20))
    c = ftpd().login()
    c.cmd('TYPE I')
    reply, data = c.open('RETR f')
    assert str(8 << 20) in reply.text
    first = data.recv(1000)
    with open(path, 'ab') as f:
        f.write(b'b' * 1000)
    assert len(first + read_all(data)) == 8 << 20
    assert c.reply() == 226


def test_a_stalled_transfer(ftpd, place):
    place.file('big', b'\0' * (64 << 20))
    c = ftpd('TimeoutStalled 1').login()
    c.cmd('TYPE I')
    reply, data = c.open('RETR big')
    replies = c.last_words()
    assert [int(r) for r in replies] == [426, 421]


@pytest.mark.parametrize('conf, code', [('TimeoutIdle 3', 421), ('TimeoutNoTransfer 3', 421)])
def test_timeouts(ftpd, conf, code):
    s = ftpd(conf)
    c = s.login()
    assert [int(r) for r in c.last_words()] == [code]
    assert s.exit_status() == 0
    s.log_wait('timeout|timed out|idle')


def test_faq_4_27a_the_binary_is_replaced(ftpd, place, binary, directory):
    place.file('big', b'\0' * (32 << 20))
    own = directory / 'in.ftpd'
    shutil.copy(binary, own)
    s = ftpd()
    s.binary = own
    c = s.login()
    c.cmd('TYPE I')
    reply, data = c.open('RETR big')
    got = len(data.recv(1000))
    new = directory / 'new'
    shutil.copy(binary, new)
    new.rename(own)
    assert got + len(read_all(data)) == 32 << 20
    assert c.reply() == 226
    assert s.login().cmd('NOOP') == 200


def test_special_files(ftpd, place):
    # attacks.md 43
    home = place.home()
    os.mkfifo(home / 'fifo')
    os.mkfifo(home / 'write-only', 0o222)
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(str(home / 'socket'))
    os.mknod(home / 'device', 0o20666, os.makedev(1, 5))
    (home / 'tty').symlink_to('/dev/tty')
    (home / 'dir').mkdir()
    for path in home.iterdir():
        os.chown(path, uid_of('alice'), 61100, follow_symlinks=False)
    c = ftpd('AllowOverwrite on\nAllowStoreRestart on').login()
    for name in ('fifo', 'write-only', 'socket', 'device', 'tty', 'dir'):
        began = time.monotonic()
        assert c.fetch(f'RETR {name}')[0] == 550, name
        assert c.store(f'STOR {name}', b'x') == 550, name
        assert c.store(f'APPE {name}', b'x') == 550, name
        assert time.monotonic() - began < 20
    unix.close()


def test_a_failed_transfer_costs_the_preparation(ftpd, place):
    place.file('f', b'x')
    c = ftpd().login()
    assert c.fetch('RETR nothing')[0] == 550
    assert c.get('f') == b'x'


def test_pipelined_transfers(ftpd, place):
    place.file('f', b'x')
    c = ftpd().login()
    address = c.pasv()
    data = c.connect(address)
    c.send(b'RETR f\r\nNOOP\r\nPWD\r\n')
    assert c.reply() == 150
    assert read_all(data) == b'x'
    assert [int(c.reply()) for _ in range(3)] == [226, 200, 257]


def test_transferoptions_ignoreascii(ftpd, place):
    place.file('f', b'a\nb\n')
    c = ftpd('TransferOptions IgnoreASCII').login()
    c.cmd('TYPE A')
    assert c.get('f') == b'a\nb\n'
    assert c.store('STOR g', b'a\r\nb') == 226
    assert (place.home() / 'g').read_bytes() == b'a\r\nb'


def test_who_works_is_not_idle(ftpd, place):
    place.file('big', b'\0' * (64 << 20))
    clock = Clock(place)
    c = ftpd('TimeoutIdle 60\nTimeoutNoTransfer 600', env=clock.env).login()
    for _ in range(8):
        clock.pass_by(10)
        assert c.cmd('NOOP') == 200
    c.cmd('TYPE I')
    reply, data = c.open('RETR big')
    for _ in range(8):              # data that flows counts, too
        clock.pass_by(10)
        got = 0
        while got < 7 << 20:        # of 36 MiB something left the server for certain
            got += len(data.recv(100000))
    assert len(read_all(data)) > 0
    assert c.reply() == 226
