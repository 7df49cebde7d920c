//! The demonstration: an invented week in a real city, played through the same door as real work.
//!
//! - [`data`] the city (sites, terminals, people) and [`story`] the week, from the JSON files of
//!   this folder; [`seed`](fn@seed) puts both into an empty store;
//! - [`phone`] a simulated technician's phone, also for integration tests and the bench;
//! - [`picture`] drawn photos, [`ink`] drawn handwriting, [`link`] an evaluation on somebody else's phone, on [`canvas`] and [`chance`].

pub mod canvas;
pub mod chance;
mod channels;
mod darkroom;
pub mod data;
mod deeds;
pub mod ink;
mod link;
mod outsiders;
pub mod phone;
pub mod picture;
mod play;
mod rosters;
mod seed;
pub mod story;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::sync::Arc;

use domain::time::{Millis, Timestamp};
use store::StoreError;

use self::data::City;
use self::play::Player;
use self::story::Story;
use crate::error::ApiError;
use crate::state::{App, Parts};
use crate::time_source::ManualClock;

/// The technicians enrol their phones this long before the first report.
const BEFORE_THE_STORY: Millis = Millis::minutes(90);

/// Why the demonstration could not be set up. The store may be half filled then: empty the data
/// folder and start again.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rules refused what the story wanted.
    #[error("{}: {}", .0.code, .0.en)]
    Refused(ApiError),
    /// Something that must not happen, with where and what.
    #[error("{place}: {what}")]
    Unexpected { place: String, what: String },
}

impl From<ApiError> for DemoError {
    fn from(error: ApiError) -> Self {
        DemoError::Refused(error)
    }
}

impl DemoError {
    fn unexpected(place: impl Display, what: impl std::fmt::Debug) -> Self {
        DemoError::Unexpected {
            place: place.to_string(),
            what: format!("{what:?}"),
        }
    }

    fn unknown(kind: &str, id: impl Display) -> Self {
        DemoError::Unexpected {
            place: kind.to_owned(),
            what: format!("{id} is not known"),
        }
    }
}

/// What was put into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeded {
    pub work_orders: usize,
    /// Events that the rules refused, as the story meant it.
    pub refused: usize,
}

/// Fills an empty store with the city and plays the week before `parts.time`'s now. Does nothing,
/// and says so with None, when somebody is registered already.
///
/// Call it before the server's own [`App`] is started on the same store, with parts of its own
/// (the same signer seed): the story needs a clock that can be turned.
///
/// # Errors
/// When the store fails or a rule refuses a step of the story.
pub async fn seed(parts: Parts) -> Result<Option<Seeded>, DemoError> {
    if !seed::is_empty(&parts.store).await? {
        return Ok(None);
    }
    let (city, story) = (City::load(), Story::load());
    seed::register(&parts.store, &city, parts.signer.codes()).await?;
    let now = parts.time.now();
    let clock = Arc::new(ManualClock::starting(beginning(&story, now)));
    let app = App::start(Parts {
        time: clock.clone(),
        ..parts
    })
    .await?;
    channels::open(&app.store, &city).await?;
    let refused = Player::play(&app, &clock, (&city, &story), now).await?;
    channels::close(&app.store, &city, now).await?;
    Ok(Some(Seeded {
        work_orders: story.tales.len(),
        refused,
    }))
}

fn beginning(story: &Story, now: Timestamp) -> Timestamp {
    story.cues(now).first().map_or(now, |cue| cue.at) - BEFORE_THE_STORY
}
