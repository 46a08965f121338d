package main

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
)

// sendOpen begins calls at a fixed rate, on all connections in turn, and does not wait for their responses.
//
// Latency counts from the time at which a call was to begin. So a server that stalls, or a load generator that is late,
// shows in all calls that were to begin meanwhile, not in one.
func sendOpen(parent context.Context, o options, connections []*grpc.ClientConn, bodies [][]byte) Report {
	latencies := make([]time.Duration, len(bodies))
	outcomes := make([]codes.Code, len(bodies))
	var calls sync.WaitGroup
	began := time.Now()
	for index, body := range bodies {
		due := began.Add(time.Duration(float64(index) / o.rate * float64(time.Second)))
		time.Sleep(time.Until(due))
		calls.Go(func() {
			outcomes[index] = call(parent, connections[index%len(connections)], o, body)
			latencies[index] = time.Since(due)
		})
	}
	calls.Wait()
	return newReport(outcomes, latencies, time.Since(began))
}
