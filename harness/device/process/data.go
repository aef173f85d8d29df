package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/usertemplate"
)

// Data is what the templates of a descriptor see.
type Data struct {
	// Session is a unique name, for things that have to be outside Dir.
	Session string
	// Dir is the session's folder.
	Dir string
	// Address is the device's own address, DNS that of the name server.
	Address netip.Addr
	DNS     netip.AddrPort
	// Account is the identity that the vendor knows.
	Account device.Account
	// Trust, Certificate and Key are PEM. Certificate and Key are empty for a device without a certificate.
	Trust, Certificate, Key string
	// Levers are the settings that the scenario varies.
	Levers device.Levers
	// Expires is the registration interval to ask for in seconds, from the lever or the account; 0 leaves it to the
	// device.
	Expires int
	// Action is what the device is told to do. It is set in the steps of actions only.
	Action device.Action

	folder string
	words  map[string]map[string]string
	values map[string]Text
	depth  int                  // of values that use values
	uses   *int                 // how many values the text that is rendered has used
	budget *usertemplate.Budget // of that text and all values in it
}

// Folder returns the folder of device.yaml, for programs beside it. A built-in descriptor has none on disk.
func (d *Data) Folder() (string, error) {
	if d.folder == "" {
		return "", errors.New("this descriptor is built in, and needs a program beside it: copy its folder, and give the path of its device.yaml")
	}
	return d.folder, nil
}

// maxDepth is how deep values may use values. Deeper ones are taken to use themselves.
const maxDepth = 10

// maxUses is how many values a text uses at most, counting those that its values use. It ends the rendering of values that
// multiply.
const maxUses = 10_000

// forText returns the data for one text, or d itself for a value inside one.
func (d *Data) forText() *Data {
	if d.uses != nil {
		return d
	}
	copied := *d
	copied.uses, copied.budget = new(int), usertemplate.NewBudget()
	return &copied
}

// Value renders the value of that name.
func (d *Data) Value(name string) (string, error) {
	value, ok := d.values[name]
	if !ok {
		return "", fmt.Errorf("there is no value %q", name)
	}
	if d.depth == maxDepth {
		return "", fmt.Errorf("the value %q uses itself", name)
	}
	if *d.uses++; *d.uses > maxUses {
		return "", fmt.Errorf("the text uses more than %d values: the values multiply", maxUses)
	}
	deeper := *d
	deeper.depth++
	return value.render(&deeper)
}

// data returns what the templates see in a session.
func (d *Descriptor) data(setup device.Setup, session string) *Data {
	expires := setup.Account.Expires
	if setup.Levers.Expires != 0 {
		expires = setup.Levers.Expires
	}
	return &Data{
		Session: session, Dir: setup.Dir, folder: d.path,
		Address: setup.Address, DNS: setup.DNS, Account: setup.Account,
		Trust: string(setup.Trust), Certificate: string(setup.Certificate), Key: string(setup.Key),
		Levers: setup.Levers, Expires: expires, words: d.Words, values: d.Values,
	}
}

// with returns the data for an action.
func (d *Data) with(action device.Action) *Data {
	copied := *d
	copied.Action = action
	return &copied
}

// Word returns the device's word for the value that a lever is set to, or for its default. A lever with several values is an
// error.
func (d *Data) Word(lever string) (string, error) {
	words, err := d.WordList(lever)
	if err != nil {
		return "", err
	}
	switch len(words) {
	case 0:
		return d.words[lever]["default"], nil
	case 1:
		return words[0], nil
	}
	return "", fmt.Errorf("the lever %s has %d values: use WordList", lever, len(words))
}

// WordList returns the device's words for the values that a lever is set to, in order. It is empty if the lever is not set.
func (d *Data) WordList(lever string) ([]string, error) {
	values := d.Levers.Values()[lever]
	words := make([]string, len(values))
	for i, value := range values {
		word, err := d.word(lever, value)
		if err != nil {
			return nil, err
		}
		words[i] = word
	}
	return words, nil
}

// word returns the word for one value, which is the value itself if the lever has no words.
func (d *Data) word(lever, value string) (string, error) {
	table, ok := d.words[lever]
	if !ok {
		return value, nil
	}
	word, ok := table[value]
	if !ok {
		return "", fmt.Errorf("%w: it has no word for %s %s", device.ErrUnsupported, lever, value)
	}
	return word, nil
}

// Setup returns the data as the object of the shim protocol.
func (d *Data) Setup() map[string]any {
	setup := map[string]any{
		"dir": d.Dir, "address": d.Address, "dns": d.DNS,
		"account": map[string]any{"user": d.Account.User, "password": d.Account.Password, "domain": d.Account.Domain},
		"trust":   d.Trust, "certificate": d.Certificate, "key": d.Key,
		"expires": d.Expires,
	}
	levers := make(map[string]any)
	for lever, values := range d.Levers.Values() {
		levers[lever] = values
	}
	setup["levers"] = levers
	return setup
}

// functions are what templates can call besides the built-in functions.
var functions = usertemplate.FuncMap{
	"json": func(v any) (string, error) {
		text, err := json.Marshal(v)
		return string(text), err
	},
	"join":             func(separator string, list []string) string { return strings.Join(list, separator) },
	"tlsVersion":       device.TLSVersionName,
	"tlsVersionsOut":   versionsOut,
	"opensslVersion":   opensslVersion,
	"suitesBelowTLS13": func(suites []uint16) []uint16 { return suitesOf(suites, false) },
	"suitesOfTLS13":    func(suites []uint16) []uint16 { return suitesOf(suites, true) },
	"opensslSuites":    opensslSuites,
	"opensslGroups":    opensslGroups,
	"gnutlsVersion":    gnutlsVersion,
	"without":          without,
	"concatenatedPEM":  concatenatedPEM,
}

// singleLine returns an error for text of more than one line.
func singleLine(s string) (string, error) {
	if strings.ContainsAny(s, "\r\n\x00") {
		return "", fmt.Errorf("%q must be one line", s)
	}
	return s, nil
}

// without returns value, or an error if it contains a character of forbidden, for files of a device that cannot quote it.
func without(forbidden, value string) (string, error) {
	if i := strings.IndexAny(value, forbidden); i >= 0 {
		return "", fmt.Errorf("%w: its configuration cannot hold the %q in %q", device.ErrUnsupported, value[i], value)
	}
	return value, nil
}

// concatenatedPEM joins PEM blocks, so that each begins on a new line.
func concatenatedPEM(blocks ...string) string {
	var b strings.Builder
	for _, block := range blocks {
		if block != "" {
			b.WriteString(strings.TrimRight(block, "\n") + "\n")
		}
	}
	return b.String()
}
