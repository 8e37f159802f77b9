//! Reads one page into what is appended: known series by reference, new ones by their labels.
//!
//! Invariant: a page is read as a whole or not at all; a failure keeps only how much was counted. Nothing is appended
//! here.

use super::cache::{Cache, Meaning, Slot};
use super::exposition::{Entry, Format, Mode, Parser, RawExemplar, Sample, SeriesError, base_name, belongs_to, series};
use super::failure::{Failure, FailureClass};
use super::families::Families;
use super::sample_labels::stored_labels;
use crate::config::Job;
use crate::limits::{PAGE_FAMILIES_MAX, PAGE_SAMPLES_MAX};
use model::labels::Labels;
use model::metadata::{Metadata, MetricKind};
use model::time::Millis;
use store::metrics::{Exemplar, SeriesRef};

/// Whose page it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) job: &'a Job,
    /// The target's labels.
    pub(super) labels: &'a Labels,
    /// The time of samples that do not say their own.
    pub(super) at: Millis,
}

/// How a line's series is named in the batch.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line {
    /// Known, at this place of the cache.
    Known(Slot, SeriesRef),
    /// The new series of this number.
    New(usize),
}

/// One sample to append.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending<'a> {
    pub(super) line: Line,
    /// The text and type, to read the labels again should the store have forgotten the series.
    pub(super) text: &'a str,
    pub(super) kind: MetricKind,
    pub(super) timestamp: Millis,
    pub(super) value: f64,
    /// Whether it is due a stale marker when it vanishes.
    pub(super) tracked: bool,
    pub(super) exemplar: Option<usize>,
    pub(super) metadata: Option<usize>,
}

/// How much a page held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Samples on the page.
    pub(crate) scraped: u64,
    /// Samples that metric relabeling left.
    pub(crate) kept: u64,
    /// Series that were not known.
    pub(crate) added: u64,
    /// Lines that were skipped, in lenient jobs.
    pub(crate) skipped: u64,
    /// Bytes of the page.
    pub(crate) bytes: u64,
}

/// What is appended of a page.
#[derive(Debug, Default)]
pub(super) struct Reading<'a> {
    pub(super) pending: Vec<Pending<'a>>,
    /// Labels of the new series.
    pub(super) new: Vec<Labels>,
    pub(super) exemplars: Vec<Exemplar>,
    pub(super) metadata: Vec<Metadata>,
    pub(super) counts: Counts,
}

/// Reads the page. The counts tell how far it got, also when it fails.
pub(super) fn read<'a>(
    page: &'a [u8],
    format: Format,
    context: Context<'_>,
    cache: &mut Cache,
    families: &mut Families,
) -> (Reading<'a>, Option<Failure>) {
    cache.begin_page();
    families.begin_page();
    let mode = if context.job.lenient { Mode::Lenient } else { Mode::Strict };
    let mut reader = Reader { context, cache, families, reading: Reading::default(), family_metadata: None };
    reader.reading.counts.bytes = page.len() as u64;
    let mut parser = Parser::new(page, format, mode);
    let failure = reader.read_all(&mut parser).err().or_else(|| reader.over_sample_limit());
    let mut reading = reader.reading;
    reading.counts.skipped = parser.skipped();
    (reading, failure)
}

struct Reader<'a, 'b> {
    context: Context<'b>,
    cache: &'b mut Cache,
    families: &'b mut Families,
    reading: Reading<'a>,
    /// Where the metadata of the family at hand stands in the reading, once a sample needed it.
    family_metadata: Option<usize>,
}

impl<'a> Reader<'a, '_> {
    fn read_all(&mut self, parser: &mut Parser<'a>) -> Result<(), Failure> {
        while let Some(entry) = parser.next() {
            match entry.map_err(|error| Failure::new(FailureClass::Parse, error.to_string()))? {
                Entry::Type(family, kind) => self.declare(&family, |metadata| metadata.kind = kind)?,
                Entry::Help(family, help) => self.declare(&family, |metadata| metadata.help = help.into_owned())?,
                Entry::Unit(family, unit) => self.declare(&family, |metadata| metadata.unit = unit.into_owned())?,
                Entry::Sample(sample) => {
                    self.reading.counts.scraped += 1;
                    if self.reading.counts.scraped > PAGE_SAMPLES_MAX {
                        return Err(too_many("samples", PAGE_SAMPLES_MAX));
                    }
                    if let Err(error) = self.take(&sample)? {
                        self.reading.counts.scraped -= 1;
                        let refused = parser.refuse(&sample, &error);
                        refused.map_err(|error| Failure::new(FailureClass::Parse, error.to_string()))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn declare(&mut self, family: &str, change: impl FnOnce(&mut Metadata)) -> Result<(), Failure> {
        self.families.declare(family, change);
        self.family_metadata = None;
        if self.families.len() > PAGE_FAMILIES_MAX {
            return Err(too_many("metric families", PAGE_FAMILIES_MAX as u64));
        }
        Ok(())
    }

    /// Takes a sample in. The inner error is one of its text, which a lenient job skips.
    fn take(&mut self, sample: &Sample<'a>) -> Result<Result<(), SeriesError>, Failure> {
        let line = match self.cache.look_up(sample.series) {
            Some((slot, Meaning::Series(series))) => Line::Known(slot, series),
            Some((_, Meaning::Dropped)) => return Ok(Ok(())),
            None => match self.meet(sample)? {
                Ok(Some(number)) => Line::New(number),
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            },
        };
        self.push(sample, line);
        Ok(Ok(()))
    }

    /// A text that was not met before: the number of the new series, or `None` when relabeling drops it.
    fn meet(&mut self, sample: &Sample<'a>) -> Result<Result<Option<usize>, SeriesError>, Failure> {
        let exposed = match series::labels(sample.series, sample.kind) {
            Ok(labels) => labels,
            Err(error) => return Ok(Err(error)),
        };
        let Some(labels) = stored_labels(self.context.job, self.context.labels, sample.series, &exposed)? else {
            self.cache.learn(sample.series, Meaning::Dropped);
            return Ok(Ok(None));
        };
        self.reading.new.push(labels);
        self.reading.counts.added += 1;
        Ok(Ok(Some(self.reading.new.len() - 1)))
    }

    fn push(&mut self, sample: &Sample<'a>, line: Line) {
        self.reading.counts.kept += 1;
        if self.is_over_limit() {
            // The rest is only counted, so that the report says how far over the limit the target is.
            return;
        }
        let own_time = sample.timestamp.filter(|_| self.context.job.honor_timestamps);
        let timestamp = own_time.unwrap_or(self.context.at);
        let exemplar = sample.exemplar.as_ref().and_then(|exemplar| self.push_exemplar(exemplar, timestamp));
        let metadata = self.metadata_of(sample.series, matches!(line, Line::New(_)));
        self.reading.pending.push(Pending {
            line,
            text: sample.series,
            kind: sample.kind,
            timestamp,
            value: sample.value,
            tracked: own_time.is_none() || self.context.job.track_timestamps_staleness,
            exemplar,
            metadata,
        });
    }

    fn push_exemplar(&mut self, exemplar: &RawExemplar<'_>, timestamp: Millis) -> Option<usize> {
        // As in Prometheus, an exemplar whose labels are of no use is dropped and its sample kept.
        let labels = exemplar.labels().ok()?;
        let timestamp = exemplar.timestamp.unwrap_or(timestamp);
        self.reading.exemplars.push(Exemplar { labels, value: exemplar.value, timestamp });
        Some(self.reading.exemplars.len() - 1)
    }

    /// The family's metadata, where the store may not have it: with new series, and when it changed.
    fn metadata_of(&mut self, series: &str, is_new: bool) -> Option<usize> {
        let (family, metadata, changed) = self.families.current()?;
        if !(is_new || changed) || !belongs_to(base_name(series), family, metadata.kind) {
            return None;
        }
        if self.family_metadata.is_none() {
            self.reading.metadata.push(metadata.clone());
            self.family_metadata = Some(self.reading.metadata.len() - 1);
        }
        self.family_metadata
    }

    fn is_over_limit(&self) -> bool {
        let limit = self.context.job.limits.sample_limit;
        limit > 0 && self.reading.counts.kept > limit
    }

    fn over_sample_limit(&self) -> Option<Failure> {
        let (kept, limit) = (self.reading.counts.kept, self.context.job.limits.sample_limit);
        self.is_over_limit().then(|| {
            Failure::new(FailureClass::SampleLimit, format!("sample limit exceeded (samples: {kept}, limit: {limit})"))
        })
    }
}

fn too_many(what: &str, max: u64) -> Failure {
    Failure::new(FailureClass::SampleLimit, format!("page holds too many {what}, at most {max} allowed"))
}
