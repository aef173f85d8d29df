package unsolicited

import "time"

// The bounds on what is kept, in bytes by the measure of observation.ConnectionBytes. What is beyond is counted.
const (
	// episodeBytes is for one episode: a call of a minute has 2 MiB.
	episodeBytes = 8 << 20
	// openBytes is for all episodes that go on, which are in memory. Beyond it the oldest is taken for over.
	openBytes = 48 << 20
	// keptBytes is for all that are over, which are on the disk, and mostKept is how many of them there may be. Newer
	// ones take the place of older ones.
	keptBytes = 256 << 20
	mostKept  = 2000
	// mostOpen bounds the episodes that go on, and mostLinks the connections that are known.
	mostOpen  = 512
	mostLinks = 4096
	// headEvents and headBytes are for what of a connection belongs to no message: its handshake, and what cannot be read.
	headEvents = 128
	headBytes  = 128 << 10
	// mostFailed is how many handshakes of a device that fail are kept, and mostFailing of how many devices.
	mostFailed  = 3
	mostFailing = 64
	// mostAlike is how many packets of a stream are kept that are classified alike: 40 s of audio, more than any rule
	// waits for.
	mostAlike = 2000
)

// How long an episode waits for more.
const (
	// linger is for media that was on its way when a call ended.
	linger = 3 * time.Second
	// callSilence is after how long without any event a call is taken for over, and registrationSilence a registration.
	// Registrations are renewed within an hour.
	callSilence         = 5 * time.Minute
	registrationSilence = 2 * time.Hour
)
