package picture

import "testing"

// TestShortKeys: no line has more than the beginning of a key, whatever else is in it.
func TestShortKeys(t *testing.T) {
	t.Parallel()
	const key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
	for _, test := range []struct{ in, want string }{
		{"a=crypto:1 X inline:" + key + "|2^20|1:4", "a=crypto:1 X inline:AQEBAQ…|2^20|1:4"},
		{"a=crypto:1 X INLINE:" + key, "a=crypto:1 X INLINE:AQEBAQ…"},
		{"a=crypto:1 X inline:" + key + ";inline:" + key, "a=crypto:1 X inline:AQEBAQ…;inline:AQEBAQ…"},
		{"a=crypto:1 X inline:", "a=crypto:1 X inline:"},
		{"inline:short", "inline:short"},
		{"Via: SIP/2.0/TLS a", "Via: SIP/2.0/TLS a"},
		// Letters whose lower case takes another number of bytes.
		{"\u0130\u0130\u0130\u212a\u212a inline:" + key, "\u0130\u0130\u0130\u212a\u212a inline:AQEBAQ…"},
		{"\u0130\u0130\u0130\u0130\u0130\u0130inline:", "\u0130\u0130\u0130\u0130\u0130\u0130inline:"},
	} {
		if got := shortKeys(test.in); got != test.want {
			t.Errorf("shortKeys(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}
