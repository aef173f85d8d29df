package reference

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// sight is a situation in which a peculiarity shows: it has the device send what matches shows, and keeps it from sending
// what matches hides. A plain device does neither. One of the two may be empty.
type sight struct {
	view         view
	shows, hides string
}

func TestVariantsAreThePeculiarities(t *testing.T) {
	t.Parallel()
	fields := reflect.TypeFor[Peculiarities]()
	variants := Variants()
	if len(variants) != fields.NumField() {
		t.Fatalf("%d variants for %d peculiarities", len(variants), fields.NumField())
	}
	all := sights()
	for i, v := range variants {
		name := fields.Field(i).Name
		if strings.ReplaceAll(v.Name, "-", "") != strings.ToLower(name) || v.Asked == "" {
			t.Errorf("%s is the variant %q, asked %q", name, v.Name, v.Asked)
		}
		for j := range fields.NumField() {
			if reflect.ValueOf(v.Peculiarities).Field(j).Bool() != (i == j) {
				t.Errorf("%s and the peculiarity %s", v.Name, fields.Field(j).Name)
			}
		}
		_, seen := all[v.Name]
		if _, elsewhere := shownElsewhere[v.Name]; seen == elsewhere {
			t.Errorf("%s is shown by the table: %t, by a test of its own: %t", v.Name, seen, elsewhere)
		}
	}
	if shown := len(all) + len(shownElsewhere); shown != len(variants) {
		t.Errorf("%d of %d variants are shown", shown, len(variants))
	}
}

// TestPeculiaritiesAreDescribed checks that a sentence says what each peculiarity does, and a document why it is allowed.
func TestPeculiaritiesAreDescribed(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "peculiarities.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok {
			if name := field.Names[0].Name; !strings.HasPrefix(field.Doc.Text(), name+" ") || !grounded.MatchString(field.Doc.Text()) {
				t.Errorf("%s has the comment %q", name, field.Doc.Text())
			}
		}
		return true
	})
}

// grounded matches the reason why a peculiarity is legal.
var grounded = regexp.MustCompile(`RFC \d+`)

// shownElsewhere are the variants that a test of its own shows.
var shownElsewhere = map[string]string{
	"sends-single-bytes":      "TestWire",
	"splits-client-hello":     "TestWire",
	"fragments-client-hello":  "TestWire",
	"sends-tiny-records":      "TestPieces",
	"begins-with-line-break":  "TestPieces",
	"splits-messages":         "TestPieces",
	"joins-messages":          "TestPieces",
	"shakes-hands-slowly":     "TestSlowDevice",
	"answers-slowly":          "TestSlowDevice",
	"closes-without-notify":   "TestCloseNotify",
	"refuses-after-handshake": "TestRefusesAfterHandshake",
	"sends-in-bursts":         "TestBursts",
	"rings-back-long":         "TestRingsBackLong",
}

// TestVariants shows that each variant does what its peculiarity says, and that a plain device does not.
func TestVariants(t *testing.T) {
	t.Parallel()
	all := sights()
	for _, v := range Variants() {
		s, ok := all[v.Name]
		if !ok {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			plain, peculiar := s.view(t, Peculiarities{}), s.view(t, v.Peculiarities)
			for _, c := range []struct {
				name, text, pattern string
				want                bool
			}{
				{"the variant shows", peculiar, s.shows, true},
				{"a plain device shows", plain, s.shows, false},
				{"the variant shows", peculiar, s.hides, false},
				{"a plain device shows", plain, s.hides, true},
			} {
				if c.pattern != "" && regexp.MustCompile(c.pattern).MatchString(c.text) != c.want {
					t.Errorf("%s %s: %t, want %t:\n%s", c.name, c.pattern, !c.want, c.want, c.text)
				}
			}
		})
	}
}

// sights returns the situations by the names of the variants.
func sights() map[string]sight {
	all := map[string]sight{
		// TLS and certificates.
		"resumes-sessions":               {greets, `resumed true`, ""},
		"offers-one-group":               {greets, `groups \[CurveP384\]`, ""},
		"offers-classical-groups":        {greets, "", `MLKEM`},
		"offers-hybrid-share-only":       {greets, `groups \[X25519MLKEM768 CurveP256 CurveP384\]`, ""},
		"asks-for-another-share":         {serves, `another share: true`, ""},
		"offers-alpn":                    {greets, `ALPN \["sip/2" "http/1.1"\]`, ""},
		"offers-many-suites":             {greets, `suites 2\d`, ""},
		"offers-few-suites":              {greets, `suites 5`, ""},
		"writes-name-in-capitals":        {greets, `name S1\.SIP\.EXAMPLE\.COM`, ""},
		"speaks-tls12-only":              {greets, `versions \[303\]`, ""},
		"shows-root":                     {greets, `2 certificates`, ""},
		"refuses-as-unknown-ca":          {distrusts, `TLS 1.2: 0 .*unknown certificate authority[^:]*\nTLS 1.3: 0 .*unknown certificate authority`, ""},
		"refuses-as-certificate-unknown": {distrusts, `TLS 1.2: 0 .*unknown certificate"[^:]*\nTLS 1.3: 0 .*unknown certificate"`, ""},
		"refuses-as-handshake-failure":   {distrusts, `TLS 1.2: 0 .*handshake failure[^:]*\nTLS 1.3: 0 .*handshake failure`, ""},
		"refuses-silently":               {distrusts, `TLS 1.2: 0 .*EOF[^:]*\nTLS 1.3: 0 .*EOF`, `bad certificate`},
		"tries-closed-connection":        {comesBack, "", `tls2 REGISTER, tls2 REGISTER`},
		"closes-after-use":               {talks, `== tls2\r\nOPTIONS`, ""},
		"opens-connections":              {talks, `(?s)== tls1\r\nREGISTER.*== tls2\r\nINVITE.*== tls3\r\nOPTIONS`, ""},
		"opens-dialog-connections":       {talks, `(?s)== tls2\r\nACK.*== tls3\r\nBYE`, ""},

		// The form of SIP messages.
		"reverses-headers":        {talks, `(?s)REGISTER sip:\S+ SIP/2.0\r\nContent-Length: 0\r\nAllow`, ""},
		"folds-headers":           {talks, `From:\s\r\n <`, ""},
		"abbreviates-headers":     {talks, `\r\nv: SIP/2.0/TLS`, `\r\nVia:`},
		"mixes-case":              {talks, `\r\nvIa: SIP/2.0/tls `, ""},
		"spreads-headers":         {talks, `\r\nVia \t: \t SIP / 2.0 / TLS [\d.:]+ ; branch = z9`, ""},
		"splits-lists":            {talks, `\r\nAllow: INVITE\r\nAllow: ACK\r\n`, ""},
		"joins-lists":             {takes, `\r\nRecord-Route: <[^\r]*> , <`, ""},
		"pings-at-once":           {talks, `[1-9] pings`, ""},
		"extends-via":             {talks, `\r\nVia: [^\r]*;alias;keep;x-device="a, b;c"\r\n`, ""},
		"omits-rport":             {talks, "", `;rport`},
		"names-itself-in-via":     {talks, `\r\nVia: SIP/2.0/TLS phone-7.example.net:\d+;`, ""},
		"sends-unknown-headers":   {talks, "\r\nX!%\\*_\\+`'~\\.1: \r\n", ""},
		"describes-itself":        {talks, `\r\nOrganization: Müller & Söhne\r\n`, ""},
		"sends-empty-headers":     {talks, `\r\nSubject: \r\nSupported: \r\n`, ""},
		"omits-user-agent":        {talks, "", `\r\n(User-Agent|Allow):`},
		"lengthens-identifiers":   {talks, `(?s)branch=z9hG4bK\w{200}.*;tag=\w{200}.*Call-ID: \w{200}`, ""},
		"omits-call-id-host":      {talks, "", `Call-ID: \w+@`},
		"counts-from-high":        {talks, `CSeq: 2147482\d\d\d REGISTER`, `CSeq: 1 `},
		"limits-forwards":         {talks, `Max-Forwards: 10\r\n`, `Max-Forwards: 70`},
		"sends-display-names":     {talks, `\r\nFrom: "Zoë \\"Zo\\" <Ångström>; \\\\ 1" <sip`, ""},
		"extends-contact":         {talks, `\r\nContact: <sip:[^>]*;ob>;\+sip.instance="<urn:uuid:[^"]*>";reg-id=1\r\n`, ""},
		"extends-from":            {talks, `\r\nFrom: <sip:[^>]*;user=phone>;tag=\w+;x-line=1\r\n`, ""},
		"asks-for-privacy":        {talks, `\r\nPrivacy: id\r\nP-Preferred-Identity: <tel:`, ""},
		"preloads-route":          {talks, `\r\nRoute: <sip:s1.sip.example.com;transport=tls;lr>\r\n`, ""},
		"supports-extensions":     {talks, `\r\nSupported: path, outbound, gruu\r\n`, ""},
		"supports-prack":          {talks, `(?s)PRACK sip:callee.*\r\nCSeq: 2 PRACK\r\nRAck: 17 1 INVITE\r\n.*CSeq: 3 BYE`, ""},
		"supports-update":         {takes, "", `SIP/2.0 405 `},
		"supports-timers":         {takes, `\r\nSession-Expires: 900;refresher=uac\r\nRequire: timer\r\n`, ""},
		"describes-body":          {talks, `\r\nContent-Type: application/sdp ; charset=utf-8\r\n`, ""},
		"sends-multipart":         {takes, `Content-Type: multipart/mixed; boundary="device;7"\r\n(?s).*\r\ncontent-type:application/sdp\r\n\r\nv=0\r\n`, ""},
		"reorders-credentials":    {talks, `Authorization: Digest cnonce=`, `Authorization: Digest username=`},
		"phrases-reasons":         {takes, `SIP/2.0 200 Tout va bien, "ça" va: 你好 100 %\r\n`, `SIP/2.0 200 OK`},
		"omits-reasons":           {takes, `SIP/2.0 200 \r\n`, `SIP/2.0 200 OK`},
		"says-why-it-hangs-up":    {talks, `\r\nReason: Q.850;cause=16;`, ""},
		"sends-no-trying":         {takes, "", `SIP/2.0 100 `},
		"sends-no-ringing":        {takes, "", `SIP/2.0 180 `},
		"reports-progress":        {takes, `(?s)SIP/2.0 183 .*?Content-Length: 0\r\n`, `SIP/2.0 180 `},
		"rings-forked":            {takes, `(?s)SIP/2.0 180 .*SIP/2.0 180 `, ""},
		"sends-early-media":       {takes, `(?s)SIP/2.0 183 .*a=crypto.*SIP/2.0 200 .*a=crypto`, ""},
		"refuses-with-606":        {refuses, `SIP/2.0 606 `, `SIP/2.0 488 `},
		"refuses-by-port":         {refuses, `(?s)SIP/2.0 200 .*m=audio 0 RTP/AVP 0 8 101\r\n`, `SIP/2.0 488 `},
		"asks-options-first":      {talks, `\A== tls1\r\nOPTIONS `, ""},
		"fetches-bindings":        {talks, `\r\nCSeq: 1 REGISTER\r\nUser-Agent`, ""},
		"removes-bindings":        {talks, `(?s)\r\nExpires: 0\r\nUser-Agent.*\r\nContact: \*\r\n`, ""},
		"expires-in-contact":      {talks, `\r\nContact: <sip:[^>]*>;expires=3600\r\n`, `\r\nExpires: `},
		"extends-sdp":             {talks, `a=silenceSupp:off - - - -\r\n`, ""},
		"describes-session":       {talks, `(?s)\r\nu=http.*\r\nc=IN.*\r\nb=CT:1000\r\n.*\r\nt=0 0\r\nm=audio [^\r]*\r\ni=Speech\r\nb=AS:80\r\n`, ""},
		"directs-session":         {talks, `(?s)t=0 0\r\na=sendrecv\r\nm=.*a=sendrecv`, ""},
		"addresses-streams":       {talks, `t=0 0\r\nm=audio [^\r]*\r\nc=IN IP4 127.0.0.1\r\n`, `s=reference\r\nc=`},
		"numbers-sessions-high":   {talks, `o=device-1 92233720368547\d{5} 92233720368547\d{5} IN IP4`, `o=- 1 1`},
		"names-no-session":        {talks, `\r\ns= \r\n`, `\r\ns=reference`},
		"offers-refused-video":    {talks, `\r\nm=video 0 RTP/AVP 31\r\n`, ""},
		"offers-video":            {talks, `m=video \d+ RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\S{40}\r\n`, ""},
		"offers-many-formats":     {talks, `m=audio \d+ RTP/SAVP 0 8 101 9 18 111\r\n`, ""},
		"omits-static-maps":       {talks, "", `a=rtpmap:[08] `},
		"omits-packet-time":       {talks, "", `a=ptime`},
		"renumbers-events":        {talks, `RTP/SAVP 0 8 96\r\n(?s).*a=rtpmap:96 telephone-event/8000\r\na=fmtp:96 `, ` 101\r\n`},
		"names-rtcp-port":         {talks, `a=rtcp:\d+ IN IP4 127.0.0.1\r\n`, ""},
		"offers-rtcp-mux":         {talks, `a=rtcp-mux\r\n`, ""},
		"offers-ice":              {talks, `a=candidate:1 2 UDP 2130706430 127.0.0.1 \d+ typ host\r\n`, ""},
		"reverses-suites":         {talks, `a=crypto:1 AES_CM_128_HMAC_SHA1_32 `, `a=crypto:1 AES_CM_128_HMAC_SHA1_80 `},
		"offers-many-srtp-suites": {talks, `(?s)a=crypto:1 AEAD_AES_256_GCM .*a=crypto:6 AES_CM_128_HMAC_SHA1_32 `, ""},
		"numbers-keys-high":       {talks, `(?s)a=crypto:999999001 .*a=crypto:999999000 `, `a=crypto:1 `},
	}
	maps.Copy(all, mediaSights())
	maps.Copy(all, earlySights())
	maps.Copy(all, packetSights())
	maps.Copy(all, holdSights())
	maps.Copy(all, trunkSights())
	return all
}
