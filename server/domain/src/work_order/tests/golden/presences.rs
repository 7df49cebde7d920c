//! Check-ins and their presence.

use serde_json::{Value, json};

use super::compare;
use crate::code::{Finding, Flaw, Form, TagId};
use crate::event::{CodeVerified, Fact, ScanMethod, Scanned, TapFollowed};
use crate::fault::Level;
use crate::geo::{Crs, Fix, Position};
use crate::ids::{EventId, SessionId, TerminalId};
use crate::register::Terminal;
use crate::sla::policy::Policy;
use crate::time::Timestamp;
use crate::work_order::PriorFix;
use crate::work_order::testing::*;

/// Name, story with one visit, what the register says of the terminal; result and points that
/// must come out.
type Case = (
    &'static str,
    fn(&mut Story),
    fn(&mut Terminal),
    (&'static str, i32),
);

const CASES: &[Case] = &[
    (
        "code and position",
        |s| {
            s.arrived();
        },
        same,
        ("adequate", 40),
    ),
    (
        "code and position, confirmed by the manager",
        |s| {
            s.arrived().repaired().restored().evaluated(true);
        },
        same,
        ("adequate", 45),
    ),
    (
        "typed number",
        |s| {
            let fixes = near(s);
            scanned(s, ScanMethod::Typed, Some(terminal().id), &fixes);
        },
        same,
        ("adequate", 40),
    ),
    (
        "a code that is none of ours",
        |s| {
            let fixes = near(s);
            scanned(s, ScanMethod::Camera, None, &fixes);
        },
        same,
        ("weak", 30),
    ),
    (
        "no code",
        |s| {
            let fixes = near(s);
            s.checked_in(&terminal().id, None, &fixes);
        },
        same,
        ("weak", 30),
    ),
    (
        "code only, below ground",
        |s| {
            s.arrived_weakly();
        },
        same,
        ("none", 10),
    ),
    (
        "nothing at all",
        |s| {
            s.checked_in(&terminal().id, None, &[]);
        },
        same,
        ("none", 0),
    ),
    (
        "400 m away",
        |s| {
            let fixes = burst(s.mono(), 400);
            located(s, &fixes);
        },
        same,
        ("none", -30),
    ),
    (
        "at the edge of the fence",
        |s| {
            let fixes = burst(s.mono(), 145);
            located(s, &fixes);
        },
        same,
        ("weak", 20),
    ),
    (
        "the same place in a narrow fence",
        |s| {
            s.arrived();
        },
        |t| t.radius_cm = Some(2_000),
        ("weak", 20),
    ),
    (
        "accuracy of three kilometres",
        |s| {
            let fixes = vec![fix(s.mono(), 20, 300_000, 0)];
            located(s, &fixes);
        },
        same,
        ("none", 5),
    ),
    (
        "accuracy of nothing",
        |s| {
            let fixes = vec![fix(s.mono(), 20, 0, 0)];
            located(s, &fixes);
        },
        same,
        ("weak", 25),
    ),
    (
        "a recording",
        |s| {
            let fixes = [0, 6_000, 12_000]
                .map(|ms| fix(s.mono(), 20, 1_200 + ms, ms))
                .to_vec();
            located(s, &fixes);
        },
        same,
        ("weak", 25),
    ),
    (
        "positions ten minutes old",
        |s| {
            let fixes = vec![fix(s.mono(), 20, 1_200, 10 * MINUTE)];
            located(s, &fixes);
        },
        same,
        ("none", 10),
    ),
    (
        "marked as GCJ-02",
        |s| {
            let fixes = gcj02(s, Crs::Gcj02);
            located(s, &fixes);
        },
        same,
        ("adequate", 40),
    ),
    (
        "GCJ-02 unmarked",
        |s| {
            let fixes = gcj02(s, Crs::Unknown);
            located(s, &fixes);
        },
        same,
        ("weak", 20),
    ),
    (
        "the register holds GCJ-02",
        |s| {
            s.arrived();
        },
        moved,
        ("weak", 20),
    ),
    (
        "another terminal",
        |s| {
            s.arrived_elsewhere();
        },
        same,
        ("contradicted", 30),
    ),
    (
        "page opened anew after the scan",
        |s| {
            s.arrived();
            s.work_order.visits[0].check_in.at.sid = SessionId([9; 8]);
        },
        same,
        ("weak", 30),
    ),
    (
        "faster than anybody can drive",
        |s| {
            s.at(HOUR).arrived();
            prior(s, 59 * MINUTE);
        },
        same,
        ("none", -10),
    ),
    (
        "as fast as one can drive",
        |s| {
            s.at(HOUR).arrived();
            prior(s, 30 * MINUTE);
        },
        same,
        ("adequate", 40),
    ),
    (
        "a signed label",
        |s| {
            let scan = found(
                s,
                Finding::Label {
                    terminal: terminal().id,
                    run: 3,
                    is_stale: true,
                    revoked_at: None,
                },
            );
            here(s, scan);
        },
        same,
        ("adequate", 45),
    ),
    (
        "a label of a run that was revoked",
        |s| {
            let revoked_at = Some(Timestamp(NINE));
            let scan = found(
                s,
                Finding::Label {
                    terminal: terminal().id,
                    run: 3,
                    is_stale: false,
                    revoked_at,
                },
            );
            here(s, scan);
        },
        same,
        ("weak", 30),
    ),
    (
        "a fresh code on the screen",
        |s| {
            let scan = found(s, screen(None, None));
            here(s, scan);
        },
        same,
        ("strong", 75),
    ),
    (
        "a code on the screen used before",
        |s| {
            let scan = found(s, screen(None, Some(EventId([9; 32]))));
            here(s, scan);
        },
        same,
        ("contradicted", 30),
    ),
    (
        "a label and the site manager's phone",
        |s| {
            found(
                s,
                Finding::Label {
                    terminal: terminal().id,
                    run: 3,
                    is_stale: false,
                    revoked_at: None,
                },
            );
            let scan = found(s, screen(Some("P-0031"), None));
            here(s, scan);
        },
        same,
        ("strong", 70),
    ),
    (
        "a step of the screen without network",
        |s| {
            let from = Timestamp(NINE + 29 * MINUTE);
            let scan = found(
                s,
                Finding::Step {
                    terminal: terminal().id,
                    from,
                },
            );
            here(s, scan);
        },
        same,
        ("adequate", 65),
    ),
    (
        "a tap",
        |s| {
            let scan = found(s, tap());
            here(s, scan);
        },
        same,
        ("strong", 80),
    ),
    (
        "a tap kept for later",
        |s| {
            let scan = found(s, tap());
            s.by(Who::Desk).say(Fact::TapFollowed(TapFollowed {
                scan,
                by: EventId([9; 32]),
                latest: Timestamp(NINE + 30 * MINUTE - 1),
            }));
            here(s.by(Who::Lin), scan);
        },
        same,
        ("contradicted", 30),
    ),
    (
        "a forged code",
        |s| {
            let scan = found(
                s,
                Finding::Flawed {
                    form: Form::Label,
                    flaw: Flaw::Forged,
                },
            );
            here(s, scan);
        },
        same,
        ("weak", 30),
    ),
];

fn screen(manager: Option<&str>, replay_of: Option<EventId>) -> Finding {
    Finding::Screen {
        terminal: terminal().id,
        ts: Timestamp(NINE + 30 * MINUTE - 20_000),
        manager: manager.map(|person| person.parse().unwrap()),
        replay_of,
    }
}

fn tap() -> Finding {
    Finding::Tap {
        terminal: terminal().id,
        tag: TagId([4; 7]),
        counter: 61,
        replay_of: None,
        passed_by: None,
    }
}

/// A scan, and what the server found out about it.
fn found(story: &mut Story, finding: Finding) -> EventId {
    let scan = story
        .say(Fact::Scanned(Scanned {
            terminal: Some(terminal().id),
            text: format!("https://daochang.example/t/{}?c=…", terminal().id),
            method: ScanMethod::Camera,
        }))
        .last();
    story
        .by(Who::Desk)
        .say(Fact::CodeVerified(CodeVerified { scan, finding }))
        .by(Who::Lin);
    scan
}

fn here(story: &mut Story, scan: EventId) {
    let fixes = near(story);
    story.checked_in(&terminal().id, Some(scan), &fixes);
}

fn same(_: &mut Terminal) {}

fn moved(terminal: &mut Terminal) {
    let Position { lat_e7, lng_e7 } = terminal.position().to_gcj02();
    (terminal.lat_e7, terminal.lng_e7) = (lat_e7, lng_e7);
}

fn near(story: &Story) -> Vec<Fix> {
    burst(story.mono(), 20)
}

fn located(story: &mut Story, fixes: &[Fix]) {
    scanned(story, ScanMethod::Camera, Some(terminal().id), fixes);
}

fn scanned(story: &mut Story, method: ScanMethod, code: Option<TerminalId>, fixes: &[Fix]) {
    let text = code
        .as_ref()
        .map_or_else(|| "https://example.cn/".to_owned(), TerminalId::to_string);
    let scan = story
        .say(Fact::Scanned(Scanned {
            terminal: code,
            text,
            method,
        }))
        .last();
    story.checked_in(&terminal().id, Some(scan), fixes);
}

fn gcj02(story: &Story, crs: Crs) -> Vec<Fix> {
    let moved = |fix: Fix| {
        let Position { lat_e7, lng_e7 } = Position {
            lat_e7: fix.lat_e7,
            lng_e7: fix.lng_e7,
        }
        .to_gcj02();
        Fix {
            lat_e7,
            lng_e7,
            crs,
            ..fix
        }
    };
    near(story).into_iter().map(moved).collect()
}

/// The phone's check-in before, at this moment and ten kilometres to the north.
fn prior(story: &mut Story, at_ms: i64) {
    let fix = fix(at_ms + HOUR, 10_000, 1_000, 0);
    story.work_order.visits[0].check_in.what.prior = Some(PriorFix {
        event: EventId([0x70; 32]),
        fix,
        bounds: exactly(at_ms),
    });
}

#[test]
fn presences_are_the_stored_ones() {
    let cases: Vec<Value> = CASES.iter().map(case).collect();
    compare(
        "presence.json",
        "the presence of the first visit, as it stands in the judgement",
        &cases,
    );
}

fn case((name, tell, register, (result, points)): &Case) -> Value {
    let mut story = Story::of(Level::General);
    tell(story.assigned(Who::Lin).by(Who::Lin).at(30 * MINUTE));
    let mut terminal = terminal();
    register(&mut terminal);
    let presence = json!(
        story
            .judged_with(&terminal, &Policy::v2024_10(), HOUR)
            .presence[0]
    );
    assert_eq!(
        (presence["result"].as_str(), presence["points"].as_i64()),
        (Some(*result), Some(i64::from(*points))),
        "{name}"
    );
    json!({"name": name, "terminal": terminal, "work_order": story.work_order, "presence": presence})
}
