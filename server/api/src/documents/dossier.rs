//! What the documents of one work order are made of.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{Digest, EventId, OrgId, PersonId, WorkOrderId};
use domain::interval::external::External;
use domain::register::{Site, Terminal};
use domain::sidecar::Sidecar;
use domain::sla::policy::Policy;
use domain::time::Timestamp;
use domain::work_order::{Judgement, WorkOrder};
use report::Evidence;
use serde_json::Value;
use store::{Blobs, SidecarRow, StoreError};
use tokio::runtime::Handle;

use super::phones::Phones;
use crate::error::ApiError;
use crate::judged::{judged, place_at_birth};
use crate::outside::Outside;
use crate::register::Register;
use crate::state::App;

/// Why a document could not be made.
#[derive(Debug)]
pub(crate) enum NoDocument {
    /// A photo could not be read: that is no photo that has not arrived, and the document would lie.
    Unread(StoreError),
    /// A fault of the writer.
    Failed(report::Failed),
}

impl From<NoDocument> for ApiError {
    fn from(reason: NoDocument) -> Self {
        match reason {
            NoDocument::Unread(error) => error.into(),
            NoDocument::Failed(error) => ApiError::internal("documents", error),
        }
    }
}

/// Everything the documents of one work order are made of, but for the bytes of photos, which are
/// loaded one at a time.
pub(crate) struct Dossier {
    work_order: WorkOrder,
    judgement: Judgement,
    terminal: Terminal,
    site: Site,
    policy: Policy,
    external: BTreeMap<EventId, External>,
    phones: Phones,
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
        let judgement = judged(app, &app.register(), &work_order).await?;
        Self::of(app, work_order, judgement, app.now()).await
    }

    /// Gathers what belongs to a judgement that stands already.
    ///
    /// # Errors
    /// As [`Dossier::gather`].
    pub async fn of(
        app: &App,
        work_order: WorkOrder,
        judgement: Judgement,
        as_of: Timestamp,
    ) -> Result<Self, ApiError> {
        let missing = |what| ApiError::internal("documents", format!("{what} is not registered"));
        let register = app.register();
        let place = place_at_birth(&app.store, &register, &work_order).await?;
        let place = place.ok_or_else(|| missing("terminal or site"))?;
        let policy = register.policies.get(&work_order.policy);
        let (_, policy) = policy.ok_or_else(|| missing("policy"))?;
        let id = work_order.id.as_str();
        let names = commitments(&work_order);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let rows = app.store.sidecars(&names).await?;
        let set_aside = app.store.quarantine_of_work_order(id).await?.len();
        Ok(Self {
            terminal: place.terminal,
            site: place.site,
            policy: policy.clone(),
            external: Outside::new(app).of(&work_order, policy).await?,
            phones: Phones::of(app, &work_order).await?,
            people: people(&register),
            organisations: organisations(&register),
            sidecars: rows.into_iter().filter_map(sidecar).collect(),
            set_aside,
            as_of,
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

    pub fn id(&self) -> &WorkOrderId {
        &self.work_order.id
    }

    /// The evidence report. Blocks: not for a thread that answers requests.
    ///
    /// # Errors
    /// When a photo cannot be read from the disk, or the document cannot be written.
    pub fn report(&self) -> Result<Vec<u8>, NoDocument> {
        self.written(report::evidence_report)
    }

    /// The service sheet; blocks like [`Dossier::report`].
    ///
    /// # Errors
    /// As [`Dossier::report`].
    pub fn service_sheet(&self) -> Result<Vec<u8>, NoDocument> {
        self.written(report::service_sheet)
    }

    fn written(
        &self,
        write: fn(&Evidence) -> Result<Vec<u8>, report::Failed>,
    ) -> Result<Vec<u8>, NoDocument> {
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
            Some(error) => Err(NoDocument::Unread(error)),
            None => document.map_err(NoDocument::Failed),
        }
    }

    /// A photo with its watermark; none if its bytes have not arrived.
    pub fn marked(&self, digest: Digest) -> Result<Option<Vec<u8>>, ApiError> {
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
            external: &self.external,
            approved: &self.phones.approved,
            second: self.phones.second,
            set_aside: self.set_aside,
            as_of: self.as_of,
            link: &self.link,
        })
    }
}

/// Of the contact, the names and the handwriting that the documents show.
fn commitments(work_order: &WorkOrder) -> Vec<String> {
    let signed = work_order
        .evaluations
        .iter()
        .flat_map(|said| [said.what.signer_c, said.what.ink_c]);
    let reporter = work_order.report.what.reporter_c;
    let joined = work_order.joins.iter();
    let joined = joined.filter_map(|join| join.what.reporter_c);
    signed
        .chain(reporter)
        .chain(joined)
        .map(|c| c.to_string())
        .collect()
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
