package certfiles

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// opinions are those of GnuTLS where it says another thing than that the certificate is fine, by part of what certtool prints. It
// checks names as SIP does not, orders chains, and knows no list unless it is given one.
var opinions = map[string]string{
	"expired":              "expired",
	"not-yet-valid":        "not yet valid",
	"intermediate-expired": "expired",
	"unknown-ca":           "issuer is unknown",
	"self-signed":          "issuer is unknown",
	"missing-intermediate": "issuer is unknown",
	"wrong-name":           "does not match",
	"name-prefix":          "does not match",
	"name-suffix":          "does not match",
	"wildcard-two-labels":  "does not match",
	"bad-signature":        "signature",
	"client-only":          "purpose",
	"name-not-permitted":   "violates the signer's constraints",
	"intermediate-not-ca":  "not a CA",
	"exact-name":           "OK",
	"as-configured":        "OK",
	"renewed-key":          "OK",
	"next-intermediate":    "OK",
	"root-global-root-ca":  "OK",
	"misordered-chain":     "OK",
}

// secondOpinion: another verifier takes the good ones and refuses defects for their reasons.
func secondOpinion(t *testing.T, w written) {
	w.each(t, func(t *testing.T, _ Product, c Certificate) {
		want, is := opinions[c.Name]
		if !is {
			return
		}
		folder := filepath.Join(w.dir, filepath.FromSlash(c.Folder))
		cmd := testkit.Command(t, "certtool", "--verify", "--load-ca-certificate", "root.pem", "--infile", "chain.pem",
			"--verify-hostname", c.Host, "--verify-purpose", "1.3.6.1.5.5.7.3.1")
		cmd.Dir = folder
		out, status := testkit.Run(t, cmd)
		if want == "OK" {
			if status != 0 || !strings.Contains(out, "The certificate is trusted") {
				t.Errorf("certtool ends with %d:\n%s", status, out)
			}
			return
		}
		if status == 0 || !strings.Contains(out, want) {
			t.Errorf("certtool ends with %d, want %q:\n%s", status, want, out)
		}
	})
}

// otherClient has gnutls-cli connect to a server of OpenSSL's that shows a good certificate, and some with defects.
func otherClient(t *testing.T, w written) {
	for _, c := range w.index.Products[0].Certificates {
		want, is := map[string]string{
			"exact-name": "Status: The certificate is trusted", "expired": "expired", "unknown-ca": "issuer is unknown", "wrong-name": "does not match",
		}[c.Name]
		if !is {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			_, args, folder := w.in(c, c.Server)
			server := testkit.SServer(t, inFolder(folder, args[3:])...)
			_, port, err := net.SplitHostPort(server.Address)
			if err != nil {
				t.Fatal(err)
			}
			cmd := testkit.Command(t, "gnutls-cli", "--x509cafile", filepath.Join(folder, "root.pem"), "--sni-hostname", c.Host,
				"--verify-hostname", c.Host, "-p", port, "127.0.0.1")
			cmd.Stdin = strings.NewReader("")
			if out, _ := testkit.Run(t, cmd); !strings.Contains(out, want) {
				t.Errorf("want %q:\n%s", want, out)
			}
		})
	}
}
