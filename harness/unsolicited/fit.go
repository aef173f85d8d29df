package unsolicited

import (
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// methods are what a device asks in a role, of those in which it asks.
var methods = map[profile.Role]string{profile.Registering: "REGISTER", profile.CallingOut: "INVITE", profile.Asking: "OPTIONS"}

// obstacle is why an episode is not what a scenario is about. Of several scenarios, the last obstacle says most: an
// episode that comes to it is like the scenario in all before.
type obstacle int

const (
	anotherRole obstacle = iota
	otherSettings
	setToClear
	otherMedia
	userDeclined
	nothingDecided
	none
)

func (o obstacle) String() string {
	return [...]string{
		"no scenario of this role does without a planted fault",
		"the vendor's settings are none under which a device is judged that nobody has set up for them",
		"it went in clear, which the vendor takes and the device's user may have chosen",
		"it offered media that the device's user may have chosen, or that no scenario is about",
		"it was refused as the device's user may do or have it do, or given up",
		"it shows nothing that decides a requirement",
		"",
	}[o]
}

// obstacle tells what keeps an episode from being what a scenario is about: the same role, under settings that make no
// difference to it, over a transport that says something about the device, and with the media that it is about.
func (j *Judge) obstacle(s *plan.Scenario, e *Episode, v *judge.View) obstacle {
	switch {
	case s.Usual == nil || s.Role() != j.role(e):
		return anotherRole
	case !j.alike(s.Usual.Settings, j.role(e), e.Settings):
		return otherSettings
	case e.Role == profile.Connecting: // nothing went over it
		return none
	case !j.transport(e, v):
		return setToClear
	case declined(v):
		return userDeclined
	case !offers(s.Usual.Media, e.Role, v):
		return otherMedia
	}
	return none
}

// declined tells whether a call to the device was refused as its user may do, or have it do with media that it is not set
// to, or was given up by the vendor.
func declined(v *judge.View) bool {
	for _, invite := range v.Sent("INVITE") {
		if final := v.Final(invite); final != nil && slices.Contains([]int{480, 486, 487, 488, 600, 603, 606}, final.Status) {
			return true
		}
	}
	return false
}

// role returns the role of an episode's scenarios. A device whose handshake failed wanted to do what is done first.
func (j *Judge) role(e *Episode) profile.Role {
	switch p := j.product; {
	case e.Role != profile.Connecting:
		return e.Role
	case p.HTTPS != nil:
		return profile.Fetching
	case p.Registrar != nil:
		return profile.Registering
	case !p.TakesCalls():
		return profile.Asking
	}
	return profile.CallingOut
}

// alike tells whether the settings in force and those of a scenario differ in nothing that bears on the role.
func (j *Judge) alike(chosen map[string]string, role profile.Role, inForce map[string]string) bool {
	values, err := j.product.SettingValues(j.revision, chosen)
	if err != nil {
		return false
	}
	for name, value := range values {
		if inForce[name] != value && j.bears(name, role) {
			return false
		}
	}
	return true
}

// bears tells whether a setting makes a difference to a role. One that decides about requests does to those that it
// decides about; any other does to all. Whether the vendor's calls are secure is seen from them.
func (j *Judge) bears(setting string, role profile.Role) bool {
	method, asks := methods[role]
	if !asks && role != profile.Fetching && setting == j.product.Offer.SecureSetting {
		return false
	}
	decides := false
	for _, r := range j.revision.Refusals {
		if r.When[setting] == nil {
			continue
		}
		decides = true
		if asks && (slices.Contains(r.On, method) || slices.Contains(r.On, "*")) {
			return true
		}
	}
	return !decides
}

// offers tells whether a call is offered the media that a scenario is about: by the device, or by the vendor. RTP that
// the vendor offers is about a device that is set to it, which is seen from its taking it.
func offers(media device.Media, role profile.Role, v *judge.View) bool {
	switch {
	case media == device.MediaDefault:
		return true
	case role == profile.CallingOut:
		is := offered(v.Requests("INVITE"))
		return is == media || is == device.Both && media == device.SRTP
	case media == device.RTP && judge.Answered(v).Verdict != verdict.Pass:
		return false
	}
	return offered(v.Sent("INVITE")) == media
}

// offered is the media of the first offer.
func offered(invites []*judge.Message) device.Media {
	if len(invites) == 0 || invites[0].SDP == nil {
		return device.MediaDefault
	}
	var secure, clear, keyed bool
	for i := range invites[0].SDP.Media {
		m := &invites[0].SDP.Media[i]
		if m.Type != "audio" || m.Port == 0 {
			continue
		}
		savp := strings.HasPrefix(m.Proto, "RTP/SAVP")
		secure, clear = secure || savp, clear || !savp
		_, has := m.Value("crypto")
		keyed = keyed || has && !savp
	}
	switch {
	case secure && clear:
		return device.Both
	case secure:
		return device.SRTP
	case keyed:
		return device.Opportunistic
	case clear:
		return device.RTP
	}
	return device.MediaDefault
}

// transport tells whether the transport says something about the device. Scenarios are about devices that are set to
// TLS. One whose user has set it to TCP or UDP is judged by them only where the vendor takes nothing but TLS; one that
// uses both has gone from one to the other.
func (j *Judge) transport(e *Episode, v *judge.View) bool {
	var secure bool
	var clear string
	for _, m := range v.Messages {
		if c := m.Connection; c.Protocol() == observation.TLS {
			secure = true
		} else if m.In() {
			clear = c.Protocol()
		}
	}
	method, asks := methods[e.Role]
	switch {
	case e.Role == profile.Fetching, secure:
		return true
	case !asks || clear == "":
		return false
	}
	return slices.ContainsFunc(j.revision.Refusals, func(r profile.Refusal) bool {
		known := map[string]string{profile.FactTransport: clear}
		for name := range r.When {
			if value, is := e.Settings[name]; is {
				known[name] = value
			}
		}
		return r.When[profile.FactTransport] != nil && !r.Challenge && r.Matches(method, known)
	})
}
