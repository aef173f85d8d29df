package report

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// page is the HTML page's content: the run, turned about so that each section
// of the page has what it shows in the order in which it shows it.
type page struct {
	Run     *results.Run
	Outcome string // in words
	Why     string
	Exit    int
	Took    time.Duration
	Counts  []count

	Profiles      []profiles
	Matrices      []matrix
	Failures      []*scenario // fails and errors
	Splits        []split
	Vendors       []vendor
	NotExercised  []unexercised
	Remarks       []judgement
	NotApplicable []lacking
	Scenarios     []*scenario

	Head head
}

// profiles are the dated rules of one product.
type profiles struct{ Vendor, Product, Revisions string }

// count is how many results have a verdict, and where its part of the bar is.
type count struct {
	Verdict  verdict.Verdict
	N        int
	From, To float64 // percent
}

// matrix counts verdicts by one property of the scenarios.
type matrix struct {
	By   string
	Rows []matrixRow
}

type matrixRow struct {
	Name  string
	Cells []cell
	Total int
}

type cell struct {
	Verdict verdict.Verdict
	N       int
}

// scenario is one result with its place on the page.
type scenario struct {
	*results.Result
	Anchor   string
	Findings []judgement // the grave ones
	Files    []evidenceFile
	Waiver   string
}

// Link leads to the scenario's place on the page.
func (s *scenario) Link() string { return "#" + s.Anchor }

// judgement is what a scenario says of a requirement.
type judgement struct {
	verdict.Finding
	Scenario *scenario
	Known    *catalogue.Requirement // nil if it is not known
}

// requirement is one row of the requirements' section.
type requirement struct {
	ID    string
	Known *catalogue.Requirement // nil if it is not known
	// Verdict is the gravest of its judgements; empty if it was only remarked
	// upon.
	Verdict   verdict.Verdict
	Counts    []cell // those that are not zero
	Judged    []judgement
	Remarked  []judgement
	Conflicts []string // those of the run's requirements that contradict it
}

// Decisive is the judgements that gave the requirement its verdict, up to
// three of them.
func (r *requirement) Decisive() []judgement {
	var all []judgement
	for _, j := range r.Judged {
		if j.Verdict == r.Verdict && len(all) < 3 {
			all = append(all, j)
		}
	}
	return all
}

type vendor struct {
	Name         string
	Requirements []*requirement
	Counts       []cell
}

// split is two requirements that cannot both be met.
type split struct {
	Sides [2]*requirement
	Text  string
}

type unexercised struct {
	Reason       string
	Requirements []catalogue.Requirement
}

// lacking is the scenarios that did not apply for one reason: a capability
// that the device lacks, or what the result says.
type lacking struct {
	Lacks     string
	Why       string
	Scenarios []*scenario
}

// newPage lays a run out. The run must be visible already.
func newPage(run *results.Run, known Requirements) *page {
	p := &page{
		Run:     run,
		Outcome: outcomeWords(run.Outcome),
		Exit:    results.ExitCode(run.Outcome),
		Took:    (time.Duration(run.DurationMS) * time.Millisecond).Round(100 * time.Millisecond),
		Counts:  counts(run),
		Head:    pageHead,
		Matrices: []matrix{
			newMatrix("Area", run, func(r *results.Result) string { return r.Area }),
			newMatrix("Product", run, func(r *results.Result) string { return r.Vendor + " " + r.Product }),
		},
	}
	_, p.Why = results.Decide(run)
	p.addProfiles()
	p.addScenarios(known)
	all := p.requirements(known)
	p.addVendors(all)
	p.addSplits(all)
	p.addNotExercised(all, known)
	return p
}

func (p *page) addProfiles() {
	for _, r := range p.Run.Profiles {
		at := slices.IndexFunc(p.Profiles, func(q profiles) bool { return q.Vendor == r.Vendor && q.Product == r.Product })
		if at < 0 {
			p.Profiles = append(p.Profiles, profiles{r.Vendor, r.Product, r.Revision})
			continue
		}
		p.Profiles[at].Revisions += ", " + r.Revision
	}
}

func counts(run *results.Run) []count {
	var all []count
	var from float64
	for _, v := range verdicts {
		c := count{Verdict: v, N: run.Summary.Of(v), From: from}
		c.To = from + 100*float64(c.N)/float64(max(1, len(run.Results)))
		from = c.To
		all = append(all, c)
	}
	return all
}

// Width is how much of the bar the verdict takes, in percent.
func (c count) Width() float64 { return c.To - c.From }

func newMatrix(by string, run *results.Run, name func(*results.Result) string) matrix {
	m := matrix{By: by}
	for i := range run.Results {
		r := &run.Results[i]
		n := name(r)
		at := slices.IndexFunc(m.Rows, func(row matrixRow) bool { return row.Name == n })
		if at < 0 {
			at = len(m.Rows)
			m.Rows = append(m.Rows, matrixRow{Name: n, Cells: noCells()})
		}
		m.Rows[at].Total++
		tally(m.Rows[at].Cells, r.Verdict)
	}
	return m
}

// noCells is a cell for each verdict.
func noCells() []cell {
	cells := make([]cell, len(verdicts))
	for i, v := range verdicts {
		cells[i].Verdict = v
	}
	return cells
}

func tally(cells []cell, v verdict.Verdict) {
	if i := slices.Index(verdicts[:], v); i >= 0 {
		cells[i].N++
	}
}

func filled(cells []cell) []cell {
	return slices.DeleteFunc(cells, func(c cell) bool { return c.N == 0 })
}

func (p *page) addScenarios(known Requirements) {
	anchors := make(map[string]int)
	for i := range p.Run.Results {
		r := &p.Run.Results[i]
		s := &scenario{Result: r, Anchor: "scenario/" + r.Scenario, Files: links(r.Evidence)}
		if anchors[s.Anchor]++; anchors[s.Anchor] > 1 {
			s.Anchor += fmt.Sprintf("~%d", anchors[s.Anchor])
		}
		if w := r.Waived; w != nil {
			s.Waiver = fmt.Sprintf("Waived by %s until %s: %s", w.Owner, w.Expiry, w.Reason)
		}
		for _, f := range grave(r) {
			s.Findings = append(s.Findings, judgement{f, s, known.lookup(f.Requirement)})
		}
		for _, f := range r.Remarks {
			p.Remarks = append(p.Remarks, judgement{f, s, known.lookup(f.Requirement)})
		}
		p.Scenarios = append(p.Scenarios, s)
		switch r.Verdict {
		case verdict.Fail, verdict.Error:
			p.Failures = append(p.Failures, s)
		case verdict.NotApplicable:
			p.addNotApplicable(s)
		}
	}
	// An unwaived fail is what the reader came for.
	slices.SortStableFunc(p.Failures, func(a, b *scenario) int {
		return cmp.Compare(len(a.Waiver), len(b.Waiver))
	})
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

func (k Requirements) lookup(id string) *catalogue.Requirement {
	if r, ok := k[id]; ok {
		return &r
	}
	return nil
}

// requirements are those that the run judged or remarked upon, by ID.
func (p *page) requirements(known Requirements) map[string]*requirement {
	all := make(map[string]*requirement)
	of := func(id string) *requirement {
		r := all[id]
		if r == nil {
			r = &requirement{ID: id, Known: known.lookup(id)}
			all[id] = r
		}
		return r
	}
	for _, s := range p.Scenarios {
		for _, f := range judgements(s.Result) {
			r := of(f.Requirement)
			r.Judged = append(r.Judged, judgement{f, s, r.Known})
		}
		for _, f := range s.Remarks {
			r := of(f.Requirement)
			r.Remarked = append(r.Remarked, judgement{f, s, r.Known})
		}
	}
	for _, r := range all {
		cells := noCells()
		findings := make([]verdict.Finding, len(r.Judged))
		for i, j := range r.Judged {
			findings[i] = j.Finding
			tally(cells, j.Verdict)
		}
		r.Counts = filled(cells)
		if len(findings) > 0 {
			r.Verdict, _ = verdict.Gravest(findings)
		}
		if r.Known != nil {
			for _, id := range r.Known.ConflictsWith {
				if all[id] != nil {
					r.Conflicts = append(r.Conflicts, id)
				}
			}
		}
	}
	return all
}

// vendorOf is the vendor that a requirement belongs to: by the catalogue, else
// by the prefix of its ID.
func vendorOf(r *requirement) string {
	if r.Known != nil {
		return r.Known.Vendor
	}
	prefix, _, _ := strings.Cut(r.ID, "-")
	return prefix
}

func (p *page) addVendors(all map[string]*requirement) {
	byName := make(map[string][]*requirement)
	for _, r := range all {
		name := vendorOf(r)
		byName[name] = append(byName[name], r)
	}
	for name, list := range byName {
		slices.SortFunc(list, func(a, b *requirement) int { return cmp.Compare(a.ID, b.ID) })
		cells := noCells()
		for _, r := range list {
			tally(cells, r.Verdict)
		}
		p.Vendors = append(p.Vendors, vendor{name, list, filled(cells)})
	}
	slices.SortFunc(p.Vendors, func(a, b vendor) int {
		return cmp.Or(cmp.Compare(standing(a.Name), standing(b.Name)), cmp.Compare(a.Name, b.Name))
	})
}

// standing puts the vendors before the standards that hold for all of them.
func standing(vendor string) int { return slices.Index([]string{"rfc", "stack"}, vendor) }

func (p *page) addSplits(all map[string]*requirement) {
	for _, v := range p.Vendors {
		for _, a := range v.Requirements {
			for _, id := range a.Conflicts {
				b := all[id]
				// Conflicts point both ways: the vendor's side leads.
				if b == a || slices.Contains(b.Conflicts, a.ID) && !leads(a, b) {
					continue
				}
				p.Splits = append(p.Splits, split{[2]*requirement{a, b}, describeSplit(a, b)})
			}
		}
	}
}

func leads(a, b *requirement) bool {
	return cmp.Or(cmp.Compare(standing(vendorOf(a)), standing(vendorOf(b))), cmp.Compare(a.ID, b.ID)) < 0
}

func describeSplit(a, b *requirement) string {
	missed := func(r *requirement) bool { return r.Verdict == verdict.Fail || r.Verdict == verdict.Deviation }
	met := func(r *requirement) bool { return r.Verdict == verdict.Pass }
	switch {
	case met(a) && missed(b):
		return fmt.Sprintf("The device does as %s asks, and so departs from %s.", a.ID, b.ID)
	case missed(a) && met(b):
		return fmt.Sprintf("The device does as %s asks, and so departs from %s.", b.ID, a.ID)
	case met(a) && met(b):
		return "The device met each of them, in different scenarios."
	case missed(a) && missed(b):
		return "The device met neither."
	}
	return "What the device does was not fully established."
}

func (p *page) addNotExercised(all map[string]*requirement, known Requirements) {
	var notTestable, low, left []catalogue.Requirement
	for id, r := range known {
		switch {
		case all[id] != nil:
		case r.NotTestable != "":
			notTestable = append(notTestable, r)
		case !r.Binding():
			low = append(low, r)
		default:
			left = append(left, r)
		}
	}
	leftOut := "No scenario of this plan asks for them"
	if f := p.Run.Plan.Filter; f != "" {
		leftOut += " (filter: " + f + ")"
	}
	for _, group := range []unexercised{
		{leftOut, left},
		{"Cannot be seen on the wire", notTestable},
		{"Not known well enough to judge a device by", low},
	} {
		if len(group.Requirements) > 0 {
			slices.SortFunc(group.Requirements, func(a, b catalogue.Requirement) int { return cmp.Compare(a.ID, b.ID) })
			p.NotExercised = append(p.NotExercised, group)
		}
	}
}

// links are the files of evidence that the page may link to: those that lie
// beside it. A path that leads elsewhere can only come from a results.json
// that somebody edited.
func links(e results.Evidence) []evidenceFile {
	return slices.DeleteFunc(evidenceFiles(e), func(f evidenceFile) bool {
		return !fs.ValidPath(f.Path) || strings.ContainsAny(f.Path, `:\`)
	})
}
