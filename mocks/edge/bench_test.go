package edge

import (
	"testing"
)

func BenchmarkServe(b *testing.B) {
	p := product(b, "twilio-voice")
	for b.Loop() {
		s, err := Serve(p, nil)
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
