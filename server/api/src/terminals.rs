//! Looking terminals up: the desk types part of a number or name, a phone asks for one, the
//! public page has six digits. The register itself is in memory ([`crate::register`]).

use domain::ids::TerminalId;
use domain::register::{Manager, Site, Terminal};
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use crate::auth::SignedIn;
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::register::Register;
use crate::state::SharedApp;

/// Most terminals in one answer.
const FOUND_MAX: usize = 50;

/// A self-service terminal 自助终端.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Terminal")]
pub struct TerminalDto {
    pub id: String,
    pub site: String,
    pub model: String,
    pub name: String,
    /// Version of this record, from 1.
    pub version: u32,
    /// WGS-84, degrees × 10⁷.
    pub lat_e7: i64,
    /// WGS-84, degrees × 10⁷.
    pub lng_e7: i64,
    /// Radius of its own fence; null means the site's.
    pub radius_cm: Option<i64>,
    /// The organisation that maintains it.
    pub provider: String,
    /// The authority in charge 主管单位.
    pub authority: String,
}

impl From<&Terminal> for TerminalDto {
    fn from(terminal: &Terminal) -> Self {
        let Terminal {
            id,
            site,
            model,
            name,
            version,
            lat_e7,
            lng_e7,
            radius_cm,
            provider,
            authority,
        } = terminal.clone();
        Self {
            id: id.into(),
            site: site.into(),
            model,
            name,
            version,
            lat_e7,
            lng_e7,
            radius_cm,
            provider: provider.into(),
            authority: authority.into(),
        }
    }
}

/// Who may evaluate and sign at a site 现场设备管理人员.
#[derive(Debug, Clone, Object)]
#[oai(rename = "SiteManager")]
pub struct ManagerDto {
    pub person: String,
    pub name: String,
}

/// A place where terminals stand 点位.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Site")]
pub struct SiteDto {
    pub id: String,
    /// Two letters, `FT` for 福田.
    pub district: String,
    pub name: String,
    pub address: String,
    /// WGS-84, degrees × 10⁷.
    pub lat_e7: i64,
    /// WGS-84, degrees × 10⁷.
    pub lng_e7: i64,
    /// Radius of the fence; null means the policy's.
    pub radius_cm: Option<i64>,
    pub phone: String,
    /// Opening hours as people write them.
    pub hours: String,
    pub managers: Vec<ManagerDto>,
    /// The unit in charge of the site.
    pub unit: String,
}

impl From<&Site> for SiteDto {
    fn from(site: &Site) -> Self {
        let Site {
            id,
            district,
            name,
            address,
            lat_e7,
            lng_e7,
            radius_cm,
            phone,
            hours,
            managers,
            unit,
        } = site.clone();
        let manager = |Manager { person, name }| ManagerDto {
            person: person.into(),
            name,
        };
        Self {
            id: id.into(),
            district: district.into(),
            name,
            address,
            lat_e7,
            lng_e7,
            radius_cm,
            phone,
            hours,
            managers: managers.into_iter().map(manager).collect(),
            unit: unit.into(),
        }
    }
}

/// A terminal with the place it stands at.
#[derive(Debug, Clone, Object)]
pub struct PlacedTerminal {
    pub terminal: TerminalDto,
    pub site_name: String,
    pub district: String,
    /// Name of the organisation that maintains it.
    pub provider_name: String,
}

/// Terminals matching a search.
#[derive(Debug, Clone, Object)]
pub struct TerminalList {
    /// At most 50, by number.
    pub items: Vec<PlacedTerminal>,
    /// How many match in all.
    pub total: usize,
}

/// The endpoints of this module.
pub struct TerminalsApi(pub SharedApp);

#[OpenApi(tag = "Tag::Register")]
impl TerminalsApi {
    /// Find terminals
    ///
    /// By part of the number, of the terminal's name, of the site's name or its address.
    /// Technicians find those that their own organisation maintains, others those in their care.
    #[oai(path = "/terminals", method = "get", operation_id = "findTerminals")]
    async fn find(
        &self,
        SignedIn(session): SignedIn,
        /// What to look for; empty finds all.
        #[oai(default, validator(max_length = 100))]
        q: Query<String>,
    ) -> Result<Json<TerminalList>, ApiError> {
        let register = self.0.register();
        let wanted = q.0.trim().to_lowercase();
        let mut found: Vec<(&Terminal, &Site)> = placed(&register)
            .filter(|(terminal, site)| session.may_see_place(terminal, site))
            .filter(|(terminal, site)| matches(terminal, site, &wanted))
            .collect();
        found.sort_unstable_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        let total = found.len();
        let items = found
            .into_iter()
            .take(FOUND_MAX)
            .map(|pair| placed_dto(&register, pair))
            .collect();
        Ok(Json(TerminalList { items, total }))
    }
}

fn placed_dto(register: &Register, (terminal, site): (&Terminal, &Site)) -> PlacedTerminal {
    PlacedTerminal {
        terminal: terminal.into(),
        site_name: site.name.clone(),
        district: site.district.to_string(),
        provider_name: register.org_name(&terminal.provider).to_owned(),
    }
}

fn matches(terminal: &Terminal, site: &Site, wanted: &str) -> bool {
    [
        terminal.id.as_str(),
        &terminal.name,
        &site.name,
        &site.address,
    ]
    .iter()
    .any(|text| text.to_lowercase().contains(wanted))
}

/// Every terminal with its site, in no order.
pub fn placed(register: &Register) -> impl Iterator<Item = (&Terminal, &Site)> {
    register
        .terminals
        .values()
        .filter_map(|terminal| Some((terminal, register.sites.get(&terminal.site)?)))
}

/// The terminal with this id, or with these six digits (unique in the whole city).
pub fn find_terminal<'a>(register: &'a Register, text: &str) -> Option<(&'a Terminal, &'a Site)> {
    let text = text.trim().to_uppercase();
    let terminal = match text.parse::<TerminalId>() {
        Ok(id) if register.terminals.contains_key(&id) => register.terminals.get(&id),
        Ok(_) if text.len() == 6 => register
            .terminals
            .values()
            .find(|terminal| terminal.id.digits() == Some(&text)),
        _ => None,
    }?;
    Some((terminal, register.sites.get(&terminal.site)?))
}
