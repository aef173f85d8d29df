package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/internal/userfile"
)

// matrix makes one page of several runs, with a column for each.
func matrix(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("matrix", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	heading := flags.String("title", "Devices and versions", "heading of the page")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform matrix [flags] OUT.html RUN…\n"+
			"OUT.html is the page that is written, each RUN a results.json or its folder, in the order of the columns.")
		flags.PrintDefaults()
	}
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() < 2 {
		return exitUsage, usage("name the page to write, and at least one run: sipconform matrix OUT.html RUN…")
	}
	page := flags.Arg(0)
	if info, err := os.Stat(page); filepath.Ext(page) != ".html" || err == nil && info.IsDir() {
		return exitUsage, usage("%s is no name of a page: write the name of an .html file first, and then the runs", page)
	}
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	var columns []report.Column
	for _, path := range flags.Args()[1:] {
		c, err := column(ctx, recordAt(path), page)
		if err != nil {
			return exitUsage, usageError{err}
		}
		columns = append(columns, c)
	}
	if err := writePage(page, func(w io.Writer) error {
		return report.Matrix(w, *heading, columns, report.Known(known.Requirements.All()))
	}); err != nil {
		return exitUsage, usageError{err}
	}
	fmt.Fprintf(out, "%s: %d runs\n", page, len(columns))
	return exitDone, nil
}

// column reads a run, and looks for its report beside it.
func column(ctx context.Context, path, page string) (report.Column, error) {
	data, err := userfile.ReadFile(ctx, path, userfile.MaxRecord)
	if err != nil {
		return report.Column{}, unfinished(path, err)
	}
	run, err := results.Decode(bytes.NewReader(data))
	if err != nil {
		return report.Column{}, fmt.Errorf("%s: %w", path, err)
	}
	c := report.Column{Run: run}
	beside := filepath.Join(filepath.Dir(path), report.HTMLFile)
	if _, err := os.Stat(beside); err != nil {
		return c, ignored(err, fs.ErrNotExist)
	}
	from, to := absolute(filepath.Dir(page)), absolute(beside)
	if relative, err := filepath.Rel(from, to); err == nil { // otherwise it lies on another volume
		c.Report = filepath.ToSlash(relative)
	}
	return c, nil
}

// ignored returns an error, unless it is of that kind.
func ignored(err, kind error) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}

// absolute returns a path from the root, or as it is where the working folder is gone.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// writePage writes a file in one go.
func writePage(path string, render func(io.Writer) error) error {
	f, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	err = cmp.Or(render(w), w.Flush())
	if err = cmp.Or(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // a part of it would look like all of it
	}
	return err
}
