package main

import (
	"fmt"
	"maps"

	"github.com/anishathalye/porcupine"
)

// redeemable is a code of a campaign with limits: a serial key, or the campaign code, which is key 0.
type redeemable struct {
	campaign string
	key      int64
}

type redeemer struct {
	redeemable
	user string
}

// capped is the state of campaigns with limits, which are a group if there are several: how often each player has used
// each code, and how often a serial key has changed.
type capped struct {
	uses    map[redeemer]int64
	changes map[redeemable]int64
}

func (c capped) String() string { return fmt.Sprintf("%v %v", c.uses, c.changes) }

func (op Operation) redeemable() redeemable { return redeemable{op.Campaign, op.Key} }

func (op Operation) redeemer() redeemer { return redeemer{op.redeemable(), op.User} }

// count adds the uses of which `counts` is true.
func (c capped) count(counts func(redeemer) bool) int64 {
	sum := int64(0)
	for by, uses := range c.uses {
		if counts(by) {
			sum += uses
		}
	}
	return sum
}

func (c capped) inTotal(campaign string) int64 {
	return c.count(func(by redeemer) bool { return by.campaign == campaign })
}

func (c capped) byUser(campaign, user string) int64 {
	return c.count(func(by redeemer) bool { return by.campaign == campaign && by.user == user })
}

func (c capped) ofKey(key redeemable) int64 {
	return c.count(func(by redeemer) bool { return by.redeemable == key })
}

// inOther answers how often a player has used codes of other campaigns of the group.
func (c capped) inOther(campaign, user string) int64 {
	return c.count(func(by redeemer) bool { return by.campaign != campaign && by.user == user })
}

func reached(limit, uses int64) bool { return limit > 0 && uses >= limit }

// limit answers which limit refuses the next use, none if it is empty. What concerns the player comes first.
func (c capped) limit(op Operation) string {
	perKey := op.PerKey
	if op.Key == 0 {
		perKey = 0
	}
	switch {
	case c.inOther(op.Campaign, op.User) > 0:
		return "REDEEMED_IN_GROUP"
	case reached(op.PerUser, c.byUser(op.Campaign, op.User)), perKey > 0 && c.uses[op.redeemer()] > 0:
		return "ALREADY_REDEEMED"
	case reached(perKey, c.ofKey(op.redeemable())):
		return "KEY_USED_UP"
	case reached(op.Total, c.inTotal(op.Campaign)):
		return "CAMPAIGN_SOLD_OUT"
	}
	return ""
}

// status answers that of a code: a serial key is used when it is used as often as it may.
func (c capped) status(op Operation) string {
	if op.Key > 0 && c.ofKey(op.redeemable()) >= max(op.PerKey, 1) {
		return used
	}
	return active
}

func (c capped) usable(op Operation) bool { return c.limit(op) == "" && c.status(op) == active }

// plus answers the state after a use, or after a revert of one that there was.
func (c capped) plus(uses int64, op Operation) capped {
	next := capped{maps.Clone(c.uses), maps.Clone(c.changes)}
	if next.uses[op.redeemer()] += uses; next.uses[op.redeemer()] == 0 {
		delete(next.uses, op.redeemer())
	}
	if op.Key > 0 {
		next.changes[op.redeemable()]++
	}
	return next
}

// after answers the state that an operation leads to, and whether it may be done at all. To revert a campaign code that
// the player has not used changes nothing.
func (c capped) after(op Operation) (capped, bool) {
	switch op.Kind {
	case "use":
		if !c.usable(op) {
			return c, false
		}
		return c.plus(1, op), true
	case "revert":
		if c.uses[op.redeemer()] == 0 {
			return c, op.Key == 0
		}
		return c.plus(-1, op), true
	case "verify":
		return c, c.usable(op) == op.Active
	case "get", "count":
		return c, true
	}
	panic("no operation of a campaign with limits: " + op.Kind)
}

// shows tells whether an answer is what the service has to say of this state after an operation.
func (c capped) shows(op Operation, answer Answer) bool {
	switch op.Kind {
	case "verify":
		return true
	case "count":
		return agrees(answer.Count, c.uses[op.redeemer()])
	}
	status, user := c.status(op), ""
	switch {
	case op.Kind == "use":
		status, user = used, op.User
	case op.PerKey == 0 && status == used:
		user = c.userOf(op.redeemable())
	}
	return answer.Status == status && answer.User == user && agrees(answer.Revision, c.changes[op.redeemable()])
}

// userOf answers the player who has used a key that is good once.
func (c capped) userOf(key redeemable) string {
	for by := range c.uses {
		if by.redeemable == key {
			return by.user
		}
	}
	return ""
}

// refuses tells whether this state is a reason to refuse an operation with this answer. Where a key is used up, both its
// status and the limit that is reached are reasons: the service reads them one after the other.
func (c capped) refuses(op Operation, answer Answer) bool {
	if _, may := c.after(op); may {
		return false
	}
	if answer.Reason == "CODE_STATUS_INVALID" {
		return answer.Status == c.status(op) && (op.Kind != "use" || answer.Status == used)
	}
	if op.Kind == "revert" || (op.Kind == "verify" && !op.Active) {
		return false
	}
	if answer.Reason == "REDEEMED_IN_GROUP" && (answer.Campaign == op.Campaign || c.byUser(answer.Campaign, op.User) == 0) {
		return false
	}
	return answer.Reason == c.limit(op)
}

func stepCapped(state, input, output any) (bool, any) {
	now, op, answer := state.(capped), input.(Operation), output.(Answer)
	next, may := now.after(op)
	switch answer.Outcome {
	case "ok":
		return may && next.shows(op, answer), next
	case "refused":
		return now.refuses(op, answer), now
	}
	return true, next // unknown: done here, or, being open to the end, never
}

var cappedModel = porcupine.Model{
	Init: func() any { return capped{map[redeemer]int64{}, map[redeemable]int64{}} },
	Step: stepCapped,
	Equal: func(one, other any) bool {
		return maps.Equal(one.(capped).uses, other.(capped).uses) && maps.Equal(one.(capped).changes, other.(capped).changes)
	},
	DescribeOperation: describe,
	DescribeState:     func(state any) string { return state.(capped).String() },
}
