package process

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"

	"github.com/sipconform/sipconform/internal/userfile"
	"github.com/sipconform/sipconform/internal/yamlfile"
)

// checkFiles reads the files beside device.yaml, once: what a session writes does not change during a run.
func (d *Descriptor) checkFiles(ctx context.Context) error {
	copied := 0
	for _, name := range slices.Sorted(maps.Keys(d.Files)) {
		file, place := d.Files[name], at("files", name)
		if !filepath.IsLocal(name) {
			return wrong(place, "makes the file %q: it must stay inside the session's folder", name)
		}
		if filepath.Clean(name) == logName {
			return wrong(place, "makes the file %s, in which the harness keeps the device's output", logName)
		}
		given := 0
		for _, source := range []bool{file.Template != "", file.Copy != "", !file.Content.IsZero()} {
			if source {
				given++
			}
		}
		if given != 1 {
			return wrong(place, "wants exactly one of template, copy and content for the file %s", name)
		}
		if file.Mode == 0 {
			file.Mode = 0o600
		}
		if err := file.load(ctx, d.fsys, d.folder, place); err != nil {
			return err
		}
		if copied += len(file.copied); copied > maxCopies {
			return wrong(place, "copies more than %d bytes in all, the maximum: copy fewer or smaller files", maxCopies)
		}
		if file.Mode > maxMode {
			return wrong(place.To("mode"), "gives the file %s the mode %o: give one up to %o", name, uint32(file.Mode), maxMode)
		}
		d.Files[name] = file
	}
	return nil
}

// load reads the source of a file, and parses a template.
func (f *File) load(ctx context.Context, fsys fs.FS, folder string, place yamlfile.Path) error {
	source, most := f.Template, int64(userfile.MaxText)
	if f.Template == "" {
		source, most = f.Copy, userfile.MaxCopy
	}
	if source == "" {
		return nil
	}
	content, err := userfile.Read(ctx, fsys, path.Join(folder, source), most)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			err = at.Err // the sentence names the file already
		}
		return wrong(place, "refers to %s, which cannot be read beside it: %v", source, err)
	case f.Template == "":
		f.copied = content
		return nil
	}
	f.parsed, err = parseText(string(content), 0)
	if err != nil {
		return &problem{File: f.Template, Message: err.Error()}
	}
	return nil
}
