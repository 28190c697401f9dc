"""The command line: flags that stand in old entries, what a report needs, and the parts."""

import re
import subprocess

import pytest


def run(binary, *args, **how):
    return subprocess.run(['in.ftpd', *args], executable=binary, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=20, **how)


# -- flags -------------------------------------------------------------------------------

@pytest.mark.parametrize('args', [['-n', '-d9'], ['-nd9'], ['-n', '-d', '9']])
def test_faq_2_3c_no_fork_and_joined_levels(ftpd, args):
    s = ftpd(args=args)
    c = s.login()
    assert c.cmd('PWD') == 257
    s.log_wait('command PWD')
    c.quit()
    assert s.exit_status() == 0


@pytest.mark.parametrize('args', [['-x'], ['--daemon'], ['-d', '11'], ['-q'], ['what']])
def test_faq_2_3c_an_unknown_option(ftpd, binary, args):
    told = run(binary, *args)
    assert told.returncode == 2 and told.stdout == '' and 'usage: in.ftpd' in told.stderr
    s = ftpd(args=args, etc={}, syslog=True)
    c = s.connect(greet=False)
    reply = c.reply()
    assert reply == 421 and len(reply.lines) == 1 and c.at_end()
    assert s.exit_status() == 2
    line = s.ns.log.wait('command line: ' + re.escape(args[0][:2]))
    assert line[:2] == ('daemon', 'err')


# -- what a report of a problem needs ----------------------------------------------------

def test_faq_4_1b_versions(binary):
    short, long = run(binary, '-V'), run(binary, '-VV')
    assert (short.returncode, long.returncode) == (0, 0)
    assert short.stderr == long.stderr == ''
    assert re.match(r'in\.ftpd \d+\.\d+', short.stdout)
    assert long.stdout.startswith(short.stdout)
    for word in ('PAM=', 'TLS=', '/etc/in.ftpd.conf', '/var/lib/in.ftpd/empty', 'system: Linux',
                 'compiler: '):
        assert word in long.stdout, word
    for flags in (['-vv'], ['-V', '-V'], ['-v', '-V']):
        assert run(binary, *flags).stdout == long.stdout, flags
    assert run(binary, '-v').stdout == short.stdout


def test_faq_4_1b_the_configuration_as_it_was_read(ftpd):
    s = ftpd('Umask 027\n<Directory /srv>\n<Limit STOR>\nDenyAll\n</Limit>\n</Directory>')
    status, said = s.check('-d', '9')
    assert status == 0
    for line, word in ((1, 'Umask'), (2, '<Directory'), (3, '<Limit'), (4, 'DenyAll')):
        assert re.search(rf'{word}.*conf:{line}\b|conf:{line}\b.*{word}', said), said


# -- parts -------------------------------------------------------------------------------

# What other builds of such a server may have.
ABSENT = ['mod_tls.c', 'mod_sql.c', 'mod_sql_mysql.c', 'mod_ldap.c', 'mod_radius.c', 'mod_ctrls.c',
          'mod_ban.c', 'mod_sftp.c', 'mod_dynmasq.c', 'mod_nothing.c']


def test_faq_2_5_parts_and_ifmodule(ftpd, binary):
    told = run(binary, '-l')
    parts = told.stdout.split()
    assert told.returncode == 0 and told.stderr == ''
    assert {'mod_core.c', 'mod_auth_unix.c', 'mod_auth_file.c'} <= set(parts)
    assert all(re.fullmatch(r'mod_\w+\.c', p) for p in parts) and len(set(parts)) == len(parts)
    absent = [p for p in ABSENT if p not in parts]
    conf = ''.join(f'<IfModule !{p}>\nNotThere {p}\n</IfModule>\n'
                   f'<IfModule {p}>\nThere {p}\n</IfModule>\n' for p in parts + absent)
    status, said = ftpd(conf).check()
    assert status == 1
    there = re.findall(r':(\d+): (There|NotThere): ', said)
    assert len(there) == len(parts) + len(absent), said
    line = {p: 2 + 6 * n for n, p in enumerate(parts + absent)}
    for part in parts:
        assert (str(line[part] + 3), 'There') in there, part
    for part in absent:
        assert (str(line[part]), 'NotThere') in there, part


@pytest.mark.parametrize('part, line', [
    ('mod_ident.c', 'IdentLookups off'), ('mod_delay.c', 'DelayEngine on'),
    ('mod_ifsession.c', '<IfUser alice>\n</IfUser>'),
    ('mod_ifversion.c', '<IfVersion >= 1>\n</IfVersion>'),
    ('mod_readme.c', 'DisplayReadme README'), ('mod_rlimit.c', 'RLimitMemory session 100M'),
    ('mod_cap.c', 'CapabilitiesEngine on'), ('mod_wrap2.c', 'WrapEngine off'),
    ('mod_wrap.c', 'TCPAccessFiles /a /b'), ('mod_tls.c', 'TLSEngine off'),
    ('mod_facts.c', 'FactsAdvertise on')])
def test_faq_2_5_whose_directives_are_known_is_a_part(ftpd, part, line):
    # Otherwise <IfModule> would leave out, in silence, rules that could have been obeyed.
    status, said = ftpd(f'<IfModule !{part}>\nNotThere\n</IfModule>\n<IfModule {part}>\n{line}\n'
                        '</IfModule>').check()
    assert status == 0, said


def test_faq_2_5_loadmodule(ftpd):
    s = ftpd('LoadModule mod_core.c\nLoadModule mod_auth_file.c\nLoadModule mod_sql.c')
    status, said = s.check()
    assert status == 0 and s.login()
    assert re.search(r'note: .*conf:3: LoadModule: mod_sql\.c', said)
    assert 'conf:1:' not in said and 'conf:2:' not in said
    # what such a part would have obeyed is an error, and not where it is asked whether it is there
    lines = 'TLSEngine on\nSQLConnectInfo a@b\nLDAPServer x\nRadiusEngine on\nBanEngine on\n'
    status, said = ftpd('LoadModule mod_sql.c\n' + lines).check()
    assert status == 1
    # in any order: that there is no certificate shows at the end
    told = re.findall(r'conf:(\d+): (?!LoadModule)\w+: ', said)
    assert sorted(int(n) for n in told) == [2, 3, 4, 5, 6]
    for name in lines.split('\n')[:-1]:
        s = ftpd(f'<IfModule mod_nothing.c>\n{name}\n</IfModule>')
        assert s.check()[0] == 0 and s.connect()


# -- programs ----------------------------------------------------------------------------

@pytest.mark.parametrize('line', [
    'ExecEngine on', 'ExecOnConnect /bin/true', 'ExecOnCommand STOR /bin/true %f',
    'ExecBeforeCommand STOR /bin/true', 'ExecOnError RETR /bin/true', 'ExecOnExit /bin/true',
    'ExecOnEvent * /bin/true', 'ExecOnRestart /bin/true', 'ExecEnviron A b', 'ExecLog /x',
    'ExecOptions useStdin', 'ExecTimeout 10'])
def test_faq_6_8b_no_program_is_configured(ftpd, line):
    s = ftpd(f'Umask 022\n{line}', syslog=True)
    status, said = s.check()
    assert status == 1
    told = re.search(rf'conf:2: {line.split()[0]}: (.*)', said)
    assert told and all(word in told[1] for word in ('ExtendedLog', 'TransferLog', 'PAM')), said
    c = s.connect(greet=False)
    assert c.reply() == 421 and c.at_end()
    assert s.exit_status() == 1
    s.ns.log.wait(f'conf:2: {line.split()[0]}: ')
