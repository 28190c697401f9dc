"""Quotas: the room of a file that gives way is given back once, whoever takes it away at that moment."""

import os
import random
import threading

import pytest

from harness import uid_of
from test_quota import hold, limit, tables, tally  # noqa: F401: a fixture

NAMES = ('a', 'b', 'c')
TURNS = 1 << 40         # the first byte of the tally table that stands for a name
PLENTY = {'bi': 1 << 30, 'fi': 1 << 20}


def held(place):
    """What the disk has: bytes and files under their names."""
    files = [p.stat() for p in place.home().iterdir()]
    return sum(f.st_size for f in files), len(files)


def change(c, seed, steps):
    """Store, delete and rename the same few names as fast as it goes; any of it may be refused."""
    rng = random.Random(seed)
    for _ in range(steps):
        what, name = rng.randrange(4), rng.choice(NAMES)
        if what == 0:
            c.store(f'STOR {name}', b'x' * rng.randrange(1, 5000))
        elif what == 1:
            c.send(f'DELE {name}\r\n'.encode() * 3)
            for _ in range(3):
                c.reply()
        else:
            for line in (f'RNFR {name}', f'RNTO {rng.choice(NAMES)}'):
                if int(c.cmd(line)) not in (350, 250):
                    break


def together(clients, steps=150):
    failures = []

    def run(seed, c):
        try:
            change(c, seed, steps)
        except Exception as error:      # noqa: BLE001: told below
            failures.append(error)

    threads = [threading.Thread(target=run, args=it) for it in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_many_that_take_the_same_names_away(ftpd, place, tables):
    t = tables(limit(**PLENTY))
    s = ftpd(t.conf + 'HiddenStores .in. .%P\n')
    together([s.login() for _ in range(4)])
    size, files = held(place)
    used = t.of()
    assert (used.get('bi', 0), used.get('fi', 0)) == (size, files)


def test_written_in_place_nothing_counts_too_little(ftpd, place, tables):
    t = tables(limit(**PLENTY))
    s = ftpd(t.conf)
    together([s.login() for _ in range(4)])
    size, files = held(place)
    used = t.of()
    assert used.get('bi', 0) >= size and used.get('fi', 0) >= files


@pytest.mark.parametrize('line, conf, used', [
    ('DELE f', '', {'bi': 37, 'fi': 2}),
    ('RNTO f', '', {'bi': 37, 'fi': 2}),
    ('STOR f', '', {'bi': 37, 'fi': 2}),
    ('STOR f', 'HiddenStores on', {'bi': 47, 'fi': 3}),
    ('STOR f', 'HiddenStores on\n<Directory ~>\nStoreMoveTo ~/in\n</Directory>', {'bi': 47, 'fi': 3})])
def test_who_waits_in_vain_gives_nothing_back(ftpd, place, tables, line, conf, used):
    """Somebody has the turn of every name: it is done all the same, and counted as if the old file were there."""
    (place.home() / 'in').mkdir()
    os.chown(place.home() / 'in', uid_of('alice'), 61100)
    place.file('f', b'x' * 30)
    place.file('g', b'x' * 7)
    t = tables(limit(**PLENTY), tallies=tally(bi=37, fi=2))
    s = ftpd(t.conf + conf)
    c = s.login()
    holder = hold(t.tallies, TURNS)
    if line == 'RNTO f':
        assert c.cmd('RNFR g') == 350
    assert (c.store(line, b'y' * 10) == 226) if line == 'STOR f' else (c.cmd(line) == 250)
    s.log_wait(f'quotas: {t.tallies}: somebody holds its lock: what gives way goes on being counted')
    assert t.of() == used
    holder.stdin.close()
    assert holder.wait() == 0 and holder.stdout.close() is None
    if line == 'DELE f':            # and the next one is counted as it is
        assert c.cmd('DELE g') == 250 and t.of() == {'bi': 30, 'fi': 1}


def test_who_dies_gives_his_turn_up(ftpd, place, tables):
    place.file('f', b'x' * 30)
    t = tables(limit(**PLENTY), tallies=tally(bi=30, fi=1))
    c = ftpd(t.conf).login()
    holder = hold(t.tallies, TURNS)
    c.put('DELE f')
    holder.kill()
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    assert c.reply() == 250 and t.of() == {}
