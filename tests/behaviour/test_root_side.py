"""What a monitor decides must be what its session then keeps to, and what -T says costs nothing."""

import json
import os

from harness import uid_of

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
    os.symlink('x\x1b]0;title\x07\ny\x9b1m', home / 'link')
    s = ftpd('DefaultRoot ~\n')
    run = s.explain('-C', 'user=alice,cmd=RETR,path=/link')
    assert run.returncode in (0, 1) and run.stdout
    assert all(c.isprintable() for c in run.stdout.replace('\n', '')), run.stdout
    assert r'/x\x1B]0;title\x07\x0Ay\xC2\x9B1m' in run.stdout
    run = s.explain('-o', 'json', '-C', 'user=alice,cmd=RETR,path=/link')
    assert run.stdout.rstrip('\n').isprintable()
    assert any('x\x1b]0;title\x07\ny\x9b1m' in step['text']
               for step in json.loads(run.stdout)['steps'])


def test_a_preview_of_tables_runs_and_writes_nothing(ftpd, place):
    (place.dir / 'open').mkdir()
    os.chmod(place.dir / 'open', 0o777)
    ran = place.dir / 'open/ran'
    place.write('allow', f'ALL: 10.9.8.7 .here.example: spawn (touch {ran})\n')
    place.write('deny', f'ALL: ALL: spawn (touch {ran})\n')
    s = ftpd('WrapEngine on\nWrapTables file:{dir}/allow file:{dir}/deny\nWrapLog {dir}/wrap.log\n',
             etc={'hosts.allow': '', 'hosts.deny': ''})
    assert s.ask(user='alice', addr='10.9.8.7', cmd='LOGIN')['verdict'] == 'allow'
    assert s.ask(user='alice', addr='10.9.8.8', cmd='LOGIN')['verdict'] == 'no-login'
    assert s.ask(user='alice', addr='10.9.8.8', name='pc.here.example',
                 cmd='LOGIN')['verdict'] == 'allow'
    assert not ran.exists() and not (place.dir / 'wrap.log').exists()
    assert s.connect().login('alice') == 530
    assert ran.exists() and 'refused' in (place.dir / 'wrap.log').read_text()


def test_lines_of_a_users_file_are_not_the_configurations(ftpd, place):
    path = place.file('.ftpaccess', b'<Limit READ>\nDenyUser alice\n</Limit>\n')
    s = ftpd('# one\n# two\nAllowOverride on\nDefaultRoot ~\n')
    a = s.ask(user='alice', cmd='RETR', path='/x')
    assert a['verdict'] == 'deny'
    assert a['decided_by'] == {'what': 'READ, line 2', 'where': f'{path}:1'}
    path.write_text('Nonsense\n')
    assert s.ask(user='alice', cmd='RETR', path='/x')['decided_by']['what'] == '.ftpaccess'


SITE = '<Anonymous {anon}>\nUser ftp\nGroup staff\nRequireValidShell off\n%s</Anonymous>\n'
DENY = '<Limit %s>\nOrder allow,deny\nDenyGroup %s\n</Limit>\n'


def test_the_group_of_a_site_is_its_users(ftpd, place):
    os.chown(place.anon, uid_of('ftp'), 61104)
    for group in ('staff', 'ftp'):
        c = ftpd(SITE % (DENY % ('STOR', group))).login('ftp', 'a@b.example')
        assert c.store('STOR f', b'x') == 550, group
        assert ftpd(SITE % (DENY % ('LOGIN', group))).connect().login('ftp', 'a@b.example') == 530
    c = ftpd(SITE % (DENY % ('STOR', 'users'))).login('ftp', 'a@b.example')
    assert c.store('STOR f', b'x') == 226
