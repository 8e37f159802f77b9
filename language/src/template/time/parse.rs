//! Times read in a layout.
//!
//! Invariant: as Go's `time.ParseInLocation`, which is lenient where it can be: spaces of any length, a fraction of a
//! second that the layout does not name.

use super::format::{MONTHS, WEEKDAYS};
use super::word::{OffsetForm, Padding, Word, cut};
use super::{Time, Zone};
use jiff::civil::{Date, DateTime};

pub(super) fn parse(layout: &str, text: &str, zone: &Zone) -> Option<Time> {
    let mut read = Read { month: 1, day: 1, ..Read::default() };
    let (mut layout, mut text) = (layout, text);
    loop {
        let (before, word, after) = cut(layout);
        text = skip(text, before)?;
        let Some(word) = word else { break };
        text = read.word(word, text, after)?;
        layout = after;
    }
    text.is_empty().then(|| read.time(zone))?
}

/// What has been read.
#[derive(Default)]
struct Read {
    year: i16,
    month: i8,
    day: i8,
    day_of_year: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanos: i32,
    /// The second or the first half of the day.
    afternoon: Option<bool>,
    offset: Option<i32>,
    zone_name: Option<String>,
}

impl Read {
    /// Reads a word; what follows it.
    fn word<'t>(&mut self, word: Word, text: &'t str, after: &str) -> Option<&'t str> {
        let mut rest = text;
        match word {
            Word::Year => self.year = digits(&mut rest, 4, 4)?,
            Word::YearOfCentury => {
                let year: i16 = digits(&mut rest, 2, 2)?;
                self.year = year + if year >= 69 { 1_900 } else { 2_000 };
            }
            Word::MonthName => self.month = name(&mut rest, &MONTHS, usize::MAX)? + 1,
            Word::MonthShort => self.month = name(&mut rest, &MONTHS, 3)? + 1,
            Word::Month { padded } => self.month = digits(&mut rest, least(padded), 2)?,
            Word::WeekdayName => _ = name(&mut rest, &WEEKDAYS, usize::MAX)?,
            Word::WeekdayShort => _ = name(&mut rest, &WEEKDAYS, 3)?,
            Word::Day(padding) => {
                if padding == Padding::Space {
                    rest = rest.strip_prefix(' ').unwrap_or(rest);
                }
                self.day = digits(&mut rest, least(padding == Padding::Zero), 2)?;
            }
            Word::DayOfYear(padding) => {
                if padding == Padding::Space {
                    rest = rest.trim_start_matches(' ');
                }
                self.day_of_year = Some(digits(&mut rest, if padding == Padding::Zero { 3 } else { 1 }, 3)?);
            }
            Word::Hour => self.hour = digits(&mut rest, 1, 2)?,
            Word::Hour12 { padded } => {
                self.hour = digits(&mut rest, least(padded), 2).filter(|hour| *hour <= 12)?;
            }
            Word::Minute { padded } => self.minute = digits(&mut rest, least(padded), 2)?,
            Word::Second { padded } => {
                self.second = digits(&mut rest, least(padded), 2)?;
                if !matches!(cut(after), (_, Some(Word::Fraction { .. }), _)) {
                    self.fraction(&mut rest, None);
                }
            }
            Word::Fraction { trimmed: true, .. } => self.fraction(&mut rest, None),
            Word::Fraction { digits, .. } => {
                let before = rest.len();
                self.fraction(&mut rest, Some(digits));
                (before - rest.len() == digits + 1).then_some(())?;
            }
            Word::UpperHalf => self.afternoon = Some(half(&mut rest, "AM", "PM")?),
            Word::LowerHalf => self.afternoon = Some(half(&mut rest, "am", "pm")?),
            Word::ZoneName => self.zone_name(&mut rest)?,
            Word::Offset(form) => self.offset = Some(offset(&mut rest, form)?),
        }
        Some(rest)
    }

    /// A point or comma with digits, if there is one; `exactly` so many.
    fn fraction(&mut self, rest: &mut &str, exactly: Option<usize>) {
        let Some(after) = rest.strip_prefix(['.', ',']) else { return };
        let count = after.bytes().take_while(u8::is_ascii_digit).count();
        let taken = exactly.unwrap_or(count).min(count);
        let Some((digits, after)) = after.split_at_checked(taken).filter(|(digits, _)| !digits.is_empty()) else {
            return;
        };
        let nanos = digits.chars().chain(std::iter::repeat('0')).take(9).collect::<String>();
        self.nanos = nanos.parse().unwrap_or(0);
        *rest = after;
    }

    fn zone_name(&mut self, rest: &mut &str) -> Option<()> {
        if let Some(after) = rest.strip_prefix("UTC") {
            (*rest, self.offset) = (after, Some(0));
            return Some(());
        }
        let length = rest.bytes().take_while(u8::is_ascii_uppercase).count();
        (3..=5).contains(&length).then_some(())?;
        let (name, after) = rest.split_at_checked(length)?;
        self.zone_name = Some(name.to_owned());
        *rest = after;
        Some(())
    }

    fn time(self, zone: &Zone) -> Option<Time> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let date = match self.day_of_year {
            Some(day) => Date::new(self.year, 1, 1).ok()?.with().day_of_year(day).build().ok()?,
            None => Date::new(self.year, self.month, self.day).ok()?,
        };
        let time = jiff::civil::Time::new(hour, self.minute, self.second, self.nanos).ok()?;
        let civil = DateTime::from_parts(date, time);
        let Some(offset) = self.offset else {
            let time = Time::from_civil(civil, zone.clone());
            return Some(match self.zone_name {
                // A name without offset is known to its own zone only; another counts as UTC.
                Some(name) if time.shown().name != name => Time::from_civil(civil, Zone::fixed(0, &name)),
                _ => time,
            });
        };
        let exact = Time::from_civil(civil, Zone::fixed(offset, self.zone_name.as_deref().unwrap_or_default()));
        let local = exact.clone().within(if offset == 0 { Zone::UTC } else { zone.clone() });
        Some(if local.shown().offset == offset { local } else { exact })
    }
}

const fn least(padded: bool) -> usize {
    if padded { 2 } else { 1 }
}

/// Text that stands as it is; a space stands for any number of them.
fn skip<'t>(text: &'t str, expected: &str) -> Option<&'t str> {
    let (mut text, mut expected) = (text, expected);
    while let Some(first) = expected.chars().next() {
        if first == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            (text, expected) = (text.trim_start_matches(' '), expected.trim_start_matches(' '));
            continue;
        }
        text = text.strip_prefix(first)?;
        expected = expected.get(first.len_utf8()..)?;
    }
    Some(text)
}

/// Cuts a number of digits off.
fn digits<N: std::str::FromStr>(rest: &mut &str, least: usize, most: usize) -> Option<N> {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at_checked(count).filter(|_| count >= least)?;
    *rest = after;
    number.parse().ok()
}

/// Cuts a name off, of which only the first letters may be written; its place among all.
fn name(rest: &mut &str, names: &[&str], letters: usize) -> Option<i8> {
    for (at, name) in names.iter().enumerate() {
        let wanted = name.get(..letters).unwrap_or(name);
        let begins = rest.get(..wanted.len()).is_some_and(|written| written.eq_ignore_ascii_case(wanted));
        if begins {
            *rest = rest.get(wanted.len()..).unwrap_or_default();
            return i8::try_from(at).ok();
        }
    }
    None
}

fn half(rest: &mut &str, first: &str, second: &str) -> Option<bool> {
    let (written, after) = rest.split_at_checked(2)?;
    *rest = after;
    if written == second { Some(true) } else { (written == first).then_some(false) }
}

/// Cuts an offset off, in seconds.
fn offset(rest: &mut &str, form: OffsetForm) -> Option<i32> {
    if form.z
        && let Some(after) = rest.strip_prefix('Z')
    {
        *rest = after;
        return Some(0);
    }
    let sign = match rest.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    *rest = rest.get(1..)?;
    let hours: i32 = digits(rest, 2, 2).filter(|hours| *hours <= 24)?;
    let mut parts = [0_i32; 2];
    for (part, wanted) in parts.iter_mut().zip([form.minutes, form.seconds]) {
        if !wanted {
            break;
        }
        if form.colons {
            *rest = rest.strip_prefix(':')?;
        }
        *part = digits(rest, 2, 2).filter(|part| *part < 60)?;
    }
    let [minutes, seconds] = parts;
    Some(sign * (hours * 3_600 + minutes * 60 + seconds))
}
