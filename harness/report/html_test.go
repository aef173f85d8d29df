package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/causes"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
)

func pageOf(t testing.TB, run *results.Run, known Requirements) *html.Node {
	t.Helper()
	var out bytes.Buffer
	if err := HTML(&out, run, known, nil); err != nil {
		t.Fatal(err)
	}
	node, err := html.ParseWithOptions(&out, html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	return node
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// words returns the text of a node with single spaces.
func words(n *html.Node) string {
	var text strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			text.WriteString(d.Data)
			text.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(text.String()), " ")
}

// outline returns the page's structure, which does not depend on its style.
func outline(page *html.Node) string {
	var out strings.Builder
	for n := range page.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		depth := 0
		for p := range n.Ancestors() {
			if p.Data == "section" || p.Data == "article" || p.Data == "details" {
				depth++
			}
		}
		indent := strings.Repeat("  ", depth)
		switch n.Data {
		case "section", "article", "details":
			fmt.Fprintf(&out, "%s%s #%s .%s\n", indent, n.Data, attribute(n, "id"), attribute(n, "class"))
		case "h1", "h2", "h3", "summary", "tr", "dt", "dd", "li":
			fmt.Fprintf(&out, "%s%s: %s\n", indent, n.Data, words(n))
		case "a":
			fmt.Fprintf(&out, "%sa: %s -> %s\n", indent, words(n), attribute(n, "href"))
		case "p", "nav", "button", "strong":
			fmt.Fprintf(&out, "%s%s: %s\n", indent, n.Data, words(n))
		}
	}
	return out.String()
}

func TestHTML(t *testing.T) {
	t.Parallel()
	testkit.Golden(t, "html.golden.txt", []byte(outline(pageOf(t, sampleRun(), sampleRequirements()))))
}

func TestHTMLLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	page := pageOf(t, sampleRun(), sampleRequirements())
	ids := make(map[string]int)
	for n := range page.Descendants() {
		if id := attribute(n, "id"); id != "" {
			ids[id]++
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%d elements have the id %s", n, id)
		}
	}
	for n := range page.Descendants() {
		if href, inside := strings.CutPrefix(attribute(n, "href"), "#"); inside && ids[href] == 0 {
			t.Errorf("link to #%s leads nowhere", href)
		}
	}
}

// TestHTMLIsSafe reads the page as a browser does. Whatever the device has sent, the only script is ours, there are
// no handlers and no foreign resources, and every link leads to the page, a file beside it, or the address of a source.
func TestHTMLIsSafe(t *testing.T) {
	t.Parallel()
	known := sampleRequirements()
	for id, r := range known {
		r.Title, r.Text = "<script>alert(6)</script>", "<img src=x onerror=alert(7)>"
		known[id] = r
	}
	page := pageOf(t, hostileRun(), known)
	sources, err := catalogue.LoadSources(fixtures.FS)
	if err != nil {
		t.Fatal(err)
	}
	addresses := make(map[string]bool)
	for _, s := range sources {
		addresses[s.Address] = true
	}
	for _, r := range known {
		for _, citation := range r.Sources {
			if s, ok := sources.Lookup(citation); ok {
				addresses[s.Address] = true
			}
		}
	}
	scripts := 0
	for n := range page.Descendants() {
		switch {
		case n.Type == html.TextNode && strings.ContainsAny(n.Data, "\x1b\x00\u202e"):
			t.Errorf("invisible text %q", n.Data)
		case n.Type != html.ElementNode:
			continue
		case n.Data == "script":
			scripts++
			if attribute(n, "src") != "" || n.FirstChild.Data != asset("page.js") {
				t.Error("a script that is not the page's own")
			}
		case slices.Contains([]string{"img", "iframe", "object", "embed", "link", "base", "form", "video", "audio"}, n.Data):
			t.Errorf("element <%s>", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || a.Key == "srcset":
				t.Errorf("attribute %s of <%s>", a.Key, n.Data)
			case a.Key == "href" && !strings.HasPrefix(a.Val, "#") && !addresses[a.Val]:
				t.Errorf("link to %s", a.Val)
			}
		}
	}
	if scripts != 1 {
		t.Errorf("%d scripts", scripts)
	}
}

func TestHTMLOfSmallRuns(t *testing.T) {
	t.Parallel()
	empty := &results.Run{Device: results.Device{Name: "phone"}}
	empty.Conclude()
	if got := words(pageOf(t, empty, nil)); !strings.Contains(got, "inconclusive nothing was concluded exit code 3") {
		t.Errorf("page of an empty run says %q", got)
	}
	single := &results.Run{Plan: results.Plan{Parts: []results.Part{{Core: []string{"s"}}}}, Results: []results.Result{{Scenario: "s", Verdict: verdict.Pass, Cause: "c", Requirements: []string{"XX-01"}}}}
	single.Conclude()
	got := outline(pageOf(t, single, nil))
	for _, absent := range []string{"#causes", "#since", "#contradictions", "#remarks", "#gaps"} {
		if strings.Contains(got, absent) {
			t.Errorf("the empty section %s is shown:\n%s", absent, got)
		}
	}
	if !strings.Contains(got, "details #requirement/XX-01 .row v-pass") {
		t.Errorf("a requirement that is not in the catalogue is missing:\n%s", got)
	}
}

// TestHTMLCauses: what is not as it should be has one card for each cause, which lists what it blocks, and nothing that is
// blocked has a card.
func TestHTMLCauses(t *testing.T) {
	t.Parallel()
	var cards []string
	for n := range pageOf(t, sampleRun(), sampleRequirements()).Descendants() {
		if n.Type == html.ElementNode && n.Data == "article" && strings.HasPrefix(attribute(n, "class"), "cause") {
			cards = append(cards, words(n))
		}
	}
	want := 0
	seen := make(map[string]bool)
	run := sampleRun()
	for i := range run.Results {
		for _, f := range grave(&run.Results[i]) {
			if v := f.Verdict; run.Results[i].Blocked == nil && !seen[f.Cause] && (v == verdict.Fail || v == verdict.Error || v == verdict.Deviation || v == verdict.Inconclusive) {
				seen[f.Cause] = true
				want++
			}
		}
	}
	if len(cards) != want || want < 4 {
		t.Fatalf("%d cards for %d causes", len(cards), want)
	}
	blocking := 0
	for _, card := range cards {
		if strings.Contains(card, "Blocks 2 scenarios") && strings.Contains(card, "twilio/voice/register/tls1.0/deprecated-off") {
			blocking++
		}
		if strings.Contains(card, "Hit 0 scenarios") {
			t.Errorf("a card says %q", card)
		}
	}
	if blocking != 1 {
		t.Errorf("%d cards list what is blocked", blocking)
	}
}

// TestCauses: findings whose causes mean the same are one card, whatever product they are of; what is waived comes last;
// and what was seen most often stands for the rest.
func TestCauses(t *testing.T) {
	t.Parallel()
	explained, err := causes.Load(fixtures.FS)
	if err != nil {
		t.Fatal(err)
	}
	result := func(id, product, cause, observed string, v verdict.Verdict) results.Result {
		return results.Result{Scenario: id, Vendor: "acme", Product: product, Verdict: v, Cause: cause,
			Findings: []verdict.Finding{{Requirement: "AC-" + id, Verdict: v, Cause: cause, Observed: observed}}}
	}
	waived := result("w", "voice", "no-ack", "", verdict.Fail)
	waived.Waived = &results.Waiver{Owner: "o", Reason: "r", Expiry: "2026-12-31"}
	blocked := results.Result{Scenario: "b", Vendor: "acme", Product: "voice", Verdict: verdict.Inconclusive, Cause: results.BlockedCause,
		Blocked: &results.Blocked{Scenario: "y", Cause: "accepted-self-signed"}}
	run := &results.Run{Results: []results.Result{
		waived, result("d", "voice", "ssrc-kept", "", verdict.Deviation), result("x", "voice", "accepted-unknown-ca", "once", verdict.Fail),
		result("y", "trunk", "accepted-self-signed", "twice", verdict.Fail), result("z", "trunk", "accepted-self-signed", "twice", verdict.Fail),
		result("n", "voice", "nobody-knows-this", "", verdict.Fail), blocked, result("p", "voice", "fine", "", verdict.Pass),
	}}
	p := newPage(run, nil, nil)
	p.addCauses(explained)
	var got []string
	for _, c := range p.Causes {
		got = append(got, fmt.Sprintf("%v %s hits %d blocks %d waived %d known %t: %s", c.Slugs, c.Verdict, len(c.Hits), len(c.Blocks), c.Waived, c.Entry != nil, c.Typical.Observed))
	}
	want := []string{
		"[accepted-unknown-ca accepted-self-signed] fail hits 3 blocks 1 waived 0 known true: twice",
		"[nobody-knows-this] fail hits 1 blocks 0 waived 0 known false: ",
		"[ssrc-kept] deviation hits 1 blocks 0 waived 0 known true: ",
		"[no-ack] fail hits 1 blocks 0 waived 1 known true: ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("causes:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c := p.Causes[0]; !slices.Equal(c.Products, []string{"Acme voice", "Acme trunk"}) || c.Filter() != "cause:accepted-unknown-ca cause:accepted-self-signed" {
		t.Errorf("products %q, filter %q", c.Products, c.Filter())
	}
}

// TestHTMLClaims: the page names every claim and what was not asked, and the products
// that it shows are those with a claim.
func TestHTMLClaims(t *testing.T) {
	t.Parallel()
	part := func(product string, core ...string) results.Part {
		return results.Part{Vendor: "acme", Product: product, Role: "call-out", Scenarios: 2, Core: core}
	}
	run := &results.Run{
		Plan:      results.Plan{Filter: "area:tls", Parts: []results.Part{part("voice", "a", "b"), part("trunk", "t")}},
		Revisions: []results.Revision{{Vendor: "acme", Product: "voice", Revision: "now"}, {Vendor: "acme", Product: "trunk", Revision: "now"}},
		Results: []results.Result{
			{Scenario: "a", Vendor: "acme", Product: "voice", Role: "call-out", Level: "must", Verdict: verdict.Pass, Cause: "c"},
			{Scenario: "t", Vendor: "acme", Product: "trunk", Role: "call-out", Level: "must", Verdict: verdict.NotApplicable, Cause: "c", Missing: []string{"srv"}},
		},
	}
	run.Conclude()
	_, text, _ := strings.Cut(words(pageOf(t, run, nil)), "Secure SIP conformance report")
	text, _, _ = strings.Cut(text, "Declared capabilities")
	for _, want := range []string{
		"conformant in part in what was asked, 1 scenario concluded, none failed; partial: filter exit code 0",
		"Acme voice ◐ partial places calls 1 of 2 core, 1 of 2 in all; the plan leaves out 1 core",
		"No claim: Acme trunk, places calls: srv",
		"Acme voice now",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "Acme trunk now") {
		t.Error("a product without a claim has a chip")
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	known := Known([]catalogue.Requirement{
		{ID: "ST-02", Vendor: "stack", ConflictsWith: []string{"TW-CRT-01"}},
		{ID: "TW-CRT-01", Vendor: "twilio", ConflictsWith: []string{"ST-02"}},
	})
	for _, test := range []struct {
		vendor, stack verdict.Verdict
		want          string
	}{
		{verdict.Pass, verdict.Deviation, "The device does as TW-CRT-01 asks, and so departs from ST-02."},
		{verdict.Fail, verdict.Pass, "The device does as ST-02 asks, and so departs from TW-CRT-01."},
		{verdict.Pass, verdict.Pass, "The device met each of them, in different scenarios."},
		{verdict.Fail, verdict.Fail, "The device met neither."},
		{verdict.Inconclusive, verdict.Pass, "What the device does was not fully established."},
	} {
		run := &results.Run{Results: []results.Result{{Scenario: "s", Findings: []verdict.Finding{
			{Requirement: "ST-02", Verdict: test.stack}, {Requirement: "TW-CRT-01", Verdict: test.vendor}}}}}
		splits := newPage(run, known, nil).Splits
		if len(splits) != 1 {
			t.Fatalf("%d splits, want 1", len(splits))
		}
		if s := splits[0]; s.Text != test.want || s.Sides[0].ID != "TW-CRT-01" || s.Sides[1].ID != "ST-02" {
			t.Errorf("%s against %s: %q, sides %s and %s", test.vendor, test.stack, s.Text, s.Sides[0].ID, s.Sides[1].ID)
		}
	}
}

func TestScenarioJudgedUnderTwoRevisions(t *testing.T) {
	t.Parallel()
	run := &results.Run{Results: []results.Result{{Scenario: "s", Revisions: "a"}, {Scenario: "s", Revisions: "b"}}}
	page := newPage(run, nil, nil)
	if a, b := page.Scenarios[0].Anchor, page.Scenarios[1].Anchor; a != "scenario/s" || b != "scenario/s~2" {
		t.Errorf("anchors %s and %s", a, b)
	}
}

func FuzzHTML(f *testing.F) {
	f.Add(hostile, "evidence/a/ladder.txt")
	f.Add("</style></title><!--", "javascript:alert(1)")
	f.Fuzz(func(t *testing.T, text, path string) {
		run := &results.Run{
			Device: results.Device{Name: text, Version: text},
			Results: []results.Result{{Scenario: text, Vendor: text, Area: text, Verdict: verdict.Verdict(text), Cause: text,
				Requirements: []string{text}, Evidence: results.Evidence{Ladder: path}}},
		}
		for n := range pageOf(t, run, nil).Descendants() {
			if n.Type == html.ElementNode && n.Data == "script" && n.FirstChild.Data != asset("page.js") {
				t.Fatal("a script that is not the page's own")
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "href" && (strings.Contains(a.Val, ":") || strings.HasPrefix(a.Val, "/")) {
					t.Fatalf("attribute %s=%q", a.Key, a.Val)
				}
			}
		}
	})
}

func BenchmarkHTML(b *testing.B) {
	run := sampleRun()
	for len(run.Results) < 1000 {
		for _, r := range run.Results[:42] {
			r.Scenario = fmt.Sprintf("%s/%d", r.Scenario, len(run.Results))
			run.Results = append(run.Results, r)
		}
	}
	run.Conclude()
	for b.Loop() {
		if err := HTML(io.Discard, run, sampleRequirements(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
