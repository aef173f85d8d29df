// Package report renders a run for people and for other programs. Everything is
// derived from the results, and what a device supplied reaches a terminal or a
// browser only as text.
//
//   - [Progress] and [Text] write to a console, during a run and after it;
//   - [JUnit] writes the XML that CI systems read;
//   - [HTML] writes one self-contained page to hand to a customer.
//
// The package serves this module and may change.
package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// The names of the files that [Write] writes.
const (
	ResultsFile = record.ResultsFile
	HTMLFile    = "report.html"
	JUnitFile   = "junit.xml"
)

// Leftovers returns patterns of what [Write] writes beside results.json, with what is left
// if it is killed meanwhile.
func Leftovers() []string {
	return []string{JUnitFile, JUnitFile + ".new", HTMLFile, HTMLFile + ".new", results.Unwritten, record.ManifestFile, record.SignatureFile}
}

// Requirements holds what is known of the requirements, by ID. It is optional: with
// it, a report can say what was asked, by whom, and what was not asked.
type Requirements map[string]catalogue.Requirement

// Known indexes requirements, such as a catalogue's, by ID.
func Known(all []catalogue.Requirement) Requirements {
	known := make(Requirements, len(all))
	for _, r := range all {
		known[r.ID] = r
	}
	return known
}

// Write writes junit.xml, report.html, the manifest of these and of the evidence that the
// run names, and results.json, into dir, which must exist. It sets the run's Manifest, and
// writes results.json even if it cannot write the others.
func Write(dir string, run *results.Run, known Requirements) error {
	folder, err := record.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	err = cmp.Or(
		write(filepath.Join(dir, JUnitFile), func(w io.Writer) error { return JUnit(w, run, EvidenceIn(folder)) }),
		write(filepath.Join(dir, HTMLFile), func(w io.Writer) error { return HTML(w, run, known, Below(dir)) }),
		record.Unsign(dir),
	)
	if err == nil {
		run.Manifest, err = record.WriteManifest(dir, Files(run))
	}
	return cmp.Or(err, run.Write(filepath.Join(dir, ResultsFile)))
}

// EvidenceIn opens the evidence of a report's folder.
func EvidenceIn(folder *record.Folder) Evidence {
	return func(path string) (io.ReadCloser, error) {
		file, err := folder.Open(path)
		if err != nil { // not as a file that is nil
			return nil, err
		}
		return file, nil
	}
}

// Files returns the paths of the files of a report that its manifest has: all but
// results.json, which names the manifest.
func Files(run *results.Run) []string {
	return append(record.Files(run), JUnitFile, HTMLFile)
}

func write(path string, render func(io.Writer) error) (err error) {
	f, err := os.Create(path + ".new")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 64<<10)
	err = cmp.Or(render(w), w.Flush())
	if err = cmp.Or(err, f.Close()); err != nil {
		return fmt.Errorf("report: %s: %w", filepath.Base(path), err)
	}
	return os.Rename(f.Name(), path)
}

// verdicts are in the order in which a reader looks for them.
var verdicts = [...]verdict.Verdict{
	verdict.Pass, verdict.Deviation, verdict.Fail, verdict.Inconclusive, verdict.Error, verdict.Observed,
	verdict.NotApplicable,
}

// judgements returns what a result says about each of its requirements: its findings,
// and for a requirement without one the verdict of the whole result, unless that
// is another requirement's. A requirement with only a remark is not judged.
func judgements(r *results.Result) []verdict.Finding {
	all := slices.Clone(r.Findings)
	for _, id := range r.Requirements {
		about := func(f verdict.Finding) bool { return f.Requirement == id }
		if slices.ContainsFunc(r.Findings, about) || slices.ContainsFunc(r.Remarks, about) {
			continue
		}
		f := verdict.Finding{
			Requirement: id, Verdict: r.Verdict, Cause: r.Cause,
			Expected: r.Expected, Observed: r.Observed, Hint: r.Hint,
		}
		if len(r.Findings) > 0 && (r.Verdict == verdict.Fail || r.Verdict == verdict.Deviation) {
			// The verdict is another requirement's.
			f = verdict.Finding{Requirement: id, Verdict: verdict.Inconclusive, Cause: "not-judged"}
		}
		all = append(all, f)
	}
	return all
}

// grave returns the judgements that have the result's verdict, or the result's own
// words if there is none.
func grave(r *results.Result) []verdict.Finding {
	var all []verdict.Finding
	for _, f := range judgements(r) {
		if f.Verdict == r.Verdict {
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		all = append(all, verdict.Finding{
			Verdict: r.Verdict, Cause: r.Cause, Expected: r.Expected, Observed: r.Observed, Hint: r.Hint,
		})
	}
	return all
}

// visible returns a copy of a run in which every text is one line of visible
// characters. Results contain words of the device, and results.json may come
// from anywhere.
func visible(run *results.Run) *results.Run {
	return copyVisible(reflect.ValueOf(run)).Interface().(*results.Run)
}

func copyVisible(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		c.SetString(printable.Line(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			c.Set(reflect.New(v.Type().Elem()))
			c.Elem().Set(copyVisible(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				c.Index(i).Set(copyVisible(v.Index(i)))
			}
		}
	case reflect.Struct:
		c.Set(v) // copies unexported fields too, as time.Time has
		for i := range v.NumField() {
			if c.Field(i).CanSet() {
				c.Field(i).Set(copyVisible(v.Field(i)))
			}
		}
	default:
		c.Set(v)
	}
	return c
}
