package judge

import "time"

// The amounts of media that a scenario waits for and that a rule judges by. A
// scenario has to wait for more than its rules need: of what comes, a few packets
// may be RTCP, late, or from before a change.
const (
	// MediaEnough is how many packets of one kind show that a stream works. Fewer
	// could be strays of an earlier session.
	MediaEnough = 3
	// MediaAwaited is how many packets of RTP a scenario waits for before it asks
	// for [MediaEnough]: two may be of another kind than asked for.
	MediaAwaited = MediaEnough + 2
	// ToneMissed is how many packets of silence or of another tone show that a device
	// which echoes does not send the vendor's tone back: two seconds of audio.
	ToneMissed = 100
	// ToneHeard is how many of the last ToneLately packets have to have the vendor's tone where it has to come back clean.
	// The vendor may pause for a fifth of the time, after which a tone is found in the fourth packet.
	ToneHeard  = 10
	ToneLately = 25
	// HeldTolerated is how many packets may still come after the answer that puts a
	// device on hold, or that names another port: those on their way, and those of a
	// device that takes more than half a second to stop.
	HeldTolerated = 30
	// HeldAwaited is for how many packets of audio a scenario waits while the device is
	// on hold, so that one that goes on sends more than are tolerated.
	HeldAwaited = HeldTolerated + 20
	// Silence is how long a device that sent back what it heard must have sent nothing,
	// in a call in which it may, to be said to have stopped.
	Silence = 5 * time.Second
	// PromptMost is how many packets of speech or music a device may send before it
	// echoes: ten seconds of audio.
	PromptMost = 500
	// KeyMissed is how many packets under a wrong key, after the answer to a new
	// offer, show that the device does not change keys: a second of audio.
	KeyMissed = 50
	// KeyAwaited is how many packets a scenario waits for before it asks for
	// [KeyMissed]: some are from before the answer.
	KeyAwaited = KeyMissed + 10
	// ReportAwaited is how many packets of RTP a scenario waits for after a first
	// report: a second of audio, in which another may come.
	ReportAwaited = 50
	// LateIndex is the greatest SRTCP index that the first packet under a key may
	// have. RFC 3711 §3.4 says 0, and much used libraries begin with 1, which every
	// receiver takes; and a network may lose the first ones.
	LateIndex = 16
	// StepsWrong is how many steps in a row, from one packet to the next, have to be wrong in the same way before a
	// stream is. A single one may be a pause, a change of the device's clock, or a change of its media.
	StepsWrong = 10
	// PacketsAwaited is how many packets of RTP a scenario waits for before it asks how they are numbered: so many that
	// a third may be lost, or be no audio.
	PacketsAwaited = 3 * StepsWrong
	// ReplaysEnough is how many packets have to come twice before the device is blamed for it.
	ReplaysEnough = 3
	// LateEnough is how many packets of RTP after the end of a call show that a device goes on sending: half a second of
	// audio. Fewer may have been on their way.
	LateEnough = 25
	// ReportDue is how long the vendor has to have sent before a report of the device's should count its packets: ten of
	// them.
	ReportDue = 200 * time.Millisecond
	// MediaPatience is how long a call has to be up without RTP before there is none. It is also how long a scenario
	// waits for media.
	MediaPatience = 8 * time.Second
)

// retries is how often a device may repeat a request that was finally refused
// before that counts as a loop: a single retry may have another cause.
const retries = 1
