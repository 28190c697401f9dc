"""One whole session without an error under valgrind."""
import re
import shutil

import pytest

from conftest import release_only


@release_only
@pytest.mark.timeout(180)
def test_a_session_under_valgrind(ftpd, place):
    if not shutil.which('valgrind'):
        pytest.skip('valgrind cannot be had here')
    place.file('f', b'0123456789' * 10000)
    s = ftpd('DefaultRoot ~\nAllowOverwrite on\nAllowStoreRestart on\nHiddenStores off',
             wrapper=['valgrind', '-q', '--trace-children=yes', '--error-exitcode=99', '--child-silent-after-fork=no',
                      f'--log-file={place.dir}/vg.%p'])
    c = s.connect(timeout=100)
    assert c.login('alice', 'wrong') == 530
    assert c.login() == 230
    for line in ('FEAT', 'HELP', 'SYST', 'PWD', 'MKD d', 'CWD d', 'CDUP', 'MLST f', 'TYPE I', 'SIZE f', 'MDTM f',
                 'OPTS MLST type;size;', 'STAT', 'STAT .', 'SITE CHMOD 600 f', 'RMD d', 'NOPE', 'CWD /nowhere'):
        c.cmd(line)
    assert len(c.get('f')) == 100000
    assert len(c.get('f', 'port', rest=50000)) == 50000
    for line in ('LIST -la', 'NLST *', 'MLSD', 'LIST -R'):
        assert c.names(line)
    assert c.store('STOR g', b'a\r\nb' * 1000) == 226
    c.cmd('TYPE A')
    assert c.store('STOR h', b'a\r\nb' * 1000) == 226
    assert c.get('h')
    c.cmd('RNFR h')
    c.cmd('RNTO i')
    c.cmd('DELE i')
    assert c.quit() == 221
    assert s.spawned[-1].wait(60) == 0
    found = [log.read_text() for log in place.dir.glob('vg.*')]
    assert found and not any(re.search('==', text) for text in found), '\n'.join(found)
