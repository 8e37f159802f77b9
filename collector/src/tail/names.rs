//! Which names a rotation gives: `app.log.1`, `app.log.1.gz`, `app.log-20261128`, `app-2026-11-28T12-00-00.000.log`,
//! `0.log.20261128-120000.gz`.
//!
//! Invariant: a name is never its own sibling, and one under which a compressor is still writing (`.tmp`) is none.

/// Endings of compressed files; only the first can be read.
const COMPRESSED: [&str; 6] = ["gz", "bz2", "xz", "zst", "lz4", "Z"];

/// What may stand between a name and what a rotation adds to it.
const SEPARATORS: [char; 3] = ['.', '-', '_'];

/// Longest number or date that a rotation adds.
const MARK_CHARS_MAX: usize = 40;

/// A year, a month and a day.
const DATE_DIGITS_MIN: usize = 8;

/// How a file holds its lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are.
    #[default]
    Plain,
    /// Compressed with gzip.
    Gzip,
    /// Compressed in a way that cannot be read.
    Unreadable,
}

/// The form that a name tells.
pub(super) fn form(name: &str) -> Form {
    match name.rsplit_once('.') {
        Some((_, "gz")) => Form::Gzip,
        Some((_, ending)) if COMPRESSED.contains(&ending) => Form::Unreadable,
        _ => Form::Plain,
    }
}

/// The name of the file that this one is made of by compression.
pub(super) fn compressed(name: &str) -> Option<&str> {
    name.rsplit_once('.').filter(|(_, ending)| COMPRESSED.contains(ending)).map(|(plain, _)| plain)
}

fn without_compression(name: &str) -> &str {
    compressed(name).unwrap_or(name)
}

/// The names that a file may have had before rotations gave it this one.
pub(super) fn origins(name: &str) -> Vec<String> {
    let plain = without_compression(name);
    let mut found: Vec<String> = marked(plain).map(|(base, _)| base.to_owned()).collect();
    if let Some((stem, ending)) = plain.rsplit_once('.') {
        found.extend(marked(stem).map(|(base, _)| format!("{base}.{ending}")));
    }
    if plain != name {
        found.push(plain.to_owned());
    }
    found
}

/// Which of two siblings of one age is older: `app.log.3` was `app.log.2` before. 0 where the name does not count.
pub(super) fn generation(name: &str) -> u32 {
    let mark = marked(without_compression(name)).last().map_or("", |(_, mark)| mark);
    if mark.len() > 4 { 0 } else { mark.parse().unwrap_or(0) }
}

/// The date that a rotation put into the name; empty where there is none. Later dates compare greater.
pub(super) fn date(name: &str) -> &str {
    let plain = without_compression(name);
    let stem = plain.rsplit_once('.').map_or(plain, |(stem, _)| stem);
    let is_date = |mark: &&str| mark.bytes().filter(u8::is_ascii_digit).count() >= DATE_DIGITS_MIN;
    let longest = |text| marked(text).map(|(_, mark)| mark).find(is_date);
    longest(plain).or_else(|| longest(stem)).unwrap_or("")
}

/// Every way to read the text as a name, a separator and a mark.
fn marked(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let cuts = text.char_indices().filter(|(at, letter)| *at > 0 && SEPARATORS.contains(letter));
    cuts.filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?))).filter(|(_, mark)| is_mark(mark))
}

fn is_mark(text: &str) -> bool {
    let dated = |letter: char| letter.is_ascii_digit() || "TZ:+-_.".contains(letter);
    text == "old"
        || (text.starts_with(|first: char| first.is_ascii_digit())
            && text.len() <= MARK_CHARS_MAX
            && text.chars().all(dated))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, base: &str, expected: bool) {
        assert_eq!(
            origins(name).iter().any(|origin| origin == base),
            expected,
            "{name} of {base}: {:?}",
            origins(name)
        );
    }

    #[test]
    fn names_that_rotations_give() {
        check("app.log.1", "app.log", true);
        check("app.log.12.gz", "app.log", true);
        check("app.log-20261128", "app.log", true);
        check("app.log-20261128.gz", "app.log", true);
        check("app.log.2026-11-28", "app.log", true);
        check("app-2026-11-28T12-00-00.000.log", "app.log", true);
        check("app-2026-11-28T12-00-00.000.log.gz", "app.log", true);
        check("app.1.log", "app.log", true);
        check("app.log.old", "app.log", true);
        check("app.log.gz", "app.log", true);
        check("0.log.20261128-120000", "0.log", true);
        check("0.log.20261128-120000.gz", "0.log", true);
        check("syslog.1", "syslog", true);
        check("app.log.1.bz2", "app.log", true);
    }

    #[test]
    fn names_that_are_others() {
        check("app.log", "app.log", false);
        check("1.log", "0.log", false);
        check("app.log.bak", "app.log", false);
        check("app.log.1.tmp", "app.log", false);
        check("0.log.20261128-120000.tmp", "0.log", false);
        check("application.log.1", "app.log", false);
        check("app-error.log", "app.log", false);
        check(".log.1", "log", false);
    }

    #[test]
    fn dates_are_found_and_compare() {
        let check = |name: &str, expected: &str| assert_eq!(date(name), expected, "{name}");
        check("0.log.20261128-120000", "20261128-120000");
        check("0.log.20261128-120000.gz", "20261128-120000");
        check("app-2026-11-28T12-00-00.000.log", "2026-11-28T12-00-00.000");
        check("app.log-20261128.gz", "20261128");
        check("app.log.3", "");
        check("app.log.old", "");
        check("app.log", "");
    }

    #[test]
    fn forms_and_generations() {
        assert_eq!(form("a.log.1.gz"), Form::Gzip);
        assert_eq!(form("a.log.xz"), Form::Unreadable);
        assert_eq!(form("a.log"), Form::Plain);
        assert_eq!(form("gz"), Form::Plain);
        assert_eq!([generation("a.log"), generation("a.log.3"), generation("a.log.3.gz")], [0, 3, 3]);
        assert_eq!(generation("a.log.20261128"), 0);
    }
}
