package evidence

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// samplesPerSecond is the rate of G.711, one octet a sample.
	samplesPerSecond = 8000
	// longestSound bounds a WAV file, in samples: two minutes.
	longestSound = 120 * samplesPerSecond
	// maxSounds is how many streams of a side become WAV files.
	maxSounds = 8
	// maxSkew is how far the timestamps of a stream may be from the time at which its packets came, in samples, before
	// that time counts: a sender may begin anew.
	maxSkew = samplesPerSecond
)

// soundFile names the WAV file of a side's stream, which is counted from 1.
func soundFile(dir observation.Direction, n int) string {
	if dir == observation.Out {
		return fmt.Sprintf("vendor-%d.wav", n)
	}
	return fmt.Sprintf("device-%d.wav", n)
}

// soundFiles returns all names of WAV files.
func soundFiles() []string {
	var all []string
	for n := 1; n <= maxSounds; n++ {
		all = append(all, soundFile(observation.In, n), soundFile(observation.Out, n))
	}
	return all
}

// sound is the G.711 of one stream, as a WAV file has it.
type sound struct {
	name   string
	stream streamID
	route  route
	began  time.Duration // the first packet
	octets []byte
	cut    bool

	// The sample with the timestamp stamp is the one at base.
	stamp uint32
	base  int64
}

// streamID tells streams apart.
type streamID struct {
	dir         observation.Direction
	ssrc        uint32
	payloadType uint8
}

// silence is the octet of G.711 that is heard as nothing.
func (id streamID) silence() byte {
	if id.payloadType == media.PCMA {
		return 0xd5
	}
	return 0xff
}

// sounds returns the streams of G.711 among packets, at most [maxSounds] of a side.
func sounds(packets []plainPacket) []*sound {
	var all []*sound
	count := make(map[observation.Direction]int)
	for _, p := range packets {
		if p.plain.RTCP || p.plain.PayloadType != media.PCMU && p.plain.PayloadType != media.PCMA || len(p.plain.Payload) == 0 {
			continue
		}
		id := streamID{p.event.Dir, p.plain.SSRC, p.plain.PayloadType}
		i := slices.IndexFunc(all, func(s *sound) bool { return s.stream == id })
		if i < 0 {
			if count[id.dir] == maxSounds {
				continue
			}
			count[id.dir]++
			i = len(all)
			all = append(all, &sound{name: soundFile(id.dir, count[id.dir]), stream: id, route: p.route, began: p.at(), stamp: p.plain.Timestamp})
		}
		all[i].play(p)
	}
	return all
}

// play puts a packet where its timestamp says, relative to the first. What no packet covers is silence.
func (s *sound) play(p plainPacket) {
	at := s.base + int64(int32(p.plain.Timestamp-s.stamp))
	if came := int64((p.at() - s.began).Seconds() * samplesPerSecond); at < came-maxSkew || at > came+maxSkew {
		s.base, s.stamp, at = came, p.plain.Timestamp, came
	}
	payload := p.plain.Payload
	if at < 0 { // a packet before the first one that came
		return
	}
	if end := at + int64(len(payload)); end > longestSound {
		s.cut = true
		return
	}
	if missing := int(at) + len(payload) - len(s.octets); missing > 0 {
		s.octets = append(s.octets, bytes.Repeat([]byte{s.stream.silence()}, missing)...)
	}
	copy(s.octets[at:], payload)
}

// describe says what the sound is.
func (s *sound) describe() string {
	text := fmt.Sprintf("SSRC %08x from %s to %s, from %.3f s on; what no packet covers is silence",
		s.stream.ssrc, s.route.from, s.route.to, s.began.Seconds())
	if s.cut {
		text += fmt.Sprintf("; cut after %d s", longestSound/samplesPerSecond)
	}
	return text
}

// The format tags of G.711 in WAV files, RFC 2361 (appendix A.4 and A.5).
const (
	formatALaw  = 6
	formatMuLaw = 7
)

// write writes the WAV file: the octets as they were sent, which players decode.
func (s *sound) write(out *bufio.Writer) error {
	format := uint16(formatMuLaw)
	if s.stream.payloadType == media.PCMA {
		format = formatALaw
	}
	le := binary.LittleEndian
	head := le.AppendUint16(nil, format)
	head = le.AppendUint16(head, 1)                // channel
	head = le.AppendUint32(head, samplesPerSecond) //
	head = le.AppendUint32(head, samplesPerSecond) // bytes a second
	head = le.AppendUint16(head, 1)                // byte a sample
	head = le.AppendUint16(head, 8)                // bits a sample
	head = le.AppendUint16(head, 0)                // no extension
	comment := append([]byte(s.describe()), 0)
	body := slices.Concat([]byte("WAVE"), chunk("fmt ", head), chunk("fact", le.AppendUint32(nil, uint32(len(s.octets)))),
		chunk("LIST", slices.Concat([]byte("INFO"), chunk("ICMT", comment))), chunk("data", s.octets))
	_, err := out.Write(chunk("RIFF", body))
	return err
}

// chunk returns a chunk of a RIFF file, padded to an even length.
func chunk(name string, data []byte) []byte {
	c := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data))), data...)
	if len(c)%2 == 1 {
		c = append(c, 0)
	}
	return c
}
