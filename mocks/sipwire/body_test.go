package sipwire

import (
	"fmt"
	"strings"
	"testing"
)

// entity writes an INVITE with this body. Lines are written with LF and sent with CRLF.
func entity(contentType, body string, headers ...string) *Message {
	m := NewRequest("INVITE", "sip:a@b")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		m.Add(name, value)
	}
	if contentType != "" {
		m.Add("c", contentType)
	}
	m.Body = []byte(strings.ReplaceAll(body, "\n", "\r\n"))
	parsed, err := Parse(m.Bytes())
	if err != nil {
		panic(err)
	}
	return parsed
}

func TestParts(t *testing.T) {
	t.Parallel()
	const two = "--b\nContent-Type: text/a\n\nA\n--b\nContent-Type: text/b\n\nB\n--b--\n"
	for name, c := range map[string]struct {
		kind, body string
		headers    []string
		want       string // type, disposition, body
	}{
		"one body":                   {kind: "Application/SDP ; charset=utf-8", body: "x", want: "[application/sdp||x]"},
		"no type":                    {body: "x", want: "[||x]"},
		"no body":                    {kind: "application/sdp", want: ""},
		"a purpose":                  {kind: "text/a", body: "x", headers: []string{"Content-Disposition: Render;handling=optional"}, want: "[text/a|render|x]"},
		"mixed":                      {kind: "multipart/mixed;boundary=b", body: two, want: "[text/a||A][text/b||B]"},
		"quoted boundary":            {kind: `Multipart/MIXED ; x=y; Boundary = "b"`, body: two, want: "[text/a||A][text/b||B]"},
		"boundary with spaces":       {kind: `multipart/mixed;boundary="a ;b"`, body: "--a ;b\n\nA\n--a ;b--", want: "[text/plain||A]"},
		"a subtype nobody knows":     {kind: "multipart/x-y;boundary=b", body: two, want: "[text/a||A][text/b||B]"},
		"alternative":                {kind: "multipart/alternative;boundary=b", body: two, want: "[text/b||B][text/a||A]"},
		"related":                    {kind: "multipart/related;boundary=b", body: two, want: "[text/a||A][text/b||B]"},
		"preamble and epilogue":      {kind: "multipart/mixed;boundary=b", body: "before\n" + two + "after\n--b\n\nC\n--b--", want: "[text/a||A][text/b||B]"},
		"space after the delimiter":  {kind: "multipart/mixed;boundary=b", body: strings.ReplaceAll(two, "--b\n", "--b \t\n"), want: "[text/a||A][text/b||B]"},
		"a longer boundary is text":  {kind: "multipart/mixed;boundary=b", body: "--b\n\nA\n--bb\nB\n--b--", want: "[text/plain||A\r\n--bb\r\nB]"},
		"no closing delimiter":       {kind: "multipart/mixed;boundary=b", body: "--b\n\nA\n--b\n\nB\n", want: "[text/plain||A][text/plain||B\r\n]"},
		"no boundary":                {kind: "multipart/mixed", body: two, want: ""},
		"boundary that is not there": {kind: "multipart/mixed;boundary=c", body: two, want: ""},
		"part without a head":        {kind: "multipart/mixed;boundary=b", body: "--b\nA\n--b\n\nB\n--b--", want: "[text/plain||B]"},
		"empty part":                 {kind: "multipart/mixed;boundary=b", body: "--b\n\n\n--b--", want: "[text/plain||]"},
		"head in any case, folded": {kind: "multipart/mixed;boundary=b", body: "--b\ncontent-type:\n Text/A\nCONTENT-disposition: session\n\nA\n--b--",
			want: "[text/a|session|A]"},
		"base64":           {kind: "text/a", body: "eA==\n", headers: []string{"Content-Transfer-Encoding: BASE64"}, want: "[text/a||x]"},
		"quoted-printable": {kind: "text/a", body: "a=3Db=\nc", headers: []string{"Content-Transfer-Encoding: quoted-printable"}, want: "[text/a||a=bc]"},
		"false base64":     {kind: "text/a", body: "!", headers: []string{"Content-Transfer-Encoding: base64"}, want: ""},
		"unknown transfer": {kind: "text/a", body: "x", headers: []string{"Content-Transfer-Encoding: x-uu"}, want: ""},
		"identity":         {kind: "text/a", body: "x", headers: []string{"e: identity"}, want: "[text/a||x]"},
		"compressed":       {kind: "text/a", body: "x", headers: []string{"e: gzip"}, want: ""},
		"root of related": {kind: `multipart/related;boundary=b;start="<r>"`, body: "--b\n\nA\n--b\nContent-ID: <r>\n\nB\n--b--",
			want: "[text/plain||B][text/plain||A]"},
		"nested": {kind: "multipart/mixed;boundary=b",
			body: "--b\nContent-Type: multipart/alternative;boundary=i\n\n--i\n\nA\n--i\n\nB\n--i--\n--b\n\nC\n--b--",
			want: "[text/plain||B][text/plain||A][text/plain||C]"},
	} {
		for _, ends := range []string{"\r\n", "\n"} {
			m := entity(c.kind, c.body, c.headers...)
			m.Body = []byte(strings.ReplaceAll(string(m.Body), "\r\n", ends))
			var got strings.Builder
			for _, p := range m.Parts() {
				fmt.Fprintf(&got, "[%s|%s|%s]", p.Type, p.Disposition, p.Body)
			}
			if want := strings.ReplaceAll(c.want, "\r\n", ends); got.String() != want {
				t.Errorf("%s, lines that end in %q: %q, want %q", name, ends, got.String(), want)
			}
		}
	}
}

// TestPartsAreBounded: however many and however deep, a message has no more parts than maxParts.
func TestPartsAreBounded(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("--b\n\nA\n", 10*maxParts) + "--b--"
	if n := len(entity("multipart/mixed;boundary=b", many).Parts()); n != maxParts {
		t.Errorf("%d parts", n)
	}
	deep := "x"
	for i := range maxNesting + 1 {
		deep = fmt.Sprintf("--b%d\nContent-Type: multipart/mixed;boundary=b%d\n\n%s\n--b%d--", i+1, i, deep, i+1)
	}
	if parts := entity(fmt.Sprintf("multipart/mixed;boundary=b%d", maxNesting+1), deep).Parts(); len(parts) != 0 {
		t.Errorf("%d parts beyond the nesting that is read", len(parts))
	}
}

func FuzzParts(f *testing.F) {
	f.Add("multipart/mixed;boundary=b", "--b\r\nContent-Type: multipart/alternative;boundary=\"c\"\r\n\r\n--c\r\n\r\nA\r\n--c--\r\n--b--", "")
	f.Add("multipart/related;start=<r>;boundary=b", "--b\n\nA\n--b\nContent-ID: <r>\n\nB\n", "base64")
	f.Add("application/sdp", "v=0\r\n", "quoted-printable")
	f.Add("multipart/x;boundary=\"", "--\"\r\n", "7bit")
	f.Fuzz(func(t *testing.T, kind, body, coding string) {
		m := &Message{Method: "INVITE", Body: []byte(body)}
		m.Add("Content-Type", kind)
		m.Add("Content-Transfer-Encoding", coding)
		parts := m.Parts()
		if len(parts) > maxParts {
			t.Errorf("%d parts", len(parts))
		}
		total := 0
		for _, p := range parts {
			total += len(p.Body)
		}
		if total > len(body) {
			t.Errorf("parts of %d bytes in a body of %d", total, len(body))
		}
	})
}
