package selftest

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/device/reference"
)

// network is a bad one. The same seed makes the same of the same packets.
type network struct {
	seed uint64
	// loss and twice are the shares of packets that do not come, and that come twice.
	loss, twice float64
	// delay is how long each packet takes, and jitter how much longer a third of them takes at most, so that others
	// overtake them. If all did, more would be on their way when a call ends than a device may send by then.
	delay, jitter time.Duration

	sockets sync.WaitGroup // that are being closed
}

// between puts the network between a device and a socket of its media.
func (n *network) between(inner reference.Socket) reference.Socket {
	w := &wire{Socket: inner, network: n, arrived: make(chan []byte, 1024), closed: make(chan struct{}),
		sent: rand.New(rand.NewPCG(n.seed, 1)), received: rand.New(rand.NewPCG(n.seed, 2))}
	w.running.Go(w.receive)
	return w
}

// wire is a socket behind a network.
type wire struct {
	reference.Socket
	network *network
	arrived chan []byte
	closed  chan struct{}
	running sync.WaitGroup // what receives, and each packet that is under way

	mu             sync.Mutex
	over           bool
	sent, received *rand.Rand
}

// carry calls come for each copy of a packet that arrives, when it does.
func (w *wire) carry(dice *rand.Rand, come func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	lost, twice := dice.Float64() < w.network.loss, dice.Float64() < w.network.twice
	copies := 1
	switch {
	case lost:
		copies = 0
	case twice:
		copies = 2
	}
	for range copies {
		after := w.network.delay
		if w.network.jitter > 0 && dice.IntN(3) == 0 {
			after += time.Duration(dice.Int64N(int64(w.network.jitter)))
		}
		if w.over {
			return
		}
		w.running.Add(1)
		if after == 0 {
			come()
			w.running.Done()
			continue
		}
		time.AfterFunc(after, func() {
			defer w.running.Done()
			come()
		})
	}
}

// receive takes what comes to the socket.
func (w *wire) receive() {
	for {
		p := make([]byte, 2048)
		n, err := w.Socket.Read(p)
		if err != nil {
			select {
			case <-w.closed:
				return
			default:
				continue // "port unreachable" for an earlier packet
			}
		}
		w.carry(w.received, func() {
			select {
			case w.arrived <- p[:n]:
			case <-w.closed:
			}
		})
	}
}

// Read returns the next packet that has arrived.
func (w *wire) Read(p []byte) (int, error) {
	select {
	case datagram := <-w.arrived:
		return copy(p, datagram), nil
	case <-w.closed:
		return 0, net.ErrClosed
	}
}

// WriteToUDPAddrPort sends a packet on its way.
func (w *wire) WriteToUDPAddrPort(p []byte, to netip.AddrPort) (int, error) {
	datagram := append([]byte(nil), p...)
	w.carry(w.sent, func() { w.Socket.WriteToUDPAddrPort(datagram, to) })
	return len(p), nil
}

// Close closes the socket as soon as what was sent before has arrived.
func (w *wire) Close() error {
	w.mu.Lock()
	first := !w.over
	w.over = true
	w.mu.Unlock()
	if !first {
		return net.ErrClosed
	}
	close(w.closed)
	w.network.sockets.Go(func() {
		w.Socket.(interface{ SetReadDeadline(time.Time) error }).SetReadDeadline(time.Now()) // ends receive
		w.running.Wait()
		w.Socket.Close()
	})
	return nil
}
