//! Every rule by which a genuine event is set aside, and the words that tell the person what to
//! do. Phone and server run the same [`check`]: the phone before it saves, the server before it
//! appends. A refused event is never lost; it waits in quarantine with its code.
//!
//! Not here: whether an event is genuine at all ([`crate::envelope`]) and follows its chain
//! ([`crate::chain`]); and nothing that only weakens evidence. A missing position, a strange
//! photo or a late arrival is judged, not refused: evidence must never block a repair.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::canonical::digest_of;
use crate::event::{CheckedIn, Evaluated, Event, Fact, PhotoTaken, WorkRecorded};
use crate::geo::Fix;
use crate::ids::{Digest, OrgId, PersonId, TerminalId};
use crate::sidecar::{Contact, Ink};
use crate::text::coded;
use crate::work_order::{WorkOrder, hand_over_summary};

/// Longest free text, in characters.
pub const TEXT_CHARS_MAX: usize = 2_000;
/// Most positions in one burst.
pub const FIXES_MAX: usize = 60;
/// Most parts in one work record.
pub const PARTS_MAX: usize = 50;
/// Largest photo, in bytes.
pub const PHOTO_BYTES_MAX: u64 = 15 * 1024 * 1024;

coded! {
    /// Why an event is set aside.
    RefusalCode {
        WrongSigner "wrong_signer"
            "记录的署名人与这部手机的登记人不一致。请用本人账号登录后重新记录。"
            "The record names somebody other than this phone's owner. Sign in as yourself and record it again.";
        DeskOnly "desk_only"
            "报障、派单和凭链接的评价只能由服务器登记，手机不能代为签发。"
            "Reports, assignments and evaluations by link are signed by the server; a phone cannot sign for it.";
        MissingWorkOrder "missing_work_order"
            "这条记录没有写明工单号。请从工单页重新记录。"
            "The record names no work order. Record it again from the work order's page.";
        UnexpectedWorkOrder "unexpected_work_order"
            "手机自身的记录不应带工单号。请更新应用。"
            "A record about the phone itself must not name a work order. Update the app.";
        UnknownWorkOrder "unknown_work_order"
            "没有这张工单。请核对单号，或联系值班台补登记。"
            "There is no such work order. Check the number, or ask the desk to register it.";
        NotYourWorkOrder "not_your_work_order"
            "这张工单属于其他运维单位。您的记录已保留，请联系值班台。"
            "This work order belongs to another provider. Your record is kept; contact the desk.";
        OtherPolicy "other_policy"
            "这条记录写明的判定规则不是本工单受理时的规则，不能计入本工单。原件已隔离保存，请更新应用后重新记录。"
            "The record names other rules than those this work order was born under, so it cannot count. It is kept apart; update the app and record it again.";
        UnknownTerminal "unknown_terminal"
            "登记册里没有这个终端编号。请核对编号，或改用拍照识别。"
            "No terminal has this number. Check it, or read the code from a photo.";
        ForeignTerminal "foreign_terminal"
            "扫到的不是工单上的终端。请到正确的终端签到；确需在此签到的，请写明原因。"
            "This is not the work order's terminal. Check in at the right one, or say why you check in here.";
        AlreadyCheckedIn "already_checked_in"
            "您已在本次到场中签到，无需重复。离开后再来请先点「离开现场」。"
            "You are already checked in for this visit. If you left and came back, tap Leave first.";
        NotCheckedIn "not_checked_in"
            "还没有到场签到，不能登记离开。"
            "There is no check-in to leave from.";
        ImpossibleFix "impossible_fix"
            "定位数值超出地球范围，无法采用。请重新定位后签到；定位不可用时可选原因继续。"
            "The position lies outside the globe. Locate again, or check in without a position and say why.";
        TooManyFixes "too_many_fixes"
            "一次签到的定位点过多。请重新签到。"
            "Too many positions in one check-in. Check in again.";
        MissingSidecar "missing_sidecar"
            "记录的附属内容(定位、签名或联系人)没有随记录送达。请在「传送」中重新发送。"
            "The position, ink or contact that belongs to this record did not arrive. Send it again from Delivery.";
        SidecarMismatch "sidecar_mismatch"
            "附属内容与记录中的哈希不符，可能被改动。原件已隔离保存，请联系值班台。"
            "What came with the record does not match its hash; it may have been changed. It is kept apart; contact the desk.";
        SidecarMalformed "sidecar_malformed"
            "附属内容的格式不正确。请更新应用后重新记录。"
            "What came with the record is malformed. Update the app and record it again.";
        EmptyText "empty_text"
            "内容为空。请填写后再保存。"
            "There is nothing in it. Fill it in, then save.";
        TextTooLong "text_too_long"
            "文字超过 2000 字。请精简后保存。"
            "The text is longer than 2,000 characters. Shorten it.";
        TooManyParts "too_many_parts"
            "一张工单最多登记 50 项配件。请合并后保存。"
            "At most 50 parts fit in one record. Merge some.";
        PartQuantity "part_quantity"
            "配件数量应在 1 到 999 之间。"
            "A part's quantity must be between 1 and 999.";
        PhotoTooLarge "photo_too_large"
            "照片为空或超过 15 MB。请用应用内相机重拍。"
            "The photo is empty or larger than 15 MB. Take it again with the app's camera.";
        PhotoTwice "photo_twice"
            "这张照片已在本工单中。请另拍一张。"
            "This very photo is already in the work order. Take another one.";
        NothingRecorded "nothing_recorded"
            "还没有填写处理情况，不能登记修复完成。"
            "Nothing is recorded as done yet, so it cannot be marked as restored.";
        NothingToEvaluate "nothing_to_evaluate"
            "尚未登记修复完成，暂不能评价。请技术员先完成处理记录。"
            "The service is not marked as restored, so there is nothing to evaluate. The technician must finish the record first.";
        SummaryMismatch "summary_mismatch"
            "评价所依据的内容与处理记录不一致。请重新打开签收页，阅读后再签。"
            "What was shown for the evaluation differs from the record. Open the hand-over again, read and sign.";
        StarsOutOfRange "stars_out_of_range"
            "请选择 1 至 5 星。"
            "Choose 1 to 5 stars.";
        EmptyInk "empty_ink"
            "没有手写签名。请现场管理人员在框内签名。"
            "There is no handwriting. The site manager signs inside the box.";
        TechnicianMayNotEvaluate "technician_may_not_evaluate"
            "技术员不能评价自己的工作。请把手机交给现场设备管理人员。"
            "Technicians cannot evaluate their own work. Hand the phone to the site manager.";
        NotTheSiteManager "not_the_site_manager"
            "所选签收人不是本点位登记的设备管理人员。请重新选择，或填写其姓名和单位。"
            "The chosen signer is not a registered manager of this site. Choose again, or enter name and unit.";
        ContactMissing "contact_missing"
            "请填写签收人姓名和单位。"
            "Enter the signer's name and unit.";
        AlreadyEvaluated "already_evaluated"
            "该工单当前的处理结果已有评价，无需再次评价。"
            "What was done is evaluated already; it needs no further evaluation.";
        ClosedTooEarly "closed_too_early"
            "该工单在评价期满之前就被登记为未评价关闭，此关闭不予采用。"
            "The work order was closed as not evaluated before its time was over; that closing does not count.";
        UnknownDevice "unknown_device"
            "这部手机没有登记，或不属于当前登录人。请在「我的」中重新登记手机；记录已隔离保存。"
            "This phone is not enrolled, or not yours. Enrol it again under Me; the record is kept apart.";
        RevokedKey "revoked_key"
            "这部手机的密钥已吊销，吊销之后的记录不予采用。请联系主管重新登记。"
            "This phone's key is revoked, and nothing recorded after that counts. Ask your supervisor to enrol it again.";
    }
}

/// What the check needs to know besides the event.
#[derive(Clone, Copy)]
pub struct CheckContext<'a> {
    /// The person whose key signs.
    pub person: &'a PersonId,
    /// That person's own phone number, which may not sign the evaluation.
    pub person_phone: &'a str,
    /// That person's organisation.
    pub provider: &'a OrgId,
    /// The work order the event names, if it exists.
    pub work_order: Option<&'a WorkOrder>,
    /// Registered managers of the work order's site.
    pub managers: &'a [PersonId],
    /// Whether the register knows a terminal.
    pub is_terminal: &'a dyn Fn(&TerminalId) -> bool,
    /// Verified sidecars that came along: commitment to value.
    pub sidecars: &'a BTreeMap<Digest, Value>,
}

/// Whether this event of a phone may stand.
pub fn check(event: &Event, context: &CheckContext) -> Result<(), RefusalCode> {
    if event.by != *context.person {
        return Err(RefusalCode::WrongSigner);
    }
    if event.fact.is_said_by_the_desk() {
        return Err(RefusalCode::DeskOnly);
    }
    if !event.fact.is_about_a_work_order() {
        return ensure(event.wo.is_none(), RefusalCode::UnexpectedWorkOrder);
    }
    ensure(event.wo.is_some(), RefusalCode::MissingWorkOrder)?;
    let work_order = context.work_order.ok_or(RefusalCode::UnknownWorkOrder)?;
    ensure(
        work_order.provider == *context.provider,
        RefusalCode::NotYourWorkOrder,
    )?;
    // What phones have signed binds the operator too: whoever exchanges the report's rules later has their word against him.
    let is_ours = event.pol.is_none_or(|pol| pol == work_order.policy);
    ensure(is_ours, RefusalCode::OtherPolicy)?;
    let all_there = event
        .fact
        .commitments()
        .iter()
        .all(|c| context.sidecars.contains_key(c));
    ensure(all_there, RefusalCode::MissingSidecar)?;
    check_fact(event, work_order, context)
}

fn check_fact(
    event: &Event,
    work_order: &WorkOrder,
    context: &CheckContext,
) -> Result<(), RefusalCode> {
    match &event.fact {
        Fact::Scanned(scan) => check_text(&scan.text, 0),
        Fact::CheckedIn(check_in) => check_check_in(event, check_in, work_order, context),
        Fact::LeftSite(_) => ensure(
            work_order.open_visit(event.dev).is_some(),
            RefusalCode::NotCheckedIn,
        ),
        Fact::PhotoTaken(photo) => check_photo(photo, work_order),
        Fact::WorkRecorded(work) => check_work(work),
        Fact::Noted(note) => check_text(&note.text, 1),
        Fact::Filed(filed) => check_text(&filed.text, 1),
        Fact::Restored(_) => {
            let recorded = work_order.work.iter().any(|work| work.at.dev == event.dev);
            ensure(recorded, RefusalCode::NothingRecorded)
        }
        Fact::Evaluated(evaluation) => check_evaluation(event, evaluation, work_order, context),
        _ => Ok(()),
    }
}

fn check_check_in(
    event: &Event,
    check_in: &CheckedIn,
    work_order: &WorkOrder,
    context: &CheckContext,
) -> Result<(), RefusalCode> {
    ensure(
        (context.is_terminal)(&check_in.terminal),
        RefusalCode::UnknownTerminal,
    )?;
    let reason = check_in.reason.as_deref().unwrap_or_default();
    check_text(reason, 0)?;
    let is_right = check_in.terminal == work_order.terminal;
    ensure(
        is_right || !reason.trim().is_empty(),
        RefusalCode::ForeignTerminal,
    )?;
    ensure(
        work_order.open_visit(event.dev).is_none(),
        RefusalCode::AlreadyCheckedIn,
    )?;
    let Some(commitment) = check_in.fixes else {
        return Ok(());
    };
    let fixes: Vec<Fix> = sidecar(context, commitment.c)?;
    ensure(fixes.len() <= FIXES_MAX, RefusalCode::TooManyFixes)?;
    ensure(
        fixes.iter().all(|fix| fix.position().is_valid()),
        RefusalCode::ImpossibleFix,
    )
}

fn check_photo(photo: &PhotoTaken, work_order: &WorkOrder) -> Result<(), RefusalCode> {
    ensure(
        (1..=PHOTO_BYTES_MAX).contains(&photo.size),
        RefusalCode::PhotoTooLarge,
    )?;
    let is_new = work_order
        .photos
        .iter()
        .all(|other| other.what.sha256 != photo.sha256);
    ensure(is_new, RefusalCode::PhotoTwice)
}

fn check_work(work: &WorkRecorded) -> Result<(), RefusalCode> {
    check_text(&work.cause, 1)?;
    check_text(&work.action, 1)?;
    ensure(work.parts.len() <= PARTS_MAX, RefusalCode::TooManyParts)?;
    for part in &work.parts {
        check_text(&part.name, 1)?;
        check_text(part.serial.as_deref().unwrap_or_default(), 0)?;
        ensure(
            (1..=999).contains(&part.quantity),
            RefusalCode::PartQuantity,
        )?;
    }
    Ok(())
}

fn check_evaluation(
    event: &Event,
    evaluation: &Evaluated,
    work_order: &WorkOrder,
    context: &CheckContext,
) -> Result<(), RefusalCode> {
    let shown = &evaluation.summary;
    let derived = hand_over_summary(work_order, event.dev, &shown.site_name)?;
    let is_what_was_done = derived == *shown && digest_of(shown) == Ok(evaluation.shown);
    ensure(is_what_was_done, RefusalCode::SummaryMismatch)?;
    check_signing(evaluation, context)
}

/// What the site manager filled in, wherever that was: the person of the context is the technician, whose
/// own work it is. What was shown is another question.
pub fn check_signing(evaluation: &Evaluated, context: &CheckContext) -> Result<(), RefusalCode> {
    ensure(
        (1..=5).contains(&evaluation.stars),
        RefusalCode::StarsOutOfRange,
    )?;
    check_text(&evaluation.remark, 0)?;
    ensure(evaluation.tags.len() <= 20, RefusalCode::TextTooLong)?;
    evaluation
        .tags
        .iter()
        .try_for_each(|tag| check_text(tag, 1))?;
    let signer: Contact = sidecar(context, evaluation.signer.c)?;
    let has_name = !signer.name.trim().is_empty() && !evaluation.unit.trim().is_empty();
    ensure(has_name, RefusalCode::ContactMissing)?;
    check_text(&signer.name, 1)?;
    check_text(&evaluation.unit, 1)?;
    let is_technician = evaluation.signer_person.as_ref() == Some(context.person)
        || is_same_number(&signer.phone, context.person_phone);
    ensure(!is_technician, RefusalCode::TechnicianMayNotEvaluate)?;
    let is_manager = evaluation
        .signer_person
        .as_ref()
        .is_none_or(|id| context.managers.contains(id));
    ensure(is_manager, RefusalCode::NotTheSiteManager)?;
    let ink: Ink = sidecar(context, evaluation.ink.c)?;
    ensure(ink.is_within_limits(), RefusalCode::SidecarMalformed)?;
    ensure(!ink.is_empty(), RefusalCode::EmptyInk)
}

/// Whether both are one telephone number, however it is spaced and with or without China's +86.
fn is_same_number(one: &str, other: &str) -> bool {
    let number = |written: &str| {
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        let national = digits.strip_prefix("0086").or(digits.strip_prefix("86"));
        national
            .filter(|national| national.len() == 11)
            .unwrap_or(&digits)
            .to_owned()
    };
    let one = number(one);
    !one.is_empty() && one == number(other)
}

fn sidecar<T: serde::de::DeserializeOwned>(
    context: &CheckContext,
    c: Digest,
) -> Result<T, RefusalCode> {
    let value = context
        .sidecars
        .get(&c)
        .ok_or(RefusalCode::MissingSidecar)?;
    serde_json::from_value(value.clone()).map_err(|_| RefusalCode::SidecarMalformed)
}

fn check_text(text: &str, least: usize) -> Result<(), RefusalCode> {
    ensure(
        text.chars().count() <= TEXT_CHARS_MAX,
        RefusalCode::TextTooLong,
    )?;
    ensure(text.trim().chars().count() >= least, RefusalCode::EmptyText)
}

fn ensure(holds: bool, otherwise: RefusalCode) -> Result<(), RefusalCode> {
    if holds { Ok(()) } else { Err(otherwise) }
}
