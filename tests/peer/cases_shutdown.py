"""/etc/shutmsg: who is let in while it is there."""
from table import case, session

LAST = '2001 01 01 00 00 00 0000 0000\n'
NEXT = '2099 01 01 00 00 00 0010 0005\n'
TRIES = [session('PWD'), session('PWD', login=None)]

for shut_name, text in {
        'past': LAST + 'gone for good\n', 'past-silent': LAST, 'future': NEXT + 'one day\n',
        'future-denied': '2099 01 01 00 00 00 9999 0000\nfar ahead\n',
        'short': '2001 01 01 00 00 00\nno windows\n',
        'empty': '', 'garbage': 'tomorrow at six\nperhaps\n'}.items():
    case(f'shutmsg-{shut_name}', 'ServerName "a name"\n', *TRIES, etc={'shutmsg': text})
