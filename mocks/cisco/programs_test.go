package cisco_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/cisco"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/vendor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is openssl s_client with a device's certificate.
type client struct {
	t       *testing.T
	program string
	folder  string
}

func newClient(t *testing.T, s *edge.Server) client {
	t.Helper()
	own, err := s.DeviceCertificate()
	if err != nil {
		t.Fatal(err)
	}
	return clientWith(t, own)
}

func clientWith(t *testing.T, own *certs.Credential) client {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	c := client{t, program, t.TempDir()}
	for name, data := range map[string][]byte{"cert.pem": own.PEM(), "key.pem": own.KeyPEM()} {
		if err := os.WriteFile(filepath.Join(c.folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// connect shakes hands with the device's certificate and leaves.
func (c client) connect(address string, args ...string) string {
	return c.connectAs(address, append(args, "-cert", "cert.pem", "-key", "key.pem", "-cert_chain", "cert.pem")...)
}

func (c client) connectAs(address string, args ...string) string {
	command := exec.CommandContext(c.t.Context(), c.program, append([]string{"s_client", "-connect", address}, args...)...)
	command.Dir, command.Env = c.folder, append(os.Environ(), "OPENSSL_CONF="+os.DevNull)
	out, _ := command.CombinedOutput() // its status says nothing that the output does not
	return string(out)
}

func start(t *testing.T, settings map[string]string, changes ...func(*edge.Config)) *edge.Server {
	t.Helper()
	s, err := cisco.Start(cisco.UnifiedCM, settings, changes...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestTLSCiphers: each value of the parameter has its suites and no others, and
// the client's order decides.
func TestTLSCiphers(t *testing.T) {
	t.Parallel()
	every := []string{"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256",
		"ECDHE-ECDSA-AES128-GCM-SHA256", "AES128-SHA", "AES256-SHA", "ECDHE-RSA-AES128-SHA", "AES128-GCM-SHA256", "NULL-SHA"}
	for value, listed := range map[string][]string{
		"strongest-rsa": every[:2], "strongest-ecdsa": every[:2], "medium-rsa": every[:4], "medium-ecdsa": every[:4],
		"all-rsa": every[:5], "all-ecdsa": every[:5], "authenticated": every[8:],
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{"tls_ciphers": value}
			if value == "authenticated" {
				if p, err := cisco.Profile(cisco.UnifiedCM); err != nil || len(vendor.NotEmulated(p.Revisions[0])) > 0 {
					t.Skip("no engine here has NULL-SHA")
				}
				settings = map[string]string{"security_mode": value}
			}
			s := start(t, settings)
			c := newClient(t, s)
			address := s.Addresses()[observation.TLS].String()
			for _, suite := range every {
				out := c.connect(address, "-tls1_2", "-cipher", suite+":@SECLEVEL=0")
				want := slices.Contains(listed, suite)
				if got := strings.Contains(out, "Cipher is "+suite+"\n"); got != want {
					t.Errorf("takes %s: %v, want %v\n%s", suite, got, want, out)
				}
			}
			if len(listed) < 2 {
				return
			}
			for _, order := range [][]string{{listed[0], listed[1]}, {listed[1], listed[0]}} {
				out := c.connect(address, "-tls1_2", "-cipher", strings.Join(order, ":"))
				if !strings.Contains(out, "Cipher is "+order[0]+"\n") {
					t.Errorf("the client prefers %s\n%s", order[0], out)
				}
			}
		})
	}
}
