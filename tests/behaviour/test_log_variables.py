"""LogFormat's variables and json's members: all are described, each has one type, they add up."""
import json
import re

import pytest

from harness import TOP, until
from test_extended_logs import done, lines


def entry(name):
    """A directive's part of the manual."""
    manual = (TOP / 'man/in.ftpd.conf.5').read_text()
    return re.search(rf'^\.It Ic {name} .*?(?=^\.It Ic )', manual, re.M | re.S)[0]


def variables():
    """The table's names, as a format has them."""
    names = re.findall(r'X\([A-Z0-9_]+, "([^"]+)"', (TOP / 'config/logformat.h').read_text())
    assert len(names) > 45, 'the table was not found'
    return [f'%{name}' if len(name) == 1 else f'%{{{name}}}' for name in names]


def test_every_variable_is_in_the_manual():
    items = ' '.join(re.findall(r'^(?:\.It Li|\.Li) (.*)', entry('LogFormat'), re.M))
    described = set(re.findall(r'%(?:\{[a-z0-9-]+\}|[A-Za-z%])', items.replace('\\&', '')))
    assert described == set(variables()), described ^ set(variables())
    for form in ('%{ Ns Ar name Ns Li }e', '%{ Ns Ar format Ns Li }t', '%{note: Ns Ar x Ns Li }'):
        assert form in items


def test_every_variable_is_taken(ftpd, place):
    s = ftpd('LogFormat all "' + '|'.join(variables()) + '"\nExtendedLog {dir}/ext ALL,EXIT all')
    c = s.login()
    c.cmd('NOOP')
    said = done(s, c)
    assert said and all(line.count('|') == len(variables()) - 1 and '||' not in line
                        for line in said)


TEXT, NUMBER = str, (int, float)
MEMBERS = {'time': TEXT, 'pid': int, 'server': TEXT, 'peer': TEXT, 'user': TEXT, 'verb': TEXT,
           'argument': TEXT, 'path': TEXT, 'code': int, 'bytes': int, 'seconds': NUMBER,
           'status': TEXT}
AT_THE_END = {'files_in': int, 'bytes_in': int, 'files_out': int, 'bytes_out': int, 'reason': TEXT}
ALWAYS = ('time', 'pid', 'server', 'peer', 'verb', 'seconds', *AT_THE_END)


def test_json_members_are_in_the_manual():
    text = re.search(r'one JSON object a line.*?(?=\n\.El|\n\.Bl)', entry('ExtendedLog'), re.S)[0]
    for name in [*MEMBERS, *AT_THE_END]:
        assert re.search(rf'\b{name}\b', text), name


def test_json_has_all_members_of_one_type(ftpd, place):
    """Whatever is done, before the login and behind it: the same members, of one type or null."""
    place.file('f', b'12345')
    place.file('big', b'x' * 4000000)
    s = ftpd('MaxLoginAttempts none\nAllowOverwrite on\nServerName "a \\"site\\""\n'
             'ExtendedLog {dir}/ext ALL,EXIT json')
    c = s.connect()
    for line in ('NOOP', 'FOO bar', 'PWD', 'LIST', 'USER', 'PASS', 'USER nobody\x01here',
                 'PASS x', 'PASS'):
        c.cmd(line)
    assert c.login() == 230
    c.cmd('TYPE I')
    c.get('f')
    c.fetch('RETR nothing')
    c.store('STOR "quoted" \\ üml', b'12')
    c.store('STOR f', b'123')
    c.store('APPE f', b'4')
    c.fetch('LIST')
    c.send(b'SIZE \xff\xfe\xc3\x28\xed\xa0\x80\x1b[2J\x7f\r\n')
    c.reply()
    for line in ('MKD d', 'CWD d', 'CDUP', 'RMD d', 'RNFR f', 'RNTO g', 'DELE g',
                 'SITE CHMOD 600 big', 'SITE', 'SITE FOO x', 'FOO bar', 'MFMT 20200101000000 big',
                 'RETR big', 'STAT', 'REIN'):
        c.cmd(line)
    data = c.connect(c.pasv())
    c.put('RETR big')
    assert c.reply() == 150
    c.put('ABOR')
    assert c.reply() == 426
    data.close()
    c.reply()
    said = [json.loads(line, parse_constant=pytest.fail) for line in done(s, c)]
    assert len(said) > 40 and said[-1]['verb'] == 'EXIT'
    for event in said:
        members = {**MEMBERS, **AT_THE_END} if event['verb'] == 'EXIT' else MEMBERS
        assert list(event) == list(members)
        for name, kind in members.items():
            value = event[name]
            assert value is None and name not in ALWAYS or \
                isinstance(value, kind) and not isinstance(value, bool), (name, event)
            assert value != '', (name, event)
    assert {e['status'] for e in said} == {None, 'success', 'failed', 'cancelled'}


def test_bytes_of_the_connection_add_up(ftpd, place):
    """%I and %O go on where the session before the login stopped, and the end knows them too."""
    place.file('f', b'12345')
    s = ftpd('LogFormat x "%m %I %O"\nExtendedLog {dir}/ext ALL x\nExtendedLog {dir}/end EXIT x')
    c = s.connect(greet=False)
    sent, got, receive, send = [0], [0], c.sock.recv, c.send
    reader = type('Counted', (), {'__getattr__': lambda self, name: getattr(sock, name)})
    sock, counted = c.sock, reader()

    def recv(n):
        data = receive(n)
        got[0] += len(data)
        return data

    def sendall(data):
        sent[0] += len(data)
        send(data)
    counted.recv, c.send, c.sock = recv, sendall, counted
    c.greet()
    assert c.login() == 230
    c.cmd('TYPE I')
    c.get('f')
    got[0] += 5
    c.store('STOR g', b'123')
    sent[0] += 3
    said = [line.rsplit(' ', 2) for line in done(s, c)]
    for column in (1, 2):
        numbers = [int(line[column]) for line in said]
        assert numbers == sorted(numbers)
    assert said[-1] == ['QUIT', str(sent[0]), str(got[0])]
    assert lines(s, 'end', 1) == [f'EXIT {sent[0]} {got[0]}']


def test_an_upload_whose_client_vanishes(ftpd, place):
    """The line tells how it ended, though nobody heard the reply."""
    s = ftpd('LogFormat x "%m|%s|%{transfer-status}|%{transfer-failure}|%b"\n'
             'ExtendedLog {dir}/ext WRITE x')
    c = s.login()
    c.cmd('TYPE I')
    data = c.connect(c.pasv())
    c.put('STOR g')
    assert c.reply() == 150
    data.sendall(b'123')
    until(lambda: (place.home() / 'g').exists() and (place.home() / 'g').stat().st_size == 3)
    data.setsockopt(1, 13, b'\1\0\0\0\0\0\0\0')
    c.reset()
    data.close()
    s.exit_status()
    line, = lines(s)
    assert re.fullmatch(r'STOR\|426\|failed\|.*transfer aborted.*\|3', line), line
