//! The directives of a format: `%-10.3f`, `%[2]*d`.
//!
//! Invariant: every mistake in a format is a note in the text, never an error.

use super::{Flags, Printer, within_width};
use crate::template::value::Value;

/// Writes values in a format.
pub(super) fn run(printer: &mut Printer, format: &str, values: &[Value<'_>]) -> Result<(), String> {
    let mut run = Run { printer, rest: format, values, next: 0, reordered: false };
    while let Some((text, after)) = run.rest.split_once('%') {
        run.printer.out.push(text)?;
        run.rest = after;
        run.directive()?;
    }
    let rest = run.rest;
    run.printer.out.push(rest)?;
    run.further()
}

struct Run<'p, 'f, 'v, 'd> {
    printer: &'p mut Printer,
    rest: &'f str,
    values: &'v [Value<'d>],
    /// The value that the next directive takes.
    next: usize,
    /// A directive has chosen its value, so that those left over cannot be told.
    reordered: bool,
}

/// What an index such as `[2]` said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Index {
    None,
    Good,
    Bad,
}

impl Run<'_, '_, '_, '_> {
    /// What stands after `%`.
    fn directive(&mut self) -> Result<(), String> {
        let mut flags = self.flags();
        let mut good = true;
        let mut index = self.index(&mut good);
        if self.accept('*') {
            self.star_width(&mut flags)?;
            index = Index::None;
        } else {
            flags.width = self.number();
            good &= index == Index::None || flags.width.is_none();
        }
        if self.rest.len() > 1 && self.accept('.') {
            good &= index == Index::None;
            index = self.index(&mut good);
            if self.accept('*') {
                self.star_precision(&mut flags)?;
                index = Index::None;
            } else {
                flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if index == Index::None {
            self.index(&mut good);
        }
        let Some(verb) = self.rest.chars().next() else { return self.printer.out.push("%!(NOVERB)") };
        self.rest = self.rest.get(verb.len_utf8()..).unwrap_or_default();
        if verb == '%' {
            return self.printer.out.push("%");
        }
        if !good {
            return self.printer.out.push(&format!("%!{verb}(BADINDEX)"));
        }
        let Some(value) = self.values.get(self.next) else {
            return self.printer.out.push(&format!("%!{verb}(MISSING)"));
        };
        self.next += 1;
        if verb == 'v' {
            flags.go_syntax = std::mem::take(&mut flags.sharp);
            flags.plus = false;
        }
        self.printer.flags = flags;
        let result = if verb == 'w' { self.printer.bad_verb(value, verb) } else { self.printer.argument(value, verb) };
        self.printer.flags = Flags::default();
        result
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        loop {
            match self.rest.bytes().next() {
                Some(b'#') => flags.sharp = true,
                Some(b'0') => flags.zero = true,
                Some(b'+') => flags.plus = true,
                Some(b'-') => flags.minus = true,
                Some(b' ') => flags.space = true,
                _ => return flags,
            }
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
    }

    fn star_width(&mut self, flags: &mut Flags) -> Result<(), String> {
        match self.int_argument() {
            Some(width) => {
                if width < 0 {
                    flags.minus = true;
                    flags.zero = false;
                }
                flags.width = usize::try_from(width.unsigned_abs()).ok();
                Ok(())
            }
            None => self.printer.out.push("%!(BADWIDTH)"),
        }
    }

    fn star_precision(&mut self, flags: &mut Flags) -> Result<(), String> {
        match self.int_argument().and_then(|precision| usize::try_from(precision).ok()) {
            Some(precision) => {
                flags.precision = Some(precision);
                Ok(())
            }
            None => self.printer.out.push("%!(BADPREC)"),
        }
    }

    /// The next value as a width.
    fn int_argument(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        match value {
            Value::Int(number) | Value::Duration(number) => within_width(*number),
            _ => None,
        }
    }

    /// `[2]`: which value comes next.
    fn index(&mut self, good: &mut bool) -> Index {
        if !self.rest.starts_with('[') {
            return Index::None;
        }
        self.reordered = true;
        let inside = self.rest.find(']').and_then(|end| Some((self.rest.get(1..end)?, end + 1)));
        let skipped = inside.map_or(1, |(_, length)| length);
        self.rest = self.rest.get(skipped..).unwrap_or_default();
        let number = inside.and_then(|(digits, _)| {
            let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            all_digits.then(|| digits.parse::<usize>().ok())?
        });
        match number.and_then(|number| number.checked_sub(1)).filter(|at| *at < self.values.len()) {
            Some(at) => {
                self.next = at;
                Index::Good
            }
            None => {
                *good = false;
                if number.is_some() { Index::Bad } else { Index::None }
            }
        }
    }

    /// Digits; `None` when there are none or the number is too large, which ends the format.
    fn number(&mut self) -> Option<usize> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = self.rest.split_at_checked(digits)?;
        if number.is_empty() {
            return None;
        }
        match number.parse::<i64>().ok().filter(|number| *number <= 10 * super::WIDTH_MAX + 9) {
            Some(number) => {
                self.rest = after;
                usize::try_from(number).ok()
            }
            None => {
                self.rest = "";
                None
            }
        }
    }

    fn accept(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    /// Notes the values that no directive took.
    fn further(&mut self) -> Result<(), String> {
        if self.reordered || self.next >= self.values.len() {
            return Ok(());
        }
        self.printer.out.push("%!(EXTRA ")?;
        for (at, value) in self.values.iter().skip(self.next).enumerate() {
            self.printer.out.push(if at > 0 { ", " } else { "" })?;
            if !value.is_nil() {
                self.printer.out.push(value.type_name())?;
                self.printer.out.push("=")?;
            }
            self.printer.argument(value, 'v')?;
        }
        self.printer.out.push(")")
    }
}
