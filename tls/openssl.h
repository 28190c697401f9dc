#ifndef TLS_OPENSSL_H
#define TLS_OPENSSL_H

#ifdef WITH_TLS

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/*
 * What we use of OpenSSL 3, by name: nothing of it is linked, so that only a process that speaks
 * TLS pays for it. Its macros over SSL_ctrl and SSL_CTX_ctrl are written out.
 */
#define OPENSSL_FUNCTIONS(X) \
	X(ASN1_OBJECT_free) X(ASN1_STRING_get0_data) X(ASN1_STRING_length) \
	X(ASN1_STRING_to_UTF8) X(ASN1_TYPE_free) X(BIO_ctrl) X(BIO_free) X(BIO_new) \
	X(BIO_new_mem_buf) X(BIO_new_socket) X(BIO_s_mem) X(BIO_f_buffer) X(BIO_int_ctrl) \
	X(BIO_push) X(BIO_test_flags) X(BIO_write) X(CRYPTO_free) X(d2i_ASN1_TYPE) \
	X(ERR_clear_error) X(ERR_get_error) X(ERR_peek_error) X(ERR_reason_error_string) \
	X(EVP_PKEY_free) X(EVP_PKEY_get_base_id) X(EVP_PKEY_get_bits) X(GENERAL_NAME_free) \
	X(GENERAL_NAME_get0_value) X(i2d_X509) X(OBJ_txt2obj) X(OPENSSL_init_ssl) \
	X(OPENSSL_sk_free) X(OPENSSL_sk_num) X(OPENSSL_sk_pop_free) X(OPENSSL_sk_value) \
	X(PEM_read_bio_Parameters) X(PEM_read_bio_PrivateKey) X(PEM_read_bio_X509) \
	X(PEM_read_bio_X509_AUX) X(PEM_read_bio_X509_CRL) X(SSL_accept) X(RAND_bytes) \
	X(SSL_CIPHER_get_auth_nid) X(SSL_CIPHER_get_bits) X(SSL_CIPHER_get_name) \
	X(SSL_clear_options) X(SSL_client_hello_get0_ext) X(SSL_ctrl) X(SSL_CTX_add_client_CA) \
	X(SSL_CTX_check_private_key) X(SSL_CTX_ctrl) X(SSL_CTX_free) X(SSL_CTX_get_cert_store) \
	X(SSL_CTX_new) X(SSL_CTX_set0_tmp_dh_pkey) X(SSL_CTX_set_alpn_select_cb) \
	X(SSL_CTX_set_cipher_list) X(SSL_CTX_set_ciphersuites) X(SSL_CTX_set_client_hello_cb) \
	X(SSL_CTX_set_msg_callback) X(SSL_CTX_set_options) X(SSL_CTX_set_security_level) \
	X(SSL_CTX_set_session_id_context) X(SSL_CTX_set_timeout) X(SSL_CTX_set_verify) \
	X(SSL_CTX_set_verify_depth) X(SSL_CTX_use_certificate) X(SSL_CTX_use_PrivateKey) \
	X(SSL_free) X(SSL_get1_peer_certificate) X(SSL_get1_supported_ciphers) \
	X(SSL_get_current_cipher) X(SSL_get_error) X(SSL_get_shutdown) X(SSL_get_verify_result) \
	X(SSL_get_version) X(SSL_has_pending) X(SSL_new) X(SSL_new_session_ticket) X(SSL_pending) \
	X(SSL_read_ex) X(SSL_session_reused) X(SSL_set_bio) X(SSL_set_cert_cb) \
	X(SSL_set_ciphersuites) X(SSL_set_default_read_buffer_len) X(SSL_set_msg_callback) \
	X(SSL_set_num_tickets) X(SSL_set_options) X(SSL_set_read_ahead) X(SSL_set_security_level) \
	X(SSL_set_SSL_CTX) X(SSL_set_verify) X(SSL_set_verify_depth) X(SSL_set_shutdown) \
	X(SSL_shutdown) X(SSL_version) X(SSL_write_ex) X(TLS_server_method) X(X509_check_issued) \
	X(X509_check_private_key) X(X509_cmp) X(X509_cmp_current_time) X(X509_cmp_time) \
	X(X509_CRL_free) X(X509_EXTENSION_get_data) X(X509_free) X(X509_get0_notAfter) \
	X(X509_get0_notBefore) X(X509_get0_pubkey) X(X509_get_ext) X(X509_get_ext_by_OBJ) \
	X(X509_get_ext_d2i) X(X509_get_subject_name) X(X509_NAME_ENTRY_get_data) \
	X(X509_NAME_get_entry) X(X509_NAME_get_index_by_NID) X(X509_NAME_print_ex) \
	X(X509_STORE_add_cert) X(X509_STORE_add_crl) X(X509_STORE_set_flags) \
	X(X509_verify_cert_error_string)

#define AS_POINTER(name) __typeof__(&name) name;
struct openssl {
	OPENSSL_FUNCTIONS(AS_POINTER)
};
#undef AS_POINTER

/* Load the library, while files can be opened. Returns NULL, or what is missing. */
const char *openssl_library(void);
/* Find all of it, and start it. Returns NULL, or what is missing: a text that stays. */
const char *openssl_load(struct openssl *o);
/* The newest error in words, and none of them is left. `out` gets at least "unknown error". */
struct strbuf;
void openssl_why(const struct openssl *o, struct strbuf *out);

#endif
#endif
