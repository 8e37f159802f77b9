//! Sizes in bytes as configs write them: `512MB`, `64MiB`, `10GB`, `1024`.

/// Reads a size. Units are powers of 1024 whether written `MB` or `MiB`, as Prometheus reads them; case matters little.
///
/// # Errors
/// A sentence naming the text, when the number or the unit is not understood or the size passes 2^63.
pub fn parse(text: &str) -> Result<u64, String> {
    let refuse = || format!("not a valid size: {}", crate::number::quoted(text));
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        "P" | "PB" | "PIB" => 50,
        _ => return Err(refuse()),
    };
    let bytes = number.parse::<f64>().map_err(|_| refuse())? * (1_u64 << shift) as f64;
    if bytes < 9.0e18 { Ok(bytes as u64) } else { Err(refuse()) }
}

/// Writes a size for people: `0 B`, `1.5 KiB`, `12 MiB`.
pub fn format(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if value < 10.0 && unit != "B" { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_and_write() {
        assert_eq!(parse("0"), Ok(0));
        assert_eq!(parse("512MB"), Ok(512 << 20));
        assert_eq!(parse("1.5GiB"), Ok(3 << 29));
        assert_eq!(parse("64 mib"), Ok(64 << 20));
        assert!(parse("12XB").is_err() && parse("").is_err() && parse("-1").is_err() && parse("1e400").is_err());
        assert_eq!(format(0), "0 B");
        assert_eq!(format(1536), "1.5 KiB");
        assert_eq!(format(12 << 20), "12 MiB");
    }
}
