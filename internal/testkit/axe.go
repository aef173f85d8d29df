package testkit

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"testing"
)

// packedAxe is axe.min.js of the npm package axe-core 4.14.1, unchanged but for gzip, under the Mozilla Public License 2.0 in
// axe/LICENSE. It is here, and not downloaded, so that tests reach nothing but this machine; it is in no program that is built.
//
//	npm pack axe-core@4.14.1 && tar -xzOf axe-core-4.14.1.tgz package/axe.min.js | gzip -9n >axe/axe.min.js.gz
//
//go:embed axe/axe.min.js.gz
var packedAxe []byte

// axeDigest is the SHA-256 of axe.min.js.
const axeDigest = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"

// axeScript returns axe.min.js.
func axeScript(tb testing.TB) string {
	tb.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(packedAxe))
	if err != nil {
		tb.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		tb.Fatal(err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != axeDigest {
		tb.Fatalf("axe.min.js is not that of the release: its SHA-256 is %x", sum)
	}
	return string(text)
}

// Barriers returns what keeps people from using the page that the browser shows, by the rules of axe-core
// (https://github.com/dequelabs/axe-core); nothing if there is none.
func (b *Browser) Barriers() []string {
	b.tb.Helper()
	var violations []struct {
		ID, Help string
		Nodes    []struct{ HTML, FailureSummary string }
	}
	b.Run(axeScript(b.tb)+`; return axe.run({ resultTypes: ['violations'] }).then((r) => r.violations.map((v) => (
		{ id: v.id, help: v.help, nodes: v.nodes.map((n) => ({ html: n.html, failureSummary: n.failureSummary })) })))`, &violations)
	var all []string
	for _, v := range violations {
		for _, n := range v.Nodes {
			all = append(all, fmt.Sprintf("%s: %s: %.200s: %s", v.ID, v.Help, n.HTML, n.FailureSummary))
		}
	}
	return all
}
