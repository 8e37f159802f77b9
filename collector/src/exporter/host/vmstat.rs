//! Paging, swapping and out-of-memory kills, from `/proc/vmstat`: the fields that node_exporter tells by default.

use super::source::{Problem, number, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::Unknown;

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let text = read(&reading.roots.proc.join("vmstat"))?;
    for (field, value) in text.lines().filter_map(|line| line.split_once(' ')) {
        if let Some(value) = number(value).filter(|_| is_told(field)) {
            let help = format!("/proc/vmstat information field {field}.");
            page.single(&format!("node_vmstat_{field}"), Unknown, &help, value);
        }
    }
    Ok(())
}

/// node_exporter's default: `^(oom_kill|pgpg|pswp|pg.*fault).*`.
fn is_told(field: &str) -> bool {
    let is_fault = field.strip_prefix("pg").is_some_and(|rest| rest.contains("fault"));
    is_fault || ["oom_kill", "pgpg", "pswp"].into_iter().any(|prefix| field.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fields_of_paging_are_told() {
        for told in ["oom_kill", "pgpgin", "pswpout", "pgfault", "pgmajfault"] {
            assert!(is_told(told), "{told}");
        }
        for untold in ["nr_free_pages", "pgalloc_dma", "thp_fault_alloc"] {
            assert!(!is_told(untold), "{untold}");
        }
    }
}
