//! Paths with wildcards, as promtail's `__path__` has them: `*`, `?`, `[...]`, `{a,b}` within a folder's name, `**` for
//! any number of folders.
//!
//! Invariant: what is given out is sorted and bounded; every folder that was read is told, so that it can be watched.
//! A folder that cannot be read costs its own files only and is told as an error.

use super::disk::{self, Failure};
use crate::limits::{TAIL_FOLDER_DEPTH_MAX, TAIL_FOLDERS_MAX};
use regex::Regex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A checked pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    /// The folder that no wildcard stands in.
    root: PathBuf,
    steps: Vec<Step>,
    /// The whole, for exclusion.
    whole: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[derive(Clone, Debug)]
enum Step {
    Name(String),
    Wild(Regex),
    AnyDepth,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Names in each folder that was read, ascending.
    pub(super) folders: BTreeMap<PathBuf, Vec<String>>,
    /// Files (or what may be one) that the pattern names, ascending.
    pub(super) paths: Vec<PathBuf>,
    /// Folders that could not be read.
    pub(super) failures: Vec<Failure>,
    /// Whether there are more folders than are read.
    pub(super) is_cut: bool,
}

impl Pattern {
    /// Reads a pattern; a relative one starts from where the caller resolved it to.
    ///
    /// # Errors
    /// A phrase, when a bracket is not closed.
    pub(crate) fn new(path: &Path) -> Result<Self, String> {
        let text = path.to_string_lossy().into_owned();
        let mut steps = Vec::new();
        let mut root = PathBuf::new();
        for part in path.components() {
            let name = part.as_os_str().to_string_lossy();
            if name == "**" {
                steps.push(Step::AnyDepth);
            } else if name.contains(['*', '?', '[', '{']) {
                steps.push(Step::Wild(compile(&name)?));
            } else if steps.is_empty() {
                root.push(part);
            } else {
                steps.push(Step::Name(name.into_owned()));
            }
        }
        if steps.is_empty()
            && let Some(name) = root.file_name()
        {
            steps.push(Step::Name(name.to_string_lossy().into_owned()));
            root.pop();
        }
        Ok(Self { whole: compile(&text)?, text, root, steps })
    }

    /// As it was written, resolved.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The folder below which everything is that it names.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether it names this path.
    pub(crate) fn names(&self, path: &Path) -> bool {
        path.to_str().is_some_and(|path| self.whole.is_match(path))
    }

    /// Everything that it names now, into a walk that other patterns share.
    pub(super) fn walk(&self, into: &mut Walk) {
        let root = self.root.clone();
        self.descend(&root, &self.steps, 0, into);
        into.paths.sort_unstable();
        into.paths.dedup();
    }

    fn descend(&self, folder: &Path, steps: &[Step], depth: usize, into: &mut Walk) {
        let Some((step, rest)) = steps.split_first() else { return };
        if depth > TAIL_FOLDER_DEPTH_MAX {
            return;
        }
        let Some(names) = read(folder, into) else { return };
        for name in names {
            let path = folder.join(&name);
            let matches = match step {
                Step::Name(wanted) => *wanted == name,
                Step::Wild(regex) => regex.is_match(&name),
                Step::AnyDepth => {
                    if !disk::is_folder(&path) {
                        // A pattern that ends so names every file below.
                        into.paths.extend(rest.is_empty().then_some(path));
                    } else if !is_link(&path) {
                        self.descend(&path, steps, depth + 1, into);
                    }
                    continue;
                }
            };
            match (matches, rest.is_empty()) {
                (false, _) => {}
                (true, true) => into.paths.push(path),
                (true, false) => {
                    if disk::is_folder(&path) {
                        self.descend(&path, rest, depth + 1, into);
                    }
                }
            }
        }
        if matches!(step, Step::AnyDepth) {
            // `**` may stand for no folder at all.
            self.descend(folder, rest, depth + 1, into);
        }
    }
}

/// Links to folders are followed where the pattern names them, not below `**`, where they could go in circles.
fn is_link(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

/// The names in a folder, read once per walk.
fn read(folder: &Path, into: &mut Walk) -> Option<Vec<String>> {
    if let Some(names) = into.folders.get(folder) {
        return Some(names.clone());
    }
    if into.folders.len() >= TAIL_FOLDERS_MAX {
        into.is_cut = true;
        return None;
    }
    let start = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match disk::list(start) {
        Ok(names) => {
            into.folders.insert(folder.to_owned(), names.clone());
            Some(names)
        }
        Err(failure) => {
            into.failures.push(failure);
            None
        }
    }
}

/// The expression for a whole path or one name in it.
fn compile(pattern: &str) -> Result<Regex, String> {
    let mut text = String::from("^(?s:");
    let mut letters = pattern.chars().peekable();
    let (mut braces, mut in_class) = (0_usize, false);
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next().map(|letter| regex::escape(letter.encode_utf8(&mut [0; 4])))),
            ']' if in_class => {
                in_class = false;
                text.push(']');
            }
            '-' | '^' | '!' if in_class => text.push(if letter == '!' { '^' } else { letter }),
            '[' if !in_class => {
                in_class = true;
                text.push('[');
            }
            '*' if !in_class && letters.peek() == Some(&'*') => {
                letters.next();
                // `**/` may stand for nothing.
                let is_step = letters.next_if_eq(&'/').is_some();
                text.push_str(if is_step { "(?:.*/)?" } else { ".*" });
            }
            '*' if !in_class => text.push_str("[^/]*"),
            '?' if !in_class => text.push_str("[^/]"),
            '{' if !in_class => {
                braces += 1;
                text.push_str("(?:");
            }
            '}' if !in_class && braces > 0 => {
                braces -= 1;
                text.push(')');
            }
            ',' if !in_class && braces > 0 => text.push('|'),
            other => text.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    text.push_str(")$");
    if in_class || braces > 0 {
        return Err("syntax error in pattern".to_owned());
    }
    Regex::new(&text).map_err(|_| "syntax error in pattern".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("temp dir");
        for path in paths {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
            std::fs::write(path, "").expect("written");
        }
        folder
    }

    #[test]
    fn wildcards_stand_for_names_and_folders() {
        let folder = tree(&["a.log", "b.txt", "x/a.log", "x/y/a.log", "x/y/b.log", "z/.hidden.log"]);
        let check = |pattern: &str, expected: &[&str]| {
            let mut walk = Walk::default();
            let pattern = Pattern::new(&folder.path().join(pattern)).expect(pattern);
            pattern.walk(&mut walk);
            let found: Vec<&str> = walk
                .paths
                .iter()
                .map(|path| path.strip_prefix(folder.path()).expect("inside").to_str().expect("text"))
                .collect();
            assert_eq!(found, expected, "{}", pattern.text());
            assert!(walk.paths.iter().all(|path| pattern.names(path)), "{}", pattern.text());
        };
        check("*.log", &["a.log"]);
        check("a.log", &["a.log"]);
        check("missing.log", &[]);
        check("*/*.log", &["x/a.log", "z/.hidden.log"]);
        check("**/*.log", &["a.log", "x/a.log", "x/y/a.log", "x/y/b.log", "z/.hidden.log"]);
        check("x/**/a.log", &["x/a.log", "x/y/a.log"]);
        check("x/**", &["x/a.log", "x/y/a.log", "x/y/b.log"]);
        check("{a,b}.{log,txt}", &["a.log", "b.txt"]);
        check("[!a].*", &["b.txt"]);
        check("?/y/[ab].log", &["x/y/a.log", "x/y/b.log"]);
        check("missing/*/*.log", &[]);
    }

    #[test]
    fn what_is_not_closed_is_refused() {
        for pattern in ["/a/[b", "/a/{b"] {
            assert_eq!(Pattern::new(Path::new(pattern)).map(|_| ()), Err("syntax error in pattern".to_owned()));
        }
    }

    #[test]
    fn circles_of_links_end() {
        let folder = tree(&["x/a.log"]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("x/loop")).expect("linked");
        let mut walk = Walk::default();
        Pattern::new(&folder.path().join("**/*.log")).expect("a pattern").walk(&mut walk);
        assert_eq!(walk.paths, [folder.path().join("x/a.log")]);
    }
}
