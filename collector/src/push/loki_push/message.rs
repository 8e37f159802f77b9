//! `logproto.PushRequest`, read without copying.
//!
//! Invariant: fields that nobody knows are skipped; fields may come in any order. A line that is no UTF-8 is repaired.

use super::outcome::Rejection;
use super::plan::{LabelText, MetadataText, Plan, PlannedEntry};
use crate::json::Text;
use crate::push::protobuf::{Reader, WireError};
use model::time::Nanos;

/// The key of a pair of structured metadata in an entry: number 3, length-delimited.
const METADATA_KEY: u8 = 0x1a;
const NANOS_PER_SECOND: i64 = 1_000_000_000;
/// What an entry takes at least in usual pushes, for a first guess of how many there are.
const USUAL_ENTRY_BYTES: usize = 200;

/// Reads a whole request.
///
/// # Errors
/// When it is malformed or holds more than one push may.
pub(super) fn read(message: &[u8]) -> Result<Plan<'_>, Rejection> {
    let mut plan = Plan { entries: Vec::with_capacity(message.len() / USUAL_ENTRY_BYTES), ..Plan::default() };
    let mut request = Reader::new(message);
    while let Some(field) = request.next_field()? {
        if field.number == 1 {
            stream(field.bytes()?, &mut plan)?;
        }
    }
    Ok(plan)
}

fn stream<'a>(mut stream: Reader<'a>, plan: &mut Plan<'a>) -> Result<(), Rejection> {
    let first = plan.entries.len();
    let mut labels: &[u8] = b"";
    while let Some(field) = stream.next_field()? {
        match field.number {
            1 => labels = field.bytes()?.rest(),
            2 => {
                let entry = entry(field.bytes()?, plan)?;
                plan.push_entry(entry)?;
            }
            _ => {}
        }
    }
    plan.push_stream(LabelText::Selector(labels), first)
}

fn entry<'a>(mut entry: Reader<'a>, plan: &mut Plan<'a>) -> Result<PlannedEntry<'a>, WireError> {
    let whole = entry;
    let (mut at, mut line, mut metadata) = (Nanos(0), Text::Body(""), MetadataText::None);
    loop {
        let pairs = entry.take_run(METADATA_KEY)?;
        if !pairs.is_empty() {
            // Pairs that stand apart: reading them skips what stands between.
            let pairs = if metadata == MetadataText::None { pairs } else { whole.rest() };
            metadata = MetadataText::Fields(pairs);
        }
        let Some(field) = entry.next_field()? else { break };
        match field.number {
            1 => at = timestamp(field.bytes()?)?,
            2 => line = text(field.bytes()?.rest(), plan),
            _ => {}
        }
    }
    Ok(PlannedEntry { timestamp: at, line, metadata })
}

fn text<'a>(bytes: &'a [u8], plan: &mut Plan<'a>) -> Text<'a> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Text::Body(text);
    }
    plan.repaired += 1;
    let start = plan.texts.len();
    plan.texts.push_str(&String::from_utf8_lossy(bytes));
    Text::Own { start, end: plan.texts.len() }
}

fn timestamp(mut message: Reader<'_>) -> Result<Nanos, WireError> {
    let (mut seconds, mut nanos) = (0, 0);
    while let Some(field) = message.next_field()? {
        match field.number {
            1 => seconds = field.int64()?,
            2 => nanos = field.int64()?,
            _ => {}
        }
    }
    Ok(Nanos(seconds.saturating_mul(NANOS_PER_SECOND).saturating_add(nanos)))
}
