"""Words that an administrator looks for, in the manual and in what is installed."""

from harness import TOP
from test_build import rendered


def words(page):
    return ' '.join(rendered(TOP / 'man' / page).split())


def section(text, head, until):
    start = text.index(f' {head} ', 200)
    return text[start:text.index(f' {until} ', start)]


def active(name):
    """The lines of a shipped file that are no comment."""
    lines = [l.strip() for l in (TOP / name).read_text().splitlines()]
    return [l for l in lines if l and not l.startswith('#')]


def test_faq_4_13e_delays_from_elsewhere():
    text = words('in.ftpd.8')
    delays = section(text, 'DELAYS', 'SCANNING UPLOADS')
    for word in ('before in.ftpd was started', 'tcpd', 'PARANOID', 'xinetd', 'USERID',
                 'hosts.allow'):
        assert word in delays, word
    # and the installed service has none of them
    lines = active('etc/xinetd.d/in.ftpd')
    assert len([l for l in lines if l.startswith('log_on_')]) == 2
    assert not any('USERID' in l for l in lines)
    for name in ('etc/xinetd.d/in.ftpd', 'etc/inetd.conf', 'etc/systemd/in.ftpd@.service'):
        assert not any('tcpd' in l for l in active(name)), name


def test_faq_6_2a_not_as_root():
    which = section(words('in.ftpd.8'), 'Which user', 'Which name')
    assert 'root' in which and 'accounts of that uid alone' in which
    assert 'Little is won by it: the process that reads from the network never is root' in which
