package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// raw passes bytes through: requests come serialised, and replies are not looked at.
type raw struct{}

func (raw) Name() string { return "proto" }

func (raw) Marshal(message any) ([]byte, error) {
	body, ok := message.([]byte)
	if !ok {
		return nil, fmt.Errorf("%T is not []byte", message)
	}
	return body, nil
}

func (raw) Unmarshal(body []byte, message any) error {
	into, ok := message.(*[]byte)
	if !ok {
		return fmt.Errorf("%T is not *[]byte", message)
	}
	*into = body
	return nil
}

// connect opens connections and waits until all of them are open.
func connect(o options) ([]*grpc.ClientConn, error) {
	transport, err := transportOf(o.ca)
	if err != nil {
		return nil, err
	}
	deadline, cancel := context.WithTimeout(context.Background(), o.readyTimeout)
	defer cancel()
	addresses := strings.Split(o.address, ",")
	connections := make([]*grpc.ClientConn, o.connections)
	for index := range connections {
		address := addresses[index%len(addresses)]
		connection, err := grpc.NewClient(
			"passthrough:///"+address,
			grpc.WithTransportCredentials(transport),
			grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{})),
		)
		if err != nil {
			return nil, err
		}
		connection.Connect()
		for state := connection.GetState(); state != connectivity.Ready; state = connection.GetState() {
			if !connection.WaitForStateChange(deadline, state) {
				return nil, fmt.Errorf("no connection to %s within %s", address, o.readyTimeout)
			}
		}
		connections[index] = connection
	}
	return connections, nil
}

func transportOf(ca string) (credentials.TransportCredentials, error) {
	if ca == "" {
		return insecure.NewCredentials(), nil
	}
	return credentials.NewClientTLSFromFile(ca, "")
}

func readBodies(path string) ([][]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var bodies [][]byte
	for len(data) > 0 {
		if len(data) < 4 {
			return nil, errors.New("the file of requests ends inside a length")
		}
		size := binary.BigEndian.Uint32(data)
		data = data[4:]
		if uint64(size) > uint64(len(data)) {
			return nil, errors.New("the file of requests ends inside a request")
		}
		bodies = append(bodies, data[:size:size])
		data = data[size:]
	}
	if len(bodies) == 0 {
		return nil, errors.New("there are no requests")
	}
	return bodies, nil
}

func splitMetadata(text string) (string, string, error) {
	key, value, found := strings.Cut(text, ":")
	if !found {
		return "", "", fmt.Errorf("metadata %q is not `key: value`", text)
	}
	return strings.TrimSpace(key), strings.TrimSpace(value), nil
}
