"""What happens between the check and the use, and at every point of a transfer."""

import os
import random
import threading
import time

import pytest

from client import Closed
from harness import SAN, libc, open_files, processes, uid_of, until

RENAME_EXCHANGE, AT_FDCWD = 2, -100


class Swapper(threading.Thread):
    """Swaps a directory and a link that leads out, as fast as it can."""

    def __init__(self, one, other):
        super().__init__(daemon=True)
        self.names = os.fsencode(one), os.fsencode(other)
        self.stop = False
        self.swaps = 0

    def run(self):
        while not self.stop:
            if libc.renameat2(AT_FDCWD, self.names[0], AT_FDCWD, self.names[1],
                              RENAME_EXCHANGE) == 0:
                self.swaps += 1


@pytest.mark.parametrize('jail', ['DefaultRoot ~\n', ''])
def test_attack_31_links_that_change(ftpd, place, jail):
    outside = place.dir / 'outside'
    outside.mkdir()
    outside.chmod(0o777)
    for name in ('f', 'victim'):
        (outside / name).write_text('outside')
        (outside / name).chmod(0o666)
    place.anon.chmod(0o777)
    home = place.home()
    (home / 'd').mkdir()
    os.chown(home / 'd', uid_of('alice'), 61100)
    place.file('d/f', b'inside')
    place.file('mine', b'x')
    (home / 'link').symlink_to('../../outside')
    # In a jail the outside stays untouched. Without one it may be named, so the rules must hold.
    closed = '<Directory {dir}/outside>\n<Limit ALL>\nDenyAll\n</Limit>\n</Directory>\n'
    rules = '' if jail else closed
    s = ftpd(jail + rules + 'AllowOverwrite on\nAllowStoreRestart on')
    c = s.login()
    c.cmd('TYPE I')
    swapper = Swapper(home / 'd', home / 'link')
    swapper.start()
    began = time.monotonic()
    while (passed := time.monotonic() - began) < 4 or swapper.swaps <= 1000 and passed < 60:
        c.store('STOR d/planted', b'x')
        reply, data = c.fetch('RETR d/f')
        assert data in (None, b'inside'), data
        c.cmd('MKD d/made')
        c.cmd('SITE CHMOD 600 d/f')
        c.cmd('MFMT 20200101000000 d/f')
        c.cmd('DELE d/victim')
        if c.cmd('RNFR mine') == 350 and c.cmd('RNTO d/moved') == 250:
            if c.cmd('RNFR d/moved') != 350 or c.cmd('RNTO mine') != 250:
                (home / 'mine').write_text('x')
        c.cmd('RMD d/made')
        assert b'victim' not in (c.fetch('NLST d')[1] or b'')
    swapper.stop = True
    swapper.join()
    assert swapper.swaps > 1000
    assert sorted(os.listdir(outside)) == ['f', 'victim']
    for name in ('f', 'victim'):
        found = (outside / name).stat()
        assert (outside / name).read_text() == 'outside' and found.st_mode & 0o777 == 0o666
        assert found.st_mtime > 1.6e9 and found.st_uid == 0


@pytest.mark.parametrize('verb', ['RETR big', 'STOR new', 'LIST', 'MLSD'])
@pytest.mark.parametrize('seed', range(2))
def test_attack_21_abort_at_any_point(ftpd, place, verb, seed):
    place.file('big', b'\0' * (4 << 20))
    for n in range(200):
        (place.home() / f'{n:0200}').touch()
    s = ftpd('AllowOverwrite on')
    rng = random.Random(seed)
    c = s.login()
    for n in range(40):
        address = c.pasv()
        data = c.connect(address)
        c.put(verb)
        time.sleep(rng.random() * 0.004)
        action = rng.choice(['abor', 'data', 'control', 'quit', 'iac'])
        try:
            if verb.startswith('STOR'):
                data.send(b'x' * rng.randrange(100000))
            if action in ('abor', 'iac'):
                c.send(b'\xff\xf4\xff\xf2ABOR\r\n' if action == 'iac' else b'ABOR\r\n')
                if rng.random() < 0.5:
                    data.close()
                codes = [int(c.reply()) for _ in range(3)]
                assert codes in ([150, 226, 226], [150, 426, 226]), codes
                data.close()
                assert c.cmd('NOOP') == 200
                continue
            data.close()
            if action == 'data':
                assert c.reply() == 150
                assert c.reply() in (226, 426)
                continue
            if action == 'quit':
                c.put('QUIT')
                assert c.last_words()[-1] in (221, 226)
            c.close()
        except (BrokenPipeError, ConnectionResetError, Closed):
            pass
        pid = s.monitor
        until(lambda: processes(pid) == [])
        assert s.exit_status() == 0
        c = s.login()


def test_attack_79_nothing_accumulates(ftpd, place):
    place.file('f', b'x')
    s = ftpd()
    for n in range(60 if SAN else 200):
        c = s.connect()
        if n % 2:
            c.login()
            if n % 4 == 1:
                c.get('f')
        c.close()
    until(lambda: all(p.poll() is not None for p in s.spawned), 20)
    assert {p.returncode for p in s.spawned} == {0}


def test_attack_80_no_growth_in_a_session(ftpd, place):
    place.file('f', b'x' * 1000)
    s = ftpd('AllowOverwrite on')
    c = s.login()
    c.cmd('TYPE I')

    def resident():
        return {p: int(next(l for l in open(f'/proc/{p}/status')
                            if l.startswith('RssAnon')).split()[1])
                for p in s.processes()}

    def rounds(n):
        for _ in range(n):
            c.get('f')
            c.store('STOR g', b'y' * 1000)
            c.names('LIST')
            c.cmd('STAT .')

    rounds(20)
    before = resident()
    files = {p: len(open_files(p)) for p in before}
    rounds(300)
    after = resident()
    # one more may be open for a moment
    until(lambda: all(len(open_files(p)) <= files[p] for p in after))
    assert SAN or all(after[p] - before[p] <= 256 for p in before), (before, after)


def test_two_sessions_store_the_same_name(ftpd, place):
    s = ftpd()
    one, two = s.login(), s.login()
    reply, data = one.open('STOR f')
    data.sendall(b'one')
    until(lambda: (place.home() / 'f').exists())
    assert two.store('STOR f', b'two') == 550
    data.close()
    assert one.reply() == 226
    assert (place.home() / 'f').read_bytes() == b'one'
