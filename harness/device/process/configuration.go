package process

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/yamlfile"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Configuration is an alternative of the device's own set-up, see [device.Configuration].
type Configuration struct {
	// Name is how reports call it.
	Name string `yaml:"name"`
	// Levers are what is set otherwise.
	Levers Settings `yaml:"levers"`
	// GivesUp are labels of scenarios that are not asked under the configuration.
	GivesUp []string `yaml:"gives_up"`
}

// Configurations returns the alternatives of the descriptor.
func (d *Device) Configurations() []device.Configuration {
	var all []device.Configuration
	for _, c := range d.descriptor.Configurations {
		all = append(all, device.Configuration{Name: c.Name, Levers: c.Levers.Levers, GivesUp: c.GivesUp})
	}
	return all
}

// Settings are levers, written by name and value as in the shim protocol.
type Settings struct{ device.Levers }

// UnmarshalYAML accepts a mapping of levers to a value or a list of values.
func (s *Settings) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return yamlfile.Wrong(node, "found %s where a mapping of levers to values belongs", yamlfile.Describe(node))
	}
	if err := node.Decode(new(map[string]any)); err != nil { // a lever twice
		return err
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		lever, value := node.Content[i].Value, node.Content[i+1]
		set, known := settings[device.Capability("lever:"+lever)]
		if !known {
			return yamlfile.Wrong(node.Content[i], "sets the unknown lever %q", lever)
		}
		items := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			items = value.Content
		}
		values := make([]string, len(items))
		for j, item := range items {
			values[j] = item.Value
		}
		// A lever that does not have the values afterwards was given wrong ones.
		set(&s.Levers, values)
		if len(values) == 0 || !slices.Equal(s.Levers.Values()[lever], values) {
			return yamlfile.Wrong(value, "sets %s to %q, which it cannot be set to", lever, strings.Join(values, ", "))
		}
	}
	return nil
}

// settings set levers to values of [device.Levers.Values]. Values that a lever does not have set something else, or nothing.
var settings = map[device.Capability]func(l *device.Levers, values []string){
	device.LeverTLSVersion: func(l *device.Levers, values []string) {
		for _, v := range device.TLSVersions(0, 0) {
			if !slices.Contains(values, device.TLSVersionName(v)) {
				continue
			}
			if l.TLSMin == 0 {
				l.TLSMin = v
			}
			l.TLSMax = v
		}
	},
	device.LeverSuites:     func(l *device.Levers, values []string) { l.Suites = numbers(values) },
	device.LeverGroups:     func(l *device.Levers, values []string) { l.Groups = numbers(values) },
	device.LeverSRTPSuites: func(l *device.Levers, values []string) { l.SRTPSuites = values },
	device.LeverMedia: func(l *device.Levers, values []string) {
		l.Media = oneOf(values, device.RTP, device.SRTP, device.Opportunistic, device.Both)
	},
	device.LeverMKI:      func(l *device.Levers, values []string) { l.MKI = slices.Contains(values, "on") },
	device.LeverLifetime: func(l *device.Levers, values []string) { l.Lifetime = strings.Join(values, " ") },
	device.LeverTransport: func(l *device.Levers, values []string) {
		l.Transport = oneOf(values, observation.UDP, observation.TCP, observation.TLS)
	},
	device.LeverVerify:  func(l *device.Levers, values []string) { l.VerifyOff = slices.Contains(values, "off") },
	device.LeverSIPS:    func(l *device.Levers, values []string) { l.SIPS = slices.Contains(values, "on") },
	device.LeverExpires: func(l *device.Levers, values []string) { l.Expires, _ = strconv.Atoi(strings.Join(values, " ")) },
	device.LeverPort: func(l *device.Levers, values []string) {
		port, _ := strconv.ParseUint(strings.Join(values, " "), 10, 16)
		l.Port = uint16(port)
	},
}

// oneOf returns the first value that is in the list, "" if none is.
func oneOf[T ~string](values []string, list ...T) T {
	for _, v := range values {
		if slices.Contains(list, T(v)) {
			return T(v)
		}
	}
	return ""
}

// numbers reads what [hex] writes. It leaves out what is no number.
func numbers(texts []string) []uint16 {
	var all []uint16
	for _, text := range texts {
		if n, err := strconv.ParseUint(text, 0, 16); err == nil {
			all = append(all, uint16(n))
		}
	}
	return all
}

// configurationName is the form of names, which reports show.
var configurationName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ,./+-]*$`)

// labelPattern is the form of the labels that a filter selects by.
var labelPattern = regexp.MustCompile(`^(vendor|product|profile|direction|area|level|req|id):[^\s|&!()]+$`)

// subjects are the labels of scenarios of which a setting leaves nothing to judge: a device that passes them under the
// setting has not shown what they ask.
var subjects = []struct {
	setting string
	isSet   func(device.Levers) bool
	labels  []string
}{
	{"verify off", func(l device.Levers) bool { return l.VerifyOff }, []string{"area:certificate", "area:identity", "area:rotation"}},
	{"media RTP/AVP", func(l device.Levers) bool { return l.Media == device.RTP }, []string{"area:sdes", "area:srtp"}},
}

func (d *Descriptor) checkConfigurations() error {
	for i, c := range d.Configurations {
		place := at("configuration", i)
		levers := c.Levers.Levers
		sameName := func(other Configuration) bool { return other.Name == c.Name }
		missing := device.Capabilities(d.Capabilities).Missing(levers.Needs()...)
		switch {
		case !configurationName.MatchString(c.Name):
			return wrong(place, "has the configuration %q: give it a name of a few words, such as verification off", c.Name)
		case slices.ContainsFunc(d.Configurations[:i], sameName):
			return wrong(place, "has two configurations named %s", c.Name)
		case len(levers.Needs()) == 0:
			return wrong(place, "sets no lever in the configuration %s: it asks the same again", c.Name)
		case len(missing) > 0:
			return wrong(place.To("levers"), "needs %v in the configuration %s, which its capabilities do not declare", missing, c.Name)
		}
		if err := New(d).checkLevers(levers); err != nil {
			return &problem{Path: place.To("levers"), Message: fmt.Sprintf("cannot be set to the configuration %s: %v", c.Name, err), Cause: err}
		}
		for j, label := range c.GivesUp {
			if !labelPattern.MatchString(label) {
				return wrong(place.To("gives_up", j), "gives up %q, which is no label: write one such as area:certificate", label)
			}
		}
		for _, s := range subjects {
			for _, label := range s.labels {
				if s.isSet(levers) && !slices.Contains(c.GivesUp, label) {
					return wrong(place, "does not give up %s in the configuration %s: with %s there is nothing of it to judge", label, c.Name, s.setting)
				}
			}
		}
	}
	return nil
}
