//! How the page behind an evaluation link looks.

use std::fmt::Write;

use domain::canonical::digest_of;
use domain::event::{Mode, Summary};
use domain::ids::EventId;
use domain::text::Lang;
use domain::time::Timestamp;
use poem::Response;

use super::form::{Form, REMARK_CHARS_MAX, UNIT_CHARS_MAX};
use crate::error::ApiError;
use crate::language::Wording;
use crate::public::html::{Escaped, Page, Phone};
use crate::public::retry_after;
use crate::public::terminal_page::toggle;
use crate::shenzhen;
use crate::state::App;

const STYLE: &str = concat!(
    include_str!("../style.css"),
    include_str!("../evaluation.css")
);
const SCRIPT: &str = include_str!("../ink.js");
const INFALLIBLE: &str = "writing to a String cannot fail";

/// The answers to "how content are you?", best first; none is chosen beforehand.
const RATINGS: [(u8, &str, &str); 5] = [
    (5, "非常满意", "Very satisfied"),
    (4, "满意", "Satisfied"),
    (3, "一般", "Neutral"),
    (2, "不满意", "Dissatisfied"),
    (1, "非常不满意", "Very dissatisfied"),
];

/// What the page shows.
pub struct View {
    pub lang: Lang,
    /// Its own address without the host.
    pub path: String,
    pub terminal: String,
    pub technician: String,
    pub summary: Summary,
    pub expires_at: Timestamp,
    pub hotline: String,
}

impl View {
    /// The page with the form; `objections` name what was wrong with the form just sent.
    pub fn page(&self, form: &Form, objections: &[&str]) -> Page<'static> {
        let lang = self.lang;
        let mut body = format!(
            "{}<main><h1>{}</h1><p>{}</p>{}",
            head(lang),
            lang.pick("请您评价这次维修", "Please evaluate this repair"),
            lang.pick(
                "请先核对处理情况，再评价并手写签名。",
                "Please read what was done, then rate it and sign by hand.",
            ),
            self.done(),
        );
        if !objections.is_empty() {
            body.push_str("<div class=\"error\" role=\"alert\">");
            for objection in objections {
                write!(body, "<p>{}</p>", Escaped(objection)).expect(INFALLIBLE);
            }
            body.push_str("</div>");
        }
        body.push_str(&self.form(form));
        write!(body, "</main>{}", self.foot()).expect(INFALLIBLE);
        page(lang, Some(SCRIPT), body)
    }

    /// The page after it was taken.
    pub fn thanks(&self, event: EventId, at: Timestamp, resolved: bool) -> Page<'static> {
        let lang = self.lang;
        let (day, time) = shenzhen::second(at);
        let next = match resolved {
            true => lang.pick("工单已完成评价。", "The work order is evaluated."),
            false => lang.pick(
                "您评价为未解决，工单已重新打开，运维单位须继续处理。",
                "You said it is not solved: the work order is open again and the maintainer must go on.",
            ),
        };
        let body = format!(
            "{}<main><div class=\"thanks\" role=\"status\"><h1>{}</h1><p>{next}</p></div>\
             <dl><div><dt>{}</dt><dd><strong>{}</strong></dd></div>\
             <div><dt>{}</dt><dd>{day} {time}</dd></div>\
             <div><dt>{}</dt><dd><code>{event}</code></dd></div></dl>\
             <p>{}</p><p class=\"hint\">{}</p>\
             <p><a class=\"toggle\" href=\"/log/proof/{event}\">{}</a></p></main>{}",
            head(lang),
            lang.pick("已收到您的评价，谢谢", "Your evaluation has been received, thank you"),
            lang.pick("工单号", "Work order"),
            Escaped(self.summary.wo.as_str()),
            lang.pick("收到时间", "Received"),
            lang.pick("凭证编号", "Slip"),
            lang.pick(
                "请截图保存。评价已写入公开日志，之后谁也不能更改；凭编号任何人都可以核对。",
                "Take a screenshot. The evaluation is in a public log and nobody can change it later; with the slip anybody can check it.",
            ),
            lang.pick("本链接已失效，不能再次使用。", "This link is used up."),
            lang.pick("下载凭证文件（约一分钟后）", "Download the proof (in about a minute)"),
            self.foot(),
        );
        page(lang, None, body)
    }

    fn done(&self) -> String {
        let lang = self.lang;
        let shown = &self.summary;
        let fault = shown.fault.row();
        let mode = match shown.mode {
            Mode::Remote => lang.pick("远程处理", "Remote repair"),
            Mode::OnSite => lang.pick("现场处理", "On-site repair"),
        };
        let parts: Vec<String> = shown
            .parts
            .iter()
            .map(|part| format!("{} × {}", part.name, part.quantity))
            .collect();
        let arrived = shown.arrived_wall.map(shenzhen::minute);
        let count = shown.photos.len();
        let rows = [
            (lang.pick("工单号", "Work order"), shown.wo.to_string()),
            (lang.pick("点位", "Site"), shown.site_name.clone()),
            (
                lang.pick("终端", "Terminal"),
                format!("{} {}", self.terminal, shown.terminal),
            ),
            (
                lang.pick("故障", "Fault"),
                lang.pick(fault.zh, fault.en).to_owned(),
            ),
            (lang.pick("方式", "How"), mode.to_owned()),
            (lang.pick("技术员", "Technician"), self.technician.clone()),
            (lang.pick("到场", "Arrived"), arrived.unwrap_or_default()),
            (
                lang.pick("修复", "Restored"),
                shenzhen::minute(shown.restored_wall),
            ),
            (lang.pick("原因", "Cause"), shown.cause.clone()),
            (lang.pick("处理", "Action"), shown.action.clone()),
            (
                lang.pick("配件", "Parts"),
                parts.join(lang.pick("、", ", ")),
            ),
            (
                lang.pick("照片", "Photos"),
                lang.pick(format!("{count} 张"), count.to_string()),
            ),
        ];
        let mut list = String::from("<dl>");
        for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
            write!(
                list,
                "<div><dt>{name}</dt><dd>{}</dd></div>",
                Escaped(value)
            )
            .expect(INFALLIBLE);
        }
        list.push_str("</dl>");
        list
    }

    fn form(&self, form: &Form) -> String {
        let lang = self.lang;
        format!(
            "<form id=\"form\" method=\"post\" action=\"{}?lang={}\">{}{}{}{}{}\
             <button type=\"submit\" name=\"send\">{}</button></form>",
            Escaped(&self.path),
            lang.tag(),
            self.solved(form),
            self.ratings(form),
            self.fields(form),
            self.pad(form),
            self.said(),
            lang.pick("提交评价", "Send the evaluation"),
        )
    }

    fn solved(&self, form: &Form) -> String {
        let lang = self.lang;
        let choice = |value: &str, text: &str| {
            let checked = if form.resolved == value {
                " checked"
            } else {
                ""
            };
            format!(
                "<label class=\"choice\"><input type=\"radio\" name=\"resolved\" value=\"{value}\" required{checked}><span>{text}</span></label>"
            )
        };
        format!(
            "<fieldset class=\"yesno\"><legend>{}</legend>{}{}</fieldset>",
            lang.pick("故障解决了吗？（必选）", "Is the fault solved? (required)"),
            choice("yes", lang.pick("已解决", "Solved")),
            choice(
                "no",
                lang.pick("未解决，需要继续处理", "Not solved, the work must go on")
            ),
        )
    }

    fn ratings(&self, form: &Form) -> String {
        let lang = self.lang;
        let mut html = format!(
            "<fieldset class=\"stars\"><legend>{}</legend>",
            lang.pick(
                "您对服务满意吗？（必选）",
                "How content are you? (required)"
            )
        );
        for (stars, zh, en) in RATINGS {
            let value = stars.to_string();
            let checked = if form.stars == value { " checked" } else { "" };
            let drawn = "★".repeat(stars.into());
            write!(html, "<label class=\"choice\"><input type=\"radio\" name=\"stars\" value=\"{value}\" required{checked}><span>{} <b aria-hidden=\"true\">{drawn}</b></span></label>", lang.pick(zh, en)).expect(INFALLIBLE);
        }
        html.push_str("</fieldset>");
        html
    }

    fn fields(&self, form: &Form) -> String {
        let lang = self.lang;
        format!(
            "<label class=\"label\" for=\"remark\">{}</label><textarea id=\"remark\" name=\"remark\" rows=\"3\" maxlength=\"{REMARK_CHARS_MAX}\">{}</textarea>\
             <label class=\"label\" for=\"name\">{}</label><input id=\"name\" type=\"text\" name=\"name\" autocomplete=\"name\" maxlength=\"60\" required value=\"{}\">\
             <label class=\"label\" for=\"unit\">{}</label><input id=\"unit\" type=\"text\" name=\"unit\" autocomplete=\"organization\" maxlength=\"{UNIT_CHARS_MAX}\" required value=\"{}\">\
             <label class=\"label\" for=\"phone\">{}</label><input id=\"phone\" type=\"tel\" name=\"phone\" autocomplete=\"tel\" maxlength=\"30\" value=\"{}\">",
            lang.pick("意见（选填）", "Remark (optional)"),
            Escaped(&form.remark),
            lang.pick("您的姓名", "Your name"),
            Escaped(&form.name),
            lang.pick("您的单位", "Your unit"),
            Escaped(&form.unit),
            lang.pick("您的电话（选填）", "Your phone (optional)"),
            Escaped(&form.phone),
        )
    }

    fn pad(&self, form: &Form) -> String {
        let lang = self.lang;
        format!(
            "<p class=\"label\" id=\"sign\">{}</p><div class=\"pad\"><canvas id=\"pad\" role=\"img\" aria-labelledby=\"sign\"></canvas></div>\
             <p class=\"missing\" id=\"ink-missing\" role=\"alert\" hidden>{}</p>\
             <button type=\"button\" class=\"clear\" id=\"clear\">{}</button>\
             <input type=\"hidden\" name=\"ink\" value=\"{}\"><noscript><p class=\"error\">{}</p></noscript>",
            lang.pick("请在框内手写签名", "Please sign by hand inside the box"),
            lang.pick("还没有签名。", "There is no signature yet."),
            lang.pick("清除重写", "Clear"),
            Escaped(&form.ink),
            lang.pick(
                "这个浏览器不能手写签名。请换一个浏览器打开，或在技术员的手机上签名。",
                "This browser cannot take a handwritten signature. Use another one, or sign on the technician\u{2019}s phone.",
            ),
        )
    }

    /// What the signature is about, and what it is not.
    fn said(&self) -> String {
        let lang = self.lang;
        let shown = digest_of(&self.summary).map_or(String::new(), |shown| shown.to_string());
        format!(
            "<p class=\"hint\">{}</p><p class=\"hint\">{} <code>{shown}</code></p><p class=\"hint\">{} {}</p>",
            lang.pick(
                "评价由服务器登记并签名：它说明持有本链接的人在此时提交了这些内容，不能说明提交人身在何处。姓名、电话和笔迹只作为本工单的凭据保存，可依法删除。",
                "The server records and signs it: it says that whoever had this link sent this at that time, not where that person was. Name, number and handwriting are kept only as evidence of this work order and can be erased by law.",
            ),
            lang.pick("所评价内容的编号", "What you evaluate is named by"),
            lang.pick("链接有效期至", "The link is good until"),
            shenzhen::minute(self.expires_at),
        )
    }

    fn foot(&self) -> String {
        let lang = self.lang;
        format!(
            "<footer>{} <a href=\"/standard?lang={}\">DB4403/T 503.6—2024</a> 9.4 · {} {}</footer>",
            lang.pick("依据深圳市地方标准", "Shenzhen standard"),
            lang.tag(),
            lang.pick("服务热线", "Hotline"),
            Phone(&self.hotline),
        )
    }
}

/// A page without a form: the link is not good, or too many came at once.
pub fn refuse(app: &App, error: &ApiError, lang: Lang) -> Response {
    let body = format!(
        "{}<main><h1>{}</h1><p>{}</p><p>{} {}</p></main>",
        head(lang),
        lang.pick("不能在此评价", "Nothing can be evaluated here"),
        Escaped(error.text(lang)),
        lang.pick("服务热线", "Hotline"),
        Phone(&app.config.hotline),
    );
    let mut response = page(lang, None, body).response(error.status);
    retry_after(&mut response, error);
    response
}

fn head(lang: Lang) -> String {
    format!(
        "<header><p>{}</p>{}</header>",
        lang.pick(
            "政务服务自助终端 · 运维评价",
            "Government self-service terminal · evaluation"
        ),
        toggle(lang),
    )
}

fn page(lang: Lang, script: Option<&'static str>, body: String) -> Page<'static> {
    Page {
        lang,
        title: lang.pick("运维评价 · 到场", "Evaluation · Daochang"),
        style: STYLE,
        script,
        body,
    }
}
