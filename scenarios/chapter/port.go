package chapter

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// ports are the HTTPS listeners of a product's table of ports, by number: with the
// device as configured, or set to the version of a row.
func ports() family {
	return family{
		id: "ports/{case}", way: portWay,
		cases: func(e *entry) []string {
			var names []string
			if table := e.revision().Ports; table != nil {
				for _, port := range table.Listens() {
					if table.HTTP(port) {
						names = append(names, strconv.Itoa(int(port)))
					}
				}
			}
			return names
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			number, err := strconv.ParseUint(name, 10, 16)
			if err != nil {
				return nil, fmt.Errorf("the case is the number of a port, not %q", name)
			}
			port := uint16(number)
			s := stimulus{title: "port " + name + ": the device as configured", area: "tls", script: []scene.Step{scene.FetchPort(port)}}
			s.expected, s.rule = "is served", judge.Fetched
			if e.row.Version == "" {
				return []stimulus{s}, nil
			}
			values, err := e.values(nil)
			if err != nil {
				return nil, err
			}
			version, err := vendor.Version(e.row.Version)
			if err != nil {
				return nil, err
			}
			s.title = "port " + name + ": the device set to " + e.row.Version
			s.device.Levers = device.Levers{TLSMin: version, TLSMax: version}
			if !slices.Contains(e.revision().Ports.Takes(port, values), e.row.Version) {
				s.refused = true
				s.expected = "gets nothing through, and sends nothing in clear"
				s.rule = judge.Unserved(judge.TurnedAway(alertProtocolVersion), judge.NoPlainOnTLS)
				return []stimulus{s}, nil
			}
			s.expected, s.rule = "is served at "+e.row.Version, judge.All(judge.Negotiated(version), judge.Fetched)
			return []stimulus{s}, nil
		},
	}
}
