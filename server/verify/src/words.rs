//! A report in sentences. The words of the rules' own codes come from `domain::text`.

use std::fmt::Write as _;

use domain::interval::{UNKNOWN_EARLIEST, UNKNOWN_LATEST};
use domain::presence::PresenceResult;
use domain::sla::clock::{Clock, ClockKind, ClockVerdict};
use domain::text::{Lang, text};
use domain::time::{Interval, Timestamp};
use domain::work_order::{FilingJudged, Judgement, Stage};
use serde::Serialize;

use crate::finding::Severity;
use crate::report::{EventLine, Exit, Report};

/// A sentence in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Words {
    pub zh: &'static str,
    pub en: &'static str,
}

impl Words {
    const fn in_lang(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
}

/// What no bundle can prove, said every time.
pub(crate) fn not_proved() -> Vec<Words> {
    [
        ("照片拍的是什么、定位是否被伪造：只证明这些内容在回执之前已存在且未被改动。",
         "What a photo shows, or that a position was not forged: only that they existed before the receipt and were not changed."),
        ("按下按键的人是谁：只证明使用了登记在该人员名下的手机密钥。",
         "Who pressed the button: only that the phone key registered to that person was used."),
        ("手机实际运行的程序是否被改动：所称的版本已公布，只说明任何人都能查看它，不证明运行的就是它。",
         "That the app on the phone was not modified: a build that is published can be looked at by anybody, which does not prove that it ran."),
        ("最后一条所示事件之后，该设备还做过什么。",
         "What the phone did after the last event shown here."),
        ("报障之前故障已存在多久；报障是否被延迟录入。",
         "How long the fault had existed before the report, or whether the report was entered late."),
        ("人员姓名、单位与终端坐标的真实性：以服务器登记为准。",
         "That names, organisations and a terminal's coordinates are true: they are what the server's register says."),
        ("手机时钟所显示的时间：仅供对照，不作依据。",
         "The time a phone's clock showed: printed for comparison, never used."),
    ]
    .map(|(zh, en)| Words { zh, en })
    .to_vec()
}

/// The whole report.
pub(crate) fn tell(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = tell_in(&mut out, report, lang);
    out
}

fn tell_in(out: &mut String, report: &Report, lang: Lang) -> std::fmt::Result {
    let say = |zh: &'static str, en: &'static str| Words { zh, en }.in_lang(lang);
    writeln!(
        out,
        "== {} ==",
        say("到场证据包核验", "Daochang evidence bundle")
    )?;
    if let Some(work_order) = &report.work_order {
        writeln!(out, "{} {work_order}", say("工单", "Work order"))?;
    }
    if let Some(at) = report.made_at {
        writeln!(
            out,
            "{} {}",
            say("服务器所称制作时间", "Made, by the server's word,"),
            moment(at)
        )?;
    }
    writeln!(out, "{}", outcome(report.exit).in_lang(lang))?;
    let counts = report.counts;
    writeln!(
        out,
        "{} {} · {} {} · {} {} · {} {} · {} {} · {} {} · {} {}",
        say("文件", "files"),
        counts.files,
        say("事件", "events"),
        counts.events,
        say("回执", "receipts"),
        counts.receipts,
        say("照片", "photos"),
        counts.photos,
        say("附属内容", "sidecars"),
        counts.sidecars,
        say("日志证明", "log proofs"),
        counts.logged,
        say("见证的检查点", "witnessed checkpoints"),
        counts.witnessed,
    )?;
    if counts.signed_twice > 0 {
        let title = say(
            "国密（SM2）签名已核验的回执与检查点",
            "receipts and checkpoints verified with SM2 too",
        );
        writeln!(out, "{title} {}", counts.signed_twice)?;
    }
    tell_findings(out, report, lang)?;
    if let Some(judgement) = &report.judgement {
        tell_judgement(out, judgement, lang)?;
    }
    if !report.events.is_empty() {
        let title = say(
            "事件时间（深圳时间；可证明的最早与最晚时刻）",
            "When (Shenzhen time; earliest and latest provable moment)",
        );
        writeln!(out, "\n-- {title} --")?;
        for event in &report.events {
            tell_event(out, event, lang)?;
        }
    }
    tell_builds(out, report, lang)?;
    tell_commitments(out, report, lang)?;
    if !report.not_proved.is_empty() {
        writeln!(
            out,
            "\n-- {} --",
            say("本证据包不能证明", "What this does not prove")
        )?;
        for words in &report.not_proved {
            writeln!(out, "· {}", words.in_lang(lang))?;
        }
    }
    writeln!(out)
}

/// Which program signed, and since when it was public.
fn tell_builds(out: &mut String, report: &Report, lang: Lang) -> std::fmt::Result {
    let say = |zh: &'static str, en: &'static str| Words { zh, en }.in_lang(lang);
    if report.builds.is_empty() {
        return Ok(());
    }
    let title = say(
        "签名所用的程序（手机自称）",
        "The program that signed, as the phone names it",
    );
    writeln!(out, "\n-- {title} --")?;
    for build in &report.builds {
        let named = build.named.as_deref().unwrap_or("–");
        write!(out, "{} · {named}", build.dev)?;
        if let Some(at) = build.logged_at {
            write!(out, " · {} {}", say("公布于", "published"), moment(at))?;
        }
        match build.doubt {
            Some(doubt) => writeln!(
                out,
                "\n  ? {}",
                text(doubt.code(), lang).unwrap_or_default()
            )?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

/// What the server has bound itself to: verdicts in the log, whose the keys are, and which ended.
fn tell_commitments(out: &mut String, report: &Report, lang: Lang) -> std::fmt::Result {
    let say = |zh: &'static str, en: &'static str| Words { zh, en }.in_lang(lang);
    for logged in &report.logged_verdicts {
        let at = logged.logged_at.map_or_else(|| "–".to_owned(), moment);
        let title = say("评价时入册的结论", "Verdict logged at the evaluation");
        write!(out, "{title} {at}:")?;
        for (kind, verdict) in &logged.clocks {
            let verdict = verdict_words(*verdict).in_lang(lang);
            write!(out, " · {} {verdict}", clock_words(*kind).in_lang(lang))?;
        }
        writeln!(out)?;
    }
    for key in &report.keys {
        let approval = match &key.approved_by {
            Some(by) => format!("{} {by}", say("批准人", "approved by")),
            None => say("未经批准（首部手机）", "no approval (a first phone)").to_owned(),
        };
        writeln!(
            out,
            "{} {} {} {} {} · {approval}",
            say("手机密钥", "Phone key"),
            key.dev,
            key.person,
            say("登记于", "enrolled"),
            moment(key.enrolled_at),
        )?;
    }
    for revocation in &report.revocations {
        writeln!(
            out,
            "{} {} {} {} ({} {})",
            say("密钥吊销", "Key revoked"),
            revocation.dev,
            say("生效于", "effective"),
            moment(revocation.effective),
            say("作出于", "said at"),
            moment(revocation.said_at),
        )?;
    }
    Ok(())
}

fn outcome(exit: Exit) -> Words {
    let (zh, en) = match exit {
        Exit::Proved => ("结论 0：全部核验通过。", "Result 0: everything was proved."),
        Exit::False => (
            "结论 1：有内容不真实，详见下列各项。",
            "Result 1: something is false; see below.",
        ),
        Exit::Missing => (
            "结论 2：内容完整未被改动，但缺少应有的部分保证，详见下列各项。",
            "Result 2: intact and unchanged, but some promised guarantee is missing; see below.",
        ),
        Exit::BadInput => (
            "结论 3：不是可读取的证据包。",
            "Result 3: not an evidence bundle that can be read.",
        ),
    };
    Words { zh, en }
}

fn tell_findings(out: &mut String, report: &Report, lang: Lang) -> std::fmt::Result {
    for finding in &report.findings {
        let mark = match finding.severity {
            Severity::Note => "i",
            Severity::Missing => "?",
            Severity::False | Severity::BadInput => "✗",
        };
        let words = Words {
            zh: finding.zh,
            en: finding.en,
        }
        .in_lang(lang);
        write!(out, "{mark} [{}]", finding.code.code())?;
        for more in [&finding.file, &finding.detail].into_iter().flatten() {
            write!(out, " {more}")?;
        }
        writeln!(out, "\n  {words}")?;
    }
    Ok(())
}

fn tell_judgement(out: &mut String, judgement: &Judgement, lang: Lang) -> std::fmt::Result {
    let say = |zh: &'static str, en: &'static str| Words { zh, en }.in_lang(lang);
    writeln!(
        out,
        "\n-- {} --",
        say("重新计算的结论", "Verdicts, recomputed")
    )?;
    for clock in &judgement.clocks {
        tell_clock(out, clock, lang)?;
    }
    for presence in &judgement.presence {
        let result = match presence.result {
            PresenceResult::Contradicted => say("与到场矛盾", "contradicted"),
            PresenceResult::None => say("无依据", "none"),
            PresenceResult::Weak => say("弱", "weak"),
            PresenceResult::Adequate => say("足够", "adequate"),
            PresenceResult::Strong => say("强", "strong"),
        };
        let points = presence.points;
        writeln!(out, "{} {result} ({points})", say("在场依据", "Presence"))?;
        let factors = presence.factors.iter().map(|factor| factor.code.code());
        let doubts = presence.doubts.iter().map(|doubt| doubt.code());
        for code in factors.chain(doubts) {
            writeln!(out, "  · {}", text(code, lang).unwrap_or(code))?;
        }
    }
    for reason in &judgement.arrival.reasons {
        writeln!(
            out,
            "{} {}",
            say("到场", "Arrival:"),
            text(reason.code(), lang).unwrap_or_default()
        )?;
    }
    for filing in &judgement.filings {
        tell_filing(out, filing, lang)?;
    }
    tell_evaluation(out, judgement, lang)
}

/// Only what is not the plain case: evaluated on the technician's phone, whose key signs it.
fn tell_evaluation(out: &mut String, judgement: &Judgement, lang: Lang) -> std::fmt::Result {
    let say = |zh: &'static str, en: &'static str| Words { zh, en }.in_lang(lang);
    let title = say("评价", "Evaluation:");
    if let Some(source) = judgement.evaluation_source {
        writeln!(
            out,
            "{title} {}",
            text(source.code(), lang).unwrap_or_default()
        )?;
    }
    if let Stage::ClosedUnevaluated { at } = &judgement.stage {
        let closed = say(
            "期满无人评价，已按未评价关闭（不计为满意）",
            "nobody evaluated it in time; closed as not evaluated, which is never counted as satisfied",
        );
        writeln!(out, "{title} {closed} {}", moment(at.wall))?;
    }
    if let Some(due) = judgement.evaluation_due {
        let until = say("等待评价，期满", "waited for until");
        writeln!(out, "{title} {until} {}", moment(due.at))?;
    }
    Ok(())
}

fn tell_filing(out: &mut String, filing: &FilingJudged, lang: Lang) -> std::fmt::Result {
    let say = |zh: &'static str, en: &'static str| Words { zh, en }.in_lang(lang);
    let when = match filing.in_time {
        Some(ClockVerdict::Met) => say("到场时限之前", "before the deadline of the arrival"),
        Some(ClockVerdict::Breached) => say("到场时限之后", "after the deadline of the arrival"),
        Some(_) => say(
            "无法判断是否在到场时限之前",
            "cannot tell whether before the deadline of the arrival",
        ),
        None => say("不需要到场", "no arrival is needed"),
    };
    let answer = match filing.accepted {
        Some(true) => say("主管单位已认可", "accepted by the authority"),
        Some(false) => say("主管单位不予认可", "refused by the authority"),
        None => say("主管单位尚未答复", "not answered yet"),
    };
    writeln!(out, "{} {when} · {answer}", say("报备", "Filing:"))
}

fn tell_clock(out: &mut String, clock: &Clock, lang: Lang) -> std::fmt::Result {
    let say = |zh: &'static str, en: &'static str| Words { zh, en }.in_lang(lang);
    let kind = clock_words(clock.kind).in_lang(lang);
    let minutes = clock
        .limit_minutes
        .map_or_else(|| "–".to_owned(), |minutes| minutes.to_string());
    let verdicts = &clock.verdicts;
    let [external, server, device] = [verdicts.external, verdicts.server, verdicts.device]
        .map(|verdict| verdict_words(verdict).in_lang(lang));
    writeln!(
        out,
        "{kind} ({minutes} {}): {} · {} {external} · {} {server} · {} {device}",
        say("分钟", "min"),
        verdict_words(clock.verdict).in_lang(lang),
        say("见证级", "by witnesses"),
        say("服务器级", "by the server"),
        say("手机级", "by the phone"),
    )?;
    writeln!(out, "  {} {}", say("起", "from"), span(clock.started, lang))?;
    if let Some(ended) = &clock.ended {
        writeln!(out, "  {} {}", say("止", "to"), span(ended.b, lang))?;
    }
    for reason in &clock.reasons {
        writeln!(out, "  · {}", text(reason.code(), lang).unwrap_or_default())?;
    }
    Ok(())
}

fn clock_words(kind: ClockKind) -> Words {
    let (zh, en) = match kind {
        ClockKind::Response => ("响应", "Response"),
        ClockKind::Arrival => ("到场时限", "Arrival limit"),
        ClockKind::Repair => ("修复", "Repair"),
    };
    Words { zh, en }
}

fn verdict_words(verdict: ClockVerdict) -> Words {
    let (zh, en) = match verdict {
        ClockVerdict::Met => ("达标", "met"),
        ClockVerdict::Breached => ("超时", "breached"),
        ClockVerdict::CannotTell => ("无法判定", "cannot tell"),
        ClockVerdict::Running => ("进行中", "running"),
        ClockVerdict::Overdue => ("已到时限", "overdue"),
    };
    Words { zh, en }
}

fn tell_event(out: &mut String, event: &EventLine, lang: Lang) -> std::fmt::Result {
    let device = Words {
        zh: "手机级",
        en: "by the phone",
    }
    .in_lang(lang);
    write!(
        out,
        "{} {} · {}",
        event.t,
        event.by,
        span(event.bounds.b, lang)
    )?;
    if let Some(external) = event.external {
        let outside = Words {
            zh: "见证级",
            en: "by witnesses",
        };
        write!(out, " · {} {}", outside.in_lang(lang), span(external, lang))?;
    }
    if event.bounds.c != event.bounds.b {
        write!(out, " · {device} {}", span(event.bounds.c, lang))?;
    }
    if let Some(code) = &event.set_aside {
        write!(out, " · [{code}] {}", text(code, lang).unwrap_or_default())?;
    }
    writeln!(out)
}

fn span(interval: Interval, lang: Lang) -> String {
    let unknown = Words {
        zh: "不明",
        en: "unknown",
    }
    .in_lang(lang);
    let earliest = if interval.earliest == UNKNOWN_EARLIEST {
        unknown.to_owned()
    } else {
        moment(interval.earliest)
    };
    let latest = if interval.latest == UNKNOWN_LATEST {
        unknown.to_owned()
    } else {
        moment(interval.latest)
    };
    format!("{earliest} – {latest}")
}

/// Civil time in Shenzhen, which knows no summer time.
pub(crate) fn moment(at: Timestamp) -> String {
    const DAY_MS: i64 = 86_400_000;
    let local = at.0.saturating_add(8 * 3_600_000);
    let (days, ms) = (local.div_euclid(DAY_MS), local.rem_euclid(DAY_MS));
    let (year, month, day) = civil(days);
    let second = ms / 1_000;
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}.{:03}",
        second / 3_600,
        second / 60 % 60,
        second % 60,
        ms % 1_000
    )
}

/// The Gregorian date so many days after 1970-01-01 (Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, "1970-01-01 08:00:00.000")]
    #[case(-28_800_001, "1969-12-31 23:59:59.999")]
    #[case(1_795_482_000_000, "2026-11-24 09:00:00.000")]
    #[case(1_709_136_000_000, "2024-02-29 00:00:00.000")]
    #[case(951_753_600_000, "2000-02-29 00:00:00.000")]
    #[case(3_786_883_200_000, "2090-01-01 00:00:00.000")]
    fn moments_are_told_in_shenzhen_time(#[case] at: i64, #[case] told: &str) {
        assert_eq!(moment(Timestamp(at)), told);
    }
}
