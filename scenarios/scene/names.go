package scene

import (
	"context"
	"net"
	"net/netip"
	"slices"

	"github.com/sipconform/sipconform/mocks/accept"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Arrangement is how the vendor's names are put into the name server. The zero
// value is plain records.
type Arrangement int

// The arrangements. Targets of SRV records other than the vendor's are closed
// ports, or dead hosts, which close every connection.
const (
	// OtherTarget has an SRV record whose target is a name that no certificate holds.
	OtherTarget Arrangement = iota + 1
	// DecoySecond has the vendor as the first SRV target, and a dead host as the
	// second.
	DecoySecond
	// RefusedFirst has a closed port as the first SRV target, and the vendor as the
	// second.
	RefusedFirst
	// DeadFirst has a closed port as an SRV target before the vendor's hosts.
	DeadFirst
	// LightFirst has two SRV targets for each of the first two hosts: a dead host of
	// weight 0, and the vendor's of weight 65535.
	LightFirst
	// DefaultPortDead has a dead host at the port that a device goes to which is not told
	// another.
	DefaultPortDead
	// TestInstead leads every host that the test endpoint has to that endpoint.
	TestInstead
	// SharedTestInstead is TestInstead with the hosts that are the same for every
	// customer. Two scenarios at the same time cannot both have them.
	SharedTestInstead
)

// closedPort is port 1 (tcpmux, RFC 1078): nothing listens there, and it is never
// reused, unlike a port that was just closed.
const closedPort = 1

// records are the vendor's names in the scene's arrangement. Where the mock is not
// on the standard ports, SRV records name those that it is on.
func (s *stage) records() (nameserver.Records, error) {
	if s.api != nil {
		return s.siteRecords(), nil
	}
	ports := make(map[string]uint16)
	for protocol, at := range s.edge.Addresses() {
		ports[protocol] = at.Port()
	}
	domain := s.edge.Domain()
	switch s.scene.Vendor.Names {
	case OtherTarget:
		target := "edge.carrier-" + s.Name() + ".example"
		return append(s.addressed(target, s.Place.Vendor),
			nameserver.SRV("_sips._tcp."+domain, 0, 0, ports[observation.TLS], target).TTL(recordTTL)), nil
	case DecoySecond, RefusedFirst:
		vendor, others := uint16(20), uint16(10)
		other := netip.AddrPortFrom(s.Place.Private, closedPort)
		if s.scene.Vendor.Names == DecoySecond {
			var err error
			if other, err = s.deadHost(observation.Decoy, s.standardPort()); err != nil {
				return nil, err
			}
			vendor, others = 10, 20
		}
		records := nameserver.Records{
			nameserver.SRV("_sips._tcp."+domain, vendor, 0, ports[observation.TLS], "edge."+domain).TTL(recordTTL),
			nameserver.SRV("_sips._tcp."+domain, others, 0, other.Port(), "other."+domain).TTL(recordTTL),
		}
		return slices.Concat(records, s.addressed("edge."+domain, s.Place.Vendor), s.addressed("other."+domain, other.Addr())), nil
	case LightFirst:
		return s.weighed()
	case DefaultPortDead:
		return s.defaultPortDead()
	}
	records := s.recordsAt(ports, s.Place.Vendor)
	if s.scene.Vendor.Names == DeadFirst {
		records = append(records, nameserver.SRV("_sips._tcp."+domain, 5, 10, closedPort, "dead."+domain).TTL(recordTTL))
		records = append(records, s.addressed("dead."+domain, s.Place.Private)...)
	}
	return records, nil
}

// addressed are the records that lead a name to what listens at an address: A and AAAA, of the addresses by which devices
// reach it.
func (s *stage) addressed(name string, at netip.Addr) nameserver.Records {
	var records nameserver.Records
	for _, address := range s.reach(at) {
		records = append(records, nameserver.Address(name, address).TTL(recordTTL))
	}
	return records
}

// reach returns the addresses by which devices reach what the mock listens at.
func (s *stage) reach(at netip.Addr) []netip.Addr {
	if s.api != nil {
		return s.api.Reach(at)
	}
	return s.edge.Reach(at)
}

// siteRecords lead each host of an API to the first endpoint that has it, or to the
// last for [TestInstead]. Ports are in the URLs. Shared hosts are left out unless the
// scene is about them.
func (s *stage) siteRecords() nameserver.Records {
	at := make(map[string]netip.Addr)
	var records nameserver.Records
	sites := s.api.Sites()
	shared := s.scene.Vendor.Names == SharedTestInstead
	if shared || s.scene.Vendor.Names == TestInstead {
		slices.Reverse(sites)
	}
	for _, site := range sites {
		if _, known := at[site.Name]; !known && (shared || !site.Shared) {
			at[site.Name] = site.Address.Addr()
			records = append(records, s.addressed(site.Name, site.Address.Addr())...)
		}
	}
	return records
}

// services are the owners of SRV records by protocol, RFC 3263 §4.1.
var services = []struct{ prefix, protocol string }{
	{"_sips._tcp.", observation.TLS}, {"_sip._tcp.", observation.TCP}, {"_sip._udp.", observation.UDP},
}

// recordsAt are plain records that lead to an address.
func (s *stage) recordsAt(ports map[string]uint16, address netip.Addr) nameserver.Records {
	domain := s.edge.Domain()
	records := s.addressed(domain, address)
	records = append(records, s.hostRecords(func(h edge.Host) netip.AddrPort { return h.TLS })...)
	if s.Place.StandardPorts {
		return records
	}
	owner := s.edge.Hosts()[0].Name // the only host that speaks in clear
	for _, s := range services {
		if owner == domain || s.protocol != observation.TLS {
			records = append(records, nameserver.SRV(s.prefix+owner, 0, 0, ports[s.protocol], owner).TTL(recordTTL))
		}
	}
	return records
}

// moved are plain records that lead every name to another address.
func (s *stage) moved(to netip.AddrPort) nameserver.Records {
	if len(s.product.Proxies) > 0 {
		return s.hostRecords(func(edge.Host) netip.AddrPort { return to })
	}
	ports := map[string]uint16{observation.TLS: to.Port(), observation.TCP: to.Port(), observation.UDP: to.Port()}
	return s.recordsAt(ports, to.Addr())
}

// hostRecords are those of a product's proxies; each serves the domain, and the
// first serves the trunk's own name.
func (s *stage) hostRecords(place func(edge.Host) netip.AddrPort) nameserver.Records {
	if len(s.product.Proxies) == 0 {
		return nil
	}
	var records nameserver.Records
	service := func(name string, h edge.Host) {
		records = append(records, nameserver.SRV("_sips._tcp."+name, 10, 10, place(h).Port(), h.Name).TTL(recordTTL))
	}
	for _, h := range s.edge.Hosts() {
		records = append(records, s.addressed(h.Name, place(h).Addr())...)
		service(s.edge.Domain(), h)
		if place(h).Port() != 5061 {
			service(h.Name, h)
		}
	}
	if trunk := s.edge.TrunkHost(); trunk != "" {
		first := s.edge.Hosts()[0]
		records = append(records, s.addressed(trunk, place(first).Addr())...)
		if place(first).Port() != 5061 {
			service(trunk, first)
		}
	}
	return records
}

// weighed are the records of [LightFirst].
func (s *stage) weighed() (nameserver.Records, error) {
	const light, heavy = 0, 65535
	var records nameserver.Records
	for i, name := range []observation.Listener{observation.FirstLight, observation.SecondLight} {
		at, err := s.deadHost(name, 0)
		if err != nil {
			return nil, err
		}
		proxy, target := s.edge.Hosts()[i], string(name)+"."+s.edge.Domain()
		records = append(records,
			nameserver.SRV("_sips._tcp."+proxy.Name, 10, light, at.Port(), target).TTL(recordTTL),
			nameserver.SRV("_sips._tcp."+proxy.Name, 10, heavy, proxy.TLS.Port(), proxy.Name).TTL(recordTTL))
		records = slices.Concat(records, s.addressed(target, at.Addr()), s.addressed(proxy.Name, proxy.TLS.Addr()))
	}
	return records, nil
}

// defaultPortDead are the records of [DefaultPortDead]: SRV records lead to the dead host
// where the mock has no standard ports.
func (s *stage) defaultPortDead() (nameserver.Records, error) {
	domain, target := s.edge.Domain(), "default."+s.edge.Domain()
	records := s.addressed(domain, s.Place.Vendor)
	if s.Place.StandardPorts {
		_, err := s.deadHostAt(observation.DefaultPort, netip.AddrPortFrom(s.Place.Vendor, profile.SIPSPort))
		return records, err
	}
	at, err := s.deadHost(observation.DefaultPort, 0)
	records = append(records, nameserver.SRV("_sips._tcp."+domain, 0, 0, at.Port(), target).TTL(recordTTL))
	return append(records, s.addressed(target, at.Addr())...), err
}

// standardPort is 5061 where the mock listens on standard ports and a host beside it has an
// address of its own, and 0, any free port, elsewhere.
func (s *stage) standardPort() int {
	if s.Place.StandardPorts && s.Place.Private != s.Place.Vendor {
		return 5061
	}
	return 0
}

// deadHost listens as a host that closes every connection, at an address beside the
// vendor's; the log has them under that name.
func (s *stage) deadHost(name observation.Listener, port int) (netip.AddrPort, error) {
	return s.deadHostAt(name, netip.AddrPortFrom(s.Place.Private, uint16(port)))
}

// deadHostAt is [stage.deadHost] at an address.
func (s *stage) deadHostAt(name observation.Listener, address netip.AddrPort) (netip.AddrPort, error) {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(address))
	if err != nil {
		return netip.AddrPort{}, err
	}
	s.hosts = append(s.hosts, l)
	at := l.Addr().(*net.TCPAddr).AddrPort()
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	s.waiting.Go(func() {
		defer s.Log.Guard("", "closing connections as a dead host")
		accept.Each(context.Background(), l, s.Log.Failing("", "accepting a connection"), func(conn *net.TCPConn) {
			remote := conn.RemoteAddr().(*net.TCPAddr).AddrPort()
			defer conn.Close()
			if !s.gate.Admits(observation.TCP, remote) {
				return
			}
			s.Log.Append(observation.Event{
				Kind: observation.TransportOpen, Conn: string(name) + " " + remote.String(),
				Transport: &observation.TransportInfo{Protocol: observation.TCP, Listener: name, Local: at, Remote: remote},
			})
		})
	})
	return at, nil
}

// closeHosts ends the dead hosts.
func (s *stage) closeHosts() {
	for _, h := range s.hosts {
		h.Close()
	}
	s.waiting.Wait()
}
