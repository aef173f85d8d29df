package picture

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

var socket = netip.MustParseAddrPort("127.3.7.1:31010")

// packetAt is a packet of the device's.
func packetAt(ms int, m observation.MediaInfo) observation.Event {
	m.Local, m.Arrived = socket, time.Duration(ms)*time.Millisecond
	return observation.Event{Kind: observation.Media, Dir: observation.In, At: m.Arrived, Media: &m}
}

// stream is a run of packets 20 ms apart.
func stream(from, n int, m observation.MediaInfo) []observation.Event {
	var events []observation.Event
	for i := range n {
		m.Sequence++
		events = append(events, packetAt(from+20*i, m))
	}
	return events
}

// TestMedia has what happens in a stream, and what the time line says of it.
func TestMedia(t *testing.T) {
	t.Parallel()
	fine := observation.MediaInfo{Class: observation.AuthenticRTP, SSRC: 1, Key: "k1"}
	plain := observation.MediaInfo{Class: observation.ClearRTP, SSRC: 1}
	bad := observation.MediaInfo{Class: observation.BadTag, SSRC: 1, Diagnosis: observation.PreviousKey}
	with := func(change func(*observation.MediaInfo)) observation.MediaInfo {
		m := fine
		change(&m)
		return m
	}
	for _, test := range []struct {
		name    string
		events  []observation.Event
		sums    []string
		moments []string
		marks   [3]bool // whether authentic, clear and wrong packets are drawn
	}{
		{"one stream", stream(1000, 10, fine), []string{"device to vendor, RTP, at the vendor's 127.3.7.1:31010: 10 × SRTP; sequence 1 to 10"},
			[]string{"1.000 first packet: SRTP, SSRC 00000001, key k1"}, [3]bool{true, false, false}},
		{"a gap", slices.Concat(stream(1000, 5, fine), stream(3000, 5, fine)), nil,
			[]string{"1.000 first packet: SRTP, SSRC 00000001, key k1", "3.000 packets again after a gap of 1.920 s"}, [3]bool{true, false, false}},
		{"another key", slices.Concat(stream(1000, 5, fine), stream(1100, 5, with(func(m *observation.MediaInfo) { m.Key = "k2" }))), nil,
			[]string{"1.000 first packet: SRTP, SSRC 00000001, key k1", "1.100 key changes from k1 to k2"}, [3]bool{true, false, false}},
		{"another source", slices.Concat(stream(1000, 5, fine), stream(1100, 5, with(func(m *observation.MediaInfo) { m.SSRC = 2 }))), nil,
			[]string{"1.000 first packet: SRTP, SSRC 00000001, key k1", "1.100 SSRC changes from 00000001 to 00000002"}, [3]bool{true, false, false}},
		{"a wrap", slices.Concat(stream(1000, 5, fine), stream(1100, 5, with(func(m *observation.MediaInfo) { m.Rollover = 1 }))), nil,
			[]string{"1.000 first packet: SRTP, SSRC 00000001, key k1", "1.100 rollover counter changes from 0 to 1, at sequence 1"},
			[3]bool{true, false, false}},
		{"three kinds", slices.Concat(stream(1000, 5, fine), stream(1100, 5, plain), stream(1200, 5, bad)),
			[]string{"device to vendor, RTP, at the vendor's 127.3.7.1:31010: " +
				"5 × SRTP, 5 × RTP in clear, 5 × packet that does not authenticate; sequence 1 to 5"},
			[]string{"1.000 first packet: SRTP, SSRC 00000001, key k1", "1.100 first RTP in clear",
				"1.200 first packet that does not authenticate (previous key)"}, [3]bool{true, true, true}},
		{"it stops", append(stream(1000, 5, fine), packetAt(3000, observation.MediaInfo{Class: observation.AuthenticRTCP, SSRC: 1})),
			[]string{"device to vendor, RTP, at the vendor's 127.3.7.1:31010: 5 × SRTP; sequence 1 to 5",
				"device to vendor, RTCP, at the vendor's 127.3.7.1:31010: 1 × SRTCP"},
			[]string{"1.000 first packet: SRTP, SSRC 00000001, key k1", "1.080 last packet, 1.920 s before the end of all media",
				"3.000 first packet: SRTCP, SSRC 00000001"}, [3]bool{true, false, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := draw(t, test.events, About{Prefix: "p"})
			var moments []string
			for _, e := range all {
				if e.name == "li" && e.class == "" {
					moments = append(moments, e.text.String())
				}
			}
			if !slices.Equal(moments, test.moments) {
				t.Errorf("got  %q\nwant %q", moments, test.moments)
			}
			if got := texts(all, "<title"); test.sums != nil && !slices.Equal(got, test.sums) {
				t.Errorf("got %q, want %q", got, test.sums)
			}
			var marks [3]bool
			for i, class := range []string{"pic-fine", "pic-clear", "pic-wrong"} {
				legend := 1
				if class == "pic-wrong" {
					legend = 2
				}
				marks[i] = len(texts(all, class)) > legend
			}
			if marks != test.marks {
				t.Errorf("drawn are %v, want %v", marks, test.marks)
			}
		})
	}
}

// TestMediaOfFindings: a finding's packet is a moment, before others where there is no room for all.
func TestMediaOfFindings(t *testing.T) {
	t.Parallel()
	var events []observation.Event
	for i := range 100 {
		events = append(events, packetAt(20*i, observation.MediaInfo{Class: observation.AuthenticRTP, SSRC: uint32(i)}))
	}
	events = append(events, packetAt(3000, observation.MediaInfo{Class: observation.ClearRTP, SSRC: 100}))
	about := failing("clear-media-in-secure-session", "", 100)
	about.Findings = append(about.Findings, verdict.Finding{Verdict: verdict.Pass, Cause: "other", Events: []int{0}})
	all := draw(t, events, about)
	got := texts(all, "pic-m-bad")
	if want := "3.000 RTP in clear fail clear-media-in-secure-session"; !slices.Contains(got, want) {
		t.Errorf("got %q, want %q among them", got, want)
	}
}

// TestManyPackets: a time line does not grow with the packets.
func TestManyPackets(t *testing.T) {
	t.Parallel()
	var events []observation.Event
	for i := range 10_000 {
		m := observation.MediaInfo{Class: observation.AuthenticRTP, SSRC: 1, Sequence: uint16(i), Key: "k"}
		switch {
		case i%7 == 0:
			m.Class = observation.BadTag
		case i%5 == 0:
			m.Class = observation.ClearRTP
		}
		e := packetAt(10*i, m)
		if i%2 == 0 {
			e.Dir = observation.Out
		}
		events = append(events, e)
	}
	d := newDrawing(numbered(events), About{Prefix: "p"})
	text, err := d.section(layout()[0], layout()[0].room)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 30<<10 {
		t.Errorf("%d bytes, at most 30 KB expected", len(text))
	}
	for _, want := range []string{"pic-fine", "pic-clear", "pic-wrong", "3429 × SRTP"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("there is no %s in %.600s", want, text)
		}
	}
	read(t, text)
}
