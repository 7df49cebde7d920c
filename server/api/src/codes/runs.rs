//! Print runs of labels 标签印制批次: opened before printing, revoked when labels were copied or lost.
//! Each run has a key of its own, which phones get with the kit.

use domain::code::CodeSecret;
use domain::code::label::LabelRun;
use domain::ids::OrgId;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use store::{LabelRunRow, Store, StoreError};

use super::secrets::label_signer;
use super::{OutOfService, may_manage};
use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::register::Register;
use crate::session::Done;
use crate::state::{App, SharedApp};

/// How often another process may take the number first.
const TRIES: usize = 5;

/// A print run.
#[derive(Debug, Object)]
#[oai(rename = "LabelRun")]
pub struct LabelRunDto {
    /// Stands in each of its labels.
    pub no: u32,
    /// Whose terminals it is for; null for all.
    pub provider: Option<String>,
    pub provider_name: Option<String>,
    /// What it was printed for.
    pub note: String,
    /// ms since 1970 UTC.
    pub opened_at: i64,
    pub opened_by_name: String,
    /// From when on its labels no longer count; null while they do.
    pub revoked_at: Option<i64>,
    pub revoked_by_name: Option<String>,
    pub revoked_reason: Option<String>,
    /// Whether labels printed now are of this run.
    pub is_current: bool,
    /// Whether the caller may revoke it.
    pub may_revoke: bool,
}

/// A print run to open.
#[derive(Debug, Object)]
pub struct NewLabelRun {
    /// Whose terminals it is for; null for all, which only an administrator may open.
    pub provider: Option<String>,
    /// What it is printed for.
    #[oai(validator(max_length = 200))]
    pub note: String,
}

/// The endpoints of this module.
pub struct LabelRunsApi(pub SharedApp);

#[OpenApi(prefix_path = "/label-runs", tag = "Tag::Codes")]
impl LabelRunsApi {
    /// List print runs of labels
    ///
    /// Those for one's own terminals and those for all, the newest first.
    #[oai(path = "/", method = "get", operation_id = "listLabelRuns")]
    async fn list(&self, SignedIn(session): SignedIn) -> Result<Json<Vec<LabelRunDto>>, ApiError> {
        if !may_manage(&session, Some(&session.actor.org)) {
            return Err(ApiError::forbidden());
        }
        let register = self.0.register();
        let all = may_manage(&session, None);
        let mut runs = Vec::new();
        for row in self.0.store.label_runs().await?.into_iter().rev() {
            let provider: Option<OrgId> = row.provider.as_deref().and_then(|org| org.parse().ok());
            if all
                || provider
                    .as_ref()
                    .is_none_or(|org| *org == session.actor.org)
            {
                let may_revoke =
                    row.revoked_at.is_none() && may_manage(&session, provider.as_ref());
                runs.push(dto(&register, row, may_revoke));
            }
        }
        Ok(Json(runs))
    }

    /// Open a print run of labels
    ///
    /// Labels printed from now on are of this run; labels of earlier runs are stale, but count.
    #[oai(path = "/", method = "post", operation_id = "openLabelRun")]
    async fn open(
        &self,
        SignedIn(session): SignedIn,
        body: Json<NewLabelRun>,
    ) -> Result<Json<LabelRunDto>, ApiError> {
        let register = self.0.register();
        let provider = match &body.0.provider {
            None => None,
            Some(org) => Some(known_provider(&register, org)?),
        };
        if !may_manage(&session, provider.as_ref()) {
            return Err(ApiError::forbidden());
        }
        let by = session.person.id.as_str();
        let App { store, signer, .. } = &*self.0;
        let row = open_run(
            store,
            signer.codes(),
            provider.as_ref(),
            body.0.note.trim(),
            by,
            self.0.now().0,
        );
        let row = row.await?;
        self.0.reload_register().await?;
        Ok(Json(dto(&self.0.register(), row, true)))
    }

    /// Revoke a print run of labels
    ///
    /// Scans of its labels give no points from now on, unless they are proved to be earlier.
    #[oai(
        path = "/:no/revocation",
        method = "post",
        operation_id = "revokeLabelRun"
    )]
    async fn revoke(
        &self,
        SignedIn(session): SignedIn,
        no: Path<u32>,
        body: Json<OutOfService>,
    ) -> Result<Done, ApiError> {
        let app = &self.0;
        let unknown = || ApiError::not_found("印制批次", "print run", no.0);
        let row = app
            .store
            .label_runs()
            .await?
            .into_iter()
            .find(|row| row.no == i64::from(no.0));
        let row = row.ok_or_else(unknown)?;
        let provider: Option<OrgId> = row.provider.as_deref().and_then(|org| org.parse().ok());
        if !may_manage(&session, provider.as_ref()) {
            // Whoever sees a run for all but may not revoke it hears why; another's is not there.
            let is_seen = provider.is_none() && may_manage(&session, Some(&session.actor.org));
            return Err(if is_seen {
                ApiError::forbidden()
            } else {
                unknown()
            });
        }
        if row.revoked_at.is_none() {
            let revoked = LabelRunRow {
                revoked_at: Some(app.now().0),
                revoked_by: Some(session.person.id.to_string()),
                revoked_reason: Some(body.0.reason.trim().to_owned()),
                ..row
            };
            app.store.put_label_run(revoked).await?;
            app.reload_register().await?;
        }
        Ok(Done::Done)
    }
}

/// Opens the run with the next number; whoever opens one at the same time gets another.
///
/// # Errors
/// When the store fails.
pub async fn open_run(
    store: &Store,
    codes: &CodeSecret,
    provider: Option<&OrgId>,
    note: &str,
    by: &str,
    at: i64,
) -> Result<LabelRunRow, StoreError> {
    let mut tries = 0;
    loop {
        let no = store.label_runs().await?.last().map_or(0, |run| run.no) + 1;
        let key = label_signer(codes, u32::try_from(no).unwrap_or(u32::MAX));
        let row = LabelRunRow {
            no,
            public_key: key.public_key().spki_base64(),
            provider: provider.map(ToString::to_string),
            note: note.to_owned(),
            opened_at: at,
            opened_by: by.to_owned(),
            revoked_at: None,
            revoked_by: None,
            revoked_reason: None,
        };
        tries += 1;
        match store.open_label_run(row.clone()).await {
            Err(StoreError::Invalid(_) | StoreError::Conflict) if tries < TRIES => {}
            done => return done.map(|()| row),
        }
    }
}

/// The run of which labels for this provider's terminals are printed now.
pub fn current_run<'a>(runs: &'a [LabelRun], provider: &OrgId) -> Option<&'a LabelRun> {
    let open = runs
        .iter()
        .filter(|run| run.revoked_at.is_none() && run.is_for(provider));
    open.max_by_key(|run| run.no)
}

fn known_provider(register: &Register, org: &str) -> Result<OrgId, ApiError> {
    let known = org
        .parse()
        .ok()
        .filter(|org| register.orgs.contains_key(org));
    known.ok_or_else(|| {
        ApiError::unprocessable(
            "unknown_provider",
            format!("没有运维单位 {org}。请重新选择。"),
            format!("There is no provider {org}. Choose again."),
        )
    })
}

fn dto(register: &Register, row: LabelRunRow, may_revoke: bool) -> LabelRunDto {
    let name = |person: String| match person.parse() {
        Ok(id) => register.name_of(&id).to_owned(),
        Err(_) => person,
    };
    let provider: Option<OrgId> = row.provider.as_deref().and_then(|org| org.parse().ok());
    let no = u32::try_from(row.no).unwrap_or_default();
    let is_newest = |other: &LabelRun| {
        other.no <= no || other.revoked_at.is_some() || other.provider != provider
    };
    LabelRunDto {
        no,
        provider_name: provider
            .as_ref()
            .map(|org| register.org_name(org).to_owned()),
        is_current: row.revoked_at.is_none() && register.label_runs.iter().all(is_newest),
        provider: row.provider,
        note: row.note,
        opened_at: row.opened_at,
        opened_by_name: name(row.opened_by),
        revoked_at: row.revoked_at,
        revoked_by_name: row.revoked_by.map(name),
        revoked_reason: row.revoked_reason,
        may_revoke,
    }
}
