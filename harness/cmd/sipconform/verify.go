package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"github.com/sipconform/sipconform/harness/compare"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

// verify tells whether a record is what its evidence bears out. It compares the files with
// the manifest, judges the stored observations again, and recomputes every word that
// follows from them, from the plan and from the catalogue.
func verify(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	keyFile := flags.String("key", "", "Ed25519 public key in PEM, by whose private key the record has to be signed")
	against := flags.String("against", "", "the earlier run that the record was compared with, to check that too: a "+
		"results.json, its folder, or a baseline")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform verify [flags] REPORT, the folder of a results.json")
		flags.PrintDefaults()
	}
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() != 1 {
		return exitUsage, usage("name the folder of a report")
	}
	var key ed25519.PublicKey
	if *keyFile != "" {
		var err error
		if key, err = record.PublicKey(*keyFile); err != nil {
			return exitUsage, usageError{err}
		}
	}
	earlier, err := readEarlier(ctx, *against)
	if err != nil {
		return exitUsage, err
	}
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	return inspect(flags.Arg(0), key, earlier, known, out)
}

// inspect verifies the record in a folder, with the key that signed it and the run that it was compared with if these are not nil.
func inspect(dir string, key ed25519.PublicKey, earlier *compare.Earlier, known *scenarios.Library, out io.Writer) (int, error) {
	folder, err := record.Open(dir)
	if err != nil {
		return exitUsage, usageError{err}
	}
	defer folder.Close()
	data, err := folder.Read(record.ResultsFile)
	if err != nil {
		return exitUsage, usageError{unfinished(filepath.Join(dir, record.ResultsFile), err)}
	}
	run, err := results.Decode(bytes.NewReader(data))
	if err != nil {
		return exitUsage, usageError{err}
	}
	if run.Schema != results.Schema {
		return exitUsage, usage("%s is a record of %s: the version that wrote it can verify it", dir, run.Schema)
	}
	v := newVerifier(folder, run, known, out)
	v.signature(key, data)
	v.files(data)
	v.heading()
	v.again()
	v.waived()
	v.beside()
	v.against(earlier)
	v.pages()
	if v.judged == 0 && !v.kept {
		return exitUsage, usage("%s has no observations of scenarios that this version has, so there is nothing to judge again", dir)
	}
	fmt.Fprintf(out, "%d scenarios judged again, %d differ\n", v.judged, v.different)
	if v.different > 0 {
		return exitDifferent, nil
	}
	return exitDone, nil
}

// differ tells something that the record says and that is not so.
func (v *verifier) differ(format string, args ...any) {
	v.different++
	fmt.Fprintln(v.out, printable.Line(fmt.Sprintf(format, args...)))
}

// note tells something that is taken as it is recorded.
func (v *verifier) note(format string, args ...any) {
	fmt.Fprintln(v.out, "note: "+printable.Line(fmt.Sprintf(format, args...)))
}

// signature checks who made the record, if a key is given.
func (v *verifier) signature(key ed25519.PublicKey, data []byte) {
	switch {
	case key != nil:
		if err := v.folder.CheckSignature(key, data); err != nil {
			v.differ("%v", err)
		}
	case v.folder.Signed():
		v.note("the record is signed; name the public key with -key to check by whom")
	}
}

// files compares the folder with the manifest. What this program does not write in
// results.json is told, since another reader may see there what this one does not.
func (v *verifier) files(data []byte) {
	var written bytes.Buffer
	if err := v.run.Encode(&written); err != nil || !bytes.Equal(written.Bytes(), data) {
		v.differ("%s has something that this program neither writes nor reads, or has it in another form", record.ResultsFile)
	}
	for _, what := range v.folder.Compare(v.run.Manifest, report.Files(v.run), evidence.Root) {
		v.differ("%s", what)
	}
}

// pages makes the pages that people read again.
func (v *verifier) pages() {
	requirements := report.Known(v.known.Requirements.All())
	for _, page := range []struct {
		name   string
		render func(io.Writer) error
	}{
		{report.JUnitFile, func(w io.Writer) error { return report.JUnit(w, v.run, report.EvidenceIn(v.folder)) }},
		{report.HTMLFile, func(w io.Writer) error { return report.HTML(w, v.run, requirements, v.seen) }},
	} {
		want := sha256.New()
		if err := page.render(want); err != nil {
			v.differ("%s cannot be made again: %v", page.name, err)
			continue
		}
		is, err := v.folder.Digest(page.name)
		if err == nil && is != hex.EncodeToString(want.Sum(nil)) {
			v.differ("%s does not say what %s says", page.name, record.ResultsFile)
		}
	}
}

// seen returns the observations of a result, which the page has drawn.
func (v *verifier) seen(r *results.Result) ([]observation.Event, error) {
	if r.Evidence.Observations == "" {
		return nil, nil
	}
	return v.observed(r.Evidence.Observations)
}
