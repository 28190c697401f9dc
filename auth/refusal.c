/* One last line to a client that is not served. */
#include "auth/refusal.h"

#include "config/bounds.h"
#include "config/strbuf.h"

#include <sys/socket.h>

void refuse_client(int client, unsigned code, const char *text)
{
	STRBUF(line, 2 * TEXT_SIZE);

	strbuf_addf(&line, "%u ", code);
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text == 0xff)
			strbuf_addc(&line, *text);   /* Telnet's IAC is doubled */
		strbuf_addc(&line, (unsigned char)*text < ' ' ? '_' : *text);
	}
	strbuf_cut(&line, line.len < line.cap - 3 ? line.len : line.cap - 3);
	strbuf_addn(&line, "\r\n", 2);
	(void)send(client, line.buf, line.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	/* unread input would turn the close into a reset, which may overtake the line */
	(void)shutdown(client, SHUT_WR);
	(void)recv(client, NULL, LINE_GIVE_UP, MSG_DONTWAIT | MSG_TRUNC);
}
