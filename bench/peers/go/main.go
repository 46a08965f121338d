// Command go is the service that a Go team would write instead of running redeemd, as far as Use goes: see README.md.
//
//	go prepare -database URL -key FILE -codes N -players N   creates tables, codes and tokens, and prints these as JSON
//	go serve -database URL -key FILE [-events]               serves gRPC
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	pb "redeemd.dev/bench/peers/go/stubs/redeem/serialkey/v1"
)

const (
	namespace     = "bench"
	campaign      = "spring"
	codeSymbols   = 22 // as those of redeemd
	keyBytes      = 32
	keyPermission = 0o600
)

type options struct {
	database, keyFile, listen string
	codes, players            int
	events                    bool
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("usage: prepare|serve -database URL -key FILE ...")
	}
	var o options
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	flags.StringVar(&o.database, "database", "", "sqlite:PATH or postgresql://...")
	flags.StringVar(&o.keyFile, "key", "", "file of the key that signs tokens; prepare creates it")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "address and port")
	flags.IntVar(&o.codes, "codes", 1000, "codes to create")
	flags.IntVar(&o.players, "players", 128, "players to log in")
	flags.BoolVar(&o.events, "events", false, "record an event in the transaction of each redemption")
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	switch arguments[0] {
	case "prepare":
		return prepare(o)
	case "serve":
		return serve(o)
	}
	return fmt.Errorf("unknown command %s", arguments[0])
}

func prepare(o options) error {
	key := make([]byte, keyBytes)
	rand.Read(key)
	if err := os.WriteFile(o.keyFile, key, keyPermission); err != nil {
		return err
	}
	issuing, err := newTokens(key)
	if err != nil {
		return err
	}
	var made struct {
		Codes  []string `json:"codes"`
		Tokens []string `json:"tokens"`
	}
	for number := range o.players {
		token, err := issuing.issue(fmt.Sprintf("player-%05d", number))
		if err != nil {
			return err
		}
		made.Tokens = append(made.Tokens, token)
	}
	for range o.codes {
		made.Codes = append(made.Codes, rand.Text()[:codeSymbols])
	}
	ctx := context.Background()
	store, err := openStore(ctx, o.database, o.events)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.Prepare(ctx, namespace, campaign, made.Codes); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(made)
}

func serve(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	key, err := os.ReadFile(o.keyFile)
	if err != nil {
		return err
	}
	verifying, err := newTokens(key)
	if err != nil {
		return err
	}
	validator, err := protovalidate.New(protovalidate.WithMessages(&pb.UseRequest{}))
	if err != nil {
		return err
	}
	store, err := openStore(context.Background(), o.database, o.events)
	if err != nil {
		return err
	}
	defer store.Close()
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	server := grpc.NewServer(grpc.ChainUnaryInterceptor(logged(log), validated(validator)))
	campaigns := map[string]*pb.CampaignModel{
		campaign: {Name: proto.String(campaign), Metadata: proto.String("100 coins")},
	}
	pb.RegisterSerialKeyServiceServer(server, &service{store: store, tokens: verifying, campaigns: campaigns})
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "peer: serving gRPC on %s\n", listener.Addr())
	context.AfterFunc(ctx, server.GracefulStop)
	return server.Serve(listener)
}
