// Package printable makes text that came from a device safe for a console or a
// report: a terminal obeys control characters, and bidirectional overrides and
// invisible characters deceive a reader.
//
// The package serves this module and may change.
package printable

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Line returns s as one line of visible characters: see [Append].
func Line(s string) string {
	if clean(s) {
		return s
	}
	return string(Append(nil, s))
}

// Append appends text to dst with every character that is not visible replaced
// by its Go escape: \n, \x1b, \u202e, and \xff for a byte that is not UTF-8.
// Backslashes stay as they are: the result is to be read, not to be parsed.
func Append[T string | []byte](dst []byte, text T) []byte {
	for i := 0; i < len(text); {
		b := text[i]
		if b < utf8.RuneSelf {
			dst = appendASCII(dst, b)
			i++
			continue
		}
		// Only as many bytes as a character has are converted, so that a
		// byte slice is not copied whole.
		r, size := utf8.DecodeRuneInString(string(text[i:min(i+utf8.UTFMax, len(text))]))
		switch {
		case r == utf8.RuneError && size == 1:
			dst = fmt.Appendf(dst, `\x%02x`, b)
		case unicode.IsPrint(r):
			dst = append(dst, text[i:i+size]...)
		case r > 0xffff:
			dst = fmt.Appendf(dst, `\U%08x`, r)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
		i += size
	}
	return dst
}

func appendASCII(dst []byte, b byte) []byte {
	const hex = "0123456789abcdef"
	switch {
	case b == '\n':
		return append(dst, `\n`...)
	case b == '\r':
		return append(dst, `\r`...)
	case b == '\t':
		return append(dst, `\t`...)
	case b < ' ' || b == 0x7f:
		return append(dst, '\\', 'x', hex[b>>4], hex[b&0xf])
	}
	return append(dst, b)
}

func clean(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
