//! Actions: blocks with an end, and the pipelines between them.
//!
//! Invariant: what a block declares is gone after it.

use super::{Parser, Part};
use crate::template::lexer::Kind;
use crate::template::tree::{Branches, Node, Pipeline};

impl Parser<'_> {
    /// What follows `{{`.
    pub(super) fn action(&mut self) -> Result<Part, String> {
        let before = self.at;
        let token = self.next_word();
        match token.kind {
            Kind::Block => self.block(),
            Kind::Break => self.jump("{{break}}", Node::Break),
            Kind::Continue => self.jump("{{continue}}", Node::Continue),
            Kind::Else => self.else_action(),
            Kind::End => self.expect(Kind::Close, "end").map(|_| Part::End),
            Kind::If => self.branches("if", Kind::If).map(|branches| Part::Node(Node::If(branches))),
            Kind::With => self.branches("with", Kind::With).map(|branches| Part::Node(Node::With(branches))),
            Kind::Range => self.range(),
            Kind::Template => self.template_action(),
            _ => {
                self.at = before;
                self.peek_word();
                // Variables stay until the block ends.
                self.pipeline("command", Kind::Close).map(|pipeline| Part::Node(Node::Action(pipeline)))
            }
        }
    }

    fn jump(&mut self, action: &str, node: Node) -> Result<Part, String> {
        self.expect(Kind::Close, action)?;
        if self.ranges == 0 { Err(format!("{action} outside {{{{range}}}}")) } else { Ok(Part::Node(node)) }
    }

    /// `else`; an `if` or `with` behind it stays next.
    fn else_action(&mut self) -> Result<Part, String> {
        if !matches!(self.peek_word().kind, Kind::If | Kind::With) {
            self.expect(Kind::Close, "else")?;
        }
        Ok(Part::Else)
    }

    /// The arms of an `if` or `with`, up to the end.
    fn branches(&mut self, context: &str, keyword: Kind) -> Result<Branches, String> {
        let variables = self.variables.len();
        let mut branches = Branches { arms: Vec::new(), otherwise: Vec::new() };
        loop {
            let pipeline = self.pipeline(context, Kind::Close)?;
            let (nodes, end) = self.nested(Self::list)?;
            branches.arms.push((pipeline, nodes));
            if matches!(end, Part::End) {
                break;
            }
            if self.peek().kind == keyword {
                self.next();
                continue;
            }
            branches.otherwise = self.last_list()?;
            break;
        }
        self.variables.truncate(variables);
        Ok(branches)
    }

    /// What follows `else`, up to the end.
    fn last_list(&mut self) -> Result<Vec<Node>, String> {
        let (nodes, end) = self.nested(Self::list)?;
        if matches!(end, Part::End) { Ok(nodes) } else { Err("expected end; found {{else}}".to_owned()) }
    }

    fn range(&mut self) -> Result<Part, String> {
        let variables = self.variables.len();
        let pipeline: Pipeline = self.pipeline("range", Kind::Close)?;
        self.ranges += 1;
        let (body, end) = self.nested(Self::list)?;
        self.ranges -= 1;
        let otherwise = if matches!(end, Part::End) { Vec::new() } else { self.last_list()? };
        self.variables.truncate(variables);
        Ok(Part::Node(Node::Range { pipeline, body, otherwise }))
    }

    fn block(&mut self) -> Result<Part, String> {
        const CONTEXT: &str = "block clause";
        let token = self.next_word();
        let name = self.template_name(&token, CONTEXT)?;
        let pipeline = Some(self.pipeline(CONTEXT, Kind::Close)?);
        let nodes = self.own_body(CONTEXT)?;
        self.define(name.clone(), nodes)?;
        Ok(Part::Node(Node::Template { at: token.start, name, pipeline }))
    }

    fn template_action(&mut self) -> Result<Part, String> {
        const CONTEXT: &str = "template clause";
        let token = self.next_word();
        let name = self.template_name(&token, CONTEXT)?;
        let pipeline = if self.peek_word().kind == Kind::Close {
            self.next();
            None
        } else {
            Some(self.pipeline(CONTEXT, Kind::Close)?)
        };
        Ok(Part::Node(Node::Template { at: token.start, name, pipeline }))
    }
}
