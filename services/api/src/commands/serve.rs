//! `safar serve`.

use actix_web::web::Data;

use super::{Failure, directory, runtime, say};
use crate::{
    auth::{self, DevIssuer, Verifier},
    clock::Clock,
    config::{Config, Sources},
    node::{Face, Node, serve, url},
    telemetry,
};

pub(super) fn run(sources: &Sources, dev: bool) -> Result<(), Failure> {
    let config = Config::load(sources, dev)?;
    let guard = telemetry::start(&config.telemetry, dev).map_err(Failure::failed)?;
    let served = runtime()?.block_on(async {
        let node = Node::open(&config, dev, Clock::system()).await.map_err(Failure::failed)?;
        node.caught_up().await.map_err(Failure::failed)?;
        if dev && node.app.models.directory().workers.is_empty() {
            directory::describe_reference(&node).await?;
        }
        serve_node(&config, dev, node, guard.registry(), |_| ()).await
    });
    drop(guard);
    served
}

/// Serves a node until the process is told to stop; `ready` learns the address once it is bound.
pub(super) async fn serve_node(
    config: &Config,
    dev: bool,
    mut node: Node,
    registry: prometheus::Registry,
    ready: impl FnOnce(std::net::SocketAddr),
) -> Result<(), Failure> {
    let verifier = verifier(config, dev, &node.app.clock).await?;
    let face = Face::new(node.app.clone(), verifier.clone(), &config.limits);
    let servers = serve(config, face, registry)
        .map_err(|error| Failure::failed(format!("cannot listen on {}: {error}", config.server.listen)))?;
    tracing::info!(address = %servers.address, operations = %servers.operations, "safar is ready");
    if dev {
        say(format!(
            "safar listens on {}, health and metrics on {}",
            url(servers.address),
            url(servers.operations)
        ));
    }
    ready(servers.address);
    node.measure();
    let refreshing = tokio::spawn(refresh_keys(verifier));
    let trouble = node.trouble();
    let until = async move {
        tokio::select! {
            () = told_to_stop() => None,
            sentence = trouble => Some(sentence),
        }
    };
    let (ended, because) = run_until(servers, until).await;
    refreshing.abort();
    node.close().await;
    ended.map_err(Failure::failed)?;
    match because {
        Some(sentence) => Err(Failure::Failed(sentence)),
        None => Ok(()),
    }
}

/// Runs the servers until something ends them, and says what it was.
async fn run_until(
    servers: crate::node::Servers,
    until: impl Future<Output = Option<String>>,
) -> (std::io::Result<()>, Option<String>) {
    let mut because = None;
    let ended = servers.run(async { because = until.await }).await;
    (ended, because)
}

async fn verifier(config: &Config, dev: bool, clock: &Clock) -> Result<Data<Verifier>, Failure> {
    let mut rules = config.auth.clone();
    if dev {
        auth::dev::allowed_on(config.server.listen).map_err(|error| Failure::Usage(error.to_string()))?;
        let issuer = DevIssuer::open(&config.store.data_folder).map_err(Failure::failed)?;
        rules.issuers.push(issuer.config());
    }
    Verifier::self_test(&rules, clock).await.map_err(Failure::failed)?;
    let fetch = auth::fetch_by_http().map_err(Failure::failed)?;
    Ok(Data::new(Verifier::new(rules, fetch, clock.clone()).map_err(Failure::failed)?))
}

async fn refresh_keys(verifier: Data<Verifier>) {
    loop {
        tokio::time::sleep(verifier.refresh_every()).await;
        verifier.refresh().await;
    }
}

/// SIGTERM or Ctrl-C.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminated.recv() => (),
        _ = tokio::signal::ctrl_c() => (),
    }
}
