"""Hiding, modes, owners, storing, filters, listings: sections 13, 15, 21."""
from itertools import product

from table import case, session

ALICE = '/srv/home/alice'


def anonymous(*lines):
    text = '\n'.join(lines)
    return '<Anonymous /srv/anon>\nUser username\nGroup usergroup\nUserAlias anonymous username\n' \
           f'RequireValidShell off\n{text}\n</Anonymous>\n'


# -- section 13: hiding --------------------------------------------------

OWNED = {'home/alice/of-bob': ('x', 0o644, 'bob'), 'home/alice/of-root': ('x', 0o644, 'root'),
         'home/alice/of-staff': ('x', 0o644, 'alice:staff'), 'home/alice/shut': ('x', 0o600,
         'root'),
         'home/alice/dir-of-bob': (None, 0o755, 'bob'), 'home/alice/dir-of-bob/f': ('x', 0o644,
         'bob'),
         'home/alice/dir-shut': (None, 0o700, 'root'), 'home/alice/writeonly': ('x', 0o222, 'root'),
         'home/alice/no-search': (None, 0o744, 'root'), 'home/alice/x.tmp': 'x',
         'home/alice/sub/x.tmp': 'x'}
LISTINGS = ['NLST', 'LIST', 'MLSD', 'NLST *', 'LIST -a', 'LIST of-bob', 'NLST dir-of-bob',
            'LIST dir-of-bob', 'STAT of-bob', 'NLST x.tmp', 'LIST sub']
STILL = ['RETR of-bob', 'CWD dir-of-bob', 'NLST', 'RETR f', 'CWD /srv/home/alice', 'SIZE x.tmp',
         'DELE x.tmp']
HIDING = {'user': 'HideUser bob', 'user-not': 'HideUser !alice', 'user-own': 'HideUser ~',
          'user-not-own': 'HideUser !~', 'user-unknown': 'HideUser nobodyhere',
          'user-two': 'HideUser bob\nHideUser root', 'group': 'HideGroup staff',
          'group-not': 'HideGroup !users', 'group-own': 'HideGroup ~',
          'group-not-own': 'HideGroup !~',
          'group-two': 'HideGroup staff\nHideGroup root', 'noaccess': 'HideNoAccess on',
          'noaccess-off': 'HideNoAccess off', 'files': 'HideFiles \\.tmp$',
          'files-not': 'HideFiles !^(f|sub|x\\.tmp)$', 'files-dot': 'HideFiles ^\\.',
          'files-quoted': 'HideFiles "\\\\.tmp$"', 'files-none': 'HideFiles none',
          'files-two': 'HideFiles ^f$\nHideFiles ^g$', 'files-user': 'HideFiles ^f$ user alice',
          'files-user-not': 'HideFiles ^f$ user !alice', 'files-group': 'HideFiles ^f$ group staff',
          'files-dirs': 'HideFiles ^sub$', 'all-four': 'HideUser bob\nHideGroup staff\n'
                                                      'HideNoAccess on\nHideFiles tmp'}
for name, rule in HIDING.items():
    case(f'hide-{name}', f'<Directory {ALICE}>\n{rule}\n</Directory>\n', *LISTINGS, *STILL,
         tree=OWNED)
for name, conf in {
        'root': '<Directory />\nHideFiles ^f$\n</Directory>\n',
        'none-below': f'<Directory {ALICE}>\nHideFiles ^f$\n</Directory>\n<Directory {ALICE}/sub>\n'
                      'HideFiles none\n</Directory>\n',
        'more-below': f'<Directory {ALICE}>\nHideFiles ^f$\n</Directory>\n<Directory {ALICE}/sub>\n'
                      'HideFiles tmp\n</Directory>\n',
        'user-below': f'<Directory {ALICE}>\nHideUser bob\n</Directory>\n<Directory {ALICE}/sub>\n'
                      'HideUser alice\n</Directory>\n',
        'star': f'<Directory {ALICE}/*>\nHideFiles ^f$\n</Directory>\n',
        'jail': f'DefaultRoot ~\n<Directory {ALICE}>\nHideFiles ^f$\nHideUser bob\n'
                '</Directory>\n'}.items():
    case(f'hide-where-{name}', conf, 'NLST', 'NLST sub', 'LIST', 'LIST sub', 'MLSD', 'MLSD sub',
         'LIST -R', tree=OWNED)
for name, rules in {'user': 'HideUser username', 'group': 'HideGroup usergroup',
    'own': 'HideGroup ~',
                    'noaccess': 'HideNoAccess on',
                    'inner': '<Directory pub>\nHideUser username\n</Directory>',
                    'files': '<Directory *>\nHideFiles ^inc\n</Directory>'}.items():
    case(f'hide-anonymous-{name}', anonymous(rules), session('NLST', 'LIST pub', 'MLSD pub',
         'NLST pub',
         'CWD pub/incoming', 'RETR old', login='anonymous'))

# A hidden path that is ignored is answered as a missing one.
IGNORED = ['CWD dir-of-bob', 'RETR of-bob', 'SIZE of-bob', 'MDTM of-bob', 'STAT of-bob',
           'LIST of-bob', 'NLST of-bob', 'LIST dir-of-bob', 'NLST dir-of-bob', 'MLSD dir-of-bob',
           'SITE CHMOD 600 x.tmp', 'RNFR x.tmp', 'RNTO y', 'DELE x.tmp', 'RETR shut',
           'RMD dir-of-bob',
           'RETR f', 'CWD sub', 'NLST']
for verbs, (name, rule) in product(('ALL', 'READ', 'DIRS', 'WRITE', 'RETR', 'CWD LIST', 'DELE'),
                                   (('user', 'HideUser bob'), ('files', 'HideFiles (bob|tmp)$'),
                                    ('noaccess', 'HideNoAccess on'))):
    case(f'ignore-{verbs.replace(" ", "-")}-{name}',
         f'<Directory {ALICE}>\n{rule}\n<Limit {verbs}>\n'
         'IgnoreHidden on\n</Limit>\n</Directory>\n', *IGNORED, tree=OWNED)
case('ignore-off-below', f'<Directory {ALICE}>\nHideFiles ^f$\n<Limit RETR>\nIgnoreHidden on\n'
     f'</Limit>\n</Directory>\n<Directory {ALICE}/sub>\n<Limit RETR>\nIgnoreHidden off\n</Limit>\n'
     '</Directory>\n', 'RETR f', 'RETR sub/f')
case('ignore-mlst', f'<Directory {ALICE}>\nHideUser bob\n<Limit ALL>\nIgnoreHidden on\n</Limit>\n'
     '</Directory>\n', 'MLST of-bob', 'MLST dir-of-bob', 'MLST f', tree=OWNED)
case('ignore-create',
     f'<Directory {ALICE}>\nHideFiles ^f$\n<Limit ALL>\nIgnoreHidden on\n</Limit>\n'
     'AllowOverwrite on\n</Directory>\n', 'STOR f << over', 'MKD f', 'RNFR g', 'RNTO f')
case('ignore-nothing-hidden', f'<Directory {ALICE}>\n<Limit ALL>\nIgnoreHidden on\n</Limit>\n'
     '</Directory>\n', 'RETR f', 'NLST', 'CWD sub')

# -- section 15: modes and owners --------------------------------------------------

NEW = ['STOR n << n', 'STOR sub/n << n', 'MKD d', 'MKD sub/d', 'APPE a << a', 'RNFR n', 'RNTO m',
       'STOU << once']
STOU = [[r'\bftp[A-Za-z0-9]{6}\b', 'ftp######']]
for name, conf in {'none': '', 'word': 'Umask 077\n', 'two': 'Umask 077 022\n', 'zero': 'Umask 0\n',
                   'all': 'Umask 777\n',
                   'user': f'<Directory {ALICE}>\nUserOwner bob\n</Directory>\n',
                   'user-below': f'<Directory {ALICE}/sub>\nUserOwner bob\n</Directory>\n',
                   'user-unknown': f'<Directory {ALICE}>\nUserOwner nobodyhere\n</Directory>\n',
                   'user-and-group': f'<Directory {ALICE}>\nUserOwner bob\nGroupOwner staff\n'
                                     '</Directory>\n',
                   'group': f'<Directory {ALICE}>\nGroupOwner users\n</Directory>\n',
                   'group-not-member': f'<Directory {ALICE}>\nGroupOwner staff\n</Directory>\n',
                   'group-own': f'<Directory {ALICE}>\nGroupOwner ~\n</Directory>\n',
                   'group-unknown': f'<Directory {ALICE}>\nGroupOwner nosuch\n'
                                    '</Directory>\n'}.items():
    case(f'owner-{name}', 'AllowStoreRestart on\nAllowOverwrite on\n' + conf, *NEW, mask=STOU)
case('owner-member', '<Directory /srv/home/bob>\nGroupOwner anonftp\n</Directory>\n',
     session(*NEW[:4], login='bob'))
case('owner-anonymous', anonymous('UserOwner alice', 'GroupOwner users'),
     session('STOR pub/incoming/n << n', 'MKD pub/incoming/d', login='anonymous'))
case('owner-setgid-directory', '', 'STOR g2/n << n', 'MKD g2/d',
     tree={'home/alice/g2': (None, 0o2775, 'alice:staff')})
case('owner-hidden-store', f'HiddenStores on\n<Directory {ALICE}>\nUserOwner bob\nUmask 077\n'
     '</Directory>\n', 'STOR n << n')
case('owner-overwrite', f'AllowOverwrite on\n<Directory {ALICE}>\nUserOwner bob\nUmask 077\n'
     '</Directory>\n', 'STOR f << over')

CHMOD = ['SITE CHMOD 600 f', 'SITE CHMOD u=rw,g=r,o= f', 'SITE CHMOD 0755 f', 'SITE CHMOD a-w f',
         'SITE CHMOD g+w,o-x f', 'SITE CHMOD 4755 f', 'SITE CHMOD 999 f', 'SITE CHMOD f',
         'SITE CHMOD',
         'SITE CHMOD 600 nowhere', 'SITE CHMOD 600 of-root', 'SITE CHMOD 700 sub', 'SITE',
         'SITE FROB x',
         'SITE HELP']
case('chmod', '', *CHMOD[:5], 'STAT f', *CHMOD[6:], tree=OWNED)
case('chmod-special', '', CHMOD[5], tree=OWNED)
case('chgrp', '', session('SITE CHGRP anonftp f', 'SITE CHGRP staff f', 'SITE CHGRP 61101 f',
     'SITE CHGRP nosuch f', 'SITE CHGRP anonftp nowhere', login='bob'))
case('mfmt', '', 'MFMT 20210102030405 f', 'MDTM f', 'MFMT 2021 f', 'MFMT 20211301000000 f',
     'MFMT 20210102030405 nowhere', 'MFMT 20210102030405', 'MFMT 20210102030405 sub')

# -- section 21: storing and fetching --------------------------------------------------

STORE = ['STOR n << new', 'STOR f << over', 'APPE f << more', 'APPE fresh << fresh', 'REST 2',
         'STOR f << XX', 'REST 2', 'RETR f', 'RNFR g', 'RNTO f', 'RETR f', 'REST 100', 'RETR f',
         'STOR sub << dir', 'MKD f', 'RETR sub', 'STOR nowhere/x << x', 'RMD sub', 'DELE sub',
         'RMD f']
for overwrite, restart, retrieve in product(('on', 'off'), repeat=3):
    case(f'store-{overwrite}-{restart}-{retrieve}',
         f'AllowOverwrite {overwrite}\nAllowStoreRestart '
         f'{restart}\nAllowRetrieveRestart {retrieve}\n', *STORE)
for name, conf in {
        'defaults': '', 'overwrite-below': f'<Directory {ALICE}/sub>\nAllowOverwrite on\n'
                                           'AllowStoreRestart on\n</Directory>\n',
        'retrieve-below': f'<Directory {ALICE}/sub>\nAllowRetrieveRestart off\n'
                          '</Directory>\n'}.items():
    case(f'store-{name}', conf, 'STOR sub/f << over', 'APPE sub/f << more', 'REST 1',
         'STOR sub/f << X',
         'REST 1', 'RETR sub/f', 'REST 1', 'RETR f', 'STOR f << over', 'RNFR g', 'RNTO sub/f')
case('rest', 'AllowOverwrite on\nAllowStoreRestart on\n', 'REST 3', 'RETR f', 'RETR f', 'REST x',
     'REST -1', 'REST', 'REST 5', 'RETR f', 'REST 6', 'RETR f', 'REST 3', 'NOOP', 'RETR f',
     'REST 5', 'STOR f << more', 'REST 99', 'STOR f << gap', 'REST 0', 'STOR f << whole')
case('rest-ascii', '', session('REST 3', 'TYPE I', 'REST 3', 'TYPE A', 'RETR f', ascii=True))
case('ascii', '', session('STOR n << one\ntwo\r\nthree\n', 'RETR n', 'RETR lines', 'SIZE lines',
     'TYPE I', 'RETR n', 'SIZE n', 'RETR lines', 'TYPE A N', 'TYPE L 8', 'TYPE E', 'TYPE X', 'TYPE',
     ascii=True), tree={'home/alice/lines': 'a\nb\r\nc\rd\n'})
case('transfer-mode-binary', 'DefaultTransferMode binary\n', session('RETR lines',
     'STOR n << a\r\nb',
     'SIZE lines', ascii=True), tree={'home/alice/lines': 'a\nb\n'})
case('transfer-mode-ascii', 'DefaultTransferMode ascii\n', session('RETR lines', 'STOR n << a\r\nb',
     ascii=True), tree={'home/alice/lines': 'a\nb\n'})
for option in ('on', 'off', '4 Kb', '50%'):
    case(f'sendfile-{option.strip("%").replace(" ", "-")}', f'UseSendfile {option}\n', 'RETR big',
         'REST 5', 'RETR big',
         'RETR f', tree={'home/alice/big': 'line of text\n' * 30000})
# ProFTPD looks for ABOR between two blocks, so the test sends it one more byte.
ONE_MORE = [[r"(partial|over|more)\+'", r"\1'"]]
for name, words in {'on': 'on', 'off': 'off', 'prefix': '.part.', 'both': '.tmp. .ing'}.items():
    for overwrite in ('on', 'off'):
        conf = f'HiddenStores {words}\nAllowOverwrite {overwrite}\nAllowStoreRestart on\n'
        case(f'hidden-{name}-{overwrite}', conf, 'STOR n << new', 'STOR f << over',
             'APPE f << more',
             'REST 2', 'STOR f << X', 'NLST -a', 'REST 1', 'RETR g')
        case(f'hidden-{name}-{overwrite}-abort', conf, 'abort:STOR n << partial',
             'abort:STOR f << partial', 'abort:APPE g << partial', 'NLST -a', 'STOR n << whole',
             mask=ONE_MORE)
        case(f'hidden-{name}-{overwrite}-lost', conf, session('lose:STOR n << partial'),
             session('NLST -a', 'lose:STOR f << partial text'), session('NLST -a'))
for temporary in ('.in.n.', '.in.f.'):
    case(f'hidden-there-{temporary.strip(".")}', 'HiddenStores on\nAllowOverwrite on\n',
         'STOR n << n',
         'STOR f << f', 'NLST -a', tree={f'home/alice/{temporary}': 'other'})
case('hidden-below', f'<Directory {ALICE}/sub>\nHiddenStores on\n</Directory>\n',
     'abort:STOR sub/n << partial', 'abort:STOR n << partial', 'STOR sub/m << whole', mask=ONE_MORE)
for value in ('on', 'off', None):
    for hidden in ('on', 'off'):
        conf = (f'DeleteAbortedStores {value}\n' if value else '') + f'HiddenStores {hidden}\n' \
            'AllowOverwrite on\nAllowStoreRestart on\n'
        case(f'aborted-{value or "default"}-{hidden}', conf, 'abort:STOR n << partial',
             'abort:STOR f << over', 'abort:APPE g << more', 'NLST', mask=ONE_MORE)
case('stou', 'AllowOverwrite on\n', 'STOU << a', 'STOU name << b', mask=STOU)
case('stou-no-overwrite', '', 'STOU << a', mask=STOU)
case('stou-prefix', 'AllowOverwrite on\nStoreUniquePrefix up\n', 'STOU << a',
     mask=[[r'\bup[A-Za-z0-9]{6}\b', 'up######']])
case('stou-prefix-below',
     f'AllowOverwrite on\n<Directory {ALICE}/sub>\nStoreUniquePrefix down\n</Directory>\n',
     'STOU << a',
     'CWD sub', 'STOU << b', mask=[*STOU, [r'\bdown[A-Za-z0-9]{6}\b', 'down######']])
case('store-types', 'AllowOverwrite on\n', 'STOR tosub << x', 'STOR tof << x', 'STOR dangling << x',
     'RETR dangling', 'DELE tof', 'RMD tosub', 'RNFR dangling', 'RNTO moved',
     tree={'home/alice/tosub': ('->', 'sub'), 'home/alice/tof': ('->', 'f'),
           'home/alice/dangling': ('->', 'nowhere')})
case('store-link-upload', 'AllowOverwrite on\nTransferOptions AllowSymlinkUpload\n',
     'STOR tof << x',
     tree={'home/alice/tof': ('->', 'f')})
case('transfer-ignore-ascii', 'TransferOptions IgnoreASCII\n', session('RETR lines',
     'STOR n << a\r\nb',
     ascii=True), tree={'home/alice/lines': 'a\nb\n'})
case('store-permissions', '', 'STOR shut/n << n', 'RETR of-root', 'DELE of-root', 'RETR locked',
     'MKD shut/d', 'RMD dir-of-bob', 'RNFR of-root', 'RNTO mine', 'CWD dir-shut', 'SIZE locked',
     tree={**OWNED, 'home/alice/shut': (None, 0o555, 'root'), 'home/alice/locked': ('x', 0o600,
     'root')})
case('rename', '', 'RNFR f', 'RNTO n', 'RNTO n', 'RNFR nowhere', 'RNFR sub', 'RNTO sub2', 'RNFR n',
     'NOOP', 'RNTO m', 'RNFR g', 'RNTO nowhere/g', 'RNFR g', 'RNTO sub2/g', 'RNFR sub2',
     'RNTO sub2/in',
     'RNFR', 'RNTO')
case('directories', '', 'MKD d', 'MKD d', 'MKD d/e', 'RMD d', 'RMD d/e', 'RMD d', 'MKD', 'RMD',
     'MKD quo"te', 'CWD quo"te', 'PWD', 'MKD /', 'RMD /', 'RMD .', 'MKD a/b/c', 'XMKD x', 'XRMD x',
     'CDUP', 'CWD ~', 'PWD', 'CWD ~bob', 'PWD', 'CWD', 'PWD')
case('arguments', '', 'RETR', 'STOR', 'DELE', 'SIZE', 'MDTM', 'RNFR', 'APPE', 'MODE', 'STRU',
     'REST',
     'MODE B', 'STRU R', 'MODE Z', 'ALLO', 'ALLO x', 'ALLO 5 R 5', 'FROB', 'FROB x', 'OPTS',
     'OPTS FROB', 'STAT nowhere', 'MLST nowhere', 'MLSD f', 'CWD f', 'SIZE sub', 'MDTM sub',
     'PORT x',
     'PORT 1,2,3,4,5', 'PORT 10,0,0,1,4,1', 'EPRT x', 'EPRT |9|::1|5|', 'EPSV 9', 'EPSV 1',
     'HELP RETR',
     'HELP FROB', 'SMNT x', 'ACCT x', 'REIN', 'PORT 127,0,0,1,0,80', 'EPRT |1|127.0.0.1|80|')
case('foreign', 'AllowForeignAddress on\n', 'PORT 127,9,9,9,20,20', 'EPRT |1|127.9.9.9|5000|',
     'PORT 127,9,9,9,0,80')
case('foreign-off', '', 'PORT 127,9,9,9,20,20', 'EPRT |1|127.9.9.9|5000|')
case('foreign-class', '<Class near>\nFrom 127.9.9.9\n</Class>\nAllowForeignAddress near\n',
     'PORT 127,9,9,9,20,20', 'PORT 127,8,8,8,20,20')
case('foreign-anonymous', 'AllowForeignAddress on\n' + anonymous('AllowForeignAddress off'),
     session('PORT 127,9,9,9,20,20'), session('PORT 127,9,9,9,20,20', login='anonymous'))
case('epsv-all', '', 'EPSV ALL', 'PASV', 'EPSV', 'none:PORT 127,0,0,1,20,20')
case('no-data-connection', '', 'none:RETR f', 'none:LIST', 'none:STOR n', 'none:NLST')

# -- filters --------------------------------------------------

FILTERED = ['STOR good << x', 'STOR bad << x', 'STOR BAD << x', 'MKD bad', 'MKD d', 'RNFR f',
'RNTO bad',
            'RNFR f', 'RNTO fine', 'DELE bad', 'RETR bad', 'CWD bad', 'APPE sub/bad << x',
            'STOR bad/x << x',
            'SITE CHMOD 600 bad', 'SIZE bad', 'RMD bad', 'CWD sub']
for name, conf in {
        'allow': 'AllowFilter "^[a-z/ ]*$"', 'deny': 'DenyFilter bad',
        'deny-nc': 'DenyFilter bad [NC]',
        'allow-nc': 'AllowFilter "^[a-z/ ]*$" [NC]',
        'both': 'AllowFilter "^[a-z/ ]*$"\nDenyFilter bad',
        'path-allow-absolute': 'PathAllowFilter ^/srv/',
        'path-allow-name': 'PathAllowFilter ^[a-z]*$', 'nocase': 'PathDenyFilter bad [nocase]',
        'two': 'DenyFilter good\nDenyFilter bad', 'path-allow': 'PathAllowFilter ^[a-zA-Z/0-9]*$',
        'path-deny': 'PathDenyFilter bad', 'path-deny-nc': 'PathDenyFilter bad [NC]',
        'path-deny-anchored': 'PathDenyFilter ^bad', 'path-deny-absolute': 'PathDenyFilter ^/srv',
        'path-both': 'PathAllowFilter ^[a-z/]*$\nPathDenyFilter bad',
        'path-two': 'PathDenyFilter good\nPathDenyFilter bad',
        'quoted': 'PathDenyFilter "(\\\\.tmp|bad)$"', 'empty': 'PathDenyFilter ""',
        }.items():
    case(f'filter-{name}', 'AllowOverwrite on\n' + conf + '\n', *FILTERED)
    if name in ('allow', 'deny', 'path-allow', 'path-deny'):
        case(f'filter-below-{name}', f'<Directory {ALICE}/sub>\n{conf}\n</Directory>\n',
             'STOR bad << x',
             'STOR sub/bad << x', 'MKD sub/bad2', 'CWD sub', 'STOR bad3 << x', 'RETR bad')
        case(f'filter-anonymous-{name}', f'{conf}\n' + anonymous(),
             session('STOR pub/incoming/bad << x', 'STOR pub/incoming/fine << x',
             login='anonymous'))
case('filter-star', 'DenyFilter \\*.*/\n', 'LIST */../*/../*', 'LIST sub/*')
case('filter-bare-nc', 'PathDenyFilter bad NC\n', 'STOR BAD << x')
case('filter-stou', 'AllowOverwrite on\nPathAllowFilter ^[a-zA-Z0-9/._-]*$\n', 'STOU << x',
     mask=STOU)
case('filter-stou-denied', 'AllowOverwrite on\nPathDenyFilter ftp......$\n', 'STOU << x', mask=STOU)
case('filter-password', 'DenyFilter pw\n', 'PWD')
case('filter-user', 'DenyFilter alice\n', 'PWD')
case('filter-site', 'DenyFilter chmod\n', 'SITE CHMOD 600 f', 'SITE chmod 600 f')
case('filter-below-off',
     f'DenyFilter bad\n<Directory {ALICE}/sub>\nDenyFilter none\n</Directory>\n',
     'STOR sub/bad << x', 'STOR bad << x')
case('filter-in-limit', '<Limit STOR>\nDenyFilter bad\n</Limit>\n', 'STOR bad << x',
     'STOR good << x',
     'MKD bad')
case('filter-in-limit-allow', '<Limit STOR>\nOrder deny,allow\nAllowFilter ^good\n</Limit>\n',
     'STOR bad << x', 'STOR good << x')

# -- listings --------------------------------------------------

MANY = {'home/alice/.hidden': 'x', 'home/alice/B': 'x', 'home/alice/a b': 'blank',
        'home/alice/big': 'x' * 2000, 'home/alice/exec': ('x', 0o755), 'home/alice/link': ('->',
        'f'),
        'home/alice/dirlink': ('->', 'sub'),
        'home/alice/sticky': (None, 0o1777), 'home/alice/suid': ('x', 0o4755),
        'home/alice/zz': None,
        'home/alice/empty': ''}
DANGLING = {'home/alice/dangling': ('->', 'nowhere')}
for options in ('', '-a', '-l', '-A', '-R', '-d', '-t', '-r', '-S', '-1', '-F', '-n', '-aL', '-L',
    '-lR',
                '-al', '-tr', '-C', '-h', '-B', '-Z', '--', '-a sub', '-la f', '-d sub', '*', 's*',
                '-d s*',
                '[bf]*', 'nowhere', '*nothing*', 'sub/*', '*/f', '~', '~bob', 'a b', '-R sub',
                '/srv/home/bob',
                '..', '-U', '-u', '-c'):
    name = options.replace(' ', '_').replace('/', '!').replace('*', 'star') or 'plain'
    name = name.replace('[', '(').replace(']', ')')
    case(f'list-{name}', '', f'LIST {options}'.rstrip(), f'NLST {options}'.rstrip(), tree=MANY)
for options in ('-a', '-l', '+a', '"-aR"', '"-1"', '"-A"', '"-n"', '"" strict', '"-a" strict',
                '"-t"', '"-r"', '"-S"', '"-a +a"', '"-a" maxfiles 3', '"-R" maxdepth 1',
                '"-R" maxdirs 2',
                '"-a" LISTOnly', '"-a" NLSTOnly', '"-a" NoErrorIfAbsent', '"" SortedNLST', '"-L"',
                '"-F"'):
    name = options.replace('"', '').replace(' ', '_').strip('_') or 'empty'
    case(f'listoptions-{name}', f'ListOptions {options}\n', 'LIST', 'NLST', 'LIST -a',
         'NLST -l', 'NLST nowhere', 'STAT f', tree=MANY)
    case(f'listoptions-deep-{name}', f'ListOptions {options}\n', 'LIST -R', 'LIST -a sub',
         tree=MANY)
case('listoptions-below',
     f'ListOptions -a\n<Directory {ALICE}/sub>\nListOptions -r\n</Directory>\n',
     'LIST', 'LIST sub', 'CWD sub', 'LIST')
case('listoptions-two', 'ListOptions -a\nListOptions -r\n', 'LIST', tree=MANY)
for value, verbs in product(('on', 'off'), (('LIST', 'LIST -a', 'LIST link', 'LIST dirlink',
    'LIST -L'),
                                             ('NLST', 'NLST dirlink', 'STAT link'),
                                             ('MLSD', 'MLST link', 'MLST dirlink',
                                             'MLST dangling'))):
    case(f'symlinks-{value}-{verbs[0].lower()}', f'ShowSymlinks {value}\n', *verbs,
         tree={**MANY, **DANGLING})
case('symlinks-anonymous', anonymous('ShowSymlinks off'), session('LIST', 'NLST',
     login='anonymous'),
     tree={'anon/link': ('->', 'welcome')})
for value in ('on', 'off'):
    case(f'globbing-{value}', f'UseGlobbing {value}\n', 'LIST *', 'NLST *', 'LIST s*', 'NLST f*',
         'NLST nothing*', 'LIST [fg]', 'NLST *', tree={'home/alice/*': 'star',
         'home/alice/[fg]': 'set'})
FAKE = {'user': 'DirFakeUser on', 'user-name': 'DirFakeUser on someone',
'user-own': 'DirFakeUser on ~',
        'user-off': 'DirFakeUser off', 'group': 'DirFakeGroup on',
        'group-name': 'DirFakeGroup on some',
        'group-own': 'DirFakeGroup on ~', 'mode': 'DirFakeMode 0440',
        'mode-all': 'DirFakeMode 0777',
        'mode-zero': 'DirFakeMode 0', 'mode-read': 'DirFakeMode 0644',
        'three': 'DirFakeUser on a\nDirFakeGroup on b\nDirFakeMode 0640'}
for name, conf in FAKE.items():
    case(f'fake-{name}', conf + '\n', 'LIST', 'STAT f', 'LIST sub', 'NLST', 'MLSD', 'MLST f',
         tree=OWNED)
    case(f'fake-below-{name}', f'<Directory {ALICE}/sub>\n{conf}\n</Directory>\n', 'LIST',
         'LIST sub',
         'CWD sub', 'LIST', 'MLSD')
case('facts', '', session('MLST f', 'MLSD', 'MLST sub', facts=True), session('OPTS MLST type;size;',
     'MLST f', 'OPTS MLST', 'MLST f', 'OPTS MLST frob;', facts=True))
for name, conf in (('plain', ''), ('overwrite', 'AllowOverwrite on\nAllowStoreRestart on\n'),
                   ('read-only', '<Limit WRITE>\nDenyAll\n</Limit>\n')):
    case(f'perm-{name}', conf, session('MLSD', 'MLST f', 'MLST sub', facts='perm'))
case('facts-denied', f'<Directory {ALICE}/sub>\n<Limit WRITE>\nDenyAll\n</Limit>\n</Directory>\n',
     session('MLST sub/f', 'MLST sub', facts=True))
for name, conf in (('default', ''), ('on', 'TimesGMT on\n'), ('off', 'TimesGMT off\n'),
                   ('below',
                   f'<Directory {ALICE}>\nAllowOverwrite on\n</Directory>\nTimesGMT off\n')):
    case(f'times-{name}', conf, session('LIST', 'MDTM f', 'STAT f',
         'LIST f', times=True), etc={'localtime': 'tz:EST5EDT,M3.2.0,M11.1.0'})
case('times-anonymous', 'TimesGMT on\n' + anonymous('TimesGMT off'),
     session('LIST', 'MDTM welcome', login='anonymous', times=True),
     etc={'localtime': 'tz:EST5EDT,M3.2.0,M11.1.0'})
case('times-setenv', 'TimesGMT off\nSetEnv TZ EST5\n', session('LIST', 'MDTM f', times=True))
case('stat', '', 'STAT sub', 'STAT -a', 'STAT .', 'STAT *')
case('size', '', 'SIZE f', 'SIZE sub', 'SIZE nowhere', 'TYPE A', 'SIZE f', 'MDTM f', 'MDTM nowhere')

# -- what a jail protects --------------------------------------------------

JAIL = {'home/alice/etc': None, 'home/alice/etc/passwd': 'x', 'home/alice/lib': None,
        'home/alice/sub/etc': None}
for value in ('on', 'off', None):
    case(f'rlimitchroot-{value or "default"}', (f'RLimitChroot {value}\n' if value else '') +
         'DefaultRoot ~\nAllowOverwrite on\n', 'STOR etc/n << n', 'STOR etc/passwd << n',
         'DELE etc/passwd',
         'MKD etc/d', 'MKD lib64', 'STOR lib/x << x', 'RNFR etc', 'RNTO etc2', 'SITE CHMOD 777 etc',
         'STOR sub/etc/n << n', 'RMD lib', 'MKD usr', 'RETR etc/passwd', 'NLST etc', tree=JAIL)
case('rlimitchroot-no-jail', '', 'STOR etc/n << n', 'DELE etc/passwd', tree=JAIL)

# -- files that are shown --------------------------------------------------

SHOWN = 'first line\nuser %U from %R in %C\nserver %V %L admin %E\n123 begins with digits\n' \
        'class %x counts %i %o %t\n\nlast %% 100%\n'
for name, conf, sessions in (
        ('connect', 'ServerIdent on "x"\nDisplayConnect /mnt/shown\n', [session(greeting=True)]),
        ('connect-missing', 'ServerIdent on "x"\nDisplayConnect /mnt/nowhere\n',
        [session(greeting=True)]),
        ('login', 'DisplayLogin /mnt/shown\nAccessGrantMsg "in"\n', [session(welcome=True)]),
        ('login-jail', 'DefaultRoot ~\nDisplayLogin /mnt/shown\nAccessGrantMsg "in"\n',
         [session(welcome=True)]),
        ('login-relative', 'DisplayLogin banner\nAccessGrantMsg "in"\n', [session(welcome=True)]),
        ('login-relative-jail', 'DefaultRoot ~\nDisplayLogin banner\nAccessGrantMsg "in"\n',
         [session(welcome=True)]),
        ('login-missing', 'DisplayLogin nowhere\nAccessGrantMsg "in"\n', [session(welcome=True)]),
        ('login-anonymous', 'DisplayLogin /mnt/shown\nAccessGrantMsg "in"\n' +
         anonymous('DisplayLogin welcome'), [session(welcome=True), session(welcome=True,
         login='anonymous')]),
        ('chdir', 'DisplayChdir .message\n', [session('~CWD sub', '~CWD deep', '~CDUP', '~CWD .',
                                                      '~CWD /srv/home/alice/sub')]),
        ('chdir-once', 'DisplayChdir .message on\n', [session('~CWD sub', '~CDUP', '~CWD sub')]),
        ('chdir-absolute', 'DisplayChdir /mnt/shown\n', [session('~CWD sub')]),
        ('chdir-below', f'<Directory {ALICE}/sub>\nDisplayChdir .message\n</Directory>\n',
         [session('~CWD sub', '~CDUP')]),
        ('quit', 'DisplayQuit /mnt/shown\n', [session('=QUIT')]),
        ('quit-jail', 'DefaultRoot ~\nDisplayQuit /mnt/shown\n', [session('=QUIT')]),
        ('transfer', 'DisplayFileTransfer /mnt/short\n', [session('~RETR f', '~STOR n << n',
        '~RETR nowhere')]),
        ):
    case(f'display-{name}', 'ServerAdmin admin@example.org\nServerName "The server"\n' + conf,
         *sessions,
         files={'shown': SHOWN, 'short': 'well done\n'},
         tree={'home/alice/sub/.message': 'in sub, %C\n', 'home/alice/banner': 'hello %U\n',
               'home/alice/sub/deep/.message': 'in deep\nsecond line\n'})
# Alone, one is one, before the login and behind it.
for name, conf, shown in (
        ('', '', '%N of %M'),
        ('-class', '<Class near>\nFrom 127.0.0.0/8\n</Class>\nMaxClientsPerClass near 7\n',
         '%N of %M, %y of %z in %x')):
    case(f'display-counts{name}', f'{conf}MaxClients 9\nScoreboardFile /mnt/counts{name}/slots\n'
         'ServerIdent on "x"\n'
         'DisplayConnect /mnt/shown\nDisplayLogin /mnt/shown\nAccessGrantMsg "in"\n',
         session(greeting=True, welcome=True), session(greeting=True, welcome=True, login='bob'),
         files={'shown': shown + '\n', f'counts{name}/there': ''})

# -- virtual hosts --------------------------------------------------

HOST = ('User nobody\nGroup nogroup\nAuthOrder mod_auth_file.c\nAuthPAM off\n'
        'AuthUserFile /mnt/passwd\nAuthGroupFile /mnt/group\nTransferLog none\n'
        '<IfModule mod_delay.c>\nDelayEngine off\n</IfModule>\nWtmpLog off\n')


def host(address, *lines, port=21):
    text = '\n'.join(lines)
    return f'<VirtualHost {address}>\nPort {port}\n{text}\n{HOST}</VirtualHost>\n'


def at(address, *steps, **how):
    return session(*(steps or ('STOR n << n', 'DELE n')), local=address, greeting=True, **how)


DEFAULT_IDENT = [[r'^(ProFTPD Server .*|.*ready on \S+|Service not available.*)$', 'BUILT-IN TEXT']]
SECOND, THIRD = '127.0.0.2', '127.0.0.3'
NAMED = 'ServerIdent on "second"'
for name, conf in {
        'address': 'DefaultAddress 127.0.0.1\n' + host(SECOND, NAMED, 'Umask 077'),
        'leak': 'DefaultAddress 127.0.0.1\nUmask 077\nServerIdent on "main"\n' + host(SECOND),
        'global': 'DefaultAddress 127.0.0.1\n<Global>\nUmask 077\nServerIdent on "all"\n</Global>\n'
                  + host(SECOND),
        'global-own': 'DefaultAddress 127.0.0.1\n<Global>\nUmask 077\nServerIdent on "all"\n'
                      '</Global>\n'
                      + host(SECOND, NAMED, 'Umask 007'),
        'global-limit': 'DefaultAddress 127.0.0.1\n<Global>\n<Limit DELE>\nDenyAll\n</Limit>\n'
                        '</Global>\n'
                        + host(SECOND, NAMED, '<Limit DELE>\nAllowAll\n</Limit>'),
        'own-limit': 'DefaultAddress 127.0.0.1\n<Limit STOR>\nDenyAll\n</Limit>\n' + host(SECOND,
        NAMED),
        'directory': f'DefaultAddress 127.0.0.1\n<Directory {ALICE}>\n<Limit STOR>\nDenyAll\n'
                     '</Limit>\n</Directory>\n' + host(SECOND, NAMED),
        'two': 'DefaultAddress 127.0.0.1\n' + host(SECOND, NAMED) + host(THIRD,
        'ServerIdent on "third"'),
        'two-addresses': 'DefaultAddress 127.0.0.1\n' + host(f'{SECOND} {THIRD}', NAMED),
        'same-address': 'DefaultAddress 127.0.0.1\n' + host(SECOND, NAMED) + host(SECOND,
        'ServerIdent on "x"'),
        'port-0': 'DefaultServer off\nPort 0\nDefaultAddress 127.0.0.1\n' + host(SECOND, NAMED),
        'port-0-two': 'DefaultServer off\nPort 0\nDefaultAddress 127.0.0.1\n' + host(SECOND,
        NAMED) +
                      host('127.0.0.4', 'ServerIdent on "fourth"'),
        'default': 'DefaultServer off\nDefaultAddress 127.0.0.1\n' + host(SECOND, NAMED,
        'DefaultServer on'),
        'wildcard': 'DefaultServer off\nDefaultAddress 127.0.0.1\n' + host('0.0.0.0', NAMED),
        'other-port': 'DefaultAddress 127.0.0.1\n' + host(SECOND, NAMED, port=2121),
        'login': 'DefaultAddress 127.0.0.1\n<Limit LOGIN>\nDenyAll\n</Limit>\n' + host(SECOND,
        NAMED),
        'login-there': 'DefaultAddress 127.0.0.1\n' + host(SECOND, NAMED,
        '<Limit LOGIN>\nDenyUser alice\n</Limit>'),
        'anonymous': 'DefaultAddress 127.0.0.1\n' + host(SECOND, NAMED, anonymous()),
        'root': 'DefaultAddress 127.0.0.1\nDefaultRoot ~\n' + host(SECOND, NAMED,
        'DefaultRoot /srv')}.items():
    case(f'host-{name}', conf, *[at(address, 'PWD', 'STOR n << n', 'DELE n')
                                 for address in ('127.0.0.1', SECOND, THIRD)],
         at(SECOND, 'PWD', login='anonymous'), mask=DEFAULT_IDENT)
case('host-default-address', 'DefaultServer off\nDefaultAddress 127.0.0.1\n', at('127.0.0.1'),
     mask=DEFAULT_IDENT)
case('host-passive', 'MasqueradeAddress 198.51.100.7\nPassivePorts 49152 49160\n', '=PASV', '=EPSV',
     mask=[[r'\(198,51,100,7,19[23],\d+\)', 'IN RANGE'], [r'\|(49152|4915\d|49160)\|\)\.?$',
     'IN RANGE']])
case('host-HOST', 'DefaultAddress 127.0.0.1\n' + host(SECOND, NAMED, 'ServerAlias two.example'),
     session('HOST two.example', 'HOST none.example', 'HOST 127.0.0.2', 'HOST [::1]', 'HOST',
     'USER alice',
             'PASS pw', 'HOST two.example', local=SECOND, login=None))
