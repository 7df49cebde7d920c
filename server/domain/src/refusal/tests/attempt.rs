//! Somebody tries to record something: an event that may stand, to be spoilt in one place.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::event::*;
use crate::fault::{FaultCode, Level};
use crate::geo::Fix;
use crate::ids::{Digest, OrgId, PersonId, WorkOrderId};
use crate::refusal::{CheckContext, RefusalCode, check};
use crate::work_order::testing::*;

pub struct Attempt {
    /// What was recorded before.
    pub story: Story,
    pub fact: Fact,
    /// Who signs, if not Lin.
    pub by: Option<PersonId>,
    pub wo: Option<WorkOrderId>,
    /// The rules that the event names.
    pub pol: Option<Digest>,
    pub sidecars: BTreeMap<Digest, Value>,
    pub person_phone: String,
    pub provider: OrgId,
    pub managers: Vec<PersonId>,
    pub is_terminal_known: bool,
    pub is_work_order_known: bool,
}

/// Lin was assigned and has responded.
pub fn story() -> Story {
    let mut story = Story::of(Level::General);
    story.assigned(Who::Lin).by(Who::Lin).responded();
    story
}

impl Attempt {
    /// Lin notes something.
    pub fn new() -> Self {
        let story = story();
        Self {
            fact: Fact::Noted(Noted {
                text: "联系了现场".into(),
            }),
            by: None,
            wo: Some(story.work_order.id.clone()),
            pol: None,
            sidecars: BTreeMap::new(),
            person_phone: "13800000012".into(),
            provider: terminal().provider,
            managers: site()
                .managers
                .into_iter()
                .map(|manager| manager.person)
                .collect(),
            is_terminal_known: true,
            is_work_order_known: true,
            story,
        }
    }

    pub fn check(&self) -> Result<(), RefusalCode> {
        let mut next = self.story.clone();
        let mut event = next.say(self.fact.clone()).told.pop().unwrap().event;
        event.wo = self.wo.clone();
        event.pol = self.pol;
        event.by = self.by.clone().unwrap_or(event.by);
        let context = CheckContext {
            person: &Who::Lin.person(),
            person_phone: &self.person_phone,
            provider: &self.provider,
            work_order: self.is_work_order_known.then_some(&self.story.work_order),
            managers: &self.managers,
            is_terminal: &|_| self.is_terminal_known,
            sidecars: &self.sidecars,
        };
        check(&event, &context)
    }

    pub fn report() -> Fact {
        Fact::Reported(Reported {
            terminal: terminal().id,
            fault: FaultCode::Hw1,
            level: Level::Severe,
            channel: Channel::Hotline,
            text: String::new(),
            reporter: None,
            occurred_at: None,
            policy: Digest([0; 32]),
            terminal_version: 1,
            site_version: None,
            terminal_record: None,
            site_record: None,
            cp: None,
        })
    }

    pub fn note(&mut self, text: &str) {
        self.fact = Fact::Noted(Noted { text: text.into() });
    }

    pub fn file(&mut self, text: &str) {
        self.fact = Fact::Filed(Filed {
            reason: FilingReason::Weather,
            text: text.into(),
            expected_at: crate::time::Timestamp(NINE + 5 * HOUR),
        });
    }

    pub fn photo(&mut self, number: u8, size: u64) {
        let mut photographed = self.story.clone();
        self.fact = photographed.photo(number).told.pop().unwrap().event.fact;
        if let Fact::PhotoTaken(photo) = &mut self.fact {
            photo.size = size;
        }
    }

    pub fn work(&mut self, spoil: impl FnOnce(&mut WorkRecorded)) {
        let mut repaired = self.story.clone();
        self.fact = repaired.repaired().told.pop().unwrap().event.fact;
        if let Fact::WorkRecorded(work) = &mut self.fact {
            spoil(work);
        }
    }

    pub fn check_in(&mut self, fixes: Vec<Fix>) {
        let mut there = self.story.clone();
        let recorded = there
            .checked_in(&terminal().id, None, &fixes)
            .told
            .pop()
            .unwrap();
        (self.fact, self.sidecars) = (recorded.event.fact, recorded.sidecars);
    }

    pub fn check_in_elsewhere(&mut self, reason: Option<&str>) {
        self.fact = Fact::CheckedIn(CheckedIn {
            terminal: other_terminal(),
            scan: None,
            fixes: None,
            no_fix: Some(NoFix::Indoors),
            reason: reason.map(str::to_owned),
        });
    }

    /// Lin has repaired and restored; the manager signs this.
    pub fn evaluate(&mut self, spoil: impl FnOnce(&mut Evaluated)) {
        self.story.arrived().repaired().photo(1).restored();
        (self.fact, self.sidecars) = self.story.evaluation(true);
        if let Fact::Evaluated(evaluation) = &mut self.fact {
            spoil(evaluation);
        }
    }

    pub fn sign_as(&mut self, name: &str, phone: &str) {
        let value = json!({"name": name, "phone": phone});
        self.evaluate(|evaluation| evaluation.signer.c = seal(&value));
        self.sidecars.insert(seal(&value), value);
    }

    pub fn draw(&mut self, ink: &Value) {
        self.evaluate(|evaluation| evaluation.ink.c = seal(ink));
        self.sidecars.insert(seal(ink), ink.clone());
    }

    /// Something came along, but not what was committed to.
    pub fn give_foreign_sidecars(&mut self) {
        let values: Vec<Value> = std::mem::take(&mut self.sidecars).into_values().collect();
        self.sidecars = values
            .into_iter()
            .map(|value| (Digest([0xee; 32]), value))
            .collect();
    }

    /// What was committed to is of this form.
    pub fn replace_sidecars(&mut self, value: &Value) {
        self.sidecars
            .values_mut()
            .for_each(|sidecar| *sidecar = value.clone());
    }
}
