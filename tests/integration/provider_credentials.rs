//! The provider block: where credentials and the region come from, and how roles are assumed.

use crate::emulator::{REGION, World, calls_of, calls_to, post, url};
use crate::loopback::{Request, Server, answer};
use crate::terraform::{Output, Workspace};
use serde_json::{Value, json};

/// Asks AWS one question, and shows who asked.
fn probe(provider: &str) -> String {
    format!(
        r#"
provider "eks" {{
{provider}
}}

data "eks_sso_role" "probe" {{
  permission_set_name = "DeveloperAccess"
}}

output "account" {{
  value = data.eks_sso_role.probe.account_id
}}
"#
    )
}

/// AWS's address and no credentials.
fn no_credentials() -> Vec<(String, String)> {
    let aws = url();
    let pairs = [
        ("AWS_ENDPOINT_URL", aws.as_str()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_REGION", REGION),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// A workspace with AWS's address, no credentials, and these variables besides.
fn workspace(world: &World, provider: &str, env: &[(&str, &str)]) -> Workspace {
    let mut workspace = Workspace::new(world, &probe(provider));
    workspace.env = no_credentials();
    for (name, value) in env {
        workspace.set_env(name, value);
    }
    workspace
}

fn key(account: &str) -> String {
    format!("AKIATEST{account}")
}

fn profile(name: &str, account: &str) -> String {
    format!(
        "[{name}]\naws_access_key_id = {}\naws_secret_access_key = not-a-secret\n",
        key(account)
    )
}

/// Says that the plan succeeded and that the member account asked.
#[track_caller]
fn asked_by_member(world: &World, plan: Output) -> Output {
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says(&format!("account = {:?}", world.member))
}

/// A secret key for any access key, as an answer of the services that hand out credentials.
fn credentials(account: &str, minutes: i64) -> String {
    let end = std::time::SystemTime::now() + std::time::Duration::from_secs(minutes.unsigned_abs() * 60);
    let end = humantime::format_rfc3339_seconds(end).to_string();
    json!({ "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": key(account), "SecretAccessKey": "not-a-secret", "Token": "token",
        "Expiration": end, "LastUpdated": "2026-01-01T00:00:00Z" })
    .to_string()
}

#[test]
fn keys_in_the_block_beat_everything() {
    let world = World::new();
    let keys = format!("access_key = {:?}\nsecret_key = \"x\"\nprofile = \"other\"", key(&world.member));
    let env = [
        ("AWS_ACCESS_KEY_ID", key(&world.management)),
        ("AWS_SECRET_ACCESS_KEY", "x".to_owned()),
        ("AWS_PROFILE", "other".to_owned()),
    ];
    let terraform = workspace(&world, &keys, &env.each_ref().map(|(name, value)| (*name, value.as_str())));
    std::fs::create_dir(terraform.path().join(".aws")).unwrap();
    terraform.file(".aws/credentials", &profile("other", &world.management));
    asked_by_member(&world, terraform.plan()).does_not_say("Configuration conflict");
}

#[test]
fn empty_keys_count_as_unset() {
    let world = World::new();
    let terraform = Workspace::new(&world, &probe("access_key = \"\"\nsecret_key = \"\"\ntoken = \"\"\nprofile = \"\""));
    asked_by_member(&world, terraform.plan());
}

#[test]
fn profile_in_the_block_beats_keys_in_the_environment() {
    let world = World::new();
    let other = key(&world.management);
    let terraform = workspace(
        &world,
        "profile = \"mine\"",
        &[("AWS_ACCESS_KEY_ID", &other), ("AWS_SECRET_ACCESS_KEY", "x")],
    );
    std::fs::create_dir(terraform.path().join(".aws")).unwrap();
    terraform.file(".aws/credentials", &profile("mine", &world.member));
    asked_by_member(&world, terraform.plan())
        .says("Warning: Configuration conflict detected")
        .says("The provider block sets profile, and the environment sets AWS_ACCESS_KEY_ID. The profile is used")
        .says("Remove one of them.");
    assert!(calls_of(&world.management).is_empty());
}

#[test]
fn keys_in_the_environment_beat_a_profile_in_the_environment() {
    let world = World::new();
    let mine = key(&world.member);
    let env = [
        ("AWS_ACCESS_KEY_ID", mine.as_str()),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_PROFILE", "other"),
    ];
    let terraform = workspace(&world, "", &env);
    std::fs::create_dir(terraform.path().join(".aws")).unwrap();
    terraform.file(".aws/credentials", &profile("other", &world.management));
    asked_by_member(&world, terraform.plan()).does_not_say("Configuration conflict");
}

#[test]
fn profile_comes_from_the_environment() {
    let world = World::new();
    for (env, expect_member) in [
        (&[("AWS_PROFILE", "mine"), ("AWS_DEFAULT_PROFILE", "other")][..], true),
        (&[("AWS_DEFAULT_PROFILE", "mine")], true),
        (&[], false),
    ] {
        let terraform = workspace(&world, "", env);
        std::fs::create_dir(terraform.path().join(".aws")).unwrap();
        let files = [
            profile("mine", &world.member),
            profile("other", &world.management),
            profile("default", "999988887777"),
        ];
        terraform.file(".aws/credentials", &files.concat());
        let plan = terraform.plan();
        if expect_member {
            asked_by_member(&world, plan);
        } else {
            plan.failed().says("999988887777");
        }
    }
}

#[test]
fn shared_files_of_the_block_replace_the_default_ones() {
    let world = World::new();
    let provider = "shared_config_files = [\"~/conf/$NAME\"]\nshared_credentials_files = [\"$HOME/conf/keys\"]\nprofile = \"mine\"";
    let mut terraform = workspace(&world, provider, &[("NAME", "settings")]);
    terraform.env.retain(|(name, _)| !name.ends_with("_REGION"));
    std::fs::create_dir(terraform.path().join("conf")).unwrap();
    std::fs::create_dir(terraform.path().join(".aws")).unwrap();
    terraform.file(".aws/credentials", &profile("mine", &world.management));
    terraform.file("conf/keys", &profile("mine", &world.member));
    terraform.file("conf/settings", &format!("[profile mine]\nregion = {REGION}\n"));
    asked_by_member(&world, terraform.plan());
}

#[test]
fn missing_shared_file_and_profile_are_told() {
    let world = World::new();
    workspace(&world, "shared_config_files = [\"~/nowhere\"]", &[])
        .plan()
        .failed()
        .says("Error: Shared configuration file cannot be read")
        .says("\"~/nowhere\" of shared_config_files cannot be read")
        .says("Correct the path or remove it.");
    let terraform = workspace(&world, "profile = \"mien\"", &[]);
    std::fs::create_dir(terraform.path().join(".aws")).unwrap();
    terraform.file(".aws/credentials", &profile("mine", &world.member));
    terraform
        .plan()
        .failed()
        .says("Error: Profile not found")
        .says("has the profile \"mien\"; they have: mine.")
        .says("Correct the name");
    let mut terraform = terraform;
    terraform.write(&probe(""));
    terraform.set_env("AWS_PROFILE", "mien");
    terraform
        .plan()
        .failed()
        .says("Error: Profile not found")
        .says("has the profile \"mien\"; they have: mine.")
        .says("AWS_PROFILE");
}

#[test]
fn credential_process_is_run() {
    let world = World::new();
    let terraform = workspace(&world, "profile = \"process\"", &[]);
    let script = terraform.path().join("keys.sh");
    let answer = json!({ "Version": 1, "AccessKeyId": key(&world.member), "SecretAccessKey": "not-a-secret" });
    terraform.file("keys.sh", &format!("#!/bin/sh\necho '{answer}'\n"));
    std::fs::create_dir(terraform.path().join(".aws")).unwrap();
    terraform.file(
        ".aws/config",
        &format!("[profile process]\ncredential_process = sh {}\n", script.display()),
    );
    asked_by_member(&world, terraform.plan());
    terraform.file("keys.sh", "#!/bin/sh\necho 'vault is sealed' >&2\nexit 3\n");
    terraform
        .plan()
        .failed()
        .says("Error: No valid credential sources found")
        .says("The profile \"process\" runs a credential_process that failed (exit status: 3).");
}

#[test]
fn roles_of_profiles_are_assumed_one_after_the_other() {
    let world = World::new();
    let terraform = workspace(&world, "profile = \"top\"", &[]);
    std::fs::create_dir(terraform.path().join(".aws")).unwrap();
    terraform.file(".aws/credentials", &profile("base", &world.management));
    let (member, management) = (&world.member, &world.management);
    let config = format!(
        "[profile top]\nrole_arn = arn:aws:iam::{member}:role/last\nsource_profile = middle\nrole_session_name = ada\nexternal_id = x-1\n\
         [profile middle]\nrole_arn = arn:aws:iam::{management}:role/first\nsource_profile = base\n"
    );
    terraform.file(".aws/config", &config);
    asked_by_member(&world, terraform.plan());
    let assumed = calls_to(management, "AssumeRole");
    assert_eq!(
        assumed[0]["params"]["RoleArn"],
        json!(format!("arn:aws:iam::{management}:role/first"))
    );
    assert_eq!(assumed[1]["params"]["RoleSessionName"], json!("ada"));
    assert_eq!(assumed[1]["params"]["ExternalId"], json!("x-1"));
}

#[test]
fn profile_takes_its_first_keys_from_a_credential_source() {
    let world = World::new();
    let management = key(&world.management);
    let terraform = workspace(
        &world,
        "profile = \"top\"",
        &[("AWS_ACCESS_KEY_ID", &management), ("AWS_SECRET_ACCESS_KEY", "x")],
    );
    std::fs::create_dir(terraform.path().join(".aws")).unwrap();
    let config = format!(
        "[profile top]\nrole_arn = arn:aws:iam::{}:role/last\ncredential_source = Environment\n",
        world.member
    );
    terraform.file(".aws/config", &config);
    asked_by_member(&world, terraform.plan());
    assert_eq!(calls_to(&world.management, "AssumeRole").len(), 1);
}

#[test]
fn assume_role_blocks_are_a_chain_and_send_every_argument() {
    let world = World::new();
    let (member, management) = (&world.member, &world.management);
    let provider = format!(
        r#"
  assume_role {{
    role_arn = "arn:aws:iam::{management}:role/first"
  }}
  assume_role {{
    role_arn            = "arn:aws:iam::{member}:role/team/last"
    session_name        = "ada"
    external_id         = "x:1/2"
    duration            = "45m"
    policy              = jsonencode({{ Version = "2012-10-17", Statement = [] }})
    policy_arns         = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    tags                = {{ team = "blue" }}
    transitive_tag_keys = ["team"]
    source_identity     = "ada@example.com"
  }}
"#
    );
    let management_key = key(management);
    let env = [
        ("AWS_ACCESS_KEY_ID", management_key.as_str()),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("GITHUB_RUN_ID", "4711"),
    ];
    asked_by_member(&world, workspace(&world, &provider, &env).plan());
    let assumed = calls_to(management, "AssumeRole");
    assert_eq!(assumed.len(), 2, "{assumed:#?}");
    assert_eq!(assumed[0]["params"]["RoleSessionName"], json!("terraform-provider-eks-4711"));
    let expect = json!({
        "RoleArn": format!("arn:aws:iam::{member}:role/team/last"),
        "RoleSessionName": "ada",
        "ExternalId": "x:1/2",
        "DurationSeconds": 2700,
        "Policy": r#"{"Statement":[],"Version":"2012-10-17"}"#,
        "PolicyArns": [{ "arn": "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
        "Tags": [{ "Key": "team", "Value": "blue" }],
        "TransitiveTagKeys": ["team"],
        "SourceIdentity": "ada@example.com",
    });
    assert_eq!(assumed[1]["params"], expect);
}

fn web_identity(world: &World, token: &str) -> String {
    format!(
        "assume_role_with_web_identity {{\nrole_arn = \"arn:aws:iam::{}:role/web\"\nsession_name = \"ada\"\nduration = \"20m\"\n{token}\n}}",
        world.member
    )
}

#[test]
fn web_identity_is_assumed_unsigned_whatever_the_environment_holds() {
    let world = World::new();
    let other = key(&world.management);
    for token in ["web_identity_token = \"a.b.c\"", "web_identity_token_file = \"~/token\""] {
        let provider = web_identity(&world, token);
        let terraform = workspace(&world, &provider, &[("AWS_ACCESS_KEY_ID", &other), ("AWS_SECRET_ACCESS_KEY", "x")]);
        terraform.file("token", "a.b.c\n");
        asked_by_member(&world, terraform.plan());
        let call = calls_to(&world.member, "AssumeRoleWithWebIdentity").pop().unwrap();
        assert_eq!(call["params"]["WebIdentityToken"], json!("a.b.c"));
        assert_eq!(
            (&call["params"]["RoleSessionName"], &call["params"]["DurationSeconds"]),
            (&json!("ada"), &json!(1200))
        );
    }
    // Signed calls would be booked on the account of the key.
    assert!(calls_of(&world.management).is_empty());
}

#[test]
fn web_identity_that_fails_says_why() {
    let world = World::new();
    let refused = format!("arn:aws:iam::{}:role/web", world.member);
    post("settings", json!({ "account": world.member, "refused_roles": [refused] }));
    workspace(&world, &web_identity(&world, "web_identity_token = \"a.b.c\""), &[])
        .plan()
        .failed()
        .says("Error: Cannot assume IAM Role with web identity")
        .says(&refused)
        .says("names the identity provider")
        .does_not_say("a.b.c");
    workspace(&world, &web_identity(&world, "web_identity_token_file = \"/nowhere\""), &[])
        .plan()
        .failed()
        .says("Error: Web identity token cannot be read")
        .says("web_identity_token_file = \"/nowhere\"")
        .says("The web identity token file \"/nowhere\" cannot be read: No such file or directory (os error 2). STS was not asked. Correct the path");
    // The SDK quotes the request that it cannot send.
    let mut terraform = workspace(&world, &web_identity(&world, "web_identity_token = \"a.b.c\""), &[]);
    terraform.set_env("AWS_ENDPOINT_URL", "no url");
    terraform.plan().failed().says("endpoint is not a valid URI").does_not_say("a.b.c");
}

#[test]
fn web_identity_of_a_service_account_is_used() {
    let world = World::new();
    let role = format!("arn:aws:iam::{}:role/irsa", world.member);
    let provider = format!("endpoints {{\nsts = {:?}\n}}", url());
    let mut terraform = workspace(&world, &provider, &[("AWS_ROLE_ARN", &role), ("AWS_ROLE_SESSION_NAME", "pod")]);
    let token = terraform.path().join("token").display().to_string();
    terraform.set_env("AWS_WEB_IDENTITY_TOKEN_FILE", &token);
    // The endpoint of the block holds for this call, too.
    terraform.set_env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
    terraform.file("token", "a.b.c");
    asked_by_member(&world, terraform.plan());
    let call = calls_to(&world.member, "AssumeRoleWithWebIdentity").pop().unwrap();
    assert_eq!(
        (&call["params"]["RoleArn"], &call["params"]["RoleSessionName"]),
        (&json!(role), &json!("pod"))
    );
}

/// A server of container credentials that are good for so many minutes.
fn container(account: &str, minutes: i64) -> Server {
    let body = credentials(account, minutes);
    Server::http(move |request: &Request| match request.header("authorization") {
        Some("secret-of-the-pod") => answer(200, &body),
        _ => answer(401, ""),
    })
}

fn container_env(server: &Server) -> [(String, String); 2] {
    [
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI".to_owned(),
            format!("{}/v1/credentials", server.url()),
        ),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN".to_owned(), "secret-of-the-pod".to_owned()),
    ]
}

#[test]
fn container_credentials_are_asked_for_once_while_they_are_good() {
    let world = World::new();
    let server = container(&world.member, 60);
    let mut terraform = workspace(&world, "", &[]);
    terraform.env.extend(container_env(&server));
    asked_by_member(&world, terraform.plan());
    assert_eq!(server.asked(), ["GET /v1/credentials"]);
}

/// Pod Identity hands the token over in a file.
#[test]
fn credentials_that_end_soon_are_not_asked_for_at_every_call() {
    let world = World::new();
    let server = container(&world.member, 4);
    let mut terraform = workspace(&world, "", &[]);
    terraform.file("pod-token", "secret-of-the-pod");
    let token_file = terraform.path().join("pod-token").display().to_string();
    terraform.set_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &token_file);
    terraform.set_env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/v1/credentials", server.url()));
    asked_by_member(&world, terraform.plan());
    // Again after half a minute, which this plan does not take.
    assert_eq!((calls_of(&world.member).len(), server.asked().len()), (2, 1));
}

/// An instance's metadata service that wants a session token (version 2).
fn instance(account: &str) -> Server {
    let body = credentials(account, 60);
    Server::http(move |request: &Request| {
        let is_in_session = request.header("x-aws-ec2-metadata-token") == Some("session");
        match (request.method.as_str(), request.target.as_str()) {
            ("PUT", "/latest/api/token") => answer(200, "session"),
            _ if !is_in_session => answer(401, ""),
            ("GET", "/latest/meta-data/iam/security-credentials/") => answer(200, "node"),
            ("GET", "/latest/meta-data/iam/security-credentials/node") => answer(200, &body),
            ("GET", "/latest/meta-data/placement/region") => answer(200, REGION),
            _ => answer(404, ""),
        }
    })
}

/// A workspace on an EC2 instance: neither keys nor region but the instance's.
fn on_instance(world: &World, server: &Server, provider: &str, env: &[(&str, &str)]) -> Workspace {
    let provider = format!("ec2_metadata_service_endpoint = {:?}\n{provider}", server.url());
    let mut terraform = workspace(world, &provider, &[]);
    terraform.env.retain(|(name, _)| name == "AWS_ENDPOINT_URL");
    for (name, value) in env {
        terraform.set_env(name, value);
    }
    terraform
}

#[test]
fn instance_gives_credentials_and_region() {
    let world = World::new();
    let server = instance(&world.member);
    asked_by_member(&world, on_instance(&world, &server, "", &[]).plan());
    assert!(
        server.asked().contains(&"GET /latest/meta-data/placement/region".to_owned()),
        "{:?}",
        server.asked()
    );
}

#[test]
fn instance_gives_no_region_to_credentials_from_elsewhere() {
    let world = World::new();
    let server = instance(&world.member);
    let container = container(&world.member, 60);
    let mut terraform = on_instance(&world, &server, "", &[]);
    terraform.env.extend(container_env(&container));
    terraform.plan().failed().says("Error: Missing Region configuration");
    assert_eq!(server.asked(), Vec::<String>::new());
}

#[test]
fn metadata_service_is_left_alone_when_it_is_turned_off() {
    let world = World::new();
    let server = instance(&world.member);
    for (provider, env) in [
        ("skip_metadata_api_check = \"true\"", &[][..]),
        ("", &[("AWS_EC2_METADATA_DISABLED", "true")]),
        ("skip_metadata_api_check = \"false\"", &[("AWS_EC2_METADATA_DISABLED", "true")]),
    ] {
        on_instance(&world, &server, provider, env)
            .plan()
            .failed()
            .says("Error: No valid credential sources found")
            .says("the EC2 instance's role (turned off)");
    }
    assert_eq!(server.asked(), Vec::<String>::new());
}

#[test]
fn region_comes_from_the_block_the_environment_then_the_profile() {
    let world = World::new();
    let member = key(&world.member);
    let keys = [("AWS_ACCESS_KEY_ID", member.as_str()), ("AWS_SECRET_ACCESS_KEY", "x")];
    let cases = [
        (
            "region = \"eu-west-3\"",
            &[("AWS_REGION", "eu-west-2"), ("AWS_DEFAULT_REGION", "eu-north-1")][..],
            "eu-west-3",
        ),
        (
            "region = \"\"",
            &[("AWS_REGION", "eu-west-2"), ("AWS_DEFAULT_REGION", "eu-north-1")],
            "eu-west-2",
        ),
        ("", &[("AWS_DEFAULT_REGION", "eu-north-1")], "eu-north-1"),
        ("", &[], "eu-south-1"),
    ];
    for (provider, env, expect) in cases {
        let mut terraform = workspace(&world, provider, &keys);
        terraform.env.retain(|(name, _)| !name.ends_with("_REGION"));
        std::fs::create_dir(terraform.path().join(".aws")).unwrap();
        terraform.file(".aws/config", "[default]\nregion = eu-south-1\n");
        env.iter().for_each(|(name, value)| terraform.set_env(name, value));
        asked_by_member(&world, terraform.plan());
        assert_eq!(
            calls_to(&world.member, "GetCallerIdentity").last().unwrap()["region"],
            json!(expect)
        );
    }
}

#[test]
fn missing_and_wrong_regions_are_told() {
    let world = World::new();
    let mut terraform = Workspace::new(&world, &probe(""));
    terraform.env.retain(|(name, _)| !name.ends_with("_REGION"));
    terraform
        .plan()
        .failed()
        .says("Error: Missing Region configuration")
        .says("Set region in the provider block, the environment variable AWS_REGION or AWS_DEFAULT_REGION, or region in the profile");
    terraform.set_env("AWS_REGION", "Frankfurt");
    terraform
        .plan()
        .failed()
        .says("Error: Invalid Region")
        .says("Frankfurt")
        .says("AWS_REGION");
}

#[test]
fn refused_role_is_explained_when_the_provider_is_configured() {
    let world = World::new();
    let role = format!("arn:aws:iam::{}:role/team/deploy", world.management);
    post("settings", json!({ "account": world.member, "refused_roles": [role] }));
    let terraform = Workspace::new(
        &world,
        &probe(&format!("assume_role {{\nrole_arn = {role:?}\nexternal_id = \"x-1\"\n}}")),
    );
    terraform
        .plan()
        .failed()
        .says("Error: Cannot assume IAM Role")
        .says(&format!(
            "AccessDenied on sts:AssumeRole of {role} as arn:aws:iam::{}:user/test",
            world.member
        ))
        .says("(AssumeRole 403 AccessDenied,")
        .says("1. The role exists under exactly this ARN, path included")
        .says("2. Its trust policy names the caller")
        .says("3. The external_id is the one that the trust policy asks for")
        .says("request id");
}

#[test]
fn explicit_deny_is_never_answered_with_advice_to_allow() {
    let world = World::new();
    let message = "User: x is not authorized to perform: sts:AssumeRole on resource: y with an explicit deny in a service control policy";
    world.fault(json!({ "service": "sts", "operation": "AssumeRole", "status": 403, "code": "AccessDenied", "message": message }));
    let role = format!("arn:aws:iam::{}:role/deploy", world.management);
    Workspace::new(&world, &probe(&format!("assume_role {{\nrole_arn = {role:?}\n}}")))
        .plan()
        .failed()
        .says("A policy denies this explicitly")
        .does_not_say("The caller may call sts:AssumeRole")
        .does_not_say("Its trust policy names the caller");
}

#[test]
fn session_too_long_for_a_chain_is_an_error() {
    let world = World::new();
    let (member, management) = (&world.member, &world.management);
    let role = |name| format!("assume_role {{\nrole_arn = \"arn:aws:iam::{management}:role/{name}\"\nduration = \"2h\"\n}}\n");
    Workspace::new(&world, &probe(&[role("first"), role("second")].concat()))
        .plan()
        .failed()
        .says("Error: Duration too long for role chaining")
        .says("\"2h\"")
        .says("Set duration to \"1h\" or less");
    assert_eq!(calls_of(member), [Value::Null; 0]);
    // Where the first role's caller is a role itself, only AWS knows.
    let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
    world.fault(json!({ "operation": "AssumeRole", "status": 400, "code": "ValidationError", "message": message }));
    Workspace::new(&world, &probe(&role("first")))
        .plan()
        .failed()
        .says("session limit for roles assumed by role chaining")
        .says("Set duration to \"1h\" or less")
        .does_not_say("trust policy");
}

#[test]
fn no_credentials_at_all_says_what_was_tried() {
    let world = World::new();
    workspace(&world, "", &[])
        .plan()
        .failed()
        .says("Error: No valid credential sources found")
        .says("the environment (not set), the profile \"default\" (in no file), web identity (not set), the container (not set)")
        .says("aws sso login --profile NAME")
        .says("In CI, use a role by OIDC (AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE).")
        .does_not_say("the credential provider was not enabled");
}

/// H8: what the profile holds decides, in both its forms; a command that signs in helps where a sign-in is over, and nowhere
/// else.
#[test]
fn ended_sign_in_names_the_command_that_renews_it() {
    const LOGIN: &str = "aws sso login --profile people";
    let start = "sso_start_url = https://corp.awsapps.com/start";
    let session = format!("sso_session = corp\n[sso-session corp]\nsso_region = {REGION}\n{start}\n");
    let older = format!("sso_region = {REGION}\n{start}\n");
    let sourced = format!("role_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\n[profile base]\n{older}");
    let portal = |status: u16, code: &str| {
        let text = json!({ "__type": code, "message": "no" }).to_string();
        Some(Server::http(move |_: &Request| answer(status, &text)))
    };
    let refusing = portal(401, "UnauthorizedException");
    let forbidding = portal(403, "ForbiddenException");
    let no_portal = None::<Server>;
    // The profile, the end of the token at hand, the portal's answer, and what is said.
    let table = [
        (&session, None, &no_portal, Ok(LOGIN)),
        (&session, Some("2001-01-01T00:00:00Z"), &no_portal, Ok(LOGIN)),
        (&session, Some("2999-01-01T00:00:00Z"), &refusing, Ok(LOGIN)),
        (&session, Some("2999-01-01T00:00:00Z"), &forbidding, Err("ForbiddenException")),
        (&older, None, &no_portal, Ok(LOGIN)),
        (&older, Some("2999-01-01T00:00:00Z"), &refusing, Ok(LOGIN)),
        (&sourced, None, &no_portal, Ok("aws sso login --profile base")),
        (
            &"sso_session = cord\n".to_owned(),
            None,
            &no_portal,
            Err("names the sso_session \"cord\", which no shared file has"),
        ),
    ];
    for (profile, token, portal, expected) in table {
        let world = World::new();
        // Half-set, and of no matter: the profile is what the provider block names.
        let mut terraform = workspace(&world, "profile = \"people\"", &[("AWS_ROLE_ARN", "x")]);
        std::fs::create_dir_all(terraform.path().join(".aws/sso/cache")).unwrap();
        let role = format!("sso_account_id = {}\nsso_role_name = DeveloperAccess\n", world.member);
        let config = format!("[profile people]\n{role}{profile}").replace("[profile base]\n", &format!("[profile base]\n{role}"));
        terraform.file(".aws/config", &config);
        if let Some(end) = token {
            let token = json!({
                "startUrl": "https://corp.awsapps.com/start", "region": REGION, "accessToken": "token-of-the-session", "expiresAt": end,
            });
            // Named after the SHA-1 of the session's name, or of the URL.
            for name in [
                "ee0bfd2552fbd840c02cc48b6e823320543c450f",
                "a51746d4aa793ae07b25e90c3a5db96fc7832bd7",
            ] {
                terraform.file(&format!(".aws/sso/cache/{name}.json"), &token.to_string());
            }
        }
        if let Some(portal) = portal {
            terraform.set_env("AWS_ENDPOINT_URL_SSO", &portal.url());
        }
        let plan = terraform.plan().failed().says("Error: No valid credential sources found");
        match expected {
            Ok(command) => plan.says(command),
            Err(text) => plan.says(text).does_not_say("aws sso login"),
        };
    }
}

/// The SDK names neither the profile nor what it lacks.
#[test]
fn profiles_that_lack_something_are_named_with_what_they_lack() {
    let config = "[profile chained]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = nada\n\
                  [profile deeper]\nrole_arn = arn:aws:iam::111122223333:role/y\nsource_profile = chained\n\
                  [profile a]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = b\n\
                  [profile b]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = a\n\
                  [profile signs]\nsso_session = corp\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x.awsapps.com/start\n\
                  [profile older]\nsso_region = eu-west-1\nsso_start_url = https://x.awsapps.com/start\nsso_account_id = 111122223333\n\
                  [profile half]\naws_access_key_id = AKIA\n\
                  [profile alone]\nrole_arn = arn:aws:iam::111122223333:role/x\n\
                  [profile outside]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = Environment\n\
                  [profile process]\ncredential_process = sh -c false\n";
    let world = World::new();
    for (profile, words) in [
        (
            "chained",
            "The profile \"chained\" takes its credentials from the profile \"nada\" (source_profile), which no shared file has.",
        ),
        ("deeper", "The profile \"chained\" takes its credentials from the profile \"nada\""),
        ("a", "The profiles a, b take their credentials from each other (source_profile)."),
        (
            "signs",
            "The profile \"signs\" signs in to IAM Identity Center (sso_session), but has no sso_account_id and no sso_role_name",
        ),
        ("older", "(sso_start_url), but has no sso_role_name"),
        (
            "half",
            "The profile \"half\" has aws_access_key_id, but no aws_secret_access_key. Set both.",
        ),
        (
            "alone",
            "The profile \"alone\" has role_arn, but none of source_profile, credential_source, web_identity_token_file",
        ),
        ("outside", "(credential_source), in which AWS_ACCESS_KEY_ID is not set"),
        (
            "process",
            "The profile \"process\" runs a credential_process that failed (exit status: 1). What it printed is not shown",
        ),
    ] {
        let mut terraform = workspace(&world, "", &[("AWS_PROFILE", profile)]);
        std::fs::create_dir(terraform.path().join(".aws")).unwrap();
        terraform.file(".aws/config", config);
        terraform.set_env("AWS_PROFILE", profile);
        terraform
            .plan()
            .failed()
            .says("Error: No valid credential sources found")
            .says(words)
            .does_not_say("could not be built")
            .does_not_say("external process");
    }
}

#[test]
fn half_set_variables_are_named() {
    for (set, missing) in [
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
        ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    ] {
        workspace(&World::new(), "", &[(set, "x")])
            .plan()
            .failed()
            .says("Error: No valid credential sources found")
            .says(&format!("The environment variable {set} is set, but {missing} is not."));
    }
}
