package reference

// Bugs are the faults that a device can be given, one by one or together. The zero value has none. Every fault is one
// that devices in the field have.
//
// The fields are also the table of the [Mutants]: a field's tags say which requirement the bug violates, the cause that
// the verdict has to name, and which requirements it violates besides, for whatever cause.
type Bugs struct {
	// TLS versions, suites and certificates of its own.

	// OnlyTLS10 speaks TLS 1.0 and nothing else, as client and as server.
	OnlyTLS10 bool `violates:"TW-TLS-09" cause:"version-not-offered" also:"GE-TLS-01 CU-TLS-06"`
	// OnlyTLS11 speaks TLS 1.1 and nothing else.
	OnlyTLS11 bool `violates:"TW-TLS-09" cause:"version-not-offered"`
	// OnlyTLS13 speaks TLS 1.3 and nothing else.
	OnlyTLS13 bool `violates:"GE-TLS-03" cause:"version-not-offered" also:"CU-TLS-12"`
	// AcceptsTLS10Server accepts TLS 1.0 from a server that has nothing newer.
	AcceptsTLS10Server bool `violates:"RF-TLS-01" cause:"accepted-tls1.1" also:"IB-03"`
	// ServesOldTLS accepts TLS 1.0 and 1.1 as server.
	ServesOldTLS bool `violates:"RF-TLS-01" cause:"accepted-tls1.1"`
	// OffersForeignSuites offers, below TLS 1.3, only suites with ECDSA or ChaCha20.
	OffersForeignSuites bool `violates:"TW-CIP-01" cause:"no-common-suite" also:"GE-TLS-04 GE-TLS-05 GE-TLS-06 IB-02"`
	// OffersUnusableSuites offers suites with AES-256 and ChaCha20 and ends the handshake when the server chooses one.
	OffersUnusableSuites bool `violates:"IB-09" cause:"certificate-refused" also:"IB-02"`
	// LacksP384 offers only the groups X25519 and P-256.
	LacksP384 bool `violates:"GE-TLS-07" cause:"group-not-offered"`
	// SendsNoServerName leaves server_name out of the ClientHello.
	SendsNoServerName bool `violates:"IB-08" cause:"no-server-name"`
	// DemandsClientCertificate refuses clients without a certificate; most vendors have none.
	DemandsClientCertificate bool `violates:"GE-TLS-11" cause:"client-certificate-demanded"`
	// SendsNoIntermediates presents its leaf certificate alone.
	SendsNoIntermediates bool `violates:"GE-CRT-11" cause:"vendor-refuses-incomplete-chain"`
	// PresentsFactoryCertificate presents, as server, the self-signed certificate that it left the factory with.
	PresentsFactoryCertificate bool `violates:"GE-CRT-12" cause:"vendor-refuses-self-signed" also:"GE-CRT-13 GE-CRT-17"`
	// SendsPlainOnTLS speaks SIP without TLS to the port for TLS.
	SendsPlainOnTLS bool `violates:"GE-TLS-09" cause:"plain-on-tls-port" also:"CU-TRK-03"`
	// PresentsNoCertificate has no certificate to present as client.
	PresentsNoCertificate bool `violates:"CU-TRK-05" cause:"vendor-refuses-no-certificate" also:"CU-TRK-06 CU-TRK-07 IB-11"`
	// RequestsNoCertificate does not ask its clients for a certificate.
	RequestsNoCertificate bool `violates:"CU-TRK-05" cause:"accepted-unknown-ca"`
	// AcceptsAnyClientCertificate does not verify the certificates of its clients.
	AcceptsAnyClientCertificate bool `violates:"CU-TRK-05" cause:"accepted-unknown-ca"`

	// Fallbacks and repetitions after a refusal or a failed handshake.

	// UDPAfter403 tries again over UDP after a 403.
	UDPAfter403 bool `violates:"TW-TLS-01" cause:"fell-back-to-clear-signalling"`
	// UDPAfter488 tries again over UDP after a 488.
	UDPAfter488 bool `violates:"TW-SRTP-03" cause:"fell-back-to-clear-signalling" also:"TW-SRTP-06 RF-SD-05"`
	// UDPAfterHandshakeFailure tries again over UDP when the TLS handshake fails.
	UDPAfterHandshakeFailure bool `violates:"TW-TLS-12" cause:"fell-back-to-clear-signalling" also:"TW-TLS-11 TW-CIP-02 GE-TLS-02 GE-TLS-07 CU-TLS-02 CU-TLS-03 CU-TLS-10 CU-CIP-09"`
	// TCPAfterHandshakeFailure tries again over TCP when the TLS handshake fails.
	TCPAfterHandshakeFailure bool `violates:"TW-TLS-12" cause:"fell-back-to-clear-signalling" also:"TW-CIP-02"`
	// TLS10AfterHandshakeFailure tries again with TLS 1.0 allowed when the TLS handshake fails.
	TLS10AfterHandshakeFailure bool `violates:"RF-TLS-01" cause:"accepted-tls1.1"`
	// TriesNullCipher tries again with TLS_RSA_WITH_NULL_SHA when the TLS handshake fails, and offers SRTP over that too.
	TriesNullCipher bool `violates:"RF-SD-24" cause:"keys-under-null-cipher"`
	// HTTPAfterHandshakeFailure requests a page without TLS when the TLS handshake fails.
	HTTPAfterHandshakeFailure bool `violates:"IB-03" cause:"plain-on-tls-port" also:"IB-04"`
	// ClearMediaAfter488 offers RTP/AVP after a 488.
	ClearMediaAfter488 bool `violates:"TW-SRTP-06" cause:"fell-back-to-clear-media"`
	// LoopsAfter403 repeats the same request after a 403.
	LoopsAfter403 bool `violates:"TW-TLS-05" cause:"repeats-after-final" also:"TW-TLS-01 TW-REJ-01 TW-REJ-02 TW-REJ-04 CU-TRK-10"`
	// LoopsAfter488 repeats the same INVITE after a 488.
	LoopsAfter488 bool `violates:"TW-SRTP-02" cause:"repeats-after-final" also:"TW-SRTP-03 TW-SRTP-04 TW-SRTP-05 TW-SRTP-06 TW-SRTP-08"`

	// Digest and registration.

	// Ignores407OnRegister answers a challenge to a REGISTER only if it is a 401.
	Ignores407OnRegister bool `violates:"TW-REG-04" cause:"challenge-not-answered"`
	// Ignores407OnInvite answers a challenge to an INVITE only if it is a 401.
	Ignores407OnInvite bool `violates:"TW-URI-17" cause:"challenge-not-answered"`
	// WrongDigestResponse computes a wrong digest response.
	WrongDigestResponse bool `violates:"TW-URI-17" cause:"credentials-refused"`
	// DigestOnNewConnection sends its credentials over a new connection.
	DigestOnNewConnection bool `violates:"TW-URI-17" cause:"credentials-on-another-connection"`
	// Ignores423 does not register again with the interval that a 423 asks for.
	Ignores423 bool `violates:"TW-REG-01" cause:"gave-up-after-423"`
	// IgnoresGrantedExpires refreshes its registration by the interval that it asked for, not by the one it was granted.
	IgnoresGrantedExpires bool `violates:"TW-REG-02" cause:"grant-ignored"`
	// RegistersAtTrunk registers before every call.
	RegistersAtTrunk bool `violates:"TW-URI-16" cause:"sent-register"`
	// RegistersOverUDP registers over UDP.
	RegistersOverUDP bool `violates:"TW-SRTP-17" cause:"registered-in-clear"`

	// Certificates of others.

	// RefusesECDSA refuses certificates with an ECDSA key, although it offers suites for them.
	RefusesECDSA bool `violates:"CU-TRK-04" cause:"certificate-refused" also:"CU-CIP-02 CU-CIP-03 CU-CIP-04 CU-CIP-05 CU-CIP-06"`
	// AcceptsExpired accepts a certificate that has expired.
	AcceptsExpired bool `violates:"GE-CRT-09" cause:"accepted-expired" also:"IB-10"`
	// AcceptsNotYetValid accepts a certificate that is not valid yet.
	AcceptsNotYetValid bool `violates:"GE-CRT-09" cause:"accepted-not-yet-valid"`
	// AcceptsWrongName accepts a certificate for another name.
	AcceptsWrongName bool `violates:"GE-CRT-04" cause:"accepted-wrong-name" also:"GE-CRT-05 GE-CRT-06 IB-09"`
	// AcceptsUnknownCA accepts a certificate of any authority.
	AcceptsUnknownCA bool `violates:"GE-CRT-03" cause:"accepted-unknown-ca" also:"GE-CRT-01 GE-CRT-16 CU-TRK-04 IB-05"`
	// AcceptsSelfSigned accepts a self-signed certificate.
	AcceptsSelfSigned bool `violates:"GE-CRT-03" cause:"accepted-self-signed"`
	// IgnoresRevocation uses neither revocation lists nor OCSP.
	IgnoresRevocation bool `violates:"GE-CRT-10" cause:"accepted-revoked" also:"RF-CRT-05"`
	// TrustsCommonName accepts the common name of a certificate that has a subjectAltName.
	TrustsCommonName bool `violates:"ST-01" cause:"accepted-cn-right-san-wrong"`
	// RefusesWildcard does not accept wildcards in certificates.
	RefusesWildcard bool `violates:"TW-CRT-01" cause:"certificate-refused" also:"IB-09"`
	// WildcardCoversPart lets a wildcard stand for a part of a label.
	WildcardCoversPart bool `violates:"ST-02" cause:"accepted-wildcard-partial"`
	// IgnoresURINames does not look for its peer's domain in the sip: URIs of a certificate.
	IgnoresURINames bool `violates:"ST-01" cause:"certificate-refused"`
	// IgnoresPurpose accepts the certificate of a client from a server.
	IgnoresPurpose bool `violates:"RF-CRT-02" cause:"accepted-client-only"`
	// IgnoresCriticalExtensions accepts a certificate with critical extensions that it does not know.
	IgnoresCriticalExtensions bool `violates:"RF-CRT-01" cause:"accepted-critical-extension"`
	// AcceptsWeakKeys accepts RSA keys of any length.
	AcceptsWeakKeys bool `violates:"RF-CRT-03" cause:"accepted-weak-key"`
	// WildcardCoversTwoLabels lets a wildcard stand for two labels.
	WildcardCoversTwoLabels bool `violates:"ST-03" cause:"accepted-wildcard-two-labels"`
	// PinsLeafKey refuses every key but that of the first certificate it saw.
	PinsLeafKey bool `violates:"GE-CRT-02" cause:"refused-renewed-certificate" also:"IB-10 IB-11 CU-TRK-04"`
	// TrustsFirstRootOnly uses only the first root of its trust bundle.
	TrustsFirstRootOnly bool `violates:"TW-CRT-06" cause:"certificate-refused" also:"IB-12 GE-CRT-20"`
	// RequiresClientAuthEKU refuses a server certificate without the EKU clientAuth.
	RequiresClientAuthEKU bool `violates:"TW-CRT-06" cause:"certificate-refused" also:"TW-CRT-07"`
	// ComparesServiceName looks in the certificate for the owner name of the SRV records, underscores included.
	ComparesServiceName bool `violates:"GE-CRT-07" cause:"certificate-refused"`
	// ComparesSRVTarget compares the certificate with the SRV target instead of the name that it looked up.
	ComparesSRVTarget bool `violates:"ST-03" cause:"certificate-refused"`

	// Addresses, routing and transport.

	// IgnoresSRV connects to the default port whatever SRV says.
	IgnoresSRV bool `violates:"RF-TLS-03" cause:"srv-not-asked"`
	// IgnoresWeights tries SRV targets of one priority in the order of the answer.
	IgnoresWeights bool `violates:"RF-TLS-04" cause:"srv-weight-ignored"`
	// TriesLastTargetFirst reverses the priorities of SRV.
	TriesLastTargetFirst bool `violates:"RF-TLS-04" cause:"srv-priority-ignored"`
	// TriesFirstTargetOnly gives up when the first target of SRV fails.
	TriesFirstTargetOnly bool `violates:"RF-TLS-04" cause:"no-failover" also:"GE-URI-04"`
	// UsesUDP uses UDP whatever its transport setting says.
	UsesUDP bool `violates:"GE-URI-07" cause:"fell-back-to-clear-signalling"`
	// SharesConnections sends over an open connection to another host.
	SharesConnections bool `violates:"GE-URI-04" cause:"connection-shared" also:"RF-TLS-05"`
	// StaysAway does not connect again to a host once a connection to it has ended.
	StaysAway bool `violates:"CU-TLS-05" cause:"did-not-come-back"`
	// CachesDNS never looks a name up twice.
	CachesDNS bool `violates:"TW-URI-07" cause:"name-kept-past-ttl" also:"RF-TLS-03"`
	// DialsAddress writes the address instead of the domain into the Request-URI.
	DialsAddress bool `violates:"TW-URI-05" cause:"address-in-request-uri"`
	// DropsPlus calls numbers without their plus sign.
	DropsPlus bool `violates:"TW-URI-06" cause:"number-not-e164"`
	// MovesUserParameters writes the parameters of the user part behind the host.
	MovesUserParameters bool `violates:"GE-URI-01" cause:"parameters-not-in-user-part" also:"GE-URI-02 RF-TLS-08"`
	// SendsSIPS writes sips: URIs and gives up when the peer's Contact is a sip: URI.
	SendsSIPS bool `violates:"TW-URI-04" cause:"sips-request-uri"`
	// SendsToPrivateContact sends ACK and BYE to the address in the Contact, over UDP.
	SendsToPrivateContact bool `violates:"TW-URI-09" cause:"sent-to-private-contact"`
	// IgnoresRecordRoute sends ACK and BYE without Route.
	IgnoresRecordRoute bool `violates:"TW-URI-09" cause:"route-set-not-followed"`
	// ConnectsToRoute opens a new connection to the address in the Route.
	ConnectsToRoute bool `violates:"TW-URI-09" cause:"new-connection-for-dialog"`
	// PingsTooOften sends double CRLFs every 20 ms.
	PingsTooOften bool `violates:"TW-URI-15" cause:"pings-too-often"`
	// NeverAnswers does not react to an INVITE.
	NeverAnswers bool `violates:"TW-URI-13" cause:"no-response-in-time"`
	// RejectsUnknownHeaders answers 400 to header fields that it does not know.
	RejectsUnknownHeaders bool `violates:"TW-URI-10" cause:"call-refused-400"`
	// ClosesOnUnknownHeader closes the connection at a header field that it does not know.
	ClosesOnUnknownHeader bool `violates:"TW-URI-10" cause:"closed-on-call"`
	// RejectsTimers answers 422 to every session interval.
	RejectsTimers bool `violates:"CU-TRK-13" cause:"call-refused-422"`
	// RejectsMinSE answers 400 to Min-SE without Session-Expires.
	RejectsMinSE bool `violates:"TW-URI-10" cause:"call-refused-400"`

	// Keys that it sends.

	// SendsZeroKeys sends keys that are all zeros: its random number generator does not run.
	SendsZeroKeys bool `violates:"RF-SD-22" cause:"key-patterned"`
	// SendsFilledKeys sends keys that are all ones.
	SendsFilledKeys bool `violates:"RF-SD-22" cause:"key-patterned"`
	// SendsTextKeys takes letters for its keys, as for passwords.
	SendsTextKeys bool `violates:"RF-SD-22" cause:"key-patterned"`
	// SendsCountingKeys sends keys whose bytes count up from one that is random.
	SendsCountingKeys bool `violates:"RF-SD-22" cause:"key-patterned"`
	// SendsRepeatedBytes repeats eight random bytes through a key.
	SendsRepeatedBytes bool `violates:"RF-SD-22" cause:"key-patterned"`
	// SendsHalfKeys leaves the first half of a key at zero.
	SendsHalfKeys bool `violates:"RF-SD-22" cause:"key-patterned"`
	// SendsZeroSalts draws the master key and leaves the salt at zero.
	SendsZeroSalts bool `violates:"RF-SD-22" cause:"key-patterned"`
	// SaltsWithKey takes the beginning of the master key for the salt.
	SaltsWithKey bool `violates:"RF-SD-22" cause:"key-patterned"`
	// SendsOneKey sends the same key in every call.
	SendsOneKey bool `violates:"RF-SD-22" cause:"key-reused"`
	// SharesKeyAmongStreams offers video too, under the key of its audio.
	SharesKeyAmongStreams bool `violates:"RF-SD-22" cause:"key-reused"`

	// Offers that it makes.

	// OffersOnlyMKI gives every key that it offers an MKI.
	OffersOnlyMKI bool `violates:"TW-SRTP-13" cause:"no-usable-crypto"`
	// KnowsOnly32 knows no suite but AES_CM_128_HMAC_SHA1_32.
	KnowsOnly32 bool `violates:"TW-SRTP-14" cause:"call-refused-488" also:"GE-SRTP-03"`
	// KnowsOnlyGCM knows only the AEAD suites.
	KnowsOnlyGCM bool `violates:"TW-SRTP-14" cause:"call-refused-488"`
	// OffersDuplicateTags offers every suite under tag 1.
	OffersDuplicateTags bool `violates:"RF-SD-01" cause:"offer-duplicate-tag"`
	// OffersKeysInClear offers SRTP although its signalling is not secure.
	OffersKeysInClear bool `violates:"CU-SRTP-03" cause:"keys-in-clear"`
	// RefusesLateOffers answers an INVITE without an offer with 488.
	RefusesLateOffers bool `violates:"RF-OA-01" cause:"call-refused-488"`
	// OffersLateInClear offers RTP/AVP where the vendor leaves the offer to it.
	OffersLateInClear bool `violates:"RF-OA-01" cause:"no-secure-offer"`
	// MishearsLateAnswers decrypts under its own key what it is sent under that of the answer in an ACK.
	MishearsLateAnswers bool `violates:"RF-OA-01" cause:"vendor-media-not-decrypted"`
	// RefusesClearMedia offers SRTP over TLS although it is set to offer RTP.
	RefusesClearMedia bool `violates:"TW-SRTP-09" cause:"refused-488" also:"TW-URI-03 CU-SRTP-01 GE-SRTP-07"`
	// OffersNoBody sends its INVITE without a session description.
	OffersNoBody bool `violates:"TW-REJ-05" cause:"empty-body"`

	// Answers that it receives.

	// AcceptsAnswerWithWrongTag accepts an answer with a tag that it did not offer.
	AcceptsAnswerWithWrongTag bool `violates:"RF-SD-04" cause:"accepted-wrong-tag"`
	// AcceptsAnswerWithOtherSuite accepts an answer with another suite than it offered under that tag.
	AcceptsAnswerWithOtherSuite bool `violates:"RF-SD-04" cause:"accepted-other-suite"`
	// AcceptsSeveralAnswers accepts an answer with several a=crypto and uses the first.
	AcceptsSeveralAnswers bool `violates:"RF-SD-04" cause:"accepted-two-cryptos"`
	// AcceptsClearAnswer accepts RTP/AVP in answer to RTP/SAVP.
	AcceptsClearAnswer bool `violates:"RF-SD-04" cause:"accepted-clear-answer"`
	// AcceptsAnswerWithoutKey accepts RTP/SAVP without a=crypto, and sends plain RTP.
	AcceptsAnswerWithoutKey bool `violates:"RF-SD-04" cause:"accepted-no-crypto"`
	// AcceptsUnencryptedAnswer accepts an answer with UNENCRYPTED_SRTP that it did not offer.
	AcceptsUnencryptedAnswer bool `violates:"RF-SD-17" cause:"accepted-unencrypted-key"`
	// RequiresTagOne refuses an answer with a tag other than 1.
	RequiresTagOne bool `violates:"TW-SRTP-12" cause:"ended-by-itself"`

	// Offers that it receives.

	// IgnoresMKI accepts a key with an MKI and forgets the MKI.
	IgnoresMKI bool `violates:"RF-SD-13" cause:"vendor-media-not-decrypted"`
	// AcceptsUnencryptedSRTP accepts UNENCRYPTED_SRTP.
	AcceptsUnencryptedSRTP bool `violates:"RF-SD-18" cause:"accepted-unencrypted"`
	// AcceptsUnknownParameters ignores session parameters that it does not know.
	AcceptsUnknownParameters bool `violates:"RF-SD-16" cause:"accepted-unknown-parameter"`
	// AcceptsLongLifetime accepts lifetimes above 2^48.
	AcceptsLongLifetime bool `violates:"RF-SD-10" cause:"accepted-lifetime-too-long"`
	// AcceptsBadMKI ignores MKIs, among them those of 0 or 129 bytes.
	AcceptsBadMKI bool `violates:"RF-SD-12" cause:"accepted-mki-length-129"`
	// AcceptsLargeMKI ignores an MKI whose number does not fit into its length.
	AcceptsLargeMKI bool `violates:"RF-SD-12" cause:"accepted-mki-too-large"`
	// CutsAEADKeys takes the first bytes of a key that is too long for its AEAD suite, such as one for AES_CM_128.
	CutsAEADKeys bool `violates:"RF-SD-08" cause:"accepted-aead-cm-length"`
	// RefusesInvalidLines refuses an offer for one invalid attribute, whatever else is in it.
	RefusesInvalidLines bool `violates:"RF-SD-07" cause:"call-refused-488"`
	// RefusesTagZero refuses an attribute with tag 0.
	RefusesTagZero bool `violates:"RF-SD-02" cause:"call-refused-488"`
	// ForgetsParameters accepts UNENCRYPTED_SRTCP, and does not say so in its answer.
	ForgetsParameters bool `violates:"RF-SD-17" cause:"answer-session-parameters-differ"`
	// AcceptsWrongKeyLength cuts or pads keys of the wrong length.
	AcceptsWrongKeyLength bool `violates:"RF-SD-07" cause:"accepted-key-too-short"`
	// MeasuresKeyText accepts a short key whose base64 text has the right length because of its padding.
	MeasuresKeyText bool `violates:"RF-SD-08" cause:"accepted-aead-length"`
	// AcceptsDuplicateTags accepts an offer that uses a tag twice.
	AcceptsDuplicateTags bool `violates:"RF-SD-26" cause:"accepted-duplicate-tags"`
	// AcceptsKeylessOffer accepts RTP/SAVP without a=crypto, and sends plain RTP.
	AcceptsKeylessOffer bool `violates:"RF-SD-23" cause:"accepted-no-crypto"`
	// AcceptsClearOffer accepts RTP/AVP where it is set to SRTP.
	AcceptsClearOffer bool `violates:"GE-SRTP-01" cause:"accepted-clear-offer"`
	// RefusesUnknownSuites refuses an offer in which one of the suites is unknown to it.
	RefusesUnknownSuites bool `violates:"RF-SD-19" cause:"call-refused-488"`
	// RefusesLifetimes refuses an offer with a lifetime.
	RefusesLifetimes bool `violates:"RF-SD-11" cause:"call-refused-488"`
	// RefusesOptionalParameters refuses an offer with an optional parameter (one that begins with "-").
	RefusesOptionalParameters bool `violates:"RF-SD-16" cause:"call-refused-488"`
	// RefusesUnpaddedKeys refuses base64 without its padding.
	RefusesUnpaddedKeys bool `violates:"RF-SD-09" cause:"call-refused-488"`
	// PrefersLast chooses the last acceptable attribute instead of the first.
	PrefersLast bool `violates:"RF-SD-26" cause:"other-attribute-chosen"`

	// Answers that it makes.

	// AnswersClearToSecure answers RTP/AVP to RTP/SAVP.
	AnswersClearToSecure bool `violates:"TW-SRTP-16" cause:"other-media-profile" also:"RF-SD-14 CU-SRTP-04"`
	// AnswersSecureToClear answers RTP/SAVP to RTP/AVP.
	AnswersSecureToClear bool `violates:"CU-SRTP-12" cause:"other-media-profile"`
	// AnswersTwoKeys answers with two a=crypto.
	AnswersTwoKeys bool `violates:"RF-SD-02" cause:"answer-several-crypto" also:"CU-SRTP-05 CU-SRTP-06 CU-SRTP-07 CU-SRTP-08"`
	// AnswersWrongTag answers with a tag that was not offered.
	AnswersWrongTag bool `violates:"RF-SD-02" cause:"answer-tag-not-offered" also:"CU-SRTP-09"`
	// AnswersTagOne answers with tag 1 whatever it chose.
	AnswersTagOne bool `violates:"RF-SD-02" cause:"answer-tag-not-offered"`
	// AnswersOfferedKey sends the offerer's key back.
	AnswersOfferedKey bool `violates:"RF-SD-02" cause:"answer-same-key-as-offered" also:"RF-SD-22"`
	// TakesUnknownSuites treats a suite that it does not know as its favourite one.
	TakesUnknownSuites bool `violates:"RF-SD-03" cause:"accepted-unknown-suite"`
	// RefusesPartly refuses a call of which it could accept one stream of several.
	RefusesPartly bool `violates:"RF-TLS-07" cause:"call-refused-488"`
	// AnswersInOtherOrder answers the streams of an offer in the reverse order.
	AnswersInOtherOrder bool `violates:"RF-TLS-07" cause:"streams-do-not-match"`
	// ForgetsSecondKey takes a second stream of audio, and answers it without a key.
	ForgetsSecondKey bool `violates:"RF-SD-02" cause:"answer-no-crypto"`
	// ForgetsOpportunisticKey agrees on opportunistic SRTP, and sends plain RTP.
	ForgetsOpportunisticKey bool `violates:"RF-OS-01" cause:"clear-media-in-secure-session"`
	// AnswersUnofferedSuite answers with another suite than the one it chose.
	AnswersUnofferedSuite bool `violates:"RF-SD-02" cause:"answer-suite-not-offered-for-tag"`

	// Early answers.

	// AnswersDifferently has another key in its 200 than in its 183.
	AnswersDifferently bool `violates:"RF-OA-01" cause:"answers-differ"`
	// AnswersEarlyOnly has its answer in a 183 that it does not send reliably, and none in its 200.
	AnswersEarlyOnly bool `violates:"RF-OA-01" cause:"answer-not-in-final"`
	// SendsClearEarlyMedia sends plain RTP until it takes the call, although its 183 agrees on SRTP.
	SendsClearEarlyMedia bool `violates:"RF-SR-01" cause:"clear-media-in-secure-session"`
	// SendsEarlyUnderWrongKey sends SRTP under a key that it has told nobody until it takes the call.
	SendsEarlyUnderWrongKey bool `violates:"RF-SR-01" cause:"media-unknown-key"`

	// What is embedded shows only where its tag says.

	MediaBugs     `asked:"area:sdes || area:srtp"`
	PortBugs      `asked:"/^id:cisco:ucm:(ports:2443:|connect:other-port)/"`
	TrunkBugs     `asked:"product:ucm && (area:routing || area:rotation || req: containsAny {CU-CIP-09, CU-CIP-10, RF-SD-24})"`
	GenesysBugs   `asked:"direction:vendor-to-device || area:routing"`
	CalledBugs    `asked:"direction:vendor-to-device && (area:signalling || area:tls || area:srtp)"`
	LoadBugs      `asked:"direction:vendor-to-device && (area:load || area:signalling || area:srtp)"`
	OptionsBugs   `asked:"direction:device-to-vendor && (area:signalling || area:tls)"`
	ChangeBugs    `asked:"vendor:infobip && area:rotation"`
	CallBugs      `asked:"id:twilio:voice:call-out:secure-media-on:tls:srtp || id:twilio:voice:call-in:next-call"`
	ParameterBugs `asked:"id:twilio:voice:call-in:secure || id:twilio:voice:call-in:derivation-rate"`
	SourceBugs    `asked:"id:twilio:voice:call-in:ssrc-collision"`
}
