//! One memory budget shared by all queries: what a query holds is charged, and given back when it is dropped.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The pool that all queries draw from.
#[derive(Debug)]
pub struct Pool {
    limit_bytes: u64,
    used_bytes: AtomicU64,
}

/// A charge was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverBudget {
    /// The pool's size in bytes.
    pub limit_bytes: u64,
    /// The charge that did not fit, in bytes.
    pub asked_bytes: u64,
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "query needs {} bytes more than the {} bytes that all queries share",
            self.asked_bytes, self.limit_bytes
        )
    }
}

impl std::error::Error for OverBudget {}

impl Pool {
    /// A pool of that many bytes.
    pub fn new(limit_bytes: u64) -> Arc<Self> {
        Arc::new(Self { limit_bytes, used_bytes: AtomicU64::new(0) })
    }

    /// Bytes charged at the moment, all queries together.
    pub fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }
}

/// What one query has been charged. Dropping it gives everything back.
#[derive(Debug)]
pub struct Budget {
    pool: Arc<Pool>,
    charged_bytes: AtomicU64,
}

impl Budget {
    /// An empty charge on the pool.
    pub fn new(pool: Arc<Pool>) -> Self {
        Self { pool, charged_bytes: AtomicU64::new(0) }
    }

    /// A budget that nothing can exceed, for tests and for work that is not a query.
    pub fn unlimited() -> Self {
        Self::new(Pool::new(u64::MAX))
    }

    /// Charges bytes.
    ///
    /// # Errors
    /// When the pool has less left; nothing is charged then.
    pub fn charge(&self, bytes: u64) -> Result<(), OverBudget> {
        let limit_bytes = self.pool.limit_bytes;
        let add = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= limit_bytes);
        match self.pool.used_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add) {
            Ok(_) => {
                self.charged_bytes.fetch_add(bytes, Ordering::Relaxed);
                Ok(())
            }
            Err(_) => Err(OverBudget { limit_bytes, asked_bytes: bytes }),
        }
    }

    /// Gives bytes back before the query ends; never more than were charged.
    pub fn release(&self, bytes: u64) {
        let mut given = 0;
        let take = |charged: u64| {
            given = bytes.min(charged);
            Some(charged - given)
        };
        if self.charged_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
            self.pool.used_bytes.fetch_sub(given, Ordering::Relaxed);
        }
    }

    /// Bytes this query is charged for.
    pub fn charged_bytes(&self) -> u64 {
        self.charged_bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        self.pool.used_bytes.fetch_sub(self.charged_bytes(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_share_one_pool() {
        let pool = Pool::new(100);
        let first = Budget::new(Arc::clone(&pool));
        assert_eq!(first.charge(60), Ok(()));
        let second = Budget::new(Arc::clone(&pool));
        assert_eq!(second.charge(50), Err(OverBudget { limit_bytes: 100, asked_bytes: 50 }));
        first.release(20);
        assert_eq!(second.charge(50), Ok(()));
        drop(second);
        assert_eq!(pool.used_bytes(), 40);
        first.release(1_000);
        assert_eq!(pool.used_bytes(), 0);
    }
}
