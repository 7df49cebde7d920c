//! What a scanned code proves, found out beside the scan: the server alone has the secrets and sees
//! all phones. What it finds it says as a fact in its own chain, so that everybody else computes the
//! same points from it.

use std::collections::BTreeMap;

use domain::code::label::{Label, LabelState};
use domain::code::step::StepCode;
use domain::code::tap::{Tap, diversified};
use domain::code::{Code, Finding, Flaw, Form};
use domain::event::{CodeVerified, Event, Fact, TapFollowed};
use domain::ids::{EventId, WorkOrderId};
use domain::interval::Bounds;
use domain::time::Timestamp;
use store::{CodeUseRow, Store, StoreError};

use super::draft::Draft;
use super::open::Opened;
use super::say::say;
use crate::codes::secrets;
use crate::error::ApiError;

/// The same phone may read the same code again so soon, in one page load and for one work order.
const AGAIN_MS: i64 = 120_000;
/// How many taps of the same tag before and after one are looked at.
const TAPS_BEFORE: i64 = 20;
const TAPS_AFTER: i64 = 200;

/// Uses of codes by what was used: source and number.
pub type Uses = BTreeMap<(String, i64), CodeUseRow>;

/// The uses that bear on this scan, from the store.
pub(super) async fn uses_of(
    store: &Store,
    meta_key: &domain::code::tap::Key,
    event: &Event,
) -> Result<Vec<CodeUseRow>, StoreError> {
    let Fact::Scanned(scan) = &event.fact else {
        return Ok(Vec::new());
    };
    match Code::read(&scan.text) {
        Some(Code::Screen(code)) => {
            store
                .code_uses(&screen_source(&code.nonce_hex()), 0, 0)
                .await
        }
        Some(Code::Tap(tap)) => match tap.claim(meta_key) {
            Some(claim) => {
                let counter = i64::from(claim.counter);
                store
                    .code_uses(
                        &tag_source(&claim.tag.to_string()),
                        counter - TAPS_BEFORE,
                        counter + TAPS_AFTER,
                    )
                    .await
            }
            None => Ok(Vec::new()),
        },
        _ => Ok(Vec::new()),
    }
}

/// Says what is found out about an accepted scan, if there is anything to find out.
pub(super) fn verify(draft: &mut Draft, opened: &Opened, bounds: Bounds) -> Result<(), ApiError> {
    let (Fact::Scanned(scan), Some(wo)) = (&opened.event.fact, &opened.event.wo) else {
        return Ok(());
    };
    let Some(finding) =
        Code::read(&scan.text).and_then(|code| find(draft, opened, wo, code, bounds))
    else {
        return Ok(());
    };
    let genuine_tap = match &finding {
        Finding::Tap {
            tag,
            counter,
            replay_of: None,
            passed_by: None,
            ..
        } => Some((tag_source(&tag.to_string()), i64::from(*counter))),
        _ => None,
    };
    state(
        draft,
        wo,
        Fact::CodeVerified(CodeVerified {
            scan: opened.id,
            finding,
        }),
    )?;
    match genuine_tap {
        Some((source, counter)) => {
            order_taps(draft, opened.id, wo, (&source, counter), bounds.b.latest)
        }
        None => Ok(()),
    }
}

fn find(
    draft: &mut Draft,
    opened: &Opened,
    wo: &WorkOrderId,
    code: Code,
    bounds: Bounds,
) -> Option<Finding> {
    Some(match code {
        Code::Plain(_) => return None,
        Code::Broken { form, .. } => Finding::Flawed {
            form,
            flaw: Flaw::Forged,
        },
        Code::Label(label) => find_label(draft, label),
        Code::Step(step) => find_step(draft, step, bounds),
        Code::Screen(code) if !code.is_genuine(draft.signer.keys()) => Finding::Flawed {
            form: Form::Screen,
            flaw: Flaw::Forged,
        },
        Code::Screen(code) => Finding::Screen {
            replay_of: use_up(
                draft,
                opened,
                wo,
                (screen_source(&code.nonce_hex()), 0),
                bounds,
            ),
            terminal: code.terminal,
            ts: code.ts,
            manager: code.manager,
        },
        Code::Tap(tap) => find_tap(draft, opened, wo, &tap, bounds),
    })
}

fn find_label(draft: &Draft, label: Label) -> Finding {
    let flawed = |flaw| Finding::Flawed {
        form: Form::Label,
        flaw,
    };
    let register = &draft.register;
    let Some(terminal) = register.terminals.get(&label.terminal) else {
        return flawed(Flaw::Unknown);
    };
    let state = label.state(&terminal.site, &terminal.provider, &register.label_runs);
    let revoked_at = register
        .label_runs
        .iter()
        .find(|run| run.no == label.run)
        .and_then(|run| run.revoked_at);
    match state {
        LabelState::Unknown => flawed(Flaw::Unknown),
        LabelState::Forged => flawed(Flaw::Forged),
        LabelState::Current | LabelState::Stale | LabelState::Revoked => Finding::Label {
            terminal: label.terminal,
            run: label.run,
            is_stale: state == LabelState::Stale,
            revoked_at,
        },
    }
}

fn find_step(draft: &Draft, step: StepCode, bounds: Bounds) -> Finding {
    let flawed = |flaw| Finding::Flawed {
        form: Form::Step,
        flaw,
    };
    let Some(kiosks) = draft.register.kiosks.get(&step.terminal) else {
        return flawed(Flaw::Unknown);
    };
    let makes_it = |generation| {
        step.is_genuine(&secrets::step_secret(
            draft.signer.codes(),
            &step.terminal,
            generation,
        ))
    };
    match kiosks.iter().find(|kiosk| makes_it(kiosk.generation)) {
        None => flawed(Flaw::Forged),
        Some(kiosk) if is_over(kiosk.revoked_at, bounds) => flawed(Flaw::Revoked),
        Some(_) => Finding::Step {
            from: step.from(),
            terminal: step.terminal,
        },
    }
}

fn find_tap(
    draft: &mut Draft,
    opened: &Opened,
    wo: &WorkOrderId,
    tap: &Tap,
    bounds: Bounds,
) -> Finding {
    let flawed = |flaw| Finding::Flawed {
        form: Form::Tap,
        flaw,
    };
    let Some(claim) = tap.claim(&secrets::tag_meta_key(draft.signer.codes())) else {
        return flawed(Flaw::Forged);
    };
    if !tap.is_genuine(
        &claim,
        &diversified(&secrets::tag_master_key(draft.signer.codes()), &claim.tag),
    ) {
        return flawed(Flaw::Forged);
    }
    let Some(known) = draft.register.tags.get(&claim.tag).cloned() else {
        return flawed(Flaw::Unknown);
    };
    if is_over(known.revoked_at, bounds) {
        return flawed(Flaw::Revoked);
    }
    let used = (tag_source(&claim.tag.to_string()), i64::from(claim.counter));
    Finding::Tap {
        terminal: known.terminal,
        tag: claim.tag,
        counter: claim.counter,
        passed_by: passed_by(draft, opened, &used),
        replay_of: use_up(draft, opened, wo, used, bounds),
    }
}

/// The scan by which this phone's own chain shows that the tag had been tapped again before.
fn passed_by(draft: &Draft, opened: &Opened, used: &(String, i64)) -> Option<EventId> {
    let event = &opened.event;
    let higher = (used.0.clone(), used.1 + 1)..=(used.0.clone(), i64::MAX);
    draft
        .code_uses
        .range(higher)
        .map(|(_, tap)| tap)
        .find(|tap| tap.dev == event.dev.to_string() && tap.seq < event.seq as i64)
        .and_then(|tap| tap.scan.parse().ok())
}

/// Taking something out of service does not reach back to what is proved to be earlier.
fn is_over(revoked_at: Option<Timestamp>, bounds: Bounds) -> bool {
    revoked_at.is_some_and(|at| bounds.b.latest > at)
}

/// Marks a code as used by this scan; returns the scan that had used it before.
fn use_up(
    draft: &mut Draft,
    opened: &Opened,
    wo: &WorkOrderId,
    used: (String, i64),
    bounds: Bounds,
) -> Option<EventId> {
    let event = &opened.event;
    if let Some(before) = draft.code_uses.get(&used) {
        let is_again = before.dev == event.dev.to_string()
            && before.sid == event.sid.to_string()
            && before.wo == wo.as_str()
            && before.mono.abs_diff(event.mono) <= AGAIN_MS as u64;
        return if is_again {
            None
        } else {
            before.scan.parse().ok()
        };
    }
    let row = CodeUseRow {
        source: used.0.clone(),
        number: used.1,
        scan: opened.id.to_string(),
        dev: event.dev.to_string(),
        seq: event.seq as i64,
        sid: event.sid.to_string(),
        mono: event.mono,
        wo: wo.to_string(),
        latest: bounds.b.latest.0,
    };
    draft.commit.code_uses.push(row.clone());
    draft.code_uses.insert(used, row);
    None
}

/// A later tap that is proved to have happened bounds every earlier one of its tag, whoever tapped.
fn order_taps(
    draft: &mut Draft,
    scan: EventId,
    wo: &WorkOrderId,
    (source, counter): (&str, i64),
    latest: Timestamp,
) -> Result<(), ApiError> {
    let taps = |from: i64, to: i64| (source.to_owned(), from)..=(source.to_owned(), to);
    let after = draft
        .code_uses
        .range(taps(counter + 1, i64::MAX))
        .map(|(_, tap)| tap);
    let first = after
        .min_by_key(|tap| tap.latest)
        .filter(|tap| tap.latest < latest.0)
        .cloned();
    let before: Vec<CodeUseRow> = draft
        .code_uses
        .range(taps(0, counter - 1))
        .map(|(_, tap)| tap)
        .filter(|tap| tap.latest > latest.0)
        .cloned()
        .collect();
    if let Some(by) = first.as_ref().and_then(|tap| tap.scan.parse().ok()) {
        let latest = Timestamp(first.map_or(latest.0, |tap| tap.latest));
        state(
            draft,
            wo,
            Fact::TapFollowed(TapFollowed { scan, by, latest }),
        )?;
    }
    for tap in before {
        let (Ok(earlier), Ok(wo)) = (tap.scan.parse(), tap.wo.parse()) else {
            continue;
        };
        state(
            draft,
            &wo,
            Fact::TapFollowed(TapFollowed {
                scan: earlier,
                by: scan,
                latest,
            }),
        )?;
    }
    Ok(())
}

/// Says a fact about a work order of this turn and folds it.
fn state(draft: &mut Draft, wo: &WorkOrderId, fact: Fact) -> Result<(), ApiError> {
    if !draft.work_orders.contains_key(wo) {
        return Ok(());
    }
    let system = super::draft::SYSTEM
        .parse()
        .map_err(|_| ApiError::internal("codes", "no pseudo person"))?;
    let recorded = say(draft, wo, &system, fact, BTreeMap::new())?;
    if let Some(work_order) = draft.work_orders.get_mut(wo) {
        work_order.apply(&recorded);
    }
    draft.touch(wo);
    Ok(())
}

fn screen_source(nonce: &str) -> String {
    format!("screen:{nonce}")
}

fn tag_source(tag: &str) -> String {
    format!("tag:{tag}")
}
