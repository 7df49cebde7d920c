//! Who lives in the invented city, and where its terminals stand.

use domain::ids::TerminalId;
use serde_json::json;
use store::{OrgRow, PersonRow, SiteRow, TerminalRow};

/// A technician of the provider that maintains the terminals of Futian.
pub const TECH: &str = "tech";
/// A colleague of [`TECH`].
pub const MATE: &str = "mate";
/// A technician of the other provider.
pub const RIVAL: &str = "rival";
/// Dispatcher of [`TECH`]'s provider.
pub const DESK: &str = "desk";
/// Dispatcher of the other provider.
pub const RIVAL_DESK: &str = "rival-desk";
/// Manager of [`TECH`]'s provider.
pub const BOSS: &str = "boss";
/// Manager of the other provider.
pub const RIVAL_BOSS: &str = "rival-boss";
/// Site manager of the hall in Futian.
pub const HALL: &str = "hall";
/// Site manager of the hall in Nanshan.
pub const OTHER_HALL: &str = "other-hall";
/// The authority of Futian.
pub const FUTIAN: &str = "futian";
/// The authority of Nanshan.
pub const NANSHAN: &str = "nanshan";
/// The authority of the whole city.
pub const CITY: &str = "city";
pub const AUDITOR: &str = "auditor";
pub const HOTLINE: &str = "hotline";
pub const ADMIN: &str = "admin";
/// Has left: the account is no longer active.
pub const FORMER: &str = "former";

/// Everybody with an account, by login: person, role, organisation, district.
pub const PEOPLE: [(&str, &str, &str, &str, Option<&str>); 16] = [
    (TECH, "P-0001", "technician", "O-KEDA", None),
    (MATE, "P-0002", "technician", "O-KEDA", None),
    (RIVAL, "P-0003", "technician", "O-RIVAL", None),
    (DESK, "P-0004", "dispatcher", "O-KEDA", None),
    (RIVAL_DESK, "P-0005", "dispatcher", "O-RIVAL", None),
    (BOSS, "P-0006", "provider_manager", "O-KEDA", None),
    (RIVAL_BOSS, "P-0007", "provider_manager", "O-RIVAL", None),
    (HALL, "P-0008", "site_manager", "O-FT-HALL", None),
    (OTHER_HALL, "P-0009", "site_manager", "O-NS-HALL", None),
    (
        FUTIAN,
        "P-0010",
        "district_authority",
        "O-FT-ZSJ",
        Some("FT"),
    ),
    (
        NANSHAN,
        "P-0011",
        "district_authority",
        "O-NS-ZSJ",
        Some("NS"),
    ),
    (CITY, "P-0012", "city_authority", "O-SZ-ZSJ", None),
    (AUDITOR, "P-0013", "auditor", "O-AUDIT", None),
    (HOTLINE, "P-0014", "hotline", "O-12345", None),
    (ADMIN, "P-0015", "admin", "O-ADMIN", None),
    (FORMER, "P-0016", "technician", "O-KEDA", None),
];

/// Those who may see nothing of a work order of Futian that is [`TECH`]'s.
pub const STRANGERS: [&str; 7] = [
    MATE, RIVAL, RIVAL_DESK, RIVAL_BOSS, OTHER_HALL, NANSHAN, ADMIN,
];

/// The person id behind a login.
pub fn person(login: &str) -> &'static str {
    PEOPLE
        .iter()
        .find(|(name, ..)| *name == login)
        .map(|(_, id, ..)| *id)
        .unwrap()
}

/// The telephone number of a person; the last four digits are the id's.
pub fn phone_number(login: &str) -> String {
    format!("1090000{}", &person(login)[2..])
}

/// The terminal that most tests are about: in Futian, maintained by [`TECH`]'s provider.
pub fn terminal() -> TerminalId {
    TerminalId::from_serial(&"FT".parse().unwrap(), 1001)
}

/// Its neighbour in the same hall.
pub fn neighbour() -> TerminalId {
    TerminalId::from_serial(&"FT".parse().unwrap(), 1002)
}

/// A terminal in Nanshan, maintained by the other provider.
pub fn foreign_terminal() -> TerminalId {
    TerminalId::from_serial(&"NS".parse().unwrap(), 1003)
}

/// Where [`terminal`] stands, degrees × 10⁷.
pub const PLACE_E7: (i64, i64) = (225_458_256, 1_140_527_604);
/// The name of its site.
pub const SITE_NAME: &str = "福田大厅";

pub fn organisations() -> Vec<OrgRow> {
    let mut orgs: Vec<OrgRow> = Vec::new();
    for (_, _, _, org, district) in PEOPLE {
        if orgs.iter().all(|row| row.id != org) {
            let (id, name, kind) = (org.to_owned(), format!("{org} 单位"), "provider".to_owned());
            orgs.push(OrgRow {
                id,
                name,
                kind,
                district: district.map(str::to_owned),
            });
        }
    }
    orgs
}

pub fn people(password_hash: &str) -> Vec<PersonRow> {
    let row =
        |(login, id, role, org, district): (&str, &str, &str, &str, Option<&str>)| PersonRow {
            id: id.to_owned(),
            login: login.to_owned(),
            name: format!("{login} 先生"),
            role: role.to_owned(),
            org: org.to_owned(),
            district: district.map(str::to_owned),
            phone: phone_number(login),
            password_hash: password_hash.to_owned(),
            active: login != FORMER,
        };
    PEOPLE.into_iter().map(row).collect()
}

pub fn sites() -> Vec<SiteRow> {
    [("S-FT-01", "FT", SITE_NAME, HALL, "O-FT-HALL"), ("S-NS-01", "NS", "南山大厅", OTHER_HALL, "O-NS-HALL")]
        .map(|(id, district, name, manager, unit)| {
            let doc = json!({
                "id": id, "district": district, "name": name, "address": "福中三路", "radius_cm": null,
                "lat_e7": PLACE_E7.0, "lng_e7": PLACE_E7.1, "phone": "0755-80000100", "hours": "9:00–18:00",
                "managers": [{ "person": person(manager), "name": format!("{manager} 先生") }], "unit": unit,
            });
            let (district, unit) = (district.to_owned(), unit.to_owned());
            SiteRow { id: id.to_owned(), district, unit, doc: doc.to_string(), version: 1 }
        })
        .to_vec()
}

pub fn terminals() -> Vec<TerminalRow> {
    [(terminal(), "S-FT-01", "O-KEDA"), (neighbour(), "S-FT-01", "O-KEDA"), (foreign_terminal(), "S-NS-01", "O-RIVAL")]
        .map(|(id, site, provider)| {
            let doc = json!({
                "id": id, "site": site, "model": "ZT-200", "name": "自助终端", "version": 1, "radius_cm": null,
                "lat_e7": PLACE_E7.0, "lng_e7": PLACE_E7.1, "provider": provider, "authority": "O-FT-ZSJ",
            });
            let search = id.as_str().to_lowercase();
            TerminalRow { id: id.to_string(), site: site.to_owned(), version: 1, doc: doc.to_string(), search }
        })
        .to_vec()
}
