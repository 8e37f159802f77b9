//! `hour`, `day_of_week` and the like: parts of a time in UTC.

use super::calendar::Civil;
use language::promql::function::Function;

/// The part of a time that the function names, or `None` where the function is of another family.
pub(super) fn of(function: Function) -> Option<fn(Civil) -> i64> {
    Some(match function {
        Function::Year => |civil| civil.year,
        Function::Month => |civil| civil.month,
        Function::DayOfMonth => |civil| civil.day,
        Function::DayOfWeek => |civil| civil.weekday,
        Function::DayOfYear => |civil| civil.day_of_year,
        Function::DaysInMonth => Civil::days_in_month,
        Function::Hour => |civil| civil.hour,
        Function::Minute => |civil| civil.minute,
        _ => return None,
    })
}

/// Applies it to seconds since the epoch.
#[expect(clippy::cast_precision_loss, reason = "years are far below 2^53")]
#[expect(clippy::cast_possible_truncation, reason = "a time beyond 2^63 seconds saturates")]
pub(super) fn apply(part: fn(Civil) -> i64, seconds: f64) -> f64 {
    /// Times beyond it are cut, so that the calendar's arithmetic cannot overflow.
    const SECONDS_MAX: i64 = 1 << 55;
    part(Civil::from_seconds((seconds as i64).clamp(-SECONDS_MAX, SECONDS_MAX))) as f64
}
