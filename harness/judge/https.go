package judge

import (
	"fmt"

	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Fetched asks that the vendor answered an HTTP request of the device's with a 2xx.
func Fetched(v *View) Ruling { return fetched(v, 1) }

// FetchedEach asks that the vendor answered that many HTTP requests with a 2xx.
func FetchedEach(pages int) Rule {
	return func(v *View) Ruling { return fetched(v, pages) }
}

func fetched(v *View, pages int) Ruling {
	var served []*Exchange
	for _, x := range v.Exchanges {
		if x.Status/100 == 2 {
			served = append(served, x)
		}
	}
	if len(served) < pages {
		return unfetched(v)
	}
	first := served[0]
	suite := "no TLS"
	if h := first.Connection.Handshake; h != nil {
		suite = tlspeer.SuiteName(h.Suite)
	}
	return pass("served", "the vendor served %d of its requests, the first with %d over %s", len(served), first.Status, suite).
		at(first.Asked, first.Answered)
}

// unfetched rules on a device that did not get a page, by how far it got.
func unfetched(v *View) Ruling {
	inbound := v.Inbound()
	if len(inbound) == 0 {
		return atDoor(nil, "request")
	}
	c := inbound[len(inbound)-1]
	for _, x := range v.Exchanges {
		switch {
		case x.Connection != c:
		case x.Answered < 0:
			return open("no-answer", "its request was not answered before the scenario ended").at(x.Asked)
		case x.Status/100 != 2:
			return fail(fmt.Sprintf("answered-%d", x.Status), "the vendor answered its request with %d", x.Status).at(x.Answered).short()
		}
	}
	if c.Spoke == HTTP {
		return open("too-few-requests", "its requests were answered, and it sent too few").at(c.Last)
	}
	if c.Spoke == "" && c.Handshake != nil && c.Handshake.Complete && c.Alert == nil {
		if !c.left() {
			return open("no-request", "it completed the TLS handshake and sent no request").at(c.Last)
		}
		r := fail("closed-without-request", "it completed the TLS handshake and closed the connection without a request").at(c.Last).short()
		return r.explained(c)
	}
	return atDoor(inbound, "request").explained(c)
}

// explained sets the hint of a ruling, unless it has one, to the diagnosis of a
// connection.
func (r Ruling) explained(c *Connection) Ruling {
	if d := Diagnose(c); d != nil && r.Hint == "" {
		return r.hint("%s: %s", d.Class, d.Fix)
	}
	return r
}
