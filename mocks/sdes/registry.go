// Code generated from fixtures/sdes by go test ./mocks/sdes -update; DO NOT EDIT.

package sdes

// suites are the crypto-suites, those first that IANA has registered.
var suites = []Suite{
	{"AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10, maxLifetime, true},
	{"AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10, maxLifetime, true},
	{"F8_128_HMAC_SHA1_80", 16, 14, 10, 10, maxLifetime, true},
	{"AES_192_CM_HMAC_SHA1_80", 24, 14, 10, 10, maxLifetime, true},
	{"AES_192_CM_HMAC_SHA1_32", 24, 14, 4, 10, maxLifetime, true},
	{"AES_256_CM_HMAC_SHA1_80", 32, 14, 10, 10, maxLifetime, true},
	{"AES_256_CM_HMAC_SHA1_32", 32, 14, 4, 10, maxLifetime, true},
	{"AEAD_AES_128_GCM", 16, 12, 16, 16, maxLifetime, true},
	{"AEAD_AES_256_GCM", 32, 12, 16, 16, maxLifetime, true},
	{"AES_CM_256_HMAC_SHA1_80", 32, 14, 10, 10, maxLifetime, false},
	{"AES_CM_256_HMAC_SHA1_32", 32, 14, 4, 10, maxLifetime, false},
}

// parameters are the session parameters, in the order of RFC 4568 §6.3.
var parameters = []parameter{
	{name: "KDR", from: 0, to: 24},
	{name: "UNENCRYPTED_SRTP", negotiated: true},
	{name: "UNENCRYPTED_SRTCP", negotiated: true},
	{name: "UNAUTHENTICATED_SRTP", negotiated: true},
	{name: "FEC_ORDER", values: []string{"FEC_SRTP", "SRTP_FEC"}},
	{name: "FEC_KEY", keys: true},
	{name: "WSH", from: 64, to: 999999999},
}
