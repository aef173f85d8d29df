package catalogue

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Release is the releases of a program below a version.
type Release struct {
	// Names are what the program calls itself, whatever the case of letters.
	Names []string `yaml:"names"`
	// Below is the first version that is not meant: "2.5.5".
	Below string `yaml:"below"`
}

// versionForm is the form of a version: numbers with dots between them.
var versionForm = regexp.MustCompile(`^[0-9]{1,6}(\.[0-9]{1,6}){0,5}$`)

// Said reports whether a text, such as a User-Agent, says that it is of one of the
// releases: one of the names, and behind it a version, as in "PJSUA v2.5 Linux-3.13".
func (r Release) Said(text string) bool {
	var names []string
	for _, name := range r.Names {
		names = append(names, regexp.QuoteMeta(name))
	}
	form := regexp.MustCompile(`(?i)(?:^|[^a-z0-9])(?:` + strings.Join(names, "|") + `)[ /_-]*v?([0-9]+(?:\.[0-9]+)*)`)
	for _, found := range form.FindAllStringSubmatch(text, -1) {
		if versionForm.MatchString(found[1]) && compareVersions(found[1], r.Below) < 0 {
			return true
		}
	}
	return false
}

// compareVersions compares by numbers, from the left. Those that one lacks are 0.
func compareVersions(a, b string) int {
	x, y := numbersOf(a), numbersOf(b)
	for len(x) < len(y) {
		x = append(x, 0)
	}
	for len(y) < len(x) {
		y = append(y, 0)
	}
	return slices.Compare(x, y)
}

func numbersOf(version string) []int {
	var numbers []int
	for text := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(text) // the form was checked
		numbers = append(numbers, n)
	}
	return numbers
}

// releases checks the releases that a row concerns.
func (c *checker) releases() {
	for i, r := range c.Releases {
		if len(r.Names) == 0 || slices.Contains(r.Names, "") {
			c.fault("releases", i, "the releases have no name: list what the program calls itself")
		}
		if !versionForm.MatchString(r.Below) {
			c.fault("releases", i, "the releases are below %q, which is no version: write one such as \"2.5.5\"", r.Below)
		}
	}
}
