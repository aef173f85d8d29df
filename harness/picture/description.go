package picture

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Bounds on the section of session descriptions.
const (
	maxPairs    = 10
	maxSDPLines = 120 // of a pair
	maxSDPLine  = 240
)

// descriptions is what the template of the section shows.
type descriptions struct {
	All  []*pair
	Left int
}

// pair is an offer and its answer, either of which may be missing.
type pair struct {
	Offer, Answer *described
	Again         int // times that the same was offered without an answer
	Rows          []aligned
	Left          int // rows
	Faults        []string
	Marks         []*mark
}

// described is one description and where it was.
type described struct {
	Who  string // "device" or "vendor"
	In   string // "INVITE", "200 OK"
	At   string
	Note string // why it cannot be read

	session *sdp.Session
	event   *observation.Event
	body    []byte
}

// aligned is a row: lines that are about the same thing.
type aligned struct {
	Part          string // set in the first row of a part: "session", "audio 1"
	Offer, Answer sdpLine
}

// sdpLine is a line of one side.
type sdpLine struct {
	Text    string
	Decoded string // what a crypto attribute says
	Faults  []string
	Marked  bool
}

// exchange is the offer that waits for an answer, in a transaction of a call.
type exchange struct {
	call, method string
	number       uint32
	offer        *described
	answers      []*pair
}

// layDescriptions lays out offers and answers.
func layDescriptions(d *drawing, less int) any {
	if d.found == nil {
		d.found = d.pairs()
	}
	if len(d.found.pairs) == 0 {
		return nil
	}
	shown := descriptions{Left: d.found.left}
	for _, p := range d.found.pairs {
		if len(shown.All) == max(1, halved(maxPairs, less)) {
			shown.Left++
			continue
		}
		p.align(d.marks, max(8, halved(maxSDPLines, less)), max(60, halved(maxSDPLine, less/2)))
		shown.All = append(shown.All, p)
	}
	return shown
}

// maxParsed is how many messages with a description are read: many times more than any call has.
const maxParsed = 300

// found are the offers and answers of a log, and how many messages were not read for want of time.
type found struct {
	pairs []*pair
	left  int
}

// pairs finds the offers and their answers (RFC 3261 §13.2.1, RFC 3262 §5, RFC 3311).
func (d *drawing) pairs() *found {
	var all []*pair
	var open []*exchange
	parsed, left := 0, 0
	for i := range d.events {
		e := &d.events[i]
		if e.Kind != observation.SIP || !bytes.Contains(e.Bytes, []byte("v=")) {
			continue
		}
		if parsed++; parsed > maxParsed {
			left++
			continue
		}
		m, err := sipwire.Parse(e.Bytes)
		if err != nil {
			continue
		}
		one := describe(e, m)
		if one == nil {
			continue
		}
		number, method := m.CSeq()
		if method == "ACK" {
			method = "INVITE"
		}
		at := slices.IndexFunc(open, func(x *exchange) bool { return x.call == m.CallID() && x.number == number && x.method == method })
		switch {
		case at >= 0 && open[at].offer.event.Dir == e.Dir: // the same once more
			continue
		case at >= 0:
			if p := open[at].answer(one); p != nil {
				all = append(all, p)
			}
		default:
			if len(open) == 4*maxPairs {
				left++
			} else {
				open = append(open, &exchange{call: m.CallID(), method: method, number: number, offer: one})
			}
		}
	}
	for _, x := range open {
		if len(x.answers) == 0 {
			all = append(all, &pair{Offer: x.offer})
		}
	}
	slices.SortStableFunc(all, func(a, b *pair) int { return a.Offer.event.Seq - b.Offer.event.Seq })
	return &found{folded(all), left}
}

// answer returns a new pair, nil for an answer that came before in the same words.
func (x *exchange) answer(one *described) *pair {
	for _, p := range x.answers {
		if bytes.Equal(p.Answer.body, one.body) {
			if !strings.HasSuffix(p.Answer.In, one.In) && len(p.Answer.In) < 60 {
				p.Answer.In += ", " + one.In
			}
			return nil
		}
	}
	p := &pair{Offer: x.offer, Answer: one}
	x.answers = append(x.answers, p)
	return p
}

// folded leaves out offers without an answer that are made once more, such as with credentials.
func folded(all []*pair) []*pair {
	var kept []*pair
	for i, p := range all {
		again := func(q *pair) bool {
			return q.Offer.event.Dir == p.Offer.event.Dir && bytes.Equal(q.Offer.body, p.Offer.body)
		}
		if later := slices.IndexFunc(all[i+1:], again); p.Answer == nil && later >= 0 {
			all[i+1+later].Again += p.Again + 1
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

// describe returns the description in a message, nil if there is none.
func describe(e *observation.Event, m *sipwire.Message) *described {
	session, err := sdp.Of(m)
	if session == nil && err == sdp.ErrNone {
		return nil
	}
	what := m.Method
	if !m.IsRequest() {
		what = strings.TrimSpace(fmt.Sprintf("%d %s", m.Status, m.Reason))
	}
	one := &described{Who: sender(e.Dir), In: visible(what, 40), At: seconds(e.At), session: session, event: e, body: m.Body}
	if err != nil {
		one.Note = visible(err.Error(), maxText)
	}
	return one
}

// align lays the lines of the pair side by side.
func (p *pair) align(marks *marks, most, width int) {
	p.Rows, p.Left, p.Faults, p.Marks = nil, 0, nil, nil
	var sides [2]*side
	for i, one := range []*described{p.Offer, p.Answer} {
		sides[i] = newSide(one, marks, width)
		if one == nil {
			continue
		}
		for _, k := range marks.at(one.event.Seq) {
			if k.grave() && !slices.Contains(p.Marks, k) && len(p.Marks) < maxMarks {
				p.Marks = append(p.Marks, k)
			}
		}
	}
	for i := range max(len(sides[0].parts), len(sides[1].parts)) {
		rows := merge(sides[0].part(i), sides[1].part(i))
		for n := range rows {
			if n == 0 {
				rows[n].Part = partName(sides, i)
			}
			if len(p.Rows) == most {
				p.Left++
				continue
			}
			p.Rows = append(p.Rows, rows[n])
		}
	}
	p.agree()
}

func partName(sides [2]*side, i int) string {
	if i == 0 {
		return "session"
	}
	for _, s := range sides {
		if i < len(s.parts) {
			return fmt.Sprintf("stream %d: %s", i, visible(s.parts[i].name, 40))
		}
	}
	return ""
}

// merge aligns the lines of a part: those of the offer in order, each beside its counterpart, and then the others.
func merge(offer, answer part) []aligned {
	var rows []aligned
	used := make([]bool, len(answer.lines))
	for i, l := range offer.lines {
		row := aligned{Offer: l}
		for j, key := range answer.keys {
			if !used[j] && key == offer.keys[i] {
				used[j], row.Answer = true, answer.lines[j]
				break
			}
		}
		rows = append(rows, row)
	}
	for j, l := range answer.lines {
		if !used[j] {
			rows = append(rows, aligned{Answer: l})
		}
	}
	return rows
}

// agree says what does not fit between offer and answer.
func (p *pair) agree() {
	if p.Answer == nil || p.Offer.session == nil || p.Answer.session == nil {
		return
	}
	offer, answer := p.Offer.session, p.Answer.session
	if len(offer.Media) != len(answer.Media) {
		p.Faults = append(p.Faults, fmt.Sprintf("The offer has %s, the answer %d.", count(len(offer.Media), "stream"), len(answer.Media)))
	}
	for i := range min(len(offer.Media), len(answer.Media), 8) {
		o, a := &offer.Media[i], &answer.Media[i]
		if a.Port == 0 {
			if o.Port != 0 {
				p.Faults = append(p.Faults, fmt.Sprintf("The answer rejects stream %d.", i+1))
			}
			continue
		}
		if o.Proto != a.Proto {
			p.Faults = append(p.Faults, fmt.Sprintf("Stream %d is offered as %s and answered as %s.", i+1, visible(o.Proto, 40),
				visible(a.Proto, 40)))
		}
		offered, _ := sdes.ParseMedia(bounded(o.Values("crypto")))
		answered, _ := sdes.ParseMedia(bounded(a.Values("crypto")))
		if len(offered) == 0 && len(answered) == 0 {
			continue
		}
		if _, err := sdes.CheckAnswer(sdes.Valid(offered), answered); err != nil {
			p.Faults = append(p.Faults, fmt.Sprintf("Stream %d: %s.", i+1, cryptoFault(err)))
		}
	}
}

// bounded returns as many attributes as anybody offers.
func bounded(values []string) []string { return values[:min(len(values), 32)] }
