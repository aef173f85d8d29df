package scene

import (
	"time"

	"github.com/sipconform/sipconform/harness/judge"
)

// pings is how many keep-alives in a row show that a device sends them much too
// often. How much media is waited for is declared with what the judge makes of it:
// see [judge.MediaAwaited].
const pings = 3

// How long a step waits. No verdict rests on a limit: what has not happened by
// then is inconclusive.
const (
	// mediaWait is for media to come.
	mediaWait = judge.MediaPatience
	// promptWait is for a device to play an announcement, and then to send back
	// what it hears: see [judge.PromptMost].
	promptWait = 12 * time.Second
	// backWait is for a device to send again after a hold or a refresh: longer than
	// [judge.Silence].
	backWait = judge.Silence + time.Second
	// heldWait is for a device on hold that goes on sending: the time of
	// [judge.HeldAwaited] packets.
	heldWait = judge.HeldAwaited * 20 * time.Millisecond
	// reactionWait is for a device to react to a bad answer.
	reactionWait = 4 * time.Second
	// ringing is how long the vendor lets the device ring.
	ringing = 10 * time.Second
	// onItsWay is for what the device has already done, and the mock has not read.
	onItsWay = 5 * time.Second
	// betweenPackets is for the next packet of a stream, of which few hold more than 60 ms of audio.
	betweenPackets = 100 * time.Millisecond
	// talkWait is for anything but media to happen in a call that goes on: longer than [reactionWait].
	talkWait = 5 * time.Second
	// leaveWait is for a device that lives on to take the end of its calls.
	leaveWait = 2 * time.Second
	// quiet is for a device that is left alone, in which keep-alives would come.
	quiet = 2 * time.Second
	// grants is how many times the granted interval a device is given to register
	// again.
	grants = 4
)

// ShortGrant is a registration interval, in seconds, that a scene can wait for.
const ShortGrant = 3

// recordTTL is the time to live of the vendor's records: short, so that a scene
// can wait until a name may be looked up again.
const recordTTL = time.Second
