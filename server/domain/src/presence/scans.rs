//! What the codes of one check-in are worth: the best one that shows the terminal, and the site
//! manager's phone beside it. What is forged, used up or revoked is named; what is used a second
//! time contradicts the check-in, because somebody made it look like another one.

use super::{Doubt, FactorCode, PresenceFacts, ScannedCode, Tally};
use crate::code::{Code, Finding, Flaw, Form};
use crate::event::ScanMethod;
use crate::ids::TerminalId;
use crate::sla::policy::PresencePolicy;
use crate::time::{Millis, Timestamp};

/// A factor with its points.
type Points = (FactorCode, i32);

/// What the codes say together.
#[derive(Default)]
pub(super) struct Worth {
    /// The best code of the terminal.
    pub place: Option<Points>,
    /// A code on the site manager's own phone.
    pub manager: Option<Points>,
    /// A code had been used before, or was kept for later.
    pub contradicts: bool,
}

impl Worth {
    pub fn factors(&self) -> impl Iterator<Item = Points> {
        self.place.into_iter().chain(self.manager)
    }

    fn place(&mut self, code: FactorCode, points: i32) {
        if self.place.is_none_or(|(_, best)| points > best) {
            self.place = Some((code, points));
        }
    }
}

impl<'a> ScannedCode<'a> {
    /// The terminal that is proved, else the one the phone understood.
    pub fn terminal(&self) -> Option<&'a TerminalId> {
        self.finding.and_then(Finding::terminal).or(self.terminal)
    }
}

/// Judges the scan that the check-in rests on, if it is usable, and what was read besides.
pub(super) fn judge(
    facts: &PresenceFacts,
    usable: Option<&ScannedCode>,
    terminal: &TerminalId,
    points: &PresencePolicy,
    tally: &mut Tally,
) -> Worth {
    let mut worth = Worth::default();
    // A code that was used up contradicts however long ago it was read.
    for scan in facts.scan.iter().chain(facts.others) {
        if scan.terminal() == Some(terminal) {
            worth.contradicts |= is_used_up(scan, tally);
        }
    }
    for scan in usable.into_iter().chain(facts.others) {
        // A tag that is not genuine names no terminal, and is worth a word all the same.
        let is_here = scan.terminal().is_none_or(|named| named == terminal);
        if scan.finding.is_none() || is_here {
            add(&mut worth, scan, terminal, points, tally);
        }
    }
    worth
}

fn is_used_up(scan: &ScannedCode, tally: &mut Tally) -> bool {
    let is_replayed = matches!(
        scan.finding,
        Some(
            Finding::Screen {
                replay_of: Some(_),
                ..
            } | Finding::Tap {
                replay_of: Some(_),
                ..
            }
        )
    );
    let is_kept = is_kept(scan);
    if is_replayed {
        tally.doubt(Doubt::CodeReplayed);
    }
    if is_kept {
        tally.doubt(Doubt::TapKept);
    }
    is_replayed || is_kept
}

/// Whether the tag was tapped again before this tap is said to have been made: by what is proved of
/// the time, or by the order in which one phone recorded its scans.
fn is_kept(scan: &ScannedCode) -> bool {
    let Some(Finding::Tap { passed_by, .. }) = scan.finding else {
        return false;
    };
    passed_by.is_some()
        || scan
            .followed_by
            .is_some_and(|latest| latest < scan.interval.earliest)
}

fn add(
    worth: &mut Worth,
    scan: &ScannedCode,
    terminal: &TerminalId,
    points: &PresencePolicy,
    tally: &mut Tally,
) {
    let as_number = match scan.method {
        ScanMethod::Camera | ScanMethod::Photo => FactorCode::StaticCode,
        ScanMethod::Typed => FactorCode::TypedCode,
    };
    let unsigned = points.unsigned_code_points;
    match scan.finding {
        None => {
            let form = Code::read(scan.text).map_or(Form::Plain, |code| code.form());
            if form != Form::Plain {
                tally.doubt(Doubt::CodeUnverified);
            }
            if scan.terminal == Some(terminal) {
                worth.place(as_number, unsigned);
            }
        }
        Some(Finding::Label {
            is_stale,
            revoked_at,
            ..
        }) => {
            // Revoking does not reach back to what is proved to have been read before.
            if revoked_at.is_some_and(|at| scan.interval.latest > at) {
                return tally.doubt(Doubt::LabelRevoked);
            }
            if *is_stale {
                tally.doubt(Doubt::LabelStale);
            }
            worth.place(FactorCode::SignedLabel, points.label_points);
        }
        Some(
            Finding::Screen {
                replay_of: Some(_), ..
            }
            | Finding::Tap {
                replay_of: Some(_), ..
            },
        ) => {}
        Some(Finding::Screen { ts, manager, .. }) => {
            let age_ms = (scan.earliest.max(scan.interval.earliest) - *ts).0;
            if *ts > scan.interval.latest {
                tally.doubt(Doubt::ScreenCodeAhead);
            } else if age_ms > points.screen_age_ms {
                tally.doubt(Doubt::ScreenCodeOld);
                worth.place(as_number, unsigned);
            } else if manager.is_some() {
                worth.manager = Some((FactorCode::ManagerPhone, points.manager_phone_points));
            } else {
                worth.place(FactorCode::ScreenCode, points.screen_points);
            }
        }
        Some(Finding::Step { from, .. }) => {
            if is_near(*from, scan, points.step_slack_ms) {
                worth.place(FactorCode::StepCode, points.step_points);
            } else {
                tally.doubt(Doubt::StepApart);
                worth.place(as_number, unsigned);
            }
        }
        Some(Finding::Tap { .. }) if is_kept(scan) => {}
        Some(Finding::Tap { .. }) => worth.place(FactorCode::Tap, points.tap_points),
        Some(Finding::Flawed { flaw, .. }) => tally.doubt(match flaw {
            Flaw::Forged => Doubt::CodeForged,
            Flaw::Unknown => Doubt::CodeUnknown,
            Flaw::Revoked => Doubt::CodeOutOfService,
        }),
    }
}

/// Whether the moment lies inside the scan's interval, give or take the slack.
fn is_near(at: Timestamp, scan: &ScannedCode, slack_ms: i64) -> bool {
    let slack = Millis(slack_ms);
    (scan.interval.earliest - slack..=scan.interval.latest + slack).contains(&at)
}
