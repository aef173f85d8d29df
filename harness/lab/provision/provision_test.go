package provision_test

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/lab/provision"
	"github.com/sipconform/sipconform/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const pem = "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n"

func sample() provision.Settings {
	return provision.Settings{
		Product: "twilio/voice", User: "phone482", Password: "k7m2xq9w", Domain: "lab7.sip.twilio.com", Port: 5061, DNS: "192.0.2.7",
		Register: true, Expires: 3600, Secure: true, Roots: []provision.Root{{Number: 1, File: "root-1.crt", URL: "http://192.0.2.7:8080/root-1.crt", PEM: pem}},
	}
}

// written returns the files by maker and name.
func written(t *testing.T, s provision.Settings) map[string]string {
	t.Helper()
	files, err := provision.Files(fixtures.FS, s)
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, f := range files {
		texts[f.Maker+"/"+f.Name] = string(f.Text)
	}
	return texts
}

// valuesOf returns the texts of an XML document's elements and attributes.
func valuesOf(t *testing.T, text string) (values []string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return values
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		switch token := token.(type) {
		case xml.StartElement:
			for _, a := range token.Attr {
				values = append(values, a.Value)
			}
		case xml.CharData:
			values = append(values, string(token))
		}
	}
}

// TestFiles checks what each maker's phones are told.
func TestFiles(t *testing.T) {
	t.Parallel()
	plain := sample()
	trunk := sample()
	trunk.Register, trunk.Secure, trunk.DNS, trunk.Outbound = false, false, "", "192.0.2.7"
	trunk.Roots[0].URL = ""
	for name, c := range map[string]struct{ plain, trunk []string }{
		"yealink/y000000000000.cfg": {
			[]string{"account.1.password = k7m2xq9w\n", "account.1.sip_server.1.address = lab7.sip.twilio.com\n", "account.1.sip_server.1.transport_type = 2\n",
				"account.1.srtp_encryption = 2\n", "account.1.outbound_proxy_enable = 0\n", "static.network.primary_dns = 192.0.2.7\n",
				"static.trusted_certificates.url = http://192.0.2.7:8080/root-1.crt\n", "static.security.trust_certificates = 1\n"},
			[]string{"account.1.srtp_encryption = 0\n", "account.1.outbound_proxy.1.address = 192.0.2.7\n", "Upload root-1.crt", "takes no registration"},
		},
		"snom/snom.xml": {
			[]string{"<user_host idx=\"1\" perm=\"\">lab7.sip.twilio.com<", "lab7.sip.twilio.com:5061;transport=tls<", ">mandatory<", "dns_server1"},
			[]string{">192.0.2.7:5061;transport=tls<", "<user_srtp idx=\"1\" perm=\"\">off<"},
		},
		"poly/sipconform.cfg": {
			[]string{`reg.1.server.1.register="1"`, `reg.1.server.1.transport="TLS"`, `sec.srtp.require="1"`, "BEGIN CERTIFICATE", `device.dns.serverAddress="192.0.2.7"`},
			[]string{`reg.1.server.1.register="0"`, `reg.1.outboundProxy.address="192.0.2.7"`, `sec.srtp.require="0"`},
		},
		"poly/000000000000.cfg": {[]string{`CONFIG_FILES="sipconform.cfg"`}, nil},
		"grandstream/cfg.xml": {
			[]string{"<P47>lab7.sip.twilio.com:5061</P47>", "<P34>k7m2xq9w</P34>", "<P31>1</P31>", "<P32>60</P32>", "<P130>2</P130>", "<P183>2</P183>", "<P48></P48>"},
			[]string{"<P31>0</P31>", "<P183>0</P183>", "<P48>192.0.2.7:5061</P48>", "<P109>1</P109>"},
		},
		"cisco/SEP000000000000.cnf.xml": {
			[]string{"<processNodeName>lab7.sip.twilio.com<", "<authPassword>k7m2xq9w<", "<registerWithProxy>true<", "<transportLayerProtocol>3<", "<deviceSecurityMode>3<"},
			[]string{"<registerWithProxy>false<", "<outboundProxy>192.0.2.7<", "<deviceSecurityMode>2<"},
		},
	} {
		for _, asked := range []struct {
			settings provision.Settings
			want     []string
		}{{plain, c.plain}, {trunk, c.trunk}} {
			text := written(t, asked.settings)[name]
			for _, want := range asked.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s lacks %q:\n%s", name, want, text)
				}
			}
			if strings.Contains(text, "<?xml") {
				valuesOf(t, text)
			}
			if !strings.Contains(text, "not tried on one") && name != "poly/000000000000.cfg" {
				t.Errorf("%s does not say that it was not tried", name)
			}
		}
	}
	if files := written(t, plain); len(files) != 6 {
		t.Errorf("there are %d files", len(files))
	}
}

// TestEscaped: whatever a value is, the phone reads that value and nothing else.
func TestEscaped(t *testing.T) {
	t.Parallel()
	hostile := sample()
	hostile.Password, hostile.User = `a"b<c>&d'e {{.User}} ]]>`, "ü</P35>&#10;"
	for name, text := range written(t, hostile) {
		if !strings.Contains(text, "<?xml") {
			if !strings.Contains(text, "account.1.password = "+hostile.Password+"\n") {
				t.Errorf("%s: the password is another:\n%s", name, text)
			}
			continue
		}
		values := valuesOf(t, text)
		for _, want := range []string{hostile.Password, hostile.User} {
			if name != "poly/000000000000.cfg" && !slices.Contains(values, want) {
				t.Errorf("%s lacks the value %q:\n%s", name, want, text)
			}
		}
	}
	if values := valuesOf(t, written(t, sample())["poly/sipconform.cfg"]); !slices.Contains(values, pem) {
		t.Errorf("the certificate is not what it was: %q", values)
	}
	for _, value := range []string{"two\nlines", "bell\a", "nul\x00", " space", "a -- b"} {
		s := sample()
		s.Password = value
		if _, err := provision.Files(fixtures.FS, s); err == nil {
			t.Errorf("%q is taken", value)
		}
	}
}

// TestAnswers: phones ask by model and by their own address.
func TestAnswers(t *testing.T) {
	t.Parallel()
	files, err := provision.Files(fixtures.FS, sample())
	if err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[string]string{
		"yealink y000000000044.cfg":       "y000000000000.cfg",
		"yealink 805e0cf40bb9.cfg":        "y000000000000.cfg",
		"snom snomD735.htm":               "snom.xml",
		"poly 0004f2abcdef.cfg":           "000000000000.cfg",
		"poly sipconform.cfg":             "sipconform.cfg",
		"grandstream cfg000b82123456.xml": "cfg.xml",
		"grandstream cfggrp2614.xml":      "cfg.xml",
		"cisco SEP001122AABBCC.cnf.xml":   "SEP000000000000.cnf.xml",
		"yealink ../lab.yaml":             "",
		"poly 0004f2abcdef-phone.cfg":     "",
		"cisco sep001122aabbcc.cnf.xml":   "",
	} {
		maker, name, _ := strings.Cut(asked, " ")
		got := ""
		for _, f := range files {
			if f.Maker == maker && f.Answers(name) {
				got = f.Name
				break
			}
		}
		if got != want {
			t.Errorf("%s gets %q, want %q", asked, got, want)
		}
	}
}
