package edge

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

var overTLS = &sipagent.Link{Protocol: observation.TLS, TLS: tlspeer.State{Version: tlspeer.TLS12}}

func TestFacts(t *testing.T) {
	t.Parallel()
	const home = "sip:s1.sip.twilio.com"
	invite := func(body string, headers ...string) *sipwire.Message {
		return request("INVITE", home, body, headers...)
	}
	to := func(uri string) *sipwire.Message { return request("INVITE", uri, "") }
	register := func(headers ...string) *sipwire.Message { return request("REGISTER", home, "", headers...) }
	both := func(first, second string) *sipwire.Message { return invite(testkit.Description(first, second)) }
	clear, secure, unkeyed := testkit.Audio("RTP/AVP"), testkit.Audio("RTP/SAVP", tag80), testkit.Audio("RTP/SAVP")
	const contact = "Contact: <sip:alice@127.0.0.1:5062>"
	for name, c := range map[string]struct {
		link     *sipagent.Link
		request  *sipwire.Message
		settings map[string]string
		want     string // "fact=value fact=value"
	}{
		"UDP":     {&sipagent.Link{Protocol: observation.UDP}, register(), nil, "transport=udp tls_allowed=not-tls"},
		"TCP":     {&sipagent.Link{Protocol: observation.TCP}, register(), nil, "transport=tcp tls_allowed=not-tls"},
		"TLS 1.2": {overTLS, register(), nil, "transport=tls tls_allowed=yes"},
		"TLS 1.1": {&sipagent.Link{Protocol: observation.TLS, TLS: tlspeer.State{Version: tlspeer.TLS11}}, register(), nil, "tls_allowed=no"},
		"TLS 1.1 with the switch on": {&sipagent.Link{Protocol: observation.TLS, TLS: tlspeer.State{Version: tlspeer.TLS11}}, register(),
			map[string]string{"allow_deprecated_tls": "on"}, "tls_allowed=yes allow_deprecated_tls=on"},

		"own domain":          {overTLS, to("sip:+15550199@S1.sip.Twilio.com:5061;transport=tls"), nil, "host=own number=e164"},
		"own domain, rooted":  {overTLS, to("sips:15550199@s1.sip.twilio.com."), nil, "host=own number=other"},
		"other domain":        {overTLS, to("sip:+1@s2.sip.twilio.com"), nil, "host=other number=other"},
		"address":             {overTLS, to("sip:%2B15550199@127.0.0.1"), nil, "host=ip number=e164"},
		"IPv6 address":        {overTLS, to("sip:+05550199@[::1]:5061"), nil, "host=ip number=other"},
		"tel":                 {overTLS, to("tel:+15550199"), nil, "host=other number=other"},
		"transport":           {overTLS, to("sip:a@b;Transport=UDP"), nil, "uri_transport=udp"},
		"no transport":        {overTLS, to("sip:a;transport=udp@b"), nil, "uri_transport=none"},
		"another transport":   {overTLS, to("sip:a@b;transport=sctp"), nil, "uri_transport=other"},
		"unreadable":          {overTLS, to("sip:a@@b"), nil, "host=other number=other"},
		"no credentials":      {overTLS, invite(""), nil, "credentials=none"},
		"none needed":         {overTLS, invite(""), map[string]string{"digest": "off"}, "credentials=not-asked digest=off"},
		"expires by header":   {overTLS, register(contact, "Expires: 600"), nil, "expires=enough contacts=room"},
		"brief by header":     {overTLS, register(contact, "Expires: 599"), nil, "expires=brief"},
		"brief by parameter":  {overTLS, register(contact+";expires=60", "Expires: 3600"), nil, "expires=brief"},
		"enough by parameter": {overTLS, register(contact+";expires=3600", "Expires: 60"), nil, "expires=enough"},
		"brief among others":  {overTLS, register(contact+";expires=3600, <sip:b@127.0.0.1>;expires=1", ""), nil, "expires=brief"},
		"none asked":          {overTLS, register(contact), nil, "expires=enough"},
		"nonsense asked":      {overTLS, register(contact, "Expires: soon"), nil, "expires=enough"},
		"too much asked":      {overTLS, register(contact, "Expires: 99999999999999999999"), nil, "expires=enough"},
		"zero":                {overTLS, register(contact, "Expires: 0"), nil, "expires=zero"},
		"all":                 {overTLS, register("Contact: *", "Expires: 0"), nil, "expires=zero contacts=room"},
		"all and more":        {overTLS, register("Contact: *", "Expires: 1"), nil, "contacts=room"},
		"11 contacts":         {overTLS, register("Contact: " + strings.Join(contacts(11), ", ")), nil, "contacts=full"},
		"10 contacts":         {overTLS, register("Contact: " + strings.Join(contacts(10), ", ")), nil, "contacts=room"},
		"not a REGISTER":      {overTLS, invite("", contact, "Expires: 1"), nil, "expires=not-asked contacts=not-asked"},

		"no session timer":      {overTLS, invite(""), nil, "session_expires=none"},
		"brief session timer":   {overTLS, invite("", "Session-Expires: 119;refresher=uac"), nil, "session_expires=brief"},
		"short form":            {overTLS, invite("", "x: 90"), nil, "session_expires=brief"},
		"session timer":         {overTLS, invite("", "Session-Expires: 120"), nil, "session_expires=enough"},
		"nonsense timer":        {overTLS, invite("", "Session-Expires: -1"), nil, "session_expires=none"},
		"timer of an OPTIONS":   {overTLS, request("OPTIONS", home, "", "Session-Expires: 1"), nil, "session_expires=none"},
		"body of a REGISTER":    {overTLS, request("REGISTER", home, testkit.RTP()), nil, "media=none crypto=none"},
		"no body":               {overTLS, invite(""), nil, "media=empty crypto=none"},
		"no description":        {overTLS, invite("hello"), nil, "media=bad"},
		"no stream":             {overTLS, invite(testkit.Description()), nil, "media=bad"},
		"RTP":                   {overTLS, invite(testkit.RTP()), nil, "media=rtp crypto=none"},
		"SRTP":                  {overTLS, invite(testkit.SRTP(tag80)), nil, "media=srtp crypto=acceptable"},
		"SAVPF":                 {overTLS, invite(testkit.AudioOnly("RTP/SAVPF", tag32)), nil, "media=srtp crypto=acceptable"},
		"opportunistic":         {overTLS, invite(testkit.RTP(tag80)), nil, "media=opportunistic"},
		"both":                  {overTLS, both(secure, clear), nil, "media=both crypto=acceptable"},
		"both, the other way":   {overTLS, both(clear, secure), nil, "media=both crypto=acceptable"},
		"DTLS":                  {overTLS, invite(testkit.AudioOnly("UDP/TLS/RTP/SAVPF")), nil, "media=other"},
		"rejected":              {overTLS, invite(testkit.Description("m=audio 0 RTP/AVP 0\r\n")), nil, "media=other"},
		"fax":                   {overTLS, invite(testkit.Description("m=image 40000 udptl t38\r\n")), nil, "media=other"},
		"MKI":                   {overTLS, invite(testkit.SRTP(tag80 + "|2^20|1:4")), nil, "crypto=mki"},
		"MKI ignored":           {overTLS, invite(testkit.SRTP(tag80 + "|2^20|1:4")), map[string]string{"mki": "ignore"}, "crypto=acceptable"},
		"MKI and another":       {overTLS, invite(testkit.SRTP(tag80+"|1:4", tag32)), nil, "crypto=acceptable"},
		"unsupported":           {overTLS, invite(testkit.SRTP("1 F8_128_HMAC_SHA1_80 inline:" + key)), nil, "crypto=unsupported"},
		"no crypto":             {overTLS, invite(testkit.SRTP()), nil, "crypto=unsupported"},
		"duplicate tags":        {overTLS, invite(testkit.SRTP(tag80, tag80)), nil, "crypto=unsupported"},
		"second stream is good": {overTLS, both(unkeyed, secure), nil, "crypto=acceptable"},
		"second stream is bad":  {overTLS, both(secure, unkeyed), nil, "crypto=acceptable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := started(t, config(product(t, "twilio-voice"), c.settings))
			facts := e.facts(c.link, c.request)
			for pair := range strings.FieldsSeq(c.want) {
				name, value, _ := strings.Cut(pair, "=")
				if facts[name] != value {
					t.Errorf("%s is %q, want %q", name, facts[name], value)
				}
			}
			checkFacts(t, e, facts)
		})
	}
}

// checkFacts checks that every known fact is there, with one of its values, and nothing else.
func checkFacts(t *testing.T, e *Edge, facts map[string]string) {
	t.Helper()
	for name, values := range profile.Facts() {
		if !slices.Contains(values, facts[name]) {
			t.Errorf("%s is %q, which is not known", name, facts[name])
		}
	}
	for name, value := range e.Settings() {
		if facts[name] != value {
			t.Errorf("the setting %s is %q among the facts, not %q", name, facts[name], value)
		}
	}
	if len(facts) != len(profile.Facts())+len(e.Settings()) {
		t.Errorf("there are unknown facts: %q", slices.Sorted(maps.Keys(facts)))
	}
}

func contacts(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = "<sip:alice@127.0.0.1:" + string(rune('1'+i/10)) + "00" + string(rune('0'+i%10)) + ">"
	}
	return list
}

// TestRoom checks that contacts are counted for each address of record, without those that have lapsed.
func TestRoom(t *testing.T) {
	t.Parallel()
	e := started(t, config(product(t, "twilio-voice"), nil))
	wishes := func(user string, n, expires int) *sipwire.Message {
		m := request("REGISTER", "sip:s1.sip.twilio.com", "", "Contact: "+strings.Join(contacts(n), ", "))
		m.Set("To", "<sip:"+user+"@s1.sip.twilio.com>")
		return m
	}
	bind := func(user string, n int) {
		list, all, err := e.wishes(wishes(user, n, 0))
		if err != nil {
			t.Fatal(err)
		}
		e.bind(user, overTLS, list, all)
	}
	bind("bob", 10)
	if got := e.contacts(wishes("alice", 10, 0)); got != "room" {
		t.Errorf("bob's contacts leave alice %q", got)
	}
	bind("alice", 10)
	if got := e.contacts(wishes("alice", 10, 0)); got != "room" {
		t.Errorf("to register the same ten again: %q", got)
	}
	if got := e.contacts(wishes("alice", 11, 0)); got != "full" {
		t.Errorf("to register an eleventh: %q", got)
	}
	e.mu.Lock()
	alices := e.bindings.of["alice"]
	for i := range alices {
		if i%2 == 0 {
			alices[i].Until = time.Now().Add(-time.Second)
		}
	}
	e.bindings.put("alice", alices)
	e.mu.Unlock()
	if got := e.contacts(wishes("alice", 11, 0)); got != "full" {
		t.Errorf("eleven once more, all at once: %q", got)
	}
	extra := request("REGISTER", "sip:s1.sip.twilio.com", "", "Contact: <sip:alice@127.0.0.1:9>")
	if got := e.contacts(extra); got != "room" {
		t.Errorf("one more, when five have lapsed: %q", got)
	}
	if n := len(e.Bindings()); n != 15 {
		t.Errorf("%d bindings, want 15", n)
	}
}

func FuzzFacts(f *testing.F) {
	for _, seed := range []struct{ headers, body string }{
		{"Session-Expires: 90;refresher=uac\r\nContact: *\r\nExpires: 0", testkit.SRTP(tag80 + "|2^31|1:4")},
		{"Proxy-Authorization: " + proof("INVITE", "0"), testkit.RTP(tag32)},
		{"Proxy-Authorization: Basic x\r\nContact: <sip:a@b>;expires=-1, \"", "m=audio"},
		{"Contact:\r\nTo:\r\nFrom: ;;;\r\nRequire: a,,b", "v=0\r\nm=audio 1 RTP/SAVP\r\na=crypto:\r\n"},
	} {
		f.Add("INVITE", "sip:+1@s1.sip.twilio.com", seed.headers, seed.body)
		f.Add("REGISTER", "sip:", seed.headers, seed.body)
	}
	e := started(f, config(product(f, "twilio-voice"), map[string]string{"secure_media": "on"}))
	f.Fuzz(func(t *testing.T, method, uri, headers, body string) {
		m, err := sipwire.Parse([]byte(method + " " + uri + " SIP/2.0\r\n" + headers + "\r\n\r\n" + body))
		if err != nil {
			return
		}
		checkFacts(t, e, e.facts(overTLS, m))
	})
}
