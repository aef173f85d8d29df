package edge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// reliableOption is the option tag of reliable provisional responses, RFC 3262.
const reliableOption = "100rel"

// Bounds on what a device can have the edge do before it takes or refuses a call.
const (
	maxForks = 16 // kept apart
	maxPRACK = 64 // sent
)

// proposal is an INVITE of the edge's and what the device's responses have come to.
type proposal struct {
	call   *call
	invite *sipwire.Message
	Outbound
	before *media.Session   // in force before, nil for the first INVITE of a call
	forks  map[string]*fork // by the device's tag
	pracks sync.WaitGroup
	sent   int // PRACKs
}

// fork is one early dialog of a proposal, RFC 3261 §12.1.2.
type fork struct {
	sequence uint32         // RSeq of the newest reliable response, 0 before one
	settled  *media.Session // by its first answer, or by the edge's to its offer
}

// provisional takes a provisional response. The answer in it binds like that in a 2xx
// (RFC 3261 §13.2.1): the fork may send media under it at once. A reliable one is
// acknowledged (RFC 3262 §4).
func (p *proposal) provisional(ctx context.Context, response *sipwire.Message) {
	f := p.forks[response.ToTag()]
	switch {
	case response.Status == 100, f == nil && len(p.forks) == maxForks:
		return
	case f == nil:
		f = new(fork)
		p.forks[response.ToTag()] = f
	}
	sequence, reliable := reliably(response)
	if reliable && f.sequence != 0 && sequence != f.sequence+1 { // it comes again, or out of order
		return
	}
	answer, err := p.anticipate(f, response, reliable)
	if err != nil {
		text := fmt.Sprintf("the session description of its %d is of no use: %v", response.Status, err)
		p.call.edge.config.Log.Append(observation.Event{Kind: observation.Note, Conn: p.call.link.Load().ID, Text: text})
	}
	if reliable && p.sent < maxPRACK {
		p.sent++
		f.sequence = sequence
		p.acknowledge(ctx, response, sequence, answer)
	}
}

// reliably returns the sequence number of a response that is to be acknowledged.
func reliably(response *sipwire.Message) (sequence uint32, reliable bool) {
	number, err := strconv.ParseUint(response.Get("RSeq"), 10, 32)
	return uint32(number), err == nil && number > 0 && hasOption(response, "Require", reliableOption)
}

// anticipate starts the media of a fork by the answer in a provisional response. Where
// the device is to make the offer, that comes in a reliable response, and anticipate
// returns the answer for its PRACK (RFC 3262 §5).
func (p *proposal) anticipate(f *fork, response *sipwire.Message, reliable bool) (answer []byte, err error) {
	if _, err := sdp.Of(response); errors.Is(err, sdp.ErrNone) {
		return nil, nil
	}
	var settled media.Session
	switch {
	case !p.LateOffer:
		settled, err = p.call.settled(response, p.secure(p.call.secured))
	case !reliable || f.settled != nil:
		return nil, nil
	default:
		answer, settled, err = p.call.answerLate(response)
	}
	if err == nil {
		err = p.call.media.Provisional(settled)
	}
	if err != nil {
		return answer, err
	}
	if p.call.agreed == nil {
		p.call.agreed = &settled
	}
	if f.settled == nil {
		f.settled = &settled
	}
	return answer, nil
}

// acknowledge sends PRACK for a reliable response, within its early dialog. What comes of
// that is in the log, and matters no more once the INVITE has its final response.
func (p *proposal) acknowledge(ctx context.Context, response *sipwire.Message, sequence uint32, answer []byte) {
	c := p.call
	number, _ := p.invite.CSeq()
	prack := c.next("PRACK")
	if contact, err := response.Contact(); err == nil {
		prack.RequestURI = contact.URI.String()
	}
	prack.Set("To", response.Get("To"))
	if p.before == nil {
		for _, route := range routesOf(p.invite, response) {
			prack.Add("Route", route)
		}
	}
	prack.Add("RAck", fmt.Sprintf("%d %d INVITE", sequence, number))
	if answer != nil {
		prack.SetBody("application/sdp", answer)
	}
	p.pracks.Go(func() {
		defer c.edge.config.Log.Guard(c.link.Load().ID, "acknowledging a provisional response")
		c.edge.agent.Do(ctx, c.link.Load(), prack)
	})
}

// routesOf returns the route set of the dialog that a response to an INVITE opens (RFC 3261 §12.1.2).
// The vendor's own routes come last, and its edge takes them off again.
func routesOf(invite, response *sipwire.Message) []string {
	own := invite.Values("Record-Route")
	routes := slices.DeleteFunc(response.Values("Record-Route"), func(route string) bool { return slices.Contains(own, route) })
	slices.Reverse(routes)
	return routes
}

// withdraw has the media go on as it was before the proposal, if that was refused after
// an answer. Of a call that never came about, nothing goes on.
func (p *proposal) withdraw() {
	if p.before == nil {
		return
	}
	for _, f := range p.forks {
		if f.settled == nil {
			continue
		}
		if err := p.call.begin(*p.before); err != nil && !p.call.over() {
			p.call.unexpected(err)
		}
		return
	}
}
