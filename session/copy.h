#ifndef SESSION_COPY_H
#define SESSION_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;

/*
 * How a transfer ended. A failure of the network and one of the file have replies of their
 * own (426, 451/452/552), so they are told apart.
 */
enum copy_end {
	COPY_DONE, COPY_ABORTED, COPY_NET, COPY_FILE, COPY_STALLED, COPY_SHRUNK,
	COPY_CUT,                    /* under TLS: an end without a close_notify is nobody's word */
	COPY_OVER,                   /* more came than MaxStoreFileSize or a quota lets in */
};

struct copy_result {
	enum copy_end end;
	int err;                     /* -errno for COPY_NET and COPY_FILE */
	uint64_t bytes;              /* of the file, moved */
};

/*
 * Send the file from `offset` up to `size` (what 150 announced, never more) on the
 * session's data connection; sendfile where `sendfile` says so and the kernel can. The
 * control connection is watched all the while.
 */
struct copy_result copy_send(struct session *s, int file, uint64_t offset, uint64_t size,
    bool ascii, bool use_sendfile);
/*
 * Receive into the file at its current position until the peer ends the connection. A peer
 * that left the control connection too has not ended it, but died: COPY_NET. With the first byte
 * beyond `most` (UINT64_MAX: as many as come) it is COPY_OVER.
 */
struct copy_result copy_receive(struct session *s, int file, bool ascii, uint64_t most);
/* Send `n` bytes of a listing. Returns false when the transfer is over (result in `r`). */
bool copy_send_bytes(struct session *s, const char *bytes, size_t n, struct copy_result *r);
/*
 * Wait for `fd`, the data connection or what stands for it, TimeoutStalled from `since` (clock_ms;
 * 0: now) at most. Returns as copy_send_bytes.
 */
bool copy_wait(struct session *s, int fd, short events, int64_t since, struct copy_result *r);
/* Between two pieces of a listing: look at the control connection. Returns as copy_send_bytes. */
bool copy_look(struct session *s, struct copy_result *r);

#endif
