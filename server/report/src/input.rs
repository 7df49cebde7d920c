//! What a document is made of: the facts and their judgement from the rules, names from the
//! register, bytes of photos, and the sidecars that have not been erased.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::PhotoSlot;
use domain::ids::{DeviceId, Digest, EventId, OrgId, PersonId};
use domain::interval::external::External;
use domain::presence::Presence;
use domain::register::{Site, Terminal};
use domain::sidecar::{BadSidecar, Contact, Ink, Sidecar};
use domain::sla::Policy;
use domain::time::Timestamp;
use domain::work_order::{Judgement, Photo, Said, Visit, WorkOrder};

use crate::figures;
use crate::words;

/// Everything about one work order that its documents show.
pub struct Evidence<'a> {
    pub work_order: &'a WorkOrder,
    /// As of [`Evidence::as_of`].
    pub judgement: &'a Judgement,
    pub terminal: &'a Terminal,
    pub site: &'a Site,
    pub policy: &'a Policy,
    /// Names by number; a person who is not in it is shown by number.
    pub people: &'a BTreeMap<PersonId, String>,
    pub organisations: &'a BTreeMap<OrgId, String>,
    /// Loads the bytes that were hashed when the photo was taken; none if they have not arrived.
    /// Asked once per photo, and the bytes are let go before the next.
    pub photos: &'a dyn Fn(Digest) -> Option<Vec<u8>>,
    /// Personal values by commitment.
    pub sidecars: &'a BTreeMap<Digest, Sidecar>,
    /// Commitments whose values were erased by law.
    pub erased: &'a BTreeSet<Digest>,
    /// What witnesses outside say about the time of events; the same that was judged by.
    pub external: &'a BTreeMap<EventId, External>,
    /// Who approved a phone that was not its owner's first.
    pub approved: &'a BTreeMap<DeviceId, PersonId>,
    pub second: SecondSignatures,
    /// How many records were refused and are kept aside.
    pub set_aside: usize,
    /// The moment the document speaks of; also the date of the file.
    pub as_of: Timestamp,
    /// Where anybody can look this up; drawn as a QR code.
    pub link: &'a str,
}

/// The receipts that bound the phones' facts in time, counted by their second signature (SM2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SecondSignatures {
    /// It is there and holds.
    pub held: usize,
    /// The server signed so when it gave them, and it is not there.
    pub missing: usize,
    /// It is there and does not hold.
    pub wrong: usize,
    /// It is there, but no key is recorded for that time to check it with.
    pub unchecked: usize,
    /// They were given while the server did not sign so.
    pub not_asked: usize,
}

impl SecondSignatures {
    /// Whether the server has ever signed so; otherwise nobody needs to hear of it.
    pub(crate) fn is_used(self) -> bool {
        self.held + self.missing + self.wrong + self.unchecked > 0
    }
}

/// A personal value beside the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept<T> {
    /// It is what was committed to.
    Here(T),
    Erased,
    Absent,
    /// It is not what was committed to, or no such value.
    Spoilt,
}

impl<'a> Evidence<'a> {
    pub(crate) fn name(&self, person: &PersonId) -> String {
        match person.as_str() {
            "public" => "公众".to_owned(),
            "system" => "系统".to_owned(),
            number => self
                .people
                .get(person)
                .map_or(number, String::as_str)
                .to_owned(),
        }
    }

    pub(crate) fn organisation(&self, id: &'a OrgId) -> &'a str {
        self.organisations
            .get(id)
            .map_or(id.as_str(), String::as_str)
    }

    /// The technician named last.
    pub(crate) fn technician(&self) -> String {
        self.work_order
            .technician()
            .map_or_else(|| "未派单".to_owned(), |person| self.name(person))
    }

    pub(crate) fn ink(&self, commitment: Digest) -> Kept<Ink> {
        self.kept(commitment, Sidecar::ink)
    }

    pub(crate) fn contact(&self, commitment: Digest) -> Kept<Contact> {
        self.kept(commitment, Sidecar::contact)
    }

    /// Whether the positions of this visit were erased.
    pub(crate) fn are_fixes_erased(&self, visit: &Visit) -> bool {
        let check_in = &visit.check_in.what;
        check_in.fixes_c.is_some_and(|c| self.erased.contains(&c))
            || (check_in.fixes_c.is_some() && check_in.fixes.is_empty())
    }

    fn kept<T>(
        &self,
        commitment: Digest,
        read: impl Fn(&Sidecar) -> Result<T, BadSidecar>,
    ) -> Kept<T> {
        if self.erased.contains(&commitment) {
            return Kept::Erased;
        }
        let Some(sidecar) = self.sidecars.get(&commitment) else {
            return Kept::Absent;
        };
        match sidecar.verify(commitment).and_then(|()| read(sidecar)) {
            Ok(value) => Kept::Here(value),
            Err(_) => Kept::Spoilt,
        }
    }

    /// The presence of the last visit that began before this photo.
    fn presence_at(&self, photo: &Said<Photo>) -> Option<&'a Presence> {
        let mut visits = self.work_order.visits.iter().zip(&self.judgement.presence);
        visits
            .rfind(|(visit, _)| {
                let began = &visit.check_in.at;
                began.dev == photo.at.dev && began.seq < photo.at.seq
            })
            .map(|(_, presence)| presence)
    }

    /// What the watermark 水印 of a photo says: claimed time, place, work order, technician, the
    /// accuracy of the position at the check-in, and the beginning of the hash.
    pub fn watermark(&self, photo: &Said<Photo>) -> Vec<String> {
        let accuracy = self
            .presence_at(photo)
            .and_then(|presence| presence.accuracy_cm);
        let place = accuracy.map_or_else(
            || "签到无定位".to_owned(),
            |cm| format!("签到定位误差 ±{}", figures::metres(cm)),
        );
        vec![
            format!(
                "{}（手机自称）  {}",
                figures::instant(photo.at.wall),
                words::slot(photo.what.slot)
            ),
            format!("{}  {}", self.site.name, self.work_order.terminal),
            format!("{}  {}", self.work_order.id, self.name(&photo.by)),
            format!("{place}  SHA-256 {}", figures::short(&photo.what.sha256)),
        ]
    }

    /// Photos by slot in the order people look at them.
    pub(crate) fn photos_in_order(&self) -> Vec<&'a Said<Photo>> {
        let rank = |slot: PhotoSlot| match slot {
            PhotoSlot::Scene => 0,
            PhotoSlot::Plate => 1,
            PhotoSlot::Label => 2,
            PhotoSlot::Before => 3,
            PhotoSlot::After => 4,
        };
        let mut photos: Vec<_> = self.work_order.photos.iter().collect();
        photos.sort_by_key(|photo| rank(photo.what.slot));
        photos
    }
}
