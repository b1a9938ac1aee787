//! Names, ARNs, durations and import ids, as configurations and AWS have them.

use std::fmt::{Debug, Display};
use std::str;
use terraform_provider_eks::domain::access_policy::{AccessPolicyName, CATALOGUE};
use terraform_provider_eks::domain::arn::{AccessEntryArn, AccessEntryPrincipal, RoleArn, eks_place};
use terraform_provider_eks::domain::caller::Caller;
use terraform_provider_eks::domain::cluster::{AuthenticationMode, ClusterName, minimum_platform_version};
use terraform_provider_eks::domain::cluster_import_id::ClusterImportId;
use terraform_provider_eks::domain::context_template::ContextTemplate;
use terraform_provider_eks::domain::duration::{format_duration, parse_duration};
use terraform_provider_eks::domain::error::Invalid;
use terraform_provider_eks::domain::import_id::ImportId;
use terraform_provider_eks::domain::kubeconfig::{ContextName, ProfileName, StartUrl};
use terraform_provider_eks::domain::kubernetes::{
    default_user_name, is_default_user_name, is_generated_user_name, validate_group, validate_user_name,
};
use terraform_provider_eks::domain::likeness::nearest;
use terraform_provider_eks::domain::permission_set::PermissionSetName;
use terraform_provider_eks::domain::place::{AccountId, Partition, Region};
use terraform_provider_eks::domain::principal_pattern::PrincipalPattern;
use terraform_provider_eks::domain::provisioned_role::{ProvisionedRoleName, ReservedPath, arn_pattern, identity_center_region};
use terraform_provider_eks::domain::role_name::RoleName;
use terraform_provider_eks::domain::sso_role_arn::SsoRoleArn;
use terraform_provider_eks::domain::tags::validate_tag;

/// Any name, ARN or duration.
pub fn names(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    kept(text, Partition::parse);
    kept(text, AccountId::parse);
    kept(text, Region::parse);
    kept(text, ClusterName::parse);
    kept(text, PermissionSetName::parse);
    kept(text, RoleName::parse);
    kept(text, ProvisionedRoleName::parse);
    kept(text, AccessPolicyName::parse);
    kept(text, ProfileName::parse);
    kept(text, ContextName::parse);
    kept(text, StartUrl::parse);
    kept(text, AccessEntryPrincipal::parse);
    if let Some(pattern) = kept(text, PrincipalPattern::parse) {
        assert!(pattern.matches(text), "every pattern matches itself");
    }
    let _ = Caller::parse(text).map(|caller| caller.comes_in_by(text));
    said(validate_group(text));
    said(validate_user_name(text));
    said(validate_tag(text, text));
    let _ = (eks_place(text), minimum_platform_version(text), AuthenticationMode::parse(text));
    // What is like a name is looked for among many, which takes its time with a long one, and most inputs are.
    if text.len() <= 64 {
        let _ = nearest(text, CATALOGUE.iter().copied());
        said(ContextTemplate::parse(text).map(drop));
    }
    if let Some(role) = kept(text, RoleArn::parse) {
        role_arn(&role);
    }
    if let Ok(arn) = AccessEntryArn::parse(text) {
        assert_eq!(arn.as_str(), text);
        assert_eq!(eks_place(text), Ok((arn.region().clone(), arn.account().clone())));
    }
    if let Ok(arn) = AccessPolicyName::from_arn(text) {
        assert_eq!(
            AccessPolicyName::from_arn(&arn.arn(&Partition::parse("aws").expect("a partition"))),
            Ok(arn)
        );
    }
    if let Ok(sso) = SsoRoleArn::parse(text) {
        assert!(ProvisionedRoleName::parse(sso.role.name()).is_ok());
    }
    if ReservedPath::parse(text).is_some() {
        let _ = identity_center_region(text, &Partition::parse("aws").expect("a partition"));
    }
    if let Ok(duration) = parse_duration(text) {
        assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
    }
}

/// An import id.
pub fn import_ids(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    kept(text, ImportId::parse);
    kept(text, ClusterImportId::parse);
}

/// What is accepted is shown as it was written, and read again as the same.
fn kept<T: Display + Debug + PartialEq>(text: &str, parse: impl Fn(&str) -> Result<T, Invalid>) -> Option<T> {
    match parse(text) {
        Ok(parsed) => {
            assert_eq!(parsed.to_string(), text);
            assert_eq!(parse(&parsed.to_string()).as_ref(), Ok(&parsed));
            Some(parsed)
        }
        Err(invalid) => {
            said(Err(invalid));
            None
        }
    }
}

fn said(judged: Result<(), Invalid>) {
    if let Err(invalid) = judged {
        assert!(!invalid.message().is_empty());
    }
}

fn role_arn(role: &RoleArn) {
    assert!(!role.is_service_linked());
    let bare = RoleArn::parse(&role.without_path()).expect("a role's ARN without its path");
    assert!(bare.is_same_role(role));
    let rebuilt = RoleArn::new(role.partition().clone(), role.account().clone(), role.path(), role.name());
    assert_eq!(rebuilt.as_ref(), Ok(role));
    let user_name = default_user_name(role);
    assert!(is_generated_user_name(&user_name) && is_default_user_name(&user_name, role.name()));
    if let Some(pattern) = arn_pattern(role) {
        assert_eq!(pattern.matches('?').count(), 16);
    }
}
