package device

import "time"

// Load is what a device claims to bear: so many calls at once, begun at a rate, for a time.
type Load struct {
	Calls int     // at once, 1 to [MaxCalls]
	Rate  float64 // calls begun in a second, up to [MaxRate]
	For   time.Duration
}

// The most that a device can claim: what a mock bears by itself, and keeps the record of.
const (
	MaxCalls = 32
	MaxRate  = 50
	MaxFor   = 2 * time.Minute
	// MaxTalk is the most of Load.Calls times Load.For: all packets of that are kept.
	MaxTalk = 8 * time.Minute
)

// MinuteOfLoad is the load of a device that claims [CanLoad] and does not say how much.
var MinuteOfLoad = Load{Calls: 8, Rate: 2, For: time.Minute}

// Bearer is a device that says how much load it bears.
type Bearer interface {
	// Load returns the load, for a device with the capability [CanLoad]; the zero value for [MinuteOfLoad].
	Load() Load
}

// LoadOf returns the load that a device claims.
func LoadOf(d Device) Load {
	if b, says := d.(Bearer); says {
		if l := b.Load(); l != (Load{}) {
			return l
		}
	}
	return MinuteOfLoad
}

// Lasting returns how long each call has to last, so that the claimed number of them is up at once.
func (l Load) Lasting() time.Duration {
	return time.Duration(float64(l.Calls) / l.Rate * float64(time.Second))
}

// Total returns how many calls there are: those of the time, and at least those at once.
func (l Load) Total() int { return max(l.Calls, int(l.Rate*l.For.Seconds())) }
