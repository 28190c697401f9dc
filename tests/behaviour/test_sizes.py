"""MaxRetrieveFileSize and MaxStoreFileSize: how large a file may be, for whom and where."""

import os
import re

import pytest

from harness import uid_of

FIFTY = b'0123456789' * 5
HUNDRED = FIFTY * 2


def line_of(server, name):
    """`file:line` of a directive, as the log names it."""
    lines = server.conf_path.read_text().splitlines()
    return f'{server.conf_path}:{[name in line for line in lines].index(True) + 1}'


def below(place, name='d'):
    path = place.home() / name
    path.mkdir()
    os.chown(path, uid_of('alice'), 61100)
    return path


def logged(server, what, limit):
    line = server.log_wait(f'refused: .* bytes or more, {what} at')
    assert line_of(server, what) in line and line.endswith(f'allows {limit}'), line
    return line


# -- MaxRetrieveFileSize ------------------------------------------------------------------

def test_faq_5_18a_a_file_that_is_too_large(ftpd, place):
    place.file('f', FIFTY)
    place.file('ten', FIFTY[:10])
    s = ftpd('\nMaxRetrieveFileSize 10 B')
    c = s.login()
    assert c.cmd('TYPE I') == 200
    reply, data = c.fetch('RETR f')
    assert reply == 550 and data is None            # before any 150
    assert re.search(r'\b50 bytes\b.*\b10\b', reply.text), reply
    assert '/f refused: 50 bytes' in logged(s, 'MaxRetrieveFileSize', 10)
    assert c.get('ten') == FIFTY[:10]
    assert c.cmd('SIZE f') == 213


def test_rest_does_not_make_a_file_smaller(ftpd, place):
    place.file('f', FIFTY)
    c = ftpd('MaxRetrieveFileSize 10 B').login()
    assert c.cmd('TYPE I') == 200
    for rest in (0, 45, 50):
        assert c.fetch('RETR f', rest=rest)[0] == 550
    assert c.cmd('TYPE A') == 200
    assert c.fetch('RETR f')[0] == 550


def test_a_link_is_as_large_as_its_file(ftpd, place):
    place.file('f', FIFTY)
    os.symlink('f', place.home() / 'link')
    c = ftpd('MaxRetrieveFileSize 10 B').login()
    assert c.fetch('RETR link')[0] == 550


# -- for whom, and where ------------------------------------------------------------------

FORMS = [
    ('MaxRetrieveFileSize *', True),
    ('MaxRetrieveFileSize 10 B', False),
    ('MaxRetrieveFileSize 1 Kb', True),
    ('MaxRetrieveFileSize 10 B user alice', False),
    ('MaxRetrieveFileSize 10 B user bob', True),
    ('MaxRetrieveFileSize 10 B user !bob', False),
    ('MaxRetrieveFileSize 10 B group users', False),
    ('MaxRetrieveFileSize 10 B group staff,users', False),
    ('MaxRetrieveFileSize 10 B group staff', True),
    ('MaxRetrieveFileSize 10 B class near', False),
    ('MaxRetrieveFileSize 10 B class far', True),
    ('MaxRetrieveFileSize 10 B\nMaxRetrieveFileSize * user alice', True),
    ('MaxRetrieveFileSize * group users\nMaxRetrieveFileSize 10 B user alice', False),
    ('MaxRetrieveFileSize 10 B class near\nMaxRetrieveFileSize 1 Kb group users', True),
    ('MaxRetrieveFileSize 1 Kb\nMaxRetrieveFileSize 10 B class near', False),
    # the most specific context goes before the most specific name
    ('MaxRetrieveFileSize 10 B user alice\n<Directory {home}/alice>\nMaxRetrieveFileSize *\n'
     '</Directory>', True),
    ('MaxRetrieveFileSize 10 B\n<Directory {home}/alice>\nMaxRetrieveFileSize * user bob\n'
     '</Directory>', False),
    ('MaxRetrieveFileSize *\n<IfUser alice>\nMaxRetrieveFileSize 10 B\n</IfUser>', False),
    ('MaxRetrieveFileSize 10 B\n<IfGroup users>\nMaxRetrieveFileSize *\n</IfGroup>', True),
    ('MaxRetrieveFileSize *\n<Global>\nMaxRetrieveFileSize 10 B user alice\n</Global>', True),
]


def test_faq_5_18c_for_whom(ftpd, place):
    place.file('f', FIFTY)
    near = '<Class near>\nFrom 127.0.0.1\n</Class>\n'
    for conf, allowed in FORMS:
        reply = ftpd(near + conf).login().fetch('RETR f')[0]
        assert reply == (226 if allowed else 550), (conf, reply)


def test_faq_5_18c_store(ftpd, place):
    s = ftpd('MaxStoreFileSize 10 B\nMaxStoreFileSize * user bob\n'
             'MaxStoreFileSize 60 B group staff')
    for user, size, code in (('alice', 11, 552), ('alice', 10, 226), ('bob', 1000, 226),
                             ('carol', 61, 552), ('carol', 60, 226)):
        c = s.login(user)
        assert c.store(f'STOR n{size}', b'x' * size) == code, (user, size)


def test_in_an_ftpaccess(ftpd, place):
    """The file's own line is named in the log, and it goes before the configuration's."""
    directory = below(place)
    place.file('d/f', FIFTY)
    place.write('home/alice/d/.ftpaccess', '\nMaxRetrieveFileSize 10 B\n', 0o644, 'alice')
    s = ftpd('DefaultRoot ~\nMaxRetrieveFileSize *')
    assert s.login().fetch('RETR d/f')[0] == 550
    assert re.search(r'MaxRetrieveFileSize at \S*/d/\.ftpaccess:2 allows 10',
                     s.log_wait('MaxRetrieveFileSize at')), directory


def test_anonymous(ftpd, place):
    s = ftpd('MaxRetrieveFileSize *\n<Anonymous {anon}>\nUser username\nGroup usergroup\n'
             'UserAlias anonymous username\nMaxRetrieveFileSize 5 B\nRequireValidShell off\n'
             '</Anonymous>')
    assert s.login('anonymous', 'a@b').fetch('RETR pub/file')[0] == 550


# -- MaxStoreFileSize ---------------------------------------------------------------------

def test_faq_5_18b_a_file_that_grows_too_large(ftpd, place):
    for more, kept in (('', FIFTY[:10]), ('\nDeleteAbortedStores off', FIFTY[:10]),
                       ('\nDeleteAbortedStores on', None)):
        s = ftpd('\nMaxStoreFileSize 10 B' + more)
        c = s.login()
        reply, data = c.open('STOR n')
        assert reply == 150
        data.sendall(HUNDRED)
        reply = c.reply()
        data.close()
        assert reply == 552 and '10 bytes' in reply.text
        assert '/n refused: 11 bytes' in logged(s, 'MaxStoreFileSize', 10)
        path = place.home() / 'n'
        assert (path.read_bytes() if path.exists() else None) == kept
        # exactly as much is not too much, and the session goes on
        assert c.store('STOR ten', FIFTY[:10]) == 226
        for name in ('n', 'ten'):
            (place.home() / name).unlink(missing_ok=True)


def test_faq_5_18b_told_before_the_first_byte(ftpd, place):
    below(place)
    s = ftpd('MaxStoreFileSize 10 B\n<Directory {home}/alice/d>\nMaxStoreFileSize 5 B\n'
             '</Directory>')
    c = s.login()
    assert c.cmd('ALLO 100') == 552
    logged(s, 'MaxStoreFileSize', 10)
    assert c.store('STOR n', FIFTY[:10]) == 226     # what was refused is forgotten
    # what ALLO granted here is too much there: before any 150
    assert c.cmd('ALLO 10') == 200
    reply, data = c.open('STOR d/n')
    assert reply == 552 and data is None
    assert not (place.home() / 'd/n').exists()
    assert c.store('STOR d/n', FIFTY[:5]) == 226    # for one transfer only
    assert c.cmd('ALLO 10') == 200
    assert c.cmd('ALLO 5 R 80') == 200
    assert c.store('STOR d/m', FIFTY[:5]) == 226


def test_what_is_there_already_counts(ftpd, place):
    conf = 'AllowOverwrite on\nAllowStoreRestart on\nMaxStoreFileSize 10 B'
    path = place.file('f', FIFTY[:8])
    s = ftpd(conf)
    c = s.login()
    assert c.cmd('TYPE I') == 200
    assert c.store('APPE f', b'abc') == 552
    assert path.read_bytes() == FIFTY[:8] + b'ab'
    assert c.store('STOR f', b'abcdef', rest=4) == 226
    assert path.read_bytes() == FIFTY[:4] + b'abcdef'
    assert c.store('STOR f', b'abcdefg', rest=4) == 552
    assert path.read_bytes() == FIFTY[:4] + b'abcdef'
    # a file that is larger is refused at once, as is a restart behind the limit
    path = place.file('f', FIFTY)
    for rest, line in ((None, 'APPE f'), (20, 'STOR f')):
        if rest:
            assert c.cmd(f'REST {rest}') == 350
        reply, data = c.open(line)
        assert reply == 552 and data is None, line
    assert path.read_bytes() == FIFTY
    # to overwrite it is to begin anew
    assert c.store('STOR f', FIFTY[:10]) == 226


def test_appends_at_the_same_time(ftpd, place):
    """Each has begun when the file was empty; together they bring no more than one may."""
    path = place.file('f')
    below(place)
    s = ftpd('AllowStoreRestart on\nMaxStoreFileSize 10 B\n<Directory {home}/alice/d>\n'
             'MaxStoreFileSize *\n</Directory>')
    sessions = [s.login() for _ in range(3)]
    begun = []
    for c in sessions:
        assert c.cmd('TYPE I') == 200
        reply, data = c.open('APPE f')
        assert reply == 150
        begun.append((c, data))
    answers = []
    for c, data in begun:
        data.sendall(FIFTY[:8])
        data.close()
        answers.append(c.reply())
    assert answers == [226, 552, 552], answers
    assert path.read_bytes() == FIFTY[:8] + FIFTY[:2]
    logged(s, 'MaxStoreFileSize', 10)
    # the session has its own way with other files still
    (place.home() / 'g').write_bytes(FIFTY[:1])
    os.chown(place.home() / 'g', uid_of('alice'), 61100)
    assert sessions[1].store('APPE g', FIFTY[:9]) == 226
    assert sessions[1].store('STOR d/large', HUNDRED) == 226
    assert sessions[1].cmd('NOOP') == 200


def test_lines_that_never_count_are_not_shown(ftpd):
    """`in.ftpd -T`: of an outer context those alone that an inner one leaves somebody."""
    s = ftpd('')
    for inner, shown in (('10 B', False), ('10 B user alice', True)):
        s.configure('<Global>\nMaxStoreFileSize 20 B\nTimeoutSession 20\n</Global>\n'
                    f'MaxStoreFileSize {inner}\nTimeoutSession {inner.replace(" B", "")}\n')
        out = s.explain().stdout
        assert 'MaxStoreFileSize 10 ' in out and 'TimeoutSession 10' in out, out
        assert ('MaxStoreFileSize 20 ' in out) == ('TimeoutSession 20' in out) == shown, out


def test_an_append_deletes_nothing(ftpd, place):
    path = place.file('f', FIFTY[:8])
    c = ftpd('AllowStoreRestart on\nMaxStoreFileSize 10 B\nDeleteAbortedStores on').login()
    assert c.store('APPE f', b'abc') == 552
    assert path.read_bytes() == FIFTY[:8] + b'ab'


def test_hiddenstores_keeps_the_old_file(ftpd, place):
    path = place.file('f', b'old')
    c = ftpd('AllowOverwrite on\nHiddenStores on\nMaxStoreFileSize 10 B').login()
    assert c.store('STOR f', HUNDRED) == 552
    assert path.read_bytes() == b'old'
    assert os.listdir(place.home()) == ['f']        # the temporary is gone
    assert c.store('STOR f', FIFTY[:10]) == 226
    assert path.read_bytes() == FIFTY[:10]


def test_stou(ftpd, place):
    c = ftpd('MaxStoreFileSize 10 B\nDeleteAbortedStores on').login()
    assert c.store('STOU', HUNDRED) == 552
    assert os.listdir(place.home()) == []
    assert c.store('STOU', FIFTY[:10]) == 226


def test_ascii_counts_the_files_bytes(ftpd, place):
    c = ftpd('MaxStoreFileSize 6 B').login()
    assert c.cmd('TYPE A') == 200
    assert c.store('STOR six', b'ab\r\ncd\r\n') == 226
    assert c.store('STOR seven', b'ab\r\ncd\r\ne') == 552
    assert ((place.home() / 'six').read_bytes() == (place.home() / 'seven').read_bytes()
            == b'ab\ncd\n')


def test_a_large_upload_ends_where_it_must(ftpd, place):
    """The rest of it is not waited for."""
    c = ftpd('MaxStoreFileSize 3 Mb').login()
    reply, data = c.open('STOR n')
    assert reply == 150
    with pytest.raises(OSError):
        for _ in range(10000):
            data.sendall(b'x' * 65536)
    assert c.reply() == 552
    assert (place.home() / 'n').stat().st_size == 3 << 20
    assert c.cmd('NOOP') == 200


def test_the_transfer_log_calls_it_incomplete(ftpd, place):
    s = ftpd('MaxStoreFileSize 10 B')
    assert s.login().store('STOR n', HUNDRED) == 552
    line = s.xferlog()[0]
    assert line[-1] == 'i' and line[7] == '10', line


def test_the_session_cannot_raise_it(ftpd, place):
    """Neither a user's .ftpaccess nor a new name brings more than an outer `AllowOverride off`."""
    below(place)
    c = ftpd('AllowOverride off\nMaxStoreFileSize 10 B').login()
    place.write('home/alice/d/.ftpaccess', 'MaxStoreFileSize *\n', 0o644, 'alice')
    assert c.store('STOR d/n', HUNDRED) == 552
