//! A work order judged as of now: under the policy and the terminal record it was born with, and with
//! what witnesses outside say about its moments.

use domain::register::{Site, Terminal};
use domain::work_order::{Judgement, Surroundings, WorkOrder, judge};
use serde::Serialize;
use store::{Store, StoreError};

use crate::error::ApiError;
use crate::outside::Outside;
use crate::register::{Register, corrupt};
use crate::state::App;

/// Judges one work order.
///
/// # Errors
/// When the register does not know what the work order names, or the store does not answer.
pub async fn judged(
    app: &App,
    register: &Register,
    work_order: &WorkOrder,
) -> Result<Judgement, ApiError> {
    judged_with(&mut Outside::new(app), app, register, work_order).await
}

/// Judges one of several work orders, which share what was looked up from outside.
///
/// # Errors
/// As [`judged`].
pub async fn judged_with(
    outside: &mut Outside<'_>,
    app: &App,
    register: &Register,
    work_order: &WorkOrder,
) -> Result<Judgement, ApiError> {
    let missing = |what| {
        ApiError::internal(
            "judgement",
            format!("{what} of {} is not registered", work_order.id),
        )
    };
    let place = place_at_birth(&app.store, register, work_order)
        .await?
        .ok_or_else(|| missing("terminal or site"))?;
    let (_, policy) = register
        .policies
        .get(&work_order.policy)
        .ok_or_else(|| missing("policy"))?;
    let external = outside.of(work_order, policy).await?;
    Ok(judge(
        work_order,
        &Surroundings {
            terminal: &place.terminal,
            site: &place.site,
            policy,
            external: &external,
            now: app.now(),
        },
    ))
}

/// Where a work order's terminal stands, as the register knew it when the fault was reported: moving
/// terminal or site afterwards, or widening a fence, changes no verdict (attack 10).
#[derive(Debug, Clone, Serialize)]
pub struct Place {
    pub terminal: Terminal,
    pub site: Site,
}

/// Terminal and site of the report; none if the register does not know them.
///
/// # Errors
/// When the store does not answer, or holds a record that cannot be read.
pub async fn place_at_birth(
    store: &Store,
    register: &Register,
    work_order: &WorkOrder,
) -> Result<Option<Place>, StoreError> {
    let terminal = terminal_at_birth(store, register, work_order).await?;
    let site = site_at_birth(store, register, work_order).await?;
    Ok(terminal
        .zip(site)
        .map(|(terminal, site)| Place { terminal, site }))
}

/// Whether the register still has the very versions of the report.
pub fn is_as_at_birth(register: &Register, work_order: &WorkOrder) -> bool {
    let terminal = register.terminals.get(&work_order.terminal);
    let is_same = terminal.is_some_and(|now| now.version == work_order.terminal_version);
    let bound = work_order.site_version;
    is_same && bound.is_none_or(|bound| register.site_version(&work_order.site) == Some(bound))
}

async fn terminal_at_birth(
    store: &Store,
    register: &Register,
    work_order: &WorkOrder,
) -> Result<Option<Terminal>, StoreError> {
    let now = register.terminals.get(&work_order.terminal);
    if let Some(terminal) = now.filter(|now| now.version == work_order.terminal_version) {
        return Ok(Some(terminal.clone()));
    }
    let version = i64::from(work_order.terminal_version);
    let row = store
        .terminal_version(work_order.terminal.as_str(), version)
        .await?;
    row.map(|row| serde_json::from_str(&row.doc))
        .transpose()
        .map_err(|error| corrupt("terminal_version", &error.to_string()))
}

async fn site_at_birth(
    store: &Store,
    register: &Register,
    work_order: &WorkOrder,
) -> Result<Option<Site>, StoreError> {
    let now = register.site_version(&work_order.site);
    let Some(bound) = work_order.site_version.filter(|bound| now != Some(*bound)) else {
        return Ok(register.sites.get(&work_order.site).cloned());
    };
    let row = store
        .site_version(work_order.site.as_str(), i64::from(bound))
        .await?;
    row.map(|row| serde_json::from_str(&row.doc))
        .transpose()
        .map_err(|error| corrupt("site_version", &error.to_string()))
}
