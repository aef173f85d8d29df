package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/sarif"
	"github.com/sipconform/sipconform/scenarios"
)

// findings are where the fails and deviations of a run are written for a code host. It is nil for nowhere.
type findings struct {
	path     string
	artifact string // that they are shown at
}

// newFindings checks that the file of -sarif can be written, before anything runs.
func newFindings(path, device string) (*findings, error) {
	if path == "" {
		return nil, nil
	}
	info, err := os.Stat(filepath.Dir(path))
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", filepath.Dir(path))
	}
	if is, wrong := os.Stat(path); wrong == nil && is.IsDir() {
		err = fmt.Errorf("%s is a folder: name a file in it", path)
	}
	if err != nil {
		return nil, usage("-sarif: %w", err)
	}
	f := &findings{artifact: descriptorIn(device)}
	f.path, err = filepath.Abs(path) // the working folder of a run can be another
	return f, err
}

// descriptorIn returns where a device is described, below the working folder and with slashes; empty if it is elsewhere, or
// built in.
func descriptorIn(device string) string {
	if device == "" {
		return ""
	}
	for _, path := range []string{device, filepath.Join(device, "device.yaml"), filepath.Join("fixtures", "devices", device, "device.yaml")} {
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		whole, err := filepath.Abs(path)
		if err != nil {
			return ""
		}
		here, err := os.Getwd()
		if err != nil {
			return ""
		}
		if inside, err := filepath.Rel(here, whole); err == nil && filepath.IsLocal(inside) {
			return filepath.ToSlash(inside)
		}
		return ""
	}
	return ""
}

// write writes the findings of a run that was concluded, whole or not at all.
func (f *findings) write(run *results.Run, library *scenarios.Library) (err error) {
	if f == nil || run == nil {
		return nil
	}
	file, err := os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+".*")
	if err != nil {
		return fmt.Errorf("-sarif: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("-sarif: %w", errors.Join(err, os.Remove(file.Name())))
		}
	}()
	w := bufio.NewWriter(file)
	err = sarif.Write(w, run, sarif.Options{Requirements: library.Requirements.All(), Artifact: strings.TrimPrefix(f.artifact, "./")})
	if err = errors.Join(err, w.Flush(), file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), f.path)
}
