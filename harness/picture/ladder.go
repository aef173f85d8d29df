package picture

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Bounds on a ladder with nothing left out yet.
const (
	maxRows     = 360 // beyond, the middle is left out
	maxMessage  = 6 << 10
	maxMessages = 72 << 10 // of text of messages, together
	maxLine     = 900      // bytes of a line
	maxLines    = 160      // lines of a message
	maxMarks    = 3        // of a row
)

// ladder is what the template of the ladder shows.
type ladder struct {
	Rows     []*row
	Names    bool // there is a third participant, the name server
	Messages int  // whose text is left out for want of room
}

// row is one line of a ladder: an arrow, or a remark beside the life lines.
type row struct {
	ID    string // of marked rows
	At    string
	Conn  string // "tls-1"; empty where it says nothing
	Way   string // "in", "out", "ask" (of the name server) or "note"
	Who   string // for readers who see no arrow
	Kind  string // "sip", "tls", "alert", "media", "http", "dns", "own"
	Text  string
	Quiet string // further words
	Count int    // of equal events, if above 1
	Until string // when the last of them came
	Marks []*mark
	After bool // the scenario was over

	Message *message
	raw     []byte
	at      time.Duration
	key     string // of equal events
	left    int    // rows that are left out here
}

// Left is how many rows are left out in the row's place.
func (r *row) Left() int { return r.left }

// Open reports whether the message is shown unfolded.
func (r *row) Open() bool { return r.grave() }

// Sign is a letter for the gravest mark, so that colour is not the only difference.
func (r *row) Sign() string {
	if len(r.Marks) == 0 {
		return ""
	}
	return r.Marks[0].Class
}

func (r *row) grave() bool { return len(r.Marks) > 0 && r.Marks[0].grave() }

// layLadder lays out the ladder.
func layLadder(d *drawing, less int) any {
	if d.rows == nil {
		d.rows = d.ladderRows()
	}
	if len(d.rows) == 0 {
		return nil
	}
	l := &ladder{Rows: thin(d.rows, max(8, halved(maxRows, less)))}
	l.Names = slices.ContainsFunc(l.Rows, func(r *row) bool { return r.Way == "ask" })
	l.fill(halved(maxMessages, less), max(200, halved(maxMessage, less/2)))
	return l
}

// ladderRows returns all rows, in the order of time.
func (d *drawing) ladderRows() []*row {
	teller := teller{protocols: make(map[string]string), flows: make(map[string]*row)}
	var rows []*row
	for i := range d.events {
		e := &d.events[i]
		marks := d.marks.at(e.Seq)
		r, flight := teller.tell(e, len(marks) > 0)
		if r == nil {
			continue
		}
		r.After = i > d.over
		if flight != nil && len(marks) == 0 && flight.After == r.After {
			flight.Count++
			flight.Until = r.At
			continue
		}
		r.at = shownAt(e)
		if len(marks) > 0 {
			r.ID = Anchor(d.about.Prefix, e.Seq)
			r.Marks = marks[:min(len(marks), maxMarks)]
		}
		rows = append(rows, r)
	}
	// Packets are judged later than they came, some of them after the answer with their keys.
	slices.SortStableFunc(rows, func(a, b *row) int { return cmp.Compare(a.at, b.at) })
	return rows
}

// Anchor returns the id of the row of a marked event, in the fragment with that prefix.
func Anchor(prefix string, seq int) string {
	return identifier(prefix) + "-e" + decimal(seq)
}

// thin leaves the middle out of what is too long: marked rows stay as long as there is room, and a row says how many
// are not there.
func thin(rows []*row, most int) []*row {
	if len(rows) <= most {
		return rows
	}
	keep := make([]bool, len(rows))
	room := most
	take := func(i int) {
		if room > 0 && !keep[i] {
			keep[i] = true
			room--
		}
	}
	for i, r := range rows {
		if r.grave() && room > most/2 {
			take(i)
		}
	}
	for i := range most / 3 {
		take(len(rows) - 1 - i)
	}
	for i := range rows {
		take(i)
	}
	var kept []*row
	for i, r := range rows {
		switch {
		case keep[i]:
			kept = append(kept, r)
		case len(kept) > 0 && kept[len(kept)-1].left > 0:
			kept[len(kept)-1].left++
		default:
			kept = append(kept, &row{At: r.At, Way: "note", Kind: "own", left: 1})
		}
	}
	return kept
}

// fill gives rows the text of their messages: the marked ones first, and then the others in order, as long as there is
// room.
func (l *ladder) fill(room, most int) {
	for _, grave := range []bool{true, false} {
		for _, r := range l.Rows {
			if len(r.raw) == 0 || r.grave() != grave {
				continue
			}
			r.Message = nil
			if room <= 0 {
				l.Messages++
				continue
			}
			r.Message = newMessage(r.raw, lines(r.Marks), min(most, room))
			room -= r.Message.size
		}
	}
}

// teller turns events into rows. It remembers what the next ones need.
type teller struct {
	protocols map[string]string // of connections
	flows     map[string]*row   // of media, since the last row of another kind
	last      *row
}

// tell returns an event's row, nil if it has none, and the row of equal events that it can be counted in.
func (t *teller) tell(e *observation.Event, marked bool) (r, flight *row) {
	switch e.Kind {
	case observation.Wire, observation.TLSKeyLog:
		return nil, nil
	case observation.Media:
		if e.Media == nil {
			return nil, nil
		}
		r = t.media(e)
		if flight = t.flows[r.key]; flight == nil || marked {
			t.flows[r.key] = r
		}
		return r, flight
	}
	tell := tellers[e.Kind]
	if tell == nil {
		tell = remark
	}
	if r = tell(t, e); r == nil {
		return nil, nil
	}
	r.At = seconds(e.At)
	if r.Conn == "" {
		r.Conn = connection(e.Conn)
	}
	if r.Kind != "own" {
		clear(t.flows)
	}
	if t.last != nil && r.key != "" && t.last.key == r.key && t.last.Conn == r.Conn && bytes.Equal(t.last.raw, r.raw) {
		return r, t.last
	}
	t.last = r
	return r, nil
}

// shownAt is the time that an event's row has.
func shownAt(e *observation.Event) time.Duration {
	if e.Kind == observation.Media {
		return arrived(e)
	}
	return e.At
}

// connection returns a connection's name if it is one that a person can follow. Those of UDP are two addresses.
func connection(conn string) string {
	if strings.ContainsAny(conn, " :") || conn == "" {
		return ""
	}
	return visible(conn, 24)
}
