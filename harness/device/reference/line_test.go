package reference

import (
	"crypto/tls"
	"fmt"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// line is a connection that the peer opened to the device.
type line struct {
	w    *world
	conn *tls.Conn
	// number is that of the connection, branches counts its requests.
	number, branches int
}

// dial connects the peer to the device's TLS listener.
func (w *world) dial(change func(*tls.Config)) (*line, error) {
	config := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}
	if change != nil {
		change(config)
	}
	conn, err := tls.Dial("tcp", w.session.Listening()[observation.TLS].String(), config)
	if err != nil {
		return nil, err
	}
	w.peer.mu.Lock()
	w.peer.accepted++
	number := w.peer.accepted
	w.peer.conns = append(w.peer.conns, conn)
	w.peer.mu.Unlock()
	w.peer.running.Go(func() { w.peer.read(conn, "tls", number) })
	return &line{w: w, conn: conn, number: number}, nil
}

func (w *world) mustDial() *line {
	w.t.Helper()
	l, err := w.dial(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// request returns a request with the header fields that vendors' requests have.
func (l *line) request(method, callID string, seq int) *sipwire.Message {
	l.branches++
	m := sipwire.NewRequest(method, fmt.Sprintf("sip:+15557654321@%s;transport=tls", l.w.session.Listening()[observation.TLS]))
	m.Add("Record-Route", firstRoute)
	m.Add("Record-Route", secondRoute)
	m.Add("Via", fmt.Sprintf("SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bK%s.%d", callID, l.branches))
	m.Add("Max-Forwards", "70")
	m.Add("From", "<sip:+15551112222@example.com>;tag=caller")
	m.Add("To", "<sip:+15557654321@example.com>")
	m.Add("Call-ID", callID)
	m.Add("CSeq", fmt.Sprintf("%d %s", seq, method))
	m.Add("Contact", fmt.Sprintf("<sip:caller@127.0.0.1:%d;transport=udp>", port(l.w.peer.udp.LocalAddr())))
	m.Add("User-Agent", "Gateway")
	m.Add("Supported", "timer, X-cisco-srtp-fallback")
	m.Add("Min-SE", "120")
	m.Add("X-Vendor-CallSid", "CA0")
	return m
}

func (l *line) send(m *sipwire.Message) {
	l.w.t.Helper()
	if _, err := l.conn.Write(m.Bytes()); err != nil {
		l.w.t.Fatal(err)
	}
}

// final returns the final response to a request.
func (l *line) final(m *sipwire.Message) *received {
	l.w.t.Helper()
	want := transactionKey(m)
	return l.w.peer.wait(l.w.t, 0, func(r *received) bool {
		return !r.IsRequest() && r.Status >= 200 && transactionKey(r.Message) == want
	})
}

// ask sends a request and returns the final response.
func (l *line) ask(m *sipwire.Message) *received {
	l.w.t.Helper()
	l.send(m)
	return l.final(m)
}

// invite calls the device and acknowledges the final response.
func (l *line) invite(callID, offer string) *received {
	l.w.t.Helper()
	m := l.request("INVITE", callID, 1)
	m.SetBody(sdpType, []byte(offer))
	answer := l.ask(m)
	ack := l.request("ACK", callID, 1)
	ack.Set("To", answer.Get("To"))
	if answer.Status >= 300 {
		ack.Set("Via", m.Get("Via"))
	}
	l.send(ack)
	return answer
}

// within returns a request of the dialog that answer began.
func (l *line) within(answer *received, method string, seq int) *sipwire.Message {
	m := l.request(method, answer.CallID(), seq)
	m.Set("To", answer.Get("To"))
	return m
}

// shown describes a response by its status and streams, without the keys.
func shown(t testing.TB, r *received) string {
	t.Helper()
	if r.Status != 200 {
		return fmt.Sprint(r.Status)
	}
	return "200 " + offerOutline(t, r.Body)
}
