"""<Limit LOGIN> in its plain forms: at connect, and at PASS."""


ANON = '<Anonymous {anon}>\nUser ftp\nGroup ftp\n%s\n</Anonymous>\n'
DENY = '<Limit LOGIN>\nDenyAll\n</Limit>\n'
ALLOW = '<Limit LOGIN>\nAllowAll\n</Limit>\n'


def test_faq_5_11b_all_but_anonymous(ftpd):
    s = ftpd(DENY + ANON % ALLOW)
    c = s.connect()
    assert c.cmd('USER alice') == 331
    assert c.cmd('PASS pw') == 530
    assert c.login('ftp', 'a@b') == 230


def test_faq_5_10_an_anonymous_only_virtual_host(ftpd):
    s = ftpd('<VirtualHost 127.0.0.1>\nServerIdent on "only guests"\nAuthPAM off\n'
             'AuthUserFile {passwd}\nAuthGroupFile {group}\n'
             + DENY + ANON % ALLOW + '</VirtualHost>\n')
    c = s.connect()
    assert c.welcome.text == 'only guests'
    assert c.login('alice') == 530
    assert c.login('ftp', 'a@b') == 230


def test_faq_5_11c_nobody_can_ever_log_in(ftpd):
    for conf in (DENY, DENY + ANON % ''):
        s = ftpd(conf)
        c = s.connect(greet=False)
        reply = c.reply()
        assert reply == 421 and len(reply.lines) == 1 and c.at_end()
        assert s.exit_status() == 0
        s.log_wait('LOGIN')


def test_faq_5_11d_anonymous_denied_alone(ftpd):
    s = ftpd(ALLOW + ANON % DENY)
    assert s.connect().login('ftp', 'a@b') == 530
    assert s.connect().login('alice') == 230


def test_the_words_are_those_of_a_wrong_password(ftpd):
    s = ftpd(DENY + ANON % ALLOW)
    c = s.connect()
    assert c.login('alice', 'pw').raw == c.login('alice', 'wrong').raw
