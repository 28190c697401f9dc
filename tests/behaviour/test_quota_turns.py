"""Quotas: the room of a file that gives way is given back once, whoever takes it away just then."""

import os
import random
import stat
import threading

import pytest

from harness import kill, open_files, processes, uid_of, until
from quotas import HARD, SOFT, hold, limit, tables, tally  # noqa: F401: a fixture

NAMES = ('a', 'b', 'c')
TURNS = 1 << 40         # the first byte of the tally table that stands for a name
PLENTY = {'bi': 1 << 30, 'fi': 1 << 20}


def held(place):
    """What the disk has: bytes and names, of directories as far as they count."""
    files = [p.stat() for p in place.home().rglob('*')]
    return (sum(min(f.st_size, 4096) if stat.S_ISDIR(f.st_mode) else f.st_size for f in files),
            len(files))


def change(c, seed, steps, directories):
    """Store, delete and rename the same few names as fast as it goes; any of it may be refused."""
    rng = random.Random(seed)
    for _ in range(steps):
        what, name = rng.randrange(5 if directories else 4), rng.choice(NAMES)
        if what == 0:
            c.store(f'STOR {name}', b'x' * rng.randrange(1, 5000))
        elif what == 1:
            c.send(f'DELE {name}\r\n'.encode() * 3)
            for _ in range(3):
                c.reply()
        elif what == 4:
            c.send(b'MKD d\r\nRNFR d\r\nRNTO e\r\nRMD e\r\nRMD d\r\n')
            for _ in range(5):
                c.reply()
        else:
            for line in (f'RNFR {name}', f'RNTO {rng.choice(NAMES)}'):
                if int(c.cmd(line)) not in (350, 250):
                    break


def together(clients, steps=150, directories=False):
    failures = []

    def run(seed, c):
        try:
            change(c, seed, steps, directories)
        except Exception as error:      # noqa: BLE001: told below
            failures.append(error)

    threads = [threading.Thread(target=run, args=it) for it in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


@pytest.mark.parametrize('directories', [False, True])
def test_many_that_take_the_same_names_away(ftpd, place, tables, directories):
    # far from 0, where a tally would stop
    t = tables(limit(**PLENTY), tallies=tally(bi=1 << 20, fi=1000))
    s = ftpd(t.conf + 'HiddenStores .in. .%P\n'
             + ('QuotaDirectoryTally on\n' if directories else ''))
    together([s.login() for _ in range(4)], directories=directories)
    size, files = held(place)
    assert t.of() == {'bi': size + (1 << 20), 'fi': files + 1000}


def test_written_in_place_nothing_counts_too_little(ftpd, place, tables):
    t = tables(limit(**PLENTY), tallies=tally(bi=1 << 20, fi=1000))
    s = ftpd(t.conf)
    together([s.login() for _ in range(4)])
    size, files = held(place)
    assert t.of()['bi'] >= size + (1 << 20) and t.of()['fi'] >= files + 1000


@pytest.mark.parametrize('line, conf, used', [
    ('DELE f', '', {'bi': 37, 'fi': 2}),
    ('RNTO f', '', {'bi': 37, 'fi': 2}),
    ('STOR f', '', {'bi': 37, 'fi': 2}),
    ('STOR f', 'HiddenStores on', {'bi': 47, 'fi': 3}),
    ('STOR f', 'HiddenStores on\n<Directory ~>\nStoreMoveTo ~/in\n</Directory>',
     {'bi': 47, 'fi': 3})])
def test_who_waits_in_vain_gives_nothing_back(ftpd, place, tables, line, conf, used):
    """Somebody has every name's turn: it is done all the same, and the old file stays counted."""
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
    s.log_wait(f'quotas: {t.tallies}: somebody holds its lock: '
               'what gives way goes on being counted')
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


# -- what is taken away before, under or behind an upload ------------------------------------

@pytest.mark.parametrize('renamed', [False, True])
def test_an_upload_that_finds_its_file_gone(ftpd, place, tables, renamed):
    """The file was opened, and another session took it away before the first byte came."""
    place.file('f', b'x' * 30)
    t = tables(limit(**PLENTY), tallies=tally(bi=1030, fi=11))
    s = ftpd(t.conf)
    a, b = s.login(), s.login()
    a.cmd('TYPE I')
    address = a.pasv()
    a.put('STOR f')
    until(lambda: any(str(place.home() / 'f') in open_files(pid).values()
                      for pid in processes(s.spawned[0].pid)))
    if renamed:
        assert b.cmd('RNFR f') == 350 and b.cmd('RNTO g') == 250
    assert b.cmd('DELE g' if renamed else 'DELE f') == 250 and t.of()['bi'] == 1000
    data = a.connect(address)
    assert a.reply() == 150
    data.sendall(b'y' * 7)
    data.close()
    assert a.reply() == 226
    assert t.of() == {'bi': 1007, 'fi': 10}         # rather what is nowhere than too little


def test_attack_44_out_of_the_excepted_names_while_it_is_stored(ftpd, place, tables):
    t = tables(limit(bi=100))
    s = ftpd(t.conf + 'QuotaExcludeFilter "\\.tmp$"\n')
    a, b = s.login(), s.login()
    reply, data = a.open('STOR x.tmp')
    assert reply == 150 and b.cmd('RNFR x.tmp') == 350
    assert b.cmd('RNTO x') == 450
    # nor where nobody can say whether it is
    (place.home() / 'x.tmp').chmod(0o200)
    assert b.cmd('RNFR x.tmp') == 350 and b.cmd('RNTO x') == 550
    data.sendall(b'x' * 5000)
    data.close()
    assert a.reply() == 226 and t.all().get(('alice', 20), {}).get('bi', 0) == 0
    (place.home() / 'x.tmp').chmod(0o600)
    assert b.cmd('RNFR x.tmp') == 350 and b.cmd('RNTO x') == 552


@pytest.mark.parametrize('lines', [['DELE x.tmp'], ['RNFR x.tmp', 'RNTO y.tmp']])
def test_an_excepted_upload_that_is_taken_away(ftpd, place, tables, lines):
    t = tables(limit(bi=100, fi=9), tallies=tally(bi=5, fi=1))
    s = ftpd(t.conf + 'QuotaExcludeFilter "\\.tmp$"\n')
    a, b = s.login(), s.login()
    reply, data = a.open('STOR x.tmp')
    assert all(b.cmd(line) in (250, 350) for line in lines)
    data.sendall(b'x' * 5000)
    data.close()
    assert a.reply() == 226 and t.of() == {'bi': 5, 'fi': 1}


@pytest.mark.parametrize('size, code', [(40, 226), (41, 552)])
@pytest.mark.parametrize('left, conf', [
    ('.in.f.', 'QuotaExcludeFilter "/\\.in\\."\nHiddenStores on\n'),
    ('f', 'QuotaExcludeFilter "/alice/f$"\n<Directory ~>\nStoreMoveTo ~/in\n</Directory>\n')])
def test_attack_44_what_lay_where_it_did_not_count(ftpd, place, tables, left, conf, size, code):
    """Piece by piece below an excepted name: the limit is of the whole file, once it counts."""
    (place.home() / 'in').mkdir()
    os.chown(place.home() / 'in', uid_of('alice'), 61100)
    t = tables(limit(bi=100))
    s = ftpd(t.conf + conf)
    c = s.login()
    c.cmd('TYPE I')
    reply, data = c.open('STOR f')
    data.sendall(b'x' * 60)
    until(lambda: (place.home() / left).exists() and (place.home() / left).stat().st_size == 60)
    c.reset()
    data.close()
    s.exit_status()
    assert t.of() == {}
    c = s.login()
    c.cmd('TYPE I')
    assert c.store('STOR f', b'x' * size, rest=60) == code
    assert t.of() == ({'bi': 100} if code == 226 else {})


@pytest.mark.parametrize('how', ['DELE', 'RNTO', 'REST'])
def test_the_temporary_of_an_excepted_name_counts(ftpd, place, tables, how):
    """What a lost connection left bears a name that is not excepted, until the upload goes on."""
    t = tables(limit(**PLENTY), tallies=tally(bi=1000, fi=10))
    s = ftpd(t.conf + 'QuotaExcludeFilter "\\.tmp$"\nHiddenStores on\n')
    a = s.login()
    reply, data = a.open('STOR x.tmp')
    data.sendall(b'x' * 3000)
    left = place.home() / '.in.x.tmp.'
    until(lambda: left.exists() and left.stat().st_size == 3000)
    a.reset()
    data.close()
    s.exit_status()
    assert left.exists() and t.of() == {'bi': 4000, 'fi': 11}
    b = s.login()
    b.cmd('TYPE I')
    if how == 'DELE':
        assert b.cmd('DELE .in.x.tmp.') == 250
    elif how == 'RNTO':
        assert b.cmd('RNFR .in.x.tmp.') == 350 and b.cmd('RNTO y') == 250
    else:
        assert b.store('STOR x.tmp', b'y' * 10, rest=3000) == 226
    assert t.of() == ({'bi': 4000, 'fi': 11} if how == 'RNTO' else {'bi': 1000, 'fi': 10})


def test_storemoveto_out_of_what_is_excepted(ftpd, place, tables):
    for name in ('drop', 'in'):
        (place.home() / name).mkdir()
        os.chown(place.home() / name, uid_of('alice'), 61100)
    t = tables(limit(bi=100, fi=5))
    s = ftpd(t.conf + 'QuotaExcludeFilter "/drop/"\n<Directory ~/drop>\nStoreMoveTo ~/in\n'
             '</Directory>\n')
    c = s.login()
    assert c.store('STOR drop/f', b'x' * 60) == 226
    assert (place.home() / 'in/f').stat().st_size == 60 and t.of() == {'bi': 60, 'fi': 1}
    assert c.store('STOR drop/g', b'x' * 60) == 552
    assert not (place.home() / 'in/g').exists() and t.of() == {'bi': 60, 'fi': 1}


def test_storemoveto_into_what_is_excepted(ftpd, place, tables):
    (place.home() / 'done').mkdir()
    os.chown(place.home() / 'done', uid_of('alice'), 61100)
    t = tables(limit(bi=100, fi=5))
    c = ftpd(t.conf + 'QuotaExcludeFilter "/done/"\n<Directory ~>\nStoreMoveTo ~/done\n'
             '</Directory>\n').login()
    assert c.store('STOR f', b'x' * 60) == 226 and t.of() == {}
    assert (place.home() / 'done/f').stat().st_size == 60


@pytest.mark.parametrize('how', [HARD, SOFT])
def test_who_is_killed_has_not_stored_for_nothing(ftpd, place, tables, how):
    t = tables(limit(how=how, **PLENTY))
    s = ftpd(t.conf)
    c = s.login()
    reply, data = c.open('STOR f')
    data.sendall(b'x' * 100000)
    until(lambda: (place.home() / 'f').stat().st_size == 100000)
    for pid in s.processes():
        kill(pid)
    data.close()
    assert t.of()['bi'] >= 100000 and t.of()['fi'] == 1
