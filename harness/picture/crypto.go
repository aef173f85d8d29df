package picture

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// side is one description in parts: the session, and each stream.
type side struct{ parts []part }

// part is some lines of a description, each with a key that its counterpart has too.
type part struct {
	name  string
	keys  []string
	lines []sdpLine
}

func (s *side) part(i int) part {
	if i < len(s.parts) {
		return s.parts[i]
	}
	return part{}
}

// newSide lays out the lines of a description, of none if it is nil.
func newSide(d *described, marks *marks, width int) *side {
	s := new(side)
	if d == nil || d.session == nil {
		return s
	}
	starts := lines(marks.at(d.event.Seq))
	problems := make(map[int][]string)
	for _, p := range d.session.Problems {
		if len(problems) < 32 {
			problems[p.Line] = append(problems[p.Line], strings.ReplaceAll(string(p.Cause), "-", " "))
		}
	}
	s.parts = []part{{name: "session"}}
	for i, l := range d.session.Lines {
		if l.Type == 'm' {
			kind, _, _ := strings.Cut(l.Value, " ")
			s.parts = append(s.parts, part{name: kind})
		}
		p := &s.parts[len(s.parts)-1]
		one := sdpLine{Text: shortKeys(visible(l.String(), width)), Faults: problems[i+1]}
		one.Marked = begins(one.Text, false, starts)
		key := keyOfLine(l)
		if value, ok := strings.CutPrefix(l.String(), "a=crypto:"); ok && len(p.lines) < 64 {
			a, err := sdes.Parse(value)
			if err != nil {
				one.Faults = append(one.Faults, cryptoFault(err))
			} else {
				key = fmt.Sprint("a=crypto:", a.Tag)
				one.Decoded = decode(a)
			}
		}
		p.keys = append(p.keys, key)
		p.lines = append(p.lines, one)
	}
	return s
}

// keyOfLine returns what a line is about: its letter, the name of its attribute, and for some the first word of that.
func keyOfLine(l sdp.Line) string {
	if l.Type != 'a' {
		return string(l.Type) + "="
	}
	name, value, _ := strings.Cut(l.Value, ":")
	switch name {
	case "rtpmap", "fmtp", "crypto", "rtcp-fb", "fingerprint", "extmap":
		first, _, _ := strings.Cut(value, " ")
		return "a=" + name + ":" + first
	case "sendrecv", "sendonly", "recvonly", "inactive":
		return "a=direction"
	}
	return "a=" + name
}

// decode says what a crypto attribute means.
func decode(a sdes.Attribute) string {
	var all []string
	suite, known := a.Known()
	switch {
	case !known:
		all = append(all, "unknown suite "+visible(a.Suite, 60))
	default:
		all = append(all, fmt.Sprintf("AES key of %d bits, salt of %d, tag of %d (RTCP %d)",
			8*suite.MasterKey, 8*suite.MasterSalt, 8*suite.TagRTP, 8*suite.TagRTCP))
		if strings.HasPrefix(suite.Name, "NULL") || strings.Contains(suite.Name, "_NULL") {
			all[0] = "no encryption"
		}
	}
	for i, k := range a.Keys[:min(len(a.Keys), 4)] {
		var text []string
		if len(a.Keys) > 1 {
			text = append(text, fmt.Sprintf("key %d", i+1))
		}
		text = append(text, fmt.Sprintf("%d bytes inline", len(k.Material)))
		if k.LifetimeText != "" {
			text = append(text, "lifetime "+visible(k.LifetimeText, 20)+" packets")
		} else {
			text = append(text, "no lifetime named")
		}
		if k.HasMKI {
			text = append(text, fmt.Sprintf("MKI %s in %s", hex.EncodeToString(k.MKI[:min(len(k.MKI), 16)]), count(k.MKILength, "byte")))
		} else {
			text = append(text, "no MKI")
		}
		all = append(all, strings.Join(text, ", "))
	}
	if left := len(a.Keys) - 4; left > 0 {
		all = append(all, fmt.Sprintf("%d more keys", left))
	}
	for _, p := range a.Params[:min(len(a.Params), 8)] {
		all = append(all, visible(p.String(), 60))
	}
	return strings.Join(all, "; ")
}

// cryptoFault says what is wrong with an attribute or an answer.
func cryptoFault(err error) string {
	e := new(sdes.Error)
	if !errors.As(err, &e) {
		return visible(err.Error(), maxText)
	}
	words, ok := cryptoFaults[e.Cause]
	if !ok {
		words = strings.ReplaceAll(string(e.Cause), "-", " ")
	}
	if e.Detail != "" {
		words += " (" + visible(e.Detail, 160) + ")"
	}
	if e.Err != nil {
		words += ": " + cryptoFault(e.Err)
	}
	return words
}

// cryptoFaults says causes in words, where the slug alone says little.
var cryptoFaults = map[sdes.Cause]string{
	sdes.NoCrypto:                "the stream is accepted without a crypto attribute",
	sdes.SeveralCrypto:           "the answer has more than one crypto attribute",
	sdes.InvalidAttribute:        "the answer's crypto attribute is not valid",
	sdes.TagNotOffered:           "the answer's tag was not offered",
	sdes.SuiteNotOfferedForTag:   "the answer has another suite than was offered under its tag",
	sdes.SameKeyAsOffered:        "the answer has the offerer's own key",
	sdes.SessionParametersDiffer: "the session parameters differ",
	sdes.KeyLength:               "the key has the wrong length for its suite",
	sdes.BadBase64:               "the key is not base64",
	sdes.LifetimeTooLong:         "the lifetime is over the suite's maximum",
	sdes.MKILength:               "the length of the MKI is outside 1 to 128",
	sdes.MKITooLarge:             "the MKI does not fit its length",
	sdes.UnknownSessionParameter: "there is a session parameter that nobody knows and that is not optional",
	sdes.BadSyntax:               "it does not follow the grammar",
	sdes.UnknownKeyMethod:        "the key method is not inline",
}
