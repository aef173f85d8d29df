package nameserver

import (
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// zones holds the zones that are being served, by domain.
type zones struct {
	mu      sync.RWMutex
	domains map[string]*zone
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
	zs.mu.RLock()
	defer zs.mu.RUnlock()
	told := make(map[*observation.Log]bool)
	for _, z := range zs.domains {
		if !told[z.log] {
			told[z.log] = true
			z.log.Failed("", doing, err)
		}
	}
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
