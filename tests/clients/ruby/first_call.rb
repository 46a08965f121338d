# frozen_string_literal: true

# A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way.

require "google/protobuf/well_known_types"
require "google/rpc/error_details_pb"
require "grpc"
require "redeem/auth/v1/auth_service_services_pb"
require "redeem/event/v1/event_service_services_pb"
require "redeem/serialkey/v1/serialkey_service_services_pb"
require "securerandom"

include Redeem::Serialkey::V1
Auth = Redeem::Auth::V1
Events = Redeem::Event::V1

ADDRESS = ENV.fetch("REDEEMD_ADDRESS", "127.0.0.1:50051")
KEY_FILE = ENV.fetch("REDEEMD_KEY_FILE", "data/admin.key")
SERVICE_CONFIG = ENV.fetch("REDEEMD_SERVICE_CONFIG", "generated/descriptors/service_config.json")

CAMPAIGNS = '{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}'

# The typed details of a refusal: why, about what, and which fields.
def details_of(error)
  types = [Google::Rpc::ErrorInfo, Google::Rpc::BadRequest]
  error.to_rpc_status.details.to_h do |packed|
    type = types.find { |candidate| packed.is(candidate) }
    [type, type && packed.unpack(type)]
  end
end

def name_of(code)
  GRPC::Core::StatusCodes.constants.find { |name| GRPC::Core::StatusCodes.const_get(name) == code }
end

# The service config has redeemd's retry policy: what is safe to send again is sent again when the server is away.
insecure = :this_channel_is_insecure
channel = GRPC::Core::Channel.new(ADDRESS, { "grpc.service_config" => File.read(SERVICE_CONFIG) }, insecure)
logins = Auth::AuthService::Stub.new(ADDRESS, insecure, channel_override: channel)
codes = SerialKeyService::Stub.new(ADDRESS, insecure, channel_override: channel)
events = Events::EventService::Stub.new(ADDRESS, insecure, channel_override: channel)

# Log in. A key is an id and a secret; what comes back is a token for a day, and for a player for an hour.
client_id, client_secret = File.read(KEY_FILE).strip.split(".", 2)
project = logins.login_project(Auth::LoginProjectRequest.new(client_id:, client_secret:))
server = { "authorization" => "Bearer #{project.access_token}" }
alice = logins.login(Auth::LoginRequest.new(user_id: "alice"), metadata: server).token
bob = logins.login(Auth::LoginRequest.new(user_id: "bob"), metadata: server).token
puts "logged in: #{project.token_type}"

# The metadata of a writing call of the server: sent twice with the same key, it happens once.
once = ->(key) { server.merge("idempotency-key" => key) }

# A campaign.
shop = "shop-#{SecureRandom.uuid}"
codes.create_namespace(CreateNamespaceRequest.new(name: shop), metadata: once["#{shop}-make-try-1"])
campaigns = UpdateCurrentCampaignMasterRequest.new(namespace_name: shop, settings: CAMPAIGNS)
codes.update_current_campaign_master(campaigns, metadata: once["#{shop}-campaigns-try-1"])
spring = { namespace_name: shop, campaign_model_name: "spring" }
puts "campaign: #{codes.get_campaign_model(GetCampaignModelRequest.new(spring), metadata: server).item.name}"

# Codes: issued, and exported as a stream.
issue = IssueRequest.new(**spring, issue_request_count: 5)
batch = codes.issue(issue, metadata: once["#{shop}-issue-try-1"]).item
puts "issued: #{batch.issued_count}"

# The codes of the batch, and how many of them are used.
export = lambda do
  chunks = codes.stream_serial_keys(
    StreamSerialKeysRequest.new(**spring, issue_job_name: batch.name), metadata: server
  ).to_a
  used = chunks.flat_map { |chunk| chunk.states.to_a }.count { |state| state.status == :SERIAL_KEY_STATUS_USED }
  [chunks.flat_map { |chunk| chunk.codes.to_a }, used]
end
exported, used = export.call
puts "exported: #{exported.size}, used: #{used}"

# Redeems a code as a player, whose token is enough; returns the code as it is now.
redeem = lambda do |access_token, code, duplication_avoider|
  codes.use(UseRequest.new(namespace_name: shop, code:, access_token:, duplication_avoider:)).item
end

# Redeem. A repeat with the same key gets the same response and has no further effect.
# The key names the intention and the try, never the code: to redeem again after a revert takes another key.
first = redeem.call(alice, exported[0], "#{shop}-redeem-1-try-1")
again = redeem.call(alice, exported[0], "#{shop}-redeem-1-try-1")
puts "redeemed: by #{first.used_user_id}, revision #{first.revision}"
puts "the same again: #{again == first ? "same answer" : "another answer"}"

# Refused: the status, and the reason with what it is about.
begin
  redeem.call(bob, exported[0], "#{shop}-redeem-2-try-1")
rescue GRPC::BadStatus => error
  info = details_of(error)[Google::Rpc::ErrorInfo]
  puts "refused: #{name_of(error.code)} #{info.reason} #{info.metadata["component"]} #{info.metadata["code"]}"
end

# Refused: a request that breaks the contract, and each field that does.
begin
  redeem.call(bob, "", "#{shop}-redeem-3-try-1")
rescue GRPC::BadStatus => error
  details = details_of(error)
  fields = details[Google::Rpc::BadRequest].field_violations.map(&:field)
  puts "refused: #{name_of(error.code)} #{details[Google::Rpc::ErrorInfo].reason} #{fields.join(" ")}"
end

redeem.call(bob, exported[1], "#{shop}-redeem-4-try-1")
puts "used: #{export.call[1]}"

# Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
watch = Events::WatchEventsRequest.new(namespace_names: [shop], start: :START_OLDEST)
begin
  events.watch_events(watch, metadata: server, deadline: Time.now + 2).each do |answer|
    answer.items.each { |event| puts "event: #{event.kind} #{event.user_id}".rstrip }
  end
rescue GRPC::BadStatus => error
  puts "deadline: #{name_of(error.code)}"
end
