"""Ratios: section 1.11, mod_ratio."""
from table import case, session

ALICE = '/srv/home/alice'
MODULE = 'ModulePath {modules}\nLoadModule mod_ratio.c\nAllowOverwrite on\nAllowStoreRestart on\n'
TREE = {'home/alice/big': 'x' * 5000, 'home/alice/small': 'x' * 3000}
ANON = ('<Anonymous /srv/anon>\nUser username\nGroup usergroup\nUserAlias anonymous username\n'
        'RequireValidShell off\n%s\n</Anonymous>\n')
# What a ratio lets through shows which line holds: files 0, 1, 2 … of credit.
COUNT = ['RETR f', 'RETR f', 'RETR f', 'RETR f']


def ratio(name, conf, *steps, **how):
    mask = how.pop('mask', ())
    case('ratio-' + name, MODULE + conf, session(*steps, **how), tree=TREE, mask=mask)


ratio('one-for-one', 'Ratios on\nUserRatio alice 1 0 0 0\n', 'RETR f', 'STOR n << hello',
      'RETR f', 'RETR f', 'STOR m << hello', 'RETR f', 'RETR f', 'SITE RATIO')
ratio('three-for-one', 'Ratios on\nUserRatio alice 3 0 0 0\n', 'STOR n << hello', *COUNT)
ratio('one-for-two', 'Ratios on\nUserRatio alice -2 0 0 0\n', 'STOR n << hello', 'RETR f',
      'STOR m << hello', 'RETR f', 'RETR f')
ratio('credit', 'Ratios on\nUserRatio alice 1 2 0 0\n', *COUNT, 'STOR n << hello', 'RETR f',
      'RETR f')
ratio('bytes', 'Ratios on\nUserRatio alice 0 0 1 4\n', 'RETR small', 'RETR small',
      'STOR n << ' + 'y' * 4096, 'RETR small', 'SITE RATIO')
ratio('bytes-under', 'Ratios on\nUserRatio alice 0 0 1 1\n', 'RETR small', 'RETR f')
ratio('bytes-exactly', 'Ratios on\nUserRatio alice 0 0 1 0\n', 'STOR n << ' + 'y' * 200, 'RETR f',
      'RETR big')
ratio('bytes-less-than-one', 'Ratios on\nUserRatio alice 0 0 1 0\n', 'RETR f')
ratio('bytes-over', 'Ratios on\nUserRatio alice 0 0 1 4\n', 'RETR big')
ratio('zero', 'Ratios on\nUserRatio * 0 0 0 0\n', *COUNT, 'SITE RATIO')
ratio('leech', 'Ratios on\nLeechRatioMsg "all of it"\n', *COUNT, 'SITE RATIO')
ratio('off', 'Ratios off\nUserRatio * 1 0 1 0\n', *COUNT, 'SITE RATIO')
ratio('unset', 'UserRatio * 1 0 1 0\n', *COUNT, 'SITE RATIO')
ratio('texts', 'Ratios on\nUserRatio * 1 0 1 0\nFileRatioErrMsg "no %f files"\n'
      'ByteRatioErrMsg "no bytes"\nCwdRatioMsg "mind %u it"\n', 'RETR f', 'CWD sub', 'CDUP',
      'XCWD sub')
ratio('texts-bytes', 'Ratios on\nUserRatio * 0 0 1 1\nByteRatioErrMsg "no bytes"\n', 'RETR big')
for name, conf in {
        'user-before-group': 'GroupRatio users 1 1 0 0\nUserRatio alice 1 2 0 0\n',
        'anon-before-user': 'UserRatio alice 1 2 0 0\nAnonRatio * 1 3 0 0\n',
        'host-before-user': 'UserRatio alice 1 2 0 0\nHostRatio 127.0.0.1 1 1 0 0\n',
        'host-other': 'UserRatio alice 1 2 0 0\nHostRatio 127.0.0.2 1 1 0 0\n',
        'host-pattern': 'UserRatio alice 1 2 0 0\nHostRatio 127.0.* 1 1 0 0\n',
        'star-first': 'UserRatio * 1 1 0 0\nUserRatio alice 1 2 0 0\n',
        'star-last': 'UserRatio alice 1 1 0 0\nUserRatio * 1 2 0 0\n',
        'user-pattern': 'UserRatio al* 1 1 0 0\n', 'user-case': 'UserRatio ALICE 1 1 0 0\n',
        'group': 'GroupRatio users 1 1 0 0\n', 'group-other': 'GroupRatio staff 1 1 0 0\n',
        'group-star': 'GroupRatio * 1 1 0 0\n'}.items():
    ratio(f'which-{name}', 'Ratios on\n' + conf, *COUNT)
ratio('which-host-name', 'Ratios on\nUseReverseDNS on\nHostRatio local*st 1 1 0 0\n', *COUNT)
WELCOME = ['RETR welcome', 'RETR welcome', 'RETR welcome']
ratio('anonymous-star', 'Ratios on\n' + ANON % 'AnonRatio * 1 1 0 0', *WELCOME, login='anonymous')
ratio('anonymous-address',
      'Ratios on\nAnonRatio a@example.org 1 1 0 0\nAnonRatio * 1 2 0 0\n' + ANON % '',
      *WELCOME, login=['anonymous', 'a@example.org'])
ratio('anonymous-within', ANON % 'Ratios on\nAnonRatio * 1 1 0 0', *WELCOME, login='anonymous')
SUB = f'<Directory {ALICE}/sub>\n%s\n</Directory>\n'
ratio('directory', 'Ratios on\nUserRatio alice 1 1 0 0\n' + SUB % 'UserRatio alice 1 3 0 0',
      'RETR f', 'RETR f', 'RETR sub/f')
ratio('directory-off', 'Ratios on\nUserRatio alice 1 0 0 0\n' + SUB % 'Ratios off', 'RETR f',
      'RETR sub/f')
ratio('directory-on', 'UserRatio alice 1 0 0 0\n' + SUB % 'Ratios on', 'RETR f', 'RETR sub/f')
ratio('restart', 'Ratios on\nUserRatio alice 0 0 1 4\n', 'REST 3000', 'RETR big', 'REST 3000',
      'RETR big')
ratio('append-unique', 'Ratios on\nUserRatio alice 1 0 0 0\n', 'APPE n << hello', 'RETR f',
      'STOU << hello', 'RETR f', mask=[[r'\bftp[A-Za-z0-9]{6}\b', 'ftp######']])
ratio('overwrite', 'Ratios on\nUserRatio alice 1 0 0 0\n', 'STOR n << hello', 'STOR n << hello',
      'RETR f', 'RETR f')
ratio('delete', 'Ratios on\nUserRatio alice 1 0 0 0\n', 'STOR n << hello', 'DELE n', 'RETR f')
ratio('abort', 'Ratios on\nUserRatio alice 1 0 0 0\n', 'abort:STOR n << hello', 'RETR f',
      mask=[[r"hello\+'", "hello'"]])         # see cases_files.py: ONE_MORE
ratio('save', 'Ratios on\nSaveRatios on\nRatioFile /mnt/ratios\nRatioTempFile /mnt/ratios.new\n'
      'UserRatio * 1 1 0 0\n', 'RETR f', 'RETR f', 'SITE RATIO')
case('ratio-save-twice', MODULE + 'Ratios on\nSaveRatios on\nRatioFile /mnt/ratios2\n'
     'RatioTempFile /mnt/ratios2.new\nUserRatio * 1 1 0 0\n', session('RETR f'), session('RETR f'),
     tree=TREE)
for name in ('SITE_RATIO', 'SITE'):
    ratio(f'limit-{name}', f'Ratios on\n<Limit {name}>\nDenyAll\n</Limit>\n', 'SITE RATIO')
for name, words in {'three': '1 0 0', 'six': '1 0 0 1 9', 'word': 'one 0 0 0',
                    'suffix': '0 0 1 4Kb', 'credit': '1 many 1 0'}.items():
    ratio(f'form-{name}', f'Ratios on\nUserRatio alice {words}\n', 'RETR f')
