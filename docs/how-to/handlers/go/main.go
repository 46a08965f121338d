// An example of a handler: an inventory that gives, takes and checks items.
//
// It keeps the contract of protos/redeem/transaction/v1/action_handler.proto: each key is executed at most once, a
// repeat gets the response of the first call, and a key that was cancelled is never executed. Its whole state is a
// journal, a file of JSON lines: a line is on disk before its call returns, and is read again at the start.
//
//	./generate.sh && go run . -listen 127.0.0.1:7000 -journal inventory.jsonl
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "redeemd.dev/docs/handlers/inventory/redeem/transaction/v1"
)

// entry is what became of one key.
type entry struct {
	Key       string `json:"key"`
	Player    string `json:"player"`
	Item      string `json:"item"`
	Change    int64  `json:"change"` // of the count that the player has; reverted by a cancellation
	Result    string `json:"result"`
	Cancelled bool   `json:"cancelled"`
}

// asked is the type of the request of every action.
type asked struct {
	Item  string `json:"item"`
	Count int64  `json:"count"`
}

type place struct{ player, item string }

// inventory executes Game:GiveItem (acquire), Game:TakeItem (consume) and Game:HasItem (verify).
type inventory struct {
	pb.UnimplementedActionHandlerServer
	mutex   sync.Mutex // one call after the other
	journal *os.File
	entries map[string]entry
	counts  map[place]int64
}

func open(path string) (*inventory, error) {
	journal, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	handler := &inventory{journal: journal, entries: map[string]entry{}, counts: map[place]int64{}}
	var size int64
	lines := bufio.NewReader(journal)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break // the end, or a last line that was not finished: nobody was told of it
		}
		var read entry
		if err := json.Unmarshal(line, &read); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		handler.apply(read)
		size += int64(len(line))
	}
	if err := journal.Truncate(size); err != nil {
		return nil, err
	}
	_, err = journal.Seek(size, 0)
	return handler, err
}

// apply makes an entry count.
func (handler *inventory) apply(next entry) {
	where := place{next.Player, next.Item}
	before := handler.entries[next.Key]
	if before.Key != "" && !before.Cancelled {
		handler.counts[where] -= before.Change
	}
	if !next.Cancelled {
		handler.counts[where] += next.Change
	}
	handler.entries[next.Key] = next
}

// keep makes an entry count once it is on disk.
func (handler *inventory) keep(next entry) {
	line, err := json.Marshal(next)
	if err == nil {
		_, err = handler.journal.Write(append(line, '\n'))
	}
	if err == nil {
		err = handler.journal.Sync()
	}
	if err != nil {
		log.Fatal(err) // what is on disk is not known any more; it is read at the next start
	}
	handler.apply(next)
}

// Execute executes a key once.
func (handler *inventory) Execute(_ context.Context, request *pb.ExecuteRequest) (*pb.ExecuteResponse, error) {
	handler.mutex.Lock()
	defer handler.mutex.Unlock()
	return handler.once(request)
}

// ExecuteBatch executes several keys, each once.
func (handler *inventory) ExecuteBatch(
	_ context.Context, request *pb.ExecuteBatchRequest,
) (*pb.ExecuteBatchResponse, error) {
	handler.mutex.Lock()
	defer handler.mutex.Unlock()
	response := &pb.ExecuteBatchResponse{}
	for _, each := range request.Executions {
		_, err := handler.once(each)
		outcome := &pb.ExecutionOutcome{Key: each.Key, Code: int32(status.Code(err))}
		response.Outcomes = append(response.Outcomes, outcome)
	}
	return response, nil
}

// once executes a key, unless it was.
func (handler *inventory) once(request *pb.ExecuteRequest) (*pb.ExecuteResponse, error) {
	known, found := handler.entries[request.Key]
	if !found {
		next, err := handler.perform(request)
		if err != nil {
			return nil, status.Error(codes.FailedPrecondition, err.Error())
		}
		handler.keep(next)
		known = next
	}
	if known.Cancelled {
		return nil, status.Error(codes.FailedPrecondition, "the key was cancelled")
	}
	return &pb.ExecuteResponse{Result: known.Result}, nil
}

// Cancel takes a key back, or keeps it from ever being executed.
func (handler *inventory) Cancel(_ context.Context, request *pb.CancelRequest) (*pb.CancelResponse, error) {
	handler.mutex.Lock()
	defer handler.mutex.Unlock()
	known, found := handler.entries[request.Key]
	if !found {
		known = entry{Key: request.Key, Player: request.UserId}
	}
	if !known.Cancelled {
		known.Cancelled = true
		handler.keep(known)
	}
	return &pb.CancelResponse{}, nil
}

// perform says what an action changes; an error is a permanent refusal.
func (handler *inventory) perform(request *pb.ExecuteRequest) (entry, error) {
	var wanted asked
	if err := json.Unmarshal([]byte(request.Request), &wanted); err != nil || wanted.Item == "" || wanted.Count < 0 {
		return entry{}, errors.New("the request is not {item, count}")
	}
	has := handler.counts[place{request.UserId, wanted.Item}]
	next := entry{Key: request.Key, Player: request.UserId, Item: wanted.Item}
	switch request.Action {
	case "Game:GiveItem":
		next.Change = wanted.Count
	case "Game:TakeItem":
		next.Change = -wanted.Count
	case "Game:HasItem":
	default:
		return entry{}, errors.New("no such action")
	}
	if request.Action != "Game:GiveItem" && has < wanted.Count {
		return entry{}, errors.New("not enough of " + wanted.Item)
	}
	result, err := json.Marshal(asked{wanted.Item, has + next.Change})
	next.Result = string(result)
	return next, err
}

func main() {
	listen := flag.String("listen", "127.0.0.1:7000", "address and port")
	journal := flag.String("journal", "inventory.jsonl", "the file of what was executed")
	flag.Parse()
	handler, err := open(*journal)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	pb.RegisterActionHandlerServer(server, handler)
	fmt.Println("serving on", listener.Addr())
	log.Fatal(server.Serve(listener))
}
