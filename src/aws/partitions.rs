//! ARNs and Regions of the provider block that are of another partition than its Region.

use crate::aws::config_error::{Argument, ConfigError};
use crate::aws::settings::Settings;
use crate::domain::place::{Partition, Region};

/// Each partition has accounts and credentials of its own.
///
/// # Errors
/// The first argument that is of another one. A Region whose name does not tell its partition is not compared.
pub(super) fn check(settings: &Settings, region: &str) -> Result<(), ConfigError> {
    let Some(own) = Region::parse(region).ok().and_then(|region| Partition::of_region(&region)) else {
        return Ok(());
    };
    let arns = arns(settings)
        .into_iter()
        .filter_map(|(argument, arn)| Some((argument, arn, Partition::of_arn(arn)?)));
    let center = settings.identity_center.as_ref().and_then(|center| center.region.as_deref());
    let center = center.and_then(|region| {
        let partition = Partition::of_region(&Region::parse(region).ok()?)?;
        Some((Argument::in_block("identity_center", 0, "region"), region, partition))
    });
    match arns.chain(center).find(|(.., partition)| *partition != own) {
        None => Ok(()),
        Some((argument, value, other)) => Err(ConfigError {
            argument: Some(argument),
            summary: "Provider arguments are of two partitions",
            detail: format!(
                "This is of the partition {other}:\n  {value}\nbut the provider's Region, {region}, is in {own}, and credentials do not reach \
                 from one into the other. Correct one of them, or use a provider block of its own for {other}."
            ),
        }),
    }
}

/// Each ARN of the provider block, and the argument that holds it.
fn arns(settings: &Settings) -> Vec<(Argument, &str)> {
    let mut arns = Vec::new();
    for (index, role) in settings.assume_role.iter().enumerate() {
        arns.push((Argument::in_block("assume_role", index, "role_arn"), role.role_arn.as_str()));
        let policies = role.options.policy_arns.iter();
        arns.extend(policies.map(|arn| (Argument::in_block("assume_role", index, "policy_arns"), arn.as_str())));
    }
    if let Some(role) = &settings.assume_role_with_web_identity {
        let in_block = |field| Argument::in_block("assume_role_with_web_identity", 0, field);
        arns.push((in_block("role_arn"), role.role_arn.as_str()));
        arns.extend(role.policy_arns.iter().map(|arn| (in_block("policy_arns"), arn.as_str())));
    }
    if let Some(access) = &settings.account_access {
        let in_block = |field| Argument::in_block("account_access", 0, field);
        arns.extend(access.role_arns.values().map(|arn| (in_block("role_arns"), arn.as_str())));
        arns.extend(access.options.policy_arns.iter().map(|arn| (in_block("policy_arns"), arn.as_str())));
    }
    if let Some(center) = &settings.identity_center {
        let in_block = |field| Argument::in_block("identity_center", 0, field);
        arns.extend(center.role_arn.iter().map(|arn| (in_block("role_arn"), arn.as_str())));
        arns.extend(center.instance_arn.iter().map(|arn| (in_block("instance_arn"), arn.as_str())));
    }
    arns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::settings::{AccountAccess, AssumeRoleOptions, IdentityCenterSettings, RoleToAssume};
    use crate::domain::place::AccountId;
    use std::collections::BTreeMap;

    /// "argument: other partition" of what is found in `region`; nothing if nothing is wrong.
    #[track_caller]
    fn check_found(settings: Settings, region: &str, expected: Option<(Argument, &str)>) {
        let found = check(&settings, region).err();
        assert_eq!(
            found.as_ref().and_then(|error| error.argument),
            expected.map(|(argument, _)| argument)
        );
        if let (Some(found), Some((_, partition))) = (found, expected) {
            assert!(found.detail.contains(&format!("of the partition {partition}:")), "{}", found.detail);
            assert!(found.detail.contains(region), "{}", found.detail);
        }
    }

    #[test]
    fn arguments_of_two_partitions() {
        let role = |arn: &str, policies: &[&str]| Settings {
            assume_role: vec![RoleToAssume {
                role_arn: arn.to_owned(),
                options: AssumeRoleOptions {
                    policy_arns: policies.iter().map(|&arn| arn.to_owned()).collect(),
                    ..AssumeRoleOptions::default()
                },
            }],
            ..Settings::default()
        };
        let at = |field| Argument::in_block("assume_role", 0, field);
        let (commercial, china) = ("arn:aws:iam::222233334444:role/x", "arn:aws-cn:iam::222233334444:role/x");
        check_found(role(commercial, &["arn:aws:iam::aws:policy/A"]), "eu-west-1", None);
        check_found(role(china, &[]), "cn-north-1", None);
        // Whose partition that is, nobody knows.
        check_found(role(china, &[]), "new-west-1", None);
        check_found(role(china, &[]), "eu-west-1", Some((at("role_arn"), "aws-cn")));
        check_found(role(commercial, &[]), "us-gov-west-1", Some((at("role_arn"), "aws")));
        check_found(
            role(commercial, &["arn:aws-cn:iam::aws:policy/A"]),
            "eu-west-1",
            Some((at("policy_arns"), "aws-cn")),
        );
        let account = AccountId::parse("222233334444").unwrap();
        let access = Settings {
            account_access: Some(AccountAccess {
                role_arns: BTreeMap::from([(account, china.to_owned())]),
                ..AccountAccess::default()
            }),
            ..Settings::default()
        };
        let at = Argument::in_block("account_access", 0, "role_arns");
        check_found(access, "eu-west-1", Some((at, "aws-cn")));
    }

    #[test]
    fn identity_center_of_another_partition() {
        let center = |center| Settings {
            identity_center: Some(center),
            ..Settings::default()
        };
        let at = |field| Argument::in_block("identity_center", 0, field);
        let with_region = |region: &str| IdentityCenterSettings {
            region: Some(region.to_owned()),
            ..IdentityCenterSettings::default()
        };
        check_found(center(with_region("eu-central-1")), "eu-west-1", None);
        check_found(center(with_region("cn-north-1")), "eu-west-1", Some((at("region"), "aws-cn")));
        let instance = IdentityCenterSettings {
            instance_arn: Some("arn:aws-us-gov:sso:::instance/ssoins-1234567890abcdef".to_owned()),
            ..IdentityCenterSettings::default()
        };
        check_found(center(instance), "eu-west-1", Some((at("instance_arn"), "aws-us-gov")));
        let role = IdentityCenterSettings {
            role_arn: Some("arn:aws-cn:iam::222233334444:role/x".to_owned()),
            ..IdentityCenterSettings::default()
        };
        check_found(center(role), "eu-west-1", Some((at("role_arn"), "aws-cn")));
    }
}
