package selftest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

// TestPlainGoClient: the example of an HTTPS client, plain net/http, passes every
// scenario about changes of certificates.
func TestPlainGoClient(t *testing.T) {
	t.Parallel()
	const source = "../../fixtures/devices/example-https-shim"
	folder := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(folder, "shim"), ".")
	build.Dir = source
	if said, err := build.CombinedOutput(); err != nil {
		t.Skipf("cannot build the example: %v\n%s", err, said)
	}
	descriptor, err := os.ReadFile(filepath.Join(source, "device.yaml"))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "device.yaml"), descriptor, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	d, err := process.LoadFile(folder)
	if err != nil {
		t.Fatal(err)
	}
	c, err := scenarios.Prepare(t.Context(), load(t), scenarios.Options{
		Device: process.New(d), Filter: "vendor:infobip && area:rotation", Jobs: 4, Depth: engine.NoEvidence,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, r := range c.Engine.Run(t.Context(), c.Plan) {
		if r.Verdict != verdict.Pass {
			t.Errorf("%s: %s %s: %s", r.Scenario, r.Verdict, r.Cause, r.Observed)
		}
	}
}

// TestDiagnosisAgreesWithCurl: the judge's diagnosis of a connection, which rests on
// observations alone, agrees with curl's exit status.
func TestDiagnosisAgreesWithCurl(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	statuses := map[judge.Class]int{judge.ChainError: 60, judge.ProtocolError: 35, judge.CipherError: 35}
	for name, test := range map[string]struct {
		arguments []string
		stranger  bool // curl trusts the roots of another authority
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
			status, said := ask(t, curl, mock, roots, test.arguments...)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if _, err := mock.Log.Wait(ctx, func(e observation.Event) bool { return e.Kind == observation.TransportClose }); err != nil {
				t.Fatalf("curl ended with %d, but its connection did not close: %v\n%s", status, err, said)
			}
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
func ask(t *testing.T, curl string, mock *api.Server, roots []byte, arguments ...string) (int, string) {
	t.Helper()
	at, err := mock.Find(infobip.Production, 0)
	if err != nil {
		t.Fatal(err)
	}
	trust := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(trust, roots, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, curl, append([]string{"--silent", "--show-error", "--noproxy", "*", "--cacert", trust,
		"--connect-to", "::" + at.Address.String(), at.URL()}, arguments...)...)
	command.Env = append(os.Environ(), "OPENSSL_CONF="+os.DevNull)
	said, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), string(said)
}
