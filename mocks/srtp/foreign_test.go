package srtp

import (
	"encoding/hex"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// foreign is a running program of testdata: it answers each command with "ok" and what it made, or with why it could not.
type foreign struct{ *testkit.Dialogue }

func startForeign(t *testing.T, program string) *foreign {
	t.Helper()
	return &foreign{testkit.Answering(t, exec.CommandContext(testkit.Context(t), program))}
}

// command returns what the program made.
func (f *foreign) command(format string, arguments ...any) ([]byte, error) {
	answer, err := f.Ask(format, arguments...)
	if err != nil {
		return nil, err
	}
	result, ok := strings.CutPrefix(answer, "ok")
	if !ok {
		return nil, errors.New(answer)
	}
	return hex.DecodeString(strings.TrimSpace(result))
}
