#ifndef AUTH_MSG_H
#define AUTH_MSG_H

#include "config/addr.h"
#include "config/bounds.h"
#include "config/quota.h"
#include "config/ratio.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The boundary between a session and its monitor: typed messages over an AF_UNIX
 * SOCK_SEQPACKET pair, one datagram each, at most one descriptor with it. Fields are put
 * and taken in order by type, each with its own maximum; a message must end exactly.
 * Mistakes are sticky: put or take everything, check once with msg_done.
 * Numbers are in host order (both ends are one machine).
 */
struct msg {
	uint32_t type;               /* enum priv_request or enum priv_answer */
	size_t len, pos;             /* bytes put; bytes taken */
	bool bad;
	int fd;                      /* a descriptor that comes with it, or -1; the taker owns it */
	unsigned char bytes[MSG_SIZE];
};

void msg_start(struct msg *m, uint32_t type);
void msg_put_u32(struct msg *m, uint32_t v);
void msg_put_u64(struct msg *m, uint64_t v);
void msg_put_bytes(struct msg *m, const void *bytes, size_t n);
void msg_put_str(struct msg *m, const char *s);
uint32_t msg_get_u32(struct msg *m);
uint64_t msg_get_u64(struct msg *m);
bool msg_get_bool(struct msg *m);           /* 0 or 1, anything else is bad */
/* Take up to `max` bytes into `out`; returns the count. More than `max` is bad. */
size_t msg_get_bytes(struct msg *m, void *out, size_t max);
/* Take a text into `out` of `size` bytes, with its NUL; a NUL inside or too much is bad. */
void msg_get_str(struct msg *m, char *out, size_t size);
/* True when everything was taken, nothing was bad, and no descriptor is left over. */
bool msg_done(const struct msg *m);

/* Send on a blocking socket. Returns 0 or -errno (-EMSGSIZE when `m` is bad). */
int msg_send(int sock, const struct msg *m);
/*
 * Receive one message. Returns 1, 0 at the end of file, or -errno; a datagram that is
 * truncated, too short, or brings more than one descriptor is -EBADMSG.
 * Signals do not restart it: -EINTR.
 */
int msg_recv(int sock, struct msg *m);
/* The pure half of msg_recv: make `m` of a datagram's bytes. False when they are none. */
bool msg_parse(struct msg *m, const unsigned char *datagram, size_t n);

/*
 * What a session may ask. The table in talk.c says when, how often and who answers.
 * Fields are listed in order; "→" is the answer's.
 */
enum priv_request {
	PRIV_LOG = 1,      /* u32 level, bool auth, str text (no answer) */
	PRIV_USER,         /* str name → PRIV_PROMPT or PRIV_REFUSED */
	PRIV_ANSWER,       /* str secret → PRIV_PROMPT, PRIV_REFUSED or PRIV_GRANTED */
	PRIV_HANDOVER,     /* struct handover, field by field (no answer; the session exits) */
	PRIV_ACTIVE,       /* u32 family, bytes address, u32 port → PRIV_DESCRIPTOR */
	PRIV_NAME,         /* bool group, u32 id → PRIV_TEXT, "" when it has no name */
	PRIV_TRANSFER,     /* struct transfer_record, field by field (no answer) */
	PRIV_COMMAND,      /* struct command_record, field by field (no answer) */
	PRIV_STATE,        /* struct session_state, field by field: what the session does now, for
	                      ftpwho and ps (no answer; what comes too often is dropped) */
	PRIV_READY,        /* second session: str jail, str start directory (both host paths) */
	PRIV_FAILED,       /* second session: str reason; it could not become the user */
	PRIV_CLOSING,      /* struct closing, field by field: sent once, last (no answer) */
	PRIV_PEER,         /* (empty) → PRIV_TEXT: the peer's name, "" where it has none */
	PRIV_GROUPS,       /* u32 index of the first wanted → PRIV_GROUP_NAMES */
	PRIV_HIDDEN,       /* u32 number of a HideUser or HideGroup → PRIV_RESULT: its id */
	PRIV_OWNER,        /* bool group stays; a new file's descriptor → PRIV_RESULT, value 0 */
	PRIV_GROUP_ID,     /* str name of a group → PRIV_RESULT, value its gid */
	PRIV_IDENT,        /* (empty) → PRIV_TEXT: who the peer's machine says the client is, by
	                      now */
	PRIV_HOST,         /* str name, "": of this address → PRIV_GRANTED (hand over and exit: a
	                      new first session follows) or PRIV_RESULT: errno 0, it is this
	                      server */
	PRIV_MASQUERADE,   /* (empty) → PRIV_TEXT: the address for PASV, where a name is configured;
	                      "": unknown */
	PRIV_TLS,          /* AUTH TLS: have a TLS process (→ PRIV_RESULT, value 0) */
	PRIV_TLS_START,    /* the 234 is out, and what came in clear is gone → once the handshake is
	                      over PRIV_DESCRIPTOR: the plain end of the control connection; or
	                      PRIV_GRANTED (SNI named another server: hand over and exit) */
	PRIV_RATIO,        /* struct ratio_request, field by field → PRIV_RATIO_COUNTS. Counters of
	                      the session's own line in a RatioFile of the configuration: whose that
	                      is, and what is in it, the monitor knows by itself */
	PRIV_QUOTA,        /* u32 enum quota_op, str path that it is about, for the log, u64 bytes
	                      of a download, up to QUOTA_MOST → PRIV_QUOTAS. Where there is room, a
	                      transfer's file and these bytes are counted ahead, until
	                      PRIV_QUOTA_USED or the next one */
	PRIV_QUOTA_ROOM,   /* u64 bytes of an upload that are about to be written, 1 to
	                      QUOTA_ASK_MAX, behind a PRIV_QUOTA → PRIV_ROOM */
	PRIV_QUOTA_USED,   /* struct quota_use, field by field: what was transferred, stored or
	                      removed; what room is left of an upload's is given back → PRIV_RESULT,
	                      value 0 */
	PRIV_QUOTA_TURN,   /* u32 n, up to 2, u64[n] below QUOTA_TURNS: names of counted files, of
	                      which no other session takes any away until the next one of these →
	                      PRIV_RESULT, value 0; for n = 0, whose end it is, no answer */
	PRIV_QUOTA_SCAN,   /* u64 bytes, u64 files of the user's home, under QuotaOptions
	                      ScanOnLogin alone, once, at the start → PRIV_RESULT, value 0 */
	PRIV_CLIENTS,      /* bool of the client's class → PRIV_RESULT, value how many sessions
	                      there are now */
	PRIV_CLAIM,        /* struct claim, field by field: a transfer begins, and counts from now
	                      on. Limits of the server's own lines hold, whatever it says →
	                      PRIV_RESULT: errno 0; EUSERS, value the enum claim_kind of the limit
	                      that is reached; EIO: nobody counts */
	PRIV_CLAIM_OVER,   /* (empty) it counts no more → PRIV_RESULT: errno 0 */
	PRIV_SHARE,        /* u64 bytes that the transfer has moved so far, behind a PRIV_CLAIM →
	                      PRIV_RATE */
	PRIV_REQUESTS
};

enum priv_answer {
	PRIV_PROMPT = 100, /* bool anonymous, bool an empty answer is taken, str prompt ("": the
	                      usual password prompt) */
	PRIV_REFUSED,      /* bool final, str text for the 530 ("": the usual one) */
	PRIV_GRANTED,      /* (empty) hand over and exit */
	PRIV_DESCRIPTOR,   /* u32 errno, 0 when a descriptor comes with it: non-blocking, and its
	                      connection may still be under way (poll for POLLOUT, then SO_ERROR) */
	PRIV_TEXT,         /* str */
	PRIV_GROUP_NAMES,  /* u32 how many in all, bytes: names of the user's groups, each with its
	                      NUL */
	PRIV_BECOME,       /* to the second session: struct identity, field by field, bool no_links,
	                      bool root_uid (auth/login.h), bytes struct condition_set,
	    u32 how many homes,
	                      of each: str user, str path (context_homes) */
	PRIV_GO,           /* to the second session: struct handover, field by field */
	PRIV_RESULT,       /* u32 errno, u32 value: 0 with an errno */
	PRIV_RATIO_COUNTS, /* struct ratio_answer, field by field */
	PRIV_END,          /* str text: say 421 with it and exit */
	PRIV_QUOTAS,       /* u32 errno (0: all else counts), struct quota_told, field by field */
	PRIV_RATE,         /* u64 bytes a second that are its share of a TransferRateTotal, 0: there
	                      is none; u32 ms after which to ask again */
	PRIV_ROOM,         /* u32 errno, u64 bytes that may be written: fewer than asked for is all
	                      there is */
};

/*
 * The TLS process (tls/process.h), over the same kind of socket pair. With its monitor: what to
 * load and whom the handshake met. With the session after login: one data connection at a time.
 */
enum tls_message {
	/* from the monitor */
	TLS_SETTINGS = 200, /* struct tls_settings, field by field: forget what was loaded before */
	TLS_FILE,           /* u32 enum tls_file, str name for messages; its descriptor */
	TLS_LOAD,           /* (empty) that was all → TLS_LOADED */
	TLS_START,          /* (empty) shake hands with the client → TLS_UP or TLS_FAILED */
	TLS_KEEP,           /* to TLS_NAME: go on with what is loaded; or TLS_SETTINGS … TLS_LOAD,
	                       or */
	TLS_REFUSE,         /* to TLS_NAME: alert 112 (unrecognized_name), then TLS_FAILED */
	/* to the monitor */
	TLS_LOADED = 220,   /* bool good, str why not, for the log */
	TLS_NAME,           /* str: the server name of the ClientHello (SNI); at most once */
	TLS_UP,             /* struct tls_peer, field by field */
	TLS_FAILED,         /* str why, for the log; the process ends */
	TLS_LOG,            /* u32 level, str text */
	TLS_TERM,           /* (empty) it was sent a SIGTERM */
	/* from the session */
	TLS_OPEN = 240,     /* bool the session must be one of this control connection; the data
	                       connection's descriptor → TLS_OPENED */
	TLS_RELAY,          /* bool to the client; a descriptor: what is read there is sent up to
	                       its end (or what is received is written there, to the end) →
	                       TLS_DONE */
	TLS_SEND,           /* u64 offset, u64 end; a file → TLS_PROGRESS …, TLS_DONE */
	TLS_RECEIVE,        /* u64 most bytes; a file, at its position → TLS_PROGRESS …, TLS_DONE */
	TLS_CLOSE,          /* (empty) drop the data connection, in whatever state
	                       → TLS_PROGRESS where the last one was not all, TLS_CLOSED */
	TLS_CLEAR,          /* (empty) CCC: end TLS behind what the session says next →
	                       TLS_CLEARED */
	/* to the session */
	TLS_OPENED = 260,   /* u32 errno, 0: it stands; EPERM: it resumed no session of this control
	                       connection; EPROTO: `why`; str why */
	TLS_PROGRESS,       /* u64 bytes of the file so far */
	TLS_DONE,           /* u32 enum tls_end, u32 errno, u64 bytes; the connection has ended */
	TLS_CLOSED,         /* (empty) whatever was to come before it has come */
	TLS_CLEARED,        /* u32 errno */
};

/* What TLS_FILE brings. */
enum tls_file {
	TLS_FILE_CERTIFICATE,        /* PEM: a certificate, and its chain behind it */
	TLS_FILE_KEY,                /* PEM: the key of the certificate before it */
	TLS_FILE_CHAIN,              /* PEM: certificates between ours and the root */
	TLS_FILE_DH,                 /* PEM: Diffie-Hellman parameters */
	TLS_FILE_CA,                 /* PEM: whose client certificates are believed, any number of
	                                these */
	TLS_FILE_CRL,                /* PEM: revoked ones, any number */
	TLS_FILES
};

/* How a data connection ended. */
enum tls_end {
	TLS_COMPLETE,                /* close_notify both ways as it should be: every byte is
	                                there */
	TLS_NET,                     /* the network's errno */
	TLS_DISK,                    /* the file's errno */
	TLS_SHRUNK,                  /* the file ended before its time */
	TLS_CUT,                     /* the client's bytes ended without a close_notify */
	TLS_ENDS
};

enum { TLS_NAMES_MAX = 16, CERTIFICATE_SIZE = 8192 };

/* What a server's directives say of TLS; texts "": ours. */
struct tls_settings {
	uint32_t protocols;          /* TLS_1_0 … (config/settings.h) */
	char ciphers[TEXT_SIZE], suites[TEXT_SIZE], curves[NAME_SIZE];
	bool server_preference, alpn;
	bool sni;                    /* TLS_NAME is wanted where the client names a server */
	uint32_t verify, depth;      /* enum tls_verify; CAs between a client's certificate and a
	                                root */
	char user_name[NAME_SIZE];   /* TLSUserName, "": off */
	bool certificate;            /* the client's certificate is wanted: AllowDotLogin */
	bool resume;                 /* data connections must resume, whatever a session says */
};

/* Whom the handshake met. */
struct tls_peer {
	char protocol[32], cipher[64];       /* "TLSv1.3", "TLS_AES_256_GCM_SHA384" */
	uint32_t bits;               /* of the cipher */
	char server_name[HOST_SIZE]; /* SNI, "" */
	bool verified;               /* a certificate came, and a CA of ours vouches for it */
	char subject[NAME_SIZE];     /* its subject, for the log; "" */
	uint32_t nnames;             /* what TLSUserName finds in it: */
	char names[TLS_NAMES_MAX][USER_SIZE];
	uint32_t certificate_size;   /* of its DER form, 0: not wanted, too large, or none */
	unsigned char certificate[CERTIFICATE_SIZE];
};

/* What the TLS process begins with. */
struct tls_start {
	int client;                  /* the control connection itself */
	int plain;                   /* its other side, in clear: the session's bytes */
	int monitor;                 /* the boundary */
	int session;                 /* to the session after login */
};

void msg_put_tls_settings(struct msg *m, const struct tls_settings *t);
void msg_get_tls_settings(struct msg *m, struct tls_settings *t);
void msg_put_tls_peer(struct msg *m, const struct tls_peer *t);
void msg_get_tls_peer(struct msg *m, struct tls_peer *t);

/* Who a session becomes. `anonymous` is the <Anonymous>'s index, 0 for a real user. */
struct identity {
	uint32_t uid, gid;
	uint32_t ngroups;
	uint32_t *groups;            /* room for GROUPS_MAX_SENT, the receiver's */
	uint32_t anonymous;
	bool guest;                  /* treated as anonymous: of an <Anonymous>, or of
	                                AnonymousGroup */
	char typed[USER_SIZE];       /* as the client gave it: %u */
	char account[USER_SIZE];     /* the account it stands for */
	char email[SECRET_SIZE];     /* what an anonymous user gave as password */
	char home[PATHNAME_SIZE];
	char jail[PATHNAME_SIZE];    /* host path as configured; "": none */
	char start[PATHNAME_SIZE];   /* DefaultChdir, or "" for the home */
	bool wants_records;          /* TransferLog or UploadNotify is on: PRIV_TRANSFER is of
	                                use */
	bool wants_state;            /* somebody looks: PRIV_STATE is of use */
	uint32_t log_classes;        /* of commands that an ExtendedLog wants: PRIV_COMMAND is of
	                                use */
	bool by_certificate;         /* nobody was asked for a password (TLSUserName): 232 */
	bool wrapped;                /* Wrap tables were asked, and let him in: WrapAllowMsg */
};

/* What the first session leaves to the second: bytes read but not run, and its state. */
struct handover {
	bool type_ascii, epsv_all, utf8;
	bool pbsz, prot;             /* PBSZ was given; PROT P is in force (RFC 4217) */
	uint32_t telnet;             /* state of the IAC parser (session/line.h) */
	uint32_t mlst_facts;         /* bits of session/facts.h */
	uint32_t commands;           /* run so far */
	uint64_t raw_in, raw_out;    /* bytes so far, as in struct command_record */
	char client[CLIENT_NAME_SIZE];
	uint32_t pending;            /* bytes in `line` */
	unsigned char line[LINE_LIMIT];
};

/* One line of the transfer log; the monitor adds user, peer and time. */
struct transfer_record {
	char path[PATHNAME_SIZE];    /* inside the root; the monitor adds the jail */
	char moved[PATHNAME_SIZE];   /* of an upload: where StoreMoveTo brought it, inside the root;
	                                "": nowhere */
	uint64_t size;               /* … of its file, at the end */
	uint64_t bytes, milliseconds;
	bool ascii, complete;
	char direction;              /* 'i' stored, 'o' retrieved, 'd' deleted */
};

/* How a command's transfer ended, for ExtendedLog. */
enum transfer_status {
	TRANSFER_NONE, TRANSFER_SUCCESS, TRANSFER_FAILED, TRANSFER_CANCELLED, TRANSFER_TIMEOUT,
	TRANSFER_STATUSES
};

/* One command, for ExtendedLog; the monitor adds who, where and when. Texts "": absent. */
struct command_record {
	uint32_t classes;            /* config/logformat.h */
	const char *verb;            /* "RETR", "SITE CHMOD" */
	const char *argument, *text; /* text: of the last reply */
	const char *path;            /* inside the root; the monitor adds the jail */
	const char *from;            /* RNTO: RNFR's path */
	uint32_t code;               /* 0: none */
	uint64_t milliseconds;       /* from the command to its last reply */
	uint64_t raw_in, raw_out;    /* bytes of the connection so far */
	/* a transfer's, a listing's too */
	enum transfer_status status;
	bool ascii, modified;        /* modified: the file was there before */
	bool has_bytes, has_size, has_offset;
	uint64_t bytes, transfer_ms, size, offset;
	uint32_t port;               /* of the data connection; 0: there was none */
};
/* Where the texts of one that is taken lie. */
enum { VERB_SIZE = 24 };
struct command_texts {
	char verb[VERB_SIZE], argument[PATHNAME_SIZE], text[TEXT_SIZE];
	char path[PATHNAME_SIZE], from[PATHNAME_SIZE];
};

/* What is to be done to the counters that are kept (SaveRatios). */
enum ratio_what {
	RATIO_SHOW,                  /* nothing: what do they say */
	RATIO_TAKE,                  /* a file of `bytes` is to be fetched, if `rule` lets it */
	RATIO_GIVE_BACK,             /* `bytes` of the latest such were not sent; it was none at all
	                                where `file`. Once, and no more than were taken */
	RATIO_STORED, RATIO_REMOVED, /* `bytes`, and a file where `file` */
	RATIO_WHATS
};
struct ratio_request {
	enum ratio_what what;
	uint32_t number;             /* of a RatioFile */
	uint32_t rule;               /* of a HostRatio and its like; 0: none holds */
	bool file;
	uint64_t bytes;              /* at most RATIO_COUNT_MAX */
};
struct ratio_answer {
	uint32_t err;                /* 0, or an errno: the file cannot be used, and nothing was
	                                counted */
	enum ratio_verdict verdict;
	struct ratio_counts counts;  /* as they are now */
};

/* A transfer, and how many by its command there may be at a time: of this host, of this user. */
enum claim_kind { CLAIM_HOST, CLAIM_USER, CLAIM_KINDS };
struct claim {
	uint32_t command;            /* one of TRANSFER_… (config/transfer.h) */
	uint32_t max[CLAIM_KINDS];   /* 0: no such line */
};

/* What a session tells last, for the closing line. */
struct closing {
	char reason[NAME_SIZE];      /* "QUIT", "timeout", … */
	uint32_t files_in, files_out;
	uint64_t bytes_in, bytes_out;
	uint64_t raw_in, raw_out;    /* of the connection, as in struct command_record */
};

/* What a session does; the first is for those that have not logged in, who tell nothing. */
enum doing { DOING_LOGIN, DOING_IDLE, DOING_COMMAND, DOING_STORE, DOING_RETRIEVE, DOING_LISTING,
    DOINGS };

/* … now, told once it has lasted a second. */
enum { STATE_SIZE = 512 };
struct session_state {
	uint32_t doing;              /* enum doing, never DOING_LOGIN */
	uint64_t milliseconds;       /* since it began */
	uint64_t bytes, size, offset;        /* of a transfer; size 0: unknown */
	uint64_t bytes_in, bytes_out;        /* of the session, as in struct closing */
	uint32_t files_in, files_out;
	char verb[VERB_SIZE];        /* "" while idle, as is: */
	char what[STATE_SIZE];       /* a transfer's canonical path, inside the root; a command's
	                                argument */
};

/* Bytes that PRIV_QUOTA_ROOM may ask for, and that are given on top: one block of an upload. */
enum { QUOTA_ASK_MAX = 4 << 20, QUOTA_STEP = 1 << 20 };

/* Names in a PRIV_QUOTA_TURN. */
enum { QUOTA_TURN_NAMES = 2 };

/* The record that applies to a session, and what is used of it. */
struct quota_told {
	bool any;                    /* false: none does */
	struct quota_record limit, tally;
	uint32_t used_up;            /* enum quota_what: what the operation would need more of */
};

/*
 * What became of an operation: bytes up to QUOTA_MOST each, files up to QUOTA_FILES_AT_ONCE. `more`
 * and `less` are what uploads, and what is removed, take and free on the disk.
 */
enum { QUOTA_FILES_AT_ONCE = 2 };
struct quota_use {
	uint64_t more, less, out, both;
	uint32_t files_more, files_less, files_out, files_both;
};

/* What a session begins with: its half of the monitor's fork. */
struct config;
struct context;
struct session_start {
	int client;                  /* the control connection */
	int monitor;                 /* the boundary */
	struct config *config;
	struct context *server;
	struct addr peer, local;
	const char *peer_name;       /* name or address, for display */
	bool privileged;             /* the monitor is root: port L-1 and other uids can be had */
	bool again;                  /* first session: another one came before it (HOST, SNI), and
	                                PRIV_GO comes */
	uint32_t log_classes;        /* first session: of commands that an ExtendedLog wants */
	bool secured;                /* `client` is the plain end of a control connection under
	                                TLS */
	bool implicit;               /* … from the first byte: PROT P is in force
	                                (UseImplicitSSL) */
	int tls;                     /* second session: the TLS process, for data connections; else
	                                -1 */
	int64_t login_deadline;      /* TimeoutLogin, on clock_ms; 0: none */
	/* where `id` lies, for session_second to unmap once it has taken what it needs; or NULL */
	void *arrival;
	size_t arrival_size;
	/*
	 * Display files with absolute names, opened as the session's own user before its jail; or
	 * -1.
	 */
	const struct home *homes;    /* of users whom section paths name */
	size_t nhomes;
	int display_connect, display_login, display_quit, display_file_transfer;
};

void msg_put_identity(struct msg *m, const struct identity *id);
void msg_get_identity(struct msg *m, struct identity *id);
void msg_put_handover(struct msg *m, const struct handover *h);
void msg_get_handover(struct msg *m, struct handover *h);
void msg_put_transfer(struct msg *m, const struct transfer_record *t);
void msg_get_transfer(struct msg *m, struct transfer_record *t);
/* Texts that are too long are cut. */
void msg_put_command(struct msg *m, const struct command_record *r);
void msg_get_command(struct msg *m, struct command_record *r, struct command_texts *texts);
void msg_put_state(struct msg *m, const struct session_state *st);
void msg_get_state(struct msg *m, struct session_state *st);
void msg_put_claim(struct msg *m, const struct claim *c);
void msg_get_claim(struct msg *m, struct claim *c);
void msg_put_ratio(struct msg *m, const struct ratio_request *q);
void msg_get_ratio(struct msg *m, struct ratio_request *q);
void msg_put_ratio_answer(struct msg *m, const struct ratio_answer *a);
void msg_get_ratio_answer(struct msg *m, struct ratio_answer *a);
void msg_put_quota(struct msg *m, const struct quota_told *q);
void msg_get_quota(struct msg *m, struct quota_told *q);
void msg_put_quota_use(struct msg *m, const struct quota_use *u);
void msg_get_quota_use(struct msg *m, struct quota_use *u);
void msg_put_closing(struct msg *m, const struct closing *c);
void msg_get_closing(struct msg *m, struct closing *c);

#endif
