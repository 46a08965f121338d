// A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way.
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "redeem/auth/v1/auth_service.grpc.pb.h"
#include "redeem/event/v1/event_service.grpc.pb.h"
#include "redeem/serialkey/v1/serialkey_service.grpc.pb.h"

namespace auth = redeem::auth::v1;
namespace event = redeem::event::v1;
namespace serialkey = redeem::serialkey::v1;
using google::protobuf::util::MessageDifferencer;

const char kCampaigns[] = R"({"version": "2022-09-13", "campaignModels": [{"name": "spring"}]})";

std::string Setting(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Ends the program with a status that was not expected.
void Check(const grpc::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error_message());
}

// The status of a refusal, by the name that all languages know.
std::string CodeOf(const grpc::Status& status) {
  return google::rpc::Code_Name(static_cast<google::rpc::Code>(status.error_code()));
}

// The typed details of a refusal: why and about what, and which fields.
struct Details {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
};

Details DetailsOf(const grpc::Status& status) {
  Details details;
  google::rpc::Status packed;
  packed.ParseFromString(status.error_details());
  for (const auto& detail : packed.details()) {
    if (detail.Is<google::rpc::ErrorInfo>()) detail.UnpackTo(&details.info);
    if (detail.Is<google::rpc::BadRequest>()) detail.UnpackTo(&details.bad_request);
  }
  return details;
}

// Calls to one namespace, as the server, whose token they show, and as its players.
class Shop {
 public:
  Shop(const std::shared_ptr<grpc::Channel>& channel, std::string name, std::string token)
      : codes_(serialkey::SerialKeyService::NewStub(channel)), name_(std::move(name)), token_(std::move(token)) {}

  void MakeCampaigns() {
    serialkey::CreateNamespaceRequest make;
    make.set_name(name_);
    serialkey::CreateNamespaceResponse made;
    Check(codes_->CreateNamespace(Once("make-try-1").get(), make, &made));
    serialkey::UpdateCurrentCampaignMasterRequest campaigns;
    campaigns.set_namespace_name(name_);
    campaigns.set_settings(kCampaigns);
    serialkey::UpdateCurrentCampaignMasterResponse updated;
    Check(codes_->UpdateCurrentCampaignMaster(Once("campaigns-try-1").get(), campaigns, &updated));
  }

  serialkey::CampaignModel Campaign() {
    serialkey::GetCampaignModelRequest request;
    request.set_namespace_name(name_);
    request.set_campaign_model_name("spring");
    serialkey::GetCampaignModelResponse response;
    Check(codes_->GetCampaignModel(Server().get(), request, &response));
    return response.item();
  }

  serialkey::IssueJob Issue(int count) {
    serialkey::IssueRequest request;
    request.set_namespace_name(name_);
    request.set_campaign_model_name("spring");
    request.set_issue_request_count(count);
    serialkey::IssueResponse response;
    Check(codes_->Issue(Once("issue-try-1").get(), request, &response));
    return response.item();
  }

  // The codes of a batch, and how many of them are used.
  std::pair<std::vector<std::string>, int> Export(const serialkey::IssueJob& batch) {
    serialkey::StreamSerialKeysRequest request;
    request.set_namespace_name(name_);
    request.set_campaign_model_name("spring");
    request.set_issue_job_name(batch.name());
    const auto context = Server();
    const auto chunks = codes_->StreamSerialKeys(context.get(), request);
    std::vector<std::string> codes;
    int used = 0;
    for (serialkey::StreamSerialKeysResponse chunk; chunks->Read(&chunk);) {
      codes.insert(codes.end(), chunk.codes().begin(), chunk.codes().end());
      for (const auto& state : chunk.states()) used += state.status() == serialkey::SERIAL_KEY_STATUS_USED;
    }
    Check(chunks->Finish());
    return {codes, used};
  }

  // Redeems a code as a player, whose token is enough; item becomes the code as it is now.
  grpc::Status Redeem(const std::string& token, const std::string& code, const std::string& key,
                      serialkey::SerialKey* item) {
    serialkey::UseRequest request;
    request.set_namespace_name(name_);
    request.set_code(code);
    request.set_access_token(token);
    request.set_duplication_avoider(name_ + "-" + key);
    grpc::ClientContext context;
    serialkey::UseResponse response;
    const grpc::Status status = codes_->Use(&context, request, &response);
    *item = response.item();
    return status;
  }

  // The context of a call of the server.
  std::unique_ptr<grpc::ClientContext> Server() const {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("authorization", "Bearer " + token_);
    return context;
  }

 private:
  // The context of a writing call of the server: sent twice with the same key, it happens once.
  std::unique_ptr<grpc::ClientContext> Once(const std::string& key) const {
    auto context = Server();
    context->AddMetadata("idempotency-key", name_ + "-" + key);
    return context;
  }

  const std::unique_ptr<serialkey::SerialKeyService::Stub> codes_;
  const std::string name_, token_;
};

// A key is an id and a secret; what comes back is a token for an hour.
auth::LoginProjectResponse LogInProject(auth::AuthService::Stub& logins, std::string key) {
  key.erase(key.find_last_not_of(" \r\n") + 1);
  const auto dot = key.find('.');
  auth::LoginProjectRequest request;
  request.set_client_id(key.substr(0, dot));
  request.set_client_secret(key.substr(dot + 1));
  grpc::ClientContext context;
  auth::LoginProjectResponse response;
  Check(logins.LoginProject(&context, request, &response));
  return response;
}

// The token of a player.
std::string LogIn(auth::AuthService::Stub& logins, const std::string& server, const std::string& player) {
  auth::LoginRequest request;
  request.set_user_id(player);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + server);
  auth::LoginResponse response;
  Check(logins.Login(&context, request, &response));
  return response.token();
}

// What happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
grpc::Status Watch(event::EventService::Stub& events, const std::string& name, grpc::ClientContext* context) {
  event::WatchEventsRequest request;
  request.add_namespace_names(name);
  request.set_start(event::START_OLDEST);
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(2));
  const auto watched = events.WatchEvents(context, request);
  for (event::WatchEventsResponse answer; watched->Read(&answer);) {
    for (const auto& item : answer.items()) {
      std::cout << "event: " << redeem::options::v1::EventKind_Name(item.kind());
      std::cout << (item.has_user_id() ? " " + item.user_id() : "") << "\n";
    }
  }
  return watched->Finish();
}

void Run() {
  // The service config has redeemd's retry policy: what is safe to send again is sent again when the server is away.
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(
      ReadFile(Setting("REDEEMD_SERVICE_CONFIG", "generated/descriptors/service_config.json")));
  const auto channel = grpc::CreateCustomChannel(Setting("REDEEMD_ADDRESS", "127.0.0.1:50051"),
                                                 grpc::InsecureChannelCredentials(), arguments);

  // Log in.
  const auto logins = auth::AuthService::NewStub(channel);
  const auto project = LogInProject(*logins, ReadFile(Setting("REDEEMD_KEY_FILE", "data/admin.key")));
  const std::string alice = LogIn(*logins, project.access_token(), "alice");
  const std::string bob = LogIn(*logins, project.access_token(), "bob");
  std::cout << "logged in: " << project.token_type() << "\n";

  // A campaign.
  std::random_device random;
  const std::string name = "shop-" + std::to_string(random()) + "-" + std::to_string(random());
  Shop shop(channel, name, project.access_token());
  shop.MakeCampaigns();
  std::cout << "campaign: " << shop.Campaign().name() << "\n";

  // Codes: issued, and exported as a stream.
  const auto batch = shop.Issue(5);
  std::cout << "issued: " << batch.issued_count() << "\n";
  const auto [exported, used] = shop.Export(batch);
  std::cout << "exported: " << exported.size() << ", used: " << used << "\n";

  // Redeem. A repeat with the same key gets the same response and has no further effect.
  // The key names the intention and the try, never the code: to redeem again after a revert takes another key.
  serialkey::SerialKey first, again;
  Check(shop.Redeem(alice, exported[0], "redeem-1-try-1", &first));
  Check(shop.Redeem(alice, exported[0], "redeem-1-try-1", &again));
  const bool same = MessageDifferencer::Equals(first, again);
  std::cout << "redeemed: by " << first.used_user_id() << ", revision " << first.revision() << "\n";
  std::cout << "the same again: " << (same ? "same answer" : "another answer") << "\n";

  // Refused: the status, and the reason with what it is about.
  serialkey::SerialKey none;
  const grpc::Status late = shop.Redeem(bob, exported[0], "redeem-2-try-1", &none);
  const google::rpc::ErrorInfo info = DetailsOf(late).info;
  std::cout << "refused: " << CodeOf(late) << " " << info.reason() << " " << info.metadata().at("component") << " "
            << info.metadata().at("code") << "\n";

  // Refused: a request that breaks the contract, and each field that does.
  const grpc::Status empty = shop.Redeem(bob, "", "redeem-3-try-1", &none);
  const Details details = DetailsOf(empty);
  std::cout << "refused: " << CodeOf(empty) << " " << details.info.reason();
  for (const auto& violation : details.bad_request.field_violations()) std::cout << " " << violation.field();
  std::cout << "\n";

  serialkey::SerialKey second;
  Check(shop.Redeem(bob, exported[1], "redeem-4-try-1", &second));
  std::cout << "used: " << shop.Export(batch).second << "\n";

  // Watch what happened.
  const auto events = event::EventService::NewStub(channel);
  const grpc::Status ended = Watch(*events, name, shop.Server().get());
  std::cout << "deadline: " << CodeOf(ended) << "\n";
}

int main() {
  try {
    Run();
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
