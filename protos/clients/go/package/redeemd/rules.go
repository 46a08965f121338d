package redeemd

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"sync"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// rule is what the contract says about a method.
type rule struct {
	writes   bool
	takesKey bool
}

// retried returns the paths of the methods that the service config sends again.
var retried = sync.OnceValue(func() map[string]bool {
	var config struct {
		MethodConfig []struct {
			Name        []struct{ Service, Method string }
			RetryPolicy *struct{}
		}
	}
	if err := json.Unmarshal([]byte(ServiceConfig), &config); err != nil {
		panic(err) // It is part of the package.
	}
	found := map[string]bool{}
	for _, methods := range config.MethodConfig {
		for _, name := range methods.Name {
			found["/"+name.Service+"/"+name.Method] = methods.RetryPolicy != nil
		}
	}
	return found
})

// ruleOf returns the rule of a method by its path. Methods of other services have none.
//
// Of the methods that write, those are retried that take an idempotency key, and batches, whose items do.
func ruleOf(path string) rule {
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "."))
	found, _ := protoregistry.GlobalFiles.FindDescriptorByName(name)
	method, ok := found.(protoreflect.MethodDescriptor)
	if !ok {
		return rule{}
	}
	options, _ := method.Options().(*descriptorpb.MethodOptions)
	writes := options.GetIdempotencyLevel() != descriptorpb.MethodOptions_NO_SIDE_EFFECTS
	items := method.Input().Fields().ByName("items")
	isBatch := items != nil && items.Message() != nil && items.Message().Fields().ByName("request") != nil
	return rule{writes: writes, takesKey: writes && !isBatch && retried()[path]}
}

// keyOf returns the idempotency key of a call, and whether its request or its metadata has it already.
func keyOf(ctx context.Context, rule rule, request any) (key string, inside bool) {
	if !rule.takesKey {
		return "", false
	}
	if given, ok := request.(interface{ GetDuplicationAvoider() string }); ok && given.GetDuplicationAvoider() != "" {
		return given.GetDuplicationAvoider(), true
	}
	sent, _ := metadata.FromOutgoingContext(ctx)
	if given := sent.Get(keyHeader); len(given) > 0 {
		return given[0], true
	}
	if given, ok := ctx.Value(idempotencyKey).(string); ok {
		return given, false
	}
	return NewKey(), false
}

// NewKey returns an idempotency key that nobody has used. Build a key of your own for an intention that outlives the
// program.
func NewKey() string {
	return rand.Text()
}
