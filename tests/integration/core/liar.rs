//! A provider that plans and applies as it should, except where a test tells it to lie.

use crate::core::value::Value;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use terraform_provider_eks::hosting::{
    ConfigureRequest, HostedDataSource, HostedFunction, HostedResource, IdentityAttribute, ListLimits, MoveRequest, Provider, Raw,
    RawApplied, RawCurrent, RawImported, RawListed, RawPlan, RawPlanRequest, stop_token,
};
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Block, Schema};
use tf_provider::{AttributePath, Diagnostic, Diagnostics};
use tokio::sync::{Barrier, mpsc};

/// The moments at which it may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Read,
    Plan,
    Create,
    Update,
    Delete,
}

/// What it answers in place of the truth.
pub struct Answer {
    pub moment: Moment,
    pub value: Value,
    pub replace: Vec<&'static str>,
    pub private: Vec<u8>,
    pub error: Option<&'static str>,
    /// As it came.
    pub prior: Value,
    pub came_with: Vec<u8>,
}

/// Changes the answers.
pub type Lie = Box<dyn FnMut(&mut Answer) + Send>;

/// Its resource is `liar_thing`.
#[derive(Clone)]
pub struct Liar {
    pub lie: Arc<Mutex<Lie>>,
    /// Where creates meet, each waiting for the others.
    pub creates_meet: Arc<Barrier>,
}

fn raw(value: &Value) -> Raw {
    Raw::Msgpack(value.to_msgpack())
}

fn value(raw: &Raw) -> Value {
    match raw {
        Raw::Msgpack(bytes) => Value::of_msgpack(bytes),
        Raw::Json(bytes) => Value::of_json(&serde_json::from_slice(bytes).unwrap()),
    }
}

fn schema() -> Schema {
    use AttributeConstraint::{Computed, Optional, OptionalComputed, Required};
    let attribute = |name: &str, attr_type: AttributeType, constraint: AttributeConstraint| {
        let attribute = Attribute {
            attr_type,
            constraint,
            ..Attribute::default()
        };
        (name.to_owned(), attribute)
    };
    let rule = HashMap::from([
        attribute("level", AttributeType::String, Required),
        attribute("seen", AttributeType::String, Computed),
    ]);
    Schema {
        version: 0,
        block: Block {
            attributes: HashMap::from([
                attribute("name", AttributeType::String, Required),
                attribute("note", AttributeType::String, Optional),
                attribute("labels", AttributeType::Set(Box::new(AttributeType::String)), Optional),
                attribute("rules", AttributeType::AttributeMap(rule), Optional),
                attribute("kind", AttributeType::String, OptionalComputed),
                attribute("made", AttributeType::String, Computed),
            ]),
            ..Block::default()
        },
    }
}

/// What the provider itself decides about: unknown in a plan, and known after the apply.
fn decide(value: &mut Value, told: &Value) {
    for name in ["kind", "made"] {
        if *value.get(name) == Value::Null || *value.get(name) == Value::Unknown {
            value.set_entry(name, told.clone());
        }
    }
    if let Value::Map(rules) = value.get("rules").clone() {
        let decided = rules.into_iter().map(|(key, mut rule)| {
            if matches!(rule.get("seen"), Value::Null | Value::Unknown) {
                rule.set_entry("seen", told.clone());
            }
            (key, rule)
        });
        value.set_entry("rules", Value::map(decided));
    }
}

impl Liar {
    fn answer(&self, diags: &mut Diagnostics, answer: Answer) -> Answer {
        let mut answer = answer;
        (self.lie.lock().unwrap())(&mut answer);
        if let Some(error) = answer.error {
            diags.add_error(Diagnostic {
                summary: error.into(),
                detail: "It was told to.".into(),
                attribute: AttributePath::default(),
            });
        }
        answer
    }
}

#[async_trait::async_trait]
impl HostedResource for Liar {
    fn schema(&self) -> Schema {
        schema()
    }

    async fn validate(&self, _: &mut Diagnostics, _: Raw) {}

    async fn plan(&self, diags: &mut Diagnostics, request: RawPlanRequest) -> Option<RawPlan> {
        let mut planned = value(&request.proposed);
        if !planned.is_null() {
            decide(&mut planned, &Value::Unknown);
        }
        let truth = Answer {
            moment: Moment::Plan,
            value: planned,
            replace: Vec::new(),
            private: request.private.clone(),
            error: None,
            prior: value(&request.prior),
            came_with: request.private,
        };
        let answer = self.answer(diags, truth);
        Some(RawPlan {
            planned: raw(&answer.value),
            replace: answer.replace.into_iter().map(AttributePath::new).collect(),
            private: answer.private,
        })
    }

    async fn apply(&self, diags: &mut Diagnostics, prior: RawCurrent, planned: Raw, _: Raw) -> RawApplied {
        let before = value(&prior.state);
        let mut made = value(&planned);
        let moment = match (before.is_null(), made.is_null()) {
            (true, _) => Moment::Create,
            (_, true) => Moment::Delete,
            _ => Moment::Update,
        };
        if moment != Moment::Delete {
            decide(&mut made, &Value::text("told"));
        }
        let truth = Answer {
            moment,
            value: made,
            replace: Vec::new(),
            private: prior.private.clone(),
            error: None,
            prior: before,
            came_with: prior.private,
        };
        let mut answer = self.answer(diags, truth);
        if moment == Moment::Create {
            self.creates_meet.wait().await;
        }
        if answer.value.get("note").as_str() == Some("wait for a stop") {
            stop_token().cancelled().await;
            answer.value.set_entry("made", Value::text("stopped"));
        }
        RawApplied {
            state: raw(&answer.value),
            private: answer.private,
        }
    }

    async fn read(&self, diags: &mut Diagnostics, current: RawCurrent) -> RawApplied {
        let truth = Answer {
            moment: Moment::Read,
            value: value(&current.state),
            replace: Vec::new(),
            private: current.private.clone(),
            error: None,
            prior: value(&current.state),
            came_with: current.private,
        };
        let answer = self.answer(diags, truth);
        RawApplied {
            state: raw(&answer.value),
            private: answer.private,
        }
    }

    async fn import(&self, _: &mut Diagnostics, id: String, _: Option<Raw>) -> Option<RawImported> {
        let mut state = Value::of_json(&json!({ "name": id, "note": null, "labels": null, "rules": null, "kind": "told", "made": "told" }));
        state.set_entry("name", Value::text(id));
        Some(RawApplied {
            state: raw(&state),
            private: b"imported".to_vec(),
        })
    }

    fn upgrade(&self, _: &mut Diagnostics, _: i64, state: &[u8]) -> Option<Raw> {
        Some(raw(&value(&Raw::Json(state.to_vec()))))
    }

    fn identity_schema(&self) -> &'static [IdentityAttribute] {
        &[]
    }

    fn identity(&self, _: &Raw) -> Option<Raw> {
        None
    }

    fn upgrade_identity(&self, _: &mut Diagnostics, _: &[u8]) -> Option<Raw> {
        None
    }

    fn move_from(&self, _: &mut Diagnostics, _: MoveRequest) -> Option<RawImported> {
        None
    }

    fn list_schema(&self) -> Option<Schema> {
        None
    }

    fn validate_list(&self, _: &mut Diagnostics, _: Raw) {}

    async fn list(&self, _: &mut Diagnostics, _: Raw, _: ListLimits, _: mpsc::Sender<RawListed>) {}
}

#[async_trait::async_trait]
impl Provider for Liar {
    fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: Block::default(),
        }
    }

    fn meta_schema(&self) -> Option<Schema> {
        None
    }

    async fn validate(&self, _: &mut Diagnostics, _: Raw) {}

    async fn configure(&self, _: &mut Diagnostics, _: ConfigureRequest) {}

    fn resources(&self) -> BTreeMap<&'static str, Box<dyn HostedResource>> {
        let resource: Box<dyn HostedResource> = Box::new(self.clone());
        BTreeMap::from([("liar_thing", resource)])
    }

    fn data_sources(&self) -> BTreeMap<&'static str, Box<dyn HostedDataSource>> {
        BTreeMap::new()
    }

    fn functions(&self) -> BTreeMap<&'static str, Box<dyn HostedFunction>> {
        BTreeMap::new()
    }
}
