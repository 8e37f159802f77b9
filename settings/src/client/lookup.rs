//! Looks the names of hosts up, on threads of which there are only so many.
//!
//! Invariant: a lookup keeps its thread until the system is done with it, also when its request has given up, so a name
//! server that hangs never takes the threads that queries and pages run on.

use crate::limits::{LOOKUPS_AT_ONCE, LOOKUPS_WAITING_MAX};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use runtime::pool::Pool;
use std::net::ToSocketAddrs;
use std::sync::LazyLock;

/// One for all clients: threads are counted in the whole process.
static POOL: LazyLock<Pool> = LazyLock::new(|| Pool::new(LOOKUPS_AT_ONCE, LOOKUPS_WAITING_MAX));

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lookup;

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = POOL.run(move || (name.as_str(), 0).to_socket_addrs()).await??;
            Ok(Box::new(found) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_are_looked_up_by_the_system() {
        let found = Lookup.resolve("localhost".parse().expect("a name")).await.map(Iterator::collect::<Vec<_>>);
        assert!(found.expect("an address").iter().all(|address| address.ip().is_loopback()));
        let impossible = Lookup.resolve("x".repeat(300).parse().expect("a name")).await;
        assert!(impossible.is_err());
    }
}
