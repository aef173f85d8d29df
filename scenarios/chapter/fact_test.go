package chapter

import (
	"slices"
	"testing"

	"github.com/sipconform/sipconform/mocks/profile"
)

// TestGoodRequest: every fact that a refusal can name has a good value.
func TestGoodRequest(t *testing.T) {
	t.Parallel()
	for name, values := range profile.Facts() {
		if !slices.Contains(values, goodRequest[name]) {
			t.Errorf("%s: %q is none of %q", name, goodRequest[name], values)
		}
	}
}
