//! Duty rosters 值班表 (A19): who is responsible for a terminal at which hours, who stands in, and who the
//! leaders above are. A provider keeps its own; supervisors and the hotline read them. What the rules make of
//! a roster is [`domain::roster`]'s business.

use domain::actor::{Action, Role, Subject};
use domain::ids::{OrgId, PersonId, TerminalId};
use domain::roster::{Days, Duty, Place, Roster, Shift};
use domain::time::Timestamp;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use store::{RosterRow, StoreError};

use crate::auth::{Session, SignedIn, subject_of};
use crate::error::ApiError;
use crate::intake::rosters::{Rosters, name};
use crate::openapi::Tag;
use crate::register::{Register, corrupt};
use crate::state::SharedApp;

/// What a roster is for.
#[derive(Enum, Clone, Copy)]
#[oai(rename = "RosterPlace", rename_all = "snake_case")]
enum PlaceDto {
    Terminal,
    Site,
    Provider,
}

/// On which days a shift begins.
#[derive(Enum, Clone, Copy)]
#[oai(rename = "ShiftDays", rename_all = "snake_case")]
enum DaysDto {
    Every,
    /// Working days 工作日, with make-up Saturdays.
    Working,
    Off,
}

/// Hours of duty in Shenzhen time. An end that is not after the beginning lies on the next day.
#[derive(Object)]
#[oai(rename = "Shift")]
struct ShiftDto {
    days: DaysDto,
    /// Minutes after midnight, 0 to 1439.
    from_minute: u16,
    /// Minutes after midnight, 0 to 1439; the shift ends before it.
    to_minute: u16,
    #[oai(validator(max_length = 40))]
    person: String,
    #[oai(validator(max_length = 40))]
    deputy: Option<String>,
}

/// What is written.
#[derive(Object)]
struct RosterDraftDto {
    /// The version that was shown; 0 where there was none.
    version: u32,
    /// The first that covers an instant counts.
    shifts: Vec<ShiftDto>,
    /// Leaders, nearest first; those of one rung are told together.
    ladder: Vec<Vec<String>>,
}

/// A roster.
#[derive(Object)]
#[oai(rename = "Roster")]
struct RosterDto {
    provider: String,
    provider_name: String,
    place: PlaceDto,
    subject: String,
    /// The terminal's, site's or provider's name.
    subject_name: String,
    version: u32,
    shifts: Vec<ShiftDto>,
    ladder: Vec<Vec<String>>,
    /// When this version was written, ms since 1970 UTC.
    written_at: i64,
    written_by_name: String,
    /// Names of everybody who stands in it.
    people: Vec<OnDutyDto>,
    /// Who is on duty by it now; null for nobody.
    now: Option<String>,
    /// Whether the caller may change it.
    may_write: bool,
}

/// Somebody with a telephone.
#[derive(Object)]
#[oai(rename = "OnDuty")]
struct OnDutyDto {
    person: String,
    name: String,
    phone: String,
}

/// Who is responsible for a terminal at an instant.
#[derive(Object)]
#[oai(rename = "Duty")]
struct DutyDto {
    terminal: String,
    provider: String,
    provider_name: String,
    /// The instant, ms since 1970 UTC.
    at: i64,
    /// Null where no roster names anybody for this hour.
    person: Option<OnDutyDto>,
    deputy: Option<OnDutyDto>,
    ladder: Vec<Vec<OnDutyDto>>,
}

pub struct RostersApi(pub SharedApp);

#[OpenApi(tag = "Tag::Register")]
impl RostersApi {
    /// Duty rosters
    ///
    /// A provider's own; supervisors and the hotline see all.
    #[oai(path = "/rosters", method = "get", operation_id = "listRosters")]
    async fn list(&self, SignedIn(session): SignedIn) -> Result<Json<Vec<RosterDto>>, ApiError> {
        session.must(Action::ReadRoster, &subject_of(&session.person))?;
        let of_provider = matches!(session.actor.role, Role::Dispatcher | Role::ProviderManager);
        let provider = of_provider.then(|| session.actor.org.as_str());
        let rows = self.0.store.rosters(provider).await?;
        let register = self.0.register();
        let listed = rows.iter().map(|row| self.shown(&session, &register, row));
        Ok(Json(listed.collect::<Result<_, _>>()?))
    }

    /// Write a roster
    ///
    /// The next version of the roster of one's own organisation for a terminal, a site, or everything it
    /// maintains. Earlier versions are kept.
    #[oai(
        path = "/rosters/:place/:subject",
        method = "put",
        operation_id = "writeRoster"
    )]
    async fn write(
        &self,
        SignedIn(session): SignedIn,
        place: Path<PlaceDto>,
        subject: Path<String>,
        Json(draft): Json<RosterDraftDto>,
    ) -> Result<Json<RosterDto>, ApiError> {
        session.must(Action::ManageRoster, &subject_of(&session.person))?;
        let register = self.0.register();
        let provider = session.actor.org.clone();
        must_be_maintained(&register, &provider, place.0, &subject.0)?;
        let roster = roster_of(&provider, place.0, subject.0, draft)?;
        roster
            .check()
            .map_err(|refusal| ApiError::refused(refusal.code()))?;
        must_be_known(&register, &roster)?;
        let row = RosterRow {
            provider: provider.to_string(),
            place: name(roster.place).to_owned(),
            subject: roster.subject.clone(),
            version: i64::from(roster.version),
            doc: serde_json::to_string(&roster)
                .map_err(|error| ApiError::internal("roster", error))?,
            by: session.actor.person.to_string(),
            at: self.0.now().0,
        };
        match self.0.store.put_roster(row.clone()).await {
            Err(StoreError::Conflict) => Err(ApiError::conflict(
                "roster_changed",
                "值班表已被他人修改。请刷新页面，核对后再保存。",
                "Somebody else has changed this roster. Reload, compare, and save again.",
            )),
            other => {
                other?;
                Ok(Json(self.shown(&session, &register, &row)?))
            }
        }
    }

    /// Who is on duty for a terminal
    #[oai(
        path = "/terminals/:terminal/duty",
        method = "get",
        operation_id = "getDuty"
    )]
    async fn duty(
        &self,
        SignedIn(session): SignedIn,
        terminal: Path<String>,
        /// ms since 1970 UTC; now if it is left out.
        at: Query<Option<i64>>,
    ) -> Result<Json<DutyDto>, ApiError> {
        let register = self.0.register();
        let asked = terminal.0;
        let absent = || ApiError::not_found("终端", "terminal", &asked);
        let known: TerminalId = asked.parse().map_err(|_| absent())?;
        let (terminal, site) = register.place(&known)?;
        let subject = Subject {
            provider: Some(terminal.provider.clone()),
            district: Some(site.district.clone()),
            ..Subject::default()
        };
        if !session.may(Action::ReadRoster, &subject) {
            session.must(Action::ReadRoster, &subject_of(&session.person))?;
            return Err(absent());
        }
        let at = at.0.map_or(self.0.now(), Timestamp);
        let provider = &terminal.provider;
        let rosters = Rosters::around(&self.0.store, provider, &terminal.id, &site.id).await?;
        let duty = rosters.duty(&register.calendar, at, provider, &terminal.id, &site.id);
        let Duty {
            person,
            deputy,
            ladder,
        } = duty;
        let on_duty = |person: PersonId| on_duty(&register, &person);
        Ok(Json(DutyDto {
            terminal: terminal.id.to_string(),
            provider: provider.to_string(),
            provider_name: register.org_name(provider).to_owned(),
            at: at.0,
            person: person.map(on_duty),
            deputy: deputy.map(on_duty),
            ladder: ladder
                .into_iter()
                .map(|rung| rung.into_iter().map(on_duty).collect())
                .collect(),
        }))
    }
}

impl RostersApi {
    fn shown(
        &self,
        session: &Session,
        register: &Register,
        row: &RosterRow,
    ) -> Result<RosterDto, ApiError> {
        let roster: Roster = serde_json::from_str(&row.doc)
            .map_err(|error| corrupt("roster", &error.to_string()))?;
        let now = roster.on_duty(&register.calendar, self.0.now());
        let mut people: Vec<&PersonId> = roster.people().collect();
        people.sort();
        people.dedup();
        let subject = Subject {
            provider: Some(roster.provider.clone()),
            ..Subject::default()
        };
        Ok(RosterDto {
            provider: roster.provider.to_string(),
            provider_name: register.org_name(&roster.provider).to_owned(),
            place: roster.place.into(),
            subject_name: subject_name(register, &roster),
            subject: roster.subject.clone(),
            version: roster.version,
            now: now.map(|shift| shift.person.to_string()),
            people: people
                .into_iter()
                .map(|person| on_duty(register, person))
                .collect(),
            ladder: roster
                .ladder
                .iter()
                .map(|rung| rung.iter().map(PersonId::to_string).collect())
                .collect(),
            shifts: roster.shifts.into_iter().map(ShiftDto::from).collect(),
            written_at: row.at,
            written_by_name: row
                .by
                .parse()
                .map_or(row.by.clone(), |by| register.name_of(&by).to_owned()),
            may_write: session.may(Action::ManageRoster, &subject),
        })
    }
}

fn on_duty(register: &Register, person: &PersonId) -> OnDutyDto {
    let known = register.people.get(person);
    OnDutyDto {
        person: person.to_string(),
        name: register.name_of(person).to_owned(),
        phone: known.map_or(String::new(), |known| known.phone.clone()),
    }
}

fn subject_name(register: &Register, roster: &Roster) -> String {
    let subject = &roster.subject;
    let found = match roster.place {
        Place::Terminal => subject
            .parse()
            .ok()
            .and_then(|id| register.terminals.get(&id))
            .map(|terminal| terminal.name.clone()),
        Place::Site => subject
            .parse()
            .ok()
            .and_then(|id| register.sites.get(&id))
            .map(|site| site.name.clone()),
        Place::Provider => Some(register.org_name(&roster.provider).to_owned()),
    };
    found.unwrap_or_else(|| subject.clone())
}

/// Whether the provider maintains what the roster is for.
fn must_be_maintained(
    register: &Register,
    provider: &OrgId,
    place: PlaceDto,
    subject: &str,
) -> Result<(), ApiError> {
    let mut own = register
        .terminals
        .values()
        .filter(|terminal| terminal.provider == *provider);
    let is_own = match place {
        PlaceDto::Terminal => own.any(|terminal| terminal.id.as_str() == subject),
        PlaceDto::Site => own.any(|terminal| terminal.site.as_str() == subject),
        PlaceDto::Provider => provider.as_str() == subject,
    };
    if is_own {
        Ok(())
    } else {
        Err(ApiError::not_found(
            "由本单位运维的终端或点位",
            "terminal or site that you maintain,",
            subject,
        ))
    }
}

/// Whether everybody it names is a person of the provider.
fn must_be_known(register: &Register, roster: &Roster) -> Result<(), ApiError> {
    let is_own = |person: &PersonId| {
        let person = register.people.get(person);
        person.is_some_and(|person| person.org == roster.provider)
    };
    match roster.people().find(|person| !is_own(person)) {
        None => Ok(()),
        Some(person) => Err(ApiError::unprocessable(
            "not_of_the_provider",
            format!("{person} 不是本单位人员。请重新选择。"),
            format!("{person} is nobody of your organisation. Choose again."),
        )),
    }
}

fn roster_of(
    provider: &OrgId,
    place: PlaceDto,
    subject: String,
    draft: RosterDraftDto,
) -> Result<Roster, ApiError> {
    let person = |id: String| crate::reports::person_id(&id);
    let mut shifts = Vec::with_capacity(draft.shifts.len().min(100));
    for shift in draft.shifts {
        shifts.push(Shift {
            days: shift.days.into(),
            from_minute: shift.from_minute,
            to_minute: shift.to_minute,
            person: person(shift.person)?,
            deputy: shift.deputy.map(person).transpose()?,
        });
    }
    let rung = |rung: Vec<String>| rung.into_iter().map(person).collect::<Result<Vec<_>, _>>();
    Ok(Roster {
        provider: provider.clone(),
        place: place.into(),
        subject,
        version: draft.version.saturating_add(1),
        shifts,
        ladder: draft
            .ladder
            .into_iter()
            .map(rung)
            .collect::<Result<_, _>>()?,
    })
}

impl From<Shift> for ShiftDto {
    fn from(shift: Shift) -> Self {
        Self {
            days: match shift.days {
                Days::Every => DaysDto::Every,
                Days::Working => DaysDto::Working,
                Days::Off => DaysDto::Off,
            },
            from_minute: shift.from_minute,
            to_minute: shift.to_minute,
            person: shift.person.to_string(),
            deputy: shift.deputy.map(String::from),
        }
    }
}

impl From<DaysDto> for Days {
    fn from(days: DaysDto) -> Self {
        match days {
            DaysDto::Every => Days::Every,
            DaysDto::Working => Days::Working,
            DaysDto::Off => Days::Off,
        }
    }
}

impl From<PlaceDto> for Place {
    fn from(place: PlaceDto) -> Self {
        match place {
            PlaceDto::Terminal => Place::Terminal,
            PlaceDto::Site => Place::Site,
            PlaceDto::Provider => Place::Provider,
        }
    }
}

impl From<Place> for PlaceDto {
    fn from(place: Place) -> Self {
        match place {
            Place::Terminal => PlaceDto::Terminal,
            Place::Site => PlaceDto::Site,
            Place::Provider => PlaceDto::Provider,
        }
    }
}
