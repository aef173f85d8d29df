package report

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/report/sheet"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// page is the content of the HTML page: the run, rearranged so that each section of
// the page finds what it shows, in order.
type page struct {
	Run     *results.Run
	Outcome string // in words
	Partial bool   // conformant in what was asked, and no more
	Why     string
	Cut     string // what is missing of a run that was cut short, unless Why says so
	Exit    int
	// Unsolicited says what the record is if nobody told the device what to do; it is empty in
	// all others.
	Unsolicited string
	// Shards says of which shards the record is; it is empty for one of a run on one machine.
	Shards string
	// Redacted says what was taken from the record before it was published; empty for one as it was made.
	Redacted string
	Took     time.Duration
	Counts   []count

	Products      []product
	Claims        claimTable
	Unasked       []unaskedPart
	Blocked       int // of the scenarios
	Causes        []*cause
	Since         *since // nil if the run was compared with none
	Grid          grid
	Splits        []split
	Vendors       []vendor
	NotExercised  []unexercised
	Remarks       []judgement
	NotApplicable []lacking
	Scenarios     []*scenario        // in the plan's order
	Shelves       []*shelf           // the scenarios again, by product and area
	Sources       []catalogue.Source // what the citations stand for, RFCs left out

	Head sheet.Head

	asked map[string]*asked
}

// product is a vendor's product of which anything is claimed, with the revisions that
// the plan asked about.
type product struct{ Vendor, Product, Revisions string }

// scenario is one result and its place on the page.
type scenario struct {
	*results.Result
	Anchor   string
	Findings []judgement // the grave ones; none of a pass
	Others   []judgement // the other judgements
	Files    []evidenceFile
	Sounds   []evidenceFile // that a browser plays
	Waiver   string
	Change   *change     // since an earlier run; nil if it is as it was
	Blocks   []*scenario // what its fault leaves inconclusive
	Root     *scenario   // whose fault leaves it inconclusive; nil if none does
	Drawing  drawing
}

// Link returns the URL of the scenario's place on the page.
func (s *scenario) Link() string { return "#" + s.Anchor }

// judgement is what a scenario says about a requirement.
type judgement struct {
	verdict.Finding
	Scenario *scenario
	Known    *asked // nil if it is not known
}

// Told reports whether the judgement has words of its own.
func (j judgement) Told() bool { return j.Expected != "" || j.Observed != "" }

// asked is a requirement, and the sources that it cites.
type asked struct {
	*catalogue.Requirement
	Cited []catalogue.Source
}

// lacking groups the scenarios that did not apply for one reason: a capability that
// the device lacks, or what the result says.
type lacking struct {
	Lacks     string
	Why       string
	Scenarios []*scenario
}

// newPage lays out a run, which must have passed through [advised].
func newPage(run *results.Run, known Requirements, sources catalogue.Sources) *page {
	p := &page{
		Run:     run,
		Outcome: outcomeWords(run.Outcome),
		Exit:    results.ExitCode(run.Outcome),
		Took:    (time.Duration(run.DurationMS) * time.Millisecond).Round(100 * time.Millisecond),
		Counts:  counts(run),
		Head:    pageHead,
		asked:   make(map[string]*asked, len(known)),
	}
	for id, r := range known {
		p.asked[id] = newAsked(r, sources)
	}
	_, p.Why = results.Decide(run)
	if run.Unsolicited != nil {
		p.Unsolicited = unsolicitedWords(run.Unsolicited)
	}
	if run.Outcome != results.Undecided {
		p.Cut = run.CutShort()
	}
	if p.Partial = Partial(run); p.Partial {
		p.Outcome += " in part"
	}
	p.Redacted, p.Shards = redacted(run), shardWords(run)
	p.Claims, p.Unasked, p.Blocked = newClaimTable(run), unasked(run), blockedOf(run)
	p.addProducts()
	p.addScenarios()
	p.addSince()
	p.Shelves = shelve(p.Scenarios)
	p.Grid = newGrid(p.Shelves)
	all := p.requirements()
	p.addVendors(all)
	p.addSplits(all)
	p.addNotExercised(all)
	return p
}

// newAsked looks up what a requirement cites.
func newAsked(r catalogue.Requirement, sources catalogue.Sources) *asked {
	a := &asked{Requirement: &r}
	for _, citation := range r.Sources {
		s, ok := sources.Lookup(citation)
		if !ok {
			s = catalogue.Source{Title: citation}
		}
		s.Citation = citation
		a.Cited = append(a.Cited, s)
	}
	return a
}

func (p *page) addProducts() {
	for _, r := range p.Run.Revisions {
		claimed := func(c results.Claim) bool { return c.Vendor == r.Vendor && c.Product == r.Product }
		if p.Run.Unsolicited == nil && !slices.ContainsFunc(p.Run.Claims, claimed) {
			continue
		}
		at := slices.IndexFunc(p.Products, func(q product) bool { return q.Vendor == r.Vendor && q.Product == r.Product })
		if at < 0 {
			p.Products = append(p.Products, product{r.Vendor, r.Product, r.Revision})
			continue
		}
		p.Products[at].Revisions += ", " + r.Revision
	}
}

func (p *page) addScenarios() {
	anchors := make(map[string]int)
	for i := range p.Run.Results {
		r := &p.Run.Results[i]
		s := &scenario{Result: r, Anchor: "scenario/" + r.Scenario, Files: links(r.Evidence), Sounds: sounds(r.Evidence)}
		if anchors[s.Anchor]++; anchors[s.Anchor] > 1 {
			s.Anchor += fmt.Sprintf("~%d", anchors[s.Anchor])
		}
		if w := r.Waived; w != nil {
			s.Waiver = fmt.Sprintf("Waived by %s until %s: %s", w.Owner, w.Expiry, w.Reason)
		}
		if r.Verdict != verdict.Pass {
			for _, f := range grave(r) {
				s.Findings = append(s.Findings, judgement{f, s, p.asked[f.Requirement]})
			}
		}
		for _, f := range judgements(r) {
			if f.Verdict != r.Verdict || r.Verdict == verdict.Pass {
				s.Others = append(s.Others, judgement{f, s, p.asked[f.Requirement]})
			}
		}
		for _, f := range r.Remarks {
			p.Remarks = append(p.Remarks, judgement{f, s, p.asked[f.Requirement]})
		}
		p.Scenarios = append(p.Scenarios, s)
		if r.Verdict == verdict.NotApplicable {
			p.addNotApplicable(s)
		}
	}
	p.fold()
}

// fold links scenarios with what their faults block.
func (p *page) fold() {
	first := make(map[string]*scenario)
	for _, s := range p.Scenarios {
		if first[s.Scenario] == nil {
			first[s.Scenario] = s
		}
	}
	for _, s := range p.Scenarios {
		if s.Blocked == nil || s.Blocked.Scenario == s.Scenario {
			continue
		}
		if s.Root = first[s.Blocked.Scenario]; s.Root != nil {
			s.Root.Blocks = append(s.Root.Blocks, s)
		}
	}
}

func (p *page) addNotApplicable(s *scenario) {
	group := lacking{Lacks: strings.Join(s.Missing, ", ")}
	if group.Lacks == "" {
		group.Why = cmp.Or(s.Observed, s.Cause)
	}
	at := slices.IndexFunc(p.NotApplicable, func(g lacking) bool { return g.Lacks == group.Lacks && g.Why == group.Why })
	if at < 0 {
		at = len(p.NotApplicable)
		p.NotApplicable = append(p.NotApplicable, group)
	}
	p.NotApplicable[at].Scenarios = append(p.NotApplicable[at].Scenarios, s)
}

// links returns the files of evidence that lie below the page, to which it may link. A
// path that leads elsewhere can only come from an edited results.json.
func links(e results.Evidence) []evidenceFile {
	return slices.DeleteFunc(evidenceFiles(e), func(f evidenceFile) bool {
		return !fs.ValidPath(f.Path) || strings.ContainsAny(f.Path, `:\`)
	})
}

// sounds returns those of the files that a browser plays.
func sounds(e results.Evidence) []evidenceFile {
	return slices.DeleteFunc(links(e), func(f evidenceFile) bool { return !strings.HasSuffix(f.Path, ".wav") })
}
