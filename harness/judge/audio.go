package judge

import (
	"slices"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// audioLine is an audio stream in use, as one side described it in a call.
type audioLine struct {
	*sdp.Media
	session *sdp.Session
	call    string // Call-ID
	byMock  bool
}

// audioLines returns the audio streams of all session descriptions, in order.
func (v *View) audioLines() []audioLine {
	var lines []audioLine
	for _, m := range v.Messages {
		for _, stream := range audio(m) {
			lines = append(lines, audioLine{stream, m.SDP, m.CallID(), !m.In()})
		}
	}
	return lines
}

// audioPorts returns the calls by the port of each audio stream that the vendor described.
func (v *View) audioPorts() map[uint16]string {
	calls := make(map[uint16]string)
	for _, line := range v.audioLines() {
		if line.byMock {
			calls[line.Port] = line.call
		}
	}
	return calls
}

// rtcpPort returns the port at which the stream's side wants RTCP unless it is multiplexed with RTP.
func (l *audioLine) rtcpPort() uint16 {
	if at, ok := l.session.RTCP(l.Media, false); ok {
		return at.Port()
	}
	return l.Port + 1
}

// muxed reports whether the stream's side would multiplex RTP and RTCP.
func (l *audioLine) muxed() bool {
	_, mux := l.Value("rtcp-mux")
	return mux
}

// conversation is a call in which both sides have agreed to send audio all the time.
type conversation struct {
	ports    []uint16 // of the vendor's, for RTP
	lines    []audioLine
	answered int           // Seq of the 2xx
	lasted   time.Duration // from the 2xx to the first BYE, or to the end of the scene
}

// conversations returns the calls in which audio has to flow both ways from the first answer on: no description of
// either side restricts it, or has it sent to no address.
func (v *View) conversations() []conversation {
	var talks []conversation
	seen := make(map[string]bool)
	for _, invite := range append(v.Requests("INVITE"), v.Sent("INVITE")...) {
		final := v.Final(invite)
		if final == nil || final.Status >= 300 || seen[invite.CallID()] || invite.In() && !v.acknowledged(invite) {
			continue
		}
		seen[invite.CallID()] = true
		talk := conversation{answered: final.Event.Seq, lasted: v.end(invite.CallID()) - final.Event.At}
		sides, restricted := make(map[bool]bool), false
		for _, line := range v.audioLines() {
			if line.call != invite.CallID() {
				continue
			}
			at, ok := line.session.RTP(line.Media)
			restricted = restricted || !ok || at.Addr().IsUnspecified() || line.session.Direction(line.Media) != sdp.SendRecv
			sides[line.byMock] = true
			talk.lines = append(talk.lines, line)
			if line.byMock {
				talk.ports = append(talk.ports, line.Port)
			}
		}
		if len(sides) == 2 && !restricted {
			talks = append(talks, talk)
		}
	}
	return talks
}

// acknowledged reports whether the device has acknowledged the answer to its INVITE. If not, it may not have got it.
func (v *View) acknowledged(invite *Message) bool {
	number, _ := invite.CSeq()
	return slices.ContainsFunc(v.Requests("ACK"), func(ack *Message) bool {
		n, _ := ack.CSeq()
		return n == number && ack.CallID() == invite.CallID()
	})
}

// firstBye is the request that ended a call first, nil if none did.
func (v *View) firstBye(call string) *Message {
	for _, m := range v.Messages {
		if m.CallID() == call && EndsCall(m.Message, m.Event.Dir) {
			return m
		}
	}
	return nil
}

// end returns when a call ended: at the first BYE, or else with the scene.
func (v *View) end(call string) time.Duration {
	if bye := v.firstBye(call); bye != nil {
		return bye.Event.At
	}
	var end time.Duration
	for _, e := range v.Events {
		if end = e.At; e.Kind == observation.Stage && e.Stage == observation.SceneOver {
			break
		}
	}
	return end
}
