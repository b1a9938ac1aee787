//! What may happen to a call, and what else may happen at that moment.

/// What becomes of one call. "Done" means that AWS has done the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    NothingSent,
    Refused,
    Denied,
    Throttled,
    Broken,
    BrokenAndDone,
    Reset,
    AnswerLost,
    TimedOut,
    /// A proxy's page with status 200.
    Html,
    Truncated,
    Malformed,
    /// Ctrl-C while it is under way.
    Stop,
    KilledBefore,
    KilledAfter,
}

impl Kind {
    pub const ALL: [Self; 15] = [
        Self::NothingSent,
        Self::Refused,
        Self::Denied,
        Self::Throttled,
        Self::Broken,
        Self::BrokenAndDone,
        Self::Reset,
        Self::AnswerLost,
        Self::TimedOut,
        Self::Html,
        Self::Truncated,
        Self::Malformed,
        Self::Stop,
        Self::KilledBefore,
        Self::KilledAfter,
    ];

    /// Whether it differs from the others for a call that changes nothing.
    fn suits_reads(self) -> bool {
        !matches!(self, Self::BrokenAndDone | Self::AnswerLost | Self::KilledAfter)
    }

    /// Whether it can happen to one call after another.
    pub fn can_last(self) -> bool {
        !matches!(self, Self::Stop | Self::KilledBefore | Self::KilledAfter)
    }

    /// Whether AWS does the work all the same.
    pub fn is_done(self) -> bool {
        use Kind::*;
        matches!(
            self,
            BrokenAndDone | AnswerLost | TimedOut | Truncated | Malformed | Stop | KilledAfter
        )
    }

    pub fn is_kill(self) -> bool {
        matches!(self, Self::KilledBefore | Self::KilledAfter)
    }

    /// Whether the provider cannot know what became of a write.
    pub fn leaves_doubt(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Broken | BrokenAndDone | Reset | AnswerLost | TimedOut | Html | Truncated | Malformed
        )
    }
}

/// What happens besides, at the same moment, by other hands or by nature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Besides {
    /// EKS shows new entries late, from the beginning.
    HiddenEntries,
    EntryAppears,
    EntryReplaced,
    /// Somebody deletes it, and makes no other.
    EntryDeleted,
    /// Identity Center makes a role with another suffix.
    RoleReplaced,
    /// The role is made again under the same name.
    RoleRecreated,
    SecondWriter,
    /// Nothing gets through from here on.
    Outage,
}

impl Besides {
    pub const ALL: [Self; 8] = [
        Self::HiddenEntries,
        Self::EntryAppears,
        Self::EntryReplaced,
        Self::EntryDeleted,
        Self::RoleReplaced,
        Self::RoleRecreated,
        Self::SecondWriter,
        Self::Outage,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which call of the command, from 0.
    pub at: usize,
    pub kind: Kind,
    /// It happens to all calls of the operation from then on. Tried where there are such calls.
    pub lasts: bool,
    pub besides: Option<Besides>,
}

impl Fault {
    /// All faults of a command that makes these calls.
    pub fn singles(calls: &[&'static str]) -> Vec<Self> {
        let mut faults = Vec::new();
        for (at, operation) in calls.iter().enumerate() {
            let kinds = Kind::ALL.into_iter().filter(|kind| is_write(operation) || kind.suits_reads());
            faults.extend(kinds.map(|kind| Self {
                at,
                kind,
                lasts: false,
                besides: None,
            }));
        }
        faults
    }

    /// Each of them with each thing that may happen besides.
    pub fn pairs(calls: &[&'static str]) -> Vec<Self> {
        let singles = Self::singles(calls);
        let pairs = singles.iter().flat_map(|single| {
            Besides::ALL.map(|besides| Self {
                besides: Some(besides),
                ..*single
            })
        });
        pairs.collect()
    }
}

pub fn is_write(operation: &str) -> bool {
    ["Create", "Update", "Delete", "Associate", "Disassociate", "Tag", "Untag"]
        .iter()
        .any(|verb| operation.starts_with(verb))
}
