package redeemd

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	authv1 "@GO_MODULE@/redeem/auth/v1"
)

// Header is metadata that proves who calls.
type Header struct{ Name, Value string }

// Credential is what a connection shows the server. It is safe for concurrent use.
type Credential interface {
	// Header returns what to send. It may log in over the connection.
	Header(ctx context.Context, conn grpc.ClientConnInterface) (Header, error)
	// Refused is told that the server refused a header; it returns whether there can be another one.
	Refused(header Header) bool
}

const (
	bearer         = "authorization"
	playersToken   = "access token" // metadata `kind` of a refusal
	renewedAt      = 0.8            // of the life of a token
	postponed      = 10 * time.Second
	checked        = time.Second
	shortestOfLife = time.Minute // of a token that expires at a time of another clock
)

// Key is an API key, "<id>.<secret>", that is sent with each call, or any other bearer token that does not expire.
type Key string

// Header returns the key.
func (k Key) Header(context.Context, grpc.ClientConnInterface) (Header, error) {
	return Header{bearer, "Bearer " + string(k)}, nil
}

// Refused returns false: there is no other key.
func (k Key) Refused(Header) bool { return false }

// TokenFile is a file with a bearer token that somebody else renews. It is read again once a second, and when the server
// refuses the token.
type TokenFile struct {
	path string

	mutex  sync.Mutex
	token  string
	readAt time.Time
}

// NewTokenFile returns the credential of a file.
func NewTokenFile(path string) *TokenFile { return &TokenFile{path: path} }

// Header returns the token as it is now, or as it was when the file was last readable.
func (f *TokenFile) Header(context.Context, grpc.ClientConnInterface) (Header, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if time.Since(f.readAt) > checked {
		if err := f.read(); err != nil && f.token == "" {
			return Header{}, err
		}
	}
	return f.header(), nil
}

func (f *TokenFile) read() error {
	content, err := os.ReadFile(f.path)
	if err == nil {
		f.token, f.readAt = strings.TrimSpace(string(content)), time.Now()
	}
	return err
}

func (f *TokenFile) header() Header { return Header{bearer, "Bearer " + f.token} }

// Refused reads the file again; it returns whether it has another token.
func (f *TokenFile) Refused(header Header) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.read() == nil && f.header() != header
}

// Login is a credential that logs in: it keeps a token, and renews it when most of its life is over.
type Login struct {
	login func(context.Context, authv1.AuthServiceClient) (Header, time.Duration, error)

	mutex              sync.Mutex
	header             Header
	renewed, expiresAt time.Time
}

// NewLogin exchanges a key for a project token, so that its secret is sent once a day and not with each call.
func NewLogin(key string) *Login {
	id, secret, _ := strings.Cut(key, ".")
	request := &authv1.LoginProjectRequest{ClientId: id, ClientSecret: secret}
	return &Login{login: func(ctx context.Context, auth authv1.AuthServiceClient) (Header, time.Duration, error) {
		response, err := auth.LoginProject(WithCredential(ctx, nobody{}), request)
		life := time.Duration(response.GetExpiresIn()) * time.Second
		return Header{bearer, "Bearer " + response.GetAccessToken()}, life, err
	}}
}

// Player is the credential of a player, whom the server of the game has authenticated: pass it to WithCredential. It
// logs the player in with another credential, that of the server.
func Player(userID string, by Credential) *Login {
	request := &authv1.LoginRequest{UserId: userID}
	return &Login{login: func(ctx context.Context, auth authv1.AuthServiceClient) (Header, time.Duration, error) {
		response, err := auth.Login(WithCredential(ctx, by), request)
		life := time.Until(time.UnixMilli(response.GetExpire()))
		return Header{"x-access-token", response.GetToken()}, max(life, shortestOfLife), err
	}}
}

// Header returns the token. Of several callers that need a new one, one logs in.
func (l *Login) Header(ctx context.Context, conn grpc.ClientConnInterface) (Header, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if time.Now().Before(l.renewed) {
		return l.header, nil
	}
	// Not with the metadata of the call that needs the token.
	ctx = metadata.NewOutgoingContext(ctx, metadata.MD{})
	header, life, err := l.login(ctx, authv1.NewAuthServiceClient(conn))
	now := time.Now()
	if err != nil && now.Before(l.expiresAt) {
		l.renewed = now.Add(postponed)
		return l.header, nil
	}
	if err != nil {
		return Header{}, err
	}
	l.header, l.expiresAt = header, now.Add(life)
	l.renewed = now.Add(time.Duration(renewedAt * float64(life)))
	return l.header, nil
}

// Refused forgets the token.
func (l *Login) Refused(header Header) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.header == header {
		l.renewed, l.expiresAt = time.Time{}, time.Time{}
	}
	return true
}

// nobody has no credential.
type nobody struct{}

func (nobody) Header(context.Context, grpc.ClientConnInterface) (Header, error) { return Header{}, nil }
func (nobody) Refused(Header) bool                                              { return false }

// authorized returns the context of an attempt, and the header in it.
func authorized(ctx context.Context, credential Credential, conn *grpc.ClientConn) (context.Context, Header, error) {
	if credential == nil {
		return ctx, Header{}, nil
	}
	header, err := credential.Header(ctx, conn)
	if err != nil || header.Name == "" {
		return ctx, header, err
	}
	return metadata.AppendToOutgoingContext(ctx, header.Name, header.Value), header, nil
}

// refused returns whether the server refused the header of a call, and there can be another one.
func refused(credential Credential, header Header, err error) bool {
	var failed *Error
	if credential == nil || header.Name == "" || !errors.As(err, &failed) || failed.Code != codes.Unauthenticated {
		return false
	}
	return (failed.Metadata["kind"] == playersToken) == (header.Name != bearer) && credential.Refused(header)
}
