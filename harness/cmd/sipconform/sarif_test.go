package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSARIF has a run write what it found for a code host: a deviation of the reference device, shown at the descriptor that the
// user named.
func TestSARIF(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "found.sarif")
	o := sipconform(t, "certify", "-filter=id:twilio:voice:certificate:wildcard", "-sarif="+path, "-out="+filepath.Join(folder, "report"))
	o.expect(t, 0, "CONFORMANT", "1 deviated")
	var found struct {
		Version string
		Runs    []struct {
			Results []struct {
				RuleID, Level string
				Locations     []struct {
					PhysicalLocation any
					LogicalLocations []struct{ FullyQualifiedName string }
				}
			}
		}
	}
	must(t, json.Unmarshal([]byte(file(t, path)), &found))
	if found.Version != "2.1.0" || len(found.Runs) != 1 || len(found.Runs[0].Results) != 1 {
		t.Fatalf("found %+v", found)
	}
	r := found.Runs[0].Results[0]
	if r.Level != "warning" || r.RuleID != "ST-02" || r.Locations[0].LogicalLocations[0].FullyQualifiedName != "twilio/voice/certificate/wildcard" {
		t.Errorf("the result is %+v", r)
	}
	if r.Locations[0].PhysicalLocation != nil {
		t.Errorf("the reference device is described in no file, and the result is at %v", r.Locations[0].PhysicalLocation)
	}
	there, err := os.ReadDir(folder)
	must(t, err)
	if len(there) != 2 {
		t.Errorf("%v are there, want the file and the report", there)
	}
	for path, want := range map[string]string{filepath.Join(folder, "none", "found.sarif"): "no such file", folder: "is a folder"} {
		if o := sipconform(t, "certify", "-sarif="+path); o.status != 2 || !strings.Contains(o.errors, want) {
			t.Errorf("-sarif=%s: %s", path, o)
		}
	}
}
