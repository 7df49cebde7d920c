//! Policies, terminals and sites: logged, the same in every place they are kept, and still there in the versions
//! that reports bound, because work orders are judged by those.

use domain::canonical::digest_of;
use domain::event::Reported;
use domain::ids::{Digest, SiteId, TerminalId};
use domain::register::{Site, Terminal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::StoreError;

use super::log::must_be_logged;
use super::{Checked, Subject};
use crate::register::Register;

/// What is in force now.
pub(super) async fn check(subject: &Subject<'_>, checked: &mut Checked) -> Result<(), StoreError> {
    let register = Register::load(subject.store).await?;
    for (digest, (_, policy)) in &register.policies {
        let place = format!("policy {digest}");
        if policy.digest() != *digest {
            checked.find(&place, "is not what its name says");
        }
        must_be_logged(subject, checked, &place, *digest).await?;
    }
    for terminal in register.terminals.values() {
        let kept = Kept::terminal(subject, &terminal.id, terminal.version).await?;
        kept.must_be(subject, checked, terminal).await?;
    }
    for site in register.sites.values() {
        let version = register.site_version(&site.id).unwrap_or_default();
        let kept = Kept::site(subject, &site.id, version).await?;
        kept.must_be(subject, checked, site).await?;
    }
    Ok(())
}

/// What a report bound.
pub(super) async fn check_bound(
    subject: &Subject<'_>,
    checked: &mut Checked,
    report: &Reported,
) -> Result<(), StoreError> {
    let terminal = Kept::terminal(subject, &report.terminal, report.terminal_version).await?;
    terminal.must_be_bound(checked, report.terminal_record);
    if let (Some(terminal), Some(version)) = (&terminal.record, report.site_version) {
        let site = Kept::site(subject, &terminal.site, version).await?;
        site.must_be_bound(checked, report.site_record);
    }
    Ok(())
}

/// A record in one of its versions, none if it is gone or cannot be read.
struct Kept<T> {
    place: String,
    record: Option<T>,
}

impl Kept<Terminal> {
    async fn terminal(
        subject: &Subject<'_>,
        id: &TerminalId,
        version: u32,
    ) -> Result<Self, StoreError> {
        let row = subject
            .store
            .terminal_version(id.as_str(), i64::from(version))
            .await?;
        let place = format!("terminal {id} version {version}");
        Ok(Self::of(place, row.map(|row| row.doc)))
    }
}

impl Kept<Site> {
    async fn site(subject: &Subject<'_>, id: &SiteId, version: u32) -> Result<Self, StoreError> {
        let row = subject
            .store
            .site_version(id.as_str(), i64::from(version))
            .await?;
        let place = format!("site {id} version {version}");
        Ok(Self::of(place, row.map(|row| row.doc)))
    }
}

impl<T: DeserializeOwned + Serialize + PartialEq> Kept<T> {
    fn of(place: String, doc: Option<String>) -> Self {
        let record = doc.and_then(|doc| serde_json::from_str(&doc).ok());
        Self { place, record }
    }

    /// The record in force is this one, and logged.
    async fn must_be(
        &self,
        subject: &Subject<'_>,
        checked: &mut Checked,
        now: &T,
    ) -> Result<(), StoreError> {
        if self.record.as_ref() != Some(now) {
            checked.find(&self.place, "was changed without a new version");
        }
        match digest_of(now) {
            Ok(digest) => must_be_logged(subject, checked, &self.place, digest).await,
            Err(_) => Ok(()),
        }
    }

    fn must_be_bound(&self, checked: &mut Checked, bound: Option<Digest>) {
        match &self.record {
            None => checked.find(&self.place, "a report names it, and it is not here"),
            Some(record) if bound.is_some_and(|bound| digest_of(record) != Ok(bound)) => {
                checked.find(&self.place, "is not the record that a report bound");
            }
            Some(_) => {}
        }
    }
}
