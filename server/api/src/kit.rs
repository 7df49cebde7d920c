//! The kit: all that a phone needs to work for days without a network — the server's key, the
//! policies, the calendar of working days, the terminals and sites it may be sent to, and the
//! people whose names it shows and the hotline. Large and seldom changed, hence ETag and 304.

use std::collections::BTreeMap;

use domain::code::label::LabelRun;
use domain::ids::SiteId;
use domain::register::{Site, Terminal};
use poem_openapi::param::Header;
use poem_openapi::types::Any;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde_json::{Value, json};

use crate::auth::{Session, SignedIn};
use crate::error::ApiError;
use crate::openapi::Tag;
use crate::people::PersonDto;
use crate::raw_json::RawJson;
use crate::register::{Person, Register};
use crate::signer::sha256_hex;
use crate::state::{App, SharedApp};
use crate::terminals::{SiteDto, TerminalDto, placed};

/// A policy: the limits, radii and thresholds by which work orders are judged.
#[derive(Debug, Object)]
pub struct PolicyEntry {
    /// SHA-256 of the policy's canonical form; work orders name it.
    pub digest: String,
    /// From when on work orders are born under it, ms since 1970 UTC.
    pub valid_from: i64,
    /// The policy itself, as the rules read it.
    pub policy: Any<Value>,
}

/// Everything a phone keeps.
#[derive(Debug, Object)]
pub struct Kit {
    /// The server's first public key, SubjectPublicKeyInfo in base64; always the same.
    pub server_key: String,
    /// The changes of key since, in their order: envelopes that old and new key have signed.
    pub key_changes: Any<Value>,
    pub policies: Vec<PolicyEntry>,
    /// Days that are not worked although they are weekdays, and the reverse, as the rules read it.
    pub calendar: Any<Value>,
    pub terminals: Vec<TerminalDto>,
    pub sites: Vec<SiteDto>,
    /// The version of each of these sites; where a work order names another one, `getPlace` has what counts for it.
    pub site_versions: Any<Value>,
    /// Print runs of the labels on these terminals, revoked ones too, as the rules read them.
    pub label_runs: Any<Value>,
    /// People of the own organisation.
    pub contacts: Vec<PersonDto>,
    /// The number to call when something is unclear, or when there is no network.
    pub hotline: String,
    /// The same as the ETag header, without quotes.
    pub etag: String,
}

/// The kit, or nothing if the phone has it already.
#[derive(ApiResponse)]
pub enum KitResponse {
    /// The kit.
    #[oai(status = 200)]
    Kit(
        RawJson<Kit>,
        #[oai(header = "ETag")] String,
        #[oai(header = "Cache-Control")] String,
    ),
    /// It has not changed since `If-None-Match`.
    #[oai(status = 304)]
    NotModified(#[oai(header = "ETag")] String),
}

/// The endpoints of this module.
pub struct KitApi(pub SharedApp);

#[OpenApi(tag = "Tag::Kit")]
impl KitApi {
    /// What a phone needs offline
    ///
    /// Technicians get the terminals and sites that their own organisation maintains.
    #[oai(path = "/kit", method = "get", operation_id = "getKit")]
    async fn show(
        &self,
        SignedIn(session): SignedIn,
        /// The ETag of the kit at hand.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> Result<KitResponse, ApiError> {
        let mut kit = contents(&self.0, &session)?;
        let etag = sha256_hex(kit.to_string().as_bytes())[..32].to_owned();
        let quoted = format!("\"{etag}\"");
        if if_none_match.0.is_some_and(|known| names(&known, &quoted)) {
            return Ok(KitResponse::NotModified(quoted));
        }
        kit["etag"] = etag.into();
        let rule = "private, no-cache".to_owned();
        Ok(KitResponse::Kit(
            RawJson::new(kit.to_string()),
            quoted,
            rule,
        ))
    }
}

/// Whether `If-None-Match` names this ETag; weak or strong makes no difference for reading.
fn names(if_none_match: &str, etag: &str) -> bool {
    if_none_match
        .split(',')
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
}

/// In a fixed order, so that the same register always gives the same ETag.
fn contents(app: &App, session: &Session) -> Result<Value, ApiError> {
    let register = app.register();
    let (terminals, sites) = places(&register, session);
    let is_near = |run: &&LabelRun| {
        terminals
            .iter()
            .any(|terminal| run.is_for(&terminal.provider))
    };
    let label_runs: Vec<&LabelRun> = register.label_runs.iter().filter(is_near).collect();
    let mut policies: Vec<Value> = register
        .policies
        .iter()
        .map(|(digest, (valid_from, policy))| {
            json!({ "digest": digest, "valid_from": valid_from, "policy": policy })
        })
        .collect();
    policies.sort_unstable_by_key(|policy| {
        (policy["valid_from"].as_i64(), policy["digest"].to_string())
    });
    let mut people: Vec<&Person> = register
        .people
        .values()
        .filter(|person| person.org == session.actor.org)
        .collect();
    people.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let contacts: Vec<Value> = people
        .iter()
        .map(|person| contact(person, &register))
        .collect();
    let site_versions: BTreeMap<&SiteId, Option<u32>> = sites
        .iter()
        .map(|site| (&site.id, register.site_version(&site.id)))
        .collect();
    Ok(json!({
        "site_versions": site_versions,
        "server_key": app.signer.first().spki_base64(),
        "key_changes": app.signer.changes().iter().map(|it| it.envelope.to_value()).collect::<Vec<_>>(),
        "policies": policies,
        "calendar": register.calendar,
        "terminals": terminals,
        "sites": sites,
        "label_runs": label_runs,
        "contacts": contacts,
        "hotline": app.config.hotline,
    }))
}

fn places<'a>(register: &'a Register, session: &Session) -> (Vec<&'a Terminal>, Vec<&'a Site>) {
    let mut pairs: Vec<(&Terminal, &Site)> = placed(register)
        .filter(|(terminal, site)| session.may_see_place(terminal, site))
        .collect();
    pairs.sort_unstable_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let terminals = pairs.iter().map(|(terminal, _)| *terminal).collect();
    let mut sites: Vec<&Site> = pairs.into_iter().map(|(_, site)| site).collect();
    sites.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    sites.dedup_by(|a, b| a.id == b.id);
    (terminals, sites)
}

fn contact(person: &Person, register: &Register) -> Value {
    let Person {
        id,
        name,
        role,
        org,
        district,
        phone,
    } = person;
    json!({
        "id": id, "name": name, "role": role, "org": org,
        "org_name": register.org_name(org), "district": district, "phone": phone,
    })
}
