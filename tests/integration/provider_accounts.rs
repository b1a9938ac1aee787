//! The provider block: which accounts it may work in, and how it reaches those that are not its own.

use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, calls_of, calls_to, new_account, post};
use serde_json::{Value, json};

/// A workspace whose provider has the management account's credentials.
fn from_management(world: &World, provider: &str, config: &str) -> Bench {
    let mut terraform = Bench::new(world, &format!("provider \"eks\" {{\n{provider}\n}}\n{config}"));
    terraform.env = world.credentials(&world.management);
    terraform
}

fn grant(account: &str, permission_set: &str) -> String {
    format!(
        "resource \"eks_sso_access\" \"a{account}_{permission_set}\" {{\n  account_id = {account:?}\n  cluster_name = {CLUSTER:?}\n  \
         permission_set_name = {permission_set:?}\n}}\n"
    )
}

fn role(account: &str) -> String {
    format!("data \"eks_sso_role\" \"a{account}\" {{\n  account_id = {account:?}\n  permission_set_name = \"DeveloperAccess\"\n}}\n")
}

fn assumed(world: &World) -> Vec<Value> {
    let calls = calls_to(&world.management, "AssumeRole");
    calls.into_iter().map(|call| call["params"].clone()).collect()
}

fn operations(account: &str) -> Vec<String> {
    calls_of(account)
        .iter()
        .map(|call| call["operation"].as_str().unwrap().to_owned())
        .collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn own_account_that_is_not_allowed_ends_the_configuration() {
    let world = World::new();
    let member = &world.member;
    for (list, words) in [
        (
            "allowed_account_ids = [\"222233334444\"]".to_owned(),
            "is not in allowed_account_ids",
        ),
        (format!("forbidden_account_ids = [{member:?}]"), "is in forbidden_account_ids"),
    ] {
        Bench::new(&world, &format!("provider \"eks\" {{\n{list}\n}}\n{}", role(member)))
            .plan()
            .failed()
            .says("Error: AWS account ID not allowed")
            .says(&format!("{member} {words} of the provider block."))
            .says("It is the account of the provider's credentials: use those of another account, or change the list.");
        assert_eq!(operations(member), ["GetCallerIdentity"]);
        world.forget_calls();
    }
}

#[test]
fn account_that_is_not_allowed_is_never_called() {
    let world = World::new();
    let access = "account_access {\nrole_name = \"eks\"\n}\n";
    let member = &world.member;
    let lists = [
        format!("allowed_account_ids = [{:?}]\n{access}", world.management),
        format!("forbidden_account_ids = [{member:?}]\n{access}"),
    ];
    for provider in lists {
        for config in [grant(member, "DeveloperAccess"), role(member)] {
            from_management(&world, &provider, &config)
                .plan()
                .failed()
                .says("Error: Account cannot be reached")
                .says(&format!("{member} is "));
        }
    }
    assert_eq!(operations(member), NOTHING);
    assert!(assumed(&world).is_empty());
}

#[test]
fn role_of_a_forbidden_account_is_not_assumed() {
    let world = World::new();
    let arn = format!("arn:aws:iam::{}:role/x", world.member);
    let provider = format!(
        "forbidden_account_ids = [{:?}]\nassume_role {{\nrole_arn = {arn:?}\n}}",
        world.member
    );
    from_management(&world, &provider, &role(&world.management))
        .plan()
        .failed()
        .says("Error: AWS account ID not allowed")
        .says("is in forbidden_account_ids");
    assert_eq!((operations(&world.management).len(), operations(&world.member).len()), (0, 0));
}

#[test]
fn other_account_is_reached_through_its_role_with_every_argument() {
    let world = World::new();
    let provider = r#"
  account_access {
    role_name           = "team/eks-access"
    external_id         = "x-1"
    duration            = "30m"
    policy              = "{\"Version\":\"2012-10-17\"}"
    policy_arns         = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    tags                = { team = "blue" }
    transitive_tag_keys = ["team"]
    source_identity     = "ada"
  }
"#;
    let mut terraform = from_management(&world, provider, &grant(&world.member, "DeveloperAccess"));
    terraform.set_env("CI_PIPELINE_ID", "4711");
    terraform.apply().ok();
    assert_eq!(world.entry()["principalArn"], json!(world.role_arn("DeveloperAccess")));
    let expect = json!({
        "RoleArn": format!("arn:aws:iam::{}:role/team/eks-access", world.member),
        "RoleSessionName": "terraform-provider-eks-4711",
        "ExternalId": "x-1",
        "DurationSeconds": 1800,
        "Policy": r#"{"Version":"2012-10-17"}"#,
        "PolicyArns": [{ "arn": "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
        "Tags": [{ "Key": "team", "Value": "blue" }],
        "TransitiveTagKeys": ["team"],
        "SourceIdentity": "ada",
    });
    assert!(assumed(&world).iter().all(|call| *call == expect), "{:#?}", assumed(&world));
    terraform.plans_nothing();
}

#[test]
fn role_of_one_account_comes_before_the_common_one() {
    let world = World::new();
    let arn = format!("arn:aws:iam::{}:role/special", world.member);
    let provider = format!(
        "account_access {{\nrole_name = \"common\"\nsession_name = \"ada\"\nrole_arns = {{ {:?} = {arn:?} }}\n}}",
        world.member
    );
    let plan = from_management(&world, &provider, &role(&world.member)).plan();
    assert_eq!(plan.code, Some(0), "{}", plan.text);
    assert_eq!(assumed(&world), [json!({ "RoleArn": arn, "RoleSessionName": "ada" })]);
}

#[test]
fn plan_and_apply_run_under_different_roles() {
    let world = World::new();
    let provider = "account_access {\nrole_name = \"written\"\n}";
    let mut terraform = from_management(&world, provider, &grant(&world.member, "DeveloperAccess"));
    terraform.set_env("EKS_SSO_ACCOUNT_ROLE_NAME", "team/reader");
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(
        assumed(&world)[0]["RoleArn"],
        json!(format!("arn:aws:iam::{}:role/team/reader", world.member))
    );
    assert!(world.writes().is_empty(), "{:?}", world.writes());
    let planned = assumed(&world).len();
    terraform.set_env("EKS_SSO_ACCOUNT_ROLE_NAME", "writer");
    terraform.run(&["apply", "-input=false", "-no-color", "plan"]).ok();
    let roles = assumed(&world);
    assert!(
        roles[planned..]
            .iter()
            .all(|call| call["RoleArn"] == format!("arn:aws:iam::{}:role/writer", world.member)),
        "{roles:#?}"
    );
    assert_eq!(world.entries().len(), 1);

    // The variable is enough: the block may be left out.
    let alone = from_management(&world, "", &role(&world.member));
    let mut alone = alone;
    alone.set_env("EKS_SSO_ACCOUNT_ROLE_NAME", "reader");
    assert_eq!(alone.plan().code, Some(0));
}

#[test]
fn many_grants_need_one_session_for_each_account() {
    let accounts = [new_account(), new_account(), new_account()];
    let clusters: Vec<Value> = accounts
        .iter()
        .map(|account| json!({ "account": account, "region": REGION, "name": CLUSTER, "authentication_mode": "API" }))
        .collect();
    let sets = ["DeveloperAccess", "AdministratorAccess", "ReadOnlyAccess"];
    let assigned: Vec<Value> = sets.iter().map(|set| json!({ "name": set, "accounts": accounts })).collect();
    let world = World::with(json!({ "clusters": clusters, "permission_sets": assigned }));
    let grants: String = accounts.iter().flat_map(|account| sets.map(|set| grant(account, set))).collect();
    let terraform = from_management(&world, "account_access {\nrole_name = \"eks\"\n}", &grants);
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    assert_eq!(assumed(&world).len(), accounts.len());
    for account in &accounts {
        let lists = calls_to(account, "ListRoles").len();
        assert_eq!((lists, calls_to(account, "CreateAccessEntry").len()), (1, 0));
    }
    terraform.apply().ok();
    for account in &accounts {
        assert_eq!(calls_to(account, "CreateAccessEntry").len(), sets.len());
    }
}

#[test]
fn session_too_long_for_a_chain_is_an_error_of_account_access() {
    let world = World::new();
    let first = format!("arn:aws:iam::{}:role/first", world.management);
    let provider = format!("assume_role {{\nrole_arn = {first:?}\n}}\naccount_access {{\nrole_name = \"eks\"\nduration = \"90m\"\n}}");
    from_management(&world, &provider, &role(&world.member))
        .plan()
        .failed()
        .says("Error: Duration too long for role chaining")
        .says("duration is \"1h30m\"")
        .says("assumed-role/first/terraform-provider-eks")
        .says("Set duration to \"1h\" or less");
    assert_eq!(operations(&world.member), NOTHING);
    // A user's session may be longer.
    let plan = from_management(
        &world,
        "account_access {\nrole_name = \"eks\"\nduration = \"90m\"\n}",
        &role(&world.member),
    )
    .plan();
    assert_eq!(plan.code, Some(0), "{}", plan.text);
}

#[test]
fn account_that_role_arns_lacks_is_added_there() {
    let world = World::new();
    let provider = format!(
        "account_access {{\nrole_arns = {{ \"999999999999\" = {:?} }}\n}}",
        "arn:aws:iam::999999999999:role/x"
    );
    from_management(&world, &provider, &grant(&world.member, "DeveloperAccess"))
        .plan()
        .failed()
        .says("Error: Account cannot be reached")
        .says(&format!(
            "The account_access block names no role for {0}. Add one that trusts the caller: role_arns = {{ \"{0}\" = \
             \"arn:aws:iam::{0}:role/NAME\" }} Or set role_name there",
            world.member
        ))
        .does_not_say("account_access {");
}

#[test]
fn credentials_of_the_roles_account_are_no_way_to_the_cluster() {
    let world = World::new();
    let grant = grant(&world.member, "DeveloperAccess").replace("  account_id", "  role_account_id = \"999999999999\"\n  account_id");
    Bench::new(&world, &grant)
        .plan()
        .failed()
        .says("Account 999999999999 cannot be reached")
        .says("role_account_id = \"999999999999\"")
        .says("account_access { role_name = \"NAME\"")
        .does_not_say("Or use credentials");
}

#[test]
fn account_that_nothing_leads_to_says_what_to_add() {
    let world = World::new();
    for config in [grant(&world.member, "DeveloperAccess"), role(&world.member)] {
        from_management(&world, "", &config)
            .plan()
            .failed()
            .says("Error: Account cannot be reached")
            .says(&format!(
                "The provider's credentials are of {0}: arn:aws:iam::{0}:user/test Tell it how to get to {1}",
                world.management, world.member
            ))
            .says("account_access { role_name = \"NAME\"")
            .says("Or use credentials of that account.");
    }
    assert_eq!(operations(&world.member), NOTHING);
    from_management(&world, "account_access {}", &role(&world.member))
        .plan()
        .failed()
        .says("account_access names no role: set role_name")
        .says("EKS_SSO_ACCOUNT_ROLE_NAME");
}

#[test]
fn account_that_refuses_is_explained_once_and_named_afterwards() {
    let world = World::new();
    let arn = format!("arn:aws:iam::{}:role/eks", world.member);
    post("settings", json!({ "account": world.management, "refused_roles": [arn] }));
    let config = [
        grant(&world.member, "DeveloperAccess"),
        grant(&world.member, "AdministratorAccess"),
        role(&world.member),
    ];
    let plan = from_management(&world, "account_access {\nrole_name = \"eks\"\n}", &config.concat())
        .run(&["plan", "-input=false", "-no-color", "-parallelism=1"])
        .failed()
        .says("Error: Account cannot be reached")
        .says(&format!(
            "AccessDenied on sts:AssumeRole of {arn} as arn:aws:iam::{}:user/test",
            world.management
        ))
        .says("1. The role exists under exactly this ARN, path included")
        .says("2. Its trust policy names the caller")
        .says("3. The trust policy asks for no external_id")
        .says("5. No service control policy forbids it")
        .says(&format!(
            "AccessDenied on sts:AssumeRole of {arn} Another error of this run has the checklist."
        ));
    // Whether a grant or the data source is the first to fail.
    assert_eq!(plan.text.matches("1. The role exists").count(), 1, "{}", plan.text);
    assert_eq!(plan.text.matches("Error: Account cannot be reached").count(), 3, "{}", plan.text);
    assert_eq!(operations(&world.member), NOTHING);
}

#[test]
fn explicit_deny_on_the_way_to_an_account_is_not_answered_with_advice_to_allow() {
    let world = World::new();
    let message = "User: x is not authorized to perform: sts:AssumeRole on resource: y with an explicit deny in a service control policy";
    let rule = json!({ "operation": "AssumeRole", "status": 403, "code": "AccessDenied", "message": message });
    post("faults", json!({ "account": world.management, "rules": [rule] }));
    for config in [grant(&world.member, "DeveloperAccess"), role(&world.member)] {
        from_management(&world, "account_access {\nrole_name = \"eks\"\n}", &config)
            .plan()
            .failed()
            .says("A policy denies this explicitly")
            .does_not_say("trust policy names the caller")
            .does_not_say("may call sts:AssumeRole");
    }
}
