//! The validate walk: everything offline, with nothing known of any resource.

use crate::core::configuration::Configuration;
use crate::core::diagnostics::Diagnostic;
use crate::core::plan::evaluated_outputs;
use crate::core::state::{Key, State};
use crate::core::walk::{Caller, Each, PARALLELISM, PROVIDER, Walk};
use tokio_util::sync::CancellationToken;

/// All that is wrong with a configuration as it stands.
pub async fn validate(caller: &Caller<'_>, configuration: &Configuration) -> Vec<Diagnostic> {
    let walk = Walk::start(caller, configuration, &State::default(), PARALLELISM, CancellationToken::new()).await;
    for key in configuration.providers.keys().filter(|key| walk.to_configure.contains(*key)) {
        if let Ok(config) = walk.provider_config(key).await {
            let found = walk.provider(key).validate_provider(&config).await;
            let _ = walk.say_about(configuration.providers.get(key), PROVIDER, found);
        }
    }
    for (address, resource) in &configuration.resources {
        let each = if resource.repetition.is_some() { Each::Any } else { Each::One };
        if let Ok(config) = walk.config(resource, &address.instance(Key::None), &each).await {
            let found = walk
                .provider(&resource.provider)
                .validate(address.mode, &address.kind, &config)
                .await;
            let _ = walk.say_about(Some(&resource.written), &address.to_string(), found);
        }
    }
    evaluated_outputs(&walk, &Each::One).await;
    walk.finish().await
}
