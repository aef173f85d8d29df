package narrate

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
)

func exchange(e *observation.Event) string {
	h := e.HTTP
	if h == nil {
		return "a request"
	}
	text := fmt.Sprintf("%s https://%s%s", brief(h.Method, maxPhrase), brief(h.Host, maxURI), brief(h.Path, maxURI))
	if h.Status != 0 {
		text += fmt.Sprintf(" %d", h.Status)
	}
	return withReason(text, e.Text)
}

func data(e *observation.Event) string {
	return withReason(sample(e.Bytes)+" is neither SIP nor HTTP", e.Text)
}

func question(e *observation.Event) string {
	d := e.DNS
	if d == nil {
		return "a question"
	}
	text := fmt.Sprintf("%s %s: %s", d.Type, brief(d.Name, maxURI), d.Code)
	if len(d.Answers) > 0 {
		text += " " + strings.Join(d.Answers, ", ")
	}
	return text
}

func console(e *observation.Event) string {
	c := e.Console
	if c == nil {
		return words(e)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", c.Level, c.Code, c.Title)
	more(&b, " (call %s)", brief(c.CallID, shortID))
	more(&b, ": %s", c.Detail)
	more(&b, "; %s", c.Note)
	return b.String()
}

func device(e *observation.Event) string {
	d := e.Device
	if d == nil {
		return words(e)
	}
	return withReason(strings.TrimSpace(string(d.What)+" "+d.Action), firstLine(e.Text))
}

func stage(e *observation.Event) string { return withReason(string(e.Stage), e.Text) }

func fault(e *observation.Event) string {
	return withReason("the mock's own fault, not the device's: "+string(e.Fault), firstLine(e.Text))
}

func unexpected(e *observation.Event) string {
	text := "did not expect "
	if e.Text == "" && len(e.Bytes) > 0 {
		return text + sample(e.Bytes)
	}
	return text + e.Text
}

// denied tells what a mock did not do for a peer, in the words of the event.
func denied(e *observation.Event) string {
	d := e.Denied
	switch {
	case e.Text != "":
		return e.Text
	case d == nil:
		return string(e.Kind)
	case d.Bound != "":
		return fmt.Sprintf("too many %s, %d so far", d.Bound, d.Count)
	}
	return fmt.Sprintf("%s %s", or(string(d.Fault), d.Protocol), d.Remote)
}

func words(e *observation.Event) string { return firstLine(e.Text) }

func flood(e *observation.Event) string {
	f := e.Flood
	if f == nil {
		return words(e)
	}
	return fmt.Sprintf("%d observations of kind %s are left out: there are too many", f.Events, f.Kind)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func playing(e *observation.Event) string {
	m := e.Media
	if m == nil {
		return "the mock plays"
	}
	return fmt.Sprintf("the mock plays a tone of %d Hz, SSRC %08x", m.Tone, m.SSRC)
}
