"""No name service between accept and the greeting."""
import subprocess
import time

import pytest


@pytest.fixture
def black_hole(network):
    """Every packet that leaves is dropped in silence."""
    run = subprocess.run('ip link add hole type dummy && ip addr add 192.0.2.1/24 dev hole && '
                         'ip link set hole up && ip route add default dev hole', shell=True,
                         capture_output=True, text=True)
    if run.returncode:
        pytest.skip(f'no dummy network device here: {run.stderr.strip()}')


ETC = {'resolv.conf': 'nameserver 203.0.113.53\noptions timeout:5 attempts:5\n',
       'hosts': '', 'hostname': 'nobody-knows-this-host\n',
       'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n'}


def test_faq_4_13a_a_dead_resolver(black_hole, ftpd):
    s = ftpd(etc=ETC)
    began = time.monotonic()
    c = s.connect()
    assert time.monotonic() - began < 1
    assert c.login() == 230
    assert time.monotonic() - began < 2


def traced(ftpd, place, conf=''):
    trace = place.dir / 'trace'
    s = ftpd(conf, etc=ETC, wrapper=['strace', '-f', '-qq', '-o', str(trace), '-e',
                                     'trace=socket,connect,sendto,sendmmsg,openat'])
    c = s.login()
    place.file('f', b'x')
    c.get('f')
    c.quit()
    s.exit_status()
    return trace.read_text()


def test_faq_4_6a_the_machines_own_name(ftpd, place):
    text = traced(ftpd, place)
    assert 'sin_port=htons(53)' not in text and 'resolv.conf' not in text


def test_faq_4_13c_no_packet(ftpd, place):
    text = traced(ftpd, place, 'UseReverseDNS off')
    assert 'sin_port=htons(53)' not in text and 'htons(113)' not in text


def test_hosts_rules_by_name_with_a_dead_resolver(black_hole, ftpd):
    etc = dict(ETC, **{'hosts.allow': '', 'hosts.deny': 'in.ftpd: .example.com\n'})
    s = ftpd(etc=etc)
    began = time.monotonic()
    c = s.connect(greet=False)
    assert c.reply() in (220, 421)
    assert time.monotonic() - began < 4
