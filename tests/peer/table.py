"""
The table of cases. A module of cases (cases_*.py) adds to it:

case(name, configuration, session, ..., tree=, etc=, files=, mask=)
    The configuration stands before what every case has (player.py: COMMON), so its values count.
    {certs}/NAME.crt and .key in it are made when they are named, see secure.py.
    tree  files beside fixture.TREE: path below /srv → content and more
    etc   files of /etc; None: absent
    files files in /mnt, beside the configuration
    bare  True: nobody logs in, so there are no files to make and to look at
    mask  [(regular expression, replacement)] for what differs by nature
session(step, ..., login='alice', peer=, local=, ...)
    The steps of one connection, see player.Session.step. A case of one session may give the steps
    themselves.
    tls    True: AUTH TLS comes first; 'implicit': it is protected from the first byte
    prot   what PROT says behind it
    version, ciphers, cert, sni, alpn: what this client speaks and shows, see secure.py
    cipher True: the cipher is noted, too
"""

CASES = {}


def session(*steps, **how):
    return {'steps': list(steps), **how}


def case(name, conf, *parts, login='alice', **more):
    """Add a case; parts are sessions, or else the steps of one."""
    if parts and not any(isinstance(part, dict) for part in parts):
        parts = [session(*parts, login=login)]
    assert name not in CASES, f'two cases are named {name}'
    assert parts, f'{name} has no session'
    CASES[name] = {'name': name, 'conf': conf.strip('\n') + '\n', 'sessions': list(parts), **more}
