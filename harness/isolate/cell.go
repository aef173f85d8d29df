package isolate

import (
	"net/netip"
	"strings"
)

// Room is what one session of a device has. Everything else is another's.
type Room struct {
	// Dir is the session's folder, the only one in which the device can write, except for folders for temporary files, which
	// are the session's own and empty.
	Dir string
	// Reach are files and folders that the device may read although they are inside what is hidden from it, such as its own
	// program in a user's home.
	Reach []string
	// Network holds the addresses of the session: the device's own, and those of the vendor.
	Network netip.Prefix
}

// Guarantees are what keeps the sessions of a run from the harness, and from each other, on this machine.
type Guarantees struct {
	// Cells: each session has its own processes and its own view of the files. It sees neither the harness nor other
	// sessions, can write in its own folder alone, has no privileges, and ends as a whole.
	Cells bool
	// Users: each session is a user of its own, who owns nothing but the session's folder.
	Users bool
	// Routes: a session reaches its own addresses, the name server, and 127.0.0.1.
	Routes bool
	// Why says what is missing, without its full stop; "" if nothing is.
	Why string
}

// String returns a sentence for the user, without its full stop.
func (g Guarantees) String() string {
	if !g.Cells {
		return "devices run as the user of the harness, whom they can read and end: " + g.Why
	}
	holds := []string{"processes", "files"}
	if g.Users {
		holds = append([]string{"a user"}, holds...)
	}
	text := "each session has " + strings.Join(holds[:len(holds)-1], ", ") + " and " + holds[len(holds)-1] + " of its own"
	if g.Routes {
		text += ", and reaches its own addresses alone"
	}
	if g.Why != "" {
		text += "; " + g.Why
	}
	return text
}
