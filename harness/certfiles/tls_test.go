package certfiles

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
)

// TestPrograms gives one product's certificates to foreign programs.
func TestPrograms(t *testing.T) {
	t.Parallel()
	w := write(t, Options{Products: products(t, "twilio/voice"), Seed: 1, Bounds: Critical})
	for name, try := range map[string]func(*testing.T, written){
		"handshakes of OpenSSL": handshakes, "not shown by OpenSSL": notShown, "certtool": secondOpinion, "gnutls-cli": otherClient,
	} {
		t.Run(name, func(t *testing.T) { try(t, w) })
	}
}

// said is the number of an error that openssl s_client reports.
var said = regexp.MustCompile(`verify error:num=([0-9]+):`)

// handshakes runs the server and the client of the index: what a client of OpenSSL's says in a handshake.
func handshakes(t *testing.T, w written) {
	w.each(t, func(t *testing.T, _ Product, c Certificate) {
		if c.Server == "" {
			if c.Unserved == "" || c.Client != "" {
				t.Errorf("nothing says why there is no server")
			}
			return
		}
		_, args, folder := w.in(c, c.Server)
		server := testkit.SServer(t, inFolder(folder, args[3:])...) // without -accept
		_, args, _ = w.in(c, c.Client)
		out := testkit.SClient(t, server.Address, "", inFolder(folder, args[3:])...) // without -connect
		var numbers []string
		for _, m := range said.FindAllStringSubmatch(out, -1) {
			numbers = append(numbers, m[1])
		}
		switch want := c.OpenSSL; {
		case want.Accepts && !strings.Contains(out, "Verify return code: 0 (ok)"):
			t.Errorf("want a handshake in which nothing is wrong:\n%s", out)
		case !want.Accepts && !slices.Contains(numbers, fmt.Sprint(cmp.Or(want.Handshake, want.Error))):
			t.Errorf("want verify error %d, %s:\n%s", cmp.Or(want.Handshake, want.Error), want.Text, out)
		}
	})
}

// inFolder makes the names of files in arguments absolute.
func inFolder(folder string, args []string) []string {
	args = slices.Clone(args)
	for i, a := range args {
		if strings.HasSuffix(a, ".pem") {
			args[i] = filepath.Join(folder, a)
		}
	}
	return args
}

// notShown: OpenSSL's server does not show what the index says that it does not, and a server that compares no keys does.
func notShown(t *testing.T, w written) {
	seen := 0
	for _, c := range w.index.Products[0].Certificates {
		if c.Unserved == "" {
			continue
		}
		seen++
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join(w.dir, filepath.FromSlash(c.Folder))
			client := inFolder(folder, []string{"-servername", c.Host, "-verify_hostname", c.Host, "-CAfile", "root.pem", "-verify_return_error"})
			show := inFolder(folder, []string{"-cert", "leaf.pem", "-key", "key.pem", "-cert_chain", "intermediates.pem"})
			if c.Name == "md5-signature" { // it is loaded, and shown to nobody
				server := testkit.SServer(t, append(show, "-cipher", "ALL:@SECLEVEL=0")...)
				if out := testkit.SClient(t, server.Address, "", client...); strings.Contains(out, "-----BEGIN CERTIFICATE-----") {
					t.Errorf("it is shown:\n%s", out)
				}
				return
			}
			out, status := testkit.Run(t, testkit.Command(t, "openssl", append([]string{"s_server", "-accept", "127.0.0.1:0"}, show...)...))
			if status == 0 || !strings.Contains(out, "key values mismatch") {
				t.Errorf("openssl s_server ends with %d:\n%s", status, out)
			}
			want := map[string]string{
				"key-mismatch": "bad signature", "leaf-not-first": fmt.Sprintf("verify error:num=%d:", c.OpenSSL.Handshake),
			}[c.Name]
			if out := testkit.SClient(t, careless(t, folder), "", client...); !strings.Contains(out, want) {
				t.Errorf("the client does not say %q:\n%s", want, out)
			}
		})
	}
	if seen != len(unserved) {
		t.Errorf("%d certificates are not served, want %d", seen, len(unserved))
	}
}

// careless serves what is in a folder without comparing the key with the certificate.
func careless(t *testing.T, folder string) (address string) {
	t.Helper()
	chain, key := read(t, folder, "chain.pem"), read(t, folder, "key.pem")
	shown := parsed(t, chain, key)
	l := testkit.Listen(t)
	var group sync.WaitGroup
	t.Cleanup(group.Wait)
	t.Cleanup(func() { l.Close() })
	group.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(testkit.Patience))
		tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{shown}}).Handshake()
	})
	return l.Addr().(*net.TCPAddr).String()
}

// parsed reads a chain and a key that need not belong to each other.
func parsed(t *testing.T, chain, key []byte) (c tls.Certificate) {
	t.Helper()
	for block, rest := pem.Decode(chain); block != nil; block, rest = pem.Decode(rest) {
		c.Certificate = append(c.Certificate, block.Bytes)
	}
	block, _ := pem.Decode(key)
	var err error
	if c.PrivateKey, err = x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
		t.Fatal(err)
	}
	return c
}
