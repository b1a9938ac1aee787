//! What may happen while a command runs, and when.

use crate::chaos::aws::{Slot, THEIR_POLICIES, policy_arn};
use crate::random::Random;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Debug, Clone)]
pub enum Happening {
    Fault {
        account: usize,
        rule: Value,
    },
    /// Whatever is out of order works again.
    Recovery,
    Signal {
        signal: &'static str,
        to: Target,
    },
    /// Somebody else changes an entry.
    Hands {
        slot: Slot,
        change: Value,
    },
    /// Another role for a permission set, or the same one made again.
    Role {
        account: usize,
        set: usize,
        recreated: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Provider,
    Terraform,
    Group,
}

#[derive(Debug, Clone)]
pub enum Moment {
    AtOnce,
    After(Duration),
    /// So many calls of an operation have arrived.
    Call(&'static str, usize),
    /// So many calls have arrived that change something.
    Write(usize),
}

impl Moment {
    pub fn has_come(&self, since: Duration, calls: &[Value]) -> bool {
        let count = |is_counted: &dyn Fn(&str) -> bool| {
            calls
                .iter()
                .filter(|call| call["operation"].as_str().is_some_and(is_counted))
                .count()
        };
        match self {
            Self::AtOnce => true,
            Self::After(time) => since >= *time,
            Self::Call(operation, times) => count(&|called| called == *operation) >= *times,
            Self::Write(times) => count(&is_write) >= *times,
        }
    }
}

pub fn is_write(operation: &str) -> bool {
    !["Describe", "List", "Get", "Assume"].iter().any(|read| operation.starts_with(read))
}

const CALLS: [(&str, &str); 14] = [
    ("eks", "CreateAccessEntry"),
    ("eks", "DescribeAccessEntry"),
    ("eks", "UpdateAccessEntry"),
    ("eks", "DeleteAccessEntry"),
    ("eks", "AssociateAccessPolicy"),
    ("eks", "DisassociateAccessPolicy"),
    ("eks", "ListAssociatedAccessPolicies"),
    ("eks", "TagResource"),
    ("eks", "UntagResource"),
    ("eks", "DescribeCluster"),
    ("eks", "ListAccessPolicies"),
    ("iam", "ListRoles"),
    ("iam", "GetRole"),
    ("sts", "AssumeRole"),
];
/// A moment in the middle of the writes, if there are any, more often than not.
pub fn moment(random: &mut Random) -> Moment {
    match random.below(10) {
        0 => Moment::AtOnce,
        1 => Moment::After(Duration::from_millis(random.below(4000) as u64)),
        2 => Moment::Call(CALLS[random.below(CALLS.len())].1, 1 + random.below(4)),
        _ => Moment::Write(1 + random.below(9)),
    }
}

pub fn fault(random: &mut Random) -> Happening {
    let mut rule = json!({ "times": 1 + random.below(6), "after": random.below(10).saturating_sub(6) });
    let is_outage = random.percent(15);
    if is_outage {
        // Of one service, or of all that an account has.
        rule = json!({});
        if random.percent(60) {
            rule["service"] = json!(random.one(&["eks", "iam"]));
        }
    } else {
        let (service, operation) = CALLS[if random.percent(70) {
            random.below(9)
        } else {
            random.below(CALLS.len())
        }];
        rule["service"] = json!(service);
        rule["operation"] = json!(operation);
    }
    for (name, value) in kind(random, is_outage).as_object().unwrap() {
        rule[name] = value.clone();
    }
    Happening::Fault {
        account: random.below(2),
        rule,
    }
}

fn kind(random: &mut Random, is_outage: bool) -> Value {
    let error = |status: u16, code: &str| json!({ "status": status, "code": code, "message": "ordered by chaos" });
    match random.below(if is_outage { 5 } else { 11 }) {
        0 => json!({ "drop": true }),
        1 => json!({ "lose_answer": true }),
        2 => error(500, "ServerException"),
        3 => error(503, "ServiceUnavailable"),
        4 => error(429, "ThrottlingException"),
        5 => error(403, "AccessDeniedException"),
        6 => error(400, "InvalidRequestException"),
        7 | 8 => json!({ "delay_ms": 100 + random.below(2500) }),
        9 => json!({ "hold": true }),
        _ => json!({ "lose_answer": true, "delay_ms": 500 }),
    }
}

pub fn signal(random: &mut Random) -> Happening {
    let to = [Target::Provider, Target::Terraform, Target::Group][random.below(3)];
    let signal = random.one(&["-KILL", "-KILL", "-INT", "-TERM"]);
    Happening::Signal { signal, to }
}

pub fn hands(random: &mut Random) -> Happening {
    let slots: Vec<_> = Slot::all().collect();
    let name = format!("theirs-{}", random.below(3));
    let mut change = json!({
        "kubernetesGroups": [name],
        "tags": { name: "1" },
        "policies": [{ "policyArn": policy_arn(random.one(&THEIR_POLICIES)) }],
    });
    // Deletes, makes one where there is none, replaces, gives something where there is one.
    let (deletes, makes) = [(true, false), (false, true), (false, true), (true, true), (false, false)][random.below(5)];
    (change["delete"], change["make"]) = (json!(deletes), json!(makes));
    Happening::Hands {
        slot: slots[random.below(slots.len())],
        change,
    }
}

pub fn role(random: &mut Random) -> Happening {
    Happening::Role {
        account: random.below(2),
        set: random.below(3),
        recreated: random.percent(50),
    }
}
