//! The register in memory: terminals, sites, people and policies, as the rules and screens need
//! them at every step. Loaded from the store, replaced as a whole when it changes; small enough
//! (a city has thousands of terminals, not millions) that nothing cleverer pays.

use std::collections::HashMap;

use domain::actor::{Actor, Role};
use domain::code::TagId;
use domain::code::label::LabelRun;
use domain::ids::{Digest, District, OrgId, PersonId, SiteId, TerminalId};
use domain::register::{Site, Terminal};
use domain::sla::calendar::Calendar;
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use store::{LabelRunRow, Store, StoreError, TagRow};

use crate::error::ApiError;

/// What screens and rules may know of a person; never the password.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub role: Role,
    pub org: OrgId,
    pub district: Option<District>,
    pub phone: String,
}

impl Person {
    /// The person as the permission table sees them.
    pub fn actor(&self) -> Actor {
        Actor {
            person: self.id.clone(),
            role: self.role,
            org: self.org.clone(),
            district: self.district.clone(),
        }
    }
}

/// An organisation: authority, site unit or provider.
#[derive(Debug, Clone)]
pub struct Org {
    pub id: OrgId,
    pub name: String,
}

/// One consistent view of the register.
#[derive(Debug)]
pub struct Register {
    pub terminals: HashMap<TerminalId, Terminal>,
    pub sites: HashMap<SiteId, Site>,
    /// The version of each site's record.
    pub site_versions: HashMap<SiteId, u32>,
    pub people: HashMap<PersonId, Person>,
    pub orgs: HashMap<OrgId, Org>,
    /// By digest, with the instant each comes into force.
    pub policies: HashMap<Digest, (Timestamp, Policy)>,
    pub calendar: Calendar,
    /// By number.
    pub label_runs: Vec<LabelRun>,
    /// The screens of each terminal, by generation.
    pub kiosks: HashMap<TerminalId, Vec<Kiosk>>,
    pub tags: HashMap<TagId, Tag>,
}

/// A screen of a terminal that may show rotating codes.
#[derive(Debug, Clone)]
pub struct Kiosk {
    pub generation: u32,
    pub revoked_at: Option<Timestamp>,
}

/// A tag that hangs at a terminal.
#[derive(Debug, Clone)]
pub struct Tag {
    pub terminal: TerminalId,
    pub revoked_at: Option<Timestamp>,
}

impl Register {
    /// Reads the whole register. A row that cannot be read is damage, not absence.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let terminals = store
            .terminals()
            .await?
            .into_iter()
            .map(|row| -> Entry<_, _> {
                let terminal: Terminal = parse("terminal", &row.doc)?;
                Ok((terminal.id.clone(), terminal))
            });
        let rows = store.sites().await?;
        let site_versions = rows.iter().map(|row| -> Entry<_, _> {
            Ok((id("site", row.id.clone())?, number("site", row.version)?))
        });
        let site_versions = site_versions.collect::<Result<_, _>>()?;
        let sites = rows.into_iter().map(|row| -> Entry<_, _> {
            let site: Site = parse("site", &row.doc)?;
            Ok((site.id.clone(), site))
        });
        let people = store
            .people(None, None)
            .await?
            .into_iter()
            .map(|row| -> Entry<_, _> {
                let person = Person {
                    id: id("person", row.id)?,
                    role: parse("person", &format!("\"{}\"", row.role))?,
                    org: id("person", row.org)?,
                    district: row
                        .district
                        .map(|district| id("person", district))
                        .transpose()?,
                    name: row.name,
                    phone: row.phone,
                };
                Ok((person.id.clone(), person))
            });
        let orgs = store.orgs().await?.into_iter().map(|row| -> Entry<_, _> {
            let org = Org {
                id: id("org", row.id)?,
                name: row.name,
            };
            Ok((org.id.clone(), org))
        });
        let policies = store
            .policies()
            .await?
            .into_iter()
            .map(|row| -> Entry<_, _> {
                let policy = parse("policy", &row.doc)?;
                let digest = row
                    .digest
                    .parse()
                    .map_err(|_| corrupt("policy", "digest"))?;
                Ok((digest, (Timestamp(row.valid_from), policy)))
            });
        Ok(Self {
            terminals: terminals.collect::<Result<_, _>>()?,
            sites: sites.collect::<Result<_, _>>()?,
            site_versions,
            people: people.collect::<Result<_, _>>()?,
            orgs: orgs.collect::<Result<_, _>>()?,
            policies: policies.collect::<Result<_, _>>()?,
            calendar: Calendar::built_in(),
            label_runs: label_runs(store).await?,
            kiosks: kiosks(store).await?,
            tags: tags(store).await?,
        })
    }

    /// The policy a work order born at this instant is judged by for ever.
    pub fn policy_at(&self, at: Timestamp) -> Option<Digest> {
        let in_force = self
            .policies
            .iter()
            .filter(|(_, (valid_from, _))| *valid_from <= at);
        in_force
            .max_by_key(|(digest, (valid_from, _))| (*valid_from, **digest))
            .map(|(digest, _)| *digest)
    }

    /// A terminal with the site it stands at.
    ///
    /// # Errors
    /// 404 when the register does not know it.
    pub fn place(&self, terminal: &TerminalId) -> Result<(&Terminal, &Site), ApiError> {
        let found = self
            .terminals
            .get(terminal)
            .and_then(|t| Some((t, self.sites.get(&t.site)?)));
        found.ok_or_else(|| ApiError::not_found("终端", "terminal", terminal))
    }

    /// The version of this site's record now.
    pub fn site_version(&self, site: &SiteId) -> Option<u32> {
        self.site_versions.get(site).copied()
    }

    /// A person's name, or the id where nobody of that id is registered.
    pub fn name_of<'a>(&'a self, person: &'a PersonId) -> &'a str {
        self.people
            .get(person)
            .map_or(person.as_str(), |person| &person.name)
    }

    /// An organisation's name, or its id.
    pub fn org_name<'a>(&'a self, org: &'a OrgId) -> &'a str {
        self.orgs.get(org).map_or(org.as_str(), |org| &org.name)
    }
}

async fn label_runs(store: &Store) -> Result<Vec<LabelRun>, StoreError> {
    let run = |row: LabelRunRow| {
        Ok(LabelRun {
            no: number("label_run", row.no)?,
            key: row.public_key,
            provider: row.provider.map(|org| id("label_run", org)).transpose()?,
            revoked_at: row.revoked_at.map(Timestamp),
        })
    };
    store.label_runs().await?.into_iter().map(run).collect()
}

async fn kiosks(store: &Store) -> Result<HashMap<TerminalId, Vec<Kiosk>>, StoreError> {
    let mut kiosks: HashMap<TerminalId, Vec<Kiosk>> = HashMap::new();
    for row in store.kiosks().await? {
        let kiosk = Kiosk {
            generation: number("kiosk", row.generation)?,
            revoked_at: row.revoked_at.map(Timestamp),
        };
        kiosks
            .entry(id("kiosk", row.terminal)?)
            .or_default()
            .push(kiosk);
    }
    Ok(kiosks)
}

async fn tags(store: &Store) -> Result<HashMap<TagId, Tag>, StoreError> {
    let tag = |row: TagRow| {
        let tag = Tag {
            terminal: id("tag", row.terminal)?,
            revoked_at: row.revoked_at.map(Timestamp),
        };
        Ok((id("tag", row.tag)?, tag))
    };
    store.tags().await?.into_iter().map(tag).collect()
}

fn number(table: &'static str, number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| corrupt(table, "number out of range"))
}

/// One row under its id, or damage.
type Entry<K, V> = Result<(K, V), StoreError>;

fn parse<T: serde::de::DeserializeOwned>(table: &'static str, doc: &str) -> Result<T, StoreError> {
    serde_json::from_str(doc).map_err(|error| corrupt(table, &error.to_string()))
}

fn id<T: TryFrom<String>>(table: &'static str, text: String) -> Result<T, StoreError> {
    T::try_from(text).map_err(|_| corrupt(table, "malformed identifier"))
}

pub(crate) fn corrupt(table: &'static str, detail: &str) -> StoreError {
    StoreError::Corrupt {
        table,
        detail: detail.to_owned(),
    }
}
