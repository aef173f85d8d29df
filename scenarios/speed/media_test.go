//go:build unix

package speed

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// measured is a figure of the receive path, as package media's own benchmark prints it.
var measured = regexp.MustCompile(`BenchmarkReceivePath/(\w+?)(?:-\d+)?\s.*?([0-9.e-]+) of-libsrtp2`)

// benchmarkMedia compares what a mock does with a packet with what libsrtp does, which opens it. Only package media sees
// its receive path, and measures it.
func benchmarkMedia(b *testing.B) []row {
	cmd := testkit.Command(b, "go", "test", "-run", "^$", "-bench", "^BenchmarkReceivePath$", "-benchtime", "1x", "../../mocks/media")
	out, status := testkit.Run(b, cmd)
	if status != 0 {
		b.Fatalf("%s: %s", cmd, out)
	}
	figures := make(map[string]samples)
	for _, found := range measured.FindAllStringSubmatch(out, -1) {
		figure, err := strconv.ParseFloat(found[2], 64)
		if err != nil {
			b.Fatal(err)
		}
		figures[found[1]] = samples{figure}
		b.ReportMetric(figure, found[1])
	}
	b.ReportMetric(0, "ns/op")
	var rows []row
	for _, suite := range []string{"AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"} {
		rows = append(rows, row{what: fmt.Sprintf("packets received a second, mock to libsrtp2 alone, %s", suite), figures: figures[suite],
			target: "at least 0.5", met: func(f float64) bool { return f >= 0.5 }})
	}
	return rows
}
