package edge

import (
	"crypto/tls"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestSet changes a setting while a device is connected: what follows obeys it, on the same connection.
func TestSet(t *testing.T) {
	t.Parallel()
	s := withoutDigest(t, "secure_media=off")
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	register(d, s)
	if err := s.Set(map[string]string{"secure_media": "on"}); err != nil {
		t.Fatal(err)
	}
	if got := calls(d, s, testkit.RTP()); got.Status != 488 {
		t.Errorf("a call in clear gets %s", testkit.FirstLine(got))
	}
	if len(s.Bindings()) != 1 {
		t.Error("the registration is lost")
	}
	if settings := s.Settings(); settings["secure_media"] != "on" || settings["digest"] != "off" {
		t.Errorf("the settings are %v", settings)
	}
	if err := s.Set(map[string]string{"secure_media": "maybe"}); err == nil || s.Settings()["secure_media"] != "on" {
		t.Errorf("a value that the setting lacks: %v, %s", err, s.Settings()["secure_media"])
	}
}

// TestHangUp has the edge end a call that the device has made, once the device has acknowledged it.
func TestHangUp(t *testing.T) {
	t.Parallel()
	s := withoutDigest(t, "secure_media=off")
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	if ended, err := s.HangUp(t.Context()); ended != 0 || err != nil {
		t.Errorf("%d calls are ended, %v", ended, err)
	}
	ok := calls(d, s, testkit.RTP())
	if ok.Status != 200 {
		t.Fatalf("the call gets %s", testkit.FirstLine(ok))
	}
	d.Send(d.Within(ok, "ACK", 1))
	d.Send(d.Compose("OPTIONS", "sip:"+s.Domain())) // whose answer shows that the ACK was read
	d.Expect(200, "OPTIONS")
	type outcome struct {
		ended int
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		ended, err := s.HangUp(t.Context())
		done <- outcome{ended, err}
	}()
	d.Send(d.Reply(d.Expect(0, "BYE"), 200))
	if got := testkit.Receive(t, done, "the end of the call"); got != (outcome{1, nil}) {
		t.Errorf("got %+v", got)
	}
}
