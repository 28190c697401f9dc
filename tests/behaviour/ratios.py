"""Ratios: the configurations, what SITE RATIO says and what a RatioFile holds."""

import contextlib
import os
import re

import pytest

ON = 'AllowOverwrite on\nAllowStoreRestart on\nDelayEngine off\nRatios on\n'
ANON = ('<Anonymous {anon}>\nUser ftp\nUserAlias anonymous ftp\nRequireValidShell off\n%s\n'
        '</Anonymous>\n')
SAVED = ON + 'SaveRatios on\nRatioFile {dir}/kept/ratios\n'
NAMES = {'Down': 'down', 'Up': 'up', 'Files left': 'files', 'Bytes left': 'bytes'}


@pytest.fixture
def kept(directory):
    """The directory of the RatioFile."""
    path = directory / 'kept'
    path.mkdir(mode=0o755)
    return path / 'ratios'


def ratio(client):
    """SITE RATIO in figures: ((files, bytes) down, the same up, files left, bytes left)."""
    reply = client.cmd('SITE RATIO')
    assert reply == 214, reply
    found = {}
    for line in reply.lines[1:-1]:
        name, _, rest = line.strip().partition(': ')
        numbers = tuple(int(n) for n in re.findall(r'-?\d+', rest))
        found[NAMES[name]] = numbers if len(numbers) > 1 else numbers[0]
    return found['down'], found['up'], found.get('files'), found.get('bytes')


def lines(kept):
    """Key → counters, of a RatioFile."""
    rows = [line.split(' ') for line in kept.read_text().splitlines() if line[0] != '#']
    return {(row[1], row[2]): tuple(map(int, row[3:])) for row in rows}


def refused(client, command='RETR f', code=550):
    reply, data = client.fetch(command)
    assert reply == code and data is None, reply
    return reply


def has_open(pid, path):
    with contextlib.suppress(OSError):
        return str(path) in [os.readlink(f'/proc/{pid}/fd/{fd}')
                             for fd in os.listdir(f'/proc/{pid}/fd')]
    return False
