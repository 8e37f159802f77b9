//! The stages of a pipeline.
//!
//! Invariant: what a stage compiles (regular expressions, patterns, addresses) has been compiled once when it is read.

use super::selector::match_op;
use super::{Parser, broken_stage};
use crate::logql::ast::{
    Extraction, LabelChoice, LabelFormat, LabelValue, LineFilter, LineFilterOp, LineOperand, Logfmt, Stage, StageNode,
};
use crate::logql::error::Fault;
use crate::logql::limits::{LISTED_MAX, STAGES_MAX};
use crate::logql::printer;
use crate::logql::stage::{self, pattern, regexp};
use crate::logql::token::Kind;
use crate::operator::BinaryOp;
use crate::span::Span;

impl Parser<'_> {
    /// All stages that stand here. True when an `unwrap` follows, the pipe before it taken.
    pub(super) fn stages(&mut self, into: &mut Vec<Stage>) -> Result<bool, Fault> {
        loop {
            let token = self.peek()?;
            let filter = token.kind.line_filter();
            if filter.is_none() && token.kind != Kind::Pipe {
                return Ok(false);
            }
            if into.len() == STAGES_MAX {
                return Err(too_many(token.span));
            }
            let start = self.advance().start;
            if let Some(op) = filter {
                self.line_filter(op, start, into)?;
                continue;
            }
            if self.peek()?.kind == Kind::Unwrap {
                return Ok(true);
            }
            let node = self.stage()?;
            self.push_stage(Stage { span: Span { start, end: self.last_end }, node }, into)?;
        }
    }

    fn stage(&mut self) -> Result<StageNode, Fault> {
        let token = self.peek()?;
        match token.kind {
            Kind::Identifier | Kind::LeftParen => return self.label_filter("").map(StageNode::LabelFilter),
            Kind::Json
            | Kind::Logfmt
            | Kind::Regexp
            | Kind::Pattern
            | Kind::Unpack
            | Kind::LineFormat
            | Kind::LabelFormat
            | Kind::Decolorize
            | Kind::Drop
            | Kind::Keep => self.advance(),
            _ => return Err(self.unexpected(token, "")),
        };
        match token.kind {
            Kind::Json => self.extractions().map(StageNode::Json),
            Kind::Logfmt => self.logfmt(),
            Kind::Regexp => self.regexp(),
            Kind::Pattern => self.pattern(),
            Kind::Unpack => Ok(StageNode::Unpack),
            Kind::LineFormat => Ok(StageNode::LineFormat(self.string("STRING")?.0)),
            Kind::LabelFormat => self.label_formats(),
            Kind::Drop => self.label_choices().map(StageNode::Drop),
            Kind::Keep => self.label_choices().map(StageNode::Keep),
            _ => Ok(StageNode::Decolorize),
        }
    }

    /// `|= "a" or "b"`. A negative chain is as many filters as it has operands, since none of them may be found.
    fn line_filter(&mut self, op: LineFilterOp, start: usize, into: &mut Vec<Stage>) -> Result<(), Fault> {
        let mut operands = vec![self.line_operand(op)?];
        while self.accept(Kind::Op(BinaryOp::Or))? {
            operands.push(self.line_operand(op)?);
        }
        let end = self.last_end;
        if !op.is_negative() {
            let node = StageNode::LineFilter(LineFilter { op, operands });
            return self.push_stage(Stage { span: Span { start, end }, node }, into);
        }
        let mut start = start;
        for operand in operands {
            let span = Span { start, end: operand.span.end };
            start = span.end;
            let node = StageNode::LineFilter(LineFilter { op, operands: vec![operand] });
            self.push_stage(Stage { span, node }, into)?;
        }
        Ok(())
    }

    fn push_stage(&mut self, stage: Stage, into: &mut Vec<Stage>) -> Result<(), Fault> {
        if into.len() == STAGES_MAX {
            return Err(too_many(stage.span));
        }
        if let Err(reason) = stage::Stage::new(&stage.node) {
            self.stage_fault.get_or_insert_with(|| broken_stage(stage.span, &printer::stage(&stage), &reason));
        }
        into.push(stage);
        Ok(())
    }

    fn line_operand(&mut self, op: LineFilterOp) -> Result<LineOperand, Fault> {
        let token = self.peek()?;
        let ip = token.kind == Kind::Ip;
        let text = if ip { self.ip_argument()? } else { self.string("STRING or ip")?.0 };
        let span = Span { start: token.span.start, end: self.last_end };
        if !ip && matches!(op, LineFilterOp::Matches | LineFilterOp::NotMatches) {
            self.admit_regex(&text, span)?;
        }
        Ok(LineOperand { span, text, ip })
    }

    /// `a="b.c", d` or nothing.
    fn extractions(&mut self) -> Result<Vec<Extraction>, Fault> {
        let mut extractions = Vec::new();
        if self.peek()?.kind != Kind::Identifier {
            return Ok(extractions);
        }
        loop {
            let (label, start) = self.identifier("IDENTIFIER")?;
            let path = if self.accept(Kind::Equal)? { self.string("STRING")?.0 } else { label.clone() };
            self.bounded(extractions.len())?;
            extractions.push(Extraction { span: Span { start: start.start, end: self.last_end }, label, path });
            if !self.accept(Kind::Comma)? {
                return Ok(extractions);
            }
        }
    }

    fn logfmt(&mut self) -> Result<StageNode, Fault> {
        let (mut strict, mut keep_empty) = (false, false);
        loop {
            let token = self.peek()?;
            if token.kind != Kind::Flag {
                break;
            }
            self.advance();
            match token.text(self.text) {
                "--strict" => strict = true,
                _ => keep_empty = true,
            }
        }
        Ok(StageNode::Logfmt(Logfmt { strict, keep_empty, extractions: self.extractions()? }))
    }

    fn regexp(&mut self) -> Result<StageNode, Fault> {
        let (text, span) = self.string("STRING")?;
        self.admit_regex(&text, span)?;
        match regexp::Regexp::new(&text) {
            Ok(_) => Ok(StageNode::Regexp(text)),
            Err(reason) => Err(Fault::about(span, format!("invalid regexp parser: {reason}"))),
        }
    }

    fn pattern(&mut self) -> Result<StageNode, Fault> {
        let (text, span) = self.string("STRING")?;
        match pattern::Pattern::new(&text) {
            Ok(_) => Ok(StageNode::Pattern(text)),
            Err(reason) => Err(Fault::about(span, format!("invalid pattern parser: {reason}"))),
        }
    }

    fn label_formats(&mut self) -> Result<StageNode, Fault> {
        let mut formats: Vec<LabelFormat> = Vec::new();
        loop {
            let (label, start) = self.identifier("IDENTIFIER")?;
            self.expect(Kind::Equal, "=")?;
            let value = if self.peek()?.kind == Kind::Identifier {
                LabelValue::Rename(self.identifier("")?.0)
            } else {
                LabelValue::Template(self.string("IDENTIFIER or STRING")?.0)
            };
            self.bounded(formats.len())?;
            formats.push(LabelFormat { span: Span { start: start.start, end: self.last_end }, label, value });
            if !self.accept(Kind::Comma)? {
                break;
            }
        }
        Ok(StageNode::LabelFormat(formats))
    }

    /// Refuses a list that has `length` labels already, at the token that comes next.
    fn bounded(&mut self, length: usize) -> Result<(), Fault> {
        if length < LISTED_MAX {
            return Ok(());
        }
        Err(Fault::at(self.peek()?.span, format!("stage names more labels than the limit of {LISTED_MAX}")))
    }

    fn label_choices(&mut self) -> Result<Vec<LabelChoice>, Fault> {
        let mut choices = Vec::new();
        loop {
            let (label, span) = self.identifier("IDENTIFIER")?;
            self.bounded(choices.len())?;
            choices.push(match match_op(self.peek()?.kind) {
                Some(op) => {
                    self.advance();
                    LabelChoice::Matching(self.matcher_value(label, op, span)?)
                }
                None => LabelChoice::Name(label),
            });
            if !self.accept(Kind::Comma)? {
                return Ok(choices);
            }
        }
    }
}

pub(super) fn too_many(span: Span) -> Fault {
    Fault::at(span, format!("pipeline has more stages than the limit of {STAGES_MAX}"))
}
