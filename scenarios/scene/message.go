package scene

import (
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// answered accepts the mock's response with that status to a method.
func answered(method string, status int) func(observation.Event) bool {
	return func(e observation.Event) bool {
		m := message(e, observation.Out)
		if m == nil || m.IsRequest() || m.Status != status {
			return false
		}
		_, to := m.CSeq()
		return to == method
	}
}

// requested accepts a request of the device's.
func requested(method string) func(observation.Event) bool {
	return func(e observation.Event) bool {
		m := message(e, observation.In)
		return m != nil && m.Method == method
	}
}

// acknowledged accepts the ACK of a call that was answered.
func acknowledged() func(observation.Event) bool {
	ok := false
	return func(e observation.Event) bool {
		ok = ok || answered("INVITE", 200)(e)
		return ok && requested("ACK")(e)
	}
}

// inCall tells whether the newest call is up.
func inCall(events []observation.Event) bool {
	up := false
	for _, e := range events {
		up = established(e) || up && !farewell(e)
	}
	return up
}

// established accepts the 200 to an INVITE, whoever sent it.
func established(e observation.Event) bool {
	m := message(e, e.Dir)
	if m == nil || m.Status != 200 {
		return false
	}
	_, method := m.CSeq()
	return method == "INVITE"
}

// farewell accepts a BYE that ends a call, whoever sent it.
func farewell(e observation.Event) bool {
	m := message(e, e.Dir)
	return m != nil && judge.EndsCall(m, e.Dir)
}

// message is the SIP message that an event in that direction holds, nil if none.
func message(e observation.Event, dir observation.Direction) *sipwire.Message {
	if e.Kind != observation.SIP || e.Dir != dir {
		return nil
	}
	m, err := sipwire.Parse(e.Bytes)
	if err != nil {
		return nil
	}
	return m
}
