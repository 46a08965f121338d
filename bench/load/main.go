// Command load sends requests that were serialised beforehand, each exactly once, and reports their responses.
//
// Nothing is parsed or made here, so one core of load outruns any Python server. Standard output says "ready" once all
// connections are open; the requests begin when a line arrives on standard input. So the
// figures of the server need not contain the handshakes.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

type options struct {
	address, method, bodies, metadata, ca string
	connections, streams                  int
	readyTimeout, callTimeout             time.Duration
	every                                 time.Duration
	rate                                  float64
}

func main() {
	var o options
	flag.StringVar(&o.address, "address", "", "host:port of the server, or of its replicas, separated by commas; connections take turns")
	flag.StringVar(&o.method, "method", "", "full method, /package.Service/Method")
	flag.StringVar(&o.bodies, "bodies", "", "file of requests, each a 4 byte big-endian length and as many bytes")
	flag.StringVar(&o.metadata, "metadata", "", "`key: value` sent with every call")
	flag.StringVar(&o.ca, "ca", "", "file of the authority that signed the server's certificate; empty: without TLS")
	flag.IntVar(&o.connections, "connections", 16, "connections")
	flag.IntVar(&o.streams, "streams", 16, "calls under way on each connection")
	flag.DurationVar(&o.readyTimeout, "ready-timeout", 30*time.Second, "how long connecting may take")
	flag.DurationVar(&o.callTimeout, "call-timeout", 30*time.Second, "deadline of a call")
	flag.DurationVar(&o.every, "every", 0, "begin a call in each such time, as long as a stream is free; 0: at once")
	flag.Float64Var(&o.rate, "rate", 0, "open loop: begin so many calls a second, however many are under way; 0: closed loop")
	flag.Parse()
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1) // it has one core
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	bodies, err := readBodies(o.bodies)
	if err != nil {
		return err
	}
	context_, err := withMetadata(context.Background(), o.metadata)
	if err != nil {
		return err
	}
	connections, err := connect(o)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return fmt.Errorf("nobody said go: %w", err)
	}
	report := sender(o)(context_, o, connections, bodies)
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		return err
	}
	for _, connection := range connections {
		_ = connection.Close()
	}
	return nil
}

func withMetadata(parent context.Context, text string) (context.Context, error) {
	if text == "" {
		return parent, nil
	}
	key, value, err := splitMetadata(text)
	if err != nil {
		return nil, err
	}
	return metadata.AppendToOutgoingContext(parent, key, value), nil
}

func sender(o options) func(context.Context, options, []*grpc.ClientConn, [][]byte) Report {
	if o.rate > 0 {
		return sendOpen
	}
	return send
}

// send hands the bodies out to all streams, one after the other, until none is left.
func send(parent context.Context, o options, connections []*grpc.ClientConn, bodies [][]byte) Report {
	var next atomic.Int64
	latencies := make([]time.Duration, len(bodies))
	outcomes := make([]codes.Code, len(bodies))
	var streams sync.WaitGroup
	began := time.Now()
	turn := turns(o.every)
	for _, connection := range connections {
		for range o.streams {
			streams.Add(1)
			go func() {
				defer streams.Done()
				for {
					index := next.Add(1) - 1
					if index >= int64(len(bodies)) {
						return
					}
					turn()
					sent := time.Now()
					outcomes[index] = call(parent, connection, o, bodies[index])
					latencies[index] = time.Since(sent)
				}
			}()
		}
	}
	streams.Wait()
	return newReport(outcomes, latencies, time.Since(began))
}

// turns returns a function that waits for the next turn, one in each `every`.
func turns(every time.Duration) func() {
	if every == 0 {
		return func() {}
	}
	ticker := time.NewTicker(every)
	return func() { <-ticker.C }
}

func call(parent context.Context, connection *grpc.ClientConn, o options, body []byte) codes.Code {
	deadline, cancel := context.WithTimeout(parent, o.callTimeout)
	defer cancel()
	var reply []byte
	return status.Code(connection.Invoke(deadline, o.method, body, &reply))
}
