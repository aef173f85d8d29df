package edge

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// lingering is how long the sockets of a call stay open once it has ended, for media that the device should no longer
	// send. No scenario waits for its end.
	lingering = 2 * time.Second
	// maxLingering bounds the calls whose sockets are open although they have ended, where there are ports enough.
	maxLingering = 64
)

// departed is the media of calls that have ended. It sends nothing, and logs what still comes.
type departed struct {
	log   *observation.Log
	after time.Duration // they are closed
	most  int           // there are

	mu   sync.Mutex
	open []leaving // the first to have ended first
}

// leaving is an endpoint with the timer that closes it.
type leaving struct {
	endpoint *media.Endpoint
	timer    *time.Timer
}

// add takes over an endpoint. If there are too many, the oldest is closed before its time.
func (d *departed) add(e *media.Endpoint) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.most == 0 {
		e.Close()
		return
	}
	if len(d.open) == d.most {
		d.open[0].timer.Stop()
		d.open[0].endpoint.Close()
		d.open = slices.Delete(d.open, 0, 1)
	}
	d.open = append(d.open, leaving{e, time.AfterFunc(d.after, func() { d.drop(e) })})
}

// drop closes an endpoint whose time is up.
func (d *departed) drop(e *media.Endpoint) {
	defer d.log.Guard("", "closing the media of a call that has ended") // which judges what waited for keys
	e.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = slices.DeleteFunc(d.open, func(l leaving) bool { return l.endpoint == e })
}

// close closes all endpoints.
func (d *departed) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, l := range d.open {
		l.timer.Stop()
		errs = append(errs, l.endpoint.Close())
	}
	d.open = nil
	return errors.Join(errs...)
}
