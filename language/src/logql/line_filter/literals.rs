//! Texts that a line must hold for a regular expression to find something in it.
//!
//! Invariant: of the texts that are told, every line that the expression finds holds at least one. Longer texts are
//! preferred, for they are rarer; nothing is told rather than a guess.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Alternatives of one expression. One with more tells nothing.
const ALTERNATIVES_MAX: usize = 64;

/// Letters of a class that are told one by one. A class with more tells nothing.
const LETTERS_MAX: usize = 8;

/// Whether the case of letters counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// It does.
    Exact,
    /// Upper, lower and other forms of a letter are the same, as for `(?i)`.
    Ignored,
}

/// A text that a line holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The text; may be empty.
    pub text: String,
    /// How it is compared.
    pub case: Case,
}

/// The texts of which every line that the expression finds holds at least one; `None` when that cannot be told.
pub(super) fn of_expression(pattern: &str) -> Option<Vec<Literal>> {
    let hir = ParserBuilder::new().build().parse(&model::regexp::translate(pattern)).ok()?;
    required(&hir)
}

fn required(hir: &Hir) -> Option<Vec<Literal>> {
    if let Some(exact) = exact(hir) {
        return Some(vec![exact]);
    }
    match hir.kind() {
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Alternation(alternatives) => {
            let mut all = Vec::new();
            for alternative in alternatives {
                all.extend(required(alternative)?);
            }
            (all.len() <= ALTERNATIVES_MAX).then_some(all)
        }
        HirKind::Concat(parts) => best_of(parts),
        HirKind::Class(Class::Unicode(class)) => {
            // Alternatives of one letter each, such as `a|b`, are a class as well.
            let members = || class.ranges().iter().flat_map(|range| range.start()..=range.end());
            let few = members().nth(LETTERS_MAX).is_none();
            let letter = |letter: char| Literal { text: letter.into(), case: Case::Exact };
            few.then(|| members().map(letter).collect())
        }
        _ => None,
    }
}

/// The best of what the parts need, of several the last: texts that follow each other count as one.
fn best_of(parts: &[Hir]) -> Option<Vec<Literal>> {
    let mut candidates = Vec::new();
    let mut run: Option<Literal> = None;
    for part in parts {
        match exact(part) {
            Some(literal) => run = Some(joined(run.take(), literal)),
            None => {
                candidates.extend(run.take().map(|run| vec![run]));
                candidates.extend(required(part));
            }
        }
    }
    candidates.extend(run.map(|run| vec![run]));
    let shortest = |texts: &Vec<Literal>| texts.iter().map(|literal| literal.text.len()).min().unwrap_or(0);
    candidates.into_iter().max_by_key(shortest)
}

fn joined(before: Option<Literal>, next: Literal) -> Literal {
    let Some(mut before) = before else { return next };
    before.text.push_str(&next.text);
    if next.case == Case::Ignored {
        before.case = Case::Ignored;
    }
    before
}

/// The one text that an expression stands for, whatever its case.
fn exact(hir: &Hir) -> Option<Literal> {
    match hir.kind() {
        // What looks at its surroundings takes no text of its own.
        HirKind::Empty | HirKind::Look(_) => Some(Literal { text: String::new(), case: Case::Exact }),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?.to_owned();
            Some(Literal { text, case: Case::Exact })
        }
        HirKind::Class(Class::Unicode(class)) => {
            let members = || class.ranges().iter().flat_map(|range| range.start()..=range.end());
            // A letter has two forms, `k` and `s` a third.
            if members().take(4).count() > 3 {
                return None;
            }
            let letter = members().find(char::is_ascii_lowercase)?;
            members()
                .all(|member| is_form_of(member, letter))
                .then(|| Literal { text: letter.into(), case: Case::Ignored })
        }
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Concat(parts) => {
            parts.iter().map(exact).try_fold(None, |run, part| Some(Some(joined(run, part?)))).flatten()
        }
        _ => None,
    }
}

/// Whether `(?i)` takes the one for the other.
fn is_form_of(member: char, letter: char) -> bool {
    member.eq_ignore_ascii_case(&letter) || matches!((letter, member), ('k', '\u{212a}') | ('s', '\u{17f}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_need_their_rarest_texts() {
        let check = |pattern: &str, expected: &str| {
            let told = of_expression(pattern).map_or_else(
                || "-".to_owned(),
                |literals| {
                    let shown = literals.iter().map(|literal| match literal.case {
                        Case::Exact => literal.text.clone(),
                        Case::Ignored => format!("(?i){}", literal.text),
                    });
                    shown.collect::<Vec<_>>().join("|")
                },
            );
            assert_eq!(told, expected, "{pattern}");
        };
        check("error", "error");
        check("err.*timeout [0-9]+", "timeout ");
        check("(foo|bar)bazar", "bazar");
        check("foobar|bazar(x|y)", "foobar|bazar");
        check("foobar|[a-z]+", "-");
        check("(?i)Error: x", "(?i)error: x");
        check("(?i)task-7", "(?i)task-7");
        check("(abc){2,3}", "abc");
        check("(abc)*", "-");
        check("(abc)?d", "d");
        check(r"\bword\b", "word");
        check("^a.b$", "b");
        check("[eE]rror", "(?i)error");
        check("[ab]rror", "rror");
        check(".*", "-");
        check("", "");
        check("한글(로그)+", "로그");
        check("a|b", "a|b");
        check("(?i)É", "É|é");
        check(r"status=5\d\d", "status=5");
        let wide = (0..100).map(|n| format!("word{n}x")).collect::<Vec<_>>().join("|");
        check(&wide, "-");
    }
}
