//! A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way.

use std::time::Duration;
use std::{env, error::Error, fs};

use redeemd_client::redeem::auth::v1::auth_service_client::AuthServiceClient;
use redeemd_client::redeem::auth::v1::{LoginProjectRequest, LoginRequest};
use redeemd_client::redeem::event::v1::event_service_client::EventServiceClient;
use redeemd_client::redeem::event::v1::{Start, WatchEventsRequest};
use redeemd_client::redeem::serialkey::v1::serial_key_service_client::SerialKeyServiceClient;
use redeemd_client::redeem::serialkey::v1::{
    CreateNamespaceRequest, GetCampaignModelRequest, IssueRequest, SerialKey, SerialKeyStatus, StreamSerialKeysRequest,
    UpdateCurrentCampaignMasterRequest, UseRequest,
};
use redeemd_client::service_config::{Configured, ServiceConfig, name};
use tonic::metadata::AsciiMetadataValue;
use tonic::{Request, Status, transport::Channel};
use tonic_types::StatusExt;
use tower::Layer;
use uuid::Uuid;

const CAMPAIGNS: &str = r#"{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}"#;

fn setting(variable: &str, default: &str) -> String {
    env::var(variable).unwrap_or(default.to_string())
}

/// The backend of a game, logged in to redeemd.
struct Server {
    codes: SerialKeyServiceClient<Configured>,
    token: AsciiMetadataValue,
    shop: String,
}

impl Server {
    /// A request of the server, which is known by its token.
    fn ask<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.token.clone());
        request
    }

    /// A request of the server that writes: sent twice with the same key, it happens once.
    fn once<T>(&self, key: &str, message: T) -> Request<T> {
        let mut request = self.ask(message);
        let key = format!("{}-{key}", self.shop).parse().expect("ASCII");
        request.metadata_mut().insert("idempotency-key", key);
        request
    }

    /// The codes of a batch, as a stream, and how many of them are used.
    async fn export(&self, batch: &str) -> Result<(Vec<String>, usize), Status> {
        let request = self.ask(StreamSerialKeysRequest {
            namespace_name: self.shop.clone(),
            campaign_model_name: "spring".into(),
            issue_job_name: batch.into(),
            ..Default::default()
        });
        let mut chunks = self.codes.clone().stream_serial_keys(request).await?.into_inner();
        let (mut exported, mut used) = (Vec::new(), 0);
        while let Some(chunk) = chunks.message().await? {
            used += chunk.states.iter().filter(|state| state.status() == SerialKeyStatus::Used).count();
            exported.extend(chunk.codes);
        }
        Ok((exported, used))
    }

    /// Redeems a code as a player, whose token is enough; returns the code as it is now.
    async fn redeem(&self, token: &str, code: &str, key: &str) -> Result<SerialKey, Status> {
        let request = UseRequest {
            namespace_name: self.shop.clone(),
            code: code.into(),
            access_token: Some(token.into()),
            duplication_avoider: Some(format!("{}-{key}", self.shop)),
            ..Default::default()
        };
        Ok(self.codes.clone().r#use(request).await?.into_inner().item.expect("the code"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The service config has redeemd's retry policy: what is safe to send again is sent again when the server is away.
    let path = setting("REDEEMD_SERVICE_CONFIG", "generated/descriptors/service_config.json");
    let config = ServiceConfig::from_json(&fs::read_to_string(path)?)?;
    let address = format!("http://{}", setting("REDEEMD_ADDRESS", "127.0.0.1:50051"));
    let channel = config.layer(Channel::from_shared(address)?.connect_lazy());
    let mut logins = AuthServiceClient::new(channel.clone());
    let mut codes = SerialKeyServiceClient::new(channel.clone());
    let mut events = EventServiceClient::new(channel);

    // Log in. A key is an id and a secret; what comes back is a token for a day, and for a player for an hour.
    let key = fs::read_to_string(setting("REDEEMD_KEY_FILE", "data/admin.key"))?;
    let (client_id, client_secret) = key.trim().split_once('.').ok_or("a key is an id and a secret")?;
    let login = LoginProjectRequest { client_id: client_id.into(), client_secret: client_secret.into() };
    let project = logins.login_project(login).await?.into_inner();
    let token = format!("Bearer {}", project.access_token()).parse()?;
    let server = Server { codes: codes.clone(), token, shop: format!("shop-{}", Uuid::new_v4()) };
    let shop = &server.shop;
    let player = |name: &str| server.ask(LoginRequest { user_id: name.into(), ..Default::default() });
    let alice = logins.login(player("alice")).await?.into_inner();
    let bob = logins.login(player("bob")).await?.into_inner();
    println!("logged in: {}", project.token_type());

    // A campaign.
    let make = CreateNamespaceRequest { name: shop.clone(), ..Default::default() };
    codes.create_namespace(server.once("make-try-1", make)).await?;
    let campaigns = UpdateCurrentCampaignMasterRequest {
        namespace_name: shop.clone(),
        settings: Some(CAMPAIGNS.into()),
        ..Default::default()
    };
    codes.update_current_campaign_master(server.once("campaigns-try-1", campaigns)).await?;
    let spring = GetCampaignModelRequest { namespace_name: shop.clone(), campaign_model_name: "spring".into() };
    let model = codes.get_campaign_model(server.ask(spring)).await?.into_inner().item.expect("the campaign");
    println!("campaign: {}", model.name());

    // Codes: issued, and exported as a stream.
    let issue = IssueRequest {
        namespace_name: shop.clone(),
        campaign_model_name: "spring".into(),
        issue_request_count: 5,
        ..Default::default()
    };
    let batch = codes.issue(server.once("issue-try-1", issue)).await?.into_inner().item.expect("the batch");
    println!("issued: {}", batch.issued_count());
    let (exported, used) = server.export(batch.name()).await?;
    println!("exported: {}, used: {used}", exported.len());

    // Redeem. A repeat with the same key gets the same response and has no further effect.
    // The key names the intention and the try, never the code: to redeem again after a revert takes another key.
    let first = server.redeem(alice.token(), &exported[0], "redeem-1-try-1").await?;
    let again = server.redeem(alice.token(), &exported[0], "redeem-1-try-1").await?;
    println!("redeemed: by {}, revision {}", first.used_user_id(), first.revision());
    println!("the same again: {}", if again == first { "same answer" } else { "another answer" });

    // Refused: the status, and the reason with what it is about.
    if let Err(status) = server.redeem(bob.token(), &exported[0], "redeem-2-try-1").await {
        let info = status.get_details_error_info().ok_or("no reason")?;
        let (component, code) = (&info.metadata["component"], &info.metadata["code"]);
        println!("refused: {} {} {component} {code}", name(status.code()), info.reason);
    }

    // Refused: a request that breaks the contract, and each field that does.
    if let Err(status) = server.redeem(bob.token(), "", "redeem-3-try-1").await {
        let details = status.get_error_details();
        let reason = &details.error_info().ok_or("no reason")?.reason;
        let violations = &details.bad_request().ok_or("no fields")?.field_violations;
        let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
        println!("refused: {} {reason} {}", name(status.code()), fields.join(" "));
    }

    server.redeem(bob.token(), &exported[1], "redeem-4-try-1").await?;
    println!("used: {}", server.export(batch.name()).await?.1);

    // Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
    let watch = WatchEventsRequest {
        namespace_names: vec![shop.clone()],
        start: Some(Start::Oldest.into()),
        ..Default::default()
    };
    let mut watch = server.ask(watch);
    watch.set_timeout(Duration::from_secs(2));
    let mut watched = events.watch_events(watch).await?.into_inner();
    let status = loop {
        match watched.message().await {
            Ok(Some(answer)) => answer.items.iter().for_each(|event| {
                println!("{}", format!("event: {} {}", event.kind().as_str_name(), event.user_id()).trim_end());
            }),
            Ok(None) => return Err("the stream ended before its deadline".into()),
            Err(status) => break status,
        }
    };
    println!("deadline: {}", name(status.code()));
    Ok(())
}
