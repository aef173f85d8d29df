package selftest

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios"
)

// TestLabAuthorities: below the constrained roots of a lab of two years ago, the reference device gets the verdicts of
// any run: it is refused no good certificate, and refuses each bad one for what is planted in it. Only the certificates
// with a sip: URI are others, which Go takes below no constrained root.
func TestLabAuthorities(t *testing.T) {
	t.Parallel()
	library := load(t)
	o := lab.Options{Name: "lab7", Listen: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, Created: time.Now().AddDate(-2, 0, 0)}
	for _, p := range library.Products {
		o.Products = append(o.Products, p.Vendor+"/"+p.Product)
		domains, err := vendor.Domains(p, o.Name)
		if err != nil {
			t.Fatal(err)
		}
		o.Domains = append(o.Domains, domains...)
	}
	l, err := lab.Init(filepath.Join(t.TempDir(), "lab"), o)
	if err != nil {
		t.Fatal(err)
	}
	filter := "(area:certificate || area:identity || area:rotation) && !(product:trunking)" // a trunk has what voice has
	run := conclude(t, library, scenarios.Options{
		Filter: filter, Device: scenarios.Reference(), Forge: l.Forge(), Jobs: 12, Depth: engine.NoEvidence,
	})
	uris := 0
	for _, r := range run.Results {
		if strings.Contains(r.Scenario, "/sip-uri-only") || strings.Contains(r.Scenario, "/sip-uri-mismatch") {
			uris++
			continue
		}
		switch r.Verdict {
		case verdict.Pass, verdict.Deviation, verdict.Observed, verdict.NotApplicable:
		default:
			t.Errorf("%s: %s, %s: %s", r.Scenario, r.Verdict, r.Cause, r.Observed)
		}
	}
	if uris == 0 || run.Summary.Pass < 150 {
		t.Errorf("%d scenarios passed, and %d are about sip: URIs", run.Summary.Pass, uris)
	}
}
