package reference

import "sync"

// CallBugs are the faults that show only in a device that has had a call before: see [Bugs].
type CallBugs struct {
	// SendsUnderEarlierKey protects what it sends with its key from the first call since it was started.
	SendsUnderEarlierKey bool `violates:"RF-SR-01" cause:"media-key-of-another-call"`
	// SendsUnderFirstKey protects what it sends with the key of the first call that it ever had.
	SendsUnderFirstKey bool `violates:"RF-SR-01" cause:"media-key-of-another-call"`
}

// SourceBugs are the faults about sources of RTP that meet by chance: see [Bugs].
type SourceBugs struct {
	// KeepsSSRC goes on under its SSRC when the peer's stream has the same.
	KeepsSSRC bool `violates:"RF-RTP-03" cause:"ssrc-kept"`
}

// ParameterBugs are the faults about session parameters of SDES that few devices know: see [Bugs].
type ParameterBugs struct {
	// DerivesOnce declares a KDR in its answer, and derives its session keys once.
	DerivesOnce bool `violates:"RF-SR-01" cause:"media-derived-once"`
	// IgnoresDerivationRate takes a key with a KDR, and derives the session keys of what it hears once.
	IgnoresDerivationRate bool `violates:"RF-SD-16" cause:"vendor-media-not-decrypted"`
}

// memory is the keying with which the first stream was protected.
type memory struct {
	mu     sync.Mutex
	first  *endpoint // of that stream
	keying *keying
}

// recall returns the keying with which a bug has an endpoint protect, instead of k, which may be nil.
func (m *memory) recall(e *endpoint, k *keying) *keying {
	if k == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.first == nil {
		m.first, m.keying = e, k
	}
	if m.first == e || m.keying.suite != k.suite {
		return k
	}
	recalled := *m.keying
	recalled.mki = k.mki
	return &recalled
}

// recalled returns the keying with which the device protects where k was agreed on.
func (e *endpoint) recalled(k *keying) *keying {
	switch s := e.session; {
	case s.bugs.SendsUnderEarlierKey:
		return s.memory.recall(e, k)
	case s.bugs.SendsUnderFirstKey:
		return s.options.memory.recall(e, k)
	}
	return k
}
