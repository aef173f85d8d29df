//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/identity"
)

func libsslHere(tb testing.TB) libssl {
	tb.Helper()
	e, err := libsslEngine()
	if err != nil {
		tb.Skip(err)
	}
	return e.(libssl)
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

func TestLibsslHasWhatVendorsList(t *testing.T) {
	t.Parallel()
	e := libsslHere(t)
	for _, suite := range vendorSuites {
		if !e.suites[suite] {
			t.Errorf("not here: %s", SuiteName(suite))
		}
	}
}

func TestLibsslOrders(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "openssl")
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
			got := serve(t, serverOf(e), rules, func(address string) {
				out = testkit.SClient(t, address, greeting, append(test.flags, versionFlags[test.version])...)
			})
			if got.err != nil || got.Suite != test.suite || got.Group != test.group_ {
				t.Errorf("%v, %s, %s\n%s", got.err, SuiteName(got.Suite), GroupName(got.Group), out)
			}
		})
	}
}

// TestLibsslRefusesUnderTLS13 uses crypto/tls as the peer: openssl s_client may end before it reads an alert of this
// kind.
func TestLibsslRefusesUnderTLS13(t *testing.T) {
	t.Parallel()
	e := libsslHere(t)
	for alert, certificate := range map[int]tls.Certificate{116: {}, 42: ecdsaCertificate()} {
		rules := serverRules(rsaCertificate())
		rules.MinVersion, rules.ClientAuth = TLS13, ClientAuthRequire
		rules.Verify = func([]*x509.Certificate) error { return errors.New("not this one") }
		var peer outcome
		got := serve(t, serverOf(e), rules, func(address string) {
			raw, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			mine := Rules{MinVersion: TLS13, MaxVersion: TLS13, Certificate: certificate}
			peer = finish(testkit.Context(t), raw, mine, clientOf(cryptoTLS{}), 1<<20)
		})
		if none := slices.Equal(got.handshake(t).Rejected, []string{identity.CauseNone}); none != (alert == 116) {
			t.Errorf("alert %d: refused for %q", alert, got.handshake(t).Rejected)
		}
		if got.err == nil || gotAlert(peer.read) != alert {
			t.Errorf("%v, the peer read %v, want alert %d", got.err, peer.read, alert)
		}
	}
}

// TestLibsslThatCannotBeUsed checks that the error says why.
func TestLibsslThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	libsslHere(t)
	absent := new(library).link([]string{t.TempDir() + "/"})
	if absent == nil || !strings.Contains(absent.Error(), libsslFile+" is not on this machine") {
		t.Errorf("absent: %v", absent)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	crypto := regexp.MustCompile(`/\S+/` + regexp.QuoteMeta(libcryptoFile)).Find(maps)
	if err != nil || crypto == nil {
		t.Skip("not known where libcrypto is")
	}
	folder := t.TempDir() + "/" // this libssl lacks what the engine needs
	for _, name := range []string{libsslFile, libcryptoFile} {
		if err := os.Symlink(string(crypto), folder+name); err != nil {
			t.Fatal(err)
		}
	}
	old := new(library).link([]string{folder})
	if old == nil || !strings.Contains(old.Error(), libsslFile+" is too old: it has no ") {
		t.Errorf("old: %v", old)
	}
}

// TestLibsslNeedsTheKeyItself checks that a signer which keeps its key is left to crypto/tls.
func TestLibsslNeedsTheKeyItself(t *testing.T) {
	t.Parallel()
	e := libsslHere(t)
	rules := serverRules(rsaCertificate())
	rules.Certificate.PrivateKey = struct{ crypto.Signer }{rsaCertificate().PrivateKey.(crypto.Signer)}
	rules.MaxVersion, rules.Suites, rules.Groups = TLS12, []uint16{0xC028, 0xC02F}, []uint16{24}
	if missing := e.lacks(&rules); len(missing) != 4 || !strings.Contains(missing[0].Reason, "the key itself") {
		t.Errorf("libssl lacks %v", missing)
	}
	missing := rules.Unavailable()
	if len(missing) != 1 || missing[0].Number != 0xC028 {
		t.Fatalf("unavailable: %v", missing)
	}
	rules = rules.Without(missing)
	if got := serve(t, Server, rules, goClient(trusting())); got.err != nil || got.Suite != 0xC02F {
		t.Errorf("%v, %s", got.err, SuiteName(got.Suite))
	}
}

// resident returns the process's memory in pages, C's included, or 0 if unknown, after Go has returned its free
// memory.
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

// TestLibsslKeepsNothing checks for leaks of memory that is not Go's.
func TestLibsslKeepsNothing(t *testing.T) {
	e := libsslHere(t)
	count := 6000
	if testing.Short() {
		count = 1600
	}
	rules := serverRules(ecdsaCertificate())
	rules.MinVersion, rules.MaxVersion = TLS12, TLS12
	mine := Rules{MinVersion: TLS12, MaxVersion: TLS12, Certificate: rules.Certificate}
	l := testkit.Listen(t)
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
					ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
					defer cancel()
					var c *Conn
					if c, err = serverOf(e)(ctx, raw, rules, nil); err == nil {
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
			if c, err := clientOf(e)(t.Context(), raw, mine, nil); err == nil {
				c.Close()
			}
			if <-result != nil {
				failed++
			}
		}
		return failed
	}
	run(count / 5)
	before := resident()
	for range 4 {
		if failed := run(count / 4); failed != count/16 {
			t.Errorf("%d of %d failed", failed, count/4)
		}
		t.Logf("%d pages", resident())
	}
	after := resident()
	t.Logf("%d pages, then %d", before, after)
	// 55,000 handshakes have grown it by 1 MB. An SSL or a certificate kept by each, or by each that failed, would be
	// at least 3 MB here.
	if grown := (after - before) * os.Getpagesize(); grown > 2<<20 && !underRace {
		t.Errorf("grew by %d bytes", grown)
	}
	e.sessions.Range(func(key, _ any) bool { t.Error("an SSL is left"); return false })
}
