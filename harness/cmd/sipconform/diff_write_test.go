package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/compare"
	"github.com/sipconform/sipconform/harness/verdict"
)

// baselineOf returns a baseline of results, each "name verdict cause".
func baselineOf(version string, all ...string) *compare.Baseline {
	b := &compare.Baseline{Device: "pbx", Version: version, Verdicts: make(map[string]verdict.Verdict), Causes: make(map[string]string)}
	for _, r := range all {
		words := strings.Fields(r)
		b.Verdicts[words[0]], b.Causes[words[0]] = verdict.Verdict(words[1]), words[2]
	}
	return b
}

func TestCompareFormats(t *testing.T) {
	t.Parallel()
	before := baselineOf("1.0", "a/same pass fine", "b/mended fail slow", "c/broke pass fine", "d/left pass fine", "e/recaused fail x", "g/lost pass y")
	after := baselineOf("", "a/same pass fine", "b/mended pass fine", "c/broke fail `<b>|", "e/recaused fail y", "f/came fail z", "g/lost inconclusive y")
	c := compare.Verdicts(before, after, false)
	var text, markdown, stable strings.Builder
	for _, err := range []error{diffText(&text, c), diffMarkdown(&markdown, c), diffJSON(&stable, c)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := "b/mended: was fail (slow), is pass (fine)\nc/broke: was pass (fine), is fail (`<b>|)\nd/left: was pass (fine), is not there\n" +
		"e/recaused: was fail (x), is fail (y)\nf/came: was not there, is fail (z)\ng/lost: was pass (y), is inconclusive (y)\n" +
		"6 of 7 verdicts differ\n"; text.String() != want {
		t.Errorf("text:\n%s", &text)
	}
	if want := "### sipconform: `pbx` against `pbx 1.0`\n\n" +
		"**6 of 7 verdicts differ:** 2 worse, 1 new, 1 gone, 1 other, 1 better.\n\n" +
		"| verdict | old | new | change |\n| --- | ---: | ---: | ---: |\n" +
		"| `fail` | 2 | 3 | +1 |\n| `inconclusive` | 0 | 1 | +1 |\n| `pass` | 4 | 2 | -2 |\n\n" +
		"| | scenario | was | is |\n| --- | --- | --- | --- |\n" +
		"| worse | `c/broke` | `pass (fine)` | `fail ('<b>\\|)` |\n" +
		"| worse | `g/lost` | `pass (y)` | `inconclusive (y)` |\n" +
		"| new | `f/came` | `not there` | `fail (z)` |\n" +
		"| gone | `d/left` | `pass (fine)` | `not there` |\n" +
		"| other | `e/recaused` | `fail (x)` | `fail (y)` |\n" +
		"| better | `b/mended` | `fail (slow)` | `pass (fine)` |\n"; markdown.String() != want {
		t.Errorf("markdown:\n%s", &markdown)
	}
	var generic map[string]any
	if err := json.Unmarshal([]byte(stable.String()), &generic); err != nil {
		t.Fatal(err)
	}
	counts, first := generic["counts"], generic["changes"].([]any)[0]
	if got, want := fmt.Sprint(generic["schema"], counts, first), "sipconform/diff/v1"+
		"map[better:1 compared:7 gone:1 new:1 other:1 same:1 worse:2] "+
		"map[change:worse is:map[cause:`<b>| verdict:fail] name:c/broke was:map[cause:fine verdict:pass]]"; got != want {
		t.Errorf("json:\n%s\nwant\n%s", got, want)
	}
	if got, want := fmt.Sprint(generic["old"], generic["new"]), "map[device:pbx verdicts:map[fail:2 pass:4] version:1.0] "+
		"map[device:pbx verdicts:map[fail:3 inconclusive:1 pass:2] version:]"; got != want {
		t.Errorf("json:\n%s\nwant\n%s", got, want)
	}
}

func TestCompareSame(t *testing.T) {
	t.Parallel()
	c := compare.Verdicts(baselineOf("1.0", "a pass x", "b fail y"), baselineOf("1.1", "a pass x"), true)
	var markdown, stable strings.Builder
	if err := diffMarkdown(&markdown, c); err != nil || !strings.Contains(markdown.String(), "1 verdicts, all the same.\n\n| verdict") {
		t.Errorf("markdown: %v\n%s", err, &markdown)
	}
	if err := diffJSON(&stable, c); err != nil || !strings.Contains(stable.String(), `"changes": []`) {
		t.Errorf("json: %v\n%s", err, &stable)
	}
}

// TestMarkdownIsBounded: a comment of CI has an end, and says what it left out.
func TestMarkdownIsBounded(t *testing.T) {
	t.Parallel()
	var broken []string
	for i := range 2 * maxRows {
		broken = append(broken, fmt.Sprintf("vendor/product/area/a-scenario-with-a-name-as-long-as-they-are/%d fail a-cause-as-long-as-they-are", i))
	}
	var markdown strings.Builder
	err := diffMarkdown(&markdown, compare.Verdicts(baselineOf("1.0"), baselineOf("1.1", broken...), false))
	if text := markdown.String(); err != nil || len(text) > 64<<10 || strings.Count(text, "\n| new |") != maxRows || !strings.Contains(text, "\n200 more differ") {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
