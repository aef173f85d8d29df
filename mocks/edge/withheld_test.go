package edge

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// TestMediaWithheld: wherever a description, a Contact, a Via or a route points, no datagram and no connection of the
// edge's goes to anybody but the device. The call goes on, and the log names the address.
func TestMediaWithheld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address string // of c=, Contact, Via and Record-Route
		family  string
		want    observation.AddressFault // none: a hold
	}{
		{"127.0.0.77", "IP4", observation.NotDevice},
		{"192.0.2.1", "IP4", observation.NotLoopback},
		{"224.0.0.1/127", "IP4", observation.Multicast},
		{"255.255.255.255", "IP4", observation.Broadcast},
		{"127.255.255.255", "IP4", observation.Broadcast},
		{"0.0.0.0", "IP4", ""},
		{"::", "IP6", ""},
		{"::1", "IP6", observation.NotDevice},
		{"::1%lo", "IP6", observation.NotDevice},
		{"2001:db8::1", "IP6", observation.NotLoopback},
		{"::ffff:192.0.2.1", "IP6", observation.NotLoopback},
		{"ff02::1", "IP6", observation.Multicast},
		{"phone.example", "IP4", observation.HostName},
	} {
		for _, protocol := range []string{observation.UDP, observation.TCP} {
			t.Run(protocol+" "+c.address, func(t *testing.T) {
				t.Parallel()
				s := serve(t, "twilio-voice", map[string]string{"digest": "off", "secure_media": "off"}, func(c *Config) {
					c.Peers, c.Wire = peers.Peers{Device: []netip.Addr{testkit.Loopback.Addr()}}, true
				})
				d := connect(t, s, protocol, 0)
				host, _, _ := strings.Cut(c.address, "/")
				if strings.Contains(host, ":") {
					host = "[" + strings.TrimSuffix(host, "%lo") + "]"
				}
				offer := strings.Replace(testkit.RTP(), "c=IN IP4 127.0.0.1", "c=IN "+c.family+" "+c.address, 1)
				d.Send(d.Compose("INVITE", "sip:+15550199@"+s.Domain(), offer,
					fmt.Sprintf("Via: SIP/2.0/%s %s:5060;rport;branch=%s%s;maddr=%s", strings.ToUpper(protocol), host, sipwire.MagicCookie, host, host),
					fmt.Sprintf("Contact: <sip:alice@%s:5060;transport=%s;maddr=%s>", host, protocol, host),
					fmt.Sprintf("Record-Route: <sip:%s:5060;lr>", host)))
				ok := d.Final("INVITE")
				if ok.Status != 200 {
					t.Fatalf("got %s", ok.Raw)
				}
				d.Send(d.Within(ok, "ACK", 1))
				establish(t, s)
				if c.want != "" { // the media begins after the 200
					testkit.Await(t, s.Log, observation.MediaWithheld, nil)
				}
				hungUp := make(chan error, 1)
				go func() {
					_, err := s.HangUp(t.Context())
					hungUp <- err
				}()
				bye := d.Expect(0, "BYE") // at the device, not where its Contact and its route point
				d.Send(d.Reply(bye, 200))
				if err := <-hungUp; err != nil {
					t.Error(err)
				}
				var faults []observation.AddressFault
				for _, e := range s.Log.Events() {
					switch {
					case e.Kind == observation.MediaWithheld && !e.Denied.RTCP:
						faults = append(faults, e.Denied.Fault)
					case e.Kind == observation.Media && e.Dir == observation.Out:
						t.Errorf("media went to %v", e.Media.Remote)
					case e.Transport != nil && e.Transport.Dialed, e.Transport != nil && e.Transport.Remote.Addr() != testkit.Loopback.Addr():
						t.Errorf("%s: %+v", e.Kind, e.Transport)
					}
				}
				if want := fmt.Sprint([]observation.AddressFault{c.want}); c.want == "" && len(faults) > 0 || c.want != "" && fmt.Sprint(faults) != want {
					t.Errorf("the log has %v, want %s", faults, want)
				}
			})
		}
	}
}
