package redeemd

import (
	"context"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Page is the response of a listing.
type Page[T any] interface {
	proto.Message
	GetItems() []T
	GetNextPageToken() string
}

// Items yields the items of a listing, of all pages from that of the request on, and ends with an error:
//
//	for item, err := range redeemd.Items(ctx, codes.DescribeIssueJobs, request) {
func Items[Q proto.Message, A Page[T], T any](
	ctx context.Context, list func(context.Context, Q, ...grpc.CallOption) (A, error), request Q,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		following := proto.CloneOf(request)
		token := following.ProtoReflect().Descriptor().Fields().ByName("page_token")
		for {
			page, err := list(ctx, following)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.GetItems() {
				if !yield(item, nil) {
					return
				}
			}
			if page.GetNextPageToken() == "" {
				return
			}
			following.ProtoReflect().Set(token, protoreflect.ValueOfString(page.GetNextPageToken()))
		}
	}
}
