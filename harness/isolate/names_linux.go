package isolate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// cover is a file, or an empty folder, that is mounted over one of the machine's own.
type cover struct {
	target  string
	content string
	folder  bool
}

// nameServiceFiles returns covers for everything that decides on this machine how names are looked up.
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
	// Name service modules, such as that of systemd, ask daemons over sockets in the file system, which a network
	// namespace does not stop.
	switch content, err := os.ReadFile("/etc/nsswitch.conf"); {
	case err == nil:
		covers = append(covers, cover{target: "/etc/nsswitch.conf", content: nsswitch(string(content))})
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	// The client of the name service cache does the same, before it asks any module.
	if info, err := os.Stat("/run/nscd"); err == nil && info.IsDir() {
		covers = append(covers, cover{target: "/run/nscd", folder: true})
	}
	return covers, nil
}

// hosts returns an /etc/hosts with this machine alone. Some programs exit at once if their own host name does not
// resolve.
func hosts(host string) string {
	return fmt.Sprintf("127.0.0.1\tlocalhost %s\n::1\tlocalhost ip6-localhost ip6-loopback\n", host)
}

// resolvConf returns an /etc/resolv.conf with the mock name server alone and no search list.
func resolvConf() string {
	return fmt.Sprintf("nameserver %s\n", Nameserver().Addr())
}

// nsswitch returns the machine's own /etc/nsswitch.conf, changed to look up hosts in the hosts file and the DNS alone.
func nsswitch(content string) string {
	var kept strings.Builder
	for line := range strings.Lines(content) {
		if database, _, _ := strings.Cut(strings.TrimSpace(line), ":"); database != "hosts" {
			kept.WriteString(strings.TrimSuffix(line, "\n") + "\n")
		}
	}
	return kept.String() + "hosts: files dns\n"
}
