package main_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/internal/testkit"
)

// walk is somebody who goes through a part of README literally, on a machine at 192.0.2.1, with a device at 192.0.2.20. The
// commands run in a folder that has what they name of the repository, with the command as the test built it.
type walk struct {
	*segment
	folder string
	path   string // a folder of programs that stand for those which are not installed here
	left   []string
}

func newWalk(t *testing.T, heading string) *walk {
	t.Helper()
	long(t)
	t.Parallel()
	testkit.Program(t, "baresip")
	testkit.Program(t, "make")
	testkit.Program(t, "perl")
	testkit.Program(t, "curl")
	if binary == "" {
		t.Skip("there is no go command to build with")
	}
	w := &walk{segment: newSegment(t), folder: t.TempDir(), path: t.TempDir(), left: shown(readme(t, heading))}
	must(t, os.Symlink(binary, filepath.Join(w.folder, "sipconform")))
	for _, name := range []string{"Makefile", "fixtures"} {
		must(t, os.Symlink(filepath.Join(root(t), name), filepath.Join(w.folder, name)))
	}
	w.program("sudo", `exec "$@"`) // the test is root
	return w
}

// program has the commands find a program, which is a shell script.
func (w *walk) program(name, script string) {
	w.t.Helper()
	must(w.t, os.WriteFile(filepath.Join(w.path, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
}

// onDevice is the beginning of a command that runs on the device's host.
func (w *walk) onDevice() string {
	args := w.device.Enter(exec.Command("/bin/true")).Args
	return strings.Join(args[:len(args)-1], " ")
}

// next returns the next command of README, which has to begin with those words, not yet started.
func (w *walk) next(words string) (*exec.Cmd, context.CancelFunc) {
	w.t.Helper()
	if len(w.left) == 0 || !strings.HasPrefix(w.left[0], words) {
		w.t.Fatalf("README goes on with %q, want %s", w.left, words)
	}
	command := w.left[0]
	w.left = w.left[1:]
	if strings.HasPrefix(words, "make") { // that has built the command
		command = strings.Replace(command, "make ", "make -o sipconform ", 1)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", "exec "+command)
	cmd.Dir, cmd.Env = w.folder, append(os.Environ(), "PATH="+w.path+":"+os.Getenv("PATH"))
	return w.vendor.Enter(cmd), cancel
}

// does runs the next command to its end, and expects its status and what it says.
func (w *walk) does(words string, status int, says ...string) outcome {
	w.t.Helper()
	cmd, cancel := w.next(words)
	defer cancel()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	o := outcome{status: exitStatus(w.t, cmd.Run()), out: out.String(), errors: errs.String()}
	o.expect(w.t, status, says...)
	return o
}

// attended runs the next command, with a person who acts on each instruction and types that it is done, until the person
// leaves: then it is interrupted.
func (w *walk) attended(words string, status int, act func(instruction string) (leave bool, err error), says ...string) {
	w.t.Helper()
	cmd, cancel := w.next(words)
	defer cancel()
	stdin, err := cmd.StdinPipe()
	must(w.t, err)
	stdout, err := cmd.StdoutPipe()
	must(w.t, err)
	var o outcome
	var errs bytes.Buffer
	cmd.Stderr = &errs
	must(w.t, cmd.Start())
	instruction := ""
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		text := lines.Text()
		o.out += text + "\n"
		switch {
		case strings.HasPrefix(text, "  1. "):
			instruction = strings.TrimPrefix(text, "  1. ")
		case strings.HasPrefix(text, "  then type done"):
			leave, err := act(instruction)
			switch {
			case err != nil:
				w.t.Errorf("%s: %v", instruction, err)
			case leave:
				must(w.t, cmd.Process.Signal(unix.SIGINT))
				continue
			}
			_, _ = io.WriteString(stdin, "done\n") // the wire may have shown it, and the run be over
		}
	}
	o.status = exitStatus(w.t, cmd.Wait())
	o.errors = errs.String()
	o.expect(w.t, status, says...)
}

// ends checks that nothing of the part is left.
func (w *walk) ends() {
	w.t.Helper()
	if len(w.left) > 0 {
		w.t.Errorf("README goes on with %q", w.left)
	}
}

// softphone configures a baresip on the device's host as the setting sheet says, and starts it.
func (w *walk) softphone(product, domain, proxy string) phoneAccount {
	w.t.Helper()
	l, err := lab.Open(filepath.Join(w.folder, "lab"))
	must(w.t, err)
	folder := w.t.TempDir()
	trust(w.t, l, product, folder)
	var own []byte
	for _, suffix := range []string{".key.pem", ".pem"} {
		own = append(own, file(w.t, filepath.Join(l.Dir, "device-"+strings.ReplaceAll(product, "/", "-")+suffix))...)
	}
	a := phoneAccount{l.Account.User, l.Account.Password, l.Name + "." + domain}
	config := "poll_method epoll\nsip_listen " + deviceAt + ":5060\nsip_certificate " + folder + "/identity.pem\nsip_cafile " + folder + "/trust.pem\n" +
		"call_max_calls 4\naudio_source aubridge,loop\naudio_player aubridge,loop\naudio_alert aubridge,alert\nnet_interface " + deviceAt + "\n" +
		"module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aubridge.so\nmodule srtp.so\nmodule_tmp uuid.so\nmodule_tmp account.so\n" +
		"module_app menu.so\nmodule_app ctrl_tcp.so\nctrl_tcp_listen " + deviceAt + ":4444\n"
	if l.DNS.IsValid() {
		config += "dns_server " + l.DNS.String() + "\n"
	}
	for name, text := range map[string]string{"config": config, "accounts": a.line("srtp-mand", proxy), "contacts": "", "identity.pem": string(own)} {
		must(w.t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	w.start(folder, "baresip is ready", "baresip", "-4", "-f", folder)
	return a
}

// line is the account as baresip has it, without registration.
func (a phoneAccount) line(media, proxy string) string {
	if proxy != "" {
		proxy = ";outbound=\"" + proxy + "\""
	}
	if media != "" {
		media = ";mediaenc=" + media
	}
	return fmt.Sprintf("<sip:%s@%s;transport=tls>;audio_codecs=PCMU/8000/1;answermode=auto%s;auth_user=%[1]s;auth_pass=%[5]s;regint=0%[4]s\n", a.User, a.Domain, media, proxy, a.Password)
}

// netstring is a program in Perl that has a baresip do something: a command, and its parameters.
const netstring = `
use strict; use IO::Socket::INET;
my ($command, $params) = map { s/(["\\])/\\$1/gr } @ARGV;
my $baresip = IO::Socket::INET->new(PeerAddr => "` + deviceAt + `:4444") or die "no baresip: $!";
my $order = qq({"command":"$command","params":"$params","token":"1"});
$baresip->syswrite(length($order) . ":$order,");
my $said = "";
until ($said =~ /"response":true/) { sysread($baresip, $said, 4096, length $said) or die "it ended" }
exit($said =~ /"ok":true/ ? 0 : 1);`

// order has the baresip on the device's host do something.
func (w *walk) order(command, parameters string) error {
	cmd := w.device.Enter(exec.Command(testkit.Program(w.t, "perl"), "-e", netstring, command, parameters))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", command, parameters, err, out)
	}
	return nil
}

// clearRTCP is why baresip 1.0.0 fails in each of the parts.
const clearRTCP = "clear-rtcp-in-secure-session"

// TestReadmeDesk goes through "A phone on the desk".
func TestReadmeDesk(t *testing.T) {
	w := newWalk(t, "### A phone on the desk")
	w.does("make sipconform", 0)
	w.does("./sipconform lab init", 0, "Setting sheet", "192.0.2.1, and no other")
	handout, cancel := w.next("./sipconform lab serve")
	defer cancel()
	stdout, err := handout.StdoutPipe()
	must(t, err)
	must(t, handout.Start())
	said := bufio.NewScanner(stdout)
	for said.Scan() && !strings.HasPrefix(said.Text(), "provisioning of twilio/voice: http://192.0.2.1:8080/") {
	}
	fetched, err := w.device.Enter(exec.Command(testkit.Program(t, "curl"), "-fsS", "http://192.0.2.1:8080/roots-twilio-voice.pem")).Output()
	if roots := file(t, filepath.Join(w.folder, "lab", "roots-twilio-voice.pem")); err != nil || string(fetched) != roots {
		t.Errorf("the phone fetches other roots than those of the lab (%v):\n%s", err, fetched)
	}
	must(t, handout.Process.Signal(unix.SIGINT))
	if err := handout.Wait(); err != nil {
		t.Errorf("lab serve: %v", err)
	}
	account := w.softphone("twilio/voice", "sip.twilio.com", "")
	w.does("./sipconform list", 0, "1 sitting, in which it is set 1 time")
	told := 0
	act := func(instruction string) (leave bool, err error) {
		told++
		if !strings.HasPrefix(instruction, "Have the device register") {
			return false, nil // the sheet was followed before
		}
		line := strings.TrimSuffix(account.line("srtp-mand", ""), ";regint=0\n") + ";regint=3600"
		if err = w.order("uanew", line); err == nil {
			err = w.order("uadel", "sip:"+account.User+"@"+account.Domain)
		}
		return false, err
	}
	w.attended("sudo ./sipconform certify", 3, func(instruction string) (bool, error) {
		if told == 2 { // it is set, and has registered once
			return true, nil
		}
		return act(instruction)
	}, "page: http://127.0.0.1:8081/", "certify -resume goes on with it")
	before := told
	printed := blocks(readme(t, "### A phone on the desk"), "")
	w.attended("sudo ./sipconform certify -resume", 1, act, clearRTCP, printed[len(printed)-1])
	same(t, read(t, filepath.Join(w.folder, "desk")), "baresip", 6)
	if told == before {
		t.Error("nobody was asked anything after lunch")
	}
	w.does("./sipconform lab show", 0, "When you are done", "Remove the roots")
	w.does("rm", 0)
	w.ends()
}

// TestReadmeController goes through "An SBC on another host": programs on that host are told over SSH what to do.
func TestReadmeController(t *testing.T) {
	w := newWalk(t, "### An SBC on another host")
	w.does("./sipconform lab init", 0, "Setting sheet", "192.0.2.1:5061")
	account := w.softphone("twilio/trunking", "pstn.twilio.com", "sip:192.0.2.1:5061;transport=tls")
	w.program("order", "exec perl -e '"+netstring+"' \"$@\"")
	w.program("start-call", `order dial "$1"`)
	w.program("end-call", "order hangup")
	set := func(media string) string {
		return "order uanew '" + strings.TrimSpace(account.line(media, "sip:192.0.2.1:5061;transport=tls")) + "'"
	}
	w.program("set-media", `case $1 in
rtp) `+set("")+` ;;
srtp) `+set("srtp-mand")+` ;;
*) echo "set-media $1: use rtp or srtp" >&2; exit 2 ;;
esac && order uadel sip:`+account.User+"@"+account.Domain)
	w.program("ssh", `[ "$1 $2 $3" = "-o BatchMode=yes admin@`+deviceAt+`" ] || { echo "ssh $*: no route" >&2; exit 255; }
shift 3
exec `+w.onDevice()+` sh -c "$*"`)
	w.does("cp", 0)
	w.does("./sipconform list", 0, "1 sitting, in which it is set")
	w.does("./sipconform certify", 1, clearRTCP)
	same(t, read(t, filepath.Join(w.folder, "report")), "baresip", 6)
	w.ends()
}

// TestReadmeContainer goes through "A container in CI".
func TestReadmeContainer(t *testing.T) {
	w := newWalk(t, "### A container in CI")
	state := t.TempDir()
	w.program("docker", `cd `+state+` || exit
case $* in
"network create --subnet 192.0.2.0/24 --gateway 192.0.2.1 lab") touch lab ;;
"network rm lab") rm lab ;;
"build --tag "*) sed -n 's/^ENTRYPOINT //p' "`+w.folder+`/$4/Dockerfile" | tr -d '[],"' >"$3" ;;
"run --rm --name "*" --network lab --ip `+deviceAt+` --volume "*:/mnt" "*)
	[ -f lab ] || exit 125
	echo $$ >"$4"
	exec `+w.onDevice()+` unshare --mount sh -c 'mount --bind "$0" /mnt && exec "$@"' "${10%:/mnt}" $(cat "${11}") ;;
"stop -t 2 "*)
	kill "$(cat "$4")" ;;
*) echo "docker $*: not known here" >&2; exit 125 ;;
esac`)
	w.does("docker network create", 0)
	w.does("docker build", 0)
	w.does("make certify", 2, clearRTCP, "Error 1")
	same(t, read(t, filepath.Join(w.folder, "report")), "baresip", 6)
	w.does("./sipconform diff -record", 0)
	w.does("docker network rm", 0)
	w.does("./sipconform diff", 0, "6 verdicts, all the same")
	w.ends()
}
