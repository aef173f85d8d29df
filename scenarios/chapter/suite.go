package chapter

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// foreignSuites are suites of TLS 1.2 that devices have and vendors with RSA
// certificates and AES lists lack.
var foreignSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}

// ecdheSuites are suites whose keys are agreed on in a group.
var ecdheSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384}

// suites are the vendor's list: as it is, one suite at a time on the vendor's side
// or on the device's, and none that the device has.
func suites() family {
	return family{
		id: "suites/{suite}/{case}", ways: []string{callOutWay, connectWay, registerWay, listenerWay, fetchWay},
		cases: func(*entry) []string {
			return []string{"listed", "offered", "order", "vendor", "device", "foreign-only"}
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			only, err := e.versionAlone()
			if err != nil {
				return nil, err
			}
			if e.way.inbound() && name != "vendor" {
				return nil, fmt.Errorf("the case %s is not for a vendor that calls: vendor is", name)
			}
			switch name {
			case "vendor", "device":
				var all []stimulus
				for _, suite := range e.emulated() {
					s := only
					e.alone(&s, suite, name == "device")
					all = append(all, s)
				}
				return all, nil
			case "foreign-only":
				s, err := e.foreignOnly()
				return []stimulus{s}, err
			}
			s := only
			s.title = "the vendor with " + e.whichSuites()
			switch name {
			case "listed":
				s.expected = "offers a suite of the vendor's list, and is served"
				s.rule = judge.All(judge.OffersSuite(e.suites()), e.way.served)
			case "offered":
				if len(e.emulated()) == 0 {
					return nil, nil // the machine has none of them
				}
				s.expected, s.rule = "is served if it offers one of the suites", judge.UsesOneOf(e.suites(), e.way.method, e.way.served)
			case "order":
				s.expected = "offers a suite of the list, and takes the one that the vendor prefers"
				s.rule = judge.All(judge.OffersSuite(e.suites()), e.takesFirst())
			}
			return []stimulus{s}, nil
		},
	}
}

// versionAlone is a stimulus that is limited to the row's version, if it has one.
func (e *entry) versionAlone() (stimulus, error) {
	s := stimulus{area: "tls"}
	if e.row.Version == "" {
		return s, nil
	}
	version, err := vendor.Version(e.row.Version)
	if err != nil {
		return s, err
	}
	s.version = version
	s.vendor.Settings = map[string]string{profile.TLSMin: e.row.Version, profile.TLSMax: e.row.Version}
	s.device.Needs = []device.Capability{device.Capability("tls:" + strings.TrimPrefix(e.row.Version, "TLS "))}
	return s, nil
}

// whichSuites says in words what a row is about.
func (e *entry) whichSuites() string {
	switch {
	case e.row.Version != "":
		return "its suites of " + e.row.Version
	case len(e.row.Revisions) > 0:
		return "the suites of " + strings.Join(e.row.Revisions, " and ")
	}
	return "its suites"
}

// alone is the vendor, or the device, with one suite.
func (e *entry) alone(s *stimulus, suite uint16, onDevice bool) {
	name := tlspeer.SuiteName(suite)
	s.suite = strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "TLS_"), "_", "-"))
	if onDevice {
		s.title, s.expected = "the device set to "+name+" alone", "is served over the suite"
		s.device.Needs, s.vendor.Settings = nil, nil
		s.device.Levers = device.Levers{TLSMin: s.version, TLSMax: s.version, Suites: []uint16{suite}}
	} else {
		s.title, s.expected = "a vendor with "+name+" alone", "is served over the suite if it offers it"
		s.vendor.Suites = []uint16{suite}
	}
	group := uint16(0)
	if strings.HasPrefix(name, "TLS_ECDHE_") {
		group = e.group()
	}
	s.rule = judge.UsesSuite(suite, group, e.way.served)
	if e.way.inbound() {
		s.title, s.expected = "the device's server, called with "+name+" alone", "takes the call over the suite, if its server has it"
		s.rule = judge.TakesSuite(suite, e.way.served)
	}
}

// foreignOnly is the device set to suites that the vendor lacks.
func (e *entry) foreignOnly() (stimulus, error) {
	s := stimulus{title: "the device set to suites that the vendor lacks", area: "tls", refused: true}
	listed := e.suites()
	foreign := slices.DeleteFunc(slices.Clone(foreignSuites), func(suite uint16) bool { return slices.Contains(listed, suite) })
	if len(foreign) == 0 {
		return s, errors.New("the vendor lists every suite that the chapter knows as foreign")
	}
	s.device.Levers = device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12, Suites: foreign}
	s.expected, s.rule = e.way.turnedAway(alertHandshakeFailure)
	return s, nil
}

// takesFirst asks that the first suite of the vendor's order decides, where the
// machine can have that order.
func (e *entry) takesFirst() judge.Rule {
	if order := e.emulated(); len(order) > 0 && e.way.name == fetchWay {
		return judge.TakesFirst(order)
	}
	return e.way.served
}

// suites are the vendor's in the entry's revision and settings, by IANA's numbers:
// of the row's version, if it has one.
func (e *entry) suites() []uint16 {
	values, err := e.values(nil)
	if err != nil {
		return nil // said where the scene is made
	}
	r := e.revision()
	var all []uint16
	for _, name := range profile.Choose(r.TLS.SuitesBy, values, r.TLS.Suites) {
		suite, known := tlspeer.SuiteByOpenSSLName(name)
		if known && (e.row.Version == "" || (e.row.Version == "TLS 1.3") == (suite>>8 == 0x13)) {
			all = append(all, suite)
		}
	}
	return all
}

// emulated are those of the suites that this machine has an engine for.
func (e *entry) emulated() []uint16 {
	missing := vendor.NotEmulated(e.revision())
	return slices.DeleteFunc(e.suites(), func(suite uint16) bool {
		return slices.ContainsFunc(missing, func(m tlspeer.Unavailable) bool { return m.Subject == tlspeer.Suite && m.Number == suite })
	})
}

// group is the vendor's first, 0 where it takes any.
func (e *entry) group() uint16 {
	groups := e.revision().TLS.Groups
	if len(groups) == 0 {
		return 0
	}
	number, _ := tlspeer.GroupByName(groups[0])
	return number
}

// anyGroup are the groups of a vendor that leaves the choice to the device's server.
var anyGroup = []uint16{uint16(tls.X25519), uint16(tls.CurveP256), uint16(tls.CurveP384)}

// groups are the device set to one group, with suites that need one, and its server
// called with one.
func groups() family {
	return family{
		id: "connect/group/{case}", ways: []string{callOutWay, connectWay, registerWay, listenerWay},
		cases: func(*entry) []string { return nil },
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			number, known := tlspeer.GroupByName(name)
			if !known {
				return nil, errors.New("the case is a group by IANA's name, such as secp256r1")
			}
			listed := e.suites()
			suites := slices.DeleteFunc(slices.Clone(ecdheSuites), func(suite uint16) bool { return !slices.Contains(listed, suite) })
			if len(suites) == 0 {
				return nil, errors.New("the vendor lists no suite that needs a group and that the chapter knows")
			}
			if e.way.inbound() {
				return []stimulus{e.calledWith(name, number, suites)}, nil
			}
			s := stimulus{title: "the device set to the group " + name + ", with suites that need one", area: "tls"}
			s.device.Levers = device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12, Suites: suites, Groups: []uint16{number}}
			if taken := e.revision().TLS.Groups; len(taken) > 0 && !slices.Contains(taken, name) {
				s.refused = true
				s.expected, s.rule = e.way.turnedAway(alertHandshakeFailure)
				return []stimulus{s}, nil
			}
			s.expected, s.rule = "is served over the group", judge.All(judge.NegotiatedGroup(number), e.way.served)
			return []stimulus{s}, nil
		},
	}
}

// calledWith is the device's server called with ECDHE in any group, and again in one.
func (e *entry) calledWith(name string, group uint16, suites []uint16) stimulus {
	s := stimulus{title: "the device's server, called with ECDHE in several groups, and then in " + name + " alone", area: "tls"}
	s.vendor.Suites, s.vendor.Groups = suites, anyGroup
	s.script = slices.Concat(e.way.taken(edge.Outbound{}), e.way.taken(edge.Outbound{Groups: []uint16{group}}))
	s.expected, s.rule = "takes the group, if its server agrees on keys by ECDHE", judge.TakesGroup(group)
	return s
}
