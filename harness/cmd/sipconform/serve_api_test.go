package main_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// TestServeDocumentedCommands runs the commands of Infobip's document against a mock on port 443: by the names in them, and
// with nothing added but where the names lead and the stand-in roots.
func TestServeDocumentedCommands(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "curl")
	const production, test = "127.0.77.5", "127.0.77.6"
	l, err := net.Listen("tcp", production+":443")
	if err != nil {
		t.Skipf("this machine does not let the test listen on port 443: %v", err)
	}
	l.Close()
	s := serve(t, "infobip", "--listen="+production+":443")
	for _, c := range []struct {
		arguments []string
		says      string
	}{
		{[]string{"-vi", "--resolve", "api.infobip.com:443:" + test, "https://api.infobip.com"}, `"commonName": "api.infobip.com"`},
		{[]string{"--resolve", "tls-test.api-us.infobip.com:443:" + test, "https://tls-test.api-us.infobip.com"},
			`"commonName": "*.api-us.infobip.com"`},
		{[]string{"-vi", "--resolve", "api.infobip.com:443:" + production, "https://api.infobip.com"}, "200 OK"},
	} {
		out, status := testkit.Run(t, testkit.Command(t, "curl", append(c.arguments, "--noproxy", "*", "--http1.1", "--cacert", s.CA)...))
		if status != 0 || !strings.Contains(out, c.says) {
			t.Errorf("curl %s ends with %d, without %s:\n%s", strings.Join(c.arguments, " "), status, c.says, out)
		}
	}
	s.end(t, os.Interrupt)
}

// TestServeClientCertificate checks that a mock which asks for a certificate writes one that it takes.
func TestServeClientCertificate(t *testing.T) {
	t.Parallel()
	testkit.Program(t, "curl")
	s := serve(t, "infobip", "--set=client_certificate=required")
	if filepath.Dir(s.Client) != s.temporary {
		t.Fatalf("the client certificate is in %q", s.Client)
	}
	const host = "api.infobip.com"
	get := func(more ...string) int {
		_, status := testkit.Run(t, testkit.Command(t, "curl", append(more, "-sS", "--noproxy", "*", "--cacert", s.CA,
			"--connect-to", "::"+s.at(t, "production "+host), "https://"+host)...))
		return status
	}
	if status := get("--cert", s.Client); status != 0 {
		t.Errorf("curl with the certificate ends with %d", status)
	}
	if status := get(); status == 0 {
		t.Error("curl without a certificate is served")
	}
	s.end(t, os.Interrupt)

	none := serve(t, "infobip")
	if none.Client != "" {
		t.Errorf("a mock that asks for no certificate writes %s", none.Client)
	}
	none.end(t, os.Interrupt)
}
