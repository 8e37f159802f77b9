//! The receiver of Loki's push: a body in, log lines in the store out.
//!
//! Invariant: a body is read whole before anything of it is stored, so a malformed one stores nothing; of a well-formed
//! one the good lines are stored and the others told, a stream with wrong labels included. Lines are not copied, but for
//! those that a JSON body escapes. Routes are not here.

mod json;
mod labels;
mod media;
mod message;
mod metadata;
mod outcome;
mod plan;
mod ready;

pub use media::{Encoding, Format, Headers, Media, UnsupportedEncoding};
pub use outcome::{Class, Outcome, Rejected, Rejection};

use super::buffers::Buffers;
use super::byte_cache::ByteCache;
use super::decompress;
use crate::enrichment::Stream;
use crate::limits::{PUSH_INFLATED_BYTES_MAX, PUSH_STREAM_CACHE_BYTES_MAX};
use plan::Plan;
use ready::Ready;
use std::borrow::Cow;
use store::logs::{Batch, Duplicates, Logs};

/// Takes pushes; one per store, shared by all connections.
#[derive(Debug)]
pub struct Receiver {
    /// From the label text of a stream, as its sender writes it, to the stream.
    streams: ByteCache<Stream>,
    buffers: Buffers,
}

/// Where batches go: the store, or a double of it.
pub type Append<'a> = &'a dyn Fn(&Batch<'_>) -> Result<store::logs::Outcome, store::Error>;

impl Receiver {
    /// A receiver that knows no stream yet.
    pub fn new() -> Self {
        Self { streams: ByteCache::new(PUSH_STREAM_CACHE_BYTES_MAX), buffers: Buffers::default() }
    }

    /// Stores a body as it came. Blocks while the store writes. What the outcome's `rejected` names will never be stored
    /// by sending it again, except for [`Class::TooManyStreams`].
    ///
    /// # Errors
    /// When nothing was stored: the body is malformed or too large, holds no streams, or the store took nothing.
    pub fn append(&self, body: &[u8], media: Media, logs: &Logs) -> Result<Outcome, Rejection> {
        self.append_with(body, media, &|batch| logs.append(batch))
    }

    /// As [`Self::append`], into whatever `append` stores in.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_with(&self, body: &[u8], media: Media, append: Append<'_>) -> Result<Outcome, Rejection> {
        let mut outer = self.buffers.take();
        let mut inner = self.buffers.take();
        let outcome = match media.encoding {
            Encoding::Plain => Ok(body),
            Encoding::Gzip => decompress::gzip(body, &mut outer, PUSH_INFLATED_BYTES_MAX).map(|()| outer.as_slice()),
            Encoding::Deflate => {
                decompress::deflate(body, &mut outer, PUSH_INFLATED_BYTES_MAX).map(|()| outer.as_slice())
            }
        };
        let outcome = outcome.map_err(Rejection::from).and_then(|body| match media.format {
            Format::Json => self.append_json(body, append),
            Format::Protobuf => {
                decompress::snappy(body, &mut inner, PUSH_INFLATED_BYTES_MAX)?;
                self.append_plan(message::read(&inner)?, append)
            }
        });
        self.buffers.give(outer);
        self.buffers.give(inner);
        outcome
    }

    fn append_json(&self, body: &[u8], append: Append<'_>) -> Result<Outcome, Rejection> {
        // Bytes that are no UTF-8 are replaced, so that one odd line does not take the others with it.
        let text = String::from_utf8_lossy(body);
        let mut plan = json::read(&text)?;
        plan.repaired += usize::from(matches!(text, Cow::Owned(_)));
        self.append_plan(plan, append)
    }

    fn append_plan(&self, plan: Plan<'_>, append: Append<'_>) -> Result<Outcome, Rejection> {
        if plan.streams.is_empty() {
            return Err(Rejection::NoStreams);
        }
        let mut outcome = Outcome { repaired: plan.repaired, ..Outcome::default() };
        let ready = Ready::new(&plan, &self.streams, &mut outcome);
        let entries = ready.entries(&plan);
        let streams = ready.streams(&entries);
        if streams.is_empty() {
            return Ok(outcome);
        }
        let batch = Batch { streams: &streams, positions: &[], duplicates: Duplicates::Drop };
        let answer = append(&batch).map_err(Rejection::Store)?;
        outcome.stored = answer.stored;
        outcome.repeated = answer.repeated;
        for refusal in answer.refused {
            outcome.refuse(refusal, &streams);
        }
        Ok(outcome)
    }
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
