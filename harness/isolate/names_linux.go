package isolate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// cover is a file, or an empty folder, that is laid over the machine's own.
type cover struct {
	target  string
	content string
	folder  bool
}

// nameServiceFiles is all that decides on this machine how a name is looked up.
func nameServiceFiles() ([]cover, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	covers := []cover{
		{target: "/etc/hosts", content: hosts(host)},
		{target: "/etc/resolv.conf", content: resolvConf()},
	}
	for _, c := range covers {
		if _, err := os.Stat(c.target); err != nil {
			return nil, err // a mount needs something to cover
		}
	}
	// Name service modules, such as systemd's, ask daemons over sockets in the
	// file system, which a network namespace does not stop.
	switch content, err := os.ReadFile("/etc/nsswitch.conf"); {
	case err == nil:
		covers = append(covers, cover{target: "/etc/nsswitch.conf", content: nsswitch(string(content))})
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	// So does the name service cache, before any module.
	if info, err := os.Stat("/run/nscd"); err == nil && info.IsDir() {
		covers = append(covers, cover{target: "/run/nscd", folder: true})
	}
	return covers, nil
}

// hosts knows this machine and nothing else. Programs exit at the start when
// their own host name does not resolve.
func hosts(host string) string {
	return fmt.Sprintf("127.0.0.1\tlocalhost %s\n::1\tlocalhost ip6-localhost ip6-loopback\n", host)
}

// resolvConf leads every look-up to the mock name server, with no search list.
func resolvConf() string {
	return fmt.Sprintf("nameserver %s\n", Nameserver().Addr())
}

// nsswitch is the machine's own name service switch with hosts looked up in the
// hosts file and the DNS alone.
func nsswitch(content string) string {
	var kept strings.Builder
	for line := range strings.Lines(content) {
		if database, _, _ := strings.Cut(strings.TrimSpace(line), ":"); database != "hosts" {
			kept.WriteString(strings.TrimSuffix(line, "\n") + "\n")
		}
	}
	return kept.String() + "hosts: files dns\n"
}
