package certfiles

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/certs"
)

const everyClient = "every TLS client that verifies its server"

// duties are those that not every client has; sip and https are the words for clients of either, and alike those for both.
var duties = map[string]struct {
	alike, sip, https string
	may               bool // the rules leave it open
	httpsTakes        bool
}{
	"cn-only":          {alike: "clients that follow RFC 9525; RFC 6125 and RFC 5922 let a client take the common name", may: true},
	"wildcard":         {sip: "SIP clients that follow RFC 5922 §7.2", https: "nobody: HTTPS clients take it", httpsTakes: true},
	"sip-uri-mismatch": {sip: "SIP clients that follow RFC 5922 §7.1", https: "nobody: HTTPS clients read no sip: URI", httpsTakes: true},
	"wildcard-partial": {sip: "SIP clients, and clients that follow RFC 9525",
		https: "clients that follow RFC 9525; RFC 6125 leaves it open"},
	"misordered-chain":      {alike: "nobody has to: RFC 8446 §4.4.2 advises clients to put the chain in order", may: true},
	"unrelated-certificate": {alike: "nobody has to: RFC 8446 §4.4.2 advises clients to ignore what they have no use for", may: true},
	"leaf-is-ca":            {alike: "nobody has to: no RFC forbids it, and some clients have a rule of their own", may: true},
	"weak-key":              {alike: "clients with today's minimum of strength, such as OpenSSL at security level 2"},
	"intermediate-weak-key": {alike: "clients with today's minimum of strength, such as OpenSSL at security level 2"},
	"sha1-signature":        {alike: "clients with today's minimum of strength, such as OpenSSL at security level 2"},
	"md5-signature":         {alike: "clients with today's minimum of strength, such as OpenSSL at security level 1"},
	"revoked":               {alike: "clients that check revocation, and are given crl.pem"},
	"intermediate-revoked":  {alike: "clients that check the revocation of the whole chain, and are given crl.pem"},
	"key-mismatch":          {alike: "every TLS client: the handshake's own signature is wrong"},
	"key-usage":             {alike: "clients that check keyUsage, as RFC 5280 §4.2.1.3 has it; Go does not"},
}

// duty returns what clients have to do about a recipe's defect, and which of them.
func duty(recipe string, sip bool) (Duty, string) {
	d, special := duties[recipe]
	who := everyClient
	switch {
	case !special:
	case d.alike != "":
		who = d.alike
	case sip:
		who = d.sip
	default:
		who = d.https
	}
	switch {
	case d.may:
		return MayRefuse, who
	case d.httpsTakes && !sip:
		return Take, who
	}
	return Refuse, who
}

// unserved says why OpenSSL's server cannot show a certificate.
var unserved = map[string]string{
	"leaf-not-first": "openssl s_server loads no key that is not that of the first certificate; take a server that compares none",
	"key-mismatch":   "openssl s_server loads no key that is not the certificate's; take a server that compares none",
	"md5-signature":  "openssl s_server shows it to no client that does not offer MD5, and none does",
}

// weak are those that OpenSSL's server loads only without its own minimum of strength.
var weak = []string{"weak-key", "intermediate-weak-key", "sha1-signature"}

// handshake are the errors that a client of OpenSSL's ends with where openssl verify goes on to another.
var handshake = map[string]int{"intermediate-key-usage": 79, "leaf-not-first": 26}

// commands fills in how a certificate is tried with OpenSSL.
func (c *Certificate) commands() {
	name := "-verify_hostname " + c.Host
	indicated := " -servername " + c.Host
	if _, err := netip.ParseAddr(c.Host); err == nil {
		name, indicated = "-verify_ip "+c.Host, ""
	}
	lists := ""
	if r, is := certs.RecipeByName(c.Name); is && len(r.OpenSSL.Options) > 0 {
		lists = " -CRLfile crl.pem " + strings.Join(r.OpenSSL.Options, " ")
	}
	c.Verify = fmt.Sprintf("openssl verify -trusted root.pem -untrusted chain.pem -purpose sslserver -auth_level 2 %s%s leaf.pem", name, lists)
	if c.Unserved = unserved[c.Name]; c.Unserved != "" {
		return
	}
	c.Server = "openssl s_server -accept 5061 -cert leaf.pem -key key.pem"
	if c.Files.Intermediates != "" {
		c.Server += " -cert_chain intermediates.pem"
	}
	if slices.Contains(weak, c.Name) {
		c.Server += " -cipher ALL:@SECLEVEL=0"
	}
	trusted := "root.pem"
	if lists != "" {
		trusted, lists = "root-and-crl.pem", strings.TrimPrefix(lists, " -CRLfile crl.pem")
	}
	c.Client = fmt.Sprintf("openssl s_client -connect 127.0.0.1:5061%s %s -CAfile %s -verify_return_error%s", indicated, name, trusted, lists)
}
