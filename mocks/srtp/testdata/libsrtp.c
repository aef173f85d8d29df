/*
 * libsrtp protects and unprotects packets with libsrtp 2, for the tests of this package. It reads a command a line from
 * standard input, and writes a line for each: "ok", with what the command made as hexadecimal digits, or "error" and why.
 *
 *	open SUITE KEY MKI SSRC ROC RTP RTCP
 *		starts a sender and a receiver of one stream. KEY is master key and salt, MKI the identifier or "-", ROC the
 *		rollover counter to start with or "-" for libsrtp's own; RTP and RTCP are the services: 2 authenticates, 3
 *		encrypts too.
 *	protect PACKET, unprotect PACKET, protect_rtcp PACKET, unprotect_rtcp PACKET
 */
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PACKET 4096

static const struct {
	const char *name;
	size_t key;
	void (*rtp)(srtp_crypto_policy_t *);
	void (*rtcp)(srtp_crypto_policy_t *);
} suites[] = {
	{"AES_CM_128_HMAC_SHA1_80", 30, srtp_crypto_policy_set_rtp_default, srtp_crypto_policy_set_rtcp_default},
	{"AES_CM_128_HMAC_SHA1_32", 30, srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32, srtp_crypto_policy_set_rtcp_default},
	{"AES_192_CM_HMAC_SHA1_80", 38, srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80, srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80},
	{"AES_192_CM_HMAC_SHA1_32", 38, srtp_crypto_policy_set_aes_cm_192_hmac_sha1_32, srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80},
	{"AES_256_CM_HMAC_SHA1_80", 46, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
	{"AES_256_CM_HMAC_SHA1_32", 46, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
	{"AEAD_AES_128_GCM", 28, srtp_crypto_policy_set_aes_gcm_128_16_auth, srtp_crypto_policy_set_aes_gcm_128_16_auth},
	{"AEAD_AES_256_GCM", 44, srtp_crypto_policy_set_aes_gcm_256_16_auth, srtp_crypto_policy_set_aes_gcm_256_16_auth},
	{"AEAD_AES_128_GCM_8", 28, srtp_crypto_policy_set_aes_gcm_128_8_auth, srtp_crypto_policy_set_aes_gcm_128_8_auth},
	{"AEAD_AES_256_GCM_8", 44, srtp_crypto_policy_set_aes_gcm_256_8_auth, srtp_crypto_policy_set_aes_gcm_256_8_auth},
	{"NULL_HMAC_SHA1_80", 30, srtp_crypto_policy_set_null_cipher_hmac_sha1_80, srtp_crypto_policy_set_null_cipher_hmac_sha1_80},
};

/* read_hex returns the number of bytes that it read from text, or -1 if text is not hexadecimal or too long for out. */
static int read_hex(const char *text, unsigned char *out, size_t size)
{
	size_t n = strlen(text);
	if (n % 2 != 0 || n / 2 > size)
		return -1;
	for (size_t i = 0; i < n / 2; i++) {
		unsigned int byte;
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return -1;
		out[i] = byte;
	}
	return n / 2;
}

static const char *open_sessions(char **field, srtp_t *sender, srtp_t *receiver)
{
	static char why[64];
	unsigned char key[SRTP_MAX_KEY_LEN] = {0}, mki[SRTP_MAX_MKI_LEN] = {0};
	srtp_master_key_t master = {.key = key, .mki_id = mki};
	srtp_master_key_t *masters[] = {&master};
	srtp_policy_t policy = {.window_size = 128, .allow_repeat_tx = 1};
	size_t i = 0;
	int n;

	while (i < sizeof suites / sizeof *suites && strcmp(suites[i].name, field[0]) != 0)
		i++;
	if (i == sizeof suites / sizeof *suites)
		return "unknown suite";
	if (read_hex(field[1], key, sizeof key) != (int)suites[i].key)
		return "key";
	suites[i].rtp(&policy.rtp);
	suites[i].rtcp(&policy.rtcp);
	if (strcmp(field[2], "-") == 0) {
		policy.key = key;
	} else {
		if ((n = read_hex(field[2], mki, sizeof mki)) < 1)
			return "MKI";
		master.mki_size = n;
		policy.keys = masters;
		policy.num_master_keys = 1;
	}
	policy.ssrc.type = ssrc_specific;
	policy.ssrc.value = strtoul(field[3], NULL, 10);
	if (policy.rtp.cipher_type != 0) /* SRTP_NULL_CIPHER has nothing to leave out */
		policy.rtp.sec_serv = atoi(field[5]);
	if (policy.rtcp.cipher_type != 0)
		policy.rtcp.sec_serv = atoi(field[6]);
	for (int side = 0; side < 2; side++) {
		srtp_t *session = side == 0 ? sender : receiver;
		srtp_err_status_t status;
		if (*session != NULL)
			srtp_dealloc(*session);
		*session = NULL;
		if ((status = srtp_create(session, &policy)) == srtp_err_status_ok && strcmp(field[4], "-") != 0)
			status = srtp_set_stream_roc(*session, policy.ssrc.value, strtoul(field[4], NULL, 10));
		if (status != srtp_err_status_ok) {
			snprintf(why, sizeof why, "libsrtp status %d", status);
			return why;
		}
	}
	return NULL;
}

int main(void)
{
	static char line[2 * MAX_PACKET + 512];
	srtp_t sender = NULL, receiver = NULL;
	int with_mki = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (srtp_init() != srtp_err_status_ok) {
		fprintf(stderr, "libsrtp does not start\n");
		return 1;
	}
	while (fgets(line, sizeof line, stdin) != NULL) {
		static unsigned char packet[MAX_PACKET + SRTP_MAX_TRAILER_LEN + 4];
		char *field[8] = {0};
		srtp_err_status_t status;
		int fields = 0, n;
		for (char *word = strtok(line, " \n"); word != NULL && fields < 8; word = strtok(NULL, " \n"))
			field[fields++] = word;
		if (fields == 8 && strcmp(field[0], "open") == 0) {
			const char *why = open_sessions(field + 1, &sender, &receiver);
			with_mki = strcmp(field[3], "-") != 0;
			if (why == NULL)
				puts("ok");
			else
				printf("error %s\n", why);
			continue;
		}
		if (fields != 2 || (n = read_hex(field[1], packet, MAX_PACKET)) < 0) {
			puts("error not a command");
			continue;
		}
		if (sender == NULL || receiver == NULL)
			status = srtp_err_status_no_ctx;
		else if (strcmp(field[0], "protect") == 0)
			status = srtp_protect_mki(sender, packet, &n, with_mki, 0);
		else if (strcmp(field[0], "unprotect") == 0)
			status = srtp_unprotect_mki(receiver, packet, &n, with_mki);
		else if (strcmp(field[0], "protect_rtcp") == 0)
			status = srtp_protect_rtcp_mki(sender, packet, &n, with_mki, 0);
		else if (strcmp(field[0], "unprotect_rtcp") == 0)
			status = srtp_unprotect_rtcp_mki(receiver, packet, &n, with_mki);
		else
			status = srtp_err_status_bad_param;
		if (status != srtp_err_status_ok) {
			printf("error libsrtp status %d\n", status);
			continue;
		}
		fputs("ok ", stdout);
		for (int i = 0; i < n; i++)
			printf("%02x", packet[i]);
		putchar('\n');
	}
	return 0;
}
