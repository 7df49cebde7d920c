//! The page for people: what this is, its key, what it has seen, and what to do with it.

use std::fmt::Write as _;

use domain::sla::calendar::CivilDate;
use domain::time::Timestamp;
use domain::tlog::note::NoteKey;

use crate::state::name_of;
use crate::wire::ADD_CHECKPOINT;
use crate::witness::LogState;

/// The page loads nothing and runs nothing.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

const STYLE: &str = "body{font:17px/1.6 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1rem;color:#16202c;background:#fff}\
code{overflow-wrap:anywhere;background:#eef2f6;padding:.1em .3em}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;border-bottom:1px solid #8793a0;padding:.4rem}\
.alarm{border:3px solid #a40000;padding:.6rem}";

/// The page as HTML.
pub fn page(key: &NoteKey, logs: &[LogState]) -> String {
    let mut html = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>日志见证 · Log witness</title>\
         <style>{STYLE}</style><h1>日志见证服务 <span lang=\"en\">· Log witness</span></h1>\
         <p>本服务独立于运维系统运行，记住每个日志的最新状态。只有新状态确实延续旧状态时，才以本机时间副署；\
         因此运营方既不能改写日志，也不能对不同的人出示不同的日志，更不能事后声称记录更早。\
         <p lang=\"en\">This witness runs apart from the operator. It remembers the latest state of each log and \
         cosigns a newer one, with the time by its own clock, only if that provably continues the old one. So the \
         operator can neither rewrite a log, nor show two versions of it, nor claim later that a record is older.\
         <h2>核验公钥 <span lang=\"en\">· Verifier key</span></h2><p><code>{}</code>",
        escaped(&key.to_string())
    );
    for log in logs {
        if log.evidence > 0 {
            let _ = write!(
                html,
                "<p class=\"alarm\" role=\"alert\"><strong>警告：日志 {0} 曾 {1} 次与自身矛盾。</strong>\
                 证据保存在数据目录的 <code>{2}/evidence</code> 中，请要求运营方说明。<br>\
                 <strong lang=\"en\">Alarm: the log {0} has contradicted itself {1} times.</strong> \
                 <span lang=\"en\">The evidence lies in that folder; ask the operator to explain.</span>",
                escaped(&log.origin),
                log.evidence,
                name_of(&log.origin)
            );
        }
    }
    html.push_str(
        "<h2>所见证的日志 <span lang=\"en\">· Logs</span></h2><table><tr><th>日志 <span lang=\"en\">Log</span>\
         <th>记录数 <span lang=\"en\">Size</span><th>最近副署 <span lang=\"en\">Last cosigned</span>",
    );
    logs.iter().for_each(|log| row(&mut html, log));
    html.push_str("</table>");
    html.push_str(&how_to_use());
    html
}

fn row(html: &mut String, log: &LogState) {
    let (size, at) = match &log.seen {
        Some(seen) if seen.note.is_some() => (seen.size.to_string(), in_words(seen.at)),
        Some(_) => ("–".to_owned(), "尚未副署 · not yet".to_owned()),
        None => (
            "–".to_owned(),
            "存储故障，已停止 · stopped: cannot store".to_owned(),
        ),
    };
    let keys: Vec<String> = log
        .keys
        .iter()
        .map(|key| format!("<code>{}</code>", escaped(key)))
        .collect();
    let hash = name_of(&log.origin);
    let _ = write!(
        html,
        "<tr><td>{}<br>{}<br><a href=\"/{hash}/checkpoint\">最新检查点 · checkpoint</a><td>{size}<td>{at}",
        escaped(&log.origin),
        keys.join("<br>"),
    );
}

fn how_to_use() -> String {
    format!(
        "<h2>如何使用 <span lang=\"en\">· How to use it</span></h2><ol>\
         <li>把上面的核验公钥写入核验程序的信任清单（trust.json）；从本机抄录，不要向运营方索取。\
         <span lang=\"en\">Put the verifier key above into the trust file of the verifier. Take it from this machine, not from the operator.</span>\
         <li>请运营方把 <code>{ADD_CHECKPOINT}</code> 的地址登记为见证方。\
         <span lang=\"en\">Have the operator register this address with <code>{ADD_CHECKPOINT}</code> as a witness.</span>\
         <li>数据目录中的 <code>witness.key</code> 请离线备份一份；切勿用旧备份覆盖数据目录，也不要同时运行两份。状态丢失时请换用新密钥。\
         <span lang=\"en\">Keep one offline copy of <code>witness.key</code>. Never put an older copy over the data folder and never run two copies; \
         if the state is lost, make a new key.</span>\
         <li>请保持本机时钟校准。<span lang=\"en\">Keep the clock of this machine right.</span></ol>\
         <p>见证只说明日志前后一致及其时间，不说明记录内容真实。\
         <span lang=\"en\">A witness vouches for consistency and time, not for the truth of what was logged.</span>"
    )
}

/// The time in Beijing and in UTC, to the second.
fn in_words(at: Timestamp) -> String {
    let civil = |offset_s: i64| {
        let seconds = at.0.div_euclid(1000) + offset_s;
        let date = CivilDate::from_day_number(seconds.div_euclid(86_400));
        let day = seconds.rem_euclid(86_400);
        let (hour, minute, second) = (day / 3600, day / 60 % 60, day % 60);
        format!("{date} {hour:02}:{minute:02}:{second:02}")
    };
    format!("北京时间 {}<br>{} UTC", civil(8 * 3600), civil(0))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::WitnessKey;

    #[test]
    fn names_cannot_write_html_and_times_are_in_words() {
        let key = WitnessKey::from_seed("<script>&\"", &[1; 32]).unwrap();
        let log = LogState {
            origin: "<b>log".to_owned(),
            keys: vec!["<i>key".to_owned()],
            seen: None,
            evidence: 2,
        };
        let html = page(&key.public, &[log]);
        for bad in ["<script>", "<b>log", "<i>key"] {
            assert!(!html.contains(bad), "{bad}");
        }
        assert!(html.contains("曾 2 次与自身矛盾") && html.contains("2 times"));
        let words = in_words(Timestamp(1_795_644_596_999));
        assert_eq!(
            words,
            "北京时间 2026-11-26 06:09:56<br>2026-11-25 22:09:56 UTC"
        );
    }
}
