//! The duty rosters a turn needs, read with it: who is on duty must not depend on which process asks.

use std::collections::{BTreeSet, HashMap};

use domain::ids::{OrgId, SiteId, TerminalId, WorkOrderId};
use domain::roster::{Duty, Place, Roster};
use domain::sla::calendar::Calendar;
use domain::time::Timestamp;
use domain::work_order::WorkOrder;
use store::{RosterKey, Store, StoreError};

use super::Request;
use super::desk::DeskRequest;
use crate::register::{Register, corrupt};

/// See the module.
#[derive(Default)]
pub(crate) struct Rosters(HashMap<RosterKey, Roster>);

impl Rosters {
    /// Those for the work orders that are to be looked at, and for new reports.
    pub(super) async fn load(
        store: &Store,
        register: &Register,
        requests: &[&Request],
        work_orders: &HashMap<WorkOrderId, WorkOrder>,
    ) -> Result<Self, StoreError> {
        let mut keys = BTreeSet::new();
        for request in requests {
            match request {
                Request::Alert(alert) => {
                    for wo in alert
                        .work_orders
                        .iter()
                        .filter_map(|wo| work_orders.get(wo))
                    {
                        keys.extend(keys_of(&wo.provider, &wo.terminal, &wo.site));
                    }
                }
                Request::Desk(desk) => {
                    if let DeskRequest::Report(report) = desk.as_ref()
                        && let Ok((terminal, site)) = register.place(&report.terminal)
                    {
                        keys.extend(keys_of(&terminal.provider, &terminal.id, &site.id));
                    }
                }
                _ => {}
            }
        }
        Self::of(store, keys).await
    }

    /// Those around one terminal.
    pub async fn around(
        store: &Store,
        provider: &OrgId,
        terminal: &TerminalId,
        site: &SiteId,
    ) -> Result<Self, StoreError> {
        Self::of(store, keys_of(provider, terminal, site)).await
    }

    async fn of(
        store: &Store,
        keys: impl IntoIterator<Item = RosterKey>,
    ) -> Result<Self, StoreError> {
        let keys: Vec<RosterKey> = keys.into_iter().collect();
        let mut rosters = HashMap::new();
        for row in store.rosters_by_key(&keys).await? {
            let roster: Roster = serde_json::from_str(&row.doc)
                .map_err(|error| corrupt("roster", &error.to_string()))?;
            let key = (row.provider, name(roster.place), row.subject);
            rosters.insert(key, roster);
        }
        Ok(Self(rosters))
    }

    /// Who is on duty.
    pub fn duty(
        &self,
        calendar: &Calendar,
        at: Timestamp,
        provider: &OrgId,
        terminal: &TerminalId,
        site: &SiteId,
    ) -> Duty {
        let keys = keys_of(provider, terminal, site);
        Duty::at(keys.iter().filter_map(|key| self.0.get(key)), calendar, at)
    }
}

/// What a place is called in the store.
pub(crate) fn name(place: Place) -> &'static str {
    match place {
        Place::Terminal => "terminal",
        Place::Site => "site",
        Place::Provider => "provider",
    }
}

/// Nearest first.
fn keys_of(provider: &OrgId, terminal: &TerminalId, site: &SiteId) -> [RosterKey; 3] {
    let key = |place, subject: &str| (provider.to_string(), name(place), subject.to_owned());
    [
        key(Place::Terminal, terminal.as_str()),
        key(Place::Site, site.as_str()),
        key(Place::Provider, provider.as_str()),
    ]
}
