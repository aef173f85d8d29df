package cisco_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/sipconform/sipconform/mocks/cisco"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, p cisco.Product, settings map[string]string) *cisco.Server {
	t.Helper()
	s, err := cisco.Start(p, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// client is openssl s_client with a certificate that the mock takes.
type client struct {
	t       *testing.T
	program string
	folder  string
}

func newClient(t *testing.T, s *cisco.Server) client {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	own, err := s.DeviceCertificate()
	if err != nil {
		t.Fatal(err)
	}
	c := client{t, program, t.TempDir()}
	for name, data := range map[string][]byte{"cert.pem": own.PEM(), "key.pem": own.KeyPEM()} {
		if err := os.WriteFile(filepath.Join(c.folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// connect shakes hands, shows the certificate and leaves.
func (c client) connect(address string, args ...string) string {
	command := exec.CommandContext(c.t.Context(), c.program, append([]string{"s_client", "-connect", address,
		"-cert", "cert.pem", "-key", "key.pem", "-cert_chain", "cert.pem"}, args...)...)
	command.Dir, command.Env = c.folder, append(os.Environ(), "OPENSSL_CONF="+os.DevNull)
	out, _ := command.CombinedOutput() // the exit status says nothing that the output does not
	return string(out)
}
