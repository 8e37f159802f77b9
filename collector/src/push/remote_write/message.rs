//! `prometheus.WriteRequest` of remote write 1.0, read without copying.
//!
//! Invariant: the label fields of a series are yielded as their very bytes, so that a known series is found by them
//! alone. Fields that nobody knows are skipped.

use crate::push::protobuf::{Field, Reader, WireError};
use model::metadata::{Metadata, MetricKind};
use model::time::Millis;

/// The key of a label field: number 1, length-delimited.
const LABEL_KEY: u8 = 0x0a;

/// One part of a request.
pub(super) enum Part<'a> {
    Series(Series<'a>),
    Metadata { family: &'a str, metadata: Metadata },
}

/// A series: its labels, then what was measured.
pub(super) struct Series<'a> {
    /// The bytes of all label fields; [`labels`] reads them.
    pub(super) labels: &'a [u8],
    points: Reader<'a>,
}

/// Something of a series. Histograms and exemplars are read by their own modules.
pub(super) enum Point<'a> {
    Float { timestamp: Millis, value: f64 },
    Exemplar(Reader<'a>),
    Histogram(Reader<'a>),
}

/// The next part of the request, or `None` at its end.
pub(super) fn next_part<'a>(request: &mut Reader<'a>) -> Result<Option<Part<'a>>, WireError> {
    while let Some(field) = request.next_field()? {
        match field.number {
            1 => {
                let mut points = field.bytes()?;
                let labels = points.take_run(LABEL_KEY)?;
                return Ok(Some(Part::Series(Series { labels, points })));
            }
            3 => return metadata(field.bytes()?).map(Some),
            _ => {}
        }
    }
    Ok(None)
}

impl<'a> Series<'a> {
    /// The next thing of the series, or `None` at its end.
    pub(super) fn next_point(&mut self) -> Result<Option<Point<'a>>, WireError> {
        while let Some(field) = self.points.next_field()? {
            match field.number {
                1 => return Err(field.refuse("label stands behind a sample, expected all labels first")),
                2 => return float(field.bytes()?).map(Some),
                3 => return Ok(Some(Point::Exemplar(field.bytes()?))),
                4 => return Ok(Some(Point::Histogram(field.bytes()?))),
                _ => {}
            }
        }
        Ok(None)
    }
}

fn float<'a>(mut sample: Reader<'_>) -> Result<Point<'a>, WireError> {
    let (mut timestamp, mut value) = (Millis(0), 0.0);
    while let Some(field) = sample.next_field()? {
        match field.number {
            1 => value = field.double()?,
            2 => timestamp = Millis(field.int64()?),
            _ => {}
        }
    }
    Ok(Point::Float { timestamp, value })
}

/// Hands over the names and values of label fields, in their order.
///
/// # Errors
/// When a label is malformed or not UTF-8; the offset counts from the first of these bytes.
pub(super) fn labels<'a>(fields: &'a [u8], mut take: impl FnMut(&'a str, &'a str)) -> Result<(), WireError> {
    let mut fields = Reader::new(fields);
    while let Some(field) = fields.next_field()? {
        let (name, value) = label(&field)?;
        take(name, value);
    }
    Ok(())
}

/// The name and the value of one label field.
pub(super) fn label<'a>(field: &Field<'a>) -> Result<(&'a str, &'a str), WireError> {
    let (mut name, mut value) = ("", "");
    let mut label = field.bytes()?;
    while let Some(field) = label.next_field()? {
        match field.number {
            1 => name = field.text()?,
            2 => value = field.text()?,
            _ => {}
        }
    }
    Ok((name, value))
}

fn metadata(mut message: Reader<'_>) -> Result<Part<'_>, WireError> {
    let mut family = "";
    let mut metadata = Metadata::default();
    while let Some(field) = message.next_field()? {
        match field.number {
            1 => metadata.kind = kind(field.varint()?),
            2 => {
                family = field.text()?;
                family.clone_into(&mut metadata.family);
            }
            4 => field.text()?.clone_into(&mut metadata.help),
            5 => field.text()?.clone_into(&mut metadata.unit),
            _ => {}
        }
    }
    Ok(Part::Metadata { family, metadata })
}

fn kind(number: u64) -> MetricKind {
    match number {
        1 => MetricKind::Counter,
        2 => MetricKind::Gauge,
        3 => MetricKind::Histogram,
        4 => MetricKind::GaugeHistogram,
        5 => MetricKind::Summary,
        6 => MetricKind::Info,
        7 => MetricKind::StateSet,
        _ => MetricKind::Unknown,
    }
}
