package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/scenarios"
)

// listedSentence is one sentence of a vendor's document in `list -seeds -format json`.
type listedSentence struct {
	Seed         string   `json:"seed"`
	Key          string   `json:"key"`
	Says         string   `json:"says"`
	Requirements []string `json:"requirements,omitempty"`
	Scenarios    int      `json:"scenarios"` // how many exercise it
	Mocks        []string `json:"mocks,omitempty"`
	Reason       string   `json:"reason,omitempty"`
	Open         string   `json:"open,omitempty"`
}

// listSeeds prints what the vendors' documents say, and where each sentence is exercised.
func listSeeds(l *scenarios.Library, vendor, format string, out io.Writer) (int, error) {
	seeds, err := l.Requirements.Seeds(fixtures.FS)
	if err != nil {
		return exitHarness, err
	}
	var listed []listedSentence
	titles := make(map[string]string) // by seed
	for _, seed := range seeds {
		if vendor != "" && seed.Vendor != vendor {
			continue
		}
		titles[seed.Citation] = seed.Title
		for _, s := range seed.Sentences {
			listed = append(listed, listedSentence{Seed: seed.Citation, Key: s.Key, Says: strings.TrimSpace(s.Says),
				Requirements: s.Requirements(), Scenarios: exercising(l, s), Mocks: s.Mocks, Reason: s.Reason, Open: s.Open})
		}
	}
	if len(listed) == 0 {
		return exitUsage, usage("there is no document of a vendor %q", vendor)
	}
	switch format {
	case "text":
		return exitDone, seedsText(listed, titles, out)
	case "json":
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return exitDone, encoder.Encode(listed)
	case "markdown":
		return exitDone, seedsMarkdown(listed, out)
	}
	return exitUsage, unknownFormat(format)
}

// exercising counts the scenarios that exercise a sentence.
func exercising(l *scenarios.Library, s catalogue.Sentence) int {
	meant := make(map[*plan.Scenario]bool)
	for _, pattern := range s.Scenarios {
		for _, scenario := range plan.Asking(l.Scenarios, pattern, s.Requirements()) {
			meant[scenario] = true
		}
	}
	return len(meant)
}

// exercised says in one line where the sentence is exercised, or why it is not.
func (s listedSentence) exercised() string {
	var parts []string
	switch s.Scenarios {
	case 0:
	case 1:
		parts = append(parts, "1 scenario")
	default:
		parts = append(parts, fmt.Sprintf("%d scenarios", s.Scenarios))
	}
	if len(s.Mocks) > 0 {
		parts = append(parts, "mock: "+strings.Join(s.Mocks, ", "))
	}
	if s.Reason != "" {
		parts = append(parts, "not on the wire: "+s.Reason)
	}
	if s.Open != "" {
		parts = append(parts, "open: "+s.Open)
	}
	return strings.Join(parts, "; ")
}

func seedsText(listed []listedSentence, titles map[string]string, out io.Writer) error {
	seed := ""
	for _, s := range listed {
		if s.Seed != seed {
			seed = s.Seed
			fmt.Fprintf(out, "%s: %s\n", seed, titles[seed])
		}
		fmt.Fprintf(out, "  %-28s %s\n", s.Key, s.Says)
		if len(s.Requirements) > 0 {
			fmt.Fprintf(out, "  %-28s %s\n", "", strings.Join(s.Requirements, " "))
		}
		if _, err := fmt.Fprintf(out, "  %-28s %s\n", "", s.exercised()); err != nil {
			return err
		}
	}
	return nil
}

func seedsMarkdown(listed []listedSentence, out io.Writer) error {
	fmt.Fprintln(out, "| document | sentence | says | requirements | exercised by |\n|---|---|---|---|---|")
	for _, s := range listed {
		_, err := fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n",
			s.Seed, s.Key, cell(s.Says), strings.Join(s.Requirements, " "), cell(s.exercised()))
		if err != nil {
			return err
		}
	}
	return nil
}
