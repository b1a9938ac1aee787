//! The environment variables that add to the provider block or override it. Those that the AWS SDKs know, too, are read in
//! `aws`.

/// Overrides `account_access.role_name`.
pub(crate) const ACCOUNT_ROLE_NAME: &str = "EKS_SSO_ACCOUNT_ROLE_NAME";
/// Overrides `identity_center.role_arn`.
pub(crate) const IDENTITY_CENTER_ROLE_ARN: &str = "EKS_SSO_IDENTITY_CENTER_ROLE_ARN";
/// What the names of variables with default tags begin with; the key follows.
pub(crate) const DEFAULT_TAGS: &str = "TF_AWS_DEFAULT_TAGS_";
/// Keys of tags that are ignored, with commas between.
pub(crate) const IGNORED_TAG_KEYS: &str = "TF_AWS_IGNORE_TAGS_KEYS";
/// What the keys of ignored tags begin with, with commas between.
pub(crate) const IGNORED_TAG_KEY_PREFIXES: &str = "TF_AWS_IGNORE_TAGS_KEY_PREFIXES";
/// A product for the user agent.
pub(crate) const APPEND_USER_AGENT: &str = "TF_APPEND_USER_AGENT";
