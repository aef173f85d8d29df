//go:build unix

package speed

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// quiet is the share of the cores, in percent, that other processes may use. If they
// use more, a missed target says nothing about the harness.
const quiet = 20

// BenchmarkSpeed runs all measurements and prints the table.
func BenchmarkSpeed(b *testing.B) {
	var rows []row
	before := lookAtMachine()
	b.Run("handshakes", func(b *testing.B) { rows = append(rows, benchmarkHandshakes(b)...) })
	b.Run("calls", func(b *testing.B) { rows = append(rows, benchmarkCalls(b)...) })
	b.Run("media", func(b *testing.B) { rows = append(rows, benchmarkMedia(b)...) })
	b.Run("matrix", func(b *testing.B) { rows = append(rows, benchmarkMatrix(b)...) })
	b.Run("programs", func(b *testing.B) { rows = append(rows, benchmarkPrograms(b)...) })
	b.Run("scale", func(b *testing.B) { rows = append(rows, benchmarkScale(b)...) })
	fmt.Println()
	if err := table(os.Stdout, rows); err != nil {
		b.Fatal(err)
	}
	if others, ok := lookAtMachine().others(before); ok {
		fmt.Printf("\nOther processes used %.0f %% of the machine's cores meanwhile.\n", others)
		if others > quiet {
			fmt.Println("The machine is too busy to say that a target is not met: run it again on a quiet one.")
		}
	}
	fmt.Println()
}

// lookFor returns an error if a program is not installed.
func lookFor(program string) error {
	_, err := exec.LookPath(program)
	return err
}
