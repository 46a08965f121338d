package redeemd

import (
	"errors"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Error is a call that failed.
type Error struct {
	// Code is the status of the call.
	Code codes.Code
	// Message is a text for developers.
	Message string
	// Reason is a name of an ErrorReason of the contract without its prefix, such as CODE_STATUS_INVALID. It is empty if
	// the failure is none of the server.
	Reason string
	// Metadata is what the contract says about the reason.
	Metadata map[string]string
	// Violations are the invalid fields.
	Violations []Violation
	// RetryAfter is after how long the server suggests to send the call again; 0 if it suggests nothing.
	RetryAfter time.Duration
	// Key is the idempotency key of the call, empty if it had none: to send the call again with it is always safe.
	Key string
	// OutcomeUnknown says that a call that writes may have been executed, or not: send it again with Key.
	OutcomeUnknown bool

	cause error
}

// Violation is what is wrong with a field of a request.
type Violation struct {
	// Field is the path of the field.
	Field string
	// Description is a text for developers.
	Description string
}

func (e *Error) Error() string { return e.cause.Error() }

// Unwrap returns the error of grpc.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus returns the status, so that status.Code works.
func (e *Error) GRPCStatus() *status.Status { return status.Convert(e.cause) }

// Reason returns the reason of an error, empty if it has none.
func Reason(err error) string {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.Reason
	}
	return ""
}

// errorOf returns the error of a call, nil if there is none.
func errorOf(err error, writes bool, key string) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	status := status.Convert(err)
	found := &Error{Code: status.Code(), Message: status.Message(), Key: key, cause: err}
	switch status.Code() {
	// Whatever the details say: they are those of the last attempt, and the response of an earlier one may be lost.
	case codes.Unavailable, codes.Canceled, codes.DeadlineExceeded, codes.Unknown, codes.Internal:
		found.OutcomeUnknown = writes
	}
	for _, detail := range status.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			found.Reason, found.Metadata = detail.GetReason(), detail.GetMetadata()
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				found.Violations = append(found.Violations, Violation{violation.GetField(), violation.GetDescription()})
			}
		case *errdetails.RetryInfo:
			found.RetryAfter = detail.GetRetryDelay().AsDuration()
		}
	}
	return found
}
