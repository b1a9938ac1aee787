//! What core makes of answers that it allows: the lives of resources, seen with a provider that needs no AWS.

use crate::core::Bench;
use crate::core::liar::{Answer, Moment};
use crate::core::proofs::{ADDRESS, at, bench, bench_where_creates_meet, set, thing};
use crate::core::value::Value;
use crate::emulator::wait_for;
use crate::terraform::Output;
use serde_json::{Value as Json, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// `liar_thing.x` with elements of which a plan knows nothing.
fn unknown_labels(lie: impl FnMut(&mut Answer) + Send + 'static) -> Bench {
    let unknown = "resource \"terraform_data\" \"u\" {\n input = \"p\"\n}\nresource \"terraform_data\" \"v\" {\n input = \"p\"\n}\n";
    bench(
        &format!("{unknown}{}", thing("labels = [terraform_data.u.output, terraform_data.v.output]")),
        lie,
    )
}

#[test]
fn two_unknown_elements_are_two_and_may_prove_the_same() {
    let honest = unknown_labels(|_| {});
    assert_eq!(honest.plan().code, Some(2));
    assert_eq!(honest.change(ADDRESS)["after_unknown"]["labels"], json!([true, true]));
    honest.apply_plan().ok();
    assert_eq!(honest.state(ADDRESS)["labels"], json!(["p"]));
    honest.plans_nothing();

    let merging = unknown_labels(at(Moment::Plan, set("labels", Value::set([Value::Unknown]))));
    let panic = catch_unwind(AssertUnwindSafe(|| merging.plan())).unwrap_err();
    assert!(
        panic
            .downcast::<String>()
            .unwrap()
            .contains(".labels: planned value [(known after apply)]")
    );
}

#[test]
fn private_state_is_carried_on() {
    let seen: Arc<Mutex<Vec<(Moment, String)>>> = Arc::default();
    let notes = seen.clone();
    let bench = bench(&thing(""), move |answer| {
        let came = String::from_utf8(answer.came_with.clone()).unwrap();
        notes.lock().unwrap().push((answer.moment, came.clone()));
        answer.private = format!("{came}{}", format!("{:?}", answer.moment).to_lowercase().chars().next().unwrap()).into_bytes();
    });
    let take = || std::mem::take(&mut *seen.lock().unwrap());
    let as_text = |moments: &[(Moment, &str)]| moments.iter().map(|(m, t)| (*m, (*t).to_owned())).collect::<Vec<_>>();
    bench.apply().ok();
    assert_eq!(take(), as_text(&[(Moment::Plan, ""), (Moment::Plan, ""), (Moment::Create, "p")]));
    bench.write(&thing("note = \"n\""));
    bench.apply().ok();
    // The plan within the apply starts from the state as the refresh left it.
    assert_eq!(
        take(),
        as_text(&[
            (Moment::Read, "pc"),
            (Moment::Plan, "pcr"),
            (Moment::Plan, "pcr"),
            (Moment::Update, "pcrp")
        ])
    );
    // A replacement is planned twice, and the second plan gets what the first one gave.
    bench.run(&["apply", "-replace=liar_thing.x"]).ok();
    assert_eq!(
        take(),
        as_text(&[
            (Moment::Read, "pcrpu"),
            (Moment::Plan, "pcrpur"),
            (Moment::Plan, "pcrpurp"),
            (Moment::Delete, "pcrpurpp"),
            (Moment::Plan, ""),
            (Moment::Create, "p"),
        ])
    );
}

/// Fails at a moment, with or without something to keep.
fn failing(moment: Moment, keeps: bool) -> impl FnMut(&mut Answer) + Send + 'static {
    move |answer| {
        if answer.moment == moment {
            answer.error = Some("Told to fail");
            if !keeps {
                answer.value = Value::Null;
            }
        }
    }
}

fn state(bench: &Bench) -> Option<Json> {
    bench.addresses().contains(&ADDRESS.to_owned()).then(|| bench.state(ADDRESS))
}

#[test]
fn failed_create_that_left_something_is_tainted_and_replaced() {
    let kept = bench(&thing(""), failing(Moment::Create, true));
    kept.apply().failed().says("Error: Told to fail").says("with liar_thing.x");
    assert!(kept.is_tainted(ADDRESS));
    kept.plan()
        .says("liar_thing.x is tainted, so it must be replaced")
        .says("1 to add, 0 to change, 1 to destroy");
    assert_eq!(kept.change(ADDRESS)["actions"], json!(["delete", "create"]));
    let nothing = bench(&thing(""), failing(Moment::Create, false));
    nothing.apply().failed();
    assert_eq!(state(&nothing), None);
}

#[test]
fn failed_update_keeps_what_it_says_or_what_was_there() {
    for (keeps, note) in [(true, json!("n")), (false, Json::Null)] {
        let bench = bench(&thing(""), failing(Moment::Update, keeps));
        bench.apply().ok();
        bench.write(&thing("note = \"n\""));
        bench.apply().failed();
        assert_eq!(bench.state(ADDRESS)["note"], note);
        assert!(!bench.is_tainted(ADDRESS));
    }
}

#[test]
fn failed_delete_keeps_the_state() {
    let bench = bench(&thing(""), failing(Moment::Delete, false));
    bench.apply().ok();
    bench.destroy().failed().says("Told to fail");
    assert!(state(&bench).is_some());
}

#[test]
fn requires_replace_counts_only_where_the_value_changes() {
    let bench = bench(
        &thing("note = \"n\""),
        at(Moment::Plan, |answer| answer.replace = vec!["note", "name"]),
    );
    bench.apply().ok();
    bench.plans_nothing();
    bench.write(&thing("note = \"m\""));
    let plan: Output = bench.plan();
    plan.says("liar_thing.x must be replaced")
        .says("~ note = \"n\" -> \"m\" # forces replacement");
    assert_eq!(bench.change(ADDRESS)["replace_paths"], json!([["note"]]));
    bench.apply_plan().ok().says("1 added, 0 changed, 1 destroyed");
}

#[test]
fn what_is_gone_is_created_again_and_what_changed_is_put_right() {
    let gone = Arc::new(Mutex::new(false));
    let is_gone = gone.clone();
    let bench = bench(
        &thing("note = \"n\""),
        at(Moment::Read, move |answer| match *is_gone.lock().unwrap() {
            true => answer.value = Value::Null,
            false => answer.value.set_entry("note", Value::text("drifted")),
        }),
    );
    bench.apply().ok();
    assert_eq!(bench.plan().code, Some(2));
    assert_eq!(
        (&bench.change(ADDRESS)["before"]["note"], &bench.change(ADDRESS)["after"]["note"]),
        (&json!("drifted"), &json!("n"))
    );
    *gone.lock().unwrap() = true;
    assert_eq!(bench.plan().code, Some(2));
    assert_eq!(bench.change(ADDRESS)["actions"], json!(["create"]));
    bench.run(&["apply", "-refresh-only"]).ok();
    assert!(bench.addresses().is_empty());
}

#[test]
fn independent_things_are_made_at_the_same_time() {
    let things = (0..10).map(|n| format!("resource \"liar_thing\" \"x{n}\" {{\n name = \"{n}\"\n}}\n"));
    let each = "resource \"liar_thing\" \"each\" {\n for_each = toset([\"a\", \"b\"])\n name = each.key\n}\n";
    let ten = things.take(8).collect::<String>() + each;
    bench_where_creates_meet(10, &ten, |_| {}).apply().ok().says("10 added");
}

#[test]
fn what_depends_on_something_is_made_after_it_and_destroyed_before_it() {
    let order: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = order.clone();
    let three = r#"
resource "liar_thing" "a" {
  name = "${liar_thing.b.name}c"
}
resource "liar_thing" "b" {
  name       = "b"
  depends_on = [liar_thing.c]
}
resource "liar_thing" "c" {
  name = local.first
}
locals {
  first = "a"
}
"#;
    let bench = bench(three, move |answer| {
        if matches!(answer.moment, Moment::Create | Moment::Delete) {
            let thing = if answer.prior.is_null() { &answer.value } else { &answer.prior };
            noted.lock().unwrap().push(thing.get("name").as_str().unwrap().to_owned());
        }
    });
    bench.apply().ok().says("3 added");
    bench.destroy().ok().says("3 destroyed");
    assert_eq!(*order.lock().unwrap(), ["a", "b", "bc", "bc", "b", "a"]);
}

#[test]
fn stop_reaches_the_provider_and_nothing_is_begun_after_it() {
    let two = format!(
        "{}resource \"liar_thing\" \"later\" {{\n name = liar_thing.x.made\n}}\n",
        thing("note = \"wait for a stop\"")
    );
    let began = Arc::new(AtomicBool::new(false));
    let begins = began.clone();
    let bench = bench(&two, at(Moment::Create, move |_| begins.store(true, Ordering::SeqCst)));
    let starting = bench.start_apply();
    wait_for(|| began.load(Ordering::SeqCst).then_some(()));
    starting.stop();
    starting
        .finish()
        .failed()
        .says("Interrupt received")
        .says("Error: execution halted");
    assert_eq!(bench.addresses(), [ADDRESS]);
    assert_eq!(bench.state(ADDRESS)["made"], json!("stopped"));
}

#[test]
fn import_by_the_command_and_by_a_block() {
    let bench = bench(&thing("kind = \"told\""), |_| {});
    bench.import(ADDRESS, "a").ok();
    assert_eq!(bench.state(ADDRESS)["name"], json!("a"));
    bench.plans_nothing();
    bench.import(ADDRESS, "a").failed().says("Resource already managed by Terraform");
    bench.run(&["state", "rm", ADDRESS]).ok();
    bench.write(&format!("{}import {{\n to = {ADDRESS}\n id = \"b\"\n}}\n", thing("")));
    bench
        .plan()
        .says("liar_thing.x will be updated in-place")
        .says("Plan: 1 to import, 0 to add, 1 to change, 0 to destroy.");
    bench.apply_plan().ok().says("1 imported, 0 added, 1 changed, 0 destroyed");
    assert_eq!(bench.state(ADDRESS)["name"], json!("a"));
}

#[test]
fn moved_block_renames_without_a_change() {
    let bench = bench(&thing(""), |_| {});
    bench.apply().ok();
    let moved = thing("").replace("\"x\"", "\"y\"");
    bench.write(&format!("{moved}moved {{\n from = {ADDRESS}\n to = liar_thing.y\n}}\n"));
    bench
        .plan()
        .says("liar_thing.x has moved to liar_thing.y")
        .says("0 to add, 0 to change, 0 to destroy");
    bench.apply().ok();
    assert_eq!(bench.addresses(), ["liar_thing.y"]);
}

#[test]
fn outputs_variables_and_locals_are_evaluated() {
    let config = format!(
        "{}variable \"given\" {{}}\nvariable \"other\" {{\n default = \"o\"\n}}\nlocals {{\n both = \"${{var.given}}-${{var.other}}\"\n}}\n\
         output \"all\" {{\n value = {{ both = local.both, made = {ADDRESS}.made, size = length({ADDRESS}.labels) }}\n}}\n",
        thing("labels = [\"p\", \"p\", \"q\"]")
    );
    let bench = bench(&config, |_| {});
    bench.plan().failed().says("No value for required variable");
    bench.file("terraform.tfvars.json", "{ \"given\": \"g\" }");
    bench.plan().says("+ all =");
    assert_eq!(bench.plan_json()["output_changes"]["all"]["after_unknown"], json!({ "made": true }));
    bench.apply_plan().ok();
    assert_eq!(bench.outputs()["all"]["value"], json!({ "both": "g-o", "made": "told", "size": 2 }));
    bench.plans_nothing();
}

/// What other tools do in the middle of an apply.
#[test]
fn something_else_happens_once_an_object_was_made() {
    let happened = Arc::new(AtomicBool::new(false));
    let happens = happened.clone();
    let bench = bench(&thing(""), |_| {});
    bench.once_made(ADDRESS, move || happens.store(true, Ordering::SeqCst));
    bench.plan();
    assert!(!happened.load(Ordering::SeqCst));
    bench.apply_plan().ok();
    assert!(happened.load(Ordering::SeqCst));
}

#[test]
fn faults_of_a_configuration_point_at_their_lines() {
    let bench = bench(
        &thing("nota = \"n\"\n labels = \"p\"\n rules = {\n r = { seen = \"x\" }\n }"),
        |_| {},
    );
    let findings = bench.findings();
    let found: Vec<_> = findings
        .iter()
        .map(|finding| (finding.line.as_str(), finding.text.as_str(), finding.severity.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (
                "labels = \"p\"",
                "Incorrect attribute value type: Inappropriate value for attribute \"labels\": set of string required.",
                "error"
            ),
            (
                "rules = {",
                "Incorrect attribute value type: Inappropriate value for attribute \"rules\": map of object required.",
                "error"
            ),
            (
                "nota = \"n\"",
                "Unsupported argument: An argument named \"nota\" is not expected here.",
                "error"
            ),
        ]
    );
    bench
        .validate()
        .failed()
        .says("on main.tf line 9, in resource \"liar_thing\" \"x\": 9: nota = \"n\"");
}
