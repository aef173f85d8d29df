//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"unsafe"
)

// libsslSession is an SSL between two buffers in memory. This file moves bytes between them and the connection, so
// that a call to libssl never waits, and deadlines are the connection's.
type libsslSession struct {
	net.Conn
	*library
	as    role
	rules *Rules
	lines io.Writer

	// reading is held by a Read, writing by whoever sends bytes to the connection. Both are locked before mu.
	reading, writing sync.Mutex
	writeError       error // guarded by writing; after it a record is lost, so the stream is broken
	received16k      [16 << 10]byte

	mu               sync.Mutex // guards what follows, and is held during every call with ssl
	ssl, in, out     uintptr    // ssl is 0 after it has been freed
	broken           error      // libssl must not be called any more
	rejected         error      // why the peer's certificate was rejected
	panicked         error      // the panic of a callback, which must not unwind through C
	lacked           uint64     // what lacking was at the last enter
	certificateAsked bool
	shown            [][]byte // the chain that a server has chosen
	peer             [][]byte // the chain that the peer has sent
	negotiated       State
}

// maxWrite is the longest plaintext of a record.
const maxWrite = 16 << 10

// enter hides that of the library.
func (s *libsslSession) enter() {
	s.lacked = s.lacking()
	s.library.enter()
}

// starved reports whether memory has run out since enter. It may have been in another session's call: that is a
// shortage of this one, too.
func (s *libsslSession) starved() bool { return s.lacking() != s.lacked }

// reason hides that of the library.
func (s *libsslSession) reason() *libsslError {
	e := s.library.reason()
	e.starved = e.starved || s.starved()
	return e
}

// step makes one call with the SSL. It returns the call's result and the code of SSL_get_error; sent says that the
// call left bytes to send.
//
//go:uintptrescapes
func (s *libsslSession) step(f function, arguments ...uintptr) (result, code int32, sent bool, err error) {
	if s.broken != nil {
		return 0, 0, false, s.broken
	}
	if s.ssl == 0 {
		return 0, 0, false, net.ErrClosed
	}
	s.enter()
	defer s.leave()
	before := s.bioPending.call(s.out)
	result = int32(f.call(append([]uintptr{s.ssl}, arguments...)...))
	if result <= 0 {
		code = int32(s.sslError.call(s.ssl, uintptr(result)))
	}
	if err = s.failure(result, code); err != nil {
		s.broken = err
	}
	return result, code, s.bioPending.call(s.out) > before, err
}

// failure returns the error of a call, or nil if it came to something or waits for the peer. Whatever the call came to
// counts for nothing if memory ran out in it.
func (s *libsslSession) failure(result, code int32) error {
	waits := code == errorWantRead || code == errorZeroReturn
	if !s.starved() && (result > 0 || waits) {
		return nil
	}
	reason := s.reason()
	switch {
	case reason.starved:
		return &EngineError{"called", reason}
	case s.rejected != nil:
		return s.rejected
	case strings.Contains(reason.text, "X509 V3 routines::invalid certificate"):
		// A client of libssl looks into the server's certificate itself up to TLS 1.2, for the use of the key.
		return &UnreadableError{"certificate", reason}
	case reason.text == "", strings.Contains(reason.text, "certificate verify failed"): // only onVerify rejects one
		return &EngineError{fmt.Sprintf("called (result %d, code %d)", result, code), reason}
	}
	return reason
}

// failed reports whether libssl could not do its part. What it still has to send may then be damaged, or in clear.
func (s *libsslSession) failed() bool { return errors.As(s.broken, new(*EngineError)) }

// drain returns the bytes that libssl has to send.
func (s *libsslSession) drain() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ssl == 0 {
		return nil, nil
	}
	if s.failed() {
		return nil, s.broken
	}
	s.enter()
	defer s.leave()
	size := s.bioPending.call(s.out)
	if size == 0 {
		return nil, nil
	}
	p := make([]byte, size)
	n := int32(s.bioRead.call(s.out, uintptr(unsafe.Pointer(&p[0])), size))
	if n != int32(size) || s.starved() {
		s.broken = &EngineError{"asked for what it has to send", s.reason()}
		return nil, s.broken
	}
	return p, nil
}

// flush sends these bytes. The caller holds writing.
func (s *libsslSession) flush() error {
	if s.writeError == nil {
		var p []byte
		if p, s.writeError = s.drain(); len(p) > 0 {
			_, s.writeError = s.Conn.Write(p)
		}
	}
	return s.writeError
}

// fill gives libssl more bytes from the connection. The caller holds reading.
func (s *libsslSession) fill() error {
	n, err := s.Conn.Read(s.received16k[:])
	if n == 0 {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ssl == 0 {
		return net.ErrClosed
	}
	s.enter()
	defer s.leave()
	taken := int32(s.bioWrite.call(s.in, uintptr(unsafe.Pointer(&s.received16k[0])), uintptr(n)))
	if taken != int32(n) || s.starved() {
		s.broken = &EngineError{"given what was received", s.reason()}
	}
	return s.broken
}

func (s *libsslSession) handshake(ctx context.Context) error {
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		s.Conn.Close()
	})
	s.reading.Lock()
	s.writing.Lock()
	err := s.shakeHands()
	s.writing.Unlock()
	s.reading.Unlock()
	if !stop() {
		<-closed
		err = ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if failed := s.conclude(err == nil); failed != nil {
		err = failed
	}
	if s.panicked != nil {
		panic(s.panicked)
	}
	return err
}

func (s *libsslSession) shakeHands() error {
	for {
		s.mu.Lock()
		result, code, _, err := s.step(s.sslHandshake)
		s.mu.Unlock()
		if unsent := s.flush(); err == nil {
			err = unsent
		}
		switch {
		case err != nil:
			return err
		case result == 1:
			return nil
		case code == errorZeroReturn:
			return io.EOF
		}
		if err := s.fill(); err != nil {
			return err
		}
	}
}

// conclude stores what was negotiated, and frees the SSL unless the handshake is complete. If that fails, what is
// stored is not all there was.
func (s *libsslSession) conclude(complete bool) (err error) {
	s.enter()
	defer s.leave()
	s.note(complete)
	if s.starved() {
		err = &EngineError{"asked what was negotiated", s.reason()}
		s.broken = err
	}
	if !complete || err != nil || s.panicked != nil {
		s.free()
	}
	return err
}

func (s *libsslSession) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	for {
		s.mu.Lock()
		result, code, sent, err := s.step(s.sslRead, uintptr(unsafe.Pointer(&p[0])), uintptr(min(len(p), 1<<30)))
		partial := err == nil && code == errorWantRead && s.sslPending.test(s.ssl)
		s.mu.Unlock()
		// Send only what this call has left: waiting for a Write that waits for the peer to read would be a deadlock.
		if sent {
			s.writing.Lock()
			unsent := s.flush()
			s.writing.Unlock()
			if errors.As(unsent, new(*EngineError)) { // waiting for what the peer sends would be in vain
				err = unsent
			}
		}
		switch {
		case err != nil:
			return 0, err
		case result > 0:
			return int(result), nil
		case code == errorZeroReturn:
			return 0, io.EOF
		}
		if err := s.fill(); err != nil {
			if errors.Is(err, io.EOF) && partial {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
	}
}

func (s *libsslSession) Write(p []byte) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	for written := 0; ; {
		if s.writeError != nil {
			return written, s.writeError
		}
		if written == len(p) {
			return written, nil
		}
		piece := p[written:min(len(p), written+maxWrite)]
		s.mu.Lock()
		result, code, _, err := s.step(s.sslWrite, uintptr(unsafe.Pointer(&piece[0])), uintptr(len(piece)))
		s.mu.Unlock()
		if err == nil && result <= 0 {
			err = &EngineError{"to send data", fmt.Errorf("it stopped with code %d", code)}
		}
		if err == nil {
			err = s.flush()
		}
		if err != nil {
			return written, err
		}
		written += int(result)
	}
}

// Close sends close_notify unless a Write is under way, which closing the connection then interrupts.
func (s *libsslSession) Close() error {
	if s.writing.TryLock() {
		s.shutdown()
		s.flush()
		s.writing.Unlock()
	}
	err := s.Conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enter()
	defer s.leave()
	s.free()
	if s.failed() {
		return s.broken
	}
	return err
}

// shutdown has libssl write its close_notify. It is no step, since its result is 0 as long as the peer has sent none.
func (s *libsslSession) shutdown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil || s.ssl == 0 {
		return
	}
	s.enter()
	defer s.leave()
	s.sslShutdown.call(s.ssl)
	if s.starved() {
		s.broken = &EngineError{"to end the connection", s.reason()}
	}
}

// free frees the SSL and everything that belongs to it. The caller holds mu, and has entered.
func (s *libsslSession) free() {
	if s.ssl != 0 {
		s.sessions.Delete(s.ssl) // first, since the number may be used again at once
		s.sslFree.call(s.ssl)
		s.ssl, s.in, s.out = 0, 0, 0
	}
}
