"""Quotas: section 1.11, mod_quotatab with tables in files."""
import struct

from table import case, session

MODULE = ('ModulePath {modules}\nLoadModule mod_quotatab.c\nLoadModule mod_quotatab_file.c\n'
          'QuotaEngine on\n')
TABLES = 'QuotaLimitTable file:/mnt/limit\nQuotaTallyTable file:/mnt/tally\n'
HEAD = MODULE + TABLES + 'AllowOverwrite on\nAllowStoreRestart on\n'
FIGURES = ('bi', 'bo', 'bx', 'fi', 'fo', 'fx')
KINDS = {'all': 10, 'user': 20, 'group': 30, 'class': 40}
IN, OUT, BOTH = (['only:Uploaded SITE QUOTA'], ['only:Downloaded SITE QUOTA'],
                 ['only:Transferred SITE QUOTA'])
WHO = ['only:Name SITE QUOTA', 'only:Type SITE QUOTA', 'only:Session SITE QUOTA']
MASK = [(r':\t+', ': ')]
NEAR = '<Class near>\nFrom 0.0.0.0/0\n</Class>\n'


def record(form, name, kind, *more, **figures):
    """The bytes of a record as text, which all of them must be."""
    return struct.pack(form, name.encode(), KINDS[kind], *more,
                       *(figures.get(f, 0) for f in FIGURES)).decode('ascii')


def limit(name='alice', kind='user', per=False, soft=False, **figures):
    return record('=81sI?IdddIII', name, kind, per, 2 if soft else 1, **figures)


def tally(name='alice', kind='user', **figures):
    return record('=81sIdddIII', name, kind, **figures)


def quota(name, limits, *steps, conf='', tallies='', head=HEAD, files=None, **more):
    parts = steps if any(isinstance(step, dict) for step in steps) else [session(*steps)]
    case('quota-' + name, head + conf, *parts, mask=MASK, **more,
         files={'limit': '&v\0\0' + limits, 'tally': 'Dv\0\0' + tallies, **(files or {})})


def store(name, n):
    return f'STOR {name} << ' + 'x' * n


# what is counted, and when it is too much
for kind, soft in (('hard', False), ('soft', True)):
    quota(f'in-{kind}', limit(bi=100, fi=5, soft=soft), *IN, store('n', 60), *IN,
          store('n', 30), *IN, store('n2', 90), *IN, store('n3', 70), *IN, 'DELE n', *IN, 'DELE f',
          *IN, 'DELE none', 'DELE n3', *IN)
    quota(f'out-{kind}', limit(bo=8, soft=soft), 'RETR f', *OUT, 'RETR f', *OUT, 'RETR f', 'LIST',
          'NLST', *OUT, 'STOR n << hello')
    quota(f'both-{kind}', limit(bx=20, soft=soft), store('n', 15), *BOTH, store('n2', 10), *BOTH,
          'DELE n', *BOTH, store('n', 5), *BOTH, 'RETR f', store('n', 1), 'LIST', *BOTH)
quota('files-in', limit(fi=2), 'STOR a << 1', *IN, 'STOR a << 22', *IN, 'STOR b << 3', *IN,
      'STOR c << 1', 'STOR a << 2', 'APPE a << 3', 'MKD x', 'DELE a', *IN, 'STOR c << 5',
      'STOU << 1')
quota('files-out', limit(fo=1), 'RETR f', *OUT, 'RETR f', 'RETR none')
quota('files-both', limit(fx=2), 'RETR f', 'STOR n << 1', *BOTH, 'STOR m << 1', 'DELE n', *BOTH)
quota('all-at-once', limit(bi=100, bx=50, fi=3, fx=3), store('n', 40), *IN, *BOTH, store('n2', 20),
      *IN, *BOTH, 'DELE n', *IN, *BOTH, store('n2', 20))
quota('exactly', limit(bi=100), store('n', 100), *IN, 'STOR m << 1', 'APPE n << 1', 'DELE n',
      store('m', 99), store('o', 1), *IN)
quota('ascii', limit(bi=100, bo=100), session('STOR n << a\nb\nc', *IN, 'RETR n', *OUT, ascii=True))
quota('append', limit(bi=100), 'APPE f << 123', *IN, 'APPE new << 12', *IN, 'REST 2',
      'STOR f << 1', *IN)
quota('append-over', limit(bi=100), 'APPE f << 12', *IN, 'APPE f << ' + 'y' * 99, *IN,
      tallies=tally(bi=50))
quota('rename', limit(bi=500, fi=9), 'RNFR f', 'RNTO h', *IN, 'RNFR h', 'RNTO g', *IN, 'DELE g',
      *IN, 'MKD d', 'RNFR d', 'RNTO e', *IN, tallies=tally(bi=200, fi=8))
quota('hidden', limit(bi=100, fi=5), store('g', 30), *IN, store('g', 5), *IN, store('n', 4), *IN,
      conf='HiddenStores on\n', tallies=tally(bi=88, fi=1))
quota('over-existing', limit(bi=100, fi=5), store('g', 30), *IN, tallies=tally(bi=88, fi=1))
quota('abort', limit(bi=100, fi=5), session('lose:STOR n << 12345'), session(*IN),
      tallies=tally(bi=10, fi=1))
quota('new-by-append', limit(bi=500, fi=9), 'APPE new << 123', *IN, tallies=tally(bi=200, fi=8))
quota('new-by-append-full', limit(bi=500, fi=9), 'APPE new << 123', tallies=tally(bi=200, fi=9))
quota('others-file', limit(bi=500, fi=9), 'DELE theirs', *IN, 'RNFR theirs2', 'RNTO f', *IN,
      tallies=tally(bi=200, fi=8),
      tree={'home/alice/theirs': ('12345678', 0o644, 'bob'),
            'home/alice/theirs2': ('123', 0o644, 'bob')})
quota('others-file-group', limit('users', 'group', bi=500, fi=9), 'DELE theirs', *IN,
      tallies=tally('users', 'group', bi=200, fi=8),
      tree={'home/alice/theirs': ('12345678', 0o644, 'bob')})
quota('survives', limit(bi=100), session(store('n', 60), *IN), session(*IN, store('m', 60), *IN),
      session(*IN, store('o', 40)), session(store('p', 1)))
quota('per-session', limit(bi=10, per=True), session(store('n', 8), *IN, store('m', 3)),
      session(*IN, store('m', 8)))
quota('no-record', limit('bob', bi=3), 'SITE QUOTA', 'STOR n << longer', 'RETR f')

# whose record
quota('first-user', limit('users', 'group', bi=40) + limit('', 'all', bi=20) + limit(bi=10),
      *WHO, *IN)
quota('first-group',
      limit('', 'all', bi=20) + limit('near', 'class', bi=30) + limit('users', 'group', bi=40),
      *WHO, *IN, store('n', 50), conf=NEAR)
quota('first-class', limit('', 'all', bi=20) + limit('near', 'class', bi=30), *WHO, *IN, conf=NEAR)
quota('first-all', limit('', 'all', bi=20), *WHO, *IN, store('n', 9), *IN)
quota('all-with-a-name', limit('x', 'all', bi=20), *WHO, *IN, store('n', 9), *IN)
quota('groups', limit('staff', 'group', bi=10) + limit('users', 'group', bi=20),
      session(*WHO, *IN, login='carol'))
quota('other-group', limit('staff', 'group', bi=10) + limit('', 'all', bi=20),
      session(*WHO, *IN, login='carol'))
quota('two', limit(bi=10) + limit(bi=100), *IN)
for kind in ('user', 'group'):
    quota(f'default-{kind}', limit('zed'), *WHO, *IN, *OUT, *BOTH, store('n', 5), *IN,
          store('m', 6), conf=f'QuotaDefault {kind} false hard 10 20 30 4 5 6\n')
quota('default-soft', limit('zed'), *WHO, *IN, store('n', 12), *IN, store('m', 6),
      conf='QuotaDefault user true soft 10 -1 0 4 5 6\n')
quota('default-class', limit('zed'), *IN,
      conf=NEAR + 'QuotaDefault class false hard 10 20 30 4 5 6\n')
quota('default-all', limit('zed'), *IN, conf='QuotaDefault all false hard 10 20 30 4 5 6\n')
quota('default-and-record', limit(bi=7), *IN, conf='QuotaDefault user false hard 10 20 30 4 5 6\n')
quota('default-alone', '', *IN, store('n', 8), *IN,
      head=MODULE + 'QuotaTallyTable file:/mnt/tally\n',
      conf='QuotaDefault user false hard 10 20 30 4 5 6\n')

# the other directives
quota('directories', limit(fi=3), 'MKD d', *IN, 'STOR d/a << 1', *IN, 'RMD d', *IN, 'MKD e',
      'MKD g1', *IN, 'RMD e', *IN, 'RMD none', 'MKD d', 'XMKD x', 'XRMD x', *IN,
      conf='QuotaDirectoryTally on\n')
quota('directories-bytes', limit(bi=100), 'MKD d', *IN, 'RMD d', *IN,
      conf='QuotaDirectoryTally on\n')
quota('directories-off', limit(fi=1), 'MKD d', 'MKD e', 'RMD e', *IN,
      conf='QuotaDirectoryTally off\n')
quota('exclude', limit(bi=20, fi=2), store('a.iso', 60), *IN, store('b', 20), *IN,
      store('c.iso', 3), store('d', 1), 'DELE a.iso', *IN, conf='QuotaExcludeFilter \\.iso$\n')
quota('exclude-path', limit(bi=20, fi=2), store('sub/a', 60), *IN, store('a', 21),
      conf='QuotaExcludeFilter ^/srv/home/alice/sub/\n')
quota('exclude-none', limit(bi=20), store('a', 21), conf='QuotaExcludeFilter none\n')
for units in ('b', 'Kb', 'Mb', 'Gb', 'KB'):
    quota(f'units-{units}', limit(bi=262144, fi=3, bo=163840), *IN, *OUT,
          conf=f'QuotaDisplayUnits {units}\n', tallies=tally(bi=196608))
DISPLAY = (''.join('%%{mod_quotatab.%s.%s_%s}|' % (which, what, way) for which in ('limit', 'tally')
                   for what in ('bytes', 'files') for way in ('in', 'out', 'xfer'))
           + '%{mod_quotatab.tally.none}\n')
for name, conf in {'': '', '-kb': 'QuotaDisplayUnits Kb\n'}.items():
    quota('display' + name, limit(bi=262144, fi=3, bo=163840, fo=4, bx=7, fx=8),
          session('NOOP', welcome=True), conf=conf + 'DisplayLogin /mnt/text\n',
          tallies=tally(bi=196608, fi=2, bx=2), files={'text': DISPLAY})
quota('show-off', limit(bi=10), 'SITE QUOTA', store('n', 11), conf='QuotaShowQuotas off\n')
quota('engine-off', limit(bi=10), 'SITE QUOTA', store('n', 11),
      head=HEAD.replace('Engine on', 'Engine off'))
quota('lock-and-log', limit(bi=10), store('n', 5), *IN,
      conf='QuotaLock /mnt/quota.lock\nQuotaLog /mnt/quota.log\n')
quota('log-none', limit(bi=10), store('n', 5), *IN, conf='QuotaLog none\n')
quota('scan', limit(bi=500, fi=9), *IN, 'DELE f', *IN, conf='QuotaOptions ScanOnLogin\n',
      tallies=tally(bi=50))
quota('scan-directories', limit(fi=30), *IN,
      conf='QuotaOptions ScanOnLogin\nQuotaDirectoryTally on\n')

# tables that are none, and words that are wrong
quota('no-tables', '', 'SITE QUOTA', 'STOR n << 1', head=MODULE)
quota('no-tally', limit(bi=3), 'SITE QUOTA', store('n', 9),
      head=MODULE + 'QuotaLimitTable file:/mnt/limit\n')
quota('bad-magic', limit(bi=3), 'SITE QUOTA', store('n', 9), 'RETR f',
      head=HEAD.replace('/mnt/limit', '/mnt/tally'))
quota('bad-size', limit(bi=3) + 'x', 'SITE QUOTA', store('n', 2), 'RETR f')
quota('missing', '', 'SITE QUOTA', store('n', 2), head=HEAD.replace('/mnt/limit', '/mnt/nothing'))
quota('relative', '', 'SITE QUOTA', head=HEAD.replace('/mnt/limit', 'limit'))
quota('sql', '', 'SITE QUOTA', head=HEAD.replace('file:/mnt/limit', 'sql:/a'))
for name, words in {'few': 'user false hard 10 20 30 4 5', 'type': 'any false hard 1 2 3 4 5 6',
                    'bool': 'user maybe hard 1 2 3 4 5 6', 'limit': 'user false tough 1 2 3 4 5 6',
                    'word': 'user false hard x 2 3 4 5 6', 'point': 'user false hard 1.5 2 3 4 5 6',
                    'unit': 'user false hard 1K 2 3 4 5 6',
                    'files': 'user false hard 1 2 3 4 5 x6'}.items():
    quota('default-form-' + name, limit('zed'), *IN, conf=f'QuotaDefault {words}\n')
for name, line in {'units': 'QuotaDisplayUnits Tb', 'options': 'QuotaOptions Scan',
                   'filter': 'QuotaExcludeFilter [', 'lock': 'QuotaLock quota.lock',
                   'log': 'QuotaLog quota.log', 'tally': 'QuotaDirectoryTally some',
                   'show': 'QuotaShowQuotas some'}.items():
    quota('form-' + name, limit(bi=9), 'SITE QUOTA', conf=line + '\n')
