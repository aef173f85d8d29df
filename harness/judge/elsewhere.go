package judge

import (
	"bytes"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Elsewhere is the keys that stand in the descriptions of another scenario of the run.
type Elsewhere struct {
	Scenario string
	Keys     []media.Keying
}

// maxElsewhere is how many keys of a scenario are tried in others. A call has a few, and a scenario a few calls.
const maxElsewhere = 128

// Offered returns the keys that both sides of a scenario have sent, each once, at most maxElsewhere.
func Offered(events []observation.Event) []media.Keying {
	var described []observation.Event
	for _, e := range events {
		if e.Kind == observation.TransportOpen || e.Kind == observation.Stage ||
			e.Kind == observation.SIP && bytes.Contains(e.Bytes, []byte("a=crypto:")) {
			described = append(described, e)
		}
	}
	v := NewView(described)
	var keys []media.Keying
	seen := make(map[string]bool)
	for _, dir := range []observation.Direction{observation.In, observation.Out} {
		for _, k := range v.keysFrom(dir) {
			if name := k.attribute.Suite + string(k.material); !seen[name] && len(keys) < maxElsewhere {
				seen[name] = true
				keys = append(keys, *media.KeyingOf(k.attribute))
			}
		}
	}
	return keys
}

// Unexplained reports whether there is a packet among the events that none of the scenario's own keys opens, and that is
// kept, so that those of others can be tried.
func Unexplained(events []observation.Event) bool {
	for i := range events {
		if unexplained(&events[i]) {
			return true
		}
	}
	return false
}

func unexplained(e *observation.Event) bool {
	return e.Kind == observation.Media && e.Media != nil && e.Media.Diagnosis == media.UnknownKey && len(e.Bytes) > 0
}

// packets names the packets of RTP, or those of RTCP, of one source.
type packets struct {
	ssrc uint32
	rtcp bool
}

// foundElsewhere returns the first scenario, in the order of the plan, with a key that opens a stream's packets; "" if none
// has. The first packet of the stream that is kept stands for all.
func (v *View) foundElsewhere(of observation.Event) string {
	name := packets{of.Media.SSRC, IsRTCP(of.Media)}
	if scenario, known := v.found[name]; known {
		return scenario
	}
	if v.found == nil {
		v.found = make(map[packets]string)
	}
	v.found[name] = ""
	for i := range v.Media {
		e := &v.Media[i]
		if unexplained(e) && name == (packets{e.Media.SSRC, IsRTCP(e.Media)}) {
			v.found[name] = v.owner(e.Bytes)
			break
		}
	}
	return v.found[name]
}

// owner returns the first scenario with a key that opens a packet.
func (v *View) owner(packet []byte) string {
	for _, other := range v.Elsewhere {
		for i := range other.Keys {
			if other.Keys[i].Opens(packet) {
				return other.Scenario
			}
		}
	}
	return ""
}
