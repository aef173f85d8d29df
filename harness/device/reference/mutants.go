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
	// Cause is the slug that the verdict on it has to have.
	Cause string
	// Also are further rows that have to be found violated, for whatever cause.
	Also []string
}

func mutant(name string, bugs Bugs, doc, requirement, cause string, also ...string) Mutant {
	return Mutant{name, bugs, doc, requirement, cause, also}
}

// Mutants returns one mutant for every bug, in the order of [Bugs].
func Mutants() []Mutant {
	return []Mutant{
		mutant("only-tls10", Bugs{OnlyTLS10: true}, "speaks TLS 1.0 and nothing else", "TW-TLS-09", "version-not-offered", "GE-TLS-01", "CU-TLS-06"),
		mutant("only-tls11", Bugs{OnlyTLS11: true}, "speaks TLS 1.1 and nothing else", "TW-TLS-09", "version-not-offered", "CU-TLS-09"),
		mutant("only-tls13", Bugs{OnlyTLS13: true}, "speaks TLS 1.3 and nothing else", "GE-TLS-03", "version-not-offered", "CU-TLS-12"),
		mutant("accepts-tls10-server", Bugs{AcceptsTLS10Server: true}, "settles for TLS 1.0 with a server that has no more", "RF-TLS-01", "accepted-tls1.1"),
		mutant("serves-old-tls", Bugs{ServesOldTLS: true}, "takes connections of TLS 1.0 and 1.1", "RF-TLS-01", "accepted-tls1.1"),
		mutant("offers-foreign-suites", Bugs{OffersForeignSuites: true}, "offers only ECDSA and ChaCha20 suites below TLS 1.3", "TW-CIP-01", "no-common-suite", "GE-TLS-04", "GE-TLS-05", "GE-TLS-06", "IB-02"),
		mutant("offers-unusable-suites", Bugs{OffersUnusableSuites: true}, "offers suites that it cannot use", "IB-01", "handshake-refused", "IB-02"),
		mutant("lacks-p384", Bugs{LacksP384: true}, "does not offer the group secp384r1", "GE-TLS-07", "group-not-offered"),
		mutant("sends-no-server-name", Bugs{SendsNoServerName: true}, "leaves server_name out of the ClientHello", "IB-08", "no-server-name"),
		mutant("demands-client-certificate", Bugs{DemandsClientCertificate: true}, "refuses vendors, which have no client certificate", "GE-TLS-11", "client-certificate-demanded"),
		mutant("sends-no-intermediates", Bugs{SendsNoIntermediates: true}, "presents its leaf certificate alone", "GE-CRT-11", "vendor-refuses-incomplete-chain"),
		mutant("presents-factory-certificate", Bugs{PresentsFactoryCertificate: true}, "presents a self-signed certificate with another name", "GE-CRT-12", "vendor-refuses-self-signed", "GE-CRT-13"),
		mutant("sends-plain-on-tls", Bugs{SendsPlainOnTLS: true}, "speaks SIP without TLS to the port for TLS", "GE-TLS-09", "plain-on-tls-port", "CU-TRK-03"),
		mutant("presents-no-certificate", Bugs{PresentsNoCertificate: true}, "has no certificate to show as client", "CU-TRK-05", "vendor-refuses-no-certificate", "CU-TRK-06", "CU-TRK-07", "IB-11"),
		mutant("requests-no-certificate", Bugs{RequestsNoCertificate: true}, "does not ask its clients for a certificate", "CU-TRK-05", "accepted-unknown-ca"),
		mutant("accepts-any-client-certificate", Bugs{AcceptsAnyClientCertificate: true}, "does not check its clients' certificates", "CU-TRK-05", "accepted-unknown-ca"),

		mutant("udp-after-403", Bugs{UDPAfter403: true}, "tries again over UDP after a 403", "TW-TLS-01", "fell-back-to-clear-signalling"),
		mutant("udp-after-488", Bugs{UDPAfter488: true}, "tries again over UDP after a 488", "TW-SRTP-06", "fell-back-to-clear-signalling", "RF-SD-05"),
		mutant("udp-after-handshake-failure", Bugs{UDPAfterHandshakeFailure: true}, "tries again over UDP when the TLS handshake fails", "TW-CIP-02", "fell-back-to-clear-signalling", "TW-TLS-11", "TW-TLS-12", "GE-TLS-02", "GE-TLS-07", "CU-TLS-02", "CU-TLS-03", "CU-TLS-10", "CU-CIP-09"),
		mutant("tcp-after-handshake-failure", Bugs{TCPAfterHandshakeFailure: true}, "tries again over TCP when the TLS handshake fails", "TW-CIP-02", "fell-back-to-clear-signalling"),
		mutant("tls10-after-handshake-failure", Bugs{TLS10AfterHandshakeFailure: true}, "tries again with TLS 1.0 when the TLS handshake fails", "RF-TLS-01", "accepted-tls1.1"),
		mutant("http-after-handshake-failure", Bugs{HTTPAfterHandshakeFailure: true}, "asks in clear for a page when the TLS handshake fails", "IB-04", "plain-on-tls-port", "IB-03"),
		mutant("clear-media-after-488", Bugs{ClearMediaAfter488: true}, "offers RTP/AVP after a 488", "TW-SRTP-06", "fell-back-to-clear-media"),
		mutant("loops-after-403", Bugs{LoopsAfter403: true}, "sends the same request again after a 403", "TW-TLS-05", "repeats-after-final", "TW-TLS-01", "TW-REJ-01", "TW-REJ-02", "TW-REJ-04", "CU-TRK-10"),
		mutant("loops-after-488", Bugs{LoopsAfter488: true}, "sends the same INVITE again after a 488", "TW-SRTP-06", "repeats-after-final", "TW-SRTP-02", "TW-SRTP-03", "TW-SRTP-04", "TW-SRTP-05", "TW-SRTP-08"),

		mutant("ignores-407-on-register", Bugs{Ignores407OnRegister: true}, "does not answer a 407 to its REGISTER", "TW-REG-04", "challenge-not-answered"),
		mutant("ignores-407-on-invite", Bugs{Ignores407OnInvite: true}, "does not answer a 407 to its INVITE", "TW-URI-17", "challenge-not-answered"),
		mutant("wrong-digest-response", Bugs{WrongDigestResponse: true}, "computes a wrong digest response", "TW-URI-17", "credentials-refused"),
		mutant("digest-on-new-connection", Bugs{DigestOnNewConnection: true}, "sends the credentials over a new connection", "TW-URI-17", "credentials-on-another-connection"),
		mutant("ignores-423", Bugs{Ignores423: true}, "does not register again with the interval that a 423 asks for", "TW-REG-01", "gave-up-after-423"),
		mutant("ignores-granted-expires", Bugs{IgnoresGrantedExpires: true}, "refreshes by the interval that it asked for", "TW-REG-02", "grant-ignored"),
		mutant("registers-at-trunk", Bugs{RegistersAtTrunk: true}, "registers before it calls through a trunk", "TW-URI-16", "sent-register"),
		mutant("registers-over-udp", Bugs{RegistersOverUDP: true}, "registers over UDP", "TW-SRTP-17", "registered-in-clear"),

		mutant("refuses-ecdsa", Bugs{RefusesECDSA: true}, "refuses certificates with an ECDSA key, and offers suites for them", "CU-CIP-07", "handshake-refused", "CU-CIP-02", "CU-CIP-03", "CU-CIP-04", "CU-CIP-05", "CU-CIP-06"),
		mutant("accepts-expired", Bugs{AcceptsExpired: true}, "accepts an expired certificate", "GE-CRT-09", "accepted-expired", "IB-10"),
		mutant("accepts-not-yet-valid", Bugs{AcceptsNotYetValid: true}, "accepts a certificate that is not valid yet", "GE-CRT-09", "accepted-not-yet-valid"),
		mutant("accepts-wrong-name", Bugs{AcceptsWrongName: true}, "accepts a certificate for another name", "GE-CRT-04", "accepted-wrong-name", "GE-CRT-05", "GE-CRT-06", "IB-09"),
		mutant("accepts-unknown-ca", Bugs{AcceptsUnknownCA: true}, "accepts a certificate of an authority that it was not given", "GE-CRT-03", "accepted-unknown-ca", "GE-CRT-01", "GE-CRT-16", "CU-TRK-04", "IB-05"),
		mutant("accepts-self-signed", Bugs{AcceptsSelfSigned: true}, "accepts a self-signed certificate", "GE-CRT-03", "accepted-self-signed"),
		mutant("ignores-revocation", Bugs{IgnoresRevocation: true}, "accepts a certificate that the issuer's list has revoked", "GE-CRT-10", "accepted-revoked"),
		mutant("trusts-common-name", Bugs{TrustsCommonName: true}, "takes the common name where there is a subjectAltName", "ST-01", "accepted-cn-right-san-wrong"),
		mutant("refuses-wildcard", Bugs{RefusesWildcard: true}, "does not accept *.sip.twilio.com", "TW-CRT-01", "handshake-refused", "IB-09"),
		mutant("wildcard-covers-two-labels", Bugs{WildcardCoversTwoLabels: true}, "lets a wildcard stand for two labels", "ST-03", "accepted-wildcard-two-labels"),
		mutant("pins-leaf-key", Bugs{PinsLeafKey: true}, "refuses a certificate that was issued anew with another key", "GE-CRT-02", "refused-renewed-certificate", "IB-10", "IB-11"),
		mutant("trusts-first-root-only", Bugs{TrustsFirstRootOnly: true}, "refuses a certificate under another root of the bundle", "TW-CRT-06", "handshake-refused", "IB-12"),
		mutant("requires-client-auth-eku", Bugs{RequiresClientAuthEKU: true}, "refuses a server certificate without the clientAuth EKU", "TW-CRT-07", "handshake-refused"),
		mutant("compares-srv-target", Bugs{ComparesSRVTarget: true}, "compares the certificate with the SRV target", "ST-03", "handshake-refused"),
		mutant("compares-service-name", Bugs{ComparesServiceName: true}, "looks for the name of the SRV records in the certificate", "GE-CRT-07", "handshake-refused"),

		mutant("ignores-srv", Bugs{IgnoresSRV: true}, "connects to the default port whatever SRV says", "RF-TLS-03", "srv-not-asked"),
		mutant("tries-last-target-first", Bugs{TriesLastTargetFirst: true}, "turns the priorities of SRV round", "RF-TLS-04", "srv-priority-ignored"),
		mutant("ignores-weights", Bugs{IgnoresWeights: true}, "takes SRV targets of one priority as they come", "RF-TLS-04", "srv-weight-ignored"),
		mutant("tries-first-target-only", Bugs{TriesFirstTargetOnly: true}, "gives up when the first target of SRV fails", "RF-TLS-04", "no-failover", "GE-URI-04"),
		mutant("uses-udp", Bugs{UsesUDP: true}, "uses UDP whatever it is told", "GE-URI-07", "fell-back-to-clear-signalling"),
		mutant("shares-connections", Bugs{SharesConnections: true}, "sends over the connection to another host", "GE-URI-04", "connection-shared"),
		mutant("stays-away", Bugs{StaysAway: true}, "does not connect again where a connection has ended", "CU-TLS-05", "did-not-come-back"),
		mutant("caches-dns", Bugs{CachesDNS: true}, "never looks a name up again", "TW-URI-07", "name-kept-past-ttl", "RF-TLS-03"),
		mutant("dials-address", Bugs{DialsAddress: true}, "puts the address into the Request-URI", "TW-URI-05", "address-in-request-uri"),
		mutant("drops-plus", Bugs{DropsPlus: true}, "calls numbers without their plus sign", "TW-URI-06", "number-not-e164"),
		mutant("moves-user-parameters", Bugs{MovesUserParameters: true}, "puts tgrp and trunk-context behind the host", "GE-URI-01", "parameters-not-in-user-part", "GE-URI-02", "RF-TLS-08"),
		mutant("sends-sips", Bugs{SendsSIPS: true}, "writes sips: URIs and gives up when it reads sip: ones", "TW-URI-04", "sips-request-uri"),
		mutant("sends-to-private-contact", Bugs{SendsToPrivateContact: true}, "sends ACK and BYE to the private Contact over UDP", "TW-URI-09", "sent-to-private-contact"),
		mutant("ignores-record-route", Bugs{IgnoresRecordRoute: true}, "sends ACK and BYE without Route", "TW-URI-09", "route-set-not-followed"),
		mutant("connects-to-route", Bugs{ConnectsToRoute: true}, "opens a new connection to the address in the Route", "TW-URI-09", "new-connection-for-dialog"),
		mutant("ignores-options", Bugs{IgnoresOptions: true}, "does not answer OPTIONS", "GE-KA-01", "options-not-answered"),
		mutant("ignores-pings", Bugs{IgnoresPings: true}, "does not answer a double CRLF", "RF-TLS-06", "ping-not-answered"),
		mutant("pings-too-often", Bugs{PingsTooOften: true}, "sends double CRLFs without pause", "TW-URI-15", "pings-too-often"),
		mutant("never-answers", Bugs{NeverAnswers: true}, "does not react to an INVITE", "TW-URI-13", "no-response-in-time"),
		mutant("rejects-unknown-headers", Bugs{RejectsUnknownHeaders: true}, "refuses header fields that it does not know", "TW-URI-10", "call-refused-400"),
		mutant("closes-on-unknown-header", Bugs{ClosesOnUnknownHeader: true}, "closes the connection at a header field that it does not know", "TW-URI-10", "closed-on-call"),
		mutant("rejects-timers", Bugs{RejectsTimers: true}, "finds every session interval too short", "CU-TRK-13", "call-refused-422"),
		mutant("rejects-min-se", Bugs{RejectsMinSE: true}, "refuses Min-SE without Session-Expires", "TW-URI-10", "call-refused-400"),

		mutant("offers-only-mki", Bugs{OffersOnlyMKI: true}, "gives every key that it offers an MKI", "TW-SRTP-13", "no-usable-crypto"),
		mutant("knows-only-32", Bugs{KnowsOnly32: true}, "knows no suite but AES_CM_128_HMAC_SHA1_32", "TW-SRTP-14", "call-refused-488", "GE-SRTP-03"),
		mutant("knows-only-gcm", Bugs{KnowsOnlyGCM: true}, "knows the AEAD suites only", "TW-SRTP-14", "call-refused-488"),
		mutant("offers-duplicate-tags", Bugs{OffersDuplicateTags: true}, "offers every suite under the same tag", "RF-SD-01", "offer-duplicate-tag"),
		mutant("offers-keys-in-clear", Bugs{OffersKeysInClear: true}, "offers SRTP though its signalling is not secure", "CU-SRTP-03", "keys-in-clear"),
		mutant("refuses-clear-media", Bugs{RefusesClearMedia: true}, "offers SRTP though it is told to offer RTP over TLS", "TW-SRTP-09", "call-refused-488", "TW-URI-03", "CU-SRTP-01"),

		mutant("accepts-answer-with-wrong-tag", Bugs{AcceptsAnswerWithWrongTag: true}, "overlooks that the answer has a tag that it did not offer", "RF-SD-04", "accepted-wrong-tag"),
		mutant("accepts-answer-with-other-suite", Bugs{AcceptsAnswerWithOtherSuite: true}, "overlooks that the answer has another suite than was offered", "RF-SD-04", "accepted-other-suite"),
		mutant("accepts-several-answers", Bugs{AcceptsSeveralAnswers: true}, "takes the first of several a=crypto of an answer", "RF-SD-04", "accepted-two-cryptos"),
		mutant("accepts-clear-answer", Bugs{AcceptsClearAnswer: true}, "takes RTP/AVP in answer to RTP/SAVP", "RF-SD-04", "accepted-clear-answer"),
		mutant("accepts-answer-without-key", Bugs{AcceptsAnswerWithoutKey: true}, "takes RTP/SAVP without a key in answer, and sends plain RTP", "RF-SD-04", "accepted-no-crypto"),
		mutant("offers-no-body", Bugs{OffersNoBody: true}, "sends its INVITE without a session description", "TW-REJ-05", "empty-body"),
		mutant("accepts-unencrypted-answer", Bugs{AcceptsUnencryptedAnswer: true}, "overlooks UNENCRYPTED_SRTP in the answer", "RF-SD-17", "accepted-unencrypted-key"),
		mutant("requires-tag-one", Bugs{RequiresTagOne: true}, "takes no answer with a tag other than 1", "TW-SRTP-12", "ended-by-itself"),

		mutant("ignores-mki", Bugs{IgnoresMKI: true}, "accepts a key with an MKI and forgets the MKI", "RF-SD-13", "vendor-media-not-decrypted"),
		mutant("accepts-unencrypted-srtp", Bugs{AcceptsUnencryptedSRTP: true}, "accepts UNENCRYPTED_SRTP", "RF-SD-18", "accepted-unencrypted"),
		mutant("accepts-unknown-parameters", Bugs{AcceptsUnknownParameters: true}, "overlooks session parameters that it does not know", "RF-SD-16", "accepted-unknown-parameter"),
		mutant("accepts-long-lifetime", Bugs{AcceptsLongLifetime: true}, "accepts a lifetime of 2^49", "RF-SD-10", "accepted-lifetime-too-long"),
		mutant("accepts-bad-mki", Bugs{AcceptsBadMKI: true}, "accepts an MKI of 0 or 129 bytes", "RF-SD-12", "accepted-mki-length-129"),
		mutant("accepts-wrong-key-length", Bugs{AcceptsWrongKeyLength: true}, "accepts a key of the wrong length", "RF-SD-07", "accepted-key-too-short"),
		mutant("measures-key-text", Bugs{MeasuresKeyText: true}, "accepts a short key whose padding makes up for it", "RF-SD-08", "accepted-aead-length"),
		mutant("accepts-duplicate-tags", Bugs{AcceptsDuplicateTags: true}, "accepts an offer that uses a tag twice", "RF-SD-01", "accepted-duplicate-tags"),
		mutant("accepts-clear-offer", Bugs{AcceptsClearOffer: true}, "accepts RTP/AVP where SRTP is wanted", "GE-SRTP-01", "accepted-clear-offer"),
		mutant("refuses-unknown-suites", Bugs{RefusesUnknownSuites: true}, "refuses an offer that also has a suite it does not know", "RF-SD-19", "call-refused-488"),
		mutant("refuses-lifetimes", Bugs{RefusesLifetimes: true}, "refuses an offer with a lifetime", "RF-SD-11", "call-refused-488"),
		mutant("refuses-optional-parameters", Bugs{RefusesOptionalParameters: true}, "refuses an offer with an optional parameter", "RF-SD-16", "call-refused-488"),
		mutant("refuses-unpadded-keys", Bugs{RefusesUnpaddedKeys: true}, "refuses base64 without padding", "RF-SD-09", "call-refused-488"),
		mutant("prefers-last", Bugs{PrefersLast: true}, "takes the last acceptable attribute of an offer", "RF-SD-01", "other-attribute-chosen"),

		mutant("answers-clear-to-secure", Bugs{AnswersClearToSecure: true}, "answers RTP/AVP to RTP/SAVP", "TW-SRTP-16", "other-media-profile", "RF-SD-14", "CU-SRTP-04"),
		mutant("answers-secure-to-clear", Bugs{AnswersSecureToClear: true}, "answers RTP/SAVP to RTP/AVP", "CU-SRTP-12", "other-media-profile"),
		mutant("answers-two-keys", Bugs{AnswersTwoKeys: true}, "answers with two a=crypto", "RF-SD-02", "answer-several-crypto", "CU-SRTP-05", "CU-SRTP-06", "CU-SRTP-07", "CU-SRTP-08"),
		mutant("answers-wrong-tag", Bugs{AnswersWrongTag: true}, "answers with a tag that was not offered", "RF-SD-02", "answer-tag-not-offered", "CU-SRTP-09"),
		mutant("answers-tag-one", Bugs{AnswersTagOne: true}, "answers with tag 1 whatever was chosen", "RF-SD-02", "answer-tag-not-offered"),
		mutant("answers-offered-key", Bugs{AnswersOfferedKey: true}, "sends the offerer's key back", "RF-SD-02", "answer-same-key-as-offered"),
		mutant("takes-unknown-suites", Bugs{TakesUnknownSuites: true}, "takes a suite that it does not know for one that it has", "RF-SD-03", "accepted-unknown-suite"),
		mutant("refuses-partly", Bugs{RefusesPartly: true}, "refuses a call for one of several streams", "RF-TLS-07", "call-refused-488"),
		mutant("answers-unoffered-suite", Bugs{AnswersUnofferedSuite: true}, "answers with another suite than the one offered", "RF-SD-02", "answer-suite-not-offered-for-tag"),

		mutant("sends-clear-media", Bugs{SendsClearMedia: true}, "sends plain RTP in a secure call", "RF-SR-01", "clear-media-in-secure-session", "TW-URI-02"),
		mutant("sends-under-wrong-key", Bugs{SendsUnderWrongKey: true}, "sends SRTP under a key that it told nobody", "RF-SR-01", "media-not-authentic"),
		mutant("sends-stray-mki", Bugs{SendsStrayMKI: true}, "puts an MKI into its packets that was not agreed on", "RF-SR-01", "media-not-authentic"),
		mutant("shortens-tag", Bugs{ShortensTag: true}, "sends tags of 4 bytes instead of 10", "RF-SR-03", "media-not-authentic"),
		mutant("shortens-rtcp-tag", Bugs{ShortensRTCPTag: true}, "shortens the tags of SRTCP under a _32 suite", "RF-SR-03", "rtcp-not-authentic"),
		mutant("shortens-aead-tag", Bugs{ShortensAEADTag: true}, "sends tags of 8 bytes instead of 16 under the AEAD suites", "RF-SR-04", "media-not-authentic"),
		mutant("cuts-long-keys", Bugs{CutsLongKeys: true}, "uses half of the master key under the AES_256_CM suites", "RF-SR-05", "media-not-authentic"),
		mutant("sends-clear-reports", Bugs{SendsClearReports: true}, "sends plain RTCP in a secure call", "RF-SR-02", "clear-rtcp-in-secure-session"),
		mutant("ignores-new-key", Bugs{IgnoresNewKey: true}, "goes on with the peer's old key after a re-INVITE", "RF-SD-20", "vendor-media-not-decrypted"),
		mutant("sends-under-old-key", Bugs{SendsUnderOldKey: true}, "announces a new key after a re-INVITE and goes on with its old one", "RF-SD-20", "old-key-in-use"),
	}
}
