/*
 * libsrtp_speed measures libsrtp 2. For each number of packets on standard input it protects as many packets of 20 ms of
 * G.711 under the suite of its argument, opens them again, and writes the nanoseconds that opening one took.
 */
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEADER 12
#define PACKET (HEADER + 160)

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv)
{
	unsigned char key[64] = {7};
	srtp_policy_t policy = {.window_size = 128, .key = key};
	srtp_t sender, receiver;
	unsigned int seq = 0, count;

	if (argc != 2 || srtp_init() != srtp_err_status_ok)
		return 1;
	if (strcmp(argv[1], "AEAD_AES_128_GCM") == 0) {
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
	} else {
		srtp_crypto_policy_set_rtp_default(&policy.rtp);
		srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
	}
	policy.ssrc.type = ssrc_specific;
	policy.ssrc.value = 1;
	if (srtp_create(&sender, &policy) != srtp_err_status_ok || srtp_create(&receiver, &policy) != srtp_err_status_ok)
		return 1;
	while (scanf("%u", &count) == 1) {
		double took = 0;
		for (unsigned int i = 0; i < count; i++, seq++) {
			static unsigned char packet[PACKET + SRTP_MAX_TRAILER_LEN + 4];
			int n = PACKET;
			double began;
			memset(packet, 0, sizeof packet);
			packet[0] = 0x80;
			packet[2] = seq >> 8;
			packet[3] = seq;
			packet[HEADER - 1] = 1;
			if (srtp_protect(sender, packet, &n) != srtp_err_status_ok)
				return 1;
			began = now();
			if (srtp_unprotect(receiver, packet, &n) != srtp_err_status_ok)
				return 1;
			took += now() - began;
		}
		printf("%f\n", took / count);
		fflush(stdout);
	}
	return 0;
}
