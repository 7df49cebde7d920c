//! The duty rosters of the invented city: every provider has its leaders, and one site of each has hours.

use domain::roster::{Days, Place, Roster, Shift};
use domain::sla::policy::Policy;
use store::{RosterRow, Store};

use super::DemoError;
use super::data::City;

/// Provider, dispatcher, manager; a site with who is on duty by day, by night and on days off.
const PROVIDERS: [(&str, [&str; 2], &str, [&str; 3]); 3] = [
    (
        "O-PENGWEI",
        ["dispatch1", "manager1"],
        "S-LU-02",
        ["tech2", "tech3", "tech4"],
    ),
    (
        "O-WANXIN",
        ["dispatch2", "manager2"],
        "S-GM-02",
        ["tech6", "tech7", "tech5"],
    ),
    (
        "O-DONGBU",
        ["dispatch3", "manager3"],
        "S-LG-02",
        ["tech9", "tech10", "tech11"],
    ),
];

const NINE: u16 = 9 * 60;
const SIX: u16 = 18 * 60;

/// Writes the first version of each.
pub(super) async fn write(store: &Store, city: &City) -> Result<(), DemoError> {
    for (provider, leaders, site, [day, night, off]) in PROVIDERS {
        let person = |login: &str| {
            let person = city.person(login);
            let person = person.ok_or_else(|| DemoError::unknown("person", login))?;
            Ok::<_, DemoError>(person.id.clone())
        };
        let [lead, manager] = [person(leaders[0])?, person(leaders[1])?];
        let shift = |days, from_minute, to_minute, who: &str, deputy: &str| {
            Ok::<_, DemoError>(Shift {
                days,
                from_minute,
                to_minute,
                person: person(who)?,
                deputy: Some(person(deputy)?),
            })
        };
        let hours = vec![
            shift(Days::Working, NINE, SIX, day, night)?,
            shift(Days::Working, SIX, NINE, night, day)?,
            shift(Days::Off, NINE, NINE, off, day)?,
        ];
        let ladder = vec![vec![lead], vec![manager.clone()]];
        let rosters = [
            (Place::Provider, provider, Vec::new(), ladder),
            (Place::Site, site, hours, Vec::new()),
        ];
        for (place, subject, shifts, ladder) in rosters {
            let roster = Roster {
                provider: provider
                    .parse()
                    .map_err(|_| DemoError::unknown("provider", provider))?,
                place,
                subject: subject.to_owned(),
                version: 1,
                shifts,
                ladder,
            };
            let row = RosterRow {
                provider: provider.to_owned(),
                place: crate::intake::rosters::name(place).to_owned(),
                subject: subject.to_owned(),
                version: 1,
                doc: serde_json::to_string(&roster)
                    .map_err(|error| DemoError::unexpected("roster", error))?,
                by: manager.to_string(),
                at: Policy::v2024_10().valid_from.0,
            };
            store.put_roster(row).await?;
        }
    }
    Ok(())
}
