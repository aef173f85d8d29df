package tlspeer

// The content types of RFC 8446 §5.1 and RFC 6520.
const (
	recordChangeCipherSpec = 20
	recordAlert            = 21
	recordHandshake        = 22
	recordApplicationData  = 23
	recordHeartbeat        = 24
)

const (
	recordHeaderLength = 5
	// maxRecord is the longest body that any version allows: 2^14 bytes and
	// 2,048 of expansion (RFC 5246 §6.2.3).
	maxRecord = 1<<14 + 2048
	// maxAlerts bounds how many alerts of one direction are reported. More is an attack, which the engine does not
	// tolerate either.
	maxAlerts = 64
	// maxForeign bounds how much of a stream that is not TLS is logged.
	maxForeign = 512
)

// walker follows the records of one direction of a connection. It gets the bytes as they pass and keeps only a
// record's header, an alert, and a handshake message that is in clear. After these it looks only at the five bytes of
// each header.
//
// It calls its functions with what it finds; again and foreign at most once.
type walker struct {
	// messages assembles the handshake messages.
	messages assembler
	// alert gets each alert that is sent in clear.
	alert func(level, description uint8)
	// again is called when a handshake record begins after the handshake: that is another handshake, since the records
	// of TLS 1.3 have another type then.
	again func()
	// foreign gets the first bytes of a stream that is not TLS. The slice is valid only during the call.
	foreign func(start []byte)

	header  [recordHeaderLength]byte
	have    int  // bytes of header so far
	left    int  // bytes of the record's body still to come
	records bool // a whole record header has been seen
	lost    bool // this is not TLS, or no longer

	// complete is set from outside when the handshake is.
	complete bool
	// renegotiates is set when again was called. before is how many bytes of the last feed come before the record.
	renegotiates bool
	before       int

	// data and handshake say that records of application data (which all encrypted records of TLS 1.3 are) and of
	// handshake messages have begun.
	data, handshake bool

	alertBytes [2]byte
	alertHave  int
	alerts     int
}

// feed takes the bytes that follow those of the last call.
func (w *walker) feed(p []byte) {
	for whole := len(p); len(p) > 0 && !w.lost; {
		if w.left > 0 {
			n := min(w.left, len(p))
			w.body(p[:n])
			w.left -= n
			p = p[n:]
			continue
		}
		if w.have == 0 && !w.renegotiates {
			w.before = whole - len(p)
		}
		n := copy(w.header[w.have:], p)
		w.have += n
		if !plausible(w.header[:w.have]) {
			if !w.records {
				w.foreign(w.start(p[n:]))
			}
			w.lost = true
			w.messages.stop()
			return
		}
		p = p[n:]
		if w.have == recordHeaderLength {
			w.have = 0
			w.begin()
		}
	}
}

// plausible reports whether header, which may be incomplete, can be that of a TLS record. All versions since SSL 3.0
// have major version 3.
func plausible(header []byte) bool {
	switch {
	case header[0] < recordChangeCipherSpec || header[0] > recordHeartbeat:
		return false
	case len(header) > 1 && header[1] != 3:
		return false
	case len(header) == recordHeaderLength && bodyLength(header) > maxRecord:
		return false
	}
	return true
}

func bodyLength(header []byte) int { return int(header[3])<<8 | int(header[4]) }

// start returns the beginning of a stream whose first header is not a record's.
func (w *walker) start(rest []byte) []byte {
	start := append([]byte(nil), w.header[:w.have]...)
	return append(start, rest[:min(len(rest), maxForeign-len(start))]...)
}

// begin handles a record whose header is complete.
func (w *walker) begin() {
	w.records = true
	w.left = bodyLength(w.header[:])
	w.alertHave = 0
	switch w.header[0] {
	case recordHandshake:
		w.handshake = true
		if w.complete && !w.renegotiates {
			w.renegotiates = true
			w.again()
		}
	case recordApplicationData:
		w.data = true
		fallthrough
	case recordChangeCipherSpec:
		// Handshake records that follow are encrypted.
		w.messages.stop()
	}
}

// endsWithAlert tells whether the last record is an encrypted alert, by its form: before TLS 1.3 by its type, and since
// then by its length, which is that of two bytes, their type and a tag (RFC 8446 §5.2) unless the sender pads.
func (w *walker) endsWithAlert(version uint16) bool {
	const inner, tag, shortTag = 2 + 1, 16, 8
	if w.lost || w.have > 0 || w.left > 0 {
		return false
	}
	switch length := bodyLength(w.header[:]); w.header[0] {
	case recordAlert:
		return true
	case recordApplicationData:
		return version == TLS13 && (length == inner+tag || length == inner+shortTag)
	}
	return false
}

// body handles a piece of the current record's body.
func (w *walker) body(p []byte) {
	switch w.header[0] {
	case recordAlert:
		// An alert of two bytes is in clear even after the keys have changed: every cipher makes a record longer, and
		// TLS 1.3 hides the type. Under TLS 1.3 OpenSSL sends an alert in clear if it has no keys yet.
		if bodyLength(w.header[:]) != len(w.alertBytes) {
			return
		}
		w.alertHave += copy(w.alertBytes[w.alertHave:], p)
		if w.alertHave == len(w.alertBytes) && w.alerts < maxAlerts {
			w.alerts++
			w.alert(w.alertBytes[0], w.alertBytes[1])
		}
	case recordHandshake:
		w.messages.feed(p)
	}
}
