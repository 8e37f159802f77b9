//! Times written in a layout.
//!
//! Invariant: as Go's `Time.Format`.

use super::Shown;
use super::word::{OffsetForm, Padding, Word, cut};
use std::fmt::Write as _;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(super) fn format(shown: &Shown, layout: &str) -> String {
    let mut text = String::new();
    let mut rest = layout;
    loop {
        let (before, word, after) = cut(rest);
        text.push_str(before);
        let Some(word) = word else { return text };
        push(&mut text, shown, word);
        rest = after;
    }
}

fn push(text: &mut String, shown: &Shown, word: Word) {
    let civil = shown.civil;
    let (year, hour) = (civil.year(), civil.hour());
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    // A String never refuses text.
    let _ = match word {
        Word::Year if year < 0 => write!(text, "-{:04}", year.unsigned_abs()),
        Word::Year => write!(text, "{year:04}"),
        Word::YearOfCentury => write!(text, "{:02}", year.rem_euclid(100)),
        Word::MonthName => write!(text, "{}", month(shown)),
        Word::MonthShort => write!(text, "{}", short(month(shown))),
        Word::Month { padded } => number(text, civil.month().unsigned_abs(), padding(padded), 2),
        Word::WeekdayName => write!(text, "{}", weekday(shown)),
        Word::WeekdayShort => write!(text, "{}", short(weekday(shown))),
        Word::Day(padding) => number(text, civil.day().unsigned_abs(), padding, 2),
        Word::DayOfYear(padding) => number(text, civil.day_of_year().unsigned_abs(), padding, 3),
        Word::Hour => write!(text, "{hour:02}"),
        Word::Hour12 { padded } => number(text, hour12.unsigned_abs(), padding(padded), 2),
        Word::Minute { padded } => number(text, civil.minute().unsigned_abs(), padding(padded), 2),
        Word::Second { padded } => number(text, civil.second().unsigned_abs(), padding(padded), 2),
        Word::Fraction { separator, digits, trimmed } => {
            fraction(text, civil.subsec_nanosecond(), separator, (digits, trimmed));
            Ok(())
        }
        Word::UpperHalf => write!(text, "{}", if hour >= 12 { "PM" } else { "AM" }),
        Word::LowerHalf => write!(text, "{}", if hour >= 12 { "pm" } else { "am" }),
        Word::ZoneName if shown.name.is_empty() => {
            let minutes = shown.offset % 3_600 != 0;
            offset(text, shown.offset, OffsetForm { z: false, colons: false, minutes, seconds: false });
            Ok(())
        }
        Word::ZoneName => write!(text, "{}", shown.name),
        Word::Offset(form) => {
            offset(text, shown.offset, form);
            Ok(())
        }
    };
}

const fn padding(padded: bool) -> Padding {
    if padded { Padding::Zero } else { Padding::None }
}

fn number(text: &mut String, number: impl Into<u16>, padding: Padding, width: usize) -> std::fmt::Result {
    let number = number.into();
    match padding {
        Padding::None => write!(text, "{number}"),
        Padding::Space => write!(text, "{number:width$}"),
        Padding::Zero => write!(text, "{number:0width$}"),
    }
}

pub(super) fn month(shown: &Shown) -> &'static str {
    let at = usize::from(shown.civil.month().unsigned_abs()).saturating_sub(1);
    MONTHS.get(at).copied().unwrap_or_default()
}

pub(super) fn weekday(shown: &Shown) -> &'static str {
    let at = usize::from(shown.civil.weekday().to_sunday_zero_offset().unsigned_abs());
    WEEKDAYS.get(at).copied().unwrap_or_default()
}

fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

fn fraction(text: &mut String, nanos: i32, separator: char, (digits, trimmed): (usize, bool)) {
    let all = format!("{nanos:09}");
    let mut shown = all.get(..digits.min(9)).unwrap_or(&all);
    if trimmed {
        shown = shown.trim_end_matches('0');
        if shown.is_empty() {
            return;
        }
    }
    text.push(separator);
    text.push_str(shown);
}

fn offset(text: &mut String, seconds: i32, form: OffsetForm) {
    if form.z && seconds == 0 {
        return text.push('Z');
    }
    let total = seconds.unsigned_abs();
    let colon = if form.colons { ":" } else { "" };
    text.push(if seconds < 0 { '-' } else { '+' });
    // A String never refuses text.
    let _ = write!(text, "{:02}", total / 3_600);
    if form.minutes {
        let _ = write!(text, "{colon}{:02}", total / 60 % 60);
    }
    if form.seconds {
        let _ = write!(text, "{colon}{:02}", total % 60);
    }
}
