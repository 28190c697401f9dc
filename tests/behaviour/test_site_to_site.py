"""A file that goes from one server to another, by the word of a client that is neither."""

import subprocess

import pytest

import client


CLIENT, SENDER, RECEIVER = '192.0.2.9', '192.0.2.2', '192.0.2.3'


@pytest.fixture
def machines(network):
    """Both ends of the data connection differ from the client."""
    for address in (CLIENT, SENDER, RECEIVER):
        subprocess.run(['ip', 'addr', 'add', f'{address}/32', 'dev', 'lo'], check=True)


def session(ftpd, host, user, conf='AllowForeignAddress on'):
    c = ftpd(conf, host=host).login(user, source=(CLIENT, 0))
    assert c.cmd('TYPE I') == 200
    return c


def port_of(address):
    host, port = address
    return f"{host.replace('.', ',')},{port >> 8},{port & 255}"


CONTENT = bytes(range(256)) * 12345


@pytest.mark.parametrize('passive', ['receiver', 'sender'])
def test_faq_3_6e_from_server_to_server(machines, ftpd, place, passive):
    place.file('f', CONTENT)
    source, target = session(ftpd, SENDER, 'alice'), session(ftpd, RECEIVER, 'bob')
    listens, calls = (target, source) if passive == 'receiver' else (source, target)
    assert calls.cmd(f'PORT {port_of(listens.pasv())}') == 200
    # who listens is told first, and waits
    for c in (listens, calls):
        c.put('RETR f' if c is source else 'STOR copy')
    for c in (listens, calls):
        assert c.reply() == 150
    for c in (listens, calls):
        assert c.reply() == 226
    assert (place.home('bob') / 'copy').read_bytes() == CONTENT


def test_faq_3_6e_the_sender_refuses(machines, ftpd, place):
    place.file('f', b'content')
    source, target = session(ftpd, SENDER, 'alice', ''), session(ftpd, RECEIVER, 'bob')
    assert source.cmd(f'PORT {port_of(target.pasv())}') == 500
    assert source.cmd('RETR f') == 425


def test_faq_3_6e_the_receiver_refuses(machines, ftpd, place):
    place.file('f', b'content')
    source = session(ftpd, SENDER, 'alice')
    target = session(ftpd, RECEIVER, 'bob', 'TimeoutStalled 2')
    assert source.cmd(f'PORT {port_of(target.pasv())}') == 200
    target.put('STOR copy')
    source.put('RETR f')
    replies = []
    try:
        while not replies or replies[-1] < 400:
            replies.append(target.reply())
    except client.Closed:
        pass
    assert replies[-1] in (425, 421), replies
    assert not (place.home('bob') / 'copy').exists()


def test_the_servers_own_loopback_is_no_other_machine(ftpd):
    # What listens there is for this machine alone: not to be reached by way of a foreign address.
    s = ftpd('AllowForeignAddress on')
    for line in ('PORT 127,0,0,9,200,25', 'EPRT |1|127.0.0.9|51225|'):
        c = s.login()
        assert c.cmd(line) == 500
        assert c.cmd('LIST') == 425
    s.log_wait('bounce')
