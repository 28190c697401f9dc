"""Rates and limits of transfers, the rate of connections (sections 20 and 21)."""
from table import case, session

RATES = {'plain': 'RETR 1000', 'decimal': 'RETR 1000.5', 'free': 'RETR 1000:100000',
         'several': 'RETR,STOR,APPE,STOU 1000', 'lower': 'retr 1000',
         'user': 'STOR 1000 user alice', 'group': 'RETR 1000 group users',
         'class': 'RETR 1000 class near', 'user-not': 'RETR 1000 user !bob', 'zero': 'STOR 0',
         'free-zero': 'RETR 1000:0', 'small': 'RETR 0.001:100000', 'dot': 'RETR .5'}
for name, value in RATES.items():
    case(f'rate-form-{name}', f'TransferRate {value}\n', 'STOR n << longer than ten bytes',
         'RETR g')
# the innermost counts, also a file of the user's own: at 1 KB a second the client would time out
case('rate-lifted-by-ftpaccess', 'TransferRate RETR 1\n', 'RETR big',
     tree={'home/alice/big': 'x' * 100000, 'home/alice/.ftpaccess': 'TransferRate RETR 0\n'})
for n in ('Host', 'User'):
    for name, value in {'plain': 'RETR 1', 'several': 'RETR,STOR 2', 'message': 'RETR 1 "no %m"',
                        'lower': 'retr 1'}.items():
        case(f'transfers-{n}-{name}', f'MaxTransfersPer{n} {value}\n', 'RETR f', 'RETR f',
             'STOR n << more')
for name, value in {'plain': '5', 'seconds': '5 10', 'zero': '0', 'unit': '5 1m'}.items():
    case(f'connection-rate-{name}', f'MaxConnectionRate {value}\n', 'NOOP')

# Both refuse the configuration.
REFUSED = {
    'TransferRate': ['RETR', 'RETR -1', 'RETR fast', 'RETR 100KB', 'ALL 1000', 'READ 1000',
                     'LIST 1000', 'RETR,SITE 1000', 'RETR, STOR 1000', 'RETR,,STOR 1000',
                     'RETR 1000:much', 'RETR 1000 somebody x', 'RETR 1000 user', 'RETR *'],
    'MaxConnectionRate': ['many', '1 2 3', '-1', '5 0', '5 soon', '5 10 "no"'],
}
for n in ('Host', 'User'):
    REFUSED[f'MaxTransfersPer{n}'] = [
        'RETR', 'RETR 0', 'RETR -1', 'RETR none', 'RETR 1 "a" b', 'ALL 1', 'READ 1', 'LIST 1',
        'RETR many', 'RETR 1 please wait', 'RETR,SITE 1', 'RETR 1 class near']
# ProFTPD takes a number that is none, or reads one of another kind.
STRICT = {'TransferRate': ['RETR 1000:-1', 'RETR 1000:', 'RETR 1e3', 'RETR 0x400', 'RETR inf']}
for prefix, lines in (('refused-form', REFUSED), ('strictvalue', STRICT)):
    for name, values in lines.items():
        for i, value in enumerate(values):
            case(f'{prefix}-{name}-{i}', f'{name} {value}\n', session(login=None), bare=True)
