//! Logs as go-plugin reads them: one hclog JSON object a line, on stderr.
//!
//! Terraform filters by TF_LOG and TF_LOG_PROVIDER itself; what nobody will see is not even written.

use serde_json::{Map, Value};
use std::fmt::Debug;
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::time::SystemTime;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// Its warnings quote what a credential process printed. What they warn of fails anyway, and is told then.
const SILENT: &str = "aws_config";
/// Libraries that print what is on the wire, credentials included, when they are allowed to.
const QUIET: [&str; 7] = ["aws_", "h2", "hyper", "rustls", "tokio", "tonic", "tower"];

/// Variables that set the level, most specific first.
pub const LEVEL_VARIABLES: [&str; 3] = ["TF_LOG_PROVIDER_EKS", "TF_LOG_PROVIDER", "TF_LOG"];

/// The level that the environment asks for; off if it does not ask.
pub fn level(var: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let asked = LEVEL_VARIABLES.iter().find_map(|name| var(name).filter(|level| !level.is_empty()));
    match asked.map(|level| level.to_ascii_uppercase()).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some("INFO") => LevelFilter::INFO,
        Some("WARN") => LevelFilter::WARN,
        Some("ERROR") => LevelFilter::ERROR,
        // JSON means TRACE in JSON; anything else is taken as TRACE by Terraform too.
        Some(_) => LevelFilter::TRACE,
    }
}

/// Starts logging at this level, and prints panics so that Terraform shows them.
///
/// # Errors
/// Logging was started before.
pub fn start(level: LevelFilter) -> Result<(), tracing::subscriber::SetGlobalDefaultError> {
    std::panic::set_hook(Box::new(print_panic));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(HclogLayer { level }))
}

/// Terraform recognizes a crash by a raw line that begins with "panic: ".
fn print_panic(panic: &PanicHookInfo<'_>) {
    let backtrace = std::backtrace::Backtrace::force_capture();
    let reason = panic.payload_as_str().unwrap_or("no text");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    // There is nobody left to tell if stderr is closed.
    let _ = writeln!(std::io::stderr(), "panic: {reason}\n\n{place}\n{backtrace}");
}

struct HclogLayer {
    level: LevelFilter,
}

/// Fields of a span, kept with it for its events.
struct SpanFields(Map<String, Value>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for HclogLayer {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let target = metadata.target();
        let limit = match QUIET.iter().any(|library| target.starts_with(library)) {
            true if target.starts_with(SILENT) => LevelFilter::ERROR,
            true => LevelFilter::WARN,
            false => LevelFilter::TRACE,
        };
        let limit = self.level.min(limit);
        *metadata.level() <= limit
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields.0));
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a log line tells the wall clock's time")]
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(SpanFields(outer)) = span.extensions().get::<SpanFields>() {
                fields.0.extend(outer.clone());
            }
        }
        event.record(&mut fields);
        let line = line(*event.metadata().level(), event.metadata().target(), fields.0, SystemTime::now());
        // A log that cannot be written must not stop an apply.
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

/// One line. `@timestamp` needs exactly six digits of a second, or go-plugin takes the line as text.
fn line(level: Level, target: &str, mut fields: Map<String, Value>, now: SystemTime) -> Value {
    let message = fields.remove("message").unwrap_or_else(|| Value::String(String::new()));
    fields.retain(|_, value| value != "");
    let module = if target.starts_with("terraform_provider_eks::protocol") {
        "sdk.proto"
    } else {
        "provider"
    };
    fields.insert("@level".into(), level.as_str().to_ascii_lowercase().into());
    fields.insert("@message".into(), message);
    fields.insert("@module".into(), module.into());
    fields.insert("@timestamp".into(), humantime::format_rfc3339_micros(now).to_string().into());
    Value::Object(fields)
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn line_is_what_go_plugin_parses() {
        let mut fields = Map::new();
        fields.insert("message".into(), "hello".into());
        fields.insert("attempt".into(), 1.into());
        let now = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_000_001);
        let line = line(Level::WARN, "terraform_provider_eks::aws", fields, now).to_string();
        assert_eq!(
            line,
            r#"{"@level":"warn","@message":"hello","@module":"provider","@timestamp":"2023-11-14T22:13:20.000001Z","attempt":1}"#
        );
    }

    #[test]
    fn most_specific_variable_sets_the_level() {
        let check = |variables: &[(&str, &str)], expected| {
            let var = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            assert_eq!(level(var), expected, "{variables:?}");
        };
        check(&[], LevelFilter::OFF);
        check(&[("TF_LOG", "debug")], LevelFilter::DEBUG);
        check(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "WARN")], LevelFilter::WARN);
        check(&[("TF_LOG_PROVIDER", "WARN"), ("TF_LOG_PROVIDER_EKS", "INFO")], LevelFilter::INFO);
        check(&[("TF_LOG", "json")], LevelFilter::TRACE);
        check(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER_EKS", "off")], LevelFilter::OFF);
    }
}
