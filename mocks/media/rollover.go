package media

// rollover is the counter that a packet of a stream must have been sent under, by the highest index that has
// authenticated before: the estimate of RFC 3711 §3.3.1. There is no index below 0, so before the first rollover a jump of
// any width goes forward. By the letter of the RFC the counter would be 2^32-1; receivers in the field (libsrtp, pion)
// take 0, so that a sender who jumps is heard.
func rollover(highest uint64, sequence uint16) uint32 {
	counter, last := uint32(highest>>16), uint16(highest)
	switch {
	case counter > 0 && last < 1<<15 && int(sequence)-int(last) > 1<<15:
		return counter - 1
	case last >= 1<<15 && int(last)-1<<15 > int(sequence):
		return counter + 1
	}
	return counter
}

// indexes are the highest packet indexes of a peer's streams that have authenticated, by SSRC.
type indexes map[uint32]uint64

// note takes the index of a packet that has authenticated. Streams beyond [maxStreams] are not kept: each of their
// packets is the first.
func (x indexes) note(ssrc, counter uint32, sequence uint16) {
	index := uint64(counter)<<16 | uint64(sequence)
	if highest, ok := x[ssrc]; ok && index > highest || !ok && len(x) < maxStreams {
		x[ssrc] = index
	}
}
