//! The gateway to AWS: everything that leaves this process for AWS goes through here.
//!
//! [`Session`](session::Session) is the way in. It is made once, from [`Settings`](settings::Settings), hands
//! out clients for any account and region, and asks AWS each shared fact once per run. Nothing in this module
//! knows Terraform: errors about the configuration name an argument by its words, and `provider` turns them
//! into diagnostics.
//!
//! The clients are concrete structs over the SDK. A trait with one implementation would add nothing: tests
//! point the same code at an emulator through `endpoints`.

mod answers;
pub mod assignments;
pub mod assume_role;
pub mod attempts;
mod bad_credentials;
pub mod config_error;
pub mod connect;
pub mod credentials;
pub mod eks;
mod eks_token;
pub mod environment;
pub mod error;
mod explanation;
pub mod genuine;
pub mod http;
pub mod iam;
pub mod identity_center;
pub mod identity_store;
pub mod kubernetes;
pub mod kubernetes_answer;
pub mod lookups;
pub mod observe;
mod partitions;
mod profile_faults;
pub mod retry;
mod retry_config;
pub mod sdk;
pub mod session;
pub mod settings;
pub mod single_flight;
pub mod told;
