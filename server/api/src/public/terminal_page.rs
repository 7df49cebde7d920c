//! The page behind the QR code on a terminal: who looks after it, whether the fault is known
//! already, and a form to report it (9.1). Chinese first, works without script.

use std::fmt::Write;

use domain::fault::Level;
use domain::ids::{EventId, WorkOrderId};
use domain::register::{Site, Terminal};
use domain::time::Timestamp;

use super::form::{CHOICES, Form, NAME_CHARS_MAX, PHONE_CHARS_MAX, TEXT_CHARS_MAX};
use super::html::{Escaped, Page, Phone};
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
    /// When the open fault was reported, if there is one.
    pub reported_at: Option<Timestamp>,
}

/// What a reporter takes along: with it anybody can hold the operator to the time of the report, also if it
/// is registered again later (evidence §3, attack 9).
pub struct Slip {
    pub work_order: WorkOrderId,
    /// The signed report, by which the log knows it.
    pub event: EventId,
    pub at: Timestamp,
    pub level: Level,
}

impl Slip {
    fn section(&self, lang: Lang) -> String {
        let (day, time) = shenzhen::second(self.at);
        let event = self.event;
        format!(
            "<section><h2>{}</h2><dl>\
             <div><dt>{}</dt><dd><strong>{}</strong></dd></div>\
             <div><dt>{}</dt><dd>{day} {time}</dd></div>\
             <div><dt>{}</dt><dd><code>{event}</code></dd></div></dl>\
             <p>{}</p><p><a class=\"toggle\" href=\"/log/proof/{event}\">{}</a> \
             <a class=\"toggle\" href=\"/log\">{}</a></p></section>",
            lang.pick("受理凭证", "Your slip"),
            lang.pick("工单号", "Work order"),
            Escaped(self.work_order.as_str()),
            lang.pick("受理时间", "Received"),
            lang.pick("凭证编号", "Slip"),
            lang.pick(
                "请截图保存。受理时间已写入公开日志，之后谁也不能改晚；凭编号任何人都可以核对。",
                "Take a screenshot. The time is in a public log and nobody can move it later; with the slip anybody can check it.",
            ),
            lang.pick("下载凭证文件（约一分钟后）", "Download the proof (in about a minute)"),
            lang.pick("怎样核对", "How to check it"),
        )
    }
}

impl View {
    /// The page with the form; `objections` name what was wrong with the form just sent.
    pub fn page(&self, form: &Form, nonce: &str, objections: &[&str]) -> Page<'static> {
        let mut body = self.head();
        body.push_str(&self.notice());
        body.push_str(&self.contacts());
        let form = self.form(form, nonce, objections);
        if self.reported_at.is_some() && objections.is_empty() {
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
        let body = format!(
            "{}<main><div class=\"thanks\" role=\"status\"><h2>{}</h2><p>{}</p></div>{}{}</main>{}",
            self.head(),
            lang.pick("已收到报修，谢谢", "Your report has been received, thank you"),
            lang.pick(
                format!("运维人员应在 {minutes} 分钟内响应；需要到现场的，3 小时内到达。"),
                format!("The maintainer must respond within {minutes} minutes and, if needed, arrive within 3 hours."),
            ),
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

    fn notice(&self) -> String {
        let Some(reported_at) = self.reported_at else {
            return String::new();
        };
        let at = shenzhen::minute(reported_at);
        format!(
            "<div class=\"notice\" role=\"status\"><p><strong>{}</strong></p><p>{}</p></div>",
            self.lang
                .pick("已报修，处理中", "Reported already, being repaired"),
            self.lang
                .pick(format!("报修时间：{at}"), format!("Reported: {at}"))
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
        if !objections.is_empty() {
            html.push_str("<div class=\"error\" role=\"alert\">");
            for objection in objections {
                write!(html, "<p>{}</p>", Escaped(objection)).expect(INFALLIBLE);
            }
            html.push_str("</div>");
        }
        write!(
            html,
            "<form method=\"post\" action=\"/t/{}?lang={}\">\
             <input type=\"hidden\" name=\"nonce\" value=\"{}\">{}{}\
             <p class=\"trap\" aria-hidden=\"true\"><label>Website <input type=\"text\" name=\"website\" tabindex=\"-1\" autocomplete=\"off\"></label></p>\
             <button type=\"submit\">{}</button></form></main>",
            Escaped(self.terminal.id.as_str()),
            lang.tag(),
            Escaped(nonce),
            self.choices(form),
            self.fields(form),
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

    fn fields(&self, form: &Form) -> String {
        let lang = self.lang;
        format!(
            "<label class=\"label\" for=\"text\">{}</label><textarea id=\"text\" name=\"text\" rows=\"3\" maxlength=\"{TEXT_CHARS_MAX}\">{}</textarea>\
             <label class=\"label\" for=\"name\">{}</label><input id=\"name\" type=\"text\" name=\"name\" autocomplete=\"name\" maxlength=\"{NAME_CHARS_MAX}\" value=\"{}\">\
             <label class=\"label\" for=\"phone\">{}</label><input id=\"phone\" type=\"tel\" name=\"phone\" autocomplete=\"tel\" maxlength=\"{PHONE_CHARS_MAX}\" value=\"{}\">\
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
