"""The tool ftpasswd: run in a directory of its own, or stopped where a test looks."""

import shutil
import subprocess

import pytest

from harness import BUILT, TOOL_ENV, status, until

METHODS = {'yescrypt': '$y$', 'gost-yescrypt': '$gy$', 'scrypt': '$7$', 'bcrypt': '$2b$',
           'sha512': '$6$', 'sha256': '$5$'}

# Stops itself in front of a system call, so that a test can look, and kill.
SHIM = r'''
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static void stop(const char *at)
{
	const char *where = getenv("STOP_AT");
	if (where != NULL && strcmp(where, at) == 0)
		raise(SIGSTOP);
}
int renameat(int a, const char *from, int b, const char *to)
{
	stop("rename");
	return (int)syscall(SYS_renameat2, a, from, b, to, 0);
}
int fsync(int fd)
{
	stop("fsync");
	return (int)syscall(SYS_fsync, fd);
}
'''


class Tool:
    def __init__(self, place):
        self.place = place
        self.program = shutil.copy(BUILT.parent / 'ftpasswd', place.dir / 'ftpasswd')
        self.dir = place.dir / 'accounts'
        self.dir.mkdir(mode=0o755)
        self.file = self.dir / 'passwd'
        self.group = self.dir / 'group'

    def argv(self, words, file=None):
        words = words.split() if isinstance(words, str) else list(words)
        if '--hash' not in words and file is not False:
            groups = {'--group', '--delete-group'} & set(words)
            words += ['--file', str(file or (self.group if groups else self.file))]
        return [str(self.program), *words]

    def __call__(self, words, password=None, file=None, wrapper=(), **how):
        how.setdefault('env', TOOL_ENV)
        if password is not None:
            how['input'] = password if isinstance(password, bytes) else password.encode() + b'\n'
        elif 'stdin' not in how:
            how['stdin'] = subprocess.DEVNULL
        run = subprocess.run([*wrapper, *self.argv(words, file)], capture_output=True, cwd=self.dir,
                             **how)
        assert 'Sanitizer' not in run.stderr.decode()
        return run.returncode, run.stdout.decode(), run.stderr.decode('utf-8', 'surrogateescape')

    def ok(self, words, password=None, **how):
        """Must do it, in silence."""
        code, out, err = self(words, password, **how)
        assert (code, err) == (0, ''), err
        return out

    def add(self, name, password=None, **fields):
        given = {'uid': 61001, 'home': '/home/x', **fields}
        words = ['--passwd', '--name', name, *(f'--{k}={v}' for k, v in given.items())]
        return self.ok(words + (['--stdin'] if password else ['--no-password']), password)

    def start(self, words, stop_at=None, **how):
        env = dict(TOOL_ENV)
        if stop_at:
            shim = self.place.dir / 'shim.so'
            if not shim.exists():
                subprocess.run(['gcc', '-shared', '-fPIC', '-o', shim,
                                self.place.write('shim.c', SHIM)], check=True)
            env.update(LD_PRELOAD=str(shim), STOP_AT=stop_at)
        how.setdefault('stdin', subprocess.DEVNULL)
        p = subprocess.Popen(self.argv(words), env=env, stderr=subprocess.PIPE, cwd=self.dir, **how)
        if stop_at:
            until(lambda: status(p.pid)['State'].startswith(('T', 'Z')))
            assert status(p.pid)['State'].startswith('T')
        return p

    def left(self):
        """Everything beside the two files."""
        return sorted(p.name for p in self.dir.iterdir() if p not in (self.file, self.group))


@pytest.fixture
def tool(place):
    return Tool(place)


def server(ftpd, conf=''):
    return ftpd('AuthUserFile {dir}/accounts/passwd\nAuthGroupFile {dir}/accounts/group\n' + conf)
