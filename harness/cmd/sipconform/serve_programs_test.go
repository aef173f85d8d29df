package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// baresip starts a softphone that registers with a mock and takes every call with SRTP.
func baresip(t *testing.T, s *served) {
	t.Helper()
	testkit.Program(t, "baresip")
	modules := "/usr/lib/baresip/modules"
	if _, err := os.Stat(filepath.Join(modules, "aubridge.so")); err != nil {
		t.Skip("baresip is installed without aubridge")
	}
	folder := testkit.Folder(t, map[string]string{
		"config": "poll_method epoll\nsip_listen 127.0.0.1:0\nnet_interface 127.0.0.1\nsip_cafile " + s.CA + "\nrtp_ports 10000-30000\n" +
			"audio_player aubridge,loop\naudio_source aubridge,loop\naudio_alert aubridge,none\n" +
			"module_path " + modules + "\nmodule g711.so\nmodule aubridge.so\nmodule srtp.so\n" +
			"module_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n",
		"accounts": fmt.Sprintf("<sip:%s@%s;transport=tls>;auth_pass=%s;outbound=\"sip:%s;transport=tls\";regint=600;mediaenc=srtp-mand;answermode=auto\n",
			s.User, s.Domain, s.Password, s.at(t, "tls")),
		"contacts": "",
	})
	process := testkit.Command(t, "baresip", "-4", "-f", folder)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Process.Kill()
		process.Wait()
	})
}

// TestServeBaresip: what is told and judged of a softphone that registers and takes a call. Its RTCP is known to be partly
// in clear.
func TestServeBaresip(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "bench")
	s := serve(t, "twilio", "-ca", filepath.Join(t.TempDir(), "roots.pem"), "-report", dir)
	baresip(t, s)
	s.sees(t, "in  sip", "REGISTER sip:"+s.Domain, "; by baresip v", "with credentials")
	s.sees(t, "out sip", "200 OK to REGISTER", ", for 600 s")
	s.tell(t, "call alice secure=true")
	s.sees(t, "out sip", "INVITE sip:alice-", "SDP audio RTP/SAVP at 127.0.0.1 port ", "crypto 1 AES_CM_128_HMAC_SHA1_80")
	s.sees(t, "in  media", "stream ", " begins: authentic SRTP under AES_CM_128_HMAC_SHA1_80, from 127.0.0.1:")
	s.sees(t, "in  media", "stream ", " packets, 0 lost, 0 not authentic")
	s.told(t, "hang-up", "ok hang-up: calls ended: 1")
	s.end(t, syscall.SIGTERM)
	judged := make(map[string]string)
	for _, r := range recorded(t, dir).Results {
		judged[r.Name()] = string(r.Verdict) + " " + r.Cause
	}
	for name, want := range map[string]string{
		"twilio/voice/connect/default (register-1)":              "pass suite-offered",
		"twilio/voice/call-in/secure-true/media-off (call-in-1)": "inconclusive blocked",
		"twilio/voice/call-in/secure (call-in-1)":                "fail clear-rtcp-in-secure-session",
	} {
		if judged[name] != want {
			t.Errorf("%s is %q, want %q", name, judged[name], want)
		}
	}
	sipconform(t, "verify", dir).expect(t, 0, " 0 differ")
}

// TestServePrograms has programs that are no phones knock: each line says what came and why it was refused.
func TestServePrograms(t *testing.T) {
	t.Parallel()
	s := serve(t, "twilio", "-set", "tls_min=TLS 1.2")
	at := s.at(t, "tls")
	for _, c := range []struct {
		program string
		args    []string
		sees    []string
	}{
		{"openssl", []string{"s_client", "-connect", at, "-servername", s.Domain, "-CAfile", s.CA, "-verify_return_error"},
			[]string{"tls ", "handshake: TLS 1.2, TLS_ECDHE_RSA_", "; server name " + s.Domain + "; no client certificate"}},
		{"openssl", []string{"s_client", "-connect", at, "-verify_return_error"},
			[]string{"tls ", "handshake failed, ended by the device, which refused the Certificate"}},
		{"openssl", []string{"s_client", "-connect", at, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"},
			[]string{"out tls", "alert by the mock: fatal protocol_version (70)"}},
		{"sipsak", []string{"-E", "tls", "-p", at, "--tls-ca-cert=" + s.CA, "-s", "sip:" + s.Domain}, []string{"in  sip", "OPTIONS sip:" + s.Domain, "; by sipsak "}},
		{"curl", []string{"-sk", "--noproxy", "*", "--max-time", "5", "https://" + at + "/?token=0123456789abcdef"},
			[]string{"in  sip", "unreadable, ", "GET /?token=REDACTED HTTP/1.1"}},
	} {
		if _, err := exec.LookPath(c.program); err != nil {
			t.Logf("%s is not installed", c.program)
			continue
		}
		testkit.Run(t, testkit.Command(t, c.program, c.args...))
		s.sees(t, c.sees...)
	}
	s.end(t, os.Interrupt)
}
