//! Work orders as the desk and the authorities see them: lists narrowed to the caller's scope in
//! the query itself, one work order with its judgement, its photos, and reassignment.

use bytes::Bytes;
use domain::actor::{Action, Scope, Subject};
use domain::ids::{Digest, TerminalId, WorkOrderId};
use domain::work_order::WorkOrder;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::types::Any;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde_json::{Value, json};
use store::{WorkOrderQuery, WorkOrderRow};

use crate::auth::{Session, SignedIn};
use crate::error::ApiError;
use crate::intake::DeskRequest;
use crate::judged::judged_with;
use crate::openapi::Tag;
use crate::outside::Outside;
use crate::raw_json::RawJson;
use crate::register::Register;
use crate::reports::person_id;
use crate::state::{App, SharedApp};

/// Work orders on one page.
const PAGE: usize = 50;

/// A work order with what follows from it.
#[derive(Object)]
pub(crate) struct ListedDto {
    /// The work order: all facts with their moments.
    work_order: Any<Value>,
    /// Stage, clocks, presence and arrival, judged as of now.
    judgement: Any<Value>,
    terminal_name: String,
    site_name: String,
    /// Empty while nobody is assigned.
    technician_name: String,
}

/// A page of the list.
#[derive(Object)]
struct ListDto {
    items: Vec<ListedDto>,
    /// How many there are in all.
    total: u64,
}

/// Whom to give it to.
#[derive(Object)]
struct AssignmentDto {
    #[oai(validator(max_length = 40))]
    technician: String,
    #[oai(validator(max_length = 1000))]
    reason: Option<String>,
}

/// A picture.
#[derive(ApiResponse)]
enum PhotoDto {
    #[oai(status = 200, content_type = "image/jpeg")]
    Jpeg(Binary<Bytes>, #[oai(header = "Cache-Control")] String),
}

pub struct WorkOrdersApi(pub SharedApp);

#[OpenApi(prefix_path = "/work-orders", tag = "Tag::WorkOrders")]
impl WorkOrdersApi {
    /// List work orders
    ///
    /// Only those in the caller's area: a district sees its own, a provider its own.
    #[oai(path = "/", method = "get", operation_id = "listWorkOrders")]
    async fn list(
        &self,
        SignedIn(session): SignedIn,
        /// `open` or `all`.
        #[oai(default = "open_only", validator(pattern = "^(open|all)$"))]
        state: Query<String>,
        #[oai(validator(max_length = 80))] q: Query<Option<String>>,
        #[oai(default, validator(maximum(value = "10000")))] page: Query<usize>,
    ) -> Result<RawJson<ListDto>, ApiError> {
        let query = WorkOrderQuery {
            scope: session.scope(),
            open_only: state.0 == "open",
            text: q
                .0
                .map(|text| text.trim().to_lowercase())
                .filter(|text| !text.is_empty()),
            offset: page.0 * PAGE,
            limit: PAGE,
        };
        let found = self.0.store.list_work_orders(&query).await?;
        let register = self.0.register();
        let mut items = Vec::with_capacity(found.rows.len());
        let mut outside = Outside::new(&self.0);
        for row in &found.rows {
            items.push(listed(&mut outside, &self.0, &register, row).await?);
        }
        Ok(RawJson::new(
            json!({ "items": items, "total": found.total }).to_string(),
        ))
    }

    /// One work order
    #[oai(path = "/:id", method = "get", operation_id = "getWorkOrder")]
    async fn get(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        let row = find(&self.0, &session, &id, Action::ReadWorkOrder).await?;
        Ok(RawJson::new(alone(&self.0, &row).await?.to_string()))
    }

    /// Give a work order to a technician
    #[oai(
        path = "/:id/assignment",
        method = "post",
        operation_id = "assignWorkOrder"
    )]
    async fn assign(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        Json(assignment): Json<AssignmentDto>,
    ) -> Result<RawJson<ListedDto>, ApiError> {
        let row = find(&self.0, &session, &id, Action::Assign).await?;
        let request = DeskRequest::Assign {
            work_order: work_order_id(&row.id)?,
            technician: person_id(&assignment.technician)?,
            reason: assignment.reason.filter(|reason| !reason.trim().is_empty()),
            by: session.actor.person.clone(),
        };
        self.0.intake.desk(request).await?;
        let row = find(&self.0, &session, &id, Action::ReadWorkOrder).await?;
        Ok(RawJson::new(alone(&self.0, &row).await?.to_string()))
    }

    /// The unmarked bytes of a photo of this work order
    #[oai(
        path = "/:id/photos/:sha256",
        method = "get",
        operation_id = "getPhoto"
    )]
    async fn photo(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        sha256: Path<String>,
    ) -> Result<PhotoDto, ApiError> {
        let (_, bytes) = photo_of(&self.0, &session, &id, &sha256).await?;
        Ok(jpeg(bytes))
    }

    /// A photo of this work order, 400 pixels long
    #[oai(
        path = "/:id/photos/:sha256/thumbnail",
        method = "get",
        operation_id = "getThumbnail"
    )]
    async fn thumbnail(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        sha256: Path<String>,
    ) -> Result<PhotoDto, ApiError> {
        let (digest, bytes) = photo_of(&self.0, &session, &id, &sha256).await?;
        let name = digest.to_string();
        if let Some(made) = self.0.blobs.derived(&name, "thumbnail").await? {
            return Ok(jpeg(made));
        }
        let made = self.0.thumbnails.make(digest, bytes).await?;
        self.0
            .blobs
            .put_derived(&name, "thumbnail", made.clone())
            .await?;
        Ok(jpeg(made))
    }
}

fn open_only() -> String {
    "open".to_owned()
}

/// The row, if it exists and the caller may do this with it. Somebody else's work order is as
/// absent as one that never was: its number alone is nobody's business.
pub async fn find(
    app: &App,
    session: &Session,
    id: &str,
    action: Action,
) -> Result<WorkOrderRow, ApiError> {
    let absent = || {
        ApiError::not_found(
            "工单（或不在您的管辖范围）",
            "work order, or none in your area,",
            id,
        )
    };
    let id = work_order_id(id).map_err(|_| absent())?;
    let row = app
        .store
        .work_order(id.as_str())
        .await?
        .ok_or_else(absent)?;
    let subject = subject_of(&row);
    if session.may(action, &subject) {
        Ok(row)
    } else if session.may(Action::ReadWorkOrder, &subject) {
        Err(ApiError::forbidden())
    } else {
        Err(absent())
    }
}

/// The document of a row.
pub fn read(row: &WorkOrderRow) -> Result<WorkOrder, ApiError> {
    serde_json::from_str(&row.doc).map_err(|error| ApiError::internal("work order document", error))
}

/// Open work orders of a terminal, the oldest first; of more than twenty the latest.
pub(crate) async fn open_at(app: &App, terminal: &TerminalId) -> Result<Vec<WorkOrder>, ApiError> {
    let query = WorkOrderQuery {
        scope: Scope::All,
        open_only: true,
        text: Some(terminal.as_str().to_lowercase()),
        offset: 0,
        limit: 20,
    };
    let rows = app.store.list_work_orders(&query).await?.rows;
    let here = rows
        .iter()
        .rev()
        .filter(|row| row.terminal == terminal.as_str());
    here.map(read).collect()
}

/// One work order with its judgement.
pub(crate) async fn alone(app: &App, row: &WorkOrderRow) -> Result<Value, ApiError> {
    listed(&mut Outside::new(app), app, &app.register(), row).await
}

async fn listed(
    outside: &mut Outside<'_>,
    app: &App,
    register: &Register,
    row: &WorkOrderRow,
) -> Result<Value, ApiError> {
    let work_order = read(row)?;
    let judgement = judged_with(outside, app, register, &work_order).await?;
    Ok(json!({
        "terminal_name": register.terminals.get(&work_order.terminal).map_or("", |t| &t.name),
        "site_name": register.sites.get(&work_order.site).map_or("", |site| &site.name),
        "technician_name": work_order.technician().map_or("", |person| register.name_of(person)),
        "judgement": judgement,
        "work_order": work_order,
    }))
}

async fn photo_of(
    app: &App,
    session: &Session,
    id: &str,
    sha256: &str,
) -> Result<(Digest, Bytes), ApiError> {
    let digest = crate::evidence::digest(sha256)?;
    let row = find(app, session, id, Action::ReadEvidence).await?;
    let absent = || ApiError::not_found("照片", "photo", sha256);
    let is_of_it = read(&row)?
        .photos
        .iter()
        .any(|photo| photo.what.sha256 == digest);
    let bytes = if is_of_it {
        app.blobs.get(&digest.to_string()).await?
    } else {
        None
    };
    Ok((digest, bytes.ok_or_else(absent)?))
}

fn jpeg(bytes: Bytes) -> PhotoDto {
    // Named by its hash, a photo never changes; it is not for shared caches.
    PhotoDto::Jpeg(
        Binary(bytes),
        "private, max-age=31536000, immutable".to_owned(),
    )
}

pub(crate) fn work_order_id(text: &str) -> Result<WorkOrderId, ApiError> {
    text.parse()
        .map_err(|_| ApiError::not_found("工单", "work order", text))
}

fn subject_of(row: &WorkOrderRow) -> Subject {
    Subject {
        district: row.district.parse().ok(),
        provider: row.provider.parse().ok(),
        site_unit: row.site_unit.parse().ok(),
        technician: row.technician.as_deref().and_then(|id| id.parse().ok()),
    }
}
