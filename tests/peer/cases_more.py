"""Sources of accounts, wrappers, facts, timeouts, and what is accepted without much effect."""
from table import case, session

ALICE = '/srv/home/alice'

# -- PAM and the system's accounts --------------------------------------------------

SYSTEM = {'passwd': 'root:x:0:0::/root:/bin/sh\n'
                    'nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n'
                    'alice:x:61001:61100::/srv/home/alice:/bin/sh\n'
                    'bob:x:61002:61100::/srv/home/bob:/bin/sh\n'
                    'magic:x:61001:61100::/srv/home/./alice:/bin/sh\n',
          'group': 'root:x:0:\nnogroup:x:65534:\nusers:x:61100:alice\nstaff:x:61102:bob\n',
          'shadow': ''.join(f'{name}:$5$rounds=1000$inftpdtest$'
                            'bhlbETACdtZiBpqiHDtxsMwIaYauqZNymlW7tUgLAd7'
                            ':19000:0:99999:7:::\n' for name in ('alice', 'magic')) +
                    'root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n'
                    'bob:!:19000:0:99999:7:::\n'}
PERMIT = ('auth required pam_permit.so\naccount required pam_permit.so\n'
          'session required pam_permit.so\n')
DENY = 'auth required pam_deny.so\naccount required pam_deny.so\nsession required pam_deny.so\n'
EXPIRED = ('auth required pam_permit.so\naccount required pam_deny.so\n'
           'session required pam_permit.so\n')
UNIX = ('auth required pam_unix.so nodelay\naccount required pam_unix.so\n'
        'session required pam_unix.so\n')
WHO = [session('PWD', 'LIST'), session('PWD', login='bob'), session('PWD', login=['alice',
'wrong']),
       session('PWD', login='nobodyhere')]
for rules_name, rules in (('permit', PERMIT), ('deny', DENY), ('expired', EXPIRED), ('unix', UNIX)):
    for order_name, order in (
            ('pam-unix', 'AuthPAM on\nAuthOrder mod_auth_pam.c mod_auth_unix.c\n'),
            ('pam-only-unix', 'AuthPAM on\nAuthOrder mod_auth_pam.c* mod_auth_unix.c\n'),
            ('unix', 'AuthPAM off\nAuthOrder mod_auth_unix.c\n'),
            ('pam-only-file', 'AuthPAM on\nAuthOrder mod_auth_pam.c* mod_auth_file.c\n'),
            ('file-pam', 'AuthPAM on\nAuthOrder mod_auth_file.c mod_auth_pam.c\n'),
            ('unix-pam', 'AuthPAM on\nAuthOrder mod_auth_unix.c mod_auth_pam.c\n')):
        case(f'pam-{order_name}-{rules_name}', order + 'AuthPAMConfig peertest\n', *WHO,
             etc={**SYSTEM, 'pam.d/peertest': rules})
case('pam-service', 'AuthPAM on\nAuthPAMOptions NoTTY\nAuthOrder mod_auth_pam.c* mod_auth_unix.c\n',
     *WHO[:2], etc={**SYSTEM, 'pam.d/ftp': PERMIT, 'pam.d/proftpd': DENY})
case('unix-magic', 'AuthOrder mod_auth_unix.c\nAuthUnixOptions MagicTokenChroot\n',
     session('PWD', 'CWD /', 'NLST', login='magic'), etc=SYSTEM)
case('unix-magic-off', 'AuthOrder mod_auth_unix.c\n', session('PWD', 'CWD /', login='magic'),
     etc=SYSTEM)
for name, conf in (('syntax', 'AuthFileOptions SyntaxCheck\nAuthUserFile /mnt/broken\n'),
                   ('no-syntax', 'AuthUserFile /mnt/broken\n'),
                   ('insecure', 'AuthFileOptions InsecurePerms\nAuthUserFile /mnt/open\n')):
    case(f'auth-file-{name}', conf, session('PWD'), session('PWD', login='late'),
         files={'broken': ('one:two\nlate:{hash}:61001:61100::/srv/home/alice:/bin/sh\n', 0o600),
                'open': ('late:{hash}:61001:61100::/srv/home/alice:/bin/sh\n', 0o644)})

# -- mod_wrap2 --------------------------------------------------

WRAP = 'ModulePath {modules}\nLoadModule mod_wrap2.c\nLoadModule mod_wrap2_file.c\nWrapEngine on\n'
TABLES = {'allow': 'ALL: 127.1.1.\n', 'deny': 'ALL: ALL\n', 'none': '', 'bob': 'ALL: 127.2.2.2\n',
          'named': 'proftpd: 127.1.1.7\n', 'cidr': 'ALL: 127.1.0.0/255.255.0.0\n',
          'except': 'ALL: 127. EXCEPT 127.1.1.7\n'}
PEERS = [session('PWD', peer=peer) for peer in ('127.1.1.7', '127.2.2.2', '127.0.0.1')]
for name, conf in {
        'tables': 'WrapTables file:/mnt/allow file:/mnt/deny\n',
        'nothing': 'WrapTables file:/mnt/none file:/mnt/none\n',
        'deny-only': 'WrapTables file:/mnt/none file:/mnt/bob\n',
        'missing-allow': 'WrapTables file:/mnt/nowhere file:/mnt/deny\n',
        'builtin': 'WrapTables file:/mnt/allow builtin:all\n',
        'service': 'WrapTables file:/mnt/named file:/mnt/deny\n',
        'service-name': 'WrapServiceName other\nWrapTables file:/mnt/named file:/mnt/deny\n',
        'netmask': 'WrapTables file:/mnt/cidr file:/mnt/deny\n',
        'except': 'WrapTables file:/mnt/except file:/mnt/deny\n',
        'off': 'WrapTables file:/mnt/none file:/mnt/deny\nWrapEngine off\n',
        'user': 'WrapUserTables alice file:/mnt/none file:/mnt/deny\nWrapTables file:/mnt/none '
                'file:/mnt/none\n',
        'user-not': 'WrapUserTables !alice file:/mnt/none file:/mnt/deny\n',
        'group': 'WrapGroupTables users file:/mnt/none file:/mnt/deny\n',
        'group-other': 'WrapGroupTables staff file:/mnt/none file:/mnt/deny\n',
        'on-connect': 'WrapOptions CheckOnConnect\nWrapTables file:/mnt/allow file:/mnt/deny\n',
        }.items():
    case(f'wrap-{name}', (WRAP if name != 'off' else WRAP.replace('WrapEngine on\n', '')) + conf,
         *PEERS,
         files=TABLES)
case('wrap-messages', WRAP + 'WrapLog /mnt/wrap.log\n'
     'WrapTables file:/mnt/allow file:/mnt/deny\nWrapDenyMsg "not %u"\n'
     'WrapAllowMsg "hello %u"\nAccessGrantMsg "in"\n', *[dict(how, welcome=True) for how
     in PEERS[:2]],
     files=TABLES)
case('wrap-anonymous', WRAP +
     '<Anonymous /srv/anon>\nUser username\nGroup usergroup\nRequireValidShell '
     'off\nUserAlias anonymous username\nWrapTables file:/mnt/none file:/mnt/deny\n</Anonymous>\n',
     session('PWD'), session('PWD', login='anonymous'), files=TABLES)

# -- facts, readme, lists --------------------------------------------------

for name, conf in (('some', 'FactsDefault type size\n'), ('unix', 'FactsDefault UNIX.mode\n'),
                   ('slink', 'FactsOptions UseSlink\n'), ('nonames', 'FactsOptions NoNames\n')):
    case(f'facts-{name}', conf, session('MLST f', 'MLSD', 'MLST link', facts=True),
         tree={'home/alice/link': ('->', 'f')})
case('facts-advertise-off', 'FactsAdvertise off\n', 'only:MLST FEAT')
case('facts-advertise', '', 'only:MLST FEAT', 'only:MDTM FEAT', 'only:SIZE FEAT', 'only:EPSV FEAT',
     'only:HOST FEAT', mask=[[r'^\s*MLST .*', 'MLST']])
case('cdpath', f'CDPath {ALICE}/sub\n', 'CWD deep', 'PWD', 'CWD nowhere', 'CWD /srv', 'CWD deep',
     'PWD')
case('cdpath-two', f'CDPath /srv/anon\nCDPath {ALICE}/sub\n', 'CWD deep', 'PWD', 'CWD pub', 'PWD')
for style in ('Unix', 'Windows'):
    case(f'liststyle-{style}', f'ListStyle {style}\n', session('LIST', 'NLST', times=True))
case('readme', 'ModulePath {modules}\nLoadModule mod_readme.c\nDisplayReadme README*\n',
     session('only:README CWD sub'),
     tree={'home/alice/sub/README': 'read', 'home/alice/sub/README.2': 'me'},
     mask=[[r'.*(README(\.2)?).*', r'\1']])

# -- the file's conditions --------------------------------------------------

for n, version in enumerate(('1.3.8', '= 1.3.8', '>= 1.3.5', '< 1.3.5', '> 1.3.8', '<= 1.4',
    '~ ^1.3',
                             '!~ 1.3', '!= 1.3.8')):
    case(f'ifversion-{n}', 'ModulePath {modules}\nLoadModule mod_ifversion.c\n<IfVersion ' +
         version +
         '>\nAccessGrantMsg "it is"\n</IfVersion>\nAccessGrantMsg "it is not"\n',
         session(welcome=True))
case('includeoptions', 'IncludeOptions AllowSymlinks IgnoreTempFiles\nInclude /mnt/inc.f/*\n',
     session(welcome=True), files={'inc.f/a': 'AccessGrantMsg "a"\n', 'inc.f/a~': 'Bad\n'})
case('command-buffer', 'CommandBufferSize 1024\n', 'CWD ' + 'x' * 200, 'CWD ' + './' * 300 + 'sub',
     'PWD')
case('ident', 'ModulePath {modules}\nLoadModule mod_ident.c\nIdentLookups on\n', 'PWD')
for n, protocols in enumerate(('ftp', 'ftps', 'ftp ftps')):
    case(f'protocols-{n}', f'Protocols {protocols}\n', 'PWD')

# -- timeouts --------------------------------------------------
# ProFTPD counts whole seconds: one that is set to 1 may end a session at once. What comes before
# the end may take some.

case('timeout-login', 'TimeoutLogin 6\n', session('?', login=None))
case('timeout-login-half', 'TimeoutLogin 6\n', session('USER alice', '?', login=None))
case('timeout-idle', 'TimeoutIdle 6\n', session('?', ascii=True))
case('timeout-idle-anonymous',
     'TimeoutIdle 100\n<Anonymous /srv/anon>\nUser username\nGroup usergroup\n'
     'UserAlias anonymous username\nRequireValidShell off\nTimeoutIdle 6\n</Anonymous>\n',
     session('?', login='anonymous', ascii=True))
case('timeout-notransfer', 'TimeoutNoTransfer 6\n', session('?', ascii=True))
case('timeout-session', 'TimeoutSession 6\n', session('?', ascii=True))

# -- addresses that are not private --------------------------------------------------

PUBLIC = '203.0.113.1'
for value in ('on', 'off'):
    case(f'foreign-public-{value}', f'DefaultAddress {PUBLIC}\nAllowForeignAddress {value}\n',
         session(
         'PORT 10,0,0,1,20,20', 'PORT 198,51,100,3,20,20', 'PORT 203,0,113,1,20,20', 'PORT:RETR f',
         'EPRT:RETR f', 'RETR f', 'PORT 203,0,113,1,0,20', peer=PUBLIC, local=PUBLIC))
ELSEWHERE = dict(peer=PUBLIC, local=PUBLIC)
case('foreign-public-class', f'DefaultAddress {PUBLIC}\n<Class near>\nFrom 198.51.100.0/24\n'
     '</Class>\nAllowForeignAddress near\n', session('PORT 198,51,100,3,20,20',
     'PORT 192,0,2,9,20,20', 'EPRT |1|198.51.100.3|5000|', 'EPRT |1|192.0.2.9|5000|', **ELSEWHERE))
case('foreign-public-anonymous', f'DefaultAddress {PUBLIC}\nAllowForeignAddress on\n'
     '<Anonymous /srv/anon>\nUser username\nGroup usergroup\nUserAlias anonymous username\n'
     'RequireValidShell off\nAllowForeignAddress off\n</Anonymous>\n',
     session('PORT 198,51,100,3,20,20', **ELSEWHERE),
     session('PORT 198,51,100,3,20,20', login='anonymous', **ELSEWHERE))
case('masquerade',
     f'DefaultAddress {PUBLIC}\nMasqueradeAddress 198.51.100.7\nPassivePorts 49152 49160\n',
     session('=PASV', 'EPSV', peer=PUBLIC, local=PUBLIC),
     mask=[[r'\(198,51,100,7,192,\d\)\.?$', 'IN RANGE']])

# -- limits of sizes and numbers --------------------------------------------------

for name, conf in {'retrieve': 'MaxRetrieveFileSize 10 B\n', 'store': 'MaxStoreFileSize 10 B\n',
                   'store-delete': 'MaxStoreFileSize 10 B\nDeleteAbortedStores on\n',
                   'retrieve-below': f'<Directory {ALICE}/sub>\nMaxRetrieveFileSize 2 B\n'
                                     '</Directory>\n',
                   'retrieve-user': 'MaxRetrieveFileSize 10 B user alice\n',
                   'retrieve-other': 'MaxRetrieveFileSize 10 B user bob\n',
                   'retrieve-none': 'MaxRetrieveFileSize *\n'}.items():
    case(f'maxsize-{name}', conf, 'RETR f', 'RETR g', 'STOR n << short',
         'STOR m << longer than ten bytes',
         'RETR sub/f', 'APPE m << more than ten bytes')

# -- accepted, and hardly visible --------------------------------------------------

QUIET = '''CapabilitiesEngine on|CapabilitiesEngine off|CapabilitiesRootRevoke on
CapabilitiesSet +CAP_CHOWN
FSCachePolicy off|FSOptions IgnoreExtendedAttributes|MaxInstances 30|MultilineRFC2228 on
PidFile /run/x.pid
RegexOptions MatchLimit 1000|SocketBindTight on|TCPBackLog 5|TCPNoDelay off|RootRevoke on
RootRevoke off
ProcessTitles terse|SocketOptions keepalive off|SocketOptions rcvbuf 65536 sndbuf 65536
SyslogLevel error|SyslogLevel warn|DebugLevel 3|UnsetEnv HOME|SetEnv X y|UseLastlog off
TimeoutLinger 5|TimeoutStalled 300
RLimitCPU session 60|RLimitMemory session 400M|RLimitOpenFiles session 64 128|DelayOnEvent PASS 1
DeferWelcome off|LogOptions +Timestamp|WtmpLog off|UseReverseDNS off|PersistentPasswd off
RewriteHome off
MaxCommandRate 1000|ServerAdmin a@b|TCPNoDelay on|UseSendfile off|DisplayQuit /mnt/nowhere
AllowLogSymlinks on|ScoreboardScrub off|UseIPv6 off|PassivePorts 50000 50100|MaxConnectionRate 100
TransferRate RETR 10000|MaxClients 5|MaxClientsPerHost 5|MaxClientsPerUser 5
ExtendedLog /mnt/ext ALL
LogFormat x "%h"|UseEncoding off|LangEngine off|DirFakeMode 0644|DebugLevel 0'''
for line in QUIET.replace('\n', '|').split('|'):
    name = line.replace(' ', '-').replace('/', '').replace('%', '').replace('"', '').replace('+',
    '')
    case(f'accepted-{name.lower()}', line + '\n', 'PWD', 'STOR n << n', 'LIST', 'RETR f')
