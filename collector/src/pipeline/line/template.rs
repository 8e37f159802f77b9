//! `template`: a template over what was found becomes a value.
//!
//! Invariant: nothing changes when it cannot be rendered; an empty text takes the value away.

use crate::pipeline::template::{Shown, StageTemplate};
use crate::pipeline::{Entry, Value};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use settings::report::{Report, Spot};

/// As written.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawTemplate {
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<Spanned<String>>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct TemplateStage {
    source: String,
    template: StageTemplate,
}

impl TemplateStage {
    pub(crate) fn read(raw: RawTemplate, spot: &Spot, report: &mut Report) -> Option<Self> {
        if raw.source.is_empty() {
            return spot.refuse(report, "source is required");
        }
        let template = spot.read(report, "template", raw.template, |text| StageTemplate::parse(&text)).ok()?;
        let Some(template) = template else { return spot.refuse(report, "template is required") };
        Some(Self { source: raw.source, template })
    }

    pub(crate) fn apply(&self, entry: &mut Entry<'_>) {
        let value = entry.extracted.text(&self.source);
        let rendered = self.template.render(Shown { entry, value: value.as_deref() });
        drop(value);
        match rendered {
            Ok(text) if text.is_empty() => entry.extracted.remove(&self.source),
            Ok(text) => entry.extracted.set(&self.source, Value::Text(text)),
            Err(_) => {}
        }
    }
}
