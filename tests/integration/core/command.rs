//! Command lines as tests give them to the CLI.

use crate::core::plan::{Options, Purpose};
use crate::core::state::Address;

#[derive(Debug)]
pub enum Command {
    Validate,
    Plan {
        options: Options,
        detailed: bool,
    },
    Apply(Options),
    /// The plan that was kept.
    ApplyPlan {
        parallelism: Option<usize>,
    },
    Import {
        to: Address,
        id: String,
    },
    Forget(Address),
    Taint(Address, bool),
    /// One output as it is.
    Output(String),
}

impl Command {
    pub fn parse(arguments: &[&str]) -> Self {
        let (flags, words): (Vec<&str>, Vec<&str>) = joined(arguments).into_iter().partition(|argument| argument.starts_with('-'));
        let mut options = Options::default();
        let (mut detailed, mut parallelism) = (false, None);
        for flag in &flags {
            match flag.split_once('=').unwrap_or((flag, "")) {
                ("-no-color" | "-input" | "-auto-approve" | "-out" | "-raw" | "-lock" | "-compact-warnings", _) => {}
                ("-detailed-exitcode", _) => detailed = true,
                ("-refresh", "false") => options.refresh = false,
                ("-refresh-only", _) => options.purpose = Purpose::RefreshOnly,
                ("-destroy", _) => options.purpose = Purpose::Destroy,
                ("-replace", address) => options.replace.push(Address::parse(address)),
                ("-parallelism", number) => parallelism = Some(number.parse().unwrap()),
                _ => panic!("the bench does not play {flag}; use Workspace"),
            }
        }
        options.parallelism = parallelism.unwrap_or(options.parallelism);
        match words[..] {
            ["validate"] => Self::Validate,
            ["plan"] => Self::Plan { options, detailed },
            ["apply"] => Self::Apply(options),
            ["apply", _] => Self::ApplyPlan { parallelism },
            ["destroy"] => Self::Apply(Options {
                purpose: Purpose::Destroy,
                ..options
            }),
            ["import", to, id] => Self::Import {
                to: Address::parse(to),
                id: id.to_owned(),
            },
            ["state", "rm", address] => Self::Forget(Address::parse(address)),
            ["taint", address] => Self::Taint(Address::parse(address), true),
            ["untaint", address] => Self::Taint(Address::parse(address), false),
            ["output", name] if flags.contains(&"-raw") => Self::Output(name.to_owned()),
            _ => panic!("the bench does not play {arguments:?}; use Workspace"),
        }
    }
}

/// `-replace ADDRESS` as `-replace=ADDRESS`.
fn joined<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    if let Some(at) = arguments.iter().position(|argument| *argument == "-replace") {
        let mut rest = arguments.to_vec();
        let both = format!("-replace={}", arguments[at + 1]);
        rest.splice(at..=at + 1, [&*both.leak()]);
        return joined(&rest);
    }
    arguments.to_vec()
}
