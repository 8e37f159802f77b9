//! The packages of the build and who depends on whom, as `cargo metadata` tells it.
//!
//! Invariant: asked without the network first; only when something is not downloaded yet may cargo fetch it.

use crate::tree::root;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

/// One package, ours or not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// The SPDX expression of its licence; empty when it declares none.
    pub(crate) licence: String,
    /// Whether it is a member of the workspace.
    pub(crate) is_ours: bool,
    /// Ids of the packages that it needs to run.
    pub(crate) needs: Vec<String>,
    /// Ids of the packages that only its tests need.
    pub(crate) tests_need: Vec<String>,
}

/// Packages by cargo's id.
pub(crate) type Packages = BTreeMap<String, Package>;

/// Every package that the workspace is built from on Linux, asked once.
pub(crate) fn packages() -> &'static Packages {
    static PACKAGES: OnceLock<Packages> = OnceLock::new();
    PACKAGES.get_or_init(|| {
        let metadata = ask(true).or_else(|_| ask(false)).unwrap_or_else(|error| panic!("cargo metadata: {error}"));
        read(&metadata)
    })
}

/// A package that only a test knows; its id is its name.
pub(crate) fn sample(name: &str, licence: &str, needs: &[&str]) -> (String, Package) {
    let needs = needs.iter().map(|need| (*need).to_owned()).collect();
    let package =
        Package { name: name.to_owned(), licence: licence.to_owned(), is_ours: true, needs, ..Package::default() };
    (name.to_owned(), package)
}

fn ask(offline: bool) -> Result<Value, String> {
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.current_dir(root()).args(["metadata", "--format-version", "1", "--locked"]);
    cargo.args(["--filter-platform", "x86_64-unknown-linux-gnu"]);
    if offline {
        cargo.arg("--offline");
    }
    let output = cargo.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

fn read(metadata: &Value) -> Packages {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let ours = list(&metadata["workspace_members"]);
    let mut packages = Packages::new();
    for package in list(&metadata["packages"]) {
        let (name, licence) = (text(&package["name"]), text(&package["license"]));
        let is_ours = ours.contains(&package["id"]);
        packages.insert(text(&package["id"]), Package { name, licence, is_ours, ..Package::default() });
    }
    for node in list(&metadata["resolve"]["nodes"]) {
        let Some(package) = packages.get_mut(&text(&node["id"])) else { continue };
        for need in list(&node["deps"]) {
            let only_tests = list(&need["dep_kinds"]).iter().all(|kind| kind["kind"] == "dev");
            let needs = if only_tests { &mut package.tests_need } else { &mut package.needs };
            needs.push(text(&need["pkg"]));
        }
    }
    // Whatever is not resolved for Linux is not built.
    let built: Vec<_> = list(&metadata["resolve"]["nodes"]).iter().map(|node| text(&node["id"])).collect();
    packages.retain(|id, _| built.contains(id));
    packages
}
