package sipwire

import (
	"slices"
	"testing"
)

// common are the header fields of a correct request.
const common = "Via: SIP/2.0/TCP h.example;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:a@h.example>;tag=1\r\n" +
	"To: <sip:b@h.example>\r\nCall-ID: 1\r\n"

// torture are short messages in the spirit of RFC 4475, by its section, with
// the causes of what is wrong with them.
var torture = []struct {
	name    string
	raw     string
	defects []string
}{
	{"3.1.1.1 short tortuous INVITE", "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n" +
		"TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n" +
		"from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n" +
		"MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\ncseq: 0009\r\n  INVITE\r\n" +
		"Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\n" +
		"NewFangledHeader:   newfangled value\r\n continued newfangled value\r\nUnknownHeaderWithUnusualValue: ;;,,;;,;\r\n" +
		"Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n" +
		"v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n" +
		" SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n" +
		"m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n\r\n",
		[]string{"branch"}},
	{"3.1.1.2 wide range of characters",
		"!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:" +
			"&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\r\n" +
			common + "CSeq: 1 !interesting-Method0123456789_*+`.%indeed'~\r\nContent-Length: 0\r\n\r\n", nil},
	{"3.1.1.4 escaped nulls", "REGISTER sip:example.com SIP/2.0\r\n" + common +
		"CSeq: 1 REGISTER\r\nContact: <sip:%00@host5.example.com>\r\nL:0\r\n\r\n", nil},
	{"3.1.1.6 no white space between display name and bracket",
		"OPTIONS sip:user@example.com SIP/2.0\r\nTo: sip:user@example.com\r\nFrom: caller<sip:caller@example.com>;tag=323\r\n" +
			"Via: SIP/2.0/UDP h;branch=z9hG4bK\r\nMax-Forwards: 70\r\nCall-ID: 1\r\nCSeq: 60 OPTIONS\r\n\r\n", nil},
	{"3.1.1.9 semicolon in user part", "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0\r\n" + common +
		"CSeq: 1 OPTIONS\r\n\r\n", nil},
	{"3.1.2.1 extraneous separators", "INVITE sip:user@example.com SIP/2.0\r\n" + common +
		"CSeq: 1 INVITE\r\nContact: \"Joe\" <sip:joe@example.org>;;;;\r\nVia: SIP/2.0/UDP 192.0.2.15;;,;,,\r\nContent-Length: 0\r\n\r\n",
		[]string{"via"}},
	{"3.1.2.2 Content-Length larger than message",
		"INVITE sip:user@example.com SIP/2.0\r\n" + common +
			"CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: 9999\r\n\r\nv=0\r\n",
		[]string{"content-length"}},
	{"3.1.2.3 negative Content-Length", "INVITE sip:user@example.com SIP/2.0\r\n" + common +
		"CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: -999\r\n\r\nv=0\r\n",
		[]string{"content-length"}},
	{"3.1.2.4 overlarge CSeq", "REGISTER sip:example.com SIP/2.0\r\n" + common + "CSeq: 36893488147419103232 REGISTER\r\n\r\n",
		[]string{"cseq"}},
	{"3.1.2.6 unterminated quoted string",
		"INVITE sip:user@example.com SIP/2.0\r\nTo: \"Mr. J. User <sip:j.user@example.com>\r\nFrom: sip:caller@example.net;tag=9\r\n" +
			"Max-Forwards: 10\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK\r\nCall-ID: 1\r\nCSeq: 8 INVITE\r\n\r\n", []string{"to"}},
	{"3.1.2.7 brackets around the Request-URI", "INVITE <sip:user@example.com> SIP/2.0\r\n" + common + "CSeq: 1 INVITE\r\n\r\n",
		[]string{"request-uri"}},
	{"3.1.2.8 white space within the Request-URI",
		"INVITE sip:user@example.com; lr SIP/2.0\r\n" + common + "CSeq: 1 INVITE\r\n\r\n", []string{"request-uri"}},
	{"3.1.2.9 several spaces in the Request-Line", "INVITE  sip:user@example.com  SIP/2.0\r\n" + common + "CSeq: 1 INVITE\r\n\r\n",
		[]string{"start-line"}},
	{"3.1.2.10 spaces at its end", "OPTIONS sip:user@example.com SIP/2.0  \r\n" + common + "CSeq: 1 OPTIONS\r\n\r\n", []string{"start-line"}},
	{"3.1.2.11 escaped headers in the Request-URI",
		"INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0\r\n" + common + "CSeq: 1 INVITE\r\n\r\n", []string{"request-uri"}},
	{"3.1.2.14 unquoted comma in a display name",
		"OPTIONS sip:user@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK\r\n" +
			"From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43\r\n" +
			"To: \"Watson, Thomas\" < sip:t.watson@example.org >\r\nMax-Forwards: 70\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n", []string{"from"}},
	{"3.1.2.16 unknown protocol version", "OPTIONS sip:t.watson@example.org SIP/7.0\r\n" +
		"Via: SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw\r\n" + common[len("Via: SIP/2.0/TCP h.example;branch=z9hG4bK1\r\n"):] +
		"CSeq: 1 OPTIONS\r\n\r\n",
		[]string{"version", "via"}},
	{"3.1.2.17 CSeq method of another request", "OPTIONS sip:user@example.com SIP/2.0\r\n" + common + "CSeq: 8 INVITE\r\n\r\n",
		[]string{"cseq-method"}},
	{"3.1.2.19 status of no class", crlf("SIP/2.0 999 Too high", "Via: SIP/2.0/TCP h;branch=z9hG4bK", "From: <sip:a@b>;tag=1",
		"To: <sip:b@b>", "Call-ID: 1", "CSeq: 1 INVITE"), []string{"start-line"}},
	{"3.2.1 branch of nothing but the cookie",
		"OPTIONS sip:user@example.com SIP/2.0\r\nTo: sip:user@example.com\r\nFrom: sip:c@example.org;tag=3\r\n" +
			"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK\r\nMax-Forwards: 3\r\nCall-ID: 1\r\nCSeq: 8 OPTIONS\r\n\r\n", nil},
	{"3.3.1 missing required header fields",
		"INVITE sip:user@example.com SIP/2.0\r\nCSeq: 193942 INVITE\r\n" +
			"Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\r\nContent-Length: 0\r\n\r\n",
		[]string{"missing-header", "missing-header", "missing-header", "missing-header"}},
	{"3.3.2 unknown URI scheme", "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0\r\n" + common + "CSeq: 1 OPTIONS\r\n\r\n", nil},
	{"3.3.8 several values of single fields", "INVITE sip:user@company.com SIP/2.0\r\n" + common + common +
		"CSeq: 5 INVITE\r\nCSeq: 59 INVITE\r\n\r\n",
		[]string{"repeated-header", "repeated-header", "repeated-header", "repeated-header", "repeated-header"}},
	{"3.3.12 Max-Forwards too high", "OPTIONS sip:user@example.com SIP/2.0\r\nMax-Forwards: 300\r\n" +
		"Via: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
		[]string{"max-forwards"}},
	{"line feeds alone", "OPTIONS sip:a@b SIP/2.0\n" +
		"Via: SIP/2.0/TCP h;branch=z9hG4bK1\nMax-Forwards: 70\nFrom: <sip:a@h>;tag=1\nTo: <sip:b@h>\nCall-ID: 1\nCSeq: 1 OPTIONS\n\n",
		[]string{"bare-line-feed"}},
	{"header without colon", "OPTIONS sip:a@b SIP/2.0\r\nnonsense\r\n" + common + "CSeq: 1 OPTIONS\r\n\r\n", []string{"header-line"}},
	{"header with a broken name", "OPTIONS sip:a@b SIP/2.0\r\nX Y: 1\r\n" + common + "CSeq: 1 OPTIONS\r\n\r\n", []string{"header-name"}},
	{"continuation behind the start line", "OPTIONS sip:a@b SIP/2.0\r\n  X: 1\r\n" + common + "CSeq: 1 OPTIONS\r\n\r\n",
		[]string{"header-line"}},
	{"no end", "OPTIONS sip:a@b SIP/2.0\r\n" + common + "CSeq: 1 OPTIONS\r\n", []string{"truncated"}},
	{"From without tag",
		"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:a@h>\r\n" +
			"To: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n", []string{"from"}},
	{"body without type", "OPTIONS sip:a@b SIP/2.0\r\n" + common + "CSeq: 1 OPTIONS\r\nContent-Length: 1\r\n\r\nx",
		[]string{"missing-header"}},
	{"Contact out of shape", "OPTIONS sip:a@b SIP/2.0\r\n" + common + "CSeq: 1 OPTIONS\r\nContact: nobody\r\n\r\n", []string{"contact"}},
}

func TestDefects(t *testing.T) {
	t.Parallel()
	for _, tt := range torture {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := mustParse(t, tt.raw)
			var causes []string
			for _, d := range m.Defects() {
				causes = append(causes, d.Cause)
			}
			if !slices.Equal(causes, tt.defects) {
				t.Errorf("defects %v, want %v", m.Defects(), tt.defects)
			}
		})
	}
}

// TestTortuousInvite reads the fields that RFC 4475 §3.1.1.1 makes hard to read.
func TestTortuousInvite(t *testing.T) {
	t.Parallel()
	m := mustParse(t, torture[0].raw)
	if m.ToTag() != "1918181833n" || m.FromTag() != "98asjd8" {
		t.Errorf("tags %q and %q", m.ToTag(), m.FromTag())
	}
	if n, method := m.CSeq(); n != 9 || method != "INVITE" {
		t.Errorf("CSeq %d %s", n, method)
	}
	vias := m.Values("Via")
	if len(vias) != 3 {
		t.Fatalf("Via %q", vias)
	}
	for i, want := range []struct{ transport, host, branch string }{
		{"UDP", "192.0.2.2", "390skdjuw"}, {"TCP", "spindle.example.com", "z9hG4bK9ikj8"}, {"UDP", "192.168.255.111", "z9hG4bK30239"},
	} {
		via, err := ParseVia(vias[i])
		if err != nil || via.Transport != want.transport || via.Host != want.host || via.Branch() != want.branch {
			t.Errorf("Via %q is %+v, %v", vias[i], via, err)
		}
	}
	contact, err := m.Contact()
	if err != nil || contact.Display != `Quoted string ""` {
		t.Fatalf("Contact %+v, %v", contact, err)
	}
	if contact.Params.Get("q") != "0.33" || !contact.Params.Has("secondparam") {
		t.Errorf("Contact parameters %v", contact.Params)
	}
}
