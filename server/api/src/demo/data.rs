//! The invented city of the demonstration, read from the JSON files beside this module: real
//! public places with coordinates whose source is written next to them, invented terminals,
//! companies and people. Nothing here is a rule, and nothing here writes to the store.

use domain::ids::{District, OrgId, PersonId, SiteId, TerminalId};
use domain::register::{Site, Terminal};
use serde::Deserialize;

/// The password of every demo account; printed when the server starts with `--demo`.
pub const DEMO_PASSWORD: &str = "daochang-demo";

/// Everything the demonstration starts from.
#[derive(Debug, Clone)]
pub struct City {
    pub organisations: Vec<Organisation>,
    pub people: Vec<DemoPerson>,
    pub sites: Vec<DemoSite>,
    pub terminals: Vec<DemoTerminal>,
}

/// An authority, a provider, a unit in charge of a site, or a maker of terminals.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub id: OrgId,
    /// `authority`, `provider`, `site_unit`, `hardware`, `hotline`, `auditor` or `operator`.
    pub kind: String,
    pub name: String,
    /// None when it works for the whole city.
    pub district: Option<District>,
}

/// Somebody who can sign in to the demonstration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoPerson {
    pub id: PersonId,
    pub login: String,
    pub name: String,
    /// One of the nine roles, as it travels: `technician`, `site_manager`, ...
    pub role: String,
    pub org: OrgId,
    /// Only for district authorities.
    pub district: Option<District>,
    pub phone: String,
}

/// A place with the source of its coordinates.
#[derive(Debug, Clone, Deserialize)]
pub struct DemoSite {
    #[serde(flatten)]
    pub site: Site,
    /// `city_hall`, `hall`, `library`, `hospital`, `metro`, `visitor` or `self_service`.
    pub kind: String,
    /// Where the coordinates come from and how exact they are.
    pub source: String,
}

/// A terminal with the unit that maintains its hardware (11.2.3 c).
#[derive(Debug, Clone)]
pub struct DemoTerminal {
    /// The five digits before the check digit.
    pub serial: u32,
    pub terminal: Terminal,
    pub hardware: OrgId,
}

impl City {
    /// Reads the files that are built into the program.
    ///
    /// # Panics
    /// When the built-in files contradict each other, which the tests of this module exclude.
    pub fn load() -> Self {
        let SitesFile { sites } =
            serde_json::from_str(include_str!("sites.json")).expect("sites.json is well formed");
        let TerminalsFile { terminals } = serde_json::from_str(include_str!("terminals.json"))
            .expect("terminals.json is well formed");
        let PeopleFile {
            organisations,
            people,
        } = serde_json::from_str(include_str!("people.json")).expect("people.json is well formed");
        let terminals = terminals.into_iter().map(|line| line.at(&sites)).collect();
        Self {
            organisations,
            people,
            sites,
            terminals,
        }
    }

    /// The site with this id.
    pub fn site(&self, id: &SiteId) -> Option<&Site> {
        self.sites
            .iter()
            .map(|entry| &entry.site)
            .find(|site| site.id == *id)
    }

    /// The terminal with this serial number.
    pub fn terminal(&self, serial: u32) -> Option<&Terminal> {
        let entry = self.terminals.iter().find(|entry| entry.serial == serial)?;
        Some(&entry.terminal)
    }

    /// The person who signs in with this name.
    pub fn person(&self, login: &str) -> Option<&DemoPerson> {
        self.people.iter().find(|person| person.login == login)
    }
}

#[derive(Deserialize)]
struct SitesFile {
    sites: Vec<DemoSite>,
}

#[derive(Deserialize)]
struct TerminalsFile {
    terminals: Vec<TerminalLine>,
}

#[derive(Deserialize)]
struct PeopleFile {
    organisations: Vec<Organisation>,
    people: Vec<DemoPerson>,
}

/// A terminal as the file has it: the id follows from district and serial number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TerminalLine {
    serial: u32,
    site: SiteId,
    model: String,
    name: String,
    version: u32,
    lat_e7: i64,
    lng_e7: i64,
    radius_cm: Option<i64>,
    provider: OrgId,
    authority: OrgId,
    hardware: OrgId,
}

impl TerminalLine {
    fn at(self, sites: &[DemoSite]) -> DemoTerminal {
        let Self {
            serial,
            site,
            model,
            name,
            version,
            lat_e7,
            lng_e7,
            radius_cm,
            provider,
            authority,
            hardware,
        } = self;
        let place = sites.iter().find(|entry| entry.site.id == site);
        let district = &place
            .expect("terminals.json names sites of sites.json")
            .site
            .district;
        let id = TerminalId::from_serial(district, serial);
        let terminal = Terminal {
            id,
            site,
            model,
            name,
            version,
            lat_e7,
            lng_e7,
            radius_cm,
            provider,
            authority,
        };
        DemoTerminal {
            serial,
            terminal,
            hardware,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::geo::Position;

    use super::*;

    /// Rough boxes of the ten districts in degrees: south, north, west, east.
    const DISTRICTS: [(&str, [f64; 4]); 10] = [
        ("FT", [22.50, 22.61, 113.97, 114.11]),
        ("LU", [22.52, 22.62, 114.07, 114.20]),
        ("YT", [22.53, 22.66, 114.17, 114.37]),
        ("NS", [22.43, 22.66, 113.84, 114.02]),
        ("BA", [22.53, 22.85, 113.75, 113.98]),
        ("LG", [22.57, 22.83, 114.03, 114.36]),
        ("LH", [22.58, 22.78, 113.95, 114.12]),
        ("PS", [22.62, 22.79, 114.27, 114.45]),
        ("GM", [22.68, 22.85, 113.85, 114.02]),
        ("DP", [22.44, 22.70, 114.35, 114.64]),
    ];

    const ROLES: [&str; 9] = [
        "technician",
        "dispatcher",
        "provider_manager",
        "site_manager",
        "district_authority",
        "city_authority",
        "auditor",
        "hotline",
        "admin",
    ];

    #[test]
    fn every_district_has_at_least_three_sites_and_each_lies_in_its_district() {
        let city = City::load();
        assert!(city.sites.len() >= 30, "{}", city.sites.len());
        for (district, [south, north, west, east]) in DISTRICTS {
            let inside = |site: &&DemoSite| site.site.district.as_str() == district;
            let sites: Vec<_> = city.sites.iter().filter(inside).collect();
            assert!(sites.len() >= 3, "{district} has {} sites", sites.len());
            for DemoSite { site, source, .. } in sites {
                let (lat, lng) = (site.lat_e7 as f64 / 1e7, site.lng_e7 as f64 / 1e7);
                let is_inside = (south..=north).contains(&lat) && (west..=east).contains(&lng);
                assert!(is_inside, "{} {} at {lat}, {lng}", site.id, site.name);
                assert!(source.contains("about"), "{} says how exact it is", site.id);
                assert!(
                    site.radius_cm
                        .is_some_and(|radius| (5_000..=30_000).contains(&radius))
                );
            }
        }
        let known: BTreeSet<_> = DISTRICTS.iter().map(|(district, _)| *district).collect();
        assert!(
            city.sites
                .iter()
                .all(|entry| known.contains(entry.site.district.as_str()))
        );
    }

    #[test]
    fn terminals_are_unique_have_valid_check_digits_and_stand_inside_their_sites_fence() {
        let city = City::load();
        assert!(city.terminals.len() >= 120, "{}", city.terminals.len());
        let mut digits = BTreeSet::new();
        for DemoTerminal {
            terminal, hardware, ..
        } in &city.terminals
        {
            assert!(terminal.id.has_valid_check_digit(), "{}", terminal.id);
            assert!(
                digits.insert(terminal.id.digits().unwrap()),
                "{} twice",
                terminal.id
            );
            let site = city.site(&terminal.site).unwrap();
            let middle = Position {
                lat_e7: site.lat_e7,
                lng_e7: site.lng_e7,
            };
            let away_cm = terminal.position().distance_cm(middle).unwrap();
            assert!(away_cm < 5_000, "{} is {away_cm} cm away", terminal.id);
            for org in [&terminal.provider, &terminal.authority, hardware] {
                assert!(
                    city.organisations.iter().any(|known| known.id == *org),
                    "{org}"
                );
            }
        }
        for site in &city.sites {
            let stands = |entry: &&DemoTerminal| entry.terminal.site == site.site.id;
            let count = city.terminals.iter().filter(stands).count();
            assert!(
                (3..=6).contains(&count),
                "{} has {count} terminals",
                site.site.id
            );
        }
    }

    #[test]
    fn every_role_has_a_person_and_everybody_belongs_to_a_known_organisation() {
        let city = City::load();
        for role in ROLES {
            assert!(
                city.people.iter().any(|person| person.role == role),
                "nobody is {role}"
            );
        }
        let of_role = |role| city.people.iter().filter(move |person| person.role == role);
        assert!(of_role("technician").count() >= 8);
        let districts: BTreeSet<_> = of_role("district_authority")
            .filter_map(|person| person.district.clone())
            .collect();
        assert_eq!(districts.len(), DISTRICTS.len());
        let mut logins = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for person in &city.people {
            assert!(ROLES.contains(&person.role.as_str()), "{}", person.role);
            assert!(logins.insert(&person.login), "{} twice", person.login);
            assert!(ids.insert(&person.id), "{} twice", person.id);
            assert!(
                city.organisations.iter().any(|org| org.id == person.org),
                "{}",
                person.org
            );
        }
        let mut orgs = BTreeSet::new();
        assert!(city.organisations.iter().all(|org| orgs.insert(&org.id)));
    }

    #[test]
    fn the_managers_whom_sites_name_exist_and_belong_to_the_site_unit() {
        let city = City::load();
        for DemoSite { site, .. } in &city.sites {
            for manager in &site.managers {
                let person = city
                    .people
                    .iter()
                    .find(|person| person.id == manager.person)
                    .unwrap();
                assert_eq!((&person.name, &person.org), (&manager.name, &site.unit));
                assert_eq!(person.role, "site_manager");
            }
        }
    }
}
