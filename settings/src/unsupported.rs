//! Keys that are known and that Belfry does not support yet: told by name, never taken for a typing error or ignored.

use super::report::{Key, Report};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use serde_saphyr::{Location, Spanned};

/// A key that is known and not supported yet; holds its place when it was written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unsupported(Option<Location>);

impl Unsupported {
    /// Whether it was written.
    pub fn is_written(self) -> bool {
        self.0.is_some()
    }

    /// A finding, when it was written.
    pub fn refuse(self, name: &str, key: &Key, report: &mut Report) {
        if let Some(place) = self.0 {
            report.add(&key.field(name), place, format!("not supported yet, got {name}"));
        }
    }
}

impl<'de> Deserialize<'de> for Unsupported {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::<IgnoredAny>::deserialize(deserializer).map(|raw| Self(Some(raw.referenced)))
    }
}
