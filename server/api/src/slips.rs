//! Reporter slips 报障回执: the code that whoever reported, joined or complained takes along. The code follows from
//! the secret behind codes and from what it is about, so a report that is sent twice gets the same one, whichever
//! process answers; the store keeps only its hash. What a slip shows is [`crate::public`]'s business.

use domain::code::CodeSecret;
use domain::ids::EventId;
use domain::slip::SlipCode;
use poem_openapi::Object;

use crate::error::ApiError;
use crate::state::App;

/// The code about this event or complaint.
pub fn code_of(secret: &CodeSecret, about: &str) -> SlipCode {
    SlipCode::of_secret(&secret.derive(&format!("slip {about}")))
}

/// What a reporter takes along.
#[derive(Object)]
#[oai(rename = "Slip")]
pub struct SlipDto {
    /// Twelve characters, the last one checks the others.
    pub code: String,
    /// As it is read out: three groups of four.
    pub grouped: String,
    /// The page that shows how far the matter is.
    pub url: String,
    /// The signed event it is about, by which the log knows when it was said; null for a complaint.
    pub event: Option<String>,
}

impl SlipDto {
    /// The slip of a report or a joining.
    pub fn of_event(app: &App, event: EventId) -> Self {
        Self::new(app, &event.to_string(), Some(event))
    }

    /// The slip of a complaint.
    pub fn of_complaint(app: &App, number: &str) -> Self {
        Self::new(app, number, None)
    }

    fn new(app: &App, about: &str, event: Option<EventId>) -> Self {
        let code = code_of(app.signer.codes(), about);
        Self {
            code: code.to_string(),
            grouped: code.grouped(),
            url: url_of(app, code),
            event: event.map(|event| event.to_string()),
        }
    }
}

/// Where a slip is shown.
pub fn url_of(app: &App, code: SlipCode) -> String {
    format!("{}/s/{code}", app.config.base)
}

/// The event that reported this work order.
///
/// # Errors
/// When what was filed is not there.
pub async fn report_event(app: &App, work_order: &str) -> Result<EventId, ApiError> {
    let row = app.store.work_order(work_order).await?;
    let row = row.ok_or_else(|| ApiError::internal("report", "what was filed is not there"))?;
    Ok(crate::work_orders::read(&row)?.report.at.event)
}
