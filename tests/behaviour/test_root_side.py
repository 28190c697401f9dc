"""What a monitor decides must be what its session then keeps to, and what -T says costs nothing."""

import os

import pytest

from harness import HASH, uid_of

SITES = '''<Anonymous {anon}>
User ftp
Group ftp
RequireValidShell off
<Limit WRITE>
DenyAll
</Limit>
</Anonymous>
<IfUser ftp>
<Anonymous {home}>
User private
Group private
RequireValidShell off
</Anonymous>
</IfUser>
'''


def test_a_site_in_a_conditional_section_takes_no_rules_away(ftpd, place):
    os.chown(place.anon, uid_of('ftp'), 61104)
    c = ftpd(SITES).login('ftp', 'a@b.example')
    assert c.store('STOR f', b'x') == 550
    assert not list(place.anon.glob('f'))


def test_answers_hold_no_control_bytes(ftpd, place):
    home = place.home()
    os.symlink('x\x1b]0;title\x07\ny', home / 'link')
    s = ftpd('DefaultRoot ~\n')
    run = s.explain('-C', 'user=alice,cmd=RETR,path=/link')
    assert run.returncode in (0, 1) and run.stdout
    assert all(c.isprintable() for c in run.stdout.replace('\n', '')), run.stdout
    assert 'title' not in run.stdout or r'\x1b' in run.stdout.lower()


@pytest.mark.parametrize('deny', ['ALL: 127.0.0.1', 'ALL: ALL'])
def test_a_preview_asks_no_tables(ftpd, place, deny):
    (place.dir / 'open').mkdir()
    os.chmod(place.dir / 'open', 0o777)
    ran = place.dir / 'open/ran'
    place.write('allow', f'ALL: 10.9.8.7: spawn (touch {ran})\nALL: ALL: spawn (touch {ran})\n')
    place.write('deny', deny + '\n')
    s = ftpd('WrapEngine on\nWrapTables file:{dir}/allow file:{dir}/deny\nWrapLog {dir}/wrap.log\n',
             etc={'hosts.allow': '', 'hosts.deny': ''})
    run = s.explain('-C', 'user=alice,addr=10.9.8.7,cmd=LOGIN')
    assert run.returncode in (0, 1), run.stderr
    print(run.stdout)
    assert not ran.exists() and not (place.dir / 'wrap.log').exists()
