//! A technician's deeds as facts on the simulated phone: what the app would record when somebody
//! scans, checks in, photographs, repairs and hands over. Knows no server; [`super::play`] sends.

use std::collections::BTreeMap;

use domain::canonical::digest_of;
use domain::code::label;
use domain::envelope;
use domain::event::{
    CheckedIn, Commitment, Evaluated, Exif, Fact, Filed, Noted, Nothing, PhotoSlot, PhotoSource,
    PhotoTaken, Responded, ScanMethod, Scanned, WorkRecorded,
};
use domain::geo::{Crs, Fix, FixSource};
use domain::ids::Digest;
use domain::interval::Bounds;
use domain::register::{Site, Terminal};
use domain::time::{Interval, Millis};
use domain::work_order::{Recorded, WorkOrder, hand_over_summary};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::DemoError;
use super::chance::Chance;
use super::data::{City, DemoPerson};
use super::ink::handwritten;
use super::phone::{Said, SimulatedPhone};
use super::picture::{HEIGHT, WIDTH};
use super::story::{Arrival, Deed, Verdict};

/// The print run of the labels that hang in the city.
pub(super) const FIRST_RUN: u32 = 1;
/// Readings in the burst of a check-in, and the pause between two.
const FIXES: i64 = 5;
const FIX_PAUSE: Millis = Millis(3_000);
/// 10⁻⁷ degrees of latitude and longitude in ten metres, in Shenzhen.
const TEN_METRES_NORTH_E7: i64 = 903;
const TEN_METRES_EAST_E7: i64 = 973;

/// Where and by whom a tale's deeds are done.
pub(super) struct Scene<'a> {
    pub city: &'a City,
    pub terminal: &'a Terminal,
    pub site: &'a Site,
    pub technician: &'a DemoPerson,
    /// Address that the labels' QR codes point to.
    pub base: &'a str,
    /// Signs the labels of the first print run.
    pub labels: &'a envelope::Signer,
    /// The work order as the phone knows it; the deeds add to it.
    pub work_order: &'a mut WorkOrder,
    pub chance: &'a mut Chance,
    /// Key of the tale.
    pub key: &'a str,
    /// Drawn signatures so far, by the key of their tale.
    pub inks: &'a mut BTreeMap<String, Value>,
}

/// A photo that waits to be uploaded.
pub(super) struct Upload {
    pub sha256: Digest,
    pub bytes: Vec<u8>,
}

impl Scene<'_> {
    /// Does the deed on the phone. `photo` is what the camera sees; it comes back as an upload.
    pub fn act(
        &mut self,
        deed: &Deed,
        photo: Option<Vec<u8>>,
        phone: &mut SimulatedPhone,
    ) -> Result<Option<Upload>, DemoError> {
        match deed {
            // What the desk and the network do is no fact of the phone.
            Deed::Assign
            | Deed::AnswerFiling { .. }
            | Deed::EvaluateThroughLink(_)
            | Deed::Join { .. }
            | Deed::Clear
            | Deed::Complain { .. }
            | Deed::GoOffline
            | Deed::GoOnline => {}
            Deed::File {
                reason,
                text,
                expected,
            } => {
                let expected_at = self.work_order.report.at.wall + Millis::minutes(*expected);
                let (reason, text) = (*reason, text.clone());
                let filed = Filed {
                    reason,
                    text,
                    expected_at,
                };
                self.say(phone, Fact::Filed(filed), &[]);
            }
            Deed::Respond { how } => self.say(
                phone,
                Fact::Responded(Responded {
                    how: *how,
                    person: None,
                }),
                &[],
            ),
            Deed::SetOut => self.say(phone, Fact::SetOut(Nothing {}), &[]),
            Deed::CheckIn(arrival) => self.check_in(arrival, phone)?,
            Deed::Photo { slot, source, .. } => {
                return Ok(photo.map(|bytes| self.photograph(*slot, *source, bytes, phone)));
            }
            Deed::Note { text } => self.say(phone, Fact::Noted(Noted { text: text.clone() }), &[]),
            Deed::Work(done) => {
                let done = done.clone();
                let fact = Fact::WorkRecorded(WorkRecorded {
                    mode: done.mode,
                    fault: done.fault,
                    repair_class: done.repair_class,
                    cause: done.cause,
                    action: done.action,
                    parts: done.parts,
                });
                self.say(phone, fact, &[]);
            }
            Deed::Restore => self.say(phone, Fact::Restored(Nothing {}), &[]),
            Deed::Evaluate(verdict) => self.hand_over(verdict, phone)?,
            Deed::Leave => self.say(phone, Fact::LeftSite(Nothing {}), &[]),
        }
        Ok(None)
    }

    fn check_in(&mut self, arrival: &Arrival, phone: &mut SimulatedPhone) -> Result<(), DemoError> {
        let there = match arrival.terminal {
            Some(serial) => self
                .city
                .terminal(serial)
                .ok_or_else(|| DemoError::unknown("terminal", serial))?,
            None => self.terminal,
        };
        let text = label::text(self.base, there, FIRST_RUN, self.labels);
        let scan = Scanned {
            terminal: Some(there.id.clone()),
            text,
            method: ScanMethod::Camera,
        };
        let scan = phone.say(Fact::Scanned(scan), Some(&self.work_order.id));
        self.fold(&scan, &[]);
        let mut sidecars = Vec::new();
        let mut fixes = None;
        if arrival.no_fix.is_none() {
            let value = json(&self.burst(arrival, there, phone))?;
            let commitment = phone.set_aside(value.clone());
            sidecars.push((commitment.c, value));
            fixes = Some(commitment);
        }
        let fact = Fact::CheckedIn(CheckedIn {
            terminal: there.id.clone(),
            scan: Some(scan.id),
            fixes,
            no_fix: arrival.no_fix,
            reason: arrival.reason.clone(),
        });
        self.say(phone, fact, &sidecars);
        Ok(())
    }

    /// What a phone standing (or believing to stand) `away_m` from the terminal reads.
    fn burst(
        &mut self,
        arrival: &Arrival,
        there: &Terminal,
        phone: &mut SimulatedPhone,
    ) -> Vec<Fix> {
        let is_sharp = arrival.accuracy_m > 0;
        let mut fixes = Vec::new();
        for reading in 0..FIXES {
            phone.pass(FIX_PAUSE);
            let wobble = |chance: &mut Chance| i64::from(chance.between(-70, 70));
            let (north_dm, east_dm) = (wobble(self.chance), wobble(self.chance));
            let away_dm = i64::from(arrival.away_m) * 10;
            let accuracy_m = if is_sharp {
                arrival.accuracy_m
            } else {
                i64::from(self.chance.between(9, 26))
            };
            let clock = phone.clock();
            fixes.push(Fix {
                lat_e7: there.lat_e7 + north_dm * TEN_METRES_NORTH_E7 / 100,
                lng_e7: there.lng_e7 + (east_dm + away_dm) * TEN_METRES_EAST_E7 / 100,
                acc_cm: (accuracy_m + FIXES - reading) * 100,
                ts: clock.wall,
                mono: clock.mono,
                src: FixSource::Gnss,
                crs: Crs::Wgs84,
            });
        }
        fixes
    }

    fn photograph(
        &mut self,
        slot: PhotoSlot,
        source: PhotoSource,
        bytes: Vec<u8>,
        phone: &mut SimulatedPhone,
    ) -> Upload {
        let sha256 = Digest(Sha256::digest(&bytes).into());
        let taken_at = crate::shenzhen::minute(phone.clock().wall).replace('-', ":");
        let exif = Exif {
            taken_at: Some(format!("{taken_at}:00")),
            lat_e7: None,
            lng_e7: None,
            make: Some("HUAWEI".to_owned()),
            model: Some("BRA-AL00".to_owned()),
            orientation: Some(1),
        };
        let fact = Fact::PhotoTaken(PhotoTaken {
            sha256,
            size: bytes.len() as u64,
            width: WIDTH,
            height: HEIGHT,
            slot,
            source,
            exif: Some(exif),
        });
        self.say(phone, fact, &[]);
        Upload { sha256, bytes }
    }

    /// The phone goes to the site manager, who reads the summary, rates and signs.
    fn hand_over(
        &mut self,
        verdict: &Verdict,
        phone: &mut SimulatedPhone,
    ) -> Result<(), DemoError> {
        let refused = |code| DemoError::unexpected("summary", format!("{code:?}"));
        let summary =
            hand_over_summary(self.work_order, phone.device(), &self.site.name).map_err(refused)?;
        let shown = digest_of(&summary)
            .map_err(|error| DemoError::unexpected("summary", format!("{error:?}")))?;
        let signer = self.signer(verdict)?;
        let contact = serde_json::json!({"name": signer.name, "phone": signer.phone});
        let drawn = handwritten(&signer.name, self.chance.bits());
        let ink = match &verdict.ink_of {
            None => drawn,
            Some(key) => moved(
                self.inks
                    .get(key)
                    .ok_or_else(|| DemoError::unknown("ink of", key))?,
            ),
        };
        self.inks.insert(self.key.to_owned(), ink.clone());
        phone.pass(Millis(9_000));
        let (signer_c, ink_c) = (
            phone.set_aside(contact.clone()),
            phone.set_aside(ink.clone()),
        );
        let fact = Fact::Evaluated(Box::new(Evaluated {
            summary,
            shown,
            stars: verdict.stars,
            resolved: verdict.resolved,
            tags: verdict.tags.clone(),
            remark: verdict.remark.clone(),
            unit: signer.unit,
            signer: signer_c,
            signer_person: signer.person,
            ink: ink_c,
            link: None,
        }));
        if verdict.own_phone {
            // The rules refuse it, so the phone's own view of the work order stays as it was.
            phone.say(fact, Some(&self.work_order.id));
            return Ok(());
        }
        let Commitment { c: signer_c } = signer_c;
        self.say(phone, fact, &[(signer_c, contact), (ink_c.c, ink)]);
        Ok(())
    }

    fn signer(&self, verdict: &Verdict) -> Result<Signer, DemoError> {
        let name_of = |org: &domain::ids::OrgId| {
            let known = self
                .city
                .organisations
                .iter()
                .find(|known| known.id == *org);
            known.map_or_else(|| org.to_string(), |known| known.name.clone())
        };
        if verdict.own_phone {
            let Self {
                technician, site, ..
            } = self;
            let (name, phone) = (technician.name.clone(), technician.phone.clone());
            return Ok(Signer {
                name,
                phone,
                unit: name_of(&site.unit),
                person: None,
            });
        }
        if let Some(stranger) = verdict.signer.clone() {
            let super::story::Stranger { name, phone, unit } = stranger;
            return Ok(Signer {
                name,
                phone,
                unit,
                person: None,
            });
        }
        let manager = self
            .site
            .managers
            .first()
            .ok_or_else(|| DemoError::unknown("manager of", &self.site.id))?;
        let person = self
            .city
            .people
            .iter()
            .find(|person| person.id == manager.person);
        Ok(Signer {
            name: manager.name.clone(),
            phone: person
                .map(|person| person.phone.clone())
                .unwrap_or_default(),
            unit: name_of(&self.site.unit),
            person: Some(manager.person.clone()),
        })
    }

    fn say(&mut self, phone: &mut SimulatedPhone, fact: Fact, sidecars: &[(Digest, Value)]) {
        let said = phone.say(fact, Some(&self.work_order.id));
        self.fold(&said, sidecars);
    }

    /// Adds what was said to the phone's own view, as the app does before the server answers.
    fn fold(&mut self, said: &Said, sidecars: &[(Digest, Value)]) {
        let at = Interval::exactly(said.event.wall);
        let recorded = Recorded {
            event: said.event.clone(),
            id: said.id,
            bounds: Bounds {
                b: at,
                c: at,
                clock_conflict: false,
            },
            sidecars: sidecars.iter().cloned().collect(),
            prior: None,
        };
        self.work_order.apply(&recorded);
    }
}

/// A pasted signature, as somebody careful would paste it: not at the very same place.
fn moved(ink: &Value) -> Value {
    let mut moved = ink.clone();
    let strokes = moved["strokes"].as_array_mut().into_iter().flatten();
    for point in strokes.filter_map(Value::as_array_mut).flatten() {
        point["x"] = (point["x"].as_i64().unwrap_or(0) + 7).into();
        point["y"] = (point["y"].as_i64().unwrap_or(0) - 4).into();
    }
    moved
}

struct Signer {
    name: String,
    phone: String,
    unit: String,
    person: Option<domain::ids::PersonId>,
}

fn json<T: Serialize>(value: &T) -> Result<Value, DemoError> {
    serde_json::to_value(value).map_err(|error| DemoError::unexpected("sidecar", error))
}
