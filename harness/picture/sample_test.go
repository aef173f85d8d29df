package picture_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"github.com/sipconform/sipconform/harness/picture"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

// sample selects scenarios in which all that pictures show is seen: calls both ways, keys that change, certificates with
// defects, versions that do not meet, HTTPS, and tables of ports.
const sample = `/^id:twilio:voice:(call-in:(packets|secure|new-suite|hold-sendonly)|call-out:secure)$/ ||` +
	` /^id:twilio:voice:(certificate:(expired|wrong-name|unknown-ca|missing-intermediate)|connect:server-at-most.*)$/ ||` +
	` /^id:infobip:rest:certificate:(expired|self-signed)$/ || /^id:cisco:ucm:ports:5061:default$/`

// TestSample draws what the reference device does in scenarios of every kind.
func TestSample(t *testing.T) {
	library, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	logs := make(map[string]*observation.Log)
	c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
		Device: scenarios.Reference(),
		Filter: sample,
		Begun: func(s *plan.Scenario, log *observation.Log) {
			mu.Lock()
			defer mu.Unlock()
			logs[s.ID] = log
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	run, err := c.Conclude(c.Engine.Run(t.Context(), c.Plan))
	if err != nil {
		t.Fatal(err)
	}
	drawn := make(map[string]int) // how many fragments have a section
	for i := range run.Results {
		r := &run.Results[i]
		log := logs[r.Scenario]
		if log == nil {
			continue // it did not apply
		}
		events := log.Events()
		about := picture.Of(r, "scenario/"+r.Scenario, run.Started)
		var first, second bytes.Buffer
		if err := errors.Join(picture.Draw(&first, events, about), picture.Draw(&second, events, about)); err != nil {
			t.Fatalf("%s: %v", r.Scenario, err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: the second fragment differs from the first", r.Scenario)
		}
		if first.Len() > 96<<10 {
			t.Errorf("%s: %d bytes are too many for a well-behaved device", r.Scenario, first.Len())
		}
		for _, section := range sections(t, first.Bytes()) {
			drawn[section]++
		}
		// Browsers make the same of it as a strict parser does.
		if got, want := textOfHTML(t, first.Bytes()), textOfXML(t, first.Bytes()); got != want {
			t.Errorf("%s: browsers read other text than is written", r.Scenario)
		}
	}
	for section, least := range map[string]int{
		"Messages": 12, "TLS handshakes": 10, "Certificates": 10, "Session descriptions": 5, "Media": 5, "Name server": 10,
	} {
		if drawn[section] < least {
			t.Errorf("%d of %d fragments have the section %q, %d expected: %v", drawn[section], len(logs), section, least, drawn)
		}
	}
}

// sections returns the headings of a fragment.
func sections(t *testing.T, fragment []byte) []string {
	t.Helper()
	nodes, err := html.ParseFragment(bytes.NewReader(fragment), nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, n := range nodes {
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && slices.Contains([]string{"h2", "h3", "h4", "h5", "h6"}, d.Data) {
				all = append(all, d.FirstChild.Data)
			}
		}
	}
	return all
}

func textOfHTML(t *testing.T, fragment []byte) string {
	t.Helper()
	nodes, err := html.ParseFragment(bytes.NewReader(fragment), nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range nodes {
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				b.WriteString(d.Data)
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func textOfXML(t *testing.T, fragment []byte) string {
	t.Helper()
	var b strings.Builder
	decoder := xml.NewDecoder(bytes.NewReader(fragment))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return strings.Join(strings.Fields(b.String()), " ")
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		if text, ok := token.(xml.CharData); ok {
			b.Write(text)
		}
	}
}
