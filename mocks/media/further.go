package media

import "errors"

// maxMoves is how often an endpoint can move.
const maxMoves = 8

// Move opens another pair of ports, from which the next Update sends. What still comes to the old pair is logged as
// before, with its address.
func (e *Endpoint) Move() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return ErrClosed
	case len(e.left) >= 2*maxMoves:
		return errors.New("media: moved too often")
	}
	rtpConn, rtcpConn, err := e.config.listenPair()
	if err != nil {
		e.config.Log.Failed("", "opening ports for media", err)
		return err
	}
	e.left = append(e.left, e.rtp, e.rtcp)
	e.rtp, e.rtcp = rtpConn, rtcpConn
	e.readers.Go(func() { e.read(rtpConn) })
	e.readers.Go(func() { e.read(rtcpConn) })
	return nil
}

// Aside opens a further port, on which RTCP is awaited beside the usual one, for a description that names another with
// a=rtcp (RFC 3605). It opens one port, however often it is called.
func (e *Endpoint) Aside() (uint16, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return 0, ErrClosed
	}
	if e.aside == nil {
		conn, err := e.config.listenAlone()
		if err != nil {
			e.config.Log.Failed("", "opening a port for RTCP", err)
			return 0, err
		}
		e.aside = conn
		e.readers.Go(func() { e.read(conn) })
	}
	return localAddr(e.aside).Port(), nil
}
