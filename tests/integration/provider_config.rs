//! The provider block: what is wrong with it, what is not known yet, tags, Identity Center, and that secrets stay secret.

use crate::access::BASIC;
use crate::core::Bench;
use crate::emulator::{REGION, World, calls_of, calls_to, post, url};
use crate::loopback::Server;
use crate::terraform::Workspace;
use serde_json::{Value, json};

const ROLE: &str = r#"
data "eks_sso_role" "developers" {
  permission_set_name = "DeveloperAccess"
}

output "role" {
  value = data.eks_sso_role.developers.arn
}
"#;

const GRANT: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
}
"#;

fn provider(arguments: &str) -> String {
    format!("provider \"eks\" {{\n{arguments}\n}}\n")
}

#[test]
fn every_fault_of_the_block_is_reported_at_its_argument() {
    let world = World::new();
    let faulty = r#"
  region                             = "Frankfurt"
  access_key                         = "AKIA"
  allowed_account_ids                = ["1234"]
  forbidden_account_ids              = ["222233334444"]
  max_retries                        = -1
  token_bucket_rate_limiter_capacity = 0.5
  retry_mode                         = "legacy"
  skip_metadata_api_check            = "yes"
  ec2_metadata_service_endpoint      = "169.254.169.254"
  ec2_metadata_service_endpoint_mode = "IPv5"
  sts_region                         = "x"
  user_agent                         = ["tab\tis no product"]
  owner                              = ""
  endpoints {
    eks = "localhost:5000"
  }
  assume_role {
    role_arn        = "arn:aws:iam::222233334444:user/x"
    session_name    = "a b"
    external_id     = "sesame!"
    duration        = "13h"
    policy          = "[]"
    policy_arns     = ["x"]
    tags            = { "aws:x" = "y" }
    source_identity = "x"
  }
  assume_role_with_web_identity {
    role_arn = "x"
  }
  account_access {
    role_name = "arn:aws:iam::222233334444:role/x"
    role_arns = { "222233334444" = "arn:aws:iam::111122223333:role/x" }
  }
  identity_center {
    region       = "y"
    instance_arn = "z"
    role_arn     = "q"
  }
  default_tags {
    tags = { "aws:z" = "y" }
  }
  default_tags {}
"#;
    let terraform = Bench::new(&world, &format!("{}{ROLE}", provider(faulty)));
    let found = terraform.findings();
    let lines: Vec<&str> = found.iter().map(|problem| problem.line.as_str()).collect();
    let arguments = faulty.lines().map(str::trim).filter(|line| line.contains('='));
    // What is wrong with access_key is that secret_key is missing; sets have no paths to their elements.
    for argument in arguments.filter(|line| !line.starts_with("role_arn ") && !line.starts_with("eks")) {
        assert!(lines.contains(&argument), "nothing about {argument:?} in {lines:#?}");
    }
    assert_eq!(lines.iter().filter(|line| line.starts_with("role_arn ")).count(), 3, "{lines:#?}");
    let text = |word: &str| found.iter().find(|problem| problem.text.contains(word));
    assert!(text("\"localhost:5000\" of eks is not a URL").is_some());
    assert!(text("2 default_tags blocks: expected at most one").is_some());
    assert!(text("Neither web_identity_token nor web_identity_token_file is set").is_some());
    assert!(text("sesame").is_none(), "an external id is a secret between two parties");
    assert_eq!(calls_of(&world.member), Vec::<Value>::new());
}

#[test]
fn environment_is_held_to_the_same_rules_as_the_block() {
    let world = World::new();
    let mut terraform = Bench::new(&world, &format!("{}{ROLE}", provider("identity_center {}")));
    terraform.set_env("TF_AWS_DEFAULT_TAGS_cost", &"x".repeat(257));
    terraform.set_env("EKS_SSO_ACCOUNT_ROLE_NAME", "arn:aws:iam::222233334444:role/x");
    terraform.set_env("EKS_SSO_IDENTITY_CENTER_ROLE_ARN", "auditor");
    terraform.set_env("TF_APPEND_USER_AGENT", "bell\u{7}");
    terraform
        .plan()
        .failed()
        .says("Error: Invalid environment variable")
        .says("TF_AWS_DEFAULT_TAGS_cost: The value of the tag \"cost\" has 257 characters: expected at most 256.")
        .says("EKS_SSO_ACCOUNT_ROLE_NAME: \"arn:aws:iam::222233334444:role/x\" is an ARN: expected the name")
        .says("EKS_SSO_IDENTITY_CENTER_ROLE_ARN: \"auditor\"")
        .says("TF_APPEND_USER_AGENT: ");
    assert_eq!(calls_of(&world.member), Vec::<Value>::new());
}

/// Each kind of argument: text, flag, number, list, set, map, block, and their elements.
const UNKNOWN: &str = r#"
resource "terraform_data" "later" {}

locals {
  text   = terraform_data.later.id
  flag   = terraform_data.later.id == "x"
  number = length(terraform_data.later.id)
}

provider "eks" {
  region                  = local.text
  use_fips_endpoint       = local.flag
  max_retries             = local.number
  shared_config_files     = [local.text]
  allowed_account_ids     = [local.text]
  user_agent              = split(",", local.text)
  endpoints {
    sts = local.text
  }
  assume_role {
    role_arn = local.text
    tags     = { team = local.text }
  }
  dynamic "identity_center" {
    for_each = local.flag ? ["x"] : []
    content {}
  }
  ignore_tags {
    keys = [local.text]
  }
}
"#;

#[test]
fn unknown_configuration_is_a_warning_that_names_each_argument() {
    let world = World::new();
    let terraform = Bench::new(&world, &format!("{UNKNOWN}{GRANT}"));
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let plan = plan.says("Warning: Provider configuration is not known yet");
    for argument in [
        "region",
        "use_fips_endpoint",
        "max_retries",
        "shared_config_files[0]",
        "allowed_account_ids",
        "user_agent",
        "endpoints",
        "assume_role[0].role_arn",
        "assume_role[0].tags.team",
        "identity_center",
        "ignore_tags[0].keys",
    ] {
        assert!(plan.text.contains(argument), "{argument} is not named in {}", plan.text);
    }
    let change = terraform.change("eks_sso_access.developers");
    for computed in ["principal_arn", "account_id", "region", "role_id", "access_entry_arn", "tags_all"] {
        assert_eq!(change["after_unknown"][computed], json!(true), "{computed}: {change:#}");
    }
    assert_eq!(calls_of(&world.member), Vec::<Value>::new());
}

#[test]
fn what_is_unknown_in_the_plan_is_used_by_the_apply() {
    let world = World::new();
    let later = format!("resource \"terraform_data\" \"later\" {{\n  input = {REGION:?}\n}}\n");
    let config = format!("{later}{}{GRANT}", provider("region = terraform_data.later.output"));
    let mut terraform = Bench::new(&world, &config);
    terraform.env.retain(|(name, _)| !name.ends_with("_REGION"));
    terraform.apply().ok();
    assert_eq!(world.entry()["principalArn"], json!(world.role_arn("DeveloperAccess")));
    terraform.plans_nothing();
}

#[test]
fn grants_in_the_state_and_data_sources_need_a_known_configuration() {
    let world = World::new();
    let terraform = Bench::new(&world, GRANT);
    terraform.apply().ok();
    world.forget_calls();
    let later = "resource \"terraform_data\" \"later\" {}\n";
    let unknown = provider("assume_role {\nrole_arn = terraform_data.later.id\n}");
    terraform.write(&format!("{later}{unknown}{GRANT}"));
    let says = |plan: crate::terraform::Output| {
        plan.failed()
            .says("Error: Provider configuration is not known yet")
            .says("assume_role[0].role_arn is known only after apply, so AWS cannot be asked")
            .says("terraform apply -target=")
    };
    says(terraform.plan());
    let terraform = Bench::new(&world, &format!("{later}{unknown}{ROLE}"));
    says(terraform.plan());
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[test]
fn default_tags_of_block_and_environment_are_merged_and_ignored_tags_left_alone() {
    let world = World::new();
    let tags = r#"
  default_tags {
    tags = { team = "block", both = "block" }
  }
  ignore_tags {
    keys = ["scanner"]
  }
"#;
    let mut terraform = Bench::new(&world, &format!("{}{BASIC}", provider(tags)));
    terraform.set_env("TF_AWS_DEFAULT_TAGS_both", "env");
    terraform.set_env("TF_AWS_DEFAULT_TAGS_cost", "env");
    terraform.set_env("TF_AWS_IGNORE_TAGS_KEYS", "audit, billing");
    terraform.set_env("TF_AWS_IGNORE_TAGS_KEY_PREFIXES", "k8s/");
    terraform.apply().ok();
    let expect = json!({ "team": "payments", "both": "block", "cost": "env" });
    assert_eq!(world.entry()["tags"], expect);
    assert_eq!(terraform.state("eks_sso_access.developers")["tags_all"], expect);
    let arn = world.entry()["accessEntryArn"].as_str().unwrap().to_owned();
    world.aws(&[
        "--region",
        REGION,
        "eks",
        "tag-resource",
        "--resource-arn",
        &arn,
        "--tags",
        "scanner=1,audit=1,billing=1,k8s/x=1",
    ]);
    terraform.plans_nothing();
    world.aws(&[
        "--region",
        REGION,
        "eks",
        "tag-resource",
        "--resource-arn",
        &arn,
        "--tags",
        "stranger=1",
    ]);
    assert_eq!(terraform.plan().says("stranger").code, Some(2));
    terraform.apply().ok();
    let tags = world.entry()["tags"].clone();
    assert_eq!(
        (&tags["stranger"], &tags["billing"], &tags["k8s/x"]),
        (&Value::Null, &json!("1"), &json!("1"))
    );
}

#[test]
fn unknown_default_tags_only_make_tags_all_unknown() {
    let world = World::new();
    let config = format!(
        "resource \"terraform_data\" \"later\" {{}}\n{}{BASIC}",
        provider("default_tags {\ntags = { run = terraform_data.later.id }\n}")
    );
    let terraform = Bench::new(&world, &config);
    let plan = terraform.plan().does_not_say("not known yet");
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let change = terraform.change("eks_sso_access.developers");
    assert_eq!(change["after_unknown"]["tags_all"], json!(true), "{change:#}");
    assert_eq!(change["after"]["principal_arn"], json!(world.role_arn("DeveloperAccess")));
    terraform.apply().ok();
    assert_eq!(world.entry()["tags"].as_object().unwrap().len(), 2);
    terraform.plans_nothing();
}

#[test]
fn owner_is_a_hidden_tag_that_keeps_others_out() {
    let world = World::new();
    let owned = |owner: &str, grant: &str| format!("{}{grant}", provider(&format!("owner = {owner:?}")));
    let terraform = Bench::new(&world, &owned("payments", BASIC));
    terraform.apply().ok();
    terraform.plans_nothing();
    assert_eq!(world.entry()["tags"]["terraform-provider-eks:owner"], json!("payments"));
    assert_eq!(
        terraform.state("eks_sso_access.developers")["tags_all"],
        json!({ "team": "payments" })
    );

    let adopting = BASIC.replace("tags =", "on_existing = \"adopt\"\n  tags =");
    Bench::new(&world, &owned("billing", &adopting))
        .plan()
        .failed()
        .says("Error: Access entry belongs to another configuration")
        .says("owner \"payments\"; this one's owner is \"billing\"")
        .says("Remove the grant here or there");

    // The state was lost, as after a kill: our own entry is finished even under `fail`.
    let again = Bench::new(&world, &owned("payments", BASIC));
    again.apply().ok();
    again.plans_nothing();
    again.destroy().ok();
    assert!(world.entries().is_empty());
}

#[test]
fn sts_is_left_out_only_where_both_checks_are_skipped() {
    let world = World::new();
    let role = ROLE.replace(
        "\"DeveloperAccess\"",
        &format!("\"DeveloperAccess\"\n  account_id = {:?}", world.member),
    );
    for one in ["skip_credentials_validation = true", "skip_requesting_account_id = true"] {
        world.forget_calls();
        assert_eq!(Bench::new(&world, &format!("{}{ROLE}", provider(one))).plan().code, Some(2));
        assert_eq!(calls_to(&world.member, "GetCallerIdentity").len(), 1, "{one}");
    }
    world.forget_calls();
    let both = "skip_credentials_validation = true\nskip_requesting_account_id = true\nskip_region_validation = true\n";
    let plan = Bench::new(&world, &format!("{}{role}", provider(both))).plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Warning: AWS account ID not known").says("needs account_id");
    assert_eq!(calls_to(&world.member, "GetCallerIdentity").len(), 0);
    Bench::new(&world, &format!("{}{ROLE}", provider(both)))
        .plan()
        .failed()
        .says("Error: AWS account ID not known")
        .says("Set account_id.");
    let grant = "resource \"eks_sso_access\" \"x\" {\n  cluster_name = \"c\"\n  permission_set_name = \"Dev\"\n}\n";
    for grant in [grant.to_owned(), grant.replace("eks_sso_access", "eks_sso_aws_auth")] {
        Bench::new(&world, &format!("{}{grant}", provider(both)))
            .plan()
            .failed()
            .says("Error: AWS account ID not known")
            .says("Set account_id.");
    }
    let limited = format!("{both}allowed_account_ids = [{:?}]", world.member);
    Bench::new(&world, &format!("{}{role}", provider(&limited)))
        .plan()
        .failed()
        .says("Error: AWS account ID not known")
        .says("Remove skip_requesting_account_id, or allowed_account_ids.");
}

#[test]
fn invalid_credentials_say_so() {
    let world = World::new();
    let message = "The security token included in the request is expired";
    world.fault(json!({ "operation": "GetCallerIdentity", "status": 403, "code": "ExpiredToken", "message": message }));
    Bench::new(&world, ROLE)
        .plan()
        .failed()
        .says("Error: Invalid provider credentials")
        .says("has expired. Sign in again")
        .says(message)
        .does_not_say("aws sso login")
        .does_not_say("emulator");
}

/// A role of the management account, and the settings of Identity Center that let it in.
fn auditor(world: &World) -> String {
    post("settings", json!({ "account": world.management, "sso_admin_access": "full" }));
    format!("arn:aws:iam::{}:role/auditor", world.management)
}

const ABSENT: &str = "data \"eks_sso_role\" \"x\" {\n  permission_set_name = \"DeveloperAxess\"\n}\n";

#[test]
fn identity_center_is_asked_slowly_in_its_region_with_its_role() {
    let world = World::with(json!({ "home_region": "eu-central-1" }));
    let role = auditor(&world);
    let instance = world.made["instance_arn"].as_str().unwrap();
    let start = std::time::Instant::now();
    Bench::new(
        &world,
        &format!(
            "{}{ABSENT}",
            provider(&format!("identity_center {{\nregion = \"eu-central-1\"\nrole_arn = {role:?}\n}}"))
        ),
    )
    .plan()
    .failed()
    .says("DeveloperAxess")
    .says("DeveloperAccess");
    let elapsed = start.elapsed();
    assert_eq!(calls_to(&world.member, "AssumeRole")[0]["params"]["RoleArn"], json!(role));
    let mut asked = calls_of(&world.management);
    asked.retain(|call| call["service"] == "sso-admin");
    let operations: Vec<&str> = asked.iter().map(|call| call["operation"].as_str().unwrap()).collect();
    assert_eq!(
        operations,
        [
            "ListInstances",
            "ListPermissionSets",
            "DescribePermissionSet",
            "DescribePermissionSet"
        ]
    );
    assert!(asked.iter().all(|call| call["region"] == "eu-central-1"), "{asked:#?}");
    let slowest = std::time::Duration::from_millis(500) * u32::try_from(asked.len() - 1).unwrap();
    assert!(elapsed >= slowest, "{} calls in {elapsed:?}", asked.len());

    // A given instance is not looked for.
    let again = World::with(json!({ "home_region": REGION }));
    let role = auditor(&again);
    let given = again.made["instance_arn"].as_str().unwrap();
    assert_ne!(given, instance);
    let block = format!("identity_center {{\ninstance_arn = {given:?}\n}}");
    let mut terraform = Bench::new(&again, &format!("{}{ABSENT}", provider(&block)));
    terraform.set_env("EKS_SSO_IDENTITY_CENTER_ROLE_ARN", &role);
    terraform.plan().failed();
    assert_eq!(calls_to(&again.management, "ListInstances").len(), 0);
    assert_eq!(calls_to(&again.management, "ListPermissionSets").len(), 1);
}

#[test]
fn identity_center_that_denies_or_cannot_be_reached_only_degrades_a_message() {
    let world = World::new();
    // Members of an organization are denied by default.
    let terraform = Bench::new(&world, &format!("{}{ROLE}{GRANT}", provider("identity_center {}")));
    terraform.apply().ok();
    terraform.plans_nothing();
    let denied = Bench::new(&world, &format!("{}{ABSENT}", provider("identity_center {}"))).plan();
    denied
        .failed()
        .says("DeveloperAxess")
        .says("sso:ListInstances")
        .says("DeveloperAccess");
    let role = format!("arn:aws:iam::{}:role/auditor", world.management);
    post("settings", json!({ "account": world.management, "refused_roles": [role] }));
    let block = format!("identity_center {{\nrole_arn = {role:?}\n}}");
    Bench::new(&world, &format!("{}{ROLE}{GRANT}", provider(&block)))
        .plan()
        .does_not_say("Cannot assume");
    Bench::new(&world, &format!("{}{ABSENT}", provider(&block)))
        .plan()
        .failed()
        .says("DeveloperAxess")
        .says("Warning: Identity Center could not be asked")
        .says(&format!(
            "AccessDenied on sts:AssumeRole of {role} as arn:aws:iam::{}:user/test",
            world.member
        ))
        .does_not_say("assumed-role/auditor");
}

#[test]
fn instance_that_identity_center_does_not_know_is_named_with_its_argument() {
    let world = World::with(json!({ "roles": [{ "account": "MANAGEMENT", "name": "eks-idc" }] }));
    let block = format!(
        "identity_center {{\ninstance_arn = \"arn:aws:sso:::instance/ssoins-aaaaaaaaaaaaaaaa\"\nrole_arn = \"arn:aws:iam::{}:role/eks-idc\"\n}}",
        world.management
    );
    Bench::new(&world, &format!("{}{ABSENT}", provider(&block)))
        .plan()
        .failed()
        .says("Warning: Identity Center could not be asked")
        .says("Identity Center does not know instance_arn of the identity_center block there. Correct it, or its region to")
        .says("AWS: Instance not found");
}

#[test]
fn secrets_are_in_no_output_and_no_log() {
    let world = World::new();
    let proxy = Server::proxy(None);
    let refused = format!("arn:aws:iam::{}:role/refused", world.management);
    post("settings", json!({ "account": world.member, "refused_roles": [refused] }));
    let variables = "variable \"secret\" {\n  type = map(string)\n}\n";
    let keys = format!(
        "access_key = \"AKIATEST{}\"\nsecret_key = var.secret[\"key\"]\ntoken = var.secret[\"token\"]\nhttp_proxy = var.secret[\"proxy\"]\n\
         account_access {{\nrole_name = \"eks\"\nexternal_id = var.secret[\"id\"]\n}}\n",
        world.member
    );
    let assume = |role: &str| format!("assume_role {{\nrole_arn = {role:?}\nexternal_id = var.secret[\"id\"]\n}}\n");
    let web = "web_identity_token = var.secret[\"web\"]\n";
    let web = |role: &str| format!("assume_role_with_web_identity {{\nrole_arn = {role:?}\n{web}}}\n");
    let good = format!("arn:aws:iam::{}:role/good", world.member);
    let cases = [
        (format!("{keys}{}", assume(&good)), true),
        (format!("{keys}{}", assume(&refused)), false),
        (format!("{keys}region = \"x\""), false),
        (web(&good), true),
        (web(&format!("arn:aws:iam::{}:role/refused", world.member)), false),
        (
            format!("{keys}custom_ca_bundle = \"/nowhere\"\nhttps_proxy = \"sesame proxy\""),
            false,
        ),
    ];
    let of_member = format!("arn:aws:iam::{}:role/refused", world.member);
    post(
        "settings",
        json!({ "account": world.member, "refused_roles": [refused, of_member] }),
    );
    for (block, succeeds) in cases {
        let mut terraform = Workspace::new(&world, &format!("{variables}{}{ROLE}", provider(&block)));
        let secret = json!({ "secret": { "key": "sesame-1", "token": "sesame-2", "proxy": format!("http://user:sesame-3@{}", proxy.address),
            "id": "sesame-4", "web": "sesame-5" } });
        terraform.file("terraform.tfvars.json", &secret.to_string());
        // Nothing on loopback goes through a proxy.
        terraform.set_env("AWS_ENDPOINT_URL", "http://aws.test");
        if block.contains("web_identity") {
            terraform.set_env("AWS_ENDPOINT_URL", &url());
        }
        terraform.set_env("TF_LOG", "TRACE");
        let plan = terraform.plan();
        assert_eq!(plan.code, Some(if succeeds { 2 } else { 1 }), "{block}\n{}", plan.text);
        assert!(plan.text.contains("tf_req_id"), "the provider's log is not in the text");
        let shown: Vec<&str> = plan.text.lines().filter(|line| line.contains("sesame-")).collect();
        assert_eq!(shown, Vec::<&str>::new(), "{block}");
    }
    assert!(
        proxy
            .requests()
            .iter()
            .any(|request| request.header("proxy-authorization").is_some()),
        "the proxy got no password"
    );
}

#[test]
fn account_limits_with_a_null_are_refused_rather_than_widened() {
    let world = World::new();
    for name in ["allowed_account_ids", "forbidden_account_ids"] {
        let config = format!("{}{ROLE}", provider(&format!("{name} = [null]")));
        let words = format!("One of the elements of {name} is null");
        Bench::new(&world, &config).plan().failed().says(&words);
    }
    assert!(world.calls().is_empty());
}
