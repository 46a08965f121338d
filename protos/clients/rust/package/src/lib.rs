//! gRPC stubs of redeemd (`redeemd_client::redeem::serialkey::v1` and so on), and its service config for tonic.

pub mod service_config;

include!("gen/mod.rs");
