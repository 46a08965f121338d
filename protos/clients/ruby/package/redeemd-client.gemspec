# The client stubs of redeemd: `make package-ruby` builds the gem.
Gem::Specification.new do |gem|
  gem.name = "redeemd-client"
  gem.version = "@VERSION@"
  gem.summary = "gRPC stubs of redeemd"
  gem.authors = ["redeemd"]
  gem.license = "Apache-2.0"
  gem.required_ruby_version = ">= 3.1"
  gem.files = Dir["lib/**/*.rb"]
  gem.add_dependency "google-protobuf", ">= 3.21", "< 5"
  gem.add_dependency "googleapis-common-protos-types", "~> 1.4"
  gem.add_dependency "grpc", "~> 1.51"
end
