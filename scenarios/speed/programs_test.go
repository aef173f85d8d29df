//go:build unix

package speed

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
)

// program builds the command, and returns its path.
func program(b *testing.B) string {
	path := filepath.Join(b.TempDir(), "sipconform")
	build := exec.CommandContext(b.Context(), "go", "build", "-o", path, "../../harness/cmd/sipconform")
	if text, status := testkit.Run(b, build); status != 0 {
		b.Fatal(text)
	}
	return path
}

// benchmarkPrograms returns how long runs of real devices take, those that are installed.
func benchmarkPrograms(b *testing.B) (rows []row) {
	command := program(b)
	for _, device := range []string{"baresip", "linphone", "kamailio"} {
		r := row{what: "seconds that a run of " + device + " takes, whole"}
		if device == "baresip" {
			r.target, r.met = "at most 15", func(f float64) bool { return f <= 15 }
		}
		cmd := exec.CommandContext(b.Context(), command, "certify", "-device", device, "-evidence", "none", "-out", b.TempDir())
		began := time.Now()
		switch text, status := testkit.Run(b, cmd); status {
		case 0, 1: // it conforms, or does not
			r.figures = samples{time.Since(began).Seconds()}
		case 2:
			b.Logf("%s is not run: %s", device, text)
		default:
			b.Fatalf("status %d: %s", status, text[max(0, len(text)-2000):])
		}
		rows = append(rows, r)
	}
	b.ReportMetric(0, "ns/op")
	return rows
}
