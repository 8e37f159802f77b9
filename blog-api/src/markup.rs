//! The texts of posts are HTML text in both directions.
//!
//! Invariant: `read(write(text)) == text` for every text, so what a client got and sends back unchanged stays unchanged
//! (the board this replaces escaped again at every change). Only five characters are escaped, those of Spring's
//! `HtmlUtils` without its table of named letters.

const ESCAPES: [(char, &str); 5] = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#39;")];

/// The text that HTML text stands for. A `<` or an `&` that begins none of the five escapes stands for itself.
pub(crate) fn read(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let found = ESCAPES.iter().find_map(|(plain, escape)| Some((*plain, from.strip_prefix(*escape)?)));
        let (plain, after) = found.unwrap_or_else(|| ('&', from.strip_prefix('&').unwrap_or_default()));
        text.push(plain);
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The text as HTML text.
pub(crate) fn write(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match ESCAPES.iter().find(|(plain, _)| *plain == character) {
            Some((_, escape)) => html.push_str(escape),
            None => html.push(character),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_survive_the_way_out_and_back() {
        let check = |text: &str, html: &str| {
            assert_eq!(write(text), html);
            assert_eq!(read(html), text);
        };
        check("", "");
        check("제목", "제목");
        check("<b a=\"1\" c='2'>&", "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
        check("&lt;", "&amp;lt;");
        check("&amp;lt;", "&amp;amp;lt;");
        check("a & b &amp c; &#39", "a &amp; b &amp;amp c; &amp;#39");
    }

    #[test]
    fn every_short_text_survives() {
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            let longer = texts
                .iter()
                .flat_map(|text| ["&", "<", ";", "lt", "amp", "&#39;", "가"].map(|part| format!("{text}{part}")));
            texts = longer.collect();
            for text in &texts {
                assert_eq!(read(&write(text)), *text);
            }
        }
    }

    #[test]
    fn what_is_no_escape_stands_for_itself() {
        let check = |html: &str, text: &str| assert_eq!(read(html), text);
        check("a < b && c", "a < b && c");
        check("&lt", "&lt");
        check("&nbsp;&#x27;&", "&nbsp;&#x27;&");
        check("&&lt;", "&<");
        check("&amp;lt;", "&lt;");
    }
}
