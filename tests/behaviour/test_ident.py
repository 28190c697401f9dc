"""ServerIdent: what the greeting and the other replies tell about us."""

import re


def test_default(ftpd):
    welcome = ftpd('ServerName "Example"').connect().welcome
    assert welcome == 220 and 'Example' in welcome.text and not re.search(r'\d+\.\d+[^.\d]',
                                                                          welcome.text)


def test_faq_6_4a_off(ftpd):
    for conf in ('ServerIdent off', '<Global>\nServerIdent off\n</Global>'):
        s = ftpd(conf + '\nServerName "Example"')
        c = s.connect()
        assert c.welcome.text.endswith('FTP server ready')
        told = [c.welcome.all]
        for line in ('SYST', 'HELP', 'FEAT', 'STAT', 'USER alice', 'PASS pw', 'STAT', 'HELP',
                     'SYST',
                     'CSID Name=x;', 'SITE HELP', 'PWD'):
            told.append(c.cmd(line).all)
        told.append(c.quit().all)
        text = '\n'.join(told).replace(str(s.dir), '')
        assert not re.search(r'in\.ftpd|proftpd|(?<![\d.])0\.1\b', text, re.I), text


def test_faq_6_4b_a_text(ftpd):
    welcome = ftpd('ServerIdent on "Linux.co.uk server"').connect().welcome
    assert welcome.text == 'Linux.co.uk server'


def test_variables(ftpd):
    s = ftpd('ServerName "Ours"\nServerIdent on "%v at %L"')
    assert s.connect().welcome.text == 'Ours at 127.0.0.1'


def test_deferwelcome(ftpd):
    c = ftpd('DeferWelcome on\nServerName "Ours"').connect()
    assert 'Ours' not in c.welcome.text and '127.0.0.1' not in c.welcome.text


def test_masquerade_does_not_leak_the_real_one(ftpd):
    s = ftpd('MasqueradeAddress 198.51.100.7\nServerIdent on "%L"')
    assert s.connect().welcome.text == '198.51.100.7'
