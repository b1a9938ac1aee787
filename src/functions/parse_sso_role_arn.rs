//! `parse_sso_role_arn`: what the ARN of a role of Identity Center says.

use crate::domain::sso_role_arn::SsoRoleArn;
use crate::functions::object_type::object;
use crate::report::diagnostic;
use serde::Serialize;
use tf_provider::schema::{Description, FunctionSchema, Parameter, Type};
use tf_provider::{AttributePath, Diagnostics, Function};

/// The function.
#[derive(Debug)]
pub(super) struct ParseSsoRoleArn;

/// Its result.
#[derive(Debug, Serialize)]
pub(super) struct Output {
    account_id: String,
    arn_without_path: String,
    identity_center_region: Option<String>,
    partition: String,
    permission_set_name: String,
    role_name: String,
    suffix: String,
}

#[async_trait::async_trait]
impl Function for ParseSsoRoleArn {
    type Input<'a> = (String,);
    type Output<'a> = Output;

    fn schema(&self, _: &mut Diagnostics) -> Option<FunctionSchema> {
        let arn = Parameter {
            name: "arn".to_owned(),
            param_type: Type::String,
            allow_null: false,
            allow_unknown: false,
            description: Description::markdown(
                "ARN of a role `AWSReservedSSO_…`, with its path or without, or the ARN of a session of it \
                 (`arn:aws:sts::…:assumed-role/…`, as `aws_caller_identity` gives it).",
            ),
        };
        Some(FunctionSchema {
            parameters: vec![arn],
            variadic: None,
            return_type: object([
                ("account_id", Type::String),
                ("arn_without_path", Type::String),
                ("identity_center_region", Type::String),
                ("partition", Type::String),
                ("permission_set_name", Type::String),
                ("role_name", Type::String),
                ("suffix", Type::String),
            ]),
            summary: "Parses the ARN of a role that IAM Identity Center made".to_owned(),
            description: Description::markdown(
                "Parses the ARN of a role that IAM Identity Center made for a permission set. Works offline: it says what the ARN says, \
                 not whether the role exists.",
            ),
            deprecated: None,
        })
    }

    async fn call<'a>(&self, diags: &mut Diagnostics, (arn,): (String,)) -> Option<Output> {
        match SsoRoleArn::parse(&arn) {
            Ok(parsed) => Some(Output {
                account_id: parsed.role.account().to_string(),
                arn_without_path: parsed.role.without_path(),
                identity_center_region: parsed.identity_center_region.map(|region| region.to_string()),
                partition: parsed.role.partition().to_string(),
                permission_set_name: parsed.name.permission_set().to_string(),
                role_name: parsed.role.name().to_owned(),
                suffix: parsed.name.suffix().to_owned(),
            }),
            Err(invalid) => {
                let attribute = AttributePath::function_argument(0);
                diags.add_error(diagnostic("Not a role of Identity Center", invalid.message().to_owned(), attribute));
                None
            }
        }
    }
}
