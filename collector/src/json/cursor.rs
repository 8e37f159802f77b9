//! A position in a JSON text.
//!
//! Invariant: it only moves forward.

use super::{Malformed, escape};
use crate::limits::JSON_DEPTH_MAX;
use memchr::memchr2;
use std::borrow::Cow;

/// Where a text stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text<'a> {
    /// In what is read.
    Body(&'a str),
    /// In the buffer for texts that had escapes.
    Own { start: usize, end: usize },
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// An object that has been entered.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    entered: bool,
}

/// An array that has been entered.
#[derive(Debug, Default)]
pub(crate) struct Elements {
    entered: bool,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Bytes from the start of the text.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// An error here.
    pub(crate) fn expected(&self, what: &'static str) -> Malformed {
        Malformed { offset: self.at, expected: what }
    }

    /// Enters an object.
    pub(crate) fn object(&mut self) -> Result<Keys, Malformed> {
        self.take(b'{', "an object")?;
        Ok(Keys::default())
    }

    /// Enters an array.
    pub(crate) fn array(&mut self) -> Result<Elements, Malformed> {
        self.take(b'[', "an array")?;
        Ok(Elements::default())
    }

    /// Whether an object comes next.
    pub(crate) fn at_object(&mut self) -> bool {
        self.peek() == Some(b'{')
    }

    /// Moves over `null`, if it comes next.
    pub(crate) fn null(&mut self) -> bool {
        self.peek();
        let comes = self.rest().starts_with("null");
        self.at += if comes { "null".len() } else { 0 };
        comes
    }

    /// Hands over the pairs of the object that comes next. Values are strings, numbers or truth values.
    pub(crate) fn pairs(&mut self, mut take: impl FnMut(Cow<'a, str>, Cow<'a, str>)) -> Result<(), Malformed> {
        let mut keys = self.object()?;
        while let Some(key) = keys.next_key(self)? {
            let value = self.scalar()?;
            take(escape::unescaped(key), value);
        }
        Ok(())
    }

    /// Hands over the pairs of a list of objects with `name` and `value`.
    pub(crate) fn named_pairs(&mut self, mut take: impl FnMut(Cow<'a, str>, Cow<'a, str>)) -> Result<(), Malformed> {
        let mut elements = self.array()?;
        while elements.next_element(self)? {
            let (mut name, mut value) = (Cow::Borrowed(""), Cow::Borrowed(""));
            let mut keys = self.object()?;
            while let Some(key) = keys.next_key(self)? {
                match key {
                    "name" => name = self.scalar()?,
                    "value" => value = self.scalar()?,
                    _ => self.skip()?,
                }
            }
            take(name, value);
        }
        Ok(())
    }

    /// A string, or what stands there of a number, a truth value or null.
    fn scalar(&mut self) -> Result<Cow<'a, str>, Malformed> {
        match self.peek() {
            Some(b'"') => self.raw_string().map(escape::unescaped),
            Some(b'{' | b'[') | None => Err(self.expected("a string")),
            Some(_) => {
                let start = self.at;
                self.skip_word()?;
                Ok(Cow::Borrowed(self.text.get(start..self.at).unwrap_or_default()))
            }
        }
    }

    /// What stands between the quotes of the string that comes next, its escapes unread.
    pub(crate) fn raw_string(&mut self) -> Result<&'a str, Malformed> {
        self.take(b'"', "a string")?;
        let start = self.at;
        loop {
            match self.find_in_string()? {
                b'"' => {
                    self.at += 1;
                    return Ok(self.text.get(start..self.at - 1).unwrap_or_default());
                }
                _ => self.at += 2,
            }
        }
    }

    /// The string that comes next: as it stands there, or in `texts` without its escapes.
    pub(crate) fn text(&mut self, texts: &mut String) -> Result<Text<'a>, Malformed> {
        if self.null() {
            return Ok(Text::Body(""));
        }
        self.take(b'"', "a string")?;
        let start = self.at;
        if self.find_in_string()? == b'"' {
            self.at += 1;
            return Ok(Text::Body(self.text.get(start..self.at - 1).unwrap_or_default()));
        }
        let begin = texts.len();
        let mut plain = start;
        loop {
            texts.push_str(self.text.get(plain..self.at).unwrap_or_default());
            if self.text.as_bytes().get(self.at) == Some(&b'"') {
                self.at += 1;
                return Ok(Text::Own { start: begin, end: texts.len() });
            }
            let escape = self.text.get(self.at + 1..).unwrap_or_default();
            let length = escape::push(escape, texts).ok_or(self.expected("an escape that JSON knows"))?;
            self.at += 1 + length;
            plain = self.at;
            self.find_in_string()?;
        }
    }

    /// Moves to the next quote or backslash.
    fn find_in_string(&mut self) -> Result<u8, Malformed> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let offset = memchr2(b'"', b'\\', rest).ok_or(self.expected("the end of a string"))?;
        self.at += offset;
        Ok(rest.get(offset).copied().unwrap_or_default())
    }

    /// The object that comes next, as it stands there.
    pub(crate) fn raw_object(&mut self) -> Result<&'a str, Malformed> {
        if !self.at_object() {
            return Err(self.expected("an object"));
        }
        self.raw()
    }

    /// The array that comes next, as it stands there.
    pub(crate) fn raw_array(&mut self) -> Result<&'a str, Malformed> {
        if self.peek() != Some(b'[') {
            return Err(self.expected("an array"));
        }
        self.raw()
    }

    fn raw(&mut self) -> Result<&'a str, Malformed> {
        self.peek();
        let start = self.at;
        self.skip()?;
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    /// Moves over the value that comes next.
    pub(crate) fn skip(&mut self) -> Result<(), Malformed> {
        let mut open = [false; JSON_DEPTH_MAX];
        let mut depth = 0;
        loop {
            match self.peek() {
                Some(b'"') => _ = self.raw_string()?,
                Some(byte @ (b'{' | b'[')) => {
                    self.at += 1;
                    let is_object = byte == b'{';
                    *open.get_mut(depth).ok_or(self.expected("less nesting"))? = is_object;
                    depth += 1;
                    if self.closes(is_object) {
                        depth -= 1;
                    } else {
                        self.key_of(is_object)?;
                        continue;
                    }
                }
                Some(_) => self.skip_word()?,
                None => return Err(self.expected("a value")),
            }
            // A value has ended: close what ends with it, up to what has another.
            loop {
                let Some(is_object) = depth.checked_sub(1).and_then(|depth| open.get(depth).copied()) else {
                    return Ok(());
                };
                if !self.closes(is_object) {
                    self.take(b',', "a comma or the end of what is open")?;
                    self.key_of(is_object)?;
                    break;
                }
                depth -= 1;
            }
        }
    }

    fn closes(&mut self, is_object: bool) -> bool {
        let closes = self.peek() == Some(if is_object { b'}' } else { b']' });
        self.at += usize::from(closes);
        closes
    }

    fn key_of(&mut self, is_object: bool) -> Result<(), Malformed> {
        if is_object {
            self.raw_string()?;
            self.take(b':', "a colon")?;
        }
        Ok(())
    }

    /// Moves over a number, a truth value or null.
    fn skip_word(&mut self) -> Result<(), Malformed> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let length = self.rest().bytes().take_while(is_part).count();
        let word = self.rest().get(..length).unwrap_or_default();
        let is_number = word.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        if matches!(word, "true" | "false" | "null") || is_number && word.parse::<f64>().is_ok() {
            self.at += length;
            return Ok(());
        }
        Err(self.expected("a value"))
    }

    /// The value that comes next, as it stands there.
    pub(crate) fn raw_value(&mut self) -> Result<&'a str, Malformed> {
        self.raw()
    }

    /// Whether nothing but spaces follows.
    pub(crate) fn at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Whether an array comes next.
    pub(crate) fn at_array(&mut self) -> bool {
        self.peek() == Some(b'[')
    }

    fn take(&mut self, byte: u8, what: &'static str) -> Result<(), Malformed> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.expected(what))
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

impl Keys {
    /// The next key, its escapes unread, the cursor at its value; `None` after the last, the object left.
    pub(crate) fn next_key<'a>(&mut self, cursor: &mut Cursor<'a>) -> Result<Option<&'a str>, Malformed> {
        if cursor.closes(true) {
            return Ok(None);
        }
        if self.entered {
            cursor.take(b',', "a comma or the end of the object")?;
        }
        self.entered = true;
        let key = cursor.raw_string()?;
        cursor.take(b':', "a colon")?;
        Ok(Some(key))
    }
}

impl Elements {
    /// Whether another element follows, the cursor at it; the array is left after the last.
    pub(crate) fn next_element(&mut self, cursor: &mut Cursor<'_>) -> Result<bool, Malformed> {
        if cursor.closes(false) {
            return Ok(false);
        }
        if self.entered {
            cursor.take(b',', "a comma or the end of the array")?;
        }
        self.entered = true;
        Ok(true)
    }
}
