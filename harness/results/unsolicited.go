package results

import "fmt"

// Unsolicited is what devices did at a mock that nobody had told them to do. Of it, only that
// is judged which needs no stimulus and no control, and nothing is claimed.
type Unsolicited struct {
	Vendor   string `json:"vendor"`
	Product  string `json:"product"`
	Revision string `json:"revision"`
	// Seen are the registrations, calls and fetches, in the order in which they began.
	Seen []Seen `json:"seen"`
	// Forgotten is how many more there were, which had no room beside newer ones.
	Forgotten int `json:"forgotten,omitempty"`
	// Idle is over how many connections nothing was asked.
	Idle int `json:"idle,omitempty"`
}

// Seen is a registration, a call or a fetch. Results name it by which they were judged.
type Seen struct {
	Name   string `json:"name"` // "call-out-2"
	Role   string `json:"role"`
	Device string `json:"device"` // address
	// BeganMS is when it began, after the beginning of the run, and LastedMS how long it
	// was seen to go on.
	BeganMS  int64 `json:"began_ms"`
	LastedMS int64 `json:"lasted_ms"`
	// Settings are the vendor's that were in force.
	Settings map[string]string `json:"settings"`
	// LeftOut is how many observations there was no room for, most of them packets like
	// those before them.
	LeftOut int `json:"left_out,omitempty"`
	// Judged tells that there are results, and Why why there are none.
	Judged bool   `json:"judged"`
	Why    string `json:"why,omitempty"`
}

// decideUnsolicited is [Decide] for a run in which nobody told the device what to do.
func decideUnsolicited(run *Run, c counts) (Outcome, string) {
	why := fmt.Sprintf("%s concluded, none failed; nothing was asked of the device, and nothing is claimed", count(c.concluded, "scenario"))
	if len(run.Unsolicited.Seen) == 0 {
		why = "no registration, call or fetch was seen"
	}
	return Unasked, why + aside(c.deviations, "deviated")
}

// connecting is the role of a device whose handshake failed, so that nobody knows what it wanted to do.
const connecting = "tls-connect"

// misplaced returns an error if what a result was judged by is not in the run, or if there is
// none although nobody told the device what to do.
func (r *Run) misplaced(result *Result) error {
	if r.Unsolicited == nil {
		if result.Seen != "" {
			return fmt.Errorf("%s: names what was seen in a run that is not unsolicited", result.Name())
		}
		return nil
	}
	for _, s := range r.Unsolicited.Seen {
		if s.Name == result.Seen {
			if !s.Judged || s.Role != result.Role && s.Role != connecting {
				return fmt.Errorf("%s: is judged by what is said to be a %s, judged: %t", result.Name(), s.Role, s.Judged)
			}
			return nil
		}
	}
	return fmt.Errorf("%s: the run has not seen %q", result.Scenario, result.Seen)
}
