package chapter

// good is the good case: nothing is planted, and rows say by their asks what the
// device is seen to do. It is the base scenario of a product, or, with settings,
// one of the vendor's legal variants.
func good() family {
	return family{
		id: "connect/default", ways: []string{callOutWay, connectWay, registerWay, callInWay, listenerWay, fetchWay, connectPortWay, optionsWay},
		cases: func(*entry) []string { return nil },
		stimuli: func(e *entry, _ string) ([]stimulus, error) {
			return []stimulus{{
				title: "the device as configured, and the vendor as it is", area: "tls",
				expected: "is served", rule: e.way.served,
			}}, nil
		},
	}
}
