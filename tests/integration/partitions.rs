//! A partition that is newer than this provider: `aws-new`, whose regions begin with `new-`. The emulator knows nothing of
//! it, so a server in front of it translates.

use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World};
use crate::loopback::{Request, Server, to_aws};

const NEW_REGION: &str = "new-west-1";

/// Words of the new partition, and the emulator's own.
const WORDS: [(&str, &str); 3] = [
    ("arn:aws-new:", "arn:aws:"),
    ("arn%3Aaws-new%3A", "arn%3Aaws%3A"),
    (NEW_REGION, REGION),
];

fn old(text: &str) -> String {
    WORDS.iter().fold(text.to_owned(), |text, (new, old)| text.replace(new, old))
}

fn new(text: &str) -> String {
    WORDS.iter().fold(text.to_owned(), |text, (new, old)| text.replace(old, new))
}

fn translate(request: &Request) -> Vec<u8> {
    let mut asked = request.clone();
    asked.target = old(&asked.target);
    asked.body = old(&asked.body);
    for (name, value) in &mut asked.headers {
        *value = match name.eq_ignore_ascii_case("content-length") {
            true => asked.body.len().to_string(),
            false => old(value),
        };
    }
    let answer = String::from_utf8(to_aws(&asked)).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = new(body);
    let is_length = |line: &&str| line.to_ascii_lowercase().starts_with("content-length");
    let head: Vec<&str> = head.lines().filter(|line| !is_length(line)).collect();
    format!("{}\r\ncontent-length: {}\r\n\r\n{body}", head.join("\r\n"), body.len()).into_bytes()
}

fn bench(world: &World, aws: &Server, config: &str) -> Bench {
    let mut bench = Bench::new(world, config);
    bench.set_env("AWS_ENDPOINT_URL", &aws.url());
    bench.set_env("AWS_REGION", NEW_REGION);
    bench
}

fn grant(arguments: &str) -> String {
    format!(
        "resource \"eks_sso_access\" \"x\" {{\n  cluster_name = {CLUSTER:?}\n  permission_set_name = \"DeveloperAccess\"\n  access_policies = {{\n    \
         AmazonEKSViewPolicy = {{ scope = \"cluster\" }}\n  }}\n{arguments}}}\n"
    )
}

#[test]
fn new_partition_is_used_like_any_other() {
    let (world, aws) = (World::new(), Server::http(translate));
    let data = "data \"eks_sso_role\" \"x\" {\n  permission_set_name = \"DeveloperAccess\"\n}\n";
    let terraform = bench(&world, &aws, &format!("{}{data}", grant("")));
    terraform.apply().ok();
    let principal = world.entry()["principalArn"].as_str().unwrap().to_owned();
    let state = terraform.state("eks_sso_access.x");
    assert_eq!(state["principal_arn"], new(&principal));
    assert!(state["principal_arn"].as_str().unwrap().starts_with("arn:aws-new:iam::"));
    terraform.plans_nothing();
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

#[test]
fn import_id_of_a_new_partition_is_taken() {
    let (world, aws) = (World::new(), Server::http(translate));
    bench(&world, &aws, &grant("")).apply().ok();
    let terraform = bench(&world, &aws, &grant(""));
    let id = format!("{CLUSTER}:{}@{NEW_REGION}", new(&world.role_arn("DeveloperAccess")));
    terraform.import("eks_sso_access.x", &id).ok();
    terraform.plans_nothing();
}

/// What is known helps: a region of another partition is told before AWS is asked there.
#[test]
fn region_of_another_partition_is_refused() {
    let (world, aws) = (World::new(), Server::http(translate));
    for region in ["cn-north-1", "eu-west-1"] {
        let terraform = bench(&world, &aws, &grant(&format!("region = {region:?}\n")));
        terraform
            .plan()
            .failed()
            .says(&format!("The region {region} is in the partition aws"));
    }
}

const OTHER: &str = "ARN is of another partition";

/// A plan that fails over an ARN of China in the commercial partition, at this argument, without a call that looks for it.
#[track_caller]
fn refused(world: &World, config: &str, argument: &str) {
    world.forget_calls();
    Bench::new(world, config)
        .plan()
        .failed()
        .says(OTHER)
        .says("of the partition aws-cn, but the provider is in aws (eu-west-1)")
        .says("  arn:aws-cn:")
        .says(&format!(": {argument} "));
    let calls = world.calls();
    assert!(calls.iter().all(|call| call.starts_with("GetCallerIdentity")), "{calls:?}");
}

#[test]
fn arns_of_another_partition_are_refused_in_the_plan() {
    let world = World::new();
    for principal in ["user/jane", "role/ops/Deployer"] {
        let arn = format!("arn:aws-cn:iam::222233334444:{principal}");
        let grant = grant("").replace(
            "permission_set_name = \"DeveloperAccess\"",
            &format!("iam_principal_arn = \"{arn}\""),
        );
        refused(&world, &grant, "iam_principal_arn");
    }
    let exclusive =
        |arguments: &str| format!("resource \"eks_sso_access_exclusive\" \"x\" {{\n  cluster_name = {CLUSTER:?}\n  {arguments}\n}}\n");
    let named = "[\"arn:aws:iam::222233334444:role/a\", \"arn:aws-cn:iam::222233334444:role/b\"]";
    refused(&world, &exclusive(&format!("principal_arns = {named}")), "principal_arns");
    let ignored = "principal_arns = []\n  ignore = [\"arn:aws-cn:iam::*:role/*\"]";
    refused(&world, &exclusive(ignored), "ignore");
    let file = format!(
        "data \"eks_sso_kubeconfig\" \"x\" {{\n  cluster_name = {CLUSTER:?}\n  role_arn = \"arn:aws-cn:iam::222233334444:role/a\"\n}}\n"
    );
    refused(&world, &file, "role_arn");
    let set = "data \"eks_sso_role\" \"x\" {\n  permission_set_arn = \"arn:aws-cn:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef\"\n}\n";
    refused(&world, set, "permission_set_arn");
}

#[test]
fn patterns_for_every_partition_are_taken() {
    let world = World::new();
    let config = format!(
        "resource \"eks_sso_access_exclusive\" \"x\" {{\n  cluster_name = {CLUSTER:?}\n  principal_arns = []\n  ignore = [\"arn:*:iam::*:role/*\"]\n}}\n"
    );
    Bench::new(&world, &config).plan().says("1 to add").does_not_say(OTHER);
}

#[test]
fn import_id_of_another_partition_is_refused() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    let id = format!("{CLUSTER}:arn:aws-cn:iam::222233334444:role/Dev");
    terraform
        .import("eks_sso_access.x", &id)
        .failed()
        .says(OTHER)
        .says("aws (eu-west-1)");
}

#[test]
fn provider_arguments_of_another_partition_are_refused() {
    let world = World::new();
    let china = "\"arn:aws-cn:iam::222233334444:role/x\"";
    for (block, argument) in [
        (format!("assume_role {{\n    role_arn = {china}\n  }}"), "role_arn"),
        (
            format!("account_access {{\n    role_arns = {{ \"222233334444\" = {china} }}\n  }}"),
            "role_arns",
        ),
        (format!("identity_center {{\n    role_arn = {china}\n  }}"), "role_arn"),
        ("identity_center {\n    region = \"cn-north-1\"\n  }".to_owned(), "region"),
    ] {
        let provider = format!("provider \"eks\" {{\n  {block}\n}}\n");
        Bench::new(&world, &format!("{provider}{}", grant("")))
            .plan()
            .failed()
            .says("Provider arguments are of two partitions")
            .says("of the partition aws-cn:")
            .says("eu-west-1, is in aws")
            .says(&format!(": {argument} "));
    }
}
