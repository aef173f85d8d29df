package reference

// Peculiarities are things that a standard allows and few devices do, one by one or together. The zero value has none.
// None of them may make a device fail.
//
// The fields are also the table of the [Variants]: a field's tag says which part of the matrix it concerns, as an
// expression over labels.
type Peculiarities struct {
	// TLS and certificates.

	// ResumesSessions takes session tickets and resumes sessions with them (RFC 8446 §4.6.1, RFC 5077).
	ResumesSessions bool `asked:"area:rotation || area:tls && vendor:genesys && direction:device-to-vendor"`
	// OffersOneGroup offers one group for key exchange, P-384 (RFC 8422 §5.1.1 sets no minimum).
	OffersOneGroup bool `asked:"direction:register"`
	// OffersClassicalGroups offers no post-quantum group, as everything older than 2024 does (RFC 8446 §4.2.7).
	OffersClassicalGroups bool `asked:"direction:register || direction:https"`
	// OffersHybridShareOnly has a key share for X25519MLKEM768 alone. A server without that group has to ask for another
	// share (RFC 8446 §4.1.4).
	OffersHybridShareOnly bool `asked:"direction:register || vendor:infobip || vendor:genesys && area:tls"`
	// AsksForAnotherShare takes, as server, only a key share for P-384, and asks for one (RFC 8446 §4.1.4).
	AsksForAnotherShare bool `asked:"area:tls && direction:vendor-to-device"`
	// OffersALPN offers application protocols (RFC 7301), which a server may ignore.
	OffersALPN bool `asked:"direction:register || direction:https"`
	// OffersManySuites offers every suite that Go has but those with RC4 (RFC 5246 §7.4.1.2 lets the client list what it likes).
	OffersManySuites bool `asked:"direction:register || direction:https || vendor:cisco && area:tls"`
	// OffersFewSuites offers two suites below TLS 1.3: what RFC 9325 §4.2 recommends first.
	OffersFewSuites bool `asked:"direction:register || vendor:cisco && area:certificate"`
	// WritesNameInCapitals sends the server's name in capitals (RFC 6066 §3: names have no case).
	WritesNameInCapitals bool `asked:"direction:register || direction:https"`
	// SpeaksTLS12Only has no TLS 1.3 unless it is set to it (RFC 9325 §3.1.1 demands only TLS 1.2).
	SpeaksTLS12Only bool `asked:"vendor:twilio && direction:register || vendor:cisco && area:certificate"`
	// ShowsRoot adds the root to its chain (RFC 8446 §4.4.2: a sender may leave it out).
	ShowsRoot bool `asked:"vendor:cisco && (area:identity || area:certificate)"`
	// HasNullCipher has TLS_RSA_WITH_NULL_SHA beside three other suites (RFC 5246 §A.5), and has no SRTP over it (RFC 4568 §7).
	HasNullCipher bool `asked:"req: containsAny {CU-CIP-09, RF-SD-24}"`
	// SendsSingleBytes gives each byte of TLS a TCP segment of its own (RFC 9293 §3.8).
	SendsSingleBytes bool `asked:"direction:register && area:certificate || vendor:infobip && area:https"`
	// SplitsClientHello spreads its ClientHello over several TCP segments (RFC 9293 §3.8).
	SplitsClientHello bool `asked:"direction:register || vendor:infobip && area:tls"`
	// FragmentsClientHello spreads its ClientHello over several records (RFC 8446 §5.1).
	FragmentsClientHello bool `asked:"direction:register || vendor:infobip && area:tls"`
	// SendsTinyRecords puts one byte into each record of application data (RFC 8446 §5.1 sets no minimum).
	SendsTinyRecords bool `asked:"area:signalling || area:routing"`
	// ShakesHandsSlowly waits before each of its flights of a handshake (RFC 5246 and RFC 8446 set no times).
	ShakesHandsSlowly bool `asked:"direction:register || direction:https && area:certificate"`
	// RefusesAsUnknownCA refuses every certificate with the alert unknown_ca (RFC 8446 §6.2: alerts are the sender's choice).
	RefusesAsUnknownCA bool `asked:"area:certificate && !direction:vendor-to-device"`
	// RefusesAsCertificateUnknown refuses every certificate with the alert certificate_unknown (RFC 8446 §6.2).
	RefusesAsCertificateUnknown bool `asked:"area:certificate && !direction:vendor-to-device"`
	// RefusesAsHandshakeFailure refuses every certificate with the alert handshake_failure (RFC 8446 §6.2).
	RefusesAsHandshakeFailure bool `asked:"area:certificate && !direction:vendor-to-device"`
	// RefusesSilently refuses certificates by closing the connection without an alert (RFC 8446 §6.2: SHOULD send one).
	RefusesSilently bool `asked:"(area:certificate || area:identity) && !direction:vendor-to-device"`
	// RefusesAfterHandshake completes the handshake, then checks the certificate, and drops the connection if
	// it is bad (RFC 5922 §7.3 asks only that nothing is sent over it).
	RefusesAfterHandshake bool `asked:"(area:certificate || area:identity) && !direction:vendor-to-device"`
	// ClosesWithoutNotify closes HTTPS connections without close_notify, as many clients do (RFC 9112 §9.8).
	ClosesWithoutNotify bool `asked:"vendor:infobip"`
	// TriesClosedConnection finds out that the peer has closed a connection when it next uses it, and what it wanted to send
	// is lost (RFC 3261 §18.4 has the user told).
	TriesClosedConnection bool `asked:"direction:register || direction:device-to-vendor && (area:rotation || area:routing || req:CU-TLS-05)"`
	// ClosesAfterUse closes a connection of its own, with close_notify, once a call or an OPTIONS is over (RFC 3261 §18).
	ClosesAfterUse bool `asked:"direction:device-to-vendor && (area:signalling || area:routing)"`
	// OpensConnections opens a connection for each request outside of a dialog (RFC 3261 §18: reuse is a RECOMMENDED).
	OpensConnections bool `asked:"direction:register || area:signalling || area:routing"`
	// OpensDialogConnections opens a connection to the domain that it called for each request of a dialog without a route
	// set (RFC 3261 §12.2.1.1, §18).
	OpensDialogConnections bool `asked:"direction:device-to-vendor && (area:srtp || area:routing)"`

	// The form of SIP messages.

	// ReversesHeaders writes header fields in the reverse order (RFC 3261 §7.3.1).
	ReversesHeaders bool `asked:"area:signalling || area:routing"`
	// FoldsHeaders continues header fields on further lines (RFC 3261 §7.3.1).
	FoldsHeaders bool `asked:"area:signalling || area:routing"`
	// AbbreviatesHeaders uses the compact form of header names (RFC 3261 §7.3.3).
	AbbreviatesHeaders bool `asked:"area:signalling || area:routing || area:sdes"`
	// MixesCase writes header names, transports and media types in odd case (RFC 3261 §7.3.1).
	MixesCase bool `asked:"area:signalling || area:routing || area:srtp && vendor:genesys"`
	// SpreadsHeaders writes white space wherever the grammar has it (RFC 3261 §7.3.1, §25.1).
	SpreadsHeaders bool `asked:"area:signalling || area:routing"`
	// SplitsLists writes each value of a list as a header field of its own (RFC 3261 §7.3.1).
	SplitsLists bool `asked:"area:signalling || area:routing"`
	// JoinsLists writes the values of a list as one header field (RFC 3261 §7.3.1).
	JoinsLists bool `asked:"area:routing"`
	// BeginsWithLineBreak writes an empty line before each message on a stream (RFC 3261 §7.5).
	BeginsWithLineBreak bool `asked:"area:signalling || area:routing"`
	// SplitsMessages writes a message in several pieces, of which one ends within a line (RFC 3261 §18.3).
	SplitsMessages bool `asked:"area:signalling || area:routing"`
	// JoinsMessages sends its provisional responses together with the final one (RFC 3261 §18.3).
	JoinsMessages bool `asked:"direction:vendor-to-device && (area:signalling || area:srtp)"`
	// PingsAtOnce sends a double CRLF on each connection that it opens, before anything else (RFC 5626 §4.4.1).
	PingsAtOnce bool `asked:"area:signalling || area:routing"`

	// The content of SIP messages.

	// ExtendsVia adds parameters to Via: alias, keep, and one of its own (RFC 5923 §5, RFC 6223 §4, RFC 3261 §20.42).
	ExtendsVia bool `asked:"area:signalling || area:routing"`
	// OmitsRport leaves rport out of Via (RFC 3581 §3 makes it an extension).
	OmitsRport bool `asked:"area:signalling || area:routing"`
	// NamesItselfInVia writes a host name into Via (RFC 3261 §20.42: sent-by is a host).
	NamesItselfInVia bool `asked:"area:signalling || area:routing"`
	// SendsUnknownHeaders adds header fields of its own (RFC 3261 §20).
	SendsUnknownHeaders bool `asked:"area:signalling || area:routing"`
	// DescribesItself adds what RFC 3261 §20 has beyond the necessary: Date, Timestamp, Organization, Priority and others.
	DescribesItself bool `asked:"area:signalling || area:routing"`
	// SendsEmptyHeaders sends Subject and Supported without a value (RFC 3261 §20.36, §20.37).
	SendsEmptyHeaders bool `asked:"area:signalling || area:routing"`
	// OmitsUserAgent says neither what it is nor what it allows (RFC 3261 §20.5, §20.41).
	OmitsUserAgent bool `asked:"area:signalling || area:routing"`
	// LengthensIdentifiers uses a Call-ID, tags and branches of some 200 characters (RFC 3261 §25.1 sets no limit).
	LengthensIdentifiers bool `asked:"area:signalling || area:routing"`
	// OmitsCallIDHost has no host in its Call-IDs (RFC 3261 §20.8).
	OmitsCallIDHost bool `asked:"area:signalling || area:routing"`
	// CountsFromHigh begins CSeq shortly below its limit (RFC 3261 §8.1.1.5).
	CountsFromHigh bool `asked:"area:signalling || area:routing"`
	// LimitsForwards sends Max-Forwards 10 (RFC 3261 §20.22).
	LimitsForwards bool `asked:"area:signalling || area:routing"`
	// SendsDisplayNames adds display names with quotes, escapes and UTF-8 (RFC 3261 §20.10, §25.1).
	SendsDisplayNames bool `asked:"area:signalling || area:routing"`
	// ExtendsContact adds +sip.instance, reg-id and ob to Contact (RFC 5626 §4.1, §4.2, §5.1).
	ExtendsContact bool `asked:"area:signalling || area:routing"`
	// ExtendsFrom says that its user is a phone, and adds a parameter to From (RFC 3261 §19.1.1, §20.20).
	ExtendsFrom bool `asked:"area:signalling || area:routing"`
	// AsksForPrivacy sends Privacy and P-Preferred-Identity with a tel URI (RFC 3323 §4.2, RFC 3325 §9.2).
	AsksForPrivacy bool `asked:"direction:device-to-vendor && (area:signalling || area:routing)"`
	// PreloadsRoute sends a Route to the vendor's own domain, as with an outbound proxy (RFC 3261 §8.1.2).
	PreloadsRoute bool `asked:"area:signalling || area:routing"`
	// SupportsExtensions lists extensions in Supported and methods in Allow (RFC 3261 §20.37, §20.5).
	SupportsExtensions bool `asked:"area:signalling || area:routing"`
	// SupportsPRACK supports reliable provisional responses (RFC 3262), and acknowledges those that it gets.
	SupportsPRACK bool `asked:"area:signalling || area:routing"`
	// SupportsUpdate takes UPDATE (RFC 3311).
	SupportsUpdate bool `asked:"area:signalling || area:routing || req:RF-SD-20 && product:voice"`
	// SupportsTimers offers and accepts session timers (RFC 4028). No call of the harness lasts until a refresh is due.
	SupportsTimers bool `asked:"area:signalling || area:routing"`
	// DescribesBody adds Content-Disposition, MIME-Version and a parameter of Content-Type (RFC 3261 §20.11, §20.24, §20.15).
	DescribesBody bool `asked:"area:signalling || area:sdes && direction:device-to-vendor"`
	// SendsMultipart sends its session descriptions as one part of a multipart body (RFC 3261 §7.4.1, RFC 5621 §3).
	SendsMultipart bool `asked:"area:sdes && product:voice || area:srtp && !product:trunking || area:signalling"`
	// ReordersCredentials writes the parameters of credentials in another order (RFC 7616 §3.4).
	ReordersCredentials bool `asked:"area:signalling"`
	// PhrasesReasons has reason phrases of its own, in UTF-8 (RFC 3261 §7.2).
	PhrasesReasons bool `asked:"direction:vendor-to-device && (area:signalling || area:srtp)"`
	// OmitsReasons has empty reason phrases (RFC 3261 §25.1).
	OmitsReasons bool `asked:"direction:vendor-to-device && (area:signalling || area:srtp)"`
	// SaysWhyItHangsUp sends Reason in BYE (RFC 3326).
	SaysWhyItHangsUp bool `asked:"area:routing || direction:device-to-vendor && area:srtp"`

	// What SIP messages it sends, and when.

	// AnswersSlowly takes 100 ms for each final response (RFC 3261 §17.2).
	AnswersSlowly bool `asked:"direction:vendor-to-device && (area:signalling || area:srtp)"`
	// SendsNoTrying leaves the 100 out (RFC 3261 §17.2.1).
	SendsNoTrying bool `asked:"direction:vendor-to-device && (area:signalling || area:srtp)"`
	// SendsNoRinging answers without a 180 (RFC 3261 §13.3.1.1).
	SendsNoRinging bool `asked:"direction:vendor-to-device && (area:signalling || area:srtp)"`
	// ReportsProgress sends 183 without a session description where others send 180 (RFC 3261 §21.1.5).
	ReportsProgress bool `asked:"direction:vendor-to-device && (area:signalling || area:srtp)"`
	// RingsForked sends first a 180 under another tag, as if a proxy had forked the call (RFC 3261 §16.7).
	RingsForked bool `asked:"direction:vendor-to-device && (area:signalling || area:srtp)"`
	// SendsEarlyMedia sends 183 with its answer, and media, before the 200 with the same answer (RFC 3960 §3).
	SendsEarlyMedia bool `asked:"direction:vendor-to-device && (area:signalling || area:srtp || area:sdes && product:voice)"`
	// RingsBackLong sends 183 with its answer, and ring-back tone for 325 packets, before the 200 (RFC 3960 §3).
	RingsBackLong bool `asked:"req: containsAny {RF-OA-01}"`
	// ProgressesTwice sends its 183 with the answer and media twice (RFC 3261 §13.2.1: further ones are ignored).
	ProgressesTwice bool `asked:"req: containsAny {RF-OA-01}"`
	// ProgressesThenRings sends 183 with its answer and media, then 180 without one (RFC 3960 §3).
	ProgressesThenRings bool `asked:"req: containsAny {RF-OA-01}"`
	// ForksWithMedia answers, as two forks, in a 183 of each, with two keys and media under either. The second takes the
	// call (RFC 3261 §12.1, §13.2.2.4).
	ForksWithMedia bool `asked:"direction:vendor-to-device && area:srtp || req: containsAny {RF-OA-01}"`
	// AnswersReliably answers in a reliable 183, or makes its offer there, and has nothing to say in the 200 (RFC 3262 §5).
	AnswersReliably bool `asked:"req: containsAny {RF-OA-01}"`
	// RepeatsReliableAnswers answers in a reliable 183 and again in the 200 (RFC 3261 §13.2.1).
	RepeatsReliableAnswers bool `asked:"req: containsAny {RF-OA-01}"`
	// RingsReliably sends 180 reliably, and answers in the 200 (RFC 3262 §3).
	RingsReliably bool `asked:"req: containsAny {RF-OA-01}"`
	// TakesBothLines takes a second stream of audio beside the first, to hear alone (RFC 3264 §6).
	TakesBothLines bool `asked:"req: containsAny {RF-TLS-07}"`
	// AnswersOpportunistic takes opportunistic SRTP (RFC 8643 §3.2).
	AnswersOpportunistic bool `asked:"req: containsAny {RF-OS-01, RF-OA-01}"`
	// RefusesWith606 refuses an offer with 606 instead of 488 (RFC 3261 §21.6.4).
	RefusesWith606 bool `asked:"direction:vendor-to-device && area:srtp"`
	// RefusesByPort refuses an offer by an answer that sets the port of each stream to 0 (RFC 3264 §6).
	RefusesByPort bool `asked:"direction:vendor-to-device && area:sdes && product:voice"`
	// AsksOptionsFirst sends OPTIONS before it registers (RFC 3261 §11).
	AsksOptionsFirst bool `asked:"direction:register"`
	// FetchesBindings asks for its bindings before it registers (RFC 3261 §10.2.3).
	FetchesBindings bool `asked:"direction:register"`
	// RemovesBindings removes all its bindings before it registers (RFC 3261 §10.2.2).
	RemovesBindings bool `asked:"direction:register"`
	// ExpiresInContact asks for its interval in Contact, not in Expires (RFC 3261 §10.2.1.1).
	ExpiresInContact bool `asked:"direction:register"`

	// Session descriptions.

	// ExtendsSDP adds attributes of its own, and many that others have (RFC 8866 §6.17: unknown ones are ignored).
	ExtendsSDP bool `asked:"area:sdes && product:voice || area:srtp"`
	// DescribesSession adds the lines i=, u=, e=, p= and b= (RFC 8866 §5).
	DescribesSession bool `asked:"area:sdes && product:voice || area:srtp"`
	// DirectsSession writes a=sendrecv for the session and for each stream (RFC 8866 §6.7).
	DirectsSession bool `asked:"area:srtp && !product:trunking"`
	// AddressesStreams has c= in each stream and none for the session (RFC 8866 §5.7).
	AddressesStreams bool `asked:"area:srtp || area:routing"`
	// NumbersSessionsHigh has a user and numbers of 63 bits in o= (RFC 8866 §5.2).
	NumbersSessionsHigh bool `asked:"area:srtp || area:sdes && product:voice"`
	// NamesNoSession has a space for the name of the session (RFC 8866 §5.3).
	NamesNoSession bool `asked:"area:srtp && !product:trunking"`
	// OffersRefusedVideo offers a video stream with port 0 (RFC 3264 §5.1).
	OffersRefusedVideo bool `asked:"direction:device-to-vendor && (area:srtp || area:sdes)"`
	// OffersVideo offers video too, under a key of its own (RFC 3264 §5.1, RFC 4568 §6.1).
	OffersVideo bool `asked:"direction:device-to-vendor && (area:srtp || area:sdes)"`
	// OffersManyFormats offers G.722, G.729 and Opus too, after G.711 (RFC 3264 §5.1).
	OffersManyFormats bool `asked:"direction:device-to-vendor && (area:srtp || area:sdes)"`
	// OmitsStaticMaps leaves a=rtpmap out for static payload types (RFC 8866 §6.6).
	OmitsStaticMaps bool `asked:"area:srtp && !product:trunking"`
	// OmitsPacketTime leaves a=ptime out (RFC 8866 §6.4).
	OmitsPacketTime bool `asked:"area:srtp && !product:trunking"`
	// RenumbersEvents offers telephone-event as payload type 96 (RFC 4733 §2.4).
	RenumbersEvents bool `asked:"area:srtp && !product:trunking"`
	// NamesRTCPPort writes a=rtcp (RFC 3605).
	NamesRTCPPort bool `asked:"area:srtp && !product:trunking"`
	// OffersRTCPMux offers to multiplex RTP and RTCP (RFC 5761 §5.1.1).
	OffersRTCPMux bool `asked:"direction:device-to-vendor && area:srtp"`
	// OffersICE offers ICE candidates (RFC 8839 §5.1).
	OffersICE bool `asked:"area:srtp && !product:trunking"`
	// ReversesSuites offers its SRTP suites in the reverse order, unless they are set (RFC 4568 §5.1.1: the order is the offerer's).
	ReversesSuites bool `asked:"direction:device-to-vendor && area:srtp"`
	// OffersManySRTPSuites offers and accepts every suite that it has, unless they are set (RFC 4568 §5.1.1).
	OffersManySRTPSuites bool `asked:"area:srtp && !product:trunking"`
	// NumbersKeysHigh numbers its a=crypto from 999999001 downwards (RFC 4568 §9.1: up to nine digits in any order).
	NumbersKeysHigh bool `asked:"direction:device-to-vendor && (area:srtp || area:sdes)"`
	// OmitsKeyPadding leaves out the padding of keys in base64, which those of the AEAD suites have (RFC 4568 §6.1).
	OmitsKeyPadding bool `asked:"area:sdes && product:voice"`
	// OffersLifetimes gives its keys a lifetime of 2^31, unless another is set (RFC 4568 §6.1).
	OffersLifetimes bool `asked:"direction:device-to-vendor && (area:srtp || area:sdes)"`
	// AnswersLifetimes gives the keys of its answers a lifetime of 2^31 (RFC 4568 §6.1).
	AnswersLifetimes bool `asked:"direction:vendor-to-device && (area:srtp || area:sdes && product:voice)"`
	// HintsWindow adds a hint for the replay window to its keys (RFC 4568 §6.3.7).
	HintsWindow bool `asked:"area:srtp && !product:trunking"`
	// OffersDecimalLifetimes gives its keys a lifetime of 2147483648, unless another is set (RFC 4568 §6.1).
	OffersDecimalLifetimes bool `asked:"direction:device-to-vendor && (area:srtp || area:sdes)"`
	// WritesTagsWithZeros numbers its a=crypto 001, 002 (RFC 4568 §9.1: a tag is a number).
	WritesTagsWithZeros bool `asked:"direction:device-to-vendor && (area:srtp || area:sdes)"`
	// OffersSeveralKeys offers first an attribute with two keys and their MKIs, unless its suites are set (RFC 4568 §6.1).
	OffersSeveralKeys bool `asked:"direction:device-to-vendor && (area:srtp || area:sdes)"`
	// OffersRareSuites offers first what few peers have, F8 and AES_192, unless its suites are set (RFC 4568 §6.2.3, RFC 6188).
	OffersRareSuites bool `asked:"direction:device-to-vendor && (area:srtp || area:sdes)"`
	// OffersUnregisteredSuites offers first names that are not registered, as FreeSWITCH does, unless its suites are set. Peers
	// have to pass over them (RFC 4568 §7.1.2).
	OffersUnregisteredSuites bool `asked:"direction:device-to-vendor && (area:srtp || area:sdes)"`
	// TakesMKI accepts keys with an MKI, of which it uses the first, and has an MKI of its own then (RFC 4568 §6.1).
	TakesMKI bool `asked:"direction:vendor-to-device && area:sdes && product:voice"`
	// DerivesKeysAnew declares a KDR in its answer, and derives its session keys for every two packets (RFC 4568 §6.3.1).
	DerivesKeysAnew bool `asked:"direction:vendor-to-device && area:srtp && product:voice"`
	// TakesPlainReports accepts UNENCRYPTED_SRTCP, says so in its answer, and does not encrypt its RTCP then (RFC 4568 §6.3.2).
	TakesPlainReports bool `asked:"direction:vendor-to-device && area:sdes && product:voice"`
	// AddsOptionalParameter adds a session parameter that may be ignored to its keys (RFC 4568 §6.3.8).
	AddsOptionalParameter bool `asked:"area:srtp && !product:trunking"`
	// AnswersFurtherFormats adds formats to an answer that were not offered (RFC 3264 §6.1).
	AnswersFurtherFormats bool `asked:"direction:vendor-to-device && area:srtp"`
	// AnswersOneFormat takes one of the offered formats (RFC 3264 §6.1).
	AnswersOneFormat bool `asked:"direction:vendor-to-device && area:srtp"`
	// PrefersALaw puts PCMA before PCMU, in offers and answers (RFC 3264 §6.1).
	PrefersALaw bool `asked:"area:srtp && !product:trunking"`

	// Media.

	// Packs10ms puts 10 ms of audio into a packet (RFC 3551 §4.2).
	Packs10ms bool `asked:"area:srtp && !product:trunking"`
	// Packs30ms puts 30 ms of audio into a packet (RFC 3551 §4.2).
	Packs30ms bool `asked:"area:srtp && !product:trunking"`
	// Packs40ms puts 40 ms of audio into a packet (RFC 3551 §4.2).
	Packs40ms bool `asked:"area:srtp && !product:trunking"`
	// StartsNearWrap begins with the sequence number 65530 (RFC 3550 §5.1: it is random).
	StartsNearWrap bool `asked:"(area:srtp || req: containsAny {RF-OA-02, RF-SR-07, RF-SD-20}) && !product:trunking"`
	// WrapsTimestamp begins with a timestamp that wraps after a few packets (RFC 3550 §5.1).
	WrapsTimestamp bool `asked:"area:srtp && !product:trunking"`
	// ChangesSource goes on under another SSRC after 20 packets (RFC 3550 §8.2).
	ChangesSource bool `asked:"(area:srtp || req: containsAny {RF-OA-02, RF-SR-07}) && !product:trunking"`
	// ExtendsRTP adds a header extension to each packet (RFC 8285).
	ExtendsRTP bool `asked:"area:srtp && !product:trunking"`
	// PadsRTP pads each packet (RFC 3550 §5.1).
	PadsRTP bool `asked:"area:srtp && !product:trunking"`
	// NamesContributors lists contributing sources in each packet (RFC 3550 §5.1).
	NamesContributors bool `asked:"area:srtp && !product:trunking"`
	// MarksNothing never sets the marker bit (RFC 3551 §4.1).
	MarksNothing bool `asked:"area:srtp && !product:trunking"`
	// SuppressesSilence pauses, and marks the packet after each pause (RFC 3551 §4.1).
	SuppressesSilence bool `asked:"area:srtp && !product:trunking"`
	// SendsComfortNoise sends comfort noise between its packets of audio, and offers it (RFC 3389).
	SendsComfortNoise bool `asked:"area:srtp && !product:trunking"`
	// SendsDigits dials digits as telephone events (RFC 4733).
	SendsDigits bool `asked:"area:srtp && !product:trunking"`
	// SkipsTime pauses, and marks nothing (RFC 3551 §4.1 makes the marker optional).
	SkipsTime bool `asked:"area:srtp && !product:trunking"`
	// StartsMediaLate sends its first packet 300 ms after the call was answered (RFC 3264 §5.1 sets no time).
	StartsMediaLate bool `asked:"area:srtp && !product:trunking"`
	// FallsSilentEarly stops its media 100 ms before it ends a call (RFC 3261 §15 sets no order).
	FallsSilentEarly bool `asked:"direction:device-to-vendor && area:srtp && !product:trunking"`
	// TrailsOff sends ten more packets when a call has ended. Networks can be as slow as that (RFC 3550 §6.4.1).
	TrailsOff bool `asked:"area:srtp && !product:trunking"`
	// DuplicatesAPacket sends one packet twice. Networks do that to any stream (RFC 3550 §6.4.1).
	DuplicatesAPacket bool `asked:"area:srtp && !product:trunking"`
	// ChecksAddress sends a STUN binding request before its media, and does not wait for an answer (RFC 8445 §2.2).
	ChecksAddress bool `asked:"area:srtp && !product:trunking"`
	// SendsBareHeaders sends RTP without a payload, under an unknown payload type, as keep-alive (RFC 6263 §4.6).
	SendsBareHeaders bool `asked:"area:srtp && !product:trunking"`
	// TakesRTCPMux agrees to multiplex RTP and RTCP where that is offered (RFC 5761 §5.1.1).
	TakesRTCPMux bool `asked:"direction:vendor-to-device && area:srtp && !product:trunking"`
	// SendsInBursts sends packets in bursts of three. Networks do that to any stream (RFC 3550 §6.4.1).
	SendsInBursts bool `asked:"area:srtp && !product:trunking"`
	// ReordersPackets swaps each packet with the next. Networks do that to any stream (RFC 3550 §6.4.1).
	ReordersPackets bool `asked:"area:srtp && !product:trunking"`
	// SendsFromElsewhere sends from other ports than it receives at (RFC 4961 makes symmetry a recommendation).
	SendsFromElsewhere bool `asked:"area:srtp && !product:trunking"`
	// KeepsPortsOpen sends STUN indications and empty datagrams between its packets (RFC 6263 §4).
	KeepsPortsOpen bool `asked:"area:srtp && !product:trunking"`
	// SendsNoReports sends no RTCP (RFC 3556 §2 allows switching it off).
	SendsNoReports bool `asked:"area:srtp && (vendor:genesys || vendor:cisco)"`
	// ReportsFirst sends RTCP before any RTP: a report without blocks (RFC 3550 §6.1, §6.2).
	ReportsFirst bool `asked:"area:srtp && !product:trunking"`
	// ReportsAtLength sends compound RTCP with APP and extended reports (RFC 3550 §6.7, RFC 3611).
	ReportsAtLength bool `asked:"area:srtp && !product:trunking"`
	// SaysGoodbye sends an RTCP BYE when it ends a stream (RFC 3550 §6.6).
	SaysGoodbye bool `asked:"area:srtp && !product:trunking"`

	// Offers within a call.

	// AnswersInactive answers every offer that puts it on hold with a=inactive (RFC 3264 §6.1, §8.4).
	AnswersInactive bool `asked:"req: containsAny {RF-OA-02, RF-SD-20} && product:voice"`
	// RenewsItsKey has a new key in each answer, even to an offer that repeats the peer's key (RFC 4568 §7.1.4).
	RenewsItsKey bool `asked:"req: containsAny {RF-OA-02, RF-SD-20, RF-SR-09} && product:voice"`
	// KeepsItsKey keeps its key while the suite stays, even if the peer's key is new (RFC 4568 §7.1.4).
	KeepsItsKey bool `asked:"req: containsAny {RF-OA-02, RF-SD-20, RF-SR-09} && product:voice"`
	// MovesPort goes to another port, with a new key, at each new key of the peer's (RFC 3264 §8.3.1).
	MovesPort bool `asked:"req: containsAny {RF-OA-02, RF-SD-20} && product:voice"`
	// ResumesUnderNewSource goes on under another SSRC after a hold (RFC 3550 §8.2).
	ResumesUnderNewSource bool `asked:"req: containsAny {RF-OA-02, RF-SR-07} && product:voice"`
	// ReportsOnHold goes on sending RTCP while it is on hold (RFC 3264 §5.1).
	ReportsOnHold bool `asked:"req: containsAny {RF-OA-02, RF-SD-20} && product:voice"`
	// KeepsPortOpenOnHold sends headers without audio while it is on hold (RFC 6263 §4).
	KeepsPortOpenOnHold bool `asked:"req: containsAny {RF-OA-02, RF-SR-07} && product:voice"`
	// HoldsInactive puts calls on hold by a=inactive (RFC 3264 §8.4).
	HoldsInactive bool `asked:"req:RF-OA-02 && direction:device-to-vendor"`
	// HoldsWithoutAddress puts calls on hold by the address 0.0.0.0, as RFC 2543 had it (RFC 3264 §8.4).
	HoldsWithoutAddress bool `asked:"req:RF-OA-02 && direction:device-to-vendor"`
	// PlaysMusicOnHold plays its tone to a peer that it holds by a=sendonly (RFC 3264 §8.4, RFC 5359 §2.1).
	PlaysMusicOnHold bool `asked:"req:RF-OA-02 && direction:device-to-vendor"`
	// StopsLate sends some packets after its answer to an offer that puts it on hold. They could have been on their way
	// (RFC 3264 §8.3.1 speaks of packets that cross an answer).
	StopsLate bool `asked:"req: containsAny {RF-OA-02, RF-SR-07} && product:voice"`
}
