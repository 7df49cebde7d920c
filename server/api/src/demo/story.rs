//! The week that the demonstration plays: which fault was reported when, and what was done about
//! it, step by step. The week itself is `story.json`; this module reads it and puts every step at
//! an instant relative to now. [`super::play`] carries the steps out.

use domain::event::{
    Channel, FilingReason, Mode, NoFix, Part, PhotoSlot, PhotoSource, RepairClass, ResponseKind,
};
use domain::fault::FaultCode;
use domain::sidecar::Contact;
use domain::time::{Millis, Timestamp};
use serde::Deserialize;

use super::chance::Chance;

/// Steps this close together are sent together, except an arrival, which is sent at once.
const SOON_MINUTES: i64 = 3;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Shenzhen's civil time is UTC+8 all year.
const SHENZHEN_MS: i64 = 8 * 60 * MINUTE_MS;

/// All fault reports of the week.
#[derive(Debug, Clone, Deserialize)]
pub struct Story {
    pub tales: Vec<Tale>,
}

/// One fault report and what followed.
#[derive(Debug, Clone, Deserialize)]
pub struct Tale {
    /// Says what this one shows; unique.
    pub key: String,
    pub when: When,
    /// Serial number of the terminal.
    pub terminal: u32,
    pub fault: FaultCode,
    pub channel: Channel,
    pub text: String,
    pub reporter: Option<Contact>,
    /// Login of the technician to whom it is assigned.
    pub technician: String,
    pub steps: Vec<Step>,
}

/// When a fault was reported.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum When {
    /// At a time of day in Shenzhen, some days ago.
    Past { days_ago: i64, at: String },
    /// Just now.
    Recent { minutes_ago: i64 },
}

/// What was done, `at` minutes after the report.
#[derive(Debug, Clone, Deserialize)]
pub struct Step {
    pub at: i64,
    #[serde(flatten)]
    pub deed: Deed,
}

/// What people do about a fault.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Deed {
    /// The provider's dispatcher gives it to the tale's technician.
    Assign,
    Respond {
        how: ResponseKind,
    },
    SetOut,
    /// Scan and position together.
    CheckIn(Arrival),
    Photo {
        slot: PhotoSlot,
        source: PhotoSource,
        /// Key of an earlier tale whose photo of this slot is sent again, saved anew.
        #[serde(default)]
        again: Option<String>,
    },
    Note {
        text: String,
    },
    Work(WorkDone),
    Restore,
    Evaluate(Verdict),
    /// On the site manager's own phone, through a link of the technician's.
    EvaluateThroughLink(Verdict),
    Leave,
    /// Tells the authority of a delay (9.2 a); expected so many minutes after the report.
    File {
        reason: FilingReason,
        text: String,
        expected: i64,
    },
    /// The authority of the city answers the last filing.
    AnswerFiling {
        accepted: bool,
        text: String,
    },
    /// Somebody else before the terminal reports the same fault.
    Join {
        text: String,
    },
    /// Monitoring says that its alarm is over.
    Clear,
    /// Somebody complains to the hotline about this work order.
    Complain {
        text: String,
    },
    /// From here on nothing reaches the server.
    GoOffline,
    /// The network is back; everything waiting is sent.
    GoOnline,
}

/// How the technician arrived. Without any member: at the terminal, with a good position.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Arrival {
    /// Serial number of the terminal that was scanned, if not the reported one.
    pub terminal: Option<u32>,
    pub reason: Option<String>,
    /// How far from the terminal the phone believes to be.
    pub away_m: i32,
    /// 95 % radius; 0 for an ordinary one.
    pub accuracy_m: i64,
    pub no_fix: Option<NoFix>,
}

/// What was found and done (7.2).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkDone {
    pub mode: Mode,
    pub fault: FaultCode,
    pub repair_class: RepairClass,
    pub cause: String,
    pub action: String,
    pub parts: Vec<Part>,
}

/// The evaluation on site (9.4). Signed by the site's manager unless `signer` names another.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    pub stars: u8,
    pub resolved: bool,
    pub tags: Vec<String>,
    pub remark: String,
    pub signer: Option<Stranger>,
    /// The technician signs with the own phone number, which the rules refuse.
    #[serde(default)]
    pub own_phone: bool,
    /// Key of an earlier tale whose drawn signature is pasted here.
    #[serde(default)]
    pub ink_of: Option<String>,
}

/// A signer whom the register does not know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stranger {
    pub name: String,
    pub phone: String,
    pub unit: String,
}

/// Something that happens at an instant: the report itself, or a deed.
#[derive(Debug, Clone, Copy)]
pub struct Cue<'a> {
    pub at: Timestamp,
    pub tale: usize,
    /// None for the report.
    pub deed: Option<&'a Deed>,
    /// Whether the same tale goes on so soon that one sync serves both.
    pub goes_on: bool,
}

impl Story {
    /// Reads the week that is built into the program.
    ///
    /// # Panics
    /// When `story.json` is malformed, which the tests of this module exclude.
    pub fn load() -> Self {
        serde_json::from_str(include_str!("story.json")).expect("story.json is well formed")
    }

    /// Everything in the order in which it happens, all of it before `now`.
    pub fn cues(&self, now: Timestamp) -> Vec<Cue<'_>> {
        let mut cues = Vec::new();
        for (tale, told) in self.tales.iter().enumerate() {
            let seconds = Chance::seeded(tale as u64).between(0, 49_999);
            let reported_at = told.when.before(now) + Millis(seconds.into());
            cues.push(Cue {
                at: reported_at,
                tale,
                deed: None,
                goes_on: false,
            });
            for (index, Step { at, deed }) in told.steps.iter().enumerate() {
                let is_arrival = matches!(deed, Deed::CheckIn(_));
                let next = told.steps.get(index + 1);
                let goes_on = !is_arrival && next.is_some_and(|next| next.at - at <= SOON_MINUTES);
                let at = reported_at + Millis::minutes(*at);
                cues.push(Cue {
                    at,
                    tale,
                    deed: Some(deed),
                    goes_on,
                });
            }
        }
        cues.sort_by_key(|cue| cue.at);
        cues
    }
}

impl When {
    /// The instant it means when it is now `now`. A malformed time of day means midnight; the
    /// tests exclude it.
    fn before(&self, now: Timestamp) -> Timestamp {
        match self {
            When::Recent { minutes_ago } => now - Millis::minutes(*minutes_ago),
            When::Past { days_ago, at } => {
                let midnight = (now.0 + SHENZHEN_MS).div_euclid(DAY_MS) * DAY_MS - SHENZHEN_MS;
                Timestamp(midnight - days_ago * DAY_MS + minute_of_day(at).unwrap_or(0) * MINUTE_MS)
            }
        }
    }
}

fn minute_of_day(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::data::City;
    use super::*;

    /// Noon, just after midnight and just before it in Shenzhen.
    const NOWS: [Timestamp; 3] = [
        Timestamp(1_795_492_800_000),
        Timestamp(1_795_449_660_000),
        Timestamp(1_795_535_940_000),
    ];

    #[test]
    fn tales_name_known_terminals_and_technicians_of_their_provider() {
        let (story, city) = (Story::load(), City::load());
        assert!(story.tales.len() >= 25, "{}", story.tales.len());
        let mut keys = BTreeSet::new();
        for tale in &story.tales {
            assert!(keys.insert(&tale.key), "{} twice", tale.key);
            let terminal = city
                .terminal(tale.terminal)
                .unwrap_or_else(|| panic!("{}", tale.key));
            let technician = city
                .person(&tale.technician)
                .unwrap_or_else(|| panic!("{}", tale.key));
            assert_eq!(
                (&technician.role[..], &technician.org),
                ("technician", &terminal.provider),
                "{}",
                tale.key
            );
            if let When::Past { at, .. } = &tale.when {
                assert!(minute_of_day(at).is_some(), "{}: {at}", tale.key);
            }
            assert!(tale.steps.is_sorted_by_key(|step| step.at), "{}", tale.key);
            let site = city.site(&terminal.site).unwrap();
            for step in &tale.steps {
                if let Deed::Evaluate(verdict) | Deed::EvaluateThroughLink(verdict) = &step.deed {
                    assert!(
                        verdict.signer.is_some() || !site.managers.is_empty(),
                        "{}: who signs?",
                        tale.key
                    );
                }
                if let Deed::CheckIn(arrival) = &step.deed {
                    let other = arrival
                        .terminal
                        .map(|serial| city.terminal(serial).unwrap());
                    assert!(other.is_none() || arrival.reason.is_some(), "{}", tale.key);
                }
            }
        }
    }

    #[test]
    fn nothing_happens_after_now_and_nobody_is_in_two_places() {
        let story = Story::load();
        for now in NOWS {
            let mut on_site: BTreeMap<&str, usize> = BTreeMap::new();
            let cues = story.cues(now);
            assert!(cues.is_sorted_by_key(|cue| cue.at));
            for cue in cues {
                let tale = &story.tales[cue.tale];
                assert!(cue.at < now, "{} at {:?}", tale.key, cue.at);
                assert!(cue.at > now - Millis(8 * DAY_MS), "{}", tale.key);
                match cue.deed {
                    Some(Deed::CheckIn(_)) => {
                        let elsewhere = on_site.insert(&tale.technician, cue.tale);
                        assert_eq!(elsewhere, None, "{} at {}", tale.technician, tale.key);
                    }
                    Some(Deed::Leave) => {
                        assert_eq!(
                            on_site.remove(&tale.technician[..]),
                            Some(cue.tale),
                            "{}",
                            tale.key
                        );
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn every_stage_and_every_hard_case_is_told() {
        let story = Story::load();
        let has = |key: &str| story.tales.iter().any(|tale| tale.key == key);
        for key in [
            "three-days-without-network",
            "late-response",
            "late-arrival",
            "late-repair",
            "outside-the-fence",
            "other-terminal-with-reason",
            "not-solved",
            "own-phone-refused",
            "now-just-reported",
            "now-assigned",
            "now-responded",
            "now-under-way",
            "now-on-site",
            "now-awaiting-evaluation",
            "now-arrival-overdue",
            "two-places-at-once",
        ] {
            assert!(has(key), "{key}");
        }
    }
}
