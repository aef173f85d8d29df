package vendor

import (
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/profile"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// product returns a profile of the fixtures.
func product(t testing.TB, vendor, name string) *profile.Product {
	t.Helper()
	p, err := profile.Read(fixtures.FS, "profiles", vendor, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
