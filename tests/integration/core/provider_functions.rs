//! Calls of the provider's functions, with what core checks before and after.

use crate::core::expression::{Call, Halt, wrong};
use crate::core::provider::{Provider, dynamic};
use crate::core::schema::Type;
use crate::core::value::Value;
use serde_json::json;
use terraform_provider_eks::protocol::wire;

/// A value for a parameter of the type `dynamic`: a pair of its type, as JSON in bytes, and itself.
fn typed(value: &Value) -> wire::DynamicValue {
    let of = type_of(value).to_string();
    let length = u32::try_from(of.len()).unwrap().to_be_bytes();
    let msgpack = [&[0x92, 0xc6], &length[..], of.as_bytes(), &value.to_msgpack()].concat();
    wire::DynamicValue { msgpack, json: Vec::new() }
}

fn type_of(value: &Value) -> serde_json::Value {
    match value {
        Value::Unknown | Value::Null => json!("dynamic"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
        Value::List(elements) => json!(["tuple", elements.iter().map(type_of).collect::<Vec<_>>()]),
        Value::Set(elements) => json!(["set", elements.first().map_or(json!("dynamic"), type_of)]),
        Value::Map(entries) => json!([
            "object",
            entries
                .iter()
                .map(|(name, value)| (name.clone(), type_of(value)))
                .collect::<serde_json::Map<_, _>>()
        ]),
    }
}

impl Provider {
    /// Calls a function of the provider.
    ///
    /// # Errors
    /// What core or the function says against an argument.
    pub async fn call(&self, call: &Call) -> Result<Value, Halt> {
        let name = format!("provider::eks::{}", call.function);
        let Some(signature) = self.schemas.functions.get(&call.function) else {
            return Err(wrong("Call to unknown function", format!("There is no function named {name:?}.")));
        };
        let at_fault = |index: usize, text: &str| {
            let (parameter, _) = &signature.parameters[index];
            let detail = format!("Invalid value for {:?} parameter: {text}.", parameter.name);
            wrong("Invalid function argument", detail)
        };
        let mut arguments = Vec::new();
        for (index, ((parameter, of), argument)) in signature.parameters.iter().zip(&call.arguments).enumerate() {
            if argument.is_null() && !parameter.allow_null_value {
                return Err(at_fault(index, "argument must not be null"));
            }
            // Core keeps nested unknowns away, too, unless the parameter allows them.
            if !parameter.allow_unknown_values && !argument.is_wholly_known() {
                return Ok(Value::Unknown);
            }
            let converted = of.convert(argument.clone()).map_err(|error| at_fault(index, &error))?;
            arguments.push(match of {
                Type::Dynamic => typed(&converted),
                _ => dynamic(&converted).unwrap(),
            });
        }
        if call.arguments.len() != signature.parameters.len() {
            let detail = format!("Function {name:?} expects {} arguments.", signature.parameters.len());
            return Err(wrong("Wrong number of function arguments", detail));
        }
        let request = wire::CallFunctionRequest {
            name: call.function.clone(),
            arguments,
        };
        let answer: wire::CallFunctionResponse = self.ask("CallFunction", request).await;
        match answer.error {
            None => {
                let result = signature.result.conform(Value::of_msgpack(&answer.result.unwrap().msgpack));
                Ok(result.unwrap_or_else(|error| panic!("core's rule: what {name} gives is of the type that it says: {error}")))
            }
            Some(wire::FunctionError {
                text,
                function_argument: Some(index),
            }) => Err(at_fault(usize::try_from(index).unwrap(), text.trim_end_matches('.'))),
            Some(wire::FunctionError { text, .. }) => Err(wrong(
                "Error in function call",
                format!("Call to function {name:?} failed: {text}."),
            )),
        }
    }
}
