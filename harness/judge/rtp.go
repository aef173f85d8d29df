package judge

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

// comfortNoise is the static payload type of comfort noise (RFC 3551 §6). Many devices send it without having agreed on
// it, and a receiver that does not know it ignores it.
const comfortNoise = 13

// SoundRTP asks that the packets of the device's RTP have payload types that the vendor described, and sequence numbers
// and timestamps that rise as its audio does (RFC 3550 §5.1, RFC 3264 §6.1). It fails a stream for what is wrong
// throughout: lost packets, pauses and new sources show in single steps.
func SoundRTP(v *View) Ruling {
	if r := agreedTypes(v); r.Verdict != "" {
		return r
	}
	if r := v.misnumbered(); r.Verdict != "" {
		return r
	}
	longest := new(source)
	for _, s := range v.sources(opened) {
		if r := s.timing(); r.Verdict != "" {
			return r
		}
		if len(s.packets) > len(longest.packets) {
			longest = s
		}
	}
	n := len(longest.packets)
	if n <= StepsWrong {
		return open("no-media", "only %d packets of RTP came from one source, too few to judge by", n).deaf()
	}
	return pass("sound-rtp", "%d packets of RTP are numbered and timed one after the other, under payload types that were agreed: %s",
		n, longest.quality())
}

// agreedTypes fails a device whose packets have a payload type that no description of the vendor's lists for the port
// that they came to. Which of the listed ones it may use is a matter of two descriptions whose numbers can differ
// (RFC 3264 §6.1). A keep-alive can have any payload type, and comes seldom (RFC 6263 §4.6).
func agreedTypes(v *View) Ruling {
	listed := make(map[uint16][]string)
	for _, line := range v.audioLines() {
		if line.byMock {
			listed[line.Port] = append(listed[line.Port], line.Formats...)
		}
	}
	unlisted := make(map[uint8][]int)
	for _, e := range v.Media {
		formats, m := listed[e.Media.Local.Port()], e.Media
		if !opened(m) || m.Payload == 0 || m.PayloadType == comfortNoise || len(formats) == 0 ||
			slices.Contains(formats, strconv.Itoa(int(m.PayloadType))) {
			continue
		}
		unlisted[m.PayloadType] = append(unlisted[m.PayloadType], e.Seq)
		if seqs := unlisted[m.PayloadType]; len(seqs) == MediaEnough {
			return fail("payload-type-not-agreed", "it sent packets of payload type %d, and the vendor's description lists %v",
				m.PayloadType, slices.Compact(slices.Sorted(slices.Values(formats)))).at(seqs...)
		}
	}
	return Ruling{}
}

// opened reports whether a datagram is RTP whose content is known: it is in clear, or has authenticated.
func opened(m *observation.MediaInfo) bool {
	return m.Class == observation.AuthenticRTP || m.Class == observation.ClearRTP
}

// source is the RTP of one SSRC at one port, in order of arrival.
type source struct{ packets []observation.Event }

// sources returns the device's sources of those packets, in order of the first of each.
func (v *View) sources(of func(*observation.MediaInfo) bool) []*source {
	type name struct {
		port uint16
		ssrc uint32
	}
	known := make(map[name]*source)
	var all []*source
	for _, e := range v.Media {
		if !of(e.Media) {
			continue
		}
		n := name{e.Media.Local.Port(), e.Media.SSRC}
		s := known[n]
		if s == nil {
			s = new(source)
			known[n], all = s, append(all, s)
		}
		s.packets = append(s.packets, e)
	}
	return all
}

// misnumbered fails a device of which one source is numbered wrongly.
func (v *View) misnumbered() Ruling {
	for _, s := range v.sources(opened) {
		if r := s.numbering(); r.Verdict != "" {
			return r
		}
	}
	return Ruling{}
}

// numbering fails a source whose sequence number stands still, or goes back, while its timestamp goes on. Packets that
// the network reorders have timestamps that go back with the number.
func (s *source) numbering() Ruling {
	still, back := 0, 0
	for i := 1; i < len(s.packets); i++ {
		a, b := s.packets[i-1].Media, s.packets[i].Media
		step, time := int16(b.Sequence-a.Sequence), int32(b.Timestamp-a.Timestamp)
		still, back = counted(still, step == 0 && time != 0), counted(back, step == -1 && time > 0)
		switch seqs := []int{s.packets[max(0, i-StepsWrong)].Seq, s.packets[i].Seq}; {
		case still == StepsWrong:
			return fail("sequence-stuck", "%d packets with different timestamps all have the sequence number %d", still+1, b.Sequence).at(seqs...)
		case back == StepsWrong:
			return fail("sequence-backwards", "the sequence number falls from packet to packet, from %d to %d, while the timestamp rises",
				b.Sequence+StepsWrong, b.Sequence).at(seqs...)
		}
	}
	return Ruling{}
}

// counted returns how often something has been so in a row.
func counted(before int, again bool) int {
	if again {
		return before + 1
	}
	return 0
}

// timing fails a source of G.711, which has a byte a sample, whose timestamp constantly rises by less than the audio of
// a packet: the audio of one packet would be played over that of the next. A larger step is a pause, which need not be
// marked.
func (s *source) timing() Ruling {
	wrong, last := 0, int32(0)
	packets := s.ordered()
	for i := 1; i < len(packets); i++ {
		a, b := packets[i-1].Media, packets[i].Media
		follows := b.Sequence == a.Sequence+1 && a.PayloadType == b.PayloadType && (a.PayloadType == media.PCMU || a.PayloadType == media.PCMA)
		if !follows || b.Marker || a.Payload == 0 || b.Payload == 0 {
			continue
		}
		step := int32(b.Timestamp - a.Timestamp)
		if wrong > 0 && step != last {
			wrong = 0
		}
		wrong, last = counted(wrong, step < int32(a.Payload)), step
		switch seqs := []int{packets[max(0, i-StepsWrong)].Seq, packets[i].Seq}; {
		case wrong < StepsWrong:
		case step == 0:
			return fail("timestamp-stuck", "%d packets of %d samples that follow each other all have the timestamp %d",
				wrong+1, a.Payload, b.Timestamp).at(seqs...)
		default:
			return fail("timestamp-step", "the timestamp rises by %d from each packet of %d samples to the next", step, a.Payload).at(seqs...).
				hint("add the number of samples in a packet, of the codec's RTP clock, to the timestamp of the next (RFC 3550 §5.1)")
		}
	}
	return Ruling{}
}

// ordered returns the packets in the order of their sequence numbers, which may wrap, each number once.
func (s *source) ordered() []observation.Event {
	type numbered struct {
		extended int
		observation.Event
	}
	var all []numbered
	highest := 0
	for i, e := range s.packets {
		if i == 0 {
			highest = int(e.Media.Sequence)
		}
		extended := highest + int(int16(e.Media.Sequence-uint16(highest)))
		highest = max(highest, extended)
		all = append(all, numbered{extended, e})
	}
	slices.SortStableFunc(all, func(a, b numbered) int { return cmp.Compare(a.extended, b.extended) })
	all = slices.CompactFunc(all, func(a, b numbered) bool { return a.extended == b.extended })
	events := make([]observation.Event, len(all))
	for i := range all {
		events[i] = all[i].Event
	}
	return events
}

// NoIndexTwice asks that the device protects no two packets of RTP with the same index under one key and SSRC: the same
// key stream would then protect both (RFC 3711 §9.1, RFC 7714 §8.1). Nor may it send one packet several times, which a
// receiver has to drop. A network can do that too, but not the loopback interface.
func NoIndexTwice(v *View) Ruling {
	type index struct {
		key      string
		ssrc     uint32
		rollover uint32
		sequence uint16
	}
	first := make(map[index]observation.Event)
	var replays []int
	local := true
	for _, e := range v.Media {
		m := e.Media
		if m.Class != observation.AuthenticRTP || m.Key == "" {
			continue
		}
		i := index{m.Key, m.SSRC, m.Rollover, m.Sequence}
		former, again := first[i]
		switch f := former.Media; {
		case !again:
			first[i] = e
		case f.Timestamp != m.Timestamp || f.PayloadType != m.PayloadType || f.Payload != m.Payload || f.Marker != m.Marker:
			return fail("index-reused", "two different packets have the sequence number %d, the rollover counter %d and the same key and SSRC",
				m.Sequence, m.Rollover).at(former.Seq, e.Seq).
				hint("go on with the sequence number when a stream is started again under the same key, or change the key")
		default:
			replays, local = append(replays, e.Seq), local && m.Remote.Addr().IsLoopback()
		}
	}
	switch {
	case len(replays) >= ReplaysEnough && local:
		return fail("packet-replayed", "it sent %d packets more than once", len(replays)).at(replays[:ReplaysEnough]...)
	case len(replays) >= ReplaysEnough:
		return open("packets-came-twice", "%d packets came more than once, which the network may have done", len(replays)).
			at(replays[:ReplaysEnough]...)
	case len(first) >= MediaEnough:
		return pass("no-index-twice", "each of its %d packets has an index of its own", len(first))
	}
	if m := agreedInClear(v); m != nil {
		return unbound("agreed-in-clear", "offer and answer agreed on RTP/AVP, which has no packet index").at(m.Event.Seq)
	}
	return open("no-media", "only %d of its packets authenticated, too few to judge by", len(first)).deaf()
}

// HearsDressed is [Decrypts] for a call in which each of the vendor's packets carries what few do: contributing sources,
// a header extension and padding (RFC 3550 §5.1, §5.3.1). The tone has to come back clean.
func HearsDressed(v *View) Ruling {
	r := decrypts(v, Echo{Clean: true}, 0, 2)
	if r.Verdict == verdict.Fail {
		r.Cause = "dressed-media-not-heard"
		r = r.hint("skip as many bytes as the header's CSRC count and extension length say, and leave out the padding at the end")
	}
	return r
}

// FallsSilent asks that the device sends no more RTP in a call whose BYE has been answered with a 2xx, whoever sent it.
// RTCP may come, to say goodbye (RFC 3550 §6.6).
func FallsSilent(v *View) Ruling {
	ports := v.audioPorts()
	ended := make(map[string]*Message) // the 2xx by Call-ID
	for _, bye := range append(v.Requests("BYE"), v.Sent("BYE")...) {
		if final := v.Final(bye); final != nil && final.Status < 300 && EndsCall(bye.Message, bye.Event.Dir) {
			ended[bye.CallID()] = final
		}
	}
	switch {
	case len(ports) == 0:
		return open("no-conversation", "the vendor has described no audio to the device")
	case len(ended) == 0:
		return unbound("not-ended", "no call was ended with a BYE that was answered")
	}
	before, late := 0, []int(nil)
	for _, e := range v.Media {
		end, over := ended[ports[e.Media.Local.Port()]]
		switch {
		case !over || !IsRTP(e.Media):
		case e.Seq < end.Event.Seq, arrived(e) < end.Event.At:
			before++
		default:
			late = append(late, e.Seq)
		}
	}
	switch {
	case len(late) >= LateEnough:
		return fail("media-after-bye", "it sent %d packets of RTP after the call's BYE had been answered", len(late)).
			at(late[0], late[len(late)-1])
	case before == 0:
		return open("no-media", "it sent no RTP before the call ended either").deaf()
	}
	return pass("silent-after-bye", "it sent %d packets of RTP before the call's BYE was answered, and %d that may have been on their way",
		before, len(late))
}
