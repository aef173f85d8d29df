package observation

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

// DeniedInfo is something that a mock did not do for a peer: take what came from it, hold more for it, or send to where
// it asked. Devices are not judged by it.
type DeniedInfo struct {
	// Protocol of what a stranger sent: UDP, TCP, TLS, "media" or "dns".
	Protocol string `json:"protocol,omitempty"`
	// Remote is the stranger, or where media was to go; the zero value if the device named a host instead of an address.
	Remote netip.AddrPort `json:"remote,omitzero"`
	// Fault is why media does not go there.
	Fault AddressFault `json:"fault,omitempty"`
	// RTCP is true if that is RTCP alone, for which the device named an address of its own.
	RTCP bool `json:"rtcp,omitempty"`
	// Bound is what there was too much of.
	Bound Bound `json:"bound,omitempty"`
	// Count is how often it has happened so far, for a stranger's address or a bound.
	Count int `json:"count,omitempty"`
}

// AddressFault is why a mock sends nothing to an address.
type AddressFault string

// The faults of addresses. No fault means that a mock may send there.
const (
	Unspecified AddressFault = "unspecified" // 0.0.0.0, :: or none
	Multicast   AddressFault = "multicast"
	Broadcast   AddressFault = "broadcast"
	NotLoopback AddressFault = "not-loopback"   // it would leave the machine
	NotDevice   AddressFault = "not-the-device" // it is not one of the device's own
	HostName    AddressFault = "host-name"      // which no mock looks up
)

// Bound is something that a peer may have only so much of at one mock.
type Bound string

// The bounds.
const (
	Transactions  Bound = "transactions"
	Calls         Bound = "calls"
	Registrations Bound = "registrations"
	// NameConnections are connections to the name server.
	NameConnections Bound = "name-server-connections"
)

// most is how many keys a [Tally] tells apart.
const most = 64

// Tally counts what can happen any number of times and should be logged a few times: the first time for each key, and
// each time that its count has grown tenfold. The zero value is ready.
type Tally struct {
	mu     sync.Mutex
	counts map[string]int
}

// Add counts one more for a key, and calls note with the count if it is to be logged: while nobody else counts, so that
// counts stand in the log in their order. Beyond 64 keys all others count as one.
func (t *Tally) Add(key string, note func(count int)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = make(map[string]int)
	}
	if _, known := t.counts[key]; !known && len(t.counts) >= most {
		key = ""
	}
	t.counts[key]++
	digits := strconv.Itoa(t.counts[key])
	if digits[0] == '1' && strings.Trim(digits[1:], "0") == "" {
		note(t.counts[key])
	}
}

// Exceeded appends a [Limit] event if the tally finds it notable. The answer is what the peer got.
func (l *Log) Exceeded(t *Tally, conn string, bound Bound, limit int, answer string) {
	t.Add(string(bound), func(count int) {
		l.Append(Event{Kind: Limit, Conn: conn, Denied: &DeniedInfo{Bound: bound, Count: count},
			Text: fmt.Sprintf("more than %d %s at a time, %d so far: %s", limit, bound, count, answer)})
	})
}
