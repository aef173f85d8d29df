package judge

import (
	"fmt"
	"math"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
)

// sampleRate is the RTP clock of G.711, and of all that a mock offers.
const sampleRate = 8000

// quality describes a source for the report: its packet time, loss, jitter in units of its timestamp and in time, the level
// of its audio, and the digits that it dials. No verdict rests on any of it.
func (s *source) quality() string {
	packets := s.ordered()
	jitter := s.jitter()
	text := fmt.Sprintf("%d lost, jitter %.0f (%.1f ms)", lost(packets), jitter, jitter*1000/sampleRate)
	if samples := usualPayload(packets); samples > 0 {
		text = fmt.Sprintf("%d ms a packet, ", samples*1000/sampleRate) + text
	}
	if level, ok := loudness(packets); ok {
		text += fmt.Sprintf(", level %.0f dBov", level)
	}
	if digits := dialled(packets); digits != "" {
		text += ", digits " + digits
	}
	return text
}

// lost returns how many numbers are missing between the first and the last packet.
func lost(packets []observation.Event) int {
	missing := 0
	for i := 1; i < len(packets); i++ {
		missing += int(packets[i].Media.Sequence-packets[i-1].Media.Sequence) - 1
	}
	return missing
}

// usualPayload returns the most common payload of G.711 in samples, 0 if there is none.
func usualPayload(packets []observation.Event) int {
	count := make(map[int]int)
	most := 0
	for _, e := range packets {
		if m := e.Media; m.PayloadType == 0 || m.PayloadType == 8 {
			if count[m.Payload]++; count[m.Payload] > count[most] {
				most = m.Payload
			}
		}
	}
	return most
}

// loudness returns the level of the audio in all packets together, in dBov; false if there is none.
func loudness(packets []observation.Event) (level float64, ok bool) {
	power, count := 0.0, 0
	for _, e := range packets {
		if e.Media.Level < 0 {
			power += math.Pow(10, float64(e.Media.Level)/10)
			count++
		}
	}
	return 10 * math.Log10(power/float64(count)), count > 0
}

// jitter returns the interarrival jitter of RFC 3550 §6.4.1 at the end of the stream, in units of the timestamp.
func (s *source) jitter() float64 {
	var jitter float64
	for i := 1; i < len(s.packets); i++ {
		a, b := s.packets[i-1], s.packets[i]
		off := (b.At-a.At).Seconds()*sampleRate - float64(int32(b.Media.Timestamp-a.Media.Timestamp))
		jitter += (max(off, -off) - jitter) / 16
	}
	return jitter
}

// dialled returns the digits of a source's telephone-events. The packets of one event have one timestamp (RFC 4733 §2.5.1).
func dialled(packets []observation.Event) string {
	const names = "0123456789*#ABCD"
	var digits strings.Builder
	var last *observation.MediaInfo
	for _, e := range packets {
		m := e.Media
		if m.Event == 0 {
			continue
		}
		if number := m.Event - 1; number < len(names) && (last == nil || last.Timestamp != m.Timestamp) {
			digits.WriteByte(names[number])
		}
		last = m
	}
	return digits.String()
}
