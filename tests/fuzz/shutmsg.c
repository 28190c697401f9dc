/* Any bytes as /etc/shutmsg: a bounded message, and no time after the shutdown. */
#include "auth/shutmsg.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct shutmsg_names names = { .local = "192.0.2.1", .peer = "host.example",
		.server = "server", .now = 1700000000 };
	struct shutmsg s;
	STRBUF(out, 4096);

	if (!shutmsg_parse((const char *)data, size, names.now, &s))
		return 0;
	shutmsg_text(&out, &s, &names);
	if (s.deny > s.shutdown || s.disconnect > s.shutdown ||
	    strlen(s.message) >= sizeof s.message ||
	    out.full)
		abort();
	return 0;
}
