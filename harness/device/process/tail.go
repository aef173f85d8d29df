package process

// tail keeps the end of what is written to it, and counts the rest.
type tail struct {
	size    int // bytes that are kept
	kept    []byte
	dropped int64
}

// write takes further text.
func (t *tail) write(text []byte) {
	t.kept = append(t.kept, text...)
	if over := len(t.kept) - t.size; over > t.size { // in bulk, so that writing stays cheap
		t.drop(over)
	}
}

// end returns the number of bytes that are not kept, and those that are.
func (t *tail) end() (dropped int64, kept []byte) {
	t.drop(max(0, len(t.kept)-t.size))
	return t.dropped, t.kept
}

func (t *tail) drop(n int) {
	t.dropped += int64(n)
	t.kept = append(t.kept[:0], t.kept[n:]...)
}
