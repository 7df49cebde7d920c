//! Draws the story's photos ahead of their cues on a thread of its own: drawing and encoding is
//! half the work of seeding, and the other half waits for the disk.

use domain::event::PhotoSlot;
use domain::fault::FaultCode;
use domain::ids::TerminalId;
use domain::time::Timestamp;
use tokio::sync::mpsc;

use super::DemoError;
use super::data::City;
use super::picture::{Shot, photo, saved_anew};
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
                let picture = match shot {
                    Taken::New(shot) => photo(&shot),
                    Taken::Again(shot) => saved_anew(&photo(&shot)),
                };
                if ready.blocking_send(picture).is_err() {
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

/// A photo of the story, or an earlier one once more.
enum Taken {
    New(Shot),
    Again(Shot),
}

fn shots(story: &Story, city: &City, now: Timestamp) -> Vec<Taken> {
    let taken = story
        .cues(now)
        .into_iter()
        .filter_map(|cue| match cue.deed {
            Some(Deed::Photo { slot, again, .. }) => {
                Some((story.tales[cue.tale].key.as_str(), *slot, again.as_deref()))
            }
            _ => None,
        });
    let taken: Vec<(&str, PhotoSlot, Option<&str>)> = taken.collect();
    // The same number draws the same picture.
    let shot = |seed: usize| {
        let (key, slot, _) = taken[seed];
        let tale = story.tales.iter().find(|tale| tale.key == key)?;
        let terminal: &TerminalId = &city.terminal(tale.terminal)?.id;
        let fault: FaultCode = tale.fault;
        Some(Shot {
            terminal: terminal.clone(),
            slot,
            fault,
            seed: seed as u64,
        })
    };
    let one = |(seed, (_, slot, again)): (usize, &(&str, PhotoSlot, Option<&str>))| match again {
        None => shot(seed).map(Taken::New),
        Some(key) => {
            let earlier = taken[..seed]
                .iter()
                .rposition(|(of, seen, _)| of == key && seen == slot);
            earlier.and_then(shot).map(Taken::Again)
        }
    };
    taken.iter().enumerate().filter_map(one).collect()
}
