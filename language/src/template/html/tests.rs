//! Values in every place of HTML; what Go's `html/template` gives unless a comment says otherwise.

use crate::template::functions::alertmanager;
use crate::template::{Limits, Template, Value};
use model::time::Nanos;
use std::sync::Arc;

fn rendered(template: &str, value: &str) -> String {
    let functions = alertmanager::functions(Arc::new(|| Nanos(0)));
    let template = Template::parse("mail", template, &functions).expect("parses");
    template.render_html(Value::text(value), &Limits::MESSAGE).expect("renders")
}

#[test]
fn values_never_leave_their_place() {
    let check = |template: &str, value: &str, expected: &str| {
        assert_eq!(rendered(template, value), expected, "{template} with {value}");
    };
    check("<b>{{ . }}</b>", "<script>alert('1')</script>", "<b>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;</b>");
    check("{{ . }}", "a & b + \"c\" 한글", "a &amp; b &#43; &#34;c&#34; 한글");
    check(r#"<p title="{{ . }}">"#, r#"" onclick="x"#, r#"<p title="&#34; onclick=&#34;x">"#);
    check("<p title='{{ . }}'>", "it's", "<p title='it&#39;s'>");
    check("<p title={{ . }}>", "a b=c>", "<p title=a&#32;b&#61;c&gt;>");
    check("<p title={{ . }}>", "", "<p title=ZgotmplZ>");
    check("<p {{ . }}>", "onclick", "<p ZgotmplZ>");
    check("<p {{ . }}>", "hidden", "<p hidden>");
    check("<{{ . }}>", "script", "<ZgotmplZ>");
    check(r#"<p style="color: {{ . }}">"#, "red", r#"<p style="color: red">"#);
    check(r#"<p style="color: {{ . }}">"#, "red; background: url(x)", r#"<p style="color: ZgotmplZ">"#);
    check(r#"<p onclick="{{ . }}">"#, "alert(1)", r#"<p onclick="ZgotmplZ">"#);
    check(
        "<script>var x = {{ . }}</script><i>{{ . }}</i>",
        "</script>",
        "<script>var x = ZgotmplZ</script><i>&lt;/script&gt;</i>",
    );
    check("<style>{{ . }}</style>{{ . }}", "a{}", "<style>ZgotmplZ</style>a{}");
    check(
        "<title>{{ . }}</title>{{ . }}",
        "</title><b>",
        "<title>&lt;/title&gt;&lt;b&gt;</title>&lt;/title&gt;&lt;b&gt;",
    );
    // Go drops comments of the template; what stands in them for Outlook stays here.
    check("<!-- {{ . }} --><b>{{ . }}", "--><b>", "<!--  --><b>--&gt;&lt;b&gt;");
    check("<!DOCTYPE html><b>{{ . }}", "<", "<!DOCTYPE html><b>&lt;");
    check("1 < 2 {{ . }}", "<", "1 < 2 &lt;");
    check("<br/>{{ . }}</p >{{ . }}", "<", "<br/>&lt;</p >&lt;");
}

#[test]
fn links_lead_to_pages_only() {
    let check = |template: &str, value: &str, expected: &str| {
        assert_eq!(rendered(template, value), expected, "{template} with {value}");
    };
    let link = r#"<a href="{{ . }}">"#;
    check(link, "https://a.b/c?d=e f&g=\"h\"", r#"<a href="https://a.b/c?d=e%20f&amp;g=%22h%22">"#);
    check(link, "javascript:alert(1)", r##"<a href="#ZgotmplZ">"##);
    check(link, " javascript:alert(1)", r##"<a href="#ZgotmplZ">"##);
    check(link, "data:text/html,x", r##"<a href="#ZgotmplZ">"##);
    check(link, "/graph?g0.expr=up%20%3D%3D%200", r#"<a href="/graph?g0.expr=up%20%3D%3D%200">"#);
    check(link, "/a/b:c", r#"<a href="/a/b:c">"#);
    check(r#"<a href="{{ . | safeUrl }}">"#, "irc://a", r#"<a href="irc://a">"#);
    check(r#"<a href="http://a/{{ . }}">"#, "b:c\"", r#"<a href="http://a/b:c%22">"#);
    check(r#"<a href="http://a/?q={{ . }}">"#, "a&b=c/", r#"<a href="http://a/?q=a%26b%3dc%2f">"#);
    check(r#"<img src={{ . }}>"#, "http://a/?b=c", r#"<img src=http://a/?b&#61;c>"#);
}

#[test]
fn what_is_declared_safe_is_safe_in_its_place_only() {
    let check = |template: &str, value: &str, expected: &str| {
        assert_eq!(rendered(template, value), expected, "{template} with {value}");
    };
    check("{{ . | safeHtml }}{{ . }}", "<b>", "<b>&lt;b&gt;");
    check("{{ . | safeHtml | toUpper }}", "<b>", "&lt;B&gt;");
    check(r#"<p title="{{ . | safeHtml }}">"#, "\">", r#"<p title="&#34;&gt;">"#);
    check(r#"{{ define "x" }}<i>{{ . }}</i>{{ end }}<b>{{ template "x" . }}"#, "<", "<b><i>&lt;</i>");
    check("{{ with 0 }}x{{ end }}<b>{{ len . }}</b>", "abc", "<b>3</b>");
}
