//! `data "eks_sso_role"`.

use crate::core::Bench;
use crate::emulator::{REGION, World, new_account, post};
use crate::terraform::Workspace;
use serde_json::{Value, json};

const ADDRESS: &str = "data.eks_sso_role.x";

fn data(body: &str) -> String {
    format!("data \"eks_sso_role\" \"x\" {{\n{body}\n}}\n")
}

fn named(set: &str) -> String {
    data(&format!("permission_set_name = \"{set}\""))
}

fn sets(sets: &[(&str, &[&str])]) -> Value {
    let sets: Value = sets
        .iter()
        .map(|(name, accounts)| json!({ "name": name, "accounts": accounts }))
        .collect();
    json!({ "permission_sets": sets, "roles": [{ "account": "MANAGEMENT", "name": "eks-idc" }] })
}

/// The provider with access to Identity Center.
fn with_identity_center(world: &World) -> String {
    format!(
        "provider \"eks\" {{\n identity_center {{\n role_arn = \"arn:aws:iam::{}:role/eks-idc\"\n }}\n}}\n",
        world.management
    )
}

/// What the data source gives.
#[track_caller]
fn read(world: &World, config: &str) -> Value {
    let terraform = Bench::new(world, config);
    terraform.apply().ok();
    terraform.plans_nothing();
    terraform.state(ADDRESS)
}

#[test]
fn role_data_basic() {
    let world = World::new();
    let arn = world.role_arn("DeveloperAccess");
    let name = arn.rsplit('/').next().unwrap();
    let state = read(&world, &named("DeveloperAccess"));
    let role = world.aws(&["iam", "get-role", "--role-name", name])["Role"].clone();
    assert_eq!(state["arn"], json!(arn));
    assert_eq!(
        state["arn_without_path"],
        json!(format!("arn:aws:iam::{}:role/{name}", world.member))
    );
    let path = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
    assert_eq!(state["path"], json!(path));
    assert_eq!(state["name"], json!(name));
    assert_eq!(state["role_id"], role["RoleId"]);
    let suffix = state["suffix"].as_str().unwrap();
    assert_eq!(format!("AWSReservedSSO_DeveloperAccess_{suffix}"), name);
    assert_eq!(suffix.len(), 16);
    assert_eq!(state["account_id"], json!(world.member));
    assert_eq!(state["permission_set_name"], json!("DeveloperAccess"));
    assert_eq!(state["identity_center_region"], json!(REGION));
    assert_eq!(
        state["created_at"].as_str().unwrap()[..19],
        role["CreateDate"].as_str().unwrap()[..19]
    );
    let pattern = state["arn_pattern"].as_str().unwrap();
    assert!(like(pattern, &arn), "{pattern}");
    // A new suffix still matches, another set's role does not.
    let new = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    assert!(like(pattern, new["arn"].as_str().unwrap()), "{pattern}");
    assert!(!like(pattern, &world.role_arn("AdministratorAccess")), "{pattern}");
    assert!(
        !like(pattern, &arn.replace("DeveloperAccess_", "DeveloperAccess_Prod_")),
        "{pattern}"
    );
}

/// `ArnLike`, as far as one part of an ARN goes: `?` is one character, `*` any number.
fn like(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => like(&pattern[1..], text) || (!text.is_empty() && like(pattern, &text[1..])),
        (Some('?'), Some(_)) => like(&pattern[1..], &text[1..]),
        (Some(a), Some(b)) if a == b => like(&pattern[1..], &text[1..]),
        _ => false,
    }
}

#[test]
fn the_set_is_matched_by_its_whole_name_among_many_that_look_alike() {
    let names = [
        "Admin",
        "Admin_Prod",
        "AWSAdmin",
        "Admin_0123456789abcdef",
        "admin",
        "Admin.Prod",
        "Admin+Prod",
        "a@b",
        "a,b=c",
    ];
    let all: Vec<_> = names.iter().map(|name| (*name, &["MEMBER"][..])).collect();
    let world = World::with(sets(&all));
    let config: String = names
        .iter()
        .enumerate()
        .map(|(i, name)| named(name).replace("\"x\"", &format!("\"x{i}\"")))
        .collect();
    let terraform = Bench::new(&world, &config);
    terraform.apply().ok();
    for (i, name) in names.iter().enumerate() {
        assert_eq!(
            terraform.state(&format!("data.eks_sso_role.x{i}"))["arn"],
            json!(world.role_arn(name)),
            "{name}"
        );
    }
}

#[test]
fn one_walk_over_all_pages_serves_every_data_source() {
    let path = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
    let role = |i: u32| json!({ "account": "MEMBER", "name": format!("AWSReservedSSO_Filler{i}_{i:016x}"), "path": path });
    let world = World::with(json!({ "roles": (0..2_100).map(role).collect::<Value>() }));
    // One after the other, so that the second finds the answer of the first.
    let after = data("permission_set_name = \"DeveloperAccess\"\n depends_on = [data.eks_sso_role.x]").replace("\"x\"", "\"y\"");
    let config = format!("{}{after}", named("Filler2099"));
    let terraform = Bench::new(&world, &config);
    terraform.plan();
    let pages = world.calls().iter().filter(|call| *call == "ListRoles").count();
    assert_eq!(pages, 3, "one walk over 2102 roles: {:?}", world.calls());
    terraform.apply().ok();
    assert_eq!(terraform.state(ADDRESS)["suffix"], json!(format!("{:016x}", 2099)));
}

#[test]
fn other_accounts_and_partitions() {
    let other = new_account();
    let world = World::with(json!({
        "permission_sets": [{ "name": "DeveloperAccess", "accounts": ["MEMBER", other] }],
        "roles": [{ "account": other, "name": "eks-access" }],
    }));
    let provider = "provider \"eks\" {\n account_access {\n role_name = \"eks-access\"\n}\n}\n";
    let state = read(
        &world,
        &format!(
            "{provider}{}",
            data(&format!("permission_set_name = \"DeveloperAccess\"\n account_id = \"{other}\""))
        ),
    );
    assert_eq!(state["arn"], world.made["role_arns"][&other]["DeveloperAccess"]);
    assert_eq!(state["account_id"], json!(other));
    Bench::new(
        &world,
        &data(&format!("permission_set_name = \"DeveloperAccess\"\n account_id = \"{other}\"")),
    )
    .plan()
    .failed()
    .says("Tell it how to get to")
    .says("account_id");

    for (region, home, partition, role_region) in [
        ("us-gov-east-1", "us-gov-west-1", "aws-us-gov", "us-gov-west-1"),
        ("cn-northwest-1", "cn-north-1", "aws-cn", "cn-north-1"),
        ("eu-west-1", "us-east-1", "aws", "us-east-1"),
    ] {
        let (management, member) = (new_account(), new_account());
        let set = json!({ "name": "DeveloperAccess", "accounts": [member] });
        let made = post(
            "world",
            json!({ "management_account": management, "home_region": home, "permission_sets": [set] }),
        );
        let world = World { management, member, made };
        let state = read(
            &world,
            &format!("provider \"eks\" {{\n region = \"{region}\"\n}}\n{}", named("DeveloperAccess")),
        );
        assert!(
            state["arn"].as_str().unwrap().starts_with(&format!("arn:{partition}:iam::")),
            "{state}"
        );
        assert!(
            state["arn_without_path"]
                .as_str()
                .unwrap()
                .starts_with(&format!("arn:{partition}:iam::{}:role/AWS", world.member))
        );
        assert_eq!(state["identity_center_region"], json!(role_region));
    }
}

#[test]
fn without_identity_center_absence_cannot_be_told_apart() {
    let world = World::new();
    Bench::new(&world, &named("DevelopersAccess"))
        .plan()
        .failed()
        .says("Error: Unknown permission set in this account")
        .says("Did you mean \"DeveloperAccess\"?")
        .says(&format!(
            "\"DevelopersAccess\" has no role in {}. Roles exist there for:",
            world.member
        ))
        .says("If the name is right, the set is not assigned there yet")
        .says(&format!("Looked up with iam:ListRoles as arn:aws:iam::{}:user/test", world.member));
}

#[test]
fn identity_center_tells_not_assigned_from_not_existing() {
    let world = World::with(sets(&[("DeveloperAccess", &["MEMBER"]), ("Unassigned", &[])]));
    let read = |set: &str| {
        Bench::new(&world, &format!("{}{}", with_identity_center(&world), named(set)))
            .plan()
            .failed()
    };
    read("Unassigned")
        .says("Error: Permission set is not assigned in this account")
        .says("assigned to nobody in")
        .says("timeouts { read = \"5m\" }");
    read("DevelopersAccess")
        .says("Error: Permission set does not exist")
        .says("Did you mean \"DeveloperAccess\"? \"DevelopersAccess\" does not exist in Identity Center");
    // Trouble in Identity Center makes the message shorter, no more.
    post(
        "faults",
        json!({ "account": world.management, "rules": [{ "service": "sso-admin", "code": "AccessDeniedException", "status": 400, "message": "no" }] }),
    );
    read("Unassigned")
        .says("Error: Permission set has no role in this account")
        .says("Warning: Identity Center could not be asked")
        .says("It is not known whether this permission set exists: Identity Center could not be asked in eu-west-1");
}

#[test]
fn permission_set_arn_needs_identity_center() {
    let world = World::with(sets(&[("DeveloperAccess", &["MEMBER"])]));
    let arn = world.made["permission_set_arns"]["DeveloperAccess"].as_str().unwrap();
    let config = data(&format!("permission_set_arn = \"{arn}\""));
    let state = read(&world, &format!("{}{config}", with_identity_center(&world)));
    assert_eq!(state["arn"], json!(world.role_arn("DeveloperAccess")));
    assert_eq!(state["permission_set_name"], json!("DeveloperAccess"));
    Bench::new(&world, &config)
        .plan()
        .failed()
        .says("Error: Identity Center is not configured")
        .says("Set permission_set_name instead")
        .says("or add an identity_center block to the provider");
    let other = if arn.ends_with('0') { '1' } else { '0' };
    let absent = format!("{}{other}", &arn[..arn.len() - 1]);
    Bench::new(&world, &format!("{}{}", with_identity_center(&world), config.replace(arn, &absent)))
        .plan()
        .failed()
        .says("Error: Permission set cannot be read")
        .says(&absent);
}

#[test]
fn read_timeout_waits_for_an_assignment() {
    let world = World::with(sets(&[("DeveloperAccess", &["MEMBER"]), ("Late", &[])]));
    let assign = json!({ "management_account": world.management, "account": world.member, "permission_set": "Late", "after_seconds": 3 });
    post("assign", assign);
    let terraform = Bench::new(&world, &data("permission_set_name = \"Late\"\n timeouts {\n read = \"1m\"\n}"));
    terraform.apply().ok();
    assert!(terraform.state(ADDRESS)["arn"].as_str().unwrap().contains("AWSReservedSSO_Late_"));

    // One that never comes ends with the usual answer.
    Bench::new(&world, &data("permission_set_name = \"Never\"\n timeouts {\n read = \"1s\"\n}"))
        .plan()
        .failed()
        .says("Permission set has no role in this account");
}

#[test]
fn several_roles_are_an_error_that_names_them() {
    let path = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
    let role = json!({ "account": "MEMBER", "name": "AWSReservedSSO_DeveloperAccess_0123456789abcdef", "path": path });
    let world = World::with(json!({ "roles": [role] }));
    Bench::new(&world, &named("DeveloperAccess"))
        .plan()
        .failed()
        .says("Error: Permission set has several roles in this account")
        .says("AWSReservedSSO_DeveloperAccess_0123456789abcdef")
        .says(&world.role_arn("DeveloperAccess"));
}

#[test]
fn denied_look_up_names_the_action() {
    let world = World::new();
    world.deny("iam", "ListRoles");
    Bench::new(&world, &named("DeveloperAccess"))
        .plan()
        .failed()
        .says("Error: Roles cannot be listed")
        .says("Not allowed: iam:ListRoles");
}

#[test]
fn faults_of_the_configuration_are_found_offline() {
    let world = World::new();
    let check = |body: &str, line: &str, words: &str| {
        let findings = Bench::new(&world, &data(body)).findings();
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert!(
            findings[0].line.starts_with(line) && findings[0].text.contains(words),
            "{findings:#?}"
        );
    };
    check(
        "",
        "data \"eks_sso_role\" \"x\"",
        "Neither permission_set_name nor permission_set_arn is set",
    );
    check("permission_set_name = \"no spaces\"", "permission_set_name", "without spaces");
    check(
        "permission_set_arn = \"DeveloperAccess\"",
        "permission_set_arn",
        "If it is a name, set permission_set_name instead",
    );
    let arn = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef";
    check(
        &format!("permission_set_name = \"{arn}\""),
        "permission_set_name",
        "write the name as Identity Center shows it",
    );
    check(
        &format!("permission_set_name = \"a\"\n permission_set_arn = \"{arn}\""),
        "permission_set_arn",
        "Remove one of them",
    );
    check("permission_set_name = \"a\"\n account_id = \"1\"", "account_id", "12 digits");
    check(
        "permission_set_name = \"a\"\n timeouts {\n read = \"5\"\n}",
        "read",
        "Did you mean \"5m\"",
    );
    assert!(world.calls().is_empty());
}

#[test]
fn role_of_an_assignment_in_the_same_apply_is_read_then() {
    let world = World::new();
    let config = "resource \"terraform_data\" \"x\" {\n input = \"DeveloperAccess\"\n}\n";
    let terraform = Workspace::new(
        &world,
        &format!("{config}{}", data("permission_set_name = terraform_data.x.output")),
    );
    terraform.plan().says("(config refers to values not yet known)");
    terraform.apply().ok();
    assert_eq!(terraform.state(ADDRESS)["arn"], json!(world.role_arn("DeveloperAccess")));
    terraform.plans_nothing();
}

#[test]
fn unknown_provider_configuration_is_an_error_that_says_what_to_apply_first() {
    let world = World::new();
    let config =
        "resource \"terraform_data\" \"x\" {\n input = \"eu-west-1\"\n}\nprovider \"eks\" {\n region = terraform_data.x.output\n}\n";
    let terraform = Bench::new(&world, &format!("{config}{}", named("DeveloperAccess")));
    terraform
        .plan()
        .failed()
        .says("Error: Provider configuration is not known yet")
        .says("apply what they come from first");
}
