"""ExtendedLog and LogFormat: what both write about the same commands; a second session reads it."""
from table import case, session

STEPS = ['PWD', 'CWD sub', 'CDUP', 'MKD nd', 'XRMD nd', 'LIST', 'NLST', 'MLSD', 'MLST f', 'SIZE f',
         'MDTM f', 'RETR f', 'REST 2', 'RETR f', 'STOR n << new', 'STOR f << over', 'RNFR n',
         'RNTO m', 'DELE m', 'SITE CHMOD 644 f', 'TYPE A', 'NOOP', 'SYST', 'FEAT', 'HELP', 'CLNT x',
         'RETR nothing', 'CWD nowhere', 'DELE nowhere', 'MFMT 20200101000000 f']
CONF = 'AllowOverwrite on\nAllowRetrieveRestart on\n'


def logged(name, form, classes='ALL', steps=STEPS, conf='', **how):
    case(f'log-{name}', f'{CONF}{conf}LogFormat x "{form}"\nExtendedLog /mnt/ext {classes} x\n',
         session(*steps, **how), session('!log ext', login=None), files={'ext': ''})


for classes in ('AUTH', 'INFO', 'DIRS', 'READ', 'WRITE', 'MISC', 'EXIT', 'NONE', 'READ,WRITE',
                'ALL,!MISC', 'ALL,!READ,EXIT'):
    logged('class-' + classes.replace('!', 'not-').replace(',', '-').lower(), '%m', classes)
logged('command', '%r|%m|%s', 'ALL,!DIRS')
logged('session', '%a|%h|%L|%p|%u|%U|%g|%{uid}|%{gid}|%A|%l|%{protocol}|%v|%c', 'READ',
       conf='ServerName site\n')
logged('class', '%c %m', 'READ', conf='<Class near>\nFrom 127.0.0.0/8\n</Class>\n')
logged('environment', '%{COLOUR}e|%{NOT}e|%{%Y}t', 'READ', conf='SetEnv COLOUR blue\n')
logged('refused', '%m|%r|%s|%u|%U', 'AUTH', login=['alice', 'wrong'])
case('log-twice', 'LogFormat x "1 %m"\nLogFormat y "2 %m"\nExtendedLog /mnt/ext READ x\n'
     'ExtendedLog /mnt/ext WRITE y\n',
     session('RETR f', 'STOR n << n'), session('!log ext', login=None), files={'ext': ''})
case('log-redefined', 'LogFormat x "1 %m"\nLogFormat x "2 %m"\nExtendedLog /mnt/ext READ x\n',
     session('RETR f'), session('!log ext', login=None), files={'ext': ''})
case('log-default-redefined', 'LogFormat default "1 %m"\nExtendedLog /mnt/ext READ\n',
     session('RETR f'), session('!log ext', login=None), files={'ext': ''},
     mask=[(r'\[.*?\]', '[when]')])
case('log-format-behind', 'ExtendedLog /mnt/ext READ x\nLogFormat x "1 %m"\n',
     session('RETR f'), session('!log ext', login=None), files={'ext': ''})
case('log-global', '<Global>\nLogFormat x "1 %m"\nExtendedLog /mnt/ext READ x\n</Global>\n',
     session('RETR f'), session('!log ext', login=None), files={'ext': ''})
ANON = ('LogFormat x "server %m %u"\nLogFormat y "anon %m %u %A"\n'
        'ExtendedLog /mnt/ext AUTH,READ x\n<Anonymous /srv/anon>\nUser username\nGroup usergroup\n'
        'UserAlias anonymous username\nRequireValidShell off\n%s</Anonymous>\n')
for name, line in (('same-file', 'ExtendedLog /mnt/ext READ y\n'),
                   ('none', 'ExtendedLog /mnt/ext NONE\n'),
                   ('other-file', 'ExtendedLog /mnt/other READ y\n'), ('inherits', '')):
    case(f'log-anonymous-{name}', ANON.replace('%s', line),
         session('RETR pub/file', login='anonymous'), session('!log ext', '!log other', login=None),
         files={'ext': '', 'other': ''})
case('log-unknown-class', 'ExtendedLog /mnt/ext FOO\n', 'PWD')
case('log-unknown-format', 'ExtendedLog /mnt/ext ALL foo\n', 'PWD')
case('log-serverlog', 'ServerLog /mnt/own\n', 'PWD')
case('log-options-unknown', 'LogOptions +Colour\n', 'PWD')
case('log-symlinks', 'AllowLogSymlinks on\nLogFormat x "%m"\nExtendedLog /mnt/ext READ x\n',
     session('RETR f'), session('!log ext', login=None), files={'ext': ''})
