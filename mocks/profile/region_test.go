package profile

import "testing"

// TestRegions checks what a region changes of a product. What can be wrong with regions is in the table of faults.
func TestRegions(t *testing.T) {
	t.Parallel()
	p := &Product{Domain: "carrier.test", Trunk: &Trunk{Context: "carrier.test", Host: "trunk"}, Regions: []Region{{Name: "north", Zone: "north.test"}}}
	if there := p.In("north"); there.Domain != "north.test" || !there.Shared || *there.Trunk != (Trunk{"north.test", "trunk"}) {
		t.Errorf("in the north it is %+v", there)
	}
	if p.In("none") != p || p.Domain != "carrier.test" || p.Trunk.Context != "carrier.test" {
		t.Errorf("elsewhere it is %+v", p.In("none"))
	}
}
