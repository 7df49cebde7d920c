//! Work orders and their judgements.

use serde_json::{Value, json};

use super::{compare, recorded};
use crate::event::{ClosedUnevaluated, Fact, Mode, RepairClass};
use crate::fault::Level::{self, General, Severe};
use crate::ids::{Digest, EventId};
use crate::interval::Bounds;
use crate::interval::external::External;
use crate::time::Timestamp;
use crate::work_order::testing::*;

/// Name, level, story, minutes after nine at which it is judged; stage, verdict on the arrival and
/// next clock that must come out.
type Case = (
    &'static str,
    Level,
    fn(&mut Story),
    i64,
    (&'static str, Option<&'static str>, Option<&'static str>),
);

const CASES: &[Case] = &[
    (
        "reported, nobody named",
        General,
        |_| {},
        30,
        ("reported", Some("running"), Some("response")),
    ),
    (
        "severe, responded a millisecond late",
        Severe,
        |s| {
            lin(s).at(10 * MINUTE + 1).responded();
        },
        30,
        ("responded", Some("running"), Some("arrival")),
    ),
    (
        "nobody came",
        General,
        |s| {
            lin(s).at(MINUTE).responded().set_out();
        },
        181,
        ("under_way", Some("overdue"), Some("arrival")),
    ),
    (
        "in time, repaired and signed",
        General,
        |s| {
            done(s);
        },
        300,
        ("evaluated", Some("met"), None),
    ),
    (
        "remote, evaluated through a link",
        General,
        |s| {
            let link = Digest([0x11; 32]);
            lin(s).responded().at(HOUR);
            s.worked(Mode::Remote, RepairClass::Program).restored();
            s.at(2 * HOUR).linked(link, HOUR);
            s.at(150 * MINUTE).evaluated_through(link, true);
        },
        200,
        ("evaluated", None, None),
    ),
    (
        "remote, closed because nobody evaluated it",
        General,
        |s| {
            lin(s).responded().at(HOUR);
            s.worked(Mode::Remote, RepairClass::Program).restored();
            let closed = ClosedUnevaluated {
                restored: s.last(),
                due_at: Timestamp(NINE + 73 * HOUR),
            };
            s.at(73 * HOUR + 1)
                .desk_says(Fact::ClosedUnevaluated(closed));
        },
        74 * 60,
        ("closed_unevaluated", None, None),
    ),
    (
        "in time without any position",
        General,
        |s| {
            lin(s).responded().at(HOUR).arrived_weakly();
        },
        200,
        ("on_site", Some("cannot_tell"), Some("repair")),
    ),
    (
        "at another terminal, and late",
        General,
        |s| {
            lin(s).responded().at(4 * HOUR).arrived_elsewhere();
        },
        300,
        ("on_site", Some("breached"), Some("repair")),
    ),
    (
        "another terminal first, then the right one",
        General,
        |s| {
            lin(s)
                .responded()
                .at(HOUR)
                .arrived_elsewhere()
                .at(80 * MINUTE)
                .left()
                .at(2 * HOUR)
                .arrived();
        },
        150,
        ("on_site", Some("met"), Some("repair")),
    ),
    (
        "remote, a program, in eight hours",
        General,
        |s| {
            lin(s)
                .responded()
                .at(8 * HOUR)
                .worked(Mode::Remote, RepairClass::Program)
                .restored();
        },
        500,
        ("restored", None, None),
    ),
    (
        "remote, another department's interface",
        General,
        |s| {
            lin(s)
                .responded()
                .at(HOUR)
                .worked(Mode::Remote, RepairClass::DepartmentInterface);
        },
        900,
        ("responded", None, Some("repair")),
    ),
    (
        "on the phone, before any receipt",
        General,
        |s| {
            lin(s)
                .at(MINUTE)
                .bounded(unknown())
                .responded()
                .at(HOUR)
                .bounded(unknown())
                .arrived();
        },
        70,
        ("on_site", Some("cannot_tell"), Some("repair")),
    ),
    (
        "offline, the page kept open",
        General,
        |s| {
            offline(s);
        },
        300,
        ("on_site", Some("cannot_tell"), Some("repair")),
    ),
    (
        "given to another in the middle",
        General,
        |s| {
            handed_on(s);
        },
        300,
        ("restored", Some("met"), None),
    ),
    (
        "not solved, and working again",
        General,
        |s| {
            done_but(s, false).at(4 * HOUR).repaired();
        },
        300,
        ("on_site", Some("met"), Some("repair")),
    ),
    (
        "not solved, solved thirteen hours after the arrival",
        General,
        |s| {
            done_but(s, false)
                .at(14 * HOUR)
                .repaired()
                .restored()
                .evaluated(true);
        },
        900,
        ("evaluated", Some("met"), None),
    ),
    (
        "signed, then another phone's record arrives",
        General,
        |s| {
            done(s).by(Who::Wu).at(4 * HOUR).repaired();
        },
        300,
        ("restored", Some("met"), None),
    ),
    (
        "in time, and witnesses outside say so too",
        General,
        |s| {
            vouched(s, 0, 5, None);
            done(s);
            let arrival = arrival_of(s);
            s.vouched(arrival, external(55, 65, None));
        },
        300,
        ("evaluated", Some("met"), None),
    ),
    (
        "the receipt of the arrival was logged too late",
        General,
        |s| {
            vouched(s, 0, 5, None);
            lin(s).at(4 * MINUTE).responded();
            s.at(170 * MINUTE)
                .bounded(between(165 * MINUTE, 171 * MINUTE))
                .arrived();
            let arrival = arrival_of(s);
            s.vouched(arrival, external(160, 190, Some(190)));
        },
        200,
        ("on_site", Some("cannot_tell"), Some("repair")),
    ),
    (
        "the operator backdated the receipt of a late arrival",
        General,
        |s| {
            vouched(s, 0, 5, None);
            lin(s).at(4 * MINUTE).responded();
            s.at(179 * MINUTE).arrived();
            let arrival = arrival_of(s);
            s.vouched(arrival, external(186, 187, None));
        },
        200,
        ("on_site", Some("met"), Some("repair")),
    ),
];

/// What witnesses say, in minutes after nine.
fn external(from: i64, to: i64, late_logged: Option<i64>) -> External {
    let at = |minutes: i64| Timestamp(NINE + minutes * MINUTE);
    External {
        a: between(from * MINUTE, to * MINUTE).b,
        late_logged: late_logged.map(at),
        clock_ahead: None,
    }
}

/// The same of the report.
fn vouched(story: &mut Story, from: i64, to: i64, late_logged: Option<i64>) {
    let report = story.born.report.at.event;
    story.vouched(report, external(from, to, late_logged));
}

fn arrival_of(story: &Story) -> EventId {
    story.work_order.visits[0].check_in.at.event
}

fn lin(story: &mut Story) -> &mut Story {
    story.assigned(Who::Lin).by(Who::Lin)
}

fn done(story: &mut Story) -> &mut Story {
    done_but(story, true)
}

fn done_but(story: &mut Story, resolved: bool) -> &mut Story {
    lin(story)
        .at(4 * MINUTE)
        .responded()
        .at(20 * MINUTE)
        .set_out()
        .at(HOUR)
        .arrived();
    story
        .at(90 * MINUTE)
        .repaired()
        .photo(1)
        .at(95 * MINUTE)
        .restored()
        .at(100 * MINUTE)
        .evaluated(resolved)
}

/// The server saw the phone at 09:05 and at 12:14; the phone's clock says 11:50 in between.
fn offline(story: &mut Story) -> &mut Story {
    let b = between(5 * MINUTE, 194 * MINUTE).b;
    let c = between(170 * MINUTE - 3_000, 170 * MINUTE + 2_000).b;
    lin(story)
        .at(4 * MINUTE)
        .responded()
        .at(170 * MINUTE)
        .bounded(Bounds {
            b,
            c,
            clock_conflict: false,
        })
        .arrived()
}

fn handed_on(story: &mut Story) -> &mut Story {
    lin(story)
        .at(4 * MINUTE)
        .responded()
        .at(HOUR)
        .arrived_weakly()
        .at(70 * MINUTE)
        .left();
    story
        .at(80 * MINUTE)
        .assigned(Who::Wu)
        .by(Who::Wu)
        .set_out()
        .at(2 * HOUR)
        .arrived();
    story
        .at(150 * MINUTE)
        .worked(Mode::OnSite, RepairClass::HardwarePart)
        .photo(7)
        .restored()
}

#[test]
fn judgements_are_the_stored_ones() {
    let cases: Vec<Value> = CASES.iter().map(case).collect();
    compare(
        "judgements.json",
        "a terminal reported at 09:00 (UTC+8); apply `recorded` to `born`, judge it at `now`",
        &cases,
    );
}

fn case((name, level, tell, now_minutes, (stage, arrival, next)): &Case) -> Value {
    let mut story = Story::of(*level);
    tell(&mut story);
    let judgement = json!(story.judged(now_minutes * MINUTE));
    assert_eq!(judgement["stage"]["name"], *stage, "{name}");
    assert_eq!(judgement["arrival"]["verdict"], json!(arrival), "{name}");
    assert_eq!(judgement["next"], json!(next), "{name}");
    json!({
        "name": name,
        "terminal": terminal(),
        "born": story.born,
        "recorded": recorded(&story),
        "work_order": story.work_order,
        "external": story.external,
        "now": Timestamp(NINE + now_minutes * MINUTE),
        "judgement": judgement,
    })
}
