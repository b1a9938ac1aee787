//! The schema of the provider block. Names, block kinds and environment variables are hashicorp/aws's, so that a block can
//! be copied over; what that provider has besides concerns other services.

use std::collections::HashMap;
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Block, Description, NestedBlock, Schema};

pub(crate) fn provider() -> Schema {
    Schema {
        version: 0,
        block: block(
            "Access of IAM Identity Center permission sets to Amazon EKS clusters.",
            attributes(),
            blocks(),
        ),
    }
}

fn attributes() -> HashMap<String, Attribute> {
    let mut all = credentials();
    all.extend(checks());
    all.extend(network());
    all.extend(named([
        ("owner", text("Tells the access entries of this configuration from those of others: a tag that every entry gets, hidden from `tags` and `tags_all`. With it, an apply that was killed half-way is finished by the next one. 1 to 256 characters, unique for each state. Default: no such tag.")),
        ("locked_out", text("What a plan makes of a grant whose users are locked out, which an apply cannot change: its role is gone (`status` is `role_missing`), or was recreated by somebody (`stale`). `drift` plans a change of `status` until the grant is fixed or removed, so that `terraform plan -detailed-exitcode` ends with 2; the apply looks again. `warn` has a warning alone. Default: `drift`.")),
        ("user_agent", list("Products to append to the user agent of every call, each like `product/version (comment)`. `TF_APPEND_USER_AGENT` is appended after them.")),
    ]));
    all
}

fn credentials() -> HashMap<String, Attribute> {
    named([
        (
            "region",
            text(
                "Region of clusters that name none, such as `eu-west-1`. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's `region`, then the EC2 instance's where the credentials come from it.",
            ),
        ),
        (
            "profile",
            text(
                "Profile of the shared config and credentials files. Set here, it is used even if the environment has access keys. A profile that is named must exist. Default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, then `default`.",
            ),
        ),
        (
            "access_key",
            text("Access key id. Needs `secret_key`. With it, no other source of credentials is tried. Default: `AWS_ACCESS_KEY_ID`."),
        ),
        (
            "secret_key",
            secret("Secret access key. Needs `access_key`. Default: `AWS_SECRET_ACCESS_KEY`."),
        ),
        (
            "token",
            secret("Session token of temporary credentials. Needs `access_key` and `secret_key`. Default: `AWS_SESSION_TOKEN`."),
        ),
        (
            "shared_config_files",
            list(
                "Shared config files in place of the default, `AWS_CONFIG_FILE` or `~/.aws/config`. `~` and environment variables are expanded; a missing file is an error.",
            ),
        ),
        (
            "shared_credentials_files",
            list(
                "Shared credentials files in place of the default, `AWS_SHARED_CREDENTIALS_FILE` or `~/.aws/credentials`. `~` and environment variables are expanded; a missing file is an error.",
            ),
        ),
    ])
}

fn checks() -> HashMap<String, Attribute> {
    named([
        (
            "allowed_account_ids",
            set(
                "The only AWS account ids, of 12 digits, that the provider may work in. Holds for the provider's own account and for every account reached through `account_access`, before any call there. Conflicts with `forbidden_account_ids`. Default: all; an empty set means the same, as in hashicorp/aws.",
            ),
        ),
        (
            "forbidden_account_ids",
            set("AWS account ids, of 12 digits, that the provider must not work in. Conflicts with `allowed_account_ids`. Default: none."),
        ),
        (
            "skip_credentials_validation",
            flag(
                "Whether to do without the check that STS accepts the credentials. For emulators that have no STS; needs `skip_requesting_account_id` too to leave STS out. Default: `false`.",
            ),
        ),
        (
            "skip_requesting_account_id",
            flag(
                "Whether to do without asking for the account of the credentials, if `skip_credentials_validation` is set too. Every resource then needs `account_id`. Default: `false`.",
            ),
        ),
        (
            "skip_region_validation",
            flag(
                "Accepted for compatibility. The provider knows no list of Regions: it checks only the form of a name, and does so always. Default: `false`.",
            ),
        ),
        (
            "skip_metadata_api_check",
            text(
                "`\"true\"` keeps the provider from asking the EC2 metadata service for credentials and Region. `\"false\"`, the default, leaves it to `AWS_EC2_METADATA_DISABLED`.",
            ),
        ),
    ])
}

fn network() -> HashMap<String, Attribute> {
    named([
        (
            "ec2_metadata_service_endpoint",
            text("URL of the EC2 metadata service. Default: `AWS_EC2_METADATA_SERVICE_ENDPOINT`, then the address that the mode implies."),
        ),
        (
            "ec2_metadata_service_endpoint_mode",
            text(
                "`IPv4` or `IPv6`: how to reach the EC2 metadata service. Default: `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`, then `IPv4`.",
            ),
        ),
        ("sts_region", text("Region of the STS endpoint. Default: the provider's region.")),
        (
            "use_fips_endpoint",
            flag(
                "Whether to use FIPS endpoints; not for services whose endpoint is given. Default: `AWS_USE_FIPS_ENDPOINT`, the profile's `use_fips_endpoint`, then `false`.",
            ),
        ),
        (
            "use_dualstack_endpoint",
            flag(
                "Whether to use endpoints that also have IPv6; not for services whose endpoint is given. Default: `AWS_USE_DUALSTACK_ENDPOINT`, the profile's `use_dualstack_endpoint`, then `false`.",
            ),
        ),
        (
            "max_retries",
            number(
                "Attempts of one request, the first included, where AWS answers with throttling or a server error. A request that gets no answer has at most 4. Default: `AWS_MAX_ATTEMPTS`, the profile's `max_attempts`, then 25.",
            ),
        ),
        (
            "retry_mode",
            text(
                "`adaptive` for exponential backoff and a pace that follows AWS's throttling, for each account, Region and service; `standard` for the backoff alone. Default: `AWS_RETRY_MODE`, the profile's `retry_mode`, then `adaptive`.",
            ),
        ),
        (
            "token_bucket_rate_limiter_capacity",
            number(
                "Tokens of a limiter that ends retries when many requests fail, for each account, Region and service; a retry costs some, a success gives some back. 0 for no limiter. Default: 0.",
            ),
        ),
        (
            "http_proxy",
            text(
                "URL of the proxy for HTTP requests, and for HTTPS ones if no proxy is given for them; `\"\"` for none. Default: `HTTP_PROXY`.",
            ),
        ),
        (
            "https_proxy",
            text("URL of the proxy for HTTPS requests; `\"\"` for none. Default: `HTTPS_PROXY`."),
        ),
        (
            "no_proxy",
            text(
                "Hosts that are reached without a proxy: names, domains, addresses and CIDR ranges, separated by commas. This machine and metadata services never need one. Default: `NO_PROXY`.",
            ),
        ),
        (
            "custom_ca_bundle",
            text(
                "Path of a PEM file with certificates to trust besides the system's. `~` and environment variables are expanded. Default: `AWS_CA_BUNDLE`.",
            ),
        ),
    ])
}

fn blocks() -> HashMap<String, NestedBlock> {
    let assume_role = with(assume_role_arguments(), [("role_arn", required("ARN of the role to assume."))]);
    HashMap::from([
        (
            "assume_role".to_owned(),
            NestedBlock::List(block(
                "A role to assume. Several blocks are a chain: each role is assumed with the credentials of the one before. A failure is reported when the provider is configured.",
                assume_role,
                HashMap::new(),
            )),
        ),
        (
            "assume_role_with_web_identity".to_owned(),
            NestedBlock::List(block(
                "A role to assume with a web identity token, in place of other credentials. At most one block; needs one of `web_identity_token` and `web_identity_token_file`.",
                web_identity(),
                HashMap::new(),
            )),
        ),
        (
            "default_tags".to_owned(),
            NestedBlock::List(block(
                "Tags that every taggable resource gets unless it sets the same key. At most one block.",
                named([(
                    "tags",
                    map("Tags by key, in addition to those of the environment: `TF_AWS_DEFAULT_TAGS_<key>=<value>`. The block wins."),
                )]),
                HashMap::new(),
            )),
        ),
        (
            "ignore_tags".to_owned(),
            NestedBlock::List(block(
                "Tags that are neither shown nor touched, because something else sets them. At most one block.",
                named([
                    (
                        "keys",
                        set("Keys of tags to ignore, in addition to `TF_AWS_IGNORE_TAGS_KEYS` (separated by commas)."),
                    ),
                    (
                        "key_prefixes",
                        set(
                            "Beginnings of keys of tags to ignore, in addition to `TF_AWS_IGNORE_TAGS_KEY_PREFIXES` (separated by commas).",
                        ),
                    ),
                ]),
                HashMap::new(),
            )),
        ),
        (
            "endpoints".to_owned(),
            NestedBlock::Set(block(
                "URLs of services in place of AWS's own, before `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL` and the profile. The roles that a profile assumes by itself, and its sign-in, know only those.",
                endpoints(),
                HashMap::new(),
            )),
        ),
        (
            "account_access".to_owned(),
            NestedBlock::List(block(
                "How to reach accounts other than the provider's own: which role to assume there. Serves every `account_id` and `role_account_id`, so that one provider block is enough for any number of accounts. At most one block.",
                account_access(),
                HashMap::new(),
            )),
        ),
        (
            "identity_center".to_owned(),
            NestedBlock::List(block(
                "Where IAM Identity Center lives and how to reach it. Not needed to give access: with it, messages tell a permission set that does not exist from one that is not assigned, and permission set ARNs can be used. At most one block; asked at most twice a second.",
                identity_center(),
                HashMap::new(),
            )),
        ),
    ])
}

fn assume_role_arguments() -> HashMap<String, Attribute> {
    named([
        (
            "session_name",
            text(
                "Name of the session, as CloudTrail shows it: 2 to 64 letters, digits and `_+=,.@-`. Default: `terraform-provider-eks`, with the run's id in CI systems that tell it.",
            ),
        ),
        (
            "external_id",
            text("External id that the role's trust policy asks for: 2 to 1224 letters, digits and `_+=,.@:/-`."),
        ),
        (
            "duration",
            text(
                "Length of the session, such as `\"1h30m\"`: 15m to 12h, and at most 1h for a role assumed with another role's credentials. Default: 1h. Sessions are renewed 5 minutes before they end.",
            ),
        ),
        ("policy", text("IAM policy as JSON that narrows the session.")),
        ("policy_arns", set("ARNs of managed policies that narrow the session; at most 10.")),
        ("tags", map("Session tags; at most 50.")),
        (
            "transitive_tag_keys",
            set("Keys of session tags that are handed on to roles assumed with this session."),
        ),
        (
            "source_identity",
            text("Source identity of the session: 2 to 64 letters, digits and `_+=,.@-`."),
        ),
    ])
}

fn web_identity() -> HashMap<String, Attribute> {
    named([
        ("role_arn", required("ARN of the role to assume.")),
        (
            "session_name",
            text("Name of the session: 2 to 64 letters, digits and `_+=,.@-`. Default: as in `assume_role`."),
        ),
        (
            "duration",
            text("Length of the session, such as `\"1h30m\"`: 15m to 12h. Default: 1h."),
        ),
        ("policy", text("IAM policy as JSON that narrows the session.")),
        ("policy_arns", set("ARNs of managed policies that narrow the session; at most 10.")),
        (
            "web_identity_token",
            secret("The token itself: 4 to 20000 characters. It cannot be renewed when it ends; prefer the file."),
        ),
        (
            "web_identity_token_file",
            text("Path of a file with the token, read again for each renewal. `~` and environment variables are expanded."),
        ),
    ])
}

fn endpoints() -> HashMap<String, Attribute> {
    named([
        ("eks", text("URL of Amazon EKS.")),
        ("iam", text("URL of IAM.")),
        ("sts", text("URL of STS.")),
        ("ssoadmin", text("URL of IAM Identity Center (sso-admin).")),
        ("identitystore", text("URL of the Identity Store.")),
    ])
}

fn account_access() -> HashMap<String, Attribute> {
    with(
        assume_role_arguments(),
        [
            (
                "role_name",
                text(
                    "Name of a role that the other accounts have, with its path where it has one: `team/eks-access`. `EKS_SSO_ACCOUNT_ROLE_NAME` overrides it, so that plan and apply can use different roles.",
                ),
            ),
            (
                "role_arns",
                map("Role ARNs by account id, for accounts whose role has another name."),
            ),
        ],
    )
}

fn identity_center() -> HashMap<String, Attribute> {
    named([
        ("region", text("Home Region of Identity Center. Default: the provider's region.")),
        (
            "instance_arn",
            text("ARN of the instance. Default: the only one that the credentials can see."),
        ),
        (
            "role_arn",
            text(
                "ARN of a role in the management account or the delegated administrator's, assumed for these questions alone. `EKS_SSO_IDENTITY_CENTER_ROLE_ARN` overrides it. Default: the provider's own credentials.",
            ),
        ),
    ])
}

fn block(description: &str, attributes: HashMap<String, Attribute>, blocks: HashMap<String, NestedBlock>) -> Block {
    Block {
        version: 0,
        attributes,
        blocks,
        description: Description::markdown(description),
        deprecated: false,
    }
}

fn named<const N: usize>(attributes: [(&str, Attribute); N]) -> HashMap<String, Attribute> {
    attributes
        .into_iter()
        .map(|(name, attribute)| (name.to_owned(), attribute))
        .collect()
}

fn with<const N: usize>(mut all: HashMap<String, Attribute>, more: [(&str, Attribute); N]) -> HashMap<String, Attribute> {
    all.extend(named(more));
    all
}

fn optional(attr_type: AttributeType, description: &str) -> Attribute {
    Attribute {
        attr_type,
        description: Description::markdown(description),
        constraint: AttributeConstraint::Optional,
        sensitive: false,
        deprecated: false,
    }
}

fn text(description: &str) -> Attribute {
    optional(AttributeType::String, description)
}

fn required(description: &str) -> Attribute {
    Attribute {
        constraint: AttributeConstraint::Required,
        ..text(description)
    }
}

fn secret(description: &str) -> Attribute {
    Attribute {
        sensitive: true,
        ..text(description)
    }
}

fn flag(description: &str) -> Attribute {
    optional(AttributeType::Bool, description)
}

fn number(description: &str) -> Attribute {
    optional(AttributeType::Number, description)
}

fn list(description: &str) -> Attribute {
    optional(AttributeType::List(Box::new(AttributeType::String)), description)
}

fn set(description: &str) -> Attribute {
    optional(AttributeType::Set(Box::new(AttributeType::String)), description)
}

fn map(description: &str) -> Attribute {
    optional(AttributeType::Map(Box::new(AttributeType::String)), description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_sensitive() {
        let schema = provider();
        assert!(schema.block.attributes["secret_key"].sensitive && schema.block.attributes["token"].sensitive);
        let Some(NestedBlock::List(web)) = schema.block.blocks.get("assume_role_with_web_identity") else {
            panic!("a list block")
        };
        assert!(web.attributes["web_identity_token"].sensitive);
    }
}
