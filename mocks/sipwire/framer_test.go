package sipwire

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// describe writes frames so that they can be compared.
func describe(frames []Frame) string {
	var b strings.Builder
	for _, f := range frames {
		fmt.Fprintf(&b, "%s ping=%t message=%t err=%v %q\n", f.Kind, f.Ping, f.Message != nil, f.Err, f.Bytes)
	}
	return b.String()
}

func TestFramer(t *testing.T) {
	t.Parallel()
	bye := "BYE sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"
	folded := "INFO sip:a@b SIP/2.0\r\nSubject: one\r\n two\r\nl\t:\r\n 3\r\n\r\nabc"
	sdp := func(length int) string {
		return fmt.Sprintf("INVITE sip:a@b SIP/2.0\r\nl: %d\r\nc: application/sdp\r\n\r\n%s", length, "v=0\r\nBYE "[:length])
	}
	noLength := "OPTIONS sip:a@b SIP/2.0\r\nX: 1\r\n\r\n"
	type frame struct {
		kind  FrameKind
		bytes string
		ping  bool
		cause string
	}
	message := func(s string) frame { return frame{kind: MessageFrame, bytes: s} }
	crlf := func(ping bool) frame { return frame{kind: KeepAliveFrame, bytes: "\r\n", ping: ping} }
	malformed := func(s, cause string) frame { return frame{kind: MalformedFrame, bytes: s, cause: cause} }
	tests := []struct {
		name    string
		stream  string
		want    []frame
		stopped bool
		pending int
	}{
		{"pipelined", bye + folded + bye, []frame{message(bye), message(folded), message(bye)}, false, 0},
		{"ping between messages", bye + "\r\n\r\n" + bye + "\r\n",
			[]frame{message(bye), crlf(false), crlf(true), message(bye), crlf(false)}, false, 0},
		{"two pings", "\r\n\r\n\r\n\r\n", []frame{crlf(false), crlf(true), crlf(false), crlf(true)}, false, 0},
		{"bare line feed as line break", "\n" + strings.ReplaceAll(bye, "\r", ""),
			[]frame{{kind: KeepAliveFrame, bytes: "\n"}, message(strings.ReplaceAll(bye, "\r", ""))}, false, 0},
		{"no Content-Length", noLength + bye, []frame{malformed(noLength, "no-content-length"), message(bye)}, false, 0},
		{"body without Content-Length", noLength + "v=0\r\n" + bye,
			[]frame{malformed(noLength, "no-content-length"), malformed("v=0\r\n", "start-line")}, true, 0},
		{"HTTP", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", []frame{malformed("GET / HTTP/1.1\r\n", "start-line")}, true, 0},
		{"negative length", "BYE sip:a@b SIP/2.0\r\nl: -1\r\n\r\n" + bye,
			[]frame{malformed("BYE sip:a@b SIP/2.0\r\nl: -1\r\n\r\n", "content-length")}, true, 0},
		{"two lengths", "BYE sip:a@b SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n" + bye,
			[]frame{malformed("BYE sip:a@b SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n", "content-length")}, true, 0},
		{"body over the limit", "BYE sip:a@b SIP/2.0\r\nl: 970\r\n\r\n" + bye,
			[]frame{malformed("BYE sip:a@b SIP/2.0\r\nl: 970\r\n\r\n", "too-long")}, true, 0},
		{"endless header", "BYE sip:a@b SIP/2.0\r\nX: " + strings.Repeat("x", 2000),
			[]frame{malformed("BYE sip:a@b SIP/2.0\r\nX: "+strings.Repeat("x", 1000-24), "too-long")}, true, 0},
		{"endless first line", strings.Repeat("x", 1001), []frame{malformed(strings.Repeat("x", 1000), "too-long")}, true, 0},
		{"line that ends behind the limit", strings.Repeat("x", 1000) + "\r\n",
			[]frame{malformed(strings.Repeat("x", 1000), "too-long")}, true, 0},
		{"header line without colon", "BYE sip:a@b SIP/2.0\r\noops\r\nl: 0\r\n\r\n",
			[]frame{message("BYE sip:a@b SIP/2.0\r\noops\r\nl: 0\r\n\r\n")}, false, 0},
		{"NUL after a keep-alive", bye + "\r\n\x00" + bye, []frame{message(bye), crlf(false), malformed("\x00", "stray-bytes")}, true, 0},
		{"NUL after a body", sdp(5) + "\x00" + bye, []frame{message(sdp(5)), malformed("\x00", "stray-bytes")}, true, 0},
		{"space before a message", " " + bye, []frame{malformed(" ", "stray-bytes")}, true, 0},
		{"TLS", "\x16\x03\x01\x00", []frame{malformed("\x16", "stray-bytes")}, true, 0},
		{"length too short", sdp(5) + "s=-\r\n" + bye, []frame{message(sdp(5)), malformed("s=-\r\n", "short-content-length")}, true, 0},
		{"length too short for XML", strings.Replace(sdp(0), "application/sdp", "text/xml", 1) + "<a/>\r\n",
			[]frame{message(strings.Replace(sdp(0), "application/sdp", "text/xml", 1)), malformed("<", "short-content-length")}, true, 0},
		{"length too long", sdp(9) + bye[4:], []frame{message(sdp(9)), malformed("sip:a@b SIP/2.0\r\n", "long-content-length")}, true, 0},
		{"length and no body", "BYE sip:a@b SIP/2.0\r\nl: 4\r\n\r\n" + bye,
			[]frame{message("BYE sip:a@b SIP/2.0\r\nl: 4\r\n\r\nBYE "), malformed("sip:a@b SIP/2.0\r\n", "long-content-length")}, true, 0},
		{"length that is no number", "BYE sip:a@b SIP/2.0\r\nl: 0x1\r\n\r\n" + bye,
			[]frame{malformed("BYE sip:a@b SIP/2.0\r\nl: 0x1\r\n\r\n", "content-length")}, true, 0},
		{"keep-alive between a body and no message", sdp(5) + "\r\noops\r\n", []frame{message(sdp(5)), crlf(false), malformed("oops\r\n", "start-line")}, true, 0},
		{"broken off", bye + bye[:30], []frame{message(bye)}, false, 30},
		{"waiting for the body", "BYE sip:a@b SIP/2.0\r\nl: 5\r\n\r\nabcd", nil, false, 33},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := Framer{Limit: 1000}
			frames := f.Write([]byte(tt.stream))
			if len(frames) != len(tt.want) {
				t.Fatalf("frames:\n%s", describe(frames))
			}
			for i, want := range tt.want {
				got := frames[i]
				var syntax *SyntaxError
				if errors.As(got.Err, &syntax) != (want.kind == MalformedFrame) || want.cause != "" && syntax.Cause != want.cause {
					t.Errorf("frame %d: error %v, want cause %q", i, got.Err, want.cause)
				}
				if got.Kind != want.kind || string(got.Bytes) != want.bytes || got.Ping != want.ping {
					t.Errorf("frame %d: %s ping=%t %q", i, got.Kind, got.Ping, got.Bytes)
				}
			}
			if (f.Err() != nil) != tt.stopped || f.Pending() != tt.pending {
				t.Errorf("stopped by %v with %d bytes pending", f.Err(), f.Pending())
			}
			// The frames are the same wherever the stream is cut in two, and byte by byte.
			whole := describe(frames)
			for cut := range len(tt.stream) {
				if got := framesOf(tt.stream, 1000, []int{cut}); got != whole {
					t.Fatalf("cut at %d:\n%s\ninstead of\n%s", cut, got, whole)
				}
			}
			var every []int
			for i := range len(tt.stream) {
				every = append(every, i)
			}
			if got := framesOf(tt.stream, 1000, every); got != whole {
				t.Fatalf("byte by byte:\n%s\ninstead of\n%s", got, whole)
			}
		})
	}
}

// framesOf writes stream in pieces that end at the cuts, which ascend.
func framesOf(stream string, limit int, cuts []int) string {
	f := Framer{Limit: limit}
	var frames []Frame
	start := 0
	for _, cut := range append(cuts, len(stream)) {
		piece := []byte(stream[start:cut])
		frames = append(frames, f.Write(piece)...)
		clear(piece) // the framer must not keep it
		start = cut
	}
	return describe(frames)
}

// TestUnfinished says what is missing of a message that has broken off.
func TestUnfinished(t *testing.T) {
	t.Parallel()
	for stream, want := range map[string]string{
		"":             "",
		"BYE sip:a@b ": "incomplete: 12 bytes came of the header fields",
		"BYE sip:a@b SIP/2.0\r\nl: 5\r\n\r\nabcd": "incomplete: 4 bytes came of a body of which Content-Length says 5",
		"BYE sip:a@b SIP/2.0\r\nl: 0\r\n\r\n":     "",
	} {
		var f Framer
		f.Write([]byte(stream))
		frame, some := f.Unfinished()
		got := ""
		if some {
			got = frame.Err.Error()
		}
		if got != want || some && (string(frame.Bytes) != stream || f.Pending() != len(stream)) {
			t.Errorf("%q: %q, %q; want %q", stream, got, frame.Bytes, want)
		}
	}
}

func TestFramerStopsAndIsBounded(t *testing.T) {
	t.Parallel()
	var f Framer
	chunk := bytes.Repeat([]byte("x"), 1<<12)
	frames := 0
	for range 64 {
		frames += len(f.Write(chunk))
		if cap(f.rest) > 2*MaxMessage {
			t.Fatalf("%d bytes buffered", cap(f.rest))
		}
	}
	if frames != 1 || f.Err() == nil || f.Pending() != 0 {
		t.Errorf("%d frames, stopped by %v, %d bytes pending", frames, f.Err(), f.Pending())
	}
}

func FuzzFramer(f *testing.F) {
	f.Add([]byte(invite+"\r\n\r\n"+invite), uint64(1))
	f.Add([]byte("\r\nBYE sip:a@b SIP/2.0\r\nl: 2\r\n\r\nabGET /\r\n"), uint64(2))
	f.Add([]byte(strings.Repeat("\r\n", 50)+"A b SIP/2\nl:1\n\nx\n\n"), uint64(3))
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) {
		const limit = 300
		whole := framesOf(string(stream), limit, nil)
		random := rand.New(rand.NewPCG(seed, 0))
		var cuts []int
		for i := range stream {
			if random.IntN(5) == 0 {
				cuts = append(cuts, i)
			}
		}
		if got := framesOf(string(stream), limit, cuts); got != whole {
			t.Fatalf("cuts %v of %q:\n%s\ninstead of\n%s", cuts, stream, got, whole)
		}
		// Frames and rest together are the stream.
		framer := Framer{Limit: limit}
		var joined []byte
		for _, frame := range framer.Write(stream) {
			joined = append(joined, frame.Bytes...)
		}
		if framer.Err() == nil {
			joined = append(joined, framer.rest...)
		}
		if !bytes.HasPrefix(stream, joined) || framer.Err() == nil && len(joined) != len(stream) {
			t.Fatalf("%q became %q", stream, joined)
		}
	})
}
