"""DisplayConnect, DisplayLogin and the other files that are shown."""

import os

import pytest

ANON = '<Anonymous {anon}>\nUser ftp\nGroup ftp\n%s\n</Anonymous>\n'


def test_faq_6_5_displayconnect(ftpd, place):
    place.write('hello', 'Hello from %L, you are %R.\n226 not a reply\nServed by %V, write to %E\n')
    s = ftpd('DisplayConnect {dir}/hello\nServerName "Our server"\nServerAdmin ftp@example.org\n'
             'UseReverseDNS off')
    welcome = s.connect().welcome
    assert welcome == 220 and len(welcome.lines) == 4
    assert 'you are 127.0.0.1.' in welcome.all and welcome.lines[0].startswith('220-')
    assert 'Served by Our server, write to ftp@example.org' in welcome.all
    s = ftpd('DisplayConnect {dir}/no-such-file')
    assert len(s.connect().welcome.lines) == 1
    code, said = ftpd('DisplayConnect relative').check()
    assert code == 1 and 'conf:1: DisplayConnect: ' in said


@pytest.mark.parametrize('jail', ['', 'DefaultRoot ~\n'])
def test_faq_6_6_displaylogin(ftpd, place, jail):
    place.write('welcome', 'Welcome %U, grüße.\n\x1b[2Jclear\x07\n')
    s = ftpd(jail + 'DisplayLogin {dir}/welcome')
    reply = s.connect().login()
    assert reply == 230 and reply.lines[0].startswith('230-')
    assert 'Welcome alice, grüße.' in reply.all
    assert '\x1b' not in reply.all and '\x07' not in reply.all
    place.file('welcome.msg', b'in the start directory\n')
    reply = ftpd(jail + 'DisplayLogin welcome.msg').connect().login()
    assert 'in the start directory' in reply.all and len(reply.lines) == 2


def test_anonymous_has_its_own(ftpd, place):
    (place.anon / 'welcome.msg').write_text('anonymous welcome\n')
    reply = ftpd(ANON % 'DisplayLogin welcome.msg').connect().login('ftp', 'a@b')
    assert 'anonymous welcome' in reply.all


def test_links_and_secrets_are_not_shown(ftpd, place):
    place.write('secret', 'of root\n', 0o600)
    (place.home() / 'link').symlink_to(place.dir / 'secret')
    os.mkfifo(place.home() / 'fifo')
    for name in ('link', 'fifo', str(place.dir / 'secret'), '../../secret'):
        reply = ftpd(f'DisplayLogin {name}').connect().login()
        assert reply == 230 and 'of root' not in reply.all


def test_env_only_in_files_of_root(ftpd, place):
    place.file('mine', b'%{env:PATH}\n')
    reply = ftpd('DisplayLogin mine').connect().login()
    assert '/bin' not in reply.lines[0]


def test_displaychdir(ftpd, place):
    (place.home() / 'd').mkdir()
    place.file('d/.message', b'You are in d\n')
    c = ftpd('DisplayChdir .message').login()
    for _ in range(2):
        reply = c.cmd('CWD d')
        assert reply == 250 and 'You are in d' in reply.all
        c.cmd('CDUP')
    assert len(c.cmd('CWD .').lines) == 1
    c = ftpd('DisplayChdir .message on').login()
    assert 'You are in d' in c.cmd('CWD d').all
    c.cmd('CDUP')
    assert 'You are in d' not in c.cmd('CWD d').all
    os.utime(place.home() / 'd/.message', (2e9, 2e9))
    c.cmd('CDUP')
    assert 'You are in d' in c.cmd('CWD d').all


def test_displayquit(ftpd, place):
    place.write('bye', 'Come again, %U.\n')
    c = ftpd('DisplayQuit {dir}/bye\nDefaultRoot ~').login()
    reply = c.quit()
    assert reply == 221 and 'Come again, alice.' in reply.all


def test_attack_28_huge_files_and_values(ftpd, place):
    place.write('big',
                ('%U %C %L %R %T %V %E %F %x %n%s%99d %{nonsense} %%\n' + 'x' * 3000 + '\n') * 500)
    c = ftpd('DisplayLogin {dir}/big').connect()
    reply = c.login()
    assert reply == 230
    assert len(reply.all) < 4 * 65536
    place.write('nul', b'a\0b\n\xff\xfe\nno end')
    reply = ftpd('DisplayLogin {dir}/nul').connect().login()
    assert reply == 230 and 'no end' in reply.all


def test_displayfiletransfer(ftpd, place):
    place.write('thanks', 'Thank you, %U.\n')
    place.file('f', b'x')
    c = ftpd('DisplayFileTransfer {dir}/thanks\nDefaultRoot ~').login()
    assert 'Thank you, alice.' in c.fetch('RETR f')[0].all
    assert 'Thank you, alice.' in c.store('STOR g', b'x').all
    assert 'Thank you' not in c.fetch('LIST')[0].all
