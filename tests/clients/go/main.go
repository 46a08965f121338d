// A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/health" // The service config checks the health of each server.
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	authv1 "redeemd.dev/client/redeem/auth/v1"
	eventv1 "redeemd.dev/client/redeem/event/v1"
	serialkeyv1 "redeemd.dev/client/redeem/serialkey/v1"
)

var (
	address       = cmp.Or(os.Getenv("REDEEMD_ADDRESS"), "127.0.0.1:50051")
	keyFile       = cmp.Or(os.Getenv("REDEEMD_KEY_FILE"), "data/admin.key")
	serviceConfig = cmp.Or(os.Getenv("REDEEMD_SERVICE_CONFIG"), "generated/descriptors/service_config.json")
)

const campaigns = `{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}`

func main() {
	ctx := context.Background()

	// The service config has redeemd's retry policy: what is safe to send again is sent again when the server is away.
	channel := must(grpc.NewClient(address,
		grpc.WithDefaultServiceConfig(string(must(os.ReadFile(serviceConfig)))),
		grpc.WithTransportCredentials(insecure.NewCredentials())))
	defer channel.Close()
	logins := authv1.NewAuthServiceClient(channel)
	events := eventv1.NewEventServiceClient(channel)

	// Log in. A key is an id and a secret; what comes back is a token for an hour.
	clientID, clientSecret, _ := strings.Cut(strings.TrimSpace(string(must(os.ReadFile(keyFile)))), ".")
	project := must(logins.LoginProject(ctx, &authv1.LoginProjectRequest{ClientId: clientID, ClientSecret: clientSecret}))
	server := metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+project.GetAccessToken())
	alice := must(logins.Login(server, &authv1.LoginRequest{UserId: "alice"})).GetToken()
	bob := must(logins.Login(server, &authv1.LoginRequest{UserId: "bob"})).GetToken()
	fmt.Println("logged in:", project.GetTokenType())

	// A campaign.
	s := shop{serialkeyv1.NewSerialKeyServiceClient(channel), "shop-" + rand.Text(), server}
	must(s.codes.CreateNamespace(s.once("make-try-1"), &serialkeyv1.CreateNamespaceRequest{Name: s.name}))
	must(s.codes.UpdateCurrentCampaignMaster(s.once("campaigns-try-1"), &serialkeyv1.UpdateCurrentCampaignMasterRequest{
		NamespaceName: s.name, Settings: proto.String(campaigns),
	}))
	spring := must(s.codes.GetCampaignModel(server, &serialkeyv1.GetCampaignModelRequest{
		NamespaceName: s.name, CampaignModelName: "spring",
	}))
	fmt.Println("campaign:", spring.GetItem().GetName())

	// Codes: issued, and exported as a stream.
	batch := must(s.codes.Issue(s.once("issue-try-1"), &serialkeyv1.IssueRequest{
		NamespaceName: s.name, CampaignModelName: "spring", IssueRequestCount: 5,
	})).GetItem()
	fmt.Println("issued:", batch.GetIssuedCount())
	exported, used := s.export(batch)
	fmt.Printf("exported: %d, used: %d\n", len(exported), used)

	// Redeem. A repeat with the same key gets the same response and has no further effect.
	// The key names the intention and the try, never the code: to redeem again after a revert takes another key.
	first := must(s.redeem(ctx, alice, exported[0], "redeem-1-try-1")).GetItem()
	again := must(s.redeem(ctx, alice, exported[0], "redeem-1-try-1")).GetItem()
	same := map[bool]string{true: "same answer", false: "another answer"}
	fmt.Printf("redeemed: by %s, revision %d\n", first.GetUsedUserId(), first.GetRevision())
	fmt.Println("the same again:", same[proto.Equal(first, again)])

	// Refused: the status, and the reason with what it is about.
	_, err := s.redeem(ctx, bob, exported[0], "redeem-2-try-1")
	info, _ := detailsOf(err)
	fmt.Println("refused:", codeOf(err), info.GetReason(), info.GetMetadata()["component"], info.GetMetadata()["code"])

	// Refused: a request that breaks the contract, and each field that does.
	_, err = s.redeem(ctx, bob, "", "redeem-3-try-1")
	info, fields := detailsOf(err)
	fmt.Println("refused:", codeOf(err), info.GetReason(), strings.Join(fields, " "))

	// Redeem many codes at once, as the server. Each item has its own player, key and outcome; the second code is used.
	items := []*serialkeyv1.UseItem{s.item(1, exported[1], "redeem-4-try-1"), s.item(2, exported[0], "")}
	batched := must(s.codes.BatchUse(server, &serialkeyv1.BatchUseRequest{
		NamespaceName: s.name, Items: items,
	})).GetOutcomes()
	if batched[0].GetError() != nil || batched[1].GetError().GetReason() != "CODE_STATUS_INVALID" {
		log.Fatal("unexpected outcomes: ", batched)
	}
	_, used = s.export(batch)
	fmt.Println("used:", used)

	// The same as a stream, for any number of items. The first one has the same key, so it gets the same response.
	for _, outcome := range s.stream(items) {
		if before := batched[outcome.GetId()-1]; !proto.Equal(outcome.GetResponse(), before.GetResponse()) {
			log.Fatal("unexpected outcome: ", outcome)
		}
	}

	// Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
	soon, cancel := context.WithTimeout(server, 2*time.Second)
	defer cancel()
	watched := must(events.WatchEvents(soon, &eventv1.WatchEventsRequest{
		NamespaceNames: []string{s.name}, Start: eventv1.Start_START_OLDEST.Enum(),
	}))
	answer, err := watched.Recv()
	for ; err == nil; answer, err = watched.Recv() {
		for _, event := range answer.GetItems() {
			fmt.Println(strings.TrimSpace(fmt.Sprintf("event: %s %s", event.GetKind(), event.GetUserId())))
		}
	}
	fmt.Println("deadline:", codeOf(err))
}

// shop is the namespace that the program works in, and the context of the server, with its token.
type shop struct {
	codes  serialkeyv1.SerialKeyServiceClient
	name   string
	server context.Context
}

// once returns the context of a writing call of the server: sent twice with the same key, it happens once.
func (s shop) once(key string) context.Context {
	return metadata.AppendToOutgoingContext(s.server, "idempotency-key", s.name+"-"+key)
}

// export returns the codes of a batch, and how many of them are used.
func (s shop) export(batch *serialkeyv1.IssueJob) (codes []string, used int) {
	chunks := must(s.codes.StreamSerialKeys(s.server, &serialkeyv1.StreamSerialKeysRequest{
		NamespaceName: s.name, CampaignModelName: "spring", IssueJobName: batch.GetName(),
	}))
	for {
		chunk, err := chunks.Recv()
		if errors.Is(err, io.EOF) {
			return codes, used
		}
		codes = append(codes, must(chunk, err).GetCodes()...)
		for _, state := range chunk.GetStates() {
			if state.GetStatus() == serialkeyv1.SerialKeyStatus_SERIAL_KEY_STATUS_USED {
				used++
			}
		}
	}
}

// redeem redeems a code as a player, whose token is enough; it returns the code as it is now.
func (s shop) redeem(ctx context.Context, token, code, key string) (*serialkeyv1.UseResponse, error) {
	return s.codes.Use(ctx, &serialkeyv1.UseRequest{
		NamespaceName: s.name, Code: code, AccessToken: &token, DuplicationAvoider: proto.String(s.name + "-" + key),
	})
}

// item returns an item that redeems a code for bob; its number is that of its outcome.
func (s shop) item(number int64, code, key string) *serialkeyv1.UseItem {
	request := &serialkeyv1.UseByUserIdRequest{NamespaceName: s.name, UserId: "bob", Code: code}
	if key != "" {
		request.DuplicationAvoider = proto.String(s.name + "-" + key)
	}
	return &serialkeyv1.UseItem{Id: number, Request: request}
}

// stream sends items in one message of a stream, and returns their outcomes.
func (s shop) stream(items []*serialkeyv1.UseItem) (outcomes []*serialkeyv1.UseOutcome) {
	stream := must(s.codes.UseStream(s.server))
	if err := stream.Send(&serialkeyv1.UseStreamRequest{NamespaceName: s.name, Items: items}); err != nil {
		log.Fatal(err)
	}
	if err := stream.CloseSend(); err != nil {
		log.Fatal(err)
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return outcomes
		}
		outcomes = append(outcomes, must(message, err).GetOutcomes()...)
	}
}

// codeOf returns the status of an error, by the name that all languages know.
func codeOf(err error) code.Code {
	return code.Code(status.Code(err))
}

// detailsOf returns the typed details of a refusal: why and about what, and which fields.
func detailsOf(err error) (info *errdetails.ErrorInfo, fields []string) {
	for _, detail := range status.Convert(err).Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			info = detail
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				fields = append(fields, violation.GetField())
			}
		}
	}
	return info, fields
}

// must ends the program with an error that was not expected; a program of yours would return it.
func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
