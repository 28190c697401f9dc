/*
 * A client of TLS 1.3 that asks for new keys: flood PORT NUMBER. Says how much it had to send, and
 * did.
 */
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static SSL *secure(int sock)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;
	char bytes[4096];

	/* 220, AUTH, 234 */
	if (read(sock, bytes, sizeof bytes) <= 0 || write(sock, "AUTH TLS\r\n", 10) != 10 ||
	    read(sock, bytes, sizeof bytes) <= 0 ||
	    SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1)
		return NULL;
	ssl = SSL_new(ctx);
	if (SSL_set_fd(ssl, sock) != 1 || SSL_connect(ssl) != 1 ||
	    SSL_write(ssl, "NOOP\r\n", 6) != 6 ||
	    SSL_read(ssl, bytes, sizeof bytes) <= 0)
		return NULL;
	return ssl;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr =
	    htonl(INADDR_LOOPBACK) };
	int sock = socket(AF_INET, SOCK_STREAM, 0), number = argc == 3 ? atoi(argv[2]) : 0,
	    small = 65536;
	BIO *all = BIO_new(BIO_s_mem());
	long size, sent = 0;
	char *bytes;
	SSL *ssl;

	to.sin_port = htons((unsigned short)(argc == 3 ? atoi(argv[1]) : 0));
	(void)setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	if (connect(sock, (struct sockaddr *)&to, sizeof to) < 0 || (ssl = secure(sock)) == NULL)
		return 1;
	/* made before the first one is sent: no pause lies between two of them */
	SSL_set0_wbio(ssl, all);
	for (int i = 0; i < number; i++)
		if (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
		    SSL_do_handshake(ssl) != 1)
			return 1;
	size = BIO_get_mem_data(all, &bytes);
	while (sent < size) {
		ssize_t n = send(sock, bytes + sent, (size_t)(size - sent), MSG_NOSIGNAL);

		if (n <= 0)
			break;
		sent += n;
	}
	printf("%ld %ld\n", size, sent);
	return 0;
}
