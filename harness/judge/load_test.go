package judge_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestBearsLoad tells of four calls at once, of which one goes otherwise.
func TestBearsLoad(t *testing.T) {
	t.Parallel()
	begun := func() *story { return tell().dials("tls-1") }
	tests := []struct {
		name string
		last func(s *story, call string, port int)
		want string
	}{
		{"as the others", func(s *story, call string, port int) { s.taken(call, port).heard(port, 1, 2, 3, 4, 5) }, "pass load-borne"},
		{"refused", func(s *story, call string, port int) { s.rings(call, port).replies(call, 486) }, "fail calls-failed-under-load"},
		{"not reached", func(*story, string, int) {}, "fail calls-failed-under-load"},
		{"ended by the device", func(s *story, call string, port int) { s.taken(call, port).heard(port, 1, 2, 3, 4, 5).leaves(call) }, "fail calls-failed-under-load"},
		{"silent", func(s *story, call string, port int) { s.taken(call, port).later(time.Second) }, "fail calls-silent-under-load"},
		{"over at once", func(s *story, call string, port int) { s.taken(call, port) }, "inconclusive calls-too-short"},
		{"not answered", func(s *story, call string, port int) { s.rings(call, port) }, "inconclusive no-answer-under-load"},
		{"with gaps", func(s *story, call string, port int) { s.taken(call, port).heard(port, 1, 2, 30) }, "inconclusive media-lost-under-load"},
	}
	var trials []trial
	for _, test := range tests {
		s := begun()
		for i := range 3 {
			s.marks(observation.CallBegun).taken(fmt.Sprint(i), 4000+2*i).heard(4000+2*i, 1, 2, 3, 4, 5)
		}
		test.last(s.marks(observation.CallBegun), "last", 4006)
		trials = append(trials, trial{test.name, judge.BearsLoad, s.over(), test.want})
	}
	trials = append(trials, trial{"no load", judge.BearsLoad, begun().over(), "inconclusive no-load"})
	try(t, trials)

	s := begun()
	for i := range 3 {
		s.marks(observation.CallBegun).taken(fmt.Sprint(i), 4000+2*i).heard(4000+2*i, 1, 2, 3, 4, 5)
	}
	got := judge.BearsLoad(judge.NewView(s.over().events)).Observed
	for _, want := range []string{"of 3 calls, 3 of them at once, it answered 3", "1ms to answer half of them", "0 of its 15 packets"} {
		if !strings.Contains(got, want) {
			t.Errorf("observed is %q, without %q", got, want)
		}
	}
}

// rings is a call of the vendor's with RTP at that port, replies its final response, and taken both and the ACK.
func (s *story) rings(call string, port int) *story {
	return s.out("tls-1", "INVITE 1", "Call-ID: "+call, sdp(fmt.Sprintf("audio %d RTP/AVP", port)))
}

func (s *story) replies(call string, status int) *story {
	return s.in("tls-1", fmt.Sprintf("%d INVITE 1", status), "Call-ID: "+call, sdp("audio 5000 RTP/AVP"))
}

func (s *story) taken(call string, port int) *story {
	return s.rings(call, port).replies(call, 200).out("tls-1", "ACK 1", "Call-ID: "+call)
}

// leaves is the device ending a call.
func (s *story) leaves(call string) *story { return s.in("tls-1", "BYE 2", "Call-ID: "+call) }

// heard are packets of RTP to a port, by their sequence numbers.
func (s *story) heard(port int, sequences ...uint16) *story {
	for _, sequence := range sequences {
		s.media(1, observation.MediaInfo{Class: observation.ClearRTP, Local: netip.AddrPortFrom(vendorRTP.Addr(), uint16(port)),
			Remote: deviceRTP, SSRC: 7, Sequence: sequence, Payload: 160, Content: observation.Audio})
	}
	return s
}
