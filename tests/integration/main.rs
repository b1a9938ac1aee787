//! Everything that needs more than one process: the wire, and the real Terraform against AWS as the emulator plays it.
//!
//! One binary, because linking it is slow. Tests run in parallel on one emulator, each with accounts of its own.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]

mod emulator;
mod terraform;

mod access;
mod documentation;
mod iam_policies;
mod lockout;
mod ways_in;
