//! `mapRoles`: forms that are found in the wild, splices of each, and random texts.

use crate::domain::aws_auth::access::migrate;
use crate::domain::aws_auth::config_map::AwsAuth;
use crate::domain::aws_auth::map_roles::MapRoles;
use crate::domain::aws_auth::row::Mapping;
use crate::domain::aws_auth::rows::Rows;
use crate::domain::aws_auth::steps;
use crate::domain::error::Invalid;

const DEV: &str = "arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef";
const OPS: &str = "arn:aws:iam::222233334444:role/Ops";
const NEW_DEV: &str = "arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_fedcba9876543210";

fn dev() -> Mapping {
    mapping(DEV, Some("sso:{{SessionName}}"), &["devs", "team:a"])
}

fn mapping(arn: &str, user_name: Option<&str>, groups: &[&str]) -> Mapping {
    Mapping {
        arn: arn.to_owned(),
        user_name: user_name.map(str::to_owned),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

fn parse(text: &str) -> MapRoles {
    MapRoles::parse(text).unwrap_or_else(|malformed| panic!("{malformed}\nin {text:?}"))
}

fn rows(text: &str) -> Vec<Mapping> {
    parse(text).rows().iter().map(|row| row.mapping.clone()).collect()
}

#[track_caller]
fn check_rows(text: &str, expected: &[Mapping]) {
    assert_eq!(rows(text), expected, "{text}");
}

#[test]
fn ok_forms() {
    let admin = mapping("arn:aws:iam::1:role/Admin", Some("admin"), &["system:masters"]);
    let one = std::slice::from_ref(&admin);
    check_rows(
        "- rolearn: arn:aws:iam::1:role/Admin\n  username: admin\n  groups:\n    - system:masters\n",
        one,
    );
    // As eksctl and `kubectl get` write it, with no line break at the end.
    check_rows(
        "- groups:\n  - system:masters\n  rolearn: arn:aws:iam::1:role/Admin\n  username: admin",
        one,
    );
    check_rows(
        "  -   rolearn: 'arn:aws:iam::1:role/Admin'\r\n      username: \"admin\"\r\n      groups: [system:masters]\r\n",
        one,
    );
    check_rows(
        "---\n# people\n- {rolearn: arn:aws:iam::1:role/Admin, username: admin, groups: [\"system:masters\"]}\n...\n",
        one,
    );
    check_rows(
        "[{\"rolearn\": \"arn:aws:iam::1:role/Admin\", \"username\": \"admin\", \"groups\": [\"system:masters\"]}]",
        one,
    );
    // aws-iam-authenticator takes keys in any case.
    check_rows(
        "- roleARN: arn:aws:iam::1:role/Admin\n  userName: admin\n  Groups:\n  - system:masters\n",
        one,
    );
    check_rows(
        "-\n  rolearn: &admin arn:aws:iam::1:role/Admin\n  groups: &masters [system:masters]\n  username: admin\n- rolearn: *admin\n  username: admin\n  groups: *masters\n",
        &[admin.clone(), admin.clone()],
    );
    check_rows("\u{feff}- rolearn: a\n", &[mapping("a", None, &[])]);
    check_rows("- username: 007\n  groups:\n", &[mapping("", Some("007"), &[])]);
    for empty in ["", " \n", "# nobody\n", "[]", "[ ]\n", "null\n", "~", "\"\"", "---\n", "--- []\n"] {
        check_rows(empty, &[]);
    }
}

#[test]
fn rows_know_their_place_and_their_unknown_keys() {
    let roles = parse("# é\n- rolearn: a\n  comment: é\n- é: 1\n  rolearn: b\n");
    assert_eq!(roles.text(), "# é\n- rolearn: a\n  comment: é\n- é: 1\n  rolearn: b\n");
    let rows: Vec<(String, Vec<String>)> = (roles.rows().iter())
        .map(|row| (row.place.to_string(), row.unknown_keys.clone()))
        .collect();
    assert_eq!(
        rows,
        [
            ("line 2, column 3".to_owned(), vec!["comment".to_owned()]),
            ("line 4, column 3".to_owned(), vec!["é".to_owned()])
        ]
    );
}

#[track_caller]
fn check_malformed(text: &str, expected: &str) {
    let malformed = MapRoles::parse(text).expect_err(text);
    assert_eq!(malformed.to_string(), expected);
}

#[test]
fn err_forms() {
    check_malformed(
        "- rolearn: a\n  username:b\n",
        "mapRoles is malformed at line 2, column 3:\n\n  2 |   username:b\n    |   ^\n\nExpected a key, a colon and a space: \"key: value\".",
    );
    check_malformed(
        "- rolearn: a\n  groups:\n\t- b\n",
        "mapRoles is malformed at line 3, column 2:\n\n  3 | \t- b\n    | \t^\n\nExpected YAML: tabs disallowed within this context (block indentation). YAML allows no tabs in front of keys and dashes: use spaces.",
    );
    check_malformed(
        "rolearn: a\n",
        "mapRoles is malformed at line 1, column 1:\n\n  1 | rolearn: a\n    | ^\n\nExpected a list of rows, each beginning with \"- rolearn: <ARN>\", and found a mapping.",
    );
    check_malformed(
        "nobody\n",
        "mapRoles is malformed at line 1, column 1:\n\n  1 | nobody\n    | ^\n\nExpected a list of rows, each beginning with \"- rolearn: <ARN>\", and found the text \"nobody\".",
    );
    check_malformed(
        "- rolearn: a\n- b\n",
        "mapRoles is malformed at line 2, column 3:\n\n  2 | - b\n    |   ^\n\nExpected a row with the keys rolearn, username and groups, and found the text \"b\".",
    );
    check_malformed(
        "- rolearn: a\n  groups: system:masters\n",
        "mapRoles is malformed at line 2, column 11:\n\n  2 |   groups: system:masters\n    |           ^\n\nExpected a list as groups, like [\"team-payments\"] or a line \"- team-payments\" for each, and found the text \"system:masters\".",
    );
    check_malformed(
        "- rolearn: a\n  username: {{SessionName}}\n",
        "mapRoles is malformed at line 2, column 13:\n\n  2 |   username: {{SessionName}}\n    |             ^\n\nExpected a text as username, and found a mapping. One that begins with \"{{\" must be in quotes: \"{{SessionName}}\".",
    );
    check_malformed(
        "- rolearn: a\n  RoleARN: b\n",
        "mapRoles is malformed at line 2, column 3:\n\n  2 |   RoleARN: b\n    |   ^\n\nThe key \"RoleARN\" comes twice in this row: remove one.",
    );
    check_malformed(
        "- rolearn: a\n---\n- rolearn: b\n",
        "mapRoles is malformed at line 2, column 1:\n\n  2 | ---\n    | ^\n\nA second YAML document begins here, and EKS reads only the first: put all into one, and remove the \"---\".",
    );
    check_malformed(
        "- rolearn:\n",
        "mapRoles is malformed at line 1, column 10:\n\n  1 | - rolearn:\n    |          ^\n\nExpected a text as rolearn, and found nothing.",
    );
    check_malformed(
        "- &a\n  rolearn: b\n- <<: *a\n",
        "mapRoles cannot be read at line 3, column 3:\n\n  3 | - <<: *a\n    |   ^\n\nA merge key (\"<<\") stands here: write the keys out, so that the row says itself what it grants.",
    );
    for text in [
        "- rolearn: a\n - rolearn: b\n",
        "- rolearn: \"a\n",
        "- &a [*a]\n",
        "[{rolearn: a}",
        "{{a}}: b",
        "- rolearn: *b",
    ] {
        assert!(MapRoles::parse(text).is_err(), "{text}");
    }
    let deep = "- ".repeat(100_000);
    assert!(MapRoles::parse(&deep).unwrap_err().problem.contains("too deep"));
}

/// Adds the row, and takes it out again: the first result is as expected, the second is the text before.
#[track_caller]
fn check_splice(text: &str, expected: &str) {
    let spliced = parse(text).with(&dev()).unwrap();
    assert_eq!(spliced, expected);
    let spliced = parse(&spliced);
    assert_eq!(spliced.with(&dev()).unwrap(), expected, "nothing changes twice");
    assert_eq!(spliced.without(DEV).unwrap(), text);
}

#[test]
fn a_row_is_added_in_the_style_of_the_text() {
    check_splice(
        "",
        "- rolearn: arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\n  username: sso:{{SessionName}}\n  groups:\n    - devs\n    - team:a\n",
    );
    check_splice(
        "- groups:\n  - x\n  rolearn: a\n  username: b\n\n# end",
        "- groups:\n  - x\n  rolearn: a\n  username: b\n- groups:\n  - devs\n  - team:a\n  rolearn: arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\n  username: sso:{{SessionName}}\n\n# end",
    );
    check_splice(
        "# who\r\n\r\n  - rolearn: a # x\r\n    # - y\r\n  # z\r\n",
        "# who\r\n\r\n  - rolearn: a # x\r\n    # - y\r\n  - rolearn: arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\r\n    username: sso:{{SessionName}}\r\n    groups:\r\n      - devs\r\n      - team:a\r\n  # z\r\n",
    );
    check_splice(
        "[{rolearn: a}] # b",
        "[{rolearn: a}, {\"rolearn\": \"arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\", \"username\": \"sso:{{SessionName}}\", \"groups\": [\"devs\", \"team:a\"]}] # b",
    );
    check_splice(
        "[\n  {\n    \"rolearn\": \"a\"\n  }\n]\n",
        "[\n  {\n    \"rolearn\": \"a\"\n  },\n  {\"rolearn\": \"arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\", \"username\": \"sso:{{SessionName}}\", \"groups\": [\"devs\", \"team:a\"]}\n]\n",
    );
    check_splice(
        "- rolearn: a\n  groups: # x\n  - |\n    b\n\n\n...\n",
        "- rolearn: a\n  groups: # x\n  - |\n    b\n- rolearn: arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\n  groups:\n  - devs\n  - team:a\n  username: sso:{{SessionName}}\n\n\n...\n",
    );
    check_splice(
        "-\n  rolearn: a",
        "-\n  rolearn: a\n- rolearn: arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\n  username: sso:{{SessionName}}\n  groups:\n    - devs\n    - team:a",
    );
    check_splice(
        "- rolearn: a\n\n  # y\n\n# z\n",
        "- rolearn: a\n\n  # y\n- rolearn: arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\n  username: sso:{{SessionName}}\n  groups:\n    - devs\n    - team:a\n\n# z\n",
    );
    check_splice(
        "-   rolearn: a\n",
        "-   rolearn: a\n-   rolearn: arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\n    username: sso:{{SessionName}}\n    groups:\n      - devs\n      - team:a\n",
    );
    // One space is too little for a key beside its dash.
    check_splice(
        "-\n rolearn: a\n",
        "-\n rolearn: a\n- rolearn: arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\n  username: sso:{{SessionName}}\n  groups:\n    - devs\n    - team:a\n",
    );
    check_splice(
        "\u{feff}- rolearn: a\n",
        "\u{feff}- rolearn: a\n- rolearn: arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\n  username: sso:{{SessionName}}\n  groups:\n    - devs\n    - team:a\n",
    );
}

#[test]
fn words_for_nothing_are_replaced() {
    for (text, before, after) in [
        ("[]\n", "", "\n"),
        ("  [ ] # none\n", "  ", " # none\n"),
        ("---\nnull\n", "---\n", "\n"),
        ("\"\"", "", ""),
        ("''\n", "", "\n"),
        (" ``\n", " ", "\n"),
    ] {
        let spliced = parse(text).with(&dev()).expect(text);
        assert!(
            spliced.starts_with(&format!("{before}- rolearn: ")) && spliced.ends_with(&format!("- team:a{after}")),
            "{spliced:?}"
        );
        assert_eq!(rows(&spliced), [dev()]);
        assert_eq!(rows(&parse(&spliced).without(DEV).unwrap()), []);
    }
    assert!(parse("--- []\n").with(&dev()).unwrap().starts_with("--- [{\"rolearn\""));
    assert_eq!(parse("[\n]").with(&dev()).map(|text| rows(&text)), Ok(vec![dev()]));
    let with_comment = parse("[ # x\n]").with(&dev()).unwrap();
    assert!(with_comment.starts_with("[ # x\n{\"rolearn\""), "{with_comment}");
    assert_eq!(rows(&with_comment), [dev()]);
}

/// Three rows, of which the second is the own one.
const THREE: &str = "# people\n- rolearn: a\n  groups: [x]\n\n# dev\n- rolearn: ARN:aws:iam::222233334444:role/awsreservedsso_Dev_0123456789abcdef # own\n  more: 1\n  # inside\n  username: old\n# after\n\n- rolearn: c\n  username: d\n";

#[test]
fn the_own_row_is_replaced_in_its_place() {
    let own = "- rolearn: arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\n  username: sso:{{SessionName}}\n  groups:\n    - devs\n    - team:a\n";
    let expected = format!("# people\n- rolearn: a\n  groups: [x]\n\n# dev\n{own}# after\n\n- rolearn: c\n  username: d\n");
    assert_eq!(parse(THREE).with(&dev()).unwrap(), expected);
}

#[test]
fn own_row_that_says_the_same_stays_as_it_is() {
    let text = format!("- groups: [devs, 'team:a'] # own\n  more: 1\n  username: sso:{{{{SessionName}}}}\n  rolearn: {DEV}\n");
    assert_eq!(parse(&text).with(&dev()).unwrap(), text);
}

#[test]
fn a_new_suffix_takes_the_place_of_the_old_row() {
    let new = Mapping {
        arn: NEW_DEV.to_owned(),
        ..dev()
    };
    let text = parse(THREE).replace(DEV, &new).unwrap();
    assert_eq!(rows(&text), [rows(THREE)[0].clone(), new.clone(), rows(THREE)[2].clone()]);
    assert!(
        text.starts_with("# people\n- rolearn: a\n  groups: [x]\n\n# dev\n- rolearn: arn:"),
        "{text}"
    );
    // Where both have a row, one remains, and with none it is added.
    let both = parse(&text).with(&dev()).unwrap();
    let one = parse(&both).replace(DEV, &new).unwrap();
    assert_eq!(rows(&one), [rows(THREE)[0].clone(), rows(THREE)[2].clone(), new.clone()]);
    assert_eq!(rows(&parse("").replace(DEV, &new).unwrap()), [new]);
}

#[test]
fn only_the_own_row_goes() {
    let expected = "# people\n- rolearn: a\n  groups: [x]\n\n# dev\n# after\n\n- rolearn: c\n  username: d\n";
    assert_eq!(parse(THREE).without(DEV).unwrap(), expected);
    assert_eq!(parse(THREE).without("arn:aws:iam::222233334444:role/Other").unwrap(), THREE);
    for dash in ["- ", "-\n  ", "-  # own\n  ", "-\t"] {
        let text = format!("- rolearn: a\n# own\n{dash}rolearn: {DEV}\n- rolearn: b\n");
        assert_eq!(
            parse(&text).without(DEV).unwrap(),
            "- rolearn: a\n# own\n- rolearn: b\n",
            "{dash:?}"
        );
    }
    let flow = |own: &str| format!("[{own}]");
    for (text, expected) in [
        ("{rolearn: DEV}", ""),
        ("{rolearn: DEV}, {rolearn: a}", "{rolearn: a}"),
        ("{rolearn: a}, {rolearn: DEV},", "{rolearn: a},"),
        ("{rolearn: DEV},", ""),
        ("{rolearn: a,\n # x\n }, {rolearn: DEV,}", "{rolearn: a,\n # x\n }"),
        ("{rolearn: DEV}, {rolearn: DEV}, {rolearn: b}", "{rolearn: b}"),
        ("{rolearn: a}, {rolearn: DEV}, {rolearn: DEV}", "{rolearn: a}"),
        ("{rolearn: DEV}, {rolearn: a},\n {rolearn: DEV}", "{rolearn: a}"),
    ] {
        let text = flow(&text.replace("DEV", &format!("\"{DEV}\"")));
        assert_eq!(parse(&text).without(DEV).unwrap(), flow(expected), "{text}");
    }
}

#[test]
fn of_two_rows_for_a_role_the_last_holds_and_both_go() {
    let text = format!(
        "- rolearn: {DEV}\n  groups: [a]\n- rolearn: b\n- rolearn: {}\n  groups: [c]",
        DEV.to_uppercase()
    );
    let roles = parse(&text);
    assert_eq!(roles.find(DEV).unwrap().mapping.groups, ["c"]);
    let overridden: Vec<&[String]> = roles.find_overridden(DEV).iter().map(|row| &row.mapping.groups[..]).collect();
    assert_eq!(overridden, [["a"]]);
    assert_eq!(roles.without(DEV).unwrap(), "- rolearn: b");
    let spliced = roles.with(&mapping(DEV, None, &["a"])).unwrap();
    assert_eq!(rows(&spliced), [mapping("b", None, &[]), mapping(DEV, None, &["a"])]);
    assert!(!spliced.ends_with('\n'));
    let two = format!("- rolearn: b\n- rolearn: {DEV}\n- rolearn: {DEV}");
    assert_eq!(rows(&parse(&two).without(DEV).unwrap()), [mapping("b", None, &[])]);
}

#[test]
fn rows_with_a_path_are_told_apart() {
    let with_path = "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef";
    let text = format!("- rolearn: {with_path}\n  groups: [a]\n");
    let roles = parse(&text);
    assert_eq!(roles.find(DEV), None);
    assert!(roles.rows()[0].mapping.is_for_path_of(DEV));
    let users = format!("- userarn: {with_path}\n- userarn: {OPS}\n");
    let found = Rows::parse(&text, &users).unwrap();
    let members: Vec<&str> = found.find_with_path(DEV).iter().map(|row| row.member).collect();
    assert_eq!(members, ["mapRoles", "mapUsers"]);
    assert_eq!(found.find_with_path(OPS).len(), 0);
    assert!(roles.with(&dev()).unwrap().starts_with(&text));
}

#[test]
fn odd_values_are_quoted() {
    for value in [
        "",
        "null",
        "YES",
        "12",
        "0x1f",
        "{{SessionName}}",
        "a: b",
        "a #b",
        "- a",
        "a:",
        " a",
        "\"",
        "\\",
        "é\n\t\u{1}",
        "*a",
        "@a",
        "'",
    ] {
        let wanted = mapping(DEV, Some(value), &[value]);
        for text in ["", "[{rolearn: a}]", "- rolearn: a\n"] {
            let spliced = parse(text).with(&wanted).unwrap();
            assert_eq!(parse(&spliced).find(DEV).unwrap().mapping, wanted, "{value:?}");
            assert!(spliced.replace("\"username\"", "username").contains("username: \""), "{spliced}");
        }
    }
    // go-yaml refuses a text with such characters.
    let escaped = parse("")
        .with(&mapping(DEV, Some("\u{1}\u{85}\u{2028}\u{2029}\u{feff}é"), &[]))
        .unwrap();
    assert!(escaped.contains(r#"username: "\u0001\u0085\u2028\u2029\ufeffé""#), "{escaped}");
    let unquoted = parse("").with(&mapping(DEV, Some("a@b+c=d,e"), &[])).unwrap();
    assert!(unquoted.contains("username: a@b+c=d,e\n  groups: []\n"), "{unquoted}");
}

#[track_caller]
fn check_refused(text: &str, arn: &str, words: &str) {
    let roles = parse(text);
    for refused in [roles.with(&mapping(arn, None, &["new"])), roles.without(arn)] {
        let message = refused.expect_err("expected a refusal").to_string();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn err_splices() {
    check_refused(
        &format!("- rolearn: {OPS}\n  groups: [system:bootstrappers, system:nodes]\n"),
        OPS,
        "(mapRoles, line 1, column 3) is one for nodes",
    );
    for user_name in ["system:node:{{EC2PrivateDNSName}}", "system:node:a", "node:{{EC2PrivateDNSName}}"] {
        check_refused(&format!("- rolearn: {OPS}\n  username: {user_name}\n"), OPS, "is one for nodes");
    }
    check_refused(
        &format!("- rolearn: {DEV}\n  groups: &g [a]\n- rolearn: b\n  groups: *g\n"),
        DEV,
        "another row refers to it with an alias",
    );
    let text = format!("[{{rolearn: b}}, # x\n {{rolearn: {DEV:?}}}]");
    assert!(
        parse(&text)
            .without(DEV)
            .unwrap_err()
            .message()
            .contains("a comment stands between")
    );
    // YAML takes a carriage return alone for the end of a line.
    let text = format!("- rolearn: a\n- rolearn: b\r- rolearn: {DEV}\r- rolearn: c\r");
    let refused = |spliced: Result<String, Invalid>, words: &str| {
        let message = spliced.expect_err(words).to_string();
        assert!(message.contains(words), "{message}");
    };
    refused(parse(&text).with(&dev()), "the row would not be read back as it was meant");
    refused(parse(&text).without(DEV), "its old row would stay");
    refused(parse(&text).without("b"), "other rows would change with it (line 2, column 16)");
    refused(
        parse("\r|").with(&dev()),
        "the text would no longer be readable at line 2, column 12",
    );
    let node = mapping(DEV, None, &["system:nodes"]);
    assert!(parse("").with(&node).unwrap_err().message().contains("those of nodes"));
}

#[test]
fn row_of_a_permission_set_that_was_copied_from_nodes_can_be_changed() {
    let text = format!("- rolearn: {DEV}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n  groups: [system:nodes]\n");
    assert_eq!(rows(&parse(&text).with(&dev()).unwrap()), [dev()]);
    assert_eq!(parse(&text).without(DEV).unwrap(), "");
}

/// Rows in block style, of which every second one is for the same role, and all have a group.
fn block_rows(count: usize) -> String {
    let row = |number: usize| {
        let arn = if number.is_multiple_of(2) {
            DEV.to_owned()
        } else {
            format!("arn:aws:iam::1:role/R{number}")
        };
        format!("- rolearn: {arn}\n  username: u\n  groups: [&g{number} a]\n")
    };
    (0..count).map(row).collect()
}

/// The same on one line.
fn flow_rows(count: usize) -> String {
    let row = |number: usize| {
        let arn = if number.is_multiple_of(2) {
            DEV.to_owned()
        } else {
            format!("arn:aws:iam::1:role/R{number}")
        };
        format!("{{\"rolearn\": \"{arn}\"}}")
    };
    format!("[{}]", (0..count).map(row).collect::<Vec<_>>().join(", "))
}

/// Says that four times as many rows take no more than five times the steps, and some.
#[track_caller]
fn check_linear(doing: impl Fn(usize)) {
    let (few, many) = (steps::of(|| doing(100)), steps::of(|| doing(400)));
    assert!(few > 0 && many <= 5 * few, "{few} steps for 100 rows, {many} for 400");
}

#[test]
fn reading_and_changing_a_map_is_linear_in_its_rows() {
    for rows_of in [block_rows, flow_rows] {
        check_linear(|count| assert!(parse(&rows_of(count)).find("nobody").is_none()));
        check_linear(|count| drop(parse(&rows_of(count)).without(DEV).unwrap()));
        check_linear(|count| drop(parse(&rows_of(count)).with(&dev()).unwrap()));
        check_linear(|count| assert_eq!(parse(&rows_of(count)).find_overridden(DEV).len(), count / 2 - 1));
        check_linear(|count| {
            let text = format!(
                "mapRoles: {0:?}\nmapUsers: {0:?}\nmapAccounts: {1:?}\n",
                rows_of(count),
                "- '1'\n".repeat(count)
            );
            let migration = migrate(&AwsAuth::parse(&text).unwrap());
            // Something that counts: the rows of what came out.
            steps::add(migration.not_moved.len());
        });
    }
}

#[test]
fn aliases_do_not_multiply_a_text() {
    let group = "g".repeat(1000);
    let rows = |count: usize| {
        let row = "- {rolearn: x, groups: *g}\n";
        format!("- rolearn: y\n  groups: &g [{group}]\n{}", row.repeat(count))
    };
    assert!(MapRoles::parse(&rows(1000)).is_ok());
    let malformed = MapRoles::parse(&rows(2000)).unwrap_err();
    assert!(malformed.problem.contains("aliases stand for more than 1 MiB"), "{malformed}");
    let rows = |length: usize, count: usize| format!("- username: &u {}\n{}", "u".repeat(length), "- username: *u\n".repeat(count));
    assert!(MapRoles::parse(&rows((1 << 19) - 1, 2)).is_ok());
    assert!(MapRoles::parse(&rows(1 << 19, 2)).is_err());
    // Each stands for the one before.
    let chain: String = (1..100_000).map(|number| format!("- &a{number} [*a{}]\n", number - 1)).collect();
    let malformed = MapRoles::parse(&format!("- &a0 [x]\n{chain}")).unwrap_err();
    assert!(malformed.problem.contains("aliases stand for more than 1 MiB"), "{malformed}");
}

/// The most that a ConfigMap holds. What is quadratic takes minutes here.
#[test]
fn text_of_a_mebibyte_is_read_and_changed() {
    let count = (1 << 20) / block_rows(1).len();
    for text in [block_rows(count), flow_rows(count)] {
        let roles = parse(&text);
        let changed = roles.with(&dev()).unwrap();
        assert_eq!(rows(&changed).len(), count / 2 + 1);
    }
    let one_row: String = (0..50_000).map(|number| format!("  k{number}: v\n")).collect();
    assert_eq!(parse(&format!("- rolearn: a\n{one_row}")).rows()[0].unknown_keys.len(), 50_000);
}

/// A generator with a seed (splitmix64), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    fn value(&mut self) -> &'static str {
        self.pick(&[
            "a",
            "'b c'",
            "\"d\\n\\\"\"",
            "sso:{{SessionName}}",
            "e # f",
            "'{{x}}' # g",
            "système",
        ])
    }

    /// A row in block style, its lines without line breaks.
    fn row(&mut self, number: u64, column: usize, gap: usize) -> Vec<String> {
        let mut keys = vec![vec![format!("rolearn: arn:aws:iam::1:role/R{number}")]];
        if self.below(4) > 0 {
            let user_name = match self.below(5) {
                0 => vec!["username: >-".to_owned(), "    folded".to_owned(), "    text".to_owned()],
                _ => vec![format!("username: {}", self.value())],
            };
            keys.push(user_name);
        }
        match self.below(4) {
            0 => keys.push(vec![format!("groups: [a, {}", self.pick(&["b]", "\"c\"] # d", "]"]))]),
            1 => keys.push(vec!["groups:".to_owned(), "- a".to_owned(), format!("- {}", self.value())]),
            2 => keys.push(vec!["groups:   # why".to_owned(), "  # - none".to_owned(), "  - a".to_owned()]),
            _ => {}
        }
        if self.below(4) == 0 {
            keys.push(vec![format!("note: {}", self.value())]);
        }
        let turn = usize::try_from(self.below(keys.len() as u64)).unwrap();
        keys.rotate_left(turn);
        let lines = keys.concat();
        let (dash, indent) = (format!("{}-{}", " ".repeat(column), " ".repeat(gap)), " ".repeat(column + 1 + gap));
        (0..)
            .zip(lines)
            .map(|(at, line)| format!("{}{line}", if at == 0 { &dash } else { &indent }))
            .collect()
    }

    fn noise(&mut self, lines: &mut Vec<String>) {
        while self.below(3) == 0 {
            lines.push(self.pick(&["", "# c", "    # - deep", "  ", "#"]).to_owned());
        }
    }

    fn block_text(&mut self) -> String {
        let mut lines = Vec::new();
        self.noise(&mut lines);
        if self.below(4) == 0 {
            lines.push("---".to_owned());
        }
        let (column, gap) = (self.below(3) as usize, 1 + self.below(3) as usize);
        for number in 0..self.below(5) {
            self.noise(&mut lines);
            let row = self.row(number, column, gap);
            lines.extend(row);
        }
        self.noise(&mut lines);
        let line_break = self.pick(&["\n", "\n", "\r\n"]);
        let end = if self.below(3) == 0 { "" } else { line_break };
        lines.join(line_break) + if lines.is_empty() { "" } else { end }
    }

    fn flow_text(&mut self) -> String {
        let separator = self.pick(&[",", ", ", ",\n  ", "\n  , "]);
        let rows = (0..1 + self.below(4)).map(|number| match self.below(3) {
            0 => format!("{{rolearn: \"arn:aws:iam::1:role/R{number}\"}}"),
            1 => format!("{{\"rolearn\":\"arn:aws:iam::1:role/R{number}\",\"groups\":[\"x\",\"y\"]}}"),
            _ => format!("{{\n    \"rolearn\": \"arn:aws:iam::1:role/R{number}\",\n    \"username\": \"u\"\n  }}"),
        });
        let rows: Vec<String> = rows.collect();
        format!(
            "{}[{}{}]{}",
            self.pick(&["", "# x\n", "--- "]),
            self.pick(&["", "\n  "]),
            rows.join(separator),
            self.pick(&["", "\n", " # y\n"])
        )
    }
}

/// Splices a row in, changes it, gives it a new suffix and takes it out; others never change.
fn check_random(seed: u64) {
    let mut random = Random(seed);
    let text = if random.below(4) == 0 {
        random.flow_text()
    } else {
        random.block_text()
    };
    let before = rows(&text);
    let with = parse(&text).with(&dev()).unwrap();
    assert_eq!(rows(&with), [&before[..], &[dev()]].concat(), "{text:?}");
    let changed = mapping(DEV, None, &["other"]);
    let with_changed = parse(&with).with(&changed).unwrap();
    assert_eq!(rows(&with_changed), [&before[..], &[changed]].concat(), "{text:?}");
    let moved = mapping(NEW_DEV, Some("x"), &[]);
    let with_moved = parse(&with_changed).replace(DEV, &moved).unwrap();
    assert_eq!(rows(&with_moved), [&before[..], &[moved]].concat(), "{text:?}");
    assert_eq!(parse(&with_moved).without(NEW_DEV).unwrap(), text);
    // Each of the rows that were there can go and leaves the others as they were.
    for index in 0..before.len() {
        let mut rest = before.clone();
        let gone = rest.remove(index);
        let without = parse(&text).without(&gone.arn).unwrap();
        assert_eq!(rows(&without), rest, "{text:?}");
    }
}

#[test]
fn random_texts_are_spliced_without_harm() {
    (0..1_000).for_each(check_random);
}

/// Damages a text, and splices it nevertheless, if it can be read.
fn check_damaged(seed: u64) -> bool {
    let mut random = Random(seed);
    let text = if random.below(3) == 0 {
        random.flow_text()
    } else {
        random.block_text()
    };
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = usize::try_from(random.below(characters.len() as u64 + 1)).unwrap();
        let end = (at + usize::try_from(random.below(3)).unwrap()).min(characters.len());
        let new = random.pick(&[
            "", "-", " ", ":", "#", "\n", "\r", "\t", "[", "]", "{", "}", "'", "\"", "&x ", "*x", "|", ">", ",", "é", "? ", "---\n", "\n  ",
        ]);
        characters.splice(at..end, new.chars());
    }
    let text: String = characters.into_iter().collect();
    let Ok(roles) = MapRoles::parse(&text) else { return false };
    let before = rows(&text);
    let Ok(with) = roles.with(&dev()) else { return false };
    assert_eq!(rows(&with), [&before[..], &[dev()]].concat(), "{text:?}");
    if let Ok(without) = parse(&with).without(DEV) {
        assert_eq!(rows(&without), before, "{text:?}");
    }
    for row in &before {
        if let Ok(without) = roles.without(&row.arn) {
            let rest: Vec<Mapping> = before.iter().filter(|other| !other.is_for(&row.arn)).cloned().collect();
            assert_eq!(rows(&without), rest, "{text:?}");
        }
    }
    true
}

#[test]
fn damaged_texts_are_refused_or_spliced_without_harm() {
    let spliced = (0..2_000).filter(|seed| check_damaged(*seed)).count();
    assert!((200..1_900).contains(&spliced), "{spliced} of 2000 could be spliced");
}
