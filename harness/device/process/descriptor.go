package process

import (
	"io/fs"
	"time"

	"github.com/sipconform/sipconform/harness/device"
)

// Descriptor is a device as device.yaml describes it. Fields of type [Text] are
// templates over [Data]; see fixtures/devices/README.md for the file's own
// documentation. Make it with [Load] or [LoadFile].
type Descriptor struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	// Version is how the device is asked for its version; without a command it
	// is not.
	Version Version `yaml:"version"`
	// Packages are the Debian packages that hold the device's programs.
	Packages []string `yaml:"packages"`
	// Isolation tells whether the device can be led to the mocks without
	// namespaces.
	Isolation Isolation `yaml:"isolation"`

	Capabilities []device.Capability `yaml:"capabilities"`
	// Words are the device's own words for the values of levers, by the lever's
	// name without "lever:" and then by value. A value without a word is one
	// that the device cannot be set to. "default" is the word for a lever left
	// alone.
	Words map[string]map[string]string `yaml:"words"`

	// Values are texts that others use, by name: see [Data.Value].
	Values map[string]Text `yaml:"values"`
	// Files are made in the session's folder, by name.
	Files       map[string]File `yaml:"files"`
	Environment map[string]Text `yaml:"environment"`
	// Processes are started in this order and ended in the opposite one.
	Processes []Process `yaml:"processes"`
	// Control is how a running device is told what to do; nil when every action
	// is a command or a signal.
	Control *Control `yaml:"control"`
	// Events are how control messages and the programs' output tell of events.
	Events []Event `yaml:"events"`
	// Start is done once the processes are ready, Stop before they are ended.
	Start []Step `yaml:"start"`
	Stop  []Step `yaml:"stop"`
	// Actions by verb. The verb "any" stands for all that are not there.
	Actions map[device.Verb]Action `yaml:"actions"`
	// Listening is where the device takes SIP, by protocol: a port of the
	// device's address, or an address and port. Empty when rendered: not there.
	Listening map[string]Text `yaml:"listening"`
	// Remove are files outside the session's folder that the device leaves.
	Remove []Text `yaml:"remove"`
	Limits Limits `yaml:"limits"`

	fsys   fs.FS
	folder string // of device.yaml inside fsys
	path   string // of that folder on disk, "" when it is not
}

// Version is how a device is asked for its version.
type Version struct {
	Command []Text `yaml:"command"`
	// Pattern finds the version in the command's output, as its first group.
	Pattern Pattern `yaml:"pattern"`
}

// Isolation is whether a device needs namespaces.
type Isolation string

// A device with Required looks names up by itself, in files that only a mount
// namespace can change. One with Optional can be told its name server.
const (
	Required Isolation = "required"
	Optional Isolation = "optional"
)

// File is one of three: a template beside device.yaml, a copy of a file there,
// or a template written in place.
type File struct {
	Template string `yaml:"template"`
	Copy     string `yaml:"copy"`
	Content  Text   `yaml:"content"`
	// Mode is 0600 where it is not given.
	Mode fs.FileMode `yaml:"mode"`

	parsed Text // of Template
}

// Process is a program that runs as long as the session does, in the
// foreground.
type Process struct {
	Name    string `yaml:"name"`
	Command []Text `yaml:"command"`
	// KeepInput leaves standard input open, for programs that end with it.
	KeepInput bool  `yaml:"keep_input"`
	Ready     Ready `yaml:"ready"`
}

// Ready is how one knows that a process is: at most one of its fields. Without
// any it is when it has started.
type Ready struct {
	// Log is a pattern of a line of output.
	Log Pattern `yaml:"log"`
	// TCP is an address that accepts a connection.
	TCP Text `yaml:"tcp"`
	// Exit waits for the process to end with status 0: a preparation.
	Exit bool `yaml:"exit"`
}

// Transport is what control messages travel over.
type Transport string

// The transports of control. With Stdin, messages go to a process's standard
// input and come from its standard output.
const (
	TCP   Transport = "tcp"
	Unix  Transport = "unix"
	Stdin Transport = "stdin"
)

// Framing is how control messages are told apart in the stream.
type Framing string

// The framings: lines end with LF, netstrings are "5:hello,".
const (
	Line      Framing = "line"
	Netstring Framing = "netstring"
)

// Format is what a control message is.
type Format string

// The formats: any text, or an object of RFC 8259.
const (
	PlainText Format = "text"
	JSON      Format = "json"
)

// Control is a device's control protocol.
type Control struct {
	Transport Transport `yaml:"transport"`
	// Address is for TCP and Unix, Process for Stdin.
	Address Text    `yaml:"address"`
	Process string  `yaml:"process"`
	Framing Framing `yaml:"framing"`
	Format  Format  `yaml:"format"`
	// Token is the field that ties a reply to its command, for JSON. Replies
	// without it answer the command that waits.
	Token string `yaml:"token"`
	// Reply says which messages answer commands, for JSON. When it is nil
	// commands are not answered.
	Reply *Reply `yaml:"reply"`
	// Poll is sent again and again, for devices that must be asked for events.
	Poll *Poll `yaml:"poll"`
}

// Reply are the fields of a JSON reply.
type Reply struct {
	OK          string `yaml:"ok"`          // false: the command was refused
	Unsupported string `yaml:"unsupported"` // true: the command is not known
	Error       string `yaml:"error"`       // the reason, a string
}

// Event is how the device tells what happens to it. A JSON message that has
// Field is the event of that value; a line of text, or of any process's output,
// that Pattern matches is the event Name, in which $1 is the first group.
type Event struct {
	Field   string  `yaml:"field"`
	Detail  string  `yaml:"detail"`
	Pattern Pattern `yaml:"pattern"`
	Name    string  `yaml:"name"`
}

// Poll is a command for text protocols and how its answer ends.
type Poll struct {
	Send  Message       `yaml:"send"`
	Until Pattern       `yaml:"until"`
	Every time.Duration `yaml:"every"`
}

// Action is what a verb makes the adapter do.
type Action struct {
	Steps []Step `yaml:"steps"`
	// Settled are patterns of events, any of which says that the device has
	// finished acting on the verb.
	Settled []Pattern `yaml:"settled"`
}

// Step is one of Send, Run, Signal, Await and Pause.
type Step struct {
	// Send is a control message. Where the protocol has replies, the step waits
	// for it. The patterns apply to the reply's error, and to text lines and
	// events that come after it has been sent; with Success the step waits for
	// one of the three.
	Send        *Message `yaml:"send"`
	Success     Pattern  `yaml:"success"`
	Failure     Pattern  `yaml:"failure"`
	Unsupported Pattern  `yaml:"unsupported"`

	// Run is a command. With Wait the step ends with it, and wants status 0;
	// else it runs on, and the device has settled when it has ended.
	Run  []Text `yaml:"run"`
	Wait bool   `yaml:"wait"`

	// Signal, such as "HUP", is sent to Process: one of the descriptor's
	// processes, or the commands still running of that name. For Run, Process
	// is the command's name, else it is called after its program.
	Signal  string `yaml:"signal"`
	Process string `yaml:"process"`

	// Await is a pattern of an event or text line to come. With it, Failure and
	// Unsupported apply too.
	Await Pattern `yaml:"await"`

	// Pause is how long to leave the device alone, for one that says nothing to
	// wait for.
	Pause time.Duration `yaml:"pause"`
}

// Limits bound what a device may use. Zero values are replaced by defaults.
type Limits struct {
	// Memory is the address space of each process; 0 leaves it unlimited.
	Memory Size `yaml:"memory"`
	// Output is the size of device.log.
	Output Size `yaml:"output"`
	// Start is the time for the whole of getting ready, Action for each step of
	// an action, Quiet the settling window, Stop the grace at each stage of
	// ending.
	Start  time.Duration `yaml:"start"`
	Action time.Duration `yaml:"action"`
	Quiet  time.Duration `yaml:"quiet"`
	Stop   time.Duration `yaml:"stop"`
}

// defaults fills in what the file left out.
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
