package media

import (
	"time"

	"github.com/pion/rtcp"
)

// reception is what is known about one received stream: its numbers for the report block of RFC 3550 §6.4.1, and its
// audio.
type reception struct {
	sound detector

	base     uint16 // first sequence number
	highest  uint32 // extended highest sequence number
	received uint32
	jitter   float64 // in timestamp units, RFC 3550 §6.4.1
	arrived  time.Time
	stamp    uint32

	// Of the last report block, for the fraction lost.
	expectedBefore, receivedBefore uint32
	// Of the last sender report.
	ntp   uint32
	ntpAt time.Time
}

// packet counts a packet and reports whether it is newer than all before it.
func (r *reception) packet(sequence uint16, stamp uint32, at time.Time) bool {
	if r.received == 0 {
		r.base, r.highest = sequence, uint32(sequence)
		r.received, r.arrived, r.stamp = 1, at, stamp
		return true
	}
	r.received++
	ahead := int16(sequence - uint16(r.highest))
	if ahead <= 0 {
		return false
	}
	r.highest += uint32(ahead)
	transit := at.Sub(r.arrived).Seconds()*sampleRate - float64(int32(stamp-r.stamp))
	r.jitter += (max(transit, -transit) - r.jitter) / 16
	r.arrived, r.stamp = at, stamp
	return true
}

// report returns the report block for the stream, as of now.
func (r *reception) report(ssrc uint32, now time.Time) rtcp.ReceptionReport {
	expected := r.highest - uint32(r.base) + 1
	lost := int64(expected) - int64(r.received)
	block := rtcp.ReceptionReport{
		SSRC:               ssrc,
		TotalLost:          uint32(max(0, min(lost, 1<<23-1))),
		LastSequenceNumber: r.highest,
		Jitter:             uint32(r.jitter),
		LastSenderReport:   r.ntp,
	}
	interval, got := expected-r.expectedBefore, r.received-r.receivedBefore
	if interval > got {
		block.FractionLost = uint8(min(255, uint64(interval-got)<<8/uint64(interval)))
	}
	r.expectedBefore, r.receivedBefore = expected, r.received
	if !r.ntpAt.IsZero() {
		block.Delay = uint32(now.Sub(r.ntpAt).Seconds() * 65536)
	}
	return block
}
