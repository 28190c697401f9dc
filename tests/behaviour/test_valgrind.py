"""One whole session without an error under valgrind."""

import re
import shutil
import subprocess

import pytest

from conftest import release_only
from harness import processes, until

# Older valgrinds have no openat2; without links in the way openat does the same.
SHIM = r'''
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <sys/syscall.h>

long syscall(long number, ...)
{
	va_list ap;
	long a[6];

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2) {
		const struct open_how *how = (const void *)a[2];
		const char *path = (const char *)a[1];

		return openat((int)a[0], path, (int)how->flags, (mode_t)how->mode);
	}
	long (*next)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
'''


@release_only
@pytest.mark.timeout(300)
def test_a_session_under_valgrind(ftpd, place):
    if not shutil.which('valgrind'):
        pytest.skip('valgrind cannot be had here')
    shim = place.dir / 'shim.so'
    subprocess.run(['gcc', '-shared', '-fPIC', '-o', shim, place.write('shim.c', SHIM)], check=True)
    place.file('f', b'0123456789' * 10000)
    s = ftpd('DefaultRoot ~\nAllowOverwrite on\nAllowStoreRestart on',
             env={'LD_PRELOAD': str(shim), 'PATH': '/usr/bin:/bin'},
             wrapper=['valgrind', '-q', '--trace-children=yes', f'--log-file={place.dir}/vg.%p'])
    c = s.connect(timeout=100)
    assert c.login('alice', 'wrong') == 530
    assert c.login() == 230
    for line in ('FEAT', 'HELP', 'SYST', 'PWD', 'MKD d', 'CWD d', 'CDUP', 'MLST f', 'TYPE I',
                 'SIZE f',
                 'MDTM f', 'OPTS MLST type;size;', 'STAT', 'STAT .', 'SITE CHMOD 600 f', 'RMD d',
                 'NOPE',
                 'CWD /nowhere', 'MFMT 20200101000000 f', 'AVBL', 'ALLO 1'):
        c.cmd(line)
    assert len(c.get('f')) == 100000
    assert len(c.get('f', 'port', rest=50000)) == 50000
    for line in ('LIST -la', 'NLST *', 'MLSD', 'LIST -R'):
        assert c.names(line)
    assert c.store('STOR g', b'a\r\nb' * 1000) == 226
    c.cmd('TYPE A')
    assert c.store('STOR h', b'a\r\nb' * 1000) == 226
    assert c.get('h')
    c.cmd('RNFR h')
    c.cmd('RNTO i')
    c.cmd('DELE i')
    assert c.quit() == 221
    assert s.spawned[-1].wait(60) == 0
    until(lambda: not processes(s.monitor), 60)     # or what the last ones say is not there yet
    found = [log.read_text() for log in place.dir.glob('vg.*')]
    errors = re.findall(r'(?m)^==\d+== (?!could not unlink)\S.*(?:\n==\d+==    .*)*',
                        '\n'.join(found))
    assert found and not errors, '\n'.join(errors)
