package narrate

import (
	"fmt"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

const (
	// summaryEvery is the least time between two summaries of a stream.
	summaryEvery = 5 * time.Second
	// silence is after how long without a packet a stream has ended.
	silence = 3 * time.Second
	// maxStreams bounds the streams that are told apart. A call has two to four; who has more of them is told of together.
	maxStreams = 32
	// maxKeys bounds the keys whose suite is known.
	maxKeys = 256
)

// sounds is what is known of the media that comes from devices.
type sounds struct {
	streams []*stream // in the order in which they began
	others  int       // packets of further streams since that was told
	told    time.Duration
	suites  map[string]string // of keys, by their fingerprints
	keys    []string          // the fingerprints, the oldest first
}

// stream is what comes from one source to one socket: RTP or RTCP.
type stream struct {
	conn string
	ssrc uint32
	rtcp bool

	kind   string          // what its newest packet is
	kinds  map[string]bool // those that were told since the last summary
	began  time.Duration
	last   time.Duration
	summed time.Duration // when the last summary was

	packets, bad, clear int // in all
	since               int // packets since the last summary
	first, highest      int64
	level               int
}

// news is a line about media that is due.
type news struct {
	at   time.Duration
	dir  observation.Direction
	text string
}

// learn notes the suites of the keys in a session description, by their fingerprints.
func (s *sounds) learn(e *observation.Event) {
	m, err := sipwire.Parse(e.Bytes)
	if err != nil {
		return
	}
	description, err := sdp.Of(m)
	if err != nil || description == nil {
		return
	}
	for i := range description.Media {
		results, _ := sdes.ParseMedia(description.Media[i].Values("crypto"))
		for _, a := range sdes.Valid(results) {
			for _, k := range a.Keys {
				s.remember(media.Fingerprint(k.Material), a.Suite)
			}
		}
	}
}

func (s *sounds) remember(key, suite string) {
	if s.suites == nil {
		s.suites = make(map[string]string)
	}
	if _, known := s.suites[key]; !known {
		if s.keys = append(s.keys, key); len(s.keys) > maxKeys {
			delete(s.suites, s.keys[0])
			s.keys = s.keys[1:]
		}
	}
	s.suites[key] = suite
}

// take takes a datagram of the device's, and returns what is to be told of it.
func (s *sounds) take(e *observation.Event) []news {
	m := e.Media
	if m == nil || e.Dir == observation.Out {
		return nil
	}
	kind := s.kind(m)
	one := s.find(e.Conn, m)
	if one == nil {
		if len(s.streams) >= maxStreams {
			s.others++
			return nil
		}
		one = &stream{conn: e.Conn, ssrc: m.SSRC, rtcp: isRTCP(m), kind: kind, kinds: map[string]bool{kind: true}, began: e.At, summed: e.At,
			first: int64(m.Sequence), highest: int64(m.Sequence)}
		s.streams = append(s.streams, one)
		one.count(e.At, m)
		text := fmt.Sprintf("%s begins: %s, from %s to %s", one.name(), kind, m.Remote, m.Local)
		if !one.rtcp && m.Class != observation.Foreign {
			text += fmt.Sprintf(", payload type %d", m.PayloadType)
		}
		return []news{{e.At, observation.In, text}}
	}
	one.count(e.At, m)
	was := one.kind
	one.kind = kind
	if one.kinds[kind] {
		return nil
	}
	one.kinds[kind] = true
	return []news{{e.At, observation.In, fmt.Sprintf("%s changes: now %s, after %s", one.name(), kind, was)}}
}

// find returns the stream of a datagram, nil if there is none.
func (s *sounds) find(conn string, m *observation.MediaInfo) *stream {
	for _, one := range s.streams {
		if one.conn == conn && one.ssrc == m.SSRC && one.rtcp == isRTCP(m) {
			return one
		}
	}
	return nil
}

func isRTCP(m *observation.MediaInfo) bool {
	return m.Class == observation.AuthenticRTCP || m.Class == observation.ClearRTCP
}

// kind says what a datagram is: authentic and under which suite, in clear, or what is wrong with it.
func (s *sounds) kind(m *observation.MediaInfo) string {
	text := string(m.Class)
	switch m.Class {
	case observation.AuthenticRTP, observation.AuthenticRTCP:
		text = "authentic " + strings.ToUpper(text)
		if suite := s.suites[m.Key]; suite != "" {
			text += " under " + suite
		}
	case observation.ClearRTP, observation.ClearRTCP:
		text = strings.ToUpper(text) + " in clear"
	case observation.BadTag:
		text = "SRTP that does not authenticate"
	case observation.Foreign:
		text = "neither RTP nor RTCP"
		if m.Protocol != "" {
			text += " but " + m.Protocol
		}
	case observation.Unjudged:
		text = "packets before any key was agreed on"
	}
	if m.Diagnosis != "" {
		text += " (" + string(m.Diagnosis) + ")"
	}
	return text
}

// count counts a packet, and takes its place among those of the stream.
func (one *stream) count(at time.Duration, m *observation.MediaInfo) {
	one.packets++
	one.since++
	one.last = at
	switch m.Class {
	case observation.BadTag:
		one.bad++
	case observation.ClearRTP, observation.ClearRTCP:
		one.clear++
	}
	if m.Level != 0 {
		one.level = m.Level
	}
	if one.rtcp {
		return
	}
	// The extended number nearest to the highest so far, RFC 3550 §A.1.
	extended := one.highest + int64(int16(m.Sequence-uint16(one.highest)))
	one.highest = max(one.highest, extended)
	one.first = min(one.first, extended)
}

// lost is how many packets of RTP did not come.
func (one *stream) lost() int {
	if one.rtcp {
		return 0
	}
	return max(int(one.highest-one.first)+1-one.packets, 0)
}

func (one *stream) name() string {
	if one.rtcp {
		return fmt.Sprintf("RTCP of %08x", one.ssrc)
	}
	return fmt.Sprintf("stream %08x", one.ssrc)
}

// sum tells a stream in numbers.
func (one *stream) sum() string {
	text := fmt.Sprintf("%d packets, %d lost, %d not authentic", one.packets, one.lost(), one.bad)
	if one.clear > 0 {
		text += fmt.Sprintf(", %d in clear", one.clear)
	}
	if one.level != 0 {
		text += fmt.Sprintf(", level %d dBov", one.level)
	}
	return text
}

// due returns the summaries that are due, and the ends of streams that have ended.
func (s *sounds) due(at time.Duration) []news {
	var all []news
	kept := s.streams[:0]
	for _, one := range s.streams {
		switch {
		case at-one.last >= silence && (!one.rtcp || at-one.last >= 4*summaryEvery): // RTCP comes every 5 s
			all = append(all, news{at, observation.In, one.over()})
			continue
		case at-one.summed >= summaryEvery && one.since > 0 && !one.rtcp:
			all = append(all, news{at, observation.In, one.name() + ": " + one.sum()})
			one.summed, one.since = at, 0
			one.kinds = map[string]bool{one.kind: true}
		}
		kept = append(kept, one)
	}
	clear(s.streams[len(kept):])
	s.streams = kept
	if at-s.told >= summaryEvery {
		all = append(all, s.further(at)...)
	}
	return all
}

// further tells of the streams that are not told apart.
func (s *sounds) further(at time.Duration) []news {
	if s.others == 0 {
		return nil
	}
	text := fmt.Sprintf("%d packets of further streams, which are too many to tell apart", s.others)
	s.others, s.told = 0, at
	return []news{{at, observation.In, text}}
}

// over tells the end of a stream.
func (one *stream) over() string {
	return fmt.Sprintf("%s ends after %s: %s", one.name(), (one.last - one.began).Round(time.Second/10), one.sum())
}

// end tells the ends of all streams.
func (s *sounds) end(at time.Duration) []news {
	var all []news
	for _, one := range s.streams {
		all = append(all, news{at, observation.In, one.over()})
	}
	s.streams = nil
	return append(all, s.further(at)...)
}
