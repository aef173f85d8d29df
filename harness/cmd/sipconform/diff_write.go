package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/compare"
	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/harness/verdict"
)

// maxRows is how many changes a table in Markdown has. Comments of 64 KB are the largest that CI takes, and a row has up to 200
// bytes.
const maxRows = 200

// diffText writes a line for each change, by name.
func diffText(out io.Writer, c *compare.Comparison) error {
	var b bytes.Buffer
	byName := func(a, b compare.Change) int { return strings.Compare(a.Name, b.Name) }
	for _, change := range slices.SortedFunc(slices.Values(c.Changes), byName) {
		fmt.Fprintln(&b, printable.Line(fmt.Sprintf("%s: was %s, is %s", change.Name, change.Was, change.Is)))
	}
	if n := len(c.Changes); n > 0 {
		fmt.Fprintf(&b, "%d of %d verdicts differ\n", n, c.Counts.Compared)
	} else {
		fmt.Fprintf(&b, "%d verdicts, all the same\n", c.Counts.Compared)
	}
	_, err := out.Write(b.Bytes())
	return err
}

func diffJSON(out io.Writer, c *compare.Comparison) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(c)
}

// diffMarkdown writes what a comment on a change shows: what became worse or better, the counts, and each change, the worst first.
func diffMarkdown(out io.Writer, c *compare.Comparison) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "### sipconform: %s against %s\n\n", sideName(c.New), sideName(c.Old))
	if len(c.Changes) == 0 {
		fmt.Fprintf(&b, "%d verdicts, all the same.\n\n", c.Counts.Compared)
	} else {
		fmt.Fprintf(&b, "**%d of %d verdicts differ:**", len(c.Changes), c.Counts.Compared)
		separator := " "
		for _, kind := range compare.Kinds() {
			if n := *c.Counts.Of(kind); n > 0 {
				fmt.Fprintf(&b, "%s%d %s", separator, n, kind)
				separator = ", "
			}
		}
		b.WriteString(".\n\n")
	}
	b.WriteString("| verdict | old | new | change |\n| --- | ---: | ---: | ---: |\n")
	for _, v := range slices.SortedFunc(slices.Values(compare.Union(c.Old.Verdicts, c.New.Verdicts)), verdict.Compare) {
		was, is := c.Old.Verdicts[v], c.New.Verdicts[v]
		fmt.Fprintf(&b, "| %s | %d | %d | %s |\n", literal(string(v)), was, is, signed(is-was))
	}
	if len(c.Changes) > 0 {
		b.WriteString("\n| | scenario | was | is |\n| --- | --- | --- | --- |\n")
		for _, change := range c.Changes[:min(len(c.Changes), maxRows)] {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", change.Change, literal(change.Name), literal(change.Was.String()),
				literal(change.Is.String()))
		}
		if more := len(c.Changes) - maxRows; more > 0 {
			fmt.Fprintf(&b, "\n%d more differ: `sipconform diff` lists them.\n", more)
		}
	}
	_, err := out.Write(b.Bytes())
	return err
}

// sideName names the device, with its version if that is known.
func sideName(c compare.Side) string {
	return literal(strings.TrimSpace(c.Device + " " + c.Version))
}

// signed writes a difference, nothing for none.
func signed(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%+d", n)
}

// literal writes text of a record for a cell: as code, so that nothing in it is Markdown or HTML.
func literal(text string) string {
	return "`" + strings.NewReplacer("`", "'", "|", `\|`).Replace(printable.Line(text)) + "`"
}
