//! Each rule of the check by name, with the edges on both sides.

mod attempt;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::attempt::Attempt;
use super::*;
use crate::event::{
    AlarmCleared, Alerted, AppStarted, Assigned, Channel, FilingAnswered, Joined, Mode, Nothing,
    Part, RepairClass, Responded, ResponseKind, ScanMethod, Scanned, TakenOver,
};
use crate::geo::Crs;
use crate::ids::EventId;
use crate::work_order::testing::*;

use RefusalCode::*;

/// Decided before the check: whose key it is and whether it still holds, by the list of devices;
/// whether a sidecar is the one that was committed to, by its hash.
const DECIDED_ELSEWHERE: [RefusalCode; 5] = [
    RefusalCode::AlreadyEvaluated,
    RefusalCode::ClosedTooEarly,
    UnknownDevice,
    RevokedKey,
    SidecarMismatch,
];

/// What happens, what the check says to it, and how it comes about.
type Case = (&'static str, Result<(), RefusalCode>, fn(&mut Attempt));

const WHO_AND_WHERE: &[Case] = &[
    ("own record", Ok(()), |_| {}),
    ("somebody else's record", Err(WrongSigner), |a| {
        a.by = Some("P-0013".parse().unwrap())
    }),
    ("a report from a phone", Err(DeskOnly), |a| {
        a.fact = Attempt::report()
    }),
    ("an assignment from a phone", Err(DeskOnly), |a| {
        a.fact = Fact::Assigned(Assigned {
            technician: Who::Lin.person(),
            reason: None,
        })
    }),
    ("a note on nothing", Err(MissingWorkOrder), |a| a.wo = None),
    ("an app start", Ok(()), |a| {
        (a.fact, a.wo) = (Fact::AppStarted(AppStarted { build: "1".into() }), None)
    }),
    (
        "an app start on a work order",
        Err(UnexpectedWorkOrder),
        |a| a.fact = Fact::AppStarted(AppStarted { build: "1".into() }),
    ),
    ("an unknown number", Err(UnknownWorkOrder), |a| {
        a.is_work_order_known = false
    }),
    ("another provider's", Err(NotYourWorkOrder), |a| {
        a.provider = "O-OTHER".parse().unwrap()
    }),
    ("under the rules of the report", Ok(()), |a| {
        a.pol = Some(a.story.work_order.policy)
    }),
    ("under other rules", Err(OtherPolicy), |a| {
        a.pol = Some(Digest([9; 32]))
    }),
    ("a colleague's work order", Ok(()), |a| {
        a.story.assigned(Who::Wu);
    }),
    ("a note of one character", Ok(()), |a| a.note("好")),
    ("an empty note", Err(EmptyText), |a| a.note("")),
    ("a note of blanks", Err(EmptyText), |a| {
        a.note(" \u{3000}\n")
    }),
    ("a filing with its circumstances", Ok(()), |a| {
        a.file("台风红色预警")
    }),
    ("a filing without words", Err(EmptyText), |a| a.file(" ")),
    ("a filing too long", Err(TextTooLong), |a| {
        a.file(&"好".repeat(2_001))
    }),
    ("an authority's answer from a phone", Err(DeskOnly), |a| {
        a.fact = Fact::FilingAnswered(FilingAnswered {
            filing: EventId([1; 32]),
            accepted: true,
            text: String::new(),
        })
    }),
    ("an alert from a phone", Err(DeskOnly), |a| {
        a.fact = Fact::Alerted(Alerted { steps: vec![] })
    }),
    ("a leader's word from a phone", Err(DeskOnly), |a| {
        a.fact = Fact::TakenOver(TakenOver {
            clock: crate::sla::clock::ClockKind::Repair,
            text: String::new(),
        })
    }),
    ("a me-too from a phone", Err(DeskOnly), |a| {
        a.fact = Fact::Joined(Joined {
            channel: Channel::PublicQr,
            text: String::new(),
            reporter: None,
            occurred_at: None,
        })
    }),
    ("monitoring's word from a phone", Err(DeskOnly), |a| {
        a.fact = Fact::AlarmCleared(AlarmCleared {
            alarm: "a".to_owned(),
            cleared_at: crate::time::Timestamp(0),
        })
    }),
    ("a response", Ok(()), |a| {
        a.fact = Fact::Responded(Responded {
            how: ResponseKind::Called,
            person: None,
        })
    }),
    (
        "somebody else's response from a phone",
        Err(DeskOnly),
        |a| {
            a.fact = Fact::Responded(Responded {
                how: ResponseKind::Called,
                person: Some("P-0013".parse().unwrap()),
            })
        },
    ),
    ("2000 characters", Ok(()), |a| a.note(&"好".repeat(2_000))),
    ("2001 characters", Err(TextTooLong), |a| {
        a.note(&"好".repeat(2_001))
    }),
    ("a long code", Err(TextTooLong), |a| {
        a.fact = Fact::Scanned(Scanned {
            terminal: None,
            text: "x".repeat(2_001),
            method: ScanMethod::Camera,
        })
    }),
    ("an empty code", Ok(()), |a| {
        a.fact = Fact::Scanned(Scanned {
            terminal: None,
            text: String::new(),
            method: ScanMethod::Photo,
        })
    }),
];

const CHECK_IN: &[Case] = &[
    ("with good positions", Ok(()), |a| a.check_in(burst(0, 20))),
    ("without any position", Ok(()), |a| a.check_in(vec![])),
    ("again without leaving", Err(AlreadyCheckedIn), |a| {
        a.story.arrived();
        a.check_in(vec![])
    }),
    ("again after leaving", Ok(()), |a| {
        a.story.arrived().left();
        a.check_in(vec![])
    }),
    ("while another phone is on site", Ok(()), |a| {
        a.story.by(Who::Wu).arrived().by(Who::Lin);
        a.check_in(vec![])
    }),
    ("at a terminal nobody knows", Err(UnknownTerminal), |a| {
        a.check_in(vec![]);
        a.is_terminal_known = false
    }),
    ("at another terminal", Err(ForeignTerminal), |a| {
        a.check_in_elsewhere(None)
    }),
    (
        "at another terminal with a blank reason",
        Err(ForeignTerminal),
        |a| a.check_in_elsewhere(Some("  ")),
    ),
    ("at another terminal with a reason", Ok(()), |a| {
        a.check_in_elsewhere(Some("门锁着"))
    }),
    ("with a reason too long", Err(TextTooLong), |a| {
        a.check_in_elsewhere(Some(&"好".repeat(2_001)))
    }),
    ("60 positions", Ok(()), |a| {
        a.check_in((0..60).map(|n| fix(0, n, 1_200, n)).collect())
    }),
    ("61 positions", Err(TooManyFixes), |a| {
        a.check_in((0..61).map(|n| fix(0, n, 1_200, n)).collect())
    }),
    ("at the pole", Ok(()), |a| {
        a.check_in(vec![Fix {
            lat_e7: 900_000_000,
            ..fix(0, 0, 500, 0)
        }])
    }),
    ("a ten-millionth beyond the pole", Err(ImpossibleFix), |a| {
        a.check_in(vec![Fix {
            lat_e7: 900_000_001,
            ..fix(0, 0, 500, 0)
        }])
    }),
    ("beyond the south pole", Err(ImpossibleFix), |a| {
        a.check_in(vec![Fix {
            lat_e7: -900_000_001,
            ..fix(0, 0, 500, 0)
        }])
    }),
    ("beyond the date line", Err(ImpossibleFix), |a| {
        a.check_in(vec![
            fix(0, 0, 500, 0),
            Fix {
                lng_e7: 1_800_000_001,
                ..fix(0, 0, 500, 0)
            },
        ])
    }),
    ("the largest number, moved", Err(ImpossibleFix), |a| {
        a.check_in(vec![Fix {
            lng_e7: crate::canonical::INTEGER_MAX,
            lat_e7: -crate::canonical::INTEGER_MAX,
            crs: Crs::Gcj02,
            ..fix(0, 0, 500, 0)
        }])
    }),
    ("an accuracy of nothing", Ok(()), |a| {
        a.check_in(vec![fix(0, 20, 0, 0)])
    }),
    ("an accuracy of three kilometres", Ok(()), |a| {
        a.check_in(vec![fix(0, 20, 300_000, 0)])
    }),
    ("a position ten minutes old", Ok(()), |a| {
        a.check_in(vec![fix(0, 20, 1_200, 10 * MINUTE)])
    }),
    ("a position far away", Ok(()), |a| {
        a.check_in(vec![fix(0, 90_000, 1_200, 0)])
    }),
    ("positions that did not arrive", Err(MissingSidecar), |a| {
        a.check_in(burst(0, 20));
        a.sidecars.clear()
    }),
    ("positions of another event", Err(MissingSidecar), |a| {
        a.check_in(burst(0, 20));
        a.give_foreign_sidecars()
    }),
    ("positions of another form", Err(SidecarMalformed), |a| {
        a.check_in(burst(0, 20));
        a.replace_sidecars(&json!({"lat": 22.5}))
    }),
    ("leaving without arriving", Err(NotCheckedIn), |a| {
        a.fact = Fact::LeftSite(Nothing {})
    }),
    ("leaving", Ok(()), |a| {
        a.story.arrived();
        a.fact = Fact::LeftSite(Nothing {})
    }),
    ("leaving another's visit", Err(NotCheckedIn), |a| {
        a.story.by(Who::Wu).arrived().by(Who::Lin);
        a.fact = Fact::LeftSite(Nothing {})
    }),
    ("leaving twice", Err(NotCheckedIn), |a| {
        a.story.arrived().left();
        a.fact = Fact::LeftSite(Nothing {})
    }),
];

const PHOTO_AND_WORK: &[Case] = &[
    ("an empty photo", Err(PhotoTooLarge), |a| a.photo(9, 0)),
    ("a photo of one byte", Ok(()), |a| a.photo(9, 1)),
    ("15 MiB", Ok(()), |a| a.photo(9, 15 * 1_048_576)),
    ("15 MiB and a byte", Err(PhotoTooLarge), |a| {
        a.photo(9, 15 * 1_048_576 + 1)
    }),
    ("the same photo", Err(PhotoTwice), |a| {
        a.story.photo(9);
        a.photo(9, 1)
    }),
    ("another photo", Ok(()), |a| {
        a.story.photo(9);
        a.photo(8, 1)
    }),
    ("the same photo from another phone", Err(PhotoTwice), |a| {
        a.story.by(Who::Wu).photo(9).by(Who::Lin);
        a.photo(9, 1)
    }),
    ("work", Ok(()), |a| a.work(|_| {})),
    ("work without a cause", Err(EmptyText), |a| {
        a.work(|w| w.cause.clear())
    }),
    ("work without an action", Err(EmptyText), |a| {
        a.work(|w| w.action = "\t".into())
    }),
    ("a cause of 2000", Ok(()), |a| {
        a.work(|w| w.cause = "好".repeat(2_000))
    }),
    ("a cause of 2001", Err(TextTooLong), |a| {
        a.work(|w| w.cause = "好".repeat(2_001))
    }),
    ("an action of 2001", Err(TextTooLong), |a| {
        a.work(|w| w.action = "好".repeat(2_001))
    }),
    ("no parts", Ok(()), |a| a.work(|w| w.parts.clear())),
    ("50 parts", Ok(()), |a| {
        a.work(|w| w.parts = vec![part(1); 50])
    }),
    ("51 parts", Err(TooManyParts), |a| {
        a.work(|w| w.parts = vec![part(1); 51])
    }),
    ("no piece of a part", Err(PartQuantity), |a| {
        a.work(|w| w.parts = vec![part(1), part(0)])
    }),
    ("999 pieces", Ok(()), |a| {
        a.work(|w| w.parts = vec![part(999)])
    }),
    ("1000 pieces", Err(PartQuantity), |a| {
        a.work(|w| w.parts = vec![part(1_000)])
    }),
    ("a part without a name", Err(EmptyText), |a| {
        a.work(|w| {
            w.parts = vec![Part {
                name: " ".into(),
                ..part(1)
            }]
        })
    }),
    ("a serial number too long", Err(TextTooLong), |a| {
        a.work(|w| {
            w.parts = vec![Part {
                serial: Some("9".repeat(2_001)),
                ..part(1)
            }]
        })
    }),
    (
        "restored before anything was done",
        Err(NothingRecorded),
        |a| a.fact = Fact::Restored(Nothing {}),
    ),
    ("restored by another's work", Err(NothingRecorded), |a| {
        a.story.by(Who::Wu).repaired().by(Who::Lin);
        a.fact = Fact::Restored(Nothing {})
    }),
    ("restored", Ok(()), |a| {
        a.story.repaired();
        a.fact = Fact::Restored(Nothing {})
    }),
];

const EVALUATION: &[Case] = &[
    ("by the registered manager", Ok(()), |a| a.evaluate(|_| {})),
    ("through a link, but from a phone", Err(DeskOnly), |a| {
        a.evaluate(|e| e.link = Some(Digest([7; 32])))
    }),
    ("by somebody the register does not know", Ok(()), |a| {
        a.evaluate(|e| e.signer_person = None)
    }),
    ("after more photos", Err(SummaryMismatch), |a| {
        a.evaluate(|_| {});
        a.story.photo(9);
    }),
    ("after another phone's photo", Ok(()), |a| {
        a.evaluate(|_| {});
        a.story.by(Who::Wu).photo(9).by(Who::Lin);
    }),
    (
        "of a record that changed since",
        Err(SummaryMismatch),
        |a| {
            a.evaluate(|_| {});
            a.story.repaired();
        },
    ),
    ("of other words", Err(SummaryMismatch), |a| {
        a.evaluate(|e| e.summary.action.push('!'))
    }),
    ("by the hash of something else", Err(SummaryMismatch), |a| {
        a.evaluate(|e| e.shown = Digest([0; 32]))
    }),
    ("without a restoration", Err(NothingToEvaluate), |a| {
        a.evaluate(|_| {});
        a.story = attempt::story();
        a.story.repaired();
    }),
    ("of work after a refusal", Err(NothingToEvaluate), |a| {
        a.evaluate(|_| {});
        a.story.evaluated(false).repaired();
    }),
    ("no star", Err(StarsOutOfRange), |a| {
        a.evaluate(|e| e.stars = 0)
    }),
    ("one star", Ok(()), |a| a.evaluate(|e| e.stars = 1)),
    ("five stars", Ok(()), |a| a.evaluate(|e| e.stars = 5)),
    ("six stars", Err(StarsOutOfRange), |a| {
        a.evaluate(|e| e.stars = 6)
    }),
    ("a remark of 2001", Err(TextTooLong), |a| {
        a.evaluate(|e| e.remark = "好".repeat(2_001))
    }),
    ("20 tags", Ok(()), |a| {
        a.evaluate(|e| e.tags = vec!["及时".into(); 20])
    }),
    ("21 tags", Err(TextTooLong), |a| {
        a.evaluate(|e| e.tags = vec!["及时".into(); 21])
    }),
    ("an empty tag", Err(EmptyText), |a| {
        a.evaluate(|e| e.tags = vec![String::new()])
    }),
    ("without a unit", Err(ContactMissing), |a| {
        a.evaluate(|e| e.unit = " ".into())
    }),
    ("a unit of 2001", Err(TextTooLong), |a| {
        a.evaluate(|e| e.unit = "好".repeat(2_001))
    }),
    ("without a name", Err(ContactMissing), |a| {
        a.sign_as(" ", "13900000031")
    }),
    ("without a phone number", Ok(()), |a| a.sign_as("陈静", "")),
    ("by the technician", Err(TechnicianMayNotEvaluate), |a| {
        a.evaluate(|e| e.signer_person = Some(Who::Lin.person()))
    }),
    (
        "by the technician's phone number",
        Err(TechnicianMayNotEvaluate),
        |a| a.sign_as("陈静", "13800000012"),
    ),
    (
        "by the technician's number in groups",
        Err(TechnicianMayNotEvaluate),
        |a| a.sign_as("陈静", "+86 138-0000-0012"),
    ),
    (
        "by the technician's number with 0086",
        Err(TechnicianMayNotEvaluate),
        |a| a.sign_as("陈静", "0086 138 0000 0012"),
    ),
    ("by a number one digit off", Ok(()), |a| {
        a.sign_as("陈静", "13800000013")
    }),
    ("where nobody knows the technician's number", Ok(()), |a| {
        a.sign_as("陈静", "");
        a.person_phone.clear()
    }),
    (
        "by a colleague of the technician",
        Err(NotTheSiteManager),
        |a| a.evaluate(|e| e.signer_person = Some(Who::Wu.person())),
    ),
    ("by a manager of no site", Err(NotTheSiteManager), |a| {
        a.evaluate(|_| {});
        a.managers.clear()
    }),
    ("without ink", Err(EmptyInk), |a| {
        a.draw(&json!({"width": 320, "height": 160, "strokes": []}))
    }),
    ("with one point of ink", Err(EmptyInk), |a| {
        a.draw(&json!({"width": 320, "height": 160, "strokes": [[{"x": 9, "y": 9, "t": 0}]]}))
    }),
    ("with one point again and again", Err(EmptyInk), |a| {
        a.draw(&json!({"width": 320, "height": 160, "strokes": [vec![json!({"x": 9, "y": 9, "t": 0}); 50]]}))
    }),
    ("with ink without a place", Err(SidecarMalformed), |a| {
        a.draw(&json!({"width": 0, "height": 160, "strokes": []}))
    }),
    ("with too many strokes", Err(SidecarMalformed), |a| {
        a.draw(&strokes(201))
    }),
    ("with as many strokes as there may be", Ok(()), |a| {
        a.draw(&strokes(200))
    }),
    ("with a picture for ink", Err(SidecarMalformed), |a| {
        a.draw(&json!("data:image/png;base64,"))
    }),
    ("without its sidecars", Err(MissingSidecar), |a| {
        a.evaluate(|_| {});
        a.sidecars.clear()
    }),
    ("with one sidecar missing", Err(MissingSidecar), |a| {
        a.evaluate(|_| {});
        a.sidecars.pop_first();
    }),
];

fn part(quantity: u32) -> Part {
    Part {
        name: "传感器".into(),
        quantity,
        serial: None,
    }
}

fn strokes(count: usize) -> Value {
    let stroke = json!([{"x": 0, "y": 0, "t": 0}, {"x": 30, "y": 0, "t": 16}]);
    json!({"width": 320, "height": 160, "strokes": vec![stroke; count]})
}

fn cases() -> impl Iterator<Item = &'static Case> {
    [WHO_AND_WHERE, CHECK_IN, PHOTO_AND_WORK, EVALUATION]
        .into_iter()
        .flatten()
}

#[test]
fn each_rule_refuses_what_it_should_and_nothing_else() {
    for (name, expected, tell) in cases() {
        let mut attempt = Attempt::new();
        tell(&mut attempt);
        assert_eq!(attempt.check(), *expected, "{name}");
    }
}

#[test]
fn every_code_has_a_case_or_is_decided_elsewhere() {
    let refused: BTreeSet<&str> = cases()
        .filter_map(|(_, result, _)| result.err())
        .map(RefusalCode::code)
        .collect();
    let elsewhere: BTreeSet<&str> = DECIDED_ELSEWHERE.map(RefusalCode::code).into();
    assert!(refused.is_disjoint(&elsewhere), "{refused:?}");
    for (code, _, _) in RefusalCode::TEXTS {
        assert!(
            refused.contains(code) || elsewhere.contains(code),
            "{code} has no case"
        );
    }
}

#[test]
fn no_two_cases_have_one_name() {
    let mut seen = BTreeSet::new();
    assert!(cases().all(|(name, _, _)| seen.insert(name)));
}

/// A position may be old, rough or far away: that is judged, and here it is not used.
#[test]
fn an_old_position_is_accepted_and_not_used() {
    let mut story = attempt::story();
    story.at(HOUR);
    let old = fix(story.mono(), 20, 1_200, 10 * MINUTE);
    story.checked_in(&terminal().id, None, &[old]);
    let presence = &story.judged(2 * HOUR).presence[0];
    assert_eq!(
        (presence.proximity, presence.distance_cm),
        (crate::geo::Proximity::NoFix, None)
    );
    assert!(
        presence
            .doubts
            .contains(&crate::presence::Doubt::FixesApart)
    );
}

/// Remote work and a part: classes and modes are judged, never refused.
#[test]
fn every_mode_and_class_may_be_recorded() {
    use RepairClass::{DepartmentInterface, HardwarePart, Ordinary, Program, WholeMachine};
    for mode in [Mode::Remote, Mode::OnSite] {
        for class in [
            Ordinary,
            Program,
            DepartmentInterface,
            HardwarePart,
            WholeMachine,
        ] {
            let mut attempt = Attempt::new();
            attempt.work(|work| (work.mode, work.repair_class) = (mode, class));
            assert_eq!(attempt.check(), Ok(()), "{mode:?} {class:?}");
        }
    }
}
