package profile

import (
	"regexp"
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
)

// SIPPort is SIP's port over UDP and TCP, and SIPSPort that over TLS. In a table of
// ports, the row of SIPSPort is what the listeners of SIP obey.
const (
	SIPPort  = 5060
	SIPSPort = 5061
)

// DefaultPort returns the port that a SIP URI without one means.
func DefaultPort(protocol string) uint16 {
	if protocol == observation.TLS {
		return SIPSPort
	}
	return SIPPort
}

// PortTable is the TLS versions that each listener of a product takes, as the
// vendor's document prints them: a row for each listener and a column for each
// state of the settings.
type PortTable struct {
	Columns []PortColumn `yaml:"columns"`
	Rows    []PortRow    `yaml:"rows"`
	// WidenSetting names the setting that, [On], takes every cell up to TLS 1.2.
	WidenSetting string `yaml:"widen_setting"`
}

// PortColumn is a column and the settings that it holds for.
type PortColumn struct {
	Name string              `yaml:"name"`
	When map[string][]string `yaml:"when"`
}

// PortRow is a listener, or several alike.
type PortRow struct {
	Application string   `yaml:"application"`
	Protocol    string   `yaml:"protocol"`
	Ports       []uint16 `yaml:"ports"` // with TLS
	// Cells are as printed, one for each column.
	Cells []string `yaml:"cells"`
	// Oddities are requirements about what is strange in the row.
	Oddities []string `yaml:"oddities"`
}

// printed matches a version in a cell; some documents print a stray v before the
// number.
var printed = regexp.MustCompile(`TLS v?(1\.[0-3])`)

// Versions reads a cell: "TLS 1.1, TLS v1.2" and "8443: TLS 1.2" are [TLS 1.1,
// TLS 1.2] and [TLS 1.2].
func Versions(cell string) []string {
	var versions []string
	for _, match := range printed.FindAllStringSubmatch(cell, -1) {
		versions = append(versions, "TLS "+match[1])
	}
	return versions
}

// Listens returns the ports with TLS, each once, in order.
func (t *PortTable) Listens() []uint16 {
	var ports []uint16
	for _, row := range t.Rows {
		ports = append(ports, row.Ports...)
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// HTTP tells whether a port speaks HTTP over TLS.
func (t *PortTable) HTTP(port uint16) bool {
	return slices.ContainsFunc(t.Rows, func(r PortRow) bool {
		return slices.Contains(r.Ports, port) && (r.Protocol == "HTTPS" || r.Protocol == "SOAP")
	})
}

// SIP tells whether a port speaks SIP over TLS.
func (t *PortTable) SIP(port uint16) bool {
	return port == SIPSPort || slices.ContainsFunc(t.Rows, func(r PortRow) bool {
		return slices.Contains(r.Ports, port) && r.Protocol == "SIP"
	})
}

// Names returns every version that a cell of the table has, lowest first.
func (t *PortTable) Names() []string {
	var names []string
	for _, row := range t.Rows {
		for _, cell := range row.Cells {
			names = append(names, Versions(cell)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Column returns the column of a name, nil if there is none.
func (t *PortTable) Column(name string) *PortColumn {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Settings returns values with which a column holds.
func (c *PortColumn) Settings() map[string]string {
	values := make(map[string]string)
	for name, wanted := range c.When {
		values[name] = wanted[0]
	}
	return values
}

// Takes returns the versions that a port takes, lowest first, while settings
// have these values; nil for a port that is not in the table.
func (t *PortTable) Takes(port uint16, settings map[string]string) []string {
	column := slices.IndexFunc(t.Columns, func(c PortColumn) bool { return holds(c.When, settings) })
	row := slices.IndexFunc(t.Rows, func(r PortRow) bool { return slices.Contains(r.Ports, port) })
	if column < 0 || row < 0 {
		return nil
	}
	versions := Versions(t.Rows[row].Cells[column])
	if settings[t.WidenSetting] == On && !slices.Contains(versions, "TLS 1.2") {
		versions = append(versions, "TLS 1.2")
	}
	return versions
}
