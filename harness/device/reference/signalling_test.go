package reference

import (
	"fmt"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

func TestSignalling(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	l := w.mustDial()
	n := 0
	request := func(method string, change func(*sipwire.Message)) *sipwire.Message {
		n++
		m := l.request(method, fmt.Sprintf("call%d", n), 1)
		if change != nil {
			change(m)
		}
		return m
	}
	tests := []struct {
		name   string
		m      *sipwire.Message
		status int
	}{
		{"OPTIONS", request("OPTIONS", nil), 200},
		{"BYE of no call", request("BYE", nil), 481},
		{"CANCEL of no call", request("CANCEL", nil), 481},
		{"re-INVITE of no call", request("INVITE", func(m *sipwire.Message) { m.Set("To", "<sip:a@b>;tag=1") }), 481},
		{"method not taken", request("MESSAGE", nil), 405},
		{"unknown method", request("NONSENSE", nil), 405},
		{"unknown scheme", request("INVITE", func(m *sipwire.Message) { m.RequestURI = "tel:+1555" }), 416},
		{"unknown extension", request("INVITE", func(m *sipwire.Message) { m.Add("Require", "100rel") }), 420},
		{"other version", request("OPTIONS", func(m *sipwire.Message) { m.Version = "SIP/3.0" }), 505},
		{"no Call-ID", request("OPTIONS", func(m *sipwire.Message) { m.Del("Call-ID") }), 400},
		{"CSeq of another method", request("OPTIONS", func(m *sipwire.Message) { m.Set("CSeq", "1 INVITE") }), 400},
		{"no Contact", request("INVITE", func(m *sipwire.Message) { m.Del("Contact") }), 400},
		{"no Max-Forwards", request("OPTIONS", func(m *sipwire.Message) { m.Del("Max-Forwards") }), 200},
		{"compact and folded", request("OPTIONS", func(m *sipwire.Message) {
			m.Headers[5] = sipwire.Header{Name: "t", Value: "\r\n <sip:+15557654321@example.com>"}
		}), 200},
	}
	for _, tt := range tests {
		l.send(tt.m)
		branch, _ := tt.m.TopVia()
		answer := w.peer.wait(t, 0, func(r *received) bool {
			via, _ := r.TopVia()
			return !r.IsRequest() && r.Status > 100 && via.Branch() == branch.Branch()
		})
		if answer.Status != tt.status {
			t.Errorf("%s: %d, want %d", tt.name, answer.Status, tt.status)
		}
		via, _ := answer.TopVia()
		if via.Params.Get("received") != "127.0.0.1" {
			t.Errorf("%s: Via %s", tt.name, answer.Get("Via"))
		}
	}
	if _, err := l.conn.Write([]byte("\r\n\r\n\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	last := request("OPTIONS", nil)
	l.ask(last)
	if w.peer.pongs != 2 {
		t.Errorf("%d answers to two pings", w.peer.pongs)
	}
	// A retransmission gets the same response and begins no second call.
	again := l.ask(last)
	if w.finish(); again.Status != 200 {
		t.Errorf("retransmission got %d", again.Status)
	}
}

func TestBrokenStreamIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	l := w.mustDial()
	m := l.request("OPTIONS", "x", 1)
	m.Add("Content-Length", "-1")
	if answer := l.ask(m); answer.Status != 400 {
		t.Errorf("got %d", answer.Status)
	}
	w.said("malformed: content-length")
	w.said("because its messages cannot be told apart")
}

func TestIncomingCallIsCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{options: Options{Ring: time.Hour}})
	l := w.mustDial()
	text, _ := attribute(t, 1, cm80, "")
	invite := l.request("INVITE", "call", 1)
	invite.SetBody(sdpType, []byte(describe(stream(9, "RTP/SAVP", text))))
	l.send(invite)
	w.peer.wait(t, 0, func(r *received) bool { return r.Status == 180 })
	cancel := l.request("CANCEL", "call", 1)
	cancel.Set("Via", invite.Get("Via"))
	if got := l.ask(cancel); got.Status != 200 {
		t.Errorf("CANCEL got %d", got.Status)
	}
	if got := l.final(invite); got.Status != 487 {
		t.Errorf("INVITE got %d", got.Status)
	}
	w.settle()
}

func TestAnswerIsRepeatedUntilAcknowledged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	l := w.mustDial()
	text, _ := attribute(t, 1, cm80, "")
	invite := l.request("INVITE", "call", 1)
	invite.SetBody(sdpType, []byte(describe(stream(9, "RTP/SAVP", text))))
	answer := l.ask(invite)
	seen := 0
	w.peer.wait(t, 0, func(r *received) bool {
		if r.Status == 200 {
			seen++
		}
		return seen == 2
	})
	l.send(l.within(answer, "ACK", 1))
	if bye := l.ask(l.within(answer, "BYE", 2)); bye.Status != 200 {
		t.Errorf("BYE got %d", bye.Status)
	}
}
