//! File names with `*`, `?` and `[...]`, as Go's `filepath.Glob` reads them.
//!
//! Invariant: a wildcard never matches a path separator, and what is given out is sorted. A folder that cannot be
//! read holds no match, as in Go.

use regex::Regex;
use std::path::{Component, Path, PathBuf};

/// The paths that the pattern names, sorted. A pattern without wildcards names itself, if it exists.
///
/// # Errors
/// A phrase, when a `[` is not closed.
pub fn expand(pattern: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let text = component.as_os_str().to_string_lossy();
        let wild = matches!(component, Component::Normal(_)) && text.contains(['*', '?', '[']);
        found = if wild {
            let regex = to_regex(&text)?;
            found.iter().flat_map(|folder| entries(folder, &regex)).collect()
        } else {
            found.into_iter().map(|folder| folder.join(component)).collect()
        };
    }
    found.retain(|path| path.exists());
    found.sort();
    Ok(found)
}

fn entries(folder: &Path, regex: &Regex) -> Vec<PathBuf> {
    let start = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(listing) = std::fs::read_dir(start) else { return Vec::new() };
    let names = listing.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| regex.is_match(name)).map(|name| folder.join(name)).collect()
}

fn to_regex(segment: &str) -> Result<Regex, String> {
    let mut text = String::from("^");
    let mut characters = segment.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => text.push_str(".*"),
            '?' => text.push('.'),
            '[' => text.push('['),
            ']' => text.push(']'),
            '-' | '^' => text.push(character),
            '\\' => text.extend(characters.next().map(|c| regex::escape(&c.to_string()))),
            other => text.push_str(&regex::escape(&other.to_string())),
        }
    }
    text.push('$');
    Regex::new(&text).map_err(|_| "syntax error in pattern".to_owned())
}
