//! The site manager of a tale evaluates on a phone of their own, through a link that the technician made.

use domain::ids::{PersonId, hex};
use domain::sidecar::{Contact, Ink};
use domain::time::Millis;
use domain::work_order::WorkOrder;

use super::DemoError;
use super::data::City;
use super::ink::handwritten;
use super::story::Verdict;
use crate::evaluations::link_of;
use crate::intake::{DeskRequest, EvaluateRequest, LinkRequest};
use crate::signer::random_bytes;
use crate::state::App;
use crate::time_source::ManualClock;

/// From the link to reading and signing.
const READING: Millis = Millis::minutes(6);

/// Makes the link, lets the manager read, and sends what is filled in.
pub(super) async fn evaluate(
    app: &App,
    clock: &ManualClock,
    city: &City,
    work_order: &WorkOrder,
    technician: PersonId,
    verdict: &Verdict,
) -> Result<(), DemoError> {
    let unknown = || DemoError::unknown("manager of", &work_order.site);
    let site = city.site(&work_order.site).ok_or_else(unknown)?;
    let name = site.managers.first().ok_or_else(unknown)?.name.clone();
    let link = link_of(&hex(&random_bytes::<16>()));
    let made = LinkRequest {
        work_order: work_order.id.clone(),
        by: technician,
        link,
    };
    app.intake.desk(DeskRequest::Link(made)).await?;
    clock.advance(READING);
    let ink: Ink = serde_json::from_value(handwritten(&name, u64::from(verdict.stars)))
        .map_err(|error| DemoError::unexpected("ink", error.to_string()))?;
    let request = EvaluateRequest {
        work_order: work_order.id.clone(),
        link,
        stars: verdict.stars,
        resolved: verdict.resolved,
        remark: verdict.remark.clone(),
        unit: app.register().org_name(&work_order.site_unit).to_owned(),
        signer: Contact {
            name,
            phone: String::new(),
        },
        ink,
    };
    app.intake.desk(DeskRequest::Evaluate(request)).await?;
    Ok(())
}
