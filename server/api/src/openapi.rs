//! The whole API in one place: which modules it has, under which heading each is listed, and
//! its specification. One level of a tuple takes sixteen modules; nest when there are more.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use poem_openapi::{OpenApi, OpenApiService, Tags};
use store::{BlobLocation, Blobs, Store, StoreConfig};

use crate::bundle::BundleApi;
use crate::channels::{ChannelsApi, DeliveriesApi};
use crate::codes::kiosks::KiosksApi;
use crate::codes::runs::LabelRunsApi;
use crate::codes::tags::TagsApi;
use crate::complaints::ComplaintsApi;
use crate::config::Config;
use crate::devices::DevicesApi;
use crate::devices::enrolments::EnrolmentsApi;
use crate::documents::DocumentsApi;
use crate::erasures::ErasuresApi;
use crate::escalations::EscalationsApi;
use crate::evaluations::EvaluationsApi;
use crate::evidence::EvidenceApi;
use crate::evidence_page::EvidencePageApi;
use crate::figures::FiguresApi;
use crate::filings::FilingsApi;
use crate::holds::HoldsApi;
use crate::integrations::accounts::AccountsApi;
use crate::integrations::alarms::AlarmsApi;
use crate::integrations::held::HeldApi;
use crate::integrations::tickets::TicketsApi;
use crate::joins::JoinsApi;
use crate::kit::KitApi;
use crate::log::Identity;
use crate::log::state::LogApi;
use crate::log::watch::WatchApi;
use crate::log::witnesses::Witnesses;
use crate::people::PeopleApi;
use crate::places::PlacesApi;
use crate::relay_codes::RelayCodesApi;
use crate::reports::ReportsApi;
use crate::reviews::routes::ReviewsApi;
use crate::rosters::RostersApi;
use crate::session::SessionApi;
use crate::signer::Signer;
use crate::state::{App, Parts, SharedApp};
use crate::sync::SyncApi;
use crate::terminals::TerminalsApi;
use crate::time_source::SystemClock;
use crate::work_orders::WorkOrdersApi;

/// The headings of the specification.
#[derive(Debug, Clone, Copy, Tags)]
pub enum Tag {
    /// Signing in and out.
    Session,
    /// Phones and their keys.
    Devices,
    /// What a phone needs to work without a network.
    Kit,
    /// Terminals, sites and people.
    Register,
    /// Events, receipts and changes between phone and server.
    Sync,
    /// Photos.
    Evidence,
    /// Fault reports.
    Reports,
    /// Complaints and what came of them.
    Complaints,
    /// Other systems that report faults.
    Integrations,
    /// Work orders and their evidence.
    WorkOrders,
    /// The transparency log.
    Log,
    /// Labels, screens and tags at the terminals.
    Codes,
    /// What is worth a second look.
    Reviews,
    /// How organisations are told of limits outside the app.
    Channels,
    /// What is counted over many work orders.
    Figures,
}

/// All endpoints.
pub fn api(app: &SharedApp) -> impl OpenApi + 'static {
    (
        (
            SessionApi(app.clone()),
            PeopleApi(app.clone()),
            TerminalsApi(app.clone()),
            RostersApi(app.clone()),
            ChannelsApi(app.clone()),
            DeliveriesApi(app.clone()),
        ),
        (
            DevicesApi(app.clone()),
            EnrolmentsApi(app.clone()),
            KitApi(app.clone()),
            SyncApi(app.clone()),
            EvidenceApi(app.clone()),
            RelayCodesApi(app.clone()),
        ),
        (
            ReportsApi(app.clone()),
            JoinsApi(app.clone()),
            WorkOrdersApi(app.clone()),
            EvidencePageApi(app.clone()),
            LogApi(app.clone()),
            WatchApi(app.clone()),
            BundleApi(app.clone()),
            ErasuresApi(app.clone()),
            EscalationsApi(app.clone()),
            FilingsApi(app.clone()),
            HoldsApi(app.clone()),
            PlacesApi(app.clone()),
            EvaluationsApi(app.clone()),
            DocumentsApi(app.clone()),
        ),
        (
            LabelRunsApi(app.clone()),
            KiosksApi(app.clone()),
            TagsApi(app.clone()),
            ReviewsApi(app.clone()),
            FiguresApi(app.clone()),
        ),
        (
            ComplaintsApi(app.clone()),
            AccountsApi(app.clone()),
            AlarmsApi(app.clone()),
            TicketsApi(app.clone()),
            HeldApi(app.clone()),
        ),
    )
}

/// The service, to be mounted at `/api/v1`.
pub fn service(app: &SharedApp) -> OpenApiService<impl OpenApi + 'static, ()> {
    OpenApiService::new(api(app), "Daochang 到场", env!("CARGO_PKG_VERSION"))
        .description(
            "On-site service for government self-service terminals under DB4403/T 503.6—2024. \
             Refusals are RFC 9457 problems, in Chinese or, by Accept-Language, in English. \
             All instants are ms since 1970 UTC.",
        )
        .server("/api/v1")
}

/// The specification as it is checked in: stable order, readable, ending in a line feed.
pub fn specification(app: &SharedApp) -> String {
    let spec: serde_json::Value =
        serde_json::from_str(&service(app).spec()).expect("the specification is JSON");
    let text = serde_json::to_string_pretty(&spec).expect("JSON can be printed");
    format!("{text}\n")
}

/// `daochang openapi`: the specification of an application on an empty memory.
///
/// # Errors
/// When the memory database cannot be opened.
pub async fn printed() -> io::Result<String> {
    let parts = Parts {
        store: Store::open(&StoreConfig::memory())
            .await
            .map_err(io::Error::other)?,
        blobs: Blobs::open(&BlobLocation::Memory).map_err(io::Error::other)?,
        time: Arc::new(SystemClock::default()),
        signer: Signer::from_seed(&[0; 32]).into(),
        identity: Identity::from_seed("daochang.invalid/log", &[0; 32]),
        witnesses: Witnesses::none(),
        config: Config::in_memory(PathBuf::new()),
    };
    let app = App::start(parts).await.map_err(io::Error::other)?;
    Ok(specification(&app))
}
