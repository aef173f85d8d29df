package starter

import (
	"embed"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/sipconform/sipconform/harness/device"
)

//go:embed templates
var templates embed.FS

// file is a file of the new folder.
type file struct{ name, text string }

// sketch is what the templates see.
type sketch struct {
	Options
	Name string
	// Verbs are what the device is told to do, as its capabilities have it.
	Verbs []device.Verb
	// Levers are those of its capabilities that a program has to be given.
	Levers []lever
}

// lever is how the setting of a lever is written in a command's environment.
type lever struct{ Variable, Value string }

// files renders the files of the folder.
func (o Options) files() ([]file, error) {
	o, _, err := o.complete()
	if err != nil {
		return nil, err
	}
	s := sketch{Options: o, Name: filepath.Base(filepath.Clean(o.Folder)), Verbs: verbsOf(o.Capabilities), Levers: leversOf(o.Capabilities)}
	var all []file
	for _, f := range []struct{ name, template string }{{"device.yaml", string(o.Kind) + ".yaml"}, {"README.md", "README.md"}} {
		parsed, err := template.New(f.template).Delims("<<", ">>").Funcs(template.FuncMap{"quote": quote, "verb": argumentsOf}).
			ParseFS(templates, "templates/"+f.template, "templates/parts.yaml")
		if err != nil {
			return nil, err
		}
		var text strings.Builder
		if err := parsed.Execute(&text, s); err != nil {
			return nil, fmt.Errorf("rendering %s: %w", f.name, err)
		}
		all = append(all, file{f.name, strings.TrimRight(text.String(), "\n") + "\n"})
	}
	return all, nil
}

// Has tells whether the device has a capability.
func (s sketch) Has(c device.Capability) bool { return slices.Contains(s.Capabilities, c) }

// plain is a text that YAML reads as it is without quotes.
var plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_/.:-]*[A-Za-z0-9_]$`)

// quote writes a text so that YAML reads it as it is.
func quote(text string) (string, error) {
	if plain.MatchString(text) {
		return text, nil
	}
	quoted, err := json.Marshal(text) // YAML takes JSON's strings
	return string(quoted), err
}

// verbsOf returns the verbs that capabilities ask for, in the order of a call.
func verbsOf(cs []device.Capability) (verbs []device.Verb) {
	for _, v := range []struct {
		capability device.Capability
		verbs      []device.Verb
	}{
		{device.CanRegister, []device.Verb{device.Register, device.Unregister}},
		{device.CanCall, []device.Verb{device.Call}},
		{device.CanHangUp, []device.Verb{device.HangUp}},
		{device.CanHold, []device.Verb{device.Hold, device.Resume}},
		{device.CanOptions, []device.Verb{device.Options}},
		{device.CanFetch, []device.Verb{device.HTTPSGet}},
		{device.CanConnect, []device.Verb{device.TLSConnect}},
	} {
		if slices.Contains(cs, v.capability) {
			verbs = append(verbs, v.verbs...)
		}
	}
	return verbs
}

// argumentsOf returns what a command line says for a verb, as the items of a list in YAML.
func argumentsOf(v device.Verb) string {
	switch v {
	case device.Call, device.Options:
		return string(v) + `, "sip:{{.Action.Target}}"`
	case device.HTTPSGet, device.TLSConnect:
		return string(v) + `, "{{.Action.Target}}"`
	}
	return string(v)
}

// leversOf returns the levers among capabilities. Those that a device on a network is set to by hand, such as another password,
// are not among them: every program is given its account and roots in any case.
func leversOf(cs []device.Capability) (all []lever) {
	for _, l := range []struct {
		capability device.Capability
		lever
	}{
		{device.LeverTLSVersion, lever{"TLS_VERSION", "{{with .Levers.TLSMin}}{{tlsVersion .}}{{end}}"}},
		{device.LeverSuites, lever{"TLS_SUITES", `{{range .Levers.Suites}}{{printf "0x%04X " .}}{{end}}`}},
		{device.LeverGroups, lever{"TLS_GROUPS", `{{range .Levers.Groups}}{{printf "%d " .}}{{end}}`}},
		{device.LeverSRTPSuites, lever{"SRTP_SUITES", `{{join "," .Levers.SRTPSuites}}`}},
		{device.LeverMedia, lever{"MEDIA", "{{.Levers.Media}}"}},
		{device.LeverMKI, lever{"MKI", "{{.Levers.MKI}}"}},
		{device.LeverLifetime, lever{"LIFETIME", "{{.Levers.Lifetime}}"}},
		{device.LeverTransport, lever{"TRANSPORT", "{{or .Levers.Transport \"tls\"}}"}},
		{device.LeverVerify, lever{"VERIFY", "{{not .Levers.VerifyOff}}"}},
		{device.LeverSIPS, lever{"SIPS", "{{.Levers.SIPS}}"}},
		{device.LeverExpires, lever{"EXPIRES", "{{.Expires}}"}},
		{device.LeverCRL, lever{"REVOCATION_LISTS", "{{if .Levers.RevocationLists}}lists.pem{{end}}"}},
		{device.LeverPort, lever{"TLS_PORT", "{{or .Levers.Port 5061}}"}},
	} {
		if slices.Contains(cs, l.capability) {
			all = append(all, l.lever)
		}
	}
	return all
}
