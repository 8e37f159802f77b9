//! Levels, and what labels and structured metadata say of them.
//!
//! Invariant: the sets that hold nothing but a level exist once.

use model::labels::Labels;
use std::sync::{Arc, LazyLock};

/// The name under which a line's level is kept in its structured metadata.
pub const DETECTED_LEVEL: &str = "detected_level";

/// OpenTelemetry's severity as structured metadata, a number from 1 to 24.
const SEVERITY_NUMBER: &str = "severity_number";

/// The labels that tell a level, the first that is there counts (Loki's `log_level_fields`).
const FIELDS: [&str; 14] = [
    "level",
    "LEVEL",
    "Level",
    "log.level",
    "severity",
    "SEVERITY",
    "Severity",
    "SeverityText",
    "lvl",
    "LVL",
    "Lvl",
    "severity_text",
    "Severity_Text",
    "SEVERITY_TEXT",
];

/// How bad a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Level {
    /// Nothing tells it.
    #[default]
    Unknown,
    /// `trace`
    Trace,
    /// `debug`
    Debug,
    /// `info`
    Info,
    /// `warn`
    Warn,
    /// `error`
    Error,
    /// `critical`
    Critical,
    /// `fatal`
    Fatal,
}

/// One set per level, in the order of the enum.
static SETS: LazyLock<[Labels; 8]> =
    LazyLock::new(|| Level::ALL.map(|level| Labels::from_pairs([(DETECTED_LEVEL, level.as_str())])));

impl Level {
    const ALL: [Self; 8] =
        [Self::Unknown, Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Critical, Self::Fatal];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Fatal => "fatal",
        }
    }

    /// The level that a word means, in upper or lower case; `None` when it means none.
    pub fn from_word(word: &str) -> Option<Self> {
        const WORDS: [(&str, Level); 13] = [
            ("info", Level::Info),
            ("error", Level::Error),
            ("warn", Level::Warn),
            ("warning", Level::Warn),
            ("debug", Level::Debug),
            ("trace", Level::Trace),
            ("err", Level::Error),
            ("inf", Level::Info),
            ("wrn", Level::Warn),
            ("dbg", Level::Debug),
            ("trc", Level::Trace),
            ("critical", Level::Critical),
            ("fatal", Level::Fatal),
        ];
        let known = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
        let level = known.map(|(_, level)| *level);
        level.or_else(|| word.eq_ignore_ascii_case("information").then_some(Self::Info))
    }

    /// The structured metadata of a line that has nothing but this level.
    #[expect(clippy::indexing_slicing, reason = "there is a set for each of the variants")]
    pub fn metadata(self) -> &'static Labels {
        &SETS[self as usize]
    }

    fn from_severity_number(text: &str) -> Self {
        let Ok(number) = text.parse::<i32>() else { return Self::Info };
        match number {
            0 | 25.. => Self::Unknown,
            i32::MIN..=-1 | 1..=4 => Self::Trace,
            5..=8 => Self::Debug,
            9..=12 => Self::Info,
            13..=16 => Self::Warn,
            17..=20 => Self::Error,
            21..=24 => Self::Fatal,
        }
    }
}

/// What a label set says of the level of its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Told {
    /// Nothing: the line itself is looked at.
    #[default]
    Nothing,
    /// A level.
    Level(Level),
    /// Something that is none of ours, which is kept as it is.
    Other(Arc<str>),
}

impl Told {
    /// What labels say.
    pub fn by_labels(labels: &Labels) -> Self {
        FIELDS.iter().find_map(|name| labels.get(name)).map_or(Self::Nothing, Self::by_value)
    }

    /// What structured metadata says, which may also tell a severity by its number.
    pub fn by_metadata(metadata: &Labels) -> Self {
        match Self::by_labels(metadata) {
            Self::Nothing => metadata
                .get(SEVERITY_NUMBER)
                .map_or(Self::Nothing, |number| Self::Level(Level::from_severity_number(number))),
            told => told,
        }
    }

    /// What one value says.
    pub fn by_value(value: &str) -> Self {
        Level::from_word(value).map_or_else(|| Self::Other(Arc::from(value)), Self::Level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_levels_in_either_case() {
        let check = |word: &str, expected: Option<Level>| assert_eq!(Level::from_word(word), expected, "{word}");
        check("INFO", Some(Level::Info));
        check("Information", Some(Level::Info));
        check("wrn", Some(Level::Warn));
        check("WARNING", Some(Level::Warn));
        check("err", Some(Level::Error));
        check("dbg", Some(Level::Debug));
        check("Trc", Some(Level::Trace));
        check("critical", Some(Level::Critical));
        check("fatal", Some(Level::Fatal));
        check("notice", None);
        check("", None);
    }

    #[test]
    fn every_level_has_its_own_set() {
        for level in Level::ALL {
            assert_eq!(level.metadata().get(DETECTED_LEVEL), Some(level.as_str()));
        }
    }

    #[test]
    fn the_first_name_of_the_list_counts() {
        let check = |pairs: &[(&str, &str)], expected: Told| {
            assert_eq!(Told::by_metadata(&Labels::from_pairs(pairs.iter().copied())), expected, "{pairs:?}");
        };
        check(&[("severity", "warn"), ("level", "ERROR")], Told::Level(Level::Error));
        check(&[("severity_text", "Fatal")], Told::Level(Level::Fatal));
        check(&[("level", "notice")], Told::Other(Arc::from("notice")));
        check(&[("severity_number", "17")], Told::Level(Level::Error));
        check(&[("severity_number", "0")], Told::Level(Level::Unknown));
        check(&[("severity_number", "99")], Told::Level(Level::Unknown));
        check(&[("severity_number", "many")], Told::Level(Level::Info));
        check(&[("severity_number", "17"), ("lvl", "debug")], Told::Level(Level::Debug));
        check(&[("app", "error")], Told::Nothing);
    }
}
