package media

// forks are the keys of the answers to one offer: several if forks of a call answer, or one answers more than once. Its
// receiver's lock guards it.
type forks struct {
	openers []*opener
	renewed bool // an offer has been sent since the last answer
}

// add notes the keys of an answer, nil for plain RTP. The first answer to an offer replaces those to the one before.
func (f *forks) add(keys *opener) {
	if f.renewed {
		f.openers, f.renewed = nil, false
	}
	if keys != nil && len(f.openers) < maxForks && f.find(keys.params) == nil {
		f.openers = append(f.openers, keys)
	}
}

// find returns the opener for keys, nil if no answer had them.
func (f *forks) find(keys params) *opener {
	for _, o := range f.openers {
		if o.equal(keys) {
			return o
		}
	}
	return nil
}

// openRTP opens a packet of SRTP, and returns the opener that does; nil if none does.
func (f *forks) openRTP(packet []byte, h header) (opened, *opener) {
	for _, o := range f.openers {
		if p, ok := o.openRTP(packet, h); ok {
			return p, o
		}
	}
	return opened{}, nil
}

// openRTCP opens a compound packet of SRTCP.
func (f *forks) openRTCP(packet []byte) (opened, bool) {
	for _, o := range f.openers {
		if p, ok := o.openRTCP(packet); ok {
			return p, true
		}
	}
	return opened{}, false
}

// fork has packets under these keys authenticate, too.
func (r *receiver) fork(keys params) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.forks.find(keys) != nil {
		return nil
	}
	o, err := newOpener(keys, r.keys, r.disagree)
	if err == nil {
		r.forks.add(o)
	}
	return err
}

// answered tells whether the newest offer has an answer.
func (r *receiver) answered() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ready && !r.forks.renewed
}
