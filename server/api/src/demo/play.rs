//! Plays the story: turns the clock from cue to cue, lets the desk report and assign, lets the
//! technicians act on their phones, and sends what the phones say through the same door as every
//! real phone. A step that the rules refuse without the story meaning it stops the seeding.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::actor::Role;
use domain::envelope::{Envelope, Signer};
use domain::event::{Channel, Fact, FilingAnswered, Nothing};
use domain::ids::{Digest, EventId, PersonId, WorkOrderId};
use domain::receipt::KeyRecord;
use domain::time::{Millis, Timestamp};
use domain::tlog::leaf::LeafKind;
use domain::work_order::WorkOrder;
use store::{Commit, DeviceRow, StoreError};

use super::DemoError;
use super::chance::Chance;
use super::darkroom::Darkroom;
use super::data::City;
use super::deeds::{FIRST_RUN, Scene, Upload};
use super::phone::{Outbox, SimulatedPhone};
use super::story::{Cue, Deed, Story, Tale, Verdict};
use super::{link, outsiders};
use crate::codes::secrets::label_signer;
use crate::devices::write_revocation;
use crate::intake::open::Incoming;
use crate::intake::{AnswerRequest, DeskRequest, HeadRequest, PushRequest, Status};
use crate::log::Tail;
use crate::reports::{NewReport, file_report};
use crate::signer::random_bytes;
use crate::state::App;
use crate::time_source::{ManualClock, TimeSource};

/// Most events in one push, as for every phone.
const EVENTS_MAX: usize = 50;
/// A phone that is put down this long goes to sleep.
const NAP: Millis = Millis::minutes(20);
/// After this long the app is opened anew.
const NIGHT: Millis = Millis::minutes(240);

/// Why the simulated phones are revoked when the story is over.
const HANDED_IN: &str = "演示用的模拟手机，已交回";

/// The phone is looked at before something is done with it.
const GLANCE: Millis = Millis::minutes(1);

/// A technician with a phone.
struct Hand {
    phone: SimulatedPhone,
    is_online: bool,
    uploads: Vec<Upload>,
    chance: Chance,
}

/// See the module.
pub(super) struct Player<'a> {
    app: &'a App,
    clock: &'a ManualClock,
    city: &'a City,
    story: &'a Story,
    darkroom: Darkroom,
    labels: Signer,
    hands: BTreeMap<&'a str, Hand>,
    /// Per tale, once it is reported.
    work_orders: BTreeMap<usize, WorkOrder>,
    /// Drawn signatures by the key of their tale.
    inks: BTreeMap<String, serde_json::Value>,
    refused: usize,
}

impl<'a> Player<'a> {
    /// Plays everything up to `now`; gives how many events the rules refused.
    pub async fn play(
        app: &'a App,
        clock: &'a ManualClock,
        (city, story): (&'a City, &'a Story),
        now: Timestamp,
    ) -> Result<usize, DemoError> {
        let darkroom = Darkroom::open(story, city, now);
        let (hands, work_orders) = (BTreeMap::new(), BTreeMap::new());
        let player = Self {
            app,
            clock,
            city,
            story,
            darkroom,
            labels: label_signer(app.signer.codes(), FIRST_RUN),
            hands,
            work_orders,
            inks: BTreeMap::new(),
            refused: 0,
        };
        player.play_until(now).await
    }

    async fn play_until(mut self, now: Timestamp) -> Result<usize, DemoError> {
        let story = self.story;
        for login in story.tales.iter().map(|tale| tale.technician.as_str()) {
            if !self.hands.contains_key(login) {
                let hand = self.enrol(login).await?;
                self.hands.insert(login, hand);
            }
        }
        for cue in story.cues(now) {
            self.pass_to(cue.at).await?;
            self.app.publisher.publish().await?;
            let tale = &story.tales[cue.tale];
            match cue.deed {
                None => self.report(cue.tale, tale).await?,
                Some(Deed::Assign) => self.assign(cue.tale, tale).await?,
                Some(Deed::AnswerFiling { accepted, text }) => {
                    self.answer_filing(cue.tale, *accepted, text).await?;
                }
                Some(Deed::EvaluateThroughLink(verdict)) => {
                    self.evaluate_through_link(cue.tale, tale, verdict).await?;
                }
                Some(Deed::Join { text }) => self.join(cue.tale, text).await?,
                Some(Deed::Clear) => self.clear(cue.tale).await?,
                Some(Deed::Complain { text }) => self.complain(cue.tale, text).await?,
                Some(deed) => self.act(&cue, deed, tale).await?,
            }
        }
        self.pass_to(now).await?;
        outsiders::arrive(self.app, self.of_role(Role::Admin, None)?).await?;
        self.hand_in().await?;
        Ok(self.refused)
    }

    /// The simulated phones are handed in, or a real one would be its technician's second and wait for approval.
    async fn hand_in(&self) -> Result<(), DemoError> {
        for (login, hand) in &self.hands {
            let technician = self.city.person(login);
            let org = technician.map(|person| person.org.as_str());
            let manager = self.of_role(Role::ProviderManager, org)?;
            let (dev, now) = (hand.phone.device(), self.clock.now());
            write_revocation(self.app, dev, now, HANDED_IN, &manager).await?;
        }
        Ok(())
    }

    /// Turns the clock there, stopping wherever somebody has to be told of a limit.
    async fn pass_to(&self, to: Timestamp) -> Result<(), DemoError> {
        while let Some(due) = self.app.store.next_due(to.0).await? {
            self.turn_clock(Timestamp(due));
            self.app.timers.settle().await?;
        }
        self.turn_clock(to);
        Ok(())
    }

    /// Never back: a phone may be some seconds ahead of the next cue.
    fn turn_clock(&self, to: Timestamp) {
        self.clock.set(to.max(self.clock.now()));
    }

    async fn enrol(&self, login: &str) -> Result<Hand, DemoError> {
        let person = self
            .city
            .person(login)
            .ok_or_else(|| DemoError::unknown("technician", login))?;
        let now = self.clock.now();
        let mut phone = SimulatedPhone::new(person.id.clone(), random_bytes(), now);
        let record = KeyRecord::new(phone.public_key(), person.id.clone(), now);
        let envelope = record
            .sign(&self.app.signer)
            .map_err(|error| DemoError::unexpected("key record", format!("{error:?}")))?;
        let row = DeviceRow {
            dev: record.dev.to_string(),
            person: person.id.to_string(),
            alg: "p256".to_owned(),
            spki: record.spki,
            label: format!("{}的演示手机", person.name),
            enrolled_at: now.0,
            revoked_at: None,
            revoked_by: None,
            revoked_reason: None,
            revocation: None,
            head_seq: 0,
            head: EventId::GENESIS.to_string(),
            carry: "{}".to_owned(),
            key_record: envelope.to_value().to_string(),
        };
        let h = envelope
            .id()
            .map_err(|error| DemoError::unexpected("key record", format!("{error:?}")))?;
        let (store, row) = (&self.app.store, &row);
        store
            .decide(|n| async move {
                let mut commit = Commit {
                    expected_n: n,
                    devices: vec![row.clone()],
                    ..Commit::default()
                };
                let mut tail = Tail::of(store.log_tail().await?);
                tail.append(&mut commit, LeafKind::Key, Digest(h.0), now);
                Ok::<_, StoreError>((commit, ()))
            })
            .await?;
        phone.enrol(&envelope);
        phone.start(&self.app.served.name.to_string());
        // Pictures and ink repeat from demonstration to demonstration; keys and salts never do.
        let chance = Chance::seeded(
            login
                .bytes()
                .fold(7, |sum, byte| sum * 31 + u64::from(byte)),
        );
        Ok(Hand {
            phone,
            is_online: true,
            uploads: Vec::new(),
            chance,
        })
    }

    async fn report(&mut self, index: usize, tale: &Tale) -> Result<(), DemoError> {
        let terminal = self
            .city
            .terminal(tale.terminal)
            .ok_or_else(|| DemoError::unknown("terminal", tale.terminal))?;
        let report = NewReport {
            terminal: terminal.id.clone(),
            fault: tale.fault,
            text: tale.text.clone(),
            channel: tale.channel,
            by: self.reporter(tale)?,
            reporter: tale.reporter.clone(),
            occurred_at: None,
            technician: None,
            idempotency_key: None,
        };
        let (id, _) = file_report(self.app, report).await?;
        let work_order = self.load(&id).await?;
        self.work_orders.insert(index, work_order);
        Ok(())
    }

    /// Who enters a report of this channel.
    fn reporter(&self, tale: &Tale) -> Result<PersonId, DemoError> {
        let pseudo = |name: &str| name.parse().map_err(|_| DemoError::unknown("person", name));
        match tale.channel {
            Channel::PublicQr => pseudo("public"),
            Channel::Monitoring | Channel::Api | Channel::IShenzhen | Channel::TerminalFeedback => {
                pseudo("system")
            }
            Channel::Hotline => self.of_role(Role::Hotline, None),
            Channel::Dispatcher => self.dispatcher(tale),
            Channel::Inspector => {
                let terminal = self.city.terminal(tale.terminal);
                let site = terminal.and_then(|terminal| self.city.site(&terminal.site));
                match site.and_then(|site| site.managers.first()) {
                    Some(manager) => Ok(manager.person.clone()),
                    None => self.of_role(Role::Hotline, None),
                }
            }
        }
    }

    fn dispatcher(&self, tale: &Tale) -> Result<PersonId, DemoError> {
        let technician = self.city.person(&tale.technician);
        self.of_role(
            Role::Dispatcher,
            technician.map(|person| person.org.as_str()),
        )
    }

    fn of_role(&self, role: Role, org: Option<&str>) -> Result<PersonId, DemoError> {
        let name =
            serde_json::to_value(role).map_err(|error| DemoError::unexpected("role", error))?;
        let name = name.as_str().unwrap_or_default();
        let fits = |person: &&super::data::DemoPerson| {
            person.role == name && org.is_none_or(|org| person.org.as_str() == org)
        };
        let person = self.city.people.iter().find(fits);
        person
            .map(|person| person.id.clone())
            .ok_or_else(|| DemoError::unknown("role", name))
    }

    /// Somebody else with the same fault. What the phone knows stays as it is: it may have said more than it has sent.
    async fn join(&self, index: usize, text: &str) -> Result<(), DemoError> {
        outsiders::join(self.app, &self.told(index)?.id, text).await
    }

    async fn clear(&self, index: usize) -> Result<(), DemoError> {
        let id = &self.told(index)?.id;
        outsiders::clear(self.app, id, self.clock.now()).await
    }

    async fn complain(&self, index: usize, text: &str) -> Result<(), DemoError> {
        let by = self.of_role(Role::Hotline, None)?;
        outsiders::complain(self.app, self.told(index)?, text, by).await
    }

    async fn load(&self, id: &WorkOrderId) -> Result<WorkOrder, DemoError> {
        let row = self
            .app
            .store
            .work_order(id.as_str())
            .await?
            .ok_or_else(|| DemoError::unknown("work order", id))?;
        serde_json::from_str(&row.doc).map_err(|error| DemoError::unexpected("work order", error))
    }

    async fn assign(&mut self, index: usize, tale: &Tale) -> Result<(), DemoError> {
        let technician = self
            .city
            .person(&tale.technician)
            .ok_or_else(|| DemoError::unknown("technician", &tale.technician))?;
        let work_order = self.told(index)?.id.clone();
        let by = self.dispatcher(tale)?;
        let technician = technician.id.clone();
        let request = DeskRequest::Assign {
            work_order: work_order.clone(),
            technician,
            reason: None,
            by,
        };
        self.app.intake.desk(request).await?;
        let assigned = self.load(&work_order).await?;
        self.work_orders.insert(index, assigned);
        Ok(())
    }

    async fn answer_filing(
        &mut self,
        index: usize,
        accepted: bool,
        text: &str,
    ) -> Result<(), DemoError> {
        let work_order = self.load(&self.told(index)?.id).await?;
        let filing = work_order.filings.last();
        let filing = filing.ok_or_else(|| DemoError::unknown("filing", index))?;
        let answered = FilingAnswered {
            filing: filing.at.event,
            accepted,
            text: text.to_owned(),
        };
        let request = DeskRequest::AnswerFiling(AnswerRequest {
            work_order: work_order.id.clone(),
            by: self.of_role(Role::CityAuthority, None)?,
            answered,
        });
        self.app.intake.desk(request).await?;
        let answered = self.load(&work_order.id).await?;
        self.work_orders.insert(index, answered);
        Ok(())
    }

    async fn evaluate_through_link(
        &mut self,
        index: usize,
        tale: &Tale,
        verdict: &Verdict,
    ) -> Result<(), DemoError> {
        let work_order = self.load(&self.told(index)?.id).await?;
        let technician = self.city.person(&tale.technician);
        let technician = technician.ok_or_else(|| DemoError::unknown("tale", &tale.key))?;
        let (app, clock, city) = (self.app, self.clock, self.city);
        let by = technician.id.clone();
        link::evaluate(app, clock, city, &work_order, by, verdict).await?;
        let evaluated = self.load(&work_order.id).await?;
        self.work_orders.insert(index, evaluated);
        Ok(())
    }

    fn told(&self, index: usize) -> Result<&WorkOrder, DemoError> {
        self.work_orders
            .get(&index)
            .ok_or_else(|| DemoError::unknown("tale", index))
    }

    async fn act(&mut self, cue: &Cue<'_>, deed: &Deed, tale: &'a Tale) -> Result<(), DemoError> {
        let unknown = || DemoError::unknown("tale", &tale.key);
        let login = tale.technician.as_str();
        let hand = self.hands.get_mut(login).ok_or_else(unknown)?;
        let terminal = self.city.terminal(tale.terminal).ok_or_else(unknown)?;
        let build = self.app.served.name.to_string();
        if wake(&mut hand.phone, &build, cue.at) && hand.is_online {
            self.sync(login, false).await?;
        }
        let photo = match deed {
            Deed::Photo { .. } => Some(self.darkroom.next().await?),
            _ => None,
        };
        let hand = self.hands.get_mut(login).ok_or_else(unknown)?;
        let mut scene = Scene {
            city: self.city,
            terminal,
            site: self.city.site(&terminal.site).ok_or_else(unknown)?,
            technician: self.city.person(login).ok_or_else(unknown)?,
            base: &self.app.config.base,
            labels: &self.labels,
            work_order: self.work_orders.get_mut(&cue.tale).ok_or_else(unknown)?,
            chance: &mut hand.chance,
            key: &tale.key,
            inks: &mut self.inks,
        };
        let upload = scene.act(deed, photo, &mut hand.phone)?;
        hand.uploads.extend(upload);
        match deed {
            Deed::GoOffline => hand.is_online = false,
            Deed::GoOnline => hand.is_online = true,
            _ => {}
        }
        if hand.is_online && !cue.goes_on {
            let may_be_refused = matches!(deed, Deed::Evaluate(verdict) if verdict.own_phone);
            self.sync(login, may_be_refused).await?;
        }
        Ok(())
    }

    /// What the app does with network: the head first, then events, then photos.
    async fn sync(&mut self, login: &str, may_be_refused: bool) -> Result<(), DemoError> {
        let hand = self
            .hands
            .get_mut(login)
            .ok_or_else(|| DemoError::unknown("technician", login))?;
        hand.phone.pass(Millis(1_200));
        self.clock
            .set(hand.phone.clock().wall.max(self.clock.now()));
        let (dev, key) = (hand.phone.device(), hand.phone.public_key().clone());
        let server = self.app.signer.keys();
        let open =
            |envelope: &Envelope| Incoming::open(envelope.to_value(), dev, Some(&key), server);
        let request = hand.phone.request_sync();
        let opened = open(&request.envelope)
            .verdict
            .map_err(|code| DemoError::unexpected("head", code))?;
        let receipt = self
            .app
            .intake
            .head(self.app.intake.announce(), HeadRequest { opened })
            .await?;
        let receipt = Envelope::parse(receipt.as_bytes())
            .map_err(|error| DemoError::unexpected("receipt", error.code()))?;
        hand.phone.acknowledge(&receipt);
        let Outbox {
            envelopes,
            sidecars,
        } = hand.phone.take_outbox();
        for batch in envelopes.chunks(EVENTS_MAX) {
            let request = PushRequest {
                dev,
                person: hand.phone.person().clone(),
                events: batch.iter().map(open).collect(),
                sidecars: sidecars.clone(),
            };
            let answer = self
                .app
                .intake
                .push(self.app.intake.announce(), request)
                .await?;
            for outcome in answer.outcomes {
                match outcome.status {
                    Status::Accepted => {}
                    Status::Quarantined if may_be_refused => self.refused += 1,
                    _ => return Err(DemoError::unexpected(login, format!("{outcome:?}"))),
                }
            }
        }
        for Upload { sha256, bytes } in hand.uploads.drain(..) {
            self.app
                .blobs
                .put(&sha256.to_string(), Bytes::from(bytes))
                .await?;
        }
        Ok(())
    }
}

/// Lets the phone's time pass until the cue: awake for a while, asleep for longer, opened anew
/// after a night. Says whether it slept, after which the app syncs before anything else.
fn wake(phone: &mut SimulatedPhone, build: &str, at: Timestamp) -> bool {
    let gap = at - phone.clock().wall;
    if gap > NIGHT {
        phone.sleep(gap);
        phone.start(build);
    } else if gap > NAP {
        phone.say(Fact::Paused(Nothing {}), None);
        phone.sleep(at - GLANCE - phone.clock().wall);
        phone.pass(GLANCE);
        phone.say(Fact::Resumed(Nothing {}), None);
    } else if gap > Millis(0) {
        phone.pass(gap);
    }
    gap > NAP
}
