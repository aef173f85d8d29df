package sheet_test

import (
	"encoding/xml"
	"html"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/harness/lab/sheet"
	"github.com/sipconform/sipconform/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func sample(t *testing.T, change func(*lab.Options)) sheet.Sheet {
	t.Helper()
	o := lab.Options{
		Name: "lab7", Products: []string{"twilio/voice"}, Domains: []string{"twilio.com"},
		Listen: []netip.Addr{netip.MustParseAddr("192.0.2.7")}, DNS: netip.MustParseAddrPort("192.0.2.7:53"),
		Created: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
	}
	change(&o)
	l, err := lab.Init(filepath.Join(t.TempDir(), "lab"), o)
	if err != nil {
		t.Fatal(err)
	}
	return sheet.Sheet{Lab: l, Products: []sheet.Product{
		{
			ID: "twilio/voice", Title: "Voice <SIP> & more", Domain: "lab7.sip.twilio.com",
			Hosts: []sheet.Host{{Name: "lab7.sip.twilio.com", At: at("192.0.2.7:5061")}}, Register: "for 600 to 3600 seconds",
			Versions: "TLS 1.2", Suites: []string{"AES_CM_128_HMAC_SHA1_80"}, Roots: []sheet.Root{{"Stand-in Root", "root-1.crt", "3F:A0", true}},
			Device: &sheet.Device{Name: "lab7.device.example", Certificate: "device.pem", Key: "device.key.pem", Why: "because"}, Phones: []string{"Snom"},
		},
		{
			ID: "genesys/byoc-cloud", Title: "BYOC", Domain: "lab7.byoc.region.test", SRV: true, Trunk: "trunk.lab7.byoc.region.test", Group: ";tgrp=lab7",
			Hosts: []sheet.Host{
				{Name: "lb01.lab7.byoc.region.test", At: at("192.0.2.7:5061", "[2001:db8::7]:5061")},
				{Name: "lb02.lab7.byoc.region.test", At: at("192.0.2.7:0")},
			},
			Versions: "TLS 1.2", Addresses: 2,
		},
		{ID: "infobip/rest", Title: "REST", HTTPS: true, Versions: "TLS 1.2 to TLS 1.3", Hosts: []sheet.Host{{Name: "rest.api-lab7.infobip.com", At: at("[2001:db8::7]:443")}}},
	}}
}

func at(texts ...string) (all []netip.AddrPort) {
	for _, text := range texts {
		all = append(all, netip.MustParseAddrPort(text))
	}
	return all
}

// TestText has what a person looks for.
func TestText(t *testing.T) {
	t.Parallel()
	s := sample(t, func(*lab.Options) {})
	text := string(s.Text())
	for _, want := range []string{
		"Setting sheet of the lab lab7, made on 2026-01-31\n",
		s.Lab.Account.User, s.Lab.Account.Password, "192.0.2.7, and no other",
		"Voice <SIP> & more (twilio/voice)", "lab7.sip.twilio.com", "TLS, port 5061", "yes, for 600 to 3600 seconds",
		"AES_CM_128_HMAC_SHA1_80", "roots-twilio-voice.pem", "root-1.crt: Stand-in Root, which is in use", "SHA-256 3F:A0",
		"device.key.pem", "because", "_sips._tcp.lab7.byoc.region.test", "lb01.lab7.byoc.region.test:5061, unless", "trunk.lab7.byoc.region.test",
		";tgrp=lab7", "no: the product takes no registrations", "the product takes no calls",
		"https://rest.api-lab7.infobip.com/ at [2001:db8::7]:443", "http://ADDRESS:PORT/" + s.Lab.HandoutPath + "/", "not tried on that hardware",
		"Remove the roots",
		"192.0.2.7:5061 and [2001:db8::7]:5061", "lb02.lab7.byoc.region.test at 192.0.2.7, at the port of its SRV record", "hosts at 2 addresses, and the lab has 1", "twilio.com", "-constraints noncritical",
	} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the sheet lacks %q:\n%s", want, text)
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "   ") && utf8.RuneCountInString(line) > 160 {
			t.Errorf("a line is long: %s", line)
		}
	}
}

// TestVariants has what depends on the lab.
func TestVariants(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]sheet.Sheet{
		"the lab has none":              sample(t, func(o *lab.Options) { o.DNS = netip.AddrPort{} }),
		"Outbound proxy 192.0.2.7:5061": sample(t, func(o *lab.Options) { o.DNS = netip.AddrPort{} }),
		"port 5353, if the device":      sample(t, func(o *lab.Options) { o.DNS = netip.MustParseAddrPort("192.0.2.7:5353") }),
		"198.51.100.7, and no other": sample(t, func(o *lab.Options) {
			o.Advertised = map[netip.Addr]netip.Addr{o.Listen[0]: netip.MustParseAddr("198.51.100.7")}
		}),
		"constraints are not critical": sample(t, func(o *lab.Options) { o.NotCritical = true }),
	} {
		if text := strings.Join(strings.Fields(string(s.Text())), " "); !strings.Contains(text, want) {
			t.Errorf("the sheet lacks %q:\n%s", want, text)
		}
	}
	s := sample(t, func(*lab.Options) {})
	s.Base = "http://192.0.2.7:8080"
	if text := string(s.Text()); !strings.Contains(text, "http://192.0.2.7:8080/"+s.Lab.HandoutPath+"/twilio-voice/MAKER/") {
		t.Errorf("the sheet does not say where it is served:\n%s", text)
	}
}

// TestPage: the page says what the text says, is well formed, and may load and run nothing.
func TestPage(t *testing.T) {
	t.Parallel()
	s := sample(t, func(*lab.Options) {})
	page, err := s.HTML()
	if err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(strings.NewReader(string(page)))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := decoder.Token(); err != nil {
			if err.Error() != "EOF" {
				t.Errorf("%v in\n%s", err, page)
			}
			break
		}
	}
	seen := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(page), " "))
	words := strings.Join(strings.Fields(seen), " ")
	for line := range strings.SplitSeq(string(s.Text()), "\n") {
		for _, part := range regexp.MustCompile(`\s{2,}`).Split(strings.TrimSpace(line), -1) {
			if !strings.Contains(words, part) {
				t.Errorf("the page lacks %q", part)
			}
		}
	}
	if !strings.Contains(string(page), "default-src &#39;none&#39;") || strings.Contains(string(page), "<script") {
		t.Errorf("the page's policy is not there:\n%s", page)
	}
}
