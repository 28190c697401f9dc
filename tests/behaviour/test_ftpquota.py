"""ftpquota: tables as ProFTPD's tool makes them, and what becomes of those that are damaged."""

import os
import pathlib
import shutil
import struct
import subprocess
import threading

import pytest

from harness import BUILT, TOOL_ENV, uid_of
from quotas import ALL, CLASS, GROUP, HARD, LIMIT, SOFT, TALLY, USER, tables  # noqa: F401



class Tool:
    def __init__(self, directory):
        self.dir = directory
        self.program = directory / 'ftpquota'
        shutil.copy(BUILT.parent / 'ftpquota', self.program)

    def run(self, arguments, **how):
        return subprocess.run([str(self.program)] + arguments.split(), cwd=self.dir, env=TOOL_ENV,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, **how)

    def ok(self, arguments):
        done = self.run(arguments)
        assert done.returncode == 0 and done.stderr == '', done
        return done.stdout

    def fails(self, arguments, why, code=1):
        done = self.run(arguments)
        assert done.returncode == code and why in done.stderr, done

    def table(self, name='ftpquota.limittab'):
        return self.dir / name


@pytest.fixture
def tool(directory):
    if not (BUILT.parent / 'ftpquota').exists():
        pytest.skip('ftpquota is not built')
    return Tool(directory)


def record(name, kind, per=False, how=HARD, bi=-1.0, bo=-1.0, bx=-1.0, files=(0, 0, 0)):
    return struct.pack(LIMIT, name.encode(), kind, per, how, bi, bo, bx, *files)


def test_the_bytes_of_limits(tool):
    tool.ok('--create-table --type=limit')
    table = tool.table()
    assert (table.read_bytes() == struct.pack('=I', 0x7626)
            and table.stat().st_mode & 0o7777 == 0o600)
    tool.ok('--type=limit --add-record --name=alice --quota-type=user --limit-type=hard --Bu=100 '
            '--units=Kb --Fd=3')
    tool.ok('--type=limit --add-record -N staff -Q group -L soft -P --bytes-download=77')
    tool.ok('--type=limit --add-record --name=x --quota-type=class --bytes-xfer=1.5 --units=giga')
    tool.ok('-type limit -add-record -quota-type all -Fu 4 -Fx 5 -Bu -1')
    assert table.read_bytes()[4:] == (
        record('alice', USER, bi=102400.0, files=(0, 3, 0)) +
        record('staff', GROUP, True, SOFT, bo=77.0) +
        record('x', CLASS, bx=1.5 * (1 << 30)) + record('', ALL, files=(4, 0, 5)))
    # what is not given gets its default
    tool.ok('--type=limit --update-record --name=alice --quota-type=user --Bd=10')
    assert table.read_bytes()[4:130] == record('alice', USER, bo=10.0)
    tool.ok('--type=limit --delete-record --name=alice --quota-type=user')
    assert table.read_bytes()[4:] == (
        record('', ALL, files=(4, 0, 5)) + record('staff', GROUP, True, SOFT, bo=77.0)
        + record('x', CLASS, bx=1.5 * (1 << 30)))
    for name in ('-N x -Q class', '-Q all', '-N staff -Q group'):
        tool.ok('--type=limit --delete-record ' + name)
    assert table.read_bytes() == struct.pack('=I', 0x7626)


def test_tallies(tool):
    tool.ok('--create-table --type=tally --table-path=t')
    tool.ok('--type=tally --table-path=t --add-record --name=bob --quota-type=user --Bu=5 --Fu=1')
    tool.ok('--type=tally --table-path=t --add-record --name=bob --quota-type=group')
    assert tool.table('t').read_bytes() == (
        struct.pack('=I', 0x7644) + struct.pack(TALLY, b'bob', USER, 5, 0, 0, 1, 0, 0)
        + struct.pack(TALLY, b'bob', GROUP, 0, 0, 0, 0, 0, 0))
    shown = tool.ok('--type=tally --table-path=t --show-records')
    assert (shown.count('Name: bob') == 2
            and 'Uploaded bytes:\t5.00' in shown and 'Uploaded files:\t1' in shown)
    shown = tool.ok('--type=tally --table-path=t --show-records -Q group --units=Mb')
    assert (shown.count('Name: bob') == 1
            and 'Quota Type: Group' in shown and 'Uploaded Mb:\t0.00' in shown)


def test_shown_limits(tool):
    tool.ok('--create-table --type=limit')
    assert tool.ok('--type=limit --show-records') == ''
    tool.ok('--type=limit --add-record --name=alice --quota-type=user --Bu=102400')
    shown = tool.ok('--type=limit --show-records --name=alice --units=Kb')
    for line in ('Name: alice', 'Per Session: False', 'Limit Type: Hard', 'Uploaded Kb:\t100.00',
                 'Downloaded Kb:\tunlimited', 'Uploaded files:\tunlimited'):
        assert line in shown


def test_what_is_refused(tool):
    tool.fails('--type=limit --show-records', 'No such file')
    tool.ok('--create-table --type=limit')
    before = tool.table().read_bytes()
    tool.fails('--create-table --type=limit', 'File exists')
    tool.fails('--type=tally --table-path=ftpquota.limittab --show-records', 'not a tally table')
    tool.fails('--type=limit --delete-record -N x -Q user', 'no such record')
    tool.fails('--type=limit --update-record -N x -Q user', 'no such record')
    tool.fails('--type=limit --show-records -N x', 'no such record')
    for arguments, why in (
            ('', 'what to do'), ('--type=limit', 'what to do'), ('--show-records', '--type'),
            ('--type=limits --show-records', '--type'),
            ('--type=limit --show-records --add-record', 'what to do'),
            ('--type=limit --add-record', 'whose record'),
            ('--type=limit --add-record -N a', 'whose record'),
            ('--type=limit --add-record -Q user', 'whose record'),
            ('--type=limit --add-record -N a -Q any', 'any'),
            ('--type=limit --add-record -N a -Q user --Bu=x', 'x'),
            ('--type=limit --add-record -N a -Q user --Bu=1e3', ''),
            ('--type=limit --add-record -N a -Q user --Bu=9007199254740993', ''),
            ('--type=limit --add-record -N a -Q user --Fu=4294967296', 'files'),
            ('--type=limit --add-record -N a -Q user --Fu=1.5', 'files'),
            ('--type=limit --add-record -N a -Q user -L firm', 'firm'),
            ('--type=limit --add-record -N a -Q user --units=Tb', 'Tb'),
            ('--type=limit --add-record -Q user -N ' + 'a' * 81, '80 bytes'),
            ('--type=tally --add-record -N a -Q user --Bu=-1', '-1'),
            ('--type=limit --show-records more', 'more'), ('--nonsense', 'nonsense')):
        tool.fails(arguments, why, 2)
    assert tool.table().read_bytes() == before
    tool.ok('--type=limit --add-record -Q user -N ' + 'a' * 80)
    tool.fails('--type=limit --add-record -Q user -N ' + 'a' * 80, 'there is a record')


@pytest.mark.parametrize('spoil', [
    lambda b: b[:-1], lambda b: b + b'\0', lambda b: b'\0' + b[1:],
    lambda b: b[:4] + b'n' * 81 + b[85:], lambda b: b[:85] + b'\x63' + b[86:],
    lambda b: b[:94] + struct.pack('=d', float('nan')) + b[102:]])
def test_a_damaged_table_stays_as_it_is(tool, spoil):
    tool.ok('--create-table --type=limit')
    tool.ok('--type=limit --add-record -N a -Q user')
    table = tool.table()
    table.write_bytes(spoil(table.read_bytes()))
    before = table.read_bytes()
    for what in ('--show-records', '--add-record -N b -Q user', '--update-record -N b -Q user',
                 '--delete-record -N b -Q user'):
        tool.fails('--type=limit ' + what, 'ftpquota.limittab: ')
    assert table.read_bytes() == before


def test_files_of_others(tool):
    tool.ok('--create-table --type=limit')
    table = tool.table()
    os.symlink(table, tool.dir / 'link')
    tool.fails('--type=limit --table-path=link --show-records', 'symbolic link')
    tool.fails('--create-table --type=limit --table-path=link', 'File exists')
    os.chown(table, uid_of('alice'), 0)
    tool.fails('--type=limit --show-records', 'somebody else')
    os.chown(table, 0, 0)
    table.chmod(0o602)
    tool.fails('--type=limit --show-records', 'others may write')
    table.unlink()
    os.mkfifo(table)
    tool.fails('--type=limit --show-records', 'not a regular file')


def test_many_at_once_lose_nothing(tool):
    tool.ok('--create-table --type=tally')

    def run(n):
        for i in range(6):
            tool.ok(f'--type=tally --add-record -N u{n}.{i} -Q user -Bu {n}')
        tool.ok(f'--type=tally --delete-record -N u{n}.3 -Q user')

    threads = [threading.Thread(target=run, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    data = tool.table('ftpquota.tallytab').read_bytes()[4:]
    names = sorted(name.split(b'\0')[0].decode() for name, *_ in struct.iter_unpack(TALLY, data))
    assert names == sorted(f'u{n}.{i}' for n in range(5) for i in range(6) if i != 3)


def test_beside_a_session(tool, ftpd, place):
    """A limit that is changed counts from the next transfer on."""
    tool.ok('--create-table --type=limit')
    tool.ok('--create-table --type=tally')
    tool.ok('--type=limit --add-record -N alice -Q user -Bu 10')
    s = ftpd(f'QuotaEngine on\nQuotaLimitTable file:{tool.table()}\n'
             f'QuotaTallyTable file:{tool.table("ftpquota.tallytab")}\nAllowOverwrite on')
    c = s.login()
    assert c.store('STOR a', b'x' * 10) == 226 and c.store('STOR b', b'x') == 552
    assert 'Uploaded bytes:\t10.00' in tool.ok('--type=tally --show-records -N alice')
    tool.ok('--type=limit --update-record -N alice -Q user -Bu 20')
    assert c.store('STOR b', b'x' * 10) == 226 and c.store('STOR d', b'x') == 552
    tool.ok('--type=tally --delete-record -N alice -Q user')
    assert c.store('STOR d', b'x') == 226


def test_manual_names_every_option(tool):
    manual = (pathlib.Path(__file__).resolve().parents[2] / 'man/ftpquota.8').read_text()
    for option in ('create-table', 'add-record', 'update-record', 'delete-record',
                   'show-records', 'Bu', 'bytes-upload', 'Bd', 'bytes-download', 'Bx', 'bytes-xfer',
                   'Fu', 'files-upload', 'Fd', 'files-download', 'Fx', 'files-xfer', 'type',
                   'table-path', 'limit-type', 'name', 'per-session', 'quota-type', 'units',
                   'verbose', 'help'):
        assert f'Fl -{option}' in manual, option
    assert tool.ok('--help').startswith('usage: ')
