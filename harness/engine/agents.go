package engine

import "slices"

// maxAgents bounds the names that a run keeps. A device has one or two, unless it gives
// another in each message.
const maxAgents = 16

// Agents returns what the device called itself in the scenario.
func (s *Standing) Agents() []string { return s.agents }

// Known returns the names that a run keeps of those that the device called itself.
func Known(agents []string) []string {
	agents = slices.Compact(slices.Sorted(slices.Values(agents)))
	return agents[:min(len(agents), maxAgents)]
}

// Agents returns what the device has called itself so far, sorted.
func (e *Engine) Agents() []string {
	e.telling.Lock()
	defer e.telling.Unlock()
	return slices.Clone(e.agents)
}

// met notes what the device called itself. Of too many names, the first in order stay.
func (e *Engine) met(agents []string) {
	e.telling.Lock()
	defer e.telling.Unlock()
	for _, agent := range agents {
		if i, known := slices.BinarySearch(e.agents, agent); !known {
			e.agents = slices.Insert(e.agents, i, agent)
		}
	}
	e.agents = e.agents[:min(len(e.agents), maxAgents)]
}
