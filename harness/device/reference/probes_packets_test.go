package reference

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/sipconform/sipconform/harness/device"
)

// window is how long a probe looks at media that should not come.
const window = 100 * time.Millisecond

// inClear has the peer call the device in clear. The offer has further attributes.
func inClear(t testing.TB, o Options, attributes string) (*line, *sound, *received) {
	t.Helper()
	w := newWorld(t, settings{options: o, levers: device.Levers{Media: device.RTP}})
	l, s := w.mustDial(), newSound(t)
	return l, s, l.invite("call", s.describe("RTP/AVP")+attributes)
}

// next returns the next datagram within the window, nil if there is none.
func next(from *net.UDPConn) []byte {
	buffer := make([]byte, 2048)
	_ = from.SetReadDeadline(time.Now().Add(window))
	n, err := from.Read(buffer)
	if err != nil {
		return nil
	}
	return buffer[:n]
}

// numbers shows how the first packets of the device are numbered: steps of sequence number and timestamp, and payload
// types other than 0.
func numbers(t testing.TB, bugs Bugs) string {
	_, s, _ := inClear(t, Options{Bugs: bugs}, "")
	var seen []string
	var last rtp.Header
	for i := range 7 {
		var p rtp.Packet
		if err := p.Unmarshal(s.receive()); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			step := fmt.Sprintf("%d/%d", int16(p.SequenceNumber-last.SequenceNumber), int32(p.Timestamp-last.Timestamp))
			if p.PayloadType != 0 {
				step += fmt.Sprintf(" as %d", p.PayloadType)
			}
			seen = append(seen, step)
		}
		last = p.Header
	}
	return strings.Join(seen, ", ")
}

// lands shows what comes from the device at which port, once there is RTP and RTCP, or nothing more. The peer wants RTCP
// at a port aside if the attributes have a place for its number.
func lands(attributes string) func(testing.TB, Options) string {
	return func(t testing.TB, o Options) string {
		aside := newSound(t).rtp
		if strings.Contains(attributes, "%d") {
			attributes = fmt.Sprintf(attributes, port(aside.LocalAddr()))
		}
		_, s, answer := inClear(t, o, attributes)
		var all []string
		for name, conn := range map[string]*net.UDPConn{"RTP port": s.rtp, "RTCP port": s.rtcp, "port aside": aside} {
			var seen []string
			const enough = firstReport + 3
			for datagram := next(conn); datagram != nil && len(seen) < enough; datagram = next(conn) {
				seen = append(seen, kindOf(datagram)+" at the "+name)
			}
			all = append(all, seen...)
		}
		slices.Sort(all)
		text := strings.Join(slices.Compact(all), ", ")
		if strings.Contains(string(answer.Body), "a=rtcp-mux") {
			text += ", multiplexed"
		}
		return text
	}
}

// kindOf names what a datagram is (RFC 7983 §7, RFC 5761 §4).
func kindOf(datagram []byte) string {
	switch b := datagram[0]; {
	case b < 4:
		return "STUN"
	case b >= 20 && b < 64:
		return "DTLS"
	case datagram[1] >= 192 && datagram[1] < 224:
		return "RTCP"
	}
	return "RTP"
}

// landing is [lands] of a device with bugs.
func landing(attributes string) probe {
	return func(t testing.TB, bugs Bugs) string { return lands(attributes)(t, Options{Bugs: bugs}) }
}

// speaksAfterBye shows whether packets come when the peer's BYE has been answered. They come slowly, so that few of them can be
// on their way.
func speaksAfterBye(t testing.TB, o Options) string {
	o.Interval = packetTime
	l, s, answer := inClear(t, o, "")
	s.receive()
	l.ask(l.within(answer, "BYE", 2))
	s.drain()
	const trail = 10
	for n := range trail + 1 {
		if next(s.rtp) != nil {
			continue
		}
		if n == 0 {
			return "silent after the BYE"
		}
		return "trails off after the BYE"
	}
	return "goes on after the BYE"
}

// hearsDressed shows whether the device sends back a packet with something that few have.
func hearsDressed(dress func(*rtp.Header)) probe {
	return func(t testing.TB, bugs Bugs) string {
		_, s, answer := inClear(t, Options{Bugs: bugs}, "")
		to := mediaAddress(t, answer.Body)
		for i, payload := range []byte{0x11, 0x22} {
			p := rtp.Packet{Payload: slices.Repeat([]byte{payload}, packetSamples)}
			p.Header = rtp.Header{Version: 2, SequenceNumber: uint16(i), SSRC: 77}
			if i == 0 {
				dress(&p.Header)
			}
			raw, err := p.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.rtp.WriteToUDPAddrPort(raw, to); err != nil {
				t.Fatal(err)
			}
		}
		heard := "deaf to it"
		for range 1000 {
			switch packet, err := s.hear(nil); {
			case err != nil:
				t.Fatal(err)
			case slices.Contains(packet.Payload, 0x11):
				heard = "heard"
				if more := len(packet.Payload) - packetSamples; more > 0 {
					heard += fmt.Sprintf(" with %d samples more", more)
				}
			case packet.Payload[0] == 0x22:
				return heard
			}
		}
		return "deaf"
	}
}

// countsPeer shows whether a report that the device sends after it has heard the peer counts packets of the peer's.
func countsPeer(t testing.TB, bugs Bugs) string {
	l, s, answer := inClear(t, Options{Bugs: bugs}, "")
	s.say(mediaAddress(t, answer.Body), nil, make([]byte, packetSamples))
	l.w.said("media heard")
	for range 3 { // one may have been on its way
		report, err := s.report(nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Reports) > 0 {
			return "counts packets"
		}
	}
	return "counts nothing"
}

func padded(h *rtp.Header)      { h.Padding, h.PaddingSize = true, 8 }
func contributed(h *rtp.Header) { h.CSRC = []uint32{1, 2} }

// packetKills are the situations in which bugs of packets show.
func packetKills() map[string]kill {
	const good, placed = "1/160, 1/160, 1/160, 1/160, 1/160, 1/160", "RTCP at the RTCP port, RTP at the RTP port"
	after := func(t testing.TB, bugs Bugs) string { return speaksAfterBye(t, Options{Bugs: bugs}) }
	return map[string]kill{
		"replays-packets":        {numbers, good, "0/0, 1/160, 0/0, 1/160, 0/0, 1/160"},
		"reuses-indexes":         {numbers, good, "1/160, 1/160, 1/160, 0/160, 2/160, 1/160"},
		"freezes-sequence":       {numbers, good, "0/160, 0/160, 0/160, 0/160, 0/160, 0/160"},
		"counts-backwards":       {numbers, good, "-1/160, -1/160, -1/160, -1/160, -1/160, -1/160"},
		"freezes-timestamp":      {numbers, good, "1/0, 1/0, 1/0, 1/0, 1/0, 1/0"},
		"halves-timestamps":      {numbers, good, "1/80, 1/80, 1/80, 1/80, 1/80, 1/80"},
		"sends-unagreed-type":    {numbers, good, "1/160, 1/160, 1/160, 1/160 as 18, 1/160, 1/160"},
		"talks-after-bye":        {after, "silent after the BYE", "goes on after the BYE"},
		"sends-nothing":          {landing(""), placed, ""},
		"sends-dtls":             {landing(""), placed, "DTLS at the RTP port"},
		"waits-for-ice":          {landing(""), placed, "STUN at the RTP port"},
		"sends-to-rtcp-port":     {landing(""), placed, "RTCP at the RTCP port, RTP at the RTCP port"},
		"reports-to-rtp-port":    {landing(""), placed, "RTCP at the RTP port, RTP at the RTP port"},
		"ignores-rtcp-port":      {landing("a=rtcp:%d\r\n"), "RTCP at the port aside, RTP at the RTP port", placed},
		"multiplexes-in-vain":    {landing("a=rtcp-mux\r\n"), placed, placed + ", multiplexed"},
		"reports-nothing":        {countsPeer, "counts packets", "counts nothing"},
		"chokes-on-extensions":   {hearsDressed(func(h *rtp.Header) { _ = h.SetExtension(1, []byte{20}) }), "heard", "deaf to it"},
		"chokes-on-padding":      {hearsDressed(padded), "heard", "deaf to it"},
		"chokes-on-contributors": {hearsDressed(contributed), "heard", "deaf to it"},
		"plays-padding":          {hearsDressed(padded), "heard", "heard with 8 samples more"},
		"plays-contributors":     {hearsDressed(contributed), "heard", "heard with 8 samples more"},
	}
}

// packetSights are the sights of when and where packets go.
func packetSights() map[string]sight {
	muxes := func(t testing.TB, p Peculiarities) string {
		return lands("a=rtcp-mux\r\n")(t, Options{Peculiarities: p})
	}
	after := func(t testing.TB, p Peculiarities) string { return speaksAfterBye(t, Options{Peculiarities: p}) }
	return map[string]sight{
		"skips-time":          {sounds, `m=false seq=\d+ step=1 ts=\d+ later=960 `, ""},
		"duplicates-a-packet": {sounds, `m=false seq=\d+ step=0 ts=\d+ later=0 `, ""},
		"checks-address":      {sounds, `\Aother 20 bytes 00 01 00 00 21 12 a4 42\nRTP`, ""},
		"sends-bare-headers":  {sounds, `pt=20 .* len=0 `, ""},
		"takes-rtcp-mux":      {muxes, `RTCP at the RTP port, RTP at the RTP port, multiplexed`, ``},
		"trails-off":          {after, `trails off`, `silent`},
		"starts-media-late":   {starts, `late`, `soon`},
		"falls-silent-early":  {parts, `silent before its BYE`, ``},
	}
}

// starts shows when the first packet of the device comes.
func starts(t testing.TB, p Peculiarities) string {
	_, s, _ := inClear(t, Options{Peculiarities: p}, "")
	answered := time.Now()
	s.receive()
	if time.Since(answered) > lateStart/2 {
		return "late"
	}
	return "soon"
}

// parts has the device end a call, and shows what it does before its BYE.
func parts(t testing.TB, p Peculiarities) string {
	w := newWorld(t, settings{options: Options{Peculiarities: p}, levers: device.Levers{Media: device.RTP}, script: func(r *received) {
		if r.Method == "BYE" {
			r.respond(200, "")
		}
	}})
	l, s := w.mustDial(), newSound(t)
	l.invite("call", s.describe("RTP/AVP"))
	s.receive()
	began := time.Now()
	w.do(device.HangUp, "")
	const few = 20 // of the 100 that it would have sent
	switch packets := s.drain(); {
	case time.Since(began) < slowness:
		return "ends at once"
	case packets > few:
		return "talks until its BYE"
	}
	return "silent before its BYE"
}
