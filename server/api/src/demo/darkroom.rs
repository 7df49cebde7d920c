//! Draws the story's photos ahead of their cues on a thread of its own: drawing and encoding is
//! half the work of seeding, and the other half waits for the disk.

use domain::event::PhotoSlot;
use domain::fault::FaultCode;
use domain::ids::TerminalId;
use domain::time::Timestamp;
use tokio::sync::mpsc;

use super::DemoError;
use super::data::City;
use super::picture::{Shot, photo};
use super::story::{Deed, Story};

/// Photos that wait for their cue; more would only fill memory.
const AHEAD_MAX: usize = 4;

/// Photos in the order in which the cues want them.
pub(super) struct Darkroom {
    photos: mpsc::Receiver<Vec<u8>>,
}

impl Darkroom {
    /// Starts drawing what the story takes before `now`. The thread ends when all is drawn or
    /// nobody wants it any more.
    pub fn open(story: &Story, city: &City, now: Timestamp) -> Self {
        let shots = shots(story, city, now);
        let (ready, photos) = mpsc::channel(AHEAD_MAX);
        tokio::task::spawn_blocking(move || {
            for shot in shots {
                if ready.blocking_send(photo(&shot)).is_err() {
                    break;
                }
            }
        });
        Self { photos }
    }

    /// The photo of the next photo cue.
    pub async fn next(&mut self) -> Result<Vec<u8>, DemoError> {
        self.photos
            .recv()
            .await
            .ok_or_else(|| DemoError::unknown("photo", "one more than drawn"))
    }
}

fn shots(story: &Story, city: &City, now: Timestamp) -> Vec<Shot> {
    let taken = story
        .cues(now)
        .into_iter()
        .filter_map(|cue| match cue.deed {
            Some(Deed::Photo { slot, .. }) => Some((cue.tale, *slot)),
            _ => None,
        });
    let shot = |(seed, (tale, slot)): (usize, (usize, PhotoSlot))| {
        let tale = &story.tales[tale];
        let terminal: &TerminalId = &city.terminal(tale.terminal)?.id;
        let fault: FaultCode = tale.fault;
        Some(Shot {
            terminal: terminal.clone(),
            slot,
            fault,
            seed: seed as u64,
        })
    };
    taken.enumerate().filter_map(shot).collect()
}
