package edge

import (
	"bufio"
	"context"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/certs"
)

// openssl prepares a run of openssl in a folder with a certificate, its chain and
// its key, without the machine's configuration.
func openssl(ctx context.Context, t *testing.T, own *certs.Credential, arguments ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	command := exec.CommandContext(ctx, path, arguments...)
	command.Dir, command.Env = t.TempDir(), append(os.Environ(), "OPENSSL_CONF="+os.DevNull)
	for name, data := range map[string][]byte{"cert.pem": own.PEM(), "key.pem": own.KeyPEM()} {
		if err := os.WriteFile(filepath.Join(command.Dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return command
}

// showOwn are the arguments by which openssl shows the certificate of [openssl].
var showOwn = []string{"-cert", "cert.pem", "-cert_chain", "cert.pem", "-key", "key.pem"}

// sClient has openssl s_client connect and leave, and returns what it printed.
func sClient(t *testing.T, own *certs.Credential, address string, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, _ := openssl(ctx, t, own, append([]string{"s_client", "-connect", address}, arguments...)...).CombinedOutput()
	return string(out) // the exit status says nothing that the output does not
}

// sServer is a device's server by openssl, with that certificate.
func sServer(t *testing.T, own *certs.Credential, arguments ...string) netip.AddrPort {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	serve := append([]string{"s_server", "-accept", "127.0.0.1:0", "-no_ign_eof", "-cipher", "DEFAULT:@SECLEVEL=0"}, showOwn...)
	command := openssl(ctx, t, own, append(serve, arguments...)...)
	stdin, err := command.StdinPipe() // kept open: s_server stops at its end
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		stdin.Close()
		command.Wait()
	})
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if address, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			go io.Copy(io.Discard, stdout) // ends with the program
			return netip.MustParseAddrPort(address)
		}
	}
	t.Fatal("openssl s_server did not start")
	return netip.AddrPort{}
}
