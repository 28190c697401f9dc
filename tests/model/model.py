"""
Who may do what, decided from the rules of directives.md, Part 2, and from nothing else: the
reference that in.ftpd -T is compared with. Plain and slow on purpose; each rule names its section.
What it leaves out (.ftpaccess, hiding, HOST), generate.py does not write.
"""
import fnmatch
import ipaddress
import re

# 5.2: the group of each verb. None: the raw name or ALL; RAW: the raw name alone.
GROUPS = {verb: group for group, verbs in {
    'READ': 'RETR SIZE XCRC XMD5 XSHA XSHA1 XSHA256 XSHA512 HASH',
    'WRITE': 'STOR STOU APPE DELE MKD XMKD RMD XRMD RNFR RNTO MFMT MFF',
    'DIRS': 'CWD XCWD CDUP XCUP PWD XPWD LIST NLST MLSD MLST STAT MDTM'}.items()
    for verb in verbs.split()} | dict.fromkeys(('FEAT', 'HELP', 'NOOP', 'HOST', 'RANG'))
RAW = 'PORT PASV EPRT EPSV PROT OPTS'.split()
UNCHECKED = 'USER PASS QUIT SYST TYPE MODE STRU REST ALLO ABOR CLNT CSID'.split() + ['SITE HELP']
TWINS = {verb: {verb, twin} for pair in ('CDUP XCUP', 'CWD XCWD', 'MKD XMKD', 'PWD XPWD',
                                         'RMD XRMD')
         for verb, twin in (pair.split(), pair.split()[::-1])}


class Node:
    """A directive or, with `items`, a section, and the lines of the file where it stands."""

    def __init__(self, words, line):
        self.name, self.args = words[0].lower(), words[1:]
        self.line = self.last = line
        self.items = []

    def all(self, *names):
        return [item for item in self.items if item.name in names]

    def first(self, name, default=None):        # 2.1
        return next((item.args for item in self.items if item.name == name), default)


def words(line):
    """1.1: words between blanks; within quotes a backslash takes what follows it as it is."""
    return [re.sub(r'\\(.)', r'\1', quoted) if mark else plain for mark, quoted, plain in
            re.findall(r'(")((?:[^"\\]|\\.)*)(?:"|$)|([^\s"]+)', line)]


def parse(text):
    root = Node([''], 0)
    stack = [root]
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line[0] == '#':
            continue
        if line.startswith('</'):
            stack.pop().last = number
            continue
        section = line[0] == '<'
        node = Node(words(line[1:-1] if section else line), number)
        stack[-1].items.append(node)
        if section:
            stack.append(node)
    return root


# 8: addresses

def item_matches(item, peer):
    if item == 'all':
        return True
    if item == 'none':
        return False
    if '/' in item:
        net = ipaddress.ip_network(item, strict=False)
        return peer.ip.version == net.version and peer.ip in net
    if re.search(r'[*?[]', item):
        return (fnmatch.fnmatchcase(str(peer.ip), item)
                or fnmatch.fnmatchcase(peer.dns, item.lower()))
    if re.fullmatch(r'[0-9.]+\.', item):
        return str(peer.ip).startswith(item)
    try:
        return peer.ip == ipaddress.ip_address(item)
    except ValueError:
        name = item.lower()
        return peer.dns.endswith(name) if name[0] == '.' else peer.dns == name


def items(args):
    args = args[1:] if args and args[0].lower() == 'from' else args
    return [item for arg in args for item in arg.split(',') if item]


def list_matches(args, peer):
    plain = [item for item in items(args) if item[0] != '!']
    negated = [item[1:] for item in items(args) if item[0] == '!']
    if any(item_matches(item, peer) for item in negated):
        return False
    return not plain or any(item_matches(item, peer) for item in plain)


def in_class(section, peer):
    """8: in a class each item is a rule of its own."""
    rules = [item_matches(item.lstrip('!'), peer) != (item[0] == '!')
             for line in section.all('from') for item in items(line.args)]
    every = section.first('satisfy', ['any'])[0].lower() == 'all'
    return bool(rules) and (all(rules) if every else any(rules))


# 9: expressions

def holds(args, have, default):
    """Whether an expression over users, groups or classes is true of the names in `have`."""
    how = args[0].lower()
    if how == 'regex':
        return any(re.search(args[1], name) for name in have)
    if how in ('and', 'or'):
        args = args[1:]
    else:
        how = default
    terms = [(item.lstrip('!') in have) != (item[0] == '!')
             for arg in args for item in arg.split(',') if item]
    return all(terms) if how == 'and' else any(terms)


# 5-7: Limit

def named(limit):
    return {name.upper() for arg in limit.args for name in arg.split(',') if name}


def passes(verb):
    """The names asked for, one set after the other: the raw one, the group, ALL (6.2, 6.3)."""
    if verb.startswith('SITE '):
        return [{verb.replace(' ', '_')}, {'SITE'}, {'WRITE'}, {'ALL'}]         # 5.4
    if verb in RAW:
        return [{verb}]                                                         # 5.3
    return [names for names in (TWINS.get(verb, {verb}), {GROUPS[verb]}, {'ALL'})
            if names != {None}]


def one_holds(line, side, who, argument):
    """Whether one Allow… or Deny… line of a Limit holds (7.1)."""
    kind = line.name[len(side):]
    if kind == 'all':
        return True
    if kind == '':
        return list_matches(line.args, who.peer)
    if kind == 'class':
        return bool(who.classes) and holds(line.args, who.classes, 'or')    # 9.1, as 1.3.8
    if kind == 'filter':
        flags = re.I if 'NC' in line.args[1:] else 0
        return re.search(line.args[0], argument, flags) is not None
    if who.user is None:                                                        # 9.4
        return side == 'allow'
    if kind == 'user':
        return holds(line.args, [who.user], 'or')
    return holds(line.args, who.groups, 'and')


def limit_verdict(limit, who, argument=''):
    """7.2: True is allow, False deny, None nothing."""
    def side(name):
        kinds = [name + kind for kind in ('', 'all', 'user', 'group', 'class', 'filter')]
        return any(one_holds(line, name, who, argument) for line in limit.all(*kinds))

    order = ''.join(limit.first('order', ['allow,deny'])).lower()
    if order == 'allow,deny':
        return True if side('allow') else False if side('deny') else None
    return False if side('deny') else side('allow')


# 3: Directory

def section_matches(name, path):                                                # 3.5
    if name == '/' or name == path:
        return True
    if not name.endswith('/*') and fnmatch.fnmatchcase(path, name + '/*'):
        return True
    return bool(re.search(r'[*?[]', name)) and fnmatch.fnmatchcase(path, name)


class Directory:
    def __init__(self, name, node):
        self.name = name.rstrip('/') or '/'
        self.stem = self.name.rstrip('*/')
        self.length = len(self.stem), len(self.name)
        self.node = node
        self.parent, self.children = None, []


def nest(found):
    """3.6: hang each section under the longest that holds it; those left are returned."""
    for one in found:
        above = [y for y in found if y.length < one.length and one.name.startswith(y.stem + '/')]
        one.parent = max(above, key=lambda y: y.length, default=None)
        if one.parent:
            one.parent.children.append(one)
    return [one for one in found if not one.parent]


def winner(level, path):                                                        # 3.7
    deepest = None
    while level:
        one = next((s for s in level if section_matches(s.name, path)), None)
        if not one:
            break
        deepest, level = one, one.children
        if one.name == path:
            break
    return deepest


def clean(path):
    parts = []
    for part in path.split('/'):
        if part == '..':
            del parts[-1:]
        elif part not in ('', '.'):
            parts.append(part)
    return '/' + '/'.join(parts)


class Context:
    """A Directory, an Anonymous or the server: its Limits as they are examined (2.2)."""

    def __init__(self, nodes):
        self.limits = [(node, named(node)) for node in nodes if node.name == 'limit']
        self.bare = {node.name: node for node in nodes if node.name in ('allowall', 'denyall')}


class Peer:
    def __init__(self, address, name):
        self.ip = ipaddress.ip_address(address)
        if self.ip.version == 6 and self.ip.ipv4_mapped:
            self.ip = self.ip.ipv4_mapped
        self.dns = name.lower() if name else str(self.ip)


class Who:
    def __init__(self, peer, classes, user=None, groups=()):
        self.peer, self.classes, self.user, self.groups = peer, classes, user, groups


class Session:
    """
    One peer's session. `site` has the accounts, name → (home, groups), and the symbolic links to
    directories, path → path. The query's keys are those of in.ftpd -C. `closed` holds the section
    that refused the login, if one did.
    """

    def __init__(self, config, site, query):
        self.accounts, self.links = site.accounts, site.links
        main = config
        hosts = [v for v in main.all('virtualhost') if query.get('laddr') in v.args]    # 14.1a
        self.own = hosts[0] if hosts else main
        self.shared = [item for part in main.all('global') + self.own.all('global') * bool(hosts)
                       for item in part.items]                                  # 2.3, 2.4
        reverse = main.first('usereversedns', ['on'])[0] == 'on'
        peer = Peer(query.get('addr', '127.0.0.1'), reverse and query.get('name'))
        classes = [node for node in self.both() if node.name == 'class']
        self.who = Who(peer, [c.args[0] for c in sorted(classes, key=lambda c: c.line)
                              if in_class(c, peer)][:1])
        self.merged = []
        self.merge('ifclass')                                                   # 2.6
        self.anon = self.account = None
        self.open, self.closed = self.connect()
        if self.open:
            self.open = self.login(query)

    def both(self):
        return self.own.items + self.shared

    def merge(self, *kinds):
        have = {'ifclass': (self.who.classes, 'or'), 'ifuser': ([self.who.user], 'or'),
                'ifgroup': (self.who.groups, 'and')}
        # Among themselves the first in the file comes first, as in 1.3.8; IfUser's before
        # IfGroup's.
        self.merged = [item for kind in kinds for node in self.both() if node.name == kind
                       and holds(node.args, *have[kind]) for item in node.items] + self.merged

    def examined(self):
        """2.2, 2.3, 2.6: what the server holds, in the order in which it is examined."""
        return self.merged + self.own.items[::-1] + self.shared[::-1]

    @staticmethod
    def logins(nodes, who):
        """(verdict, section) of each <Limit LOGIN> among them."""
        return [(limit_verdict(node, who), node) for node in nodes
                if node.name == 'limit' and 'LOGIN' in named(node)]

    def connect(self):                                                          # 10.1
        said = self.logins(self.examined(), self.who)
        said = [one for one in said if one[0] is not None]
        if not said or any(verdict for verdict, node in said):
            return True, None
        inner = [v for anon in self.both() if anon.name == 'anonymous'
                 for v, node in self.logins(anon.items, self.who)]
        return True in inner, said[0][1]

    def identify(self, typed):
        """12.1-12.3: the account and the Anonymous that a USER name leads to; False: neither."""
        anons = [n for layer in (self.own.items, self.shared) for n in reversed(layer)
                 if n.name == 'anonymous']
        only = self.value(self.both(), 'authaliasonly') == 'on'
        places = [(a, a.items) for a in anons] + [(None, self.own.items), (None, self.shared)]
        aliases = [(place, n.args) for place, nodes in places for n in nodes
                   if n.name == 'useralias']
        for wanted in (typed, '*'):
            for place, (alias, real) in aliases:
                if alias == wanted:
                    return self.reached(anons, real, place)
        return (False, None) if only else self.reached(anons, typed, None)

    def reached(self, anons, real, place):
        if place is not None:
            return real, place
        for anon in anons:
            alone = self.value(anon.items + self.both(), 'authaliasonly') == 'on'
            if self.value(anon.items, 'user') == real and not alone:
                return real, anon
        return real, None

    @staticmethod
    def value(nodes, name):
        return next((n.args[0] for n in nodes if n.name == name), None)

    def login(self, query):                                                     # 10.2
        self.account, self.anon = self.identify(query['user'])
        if not self.account or self.account not in self.accounts:
            return False
        user = self.value(self.anon.items, 'user') if self.anon else self.account
        self.home, groups = self.accounts[user]
        if self.anon:
            groups = [self.value(self.anon.items, 'group')] + groups
        if 'groups' in query:
            groups = query['groups'].split(':') if query['groups'] else []
        self.who = Who(self.who.peer, self.who.classes, user, groups)
        if not self.may_login():
            return False
        self.merge('ifuser', 'ifgroup')         # a LOGIN in there is asked right after the login
        if not self.may_login():
            return False
        self.make_tree()
        return True

    def may_login(self):
        outer = self.logins(self.examined(), self.who)
        denied = next((node for verdict, node in outer if verdict is False), None)
        self.closed = denied
        if not self.anon:
            return denied is None
        inner = self.logins(self.anon.items, self.who)
        final = next((node for verdict, node in inner if verdict is False), None)
        if final:
            self.closed = final
            return False
        return denied is None or any(verdict for verdict, node in inner)

    def make_tree(self):
        self.server = Context(self.examined())
        if self.anon:
            self.jail = self.resolve(self.anon.args[0])
            nodes = []
            for node in self.anon.items:                                        # 3.3
                star = node.name == 'directory' and node.args[0] == '*'
                nodes += node.items if star else [node]
            found = [Directory(self.resolve(n.args[0], self.jail), n) for n in reversed(nodes)
                     if n.name == 'directory']
            self.outer = [Context(nodes[::-1]), self.server]                    # 3.8
        else:
            self.jail = self.default_root()
            own = {n.args[0] for n in self.own.items if n.name == 'directory'}
            hidden = {n for n in self.shared if n.name == 'directory' and n.args[0] in own}  # 2.3
            found = [Directory(self.resolve(n.args[0]), n) for n in self.examined()
                     if n.name == 'directory' and n not in hidden]
            self.outer = [self.server]
        self.top = nest(found)
        self.contexts = {one: Context(one.node.items[::-1]) for one in found}

    def resolve(self, name, root=''):                                           # 3.2, 11.2
        name = name.replace('%u', self.account)
        if name[0] == '~':
            user, slash, rest = name[1:].partition('/')
            return (self.accounts[user][0] if user else self.home) + slash + rest
        return name if name[0] == '/' else f'{root}/{name}'

    def default_root(self):                                                     # 11.1
        for node in self.both():
            if node.name == 'defaultroot' and (
                    not node.args[1:] or holds(node.args[1:], self.who.groups, 'and')):
                return self.resolve(node.args[0]).rstrip('/')
        return ''

    def target(self, verb, argument):
        """3.4: the path a command is about; without an argument, the start directory (11.3)."""
        if argument:
            return self.follow(clean(self.jail + clean(argument)))
        start = self.jail if self.anon else self.home
        if not f'{start}/'.startswith(f'{self.jail}/'):
            start = self.jail
        if verb in TWINS['CDUP'] and start != self.jail:
            start = start.rsplit('/', 1)[0]
        return clean(start)

    def follow(self, path):
        for link, to in self.links.items():
            if path.startswith(link + '/'):
                return self.follow(to + path[len(link):])
        return path

    def chain(self, path):                                                      # 6.1
        one = winner(self.top, path)
        chain = []
        while one:
            chain.append(self.contexts[one])
            one = one.parent
        return chain + self.outer

    def decide(self, query):
        """(verdict, the section that made it or None, if none did)"""
        if not self.open:
            return 'no-login', self.closed
        verb, argument = query['cmd'].upper(), query.get('path', '')
        if verb in UNCHECKED:
            return 'allow', None
        chain = self.chain(self.target(verb, argument))
        bare = chain[0].bare                                                    # 6.5
        if 'denyall' in bare and 'allowall' not in bare:
            return 'deny', bare['denyall']
        for names in passes(verb):                                              # 6.2-6.4
            for context in chain:
                for limit, its in context.limits:
                    if names & its:
                        verdict = limit_verdict(limit, self.who, argument)
                        if verdict is not None:
                            return 'allow' if verdict else 'deny', limit
        return 'allow', None
