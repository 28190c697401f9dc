"""IPv6, v4-mapped peers."""


def test_faq_3_4a_over_ipv6(ftpd, place):
    place.file('f', b'content')
    s = ftpd('UseReverseDNS off', host='::1')
    c = s.login()
    assert c.get('f', 'epsv') == b'content'
    assert c.get('f', 'eprt') == b'content'
    assert c.data_peer[:2] == ('::1', s.port - 1)
    assert c.cmd('EPRT |9|::1|51225|') == 522
    reply = c.cmd('PASV')
    assert reply == 425 and 'EPSV' in reply.text
    assert c.cmd('EPSV 1') == 522
    c.epsv(' 2')
    assert 500 <= c.cmd('PORT 127,0,0,1,200,200') < 600
    assert 500 <= c.cmd('EPRT |1|127.0.0.1|51225|') < 600
    c.quit()
    assert s.xferlog(2)[0][6] == '::1'


def test_faq_3_4b_a_v4_mapped_peer(ftpd, place):
    place.file('f', b'content')
    s = ftpd('UseReverseDNS off', mapped=True)
    c = s.login()
    assert c.pasv()[0] == '127.0.0.1'
    for mode in ('pasv', 'epsv', 'port', 'eprt'):
        assert c.get('f', mode) == b'content'
    assert c.data_peer == ('127.0.0.1', s.port - 1)
    c.epsv(' 1')
    assert c.cmd('EPSV 2') == 522
    c.quit()
    assert s.xferlog(4)[0][6] == '127.0.0.1'
    assert '::ffff' not in s.log()


def test_masquerade_on_ipv6(ftpd):
    c = ftpd('MasqueradeAddress 198.51.100.7', host='::1').login()
    assert c.cmd('PASV') in (425, 522)


def test_useipv6_off(ftpd):
    c = ftpd('UseIPv6 off').login()
    assert c.cmd('EPRT |2|::1|51225|') == 522
