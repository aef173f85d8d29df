package genesys_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/genesys"
	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
)

const deviceHost = "sbc.customer.test"

// sServer is a device's server by openssl, with that certificate.
func sServer(t *testing.T, shown *certs.Credential, arguments ...string) netip.AddrPort {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	files := map[string][]byte{"chain.pem": shown.PEM(), "key.pem": shown.KeyPEM()}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, path, append([]string{"s_server", "-accept", "127.0.0.1:0", "-no_ign_eof", "-cipher", "DEFAULT:@SECLEVEL=0",
		"-cert", filepath.Join(dir, "chain.pem"), "-cert_chain", filepath.Join(dir, "chain.pem"), "-key", filepath.Join(dir, "key.pem")}, arguments...)...)
	command.Env = append(os.Environ(), "OPENSSL_CONF="+os.DevNull)
	stdin, err := command.StdinPipe() // kept open: s_server stops at its end
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		stdin.Close()
		command.Wait()
	})
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if address, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			go io.Copy(io.Discard, stdout) // ends with the program
			return netip.MustParseAddrPort(address)
		}
	}
	t.Fatal("openssl s_server did not start")
	return netip.AddrPort{}
}

// TestDeviceCertificates: the vendor calls a server that is not ours, and takes
// its certificate or refuses it, for its own cause.
func TestDeviceCertificates(t *testing.T) {
	t.Parallel()
	leaf := certs.Leaf{DNSNames: []string{deviceHost}, Key: certs.RSA2048}
	for name, test := range map[string]struct {
		recipe string
		leaf   certs.Leaf
		host   string
		want   []string
	}{
		"sound":                {"", leaf, deviceHost, nil},
		"name in common name":  {"", certs.Leaf{CommonName: deviceHost, DNSNames: []string{"other.customer.test"}, Key: certs.RSA2048}, deviceHost, nil},
		"wildcard":             {"", certs.Leaf{DNSNames: []string{"*.customer.test"}, Key: certs.RSA2048}, deviceHost, nil},
		"another host":         {"", leaf, "pbx.customer.test", []string{certs.CauseNameMismatch}},
		"called by address":    {"", leaf, "", []string{identity.CauseAddress}},
		"expired":              {"expired", leaf, deviceHost, []string{certs.CauseExpired}},
		"not valid yet":        {"not-yet-valid", leaf, deviceHost, []string{certs.CauseNotYetValid}},
		"no intermediate":      {"missing-intermediate", leaf, deviceHost, []string{certs.CauseIncompleteChain}},
		"unknown authority":    {"unknown-ca", leaf, deviceHost, []string{certs.CauseUnknownCA}},
		"self-signed":          {"self-signed", leaf, deviceHost, []string{certs.CauseSelfSigned}},
		"wrong name":           {"wrong-name", leaf, deviceHost, []string{certs.CauseNameMismatch}},
		"expired intermediate": {"intermediate-expired", leaf, deviceHost, []string{certs.CauseIssuerExpired}},
		"broken signature":     {"bad-signature", leaf, deviceHost, []string{certs.CauseBadSignature}},
		"for clients only":     {"client-only", leaf, deviceHost, []string{certs.CauseExtendedKeyUsage}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, genesys.BYOCCloud, nil)
			shown, err := s.Clients.Issue(test.leaf)
			if test.recipe != "" {
				shown, err = s.Clients.IssueDefective(test.recipe, test.leaf)
			}
			if err != nil {
				t.Fatal(err)
			}
			h := called(t, s, edge.Outbound{User: "alice", Caller: "+15550100", Address: sServer(t, shown), Host: test.host})
			if !slices.Equal(h.Rejected, test.want) || h.Complete != (test.want == nil) {
				t.Errorf("refused for %q (%s), want %q", h.Rejected, h.Error, test.want)
			}
		})
	}
}

// TestDeviceServer: the vendor speaks TLS 1.2, does ECDHE on secp384r1, and has
// no certificate of its own.
func TestDeviceServer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments []string
		group     uint16
		complete  bool
	}{
		"any":                     {nil, 24, true},
		"secp384r1":               {[]string{"-named_curve", "secp384r1"}, 24, true},
		"TLS 1.3 only":            {[]string{"-tls1_3"}, 0, false},
		"TLS 1.1 only":            {[]string{"-tls1_1"}, 0, false},
		"RSA key exchange":        {[]string{"-cipher", "AES256-SHA"}, 0, true},
		"a suite that it lacks":   {[]string{"-cipher", "ECDHE-RSA-CHACHA20-POLY1305"}, 0, false},
		"wants a certificate":     {[]string{"-verify", "1"}, 24, true},
		"demands a certificate":   {[]string{"-Verify", "1"}, 0, false},
		"a group that it lacks":   {[]string{"-named_curve", "P-256", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"}, 0, false},
		"the vendor's own suites": {[]string{"-cipher", "ECDHE-RSA-AES256-GCM-SHA384"}, 24, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, genesys.BYOCCloud, nil)
			shown, err := s.Clients.Issue(certs.Leaf{DNSNames: []string{deviceHost}, Key: certs.RSA2048})
			if err != nil {
				t.Fatal(err)
			}
			h := called(t, s, edge.Outbound{User: "alice", Caller: "+15550100", Address: sServer(t, shown, test.arguments...), Host: deviceHost})
			if h.Complete != test.complete || h.Complete && h.Group != test.group || len(h.LocalChain) != 0 {
				t.Errorf("%+v", h)
			}
		})
	}
}

// called has the vendor call, and returns how the handshake ended: what it
// called is no SIP server.
func called(t *testing.T, s *edge.Server, o edge.Outbound) *observation.HandshakeInfo {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := s.Call(ctx, o)
		done <- err
	}()
	seen, err := s.Log.Wait(ctx, func(e observation.Event) bool { return e.Kind == observation.TLSHandshake })
	cancel()
	if failed := <-done; err != nil || failed == nil {
		t.Fatalf("no handshake: %v, %v", err, failed)
	} else if !seen.Handshake.Complete && !errors.Is(failed, edge.ErrUnreachable) {
		t.Errorf("the call failed with %v", failed)
	}
	return seen.Handshake
}
