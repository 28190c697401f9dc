"""The file's syntax, merging, <Directory>, .ftpaccess: sections 1 to 4."""
from table import case, session

HOME = '/srv/home/alice'

# -- section 1: words --------------------------------------------------

for name, conf in {
        'quotes': 'AccessGrantMsg "two words"\n',
        'quote-escape': 'AccessGrantMsg "a \\"quoted\\" word"\n',
        'backslash': 'AccessGrantMsg "a\\\\b"\n',
        'backslash-outside': 'AccessGrantMsg a\\b\n',
        'comment': '# AccessGrantMsg "no"\nAccessGrantMsg "yes" # not this\n',
        'comment-indented': '   # AccessGrantMsg "no"\n\t# nor this\nAccessGrantMsg "yes"\n',
        'hash-in-quotes': 'AccessGrantMsg "a # b"\n',
        'hash-in-word': 'AccessGrantMsg a#b\n',
        'continued': 'AccessGrantMsg \\\n"on two lines"\n',
        'continued-in-quotes': 'AccessGrantMsg "on two \\\nlines"\n',
        'continued-thrice': 'AccessGrantMsg \\\n\\\n\\\n"far"\n',
        'crlf': 'AccessGrantMsg "with CR"\r\n',
        'tabs': '\tAccessGrantMsg\t\t"tabs"\t\n',
        'case': 'aCCESSgRANTmSG "Case"\n',
        'blank-lines': '\n\n   \n\t\nAccessGrantMsg "x"\n\n',
        'quote-unbalanced': 'AccessGrantMsg "until the end\n',
        'quote-empty': 'AccessGrantMsg ""\n',
        'user': 'AccessGrantMsg "Hello %u, 100% of %x"\n',
        'long-value': f'AccessGrantMsg "{"x" * 400}"\n',
        'env': 'AccessGrantMsg "%{env:PATH}"\n',
        'define': 'Define YES\n<IfDefine YES>\nAccessGrantMsg "defined"\n</IfDefine>\n'
                  '<IfDefine !YES>\nAccessGrantMsg "undefined"\n</IfDefine>\n',
        'define-not': '<IfDefine YES>\nAccessGrantMsg "defined"\n</IfDefine>\n'
                      '<IfDefine !YES>\nAccessGrantMsg "undefined"\n</IfDefine>\n',
        'module': '<IfModule mod_core.c>\nAccessGrantMsg "core"\n</IfModule>\n'
                  '<IfModule mod_none.c>\nNoSuchDirective x\n</IfModule>\n',
        'module-not': '<IfModule !mod_none.c>\nAccessGrantMsg "none"\n</IfModule>\n',
        'module-nested': '<IfModule mod_none.c>\n<IfModule mod_core.c>\nBad\n</IfModule>\nBad\n'
                         '</IfModule>\nAccessGrantMsg "nested"\n',
        'bool-words': 'AccessGrantMsg "x"\nAllowOverwrite yes\nUseFtpUsers 0\nRootLogin FALSE\n',
        }.items():
    case(f'syntax-{name}', conf, session('PWD', welcome=True))

case('syntax-include', 'Include /mnt/inc\nAccessGrantMsg "second"\n', session(welcome=True),
     files={'inc': 'AccessGrantMsg "included"\n'})
case('syntax-include-pattern', 'Include /mnt/inc.d/*.conf\n', session(welcome=True),
     files={'inc.d/b.conf': 'AccessGrantMsg "b"\n', 'inc.d/a.conf': 'AccessGrantMsg "a"\n',
            'inc.d/c.other': 'Bad\n'})
case('syntax-include-directory', 'Include /mnt/inc.e\n', session(welcome=True),
     files={'inc.e/b': 'AccessGrantMsg "b"\n', 'inc.e/a': 'AccessGrantMsg "a"\n'})
case('syntax-include-missing', 'Include /mnt/nowhere\nAccessGrantMsg "x"\n', session(welcome=True))
case('syntax-include-missing-pattern', 'Include /mnt/nowhere/*.conf\n', 'PWD')
case('syntax-include-in-section', f'<Directory {HOME}>\nInclude /mnt/inc\n</Directory>\n',
     'DELE f', files={'inc': '<Limit DELE>\nDenyAll\n</Limit>\n'})
case('syntax-no-last-newline', 'Include /mnt/inc\n', session(welcome=True),
     files={'inc': 'AccessGrantMsg "no newline"'})

for name, conf in {
        'unknown': 'NoSuchDirective on\n', 'no-value': 'AllowOverwrite\n',
        'bad-bool': 'AllowOverwrite perhaps\n', 'bad-umask': 'Umask 999\n',
        'unclosed': f'<Directory {HOME}>\nUmask 077\n', 'unopened': '</Directory>\n',
        'wrong-close': f'<Directory {HOME}>\nUmask 077\n</Limit>\n',
        'nested-directory': f'<Directory {HOME}>\n<Directory {HOME}/sub>\n</Directory>\n'
                            '</Directory>\n',
        'relative-directory': '<Directory sub>\nUmask 077\n</Directory>\n',
        'wrong-context': f'<Directory {HOME}>\nDefaultRoot ~\n</Directory>\n',
        'class-in-directory': f'<Directory {HOME}>\n<Class x>\nFrom all\n</Class>\n</Directory>\n',
        'limit-empty': '<Limit>\nDenyAll\n</Limit>\n',
        'anonymous-root': '<Anonymous />\nUser ftp\n</Anonymous>\n',
        'relative-anonymous': '<Anonymous anon>\nUser ftp\n</Anonymous>\n',
        'defaultroot-relative': 'DefaultRoot sub\n', 'bad-regex': 'AllowFilter [\n',
        'bad-port': 'Port 99999\n', 'passiveports-order': 'PassivePorts 50000 49152\n',
        'bad-listoptions': 'ListOptions\n', 'bad-loglevel': 'SyslogLevel loud\n',
        'bad-debug': 'DebugLevel 11\n', 'bad-masquerade': 'MasqueradeAddress\n',
        'bad-number': 'MaxLoginAttempts x\n',
        'timeout-negative': 'TimeoutIdle -1\n', 'storeunique-slash': 'StoreUniquePrefix a/b\n',
        'user-unknown': 'User nosuchuser\n', 'group-unknown': 'Group nosuchgroup\n',
        'dirfakemode': 'DirFakeMode 9\n', 'umask-word': 'Umask rw\n',
        'from-outside': 'From all\n', 'satisfy': '<Class x>\nSatisfy some\nFrom all\n</Class>\n',
        'allow-outside': 'Allow from all\n', 'hidefiles-outside': 'HideFiles x\n',
        'ignorehidden-outside': 'IgnoreHidden on\n', 'useralias-one': 'UserAlias x\n',
        'userpassword-one': 'UserPassword alice\n', 'createhome': 'CreateHome maybe\n',
        'transfermode': 'DefaultTransferMode ebcdic\n', 'umask-none': 'Umask\n',
        'cidr': '<Limit ALL>\nAllow from 10.0.0.0/40\n</Limit>\n',
        'mask': '<Limit ALL>\nAllow from 10.0.0.0/255.0.0.0\n</Limit>\n',
        'cidr-class': '<Class x>\nFrom 10.0.0.0/40\n</Class>\n'}.items():
    case(f'refused-{name}', conf, session('PWD'))

# What 1.3.8 lets pass, and is a mistake all the same.
for name, conf in {
        'same-directory': f'<Directory {HOME}>\n</Directory>\n<Directory {HOME}>\n</Directory>\n',
        'bad-hidden': 'HiddenStores a/b\n', 'displayconnect-relative': 'DisplayConnect file\n',
        'umask-special': 'Umask 7022\n',
        'prefix-no-dot': '<Limit RETR>\nAllow from 127.1.1\n</Limit>\n'}.items():
    case(f'strict-{name}', conf, session('PWD'))

# -- section 2: merging --------------------------------------------------

ANON = '''<Anonymous /srv/anon>
User username
Group usergroup
UserAlias anonymous username
RequireValidShell off
{}
</Anonymous>
'''
UP = ['STOR pub/incoming/n << n', 'STOR pub/incoming/old << new', 'MKD pub/incoming/d']


def both(*steps):
    """alice and an anonymous user, each with his steps."""
    return session(*steps), session(*UP, login='anonymous')


STEPS = ['STOR n << n', 'MKD d', 'STOR f << over', 'STOR sub/n << n', 'STOR sub/f << over',
         'MKD sub/d', 'STOR sub/deep/n << n', 'STOR sub/deep/f << over']
for name, conf in {
        'none': '', 'first': 'Umask 077\nUmask 000\nAllowOverwrite on\nAllowOverwrite off\n',
        'global': '<Global>\nUmask 077\nAllowOverwrite on\n</Global>\n',
        'global-then-own': '<Global>\nUmask 077\nAllowOverwrite off\n</Global>\n'
                           'Umask 007\nAllowOverwrite on\n',
        'own-then-global': 'Umask 007\nAllowOverwrite on\n<Global>\nUmask 077\n'
                           'AllowOverwrite off\n</Global>\n',
        'two-globals': '<Global>\nUmask 077\nAllowOverwrite on\n</Global>\n'
                       '<Global>\nUmask 007\nAllowOverwrite off\n</Global>\n',
        'directory': f'Umask 077\n<Directory {HOME}/sub>\nAllowOverwrite on\n</Directory>\n',
        'directory-own': f'Umask 077\n<Directory {HOME}/sub>\nUmask 007\nAllowOverwrite on\n'
                         '</Directory>\n',
        'directory-nested': f'Umask 077\n<Directory {HOME}/sub/deep>\nAllowOverwrite on\n'
                            f'</Directory>\n<Directory {HOME}/sub>\nUmask 007 027\n</Directory>\n',
        'directory-star': f'<Directory {HOME}/*>\nUmask 077\nAllowOverwrite on\n</Directory>\n'
                          f'<Directory {HOME}/sub>\nUmask 027\n</Directory>\n',
        'directory-first-value': f'<Directory {HOME}/sub>\nUmask 027\nUmask 077\n</Directory>\n',
        'global-directory': f'<Global>\n<Directory {HOME}/sub>\nUmask 077\n</Directory>\n'
                            '</Global>\nUmask 007\n',
        'global-directory-same': f'<Global>\n<Directory {HOME}/sub>\nUmask 077\nAllowOverwrite on\n'
                                 f'</Directory>\n</Global>\n<Directory {HOME}/sub>\nUmask 007\n'
                                 '</Directory>\n',
        'global-directory-deeper': f'<Global>\n<Directory {HOME}/sub/deep>\nUmask 077\n'
                                   f'</Directory>\n</Global>\n<Directory {HOME}/sub>\nUmask 007\n'
                                   'AllowOverwrite on\n</Directory>\n',
        'umask-two': 'Umask 077 022\n', 'umask-zero': 'Umask 000\n', 'umask-one-digit': 'Umask 7\n',
        'umask-execute': 'Umask 0666 0777\n'}.items():
    case(f'merge-{name}', conf, *STEPS)

for name, server, inner in (
        ('inherits', 'Umask 077\nAllowOverwrite on\n', ''),
        ('own', 'Umask 077\nAllowOverwrite off\n', 'Umask 007\nAllowOverwrite on'),
        ('off', 'AllowOverwrite on\n', 'AllowOverwrite off'),
        ('global', '<Global>\nUmask 077\nAllowOverwrite on\n</Global>\n', ''),
        ('directory', '', '<Directory pub/incoming>\nUmask 077\nAllowOverwrite on\n</Directory>'),
        ('directory-own', 'Umask 007\n', 'Umask 077\n<Directory pub/incoming>\nAllowOverwrite on\n'
                                       '</Directory>'),
        ('server-directory', '<Directory /srv/anon/pub>\nUmask 077\nAllowOverwrite on\n'
                             '</Directory>\n', ''),
        ('server-directory-root', '<Directory />\nUmask 077\nAllowOverwrite on\n</Directory>\n',
         ''),
        ('server-directory-beside', '<Directory />\nUmask 077\n</Directory>\n',
         '<Directory pub>\nAllowOverwrite on\n</Directory>')):
    case(f'merge-anonymous-{name}', server + ANON.format(inner), *both('STOR n << n',
                                                                    'STOR f << over'))

# -- section 3: which <Directory> a path belongs to ------------------------------------------------

PATHS = ['f', 'sub/f', 'sub/deep/f', 'sub/deep/more/f', 'a/sub/f', 'a/b/sub/f', 'x*y/f', 'xay/f',
         'subway/f', '.hid/f', 'a/f']
DEEP = {}
for path in PATHS:
    parts = path.split('/')
    for n in range(1, len(parts)):
        DEEP['home/alice/' + '/'.join(parts[:n])] = None
    DEEP['home/alice/' + path] = 'data'
READ_ALL = [f'RETR {path}' for path in PATHS] + ['NLST .hid', 'CWD sub', 'RETR f', 'RETR ../f',
            'RETR ./deep/../f', 'RETR /srv/home/alice//sub/f', 'RETR /srv/home/./alice/sub/f']
DENY = '<Limit RETR>\nDenyAll\n</Limit>'
ALLOW = '<Limit RETR>\nAllowAll\n</Limit>'

for name, section in {
        'literal': 'sub', 'slash': 'sub/', 'star': 'sub/*', 'star-star': 'sub/*/*',
        'all': '*', 'inner-star': '*/sub', 'inner-star-star': '*/sub/*', 'file': 'sub/f',
        'question': 'su?', 'bracket': '[rst]ub', 'bracket-not': '[!s]ub', 'prefix': 'sub*',
        'suffix': '*b', 'file-glob': '*/f', 'escaped': 'x\\*y', 'raw-star-name': 'x*y',
        'missing': 'nowhere', 'deep': 'sub/deep', 'deep-star': 'sub/d*', 'extension': '*.txt',
        'hidden': '.hid', 'many-stars': '*/*/*', 'dots': 'sub/../sub', 'double-slash': '/sub',
        }.items():
    case(f'directory-{name}', f'<Directory {HOME}/{section}>\n{DENY}\n</Directory>\n', *READ_ALL,
         tree=DEEP)
for name, section in {'root': '/', 'home': HOME, 'tilde': '~', 'tilde-slash': '~/',
                      'tilde-sub': '~/sub', 'tilde-star': '~/*', 'tilde-user': '~alice/sub',
                      'tilde-other': '~bob/sub', 'tilde-unknown': '~nobodyhere/sub',
                      'variable': '/srv/home/%u/sub', 'homes': '/srv/home/*/sub',
                      'upper': '/srv/home/ALICE/sub', 'srv-star': '/srv/*',
                      'slash-star': '/*'}.items():
    case(f'directory-{name}', f'<Directory {section}>\n{DENY}\n</Directory>\n',
         session(*READ_ALL), session('RETR f', 'RETR sub/f', login='bob'), tree=DEEP)

# The same below a jail: sections name the host's paths.
for name, section in {'host': f'{HOME}/sub', 'client': '/sub', 'tilde': '~/sub',
                      'root': '/', 'star': '/srv/home/*/sub'}.items():
    case(f'directory-jail-{name}', f'DefaultRoot ~\n<Directory {section}>\n{DENY}\n</Directory>\n',
         'RETR f', 'RETR sub/f', 'RETR /sub/deep/f', 'CWD sub', 'RETR f', 'RETR ../sub/f',
         'RETR //sub///f', tree=DEEP)

# Several sections: order in the file, nesting, exact and wildcard.
for n, (first, second) in enumerate((
        ('sub', 'sub/deep'), ('sub/deep', 'sub'), ('*', 'sub'), ('sub', '*'), ('sub/*', 'sub'),
        ('sub', 'sub/*'), ('sub/deep', 'sub/*'), ('sub/*', 'sub/deep'), ('s*', '*b'),
        ('*b', 's*'), ('*/deep', 'sub'), ('sub', '*/deep'), ('*', 'sub/deep'), ('sub/deep/*', '*'),
        ('sub/deep/f', 'sub/*'), ('sub/*', 'sub/deep/f'), ('', 'sub'), ('*/f', 'sub/deep'),
        ('sub', 'subway'), ('a/*', 'a/b'), ('a', 'a/*/sub'), ('*/sub', 'a/b'))):
    for verdict in ('deny-allow', 'allow-deny'):
        limits = (DENY, ALLOW) if verdict == 'deny-allow' else (ALLOW, DENY)
        conf = ''.join(f'<Directory {(HOME + "/" + path).rstrip("/")}>\n{body}\n</Directory>\n'
                       for path, body in zip((first, second), limits))
        case(f'directories-{n}-{verdict}', conf, *[f'RETR {path}' for path in PATHS], tree=DEEP)

# A chain of three, whose middle says nothing.
case('directories-silent-middle', f'''
<Directory {HOME}>
{DENY}
</Directory>
<Directory {HOME}/sub>
Umask 077
</Directory>
<Directory {HOME}/sub/deep>
AllowOverwrite on
</Directory>
''', 'RETR sub/deep/f', 'STOR sub/deep/n << n', 'STOR sub/deep/f << n', 'STOR sub/f << n')

# Links: the section of the target decides.
LINKS = {'home/alice/tosub': ('->', 'sub'), 'home/alice/tof': ('->', 'sub/f'),
         'home/alice/abs': ('->', '/srv/home/alice/sub'), 'home/alice/free': None,
         'home/alice/sub/up': ('->', '../free'), 'home/alice/free/f': 'free',
         'home/alice/dangling': ('->', 'nowhere')}
for name, section in (('target', 'sub'), ('link', 'tosub'), ('file', 'tof'), ('free', 'free')):
    case(f'directory-link-{name}', f'<Directory {HOME}/{section}>\n<Limit ALL>\nDenyAll\n</Limit>\n'
         '</Directory>\n', 'RETR tosub/f', 'RETR tof', 'RETR abs/f', 'RETR sub/up/f', 'RETR free/f',
         'SIZE tof', 'MDTM tosub/f', 'CWD tosub', 'CWD /srv/home/alice', 'STOR tosub/n << n',
         'STOR sub/up/n << n', 'MKD abs/d', 'DELE tof', 'RETR dangling', tree=LINKS)

# Inside <Anonymous>.
for name, section in {'relative': 'pub', 'relative-slash': 'pub/incoming/', 'star': '*',
                      'relative-star': 'pub/*', 'absolute-client': '/pub',
                      'absolute-host': '/srv/anon/pub', 'dot': './pub',
                      'tilde': '~/pub'}.items():
    case(f'directory-anonymous-{name}', ANON.format(
        f'<Directory {section}>\n<Limit RETR STOR>\nDenyAll\n</Limit>\n</Directory>'),
        session('RETR welcome', 'RETR pub/file', 'RETR pub/incoming/old',
                'STOR pub/incoming/n << n', login='anonymous'))
for name, outer, inner in (('server-only', '/srv/anon/pub', None), ('server-root', '/', None),
                           ('server-and-inner', '/srv/anon', 'pub'),
                           ('server-beside', '/srv/anon/pub', 'Private')):
    case(f'directory-anonymous-{name}', f'<Directory {outer}>\n{DENY}\n</Directory>\n' +
         ANON.format(
        f'<Directory {inner}>\n{ALLOW}\n</Directory>' if inner else ''),
        session('RETR welcome', 'RETR pub/file', 'RETR pub/incoming/old', login='anonymous'),
        session('RETR /srv/anon/pub/file'))

# -- section 4: .ftpaccess --------------------------------------------------

FTPACCESS = {'allow': ALLOW, 'deny': DENY, 'all': '<Limit ALL>\nDenyAll\n</Limit>',
             'denyall': 'DenyAll', 'umask': 'Umask 077\nAllowOverwrite on',
             'hide': 'HideFiles ^f$', 'filter': 'PathDenyFilter ^n',
             'list': 'ListOptions -a', 'fake': 'DirFakeUser on nobody\nDirFakeGroup on nogroup\n'
                                               'DirFakeMode 0400',
             'restart': 'AllowStoreRestart on\nAllowOverwrite on', 'group': 'GroupOwner users'}
ACCESS_STEPS = ['RETR f', 'RETR sub/f', 'RETR sub/deep/f', 'STOR sub/n << n', 'STOR sub/f << over',
                'APPE sub/f << more', 'MKD sub/d', 'LIST sub', 'NLST sub', 'LIST sub/deep',
                'CWD sub', 'RETR f', 'CDUP']
for name, text in FTPACCESS.items():
    for place in ('sub', 'home'):
        path = 'home/alice/sub/.ftpaccess' if place == 'sub' else 'home/alice/.ftpaccess'
        case(f'ftpaccess-{name}-{place}', 'AllowOverride on\n', *ACCESS_STEPS,
             tree={path: text + '\n'})
for name, conf in {
        'default': '', 'off': 'AllowOverride off\n',
        'off-global': '<Global>\nAllowOverride off\n</Global>\n',
        'off-in-directory': f'<Directory {HOME}/sub>\nAllowOverride off\n</Directory>\n',
        'on-in-directory': f'AllowOverride off\n<Directory {HOME}/sub>\nAllowOverride on\n'
                           '</Directory>\n',
        'on-deeper': f'AllowOverride off\n<Directory {HOME}/sub/deep>\nAllowOverride on\n'
                     '</Directory>\n',
        'jail': 'DefaultRoot ~\n',
        'same-path': f'<Directory {HOME}/sub>\nUmask 007\n{ALLOW}\n</Directory>\n',
        'above': f'<Directory {HOME}>\nUmask 007\n{ALLOW}\n</Directory>\n',
        'below': f'<Directory {HOME}/sub/deep>\nUmask 007\n{ALLOW}\n</Directory>\n',
        'server-limit': f'{ALLOW}\nUmask 007\n'}.items():
    case(f'ftpaccess-{name}', conf, *ACCESS_STEPS,
         tree={'home/alice/sub/.ftpaccess': f'Umask 077\nAllowOverwrite on\n{DENY}\n'})
case('ftpaccess-two', '', *ACCESS_STEPS,
     tree={'home/alice/.ftpaccess': f'Umask 077\n{DENY}\n',
           'home/alice/sub/.ftpaccess': f'AllowOverwrite on\n{ALLOW}\n'})
case('ftpaccess-written-later', '', 'RETR sub/f',
     f'!write home/alice/sub/.ftpaccess {DENY}'.replace(
     '\n', '\\n'), 'RETR sub/f', '!remove home/alice/sub/.ftpaccess', 'RETR sub/f')
case('ftpaccess-include', '', 'RETR sub/f', 'STOR sub/n << n',
     tree={'home/alice/sub/.ftpaccess': 'Include /mnt/inc\nUmask 077\n'},
     files={'inc': DENY + '\n'})
for name, text in (('unknown', 'NoSuch on\n'), ('context', 'DefaultRoot ~\n'),
                   ('unclosed', '<Limit RETR>\nDenyAll\n'), ('value', 'Umask 999\n')):
    case(f'ftpaccess-faulty-{name}', '', 'RETR sub/f', 'NLST sub', 'STOR sub/n << n', 'CWD sub',
         'RETR f', 'CDUP', 'RETR f', tree={'home/alice/sub/.ftpaccess': text})
case('ftpaccess-anonymous', ANON.format(''), session('RETR pub/file', 'RETR welcome',
     login='anonymous'), tree={'anon/pub/.ftpaccess': DENY + '\n'})
case('ftpaccess-anonymous-off', ANON.format('AllowOverride off'),
     session('RETR pub/file', login='anonymous'), tree={'anon/pub/.ftpaccess': DENY + '\n'})
