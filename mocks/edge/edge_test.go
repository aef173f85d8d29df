package edge

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// TestStartErrors checks that an error says what to change.
func TestStartErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"no product":     {func(c *Config) { c.Product = nil }, []string{"Product"}},
		"no log":         {func(c *Config) { c.Log = nil }, []string{"Log"}},
		"no name":        {func(c *Config) { c.Name = "" }, []string{"Name"}},
		"no certificate": {func(c *Config) { c.Certificate = nil }, []string{"Certificate"}},
		"revision":       {func(c *Config) { c.Revision = "next" }, []string{"next", "seed-era, current"}},
		"setting":        {func(c *Config) { c.Settings = map[string]string{"mki": "maybe"} }, []string{"mki", "maybe", "reject, ignore"}},
		"suite":          {func(c *Config) { c.Product.Revisions[0].TLS.Suites = []string{"AES512-SHA"} }, []string{"AES512-SHA"}},
		"TLS version": {func(c *Config) {
			c.Product.Settings["tls_min"] = profile.Setting{Default: "1.2", Values: []string{"1.2"}}
		}, []string{`"1.2"`, "TLS 1.2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := config(product(t, "twilio-voice"), nil)
			c.change(&settings)
			e, err := Start(settings)
			if err == nil {
				e.Close()
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// TestPortTaken checks that a port that is taken is an error, and leaves nothing behind.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	c := config(product(t, "twilio-voice"), nil)
	c.Addresses, c.Private, c.StandardPorts = []netip.Addr{netip.MustParseAddr("127.93.5.1")}, netip.MustParseAddr("127.93.5.9"), true
	one, err := Start(c)
	if err != nil {
		t.Skipf("this machine has no such address, or its standard ports are taken: %v", err)
	}
	defer one.Close()
	if two, err := Start(c); err == nil {
		two.Close()
		t.Error("two edges have one port")
	}
}

// TestSIPPort checks that SIP over TLS is on the port of the setting, where the edge takes the standard ports.
func TestSIPPort(t *testing.T) {
	t.Parallel()
	for i, port := range []string{"5061", "5071"} {
		s, err := Serve(product(t, "cisco-ucm"), map[string]string{"sip_port": port}, func(c *Config) {
			c.Addresses, c.StandardPorts = []netip.Addr{netip.AddrFrom4([4]byte{127, 93, 6, byte(1 + i)})}, true
		})
		if err != nil {
			t.Skipf("this machine has no such address, or its standard ports are taken: %v", err)
		}
		defer s.Close()
		if got := strconv.Itoa(int(s.Addresses()[observation.TLS].Port())); got != port {
			t.Errorf("SIP is on %s, want %s", got, port)
		}
	}
}

// TestPort checks that SIP over TLS is at the port that is asked for, on each host, and SIP in clear at the one before it.
func TestPort(t *testing.T) {
	t.Parallel()
	p := product(t, "twilio-voice")
	p.Proxies = []string{"one", "two"}
	c := config(p, nil)
	c.Addresses, c.Port = []netip.Addr{netip.MustParseAddr("127.93.7.1"), netip.MustParseAddr("127.93.7.2")}, 15061
	e, err := Start(c)
	if err != nil {
		t.Skipf("this machine has no such address, or the port is taken: %v", err)
	}
	defer e.Close()
	at := e.Addresses()
	if at[observation.TLS].Port() != 15061 || at[observation.TCP].Port() != 15060 || at[observation.UDP].Port() != 15060 {
		t.Errorf("it listens at %v", at)
	}
	if second := e.Hosts()[1].TLS; second != netip.MustParseAddrPort("127.93.7.2:15061") {
		t.Errorf("the second host is at %v", second)
	}
	c.Port = 1
	if one, err := Start(c); err == nil {
		one.Close()
		t.Error("SIP in clear is at the port before 1")
	}
}

// TestShipped starts an edge for each revision of Twilio's profiles, which is an error if a refusal can never match.
func TestShipped(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"twilio-voice", "twilio-trunking"} {
		p := product(t, name)
		for _, r := range p.Revisions {
			c := config(p, nil)
			c.Revision = r.Revision
			e := started(t, c)
			if e.Domain() != "s1."+p.Domain || len(e.Addresses()) != 3 {
				t.Errorf("%s %s: %s at %v", name, r.Revision, e.Domain(), e.Addresses())
			}
		}
	}
}

// TestSeed checks that keys, tags and nonces follow from the seed.
func TestSeed(t *testing.T) {
	t.Parallel()
	c := config(product(t, "twilio-voice"), nil)
	made := func() string {
		e := started(t, c)
		return e.nonce() + e.token(10) + e.material(30)
	}
	a, b := made(), made()
	c.Seed++
	other := made()
	if a != b || a == other {
		t.Errorf("%s\n%s\n%s", a, b, other)
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	e := started(t, config(product(t, "twilio-voice"), nil))
	for template, want := range map[string]int{ // bytes of key material
		"1 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20":       30,
		"1 AES_256_CM_HMAC_SHA1_80 inline:{key}":            46,
		"1 AEAD_AES_128_GCM inline:{key}":                   28,
		"1 AEAD_AES_128_GCM inline:{unpadded}":              28,
		"1 UNHEARD_OF inline:{key}":                         30,
		"inline:{key}":                                      30,
		"1 AES_CM_128_HMAC_SHA1_80 inline:{bytes:16}|1:4":   16,
		"1 AES_CM_128_HMAC_SHA1_80 inline:{bytes:0}":        0,
		"1 AES_CM_128_HMAC_SHA1_80 inline:{bytes:31} KDR=1": 31,
	} {
		got, err := e.fill(template)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(got, "inline:")
		material := strings.FieldsFunc(rest+"|", func(r rune) bool { return r == '|' || r == ' ' })
		encoding := base64.StdEncoding
		if strings.Contains(template, "unpadded") {
			encoding = base64.RawStdEncoding
		}
		length := 0
		if want > 0 {
			raw, err := encoding.DecodeString(material[0])
			if err != nil {
				t.Errorf("%s: %v", template, err)
			}
			length = len(raw)
		}
		if length != want {
			t.Errorf("%s became %s, of %d bytes; want %d", template, got, length, want)
		}
	}
	if text, err := e.fill("{key} {key}"); err != nil || text[:40] == text[41:] {
		t.Errorf("two keys are one: %s, %v", text, err)
	}
	if got, err := e.fill("1 X inline:{bytes:99999999999999999999}"); err == nil {
		t.Errorf("got %s", got)
	}
	if got, err := e.fill("as it is"); got != "as it is" || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}

// TestRules checks what an edge serves and how it calls, by revision and settings.
func TestRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		revision string
		settings map[string]string
		min, max uint16
		client   uint16 // the lowest version in calls to a device
	}{
		"seed-era":         {"seed-era", nil, tlspeer.TLS10, tlspeer.TLS12, tlspeer.TLS12},
		"switch on":        {"seed-era", map[string]string{"allow_deprecated_tls": "on"}, tlspeer.TLS10, tlspeer.TLS12, tlspeer.TLS10},
		"refused by alert": {"seed-era", map[string]string{"deprecated_refusal": "alert"}, tlspeer.TLS12, tlspeer.TLS12, tlspeer.TLS12},
		"alert, but allowed": {"seed-era", map[string]string{"deprecated_refusal": "alert", "allow_deprecated_tls": "on"},
			tlspeer.TLS10, tlspeer.TLS12, tlspeer.TLS10},
		"current":            {"current", nil, tlspeer.TLS12, tlspeer.TLS12, tlspeer.TLS12},
		"current, switch on": {"current", map[string]string{"allow_deprecated_tls": "on"}, tlspeer.TLS12, tlspeer.TLS12, tlspeer.TLS12},
		"TLS 1.3":            {"current", map[string]string{"tls_max": "TLS 1.3"}, tlspeer.TLS12, tlspeer.TLS13, tlspeer.TLS12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := config(product(t, "twilio-trunking"), c.settings)
			settings.Revision = c.revision
			e := started(t, settings)
			rules := e.rulesOf(e.Domain())
			if rules.MinVersion != c.min || rules.MaxVersion != c.max || len(rules.Suites) == 0 {
				lowest, highest := tlspeer.VersionName(rules.MinVersion), tlspeer.VersionName(rules.MaxVersion)
				t.Errorf("serves %s to %s with %d suites", lowest, highest, len(rules.Suites))
			}
			if missing := rules.Unavailable(); len(missing) > 0 {
				t.Errorf("asks for what there is not: %v", missing)
			}
			client := e.clientRules("device.test", nil)
			if client.MinVersion != c.client || client.ServerName != "device.test" || len(client.Certificate.Certificate) != 0 {
				t.Errorf("calls with %+v", client)
			}
		})
	}
}

// TestCallErrors checks that callers can tell an unreachable device from a call that is incomplete.
func TestCallErrors(t *testing.T) {
	t.Parallel()
	e := started(t, config(product(t, "twilio-voice"), nil))
	if _, err := e.Call(t.Context(), Outbound{User: "bob", Caller: "+15550100"}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %v", err)
	}
	_, err := e.Call(t.Context(), Outbound{User: "bob"})
	if err == nil || errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "Caller") {
		t.Errorf("without a caller: %v", err)
	}
	if console := e.Console(); len(console) != 1 || console[0].Code != "32011" || console[0].Level != "WARNING" || console[0].Title == "" {
		t.Errorf("console %v", console)
	}
}

// dial places a call over TCP, which the edge answers with a 100 first.
func dial(t *testing.T, e *Edge) *testkit.Device {
	t.Helper()
	d := testkit.Connect(t, observation.TCP, e.Addresses()[observation.TCP], nil)
	d.Send(d.Compose("INVITE", "sip:+15550199@"+e.Domain(), testkit.RTP(), "Contact: <sip:alice@h>"))
	d.Expect(100, "INVITE")
	return d
}

// TestUnacknowledged checks that the edge hangs up on a call without an ACK, RFC 3261 §13.3.1.4.
func TestUnacknowledged(t *testing.T) {
	t.Parallel()
	e := started(t, config(product(t, "twilio-voice"), map[string]string{"digest": "off"}))
	d := dial(t, e)
	ok := d.Expect(200, "INVITE")
	if len(e.open()) != 1 {
		t.Fatalf("there are %d calls", len(e.open()))
	}
	go e.open()[0].unacknowledged() // which runs after 32 s
	if bye := d.Expect(0, "BYE"); bye.FromTag() != ok.ToTag() || bye.RequestURI != "sip:alice@h" {
		t.Errorf("got %s", bye.Raw)
	}
	if n := len(e.open()); n != 0 {
		t.Errorf("%d calls are left", n)
	}
}

// TestTooManyCalls checks that a call above the limit gets 503, and leaves nothing behind.
func TestTooManyCalls(t *testing.T) {
	t.Parallel()
	e := started(t, config(product(t, "twilio-voice"), map[string]string{"digest": "off"}))
	e.mu.Lock()
	for i := range maxCalls {
		e.calls[dialog{callID: strconv.Itoa(i)}] = &call{}
	}
	e.mu.Unlock()
	dial(t, e).Expect(503, "INVITE")
	e.mu.Lock()
	clear(e.calls)
	e.mu.Unlock()
}
