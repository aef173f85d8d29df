// Package axe looks for barriers on pages that a test's browser shows, by the rules of axe-core
// (https://github.com/dequelabs/axe-core).
//
// axe.min.js.gz is that file of the npm package axe-core 4.14.1, unchanged but for gzip, under the Mozilla Public License 2.0 in
// LICENSE. It is here, and not downloaded, so that tests reach nothing but this machine; it is in no program that is built.
//
//	npm pack axe-core@4.14.1 && tar -xzOf axe-core-4.14.1.tgz package/axe.min.js | gzip -9n >axe.min.js.gz
package axe

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

//go:embed axe.min.js.gz
var packed []byte

// digest is the SHA-256 of axe.min.js.
const digest = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"

// script returns axe.min.js.
func script(tb testing.TB) string {
	tb.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		tb.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		tb.Fatal(err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != digest {
		tb.Fatalf("axe.min.js is not that of the release: its SHA-256 is %x", sum)
	}
	return string(text)
}

// Look returns what is wrong with the page that a browser shows, nothing if it has no barriers.
func Look(tb testing.TB, b *testkit.Browser) []string {
	tb.Helper()
	var violations []struct {
		ID, Help string
		Nodes    []struct{ HTML, FailureSummary string }
	}
	b.Run(script(tb)+`; return axe.run({ resultTypes: ['violations'] }).then((r) => r.violations.map((v) => (
		{ id: v.id, help: v.help, nodes: v.nodes.map((n) => ({ html: n.html, failureSummary: n.failureSummary })) })))`, &violations)
	var all []string
	for _, v := range violations {
		for _, n := range v.Nodes {
			all = append(all, fmt.Sprintf("%s: %s: %.200s: %s", v.ID, v.Help, n.HTML, n.FailureSummary))
		}
	}
	return all
}
