package judge

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// settlement is an offer with its answer, in the newest call.
type settlement struct {
	offer, answer  *Message
	device, vendor *sdp.Session // what each side has described
	end            int          // Seq of the next offer; that of the last event if there is none
}

// settlements returns the offers that were taken in the newest call, in order. An offer that was
// made in a 200 is not among them.
func (v *View) settlements() []settlement {
	var all []settlement
	offers := v.filter(func(m *Message) bool {
		return m.IsRequest() && (m.Method == "INVITE" || m.Method == "UPDATE") && m.SDP != nil
	})
	for _, m := range offers {
		if n := len(all); n > 0 && all[n-1].offer.CallID() == m.CallID() {
			all[n-1].end = min(all[n-1].end, m.Event.Seq)
		}
		answer := v.Final(m)
		if answer == nil || answer.Status >= 300 || answer.SDP == nil {
			continue
		}
		s := settlement{offer: m, answer: answer, device: answer.SDP, vendor: m.SDP, end: len(v.Events)}
		if m.In() {
			s.device, s.vendor = m.SDP, answer.SDP
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil
	}
	newest := all[len(all)-1].offer.CallID()
	return slices.DeleteFunc(all, func(s settlement) bool { return s.offer.CallID() != newest })
}

// barred says what keeps the device from sending audio under a settlement: the direction that
// one side gives it, or an address that is none (RFC 3264 §8.4), or that there is no stream. Empty: it
// may send.
func (s settlement) barred() string {
	own, vendor := s.device.First("audio"), s.vendor.First("audio")
	if own == nil || vendor == nil {
		return "no-stream"
	}
	if at, ok := s.vendor.RTP(vendor); ok && at.Addr().IsUnspecified() {
		return "no-address"
	}
	switch d := s.vendor.Direction(vendor); d {
	case sdp.SendOnly, sdp.Inactive:
		return string(d)
	}
	switch d := s.device.Direction(own); d {
	case sdp.RecvOnly, sdp.Inactive:
		return string(d)
	}
	return ""
}

// holds tells whether a settlement puts the call on hold. A device that holds the vendor may go on
// sending, as music.
func (s settlement) holds() bool {
	if s.barred() != "" {
		return true
	}
	own := s.device.First("audio")
	at, ok := s.device.RTP(own)
	return s.device.Direction(own) == sdp.SendOnly || ok && at.Addr().IsUnspecified()
}

// rtp returns the device's packets of RTP between two events.
func (v *View) rtp(after, before int) []observation.Event {
	var packets []observation.Event
	for _, e := range v.Media {
		if e.Seq > after && e.Seq < before && IsRTP(e.Media) {
			packets = append(packets, e)
		}
	}
	return packets
}

// since returns those of the packets that came at a time or later, and not only were read then.
func since(packets []observation.Event, at time.Duration) []observation.Event {
	return slices.DeleteFunc(packets, func(e observation.Event) bool { return arrived(e) < at })
}

// arrived is when a packet came. Where the system does not tell, it is when it was read.
func arrived(packet observation.Event) time.Duration { return cmp.Or(packet.Media.Arrived, packet.At) }

// lasted is how long the call went on after a settlement.
func (v *View) lasted(s settlement) time.Duration { return v.end(s.offer.CallID()) - s.answer.Event.At }

// Holds asks that the device, on hold or holding the vendor, sends no audio that the offer and
// answer forbid, and that its audio comes back when the hold is over.
func Holds(v *View) Ruling {
	all := v.settlements()
	held := slices.IndexFunc(all, settlement.holds)
	if held < 1 {
		return notHeld(v)
	}
	before, hold := all[held-1], all[held]
	if sent := len(v.rtp(before.answer.Event.Seq, hold.offer.Event.Seq)); sent < MediaEnough {
		return open("no-media", "it sent only %d packets before the hold, too few to see them stop", sent).deaf()
	}
	sent := since(v.rtp(hold.answer.Event.Seq, hold.end), hold.answer.Event.At)
	if hold.barred() != "" && len(sent) > HeldTolerated {
		return fail("sent-while-"+hold.barred(), "%d packets came after the answer that put its audio on hold (%s)", len(sent), hold.barred()).
			at(hold.offer.Event.Seq, hold.answer.Event.Seq, sent[len(sent)-1].Seq).
			hint("stop sending RTP under a=recvonly and a=inactive, and to the address 0.0.0.0 (RFC 3264 §8.4)")
	}
	for _, s := range all[held+1:] {
		if !s.holds() {
			return v.returns(s, "resumed", "not-resumed")
		}
	}
	return open("not-resumed-yet", "the hold was not over before the scenario ended").at(hold.answer.Event.Seq)
}

// notHeld rules on a call in which no hold was agreed on.
func notHeld(v *View) Ruling {
	for _, m := range slices.Concat(v.Sent("INVITE"), v.Requests("INVITE")) {
		if final := v.Final(m); m.ToTag() != "" && final != nil && final.Status >= 300 {
			return open("hold-refused", "the offer that holds the call was refused with %d", final.Status).at(final.Event.Seq)
		}
	}
	if told(v, "hold", len(v.Events)) {
		return open("not-held", "it was told to hold the call, and made no offer that does")
	}
	return notOffered(v)
}

// GoesOn asks that the device's media goes on when the vendor repeats its last offer.
func GoesOn(v *View) Ruling {
	all := v.settlements()
	for i := len(all) - 1; i > 0; i-- {
		if !all[i].offer.In() && all[i].barred() == "" && bytes.Equal(all[i].offer.Body, all[i-1].offer.Body) {
			return v.returns(all[i], "refreshed", "stopped-by-refresh")
		}
	}
	return notOffered(v)
}

// echoed reports whether the vendor's tone came back before an event.
func (v *View) echoed(before int) bool {
	var e Echo
	for _, event := range v.Sound {
		if event.Seq >= before {
			break
		}
		if e.Take(event); e.Back() {
			return true
		}
	}
	return false
}

// returns asks for media under a settlement that allows it. A device that sent back what it heard, and
// then sends nothing for many seconds, has stopped; another may suppress silence.
func (v *View) returns(s settlement, good, bad string) Ruling {
	packets := v.rtp(s.answer.Event.Seq, s.end)
	secured := 0
	for _, e := range packets {
		if e.Media.Class == observation.AuthenticRTP {
			secured++
		}
	}
	switch {
	case secured >= MediaEnough:
		return pass(good, "%d of its packets authenticated after the answer", secured).at(s.answer.Event.Seq)
	case len(packets) == 0 && v.lasted(s) >= Silence && v.echoed(s.offer.Event.Seq):
		return fail(bad, "no media came for %v after the offer and answer that want it, in which it says %s",
			v.lasted(s).Round(time.Second), s.device.Direction(s.device.First("audio"))).at(s.answer.Event.Seq).deaf()
	}
	return open("no-media", "only %d of its packets authenticated after the answer", secured).at(s.answer.Event.Seq).deaf()
}

// FollowsPort asks that the device sends to the vendor's new port after it has answered the offer that
// names it.
func FollowsPort(v *View) Ruling {
	all := v.settlements()
	for i := len(all) - 1; i > 0; i-- {
		then, known := port(all[i-1].vendor)
		now, named := port(all[i].vendor)
		if all[i].offer.In() || !known || !named || then == now {
			continue
		}
		to := make(map[netip.AddrPort]int)
		for _, e := range since(v.rtp(all[i].answer.Event.Seq, all[i].end), all[i].answer.Event.At) {
			to[e.Media.Local]++
		}
		switch {
		case to[then] > HeldTolerated:
			return fail("old-port-in-use", "%d packets came to %v after it had answered the offer that names %v", to[then], then, now).
				at(all[i].offer.Event.Seq, all[i].answer.Event.Seq).
				hint("send to the port of the last offer as soon as it is answered (RFC 3264 §8.3.1)")
		case to[now] >= MediaEnough:
			return pass("followed", "%d packets came to the new port", to[now]).at(all[i].answer.Event.Seq)
		}
		return open("no-media", "only %d packets came to the new port", to[now]).at(all[i].answer.Event.Seq).deaf()
	}
	return notOffered(v)
}

// port returns where a description has its audio sent.
func port(s *sdp.Session) (netip.AddrPort, bool) {
	m := s.First("audio")
	if m == nil {
		return netip.AddrPort{}, false
	}
	return s.RTP(m)
}

// Unrefused is rule for a new offer that a device may refuse: a refusal leaves it open.
func Unrefused(rule Rule) Rule {
	return func(v *View) Ruling {
		r := rule(v)
		if r.Verdict == verdict.Fail && r.Cause == "new-offer-refused" {
			return r.leftOpen()
		}
		return r
	}
}
