package genesys_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/genesys"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// everySuite has openssl offer all suites that it has.
const everySuite = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"

// TestVersions checks that TLS 1.2 is taken, and that any other version gets the alert protocol_version.
func TestVersions(t *testing.T) {
	t.Parallel()
	s := start(t, genesys.BYOCCloud, nil)
	c := newClient(t, s)
	for _, version := range []string{"-tls1", "-tls1_1", "-tls1_2", "-tls1_3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			h := s.Hosts()[0]
			out := c.connect(h, h.Name, version, "-cipher", everySuite)
			if taken := strings.Contains(out, "Verified peername: "); taken != (version == "-tls1_2") {
				t.Errorf("taken is %v\n%s", taken, out)
			}
			if refused := strings.Contains(out, "alert protocol version"); refused != (version != "-tls1_2") {
				t.Errorf("refused with protocol_version is %v\n%s", refused, out)
			}
			asks := strings.Contains(out, "Acceptable client certificate CA names")
			asksNot := strings.Contains(out, "No client certificate CA names sent")
			if asks || version == "-tls1_2" && !asksNot {
				t.Errorf("a client certificate is asked for (GE-TLS-11)\n%s", out)
			}
		})
	}
}

// TestSuites checks that each revision takes its suites and no others.
func TestSuites(t *testing.T) {
	t.Parallel()
	p, err := genesys.Profile(genesys.BYOCCloud)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Revisions {
		t.Run(r.Revision, func(t *testing.T) {
			t.Parallel()
			s := start(t, genesys.BYOCCloud, nil, func(c *genesys.Config) { c.Revision = r.Revision })
			c := newClient(t, s)
			h := s.Hosts()[0]
			missing := vendor.NotEmulated(r)
			for _, name := range []string{
				"AES256-SHA", "AES256-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-SHA384",
				"AES128-GCM-SHA256", "AES256-GCM-SHA384", "ECDHE-RSA-AES256-SHA",
				"AES128-SHA", "AES128-SHA256", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-CHACHA20-POLY1305",
				"DHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", "NULL-SHA",
			} {
				listed := slices.Contains(r.TLS.Suites, name)
				number, _ := tlspeer.SuiteByOpenSSLName(name)
				if slices.ContainsFunc(missing, func(u tlspeer.Unavailable) bool { return u.Number == number }) {
					listed = false // the mock says that it is left out
				}
				out := c.connect(h, h.Name, "-tls1_2", "-cipher", name+":@SECLEVEL=0")
				if taken := strings.Contains(out, "Cipher is "+name+"\n"); taken != listed {
					t.Errorf("%s: taken is %v, want %v\n%s", name, taken, listed, out)
				}
				if refused := strings.Contains(out, "alert handshake failure"); refused == listed {
					t.Errorf("%s: refused is %v\n%s", name, refused, out)
				}
				if strings.Contains(name, "ECDHE") && listed && !strings.Contains(out, "Server Temp Key: ECDH, secp384r1, 384 bits") {
					t.Errorf("%s: not on secp384r1\n%s", name, out)
				}
			}
		})
	}
}

// TestGroups checks that a client without secp384r1 gets a suite with RSA key exchange, or none.
func TestGroups(t *testing.T) {
	t.Parallel()
	s := start(t, genesys.BYOCCloud, nil)
	c := newClient(t, s)
	h := s.Hosts()[0]
	for _, test := range []struct{ groups, suites, want string }{
		{"P-384", "ECDHE-RSA-AES256-GCM-SHA384", "Server Temp Key: ECDH, secp384r1, 384 bits"},
		{"X25519:P-256:P-384", "ECDHE-RSA-AES256-GCM-SHA384", "Server Temp Key: ECDH, secp384r1, 384 bits"},
		{"X25519:P-256:P-521", "ECDHE-RSA-AES256-GCM-SHA384", "alert handshake failure"},
		{"X25519:P-256:P-521", "ECDHE-RSA-AES256-GCM-SHA384:AES256-SHA", "Cipher is AES256-SHA\n"},
	} {
		if out := c.connect(h, h.Name, "-tls1_2", "-groups", test.groups, "-cipher", test.suites); !strings.Contains(out, test.want) {
			t.Errorf("%s with %s: want %q\n%s", test.groups, test.suites, test.want, out)
		}
	}
}

// TestOrder checks that the device's order of suites decides (GE-TLS-08), or the vendor's if that is set.
func TestOrder(t *testing.T) {
	t.Parallel()
	for order, want := range map[string]string{"client": "AES256-SHA", "server": "ECDHE-RSA-AES256-GCM-SHA384"} {
		s := start(t, genesys.BYOCCloud, map[string]string{"suite_order": order})
		h := s.Hosts()[0]
		out := newClient(t, s).connect(h, h.Name, "-tls1_2", "-cipher", "AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384")
		if !strings.Contains(out, "Cipher is "+want+"\n") {
			t.Errorf("%s: want %s\n%s", order, want, out)
		}
	}
}

// TestNames checks that each proxy's certificate is for its own name and for the domain, and for nothing else: no other
// proxy, trunk or address.
func TestNames(t *testing.T) {
	t.Parallel()
	s := start(t, genesys.BYOCCloud, nil)
	c := newClient(t, s)
	for i, h := range s.Hosts() {
		if want := fmt.Sprintf("lb%02d.%s", i+1, s.Domain()); h.Name != want {
			t.Errorf("host %d is %s, want %s", i, h.Name, want)
		}
		for _, name := range []string{h.Name, s.Domain(), s.Hosts()[(i+1)%4].Name, s.TrunkHost(), "_sips._tcp." + s.Domain()} {
			good := name == h.Name || name == s.Domain()
			out := c.connect(h, name)
			if strings.Contains(out, "Verified peername: ") != good || strings.Contains(out, "hostname mismatch") == good {
				t.Errorf("%s for %s: good is %v\n%s", h.Name, name, !good, out)
			}
		}
	}
	h := s.Hosts()[0]
	out := testkit.SClient(t, h.TLS.String(), "", append(c.trusting, "-verify_ip", h.TLS.Addr().String())...)
	if !strings.Contains(out, "IP address mismatch") {
		t.Errorf("good for its address\n%s", out)
	}
}

// TestPremises connects to an Edge under the organisation's authority.
func TestPremises(t *testing.T) {
	t.Parallel()
	s := start(t, genesys.BYOCPremises, nil)
	c := newClient(t, s)
	h := s.Hosts()[0]
	if len(s.Hosts()) != 1 || h.Name != s.Domain() || s.TrunkGroup() != "" || s.TrunkHost() != "" {
		t.Errorf("hosts %v, trunk %q %q", s.Hosts(), s.TrunkGroup(), s.TrunkHost())
	}
	if out := c.connect(h, s.Domain(), "-tls1_2"); !strings.Contains(out, "Verified peername: ") {
		t.Errorf("not taken\n%s", out)
	}
}

// invite returns an INVITE for openssl to send.
func invite(s *genesys.Server, uri, description string) string {
	branch := fmt.Sprint("z9hG4bK-", len(uri)+len(description))
	return strings.Join([]string{"INVITE " + uri + " SIP/2.0", "Via: SIP/2.0/TLS 127.0.0.1:5061;branch=" + branch,
		"Max-Forwards: 70", "From: <sip:device@" + s.Domain() + ">;tag=1", "To: <" + uri + ">", "Call-ID: " + uri, "CSeq: 1 INVITE",
		"Contact: <sip:device@127.0.0.1:5099;transport=tls>", "Content-Type: application/sdp",
		fmt.Sprintf("Content-Length: %d", len(description)), "", description}, "\r\n")
}

// TestRouting checks that a call finds its trunk by trunk group, by the trunk's host, or by number if that is switched on,
// and not otherwise.
func TestRouting(t *testing.T) {
	t.Parallel()
	clear, secure := testkit.RTP(), testkit.SRTP(testkit.Tag80)
	for name, test := range map[string]struct {
		settings  map[string]string
		uri, body string
		want      string
	}{
		"trunk group":        {nil, "sip:+15550199{group}@{host};transport=tls", secure, "SIP/2.0 200"},
		"group at domain":    {nil, "sip:+15550199{group}@{domain};transport=tls", secure, "SIP/2.0 200"},
		"group elsewhere":    {nil, "sip:+15550199{group}@lb01.nowhere.test", secure, "SIP/2.0 404"},
		"group at address":   {nil, "sip:+15550199{group}@127.0.0.1", secure, "SIP/2.0 404"},
		"group at trunk":     {nil, "sip:+15550199{group}@{trunk}", secure, "SIP/2.0 200"},
		"other group":        {nil, "sip:+15550199;tgrp=other;trunk-context=byoc.region.test@{host}", secure, "SIP/2.0 404"},
		"no context":         {nil, "sip:+15550199;tgrp=example@{host}", secure, "SIP/2.0 404"},
		"behind the host":    {nil, "sip:x@{host}{group}", secure, "SIP/2.0 404"},
		"set to 403":         {map[string]string{"unrouted": "403"}, "sip:x@{host}", secure, "SIP/2.0 403"},
		"trunk host":         {nil, "sip:+15550199@{trunk}", secure, "SIP/2.0 200"},
		"number":             {map[string]string{"dnis": "on"}, "sip:+15550199@127.0.0.1", secure, "SIP/2.0 200"},
		"number by name":     {map[string]string{"dnis": "on"}, "sip:+15550199@{host}", secure, "SIP/2.0 200"},
		"number elsewhere":   {map[string]string{"dnis": "on"}, "sip:+15550199@lb01.nowhere.test", secure, "SIP/2.0 404"},
		"other transport":    {nil, "sip:+15550199{group}@{host};transport=udp", secure, "SIP/2.0 403"},
		"in any case":        {nil, "sip:+15550199{group}@{host};transport=TLS", secure, "SIP/2.0 200"},
		"other, not looked":  {map[string]string{"enforce_inbound_transport": "off"}, "sip:+15550199{group}@{host};transport=udp", secure, "SIP/2.0 200"},
		"number off":         {nil, "sip:+15550199@127.0.0.1", secure, "SIP/2.0 404"},
		"no number":          {map[string]string{"dnis": "on"}, "sip:desk@127.0.0.1", secure, "SIP/2.0 404"},
		"plain RTP":          {nil, "sip:+15550199{group}@{host}", clear, "SIP/2.0 488"},
		"plain RTP, late":    {map[string]string{"rtp_refusal": "late"}, "sip:+15550199{group}@{host}", clear, "SIP/2.0 183"},
		"plain RTP, not set": {map[string]string{"secure_trunk": "off"}, "sip:+15550199{group}@{host}", clear, "SIP/2.0 200"},
		"_32":                {nil, "sip:+15550199{group}@{host}", testkit.SRTP(testkit.Tag32), "SIP/2.0 488"},
		"MKI":                {nil, "sip:+15550199{group}@{host}", testkit.SRTP(testkit.Tag80 + "|1:4"), "SIP/2.0 488"},
		"lifetime":           {nil, "sip:+15550199{group}@{host}", testkit.SRTP(testkit.Tag80 + "|2^20"), "SIP/2.0 200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, genesys.BYOCCloud, test.settings)
			h := s.Hosts()[2] // any will do
			names := strings.NewReplacer("{group}", s.TrunkGroup(), "{host}", h.Name, "{domain}", s.Domain(), "{trunk}", s.TrunkHost())
			uri := names.Replace(test.uri)
			out := newClient(t, s).send(h, invite(s, uri, test.body), test.want)
			if !strings.Contains(out, test.want) {
				t.Errorf("want %s\n%s", test.want, out)
			}
			if contact := "Contact: <sip:" + h.TLS.String() + ";"; strings.HasSuffix(test.want, "200") && !strings.Contains(out, contact) {
				t.Errorf("want %s: in-dialog requests go to the proxy of the call\n%s", contact, out)
			}
		})
	}
}
