package twilio_test

import (
	"testing"

	"github.com/sipconform/sipconform/mocks/twilio"
)

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := twilio.Start(twilio.Voice, nil)
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
