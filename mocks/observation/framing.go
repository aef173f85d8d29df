package observation

// FramingFault is what is wrong with where a SIP message begins or ends: RFC 3261
// §7, and §18.3 for streams. A message behind it may be lost, so what a device
// seems to leave unanswered can be the fault's doing.
type FramingFault string

// The faults, of which all but BareLineFeed and Incomplete are in a [SIPMalformed].
const (
	StrayBytes       FramingFault = "stray-bytes"               // neither a message nor a line break, such as NUL
	NoStartLine      FramingFault = "no-start-line"             // neither a request nor a response
	NoLength         FramingFault = "no-content-length"         // over a stream
	UnreadableLength FramingFault = "unreadable-content-length" // negative, no number, or two that differ
	ShortLength      FramingFault = "short-content-length"      // less than the body
	LongLength       FramingFault = "long-content-length"       // more than the body
	TooLong          FramingFault = "too-long"                  // more than any mock takes
	// BareLineFeed is in a [SIP] event: the message could be read.
	BareLineFeed FramingFault = "bare-line-feed"
	// Incomplete is a [SIPMalformed] with what has come of a message. The rest may
	// follow, and then a [SIP] event with the whole.
	Incomplete FramingFault = "incomplete"
)
