//! Where a work order stands by what is known of it, and which of its facts are in force. Facts
//! are ordered by [`Moment`], so that phones may deliver in any order.

use serde::{Deserialize, Serialize};

use super::state::*;
use crate::event::ResponseKind;
use crate::ids::{DeviceId, PersonId};

/// Where a work order stands. Each stage carries what brought it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Stage {
    /// Nobody is named yet; the clocks run all the same (A1).
    Reported,
    Assigned {
        technician: PersonId,
    },
    Responded {
        at: Moment,
        how: ResponseKind,
    },
    UnderWay {
        since: Moment,
    },
    OnSite {
        since: Moment,
    },
    /// Repaired, and the site manager has not evaluated this state of things.
    Restored {
        at: Moment,
    },
    Evaluated {
        at: Moment,
        stars: u8,
    },
    /// Repaired, and nobody evaluated it in time (A16). An evaluation that comes later still counts.
    ClosedUnevaluated {
        at: Moment,
    },
    /// The site manager says it is not solved (9.4, 9.5).
    Reopened {
        at: Moment,
    },
}

impl WorkOrder {
    /// The technician named last.
    pub fn technician(&self) -> Option<&PersonId> {
        self.assignments
            .last()
            .map(|assignment| &assignment.what.technician)
    }

    /// The first response, which is the one that counts (A2).
    pub fn response(&self) -> Option<&Said<Response>> {
        self.responses.first()
    }

    /// The work record in force: the last one.
    pub fn work_in_force(&self) -> Option<&Said<Work>> {
        self.work.last()
    }

    /// The visit that is open on this device.
    pub fn open_visit(&self, dev: DeviceId) -> Option<&Visit> {
        self.visits
            .iter()
            .rev()
            .find(|visit| visit.check_in.at.dev == dev && visit.left.is_none())
    }

    /// The last evaluation, unless work or a restoration was recorded after it, on any phone: the
    /// manager has not seen that. Signing again brings it up to date, whoever recorded it. What it names it
    /// has seen, also where the phone's latest moment lies a tolerance behind the server's signature.
    pub fn evaluation_in_force(&self) -> Option<&Said<Evaluation>> {
        let evaluation = self.evaluations.last()?;
        let is_later =
            |at: &Moment| at.order() > evaluation.at.order() && !evaluation.what.has_seen(at);
        let is_stale = self.work.last().is_some_and(|work| is_later(&work.at))
            || self
                .restored
                .last()
                .is_some_and(|restored| is_later(&restored.at));
        (!is_stale).then_some(evaluation)
    }

    /// Where it stands. Later stages win, so the order of arrival of facts does not matter.
    pub fn stage(&self) -> Stage {
        if let Some(evaluation) = self.evaluation_in_force() {
            let at = evaluation.at.clone();
            return if evaluation.what.resolved {
                Stage::Evaluated {
                    at,
                    stars: evaluation.what.stars,
                }
            } else {
                Stage::Reopened { at }
            };
        }
        if let Some(restored) = self.restoration_in_force() {
            return match self.closing_of(restored) {
                Some(closing) => Stage::ClosedUnevaluated {
                    at: closing.at.clone(),
                },
                None => Stage::Restored {
                    at: restored.at.clone(),
                },
            };
        }
        if let Some(visit) = self.visits.iter().rev().find(|visit| visit.left.is_none()) {
            return Stage::OnSite {
                since: visit.check_in.at.clone(),
            };
        }
        if let Some(set_out) = self
            .set_outs
            .last()
            .filter(|set_out| self.is_after_all_visits(&set_out.at))
        {
            return Stage::UnderWay {
                since: set_out.at.clone(),
            };
        }
        if let Some(response) = self.response() {
            return Stage::Responded {
                at: response.at.clone(),
                how: response.what.how,
            };
        }
        match self.technician() {
            Some(technician) => Stage::Assigned {
                technician: technician.clone(),
            },
            None => Stage::Reported,
        }
    }

    fn is_after_all_visits(&self, at: &Moment) -> bool {
        self.visits
            .iter()
            .all(|visit| visit.check_in.at.order() < at.order())
    }

    /// The last restoration, unless the site manager said after it that it is not solved.
    pub(super) fn restoration_in_force(&self) -> Option<&Said<Mark>> {
        let restored = self.restored.last()?;
        (!self.was_refused_after(&restored.at)).then_some(restored)
    }

    /// Whether the last word of the site manager is "not solved", said after this moment.
    pub(super) fn was_refused_after(&self, at: &Moment) -> bool {
        self.evaluations.last().is_some_and(|evaluation| {
            let is_after = evaluation.at.order() > at.order() || evaluation.what.has_seen(at);
            !evaluation.what.resolved && is_after
        })
    }

    /// Whether anything is left to do.
    pub fn is_open(&self) -> bool {
        !matches!(
            self.stage(),
            Stage::Evaluated { .. } | Stage::ClosedUnevaluated { .. }
        )
    }
}

impl Evaluation {
    /// Whether what was shown names this event.
    fn has_seen(&self, at: &Moment) -> bool {
        [self.summary.work, self.summary.restored].contains(&at.event)
    }
}
