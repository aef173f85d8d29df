package process

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestKeepOutput: what the device printed is in the log, the head and the tail of it if it
// is long, and whatever the device has put in the place of device.log.
func TestKeepOutput(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		printed string
		want    []string // in order
		atMost  int
	}{
		"nothing":     {"", nil, 0},
		"a few lines": {"starting\n\x1b[1mready\n", []string{"starting\n\x1b[1mready"}, 30},
		"a flood": {
			"starting\n" + strings.Repeat("tick\n", 200_000) + "assertion failed\n",
			[]string{"starting\ntick\n", "bytes were left out]", "tick\nassertion failed"}, keptHead + keptTail + 100,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			output, err := newOutputLog(dir, 4<<20, func(err error) { t.Error(err) })
			if err != nil {
				t.Fatal(err)
			}
			defer output.Close()
			output.write([]byte(c.printed))
			if err := os.Remove(filepath.Join(dir, logName)); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, logName), []byte("all is well"), 0o600); err != nil {
				t.Fatal(err)
			}
			log := observation.NewLog()
			s := &session{log: log}
			s.keepOutput(output.contents())
			var text string
			for _, e := range log.Events() {
				if e.Device.What != observation.DeviceOutput {
					t.Errorf("it logs %+v", e)
				}
				text += e.Text
			}
			if len(text) > c.atMost {
				t.Errorf("%d bytes are kept, want at most %d", len(text), c.atMost)
			}
			for rest := text; len(c.want) > 0; c.want = c.want[1:] {
				_, after, ok := strings.Cut(rest, c.want[0])
				if !ok {
					t.Fatalf("%q is not kept of it, or not in its place", c.want[0])
				}
				rest = after
			}
		})
	}
}
