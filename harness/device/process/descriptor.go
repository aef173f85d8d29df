package process

import (
	"io/fs"
	"time"

	"github.com/sipconform/sipconform/harness/device"
)

// Descriptor is a device as a device.yaml describes it. Fields of type [Text] are templates over [Data]. The file is
// documented in fixtures/devices/README.md. Use [Load] or [LoadFile] to make a Descriptor.
type Descriptor struct {
	// Name is that of the device's folder, Description one line for people.
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	// Version is how the device is asked for its version. Without a command it is not asked.
	Version Version `yaml:"version"`
	// Packages are the Debian packages that hold the device's programs.
	Packages []string `yaml:"packages"`
	// Place is where the device is: beside the mocks if empty.
	Place Place `yaml:"place"`
	// Network describes a device that is on a network; nil for one that is not.
	Network *Network `yaml:"network"`
	// Isolation tells whether the device finds the mocks only inside namespaces.
	Isolation Isolation `yaml:"isolation"`

	// Capabilities are what the device can do and be set to.
	Capabilities []device.Capability `yaml:"capabilities"`
	// Load is how many calls a device with the capability load takes.
	Load *CallLoad `yaml:"load"`
	// Words are the device's own words for the values of levers, by the lever's name without "lever:" and then by value.
	// The device cannot be set to a value that has no word. "default" is the word when the lever is not set.
	Words map[string]map[string]string `yaml:"words"`
	// Configurations are the alternatives under which scenarios that the device blocks are asked again, in this order.
	Configurations []Configuration `yaml:"configuration"`

	// Values are texts that other texts use by name, see [Data.Value].
	Values map[string]Text `yaml:"values"`
	// Files are written to the session's folder, by name.
	Files map[string]File `yaml:"files"`
	// Environment are the variables of the device's programs.
	Environment map[string]Text `yaml:"environment"`
	// Processes are started in this order, and ended in reverse order.
	Processes []Process `yaml:"processes"`
	// ControlChannel is how a running device is told what to do. It is nil if every action is a command or a signal.
	ControlChannel *ControlProtocol `yaml:"control"`
	// Events says which control messages and which lines of output are events.
	Events []Event `yaml:"events"`
	// Configure steps give a device on a network what the scenario asks for, if it has something else.
	Configure []Step `yaml:"configure"`
	// Start steps are performed when the processes are ready, Stop steps before they are ended.
	Start []Step `yaml:"start"`
	Stop  []Step `yaml:"stop"`
	// Actions are by verb. The verb "any" stands for all that are not listed.
	Actions map[device.Verb]Action `yaml:"actions"`
	// Listening is where the device takes SIP, by protocol: a port of the device's address, or an address and port. A text
	// that renders empty means that it does not listen.
	Listening map[string]Text `yaml:"listening"`
	// Remove are files that the device leaves outside the session's folder.
	Remove []Text `yaml:"remove"`
	// Limits are what the device may use.
	Limits Limits `yaml:"limits"`

	fsys   fs.FS
	folder string // of device.yaml inside fsys
	path   string // of that folder on disk, "" if it is not on disk
}

// CallLoad is [device.Load] in a descriptor, field for field.
type CallLoad struct {
	Calls int           `yaml:"calls"`
	Rate  float64       `yaml:"rate"`
	For   time.Duration `yaml:"for"`
}

// Version is how a device is asked for its version.
type Version struct {
	// Command prints the version.
	Command []Text `yaml:"command"`
	// Pattern finds the version in the output, as its first group.
	Pattern Pattern `yaml:"pattern"`
}

// Isolation is whether a device needs namespaces.
type Isolation string

// A device with Required looks names up with the system's files, which only a mount namespace can replace. A device with
// Optional can be told its name server.
const (
	Required Isolation = "required"
	Optional Isolation = "optional"
)

// File is a file that is written for a session. It has exactly one of Template, Copy and Content.
type File struct {
	// Template and Copy are files beside device.yaml. Content is a template in device.yaml itself.
	Template string `yaml:"template"`
	Copy     string `yaml:"copy"`
	Content  Text   `yaml:"content"`
	// Mode is 0600 if it is not given.
	Mode fs.FileMode `yaml:"mode"`

	parsed Text   // of Template
	copied []byte // of Copy
}

// Process is a program that runs in the foreground as long as the session.
type Process struct {
	// Name is how steps refer to the process.
	Name string `yaml:"name"`
	// Command is the program and its arguments.
	Command []Text `yaml:"command"`
	// KeepInput keeps standard input open, for programs that end when it ends.
	KeepInput bool `yaml:"keep_input"`
	// Ready says when the process is ready.
	Ready Ready `yaml:"ready"`
}

// Ready says when a process is ready. At most one field is set; without any, the process is ready when it has started.
type Ready struct {
	// Log waits for a line of output that matches.
	Log Pattern `yaml:"log"`
	// TCP waits until this address accepts a connection.
	TCP Text `yaml:"tcp"`
	// Exit waits until the process, a preparation, ends with status 0.
	Exit bool `yaml:"exit"`
}

// Transport is what carries the control channel.
type Transport string

// The transports of the control channel. With Stdin, messages go to the standard input of a process and come from its
// standard output.
const (
	TCP   Transport = "tcp"
	Unix  Transport = "unix"
	Stdin Transport = "stdin"
)

// Framing is how the control channel separates messages.
type Framing string

// The framings: lines end with LF, netstrings look like "5:hello,".
const (
	Line      Framing = "line"
	Netstring Framing = "netstring"
)

// Format is the format of control messages.
type Format string

// The formats: any text, or a JSON object (RFC 8259).
const (
	PlainText Format = "text"
	JSON      Format = "json"
)

// ControlProtocol is the protocol of a device's control channel.
type ControlProtocol struct {
	// Transport carries the messages.
	Transport Transport `yaml:"transport"`
	// Address is for TCP and Unix, Process for Stdin.
	Address Text   `yaml:"address"`
	Process string `yaml:"process"`
	// Secret is a file beside device.yaml, whose one line is the first that is sent over TCP: what sipconform shim lets in by.
	Secret string `yaml:"secret"`
	secret string
	// Framing separates the messages, which have the Format.
	Framing Framing `yaml:"framing"`
	Format  Format  `yaml:"format"`
	// Token names the field that matches a reply to its command, for JSON. A reply without the field answers the command
	// that waits.
	Token string `yaml:"token"`
	// Reply says which JSON messages answer commands. If it is nil, commands are not answered.
	Reply *Reply `yaml:"reply"`
	// Poll is sent repeatedly, to devices that must be asked for events.
	Poll *Poll `yaml:"poll"`
}

// Reply names the fields of a JSON reply.
type Reply struct {
	OK          string `yaml:"ok"`          // false: the command was refused
	Unsupported string `yaml:"unsupported"` // true: the command is not known
	Error       string `yaml:"error"`       // the reason, a string
}

// Event says how the device reports an event, either in a field of a JSON message or in a line of text.
type Event struct {
	// Field of a JSON message has the event's name, Detail its detail.
	Field  string `yaml:"field"`
	Detail string `yaml:"detail"`
	// Pattern matches a line of control text or of any program's output. Name is then the event's name, in which $1 is
	// the first group.
	Pattern Pattern `yaml:"pattern"`
	Name    string  `yaml:"name"`
}

// Poll is a command of a text protocol that is sent repeatedly.
type Poll struct {
	// Send is sent Every so often. The answer ends with a line that matches Until.
	Send  Message       `yaml:"send"`
	Until Pattern       `yaml:"until"`
	Every time.Duration `yaml:"every"`
}

// Action is what the adapter does for a verb.
type Action struct {
	// Steps are performed in order.
	Steps []Step `yaml:"steps"`
	// Settled are patterns of events. Any of them says that the device has finished acting on the verb.
	Settled []Pattern `yaml:"settled"`
}

// Step has exactly one of Send, Run, Signal, Await, Pause and Ask.
type Step struct {
	// Send is a control message. If the protocol has replies, the step waits for the reply. The patterns are compared with
	// the error in the reply, and with text lines and events after the message was sent. With Success, the step waits
	// until one of the three matches.
	Send        *Message `yaml:"send"`
	Success     Pattern  `yaml:"success"`
	Failure     Pattern  `yaml:"failure"`
	Unsupported Pattern  `yaml:"unsupported"`

	// Run is a command. With Wait, the step waits until it ends with status 0. Without, the command runs on, and the device
	// has settled when it ends.
	Run  []Text `yaml:"run"`
	Wait bool   `yaml:"wait"`

	// Signal, such as "HUP", is sent to Process: a process of the descriptor, or the running commands of that name. In a
	// step with Run, Process is the command's name; without it, the command has the name of its program.
	Signal  string `yaml:"signal"`
	Process string `yaml:"process"`

	// Await waits for an event or text line, since the action began, that matches. Failure and Unsupported apply too.
	Await Pattern `yaml:"await"`

	// Pause waits, for a device that reports nothing to wait for.
	Pause time.Duration `yaml:"pause"`

	// Ask is what a person at a device on a network is asked to do. The last step of an action is over when the wire shows it, or
	// when the person says so.
	Ask   []Text `yaml:"ask"`
	asked string // the same in words of the harness
}

// Limits are what a device may use. Zero values are replaced by defaults.
type Limits struct {
	// Memory is the address space of each process; 0 means no limit.
	Memory Size `yaml:"memory"`
	// Output is the size of device.log.
	Output Size `yaml:"output"`
	// Start is the time to get ready, Action the time for each step of an action, Quiet how long nothing has to happen for
	// the device to have settled, and Stop the time for each stage of ending.
	Start  time.Duration `yaml:"start"`
	Action time.Duration `yaml:"action"`
	Quiet  time.Duration `yaml:"quiet"`
	Stop   time.Duration `yaml:"stop"`
}

// defaults sets the limits that the file left out.
func (l *Limits) defaults() {
	for _, d := range []struct {
		limit    *time.Duration
		standard time.Duration
	}{
		{&l.Start, 10 * time.Second},
		{&l.Action, 5 * time.Second},
		{&l.Quiet, 1500 * time.Millisecond},
		{&l.Stop, 2 * time.Second},
	} {
		if *d.limit == 0 {
			*d.limit = d.standard
		}
	}
	if l.Output == 0 {
		l.Output = 4 << 20
	}
}
