package process

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/isolate"
	"github.com/sipconform/sipconform/internal/testkit"
)

// notIsolated is why the tests that need namespaces are skipped. It is nil inside namespaces.
var notIsolated error

func TestMain(m *testing.M) {
	if name := os.Getenv(helperVariable); name != "" {
		helpers[name](os.Args[1:])
		os.Exit(0)
	}
	fuzzing := func(argument string) bool { return strings.HasPrefix(argument, "-test.fuzz") }
	if !slices.ContainsFunc(os.Args, fuzzing) { // fuzz workers inherit files that isolation would not pass on
		notIsolated = isolate.Enter()
	}
	testkit.Main(m)
}

// requireIsolation skips the test if it does not run in namespaces.
func requireIsolation(t *testing.T) {
	t.Helper()
	if notIsolated != nil {
		t.Skip(notIsolated)
	}
}
