//! What Terraform's state file knows.

use crate::chaos::aws::Slot;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// A grant in the state.
#[derive(Debug, Clone)]
pub struct Held {
    pub slot: Slot,
    pub shares: bool,
    pub entry_arn: String,
    pub groups: BTreeSet<String>,
    pub is_tainted: bool,
    /// Whether the provider remembers that it made the entry.
    pub made_here: bool,
    /// Everything that is known of it, the private state included.
    text: String,
    /// The same without what was meant for one plan alone: of that nothing comes once the plan is over.
    lasting: String,
}

impl Held {
    pub fn knows(&self, entry_arn: &str) -> bool {
        self.text.contains(entry_arn)
    }

    /// Whether a principal or an entry is this grant's from now on.
    pub fn holds(&self, arn: &str) -> bool {
        self.lasting.contains(arn)
    }
}

/// `None`: a kill has torn the file, which Terraform does not write at once.
pub fn read(folder: &Path) -> Option<Vec<Held>> {
    let text = std::fs::read_to_string(folder.join("terraform.tfstate")).unwrap_or_default();
    if text.is_empty() {
        // Terraform makes it to lock it; where there is a backup, it was not empty before.
        return (!folder.join("terraform.tfstate.backup").exists()).then(Vec::new);
    }
    let state: Value = serde_json::from_str(&text).ok()?;
    let resources = state["resources"].as_array()?.iter();
    Some(resources.flat_map(held).collect())
}

fn held(resource: &Value) -> Vec<Held> {
    let slot = Slot::named(resource["name"].as_str().unwrap()).unwrap();
    let instances = resource["instances"].as_array().unwrap().iter();
    let held = |instance: &Value| {
        let private = STANDARD.decode(instance["private"].as_str().unwrap_or_default()).unwrap();
        let attributes = &instance["attributes"];
        let groups = attributes["kubernetes_groups"].as_array().cloned().unwrap_or_default();
        let private = String::from_utf8_lossy(&private);
        let mut lasting: Value = serde_json::from_str(&private).unwrap_or_default();
        if let Some(members) = lasting.as_object_mut() {
            members.retain(|name, _| name != "shown" && name != "own");
        }
        Held {
            slot,
            made_here: private.contains("\"created\":true"),
            shares: attributes["policy_management"] == "additive",
            entry_arn: attributes["access_entry_arn"].as_str().unwrap_or_default().to_owned(),
            groups: groups.iter().map(|group| group.as_str().unwrap().to_owned()).collect(),
            is_tainted: instance["status"] == "tainted",
            text: format!("{attributes} {private}"),
            lasting: format!("{attributes} {lasting}"),
        }
    };
    instances.map(held).collect()
}
