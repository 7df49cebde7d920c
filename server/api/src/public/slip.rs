//! What a reporter slip shows (9.1, F43): what was said and when, how far the matter is, its limits, and how to
//! check the time against the public log. The code is the secret: whoever has it sees this page, which names
//! nobody. No account, no script, under 30 KB.

use std::fmt::Write;

use domain::event::Channel;
use domain::slip::{SlipCode, SlipRefusal};
use domain::time::Timestamp;
use domain::work_order::{Judgement, Moment, WorkOrder};
use poem::http::{StatusCode, header};
use poem::web::{Data, Path, Query};
use poem::{Request, Response, handler};
use serde::Deserialize;
use store::{ComplaintAnswerRow, ComplaintRow, SlipRow};

use super::Choice;
use super::html::{Escaped, Page, Phone};
use super::plain_words;
use super::terminal_page::toggle;
use crate::error::ApiError;
use crate::judged::judged;
use crate::language::{Lang, Wording};
use crate::shenzhen;
use crate::state::{App, SharedApp};
use crate::work_orders::read;

const STYLE: &str = include_str!("style.css");

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    code: String,
    lang: Option<String>,
}

/// The page to type a code on; with a code it leads to that slip.
#[handler]
pub(super) fn find(
    app: Data<&SharedApp>,
    Query(typed): Query<Typed>,
    request: &Request,
) -> Response {
    let Typed { code, lang } = typed;
    let lang = Choice { lang }.lang(request);
    if code.trim().is_empty() {
        return form(lang, "", None, &app.config.hotline).response(StatusCode::OK);
    }
    match SlipCode::typed(&code) {
        Ok(code) => Response::builder()
            .status(StatusCode::SEE_OTHER)
            .header(header::LOCATION, format!("/s/{code}?lang={}", lang.tag()))
            .finish(),
        Err(refusal) => mistyped(&app, lang, &code, refusal),
    }
}

#[handler]
pub(super) async fn show(
    app: Data<&SharedApp>,
    Path(code): Path<String>,
    Query(choice): Query<Choice>,
    request: &Request,
) -> Response {
    let lang = choice.lang(request);
    let typed = match SlipCode::typed(&code) {
        Ok(typed) => typed,
        Err(refusal) => return mistyped(&app, lang, &code, refusal),
    };
    let address = app.caller_address(request);
    match shown(&app, typed, &address, lang).await {
        Ok(page) => page.response(StatusCode::OK),
        Err(error) => {
            let objection = error.text(lang);
            let page = form(lang, typed.as_str(), Some(objection), &app.config.hotline);
            let mut response = page.response(error.status);
            super::retry_after(&mut response, &error);
            response
        }
    }
}

fn mistyped(app: &App, lang: Lang, code: &str, refusal: SlipRefusal) -> Response {
    let words = ApiError::refused(refusal.code());
    let page = form(lang, code, Some(words.text(lang)), &app.config.hotline);
    page.response(StatusCode::NOT_FOUND)
}

async fn shown(
    app: &App,
    code: SlipCode,
    address: &str,
    lang: Lang,
) -> Result<Page<'static>, ApiError> {
    let limit = &app.public_limits.slip;
    limit.take(address, app.now()).map_err(ApiError::too_many)?;
    let absent = || ApiError::not_found("回执", "slip", code.grouped());
    let row = app.store.slip(&code.digest().to_string()).await?;
    let row = row.ok_or_else(absent)?;
    if let Some(number) = &row.complaint {
        let complaint = app.store.complaint(number).await?.ok_or_else(absent)?;
        let answers = app.store.complaint_answers(number).await?;
        return Ok(of_complaint(app, lang, code, &complaint, &answers));
    }
    let id = row.wo.as_deref().ok_or_else(absent)?;
    let found = app.store.work_order(id).await?.ok_or_else(absent)?;
    let work_order = read(&found)?;
    let judgement = judged(app, &app.register(), &work_order).await?;
    let event = row.event.clone().unwrap_or_default();
    let leaf = app.store.leaf_numbers(&[&event]).await?.pop().flatten();
    let said = Said::of(&work_order, &row).ok_or_else(absent)?;
    let about = About {
        app,
        lang,
        work_order: &work_order,
        judgement: &judgement,
        said,
        event: &event,
        leaf,
    };
    Ok(about.page(code))
}

/// What the owner of the slip said.
struct Said<'a> {
    at: &'a Moment,
    text: &'a str,
    channel: Channel,
    is_join: bool,
}

impl<'a> Said<'a> {
    fn of(work_order: &'a WorkOrder, slip: &SlipRow) -> Option<Self> {
        let event = slip.event.as_deref()?;
        let report = &work_order.report;
        if report.at.event.to_string() == event {
            return Some(Self {
                at: &report.at,
                text: &report.what.text,
                channel: report.what.channel,
                is_join: false,
            });
        }
        let mut joins = work_order.joins.iter();
        let join = joins.find(|join| join.at.event.to_string() == event)?;
        Some(Self {
            at: &join.at,
            text: &join.what.text,
            channel: join.what.channel,
            is_join: true,
        })
    }
}

struct About<'a> {
    app: &'a App,
    lang: Lang,
    work_order: &'a WorkOrder,
    judgement: &'a Judgement,
    said: Said<'a>,
    event: &'a str,
    /// Its number in the log.
    leaf: Option<i64>,
}

impl About<'_> {
    fn page(&self, code: SlipCode) -> Page<'static> {
        let lang = self.lang;
        let hotline = &self.app.config.hotline;
        let stage = plain_words::stage(&self.judgement.stage, lang);
        let body = format!(
            "{}<h1>{}</h1><p class=\"digits\">{}</p><main><div class=\"notice\" role=\"status\"><p><strong>{stage}</strong></p>{}</div>{}{}{}</main>{}",
            head(lang),
            lang.pick("报障回执", "Slip of a report"),
            code.grouped(),
            self.delays(),
            self.facts(),
            self.limits(),
            self.proof(),
            foot(lang, hotline),
        );
        page(lang, body)
    }

    /// What was told to the authority about delays, and what monitoring says.
    fn delays(&self) -> String {
        let lang = self.lang;
        let mut html = String::new();
        for filing in &self.work_order.filings {
            let reason = plain_words::filing(filing.what.reason, lang);
            let expected = shenzhen::minute(filing.what.expected_at);
            let line = lang.pick(
                format!("运维单位已向主管部门报备延迟：{reason}，预计 {expected} 到场。报备不改变时限。"),
                format!("The maintainer has told the authority of a delay: {reason}, expected {expected}. This moves no limit."),
            );
            write!(html, "<p>{line}</p>").expect(INFALLIBLE);
        }
        if !self.work_order.clearings.is_empty() {
            let line = lang.pick(
                "监控系统显示该故障可能已消失，仍以现场确认为准。",
                "Monitoring no longer sees the fault; what counts is the confirmation on site.",
            );
            write!(html, "<p>{line}</p>").expect(INFALLIBLE);
        }
        html
    }

    fn facts(&self) -> String {
        let lang = self.lang;
        let register = self.app.register();
        let terminal = register.terminals.get(&self.work_order.terminal);
        let site = register.sites.get(&self.work_order.site);
        let (day, time) = shenzhen::second(self.said.at.wall);
        let mut rows = vec![
            (
                lang.pick("终端", "Terminal"),
                format!(
                    "{} {}",
                    self.work_order.terminal,
                    terminal.map_or("", |terminal| &terminal.name)
                ),
            ),
            (
                lang.pick("地点", "Place"),
                site.map_or(String::new(), |site| site.name.clone()),
            ),
            (
                lang.pick("故障", "Fault"),
                plain_words::fault(self.work_order.report.what.fault, lang).to_owned(),
            ),
            (
                lang.pick("来源", "Came by"),
                plain_words::channel(self.said.channel, lang).to_owned(),
            ),
        ];
        if !self.said.text.is_empty() {
            rows.push((lang.pick("您的描述", "You said"), self.said.text.to_owned()));
        }
        let when = match self.said.is_join {
            true => lang.pick("附议时间", "Joined"),
            false => lang.pick("受理时间", "Received"),
        };
        rows.push((when, format!("{day} {time}")));
        if self.said.is_join {
            let first = shenzhen::minute(self.work_order.report.at.wall);
            rows.push((lang.pick("首次报修", "First reported"), first));
        }
        if !self.work_order.joins.is_empty() {
            let joins = self.work_order.joins.len().to_string();
            rows.push((lang.pick("附议人数", "Have joined"), joins));
        }
        rows.push((
            lang.pick("工单号", "Work order"),
            self.work_order.id.to_string(),
        ));
        list(lang.pick("报的是什么", "What was reported"), &rows)
    }

    fn limits(&self) -> String {
        let lang = self.lang;
        let clocks = self.judgement.clocks.iter();
        let rows: Vec<_> = clocks
            .map(|clock| plain_words::limit(clock, lang))
            .collect();
        list(lang.pick("时限", "Limits"), &rows)
    }

    /// How to prove later when it was reported.
    fn proof(&self) -> String {
        let lang = self.lang;
        let event = Escaped(self.event);
        let position = match self.leaf {
            Some(number) => lang.pick(
                format!("第 {} 条", number + 1),
                format!("entry {}", number + 1),
            ),
            None => lang.pick("—", "—").to_owned(),
        };
        let rows = [
            (
                lang.pick("凭证编号", "Number of the proof"),
                self.event.to_owned(),
            ),
            (lang.pick("日志位置", "Place in the log"), position),
        ];
        format!(
            "{}<p>{}</p><p><a class=\"toggle\" href=\"/log/proof/{event}\">{}</a> <a class=\"toggle\" href=\"/log?lang={}\">{}</a></p>",
            list(lang.pick("怎样证明报修时间", "How to prove when it was reported"), &rows),
            lang.pick(
                "服务器收到时就把这条记录的编号写进公开日志，日志由外部见证方共同签名，事后谁也不能改晚或删掉。下载凭证文件保存好，任何人都能用它核对上面的时间，不必相信我们。",
                "When the server received this, it wrote its number into a public log that witnesses outside sign too; nobody can date it later or remove it. Keep the proof file: with it anybody can check the time above without trusting us.",
            ),
            lang.pick("下载凭证文件（约一分钟后）", "Download the proof (in about a minute)"),
            lang.tag(),
            lang.pick("怎样核对", "How to check it"),
        )
    }
}

fn of_complaint(
    app: &App,
    lang: Lang,
    code: SlipCode,
    complaint: &ComplaintRow,
    answers: &[ComplaintAnswerRow],
) -> Page<'static> {
    let (_, stage) = plain_words::complaint(!answers.is_empty(), lang);
    let mut rows = vec![
        (lang.pick("投诉编号", "Complaint"), complaint.number.clone()),
        (lang.pick("终端", "Terminal"), complaint.terminal.clone()),
        (
            lang.pick("登记时间", "Registered"),
            shenzhen::minute(Timestamp(complaint.at)),
        ),
        (lang.pick("投诉内容", "You said"), complaint.text.clone()),
    ];
    rows.extend(answers.iter().map(|answer| {
        let at = shenzhen::minute(Timestamp(answer.at));
        (lang.pick("答复", "Answer"), format!("{at} {}", answer.text))
    }));
    let body = format!(
        "{}<h1>{}</h1><p class=\"digits\">{}</p><main><div class=\"notice\" role=\"status\"><p><strong>{stage}</strong></p></div>{}</main>{}",
        head(lang),
        lang.pick("投诉回执", "Slip of a complaint"),
        code.grouped(),
        list(lang.pick("投诉与答复", "Complaint and answer"), &rows),
        foot(lang, &app.config.hotline),
    );
    page(lang, body)
}

fn form(lang: Lang, typed: &str, objection: Option<&str>, hotline: &str) -> Page<'static> {
    let objection = objection.map_or(String::new(), |text| {
        let text = Escaped(text);
        format!("<div class=\"error\" role=\"alert\"><p>{text}</p></div>")
    });
    let typed: String = typed.chars().take(48).collect();
    let body = format!(
        "{}<main><h1>{}</h1>{objection}<form method=\"get\" action=\"/s\"><input type=\"hidden\" name=\"lang\" value=\"{}\">\
         <label class=\"label\" for=\"code\">{}</label><input id=\"code\" type=\"text\" name=\"code\" autocomplete=\"off\" autocapitalize=\"characters\" maxlength=\"48\" value=\"{}\">\
         <button type=\"submit\">{}</button></form></main>{}",
        head(lang),
        lang.pick("查询报障进度", "How far is my report?"),
        lang.tag(),
        lang.pick("12 位回执码", "The 12 characters of your slip"),
        Escaped(&typed),
        lang.pick("查询", "Look it up"),
        foot(lang, hotline),
    );
    page(lang, body)
}

fn head(lang: Lang) -> String {
    format!(
        "<header><p>{}</p>{}</header>",
        lang.pick("政务服务自助终端报修", "Government self-service terminal"),
        toggle(lang)
    )
}

fn foot(lang: Lang, hotline: &str) -> String {
    format!(
        "<footer><p>{} {}</p></footer>",
        lang.pick("服务热线", "Hotline"),
        Phone(hotline)
    )
}

fn list(heading: &str, rows: &[(&str, String)]) -> String {
    let mut html = format!("<section><h2>{heading}</h2><dl>");
    for (name, value) in rows {
        write!(
            html,
            "<div><dt>{name}</dt><dd>{}</dd></div>",
            Escaped(value)
        )
        .expect(INFALLIBLE);
    }
    html.push_str("</dl></section>");
    html
}

fn page(lang: Lang, body: String) -> Page<'static> {
    Page {
        lang,
        title: lang.pick("报障回执 · 到场", "Slip · Daochang"),
        style: STYLE,
        script: None,
        body,
    }
}

const INFALLIBLE: &str = "writing to a String cannot fail";
