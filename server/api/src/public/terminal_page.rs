//! The page behind the QR code on a terminal: who looks after it, whether the fault is known
//! already and how far it is, a button to join it, and a form to report another (9.1, F41). Chinese first, works without script.

use std::fmt::Write;

use domain::fault::FaultCode;
use domain::fault::Level;
use domain::ids::{EventId, WorkOrderId};
use domain::register::{Site, Terminal};
use domain::slip::SlipCode;
use domain::time::Timestamp;
use domain::work_order::Stage;

use super::form::{CHOICES, Form, NAME_CHARS_MAX, PHONE_CHARS_MAX, TEXT_CHARS_MAX};
use super::html::{Escaped, Page, Phone};
use super::labels::qr_svg;
use super::plain_words;
use crate::language::{Lang, Wording};
use crate::shenzhen;

const STYLE: &str = include_str!("style.css");

/// What the page shows.
pub struct View {
    pub lang: Lang,
    pub terminal: Terminal,
    pub site: Site,
    /// Name of the unit in charge of the site.
    pub unit: String,
    /// Name of the organisation that maintains the terminal.
    pub provider: String,
    pub hotline: String,
    /// Faults of this terminal that are not done with, the oldest first.
    pub open: Vec<OpenReport>,
}

/// A fault that was reported before.
pub struct OpenReport {
    pub work_order: WorkOrderId,
    pub fault: FaultCode,
    pub reported_at: Timestamp,
    pub stage: Stage,
    /// How many have joined.
    pub joins: usize,
    pub may_be_joined: bool,
}

/// What a reporter takes along: with it anybody can hold the operator to the time of the report, also if it
/// is registered again later (evidence §3, attack 9).
pub struct Slip {
    pub work_order: WorkOrderId,
    /// The signed report, by which the log knows it.
    pub event: EventId,
    pub at: Timestamp,
    pub level: Level,
    /// Whether it joined a report that was there.
    pub is_join: bool,
    pub code: SlipCode,
    /// The page that shows how far the matter is.
    pub url: String,
}

impl Slip {
    fn section(&self, lang: Lang) -> String {
        let (day, time) = shenzhen::second(self.at);
        let event = self.event;
        format!(
            "<section><h2>{}</h2><p class=\"digits\">{}</p><p>{}</p>\
             <p class=\"qr\"><a href=\"/s/{}?lang={}\">{}</a></p><p><a class=\"toggle\" href=\"/s/{}?lang={}\">{}</a></p><dl>\
             <div><dt>{}</dt><dd><strong>{}</strong></dd></div>\
             <div><dt>{}</dt><dd>{day} {time}</dd></div>\
             <div><dt>{}</dt><dd><code>{event}</code></dd></div></dl>\
             <p>{}</p><p><a class=\"toggle\" href=\"/log/proof/{event}\">{}</a> \
             <a class=\"toggle\" href=\"/log\">{}</a></p></section>",
            lang.pick("报障回执码", "Your slip"),
            self.code.grouped(),
            lang.pick(
                "请截图或抄下这 12 位。凭它随时查看处理进度，不用登录；也可以报给服务热线。",
                "Take a screenshot or write these 12 characters down. They show how far the repair is, without an account; you can also read them to the hotline.",
            ),
            self.code,
            lang.tag(),
            qr_svg(&self.url),
            self.code,
            lang.tag(),
            lang.pick("查看处理进度", "See how far it is"),
            lang.pick("工单号", "Work order"),
            Escaped(self.work_order.as_str()),
            lang.pick("受理时间", "Received"),
            lang.pick("凭证编号", "Slip"),
            lang.pick(
                "受理时间已写入公开日志，之后谁也不能改晚；凭编号任何人都可以核对。",
                "The time is in a public log and nobody can move it later; with the number anybody can check it.",
            ),
            lang.pick("下载凭证文件（约一分钟后）", "Download the proof (in about a minute)"),
            lang.pick("怎样核对", "How to check it"),
        )
    }
}

impl View {
    /// The page with the form; `objections` name what was wrong with the form just sent, be it a report or a joining.
    pub fn page(&self, form: &Form, nonce: &str, objections: &[&str]) -> Page<'static> {
        let nothing = (&Form::default(), &[][..]);
        let sent = (form, objections);
        let is_sent = |open: &OpenReport| open.may_be_joined && open.work_order.as_str() == form.wo;
        let mut body = self.head();
        for (index, open) in self.open.iter().enumerate() {
            // A nonce of its own, so that a report and a joining of one page are two.
            let nonce = format!("{index:x}{}", &nonce[1..]);
            let (form, objections) = if is_sent(open) { sent } else { nothing };
            body.push_str(&self.notice(open, &nonce, form, objections));
        }
        body.push_str(&self.contacts());
        let is_joining = self.open.iter().any(is_sent);
        let (form, objections) = if is_joining { nothing } else { sent };
        let form = self.form(form, nonce, objections);
        let is_known = self.open.iter().any(|open| open.may_be_joined);
        if is_known && objections.is_empty() {
            let summary = self
                .lang
                .pick("还有其他故障？再次报修", "Another fault? Report it");
            write!(
                body,
                "<details><summary>{summary}</summary>{form}</details>"
            )
            .expect(INFALLIBLE);
        } else {
            body.push_str(&form);
        }
        body.push_str(&self.foot());
        self.wrap(body)
    }

    /// The page after a report was taken.
    pub fn thanks(&self, slip: &Slip) -> Page<'static> {
        let lang = self.lang;
        let minutes = match slip.level {
            Level::Severe => 10,
            Level::General => 60,
        };
        let (heading, promise) = if slip.is_join {
            (
                lang.pick("已附议，谢谢", "You have joined the report, thank you"),
                lang.pick(
                    "您遇到的问题已与先前的报修合并，时限仍从第一次报修起算，不会推迟。".to_owned(),
                    "What you saw was added to the earlier report. Its limits still run from the first report and are not put off.".to_owned(),
                ),
            )
        } else {
            (
                lang.pick("已收到报修，谢谢", "Your report has been received, thank you"),
                lang.pick(
                    format!("运维人员应在 {minutes} 分钟内响应；需要到现场的，3 小时内到达。"),
                    format!("The maintainer must respond within {minutes} minutes and, if needed, arrive within 3 hours."),
                ),
            )
        };
        let body = format!(
            "{}<main><div class=\"thanks\" role=\"status\"><h2>{heading}</h2><p>{promise}</p></div>{}{}</main>{}",
            self.head(),
            slip.section(lang),
            self.contacts(),
            self.foot()
        );
        self.wrap(body)
    }

    fn wrap(&self, body: String) -> Page<'static> {
        let title = self
            .lang
            .pick("终端报修 · 到场", "Report a fault · Daochang");
        Page {
            lang: self.lang,
            title,
            style: STYLE,
            script: None,
            body,
        }
    }

    fn head(&self) -> String {
        let lang = self.lang;
        format!(
            "<header><p>{}</p>{}</header><h1>{}<br>{}</h1><p class=\"hint\">{} {}</p>",
            lang.pick("政务服务自助终端报修", "Government self-service terminal"),
            toggle(lang),
            Escaped(&self.site.name),
            Escaped(&self.terminal.name),
            lang.pick("终端编号", "Terminal"),
            Escaped(self.terminal.id.as_str())
        )
    }

    fn notice(&self, open: &OpenReport, nonce: &str, form: &Form, objections: &[&str]) -> String {
        let lang = self.lang;
        let at = shenzhen::minute(open.reported_at);
        let heading = match open.stage {
            Stage::Restored { .. } => lang.pick(
                "已修复，等待确认。如仍有故障，请再次报修。",
                "Repaired, waiting for confirmation. If it is still broken, report it again.",
            ),
            _ => lang.pick("已报修，处理中", "Reported already, being repaired"),
        };
        let joined = match open.joins {
            0 => String::new(),
            joins => lang.pick(
                format!("<p>另有 {joins} 人遇到同样的问题</p>"),
                format!("<p>Others with the same problem: {joins}</p>"),
            ),
        };
        format!(
            "<div class=\"notice\" role=\"status\"><p><strong>{heading}</strong></p><p>{}</p><p>{}</p><p>{}</p>{joined}{}</div>",
            plain_words::fault(open.fault, lang),
            lang.pick(format!("报修时间：{at}"), format!("Reported: {at}")),
            plain_words::stage(&open.stage, lang),
            if open.may_be_joined {
                self.join_form(open, nonce, form, objections)
            } else {
                String::new()
            },
        )
    }

    fn join_form(
        &self,
        open: &OpenReport,
        nonce: &str,
        form: &Form,
        objections: &[&str],
    ) -> String {
        let lang = self.lang;
        let shown = if objections.is_empty() { "" } else { " open" };
        format!(
            "{}<form method=\"post\" action=\"/t/{}/join?lang={}\">\
             <input type=\"hidden\" name=\"wo\" value=\"{}\"><input type=\"hidden\" name=\"nonce\" value=\"{}\">{TRAP}\
             <button type=\"submit\">{}</button>\
             <details{shown}><summary>{}</summary>{}</details></form>",
            objected(objections),
            Escaped(self.terminal.id.as_str()),
            lang.tag(),
            Escaped(open.work_order.as_str()),
            Escaped(nonce),
            lang.pick("我也遇到了同样的问题", "I have the same problem"),
            lang.pick(
                "补充说明或留下联系方式（选填）",
                "Add something, or leave a contact (optional)"
            ),
            self.fields(form, open.work_order.as_str()),
        )
    }

    fn contacts(&self) -> String {
        let lang = self.lang;
        let rows = [
            (
                lang.pick("地址", "Address"),
                Escaped(&self.site.address).to_string(),
            ),
            (
                lang.pick("管理单位", "In charge"),
                Escaped(&self.unit).to_string(),
            ),
            (
                lang.pick("开放时间", "Hours"),
                Escaped(&self.site.hours).to_string(),
            ),
            (
                lang.pick("现场电话", "On site"),
                Phone(&self.site.phone).to_string(),
            ),
            (
                lang.pick("运维单位", "Maintainer"),
                Escaped(&self.provider).to_string(),
            ),
            (
                lang.pick("服务热线", "Hotline"),
                Phone(&self.hotline).to_string(),
            ),
        ];
        let mut list = format!(
            "<section><h2>{}</h2><dl>",
            lang.pick("谁在维护", "Who looks after it")
        );
        for (name, value) in rows {
            write!(list, "<div><dt>{name}</dt><dd>{value}</dd></div>").expect(INFALLIBLE);
        }
        list.push_str("</dl></section>");
        list
    }

    fn form(&self, form: &Form, nonce: &str, objections: &[&str]) -> String {
        let lang = self.lang;
        let mut html = format!("<main><h2>{}</h2>", lang.pick("我要报修", "Report a fault"));
        html.push_str(&objected(objections));
        write!(
            html,
            "<form method=\"post\" action=\"/t/{}?lang={}\">\
             <input type=\"hidden\" name=\"nonce\" value=\"{}\">{}{}{TRAP}\
             <button type=\"submit\">{}</button></form></main>",
            Escaped(self.terminal.id.as_str()),
            lang.tag(),
            Escaped(nonce),
            self.choices(form),
            self.fields(form, ""),
            lang.pick("提交报修", "Send the report")
        )
        .expect(INFALLIBLE);
        html
    }

    fn choices(&self, form: &Form) -> String {
        let lang = self.lang;
        let mut html = format!(
            "<fieldset><legend>{}</legend>",
            lang.pick("出了什么问题？（必选）", "What is wrong? (required)")
        );
        for choice in CHOICES {
            let code = choice.fault.as_str();
            let checked = if form.fault == code { " checked" } else { "" };
            let warning = choice.warning.map_or(String::new(), |(zh, en)| {
                format!("<small>{}</small>", lang.pick(zh, en))
            });
            write!(
                html,
                "<label class=\"choice\"><input type=\"radio\" name=\"fault\" value=\"{code}\" required{checked}><span>{}{warning}</span></label>",
                lang.pick(choice.zh, choice.en)
            )
            .expect(INFALLIBLE);
        }
        html.push_str("</fieldset>");
        html
    }

    /// `of` tells the fields of several forms of one page apart.
    fn fields(&self, form: &Form, of: &str) -> String {
        let lang = self.lang;
        let of = Escaped(of);
        format!(
            "<label class=\"label\" for=\"text{of}\">{}</label><textarea id=\"text{of}\" name=\"text\" rows=\"3\" maxlength=\"{TEXT_CHARS_MAX}\">{}</textarea>\
             <label class=\"label\" for=\"name{of}\">{}</label><input id=\"name{of}\" type=\"text\" name=\"name\" autocomplete=\"name\" maxlength=\"{NAME_CHARS_MAX}\" value=\"{}\">\
             <label class=\"label\" for=\"phone{of}\">{}</label><input id=\"phone{of}\" type=\"tel\" name=\"phone\" autocomplete=\"tel\" maxlength=\"{PHONE_CHARS_MAX}\" value=\"{}\">\
             <p class=\"hint\">{}</p>",
            lang.pick("补充说明（选填）", "Anything else? (optional)"),
            Escaped(&form.text),
            lang.pick("您的称呼（选填）", "Your name (optional)"),
            Escaped(&form.name),
            lang.pick("您的电话（选填）", "Your phone (optional)"),
            Escaped(&form.phone),
            lang.pick(
                "称呼和电话只用于就本次故障与您联系，不会公开。",
                "Name and phone are used only to contact you about this fault and are not published."
            )
        )
    }

    fn foot(&self) -> String {
        let lang = self.lang;
        format!(
            "<footer>{} <a href=\"/standard?lang={}\">DB4403/T 503.6—2024</a>{}</footer>",
            lang.pick("依据深圳市地方标准", "Maintained under Shenzhen standard"),
            lang.tag(),
            lang.pick(" 提供运维服务。", ".")
        )
    }
}

/// People do not see this field; programs fill it in.
const TRAP: &str = "<p class=\"trap\" aria-hidden=\"true\"><label>Website <input type=\"text\" name=\"website\" tabindex=\"-1\" autocomplete=\"off\"></label></p>";

/// What was wrong with a form, above it.
fn objected(objections: &[&str]) -> String {
    if objections.is_empty() {
        return String::new();
    }
    let lines = objections
        .iter()
        .map(|objection| format!("<p>{}</p>", Escaped(objection)));
    let lines: String = lines.collect();
    format!("<div class=\"error\" role=\"alert\">{lines}</div>")
}

const INFALLIBLE: &str = "writing to a String cannot fail";

pub(super) fn toggle(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => r#"<a class="toggle" href="?lang=en" lang="en" hreflang="en">English</a>"#,
        Lang::En => {
            r#"<a class="toggle" href="?lang=zh-CN" lang="zh-CN" hreflang="zh-CN">中文</a>"#
        }
    }
}

/// A page without a terminal: an unknown number, too many reports, a failure of ours.
pub fn plain(lang: Lang, heading: &str, text: &str, hotline: &str) -> Page<'static> {
    let body = format!(
        "<header><p>{}</p>{}</header><main><h1>{}</h1><p>{}</p><p>{} {}</p></main>",
        lang.pick("政务服务自助终端报修", "Government self-service terminal"),
        toggle(lang),
        Escaped(heading),
        Escaped(text),
        lang.pick("服务热线", "Hotline"),
        Phone(hotline)
    );
    let title = lang.pick("终端报修 · 到场", "Report a fault · Daochang");
    Page {
        lang,
        title,
        style: STYLE,
        script: None,
        body,
    }
}
