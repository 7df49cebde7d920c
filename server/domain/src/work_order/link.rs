//! Evaluating on one's own phone (9.4): a link with a secret, for one work order and for exactly what was
//! done when it was made, good once and for three days. The state of a link follows from the facts, so it
//! can be neither used twice nor after it was taken back, however many processes serve it.

use super::stage::Stage;
use super::state::{Evaluation, EvaluationLink, Said, WorkOrder};
use super::summary::hand_over_summary;
use crate::canonical::digest_of;
use crate::event::Summary;
use crate::ids::Digest;
use crate::refusal::RefusalCode;
use crate::text::coded;
use crate::time::{Millis, Timestamp};

/// How long a link is good.
pub const LINK_VALID: Millis = Millis::minutes(72 * 60);

coded! {
    /// Why nothing can be evaluated through a link.
    LinkRefusal {
        LinkUnknown "link_unknown"
            "评价链接无效。请核对链接是否完整，或请技术员、值班台重新生成。"
            "This evaluation link is not valid. Check that it is complete, or ask the technician or the desk for a new one.";
        LinkUsed "link_used"
            "该评价链接已使用，每个链接只能评价一次。如需更改，请联系值班台。"
            "This evaluation link was used; each is good for one evaluation. To change something, contact the desk.";
        LinkRevoked "link_revoked"
            "该评价链接已被撤回。请向技术员或值班台索取新的链接。"
            "This evaluation link was taken back. Ask the technician or the desk for a new one.";
        LinkExpired "link_expired"
            "该评价链接已过期。请向技术员或值班台索取新的链接。"
            "This evaluation link has expired. Ask the technician or the desk for a new one.";
        LinkOutdated "link_outdated"
            "链接生成之后，处理情况又有变化，不能再按原内容评价。请索取新的链接，阅读最新内容后再评价。"
            "The work has changed since this link was made, so it cannot be evaluated as it stood. Ask for a new link and read what was done.";
        LinkNotNeeded "link_not_needed"
            "该工单已有评价，无需再次评价。"
            "This work order is evaluated already; no further evaluation is needed.";
    }
}

coded! {
    /// Where an evaluation comes from that no phone has signed. One that was signed by hand on the
    /// technician's phone has that phone's signature, and needs no word about it.
    EvaluationSource {
        ThroughLink "evaluated_through_link"
            "评价通过一次性链接提交，由服务器签名：证明持有链接的人提交了这些内容，不证明提交人是谁、在哪里"
            "Evaluated through a one-time link and signed by the server: whoever had the link sent it; who that was, and where, is not proved";
        SignedIn "evaluated_signed_in"
            "评价由登记的现场设备管理人员登录后提交，由服务器签名：不证明其当时在现场"
            "Evaluated by a registered site manager who had signed in, and signed by the server: that they were on site is not proved";
    }
}

impl Evaluation {
    /// None if the technician's phone has signed it.
    pub fn source(&self) -> Option<EvaluationSource> {
        self.link?;
        Some(match self.signer_person {
            Some(_) => EvaluationSource::SignedIn,
            None => EvaluationSource::ThroughLink,
        })
    }
}

impl WorkOrder {
    /// What can be evaluated now: what the phone did that restored the service last.
    pub fn summary_to_evaluate(&self, site_name: &str) -> Result<Summary, RefusalCode> {
        match self.stage() {
            Stage::Restored { .. } | Stage::ClosedUnevaluated { .. } => {}
            Stage::Evaluated { .. } => return Err(RefusalCode::AlreadyEvaluated),
            _ => return Err(RefusalCode::NothingToEvaluate),
        }
        let restored = self
            .restoration_in_force()
            .ok_or(RefusalCode::NothingToEvaluate)?;
        hand_over_summary(self, restored.at.dev, site_name)
    }

    /// The link of this secret's hash.
    pub fn link(&self, link: Digest) -> Option<&Said<EvaluationLink>> {
        self.links.iter().find(|made| made.what.link == link)
    }

    /// Why this link could not be used at this instant, whatever it shows.
    pub fn link_ended(&self, link: &EvaluationLink, now: Timestamp) -> Option<LinkRefusal> {
        let is_used = |evaluation: &Said<Evaluation>| evaluation.what.link == Some(link.link);
        if self.evaluations.iter().any(is_used) {
            Some(LinkRefusal::LinkUsed)
        } else if self.link_ends.iter().any(|end| end.what.link == link.link) {
            Some(LinkRefusal::LinkRevoked)
        } else if now > link.expires_at {
            Some(LinkRefusal::LinkExpired)
        } else {
            None
        }
    }

    /// What this link shows at this instant, which is what it was made for or nothing.
    pub fn open_link(
        &self,
        link: Digest,
        site_name: &str,
        now: Timestamp,
    ) -> Result<Summary, LinkRefusal> {
        let made = self.link(link).ok_or(LinkRefusal::LinkUnknown)?;
        if let Some(ended) = self.link_ended(&made.what, now) {
            return Err(ended);
        }
        let summary = match self.summary_to_evaluate(site_name) {
            Ok(summary) => summary,
            Err(RefusalCode::AlreadyEvaluated) => return Err(LinkRefusal::LinkNotNeeded),
            Err(_) => return Err(LinkRefusal::LinkOutdated),
        };
        if digest_of(&summary) == Ok(made.what.shown) {
            Ok(summary)
        } else {
            Err(LinkRefusal::LinkOutdated)
        }
    }

    /// Whether an evaluation through a link was right to be taken; for whoever checks it later, when more
    /// may have happened. An evaluation of a phone is none of its business.
    pub fn check_link_use(&self, evaluation: &Said<Evaluation>) -> Result<(), LinkRefusal> {
        let Some(link) = evaluation.what.link else {
            return Ok(());
        };
        let is_before = |at: &super::state::Moment| at.order() < evaluation.at.order();
        let made = self.link(link).filter(|made| is_before(&made.at));
        let made = made.ok_or(LinkRefusal::LinkUnknown)?;
        let mut uses = self.evaluations.iter();
        let first = uses.find(|other| other.what.link == Some(link));
        if first.is_some_and(|first| first.at.event != evaluation.at.event) {
            return Err(LinkRefusal::LinkUsed);
        }
        let mut ends = self.link_ends.iter();
        if ends.any(|end| end.what.link == link && is_before(&end.at)) {
            return Err(LinkRefusal::LinkRevoked);
        }
        if evaluation.at.wall > made.what.expires_at {
            return Err(LinkRefusal::LinkExpired);
        }
        let what = &evaluation.what;
        let is_what_was_shown =
            what.shown == made.what.shown && digest_of(&what.summary) == Ok(what.shown);
        if is_what_was_shown && self.tells_of(&what.summary) {
            Ok(())
        } else {
            Err(LinkRefusal::LinkOutdated)
        }
    }

    /// Whether a summary says nothing but what its events say. Photos may have been added since.
    fn tells_of(&self, summary: &Summary) -> bool {
        let is_work = self.work.iter().any(|work| {
            let what = &work.what;
            work.at.event == summary.work
                && work.by == summary.technician
                && (what.mode, what.fault, what.repair_class)
                    == (summary.mode, summary.fault, summary.repair_class)
                && (&what.cause, &what.action, &what.parts)
                    == (&summary.cause, &summary.action, &summary.parts)
        });
        let is_restored = self.restored.iter().any(|restored| {
            (restored.at.event, restored.at.wall) == (summary.restored, summary.restored_wall)
        });
        let arrived = summary.check_in.map(|check_in| {
            let mut visits = self.visits.iter();
            let visit = visits.find(|visit| visit.check_in.at.event == check_in);
            visit.map(|visit| visit.check_in.at.wall)
        });
        let is_arrival = match arrived {
            None => summary.arrived_wall.is_none(),
            Some(wall) => wall.is_some() && wall == summary.arrived_wall,
        };
        let is_photo = |sha256| self.photos.iter().any(|photo| photo.what.sha256 == sha256);
        (&self.id, &self.terminal) == (&summary.wo, &summary.terminal)
            && is_work
            && is_restored
            && is_arrival
            && summary.photos.iter().copied().all(is_photo)
    }
}
