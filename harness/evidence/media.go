package evidence

import (
	"bufio"
	"fmt"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

// plainPacket is a packet of RTP or RTCP in clear, and the event that it is from.
type plainPacket struct {
	event *observation.Event
	plain media.Plain
	route route
}

// at is when the packet came or went.
func (p plainPacket) at() time.Duration {
	if p.event.Media.Arrived != 0 {
		return p.event.Media.Arrived
	}
	return p.event.At
}

// heard is the media of a scenario in clear.
type heard struct {
	packets []plainPacket // in the order of their events
	sounds  []*sound
	closed  int // packets that no key opens
	foreign int // datagrams that are neither RTP nor RTCP
}

// listen opens the media with the keys that stand in the descriptions of both sides. Of a scenario from whose media what was
// said has been taken, there is nothing to hear.
func listen(events []observation.Event) heard {
	var h heard
	taken := func(e observation.Event) bool { return e.Kind == observation.Media && len(e.Redacted) > 0 }
	recorded := func(e observation.Event) bool {
		return e.Kind == observation.Media && e.Media != nil && len(e.Bytes) > 0
	}
	if slices.ContainsFunc(events, taken) || !slices.ContainsFunc(events, recorded) {
		return h
	}
	unsealer := media.NewUnsealer(judge.Offered(events))
	for i := range events {
		e := &events[i]
		if !recorded(*e) {
			continue
		}
		path, ok := newRoute(e.Media.Remote, e.Media.Local, e.Dir == observation.Out)
		if !ok {
			continue
		}
		switch plain, ok := unsealer.Unseal(e); {
		case ok:
			h.packets = append(h.packets, plainPacket{e, plain, path})
		case e.Media.Class == observation.Foreign:
			h.foreign++
		default:
			h.closed++
		}
	}
	h.sounds = sounds(h.packets)
	return h
}

// writeMedia writes the RTP and RTCP that could be opened as if it had been sent in clear.
func writeMedia(out *bufio.Writer, events []observation.Event, h heard, opts Options) error {
	comment := "RTP and RTCP in clear: what was protected is decrypted with the keys of the a=crypto attributes. " +
		"Ethernet, IP and UDP headers are made up." + missing(events)
	if h.closed > 0 {
		comment += fmt.Sprintf(" %d packets are left out, which no key opens.", h.closed)
	}
	if h.foreign > 0 {
		comment += fmt.Sprintf(" %d datagrams are left out, which are neither RTP nor RTCP.", h.foreign)
	}
	c, err := newCapture(out, opts.Start, comment)
	if err != nil {
		return err
	}
	for _, p := range h.packets {
		if err := c.datagram(p.event.At, p.route, p.plain.Packet); err != nil {
			return fmt.Errorf("observation %d: %w", p.event.Seq, err)
		}
	}
	return c.w.Flush()
}
