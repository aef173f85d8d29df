package catalogue

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// seedsFile holds the seeds, in the file system of the embedded requirements.
const seedsFile = "seeds.yaml"

// Seed is one of the vendors' documents that the baseline certificate rests on, sentence
// by sentence.
type Seed struct {
	Citation  string     `yaml:"seed"` // as requirements cite it: "seed 000"
	Vendor    string     `yaml:"vendor"`
	Title     string     `yaml:"title"`
	Sentences []Sentence `yaml:"sentences"`
}

// Sentence is one statement of a seed, and where it is exercised.
type Sentence struct {
	Key  string `yaml:"key"`  // unique in the seed
	Says string `yaml:"says"` // in our own words
	// Rows are the requirements that cite the seed for the statement.
	Rows []string `yaml:"rows,omitempty"`
	// Borrowed are requirements that do not cite the seed, each with why it serves the
	// statement all the same.
	Borrowed map[string]string `yaml:"borrowed,omitempty"`
	// Scenarios are patterns of scenarios that ask about the requirements, with "**" at
	// the end for any rest.
	Scenarios []string `yaml:"scenarios,omitempty"`
	// Mocks are tests that hold the mock to what the statement says of the vendor, such as
	// mocks/cisco.TestPortTables.
	Mocks []string `yaml:"mocks,omitempty"`
	// Reason says why nothing on the wire can show the statement.
	Reason string `yaml:"reason,omitempty"`
	// Open says what could be seen on the wire and is not asked yet.
	Open string `yaml:"open,omitempty"`
}

// Requirements returns the IDs of the rows and of those that are borrowed, sorted.
func (s *Sentence) Requirements() []string {
	all := slices.Clone(s.Rows)
	for id := range s.Borrowed {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

var (
	seedForm = regexp.MustCompile(`^seed 00[0-9]$`)
	keyForm  = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
	testForm = regexp.MustCompile(`^(mocks|certs)(/[a-z]+)*\.Test[A-Z][A-Za-z0-9]*$`)
)

// maxSays is how many characters the words of a statement may have.
const maxSays = 300

// Seeds reads seeds.yaml of a file system, such as fixtures.FS, whose requirements the
// catalogue has. The error joins a [*Fault] for each fault, in the order of lines.
func (c *Catalogue) Seeds(fsys fs.FS) ([]Seed, error) {
	var seeds []Seed
	document, err := decodeList(fsys, seedsFile, "a list of documents", `each document with "- seed: …"`, &seeds)
	if err != nil {
		return nil, err
	}
	checker := seedChecker{catalogue: c, document: document}
	for i := range seeds {
		checker.seed(i, seeds)
	}
	if len(checker.faults) > 0 {
		return nil, join(checker.faults)
	}
	return seeds, nil
}

// seedChecker collects the faults of the seeds.
type seedChecker struct {
	catalogue *Catalogue
	document  *yamlfile.Document
	faults    []*Fault
}

// fault records a fault at a path of a sentence, or of a seed if id is "".
func (c *seedChecker) fault(id string, at yamlfile.Path, format string, args ...any) {
	c.faults = append(c.faults, &Fault{*c.document.Fault(at, format, args...), id})
}

// seed checks seed i.
func (c *seedChecker) seed(i int, seeds []Seed) {
	s, at := &seeds[i], yamlfile.Path{i}
	switch {
	case !seedForm.MatchString(s.Citation):
		c.fault("", at.To("seed"), "the document %q has another form than seed 000: write it as requirements cite it", s.Citation)
	case slices.ContainsFunc(seeds[:i], func(other Seed) bool { return other.Citation == s.Citation }):
		c.fault("", at.To("seed"), "%s is here a second time: put its sentences together", s.Citation)
	}
	if strings.TrimSpace(s.Vendor) == "" {
		c.fault("", at.To("vendor"), "the vendor is empty: name whose document it is")
	}
	if strings.TrimSpace(s.Title) == "" {
		c.fault("", at.To("title"), "the title is empty: say in a few words what the document is about")
	}
	if len(s.Sentences) == 0 {
		c.fault("", at.To("sentences"), "the document has no sentence: write what it says, or remove it")
	}
	for j := range s.Sentences {
		c.sentence(s, j, at.To("sentences", j))
	}
}

// sentence checks sentence j of a seed.
func (c *seedChecker) sentence(seed *Seed, j int, at yamlfile.Path) {
	s := &seed.Sentences[j]
	switch {
	case !keyForm.MatchString(s.Key):
		c.fault("", at.To("key"), "the key %q has another form than off-no-registration: use a short one", s.Key)
	case slices.ContainsFunc(seed.Sentences[:j], func(other Sentence) bool { return other.Key == s.Key }):
		c.fault(s.Key, at.To("key"), "the key is taken in %s: use another one", seed.Citation)
	}
	for _, text := range []struct {
		field, value string
		optional     bool
	}{{"says", s.Says, false}, {"reason", s.Reason, true}, {"open", s.Open, true}} {
		place := at.To(text.field)
		if strings.TrimSpace(text.value) == "" && (!text.optional || c.document.Has(place)) {
			c.fault(s.Key, place, "%s is empty: write a sentence", text.field)
		}
	}
	if n := utf8.RuneCountInString(s.Says); n > maxSays {
		c.fault(s.Key, at.To("says"), "says has %d characters: say it in %d, or make two sentences of it", n, maxSays)
	}
	c.rows(seed, s, at)
	c.exercised(s, at)
}

// rows checks that the requirements exist, and that those which are not borrowed cite
// the seed.
func (c *seedChecker) rows(seed *Seed, s *Sentence, at yamlfile.Path) {
	for i, id := range s.Rows {
		place := at.To("rows", i)
		if r, known := c.row(s, id, place); known && !slices.Contains(r.Sources, seed.Citation) {
			c.fault(s.Key, place, "%s does not cite %s: cite it there, or say under borrowed why the row serves", id, seed.Citation)
		}
		if slices.Contains(s.Rows[:i], id) {
			c.fault(s.Key, place, "%s stands twice in rows: remove one", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Borrowed)) {
		place := at.To("borrowed", id)
		if r, _ := c.row(s, id, place); slices.Contains(r.Sources, seed.Citation) {
			c.fault(s.Key, place, "%s cites %s: put it under rows", id, seed.Citation)
		}
		if strings.TrimSpace(s.Borrowed[id]) == "" {
			c.fault(s.Key, place, "%s is borrowed without a reason: say why the row serves", id)
		}
	}
	if len(s.Rows)+len(s.Borrowed) == 0 && s.Reason == "" {
		c.fault(s.Key, at, "it has neither a row nor a reason: name the requirements that it is asked by, or say why none is")
	}
}

// row returns the requirement of that ID.
func (c *seedChecker) row(s *Sentence, id string, place yamlfile.Path) (Requirement, bool) {
	r, known := c.catalogue.Lookup(id)
	if !known {
		c.fault(s.Key, place, "there is no requirement %q: correct the ID, or remove it", id)
	}
	return r, known
}

// exercised checks where the sentence is exercised.
func (c *seedChecker) exercised(s *Sentence, at yamlfile.Path) {
	for i, pattern := range s.Scenarios {
		if _, err := path.Match(pattern, ""); errors.Is(err, path.ErrBadPattern) || pattern == "" {
			c.fault(s.Key, at.To("scenarios", i), "%q is no pattern: use one such as twilio/*/call-out/tls1.[01]/**", pattern)
		}
	}
	for i, test := range s.Mocks {
		if !testForm.MatchString(test) {
			c.fault(s.Key, at.To("mocks", i), "%q has another form than mocks/cisco.TestPortTables: name the package and the test", test)
		}
	}
	exercised := len(s.Scenarios)+len(s.Mocks) > 0 || s.Open != ""
	switch {
	case !exercised && s.Reason == "":
		c.fault(s.Key, at, "nothing exercises it: name scenarios or tests of a mock, or say why nothing can")
	case exercised && s.Reason != "":
		c.fault(s.Key, at.To("reason"), "it is exercised, or will be: remove the reason")
	}
}
