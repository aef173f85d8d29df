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
		{"only-tls10", Bugs{OnlyTLS10: true}, "speaks TLS 1.0 and nothing else", "TW-TLS-09", "tls12-not-offered"},
		{"only-tls11", Bugs{OnlyTLS11: true}, "speaks TLS 1.1 and nothing else", "TW-TLS-09", "tls12-not-offered"},
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
		{"loops-after-403", Bugs{LoopsAfter403: true}, "sends the same request again after a 403", "TW-TLS-05", "retried-final-refusal"},
		{"loops-after-488", Bugs{LoopsAfter488: true}, "sends the same INVITE again after a 488", "TW-SRTP-06", "retried-final-refusal"},

		{"ignores-407-on-register", Bugs{Ignores407OnRegister: true}, "does not answer a 407 to its REGISTER", "TW-REG-04", "challenge-not-answered"},
		{"ignores-407-on-invite", Bugs{Ignores407OnInvite: true}, "does not answer a 407 to its INVITE", "TW-URI-17", "challenge-not-answered"},
		{"wrong-digest-response", Bugs{WrongDigestResponse: true}, "computes a wrong digest response", "TW-URI-17", "bad-credentials"},
		{"digest-on-new-connection", Bugs{DigestOnNewConnection: true}, "sends the credentials over a new connection", "TW-URI-17", "credentials-on-another-connection"},
		{"ignores-423", Bugs{Ignores423: true}, "does not register again with the interval that a 423 asks for", "TW-REG-01", "interval-not-raised"},
		{"ignores-granted-expires", Bugs{IgnoresGrantedExpires: true}, "refreshes by the interval that it asked for", "TW-REG-02", "granted-interval-ignored"},
		{"registers-at-trunk", Bugs{RegistersAtTrunk: true}, "registers before it calls through a trunk", "TW-URI-16", "registered-at-trunk"},
		{"registers-over-udp", Bugs{RegistersOverUDP: true}, "registers over UDP", "TW-SRTP-17", "registered-without-tls"},

		{"accepts-expired", Bugs{AcceptsExpired: true}, "accepts an expired certificate", "GE-CRT-09", "accepted-expired-certificate"},
		{"accepts-not-yet-valid", Bugs{AcceptsNotYetValid: true}, "accepts a certificate that is not valid yet", "GE-CRT-09", "accepted-not-yet-valid-certificate"},
		{"accepts-wrong-name", Bugs{AcceptsWrongName: true}, "accepts a certificate for another name", "GE-CRT-04", "accepted-wrong-name"},
		{"accepts-unknown-ca", Bugs{AcceptsUnknownCA: true}, "accepts a certificate of an authority that it was not given", "GE-CRT-03", "accepted-unknown-authority"},
		{"accepts-self-signed", Bugs{AcceptsSelfSigned: true}, "accepts a self-signed certificate", "GE-CRT-03", "accepted-self-signed-certificate"},
		{"ignores-revocation", Bugs{IgnoresRevocation: true}, "accepts a certificate that the issuer's list has revoked", "GE-CRT-10", "accepted-revoked-certificate"},
		{"trusts-common-name", Bugs{TrustsCommonName: true}, "takes the common name where there is a subjectAltName", "ST-01", "accepted-common-name"},
		{"refuses-wildcard", Bugs{RefusesWildcard: true}, "does not accept *.sip.twilio.com", "TW-CRT-01", "refused-wildcard"},
		{"wildcard-covers-two-labels", Bugs{WildcardCoversTwoLabels: true}, "lets a wildcard stand for two labels", "GE-CRT-04", "accepted-wrong-name"},
		{"pins-leaf-key", Bugs{PinsLeafKey: true}, "refuses a certificate that was issued anew with another key", "GE-CRT-02", "refused-reissued-certificate"},
		{"trusts-first-root-only", Bugs{TrustsFirstRootOnly: true}, "refuses a certificate under another root of the bundle", "TW-CRT-06", "refused-root-of-bundle"},
		{"requires-client-auth-eku", Bugs{RequiresClientAuthEKU: true}, "refuses a server certificate without the clientAuth EKU", "TW-CRT-07", "refused-for-client-auth"},
		{"compares-srv-target", Bugs{ComparesSRVTarget: true}, "compares the certificate with the SRV target", "ST-03", "compared-srv-target"},

		{"ignores-srv", Bugs{IgnoresSRV: true}, "connects to the default port whatever SRV says", "RF-TLS-03", "srv-ignored"},
		{"tries-last-target-first", Bugs{TriesLastTargetFirst: true}, "turns the priorities of SRV round", "RF-TLS-04", "srv-priority-ignored"},
		{"tries-first-target-only", Bugs{TriesFirstTargetOnly: true}, "gives up when the first target of SRV fails", "RF-TLS-04", "no-failover"},
		{"caches-dns", Bugs{CachesDNS: true}, "never looks a name up again", "TW-URI-07", "dns-cached-past-ttl"},
		{"dials-address", Bugs{DialsAddress: true}, "puts the address into the Request-URI", "TW-URI-05", "address-in-request-uri"},
		{"drops-plus", Bugs{DropsPlus: true}, "calls numbers without their plus sign", "TW-URI-06", "number-not-e164"},
		{"moves-user-parameters", Bugs{MovesUserParameters: true}, "puts tgrp and trunk-context behind the host", "RF-TLS-08", "parameters-not-in-user-part"},
		{"sends-sips", Bugs{SendsSIPS: true}, "writes sips: URIs and gives up when it reads sip: ones", "TW-URI-04", "gave-up-on-sip-uri"},
		{"sends-to-private-contact", Bugs{SendsToPrivateContact: true}, "sends ACK and BYE to the private Contact over UDP", "TW-URI-09", "sent-to-private-contact"},
		{"ignores-record-route", Bugs{IgnoresRecordRoute: true}, "sends ACK and BYE without Route", "TW-URI-09", "route-set-ignored"},
		{"connects-to-route", Bugs{ConnectsToRoute: true}, "opens a new connection to the address in the Route", "TW-URI-09", "new-connection-in-dialog"},
		{"ignores-options", Bugs{IgnoresOptions: true}, "does not answer OPTIONS", "GE-KA-01", "options-not-answered"},
		{"ignores-pings", Bugs{IgnoresPings: true}, "does not answer a double CRLF", "RF-TLS-06", "ping-not-answered"},
		{"pings-too-often", Bugs{PingsTooOften: true}, "sends double CRLFs without pause", "TW-URI-15", "keep-alive-too-often"},
		{"never-answers", Bugs{NeverAnswers: true}, "does not react to an INVITE", "TW-URI-13", "invite-not-answered"},
		{"rejects-unknown-headers", Bugs{RejectsUnknownHeaders: true}, "refuses header fields that it does not know", "TW-URI-10", "refused-unknown-header"},
		{"closes-on-unknown-header", Bugs{ClosesOnUnknownHeader: true}, "closes the connection at a header field that it does not know", "TW-URI-10", "closed-on-unknown-header"},
		{"rejects-min-se", Bugs{RejectsMinSE: true}, "refuses Min-SE without Session-Expires", "TW-URI-10", "refused-min-se"},

		{"offers-only-mki", Bugs{OffersOnlyMKI: true}, "gives every key that it offers an MKI", "TW-SRTP-13", "mki-offered"},
		{"knows-only-32", Bugs{KnowsOnly32: true}, "knows no suite but AES_CM_128_HMAC_SHA1_32", "TW-SRTP-14", "refused-mandatory-suite"},
		{"knows-only-gcm", Bugs{KnowsOnlyGCM: true}, "knows the AEAD suites only", "TW-SRTP-14", "refused-mandatory-suite"},
		{"offers-duplicate-tags", Bugs{OffersDuplicateTags: true}, "offers every suite under the same tag", "RF-SD-01", "duplicate-tag"},
		{"sends-keys-in-clear", Bugs{SendsKeysInClear: true}, "offers a=crypto over UDP and TCP", "RF-SD-05", "keys-in-clear"},
		{"refuses-clear-media", Bugs{RefusesClearMedia: true}, "offers SRTP though it is told to offer RTP over TLS", "TW-SRTP-09", "clear-media-not-offered"},

		{"accepts-answer-with-wrong-tag", Bugs{AcceptsAnswerWithWrongTag: true}, "overlooks that the answer has a tag that it did not offer", "RF-SD-04", "accepted-wrong-tag"},
		{"accepts-answer-with-other-suite", Bugs{AcceptsAnswerWithOtherSuite: true}, "overlooks that the answer has another suite than was offered", "RF-SD-04", "accepted-other-suite"},
		{"accepts-several-answers", Bugs{AcceptsSeveralAnswers: true}, "takes the first of several a=crypto of an answer", "RF-SD-04", "accepted-several-crypto"},
		{"accepts-clear-answer", Bugs{AcceptsClearAnswer: true}, "takes RTP/AVP in answer to RTP/SAVP", "RF-SD-04", "accepted-clear-answer"},
		{"requires-tag-one", Bugs{RequiresTagOne: true}, "takes no answer with a tag other than 1", "TW-SRTP-12", "refused-tag"},

		{"ignores-mki", Bugs{IgnoresMKI: true}, "accepts a key with an MKI and forgets the MKI", "RF-SD-13", "mki-ignored"},
		{"accepts-unencrypted-srtp", Bugs{AcceptsUnencryptedSRTP: true}, "accepts UNENCRYPTED_SRTP", "RF-SD-18", "accepted-unencrypted-srtp"},
		{"accepts-unknown-parameters", Bugs{AcceptsUnknownParameters: true}, "overlooks session parameters that it does not know", "RF-SD-16", "accepted-unknown-parameter"},
		{"accepts-long-lifetime", Bugs{AcceptsLongLifetime: true}, "accepts a lifetime of 2^49", "RF-SD-10", "accepted-long-lifetime"},
		{"accepts-bad-mki", Bugs{AcceptsBadMKI: true}, "accepts an MKI of 0 or 129 bytes", "RF-SD-12", "accepted-bad-mki"},
		{"accepts-wrong-key-length", Bugs{AcceptsWrongKeyLength: true}, "accepts a key of the wrong length", "RF-SD-07", "accepted-wrong-key-length"},
		{"accepts-duplicate-tags", Bugs{AcceptsDuplicateTags: true}, "accepts an offer that uses a tag twice", "RF-SD-01", "accepted-duplicate-tag"},
		{"accepts-clear-offer", Bugs{AcceptsClearOffer: true}, "accepts RTP/AVP where SRTP is wanted", "GE-SRTP-01", "accepted-clear-offer"},
		{"refuses-unknown-suites", Bugs{RefusesUnknownSuites: true}, "refuses an offer that also has a suite it does not know", "RF-SD-19", "refused-unknown-suite"},
		{"refuses-lifetimes", Bugs{RefusesLifetimes: true}, "refuses an offer with a lifetime", "RF-SD-11", "refused-lifetime"},
		{"refuses-optional-parameters", Bugs{RefusesOptionalParameters: true}, "refuses an offer with an optional parameter", "RF-SD-16", "refused-optional-parameter"},
		{"refuses-unpadded-keys", Bugs{RefusesUnpaddedKeys: true}, "refuses base64 without padding", "RF-SD-09", "refused-unpadded-key"},
		{"prefers-last", Bugs{PrefersLast: true}, "takes the last acceptable attribute of an offer", "RF-SD-01", "preference-ignored"},

		{"answers-clear-to-secure", Bugs{AnswersClearToSecure: true}, "answers RTP/AVP to RTP/SAVP", "TW-SRTP-16", "answered-clear"},
		{"answers-two-keys", Bugs{AnswersTwoKeys: true}, "answers with two a=crypto", "RF-SD-02", "answered-several-crypto"},
		{"answers-wrong-tag", Bugs{AnswersWrongTag: true}, "answers with a tag that was not offered", "RF-SD-02", "answered-wrong-tag"},
		{"answers-tag-one", Bugs{AnswersTagOne: true}, "answers with tag 1 whatever was chosen", "RF-SD-02", "answered-wrong-tag"},
		{"answers-offered-key", Bugs{AnswersOfferedKey: true}, "sends the offerer's key back", "RF-SD-02", "answered-offered-key"},
		{"answers-port-zero", Bugs{AnswersPortZero: true}, "takes a call of which it accepts no stream", "RF-SD-03", "accepted-without-stream"},
		{"refuses-partly", Bugs{RefusesPartly: true}, "refuses a call for one of several streams", "RF-TLS-07", "refused-whole-session"},
		{"answers-unoffered-suite", Bugs{AnswersUnofferedSuite: true}, "answers with another suite than the one offered", "RF-SD-02", "answered-other-suite"},

		{"sends-no-media", Bugs{SendsNoMedia: true}, "sends no media", "TW-SRTP-10", "no-media"},
		{"sends-clear-media", Bugs{SendsClearMedia: true}, "sends plain RTP in a secure call", "RF-SR-01", "clear-media"},
		{"sends-under-wrong-key", Bugs{SendsUnderWrongKey: true}, "sends SRTP under a key that it told nobody", "RF-SR-01", "media-not-authentic"},
		{"sends-stray-mki", Bugs{SendsStrayMKI: true}, "puts an MKI into its packets that was not agreed on", "RF-SR-01", "stray-mki"},
		{"shortens-tag", Bugs{ShortensTag: true}, "sends tags of 4 bytes instead of 10", "RF-SR-03", "wrong-tag-length"},
		{"shortens-rtcp-tag", Bugs{ShortensRTCPTag: true}, "shortens the tags of SRTCP under a _32 suite", "RF-SR-03", "wrong-rtcp-tag-length"},
		{"ignores-new-key", Bugs{IgnoresNewKey: true}, "goes on with the peer's old key after a re-INVITE", "RF-SD-20", "new-key-ignored"},
		{"sends-under-old-key", Bugs{SendsUnderOldKey: true}, "announces a new key after a re-INVITE and goes on with its old one", "RF-SD-20", "own-new-key-unused"},
		{"sends-media-after-bye", Bugs{SendsMediaAfterBye: true}, "does not stop its media after a BYE", "RF-SR-01", "media-after-bye"},
	}
}
