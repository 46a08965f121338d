package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// counter is the state of a counter; the zero value was never counted. It is reset when the clock of a call has come to
// the period `until`, whatever clocks said before or say later.
type counter struct {
	exists   bool
	count    int64
	revision int64
	until    int64
}

func (c counter) String() string {
	if !c.exists {
		return "none"
	}
	return fmt.Sprintf("%d r%d until %d", c.count, c.revision, c.until)
}

// at answers how the counter stands in a period: reset, when that has come.
func (c counter) at(period int64) counter {
	if c.exists && c.until <= period {
		return counter{true, 0, c.revision + 1, period + 1}
	}
	return c
}

func (c counter) shows(answer Answer) bool {
	return agrees(answer.Count, c.count) && agrees(answer.Revision, c.revision) && (!c.exists || agrees(answer.Until, c.until))
}

// up answers what counting up in a period makes of a counter that stands in it.
func (c counter) up(value, period int64) counter {
	if !c.exists {
		return counter{true, value, 1, period + 1}
	}
	return counter{true, c.count + value, c.revision + 1, c.until}
}

func (c counter) compares(op Operation) bool {
	switch op.Verify {
	case "less":
		return c.count < op.Than
	case "greaterEqual":
		return c.count >= op.Than
	case "equal":
		return c.count == op.Than
	}
	panic("no comparison: " + op.Verify)
}

// change is what became of a counter: the state that is kept, the one that is answered, and the reason of a refusal.
type change struct {
	kept   counter
	shown  counter
	reason string
}

// do answers what an operation makes of a counter in a period.
func (c counter) do(op Operation, period int64) change {
	now := c.at(period)
	refused := func(reason string) change { return change{c, now, reason} }
	switch op.Kind {
	case "get":
		if !now.exists {
			return refused("COUNTER_NOT_FOUND")
		}
		return change{c, now, ""}
	case "verify":
		if !now.compares(op) {
			return refused("COUNTER_VERIFICATION_FAILED")
		}
		return change{c, now, ""}
	case "verify_up":
		if !now.compares(op) {
			return refused("COUNTER_VERIFICATION_FAILED")
		}
		fallthrough
	case "up":
		if op.Max > 0 && now.count+op.Value > op.Max {
			return refused("COUNTER_OVERFLOW")
		}
		next := now.up(op.Value, period)
		return change{next, next, ""}
	case "down":
		if !now.exists {
			return refused("COUNTER_NOT_FOUND")
		}
		next := counter{true, max(0, now.count-op.Value), now.revision + 1, now.until}
		return change{next, next, ""}
	case "delete":
		if !now.exists {
			return refused("COUNTER_NOT_FOUND")
		}
		return change{counter{}, now, ""}
	}
	panic("no operation of a counter: " + op.Kind)
}

// stepCounter answers the states that an operation may lead to: more than one where it is not known in which period the
// server's clock was.
func stepCounter(state, input, output any) []any {
	now, op, answer := state.(counter), input.(Operation), output.(Answer)
	var states []any
	if answer.Outcome == "unknown" {
		states = append(states, now)
	}
	for period := op.Period[0]; period <= op.Period[1]; period++ {
		done := now.do(op, period)
		if fits(done, answer) {
			states = append(states, done.kept)
		}
	}
	return states
}

func fits(done change, answer Answer) bool {
	switch answer.Outcome {
	case "ok":
		return done.reason == "" && done.shown.shows(answer)
	case "refused":
		return done.reason == answer.Reason && agrees(answer.Count, done.shown.count)
	}
	return true
}

// With one period each operation leads to one state, and the search is much faster for knowing it. An operation that
// was never answered is open to the end, so that it may as well be done last: here it is done whenever it can be.
func stepCounterWithoutResets(state, input, output any) (bool, any) {
	done := state.(counter).do(input.(Operation), 0)
	return fits(done, output.(Answer)), done.kept
}

var counterModel = porcupine.Model{
	Init:              func() any { return counter{} },
	Step:              stepCounterWithoutResets,
	DescribeOperation: describe,
	DescribeState:     func(state any) string { return state.(counter).String() },
}

var resettingModel = (&porcupine.NondeterministicModel{
	Init:              func() []any { return []any{counter{}} },
	Step:              stepCounter,
	DescribeOperation: describe,
	DescribeState:     func(state any) string { return state.(counter).String() },
}).ToModel()
