//! What the operators do with two floats.
//!
//! Invariant: floats follow IEEE 754.

use language::promql::ast::BinaryOp;

/// Whether a comparison holds; `None` for the other operators.
pub(crate) fn comparison(op: BinaryOp, left: f64, right: f64) -> Option<bool> {
    Some(match op {
        BinaryOp::Eq => left == right,
        BinaryOp::Ne => left != right,
        BinaryOp::Lt => left < right,
        BinaryOp::Le => left <= right,
        BinaryOp::Gt => left > right,
        BinaryOp::Ge => left >= right,
        _ => return None,
    })
}

/// The operator between scalars; comparisons give 0 or 1.
pub(crate) fn of_scalars(op: BinaryOp, left: f64, right: f64) -> f64 {
    if let Some(holds) = comparison(op, left, right) {
        return f64::from(u8::from(holds));
    }
    match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        BinaryOp::Div => left / right,
        BinaryOp::Mod => left % right,
        BinaryOp::Pow => left.powf(right),
        BinaryOp::Atan2 => left.atan2(right),
        _ => f64::NAN,
    }
}
