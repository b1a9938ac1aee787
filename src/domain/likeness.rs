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
/// The most names that a message shows.
const MOST_SHOWN: usize = 3;

/// The candidates most like `name`, best first, at most three; the case of
/// letters does not count. Empty if none is like it.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let unique: BTreeSet<&str> = candidates.into_iter().collect();
    let mut scored: Vec<(f64, &str)> = unique
        .into_iter()
        .map(|candidate| (likeness(name, candidate), candidate))
        .filter(|(score, _)| *score >= LIKE_ENOUGH)
        .collect();
    // The sort is stable, so equal scores stay in the order of their names.
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored
        .into_iter()
        .take(MOST_SHOWN)
        .map(|(_, candidate)| candidate.to_owned())
        .collect()
}

fn likeness(name: &str, candidate: &str) -> f64 {
    let (a, b) = (name.to_lowercase(), candidate.to_lowercase());
    let score = strsim::jaro_winkler(&a, &b);
    if a.len().min(b.len()) < SHORTEST {
        return score;
    }
    if a.contains(&b) || b.contains(&a) {
        return score.max(HOLDS_THE_OTHER);
    }
    // Jaro-Winkler makes too much of one slip in a short name.
    match strsim::osa_distance(&a, &b) {
        1 => score.max(ONE_SLIP),
        _ => score,
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
    }
}
