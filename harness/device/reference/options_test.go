package reference

import (
	"bytes"
	"crypto/x509"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// TestAudio: a device sends what it is set to, once it hears the peer.
func TestAudio(t *testing.T) {
	t.Parallel()
	payload := bytes.Repeat([]byte{0x5A}, packetSamples)
	// answered calls the device and has it hear the peer.
	answered := func(t *testing.T, audio Audio) (*world, *sound) {
		w := newWorld(t, settings{options: Options{Audio: audio}, levers: device.Levers{Media: device.RTP}})
		s := newSound(t)
		answer := w.mustDial().invite("call", s.describe("RTP/AVP"))
		for range 3 {
			s.say(mediaAddress(t, answer.Body), nil, payload)
		}
		w.said("media heard")
		return w, s
	}
	t.Run("tone", func(t *testing.T) {
		t.Parallel()
		_, s := answered(t, Tone)
		s.drain()
		for range 5 {
			packet, err := s.hear(nil)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(packet.Payload, payload) || bytes.Equal(packet.Payload, silence(0, len(packet.Payload))) {
				t.Fatalf("sent %x", packet.Payload[:8])
			}
		}
	})
	t.Run("reports", func(t *testing.T) {
		t.Parallel()
		w, s := answered(t, Reports)
		if report, err := s.report(nil); err != nil || report.SSRC == 0 {
			t.Fatalf("%+v, %v", report, err)
		}
		w.finish()
		if n := s.drain(); n > 0 {
			t.Errorf("sent %d packets besides", n)
		}
	})
	t.Run("no media", func(t *testing.T) {
		t.Parallel()
		w, s := answered(t, NoMedia)
		w.finish()
		if n := s.drain(); n > 0 {
			t.Errorf("sent %d packets", n)
		}
		_ = s.rtcp.SetReadDeadline(time.Now())
		if _, err := s.rtcp.Read(make([]byte, mostDatagram)); err == nil {
			t.Error("sent a report")
		}
	})
}

// TestAnswerOption: with an Answer, the device sends that back for every request and takes no calls.
func TestAnswerOption(t *testing.T) {
	t.Parallel()
	answer := func(m *sipwire.Message) []byte {
		if m.Method == "ACK" {
			return nil
		}
		return sipwire.NewResponse(m, 603, "No").Bytes()
	}
	w := newWorld(t, settings{options: Options{Answer: answer}})
	l := w.mustDial()
	for _, method := range []string{"ACK", "OPTIONS", "INVITE", "BYE"} {
		m := l.request(method, "call", 1)
		if l.send(m); method != "ACK" {
			if r := l.final(m); r.Status != 603 || r.Reason != "No" {
				t.Errorf("answered %s with %d %s", method, r.Status, r.Reason)
			}
		}
	}
	if got, want := outline(w.finish()), "tls1 603, tls1 603, tls1 603"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}

// TestRefusesOption: the device refuses good certificates that Refuses names, and no others.
func TestRefusesOption(t *testing.T) {
	t.Parallel()
	for _, refused := range []bool{true, false} {
		w := newWorld(t, settings{script: ok, options: Options{Refuses: func(leaf *x509.Certificate) bool {
			return refused && leaf.Subject.CommonName != ""
		}}})
		w.do(device.Register, "")
		if sent := len(w.finish()) > 0; sent == refused {
			t.Errorf("refuses it: %v; sent SIP: %v", refused, sent)
		}
	}
}
