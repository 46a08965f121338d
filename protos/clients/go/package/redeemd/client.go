// Package redeemd makes calls to redeemd: with the published service config, a credential that is renewed, an idempotency
// key for each call that writes, and errors with their reason. The clients that protoc generates work on its connections:
//
//	conn, err := redeemd.Connect("redeemd.example:50051", redeemd.NewLogin(key), nil)
//	codes := serialkeyv1.NewSerialKeyServiceClient(conn)
//	response, err := codes.UseByUserId(ctx, request)
package redeemd

import (
	"context"
	"crypto/tls"
	_ "embed"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/health" // The service config checks the health of each server.
	"google.golang.org/grpc/metadata"
)

// ServiceConfig is the published service config: which calls are retried, their time-outs, and how they are balanced.
//
//go:embed service_config.json
var ServiceConfig string

const (
	messageBytesMax = 21 << 20 // of responses; settings are the longest
	keyHeader       = "idempotency-key"
)

// Connect returns a connection to a server, or to all replicas of a name, with TLS unless config is nil. A nil credential
// sends none. The options come after those of the package, so they can replace the service config.
func Connect(target string, credential Credential, config *tls.Config, options ...grpc.DialOption) (*grpc.ClientConn, error) {
	transport := insecure.NewCredentials()
	if config != nil {
		transport = credentials.NewTLS(config)
	}
	return grpc.NewClient(target, append([]grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultServiceConfig(ServiceConfig),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(messageBytesMax), grpc.MaxRetryRPCBufferSize(messageBytesMax)),
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, request, response any, conn *grpc.ClientConn,
			invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
			return unary(ctx, credential, method, request, response, conn, invoke, options)
		}),
		grpc.WithChainStreamInterceptor(func(ctx context.Context, description *grpc.StreamDesc, conn *grpc.ClientConn,
			method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
			return streaming(ctx, credential, description, conn, method, open, options)
		}),
	}, options...)...)
}

type contextKey int

const (
	idempotencyKey contextKey = iota
	credentialKey
)

// WithKey returns a context whose next call has an idempotency key of yours. It is for one call, however often it is
// sent. Calls that write and have no key, neither in their context nor in their request, get one from the package.
func WithKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, idempotencyKey, key)
}

// WithCredential returns a context whose calls have another credential than those of their connection, such as Player.
func WithCredential(ctx context.Context, credential Credential) context.Context {
	return context.WithValue(ctx, credentialKey, credential)
}

func credentialOf(ctx context.Context, ofConnection Credential) Credential {
	if credential, ok := ctx.Value(credentialKey).(Credential); ok {
		return credential
	}
	return ofConnection
}

// unary makes a call. If the server refuses its credential, it sends the call again with a new one, once.
func unary(ctx context.Context, ofConnection Credential, method string, request, response any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options []grpc.CallOption) error {
	rule := ruleOf(method)
	key, inside := keyOf(ctx, rule, request)
	if key != "" && !inside {
		ctx = metadata.AppendToOutgoingContext(ctx, keyHeader, key)
	}
	for attempt := 0; ; attempt++ {
		credential := credentialOf(ctx, ofConnection)
		sent, header, err := authorized(ctx, credential, conn)
		if err != nil {
			return err
		}
		err = errorOf(invoke(sent, method, request, response, conn, options...), rule.writes, key)
		if err == nil || attempt > 0 || !refused(credential, header, err) {
			return err
		}
	}
}

func streaming(ctx context.Context, ofConnection Credential, description *grpc.StreamDesc, conn *grpc.ClientConn,
	method string, open grpc.Streamer, options []grpc.CallOption) (grpc.ClientStream, error) {
	rule := ruleOf(method)
	key, inside := keyOf(ctx, rule, nil)
	if key != "" && !inside {
		ctx = metadata.AppendToOutgoingContext(ctx, keyHeader, key)
	}
	credential := credentialOf(ctx, ofConnection)
	sent, header, err := authorized(ctx, credential, conn)
	if err != nil {
		return nil, err
	}
	opened, err := open(sent, description, conn, method, options...)
	if err != nil {
		return nil, errorOf(err, rule.writes, key)
	}
	return &stream{ClientStream: opened, failed: func(err error) error {
		err = errorOf(err, rule.writes, key)
		refused(credential, header, err) // The next stream has another credential.
		return err
	}}, nil
}

// stream is one whose errors are those of the package.
type stream struct {
	grpc.ClientStream
	failed func(error) error
}

func (s *stream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return s.failed(err)
}
