//! ARNs of another partition than the provider's. Credentials and principals do not reach from one into another, so such an ARN
//! is that of nobody here.

use crate::aws::session::Session;
use crate::domain::place::Partition;
use crate::report::diagnostic;
use tf_provider::{AttributePath, Diagnostics};

/// Adds an error at `path` if an ARN, or a pattern of ARNs, is of another partition; `way_out` ends it. Tells whether it is not.
pub(crate) fn check(diags: &mut Diagnostics, session: &Session, path: AttributePath, arn: &str, way_out: &str) -> bool {
    let Some(other) = Partition::of_arn(arn).filter(|other| other != session.partition()) else {
        return true;
    };
    let detail = format!(
        "This ARN is of the partition {other}, but the provider is in {own} ({region}), and nothing reaches from one into the \
         other:\n  {arn}\nCorrect the ARN (arn:{own}:...), or use a provider block with a Region and credentials of {other}.{way_out}",
        own = session.partition(),
        region = session.region(),
    );
    diags.add_error(diagnostic("ARN is of another partition", detail, path));
    false
}
