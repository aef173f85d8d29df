//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

// functions are all functions of the libraries that are called.
type functions struct {
	openSSLVersionNum, setMemory, initSSL, libCtxNew, storeCtxSlot, method function
	errClear, errGet, errString                                            function
	ctxNew, ctxFree, ctxCtrl, ctxOptions, ctxLevel, ctxTickets             function
	ctxCipherList, ctxCipherSuites, ctxCiphers                             function
	ctxVerifyMode, ctxVerifier, ctxKeyLog, ctxCertCallback, ctxHello       function
	ctxUseCertificate, ctxUseKey                                           function
	sslDropCertificates, sslUseCertificate, sslUseKey                      function
	sslNew, sslFree, sslSetBIO, sslAccept, sslConnect, sslHandshake        function
	sslRead, sslWrite, sslShutdown, sslError, sslCtrl, sslPending          function
	sslVersion, sslCipher, sslPendingCipher, sslServerName                 function
	sslCertificate                                                         function
	helloExtension, helloVersion                                           function
	cipherID, skNum, skValue                                               function
	bioNew, bioMem, bioRead, bioWrite, bioPending                          function
	x509New, x509Free, x509Decode, x509Encode, keyDecode, keyFree          function
	storeUntrusted, storeData, storeError, copyString                      function
	keyContextNew, keyContextFree, digestNamed                             function
	signInit, signPadding, signDigest, signSalt, sign                      function
}

// of returns the functions of one of the libraries, by name.
func (f *functions) of(library string) map[string]*function {
	if library == "ssl" {
		return map[string]*function{
			"OPENSSL_init_ssl":                     &f.initSSL,
			"SSL_get_ex_data_X509_STORE_CTX_idx":   &f.storeCtxSlot,
			"TLS_method":                           &f.method,
			"SSL_CTX_new_ex":                       &f.ctxNew,
			"SSL_CTX_free":                         &f.ctxFree,
			"SSL_CTX_ctrl":                         &f.ctxCtrl,
			"SSL_CTX_set_options":                  &f.ctxOptions,
			"SSL_CTX_set_security_level":           &f.ctxLevel,
			"SSL_CTX_set_num_tickets":              &f.ctxTickets,
			"SSL_CTX_set_cipher_list":              &f.ctxCipherList,
			"SSL_CTX_set_ciphersuites":             &f.ctxCipherSuites,
			"SSL_CTX_get_ciphers":                  &f.ctxCiphers,
			"SSL_CTX_set_verify":                   &f.ctxVerifyMode,
			"SSL_CTX_set_cert_verify_callback":     &f.ctxVerifier,
			"SSL_CTX_set_keylog_callback":          &f.ctxKeyLog,
			"SSL_CTX_set_cert_cb":                  &f.ctxCertCallback,
			"SSL_CTX_set_client_hello_cb":          &f.ctxHello,
			"SSL_CTX_use_certificate":              &f.ctxUseCertificate,
			"SSL_CTX_use_PrivateKey":               &f.ctxUseKey,
			"SSL_new":                              &f.sslNew,
			"SSL_certs_clear":                      &f.sslDropCertificates,
			"SSL_use_certificate":                  &f.sslUseCertificate,
			"SSL_use_PrivateKey":                   &f.sslUseKey,
			"SSL_free":                             &f.sslFree,
			"SSL_set_bio":                          &f.sslSetBIO,
			"SSL_set_accept_state":                 &f.sslAccept,
			"SSL_set_connect_state":                &f.sslConnect,
			"SSL_do_handshake":                     &f.sslHandshake,
			"SSL_read":                             &f.sslRead,
			"SSL_write":                            &f.sslWrite,
			"SSL_shutdown":                         &f.sslShutdown,
			"SSL_get_error":                        &f.sslError,
			"SSL_ctrl":                             &f.sslCtrl,
			"SSL_has_pending":                      &f.sslPending,
			"SSL_version":                          &f.sslVersion,
			"SSL_get_current_cipher":               &f.sslCipher,
			"SSL_get_pending_cipher":               &f.sslPendingCipher,
			"SSL_get_servername":                   &f.sslServerName,
			"SSL_get_certificate":                  &f.sslCertificate,
			"SSL_client_hello_get0_ext":            &f.helloExtension,
			"SSL_client_hello_get0_legacy_version": &f.helloVersion,
			"SSL_CIPHER_get_protocol_id":           &f.cipherID,
		}
	}
	return map[string]*function{
		"OpenSSL_version_num":              &f.openSSLVersionNum,
		"CRYPTO_set_mem_functions":         &f.setMemory,
		"OSSL_LIB_CTX_new":                 &f.libCtxNew,
		"ERR_clear_error":                  &f.errClear,
		"ERR_get_error":                    &f.errGet,
		"ERR_error_string_n":               &f.errString,
		"OPENSSL_sk_num":                   &f.skNum,
		"OPENSSL_sk_value":                 &f.skValue,
		"OPENSSL_strlcpy":                  &f.copyString,
		"BIO_new":                          &f.bioNew,
		"BIO_s_mem":                        &f.bioMem,
		"BIO_read":                         &f.bioRead,
		"BIO_write":                        &f.bioWrite,
		"BIO_ctrl_pending":                 &f.bioPending,
		"X509_new_ex":                      &f.x509New,
		"X509_free":                        &f.x509Free,
		"d2i_X509":                         &f.x509Decode,
		"i2d_X509":                         &f.x509Encode,
		"d2i_AutoPrivateKey_ex":            &f.keyDecode,
		"EVP_PKEY_free":                    &f.keyFree,
		"EVP_PKEY_CTX_new_from_pkey":       &f.keyContextNew,
		"EVP_PKEY_CTX_free":                &f.keyContextFree,
		"EVP_get_digestbyname":             &f.digestNamed,
		"EVP_PKEY_sign_init":               &f.signInit,
		"EVP_PKEY_CTX_set_rsa_padding":     &f.signPadding,
		"EVP_PKEY_CTX_set_signature_md":    &f.signDigest,
		"EVP_PKEY_CTX_set_rsa_pss_saltlen": &f.signSalt,
		"EVP_PKEY_sign":                    &f.sign,
		"X509_STORE_CTX_get0_untrusted":    &f.storeUntrusted,
		"X509_STORE_CTX_get_ex_data":       &f.storeData,
		"X509_STORE_CTX_set_error":         &f.storeError,
	}
}

// Constants of openssl/ssl.h and related headers.
const (
	ctrlMode            = 33
	ctrlSessionCache    = 44
	ctrlHostName        = 55
	ctrlChainCert       = 89
	ctrlGroupsList      = 92
	ctrlDHAuto          = 118
	ctrlMinVersion      = 123
	ctrlMaxVersion      = 124
	ctrlNegotiatedGroup = 134

	modeNoAutoChain    = 1 << 3
	modeReleaseBuffers = 1 << 4

	optionLegacyServer     = 1 << 2
	optionNoTicket         = 1 << 14
	optionServerPreference = 1 << 22
	optionNoRenegotiation  = 1 << 30

	verifyPeer       = 1
	verifyMustBeHere = 2

	errorSSL        = 1
	errorWantRead   = 2
	errorSyscall    = 5
	errorZeroReturn = 6

	paddingPKCS1 = 1
	paddingPSS   = 6
	saltAsDigest = ^uintptr(0) // RSA_PSS_SALTLEN_DIGEST, -1

	certificateRejected = 28 // X509_V_ERR_CERT_REJECTED, sent as bad_certificate
)
