package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "redeemd.dev/bench/peers/go/stubs/redeem/serialkey/v1"
)

// service implements Use; the other methods of redeemd are UNIMPLEMENTED.
type service struct {
	pb.UnimplementedSerialKeyServiceServer
	store     Store
	tokens    *tokens
	campaigns map[string]*pb.CampaignModel
}

func (s *service) Use(ctx context.Context, request *pb.UseRequest) (*pb.UseResponse, error) {
	player, err := s.tokens.read(request.GetAccessToken())
	if err != nil {
		return nil, refusal(codes.Unauthenticated, "TOKEN_INVALID", err)
	}
	now := time.Now().UnixMilli()
	key, err := s.store.Use(ctx, request.NamespaceName, folded(request.Code), player, now)
	switch {
	case errors.Is(err, errNotFound):
		return nil, refusal(codes.NotFound, "CODE_NOT_FOUND", err)
	case errors.Is(err, errNotUsable):
		return nil, refusal(codes.FailedPrecondition, "CODE_NOT_USABLE", err)
	case err != nil:
		slog.Error("database", "error", err)
		return nil, status.Error(codes.Unavailable, "the database does not respond")
	}
	item := &pb.SerialKey{
		SerialKeyId:       proto.String("grn:peer:" + request.NamespaceName + ":serialkey:" + key.Code),
		CampaignModelName: &key.Campaign,
		Code:              &key.Code,
		Status:            pb.SerialKeyStatus(statusUsed).Enum(),
		UsedUserId:        &player,
		CreatedAt:         &key.CreatedAt,
		UsedAt:            &now,
		UpdatedAt:         &now,
		Revision:          &key.Revision,
	}
	return &pb.UseResponse{Item: item, CampaignModel: s.campaigns[key.Campaign]}, nil
}

var ignored = strings.NewReplacer("-", "", " ", "")

// folded returns a code as it is stored, whatever its case, hyphens and spaces.
func folded(code string) string {
	return strings.ToUpper(ignored.Replace(code))
}

func refusal(code codes.Code, reason string, err error) error {
	detailed, _ := status.New(code, err.Error()).WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "peer"})
	return detailed.Err()
}

// logged writes a line of JSON for each call.
func logged(log *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		began := time.Now()
		reply, err := next(ctx, request)
		attributes := []slog.Attr{
			slog.String("method", info.FullMethod),
			slog.String("status", status.Code(err).String()),
			slog.Float64("ms", float64(time.Since(began).Microseconds())/1000),
		}
		if used, ok := reply.(*pb.UseResponse); ok && err == nil {
			attributes = append(attributes, slog.String("user", used.Item.GetUsedUserId()))
		}
		log.LogAttrs(ctx, slog.LevelInfo, "call", attributes...)
		return reply, err
	}
}

// validated refuses requests that break a rule of the contract.
func validated(validator protovalidate.Validator) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if err := validator.Validate(request.(proto.Message)); err != nil {
			return nil, refusal(codes.InvalidArgument, "REQUEST_INVALID", err)
		}
		return next(ctx, request)
	}
}
