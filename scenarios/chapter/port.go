package chapter

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// everyPort is the case of rows that name none.
const everyPort = ""

// ports are the listeners of a product's table of ports, by number: with the device as
// configured, set to the version of a row, or set to each version in turn in each of a
// row's columns. How the device gets there follows from what the port speaks.
func ports() family {
	return family{
		id: "ports/{case}", ways: []string{portWay, connectPortWay, optionsWay},
		cases: func(e *entry) []string {
			table := e.revision().Ports
			if table == nil {
				return nil
			}
			names := []string{everyPort}
			for _, port := range table.Listens() {
				names = append(names, strconv.Itoa(int(port)))
			}
			return names
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			table := e.revision().Ports
			if table == nil {
				return nil, errors.New("the chapter is for a product with a table of ports")
			}
			listens := table.Listens()
			if name != everyPort {
				number, err := strconv.ParseUint(name, 10, 16)
				if err != nil {
					return nil, fmt.Errorf("the case is the number of a port, not %q", name)
				}
				listens = []uint16{uint16(number)}
			}
			if len(e.row.Columns) > 0 {
				return e.cells(table, listens)
			}
			var all []stimulus
			for _, port := range listens {
				s, err := e.at(port)
				if err != nil {
					return nil, err
				}
				all = append(all, s)
			}
			return all, nil
		},
	}
}

// at is the device at a port, as it is configured or set to the version of the row.
func (e *entry) at(port uint16) (stimulus, error) {
	if e.row.Version != "" {
		return e.cell(port, nil, e.row.Version)
	}
	s := stimulus{area: "tls", way: e.wayTo(port), slug: strconv.Itoa(int(port))}
	s.title = fmt.Sprintf("port %d: the device as configured", port)
	s.expected, s.rule = "is served", s.way.served
	return s, nil
}

// cells are the ports in each of the row's columns, with each version of the table: those
// that are taken first, the highest before the others, since the rest stands on it.
func (e *entry) cells(table *profile.PortTable, listens []uint16) ([]stimulus, error) {
	versions := table.Names()
	slices.Reverse(versions)
	var taken, refused []stimulus
	for _, name := range e.row.Columns {
		column := table.Column(name)
		if column == nil {
			return nil, fmt.Errorf("the table of ports has no column %q", name)
		}
		for _, port := range listens {
			for _, version := range versions {
				s, err := e.cell(port, column, version)
				switch {
				case err != nil:
					return nil, err
				case s.refused:
					refused = append(refused, s)
				default:
					taken = append(taken, s)
				}
			}
		}
	}
	return append(taken, refused...), nil
}

// cell is the device set to one version, at a port in a column of the table; nil: in that
// of the row's settings.
func (e *entry) cell(port uint16, column *profile.PortColumn, version string) (stimulus, error) {
	s := stimulus{area: "tls", way: e.wayTo(port), slug: strconv.Itoa(int(port))}
	s.title = fmt.Sprintf("port %d: the device set to %s", port, version)
	if column != nil {
		s.vendor.Settings = column.Settings()
	}
	values, err := e.values(s.vendor.Settings)
	if err != nil {
		return s, err
	}
	number, err := vendor.Version(version)
	if err != nil {
		return s, err
	}
	s.device.Levers = device.Levers{TLSMin: number, TLSMax: number}
	takes := e.revision().Ports.Takes(port, values)
	if column != nil {
		inColumn := s.slug + "/" + columnSlug(column.Name) + "/"
		s.slug = inColumn + versionSlug(version)
		s.title += ", column " + column.Name
		if highest := takes[len(takes)-1]; highest != version {
			s.control = strings.ReplaceAll(e.ID, "{case}", inColumn+versionSlug(highest))
		}
	}
	if slices.Contains(takes, version) {
		s.expected, s.rule = "is served at "+version, judge.All(judge.Negotiated(number), s.way.served)
		return s, nil
	}
	s.refused = true
	if s.way.method != "" {
		s.expected, s.rule = s.way.turnedAway(alertProtocolVersion)
		return s, nil
	}
	s.expected = "gets nothing through, and sends nothing in clear"
	s.rule = judge.Unserved(judge.TurnedAway(alertProtocolVersion), judge.NoPlainOnTLS)
	return s, nil
}

// wayTo is the way to a port: that of what it speaks.
func (e *entry) wayTo(port uint16) way {
	table, name := e.revision().Ports, connectPortWay
	switch {
	case table.HTTP(port):
		name = portWay
	case port == profile.SIPSPort && e.product.TakesCalls():
		return e.ways()[callOutWay]
	case table.SIP(port) && !e.product.TakesCalls():
		name = optionsWay
	}
	return e.ways()[name].to(port)
}

// to is a way that leads to a port of the table.
func (w way) to(port uint16) way {
	switch w.name {
	case portWay:
		w.script = []scene.Step{scene.FetchPort(port)}
	case connectPortWay:
		w.script = []scene.Step{scene.ConnectPort(port)}
	case optionsWay:
		if port != profile.SIPSPort {
			w.script = []scene.Step{scene.OptionsPort(port), scene.Settle()}
		}
	}
	return w
}

// columnSlug writes a column's name as IDs have it: "CC min 1.1" is cc-min-tls1.1, and
// "N min 1.0", of normal mode, min-tls1.0.
func columnSlug(name string) string {
	return strings.NewReplacer("N min ", "min-tls", " min ", "-min-tls", " ", "-").Replace(strings.ReplaceAll(name, "CC", "cc"))
}

// versionSlug writes a version as IDs have it: tls1.2.
func versionSlug(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, " ", ""))
}
