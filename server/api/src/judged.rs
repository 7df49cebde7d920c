//! A work order judged as of now: under the policy and the terminal record it was born with, and with
//! what witnesses outside say about its moments.

use domain::register::Terminal;
use domain::work_order::{Judgement, Surroundings, WorkOrder, judge};
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
    let terminal = terminal_at_birth(&app.store, register, work_order)
        .await?
        .ok_or_else(|| missing("terminal"))?;
    let site = register
        .sites
        .get(&work_order.site)
        .ok_or_else(|| missing("site"))?;
    let (_, policy) = register
        .policies
        .get(&work_order.policy)
        .ok_or_else(|| missing("policy"))?;
    let external = outside.of(work_order, policy).await?;
    Ok(judge(
        work_order,
        &Surroundings {
            terminal: &terminal,
            site,
            policy,
            external: &external,
            now: app.now(),
        },
    ))
}

/// The terminal as the register knew it when the fault was reported: moving it afterwards, or
/// widening its fence, changes no verdict.
///
/// # Errors
/// When the store does not answer, or holds a terminal that cannot be read.
pub async fn terminal_at_birth(
    store: &Store,
    register: &Register,
    work_order: &WorkOrder,
) -> Result<Option<Terminal>, StoreError> {
    let now = register.terminals.get(&work_order.terminal);
    if let Some(terminal) = now.filter(|now| now.version == work_order.terminal_version) {
        return Ok(Some(terminal.clone()));
    }
    let row = store
        .terminal_version(
            work_order.terminal.as_str(),
            i64::from(work_order.terminal_version),
        )
        .await?;
    row.map(|row| serde_json::from_str(&row.doc))
        .transpose()
        .map_err(|error| corrupt("terminal_version", &error.to_string()))
}
