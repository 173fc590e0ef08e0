//! The HTTP servers of a node: the face for workers, and the operators' port.

use std::{net::SocketAddr, sync::Arc};

use actix_web::{
    HttpResponse, HttpServer,
    body::MessageBody,
    dev::{Server, ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Compress, from_fn},
    web::{self, Data},
};
use prometheus::Registry;

use crate::{
    app::App,
    auth::{Limiter, Verifier},
    config::{Config, Limits},
    docs,
    edge::{self, Edge},
    http::accept,
    operations, problem, routes,
};

/// What every worker thread of the face shares.
#[derive(Clone)]
pub struct Face {
    app: Data<App>,
    verifier: Data<Verifier>,
    limiter: Data<Limiter>,
    edge: Data<Edge>,
    document: Data<Document>,
    limits: Limits,
}

/// The `OpenAPI` document, written once.
struct Document(String);

impl Face {
    /// The face of an application; make it after telemetry has started.
    pub fn new(app: App, verifier: Data<Verifier>, limits: &Limits) -> Self {
        Self {
            edge: Data::new(Edge::new(app.ids.clone(), limits)),
            app: Data::new(app),
            verifier,
            limiter: Data::new(Limiter::new(limits)),
            document: Data::new(Document(routes::openapi::document().to_string())),
            limits: limits.clone(),
        }
    }

    /// Everything that is served, as one actix application.
    pub fn service(
        &self,
    ) -> actix_web::App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<impl MessageBody + use<>>,
            Error = actix_web::Error,
            InitError = (),
        > + use<>,
    > {
        actix_web::App::new()
            .app_data(self.app.clone())
            .app_data(self.verifier.clone())
            .app_data(self.limiter.clone())
            .app_data(self.edge.clone())
            .app_data(self.document.clone())
            .configure(edge::services(&self.limits))
            .configure(problem::pages::configure)
            .configure(docs::configure)
            .service(
                web::resource("/openapi.json").route(web::get().to(openapi)).route(web::head().to(openapi)),
            )
            .service(web::scope("").wrap(from_fn(accept::require_json)).configure(routes::configure))
            .wrap(from_fn(edge::around))
            .wrap(Compress::default())
    }
}

async fn openapi(document: Data<Document>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.0.clone())
}

/// The servers of a node, bound and ready to run.
pub struct Servers {
    /// Where workers ask.
    pub address: SocketAddr,
    /// Where operators look.
    pub operations: SocketAddr,
    face: Server,
    handle: ServerHandle,
    operations_server: Server,
}

/// Binds both servers; port 0 takes a free one.
pub fn serve(config: &Config, face: Face, registry: Registry) -> std::io::Result<Servers> {
    let readiness = Arc::new(face.app.get_ref().clone());
    let mut server = HttpServer::new(move || face.service()).disable_signals();
    if config.server.workers > 0 {
        server = server.workers(config.server.workers);
    }
    let server =
        edge::harden(server, &config.limits, config.server.drain_seconds).bind(config.server.listen)?;
    let address = server.addrs().first().copied().unwrap_or(config.server.listen);
    let face = server.run();
    let handle = face.handle();
    let (operations_server, operations) =
        operations::server(config.server.operations_listen, registry, readiness)?;
    Ok(Servers { address, operations, face, handle, operations_server })
}

impl Servers {
    /// Answers until told to stop, then finishes what was begun.
    pub async fn run(self, until: impl Future<Output = ()>) -> std::io::Result<()> {
        let operations_handle = self.operations_server.handle();
        let operations = tokio::spawn(self.operations_server);
        let mut face = tokio::spawn(self.face);
        tokio::select! {
            () = until => {
                self.handle.stop(true).await;
                flatten(face.await)?;
            }
            ended = &mut face => flatten(ended)?,
        }
        operations_handle.stop(true).await;
        flatten(operations.await)
    }
}

fn flatten(ended: Result<std::io::Result<()>, tokio::task::JoinError>) -> std::io::Result<()> {
    ended.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}
