//! The erased face of tf-provider's [`Function`].

use crate::hosting::Raw;
use serde::de::DeserializeOwned;
use tf_provider::schema::{FunctionSchema, Parameter};
use tf_provider::{AttributePath, Diagnostic, Diagnostics, Function};

/// A function in a registry.
#[async_trait::async_trait]
pub trait HostedFunction: Send + Sync {
    /// Its signature.
    fn schema(&self, diags: &mut Diagnostics) -> Option<FunctionSchema>;
    /// Calls it. An error's attribute path may start with the index of the argument to blame.
    async fn call(&self, diags: &mut Diagnostics, arguments: Vec<Raw>) -> Option<Raw>;
}

/// The input of a function is a tuple with a member for each parameter. Terraform keeps null and unknown arguments
/// away from parameters that do not allow them; other callers get what Terraform would have answered.
#[async_trait::async_trait]
impl<F> HostedFunction for F
where
    F: Function,
    for<'a> F::Input<'a>: DeserializeOwned,
{
    fn schema(&self, diags: &mut Diagnostics) -> Option<FunctionSchema> {
        Function::schema(self, diags)
    }

    async fn call(&self, diags: &mut Diagnostics, arguments: Vec<Raw>) -> Option<Raw> {
        let schema = Function::schema(self, diags)?;
        let fixed = schema.parameters.iter();
        let parameters: Vec<&Parameter> = fixed.chain(schema.variadic.iter().cycle()).take(arguments.len()).collect();
        if parameters.len() != arguments.len() || arguments.len() < schema.parameters.len() {
            let expected = schema.parameters.len();
            diags.add_error(at_argument(
                None,
                format!("Expected {expected} arguments, got {}.", arguments.len()),
            ));
            return None;
        }
        let mut is_unknown = false;
        for (index, (argument, parameter)) in (0..).zip(arguments.iter().zip(parameters)) {
            if argument.is_null() && !parameter.allow_null {
                diags.add_error(at_argument(Some(index), format!("{} must not be null.", parameter.name)));
                return None;
            }
            is_unknown |= argument.is_unknown() && !parameter.allow_unknown;
        }
        if is_unknown {
            return Some(Raw::unknown());
        }
        let input = Raw::list(diags, &arguments)?.decode(diags)?;
        let output = Function::call(self, diags, input).await?;
        Raw::encode(diags, &output)
    }
}

/// An error of a call. Its text is all that a caller sees of it.
fn at_argument(index: Option<i64>, text: String) -> Diagnostic {
    Diagnostic {
        summary: "Argument is not allowed".into(),
        detail: text.into(),
        attribute: index.map_or_else(AttributePath::default, AttributePath::function_argument),
    }
}
