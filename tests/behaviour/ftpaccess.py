""".ftpaccess files in a tree of directories, and who looks at them."""

import os

import pytest

from harness import USERS

JAIL = 'DefaultRoot ~\nAllowOverwrite on\n'


def limit(verbs, what):
    return f'<Limit {verbs}>\n{what}\n</Limit>\n'


DENY_READ = limit('READ', 'DenyAll')


@pytest.fixture
def tree(place):
    """/top/dir/sub in alice's home, each with a file `f`, and one beside."""
    for name in ('top', 'top/dir', 'top/dir/sub'):
        directory(place, name)
    for name in ('f', 'top/f', 'top/dir/f', 'top/dir/sub/f'):
        place.file(name, b'x')
    return place


def directory(place, name):
    (place.home() / name).mkdir()
    os.chown(place.home() / name, *USERS['alice'])


def enter(server, *who):
    c = server.login(*who)
    assert c.cmd('TYPE I') == 200
    return c


def rules(place, name, text, **how):
    return place.file(name + '/.ftpaccess' if name else '.ftpaccess', text, **how)


def get(c, path):
    return c.fetch(f'RETR {path}')[0]
