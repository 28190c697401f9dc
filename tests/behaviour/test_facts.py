"""MLST, MLSD, SIZE, MDTM, MFMT (RFC 3659 and its drafts)."""

import os

import pytest

from harness import uid_of

ALL = {'type', 'size', 'modify', 'perm', 'unique', 'UNIX.mode', 'UNIX.owner', 'UNIX.group',
       'UNIX.ownername', 'UNIX.groupname'}


def facts(line):
    text, name = line.split(' ', 1)
    pairs = [f.split('=', 1) for f in text.split(';')[:-1]]
    assert text == '' or text.endswith(';')
    return {k.lower(): v for k, v in pairs}, name


@pytest.fixture
def c(ftpd, place):
    home = place.home()
    place.file('f', b'12345', mode=0o640)
    place.file('.dot', b'')
    (home / 'd').mkdir(mode=0o755)
    os.chown(home / 'd', uid_of('alice'), 61100)
    place.file('d/inner', b'')
    os.chown(place.write('home/alice/foreign', 'x', 0o444), 0, 0)
    (home / 'link').symlink_to('f')
    os.utime(home / 'f', (1e9, 1e9))
    client = ftpd('DefaultRoot ~').login()
    client.cmd('TYPE I')
    return client


def test_mlst(c):
    reply = c.cmd('MLST f')
    assert reply == 250 and len(reply.lines) == 3 and reply.lines[1].startswith(' ')
    f, name = facts(reply.lines[1][1:])
    assert name == '/f'
    assert f['type'] == 'file' and f['size'] == '5' and f['modify'] == '20010909014640'
    assert f['unix.mode'] in ('0640', '640') and f['unix.owner'] == str(uid_of('alice'))
    assert set('rawdf') >= set(f['perm']) >= set('rdf')
    assert facts(c.cmd('MLST').lines[1][1:])[0]['type'] in ('dir', 'cdir')
    assert facts(c.cmd('MLST /').lines[1][1:])[1] == '/'


def test_mlsd(c):
    entries = dict(reversed(facts(line)) for line in c.names('MLSD'))
    assert entries['f']['type'] == 'file'
    assert entries['d']['type'] == 'dir' and set('elcmp') <= set(entries['d']['perm'])
    assert entries['.']['type'] == 'cdir' and entries['..']['type'] == 'pdir'
    assert '.dot' in entries
    assert 'w' not in entries['foreign']['perm']
    assert entries['link']['type'].lower() in ('file', 'os.unix=symlink', 'os.unix=slink:f')
    unique = [e['unique'] for n, e in entries.items() if n not in ('.', '..')]
    assert len(set(unique)) >= len(unique) - 1      # the link may share its target's
    assert c.names('MLSD d') and len(c.names('MLSD d')) == 3


def test_all_facts_are_told_unless_chosen(ftpd, c, place):
    told = facts(c.cmd('MLST f').lines[1][1:])[0]
    assert set(told) == {name.lower() for name in ALL}
    assert (told['unix.ownername'], told['unix.groupname']) == ('alice', 'users')
    entries = dict(reversed(facts(line)) for line in c.names('MLSD'))
    assert (entries['foreign']['unix.owner'], entries['foreign']['unix.ownername']) == ('0', 'root')
    assert entries['f']['unix.groupname'] == 'users'
    c = ftpd('FactsDefault UNIX.* type').login()
    assert set(facts(c.cmd('MLST f').lines[1][1:])[0]) == {
        'type', *(name.lower() for name in ALL if name.startswith('UNIX'))}


def test_a_name_ends_no_fact(ftpd, place):
    place.file('f')
    place.group.write_text(place.group.read_text().replace('users:', 'a b;c:'))
    c = ftpd('DirFakeUser on "x;type=dir; y"').login()
    told, name = facts(c.cmd('MLST f').lines[1][1:])
    assert name.endswith('/f') and told['type'] == 'file'
    assert told['unix.ownername'] == 'x_type=dir__y'
    assert told['unix.groupname'] == 'a_b_c'


def test_one_thing_one_unique(c):
    entries = dict(reversed(facts(line)) for line in c.names('MLSD'))
    assert facts(c.cmd('MLST f').lines[1][1:])[0]['unique'] == entries['f']['unique']


def test_opts_mlst(c):
    feat = [l.strip() for l in c.cmd('FEAT').lines if 'MLST' in l][0]
    names = dict.fromkeys(feat[5:].rstrip(';').split(';'))
    assert ALL <= {n.rstrip('*') for n in names}
    assert c.cmd('OPTS MLST type;size;nonsense;').text == 'MLST OPTS type;size;'
    assert set(facts(c.cmd('MLST f').lines[1][1:])[0]) == {'type', 'size'}
    feat = [l for l in c.cmd('FEAT').lines if 'MLST' in l][0]
    assert feat.count('*') == 2 and 'type*;' in feat
    assert c.cmd('OPTS MLST') == 200
    assert c.cmd('MLST f').lines[1] == '  /f'
    assert c.cmd('OPTS mlst TYPE;Modify;') == 200
    assert set(facts(c.cmd('MLST f').lines[1][1:])[0]) == {'type', 'modify'}


def test_facts_chosen_before_login_stay(ftpd, place):
    place.file('f')
    c = ftpd().connect()
    assert c.cmd('OPTS MLST size;') == 200
    assert c.login() == 230
    assert set(facts(c.cmd('MLST f').lines[1][1:])[0]) == {'size'}


def test_size(c):
    assert c.cmd('SIZE f').text == '5'
    assert c.cmd('SIZE d') == 550
    assert c.cmd('SIZE nothing') == 550
    c.cmd('TYPE A')
    assert c.cmd('SIZE f') == 550


def test_mdtm(c):
    assert c.cmd('MDTM f').text == '20010909014640'
    assert c.cmd('MDTM nothing') == 550
    # Writing through MDTM is ambiguous and off.
    assert c.cmd('MDTM 20200101000000 f') == 550
    assert c.cmd('MDTM f').text == '20010909014640'


def test_mfmt(c, place):
    reply = c.cmd('MFMT 20200102030405 f')
    assert reply == 213 and reply.text.startswith('Modify=20200102030405;')
    assert c.cmd('MDTM f').text == '20200102030405'
    assert (place.home() / 'f').stat().st_mtime == 1577934245
    assert c.cmd('MFMT 20200102030405.123 f') in (213, 501)
    assert c.cmd('MFMT 20200102030405 foreign') == 550
    assert c.cmd('MFMT 20200102030405 nothing') == 550


@pytest.mark.parametrize('stamp', ['', '2020', '20201301000000', '20200230000000', '20200101250000',
                                   '20200101006000', '-20200101000000', '2020010100000x',
                                   '99999999999999999999', '202001010000001'])
def test_attack_23_malformed_times(c, place, stamp):
    before = (place.home() / 'f').stat().st_mtime
    assert c.cmd(f'MFMT {stamp} f') in (501, 550)
    assert (place.home() / 'f').stat().st_mtime == before


def test_facts_of_a_denied_file(ftpd, place):
    place.file('f')
    c = ftpd('<Limit MLST MDTM SIZE>\nDenyAll\n</Limit>').login()
    c.cmd('TYPE I')
    for verb in ('MLST', 'MDTM', 'SIZE'):
        assert c.cmd(f'{verb} f') == 550


def test_no_true_number_beside_a_false_name(ftpd, place):
    place.file('f')
    c = ftpd('DirFakeUser on\nDirFakeGroup on').login()
    for facts in (c.cmd('MLST f').all, c.names('MLSD')[0]):
        assert 'UNIX.owner=' not in facts and 'UNIX.group=' not in facts and 'modify=' in facts
        assert 'UNIX.ownername=ftp;UNIX.groupname=ftp;' in facts
    c = ftpd('DirFakeUser on').login()
    facts = c.cmd('MLST f').all
    assert 'UNIX.owner=' not in facts and 'UNIX.group=61100' in facts


def test_an_entry_of_a_section_of_its_own(ftpd, place):
    """MLSD shows it as MLST does."""
    (place.home() / 'sub').mkdir()
    place.file('f')
    c = ftpd('<Directory ~/sub>\nDirFakeUser on somebody\nDirFakeMode 0440\n</Directory>').login()
    shown = {line.split(' ', 1)[1]: line for line in c.names('MLSD')}
    assert 'UNIX.ownername=somebody;' in shown['sub'] and 'UNIX.mode=0550;' in shown['sub']
    assert 'UNIX.owner=' not in shown['sub'] and 'UNIX.group=' in shown['sub']
    for name in ('f', '.', '..'):
        assert 'UNIX.owner=' in shown[name] and 'somebody' not in shown[name]
    mlst = c.cmd('MLST sub').lines[1].strip().split(' ')[0]
    assert mlst.split(';')[4:] == shown['sub'].split(' ')[0].split(';')[4:]
