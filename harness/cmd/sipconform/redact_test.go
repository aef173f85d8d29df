package main_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// secretsOf returns the secrets of a run, each as what it is and in other forms: the keys
// of calls, what proves the password, the secrets of TLS, and the passwords.
func secretsOf(t *testing.T, folder string) map[string]string {
	t.Helper()
	secrets := make(map[string]string)
	add := func(kind string, forms ...[]byte) {
		for _, form := range forms {
			secrets[string(form)] = kind
		}
	}
	for _, r := range read(t, folder).Results {
		events, err := evidence.ReadFile(filepath.Join(folder, filepath.FromSlash(r.Evidence.Observations)))
		must(t, err)
		for _, e := range events {
			if e.Kind == observation.TLSKeyLog {
				words := strings.Fields(e.Text)
				raw, err := hex.DecodeString(words[2])
				must(t, err)
				add("TLS", []byte(words[2]), raw, []byte(base64.StdEncoding.EncodeToString(raw)))
			}
			if e.Kind != observation.SIP {
				continue
			}
			for _, m := range regexp.MustCompile(`inline:([A-Za-z0-9+/]+)`).FindAllSubmatch(e.Bytes, -1) {
				raw, err := base64.RawStdEncoding.DecodeString(string(m[1]))
				must(t, err)
				add("SRTP", m[1], raw, raw[:16], []byte(hex.EncodeToString(raw)))
			}
			for _, m := range regexp.MustCompile(`response="([^"]+)"`).FindAllSubmatch(e.Bytes, -1) {
				add("digest", m[1])
			}
		}
	}
	for _, password := range scene.Passwords() {
		add("password", []byte(password), []byte(base64.RawStdEncoding.EncodeToString([]byte(password))))
	}
	return secrets
}

// found returns the kinds of secret that stand in the bytes of a folder's files, or in the
// bytes that observations hold in base64.
func found(t *testing.T, folder string, secrets map[string]string) map[string]string {
	t.Helper()
	where := make(map[string]string)
	search := func(name string, data []byte) {
		for secret, kind := range secrets {
			if bytes.Contains(data, []byte(secret)) {
				where[kind] = name
			}
		}
	}
	must(t, fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(folder, name))
		search(name, data)
		if strings.HasSuffix(name, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(data))
			must(t, err)
			if data, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
			search(name, data)
		}
		if filepath.Base(name) == evidence.PackedObservationsFile {
			events, err := evidence.ReadFile(filepath.Join(folder, name))
			must(t, err)
			for _, e := range events {
				search(name, e.Bytes)
				if e.Media != nil && e.Media.Class == observation.AuthenticRTP && bytes.Trim(e.Bytes[12:], "\x00") != nil {
					where["voice"] = name
				}
			}
		}
		return err
	}))
	return where
}

// TestRedact: nothing of what was secret in a run is in the bundle, and the bundle can be
// verified.
func TestRedact(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "report")
	sipconform(t, "certify", "-evidence=full", "-out="+folder,
		"-filter=id:twilio:voice:register:challenge || id:twilio:voice:call-out:secure || id:twilio:voice:register:wrong-password"+
			" || id:infobip:rest:connect:default").expect(t, 0)
	secrets := secretsOf(t, folder)
	there := found(t, folder, secrets)
	for _, kind := range []string{"TLS", "SRTP", "digest", "voice"} {
		if there[kind] == "" {
			t.Errorf("the report itself has no secret of kind %s: the test shows nothing", kind)
		}
	}
	private, public := pair(t)
	bundle := filepath.Join(t.TempDir(), "bundle")
	sipconform(t, "redact", "-sign="+private, folder, bundle).expect(t, 0, "SRTP keys", "digest responses", "TLS secrets", "read it before you publish it")
	for _, r := range read(t, bundle).Results {
		if r.Evidence.Media != "" || len(r.Evidence.Sounds) > 0 {
			t.Errorf("what was said can be heard: %+v", r.Evidence)
		}
	}
	for kind, name := range found(t, bundle, secrets) {
		t.Errorf("a secret of kind %s is in %s", kind, name)
	}
	sipconform(t, "verify", "-key="+public, bundle).expect(t, 0, "the record is redacted", " 0 differ")
	for _, page := range []string{"report.html", "junit.xml"} {
		if text := file(t, filepath.Join(bundle, page)); !strings.Contains(text, "Secrets were taken from the evidence: ") {
			t.Errorf("%s does not say that it is redacted", page)
		}
	}
	if was, is := read(t, folder), read(t, bundle); was.Outcome != is.Outcome || len(was.Results) != len(is.Results) {
		t.Errorf("the outcome is %s of %d results, and was %s of %d", is.Outcome, len(is.Results), was.Outcome, len(was.Results))
	}
	sipconform(t, "redact", folder, bundle).expect(t, 2, "is not empty")
	sipconform(t, "redact", folder).expect(t, 2, "name two folders")
	forger{bundle, read(t, bundle)}.hide(t)
	sipconform(t, "verify", bundle).expect(t, 1, "redacted: recorded nothing")
}

// hide says of a redacted record that nothing was taken from it.
func (f forger) hide(t *testing.T) {
	t.Helper()
	f.run.Redacted = nil
	must(t, f.run.Write(f.path("results.json")))
}
