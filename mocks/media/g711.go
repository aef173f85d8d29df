package media

// muLaw and aLaw are the decoding tables of ITU-T G.711: 16-bit linear samples
// by octet.
var (
	muLaw = decodingTable(decodeMuLaw)
	aLaw  = decodingTable(decodeALaw)
)

func decodingTable(decode func(byte) int16) *[256]int16 {
	var table [256]int16
	for i := range table {
		table[i] = decode(byte(i))
	}
	return &table
}

// decodeAudio appends to samples those of G.711, and reports false for any other payload type.
func decodeAudio(samples []int16, payloadType uint8, payload []byte) ([]int16, bool) {
	table := muLaw
	switch payloadType {
	case PCMU:
	case PCMA:
		table = aLaw
	default:
		return samples, false
	}
	for _, b := range payload {
		samples = append(samples, table[b])
	}
	return samples, true
}

// encodeAudio encodes samples as PCMA, or else as PCMU.
func encodeAudio(payloadType uint8, samples []int16) []byte {
	encode := encodeMuLaw
	if payloadType == PCMA {
		encode = encodeALaw
	}
	payload := make([]byte, len(samples))
	for i, s := range samples {
		payload[i] = encode(s)
	}
	return payload
}

// The bias and clip of µ-law on the 16-bit scale.
const (
	muLawBias = 0x84
	muLawClip = 32635
)

func decodeMuLaw(b byte) int16 {
	b = ^b
	exponent, mantissa := b>>4&7, int(b&0x0f)
	magnitude := (mantissa<<3+muLawBias)<<exponent - muLawBias
	if b&0x80 != 0 {
		magnitude = -magnitude
	}
	return int16(magnitude)
}

func encodeMuLaw(sample int16) byte {
	magnitude, sign := int(sample), byte(0)
	if magnitude < 0 {
		magnitude, sign = -magnitude, 0x80
	}
	magnitude = min(magnitude, muLawClip) + muLawBias
	exponent := byte(7)
	for mask := 0x4000; exponent > 0 && magnitude&mask == 0; mask >>= 1 {
		exponent--
	}
	mantissa := byte(magnitude>>(exponent+3)) & 0x0f
	return ^(sign | exponent<<4 | mantissa)
}

func decodeALaw(b byte) int16 {
	b ^= 0x55
	exponent, magnitude := b>>4&7, int(b&0x0f)<<4+8
	if exponent > 0 {
		magnitude = (magnitude + 0x100) << (exponent - 1)
	}
	if b&0x80 == 0 {
		magnitude = -magnitude
	}
	return int16(magnitude)
}

func encodeALaw(sample int16) byte {
	magnitude, sign := int(sample), byte(0x80)
	if magnitude < 0 {
		magnitude, sign = -magnitude-1, 0
	}
	exponent := byte(7)
	for mask := 0x4000; exponent > 0 && magnitude&mask == 0; mask >>= 1 {
		exponent--
	}
	var mantissa byte
	if exponent == 0 {
		mantissa = byte(magnitude>>4) & 0x0f
	} else {
		mantissa = byte(magnitude>>(exponent+3)) & 0x0f
	}
	return (sign | exponent<<4 | mantissa) ^ 0x55
}
