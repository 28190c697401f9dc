"""Tables of quotas: their records, what they hold, and who holds their locks."""

import struct
import subprocess

import pytest

USER, GROUP, CLASS, ALL = 20, 30, 40, 10
HARD, SOFT = 1, 2
LIMIT, TALLY = '=81sI?IdddIII', '=81sIdddIII'
WHAT = ('bi', 'bo', 'bx', 'fi', 'fo', 'fx')
MIB = 1 << 20


def limit(name='alice', kind=USER, per=False, how=HARD, **n):
    return struct.pack(LIMIT, name.encode(), kind, per, how, *(n.get(w, 0) for w in WHAT))


def tally(name='alice', kind=USER, **n):
    return struct.pack(TALLY, name.encode(), kind, *(n.get(w, 0) for w in WHAT))


class Tables:
    def __init__(self, place, limits, tallies=b''):
        self.dir = place.dir / 'quota'
        self.dir.mkdir(exist_ok=True)
        self.limits = self.write('limits', 0x7626, limits)
        self.tallies = self.write('tallies', 0x7644, tallies)
        self.conf = (f'QuotaEngine on\nQuotaLimitTable file:{self.limits}\n'
                     f'QuotaTallyTable file:{self.tallies}\nQuotaLog {self.dir}/log\n'
                     'AllowOverwrite on\nAllowStoreRestart on\n')

    def write(self, name, magic, records):
        path = self.dir / name
        path.write_bytes(struct.pack('=I', magic) + records)
        path.chmod(0o600)
        return path

    def all(self):
        data = self.tallies.read_bytes()
        assert struct.unpack_from('=I', data)[0] == 0x7644
        return {(name.split(b'\0')[0].decode(), kind): dict(zip(WHAT, n))
                for name, kind, *n in struct.iter_unpack(TALLY, data[4:])}

    def of(self, name='alice', kind=USER):
        """What is used, without what is 0."""
        return {what: n for what, n in self.all()[name, kind].items() if n}


@pytest.fixture
def tables(place):
    return lambda *limits, tallies=b'': Tables(place, b''.join(limits), tallies)


def exists(place, name, user='alice'):
    return (place.home(user) / name).exists()


def hold(path, start=0):
    code = ('import fcntl, sys\nf = open(sys.argv[1], "r+b")\n'
            'fcntl.lockf(f, fcntl.LOCK_EX, 0, int(sys.argv[2]))\nprint("held", flush=True)\n'
            'sys.stdin.read()\n')
    holder = subprocess.Popen(['python3', '-c', code, str(path), str(start)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b'held\n'
    return holder
