package edge

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
)

const deviceHost = "sbc.customer.test"

// TestDeviceCertificates has the vendor call a server that is not ours, whose certificate it takes or rejects for the
// right cause.
func TestDeviceCertificates(t *testing.T) {
	t.Parallel()
	leaf := certs.Leaf{DNSNames: []string{deviceHost}, Key: certs.RSA2048}
	for name, test := range map[string]struct {
		recipe string
		leaf   certs.Leaf
		host   string
		want   []string
	}{
		"sound": {"", leaf, deviceHost, nil},
		"name in common name": {
			"", certs.Leaf{CommonName: deviceHost, DNSNames: []string{"other.customer.test"}, Key: certs.RSA2048}, deviceHost, nil,
		},
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
			s := serve(t, "genesys-byoc-cloud", nil)
			shown, err := s.DeviceAuthority.Issue(test.leaf)
			if test.recipe != "" {
				shown, err = s.DeviceAuthority.IssueDefective(test.recipe, test.leaf)
			}
			if err != nil {
				t.Fatal(err)
			}
			h := called(t, s, Outbound{User: "alice", Caller: "+15550100", Address: sServer(t, shown), Host: test.host})
			if !slices.Equal(h.Rejected, test.want) || h.Complete != (test.want == nil) {
				t.Errorf("rejected for %q (%s), want %q", h.Rejected, h.Error, test.want)
			}
		})
	}
}

// TestDeviceServer checks that a vendor without mutual TLS calls with the versions, suites and groups of its revision,
// and shows no certificate.
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
			s := serve(t, "genesys-byoc-cloud", nil)
			shown, err := s.DeviceAuthority.Issue(certs.Leaf{DNSNames: []string{deviceHost}, Key: certs.RSA2048})
			if err != nil {
				t.Fatal(err)
			}
			h := called(t, s, Outbound{User: "alice", Caller: "+15550100", Address: sServer(t, shown, test.arguments...), Host: deviceHost})
			if h.Complete != test.complete || h.Complete && h.Group != test.group || len(h.LocalChain) != 0 {
				t.Errorf("%+v", h)
			}
		})
	}
}

// sServer starts a device's server by openssl, with that certificate, and returns its address.
func sServer(t *testing.T, own *certs.Credential, args ...string) netip.AddrPort {
	t.Helper()
	serving := append([]string{"-no_ign_eof", "-cipher", "DEFAULT:@SECLEVEL=0"}, testkit.Showing(t, own.TLS())...)
	return netip.MustParseAddrPort(testkit.SServer(t, append(serving, args...)...).Address)
}

// called has the vendor call, and returns how the handshake ended. The server that it calls does not speak SIP, so that
// the call itself fails.
func called(t *testing.T, s *Server, o Outbound) *observation.HandshakeInfo {
	t.Helper()
	ctx, cancel := context.WithCancel(testkit.Context(t))
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
	} else if !seen.Handshake.Complete && !errors.Is(failed, ErrUnreachable) {
		t.Errorf("the call failed with %v", failed)
	}
	return seen.Handshake
}

// TestMutualTLS checks that a device may connect with a certificate that was uploaded, for a name that the trunk knows,
// and not otherwise.
func TestMutualTLS(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings map[string]string
		foreign  bool   // a stranger's certificate
		shows    bool   // the certificate
		rejected string // "": taken
	}{
		"its own":        {nil, false, true, ""},
		"any name":       {map[string]string{"subject_name": "any"}, false, true, ""},
		"in a list":      {map[string]string{"subject_name": "listed"}, false, true, ""},
		"another's name": {map[string]string{"subject_name": "other"}, false, true, "name-mismatch"},
		"not uploaded":   {map[string]string{"certificate_uploaded": "off"}, false, true, "unknown-ca"},
		"of a stranger":  {nil, true, true, "unknown-ca"},
		"none":           {nil, true, false, "no-certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "cisco-ucm", test.settings)
			own := deviceCertificate(t, s)
			if test.foreign {
				own = foreignCertificate(t, "device.example.example")
			}
			arguments := []string{"-tls1_2"}
			if test.shows {
				arguments = append(arguments, testkit.Showing(t, own.TLS())...)
			}
			out := testkit.SClient(t, s.Addresses()[observation.TLS].String(), "", arguments...)
			h := testkit.Await(t, s.Log, observation.TLSHandshake, nil).Handshake
			if h.Complete != (test.rejected == "") || !h.Complete && !slices.Contains(h.Rejected, test.rejected) {
				t.Errorf("complete: %v, rejected for %q, want %q\n%s", h.Complete, h.Rejected, test.rejected, out)
			}
			if alerted := strings.Contains(out, "SSL alert number"); alerted != (test.rejected != "") {
				t.Errorf("openssl sees an alert: %v\n%s", alerted, out)
			}
		})
	}
}

// deviceCertificate returns a certificate that the vendor takes of the device.
func deviceCertificate(t *testing.T, s *Server) *certs.Credential {
	t.Helper()
	own, err := s.DeviceCertificate()
	if err != nil {
		t.Fatal(err)
	}
	return own
}

// foreignCertificate returns a certificate of an authority that no vendor trusts.
func foreignCertificate(t *testing.T, name string) *certs.Credential {
	t.Helper()
	pki, err := certs.NewForge(7).Hierarchy(certs.Hierarchy{Name: "stranger"})
	if err != nil {
		t.Fatal(err)
	}
	own, err := pki.Issue(certs.Leaf{DNSNames: []string{name}, Key: certs.RSA2048, ClientAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	return own
}
