//! The simple regular expressions that most matchers are: plain characters with `.`, `.*` and `.+` among them.
//!
//! Invariant: a pattern is taken only when it means here exactly what it means to the regex engine, whole value and
//! `.` matching a line feed included. Reading one costs nanoseconds where compiling costs tens of microseconds, and
//! matching takes time linear in the value for each of its pieces.

/// A pattern of fixed pieces with runs of any characters between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Glob {
    head: Piece,
    tail: Vec<(Run, Piece)>,
}

/// A run of any characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    /// `.*`
    Any,
    /// `.+`
    Some,
}

/// Characters in a row; `None` is `.`.
#[derive(Clone, Debug, Default)]
struct Piece(Vec<Option<char>>);

impl Glob {
    /// Reads the alternatives of a pattern, or `None` when it needs the regex engine.
    pub(super) fn parse(pattern: &str) -> Option<Vec<Self>> {
        let mut globs = vec![Self::default()];
        let mut characters = pattern.chars().peekable();
        let mut at_start = true;
        while let Some(character) = characters.next() {
            let was_at_start = std::mem::take(&mut at_start);
            let single = match character {
                '.' if matches!(characters.peek(), Some('*' | '+')) => {
                    let run = if characters.next() == Some('*') { Run::Any } else { Run::Some };
                    // A lazy run matches the same whole values.
                    characters.next_if_eq(&'?');
                    globs.last_mut()?.tail.push((run, Piece::default()));
                    None
                }
                '.' => Some(None),
                '\\' => Some(Some(characters.next().filter(char::is_ascii_punctuation)?)),
                '|' => {
                    globs.push(Self::default());
                    at_start = true;
                    continue;
                }
                '^' if was_at_start => None,
                '$' if matches!(characters.peek(), None | Some('|')) => None,
                '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
                plain => Some(Some(plain)),
            };
            if matches!(characters.peek(), Some('*' | '+' | '?' | '{')) {
                return None;
            }
            if let Some(single) = single {
                globs.last_mut()?.push(single);
            }
        }
        Some(globs)
    }

    fn push(&mut self, single: Option<char>) {
        self.tail.last_mut().map_or(&mut self.head, |(_, piece)| piece).0.push(single);
    }

    /// Whether the whole value matches.
    pub(super) fn matches(&self, value: &str) -> bool {
        self.rest_matches(value).unwrap_or(false)
    }

    fn rest_matches(&self, value: &str) -> Option<bool> {
        let mut rest = self.head.strip_from(value)?;
        let Some(((last_run, last), between)) = self.tail.split_last() else { return Some(rest.is_empty()) };
        for (run, piece) in between {
            // The leftmost place leaves the most for the pieces that follow.
            rest = piece.find_after(run.skip(rest)?)?;
        }
        last.ends(last_run.skip(rest)?)
    }
}

impl Run {
    /// What is left after the characters that the run must have.
    fn skip(self, text: &str) -> Option<&str> {
        let mut characters = text.chars();
        match self {
            Self::Any => Some(text),
            Self::Some => characters.next().map(|_| characters.as_str()),
        }
    }
}

impl Piece {
    /// What follows the piece at the front of a text.
    fn strip_from<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut characters = text.chars();
        for wanted in &self.0 {
            let found = characters.next()?;
            if wanted.is_some_and(|wanted| wanted != found) {
                return None;
            }
        }
        Some(characters.as_str())
    }

    /// What follows the first place where the piece stands.
    fn find_after<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut characters = text.chars();
        loop {
            if let Some(rest) = self.strip_from(characters.as_str()) {
                return Some(rest);
            }
            characters.next()?;
        }
    }

    /// Whether a text ends in the piece.
    fn ends(&self, text: &str) -> Option<bool> {
        let Some(last) = self.0.len().checked_sub(1) else { return Some(true) };
        let (start, _) = text.char_indices().rev().nth(last)?;
        Some(self.strip_from(text.get(start..)?).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;
    use crate::regexp;

    #[test]
    fn globs_match_what_the_regex_engine_matches() {
        let values = [
            "", "a", "b", "ab", "ba", "aba", "abab", "aab", "a.b", "a\nb", "é", "aéb", "5", "50", "500", "5000",
            "abcabc", "xaby", "\n", "a|b", "$", "a$", "^a", ".*",
        ];
        let patterns = [
            "",
            ".*",
            ".+",
            ".",
            "..",
            "a",
            "a.*",
            "a.+",
            ".*a",
            ".+a",
            ".*a.*",
            ".+a.+",
            "a.*b",
            "a.+b",
            "a.*b.*",
            "5..",
            "a.b",
            "a\\.b",
            ".*b.*a.*",
            ".+b.+",
            "a.*.*b",
            "a.+.+b",
            ".*.+",
            "^a.*$",
            "^$",
            "a.*?b",
            ".*é.*",
            "a..*",
            "..*a",
            "a\\|b",
            "\\$",
            "a\\$",
            ".*ab.*ab",
            ".*ab.*abc.*",
            "\\.\\*",
            "a.*b.*c.*a.*b.*c",
            "5..|a",
            "a|.*b|",
            "^a|b.+|c$",
            "^a$|^b$",
            "|",
            "a\\|b|.+é.+",
        ];
        for pattern in patterns {
            let globs = Glob::parse(pattern).unwrap_or_else(|| panic!("{pattern} is simple"));
            let regex = regexp::compile_anchored(pattern).expect(pattern);
            for value in values {
                assert_eq!(
                    globs.iter().any(|glob| glob.matches(value)),
                    regex.is_match(value),
                    "{pattern} on {value:?}"
                );
            }
        }
    }

    #[test]
    fn other_patterns_need_the_regex_engine() {
        for pattern in [
            "a*", "ab+", "(a)", "[ab]", "a?", ".?", ".{2}", "a{2}", "\\d", "\\w.*", "a$b", "a^", "a**", "\\", "(?i)a",
            ".**", ".*+", "\\.*", "\\.+", "é*", "a.*{2}", "a|b*", "a|^*", "^^a", "a$$", "$a",
        ] {
            assert!(Glob::parse(pattern).is_none(), "{pattern}");
        }
    }
}
