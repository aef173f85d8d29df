package observation_test

import (
	"context"
	"fmt"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// A test waits for what a mock sees, and then reads the whole log.
func Example() {
	log := observation.NewLog() // which a mock is started with
	go func() {
		opened := observation.TransportInfo{Protocol: observation.TLS}
		log.Append(observation.Event{Kind: observation.TransportOpen, Conn: "tls-1", Transport: &opened})
		log.Append(observation.Event{Kind: observation.TLSAlert, Conn: "tls-1", Dir: observation.In, Text: "unknown_ca"})
	}()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	refused := func(e observation.Event) bool { return e.Kind == observation.TLSAlert && e.Dir == observation.In }
	alert, err := log.Wait(ctx, refused)
	if err != nil {
		fmt.Println("the device did not refuse:", err)
		return
	}
	fmt.Println("the device refused with", alert.Text)
	for _, e := range log.Events() {
		fmt.Println(e.Seq, e.Conn, e.Kind)
	}
	// Output:
	// the device refused with unknown_ca
	// 0 tls-1 transport-open
	// 1 tls-1 tls-alert
}
