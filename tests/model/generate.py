"""
Random configurations and questions, the same for the same seed, over a small tree that the test
makes. Left out is what directives.md leaves open, where two readings of it would differ.
"""
import os
import pathlib
import random

HASH = '$5$rounds=1000$inftpdtest$bhlbETACdtZiBpqiHDtxsMwIaYauqZNymlW7tUgLAd7'

# Groups in the order of a session's: the primary one first.
USERS = {'alice': ['users', 'staff'], 'bob': ['users'], 'carol': ['staff', 'users', 'wheel'],
         'dave': ['others'], 'ftp': ['ftp'], 'guest': ['guests']}
REAL = ['alice', 'bob', 'carol', 'dave']
GROUPS = sorted({group for groups in USERS.values() for group in groups})
CLASSES = ['near', 'far', 'lab']

DIRECTORIES = [f'home/{user}{sub}' for user in USERS for sub in ('', '/sub', '/sub/deep')] + [
    'home', 'srv', 'srv/a', 'srv/a/sub', 'srv/ab', 'srv/b', 'srv/b/sub', 'srv/b/sub/sub',
    'anon', 'anon/pub', 'anon/pub/in', 'anon/pub/in/sub', 'anon/private', 'guest', 'guest/pub']
LINKS = {'home/ln': 'home/bob', 'home/alice/ln': 'home/alice/sub', 'srv/ln': 'home/carol',
         'srv/a/ln': 'srv/b/sub', 'srv/l': 'srv', 'anon/ln': 'anon/pub/in',
         'anon/pub/in/up': 'anon'}
VERBS = {
    'file': 'RETR SIZE MDTM APPE DELE STOR RNFR MFMT LIST NLST STAT MLST RNTO'.split()
            + ['SITE CHMOD', 'SITE CHGRP'],
    'directory': 'CWD XCWD LIST NLST MLSD MLST STAT RMD XRMD RNFR MDTM'.split()
                 + ['SITE CHMOD', 'SITE CHGRP'],
    'new': 'STOR APPE MKD XMKD RNTO'.split(),
    # Without a pathname: about the current directory.
    'none': 'PWD XPWD CDUP XCUP NOOP FEAT HELP PASV EPSV PORT EPRT OPTS SYST TYPE REST'.split()
            + 'STAT LIST NLST MLSD MLST'.split()}
KINDS = ['file', 'file', 'directory', 'directory', 'new', 'new', 'none']
NAMES = sorted({verb.replace(' ', '_') for verbs in VERBS.values() for verb in verbs}
               - {'SYST', 'TYPE', 'REST'} | {'STOU', 'SITE', 'MFF'})
ADDRESSES = ['10.1.1.5', '10.1.1.7', '10.1.2.7', '10.2.2.2', '192.0.2.1', '2001:db8::7',
             '2001:db8:1::7', '::ffff:10.1.1.7']
HOSTS = ['host.example.org', 'other.example.org', 'example.org', 'a.b.example.net']
ITEMS = ['10.1.1.7', '10.1.1.', '10.', '10.1.0.0/16', '10.1.1.77/24', '0.0.0.0/0', '10.1.1.[4-6]',
         '10.1.*', '10.?.2.2', '2001:db8::/32', '2001:DB8:0::7', '::/0', '192.0.2.1',
         'Host.Example.org', '.example.org', '*.ex?mple.org', 'a.b.example.net']
FILTERS = ['f$', '/sub', '^/[a-h]', r'"\\.\\."', 'NEW NC', '//', '"sub|new"', 'deep']


class Site:
    """Where everything lies, and who there is."""

    def __init__(self, top):
        self.top = pathlib.Path(top)
        self.accounts = {user: (f'{top}/home/{user}' if user != 'ftp' else f'{top}/anon', groups)
                         for user, groups in USERS.items()}
        self.directories = {f'{top}/{name}' for name in DIRECTORIES}
        self.files = {f'{name}/f' for name in self.directories}
        self.links = {f'{top}/{link}': f'{top}/{to}' for link, to in LINKS.items()}

    def make(self):
        for name in sorted(self.directories):
            pathlib.Path(name).mkdir(parents=True)
        for name in self.files:
            pathlib.Path(name).touch()
        for link, to in self.links.items():
            os.symlink(os.path.relpath(to, os.path.dirname(link)), link)
        gids = {group: 61200 + n for n, group in enumerate(GROUPS)}
        self.write('passwd', ''.join(
            f'{user}:{HASH}:{61200 + n}:{gids[groups[0]]}::{self.accounts[user][0]}:/bin/sh\n'
            for n, (user, groups) in enumerate(USERS.items())))
        self.write('group', ''.join(
            '%s:x:%d:%s\n' % (group, gid, ','.join(u for u in USERS if group in USERS[u][1:]))
            for group, gid in gids.items()))

    def write(self, name, text):
        (self.top / name).write_text(text)
        (self.top / name).chmod(0o600)

    def base(self):
        return ['AuthPAM off', 'AuthOrder mod_auth_file.c', f'AuthUserFile {self.top}/passwd',
                f'AuthGroupFile {self.top}/group', 'RequireValidShell off', 'UseFtpUsers off',
                'AllowOverwrite on', 'AllowStoreRestart on', 'AllowOverride off',
                'WtmpLog off', 'TransferLog none']


def block(kind, name, body):
    return [f'<{kind} {name}>' if name else f'<{kind}>', *body, f'</{kind}>']


class Generator:
    def __init__(self, seed, site):
        self.r = random.Random(seed)
        self.site = site
        self.used = set()       # names of Directory sections, each once
        self.own = []           # those that a server has outside of a conditional body
        self.style = self.r.choice(['plain', 'plain', 'tilde', 'user', 'percent'])
        self.classes = self.r.sample(CLASSES, self.r.choice([0, 0, 1, 2, 3]))
        self.has_host = self.chance(0.1)
        self.aliases = []

    def chance(self, p):
        return self.r.random() < p

    def some(self, things, most):
        return self.r.sample(things, self.r.randint(1, min(most, len(things))))

    def case(self, word):
        return self.r.choice([word, word, word, word.lower(), word.upper()])

    # What a Limit says

    def expression(self, names):
        if self.chance(0.12):
            return 'regex ' + self.r.choice(['^%s$', '%s', '^%.2s']) % self.r.choice(names)
        terms = [('!' if self.chance(0.25) else '') + name for name in self.some(names, 3)]
        how = self.r.choice(['', '', '', 'AND ', 'OR '])
        return how + self.r.choice([',', ',', ' ']).join(terms)

    def addresses(self):
        if self.chance(0.1):
            return self.r.choice(['from all', 'all', 'from none'])
        terms = [('!' if self.chance(0.25) else '') + item for item in self.some(ITEMS, 3)]
        return self.r.choice(['from ', 'from ', '']) + self.r.choice([' ', ',']).join(terms)

    def rule(self, login=False):
        side = self.r.choice(['Allow', 'Deny'])
        kinds = ['All'] * 4 + ['', '', 'User', 'User', 'Group', 'Group', 'Class', 'Filter']
        kind = self.r.choice(kinds)
        if kind == 'Class' and not self.classes or kind == 'Filter' and login:
            kind = 'All'
        argument = {'All': lambda: '', '': self.addresses,
                    'User': lambda: self.expression(list(USERS)),
                    'Group': lambda: self.expression(GROUPS),
                    'Class': lambda: self.expression(self.classes),
                    'Filter': lambda: self.r.choice(FILTERS)}[kind]()
        return f'{self.case(side + kind)} {argument}'.strip()

    def rules(self, login=False):
        lines = {}
        for _ in range(self.r.choice([1, 1, 1, 2, 2, 3, 4])):
            line = self.rule(login)
            name = line.split()[0].lower()
            # A second filter of a kind does not count; AllowAll twice says nothing.
            lines.setdefault(name if name.endswith(('filter', 'all')) else line, line)
        lines = list(lines.values())
        for _ in range(self.r.choice([0] * 13 + [1] * 6 + [2])):
            lines.insert(self.r.randint(0, len(lines)), 'Order ' + self.r.choice(
                ['deny,allow', 'deny,allow', 'deny, allow', 'allow,deny', 'Allow,Deny']))
        return lines

    def limit(self):
        names = []
        for _ in range(self.r.choice([1, 1, 2, 3])):
            names += [self.r.choice(self.r.choice([['READ'], ['WRITE'], ['DIRS'], ['ALL'], NAMES,
                                                   NAMES, NAMES]))]
        names = [self.case(name) for name in dict.fromkeys(names)]
        return block('Limit', self.r.choice([' ', ' ', ',']).join(names), self.rules())

    def login_limit(self):
        return block('Limit', 'LOGIN', self.rules(login=True))

    def limits(self, counts):
        return [self.limit() for _ in range(self.r.choice(counts))]

    # Where it stands

    def glob(self, name):
        """A section's name for a directory: literal, or a pattern that its path fits."""
        parts = name.split('/')
        if self.chance(0.3):
            at = self.r.randrange(len(str(self.site.top).split('/')), len(parts))
            part = parts[at]
            parts[at] = self.r.choice(['*', '?' * len(part), part[0] + '*', '[a-h]' + part[1:],
                                       '*' + part[-1]])
        name = '/'.join(parts)
        return name + self.r.choice(['', '', '', '/', '/*'] if name[-1] != '*' else ['', '/'])

    def home_name(self):
        sub = self.r.choice(['', '/sub', '/sub/deep', '/sub/*', '/*'])
        if self.style == 'tilde':
            return '~' + (sub if sub != '/*' else '')
        if self.style == 'user':
            return '~' + self.r.choice(REAL) + sub
        return f'{self.site.top}/home/%u{sub}'

    def directory_name(self, root=None):
        """A name that no other section has, or None; relative ones below an Anonymous's root."""
        top = str(self.site.top)
        if root:
            name = self.r.choice(['pub', 'pub/', 'pub/*', 'pub/in', 'pub/in/', 'pub/in/sub', '*/in',
                                  'p*', 'private', 'pu?', 'pub/[a-k]n', 'pub/in/*'])
            if self.chance(0.3):
                name = f'{root}/{name}'
            elif self.chance(0.1):
                name = '/pub'
            full = name if name[0] == '/' else f'{root}/{name}'
        elif self.style != 'plain' and self.chance(0.5):
            full = name = self.home_name()
        else:
            below = [d for d in sorted(self.site.directories)
                     if self.style == 'plain' or '/home' not in d]
            full = name = self.r.choice([top, '/', '/*', self.glob(self.r.choice(below)),
                                         *(self.glob(self.r.choice(below)) for _ in range(9))])
        key = full.rstrip('/')
        if key in self.used:
            return None
        self.used.add(key)
        return name

    def directory(self, root=None, name=None):
        name = name or self.directory_name(root)
        if not name:
            return []
        body = self.limits([0, 1, 1, 1, 2])
        if self.chance(0.12):
            body.append([self.r.choice(['DenyAll', 'DenyAll', 'AllowAll'])])
            if self.chance(0.25):
                body.append(['AllowAll' if body[-1] == ['DenyAll'] else 'DenyAll'])
        if self.chance(0.05):
            body.append(self.login_limit())
        # Whether a section without a word is one is not said.
        return block('Directory', name, self.mixed(body or [['Umask 022']]))

    def directories(self, counts, root=None):
        return [self.directory(root) for _ in range(self.r.choice(counts))]

    def mixed(self, blocks):
        self.r.shuffle(blocks)
        return [line for lines in blocks for line in lines]

    def anonymous(self, user, root):
        path = self.r.choice([root, '~' + user]) if user == 'ftp' else root
        body = [['User ' + user], ['Group ' + USERS[user][0]],
                *self.limits([0, 1, 2, 3]), *self.directories([0, 1, 2, 3, 4], root)]
        if self.chance(0.25):
            body.append(self.directory(name='*'))
        if self.chance(0.5):
            alias = {'ftp': 'anonymous', 'guest': 'visitor'}[user]
            body.append([f'UserAlias {alias} {user}'])
            self.aliases += [alias, user]
            if self.chance(0.4):
                body.append(['AuthAliasOnly on'])
        if self.chance(0.3):
            body.append(self.login_limit())
        if self.chance(0.06):
            body.append([self.r.choice(['DenyAll', 'AllowAll'])])
        return block('Anonymous', path, self.mixed(body))

    def class_(self, name):
        body = []
        every = self.chance(0.35)
        for _ in range(self.r.choice([1, 1, 2, 3])):
            terms = [('!' if self.chance(0.3) else '') + item for item in self.some(ITEMS, 2)]
            body.append('From ' + ' '.join(terms))
        if every or self.chance(0.2):
            body.insert(self.r.randint(0, len(body)), 'Satisfy ' + ('all' if every else 'any'))
        return block('Class', name, body)

    def conditional(self, anonymous):
        kind = self.r.choice(['IfUser', 'IfUser', 'IfGroup', 'IfClass'])
        if kind == 'IfClass' and not self.classes:
            kind = 'IfGroup'
        names = {'IfUser': list(USERS), 'IfGroup': GROUPS, 'IfClass': self.classes}[kind]
        body = self.limits([0, 1, 1, 2]) + self.directories([0, 0, 1, 2])
        if self.chance(0.2) and (kind == 'IfClass' or not anonymous):
            body.append(self.login_limit())
        return block(kind, self.expression(names), self.mixed(body))

    def default_root(self):
        top = self.site.top
        path = self.r.choice(['~', '~', '/', f'{top}', f'{top}/srv/a', f'{top}/home/%u/sub',
                              f'{top}/home'])
        return [f'DefaultRoot {path}' + (' ' + ','.join(
            ('!' if self.chance(0.3) else '') + g for g in self.some(GROUPS, 2))
            if self.chance(0.5) else '')]

    def server(self, anonymous=True):
        blocks = self.limits([0, 1, 1, 2, 3])
        for _ in range(self.r.choice([0, 1, 2, 3, 5, 8])):
            name = self.directory_name()
            blocks.append(self.directory(name=name) if name else [])
            self.own += [name] if name and not self.has_host else []
        blocks += [self.default_root() for _ in range(self.r.choice([0, 0, 0, 1, 2]))]
        blocks += [self.conditional(anonymous) for _ in range(self.r.choice([0, 0, 1, 2]))]
        blocks += [self.login_limit() for _ in range(self.r.choice([0, 0, 0, 0, 0, 0, 1, 1, 2]))]
        if anonymous:
            top = self.site.top
            if self.chance(0.5):
                blocks.append(self.anonymous('ftp', f'{top}/anon'))
            if self.chance(0.2):
                blocks.append(self.anonymous('guest', f'{top}/guest'))
        if self.chance(0.15) and self.style != 'percent':
            alias, real = self.r.choice([('al', 'alice'), ('robert', 'bob'), ('*', 'dave')])
            blocks.append([f'UserAlias {alias} {real}'])
            self.aliases.append(alias.replace('*', 'nobody-else'))
            if not anonymous and self.chance(0.5):
                blocks.append(['AuthAliasOnly on'])
        return blocks

    def shared(self):
        """<Global>: a section of a server's own name in it is hidden."""
        body = self.limits([0, 1, 1, 2]) + self.directories([0, 1, 2])
        if self.own and self.chance(0.5):
            body.append(self.directory(name=self.own.pop(self.r.randrange(len(self.own)))))
        if self.chance(0.15):
            body.append(self.login_limit())
        return block('Global', '', self.mixed(body))

    def configuration(self):
        blocks = self.server(anonymous=self.chance(0.8))
        classes = [line for name in self.classes for line in self.class_(name)]
        blocks.append(block('Global', '', classes) if self.has_host else classes)
        for _ in range(self.r.choice([0, 0, 1, 1, 2])):
            blocks.append(self.shared())
        if self.has_host:
            blocks.append(block('VirtualHost', '10.9.9.1', self.mixed(
                self.server(False) + [self.site.base()])))
            blocks.append(['DefaultAddress 10.9.9.2'])
        if self.chance(0.08):
            blocks.append(['UseReverseDNS off'])
        return self.site.base() + self.mixed(blocks)

    # What is asked

    def who(self):
        query = {'user': self.r.choice(REAL + ['ftp', 'guest'] + self.aliases * 2),
                 'addr': self.r.choice(ADDRESSES)}
        if self.chance(0.4):
            query['name'] = self.r.choice(HOSTS)
        if self.chance(0.15):
            query['groups'] = ':'.join(self.some(GROUPS, 3))
        if self.has_host:
            query['laddr'] = self.r.choice(['10.9.9.1', '10.9.9.2'])
        return query

    def disguised(self, path):
        """The same path, as a client might send it too."""
        if self.chance(0.7):
            return path
        at = self.r.choice([n for n, c in enumerate(path) if c == '/'])
        head, tail = path[:at], path[at:]
        more = ['/', '/.']
        if head == '':
            more.append('/..')
        elif self.real(head):
            more.append('/../' + head.rsplit('/', 1)[1])
        return head + self.r.choice(more) + tail

    def through_link(self, path):
        """A host path that leads to the same place by way of a symbolic link, if there is one."""
        ways = [link + path[len(to):] for link, to in self.site.links.items()
                if path.startswith(to + '/') and f'{to}/'.startswith(f'{self.jail}/')
                and link.startswith(f'{self.jail}/')]
        return self.r.choice(ways) if ways and self.chance(0.2) else path

    def real(self, path):
        return f'{self.jail}{path}' in self.site.directories

    def what(self, jail):
        """A command and its path, as seen from inside `jail`."""
        self.jail = jail
        below = [d for d in sorted(self.site.directories) if d.startswith(f'{jail}/')]
        below += [jail] * (jail in self.site.directories or not jail)
        place = self.r.choice(below)
        kind = self.r.choice(KINDS) if place else 'directory'
        if kind == 'none':
            return {'cmd': self.case(self.r.choice(VERBS[kind]))}
        path = {'file': place + '/f', 'directory': place, 'new': place + '/new'}[kind]
        path = self.disguised(self.through_link(path)[len(jail):] or '/')
        return {'cmd': self.case(self.r.choice(VERBS[kind])), 'path': path}
