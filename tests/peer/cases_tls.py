"""TLS: AUTH, PBSZ, PROT and CCC, TLSRequired everywhere, protocols, certificates, session reuse."""
import table
from table import session

ALICE = '/srv/home/alice'
MODULE = 'ModulePath {modules}\nLoadModule mod_tls.c\n'
KEYS = 'TLSECCertificateFile {certs}/ec.crt\nTLSECCertificateKeyFile {certs}/ec.key\n'
TLS = MODULE + 'TLSEngine on\n' + KEYS
FREE = TLS + 'TLSOptions NoSessionReuseRequired\n'


def case(name, conf, *parts, **more):
    table.case('tls-' + name, conf, *parts, **more)


# -- AUTH, PBSZ, PROT, CCC --------------------------------------------------

AFTER = ['PBSZ 0', 'PROT P', 'USER alice', 'PASS pw', 'PWD', 'RETR f']
for name, word in {'tls': 'TLS', 'small': 'tls', 'tls-c': 'TLS-C', 'ssl': 'SSL', 'tls-p': 'TLS-P',
                   'unknown': 'KERBEROS_V4', 'gssapi': 'GSSAPI', 'more': 'TLS 1.3'}.items():
    case(f'auth-{name}', FREE, f'AUTH {word}', *AFTER, login=None)
case('auth-nothing', FREE, 'AUTH', *AFTER, login=None)
case('auth-off', MODULE + KEYS + 'TLSEngine off', 'AUTH TLS', 'PBSZ 0', 'PROT P', 'PROT C', 'CCC',
     'only:AUTH FEAT', 'only:PROT FEAT', *AFTER[2:], login=None)
case('auth-clear', TLS, 'PBSZ 0', 'PROT P', 'PROT C', 'PBSZ', 'PROT', 'CCC', 'CCC x', login=None)
case('auth-clear-login', TLS, 'PBSZ 0', 'PROT P', 'CCC', 'RETR f', 'AUTH TLS', login='alice')
case('auth-twice', TLS, 'AUTH TLS', 'plain:AUTH TLS', 'PBSZ 0', 'PROT P', 'plain:AUTH SSL',
     'plain:AUTH x', 'PROT C', login=None)
case('auth-user', TLS, 'USER alice', 'AUTH TLS', 'PASS pw', 'PWD', login=None)
case('auth-failed', TLS, 'USER alice', 'PASS bad', 'AUTH TLS', 'USER alice', 'PASS pw', 'PWD',
     login=None)
case('auth-logged-in', TLS, session('plain:AUTH TLS', 'PWD', 'RETR f', tls=True, prot='P'))
case('auth-rein', TLS, session('REIN', 'PWD', tls=True, prot='P'))
case('auth-feat', TLS, *(f'only:{word} FEAT' for word in ('AUTH', 'PBSZ', 'PROT', 'CCC', 'SSCN')),
     'AUTH TLS', *(f'only:{word} FEAT' for word in ('AUTH', 'PBSZ', 'PROT', 'CCC', 'SSCN')),
     login=None)
for name, word in {'nothing': '', '0': ' 0', '1': ' 1', 'word': ' x', 'negative': ' -1',
                   'largest': ' 4294967295', 'larger': ' 4294967296', 'two': ' 0 0'}.items():
    case(f'pbsz-{name}', TLS, session(f'=PBSZ{word}', 'PROT P', login=None, tls=True))
for name, word in {'nothing': '', 'C': ' C', 'P': ' P', 'S': ' S', 'E': ' E', 'X': ' X',
                   'small': ' p', 'two': ' P x'}.items():
    case(f'prot-{name}', TLS, session(f'PROT{word}', 'PBSZ 0', f'PROT{word}', 'USER alice',
                                      'PASS pw', 'RETR f', 'STOR n << new', login=None, tls=True))
case('prot-changes', FREE, session('RETR f', 'PROT P', 'RETR f', 'PROT C', 'RETR f', 'PROT P',
                                   'LIST', 'NLST', 'MLSD', 'PROT C', 'LIST', tls=True, prot='C'))
for name, how in {'PASV': 'PASV:', 'PORT': 'PORT:', 'EPRT': 'EPRT:'}.items():
    case(f'prot-{name}', 'AllowOverwrite on\n' + FREE, session(
        how + 'RETR f', how + 'STOR f << new', how + 'APPE f << more', how + 'LIST', how + 'NLST',
        how + 'MLSD', how + 'RETR nowhere', how + 'RETR f', tls=True, prot='P'))
case('prot-ascii', FREE, session('RETR g', 'STOR n << a\nb\n', 'TYPE A', 'RETR g',
                                 'STOR m << a\nb\n',
                                 'RETR m', tls=True, prot='P'))
case('prot-rest', 'AllowOverwrite on\nAllowStoreRestart on\n' + FREE, session(
    'RETR big', 'REST 99990', 'RETR big', 'REST 3', 'STOR f << XY', 'RETR f', 'STOR empty << ',
    'RETR empty', tls=True, prot='P'), tree={'home/alice/big': '0123456789' * 10000})
case('prot-sscn', FREE, session('SSCN', 'SSCN ON', 'CPSV', 'SSCN OFF', tls=True, prot='P'))
for form in ('off', 'ctrl', 'auth', 'auth+data', 'auth+!data', 'data', '!data', 'on'):
    case('ccc-' + form, FREE + f'TLSRequired {form}', session(
        'only:CCC FEAT', 'CCC', 'PWD', 'PROT C', 'RETR f', tls=True,
        prot='C' if '!' in form else 'P'))
case('ccc-before-login', FREE + 'TLSRequired auth', session(
    'CCC', 'USER alice', 'PASS pw', 'PWD', login=None, tls=True))
for version in ('1.2', '1.3'):
    case('ccc-transfers-' + version, 'AllowOverwrite on\n' + TLS + 'TLSRequired auth', session(
        'CCC', 'RETR f', 'STOR f << new', 'fresh:STOR f << newer', 'PROT C', 'RETR f', 'PROT P',
        'RETR f',
        'CCC', 'plain:AUTH TLS', 'PBSZ 0', 'NOOP', tls=True, prot='P', version=version))
case('in-IfModule', f'{MODULE}<IfModule mod_tls.c>\nTLSEngine on\n{KEYS}</IfModule>\n'
     '<IfModule !mod_tls.c>\nUmask 077\n</IfModule>\n', session('STOR n << new', tls=True,
                                                                prot='P'))
case('prot-odd', TLS + 'AllowRetrieveRestart on', session(
    'none:RETR f', 'none:LIST', 'ABOR', 'STAT', 'REST 2', 'fresh:RETR f', 'RETR f', 'REST 2',
    'RETR f',
    'RETR nowhere', 'STOR nowhere/n << x', 'EPSV', 'PASV', 'none:RETR nowhere', 'STRU R', 'MODE B',
    'TYPE E',
    'USER alice', 'USER bob', 'PASS pw', 'ALLO 5', 'SITE HELP', 'XYZ', tls=True, prot='P'))


# -- TLSRequired --------------------------------------------------

FORMS = ('on', 'off', 'ctrl', 'data', '!data', 'auth', 'auth+data', 'auth+!data')
FORM_NAMES = {form: form.replace('!', 'no-').replace('+', '-') for form in FORMS}
BEFORE = ('SYST', 'NOOP', 'HELP', 'FEAT', 'CLNT x', 'HOST localhost', 'OPTS UTF8 ON', 'PWD', 'STAT',
          'PBSZ 0', 'PROT P', 'PROT C', 'TYPE I', 'EPSV', 'SITE HELP', 'ACCT x', 'XYZ')
LOGGED_IN = ('PWD', 'SYST', 'NOOP', 'HELP', 'OPTS UTF8 ON', 'CWD sub', 'CDUP', 'SIZE f', 'MLST f',
             'STAT f', 'LIST', 'NLST', 'MLSD', 'RETR f', 'STOR f << new', 'APPE f << more',
             'STOU << x',
             'MKD d', 'RMD d', 'RNFR g', 'RNTO h', 'DELE h', 'SITE CHMOD 600 f')
# how the connections of a session are protected
STATES = {'clear': {}, 'none': {'tls': True}, 'C': {'tls': True, 'prot': 'C'},
          'P': {'tls': True, 'prot': 'P'}}
STOU = [[r'\bftp\w{6}\b', 'ftpXXXXXX']]

for form in FORMS:
    for state, how in STATES.items():
        parts = [session(*LOGGED_IN, **how)]
        if state == 'clear':
            parts.insert(0, session(*BEFORE, login=None))
        case(f'required-{FORM_NAMES[form]}-{state}',
             f'AllowOverwrite on\n{FREE}TLSRequired {form}', *parts, mask=STOU)

ANONYMOUS = '<Anonymous /srv/anon>\nUser ftp\nGroup ftp\nUserAlias anonymous ftp\n' \
            'RequireValidShell off\nTLSRequired %s\n</Anonymous>\n'
BELOW = ('PWD', 'CWD pub', 'LIST', 'RETR file', 'CDUP', 'SYST', 'NOOP', 'RETR pub/file')
for form in FORMS:
    case(f'required-anonymous-{FORM_NAMES[form]}', FREE + ANONYMOUS % form,
         *(session(*BELOW, login=['anonymous', 'a@b.example'], **STATES[state])
           for state in ('clear', 'C', 'P')), session('PWD', 'RETR f'))
case('required-anonymous-open', f'{FREE}TLSRequired on\n' + ANONYMOUS % 'off',
     session('PWD', login=['anonymous', 'a@b.example']),
     session('LIST', 'PBSZ 0', 'PROT C', 'LIST', 'PROT P', 'LIST', login=['anonymous',
                                                                          'a@b.example'],
             tls=True),
     session('LIST', 'PROT C', 'LIST', login=['anonymous', 'a@b.example'], tls=True, prot='P'))
case('required-global', f'{FREE}<Global>\nTLSRequired data\n</Global>\n', session('LIST', 'RETR f'),
     session('LIST', 'RETR f', **STATES['P']))
case('required-twice', f'{FREE}TLSRequired off\nTLSRequired on\n', session('LIST', 'RETR f'))

SUB = ('LIST sub', 'LIST', 'RETR sub/f', 'RETR f', 'STOR sub/n << new', 'STOR n << new',
       'SIZE sub/f',
       'MKD sub/d', 'DELE sub/f', 'CWD sub', 'PWD', 'LIST', 'NLST', 'RETR deep/f', 'NOOP', 'CDUP',
       'RETR f')
for form in FORMS:
    for state in ('clear', 'C', 'P'):
        case(f'required-directory-{FORM_NAMES[form]}-{state}',
             f'{FREE}<Directory {ALICE}/sub>\nTLSRequired {form}\n</Directory>\n',
             session(*SUB, **STATES[state]))
for form in ('on', 'ctrl', 'data', '!data', 'auth'):
    for state in ('clear', 'C', 'P'):
        case(f'required-ftpaccess-{FORM_NAMES[form]}-{state}', FREE + 'AllowOverride on',
             session(*SUB, **STATES[state]),
             tree={'home/alice/sub/.ftpaccess': f'TLSRequired {form}\n'})
case('required-directory-off', FREE + f'TLSRequired on\n<Directory {ALICE}/sub>\nTLSRequired off\n'
     '</Directory>\n', session('RETR sub/f'), session('RETR sub/f', 'LIST sub', 'RETR f',
                                                      **STATES['C']))
case('required-directory-anonymous', FREE + '<Anonymous /srv/anon>\nUser ftp\nGroup ftp\n'
     'UserAlias anonymous ftp\nRequireValidShell off\n<Directory pub>\nTLSRequired data\n'
     '</Directory>\n</Anonymous>\n', *(session(*BELOW, 'RETR welcome',
                                               login=['anonymous', 'a@b.example'], **STATES[state])
                                       for state in ('clear', 'P')))

IFSESSION = 'LoadModule mod_ifsession.c\n'
for form in FORMS:
    case(f'required-per-user-{FORM_NAMES[form]}',
         TLS + f'TLSOptions NoSessionReuseRequired AllowPerUser\nTLSRequired {form}\n',
         session('PWD', 'RETR f', 'NOOP'), session('USER alice', 'PWD', 'PASS bad', 'SYST',
                                                   login=None),
         session('PWD', 'RETR f', **STATES['C']))
case('required-per-user-anonymous', TLS + 'TLSOptions NoSessionReuseRequired AllowPerUser\n'
     'TLSRequired on\n' + ANONYMOUS % 'off', session('PWD', 'RETR f'),
     session(*BELOW, login=['anonymous', 'a@b.example']))
case('required-per-user-ifuser', TLS.replace('LoadModule', IFSESSION + 'LoadModule', 1) +
     'TLSOptions NoSessionReuseRequired AllowPerUser\n<IfUser bob>\nTLSRequired on\n</IfUser>\n',
     session('PWD', 'RETR f'), session('PWD', 'RETR f', login='bob'),
     session('PWD', 'RETR f', login='bob', **STATES['P']))
case('required-ifuser', TLS.replace('LoadModule', IFSESSION + 'LoadModule', 1) +
     '<IfUser bob>\nTLSRequired on\n</IfUser>\n',
     session('PWD', 'RETR f'), session('PWD', 'RETR f', login='bob'),
     session('PWD', 'RETR f', login='bob', **STATES['C']))
for value in ('yes', 'control', 'both', 'ctrl+data', 'ctrl+!data', 'auth+ctrl', 'nonsense',
              '!ctrl'):
    case('required-word-' + value, FREE + f'TLSRequired {value}', session('PWD', 'RETR f'),
         session('PWD', 'RETR f', **STATES['C']), session('PWD', 'RETR f', **STATES['P']))
case('required-engine-off', MODULE + KEYS + 'TLSEngine off\nTLSRequired on', 'PWD', 'RETR f')


# -- TLSProtocol, TLSCipherSuite --------------------------------------------------

PROTOCOLS = {'default': None, '1.0': 'TLSv1', '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3',
             '1.2-1.3': 'TLSv1.2 TLSv1.3', 'all': 'ALL', 'all-1.3': 'ALL -TLSv1.3',
             'all-old': 'ALL -TLSv1 -TLSv1.1', 'sslv23': 'SSLv23', 'sslv3': 'SSLv3',
             'sslv3-1.2': 'SSLv3 TLSv1.2', 'nonsense': 'TLSv9'}
for name, words in PROTOCOLS.items():
    case('protocol-' + name, TLS + (f'TLSProtocol {words}\n' if words else ''),
         *(session('AUTH TLS', 'PBSZ 0', login=None, version=version)
           for version in ('1.0', '1.1', '1.2', '1.3')), bare=True)
SUITES = {'ecdsa': 'ECDHE-ECDSA-AES128-GCM-SHA256', 'rsa-alone': 'ECDHE-RSA-AES128-GCM-SHA256',
          'high': 'HIGH', 'anonymous': 'aNULL', 'none': 'NULL', 'nonsense': 'NOSUCHCIPHER',
          'old': 'RC4:DES', 'cbc': 'ECDHE-ECDSA-AES256-SHA',
          '1.3': 'TLSv1.3 TLS_AES_128_GCM_SHA256',
          '1.2': 'TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384', 'no-high': 'ALL:!HIGH:!MEDIUM',
          'order': 'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384'}
for name, words in SUITES.items():
    case('suite-' + name, TLS + f'TLSCipherSuite {words}\n',
         *(session('AUTH TLS', 'PBSZ 0', login=None, version=version, cipher=True)
           for version in ('1.2', '1.3')), bare=True)
for name, words in {'default': '', 'asked': 'TLSCipherSuite ALL:@SECLEVEL=0\n'}.items():
    case('suite-adh-' + name, TLS + words, session('AUTH TLS', login=None, version='1.2',
                                                   ciphers='ADH-AES128-SHA256:@SECLEVEL=0'),
                                                   bare=True)
case('suite-preference', TLS + 'TLSServerCipherPreference off\nTLSCipherSuite ' + SUITES['order'],
     session('AUTH TLS', login=None, version='1.2', cipher=True,
             ciphers='ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305'), bare=True)
case('suite-curve', TLS + 'TLSECDHCurve P-384', session('AUTH TLS', login=None), bare=True)
case('suite-curve-nonsense', TLS + 'TLSECDHCurve none-such', session('AUTH TLS', login=None),
     bare=True)
for name, words in {'ftp': ['ftp'], 'http': ['http/1.1'], 'both': ['h2', 'ftp']}.items():
    case('alpn-' + name, TLS, session('AUTH TLS', 'PBSZ 0', login=None, alpn=words), bare=True)
    case(f'alpn-{name}-off', TLS + 'TLSNextProtocol off\n',
         session('AUTH TLS', 'PBSZ 0', login=None, alpn=words), bare=True)


# -- certificates --------------------------------------------------

case('cert-none', MODULE + 'TLSEngine on', 'AUTH TLS', 'USER alice', 'PASS pw', 'PWD', login=None)
case('cert-missing', MODULE + 'TLSEngine on\n' + KEYS.replace('{certs}', '/mnt/nowhere'),
     'AUTH TLS', 'USER alice', 'PASS pw', login=None)
case('cert-wrong-key', TLS.replace('ec.key', 'renewed.key'),
     'AUTH TLS', 'USER alice', 'PASS pw', login=None)
case('cert-no-key', MODULE + 'TLSEngine on\nTLSECCertificateFile {certs}/ec.crt\n', 'AUTH TLS',
     'USER alice', 'PASS pw', login=None)
case('cert-rsa', TLS.replace('/ec.', '/rsa.').replace('TLSEC', 'TLSRSA'), 'AUTH TLS', 'PBSZ 0',
     login=None)
case('cert-rsa-as-ec', TLS.replace('/ec.', '/rsa.'), 'AUTH TLS', 'PBSZ 0', login=None)
case('cert-expired', TLS.replace('/ec.', '/expired.'), 'AUTH TLS', 'PBSZ 0', login=None)

CA = 'TLSCACertificateFile {certs}/ca.crt\n'
SHOWN = (None, 'alice', 'stranger', 'late', 'purpose')
for value in ('off', 'on', 'optional', 'required', None):
    case(f'verify-{value}', TLS + CA + (f'TLSVerifyClient {value}\n' if value else ''),
         *(session('PWD', tls=True, cert=cert, version='1.3') for cert in SHOWN),
         *(session('PWD', tls=True, cert=cert, version='1.2') for cert in SHOWN[:3]))
case('verify-no-ca', TLS + 'TLSVerifyClient on', session('PWD', tls=True, cert='alice'),
     session('PWD', tls=True))
case('verify-crl',
     TLS + CA + 'TLSVerifyClient on\nTLSCARevocationFile {certs}/crl-ca-revoked.pem\n',
     session('PWD', tls=True, cert='alice'), session('PWD', tls=True, cert='revoked'))
case('verify-depth', TLS + CA + 'TLSVerifyClient on\nTLSVerifyDepth 0',
     session('PWD', tls=True, cert='alice'))
case('verify-data', TLS + CA + 'TLSVerifyClient on', session(
    'RETR f', 'fresh:RETR f', 'STOR n << n', 'LIST', tls=True, prot='P', cert='alice'))
case('verify-data-fresh', FREE + CA + 'TLSVerifyClient on', session(
    'RETR f', 'fresh:RETR f', 'STOR n << n', tls=True, prot='P', cert='alice'))

USERNAMES = {'cn': 'CommonName', 'mail': 'EmailSubjAltName', 'oid': '1.3.6.1.4.1.55555.1.1',
             'off': 'off', 'nonsense': 'nonsense'}
for name, words in USERNAMES.items():
    case('username-' + name, TLS + CA + f'TLSVerifyClient optional\nTLSUserName {words}\n',
         *(session('PWD', 'RETR f', login=[user, 'x'], tls=True, cert=cert) for user, cert in (
             ('alice', 'alice'), ('bob', 'alice'), ('carol', 'email'), ('bob', 'bob'),
             ('alice', None), ('alice', 'stranger'), ('root', 'superuser'), ('nobody',
                                                                             'no-names'))))
case('username-required', TLS + CA + 'TLSVerifyClient on\nTLSUserName CommonName\nTLSRequired on\n',
     session('PWD', 'RETR f', tls=True, prot='P', cert='alice'), session('PWD', login='alice'),
     session('PWD', login='bob', tls=True, cert='alice'))
case('username-order', TLS + CA + 'TLSVerifyClient on\nTLSUserName CommonName\n'
     'AuthOrder mod_tls.c mod_auth_file.c\n', session('PWD', tls=True, cert='alice'),
     session('PWD', tls=True, cert='bob'))
case('username-case', TLS + CA + 'TLSVerifyClient on\nTLSUserName CommonName\n',
     session('PWD', login=['Alice', 'x'], tls=True, cert='alice'))
case('username-limit', TLS + CA + 'TLSVerifyClient on\nTLSUserName CommonName\n' +
     '<Limit LOGIN>\nDenyUser alice\n</Limit>\n', session('PWD', tls=True, cert='alice'))
case('username-ftpusers', TLS + CA + 'TLSVerifyClient on\nTLSUserName CommonName\n',
     session('PWD', tls=True, cert='alice'), etc={'ftpusers': 'alice\n'})
case('dot-login-none', TLS + CA + 'TLSVerifyClient on\nTLSOptions AllowDotLogin\n',
     session('PWD', tls=True, cert='alice'), session('PWD', login=['alice', 'bad'], tls=True,
                                                     cert='alice'))


# -- session reuse, refused handshakes and what they leave ----------------------

REUSE = ('RETR f', 'fresh:RETR f', 'RETR f', 'LIST', 'fresh:LIST', 'fresh:STOR f << new',
         'STOR g << new',
         'fresh:STOR n << new', 'fresh:APPE f << more', 'RETR f', 'NOOP')
for version in ('1.2', '1.3'):
    case('reuse-' + version, 'AllowOverwrite on\n' + TLS,
         session(*REUSE, tls=True, prot='P', version=version))
    case(f'reuse-{version}-not', 'AllowOverwrite on\n' + FREE,
         session(*REUSE, tls=True, prot='P', version=version))
    case(f'reuse-{version}-hidden', 'AllowOverwrite on\nHiddenStores on\n' + TLS,
         session('fresh:STOR f << new', 'fresh:STOR n << new', 'STOR g << new', tls=True, prot='P',
                 version=version))
    case(f'reuse-{version}-active', 'AllowOverwrite on\n' + TLS,
         session('PORT:RETR f', 'PORT:STOR f << new', 'EPRT:LIST', tls=True, prot='P',
                 version=version))
case('reuse-clear', 'AllowOverwrite on\n' + TLS, session(
    'clear:STOR f << some bytes that are no ClientHello', 'clear:STOR n << new',
    'clear:APPE g << more',
    'RETR f', 'NOOP', tls=True, prot='P'))
case('reuse-off', 'AllowOverwrite on\n' + TLS + 'TLSSessionCache off\n',
     session('RETR f', 'fresh:RETR f', 'STOR f << new', tls=True, prot='P'))
case('lost-upload', 'AllowOverwrite on\n' + TLS, session('lose:STOR f << abcdef', tls=True,
                                                         prot='P'))
case('lost-upload-new', TLS, session('lose:STOR n << abcdef', tls=True, prot='P'))


# -- implicit TLS, servers by name, addresses --------------------------------------------------

IMPLICIT = TLS + 'TLSOptions UseImplicitSSL NoSessionReuseRequired\n'
case('implicit', IMPLICIT, session('RETR f', 'LIST', 'PBSZ 0', 'PROT C', 'RETR f', 'PROT P',
                                   'RETR f',
                                   'CCC', tls='implicit'))
case('implicit-auth', IMPLICIT, session('plain:AUTH TLS', 'PBSZ 0', 'PROT P', 'only:AUTH FEAT',
                                        tls='implicit', login=None))
case('implicit-required', IMPLICIT + 'TLSRequired on', session('RETR f', 'NOOP', tls='implicit'))
HOSTS = TLS + 'ServerName one\nServerAlias one.example\n' \
    f'<VirtualHost 127.0.0.1>\nPort 21\nServerAlias two.example\nTLSEngine on\n{KEYS}' \
    'AuthOrder mod_auth_file.c\nAuthUserFile /mnt/passwd\nAuthGroupFile /mnt/group\n' \
    'DefaultRoot /srv/home/bob\n</VirtualHost>\n'
for name, sni in {'none': None, 'one': 'one.example', 'two': 'two.example',
                  'other': 'three.example'}.items():
    case('sni-' + name, HOSTS, session('HOST two.example', tls=True, sni=sni, login=None),
         session('PWD', tls=True, sni=sni))
case('sni-ignored', HOSTS + 'TLSOptions IgnoreSNI\n', session('PWD', tls=True, sni='three.example'))
case('sni-host', HOSTS, session('HOST one.example', 'AUTH TLS', 'NOOP', sni='one.example',
                                login=None))
case('masquerade', TLS + 'TLSMasqueradeAddress 203.0.113.9', session('=PASV', login='alice'),
     session('=PASV', 'EPSV', tls=True), mask=[[r',\d+,\d+\)', ',p,p)']])


# -- the other directives --------------------------------------------------

case('log', TLS + 'TLSLog /mnt/tls.log', session('PWD', tls=True))
case('log-none', TLS + 'TLSLog none', session('PWD', tls=True))
case('log-relative', TLS + 'TLSLog tls.log', session('AUTH TLS', login=None), bare=True)
case('handshake-late', TLS + 'TLSTimeoutHandshake 6', session('plain:AUTH TLS', '?', login=None),
     bare=True)
case('handshake-never', TLS + 'TLSTimeoutHandshake 0', session('AUTH TLS', login=None), bare=True)
case('chain', TLS.replace('/ec.',
                          '/chained.') + 'TLSCertificateChainFile {certs}/intermediate.crt\n',
     session('AUTH TLS', 'PBSZ 0', login=None), bare=True)
case('chain-missing', TLS + 'TLSCertificateChainFile /mnt/nowhere.crt\n',
     session('AUTH TLS', 'PBSZ 0', login=None), bare=True)
case('dh-missing', TLS + 'TLSDHParamFile /mnt/nowhere.pem\n', session('AUTH TLS', 'PBSZ 0',
                                                                      login=None),
     bare=True)
case('verify-path', TLS + 'TLSCACertificatePath {hashed}\nTLSCARevocationPath {hashed}\n'
     'TLSVerifyClient on\n', session('PWD', tls=True, cert='alice'), session('PWD', tls=True,
                                                                             cert='revoked'),
     session('PWD', tls=True, cert='stranger'))
case('verify-path-unhashed', TLS + 'TLSCACertificatePath /srv/home\nTLSVerifyClient on\n',
     session('PWD', tls=True, cert='alice'))
for words in ('crl', 'crl ocsp', 'nonsense'):
    case('verify-order-' + words.replace(' ', '-'),
         f'{TLS}{CA}TLSVerifyClient on\nTLSVerifyOrder {words}\n',
         session('PWD', tls=True, cert='alice'))
for word in ('NoCertRequest', 'AllowClientRenegotiations', 'ExportCertData', 'EnableDiags',
             'CommonNameRequired', 'Nonsense'):
    case('options-' + word, f'{TLS}TLSOptions {word}\n', session('PWD', tls=True))
case('options-two-lines', 'AllowOverwrite on\n' + TLS + 'TLSOptions StdEnvVars\n'
     'TLSOptions NoSessionReuseRequired\n', session('fresh:RETR f', 'fresh:STOR f << new', tls=True,
                                                    prot='P'))
case('protocols-ftp', TLS + 'Protocols ftp\n', session('PWD', tls=True), session('PWD'))
case('protocols-ftps', TLS + 'Protocols ftps\n', session('PWD', tls=True), session('PWD'))
case('limit-auth', TLS + '<Limit AUTH>\nDenyAll\n</Limit>\n', 'AUTH TLS', 'PBSZ 0', login=None)
case('limit-prot', TLS + '<Limit PROT>\nDenyAll\n</Limit>\n', session('PBSZ 0', 'PROT P', 'PROT C',
                                                                      tls=True))
case('limit-ccc', TLS + 'TLSRequired auth\n<Limit CCC>\nDenyAll\n</Limit>\n', session('CCC', 'PWD',
                                                                                      tls=True))
case('filter-auth', TLS + 'DenyFilter TLS\n', 'AUTH TLS', 'PBSZ 0', login=None)


# -- where they may stand, and what they take --------------------------------------------------

# What a server's directive may hold, and those that do nothing here.
ONE = {'TLSEngine': 'on', 'TLSRequired': 'data', 'TLSProtocol': 'TLSv1.2', 'TLSCipherSuite': 'HIGH',
       'TLSOptions': 'StdEnvVars', 'TLSLog': 'none', 'TLSVerifyClient': 'off',
       'TLSVerifyDepth': '5',
       'TLSUserName': 'CommonName', 'TLSECDHCurve': 'auto', 'TLSServerCipherPreference': 'on',
       'TLSTimeoutHandshake': '60', 'TLSMasqueradeAddress': '203.0.113.9', 'TLSNextProtocol': 'on',
       'TLSCACertificateFile': '{certs}/ca.crt', 'TLSECCertificateFile': '{certs}/ec.crt',
       'TLSCertificateChainFile': '{certs}/intermediate.crt'}
NO_EFFECT = {'TLSSessionCache': 'off', 'TLSRenegotiate': 'none', 'TLSStapling': 'off',
             'TLSSessionTickets': 'on'}
SECTIONS = {'Global': 'Global', 'Anonymous': 'Anonymous /srv/anon',
            'Directory': 'Directory /srv/anon',
            'Limit': 'Limit LOGIN'}


def verdict(directive, section):
    """What both say to this directive there: the beginning of the case's name."""
    if section == 'Global':
        lenient = directive in ('TLSMasqueradeAddress', 'TLSSessionCache')
        return 'lenient' if lenient else 'place'
    if directive == 'TLSRequired' and section != 'Limit':
        return 'place'
    return 'lenient' if directive in NO_EFFECT else 'refused'


for directive, value in {**ONE, **NO_EFFECT}.items():
    for name, section in SECTIONS.items():
        case(f'{verdict(directive, name)}-{directive}-in-{name}',
             f'{FREE}<{section}>\n{directive} {value}\n</{name}>\n', 'AUTH TLS', login=None,
             bare=True)

# by what both say: taken, refused by both, by in.ftpd alone, by 1.3.8 alone, too late for the start
VALUES = {
    'value': {'TLSEngine': ['YES'], 'TLSProtocol': ['tlsv1.2', 'ALL -SSLv3'],
              'TLSVerifyDepth': ['0'],
              'TLSECDHCurve': ['P-256:P-384', 'prime256v1'], 'TLSTimeoutHandshake': ['1m'],
              'TLSMasqueradeAddress': ['::1'], 'TLSLog': ['/mnt/nowhere/log']},
    'refused': {'TLSEngine': ['maybe', ''], 'TLSRequired': ['', 'data+ctrl'], 'TLSProtocol': [''],
                'TLSCipherSuite': ['', 'a b c'], 'TLSOptions': ['', 'UseImplicitSSL x'],
                'TLSVerifyClient': ['', 'maybe'], 'TLSVerifyDepth': ['', '-1'],
                'TLSUserName': ['', '1.2.x'], 'TLSECDHCurve': [''],
                'TLSServerCipherPreference': ['', 'maybe'], 'TLSTimeoutHandshake': ['', '-1', 'x'],
                'TLSMasqueradeAddress': ['', 'not an address'], 'TLSNextProtocol': ['', 'x'],
                'TLSCACertificateFile': ['', 'relative.pem'], 'TLSCACertificatePath': ['relative'],
                'TLSECCertificateFile': ['', 'relative.pem'], 'TLSLog': ['']},
    'strict': {'TLSEngine': ['on off'], 'TLSRequired': ['on off'], 'TLSVerifyDepth': ['x', '1000',
                                                                                      '5 5'],
               'TLSUserName': ['1', 'CommonName EmailSubjAltName'],
               'TLSTimeoutHandshake': ['99999999999']},
    'lenient': {'TLSRequired': ['AUTH'], 'TLSProtocol': ['TLSv1.2 +TLSv1.3', '+TLSv1.3'],
                'TLSOptions': ['stdenvvars'], 'TLSUserName': ['commonname'],
                'TLSMasqueradeAddress': ['no-such.invalid'],
                'TLSCACertificateFile': ['/mnt/nowhere.pem'],
                'TLSCACertificatePath': ['/mnt/nowhere']},
    'later': {'TLSCipherSuite': ['TLSv1.3 NOSUCH'], 'TLSECDHCurve': ['P-256:none-such']},
}
for kind, table_of in VALUES.items():
    for directive, values in table_of.items():
        for n, value in enumerate(values):
            case(f'{kind}-{directive}-{n}', f'{MODULE}{directive} {value}\nTLSEngine on\n{KEYS}',
                 'AUTH TLS', login=None, bare=True)

# -- the transfer log --------------------------------------------------

case('transfer-log', TLS + 'TransferLog /mnt/xfer\n',
     session('RETR f', 'STOR n << new', tls=True, prot='P'), session('!log xfer', login=None),
     files={'xfer': ''}, mask=[(r'\w{3} \w{3} [ \d]\d [\d:]+ \d{4} \d+ ', 'WHEN ')])
