//! A receipt that arrives before the events it is about bounds them once they are all there, also those
//! that came in an earlier request. Then the same facts stand between narrower bounds, and in another
//! order if several phones were at work; nothing else about them changes.

use std::collections::BTreeMap;

use super::state::{Moment, Said, WorkOrder};
use crate::ids::EventId;
use crate::interval::Bounds;

impl WorkOrder {
    /// Puts these events between their new bounds. Events of other work orders are passed over, but a
    /// check-in elsewhere may be the place this phone came from.
    pub fn rebound(&mut self, bounds: &BTreeMap<EventId, Bounds>) {
        self.each_moment(&mut |at| {
            if let Some(bounds) = bounds.get(&at.event) {
                at.bounds = *bounds;
            }
        });
        for prior in self
            .visits
            .iter_mut()
            .filter_map(|visit| visit.check_in.what.prior.as_mut())
        {
            if let Some(bounds) = bounds.get(&prior.event) {
                prior.bounds = *bounds;
            }
        }
        self.sort();
    }

    /// The bounds of all its events.
    pub fn bounds(&self) -> BTreeMap<EventId, Bounds> {
        let mut found = BTreeMap::new();
        self.clone().each_moment(&mut |at| {
            found.insert(at.event, at.bounds);
        });
        found
    }

    fn each_moment(&mut self, of: &mut dyn FnMut(&mut Moment)) {
        let Self {
            id: _,
            terminal: _,
            site: _,
            district: _,
            provider: _,
            site_unit: _,
            policy: _,
            terminal_version: _,
            site_version: _,
            heads: _,
            report,
            assignments,
            responses,
            set_outs,
            scans,
            codes,
            followers,
            visits,
            work,
            photos,
            notes,
            restored,
            evaluations,
            filings,
            filing_answers,
            alerts,
            takeovers,
            joins,
            clearings,
            links,
            link_ends,
            closings,
            erasures,
            holds,
        } = self;
        of(&mut report.at);
        assignments.iter_mut().for_each(|said| of(&mut said.at));
        responses.iter_mut().for_each(|said| of(&mut said.at));
        set_outs.iter_mut().for_each(|said| of(&mut said.at));
        scans.iter_mut().for_each(|said| of(&mut said.at));
        codes.iter_mut().for_each(|said| of(&mut said.at));
        followers.iter_mut().for_each(|said| of(&mut said.at));
        work.iter_mut().for_each(|said| of(&mut said.at));
        photos.iter_mut().for_each(|said| of(&mut said.at));
        notes.iter_mut().for_each(|said| of(&mut said.at));
        restored.iter_mut().for_each(|said| of(&mut said.at));
        evaluations.iter_mut().for_each(|said| of(&mut said.at));
        filings.iter_mut().for_each(|said| of(&mut said.at));
        filing_answers.iter_mut().for_each(|said| of(&mut said.at));
        alerts.iter_mut().for_each(|said| of(&mut said.at));
        takeovers.iter_mut().for_each(|said| of(&mut said.at));
        joins.iter_mut().for_each(|said| of(&mut said.at));
        clearings.iter_mut().for_each(|said| of(&mut said.at));
        links.iter_mut().for_each(|said| of(&mut said.at));
        link_ends.iter_mut().for_each(|said| of(&mut said.at));
        closings.iter_mut().for_each(|said| of(&mut said.at));
        erasures.iter_mut().for_each(|said| of(&mut said.at));
        holds.iter_mut().for_each(|said| of(&mut said.at));
        for visit in visits {
            of(&mut visit.check_in.at);
            visit.left.iter_mut().for_each(&mut *of);
            let scan = visit.check_in.what.scan.as_mut();
            scan.into_iter().for_each(|scan| of(&mut scan.at));
        }
    }

    fn sort(&mut self) {
        by_moment(&mut self.assignments);
        by_moment(&mut self.responses);
        by_moment(&mut self.set_outs);
        by_moment(&mut self.scans);
        by_moment(&mut self.codes);
        by_moment(&mut self.followers);
        by_moment(&mut self.work);
        by_moment(&mut self.photos);
        by_moment(&mut self.notes);
        by_moment(&mut self.restored);
        by_moment(&mut self.evaluations);
        by_moment(&mut self.filings);
        by_moment(&mut self.filing_answers);
        by_moment(&mut self.alerts);
        by_moment(&mut self.takeovers);
        by_moment(&mut self.joins);
        by_moment(&mut self.clearings);
        by_moment(&mut self.links);
        by_moment(&mut self.link_ends);
        by_moment(&mut self.closings);
        by_moment(&mut self.erasures);
        by_moment(&mut self.holds);
        self.visits.sort_by_key(|visit| visit.check_in.at.order());
    }
}

fn by_moment<T>(list: &mut [Said<T>]) {
    list.sort_by_key(|said| said.at.order());
}
