//! Fills the registers of an empty store from the invented city: organisations, people, sites,
//! terminals, the policy in force. What happens in that city is [`super::play`]'s business.

use domain::code::CodeSecret;
use domain::register::{Site, Terminal};
use domain::sla::policy::Policy;
use serde::Serialize;
use store::{OrgRow, PersonRow, PolicyRow, SiteRow, Store, TerminalRow};

use super::DemoError;
use super::data::{City, DEMO_PASSWORD};
use crate::codes::runs::open_run;
use crate::passwords::Passwords;

/// Whether nobody is registered yet.
pub(super) async fn is_empty(store: &Store) -> Result<bool, DemoError> {
    Ok(store.people(None, None).await?.is_empty())
}

/// Writes the city. Everybody gets [`DEMO_PASSWORD`], hashed once: in a demonstration whose
/// password is printed, one salt for all gives nothing away.
pub(super) async fn register(
    store: &Store,
    city: &City,
    codes: &CodeSecret,
) -> Result<(), DemoError> {
    let policy = Policy::v2024_10();
    let row = PolicyRow {
        digest: policy.digest().to_string(),
        valid_from: policy.valid_from.0,
        doc: json(&policy)?,
    };
    store.put_policy(row).await?;
    store.put_orgs(organisations(city)).await?;
    store.put_sites(sites(city)?).await?;
    store.put_terminals(terminals(city)?).await?;
    open_run(
        store,
        codes,
        None,
        "首批标签",
        "system",
        policy.valid_from.0,
    )
    .await?;
    let passwords = Passwords::new().map_err(|error| DemoError::unexpected("Argon2", error))?;
    let hash = passwords.hash(DEMO_PASSWORD.to_owned()).await;
    let hash = hash.map_err(|error| DemoError::unexpected("password", error))?;
    store.put_people(people(city, &hash)).await?;
    super::rosters::write(store, city).await?;
    Ok(())
}

fn organisations(city: &City) -> Vec<OrgRow> {
    let row = |org: &super::data::Organisation| OrgRow {
        id: org.id.to_string(),
        name: org.name.clone(),
        kind: org.kind.clone(),
        district: org.district.as_ref().map(ToString::to_string),
    };
    city.organisations.iter().map(row).collect()
}

fn people(city: &City, password_hash: &str) -> Vec<PersonRow> {
    let row = |person: &super::data::DemoPerson| PersonRow {
        id: person.id.to_string(),
        login: person.login.clone(),
        name: person.name.clone(),
        role: person.role.clone(),
        org: person.org.to_string(),
        district: person.district.as_ref().map(ToString::to_string),
        phone: person.phone.clone(),
        password_hash: password_hash.to_owned(),
        active: true,
    };
    city.people.iter().map(row).collect()
}

fn sites(city: &City) -> Result<Vec<SiteRow>, DemoError> {
    let row = |site: &Site| {
        Ok(SiteRow {
            id: site.id.to_string(),
            district: site.district.to_string(),
            unit: site.unit.to_string(),
            version: 1,
            doc: json(site)?,
        })
    };
    city.sites.iter().map(|entry| row(&entry.site)).collect()
}

fn terminals(city: &City) -> Result<Vec<TerminalRow>, DemoError> {
    let row = |terminal: &Terminal| {
        let site = city.site(&terminal.site).map_or("", |site| &site.name);
        let search = format!(
            "{} {} {} {site}",
            terminal.id, terminal.model, terminal.name
        );
        Ok(TerminalRow {
            id: terminal.id.to_string(),
            site: terminal.site.to_string(),
            version: i64::from(terminal.version),
            doc: json(terminal)?,
            search: search.to_lowercase(),
        })
    };
    city.terminals
        .iter()
        .map(|entry| row(&entry.terminal))
        .collect()
}

fn json<T: Serialize>(value: &T) -> Result<String, DemoError> {
    serde_json::to_string(value).map_err(|error| DemoError::unexpected("register", error))
}
