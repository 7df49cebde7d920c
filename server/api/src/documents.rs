//! The documents of a work order: the evidence report and the service sheet as PDF/A, and single
//! photos with the watermark burned in. Facts, names and sidecars are gathered here; crate
//! [`report`] turns them into pages. Few are made at a time, on threads that answer no requests,
//! and what they are made of stays as it is.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::actor::Action;
use domain::ids::{Digest, OrgId, PersonId};
use domain::register::{Site, Terminal};
use domain::sidecar::Sidecar;
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use domain::work_order::{Judgement, WorkOrder};
use poem_openapi::param::Path;
use poem_openapi::payload::Binary;
use poem_openapi::{ApiResponse, OpenApi};
use report::Evidence;
use serde_json::Value;
use store::{Blobs, SidecarRow, StoreError};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::auth::{Session, SignedIn};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::register::Register;
use crate::state::{App, SharedApp};
use crate::work_orders::{find, judged, read};

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
    async fn run<T: Send + 'static>(
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

/// Everything the documents of one work order are made of, but for the bytes of photos, which are
/// loaded one at a time.
pub struct Dossier {
    work_order: WorkOrder,
    judgement: Judgement,
    terminal: Terminal,
    site: Site,
    policy: Policy,
    people: BTreeMap<PersonId, String>,
    organisations: BTreeMap<OrgId, String>,
    sidecars: BTreeMap<Digest, Sidecar>,
    set_aside: usize,
    as_of: Timestamp,
    link: String,
    blobs: Blobs,
    runtime: Handle,
}

impl Dossier {
    /// Gathers it as of now.
    ///
    /// # Errors
    /// When the store cannot be read, or the register lacks what the work order names.
    pub async fn gather(app: &App, work_order: WorkOrder) -> Result<Self, ApiError> {
        let register = app.register();
        let judgement = judged(app, &register, &work_order)?;
        let (terminal, site) = register.place(&work_order.terminal)?;
        let (_, policy) = register
            .policies
            .get(&work_order.policy)
            .ok_or_else(|| ApiError::internal("documents", "the policy is not registered"))?;
        let id = work_order.id.as_str();
        let rows = app.store.sidecars_of_work_order(id).await?;
        let set_aside = app.store.quarantine_of_work_order(id).await?.len();
        Ok(Self {
            terminal: terminal.clone(),
            site: site.clone(),
            policy: policy.clone(),
            people: people(&register),
            organisations: organisations(&register),
            sidecars: rows.into_iter().filter_map(sidecar).collect(),
            set_aside,
            as_of: app.now(),
            link: format!(
                "{}/console/work-orders/{id}/evidence",
                app.config.base.trim_end_matches('/')
            ),
            blobs: app.blobs.clone(),
            runtime: Handle::current(),
            judgement,
            work_order,
        })
    }

    /// The evidence report. Blocks: not for a thread that answers requests.
    ///
    /// # Errors
    /// When a photo cannot be read from the disk, or the document cannot be written.
    pub fn report(&self) -> Result<Vec<u8>, ApiError> {
        self.written(report::evidence_report)
    }

    /// The service sheet; blocks like [`Dossier::report`].
    ///
    /// # Errors
    /// As [`Dossier::report`].
    pub fn service_sheet(&self) -> Result<Vec<u8>, ApiError> {
        self.written(report::service_sheet)
    }

    fn written(
        &self,
        write: fn(&Evidence) -> Result<Vec<u8>, report::Failed>,
    ) -> Result<Vec<u8>, ApiError> {
        // A photo that cannot be read is no photo that has not arrived: the document would lie.
        let failed: RefCell<Option<StoreError>> = RefCell::new(None);
        let load = |digest: Digest| match self.load(digest) {
            Ok(bytes) => bytes,
            Err(error) => {
                *failed.borrow_mut() = Some(error);
                None
            }
        };
        let document = self.with(&load, write);
        match failed.into_inner() {
            Some(error) => Err(error.into()),
            None => document.map_err(|error| ApiError::internal("documents", error)),
        }
    }

    /// A photo with its watermark; none if its bytes have not arrived.
    fn marked(&self, digest: Digest) -> Result<Option<Vec<u8>>, ApiError> {
        let photo = self
            .work_order
            .photos
            .iter()
            .find(|photo| photo.what.sha256 == digest);
        let (Some(photo), Some(bytes)) = (photo, self.load(digest)?) else {
            return Ok(None);
        };
        let lines = self.with(&|_| None, |evidence| evidence.watermark(photo));
        let marked = report::marked(&bytes, &lines).map_err(|error| {
            tracing::info!(%digest, %error, "photo cannot be marked");
            ApiError::unprocessable(
                "photo_damaged",
                "照片文件无法解码，不能加水印。请下载原图。",
                "The photo cannot be decoded, so it cannot be marked. Download the original.",
            )
        })?;
        Ok(Some(marked))
    }

    fn load(&self, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = self.runtime.block_on(self.blobs.get(&digest.to_string()))?;
        Ok(bytes.map(Vec::from))
    }

    fn with<T>(
        &self,
        photos: &dyn Fn(Digest) -> Option<Vec<u8>>,
        use_it: impl FnOnce(&Evidence) -> T,
    ) -> T {
        use_it(&Evidence {
            work_order: &self.work_order,
            judgement: &self.judgement,
            terminal: &self.terminal,
            site: &self.site,
            policy: &self.policy,
            people: &self.people,
            organisations: &self.organisations,
            photos,
            sidecars: &self.sidecars,
            erased: &BTreeSet::new(),
            external: &BTreeMap::new(),
            set_aside: self.set_aside,
            as_of: self.as_of,
            link: &self.link,
        })
    }
}

fn people(register: &Register) -> BTreeMap<PersonId, String> {
    let people = register.people.values();
    people
        .map(|person| (person.id.clone(), person.name.clone()))
        .collect()
}

fn organisations(register: &Register) -> BTreeMap<OrgId, String> {
    let orgs = register.orgs.values();
    orgs.map(|org| (org.id.clone(), org.name.clone())).collect()
}

/// A row that cannot be read counts as absent; the document says so.
fn sidecar(row: SidecarRow) -> Option<(Digest, Sidecar)> {
    let value: Value = serde_json::from_str(&row.value).ok()?;
    let salt = serde_json::from_value(Value::String(row.salt)).ok()?;
    Some((row.c.parse().ok()?, Sidecar { salt, value }))
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
        let name = attachment(&format!("report-{}.pdf", dossier.work_order.id));
        let pdf = self.0.writers.run(move || dossier.report()).await?;
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
        let name = format!("inline; filename=\"{}.pdf\"", dossier.work_order.id);
        let pdf = self.0.writers.run(move || dossier.service_sheet()).await?;
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
        let name = format!("{}-{}.jpg", dossier.work_order.id, &sha256[..8]);
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
