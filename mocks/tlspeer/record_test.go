package tlspeer

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func record(kind byte, body []byte) []byte {
	header := []byte{kind, 3, 3, 0, 0}
	binary.BigEndian.PutUint16(header[3:], uint16(len(body)))
	return append(header, body...)
}

// found returns what a walker finds in stream, which arrives in pieces of the lengths that next returns.
func found(stream []byte, next func() int) ([]string, *walker) {
	var list []string
	w := &walker{
		messages: assembler{message: func(m []byte) { list = append(list, fmt.Sprintf("message %x", m)) }},
		alert:    func(level, d uint8) { list = append(list, fmt.Sprintf("alert %d %d", level, d)) },
		again:    func() { list = append(list, "again") },
		foreign:  func(start []byte) { list = append(list, fmt.Sprintf("foreign %q", start)) },
	}
	for len(stream) > 0 {
		n := min(len(stream), next())
		w.feed(stream[:n])
		stream = stream[n:]
	}
	return list, w
}

func TestWalker(t *testing.T) {
	t.Parallel()
	hello := unhex(t, opensslHello)
	helloFound := fmt.Sprintf("message %x", hello)
	encrypted := bytes.Repeat([]byte{1}, 300) // begins like a ClientHello
	tests := []struct {
		name   string
		stream [][]byte
		want   []string
	}{
		{"hello in one record", [][]byte{record(22, hello)}, []string{helloFound}},
		{
			"hello in three records, one of them empty, and a warning between",
			[][]byte{record(22, hello[:1]), record(22, nil), record(21, []byte{1, 112}), record(22, hello[1:7]), record(22, hello[7:])},
			[]string{"alert 1 112", helloFound},
		},
		{
			"second message in the record of the first",
			[][]byte{record(22, slices.Concat(hello, []byte{16, 0, 0, 0}))},
			[]string{helloFound, "message 10000000"},
		},
		{"second hello", [][]byte{record(22, hello), record(20, []byte{1}), record(22, hello)}, []string{helloFound}},
		{"no hello first", [][]byte{record(22, []byte{2, 0, 0, 0, 14}), record(22, []byte{0, 0, 0})}, []string{"message 02000000", "message 0e000000"}},
		{"hello cut off by a change of keys", [][]byte{record(22, hello[:9]), record(20, []byte{1}), record(22, encrypted)}, nil},
		{"hello too long", [][]byte{record(22, []byte{1, 255, 255, 255}), record(22, encrypted)}, []string{"message 01ffffff"}},
		{
			"message after one that is too long",
			slices.Concat(
				[][]byte{record(22, []byte{11, 2, 0x10, 1})}, slices.Repeat([][]byte{record(22, make([]byte, 0x2100))}, 16),
				[][]byte{record(22, []byte{0, 14, 0, 0, 0})},
			),
			[]string{"message 0b021001", "message 0e000000"},
		},
		{"alert in clear", [][]byte{record(21, []byte{2, 40})}, []string{"alert 2 40"}},
		{"alert in clear among encrypted records", [][]byte{record(23, encrypted), record(21, []byte{2, 48})}, []string{"alert 2 48"}},
		{"encrypted alert", [][]byte{record(20, []byte{1}), record(21, encrypted[:24])}, nil},
		{"alert of one byte", [][]byte{record(21, []byte{2}), record(21, []byte{2, 40})}, []string{"alert 2 40"}},
		{"SIP in clear", [][]byte{[]byte("OPTIONS sip:edge SIP/2.0\r\n")}, []string{`foreign "OPTIONS sip:edge SIP/2.0\r\n"`}},
		{"SSL 2.0 hello", [][]byte{{0x80, 0x2e, 1, 3, 1}}, []string{`foreign "\x80.\x01\x03\x01"`}},
		{"handshake of another protocol", [][]byte{{22, 254, 253, 0, 0}}, []string{`foreign "\x16\xfe\xfd\x00\x00"`}},
		{"record too long", [][]byte{{22, 3, 3, 0x48, 1, 9}}, []string{`foreign "\x16\x03\x03H\x01\t"`}},
		{"broken off after the first record", [][]byte{record(23, encrypted), []byte("BYE")}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stream := slices.Concat(test.stream...)
			got, _ := found(stream, func() int { return len(stream) })
			if !slices.Equal(got, test.want) {
				t.Errorf("in one piece: %.300q\nwant %.300q", got, test.want)
			}
			if len(test.want) == 1 && test.want[0][0] == 'f' {
				return // how much of a foreign stream is reported depends on the pieces
			}
			if got, _ := found(stream, func() int { return 1 }); !slices.Equal(got, test.want) {
				t.Errorf("byte by byte: %.300q\nwant %.300q", got, test.want)
			}
		})
	}
}

// TestWalkerFindsRenegotiation: after the handshake, a handshake record is another handshake. What came before it is
// for the engine.
func TestWalkerFindsRenegotiation(t *testing.T) {
	t.Parallel()
	var again int
	w := &walker{again: func() { again++ }, complete: true}
	data := record(23, make([]byte, 30))
	w.feed(data)
	if w.renegotiates {
		t.Fatal("found in application data")
	}
	w.feed(slices.Concat(data, record(22, make([]byte, 200)), record(22, make([]byte, 10))))
	if !w.renegotiates || again != 1 || w.before != len(data) {
		t.Errorf("found %d times, after %d bytes, want one after %d", again, w.before, len(data))
	}
}

func TestWalkerBoundsAlerts(t *testing.T) {
	t.Parallel()
	flood := bytes.Repeat(record(21, []byte{1, 90}), 1000)
	if got, _ := found(flood, func() int { return 4096 }); len(got) != maxAlerts {
		t.Errorf("%d alerts reported", len(got))
	}
}

func TestWalkerCostsNothingAfterTheHandshake(t *testing.T) {
	_, w := found(record(22, []byte{2, 0, 0, 0}), func() int { return 100 })
	stream := bytes.Repeat(record(23, make([]byte, 1400)), 10)
	if n := testing.AllocsPerRun(100, func() { w.feed(stream) }); n != 0 {
		t.Errorf("%v allocations for ten records", n)
	}
}

func FuzzWalker(f *testing.F) {
	hello := unhex(f, opensslHello)
	f.Add(record(22, hello), uint64(1))
	f.Add(slices.Concat(record(22, hello[:100]), record(22, hello[100:]), record(21, []byte{2, 40})), uint64(2))
	f.Add(slices.Concat(record(20, []byte{1}), record(23, make([]byte, 40)), record(21, []byte{2, 48})), uint64(3))
	f.Add([]byte("REGISTER sip:edge.vendor.test SIP/2.0\r\n\r\n"), uint64(4))
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) {
		whole, _ := found(stream, func() int { return len(stream) })
		random := rand.New(rand.NewPCG(seed, 0))
		pieces, w := found(stream, func() int { return 1 + random.IntN(50) })
		if len(whole) != len(pieces) {
			t.Fatalf("whole: %q\npieces: %q", whole, pieces)
		}
		for i := range whole {
			if whole[i] != pieces[i] && whole[i][0] != 'f' {
				t.Fatalf("whole: %q\npieces: %q", whole, pieces)
			}
		}
		if len(w.messages.partial) > messageHeader+maxMessage {
			t.Fatalf("%d bytes kept", len(w.messages.partial))
		}
	})
}

func BenchmarkWalker(b *testing.B) {
	_, w := found(record(22, []byte{2, 0, 0, 0}), func() int { return 100 })
	stream := record(23, make([]byte, 1400))
	b.SetBytes(int64(len(stream)))
	for b.Loop() {
		w.feed(stream)
	}
}
