package judge

import (
	"slices"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

// What changes in the vendor's stream together with its tone, so that a device which sends the new
// tone back has followed the change.
const (
	SourceChange = "ssrc-change" // another SSRC
	Wrap         = "wrap"        // the sequence number, so that the rollover counter rises
	Refresh      = "refresh"     // the last offer was made and answered again
	Retune       = "retune"      // nothing else
)

// challenge is a tone of the vendor's, and what changed with it.
type challenge struct {
	kind  string
	tone  int
	begin int // Seq
	heard bool
}

// challenges returns the tones that the vendor played, in order.
func (v *View) challenges() []challenge {
	var all []challenge
	var last observation.MediaInfo
	answers := v.settlements()
	for _, e := range v.Events {
		if e.Kind != observation.Playing || e.Media == nil || e.Media.Tone == last.Tone {
			continue
		}
		c := challenge{kind: Retune, tone: e.Media.Tone, begin: e.Seq}
		switch n := len(all); {
		case n == 0:
		case e.Media.SSRC != last.SSRC:
			c.kind = SourceChange
		case e.Media.Rollover != last.Rollover:
			c.kind = Wrap
		case slices.ContainsFunc(answers, func(s settlement) bool {
			return s.answer.Event.Seq > all[n-1].begin && s.answer.Event.Seq < e.Seq
		}):
			c.kind = Refresh
		}
		c.heard = slices.ContainsFunc(v.Media, func(m observation.Event) bool { return m.Seq > c.begin && plays(m.Media, c.tone) })
		all, last = append(all, c), *e.Media
	}
	return all
}

// plays reports whether a packet authenticates and ends in audio that is a tone of that frequency.
func plays(m *observation.MediaInfo, tone int) bool {
	off := m.Tone - tone
	return m.Class == observation.AuthenticRTP && m.Tone > 0 && off >= -media.ToneTolerance && off <= media.ToneTolerance
}

// KeepsUp asks that the device, which sends back what it hears, hears the vendor after each change
// of those kinds. A device is blamed for the first change after which it hears nothing more.
func KeepsUp(kinds ...string) Rule {
	return func(v *View) Ruling {
		all := v.challenges()
		if len(all) == 0 || !all[0].heard {
			return open("not-shown-to-hear", "it did not send back the vendor's first tone").deaf()
		}
		last := 0
		for i, c := range all {
			if c.heard {
				last = i
			}
		}
		asked := func(c challenge) bool { return slices.Contains(kinds, c.kind) }
		if last+1 < len(all) && asked(all[last+1]) {
			deaf := all[last+1]
			sent := 0
			for _, e := range v.Media {
				if e.Seq > deaf.begin && e.Media.Class == observation.AuthenticRTP {
					sent++
				}
			}
			if sent < ToneMissed {
				return open("not-shown-to-hear", "it sent %d packets after the %s, none with the vendor's tone in it", sent, deaf.kind).deaf()
			}
			return fail("not-heard-after-"+deaf.kind, "it sent back the vendor's tones up to the %s, and in %d packets after it nothing more",
				deaf.kind, sent).at(deaf.begin).hint("%s", deafness[deaf.kind]).deaf()
		}
		var met []int
		for _, c := range all[:last+1] {
			if asked(c) {
				met = append(met, c.begin)
			}
		}
		if len(met) == 0 {
			return open("no-change", "the vendor's stream did not change before it was heard for the last time")
		}
		return pass("kept-up", "it sent back the vendor's tone after each change").at(met...)
	}
}

// YieldsSSRC asks that a device whose SSRC the vendor's stream takes chooses another (RFC 3550 §8.2).
func YieldsSSRC(v *View) Ruling {
	used := make(map[uint32]bool)
	collision, taken := -1, uint32(0)
	kept := 0
	for _, e := range v.Sound {
		m := e.Media
		switch {
		case m == nil:
		case e.Kind == observation.Playing:
			if collision < 0 && used[m.SSRC] {
				collision, taken = e.Seq, m.SSRC
			}
		case m.Class != observation.AuthenticRTP && m.Class != observation.ClearRTP:
		case collision < 0:
			used[m.SSRC] = true
		case m.SSRC == taken:
			kept++
		default:
			return pass("ssrc-changed", "it sent under another SSRC once the vendor's stream had its own").at(collision, e.Seq)
		}
	}
	switch {
	case collision < 0:
		return open("no-collision", "the vendor's stream never had the SSRC of the device's")
	case kept < KeyMissed:
		return open("no-media", "it sent only %d packets after the vendor's stream had its SSRC, too few to judge by", kept).at(collision).deaf()
	}
	return fail("ssrc-kept", "it sent %d packets under its SSRC %08x after the vendor's stream had taken that", kept, taken).at(collision).
		hint("compare the SSRC of what comes with the own one; if they are the same, send an RTCP BYE and go on under another")
}

// deafness is what to do about a device that does not hear the vendor after a change.
var deafness = map[string]string{
	SourceChange: "take each SSRC for a stream of its own, with a rollover counter of its own (RFC 3711 §3.2.3)",
	Wrap:         "raise the rollover counter of what is received when the sequence number wraps (RFC 3711 §3.3.1)",
	Refresh:      "keep the SRTP context, and its rollover counter, while the key stays the same (RFC 3711 §3.3.1)",
}

// KeepsRollover asks that the device's rollover counter begins at 0, rises at each wrap, and goes on
// while its key stays the same.
func KeepsRollover(v *View) Ruling {
	authentic := 0
	for _, e := range v.Media {
		switch {
		case e.Media.Diagnosis == media.RolloverCounter:
			return v.unopened("media", e)
		case e.Media.Class == observation.AuthenticRTP:
			authentic++
		}
	}
	if authentic < MediaEnough {
		return open("no-media", "only %d of its packets authenticated, too few to judge by", authentic).deaf()
	}
	return pass("rollover-kept", "%d of its packets authenticated under the rollover counter that was due", authentic)
}
