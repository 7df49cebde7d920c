//! What the public sees without signing in: the page behind a terminal's QR code with its
//! report form and what a slip shows, the page that brings a chain head of a phone without network, the
//! page behind an evaluation link, the sheet of labels, and the pages about the log and the standard. Server-rendered HTML, no cookie, under 50 KB, and no script but
//! the pad to sign on. Refusals here are pages with the hotline, not problem documents.

pub mod evaluation;
pub mod form;
mod html;
pub mod labels;
mod log_page;
pub mod plain_words;
pub mod relay;
mod slip;
mod standard_page;
mod terminal_page;

use domain::actor::Action;
use domain::event::Channel;
use domain::fault::Level;
use domain::ids::{EventId, PersonId, TerminalId, WorkOrderId, hex};
use domain::register::{Site, Terminal};
use domain::time::{Millis, Timestamp};
use poem::http::{StatusCode, header};
use poem::web::{Data, Form as FormBody, Path, Query};
use poem::{Request, Response, Route, get, handler, post};
use serde::Deserialize;

use self::form::{Accepted, Form, Said};
pub use self::log_page::stamp_commands;
use self::terminal_page::{OpenReport, Slip, View, plain};
use crate::auth::{Session, bearer_of, subject_at};
use crate::error::ApiError;
use crate::intake::JoinRequest;
use crate::joins::join_report;
use crate::language::{self, Lang, Wording};
use crate::log::state::state;
use crate::rate_limit::RateLimit;
use crate::register::Register;
use crate::reports::{NewReport, file_report};
use crate::signer::random_bytes;
use crate::slips::{code_of, url_of};
use crate::state::{App, SharedApp};
use crate::terminals::{find_terminal, placed};
use crate::work_orders::{open_at, read};

/// Open faults that the page of a terminal names.
const OPEN_SHOWN_MAX: usize = 3;

/// Adds the public routes.
pub fn mount(route: Route) -> Route {
    route
        .at("/t/:terminal", get(show_terminal).post(report_fault))
        .at("/t/:terminal/join", post(join_fault))
        .at("/s", get(slip::find))
        .at("/s/:code", get(slip::show))
        .at("/r/*head", get(relay::show_relay))
        .at(
            "/e/:work_order/:secret",
            get(evaluation::show).post(evaluation::take),
        )
        .at("/labels", get(show_labels).post(show_labels_in_a_tab))
        .at("/log", get(show_log))
        .at("/standard", get(show_standard))
}

/// How often the public may report.
pub struct PublicLimits {
    /// Per address; a service hall shares one.
    address: RateLimit,
    /// Per terminal, so that a prank cannot flood the desk.
    terminal: RateLimit,
    /// Slips that are looked up, per address: nobody guesses one.
    slip: RateLimit,
}

impl Default for PublicLimits {
    fn default() -> Self {
        Self {
            address: RateLimit::new(10, Millis::minutes(1)),
            terminal: RateLimit::new(6, Millis::minutes(10)),
            slip: RateLimit::new(30, Millis(5_000)),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
struct Choice {
    lang: Option<String>,
}

impl Choice {
    fn lang(&self, request: &Request) -> Lang {
        match &self.lang {
            Some(name) => language::named(name),
            None => language::accepted(request.headers()),
        }
    }
}

#[handler]
async fn show_terminal(
    app: Data<&SharedApp>,
    Path(terminal): Path<String>,
    Query(choice): Query<Choice>,
    request: &Request,
) -> Response {
    let lang = choice.lang(request);
    match view(&app, &terminal, lang).await {
        Ok(view) if view.terminal.id.as_str() != terminal => moved(&view.terminal.id, lang),
        Ok(view) => view
            .page(&Form::default(), &nonce(), &[])
            .response(StatusCode::OK),
        Err(error) => refuse(&app, &error, lang),
    }
}

#[handler]
async fn report_fault(
    app: Data<&SharedApp>,
    Path(terminal): Path<String>,
    Query(choice): Query<Choice>,
    request: &Request,
    form: poem::Result<FormBody<Form>>,
) -> Response {
    let lang = choice.lang(request);
    let form = form.map(|form| form.0).unwrap_or_default();
    let view = match view(&app, &terminal, lang).await {
        Ok(view) => view,
        Err(error) => return refuse(&app, &error, lang),
    };
    let accepted = match form.accept(lang) {
        Ok(accepted) => accepted,
        Err(objections) => {
            return view
                .page(&form, &nonce(), &objections)
                .response(StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let address = app.caller_address(request);
    match file(&app, &view.terminal.id, &address, accepted).await {
        Ok(slip) => view.thanks(&slip).response(StatusCode::OK),
        Err(error) => refuse(&app, &error, lang),
    }
}

#[handler]
async fn join_fault(
    app: Data<&SharedApp>,
    Path(terminal): Path<String>,
    Query(choice): Query<Choice>,
    request: &Request,
    form: poem::Result<FormBody<Form>>,
) -> Response {
    let lang = choice.lang(request);
    let form = form.map(|form| form.0).unwrap_or_default();
    let view = match view(&app, &terminal, lang).await {
        Ok(view) => view,
        Err(error) => return refuse(&app, &error, lang),
    };
    let said = match form.accept_join(lang) {
        Ok(said) => said,
        Err(objections) => {
            return view
                .page(&form, &nonce(), &objections)
                .response(StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let address = app.caller_address(request);
    match join(&app, &view.terminal.id, &address, &form.wo, said).await {
        Ok(slip) => view.thanks(&slip).response(StatusCode::OK),
        Err(error) => refuse(&app, &error, lang),
    }
}

fn within_limits(app: &App, terminal: &TerminalId, address: &str) -> Result<(), ApiError> {
    let now = app.now();
    app.public_limits
        .address
        .take(address, now)
        .map_err(ApiError::too_many)?;
    app.public_limits
        .terminal
        .take(terminal.as_str(), now)
        .map_err(ApiError::too_many)
}

/// Joins a report of this very terminal; of another one there is nothing to join here.
async fn join(
    app: &App,
    terminal: &TerminalId,
    address: &str,
    wo: &str,
    said: Said,
) -> Result<Slip, ApiError> {
    within_limits(app, terminal, address)?;
    let absent = || ApiError::not_found("报修记录", "report", wo);
    let id: WorkOrderId = wo.parse().map_err(|_| absent())?;
    let row = app.store.work_order(id.as_str()).await?;
    let row = row.filter(|row| row.terminal == terminal.as_str());
    let level = read(&row.ok_or_else(absent)?)?.report.what.level;
    let request = JoinRequest {
        work_order: id.clone(),
        channel: Channel::PublicQr,
        by: public(),
        reporter: said.contact(),
        text: said.text,
        occurred_at: None,
        idempotency_key: Some(format!("join-{}", said.nonce)),
    };
    let event = join_report(app, request).await?;
    let row = app.store.work_order(id.as_str()).await?;
    let work_order = read(&row.ok_or_else(absent)?)?;
    let joined = work_order.joins.iter().find(|join| join.at.event == event);
    let joined = joined.ok_or_else(|| ApiError::internal("join", "what was said is not there"))?;
    Ok(slip_about(app, id, event, joined.at.wall, level, true))
}

fn slip_about(
    app: &App,
    work_order: WorkOrderId,
    event: EventId,
    at: Timestamp,
    level: Level,
    is_join: bool,
) -> Slip {
    let code = code_of(app.signer.codes(), &event.to_string());
    Slip {
        work_order,
        event,
        at,
        level,
        is_join,
        code,
        url: url_of(app, code),
    }
}

/// Whoever stands before the terminal.
fn public() -> PersonId {
    "public".parse().expect("a plain word is a person id")
}

async fn file(
    app: &App,
    terminal: &TerminalId,
    address: &str,
    form: Accepted,
) -> Result<Slip, ApiError> {
    within_limits(app, terminal, address)?;
    let Accepted { fault, said } = form;
    let report = NewReport {
        terminal: terminal.clone(),
        fault,
        channel: Channel::PublicQr,
        by: public(),
        reporter: said.contact(),
        text: said.text,
        occurred_at: None,
        technician: None,
        idempotency_key: Some(said.nonce),
    };
    let (id, event) = file_report(app, report).await?;
    let row = app.store.work_order(id.as_str()).await?;
    let row = row.ok_or_else(|| ApiError::internal("report", "what was filed is not there"))?;
    let report = read(&row)?.report;
    let (at, level) = (report.at.wall, report.what.level);
    Ok(slip_about(app, id, event, at, level, false))
}

/// What a new tab of the console sends: a page that is opened cannot set headers, and a token in
/// an address would be kept in histories and logs.
#[derive(Deserialize)]
struct TokenForm {
    token: String,
}

#[handler]
async fn show_labels(app: Data<&SharedApp>, request: &Request) -> poem::Result<Response> {
    labels_for(&app, bearer_of(request)).await
}

#[handler]
async fn show_labels_in_a_tab(
    app: Data<&SharedApp>,
    form: FormBody<TokenForm>,
) -> poem::Result<Response> {
    labels_for(&app, Some(&form.0.token)).await
}

async fn labels_for(app: &App, token: Option<&str>) -> poem::Result<Response> {
    let register = app.register();
    let mut terminals: Vec<(&Terminal, &Site)> = placed(&register).collect();
    if !app.config.demo {
        let session = Session::resolve(app, token).await?;
        terminals.retain(|(terminal, site)| {
            session.may(Action::PrintLabels, &subject_at(terminal, site))
        });
        if terminals.is_empty() {
            return Err(ApiError::forbidden().into());
        }
    }
    let print = labels::Print {
        base: &app.config.base,
        hotline: &app.config.hotline,
        runs: &register.label_runs,
        codes: app.signer.codes(),
    };
    Ok(print.sheet(terminals).response(StatusCode::OK))
}

#[handler]
async fn show_log(
    app: Data<&SharedApp>,
    Query(choice): Query<Choice>,
    request: &Request,
) -> poem::Result<Response> {
    let lang = choice.lang(request);
    let state = state(&app).await.map_err(ApiError::from)?;
    let page = log_page::page(lang, &state, &app.config.base, &app.config.hotline);
    Ok(page.response(StatusCode::OK))
}

#[handler]
async fn show_standard(
    app: Data<&SharedApp>,
    Query(choice): Query<Choice>,
    request: &Request,
) -> Response {
    standard_page::page(choice.lang(request), &app.config.hotline).response(StatusCode::OK)
}

/// Everything the page shows about a terminal, given its id or its six digits.
async fn view(app: &App, terminal: &str, lang: Lang) -> Result<View, ApiError> {
    let register: &Register = &app.register();
    let unknown = || ApiError::not_found("终端", "terminal", terminal);
    let (terminal, site) = find_terminal(register, terminal).ok_or_else(unknown)?;
    Ok(View {
        lang,
        unit: register.org_name(&site.unit).to_owned(),
        provider: register.org_name(&terminal.provider).to_owned(),
        hotline: app.config.hotline.clone(),
        open: open_reports(app, &terminal.id).await?,
        terminal: terminal.clone(),
        site: site.clone(),
    })
}

/// Faults of this terminal that are not done with, the oldest first.
async fn open_reports(app: &App, terminal: &TerminalId) -> Result<Vec<OpenReport>, ApiError> {
    let open = open_at(app, terminal).await?.into_iter();
    let open = open.map(|work_order| OpenReport {
        fault: work_order.report.what.fault,
        reported_at: work_order.report.at.wall,
        stage: work_order.stage(),
        joins: work_order.joins.len(),
        may_be_joined: work_order.may_be_joined().is_ok(),
        work_order: work_order.id,
    });
    // A page with more would be one nobody reads.
    Ok(open.take(OPEN_SHOWN_MAX).collect())
}

fn moved(terminal: &TerminalId, lang: Lang) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(
            header::LOCATION,
            format!("/t/{terminal}?lang={}", lang.tag()),
        )
        .finish()
}

fn refuse(app: &App, error: &ApiError, lang: Lang) -> Response {
    let heading = match error.status {
        StatusCode::NOT_FOUND => lang.pick("没有找到这台终端", "This terminal is not known"),
        StatusCode::TOO_MANY_REQUESTS => lang.pick("提交太频繁", "Too many reports"),
        StatusCode::CONFLICT => lang.pick("没有附议成", "You have not joined"),
        _ => lang.pick("暂时无法提交", "This did not work"),
    };
    let text = match error.status {
        StatusCode::NOT_FOUND => lang.pick(
            "请核对标签上的编号，或直接拨打服务热线报修。",
            "Please check the number on the label, or call the hotline.",
        ),
        _ => error.text(lang),
    };
    let mut response = plain(lang, heading, text, &app.config.hotline).response(error.status);
    retry_after(&mut response, error);
    response
}

fn retry_after(response: &mut Response, error: &ApiError) {
    if let Some(seconds) = error.retry_after_s {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
}

fn nonce() -> String {
    hex(&random_bytes::<16>())
}
