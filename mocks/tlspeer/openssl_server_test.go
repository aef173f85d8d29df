package tlspeer

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestClientWithOpenSSL(t *testing.T) { eachEngine(t, clientWithOpenSSL) }

func clientWithOpenSSL(t *testing.T, e engine) {
	testkit.Program(t, "openssl")
	certFile, keyFile := testkit.PEMFiles(t, rsaCertificate())
	address := testkit.SServer(t, "-cert", certFile, "-key", keyFile, "-cipher", "ALL:@SECLEVEL=0", "-www", "-verify", "1",
		"-verify_quiet").Address
	base := Rules{MinVersion: TLS10, MaxVersion: TLS13, ServerName: testName, Roots: testkit.Pool(rsaCertificate()),
		Certificate: ecdsaCertificate()}

	for version := range versionFlags {
		rules := base
		rules.MinVersion, rules.MaxVersion = version, version
		got := callWWW(t, clientOf(e), rules, address)
		if got.err != nil || got.Version != version {
			t.Errorf("%s: %v, negotiated %s", VersionName(version), got.err, VersionName(got.Version))
			continue
		}
		info := got.handshake(t)
		if info.Role != "client" || info.ServerName != testName || len(info.PeerChain) != 1 || len(info.LocalChain) != 1 {
			t.Errorf("%s: handshake recorded as %+v", VersionName(version), info)
		}
		hellos := got.all(observation.ClientHello)
		if len(hellos) != 1 || hellos[0].Dir != observation.Out || hellos[0].Hello.MaxVersion() != version {
			t.Errorf("%s: hellos %+v", VersionName(version), hellos)
		}
	}
	// s_server does not accept a certificate whose curve was not offered.
	base.Certificate = tls.Certificate{}
	// These are the groups that s_server takes by default, since 3.0.
	for _, group := range []uint16{23, 24, 25, 29, 30, 256, 257, 258, 259, 260} {
		rules := base
		rules.Groups = []uint16{group}
		if len(e.lacks(&rules)) > 0 {
			continue
		}
		for _, version := range []uint16{TLS12, TLS13} {
			if rules.MinVersion, rules.MaxVersion = version, version; !groupSuits(group, version) {
				continue
			}
			if got := callWWW(t, clientOf(e), rules, address); got.err != nil || got.Group != group {
				t.Errorf("%s, %s: %v, negotiated %s", GroupName(group), VersionName(version), got.err, GroupName(got.Group))
			}
		}
	}
}

func TestClientSuitesWithOpenSSL(t *testing.T) { eachEngine(t, clientSuitesWithOpenSSL) }

func clientSuitesWithOpenSSL(t *testing.T, e engine) {
	testkit.Program(t, "openssl")
	for suite, versions := range suitesOf(e) {
		t.Run(SuiteName(suite), func(t *testing.T) {
			t.Parallel()
			certificate := certificateFor(suite)
			certFile, keyFile := testkit.PEMFiles(t, certificate)
			address := testkit.SServer(t, append(opensslSuite(t, suite), "-cert", certFile, "-key", keyFile, "-www")...).Address
			rules := Rules{Suites: []uint16{suite}, ServerName: testName, Roots: testkit.Pool(certificate)}
			for _, version := range versions {
				rules.MinVersion, rules.MaxVersion = version, version
				got := callWWW(t, clientOf(e), rules, address)
				if got.err != nil || got.Suite != suite || got.Version != version {
					t.Errorf("%s: %v, negotiated %s", VersionName(version), got.err, SuiteName(got.Suite))
					continue
				}
				hello := got.all(observation.ClientHello)[0].Hello
				if offered := slices.DeleteFunc(hello.Suites, func(s uint16) bool { return s == 0x00FF }); !slices.Equal(offered, rules.Suites) {
					t.Errorf("offered %04X, want %04X alone", offered, suite)
				}
			}
		})
	}
}

// callWWW is call for openssl s_server -www, which answers the greeting with a page and closes.
func callWWW(tb testing.TB, side endpoint, rules Rules, address string) outcome {
	tb.Helper()
	got := call(tb, side, rules, address)
	if got.err == nil && !strings.Contains(got.received, "HTTP/1.0 200") {
		tb.Errorf("received %q (%v)", got.received, got.read)
	}
	return got
}

func TestOpenSSLServerRefusesClient(t *testing.T) { eachEngine(t, openSSLServerRefusesClient) }

func openSSLServerRefusesClient(t *testing.T, e engine) {
	testkit.Program(t, "openssl")
	certFile, keyFile := testkit.PEMFiles(t, rsaCertificate())
	tests := []struct {
		name  string
		flags []string
		rules Rules
		alert uint8
		// late says that the alert comes after the handshake seems complete.
		late bool
	}{
		{"version", []string{"-tls1_2"}, Rules{MinVersion: TLS13, MaxVersion: TLS13}, 70, false},
		{"suite", []string{"-cipher", "AES256-SHA"}, Rules{MinVersion: TLS12, MaxVersion: TLS12, Suites: []uint16{0xC02F}}, 40, false},
		{"no certificate", []string{"-Verify", "1"}, Rules{MinVersion: TLS12, MaxVersion: TLS12}, 40, false},
		{"no certificate under TLS 1.3", []string{"-Verify", "1"}, Rules{MinVersion: TLS13, MaxVersion: TLS13}, 116, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			address := testkit.SServer(t, append(test.flags, "-cert", certFile, "-key", keyFile)...).Address
			got := call(t, clientOf(e), test.rules, address)
			err := got.err
			if test.late {
				err = got.read
			}
			if gotAlert(err) != int(test.alert) {
				t.Errorf("handshake: %v, read: %v; want alert %d", got.err, got.read, test.alert)
			}
			if alerts := got.alerts(observation.In); !slices.Equal(alerts, []uint8{test.alert}) {
				t.Errorf("alerts received: %v, want %d", alerts, test.alert)
			}
			if complete := got.handshake(t).Complete; complete != test.late {
				t.Errorf("complete %v", complete)
			}
		})
	}
}
