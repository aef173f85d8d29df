// Package tables reads the tables of SDES in fixtures/sdes: suites, session parameters,
// and offers with what a receiver makes of them. Package sdes does not need it to run: its
// own tables are written from these by a test.
//
// The package serves this module and may change.
package tables

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/internal/yamlfile"
)

// Suite is a crypto-suite. Lengths are in bytes.
type Suite struct {
	Name         string
	Key, Salt    int
	Tag          int
	RTCPTag      int `yaml:"rtcp_tag"`
	Unregistered bool
	Source       string
	Level        string
}

// Parameter is a session parameter: a flag, a number From one To another, one of Values,
// or Keys like those of the attribute.
type Parameter struct {
	Name       string
	From, To   int
	Values     []string
	Keys       bool
	Negotiated bool
	Source     string
	Level      string
}

// Asked is what a device is to do with an offer.
type Asked string

// What can be asked; the zero value is nothing, because the row is for parsers alone.
const (
	Taken   Asked = "taken"
	Refused Asked = "refused"
	Free    Asked = "free"
)

// Offer is the a=crypto attributes of one stream.
type Offer struct {
	Name, Title string
	// Suite is what {suite} stands for in Lines, empty for whichever the vendor offers.
	Suite string
	Lines []string
	// Causes says why each line is invalid, and Invalid why the offer is whose lines are
	// not, as package sdes has them; none: all are valid.
	Causes  []string
	Invalid string `yaml:"offer"`
	// Lifetime and MKI, in hexadecimal, are those of the first key.
	Lifetime    uint64
	MKI         string
	Asked       Asked
	Tag         int // that a device has to choose, 0 for any
	Requirement string
	Source      string
	Level       string
}

// Suites returns the crypto-suites, in the order of the registry.
func Suites() []Suite { return slices.Clone(suites()) }

// Parameters returns the session parameters.
func Parameters() []Parameter { return slices.Clone(parameters()) }

// Offers returns the offers.
func Offers() []Offer { return slices.Clone(offers()) }

// OfferNamed returns the offer of that name, and false if there is none.
func OfferNamed(name string) (Offer, bool) {
	i := slices.IndexFunc(offers(), func(o Offer) bool { return o.Name == name })
	if i < 0 {
		return Offer{}, false
	}
	return offers()[i], true
}

var (
	suites     = sync.OnceValue(func() []Suite { return read[Suite]("suites.yaml", "a list of suites") })
	parameters = sync.OnceValue(func() []Parameter { return read[Parameter]("parameters.yaml", "a list of session parameters") })
	offers     = sync.OnceValue(func() []Offer { return read[Offer]("offers.yaml", "a list of offers") })
)

// read reads a table. That it is well formed is tested: it is part of the program.
func read[T any](name, content string) []T {
	data, err := fs.ReadFile(fixtures.FS, "sdes/"+name)
	if err != nil {
		panic(err)
	}
	document, fault := yamlfile.Parse(name, data, content)
	if fault != nil {
		panic(fault)
	}
	var rows []T
	if faults := document.Decode(&rows); faults != nil {
		panic(faults[0])
	}
	return rows
}

// Fill returns the lines of an offer for a suite, unless it has one of its own, and another
// beside it. What is left open in them are {key} and {unpadded}, for a key of the length of
// the suite in the line, and {bytes:N}.
func (o Offer) Fill(suite, other string) []string {
	if o.Suite != "" {
		suite = o.Suite
	}
	length := 30 // of a suite that is not known
	if i := slices.IndexFunc(suites(), func(s Suite) bool { return s.Name == suite }); i >= 0 {
		length = suites()[i].Key + suites()[i].Salt
	}
	// Base64 writes three bytes, or the one or two that are left, as four characters.
	alike := (length-1)/3*3 + 1
	if alike == length {
		alike += 2
	}
	bytes := func(n int) string { return fmt.Sprintf("{bytes:%d}", n) }
	fill := strings.NewReplacer("{suite}", suite, "{other}", other, "{lower}", strings.ToLower(suite),
		"{short}", bytes(length-1), "{long}", bytes(length+16), "{alike}", bytes(alike))
	lines := make([]string, len(o.Lines)) // not nil: an offer without lines has none
	for i, line := range o.Lines {
		lines[i] = fill.Replace(line)
	}
	return lines
}
