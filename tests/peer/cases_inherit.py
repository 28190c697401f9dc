"""Where a value comes from (section 2.5): each directive in each place it may stand."""
from table import case, session

HOME = '/srv/home/alice'
ANONYMOUS = '<Anonymous /srv/anon>\nUser username\nGroup usergroup\nRequireValidShell off\n' \
            'UserAlias anonymous username\n'

# A directive: two values that differ, and what shows the difference in a directory.
VALUES = {
    'AllowOverwrite': ('on', 'off', ['STOR {}f << over', 'RNFR {}g', 'RNTO {}f']),
    'AllowStoreRestart': ('on', 'off', ['APPE {}f << more', 'REST 1', 'STOR {}g << X']),
    'AllowRetrieveRestart': ('off', 'on', ['REST 1', 'RETR {}f']),
    'Umask': ('077', '007 027', ['STOR {}n << n', 'MKD {}d']),
    'HiddenStores': ('on', 'off', ['STOR {}n << n', 'abort:STOR {}m << partial']),
    'DeleteAbortedStores': ('on', 'off', ['abort:STOR {}n << partial']),
    'DenyFilter': ('bad', 'good', ['STOR {}bad << x', 'STOR {}good << x']),
    'AllowFilter': ('^[a-z/]*$', '^[a-zA-Z/]*$', ['STOR {}Big << x', 'MKD {}sm', 'RETR {}1']),
    'PathDenyFilter': ('bad', 'good', ['STOR {}bad << x', 'MKD {}good', 'RNFR {}f', 'RNTO {}bad']),
    'PathAllowFilter': ('^[a-z/]*$', '^[a-zA-Z/]*$', ['STOR {}Big << x', 'MKD {}Dir']),
    'DirFakeMode': ('0400', '0640', ['LIST {}', 'MLST {}f']),
    'ListOptions': ('-a', '-d', ['LIST {}', 'NLST {}']),
    'ShowSymlinks': ('off', 'on', ['LIST {}', 'NLST {}']),
    'UseGlobbing': ('off', 'on', ['NLST {}*']),
    'AllowOverride': ('off', 'on', ['RETR {}f']),
    'UseSendfile': ('off', 'on', ['RETR {}f']),
    'TimesGMT': ('off', 'on', ['LIST {}']),
    'GroupOwner': ('~', 'usergroup', ['STOR {}n << n']),
    'HideNoAccess': ('on', 'off', ['NLST {}', 'LIST {}']),
    'HideFiles': ('^f$', '^g$', ['NLST {}', 'LIST {}']),
    'HideUser': ('alice', 'username', ['NLST {}', 'LIST {}']),
    'HideGroup': ('usergroup', 'users', ['NLST {}', 'LIST {}']),
}
# Where it may not stand: 1.3 and 1.7 of the tables.
NOT_IN = {'GroupOwner': 'server global', 'HideNoAccess': 'server global',
          'HideFiles': 'server global anonymous', 'HideUser': 'server global',
          'HideGroup': 'server global', 'ShowSymlinks': 'directory', 'UseGlobbing': 'directory',
          'TimesGMT': 'directory'}
FILES = {'f': 'hello', 'g': 'a longer text', 'locked': ('x', 0o600, 'root'), 'link': ('->', 'f')}
TREE = {f'home/alice/sub/{name}': what for name, what in FILES.items()}
for name, what in FILES.items():
    content, *more = what if isinstance(what, tuple) else (what,)
    owner = [] if content == '->' else [more[0] if more else 0o644, (more[1:] or ['username'])[0]]
    TREE[f'anon/pub/incoming/{name}'] = ('->', 'f') if content == '->' else (content, *owner)
for top in ('home/alice/sub', 'anon/pub/incoming'):
    TREE[f'{top}/.ftpaccess'] = '<Limit RETR>\nDenyAll\n</Limit>\n'
ONE_MORE = [[r"partial\+'", "partial'"]]

for name, (value, other, steps) in VALUES.items():
    mine, theirs = f'{name} {value}\n', f'{name} {other}\n'
    no = NOT_IN.get(name, '')
    for place, conf in {
            'server': mine, 'global': f'<Global>\n{mine}</Global>\n',
            'server-global': f'<Global>\n{theirs}</Global>\n{mine}',
            'directory': f'<Directory {HOME}/sub>\n{mine}</Directory>\n',
            'server-directory': f'{theirs}<Directory {HOME}/sub>\n{mine}</Directory>\n',
            'server-directory-above': f'{theirs}<Directory {HOME}>\n{mine}</Directory>\n'
                               f'<Directory {HOME}/sub>\nAllowAll\n</Directory>\n',
            'directory-directory': f'<Directory {HOME}/sub>\n{mine}</Directory>\n'
                                   f'<Directory {HOME}>\n{theirs}</Directory>\n',
            'anonymous': f'{ANONYMOUS}{mine}</Anonymous>\n',
            'server-anonymous': f'{theirs}{ANONYMOUS}{mine}</Anonymous>\n',
            'server-inherited': f'{mine}{ANONYMOUS}</Anonymous>\n',
            'anonymous-directory': f'{ANONYMOUS}{theirs}<Directory pub/incoming>\n{mine}'
                                   '</Directory>\n</Anonymous>\n'}.items():
        if any(word in no.split() for word in place.replace('inherited', 'server').split('-')):
            continue
        anonymous = 'anonymous' in place or 'inherited' in place
        top = 'pub/incoming/' if anonymous else 'sub/'
        case(f'inherit-{name}-{place}', conf, session(*[step.format(top) for step in steps],
             login='anonymous' if anonymous else 'alice', times=name == 'TimesGMT'),
             tree=TREE, mask=ONE_MORE, etc={'localtime': 'tz:EST5EDT,M3.2.0,M11.1.0'})
