package edge

import (
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestCheckSync: a device that is registered is asked to come again over its connection, and one that has left is not.
func TestCheckSync(t *testing.T) {
	t.Parallel()
	s := serve(t, "twilio-voice", map[string]string{"digest": "off"})
	if asked, err := s.CheckSync(t.Context()); asked != 0 || err != nil {
		t.Errorf("%d were asked before any was registered, %v", asked, err)
	}
	conn := from(t, "127.0.0.1", observation.TCP, s.Addresses()[observation.TCP])
	d := testkit.NewDevice(t, conn, observation.TCP)
	d.Account = "sip:alice@" + s.Domain()
	d.Send(d.Compose("REGISTER", "sip:"+s.Domain(), "Contact: <sip:alice@127.0.0.1:5060;transport=tcp>"))
	d.Expect(200, "REGISTER")
	done := make(chan error, 1)
	go func() {
		asked, err := s.CheckSync(t.Context())
		if asked != 1 {
			t.Errorf("%d were asked", asked)
		}
		done <- err
	}()
	notify := d.Expect(0, "NOTIFY")
	if event := notify.Get("Event"); event != "check-sync;reboot=false" || notify.RequestURI != "sip:alice@127.0.0.1:5060;transport=tcp" {
		t.Errorf("it is told %s at %s", event, notify.RequestURI)
	}
	d.Send(testkit.Reply(notify, 200))
	if err := testkit.Receive(t, done, "the end of the NOTIFY"); err != nil {
		t.Error(err)
	}
	conn.Close()
	if _, err := s.Log.Wait(t.Context(), func(e observation.Event) bool { return e.Kind == observation.TransportClose }); err != nil {
		t.Fatal(err)
	}
	if asked, err := s.CheckSync(t.Context()); asked != 0 || err != nil {
		t.Errorf("%d were asked after all had left, %v", asked, err)
	}
}
