package cisco_test

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/cisco"
)

// printed is Tables 3 and 4 of the seed by version numbers, transcribed independently of the profile: normal mode and
// Common Criteria mode, each with the lowest version 1.0, 1.1 and 1.2.
const printed = `
ucm,443,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
ucm,2443,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
ucm,2444,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
ucm,2749,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
ucm,3804,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
ucm,7501,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
ucm,8443,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
ucm,9443,1.2,1.2,1.2,1.1,1.2,1.2
ucm,5061,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
ucm,6971,1.2,1.2,1.2,1.1,1.1 1.2,1.2
ucm,6972,1.2,1.2,1.2,1.1,1.1 1.2,1.2
ucm,2445,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
imp,443,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
imp,5061,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
imp,5062,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
imp,5280,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
imp,8083,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
imp,8443,1.0 1.1 1.2,1.1 1.2,1.2,1.1,1.1 1.2,1.2
`

// TestPortTables checks that openssl s_client finds the printed versions in every cell.
func TestPortTables(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(strings.NewReader(printed)).ReadAll()
	if err != nil || len(rows) != 18 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for column := range 6 {
		settings := map[string]string{"common_criteria": "off", "tls_min": fmt.Sprintf("TLS 1.%d", column%3)}
		if column >= 3 {
			settings["common_criteria"] = "on"
		}
		for _, product := range []cisco.Product{cisco.UnifiedCM, cisco.IMAndPresence} {
			t.Run(fmt.Sprintf("%s/%s/common criteria %s", product, settings["tls_min"], settings["common_criteria"]), func(t *testing.T) {
				t.Parallel()
				s := start(t, product, settings)
				showing := showing(t, s)
				for _, row := range rows {
					if row[0] != string(product) {
						continue
					}
					port, _ := strconv.ParseUint(row[1], 10, 16)
					at, listens := s.Ports()[uint16(port)]
					if !listens {
						t.Errorf("nothing is at %d", port)
						continue
					}
					for i, flag := range []string{"-tls1", "-tls1_1", "-tls1_2", "-tls1_3"} {
						out := testkit.SClient(t, at.String(), "", append(showing, flag, "-cipher", "DEFAULT@SECLEVEL=0")...)
						want := strings.Contains(row[2+column], fmt.Sprintf("1.%d", i))
						if taken := strings.Contains(out, "Server certificate\n-----BEGIN"); taken != want {
							t.Errorf("%d takes TLS 1.%d: %v, the table says %v\n%s", port, i, taken, want, out)
						} else if !taken && !strings.Contains(out, "alert protocol version") && !strings.Contains(out, "unsupported protocol") {
							t.Errorf("%d refuses TLS 1.%d with\n%s", port, i, out)
						}
					}
				}
			})
		}
	}
}
