package nameserver

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestPanic checks that a panic over a question is a fault in the log of the zone that owns the name, and that other
// zones are still answered.
func TestPanic(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	broken, sound := observation.NewLog(), observation.NewLog()
	z := newZone(broken, nil, nil)
	z.domains, z.records = []string{"broken.test."}, map[string][]dns.RR{"broken.test.": {nil}}
	s.zones.put(z, nil)
	defer s.Variable(sound, Records{A("sound.test", netip.MustParseAddr("127.0.0.1"))}).Release()

	ask := func(name string, limit time.Duration) error {
		client := dns.Client{Timeout: limit}
		_, _, err := client.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), s.Addr().String())
		return err
	}
	if err := ask("broken.test.", 100*time.Millisecond); err == nil {
		t.Error("the question was answered")
	}
	if err := ask("sound.test.", testkit.Patience); err != nil {
		t.Errorf("another zone is not answered: %v", err)
	}
	e := broken.Events()
	if len(e) != 1 || e[0].Fault != observation.MockPanicked || !strings.Contains(e[0].Text, "answering a question") {
		t.Errorf("the zone's log has %+v", e)
	}
	for _, e := range sound.Events() {
		if e.Kind == observation.Fault {
			t.Errorf("another zone's log has %+v", e)
		}
	}
}
