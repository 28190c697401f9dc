"""What leads users and programs about: DisplayReadme, CDPath, robots.txt, facts and list styles."""

import os
import re
import time

import pytest

ANON = '<Anonymous {anon}>\nUser ftp\nGroup ftp\n'


# -- DisplayReadme --

def test_readme_after_login_and_cwd(ftpd, place):
    home = place.home()
    place.file('README', b'read me')
    os.utime(home / 'README', (time.time() - 3 * 86400 - 5,) * 2)
    (home / 'sub').mkdir()
    place.file('sub/README', b'x')
    os.utime(home / 'sub/README', (1577934245,) * 2)
    c = ftpd('DisplayReadme README').connect()
    reply = c.login()
    assert reply == 230 and re.match(
        r'230-Please read README: changed on \d{4}-\d\d-\d\d \d\d:\d\d UTC, 3 days ago$',
        reply.lines[0])
    reply = c.cmd('CWD sub')
    assert reply == 250 and len(reply.lines) == 2
    assert 'README: changed on 2020-01-02 03:04 UTC, ' in reply.lines[0]
    assert len(c.cmd('CWD /').lines) == 1
    assert len(c.cmd('CWD ~').lines) == 2


def test_readme_by_pattern(ftpd, place):
    for name in ('README.1', 'README.2', 'readme', 'other'):
        place.file(name)
    (place.home() / 'README.dir').mkdir()
    (place.home() / 'README.gone').symlink_to('nowhere')
    c = ftpd('DisplayReadme README*').connect()
    lines = c.login().lines
    assert [re.search(r'read (\S+):', l)[1] for l in lines[:-1]] == ['README.1', 'README.2']
    assert 'day' in lines[0] and '0 days ago' in lines[0]


def test_readme_absolute_and_inherited(ftpd, place):
    place.write('ANON/NEWS', 'x')
    s = ftpd('DisplayReadme /NEWS\n' + ANON + '</Anonymous>')
    c = s.connect()
    assert ('Please read /NEWS:' in c.login('ftp', 'me@').all
            or 'Please read NEWS:' in c.cmd('CWD /').all)
    assert '/NEWS' in c.cmd('CWD pub').all


def test_readme_names_nothing_that_is_denied(ftpd, place):
    place.file('README')
    c = ftpd('DisplayReadme README*\n<Directory {home}/alice/README>\n<Limit DIRS>\nDenyAll\n'
             '</Limit>\n</Directory>').connect()
    assert len(c.login().lines) == 1


def test_readme_names_nothing_that_is_hidden(ftpd, place):
    for name in ('README', 'README.secret', 'README.link'):
        place.file(name)
    (place.home() / 'README.link').unlink()
    (place.home() / 'README.link').symlink_to('README.secret')
    c = ftpd('DisplayReadme README*\n<Directory {home}/alice>\nHideFiles secret\n'
             '</Directory>').connect()
    assert [re.search(r'read (\S+):', l)[1] for l in c.login().lines[:-1]] == ['README']


def test_readme_bounded(ftpd, place):
    for i in range(300):
        place.file(f'README{i}\r\n226 x')
    c = ftpd('DisplayReadme *').connect()
    assert len(c.login().lines) == 21


# -- CDPath --

@pytest.fixture
def tree(place):
    for name in ('here', 'lib', 'lib/one', 'lib/here', 'more', 'more/one', 'more/two', 'shut',
                 'shut/three'):
        path = place.home() / name
        path.mkdir()
        os.chown(path, 61001, 61100)
    place.file('lib/file')
    return place.home()


def where(c):
    return re.match(r'"(.*)"', c.cmd('PWD').text)[1]


def test_cdpath(ftpd, tree):
    c = ftpd('DefaultRoot ~\nCDPath /nowhere\nCDPath /lib\nCDPath ~/more').login()
    for line, place_ in (('CWD here', '/here'), ('CWD one', '/lib/one'), ('CWD two', '/more/two'),
                         ('XCWD here', '/lib/here'), ('CWD /here', '/here')):
        assert c.cmd(line) == 250, line
        assert where(c) == place_
    for line in ('CWD three', 'CWD file', 'CWD /one', 'CWD nothing', 'CWD ~/two'):
        assert c.cmd(line) == 550, line
        assert where(c) == '/here'
    assert c.cmd('CDUP') == 250 and where(c) == '/'
    # for CWD alone
    assert c.cmd('MLST two') == 550
    assert c.fetch('LIST two')[0] == 450


def test_cdpath_and_rules(ftpd, tree):
    c = ftpd('DefaultRoot ~\nCDPath /shut\nCDPath /lib\n<Directory ~/shut>\n<Limit CWD>\nDenyAll\n'
             '</Limit>\n</Directory>\n<Directory ~/here>\n<Limit CWD>\nDenyAll\n</Limit>\n'
             '</Directory>').login()
    assert c.cmd('CWD three') == 550
    # denied is as if it were not there
    assert c.cmd('CWD here') == 250 and where(c) == '/lib/here'
    assert c.cmd('CWD /') == 250
    assert c.cmd('CWD ../../one') == 550
    assert where(c) == '/'


def test_cdpath_of_an_anonymous_site(ftpd, place):
    s = ftpd(ANON + 'CDPath /pub\n</Anonymous>')
    assert s.login('ftp').cmd('CWD incoming') == 250
    assert s.login().cmd('CWD incoming') == 550


# -- AnonAllowRobots --

def test_robots(ftpd, place):
    s = ftpd(ANON + '</Anonymous>')
    c = s.login('ftp')
    c.cmd('TYPE I')
    assert c.get('robots.txt') == b'User-agent: *\nDisallow: /\n'
    assert c.get('/robots.txt', 'port') == b'User-agent: *\nDisallow: /\n'
    assert c.get('robots.txt', rest=14) == b'Disallow: /\n'
    assert c.cmd('REST 100') == 350 and c.cmd('RETR robots.txt') == 554
    assert c.cmd('SIZE robots.txt') == 550
    assert 'robots.txt' not in c.names()
    for name in ('pub/robots.txt', 'nowhere/robots.txt', 'xrobots.txt', 'robots.txt/x',
                 'Robots.txt'):
        assert c.fetch(f'RETR {name}')[0] == 550, name
    assert c.cmd('CWD pub') == 250
    assert c.fetch('RETR robots.txt')[0] == 550
    assert c.get('../robots.txt').startswith(b'User-agent')
    # a real user's files are no site
    assert s.login().fetch('RETR robots.txt')[0] == 550


def test_robots_where_there_are_rules(ftpd, place):
    place.write('ANON/robots.txt', 'User-agent: *\nAllow: /\n')
    c = ftpd(ANON + '</Anonymous>').login('ftp')
    c.cmd('TYPE I')
    assert c.get('robots.txt') == b'User-agent: *\nAllow: /\n'


def test_robots_allowed_or_denied(ftpd):
    c = ftpd(ANON + 'AnonAllowRobots on\n</Anonymous>').login('ftp')
    assert c.fetch('RETR robots.txt')[0] == 550
    c = ftpd(ANON + '<Limit READ>\nDenyAll\n</Limit>\n</Anonymous>').login('ftp')
    assert c.fetch('RETR robots.txt')[0] == 550


# -- facts and list styles --

def feat(c):
    return [l.strip() for l in c.cmd('FEAT').lines if 'MLST' in l]


def test_factsadvertise(ftpd):
    c = ftpd('FactsAdvertise off').login()
    assert feat(c) == []
    assert c.cmd('MLST') == 250


def test_factsdefault(ftpd, place):
    place.file('f', b'12345')
    c = ftpd('FactsDefault size type').connect()
    assert 'type*;size*;modify;' in feat(c)[0]
    assert c.login() == 230
    assert c.cmd('MLST f').lines[1].startswith(' type=file;size=5; /')
    assert c.cmd('OPTS MLST modify;') == 200
    assert 'modify=' in c.cmd('MLST f').lines[1] and 'size' not in c.cmd('MLST f').lines[1]


def test_factsoptions(ftpd, place):
    place.file('f', b'12345')
    home = place.home()
    for name, target in (('rel', 'f'), ('abs', f'{home}/f'), ('odd', 'a b;c'), ('home', f'{home}'),
                         ('near', f'{home}x')):
        (home / name).symlink_to(target)

    def types(options):
        c = ftpd('DefaultRoot ~\n' + options).login()
        assert c.cmd('OPTS MLST type;') == 200
        return dict(reversed(l.split('; ')) for l in c.names('MLSD'))

    plain = types('')
    assert plain['rel'] == 'type=file' and plain['f'] == 'type=file'
    slink = types('FactsOptions UseSlink')
    assert slink['rel'] == 'type=OS.unix=slink:f' and slink['f'] == 'type=file'
    assert slink['abs'] == f'type=OS.unix=slink:{home}/f'
    assert slink['odd'] == 'type=OS.unix=slink:a_b_c'
    adjusted = types('FactsOptions UseSlink AdjustedSymlinks')
    assert adjusted['abs'] == 'type=OS.unix=slink:/f'
    assert adjusted['home'] == 'type=OS.unix=slink:/'
    assert adjusted['near'] == f'type=OS.unix=slink:{home}x'
    assert adjusted['rel'] == 'type=OS.unix=slink:f'
    hidden = types('FactsOptions UseSlink\nShowSymlinks off')
    assert hidden['rel'] == 'type=file' and 'odd' not in hidden


def test_factsoptions_nonames(ftpd, place):
    place.file('f', b'12345')
    c = ftpd('FactsOptions NoNames').login()
    assert 'ownername' not in feat(c)[0] and 'groupname' not in feat(c)[0]
    assert c.cmd('OPTS MLST type;UNIX.ownername;UNIX.groupname;').text == 'MLST OPTS type;'
    assert 'name=' not in c.cmd('MLST f').all


def test_liststyle_windows(ftpd, place):
    place.file('file', b'x' * 1234)
    (place.home() / 'dir').mkdir()
    for name, stamp in (('file', 1577934245), ('dir', 1577978700)):
        os.utime(place.home() / name, (stamp, stamp))
    s = ftpd('ListStyle Windows\n' + ANON + 'ListStyle Unix\n</Anonymous>')
    c = s.login()
    assert c.names('LIST') == ['01-02-20  03:25PM       <DIR>          dir',
                               '01-02-20  03:04AM                 1234 file']
    assert '01-02-20  03:04AM                 1234 file' in c.cmd('STAT file').all
    assert c.names('NLST') == ['dir', 'file']
    assert s.login('ftp').names('LIST')[0][0] in '-d'
