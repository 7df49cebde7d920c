//! Who may do what: the whole permission table in one match, deny by default (11.1). A list is
//! first narrowed by [`scope`], so that nobody's query even touches other districts' work orders;
//! a single thing is then asked with [`may`]. Who somebody is, the session says, not this module.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::ids::{District, OrgId, PersonId};

/// What a person is to the service (11.1 a–f).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Technician,
    Dispatcher,
    ProviderManager,
    SiteManager,
    DistrictAuthority,
    CityAuthority,
    Auditor,
    Hotline,
    Admin,
    /// No person: another system that reports faults through an account of its own (11.2.2 b).
    Integration,
}

impl Role {
    /// Every role, for tables.
    pub const ALL: [Role; 10] = [
        Role::Technician,
        Role::Dispatcher,
        Role::ProviderManager,
        Role::SiteManager,
        Role::DistrictAuthority,
        Role::CityAuthority,
        Role::Auditor,
        Role::Hotline,
        Role::Admin,
        Role::Integration,
    ];
}

/// The person who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub person: PersonId,
    pub role: Role,
    pub org: OrgId,
    /// The district of a district authority; it sees nothing without one.
    pub district: Option<District>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    ReadWorkOrder,
    /// Photos, ink, positions and names: personal data of a work order.
    ReadEvidence,
    /// Make a work order of a fault report, or join one (9.1).
    Report,
    Assign,
    /// Tell the authority of a delay, for a technician who cannot (9.2 a).
    File,
    /// Accept or refuse a filing.
    AnswerFiling,
    /// Say for the responsible side that it has responded (9.2 a).
    Respond,
    /// See what has gone up to leaders (9.2 b, 9.3 c).
    ReadEscalations,
    /// Take over what has gone up.
    TakeOver,
    ReadRoster,
    ManageRoster,
    /// Set up through which channels an organisation is told of limits, and see what became of deliveries.
    ManageChannels,
    /// Make a link by which a site manager evaluates, and take it back (9.4).
    LinkEvaluation,
    /// Enter the proof code that a technician without network tells by telephone.
    RelayCode,
    /// State facts of the visit from the phone.
    RecordWork,
    EnrolDevice,
    RevokeDevice,
    /// Say that a second phone is its person's (evidence §2.6).
    ApproveDevice,
    /// See what was set aside, with its reason.
    ReadQuarantine,
    ReadPeople,
    PrintLabels,
    /// Open print runs, screens and tags, and take them out of service.
    ManageCodes,
    /// Show a rotating code on one's own phone, for a terminal that is dark.
    ShowCode,
    /// See what is worth a second look, with the facts behind it.
    ReadReviews,
    DecideReview,
    /// Erase personal values of a work order for good.
    Erase,
    /// Put a work order on hold, so that nothing personal in it is erased, or take that off again.
    Hold,
    /// Read complaints, and what has been done about them (11.2.2 a).
    ReadComplaints,
    /// Write down what somebody complains about.
    Complain,
    /// Say what came of a complaint.
    AnswerComplaint,
    /// See what other systems sent that fits nowhere, and settle it.
    SettleIntake,
    /// Give other systems accounts, and take them back.
    ManageIntegrations,
    /// Send alarms and tickets through such an account.
    Integrate,
    /// See how witnesses and time-stamp authorities stand to the log.
    WatchLog,
    /// See what is counted over many work orders.
    ReadFigures,
}

impl Action {
    /// Every action, for tables.
    pub const ALL: [Action; 35] = [
        Action::ReadWorkOrder,
        Action::ReadEvidence,
        Action::Report,
        Action::Assign,
        Action::File,
        Action::AnswerFiling,
        Action::Respond,
        Action::ReadEscalations,
        Action::TakeOver,
        Action::ReadRoster,
        Action::ManageRoster,
        Action::ManageChannels,
        Action::LinkEvaluation,
        Action::RelayCode,
        Action::RecordWork,
        Action::EnrolDevice,
        Action::RevokeDevice,
        Action::ApproveDevice,
        Action::ReadQuarantine,
        Action::ReadPeople,
        Action::PrintLabels,
        Action::ManageCodes,
        Action::ShowCode,
        Action::ReadReviews,
        Action::DecideReview,
        Action::Erase,
        Action::Hold,
        Action::ReadComplaints,
        Action::Complain,
        Action::AnswerComplaint,
        Action::SettleIntake,
        Action::ManageIntegrations,
        Action::Integrate,
        Action::WatchLog,
        Action::ReadFigures,
    ];
}

/// Whose the thing is. A member that is not known or does not apply is none, and none is never
/// anybody's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Where the terminal stands.
    pub district: Option<District>,
    /// Who maintains it; for a person, the organisation they work for.
    pub provider: Option<OrgId>,
    /// The unit in charge of the site.
    pub site_unit: Option<OrgId>,
    /// Whom it is assigned to; for a phone or a person, that person.
    pub technician: Option<PersonId>,
}

/// Which work orders a person may see at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    All,
    District(District),
    Provider(OrgId),
    SiteUnit(OrgId),
    /// The work orders assigned to this person.
    Technician(PersonId),
    None,
}

impl Scope {
    /// Whether the thing lies inside the scope.
    pub fn contains(&self, subject: &Subject) -> bool {
        match self {
            Scope::All => true,
            Scope::District(district) => subject.district.as_ref() == Some(district),
            Scope::Provider(org) => subject.provider.as_ref() == Some(org),
            Scope::SiteUnit(org) => subject.site_unit.as_ref() == Some(org),
            Scope::Technician(person) => subject.technician.as_ref() == Some(person),
            Scope::None => false,
        }
    }
}

/// The work orders this person's queries are narrowed to.
pub fn scope(actor: &Actor) -> Scope {
    match actor.role {
        Role::Technician => Scope::Technician(actor.person.clone()),
        Role::Dispatcher | Role::ProviderManager => Scope::Provider(actor.org.clone()),
        Role::SiteManager => Scope::SiteUnit(actor.org.clone()),
        Role::DistrictAuthority => actor.district.clone().map_or(Scope::None, Scope::District),
        Role::CityAuthority | Role::Auditor | Role::Hotline => Scope::All,
        // Running the system needs no look into anybody's work, and neither does reporting to it.
        Role::Admin | Role::Integration => Scope::None,
    }
}

/// The permission table. "Own" means inside the actor's [`scope`]; what no line allows is denied.
pub fn may(actor: &Actor, action: Action, subject: &Subject) -> bool {
    use Action::*;
    let own = scope(actor).contains(subject);
    match (actor.role, action) {
        (Role::Technician, ReadWorkOrder | ReadEvidence | RecordWork) => own,
        (Role::Technician, EnrolDevice | RevokeDevice | ReadQuarantine) => own,
        (Role::Dispatcher, ReadWorkOrder | ReadEvidence | Report | Assign | ReadPeople) => own,
        (Role::Dispatcher | Role::ProviderManager, ApproveDevice) => own,
        (Role::ProviderManager, ReadWorkOrder | ReadEvidence | Report | Assign | ReadPeople) => own,
        (Role::Dispatcher | Role::ProviderManager, File) => own,
        (Role::Dispatcher | Role::ProviderManager, Respond | ReadEscalations | TakeOver) => own,
        (Role::Dispatcher | Role::ProviderManager, ReadRoster | ManageRoster) => own,
        (Role::Dispatcher | Role::ProviderManager, ManageChannels) => own,
        (Role::DistrictAuthority, ReadEscalations) => own,
        (Role::CityAuthority | Role::Auditor, ReadEscalations | ReadRoster) => true,
        // Who is on duty where is no secret among those who supervise it or answer the telephone.
        (Role::DistrictAuthority | Role::Hotline, ReadRoster) => true,
        (Role::Technician | Role::Dispatcher, LinkEvaluation) => own,
        (Role::ProviderManager | Role::SiteManager, LinkEvaluation) => own,
        (Role::ProviderManager, RevokeDevice | ReadQuarantine | PrintLabels) => own,
        (Role::ProviderManager, ManageCodes) => own,
        (Role::SiteManager, ReadWorkOrder | ReadEvidence | Report | PrintLabels) => own,
        (Role::SiteManager, ShowCode) => own,
        (Role::DistrictAuthority, ReadWorkOrder | ReadEvidence | ReadQuarantine) => own,
        (Role::DistrictAuthority, ReadPeople | PrintLabels | ReadReviews | DecideReview) => own,
        (Role::DistrictAuthority, Erase | Hold | AnswerFiling) => own,
        (Role::CityAuthority, Erase | Hold | AnswerFiling) => true,
        (Role::Auditor, Hold) => true,
        (Role::CityAuthority, ReadWorkOrder | ReadEvidence | ReadQuarantine) => true,
        (Role::CityAuthority, ReadPeople | PrintLabels | ReadReviews | DecideReview) => true,
        (Role::Auditor, ReadWorkOrder | ReadEvidence | ReadQuarantine | ReadPeople) => true,
        (Role::Auditor, ReadReviews | DecideReview) => true,
        // The hotline tells callers how far a repair is; photos and positions are not its business.
        (Role::Hotline, ReadWorkOrder | Report) => true,
        // In the name of whoever called, and in its own.
        (Role::Hotline, Respond) => true,
        (Role::Hotline, Complain | ReadComplaints | SettleIntake) => true,
        (Role::Dispatcher | Role::ProviderManager, ReadComplaints | AnswerComplaint) => own,
        (Role::Dispatcher | Role::ProviderManager, Complain) => own,
        (Role::DistrictAuthority, ReadComplaints | AnswerComplaint) => own,
        (Role::CityAuthority, ReadComplaints | AnswerComplaint | SettleIntake) => true,
        (Role::Auditor, ReadComplaints) => true,
        // An account for several districts asks for one at a time.
        (Role::Integration, Integrate) => {
            actor.district.is_some() && actor.district == subject.district
        }
        // Whose a code is nobody knows before the chain arrives, so there is no "own" to ask for.
        (Role::Hotline | Role::Dispatcher, RelayCode) => true,
        (Role::Admin, RevokeDevice | ReadQuarantine | ReadPeople | PrintLabels) => true,
        (Role::Admin, ManageCodes | ApproveDevice) => true,
        // Authorities and sites have nobody of their own who sets up machines.
        (Role::Admin, ManageChannels) => true,
        (Role::Admin, ManageIntegrations | SettleIntake) => true,
        (Role::ProviderManager | Role::DistrictAuthority, ReadFigures) => own,
        (Role::CityAuthority | Role::Auditor, ReadFigures) => true,
        // Whoever audits the operator, and the operator.
        (Role::DistrictAuthority | Role::CityAuthority | Role::Auditor | Role::Admin, WatchLog) => {
            true
        }
        _ => false,
    }
}
