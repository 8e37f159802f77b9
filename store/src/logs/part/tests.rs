//! Parts are written, read, merged and damaged.

use super::*;
use crate::fs::RealDisk;
use model::labels::Labels;
use model::time::Nanos;

mod damage;
mod fixture;
mod round_trip;
