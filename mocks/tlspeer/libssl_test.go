//go:build libssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

func libsslHere(tb testing.TB) libssl {
	tb.Helper()
	e, err := libsslEngine()
	if err != nil {
		tb.Skip(err)
	}
	return e.(libssl)
}

// by is an endpoint of one engine, whichever would be chosen.
func by(e engine, as role) endpoint {
	return func(ctx context.Context, raw net.Conn, rules Rules, tap *Tap) (*Conn, error) {
		return openWith(ctx, e, as, raw, &rules, tap)
	}
}

// serveBy is serve by one engine.
func serveBy(tb testing.TB, e engine, rules Rules, peer func(address string)) outcome {
	tb.Helper()
	l := listen(tb)
	ctx, result := timeout(tb), make(chan outcome, 1)
	go func() {
		raw, err := l.Accept()
		if err != nil {
			result <- outcome{err: err}
			return
		}
		result <- finish(ctx, raw, rules, by(e, server), int64(len(greeting)))
	}()
	peer(l.Addr().String())
	l.Close()
	return <-result
}

// vendorSuites are all that the lists of Twilio, Genesys, Cisco and Infobip name.
var vendorSuites = []uint16{
	0x0002, 0x002F, 0x0035, 0x003C, 0x003D, 0x009C, 0x009D, 0xC02F, 0xC030, 0xC027, 0xC028, 0xC013, 0xC014,
	0xC02B, 0xC02C, 0x009E, 0x009F, 0x0067, 0x006B, 0xC09E, 0xC09F, 0xC0A2, 0xC0A3, 0x1301, 0x1302, 0x1303, 0x1304,
}

func cipherFlags(suite uint16) []string {
	if suite>>8 == 0x13 {
		return []string{"-ciphersuites", SuiteName(suite)}
	}
	return []string{"-cipher", suiteNames[suite].openssl + ":@SECLEVEL=0"}
}

func TestVendorSuitesByLibssl(t *testing.T) {
	t.Parallel()
	program(t, "openssl")
	e := libsslHere(t)
	for _, suite := range vendorSuites {
		t.Run(SuiteName(suite), func(t *testing.T) {
			t.Parallel()
			certificate := rsaCertificate()
			if keyExchange(suite) == "ECDHE_ECDSA" {
				certificate = ecdsaCertificate()
			}
			rules := serverRules(certificate)
			rules.MinVersion, rules.Suites = TLS12, []uint16{suite}
			rules.Groups = []uint16{24}
			if keyExchange(suite) == "ECDHE_ECDSA" { // see Rules.Groups
				rules.Groups = []uint16{24, 23}
			}
			rules.MaxVersion = TLS12
			if suite>>8 == 0x13 {
				rules.MinVersion, rules.MaxVersion = TLS13, TLS13
			}
			if missing := e.lacks(&rules); len(missing) > 0 {
				t.Skip(missing)
			}
			var group uint16
			if strings.HasPrefix(keyExchange(suite), "ECDHE") || suite>>8 == 0x13 {
				group = 24
			}
			flag := versionFlags[rules.MaxVersion]
			var out string
			got := serveBy(t, e, rules, func(address string) {
				out = sClient(t, address, append(cipherFlags(suite), flag, "-servername", testName)...)
			})
			if got.err != nil || got.Suite != suite || got.Group != group || got.Version != rules.MaxVersion ||
				got.ServerName != testName || !strings.Contains(got.received, strings.TrimSpace(greeting)) {
				t.Errorf("server: %v, %s, %s, %q, %q\n%s", got.err, SuiteName(got.Suite), GroupName(got.Group), got.ServerName, got.received, out)
			}
			certFile, keyFile := pemFiles(t, certificate)
			address := sServer(t, append(cipherFlags(suite), "-cert", certFile, "-key", keyFile, "-www")...)
			rules.Certificate, rules.ServerName, rules.Roots = ecdsaCertificate(), testName, pool(certificate)
			raw, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			got = finish(timeout(t), raw, rules, by(e, client), 1<<20)
			if got.err != nil || got.Suite != suite || got.Group != group || len(got.PeerChain) != 1 || !strings.Contains(got.received, "HTTP/1.0 200") {
				t.Errorf("client: %v, %s, %s, %q (%v)", got.err, SuiteName(got.Suite), GroupName(got.Group), got.received, got.read)
			}
		})
	}
}

func TestLibsslIsChosenForWhatCryptoTLSLacks(t *testing.T) {
	t.Parallel()
	libsslHere(t)
	rules := serverRules(rsaCertificate())
	if e, _ := rules.engine(); e != (cryptoTLS{}) {
		t.Errorf("%T without need", e)
	}
	rules.Suites = []uint16{0x003D, 0xC028, 0x1302, 0x1301}
	if e, missing := rules.engine(); len(missing) > 0 {
		t.Errorf("%T: %v", e, missing)
	} else if _, ok := e.(libssl); !ok {
		t.Errorf("%T", e)
	}
}

func TestLibsslOrders(t *testing.T) {
	t.Parallel()
	program(t, "openssl")
	e := libsslHere(t)
	for _, test := range []struct {
		name          string
		ours          []uint16
		clientOrder   bool
		groups        []uint16
		version       uint16
		flags         []string
		suite, group_ uint16
	}{
		{"server's, TLS 1.3, with HelloRetryRequest", []uint16{0x1304, 0x1302}, false, []uint16{24, 29}, TLS13,
			[]string{"-ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_AES_128_CCM_SHA256", "-groups", "X25519:P-384"}, 0x1304, 24},
		{"client's, TLS 1.3", []uint16{0x1304, 0x1302}, true, []uint16{24, 29}, TLS13,
			[]string{"-ciphersuites", "TLS_AES_256_GCM_SHA384:TLS_AES_128_CCM_SHA256", "-groups", "X25519:P-384"}, 0x1302, 24},
		{"server's", []uint16{0xC028, 0xC02F}, false, []uint16{24, 29}, TLS12,
			[]string{"-cipher", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA384", "-groups", "X25519:P-384"}, 0xC028, 24},
		{"client's", []uint16{0xC028, 0xC02F}, true, []uint16{24, 29}, TLS12,
			[]string{"-cipher", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA384", "-groups", "X25519:P-384"}, 0xC02F, 24},
		{"no common group", []uint16{0xC028, 0x003D}, false, []uint16{24}, TLS12, []string{"-groups", "P-256"}, 0x003D, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rules := serverRules(rsaCertificate())
			rules.MinVersion, rules.MaxVersion = test.version, test.version
			rules.Suites, rules.ClientOrder, rules.Groups = test.ours, test.clientOrder, test.groups
			var out string
			got := serveBy(t, e, rules, func(address string) { out = sClient(t, address, append(test.flags, versionFlags[test.version])...) })
			if got.err != nil || got.Suite != test.suite || got.Group != test.group_ {
				t.Errorf("%v, %s, %s\n%s", got.err, SuiteName(got.Suite), GroupName(got.Group), out)
			}
		})
	}
}

func TestLibsslRefuses(t *testing.T) {
	t.Parallel()
	program(t, "openssl")
	e := libsslHere(t)
	certFile, keyFile := pemFiles(t, ecdsaCertificate())
	refuse := func(r *Rules) {
		r.ClientAuth, r.Verify = ClientAuthRequire, func([]*x509.Certificate) error { return errors.New("not this one") }
	}
	for _, test := range []struct {
		name  string
		rules func(*Rules)
		flags []string
		alert uint8
	}{
		{"version too low", func(r *Rules) { r.MinVersion = TLS12 }, []string{"-tls1_1", "-cipher", lax}, 70},
		{"version too high", func(r *Rules) { r.MaxVersion = TLS12 }, []string{"-tls1_3"}, 70},
		{"suite", func(r *Rules) { r.Suites = []uint16{0x003D} }, []string{"-tls1_2", "-cipher", "AES128-SHA"}, 40},
		{"group", func(r *Rules) { r.Suites, r.Groups = []uint16{0xC028}, []uint16{24} }, []string{"-tls1_2", "-groups", "P-256"}, 40},
		{"group, TLS 1.3", func(r *Rules) { r.Groups = []uint16{24} }, []string{"-tls1_3", "-groups", "P-256"}, 40},
		{"no certificate", func(r *Rules) { r.ClientAuth = ClientAuthRequire }, []string{"-tls1_2"}, 40},
		{"certificate", refuse, []string{"-tls1_2", "-cert", certFile, "-key", keyFile}, 42},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rules := serverRules(rsaCertificate())
			test.rules(&rules)
			var out string
			got := serveBy(t, e, rules, func(address string) { out = sClient(t, address, test.flags...) })
			if got.err == nil || printedAlert(out) != int(test.alert) {
				t.Errorf("%v, alert %d, want %d\n%s", got.err, printedAlert(out), test.alert, out)
			}
			if alerts := got.alerts(observation.Out); !slices.Equal(alerts, []uint8{test.alert}) {
				t.Errorf("alerts sent: %v", alerts)
			}
		})
	}
}

// TestLibsslRefusesUnderTLS13 has crypto/tls for a peer: openssl s_client is
// done, and may be gone, before it comes to read an alert of this kind.
func TestLibsslRefusesUnderTLS13(t *testing.T) {
	t.Parallel()
	e := libsslHere(t)
	for alert, certificate := range map[int]tls.Certificate{116: {}, 42: ecdsaCertificate()} {
		rules := serverRules(rsaCertificate())
		rules.MinVersion, rules.ClientAuth = TLS13, ClientAuthRequire
		rules.Verify = func([]*x509.Certificate) error { return errors.New("not this one") }
		var peer outcome
		got := serveBy(t, e, rules, func(address string) {
			raw, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			mine := Rules{MinVersion: TLS13, MaxVersion: TLS13, Certificate: certificate}
			peer = finish(timeout(t), raw, mine, by(cryptoTLS{}, client), 1<<20)
		})
		if got.err == nil || gotAlert(peer.read) != alert {
			t.Errorf("%v, the peer read %v, want alert %d", got.err, peer.read, alert)
		}
	}
}

// resident is the process's memory, C's included, in pages; 0 if unknown. What
// Go's collector has yet to give back is given back first.
func resident() int {
	debug.FreeOSMemory()
	text, _ := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1])
	return pages
}

// TestLibsslKeepsNothing is about memory that Go does not see.
func TestLibsslKeepsNothing(t *testing.T) {
	e := libsslHere(t)
	count := 10000
	if testing.Short() {
		count = 1600
	}
	rules := serverRules(ecdsaCertificate())
	rules.MinVersion, rules.MaxVersion = TLS12, TLS12
	mine := Rules{MinVersion: TLS12, MaxVersion: TLS12, Certificate: rules.Certificate}
	l := listen(t)
	run := func(count int) (failed int) {
		for i := range count {
			mine := mine
			if i%4 == 0 {
				mine.Verify = func([]*x509.Certificate) error { return errors.New("no") }
			}
			result := make(chan error, 1)
			go func() {
				raw, err := l.Accept()
				if err == nil {
					ctx, cancel := context.WithTimeout(context.Background(), patience)
					defer cancel()
					var c *Conn
					if c, err = by(e, server)(ctx, raw, rules, nil); err == nil {
						c.Read(make([]byte, 1))
						c.Close()
					}
				}
				result <- err
			}()
			raw, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if c, err := by(e, client)(t.Context(), raw, mine, nil); err == nil {
				c.Close()
			}
			if <-result != nil {
				failed++
			}
		}
		return failed
	}
	run(500)
	before := resident()
	for range 4 {
		if failed := run(count / 4); failed != count/16 {
			t.Errorf("%d of %d failed", failed, count/4)
		}
		t.Logf("%d pages", resident())
	}
	after := resident()
	t.Logf("%d pages, then %d", before, after)
	if grown := (after - before) * os.Getpagesize(); grown > 8<<20 {
		t.Errorf("grew by %d bytes", grown)
	}
	e.sessions.Range(func(key, _ any) bool { t.Error("an SSL is left"); return false })
}
