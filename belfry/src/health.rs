//! `belfry health`: whether a running daemon is ready, as an exit code for container probes.
#![expect(clippy::print_stdout, reason = "the answer of `belfry health`")]

use crate::ask;
use crate::exit::Exit;
use anyhow::anyhow;

/// Asks the ready page; anything but 200 is a failure with its text.
pub(crate) fn run(url: &str) -> Result<(), Exit> {
    let page = ask::page(url, "/-/ready")?;
    if !page.status.is_success() {
        return Err(anyhow!("not ready: {}: {}", page.status, page.text.trim()).into());
    }
    println!("ready");
    Ok(())
}
