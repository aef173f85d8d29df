package selftest

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios"
)

// TestPlainGoClient runs the example of an HTTPS client, which is plain net/http, through a vendor's changes of
// certificates.
func TestPlainGoClient(t *testing.T) {
	t.Parallel()
	folder := testkit.BuildExample(t, "../../fixtures/devices/example-https-shim")
	d, err := process.LoadFile(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	run := conclude(t, load(t), scenarios.Options{
		Device: process.New(d), Filter: "vendor:infobip && area:rotation", Jobs: 4, Depth: engine.NoEvidence,
	})
	for _, r := range run.Results {
		if r.Verdict != verdict.Pass && r.Verdict != verdict.Observed { // what binds nobody
			t.Errorf("%s: %s %s: %s", r.Scenario, r.Verdict, r.Cause, r.Observed)
		}
	}
}

// TestDiagnosisAgreesWithCurl checks that the judge's diagnosis, from the wire alone, agrees with curl's exit status.
func TestDiagnosisAgreesWithCurl(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "curl")
	statuses := map[judge.Class]int{judge.ChainError: 60, judge.ProtocolError: 35, judge.CipherError: 35}
	old := func(c *infobip.Config) {
		c.Settings = map[string]string{profile.TLSMin: "TLS 1.0", profile.TLSMax: "TLS 1.1"}
		c.Suites = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA} // which those versions have
	}
	for name, test := range map[string]struct {
		arguments []string
		vendor    func(*infobip.Config)
		stranger  bool // curl gets another authority's roots
		want      judge.Class
		says      string
	}{
		"chain, TLS 1.2": {arguments: []string{"--tls-max", "1.2"}, stranger: true, want: judge.ChainError},
		"chain, TLS 1.3": {arguments: []string{"--tlsv1.3"}, stranger: true, want: judge.ChainError},
		"version": {arguments: []string{"--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT:@SECLEVEL=0"},
			want: judge.ProtocolError},
		"version of the server": {arguments: []string{"--tlsv1.2", "--tls-max", "1.2"}, vendor: old, want: judge.ProtocolError,
			says: "unsupported protocol"}, // without the extension supported_versions, so the server chooses one
		"version of the server, beside TLS 1.3": {arguments: []string{"--tlsv1.2"}, vendor: old, want: judge.ProtocolError},
		"suite of TLS 1.2": {arguments: []string{"--tls-max", "1.2", "--ciphers", "ECDHE-RSA-CHACHA20-POLY1305"},
			want: judge.CipherError},
		"suite of TLS 1.3": {arguments: []string{"--tlsv1.3", "--tls13-ciphers", "TLS_AES_128_CCM_8_SHA256"},
			want: judge.CipherError},
		"nothing, TLS 1.2":  {arguments: []string{"--tls-max", "1.2"}},
		"nothing, any":      {},
		"nothing, the last": {arguments: []string{"--tls-max", "1.2", "--ciphers", "ECDHE-RSA-AES256-GCM-SHA384"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock, err := infobip.Start(nil, func(c *infobip.Config) {
				if test.vendor != nil {
					test.vendor(c)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer mock.Close()
			roots := mock.Roots
			if test.stranger {
				roots = mock.DeviceAuthority.RootPEM()
			}
			said, status := ask(t, mock, roots, test.arguments...)
			testkit.Await(t, mock.Log, observation.TransportClose, nil)
			d := judge.Diagnose(judge.NewView(mock.Log.Events()).Connections[0])
			switch {
			case d == nil:
				if test.want != "" || status != 0 {
					t.Errorf("curl ended with %d, and there is no diagnosis\n%s", status, said)
				}
			case d.Class != test.want || status != statuses[d.Class]:
				t.Errorf("curl ended with %d, and the diagnosis is %q; want %q\n%s", status, d.Class, test.want, said)
			}
			if !strings.Contains(said, test.says) {
				t.Errorf("curl does not say %q: %s", test.says, said)
			}
		})
	}
}

// ask runs curl to get a page of the production API.
func ask(t *testing.T, mock *api.Server, roots []byte, arguments ...string) (said string, status int) {
	t.Helper()
	at, err := mock.Find(infobip.Production, 0)
	if err != nil {
		t.Fatal(err)
	}
	return testkit.Run(t, testkit.Command(t, "curl", append([]string{"--silent", "--show-error", "--noproxy", "*",
		"--cacert", testkit.File(t, "roots.pem", roots), "--connect-to", "::" + at.Address.String(), at.URL()}, arguments...)...))
}
