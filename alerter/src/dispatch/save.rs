//! What the dispatcher keeps on disk: silences before anyone is answered, the notification log after each message, and
//! every few seconds the alerts that were told.
//!
//! Invariant: a silence is in force only once it is on disk. Saves of the log that come together become one.

use super::Dispatcher;
use crate::silence::{Refused, Silence, Silences, Wanted};
use model::instrument::Instrument;
use model::time::Millis;
use runtime::pool::PoolError;
use std::sync::{Arc, PoisonError};
use store::state::StateName;

impl Dispatcher {
    /// Every silence that is not forgotten, in no order.
    pub fn silences(&self) -> Vec<Arc<Silence>> {
        self.core().silences.iter().cloned().collect()
    }

    /// The silence of this id.
    pub fn silence(&self, id: &str) -> Option<Arc<Silence>> {
        self.core().silences.get(id).cloned()
    }

    /// Creates or changes a silence; answers with its id. It is on disk then.
    ///
    /// # Errors
    /// See [`Refused`]; nothing changed then.
    pub async fn set_silence(&self, wanted: Wanted) -> Result<String, Refused> {
        let new_id = uuid::Uuid::new_v4().to_string();
        self.change_silences(|silences, now| silences.set(wanted, new_id, now)).await
    }

    /// Ends a silence now. That is on disk then.
    ///
    /// # Errors
    /// See [`Refused`]; nothing changed then.
    pub async fn expire_silence(&self, id: &str) -> Result<(), Refused> {
        self.change_silences(|silences, now| silences.expire(id, now)).await
    }

    pub(super) async fn forget_old_silences(&self) {
        let now = self.now().wall;
        let any = self.core().silences.clone().forget_old(now);
        let forgotten = async {
            self.change_silences(|silences, now| {
                silences.forget_old(now);
                Ok(())
            })
            .await
        };
        if any && let Err(error) = forgotten.await {
            tracing::error!(%error, "old silences stay");
        }
    }

    async fn change_silences<T>(
        &self,
        change: impl FnOnce(&mut Silences, Millis) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let _one_at_a_time = self.silences_change.lock().await;
        let mut silences = self.core().silences.clone();
        let answer = change(&mut silences, self.now().wall)?;
        let bytes = silences.encode().map_err(Refused::Unsaved)?;
        self.save(StateName::Silences, bytes).await.map_err(Refused::Unsaved)?;
        self.core().silences = silences;
        Ok(answer)
    }

    /// Saves the log if it changed since the last time. A failure is told and made up for at the next save.
    pub(super) async fn save_log(&self) {
        let wanted = self.core().log.changes();
        let mut saved = self.log_saved.lock().await;
        if *saved >= wanted {
            return;
        }
        let log = self.core().log.clone();
        let changes = log.changes();
        let states = self.parts.states.clone();
        let work = move || {
            let bytes = log.encode()?;
            states.save(StateName::NotificationLog, &bytes).map_err(|error| error.to_string())
        };
        match told(self.pool.run(work).await) {
            Ok(()) => *saved = changes,
            Err(error) => self.unsaved(StateName::NotificationLog, &error),
        }
    }

    /// Keeps what somebody believes to go on, if that is something else than the last time.
    pub(super) async fn save_believed(&self) {
        let believed = self.core().believed(self.now().wall);
        let outline = Some(believed.outline());
        let saved = || self.believed_saved.lock().unwrap_or_else(PoisonError::into_inner);
        if *saved() == outline {
            return;
        }
        let states = self.parts.states.clone();
        let work = move || {
            let bytes = believed.encode()?;
            states.save(StateName::Told, &bytes).map_err(|error| error.to_string())
        };
        match told(self.pool.run(work).await) {
            Ok(()) => *saved() = outline,
            Err(error) => self.unsaved(StateName::Told, &error),
        }
    }

    async fn save(&self, name: StateName, bytes: Vec<u8>) -> Result<(), String> {
        let states = self.parts.states.clone();
        let work = move || states.save(name, &bytes).map_err(|error| error.to_string());
        told(self.pool.run(work).await).inspect_err(|error| self.unsaved(name, error))
    }

    fn unsaved(&self, name: StateName, error: &str) {
        let what = match name {
            StateName::Rules => "rules",
            StateName::Silences => "silences",
            StateName::NotificationLog => "notification_log",
            StateName::Told => "told_alerts",
        };
        tracing::error!(what, error, "alert state not saved");
        self.parts.instruments.add(Instrument::AlertStateUnsaved, &[what], 1);
    }
}

fn told(outcome: Result<Result<(), String>, PoolError>) -> Result<(), String> {
    outcome.unwrap_or_else(|error| Err(error.to_string()))
}
