//! Everything the server answers, and the layers around it. From the outside in: security
//! headers, compression, problems (so that nothing leaves as bare text), body limits, routes.

use poem::http::{StatusCode, header};
use poem::middleware::Middleware;
use poem::web::Data;
use poem::{Endpoint, EndpointExt, IntoEndpoint, Response, Route, get, handler};

use crate::compress::Gzip;
use crate::error::ApiError;
use crate::limits::BodyLimit;
use crate::log;
use crate::openapi;
use crate::problem::Problems;
use crate::public;
use crate::state::SharedApp;
use crate::web::{SecurityHeaders, Web};

/// The whole server as one endpoint.
pub fn routes(app: &SharedApp) -> impl Endpoint<Output = Response> + 'static {
    let specification = openapi::specification(app);
    let route = Route::new()
        .nest("/api/v1", openapi::service(app))
        .at("/api/v1/openapi.json", get(Specification(specification)))
        .at("/healthz", get(healthz))
        .nest("/", Web::new(app.config.web.clone()));
    guarded(log::pages::mount(public::mount(route)).data(app.clone()))
}

/// Puts the layers around any endpoint.
pub fn guarded<E: IntoEndpoint>(inner: E) -> impl Endpoint<Output = Response> + 'static
where
    E::Endpoint: 'static,
{
    let limited = BodyLimit.transform(inner.into_endpoint());
    SecurityHeaders.transform(Gzip.transform(Problems.transform(limited)))
}

/// The checked-in specification, also served.
struct Specification(String);

impl Endpoint for Specification {
    type Output = Response;

    async fn call(&self, _request: poem::Request) -> poem::Result<Response> {
        let response = Response::builder().header(header::CONTENT_TYPE, "application/json");
        Ok(response.body(self.0.clone()))
    }
}

/// Whether the server and its store are alive.
#[handler]
async fn healthz(app: Data<&SharedApp>) -> poem::Result<Response> {
    app.store
        .ping()
        .await
        .map_err(|error| ApiError::unavailable("health", error))?;
    Ok(Response::builder()
        .status(StatusCode::OK)
        .content_type("text/plain")
        .body("ok\n"))
}
