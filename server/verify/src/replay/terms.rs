//! Under which terms a work order is judged: its report, and the very policy, terminal and site that
//! the report names.

use domain::canonical::digest_of;
use domain::event::Fact;
use domain::ids::Digest;
use domain::register::{Site, Terminal};
use domain::sla::policy::Policy;
use serde::Serialize;

use crate::evidence::{Evidence, Opened};
use crate::finding::{Finding, FindingCode};
use crate::place::Place;

/// Without a person's organisation and number, whether their events are allowed cannot be told.
pub(super) fn name_strangers(evidence: &Evidence, found: &mut Vec<Finding>) {
    let is_of_it = |opened: &Opened| opened.event.wo.as_ref() == Some(&evidence.wo);
    for chain in evidence
        .chains
        .values()
        .filter(|chain| chain.events.iter().any(is_of_it))
    {
        let stranger = chain
            .person
            .as_ref()
            .filter(|person| !evidence.people.contains_key(person));
        found.extend(stranger.map(|person| {
            Finding::about(FindingCode::PersonUnknown, Place::People).because(person)
        }));
    }
}

/// The first one, if the server's chains (one for each key it had) should hold several.
pub(super) fn report(evidence: &Evidence) -> Option<&Opened> {
    evidence
        .chains
        .values()
        .filter(|chain| chain.person.is_none())
        .flat_map(|chain| &chain.events)
        .filter(|opened| {
            matches!(opened.event.fact, Fact::Reported(_))
                && opened.event.wo.as_ref() == Some(&evidence.wo)
        })
        .min_by_key(|opened| opened.event.wall)
}

/// Policy, terminal and site of the report, each the very one that the report names.
pub(super) fn surroundings<'a>(
    evidence: &'a Evidence,
    report: &Opened,
    found: &mut Vec<Finding>,
) -> Option<(&'a Policy, &'a Terminal, &'a Site)> {
    let Fact::Reported(reported) = &report.event.fact else {
        return None;
    };
    let policy = evidence
        .policy
        .as_ref()
        .filter(|policy| policy.digest() == reported.policy);
    if policy.is_none() {
        found
            .push(Finding::about(FindingCode::PolicyOther, Place::Policy).because(reported.policy));
    }
    let terminal = evidence
        .terminals
        .get(&reported.terminal)
        .filter(|terminal| terminal.version == reported.terminal_version)
        .filter(|terminal| is_bound(*terminal, reported.terminal_record));
    if terminal.is_none() {
        let place = Place::Terminal(reported.terminal.clone());
        found.push(
            Finding::about(FindingCode::RegisterOther, place).because(reported.terminal_version),
        );
    }
    let named = terminal.map(|terminal| terminal.site.clone());
    let site = named.as_ref().and_then(|id| evidence.sites.get(id));
    let site = site.filter(|site| is_bound(*site, reported.site_record));
    if let Some(id) = named.filter(|_| site.is_none()) {
        let version = reported.site_version.unwrap_or_default();
        found.push(Finding::about(FindingCode::RegisterOther, Place::Site(id)).because(version));
    }
    if reported.terminal_record.is_none() || reported.site_record.is_none() {
        found.push(Finding::about(FindingCode::RegisterUnbound, report.place()));
    }
    Some((policy?, terminal?, site?))
}

/// Whether this is the very record that the report bound, if it bound any.
fn is_bound<T: Serialize>(record: &T, bound: Option<Digest>) -> bool {
    bound.is_none_or(|bound| digest_of(record) == Ok(bound))
}
