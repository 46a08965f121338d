// Answers what protovalidate for Go finds wrong with messages.
//
//	parity redeem.binpb < records
//
// A record is a message's full name and its bytes, each behind its length as a varint. Each is answered by one line of JSON:
// a list of [field path, rule id] in the order found, null for bytes that are no such message.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

func main() {
	log.SetFlags(0)
	if err := serve(os.Args[1], bufio.NewReaderSize(os.Stdin, 1<<20), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func serve(descriptors string, in *bufio.Reader, out io.Writer) error {
	files, err := load(descriptors)
	if err != nil {
		return err
	}
	validator, err := protovalidate.New()
	if err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	for {
		name, err := part(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		data, err := part(in)
		if err != nil {
			return err
		}
		found, err := violations(validator, files, protoreflect.FullName(name), data)
		if err != nil {
			return err
		}
		if err := answers.Encode(found); err != nil {
			return err
		}
	}
}

func load(path string) (*protoregistry.Files, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set := new(descriptorpb.FileDescriptorSet)
	if err := proto.Unmarshal(data, set); err != nil {
		return nil, err
	}
	return protodesc.NewFiles(set)
}

// part reads a length and as many bytes; io.EOF if there is nothing more.
func part(in *bufio.Reader) ([]byte, error) {
	length, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, err
	}
	data := make([]byte, length)
	_, err = io.ReadFull(in, data)
	return data, err
}

func violations(
	validator protovalidate.Validator, files *protoregistry.Files, name protoreflect.FullName, data []byte,
) ([][2]string, error) {
	descriptor, err := files.FindDescriptorByName(name)
	if err != nil {
		return nil, err
	}
	message := dynamicpb.NewMessage(descriptor.(protoreflect.MessageDescriptor))
	if proto.Unmarshal(data, message) != nil {
		return nil, nil
	}
	found := [][2]string{}
	err = validator.Validate(message)
	var invalid *protovalidate.ValidationError
	if errors.As(err, &invalid) {
		for _, violation := range invalid.Violations {
			path := protovalidate.FieldPathString(violation.Proto.GetField())
			found = append(found, [2]string{path, violation.Proto.GetRuleId()})
		}
		err = nil
	}
	return found, err
}
