//! The provider block: endpoints, proxies, certificates, retries and the user agent.

use crate::emulator::{REGION, World, calls_of, calls_to, new_account, post, url};
use crate::loopback::{Authority, Server, answer, to_aws};
use crate::terraform::{Output, Workspace};
use serde_json::json;

const ROLE: &str = "data \"eks_sso_role\" \"x\" {\n  permission_set_name = \"DeveloperAccess\"\n}\n";

fn config(provider: &str) -> String {
    format!("provider \"eks\" {{\n{provider}\n}}\n{ROLE}")
}

/// A workspace without any endpoint: hosts are AWS's own.
fn without_endpoint(world: &World, provider: &str, env: &[(&str, &str)]) -> Workspace {
    let mut terraform = Workspace::new(world, &config(provider));
    terraform.env.retain(|(name, _)| name != "AWS_ENDPOINT_URL");
    env.iter().for_each(|(name, value)| terraform.set_env(name, value));
    terraform
}

#[track_caller]
fn succeeds(plan: Output) -> Output {
    assert_eq!(plan.code, Some(0), "{}", plan.text);
    plan
}

/// A server in front of AWS, to see what goes there.
fn front() -> Server {
    Server::http(to_aws)
}

#[test]
fn endpoint_of_the_block_beats_service_variable_beats_general_variable_beats_profile() {
    let world = World::new();
    let [block, service, general, profile] = [front(), front(), front(), front()];
    let asked = || [&block, &service, &general, &profile].map(|server| server.requests().len());
    let mut terraform = without_endpoint(&world, "", &[]);
    std::fs::create_dir(terraform.path().join(".aws")).unwrap();
    terraform.file(".aws/config", &format!("[default]\nendpoint_url = {}\n", profile.url()));
    succeeds(terraform.plan());
    assert_eq!(asked(), [0, 0, 0, 2]);
    terraform.set_env("AWS_ENDPOINT_URL", &general.url());
    succeeds(terraform.plan());
    assert_eq!(asked(), [0, 0, 2, 2]);
    terraform.set_env("AWS_ENDPOINT_URL_STS", &service.url());
    succeeds(terraform.plan());
    assert_eq!(asked(), [0, 1, 3, 2]);
    terraform.write(&config(&format!("endpoints {{\nsts = {:?}\n}}", block.url())));
    succeeds(terraform.plan());
    assert_eq!(asked(), [1, 1, 4, 2]);
}

#[test]
fn each_service_has_an_endpoint_of_its_own() {
    let world = World::new();
    let [eks, iam, sts, sso] = [front(), front(), front(), front()];
    post("settings", json!({ "account": world.member, "sso_admin_access": "full" }));
    let provider = format!(
        "endpoints {{\neks = {:?}\niam = {:?}\n}}\nendpoints {{\nsts = {:?}\nssoadmin = {:?}\n}}\nidentity_center {{}}\n",
        eks.url(),
        iam.url(),
        sts.url(),
        sso.url()
    );
    let grant = "resource \"eks_sso_access\" \"x\" {\n  cluster_name = \"payments-prod\"\n  permission_set_name = \"Absent\"\n}\n";
    let terraform = without_endpoint(&world, "", &[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]);
    terraform.write(&format!("provider \"eks\" {{\n{provider}\n}}\n{grant}"));
    terraform.plan().failed().says("\"Absent\" does not exist in Identity Center");
    for (name, server) in [("eks", &eks), ("iam", &iam), ("sts", &sts), ("ssoadmin", &sso)] {
        assert!(!server.requests().is_empty(), "{name} was not asked");
    }
    assert!(sts.requests().iter().all(|request| request.body.contains("GetCallerIdentity")));
}

#[test]
fn region_of_sts_is_its_own() {
    let world = World::new();
    succeeds(Workspace::new(&world, &config("sts_region = \"us-east-1\"")).plan());
    assert_eq!(calls_to(&world.member, "GetCallerIdentity")[0]["region"], json!("us-east-1"));
}

#[test]
fn hosts_are_those_that_fips_and_dual_stack_ask_for() {
    let world = World::new();
    let authority = Authority::new();
    for (provider, env, sts, iam) in [
        ("", &[][..], "sts.eu-west-1.amazonaws.com:443", "iam.amazonaws.com:443"),
        (
            "region = \"us-east-1\"\nuse_fips_endpoint = true",
            &[],
            "sts-fips.us-east-1.amazonaws.com:443",
            "iam-fips.amazonaws.com:443",
        ),
        (
            "use_dualstack_endpoint = true",
            &[],
            "sts.eu-west-1.api.aws:443",
            "iam.global.api.aws:443",
        ),
        (
            "region = \"us-east-1\"",
            &[("AWS_USE_FIPS_ENDPOINT", "true")],
            "sts-fips.us-east-1.amazonaws.com:443",
            "iam-fips.amazonaws.com:443",
        ),
    ] {
        let proxy = Server::proxy(Some(&authority));
        let provider = format!("https_proxy = {:?}\ncustom_ca_bundle = \"~/ca.pem\"\n{provider}", proxy.url());
        let terraform = without_endpoint(&world, &provider, env);
        terraform.file("ca.pem", &authority.pem());
        succeeds(terraform.plan());
        assert_eq!(proxy.connected(), [sts, iam], "{provider}");
    }
}

#[test]
fn fips_and_dual_stack_do_not_hinder_a_given_endpoint() {
    let world = World::new();
    let given = format!("endpoints {{\nsts = {:?}\niam = {:?}\n}}", url(), url());
    let both = "use_fips_endpoint = true\nuse_dualstack_endpoint = true\n";
    succeeds(without_endpoint(&world, &format!("{both}{given}"), &[]).plan());
    succeeds(Workspace::new(&world, &config(both)).plan());
    // The profile's role is assumed by a client inside the SDK.
    let mut terraform = Workspace::new(&world, &config(&format!("{both}profile = \"top\"")));
    terraform.env.retain(|(name, _)| !name.contains("ACCESS_KEY"));
    std::fs::create_dir(terraform.path().join(".aws")).unwrap();
    let files = format!(
        "[base]\naws_access_key_id = AKIATEST{0}\naws_secret_access_key = x\n[top]\nrole_arn = arn:aws:iam::{0}:role/x\nsource_profile = base\n",
        world.member
    );
    terraform.file(".aws/credentials", &files);
    succeeds(terraform.plan());
}

#[test]
fn proxies_come_from_the_block_then_the_environment() {
    let world = World::new();
    let authority = Authority::new();
    let [block, env] = [Server::proxy(Some(&authority)), Server::proxy(Some(&authority))];
    let (block_url, env_url) = (format!("{:?}", block.url()), env.url());
    let asked = || [&block, &env].map(|server| server.connected().len());
    let bundle = "custom_ca_bundle = \"~/ca.pem\"\n";
    let plan = |provider: &str, env: &[(&str, &str)]| {
        let terraform = without_endpoint(&world, &format!("{bundle}max_retries = 1\n{provider}"), env);
        terraform.file("ca.pem", &authority.pem());
        terraform.plan()
    };
    succeeds(plan("", &[("HTTPS_PROXY", &env_url.replace("http://", "http://user:sesame@"))]));
    assert_eq!(asked(), [0, 2]);
    assert_eq!(env.requests()[0].header("proxy-authorization"), Some("Basic dXNlcjpzZXNhbWU="));
    succeeds(plan("", &[("https_proxy", env_url.trim_start_matches("http://"))]));
    assert_eq!(asked(), [0, 4]);
    succeeds(plan(&format!("https_proxy = {block_url}"), &[("HTTPS_PROXY", &env_url)])).does_not_say("Missing HTTPS Proxy");
    assert_eq!(asked(), [2, 4]);
    succeeds(plan(&format!("http_proxy = {block_url}"), &[]))
        .says("Warning: Missing HTTPS Proxy")
        .says("the HTTP proxy is used for HTTPS requests too")
        .says("Set https_proxy to that proxy");
    assert_eq!(asked(), [4, 4]);
    // A variable that would be taken for the HTTP proxy of everything is not taken for HTTPS.
    for (provider, env) in [
        (
            "https_proxy = \"\"".to_owned(),
            [("HTTPS_PROXY", env_url.as_str()), ("NO_PROXY", "")],
        ),
        (
            "no_proxy = \".amazonaws.com\"".to_owned(),
            [("HTTPS_PROXY", &env_url), ("NO_PROXY", "other")],
        ),
        (String::new(), [("HTTPS_PROXY", &env_url), ("NO_PROXY", "amazonaws.com")]),
        (String::new(), [("HTTP_PROXY", &env_url), ("NO_PROXY", "")]),
    ] {
        plan(&provider, &env)
            .failed()
            .says("Error: Provider credentials could not be checked");
        assert_eq!(asked(), [4, 4], "{provider}");
    }
}

#[test]
fn http_goes_through_the_http_proxy_but_not_to_this_machine() {
    let world = World::new();
    let proxy = Server::proxy(None);
    let env = [("HTTP_PROXY", proxy.url()), ("AWS_ENDPOINT_URL", "http://aws.test".to_owned())];
    succeeds(without_endpoint(&world, "", &env.each_ref().map(|(name, value)| (*name, value.as_str()))).plan());
    assert_eq!(proxy.asked().first().map(String::as_str), Some("POST http://aws.test/"));
    let before = proxy.requests().len();
    succeeds(without_endpoint(&world, "", &[("HTTP_PROXY", &proxy.url()), ("AWS_ENDPOINT_URL", &url())]).plan());
    assert_eq!(proxy.requests().len(), before);
}

#[test]
fn proxy_that_is_no_url_is_an_error_without_its_password() {
    let world = World::new();
    without_endpoint(&world, "https_proxy = \"ht tp://user:sesame@proxy\"", &[])
        .plan()
        .failed()
        .says("Error: Invalid proxy")
        .says("expected for example \"http://proxy.example.com:3128\"");
    without_endpoint(&world, "", &[("HTTPS_PROXY", "ht tp://user:sesame@proxy")])
        .plan()
        .failed()
        .says("Error: Invalid proxy")
        .says("HTTPS_PROXY")
        .does_not_say("sesame");
}

#[test]
fn certificates_of_a_bundle_are_trusted_and_no_others() {
    let world = World::new();
    let authority = Authority::new();
    let aws = Server::tls(&authority);
    let endpoint = format!("https://{}", aws.address);
    let terraform = |provider: &str, env: &[(&str, &str)]| {
        let mut terraform = without_endpoint(&world, provider, &[("AWS_ENDPOINT_URL", &endpoint)]);
        env.iter().for_each(|(name, value)| terraform.set_env(name, value));
        terraform.file("ca.pem", &authority.pem());
        terraform.file("other.pem", &Authority::new().pem());
        terraform
    };
    succeeds(terraform("custom_ca_bundle = \"~/ca.pem\"", &[]).plan());
    succeeds(terraform("", &[("AWS_CA_BUNDLE", "$HOME/ca.pem")]).plan());
    succeeds(terraform("custom_ca_bundle = \"~/ca.pem\"", &[("AWS_CA_BUNDLE", "/nowhere")]).plan());
    let asked = aws.requests().len();
    for refused in [terraform("", &[]), terraform("custom_ca_bundle = \"~/other.pem\"", &[])] {
        refused
            .plan()
            .failed()
            .says("Error: Provider credentials could not be checked")
            .says("invalid peer certificate")
            .does_not_say("sign in again")
            .says("custom_ca_bundle")
            .says("install ca-certificates")
            .says("AWS_CA_BUNDLE");
    }
    assert_eq!(aws.requests().len(), asked);
}

#[test]
fn bad_bundle_is_told() {
    let world = World::new();
    let terraform = without_endpoint(&world, "custom_ca_bundle = \"~/ca.pem\"", &[]);
    let fix = "Expected a file of certificates in PEM (BEGIN CERTIFICATE)";
    terraform
        .plan()
        .failed()
        .says("Error: Invalid CA bundle")
        .says("\"~/ca.pem\" cannot be read")
        .says(fix);
    terraform.file("ca.pem", "nothing");
    terraform.plan().failed().says("\"~/ca.pem\" holds no certificate").says(fix);
    terraform.file("ca.pem", "-----BEGIN CERTIFICATE-----\nMTIz\n-----END CERTIFICATE-----\n");
    terraform.plan().failed().says("holds a certificate that cannot be read").says(fix);
}

#[test]
fn refused_connection_says_what_to_check() {
    let world = World::new();
    Workspace::new(&world, &config("endpoints {\nsts = \"http://127.0.0.1:1\"\n}"))
        .plan()
        .failed()
        .says("Error: Provider credentials could not be checked")
        .says("Connection refused")
        .says("STS cannot be reached from here: check http_proxy, https_proxy and the STS endpoint");
}

/// What answers nothing is asked six times, and not 25 times for minutes as what asks for patience.
#[test]
fn endpoint_that_does_not_answer_is_given_up_soon() {
    let world = World::new();
    let role = format!("arn:aws:iam::{}:role/x", world.member);
    let profile =
        format!("[base]\naws_access_key_id = AKIATEST1\naws_secret_access_key = x\n[top]\nrole_arn = {role}\nsource_profile = base\n");
    let cases: [(&str, &[(&str, &str)]); 3] = [
        ("", &[("AWS_ACCESS_KEY_ID", "AKIATEST1"), ("AWS_SECRET_ACCESS_KEY", "x")]),
        ("", &[("AWS_ROLE_ARN", &role), ("AWS_WEB_IDENTITY_TOKEN_FILE", "token")]),
        ("profile = \"top\"", &[]),
    ];
    for (provider, env) in cases {
        let silent = Server::http(|_| Vec::new());
        let mut terraform = Workspace::new(&world, &config(provider));
        terraform.env.retain(|(name, _)| !name.contains("ACCESS_KEY"));
        terraform.set_env("AWS_ENDPOINT_URL_STS", &silent.url());
        env.iter().for_each(|(name, value)| terraform.set_env(name, value));
        std::fs::create_dir(terraform.path().join(".aws")).unwrap();
        terraform.file(".aws/credentials", &profile);
        terraform.file("token", "a.b.c");
        terraform.plan().failed();
        assert_eq!(silent.requests().len(), 6, "{provider} {env:?}");
    }
}

/// Calls of ListRoles made by a plan while it always fails.
fn attempts(provider: &str, env: &[(&str, &str)], fault: &serde_json::Value) -> usize {
    let world = World::new();
    world.fault(fault.clone());
    let mut terraform = Workspace::new(&world, &config(provider));
    env.iter().for_each(|(name, value)| terraform.set_env(name, value));
    terraform.plan().failed();
    calls_to(&world.member, "ListRoles").len()
}

#[test]
fn retries_end_after_the_configured_attempts() {
    let broken = json!({ "operation": "ListRoles", "status": 500, "code": "InternalFailure" });
    let throttled = json!({ "operation": "ListRoles", "status": 400, "code": "Throttling" });
    assert_eq!(attempts("max_retries = 3", &[("AWS_MAX_ATTEMPTS", "2")], &broken), 3);
    assert_eq!(attempts("max_retries = 3", &[], &throttled), 3);
    assert_eq!(attempts("max_retries = 0", &[], &broken), 1);
    assert_eq!(attempts("", &[("AWS_MAX_ATTEMPTS", "2")], &broken), 2);
    assert_eq!(attempts("max_retries = 2\nretry_mode = \"adaptive\"", &[], &throttled), 2);
    assert_eq!(
        attempts("", &[("AWS_MAX_ATTEMPTS", "2"), ("AWS_RETRY_MODE", "adaptive")], &broken),
        2
    );
    // A retry after throttling takes five tokens: the bucket is empty after one.
    assert_eq!(
        attempts("max_retries = 9\ntoken_bucket_rate_limiter_capacity = 5", &[], &throttled),
        2
    );
}

#[test]
fn throttled_call_succeeds_in_the_end() {
    let world = World::new();
    world.fault(json!({ "operation": "ListRoles", "status": 400, "code": "Throttling", "times": 2 }));
    succeeds(Workspace::new(&world, &config("")).plan());
    assert_eq!(calls_to(&world.member, "ListRoles").len(), 3);
}

#[test]
fn user_agent_names_provider_terraform_and_products() {
    let world = World::new();
    let mut terraform = Workspace::new(&world, &config("user_agent = [\"team/1.2 (blue)\", \"tool/3\"]"));
    terraform.set_env("TF_APPEND_USER_AGENT", "pipeline/7");
    terraform.set_env("AWS_SDK_UA_APP_ID", "our-app");
    succeeds(terraform.plan());
    for call in calls_of(&world.member) {
        let agent = call["user_agent"].as_str().unwrap();
        assert!(agent.starts_with("terraform-provider-eks/"), "{agent}");
        assert!(agent.contains(" terraform/1."), "{agent}");
        assert!(agent.contains("app/our-app"), "{agent}");
        assert!(agent.ends_with(" team/1.2 (blue) tool/3 pipeline/7"), "{agent}");
        assert!(!agent.contains("HashiCorp"), "{agent}");
    }
}

/// Partitions are told by the caller's ARN, so that roles of other accounts are named in the right one.
#[test]
fn roles_of_other_accounts_are_in_the_callers_partition() {
    let other = new_account();
    let world = World::new();
    let provider = "region = \"us-gov-west-1\"\naccount_access {\nrole_name = \"eks\"\n}";
    let terraform = Workspace::new(
        &world,
        &config(provider).replace("permission_set", &format!("account_id = {other:?}\n  permission_set")),
    );
    terraform.plan().failed();
    let assumed = calls_to(&world.member, "AssumeRole");
    assert_eq!(
        assumed[0]["params"]["RoleArn"],
        json!(format!("arn:aws-us-gov:iam::{other}:role/eks"))
    );
    assert_ne!(assumed[0]["region"], json!(REGION));
}

#[test]
fn answers_that_are_not_of_aws_are_said_to_be_none() {
    let world = World::new();
    let page = Server::http(|_| answer(200, "<!DOCTYPE html><html>Welcome</html>"));
    without_endpoint(&world, "", &[("AWS_ENDPOINT_URL", &page.url())])
        .plan()
        .failed()
        .says("an answer that is not in AWS's form")
        .says("The credentials were not judged")
        .does_not_say("sign in again");
}
