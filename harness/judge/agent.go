package judge

// maxAgent bounds what is kept of one text.
const maxAgent = 200

// Agents returns what the device calls itself in User-Agent and Server, each text once.
// It is for the report: no rule reads it.
func (v *View) Agents() []string {
	var agents []string
	seen := make(map[string]bool)
	for _, m := range v.Messages {
		if !m.In() {
			continue
		}
		for _, header := range []string{"User-Agent", "Server"} {
			text := m.Get(header)
			text = text[:min(len(text), maxAgent)]
			if text != "" && !seen[text] {
				seen[text] = true
				agents = append(agents, text)
			}
		}
	}
	return agents
}
