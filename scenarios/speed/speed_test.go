//go:build unix

package speed

import (
	"fmt"
	"os"
	"testing"
)

// BenchmarkSpeed measures, and prints the table.
func BenchmarkSpeed(b *testing.B) {
	var rows []row
	before := lookAtMachine()
	b.Run("handshakes", func(b *testing.B) { rows = append(rows, benchmarkHandshakes(b)...) })
	b.Run("matrix", func(b *testing.B) { rows = append(rows, benchmarkMatrix(b)...) })
	fmt.Println()
	if err := table(os.Stdout, rows); err != nil {
		b.Fatal(err)
	}
	if others, ok := lookAtMachine().others(before); ok {
		fmt.Printf("\nOther processes had %.0f %% of the machine's cores meanwhile.\n", others)
	}
	fmt.Println()
}
