//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"github.com/ebitengine/purego"
)

// function is a function of libssl or libcrypto. Each argument fits into a register; a result that is a C int is in
// the lower half.
type function uintptr

// call calls f. Pointers to Go memory may be converted to uintptr in the argument list.
//
//go:uintptrescapes
func (f function) call(arguments ...uintptr) uintptr {
	result, _, _ := purego.SyscallN(uintptr(f), arguments...)
	return result
}

// test calls a function whose C int result is above 0 on success.
//
//go:uintptrescapes
func (f function) test(arguments ...uintptr) bool {
	result, _, _ := purego.SyscallN(uintptr(f), arguments...)
	return int32(result) > 0
}

// library is libssl and libcrypto as loaded, and what they support.
type library struct {
	functions
	// context is our own OSSL_LIB_CTX, which neither the machine's openssl.cnf nor OPENSSL_CONF affects.
	context   uintptr
	storeSlot uintptr // the index at which an X509_STORE_CTX has its SSL

	suites, groups map[uint16]bool

	// slots bounds the calls into the libraries at a time. The Go scheduler has a thread for each, so thousands of
	// handshakes at once would otherwise take hundreds of threads, and the process would die of that. No call waits for
	// a peer's bytes: an SSL is between two buffers in memory.
	slots chan struct{}

	// The number of callbacks of a process is limited and they are never freed, so each is made once and finds its
	// session by the SSL that it is called for.
	verify, keyLog, asked, hello uintptr
	sessions                     sync.Map // from uintptr to *libsslSession

	keys keyring
}

// enter waits for a slot and empties the error queue, which belongs to the thread. The caller makes its calls, and no
// other enter, until leave.
func (l *library) enter() {
	l.slots <- struct{}{}
	runtime.LockOSThread()
	l.errClear.call()
}

func (l *library) leave() {
	runtime.UnlockOSThread()
	<-l.slots
}

const (
	initNoLoadConfig = 0x00000080
	initNoAtExit     = 0x00080000
	oldestOpenSSL    = 0x30000000
)

// loadLibssl runs once in a process, when rules first ask for something that crypto/tls lacks. What it comes to holds
// for the whole run, so one shortage of memory does not decide it. Nor may a second attempt succeed: libcrypto starts
// once, or never.
var loadLibssl = sync.OnceValues(func() (*library, error) {
	l, err := load()
	for attempt := 1; attempt < 3 && errors.Is(err, syscall.ENOMEM); attempt++ {
		again, failure := load()
		if failure == nil {
			return again, nil
		}
		err = errors.Join(err, failure)
	}
	return l, err
})

func load() (*library, error) {
	l := &library{slots: make(chan struct{}, max(4, 2*runtime.GOMAXPROCS(0)))}
	if err := l.link(libsslFolders[:]); err != nil {
		return nil, err
	}
	if version := uint32(l.openSSLVersionNum.call()); version < oldestOpenSSL {
		return nil, fmt.Errorf("%s is too old: version number %#x", libsslFile, version)
	}
	if err := l.countAllocations(); err != nil {
		return nil, err
	}
	before := l.lacking()
	err := l.start()
	if l.lacking() != before { // what was made without memory is not whole
		err = fmt.Errorf("%s is not used, since there was too little memory to load it: %w", libsslFile, syscall.ENOMEM)
	}
	if err != nil {
		return nil, err
	}
	l.verify = purego.NewCallback(l.onVerify)
	l.keyLog = purego.NewCallback(l.onKeyLog)
	l.asked = purego.NewCallback(l.onAsked)
	l.hello = purego.NewCallback(l.onHello)
	return l, nil
}

// start prepares the libraries, once linked, for connections.
func (l *library) start() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer l.errClear.call()
	if !l.initSSL.test(initNoLoadConfig|initNoAtExit, 0) {
		return fmt.Errorf("%s does not start: %w", libsslFile, l.reason())
	}
	if l.context = l.libCtxNew.call(); l.context == 0 {
		return fmt.Errorf("%s gives no context: %w", libsslFile, l.reason())
	}
	l.storeSlot = l.storeCtxSlot.call()
	if err := l.probe(); err != nil {
		return fmt.Errorf("%s does not list its suites and groups: %w", libsslFile, err)
	}
	return nil
}

// link finds the libraries in one of the folders, and every function.
func (l *library) link(folders []string) error {
	ssl, crypto, ok := openLibraries(folders)
	if !ok {
		return fmt.Errorf("%s is not on this machine", libsslFile)
	}
	for name, f := range l.functions.of("ssl") {
		address, err := purego.Dlsym(ssl, name)
		if err != nil {
			return fmt.Errorf("%s is too old: it has no %s", libsslFile, name)
		}
		*f = function(address)
	}
	for name, f := range l.functions.of("crypto") {
		address, err := purego.Dlsym(crypto, name)
		if err != nil {
			return fmt.Errorf("the libcrypto of %s is too old: it has no %s", libsslFile, name)
		}
		*f = function(address)
	}
	return nil
}

// openLibraries opens libcrypto before libssl loads it, so that both are of the same release.
func openLibraries(folders []string) (ssl, crypto uintptr, ok bool) {
	for _, folder := range folders {
		crypto, err := purego.Dlopen(folder+libcryptoFile, purego.RTLD_NOW|purego.RTLD_LOCAL)
		if err != nil {
			continue
		}
		if ssl, err := purego.Dlopen(folder+libsslFile, purego.RTLD_NOW|purego.RTLD_LOCAL); err == nil {
			return ssl, crypto, true
		}
		purego.Dlclose(crypto)
	}
	return 0, 0, false
}

// probe finds the library's suites and groups: distributions leave some out, and releases add some.
func (l *library) probe() error {
	ctx := l.ctxNew.call(l.context, 0, l.method.call())
	if ctx == 0 {
		return l.reason()
	}
	defer l.ctxFree.call(ctx)
	l.suites, l.groups = make(map[uint16]bool), make(map[uint16]bool)
	if !l.ctxCipherList.test(ctx, uintptr(unsafe.Pointer(unsafe.SliceData(cString("ALL:COMPLEMENTOFALL"))))) {
		return l.reason()
	}
	l.noteSuites(ctx)
	for suite := uint16(0x1301); suiteNames[suite].iana != ""; suite++ {
		l.ctxCipherSuites.call(ctx, uintptr(unsafe.Pointer(unsafe.SliceData(cString(SuiteName(suite))))))
		l.noteSuites(ctx)
	}
	for group, name := range groupNames {
		if l.ctxCtrl.test(ctx, ctrlGroupsList, 0, uintptr(unsafe.Pointer(unsafe.SliceData(cString(name))))) {
			l.groups[group] = true
		}
	}
	return nil
}

// noteSuites adds the suites of ctx, except those that need what Rules cannot give, such as a shared key.
func (l *library) noteSuites(ctx uintptr) {
	list := l.ctxCiphers.call(ctx)
	for i := range uintptr(max(0, int32(l.skNum.call(list)))) { // -1 of no list
		suite := uint16(l.cipherID.call(l.skValue.call(list, i)))
		lowest, _ := SuiteVersions(suite)
		switch keyExchange(suite) {
		case "RSA", "DHE_RSA", "ECDHE_RSA", "ECDHE_ECDSA":
			l.suites[suite] = true
		default:
			if lowest == TLS13 {
				l.suites[suite] = true
			}
		}
	}
}
