//! How much is taken on at once.

use std::{
    any::Any,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_http::Request;
use actix_web::{
    Error, HttpServer,
    body::MessageBody,
    dev::{AppConfig, Response, Service, ServiceFactory},
    rt::net::TcpStream,
};
use socket2::SockRef;

use crate::config::Limits;

/// Counts the requests that are being worked on, in all threads of the process.
pub(super) struct InFlight {
    now: Arc<AtomicUsize>,
    limit: usize,
}

/// The place of one request; it is free again when this is dropped, also when the caller has gone away.
pub(super) struct Place(Arc<AtomicUsize>);

impl InFlight {
    pub(super) fn new(limit: usize) -> Self {
        Self { now: Arc::default(), limit }
    }

    /// A place, unless all are taken.
    pub(super) fn enter(&self) -> Option<Place> {
        let place = Place(self.now.clone());
        (self.now.fetch_add(1, Ordering::AcqRel) < self.limit).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Sets the limits of connections and of slow callers on a server.
pub fn harden<F, I, S, B>(
    server: HttpServer<F, I, S, B>,
    limits: &Limits,
    drain_seconds: u64,
) -> HttpServer<F, I, S, B>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: actix_service::IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let write = Duration::from_secs(limits.write_seconds);
    server
        .max_connections(limits.connections)
        .client_request_timeout(Duration::from_secs(limits.head_seconds))
        .client_disconnect_timeout(Duration::from_secs(1))
        .keep_alive(Duration::from_secs(limits.keep_alive_seconds))
        .shutdown_timeout(drain_seconds)
        .on_connect(move |connection, _| bound_writing(connection, write))
}

/// A caller who does not read on is not written to for ever: the system ends a connection whose other side has not made room
/// for so long. The framework has no such limit of its own.
fn bound_writing(connection: &dyn Any, longest: Duration) {
    let Some(connection) = connection.downcast_ref::<TcpStream>() else { return };
    if let Err(error) = SockRef::from(connection).set_tcp_user_timeout(Some(longest)) {
        tracing::warn!(%error, "a connection has no limit of writing");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_given_back_can_be_taken_again() {
        let places = InFlight::new(2);
        let (first, second) = (places.enter(), places.enter());
        assert!(first.is_some() && second.is_some());
        assert!(places.enter().is_none());
        drop(first);
        assert!(places.enter().is_some());
    }
}
