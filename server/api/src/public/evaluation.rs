//! The page behind an evaluation link (9.4): what was done, a rating, a pad to sign on. It works in the
//! webview of a messenger and in old browsers: one document, one small script without a library, no cookie,
//! no service worker. Opening it changes nothing, because messengers open links beforehand; only sending does.
//!
//! The server signs what is sent. It can say that whoever had the link sent it, not who that was, and the page
//! says so.

mod form;
mod page;

use domain::event::Summary;
use domain::ids::WorkOrderId;
use domain::time::Timestamp;
use domain::work_order::WorkOrder;
use poem::http::StatusCode;
use poem::web::{Data, Form as FormBody, Path, Query};
use poem::{Request, Response, handler};

use self::form::Form;
use self::page::View;
use super::Choice;
use crate::error::ApiError;
use crate::evaluations::link_of;
use crate::intake::{DeskRequest, EvaluateRequest};
use crate::state::{App, SharedApp};
use crate::work_orders::read;

type Place = (String, String);

#[handler]
pub(super) async fn show(
    app: Data<&SharedApp>,
    Path((work_order, secret)): Path<Place>,
    Query(choice): Query<Choice>,
    request: &Request,
) -> Response {
    let lang = choice.lang(request);
    match opened(&app, &work_order, &secret, request).await {
        Ok(opened) => opened
            .view(&app, lang)
            .page(&opened.form(&app), &[])
            .response(StatusCode::OK),
        Err(error) => page::refuse(&app, &error, lang),
    }
}

#[handler]
pub(super) async fn take(
    app: Data<&SharedApp>,
    Path((work_order, secret)): Path<Place>,
    Query(choice): Query<Choice>,
    request: &Request,
    form: poem::Result<FormBody<Form>>,
) -> Response {
    let lang = choice.lang(request);
    let form = form.map(|form| form.0).unwrap_or_default();
    let opened = match opened(&app, &work_order, &secret, request).await {
        Ok(opened) => opened,
        Err(error) => return page::refuse(&app, &error, lang),
    };
    let view = opened.view(&app, lang);
    let refused = |objections: &[&str]| {
        view.page(&form, objections)
            .response(StatusCode::UNPROCESSABLE_ENTITY)
    };
    let accepted = match form.accept(lang) {
        Ok(accepted) => accepted,
        Err(objections) => return refused(&objections),
    };
    let request = EvaluateRequest {
        work_order: opened.work_order.id.clone(),
        link: link_of(&secret),
        stars: accepted.stars,
        resolved: accepted.resolved,
        remark: accepted.remark,
        unit: accepted.unit,
        signer: accepted.signer,
        ink: accepted.ink,
    };
    match said(&app, request).await {
        Ok((event, at)) => view
            .thanks(event, at, accepted.resolved)
            .response(StatusCode::OK),
        // Somebody else was quicker, or the work went on meanwhile.
        Err(error) if error.code.starts_with("link_") => page::refuse(&app, &gone(error), lang),
        // What somebody can put right on the page is said on the page.
        Err(error) if error.status == StatusCode::UNPROCESSABLE_ENTITY => {
            refused(&[error.text(lang)])
        }
        Err(error) => page::refuse(&app, &error, lang),
    }
}

/// A link that is good, with what it shows.
struct Opened {
    work_order: WorkOrder,
    summary: Summary,
    expires_at: Timestamp,
    path: String,
}

async fn opened(
    app: &App,
    work_order: &str,
    secret: &str,
    request: &Request,
) -> Result<Opened, ApiError> {
    let now = app.now();
    let address = app.caller_address(request);
    let limit = &app.evaluation_limits.address;
    limit.take(&address, now).map_err(ApiError::too_many)?;
    let unknown = || ApiError {
        status: StatusCode::NOT_FOUND,
        ..ApiError::refused(domain::work_order::LinkRefusal::LinkUnknown.code())
    };
    let id: WorkOrderId = work_order.parse().map_err(|_| unknown())?;
    let row = app.store.work_order(id.as_str()).await?;
    let work_order = read(&row.ok_or_else(unknown)?)?;
    let link = link_of(secret);
    let made = work_order.link(link).ok_or_else(unknown)?;
    let expires_at = made.what.expires_at;
    let register = app.register();
    let site = register.sites.get(&work_order.site);
    let site_name = site.map_or("", |site| site.name.as_str());
    let summary = work_order
        .open_link(link, site_name, now)
        .map_err(|code| gone(ApiError::refused(code.code())))?;
    Ok(Opened {
        path: format!("/e/{id}/{secret}"),
        work_order,
        summary,
        expires_at,
    })
}

/// It was good, and is no more.
fn gone(error: ApiError) -> ApiError {
    ApiError {
        status: StatusCode::GONE,
        ..error
    }
}

impl Opened {
    fn view(&self, app: &App, lang: domain::text::Lang) -> View {
        let register = app.register();
        let terminal = register.terminals.get(&self.work_order.terminal);
        View {
            lang,
            path: self.path.clone(),
            terminal: terminal.map_or(String::new(), |terminal| terminal.name.clone()),
            technician: register.name_of(&self.summary.technician).to_owned(),
            summary: self.summary.clone(),
            expires_at: self.expires_at,
            hotline: app.config.hotline.clone(),
        }
    }

    /// The unit in charge of the site is filled in; a rating never is.
    fn form(&self, app: &App) -> Form {
        let register = app.register();
        Form {
            unit: register.org_name(&self.work_order.site_unit).to_owned(),
            ..Form::default()
        }
    }
}

/// Takes it; gives the event's name and when the server took it.
async fn said(
    app: &App,
    request: EvaluateRequest,
) -> Result<(domain::ids::EventId, Timestamp), ApiError> {
    let (id, link) = (request.work_order.clone(), request.link);
    app.intake.desk(DeskRequest::Evaluate(request)).await?;
    let lost = || ApiError::internal("evaluation", "what was taken is not there");
    let row = app.store.work_order(id.as_str()).await?.ok_or_else(lost)?;
    let work_order = read(&row)?;
    let mut evaluations = work_order.evaluations.iter();
    let taken = evaluations.find(|said| said.what.link == Some(link));
    let taken = taken.ok_or_else(lost)?;
    Ok((taken.at.event, taken.at.wall))
}
