package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"text/template"

	"github.com/sipconform/sipconform/harness/device"
)

// Data is what the templates of a descriptor see.
type Data struct {
	// Session is a name unlike that of every other session, for things that
	// have to be outside Dir.
	Session string
	// Dir is the session's folder.
	Dir string
	// Address is the device's own, DNS the name server's address and port.
	Address netip.Addr
	DNS     netip.AddrPort
	Account device.Account
	// Trust, Certificate and Key are PEM; the last two are empty for a device
	// without a certificate.
	Trust, Certificate, Key string
	Levers                  device.Levers
	// Expires is the registration interval to ask for in seconds, from the
	// lever or the account; 0 leaves it to the device.
	Expires int
	// Action is what the device is told to do, in actions only.
	Action device.Action

	folder string
	words  map[string]map[string]string
	values map[string]Text
	depth  int // of values that use values
}

// Folder is where device.yaml is, for programs beside it. A descriptor that is
// built in is nowhere.
func (d *Data) Folder() (string, error) {
	if d.folder == "" {
		return "", errors.New("this descriptor is built in, and needs a program beside it: copy its folder, and give the path of its device.yaml")
	}
	return d.folder, nil
}

// maxDepth bounds values that use values: deeper is going round in a circle.
const maxDepth = 10

// Value is one of the descriptor's values, rendered.
func (d *Data) Value(name string) (string, error) {
	value, ok := d.values[name]
	if !ok {
		return "", fmt.Errorf("there is no value %q", name)
	}
	if d.depth == maxDepth {
		return "", fmt.Errorf("the value %q uses itself", name)
	}
	deeper := *d
	deeper.depth++
	return value.render(&deeper)
}

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

// with is the data for one action.
func (d *Data) with(action device.Action) *Data {
	copied := *d
	copied.Action = action
	return &copied
}

// Word is the device's word for the value that a lever is set to, or for its
// default. It is an error for the lever to have several values.
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

// WordList is the device's words for each of the values that a lever is set to,
// in order. It is empty when the lever is left alone.
func (d *Data) WordList(lever string) ([]string, error) {
	values := leverValues(d.Levers)[lever]
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

// Setup is the data as the shim protocol has it: an object for JSON.
func (d *Data) Setup() map[string]any {
	setup := map[string]any{
		"dir": d.Dir, "address": d.Address, "dns": d.DNS,
		"account": map[string]any{"user": d.Account.User, "password": d.Account.Password, "domain": d.Account.Domain},
		"trust":   d.Trust, "certificate": d.Certificate, "key": d.Key,
		"expires": d.Expires,
	}
	levers := make(map[string]any)
	for lever, values := range leverValues(d.Levers) {
		levers[lever] = values
	}
	setup["levers"] = levers
	return setup
}

// leverPrefix begins the capabilities that are levers.
const leverPrefix = "lever:"

// leverValues is the text of every lever that is set, by its name without the
// prefix. Numbers are as IANA writes them; a switch that is on is "on".
func leverValues(l device.Levers) map[string][]string {
	values := make(map[string][]string)
	set := func(c device.Capability, isSet bool, texts ...string) {
		if isSet {
			values[strings.TrimPrefix(string(c), leverPrefix)] = texts
		}
	}
	set(device.LeverTLSVersion, l.TLSMin != 0 || l.TLSMax != 0, versionRange(l.TLSMin, l.TLSMax)...)
	set(device.LeverSuites, len(l.Suites) > 0, hex(l.Suites)...)
	set(device.LeverGroups, len(l.Groups) > 0, hex(l.Groups)...)
	set(device.LeverSRTPSuites, len(l.SRTPSuites) > 0, l.SRTPSuites...)
	set(device.LeverMedia, l.Media != "", string(l.Media))
	set(device.LeverMKI, l.MKI, "on")
	set(device.LeverLifetime, l.Lifetime != "", l.Lifetime)
	set(device.LeverTransport, l.Transport != "", l.Transport)
	set(device.LeverVerify, l.VerifyOff, "off")
	set(device.LeverSIPS, l.SIPS, "on")
	set(device.LeverExpires, l.Expires != 0, strconv.Itoa(l.Expires))
	return values
}

// versionRange is the versions from low to high, either of which may be 0 for
// the least or the greatest.
func versionRange(low, high uint16) []string {
	var names []string
	for _, v := range tlsVersions {
		if inside(v, low, high) {
			names = append(names, versionName(v))
		}
	}
	return names
}

func hex(numbers []uint16) []string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = fmt.Sprintf("0x%04X", n)
	}
	return texts
}

// functions are what templates can call beside the built-in ones.
var functions = template.FuncMap{
	"json": func(v any) (string, error) {
		text, err := json.Marshal(v)
		return string(text), err
	},
	"join":             func(separator string, list []string) string { return strings.Join(list, separator) },
	"tlsVersion":       versionName,
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

// singleLine refuses text that would begin another line of a file or protocol.
func singleLine(s string) (string, error) {
	if strings.ContainsAny(s, "\r\n\x00") {
		return "", fmt.Errorf("%q must be one line", s)
	}
	return s, nil
}

// without is value where it has none of the characters in forbidden, for a
// device's file that has no way to quote them.
func without(forbidden, value string) (string, error) {
	if i := strings.IndexAny(value, forbidden); i >= 0 {
		return "", fmt.Errorf("%w: its configuration cannot hold the %q in %q", device.ErrUnsupported, value[i], value)
	}
	return value, nil
}

// concatenatedPEM puts blocks in one file, each on lines of its own.
func concatenatedPEM(blocks ...string) string {
	var b strings.Builder
	for _, block := range blocks {
		if block != "" {
			b.WriteString(strings.TrimRight(block, "\n") + "\n")
		}
	}
	return b.String()
}
