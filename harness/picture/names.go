package picture

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// identifier returns a text that can be in the value of an id, and in a fragment of a URL.
func identifier(text string) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, cut(text, 200))
	if id == "" {
		return "pic"
	}
	return id
}

// cut returns the first bytes of a text, without half a character at the end.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// visible returns a peer's words as one line of visible characters, of bounded length.
func visible(text string, most int) string {
	short := cut(text, most)
	line := printable.Line(short)
	if len(short) < len(text) {
		line += "…"
	}
	return line
}

// seconds returns a time of the log's clock.
func seconds(at time.Duration) string {
	return fmt.Sprintf("%d.%03d", at/time.Second, at%time.Second/time.Millisecond)
}

// count returns a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// list joins names as prose does: "a, b and c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return "?"
	}
	return a.String()
}

// grease reports whether a number is one that nobody has to know (RFC 8701).
func grease(n uint16) bool { return n&0x0f0f == 0x0a0a && n>>8 == n&0xff }

// named returns the names of IANA numbers, those of GREASE left out.
func named(numbers []uint16, name func(uint16) string) []string {
	var names []string
	for _, n := range numbers {
		if !grease(n) {
			names = append(names, name(n))
		}
	}
	return names
}

// offered returns the versions that a hello offers, highest first.
func offered(h *observation.HelloInfo) []uint16 {
	var versions []uint16
	for v := tlspeer.TLS13; v >= tlspeer.TLS10; v-- {
		if h.Offers(v) {
			versions = append(versions, v)
		}
	}
	return versions
}

// allowed returns the versions that rules allow, highest first.
func allowed(r *observation.TLSRules) []uint16 {
	var versions []uint16
	for v := min(r.MaxVersion, tlspeer.TLS13); v >= max(r.MinVersion, tlspeer.TLS10); v-- {
		versions = append(versions, v)
	}
	return versions
}

// The two sides, as pictures name them.
const (
	deviceName = "device"
	vendorName = "vendor"
)

// sender names the side that an event's bytes came from.
func sender(dir observation.Direction) string {
	switch dir {
	case observation.In:
		return deviceName
	case observation.Out:
		return vendorName
	}
	return ""
}

// halved returns how much is left of a maximum after that many steps.
func halved(most, less int) int { return most >> less }

// shortKeys hides most of the SRTP keys in a line of text: a picture travels further than a record.
func shortKeys(line string) string {
	const method = "inline:"
	var b strings.Builder
	for {
		at := indexFold(line, method)
		if at < 0 {
			b.WriteString(line)
			return b.String()
		}
		at += len(method)
		end := at
		for end < len(line) && !strings.ContainsRune("|; \t,\"'<>", rune(line[end])) {
			end++
		}
		b.WriteString(line[:at])
		if key := line[at:end]; len(key) > 12 {
			b.WriteString(cut(key, 6) + "…")
		} else {
			b.WriteString(key)
		}
		line = line[end:]
	}
}

// indexFold is strings.Index for a word in lower case, whatever the case of its letters in the text.
func indexFold(text, word string) int {
	for i := range len(text) - len(word) + 1 {
		if strings.EqualFold(text[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}
