"""What other systems have exit programs for, as configuration: each gate refuses by itself."""

import os

import pytest

from harness import HASH
from test_pam import CONF, accounts                                     # noqa: F401

POLICY = '''TCPAccessFiles {dir}/hosts.allow {dir}/hosts.deny
<Class visitors>
From 127.0.0.8
</Class>
<Limit LOGIN>
DenyUser cleo
</Limit>
<Limit WRITE>
DenyClass visitors
</Limit>
<Limit SITE_CHMOD>
DenyGroup people
</Limit>
AllowFilter "^[a-zA-Z0-9/._ -]*$"
DenyFilter \\.\\./
PathAllowFilter ^.*[a-z]$
PathDenyFilter \\.exe$
<Directory ~/closed>
<Limit ALL>
DenyAll
</Limit>
</Directory>
'''


@pytest.fixture
def server(ftpd, place, accounts):                                      # noqa: F811
    for n, name in enumerate(('ben', 'cleo')):
        home = place.home_dir / name
        home.mkdir()
        os.chown(home, 62010 + n, 62000)
        accounts['passwd'] += f'{name}:x:{62010 + n}:62000::{home}:/bin/sh\n'
        hashes, mode = accounts['shadow']
        accounts['shadow'] = (hashes + f'{name}:{HASH}:19000:0:99999:7:::\n', mode)
    place.write('refused', 'ben\n')
    place.write('hosts.allow', '')
    place.write('hosts.deny', 'ALL: 127.0.0.7\n')
    accounts['pam.d/ftp'] = ('auth required pam_listfile.so item=user sense=deny '
                             f'file={place.dir}/refused onerr=fail\n' + accounts['pam.d/ftp'])
    for name in ('f', 'f.exe', 'F9', 'a%b', 'closed/f'):
        path = place.home_dir / 'anna' / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('x')
        os.chown(path, 62001, 62000)
    return ftpd(POLICY + CONF, base=False, etc=accounts)


@pytest.mark.parametrize('user, peer, gate', [
    ('ben', '127.0.0.1', r'USER ben .*pam'), ('anna', '127.0.0.7', r'USER anna .*tcp-wrappers'),
    ('cleo', '127.0.0.1', r'USER cleo .*login-limit.*conf:\d+')])
def test_faq_A8_at_logon(server, user, peer, gate):
    c = server.connect(source=(peer, 0))
    reply = c.login(user)
    assert reply == 530 and len(reply.lines) == 1
    server.log_wait(gate)
    # the same from elsewhere, or somebody else from there
    if user == 'anna':
        assert server.connect().login('anna') == 230
    else:
        assert c.login('anna') == 230


@pytest.mark.parametrize('peer, line, code', [
    ('127.0.0.1', 'SIZE f', 213),
    ('127.0.0.1', 'SIZE closed/f', 550), ('127.0.0.1', 'CWD closed', 550),      # path
    ('127.0.0.1', 'SITE CHMOD 600 f', 550),                                     # command and group
    ('127.0.0.8', 'SIZE f', 213), ('127.0.0.8', 'DELE f', 550),                 # class
    ('127.0.0.1', 'SIZE a%b', 550), ('127.0.0.1', 'SIZE closed/../f', 550),     # arguments
    ('127.0.0.1', 'MKD d.exe', 550), ('127.0.0.1', 'MKD D9', 550),              # names
    ('127.0.0.1', 'MKD d', 257), ('127.0.0.1', 'DELE f', 250)])
def test_faq_A8_each_request(server, peer, line, code):
    c = server.connect(source=(peer, 0))
    assert c.login('anna') == 230
    c.cmd('TYPE I')
    reply = c.cmd(line)
    assert reply == code, reply
