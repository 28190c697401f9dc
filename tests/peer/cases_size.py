"""Sizes of files, the length of a session, the rate of commands: sections 21 and 22."""
from table import case, session

ALICE = '/srv/home/alice'
STOU = [[r'\bftp[A-Za-z0-9]{6}\b', 'ftp######']]
OPEN = 'AllowOverwrite on\nAllowStoreRestart on\n'
for name, conf in {'plain': 'MaxStoreFileSize 10 B\n',
                   'delete': 'MaxStoreFileSize 10 B\nDeleteAbortedStores on\n',
                   'hidden': 'MaxStoreFileSize 10 B\nHiddenStores on\n'}.items():
    case(f'maxsize-store-more-{name}', OPEN + conf, 'STOR f << longer than ten bytes',
         'STOR n << tenbytes..', 'APPE n << x', 'APPE g << more than ten bytes', 'REST 2',
         'STOR g << longer than ten bytes', 'REST 10', 'STOR n << y', 'ALLO 10', 'ALLO 11',
         'STOR p << short', 'STOU << longer than ten bytes', mask=STOU)
case('maxsize-ascii', 'MaxStoreFileSize 5 B\nMaxRetrieveFileSize 5 B\n',
     session('STOR n << a\nb\nc', 'STOR m << a\nb\nc\nd', 'RETR n', 'RETR five', ascii=True),
     tree={'home/alice/five': 'a\nb\nc'})
case('maxsize-rest', 'MaxRetrieveFileSize 4 B\n', 'REST 4', 'RETR f', 'RETR f')
WHOM = {'user': 'user alice', 'user-not': 'user !alice', 'users': 'user bob,alice',
        'group': 'group users', 'group-one-of': 'group users,staff', 'group-not': 'group !users',
        'class': 'class near', 'class-not': 'class far', 'regex': 'user regex ^al'}
for name, whom in WHOM.items():
    near = '<Class near>\nFrom 0.0.0.0/0\n</Class>\n' if 'class' in name else ''
    case(f'maxsize-for-{name}', f'{near}MaxRetrieveFileSize 4 B {whom}\n', 'RETR f', 'RETR sub/f')
    case(f'timeout-session-for-{name}', f'{near}TimeoutSession 5 {whom}\nTimeoutIdle 6\n',
         session('?', ascii=True))
for name, conf in {
        'user-first': 'MaxRetrieveFileSize 4 B user alice\nMaxRetrieveFileSize 4 Kb\n',
        'user-last': 'MaxRetrieveFileSize 4 B\nMaxRetrieveFileSize 4 Kb user alice\n',
        'user-group': 'MaxRetrieveFileSize 4 B group users\nMaxRetrieveFileSize 4 Kb user alice\n',
        'group-plain': 'MaxRetrieveFileSize 4 B\nMaxRetrieveFileSize 4 Kb group users\n',
        'two': 'MaxRetrieveFileSize 4 B\nMaxRetrieveFileSize 4 Kb\n',
        'two-users': 'MaxRetrieveFileSize 4 B user alice\nMaxRetrieveFileSize 4 Kb user alice\n',
        'none-user': 'MaxRetrieveFileSize * user alice\nMaxRetrieveFileSize 4 B\n',
        'below': f'MaxRetrieveFileSize 4 B user alice\n<Directory {ALICE}>\n'
                 'MaxRetrieveFileSize 4 Kb\n</Directory>\n',
        'below-other': f'MaxRetrieveFileSize 4 B\n<Directory {ALICE}>\n'
                       'MaxRetrieveFileSize 4 Kb user bob\n</Directory>\n',
        'below-none': f'MaxRetrieveFileSize 4 B\n<Directory {ALICE}>\nMaxRetrieveFileSize *\n'
                      '</Directory>\n',
        'global': 'MaxRetrieveFileSize 4 B\n<Global>\nMaxRetrieveFileSize 4 Kb user alice\n'
                  '</Global>\n',
        'ifuser': 'ModulePath {modules}\nLoadModule mod_ifsession.c\nMaxRetrieveFileSize 4 Kb\n'
                  '<IfUser alice>\nMaxRetrieveFileSize 4 B\n</IfUser>\n'}.items():
    case(f'maxsize-order-{name}', conf, 'RETR f', 'RETR sub/f')
for name, conf in {'no-unit': 'MaxStoreFileSize 10\n', 'zero': 'MaxStoreFileSize 0 B\n',
                   'unit': 'MaxStoreFileSize 10 Xb\n', 'short': 'MaxStoreFileSize 10 k\n',
                   'tera': 'MaxStoreFileSize 1 Tb\n', 'whom': 'MaxStoreFileSize 10 B nobody x\n',
                   'star-user': 'MaxStoreFileSize * user bob\n'}.items():
    case(f'maxsize-form-{name}', conf, 'STOR n << longer than ten bytes')
case('timeout-session-anonymous',
     'TimeoutSession 100\n<Anonymous /srv/anon>\nUser username\nGroup usergroup\n'
     'UserAlias anonymous username\nRequireValidShell off\nTimeoutSession 6\n</Anonymous>\n',
     session('?', login='anonymous', ascii=True))
case('timeout-session-groups', 'TimeoutSession 5 group users,staff\nTimeoutIdle 6\n',
     session('?', ascii=True))
for name, value in {'floods': '5', 'secs': '5 1', 'zero': '0', 'word': 'many',
                    'three': '1 2 3'}.items():
    case(f'command-rate-{name}', f'MaxCommandRate {value}\n', *['NOOP'] * 8)
