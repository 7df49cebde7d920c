//! The documents of a work order: the evidence report and the service sheet as PDF/A, and single
//! photos with the watermark burned in. [`dossier`] gathers facts, names and sidecars; crate
//! [`report`] turns them into pages. Few are made at a time, on threads that answer no requests,
//! and what they are made of stays as it is.

mod dossier;
mod phones;

use std::sync::Arc;
use std::time::Duration;

use domain::actor::Action;
use poem_openapi::param::Path;
use poem_openapi::payload::Binary;
use poem_openapi::{ApiResponse, OpenApi};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

pub(crate) use dossier::{Dossier, NoDocument};

use crate::auth::{Session, SignedIn};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::state::SharedApp;
use crate::work_orders::{find, read};

/// Documents made at a time: each holds one decoded photo and all small ones.
const WRITERS: usize = 2;
/// How long a request may wait for its turn.
const WAIT: Duration = Duration::from_secs(30);

/// Lets few documents be made at a time.
#[derive(Clone)]
pub struct Writers {
    free: Arc<Semaphore>,
}

impl Default for Writers {
    fn default() -> Self {
        Self {
            free: Arc::new(Semaphore::new(WRITERS)),
        }
    }
}

impl Writers {
    /// Runs `make` when it is its turn, where it may take its time.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = timeout(WAIT, Arc::clone(&self.free).acquire_owned()).await;
        let turn = turn
            .map_err(|error| ApiError::unavailable("documents", error))?
            .map_err(|error| ApiError::internal("documents", error))?;
        // The permit goes along: a caller who hangs up does not free a thread that still works.
        let made = spawn_blocking(move || {
            let _turn = turn;
            make()
        });
        made.await
            .map_err(|error| ApiError::internal("documents", error))?
    }
}

/// A PDF.
#[derive(ApiResponse)]
enum PdfDto {
    #[oai(status = 200, content_type = "application/pdf")]
    Pdf(
        Binary<Vec<u8>>,
        #[oai(header = "Content-Disposition")] String,
        #[oai(header = "Cache-Control")] String,
    ),
}

/// A picture with its watermark.
#[derive(ApiResponse)]
enum MarkedDto {
    #[oai(status = 200, content_type = "image/jpeg")]
    Jpeg(
        Binary<Vec<u8>>,
        #[oai(header = "Content-Disposition")] String,
        #[oai(header = "Cache-Control")] String,
    ),
}

/// Names and facts may change, so nothing keeps a copy.
fn never_stored() -> String {
    "private, no-store".to_owned()
}

fn attachment(name: &str) -> String {
    format!("attachment; filename=\"{name}\"")
}

pub struct DocumentsApi(pub SharedApp);

#[OpenApi(prefix_path = "/work-orders", tag = "Tag::WorkOrders")]
impl DocumentsApi {
    /// The evidence report as PDF/A
    #[oai(path = "/:id/report.pdf", method = "get", operation_id = "getReport")]
    async fn report(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
    ) -> Result<PdfDto, ApiError> {
        let dossier = self
            .opened(&session, &id, "evidence report was read")
            .await?;
        let name = attachment(&format!("report-{}.pdf", dossier.id()));
        let pdf = self.0.writers.run(move || Ok(dossier.report()?)).await?;
        Ok(PdfDto::Pdf(Binary(pdf), name, never_stored()))
    }

    /// The service sheet 运维工单 as PDF/A, to be printed
    #[oai(
        path = "/:id/service-sheet.pdf",
        method = "get",
        operation_id = "getServiceSheet"
    )]
    async fn service_sheet(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
    ) -> Result<PdfDto, ApiError> {
        let dossier = self.opened(&session, &id, "service sheet was read").await?;
        let name = format!("inline; filename=\"{}.pdf\"", dossier.id());
        let pdf = self
            .0
            .writers
            .run(move || Ok(dossier.service_sheet()?))
            .await?;
        Ok(PdfDto::Pdf(Binary(pdf), name, never_stored()))
    }

    /// A photo with the watermark 水印 burned into a copy
    ///
    /// The evidence is the unmarked photo; this is for looking at and passing on.
    #[oai(
        path = "/:id/photos/:sha256/marked",
        method = "get",
        operation_id = "getMarkedPhoto"
    )]
    async fn marked_photo(
        &self,
        SignedIn(session): SignedIn,
        id: Path<String>,
        sha256: Path<String>,
    ) -> Result<MarkedDto, ApiError> {
        let digest = crate::evidence::digest(&sha256)?;
        let dossier = self.opened(&session, &id, "marked photo was read").await?;
        let name = format!("{}-{}.jpg", dossier.id(), &sha256[..8]);
        let marked = self.0.writers.run(move || dossier.marked(digest)).await?;
        let marked = marked.ok_or_else(|| ApiError::not_found("照片", "photo", &sha256.0))?;
        Ok(MarkedDto::Jpeg(
            Binary(marked),
            attachment(&name),
            never_stored(),
        ))
    }
}

impl DocumentsApi {
    /// The dossier of a work order that the caller may read the evidence of. Who looked is part of
    /// the record of the server.
    async fn opened(
        &self,
        session: &Session,
        id: &str,
        what: &'static str,
    ) -> Result<Dossier, ApiError> {
        let row = find(&self.0, session, id, Action::ReadEvidence).await?;
        let dossier = Dossier::gather(&self.0, read(&row)?).await?;
        tracing::info!(person = %session.actor.person, work_order = %row.id, "{what}");
        Ok(dossier)
    }
}
