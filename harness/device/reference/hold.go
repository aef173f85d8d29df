package reference

import "github.com/sipconform/sipconform/mocks/sdp"

// open returns a packet as it was before the peer protected it. The caller holds e.mu.
func (e *endpoint) open(datagram []byte) ([]byte, error) {
	raw := append([]byte(nil), datagram...)
	if e.flow.receive == nil {
		return raw, nil
	}
	receive := e.receive
	if e.session.bugs.IgnoresRollover {
		var err error
		if receive, err = e.flow.receive.context(); err != nil {
			return nil, err
		}
	}
	return receive.DecryptRTP(nil, raw, nil)
}

// newSource returns the numbers of a stream to be sent. Devices with faults that show at a wrap begin shortly before it.
func (s *session) newSource() rtpSource {
	source := newSource(&s.peculiar)
	if b := &s.bugs; b.NeverRaisesRollover || b.ResetsRolloverOnHold || b.ResetsRolloverOnRefresh {
		source.sequence = 65533
	}
	return source
}

// repeats tells whether a flow is that from before. The caller holds e.mu.
func (e *endpoint) repeats(f flow) bool {
	return e.running && f.rtp == e.flow.rtp && f.direction == e.flow.direction &&
		sameKeying(f.send, e.flow.send) && sameKeying(f.receive, e.flow.receive)
}

// resumes tells whether a flow ends a hold. The caller holds e.mu.
func (e *endpoint) resumes(f flow) bool { return e.running && !e.flow.sends() && f.sends() }

// resets tells whether a bug has the device begin anew with the rollover counter. The caller holds e.mu.
func (e *endpoint) resets(f flow) bool {
	b := &e.session.bugs
	return b.ResetsRolloverOnHold && e.resumes(f) || b.ResetsRolloverOnRefresh && e.repeats(f)
}

// misread returns the flow that a device with a bug makes of a new one. The caller holds e.mu.
func (e *endpoint) misread(f flow) flow {
	if !e.running {
		return f
	}
	b, before := &e.session.bugs, e.flow
	nowhere := f.rtp.Addr().IsUnspecified()
	switch {
	case b.SendsWhileHeld && f.direction == sdp.RecvOnly, b.SendsWhileInactive && f.direction == sdp.Inactive:
		f.direction = sdp.SendRecv
	case b.IgnoresNoAddress && nowhere, b.KeepsOldPort && !nowhere && before.sends():
		f.rtp, f.rtcp = before.rtp, before.rtcp
	case b.StaysOnHold && e.resumes(f), b.StopsAfterRefresh && e.repeats(f):
		f.direction = sdp.RecvOnly
	case b.ResumesInClear && e.resumes(f):
		f.send = nil
	}
	return f
}
