//! People as others may see them: name, role, organisation, phone; never login or password.

use domain::actor::Role;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::register::{Person, Register};
use crate::state::SharedApp;

/// What a person does in the process of the standard (11.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "Role", rename_all = "snake_case")]
pub enum RoleDto {
    Technician,
    Dispatcher,
    ProviderManager,
    SiteManager,
    DistrictAuthority,
    CityAuthority,
    Auditor,
    Hotline,
    Admin,
    Integration,
}

impl From<Role> for RoleDto {
    fn from(role: Role) -> Self {
        match role {
            Role::Technician => RoleDto::Technician,
            Role::Dispatcher => RoleDto::Dispatcher,
            Role::ProviderManager => RoleDto::ProviderManager,
            Role::SiteManager => RoleDto::SiteManager,
            Role::DistrictAuthority => RoleDto::DistrictAuthority,
            Role::CityAuthority => RoleDto::CityAuthority,
            Role::Auditor => RoleDto::Auditor,
            Role::Hotline => RoleDto::Hotline,
            Role::Admin => RoleDto::Admin,
            Role::Integration => RoleDto::Integration,
        }
    }
}

/// A person.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Person")]
pub struct PersonDto {
    pub id: String,
    pub name: String,
    pub role: RoleDto,
    pub org: String,
    pub org_name: String,
    /// Only for district authorities.
    pub district: Option<String>,
    pub phone: String,
}

impl PersonDto {
    /// The person with the name of the organisation.
    pub fn of(person: &Person, register: &Register) -> Self {
        let Person {
            id,
            name,
            role,
            org,
            district,
            phone,
        } = person.clone();
        Self {
            id: id.into(),
            name,
            role: role.into(),
            org_name: register.org_name(&org).to_owned(),
            org: org.into(),
            district: district.map(String::from),
            phone,
        }
    }
}

/// The endpoints of this module.
pub struct PeopleApi(pub SharedApp);

#[OpenApi(tag = "Tag::Register")]
impl PeopleApi {
    /// The people of one's own organisation
    ///
    /// Everybody of the caller's organisation, or only those with one role. Those who look
    /// after all organisations get all people.
    #[oai(path = "/people", method = "get", operation_id = "listPeople")]
    async fn list(
        &self,
        SignedIn(session): SignedIn,
        role: Query<Option<RoleDto>>,
    ) -> Result<Json<Vec<PersonDto>>, ApiError> {
        let register = self.0.register();
        let mut people: Vec<PersonDto> = register
            .people
            .values()
            .filter(|person| session.may_see_person(person))
            .map(|person| PersonDto::of(person, &register))
            .filter(|person| role.0.is_none_or(|role| person.role == role))
            .collect();
        people.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        Ok(Json(people))
    }
}
