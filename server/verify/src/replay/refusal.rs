//! Whether an event stands by the rules, as far as a bundle holds what they ask for.

use std::collections::BTreeMap;

use domain::ids::PersonId;
use domain::refusal::{CheckContext, RefusalCode, check};
use domain::time::Millis;

use super::Replay;
use crate::evidence::Opened;

/// What the rules say of an event.
pub(super) enum Computed {
    Stands,
    Refused(RefusalCode),
    /// The bundle does not hold what the rule needs.
    Unknown,
    /// Who signed was no manager of the site at the report.
    UnknownSigner,
}

/// Whether a stated reason rests on nothing but what a bundle holds.
pub(super) fn is_recomputable(code: &str) -> bool {
    let depends_on_the_past = [
        RefusalCode::MissingSidecar,
        RefusalCode::SidecarMismatch,
        RefusalCode::RevokedKey,
        RefusalCode::UnknownDevice,
        RefusalCode::UnknownTerminal,
    ];
    depends_on_the_past.iter().all(|past| past.code() != code)
}

impl Replay<'_> {
    /// Whether the rules let this event stand, as far as the bundle can tell.
    pub(super) fn refusal(&self, opened: &Opened) -> Computed {
        if self.is_after_revocation(opened) {
            return Computed::Refused(RefusalCode::RevokedKey);
        }
        let event = &opened.event;
        let chain = self.evidence.chains.get(&event.dev);
        let Some(person) = chain.and_then(|chain| chain.person.as_ref()) else {
            // The server's own acts: anything else in its chain would be a phone's.
            let is_desk = event.fact.may_be_said_by_the_desk();
            return if is_desk {
                Computed::Stands
            } else {
                Computed::Refused(RefusalCode::WrongSigner)
            };
        };
        let Some(known) = self.evidence.people.get(person) else {
            return Computed::Unknown;
        };
        let sidecars: BTreeMap<_, _> = event
            .fact
            .commitments()
            .into_iter()
            .filter_map(|c| Some((c, self.evidence.sidecars.get(&c)?.clone())))
            .collect();
        let managers: Vec<PersonId> = self
            .site
            .managers
            .iter()
            .map(|manager| manager.person.clone())
            .collect();
        let context = CheckContext {
            person,
            person_phone: known.phone.as_deref().unwrap_or_default(),
            provider: &known.org,
            work_order: Some(&self.work_order),
            managers: &managers,
            is_terminal: &|terminal| self.evidence.terminals.contains_key(terminal),
            sidecars: &sidecars,
        };
        match check(event, &context) {
            Ok(()) => Computed::Stands,
            // It was there when the server judged, or the event would be set aside.
            Err(RefusalCode::MissingSidecar) => Computed::Unknown,
            // Somebody may have been registered after the report, whose record is the one that is here.
            Err(RefusalCode::NotTheSiteManager) => Computed::UnknownSigner,
            Err(reason) => Computed::Refused(reason),
        }
    }

    /// A receipt up to the very moment of the revocation still counts, and no revocation reaches back
    /// before the phone's last receipt (evidence 2.6).
    fn is_after_revocation(&self, opened: &Opened) -> bool {
        let revocation = self.evidence.revocations.get(&opened.event.dev);
        let bounds = self.bounds.get(&opened.id);
        revocation
            .zip(bounds)
            .is_some_and(|((_, revocation), bounds)| {
                bounds.b.latest > revocation.effective + Millis(self.policy.epsilon_ms)
            })
    }
}
