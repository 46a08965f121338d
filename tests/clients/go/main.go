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
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	eventv1 "redeemd.dev/client/redeem/event/v1"
	serialkeyv1 "redeemd.dev/client/redeem/serialkey/v1"
	"redeemd.dev/client/redeemd"
)

var (
	address = cmp.Or(os.Getenv("REDEEMD_ADDRESS"), "127.0.0.1:50051")
	keyFile = cmp.Or(os.Getenv("REDEEMD_KEY_FILE"), "data/admin.key")
)

const campaigns = `{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}`

func main() {
	ctx := context.Background()

	// Log in. The package exchanges the key for a token, which it renews. Players have tokens of their own, which the
	// server of the game requests for them. What is safe to send again is sent again when the server is away.
	server := redeemd.NewLogin(strings.TrimSpace(string(must(os.ReadFile(keyFile)))))
	conn := must(redeemd.Connect(address, server, nil))
	defer conn.Close()
	events := eventv1.NewEventServiceClient(conn)
	alice := redeemd.WithCredential(ctx, redeemd.Player("alice", server))
	bob := redeemd.WithCredential(ctx, redeemd.Player("bob", server))
	token := must(server.Header(ctx, conn))
	fmt.Println("logged in:", strings.Fields(token.Value)[0])

	// A campaign. The package gives each writing call a key: sent twice, it happens once.
	s := shop{serialkeyv1.NewSerialKeyServiceClient(conn), "shop-" + rand.Text()}
	must(s.codes.CreateNamespace(ctx, &serialkeyv1.CreateNamespaceRequest{Name: s.name}))
	must(s.codes.UpdateCurrentCampaignMaster(ctx, &serialkeyv1.UpdateCurrentCampaignMasterRequest{
		NamespaceName: s.name, Settings: proto.String(campaigns),
	}))
	spring := must(s.codes.GetCampaignModel(ctx, &serialkeyv1.GetCampaignModelRequest{
		NamespaceName: s.name, CampaignModelName: "spring",
	}))
	fmt.Println("campaign:", spring.GetItem().GetName())

	// Codes: issued, and exported as a stream. With a key of your own, a call happens once even if the program is restarted.
	batch := must(s.codes.Issue(redeemd.WithKey(ctx, s.name+"-issue-try-1"), &serialkeyv1.IssueRequest{
		NamespaceName: s.name, CampaignModelName: "spring", IssueRequestCount: 5,
	})).GetItem()
	fmt.Println("issued:", batch.GetIssuedCount())
	exported, used := s.export(ctx, batch)
	fmt.Printf("exported: %d, used: %d\n", len(exported), used)

	// Redeem. A repeat with the same key gets the same response and has no further effect.
	// The key names the intention and the try, never the code: to redeem again after a revert takes another key.
	first := must(s.redeem(alice, exported[0], "redeem-1-try-1")).GetItem()
	again := must(s.redeem(alice, exported[0], "redeem-1-try-1")).GetItem()
	same := map[bool]string{true: "same answer", false: "another answer"}
	fmt.Printf("redeemed: by %s, revision %d\n", first.GetUsedUserId(), first.GetRevision())
	fmt.Println("the same again:", same[proto.Equal(first, again)])

	// Refused: the status, and the reason with what it is about.
	var refused *redeemd.Error
	if _, err := s.redeem(bob, exported[0], "redeem-2-try-1"); errors.As(err, &refused) {
		fmt.Println("refused:", codeOf(err), refused.Reason, refused.Metadata["component"], refused.Metadata["code"])
	}

	// Refused: a request that breaks the contract, and each field that does.
	if _, err := s.redeem(bob, "", "redeem-3-try-1"); errors.As(err, &refused) {
		fmt.Println("refused:", codeOf(err), refused.Reason, refused.Violations[0].Field)
	}

	// Redeem many codes at once, as the server. Each item has its own player, key and outcome; the second code is used.
	items := []*serialkeyv1.UseItem{s.item(1, exported[1], "redeem-4-try-1"), s.item(2, exported[0], "redeem-5-try-1")}
	batched := must(s.codes.BatchUse(ctx, &serialkeyv1.BatchUseRequest{
		NamespaceName: s.name, Items: items,
	})).GetOutcomes()
	if batched[0].GetError() != nil || batched[1].GetError().GetReason() != "CODE_STATUS_INVALID" {
		log.Fatal("unexpected outcomes: ", batched)
	}
	_, used = s.export(ctx, batch)
	fmt.Println("used:", used)

	// The same as a stream, for any number of items. The first one has the same key, so it gets the same response.
	for _, outcome := range s.stream(ctx, items) {
		if before := batched[outcome.GetId()-1]; !proto.Equal(outcome.GetResponse(), before.GetResponse()) {
			log.Fatal("unexpected outcome: ", outcome)
		}
	}

	// List: the items of all pages.
	listing := &serialkeyv1.DescribeSerialKeysRequest{
		NamespaceName: s.name, CampaignModelName: "spring", IssueJobName: batch.GetName(), Limit: proto.Int32(2),
	}
	for item, err := range redeemd.Items(ctx, s.codes.DescribeSerialKeys, listing) {
		if err != nil || item.GetCode() != exported[0] {
			log.Fatal("unexpected code: ", item, err)
		}
		exported = exported[1:]
	}

	// Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
	soon, cancel := context.WithTimeout(ctx, 2*time.Second)
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

// shop is the namespace that the program works in.
type shop struct {
	codes serialkeyv1.SerialKeyServiceClient
	name  string
}

// export returns the codes of a batch, and how many of them are used.
func (s shop) export(ctx context.Context, batch *serialkeyv1.IssueJob) (codes []string, used int) {
	chunks := must(s.codes.StreamSerialKeys(ctx, &serialkeyv1.StreamSerialKeysRequest{
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

// redeem redeems a code as the player of a context; it returns the code as it is now.
func (s shop) redeem(ctx context.Context, code, key string) (*serialkeyv1.UseResponse, error) {
	return s.codes.Use(redeemd.WithKey(ctx, s.name+"-"+key), &serialkeyv1.UseRequest{NamespaceName: s.name, Code: code})
}

// item returns an item that redeems a code for bob; its number is that of its outcome.
func (s shop) item(number int64, code, key string) *serialkeyv1.UseItem {
	return &serialkeyv1.UseItem{Id: number, Request: &serialkeyv1.UseByUserIdRequest{
		NamespaceName: s.name, UserId: "bob", Code: code, DuplicationAvoider: proto.String(s.name + "-" + key),
	}}
}

// stream sends items in one message of a stream, and returns their outcomes.
func (s shop) stream(ctx context.Context, items []*serialkeyv1.UseItem) (outcomes []*serialkeyv1.UseOutcome) {
	stream := must(s.codes.UseStream(ctx))
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

// must ends the program with an error that was not expected; a program of yours would return it.
func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
