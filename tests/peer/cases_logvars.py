"""
Every variable of LogFormat, where its value depends on what happened: before the login, anonymous,
in a jail, for transfers that end well or not, for directories, renames, refusals, at the end,
under TLS.
"""
from table import case, session

CONF = ('AllowOverwrite on\nAllowRetrieveRestart on\nAllowStoreRestart on\nMaxLoginAttempts 9\n'
        'ServerName site\n')
JAIL = 'DefaultRoot ~\n'
ANONYMOUS = ('<Anonymous /srv/anon>\nUser username\nGroup usergroup\nUserAlias anonymous username\n'
             'RequireValidShell off\n</Anonymous>\n')


def logged(name, form, classes, *steps, conf='', mask=(), **how):
    case(f'logvar-{name}', f'{CONF}{conf}LogFormat x "{form}"\nExtendedLog /mnt/ext {classes} x\n',
         session(*steps, **how), session('!log ext', login=None), files={'ext': ''},
         mask=list(mask))


# -- who it is ------------------------------------------------------------

LOGIN = ['NOOP', 'USER nobodyhere', 'PASS x', 'USER alice', 'PASS wrong', 'NOOP', 'USER alice',
         'PASS pw', 'PWD']
logged('user', '%m|%s|%u|%g|%A|%l|%{protocol}|%v', 'ALL', *LOGIN, login=None)
logged('typed', '%m|%s|%U', 'ALL', *LOGIN, login=None)
logged('ids', '%m|%s|%{uid}|%{gid}', 'ALL', *LOGIN, login=None)
logged('ids-login', '%m|%{uid}|%{gid}|%g', 'DIRS', 'PWD', login='carol')
WHO = '%m|%s|%u|%U|%g|%A|%l'
logged('anonymous', WHO, 'AUTH,READ', 'RETR pub/file', login=['anonymous', 'me@example.org'],
       conf=ANONYMOUS)
logged('anonymous-ids', '%{uid}|%{gid}', 'READ,EXIT', 'RETR pub/file', login='anonymous',
       conf=ANONYMOUS)
logged('anonymous-blanks', WHO, 'AUTH', 'PWD', login=['anonymous', 'me at home'], conf=ANONYMOUS)
logged('anonymous-empty', WHO, 'AUTH', 'PWD', login=['anonymous', ''], conf=ANONYMOUS)
logged('anonymous-own-name', WHO, 'AUTH', 'PWD', login=['username', 'x'], conf=ANONYMOUS)
logged('alias', WHO, 'AUTH,DIRS', 'PWD', login='al', conf='UserAlias al alice\n')
logged('hosts', '%m|%a|%h|%L|%V|%p', 'AUTH,DIRS', 'PWD')
logged('hosts-names', '%m|%a|%h|%L|%p', 'DIRS', 'PWD', conf='UseReverseDNS on\n')
logged('hosts-own-name', '%m|%V|%H', 'DIRS', 'PWD', conf='UseReverseDNS on\n')
TLS = ('ModulePath {modules}\nLoadModule mod_tls.c\nTLSEngine on\n'
       'TLSECCertificateFile {certs}/ec.crt\nTLSECCertificateKeyFile {certs}/ec.key\n'
       'TLSOptions NoSessionReuseRequired\n')
logged('tls', '%m|%s|%{protocol}|%b|%r', 'AUTH,SEC,READ,WRITE,EXIT', 'RETR f', 'STOR n << abc',
       conf=TLS, tls=True, prot='P')

# -- the command and its reply --------------------------------------------

COMMANDS = ['size f', 'FOO bar baz', 'FOO', 'SITE CHMOD 600 f', 'SITE CHGRP users f',
            'RETR nothing', 'CWD', 'HELP RETR', 'REST x', 'RNTO x', 'MODE S', 'STRU F', 'CLNT me',
            'PORT 127,0,0,1,1,1', 'MFMT 20200101000000 f', 'MFF UNIX.mode=640; f', 'PWD x', 'NOOP']
logged('commands', '%m|%s|%r', 'ALL', *COMMANDS)
logged('arguments', '%m|%J', 'ALL,!MISC', 'SIZE f', 'HELP RETR', 'DELE nothing',
       'MFMT 20200101000000 f')
logged('arguments-none', '%m|%J', 'DIRS', 'PWD')
logged('arguments-site', '%m|%J', 'ALL,!AUTH,!INFO', 'SITE CHMOD 600 f', 'SITE CHGRP users f')
logged('site-unknown', '%m|%s|%r', 'MISC', 'SITE FOO x', 'SITE')
# which class a command belongs to
EVERY = ['SITE CHMOD 600 f', 'SITE HELP', 'SITE FOO', 'MFMT 20200101000000 f',
         'MFF UNIX.mode=640; f', 'ABOR', 'REST 2', 'STAT', 'STAT f', 'HELP', 'CSID x', 'CLNT x',
         'HOST x', 'ALLO 5', 'MLST f', 'MDTM f', 'SIZE f', 'XPWD', 'XCWD .', 'XCUP', 'RNFR f',
         'RNTO n', 'ACCT x', 'REIN', 'MODE S', 'STRU F', 'TYPE A', 'NOOP', 'SYST', 'FEAT',
         'STOU << x', 'APPE n << x', 'PORT 127,0,0,1,1,1', 'EPRT |1|127.0.0.1|1|', 'PASV',
         'SMNT x', 'XMKD d', 'XRMD d']
for name in ('AUTH', 'INFO', 'DIRS', 'READ', 'WRITE', 'MISC'):
    logged('class-' + name.lower(), '%m', name, *EVERY)
logged('class-misc-unknown', '%m', 'MISC', 'FOO x')
logged('secrets', '%m|%r', 'MISC,AUTH', 'FOO secret', 'PASS secret', 'USER alice', 'PASS pw',
       'ACCT secret', 'PASS secret', 'FOO word', login=None)
logged('options', '%m|%r', 'ALL', 'OPTS UTF8 on')
logged('replies', '%m|%s|%S', 'INFO,WRITE', 'SYST', 'SIZE f', 'MDTM f', 'MFMT 20200101000000 f',
       'FEAT', mask=[(r'\|221\|.*', '|221|bye'), (r'\|211\|End.*', '|211|End')])
logged('replies-refused', '%m|%s|%S', 'READ,WRITE', 'RETR nothing', 'DELE nothing', 'RMD sub',
       'DELE sub', 'RNFR nothing', mask=[(r'\.$', '')])
logged('escapes', '%m|\\"%J\\"|\\"%r\\"', 'INFO', 'SIZE a"b', 'SIZE a\\b', 'SIZE tab\tx',
       'SIZE \x01x', 'SIZE ü', 'SIZE %m', 'SIZE %{uid}')
logged('unknown', '%m %{foo}', 'ALL', 'PWD')
logged('percent', '%%|%m%%', 'DIRS', 'PWD')

# -- files and directories -----------------------------------------------

FILES = ['MKD nd', 'RMD nd', 'RETR f', 'STOR n << new', 'STOR f << over', 'APPE f << more',
         'RNFR n', 'RNTO sub/m', 'RNFR sub/m', 'RNTO nowhere/x', 'DELE sub/m', 'DELE nothing',
         'DELE sub', 'RMD sub', 'XMKD a', 'XRMD a']
PATHS = '%m|%s|%f|%F|%{basename}|%w'
logged('paths', PATHS, 'READ,WRITE', *FILES)
logged('paths-jail', PATHS, 'READ,WRITE', *FILES, conf=JAIL)
logged('paths-anonymous', PATHS, 'READ,WRITE', 'RETR pub/file', 'STOR pub/incoming/n << a',
       'RNFR pub/incoming/n', 'RNTO pub/incoming/m', 'DELE pub/incoming/m', login='anonymous',
       conf=ANONYMOUS)
logged('paths-elsewhere', PATHS, 'READ,WRITE', 'CWD sub', 'RETR f', 'RETR deep/../f', 'RETR ../f',
       'RETR deep//f', 'STOR ../n << a')
# one that only reads, or was refused
logged('paths-more', '%m|%s|%f|%F|%{basename}', 'INFO,READ,WRITE,MISC', 'RETR nothing', 'RETR sub',
       'RNFR nothing', 'RNTO x', 'SIZE f', 'STAT f', 'MDTM f', 'MFMT 20200101000000 f',
       'MFF UNIX.mode=640; f', 'SITE CHMOD 600 f', conf=JAIL)
logged('paths-denied', '%m|%s|%f|%F', 'READ,WRITE,DIRS', 'RETR f', 'CWD sub', 'MKD q', 'DELE f',
       'RNFR f', conf='<Limit ALL>\nDenyAll\n</Limit>\n<Limit LOGIN>\nAllowAll\n</Limit>\n')
DIRECTORIES = ['CWD sub', 'CWD /srv/home/alice', 'MKD nd', 'XMKD ne', 'LIST sub', 'NLST sub',
               'MLSD sub', 'RMD nd', 'XRMD ne', 'XCWD sub/deep']
logged('directories', '%m|%s|%d|%D', 'DIRS', *DIRECTORIES)
logged('directories-jail', '%m|%s|%d|%D', 'DIRS', *DIRECTORIES[:1], 'CWD deep', *DIRECTORIES[2:4],
       'RMD nd', conf=JAIL)
logged('directories-current', '%m|%s|%d|%D', 'DIRS', 'CWD sub', 'PWD', 'LIST', 'NLST', 'MLSD',
       'CDUP', 'XCUP', 'XPWD')
logged('directories-refused', '%m|%s|%d|%D', 'DIRS', 'CWD nowhere', 'CWD f', 'RMD sub', 'MKD sub',
       'CWD')
logged('directories-files', '%m|%s|%d|%D', 'READ,WRITE,DIRS', 'MLST f', 'MDTM f', 'RETR f',
       'DELE f')
logged('directories-name', '%m|%{dir-name}', 'DIRS', 'CWD sub', 'MKD d')

# -- transfers -----------------------------------------------------------

MOVED = ['RETR f', 'REST 2', 'RETR f', 'REST 900', 'RETR f', 'RETR sub', 'RETR nothing',
         'STOR n << 0123456789', 'STOR f << over', 'APPE f << more', 'APPE new << x', 'REST 2',
         'STOR n << 23456789', 'STOU << abc', 'STOR sub << x', 'STOR nowhere/x << x', 'RETR empty',
         'STOR empty << ']
TRANSFER = '%m|%s|%b|%{transfer-status}|%{file-modified}|%{file-size}|%{file-offset}'
logged('transfers', TRANSFER, 'READ,WRITE', *MOVED, mask=[(r'(alice/)ftp\w{6}$', r'\1unique')])
logged('transfers-hidden', '%m|%s|%b|%{transfer-status}|%{file-modified}|%{file-size}|%f', 'WRITE',
       'STOR n << abc', 'STOR f << abcd', conf='HiddenStores on\n')
logged('transfers-types', '%m|%s|%b|%{transfer-type}', 'READ,WRITE', 'RETR g', 'TYPE A', 'RETR g',
       'STOR n << a\r\nb\r\n', 'RETR nothing')
logged('transfers-listings',
       '%m|%s|%b|%{transfer-status}|%{file-modified}|%{file-size}|%{file-offset}', 'DIRS', 'LIST',
       'NLST', 'LIST sub', 'NLST nowhere')
logged('transfers-listings-types', '%m|%{transfer-type}', 'DIRS', 'LIST', 'TYPE A', 'LIST')
logged('transfers-none', '%m|%s|%b|%{transfer-status}|%{file-offset}', 'READ', 'none:RETR f')
logged('transfers-why', '%m|%s|%{transfer-failure}', 'READ,WRITE', 'RETR f', 'RETR nothing',
       'STOR sub << x', 'DELE nothing', mask=[(r'(\|\d{3}\|).{2,}', r'\1words')])
logged('transfers-denied', '%m|%s|%b|%{transfer-status}|%{file-offset}|%{file-size}', 'READ,WRITE',
       'RETR f', 'STOR n << a', 'STOR f << a', 'APPE f << a',
       conf='<Limit READ STOR APPE>\nDenyAll\n</Limit>\n')
logged('transfers-lost', '%m|%s|%b|%{transfer-status}|%{file-modified}|%{file-offset}', 'WRITE',
       'lose:STOR n << 0123456789')
logged('transfers-lost-over', '%m|%s|%b|%{transfer-status}|%{file-modified}|%{file-offset}',
       'WRITE', 'lose:STOR g << 0123456789')
logged('transfers-lost-size', '%m|%{file-size}', 'WRITE', 'lose:STOR n << 0123456789')
logged('transfers-aborted', '%m|%s|%{transfer-status}|%{file-modified}|%{file-offset}', 'WRITE',
       'abort:STOR n << 0123456789', 'DELE n')
logged('transfers-abor', '%m|%s|%{transfer-status}', 'MISC', 'ABOR', 'NOOP')
logged('bytes', '%m|%b', 'WRITE,DIRS', 'MKD d', 'RNFR f', 'RNTO n', 'DELE n', 'DELE nothing',
       'RMD d', 'CWD sub')

# -- numbers: what is received is the same, for the rest its form is ---------

logged('bytes-received', '%m|%I', 'ALL,EXIT', 'NOOP', 'RETR f', 'LIST', 'STOR n << abc',
       'RETR nothing', 'SIZE f')
NUMBERS = [(r'\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]', 'CLOCK'),
           (r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}', 'ISO'), (r'\|\d{10}\|', '|EPOCH|'),
           (r'\|\d{6}\|\d{3}\|', '|PARTS|'), (r'\|\d+\.\d{3}\|', '|SECONDS|'),
           (r'\|20\d\d/\d\d\|', '|DATE|'), (r'\|[\d.]+$', '|VERSION'),
           (r'\|\d+(?=\|)', '|N'), (r'\|\d+(?=\|)', '|N')]
logged('numbers',
       '%m|%t|%{%Y/%m}t|%{epoch}|%{iso8601}|%{microsecs}|%{millisecs}|%P|%R|%I|%O|'
       '%{remote-port}|%{version}',
       'AUTH,READ,EXIT', 'RETR f', mask=NUMBERS)
logged('numbers-transfer', '%m|%s|%T|%{transfer-millisecs}|%{transfer-port}|%{version}',
       'READ,DIRS', 'RETR f', 'LIST', 'PASV:RETR f', 'PORT:RETR f', 'EPRT:RETR f', mask=NUMBERS)
logged('numbers-no-transfer', '%m|%s|%T|%{transfer-millisecs}', 'READ,DIRS', 'RETR nothing', 'PWD')
logged('notes', '%m|%{note:x}', 'DIRS', 'PWD')

# -- the end ---------------------------------------------------------------

logged('end', '%m|%s|%u|%U|%b|%f|%{transfer-status}', 'EXIT', 'RETR f')
logged('end-no-login', '%m|%s|%u|%b|%f', 'EXIT', 'NOOP', login=None)
logged('end-why', '%r|%J|%S|%E', 'INFO,EXIT', 'RETR f', mask=[(r'\|(Good)?[Bb]ye\.\|', '|bye|')])
logged('end-lost', '%r|%E', 'EXIT', 'lose:STOR n << 0123456789')
