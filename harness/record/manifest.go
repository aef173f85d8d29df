package record

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/results"
)

// Files returns the paths of the files of evidence that a run names, in order.
func Files(run *results.Run) []string {
	var all []string
	for r := range run.Recorded() {
		all = append(all, r.Evidence.Files()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// WriteManifest writes the manifest of files below dir, and returns what results.json says
// of it. `sha256sum -c` reads it.
func WriteManifest(dir string, files []string) (*results.Manifest, error) {
	folder, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	var text bytes.Buffer
	for _, name := range files {
		digest, err := folder.Digest(name)
		if err != nil {
			return nil, fmt.Errorf("record: %w", err)
		}
		fmt.Fprintf(&text, "%s  %s\n", digest, name)
	}
	if err := os.WriteFile(filepath.Join(dir, ManifestFile), text.Bytes(), 0o644); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	sum := sha256.Sum256(text.Bytes())
	return &results.Manifest{File: ManifestFile, SHA256: hex.EncodeToString(sum[:])}, nil
}

// manifest is the digests of files by path.
type manifest map[string]string

// parseManifest reads what [WriteManifest] wrote, and nothing else.
func parseManifest(data []byte) (manifest, error) {
	all := make(manifest)
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		digest, name, ok := strings.Cut(lines.Text(), "  ")
		if raw, err := hex.DecodeString(digest); !ok || err != nil || len(raw) != sha256.Size {
			return nil, fmt.Errorf("%s: line %d is not a digest, two spaces and a path", ManifestFile, n)
		}
		if err := plain(name); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", ManifestFile, n, err)
		}
		if all[name] != "" {
			return nil, fmt.Errorf("%s: line %d: %+q stands there twice", ManifestFile, n, name)
		}
		all[name] = digest
	}
	return all, lines.Err()
}

// Compare returns what in the folder is not as its manifest says, and what the manifest
// should have and has not: the files that are named, and everything below the folder
// evidence.
func (f *Folder) Compare(said *results.Manifest, named []string, evidence string) []string {
	switch {
	case said == nil:
		return []string{ResultsFile + " names no manifest, so that nothing tells whether its files were changed"}
	case said.File != ManifestFile:
		return []string{fmt.Sprintf("%s names the manifest %+q; it is %s", ResultsFile, said.File, ManifestFile)}
	}
	data, err := f.Read(ManifestFile)
	if err != nil {
		return []string{err.Error()}
	}
	var wrong []string
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != said.SHA256 {
		wrong = append(wrong, ManifestFile+" is not the one that "+ResultsFile+" names: it was changed")
	}
	all, err := parseManifest(data)
	if err != nil {
		return append(wrong, err.Error())
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch digest, err := f.Digest(name); {
		case err != nil:
			wrong = append(wrong, err.Error())
		case digest != all[name]:
			wrong = append(wrong, fmt.Sprintf("%+q was changed: its SHA-256 is not that of the manifest", name))
		}
		if !slices.Contains(named, name) {
			wrong = append(wrong, fmt.Sprintf("%+q stands in the manifest, and %s does not name it", name, ResultsFile))
		}
	}
	for _, name := range named {
		if all[name] == "" {
			wrong = append(wrong, fmt.Sprintf("%+q is named by %s, and does not stand in the manifest", name, ResultsFile))
		}
	}
	there, err := f.Below(evidence)
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	for _, name := range there {
		if all[name] == "" {
			wrong = append(wrong, fmt.Sprintf("%+q was added: it does not stand in the manifest", name))
		}
	}
	return wrong
}
