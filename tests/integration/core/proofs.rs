//! That core's rules are checked: each is seen failing by an answer that breaks it.

use crate::core::Bench;
use crate::core::liar::{Answer, Liar, Moment};
use crate::core::value::Value;
use serde_json::json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use terraform_provider_eks::protocol::Host;
use tokio::sync::Barrier;

pub const ADDRESS: &str = "liar_thing.x";

pub fn thing(arguments: &str) -> String {
    format!("resource \"liar_thing\" \"x\" {{\n name = \"a\"\n {arguments}\n}}\n")
}

const FULL: &str = "note = \"n\"\n labels = [\"p\", \"q\"]\n rules = { r = { level = \"high\" } }";

/// A bench of a provider that answers so. No AWS is needed.
pub fn bench(config: &str, lie: impl FnMut(&mut Answer) + Send + 'static) -> Bench {
    bench_where_creates_meet(1, config, lie)
}

pub fn bench_where_creates_meet(creates: usize, config: &str, lie: impl FnMut(&mut Answer) + Send + 'static) -> Bench {
    let liar = Liar {
        lie: Arc::new(Mutex::new(Box::new(lie))),
        creates_meet: Arc::new(Barrier::new(creates)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let start = move |_| {
        let liar = liar.clone();
        Host::new(move || liar.clone())
    };
    Bench::of("liar", start, runtime, config, Vec::new())
}

/// Answers other than the truth at one moment.
pub fn at(moment: Moment, mut lie: impl FnMut(&mut Answer) + Send + 'static) -> impl FnMut(&mut Answer) + Send + 'static {
    move |answer| {
        if answer.moment == moment && !answer.value.is_null() {
            lie(answer);
        }
    }
}

/// Says that an apply of the full thing ends with these words about a rule.
#[track_caller]
fn breaks(moment: Moment, lie: impl FnMut(&mut Answer) + Send + 'static, words: &[&str]) {
    breaks_with(FULL, moment, lie, words);
}

#[track_caller]
fn breaks_with(arguments: &str, moment: Moment, lie: impl FnMut(&mut Answer) + Send + 'static, words: &[&str]) {
    let bench = bench(&thing(arguments), at(moment, lie));
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let output = bench.apply();
        // A read comes with the second one.
        (output.code, bench.apply().text)
    }));
    let text = match panic {
        Ok(output) => panic!("nothing was noticed: {output:?}"),
        Err(panic) => panic.downcast::<String>().map(|text| *text).unwrap_or_default(),
    };
    for words in words {
        assert!(text.contains(words), "expected {words:?} in:\n{text}");
    }
}

pub fn set(name: &'static str, to: Value) -> impl FnMut(&mut Answer) + Send + 'static {
    move |answer| answer.value.set_entry(name, to.clone())
}

#[test]
fn honest_provider_breaks_nothing() {
    let bench = bench(&thing(FULL), |_| {});
    assert_eq!(bench.plan().code, Some(2));
    assert_eq!(
        bench.change(ADDRESS)["after_unknown"],
        json!({ "kind": true, "made": true, "labels": [false, false], "rules": { "r": { "seen": true } } })
    );
    bench.apply_plan().ok().says("1 added, 0 changed, 0 destroyed");
    bench.plans_nothing();
    bench.write(&thing("labels = [\"q\"]"));
    bench.apply().ok().says("0 added, 1 changed, 0 destroyed");
    assert_eq!(bench.state(ADDRESS)["made"], json!("told"), "what is computed keeps its value");
    bench.destroy().ok();
    assert!(bench.addresses().is_empty());
}

#[test]
fn plan_keeps_what_is_configured() {
    let rule = "core's rule for liar_thing.x: a plan keeps what is configured";
    breaks(
        Moment::Plan,
        set("name", Value::text("b")),
        &[rule, ".name: planned value \"b\" does not match config value \"a\""],
    );
    breaks(
        Moment::Plan,
        set("name", Value::Unknown),
        &[rule, ".name: planned value (known after apply)"],
    );
    breaks(Moment::Plan, set("note", Value::Null), &[rule, ".note"]);
    breaks(Moment::Plan, set("labels", Value::set([Value::text("p")])), &[rule, ".labels"]);
    breaks(
        Moment::Plan,
        |answer| answer.value = Value::Null,
        &[rule, "planned for absence but config wants existence"],
    );
}

#[test]
fn plan_decides_only_about_what_is_computed() {
    breaks_with(
        "",
        Moment::Plan,
        set("note", Value::text("mine")),
        &[".note: planned value \"mine\" for a non-computed attribute"],
    );
    breaks_with(
        "",
        Moment::Plan,
        set("note", Value::Unknown),
        &[".note: planned value (known after apply) for a non-computed"],
    );
    breaks_with(
        "",
        Moment::Plan,
        set("rules", Value::map([])),
        &[".rules: planned value { } for a non-computed attribute"],
    );
}

#[test]
fn nested_objects_of_a_plan_are_those_of_the_configuration() {
    let rule = |level: &str, seen: Value| Value::map([("level".to_owned(), Value::text(level)), ("seen".to_owned(), seen)]);
    let rules = |key: &str, rule: Value| Value::map([(key.to_owned(), rule)]);
    breaks(
        Moment::Plan,
        set("rules", rules("other", rule("high", Value::Unknown))),
        &[".rules: the plan has other elements"],
    );
    breaks(
        Moment::Plan,
        set("rules", rules("r", rule("low", Value::Unknown))),
        &[".rules[\"r\"].level: planned value \"low\""],
    );
    let decided = bench(
        &thing(FULL),
        at(Moment::Plan, set("rules", rules("r", rule("high", Value::text("known already"))))),
    );
    decided.plan();
    assert_eq!(decided.change(ADDRESS)["after"]["rules"]["r"]["seen"], json!("known already"));
}

#[test]
fn answers_conform_to_the_schema() {
    let rule = "conforms to the schema of liar_thing";
    breaks(Moment::Plan, set("made", Value::Bool(true)), &[rule, "PlanResourceChange", "made"]);
    breaks(
        Moment::Create,
        set("labels", Value::text("p")),
        &[rule, "ApplyResourceChange", "labels"],
    );
    breaks(
        Moment::Read,
        set("more", Value::Null),
        &[rule, "ReadResource", "more is not in the schema"],
    );
}

#[test]
fn apply_keeps_what_its_plan_said() {
    let rule = "Provider produced inconsistent result after apply";
    breaks(
        Moment::Create,
        set("name", Value::text("b")),
        &[rule, ".name: was \"a\", but now \"b\""],
    );
    breaks(Moment::Create, set("note", Value::Null), &[rule, ".note: was \"n\", but now null"]);
    breaks(
        Moment::Create,
        set("labels", Value::set([Value::text("p")])),
        &[rule, "set length changed from 2 to 1"],
    );
    breaks(
        Moment::Create,
        set("rules", Value::map([])),
        &[rule, ".rules: element \"r\" has vanished"],
    );
    breaks(
        Moment::Create,
        |answer| answer.value = Value::Null,
        &[rule, "was present, but now absent"],
    );
}

#[test]
fn nothing_is_unknown_once_it_is_there() {
    breaks(Moment::Create, set("made", Value::Unknown), &["after an apply nothing is unknown"]);
    breaks(Moment::Read, set("made", Value::Unknown), &["a refresh leaves nothing unknown"]);
}

#[test]
fn delete_leaves_nothing_and_its_plan_is_null() {
    let destroy = |moment: Moment| {
        let bench = bench(&thing(""), move |answer| {
            if answer.moment == moment && answer.value.is_null() {
                answer.value = answer.prior.clone();
            }
        });
        bench.apply().ok();
        let panic = catch_unwind(AssertUnwindSafe(|| bench.destroy())).unwrap_err();
        *panic.downcast::<String>().unwrap()
    };
    assert!(destroy(Moment::Plan).contains("the plan of a destroy is null"));
    assert!(destroy(Moment::Delete).contains("a delete without an error leaves nothing"));
}

/// Known in the plan, and another in the plan within the apply.
#[test]
fn second_plan_keeps_what_the_first_one_knew() {
    let mut plans = 0;
    let bench = bench(
        &thing(""),
        at(Moment::Plan, move |answer| {
            plans += 1;
            answer.value.set_entry("made", Value::text(format!("plan {plans}")));
        }),
    );
    bench
        .apply()
        .failed()
        .says("Provider produced inconsistent final plan")
        .says(".made: was \"plan 1\", but now \"plan 2\"");
    assert!(bench.addresses().is_empty());
}

#[test]
fn action_that_changes_between_the_plans_is_inconsistent() {
    let replace_in = Arc::new(Mutex::new(0));
    let count = replace_in.clone();
    let bench = bench(
        &thing(""),
        at(Moment::Plan, move |answer| {
            *count.lock().unwrap() -= 1;
            if *count.lock().unwrap() == 0 {
                answer.value.set_entry("made", Value::text("other"));
                answer.replace = vec!["made"];
            }
        }),
    );
    bench.apply().ok();
    bench.write(&thing("note = \"n\""));
    *replace_in.lock().unwrap() = 2;
    bench
        .apply()
        .failed()
        .says("changed the planned action from Update to DeleteThenCreate");
}

#[test]
fn bench_says_what_it_does_not_play() {
    for (config, words) in [
        ("module \"x\" {\n source = \"./x\"\n}\n", "does not play module blocks"),
        ("resource \"aws_thing\" \"x\" {}\n", "does not play the provider \"aws\""),
        (
            "resource \"liar_thing\" \"x\" {\n name = uuid()\n}\n",
            "does not play the function uuid",
        ),
        (
            "resource \"liar_thing\" \"x\" {\n name = \"a\"\n lifecycle {\n ignore_changes = [note]\n }\n}\n",
            "does not play ignore_changes",
        ),
    ] {
        let bench = bench(config, |_| {});
        let panic = catch_unwind(AssertUnwindSafe(|| bench.plan())).unwrap_err();
        let text = panic.downcast::<String>().unwrap();
        assert!(text.contains(words) && text.contains("use Workspace"), "{text}");
    }
}
