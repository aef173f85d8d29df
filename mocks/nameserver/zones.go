package nameserver

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/mocks/accept"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// zones holds the zones that are being served, by domain.
type zones struct {
	mu      sync.RWMutex
	domains map[string]*zone
	ended   error // why nothing is answered any more, nil if it is
}

// zone holds the names of one scenario. It does not change once it is served.
type zone struct {
	log     *observation.Log
	gate    *peers.Gate         // whose questions are answered; nil: everybody's
	records map[string][]dns.RR // by owner, canonical
	domains []string            // what it answers for, with everything below
}

// newZone panics if a record is malformed.
func newZone(log *observation.Log, gate *peers.Gate, records Records) *zone {
	z := &zone{log: log, gate: gate, records: make(map[string][]dns.RR, len(records))}
	for _, r := range records {
		if problem := r.problem(); problem != "" {
			panic("nameserver: the record " + r.describe() + " " + problem)
		}
		z.records[r.Name()] = append(z.records[r.Name()], r.rr)
		if domain := domainOf(r.Name()); !slices.Contains(z.domains, domain) {
			z.domains = append(z.domains, domain)
		}
	}
	return z
}

func (r Record) describe() string {
	if r.rr == nil {
		return `""`
	}
	return `"` + r.Name() + `"`
}

// domainOf removes the labels that RFC 2782 puts before a domain, so that a zone with only an SRV record also owns
// the questions about its host.
func domainOf(name string) string {
	for strings.HasPrefix(name, "_") {
		i, end := dns.NextLabel(name, 0)
		if end {
			break
		}
		name = name[i:]
	}
	return name
}

// put serves z in place of old, which may be nil. It panics if another zone has one of its domains: two scenarios
// would see each other's questions.
func (zs *zones) put(z, old *zone) {
	zs.mu.Lock()
	defer zs.mu.Unlock()
	for _, d := range z.domains {
		if owner, taken := zs.domains[d]; taken && owner != old {
			panic("nameserver: " + d + " is served for another zone, which has not been released")
		}
	}
	zs.delete(old)
	for _, d := range z.domains {
		zs.domains[d] = z
	}
	if zs.ended != nil && (old == nil || old.log != z.log) {
		z.log.Failed("", ending, zs.ended)
	}
}

// ending is what fails when the server can take no question any more.
const ending = "taking questions about names"

// end tells every zone, and those that are still to come, that nothing is answered any more.
func (zs *zones) end(err error) {
	zs.mu.Lock()
	zs.ended = err
	zs.mu.Unlock()
	zs.failed(ending, err)
}

// remove stops serving z. It may be called again.
func (zs *zones) remove(z *zone) {
	zs.mu.Lock()
	defer zs.mu.Unlock()
	zs.delete(z)
}

// delete is for callers that hold the lock.
func (zs *zones) delete(z *zone) {
	if z == nil {
		return
	}
	for _, d := range z.domains {
		if zs.domains[d] == z {
			delete(zs.domains, d)
		}
	}
}

// failed tells every zone of an error of the server that all of them share: the question that it kept waiting may be
// about any of them.
func (zs *zones) failed(doing string, err error) {
	for _, z := range zs.all() {
		z.log.Failed("", doing, err)
	}
}

// guard tells every zone of a panic that concerns none. It is deferred, directly, before it is known which zone a
// question is about.
func (zs *zones) guard(doing string) {
	if p := recover(); p != nil {
		for _, z := range zs.all() {
			z.log.Panicked("", doing, p)
		}
	}
}

// crowded tells the zones of an address that it had more connections open than it may.
func (zs *zones) crowded(from netip.AddrPort, count int) {
	for _, z := range zs.all() {
		if z.gate != nil && z.gate.Takes(from.Addr()) {
			z.log.Append(observation.Event{Kind: observation.Limit, Conn: "tcp " + from.String(),
				Denied: &observation.DeniedInfo{Remote: from, Bound: observation.NameConnections, Count: count},
				Text:   fmt.Sprintf("more than %d connections to the name server at a time, %d so far: closed", accept.MaxOfAddress, count)})
		}
	}
}

// all returns one zone of each log.
func (zs *zones) all() []*zone {
	zs.mu.RLock()
	defer zs.mu.RUnlock()
	one := make(map[*observation.Log]*zone)
	for _, z := range zs.domains {
		one[z.log] = z
	}
	return slices.Collect(maps.Values(one))
}

// owner returns the zone with the longest domain that name is at or below, or nil. name is canonical.
func (zs *zones) owner(name string) *zone {
	zs.mu.RLock()
	defer zs.mu.RUnlock()
	for offset, end := 0, false; !end; offset, end = dns.NextLabel(name, offset) {
		if z, ok := zs.domains[name[offset:]]; ok {
			return z
		}
	}
	return nil
}

// answer returns the zone's records of a type at a name, and whether the name exists: a name that only has names
// below it does exist (RFC 8020).
func (z *zone) answer(name string, rrtype uint16) (answers []dns.RR, exists bool) {
	for _, rr := range z.records[name] {
		exists = true
		if rrtype == rr.Header().Rrtype || rrtype == dns.TypeANY {
			answers = append(answers, rr)
		}
	}
	if exists {
		return answers, true
	}
	for owner := range z.records {
		if dns.IsSubDomain(name, owner) {
			return nil, true
		}
	}
	return nil, false
}
