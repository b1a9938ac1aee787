//! Where things are in AWS: partition, account and region.
//!
//! Follows the AWS General Reference ("Amazon Resource Names", "Regions"). Which
//! regions and partitions exist is not kept here: new ones appear, and AWS answers
//! for them. What is known only helps to see a mistake earlier.

use crate::domain::error::Invalid;
use crate::domain::likeness::nearest;
use crate::domain::text::{is_digits, is_lowercase_word, text_type};

/// An AWS partition: `aws`, `aws-cn`, `aws-us-gov`, `aws-iso`, …
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(String);
text_type!(Partition);

/// How the names of a partition's regions begin, where only that partition has such names.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
];

/// The partition in which most of AWS is.
const COMMERCIAL: &str = "aws";
/// The areas of its regions, whose names are an area, one word and a number. Other partitions have the same areas, and
/// then one word more.
const COMMERCIAL_AREAS: [&str; 9] = ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"];

impl Partition {
    /// Parses `aws(-[a-z]+)*`.
    ///
    /// # Errors
    /// The text has another form.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut words = text.split('-');
        if words.next() == Some("aws") && words.all(is_lowercase_word) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new(format!(
            "{text:?} is not an AWS partition: expected \"aws\", \"aws-cn\", \"aws-us-gov\" or another name that begins with \"aws-\"."
        )))
    }

    /// The partition that an ARN, or a pattern of ARNs, names; `None` if it names none, or any.
    pub fn of_arn(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        (parts.next() == Some("arn"))
            .then(|| parts.next())
            .flatten()
            .and_then(|name| Self::parse(name).ok())
    }

    /// The partition that a region belongs to, if its name tells.
    pub fn of_region(region: &Region) -> Option<Self> {
        let name = region.as_str();
        let known = PARTITIONS
            .iter()
            .find(|(prefix, _)| name.starts_with(prefix))
            .map(|(_, partition)| *partition);
        let is_commercial = || {
            let parts: Vec<&str> = name.split('-').collect();
            parts.len() == 3 && COMMERCIAL_AREAS.contains(&parts[0])
        };
        known
            .or_else(|| is_commercial().then_some(COMMERCIAL))
            .map(|name| Self(name.to_owned()))
    }

    /// Whether this is the commercial partition, `aws`.
    pub fn is_commercial(&self) -> bool {
        self.0 == COMMERCIAL
    }
}

/// The commercial one, for where nothing tells.
impl Default for Partition {
    fn default() -> Self {
        Self(COMMERCIAL.to_owned())
    }
}

/// The id of an AWS account: 12 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);
text_type!(AccountId);

/// Digits in an account id.
const ACCOUNT_DIGITS: usize = 12;

impl AccountId {
    /// Parses an account id.
    ///
    /// # Errors
    /// The text is not 12 digits. Fewer digits are most likely an id that was
    /// written as a number and lost its leading zeros, and the message says so.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = text.len();
        if is_digits(text) && digits == ACCOUNT_DIGITS {
            return Ok(Self(text.to_owned()));
        }
        if is_digits(text) && digits < ACCOUNT_DIGITS {
            return Err(Invalid::new(format!(
                "{text:?} is not an AWS account id: it has {digits} of 12 digits. Leading zeros are lost where an id is written as a number, without quotes: if yours is \"{text:0>12}\", write all 12 digits."
            )));
        }
        Err(Invalid::new(format!(
            "{text:?} is not an AWS account id: expected exactly 12 digits, in quotes and without dashes, for example \"222233334444\"."
        )))
    }
}

/// The Regions of November 2026, for suggestions.
const KNOWN_REGIONS: [&str; 38] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// What people call a Region, in lower case, as the console of AWS shows it. `Region::meant_by` takes a text without its area and
/// brackets ("Europe (Ireland)"), spaces, dots and accents.
const NAMES_OF_REGIONS: [(&str, &str); 44] = [
    ("bahrain", "me-south-1"),
    ("beijing", "cn-north-1"),
    ("calgary", "ca-west-1"),
    ("california", "us-west-1"),
    ("canada", "ca-central-1"),
    ("capetown", "af-south-1"),
    ("dublin", "eu-west-1"),
    ("frankfurt", "eu-central-1"),
    ("hongkong", "ap-east-1"),
    ("hyderabad", "ap-south-2"),
    ("ireland", "eu-west-1"),
    ("jakarta", "ap-southeast-3"),
    ("london", "eu-west-2"),
    ("malaysia", "ap-southeast-5"),
    ("melbourne", "ap-southeast-4"),
    ("mexico", "mx-central-1"),
    ("milan", "eu-south-1"),
    ("montreal", "ca-central-1"),
    ("mumbai", "ap-south-1"),
    ("ncalifornia", "us-west-1"),
    ("newzealand", "ap-southeast-6"),
    ("ningxia", "cn-northwest-1"),
    ("northerncalifornia", "us-west-1"),
    ("northernvirginia", "us-east-1"),
    ("northvirginia", "us-east-1"),
    ("nvirginia", "us-east-1"),
    ("ohio", "us-east-2"),
    ("oregon", "us-west-2"),
    ("osaka", "ap-northeast-3"),
    ("paris", "eu-west-3"),
    ("saopaulo", "sa-east-1"),
    ("seoul", "ap-northeast-2"),
    ("singapore", "ap-southeast-1"),
    ("spain", "eu-south-2"),
    ("stockholm", "eu-north-1"),
    ("sydney", "ap-southeast-2"),
    ("taipei", "ap-east-2"),
    ("telaviv", "il-central-1"),
    ("thailand", "ap-southeast-7"),
    ("tokyo", "ap-northeast-1"),
    ("uae", "me-central-1"),
    ("virginia", "us-east-1"),
    ("zurich", "eu-central-2"),
    ("zürich", "eu-central-2"),
];

/// A region's name: `eu-west-1`, `us-gov-west-1`, `us-isob-east-1`, …
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);
text_type!(Region);

impl Region {
    /// Parses a name that has a region's form; whether it exists is AWS's to say.
    ///
    /// # Errors
    /// The text has another form; an availability zone gets its own message.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if has_region_form(text) {
            return Ok(Self(text.to_owned()));
        }
        if let Some(region) = zone(text) {
            return Err(Invalid::new(format!(
                "{text:?} is an availability zone, not a Region: use {region:?}."
            )));
        }
        if let Some(region) = Self::meant_by(text) {
            return Err(Invalid::new(format!(
                "{text:?} is not the name of an AWS Region: use \"{region}\"."
            )));
        }
        Err(Invalid::new(format!(
            "{text:?} is not an AWS Region: expected a name like \"eu-west-1\" or \"us-gov-west-1\"."
        )))
    }

    /// The Region that a text means which has not the form of one: by the name that people use, an availability zone, or other
    /// letters and marks (`EU_West_1`).
    #[must_use]
    pub fn meant_by(text: &str) -> Option<Self> {
        let lower = text.trim().to_lowercase();
        let spelt = lower.replace(['_', ' '], "-");
        if let Some(region) = zone(&lower).or_else(|| has_region_form(&spelt).then_some(spelt.as_str())) {
            return (region != text).then(|| Self(region.to_owned()));
        }
        let name = lower.split_once('(').map_or(lower.as_str(), |(_, name)| name.trim_end_matches(')'));
        let name = name.replace([' ', '.', '-', '_'], "").replace('ã', "a");
        let known = NAMES_OF_REGIONS.iter().find(|(known, _)| *known == name);
        known.map(|(_, region)| Self((*region).to_owned()))
    }

    /// The Regions that may be meant by a name that none of those known here has: AWS makes new ones, so it may be right.
    #[must_use]
    pub fn nearest_known(&self) -> Vec<String> {
        if KNOWN_REGIONS.contains(&self.as_str()) {
            return Vec::new();
        }
        nearest(self.as_str(), KNOWN_REGIONS)
    }

    /// Takes a region as AWS itself spells it: its form is not ours to judge.
    pub(in crate::domain) fn from_aws(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// The Region of an availability zone.
fn zone(text: &str) -> Option<&str> {
    text.strip_suffix(|c: char| c.is_ascii_lowercase())
        .filter(|rest| has_region_form(rest))
}

/// Whether the text has a region's form: two to four letters, one or two words,
/// and a number (`[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}`).
pub fn has_region_form(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [area, words @ .., number] = parts.as_slice() else {
        return false;
    };
    (2..=4).contains(&area.len())
        && is_lowercase_word(area)
        && (1..=2).contains(&words.len())
        && words.iter().all(|word| is_lowercase_word(word))
        && is_digits(number)
        && number.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    #[test]
    fn misspelt_regions_have_a_near_one() {
        let near = |name: &str| Region::parse(name).unwrap().nearest_known();
        assert_eq!(near("eu-wset-1").first().map(String::as_str), Some("eu-west-1"));
        assert!(near("eu-west-1").is_empty());
    }

    #[test]
    fn ok_partitions() {
        for name in ["aws", "aws-cn", "aws-us-gov", "aws-iso-b", "aws-eusc", "aws-new"] {
            assert_eq!(Partition::parse(name).unwrap().as_str(), name);
            assert_eq!(name.parse::<Partition>().unwrap().to_string(), name);
            assert_eq!(Partition::try_from(name).unwrap().as_ref(), name);
        }
    }

    #[test]
    fn err_partitions() {
        check_invalid(
            Partition::parse(""),
            r#""" is not an AWS partition: expected "aws", "aws-cn", "aws-us-gov" or another name that begins with "aws-"."#,
        );
        check_invalid(
            Partition::parse("AWS"),
            r#""AWS" is not an AWS partition: expected "aws", "aws-cn", "aws-us-gov" or another name that begins with "aws-"."#,
        );
        check_invalid(
            Partition::parse("aws-"),
            r#""aws-" is not an AWS partition: expected "aws", "aws-cn", "aws-us-gov" or another name that begins with "aws-"."#,
        );
        check_invalid(
            Partition::parse("awscn"),
            r#""awscn" is not an AWS partition: expected "aws", "aws-cn", "aws-us-gov" or another name that begins with "aws-"."#,
        );
        check_invalid(
            Partition::parse("aws-1"),
            r#""aws-1" is not an AWS partition: expected "aws", "aws-cn", "aws-us-gov" or another name that begins with "aws-"."#,
        );
    }

    #[test]
    fn a_region_tells_its_partition_or_nothing() {
        #[track_caller]
        fn check(region: &str, partition: Option<&str>) {
            let found = Partition::of_region(&Region::parse(region).unwrap());
            assert_eq!(found.as_ref().map(Partition::as_str), partition);
        }
        check("eu-west-1", Some("aws"));
        check("us-east-1", Some("aws"));
        check("ap-southeast-7", Some("aws"));
        check("mx-central-1", Some("aws"));
        check("cn-northwest-1", Some("aws-cn"));
        check("us-gov-west-1", Some("aws-us-gov"));
        check("us-iso-east-1", Some("aws-iso"));
        check("us-isob-east-1", Some("aws-iso-b"));
        check("eu-isoe-west-1", Some("aws-iso-e"));
        check("us-isof-south-1", Some("aws-iso-f"));
        check("eusc-de-east-1", Some("aws-eusc"));
        check("new-west-1", None);
        check("ap-isog-east-1", None);
    }

    #[test]
    fn an_arn_tells_its_partition_or_nothing() {
        #[track_caller]
        fn check(arn: &str, partition: Option<&str>) {
            let found = Partition::of_arn(arn);
            assert_eq!(found.as_ref().map(Partition::as_str), partition);
        }
        check("arn:aws:iam::222233334444:role/Dev", Some("aws"));
        check("arn:aws-cn:iam::222233334444:user/jane", Some("aws-cn"));
        check("arn:aws-us-gov:sso:::permissionSet/ssoins-1/ps-1", Some("aws-us-gov"));
        check("arn:*:iam::*:role/Dev", None);
        check("arn:aws*:iam::*:role/Dev", None);
        check("arn", None);
        check("aws-cn:iam", None);
        check("", None);
    }

    #[test]
    fn one_partition_is_commercial() {
        assert!(!Partition::parse("aws-new").unwrap().is_commercial());
        assert!(Partition::parse("aws").unwrap().is_commercial());
        assert!(Partition::default().is_commercial());
    }

    #[test]
    fn ok_accounts() {
        for id in ["222233334444", "000000000001"] {
            assert_eq!(AccountId::parse(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn err_accounts() {
        check_invalid(
            AccountId::parse("1234567890"),
            r#""1234567890" is not an AWS account id: it has 10 of 12 digits. Leading zeros are lost where an id is written as a number, without quotes: if yours is "001234567890", write all 12 digits."#,
        );
        check_invalid(
            AccountId::parse("2222-3333-4444"),
            r#""2222-3333-4444" is not an AWS account id: expected exactly 12 digits, in quotes and without dashes, for example "222233334444"."#,
        );
        check_invalid(
            AccountId::parse("2222333344445"),
            r#""2222333344445" is not an AWS account id: expected exactly 12 digits, in quotes and without dashes, for example "222233334444"."#,
        );
        check_invalid(
            AccountId::parse("2.22233334444e+11"),
            r#""2.22233334444e+11" is not an AWS account id: expected exactly 12 digits, in quotes and without dashes, for example "222233334444"."#,
        );
        check_invalid(
            AccountId::parse(""),
            r#""" is not an AWS account id: expected exactly 12 digits, in quotes and without dashes, for example "222233334444"."#,
        );
    }

    #[test]
    fn ok_regions() {
        for name in ["eu-west-1", "us-gov-west-1", "us-isob-east-1", "ap-southeast-12", "eusc-de-east-1"] {
            assert_eq!(Region::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn err_regions() {
        check_invalid(
            Region::parse("eu-west-1a"),
            r#""eu-west-1a" is an availability zone, not a Region: use "eu-west-1"."#,
        );
        check_invalid(
            Region::parse("Ireland"),
            r#""Ireland" is not the name of an AWS Region: use "eu-west-1"."#,
        );
        check_invalid(
            Region::parse("Atlantis"),
            r#""Atlantis" is not an AWS Region: expected a name like "eu-west-1" or "us-gov-west-1"."#,
        );
        check_invalid(
            Region::parse(""),
            r#""" is not an AWS Region: expected a name like "eu-west-1" or "us-gov-west-1"."#,
        );
    }

    #[test]
    fn regions_that_are_meant() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            assert_eq!(Region::meant_by(text).as_ref().map(Region::as_str), expected, "{text}");
        }
        check("Ireland", Some("eu-west-1"));
        check("Europe (Ireland)", Some("eu-west-1"));
        check("US East (N. Virginia)", Some("us-east-1"));
        check("frankfurt", Some("eu-central-1"));
        check("South America (São Paulo)", Some("sa-east-1"));
        check("Zurich", Some("eu-central-2"));
        check("EU-WEST-1", Some("eu-west-1"));
        check("eu_west_1", Some("eu-west-1"));
        check("eu-west-1a", Some("eu-west-1"));
        check("eu-west-1", None);
        check("Dev", None);
        check("", None);
        for (_, region) in NAMES_OF_REGIONS {
            assert!(KNOWN_REGIONS.contains(&region), "{region}");
        }
    }

    #[test]
    fn forms_that_no_region_has() {
        for text in [
            "eu-west",
            "eu-1",
            "e-west-1",
            "eu-west-123",
            "EU-west-1",
            "eu--1",
            "a-b-c-d-1",
            "example.com",
            "corporation-west-1",
            "eu-west-1 ",
        ] {
            assert!(!has_region_form(text), "{text}");
        }
    }
}
