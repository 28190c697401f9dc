"""Addresses, expressions, LOGIN, roots, aliases, login policy: sections 8 to 12, 18, 19."""
import socket

from table import case, session

ALICE = '/srv/home/alice'
PEERS = ['127.0.0.1', '127.1.1.7', '127.1.1.5', '127.2.2.2', '127.10.1.1']


def anonymous(*lines, root='/srv/anon', user='username', group='usergroup'):
    text = '\n'.join(lines)
    return f'<Anonymous {root}>\nUser {user}\nGroup {group}\nUserAlias anonymous {user}\n' \
           f'RequireValidShell off\n{text}\n</Anonymous>\n'


# -- section 8: forms of an address --------------------------------------------------

FORMS = {'address': '127.1.1.7', 'prefix': '127.1.1.', 'prefix-2': '127.1.', 'prefix-1': '127.',
         'cidr-8': '127.0.0.0/8', 'cidr-16': '127.1.0.0/16', 'cidr-24': '127.1.1.0/24',
         'cidr-31': '127.1.1.6/31', 'cidr-32': '127.1.1.7/32', 'cidr-0': '0.0.0.0/0',
         'cidr-host-bits': '127.1.1.99/24', 'cidr-25': '127.1.1.0/29', 'glob': '127.1.1.*',
         'glob-set': '127.1.1.[4-6]', 'glob-question': '127.1.1.?', 'glob-wide': '127.*',
         'glob-middle': '127.*.7', 'all': 'all', 'none': 'none', 'two': '127.1.1.7 127.2.2.2',
         'commas': '127.1.1.7,127.2.2.2', 'name': 'localhost',
         'domain': '.localdomain', 'name-glob': '*.localdomain', 'ipv6': '::1',
         'ipv6-cidr': '2001:db8::/32', 'mapped': '::ffff:127.1.1.7', 'prefix-10': '127.10.',
         'not-address': '!127.1.1.7', 'not-prefix': '!127.1.1.',
         'prefix-not': '127.1.1. !127.1.1.5',
         'not-first': '!127.1.1.5 127.1.1.', 'not-two': '!127.1.1.5 !127.1.1.7',
         'not-cidr': '!127.1.0.0/16', 'not-glob': '127.1.1.* !127.1.1.[1-6]'}
DIRECTORIES = {f'home/alice/{kind}': None for kind in ('a', 'd', 'ao', 'do')}
DIRECTORIES.update({f'home/alice/{kind}/f': kind for kind in ('a', 'd', 'ao', 'do')})
for name, form in FORMS.items():
    conf = ''
    for kind, rule in (('a', f'Allow from {form}\nDeny from all'), ('d', f'Deny from {form}'),
                       ('ao', f'Order deny,allow\nAllow from {form}'),
                       ('do', f'Order deny,allow\nDeny from {form}\nAllow from all')):
        conf += f'<Directory {ALICE}/{kind}>\n<Limit RETR>\n{rule}\n</Limit>\n</Directory>\n'
    case(f'address-{name}', conf, *[session('RETR a/f', 'RETR d/f', 'RETR ao/f', 'RETR do/f',
                                            peer=peer) for peer in PEERS], tree=DIRECTORIES)

case('address-without-from', '<Limit RETR>\nOrder deny,allow\nAllow 127.1.1.\n</Limit>\n',
     session('RETR f', peer='127.1.1.7'), session('RETR f'))
case('address-two-lines', '<Limit RETR>\nOrder deny,allow\nAllow from 127.1.1.\n'
     'Allow from 127.2.2.2\n</Limit>\n', *[session('RETR f', peer=peer) for peer in PEERS])
case('address-login-closed', '<Limit LOGIN>\nOrder deny,allow\nDeny from 127.1.1.\nAllow from all\n'
     '</Limit>\n', *[session('PWD', peer=peer) for peer in PEERS])
case('address-login-only', '<Limit LOGIN>\nAllow from 127.1.1.\nDenyAll\n</Limit>\n',
     *[session('PWD', peer=peer) for peer in PEERS])

HOSTS = '127.0.0.1 localhost {}\n127.1.1.7 good.example.org\n127.1.1.5 Bad.Example.Org\n' \
        '127.2.2.2 other.net\n'
HOSTS = HOSTS.format(socket.gethostname())
for name, form in {'full': 'good.example.org', 'domain': '.example.org', 'glob': '*.example.org',
                   'glob-question': 'g??d.example.org', 'upper': 'GOOD.EXAMPLE.ORG',
                   'domain-itself': '.good.example.org', 'glob-middle': '*.ex?mple.org',
                   'bare': 'example.org'}.items():
    case(f'address-host-{name}', f'UseReverseDNS on\n<Limit RETR>\nOrder deny,allow\n'
         f'Allow from {form}\n</Limit>\n', *[session('RETR f', peer=peer) for peer in PEERS[1:4]],
         etc={'hosts': HOSTS})

# -- section 9: users, groups, classes --------------------------------------------------

EXPRESSIONS = {
    'user-one': 'User alice', 'user-two': 'User alice,bob', 'user-words': 'User alice bob',
    'user-not': 'User !alice', 'user-not-two': 'User !alice,!bob', 'user-mixed': 'User alice,!bob',
    'user-or': 'User OR alice,bob', 'user-and': 'User AND alice,!bob',
    'user-and-one': 'User AND alice',
    'user-regex': 'User regex ^a', 'user-regex-or': 'User regex (lic|aro)', 'user-id': 'User 61001',
    'user-upper': 'User ALICE', 'user-unknown': 'User nobodyhere', 'user-star': 'User *',
    'group-one': 'Group users', 'group-two': 'Group users,staff',
    'group-or': 'Group OR staff,anonftp',
    'group-and': 'Group AND users,staff', 'group-not': 'Group !staff',
    'group-mixed': 'Group users,!staff',
    'group-regex': 'Group regex ^st', 'group-unknown': 'Group nogroup',
    'group-primary': 'Group usergroup',
    'group-or-not': 'Group OR !users,staff', 'group-words': 'Group users staff',
    'class-one': 'Class near', 'class-two': 'Class near,far', 'class-not': 'Class !near',
    'class-or': 'Class OR near,far', 'class-and': 'Class AND near',
    'class-regex': 'Class regex ^ne',
    'class-unknown': 'Class nosuch'}
CLASSES = '<Class near>\nFrom 127.1.1.7\n</Class>\n<Class far>\nFrom 127.2.2.2\n</Class>\n'
SIX = {f'home/alice/{kind}': None for kind in ('a', 'd')}
SIX.update({f'home/alice/{kind}/f': kind for kind in ('a', 'd')})
for name, expression in EXPRESSIONS.items():
    conf = CLASSES + (
        f'<Directory {ALICE}/a>\n<Limit RETR>\nOrder deny,allow\nAllow{expression}\n</Limit>\n'
        f'</Directory>\n<Directory {ALICE}/d>\n<Limit RETR>\nDeny{expression}\n</Limit>\n'
        '</Directory>\n')
    steps = (f'RETR {ALICE}/a/f', f'RETR {ALICE}/d/f')
    if name.startswith('class'):
        sessions = [session(*steps, peer=peer) for peer in ('127.1.1.7', '127.2.2.2', '127.0.0.1')]
    else:
        sessions = [session(*steps, login=user) for user in ('alice', 'bob', 'carol', 'username')]
    case(f'expression-{name}', conf, *sessions, tree=SIX)

# Classes themselves: the first that matches is the session's.
for name, classes in {
        'two-match': '<Class a>\nFrom 127.0.0.0/8\n</Class>\n<Class b>\nFrom 127.1.1.7\n</Class>\n',
        'two-match-reverse': '<Class b>\nFrom 127.1.1.7\n</Class>\n<Class a>\nFrom 127.0.0.0/8\n'
                             '</Class>\n',
        'many-from': '<Class a>\nFrom 127.1.1.7\nFrom 127.2.2.2\n</Class>\n',
        'from-list': '<Class a>\nFrom 127.1.1.7,127.2.2.2\n</Class>\n',
        'not': '<Class a>\nFrom !127.1.1.7\n</Class>\n',
        'not-and': '<Class a>\nFrom 127.1.0.0/16 !127.1.1.5\n</Class>\n',
        'all': '<Class a>\nFrom all\n</Class>\n', 'none': '<Class a>\nFrom none\n</Class>\n',
        'satisfy-any': '<Class a>\nFrom 127.1.1.\nFrom !127.1.1.5\nSatisfy any\n</Class>\n',
        'satisfy-all': '<Class a>\nFrom 127.1.1.\nFrom !127.1.1.5\nSatisfy all\n</Class>\n',
        'empty': '<Class a>\n</Class>\n',
        'global': '<Global>\n<Class a>\nFrom 127.1.1.7\n</Class>\n</Global>\n'}.items():
    case(f'class-{name}', classes + '<Limit RETR>\nOrder deny,allow\nAllowClass a\n</Limit>\n'
         '<Limit SIZE>\nDenyClass b\n</Limit>\n',
         *[session('RETR f', 'SIZE f', peer=peer) for peer in PEERS[:4]])
case('class-none-negated', '<Limit RETR>\nOrder deny,allow\nAllowClass !a\n</Limit>\n'
     '<Limit SIZE>\nDenyClass !a\n</Limit>\n', 'RETR f', 'SIZE f')

# Conditions on the session.
WHEN = {'IfUser-alice': 'IfUser alice', 'IfUser-not': 'IfUser !alice',
'IfUser-two': 'IfUser alice,bob',
        'IfUser-regex': 'IfUser regex ^a', 'IfUser-and': 'IfUser AND alice,!bob',
        'IfGroup-staff': 'IfGroup staff', 'IfGroup-two': 'IfGroup users,staff',
        'IfGroup-or': 'IfGroup OR staff,anonftp', 'IfGroup-not': 'IfGroup !staff',
        'IfGroup-regex': 'IfGroup regex ^an', 'IfClass-near': 'IfClass near',
        'IfClass-not': 'IfClass !near', 'IfClass-two': 'IfClass near,far',
        'IfClass-regex': 'IfClass regex ^n', 'IfAuthenticated': 'IfAuthenticated'}
MODULES = 'ModulePath {modules}\nLoadModule mod_ifsession.c\n'
for name, test in WHEN.items():
    conf = MODULES + CLASSES + (
        f'Umask 027\n<{test}>\nUmask 077\nAllowOverwrite on\n<Limit DELE>\nDenyAll\n</Limit>\n'
        f'ListOptions -a\n</{test.split()[0]}>\n')
    steps = ['STOR n << n', 'STOR f << over', 'DELE f', 'NLST']
    if 'Class' in name:
        sessions = [session(*steps, peer=peer) for peer in ('127.1.1.7', '127.2.2.2', '127.0.0.1')]
    else:
        sessions = [session(*steps, login=user) for user in ('alice', 'bob', 'carol')]
    case(f'when-{name}', conf, *sessions)
case('when-IfUser-login-denied', MODULES + '<IfUser alice>\n<Limit LOGIN>\nDenyAll\n</Limit>\n'
     '</IfUser>\n', session('PWD'), session('PWD', login='bob'))
case('when-IfClass-login-denied', MODULES + CLASSES + '<IfClass near>\n<Limit LOGIN>\nDenyAll\n'
     '</Limit>\n</IfClass>\n', session('PWD', peer='127.1.1.7'), session('PWD'))
case('when-IfUser-directory', MODULES + f'<IfUser alice>\n<Directory {ALICE}/sub>\n<Limit ALL>\n'
     'DenyAll\n</Limit>\n</Directory>\n</IfUser>\n', session('RETR sub/f', 'RETR f'),
     session(f'RETR {ALICE}/sub/f', login='bob'))
case('when-IfUser-filter', MODULES +
     '<IfUser alice>\nPathDenyFilter ^x\nDenyFilter bad\n</IfUser>\n',
     session('STOR xx << n', 'STOR yy << n', 'RETR bad'), session('STOR xx << n', login='bob'))
case('when-IfUser-hide', MODULES + '<IfUser alice>\n<Directory />\nHideFiles ^f$\n</Directory>\n'
     '</IfUser>\n', session('NLST'), session('NLST', login='bob'))
case('when-IfGroup-limit', MODULES + '<Limit STOR>\nDenyAll\n</Limit>\n<IfGroup staff>\n'
     '<Limit STOR>\nAllowAll\n</Limit>\n</IfGroup>\n', session('STOR n << n'),
     session('STOR n << n', login='carol'))
case('when-two', MODULES + '<IfUser alice>\nUmask 077\n</IfUser>\n<IfGroup users>\nUmask 007\n'
     '</IfGroup>\n', 'STOR n << n')
case('when-IfUser-root', MODULES + 'DefaultRoot ~\n<IfUser alice>\nDefaultRoot /srv\n</IfUser>\n',
     'PWD')
case('when-IfClass-root', MODULES + CLASSES + '<IfClass near>\nDefaultRoot ~\n</IfClass>\n',
     session('PWD', peer='127.1.1.7'), session('PWD'))

# -- section 10: LOGIN --------------------------------------------------

LOGIN = {'none': '', 'allow': 'AllowAll', 'deny': 'DenyAll', 'deny-bob': 'DenyUser bob',
         'only-bob': 'AllowUser bob\nDenyAll', 'only-bob-order': 'Order deny,allow\nAllowUser bob',
         'deny-bob-order': 'Order deny,allow\nDenyUser bob',
         'deny-bob-order-allow': 'Order deny,allow\nDenyUser bob\nAllowAll',
         'group': 'Order deny,allow\nAllowGroup anonftp', 'not-group': 'DenyGroup !anonftp',
         'username': 'AllowUser username\nDenyAll', 'alias': 'AllowUser anonymous\nDenyAll',
         'address': 'Order deny,allow\nAllow from 127.1.1.', 'not-address': 'Deny from 127.1.1.'}


def limit_login(rules):
    return f'<Limit LOGIN>\n{rules}\n</Limit>\n' if rules else ''


THREE = [session('PWD', login=user, peer=peer)
         for user, peer in (('alice', '127.1.1.7'), ('bob', '127.0.0.1'), ('anonymous',
             '127.1.1.7'),
                            ('anonymous', '127.0.0.1'))]
for name, rules in LOGIN.items():
    case(f'login-alone-{name}', limit_login(rules), *THREE)
    for inner_name in ('none', 'allow', 'deny', 'username', 'address'):
        inner = limit_login(LOGIN[inner_name])
        case(f'login-{name}-{inner_name}', limit_login(rules) + anonymous(inner), *THREE)
for n, (first, second) in enumerate((('AllowUser alice', 'DenyUser alice'),
                                     ('DenyUser alice', 'AllowUser alice'),
                                     ('AllowAll', 'DenyAll'), ('DenyAll', 'AllowAll'),
                                     ('Deny from 127.1.1.', 'AllowAll'))):
    case(f'login-two-{n}', limit_login(first) + limit_login(second), *THREE[:2])
    case(f'login-global-{n}', limit_login(first) + '<Global>\n' + limit_login(second) +
         '</Global>\n',
         *THREE[:2])
case('login-in-directory', f'<Directory {ALICE}>\n<Limit LOGIN>\nDenyAll\n</Limit>\n</Directory>\n',
     'PWD')

# -- section 11: roots and directories to start in -------------------------------------------------

WHO = [session('PWD', 'CWD /', 'PWD', 'NLST', 'CWD ..', 'PWD', login=user)
       for user in ('alice', 'bob', 'carol')]
for name, conf in {
        'none': '', 'home': 'DefaultRoot ~\n', 'home-slash': 'DefaultRoot ~/\n',
        'below': 'DefaultRoot ~/sub\n', 'above': 'DefaultRoot /srv/home\n',
        'slash': 'DefaultRoot /\n',
        'other': 'DefaultRoot /srv/anon\n', 'user': 'DefaultRoot ~bob\n',
        'variable': 'DefaultRoot /srv/home/%u\n', 'missing': 'DefaultRoot /srv/nowhere\n',
        'file': 'DefaultRoot /srv/home/bob/f\n', 'group': 'DefaultRoot ~ staff\n',
        'group-not': 'DefaultRoot ~ users,!staff\n', 'groups': 'DefaultRoot ~ users,staff\n',
        'two': 'DefaultRoot /srv/home staff\nDefaultRoot ~\n',
        'two-plain': 'DefaultRoot ~\nDefaultRoot /srv/home staff\n',
        'exception': 'DefaultRoot / staff\nDefaultRoot ~\n',
        'global': '<Global>\nDefaultRoot ~\n</Global>\n',
        'own-and-global': '<Global>\nDefaultRoot ~\n</Global>\nDefaultRoot /srv staff\n',
        'chdir': 'DefaultChdir sub\n', 'chdir-root': 'DefaultRoot ~\nDefaultChdir sub\n',
        'chdir-absolute': 'DefaultChdir /srv/anon\n',
        'chdir-absolute-root': 'DefaultRoot ~\nDefaultChdir /sub\n',
        'chdir-tilde': 'DefaultChdir ~/sub\n', 'chdir-missing': 'DefaultChdir nowhere\n',
        'chdir-group': 'DefaultChdir sub staff\n',
        'chdir-group-not': 'DefaultChdir sub users,!staff\n',
        'chdir-two': 'DefaultChdir /srv staff\nDefaultChdir sub\n',
        'chdir-global': '<Global>\nDefaultChdir sub\n</Global>\n',
        'chdir-variable': 'DefaultChdir /srv/home/%u/sub\n',
        'chdir-file': 'DefaultChdir f\n',
        'chdir-outside': 'DefaultRoot ~\nDefaultChdir /srv\n'}.items():
    case(f'root-{name}', conf, *WHO)
case('root-unreadable', 'DefaultRoot ~/shut\n', *WHO[:1],
     tree={'home/alice/shut': (None, 0o700, 'root')})
case('root-link', 'DefaultRoot ~/door\n', *WHO[:1], tree={'home/alice/door': ('->', 'sub')})
case('root-link-refused', 'DefaultRoot ~/door\nAllowChrootSymlinks off\n', *WHO[:1],
     tree={'home/alice/door': ('->', 'sub')})
case('root-link-outside', 'DefaultRoot ~\n', 'RETR out', 'CWD up', 'RETR in', 'RETR abs',
     'NLST', 'LIST', tree={'home/alice/out': ('->', '/srv/home/bob/f'), 'home/alice/abs': ('->',
     '/f'),
                           'home/alice/up': ('->', '../bob'), 'home/alice/in': ('->', 'sub/f')})
case('root-homeless', '', session('PWD', login='homeless'))
case('root-homeless-jail', 'DefaultRoot ~\n', session('PWD', login='homeless'))
case('root-homeless-other', 'DefaultRoot /srv\n', session('PWD', login='homeless'))
case('root-homeless-chdir', 'DefaultChdir /srv\n', session('PWD', login='homeless'))
case('root-home-shut', '', session('PWD', 'NLST', login='bob'), tree={'home/bob': (None, 0o000)})

for name, words in {'on': 'on', 'mode': 'on 750', 'dirmode': 'on 711 dirmode 755',
                    'skel': 'on skel /mnt/skel', 'ids': 'on 750 uid 61002 gid 61101', 'off': 'off',
                    'tilde-ids': 'on 700 dirmode 711 uid ~ gid ~',
                    'homegid': 'on 700 homegid 61101',
                    'noroot': 'on 700 NoRootPrivs'}.items():
    for root in ('', 'DefaultRoot ~\n'):
        case(f'createhome-{name}{"-jail" if root else ""}', f'CreateHome {words}\n{root}',
             session('PWD', 'NLST', 'STOR n << n', login='homeless'),
             files={'skel/file': 'skeleton\n', 'skel/directory/inner': 'inner\n'})
    case(f'createhome-deep-{name}', f'CreateHome {words}\nAuthUserFile /mnt/deeper\n',
         session('PWD', 'NLST', login='deep'),
         files={'skel/file': 'skeleton\n',
                'deeper': ('deep:{hash}:61008:61100::/srv/one/two/three:/bin/sh\n', 0o600)})

# -- section 12: aliases and <Anonymous> --------------------------------------------------

LOGINS = [session('PWD', 'STOR n << n', 'NLST', login=user)
          for user in ('anonymous', 'username', 'alice', 'guest')]
for name, conf in {
        'plain': anonymous(), 'none': '', 'alias-outside': 'UserAlias guest alice\n',
        'alias-into': 'UserAlias guest username\n' + anonymous(),
        'alias-star': 'UserAlias * alice\n', 'alias-star-inside': anonymous('UserAlias * username'),
        'alias-both': 'UserAlias anonymous alice\n' + anonymous(),
        'alias-chain': 'UserAlias guest first\nUserAlias first alice\n',
        'alias-two': 'UserAlias guest alice\nUserAlias guest bob\n',
        'alias-literal-and-star': 'UserAlias * bob\nUserAlias guest alice\n',
        'alias-global': '<Global>\nUserAlias guest alice\n</Global>\n',
        'alias-only-inside': anonymous('AuthAliasOnly on'),
        'alias-only-server': 'AuthAliasOnly on\nUserAlias guest alice\n',
        'alias-only-server-anonymous': 'AuthAliasOnly on\n' + anonymous(),
        'alias-to-unknown': 'UserAlias guest nobodyhere\n',
        'require-password': anonymous('AnonRequirePassword on'),
        'using-alias': anonymous('AnonRequirePassword on', 'AuthUsingAlias on'),
        'user-password': anonymous('AnonRequirePassword on', 'UserPassword username {hash}'),
        'reject': anonymous('AnonRejectPasswords ^pw$'),
        'reject-other': anonymous('AnonRejectPasswords ^none$'),
        'reject-not': anonymous('AnonRejectPasswords !@'),
        'reject-not-matching': anonymous('AnonRejectPasswords !^pw$'),
        'tilde': anonymous(root='~ftp'), 'tilde-below': anonymous(root='~alice/sub'),
        'missing': anonymous(root='/srv/nowhere'), 'file': anonymous(root='/srv/anon/welcome'),
        'user-unknown': anonymous(user='nobodyhere'), 'group-unknown': anonymous(group='nobodies'),
        'group-other': anonymous(group='anonftp'),
        'no-group': anonymous().replace('Group usergroup\n', ''),
        'two-blocks': anonymous() + anonymous(root='/srv/home/ftp', user='ftp',
            group='ftp').replace(
            'UserAlias anonymous ftp', 'UserAlias guest ftp'),
        'two-same-alias': anonymous() + anonymous(root='/srv/home/ftp', user='ftp', group='ftp'),
        'in-global': '<Global>\n' + anonymous() + '</Global>\n',
        'root-user': anonymous(user='root', group='root'),
        'defaultroot': 'DefaultRoot /srv\n' + anonymous(),
        'chdir': anonymous('DefaultChdir pub'), 'chdir-server': 'DefaultChdir pub\n' + anonymous(),
        'dirroot': anonymous('UserDirRoot on'),
        'write-denied': anonymous('<Limit WRITE>\nDenyAll\n</Limit>'),
        'shell': anonymous().replace('RequireValidShell off\n', ''),
        'alias-real-account': anonymous('UserAlias alice username'),
        'max-password': 'MaxPasswordSize 1\n' + anonymous()}.items():
    case(f'alias-{name.removeprefix("alias-")}', conf, *LOGINS,
         tree={'anon': (None, 0o777), 'home/ftp': (None, 0o777), 'home/alice/sub': (None, 0o777)})
case('alias-wrong-password', anonymous('AnonRequirePassword on'),
     session('PWD', login=['anonymous', 'wrong']), session('PWD', login=['username', 'pw']))
case('alias-empty-password', anonymous(), session('PWD', login=['anonymous', '']))
case('alias-empty-password-refused', 'AllowEmptyPasswords off\n' + anonymous(),
     session('PWD', login=['anonymous', '']), session('PWD', login=['empty', '']))
case('anonymous-group-order', anonymous(), session('STOR n << n', 'STOR pub/incoming/n << n',
     'STOR /pub/incoming/../incoming/m << m', login='anonymous'))
case('anonymous-robots', anonymous('AnonAllowRobots off'), session('RETR robots.txt',
     'RETR pub/robots.txt', login='anonymous'))
case('anonymous-robots-allowed', anonymous('AnonAllowRobots on'), session('RETR robots.txt',
     login='anonymous'))
case('anonymous-robots-there', anonymous('AnonAllowRobots off'), session('RETR robots.txt',
     login='anonymous'), tree={'anon/robots.txt': 'mine'})
case('faq-5-3', '''<Anonymous /srv/anon>
User username
Group usergroup
UserAlias ftp username
AuthAliasOnly on
RequireValidShell off
<Directory pub/incoming/>
<Limit STOR CWD>
AllowAll
</Limit>
<Limit READ RMD DELE MKD>
DenyAll
</Limit>
</Directory>
</Anonymous>
''', session('CWD pub/incoming', 'STOR new << n', 'RETR new', 'SIZE old', 'RETR old', 'MKD d',
             'XMKD d', 'RMD d', 'DELE old', 'NLST', 'STOR old << over', 'RNFR old', 'RNTO ../old',
             'CWD /', 'STOR x << x', 'MKD x', login='ftp'))
case('faq-5-1', '''<Anonymous ~private>
AnonRequirePassword off
User private
Group private
RequireValidShell off
<Directory *>
<Limit WRITE>
DenyAll
</Limit>
</Directory>
</Anonymous>
''', session('PWD', 'LIST', 'CWD sub', 'RETR ../f', 'STOR x << x', 'STOU << x', 'APPE x << x',
             'DELE ../f', 'MKD d', 'RMD /sub', 'RNFR /f', 'SITE CHMOD 600 /f',
             'MFMT 20210101000000 /f', login='private'))
case('faq-5-13', '''DefaultRoot ~/anon-ftp
<Limit LOGIN>
DenyGroup !anonftp
</Limit>
<Directory ~/anon-ftp>
<Limit WRITE>
DenyAll
</Limit>
</Directory>
<Directory ~/anon-ftp/incoming>
<Limit STOR>
AllowAll
</Limit>
<Limit READ WRITE>
DenyAll
</Limit>
</Directory>
''', session('PWD'), session('PWD', 'STOR x << x', 'RETR f', 'STOR incoming/x << x',
     'RETR incoming/x', 'MKD incoming/d', 'DELE incoming/x', login='bob'),
     tree={'home/bob/anon-ftp': None, 'home/bob/anon-ftp/incoming': None,
           'home/bob/anon-ftp/f': 'f'})

# -- who may log in --------------------------------------------------

for name, conf, *logins in (
        ('password', '', 'alice', ['alice', 'wrong'], ['alice', ''], ['nobodyhere', 'pw']),
        ('root', '', 'root'), ('root-allowed', 'RootLogin on\n', 'root'),
        ('shell', '', 'noshell'), ('shell-any', 'RequireValidShell off\n', 'noshell'),
        ('locked', '', ['locked', 'pw'], ['locked', '*'], ['locked', '']),
        ('empty', '', ['empty', ''], ['empty', 'pw']),
        ('empty-refused', 'AllowEmptyPasswords off\n', ['empty', ''], ['alice', '']),
        ('user-password', 'UserPassword locked {hash}\n', 'locked', ['locked', 'x']),
        ('user-password-instead', 'UserPassword alice $1$nope$nope\n', 'alice', 'bob'),
        ('user-password-unknown', 'UserPassword nobodyhere {hash}\n', 'nobodyhere'),
        ('max-password', 'MaxPasswordSize 1\n', 'alice', ['alice', 'p']),
        ('case', '', 'Alice', ['alice', 'PW']), ('spaces', '', ['alice', 'pw '], ['alice', ' pw'])):
    case(f'policy-{name}', conf, *[session('PWD', login=login) for login in logins])
for name, conf in (('listed', ''), ('off', 'UseFtpUsers off\n'), ('global',
    '<Global>\nUseFtpUsers off\n'
                   '</Global>\n')):
    case(f'policy-ftpusers-{name}', conf, session('PWD'), session('PWD', login='bob'),
         etc={'ftpusers': '# nobody\nroot\nalice\n  bob\n'})
case('policy-ftpusers-anonymous', anonymous(), session('PWD', login='anonymous'),
     etc={'ftpusers': 'username\n'})
case('policy-ftpusers-anonymous-off', anonymous('UseFtpUsers off'), session('PWD',
     login='anonymous'),
     etc={'ftpusers': 'username\n'})
case('policy-shells-missing', '', session('PWD', login='noshell'), etc={'shells': None})
case('policy-shells-comment', '', session('PWD', login='noshell'), session('PWD'),
     etc={'shells': '#/bin/none\n/bin/sh\n'})
for count in ('1', '2', 'none'):
    case(f'policy-attempts-{count}', f'MaxLoginAttempts {count}\n',
         session('USER alice', 'PASS wrong', 'USER alice', 'PASS wrong', 'USER alice', 'PASS pw',
                 'PWD', login=None))
case('policy-attempts-default', '', session(*['USER alice', 'PASS wrong'] * 4, login=None))
case('sequence', '', session('PASS pw', 'PWD', 'USER alice', 'USER bob', 'PASS pw', 'PWD',
     'PASS pw',
     'USER bob', 'USER alice', 'PWD', 'REIN', 'ACCT x', login=None))
case('sequence-user-empty', '', session('USER', 'USER ', 'PASS', 'LIST', 'RETR f', 'PASV',
     login=None))
case('login-text', 'AccessGrantMsg "Welcome %u"\nAccessDenyMsg "Not you, %u"\n',
     session(welcome=True), session(login=['alice', 'wrong'], welcome=True))
case('login-text-anonymous', 'AccessGrantMsg "Welcome %u"\n' +
     anonymous('AccessGrantMsg "Guest %u"'),
     session(welcome=True), session(login='anonymous', welcome=True))
case('login-text-inherited', 'AccessGrantMsg "Welcome %u"\n' + anonymous(),
     session(login='anonymous', welcome=True))
for name, conf in (('off', 'ServerIdent off\n'), ('text', 'ServerIdent on "My own server"\n'),
                   ('variables', 'ServerName "The name"\nServerIdent on "%v at %L"\n'),
                   ('global', '<Global>\nServerIdent on "Global text"\n</Global>\n'),
                   ('name', 'ServerName "The name"\nServerIdent on "is %v"\n')):
    case(f'ident-{name}', conf, session(greeting=True))
case('deferwelcome', 'DeferWelcome on\nServerName "Secret"\n', session('PWD'))

# The order of sources.
for name, conf in (('two-files', 'AuthUserFile /mnt/second\n'),
                   ('global-file', '<Global>\nAuthUserFile /mnt/second\n</Global>\n'),
                   ('id-range', 'AuthUserFile /mnt/passwd id 61001-61001\n'),
                   ('name-filter', 'AuthUserFile /mnt/passwd name ^a\n'),
                   ('name-filter-not', 'AuthUserFile /mnt/passwd name !^a\n'),
                   ('home-filter', 'AuthUserFile /mnt/passwd home ^/srv/home/[ab]\n'),
                   ('group-filter', 'AuthGroupFile /mnt/group name !^users$\n')):
    case(f'auth-{name}', conf, session('PWD', 'LIST'), session('PWD', login='bob'),
         session('PWD', login='late'),
         files={'second': ('late:{hash}:61001:61100::/srv/home/alice:/bin/sh\n', 0o600)})
