"""Quotas: tables that cannot be trusted, that others hold, change or replace."""

import os
import re
import shutil
import subprocess

import pytest

from harness import uid_of, until
from quotas import limit, tables, tally  # noqa: F401 (a fixture)


# -- tables that cannot be trusted --------------------------------------------------------

def nan(what):
    return limit(**{what: float('nan')})


BAD = {
    'magic': ('limits', lambda b: b'\x44\x76\0\0' + b[4:], 'not a limit table'),
    'size': ('limits', lambda b: b + b'x', 'not whole'),
    'short': ('limits', lambda b: b'\x26', 'not a limit table'),
    'kind': ('limits', lambda b: b[:4 + 81] + b'\x15' + b[4 + 82:], 'record 1: a kind'),
    'type': ('limits', lambda b: b[:4 + 86] + b'\x07' + b[4 + 87:], 'neither hard nor soft'),
    'bool': ('limits', lambda b: b[:4 + 85] + b'\x07' + b[4 + 86:], 'neither 0 nor 1'),
    'name': ('limits', lambda b: b[:4] + b'n' * 81 + b[4 + 81:], 'a name without an end'),
    'nan': ('limits', lambda b: b[:4] + nan('bi'), 'a number of bytes that is none'),
    'tally-magic': ('tallies', lambda b: b'\x26\x76\0\0' + b[4:], 'not a tally table'),
    'tally-negative': ('tallies', lambda b: b[:4] + tally(bo=-1.0), 'a negative number'),
    'tally-inf': ('tallies', lambda b: b[:4] + tally(bx=float('inf')), 'that is none'),
    'tally-size': ('tallies', lambda b: b[:-1], 'not whole'),
}


@pytest.mark.parametrize('which', BAD)
def test_a_damaged_table_lets_nothing_pass(ftpd, place, tables, which):
    name, spoil, why = BAD[which]
    place.file('f', b'hello')
    t = tables(limit(bi=100), tallies=tally(bi=5))
    path = getattr(t, name)
    path.write_bytes(spoil(path.read_bytes()))
    before = path.read_bytes()
    s = ftpd(t.conf)
    c = s.login()
    for line in ('STOR n', 'APPE n', 'STOU', 'RETR f'):
        assert c.open(line)[0] == 451
    assert c.cmd('SITE QUOTA') == 451 and c.cmd('DELE f') == 250
    assert re.search(why, s.log_wait(f'quotas: {path}')), s.log()
    assert path.read_bytes() == before
    said = check(s)
    assert re.search(rf'{path}.*{why}', said) and ('QuotaLimitTable' if name == 'limits' else
                                                   'QuotaTallyTable') in said


def check(s):
    done = subprocess.run([str(s.binary), '-t', '-c', str(s.conf_path)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


@pytest.mark.parametrize('what', ['link', 'fifo', 'owner', 'writable', 'hard', 'directory',
                                  'missing'])
def test_attack_93_a_table_of_others(ftpd, place, tables, what):
    t = tables(limit(bi=100), tallies=tally(bi=5))
    path, aside = t.tallies, t.dir / 'aside'
    if what in ('link', 'fifo', 'missing'):
        path.rename(aside)
    if what == 'link':
        path.symlink_to(aside)
    elif what == 'fifo':
        os.mkfifo(path, 0o600)
    elif what == 'owner':
        os.chown(path, uid_of('alice'), 0)
    elif what == 'writable':
        path.chmod(0o666)
    elif what == 'hard':
        os.link(path, aside)
    elif what == 'directory':
        t.dir.chmod(0o777)
    s = ftpd(t.conf)
    assert s.login().open('STOR n')[0] == 451
    assert str(t.dir) in s.log_wait('quotas: ')
    assert 'QuotaTallyTable' in check(s)
    t.dir.chmod(0o755)


def test_check_of_the_configuration(ftpd, place, tables):
    t = tables(limit(bi=100))
    for line, why in (
            ('QuotaLimitTable sql:/get-quota', 'tables in a database are not there'),
            ('QuotaLimitTable /etc/x', 'file:/path is expected'),
            ('QuotaTallyTable file:x', 'an absolute path'),
            ('QuotaDisplayUnits Tb', 'b, Kb, Mb or Gb'),
            ('QuotaDefault user false hard 1 2 3 4 5', 'takes 9 values, not 8'),
            ('QuotaDefault any false hard 1 2 3 4 5 6', 'user, group, class or all'),
            ('QuotaDefault user maybe hard 1 2 3 4 5 6', 'true or false'),
            ('QuotaDefault user false tough 1 2 3 4 5 6', 'hard or soft'),
            ('QuotaDefault user false hard 1k 2 3 4 5 6', '1k: a number of bytes'),
            ('QuotaDefault user false hard 1 2 3 4 5 4294967296', 'a number of files'),
            ('QuotaExcludeFilter "["', r'\['),
            ('QuotaOptions Scan', 'ScanOnLogin is expected'),
            ('QuotaLog x', 'none or an absolute path'),
            ('QuotaLock x', 'absolute'),
            ('QuotaEngine maybe', 'on or off')):
        s = ftpd('\n' + line)
        assert re.search(rf'{s.conf_path}:2: {line.split()[0]}: .*{why}', check(s)), (
            line, check(s))
    assert 'limits nothing' in check(ftpd('QuotaEngine on'))
    assert 'without QuotaTallyTable' in check(
        ftpd(f'QuotaEngine on\nQuotaLimitTable file:{t.limits}'))
    assert 'Quota' not in check(ftpd(t.conf))


def test_what_is_in_effect_parses_back(ftpd, place, tables):
    t = tables(limit(bi=100))
    s = ftpd(t.conf + f'QuotaDefault user false hard 1 2 3 4 5 -1\nQuotaExcludeFilter "a b$" [NC]\n'
             f'QuotaLock {t.dir}/lock\nQuotaOptions ScanOnLogin\nQuotaShowQuotas off\n'
             'QuotaDisplayUnits Mb\nQuotaDirectoryTally on')

    def effective(path):
        return subprocess.run([str(s.binary), '-T', '-c', str(path)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True).stdout

    first = effective(s.conf_path)
    assert len(re.findall('^Quota', first, re.M)) == 11
    again = place.write('again.conf', first)
    assert effective(again) == first


def test_no_tally_table(ftpd, tables):
    t = tables(limit(bi=100), limit('bob', bi=100, per=True))
    s = ftpd(f'QuotaEngine on\nQuotaLimitTable file:{t.limits}')
    assert s.login().open('STOR n')[0] == 451
    assert 'no QuotaTallyTable' in s.log_wait('quotas: ')
    assert s.login('bob').store('STOR n', b'x') == 226
    assert s.login('carol').store('STOR n', b'x') == 226


# -- beside others ------------------------------------------------------------------------

def test_not_as_root(ftpd, place, tables):
    t = tables(limit(bi=100))
    s = ftpd(t.conf)
    s.give_to('alice')
    for path in (t.dir, t.limits, t.tallies):
        os.chown(path, uid_of('alice'), 61100)
    c = s.login()
    assert c.store('STOR n', b'x' * 101) == 552 and c.store('STOR n', b'x' * 100) == 226
    assert t.of() == {'bi': 100}


def test_a_server_has_its_own(ftpd, place, tables):
    t = tables(limit(bi=100))
    s = ftpd(f'<Global>\n{t.conf}</Global>\nQuotaEngine off')
    assert s.login().store('STOR n', b'x' * 101) == 226 and t.all() == {}
    s = ftpd(f'<Global>\n{t.conf}</Global>\n<IfUser bob>\nQuotaEngine off\n</IfUser>')
    assert s.login('bob').cmd('SITE QUOTA') == 500
    assert s.login().store('STOR n', b'x' * 101) == 552


def test_records_of_others_stay(ftpd, tables):
    others = [tally(f'user{i}', bi=i) for i in range(200)]
    t = tables(*(limit(f'user{i}', bi=5) for i in range(200)), limit(bi=100),
               tallies=b''.join(others))
    c = ftpd(t.conf).login()
    assert c.store('STOR n', b'x' * 9) == 226
    assert t.tallies.read_bytes()[4:] == b''.join(others) + tally(bi=9)


def test_a_table_that_is_replaced_and_moved(ftpd, place, tables):
    t = tables(limit(bi=100), limit('bob', bi=9), tallies=tally('bob', bi=3) + tally(bi=5))
    s = ftpd(t.conf)
    c = s.login()
    assert c.store('STOR n', b'x' * 5) == 226 and t.of() == {'bi': 10}
    t.write('tallies', 0x7644, tally(bi=10) + tally('bob', bi=3))        # another order
    assert c.store('STOR m', b'x' * 5) == 226 and t.of() == {'bi': 15} and t.of('bob') == {'bi': 3}
    t.write('limits', 0x7626, limit('bob', bi=9) + limit(bi=16))
    assert c.store('STOR o', b'x' * 2) == 552
    assert c.store('STOR o', b'x') == 226


def test_the_lock_is_the_one_of_fcntl(ftpd, place, tables):
    """As ProFTPD takes it: who holds a record is waited for."""
    t = tables(limit(bi=100), tallies=tally('bob') + tally(bi=5))
    s = ftpd(t.conf + f'QuotaLock {t.dir}/lock')
    c = s.login()
    code = ('import fcntl, struct, sys, time\n'
            'f = open(sys.argv[1], "r+b")\n'
            'fcntl.fcntl(f, fcntl.F_SETLK, '
            'struct.pack("=hhxxxxqqixxxx", fcntl.F_WRLCK, 0, 125, 121, 0))\n'
            'print("held", flush=True)\nsys.stdin.read()\n'
            'f.seek(125); r = f.read(121)\n'
            'f.seek(125 + 85); f.write(struct.pack("=d", 50.0)); f.flush()\n'
            'f.close()\n')
    holder = subprocess.Popen(['python3', '-c', code, str(t.tallies)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b'held\n'
    c.put('SITE QUOTA')
    holder.stdin.close()
    assert '50.00/100.00' in c.reply().all
    assert holder.wait() == 0 and holder.stdout.close() is None


def test_a_lock_that_is_held_for_ever(ftpd, place, tables):
    t = tables(limit(bi=100), tallies=tally(bi=5))
    s = ftpd(t.conf)
    c = s.login()
    code = ('import fcntl, struct, sys\nf = open(sys.argv[1], "r+b")\n'
            'fcntl.lockf(f, fcntl.LOCK_EX)\nprint("held", flush=True)\nsys.stdin.read()\n')
    holder = subprocess.Popen(['python3', '-c', code, str(t.tallies)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b'held\n'
    assert c.open('STOR n')[0] == 451               # not for ever
    assert 'somebody holds its lock' in s.log_wait('quotas: ')
    holder.stdin.close()
    assert holder.wait() == 0 and holder.stdout.close() is None
    assert c.store('STOR n', b'x') == 226


def test_off_nothing_is_opened(ftpd, place, tables):
    if not shutil.which('strace'):
        pytest.skip('no strace')
    place.file('f', b'hello')
    t = tables(limit(bi=100))
    s = ftpd(t.conf.replace('QuotaEngine on', 'QuotaEngine off'),
             wrapper=['strace', '-f', '-o', str(t.dir / 'trace'), '-e', 'trace=openat,open'])
    c = s.login()
    assert (c.store('STOR n', b'x' * 200) == 226 and c.get('f') == b'hello'
            and c.cmd('DELE n') == 250)
    c.quit()
    until(lambda: '+++ exited' in (t.dir / 'trace').read_text())
    assert str(t.dir) not in (t.dir / 'trace').read_text()
