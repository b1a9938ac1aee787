//! `data "eks_sso_kubeconfig"` with `clusters`: one file for many clusters.

use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, calls_to, deny_in, new_account, post, root};
use crate::kubeconfig_data::{ADDRESS, Home, START_URL, open_world, portal};
use serde_json::{Value, json};

const OTHER_REGION: &str = "eu-central-1";

/// A world with two clusters, and another account with two more, which share a name.
struct Many {
    world: World,
    other: String,
}

impl Many {
    fn new() -> Self {
        let (world, other) = (open_world(), new_account());
        let cluster = |account: &str, region: &str, name: &str| json!({ "account": account, "region": region, "name": name });
        post(
            "world",
            json!({
                "management_account": world.management, "home_region": REGION,
                "permission_sets": [{ "name": "DeveloperAccess", "accounts": [other] }],
                "clusters": [
                    cluster(&world.member, OTHER_REGION, "payments-stage"),
                    cluster(&other, REGION, CLUSTER),
                    cluster(&other, OTHER_REGION, CLUSTER),
                ],
            }),
        );
        Self { world, other }
    }

    fn bench(&self, body: &str) -> Bench {
        let provider = "provider \"eks\" {\n  account_access {\n    role_name = \"TerraformAccess\"\n  }\n}\n";
        let body = body.replace("MEMBER", &self.world.member).replace("OTHER", &self.other);
        Bench::new(
            &self.world,
            &format!("{provider}data \"eks_sso_kubeconfig\" \"x\" {{\n{body}\n}}\n"),
        )
    }

    /// What the data source gives.
    #[track_caller]
    fn read(&self, body: &str) -> Value {
        let terraform = self.bench(body);
        terraform.apply().ok();
        terraform.plans_nothing();
        terraform.state(ADDRESS)
    }
}

const ALL: [&str; 5] = [
    "{ cluster_name = \"payments-prod\" }",
    "{ cluster_name = \"payments-stage\", region = \"eu-central-1\", namespace = \"stage\" }",
    "{ cluster_name = \"payments-prod\", account_id = \"OTHER\" }",
    "{ cluster_name = \"payments-prod\", account_id = \"OTHER\", region = \"eu-central-1\" }",
    "{ cluster_name = \"payments-prod\", permission_set_name = \"AdministratorAccess\" }",
];

fn clusters(elements: &[&str]) -> String {
    format!(
        "  permission_set_name = \"DeveloperAccess\"\n  sso_start_url = \"{START_URL}\"\n  clusters = [\n    {},\n  ]\n",
        elements.join(",\n    ")
    )
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[test]
fn clusters_of_many_accounts_are_in_one_file() {
    let many = Many::new();
    let (member, other) = (&many.world.member, &many.other);
    let state = many.read(&clusters(&ALL));
    let home = Home::new(&state);
    let view = home.json("kubectl", &["config", "view", "--raw", "--output=json"]);
    let arn = |region: &str, account: &str, name: &str| format!("arn:aws:eks:{region}:{account}:cluster/{name}");
    // A cluster is listed once, though two contexts lead to it.
    assert_eq!(
        names(&view["clusters"]),
        [
            arn(OTHER_REGION, member, "payments-stage"),
            arn(OTHER_REGION, other, CLUSTER),
            arn(REGION, member, CLUSTER),
            arn(REGION, other, CLUSTER),
        ]
    );
    let contexts = [
        format!("AdministratorAccess@{CLUSTER}.{REGION}.{member}"),
        format!("DeveloperAccess@{CLUSTER}.{OTHER_REGION}.{other}"),
        format!("DeveloperAccess@{CLUSTER}.{REGION}.{member}"),
        format!("DeveloperAccess@{CLUSTER}.{REGION}.{other}"),
        format!("DeveloperAccess@payments-stage.{OTHER_REGION}.{member}"),
    ];
    assert_eq!(names(&view["contexts"]), contexts);
    assert_eq!(names(&view["users"]), contexts);
    assert_eq!(view["contexts"][4]["context"]["namespace"], json!("stage"));
    assert_eq!(view["current-context"], json!(""));
    assert_eq!(
        state["contexts"].as_object().unwrap().keys().collect::<Vec<_>>(),
        contexts.each_ref()
    );
    assert_eq!(
        state["contexts"][&contexts[1]],
        json!({ "cluster_name": CLUSTER, "account_id": other, "region": OTHER_REGION, "profile": format!("DeveloperAccess-{other}") })
    );
    assert_eq!((&state["account_id"], &state["profile"]), (&Value::Null, &Value::Null));
}

/// One sso-session, and a profile for each account and permission set, as the AWS CLI reads them.
#[test]
fn profiles_are_those_of_accounts_and_permission_sets() {
    let many = Many::new();
    let (member, other) = (&many.world.member, &many.other);
    let state = many.read(&clusters(&ALL));
    let home = Home::new(&state);
    let config = home.json(
        "python",
        &[
            "-c",
            "import botocore.session as s, json; c = s.Session().full_config; print(json.dumps([c['sso_sessions'], c['profiles']]))",
        ],
    );
    let session = json!({ "sso_start_url": START_URL, "sso_region": REGION, "sso_registration_scopes": "sso:account:access" });
    let profile = |set: &str, account: &str| json!({ "sso_session": "sso", "sso_account_id": account, "sso_role_name": set });
    // Its only cluster says its Region; the clusters of the others are in two.
    let mut administrator = profile("AdministratorAccess", member);
    administrator["region"] = json!(REGION);
    assert_eq!(
        config,
        json!([{ "sso": session }, {
            format!("AdministratorAccess-{member}"): administrator,
            format!("DeveloperAccess-{member}"): profile("DeveloperAccess", member),
            format!("DeveloperAccess-{other}"): profile("DeveloperAccess", other),
        }])
    );
    assert_eq!(state["sso_region"], json!(REGION));
}

#[test]
fn order_and_repetition_of_the_clusters_change_nothing() {
    let many = Many::new();
    let texts = |elements: &[&str]| {
        let state = many.read(&clusters(elements));
        (state["kubeconfig"].clone(), state["aws_config"].clone(), state["contexts"].clone())
    };
    let first = texts(&ALL);
    let mut other_way_round = ALL;
    other_way_round.reverse();
    assert_eq!(texts(&other_way_round), first);
    // The same cluster, once by the provider's own account and Region and once by name.
    let again = format!("{{ cluster_name = \"payments-prod\", account_id = \"MEMBER\", region = \"{REGION}\" }}");
    assert_eq!(texts(&[&ALL[..], &[ALL[1], &again]].concat()), first);
}

/// What one cluster gets of an element is what it gets by itself.
#[test]
fn one_element_is_written_like_the_only_cluster() {
    let many = Many::new();
    let set = format!("  permission_set_name = \"DeveloperAccess\"\n  sso_start_url = \"{START_URL}\"\n");
    let single = many.read(&format!("{set}  cluster_name = \"{CLUSTER}\"\n  account_id = \"OTHER\""));
    let element = many.read(&format!("{set}  clusters = [{}]", ALL[2]));
    for name in ["kubeconfig", "aws_config", "contexts", "sso_region", "sso_session_name"] {
        assert_eq!(element[name], single[name], "{name}");
    }
    assert!(single["kubeconfig"].as_str().unwrap().contains("\ncurrent-context: "));
}

#[test]
fn person_reaches_one_of_many_clusters_beside_another_file() {
    let many = Many::new();
    let state = many.read(&clusters(&ALL));
    let portal = portal(&many.world);
    let mut home = Home::new(&state);
    home.signed_in_at(&portal);
    let context = format!("DeveloperAccess@{CLUSTER}.{REGION}.{}", many.world.member);
    let who = home.json("kubectl", &["--context", &context, "auth", "whoami", "--output=json"]);
    let user = who["status"]["userInfo"]["username"].as_str().unwrap();
    assert!(user.contains("AWSReservedSSO_DeveloperAccess_"), "{user}");

    // The AWS CLI adds to the file, and what was there stays.
    home.env.extend(many.world.credentials(&many.world.member));
    home.text("aws", &["eks", "update-kubeconfig", "--name", CLUSTER, "--alias", "own"]);
    let view = home.json("kubectl", &["config", "view", "--output=json"]);
    assert_eq!(view["contexts"].as_array().unwrap().len(), ALL.len() + 1);
    assert_eq!(view["clusters"].as_array().unwrap().len(), 4);

    // Beside another file, first or second, its current context stays, and the contexts of both are there.
    home.file("kubeconfig", state["kubeconfig"].as_str().unwrap());
    home.file(
        "own",
        "apiVersion: v1\nkind: Config\ncurrent-context: own\ncontexts:\n- name: own\n  context: {cluster: own, user: own}\n",
    );
    for files in ["own:kubeconfig", "kubeconfig:own"] {
        home.env.push(("KUBECONFIG".to_owned(), files.to_owned()));
        let view = home.json("kubectl", &["config", "view", "--output=json"]);
        assert_eq!(view["current-context"], json!("own"), "{files}");
        assert_eq!(view["contexts"].as_array().unwrap().len(), ALL.len() + 1, "{files}");
    }
}

#[test]
fn contexts_are_named_by_a_template() {
    let many = Many::new();
    let template = |text: &str| format!("  context_name = \"{text}\"\n{}", clusters(&ALL[..4]));
    let keys = |state: &Value| state["contexts"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let state = many.read(&template("{cluster}/{account}:{region}"));
    let (member, other) = (&many.world.member, &many.other);
    assert_eq!(
        keys(&state),
        [
            format!("payments-prod/{member}:{REGION}"),
            format!("payments-prod/{other}:{OTHER_REGION}"),
            format!("payments-prod/{other}:{REGION}"),
            format!("payments-stage/{member}:{OTHER_REGION}"),
        ]
    );
    assert_eq!(state["context_name"], json!("{cluster}/{account}:{region}"));

    // An element may have a name of its own, and the only cluster takes a template as well.
    let own = clusters(&[
        ALL[0],
        "{ cluster_name = \"payments-stage\", region = \"eu-central-1\", context_name = \"stage-{permission_set}\" }",
    ]);
    assert_eq!(
        keys(&many.read(&format!("  context_name = \"{{cluster}}\"\n{own}"))),
        ["payments-prod", "stage-DeveloperAccess"]
    );
    let single = "  cluster_name = \"payments-prod\"\n  profile = \"okta\"\n  context_name = \"{profile}-{cluster}\"";
    assert_eq!(keys(&many.read(single)), ["okta-payments-prod"]);

    many.bench(&template("{cluster}-{namespace}"))
        .plan()
        .failed()
        .says("Error: Invalid context name")
        .says("\"{cluster}-{namespace}\" holds {namespace}, and the context of cluster \"payments-prod\" has none.");
}

#[test]
fn two_contexts_of_one_name_are_an_error_that_names_both() {
    let many = Many::new();
    let (member, other) = (&many.world.member, &many.other);
    let plan = many
        .bench(&format!("  context_name = \"{{cluster}}\"\n{}", clusters(&ALL[..4])))
        .plan();
    assert_eq!(plan.text.matches("Error: Context name is not unique").count(), 2, "{}", plan.text);
    plan.failed()
        .says("context_name = \"{cluster}\"")
        .says("Two contexts would be named \"payments-prod\"")
        .says(&format!("payments-prod ({member}, {REGION}) with DeveloperAccess"))
        .says(&format!("payments-prod ({other}, {REGION}) with DeveloperAccess"))
        .says("Let context_name hold {account} or {profile} as well")
        .says(&format!("payments-prod ({other}, {OTHER_REGION}) with DeveloperAccess"))
        .says("Let context_name hold {account} or {region} or {profile} as well");

    // With two namespaces the default is not enough.
    let namespaces = "{ cluster_name = \"payments-prod\", namespace = \"a\" }, { cluster_name = \"payments-prod\", namespace = \"b\" }";
    many.bench(&clusters(&[namespaces]))
        .plan()
        .failed()
        .says("Let context_name hold {namespace} as well");
    assert_eq!(calls_to(member, "DescribeCluster").len(), 0);
}

#[test]
fn one_profile_for_two_accounts_is_an_error() {
    let many = Many::new();
    many.bench(&format!("  profile = \"dev\"\n{}", clusters(&ALL[..3])))
        .plan()
        .failed()
        .says("Error: Profile name is not unique")
        .says(&format!(
            "\"dev\" would be for two: DeveloperAccess in {} and DeveloperAccess in {}.",
            many.world.member, many.other
        ));
    let state = many.read(&format!("  profile = \"dev\"\n{}", clusters(&ALL[..2])));
    assert_eq!(state["aws_config"].as_str().unwrap().matches("[profile dev]").count(), 1);
}

#[test]
fn all_clusters_that_cannot_be_read_are_named() {
    let many = Many::new();
    let strange = new_account();
    post(
        "settings",
        json!({ "account": strange, "refused_roles": [format!("arn:aws:iam::{strange}:role/TerraformAccess")] }),
    );
    deny_in(&many.other, "eks", "DescribeCluster");
    let unreachable = format!("{{ cluster_name = \"payments-prod\", account_id = \"{strange}\" }}");
    let plan = many
        .bench(&clusters(&[ALL[0], "{ cluster_name = \"nowhere\" }", ALL[2], &unreachable, ALL[3]]))
        .plan();
    let text = plan.text.clone();
    plan.failed()
        .says("Error: Cluster does not exist")
        .says(&format!("EKS has no cluster \"nowhere\" in {}, {REGION}.", many.world.member))
        .says("Error: Cluster cannot be read")
        .says(&format!("The cluster payments-prod ({}, {REGION}) cannot be read.", many.other))
        .says("Error: Account cannot be reached")
        .says(&format!("The cluster payments-prod ({strange}, {REGION}) cannot be read."))
        .says(&format!(
            "The cluster payments-prod ({}, {OTHER_REGION}) cannot be read.",
            many.other
        ));
    assert_eq!(text.matches("Error: ").count(), 4, "{text}");
}

#[test]
fn each_cluster_is_described_once_and_all_at_the_same_time() {
    let many = Many::new();
    let (member, other) = (many.world.member.clone(), many.other.clone());
    let bench = many.bench(&clusters(&ALL));
    for account in [&member, &other] {
        let rule = json!({ "service": "eks", "operation": "DescribeCluster", "hold": true });
        post("faults", json!({ "account": account, "rules": [rule] }));
    }
    let described = || calls_to(&member, "DescribeCluster").len() + calls_to(&other, "DescribeCluster").len();
    let plan = bench.start(&["plan"]);
    // None is answered until all are asked.
    crate::emulator::wait_for(|| (described() == 4).then_some(()));
    for account in [&member, &other] {
        crate::emulator::delete(&format!("faults?account={account}"));
    }
    plan.finish().ok();
    assert_eq!(described(), 4);
}

#[test]
fn unknown_clusters_make_an_unknown_file() {
    let many = Many::new();
    let unknown = "resource \"terraform_data\" \"u\" {\n  input = \"payments-prod\"\n}\n";
    for element in [
        "[{ cluster_name = terraform_data.u.output }]",
        "terraform_data.u.output == \"\" ? [] : [{ cluster_name = \"payments-prod\" }]",
    ] {
        let config = format!(
            "{unknown}data \"eks_sso_kubeconfig\" \"x\" {{\n  permission_set_name = \"DeveloperAccess\"\n  clusters = {element}\n}}\n\
             output \"k\" {{\n  value = data.eks_sso_kubeconfig.x.kubeconfig\n}}\n"
        );
        let bench = Bench::new(&many.world, &config);
        many.world.forget_calls();
        let plan = bench.plan();
        assert_eq!(plan.code, Some(2), "{}", plan.text);
        assert_eq!(many.world.calls(), ["GetCallerIdentity"], "{element}");
        bench.apply().ok();
        assert!(bench.outputs().to_string().contains("current-context"), "{}", bench.outputs());
        bench.plans_nothing();
    }
}

#[test]
fn no_cluster_is_a_file_without_contexts() {
    let many = Many::new();
    let state = many.read(&format!("  sso_start_url = \"{START_URL}\"\n  clusters = []"));
    assert_eq!((&state["contexts"], &state["aws_config"]), (&json!({}), &Value::Null));
    let view = Home::new(&state).json("kubectl", &["config", "view", "--output=json"]);
    assert_eq!(view["contexts"], Value::Null);
}

#[test]
fn faults_of_the_clusters_are_found_offline() {
    let many = Many::new();
    many.world.forget_calls();
    let check = |body: &str, words: &[&str]| {
        let findings = many.bench(body).findings();
        let texts: Vec<_> = findings.iter().map(|finding| finding.text.as_str()).collect();
        assert_eq!(texts.len(), words.len(), "{body}: {texts:#?}");
        for (text, words) in texts.iter().zip(words) {
            assert!(text.contains(words), "{body}: expected {words:?} in {texts:#?}");
        }
    };
    let set = "permission_set_name = \"DeveloperAccess\"\n";
    check(set, &["Neither cluster_name nor clusters is set"]);
    check(
        &format!("{set}cluster_name = \"a\"\nclusters = [{{ cluster_name = \"b\" }}]"),
        &["Both cluster_name and clusters are set"],
    );
    check(&format!("{set}clusters = [null]"), &["One of the elements is null"]);
    check(
        &format!("{set}clusters = [{{ cluster_name = null }}]"),
        &["cluster_name of this element of clusters is null"],
    );
    check(
        "clusters = [{ cluster_name = \"a\" }]",
        &["None of permission_set_name, role_arn and profile is set"],
    );
    let role = "role_arn = \"arn:aws:iam::222233334444:role/ops/Deployer\"";
    check(
        &format!("clusters = [{{ cluster_name = \"a\", {role}, permission_set_name = \"A\" }}]"),
        &["Both permission_set_name and role_arn are set"],
    );
    check(
        &format!("{set}clusters = [{{ cluster_name = \"a b\" }}, {{ cluster_name = \"a\", context_name = \"{{accuont}}\" }}]"),
        &["\"a b\" is not the name of an EKS cluster", "Did you mean {account}?"],
    );
    check(
        &format!("{role}\nsso_start_url = \"{START_URL}\"\nrole_account_id = \"222233334444\"\nclusters = [{{ cluster_name = \"a\" }}]"),
        &[
            "sso_start_url is set, but permission_set_name is not",
            "role_account_id is set, but permission_set_name is not",
        ],
    );
    check(
        &format!("{role}\nclusters = [{{ cluster_name = \"a\", role_account_id = \"222233334444\" }}]"),
        &["role_account_id is set, but permission_set_name is not"],
    );
    // What one element has is enough for what counts with a permission set only.
    check(
        &format!("{role}\nsso_start_url = \"{START_URL}\"\nclusters = [{{ cluster_name = \"a\", permission_set_name = \"A\" }}]"),
        &[],
    );
    assert!(many.world.calls().is_empty());
}

/// The example on the page.
#[test]
fn example_of_many_clusters_works() {
    let many = Many::new();
    let example = std::fs::read_to_string(root().join("examples/data-sources/eks_sso_kubeconfig/data-source-clusters.tf")).unwrap();
    let example = example
        .replace("222233334444", &many.world.member)
        .replace("333344445555", &many.other);
    let provider = "provider \"eks\" {\n  account_access {\n    role_name = \"TerraformAccess\"\n  }\n}\n";
    let bench = Bench::new(&many.world, &format!("{provider}{example}"));
    bench.apply().ok();
    bench.plans_nothing();
    let outputs = bench.outputs();
    let home =
        Home::new(&json!({ "kubeconfig": outputs["kubeconfig_of_all"]["value"], "aws_config": outputs["aws_config_of_all"]["value"] }));
    let contexts = home.text("kubectl", &["config", "get-contexts", "--output=name"]);
    assert_eq!(contexts.lines().count(), 3, "{contexts}");
    for account in [&many.world.member, &many.other] {
        let profile = format!("DeveloperAccess-{account}");
        assert_eq!(
            home.text("aws", &["configure", "get", "sso_account_id", "--profile", &profile]),
            *account
        );
    }
}

#[test]
fn empty_list_of_clusters_is_told() {
    let world = World::new();
    let file = |clusters: &str| {
        format!(
            "data \"eks_sso_kubeconfig\" \"x\" {{\n  clusters = {clusters}\n  permission_set_name = \"DeveloperAccess\"\n  sso_start_url = {START_URL:?}\n}}\n"
        )
    };
    let said = "Warning: Argument is empty";
    Bench::new(&world, &file("[]")).plan().says(said).says("clusters has no elements");
    let one = "[{ cluster_name = \"payments-prod\" }]";
    Bench::new(&world, &file(one)).plan().does_not_say(said);
}
