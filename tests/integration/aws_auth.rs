//! `eks_sso_aws_auth`: its life from create to destroy, and the ways in.

use crate::core::Bench;
use crate::emulator::{CLUSTER, World, root};
use crate::kubectl::Kubectl;
use crate::kubernetes::{AWS_AUTH, OTHERS, without_path};
use crate::loopback::{Authority, Server, answer, to_aws};
use crate::terraform::Workspace;
use base64::Engine;
use serde_json::{Value, json};

pub const BASIC: &str = r#"
resource "eks_sso_aws_auth" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team-payments", "readers"]
}
"#;

pub const ADDRESS: &str = "eks_sso_aws_auth.developers";

/// A world whose cluster is in CONFIG_MAP mode, with the rows of others.
pub fn world() -> World {
    let world = empty_world();
    world.write_map_roles(OTHERS);
    world
}

/// The same without any aws-auth.
pub fn empty_world() -> World {
    World::with(json!({
        "clusters": [{ "account": "MEMBER", "region": "eu-west-1", "name": CLUSTER, "authentication_mode": "CONFIG_MAP" }],
    }))
}

/// The row of [`BASIC`] as it is added to [`OTHERS`].
pub fn row(world: &World) -> String {
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    let session = arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/");
    format!("- rolearn: {arn}\n  username: {session}/{{{{SessionName}}}}\n  groups:\n    - readers\n    - team-payments\n")
}

#[test]
fn aws_auth_basic() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);

    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let change = terraform.change(ADDRESS);
    assert_eq!(change["actions"], json!(["create"]));
    // Known in the plan, and without the path.
    assert_eq!(
        change["after"]["principal_arn"],
        json!(without_path(&world.role_arn("DeveloperAccess")))
    );
    assert_eq!(
        change["after_unknown"]
            .as_object()
            .unwrap()
            .values()
            .filter(|v| **v == json!(true))
            .count(),
        0
    );
    assert_eq!(world.map_roles(), OTHERS, "a plan changes nothing");

    terraform.apply().ok();
    // Everything else is as it was, byte for byte.
    assert_eq!(world.map_roles(), format!("{OTHERS}{}", row(&world)));
    assert_eq!(world.aws_auth().unwrap()["metadata"]["labels"], json!({ "team": "platform" }));
    terraform.plans_nothing();

    terraform.destroy().ok();
    assert_eq!(world.map_roles(), OTHERS);
}

#[test]
fn person_gets_in_by_the_row() {
    let world = empty_world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    assert_eq!(
        world.aws_auth().unwrap()["data"].as_object().unwrap().len(),
        1,
        "nothing but our row"
    );
    let name = world.role_arn("DeveloperAccess");
    let name = name.rsplit('/').next().unwrap();
    let person = Kubectl::person(&world, &world.role_arn("DeveloperAccess"), "jane@example.com");
    let review: Value = serde_json::from_str(&person.run(&["auth", "whoami", "-o", "json"]).ok().text).unwrap();
    let user = &review["status"]["userInfo"];
    assert_eq!(
        user["username"],
        json!(format!("arn:aws:sts::{}:assumed-role/{name}/jane-example.com", world.member))
    );
    assert_eq!(user["groups"], json!(["readers", "team-payments", "system:authenticated"]));
}

#[test]
fn role_of_the_documentation_is_enough() {
    let world = empty_world();
    let manifest = root().join("examples/resources/eks_sso_aws_auth/rbac.yaml");
    Kubectl::admin(&world).run(&["apply", "-f", manifest.to_str().unwrap()]).ok();
    // From now on Terraform is nobody but a member of that group.
    world.change_cluster(json!({ "creator_access": false }));
    let user = format!("arn:aws:iam::{}:user/test", world.member);
    let users = format!("- userarn: {user}\n  username: terraform\n  groups: [terraform]\n");
    world.write_aws_auth(json!({ "mapUsers": users, "mapRoles": OTHERS }));
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    terraform.write(&BASIC.replace("readers", "writers"));
    terraform.apply().ok();
    terraform.destroy().ok();
    assert_eq!(world.map_roles(), OTHERS);
}

#[test]
fn other_accounts_are_reached_by_their_role() {
    let world = World::with(json!({
        "roles": [{ "account": "MEMBER", "name": "terraform", "path": "/ci/" }],
        "clusters": [{ "account": "MEMBER", "region": "eu-west-1", "name": CLUSTER, "authentication_mode": "CONFIG_MAP" }],
    }));
    let ours = format!(
        "- rolearn: arn:aws:iam::{}:role/terraform\n  username: terraform\n  groups: [\"system:masters\"]\n",
        world.member
    );
    world.write_map_roles(&ours);
    let place = format!("account_id = {:?}\n  permission_set_name", world.member);
    let provider = "provider \"eks\" {\n  account_access {\n    role_name = \"ci/terraform\"\n  }\n}\n";
    let config = format!("{provider}{}", BASIC.replace("permission_set_name", &place));
    let mut terraform = Bench::new(&world, &config);
    terraform.env = world.credentials(&world.management);
    terraform.apply().ok();
    assert_eq!(world.map_roles(), format!("{ours}{}", row(&world)));
    let caller = format!("arn:aws:sts::{}:assumed-role/terraform/", world.member);
    for request in world.kubernetes_requests() {
        assert!(request["caller"].as_str().unwrap().starts_with(&caller), "{request}");
    }
    terraform.plans_nothing();
}

/// AWS, whose EKS names a host for the Kubernetes API that only a proxy reaches.
pub fn front(host: &str) -> Server {
    let host = host.to_owned();
    Server::http(move |request| {
        let answered = to_aws(request);
        let text = String::from_utf8_lossy(&answered);
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        match serde_json::from_str::<Value>(body) {
            Ok(mut described) if described["cluster"]["endpoint"].is_string() => {
                described["cluster"]["endpoint"] = format!("https://{host}").into();
                answer(200, &described.to_string())
            }
            _ => answered,
        }
    })
}

#[test]
fn endpoint_that_cannot_be_connected_to_is_tried_once() {
    let world = world();
    // It connects nobody to anything.
    let proxy = Server::proxy(None);
    let front = front("abc.eu-west-1.amazonaws.com");
    let all = BASIC.replace(
        "  cluster_name",
        "  for_each = toset([\"DeveloperAccess\", \"AdministratorAccess\"])\n  cluster_name",
    );
    let mut terraform = Bench::new(&world, &all.replace("= \"DeveloperAccess\"", "= each.key"));
    terraform.set_env("AWS_ENDPOINT_URL", &front.url());
    terraform.set_env("HTTPS_PROXY", &proxy.url());
    // One after the other, so that they do not merely share one attempt.
    let plan = terraform.run(&["plan", "-no-color", "-parallelism=1"]).failed();
    plan.says("endpoint is private").says("another error of this run says why");
    assert_eq!(proxy.connected().len(), 1);
}

#[test]
fn proxies_and_certificates_hold_for_the_kubernetes_api() {
    const HOST: &str = "abc.eu-west-1.amazonaws.com";
    let world = world();
    let authority = Authority::new();
    let map = world.aws_auth().unwrap().to_string();
    let proxy = Server::proxy_before(&authority, move |_| answer(200, &map));
    let front = front(HOST);
    let terraform = |provider: &str| {
        let mut terraform = Workspace::new(&world, &format!("provider \"eks\" {{\n{provider}\n}}\n{BASIC}"));
        terraform.set_env("AWS_ENDPOINT_URL", &front.url());
        terraform.set_env("HTTPS_PROXY", &proxy.url());
        terraform.file("ca.pem", &authority.pem());
        terraform
    };
    // The proxy poses as the host, which the cluster's own authority does not vouch for.
    let plan = terraform("").plan().failed().says("aws-auth cannot be read");
    plan.says("not of the cluster's authority").says("set custom_ca_bundle");
    assert_eq!(proxy.connected(), [format!("{HOST}:443")]);

    let plan = terraform("custom_ca_bundle = \"~/ca.pem\"").plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let requests = proxy.requests();
    let asked = requests.last().unwrap();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("GET", AWS_AUTH));
    let token = asked.header("authorization").unwrap().strip_prefix("Bearer k8s-aws-v1.").unwrap();
    let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).unwrap();
    assert!(
        String::from_utf8(url)
            .unwrap()
            .starts_with(&format!("{}/?Action=GetCallerIdentity&", front.url()))
    );
    assert!(asked.header("user-agent").unwrap().starts_with("terraform-provider-eks/"));

    // no_proxy: the host itself is asked, and does not exist.
    let connected = proxy.connected().len();
    let plan = terraform(&format!("custom_ca_bundle = \"~/ca.pem\"\nno_proxy = \"{HOST}\"")).plan();
    plan.failed().says("aws-auth cannot be read").says("could not be reached");
    assert_eq!(proxy.connected().len(), connected);
}

#[test]
fn row_that_gives_nothing_is_told() {
    let world = world();
    let groups = "kubernetes_groups   = [\"team-payments\", \"readers\"]";
    let said = "Warning: Grant gives no access";
    for (arguments, is_told) in [
        (groups, false),
        ("", true),
        ("kubernetes_groups = []", true),
        ("user_name = \"jane\"", false),
    ] {
        let plan = Bench::new(&world, &BASIC.replace(groups, arguments)).plan();
        assert_eq!(plan.text.contains(said), is_told, "{arguments}: {}", plan.text);
    }
}

#[test]
fn import_that_finds_no_row_says_which_id_may_be_meant() {
    let world = world();
    let account = &world.member;
    let own = format!(
        "- rolearn: arn:aws:iam::{account}:role/okta\n  username: okta\n  groups: [a]\n- rolearn: arn:aws:iam::{account}:role/nodes\n  username: \
         system:node:{{{{EC2PrivateDNSName}}}}\n  groups: [system:nodes]\n"
    );
    world.write_map_roles(&format!("{own}{}", row(&world)));
    let terraform = Bench::new(&world, BASIC);
    for (id, meant) in [
        ("payments-prod,okta", "payments-prod,role/okta"),
        ("payments-prod,role/DeveloperAccess", "payments-prod,DeveloperAccess"),
        ("payments-prod,Dev@Ireland", "payments-prod,Dev@eu-west-1"),
    ] {
        let summary = match id.contains('@') {
            true => "Unexpected import identifier",
            false => "aws-auth row does not exist",
        };
        let output = terraform.import(ADDRESS, id).failed().says(summary);
        assert!(output.text.contains(&format!("\n  {meant}\n")), "{id}: {}", output.text);
    }
    terraform
        .import(ADDRESS, "payments-prod,role/nodes")
        .failed()
        .says("aws-auth row is for nodes")
        .says("by which nodes join the cluster");
}

#[test]
fn one_row_in_two_resources_is_an_error_of_the_plan() {
    let world = world();
    let terraform = Bench::new(&world, &format!("{BASIC}{}", BASIC.replace("\"developers\"", "\"again\"")));
    let plan = terraform.plan().failed().says("Error: Two resources for one grant");
    assert_eq!(plan.text.matches("Error:").count(), 1, "{}", plan.text);
    let other = BASIC
        .replace("\"developers\"", "\"again\"")
        .replace("DeveloperAccess", "AdministratorAccess");
    terraform.write(&format!("{BASIC}{other}"));
    terraform.plan().says("2 to add").does_not_say("Two resources");
}
