//! The words of a layout: what of the reference time `Mon Jan 2 15:04:05 MST 2006` stands for what.
//!
//! Invariant: the words of Go's `time` package, found in the same order; everything else is text.

/// A word of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Year,
    YearOfCentury,
    MonthName,
    MonthShort,
    Month {
        padded: bool,
    },
    WeekdayName,
    WeekdayShort,
    Day(Padding),
    DayOfYear(Padding),
    Hour,
    Hour12 {
        padded: bool,
    },
    Minute {
        padded: bool,
    },
    Second {
        padded: bool,
    },
    /// `.000` or `.999`, with the character that separates it; trimmed when written with nines.
    Fraction {
        separator: char,
        digits: usize,
        trimmed: bool,
    },
    UpperHalf,
    LowerHalf,
    ZoneName,
    Offset(OffsetForm),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    None,
    Space,
    Zero,
}

/// How an offset is written: `Z07:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetForm {
    /// `Z` for UTC.
    pub(super) z: bool,
    pub(super) colons: bool,
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

/// Words that begin with a digit, a sign or a letter, longest first.
const WORDS: &[(&str, Word)] = &[
    ("Monday", Word::WeekdayName),
    ("MST", Word::ZoneName),
    ("002", Word::DayOfYear(Padding::Zero)),
    ("01", Word::Month { padded: true }),
    ("02", Word::Day(Padding::Zero)),
    ("03", Word::Hour12 { padded: true }),
    ("04", Word::Minute { padded: true }),
    ("05", Word::Second { padded: true }),
    ("06", Word::YearOfCentury),
    ("15", Word::Hour),
    ("1", Word::Month { padded: false }),
    ("2006", Word::Year),
    ("2", Word::Day(Padding::None)),
    ("__2", Word::DayOfYear(Padding::Space)),
    ("_2", Word::Day(Padding::Space)),
    ("3", Word::Hour12 { padded: false }),
    ("4", Word::Minute { padded: false }),
    ("5", Word::Second { padded: false }),
    ("PM", Word::UpperHalf),
    ("pm", Word::LowerHalf),
];

/// Cuts a layout at its first word: the text before it, the word, and the rest; no word when all is text.
pub(super) fn cut(layout: &str) -> (&str, Option<Word>, &str) {
    for (at, _) in layout.char_indices() {
        let rest = layout.get(at..).unwrap_or_default();
        // In `_2006` the line is text.
        if rest.starts_with("_2006") {
            let (before, rest) = layout.split_at_checked(at + 1).unwrap_or((layout, ""));
            return (before, Some(Word::Year), rest.get(4..).unwrap_or_default());
        }
        if let Some((word, length)) = starts_with_word(rest) {
            return (layout.get(..at).unwrap_or_default(), Some(word), rest.get(length..).unwrap_or_default());
        }
    }
    (layout, None, "")
}

fn starts_with_word(text: &str) -> Option<(Word, usize)> {
    let before_lower = |rest: &str| rest.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if let Some(rest) = text.strip_prefix("Jan") {
        return match rest.starts_with("uary") {
            true => Some((Word::MonthName, 7)),
            false => (!before_lower(rest)).then_some((Word::MonthShort, 3)),
        };
    }
    if let Some((word, known)) =
        WORDS.iter().find(|(known, _)| text.starts_with(known)).map(|(known, word)| (word, known))
    {
        return Some((*word, known.len()));
    }
    if let Some(rest) = text.strip_prefix("Mon") {
        return (!before_lower(rest)).then_some((Word::WeekdayShort, 3));
    }
    offset(text).or_else(|| fraction(text))
}

fn offset(text: &str) -> Option<(Word, usize)> {
    let z = text.starts_with('Z');
    let rest = text.strip_prefix(['-', 'Z'])?;
    let form = |colons, minutes, seconds| Word::Offset(OffsetForm { z, colons, minutes, seconds });
    let forms = [
        ("070000", form(false, true, true)),
        ("07:00:00", form(true, true, true)),
        ("0700", form(false, true, false)),
        ("07:00", form(true, true, false)),
        ("07", form(false, false, false)),
    ];
    forms.into_iter().find(|(known, _)| rest.starts_with(known)).map(|(known, word)| (word, known.len() + 1))
}

fn fraction(text: &str) -> Option<(Word, usize)> {
    let separator = text.chars().next().filter(|first| matches!(first, '.' | ','))?;
    let rest = text.get(1..)?;
    let digit = rest.chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
    let digits = rest.chars().take_while(|next| *next == digit).count();
    let is_whole = !rest.as_bytes().get(digits).is_some_and(|next| next.is_ascii_digit());
    is_whole.then_some((Word::Fraction { separator, digits, trimmed: digit == '9' }, digits + 1))
}
