//go:build unix

package speed

import (
	"fmt"
	"os"
	"testing"
)

// quiet is the most, in percent of the cores, that others may have had for a bar
// to be missed by the harness and not by the machine.
const quiet = 20

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
		if others > quiet {
			fmt.Println("That is too busy a machine to say that a bar is not met: run it again on a quiet one.")
		}
	}
	fmt.Println()
}
