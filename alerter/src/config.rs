//! The sections `alerting`, `rule_files` and `log_rule_files`.

pub mod alertmanagers;
