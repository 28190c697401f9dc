#ifndef CONFIG_BOUNDS_H
#define CONFIG_BOUNDS_H

/*
 * Every bound that bytes from outside meet first, in one place. Sizes are in
 * bytes and include the closing NUL unless a line says otherwise.
 */
enum {
	LINE_DEFAULT = 4096,         /* CommandBufferSize: a command line without its CR LF */
	LINE_MIN = 512,
	LINE_LIMIT = 16384,          /* the largest CommandBufferSize */
	LINE_GIVE_UP = 65536,        /* this much without an end: 421 */
	PATHNAME_SIZE = 4096,        /* a pathname, as the kernel bounds it (PATH_MAX) */
	NAME_SIZE = 256,             /* one component of a pathname */
	LINK_STEPS = 40,             /* symbolic links followed in one resolution */
	USER_SIZE = 256,             /* a user name from the client */
	HOST_SIZE = 256,             /* a host's name from the client (RFC 1035: 253 and the NUL) */
	HOSTS_MAX = 20,              /* HOSTs of one connection that are looked at; more are 504 */
	SECRET_SIZE = 1025,          /* a password or an answer to a prompt */
	PROMPT_SIZE = 512,           /* a prompt that PAM wants shown */
	TEXT_SIZE = 1024,            /* a configured message, a log record's text */
	CLIENT_NAME_SIZE = 128,      /* CLNT */
	GROUPS_MAX_SENT = 4096,      /* supplementary groups of one session */
	MSG_SIZE = 32768,            /* a message on the boundary */
	GROUPS_BLOCK = 16384,        /* names of groups in one of them */
	GLOB_DEPTH = 8,              /* components of a pattern that hold wildcards */
	GLOB_STEPS = 100000,         /* comparison steps of one pattern and one name */
	GLOB_MATCHES = 10000,        /* names one pattern may give */
	LIST_SORT_MAX = 20000,       /* more entries are streamed in directory order */
	LIST_DEPTH = 32,             /* LIST -R, unless ListOptions says less */
	DISPLAY_SIZE = 65536,        /* a Display file */
	CONFIG_SIZE = 16777216,      /* a configuration file */
	CONFIG_LINE = 1048576,       /* a logical line of it */
	CONFIG_DEPTH = 64,           /* nested sections */
	INCLUDE_DEPTH = 32,
	CONFIG_ERRORS = 1000,        /* reported; the rest is counted */
	LOGIN_ATTEMPTS_MAX = 50,
};

#endif
