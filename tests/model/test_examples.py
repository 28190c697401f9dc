"""The model against every worked example of directives.md, Part 2, §2 to §12."""
import types

import pytest

from model import Session, parse

SITE = types.SimpleNamespace(links={'/s/link': '/a'}, accounts={
    'alice': ('/home/alice', ['users', 'staff']), 'bob': ('/home/bob', ['users']),
    'carol': ('/home/carol', []), 'ftp': ('/srv/ftp', ['ftp'])})


def limit(names, *lines):
    return '\n'.join([f'<Limit {names}>', *lines, '</Limit>', ''])


def section(kind, name, *bodies):
    return f'<{kind} {name}>\n' + '\n'.join(bodies) + f'\n</{kind}>\n'


def directory(name, *bodies):
    return section('Directory', name, *bodies)


def anonymous(*bodies):
    return section('Anonymous', '/srv/ftp', 'User ftp', 'Group ftp', *bodies)


def ask(conf, query):
    words = dict(word.split('=') for word in query.split())
    words.setdefault('user', 'alice')
    verb, _, path = words.pop('cmd', 'NOOP').partition(':')
    query = words | {'cmd': verb.replace('_', ' '), 'path': path}
    return Session(parse(conf), SITE, query).decide(query)[0]


def says(conf, **wanted):
    """wanted: verdict=[queries]; a query is 'cmd=VERB:path' and other keys, between blanks."""
    for verdict, queries in wanted.items():
        for query in queries:
            assert ask(conf, query) == verdict.replace('_', '-'), (conf, query)


NO, YES = 'DenyAll', 'AllowAll'


def only(name, *verbs):
    """A configuration in which `name` alone denies RETR: its matching is seen."""
    return directory(name, limit('RETR', NO))


def test_2_merging():
    says(limit('RETR', 'Order deny,allow', 'Order allow,deny'), deny=['cmd=RETR:/f'])
    says(limit('RETR', NO) + limit('RETR', YES), allow=['cmd=RETR:/f'])
    says(limit('RETR', YES) + limit('RETR', NO), deny=['cmd=RETR:/f'])
    own, shared = limit('RETR', YES), section('Global', '', limit('RETR', NO))
    says(own + shared, allow=['cmd=RETR:/f'])
    says(shared + own, allow=['cmd=RETR:/f'])
    own, shared = directory('/a', limit('RETR', YES)), section('Global', '', only('/a'))
    says(own + shared, allow=['cmd=RETR:/a/f'])
    says(shared + own, allow=['cmd=RETR:/a/f'])
    says(shared + directory('/a', ''), allow=['cmd=RETR:/a/f'])
    host = section('VirtualHost', '10.0.0.1', limit('DELE', NO))
    says(limit('RETR', NO) + section('Global', '', limit('STOR', NO)) + host,
         allow=['laddr=10.0.0.1 cmd=RETR:/f', 'cmd=DELE:/f'],
         deny=['laddr=10.0.0.1 cmd=DELE:/f', 'laddr=10.0.0.1 cmd=STOR:/f', 'cmd=RETR:/f',
               'cmd=STOR:/f'])


def test_2_6_merged_bodies_are_examined_first():
    body = section('IfUser', 'alice', limit('RETR', NO))
    says(body + limit('RETR', YES), deny=['cmd=RETR:/f'], allow=['user=bob cmd=RETR:/f'])
    says(section('IfUser', 'alice', limit('RETR', NO), limit('RETR', YES)), deny=['cmd=RETR:/f'])
    group = section('IfGroup', 'staff', limit('RETR', YES))
    says(group + body, deny=['cmd=RETR:/f'])
    says(group + limit('RETR', NO), allow=['cmd=RETR:/f'])
    body = section('IfGroup', 'users,staff', only('/a'))
    says(body, deny=['cmd=RETR:/a/f'], allow=['user=bob cmd=RETR:/a/f'])
    classes = section('Class', 'near', 'From 10.')
    body = section('IfClass', 'near', limit('LOGIN', NO))
    says(classes + body, no_login=['addr=10.1.1.1'], allow=['addr=192.0.2.1'])


def test_3_1_paths_are_real_paths():
    says('DefaultRoot ~\n' + only('/home/alice/sub'),
         deny=['cmd=RETR:/sub', 'cmd=RETR:/sub/f', 'cmd=RETR:/../sub/f', 'cmd=RETR:/x//../sub/./f'],
         allow=['cmd=RETR:/home/alice/sub', 'user=bob cmd=RETR:/sub/f'])


def test_3_2_forms():
    says(only('~/x'), deny=['cmd=RETR:/home/alice/x/f'],
         allow=['cmd=RETR:/home/bob/x/f', 'user=bob cmd=RETR:/home/alice/x/f'])
    says(only('~bob/x'), deny=['cmd=RETR:/home/bob/x/f'])
    says(only('/u/%u/x'), deny=['cmd=RETR:/u/alice/x/f'], allow=['cmd=RETR:/u/bob/x/f'])
    inside = ['user=ftp cmd=RETR:/pub/f']
    says(anonymous(only('pub')), deny=inside)
    says(anonymous(only('/srv/ftp/pub')), deny=inside)
    says(anonymous(only('/pub')), allow=inside)
    says(anonymous(only('*')), deny=inside + ['user=ftp cmd=RETR:/'])
    says(anonymous(only('*') + directory('pub', limit('RETR', YES))), allow=inside)


def test_3_4_links_are_resolved():
    says(only('/a'), deny=['cmd=RETR:/s/link/f'], allow=['cmd=RETR:/s/f'])
    says(only('/s'), allow=['cmd=RETR:/s/link/f'])


def test_3_5_matching():
    says(only('/a'), deny=[f'cmd=RETR:{p}' for p in ('/a', '/a/f', '/a/b/c')],
         allow=['cmd=RETR:/ab', 'cmd=RETR:/'])
    says(only('/a/*'), deny=['cmd=RETR:/a/f', 'cmd=RETR:/a/b/c'], allow=['cmd=RETR:/a'])
    says(only('/a/*/*'), deny=['cmd=RETR:/a/b/c'], allow=['cmd=RETR:/a/f', 'cmd=RETR:/a'])
    says(only('/srv/*/sub'), deny=['cmd=RETR:/srv/a/b/sub/f', 'cmd=RETR:/srv/a/sub'],
         allow=['cmd=RETR:/srv/sub'])
    says(only('/a/'), deny=['cmd=RETR:/a', 'cmd=RETR:/a/f'])
    says(only('/'), deny=['cmd=RETR:/', 'cmd=RETR:/a/f'])
    says(only('/a/[bc]?'), deny=['cmd=RETR:/a/b1/f'], allow=['cmd=RETR:/a/d1/f'])


def test_3_6_nesting_needs_no_order():
    outer, inner = directory('/a', limit('RETR', NO)), directory('/a/b', limit('RETR', YES))
    for conf in (outer + inner, inner + outer):
        says(conf, allow=['cmd=RETR:/a/b/f'], deny=['cmd=RETR:/a/f', 'cmd=RETR:/a/bc'])
    star = directory('/a/*', limit('STOR', NO))
    for conf in (outer + inner + star, star + inner + outer, inner + star + outer):
        says(conf, allow=['cmd=RETR:/a/b/f'], deny=['cmd=RETR:/a/f', 'cmd=STOR:/a/b/f'])


def test_3_7_of_one_level_the_later_wins():
    exact, glob = directory('/s/a/sub', limit('RETR', NO)), directory('/s/*/sub',
                                                                      limit('RETR', YES))
    says(exact + glob, allow=['cmd=RETR:/s/a/sub'])
    says(glob + exact, deny=['cmd=RETR:/s/a/sub'])


def test_3_8_no_server_section_inside_an_anonymous_root():
    says(only('/srv/ftp/pub') + anonymous(), allow=['user=ftp cmd=RETR:/pub/f'],
         deny=['cmd=RETR:/srv/ftp/pub/f'])
    says(limit('RETR', NO) + anonymous(), deny=['user=ftp cmd=RETR:/pub/f'])


def test_5_what_a_limit_names():
    says(limit('all', NO), allow=['cmd=PASV', 'cmd=EPSV', 'cmd=PORT', 'cmd=SYST', 'cmd=REST'],
         deny=['cmd=FEAT', 'cmd=NOOP', 'cmd=RETR:/f', 'cmd=SITE_CHMOD:/f'])
    says(limit('PASV EPSV', NO), deny=['cmd=PASV', 'cmd=EPSV'], allow=['cmd=PORT'])
    says(limit('SITE_CHMOD', NO), deny=['cmd=SITE_CHMOD:/f'], allow=['cmd=SITE_CHGRP:/f'])
    says(limit('SITE', NO) + limit('WRITE', YES), deny=['cmd=SITE_CHGRP:/f'], allow=['cmd=STOR:/f'])
    says(limit('SITE_CHMOD', 'AllowUser bob', NO), deny=['cmd=SITE_CHMOD:/f'],
         allow=['user=bob cmd=SITE_CHMOD:/f'])
    for one, other in (('CWD', 'XCWD'), ('CDUP', 'XCUP'), ('MKD', 'XMKD'), ('RMD', 'XRMD'),
                       ('PWD', 'XPWD')):
        says(limit(one, NO), deny=[f'cmd={one}:/d', f'cmd={other}:/d'])
        says(limit(other, NO), deny=[f'cmd={one}:/d', f'cmd={other}:/d'])
    says(limit('CWD', NO), allow=['cmd=CDUP:/'])
    says(limit('READ,DIRS', NO), deny=['cmd=SIZE:/f', 'cmd=MDTM:/f', 'cmd=STAT:/f'],
         allow=['cmd=STOR:/f'])


def test_6_4_specific_before_near():
    says(limit('STOR', YES) + directory('/a', limit('ALL', NO)), allow=['cmd=STOR:/a/f'])
    says(limit('STOR', NO) + directory('/a', limit('ALL', YES)), deny=['cmd=STOR:/a/f'])
    says(limit('STOR', YES) + directory('/a', limit('WRITE', NO)), allow=['cmd=STOR:/a/f'],
         deny=['cmd=MKD:/a/d'])
    both, one = limit('WRITE STOR', NO), limit('STOR', YES)
    says(both + one, allow=['cmd=STOR:/f'])
    says(one + both, deny=['cmd=STOR:/f'])
    says(limit('STOR', NO) + directory('/a', limit('STOR', 'AllowUser bob')),
         deny=['cmd=STOR:/a/f'], allow=['user=bob cmd=STOR:/a/f'])


def test_6_5_denyall_outside_a_limit():
    says(directory('/a', NO) + limit('RETR', YES), deny=['cmd=RETR:/a/f', 'cmd=STOR:/a/new'],
         allow=['cmd=RETR:/f'])
    says(directory('/a', NO, YES), allow=['cmd=RETR:/a/f'])
    # It is not inherited (1.3): a section inside has its own say.
    says(directory('/a', NO) + directory('/a/b', limit('STOR', YES)), deny=['cmd=RETR:/a/f'],
         allow=['cmd=RETR:/a/b/f'])
    says(anonymous(NO, directory('pub', 'Umask 022')), deny=['user=ftp cmd=RETR:/f'],
         allow=['user=ftp cmd=RETR:/pub/f'])


def test_7_order():
    says(limit('RETR', 'DenyUser alice', YES), allow=['cmd=RETR:/f'])
    says(limit('RETR', 'Order deny,allow', 'DenyUser alice', YES), deny=['cmd=RETR:/f'],
         allow=['user=bob cmd=RETR:/f'])
    says(limit('RETR', YES, NO), allow=['cmd=RETR:/f'])
    says(directory('/a', limit('RETR', 'Order deny,allow', 'AllowUser bob')) + limit('RETR', YES),
         deny=['cmd=RETR:/a/f'], allow=['user=bob cmd=RETR:/a/f'])
    says(limit('RETR', 'Order deny,allow', 'Allow from none'), deny=['cmd=RETR:/f'])
    says(limit('RETR', 'Deny from none'), allow=['cmd=RETR:/f'])
    says(limit('RETR', r'AllowFilter \.txt$ NC', NO), allow=['cmd=RETR:/f.TXT'],
         deny=['cmd=RETR:/f.t'])


def peers(line, holds, other):
    says(limit('RETR', line), deny=[f'cmd=RETR:/f addr={a}' for a in holds],
         allow=[f'cmd=RETR:/f addr={a}' for a in other])


def test_8_addresses():
    peers('Deny from 10.1.1. !10.1.1.5', ['10.1.1.7'], ['10.1.1.5', '10.2.2.2'])
    peers('Deny from !10.0.0.1', ['10.0.0.2', '192.0.2.1', '2001:db8::1'], ['10.0.0.1'])
    peers('Deny 10.1.1.7', ['10.1.1.7', '::ffff:10.1.1.7'], ['10.1.1.70'])
    peers('Deny from 2001:DB8:0::7', ['2001:db8::7'], ['2001:db8::8'])
    peers('Deny from 10.1.', ['10.1.0.1'], ['10.10.0.1'])
    peers('Deny from 10.1.3.4/16,2001:db8::/32', ['10.1.200.1', '2001:db8:1::'], ['10.2.0.1'])
    peers('Deny from 10.1.1.[4-9]', ['10.1.1.4'], ['10.1.1.3', '10.1.1.40'])
    peers('Deny from 10.1.*', ['10.1.9.9'], ['10.2.9.9'])
    peers('Deny from Host.example.org', ['10.1.1.1 name=host.EXAMPLE.org'], ['10.1.1.1'])
    peers('Deny from .example.org', ['10.1.1.1 name=a.b.example.org'],
          ['10.1.1.1 name=example.org', '10.1.1.1 name=badexample.org'])
    peers('Deny from *.ex?mple.org', ['10.1.1.1 name=a.example.org'], ['10.1.1.1'])
    peers('Deny from 10.1.1.1\nDeny from 10.1.1.2', ['10.1.1.1', '10.1.1.2'], ['10.1.1.3'])
    says('UseReverseDNS off\n' + limit('RETR', 'Deny from .example.org'),
         allow=['cmd=RETR:/f name=a.example.org'])


def test_8_classes():
    def labelled(*body):
        return section('Class', 'c', *body) + limit('RETR', 'DenyClass c')

    inside, outside = ['addr=10.1.1.1 cmd=RETR:/f'], ['addr=192.0.2.1 cmd=RETR:/f']
    says(labelled('From !10.0.0.0/8'), deny=outside, allow=inside)
    says(labelled('Satisfy all', 'From 10.', 'From !10.1.1.2'), deny=inside,
         allow=outside + ['addr=10.1.1.2 cmd=RETR:/f'])
    says(labelled('From 10.', 'From 192.0.2.1'), deny=inside + outside)
    says(section('Class', 'c', 'From 10.') + limit('RETR', 'DenyClass !b'), deny=inside,
         allow=outside)
    first = section('Class', 'a', 'From 10.') + section('Class', 'b', 'From 10.1.1.1')
    says(first + limit('RETR', 'DenyClass b'), allow=inside)


def test_9_expressions():
    def users(line, yes, no):
        says(limit('RETR', line), deny=[f'user={u} cmd=RETR:/f' for u in yes],
             allow=[f'user={u} cmd=RETR:/f' for u in no])

    users('DenyGroup staff,users', ['alice'], ['bob', 'carol'])
    users('DenyGroup OR staff,users', ['alice', 'bob'], ['carol'])
    users('DenyGroup staff users', ['alice'], ['bob'])
    users('DenyUser !alice', ['bob', 'carol'], ['alice'])
    users('DenyUser AND alice,bob', [], ['alice', 'bob'])
    users('DenyUser AND !alice,!bob', ['carol'], ['alice', 'bob'])
    users('DenyGroup !staff', ['bob', 'carol'], ['alice'])
    users('DenyGroup regex ^st', ['alice'], ['bob', 'carol'])
    users('DenyUser regex l', ['alice', 'carol'], ['bob'])
    says('UserAlias al alice\n' + limit('RETR', 'DenyUser alice'), deny=['user=al cmd=RETR:/f'])


def test_10_1_connect():
    def closed(conf, yes=(), no=()):
        says(conf, no_login=yes, allow=no)

    every = ['user=alice', 'user=bob', 'user=ftp']
    closed(limit('LOGIN', NO) + anonymous(), every)
    closed(limit('LOGIN', 'Order deny,allow', 'Deny from 10.1.1.', 'Allow from all'),
           ['addr=10.1.1.9'], ['addr=10.2.2.2'])
    closed(limit('LOGIN', 'Order deny,allow', 'DenyUser bob') + anonymous(), every)
    closed(limit('LOGIN', 'AllowUser bob', NO), ['user=alice'], ['user=bob'])


def test_10_2_login():
    inner_allow, inner_deny = anonymous(limit('LOGIN', YES)), anonymous(limit('LOGIN', NO))
    says(limit('LOGIN', NO) + inner_allow, no_login=['user=alice'], allow=['user=ftp'])
    says(limit('LOGIN', YES) + inner_deny, no_login=['user=ftp'], allow=['user=alice'])
    says(inner_deny, no_login=['user=ftp'], allow=['user=alice'])
    one, other = limit('LOGIN', 'AllowUser alice'), limit('LOGIN', 'DenyUser alice')
    says(one + other, no_login=['user=alice'], allow=['user=bob'])
    says(other + one, no_login=['user=alice'], allow=['user=bob'])
    says(directory('/', limit('LOGIN', NO)), allow=['user=alice'])
    says(limit('LOGIN', 'DenyGroup !staff'), no_login=['user=bob', 'user=carol'],
         allow=['user=alice'])


def test_11_default_root():
    conf = 'DefaultRoot /u2/public users,!staff\n' + only('/u2/public/a')
    says(conf, deny=['user=bob cmd=RETR:/a/f', 'cmd=RETR:/u2/public/a/f'],
         allow=['cmd=RETR:/a/f', 'user=carol cmd=RETR:/a/f'])
    says('DefaultRoot / staff\nDefaultRoot ~\n' + only('/home'), allow=['cmd=RETR:/f'],
         deny=['user=bob cmd=RETR:/f'])


def test_12_names():
    deny = limit('RETR', NO)
    anon = anonymous('UserAlias anonymous ftp', deny)
    says(anon, deny=['user=anonymous cmd=RETR:/f', 'user=ftp cmd=RETR:/f'],
         allow=['user=alice cmd=RETR:/f'])
    says(anonymous('UserAlias anonymous ftp', 'AuthAliasOnly on', deny),
         deny=['user=anonymous cmd=RETR:/f'],
         allow=['user=ftp cmd=RETR:/f', 'user=bob cmd=RETR:/f'])
    says('UserAlias guest ftp\n' + anonymous(deny), deny=['user=guest cmd=RETR:/f'])
    says('UserAlias * bob\nUserAlias al alice\n' + limit('RETR', 'DenyUser alice'),
         deny=['user=al cmd=RETR:/f'], allow=['user=alice cmd=RETR:/f'])
    says('AuthAliasOnly on\nUserAlias al alice\n', allow=['user=al'], no_login=['user=alice'])


@pytest.mark.parametrize('verb, verdict', [
    ('STOR', 'allow'), ('RETR', 'deny'), ('SIZE', 'deny'), ('MKD', 'deny'), ('XMKD', 'deny'),
    ('DELE', 'deny'), ('LIST', 'allow'), ('CWD', 'allow')])
def test_faq_5_3_the_drop_box(verb, verdict):
    conf = anonymous('UserAlias anonymous ftp', directory(
        'pub/incoming/', limit('STOR CWD', YES), limit('READ RMD DELE MKD', NO)))
    assert ask(conf, f'user=anonymous cmd={verb}:/pub/incoming/f') == verdict
