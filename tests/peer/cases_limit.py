"""<Limit>: what its names cover, which section decides, the verdict of one (sections 5 to 7)."""
from itertools import combinations_with_replacement

from table import case, session

HOME = '/srv/home/alice'

# Every kind of command, on a directory `sub` with a file in it.
PROBE = ['PWD', 'XPWD', 'CWD sub', 'CDUP', 'XCWD sub', 'XCUP', 'LIST', 'NLST sub', 'MLSD sub',
         'MLST sub/f', 'STAT sub/f', 'MDTM sub/f', 'SIZE sub/f', 'RETR sub/f', 'STOR sub/new << n',
         'APPE sub/new << n', 'MKD sub/d', 'RMD sub/d', 'XMKD sub/d', 'XRMD sub/d',
         'RNFR sub/new', 'RNTO sub/newer', 'SITE CHMOD 600 sub/f',
         'MFMT 20210102030405 sub/f', 'DELE sub/newer', 'NOOP',
         'FEAT', 'HELP', 'SYST', 'TYPE I', 'MODE S', 'STRU F', 'REST 0', 'ALLO 10',
         'OPTS UTF8 ON', 'PASV', 'EPSV', 'STAT']

VERBS = '''RETR SIZE STOR STOU APPE DELE MKD XMKD RMD XRMD RNFR RNTO MFMT MFF SITE_CHMOD SITE_CHGRP
CWD XCWD CDUP XCUP PWD XPWD LIST NLST MLSD MLST STAT MDTM FEAT HELP NOOP OPTS PORT PASV EPRT EPSV
SYST TYPE MODE STRU REST ALLO SITE_HELP READ WRITE DIRS ALL SITE'''.split()

STOU = [r'\bftp[A-Za-z0-9]{6}\b', 'ftp######']

for verb in VERBS:
    case(f'limit-verb-{verb}', f'''
<Limit {verb}>
DenyAll
</Limit>
AllowStoreRestart on
''', *PROBE)

for verb in ('STOU', 'WRITE', 'STOR', 'ALL'):
    case(f'limit-stou-{verb}', f'''
AllowOverwrite on
<Limit {verb}>
DenyAll
</Limit>
''', 'STOU << once', mask=[STOU])

for verb in ('SITE_CHGRP', 'SITE_CHMOD', 'MFF', 'MFMT', 'WRITE'):
    case(f'limit-facts-{verb}', f'''
<Limit {verb}>
DenyAll
</Limit>
''', 'SITE CHGRP users f', 'MFF UNIX.mode=0640; f', 'MFF Modify=20210102030405; f')

for verb in ('PORT', 'EPRT', 'ALL'):
    case(f'limit-active-{verb}', f'''
<Limit {verb}>
DenyAll
</Limit>
''', 'PORT:RETR f', 'EPRT:RETR f', 'PASV:RETR f', 'EPRT:NLST')

for verb in ('HOST', 'ALL', 'FEAT', 'NOOP', 'HELP', 'SYST', 'USER', 'PASS', 'QUIT', 'CLNT'):
    case(f'limit-before-login-{verb}', f'''
<Limit {verb}>
DenyAll
</Limit>
''', session('NOOP', 'FEAT', 'SYST', 'HELP', 'CLNT test', 'USER alice', 'PASS pw', 'PWD',
login=None))

case('limit-LOGIN-is-not-ALL', '<Limit ALL>\nDenyAll\n</Limit>\n', 'PWD', 'RETR f', 'SYST')
case('limit-unknown-verb', '<Limit FROB>\nDenyAll\n</Limit>\n', 'PWD', 'RETR f')
case('limit-case', '<limit reTR, size>\ndenyall\n</LIMIT>\n', 'RETR f', 'SIZE f', 'STOR n << n')
case('limit-commas', '<Limit RETR,SIZE,STOR>\nDenyAll\n</Limit>\n', 'RETR f', 'SIZE f',
     'STOR n << n', 'MKD d')
case('limit-blanks', '<Limit RETR SIZE   STOR>\nDenyAll\n</Limit>\n', 'RETR f', 'SIZE f',
     'STOR n << n', 'MKD d')
case('limit-two-of-one-name', '''
<Limit RETR>
DenyAll
</Limit>
<Limit RETR>
AllowAll
</Limit>
<Limit STOR>
AllowAll
</Limit>
<Limit STOR>
DenyAll
</Limit>
''', 'RETR f', 'STOR n << n')


# -- which section decides: raw name, group, ALL, near and far -------------------------------------

KINDS = {'none': None, 'raw-allow': (0, 'AllowAll'), 'raw-deny': (0, 'DenyAll'),
         'group-allow': (1, 'AllowAll'), 'group-deny': (1, 'DenyAll'),
         'all-allow': (2, 'AllowAll'), 'all-deny': (2, 'DenyAll')}


def limit(verb, group, kind):
    if KINDS[kind] is None:
        return ''
    which, word = KINDS[kind]
    return f'<Limit {(verb, group, "ALL")[which]}>\n{word}\n</Limit>\n'


# A server-level limit over directories, each with another limit and a child with yet another.
for server in KINDS:
    for parent in KINDS:
        conf = limit('STOR', 'WRITE', server)
        tree, steps = {}, []
        for child in KINDS:
            top = f'{HOME}/{child}'
            conf += f'<Directory {top}>\n{limit("STOR", "WRITE", parent)}</Directory>\n'
            conf += f'<Directory {top}/c>\n{limit("STOR", "WRITE", child)}</Directory>\n'
            tree[f'home/alice/{child}'] = tree[f'home/alice/{child}/c'] = None
            steps += [f'STOR {child}/n << n', f'STOR {child}/c/n << n', f'MKD {child}/c/d']
        case(f'limit-chain-{server}-{parent}', conf, *steps, tree=tree)

for verb, group, steps in (
        ('RETR', 'READ', ['RETR {}/f', 'SIZE {}/f', 'RETR {}/c/f', 'SIZE {}/c/f']),
        ('LIST', 'DIRS', ['LIST {}', 'NLST {}', 'LIST {}/c', 'CWD {}/c', 'PWD',
        'CWD /srv/home/alice']),
        ('CWD', 'DIRS', ['CWD {}/c', 'CWD /srv/home/alice', 'XCWD {}', 'CDUP',
        'CWD /srv/home/alice']),
        ('MLST', 'DIRS', ['MLST {}/f', 'MLST {}/c', 'STAT {}/c/f', 'MDTM {}/f']),
        ('SITE_CHMOD', 'WRITE', ['SITE CHMOD 600 {}/f',
                                 'SITE CHMOD 600 {}/c/f', 'DELE {}/c/f']),
        ('RNFR', 'WRITE', ['RNFR {}/f', 'RNTO {}/g', 'RNFR {}/c/f', 'RNTO {}/c/g']),
        ('RNTO', 'WRITE', ['RNFR {}/f', 'RNTO {}/c/g', 'RNFR {}/c/f', 'RNTO {}/f']),
        ('DELE', 'WRITE', ['DELE {}/f', 'DELE {}/c/f', 'RMD {}/c']),
        ('MKD', 'WRITE', ['MKD {}/d', 'XMKD {}/c/d', 'RMD {}/d', 'XRMD {}/c/d'])):
    for server in ('none', 'group-deny', 'raw-allow', 'all-deny'):
        conf, tree, said = limit(verb, group, server), {}, []
        for near in KINDS:
            top = f'home/alice/{near}'
            conf += f'<Directory /srv/{top}>\n{limit(verb, group, near)}</Directory>\n'
            tree.update({top: None, f'{top}/c': None, f'{top}/f': 'f', f'{top}/c/f': 'c'})
            said += [step.format(near) for step in steps]
        case(f'limit-{verb}-{server}', conf, *said, tree=tree)


# -- one section: Order, and what it allows and denies ---------------------------------------------

RULES = ['AllowAll', 'DenyAll', 'AllowUser alice', 'AllowUser bob', 'DenyUser alice',
         'DenyUser bob', 'Allow from 127.0.0.1', 'Allow from 127.0.0.9', 'Deny from 127.0.0.1',
         'Deny from 127.0.0.9', 'Allow from none', 'Deny from none', 'AllowFilter f$',
         'DenyFilter f$', 'AllowGroup users', 'DenyGroup staff', 'AllowClass none', 'DenyClass x']
OUTER = {'none': '', 'deny': '<Limit RETR>\nDenyAll\n</Limit>\n',
         'allow': '<Limit ALL>\nAllowAll\n</Limit>\n'}

for order in ('allow,deny', 'deny,allow', None):
    for outer in OUTER:
        if order is None and outer != 'none':
            continue
        pairs = list(combinations_with_replacement(RULES, 2))
        for start, first in enumerate(RULES):
            conf, tree, steps = OUTER[outer], {}, []
            for n, (a, b) in enumerate(pair for pair in pairs if pair[0] == first):
                top = f'home/alice/d{n}'
                rules = a if a == b else f'{a}\n{b}'
                ordered = f'Order {order}\n' if order else ''
                conf += f'<Directory /srv/{top}>\n<Limit RETR>\n{ordered}{rules}\n</Limit>\n' \
                        '</Directory>\n'
                tree.update({top: None, f'{top}/f': 'f'})
                steps.append(f'RETR d{n}/f')
            name = first.replace(' ', '-').replace('!', 'not-').replace('$', '').lower()
            case(f'order-{(order or "default").replace(",", "-")}-{outer}-{name}', conf, *steps,
                 tree=tree)

case('order-blank', '<Limit RETR>\nOrder deny, allow\nAllowUser alice\n</Limit>\n', 'RETR f')
case('refused-order-words', '<Limit RETR>\nOrder allow\nDenyAll\n</Limit>\n', 'RETR f')
case('refused-order-mutual', '<Limit RETR>\nOrder mutual-failure\n</Limit>\n', 'RETR f')

# In a section of several commands, and across sections of one context.
for n, (first, second) in enumerate((
        ('<Limit WRITE STOR>\nDenyAll', '<Limit STOR>\nAllowAll'),
        ('<Limit STOR>\nAllowAll', '<Limit WRITE STOR>\nDenyAll'),
        ('<Limit WRITE>\nDenyAll', '<Limit STOR>\nAllowAll'),
        ('<Limit STOR>\nDenyAll', '<Limit WRITE>\nAllowAll'),
        ('<Limit ALL>\nDenyAll', '<Limit DIRS READ>\nAllowAll'),
        ('<Limit ALL SITE_CHMOD>\nDenyAll', '<Limit WRITE>\nAllowAll'),
        ('<Limit STOR>\nAllowUser bob', '<Limit STOR>\nDenyAll'),
        ('<Limit STOR>\nDenyUser bob', '<Limit STOR>\nDenyAll'),
        ('<Limit STOR>\nOrder deny,allow\nAllowUser bob', '<Limit STOR>\nAllowAll'),
        ('<Limit CWD>\nDenyAll', '<Limit DIRS>\nAllowAll'))):
    for place in ('server', 'directory', 'global'):
        body = f'{first}\n</Limit>\n{second}\n</Limit>\n'
        if place == 'directory':
            body = f'<Directory {HOME}>\n{body}</Directory>\n'
        if place == 'global':
            body = f'<Global>\n{body}</Global>\n'
        case(f'limit-pair-{place}-{n}', body, 'STOR n << n', 'MKD d', 'RETR f', 'CWD sub', 'PWD',
             'SITE CHMOD 600 f', 'DELE n')

# A verdict beside no Limit at all.
for name, body in (('deny', 'DenyAll'), ('allow', 'AllowAll'), ('both', 'DenyAll\nAllowAll'),
                   ('deny-and-limit', 'DenyAll\n<Limit RETR>\nAllowAll\n</Limit>'),
                   ('allow-and-limit', 'AllowAll\n<Limit RETR>\nDenyAll\n</Limit>')):
    case(f'bare-{name}', f'<Directory {HOME}/sub>\n{body}\n</Directory>\n', 'RETR sub/f',
         'SIZE sub/f', 'NLST sub', 'CWD sub', 'RETR f', 'DELE sub/f')
    case(f'bare-nested-{name}', f'<Directory {HOME}>\nDenyAll\n</Directory>\n'
         f'<Directory {HOME}/sub>\n{body}\n</Directory>\n', 'RETR sub/f', 'NLST sub', 'RETR f',
         'RETR sub/deep/f')
    case(f'bare-new-{name}', f'<Directory {HOME}/sub>\n{body}\n</Directory>\n',
         'STOR sub/new << n', 'MKD sub/d', 'STOR n << n')

# Own and Global.
for name, own, shared in (('allow', 'AllowAll', 'DenyAll'), ('deny', 'DenyAll', 'AllowAll')):
    for first in ('own', 'global'):
        parts = [f'<Limit RETR>\n{own}\n</Limit>\n',
                 f'<Global>\n<Limit RETR>\n{shared}\n</Limit>\n</Global>\n']
        case(f'limit-global-{name}-{first}', ''.join(parts if first == 'own' else parts[::-1]),
             'RETR f')

# -- the same chains inside <Anonymous>, in .ftpaccess and under a condition ---------------------

for server in KINDS:
    for block in KINDS:
        conf = limit('STOR', 'WRITE', server) + '<Anonymous /srv/anon>\nUser username\n' \
            'Group usergroup\nUserAlias anonymous username\nRequireValidShell off\n' + \
            limit('STOR', 'WRITE', block)
        tree, steps = {'anon': (None, 0o755, 'username')}, []
        for near in KINDS:
            conf += f'<Directory {near}>\n{limit("STOR", "WRITE", near)}</Directory>\n'
            tree[f'anon/{near}'] = (None, 0o755, 'username')
            steps += [f'STOR {near}/n << n', f'MKD {near}/d']
        case(f'limit-anonymous-{server}-{block}', conf + '</Anonymous>\n',
             session(*steps, login='anonymous'), tree=tree)

for section in KINDS:
    conf, tree, steps = 'AllowOverride on\n', {}, []
    for file in KINDS:
        top = f'home/alice/{file}'
        conf += f'<Directory /srv/{top}>\n{limit("STOR", "WRITE", section)}</Directory>\n'
        text = limit('STOR', 'WRITE', file) + 'Umask 022\n'
        tree.update({top: None, f'{top}/.ftpaccess': text, f'{top}/c': None,
                     f'{top}/deep': None, f'{top}/deep/.ftpaccess': text})
        steps += [f'STOR {file}/n << n', f'MKD {file}/c/d', f'STOR {file}/deep/n << n']
    case(f'ftpaccess-chain-{section}', conf, *steps, tree=tree)

IFSESSION = 'ModulePath {modules}\nLoadModule mod_ifsession.c\n'
for server in KINDS:
    for inner in ('raw-allow', 'raw-deny', 'group-allow', 'group-deny', 'all-deny'):
        case(f'when-chain-{server}-{inner}', IFSESSION + limit('STOR', 'WRITE', server) +
             f'<IfUser alice>\n{limit("STOR", "WRITE", inner)}</IfUser>\n',
             session('STOR n << n', 'MKD d'))
for n, (first, second) in enumerate((('AllowAll', 'DenyAll'), ('DenyAll', 'AllowAll'))):
    case(f'when-order-limits-{n}', IFSESSION + f'<IfUser alice>\n<Limit STOR>\n{first}\n</Limit>\n'
         f'<Limit STOR>\n{second}\n</Limit>\n</IfUser>\n', 'STOR n << n')
    case(f'when-order-conditions-{n}', IFSESSION + f'<IfUser alice>\n<Limit STOR>\n{first}\n'
         f'</Limit>\n</IfUser>\n<IfGroup users>\n<Limit STOR>\n{second}\n</Limit>\n</IfGroup>\n',
         'STOR n << n')
    case(f'when-order-directories-{n}', IFSESSION + '<IfUser alice>\n' + ''.join(
         f'<Directory {HOME}/{path}>\n<Limit STOR>\n{word}\n</Limit>\n</Directory>\n'
         for path, word in (('s*', first), ('*b', second))) + '</IfUser>\n', 'STOR sub/n << n')
    case(f'when-order-own-{n}', IFSESSION + f'<IfUser alice>\n<Limit STOR>\n{first}\n</Limit>\n'
         f'</IfUser>\n<Limit STOR>\n{second}\n</Limit>\n', 'STOR n << n')
