package reference

// Bugs are the faults that a device can be given, one by one or together. The
// zero value has none. Every bug is one that devices in the field have, and has
// a mutant: see [Mutants].
type Bugs struct {
	// TLS versions and suites.

	// OnlyTLS10 speaks TLS 1.0 and nothing else, as client and as server.
	OnlyTLS10 bool
	// OnlyTLS11 speaks TLS 1.1 and nothing else.
	OnlyTLS11 bool
	// OnlyTLS13 speaks TLS 1.3 and nothing else.
	OnlyTLS13 bool
	// AcceptsTLS10Server settles for TLS 1.0 with a server that has no more.
	AcceptsTLS10Server bool
	// ServesOldTLS takes connections of TLS 1.0 and 1.1.
	ServesOldTLS bool
	// OffersForeignSuites knows, below TLS 1.3, only suites with ECDSA or ChaCha20.
	OffersForeignSuites bool
	// OffersUnusableSuites offers suites of AES-256 and ChaCha20 and ends the
	// handshake when the server takes one.
	OffersUnusableSuites bool
	// LacksP384 has the groups X25519 and P-256 only.
	LacksP384 bool
	// SendsNoServerName leaves server_name out of the ClientHello.
	SendsNoServerName bool
	// DemandsClientCertificate refuses peers that have none to show.
	DemandsClientCertificate bool
	// SendsNoIntermediates presents its leaf alone.
	SendsNoIntermediates bool
	// PresentsFactoryCertificate presents, as server, the self-signed certificate
	// that it was made with.
	PresentsFactoryCertificate bool
	// SendsPlainOnTLS speaks SIP without TLS to the port for TLS.
	SendsPlainOnTLS bool
	// PresentsNoCertificate has none to show as client.
	PresentsNoCertificate bool
	// RequestsNoCertificate does not ask its clients for one.
	RequestsNoCertificate bool
	// AcceptsAnyClientCertificate does not check what its clients show.
	AcceptsAnyClientCertificate bool

	// What is done about a refusal.

	// UDPAfter403 tries again over UDP after a 403.
	UDPAfter403 bool
	// UDPAfter488 tries again over UDP after a 488.
	UDPAfter488 bool
	// UDPAfterHandshakeFailure tries again over UDP when TLS fails.
	UDPAfterHandshakeFailure bool
	// TCPAfterHandshakeFailure tries again over TCP when TLS fails.
	TCPAfterHandshakeFailure bool
	// TLS10AfterHandshakeFailure tries again with TLS 1.0 allowed when TLS fails.
	TLS10AfterHandshakeFailure bool
	// HTTPAfterHandshakeFailure asks in clear for the page that TLS failed for.
	HTTPAfterHandshakeFailure bool
	// ClearMediaAfter488 offers RTP/AVP after a 488.
	ClearMediaAfter488 bool
	// LoopsAfter403 sends the same request again and again after a 403.
	LoopsAfter403 bool
	// LoopsAfter488 sends the same INVITE again and again after a 488.
	LoopsAfter488 bool

	// Digest and registration.

	// Ignores407OnRegister knows only the 401 as a challenge to a REGISTER.
	Ignores407OnRegister bool
	// Ignores407OnInvite knows only the 401 as a challenge to an INVITE.
	Ignores407OnInvite bool
	// WrongDigestResponse computes a wrong response.
	WrongDigestResponse bool
	// DigestOnNewConnection sends the credentials over another connection.
	DigestOnNewConnection bool
	// Ignores423 does not try again with the interval that it is told.
	Ignores423 bool
	// IgnoresGrantedExpires refreshes by the interval that it asked for.
	IgnoresGrantedExpires bool
	// RegistersAtTrunk registers before every call.
	RegistersAtTrunk bool
	// RegistersOverUDP registers without TLS.
	RegistersOverUDP bool

	// Certificates.

	// RefusesECDSA refuses certificates with an ECDSA key, and offers suites for
	// them.
	RefusesECDSA bool
	// AcceptsExpired overlooks that a certificate has expired.
	AcceptsExpired bool
	// AcceptsNotYetValid overlooks that a certificate is not valid yet.
	AcceptsNotYetValid bool
	// AcceptsWrongName overlooks that a certificate is for another name.
	AcceptsWrongName bool
	// AcceptsUnknownCA takes certificates of any authority.
	AcceptsUnknownCA bool
	// AcceptsSelfSigned takes certificates that nobody else signed.
	AcceptsSelfSigned bool
	// IgnoresRevocation looks at no revocation list and no OCSP staple.
	IgnoresRevocation bool
	// TrustsCommonName takes the CN even where there is a subjectAltName.
	TrustsCommonName bool
	// RefusesWildcard knows no wildcards.
	RefusesWildcard bool
	// WildcardCoversTwoLabels lets "*" stand for two labels.
	WildcardCoversTwoLabels bool
	// PinsLeafKey takes no other key than that of the first certificate seen.
	PinsLeafKey bool
	// TrustsFirstRootOnly uses only the first root of a bundle.
	TrustsFirstRootOnly bool
	// RequiresClientAuthEKU refuses a server whose certificate is not for
	// clients too.
	RequiresClientAuthEKU bool
	// ComparesServiceName looks for the owner name of the SRV records, with its
	// underscores, in the certificate.
	ComparesServiceName bool
	// ComparesSRVTarget compares the certificate with the SRV target instead of
	// the name that was wanted.
	ComparesSRVTarget bool

	// Addresses, routing and transport.

	// IgnoresSRV uses the default port whatever SRV says.
	IgnoresSRV bool
	// IgnoresWeights takes SRV targets of one priority as they come.
	IgnoresWeights bool
	// TriesLastTargetFirst turns the priorities of SRV round.
	TriesLastTargetFirst bool
	// TriesFirstTargetOnly gives up when the first address fails.
	TriesFirstTargetOnly bool
	// UsesUDP uses UDP whatever it is told.
	UsesUDP bool
	// SharesConnections sends over the connection to another host that is there.
	SharesConnections bool
	// StaysAway does not connect again where a connection has ended.
	StaysAway bool
	// CachesDNS never looks a name up twice.
	CachesDNS bool
	// DialsAddress writes the address in place of the domain in the Request-URI.
	DialsAddress bool
	// DropsPlus calls numbers without their "+".
	DropsPlus bool
	// MovesUserParameters puts the parameters of the user part behind the host.
	MovesUserParameters bool
	// SendsSIPS writes sips: URIs and gives up when it reads sip: ones.
	SendsSIPS bool
	// SendsToPrivateContact sends ACK and BYE to the Contact, over UDP.
	SendsToPrivateContact bool
	// IgnoresRecordRoute sends ACK and BYE without a Route.
	IgnoresRecordRoute bool
	// ConnectsToRoute opens a new connection to the address in the Route.
	ConnectsToRoute bool
	// IgnoresOptions does not answer OPTIONS.
	IgnoresOptions bool
	// IgnoresPings does not answer a double CRLF.
	IgnoresPings bool
	// PingsTooOften sends double CRLFs without pause.
	PingsTooOften bool
	// NeverAnswers does not react to an INVITE.
	NeverAnswers bool
	// RejectsUnknownHeaders answers 400 to header fields that it does not know.
	RejectsUnknownHeaders bool
	// ClosesOnUnknownHeader closes the connection at such a field.
	ClosesOnUnknownHeader bool
	// RejectsTimers finds every session interval too short.
	RejectsTimers bool
	// RejectsMinSE answers 400 to Min-SE without Session-Expires.
	RejectsMinSE bool

	// Offers.

	// OffersOnlyMKI gives every key an MKI.
	OffersOnlyMKI bool
	// KnowsOnly32 knows no suite but AES_CM_128_HMAC_SHA1_32.
	KnowsOnly32 bool
	// KnowsOnlyGCM knows the AEAD suites only.
	KnowsOnlyGCM bool
	// OffersDuplicateTags offers every suite under tag 1.
	OffersDuplicateTags bool
	// OffersKeysInClear offers SRTP though its signalling is not secure.
	OffersKeysInClear bool
	// RefusesClearMedia offers SRTP though it is told to offer RTP.
	RefusesClearMedia bool

	// Answers that it reads.

	// AcceptsAnswerWithWrongTag goes by the suite and overlooks the tag.
	AcceptsAnswerWithWrongTag bool
	// AcceptsAnswerWithOtherSuite goes by the tag and overlooks the suite.
	AcceptsAnswerWithOtherSuite bool
	// AcceptsSeveralAnswers takes the first of several a=crypto.
	AcceptsSeveralAnswers bool
	// AcceptsClearAnswer takes RTP/AVP in answer to RTP/SAVP.
	AcceptsClearAnswer bool
	// AcceptsAnswerWithoutKey takes RTP/SAVP without a=crypto, and sends plain RTP.
	AcceptsAnswerWithoutKey bool
	// OffersNoBody sends its INVITE without a session description.
	OffersNoBody bool
	// AcceptsUnencryptedAnswer overlooks UNENCRYPTED_SRTP that it did not offer.
	AcceptsUnencryptedAnswer bool
	// RequiresTagOne takes no answer but one with tag 1.
	RequiresTagOne bool

	// Offers that it reads.

	// IgnoresMKI takes an attribute with an MKI and forgets the MKI.
	IgnoresMKI bool
	// AcceptsUnencryptedSRTP takes UNENCRYPTED_SRTP.
	AcceptsUnencryptedSRTP bool
	// AcceptsUnknownParameters overlooks session parameters.
	AcceptsUnknownParameters bool
	// AcceptsLongLifetime takes lifetimes over 2^48.
	AcceptsLongLifetime bool
	// AcceptsBadMKI overlooks MKIs, so also those that are not valid.
	AcceptsBadMKI bool
	// AcceptsWrongKeyLength cuts or fills keys of the wrong length.
	AcceptsWrongKeyLength bool
	// MeasuresKeyText takes a key for good if its text is as long as it should be,
	// padding included.
	MeasuresKeyText bool
	// AcceptsDuplicateTags takes an offer that uses a tag twice.
	AcceptsDuplicateTags bool
	// AcceptsClearOffer takes RTP/AVP where SRTP is wanted.
	AcceptsClearOffer bool
	// RefusesUnknownSuites refuses an offer that has a suite it does not know.
	RefusesUnknownSuites bool
	// RefusesLifetimes refuses an offer with a lifetime.
	RefusesLifetimes bool
	// RefusesOptionalParameters refuses an offer with "-" parameters.
	RefusesOptionalParameters bool
	// RefusesUnpaddedKeys refuses base64 without its padding.
	RefusesUnpaddedKeys bool
	// PrefersLast takes the last acceptable attribute instead of the first.
	PrefersLast bool

	// Answers that it writes.

	// AnswersClearToSecure answers RTP/AVP to RTP/SAVP.
	AnswersClearToSecure bool
	// AnswersSecureToClear answers RTP/SAVP to RTP/AVP.
	AnswersSecureToClear bool
	// AnswersTwoKeys answers with two a=crypto.
	AnswersTwoKeys bool
	// AnswersWrongTag answers with a tag that is not the chosen one.
	AnswersWrongTag bool
	// AnswersTagOne always answers with tag 1.
	AnswersTagOne bool
	// AnswersOfferedKey sends the offerer's key back.
	AnswersOfferedKey bool
	// TakesUnknownSuites takes a suite that it does not know for the one it likes best.
	TakesUnknownSuites bool
	// RefusesPartly refuses a call when it would accept one stream of several.
	RefusesPartly bool
	// AnswersUnofferedSuite answers with another suite than the chosen one.
	AnswersUnofferedSuite bool

	// Media.

	// SendsClearMedia sends plain RTP in a secure call.
	SendsClearMedia bool
	// SendsUnderWrongKey sends SRTP under a key that it has told nobody.
	SendsUnderWrongKey bool
	// SendsStrayMKI puts an MKI that was never agreed on into its packets.
	SendsStrayMKI bool
	// ShortensTag sends tags of 4 bytes under AES_CM_128_HMAC_SHA1_80.
	ShortensTag bool
	// ShortensRTCPTag sends RTCP with tags of 4 bytes under AES_CM_128_HMAC_SHA1_32.
	ShortensRTCPTag bool
	// ShortensAEADTag sends tags of 8 bytes under the AEAD suites.
	ShortensAEADTag bool
	// CutsLongKeys uses the first half of the master key under the AES_256_CM suites.
	CutsLongKeys bool
	// SendsClearReports sends plain RTCP in a secure call.
	SendsClearReports bool
	// IgnoresNewKey goes on with the peer's first key after a re-INVITE.
	IgnoresNewKey bool
	// SendsUnderOldKey answers a re-INVITE with a new key and goes on with its
	// old one.
	SendsUnderOldKey bool
}
