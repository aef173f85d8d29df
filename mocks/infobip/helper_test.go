package infobip_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/infobip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds everything that a test waits for; nothing waits for it to pass.
const patience = 30 * time.Second

func start(t testing.TB, settings map[string]string, changes ...func(*api.Config)) *api.Server {
	t.Helper()
	s, err := infobip.Start(settings, changes...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// site is the site of that number at an endpoint.
func site(t testing.TB, s *api.Server, endpoint string, number int) api.Site {
	t.Helper()
	found, err := s.Find(endpoint, number)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// client returns a client that trusts the mock's roots and finds every host at one
// address.
func client(t testing.TB, s *api.Server, at api.Site, own ...tls.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.Roots)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: own}, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", at.Address.String())
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// get reads a site's page into page, which may be nil, and returns the certificate
// that the site showed.
func get(t testing.TB, c *http.Client, at api.Site, page any) *x509.Certificate {
	t.Helper()
	response, err := c.Get(at.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s, %v: %s", response.Status, err, body)
	}
	if page != nil {
		if err := json.Unmarshal(body, page); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
	}
	return response.TLS.PeerCertificates[0]
}

// program finds a foreign program, or skips the test.
func program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// roots writes the mock's roots for programs that read files.
func roots(t testing.TB, s *api.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(path, s.Roots, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs a program without the machine's OpenSSL configuration, and returns what
// it printed and its exit status.
func run(t testing.TB, name string, arguments ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, program(t, name), arguments...)
	command.Env = append(os.Environ(), "OPENSSL_CONF="+os.DevNull)
	command.Stdin = strings.NewReader("")
	said, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(said), command.ProcessState.ExitCode()
}
