package edge

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// place is where an edge and a phone are on a network that the test has made.
type place struct {
	edge       netip.Addr // which the test's own process has
	twin       netip.Addr // if any
	advertised netip.Addr // the edge's as the phone reaches it
	phone      *testkit.Host
	seen       netip.Addr    // the phone's as the edge sees it
	latch      bool          // it is that of a NAT
	stranger   *testkit.Host // which reaches the edge as well
}

// places are those where a vendor's mock and a real device can stand to each other.
var places = []struct {
	name string
	make func(*testkit.LAN) place
}{
	{"IPv4", func(lan *testkit.LAN) place {
		lan.Join("192.0.2.1/24")
		return place{edge: netip.MustParseAddr("192.0.2.1"), phone: lan.Host("192.0.2.7/24"), stranger: lan.Host("192.0.2.66/24")}
	}},
	{"IPv6", func(lan *testkit.LAN) place {
		lan.Join("2001:db8::1/64")
		return place{edge: netip.MustParseAddr("2001:db8::1"), phone: lan.Host("2001:db8::7/64"), stranger: lan.Host("2001:db8::66/64")}
	}},
	{"both", func(lan *testkit.LAN) place {
		lan.Join("192.0.2.1/24", "2001:db8::1/64")
		return place{edge: netip.MustParseAddr("192.0.2.1"), twin: netip.MustParseAddr("2001:db8::1"),
			phone: lan.Host("2001:db8::7/64"), stranger: lan.Host("2001:db8::66/64")}
	}},
	{"device behind a NAT", func(lan *testkit.LAN) place {
		lan.Join("192.0.2.1/24")
		return place{edge: netip.MustParseAddr("192.0.2.1"), phone: lan.NAT("192.0.2.254/24", "10.0.0.1/24").Host("10.0.0.7/24"),
			seen: netip.MustParseAddr("192.0.2.254"), latch: true, stranger: lan.Host("192.0.2.66/24")}
	}},
	{"vendor behind a port forwarding", func(lan *testkit.LAN) place {
		behind := lan.NAT("192.0.2.254/24", "10.0.0.1/24")
		edge := netip.MustParseAddr("10.0.0.5")
		behind.Join("10.0.0.5/24")
		behind.Forward(edge)
		return place{edge: edge, advertised: netip.MustParseAddr("192.0.2.254"), phone: lan.Host("192.0.2.7/24"), stranger: lan.Host("192.0.2.66/24")}
	}},
}

// TestBaresipOnALAN has baresip find a vendor by its name, register over TLS, take a call and send back what it hears,
// under SRTP, from each place. What a stranger sends meanwhile is in no log but as a stranger's.
func TestBaresipOnALAN(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "baresip")
	const modules = "/usr/lib/baresip/modules"
	if _, err := os.Stat(modules + "/aubridge.so"); err != nil {
		t.Skip("baresip is installed without aubridge")
	}
	for _, c := range places {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !testkit.InOwnNetwork(t) {
				return
			}
			p := c.make(testkit.NewLAN(t))
			if !p.seen.IsValid() {
				p.seen = p.phone.Addr()
			}
			if !p.advertised.IsValid() {
				p.advertised = p.edge
			}
			s := serveOn(t, p)
			startBaresip(t, p, modules, s)
			testkit.Await(t, s.Log, observation.SIP, func(e observation.Event) bool {
				return e.Dir == observation.Out && strings.HasPrefix(string(e.Bytes), "SIP/2.0 200") && len(s.Bindings()) == 1
			})
			intrude(t, p, netip.AddrPortFrom(p.reached(p.advertised), s.Addresses()[observation.UDP].Port()))

			call, err := s.Call(testkit.Context(t), Outbound{User: "alice", Caller: "+15550100", Secure: true})
			if err != nil || call.Status != 200 {
				t.Fatalf("got %+v, %v", call, err)
			}
			intrude(t, p, netip.AddrPortFrom(p.reached(p.advertised), call.call.media.Port()))
			testkit.Await(t, s.Log, observation.Media, func(e observation.Event) bool {
				return e.Dir == observation.In && e.Media.Class == observation.AuthenticRTP && e.Media.Tone != 0
			})
			if err := call.HangUp(testkit.Context(t)); err != nil {
				t.Error(err)
			}
			for _, e := range s.Log.Events() {
				switch {
				case e.Kind == observation.MediaWithheld, e.Kind == observation.Unexpected, e.Kind == observation.Fault:
					t.Errorf("the log has %s: %s", e.Kind, e.Text)
				case e.Kind == observation.TransportOpen && e.Transport.Remote.Addr() != p.seen:
					t.Errorf("%s has opened a connection", e.Transport.Remote)
				case e.Kind == observation.Media && e.Media.Remote.Addr() != p.seen:
					t.Errorf("media of %s", e.Media.Remote)
				}
			}
			strangers := 0
			for _, e := range s.Log.Events() {
				if e.Kind == observation.Stranger {
					strangers++
				}
			}
			if strangers == 0 {
				t.Error("the stranger was not noticed")
			}
		})
	}
}

// serveOn serves a vendor for the phone alone, at the standard ports, with a name server.
func serveOn(t *testing.T, p place) *Server {
	t.Helper()
	s := serve(t, "twilio-voice", map[string]string{"secure_media": "on"}, at(p.edge), func(c *Config) {
		c.StandardPorts = true
		c.MediaPorts = media.PortRange{First: 30000, Last: 30019}
		c.Peers = peers.Peers{Device: []netip.Addr{p.seen}, Latch: p.latch}
		c.Advertised = map[netip.Addr]netip.Addr{p.edge: p.advertised}
		if p.twin.IsValid() {
			c.Twins = map[netip.Addr]netip.Addr{p.edge: p.twin}
		}
	})
	names, err := nameserver.Start(t.Context(), nameserver.Config{Address: netip.AddrPortFrom(p.reached(p.edge), 53)})
	testkit.Started(t, names, err)
	var records nameserver.Records
	for _, address := range s.Reach(s.Hosts()[0].TLS.Addr()) {
		records = append(records, nameserver.Address(s.Domain(), address))
	}
	names.Variable(s.Log, records)
	return s
}

// reached is the edge's address of the phone's family.
func (p place) reached(four netip.Addr) netip.Addr {
	if p.phone.Addr().Is6() && p.twin.IsValid() {
		return p.twin
	}
	return four
}

// startBaresip starts a baresip that registers at once and takes calls.
func startBaresip(t *testing.T, p place, modules string, s *Server) {
	t.Helper()
	family := "-4"
	if p.phone.Addr().Is6() {
		family = "-6"
	}
	folder := testkit.Folder(t, map[string]string{
		"config": fmt.Sprintf("poll_method epoll\nsip_listen %s\nnet_interface eth0\ndns_server %s\nsip_cafile roots.pem\nrtp_ports 20000-20099\n",
			netip.AddrPortFrom(p.phone.Addr(), 5060), netip.AddrPortFrom(p.reached(p.advertised), 53)) +
			"audio_player aubridge,loop\naudio_source aubridge,loop\naudio_alert aubridge,none\n" +
			"module_path " + modules + "\nmodule g711.so\nmodule aubridge.so\nmodule srtp.so\n" +
			"module_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n",
		"accounts": "<sip:alice@" + s.Domain() + ";transport=tls>;auth_user=alice;auth_pass=secret;regint=600;" +
			"mediaenc=srtp-mand;audio_codecs=PCMU/8000/1;answermode=auto\n",
		"contacts": "", "roots.pem": string(s.Roots),
	})
	cmd := p.phone.Enter(testkit.Command(t, "baresip", family, "-f", folder))
	cmd.Dir = folder
	background(t, cmd)
}

// background starts a program that ends with the test, whose output the test shows if it fails.
func background(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s printed:\n%s", cmd.Path, output.String())
		}
	})
}

// intrude sends what the phone might send, from another address.
func intrude(t *testing.T, p place, to netip.AddrPort) {
	t.Helper()
	err := p.stranger.Do(func() error {
		conn, err := net.Dial("udp", to.String())
		if err != nil {
			return err
		}
		defer conn.Close()
		for _, text := range []string{
			testkit.Compose(observation.UDP, "REGISTER", "Contact: <sip:mallory@192.0.2.66>"),
			"\x80\x00\x00\x01\x00\x00\x00\xa0\x00\x00\x00\x07" + strings.Repeat("\xff", 160),
		} {
			if _, err := conn.Write([]byte(text)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Errorf("the stranger could not send: %v", err)
	}
}

// TestProgramsOverIPv6 has foreign programs reach an edge at an IPv6 address: openssl and gnutls-cli verify its
// certificate, SIPp calls, and dig asks for its names.
func TestProgramsOverIPv6(t *testing.T) {
	t.Parallel()
	if !testkit.InOwnNetwork(t) {
		return
	}
	lan := testkit.NewLAN(t)
	lan.Join("2001:db8::1/64")
	p := place{edge: netip.MustParseAddr("2001:db8::1"), phone: lan.Host("2001:db8::7/64")}
	p.seen, p.advertised = p.phone.Addr(), p.edge
	s := serveOn(t, p)
	roots := testkit.File(t, "roots.pem", s.Roots)
	t.Run("openssl", func(t *testing.T) {
		request := strings.ReplaceAll(testkit.Compose(observation.TLS, "REGISTER", "Contact: <sip:alice@[2001:db8::7]:5061;transport=tls>"), "vendor.test", s.Domain())
		cmd := testkit.Command(t, "openssl", "s_client", "-6", "-quiet", "-connect", "[2001:db8::1]:5061", "-servername", s.Domain(),
			"-CAfile", roots, "-verify_hostname", s.Domain(), "-verify_return_error")
		if out := testkit.Converse(t, p.phone.Enter(cmd), request, "407 Proxy Authentication Required"); !strings.Contains(out, "received=2001:db8::7") {
			t.Errorf("got %q", out)
		}
	})
	t.Run("sipp", func(t *testing.T) {
		if err := s.Set(map[string]string{"digest": "off", "secure_media": "off"}); err != nil {
			t.Fatal(err)
		}
		uri, typed := "sip:[service]@"+s.Domain(), "Content-Type: application/sdp\n"
		plain := "v=0\no=- 1 1 IN IP[local_ip_type] [local_ip]\ns=-\nc=IN IP[media_ip_type] [media_ip]\nt=0 0\nm=audio 40000 RTP/AVP 0\n"
		scenario := `<?xml version="1.0" encoding="ISO-8859-1" ?><scenario name="case">` + "\n" +
			sippSend("INVITE", uri, 1, typed, plain) + sippReceive(200, "Contact", `sip:\[2001:db8::1\]:5060;transport=udp`) +
			sippSend("ACK", uri, 0, "", "") + `<pause milliseconds="100"/>` + sippSend("BYE", uri, 2, "", "") + sippReceive(200) +
			`<Reference variables="seen"/></scenario>`
		cmd := testkit.Command(t, "sipp", "[2001:db8::1]:5060", "-sf", testkit.File(t, "scenario.xml", []byte(scenario)), "-s", "+15550199", "-m", "1",
			"-i", "2001:db8::7", "-nostdin", "-timeout", "20s", "-timeout_error", "-trace_err", "-error_file", "/dev/stderr")
		cmd.Dir = t.TempDir()
		if out, status := testkit.Run(t, p.phone.Enter(cmd)); status != 0 {
			t.Errorf("status %d\n%s", status, out)
		}
		testkit.Await(t, s.Log, observation.Playing, func(e observation.Event) bool {
			return e.Media.Remote == netip.MustParseAddrPort("[2001:db8::7]:40000") && e.Media.Local.Addr() == p.edge
		})
	})
}

// TestSIPpBehindNAT has SIPp call over UDP from behind a NAT that gives it another port for each destination. It names only
// addresses inside, and asks for no rport; what the edge answers, and its BYE, have to come through the NAT all the same.
func TestSIPpBehindNAT(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "sipp")
	if !testkit.InOwnNetwork(t) {
		return
	}
	lan := testkit.NewLAN(t)
	lan.Join("192.0.2.1/24")
	p := place{edge: netip.MustParseAddr("192.0.2.1"), phone: lan.NAT("192.0.2.254/24", "10.0.0.1/24").Host("10.0.0.7/24"),
		advertised: netip.MustParseAddr("192.0.2.1"), seen: netip.MustParseAddr("192.0.2.254"), latch: true}
	s := serveOn(t, p)
	if err := s.Set(map[string]string{"digest": "off", "secure_media": "off"}); err != nil {
		t.Fatal(err)
	}
	head := "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\nFrom: <sip:alice@[local_ip]>;tag=1\nTo: <sip:[service]@" + s.Domain() +
		">[peer_tag_param]\nCall-ID: [call_id]\nContact: <sip:alice@[local_ip]:[local_port]>\nMax-Forwards: 70\n"
	ask := func(method string) string {
		return "<send><![CDATA[\n" + method + " sip:[service]@" + s.Domain() + " SIP/2.0\n" + head + "CSeq: 1 " + method + "\n"
	}
	scenario := `<?xml version="1.0" encoding="ISO-8859-1" ?><scenario name="case">` + "\n" +
		ask("INVITE") + "Content-Type: application/sdp\nContent-Length: [len]\n\n" +
		"v=0\no=- 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=audio 40000 RTP/AVP 0\n\n]]></send>\n" +
		`<recv response="100" optional="true"></recv><recv response="200"></recv>` + "\n" +
		ask("ACK") + "Content-Length: 0\n\n]]></send>\n" + `<recv request="BYE"></recv>` +
		"<send><![CDATA[\nSIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n]]></send>\n</scenario>"
	cmd := testkit.Command(t, "sipp", "192.0.2.1:5060", "-sf", testkit.File(t, "scenario.xml", []byte(scenario)), "-s", "+15550199", "-m", "1",
		"-i", "10.0.0.7", "-nostdin", "-timeout", "20s", "-timeout_error", "-trace_err", "-error_file", "/dev/stderr")
	cmd.Dir = t.TempDir()
	ended := make(chan string, 1)
	go func() {
		output, err := p.phone.Enter(cmd).CombinedOutput()
		if err == nil {
			output = nil
		}
		ended <- string(output)
	}()
	testkit.Await(t, s.Log, observation.SIP, func(e observation.Event) bool { return strings.HasPrefix(string(e.Bytes), "ACK ") })
	waits := testkit.Await(t, s.Log, observation.Note, func(e observation.Event) bool { return strings.Contains(e.Text, "behind a NAT") })
	if !strings.Contains(waits.Text, "10.0.0.7:40000") {
		t.Errorf("the log says %q", waits.Text)
	}
	for _, c := range s.open() {
		if err := c.hangUp(testkit.Context(t)); err != nil {
			t.Error(err)
		}
	}
	if output := testkit.Receive(t, ended, "the end of SIPp"); output != "" {
		t.Errorf("SIPp says %s", output)
	}
	for _, e := range s.Log.Events() {
		switch {
		case e.Kind == observation.TransportOpen && (e.Transport.Remote.Addr() != p.seen || e.Transport.Remote.Port() == 5060):
			t.Errorf("the edge has to do with %s: the NAT has given the device no other port", e.Transport.Remote)
		case e.Kind == observation.Media && e.Dir == observation.Out, e.Kind == observation.MediaWithheld, e.Kind == observation.Unexpected:
			t.Errorf("the log has %s %s", e.Kind, e.Text)
		}
	}
}
