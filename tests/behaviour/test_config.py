"""The language, -t, and what a broken configuration gets."""

import os
import pathlib
import re

import pytest


def errors(said):
    return [l for l in said.splitlines() if re.match(r'\S+:\d+: ', l)]


def refused(s):
    """The 421 of a connection that this configuration may not serve."""
    c = s.connect(greet=False)
    reply = c.reply()
    assert reply == 421 and c.at_end()
    assert s.exit_status() == 1
    assert str(s.dir) not in reply.all and 'conf' not in reply.all
    return reply


def test_faq_4_1a_a_start_that_fails(ftpd):
    s = ftpd('Umask 022\nNoSuchThing on', etc={})
    refused(s)
    line = s.ns.log.wait('NoSuchThing')
    assert line[:2] == ('daemon', 'err')
    assert f'{s.conf_path}:2: NoSuchThing: ' in line[2]
    assert len(s.ns.log.lines) == 1, s.ns.log.lines


def test_missing_file(ftpd):
    s = ftpd(etc={})
    s.conf_path.unlink()
    refused(s)
    assert s.conf_path.name in s.ns.log.wait('No such file')[2]


def test_the_default_file(ftpd):
    s = ftpd(etc={'in.ftpd.conf': 'ServerIdent on "from /etc"\nSystemLog none\n'})
    s.argv = lambda: ['in.ftpd']
    assert s.connect().welcome.text == 'from /etc'


def test_system_log_that_cannot_be_opened(ftpd):
    s = ftpd('SystemLog {dir}/no/such/dir/log', etc={})
    s.connect()
    s.ns.log.wait('SystemLog|no/such')


def test_faq_4_20c_broken_between_two_connections(ftpd):
    s = ftpd(syslog=True)
    c = s.login()
    s.configure('<Limit ALL>\n')
    refused(s)
    s.ns.log.wait(r'conf:\d+: ')
    assert c.cmd('NOOP') == 200


def test_t_reports_every_error(ftpd):
    s = ftpd('Umsk 022\nUmask 9\nPassivePorts 10 20\nTimeoutIdle soon\nDefaultRoot relative\n'
             '<Limit STOR>\nAllowAll\n</Limit>\nRateReadBPS 100\nSeverIdent off\n'
             'Group nobody-there\n<Directory /x>\nServerName "inside"\n</Directory>\n')
    code, said = s.check()
    assert code == 1
    lines = {int(m[1]): m[2] for m in re.finditer(r'\.conf:(\d+): (.*)', said)}
    assert {1, 2, 3, 4, 5, 9, 10, 11, 13} <= set(lines), said
    assert 7 not in lines
    assert 'Umask' in lines[1] and 'TransferRate' in lines[9]
    assert all(re.match(r'\w+: .', lines[n]) for n in (1, 2, 3, 4, 5, 9, 10, 11, 13)), lines


def test_faq_6_4c_misspellings(ftpd):
    code, said = ftpd('SeverIdent off').check()
    assert code == 1 and re.search(r'conf:1: SeverIdent: .*ServerIdent', said)


def test_faq_7_4_authpamauthorative(ftpd):
    code, said = ftpd('AuthPAMAuthorative on').check()
    assert code == 1 and re.search(r'conf:1: AuthPAMAuthorative: .*AuthPAMAuthoritative', said)


def test_faq_7_3_accepted_with_a_note(ftpd):
    s = ftpd('PersistentPasswd off\nAuthPAMAuthoritative off')
    code, said = s.check()
    assert code == 0
    assert re.search('PersistentPasswd', said) and 'AuthOrder' in said
    assert s.login().cmd('NOOP') == 200


def test_faq_5_17a_allowchmod(ftpd):
    s = ftpd('AllowChmod off')
    code, said = s.check()
    assert code == 1 and re.search(r'conf:1: AllowChmod: .*<Limit SITE_CHMOD>', said)


def test_faq_4_16b_socketbindtight(ftpd):
    s = ftpd('SocketBindTight on\nMaxInstances 30\nPidFile /x\nTCPBackLog 5')
    code, said = s.check()
    assert code == 0
    for name in ('SocketBindTight', 'MaxInstances', 'PidFile', 'TCPBackLog'):
        assert name in said
    assert s.login().cmd('NOOP') == 200


@pytest.mark.parametrize('line', ['DeflateEngine on', 'SQLEngine on', 'TraceLog /x',
                                  'LangEngine on'])
def test_what_is_not_there_yet_is_an_error(ftpd, line):
    s = ftpd(line)
    code, said = s.check()
    assert code == 1
    assert re.search(rf'conf:\d: {line.split()[0]}: is not implemented yet', said)
    refused(s)


def test_faq_4_28a_a_group_that_does_not_exist(ftpd):
    s = ftpd('Group nobody-there')
    code, said = s.check()
    assert code == 1 and re.search(r'conf:1: Group: .*nobody-there', said)
    refused(s)


def test_faq_2_3a_the_tree(ftpd, place):
    s = ftpd('Umask 027\n<Directory {home}>\n<Limit STOR>\nDenyAll\n</Limit>\n</Directory>')
    code, said = s.check('-d', '9')
    assert code == 0
    for line, word in ((1, 'Umask'), (2, 'Directory'), (3, 'Limit'), (4, 'DenyAll')):
        assert re.search(rf'{s.conf_path}:{line}\b.*{word}|{word}.*{s.conf_path}:{line}\b',
                         said), said
    assert s.check()[0] == 0


def test_faq_2_3b_debug_lines(ftpd, place):
    conf = '<Directory {home}/alice>\n<Limit STOR>\nDenyAll\n</Limit>\n</Directory>'
    for s in (ftpd(conf, args=['-d', '9']), ftpd('DebugLevel 9\n' + conf)):
        c = s.login()
        assert c.store('STOR f', b'x') == 550
        c.cmd('PWD')
        c.quit()
        s.exit_status()
        text = s.log()
        assert re.search(r'PASS \(hidden\)', text) and 'PASS pw' not in text
        assert re.search(r'\bPWD\b', text)
        assert re.search(r'section <Directory .*alice> at .*conf:\d+ for .*alice/f', text), text
        assert re.search(rf'STOR.*conf:\d+', text), text
        assert re.search(r'conf:\d+.*STOR|STOR.*conf:\d+', text)
    quiet = ftpd()
    quiet.login().cmd('PWD')
    assert 'PWD' not in quiet.log()


# -- the language ------------------------------------------------------------------

def banner(ftpd, conf, **how):
    return ftpd(conf, **how).connect().welcome.text


@pytest.mark.parametrize('text, expect', [
    ('ServerIdent on "a b"', 'a b'), ('serverident ON "x"', 'x'), ('SERVERIDENT On x', 'x'),
    ('ServerIdent on "say \\"hi\\""', 'say "hi"'), ('ServerIdent \\\n  on \\\n "joined"', 'joined'),
    ('# ServerIdent on "no"\nServerIdent on "yes" # why', 'yes'), ('  \tServerIdent\ton\tx', 'x'),
    ('ServerIdent on "one"\nServerIdent on "two"', 'one'), ('ServerIdent on "a#b"', 'a#b'),
    ('ServerIdent on x\r\nUmask 022\r', 'x'), ('ServerIdent on "%{env:WORD}"', 'swordfish'),
    ('<IfDefine LABEL>\nServerIdent on defined\n</IfDefine>\nServerIdent on other', 'other'),
    ('Define LABEL\n<IfDefine LABEL>\nServerIdent on defined\n</IfDefine>', 'defined'),
    ('<IfDefine !LABEL>\nServerIdent on without\n</IfDefine>', 'without'),
    ('<IfModule mod_sql.c>\nNoSuchThing\n</IfModule>\nServerIdent on x', 'x'),
    ('<IfModule !mod_sql.c>\nServerIdent on x\n</IfModule>', 'x'),
    ('<IfModule mod_core.c>\n<IfModule !mod_sql.c>\nServerIdent on x\n</IfModule>\n</IfModule>',
     'x'),
    ('<Global>\nServerIdent on global\n</Global>', 'global'),
    ('<Global>\nServerIdent on global\n</Global>\nServerIdent on own', 'own'),
    ('<Global>\nServerIdent on g1\n</Global>\n<Global>\nServerIdent on g2\n</Global>', 'g2'),
])
def test_language(ftpd, text, expect):
    if 'env:' in text:
        assert banner(ftpd, text, env={'WORD': 'swordfish'}) == expect
    else:
        assert banner(ftpd, text) == expect


def test_define_on_the_command_line(ftpd):
    assert banner(ftpd, '<IfDefine L>\nServerIdent on yes\n</IfDefine>', args=['-D', 'L']) == 'yes'


@pytest.mark.parametrize('text', [
    '<Limit ALL>', '</Limit>', '<Directory /x>\n</Limit>', '<IfModule mod_sql.c>',
    '<NoSuch x>\n</NoSuch>',
    'ServerIdent on "%{env:NOT_THERE}"', 'Umask', 'Umask 1 2 3', 'Umask x',
    'AllowOverwrite perhaps',
    'PassivePorts 1000 2000', 'PassivePorts 3000 2000', 'PassivePorts 3000', 'DefaultRoot relative',
    'TimeoutIdle -1', 'MaxLoginAttempts x', '<Anonymous relative>\n</Anonymous>',
    '<Directory relative>\n</Directory>', 'DisplayConnect relative', 'AllowFilter (',
    'DenyFilter *[',
    'AuthOrder mod_nonsense.c', 'DebugLevel 11', 'Port 70000', 'SyslogLevel loud',
    'AuthUserFile relative',
    'UserAlias one', '<VirtualHost>\n</VirtualHost>', 'User a b', 'MasqueradeAddress',
    'ServerIdent', 'Include relative', 'SyslogFacility nonsense', 'HiddenStores a/b',
    '<Limit>\n</Limit>',
    '<Directory /a>\n</Directory>\n<Directory /a>\n</Directory>', 'AllowAll',
    '<Directory /a>\n<Directory /a/b>\n</Directory>\n</Directory>', 'Umask 022\0',
    'CommandBufferSize 1'])
def test_errors_have_a_place(ftpd, text):
    s = ftpd(text)
    code, said = s.check()
    assert code == 1
    assert re.search(r'server\d+\.conf:\d+: ', said), said
    refused(s)


def test_attack_87_every_prefix_is_an_error_or_as_strict(ftpd, place):
    # A file that is read while it is being written.
    whole = ('ServerIdent off\nDefaultRoot ~\n<Limit WRITE>\nDenyAll\n</Limit>\n'
             '<Directory {home}>\n<Limit ALL>\nDenyAll\n</Limit>\n</Directory>\n')
    s = ftpd(whole, base=False)
    text = s.conf_path.read_text()
    for n in range(len(text)):
        s.conf_path.write_text(text[:n])
        code, said = s.check()
        assert code in (0, 1), (n, said)
        opened = len(re.findall(r'(?m)^<\w[^>]*>$', text[:n]))
        closed = len(re.findall(r'(?m)^</\w+>$', text[:n]))
        assert opened == closed or code == 1, n


def test_include(ftpd, place):
    (place.dir / 'conf.d').mkdir()
    place.write('conf.d/10-first', 'ServerIdent on "first"\n')
    place.write('conf.d/20-second', 'ServerIdent on "second"\nNoSuchThing\n')
    assert banner(ftpd, 'Include {dir}/conf.d/1*') == 'first'
    s = ftpd('Include {dir}/conf.d')
    code, said = s.check()
    assert code == 1 and f'{place.dir}/conf.d/20-second:2: NoSuchThing' in said
    place.write('conf.d/20-second', '')
    assert banner(ftpd, 'Include {dir}/conf.d') == 'first'
    code, said = ftpd('Include {dir}/nowhere.conf\nInclude {dir}/conf.d/none*').check()
    assert code == 0 and 'nowhere' in said


def test_include_cycles(ftpd, place):
    place.write('a.conf', f'Include {place.dir}/b.conf\n')
    place.write('b.conf', f'Include {place.dir}/a.conf\n')
    s = ftpd('Include {dir}/a.conf')
    assert s.check()[0] == 1
    refused(s)


def test_include_inside_a_section(ftpd, place):
    place.write('limit', 'DenyAll\n')
    c = ftpd('<Limit STOR>\nInclude {dir}/limit\n</Limit>').login()
    assert c.store('STOR f', b'x') == 550


def test_attack_87_hostile_files(ftpd, place):
    s = ftpd()
    for text in ('x' * 1000000, '<Directory /a>\n' * 10000, '"' * 100000, '\\\n' * 10000 + 'x',
                 '<IfDefine x>\n' * 10000, '\0' * 1000, 'ServerName "' + 'a' * 2000000 + '"',
                 '%{env:' * 1000, '<' * 100000):
        s.conf_path.write_text(text)
        refused(s)


@pytest.mark.parametrize('what', ['writable', 'foreign', 'directory', 'fifo', 'include'])
def test_untrusted_files(ftpd, place, what):
    s = ftpd('Include {dir}/more' if what == 'include' else '')
    if what == 'writable':
        s.conf_path.chmod(0o666)
    elif what == 'foreign':
        os.chown(s.conf_path, 61001, 0)
    elif what == 'include':
        place.write('more', 'Umask 0\n', 0o646)
    else:
        s.conf_path.unlink()
        s.conf_path.mkdir() if what == 'directory' else os.mkfifo(s.conf_path)
    refused(s)


def test_directives_of_a_real_site(ftpd):
    """The shape of Debian's own configuration, in our words."""
    s = ftpd("""LoadModule mod_sql.c
<IfModule mod_ident.c>
IdentLookups off
</IfModule>
ServerName "Debian"
ServerType standalone
DeferWelcome off
DefaultServer on
ShowSymlinks on
TimeoutNoTransfer 600
TimeoutStalled 600
TimeoutIdle 1200
DisplayLogin welcome.msg
DisplayChdir .message on
ListOptions "-l"
DenyFilter \\*.*/
Port 21
<IfModule mod_dynmasq.c>
</IfModule>
MaxInstances 30
User nobody
Group nogroup
Umask 022 022
AllowOverwrite on
<IfModule mod_quotatab.c>
QuotaEngine off
</IfModule>
<IfModule mod_ratio.c>
Ratios off
</IfModule>
<IfModule mod_delay.c>
DelayEngine on
</IfModule>
<IfModule mod_ctrls.c>
ControlsEngine off
ControlsMaxClients 2
ControlsSocket /run/x.sock
</IfModule>
<IfModule mod_ctrls_admin.c>
AdminControlsEngine off
</IfModule>
Include {dir}/nothing/*.conf
""")
    code, said = s.check()
    assert code == 0, said
    assert 'standalone' in said and 'mod_sql' in said


def test_debians_own_configuration(ftpd, binary):
    unpacked = os.environ.get('UNPACKED')
    found = sorted(pathlib.Path(unpacked).glob('proftpd-core/**/proftpd.conf')) if unpacked else []
    if not found:
        pytest.skip("Debian's proftpd-core package cannot be had here")
    modules = found[0].with_name('modules.conf')
    s = ftpd(etc={'passwd': 'root:x:0:0::/:/bin/sh\nproftpd:x:100:65534::/:/bin/false\n'
                            'nobody:x:65534:65534::/:/bin/false\n',
                  'proftpd/modules.conf': modules.read_text() if modules.exists() else ''})
    s.conf_path.write_text(found[0].read_text())
    code, said = s.check()
    assert code == 0, said


@pytest.mark.parametrize('line, names', [
    ('RateReadBPS 10240', 'TransferRate'), ('RateWriteHardBPS on', 'TransferRate'),
    ('RateReadFreeBytes 1', 'TransferRate'), ('CopyEngine on', ''), ('SiteMiscEngine on', ''),
    ('DisplayFirstChdir .m', 'DisplayChdir'), ('LsDefaultOptions -l', 'ListOptions'),
    ('ExecOnConnect /bin/true', 'PAM'), ('AuthOTPEngine on', 'PAM'), ('BanEngine on', 'wrappers'),
    ('LDAPServer x', 'PAM'), ('RadiusEngine on', 'pam_radius'), ('Bind 10.0.0.1', 'DefaultAddress'),
    ('Bandwidth 1', 'TransferRate'), ('Class x ip 10.', '<Class>'),
    ('GroupPassword x y', 'AuthUserFile')])
def test_replaced_directives_name_the_new_one(ftpd, line, names):
    code, said = ftpd(line).check()
    assert code == 1
    told = re.search(rf'conf:1: {line.split()[0]}: (.*)', said)
    assert told and names in told[1], said


@pytest.mark.parametrize('line', ['CopyEngine off', 'SiteMiscEngine off', 'CapabilitiesEngine on',
                                  'RootRevoke on',
                                  'MultilineRFC2228 on', 'LoadModule mod_ldap.c', 'ModulePath /x',
                                  'ScoreboardScrub on', 'RegexOptions MatchLimit 5'])
def test_no_effect_is_told(ftpd, line):
    s = ftpd(line)
    code, said = s.check()
    assert code == 0 and re.search(rf'conf:1: {line.split()[0]}: ', said), said
    assert s.login().cmd('NOOP') == 200


def test_includeoptions(ftpd, place):
    place.write('real.conf', 'ServerIdent on "included"\n')
    (place.dir / 'link.conf').symlink_to('real.conf')
    code, said = ftpd('Include {dir}/link.conf').check()
    assert code == 1 and re.search('conf:1: Include: .*link.*AllowSymlinks', said)
    assert banner(ftpd, 'Include {dir}/l*.conf') != 'included'
    assert banner(ftpd, 'IncludeOptions AllowSymlinks\nInclude {dir}/link.conf') == 'included'
