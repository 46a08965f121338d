package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/anishathalye/porcupine"
)

const lineBytesMax = 1 << 20

// Operation is what a client wanted of one object. Which fields have a meaning depends on Kind.
type Operation struct {
	Kind   string   `json:"kind"`
	User   string   `json:"user"`
	Active bool     `json:"active"` // of verify and switch of a code
	Value  int64    `json:"value"`  // by how much to count
	Max    int64    `json:"max"`    // the maximum of a count
	Verify string   `json:"verify"` // how to compare a count
	Than   int64    `json:"than"`   // with what
	Period [2]int64 `json:"period"` // in which periods of a limit the server's clock may have been

	Campaign string `json:"campaign"` // with limits
	Key      int64  `json:"key"`      // of its keys; 0 is its campaign code
	PerUser  int64  `json:"per_user"` // the limits; 0 is none
	Total    int64  `json:"total"`
	PerKey   int64  `json:"per_key"`

	Burst      int64 `json:"burst"`       // of guesses: how many a player has
	IntervalMs int64 `json:"interval_ms"` // after which one of them comes back
	ClockMs    int64 `json:"clock_ms"`    // by how much the clock of a server is ahead that starts

	begin, end int64 // as in the record
}

// Answer is what the service said of the object. Counts and revisions are absent where it did not say them.
type Answer struct {
	Outcome  string `json:"outcome"` // ok, refused or unknown
	Reason   string `json:"reason"`
	Status   string `json:"status"`
	User     string `json:"user"`
	Campaign string `json:"campaign"` // of the group
	Count    *int64 `json:"count"`
	Revision *int64 `json:"revision"`
	Until    *int64 `json:"until"` // the period in which the counter is reset next
}

// Record is one line of a history: one call, as far as it is about one object. End is absent when no answer came.
type Record struct {
	Call   string    `json:"call"`
	Client int       `json:"client"`
	Object string    `json:"object"` // kind/name
	Op     Operation `json:"op"`
	Answer Answer    `json:"answer"`
	Begin  int64     `json:"begin"` // nanoseconds of a clock that all clients share
	End    *int64    `json:"end"`
}

// readHistories reads JSON lines and answers the operations by object.
func readHistories(paths []string) (map[string][]porcupine.Operation, error) {
	histories := map[string][]porcupine.Operation{}
	for _, path := range paths {
		if err := readHistory(path, histories); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return histories, nil
}

func readHistory(path string, into map[string][]porcupine.Operation) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, lineBytesMax)
	for lines.Scan() {
		var record Record
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			return err
		}
		into[record.Object] = append(into[record.Object], operation(record))
	}
	return lines.Err()
}

// operation renders a record for porcupine. What was never answered may happen at any time after its beginning.
func operation(record Record) porcupine.Operation {
	end := int64(math.MaxInt64)
	if record.End != nil {
		end = *record.End
	}
	record.Op.begin, record.Op.end = record.Begin, end
	return porcupine.Operation{
		ClientId: record.Client,
		Input:    record.Op,
		Call:     record.Begin,
		Output:   record.Answer,
		Return:   end,
		Metadata: record.Call,
	}
}

func kindOf(object string) string {
	kind, _, _ := strings.Cut(object, "/")
	return kind
}
