/* The TLS process's system calls: a list, by libseccomp. */
#include "tls/sandbox.h"

#ifdef WITH_TLS

#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef WITH_SANITIZER

/* The sanitizers' own calls are not on the list. */
const char *sandbox_load(void)
{
	return NULL;
}

const char *sandbox_enter(void)
{
	return NULL;
}

#else

/* What we use of libseccomp's interface; its numbers are the kernel's (seccomp_rule_add(3)). */
enum { ACTION_ALLOW = 0x7fff0000, COMPARE_EQUAL = 4 };
static const uint32_t action_kill_process = 0x80000000;
struct comparison { unsigned argument; int how; uint64_t value, mask; };

struct calls {
	void *(*init)(uint32_t);
	int (*rule_add_array)(void *, uint32_t, int, unsigned, const void *);
	int (*load)(const void *);
	void (*release)(void *);
};

static const struct { const char *name; size_t at; } symbols[] = {
	{ "seccomp_init", offsetof(struct calls, init) },
	{ "seccomp_rule_add_array", offsetof(struct calls, rule_add_array) },
	{ "seccomp_load", offsetof(struct calls, load) },
	{ "seccomp_release", offsetof(struct calls, release) },
};

static const int allowed[] = {
	/* the descriptors that it has and is given */
	SYS_read, SYS_write, SYS_pread64, SYS_recvfrom, SYS_sendto, SYS_recvmsg, SYS_sendmsg,
	SYS_shutdown, SYS_close, SYS_ppoll,
	/* memory, random numbers and time */
	SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_brk, SYS_madvise, SYS_futex,
	SYS_getrandom, SYS_clock_gettime, SYS_getpid, SYS_sched_yield,
#ifdef SYS_gettimeofday
	SYS_gettimeofday,
#endif
#ifdef SYS_time
	SYS_time,
#endif
	/* signals, and the end */
	SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_restart_syscall, SYS_exit, SYS_exit_group,
	SYS_gettid,
	/* for the qsort of some libcs, how much memory there is: hundreds of CAs are sorted */
	SYS_sysinfo,
};

const char *sandbox_load(void)
{
	return dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL) != NULL ? NULL :
	    "libseccomp.so.2 cannot be loaded; is the package libseccomp2 installed?";
}

const char *sandbox_enter(void)
{
	void *library = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL), *filter;
	/*
	 * for abort(3): every process of `User`, other clients' too, could be sent a signal
	 * otherwise
	 */
	const struct comparison itself = { 0, COMPARE_EQUAL, (uint64_t)getpid(), 0 };
	/* a socket's one option (tls/wire.c) */
	const struct comparison option[] = { { 1, COMPARE_EQUAL, IPPROTO_TCP, 0 },
		{ 2, COMPARE_EQUAL, TCP_QUICKACK, 0 } };
	struct calls call;
	int err = 0;

	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
		void *f = library != NULL ? dlsym(library, symbols[i].name) : NULL;

		if (f == NULL)
			return symbols[i].name;
		memcpy((char *)&call + symbols[i].at, &f, sizeof f);
	}
	filter = call.init(action_kill_process);
	if (filter == NULL)
		return "seccomp_init";
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed && err == 0; i++)
		err = call.rule_add_array(filter, ACTION_ALLOW, allowed[i], 0, NULL);
	if (err == 0)
		err = call.rule_add_array(filter, ACTION_ALLOW, SYS_tgkill, 1, &itself);
	if (err == 0)
		err = call.rule_add_array(filter, ACTION_ALLOW, SYS_setsockopt, 2, option);
	if (err == 0)
		err = call.load(filter);
	call.release(filter);
	return err == 0 ? NULL : "the system call filter cannot be set";
}

#endif
#endif
