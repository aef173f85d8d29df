package evidence

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func chainsOf(t testing.TB, events ...observation.Event) []byte {
	t.Helper()
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	if err := writeChains(w, events); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func handshake(conn string, local, peer [][]byte) observation.Event {
	return observation.Event{Kind: observation.TLSHandshake, Conn: conn,
		Handshake: &observation.HandshakeInfo{Role: "server", LocalChain: local, PeerChain: peer}}
}

// ders returns the certificates in PEM data.
func ders(data []byte) [][]byte {
	var all [][]byte
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return all
		}
		all = append(all, block.Bytes)
	}
}

func TestChains(t *testing.T) {
	t.Parallel()
	leaf := wildcard()
	root := certificate(x509.Certificate{Subject: pkix.Name{CommonName: "Root", Organization: []string{"Example\x1b[2J"}}})
	phone := certificate(x509.Certificate{Subject: pkix.Name{CommonName: "-----BEGIN CERTIFICATE-----\nphone"}})
	broken := []byte("no certificate")

	got := chainsOf(t,
		handshake("c1", [][]byte{leaf, root}, [][]byte{phone}),
		handshake("c2", [][]byte{leaf, root}, nil), // the same chain again
		handshake("c3", nil, [][]byte{broken}),
	)
	want := [][]byte{leaf, root, phone, broken}
	read := ders(got)
	if len(read) != len(want) {
		t.Fatalf("%d certificates in the file, want %d:\n%s", len(read), len(want), got)
	}
	for i := range want {
		if !bytes.Equal(read[i], want[i]) {
			t.Errorf("certificate %d came out changed", i)
		}
	}
	for _, line := range []string{
		"Chain shown by the mock on connection c1, leaf first\n",
		"Chain shown by the device on connection c1, leaf first\n",
		"  subject     CN=*.sip.twilio.com\n",
		"  names       DNS:*.sip.twilio.com, IP:127.3.7.1, URI:sip:s17.sip.twilio.com\n",
		"  valid       2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z\n",
		"  key         ECDSA P-256\n",
		"  signed by   ECDSA-SHA256\n",
		"  serial      cafe\n",
		`  issuer      CN=Root,O=Example\x1b[2J` + "\n",
		"  names       none\n",
		`  subject     CN=-----BEGIN CERTIFICATE-----\nphone` + "\n",
		"  unreadable  x509: malformed certificate\n",
	} {
		if !strings.Contains(string(got), line) {
			t.Errorf("chain.pem lacks %q:\n%s", line, got)
		}
	}
}

// TestChainsThatGoDoesNotParse: a certificate of the field is described in full, with what is wrong about it, and kept
// as it came.
func TestChainsThatGoDoesNotParse(t *testing.T) {
	t.Parallel()
	pki, err := certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "device"})
	if err != nil {
		t.Fatal(err)
	}
	for oddity, lines := range map[string][]string{
		"negative-serial":    {"  malformed   serial number -78187493520\n", "  serial      -1234567890\n", "  names       DNS:phone.test\n"},
		"ip-address-as-text": {"  malformed   IP address of 11 bytes: 192.0.2.250\n", "  names       DNS:phone.test\n"},
		"explicit-curve":     {"  key         of an unknown kind\n"},
	} {
		cred, err := pki.IssueOdd(oddity, certs.Leaf{DNSNames: []string{"phone.test"}})
		if err != nil {
			t.Fatal(err)
		}
		got := chainsOf(t, handshake("c1", nil, [][]byte{cred.Leaf.Raw}))
		for _, line := range lines {
			if !strings.Contains(string(got), line) {
				t.Errorf("%s: chain.pem lacks %q:\n%s", oddity, line, got)
			}
		}
		if read := ders(got); len(read) != 1 || !bytes.Equal(read[0], cred.Leaf.Raw) {
			t.Errorf("%s: %d certificates in the file", oddity, len(read))
		}
	}
}

func TestOpenSSLReadsChains(t *testing.T) {
	t.Parallel()
	path := testkit.File(t, ChainFile, chainsOf(t, handshake("c1", [][]byte{wildcard(), wildcard()}, nil)))
	out, status := testkit.Run(t, testkit.Command(t, "openssl", "storeutl", "-noout", "-text", "-certs", path))
	if status != 0 || !strings.Contains(out, "Total found: 2") {
		t.Errorf("openssl: status %d\n%s", status, out)
	}
}

func FuzzChains(f *testing.F) {
	f.Add(wildcard())
	f.Add([]byte{0x30, 0x82})
	f.Fuzz(func(t *testing.T, der []byte) {
		if len(der) == 0 {
			return
		}
		read := ders(chainsOf(t, handshake("c1", nil, [][]byte{der})))
		if len(read) != 1 || !bytes.Equal(read[0], der) {
			t.Fatalf("%d certificates came back", len(read))
		}
	})
}
