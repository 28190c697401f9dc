"""ProFTPD and in.ftpd, given the same configuration and the same clients, do the same."""
import fnmatch
import os
import re

import pytest

import compare

CASES = compare.cases()
LISTED = compare.listed()


@pytest.mark.parametrize('name', CASES)
def test_case(player, name):
    if os.environ.get('SAN') and 'RLimitMemory' in CASES[name]['conf']:
        pytest.skip('a sanitizer wants more address space')
    lacking = compare.lacks(CASES[name], os.environ['PEER'])
    if lacking:
        pytest.skip(lacking)
    played = player.play(CASES[name])
    unready = compare.unready(CASES[name], played)
    if unready:
        pytest.skip(f'in.ftpd: {unready}')
    entries = [entry for entry in LISTED if entry.names(name)]
    found = compare.differences(played['theirs'], played['ours'])
    wrong = [f'{name}/{step}: {a} → {b}' for step, a, b in found
             if not any(entry.holds(step, a, b) for entry in entries)]
    wrong += [f'differences:{entry.number}: occurs no longer: {entry.text}' for entry in entries
              if not any(entry.holds(*difference) for difference in found)]
    assert not wrong, '\n'.join(wrong)


def test_the_table_is_whole():
    """At least 300 cases, and each listed difference has its reason and its case."""
    assert len(CASES) >= 300
    for entry in LISTED:
        assert len(entry.reason) > 20, f'differences:{entry.number}: no reason'
        for pattern in entry.case.split(','):
            assert fnmatch.filter(CASES, pattern), \
                f'differences:{entry.number}: there is no case {pattern}'


# Directives that the peer's package has not: our own, those of other packages, and one that
# wants a syslog.
NOT_THERE = re.compile('AnonCheckEmail|AuthLog|AnonymousGroup|ShutMsgFile|ServiceHours|'
                       'PolicySocket|StoreMoveTo|UploadNotify|'
                       'TransferRateTotal|ProxyProtocol.*|SQL.*|TCP(Access|User|Group|Serv).*|'
                       'SyslogFacility|CopyEngine|SiteMiscEngine|AuthPAMAuthoritative')


def test_every_directive_has_a_case():
    """What in.ftpd has, of ProFTPD's directives, is compared."""
    source = (compare.TOP / 'config/directive.c').read_text()
    rows = re.findall(r'\{ "<?(\w+)>?", V_(?!NO_EFFECT|REPLACED|LATER)', source)
    assert len(rows) > 100
    compared = {word.lower() for case in CASES.values()
                for word in re.findall(r'^\s*<?(\w+)', case['conf'], re.M)}
    compared |= {word.lower() for case in CASES.values()
                 for text in case.get('tree', {}).values()
                 for word in re.findall(r'\w+', str(text))}
    common = re.findall(r'^(\w+)', (compare.HERE / 'player.py').read_text(), re.M)
    compared |= {word.lower() for word in common}
    missing = [row for row in rows if row.lower() not in compared
               and not NOT_THERE.fullmatch(row)]
    assert not missing, f'no case has {missing}'
