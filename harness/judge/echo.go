package judge

import (
	"math/bits"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Echo follows the tones that the vendor plays, and whether a device that echoes sends them back. The zero value is
// ready for the first event of a log.
//
// A device can send a tone of its own. So the vendor draws its tone anew for each call and changes it during the call,
// and only a device that sends both back has heard them.
type Echo struct {
	// Clean asks that the tone comes back as it was sent: [ToneHeard] of [ToneLately] packets have it. A device that plays
	// what is no audio along with the tone sends it back now and then, where the two come apart.
	Clean bool

	playing int // frequency in Hz, 0 before the vendor plays
	played  int // tones
	back    bool
	sent    int    // authentic packets since the tone began
	heard   int    // those of them with the tone
	lately  uint32 // the last of them: a bit each, which is 1 for the tone
	missed  int    // those of them that show that the device plays something else
	unread  int    // packets that do not authenticate, or decrypt into noise
}

// Take takes the next event of a log.
func (e *Echo) Take(event observation.Event) {
	m := event.Media
	switch {
	case event.Kind == observation.Playing:
		e.playing, e.back, e.lately = m.Tone, false, 0
		e.played++
		e.Anew()
	case event.Kind != observation.Media || event.Dir == observation.Out:
	case m.Class == observation.BadTag && IsRTP(m), m.Diagnosis == observation.Noise:
		e.unread++
	case m.Class == observation.AuthenticRTP:
		e.sent++
		e.lately <<= 1
		switch {
		case e.playing > 0 && plays(m, e.playing):
			e.heard++
			e.lately |= 1
			e.back = e.back || !e.Clean || bits.OnesCount32(e.lately&(1<<ToneLately-1)) >= ToneHeard
		case m.Content != observation.Audio || m.Tone > 0: // a prompt would be audio without a steady tone
			e.missed++
		}
	}
}

// Anew forgets the packets that were counted.
func (e *Echo) Anew() { e.sent, e.heard, e.missed, e.unread = 0, 0, 0, 0 }

// Back reports whether the tone that the vendor plays has come back.
func (e *Echo) Back() bool { return e.back }

// Missed reports whether so much has come without the tone that the device does not send it back.
func (e *Echo) Missed() bool { return e.missed >= ToneMissed || e.sent >= PromptMost }

// Over reports whether nothing more is to be learned of the tone that the vendor plays.
func (e *Echo) Over() bool { return e.back || e.Missed() || e.unread >= ToneMissed }

// Decrypts asks that the vendor's tones are in the audio of a device that sends
// back what it receives. Much audio without them shows that the device does not
// decrypt.
func Decrypts(v *View) Ruling { return decrypts(v, Echo{}, 0, 2) }

// DecryptsAgain is [Decrypts] for the media after the vendor's last offer.
func DecryptsAgain(v *View) Ruling {
	invites := v.Sent("INVITE")
	if len(invites) < 2 {
		return notOffered(v)
	}
	final := v.Final(invites[len(invites)-1])
	if final == nil {
		return open("no-final-response", "the new offer got no final response")
	}
	return decrypts(v, Echo{}, final.Event.Seq, 1)
}

// decrypts has e look at the media from event after on, in which the vendor has to play so many tones.
func decrypts(v *View, e Echo, after, tones int) Ruling {
	for _, event := range v.Sound {
		if event.Seq < after {
			continue
		}
		if e.Take(event); e.back && e.played >= tones {
			return pass("heard", "it sent back the vendor's tone of %d Hz, which it could not know", e.playing).at(event.Seq)
		}
	}
	switch r := v.misnumbered(); {
	case e.Missed() && r.Verdict != "":
		return r.leftOpen() // no receiver plays packets that are not newer than the last
	case e.Missed() && e.heard > 0:
		return fail("vendor-media-not-decrypted", "of %d packets that it sent while the vendor played a tone of %d Hz, only %d have that tone",
			e.sent, e.playing, e.heard).deaf()
	case e.Missed() && e.played > 1:
		return fail("vendor-media-not-decrypted", "when the vendor's tone changed to %d Hz, it sent %d packets without it",
			e.playing, e.sent).deaf()
	case e.Missed():
		return fail("vendor-media-not-decrypted", "it sent %d packets, none with the vendor's tone in it", e.sent).deaf()
	}
	return open("not-shown-to-hear", "it sent %d packets, %d of them with the vendor's tone in it", e.sent, e.heard).deaf()
}
