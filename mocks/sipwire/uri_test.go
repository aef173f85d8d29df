package sipwire

import (
	"reflect"
	"testing"
)

func TestParseURI(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want URI
	}{
		{"sip:example.com", URI{Scheme: "sip", Host: "example.com"}},
		{"SIPS:alice:secret@example.com:5061", URI{Scheme: "sips", User: "alice", Password: "secret", Host: "example.com", Port: 5061}},
		{"sip:+15551234567@s1.sip.twilio.com;transport=tls;lr", URI{Scheme: "sip", User: "+15551234567", Host: "s1.sip.twilio.com",
			Params: Params{{"transport", "tls", true}, {"lr", "", false}}}},
		{"sip:+1555;tgrp=a;trunk-context=b.example@h?X-a=%20b&X-c", URI{Scheme: "sip", User: "+1555;tgrp=a;trunk-context=b.example", Host: "h",
			Headers: Params{{"X-a", "%20b", true}, {"X-c", "", false}}}},
		{"sip:u?x@h", URI{Scheme: "sip", User: "u?x", Host: "h"}},
		{"sip:[2001:db8::1]:5060;lr=", URI{Scheme: "sip", Host: "[2001:db8::1]", Port: 5060, Params: Params{{"lr", "", true}}}},
		{"sip:[::1]", URI{Scheme: "sip", Host: "[::1]"}},
		{"sip:under_score.example", URI{Scheme: "sip", Host: "under_score.example"}},
		{"tel:+1-555;phone-context=example.com", URI{Scheme: "tel", Opaque: "+1-555;phone-context=example.com"}},
		{"urn:service:sos", URI{Scheme: "urn", Opaque: "service:sos"}},
	}
	for _, tt := range tests {
		got, err := ParseURI(tt.text)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("ParseURI(%q) = %+v, %v", tt.text, got, err)
			continue
		}
		again, err := ParseURI(got.String())
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%q was written as %q", tt.text, got.String())
		}
	}
}

func TestParseURIRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "sip", "sip:", ":a@b", "1sip:a@b", "s ip:a@b", "sip:a@", "sip:@b", "sip:a@b:0", "sip:a@b:65536", "sip:a@b:x", "sip:a@b:",
		"sip:a b@c", "sip:a@b@c", "<sip:a@b>", "sip:[::1", "sip:[127.0.0.1]", "sip:[::1]x", "sip:[zone]", "sip:a@b/c", "tel:", "sip:a@b;x=\"y\"",
	} {
		if got, err := ParseURI(text); err == nil {
			t.Errorf("ParseURI(%q) = %+v", text, got)
		}
	}
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"a%40b": "a@b", "%zz%4": "%zz%4", "%00": "\x00", "plain": "plain", "%": "%", "%+1": "%+1"} {
		if got := Unescape(text); got != want {
			t.Errorf("Unescape(%q) = %q", text, got)
		}
	}
}

func TestParseNameAddr(t *testing.T) {
	t.Parallel()
	sip := URI{Scheme: "sip", User: "a", Host: "b"}
	lr := URI{Scheme: "sip", User: "a", Host: "b", Params: Params{{"lr", "", false}}}
	tests := []struct {
		text string
		want NameAddr
	}{
		{"sip:a@b", NameAddr{URI: sip}},
		{"sip:a@b;tag=1", NameAddr{URI: sip, Params: Params{{"tag", "1", true}}}},
		{"<sip:a@b;lr>;tag=1", NameAddr{URI: lr, Params: Params{{"tag", "1", true}}}},
		{`"x > \"<y" <sip:a@b> ; tag = "q;r"`, NameAddr{Display: `x > "<y`, URI: sip, Params: Params{{"tag", "q;r", true}}}},
		{"Mr. Watson <sip:a@b>", NameAddr{Display: "Mr. Watson", URI: sip}},
		{"caller<sip:a@b>;a;;b=", NameAddr{Display: "caller", URI: sip, Params: Params{{"a", "", false}, {"b", "", true}}}},
		{"sip:u;p=q@b;tag=2", NameAddr{URI: URI{Scheme: "sip", User: "u;p=q", Host: "b"}, Params: Params{{"tag", "2", true}}}},
	}
	for _, tt := range tests {
		got, err := ParseNameAddr(tt.text)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("ParseNameAddr(%q) = %+v, %v", tt.text, got, err)
			continue
		}
		again, err := ParseNameAddr(got.String())
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%q was written as %q", tt.text, got.String())
		}
	}
	for _, text := range []string{"", "*", `"x" sip:a@b`, `"x <sip:a@b>`, `x" <sip:a@b>`, "<sip:a@b", "<sip:a@b> tag=1", "<>",
		"nobody", `" <sip:a@b>`} {
		if got, err := ParseNameAddr(text); err == nil {
			t.Errorf("ParseNameAddr(%q) = %+v", text, got)
		}
	}
}

func TestParseVia(t *testing.T) {
	t.Parallel()
	via, err := ParseVia("SIP / 2.0 / TLS  h.example : 5061 ;branch=z9hG4bK1; rport;received=127.0.0.1")
	if err != nil || via.Transport != "TLS" || via.Host != "h.example" || via.Port != 5061 || via.Branch() != "z9hG4bK1" ||
		!via.Params.Has("rport") {
		t.Errorf("%+v, %v", via, err)
	}
	if got, want := via.String(), "SIP/2.0/TLS h.example:5061;branch=z9hG4bK1;rport;received=127.0.0.1"; got != want {
		t.Errorf("written as %q, want %q", got, want)
	}
	if via, err := ParseVia("SIP/2.0/UDP [::1]:5060"); err != nil || via.Host != "[::1]" || via.Port != 5060 {
		t.Errorf("%+v, %v", via, err)
	}
	for _, text := range []string{"", "SIP/2.0/UDP", "SIP/2.0 h", "SIP//UDP h", "SIP/2.0/UDP h i", "SIP/2.0/UDP :5060",
		"SIP/2.0/UDP h:", ";branch=1"} {
		if got, err := ParseVia(text); err == nil {
			t.Errorf("ParseVia(%q) = %+v", text, got)
		}
	}
}

func TestParseAuth(t *testing.T) {
	t.Parallel()
	auth, err := ParseAuth(`Digest realm="sip, \"x\"", nonce="a==", qop="auth,auth-int" , stale=FALSE,opaque=""`)
	if err != nil || !auth.Is("digest") || auth.Get("REALM") != `sip, "x"` || auth.Get("qop") != "auth,auth-int" ||
		auth.Get("stale") != "FALSE" || len(auth.Params) != 5 {
		t.Errorf("%+v, %v", auth, err)
	}
	for _, text := range []string{"", "Digest", "Digest realm", `"Digest" realm="x"`, "Digest =x"} {
		if got, err := ParseAuth(text); err == nil {
			t.Errorf("ParseAuth(%q) = %+v", text, got)
		}
	}
}

func FuzzParseURI(f *testing.F) {
	for _, seed := range []string{"sip:a:b@[::1]:5?x=y&z", "sips:a;b@c;d=e;f", "tel:1", "sip:;;", "sip:h?", "sip:h;=x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		uri, err := ParseURI(text)
		Unescape(text)
		if err != nil {
			return
		}
		again, err := ParseURI(uri.String())
		if err != nil || !reflect.DeepEqual(again, uri) {
			t.Fatalf("%q is %+v, written %q, then %+v, %v", text, uri, uri.String(), again, err)
		}
	})
}

func FuzzParseNameAddr(f *testing.F) {
	for _, seed := range []string{`"a\"b" <sip:c@d;e>;f="g"`, "a <tel:1>;b", "sip:a;b@c;d", `"`, "<", `""<a:b>`, `\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		addr, err := ParseNameAddr(text)
		if err != nil || !tokens(addr.Params) {
			return
		}
		again, err := ParseNameAddr(addr.String())
		if err != nil || !reflect.DeepEqual(again.URI, addr.URI) || !reflect.DeepEqual(again.Params, addr.Params) {
			t.Fatalf("%q is %+v, written %q, then %+v, %v", text, addr, addr.String(), again, err)
		}
	})
}

func FuzzParseVia(f *testing.F) {
	for _, seed := range []string{"SIP/2.0/TLS h:1;branch=z9hG4bK", "SIP / 2.0/UDP [::1] ; a=\"b;c\"", "//", "SIP/2.0/UDP ,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		via, err := ParseVia(text)
		if err != nil || !tokens(via.Params) {
			return
		}
		again, err := ParseVia(via.String())
		if err != nil || !reflect.DeepEqual(again, via) {
			t.Fatalf("%q is %+v, written %q, then %+v, %v", text, via, via.String(), again, err)
		}
	})
}

// tokens reports whether all names are tokens. Other names are read, but need not survive being written and read
// again.
func tokens(params Params) bool {
	for _, p := range params {
		if !isToken(p.Name) {
			return false
		}
	}
	return true
}

// TestEquivalent has the examples of RFC 3261 §19.1.4 and what it leaves to readers.
func TestEquivalent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		one, two string
		want     bool
	}{
		{"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true},
		{"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true},
		{"sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true},
		{"sip:alice@atlanta.com", "sip:ALICE@atlanta.com", false},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", true},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com:5061", false},
		{"sip:bob@biloxi.com;transport=tls", "sip:bob@biloxi.com:5061;transport=tls", true},
		{"sip:bob@biloxi.com:6000;transport=tcp", "sip:bob@biloxi.com:6001;transport=tcp", false},
		{"sip:bob@biloxi.com;transport=udp", "sip:bob@biloxi.com;transport=tcp", false},
		{"sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;newparam=6", false},
		{"sip:carol@chicago.com", "sip:carol@chicago.com;user=phone", false},
		{"sip:carol@chicago.com", "sips:carol@chicago.com", false},
		{"sips:carol@chicago.com", "sips:carol@chicago.com:5061", true},
		{"sip:a:one@b", "sip:a:two@b", false},
		{"sip:b.", "sip:B", true},
		{"tel:+1555", "tel:+1555", true},
		{"tel:+1555", "tel:+1556", false},
	} {
		one, err1 := ParseURI(c.one)
		two, err2 := ParseURI(c.two)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if one.Equivalent(two) != c.want || two.Equivalent(one) != c.want {
			t.Errorf("%s and %s: equivalent %t and %t, want %t", c.one, c.two, one.Equivalent(two), two.Equivalent(one), c.want)
		}
	}
}
