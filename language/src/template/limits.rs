//! Every bound on templates, with what happens beyond it.
//!
//! Invariant: a template within these bounds is parsed, rendered and dropped recursively on a stack of 2 MiB; what a
//! rendering may cost is decided by its [`Limits`], which no template can raise.

/// Longest text of one template in bytes. A longer one is refused before it is read.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// How deep parentheses and blocks may nest together, a chain of `else if` counting once. The template is refused where
/// the bound is passed. Go allows 10,000 parentheses.
pub const NESTING_MAX: usize = 100;

/// How deep a rendering may go: parentheses, blocks and called templates together. Beyond it the rendering fails, as
/// for a template that calls itself without end. Go allows 100,000 templates.
pub const DEPTH_MAX: usize = 250;

/// Bytes of arguments that count as one step of a call, so that a step costs about the same whatever is called.
pub const BYTES_PER_STEP: usize = 64;

/// Steps that compiling a regular expression counts as, since a loop can make a new one in each turn.
pub const REGEX_STEPS: u64 = 1_000;

/// Steps that an object as an argument counts as, since its contents may be made for the call.
pub const OBJECT_STEPS: usize = 32;

/// How deep lists and maps that functions make may nest. Beyond it the rendering fails, so that showing and dropping
/// them needs little stack. JSON nests to 128.
pub const VALUE_DEPTH_MAX: usize = 200;

/// Compiled regular expressions that a thread remembers for templates. Beyond it they are forgotten and compiled again.
pub const REGEXES_KEPT: usize = 16;

/// Widest field and highest precision that `printf` obeys, as in Go; a larger one is noted in its text.
pub const WIDTH_MAX: i64 = 1_000_000;

/// What one rendering may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text that is rendered and of all that functions make on the way. Beyond it the rendering fails.
    pub bytes: usize,
    /// Steps: parts of the template that are walked, turns of `range`, commands, and [`BYTES_PER_STEP`] of their
    /// arguments. Beyond it the rendering fails; this is the deadline, since templates know no clock.
    pub steps: u64,
}

impl Limits {
    /// For one log line: 1 MiB, 100,000 steps (some milliseconds).
    pub const LINE: Self = Self { bytes: 1 << 20, steps: 100_000 };
    /// For one annotation or message: 16 MiB, 5,000,000 steps (some tenths of a second).
    pub const MESSAGE: Self = Self { bytes: 16 << 20, steps: 5_000_000 };
}
