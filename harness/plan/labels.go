package plan

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/sipconform/sipconform/internal/nearest"
)

// Filter returns what a label expression selects by a scenario's labels. It is written as Ginkgo's are, such as
// "vendor:twilio && area:srtp"; the empty one selects all.
func Filter(expression string) (func(labels []string) bool, error) {
	match, err := types.ParseLabelFilter(expression)
	if err != nil {
		return nil, fmt.Errorf("filter %q: %s", expression, plainly(err))
	}
	return match, nil
}

// plainly returns the text of Ginkgo's error in one line and without colours.
func plainly(err error) string {
	text := err.Error()
	if g, ok := err.(types.GinkgoError); ok {
		text = g.Heading + ": " + g.Message
	}
	text = formatter.New(formatter.ColorModeNone).F(text)
	return strings.Join(strings.Fields(text), " ")
}

var (
	// filterRegexp is a regular expression in a filter, of which no label is the one that was meant.
	filterRegexp = regexp.MustCompile(`/[^/]*/`)
	filterWord   = regexp.MustCompile(`[^\s()&|!,{}]+`)
	// filterSets are expressions on sets of values, which have words that are no labels.
	filterSets = regexp.MustCompile(`(?i)\b(?:containsAny|containsAll|consistsOf|isSubsetOf|isEmpty)\b`)
)

// Mistyped returns a sentence for each label in a filter that no scenario has, with the known label that is nearest to it.
func Mistyped(all []*Scenario, filter string) []string {
	if filterSets.MatchString(filter) {
		return nil
	}
	known := make(map[string]bool)
	for _, s := range all {
		for _, label := range s.Labels() {
			known[label] = true
		}
	}
	labels := slices.Sorted(maps.Keys(known))
	var told []string
	for _, word := range filterWord.FindAllString(filterRegexp.ReplaceAllString(filter, " "), -1) {
		if slices.ContainsFunc(labels, func(l string) bool { return strings.EqualFold(l, word) }) {
			continue
		}
		sentence := fmt.Sprintf("no scenario has the label %q", word)
		if near := meant(word, labels); near != "" {
			sentence += fmt.Sprintf(": did you mean %q?", near)
		}
		if !slices.Contains(told, sentence) {
			told = append(told, sentence)
		}
	}
	return told
}

// meant returns the label that a word stands for: one with that value, if it has no key, or else the nearest.
func meant(word string, labels []string) string {
	byValue := make(map[string]string)
	var values []string
	for _, l := range labels {
		if _, value, _ := strings.Cut(l, ":"); byValue[value] == "" && !strings.HasPrefix(l, "id:") {
			byValue[value] = l
			values = append(values, value)
		}
	}
	if !strings.Contains(word, ":") {
		return cmp.Or(byValue[nearest.Of(word, values)], nearest.Of(word, labels))
	}
	return nearest.Of(word, labels)
}
