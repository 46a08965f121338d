package redeemd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	authv1 "@GO_MODULE@/redeem/auth/v1"
	_ "@GO_MODULE@/redeem/event/v1"
	_ "@GO_MODULE@/redeem/exchange/v1"
	_ "@GO_MODULE@/redeem/limit/v1"
	serialkeyv1 "@GO_MODULE@/redeem/serialkey/v1"
	_ "@GO_MODULE@/redeem/transaction/v1"
)

// server has tokens that it takes back, and loses the first responses.
type server struct {
	authv1.UnimplementedAuthServiceServer
	serialkeyv1.UnimplementedSerialKeyServiceServer

	mutex  sync.Mutex
	life   int32
	logins int
	lost   int
	keys   []string
}

func (s *server) LoginProject(context.Context, *authv1.LoginProjectRequest) (*authv1.LoginProjectResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.logins++
	return &authv1.LoginProjectResponse{AccessToken: proto.String(fmt.Sprint("token ", s.logins)), ExpiresIn: &s.life}, nil
}

func (s *server) Use(ctx context.Context, _ *serialkeyv1.UseRequest) (*serialkeyv1.UseResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	sent, _ := metadata.FromIncomingContext(ctx)
	if sent.Get(bearer)[0] != fmt.Sprint("Bearer token ", s.logins) {
		return nil, status.Error(codes.Unauthenticated, "not this one")
	}
	s.keys = append(s.keys, sent.Get("idempotency-key")...)
	if s.lost > 0 {
		s.lost--
		return nil, status.Error(codes.Unavailable, "lost")
	}
	return &serialkeyv1.UseResponse{}, nil
}

func (s *server) connect(t *testing.T, credential Credential) serialkeyv1.SerialKeyServiceClient {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving := grpc.NewServer()
	authv1.RegisterAuthServiceServer(serving, s)
	serialkeyv1.RegisterSerialKeyServiceServer(serving, s)
	go serving.Serve(listener)
	conn, err := Connect(listener.Addr().String(), credential, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); serving.Stop() })
	return serialkeyv1.NewSerialKeyServiceClient(conn)
}

// The methods that take a key, and those that write, are those of the policies.
func TestRulesAreThoseOfTheContract(t *testing.T) {
	content, err := os.ReadFile(os.Getenv("REDEEMD_RULES"))
	if err != nil {
		t.Skip("the repository of redeemd has the rules")
	}
	var rules map[string]struct{ Writes, TakesKey bool }
	if err := json.Unmarshal(content, &rules); err != nil || len(rules) == 0 {
		t.Fatal(err)
	}
	for path, expected := range rules {
		if found := ruleOf(path); found.takesKey != expected.TakesKey || found.writes != expected.Writes {
			t.Error(path, found, expected)
		}
	}
	if found := ruleOf("/another.Service/Method"); found != (rule{}) {
		t.Error(found)
	}
}

// Attempts of one call have one key, and another call has another one; a key of the caller is sent as it is.
func TestAKeyIsKeptForAllAttempts(t *testing.T) {
	s := &server{life: 100, lost: 2}
	client := s.connect(t, NewLogin("id.secret"))
	for range 2 {
		if _, err := client.Use(t.Context(), &serialkeyv1.UseRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	client.Use(WithKey(t.Context(), "mine"), &serialkeyv1.UseRequest{})
	client.Use(t.Context(), &serialkeyv1.UseRequest{DuplicationAvoider: proto.String("inside")})
	client.Use(metadata.AppendToOutgoingContext(t.Context(), keyHeader, "beside"), &serialkeyv1.UseRequest{})
	k := s.keys
	if len(k) != 6 || k[5] != "beside" || k[0] != k[1] || k[1] != k[2] || k[2] == k[3] || k[4] != "mine" || k[3] == "" {
		t.Fatal(k)
	}
}

// A call whose attempts all fail says that it may have been executed, and with which key to repeat it.
func TestAnUnknownOutcomeHasItsKey(t *testing.T) {
	s := &server{life: 100, lost: 5}
	_, err := s.connect(t, NewLogin("id.secret")).Use(t.Context(), &serialkeyv1.UseRequest{})
	var failed *Error
	if !errors.As(err, &failed) || !failed.OutcomeUnknown || failed.Key != s.keys[4] || status.Code(err) != codes.Unavailable {
		t.Fatal(err, s.keys)
	}
}

// A token that the server takes back is replaced once; the call does not fail.
func TestARefusedTokenIsReplaced(t *testing.T) {
	s := &server{life: 100}
	client := s.connect(t, NewLogin("id.secret"))
	for range 3 {
		if _, err := client.Use(t.Context(), &serialkeyv1.UseRequest{}); err != nil {
			t.Fatal(err)
		}
		s.mutex.Lock()
		s.logins++
		s.mutex.Unlock()
	}
	if _, err := s.connect(t, Key("no.key")).Use(t.Context(), &serialkeyv1.UseRequest{}); status.Code(err) != codes.Unauthenticated {
		t.Fatal(err)
	}
}

// Callers at once log in once; a token whose life is over is renewed.
func TestCallersShareALogin(t *testing.T) {
	s := &server{life: 100}
	client := s.connect(t, NewLogin("id.secret"))
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() {
			if _, err := client.Use(t.Context(), &serialkeyv1.UseRequest{}); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	if s.logins != 1 {
		t.Fatal(s.logins)
	}
	expired := &server{life: 0}
	client = expired.connect(t, NewLogin("id.secret"))
	client.Use(t.Context(), &serialkeyv1.UseRequest{})
	client.Use(t.Context(), &serialkeyv1.UseRequest{})
	if expired.logins != 2 {
		t.Fatal(expired.logins)
	}
}

// A file is read again when the server refuses its token, and keeps the last token while it is away.
func TestATokenFileIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	os.WriteFile(path, []byte("token 0"), 0o600)
	s := &server{}
	file := NewTokenFile(path)
	client := s.connect(t, file)
	if _, err := client.Use(t.Context(), &serialkeyv1.UseRequest{}); err != nil {
		t.Fatal(err)
	}
	s.logins = 1
	os.WriteFile(path, []byte("token 1\n"), 0o600)
	if _, err := client.Use(t.Context(), &serialkeyv1.UseRequest{}); err != nil {
		t.Fatal(err)
	}
	os.Remove(path)
	file.readAt = time.Time{}
	if _, err := client.Use(t.Context(), &serialkeyv1.UseRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := NewTokenFile(path).Header(t.Context(), nil); err == nil {
		t.Fatal("there is no file")
	}
}
