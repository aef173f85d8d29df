package nameserver_test

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var edge, six = netip.MustParseAddr("127.17.4.1"), netip.MustParseAddr("2001:db8::17")

func start(t *testing.T, log *observation.Log) *nameserver.Server {
	t.Helper()
	s, err := nameserver.Start(t.Context(), nameserver.Config{Log: log})
	return testkit.Started(t, s, err)
}

// zone serves records until release is called.
func zone(s *nameserver.Server, log *observation.Log, records nameserver.Records) (release func()) {
	return s.Variable(log, records).Release
}

func ask(t *testing.T, s *nameserver.Server, network, name string, rrtype uint16) *dns.Msg {
	t.Helper()
	client := dns.Client{Net: network, Timeout: 5 * time.Second}
	reply, _, err := client.Exchange(new(dns.Msg).SetQuestion(dns.Fqdn(name), rrtype), s.Addr().String())
	if err != nil {
		t.Fatalf("%s %s: %v", name, dns.TypeToString[rrtype], err)
	}
	return reply
}

// seen returns the questions in log, as "TYPE name code".
func seen(log *observation.Log) []string {
	var questions []string
	for _, e := range log.Events() {
		if e.Kind == observation.DNS {
			questions = append(questions, e.DNS.Type+" "+e.DNS.Name+" "+e.DNS.Code)
		}
	}
	return questions
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	s := start(t, observation.NewLog())
	t.Cleanup(zone(s, observation.NewLog(), nameserver.Records{
		nameserver.A("s17.sip.twilio.com", edge).TTL(600 * time.Second),
		nameserver.A("multi.example.com", edge), nameserver.A("multi.example.com", edge.Next()),
		nameserver.SRV("_sips._tcp.trunk.example.com", 10, 20, 5071, "edge.example.com").TTL(0),
		nameserver.AAAA("six.example.com", six), nameserver.Address("both.example.com", edge), nameserver.Address("both.example.com", six),
		nameserver.NAPTR("trunk.example.com", 10, 20, "SIPS+D2T", "_sips._tcp.trunk.example.com"),
	}))

	for _, test := range []struct {
		name, network, ask string
		rrtype             uint16
		code               int
		want               []string // TTL and data
	}{
		{"address", "udp", "s17.sip.twilio.com", dns.TypeA, dns.RcodeSuccess, []string{"600 127.17.4.1"}},
		{"address over TCP", "tcp", "s17.sip.twilio.com", dns.TypeA, dns.RcodeSuccess, []string{"600 127.17.4.1"}},
		{"mixed case is kept", "udp", "S17.sip.TWILIO.com", dns.TypeA, dns.RcodeSuccess, []string{"600 127.17.4.1"}},
		{"several addresses", "udp", "multi.example.com", dns.TypeA, dns.RcodeSuccess, []string{"60 127.17.4.1", "60 127.17.4.2"}},
		{"service", "udp", "_sips._tcp.trunk.example.com", dns.TypeSRV, dns.RcodeSuccess, []string{"0 10 20 5071 edge.example.com."}},
		{"IPv6", "udp", "six.example.com", dns.TypeAAAA, dns.RcodeSuccess, []string{"60 2001:db8::17"}},
		{"IPv4 of a name with IPv6 alone", "udp", "six.example.com", dns.TypeA, dns.RcodeSuccess, nil},
		{"IPv4 of a name with both", "udp", "both.example.com", dns.TypeA, dns.RcodeSuccess, []string{"60 127.17.4.1"}},
		{"IPv6 of a name with both", "udp", "both.example.com", dns.TypeAAAA, dns.RcodeSuccess, []string{"60 2001:db8::17"}},
		{"pointer to services", "udp", "trunk.example.com", dns.TypeNAPTR, dns.RcodeSuccess,
			[]string{`60 10 20 "s" "SIPS+D2T" "" _sips._tcp.trunk.example.com.`}},
		{"any type", "udp", "_sips._tcp.trunk.example.com", dns.TypeANY, dns.RcodeSuccess, []string{"0 10 20 5071 edge.example.com."}},
		{"other type of a name that exists", "udp", "s17.sip.twilio.com", dns.TypeAAAA, dns.RcodeSuccess, nil},
		{"name that only has names below it", "udp", "_tcp.trunk.example.com", dns.TypeSRV, dns.RcodeSuccess, nil},
		{"name below a domain", "udp", "_sips._tcp.s17.sip.twilio.com", dns.TypeSRV, dns.RcodeNameError, nil},
		{"name above a domain", "udp", "sip.twilio.com", dns.TypeA, dns.RcodeNameError, nil},
		{"name that ends alike", "udp", "xs17.sip.twilio.com", dns.TypeA, dns.RcodeNameError, nil},
		{"root", "udp", ".", dns.TypeNS, dns.RcodeNameError, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			reply := ask(t, s, test.network, test.ask, test.rrtype)
			var got []string
			for _, rr := range reply.Answer {
				if rr.Header().Name != dns.Fqdn(test.ask) {
					t.Errorf("answer is about %s", rr.Header().Name)
				}
				fields := strings.SplitN(strings.ReplaceAll(rr.String(), "\t", " "), " ", 5)
				got = append(got, fields[1]+" "+fields[4])
			}
			if reply.Rcode != test.code || strings.Join(got, "|") != strings.Join(test.want, "|") {
				t.Errorf("got %s %q, want %s %q", dns.RcodeToString[reply.Rcode], got, dns.RcodeToString[test.code], test.want)
			}
		})
	}
}

func TestNegativeAnswersAreNotCached(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	defer zone(s, observation.NewLog(), nameserver.Records{nameserver.A("host.example.com", edge)})()
	for _, name := range []string{"host.example.com", "none.host.example.com"} {
		reply := ask(t, s, "udp", name, dns.TypeSRV)
		if len(reply.Ns) != 1 {
			t.Fatalf("%s: authority section is %v", name, reply.Ns)
		}
		if soa, ok := reply.Ns[0].(*dns.SOA); !ok || min(soa.Hdr.Ttl, soa.Minttl) != 0 {
			t.Errorf("%s: negative TTL in %v", name, reply.Ns[0])
		}
	}
}

func TestQuestionsGoToTheZoneThatOwnsTheName(t *testing.T) {
	t.Parallel()
	own, first, second := observation.NewLog(), observation.NewLog(), observation.NewLog()
	s := start(t, own)
	defer zone(s, first, nameserver.Records{nameserver.A("s1.sip.twilio.com", edge)})()
	release := zone(s, second, nameserver.Records{nameserver.SRV("_sips._tcp.s2.sip.twilio.com", 0, 0, 5061, "s2.sip.twilio.com")})
	// A domain below another zone's belongs to its own zone.
	defer zone(s, second, nameserver.Records{nameserver.A("deep.s1.sip.twilio.com", edge)})()

	ask(t, s, "udp", "s1.sip.twilio.com", dns.TypeA)
	ask(t, s, "udp", "_sip._udp.S1.sip.twilio.com", dns.TypeSRV)
	ask(t, s, "tcp", "s2.sip.twilio.com", dns.TypeNAPTR)
	ask(t, s, "udp", "deep.s1.sip.twilio.com", dns.TypeA)
	ask(t, s, "udp", "ntp.example.org", dns.TypeA)
	release()
	release() // harmless
	ask(t, s, "udp", "s2.sip.twilio.com", dns.TypeA)

	for _, test := range []struct {
		name string
		log  *observation.Log
		want string
	}{
		{"first", first, "A s1.sip.twilio.com. NOERROR|SRV _sip._udp.S1.sip.twilio.com. NXDOMAIN"},
		{"second", second, "NAPTR s2.sip.twilio.com. NOERROR|A deep.s1.sip.twilio.com. NOERROR"},
		{"server", own, "A ntp.example.org. NXDOMAIN|A s2.sip.twilio.com. NXDOMAIN"},
	} {
		if got := strings.Join(seen(test.log), "|"); got != test.want {
			t.Errorf("%s log:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
	if e := first.Events()[0]; len(e.DNS.Answers) != 1 || e.DNS.Answers[0] != "A 127.17.4.1" || !strings.HasPrefix(e.Conn, "udp 127.0.0.1:") {
		t.Errorf("event is %+v of %q", e.DNS, e.Conn)
	}
}

// TestMessagesAreKept: an event has the question and the answer as they crossed the wire, and between which addresses.
func TestMessagesAreKept(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			log := observation.NewLog()
			s := start(t, nil)
			defer zone(s, log, nameserver.Records{nameserver.A("Host.example.com", edge)})()
			reply := ask(t, s, network, "hOsT.example.com", dns.TypeA)
			e := log.Events()[0]
			for _, message := range []struct {
				what string
				is   []byte
				want *dns.Msg
			}{
				{"question", e.Bytes, new(dns.Msg).SetQuestion("hOsT.example.com.", dns.TypeA)}, {"answer", e.DNS.Reply, reply},
			} {
				message.want.Id = reply.Id
				want, err := message.want.Pack()
				if err != nil || !bytes.Equal(message.is, want) {
					t.Errorf("the %s is %x, want %x: %v", message.what, message.is, want, err)
				}
			}
			if e.DNS.Protocol != network || e.DNS.Local != s.Addr() || e.Conn != network+" "+e.DNS.Remote.String() {
				t.Errorf("it is said to be over %s from %s (%s) to %s", e.DNS.Protocol, e.DNS.Remote, e.Conn, e.DNS.Local)
			}
		})
	}
}

func TestVariable(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	s := start(t, nil)
	v := s.Variable(log, nameserver.Records{nameserver.A("moves.example.com", edge).TTL(time.Second)})
	ask(t, s, "udp", "moves.example.com", dns.TypeA)
	v.Set(nameserver.Records{nameserver.A("moves.example.com", edge.Next())})
	ask(t, s, "udp", "moves.example.com", dns.TypeA)
	v.Release()
	if reply := ask(t, s, "udp", "moves.example.com", dns.TypeA); reply.Rcode != dns.RcodeNameError {
		t.Errorf("released zone answers %v", reply)
	}
	var got []string
	for _, e := range log.Events() {
		got = append(got, e.DNS.Answers...)
	}
	if want := "A 127.17.4.1|A 127.17.4.2"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMistakesPanic(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	t.Cleanup(zone(s, observation.NewLog(), nameserver.Records{nameserver.A("taken.example.com", edge)}))
	for _, test := range []struct {
		name   string
		record nameserver.Record
		want   string
	}{
		{"taken", nameserver.SRV("_sip._tcp.TAKEN.example.com", 0, 0, 5060, "x.example.com"), "served for another zone"},
		{"empty", nameserver.Record{}, "is empty"},
		{"no name", nameserver.A("", edge), "no valid domain name"},
		{"empty label", nameserver.A("a..b", edge), "no valid domain name"},
		{"long label", nameserver.A(strings.Repeat("a", 64)+".b", edge), "no valid domain name"},
		{"IPv6 in A", nameserver.A("a.example.com", netip.IPv6LinkLocalAllNodes()), "without an IPv4 address"},
		{"IPv4 in AAAA", nameserver.AAAA("a.example.com", edge), "without an IPv6 address"},
		{"no address", nameserver.Address("a.example.com", netip.Addr{}), "without an IPv4 address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, test.want) {
					t.Errorf("panic is %q, want one with %q", got, test.want)
				}
			}()
			zone(s, observation.NewLog(), nameserver.Records{test.record})
		})
	}
}

func TestLongAnswersAreTruncatedOverUDP(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	var records nameserver.Records
	address := edge
	for range 60 {
		records = append(records, nameserver.A("many.example.com", address))
		address = address.Next()
	}
	defer zone(s, observation.NewLog(), records)()
	if reply := ask(t, s, "udp", "many.example.com", dns.TypeA); !reply.Truncated || len(reply.Answer) == 0 || len(reply.Answer) > 30 {
		t.Errorf("UDP: truncated %v, %d answers in %d bytes", reply.Truncated, len(reply.Answer), dns.MinMsgSize)
	}
	if reply := ask(t, s, "tcp", "many.example.com", dns.TypeA); reply.Truncated || len(reply.Answer) != 60 {
		t.Errorf("TCP: truncated %v, %d answers", reply.Truncated, len(reply.Answer))
	}
}

func TestGoResolver(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	defer zone(s, observation.NewLog(), nameserver.Records{
		nameserver.A("s3.sip.twilio.com", edge),
		nameserver.SRV("_sips._tcp.s3.sip.twilio.com", 1, 2, 5061, "s3.sip.twilio.com"),
	})()
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, s.Addr().String())
	}}
	_, srvs, err := resolver.LookupSRV(t.Context(), "sips", "tcp", "s3.sip.twilio.com")
	if err != nil || len(srvs) != 1 || srvs[0].Port != 5061 {
		t.Fatalf("SRV: %v, %v", srvs, err)
	}
	addrs, err := resolver.LookupNetIP(t.Context(), "ip4", srvs[0].Target)
	if err != nil || len(addrs) != 1 || addrs[0].Unmap() != edge {
		t.Errorf("A: %v, %v", addrs, err)
	}
}

func TestStartAndClose(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := nameserver.Start(ctx, nameserver.Config{Address: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nameserver.Start(t.Context(), nameserver.Config{Address: s.Addr()}); err == nil {
		t.Error("the same address was served twice")
	}
	cancel()
	if err := s.Close(); err != nil { // waits for what cancel began
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	conn, err := net.Dial("tcp", s.Addr().String())
	if err == nil {
		_ = conn.Close()
		t.Error("still listens after Close")
	}
}
