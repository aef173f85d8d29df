package edge

import (
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
)

// maxConsole is how many entries the console has: the newest.
const maxConsole = 256

// Console returns the entries that a customer would find in the vendor's console,
// the oldest first.
func (e *Edge) Console() []observation.ConsoleInfo {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.console)
}

// alert makes a console entry, with a detail that may be empty. Without a code it
// makes none: the vendor has no entry for the matter.
func (e *Edge) alert(code, callID, detail string) {
	if code == "" {
		return
	}
	meaning := e.product.Codes[code]
	entry := observation.ConsoleInfo{
		Code: code, Level: meaning.Level, Title: meaning.Title, CallID: callID, Detail: detail, Note: meaning.Note,
	}
	e.mu.Lock()
	if e.console = append(e.console, entry); len(e.console) > maxConsole {
		e.console = slices.Delete(e.console, 0, 1)
	}
	e.mu.Unlock()
	e.config.Log.Append(observation.Event{Kind: observation.Console, Console: &entry})
}
