//! Which templates a template calls, as far as its text says.
//!
//! Invariant: each definition is looked at once, so that templates that call each other end it.

use super::Template;
use super::tree::{Definition, Node};
use std::collections::BTreeSet;

/// The first name that is called and not defined, in the order of the text.
pub(super) fn undefined(template: &Template) -> Option<&str> {
    let mut search = Search { template, seen: BTreeSet::new() };
    search.definition(&template.main)
}

struct Search<'t> {
    template: &'t Template,
    seen: BTreeSet<&'t str>,
}

impl<'t> Search<'t> {
    fn definition(&mut self, definition: &'t Definition) -> Option<&'t str> {
        if self.seen.insert(&definition.name) { self.list(&definition.nodes) } else { None }
    }

    fn list(&mut self, nodes: &'t [Node]) -> Option<&'t str> {
        nodes.iter().find_map(|node| match node {
            Node::Text(_) | Node::Action(_) | Node::Break | Node::Continue => None,
            Node::If(branches) | Node::With(branches) => {
                let arms = branches.arms.iter().find_map(|(_, body)| self.list(body));
                arms.or_else(|| self.list(&branches.otherwise))
            }
            Node::Range { body, otherwise, .. } => self.list(body).or_else(|| self.list(otherwise)),
            Node::Template { name, .. } => match self.template.definitions.get(name) {
                Some(called) => self.definition(called),
                None => Some(name),
            },
        })
    }
}
