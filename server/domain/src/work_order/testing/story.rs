//! Telling a story. Each fact is folded at once; the events stay at hand, to be folded again in
//! any other order.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::canonical::digest_of;
use crate::event::*;
use crate::fault::{FaultCode, Level};
use crate::interval::external::External;
use crate::sla::policy::Policy;
use crate::work_order::*;

/// One work order's story; see the module.
#[derive(Debug, Clone)]
pub struct Story {
    /// As it was born of the report.
    pub born: WorkOrder,
    /// With everything told so far.
    pub work_order: WorkOrder,
    /// Every event after the report.
    pub told: Vec<Recorded>,
    who: Who,
    at_ms: i64,
    bounds: Option<Bounds>,
    heads: BTreeMap<Who, (u64, EventId)>,
    /// What witnesses outside say about the events told so far.
    pub external: BTreeMap<EventId, External>,
}

impl Story {
    /// Reported at nine sharp, of this level.
    pub fn of(level: Level) -> Self {
        let reported = Fact::Reported(Reported {
            terminal: terminal().id,
            fault: FaultCode::Hw2,
            level,
            channel: Channel::Hotline,
            text: "打印机无响应".into(),
            reporter: None,
            occurred_at: None,
            policy: Policy::v2024_10().digest(),
            terminal_version: 3,
            site_version: None,
            terminal_record: None,
            site_record: None,
            cp: None,
        });
        let birth = Birth {
            site: site().id,
            district: site().district,
            provider: terminal().provider,
            site_unit: site().unit,
        };
        let mut heads = BTreeMap::new();
        let recorded = record(
            &mut heads,
            Who::Desk,
            0,
            exactly(0),
            reported,
            BTreeMap::new(),
        );
        let born = WorkOrder::born(birth, &recorded).unwrap();
        Self {
            work_order: born.clone(),
            born,
            told: vec![],
            who: Who::Desk,
            at_ms: 0,
            bounds: None,
            heads,
            external: BTreeMap::new(),
        }
    }

    /// Who speaks from here on.
    pub fn by(&mut self, who: Who) -> &mut Self {
        self.who = who;
        self
    }

    /// When, in milliseconds after nine, known exactly; both for the clocks and the proof.
    pub fn at(&mut self, ms: i64) -> &mut Self {
        (self.at_ms, self.bounds) = (ms, None);
        self
    }

    /// How well the moment of what follows is proved.
    pub fn bounded(&mut self, bounds: Bounds) -> &mut Self {
        self.bounds = Some(bounds);
        self
    }

    pub fn say(&mut self, fact: Fact) -> &mut Self {
        self.say_with(fact, BTreeMap::new())
    }

    pub fn say_with(&mut self, fact: Fact, sidecars: BTreeMap<Digest, Value>) -> &mut Self {
        let bounds = self.bounds.unwrap_or(exactly(self.at_ms));
        let recorded = record(
            &mut self.heads,
            self.who,
            self.at_ms,
            bounds,
            fact,
            sidecars,
        );
        self.work_order.apply(&recorded);
        self.told.push(recorded);
        self
    }

    /// A phone's monotonic clock now: it was opened an hour before the report.
    pub fn mono(&self) -> i64 {
        self.at_ms + HOUR
    }

    /// The event told last.
    pub fn last(&self) -> EventId {
        self.told.last().unwrap().id
    }

    /// What witnesses outside say about an event.
    pub fn vouched(&mut self, event: EventId, external: External) -> &mut Self {
        self.external.insert(event, external);
        self
    }

    /// The desk's assignment, at the same moment; the speaker stays.
    pub fn assigned(&mut self, who: Who) -> &mut Self {
        let speaker = std::mem::replace(&mut self.who, Who::Desk);
        self.say(Fact::Assigned(Assigned {
            technician: who.person(),
            reason: None,
        }));
        self.by(speaker)
    }

    pub fn responded(&mut self) -> &mut Self {
        self.say(Fact::Responded(Responded {
            how: ResponseKind::Accepted,
            person: None,
        }))
    }

    pub fn set_out(&mut self) -> &mut Self {
        self.say(Fact::SetOut(Nothing {}))
    }

    pub fn scanned(&mut self, terminal: &TerminalId) -> &mut Self {
        let text = format!("https://daochang.example/t/{terminal}");
        self.say(Fact::Scanned(Scanned {
            terminal: Some(terminal.clone()),
            text,
            method: ScanMethod::Camera,
        }))
    }

    /// Checks in at a terminal with these readings, or says there are none below ground.
    pub fn checked_in(
        &mut self,
        terminal: &TerminalId,
        scan: Option<EventId>,
        fixes: &[Fix],
    ) -> &mut Self {
        let value = serde_json::to_value(fixes).unwrap();
        let is_located = !fixes.is_empty();
        let c = seal(&value);
        let fact = Fact::CheckedIn(CheckedIn {
            terminal: terminal.clone(),
            scan,
            fixes: is_located.then_some(Commitment { c }),
            no_fix: (!is_located).then_some(NoFix::Basement),
            reason: (*terminal != self.work_order.terminal).then(|| "现场门锁着".into()),
        });
        self.say_with(fact, is_located.then_some((c, value)).into_iter().collect())
    }

    /// Scan and positions: presence adequate.
    pub fn arrived(&mut self) -> &mut Self {
        let here = terminal().id;
        let scan = self.scanned(&here).last();
        let fixes = burst(self.mono(), 20);
        self.checked_in(&here, Some(scan), &fixes)
    }

    /// A scan and no position: presence weak.
    pub fn arrived_weakly(&mut self) -> &mut Self {
        let here = terminal().id;
        let scan = self.scanned(&here).last();
        self.checked_in(&here, Some(scan), &[])
    }

    /// At the wrong terminal: presence contradicted.
    pub fn arrived_elsewhere(&mut self) -> &mut Self {
        let scan = self.scanned(&other_terminal()).last();
        let fixes = burst(self.mono(), 20);
        self.checked_in(&other_terminal(), Some(scan), &fixes)
    }

    pub fn left(&mut self) -> &mut Self {
        self.say(Fact::LeftSite(Nothing {}))
    }

    pub fn worked(&mut self, mode: Mode, repair_class: RepairClass) -> &mut Self {
        let cause = format!("出纸传感器积灰 {}", self.told.len());
        self.say(Fact::WorkRecorded(WorkRecorded {
            mode,
            fault: FaultCode::Hw2,
            repair_class,
            cause,
            action: "清洁并测试打印".into(),
            parts: vec![Part {
                name: "传感器".into(),
                quantity: 1,
                serial: None,
            }],
        }))
    }

    /// Ordinary work on site.
    pub fn repaired(&mut self) -> &mut Self {
        self.worked(Mode::OnSite, RepairClass::Ordinary)
    }

    pub fn photo(&mut self, number: u8) -> &mut Self {
        self.say(Fact::PhotoTaken(PhotoTaken {
            sha256: Digest([number; 32]),
            size: 240_000,
            width: 1_536,
            height: 2_048,
            slot: PhotoSlot::After,
            source: PhotoSource::Camera,
            exif: None,
        }))
    }

    pub fn restored(&mut self) -> &mut Self {
        self.say(Fact::Restored(Nothing {}))
    }

    /// The site manager's evaluation of what this phone did.
    pub fn evaluated(&mut self, resolved: bool) -> &mut Self {
        let (fact, sidecars) = self.evaluation(resolved);
        self.say_with(fact, sidecars)
    }

    /// What [`Story::evaluated`] would say.
    pub fn evaluation(&self, resolved: bool) -> (Fact, BTreeMap<Digest, Value>) {
        let summary = hand_over_summary(&self.work_order, self.who.dev(), &site().name).unwrap();
        let signer = json!({"name": "陈静", "phone": "13900000031"});
        let sidecars = BTreeMap::from([signer.clone(), ink()].map(|value| (seal(&value), value)));
        let evaluated = Evaluated {
            shown: digest_of(&summary).unwrap(),
            summary,
            stars: if resolved { 5 } else { 1 },
            resolved,
            tags: vec![],
            remark: String::new(),
            unit: "福田区政务服务中心".into(),
            signer: Commitment { c: seal(&signer) },
            signer_person: Some("P-0031".parse().unwrap()),
            ink: Commitment { c: seal(&ink()) },
            link: None,
        };
        (Fact::Evaluated(Box::new(evaluated)), sidecars)
    }

    /// The desk makes a link for what can be evaluated now, good so long; the speaker stays.
    pub fn linked(&mut self, link: Digest, valid_ms: i64) -> &mut Self {
        let summary = self.work_order.summary_to_evaluate(&site().name).unwrap();
        let made = LinkMade {
            link,
            shown: digest_of(&summary).unwrap(),
            expires_at: Timestamp(NINE + self.at_ms + valid_ms),
        };
        self.desk_says(Fact::LinkMade(made))
    }

    /// Somebody evaluates through this link what it shows.
    pub fn evaluated_through(&mut self, link: Digest, resolved: bool) -> &mut Self {
        let (fact, sidecars) = self.evaluation_through(link, resolved);
        let speaker = std::mem::replace(&mut self.who, Who::Desk);
        self.say_with(fact, sidecars).by(speaker)
    }

    /// What [`Story::evaluated_through`] would say.
    pub fn evaluation_through(
        &self,
        link: Digest,
        resolved: bool,
    ) -> (Fact, BTreeMap<Digest, Value>) {
        let now = Timestamp(NINE + self.at_ms);
        let summary = self.work_order.open_link(link, &site().name, now);
        let (fact, sidecars) = self.evaluation(resolved);
        let Fact::Evaluated(mut evaluated) = fact else {
            unreachable!("an evaluation is an evaluation")
        };
        evaluated.summary = summary.unwrap();
        evaluated.shown = digest_of(&evaluated.summary).unwrap();
        evaluated.link = Some(link);
        evaluated.signer_person = None;
        (Fact::Evaluated(evaluated), sidecars)
    }

    /// The server says this; the speaker stays.
    pub fn desk_says(&mut self, fact: Fact) -> &mut Self {
        let speaker = std::mem::replace(&mut self.who, Who::Desk);
        self.say(fact).by(speaker)
    }

    /// The judgement so many milliseconds after nine.
    pub fn judged(&self, now_ms: i64) -> Judgement {
        self.judged_by(&Policy::v2024_10(), now_ms)
    }

    pub fn judged_by(&self, policy: &Policy, now_ms: i64) -> Judgement {
        self.judged_with(&terminal(), policy, now_ms)
    }

    pub fn judged_with(&self, terminal: &Terminal, policy: &Policy, now_ms: i64) -> Judgement {
        let around = Surroundings {
            terminal,
            site: &site(),
            policy,
            external: &self.external,
            now: Timestamp(NINE + now_ms),
        };
        judge(&self.work_order, &around)
    }

    /// The stage's name as it stands in JSON.
    pub fn stage_name(&self) -> String {
        serde_json::to_value(self.work_order.stage()).unwrap()["name"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

/// The next event of the speaker's chain.
fn record(
    heads: &mut BTreeMap<Who, (u64, EventId)>,
    who: Who,
    at_ms: i64,
    bounds: Bounds,
    fact: Fact,
    sidecars: BTreeMap<Digest, Value>,
) -> Recorded {
    let head = heads.entry(who).or_insert((0, EventId::GENESIS));
    let prev = head.1;
    let seq = head.0 + 1;
    let mut id = [who.dev().0[0]; 32];
    id[24..].copy_from_slice(&seq.to_be_bytes());
    *head = (seq, EventId(id));
    let event = Event {
        v: 1,
        dev: who.dev(),
        seq,
        prev,
        sid: who.sid(),
        mono: if who == Who::Desk { 0 } else { at_ms + HOUR },
        wall: Timestamp(NINE + at_ms),
        by: who.person(),
        wo: Some("WO-20261124-0001".parse().unwrap()),
        pol: None,
        fact,
    };
    Recorded {
        event,
        id: EventId(id),
        bounds,
        sidecars,
        prior: None,
    }
}
