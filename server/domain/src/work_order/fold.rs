//! How an event adds to what is known. Folding is total: whatever passed the checks of
//! [`crate::refusal`] can be folded, twice changes nothing, and devices may come in any order.

use std::collections::BTreeMap;

use serde_json::Value;

use super::state::*;
use crate::event::{Alerted, CheckedIn, Erased, Evaluated, Event, Fact, Hold, Reported};
use crate::ids::{Digest, District, EventId, OrgId, SiteId};
use crate::interval::Bounds;

/// An accepted event with everything needed to fold it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    pub event: Event,
    pub id: EventId,
    pub bounds: Bounds,
    /// The sidecars it commits to, as far as they are (still) there.
    pub sidecars: BTreeMap<Digest, Value>,
    /// Where the same phone was located before.
    pub prior: Option<PriorFix>,
}

/// What the register says about the terminal at the moment of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Birth {
    pub site: SiteId,
    pub district: District,
    pub provider: OrgId,
    pub site_unit: OrgId,
}

impl Recorded {
    fn moment(&self) -> Moment {
        let Event {
            dev,
            seq,
            sid,
            mono,
            wall,
            ..
        } = self.event;
        Moment {
            event: self.id,
            dev,
            seq,
            sid,
            mono,
            wall,
            bounds: self.bounds,
        }
    }

    /// The visit that this check-in begins, resting on this scan.
    pub fn visit(&self, body: &CheckedIn, scan: Option<Said<Scan>>) -> Visit {
        let fixes = body
            .fixes
            .and_then(|commitment| self.sidecars.get(&commitment.c))
            .and_then(|value| serde_json::from_value(value.clone()).ok())
            .unwrap_or_default();
        let what = CheckIn {
            terminal: body.terminal.clone(),
            scan,
            fixes,
            fixes_c: body.fixes.map(|commitment| commitment.c),
            no_fix: body.no_fix,
            reason: body.reason.clone(),
            prior: self.prior.clone(),
        };
        Visit {
            check_in: self.said(what),
            left: None,
        }
    }

    fn said<T>(&self, what: T) -> Said<T> {
        Said {
            at: self.moment(),
            by: self.event.by.clone(),
            what,
        }
    }
}

impl WorkOrder {
    /// The work order that a fault report starts; none if the event is no report or names no
    /// work order.
    pub fn born(birth: Birth, recorded: &Recorded) -> Option<Self> {
        let Fact::Reported(report) = &recorded.event.fact else {
            return None;
        };
        let Reported {
            terminal,
            fault,
            level,
            channel,
            text,
            reporter,
            occurred_at,
            policy,
            terminal_version,
            site_version,
            terminal_record: _,
            site_record: _,
            cp: _,
        } = report.clone();
        let what = Report {
            channel,
            fault,
            level,
            text,
            occurred_at,
            reporter_c: reporter.map(|r| r.c),
        };
        Some(Self {
            id: recorded.event.wo.clone()?,
            terminal,
            site: birth.site,
            district: birth.district,
            provider: birth.provider,
            site_unit: birth.site_unit,
            policy,
            terminal_version,
            site_version,
            report: recorded.said(what),
            assignments: Vec::new(),
            responses: Vec::new(),
            set_outs: Vec::new(),
            scans: Vec::new(),
            codes: Vec::new(),
            followers: Vec::new(),
            visits: Vec::new(),
            work: Vec::new(),
            photos: Vec::new(),
            notes: Vec::new(),
            restored: Vec::new(),
            evaluations: Vec::new(),
            filings: Vec::new(),
            filing_answers: Vec::new(),
            alerts: Vec::new(),
            takeovers: Vec::new(),
            joins: Vec::new(),
            clearings: Vec::new(),
            links: Vec::new(),
            link_ends: Vec::new(),
            closings: Vec::new(),
            erasures: Vec::new(),
            holds: Vec::new(),
            heads: BTreeMap::from([(recorded.event.dev, recorded.event.seq)]),
        })
    }

    /// Adds one event. Events of one device come in the order of its chain; an event at or
    /// below the device's folded head is ignored, and so is one of another work order.
    pub fn apply(&mut self, recorded: &Recorded) {
        let Event { dev, seq, wo, .. } = &recorded.event;
        let head = self.heads.get(dev).copied().unwrap_or(0);
        if *seq <= head || wo.as_ref() != Some(&self.id) {
            return;
        }
        self.heads.insert(*dev, *seq);
        match &recorded.event.fact {
            Fact::Assigned(a) => {
                let what = Assignment {
                    technician: a.technician.clone(),
                    reason: a.reason.clone(),
                };
                insert(&mut self.assignments, recorded.said(what));
            }
            Fact::Responded(response) => {
                let what = Response {
                    how: response.how,
                    person: response.person.clone(),
                };
                insert(&mut self.responses, recorded.said(what));
            }
            Fact::SetOut(_) => insert(&mut self.set_outs, recorded.said(Mark {})),
            Fact::Scanned(s) => {
                let what = Scan {
                    terminal: s.terminal.clone(),
                    text: s.text.clone(),
                    method: s.method,
                };
                insert(&mut self.scans, recorded.said(what));
            }
            Fact::CheckedIn(check_in) => self.check_in(recorded, check_in),
            Fact::LeftSite(_) => self.leave(recorded),
            Fact::PhotoTaken(p) => {
                let p = p.clone();
                let what = Photo {
                    sha256: p.sha256,
                    size: p.size,
                    width: p.width,
                    height: p.height,
                    slot: p.slot,
                    source: p.source,
                    exif: p.exif,
                };
                insert(&mut self.photos, recorded.said(what));
            }
            Fact::WorkRecorded(w) => {
                let w = w.clone();
                let what = Work {
                    mode: w.mode,
                    fault: w.fault,
                    repair_class: w.repair_class,
                    cause: w.cause,
                    action: w.action,
                    parts: w.parts,
                };
                insert(&mut self.work, recorded.said(what));
            }
            Fact::Noted(note) => insert(
                &mut self.notes,
                recorded.said(Note {
                    text: note.text.clone(),
                }),
            ),
            Fact::Restored(_) => insert(&mut self.restored, recorded.said(Mark {})),
            Fact::Evaluated(evaluation) => {
                insert(
                    &mut self.evaluations,
                    recorded.said(evaluation_of(evaluation)),
                );
            }
            Fact::Filed(filed) => {
                let what = Filing {
                    reason: filed.reason,
                    text: filed.text.clone(),
                    expected_at: filed.expected_at,
                };
                insert(&mut self.filings, recorded.said(what));
            }
            Fact::FilingAnswered(answered) => {
                let what = FilingAnswer {
                    filing: answered.filing,
                    accepted: answered.accepted,
                    text: answered.text.clone(),
                };
                insert(&mut self.filing_answers, recorded.said(what));
            }
            Fact::Joined(joined) => {
                let what = Join {
                    channel: joined.channel,
                    text: joined.text.clone(),
                    occurred_at: joined.occurred_at,
                    reporter_c: joined.reporter.map(|reporter| reporter.c),
                };
                insert(&mut self.joins, recorded.said(what));
            }
            Fact::AlarmCleared(cleared) => {
                let what = Clearing {
                    alarm: cleared.alarm.clone(),
                    cleared_at: cleared.cleared_at,
                };
                insert(&mut self.clearings, recorded.said(what));
            }
            Fact::Alerted(alerted) => self.alert(recorded, alerted),
            Fact::TakenOver(taken) => {
                let what = Takeover {
                    clock: taken.clock,
                    text: taken.text.clone(),
                };
                insert(&mut self.takeovers, recorded.said(what));
            }
            Fact::LinkMade(made) => {
                let what = EvaluationLink {
                    link: made.link,
                    shown: made.shown,
                    expires_at: made.expires_at,
                };
                insert(&mut self.links, recorded.said(what));
            }
            Fact::LinkRevoked(revoked) => {
                let what = LinkEnd { link: revoked.link };
                insert(&mut self.link_ends, recorded.said(what));
            }
            Fact::ClosedUnevaluated(closed) => {
                let what = Closing {
                    restored: closed.restored,
                    due_at: closed.due_at,
                };
                insert(&mut self.closings, recorded.said(what));
            }
            Fact::CodeVerified(verified) => {
                let what = CodeProof {
                    scan: verified.scan,
                    finding: verified.finding.clone(),
                };
                insert(&mut self.codes, recorded.said(what));
            }
            Fact::TapFollowed(followed) => {
                let what = Follower {
                    scan: followed.scan,
                    latest: followed.latest,
                };
                insert(&mut self.followers, recorded.said(what));
            }
            Fact::Erased(erased) => self.erase(recorded, erased),
            Fact::Held(hold) => self.hold(recorded, hold, true),
            Fact::Released(hold) => self.hold(recorded, hold, false),
            // A second report under the same number cannot be (the number is given once), and
            // facts about the device say nothing about the work order.
            Fact::Reported(_)
            | Fact::Enrolled(_)
            | Fact::AppStarted(_)
            | Fact::Paused(_)
            | Fact::Resumed(_)
            | Fact::ClockJumped(_)
            | Fact::SyncRequested(_)
            | Fact::SyncAcknowledged(_) => {}
        }
    }

    /// A step that was said before stays as it was said first.
    fn alert(&mut self, recorded: &Recorded, alerted: &Alerted) {
        for step in &alerted.steps {
            if self.has_said(step.clock, step.rung) {
                continue;
            }
            let what = Alert {
                clock: step.clock,
                rung: step.rung,
                due_at: step.due_at,
                to: step.to.clone(),
            };
            insert(&mut self.alerts, recorded.said(what));
        }
    }

    fn check_in(&mut self, recorded: &Recorded, body: &CheckedIn) {
        // Another phone's scan is no scan of this one, and may not even have arrived yet.
        let own_scan = |scan: &&Said<Scan>| {
            scan.at.dev == recorded.event.dev && Some(scan.at.event) == body.scan
        };
        let scan = self.scans.iter().find(own_scan).cloned();
        let visit = recorded.visit(body, scan);
        let place = self
            .visits
            .partition_point(|v| v.check_in.at.order() < visit.check_in.at.order());
        self.visits.insert(place, visit);
    }

    /// What the events themselves brought is forgotten here too; what it showed is kept.
    fn erase(&mut self, recorded: &Recorded, erased: &Erased) {
        for visit in &mut self.visits {
            let at = visit.check_in.at.event;
            let check_in = &mut visit.check_in.what;
            if check_in.fixes_c.is_some_and(|c| erased.values.contains(&c)) {
                check_in.fixes.clear();
            }
            if erased.presence.contains_key(&at) {
                check_in.prior = None;
            }
        }
        let Erased {
            values,
            presence,
            reason,
        } = erased.clone();
        let what = Erasure {
            values,
            presence,
            reason,
        };
        insert(&mut self.erasures, recorded.said(what));
    }

    fn hold(&mut self, recorded: &Recorded, hold: &Hold, is_on: bool) {
        let what = HoldMark {
            is_on,
            reason: hold.reason.clone(),
        };
        insert(&mut self.holds, recorded.said(what));
    }

    fn leave(&mut self, recorded: &Recorded) {
        let dev = recorded.event.dev;
        let open = self
            .visits
            .iter_mut()
            .rev()
            .find(|v| v.check_in.at.dev == dev && v.left.is_none());
        if let Some(visit) = open {
            visit.left = Some(recorded.moment());
        }
    }
}

fn evaluation_of(evaluated: &Evaluated) -> Evaluation {
    let Evaluated {
        summary,
        shown,
        stars,
        resolved,
        tags,
        remark,
        unit,
        signer,
        signer_person,
        ink,
        link,
    } = evaluated.clone();
    Evaluation {
        summary,
        shown,
        stars,
        resolved,
        tags,
        remark,
        unit,
        signer_person,
        signer_c: signer.c,
        ink_c: ink.c,
        link,
    }
}

fn insert<T>(list: &mut Vec<Said<T>>, said: Said<T>) {
    // What one event says several of stays in its order.
    let place = list.partition_point(|other| other.at.order() <= said.at.order());
    list.insert(place, said);
}
