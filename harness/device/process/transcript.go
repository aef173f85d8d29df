package process

import (
	"context"
	"sync"
)

// saying is something that the device said, or the end of one of its processes.
type saying struct {
	kind  kind
	text  string
	token string  // of a saidReply
	reply outcome // of a saidReply
	who   string  // the process, for saidOutput and saidExit
}

// kind is the kind of a saying.
type kind int

const (
	saidReply  kind = iota // the answer to a command
	saidEvent              // "NAME detail"
	saidLine               // a line of a text protocol
	saidOutput             // a line of a program's output
	saidExit               // a process ended; text says how
)

// outcome is what a reply says.
type outcome int

const (
	accepted outcome = iota
	refused
	unknown
)

// remembered is how many sayings a transcript holds at most, and rememberedBytes how long they are together. The oldest are
// dropped; only a flood makes a reader miss any.
const (
	remembered      = 4096
	rememberedBytes = 1 << 20
)

// transcript is what a device has said so far. Several readers read it, each from any position.
type transcript struct {
	mu      sync.Mutex
	first   int // position of said[0]
	said    []saying
	bytes   int           // of the texts in said
	changed chan struct{} // closed and replaced by every add
}

func newTranscript() *transcript { return &transcript{changed: make(chan struct{})} }

// add appends a saying and wakes the readers.
func (t *transcript) add(s saying) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said, t.bytes = append(t.said, s), t.bytes+len(s.text)
	if len(t.said) > remembered || t.bytes > rememberedBytes {
		drop := 0
		for left := len(t.said); left > 1 && (left > remembered/2 || t.bytes > rememberedBytes/2); left-- { // in bulk, so that adding stays cheap
			t.bytes -= len(t.said[drop].text)
			drop++
		}
		t.said, t.first = append([]saying(nil), t.said[drop:]...), t.first+drop
	}
	close(t.changed)
	t.changed = make(chan struct{})
}

// end returns the position of the next saying.
func (t *transcript) end() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.first + len(t.said)
}

// await calls decide with every saying from position on, until decide is done or returns an error.
func (t *transcript) await(ctx context.Context, position int, decide func(saying) (done bool, err error)) error {
	for {
		t.mu.Lock()
		position = max(position, t.first)
		news, changed := t.said[position-t.first:], t.changed
		t.mu.Unlock()
		for _, s := range news {
			position++
			if done, err := decide(s); done || err != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
