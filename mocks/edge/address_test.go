package edge

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// at returns a change that has an edge listen at an address.
func at(address netip.Addr) func(*Config) {
	return func(c *Config) { c.Addresses = []netip.Addr{address} }
}

// over returns a device that has registered over a protocol with what listens at an address.
func over(t *testing.T, s *Server, protocol string, address netip.Addr) *testkit.Device {
	t.Helper()
	to := netip.AddrPortFrom(address, s.Addresses()[protocol].Port())
	d := testkit.Connect(t, protocol, to, testkit.ClientTLS(s.Roots, s.Domain(), tls.VersionTLS12))
	d.Account = "sip:alice@" + s.Domain()
	register(d, s)
	return d
}

// exchange has the edge call a device, and the device call it, and returns the edge's INVITE and its 200.
func exchange(t *testing.T, s *Server, d *testkit.Device, offer string) (invite, ok *sipwire.Message) {
	t.Helper()
	done := ring(t.Context(), s, Outbound{User: "alice", Caller: "+15550100"})
	invite = d.Expect(0, "INVITE")
	d.Send(d.Reply(invite, 486))
	d.Expect(0, "ACK")
	if r := <-done; r.err != nil || r.call.Status != 486 {
		t.Fatalf("got %+v, %v", r.call, r.err)
	}
	if ok = calls(d, s, offer); ok.Status != 200 {
		t.Fatalf("got %s", ok.Raw)
	}
	d.Send(d.Within(ok, "ACK", 1))
	return invite, ok
}

// written returns all that an edge has written in SIP, without what it has copied from the device: the Request-URI, and
// the Via of its responses.
func written(s *Server) string {
	var b strings.Builder
	for _, e := range s.Log.Events() {
		if e.Kind != observation.SIP || e.Dir != observation.Out {
			continue
		}
		for i, line := range strings.SplitAfter(string(e.Bytes), "\r\n") {
			if i > 0 && !(strings.HasPrefix(line, "Via:") && strings.HasPrefix(string(e.Bytes), "SIP/2.0")) {
				b.WriteString(line)
			}
		}
	}
	return b.String()
}

// TestAdvertised: behind a port forwarding, an edge names the address outside wherever it writes one.
func TestAdvertised(t *testing.T) {
	t.Parallel()
	inside, private, outside := netip.MustParseAddr("127.1.6.1"), netip.MustParseAddr("127.1.6.9"), netip.MustParseAddr("203.0.113.5")
	from(t, "127.1.6.2", observation.UDP, netip.AddrPortFrom(inside, 9)) // skips where loopback is one address
	for _, product := range []string{"twilio-voice", "cisco-ucm", "genesys-byoc-premises"} {
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{}
			if product == "twilio-voice" {
				settings["digest"] = "off"
			}
			s := serve(t, product, settings, at(inside), func(c *Config) {
				c.Private, c.Advertised = private, map[netip.Addr]netip.Addr{inside: outside, private: outside}
			})
			device, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(testkit.Loopback))
			testkit.Started(t, device, err)
			device.SetDeadline(time.Now().Add(testkit.Patience))
			o := Outbound{User: "alice", Caller: "+15550100", Over: observation.UDP, Address: device.LocalAddr().(*net.UDPAddr).AddrPort()}
			done := ring(t.Context(), s, o)
			buffer := make([]byte, 1<<16)
			n, edge, err := device.ReadFromUDPAddrPort(buffer)
			if err != nil {
				t.Fatal(err)
			}
			invite, err := sipwire.Parse(buffer[:n])
			if err != nil {
				t.Fatal(err)
			}
			device.WriteToUDPAddrPort([]byte(testkit.Reply(invite, 486)), edge)
			if r := <-done; r.err != nil {
				t.Fatal(r.err)
			}
			if product == "twilio-voice" { // which takes calls in clear, and registrations
				_, ok := exchange(t, s, over(t, s, observation.TCP, inside), testkit.RTP())
				if want := fmt.Sprintf("<sip:%s:%d;transport=tcp>", outside, s.Addresses()[observation.TCP].Port()); ok.Get("Contact") != want {
					t.Errorf("Contact of the answer is %s, want %s", ok.Get("Contact"), want)
				}
			}
			if text := written(s); strings.Contains(text, inside.String()) || strings.Contains(text, private.String()) {
				t.Errorf("an address inside is in\n%s", text)
			}
			via, err := invite.TopVia()
			if err != nil || via.Host != outside.String() || via.Port != s.Addresses()[observation.UDP].Port() {
				t.Errorf("Via is %v, %v", via, err)
			}
			contact, err := invite.Contact()
			if err != nil || contact.URI.Host != outside.String() {
				t.Errorf("Contact is %v, %v", contact, err)
			}
			if want := "c=IN IP4 " + outside.String() + "\r\n"; !strings.Contains(string(invite.Body), want) {
				t.Errorf("%q is not in\n%s", want, invite.Body)
			}
			if got := s.Reach(inside); !slices.Equal(got, []netip.Addr{outside}) {
				t.Errorf("devices reach it by %v", got)
			}
			if s.Hosts()[0].TLS.Addr() != inside {
				t.Errorf("the first host is bound to %s", s.Hosts()[0].TLS)
			}
		})
	}
}

// TestOverIPv6: an edge at an IPv6 address takes calls and makes them over each protocol, with the forms that SIP and SDP
// have for IPv6.
func TestOverIPv6(t *testing.T) {
	t.Parallel()
	six := testkit.LoopbackIPv6(t)
	offer := strings.ReplaceAll(testkit.RTP(), "IP4 127.0.0.1", "IP6 ::1")
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TLS} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "twilio-voice", map[string]string{"digest": "off"}, at(six))
			d := over(t, s, protocol, six)
			invite, ok := exchange(t, s, d, offer)
			own := s.Addresses()[protocol].String()
			if !strings.HasPrefix(own, "[::1]:") {
				t.Fatalf("it listens at %s", own)
			}
			if want := "SIP/2.0/" + strings.ToUpper(protocol) + " " + own + ";"; !strings.HasPrefix(invite.Get("Via"), want) {
				t.Errorf("Via is %s, want %s", invite.Get("Via"), want)
			}
			if want := []string{"<sip:" + own + ";transport=tls;lr;r2=on>", "<sip:[::1];lr;r2=on>"}; !slices.Equal(invite.Values("Record-Route"), want) {
				t.Errorf("Record-Route is %q, want %q", invite.Values("Record-Route"), want)
			}
			if contact, err := invite.Contact(); err != nil || contact.URI.Host != "[::1]" || contact.URI.Port == 0 {
				t.Errorf("Contact is %v, %v", contact, err)
			}
			if want := fmt.Sprintf("<sip:%s;transport=%s>", own, protocol); ok.Get("Contact") != want {
				t.Errorf("Contact of the answer is %s, want %s", ok.Get("Contact"), want)
			}
			for _, m := range []*sipwire.Message{invite, ok} {
				if body := string(m.Body); strings.Count(body, " IN IP6 ::1\r\n") != 1 || !strings.Contains(body, "\r\nc=IN IP6 ::1\r\n") || strings.Contains(body, "IP4") {
					t.Errorf("the description is\n%s", body)
				}
				if defects := m.Defects(); len(defects) > 0 {
					t.Errorf("defects %v in %s", defects, m.Raw)
				}
			}
		})
	}
}

// TestMediaOverIPv6 has a tone go both ways, and a hold by the unspecified address.
func TestMediaOverIPv6(t *testing.T) {
	t.Parallel()
	six := testkit.LoopbackIPv6(t)
	s := serve(t, "twilio-voice", map[string]string{"digest": "off"}, at(six))
	d := over(t, s, observation.TCP, six)
	endpoint, log := phoneAt(t, six)
	done := ring(t.Context(), s, Outbound{User: "alice", Caller: "+15550100"})
	invite := d.Expect(0, "INVITE")
	d.Send(d.Reply(invite, 200, strings.ReplaceAll(offered(endpoint, "RTP/AVP"), "IP4 127.0.0.1", "IP6 ::1")))
	d.Expect(0, "ACK")
	r := <-done
	if r.err != nil || r.call.Status != 200 {
		t.Fatalf("got %+v, %v", r.call, r.err)
	}
	if err := endpoint.Start(media.Session{Remote: netip.AddrPortFrom(six, stream(t, invite, 0).Port)}); err != nil {
		t.Fatal(err)
	}
	heard(t, s, 0, log, observation.ClearRTP)
	go r.call.Reoffer(t.Context(), Outbound{Nowhere: true})
	if held := d.Expect(0, "INVITE"); !strings.Contains(string(held.Body), "\r\nc=IN IP6 ::\r\n") {
		t.Errorf("on hold:\n%s", held.Body)
	}
}

// TestCallsByIPv6Address: the address of a device's server is in brackets in the Request-URI, with a port and without, and is
// called from the edge's address of the same family.
func TestCallsByIPv6Address(t *testing.T) {
	t.Parallel()
	four, six := testkit.Loopback.Addr(), testkit.LoopbackIPv6(t)
	s := serve(t, "twilio-voice", nil, at(four), func(c *Config) { c.Twins = map[netip.Addr]netip.Addr{four: six} })
	device, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(six, 0)))
	testkit.Started(t, device, err)
	device.SetDeadline(time.Now().Add(testkit.Patience))
	own := device.LocalAddr().(*net.UDPAddr).AddrPort()
	done := ring(t.Context(), s, Outbound{User: "alice", Caller: "+15550100", Over: observation.UDP, Address: own})
	buffer := make([]byte, 1<<16)
	n, edge, err := device.ReadFromUDPAddrPort(buffer)
	if err != nil {
		t.Fatal(err)
	}
	invite, err := sipwire.Parse(buffer[:n])
	if err != nil || invite.RequestURI != fmt.Sprintf("sip:alice@%s;transport=udp", own) || edge.Addr() != six {
		t.Errorf("from %s: %v, %s", edge, err, buffer[:n])
	}
	device.WriteToUDPAddrPort([]byte(testkit.Reply(invite, 486)), edge)
	if r := <-done; r.err != nil || r.call.Status != 486 {
		t.Errorf("got %+v, %v", r.call, r.err)
	}
	_, uri, err := s.dial(t.Context(), Outbound{User: "alice", Over: observation.UDP, Address: netip.AddrPortFrom(six, 0)})
	if err != nil || uri != "sip:alice@[::1];transport=udp" {
		t.Errorf("without a port: %s, %v", uri, err)
	}
}

// TestTwins: an edge with an address of each family is one vendor at both, at the same ports, and names to each device the
// one by which the device came. Media is where the device has offered it.
func TestTwins(t *testing.T) {
	t.Parallel()
	four, six := testkit.Loopback.Addr(), testkit.LoopbackIPv6(t)
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TLS} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "twilio-voice", map[string]string{"digest": "off"}, at(four), func(c *Config) {
				c.Twins = map[netip.Addr]netip.Addr{four: six}
			})
			if got := s.Reach(s.Hosts()[0].TLS.Addr()); !slices.Equal(got, []netip.Addr{four, six}) {
				t.Errorf("devices reach it by %v", got)
			}
			for _, address := range []netip.Addr{four, six} {
				for _, media := range []struct {
					at   netip.Addr
					text string
				}{{four, "IP4 127.0.0.1"}, {six, "IP6 ::1"}} {
					d := over(t, s, protocol, address)
					invite, ok := exchange(t, s, d, strings.ReplaceAll(testkit.RTP(), "IP4 127.0.0.1", media.text))
					own := netip.AddrPortFrom(address, s.Addresses()[protocol].Port()).String()
					if via := invite.Get("Via"); !strings.Contains(via, " "+own+";") || !strings.Contains(ok.Get("Contact"), "sip:"+own+";") {
						t.Errorf("at %s, Via is %s and Contact %s", address, via, ok.Get("Contact"))
					}
					if contact, err := invite.Contact(); err != nil || contact.URI.Host != sipwire.Host(address) {
						t.Errorf("at %s, Contact is %v, %v", address, contact, err)
					}
					session, err := sdp.Parse(ok.Body)
					if err != nil {
						t.Fatal(err)
					}
					if to, _ := session.RTP(session.First("audio")); to.Addr() != media.at {
						t.Errorf("at %s, an offer of %s is answered with %s", address, media.at, to)
					}
					d.Send(d.Within(ok, "BYE", 2))
					d.Final("BYE")
					d.Send(d.Compose("REGISTER", "sip:"+s.Domain(), "Contact: *", "Expires: 0"))
					d.Expect(200, "REGISTER")
				}
			}
		})
	}
}

// TestTwinListeners: the listeners of a table of ports have twins too.
func TestTwinListeners(t *testing.T) {
	t.Parallel()
	four, six := testkit.Loopback.Addr(), testkit.LoopbackIPv6(t)
	s := serve(t, "cisco-ucm", nil, at(four), func(c *Config) { c.Twins = map[netip.Addr]netip.Addr{four: six} })
	ports := make(map[string][]netip.AddrPort)
	for _, l := range s.Listeners() {
		ports[l.Name] = append(ports[l.Name], l.Address)
	}
	for name, at := range ports {
		if len(at) != 2 || at[0].Addr() != four || at[1].Addr() != six || at[0].Port() != at[1].Port() {
			t.Errorf("%s is at %v", name, at)
		}
		if name == observation.UDP {
			continue
		}
		conn, err := net.Dial("tcp", at[1].String())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		conn.Close()
	}
}

// TestPrivateIsUsable: the address that nobody should write to is bound as well.
func TestPrivateIsUsable(t *testing.T) {
	t.Parallel()
	c := config(product(t, "twilio-voice"), nil)
	c.Private = netip.IPv4Unspecified()
	if _, err := Start(c); err == nil || !strings.Contains(err.Error(), "stands for every address") {
		t.Errorf("got %v", err)
	}
}

// TestMediaPorts: media is at the ports of the range. When none is free, the machine is short of them, and the device gets
// a 503.
func TestMediaPorts(t *testing.T) {
	t.Parallel()
	address := netip.MustParseAddr("127.1.6.3")
	from(t, "127.1.6.2", observation.UDP, netip.AddrPortFrom(address, 9)) // skips where loopback is one address
	s := serve(t, "twilio-voice", map[string]string{"digest": "off"}, at(address), func(c *Config) {
		c.MediaPorts, c.MediaTurn = media.PortRange{First: 42000, Last: 42003}, new(media.Turn)
	})
	d := connect(t, s, observation.TCP, 0)
	for _, want := range []uint16{42000, 42002} {
		ok := calls(d, s, testkit.RTP())
		if got := stream(t, ok, 0).Port; got != want {
			t.Errorf("media is at %d, want %d", got, want)
		}
	}
	if third := calls(d, s, testkit.RTP()); third.Status != 503 {
		t.Errorf("a third call got %s", third.Raw)
	}
	if fault := testkit.Await(t, s.Log, observation.Fault, nil); fault.Fault != observation.OutOfPorts {
		t.Errorf("the fault is %s: %s", fault.Fault, fault.Text)
	}
}
