package speed

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"text/tabwriter"
)

// samples are the measurements of one thing, one a turn.
type samples []float64

// quantile is the value below which a share q of the samples lies, between
// neighbours in proportion. It is 0 of no samples.
func (s samples) quantile(q float64) float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

func (s samples) median() float64 { return s.quantile(0.5) }

// each applies f to every sample.
func (s samples) each(f func(float64) float64) samples {
	out := make(samples, len(s))
	for i := range s {
		out[i] = f(s[i])
	}
	return out
}

// pairs applies f to what two things came to in the same turns.
func pairs(a, b samples, f func(a, b float64) float64) samples {
	var out samples
	for i := range min(len(a), len(b)) {
		out = append(out, f(a[i], b[i]))
	}
	return out
}

func ratio(a, b float64) float64 { return a / b }

// row is a line of the table: what was measured, and what is promised of it.
type row struct {
	what    string
	figures samples // none: it could not be measured
	bar     string
	met     func(median float64) bool // nil where nothing is promised
}

func (r row) verdict() string {
	switch {
	case r.met == nil:
		return ""
	case len(r.figures) == 0:
		return "not measured"
	case r.met(r.figures.median()):
		return "met"
	}
	return "not met"
}

// table writes rows under a head. The spread is the middle half of the turns.
func table(out io.Writer, rows []row) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "what\tmedian\tspread\tturns\tbar\t")
	for _, r := range rows {
		median, spread := "-", "-"
		if len(r.figures) > 0 {
			median = number(r.figures.median())
		}
		if len(r.figures) > 1 {
			spread = number(r.figures.quantile(0.25)) + " to " + number(r.figures.quantile(0.75))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", r.what, median, spread, len(r.figures), r.bar, r.verdict())
	}
	return w.Flush()
}

// number writes a figure with as many digits as mean anything.
func number(f float64) string {
	switch {
	case f >= 100 || f <= -100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10 || f <= -10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

func TestSamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of              samples
		low, half, high float64
	}{
		{nil, 0, 0, 0},
		{samples{7}, 7, 7, 7},
		{samples{3, 1}, 1.5, 2, 2.5},
		{samples{5, 1, 4, 2, 3}, 2, 3, 4},
		{samples{100, 1, 1, 1, 1}, 1, 1, 1},
	} {
		if low, half, high := c.of.quantile(0.25), c.of.median(), c.of.quantile(0.75); low != c.low || half != c.half || high != c.high {
			t.Errorf("of %v: %v, %v, %v; want %v, %v, %v", c.of, low, half, high, c.low, c.half, c.high)
		}
	}
	if got := pairs(samples{6, 8, 1}, samples{3, 2}, ratio); !slices.Equal(got, samples{2, 4}) {
		t.Errorf("ratios are %v", got)
	}
}

// TestVerdict: what was not measured is not met, and is not said to be missed.
func TestVerdict(t *testing.T) {
	t.Parallel()
	atLeast1 := func(f float64) bool { return f >= 1 }
	for want, r := range map[string]row{
		"":             {figures: samples{1}},
		"met":          {figures: samples{0, 1, 9}, met: atLeast1},
		"not met":      {figures: samples{0, 0.99, 9}, met: atLeast1},
		"not measured": {met: atLeast1},
	} {
		if got := r.verdict(); got != want {
			t.Errorf("%v: %q, want %q", r.figures, got, want)
		}
	}
}
