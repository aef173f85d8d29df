package genesys_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/genesys"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds everything that a test waits for; nothing waits for it to pass.
const patience = 20 * time.Second

func start(t *testing.T, p genesys.Product, settings map[string]string, changes ...func(*genesys.Config)) *genesys.Server {
	t.Helper()
	s, err := genesys.Start(p, settings, changes...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// client is openssl s_client with the mock's roots and without the machine's
// configuration.
type client struct {
	t     *testing.T
	path  string
	roots string
}

func sClient(t *testing.T, s *genesys.Server) client {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, s.Roots, 0o600); err != nil {
		t.Fatal(err)
	}
	return client{t, path, roots}
}

// connect shakes hands with a host under a name, and returns what openssl prints.
func (c client) connect(h edge.Host, name string, arguments ...string) string {
	c.t.Helper()
	return c.run("", "", append([]string{"-connect", h.TLS.String(), "-servername", name, "-verify_hostname", name}, arguments...)...)
}

// says sends a message to a host and returns what comes back, until it has what is
// wanted or the connection ends.
func (c client) says(h edge.Host, message, wanted string) string {
	c.t.Helper()
	return c.run(message, wanted, "-quiet", "-connect", h.TLS.String(), "-servername", h.Name, "-verify_hostname", h.Name)
}

func (c client) run(input, wanted string, arguments ...string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	arguments = append([]string{"s_client", "-CAfile", c.roots, "-verify_return_error"}, arguments...)
	command := exec.CommandContext(ctx, c.path, arguments...)
	command.Env = append(os.Environ(), "OPENSSL_CONF="+os.DevNull)
	output := &watched{wanted: wanted, seen: cancel}
	command.Stdout, command.Stderr = output, output
	if wanted == "" {
		command.Run() // its status says nothing that the output does not
		return output.String()
	}
	stdin, err := command.StdinPipe() // kept open: s_client stops at its end
	if err != nil {
		c.t.Fatal(err)
	}
	defer stdin.Close()
	if err := command.Start(); err != nil {
		c.t.Fatal(err)
	}
	fmt.Fprint(stdin, input)
	command.Wait()
	return output.String()
}

// watched collects a program's output, and calls seen when it has what is wanted.
type watched struct {
	output bytes.Buffer // not embedded: its ReadFrom would go round Write
	wanted string
	seen   func()
}

func (w *watched) String() string { return w.output.String() }

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.output.Write(p)
	if w.wanted != "" && strings.Contains(w.String(), w.wanted) {
		w.seen()
	}
	return n, err
}
