//! The whole week through the real door, on a store in memory.

use crate::log::Identity;
use crate::log::witnesses::Witnesses;
use std::collections::BTreeMap;

use domain::actor::Scope;
use domain::envelope::Signer;
use domain::presence::PresenceResult;
use domain::sla::clock::{ClockKind, ClockVerdict};
use domain::sla::policy::Policy;
use domain::work_order::{Judgement, Stage, Surroundings, WorkOrder, judge};
use store::{BlobLocation, Blobs, Store, StoreConfig, WorkOrderQuery};

use super::*;
use crate::config::Config;
use crate::time_source::TimeSource;

/// 2026-11-24 12:00 in Shenzhen, a Tuesday.
const NOON: Timestamp = Timestamp(1_795_492_800_000);

struct World {
    store: Store,
    blobs: Blobs,
}

impl World {
    async fn new() -> Self {
        let store = Store::open(&StoreConfig::memory()).await.unwrap();
        Self {
            store,
            blobs: Blobs::open(&BlobLocation::Memory).unwrap(),
        }
    }

    fn parts(&self) -> Parts {
        let time: Arc<dyn TimeSource> = Arc::new(ManualClock::starting(NOON));
        let signer = Signer::from_seed(&[3; 32]);
        Parts {
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            time,
            signer: signer.into(),
            identity: Identity::from_seed("daochang.test/log", &[8; 32]),
            witnesses: Witnesses::none(),
            config: Config::in_memory("unused".into()),
        }
    }

    /// Every work order by the key of its tale, with its judgement at noon.
    async fn judged(&self) -> Judged {
        let query = WorkOrderQuery {
            scope: Scope::All,
            open_only: false,
            text: None,
            offset: 0,
            limit: 200,
        };
        let rows = self.store.list_work_orders(&query).await.unwrap().rows;
        let (city, story, policy) = (City::load(), Story::load(), Policy::v2024_10());
        let of_row = |row: store::WorkOrderRow| {
            let work_order: WorkOrder = serde_json::from_str(&row.doc).unwrap();
            let terminal = city
                .terminals
                .iter()
                .find(|entry| entry.terminal.id == work_order.terminal)
                .unwrap();
            let tale = story
                .tales
                .iter()
                .find(|tale| tale.terminal == terminal.serial)
                .unwrap();
            let around = Surroundings {
                terminal: &terminal.terminal,
                site: city.site(&work_order.site).unwrap(),
                policy: &policy,
                external: &BTreeMap::new(),
                now: NOON,
            };
            let judgement = judge(&work_order, &around);
            (tale.key.clone(), (work_order, judgement))
        };
        rows.into_iter().map(of_row).collect()
    }
}

fn verdict(judgement: &Judgement, kind: ClockKind) -> Option<ClockVerdict> {
    judgement
        .clocks
        .iter()
        .find(|clock| clock.kind == kind)
        .map(|clock| clock.verdict)
}

fn stage(judgement: &Judgement) -> String {
    serde_json::to_value(&judgement.stage).unwrap()["name"]
        .as_str()
        .unwrap()
        .to_owned()
}

type Judged = BTreeMap<String, (WorkOrder, Judgement)>;

/// One playing serves all checks, because it is the slow part.
#[tokio::test]
async fn the_week_is_played_once_and_shows_what_it_should() {
    let world = World::new().await;
    let seeded = seed(world.parts()).await.unwrap().unwrap();
    assert_eq!(
        seeded,
        Seeded {
            work_orders: Story::load().tales.len(),
            refused: 1
        }
    );
    assert_eq!(
        seed(world.parts()).await.unwrap(),
        None,
        "a second start changes nothing"
    );
    let judged = world.judged().await;
    assert_eq!(judged.len(), seeded.work_orders);
    every_stage_is_there(&judged);
    every_verdict_is_there(&judged);
    every_photo_is_kept(&world, &judged).await;
    the_refused_evaluation_waits_in_quarantine(&world, &judged).await;
}

fn every_stage_is_there(judged: &Judged) {
    let stages = [
        ("blue-screen-solved", "evaluated"),
        ("not-solved", "reopened"),
        ("now-just-reported", "reported"),
        ("now-assigned", "assigned"),
        ("now-responded", "responded"),
        ("now-under-way", "under_way"),
        ("now-on-site", "on_site"),
        ("now-awaiting-evaluation", "restored"),
        ("own-phone-refused", "evaluated"),
    ];
    for (key, expected) in stages {
        assert_eq!(stage(&judged[key].1), expected, "{key}");
    }
}

fn every_verdict_is_there(judged: &Judged) {
    use ClockKind::{Arrival, Repair, Response};
    use ClockVerdict::{Breached, CannotTell, Met, Overdue, Running};
    let verdicts = [
        ("blue-screen-solved", Response, Met),
        ("blue-screen-solved", Arrival, Met),
        ("blue-screen-solved", Repair, Met),
        ("three-days-without-network", Response, Met),
        ("three-days-without-network", Arrival, CannotTell),
        ("late-response", Response, Breached),
        ("late-response", Arrival, Met),
        ("late-arrival", Arrival, Breached),
        ("late-repair", Repair, Breached),
        ("one-hour-without-network", Arrival, Met),
        ("now-just-reported", Response, Running),
        ("now-response-overdue", Response, Overdue),
        ("now-arrival-overdue", Arrival, Overdue),
        ("now-on-site", Repair, Running),
    ];
    for (key, kind, expected) in verdicts {
        assert_eq!(
            verdict(&judged[key].1, kind),
            Some(expected),
            "{key} {kind:?}"
        );
    }
    let presences = [
        ("blue-screen-solved", PresenceResult::Adequate),
        ("other-terminal-with-reason", PresenceResult::Contradicted),
        ("outside-the-fence", PresenceResult::None),
        ("power-cut-no-position", PresenceResult::Weak),
    ];
    for (key, expected) in presences {
        assert_eq!(judged[key].1.presence[0].result, expected, "{key}");
    }
}

async fn every_photo_is_kept(world: &World, judged: &Judged) {
    let mut photos = 0;
    for (key, (work_order, judgement)) in judged {
        for photo in &work_order.photos {
            let kept = world
                .blobs
                .stat(&photo.what.sha256.to_string())
                .await
                .unwrap();
            assert_eq!(kept, Some(photo.what.size), "{key}");
            photos += 1;
        }
        let is_signed = matches!(judgement.stage, Stage::Evaluated { .. });
        assert_eq!(
            is_signed,
            work_order
                .evaluation_in_force()
                .is_some_and(|e| e.what.resolved),
            "{key}"
        );
    }
    assert!(photos > 40, "{photos}");
}

async fn the_refused_evaluation_waits_in_quarantine(world: &World, judged: &Judged) {
    let refused = &judged["own-phone-refused"].0;
    let quarantined = world
        .store
        .quarantine_of_work_order(refused.id.as_str())
        .await
        .unwrap();
    let codes: Vec<&str> = quarantined.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes, ["technician_may_not_evaluate"]);
}
