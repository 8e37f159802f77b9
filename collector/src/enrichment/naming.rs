//! The label `service_name`, by which Grafana's Drilldown finds what writes logs.
//!
//! Invariant: a set that has the label keeps it as it is.

use model::labels::Labels;

/// The label.
pub const SERVICE_NAME: &str = "service_name";

/// Its value where nothing tells one.
const UNKNOWN: &str = "unknown_service";

/// The labels that tell it, the first that is there counts (Loki's `discover_service_name`).
const FROM: [&str; 13] = [
    "service",
    "app",
    "application",
    "app_name",
    "name",
    "app_kubernetes_io_name",
    "container",
    "container_name",
    "k8s_container_name",
    "component",
    "workload",
    "job",
    "k8s_job_name",
];

/// Labels of streams that Loki itself makes; they serve nothing.
const INTERNAL: [&str; 2] = ["__aggregated_metric__", "__pattern__"];

/// The set with a `service_name`.
pub fn with_service_name(labels: &Labels) -> Labels {
    if labels.get(SERVICE_NAME).is_some() || INTERNAL.iter().any(|name| labels.get(name).is_some()) {
        return labels.clone();
    }
    let name = FROM.iter().find_map(|name| labels.get(name)).unwrap_or(UNKNOWN);
    labels.to_builder().set(SERVICE_NAME, name).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_label_of_the_list_names_the_service() {
        let check = |pairs: &[(&str, &str)], expected: Option<&str>| {
            let labels = with_service_name(&Labels::from_pairs(pairs.iter().copied()));
            assert_eq!(labels.get(SERVICE_NAME), expected, "{pairs:?}");
        };
        check(&[("job", "j"), ("app", "a"), ("container", "c")], Some("a"));
        check(&[("container", "c"), ("pod", "p"), ("namespace", "n")], Some("c"));
        check(&[("k8s_job_name", "k")], Some("k"));
        check(&[("service_name", "mine"), ("service", "s")], Some("mine"));
        check(&[("foo", "bar")], Some("unknown_service"));
        check(&[], Some("unknown_service"));
        check(&[("__aggregated_metric__", "x"), ("app", "a")], None);
    }
}
