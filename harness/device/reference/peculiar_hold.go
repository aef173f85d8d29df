package reference

import (
	"github.com/pion/rtp"

	"github.com/sipconform/sipconform/mocks/sdp"
)

// stiffen has the device answer a hold with a=inactive, for AnswersInactive.
func (s *session) stiffen(f *flow) {
	if s.peculiar.AnswersInactive && !f.sends() {
		f.direction = sdp.Inactive
	}
}

// keepsKey tells whether the device keeps its key in an answer, under the suite from before. RFC 4568 §7.1.4 leaves that to
// it; it usually does if the peer keeps its own.
func (s *session) keepsKey(peerKeeps bool) bool {
	return s.peculiar.KeepsItsKey || peerKeeps && !s.peculiar.RenewsItsKey
}

// move has the call's endpoint of that index make way for a new one, for MovesPort.
func (c *call) move(index int, a agreement, previous *agreement) error {
	if !c.session.peculiar.MovesPort || previous == nil || sameKeying(a.flow.receive, previous.flow.receive) {
		return nil
	}
	e, err := c.session.openEndpoint()
	if err != nil {
		return err
	}
	c.mu.Lock()
	if index >= len(c.media) {
		index = 0 // as endpointFor has it
	}
	old := c.media[index]
	c.media[index] = e
	c.mu.Unlock()
	c.session.disown(old)
	return nil
}

// prepareHold readies the endpoint for a flow that begins or ends a hold. The caller holds e.mu.
func (e *endpoint) prepareHold(f flow) {
	p := &e.session.peculiar
	if p.ResumesUnderNewSource && e.resumes(f) {
		e.source.renew()
	}
	if p.StopsLate && e.running && e.flow.sends() && !f.sends() {
		const crossing = 8
		e.peculiar.late, e.peculiar.lateTo = crossing, e.flow.rtp
	}
}

// hold sends what devices with peculiarities send while they send no audio. The caller holds e.mu.
func (e *endpoint) hold() {
	const often = 10
	p := &e.session.peculiar
	if e.peculiar.late > 0 {
		e.peculiar.late--
		if packet, err := e.protect(e.source.next(e.flow.payloadType, e.source.tone(e.flow.payloadType, toneFrequency))); err == nil {
			_, _ = e.speaker().WriteToUDPAddrPort(packet, e.peculiar.lateTo)
		}
	}
	if !e.flow.rtp.IsValid() || e.flow.rtp.Addr().IsUnspecified() {
		return
	}
	if e.peculiar.turns++; e.peculiar.turns%often != 0 {
		return
	}
	if p.KeepsPortOpenOnHold {
		e.sendAside(rtp.Header{PayloadType: e.flow.payloadType}, nil)
	}
	if p.ReportsOnHold && e.flow.rtcp.IsValid() {
		e.report()
	}
}
