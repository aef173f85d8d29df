package selftest

import (
	"testing"

	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

// TestPlainGoClient runs the example of an HTTPS client, which is plain net/http, through a vendor's changes of
// certificates.
func TestPlainGoClient(t *testing.T) {
	t.Parallel()
	folder := testkit.BuildExample(t, "../../fixtures/devices/example-https-shim")
	d, err := process.LoadFile(folder)
	if err != nil {
		t.Fatal(err)
	}
	run := conclude(t, load(t), scenarios.Options{
		Device: process.New(d), Filter: "vendor:infobip && area:rotation", Jobs: 4, Depth: engine.NoEvidence,
	})
	for _, r := range run.Results {
		if r.Verdict != verdict.Pass {
			t.Errorf("%s: %s %s: %s", r.Scenario, r.Verdict, r.Cause, r.Observed)
		}
	}
}

// TestDiagnosisAgreesWithCurl checks that the judge's diagnosis, from the wire alone, agrees with curl's exit status.
func TestDiagnosisAgreesWithCurl(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "curl")
	statuses := map[judge.Class]int{judge.ChainError: 60, judge.ProtocolError: 35, judge.CipherError: 35}
	for name, test := range map[string]struct {
		arguments []string
		stranger  bool // curl gets another authority's roots
		want      judge.Class
	}{
		"chain, TLS 1.2":    {[]string{"--tls-max", "1.2"}, true, judge.ChainError},
		"chain, TLS 1.3":    {[]string{"--tlsv1.3"}, true, judge.ChainError},
		"version":           {[]string{"--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT:@SECLEVEL=0"}, false, judge.ProtocolError},
		"suite of TLS 1.2":  {[]string{"--tls-max", "1.2", "--ciphers", "ECDHE-RSA-CHACHA20-POLY1305"}, false, judge.CipherError},
		"suite of TLS 1.3":  {[]string{"--tlsv1.3", "--tls13-ciphers", "TLS_AES_128_CCM_8_SHA256"}, false, judge.CipherError},
		"nothing, TLS 1.2":  {[]string{"--tls-max", "1.2"}, false, ""},
		"nothing, any":      {nil, false, ""},
		"nothing, the last": {[]string{"--tls-max", "1.2", "--ciphers", "ECDHE-RSA-AES256-GCM-SHA384"}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock, err := infobip.Start(nil)
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
