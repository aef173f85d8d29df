package observation

// DeviceInfo is what a device adapter did or heard. It is evidence, never proof.
type DeviceInfo struct {
	What DeviceNews `json:"what"`
	// Action is the verb of a DeviceAction, the program of a DeviceExit.
	Action string `json:"action,omitempty"`
	// Status is the exit status in a DeviceExit, and how many kinds of secret were found
	// in a DeviceSecrets.
	Status int `json:"status,omitempty"`
	// ByItself is true in a DeviceExit if the device ended uninvited: not a command
	// that finished, and not a program that was told to end.
	ByItself bool `json:"by_itself,omitempty"`
}

// DeviceNews is what a [Device] event reports.
type DeviceNews string

// What device adapters report.
const (
	DeviceStart   DeviceNews = "start"   // the device, or one of its programs, started
	DeviceExit    DeviceNews = "exit"    // a program ended
	DeviceAction  DeviceNews = "action"  // the device was told to act
	DeviceDone    DeviceNews = "done"    // the person at the device has done what it was told
	DeviceEvent   DeviceNews = "event"   // the device reported something
	DeviceOutput  DeviceNews = "output"  // the device printed something
	DeviceSettled DeviceNews = "settled" // the device finished what it was told to do
	DeviceSecrets DeviceNews = "secrets" // what the device printed was searched for keys and passwords
)
