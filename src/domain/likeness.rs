//! Names that are like another one: what somebody may have meant.

use std::collections::BTreeSet;

/// Likeness (Jaro-Winkler, 0 to 1) from which a name is worth showing. Names of
/// permission sets often share an ending like "Access", so less would name all.
const LIKE_ENOUGH: f64 = 0.8;
/// Likeness of names of which one holds the other.
const HOLDS_THE_OTHER: f64 = 0.95;
/// Likeness of names that differ by one letter, or by two that changed places.
const ONE_SLIP: f64 = 0.9;
/// Shorter names are in too many others, and near too many.
const SHORTEST: usize = 3;
/// Two slips in a shorter name make another name of it.
const LONG_ENOUGH_FOR_TWO_SLIPS: usize = 8;
/// The most names that a message shows.
const MOST_SHOWN: usize = 3;

/// The candidates that may be meant by `name`, the nearest first, at most three;
/// the case of letters does not count. One alone where it is a slip away, and all
/// others two letters further. Empty if none is like it.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let unique: BTreeSet<&str> = candidates.into_iter().collect();
    let mut like: Vec<Candidate<'_>> = unique
        .into_iter()
        .map(|candidate| Candidate::new(name, candidate))
        .filter(|candidate| candidate.score >= LIKE_ENOUGH)
        .collect();
    // The sort is stable, so equal ones stay in the order of their names.
    like.sort_by(|a, b| a.slips.cmp(&b.slips).then(b.score.total_cmp(&a.score)));
    let shown = match like.as_slice() {
        [first, rest @ ..] if first.is_meant(rest) => 1,
        _ => MOST_SHOWN,
    };
    like.into_iter().take(shown).map(|candidate| candidate.name.to_owned()).collect()
}

/// How like a name another one is.
struct Candidate<'a> {
    name: &'a str,
    /// 0 to 1.
    score: f64,
    /// Letters that are missing, too many, wrong, or in each other's place.
    distance: usize,
    /// The same for what one writes by mistake; more for another name.
    slips: usize,
}

impl<'a> Candidate<'a> {
    fn new(name: &str, candidate: &'a str) -> Self {
        let (a, b) = (name.to_lowercase(), candidate.to_lowercase());
        let distance = strsim::osa_distance(&a, &b);
        let shorter = a.len().min(b.len());
        let slips = match distance {
            0 | 1 if shorter >= SHORTEST => distance,
            2 if shorter >= LONG_ENOUGH_FOR_TWO_SLIPS => distance,
            _ => usize::MAX,
        };
        let holds = shorter >= SHORTEST && (a.contains(&b) || b.contains(&a));
        // Jaro-Winkler makes too much of one slip in a short name.
        let least = match (holds, slips) {
            (true, _) => HOLDS_THE_OTHER,
            (false, 0 | 1) => ONE_SLIP,
            (false, _) => 0.0,
        };
        Self {
            name: candidate,
            score: strsim::jaro_winkler(&a, &b).max(least),
            distance,
            slips,
        }
    }

    /// Whether this is so near that the others need no mention.
    fn is_meant(&self, others: &[Self]) -> bool {
        self.slips < usize::MAX && others.iter().all(|other| other.distance >= self.distance + 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names() {
        #[track_caller]
        fn check(name: &str, candidates: &[&str], expected: &[&str]) {
            assert_eq!(nearest(name, candidates.iter().copied()), expected);
        }
        check("DeveloperAccess", &["DevAccess", "ReadOnly", "Billing"], &["DevAccess"]);
        check("developeraccess", &["DeveloperAccess"], &["DeveloperAccess"]);
        check("DeveloperAxess", &["DeveloperAccess", "ViewOnlyAccess"], &["DeveloperAccess"]);
        check(
            "Admin",
            &["OrgAdmin", "Admin2", "Admin1", "AdministratorAccess", "Zebra"],
            &["Admin1", "Admin2", "AdministratorAccess"],
        );
        check("Admin", &["Admin1", "Admin1"], &["Admin1"]);
        check("Admin", &["MyOrgAdmin"], &["MyOrgAdmin"]);
        check("MyOrgAdmin", &["Admin"], &["Admin"]);
        check("Admin", &["Billing", "Zebra", ""], &[]);
        check("Admin", &[], &[]);
        check("Dve", &["Dev", "Ops"], &["Dev"]);
        check("Dv", &["Dx"], &[]);
        // A slip comes before a name that holds the other.
        check("Auditr", &["Auditrail", "Auditor"], &["Auditor"]);
        check(
            "payments-prd",
            &["payments-prd-old", "payments-dev", "payments-prod"],
            &["payments-prod"],
        );
        check(
            "payments-prod-1",
            &["payments-prod-3", "payments-prod-2"],
            &["payments-prod-2", "payments-prod-3"],
        );
    }
}
