//! Terraform provider for Amazon EKS access of IAM Identity Center permission sets.
//!
//! ARCHITECTURE.md tells what lives where. The binary is the product; this library exists for its tests.

pub mod domain;
pub mod hosting;
pub mod protocol;
