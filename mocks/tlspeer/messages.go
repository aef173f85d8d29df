package tlspeer

const (
	// maxMessage bounds the length of a handshake message that is kept. No ClientHello can be longer.
	maxMessage = 132 << 10
	// maxMessages bounds how many handshake messages of one direction are reported. No handshake has more than a
	// dozen.
	maxMessages = 32
	// messageHeader is the length of a handshake message's type and length (RFC 8446 §4).
	messageHeader = 4
)

// assembler puts together the handshake messages of one direction. A message may span any number of records, and a
// record may hold several (RFC 8446 §5.1).
type assembler struct {
	// message gets each message from its type octet on, and owns the slice. Of a message that is longer than
	// maxMessage it gets the header alone.
	message func(message []byte)

	partial []byte // a message, so far
	skip    int    // bytes to come of a message that is too long
	count   int
	done    bool
}

// stop ends the assembling: what follows is encrypted, or no TLS.
func (a *assembler) stop() { a.partial, a.done = nil, true }

// feed takes a piece of the body of a handshake record.
func (a *assembler) feed(p []byte) {
	for len(p) > 0 && !a.done {
		want := messageHeader
		switch {
		case a.skip > 0:
			n := min(a.skip, len(p))
			a.skip, p = a.skip-n, p[n:]
			continue
		case len(a.partial) >= messageHeader:
			want += messageLength(a.partial)
		}
		n := min(want-len(a.partial), len(p))
		a.partial, p = append(a.partial, p[:n]...), p[n:]
		if len(a.partial) < messageHeader {
			return
		}
		switch length := messageLength(a.partial); {
		case length > maxMessage:
			a.skip = length
			a.deliver()
		case len(a.partial) == messageHeader+length:
			a.deliver()
		}
	}
}

func (a *assembler) deliver() {
	message := a.partial
	a.partial = nil
	if a.count++; a.count == maxMessages {
		a.stop()
	}
	a.message(message)
}

// messageLength returns the length of the body of the message whose header this is.
func messageLength(header []byte) int { return int(header[1])<<16 | int(header[2])<<8 | int(header[3]) }
