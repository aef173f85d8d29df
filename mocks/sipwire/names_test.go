package sipwire

import "testing"

// TestSameName: names are the same header field's if and only if their long names are the same.
func TestSameName(t *testing.T) {
	t.Parallel()
	names := []string{"", "a", "A", "v", "V", "Via", "VIA", "via", "vi", "viaa", "q", "Q", "f", "From", "t", "To", "to", "tO", "i", "Call-ID", "call-id",
		"call_id", "CALL-ID", "l", "Content-Length", "c", "Content-Type", "content-typ[", "x", "Session-Expires", "X-\xff", "x-\xff", "[", "{"}
	for short := range compactForms {
		names = append(names, short, compactForms[short])
	}
	for _, a := range names {
		for _, b := range names {
			if got, want := sameName(a, b), LongName(a) == LongName(b); got != want {
				t.Errorf("%q and %q: %v", a, b, got)
			}
		}
	}
}

func BenchmarkGet(b *testing.B) {
	m := NewRequest("INVITE", "sip:a@b")
	for _, name := range []string{"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Contact", "Content-Type"} {
		m.Add(name, "x")
	}
	for b.Loop() {
		m.Get("Content-Length")
	}
}
