//! What stands around a value in HTML, and how the value is escaped for it.
//!
//! Invariant: a value never ends the text, tag, attribute or URL that it stands in, and names no scheme but `http`,
//! `https` and `mailto`. Where Go's `html/template` decides this when it reads a template, this follows the text as it
//! is rendered. In scripts and styles, which mails do without, only letters, digits and a few signs pass; what is
//! refused reads `ZgotmplZ`, as in Go.

mod escape;

use super::value::{Safe, Text};

/// What is written for a value that must not stand where it stands.
const REFUSED: &str = "ZgotmplZ";

/// Follows the HTML that is written and escapes values for where they stand.
#[derive(Debug, Default)]
pub(super) struct Escaper {
    state: State,
    /// The name of the tag or attribute that is being read, in lower case.
    name: String,
    /// The element whose tag is being read.
    element: String,
    closing: bool,
}

/// Where the next character stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// Behind `<`.
    TagOpen,
    TagName,
    /// In a tag, between attributes.
    Tag,
    AttributeName,
    AfterName,
    BeforeValue,
    Value(Quote, Kind, Part),
    /// Behind `<!`, and how many of the two `-` of a comment have been seen.
    Declaration(u8),
    /// In a comment, and how many characters of its end have been seen.
    Comment(u8),
    /// In an element whose content is no HTML, and how many characters of its end tag have been seen.
    Raw(Content, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quote {
    Double,
    Single,
    None,
}

/// What an attribute's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Url,
    /// Script or style.
    Code,
}

/// How much of a URL has been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Start,
    Path,
    Query,
}

/// What an element that holds no HTML holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Script,
    Style,
    Textarea,
    Title,
}

impl Content {
    fn of(element: &str) -> Option<Self> {
        [Self::Script, Self::Style, Self::Textarea, Self::Title].into_iter().find(|content| content.name() == element)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Style => "style",
            Self::Textarea => "textarea",
            Self::Title => "title",
        }
    }
}

/// Attributes that hold URLs.
const URLS: [&str; 14] = [
    "action",
    "background",
    "cite",
    "classid",
    "codebase",
    "data",
    "formaction",
    "href",
    "icon",
    "longdesc",
    "manifest",
    "poster",
    "src",
    "usemap",
];

impl Kind {
    fn of(attribute: &str) -> Self {
        let local = attribute.rsplit(':').next().unwrap_or(attribute);
        let local = local.strip_prefix("data-").unwrap_or(local);
        if attribute == "style" || attribute == "srcset" || attribute == "srcdoc" || attribute.starts_with("on") {
            Self::Code
        } else if URLS.contains(&local)
            || attribute.starts_with("xmlns")
            || local.contains("url")
            || local.contains("uri")
        {
            Self::Url
        } else {
            Self::Plain
        }
    }
}

impl Escaper {
    /// Follows text of the template.
    pub(super) fn pass(&mut self, text: &str) {
        for character in text.chars() {
            self.state = self.after(character);
        }
    }

    /// The value as it may stand here.
    pub(super) fn value(&mut self, text: &Text<'_>) -> String {
        let safe = if let Text::Safe(safe, _) = text { Some(*safe) } else { None };
        if self.state == State::BeforeValue {
            self.state = State::Value(Quote::None, Kind::of(&self.name), Part::Start);
        }
        match self.state {
            State::Text if safe == Some(Safe::Html) => {
                self.pass(text);
                text.to_string()
            }
            State::Text | State::Raw(Content::Textarea | Content::Title, _) => escape::text(text),
            State::Declaration(_) | State::Comment(_) => String::new(),
            State::Raw(..) | State::Value(_, Kind::Code, _) => escape::code(text),
            State::TagOpen | State::TagName | State::Tag | State::AttributeName | State::AfterName => {
                escape::name(text)
            }
            State::BeforeValue | State::Value(_, Kind::Plain, _) => self.quoted(text),
            State::Value(quote, Kind::Url, part) => {
                let url = match part {
                    Part::Start if safe != Some(Safe::Url) => escape::checked_url(text),
                    Part::Start | Part::Path => escape::url(text),
                    Part::Query => escape::query(text),
                };
                let part = if part == Part::Start { Part::Path } else { part };
                self.state = State::Value(quote, Kind::Url, url_part(part, &url));
                self.quoted(&url)
            }
        }
    }

    fn quoted(&self, text: &str) -> String {
        if matches!(self.state, State::Value(Quote::None, ..)) { escape::unquoted(text) } else { escape::text(text) }
    }

    fn after(&mut self, character: char) -> State {
        match self.state {
            State::Text if character == '<' => State::TagOpen,
            State::Text => State::Text,
            State::TagOpen => self.after_open(character),
            State::TagName if !ends_name(character) => {
                self.element.extend(character.to_lowercase());
                State::TagName
            }
            State::TagName | State::Tag => self.in_tag(character),
            State::AttributeName if character == '=' => State::BeforeValue,
            State::AttributeName if !ends_name(character) => {
                self.name.extend(character.to_lowercase());
                State::AttributeName
            }
            State::AttributeName if character.is_ascii_whitespace() => State::AfterName,
            State::AfterName if character == '=' => State::BeforeValue,
            State::AfterName if character.is_ascii_whitespace() => State::AfterName,
            State::AttributeName | State::AfterName => self.in_tag(character),
            State::BeforeValue => self.before_value(character),
            State::Value(quote, kind, part) => self.in_value(quote, kind, part, character),
            State::Declaration(dashes) => match character {
                '-' if dashes == 1 => State::Comment(0),
                '-' => State::Declaration(1),
                '>' => State::Text,
                // Only `<!--` begins a comment.
                _ => State::Declaration(2),
            },
            State::Comment(seen) => match (seen, character) {
                (2, '>') => State::Text,
                (0 | 1, '-') => State::Comment(seen + 1),
                (2, '-') => State::Comment(2),
                _ => State::Comment(0),
            },
            State::Raw(content, seen) => self.in_raw(content, seen, character),
        }
    }

    fn after_open(&mut self, character: char) -> State {
        match character {
            '/' if !self.closing => {
                self.closing = true;
                State::TagOpen
            }
            '!' | '?' => State::Declaration(0),
            letter if letter.is_ascii_alphabetic() => {
                self.element = letter.to_ascii_lowercase().to_string();
                State::TagName
            }
            _ => {
                self.closing = false;
                State::Text
            }
        }
    }

    fn in_tag(&mut self, character: char) -> State {
        match character {
            '>' => self.tag_end(),
            '/' => State::Tag,
            space if space.is_ascii_whitespace() => State::Tag,
            first => {
                self.name = first.to_lowercase().collect();
                State::AttributeName
            }
        }
    }

    fn before_value(&mut self, character: char) -> State {
        let kind = Kind::of(&self.name);
        match character {
            '"' => State::Value(Quote::Double, kind, Part::Start),
            '\'' => State::Value(Quote::Single, kind, Part::Start),
            '>' => self.tag_end(),
            space if space.is_ascii_whitespace() => State::BeforeValue,
            first => State::Value(Quote::None, kind, url_part(Part::Start, first.encode_utf8(&mut [0; 4]))),
        }
    }

    fn in_value(&mut self, quote: Quote, kind: Kind, part: Part, character: char) -> State {
        match (quote, character) {
            (Quote::Double, '"') | (Quote::Single, '\'') => State::Tag,
            (Quote::None, '>') => self.tag_end(),
            (Quote::None, space) if space.is_ascii_whitespace() => State::Tag,
            (_, other) => State::Value(quote, kind, url_part(part, other.encode_utf8(&mut [0; 4]))),
        }
    }

    fn tag_end(&mut self) -> State {
        let closing = std::mem::take(&mut self.closing);
        let content = Content::of(&self.element).filter(|_| !closing);
        content.map_or(State::Text, |content| State::Raw(content, 0))
    }

    /// Looks for the end tag of an element that holds no HTML.
    fn in_raw(&mut self, content: Content, seen: usize, character: char) -> State {
        let end = ['<', '/'].into_iter().chain(content.name().chars());
        let wanted = end.clone().nth(seen);
        match wanted {
            Some(wanted) if wanted == character.to_ascii_lowercase() => State::Raw(content, seen + 1),
            None if ends_name(character) => {
                self.closing = true;
                content.name().clone_into(&mut self.element);
                self.in_tag(character)
            }
            _ if character == '<' => State::Raw(content, 1),
            _ => State::Raw(content, 0),
        }
    }
}

fn ends_name(character: char) -> bool {
    character.is_ascii_whitespace() || matches!(character, '/' | '>')
}

/// How much of a URL has been written behind more of it.
fn url_part(part: Part, more: &str) -> Part {
    match part {
        Part::Query => Part::Query,
        _ if more.contains(['?', '#']) => Part::Query,
        Part::Start if more.trim().is_empty() => Part::Start,
        _ => Part::Path,
    }
}

#[cfg(test)]
mod tests;
