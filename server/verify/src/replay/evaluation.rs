//! What the server said for people without a phone of ours: evaluations through links, and the closing of
//! what nobody evaluated. It signs these itself, so whether it was right to is asked here again, of the
//! facts as they are known in the end.

use std::collections::BTreeMap;

use domain::event::Fact;
use domain::ids::{EventId, PersonId};
use domain::refusal::{CheckContext, RefusalCode, check_signing};
use domain::sla::calendar::Calendar;
use domain::work_order::{Evaluation, Said};

use super::Replay;
use crate::finding::{Finding, FindingCode};

impl Replay<'_> {
    /// Takes out what should never have been taken, and says so.
    pub(super) fn check_what_the_server_said(&mut self) {
        let work_order = &self.work_order;
        let of_links = work_order.evaluations.iter().filter_map(|said| {
            let code = match work_order.check_link_use(said) {
                Ok(()) => self.signing(said).err().map(RefusalCode::code),
                Err(refusal) => Some(refusal.code()),
            };
            code.map(|code| (said.at.event, code))
        });
        let of_closings = work_order.closings.iter().filter_map(|said| {
            let checked = work_order.check_closing(said, self.policy, Calendar::shared());
            checked.err().map(|code| (said.at.event, code.code()))
        });
        let refused: BTreeMap<EventId, &str> = of_links.chain(of_closings).collect();
        for (event, code) in &refused {
            let place = self.evidence.events().find(|opened| opened.id == *event);
            let finding = match place {
                Some(opened) => Finding::about(FindingCode::RefusalDiffers, opened.place()),
                None => Finding::new(FindingCode::RefusalDiffers),
            };
            self.found.push(finding.because(code));
        }
        let stands = |event: EventId| !refused.contains_key(&event);
        self.work_order
            .evaluations
            .retain(|said| stands(said.at.event));
        self.work_order
            .closings
            .retain(|said| stands(said.at.event));
    }

    /// Whether what was filled in keeps the rules that a phone keeps too. What was erased since was there
    /// when the server judged.
    fn signing(&self, said: &Said<Evaluation>) -> Result<(), RefusalCode> {
        let mut events = self.evidence.events();
        let opened = events.find(|opened| opened.id == said.at.event);
        let Some(Fact::Evaluated(evaluated)) = opened.map(|opened| &opened.event.fact) else {
            return Ok(());
        };
        if evaluated.link.is_none() {
            return Ok(());
        }
        let technician = &evaluated.summary.technician;
        let known = self.evidence.people.get(technician);
        let phone = known.and_then(|known| known.phone.as_deref());
        let managers = self.site.managers.iter();
        let managers: Vec<PersonId> = managers.map(|manager| manager.person.clone()).collect();
        let sidecars = [evaluated.signer.c, evaluated.ink.c].into_iter();
        let sidecars = sidecars.filter_map(|c| Some((c, self.evidence.sidecars.get(&c)?.clone())));
        let context = CheckContext {
            person: technician,
            person_phone: phone.unwrap_or_default(),
            provider: &self.work_order.provider,
            work_order: Some(&self.work_order),
            managers: &managers,
            is_terminal: &|_| true,
            sidecars: &sidecars.collect(),
        };
        match check_signing(evaluated, &context) {
            Err(RefusalCode::MissingSidecar) => Ok(()),
            other => other,
        }
    }
}
