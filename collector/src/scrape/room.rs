//! The room that the bodies of all scrapes share, from their first bytes until they are read.
//!
//! Invariant: the shares together never exceed the room, but for what each body has for itself
//! ([`SCRAPE_BODY_OWN_BYTES`]). A share that cannot grow waits; whoever waits is bounded by the timeout of its scrape,
//! so bodies that wait for each other end by themselves.

use super::failure::{Failure, FailureClass};
use crate::limits::{SCRAPE_BODIES_BYTES_MAX, SCRAPE_BODY_OWN_BYTES};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one permit of the semaphore stands for, in bytes.
const PERMIT_BYTES: usize = 1 << 10;

/// See the module. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    permits: Arc<Semaphore>,
    bytes: usize,
}

/// The part of the room that one body takes. Dropping it gives it back.
#[derive(Debug, Default)]
pub(crate) struct Share(Option<OwnedSemaphorePermit>);

impl Default for Room {
    fn default() -> Self {
        Self::new(SCRAPE_BODIES_BYTES_MAX)
    }
}

impl Room {
    pub(super) fn new(bytes: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(bytes / PERMIT_BYTES)), bytes }
    }

    /// Waits until a body of this length has its share.
    ///
    /// # Errors
    /// When all of the room would not be enough.
    pub(super) async fn grow(&self, share: &mut Share, length: usize) -> Result<(), Failure> {
        let needed = length.saturating_sub(SCRAPE_BODY_OWN_BYTES).div_ceil(PERMIT_BYTES);
        let missing = needed.saturating_sub(share.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits));
        if missing == 0 {
            return Ok(());
        }
        let refuse = || {
            let text = format!("body of {length} bytes is larger than the {} bytes that all bodies share", self.bytes);
            Failure::new(FailureClass::BodyTooLarge, text)
        };
        if needed > self.bytes / PERMIT_BYTES {
            return Err(refuse());
        }
        let missing = u32::try_from(missing).map_err(|_| refuse())?;
        let more = Arc::clone(&self.permits).acquire_many_owned(missing).await.map_err(|_| refuse())?;
        match &mut share.0 {
            Some(permit) => permit.merge(more),
            None => share.0 = Some(more),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_bodies_wait_for_each_other_and_small_ones_for_nobody() {
        let room = Room::new(2 * PERMIT_BYTES);
        let (mut large, mut other, mut small) = (Share::default(), Share::default(), Share::default());
        assert_eq!(room.grow(&mut large, SCRAPE_BODY_OWN_BYTES + 2 * PERMIT_BYTES).await, Ok(()));
        assert_eq!(room.grow(&mut small, SCRAPE_BODY_OWN_BYTES).await, Ok(()));
        let mut waiting = Box::pin(room.grow(&mut other, SCRAPE_BODY_OWN_BYTES + 1));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        drop(large);
        assert_eq!(waiting.await, Ok(()));
        let failure =
            room.grow(&mut small, SCRAPE_BODY_OWN_BYTES + 2 * PERMIT_BYTES + 1).await.expect_err("never fits");
        assert_eq!(failure.class, FailureClass::BodyTooLarge);
    }
}
