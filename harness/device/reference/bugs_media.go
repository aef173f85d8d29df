package reference

// MediaBugs are the faults of what a device sends and hears in a call, and of how it changes that: see [Bugs].
type MediaBugs struct {
	// SendsClearMedia sends plain RTP in a secure call.
	SendsClearMedia bool `violates:"RF-SR-01" cause:"clear-media-in-secure-session" also:"TW-URI-02"`
	// SendsUnderWrongKey sends SRTP under a key that it has told nobody.
	SendsUnderWrongKey bool `violates:"RF-SR-01" cause:"media-unknown-key"`
	// SendsStrayMKI puts an MKI into its packets that was not agreed on.
	SendsStrayMKI bool `violates:"RF-SR-01" cause:"media-stray-mki"`
	// ShortensTag sends tags of 4 bytes instead of 10 under AES_CM_128_HMAC_SHA1_80.
	ShortensTag bool `violates:"RF-SR-01" cause:"media-tag-length"`
	// ShortensRTCPTag sends RTCP with tags of 4 bytes instead of 10 under AES_CM_128_HMAC_SHA1_32.
	ShortensRTCPTag bool `violates:"RF-SR-03" cause:"rtcp-tag-length"`
	// ShortensAEADTag sends tags of 8 bytes instead of 16 under the AEAD suites.
	ShortensAEADTag bool `violates:"RF-SR-04" cause:"media-tag-length"`
	// CutsLongKeys uses the first half of the master key under the AES_256_CM suites.
	CutsLongKeys bool `violates:"RF-SR-05" cause:"media-half-of-the-key"`
	// SendsClearReports sends plain RTCP in a secure call.
	SendsClearReports bool `violates:"RF-SR-01" cause:"clear-rtcp-in-secure-session"`
	// LeavesReportsUntagged sends SRTCP without its tag.
	LeavesReportsUntagged bool `violates:"RF-SR-02" cause:"rtcp-no-tag"`
	// SendsUnderPeerKey protects what it sends with the key that the peer has sent.
	SendsUnderPeerKey bool `violates:"RF-SR-01" cause:"media-key-of-the-peer"`
	// SwapsKeyAndSalt takes the master salt to stand before the master key.
	SwapsKeyAndSalt bool `violates:"RF-SR-01" cause:"media-salt-before-key"`
	// UsesOtherSuite protects with AEAD_AES_128_GCM where an AES_CM_128 suite was agreed on.
	UsesOtherSuite bool `violates:"RF-SR-01" cause:"media-another-suite"`
	// SendsWholeTag sends the whole 20 bytes of HMAC-SHA1 as the tag.
	SendsWholeTag bool `violates:"RF-SR-01" cause:"media-tag-length"`
	// SendsMKIBehindTag puts an MKI that was not agreed on behind the tag.
	SendsMKIBehindTag bool `violates:"RF-SR-01" cause:"media-mki-misplaced"`
	// ForgetsMKI declares an MKI with its own key and leaves it out of its packets.
	ForgetsMKI bool `violates:"RF-SD-13" cause:"media-mki-missing"`
	// SendsOtherMKI declares an MKI and sends another of the same length.
	SendsOtherMKI bool `violates:"RF-SD-13" cause:"media-mki-value"`
	// ShortensMKI declares an MKI of four bytes and sends the last of them.
	ShortensMKI bool `violates:"RF-SD-13" cause:"media-mki-length"`
	// CoversMKI computes the tag over the MKI too.
	CoversMKI bool `violates:"RF-SD-13" cause:"media-mki-covered"`
	// SendsUnderOtherAttribute protects with the key of another attribute that it offered than the one that was chosen.
	SendsUnderOtherAttribute bool `violates:"RF-SR-01" cause:"media-key-of-another-attribute"`
	// LeavesOutRollover computes the tag without the rollover counter.
	LeavesOutRollover bool `violates:"RF-SR-01" cause:"media-rollover-left-out"`
	// StartsRolloverAtOne begins with the rollover counter 1.
	StartsRolloverAtOne bool `violates:"RF-SR-01" cause:"rollover-not-zero"`
	// LeavesMediaUnencrypted authenticates its packets and does not encrypt them.
	LeavesMediaUnencrypted bool `violates:"RF-SR-01" cause:"media-not-encrypted"`
	// EncryptsUnderOtherKey authenticates with the right key and encrypts with another.
	EncryptsUnderOtherKey bool `violates:"RF-SR-01" cause:"media-noise"`
	// SendsClearDigits protects speech and sends telephone-events in plain RTP.
	SendsClearDigits bool `violates:"RF-SR-01" cause:"clear-dtmf-in-secure-session"`
	// PlaysMilliwatt hears nothing, and plays the test tone of telephone networks.
	PlaysMilliwatt bool `violates:"RF-SR-01" cause:"vendor-media-not-decrypted"`
	// LeavesReportsUnencrypted authenticates its RTCP and does not encrypt it.
	LeavesReportsUnencrypted bool `violates:"RF-SR-02" cause:"rtcp-not-encrypted"`
	// RepeatsReportIndex sends every SRTCP packet with the index 0.
	RepeatsReportIndex bool `violates:"RF-SR-02" cause:"rtcp-index-not-rising"`
	// StartsReportsLate begins with the SRTCP index 1000.
	StartsReportsLate bool `violates:"RF-SR-02" cause:"rtcp-index-start"`
	// GarblesReports sends SRTCP that decrypts into something that is no RTCP.
	GarblesReports bool `violates:"RF-SR-02" cause:"rtcp-not-rtcp"`
	// ReplaysPackets sends each packet of RTP twice.
	ReplaysPackets bool `violates:"RF-SR-08" cause:"packet-replayed"`
	// ReusesIndexes gives every tenth packet the sequence number of the one before.
	ReusesIndexes bool `violates:"RF-SR-08" cause:"index-reused"`
	// FreezesSequence gives all packets one sequence number.
	FreezesSequence bool `violates:"RF-RTP-01" cause:"sequence-stuck" also:"RF-SR-08"`
	// CountsBackwards lets the sequence number fall from packet to packet.
	CountsBackwards bool `violates:"RF-RTP-01" cause:"sequence-backwards"`
	// FreezesTimestamp gives all packets one timestamp.
	FreezesTimestamp bool `violates:"RF-RTP-01" cause:"timestamp-stuck"`
	// HalvesTimestamps lets the timestamp rise by half the samples of a packet.
	HalvesTimestamps bool `violates:"RF-RTP-01" cause:"timestamp-step"`
	// SendsUnagreedType sends every fifth packet under payload type 18, which nobody has offered.
	SendsUnagreedType bool `violates:"RF-RTP-01" cause:"payload-type-not-agreed"`
	// TalksAfterBye goes on sending when a call has ended.
	TalksAfterBye bool `violates:"RF-SR-10" cause:"media-after-bye"`
	// SendsNothing sends no media in a call.
	SendsNothing bool `violates:"RF-SR-01" cause:"no-media"`
	// SendsDTLS begins DTLS handshakes, and sends no media.
	SendsDTLS bool `violates:"RF-SR-01" cause:"dtls-instead-of-srtp"`
	// WaitsForICE checks the vendor's address with STUN, and sends no media before it gets an answer.
	WaitsForICE bool `violates:"RF-SR-01" cause:"stun-instead"`
	// SendsToRTCPPort sends RTP to the port for RTCP.
	SendsToRTCPPort bool `violates:"RF-SR-01" cause:"media-to-rtcp-port"`
	// ReportsToRTPPort sends RTCP to the port for RTP although that was not agreed.
	ReportsToRTPPort bool `violates:"RF-RTCP-01" cause:"rtcp-on-rtp-port"`
	// IgnoresRTCPPort sends RTCP to the port after that of RTP, whatever a=rtcp says.
	IgnoresRTCPPort bool `violates:"RF-RTCP-01" cause:"rtcp-port-ignored"`
	// MultiplexesInVain agrees to multiplex RTP and RTCP, and does not.
	MultiplexesInVain bool `violates:"RF-RTCP-01" cause:"rtcp-not-multiplexed"`
	// ReportsNothing has no report blocks in its RTCP.
	ReportsNothing bool `violates:"RF-RTCP-02" cause:"vendor-media-not-received"`
	// ChokesOnContributors drops packets with contributing sources.
	ChokesOnContributors bool `violates:"RF-RTP-02" cause:"dressed-media-not-heard"`
	// ChokesOnExtensions drops packets with a header extension.
	ChokesOnExtensions bool `violates:"RF-RTP-02" cause:"dressed-media-not-heard"`
	// ChokesOnPadding drops packets with padding.
	ChokesOnPadding bool `violates:"RF-RTP-02" cause:"dressed-media-not-heard"`
	// PlaysPadding plays padding as audio.
	PlaysPadding bool `violates:"RF-RTP-02" cause:"dressed-media-not-heard"`
	// PlaysContributors takes it that a header has 12 bytes, and plays contributing sources and a header extension as audio.
	PlaysContributors bool `violates:"RF-RTP-02" cause:"dressed-media-not-heard"`
	// IgnoresNewKey keeps using the peer's first key after a re-INVITE.
	IgnoresNewKey bool `violates:"RF-SD-20" cause:"vendor-media-not-decrypted"`
	// SendsUnderOldKey announces a new key after a re-INVITE and keeps sending under its old one.
	SendsUnderOldKey bool `violates:"RF-SD-20" cause:"old-key-in-use"`
	// KeepsOldSuite answers an offer of another suite with it, and keeps sending under the suite and key from before.
	KeepsOldSuite bool `violates:"RF-SD-20" cause:"old-key-in-use"`
	// KeepsOldPort keeps sending to the peer's first port after an offer that names another.
	KeepsOldPort bool `violates:"RF-SD-20" cause:"old-port-in-use"`
	// StopsAfterRefresh sends nothing more after an offer that repeats the last one.
	StopsAfterRefresh bool `violates:"RF-SD-20" cause:"stopped-by-refresh"`
	// SendsWhileHeld keeps sending when the peer offers a=sendonly.
	SendsWhileHeld bool `violates:"RF-OA-02" cause:"sent-while-sendonly"`
	// SendsWhileInactive keeps sending when the peer offers a=inactive.
	SendsWhileInactive bool `violates:"RF-OA-02" cause:"sent-while-inactive"`
	// IgnoresNoAddress keeps sending to the peer's last address when it offers the address 0.0.0.0.
	IgnoresNoAddress bool `violates:"RF-OA-02" cause:"sent-while-no-address"`
	// SendsWhileHolding keeps sending when it offers a=inactive itself.
	SendsWhileHolding bool `violates:"RF-OA-02" cause:"sent-while-inactive"`
	// StaysOnHold sends nothing more once it was on hold.
	StaysOnHold bool `violates:"RF-OA-02" cause:"not-resumed"`
	// ResumesInClear sends plain RTP once it was on hold.
	ResumesInClear bool `violates:"RF-OA-02" cause:"clear-media-in-secure-session"`

	// Rollover counters and sources (RFC 3711 §3.2.1, §3.3.1).

	// NeverRaisesRollover sends under the rollover counter 0 after its sequence number has wrapped, which it does soon.
	NeverRaisesRollover bool `violates:"RF-SR-07" cause:"rollover-not-raised"`
	// ResetsRolloverOnHold sends under the rollover counter 0 once it was on hold. Its sequence number wraps before.
	ResetsRolloverOnHold bool `violates:"RF-SR-07" cause:"rollover-reset"`
	// ResetsRolloverOnRefresh sends under the rollover counter 0 after an offer that repeats the last one. Its sequence
	// number wraps before.
	ResetsRolloverOnRefresh bool `violates:"RF-SR-07" cause:"rollover-reset"`
	// ForgetsRollover takes the peer's rollover counter for 0 after each offer.
	ForgetsRollover bool `violates:"RF-SR-07" cause:"not-heard-after-refresh"`
	// IgnoresRollover takes the peer's rollover counter for 0, always.
	IgnoresRollover bool `violates:"RF-SR-09" cause:"not-heard-after-wrap"`
	// HearsOneSource drops packets of another SSRC than the peer's first.
	HearsOneSource bool `violates:"RF-SR-09" cause:"not-heard-after-ssrc-change"`
}
