//! Templates that nobody would write: no panic, no stack overflow, and what Go makes of them.

use super::corpus::{CORPUS, cases, outcome};
use crate::template::limits::{DEPTH_MAX, NESTING_MAX, TEXT_BYTES_MAX};
use crate::template::{Functions, Limits, Template, Value};

/// A small generator with a fixed seed, so that a failure repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap_or(0)
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }
}

const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    " -}}",
    "{{end}}",
    "{{else}}",
    "{{if .i}}",
    "{{range .words}}",
    "{{with .map}}",
    "{{break}}",
    "(",
    ")",
    "|",
    "$x",
    ":=",
    "=",
    ".",
    ".i",
    ".map.c",
    ".missing",
    ".nil",
    ".s",
    "nil",
    "true",
    "1",
    "-2",
    "2.5",
    "'a'",
    "\"b\"",
    "`c`",
    " ",
    "\n",
    ",",
    "eq",
    "lt",
    "and",
    "or",
    "not",
    "len",
    "index",
    "slice",
    "printf",
    "\"%v\"",
    "print",
    "upper",
    "repeat",
    "half",
    "add",
    "한",
    "{{/*",
    "*/}}",
    "$",
    "else if",
    "define \"q\"",
    "template \"q\"",
    "block",
    "\"%d|%5s|%q\"",
    "\"%[2]*.1f\"",
    ".t.Year",
    ".d",
    ".list",
    "html",
    "js",
    "call",
    "0x",
    "1e3",
    "%",
];

/// A template of the corpus with some pieces put in, left out or taken from elsewhere.
fn mutated(random: &mut Random, templates: &[&str]) -> String {
    let mut text: Vec<char> = random.pick(templates).replace('⏎', "\n").chars().collect();
    for _ in 0..=random.below(3) {
        let at = random.below(text.len() + 1);
        match random.below(4) {
            0 => drop(text.splice(at..at, random.pick(PIECES).chars())),
            1 => {
                let end = (at + 1 + random.below(4)).min(text.len());
                text.drain(at..end);
            }
            2 => {
                let other: Vec<char> = random.pick(templates).chars().collect();
                let from = random.below(other.len() + 1);
                let to = (from + random.below(12)).min(other.len());
                text.splice(at..at, other[from..to].iter().copied());
            }
            _ => {
                let end = (at + random.below(8)).min(text.len());
                text.splice(at..end, format!(" {} ", random.pick(PIECES)).chars());
            }
        }
    }
    text.into_iter().filter(|character| !matches!(character, '⏎' | '\r')).collect()
}

#[test]
fn changed_templates_neither_panic_nor_hang() {
    let templates: Vec<&str> = cases(CORPUS).iter().map(|case| case.template).collect();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..20_000 {
        let text = mutated(&mut random, &templates);
        let given = outcome(&text);
        assert!(given.len() < 1 << 20, "{text:?} gives {} bytes", given.len());
    }
}

/// Where Go is installed and `BELFRY_TEST_GO` is set, what it makes of changed templates; otherwise this says that it
/// compares nothing.
#[test]
fn changed_templates_give_what_go_gives() {
    let Ok(count) = std::env::var("BELFRY_TEST_GO").map(|count| count.parse::<usize>().unwrap_or(2_000)) else {
        eprintln!("SKIPPED: set BELFRY_TEST_GO to a number of templates to compare them with the installed go");
        return;
    };
    let templates: Vec<&str> = cases(CORPUS).iter().map(|case| case.template).collect();
    let mut random = Random(u64::try_from(count).unwrap_or(1) | 0x5eed << 32);
    let mut texts: Vec<String> = Vec::new();
    while texts.len() < count {
        let text = mutated(&mut random, &templates).replace('\n', "⏎");
        let is_one_line =
            !text.is_empty() && !text.starts_with('#') && !matches!(text.get(..2), Some("= " | "! " | "~ "));
        if is_one_line {
            texts.push(text);
        }
    }
    let folder = tempfile::tempdir().expect("a temp folder");
    let corpus = folder.path().join("corpus.txt");
    std::fs::write(&corpus, texts.join("\n")).expect("the corpus is written");
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/src/template/tests/golden.go");
    let go = std::process::Command::new("go").args(["run", program]).arg(&corpus).output().expect("go runs");
    assert!(go.status.success(), "{}", String::from_utf8_lossy(&go.stderr));
    let output = String::from_utf8_lossy(&go.stdout).into_owned();
    let compared = cases(&output);
    assert_eq!(compared.len(), texts.len(), "one answer for each template");
    let wrong: Vec<String> = compared
        .iter()
        .filter(|case| !differs_on_purpose(case.go))
        .map(|case| (case, outcome(&case.template.replace('⏎', "\n")).replace('\n', "⏎")))
        .filter(|(case, given)| without_type(given) != without_type(case.go) && !differs_on_purpose(given))
        .map(|(case, given)| format!("{}\n  go   {}\n  ours {given}\n", case.template, case.go))
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), compared.len(), wrong.join("\n"));
}

/// An error without the type whose field is missing: Go tells the type that the text allows, not the value's.
fn without_type(text: &str) -> &str {
    if text.starts_with("! ") { text.split(" in type ").next().unwrap_or_default() } else { text }
}

/// What the corpus names as different: complex numbers, addresses, the words of a panic within Go; and the inside of
/// Go's structs, which only a wrong verb shows.
fn differs_on_purpose(text: &str) -> bool {
    let inside = ["63930971045", "(string=thing)", "uint64=60708009", "of type func"];
    let told = [
        "i) ",
        "complex",
        "0x",
        "reflect: call",
        "wrong number of args for .",
        "non-function",
        "exceeded maximum",
        "no end",
        "more than 5000000 steps",
        "slice/array with type",
    ];
    inside.iter().chain(&told).any(|part| text.contains(part))
}

/// What a template gives on a stack of 2 MiB.
fn outcome_on_small_stack(text: String) -> String {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(move || outcome(&text)).expect("a thread starts").join().expect("no overflow, no panic")
}

#[test]
fn nesting_is_bounded_on_a_small_stack() {
    let check = |text: String, part: &str| {
        let given = outcome_on_small_stack(text);
        assert!(given.contains(part), "{part:?} is in {given:.300}");
    };
    let blocks = |count: usize| format!("{}x{}", "{{if 1}}".repeat(count), "{{end}}".repeat(count));
    let parens = |count: usize| format!("{{{{{}1{}}}}}", "(".repeat(count), ")".repeat(count));
    check(blocks(NESTING_MAX), "= x");
    check(blocks(NESTING_MAX + 1), "max expression depth exceeded");
    check(blocks(50_000), "max expression depth exceeded");
    check(parens(NESTING_MAX), "= 1");
    check(parens(100_000), "max expression depth exceeded");
    check(format!("{{{{if 0}}}}{}x{{{{end}}}}", "{{else if 0}}".repeat(10_000)), "= ");
    check(format!("{{{{if 0}}}}{}x{{{{end}}}}", "{{else}}{{if 0}}".repeat(10_000)), "max expression depth");
    check(format!("{{{{{}}}}}", ".i".repeat(10_000)), "can't evaluate field i");
    check(format!("{{{{.s{}}}}}", " | print".repeat(10_000)), "= text");
    let called = |levels: usize| {
        let calls: String = (0..levels)
            .map(|at| format!("{{{{define \"{at}\"}}}}{{{{template \"{}\"}}}}{{{{end}}}}", at + 1))
            .collect();
        format!("{calls}{{{{define \"{levels}\"}}}}x{{{{end}}}}{{{{template \"0\"}}}}")
    };
    check(called(100), "= x");
    check(called(DEPTH_MAX), "exceeded maximum template depth");
    // The deepest that both bounds allow together.
    let deep = blocks(NESTING_MAX - 2).replace('x', "{{template \"r\"}}");
    check(format!("{{{{define \"r\"}}}}{deep}{{{{end}}}}{{{{template \"r\"}}}}"), "exceeded maximum template depth");
}

#[test]
fn texts_are_bounded() {
    let long = "x".repeat(TEXT_BYTES_MAX + 1);
    let error = Template::parse("t", &long, &Functions::new()).expect_err("is refused").to_string();
    assert_eq!(error, "template: t: 1048577 bytes, more than 1048576");
    let most = "x".repeat(TEXT_BYTES_MAX);
    let template = Template::parse("t", &most, &Functions::new()).expect("parses");
    assert_eq!(template.render(Value::Nil, &Limits::MESSAGE), Ok(most));
}
