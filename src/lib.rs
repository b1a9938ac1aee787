//! Terraform provider for Amazon EKS access of IAM Identity Center permission sets.
//!
//! ARCHITECTURE.md tells what lives where. The binary is the product; this library exists for its tests.

// The futures of SDK calls inside of waits inside of writes are types nested deeper than the default allows.
#![recursion_limit = "256"]

pub mod aws;
mod cluster_aws_auth;
mod cluster_place;
pub mod configured;
pub mod data_sources;
pub mod domain;
pub mod functions;
pub mod hosting;
mod lock;
mod other_partition;
mod page;
pub mod protocol;
pub mod provider;
mod report;
pub mod resources;
mod role_problems;
mod trust_policy;
