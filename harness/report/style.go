package report

import (
	"os"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// Style says what a console can show. The zero value is plain text.
type Style struct {
	// Colour allows colours.
	Colour bool
	// Live allows a line to be overwritten.
	Live bool
}

// StyleOf returns the style for an open file: plain text unless it is a terminal, and
// no colour if NO_COLOR is set (https://no-color.org). Getenv is usually
// os.Getenv.
func StyleOf(f *os.File, getenv func(string) string) Style {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 || getenv("TERM") == "dumb" {
		return Style{}
	}
	return Style{Colour: getenv("NO_COLOR") == "", Live: true}
}

// SGR parameters, ECMA-48 §8.3.117.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	purple = "35"
)

// paint wraps text in a colour, if the style allows colours.
func (s Style) paint(sgr, text string) string {
	if !s.Colour || sgr == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// Bold returns text that stands out.
func (s Style) Bold(text string) string { return s.paint(bold, text) }

// Faint returns text that steps back.
func (s Style) Faint(text string) string { return s.paint(faint, text) }

func colourOf(v verdict.Verdict) string {
	switch v {
	case verdict.Pass:
		return green
	case verdict.Deviation:
		return yellow
	case verdict.Fail, verdict.Error:
		return red
	case verdict.Inconclusive:
		return purple
	}
	return faint
}

func outcomeColour(o results.Outcome) string {
	switch o {
	case results.Conformant:
		return green
	case results.Undecided, results.Unasked:
		return yellow
	}
	return red
}
