package edge

import (
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Console returns the entries that a customer would find in the vendor's
// console, in the order in which they were made.
func (e *Edge) Console() []observation.ConsoleInfo {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.console)
}

// alert makes a console entry; without a code, the vendor has none for it.
func (e *Edge) alert(code, callID string) {
	if code == "" {
		return
	}
	entry := observation.ConsoleInfo{Code: code, Level: e.product.Codes[code].Level, Title: e.product.Codes[code].Title, CallID: callID}
	e.mu.Lock()
	e.console = append(e.console, entry)
	e.mu.Unlock()
	e.config.Log.Append(observation.Event{Kind: observation.Console, Console: &entry})
}
