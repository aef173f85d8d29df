package scenarios

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
)

// recordTTL is the time to live of the vendor's records: short, so that a move
// can be seen to be followed.
const recordTTL = time.Second

// arrangement is how the vendor's names are put into the name server. The zero
// value is plainly.
type arrangement int

const (
	// otherTarget has SRV records whose target is a name that no certificate holds.
	otherTarget arrangement = iota + 1
	// decoySecond has two SRV targets: the vendor, and behind it one that closes
	// every connection.
	decoySecond
	// refusedFirst has two SRV targets: one that refuses connections, and behind
	// it the vendor.
	refusedFirst
	// deadFirst has an SRV target before the vendor's proxies that refuses
	// connections.
	deadFirst
	// lightFirst has two SRV targets for each of the first two proxies: one of
	// weight 0 that closes every connection, and behind it the proxy, of weight
	// 65535.
	lightFirst
	// testInstead leads every host that the test endpoint has to it.
	testInstead
)

// nobodys is a port that nothing listens on (tcpmux, RFC 1078): unlike one that
// was just left, no other scenario gets it.
const nobodys = 1

// records are the vendor's names as the scene wants them. Where the mock is not
// on the standard's ports, SRV records name those that it is on.
func (s *stage) records() (nameserver.Records, error) {
	if s.api != nil {
		return s.siteRecords(), nil
	}
	ports := make(map[string]uint16)
	for protocol, at := range s.edge.Addresses() {
		ports[protocol] = at.Port()
	}
	domain := s.edge.Domain()
	switch s.scene.names {
	case otherTarget:
		target := "edge.carrier-" + s.Name() + ".example"
		return nameserver.Records{
			nameserver.SRV("_sips._tcp."+domain, 0, 0, ports[observation.TLS], target).TTL(recordTTL),
			nameserver.A(target, s.Place.Vendor).TTL(recordTTL),
		}, nil
	case decoySecond, refusedFirst:
		vendor, others := uint16(20), uint16(10)
		other := netip.AddrPortFrom(s.Place.Private, nobodys)
		if s.scene.names == decoySecond {
			var err error
			if other, err = s.deadHost(observation.Decoy, s.standardPort()); err != nil {
				return nil, err
			}
			vendor, others = 10, 20
		}
		return nameserver.Records{
			nameserver.SRV("_sips._tcp."+domain, vendor, 0, ports[observation.TLS], "edge."+domain).TTL(recordTTL),
			nameserver.SRV("_sips._tcp."+domain, others, 0, other.Port(), "other."+domain).TTL(recordTTL),
			nameserver.A("edge."+domain, s.Place.Vendor).TTL(recordTTL),
			nameserver.A("other."+domain, other.Addr()).TTL(recordTTL),
		}, nil
	case lightFirst:
		return s.weighed()
	}
	records := s.recordsAt(ports, s.Place.Vendor)
	if s.scene.names == deadFirst {
		records = append(records, nameserver.SRV("_sips._tcp."+domain, 5, 10, nobodys, "dead."+domain).TTL(recordTTL),
			nameserver.A("dead."+domain, s.Place.Private).TTL(recordTTL))
	}
	return records, nil
}

// siteRecords lead each host of an API to the first endpoint that has it, or
// for [testInstead] to the last. Ports are in the URLs.
func (s *stage) siteRecords() nameserver.Records {
	at := make(map[string]netip.Addr)
	var records nameserver.Records
	sites := s.api.Sites()
	if s.scene.names == testInstead {
		slices.Reverse(sites)
	}
	for _, site := range sites {
		if _, known := at[site.Host]; !known {
			at[site.Host] = site.Address.Addr()
			records = append(records, nameserver.A(site.Host, site.Address.Addr()).TTL(recordTTL))
		}
	}
	return records
}

// recordsAt are plain records for an address.
func (s *stage) recordsAt(ports map[string]uint16, address netip.Addr) nameserver.Records {
	domain := s.edge.Domain()
	records := append(nameserver.Records{nameserver.A(domain, address).TTL(recordTTL)}, s.hostRecords(func(h edge.Host) netip.AddrPort { return h.TLS })...)
	if s.Place.StandardPorts {
		return records
	}
	owner := s.edge.Hosts()[0].Name // which alone speaks in clear
	for service, protocol := range map[string]string{"_sips._tcp.": observation.TLS, "_sip._tcp.": observation.TCP, "_sip._udp.": observation.UDP} {
		if owner == domain || protocol != observation.TLS {
			records = append(records, nameserver.SRV(service+owner, 0, 0, ports[protocol], owner).TTL(recordTTL))
		}
	}
	return records
}

// moved are plain records with every name at another address.
func (s *stage) moved(to netip.AddrPort) nameserver.Records {
	if len(s.product.Proxies) > 0 {
		return s.hostRecords(func(edge.Host) netip.AddrPort { return to })
	}
	return s.recordsAt(map[string]uint16{observation.TLS: to.Port(), observation.TCP: to.Port(), observation.UDP: to.Port()}, to.Addr())
}

// hostRecords are those of a product's proxies, in any of which the domain and
// the trunk's own name are served.
func (s *stage) hostRecords(place func(edge.Host) netip.AddrPort) nameserver.Records {
	if len(s.product.Proxies) == 0 {
		return nil
	}
	var records nameserver.Records
	service := func(name string, h edge.Host) {
		records = append(records, nameserver.SRV("_sips._tcp."+name, 10, 10, place(h).Port(), h.Name).TTL(recordTTL))
	}
	for _, h := range s.edge.Hosts() {
		records = append(records, nameserver.A(h.Name, place(h).Addr()).TTL(recordTTL))
		service(s.edge.Domain(), h)
		if place(h).Port() != 5061 {
			service(h.Name, h)
		}
	}
	first := s.edge.Hosts()[0]
	records = append(records, nameserver.A(s.edge.TrunkHost(), place(first).Addr()).TTL(recordTTL))
	if place(first).Port() != 5061 {
		service(s.edge.TrunkHost(), first)
	}
	return records
}

// weighed are the records of [lightFirst].
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
			nameserver.SRV("_sips._tcp."+proxy.Name, 10, heavy, proxy.TLS.Port(), proxy.Name).TTL(recordTTL),
			nameserver.A(target, at.Addr()).TTL(recordTTL),
			nameserver.A(proxy.Name, proxy.TLS.Addr()).TTL(recordTTL))
	}
	return records, nil
}

// standardPort is where names without SRV records are looked for, if the mock
// is there; 0 if not.
func (s *stage) standardPort() int {
	if s.Place.StandardPorts {
		return 5061
	}
	return 0
}

// deadHost listens as a host that closes every connection, and records them
// under that name.
func (s *stage) deadHost(name observation.Listener, port int) (netip.AddrPort, error) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: s.Place.Private.AsSlice(), Port: port})
	if err != nil {
		return netip.AddrPort{}, err
	}
	s.hosts = append(s.hosts, l)
	at := l.Addr().(*net.TCPAddr).AddrPort()
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	s.waiting.Go(func() {
		defer s.Log.Guard("", "closing connections as a dead host")
		for {
			conn, err := l.AcceptTCP()
			if err != nil {
				return
			}
			s.Log.Append(observation.Event{Kind: observation.TransportOpen, Conn: string(name) + " " + conn.RemoteAddr().String(),
				Transport: &observation.TransportInfo{Protocol: observation.TCP, Listener: name, Local: at, Remote: conn.RemoteAddr().(*net.TCPAddr).AddrPort()}})
			conn.Close()
		}
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
