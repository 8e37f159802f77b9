//! One live tail from its request to its end.
//!
//! Invariant: whatever is waited for, the client is listened to and asked whether it is still there. No end leaves
//! anything running.

use super::frame::{Dialect, Dropped};
use super::live::{self, Live, Told};
use crate::error::{ErrorKind, Failure};
use crate::limits::{ANSWER_OWN_BYTES, LOG_LINES_DEFAULT, QUERY_MAX};
use crate::limits::{TAIL_DELAY_SECONDS_MAX, TAIL_PING_EVERY, TAIL_PINGS_UNANSWERED_MAX, TAILS_MAX};
use crate::loki::given::Given;
use crate::loki::query::in_loki_words;
use crate::state::{Backends, Front};
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use model::cancel::Cancel;
use model::instrument::Instrument;
use model::time::Nanos;
use query::limits::LOG_ENTRIES_MAX;
use query::logql::{LogRangeRequest, LogValue, TailPlan};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use store::logs::Direction;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// How far beyond now lines of the past are looked for: the clock says whole milliseconds, and what was appended in
/// the one at hand is past too.
const PAST_MARGIN: Duration = Duration::from_secs(1);

/// How long lines of the past are remembered at least.
const TOLD_KEPT: Duration = Duration::from_secs(2);

/// Bytes of the reason in a close frame, as RFC 6455 bounds control frames.
const CLOSE_REASON_BYTES_MAX: usize = 123;

/// A tail that may begin.
pub(super) struct Session {
    front: Front,
    backends: Arc<Backends>,
    given: Given,
    dialect: Dialect,
    plan: TailPlan,
    limit: usize,
    start: Nanos,
    delay: Duration,
    seat: OwnedSemaphorePermit,
}

/// Why a tail ends.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The client has left or answers no more.
    Left,
    /// The daemon stops.
    Stopping,
    /// Something went wrong.
    Failed(String),
}

impl Session {
    /// Checks what is asked, and takes a seat.
    ///
    /// # Errors
    /// A parameter or the query makes no sense, or there are too many tails.
    pub(super) async fn prepare(
        front: &Front,
        backends: Arc<Backends>,
        given: Given,
        dialect: Dialect,
    ) -> Result<Self, Failure> {
        let text = given.query()?.to_owned();
        let engine = Arc::clone(&backends.log_engine);
        let plan = front.compute(QUERY_MAX, move |_| engine.tail(&text).map_err(in_loki_words)).await?;
        let limit = given.count("limit", LOG_LINES_DEFAULT)?;
        if limit > LOG_ENTRIES_MAX {
            let what = format!("limit > max_entries_limit_per_query ({limit} > {LOG_ENTRIES_MAX})");
            return Err(Failure::bad_data(format!("max entries limit per query exceeded, {what}")));
        }
        let delay = given.count("delay_for", 0)?;
        if delay > TAIL_DELAY_SECONDS_MAX {
            return Err(Failure::bad_data(format!("delay_for can't be greater than {TAIL_DELAY_SECONDS_MAX}")));
        }
        let start = given.range()?.start;
        let seat = Arc::clone(front.tail_seats()).try_acquire_owned().map_err(|_| no_seat(front))?;
        let delay = Duration::from_secs(delay as u64);
        Ok(Self { front: front.clone(), backends, given, dialect, plan, limit, start, delay, seat })
    }

    /// Talks to the client until either side has enough.
    pub(super) async fn run(self, socket: WebSocket, stop: CancellationToken) {
        let Self { front, backends, given, dialect, plan, limit, start, delay, seat } = self;
        show_running(&front);
        let mut line = Line::new(socket, stop);
        let subscription = backends.logs.subscribe(plan.query());
        let live = Live { plan, subscription, delay, told: Told::new(), forget: Instant::now() };
        let past = Past { given, backends, dialect, limit, start };
        let end = talk(&front, &mut line, live, past).await;
        line.close(end).await;
        drop(seat);
        show_running(&front);
    }
}

fn no_seat(front: &Front) -> Failure {
    front.count(Instrument::HttpRefused, &["tails"]);
    let what = format!("count > limit ({} > {TAILS_MAX})", TAILS_MAX + 1);
    Failure::new(ErrorKind::Busy, format!("max concurrent tail requests limit exceeded, {what}"))
}

fn show_running(front: &Front) {
    let running = TAILS_MAX.saturating_sub(Semaphore::available_permits(front.tail_seats()));
    front.instruments().set(Instrument::LogTails, &[], u32::try_from(running).map_or(f64::MAX, f64::from));
}

/// Tells the past, then what comes; returns why that is over.
async fn talk(front: &Front, line: &mut Line, mut live: Live, past: Past) -> End {
    let dialect = past.dialect;
    let told = async {
        if past.limit > 0 {
            let (messages, told) = line.attend(past.find(front)).await?.map_err(|failure| End::Failed(failure.text))?;
            let bytes = messages.iter().map(String::len).sum();
            let _share = if bytes > ANSWER_OWN_BYTES {
                let share = front.answer_room().share(bytes);
                Some(share.ok_or_else(|| End::Failed("too many answers wait to be read, try again".to_owned()))?)
            } else {
                None
            };
            line.tell(messages).await?;
            (live.told, live.forget) = (told, Instant::now() + TOLD_KEPT);
        }
        loop {
            let (lines, dropped) = line.attend(live.next()).await?;
            front.instruments().add(Instrument::LogTailLinesDropped, &[], dropped);
            line.tell(dialect.messages(&lines, Dropped { lines: dropped, at: front.now().into() })).await?;
        }
    };
    let never: Result<std::convert::Infallible, End> = told.await;
    match never {
        Err(end) => end,
    }
}

/// Lines that were there before.
struct Past {
    given: Given,
    backends: Arc<Backends>,
    dialect: Dialect,
    limit: usize,
    start: Nanos,
}

impl Past {
    /// The newest lines, oldest first, as messages.
    async fn find(self, front: &Front) -> Result<(Vec<String>, Told), Failure> {
        let now = Nanos::from(front.now());
        let work = move |cancel: &Cancel| {
            let request = LogRangeRequest {
                text: self.given.query()?,
                start: self.start,
                end: now.plus(PAST_MARGIN),
                step: Duration::from_secs(1),
                interval: Duration::ZERO,
                direction: Direction::Backward,
                limit: self.limit,
                cancel,
            };
            let answer = self.backends.log_engine.range(&request).map_err(in_loki_words)?;
            let LogValue::Lines(mut lines) = answer.value else { return Ok((Vec::new(), Told::new())) };
            lines.reverse();
            let mut told = Told::new();
            lines.iter().for_each(|line| *told.entry(live::fingerprint(line)).or_default() += 1);
            Ok((self.dialect.messages(&lines, Dropped { lines: 0, at: now }), told))
        };
        front.compute(QUERY_MAX, work).await
    }
}

/// The connection to the client.
struct Line {
    socket: WebSocket,
    stop: CancellationToken,
    ping: Interval,
    unanswered: u32,
}

impl Line {
    fn new(socket: WebSocket, stop: CancellationToken) -> Self {
        let mut ping = tokio::time::interval(TAIL_PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.reset();
        Self { socket, stop, ping, unanswered: 0 }
    }

    /// Waits for the work, and sees to the client meanwhile.
    async fn attend<T>(&mut self, work: impl Future<Output = T>) -> Result<T, End> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(End::Stopping),
                said = self.socket.recv() => match said {
                    None | Some(Err(_) | Ok(Message::Close(_))) => return Err(End::Left),
                    Some(Ok(_)) => self.unanswered = 0,
                },
                _ = self.ping.tick() => self.send_ping().await?,
                done = work.as_mut() => return Ok(done),
            }
        }
    }

    async fn send_ping(&mut self) -> Result<(), End> {
        if self.unanswered >= TAIL_PINGS_UNANSWERED_MAX {
            return Err(End::Left);
        }
        self.unanswered += 1;
        self.send(Message::Ping(Bytes::new())).await
    }

    async fn tell(&mut self, messages: Vec<String>) -> Result<(), End> {
        for message in messages {
            self.send(Message::Text(message.into())).await?;
        }
        Ok(())
    }

    /// Sends a message. How long that may take is for the connection below to say.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(End::Stopping),
            sent = self.socket.send(message) => sent.map_err(|_| End::Left),
        }
    }

    /// Tells the client why it ends, where there is one.
    async fn close(mut self, end: End) {
        let (code, reason) = match end {
            End::Left => return,
            End::Stopping => (close_code::AWAY, "Belfry is stopping".to_owned()),
            End::Failed(reason) => (close_code::ERROR, reason),
        };
        let cut = (0..=CLOSE_REASON_BYTES_MAX.min(reason.len())).rev().find(|at| reason.is_char_boundary(*at));
        let reason = reason.get(..cut.unwrap_or(0)).unwrap_or_default().into();
        // A client that reads no more is not waited for.
        let farewell = self.socket.send(Message::Close(Some(CloseFrame { code, reason })));
        let _ = tokio::time::timeout(TAIL_PING_EVERY, farewell).await;
    }
}
