package reference

// Mutant is the reference device with one bug.
type Mutant struct {
	// Name is a slug, unique and stable.
	Name string
	Bugs Bugs
	// Doc says what the device does wrong.
	Doc string
	// Requirement is the row that the bug violates.
	Requirement string
	// Cause is a slug for what a verdict says.
	Cause string
}

// Mutants returns one mutant for every bug, in the order of [Bugs].
func Mutants() []Mutant {
	return []Mutant{
		{"only-tls10", Bugs{OnlyTLS10: true}, "speaks TLS 1.0 and nothing else", "TW-TLS-09", "version-not-offered"},
		{"only-tls11", Bugs{OnlyTLS11: true}, "speaks TLS 1.1 and nothing else", "TW-TLS-09", "version-not-offered"},
		{"only-tls13", Bugs{OnlyTLS13: true}, "speaks TLS 1.3 and nothing else", "GE-TLS-03", "tls12-not-offered"},
		{"accepts-tls10-server", Bugs{AcceptsTLS10Server: true}, "settles for TLS 1.0 with a server that has no more", "RF-TLS-01", "settled-for-deprecated-tls"},
		{"serves-old-tls", Bugs{ServesOldTLS: true}, "takes connections of TLS 1.0 and 1.1", "RF-TLS-01", "served-deprecated-tls"},
		{"offers-foreign-suites", Bugs{OffersForeignSuites: true}, "offers only ECDSA and ChaCha20 suites below TLS 1.3", "TW-CIP-01", "no-common-suite"},
		{"lacks-p384", Bugs{LacksP384: true}, "does not offer the group secp384r1", "GE-TLS-07", "group-not-offered"},
		{"sends-no-server-name", Bugs{SendsNoServerName: true}, "leaves server_name out of the ClientHello", "IB-08", "no-server-name"},
		{"demands-client-certificate", Bugs{DemandsClientCertificate: true}, "refuses vendors, which have no client certificate", "GE-TLS-11", "client-certificate-demanded"},
		{"sends-no-intermediates", Bugs{SendsNoIntermediates: true}, "presents its leaf certificate alone", "GE-CRT-11", "intermediate-missing"},
		{"presents-no-certificate", Bugs{PresentsNoCertificate: true}, "has no certificate to show as client", "CU-TRK-05", "client-certificate-missing"},
		{"requests-no-certificate", Bugs{RequestsNoCertificate: true}, "does not ask its clients for a certificate", "CU-TRK-05", "client-certificate-not-requested"},
		{"accepts-any-client-certificate", Bugs{AcceptsAnyClientCertificate: true}, "does not check its clients' certificates", "CU-TRK-05", "accepted-unknown-client"},

		{"udp-after-403", Bugs{UDPAfter403: true}, "tries again over UDP after a 403", "TW-TLS-01", "fell-back-to-clear-signalling"},
		{"udp-after-488", Bugs{UDPAfter488: true}, "tries again over UDP after a 488", "TW-SRTP-06", "fell-back-to-clear-signalling"},
		{"udp-after-handshake-failure", Bugs{UDPAfterHandshakeFailure: true}, "tries again over UDP when the TLS handshake fails", "TW-CIP-02", "fell-back-to-clear-signalling"},
		{"tcp-after-handshake-failure", Bugs{TCPAfterHandshakeFailure: true}, "tries again over TCP when the TLS handshake fails", "TW-CIP-02", "fell-back-to-clear-signalling"},
		{"tls10-after-handshake-failure", Bugs{TLS10AfterHandshakeFailure: true}, "tries again with TLS 1.0 when the TLS handshake fails", "RF-TLS-01", "downgraded-tls"},
		{"clear-media-after-488", Bugs{ClearMediaAfter488: true}, "offers RTP/AVP after a 488", "TW-SRTP-06", "fell-back-to-clear-media"},
		{"loops-after-403", Bugs{LoopsAfter403: true}, "sends the same request again after a 403", "TW-TLS-05", "repeats-after-final"},
		{"loops-after-488", Bugs{LoopsAfter488: true}, "sends the same INVITE again after a 488", "TW-SRTP-06", "repeats-after-final"},

		{"ignores-407-on-register", Bugs{Ignores407OnRegister: true}, "does not answer a 407 to its REGISTER", "TW-REG-04", "challenge-not-answered"},
		{"ignores-407-on-invite", Bugs{Ignores407OnInvite: true}, "does not answer a 407 to its INVITE", "TW-URI-17", "challenge-not-answered"},
		{"wrong-digest-response", Bugs{WrongDigestResponse: true}, "computes a wrong digest response", "TW-URI-17", "credentials-refused"},
		{"digest-on-new-connection", Bugs{DigestOnNewConnection: true}, "sends the credentials over a new connection", "TW-URI-17", "credentials-on-another-connection"},
		{"ignores-423", Bugs{Ignores423: true}, "does not register again with the interval that a 423 asks for", "TW-REG-01", "gave-up-after-423"},
		{"ignores-granted-expires", Bugs{IgnoresGrantedExpires: true}, "refreshes by the interval that it asked for", "TW-REG-02", "grant-ignored"},
		{"registers-at-trunk", Bugs{RegistersAtTrunk: true}, "registers before it calls through a trunk", "TW-URI-16", "sent-register"},
		{"registers-over-udp", Bugs{RegistersOverUDP: true}, "registers over UDP", "TW-SRTP-17", "registered-in-clear"},

		{"accepts-expired", Bugs{AcceptsExpired: true}, "accepts an expired certificate", "GE-CRT-09", "accepted-expired-certificate"},
		{"accepts-not-yet-valid", Bugs{AcceptsNotYetValid: true}, "accepts a certificate that is not valid yet", "GE-CRT-09", "accepted-not-yet-valid-certificate"},
		{"accepts-wrong-name", Bugs{AcceptsWrongName: true}, "accepts a certificate for another name", "GE-CRT-04", "accepted-wrong-name"},
		{"accepts-unknown-ca", Bugs{AcceptsUnknownCA: true}, "accepts a certificate of an authority that it was not given", "GE-CRT-03", "accepted-unknown-authority"},
		{"accepts-self-signed", Bugs{AcceptsSelfSigned: true}, "accepts a self-signed certificate", "GE-CRT-03", "accepted-self-signed-certificate"},
		{"ignores-revocation", Bugs{IgnoresRevocation: true}, "accepts a certificate that the issuer's list has revoked", "GE-CRT-10", "accepted-revoked-certificate"},
		{"trusts-common-name", Bugs{TrustsCommonName: true}, "takes the common name where there is a subjectAltName", "ST-01", "accepted-cn-right-san-wrong"},
		{"refuses-wildcard", Bugs{RefusesWildcard: true}, "does not accept *.sip.twilio.com", "TW-CRT-01", "handshake-refused"},
		{"wildcard-covers-two-labels", Bugs{WildcardCoversTwoLabels: true}, "lets a wildcard stand for two labels", "GE-CRT-04", "accepted-wrong-name"},
		{"pins-leaf-key", Bugs{PinsLeafKey: true}, "refuses a certificate that was issued anew with another key", "GE-CRT-02", "refused-reissued-certificate"},
		{"trusts-first-root-only", Bugs{TrustsFirstRootOnly: true}, "refuses a certificate under another root of the bundle", "TW-CRT-06", "handshake-refused"},
		{"requires-client-auth-eku", Bugs{RequiresClientAuthEKU: true}, "refuses a server certificate without the clientAuth EKU", "TW-CRT-07", "handshake-refused"},
		{"compares-srv-target", Bugs{ComparesSRVTarget: true}, "compares the certificate with the SRV target", "ST-03", "handshake-refused"},

		{"ignores-srv", Bugs{IgnoresSRV: true}, "connects to the default port whatever SRV says", "RF-TLS-03", "srv-not-asked"},
		{"tries-last-target-first", Bugs{TriesLastTargetFirst: true}, "turns the priorities of SRV round", "RF-TLS-04", "srv-priority-ignored"},
		{"tries-first-target-only", Bugs{TriesFirstTargetOnly: true}, "gives up when the first target of SRV fails", "RF-TLS-04", "no-failover"},
		{"caches-dns", Bugs{CachesDNS: true}, "never looks a name up again", "TW-URI-07", "name-kept-past-ttl"},
		{"dials-address", Bugs{DialsAddress: true}, "puts the address into the Request-URI", "TW-URI-05", "address-in-request-uri"},
		{"drops-plus", Bugs{DropsPlus: true}, "calls numbers without their plus sign", "TW-URI-06", "number-not-e164"},
		{"moves-user-parameters", Bugs{MovesUserParameters: true}, "puts tgrp and trunk-context behind the host", "RF-TLS-08", "parameters-not-in-user-part"},
		{"sends-sips", Bugs{SendsSIPS: true}, "writes sips: URIs and gives up when it reads sip: ones", "TW-URI-04", "sips-request-uri"},
		{"sends-to-private-contact", Bugs{SendsToPrivateContact: true}, "sends ACK and BYE to the private Contact over UDP", "TW-URI-09", "sent-to-private-contact"},
		{"ignores-record-route", Bugs{IgnoresRecordRoute: true}, "sends ACK and BYE without Route", "TW-URI-09", "route-set-not-followed"},
		{"connects-to-route", Bugs{ConnectsToRoute: true}, "opens a new connection to the address in the Route", "TW-URI-09", "new-connection-for-dialog"},
		{"ignores-options", Bugs{IgnoresOptions: true}, "does not answer OPTIONS", "GE-KA-01", "options-not-answered"},
		{"ignores-pings", Bugs{IgnoresPings: true}, "does not answer a double CRLF", "RF-TLS-06", "ping-not-answered"},
		{"pings-too-often", Bugs{PingsTooOften: true}, "sends double CRLFs without pause", "TW-URI-15", "pings-too-often"},
		{"never-answers", Bugs{NeverAnswers: true}, "does not react to an INVITE", "TW-URI-13", "no-response-in-time"},
		{"rejects-unknown-headers", Bugs{RejectsUnknownHeaders: true}, "refuses header fields that it does not know", "TW-URI-10", "call-refused-400"},
		{"closes-on-unknown-header", Bugs{ClosesOnUnknownHeader: true}, "closes the connection at a header field that it does not know", "TW-URI-10", "closed-on-call"},
		{"rejects-min-se", Bugs{RejectsMinSE: true}, "refuses Min-SE without Session-Expires", "TW-URI-10", "call-refused-400"},

		{"offers-only-mki", Bugs{OffersOnlyMKI: true}, "gives every key that it offers an MKI", "TW-SRTP-13", "no-usable-crypto"},
		{"knows-only-32", Bugs{KnowsOnly32: true}, "knows no suite but AES_CM_128_HMAC_SHA1_32", "TW-SRTP-14", "call-refused-488"},
		{"knows-only-gcm", Bugs{KnowsOnlyGCM: true}, "knows the AEAD suites only", "TW-SRTP-14", "call-refused-488"},
		{"offers-duplicate-tags", Bugs{OffersDuplicateTags: true}, "offers every suite under the same tag", "RF-SD-01", "offer-duplicate-tag"},
		{"sends-keys-in-clear", Bugs{SendsKeysInClear: true}, "offers a=crypto over UDP and TCP", "RF-SD-05", "keys-in-clear"},
		{"refuses-clear-media", Bugs{RefusesClearMedia: true}, "offers SRTP though it is told to offer RTP over TLS", "TW-SRTP-09", "call-refused-488"},

		{"accepts-answer-with-wrong-tag", Bugs{AcceptsAnswerWithWrongTag: true}, "overlooks that the answer has a tag that it did not offer", "RF-SD-04", "accepted-wrong-tag"},
		{"accepts-answer-with-other-suite", Bugs{AcceptsAnswerWithOtherSuite: true}, "overlooks that the answer has another suite than was offered", "RF-SD-04", "accepted-other-suite"},
		{"accepts-several-answers", Bugs{AcceptsSeveralAnswers: true}, "takes the first of several a=crypto of an answer", "RF-SD-04", "accepted-two-cryptos"},
		{"accepts-clear-answer", Bugs{AcceptsClearAnswer: true}, "takes RTP/AVP in answer to RTP/SAVP", "RF-SD-04", "accepted-clear-answer"},
		{"accepts-answer-without-key", Bugs{AcceptsAnswerWithoutKey: true}, "takes RTP/SAVP without a key in answer, and sends plain RTP", "RF-SD-04", "accepted-no-crypto"},
		{"accepts-unencrypted-answer", Bugs{AcceptsUnencryptedAnswer: true}, "overlooks UNENCRYPTED_SRTP in the answer", "RF-SD-18", "accepted-unencrypted-srtp"},
		{"requires-tag-one", Bugs{RequiresTagOne: true}, "takes no answer with a tag other than 1", "TW-SRTP-12", "ended-by-itself"},

		{"ignores-mki", Bugs{IgnoresMKI: true}, "accepts a key with an MKI and forgets the MKI", "RF-SD-13", "vendor-media-not-decrypted"},
		{"accepts-unencrypted-srtp", Bugs{AcceptsUnencryptedSRTP: true}, "accepts UNENCRYPTED_SRTP", "RF-SD-18", "accepted-unencrypted"},
		{"accepts-unknown-parameters", Bugs{AcceptsUnknownParameters: true}, "overlooks session parameters that it does not know", "RF-SD-16", "accepted-unknown-parameter"},
		{"accepts-long-lifetime", Bugs{AcceptsLongLifetime: true}, "accepts a lifetime of 2^49", "RF-SD-10", "accepted-lifetime-too-long"},
		{"accepts-bad-mki", Bugs{AcceptsBadMKI: true}, "accepts an MKI of 0 or 129 bytes", "RF-SD-12", "accepted-mki-length-129"},
		{"accepts-wrong-key-length", Bugs{AcceptsWrongKeyLength: true}, "accepts a key of the wrong length", "RF-SD-07", "accepted-key-too-short"},
		{"measures-key-text", Bugs{MeasuresKeyText: true}, "accepts a short key whose padding makes up for it", "RF-SD-08", "accepted-aead-length"},
		{"accepts-duplicate-tags", Bugs{AcceptsDuplicateTags: true}, "accepts an offer that uses a tag twice", "RF-SD-01", "accepted-duplicate-tags"},
		{"accepts-clear-offer", Bugs{AcceptsClearOffer: true}, "accepts RTP/AVP where SRTP is wanted", "GE-SRTP-01", "accepted-clear-offer"},
		{"refuses-unknown-suites", Bugs{RefusesUnknownSuites: true}, "refuses an offer that also has a suite it does not know", "RF-SD-19", "call-refused-488"},
		{"refuses-lifetimes", Bugs{RefusesLifetimes: true}, "refuses an offer with a lifetime", "RF-SD-11", "call-refused-488"},
		{"refuses-optional-parameters", Bugs{RefusesOptionalParameters: true}, "refuses an offer with an optional parameter", "RF-SD-16", "call-refused-488"},
		{"refuses-unpadded-keys", Bugs{RefusesUnpaddedKeys: true}, "refuses base64 without padding", "RF-SD-09", "call-refused-488"},
		{"prefers-last", Bugs{PrefersLast: true}, "takes the last acceptable attribute of an offer", "RF-SD-01", "other-attribute-chosen"},

		{"answers-clear-to-secure", Bugs{AnswersClearToSecure: true}, "answers RTP/AVP to RTP/SAVP", "TW-SRTP-16", "other-media-profile"},
		{"answers-two-keys", Bugs{AnswersTwoKeys: true}, "answers with two a=crypto", "RF-SD-02", "answer-several-crypto"},
		{"answers-wrong-tag", Bugs{AnswersWrongTag: true}, "answers with a tag that was not offered", "RF-SD-02", "answer-tag-not-offered"},
		{"answers-tag-one", Bugs{AnswersTagOne: true}, "answers with tag 1 whatever was chosen", "RF-SD-02", "answer-tag-not-offered"},
		{"answers-offered-key", Bugs{AnswersOfferedKey: true}, "sends the offerer's key back", "RF-SD-02", "answer-same-key-as-offered"},
		{"answers-port-zero", Bugs{AnswersPortZero: true}, "takes a call of which it accepts no stream", "RF-SD-03", "accepted-without-stream"},
		{"refuses-partly", Bugs{RefusesPartly: true}, "refuses a call for one of several streams", "RF-TLS-07", "call-refused-488"},
		{"answers-unoffered-suite", Bugs{AnswersUnofferedSuite: true}, "answers with another suite than the one offered", "RF-SD-02", "answer-suite-not-offered-for-tag"},

		{"sends-no-media", Bugs{SendsNoMedia: true}, "sends no media", "TW-SRTP-10", "no-media"},
		{"sends-clear-media", Bugs{SendsClearMedia: true}, "sends plain RTP in a secure call", "RF-SR-01", "clear-media-in-secure-session"},
		{"sends-under-wrong-key", Bugs{SendsUnderWrongKey: true}, "sends SRTP under a key that it told nobody", "RF-SR-01", "media-not-authentic"},
		{"sends-stray-mki", Bugs{SendsStrayMKI: true}, "puts an MKI into its packets that was not agreed on", "RF-SR-01", "media-not-authentic"},
		{"shortens-tag", Bugs{ShortensTag: true}, "sends tags of 4 bytes instead of 10", "RF-SR-03", "media-not-authentic"},
		{"shortens-rtcp-tag", Bugs{ShortensRTCPTag: true}, "shortens the tags of SRTCP under a _32 suite", "RF-SR-03", "rtcp-not-authentic"},
		{"shortens-aead-tag", Bugs{ShortensAEADTag: true}, "sends tags of 8 bytes instead of 16 under the AEAD suites", "RF-SR-04", "media-not-authentic"},
		{"cuts-long-keys", Bugs{CutsLongKeys: true}, "uses half of the master key under the AES_256_CM suites", "RF-SR-05", "media-not-authentic"},
		{"sends-clear-reports", Bugs{SendsClearReports: true}, "sends plain RTCP in a secure call", "RF-SR-02", "clear-rtcp-in-secure-session"},
		{"ignores-new-key", Bugs{IgnoresNewKey: true}, "goes on with the peer's old key after a re-INVITE", "RF-SD-20", "new-key-ignored"},
		{"sends-under-old-key", Bugs{SendsUnderOldKey: true}, "announces a new key after a re-INVITE and goes on with its old one", "RF-SD-20", "old-key-in-use"},
		{"sends-media-after-bye", Bugs{SendsMediaAfterBye: true}, "does not stop its media after a BYE", "RF-SR-01", "media-after-bye"},
	}
}
