/* Any bytes as an address and as a name server's answer. */
#include "auth/email.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	(void)email_mx(data, size);
	memcpy(text, data, size);
	text[size] = '\0';
	/* each check is stricter than the one before it, and only plain characters pass the last */
	if ((email_shaped(text, EMAIL_SYNTAX) && !email_shaped(text, EMAIL_AT)) ||
	    email_shaped(text, EMAIL_SYNTAX) != email_shaped(text, EMAIL_DOMAIN))
		abort();
	if (email_shaped(text, EMAIL_SYNTAX) &&
	    (strlen(text) > 64 + 1 + 253 || strpbrk(text, " \r\n\t\"<>")))
		abort();
	free(text);
	return 0;
}
