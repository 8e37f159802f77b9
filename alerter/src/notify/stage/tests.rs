//! Attempts by class of failure, until they are superseded.

use super::*;
use model::labels::Labels;
use std::sync::Mutex;

/// Answers one after the other; the last one for ever.
#[derive(Debug)]
struct Scripted(Mutex<Vec<Option<Result<(), Retry>>>>);

impl Notifier for Scripted {
    fn kind(&self) -> &'static str {
        "scripted"
    }

    fn sends_resolved(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, _: &'a Notification) -> super::super::Attempt<'a> {
        Box::pin(async {
            let next = {
                let mut answers = self.0.lock().expect("whole");
                if answers.len() > 1 { answers.remove(0) } else { answers[0] }
            };
            match next {
                Some(answer) => answer.map_err(|retry| Undelivered { retry, what: format!("{retry:?}") }),
                None => std::future::pending().await,
            }
        })
    }
}

/// How it ended, and after how many milliseconds.
async fn sent(answers: &[Option<Result<(), Retry>>], seconds: u64) -> (Ended, u128) {
    let notifier = Scripted(Mutex::new(answers.to_vec()));
    let notification = Notification {
        receiver: "oncall".to_owned(),
        group_key: "{}:{}".to_owned(),
        group_labels: Labels::empty(),
        alerts: Vec::new(),
        now: Millis(0),
    };
    let begun = Instant::now();
    let deadline = begun + Duration::from_secs(seconds);
    let stop = CancellationToken::new();
    let ended = send(&notifier, &notification, deadline, &stop, |_, _| Then::GoOn).await;
    (ended, begun.elapsed().as_millis())
}

const ARRIVED: Option<Result<(), Retry>> = Some(Ok(()));
const SOON: Option<Result<(), Retry>> = Some(Err(Retry::Soon));
const NEVER: Option<Result<(), Retry>> = Some(Err(Retry::Never));

#[tokio::test(start_paused = true)]
async fn attempts_are_repeated_by_class() {
    let (ended, took) = sent(&[ARRIVED], 10).await;
    assert_eq!((ended.attempts, ended.result, took), (1, Ok(()), 0));
    let (ended, took) = sent(&[SOON, SOON, ARRIVED], 10).await;
    assert_eq!((ended.attempts, ended.result), (3, Ok(())));
    assert!((750..=1_500).contains(&took), "{took}");
    let (ended, took) = sent(&[SOON, NEVER], 10).await;
    assert_eq!((ended.attempts, ended.result), (2, Err((GaveUp::Permanent, "Never".to_owned()))));
    assert!(took < 1_000, "{took}");
    let after = Some(Err(Retry::After(Duration::from_secs(7))));
    let (ended, took) = sent(&[after, ARRIVED], 10).await;
    assert_eq!((ended.attempts, ended.result, took), (2, Ok(()), 7_000));
}

#[tokio::test(start_paused = true)]
async fn the_next_turn_supersedes() {
    let (ended, took) = sent(&[SOON], 300).await;
    assert_eq!(ended.result, Err((GaveUp::Superseded, "Soon".to_owned())));
    assert_eq!(took, 300_000);
    assert!((8..20).contains(&ended.attempts), "{}", ended.attempts);
    let (ended, took) = sent(&[None], 300).await;
    let what = "no answer before the group's next turn".to_owned();
    assert_eq!((ended.attempts, ended.result, took), (1, Err((GaveUp::Superseded, what)), 300_000));
    let (ended, took) = sent(&[Some(Err(Retry::After(Duration::MAX)))], 300).await;
    assert_eq!((ended.attempts, took), (1, 300_000));
}
