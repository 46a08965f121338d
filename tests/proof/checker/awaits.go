package main

import "github.com/anishathalye/porcupine"

// An await is there until it is acquired; the state is whether it is.
func stepAwait(state, input, output any) (bool, any) {
	there, op, answer := state.(bool), input.(Operation), output.(Answer)
	after := there && op.Kind != "acquire"
	switch answer.Outcome {
	case "ok":
		return there, after
	case "refused":
		return !there && answer.Reason == "AWAIT_NOT_FOUND", there
	}
	return true, after
}

var awaitModel = porcupine.Model{
	Init:              func() any { return true },
	Step:              stepAwait,
	DescribeOperation: describe,
}
