package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

const (
	active   = "ACTIVE"
	used     = "USED"
	inactive = "INACTIVE"
)

// code is the state of a serial code. Revision counts its changes.
type code struct {
	status   string
	user     string
	revision int64
}

func (c code) String() string { return fmt.Sprintf("%s %s r%d", c.status, c.user, c.revision) }

// shows tells whether an answer is what the service has to say of this state.
func (c code) shows(answer Answer) bool {
	return answer.Status == c.status && answer.User == c.user && agrees(answer.Revision, c.revision)
}

// after answers the state that an operation leads to, and whether it may be done at all.
func (c code) after(op Operation) (code, bool) {
	switch op.Kind {
	case "use":
		return code{used, op.User, c.revision + 1}, c.status == active
	case "revert":
		return code{active, "", c.revision + 1}, c.status == used && c.user == op.User
	case "switch":
		status := inactive
		if op.Active {
			status = active
		}
		return code{status, "", c.revision + 1}, c.status != used
	case "verify":
		return c, (c.status == active) == op.Active
	case "get":
		return c, true
	}
	panic("no operation of a code: " + op.Kind)
}

// refuses tells whether this state is a reason to refuse an operation with this answer.
func (c code) refuses(op Operation, answer Answer) bool {
	_, may := c.after(op)
	return !may && answer.Reason == "CODE_STATUS_INVALID" && answer.Status == c.status
}

func stepCode(state, input, output any) (bool, any) {
	now, op, answer := state.(code), input.(Operation), output.(Answer)
	next, may := now.after(op)
	switch answer.Outcome {
	case "ok":
		return may && next.shows(answer), next
	case "refused":
		return now.refuses(op, answer), now
	}
	if may { // unknown: done here, or, being open to the end, never
		return true, next
	}
	return true, now
}

// A forged code was never issued: whatever is done with it is refused.
func stepForged(state, _, output any) (bool, any) {
	answer := output.(Answer)
	return answer.Outcome != "ok" && (answer.Outcome == "unknown" || answer.Reason == "CODE_NOT_FOUND"), state
}

var codeModel = porcupine.Model{
	Init:              func() any { return code{status: active} },
	Step:              stepCode,
	DescribeOperation: describe,
	DescribeState:     func(state any) string { return state.(code).String() },
}

var forgedModel = porcupine.Model{
	Init:              func() any { return 0 },
	Step:              stepForged,
	DescribeOperation: describe,
}

func agrees(said *int64, is int64) bool { return said == nil || *said == is }
