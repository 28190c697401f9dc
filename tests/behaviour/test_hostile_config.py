"""
Hostile configuration files: -t names the mistake with its line, and a connection gets one 421 and a
line in the log. What is cut or changed in ten thousand ways is read in tests/config/hostile.c.
"""

import os
import re
import subprocess

import pytest

from harness import HASH, TOP

LIMIT = b'<Limit ALL>\nDenyAll\n</Limit>\n'
SAMPLES = ['in.ftpd.conf', 'anonymous.conf']


@pytest.fixture
def hostile(ftpd):
    """hostile(bytes), or hostile() for what lies at conf_path: what -t says as it refuses it."""
    server = ftpd('', base=False, syslog=True)

    def refuses(content=None, line=None, reason=''):
        if content is not None:
            server.conf_path.write_bytes(content)
        status, said = server.check(timeout=20, errors='surrogateescape')
        where = (f'{re.escape(str(server.conf_path))}'
                 + (f':{line or "[0-9]+"}: ' if line != 0 else ': '))
        assert status == 1, said
        assert re.search(f'^{where}.*{reason}', said, re.M), said
        assert not re.search(r'[^\n -~\x80-\U0010ffff]', said), f'a control byte: {said!r}'
        c = server.connect(greet=False)
        reply = c.reply()
        assert reply == 421 and len(reply.lines) == 1 and c.at_end()
        assert '/' not in reply.text                # the reason is for the log alone
        assert server.exit_status() == 1
        server.ns.log.wait(where)
        return said

    refuses.server, refuses.path = server, server.conf_path
    return refuses


# -- the file itself ------------------------------------------------------------------------

def test_a_file_that_everybody_may_write(hostile):
    hostile.path.chmod(0o666)
    hostile(line=0, reason='is writable by everybody')


def test_somebody_elses_file(hostile):
    os.chown(hostile.path, 61001, 61100)
    hostile(line=0, reason='belongs to somebody else')


def test_a_directory_in_place_of_the_file(hostile):
    hostile.path.unlink()
    hostile.path.mkdir()
    hostile(line=0, reason='not a regular file')


def test_a_fifo_in_place_of_the_file(hostile):
    hostile.path.unlink()
    os.mkfifo(hostile.path)
    hostile(line=0, reason='not a regular file')        # and nobody waits for its writer


def test_a_socket_or_device_in_place_of_the_file(hostile):
    hostile.path.unlink()
    hostile.path.symlink_to('/dev/zero')
    hostile(line=0, reason='not a regular file')


def test_no_file(hostile):
    hostile.path.unlink()
    hostile(line=0)


def test_a_link_that_leads_to_itself(hostile):
    hostile.path.unlink()
    hostile.path.symlink_to(hostile.path)
    hostile(line=0)


def test_a_file_that_is_too_large(hostile):
    with open(hostile.path, 'wb') as f:
        f.truncate(17 << 20)
    hostile(line=0, reason='too large')


# -- bytes ----------------------------------------------------------------------------------

def test_a_megabyte_line(hostile):
    hostile(b'ServerName ' + b'x' * (1 << 20) + b'\n', 1)
    hostile(b'Umask 022\nServerName "' + b'x' * (1 << 19) + b'"\n', 2)
    hostile(b'Umask ' + b'022 \\\n' * (1 << 18) + b'\n', '[0-9]+')
    hostile(b'Umask 022\n' + b'x' * (3 << 20), '[0-9]+')
    hostile(b'<' + b'x' * 100000 + b'>\n', 1)


def test_nul_bytes(hostile):
    hostile(b'Umask 022\nUmask\0 077\n', 2)
    hostile(b'\0' * 4096, 1)
    hostile(b'<Limit LOGIN>\nDenyAll\0\n</Limit>\n', 2)
    hostile(b'Umask 022\0\n<Limit ALL>\nDenyAll\n</Limit>\n', 1)


def test_carriage_returns(hostile):
    # CR LF ends a line; a CR elsewhere is no line's end, and hides no rule.
    server = hostile.server
    server.conf_path.write_bytes(b'ServerIdent on "here"\r\n' + LIMIT.replace(b'\n', b'\r\n'))
    assert server.check()[0] == 0
    assert server.connect().welcome.text == 'here'
    hostile(b'Umask 022\rUmask 077\n', 1)
    hostile(b'<Limit ALL>\rDenyAll\r</Limit>\r', 1)


def test_high_bytes(hostile):
    hostile(b'\xff\xfe' + b'Umask 022\n', 1)
    hostile(b'Um\xffask 022\n', 1)
    hostile(b'Umask 0\xff22\n', 1)
    hostile(b'<Limit ALL>\nDenyAl\xff\n</Limit>\n', 2)
    hostile('<Limit ALL>\nDenyAll\u00a0\n</Limit>\n'.encode(), 2)     # a blank that is none
    # a byte order mark hides nothing of the line behind it
    hostile(b'\xef\xbb\xbf<Limit LOGIN>\n', 1)
    hostile(b'\xef\xbb\xbf\xef\xbb\xbfUmask 022\n', 1)


def test_escape_sequences_reach_no_terminal(hostile):
    hostile(b'\x1b[2J\x1b]0;x\x07 on\nUmask \x1b[31m\n', 1)


# -- structure ------------------------------------------------------------------------------

@pytest.mark.parametrize('content, line', [
    (b'<Limit ALL>\nDenyAll\n', 1),
    (b'<Directory /a>\n<Limit ALL>\nDenyAll\n</Directory>\n', 2),
    (b'<Directory /a>\n<Limit ALL>\nDenyAll\n</Directory>\n</Limit>\n', 5),
    (b'</Limit>\n', 1),
    (b'<Limit ALL>\nDenyAll\n</Limit', 3),
    (b'<Limit ALL\nDenyAll\n</Limit>\n', '[123]'),
    (b'<Limit ALL>\nDenyAll\n</Limit> x\n', 3),
    (b'<Limit ALL> DenyAll </Limit>\n', 1),
    (b'<>\n', 1), (b'</>\n', 1), (b'<\n', 1), (b'< Limit ALL>\nDenyAll\n</Limit>\n', 1),
    (b'<IfModule mod_none.c>\n<Limit ALL>\n</IfModule>\n', 2),
    (b'<IfModule mod_none.c>\n', 1),
    (b'<VirtualHost 192.0.2.7>\n<Limit ALL>\nDenyAll\n</VirtualHost>\n', 2),
    (b'<Global>\n', 1),
])
def test_sections_that_do_not_balance(hostile, content, line):
    hostile(content, line)


def test_deep_nesting(hostile):
    hostile(b'<IfModule mod_core.c>\n' * 100000, '[0-9]+', 'sections deep')
    hostile(b'<IfModule !mod_core.c>\n' * 100000 + b'</IfModule>\n' * 100000, '[0-9]+')
    hostile(b'<Directory /a>\n' * 1000 + b'</Directory>\n' * 1000)
    hostile(b'<Limit ALL>\n' * 1000 + b'</Limit>\n' * 1000)
    hostile(b'<Anonymous /a>\n' * 70 + b'</Anonymous>\n' * 70)
    hostile(b'</Limit>\n' * 100000, 1)


def test_a_hundred_thousand_errors(hostile):
    said = hostile(b'Nonsense\n' * 100000, 1)
    assert len(said.splitlines()) < 1100 and 'more errors' in said


def test_an_include_loop(hostile, place):
    a, b = place.write('a.conf', ''), place.write('b.conf', '')
    a.write_text(f'Umask 022\nInclude {b}\n')
    b.write_text(f'Include {a}\n')
    server = hostile.server
    for content, where in ((f'Include {a}\n', f'{b}:1'), (f'Include {server.conf_path}\n',
                                                         f'{server.conf_path}:1')):
        server.conf_path.write_text(content)
        status, said = server.check(timeout=20)
        assert status == 1 and f'{where}: Include: ' in said and 'includes itself' in said
        c = server.connect(greet=False)
        assert c.reply() == 421 and c.at_end()
        server.ns.log.wait(re.escape(where))


def test_an_include_bomb(hostile, place):
    # Each file includes the next one ten times.
    for i in range(20):
        place.write(f'bomb{i}.conf', f'Include {place.dir}/bomb{i + 1}.conf\n' * 10)
    place.write('bomb20.conf', 'Umask 022\n')
    hostile.path.write_text(f'Include {place.dir}/bomb0.conf\n')
    status, said = hostile.server.check(timeout=20)
    assert status == 1 and 'files are included' in said
    assert hostile.server.connect(greet=False).reply() == 421


def test_includes_that_are_no_files(hostile, place):
    os.mkfifo(place.dir / 'fifo')
    place.write('open.conf', 'Umask 022\n')
    (place.dir / 'open.conf').chmod(0o666)
    place.write('anothers.conf', 'Umask 022\n', owner='alice')
    hostile(f'Umask 022\nInclude {place.dir}/fifo\n'.encode(), 2, 'not a regular file')
    hostile(f'Umask 022\nInclude {place.dir}/open.conf\n'.encode(), 2, 'writable by everybody')
    hostile(f'Umask 022\nInclude {place.dir}/anothers.conf\n'.encode(), 2,
            'belongs to somebody else')
    hostile(b'Include /dev/zero\n', 1)
    hostile(b'Include relative\n', 1)


def test_a_section_does_not_reach_over_the_end_of_a_file(hostile, place):
    place.write('open-end.conf', '<Limit ALL>\nDenyAll\n')
    place.write('end.conf', '</Limit>\n')
    server = hostile.server
    server.conf_path.write_text(f'Include {place.dir}/open-end.conf\n</Limit>\n')
    status, said = server.check()
    assert status == 1 and f'{place.dir}/open-end.conf:1: <Limit>: ' in said
    server.conf_path.write_text(f'<Limit ALL>\nInclude {place.dir}/end.conf\n')
    status, said = server.check()
    assert status == 1 and f'{place.dir}/end.conf:1: <Limit>: ' in said


# -- samples --------------------------------------------------------------------------------

def open_sections(lines):
    return sum(-1 if l.startswith('</') else 1 for l in map(str.strip, lines) if l.startswith('<'))


@pytest.mark.parametrize('sample', SAMPLES)
def test_a_sample_that_lost_its_end(ftpd, sample):
    lines = (TOP / 'etc' / sample).read_text().splitlines(keepends=True)
    assert open_sections(lines) == 0
    server = ftpd('', base=False, syslog=True)
    for n in range(0, len(lines), 3):
        server.conf_path.write_text(''.join(lines[:n]))
        whole = open_sections(lines[:n]) == 0
        assert (server.check()[0] == 0) == whole, n
        if n % 2 == 0:
            reply = server.connect(greet=False).reply()
            assert reply in ((220, 421) if whole else (421,)), n


def test_the_site_that_is_left_is_no_wider(ftpd, place):
    # Every cut behind a whole line of a drop box's rules: refused, no site, or the same verdicts.
    site = (f'ServerIdent on "here"\n<Limit LOGIN>\nDenyAll\n</Limit>\n<Anonymous {place.anon}>\n'
            'User ftp\nGroup ftp\nRequireValidShell off\n<Limit LOGIN>\nAllowAll\n</Limit>\n'
            '<Limit WRITE>\nDenyAll\n</Limit>\n<Directory pub>\n<Limit STOR>\nAllowAll\n</Limit>\n'
            '</Directory>\n</Anonymous>\n')
    base = (f'AuthPAM off\nAuthUserFile {place.passwd}\nAuthGroupFile {place.group}\nWtmpLog off\n'
            'TransferLog none\n')
    server = ftpd('', base=False, syslog=True)
    lines = (base + site).splitlines(keepends=True)
    kept = 0
    for n in range(base.count('\n'), len(lines) + 1):
        server.conf_path.write_text(''.join(lines[:n]))
        c = server.connect(greet=False)
        if c.reply() == 421:
            c.close()
            continue
        reply = c.login('ftp', 'a@b')
        assert reply in (230, 530)
        if reply == 230:
            assert c.cmd('DELE pub/file') == 550 and c.cmd('MKD new') == 550
            assert n == len(lines)
            kept += 1
        c.close()
    assert kept == 1


def test_t_is_quick_over_a_large_file(binary, place):
    # 11,000 lines of rules: read, and not in a time that grows with their square.
    text = ''.join(f'<Directory /srv/{i}>\n<Limit WRITE>\nDenyUser u{i}\n</Limit>\n</Directory>\n'
                   for i in range(2000))
    path = place.write('large.conf', text + 'AuthPAM off\n' + f'UserPassword x {HASH}\n' * 1000)
    run = subprocess.run([str(binary), '-t', '-c', str(path)], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, timeout=20)
    assert run.returncode == 0, run.stderr[-500:]
