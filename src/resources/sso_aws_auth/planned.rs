//! What a plan says of the role behind a row.

use crate::aws::iam::Role;
use crate::domain::arn::RoleArn;
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_grant::confirm::PlannedRole;
use crate::resources::sso_grant::texts::text;
use tf_provider::value::Value;

/// Everything that depends on the role.
pub(super) fn unknown_until_apply(planned: &mut Model) {
    planned.principal_arn = Value::Unknown;
    planned.status = Value::Null;
}

/// The role as this plan, or this apply, found it.
pub(super) fn known_role(planned: &mut Model, role: &Role) {
    planned.principal_arn = text(role.arn.without_path());
    planned.status = Value::Null;
}

/// The role that the plan promised; `None` if it had to leave it open. A row is compared with the ARN alone, so an id is no
/// part of the promise.
pub(super) fn planned_role(planned: &Model) -> Option<PlannedRole<'static>> {
    let arn = RoleArn::parse(planned.principal_arn.as_deref_option()?).ok()?;
    Some(PlannedRole { arn, role_id: None })
}
