package sdp

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits of the reader. The description of a SIP call has a few kilobytes at most.
const (
	MaxBytes = 64 << 10
	MaxLines = 4096
)

// ErrEmpty and ErrTooLarge are the errors of [Parse]. ErrNotSDP means that no
// line has the form "x=value".
var (
	ErrEmpty    = errors.New("sdp: empty")
	ErrTooLarge = errors.New("sdp: too large")
	ErrNotSDP   = errors.New("sdp: not a session description")
)

// Parse reads a session description. Lines end in CRLF, or in LF alone, and the last one may lack its end. It does
// not keep raw.
func Parse(raw []byte) (*Session, error) {
	switch {
	case len(raw) == 0:
		return nil, ErrEmpty
	case len(raw) > MaxBytes:
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(raw), MaxBytes)
	}
	p := parser{session: &Session{}}
	if err := p.split(string(raw)); err != nil {
		return nil, err
	}
	for i, line := range p.session.Lines {
		p.number = i + 1
		p.line(line)
	}
	p.number = 0
	p.missing()
	return p.session, nil
}

type parser struct {
	session *Session
	number  int // of the current line, from 1
	rank    int // of the last line whose place in its section is fixed
	seen    [256]bool
}

func (p *parser) problem(c Cause) {
	p.session.Problems = append(p.session.Problems, Problem{Line: p.number, Cause: c})
}

// split cuts the text into lines.
func (p *parser) split(text string) error {
	s := p.session
	sdp := false
	for text != "" {
		if len(s.Lines) == MaxLines {
			return fmt.Errorf("%w: more than %d lines", ErrTooLarge, MaxLines)
		}
		p.number++
		line, rest, ended := strings.Cut(text, "\n")
		text = rest
		line, crlf := strings.CutSuffix(line, "\r")
		if !ended {
			p.problem(MissingLineEnd)
		} else if !crlf {
			p.problem(BareLineFeed)
		}
		if strings.ContainsAny(line, "\r\x00") {
			p.problem(BadCharacter)
		}
		l := Line{Value: line}
		if len(line) >= 2 && line[1] == '=' && '!' <= line[0] && line[0] <= '~' {
			l = Line{Type: line[0], Value: line[2:]}
			sdp = true
		}
		s.Lines = append(s.Lines, l)
	}
	if !sdp {
		return ErrNotSDP
	}
	return nil
}

// The order of lines, RFC 8866 §5, at session level and in a media section.
const (
	sessionOrder = "vosiuepcbtrzka"
	mediaOrder   = "micbka"
)

func (p *parser) line(l Line) {
	s := p.session
	if p.number == 1 && (l.Type != 'v' || l.Value != "0") {
		p.problem(MissingVersion)
	}
	if l.Type == 0 {
		p.problem(NotALine)
		p.keep(l)
		return
	}
	if l.Type == 'm' {
		s.Media = append(s.Media, p.media(l.Value))
		p.rank = 0
		p.keep(l)
		return
	}
	p.keep(l)
	p.place(l.Type)
	m := p.current()
	switch l.Type {
	case 'o':
		s.Origin = p.origin(l.Value)
	case 's':
		s.Name = l.Value
	case 'c':
		c := p.connection(l.Value)
		switch {
		case m == nil:
			s.Connection = c
		case m.Connection == nil:
			// Several c= lines in a section are layers of a multicast; the first counts.
			m.Connection = c
		}
	case 'a':
		var a Attribute
		a.Name, a.Value, a.HasValue = strings.Cut(l.Value, ":")
		if m == nil {
			s.Attributes = append(s.Attributes, a)
		} else {
			m.Attributes = append(m.Attributes, a)
		}
	}
}

// current is the media section that the line belongs to, nil at session level.
func (p *parser) current() *Media {
	if n := len(p.session.Media); n > 0 {
		return &p.session.Media[n-1]
	}
	return nil
}

func (p *parser) keep(l Line) {
	if m := p.current(); m != nil {
		m.Lines = append(m.Lines, l)
	}
}

// place checks the order of the lines of a section.
func (p *parser) place(t byte) {
	order := sessionOrder
	if p.current() != nil {
		order = mediaOrder
	} else {
		p.seen[t] = true
	}
	rank := strings.IndexByte(order, t)
	switch {
	case rank < 0 && strings.IndexByte(sessionOrder, t) >= 0:
		p.problem(OutOfOrder) // a session-level line in a media section
	case rank < 0:
		p.problem(UnknownType)
	case t == 'r' || t == 't' && p.rank == strings.IndexByte(order, 'r'):
		// t= and r= alternate.
		p.rank = strings.IndexByte(order, 'r')
	case rank < p.rank:
		p.problem(OutOfOrder)
	default:
		p.rank = rank
	}
}

// missing notes required lines that are absent.
func (p *parser) missing() {
	s := p.session
	for _, required := range []struct {
		line  byte
		cause Cause
	}{{'o', MissingOrigin}, {'s', MissingName}, {'t', MissingTime}} {
		if !p.seen[required.line] {
			p.problem(required.cause)
		}
	}
	if slices.ContainsFunc(s.Media, func(m Media) bool { return m.Port != 0 && s.EffectiveConnection(&m) == nil }) {
		p.problem(MissingAddress)
	}
}

func (p *parser) origin(value string) *Origin {
	f := strings.Fields(value)
	if len(f) != 6 {
		p.problem(BadOrigin)
		return nil
	}
	return &Origin{f[0], f[1], f[2], f[3], f[4], f[5]}
}

func (p *parser) connection(value string) *Connection {
	f := strings.Fields(value)
	if len(f) != 3 {
		p.problem(BadConnection)
		return nil
	}
	address, _, _ := strings.Cut(f[2], "/")
	return &Connection{f[0], f[1], address}
}

// media reads an m= line. What is missing stays empty.
func (p *parser) media(value string) Media {
	f := strings.Fields(value)
	if len(f) < 4 {
		p.problem(BadMedia)
	}
	f = append(f, make([]string, max(0, 3-len(f)))...)
	m := Media{Type: f[0], Ports: 1, Proto: f[2], Formats: slices.Clip(f[3:])}
	first, count, several := strings.Cut(f[1], "/")
	port, err := strconv.ParseUint(first, 10, 16)
	if err != nil {
		p.problem(BadPort)
		return m
	}
	m.Port = uint16(port)
	if several {
		n, err := strconv.ParseUint(count, 10, 16)
		if err != nil || n == 0 {
			p.problem(BadPort)
			return m
		}
		m.Ports = int(n)
	}
	return m
}
