package testkit

import (
	"context"
	"crypto/tls"
	"strings"
	"testing"
)

// SClient has openssl s_client connect to address, send input and leave, and returns what it printed. Its exit status
// says nothing that the output does not.
func SClient(tb testing.TB, address, input string, args ...string) string {
	tb.Helper()
	cmd := Command(tb, "openssl", append([]string{"s_client", "-connect", address}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	output, _ := Run(tb, cmd)
	return output
}

// SServer starts openssl s_server on a free port of the loopback interface; it runs until the test ends.
func SServer(tb testing.TB, args ...string) *Server {
	tb.Helper()
	return Serve(tb, command(context.Background(), tb, "openssl", append([]string{"s_server", "-accept", "127.0.0.1:0"}, args...)...))
}

// Showing returns the arguments by which openssl s_client and s_server show a certificate and its chain.
func Showing(tb testing.TB, c tls.Certificate) []string {
	tb.Helper()
	chain, key := PEMFiles(tb, c)
	return []string{"-cert", chain, "-cert_chain", chain, "-key", key}
}
