use rstest::rstest;

use super::*;
use crate::geo::{Crs, FixSource, Position};
use crate::ids::EventId;
use crate::time::{Millis, Timestamp};

const HERE: Position = Position {
    lat_e7: 225_430_000,
    lng_e7: 1_140_580_000,
};
/// The check-in's monotonic clock.
const MONO: i64 = 1_000_000;
/// One metre north, in ten-millionths of a degree.
const METRE_E7: i64 = 90;

fn terminal() -> Terminal {
    Terminal {
        id: "SZ-FT-012344".parse().unwrap(),
        site: "S-FT-01".parse().unwrap(),
        model: "ZT-200".into(),
        name: "一号自助终端".into(),
        version: 1,
        lat_e7: HERE.lat_e7,
        lng_e7: HERE.lng_e7,
        radius_cm: None,
        provider: "O-KEDA".parse().unwrap(),
        authority: "O-FT-ZWJ".parse().unwrap(),
    }
}

fn site() -> Site {
    Site {
        id: "S-FT-01".parse().unwrap(),
        district: "FT".parse().unwrap(),
        name: "福田区行政服务大厅".into(),
        address: "深南大道".into(),
        lat_e7: HERE.lat_e7,
        lng_e7: HERE.lng_e7,
        radius_cm: None,
        phone: String::new(),
        hours: String::new(),
        managers: Vec::new(),
        unit: "O-FT-HALL".parse().unwrap(),
    }
}

/// A reading so many metres north of the terminal, so many milliseconds before the check-in.
fn fix(north_m: i64, acc_cm: i64, before_ms: i64) -> Fix {
    Fix {
        lat_e7: HERE.lat_e7 + north_m * METRE_E7,
        lng_e7: HERE.lng_e7,
        acc_cm,
        ts: Timestamp(0),
        mono: MONO - before_ms,
        src: FixSource::Gnss,
        crs: Crs::Wgs84,
    }
}

fn burst(north_m: i64, acc_cm: i64) -> Vec<Fix> {
    vec![
        fix(north_m, acc_cm + 900, 9_000),
        fix(north_m, acc_cm, 5_000),
        fix(north_m + 1, acc_cm + 300, 1_000),
    ]
}

/// The same reading again and again for ten seconds less this much.
fn recording(short_by_ms: i64) -> Vec<Fix> {
    vec![
        fix(5, 1_200, 12_000),
        fix(5, 1_300, 7_000),
        fix(5, 1_400, 2_000 + short_by_ms),
    ]
}

struct Case {
    named: TerminalId,
    scanned: Option<TerminalId>,
    method: ScanMethod,
    scan_sid: SessionId,
    scan_before_ms: i64,
    has_scan: bool,
    fixes: Vec<Fix>,
    no_fix: Option<NoFix>,
    manager: bool,
    prior: Option<PriorLocation>,
    interval: Option<Interval>,
    terminal: Terminal,
    text: String,
    finding: Option<Finding>,
    /// When the scan happened, and its earliest moment by the phone's own clock.
    scan_span: Interval,
    scanned_earliest: Timestamp,
    followed_by: Option<Timestamp>,
    /// A second code: what the server found out about it.
    besides: Option<Finding>,
}

/// Scan by camera ten seconds before, three good readings inside.
fn good() -> Case {
    Case {
        named: terminal().id,
        scanned: Some(terminal().id),
        method: ScanMethod::Camera,
        scan_sid: SessionId([1; 8]),
        scan_before_ms: 10_000,
        has_scan: true,
        fixes: burst(20, 1_200),
        no_fix: None,
        manager: false,
        prior: None,
        interval: Some(at(0, 60)),
        terminal: terminal(),
        text: "https://x/t/SZ-FT-012344?k=1&s=…".into(),
        finding: Some(label()),
        scan_span: at(0, 60),
        scanned_earliest: at(0, 60).earliest,
        followed_by: None,
        besides: None,
    }
}

fn label() -> Finding {
    Finding::Label {
        terminal: terminal().id,
        run: 1,
        is_stale: false,
        revoked_at: None,
    }
}

/// Seconds around some hour.
fn at(earliest_s: i64, latest_s: i64) -> Interval {
    let instant = |seconds: i64| Timestamp(1_790_000_000_000 + seconds * 1_000);
    Interval {
        earliest: instant(earliest_s),
        latest: instant(latest_s),
    }
}

fn judge(case: &Case) -> Presence {
    let scan = ScannedCode {
        terminal: case.scanned.as_ref(),
        text: &case.text,
        method: case.method,
        sid: case.scan_sid,
        mono: MONO - case.scan_before_ms,
        interval: case.scan_span,
        earliest: case.scanned_earliest,
        finding: case.finding.as_ref(),
        followed_by: case.followed_by,
    };
    let besides = case.besides.as_ref().map(|finding| ScannedCode {
        terminal: finding.terminal(),
        text: "",
        finding: Some(finding),
        ..scan
    });
    let facts = PresenceFacts {
        terminal: &case.named,
        sid: SessionId([1; 8]),
        mono: MONO,
        interval: case.interval,
        scan: case.has_scan.then_some(scan),
        others: besides.as_slice(),
        fixes: &case.fixes,
        no_fix: case.no_fix,
        manager_confirmed: case.manager,
        prior: case.prior,
    };
    judge_presence(&facts, &case.terminal, &site(), &Policy::v2024_10())
}

fn codes(presence: &Presence) -> Vec<&'static str> {
    let factors = presence.factors.iter().map(|factor| factor.code.code());
    factors
        .chain(presence.doubts.iter().map(|doubt| doubt.code()))
        .collect()
}

fn other() -> TerminalId {
    TerminalId::from_serial(&"NS".parse().unwrap(), 777)
}

/// The terminal's number, without a signature.
fn unsigned() -> Case {
    Case {
        text: "SZ-FT-012344".into(),
        finding: None,
        ..good()
    }
}

use PresenceResult::{Adequate, Contradicted, None as Nothing, Strong, Weak};

#[rstest]
#[case::sticker_and_position(good(), 45, Adequate, &["signed_label", "gps_inside"])]
#[case::with_the_manager(Case { manager: true, ..good() }, 50, Adequate, &["signed_label", "gps_inside", "manager_confirmed"])]
#[case::typed(Case { method: ScanMethod::Typed, ..unsigned() }, 40, Adequate, &["typed_code", "gps_inside"])]
#[case::unsigned_label(unsigned(), 40, Adequate, &["static_code", "gps_inside"])]
#[case::unsigned_label_below_ground(Case { fixes: vec![], no_fix: Some(NoFix::Basement), ..unsigned() }, 10, Nothing, &["static_code", "gps_none", "no_fix_basement"])]
#[case::photographed_code(Case { method: ScanMethod::Photo, ..good() }, 45, Adequate, &["signed_label", "gps_inside"])]
#[case::no_scan(Case { has_scan: false, ..good() }, 30, Weak, &["gps_inside", "no_scan"])]
#[case::foreign_code(Case { scanned: None, text: "https://example.cn".into(), ..unsigned() }, 30, Weak, &["gps_inside", "code_not_understood"])]
#[case::scan_120_s_before(Case { scan_before_ms: 120_000, ..good() }, 45, Adequate, &["signed_label", "gps_inside"])]
#[case::scan_a_millisecond_more(Case { scan_before_ms: 120_001, ..good() }, 30, Weak, &["gps_inside", "scan_apart"])]
#[case::scan_after_the_check_in(Case { scan_before_ms: -1, ..good() }, 30, Weak, &["gps_inside", "scan_apart"])]
#[case::scan_before_a_reload(Case { scan_sid: SessionId([2; 8]), ..good() }, 30, Weak, &["gps_inside", "scan_other_session"])]
#[case::rough_position(Case { fixes: burst(100, 9_000), ..good() }, 25, Weak, &["signed_label", "gps_uncertain"])]
#[case::outside(Case { fixes: burst(400, 1_200), ..good() }, -25, Nothing, &["signed_label", "gps_outside"])]
#[case::basement(Case { fixes: vec![], no_fix: Some(NoFix::Basement), ..good() }, 15, Weak, &["signed_label", "gps_none", "no_fix_basement"])]
#[case::denied(Case { fixes: vec![], no_fix: Some(NoFix::Denied), ..good() }, 15, Weak, &["signed_label", "gps_none", "no_fix_denied"])]
#[case::silent(Case { fixes: vec![], ..good() }, 15, Weak, &["signed_label", "gps_none", "no_fix_unexplained"])]
#[case::nothing_at_all(Case { fixes: vec![], no_fix: Some(NoFix::Timeout), has_scan: false, ..good() }, 0, Nothing, &["gps_none", "no_scan", "no_fix_timeout"])]
#[case::one_reading(Case { fixes: vec![fix(20, 1_200, 0)], ..good() }, 45, Adequate, &["signed_label", "gps_inside", "few_fixes"])]
#[case::frozen(Case { fixes: recording(0), ..good() }, 30, Weak, &["signed_label", "gps_inside", "fixes_implausible", "fixes_frozen"])]
#[case::not_yet_frozen(Case { fixes: recording(-1).into_iter().map(|fix| Fix { mono: fix.mono.min(MONO - 2_001), ..fix }).collect(), ..good() }, 45, Adequate, &["signed_label", "gps_inside"])]
#[case::accuracy_one_metre(Case { fixes: burst(20, 100), ..good() }, 30, Weak, &["signed_label", "gps_inside", "fixes_implausible", "accuracy_too_good"])]
#[case::accuracy_a_centimetre_more(Case { fixes: burst(20, 101), ..good() }, 45, Adequate, &["signed_label", "gps_inside"])]
#[case::accuracy_nothing(Case { fixes: burst(20, 0), ..good() }, 30, Weak, &["signed_label", "gps_inside", "fixes_implausible", "accuracy_too_good"])]
#[case::accuracy_500_m(Case { fixes: burst(20, 50_000), ..good() }, 25, Weak, &["signed_label", "gps_uncertain"])]
#[case::accuracy_3_km(Case { fixes: burst(20, 300_000), ..good() }, 10, Nothing, &["signed_label", "gps_uncertain", "fixes_implausible", "accuracy_too_poor"])]
#[case::first_one_rough(Case { fixes: [vec![fix(900, 300_000, 9_000)], burst(20, 1_200)].concat(), ..good() }, 45, Adequate, &["signed_label", "gps_inside"])]
#[case::a_simulated_one_among_real_ones(Case { fixes: [vec![fix(2_000, 50, 3_000)], burst(20, 1_200)].concat(), ..good() }, 30, Weak, &["signed_label", "gps_inside", "fixes_implausible", "accuracy_too_good"])]
#[case::impossible_values(Case { fixes: vec![Fix { lat_e7: 910_000_000, ..fix(0, 500, 0) }], ..good() }, 15, Weak, &["signed_label", "gps_none", "fix_invalid"])]
#[case::another_terminals_code(Case { scanned: Some(other()), ..unsigned() }, 30, Contradicted, &["gps_inside", "other_terminal_code"])]
#[case::another_terminals_old_code(Case { scanned: Some(other()), scan_before_ms: 500_000, ..unsigned() }, 30, Contradicted, &["gps_inside", "other_terminal_code", "scan_apart"])]
#[case::checked_in_elsewhere(Case { named: other(), scanned: Some(other()), ..unsigned() }, 30, Contradicted, &["gps_inside", "other_terminal_named", "other_terminal_code"])]
#[case::terminal_without_a_place(Case { terminal: Terminal { lat_e7: 2_254_300_000, ..terminal() }, ..good() }, 15, Weak, &["signed_label", "gps_none", "terminal_unplaced"])]
fn a_check_in_is_judged_by_its_factors(
    #[case] case: Case,
    #[case] points: i32,
    #[case] result: PresenceResult,
    #[case] expected: &[&str],
) {
    let presence = judge(&case);
    assert_eq!(codes(&presence), expected);
    assert_eq!((presence.points, presence.result), (points, result));
}

#[rstest]
#[case::as_old_as_the_scan_allows(130_000, 10_000, true)]
#[case::a_millisecond_older(130_001, 10_000, false)]
#[case::with_the_check_in(0, 10_000, true)]
#[case::after_the_check_in(-1, 10_000, false)]
#[case::scan_unusable_so_by_the_check_in(120_000, 900_000, true)]
#[case::scan_unusable_and_too_old(120_001, 900_000, false)]
fn only_readings_of_this_moment_are_used(
    #[case] before_ms: i64,
    #[case] scan_before_ms: i64,
    #[case] used: bool,
) {
    let presence = judge(&Case {
        fixes: vec![fix(20, 1_200, before_ms)],
        scan_before_ms,
        ..good()
    });
    assert_eq!(
        presence.proximity == Proximity::Inside,
        used,
        "{presence:?}"
    );
    assert_eq!(presence.doubts.contains(&Doubt::FixesApart), !used);
    assert_eq!(presence.distance_cm.is_some(), used);
}

#[test]
fn the_best_reading_is_the_most_accurate_believable_one() {
    let fixes = vec![
        fix(90, 4_000, 3_000),
        fix(20, 1_200, 2_000),
        fix(60, 100, 1_000),
        fix(30, 1_300, 0),
    ];
    let presence = judge(&Case {
        fixes: fixes.clone(),
        ..good()
    });
    assert_eq!(presence.accuracy_cm, Some(1_200));
    let reversed = judge(&Case {
        fixes: fixes.into_iter().rev().collect(),
        ..good()
    });
    assert_eq!(presence, reversed);
}

#[rstest]
#[case::phone_gave_gcj02(Crs::Wgs84, HERE, HERE.to_gcj02(), Proximity::CannotTell, Some(Doubt::CrsSuspect))]
#[case::register_holds_gcj02(Crs::Wgs84, HERE.to_gcj02(), HERE, Proximity::CannotTell, Some(Doubt::CrsSuspect))]
#[case::phone_says_so(Crs::Gcj02, HERE, HERE.to_gcj02(), Proximity::Inside, Some(Doubt::CrsConverted))]
#[case::unlabelled(Crs::Unknown, HERE, HERE.to_gcj02(), Proximity::CannotTell, Some(Doubt::CrsSuspect))]
#[case::as_far_the_other_way(Crs::Wgs84, HERE, Position { lat_e7: HERE.lat_e7, lng_e7: HERE.lng_e7 - 58_000 }, Proximity::Outside, None)]
fn mixed_coordinate_systems_are_noticed(
    #[case] crs: Crs,
    #[case] registered: Position,
    #[case] reported: Position,
    #[case] proximity: Proximity,
    #[case] doubt: Option<Doubt>,
) {
    let placed = |nudge: i64, acc_cm| Fix {
        lat_e7: reported.lat_e7 + nudge,
        lng_e7: reported.lng_e7,
        crs,
        ..fix(0, acc_cm, 1_000)
    };
    let fixes = vec![placed(9, 1_900), placed(0, 1_200), placed(18, 1_500)];
    let terminal = Terminal {
        lat_e7: registered.lat_e7,
        lng_e7: registered.lng_e7,
        ..terminal()
    };
    let presence = judge(&Case {
        fixes,
        terminal,
        ..good()
    });
    assert_eq!(presence.proximity, proximity, "{presence:?}");
    assert_eq!(presence.doubts, doubt.into_iter().collect::<Vec<_>>());
}

/// 5 980 m apart, accuracies 8 m and 12 m: at least 5 960 m to drive, 178.8 s at 120 km/h.
#[rstest]
#[case::just_possible(at(0, 0), Some(at(100, 179)), false)]
#[case::too_fast(at(0, 0), Some(at(100, 178)), true)]
#[case::possible_if_the_earlier_was_early(at(0, 170), Some(at(100, 179)), false)]
#[case::clocks_that_cross(at(500, 500), Some(at(0, 100)), true)]
#[case::not_yet_seen_by_the_server(at(0, 0), None, false)]
fn speed_is_judged_on_the_kindest_reading(
    #[case] before: Interval,
    #[case] interval: Option<Interval>,
    #[case] too_fast: bool,
) {
    let prior = PriorLocation {
        fix: fix(6_020, 800, 0),
        interval: before,
    };
    let presence = judge(&Case {
        prior: Some(prior),
        interval,
        ..good()
    });
    assert_eq!(
        codes(&presence).contains(&"impossible_speed"),
        too_fast,
        "{presence:?}"
    );
    assert_eq!(presence.points, if too_fast { -5 } else { 45 });
}

#[rstest]
#[case(70, PresenceResult::Strong)]
#[case(69, Adequate)]
#[case(40, Adequate)]
#[case(39, Weak)]
#[case(15, Weak)]
#[case(14, Nothing)]
#[case(-65, Nothing)]
fn results_begin_at_their_least_points(#[case] sum: i32, #[case] expected: PresenceResult) {
    assert_eq!(result_of(sum, &Policy::v2024_10().presence), expected);
}

#[test]
fn numbers_come_from_the_policy_and_the_fence_from_the_terminal() {
    let narrow = Case {
        terminal: Terminal {
            radius_cm: Some(3_000),
            ..terminal()
        },
        ..good()
    };
    let presence = judge(&narrow);
    assert_eq!(
        (presence.radius_cm, presence.proximity),
        (3_000, Proximity::CannotTell)
    );
    let least = Policy::v2024_10().arrival.presence_min;
    assert!(!presence.result.is_at_least(least));
    assert!(judge(&good()).result.is_at_least(least));
    assert!(!Contradicted.is_at_least(Nothing) && Adequate.is_at_least(Adequate));
}

#[test]
fn the_wire_form_is_the_documented_one() {
    let presence = judge(&Case {
        fixes: vec![],
        no_fix: Some(NoFix::Indoors),
        ..good()
    });
    let value = serde_json::to_value(&presence).unwrap();
    let expected = serde_json::json!({
        "result": "weak", "points": 15, "proximity": "no_fix", "distance_cm": null, "accuracy_cm": null, "radius_cm": 15_000,
        "factors": [{"code": "signed_label", "points": 15}, {"code": "gps_none", "points": 0}], "doubts": ["no_fix_indoors"],
    });
    assert_eq!(value, expected);
    assert_eq!(serde_json::from_value::<Presence>(value).unwrap(), presence);
}

const MADE: Timestamp = Timestamp(1_790_000_000_000);

fn screen(manager: Option<&str>, replay_of: Option<u8>) -> Finding {
    Finding::Screen {
        terminal: terminal().id,
        ts: MADE,
        manager: manager.map(|person| person.parse().unwrap()),
        replay_of: replay_of.map(|byte| EventId([byte; 32])),
    }
}

fn tap(replay_of: Option<u8>) -> Finding {
    Finding::Tap {
        terminal: terminal().id,
        tag: crate::code::TagId([4; 7]),
        counter: 61,
        replay_of: replay_of.map(|byte| EventId([byte; 32])),
        passed_by: None,
    }
}

fn step(seconds: i64) -> Finding {
    Finding::Step {
        terminal: terminal().id,
        from: MADE + Millis(seconds * 1_000),
    }
}

fn found(finding: Finding) -> Case {
    Case {
        finding: Some(finding),
        ..good()
    }
}

fn aged(finding: Finding, by_receipts_s: i64, by_phone_s: i64) -> Case {
    Case {
        scan_span: at(by_receipts_s, 600),
        scanned_earliest: at(by_phone_s, 600).earliest,
        ..found(finding)
    }
}

fn flawed(flaw: crate::code::Flaw) -> Finding {
    let form = crate::code::Form::Label;
    Finding::Flawed { form, flaw }
}

fn revoked(at_s: i64) -> Finding {
    let revoked_at = Some(at(at_s, at_s).earliest);
    Finding::Label {
        terminal: terminal().id,
        run: 1,
        is_stale: false,
        revoked_at,
    }
}

/// A tap whose counter lies below one that the same phone had recorded.
fn passed() -> Finding {
    match tap(None) {
        Finding::Tap {
            terminal,
            tag,
            counter,
            replay_of,
            ..
        } => Finding::Tap {
            terminal,
            tag,
            counter,
            replay_of,
            passed_by: Some(EventId([8; 32])),
        },
        other => other,
    }
}

/// The code was made when the scan can at the latest have been, and a bit.
fn ahead(ms: i64) -> Case {
    let mut case = aged(screen(None, None), -60, -60);
    case.scan_span.latest = Timestamp(MADE.0 - ms);
    case
}

fn followed(at_s: i64) -> Case {
    Case {
        scan_span: at(100, 200),
        scanned_earliest: at(150, 150).earliest,
        followed_by: Some(at(at_s, at_s).earliest),
        ..found(tap(None))
    }
}

/// Every case has a position inside, which is worth 30.
#[rstest]
#[case::screen(aged(screen(None, None), -1, -1), 75, Strong, &["screen_code", "gps_inside"])]
#[case::screen_59_s(aged(screen(None, None), 59, 59), 75, Strong, &["screen_code", "gps_inside"])]
#[case::screen_60_s(aged(screen(None, None), 60, 60), 75, Strong, &["screen_code", "gps_inside"])]
#[case::screen_61_s(aged(screen(None, None), 61, 61), 40, Adequate, &["static_code", "gps_inside", "screen_code_old"])]
#[case::screen_61_s_by_the_phone(aged(screen(None, None), 0, 61), 40, Adequate, &["static_code", "gps_inside", "screen_code_old"])]
#[case::screen_61_s_by_receipts(aged(screen(None, None), 61, 0), 40, Adequate, &["static_code", "gps_inside", "screen_code_old"])]
#[case::screen_replayed(found(screen(None, Some(9))), 30, Contradicted, &["gps_inside", "code_replayed"])]
#[case::screen_replayed_long_ago(Case { scan_before_ms: 500_000, ..found(screen(None, Some(9))) }, 30, Contradicted, &["gps_inside", "scan_apart", "code_replayed"])]
#[case::managers_phone(found(screen(Some("P-0031"), None)), 55, Adequate, &["manager_phone", "gps_inside"])]
#[case::managers_phone_61_s(aged(screen(Some("P-0031"), None), 61, 61), 40, Adequate, &["static_code", "gps_inside", "screen_code_old"])]
#[case::label_and_managers_phone(Case { besides: Some(screen(Some("P-0031"), None)), ..good() }, 70, Strong, &["signed_label", "manager_phone", "gps_inside"])]
#[case::both_ways_of_the_manager(Case { manager: true, besides: Some(label()), ..found(screen(Some("P-0031"), None)) }, 70, Strong, &["signed_label", "manager_phone", "gps_inside"])]
#[case::label_and_screen(Case { besides: Some(label()), ..found(screen(None, None)) }, 75, Strong, &["screen_code", "gps_inside"])]
#[case::replayed_besides(Case { besides: Some(screen(None, Some(9))), ..good() }, 45, Contradicted, &["signed_label", "gps_inside", "code_replayed"])]
#[case::screen_of_another_terminal_besides(Case { besides: Some(Finding::Label { terminal: other(), run: 1, is_stale: false, revoked_at: None }), ..good() }, 45, Adequate, &["signed_label", "gps_inside"])]
#[case::step(found(step(30)), 65, Adequate, &["step_code", "gps_inside"])]
#[case::step_90_s_before(found(step(-90)), 65, Adequate, &["step_code", "gps_inside"])]
#[case::step_91_s_before(found(step(-91)), 40, Adequate, &["static_code", "gps_inside", "step_apart"])]
#[case::step_90_s_after(found(step(150)), 65, Adequate, &["step_code", "gps_inside"])]
#[case::step_91_s_after(found(step(151)), 40, Adequate, &["static_code", "gps_inside", "step_apart"])]
#[case::tap(found(tap(None)), 80, Strong, &["tap", "gps_inside"])]
#[case::tap_without_position(Case { fixes: vec![], no_fix: Some(NoFix::Basement), ..found(tap(None)) }, 50, Adequate, &["tap", "gps_none", "no_fix_basement"])]
#[case::tap_that_the_phone_could_not_read(Case { scanned: None, ..found(tap(None)) }, 80, Strong, &["tap", "gps_inside"])]
#[case::tap_replayed(found(tap(Some(9))), 30, Contradicted, &["gps_inside", "code_replayed"])]
#[case::tap_followed_in_time(followed(100), 80, Strong, &["tap", "gps_inside"])]
#[case::tap_followed_too_early(followed(99), 30, Contradicted, &["gps_inside", "tap_kept"])]
#[case::tap_followed_by_the_same_phone_before(found(passed()), 30, Contradicted, &["gps_inside", "tap_kept"])]
#[case::screen_code_of_the_last_moment(ahead(0), 75, Strong, &["screen_code", "gps_inside"])]
#[case::screen_code_of_the_future(ahead(1), 30, Weak, &["gps_inside", "screen_code_ahead"])]
#[case::tap_not_verified_yet(Case { scanned: None, finding: None, text: "https://x/n?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086".into(), ..good() }, 30, Weak, &["gps_inside", "code_unverified"])]
#[case::label_not_verified_yet(Case { finding: None, text: "https://x/t/SZ-FT-012344?k=1".into(), ..good() }, 40, Adequate, &["static_code", "gps_inside", "code_unverified"])]
#[case::label_stale(found(Finding::Label { terminal: terminal().id, run: 1, is_stale: true, revoked_at: None }), 45, Adequate, &["signed_label", "gps_inside", "label_stale"])]
#[case::label_revoked_before(found(revoked(0)), 30, Weak, &["gps_inside", "label_revoked"])]
#[case::label_revoked_perhaps_before(found(revoked(59)), 30, Weak, &["gps_inside", "label_revoked"])]
#[case::label_revoked_after(found(revoked(60)), 45, Adequate, &["signed_label", "gps_inside"])]
#[case::forged(found(flawed(crate::code::Flaw::Forged)), 30, Weak, &["gps_inside", "code_forged"])]
#[case::forged_tap(Case { scanned: None, ..found(flawed(crate::code::Flaw::Forged)) }, 30, Weak, &["gps_inside", "code_forged"])]
#[case::unknown_run(found(flawed(crate::code::Flaw::Unknown)), 30, Weak, &["gps_inside", "code_unknown"])]
#[case::out_of_service(found(flawed(crate::code::Flaw::Revoked)), 30, Weak, &["gps_inside", "code_out_of_service"])]
#[case::proved_elsewhere_whatever_the_phone_says(found(Finding::Step { terminal: other(), from: MADE }), 30, Contradicted, &["gps_inside", "other_terminal_code"])]
fn a_code_is_worth_what_the_server_found(
    #[case] case: Case,
    #[case] points: i32,
    #[case] result: PresenceResult,
    #[case] expected: &[&str],
) {
    let presence = judge(&case);
    assert_eq!(codes(&presence), expected);
    assert_eq!((presence.points, presence.result), (points, result));
}

proptest::proptest! {
    /// A sticker and a position never reach `strong`, however they are put together.
    #[test]
    fn what_can_be_copied_never_proves_strongly(
        north_m in -300_i64..300, acc_cm in 101_i64..50_000, manager: bool, typed: bool, signed: bool, stale: bool,
    ) {
        let finding = Finding::Label { terminal: terminal().id, run: 1, is_stale: stale, revoked_at: None };
        let presence = judge(&Case {
            fixes: burst(north_m, acc_cm),
            manager,
            method: if typed { ScanMethod::Typed } else { ScanMethod::Camera },
            finding: signed.then_some(finding),
            ..good()
        });
        proptest::prop_assert!(presence.result < Strong, "{presence:?}");
    }

    /// The older a rotating code is, the less it is worth; and it is never worth less than nothing.
    #[test]
    fn a_rotating_code_only_loses_by_age(one in -5_000_i64..200, other in -5_000_i64..200) {
        let points = |age_s| judge(&aged(screen(None, None), age_s, age_s)).points;
        let (young, old) = (one.min(other), one.max(other));
        proptest::prop_assert!(points(young) >= points(old) && points(old) >= 30);
    }
}
