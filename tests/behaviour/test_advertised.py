"""HELP and FEAT tell what this server does, for whom it is, and nothing that <Limit> takes away."""

import re


def limit(names, *lines):
    return f'<Limit {names}>\n' + ''.join(f'{l}\n' for l in lines) + '</Limit>\n'


def verbs(c, what='HELP'):
    return set(re.findall(r'\b[A-Z]{3,5}\b', '\n'.join(c.cmd(what).lines[1:-1])))


def extensions(c):
    return {line.split()[0] for line in c.cmd('FEAT').lines[1:-1]}


def test_faq_6_3c_what_is_denied_to_everybody(ftpd, place):
    place.file('f', b'x')
    everything = ftpd().login()
    assert {'DELE', 'SIZE', 'MFMT', 'STOU'} <= verbs(everything)
    assert {'SIZE', 'MFMT'} <= extensions(everything)
    assert 'CHMOD' in verbs(everything, 'HELP SITE')
    s = ftpd(limit('DELE SIZE MFMT STOU SITE_CHMOD', 'DenyAll'))
    for c in (s.connect(), s.login()):
        assert not verbs(c) & {'DELE', 'SIZE', 'MFMT', 'STOU'}
        assert not extensions(c) & {'SIZE', 'MFMT'}
        assert {'RETR', 'STOR'} <= verbs(c) and 'MDTM' in extensions(c)
        assert 'CHMOD' not in verbs(c, 'HELP SITE') | verbs(c, 'SITE HELP')
        assert c.cmd('HELP DELE') == 502 and c.cmd('HELP RETR') == 214
        assert c.cmd('HELP SITE CHMOD') == 502
    # each verb by itself: its neighbours work
    c = s.login()
    for line in ('DELE f', 'SIZE f', 'MFMT 20200101000000 f', 'SITE CHMOD 600 f'):
        assert c.cmd(line) == 550, line
    assert c.store('STOU', b'x') == 550
    c.cmd('TYPE I')
    assert c.get('f') == b'x' and c.cmd('MDTM f') == 213
    assert c.store('STOR g', b'x') == 226


def test_faq_6_3c_what_is_denied_to_some(ftpd):
    s = ftpd(limit('DELE', 'DenyUser alice') + limit('WRITE', 'AllowUser carol', 'DenyAll'))
    assert 'DELE' not in verbs(s.login('alice')) and 'STOR' not in verbs(s.login('bob'))
    carol = verbs(s.login('carol'))
    assert {'STOR', 'DELE', 'MKD'} <= carol
