//! A server with a mistake in it: what it serves is the node's own face, and what leaves it tells how much is hidden.

use actix_web::{
    HttpResponse, HttpServer,
    body::{MessageBody, to_bytes},
    dev::{ServerHandle, ServiceRequest, ServiceResponse},
    error::ErrorInternalServerError,
    http::{StatusCode, header::HeaderMap},
    middleware::{Next, from_fn},
};
use anyhow::{Context as _, Result};
use safar_api::app::App;
use safar_event_store::Position;
use safar_tests::http::TestApp;

/// An answer on its way out.
pub(crate) struct Leaving {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What a mistake does with a successful answer, given how many hidden events the log holds.
pub(crate) type Leaks = fn(&mut Leaving, u64);

/// A server that stands where the node's own stood.
pub(crate) struct Leaky {
    handle: ServerHandle,
    before: String,
}

/// Serves the app with the mistake in every answer; from now on requests to the app go there.
pub(crate) fn serve(world: &mut TestApp, leaks: Leaks) -> Result<Leaky> {
    let (face, app) = (world.face()?, world.app.clone());
    let server = HttpServer::new(move || {
        let app = app.clone();
        face.service().wrap(from_fn(move |request, next| leak((app.clone(), leaks), request, next)))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0")?;
    let address = server.addrs().first().copied().context("an address")?;
    let running = server.run();
    let handle = running.handle();
    tokio::spawn(running);
    Ok(Leaky { handle, before: world.served_at(format!("http://{address}")) })
}

impl Leaky {
    /// The node's own server answers again.
    pub(crate) async fn stop(self, world: &mut TestApp) {
        world.served_at(self.before);
        self.handle.stop(true).await;
    }
}

async fn leak(
    (app, leaks): (App, Leaks),
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, actix_web::Error> {
    let answered = next.call(request).await?;
    let (request, response) = answered.into_parts();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body()).await.map_err(|_| ErrorInternalServerError("no body"))?;
    let mut leaving = Leaving { headers, body: body.to_vec() };
    if status == StatusCode::OK {
        leaks(&mut leaving, hidden(&app).await);
    }
    let mut response = HttpResponse::build(status).body(leaving.body);
    for (name, value) in &leaving.headers {
        response.headers_mut().append(name.clone(), value.clone());
    }
    Ok(ServiceResponse::new(request, response))
}

/// How many events of HIV records the log holds.
async fn hidden(app: &App) -> u64 {
    let all = app.store.read_all(Position::START, 100_000).await.expect("the log answers");
    all.iter().filter(|event| event.stream.category() == "hiv").count() as u64
}
