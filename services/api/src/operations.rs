//! The operators' own port: is it alive, is it ready, what does it measure. No token is asked for, so keep it inside.

use std::{net::SocketAddr, sync::Arc};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::Server,
    http::header::CACHE_CONTROL,
    web::{self, Data},
};
use futures_util::future::BoxFuture;
use prometheus::{Registry, TextEncoder};
use serde::Serialize;

use crate::problem::{Problem, framework};

/// One thing that has to be well before the service is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What is looked at: `store`, `read_models`, …
    pub name: &'static str,
    /// Whether it is well.
    pub ok: bool,
    /// How it is, without addresses or secrets: "12 events behind".
    pub detail: String,
}

impl Check {
    /// Something that is well.
    pub fn well(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: true, detail: detail.into() }
    }

    /// Something that is not.
    pub fn unwell(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: false, detail: detail.into() }
    }
}

/// Looks at everything that readiness depends on. A closure that gives a boxed future is one.
pub trait Readiness: Send + Sync + 'static {
    /// The checks, made now; each has to come to an end by itself within a second or two.
    fn checks(&self) -> BoxFuture<'_, Vec<Check>>;
}

impl<F> Readiness for F
where
    F: Fn() -> BoxFuture<'static, Vec<Check>> + Send + Sync + 'static,
{
    fn checks(&self) -> BoxFuture<'_, Vec<Check>> {
        self()
    }
}

struct Operations {
    registry: Registry,
    readiness: Arc<dyn Readiness>,
}

/// Binds the operators' server; port 0 takes a free one, and the address says which. Await the server to run it; it does
/// not listen to signals, so stop it by its handle.
pub fn server(
    listen: SocketAddr,
    registry: Registry,
    readiness: Arc<dyn Readiness>,
) -> std::io::Result<(Server, SocketAddr)> {
    let state = Data::new(Operations { registry, readiness });
    let server = HttpServer::new(move || {
        App::new().app_data(state.clone()).configure(routes).default_service(web::to(framework::not_found))
    })
    .workers(1)
    .max_connections(64)
    .disable_signals()
    .bind(listen)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    Ok((server.run(), address))
}

fn routes(services: &mut web::ServiceConfig) {
    services
        .service(web::resource("/livez").route(web::get().to(alive)).route(web::head().to(alive)))
        .service(web::resource("/readyz").route(web::get().to(ready)).route(web::head().to(ready)))
        .service(web::resource("/metrics").route(web::get().to(metrics)));
}

/// The process answers, and no more is claimed: a node whose database is away must not be killed for it.
async fn alive() -> HttpResponse {
    answer(HttpResponse::Ok()).json(serde_json::json!({ "status": "alive" }))
}

async fn ready(state: Data<Operations>) -> HttpResponse {
    let checks = state.readiness.checks().await;
    let well = checks.iter().all(|check| check.ok);
    let response = if well { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    let status = if well { "ready" } else { "not ready" };
    answer(response).json(serde_json::json!({ "status": status, "checks": checks }))
}

/// The text format of Prometheus, which every scraper reads.
async fn metrics(state: Data<Operations>) -> Result<HttpResponse, Problem> {
    let page = TextEncoder::new()
        .encode_to_string(&state.registry.gather())
        .map_err(|error| Problem::internal("writing the metrics", &error))?;
    Ok(answer(HttpResponse::Ok()).content_type("text/plain; version=0.0.4; charset=utf-8").body(page))
}

fn answer(mut response: actix_web::HttpResponseBuilder) -> actix_web::HttpResponseBuilder {
    response.insert_header((CACHE_CONTROL, "no-store"));
    response
}

#[cfg(test)]
mod tests {
    use actix_web::test::{self as call, TestRequest};
    use serde_json::Value;

    use super::*;

    async fn ask(path: &str, checks: Vec<Check>) -> (u16, String) {
        let registry = Registry::new();
        let counter = prometheus::IntCounter::new("safar_test", "A count.").unwrap();
        registry.register(Box::new(counter)).unwrap();
        let readiness =
            Arc::new(move || -> BoxFuture<'static, _> { Box::pin(std::future::ready(checks.clone())) });
        let app = App::new().app_data(Data::new(Operations { registry, readiness })).configure(routes);
        let app = call::init_service(app).await;
        let response = call::call_service(&app, TestRequest::get().uri(path).to_request()).await;
        let status = response.status().as_u16();
        (status, String::from_utf8(call::read_body(response).await.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn a_node_is_ready_when_all_its_checks_are_well() {
        let well = Check::well("store", "answers");
        assert_eq!(ask("/readyz", vec![well.clone()]).await.0, 200);
        let (status, body) =
            ask("/readyz", vec![well, Check::unwell("read_models", "12 events behind")]).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &body["checks"][1]["detail"]), (503, &Value::from("12 events behind")));
    }

    #[actix_web::test]
    async fn a_node_that_is_not_ready_is_still_alive() {
        assert_eq!(ask("/livez", vec![Check::unwell("store", "away")]).await.0, 200);
    }

    #[actix_web::test]
    async fn metrics_are_there_for_the_scraper() {
        let (status, body) = ask("/metrics", vec![]).await;
        assert!(status == 200 && body.contains("safar_test 0"), "{body}");
    }

    #[actix_web::test]
    async fn the_server_takes_a_free_port_and_stops_by_its_handle() {
        let readiness: Arc<dyn Readiness> =
            Arc::new(|| -> BoxFuture<'static, _> { Box::pin(async { vec![] }) });
        let (server, address) =
            super::server("127.0.0.1:0".parse().unwrap(), Registry::new(), readiness).unwrap();
        let (handle, running) = (server.handle(), actix_web::rt::spawn(server));
        let answer = reqwest::get(format!("http://{address}/livez")).await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        handle.stop(true).await;
        running.await.unwrap().unwrap();
        assert!(reqwest::get(format!("http://{address}/livez")).await.is_err());
    }
}
