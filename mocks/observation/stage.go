package observation

// StageMark is what the harness did to the scene around the device: something
// that no packet shows and that a verdict depends on.
type StageMark string

// The marks.
const (
	// SceneOver ends a scenario: what follows is the harness clearing up.
	SceneOver StageMark = "over"
	// VendorMoved: the vendor's name now points to another address.
	VendorMoved StageMark = "moved"
	// VendorRestarted: the vendor went away and is back.
	VendorRestarted StageMark = "restarted"
	// VendorChanged: the vendor made the change that it announced, or an emergency one.
	VendorChanged StageMark = "changed"
	// HandshakeAsked: the device is told to shake hands with a port of the vendor's, and
	// to do no more.
	HandshakeAsked StageMark = "handshake-asked"
	// ListFetched: somebody fetched a certificate revocation list.
	ListFetched StageMark = "list-fetched"
	// ResponderAsked: somebody asked an OCSP responder.
	ResponderAsked StageMark = "responder-asked"
	// ActionUnsupported: the device's adapter cannot have it do what the scenario asks for.
	ActionUnsupported StageMark = "action-unsupported"
	// DeviceLivesOn: the device is not begun anew, and may do by itself what it was about in the scenario before: register once
	// more because its connection has ended.
	DeviceLivesOn StageMark = "device-lives-on"
	// CallBegun: the vendor begins one of the calls of a load.
	CallBegun StageMark = "call-begun"
	// DeviceNotReady: the device did not come to the point where it can be asked.
	DeviceNotReady StageMark = "device-not-ready"
)

// Mark appends a [Stage] event.
func (l *Log) Mark(m StageMark) { l.Append(Event{Kind: Stage, Stage: m}) }
