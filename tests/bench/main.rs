//! The parts of `make bench` that must be fast themselves: AWS's place, a client that times a plugin's start, and a
//! provider that only waits. tools/bench runs them.
//!
//! ```text
//! bench serve             answers AWS calls from memory, until stdin closes; prints its URL
//! bench start RUNS PATH   starts a plugin as Terraform does, RUNS times, and prints how long it took, as JSON
//! bench                   (started by Terraform) a provider that waits in AWS's place
//! ```

#![allow(
    clippy::disallowed_methods,
    reason = "a program of the tests reads its own environment, and measures real time"
)]
#![allow(clippy::print_stdout, reason = "its output is what it is for")]

mod answers;
mod server;
mod start;
mod throttle;
mod waiting;
mod world;

use std::process::ExitCode;

/// Why a part could not do its work.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["serve"] => server::serve(),
        ["start", runs, path] => start::measure(runs, path),
        [] => waiting::serve(),
        _ => Err("usage: bench serve | bench start RUNS PATH".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            println!("bench: {reason}");
            ExitCode::FAILURE
        }
    }
}
