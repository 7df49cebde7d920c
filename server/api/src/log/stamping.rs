//! When a state of the log is stamped. An authority is asked once an hour, and when a work order was
//! concluded; a log that no witness watches is stamped as often as once a minute. What nobody answers is
//! asked again, each time about the latest state, which covers all before it, so nothing ever piles up.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::ids::Digest;
use domain::time::Timestamp;
use domain::tlog::note::Note;
use domain::tlog::outside::stamp_voice;
use sha2::{Digest as _, Sha256};
use store::StoreError;
use tokio::time::Instant;

use super::authority::{Authority, LastStamp, NoVoice, Said};
use super::publisher::Publisher;

/// How often at least, while the log grows (evidence §2.1).
const HOUR: Duration = Duration::from_secs(3_600);
/// The shortest rest after a stamp, and the first after a failure.
const REST: Duration = Duration::from_secs(60);
/// A state that witnesses have seen is not stamped later than this, or their times would seem to
/// contradict each other ([`domain::tlog::outside::AGREEMENT`]).
const SOON: Duration = Duration::from_secs(4 * 60);

/// The published file that names the last state with a stamp that counts.
pub const LATEST_STAMP: &str = "stamps/latest";

/// Where the stamp on the state of this size is published, byte for byte as it came.
pub fn stamp_file(size: u64) -> String {
    format!("stamps/{size}.tsr")
}

/// A state that was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    pub size: u64,
    /// When it was cosigned, or would have been.
    pub at: Instant,
    /// Whether it has a time from outside already.
    pub is_seen: bool,
}

/// Decides when to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rhythm {
    /// The size of the state that was stamped last, and when.
    stamped: Option<(u64, Instant)>,
    /// How long to rest after what was done last, and since when.
    rest: Option<(Instant, Duration)>,
}

impl Rhythm {
    const NEW: Self = Self {
        stamped: None,
        rest: None,
    };

    /// `concluded` is how many leaves there were when a work order was concluded last.
    fn is_due(&self, state: Published, concluded: u64, now: Instant) -> bool {
        if !state.is_seen {
            return true;
        }
        let is_hour_over = self.stamped.is_none_or(|(_, at)| now >= at + HOUR);
        let stamped = self.stamped.map_or(0, |(size, _)| size);
        let is_awaited = stamped < concluded && concluded <= state.size;
        now <= state.at + SOON && (is_hour_over || is_awaited)
    }

    /// Not to be asked before.
    fn rested_at(&self, now: Instant) -> Instant {
        self.rest.map_or(now, |(since, rest)| since + rest)
    }

    fn stamped(&mut self, size: u64, now: Instant) {
        *self = Self {
            stamped: Some((size, now)),
            rest: Some((now, REST)),
        };
    }

    /// Each failure doubles the rest, up to an hour.
    fn failed(&mut self, now: Instant, had_failed: bool) {
        let before = self.rest.filter(|_| had_failed);
        let rest = before.map_or(REST, |(_, rest)| (rest * 2).min(HOUR));
        self.rest = Some((now, rest));
    }
}

/// Has states stamped, one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Stamper {
    rhythm: Rhythm,
    had_failed: bool,
}

impl Default for Stamper {
    fn default() -> Self {
        Self {
            rhythm: Rhythm::NEW,
            had_failed: false,
        }
    }
}

impl Stamper {
    /// When it may be its turn again.
    pub fn rested_at(&self, now: Instant) -> Instant {
        self.rhythm.rested_at(now)
    }

    /// Has the latest state stamped if that is due now. Says whether it failed, so that it must have
    /// another turn even if nothing new is published.
    pub async fn turn(
        &mut self,
        publisher: &Publisher,
        authority: &Authority,
        state: Published,
        now: Instant,
    ) -> bool {
        if !self.rhythm.is_due(state, publisher.log().concluded(), now) {
            return false;
        }
        match publisher.have_stamped(authority, state.size).await {
            Ok(true) => {
                self.rhythm.stamped(state.size, now);
                self.had_failed = false;
            }
            outcome => {
                if let Err(error) = outcome {
                    tracing::warn!(%error, "a time-stamp could not be kept");
                }
                self.rhythm.failed(now, self.had_failed);
                self.had_failed = true;
            }
        }
        self.had_failed
    }
}

impl Publisher {
    /// Has states of the log stamped as long as the server runs. Nothing waits for it.
    pub async fn run_stamping(self: Arc<Self>) {
        let Some(authority) = self.witnesses().authority() else {
            return;
        };
        let mut published = self.published.subscribe();
        let mut stamper = Stamper::default();
        while published.changed().await.is_ok() {
            tokio::time::sleep_until(stamper.rested_at(Instant::now())).await;
            let Some(state) = *published.borrow_and_update() else {
                continue;
            };
            let now = Instant::now();
            if stamper.turn(&self, authority, state, now).await {
                published.mark_changed();
            }
        }
    }

    /// The latest state that was published since the start.
    pub fn latest(&self) -> Option<Published> {
        *self.published.borrow()
    }

    /// Has the published state of this size stamped; says whether there is a stamp now, which need not
    /// count. What the authority answered is kept with it byte for byte.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn have_stamped(&self, authority: &Authority, size: u64) -> Result<bool, StoreError> {
        let Some(row) = self.store().checkpoint(size as i64).await? else {
            return Ok(false);
        };
        let Ok(note) = Note::parse(row.note.as_bytes()) else {
            return Ok(false);
        };
        let imprint = Digest(Sha256::digest(note.text()).into());
        let asked_at = self.now();
        let answer = |stamp, refused| LastStamp {
            size,
            asked_at,
            stamp,
            refused,
        };
        match authority.stamp(&imprint).await {
            Err(refused) => {
                authority.remember(answer(None, Some(refused)));
                Ok(false)
            }
            Ok((reply, stamp)) => {
                let voice = stamp_voice(stamp.gen_time, stamp.accuracy_ms);
                let refused = self.keep_stamp(size, &reply, voice).await?;
                self.publish_stamp(size, reply, voice.is_some()).await?;
                authority.remember(answer(Some(stamp), refused));
                Ok(true)
            }
        }
    }

    /// For whoever checks with public tools. It comes last, so that what is named is there; killed before, the
    /// next stamp is published all the same.
    async fn publish_stamp(
        &self,
        size: u64,
        reply: Vec<u8>,
        counts: bool,
    ) -> Result<(), StoreError> {
        let files = self.files();
        files.replace(&stamp_file(size), Bytes::from(reply)).await?;
        if counts {
            let line = Bytes::from(format!("{size}\n"));
            files.replace(LATEST_STAMP, line).await?;
        }
        Ok(())
    }

    /// Writes the reply beside what others have said of this state until now.
    async fn keep_stamp(
        &self,
        size: u64,
        reply: &[u8],
        voice: Option<Timestamp>,
    ) -> Result<Option<Said>, StoreError> {
        let _alone = self.alone().await;
        let Some(mut row) = self.store().checkpoint(size as i64).await? else {
            return Ok(None);
        };
        row.stamp = Some(STANDARD.encode(reply));
        row.stamped_at = voice.map(|at| at.0);
        let agreed = self.weigh(&mut row);
        let seen = row.witnessed_at.map(|_| row.note.clone());
        self.store().put_checkpoint(row).await?;
        if let Some(note) = seen {
            self.note_external(&note);
        }
        Ok(match (voice, agreed) {
            (None, _) => Some(NoVoice::Inaccurate.into()),
            (_, Err(_)) => Some(NoVoice::Disagrees.into()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn seen(at: Instant) -> Published {
        Published {
            size: 7,
            at,
            is_seen: true,
        }
    }

    #[test]
    fn what_nobody_has_seen_is_always_stamped() {
        let now = Instant::now();
        let mut rhythm = Rhythm::NEW;
        rhythm.stamped(7, now);
        let unseen = Published {
            is_seen: false,
            ..seen(now)
        };
        assert!(rhythm.is_due(unseen, 0, now + 20 * HOUR));
    }

    #[test]
    fn what_witnesses_have_seen_is_stamped_once_an_hour() {
        let now = Instant::now();
        let mut rhythm = Rhythm::NEW;
        assert!(rhythm.is_due(seen(now), 0, now), "the first time");
        rhythm.stamped(7, now);
        let just_before = now + HOUR - Duration::from_millis(1);
        assert!(!rhythm.is_due(seen(just_before), 0, just_before));
        assert!(rhythm.is_due(seen(now + HOUR), 0, now + HOUR));
    }

    #[test]
    fn a_conclusion_is_stamped_with_the_first_state_that_holds_it() {
        let now = Instant::now();
        let mut rhythm = Rhythm::NEW;
        rhythm.stamped(7, now);
        let later = |size| Published {
            size,
            ..seen(now + MINUTE)
        };
        assert!(!rhythm.is_due(later(11), 12, now + MINUTE), "not there yet");
        assert!(rhythm.is_due(later(12), 12, now + MINUTE));
        assert!(rhythm.is_due(later(13), 12, now + MINUTE));
        rhythm.stamped(13, now + MINUTE);
        assert!(!rhythm.is_due(later(14), 12, now + MINUTE), "once");
    }

    #[test]
    fn a_stamp_that_would_seem_to_contradict_the_witnesses_is_not_asked_for() {
        let now = Instant::now();
        let rhythm = Rhythm::NEW;
        assert!(rhythm.is_due(seen(now), 0, now + SOON));
        assert!(!rhythm.is_due(seen(now), 0, now + SOON + Duration::from_millis(1)));
    }

    #[test]
    fn who_does_not_answer_is_asked_less_and_less_often_but_at_least_once_an_hour() {
        let mut now = Instant::now();
        let mut rhythm = Rhythm::NEW;
        assert_eq!(rhythm.rested_at(now), now);
        let mut asked = Vec::new();
        let begun = now;
        while now < begun + 24 * HOUR {
            rhythm.failed(now, !asked.is_empty());
            now = rhythm.rested_at(now);
            asked.push((now - begun).as_secs() / 60);
        }
        assert_eq!(asked[..8], [1, 3, 7, 15, 31, 63, 123, 183]);
        assert_eq!(asked.len(), 29, "a day of silence");
        rhythm.stamped(7, now);
        assert_eq!(rhythm.rested_at(now), now + REST);
        rhythm.failed(now, false);
        assert_eq!(rhythm.rested_at(now), now + REST, "and begins anew");
    }
}
