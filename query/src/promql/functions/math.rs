//! Functions of one float: rounding, logarithms, trigonometry, clamping.
//!
//! Invariant: histograms are left out. Where Rust and Go differ (NaN in minimum and maximum), Go decides.

use language::promql::function::Function;

/// The plain function of one float, or `None` where the function is of another family.
pub(super) fn of(function: Function) -> Option<fn(f64) -> f64> {
    Some(match function {
        Function::Abs => f64::abs,
        Function::Ceil => f64::ceil,
        Function::Floor => f64::floor,
        Function::Exp => f64::exp,
        Function::Sqrt => f64::sqrt,
        Function::Ln => f64::ln,
        Function::Log2 => f64::log2,
        Function::Log10 => f64::log10,
        Function::Sin => f64::sin,
        Function::Cos => f64::cos,
        Function::Tan => f64::tan,
        Function::Asin => f64::asin,
        Function::Acos => f64::acos,
        Function::Atan => f64::atan,
        Function::Sinh => f64::sinh,
        Function::Cosh => f64::cosh,
        Function::Tanh => f64::tanh,
        Function::Asinh => f64::asinh,
        Function::Acosh => f64::acosh,
        Function::Atanh => f64::atanh,
        Function::Rad => |degrees| degrees * std::f64::consts::PI / 180.0,
        Function::Deg => |radians| radians * 180.0 / std::f64::consts::PI,
        Function::Sgn => sign,
        _ => return None,
    })
}

/// -1, 1, or the value itself where it is zero or NaN.
fn sign(value: f64) -> f64 {
    if value < 0.0 {
        -1.0
    } else if value > 0.0 {
        1.0
    } else {
        value
    }
}

/// To the nearest multiple; halves go up.
pub(super) fn round(value: f64, to_nearest: f64) -> f64 {
    // Multiplying with the inverse is more accurate than dividing.
    let inverse = 1.0 / to_nearest;
    (value * inverse + 0.5).floor() / inverse
}

/// Between two bounds; NaN stays NaN.
pub(super) fn clamp(value: f64, lower: f64, upper: f64) -> f64 {
    larger(lower, smaller(upper, value))
}

/// Go's `math.Max`: NaN where either is.
pub(super) fn larger(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() { f64::NAN } else { left.max(right) }
}

/// Go's `math.Min`: NaN where either is.
pub(super) fn smaller(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() { f64::NAN } else { left.min(right) }
}
