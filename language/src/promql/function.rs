//! The functions of PromQL: names, signatures, and which of them need a feature flag.

use super::ast::ValueType::{self, Matrix, Scalar, String as Text, Vector};

/// A function's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Types of the arguments, optional ones included. The last repeats when `variadic` allows more.
    pub args: &'static [ValueType],
    /// How many of `args`, counted from the end, may be left out; [`Arity::Repeated`] also allows any number more.
    pub optional: Arity,
    /// What it returns.
    pub returns: ValueType,
    /// Needs the flag `promql-experimental-functions`.
    pub experimental: bool,
}

/// Which arguments may be left out or repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// The last `n` may be left out; 0 means all are needed.
    Optional(usize),
    /// The last may stand any number of times, or not at all.
    Repeated,
    /// The last may stand up to this number of times, or not at all.
    RepeatedUpTo(usize),
}

macro_rules! functions {
    ($($member:ident $name:literal ($($arg:ident),*) $optional:expr => $returns:ident $($flag:ident)?;)*) => {
        /// Every function of Prometheus 3.14 but `start_timestamp`, for which the store keeps no times.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is named as PromQL names it")]
        pub enum Function { $($member,)* }

        impl Function {
            /// All of them, in the order of their names.
            pub const ALL: &'static [Function] = &[$(Function::$member,)*];

            /// Its name in PromQL.
            pub const fn name(self) -> &'static str {
                match self { $(Function::$member => $name,)* }
            }

            /// Its shape.
            pub const fn signature(self) -> Signature {
                match self {
                    $(Function::$member => Signature {
                        args: &[$($arg),*],
                        optional: $optional,
                        returns: $returns,
                        experimental: functions!(@flag $($flag)?),
                    },)*
                }
            }

            /// Finds a function by its name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.binary_search_by(|function| function.name().cmp(name)).ok().and_then(|at| Self::ALL.get(at).copied())
            }
        }
    };
    (@flag) => { false };
    (@flag experimental) => { true };
}

use Arity::{Optional, Repeated, RepeatedUpTo};

functions! {
    Abs "abs" (Vector) Optional(0) => Vector;
    Absent "absent" (Vector) Optional(0) => Vector;
    AbsentOverTime "absent_over_time" (Matrix) Optional(0) => Vector;
    Acos "acos" (Vector) Optional(0) => Vector;
    Acosh "acosh" (Vector) Optional(0) => Vector;
    Asin "asin" (Vector) Optional(0) => Vector;
    Asinh "asinh" (Vector) Optional(0) => Vector;
    Atan "atan" (Vector) Optional(0) => Vector;
    Atanh "atanh" (Vector) Optional(0) => Vector;
    AvgOverTime "avg_over_time" (Matrix) Optional(0) => Vector;
    Ceil "ceil" (Vector) Optional(0) => Vector;
    Changes "changes" (Matrix) Optional(0) => Vector;
    Clamp "clamp" (Vector, Scalar, Scalar) Optional(0) => Vector;
    ClampMax "clamp_max" (Vector, Scalar) Optional(0) => Vector;
    ClampMin "clamp_min" (Vector, Scalar) Optional(0) => Vector;
    Cos "cos" (Vector) Optional(0) => Vector;
    Cosh "cosh" (Vector) Optional(0) => Vector;
    CountOverTime "count_over_time" (Matrix) Optional(0) => Vector;
    DayOfMonth "day_of_month" (Vector) Optional(1) => Vector;
    DayOfWeek "day_of_week" (Vector) Optional(1) => Vector;
    DayOfYear "day_of_year" (Vector) Optional(1) => Vector;
    DaysInMonth "days_in_month" (Vector) Optional(1) => Vector;
    Deg "deg" (Vector) Optional(0) => Vector;
    Delta "delta" (Matrix) Optional(0) => Vector;
    Deriv "deriv" (Matrix) Optional(0) => Vector;
    DoubleExponentialSmoothing "double_exponential_smoothing" (Matrix, Scalar, Scalar) Optional(0) => Vector experimental;
    End "end" () Optional(0) => Scalar experimental;
    Exp "exp" (Vector) Optional(0) => Vector;
    FirstOverTime "first_over_time" (Matrix) Optional(0) => Vector;
    Floor "floor" (Vector) Optional(0) => Vector;
    HistogramAvg "histogram_avg" (Vector) Optional(0) => Vector;
    HistogramCount "histogram_count" (Vector) Optional(0) => Vector;
    HistogramFraction "histogram_fraction" (Scalar, Scalar, Vector) Optional(0) => Vector;
    HistogramQuantile "histogram_quantile" (Scalar, Vector) Optional(0) => Vector;
    HistogramQuantiles "histogram_quantiles" (Vector, Text, Scalar, Scalar) RepeatedUpTo(9) => Vector experimental;
    HistogramStddev "histogram_stddev" (Vector) Optional(0) => Vector;
    HistogramStdvar "histogram_stdvar" (Vector) Optional(0) => Vector;
    HistogramSum "histogram_sum" (Vector) Optional(0) => Vector;
    Hour "hour" (Vector) Optional(1) => Vector;
    Idelta "idelta" (Matrix) Optional(0) => Vector;
    Increase "increase" (Matrix) Optional(0) => Vector;
    Info "info" (Vector, Vector) Optional(1) => Vector experimental;
    Irate "irate" (Matrix) Optional(0) => Vector;
    LabelJoin "label_join" (Vector, Text, Text, Text) Repeated => Vector;
    LabelReplace "label_replace" (Vector, Text, Text, Text, Text) Optional(0) => Vector;
    LastOverTime "last_over_time" (Matrix) Optional(0) => Vector;
    Ln "ln" (Vector) Optional(0) => Vector;
    Log10 "log10" (Vector) Optional(0) => Vector;
    Log2 "log2" (Vector) Optional(0) => Vector;
    MadOverTime "mad_over_time" (Matrix) Optional(0) => Vector experimental;
    MaxOf "max_of" (Scalar, Scalar) Optional(0) => Scalar experimental;
    MaxOverTime "max_over_time" (Matrix) Optional(0) => Vector;
    MinOf "min_of" (Scalar, Scalar) Optional(0) => Scalar experimental;
    MinOverTime "min_over_time" (Matrix) Optional(0) => Vector;
    Minute "minute" (Vector) Optional(1) => Vector;
    Month "month" (Vector) Optional(1) => Vector;
    Pi "pi" () Optional(0) => Scalar;
    PredictLinear "predict_linear" (Matrix, Scalar) Optional(0) => Vector;
    PresentOverTime "present_over_time" (Matrix) Optional(0) => Vector;
    QuantileOverTime "quantile_over_time" (Scalar, Matrix) Optional(0) => Vector;
    Rad "rad" (Vector) Optional(0) => Vector;
    Range "range" () Optional(0) => Scalar experimental;
    Rate "rate" (Matrix) Optional(0) => Vector;
    Resets "resets" (Matrix) Optional(0) => Vector;
    Round "round" (Vector, Scalar) Optional(1) => Vector;
    Scalar_ "scalar" (Vector) Optional(0) => Scalar;
    Sgn "sgn" (Vector) Optional(0) => Vector;
    Sin "sin" (Vector) Optional(0) => Vector;
    Sinh "sinh" (Vector) Optional(0) => Vector;
    Sort "sort" (Vector) Optional(0) => Vector;
    SortByLabel "sort_by_label" (Vector, Text) Repeated => Vector experimental;
    SortByLabelDesc "sort_by_label_desc" (Vector, Text) Repeated => Vector experimental;
    SortDesc "sort_desc" (Vector) Optional(0) => Vector;
    Sqrt "sqrt" (Vector) Optional(0) => Vector;
    Start "start" () Optional(0) => Scalar experimental;
    StddevOverTime "stddev_over_time" (Matrix) Optional(0) => Vector;
    StdvarOverTime "stdvar_over_time" (Matrix) Optional(0) => Vector;
    Step "step" () Optional(0) => Scalar experimental;
    SumOverTime "sum_over_time" (Matrix) Optional(0) => Vector;
    Tan "tan" (Vector) Optional(0) => Vector;
    Tanh "tanh" (Vector) Optional(0) => Vector;
    Time "time" () Optional(0) => Scalar;
    Timestamp "timestamp" (Vector) Optional(0) => Vector;
    TsOfFirstOverTime "ts_of_first_over_time" (Matrix) Optional(0) => Vector experimental;
    TsOfLastOverTime "ts_of_last_over_time" (Matrix) Optional(0) => Vector experimental;
    TsOfMaxOverTime "ts_of_max_over_time" (Matrix) Optional(0) => Vector experimental;
    TsOfMinOverTime "ts_of_min_over_time" (Matrix) Optional(0) => Vector experimental;
    Vector_ "vector" (Scalar) Optional(0) => Vector;
    Year "year" (Vector) Optional(1) => Vector;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_found() {
        assert!(Function::ALL.is_sorted_by_key(|function| function.name()));
        for function in Function::ALL {
            assert_eq!(Function::from_name(function.name()), Some(*function));
        }
        assert_eq!(Function::from_name("Rate"), None);
        assert_eq!(Function::from_name(""), None);
    }
}
