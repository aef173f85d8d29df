package edge

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// speaks has the device's end of the media send under its own key, and hear the edge under that of its description.
func speaks(t *testing.T, endpoint *media.Endpoint, described *sipwire.Message, own sdes.Attribute) {
	t.Helper()
	theirs, err := sdes.Parse(stream(t, described, 0).Values("crypto")[0])
	if err != nil {
		t.Fatal(err)
	}
	session := media.Session{
		Remote: netip.AddrPortFrom(testkit.Loopback.Addr(), stream(t, described, 0).Port),
		Send:   media.KeyingOf(own), Receive: media.KeyingOf(theirs),
	}
	if endpoint.Update(session) != nil {
		err = endpoint.Start(session)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// provisional is a response of a fork, with headers and perhaps a session description.
func provisional(d *testkit.Device, invite *sipwire.Message, status int, tag string, parts ...string) string {
	return d.Reply(invite, status, append([]string{"To: " + invite.Get("To") + ";tag=" + tag}, parts...)...)
}

// authenticAlone checks that the edge has seen no media but such as authenticates under a key in force.
func authenticAlone(t *testing.T, s *Server) {
	t.Helper()
	for _, e := range s.Log.Events() {
		if e.Kind == observation.Media && e.Dir != observation.Out &&
			(e.Media.Class != observation.AuthenticRTP && e.Media.Class != observation.AuthenticRTCP || e.Media.Diagnosis != "") {
			t.Fatalf("media %+v", e.Media)
		}
	}
}

// TestEarlyMedia has the device answer in a 183 and speak under that answer, then take the call with the same one.
func TestEarlyMedia(t *testing.T) {
	t.Parallel()
	const ringBack = 325 // 6.5 s of packets: more than wait for an answer
	s, d := registered(t)
	endpoint, log := phone(t)
	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	own := answerer(t, invite, 'a')
	answer := offered(endpoint, "RTP/SAVP", own.String())
	d.Send(d.Reply(invite, 183, answer))
	speaks(t, endpoint, invite, own)
	packets := 0
	testkit.Await(t, s.Log, observation.Media, func(e observation.Event) bool {
		packets++
		return packets == ringBack
	})
	heard(t, s, 0, log, observation.AuthenticRTP) // the edge speaks, too
	d.Send(d.Reply(invite, 180))
	d.Send(d.Reply(invite, 200, answer))
	d.Expect(0, "ACK")
	if r := <-done; r.err != nil || r.call.Status != 200 {
		t.Fatalf("got %+v, %v", r.call, r.err)
	}
	heard(t, s, len(s.Log.Events()), log, observation.AuthenticRTP)
	authenticAlone(t, s)
}

// TestForks has two forks of the device answer under keys of their own. The second takes the call; packets of the first
// that are late are no fault.
func TestForks(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} { // whether the second fork answers in the 200 alone
		t.Run(fmt.Sprint("silent ", silent), func(t *testing.T) {
			t.Parallel()
			s, d := registered(t)
			first, _ := phone(t)
			second, log := phone(t)
			done := ring(t.Context(), s, outbound)
			invite := d.Expect(0, "INVITE")
			a, b := answerer(t, invite, 'a'), answerer(t, invite, 'b')
			d.Send(provisional(d, invite, 183, "one", offered(first, "RTP/SAVP", a.String())))
			speaks(t, first, invite, a)
			authentic(t, s, 0)
			if !silent {
				d.Send(provisional(d, invite, 183, "two", offered(second, "RTP/SAVP", b.String())))
			}
			speaks(t, second, invite, b)
			d.Send(provisional(d, invite, 200, "two", offered(second, "RTP/SAVP", b.String())))
			ack := d.Expect(0, "ACK")
			if r := <-done; r.err != nil || ack.ToTag() != "two" {
				t.Fatalf("%v, %s", r.err, ack.Raw)
			}
			heard(t, s, len(s.Log.Events()), log, observation.AuthenticRTP)
			authenticAlone(t, s)
		})
	}
}

// TestTwoForksTakeTheCall has two forks answer 200, at once or one after the other. The edge has a call with the first,
// and ends the second's at once: media of that is no fault, and the call goes on.
func TestTwoForksTakeTheCall(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"offered": false, "late offer": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, d := registered(t)
			first, log := phone(t)
			second, _ := phone(t)
			o := outbound
			o.LateOffer = late
			done := ring(t.Context(), s, o)
			invite := d.Expect(0, "INVITE")
			a, b := keyed(t, 1, suite, 'a'), keyed(t, 1, suite, 'b')
			route := "Record-Route: <sip:near-device.test;lr>, " + strings.Join(invite.Values("Record-Route"), ", ")
			other := provisional(d, invite, 200, "two", route, offered(second, "RTP/SAVP", b.String()))
			d.Send(provisional(d, invite, 200, "one", offered(first, "RTP/SAVP", a.String())) + other)
			acks := map[string]*sipwire.Message{}
			for range 2 {
				ack := d.Expect(0, "ACK")
				acks[ack.ToTag()] = ack
			}
			bye := d.Expect(0, "BYE")
			r := <-done
			if r.err != nil || acks["one"] == nil || acks["two"] == nil || r.call.call.remoteTag != "one" {
				t.Fatalf("%v; acknowledged %v", r.err, acks)
			}
			for _, m := range []*sipwire.Message{acks["two"], bye} {
				if m.ToTag() != "two" || m.CallID() != invite.CallID() || !slices.Equal(m.Values("Route"), []string{"<sip:near-device.test;lr>"}) ||
					!strings.HasPrefix(m.RequestURI, "sip:alice@"+d.Conn.LocalAddr().String()) {
					t.Errorf("%s", m.Raw)
				}
			}
			if len(acks["one"].Values("Route")) > 0 || bye.Get("CSeq") != "2 BYE" || !strings.Contains(bye.Get("Reason"), "cause=200") {
				t.Errorf("%s%s", acks["one"].Raw, bye.Raw)
			}
			described := invite
			switch {
			case !late:
				speaks(t, second, invite, b)
				authentic(t, s, 0)
			case stream(t, acks["two"], 0).Port != 0:
				t.Errorf("the second offer is not rejected: %s", acks["two"].Raw)
			default:
				described = acks["one"]
			}
			d.Send(other) // the ACK was lost, it seems
			if again := d.Expect(0, "ACK"); string(again.Raw) != string(acks["two"].Raw) {
				t.Errorf("acknowledged again with %s", again.Raw)
			}
			d.Send(d.Reply(bye, 200))
			speaks(t, first, described, a)
			heard(t, s, len(s.Log.Events()), log, observation.AuthenticRTP)
			authenticAlone(t, s)
			ended := make(chan error, 1)
			go func() { ended <- r.call.HangUp(t.Context()) }()
			last := d.Expect(0, "BYE")
			d.Send(d.Reply(last, 200))
			if err := <-ended; err != nil || last.ToTag() != "one" || last.Has("Reason") {
				t.Errorf("%v, %s", err, last.Raw)
			}
		})
	}
}

// authentic waits for media that authenticates.
func authentic(t *testing.T, s *Server, from int) {
	t.Helper()
	testkit.AwaitFrom(t, s.Log, from, observation.Media, func(e observation.Event) bool {
		return e.Media.Class == observation.AuthenticRTP && e.Dir != observation.Out
	})
}

// TestReliable has the device ring and answer reliably: each response is acknowledged once and in order, within its
// early dialog, and the 200 needs no answer.
func TestReliable(t *testing.T) {
	t.Parallel()
	o := outbound
	o.Reliable = true
	s, d := registered(t)
	endpoint, log := phone(t)
	done := ring(t.Context(), s, o)
	invite := d.Expect(0, "INVITE")
	if !slices.Contains(invite.Values("Supported"), "100rel") {
		t.Errorf("the INVITE supports %q", invite.Values("Supported"))
	}
	own := answerer(t, invite, 'a')
	route := "Record-Route: <sip:near-device.test;lr>, " + strings.Join(invite.Values("Record-Route"), ", ")
	acknowledged := func(rseq, cseq int) {
		t.Helper()
		prack := d.Expect(0, "PRACK")
		if prack.Get("RAck") != fmt.Sprintf("%d 1 INVITE", rseq) || prack.Get("CSeq") != fmt.Sprintf("%d PRACK", cseq) ||
			prack.ToTag() != "device" || !slices.Equal(prack.Values("Route"), []string{"<sip:near-device.test;lr>"}) ||
			!strings.Contains(prack.RequestURI, d.Conn.LocalAddr().String()) || len(prack.Body) > 0 {
			t.Errorf("%s", prack.Raw)
		}
		d.Send(d.Reply(prack, 200))
	}
	ringing := d.Reply(invite, 180, "Require: 100rel", "RSeq: 17", route)
	d.Send(ringing)
	acknowledged(17, 2)
	d.Send(ringing) // the PRACK was lost, it seems, but it was not
	d.Send(d.Reply(invite, 183, "Require: 100rel", "RSeq: 19", route))
	d.Send(d.Reply(invite, 183, "Require: 100rel", "RSeq: 0", route))
	d.Send(d.Reply(invite, 183, "Require: 100rel", "RSeq: 18", route, offered(endpoint, "RTP/SAVP", own.String())))
	acknowledged(18, 3)
	speaks(t, endpoint, invite, own)
	heard(t, s, 0, log, observation.AuthenticRTP)
	d.Send(d.Reply(invite, 200, route))
	if ack := d.Expect(0, "ACK"); ack.Get("CSeq") != "1 ACK" {
		t.Errorf("%s", ack.Raw)
	}
	r := <-done
	if r.err != nil || r.call.Status != 200 {
		t.Fatalf("got %+v, %v", r.call, r.err)
	}
	authentic(t, s, len(s.Log.Events()))
	ended := make(chan error, 1)
	go func() { ended <- r.call.HangUp(t.Context()) }()
	bye := d.Expect(0, "BYE")
	d.Send(d.Reply(bye, 200))
	if err := <-ended; err != nil || bye.Get("CSeq") != "4 BYE" {
		t.Errorf("%v, %s", err, bye.Raw)
	}
	authenticAlone(t, s)
}

// TestReliableOffer has the device make the offer in a reliable 183. The answer is in the PRACK, and the ACK has none.
func TestReliableOffer(t *testing.T) {
	t.Parallel()
	o := outbound
	o.Reliable, o.LateOffer = true, true
	s, d := registered(t)
	endpoint, log := phone(t)
	done := ring(t.Context(), s, o)
	invite := d.Expect(0, "INVITE")
	own := keyed(t, 3, suite, 'a')
	offer := offered(endpoint, "RTP/SAVP", own.String())
	d.Send(d.Reply(invite, 183, offer)) // not reliable, so it offers nothing
	d.Send(d.Reply(invite, 183, "Require: 100rel", "RSeq: 1", offer))
	prack := d.Expect(0, "PRACK")
	d.Send(d.Reply(prack, 200))
	speaks(t, endpoint, prack, own)
	heard(t, s, 0, log, observation.AuthenticRTP)
	d.Send(d.Reply(invite, 200))
	if ack := d.Expect(0, "ACK"); len(ack.Body) > 0 {
		t.Errorf("%s", ack.Raw)
	}
	if r := <-done; r.err != nil || r.call.Status != 200 {
		t.Fatalf("got %+v, %v", r.call, r.err)
	}
	authentic(t, s, len(s.Log.Events()))
	authenticAlone(t, s)
}

// TestRefusedAfterAnswer checks that a refusal takes back the answer before it: of a call its media ends, and of a new
// offer within one the media before goes on.
func TestRefusedAfterAnswer(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	endpoint, _ := phone(t)
	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	own := answerer(t, invite, 'a')
	answer := offered(endpoint, "RTP/SAVP", own.String())
	d.Send(d.Reply(invite, 183, answer))
	speaks(t, endpoint, invite, own)
	authentic(t, s, 0)
	d.Send(d.Reply(invite, 486))
	d.Expect(0, "ACK")
	if r := <-done; r.err != nil || r.call.Status != 486 {
		t.Fatalf("got %+v, %v", r.call, r.err)
	}

	done = ring(t.Context(), s, outbound)
	invite = d.Expect(0, "INVITE")
	own = answerer(t, invite, 'b')
	d.Send(d.Reply(invite, 200, offered(endpoint, "RTP/SAVP", own.String())))
	d.Expect(0, "ACK")
	r := <-done
	speaks(t, endpoint, invite, own)
	authentic(t, s, len(s.Log.Events()))
	renewed := make(chan error, 1)
	go func() { renewed <- r.call.Reoffer(t.Context(), Outbound{}) }()
	again := d.Expect(0, "INVITE")
	other := answerer(t, again, 'c')
	d.Send(d.Reply(again, 183, offered(endpoint, "RTP/SAVP", other.String())))
	speaks(t, endpoint, again, other)
	authentic(t, s, len(s.Log.Events()))
	d.Send(d.Reply(again, 488))
	d.Expect(0, "ACK")
	if err := <-renewed; err != nil || r.call.Status != 488 {
		t.Fatalf("got %d, %v", r.call.Status, err)
	}
	speaks(t, endpoint, invite, own)
	authentic(t, s, len(s.Log.Events()))
}

// TestChangedAnswer has the 200 answer with another key than the 183 of the same fork. That is for the judge to blame;
// media under either key is good, so that it is not blamed twice.
func TestChangedAnswer(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	endpoint, _ := phone(t)
	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	early, final := answerer(t, invite, 'a'), answerer(t, invite, 'b')
	d.Send(d.Reply(invite, 183, offered(endpoint, "RTP/SAVP", early.String())))
	d.Send(d.Reply(invite, 200, offered(endpoint, "RTP/SAVP", final.String())))
	d.Expect(0, "ACK")
	if r := <-done; r.err != nil || r.call.Status != 200 {
		t.Fatalf("got %+v, %v", r.call, r.err)
	}
	for _, own := range []sdes.Attribute{early, final, early} {
		speaks(t, endpoint, invite, own)
		authentic(t, s, len(s.Log.Events()))
	}
	authenticAlone(t, s)
}

// TestUselessAnswer checks that a provisional answer that the edge cannot use leaves it to the final one.
func TestUselessAnswer(t *testing.T) {
	t.Parallel()
	s, d := registered(t)
	endpoint, log := phone(t)
	done := ring(t.Context(), s, outbound)
	invite := d.Expect(0, "INVITE")
	own := answerer(t, invite, 'a')
	d.Send(d.Reply(invite, 183, testkit.RTP()))
	for i := range 2 * maxForks {
		d.Send(provisional(d, invite, 180, fmt.Sprint("fork", i)))
	}
	d.Send(d.Reply(invite, 200, offered(endpoint, "RTP/SAVP", own.String())))
	d.Expect(0, "ACK")
	if r := <-done; r.err != nil || r.call.Status != 200 {
		t.Fatalf("got %+v, %v", r.call, r.err)
	}
	speaks(t, endpoint, invite, own)
	heard(t, s, 0, log, observation.AuthenticRTP)
}
