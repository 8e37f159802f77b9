//! Counters of the network stack, from `/proc/net/{netstat,snmp,snmp6}`: those that node_exporter tells by default.

use super::source::{Problem, number, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::Unknown;
use std::collections::BTreeMap;

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let folder = reading.roots.proc.join("net");
    let mut fields = BTreeMap::new();
    add_tables(&read(&folder.join("netstat"))?, &mut fields);
    add_tables(&read(&folder.join("snmp"))?, &mut fields);
    // A machine without IPv6 has no such file.
    if let Ok(text) = read(&folder.join("snmp6")) {
        add_lines(&text, &mut fields);
    }
    for ((protocol, field), value) in fields {
        let name = format!("node_netstat_{protocol}_{field}");
        page.single(&name, Unknown, &format!("Statistic {protocol}{field}."), value);
    }
    Ok(())
}

type Fields = BTreeMap<(String, String), f64>;

/// Pairs of lines: `TcpExt: NAME...` and `TcpExt: VALUE...`.
fn add_tables(text: &str, fields: &mut Fields) {
    let mut lines = text.lines();
    while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
        let Some((protocol, names)) = names.split_once(':') else { return };
        let values = values.split_ascii_whitespace().skip(1);
        for (field, value) in names.split_ascii_whitespace().zip(values) {
            add(protocol, field, value, fields);
        }
    }
}

/// A line each: `Ip6InReceives 12`; the protocol ends in its `6`.
fn add_lines(text: &str, fields: &mut Fields) {
    for (name, value) in text.lines().filter_map(|line| line.split_once(char::is_whitespace)) {
        if let Some((protocol, field)) = name.split_once('6') {
            add(&format!("{protocol}6"), field, value.trim(), fields);
        }
    }
}

fn add(protocol: &str, field: &str, value: &str, fields: &mut Fields) {
    if let Some(value) = number(value).filter(|_| is_told(protocol, field)) {
        fields.insert((protocol.to_owned(), field.to_owned()), value);
    }
}

/// node_exporter's default for `--collector.netstat.fields`.
fn is_told(protocol: &str, field: &str) -> bool {
    if matches!(field, "InErrors" | "InErrs") {
        return true;
    }
    match protocol {
        "Ip" => field == "Forwarding",
        "Ip6" | "IpExt" => matches!(field, "InOctets" | "OutOctets"),
        "Icmp" | "Icmp6" => matches!(field, "InMsgs" | "OutMsgs"),
        "Tcp" => matches!(
            field,
            "ActiveOpens" | "InSegs" | "OutSegs" | "OutRsts" | "PassiveOpens" | "RetransSegs" | "CurrEstab"
        ),
        "TcpExt" => {
            let prefixes = ["Listen", "Syncookies", "TCPSynRetrans", "TCPTimeouts", "TCPOFOQueue", "TCPRcvQDrop"];
            let exact = prefixes.iter().skip(2).any(|name| field == *name);
            exact || prefixes.iter().take(2).any(|prefix| field.starts_with(prefix))
        }
        "Udp" | "Udp6" => {
            matches!(field, "InDatagrams" | "OutDatagrams" | "NoPorts" | "RcvbufErrors" | "SndbufErrors")
        }
        _ => false,
    }
}
