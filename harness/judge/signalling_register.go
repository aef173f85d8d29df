package judge

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Registered asks that a REGISTER of the device's got a 2xx.
func Registered(v *View) Ruling { return accepted(v, "REGISTER", "registered") }

// RegisteredFrom returns the address that a device registered from, and whether one did.
func RegisteredFrom(v *View) (from netip.Addr, ok bool) {
	for _, request := range v.Requests("REGISTER") {
		if final := v.Final(request); final != nil && final.Status < 300 {
			return request.Connection.Info.Remote.Addr().Unmap(), true
		}
	}
	return netip.Addr{}, false
}

// RegisteredSecurely asks that the device registered, and over nothing but TLS.
func RegisteredSecurely(v *View) Ruling {
	for _, request := range v.Requests("REGISTER") {
		if request.Connection.Protocol() != observation.TLS {
			return fail("registered-in-clear", "it registered over %s", request.Connection.Protocol()).at(request.Event.Seq)
		}
	}
	return Registered(v)
}

// HeedsMinExpires asks that the device follows a 423 with a REGISTER for at least
// the time in its Min-Expires (RFC 3261 §10.2.8).
func HeedsMinExpires(v *View) Ruling {
	refused := finalWith(v, "REGISTER", 423)
	if refused == nil {
		return open("refusal-not-provoked", "its REGISTER was not refused with 423")
	}
	minimum, _ := strconv.Atoi(refused.Get("Min-Expires"))
	for _, request := range v.Requests("REGISTER") {
		if request.Event.Seq < refused.Event.Seq {
			continue
		}
		asked := asksFor(request)
		if asked < minimum {
			return fail("min-expires-ignored", "after the 423 it asked for %d s, less than Min-Expires", asked).at(request.Event.Seq)
		}
		return pass("min-expires-heeded", "after the 423 it asked for %d s", asked).at(request.Event.Seq)
	}
	return fail("gave-up-after-423", "it did not try again after the 423").at(refused.Event.Seq)
}

// asksFor returns the seconds for which a REGISTER asks.
func asksFor(request *Message) int {
	if contact, err := request.Contact(); err == nil {
		if seconds, err := strconv.Atoi(contact.Params.Get("expires")); err == nil {
			return seconds
		}
	}
	seconds, err := strconv.Atoi(strings.TrimSpace(request.Get("Expires")))
	if err != nil {
		return 3600 // the registrar decides, RFC 3261 §10.2.1.1
	}
	return seconds
}

// Refreshes asks that the device registers again before its registration expires.
// It fails only after three times the granted time.
func Refreshes(v *View) Ruling {
	for _, request := range v.Requests("REGISTER") {
		final := v.Final(request)
		if final == nil || final.Status >= 300 {
			continue
		}
		granted := time.Duration(grant(final)) * time.Second
		for _, again := range v.Requests("REGISTER") {
			if again.Event.Seq > final.Event.Seq && asksFor(again) > 0 { // 0 removes the registration
				after := (again.Event.At - final.Event.At).Round(time.Second / 10)
				return pass("grant-heeded", "it was granted %v and registered again after %v", granted, after).
					at(final.Event.Seq, again.Event.Seq)
			}
		}
		if last := v.Events[len(v.Events)-1]; last.At-final.Event.At > 3*granted {
			waited := (last.At - final.Event.At).Round(time.Second)
			return fail("grant-ignored", "it was granted %v and did not register again within %v", granted, waited).
				at(final.Event.Seq)
		}
		return open("refresh-not-seen", "it was granted %v and did not register again before the scenario ended", granted).
			at(final.Event.Seq)
	}
	return stuck(v, "REGISTER").leftOpen()
}

// grant returns the seconds that a registrar granted, 0 if it does not say.
func grant(response *Message) int {
	contact, err := response.Contact()
	if err != nil {
		return 0
	}
	seconds, _ := strconv.Atoi(contact.Params.Get("expires"))
	return seconds
}
