package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

const (
	msNs       = int64(1_000_000)
	roundingNs = 2 * msNs // servers read their clocks in whole milliseconds
)

// guessing is the budget of a player as far as answers show it. Moments are in nanoseconds: `at` by the clock of the
// clients, used by that of the budget, which is ahead by clock.
type guessing struct {
	at    int64 // the moment of the last guess or start
	used  int64 // the moment until which the budget is used up
	clock int64
}

func (g guessing) String() string {
	return fmt.Sprintf("at %d ms, used until %d ms", g.at/msNs, (g.used-g.clock)/msNs)
}

// take returns the budget after a wrong code that the player was told of, taken as early as the limit allows: every
// later guess then has the most that it can have. It is false where that is after the answer.
func (g guessing) take(op Operation) (guessing, bool) {
	interval := op.IntervalMs * msNs
	allowed := g.used + interval - op.Burst*interval - g.clock - roundingNs
	at := max(g.at, op.begin, allowed)
	return guessing{at, max(g.used, at+g.clock) + interval, g.clock}, at <= op.end
}

// start returns the budget once a server with another clock serves. A clock that is set back may make it whole.
func (g guessing) start(op Operation) guessing {
	next := guessing{max(g.at, op.begin), g.used, op.ClockMs * msNs}
	if next.clock < g.clock {
		next.used = 0
	}
	return next
}

func isTold(op Operation, answer Answer) bool {
	return op.Kind == "wrong" && answer.Outcome == "refused" && answer.Reason == "CODE_NOT_FOUND"
}

func stepGuessing(state, input, output any) (bool, any) {
	now, op, answer := state.(guessing), input.(Operation), output.(Answer)
	switch {
	case op.Kind == "start":
		next := now.start(op)
		return next.at <= op.end, next
	case isTold(op, answer):
		next, may := now.take(op)
		return may, next
	case answer.Outcome == "ok":
		return op.Kind == "right", now
	}
	return answer.Outcome == "unknown" || answer.Reason == "TOO_MANY_GUESSES", now
}

// partitionGuesses keeps together what says how much of the budget is left. Every other answer is explained alone; where
// there was none, the player was told nothing.
func partitionGuesses(history []porcupine.Operation) [][]porcupine.Operation {
	var budget []porcupine.Operation
	var parts [][]porcupine.Operation
	for _, operation := range history {
		op := operation.Input.(Operation)
		if op.Kind == "start" || isTold(op, operation.Output.(Answer)) {
			budget = append(budget, operation)
		} else {
			parts = append(parts, []porcupine.Operation{operation})
		}
	}
	return append(parts, budget)
}

var guessesModel = porcupine.Model{
	Partition:         partitionGuesses,
	Init:              func() any { return guessing{} },
	Step:              stepGuessing,
	DescribeOperation: describe,
	DescribeState:     func(state any) string { return state.(guessing).String() },
}
