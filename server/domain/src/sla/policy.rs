//! The policy: every number and every reading of the standard that a judgement uses, under one
//! version with a valid-from date (1.6 of the requirements, A1–A21). A work order is judged for
//! ever by the policy it was born under, so a policy is never changed, only followed by another.

use serde::{Deserialize, Serialize};

use crate::canonical::digest_of;
use crate::event::{Mode, RepairClass, ResponseKind};
use crate::fault::Level;
use crate::ids::Digest;
use crate::interval::Tolerance;
use crate::interval::external::ExternalTolerance;
use crate::presence::PresenceResult;
use crate::retention::MONTHS;
use crate::sla::clock::{Clause, Grade};
use crate::sla::escalation::LadderPolicy;
use crate::time::Timestamp;

/// Limits, anchors, points and tolerances of one policy version. Unknown members are refused:
/// judging by half a policy would be judging by another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub version: String,
    pub valid_from: Timestamp,
    pub response: ResponsePolicy,
    pub arrival: ArrivalPolicy,
    pub repair: RepairPolicy,
    /// Minutes after receipt without response until the leader must respond (9.2 b, A7).
    pub escalation_minutes: u32,
    /// Warnings, and the leaders after the first.
    #[serde(default, skip_serializing_if = "LadderPolicy::is_default")]
    pub ladder: LadderPolicy,
    /// Which of the time grades gives the verdict that counts.
    pub counted_grade: Grade,
    /// Fence radius where neither terminal nor site states one (A17).
    pub fence_radius_cm: i64,
    pub presence: PresencePolicy,
    /// How far two honest clocks may stand apart at a receipt.
    pub epsilon_ms: i64,
    /// How much too fast a phone's monotonic clock may run, parts per million.
    pub rho_ppm: i64,
    /// Error of a witness's clock, milliseconds.
    pub external_epsilon_ms: i64,
    /// How long a receipt may take into a witnessed checkpoint and still be believed.
    pub merge_delay_ms: i64,
    /// How far the server's clock may be ahead of a witness's.
    pub clock_skew_ms: i64,
    /// Working days after which a work order closes without evaluation (A16).
    pub evaluation_timeout_workdays: u16,
    /// Months for which positions and handwriting are kept after the evaluation. Policies from before it was
    /// a member keep their names: the usual number is not written.
    #[serde(
        default = "retention_months",
        skip_serializing_if = "is_usual_retention"
    )]
    pub retention_months: u32,
}

fn retention_months() -> u32 {
    MONTHS
}

fn is_usual_retention(months: &u32) -> bool {
    *months == MONTHS
}

/// From when a limit runs (A1, A9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The platform received the fault report.
    Received,
    /// A technician was assigned.
    Assigned,
    /// The responsible person responded.
    Responded,
    /// The technician arrived on site.
    Arrived,
}

/// 9.2 a, first half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponsePolicy {
    pub severe_minutes: u32,
    pub general_minutes: u32,
    pub anchor: Anchor,
    /// Acts that count as a response (A2).
    pub kinds: Vec<ResponseKind>,
}

/// 9.2 a, second half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArrivalPolicy {
    pub limit_minutes: u32,
    pub anchor: Anchor,
    /// The least presence with which a check-in counts as an arrival (A3).
    pub presence_min: PresenceResult,
}

/// 9.3 a and b.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepairPolicy {
    pub remote: RepairLimits,
    pub remote_anchor: Anchor,
    pub on_site: RepairLimits,
    pub on_site_anchor: Anchor,
}

/// Minutes for each class of repair (A8); none where the standard only says "as soon as possible".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepairLimits {
    pub ordinary: Option<u32>,
    pub program: Option<u32>,
    pub department_interface: Option<u32>,
    pub hardware_part: Option<u32>,
    pub whole_machine: Option<u32>,
}

/// Points and tolerances of the presence judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresencePolicy {
    /// A number that was typed, or stands on a label without signature: whoever knows the number
    /// can make it.
    pub unsigned_code_points: i32,
    /// A signed label: whoever has seen it can copy it.
    pub label_points: i32,
    /// A rotating code on the terminal's screen.
    pub screen_points: i32,
    /// A step of the terminal's screen without network.
    pub step_points: i32,
    /// A tap of the terminal's tag.
    pub tap_points: i32,
    /// A rotating code on the site manager's own phone.
    pub manager_phone_points: i32,
    pub inside_points: i32,
    pub uncertain_points: i32,
    pub outside_points: i32,
    pub no_fix_points: i32,
    pub implausible_points: i32,
    pub manager_points: i32,
    pub impossible_speed_points: i32,
    /// Least points of each result.
    pub strong_min: i32,
    pub adequate_min: i32,
    pub weak_min: i32,
    /// Scan, fixes and check-in must lie within this time of one page load.
    pub together_ms: i64,
    /// Fewer usable fixes than this are a doubt.
    pub fixes_min: u32,
    /// Fixes that do not move at all for this long are implausible.
    pub frozen_ms: i64,
    /// An accuracy of this much or less is implausible.
    pub accuracy_cm_min: i64,
    /// An accuracy of more than this is implausible.
    pub accuracy_cm_max: i64,
    pub speed_km_h_max: i64,
    /// A rotating code may be this old when it is scanned.
    pub screen_age_ms: i64,
    /// So far outside the scan's interval may a step of a screen without network lie.
    pub step_slack_ms: i64,
}

/// What a repair is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepairTarget {
    pub limit_minutes: Option<u32>,
    pub anchor: Anchor,
    pub clause: Clause,
}

impl Policy {
    /// The standard as it stands since 2024-10-01, with this project's reading of what it leaves
    /// open.
    pub fn v2024_10() -> Self {
        use ResponseKind::{Accepted, Called, Messaged, RemoteDiagnosis};
        let remote = RepairLimits {
            ordinary: Some(2 * 60),
            program: Some(8 * 60),
            department_interface: None,
            hardware_part: Some(48 * 60),
            whole_machine: Some(5 * 24 * 60),
        };
        // 9.3 b knows no program class: on site such a repair is an ordinary one.
        let on_site = RepairLimits {
            ordinary: Some(12 * 60),
            program: Some(12 * 60),
            ..remote
        };
        Self {
            version: "2024-10".to_owned(),
            // 2024-10-01 00:00 in Shenzhen.
            valid_from: Timestamp(1_727_712_000_000),
            response: ResponsePolicy {
                severe_minutes: 10,
                general_minutes: 60,
                anchor: Anchor::Received,
                kinds: vec![Accepted, Called, Messaged, RemoteDiagnosis],
            },
            arrival: ArrivalPolicy {
                limit_minutes: 180,
                anchor: Anchor::Received,
                presence_min: PresenceResult::Adequate,
            },
            repair: RepairPolicy {
                remote,
                remote_anchor: Anchor::Received,
                on_site,
                on_site_anchor: Anchor::Arrived,
            },
            escalation_minutes: 60,
            ladder: LadderPolicy::default(),
            counted_grade: Grade::Server,
            fence_radius_cm: 15_000,
            presence: PresencePolicy {
                unsigned_code_points: 10,
                label_points: 15,
                screen_points: 45,
                step_points: 35,
                tap_points: 50,
                manager_phone_points: 25,
                inside_points: 30,
                uncertain_points: 10,
                outside_points: -40,
                no_fix_points: 0,
                implausible_points: -15,
                manager_points: 5,
                impossible_speed_points: -50,
                strong_min: 70,
                adequate_min: 40,
                weak_min: 15,
                together_ms: 120_000,
                fixes_min: 3,
                frozen_ms: 10_000,
                accuracy_cm_min: 100,
                accuracy_cm_max: 50_000,
                speed_km_h_max: 120,
                screen_age_ms: 60_000,
                step_slack_ms: 90_000,
            },
            epsilon_ms: 1_000,
            rho_ppm: 1_000,
            external_epsilon_ms: 5_000,
            merge_delay_ms: 600_000,
            clock_skew_ms: 30_000,
            evaluation_timeout_workdays: 3,
            retention_months: MONTHS,
        }
    }

    /// The name under which work orders remember this policy: SHA-256 of its canonical text.
    pub fn digest(&self) -> Digest {
        digest_of(self).expect("a policy holds only small integers and texts")
    }

    /// How exact the clocks of server and phone are taken to be.
    pub fn tolerance(&self) -> Tolerance {
        Tolerance {
            epsilon_ms: self.epsilon_ms,
            rho_ppm: self.rho_ppm,
        }
    }

    /// How exact the clocks of server and witnesses are taken to be.
    pub fn external_tolerance(&self) -> ExternalTolerance {
        ExternalTolerance {
            epsilon_ms: self.epsilon_ms,
            external_epsilon_ms: self.external_epsilon_ms,
            merge_delay_ms: self.merge_delay_ms,
            clock_skew_ms: self.clock_skew_ms,
        }
    }

    /// Minutes within which a fault of this level must be responded to (9.2 a).
    pub fn response_minutes(&self, level: Level) -> u32 {
        match level {
            Level::Severe => self.response.severe_minutes,
            Level::General => self.response.general_minutes,
        }
    }

    /// The limit for this kind of repair (9.3 a for remote, 9.3 b for on-site work). Replacing a
    /// part or a machine is on-site work by nature, so its limit is that of 9.3 b either way.
    pub fn repair_target(&self, mode: Mode, class: RepairClass) -> RepairTarget {
        let (limits, anchor) = match mode {
            Mode::Remote => (&self.repair.remote, self.repair.remote_anchor),
            Mode::OnSite => (&self.repair.on_site, self.repair.on_site_anchor),
        };
        let limit_minutes = match class {
            RepairClass::Ordinary => limits.ordinary,
            RepairClass::Program => limits.program,
            RepairClass::DepartmentInterface => limits.department_interface,
            RepairClass::HardwarePart => limits.hardware_part,
            RepairClass::WholeMachine => limits.whole_machine,
        };
        let clause = match (mode, class) {
            (_, RepairClass::HardwarePart | RepairClass::WholeMachine) => Clause::RepairOnSite,
            (_, RepairClass::DepartmentInterface) | (Mode::Remote, _) => Clause::RepairRemote,
            (Mode::OnSite, _) => Clause::RepairOnSite,
        };
        RepairTarget {
            limit_minutes,
            anchor,
            clause,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_policy_that_says_nothing_of_retention_keeps_its_name() {
        let policy = Policy::v2024_10();
        let text = serde_json::to_string(&policy).unwrap();
        assert!(!text.contains("retention"), "{text}");
        let read: Policy = serde_json::from_str(&text).unwrap();
        assert_eq!(read.retention_months, 24);
        let other = Policy {
            retention_months: 12,
            ..policy.clone()
        };
        assert_ne!(other.digest(), policy.digest());
        let text = serde_json::to_string(&other).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), other);
    }

    #[rstest]
    #[case::remote_ordinary(
        Mode::Remote,
        RepairClass::Ordinary,
        Some(120),
        Anchor::Received,
        Clause::RepairRemote
    )]
    #[case::remote_program(
        Mode::Remote,
        RepairClass::Program,
        Some(480),
        Anchor::Received,
        Clause::RepairRemote
    )]
    #[case::interface(
        Mode::Remote,
        RepairClass::DepartmentInterface,
        None,
        Anchor::Received,
        Clause::RepairRemote
    )]
    #[case::on_site_ordinary(
        Mode::OnSite,
        RepairClass::Ordinary,
        Some(720),
        Anchor::Arrived,
        Clause::RepairOnSite
    )]
    #[case::on_site_program(
        Mode::OnSite,
        RepairClass::Program,
        Some(720),
        Anchor::Arrived,
        Clause::RepairOnSite
    )]
    #[case::part(
        Mode::OnSite,
        RepairClass::HardwarePart,
        Some(2_880),
        Anchor::Arrived,
        Clause::RepairOnSite
    )]
    #[case::machine(
        Mode::OnSite,
        RepairClass::WholeMachine,
        Some(7_200),
        Anchor::Arrived,
        Clause::RepairOnSite
    )]
    #[case::part_by_phone(
        Mode::Remote,
        RepairClass::HardwarePart,
        Some(2_880),
        Anchor::Received,
        Clause::RepairOnSite
    )]
    fn repair_limits_are_those_of_9_3(
        #[case] mode: Mode,
        #[case] class: RepairClass,
        #[case] limit_minutes: Option<u32>,
        #[case] anchor: Anchor,
        #[case] clause: Clause,
    ) {
        let target = Policy::v2024_10().repair_target(mode, class);
        assert_eq!(
            target,
            RepairTarget {
                limit_minutes,
                anchor,
                clause
            }
        );
    }

    #[test]
    fn response_limits_are_those_of_9_2() {
        let policy = Policy::v2024_10();
        assert_eq!(policy.response_minutes(Level::Severe), 10);
        assert_eq!(policy.response_minutes(Level::General), 60);
        assert_eq!(
            (policy.arrival.limit_minutes, policy.escalation_minutes),
            (180, 60)
        );
    }

    #[test]
    fn the_digest_names_every_number() {
        let policy = Policy::v2024_10();
        let mut other = policy.clone();
        other.presence.together_ms += 1;
        assert_eq!(policy.digest(), Policy::v2024_10().digest());
        assert_ne!(policy.digest(), other.digest());
    }

    #[test]
    fn a_policy_survives_the_wire_and_half_a_policy_is_refused() {
        let policy = Policy::v2024_10();
        let mut value = serde_json::to_value(&policy).unwrap();
        assert_eq!(
            serde_json::from_value::<Policy>(value.clone())
                .unwrap()
                .digest(),
            policy.digest()
        );
        assert_eq!(value["counted_grade"], "server");
        assert_eq!(value["arrival"]["presence_min"], "adequate");
        value["arrival"]["grace_minutes"] = 30.into();
        assert!(serde_json::from_value::<Policy>(value.clone()).is_err());
        value["arrival"].as_object_mut().unwrap().clear();
        assert!(serde_json::from_value::<Policy>(value).is_err());
    }
}
