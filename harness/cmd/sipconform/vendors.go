package main

import (
	"flag"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/internal/userfile"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios"
)

// vendorsFlag defines the flag with which users add vendors of their own.
func vendorsFlag(flags *flag.FlagSet) *string {
	return flags.String("vendors", "", "folder of further vendors, with profiles/*.yaml and requirements/*.yaml")
}

// further returns the folder as a file system; nothing if folder is empty.
func further(folder string) ([]fs.FS, error) {
	if folder == "" {
		return nil, nil
	}
	for _, part := range []string{"profiles", "requirements"} {
		files, err := filepath.Glob(filepath.Join(folder, part, "*.yaml"))
		if err == nil && len(files) == 0 {
			err = fmt.Errorf("-vendors %s: there is no %s; a vendor is described by profiles/*.yaml and requirements/*.yaml",
				folder, filepath.Join(folder, part, "*.yaml"))
		}
		if err != nil {
			return nil, usageError{err}
		}
	}
	return []fs.FS{userfile.Dir(folder)}, nil
}

// library loads the embedded vendors and those of the folder.
func library(folder string) (*scenarios.Library, error) {
	more, err := further(folder)
	if err != nil {
		return nil, err
	}
	l, err := scenarios.Load(more...)
	if err != nil && folder != "" { // the embedded vendors are tested, so the fault is in the folder
		return nil, usageError{fmt.Errorf("-vendors %s: %w", folder, err)}
	}
	return l, err
}

// products loads the products of the embedded vendors and of the folder.
func products(folder string) ([]*profile.Product, error) {
	more, err := further(folder)
	if err != nil {
		return nil, err
	}
	all, err := profile.Load(fixtures.FS, "profiles")
	if err != nil {
		return nil, err
	}
	for _, fsys := range more {
		found, err := profile.Load(fsys, "profiles")
		if err != nil {
			return nil, usageError{fmt.Errorf("-vendors %s: %w", folder, err)}
		}
		all = append(all, found...)
	}
	return all, nil
}
