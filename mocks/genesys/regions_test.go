package genesys_test

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/genesys"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestRegions starts the mock in each region: it has the hosts that the seed's table prints, with a note where another
// region has them too.
func TestRegions(t *testing.T) {
	t.Parallel()
	const irish, western, japanese = "byoc.eu-west-1.mypurecloud.ie", "pc-voice.usw2.pure.cloud", "byoc.ap-northeast-1.mypurecloud.jp"
	table := map[string]struct {
		zone  string
		doubt bool
	}{
		"us-east-1": {irish, true}, "us-east-2": {"voice.use2.us-gov-pure.cloud", false}, "us-west-2": {western, false},
		"ca-central-1": {western, true}, "eu-west-1": {irish, false}, "eu-west-2": {western, true},
		"eu-central-1": {"byoc.eu-central-1.mypurecloud.de", false}, "ap-northeast-1": {japanese, false},
		"ap-northeast-2": {western, true}, "ap-southeast-2": {japanese, true}, "ap-south-1": {"byoc.aps1.pure.cloud", false},
	}
	p, err := genesys.Profile(genesys.BYOCCloud)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Regions) != len(table) {
		t.Errorf("%d regions, want %d", len(p.Regions), len(table))
	}
	for region, want := range table {
		t.Run(region, func(t *testing.T) {
			t.Parallel()
			s := start(t, genesys.BYOCCloud, map[string]string{"region": region})
			for i, h := range s.Hosts() {
				if name := p.Proxies[i] + "." + want.zone; h.Name != name {
					t.Errorf("host %d is %s, want %s", i, h.Name, name)
				}
			}
			if s.TrunkHost() != "example."+want.zone || s.TrunkGroup() != ";tgrp=example;trunk-context="+want.zone {
				t.Errorf("the trunk is %s and %s", s.TrunkHost(), s.TrunkGroup())
			}
			noted := false
			for _, e := range s.Log.Events() {
				noted = noted || e.Kind == observation.Note && strings.Contains(e.Text, "region "+region)
			}
			if noted != want.doubt {
				t.Errorf("noted %v, want %v", noted, want.doubt)
			}
		})
	}
	s := start(t, genesys.BYOCCloud, map[string]string{"region": "us-east-2"})
	h := s.Hosts()[3]
	if out := newClient(t, s).send(h, invite(s, "sip:+15550199"+s.TrunkGroup()+"@"+h.Name, testkit.SRTP(testkit.Tag80)), "SIP/2.0 200"); !strings.Contains(out, "SIP/2.0 200") {
		t.Errorf("no call in the region\n%s", out)
	}
}
