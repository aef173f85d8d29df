package evidence

import (
	"bufio"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/mocks/observation"
)

// writeChains writes each chain that was shown in a handshake once, leaf first. The
// text before each certificate is explanatory text (RFC 7468 §5.2), which readers
// of PEM skip.
func writeChains(w *bufio.Writer, events []observation.Event) error {
	var shown [][][]byte
	for i := range events {
		e := &events[i]
		if e.Kind != observation.TLSHandshake || e.Handshake == nil {
			continue
		}
		for _, side := range []struct {
			who   string
			chain [][]byte
		}{{"mock", e.Handshake.LocalChain}, {"device", e.Handshake.PeerChain}} {
			known := func(chain [][]byte) bool { return slices.EqualFunc(chain, side.chain, slices.Equal[[]byte]) }
			if len(side.chain) == 0 || slices.ContainsFunc(shown, known) {
				continue
			}
			shown = append(shown, side.chain)
			fmt.Fprintf(w, "Chain shown by the %s on connection %s, leaf first\n\n", side.who, printable.Line(e.Conn))
			for _, der := range side.chain {
				describeCertificate(w, der)
				if err := pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
					return err
				}
				w.WriteByte('\n')
			}
		}
	}
	return nil
}

// describeCertificate writes the explanatory text. Its lines are indented, so that no
// name in a certificate can look like the beginning of a PEM block. A write error
// stays in w.
func describeCertificate(w *bufio.Writer, der []byte) {
	field := func(name, value string) { fmt.Fprintf(w, "  %-12s%s\n", name, printable.Line(value)) }
	defer func() { field("SHA-256", fmt.Sprintf("%X", sha256.Sum256(der))) }()
	c, flaws, err := certs.Parse(der)
	if err != nil {
		field("unreadable", err.Error())
		return
	}
	for _, flaw := range flaws {
		field("malformed", flaw.String())
	}
	field("subject", c.Subject.String())
	field("issuer", c.Issuer.String())
	field("names", orNone(alternativeNames(c)))
	field("valid", c.NotBefore.UTC().Format(time.RFC3339)+" to "+c.NotAfter.UTC().Format(time.RFC3339))
	field("key", certs.DescribeKey(c))
	field("signed by", c.SignatureAlgorithm.String())
	field("serial", c.SerialNumber.Text(16))
}

func alternativeNames(c *x509.Certificate) string {
	var names []string
	for _, name := range c.DNSNames {
		names = append(names, "DNS:"+name)
	}
	for _, ip := range c.IPAddresses {
		names = append(names, "IP:"+ip.String())
	}
	for _, uri := range c.URIs {
		names = append(names, "URI:"+uri.String())
	}
	for _, mail := range c.EmailAddresses {
		names = append(names, "email:"+mail)
	}
	return strings.Join(names, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
