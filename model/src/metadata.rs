//! What a metric family says of itself: type, help, unit.

/// The type of a metric family, under OpenMetrics' names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MetricKind {
    /// Never declared, or text format's `untyped`.
    #[default]
    Unknown,
    /// Only goes up (and back to zero on a restart).
    Counter,
    /// Goes up and down.
    Gauge,
    /// Buckets, a sum and a count.
    Histogram,
    /// A histogram whose counts are gauges.
    GaugeHistogram,
    /// Quantiles, a sum and a count.
    Summary,
    /// Constant 1 with labels that tell something.
    Info,
    /// One series per possible state, 0 or 1.
    StateSet,
}

impl MetricKind {
    /// The name that the exposition formats and the API use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
        }
    }

    /// Reads the name; `untyped` and anything not known is [`MetricKind::Unknown`].
    pub fn from_name(name: &str) -> Self {
        match name {
            "counter" => Self::Counter,
            "gauge" => Self::Gauge,
            "histogram" => Self::Histogram,
            "gaugehistogram" => Self::GaugeHistogram,
            "summary" => Self::Summary,
            "info" => Self::Info,
            "stateset" => Self::StateSet,
            _ => Self::Unknown,
        }
    }
}

/// What a metric family says of itself. Empty text means it said nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Metadata {
    /// The family's name, which its series extend by `_total`, `_bucket` and the like; empty where it is not known,
    /// and the name of the metric stands for it.
    pub family: String,
    /// Its type.
    pub kind: MetricKind,
    /// A sentence for people.
    pub help: String,
    /// The unit, such as `seconds`.
    pub unit: String,
}
