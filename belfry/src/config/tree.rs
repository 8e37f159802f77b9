//! A YAML file without its meaning: which keys stand where. It gives findings their key path, and `${NAME}` its scope.
//!
//! Invariant: nothing is interpreted here; what the values mean is decided by the typed sections.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};
use std::fmt;
use std::ops::Range;

/// Where something begins. Lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Start {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl From<&Location> for Start {
    fn from(location: &Location) -> Self {
        Self { line: location.line(), column: location.column() }
    }
}

/// A value in the file.
#[derive(Debug)]
pub(super) enum Node {
    /// Keys and values in the order of the file.
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
    /// A list.
    List(Vec<Spanned<Node>>),
    /// A scalar; its text is in the file.
    Scalar,
}

/// A scalar value: the key it stands under (the nearest one), and its bytes in the file.
pub(super) struct ScalarPlace<'a> {
    pub(super) key: &'a str,
    pub(super) bytes: Range<usize>,
}

impl Node {
    /// All scalar values that stand in the text as such.
    pub(super) fn scalars(&self) -> Vec<ScalarPlace<'_>> {
        let mut found = Vec::new();
        self.collect_scalars("", &mut found);
        found
    }

    fn collect_scalars<'a>(&'a self, key: &'a str, found: &mut Vec<ScalarPlace<'a>>) {
        let mut visit = |key: &'a str, child: &'a Spanned<Node>| match child.value {
            Node::Scalar => found.extend(bytes_of(&child.defined).map(|bytes| ScalarPlace { key, bytes })),
            _ => child.value.collect_scalars(key, found),
        };
        match self {
            Self::Map(entries) => entries.iter().for_each(|(key, child)| visit(&key.value, child)),
            Self::List(children) => children.iter().for_each(|child| visit(key, child)),
            Self::Scalar => {}
        }
    }

    /// The path of the key or value that stands at this place or begins last before it, such as
    /// `scrape_configs[0].job_name`; empty before the first key.
    pub(super) fn path_at(&self, place: Start) -> String {
        let mut path = String::new();
        self.descend(place, &mut path);
        path
    }

    fn descend(&self, place: Start, path: &mut String) {
        match self {
            Self::Map(entries) => {
                let Some((key, child)) = entries.iter().rfind(|(key, _)| Start::from(&key.referenced) <= place) else {
                    return;
                };
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&key.value);
                child.value.descend(place, path);
            }
            Self::List(children) => {
                let index = children.iter().rposition(|child| Start::from(&child.referenced) <= place);
                let Some((index, child)) = index.and_then(|index| Some((index, children.get(index)?))) else { return };
                path.push_str(&format!("[{index}]"));
                child.value.descend(place, path);
            }
            Self::Scalar => {}
        }
    }
}

fn bytes_of(location: &Location) -> Option<Range<usize>> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let len = usize::try_from(span.byte_len()?).ok()?;
    Some(start..start.checked_add(len)?)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

/// Every kind of scalar is the same to the tree.
macro_rules! scalars {
    ($($visit:ident: $kind:ty),*) => {
        $(fn $visit<E>(self, _: $kind) -> Result<Node, E> { Ok(Node::Scalar) })*
    };
}

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    scalars!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128, visit_f64: f64, visit_str: &str, visit_bytes: &[u8]);

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut children = Vec::new();
        while let Some(child) = list.next_element()? {
            children.push(child);
        }
        Ok(Node::List(children))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}

/// A section that is known and has no function yet: its keys are accepted unread.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Whether it holds anything: an empty list, an empty map and null do not.
    pub(super) is_written: bool,
}

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let is_written = match Option::<Node>::deserialize(deserializer)? {
            None => false,
            Some(Node::Map(entries)) => !entries.is_empty(),
            Some(Node::List(children)) => !children.is_empty(),
            Some(Node::Scalar) => true,
        };
        Ok(Self { is_written })
    }
}
