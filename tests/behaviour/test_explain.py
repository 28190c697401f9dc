"""in.ftpd -T: what is in effect, and the verdict on a query with its reasons."""
import json
import os
import re
import subprocess

import pytest

from harness import TOP

RULES = '''<Class office>
From 10.1.
</Class>
DefaultRoot ~ users
<Directory ~/pub>
<Limit STOR>
Order deny,allow
DenyUser alice
AllowAll
</Limit>
<Limit READ>
Order deny,allow
Allow from 10.1.
</Limit>
</Directory>
<IfUser bob>
Umask 077
<Limit DELE>
DenyAll
</Limit>
</IfUser>
<Limit MKD>
AllowClass office
DenyAll
</Limit>
'''


def test_a_denied_store(ftpd, place):
    (place.home() / 'pub').mkdir()
    s = ftpd(RULES)
    a = s.ask(user='alice', addr='10.1.1.7', cmd='STOR', path='/pub/x')
    assert a['verdict'] == 'deny' and a['reply'] == 550
    assert a['decided_by'] == {'what': '<Limit STOR>, line 8: DenyUser alice',
                               'where': f'{s.conf_path}:6'}
    steps = {x['what']: x for x in a['steps']}
    assert steps['server']['text'] == 'the main server'
    assert steps['class'] == {'what': 'class', 'text': 'office', 'where': f'{s.conf_path}:1'}
    assert steps['account']['text'].startswith('alice, uid ')
    assert steps['jail']['where'] == f'{s.conf_path}:4'
    assert steps['jail']['text'] == f'{place.home()}, by DefaultRoot ~'
    assert steps['path']['text'] == f'{place.home()}/pub/x, which is not there'
    assert steps['section']['where'] == f'{s.conf_path}:5'


def test_the_same_verdicts_as_a_session(ftpd, place):
    for name in ('alice', 'bob'):
        home = place.home(name)
        (home / 'pub').mkdir()
        (home / 'pub/f').write_text('x')
        (home / 'f').write_text('x')
        os.system(f'chown -R {os.stat(home).st_uid} {home}')
    s = ftpd(RULES)
    for user in ('alice', 'bob'):
        c = s.login(user)
        c.type_binary() if hasattr(c, 'type_binary') else c.cmd('TYPE I')
        for cmd, path in (('STOR', '/pub/new'), ('STOR', '/new'), ('SIZE', '/pub/f'),
                          ('SIZE', '/f'), ('DELE', '/f'), ('MKD', '/d'), ('CWD', '/pub'),
                          ('MDTM', '/pub/../pub//f')):
            a = s.ask(user=user, addr='127.0.0.1', cmd=cmd, path=path)
            code = c.store(f'STOR {path}', b'x') if cmd == 'STOR' else c.cmd(f'{cmd} {path}')
            assert (a['verdict'] == 'allow') == (int(code) < 400), (user, cmd, path, a)
            assert a['reply'] in (0, int(code)), (user, cmd, path, a)


def test_in_words(ftpd, place):
    s = ftpd(RULES)
    run = s.explain('-C', 'user=alice,addr=10.1.1.7,cmd=MKD,path=/d')
    assert run.returncode == 0 and run.stdout.startswith('allow: MKD /d for alice from 10.1.1.7\n')
    assert re.search(r'decided by +<Limit MKD>, line 23: AllowClass office \(\S+:22\)\n',
                     run.stdout)
    run = s.explain('-C', 'user=alice,addr=10.2.1.7,cmd=MKD,path=/d')
    assert run.returncode == 1 and run.stdout.startswith('deny: MKD')
    assert re.search(r'line 24: DenyAll', run.stdout) and '  reply       550\n' in run.stdout
    run = s.explain('-C', 'user=alice,cmd=CWD,path=/')
    assert 'no rule: what is not denied is allowed' in run.stdout


def test_conditions_that_hold(ftpd):
    s = ftpd(RULES)
    steps = s.ask(user='bob', cmd='DELE', path='/x')['steps']
    assert any(x['what'] == 'condition' and x['text'] == '<IfUser bob> holds' for x in steps)
    steps = s.ask(user='alice', cmd='DELE', path='/x')['steps']
    assert any(x['text'] == '<IfUser bob> does not hold' for x in steps)
    # without a command: the settings that the user would have
    assert '\nUmask 077\n' in s.explain('-C', 'user=bob').stdout
    assert '\nUmask 022 022\n' in s.explain('-C', 'user=alice').stdout


@pytest.mark.parametrize('query, reply, reason', [
    ('user=nobodyhere', 530, 'unknown-user'),
    ('user=root', 530, 'root-refused'),
    ('user=carol', 530, 'login-limit'),
    ('user=alice,addr=10.9.9.9', 421, 'nobody may log in from there'),
])
def test_no_login(ftpd, query, reply, reason):
    s = ftpd('<Limit LOGIN>\nOrder deny,allow\nDeny from 10.9.\nDenyUser carol\nAllow from all\n'
             '</Limit>\n')
    a = json.loads(s.explain('-o', 'json', '-C', query + ',cmd=LOGIN').stdout)
    assert a['verdict'] == 'no-login' and a['reply'] == reply
    assert reason in a['steps'][-1]['text']
    if reason not in ('unknown-user', 'root-refused'):
        assert a['decided_by']['where'] == f'{s.conf_path}:1'


def test_anonymous(ftpd, place):
    s = ftpd('<Anonymous {anon}>\nUser ftp\nGroup ftp\nUserAlias anonymous ftp\n'
             '<Limit WRITE>\nDenyAll\n</Limit>\n<Directory pub/incoming>\n<Limit STOR>\nAllowAll\n'
             '</Limit>\n</Directory>\n</Anonymous>\n')
    a = s.ask(user='anonymous', cmd='STOR', path='/pub/incoming/new')
    assert a['verdict'] == 'allow', a
    assert [x['text'] for x in a['steps'] if x['what'] == 'jail'][0].startswith(str(place.anon))
    assert [x['what'] for x in a['steps']
            if x['what'] in ('section', 'under')] == ['section', 'under']
    a = s.ask(user='ftp', cmd='STOR', path='/pub/new')
    assert a['verdict'] == 'deny' and a['decided_by']['what'] == '<Limit WRITE>, line 6: DenyAll'


def test_filters_and_existing_files(ftpd, place):
    (place.home() / 'f').write_text('x')
    s = ftpd('DefaultRoot ~\nDenyFilter secret\nPathDenyFilter "\\\\.exe$"\n')
    assert (s.ask(user='alice', cmd='CWD', path='/secret')['decided_by']['where']
            == f'{s.conf_path}:2')
    assert (s.ask(user='alice', cmd='STOR', path='/a.exe')['decided_by']['where']
            == f'{s.conf_path}:3')
    a = s.ask(user='alice', cmd='STOR', path='/f')
    assert a['verdict'] == 'deny' and 'AllowOverwrite' in a['decided_by']['what']
    assert s.ask(user='alice', cmd='APPE', path='/f')['reply'] == 451


def test_many_queries_from_standard_input(ftpd):
    s = ftpd(RULES)
    lines = [f'user=alice,addr=10.1.1.{i},cmd=MKD,path=/d{i}' for i in range(50)]
    run = s.explain('-o', 'json', '-C', '-', input='\n'.join(lines) + '\n')
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0 and len(answers) == 50
    assert [a['path'] for a in answers] == [f'/d{i}' for i in range(50)]
    assert {a['verdict'] for a in answers} == {'allow'}


@pytest.mark.parametrize('query, said', [
    ('user', 'key=value'), ('usr=x', 'unknown'), ('user=alice,cmd=FROB', 'no command'),
    ('cmd=STOR,path=/x', 'user= is missing'), ('user=alice,cmd=STOR', 'path= is missing'),
    ('user=alice,path=/x', 'cmd= is missing'), ('addr=300.1.1.1', 'no address'),
    ('user="alice', 'quote'), ('port=0', 'port'), ('user=alice,cmd=REIN', 'no command'),
])
def test_queries_that_make_no_sense(ftpd, query, said):
    run = ftpd().explain('-C', query)
    assert run.returncode == 2 and said in run.stderr and run.stdout == ''


def test_a_broken_configuration(ftpd):
    run = ftpd('NoSuchThing on\n').explain()
    assert run.returncode == 1 and re.search(r':1: NoSuchThing: unknown directive', run.stderr)


EVERYTHING = RULES + '''
ServerName "A \\"quoted\\" name"
<Global>
AllowOverwrite on
<Limit RMD>
DenyGroup OR users,staff
</Limit>
<Directory /srv>
AllowAll
</Directory>
</Global>
<IfClass office>
<IfUser !alice>
TimeoutIdle 10
</IfUser>
</IfClass>
UserAlias ftp alice
UserAlias x bob
UnsetEnv LANG
SetEnv TZ Europe/Zurich
UnsetEnv LC_ALL
SetEnv LANG C
<Anonymous /srv/site>
User ftp
<Directory *>
Umask 002
</Directory>
<Directory pub/*>
DenyAll
</Directory>
</Anonymous>
<VirtualHost 127.0.0.9>
ServerName "Other"
Umask 011
</VirtualHost>
'''


def test_the_output_parses_back_to_itself(ftpd, directory):
    s = ftpd(EVERYTHING)
    first = s.explain()
    assert first.returncode == 0, first.stderr
    again = directory / 'again.conf'
    again.write_text(first.stdout)
    again.chmod(0o644)
    second = s.explain(conf=again)
    assert second.returncode == 0, second.stderr
    assert second.stdout == first.stdout
    assert 'AllowOverwrite on\n' in first.stdout and 'TimeoutIdle 10\n' in first.stdout
    # one list in the order of the file, or it would mean something else
    lines = [l for l in first.stdout.splitlines() if 'etEnv ' in l]
    assert lines == ['UnsetEnv LANG', 'SetEnv TZ Europe/Zurich', 'UnsetEnv LC_ALL', 'SetEnv LANG C']
    # a virtual host prints as a main server that means the same
    other = s.explain('-C', 'laddr=127.0.0.9')
    assert 'DefaultAddress 127.0.0.9\n' in other.stdout and 'Umask 011\n' in other.stdout
    assert 'AllowOverwrite on\n' in other.stdout and 'DefaultRoot' not in other.stdout
    again.write_text(other.stdout)
    assert s.explain(conf=again).stdout == other.stdout


def test_origins_and_json(ftpd):
    s = ftpd(EVERYTHING)
    said = s.explain('-d', '1').stdout
    assert re.search(rf'^AllowOverwrite on # {s.conf_path}:\d+$', said, re.M)
    assert re.search(r'^TimeoutLinger 10 # default$', said, re.M)
    lines = json.loads(s.explain('-o', 'json').stdout)
    assert {'line': 'TimeoutLinger 10', 'where': 'default', 'depth': 0} in lines
    assert all(set(x) == {'line', 'where', 'depth'} for x in lines)


def test_refused_on_a_connection(ftpd):
    for flag in (['-T'], ['-C', 'user=alice'], ['-o', 'json']):
        assert ftpd('', args=flag).connect(greet=False).reply() == 421


def test_what_is_asked_before_the_greeting(ftpd):
    s = ftpd('', etc={'shutmsg': '2001 01 01 00 00 00 0000 0000\nback soon\n'})
    a = s.ask(user='alice', cmd='LOGIN')
    assert a['verdict'] == 'no-login' and a['reply'] == 421
    assert a['decided_by']['what'] == 'the shutdown file' and 'back soon' in a['steps'][-1]['text']


def test_tcp_wrappers_of_the_system(ftpd, directory):
    s = ftpd('', etc={'hosts.deny': f'in.ftpd: 10.9.: spawn touch {directory}/ran\n',
                      'hosts.allow': ''})
    assert s.ask(user='alice', addr='10.9.1.1', cmd='LOGIN')['decided_by']['what'] == 'tcp wrappers'
    assert s.ask(user='alice', addr='10.8.1.1', cmd='LOGIN')['verdict'] == 'allow'
    assert not (directory / 'ran').exists()


PLACES = ('%s\n', '<Anonymous /srv/a>\nUser nobody\n%s\n</Anonymous>\n',
          '<Directory /srv/d>\n%s\n</Directory>\n', '<Global>\n%s\n</Global>\n',
          '<IfUser x>\n%s\n</IfUser>\n', '<Limit ALL>\n%s\n</Limit>\n')


@pytest.mark.timeout(300)              # many programs, one after the other
def test_every_example_of_the_manual_parses_back(binary, directory):
    manual = (TOP / 'man/in.ftpd.conf.5').read_text()
    examples = re.findall(r'^\.Dl (.*)', manual, re.M)
    examples += re.findall(r'\.Bd -literal.*?\n(.*?)\n\.Ed', manual, re.S)
    path, tried = directory / 'f.conf', 0

    def effective(text):
        path.write_text(text)
        return subprocess.run([binary, '-T', '-c', path], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)

    for example in examples:
        for old, new in (('\\(dq', '"'), ('\\&', ''), ('\\e', '\\')):
            example = example.replace(old, new)
        for place in PLACES:
            first = effective(place % example)
            if first.returncode == 0:    # it may stand there
                tried += 1
                again = effective(first.stdout)
                assert (again.returncode, again.stdout) == (0, first.stdout), place % example
    assert tried > 300
