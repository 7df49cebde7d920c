//! The smallest city the rules accept: one policy, one provider with its technicians, one site with
//! one terminal, and an open session for everybody, so that signing in (argon2, slow on purpose)
//! is no part of any figure.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::ids::{Digest, OrgId, PersonId, SiteId, TerminalId, WorkOrderId};
use domain::register::{Site, Terminal};
use domain::sla::policy::Policy;
use domain::time::{Millis, Timestamp};
use domain::work_order::Birth;
use serde::Serialize;
use sha2::Digest as _;
use store::{OrgRow, PersonRow, PolicyRow, SessionRow, SiteRow, Store, TerminalRow};

use crate::Result;

/// Phones that push at the same time (W1).
pub const PUSHERS: usize = 8;
/// Work orders that each of them finds, enough for every batch to have fresh ones.
pub const WORK_ORDERS_PER_PUSHER: usize = 2_500;
/// Who pulls ten changes behind all others (W2).
pub const PULLER: &str = "P-0100";
/// Who has a new phone (W3), and how much waits.
pub const NEWCOMER: &str = "P-0200";
pub const NEWCOMERS_WORK_ORDERS: usize = 2_000;
/// Who takes reports.
pub const DISPATCHER: &str = "P-0300";
/// Who fetches bundles.
pub const OFFICER: &str = "P-0400";

const PROVIDER: &str = "O-PROVIDER";
const AUTHORITY: &str = "O-AUTHORITY";
const SITE: &str = "S-FT-01";

/// The technician of a phone of W1.
pub fn pusher(index: usize) -> String {
    format!("P-{:04}", index + 1)
}

/// The session of a person: as long as a real token, and known to the generator.
pub fn token(person: &str) -> String {
    format!("{person:-<43}")
}

/// A work order's number; `kind` keeps the technicians' apart.
pub fn work_order(kind: usize, index: usize) -> WorkOrderId {
    let number = format!("WO-2026{:04}-{index:07}", kind + 101);
    number
        .parse()
        .expect("digits and dashes make an identifier")
}

pub fn terminal() -> TerminalId {
    TerminalId::from_serial(&"FT".parse().expect("two letters name a district"), 1_234)
}

/// What the register says at the moment of each report.
pub fn birth() -> Birth {
    Birth {
        site: id(SITE),
        district: "FT".parse().expect("two letters name a district"),
        provider: id(PROVIDER),
        site_unit: id(AUTHORITY),
    }
}

/// The policy in force.
pub fn policy() -> Digest {
    Policy::v2024_10().digest()
}

pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(0))
}

/// Writes the register and the sessions.
pub async fn found(store: &Store) -> Result<()> {
    let policy = Policy::v2024_10();
    let digest = policy.digest().to_string();
    store
        .put_policy(PolicyRow {
            digest,
            valid_from: policy.valid_from.0,
            doc: json(&policy)?,
        })
        .await?;
    let org = |org: &str, kind: &str| OrgRow {
        id: org.into(),
        name: org.into(),
        kind: kind.into(),
        district: None,
    };
    store
        .put_orgs(vec![org(PROVIDER, "provider"), org(AUTHORITY, "site_unit")])
        .await?;
    store.put_sites(vec![site()?]).await?;
    store.put_terminals(vec![machine()?]).await?;
    let technicians = (0..PUSHERS)
        .map(pusher)
        .chain([PULLER.into(), NEWCOMER.into()]);
    let people: Vec<PersonRow> = technicians
        .map(|person| technician(&person))
        .chain([dispatcher(), officer()])
        .collect();
    store.put_people(people.clone()).await?;
    for PersonRow { id: person, .. } in people {
        let token_hash = sha2::Sha256::digest(token(&person))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let expires_at = (now() + Millis::minutes(60 * 24 * 365)).0;
        store
            .put_session(SessionRow {
                token_hash,
                person,
                expires_at,
                revoked: false,
            })
            .await?;
    }
    Ok(())
}

fn site() -> Result<SiteRow> {
    let site = Site {
        id: id(SITE),
        district: birth().district,
        name: "福田区行政服务大厅".into(),
        address: "深南大道".into(),
        lat_e7: 225_430_000,
        lng_e7: 1_140_580_000,
        radius_cm: Some(12_000),
        phone: "0755-00000000".into(),
        hours: "9:00–18:00".into(),
        managers: Vec::new(),
        unit: id(AUTHORITY),
    };
    Ok(SiteRow {
        id: SITE.into(),
        district: "FT".into(),
        unit: AUTHORITY.into(),
        version: 1,
        doc: json(&site)?,
    })
}

fn machine() -> Result<TerminalRow> {
    let machine = Terminal {
        id: terminal(),
        site: id::<SiteId>(SITE),
        model: "ZT-200".into(),
        name: "一号自助终端".into(),
        version: 1,
        lat_e7: 225_430_000,
        lng_e7: 1_140_580_000,
        radius_cm: None,
        provider: id(PROVIDER),
        authority: id::<OrgId>(AUTHORITY),
    };
    let id = machine.id.to_string();
    let search = id.to_lowercase();
    Ok(TerminalRow {
        id,
        site: SITE.into(),
        version: 1,
        doc: json(&machine)?,
        search,
    })
}

fn technician(person: &str) -> PersonRow {
    PersonRow {
        id: person.into(),
        login: person.to_lowercase(),
        name: person.into(),
        role: "technician".into(),
        org: PROVIDER.into(),
        district: None,
        phone: "13800000000".into(),
        password_hash: "none".into(),
        active: true,
    }
}

fn dispatcher() -> PersonRow {
    PersonRow {
        role: "dispatcher".into(),
        ..technician(DISPATCHER)
    }
}

fn officer() -> PersonRow {
    PersonRow {
        role: "city_authority".into(),
        org: AUTHORITY.into(),
        ..technician(OFFICER)
    }
}

/// A person of this city.
pub fn person(person: &str) -> PersonId {
    id(person)
}

fn id<T: std::str::FromStr>(text: &str) -> T {
    text.parse()
        .ok()
        .expect("the names in this file are identifiers")
}

pub fn json<T: Serialize>(value: &T) -> Result<String> {
    Ok(serde_json::to_string(value)?)
}
