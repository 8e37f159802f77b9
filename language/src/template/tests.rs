//! Templates as users write them.

mod corpus;
mod mutation;
