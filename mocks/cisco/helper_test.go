package cisco_test

import (
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/cisco"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func start(t *testing.T, p cisco.Product, settings map[string]string) *cisco.Server {
	t.Helper()
	s, err := cisco.Start(p, settings)
	return testkit.Started(t, s, err)
}

// showing returns the arguments by which openssl shows a certificate that the mock takes.
func showing(t *testing.T, s *cisco.Server) []string {
	t.Helper()
	own, err := s.DeviceCertificate()
	if err != nil {
		t.Fatal(err)
	}
	return testkit.Showing(t, own.TLS())
}
