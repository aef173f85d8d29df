package livepage

import (
	"bytes"
	"context"
	"net/http"
	"time"
)

const (
	// maxStreams is how many browsers are kept up to date at the same time.
	maxStreams = 8
	// pace is the least time between two events of a section: media alone would change the page a hundred times a second.
	pace = 250 * time.Millisecond
	// beat is how often a browser hears that the page is still there. The script gives up after three.
	beat = 10 * time.Second
)

// stream sends server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): each section that
// has changed, as a whole. What changes several times while a browser reads is sent once.
func (p *Page) stream(w http.ResponseWriter, r *http.Request) {
	select {
	case p.streams <- struct{}{}:
		defer func() { <-p.streams }()
	default:
		w.Header().Set("Retry-After", "10")
		http.Error(w, "as many browsers follow this page as may; close one", http.StatusServiceUnavailable)
		return
	}
	to := &events{w: w, control: http.NewResponseController(w)}
	_ = to.control.SetReadDeadline(time.Time{}) // its end would look like that of the connection
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // where a proxy stands between
	to.begin()
	to.put("retry: 2000\n\n")
	p.keepUpToDate(r.Context(), to)
}

// keepUpToDate sends what changes until the browser is gone or the page ends.
func (p *Page) keepUpToDate(browser context.Context, to *events) {
	beats := time.NewTicker(beat)
	defer beats.Stop()
	pause := time.NewTimer(pace)
	defer pause.Stop()
	var sent versions
	for to.err == nil {
		over := p.ctx.Err() != nil // before what is sent: it is the last then
		now, changed := p.state.changes()
		for which := range sections {
			// The first time, every section is sent: the page may have been changed before the browser asked for events.
			if sent[which] <= now[which] {
				to.send(sectionNames[which], p.rendered(which, now[which]))
				sent[which] = now[which] + 1
			}
		}
		if over {
			to.send("end", nil)
			to.flush()
			return
		}
		to.flush()
		select {
		case <-pause.C:
		case <-browser.Done():
			return
		case <-p.ctx.Done():
		}
		select {
		case <-changed:
		case <-beats.C:
			to.send("beat", nil)
		case <-browser.Done():
			return
		case <-p.ctx.Done():
		}
		pause.Reset(pace)
	}
}

// events writes server-sent events, until the first error.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

// begin gives the browser its time for what is written next.
func (e *events) begin() { _ = e.control.SetWriteDeadline(time.Now().Add(writeTimeout)) }

func (e *events) put(text string) {
	if e.err == nil {
		_, e.err = e.w.Write([]byte(text))
	}
}

// send sends an event. Its data is a line or more.
func (e *events) send(name string, data []byte) {
	e.begin()
	e.put("event: " + name + "\n")
	for line := range bytes.Lines(data) {
		e.put("data: " + string(bytes.TrimRight(line, "\r\n")) + "\n")
	}
	if len(data) == 0 {
		e.put("data\n")
	}
	e.put("\n")
}

func (e *events) flush() {
	if e.err == nil {
		e.err = e.control.Flush()
	}
}
