#!/bin/sh
# Runs the client with the stubs of `make generate-ruby` and the gems of the machine: Debian's ruby-grpc and
# ruby-googleapis-common-protos-types, or `gem install grpc googleapis-common-protos-types`.
# Elsewhere: install the gem of `make package-ruby`, then run `ruby first_call.rb`.
cd "$(dirname "$0")/../../.."
exec ruby -I generated/ruby/lib tests/clients/ruby/first_call.rb
