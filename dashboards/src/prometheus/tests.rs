//! The API as its clients see it: whole answers, compared as text, because key order is part of the contract.

mod errors;
mod lists;
mod queries;
mod rules;
mod status;
mod targets;
mod writes;
