//! What the Kubernetes API answers, or something in its place.

use serde_json::Value as Json;
use terraform_provider_eks::aws::error::ErrorKind;
use terraform_provider_eks::aws::kubernetes::ConfigMap;

/// The first two bytes are the status.
pub fn kubernetes_answers(data: &[u8]) {
    let Some((status, body)) = data.split_first_chunk() else { return };
    let status = u16::from_be_bytes(*status) % 1000;
    let told: Option<Json> = serde_json::from_slice(body).ok();
    let told = told.unwrap_or_default();
    match ConfigMap::of_answer("GetConfigMap", status, body) {
        Ok(map) => {
            assert!((200..300).contains(&status) && told["kind"] == "ConfigMap");
            config_map(&map);
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            let is_missing = status == 404 && told["kind"] == "Status" && told["reason"] == "NotFound";
            assert!(error.kind != ErrorKind::NotFound || is_missing);
        }
    }
}

/// Another text changes nothing else.
fn config_map(map: &ConfigMap) {
    let written = map.with("mapRoles", "[]");
    assert_eq!(written.text("mapRoles"), Some("[]"));
    assert_eq!(written.text("mapUsers"), map.text("mapUsers"));
    if let Some(text) = map.text("mapRoles") {
        assert_eq!(&written.with("mapRoles", text), map);
    }
}
