//! HTML written by hand.
//!
//! Invariant: only literals of this crate go through [`Html::raw`]; what comes from outside goes through
//! [`Html::text`], in text and in quoted attributes alike.

/// A page that is being written.
#[derive(Debug, Default)]
pub(super) struct Html {
    text: String,
}

impl Html {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Appends markup as it is.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.text.push_str(markup);
        self
    }

    /// Appends text, escaped.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\'' => self.text.push_str("&#39;"),
                other => self.text.push(other),
            }
        }
        self
    }

    pub(super) fn into_string(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn text_cannot_become_markup() {
        let mut html = Html::new();
        html.raw("<p>").text("<script>alert(\"1\" & '2')</script>").raw("</p>");
        let expected = "<p>&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;</p>";
        assert_eq!(html.into_string(), expected);
    }
}
