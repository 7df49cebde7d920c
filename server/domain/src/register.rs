//! The register's facts that a judgement needs: which terminal stands where, who looks after it,
//! how large its fence is (6 a, 6 d, A15, A17). The form is the one the phone receives. Keeping
//! the register, with its history, is the store's business.

use serde::{Deserialize, Serialize};

use crate::geo::Position;
use crate::ids::{District, OrgId, PersonId, SiteId, TerminalId};

/// A self-service terminal 自助终端 as one version of the register knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminal {
    pub id: TerminalId,
    pub site: SiteId,
    pub model: String,
    pub name: String,
    /// Version of this record, from 1; a work order remembers the one it was born under.
    pub version: u32,
    /// WGS-84, degrees × 10⁷, surveyed on the spot (A18).
    pub lat_e7: i64,
    /// WGS-84, degrees × 10⁷.
    pub lng_e7: i64,
    /// Fence radius of this terminal; none means the site's.
    pub radius_cm: Option<i64>,
    /// The organisation that maintains it.
    pub provider: OrgId,
    /// The authority in charge of it 主管单位.
    pub authority: OrgId,
}

/// A place where terminals stand 点位.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    pub id: SiteId,
    pub district: District,
    pub name: String,
    pub address: String,
    /// WGS-84, degrees × 10⁷.
    pub lat_e7: i64,
    /// WGS-84, degrees × 10⁷.
    pub lng_e7: i64,
    /// Fence radius for the site's terminals; none means the policy's.
    pub radius_cm: Option<i64>,
    pub phone: String,
    /// Opening hours as people write them.
    pub hours: String,
    /// Who may evaluate and sign 现场设备管理人员 (9.4, 11.1 d).
    pub managers: Vec<Manager>,
    /// The unit in charge of the site.
    pub unit: OrgId,
}

/// A site manager whom the register names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manager {
    pub person: PersonId,
    pub name: String,
}

impl Terminal {
    /// Where it stands.
    pub fn position(&self) -> Position {
        Position {
            lat_e7: self.lat_e7,
            lng_e7: self.lng_e7,
        }
    }

    /// The fence around it in cm: its own, else its site's, else the policy's (A17).
    pub fn fence_radius_cm(&self, site: &Site, default_cm: i64) -> i64 {
        self.radius_cm.or(site.radius_cm).unwrap_or(default_cm)
    }
}

impl Site {
    /// Whether the register names this person as a manager of the site.
    pub fn is_managed_by(&self, person: &PersonId) -> bool {
        self.managers
            .iter()
            .any(|manager| manager.person == *person)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn terminal() -> Terminal {
        serde_json::from_value(json!({
            "id": "SZ-FT-012344", "site": "S-FT-01", "model": "ZT-200", "name": "一号自助终端", "version": 3,
            "lat_e7": 225_430_000, "lng_e7": 1_140_580_000, "radius_cm": null,
            "provider": "O-KEDA", "authority": "O-FT-ZWJ",
        }))
        .unwrap()
    }

    fn site() -> Site {
        serde_json::from_value(json!({
            "id": "S-FT-01", "district": "FT", "name": "福田区行政服务大厅", "address": "深南大道", "phone": "0755-00000000",
            "lat_e7": 225_430_000, "lng_e7": 1_140_580_000, "radius_cm": 12_000, "hours": "周一至周五 9:00–18:00",
            "managers": [{"person": "P-0031", "name": "陈静"}], "unit": "O-FT-HALL",
        }))
        .unwrap()
    }

    #[rstest]
    #[case::terminal_first(Some(8_000), Some(12_000), 8_000)]
    #[case::then_site(None, Some(12_000), 12_000)]
    #[case::then_policy(None, None, 15_000)]
    fn the_nearest_stated_radius_counts(
        #[case] of_terminal: Option<i64>,
        #[case] of_site: Option<i64>,
        #[case] radius_cm: i64,
    ) {
        let terminal = Terminal {
            radius_cm: of_terminal,
            ..terminal()
        };
        let site = Site {
            radius_cm: of_site,
            ..site()
        };
        assert_eq!(terminal.fence_radius_cm(&site, 15_000), radius_cm);
    }

    #[test]
    fn only_registered_managers_manage_a_site() {
        assert!(site().is_managed_by(&"P-0031".parse().unwrap()));
        assert!(!site().is_managed_by(&"P-0012".parse().unwrap()));
    }
}
