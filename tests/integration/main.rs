//! Everything that needs more than one process: the wire, and the real Terraform against AWS as the emulator plays it.
//!
//! One binary, because linking it is slow. Tests run in parallel on one emulator, each with accounts of its own.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(
    clippy::unwrap_used,
    reason = "a failed test says enough; clippy takes what tests share for other code"
)]
#![allow(clippy::disallowed_methods, reason = "tests start processes, with environments, and wait for them")]

mod client;
mod core;
mod emulator;
mod fake;
mod faults;
mod kubectl;
mod kubernetes;
mod loopback;
mod random;
mod terraform;

mod access;
mod access_drift;
mod access_exclusive;
mod access_import;
mod access_plan;
mod access_preflight;
mod access_principal;
mod access_rotation;
mod access_validate;
mod apply_concurrency;
mod apply_failures;
mod apply_interrupts;
mod apply_waits;
mod aws_auth;
mod aws_auth_changes;
mod aws_auth_check;
mod aws_auth_failures;
mod aws_auth_map_users;
mod aws_auth_other_rows;
mod aws_auth_waits;
mod aws_plugin;
mod bench;
mod calls;
mod chaos;
mod cluster_access_data;
mod cluster_access_list;
mod documentation;
mod drift_jobs;
mod functions;
mod fuzz_corpus;
mod hostile;
mod iam_policies;
mod install;
mod kubeconfig_clusters;
mod kubeconfig_data;
mod kubernetes_rbac;
mod layers;
mod leaving_aws;
mod locked_out;
mod lockout;
mod logs;
mod matrix;
mod migration;
mod own_account;
mod ownership;
mod partitions;
mod permissions;
mod plan_contract;
mod plan_size;
mod process;
mod protocol;
mod provider_accounts;
mod provider_config;
mod provider_credentials;
mod provider_network;
mod release;
mod replay;
mod role_data;
mod roles_data;
mod rotation;
mod secrets;
mod shared_calls;
mod shared_entries;
mod state_upgrade;
mod two_addresses;
mod values;
mod versions;
mod ways_in;
mod whole_path;
