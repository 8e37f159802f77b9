//! Times with a zone, as Go's `time.Time`.
//!
//! Invariant: years -9999 to 9999; what lies outside is the nearest that there is. Zones come with the program. Where Go
//! would take the machine's zone, this takes UTC, so that a template gives the same everywhere.

mod format;
pub(super) mod methods;
mod parse;
mod word;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use model::time::Nanos;
use std::fmt;
use std::sync::LazyLock;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The first second of the year 1, which is Go's zero time.
const ZERO_SECONDS: i64 = -62_135_596_800;

/// An instant and the zone that it is shown in.
#[derive(Clone, Debug)]
pub struct Time {
    instant: Timestamp,
    zone: Zone,
}

/// A zone.
#[derive(Clone, Debug)]
pub struct Zone {
    rules: Rules,
}

#[derive(Clone, Debug)]
enum Rules {
    Utc,
    Named(TimeZone),
    /// Seconds east of Greenwich, with a name that may be empty.
    Fixed(i32, String),
}

/// What a clock and a calendar on the wall show.
struct Shown {
    civil: DateTime,
    /// Seconds east of Greenwich.
    offset: i32,
    /// Short name of the zone; empty when it has none.
    name: String,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self { rules: Rules::Utc };

    /// A zone of the IANA database, `UTC`, or `Local`, which is UTC here; `None` for a name that is none.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "" | "UTC" | "Local" => Some(Self::UTC),
            name => ZONES.get(name).ok().map(|zone| Self { rules: Rules::Named(zone) }),
        }
    }

    fn fixed(offset: i32, name: &str) -> Self {
        Self { rules: Rules::Fixed(offset, name.to_owned()) }
    }

    fn rules(&self) -> TimeZone {
        match &self.rules {
            Rules::Utc => TimeZone::UTC,
            Rules::Named(zone) => zone.clone(),
            Rules::Fixed(seconds, _) => Offset::from_seconds(*seconds).map_or(TimeZone::UTC, TimeZone::fixed),
        }
    }
}

impl Time {
    /// An instant in UTC.
    pub fn utc(at: Nanos) -> Self {
        Self::at(at.0.div_euclid(1_000_000_000), i32::try_from(at.0.rem_euclid(1_000_000_000)).unwrap_or(0))
    }

    /// Seconds since the epoch and nanoseconds, in UTC.
    pub(super) fn at(seconds: i64, nanos: i32) -> Self {
        let nearest = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self { instant: Timestamp::new(seconds, nanos).unwrap_or(nearest), zone: Zone::UTC }
    }

    /// The same instant shown in another zone.
    #[must_use]
    pub fn within(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// The time that a calendar and a clock show in a zone.
    fn from_civil(civil: DateTime, zone: Zone) -> Self {
        let instant = zone.rules().to_ambiguous_timestamp(civil).compatible().unwrap_or(Timestamp::UNIX_EPOCH);
        Self { instant, zone }
    }

    /// Reads a time in a layout of Go's; a text that names no zone is taken to be in `zone`.
    pub fn parse(layout: &str, text: &str, zone: &Zone) -> Option<Self> {
        parse::parse(layout, text, zone)
    }

    /// Writes it in a layout of Go's, such as `2006-01-02 15:04:05`.
    pub fn format(&self, layout: &str) -> String {
        format::format(&self.shown(), layout)
    }

    /// Whole seconds since the epoch, rounded down.
    pub fn seconds(&self) -> i64 {
        let seconds = self.instant.as_second();
        if self.instant.subsec_nanosecond() < 0 { seconds.saturating_sub(1) } else { seconds }
    }

    /// Nanoseconds within the second.
    fn nanosecond(&self) -> i64 {
        i64::from(self.instant.subsec_nanosecond()).rem_euclid(1_000_000_000)
    }

    /// Whole milliseconds since the epoch, rounded down.
    pub fn millis(&self) -> i64 {
        self.seconds().saturating_mul(1_000).saturating_add(self.nanosecond() / 1_000_000)
    }

    /// Nanoseconds since the epoch, saturating before 1677 and after 2262.
    pub fn nanos(&self) -> i64 {
        i64::try_from(self.instant.as_nanosecond()).unwrap_or(if self.instant.as_second() < 0 {
            i64::MIN
        } else {
            i64::MAX
        })
    }

    /// Later by so many nanoseconds.
    fn plus(&self, nanos: i64) -> Self {
        let total = self.instant.as_nanosecond().saturating_add(i128::from(nanos));
        let nearest = if total < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self { instant: Timestamp::from_nanosecond(total).unwrap_or(nearest), zone: self.zone.clone() }
    }

    /// Nanoseconds since an earlier time, saturating.
    fn since(&self, earlier: &Self) -> i64 {
        let nanos = self.instant.as_nanosecond() - earlier.instant.as_nanosecond();
        i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
    }

    fn shown(&self) -> Shown {
        let rules = self.zone.rules();
        let info = rules.to_offset_info(self.instant);
        let name = match &self.zone.rules {
            Rules::Utc => "UTC".to_owned(),
            Rules::Fixed(_, name) => name.clone(),
            Rules::Named(_) => info.abbreviation().to_owned(),
        };
        Shown { civil: info.offset().to_datetime(self.instant), offset: info.offset().seconds(), name }
    }
}

impl Default for Time {
    /// Go's zero time: the year 1.
    fn default() -> Self {
        Self::at(ZERO_SECONDS, 0)
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.instant == other.instant
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}
