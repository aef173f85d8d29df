package genesys_test

import (
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/genesys"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func start(t *testing.T, p genesys.Product, settings map[string]string, changes ...func(*genesys.Config)) *genesys.Server {
	t.Helper()
	s, err := genesys.Start(p, settings, changes...)
	return testkit.Started(t, s, err)
}

// client is openssl s_client with the mock's roots.
type client struct {
	t        *testing.T
	trusting []string
}

func newClient(t *testing.T, s *genesys.Server) client {
	t.Helper()
	return client{t, []string{"-CAfile", testkit.File(t, "roots.pem", s.Roots), "-verify_return_error"}}
}

// connect shakes hands with a host under a name, and returns what openssl prints.
func (c client) connect(h edge.Host, name string, args ...string) string {
	c.t.Helper()
	args = append([]string{"-servername", name, "-verify_hostname", name}, args...)
	return testkit.SClient(c.t, h.TLS.String(), "", append(c.trusting, args...)...)
}

// send sends a message to a host, and returns what comes back until that contains wanted or the connection ends.
func (c client) send(h edge.Host, message, wanted string) string {
	c.t.Helper()
	args := []string{"s_client", "-quiet", "-connect", h.TLS.String(), "-servername", h.Name, "-verify_hostname", h.Name}
	return testkit.Converse(c.t, testkit.Command(c.t, "openssl", append(args, c.trusting...)...), message, wanted)
}
