package printable

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, want string }{
		{"plain", "REGISTER sip:example.com SIP/2.0", "REGISTER sip:example.com SIP/2.0"},
		{"empty", "", ""},
		{"terminal title", "\x1b]0;owned\x07", `\x1b]0;owned\x07`},
		{"line ends", "a\r\nb\tc", `a\r\nb\tc`},
		{"delete", "a\x7fb", `a\x7fb`},
		{"C1 control", "a\u009bb", `a\u009bb`},
		{"letters beyond ASCII", "Zürich 東京 ✓", "Zürich 東京 ✓"},
		{"not UTF-8", "a\xff\xfeb", `a\xff\xfeb`},
		{"cut character", "a\xe6\x9d", `a\xe6\x9d`},
		{"bidirectional override", "a\u202egnp.exe", `a\u202egnp.exe`},
		{"zero width", "a\u200bb", `a\u200bb`},
		{"tag character", "a\U000e0041", `a\U000e0041`},
		{"replacement character itself", "\ufffd", "\ufffd"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := Line(test.in); got != test.want {
				t.Errorf("Line(%q) = %q, want %q", test.in, got, test.want)
			}
			if got := string(Append([]byte("> "), []byte(test.in))); got != "> "+test.want {
				t.Errorf("Append(%q) = %q, want %q", test.in, got, "> "+test.want)
			}
		})
	}
}

func FuzzLine(f *testing.F) {
	for _, seed := range []string{"", "a\x1b[2J", "\xff\xfe", "\u202e東京\U000e0041"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Line(s)
		if !utf8.ValidString(got) {
			t.Fatalf("Line(%q) = %q is not UTF-8", s, got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Fatalf("Line(%q) = %q: invisible character at %d", s, got, i)
		}
	})
}
