package redact

import (
	"bytes"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/srtp"
)

// spoken reports whether a datagram is RTP in whose payload something may be heard, now or by whoever has its key. A packet
// that no key opens stays, because verdicts rest on which scenario's key it is under.
func spoken(e *observation.Event) bool {
	if e.Media == nil || len(e.Bytes) == 0 {
		return false
	}
	switch e.Media.Class {
	case observation.AuthenticRTP, observation.ClearRTP, observation.Unjudged:
	case observation.BadTag:
		if e.Media.Diagnosis == media.UnknownKey {
			return false
		}
	default:
		return false
	}
	return !bytes.Equal(e.Bytes, muted(e.Bytes))
}

// muted returns a packet whose header stays and whose payload is zeros.
func muted(packet []byte) []byte {
	header, ok := srtp.HeaderLength(packet)
	if !ok {
		header = 0
	}
	return append(bytes.Clone(packet[:header]), make([]byte, len(packet)-header)...)
}
